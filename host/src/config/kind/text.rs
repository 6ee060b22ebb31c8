//! Text of several forms: groups of guests, users, and UPSes of NUT servers.

use std::net::SocketAddr;

use komainu_core::types::GroupName;
use toml::de::DeValue;

use super::{Address, Endpoint, Kind, not, quoted};

/// Longest text, in bytes.
const LONGEST: usize = 64;
/// Longest address that other software reads, in bytes: the path of a socket may be in it.
const LONGEST_URI: usize = 256;

/// A group of guests.
#[derive(Debug)]
pub(crate) struct Group;

impl Kind for Group {
    type Value = GroupName;

    fn parse(&self, value: &DeValue<'_>) -> Result<GroupName, String> {
        let text = value.as_str().ok_or_else(|| not("a name in quotes"))?;
        GroupName::new(text).map_err(not)
    }

    fn canonical(&self, value: &GroupName) -> String {
        quoted(value.as_str())
    }

    fn allowed(&self) -> String {
        "name as of servers; \"\" is all guests".to_owned()
    }
}

/// Text that somebody else's software knows.
#[derive(Debug)]
pub(crate) struct Text;

impl Kind for Text {
    type Value = String;

    fn parse(&self, value: &DeValue<'_>) -> Result<String, String> {
        text(value, LONGEST)
    }

    fn canonical(&self, value: &String) -> String {
        quoted(value)
    }

    fn allowed(&self) -> String {
        format!("text of 1 to {LONGEST} bytes")
    }
}

/// An address that other software reads.
#[derive(Debug)]
pub(crate) struct Uri;

impl Kind for Uri {
    type Value = String;

    fn parse(&self, value: &DeValue<'_>) -> Result<String, String> {
        text(value, LONGEST_URI)
    }

    fn canonical(&self, value: &String) -> String {
        quoted(value)
    }

    fn allowed(&self) -> String {
        format!("text of 1 to {LONGEST_URI} bytes")
    }
}

fn text(value: &DeValue<'_>, longest: usize) -> Result<String, String> {
    let text = value.as_str().ok_or_else(|| not("text in quotes"))?;
    let fits = (1..=longest).contains(&text.len()) && !text.chars().any(char::is_control);
    if fits { Ok(text.to_owned()) } else { Err(not("such a text")) }
}

/// A UPS of a NUT server, and where that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NutUps {
    /// Its name there.
    pub(crate) ups: String,
    /// Where the server is.
    pub(crate) at: SocketAddr,
}

/// The port of NUT servers.
const NUT_PORT: u16 = 3493;

/// A UPS of a NUT server, as NUT's own programs take it.
#[derive(Debug)]
pub(crate) struct NutPlace;

impl Kind for NutPlace {
    type Value = NutUps;

    fn parse(&self, value: &DeValue<'_>) -> Result<NutUps, String> {
        let text = value.as_str().ok_or_else(|| not("text in quotes"))?;
        let (ups, at) = text.split_once('@').ok_or_else(|| not("a UPS with '@' and an address"))?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if ups.is_empty() || ups.len() > LONGEST || !ups.bytes().all(plain) {
            return Err("does not begin with the name of a UPS".to_owned());
        }
        let at: Endpoint = Address.parse(&DeValue::String(at.into()))?;
        Ok(NutUps { ups: ups.to_owned(), at: at.or_port(NUT_PORT) })
    }

    fn canonical(&self, value: &NutUps) -> String {
        quoted(&format!("{}@{}", value.ups, value.at))
    }

    fn allowed(&self) -> String {
        "UPS@ADDRESS, or with a port \"rack1@192.0.2.5:3493\"; no host name".to_owned()
    }
}
