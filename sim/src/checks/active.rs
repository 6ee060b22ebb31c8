//! Invariant 1: what really runs where.

/// Which workload runs on which host.
#[derive(Clone, Debug)]
pub struct Workloads {
    /// A bit for each host, by service.
    running: Vec<u64>,
    hosts: usize,
}

impl Workloads {
    pub(super) fn new(hosts: usize, services: usize) -> Self {
        Self { running: vec![0; services], hosts }
    }

    /// The workload runs on that host now.
    pub fn on(&mut self, host: usize, service: usize) -> Result<(), String> {
        self.running[service] |= 1 << host;
        if self.running[service].count_ones() < 2 {
            return Ok(());
        }
        let hosts: Vec<_> = self.hosts_of(service).map(|host| host + 1).collect();
        Err(format!("service {} runs on hosts {hosts:?} at once", service + 1))
    }

    /// It does not run there any more.
    pub fn off(&mut self, host: usize, service: usize) {
        self.running[service] &= !(1 << host);
    }

    /// Nothing runs on that host any more.
    pub fn host_ended(&mut self, host: usize) {
        for running in &mut self.running {
            *running &= !(1 << host);
        }
    }

    /// Whether the workload runs there.
    #[must_use]
    pub fn runs(&self, host: usize, service: usize) -> bool {
        self.running[service] & 1 << host != 0
    }

    /// Where the workload runs.
    pub fn hosts_of(&self, service: usize) -> impl Iterator<Item = usize> + '_ {
        (0..self.hosts).filter(move |host| self.runs(*host, service))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_at_once_are_seen() {
        let mut workloads = Workloads::new(3, 2);
        workloads.on(0, 1).unwrap();
        workloads.on(0, 0).unwrap();
        workloads.off(0, 1);
        workloads.on(2, 1).unwrap();
        assert!(workloads.on(1, 1).unwrap_err().contains("[2, 3]"));
        workloads.host_ended(1);
        assert!(workloads.hosts_of(1).eq([2]));
    }
}
