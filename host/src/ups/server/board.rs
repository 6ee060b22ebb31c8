//! What the server shows.

use std::collections::BTreeMap;

use komainu_core::time::Instant;
use komainu_core::types::{UpsFailure, UpsIndex, UpsReading};

/// What is known of the UPSes, and who shall go down. A new one follows whenever that changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Board {
    seen: BTreeMap<UpsIndex, Seen>,
    going: Vec<Going>,
}

/// Who shall go down: the clients that log in as that user, as far as they hang on that UPS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Going {
    /// The UPS that they ask for.
    pub ups: UpsIndex,
    /// As whom they log in.
    pub user: String,
}

/// A UPS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// Its last reading, and when it was asked for.
    pub(super) reading: Option<(UpsReading, Instant)>,
    /// Why it cannot be read now.
    pub(super) failure: Option<UpsFailure>,
}

impl Board {
    /// Notes what a UPS has said, or that it has not.
    pub fn read(&mut self, ups: UpsIndex, asked: Instant, reading: Result<UpsReading, UpsFailure>) {
        let seen = self.seen.entry(ups).or_default();
        match reading {
            Ok(reading) => *seen = Seen { reading: Some((reading, asked)), failure: None },
            Err(failure) => seen.failure = Some(failure),
        }
    }

    /// These shall go down, and no others; whether that is news. With the outage the list is
    /// empty again.
    pub fn send_down(&mut self, going: Vec<Going>) -> bool {
        let news = self.going != going;
        self.going = going;
        news
    }

    pub(super) fn seen(&self, ups: UpsIndex) -> Seen {
        self.seen.get(&ups).copied().unwrap_or_default()
    }

    /// Whether that UPS tells that user to go down.
    pub(super) fn goes(&self, ups: UpsIndex, user: Option<&str>) -> bool {
        self.going.iter().any(|going| going.ups == ups && user == Some(&going.user))
    }
}
