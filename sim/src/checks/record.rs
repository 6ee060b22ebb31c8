//! Part of invariant 8: a start is durable before it happens, and no host starts a service twice
//! under one generation.

use std::collections::BTreeMap;

/// Under which generations each service was started.
#[derive(Clone, Debug, Default)]
pub struct Started {
    /// The life of the member, by service, generation and host.
    lives: BTreeMap<(usize, u32, usize), u32>,
}

impl Started {
    /// Service `service` is started on `host`, in the `start`th life of its member, under
    /// `generation`, while the durable record says `durable`.
    pub fn start(
        &mut self,
        service: usize,
        generation: u32,
        host: usize,
        start: u32,
        durable: Option<u32>,
    ) -> Result<(), String> {
        let (name, number) = (service + 1, host + 1);
        if durable.is_none_or(|durable| durable < generation) {
            return Err(format!(
                "host {number} starts service {name} under generation {generation}, \
                 which is not on its disk ({durable:?})"
            ));
        }
        let life = *self.lives.entry((service, generation, host)).or_insert(start);
        if life == start {
            return Ok(());
        }
        Err(format!("host {number} starts service {name} under generation {generation} again"))
    }
}

impl Started {
    /// How many starts there were.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.lives.len() as u64
    }
}
