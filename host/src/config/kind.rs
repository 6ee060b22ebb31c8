//! What fields may hold: from the value in the file to the value in the program, and back to the
//! one text that stands for it in the canonical form.

mod clock;
mod guest;
mod network;
mod text;

use std::fmt::Display;
use std::marker::PhantomData;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use komainu_core::session::UserName;
use komainu_core::suite::Suite;
use komainu_core::time::Millis;
use komainu_core::types::{
    ConnectorNumber, HostAddress, KeyNumber, Outlet, ServiceNumber, SystemName,
};
use komainu_core::wire::command::device::Guid;
use toml::de::{DeInteger, DeValue};

use crate::cli::values::guid;
pub(crate) use clock::{Day, DayOfYear, Days, TimeOfDay};
pub(crate) use guest::Guest;
pub(crate) use network::{Mac, Own};
pub(crate) use text::{Group, NutPlace, NutUps, Text, Uri};

/// What a field may hold.
pub(crate) trait Kind {
    /// What it is in the program.
    type Value;

    /// From the file. The refusal never shows the value: it may be a misplaced secret.
    fn parse(&self, value: &DeValue<'_>) -> Result<Self::Value, String>;

    /// The text that stands for it in the canonical form.
    fn canonical(&self, value: &Self::Value) -> String;

    /// What may stand there: type, unit and range.
    fn allowed(&self) -> String;
}

fn not(what: impl Display) -> String {
    format!("is not {what}")
}

/// Text between quotes, so that no value runs into another one or into the next line.
fn quoted(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{text}\"")
}

/// What a number in the file may stand for.
pub(crate) trait Whole: Sized {
    /// What that number stands for, if it does.
    fn of(number: u32) -> Option<Self>;
    /// The number.
    fn number(&self) -> u32;
}

macro_rules! whole {
    ($($type:ty: $of:expr, $number:expr;)+) => {$(
        impl Whole for $type {
            fn of(number: u32) -> Option<Self> {
                u16::try_from(number).ok().and_then($of)
            }

            fn number(&self) -> u32 {
                u32::from($number(*self))
            }
        }
    )+};
}

whole! {
    u8: |number| Self::try_from(number).ok(), |own| own;
    u16: Some, |own| own;
    HostAddress: Self::new, Self::get;
    ServiceNumber: |number| Some(Self(number)), |Self(own)| own;
    ConnectorNumber: |number| u8::of(number.into()).map(Self), |Self(own)| own;
    KeyNumber: |number| u8::of(number.into()).and_then(Self::new), Self::get;
    Outlet: |number| u8::of(number.into()).and_then(Self::new), Self::number;
}

/// A whole number.
#[derive(Debug)]
pub(crate) struct Number<T> {
    min: u32,
    max: u32,
    of: PhantomData<fn() -> T>,
}

impl<T> Number<T> {
    /// From `min` to `max`, both allowed.
    pub(super) const fn new(min: u32, max: u32) -> Self {
        Self { min, max, of: PhantomData }
    }
}

fn integer(value: &DeInteger<'_>) -> Option<i64> {
    i64::from_str_radix(value.as_str(), value.radix()).ok()
}

impl<T: Whole> Kind for Number<T> {
    type Value = T;

    fn parse(&self, value: &DeValue<'_>) -> Result<T, String> {
        let number = value.as_integer().and_then(integer).ok_or_else(|| not("a whole number"))?;
        let number = u32::try_from(number).ok();
        let fits = number.filter(|number| (self.min..=self.max).contains(number));
        fits.and_then(T::of).ok_or_else(|| not("in its range"))
    }

    fn canonical(&self, value: &T) -> String {
        value.number().to_string()
    }

    fn allowed(&self) -> String {
        format!("number, {} to {}", self.min, self.max)
    }
}

/// A span of time: a number of seconds, or text with a unit.
#[derive(Debug)]
pub(crate) struct Time {
    min: Millis,
    max: Millis,
}

