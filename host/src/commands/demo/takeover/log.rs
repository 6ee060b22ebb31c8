//! What the demo's connector and members say: lines of JSON, as they give them to every program.

use std::io::{BufRead, BufReader};
use std::process::ChildStderr;

use serde::Deserialize;

use super::stage::{Event, Party, Tell};

/// A message.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Said {
    /// When, in milliseconds since 1970.
    pub(super) time_ms: u64,
    /// Its id, as `docs/operating.md` explains it.
    pub(super) id: String,
    /// What happened.
    pub(super) text: String,
    /// What Komainu does now.
    pub(super) does: String,
    /// Which server it is about.
    pub(super) server: Option<String>,
    /// The state that a service is in now.
    pub(super) state: Option<State>,
}

/// What a service does on a server, as far as the demo cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum State {
    Starting,
    Active,
    Stopping,
    Standby,
    #[serde(other)]
    Other,
}

/// The messages that the demo knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Id {
    Refused,
    Fencing,
    Fenced,
    FenceFailed,
    PowerOn,
    PowerOff,
    BmcAnswers,
    PeerSuspect,
    ResetAsked,
    ResetRefused,
    ServiceChanged,
    ServiceWaits,
    Trouble,
    Other,
}

impl Said {
    pub(super) fn id(&self) -> Id {
        match self.id.as_str() {
            "KMN231-W" => Id::Refused,
            "KMN232-I" => Id::Fencing,
            "KMN233-W" => Id::Fenced,
            "KMN234-E" => Id::FenceFailed,
            "KMN235-I" => Id::PowerOn,
            "KMN236-W" => Id::PowerOff,
            "KMN238-I" => Id::BmcAnswers,
            "KMN301-W" => Id::PeerSuspect,
            "KMN303-W" => Id::ResetAsked,
            "KMN304-W" => Id::ResetRefused,
            "KMN306-I" => Id::ServiceChanged,
            "KMN307-D" => Id::ServiceWaits,
            "KMN308-E" | "KMN318-W" | "KMN319-E" => Id::Trouble,
            _ => Id::Other,
        }
    }
}

/// Listens to a process until it has ended.
pub(super) fn listen(party: Party, pipe: ChildStderr, tell: Tell) {
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            let event = match serde_json::from_str(&line) {
                Ok(said) => Event::Said(party, said),
                Err(_) => Event::Noise(party, line),
            };
            if tell.send(event).is_err() {
                return;
            }
        }
        // Nobody listens any more when the demo is at its end.
        let _ = tell.send(Event::Gone(party));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_service_is_understood() {
        let line = r#"{"time_ms":7,"id":"KMN306-I","text":"service web is active here","does":"",
            "advice":"","service":"web","state":"active"}"#;
        let said: Said = serde_json::from_str(line).expect("understood");
        assert_eq!(
            (said.time_ms, said.id(), said.state),
            (7, Id::ServiceChanged, Some(State::Active))
        );
        let other = line.replace("active\"", "waiting\"").replace("306", "999");
        let said: Said = serde_json::from_str(&other).expect("understood");
        assert_eq!((said.id(), said.state), (Id::Other, Some(State::Other)));
    }
}
