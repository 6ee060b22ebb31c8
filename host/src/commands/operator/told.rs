//! What came of an order, for people and for programs.

use serde::Serialize;

use crate::commands::Stop;
use crate::commands::manual::{line, print};
use crate::control::Outcome;
use crate::exit::Exit;
use crate::service::{ConnectorAnswer, MemberAnswer};

/// A word as JSON has it.
pub(crate) fn word(word: &impl Serialize) -> String {
    let value = serde_json::to_value(word).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

/// An answer for people.
pub(crate) trait Told: Serialize + Outcome {
    /// What happened, or why nothing did and what helps. `whom` is what the order was about.
    fn told(&self, whom: &str) -> Result<String, String>;
}

impl Told for ConnectorAnswer {
    fn told(&self, whom: &str) -> Result<String, String> {
        match self {
            Self::Done => Ok(format!("{whom}: done")),
            Self::Fenced { token, how } => Ok(format!("{whom} is off: {how}; token {token}")),
            Self::PowerIs { power } => Ok(format!("{whom}: the power is {}", word(power))),
            Self::Drilled { took_ms, worst_answering_ms, worst_silent_ms } => Ok(format!(
                "{whom}: all but the shot took {}\n  A real reset takes at most {} while the BMC \
                 answers, {} when it falls silent after every action.",
                seconds(*took_ms),
                seconds(*worst_answering_ms),
                seconds(*worst_silent_ms),
            )),
            Self::Refused { cause } => {
                let number = cause.code;
                Err(format!("{whom}: refused (cause {number}): {}\n  {NOTHING}", cause.text))
            }
            Self::Failed { cause, outcome } => {
                let outcome = outcome.as_ref().map(|text| format!(": {text}")).unwrap_or_default();
                let number = cause.code;
                Err(format!(
                    "{whom}: failed (cause {number}): {}{outcome}\n  {UNPROVED}",
                    cause.text
                ))
            }
            Self::Begun { outage } => Ok(format!(
                "{whom}: plan {outage} has begun\n  'komainu plan show' tells how far it is."
            )),
            Self::Noted { number } => Ok(format!("{whom}: noted as number {number}")),
            Self::NoSuchOutage => Err(format!(
                "{whom}: no planned outage has that number\n  'komainu outage list' lists them."
            )),
            Self::NotNow { why } => Err(format!("{whom}: not done: {why}\n  {NOTHING}")),
            Self::InVain { why } => {
                Err(format!("{whom}: failed: {why}\n  'komainu plan show' tells how it is now."))
            }
            Self::NoSuchUps => Err(format!(
                "{whom}: the connector has no such UPS, or it has no such outlet\n  'komainu ups \
                 list' lists them."
            )),
            Self::NoSuchOrder => Err(format!(
                "{whom}: there is nothing to do of that kind\n  'komainu show' tells how it is."
            )),
            Self::NoSuchServer => Err(format!(
                "{whom}: no server is called that, or several are\n  'komainu show' lists them; \
                 name the cluster, too, where two have one name."
            )),
            Self::NoSuchCluster => {
                Err("the connector has no such cluster, or several\n  'komainu show' lists them; \
                 --cluster names one."
                    .to_owned())
            }
        }
    }
}

impl Told for MemberAnswer {
    fn told(&self, whom: &str) -> Result<String, String> {
        match self {
            Self::Done => Ok(format!("{whom}: done")),
            Self::Refused { why } => Err(format!("{whom}: refused: {why}\n  {NOTHING}")),
            Self::Failed { why } => {
                Err(format!("{whom}: failed: {why}\n  'komainu show' tells how it is now."))
            }
            Self::NoSuchService => Err(format!(
                "this host has no service {whom}\n  'komainu show' lists those that it has."
            )),
            Self::NoSuchHost => {
                Err(format!("{whom}: the cluster has no such host\n  'komainu show' lists them."))
            }
        }
    }
}

const NOTHING: &str = "Nothing has happened.";
const UNPROVED: &str = "A server that was to be reset may be running: look at it and at its BMC.";

/// Prints an answer; the exit code is its own.
pub(super) fn tell(answer: &impl Told, whom: &str, json: bool) -> Result<Exit, Stop> {
    let exit = answer.exit();
    if json {
        return print(line(answer).as_bytes()).map(|_| exit);
    }
    match answer.told(whom) {
        Ok(text) => print((text + "\n").as_bytes()),
        Err(text) => Err(Stop::new(exit, text)),
    }
}

fn seconds(ms: u64) -> String {
    format!("{}.{:03} s", ms / 1000, ms % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_read_and_the_exit_code_say_the_same() {
        let cause = crate::service::Cause { code: 5, text: "of that".to_owned() };
        let answers = [
            ConnectorAnswer::Done,
            ConnectorAnswer::Fenced { token: "1.2".to_owned(), how: "read".to_owned() },
            ConnectorAnswer::PowerIs { power: crate::service::Power::On },
            ConnectorAnswer::Refused { cause: cause.clone() },
            ConnectorAnswer::Failed { cause, outcome: None },
            ConnectorAnswer::Drilled { took_ms: 12, worst_answering_ms: 1, worst_silent_ms: 2 },
            ConnectorAnswer::NoSuchOrder,
            ConnectorAnswer::Begun { outage: 7 },
            ConnectorAnswer::NotNow { why: "a plan runs".to_owned() },
            ConnectorAnswer::InVain { why: "it will not".to_owned() },
            ConnectorAnswer::NoSuchUps,
            ConnectorAnswer::Noted { number: 3 },
            ConnectorAnswer::NoSuchOutage,
            ConnectorAnswer::NoSuchServer,
            ConnectorAnswer::NoSuchCluster,
        ];
        for answer in answers {
            let told = answer.told("node01");
            assert_eq!(told.is_ok(), answer.exit() == Exit::Ok, "{answer:?}");
            let helps = |text: &String| text.contains("\n  ") && text.ends_with('.');
            assert!(told.as_ref().err().is_none_or(helps), "{told:?}");
        }
    }
}