impl Time {
    /// From `min` to `max` milliseconds, both allowed.
    pub(super) const fn new(min: u32, max: u32) -> Self {
        Self { min: Millis::new(min), max: Millis::new(max) }
    }

    /// Milliseconds in that text.
    fn millis(text: &str) -> Option<u32> {
        let (digits, unit) = match text {
            _ if text.ends_with("ms") => (&text[..text.len() - 2], 1.0),
            _ if text.ends_with('s') => (&text[..text.len() - 1], 1_000.0),
            _ if text.ends_with('m') => (&text[..text.len() - 1], 60_000.0),
            _ => (text, 1_000.0),
        };
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let millis = digits.parse::<f64>().ok().filter(|_| plain)? * unit;
        // Whole milliseconds below 2^32 are exact.
        (millis.fract() == 0.0 && millis <= f64::from(u32::MAX)).then_some(millis as u32)
    }
}

impl Kind for Time {
    type Value = Millis;

    fn parse(&self, value: &DeValue<'_>) -> Result<Millis, String> {
        let millis = match value {
            DeValue::String(text) => Self::millis(text),
            DeValue::Integer(number) => Self::millis(&integer(number).unwrap_or(-1).to_string()),
            DeValue::Float(number) => Self::millis(number.as_str()),
            _ => None,
        };
        let time = Millis::new(millis.ok_or_else(|| not("a time in whole milliseconds"))?);
        let fits = (self.min..=self.max).contains(&time);
        fits.then_some(time).ok_or_else(|| not("in its range"))
    }

    fn canonical(&self, value: &Millis) -> String {
        value.duration().as_millis().to_string()
    }

    fn allowed(&self) -> String {
        format!("time such as 5, \"1.5s\" or \"200ms\", {} to {}", span(self.min), span(self.max))
    }
}

/// A time for people, in the unit that makes it short.
pub(crate) fn span(time: Millis) -> String {
    let millis = time.duration().as_millis();
    match millis {
        0 => "0".to_owned(),
        _ if millis.is_multiple_of(60_000) => format!("{}m", millis / 60_000),
        _ if millis.is_multiple_of(1_000) => format!("{}s", millis / 1_000),
        _ => format!("{millis}ms"),
    }
}

/// Yes or no.
#[derive(Debug)]
pub(crate) struct Flag;

impl Kind for Flag {
    type Value = bool;

    fn parse(&self, value: &DeValue<'_>) -> Result<bool, String> {
        value.as_bool().ok_or_else(|| not("true or false"))
    }

    fn canonical(&self, value: &bool) -> String {
        value.to_string()
    }

    fn allowed(&self) -> String {
        "true or false".to_owned()
    }
}

