//! What is configured of the guests of a host.
//!
//! In the file a table for the server says by what its guests are run, and a table for each of them
//! how it is stopped and started: `config/table/guest.rs`.

use std::fmt;

use komainu_core::guests::{
    Config, ConfigError, GuestConfig, GuestId, GuestIndex, GuestSet, LastResort, Way,
};
use komainu_core::time::Millis;
use komainu_core::types::GroupName;

use super::Templates;

/// Longest name of a guest, in bytes.
const LONGEST: usize = 128;

/// The name of a guest, as its hypervisor knows it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct GuestName(String);

impl GuestName {
    /// That name: 1 to 128 bytes without control characters, and no `-` at its start, which a
    /// command would take for an option.
    pub(crate) fn new(name: &str) -> Result<Self, String> {
        let fits = (1..=LONGEST).contains(&name.len()) && name.trim() == name;
        match fits && !name.starts_with('-') && !name.chars().any(char::is_control) {
            true => Ok(Self(name.to_owned())),
            false => Err(format!(
                "a guest's name has 1 to {LONGEST} bytes, none of them a control character, no \
                 blank at either end and no - at its start"
            )),
        }
    }

    /// The name.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// What names it in the durable record: FNV-1a, which stays what it is.
    fn id(&self) -> GuestId {
        let step = |sum: u64, byte: u8| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
        GuestId(self.0.bytes().fold(0xCBF2_9CE4_8422_2325, step))
    }
}

impl fmt::Display for GuestName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// By what guests are run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AdapterSetup {
    /// By libvirt.
    Libvirt {
        /// Where its daemon is. `qemu:///system` by default.
        uri: String,
    },
    /// By Hyper-V on this host.
    HyperV,
    /// By something that has commands for it.
    Command(Templates),
}

/// A guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GuestSetup {
    /// Its name.
    pub(crate) name: GuestName,
    /// Its group; empty = none.
    pub(crate) group: GroupName,
    /// Guests that are started before it, and stopped after it.
    pub(crate) after: Vec<GuestName>,
    /// Who starts and stops it.
    pub(crate) way: Way,
    /// How long it may take to stop. 120 s by default.
    pub(crate) stop_limit: Millis,
    /// How long it may take to start. 300 s by default.
    pub(crate) start_limit: Millis,
    /// What is done when it has not stopped by then. Off by default.
    pub(crate) last_resort: LastResort,
    /// Whether it tells when it is ready. Off by default.
    pub(crate) ready: bool,
}

/// The guests of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GuestsSetup {
    /// By what they are run.
    pub(crate) adapter: AdapterSetup,
    /// After how long one that has not stopped is asked again; none = never.
    pub(crate) ask_again: Option<Millis>,
    /// The guests.
    pub(crate) guests: Vec<GuestSetup>,
}

impl GuestsSetup {
    /// The same for the core. The text tells what does not fit, by the names of the guests.
    pub(crate) fn config(&self) -> Result<Config, String> {
        let guests = self.guests.iter().map(|guest| self.guest(guest));
        let guests: Vec<_> = guests.collect::<Result<_, _>>()?;
        Config::new(&guests, self.ask_again).map_err(|error| self.told(&error))
    }

    /// What the guests are called, in their order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.guests.iter().map(|guest| guest.name.as_str())
    }

    fn guest(&self, guest: &GuestSetup) -> Result<GuestConfig, String> {
        let place = |needed: &GuestName| {
            let unknown = || format!("guest {} comes after {needed}, which is unknown", guest.name);
            self.place(needed).ok_or_else(unknown)
        };
        Ok(GuestConfig {
            id: guest.name.id(),
            group: guest.group.clone(),
            after: guest.after.iter().map(place).collect::<Result<GuestSet, _>>()?,
            way: guest.way,
            stop_limit: guest.stop_limit,
            start_limit: guest.start_limit,
            last_resort: guest.last_resort,
            ready: guest.ready,
        })
    }

    fn place(&self, name: &GuestName) -> Option<GuestIndex> {
        let at = self.guests.iter().position(|guest| guest.name == *name)?;
        u8::try_from(at).ok().map(GuestIndex)
    }

    fn name(&self, guest: GuestIndex) -> &str {
        self.guests.get(usize::from(guest.0)).map_or("?", |guest| guest.name.as_str())
    }

    fn told(&self, error: &ConfigError) -> String {
        match error {
            ConfigError::Full | ConfigError::AskAgain => error.to_string(),
            ConfigError::SameId(guest) => {
                format!("two guests are called {}: leave one out", self.name(*guest))
            }
            ConfigError::Limit(guest) => {
                format!("the limits of guest {} must not be zero", self.name(*guest))
            }
            ConfigError::Unknown(guest, other) => {
                format!("guest {} comes after {}, which is unknown", self.name(*guest), other.0)
            }
            ConfigError::OtherWay(guest, other) => format!(
                "guest {} comes after {}, but the hypervisor keeps no order: have Komainu start \
                 and stop both",
                self.name(*guest),
                self.name(*other)
            ),
            ConfigError::Circle(circle) => {
                let names: Vec<_> = circle.guests().iter().map(|at| self.name(*at)).collect();
                let first = names.first().copied().unwrap_or("?");
                format!(
                    "guests come after one another in a circle: {} after {first}",
                    names.join(" after ")
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(name: &str) -> GuestName {
        GuestName::new(name).expect("a name")
    }

    fn guest(of: &str, after: &[&str]) -> GuestSetup {
        GuestSetup {
            name: name(of),
            group: GroupName::default(),
            after: after.iter().map(|other| name(other)).collect(),
            way: Way::Komainu,
            stop_limit: Millis::from_secs(120),
            start_limit: Millis::from_secs(300),
            last_resort: LastResort::Off,
            ready: false,
        }
    }

    fn refused(guests: Vec<GuestSetup>) -> String {
        let setup = GuestsSetup { adapter: AdapterSetup::HyperV, ask_again: None, guests };
        setup.config().expect_err("it does not fit")
    }

    #[test]
    fn a_circle_is_told_by_its_names() {
        let told =
            refused(vec![guest("web", &["db"]), guest("db", &["disk"]), guest("disk", &["web"])]);
        assert_eq!(
            told,
            "guests come after one another in a circle: web after db after disk after web"
        );
        assert_eq!(refused(vec![guest("a", &["b"])]), "guest a comes after b, which is unknown");
        let twice = refused(vec![guest("a", &[]), guest("a", &[])]);
        assert_eq!(twice, "two guests are called a: leave one out");
    }

    #[test]
    fn names_that_a_command_would_misread_are_refused() {
        for wrong in ["", "-all", " a", "a\nb", &"x".repeat(129)] {
            assert!(GuestName::new(wrong).is_err(), "{wrong:?}");
        }
        for right in ["db-1", "file server", "\u{72d7}", "*[a]", "7"] {
            assert_eq!(name(right).as_str(), right);
        }
        // It is in records on disks.
        assert_eq!(name("a").id().0, 0xAF63_DC4C_8601_EC8C);
    }
}
