//! Fields of the configuration file that are more than text and numbers.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use komainu_core::session::Workaround;
use komainu_core::suite::Suite;
use komainu_core::wire::command::device::Guid;
use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};
use zeroize::Zeroizing;

use crate::cli::values::{duration, guid as parse_guid};
use crate::host_list;
use crate::workarounds;

/// The hosts that a section is about: a host list, or `*` and what it stands for.
#[derive(Clone, Debug)]
pub(super) enum Pattern {
    /// These.
    Hosts(Arc<HashSet<Box<str>>>),
    /// Those that begin and end so, with anything between.
    Between(String, String),
}

impl Pattern {
    pub(super) fn matches(&self, host: &str) -> bool {
        match self {
            Self::Hosts(hosts) => hosts.contains(host),
            Self::Between(begin, end) => {
                host.strip_prefix(&**begin).is_some_and(|rest| rest.ends_with(&**end))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if let Some((begin, end)) = text.split_once('*') {
            if end.contains('*') {
                return Err(Error::custom("a pattern has one '*'"));
            }
            return Ok(Self::Between(begin.to_owned(), end.to_owned()));
        }
        let hosts = host_list::parse(&text).map_err(Error::custom)?;
        Ok(Self::Hosts(Arc::new(hosts.into_iter().map(|target| target.name).collect())))
    }
}

/// A password that stands in the file.
#[derive(Clone)]
pub(crate) struct Password(Zeroizing<String>);

impl Password {
    /// The bytes themselves.
    pub(crate) fn expose(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}

impl<'de> Deserialize<'de> for Password {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PasswordVisitor)
    }
}

/// Accepts text. The standard refusals of anything else would show its value.
struct PasswordVisitor;

const QUOTES: &str = "a password stands in quotes";

impl Visitor<'_> for PasswordVisitor {
    type Value = Password;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(QUOTES)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Password, E> {
        Ok(Password(Zeroizing::new(text.to_owned())))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Password, E> {
        Ok(Password(Zeroizing::new(text)))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Password, E> {
        Err(E::custom(QUOTES))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Password, E> {
        Err(E::custom(QUOTES))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Password, E> {
        Err(E::custom(QUOTES))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Password, E> {
        Err(E::custom(QUOTES))
    }
}

/// A time: a number of seconds, or text as `--timeout` takes it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seconds(pub(crate) Duration);

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "a time is given like 20, \"1.5s\" or \"500ms\"")]
        enum Either {
            Number(f64),
            Text(String),
        }
        let text = match Either::deserialize(deserializer)? {
            Either::Number(number) => number.to_string(),
            Either::Text(text) => text,
        };
        duration(&text).map(Self).map_err(Error::custom)
    }
}

/// Cipher suites by number.
pub(super) fn suites<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<u8>>, D::Error> {
    let ids = Vec::<u8>::deserialize(from)?;
    let unknown = ids.iter().find(|id| Suite::from_id(**id).is_none());
    match unknown {
        Some(id) => Err(Error::custom(format!("there is no suite {id}"))),
        None => Ok(Some(ids)),
    }
}

/// Workarounds by name.
pub(super) fn workarounds<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<Vec<Workaround>>, D::Error> {
    let names = Vec::<String>::deserialize(from)?;
    let known = names.iter().map(|name| {
        workarounds::by_name(name)
            .ok_or_else(|| Error::custom(format!("there is no workaround {name:?}")))
    });
    known.collect::<Result<_, _>>().map(Some)
}

/// A GUID as Komainu shows it.
pub(super) fn guid<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Guid>, D::Error> {
    parse_guid(&String::deserialize(from)?).map(Some).map_err(Error::custom)
}