/// One of several words.
#[derive(Debug)]
pub(crate) struct Choice<T: 'static>(pub(super) &'static [(&'static str, T)]);

impl<T: Copy + PartialEq> Kind for Choice<T> {
    type Value = T;

    fn parse(&self, value: &DeValue<'_>) -> Result<T, String> {
        let text = value.as_str();
        let found = self.0.iter().find(|(name, _)| Some(*name) == text);
        found.map(|(_, choice)| *choice).ok_or_else(|| not("one of the words allowed"))
    }

    fn canonical(&self, value: &T) -> String {
        let name = self.0.iter().find(|(_, choice)| choice == value).map(|(name, _)| *name);
        quoted(name.unwrap_or_default())
    }

    fn allowed(&self) -> String {
        self.0.iter().map(|(name, _)| quoted(name)).collect::<Vec<_>>().join(", ")
    }
}

/// A name on the reset path.
#[derive(Debug)]
pub(crate) struct Name;

impl Kind for Name {
    type Value = SystemName;

    fn parse(&self, value: &DeValue<'_>) -> Result<SystemName, String> {
        let text = value.as_str().ok_or_else(|| not("a name in quotes"))?;
        SystemName::new(text).map_err(not)
    }

    fn canonical(&self, value: &SystemName) -> String {
        quoted(value.as_str())
    }

    fn allowed(&self) -> String {
        "name of 1 to 31 characters A-Z a-z 0-9 - _, the first a letter or digit".to_owned()
    }
}

/// A user of a BMC.
#[derive(Debug)]
pub(crate) struct User;

impl Kind for User {
    type Value = UserName;

    fn parse(&self, value: &DeValue<'_>) -> Result<UserName, String> {
        let text = value.as_str().ok_or_else(|| not("a name in quotes"))?;
        UserName::new(text).map_err(|_| "is longer than 16 bytes".to_owned())
    }

    fn canonical(&self, value: &UserName) -> String {
        quoted(&String::from_utf8_lossy(value.as_bytes()))
    }

    fn allowed(&self) -> String {
        "text of up to 16 bytes; \"\" is the null user".to_owned()
    }
}

/// The name of a variable or credential.
#[derive(Debug)]
pub(crate) struct Label;

impl Kind for Label {
    type Value = String;

    fn parse(&self, value: &DeValue<'_>) -> Result<String, String> {
        let may = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        let text = value.as_str().filter(|text| !text.is_empty() && text.bytes().all(may));
        // Else it could name a file elsewhere.
        let text = text.filter(|text| !text.starts_with('.'));
        text.map(str::to_owned).ok_or_else(|| not("such a name"))
    }

    fn canonical(&self, value: &String) -> String {
        quoted(value)
    }

    fn allowed(&self) -> String {
        "name of letters, digits, _, - and ., the first not a dot".to_owned()
    }
}

/// A file or folder.
#[derive(Debug)]
pub(crate) struct FilePath;

impl Kind for FilePath {
    type Value = PathBuf;

    fn parse(&self, value: &DeValue<'_>) -> Result<PathBuf, String> {
        let text = value.as_str().filter(|text| !text.is_empty() && !text.contains('\0'));
        text.map(PathBuf::from).ok_or_else(|| not("a path in quotes"))
    }

    fn canonical(&self, value: &PathBuf) -> String {
        quoted(&value.to_string_lossy())
    }

    fn allowed(&self) -> String {
        "path; a relative one begins at the folder of this file".to_owned()
    }
}

/// An IP address, and perhaps a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// Address.
    pub(crate) ip: IpAddr,
    /// Port, where one is given.
    pub(crate) port: Option<u16>,
}

impl Endpoint {
    /// With that port, if none is given.
    pub(super) fn or_port(self, port: u16) -> SocketAddr {
        SocketAddr::new(self.ip, self.port.unwrap_or(port))
    }
}

/// An IP address, and perhaps a port. Not a name: what a name stands for could not be asked for
/// in the very failure that this is made for.
#[derive(Debug)]
pub(crate) struct Address;

impl Kind for Address {
    type Value = Endpoint;

    fn parse(&self, value: &DeValue<'_>) -> Result<Endpoint, String> {
        let text = value.as_str().ok_or_else(|| not("an address in quotes"))?;
        if let Ok(ip) = text.parse() {
            return Ok(Endpoint { ip, port: None });
        }
        let address: SocketAddr = text.parse().map_err(|_| not("an IP address"))?;
        if address.port() == 0 {
            return Err("has port 0, to which nothing can be sent".to_owned());
        }
        Ok(Endpoint { ip: address.ip(), port: Some(address.port()) })
    }

    fn canonical(&self, value: &Endpoint) -> String {
        match value.port {
            Some(port) => quoted(&SocketAddr::new(value.ip, port).to_string()),
            None => quoted(&value.ip.to_string()),
        }
    }

    fn allowed(&self) -> String {
        "IP address, or with a port \"192.0.2.1:623\", \"[2001:db8::1]:623\"; no host name"
            .to_owned()
    }
}

/// A cipher suite that Komainu speaks.
#[derive(Debug)]
pub(crate) struct SuiteId;

impl Kind for SuiteId {
    type Value = u8;

    fn parse(&self, value: &DeValue<'_>) -> Result<u8, String> {
        let id = value.as_integer().and_then(integer).and_then(|id| u8::try_from(id).ok());
        let known = id.filter(|id| Suite::from_id(*id).is_some());
        known.ok_or_else(|| not("a suite that Komainu speaks"))
    }

    fn canonical(&self, value: &u8) -> String {
        value.to_string()
    }

    fn allowed(&self) -> String {
        let ids: Vec<_> = Suite::IDS.iter().map(u8::to_string).collect();
        format!("one of {}", ids.join(", "))
    }
}

/// A GUID.
#[derive(Debug)]
pub(crate) struct GuidText;

impl Kind for GuidText {
    type Value = Guid;

    fn parse(&self, value: &DeValue<'_>) -> Result<Guid, String> {
        guid(value.as_str().unwrap_or_default()).map_err(|_| not("a GUID to pin"))
    }

    fn canonical(&self, value: &Guid) -> String {
        quoted(&value.to_string())
    }

    fn allowed(&self) -> String {
        "32 hexadecimal digits, as 'komainu bmc HOST info' shows them".to_owned()
    }
}

/// A program with its arguments.
#[derive(Debug)]
pub(crate) struct Command;

impl Kind for Command {
    type Value = Vec<String>;

    fn parse(&self, value: &DeValue<'_>) -> Result<Vec<String>, String> {
        let words = value.as_array().ok_or_else(|| not("a list of words"))?;
        let words = words.iter().map(|word| word.get_ref().as_str().map(str::to_owned));
        let words: Vec<_> = words.collect::<Option<_>>().ok_or_else(|| not("a list of words"))?;
        if words.iter().any(|word| word.contains('\0')) {
            return Err("has a NUL, which no argument can hold".to_owned());
        }
        match words.first() {
            Some(program) if is_full_path(program) => Ok(words),
            Some(_) => Err("does not begin with the full path of a program".to_owned()),
            None => Err("is empty".to_owned()),
        }
    }

    fn canonical(&self, value: &Vec<String>) -> String {
        listed(value.iter().map(|word| quoted(word)))
    }

    fn allowed(&self) -> String {
        "list: the full path of a program, then its arguments; no shell reads it".to_owned()
    }
}

/// Whether it is a full path here or on Windows: one file serves machines of both.
fn is_full_path(program: &str) -> bool {
    let on_drive = match program.as_bytes() {
        [drive, b':', b'/' | b'\\', ..] => drive.is_ascii_alphabetic(),
        _ => false,
    };
    on_drive || program.starts_with('/')
}

/// Several of a kind.
#[derive(Debug)]
pub(crate) struct List<K> {
    of: K,
    min: usize,
    max: usize,
}

impl<K> List<K> {
    /// From `min` to `max` entries.
    pub(super) const fn new(of: K, min: usize, max: usize) -> Self {
        Self { of, min, max }
    }
}

fn listed(entries: impl Iterator<Item = String>) -> String {
    format!("[{}]", entries.collect::<Vec<_>>().join(","))
}

impl<K: Kind> Kind for List<K>
where
    K::Value: PartialEq,
{
    type Value = Vec<K::Value>;

    fn parse(&self, value: &DeValue<'_>) -> Result<Self::Value, String> {
        let entries = value.as_array().ok_or_else(|| not("a list in brackets"))?;
        let mut values = Vec::with_capacity(entries.len());
        for (place, entry) in (1..).zip(entries.iter()) {
            let value = self.of.parse(entry.get_ref());
            let value = value.map_err(|refused| format!("entry {place} {refused}"))?;
            if values.contains(&value) {
                return Err(format!("entry {place} stands there twice"));
            }
            values.push(value);
        }
        let fits = (self.min..=self.max).contains(&values.len());
        fits.then_some(values)
            .ok_or_else(|| format!("does not have {} to {} entries", self.min, self.max))
    }

    fn canonical(&self, value: &Self::Value) -> String {
        listed(value.iter().map(|entry| self.of.canonical(entry)))
    }

    fn allowed(&self) -> String {
        format!("list of {} to {}: {}", self.min, self.max, self.of.allowed())
    }
}
