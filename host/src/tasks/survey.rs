//! `ping` and `discover`: what a BMC tells without a login.

use komainu_core::failure::Failure;
use komainu_core::session::{Findings, Scope};
use komainu_core::suite::Suite;
use komainu_core::wire::command::cipher::CipherSuiteRecord;
use serde::Serialize;

use crate::engine::Bmc;
use crate::output::{Report, Text};
use crate::problem::Problem;

/// The answer to a ping.
#[derive(Debug, Serialize)]
pub(super) struct Presence {
    /// To the first answer.
    round_trip_ms: f64,
    /// It has answered the ASF presence ping, which not every BMC does.
    asf: bool,
    /// It has answered an IPMI question.
    ipmi: bool,
}

impl Report for Presence {
    fn text(&self) -> Text {
        let what = match (self.asf, self.ipmi) {
            (true, true) => "answers ASF ping and IPMI",
            (true, false) => "answers ASF ping, but not IPMI",
            (false, _) => "answers IPMI, but not ASF ping",
        };
        Text::Line(format!("{what}  {:.2} ms", self.round_trip_ms))
    }
}

/// Whether it is there.
pub(super) async fn ping(bmc: Bmc<'_>) -> Result<Presence, Problem> {
    let findings = bmc.survey(Scope::Presence).await?;
    Ok(Presence {
        round_trip_ms: round_trip_ms(&findings)?,
        asf: findings.pong.is_some(),
        ipmi: findings.capabilities.is_some(),
    })
}

fn round_trip_ms(findings: &Findings) -> Result<f64, Problem> {
    let time = findings.round_trip.ok_or(Problem::Failed(Failure::Silent))?;
    Ok(time.as_secs_f64() * 1e3)
}

/// What a BMC speaks.
#[derive(Debug, Serialize)]
pub(super) struct Discovered {
    round_trip_ms: f64,
    asf: bool,
    versions: Vec<&'static str>,
    auth_types: Vec<String>,
    suites: Vec<OfferedSuite>,
    guid: Option<String>,
    kg_set: Option<bool>,
    users: Vec<&'static str>,
}

/// A cipher suite that is offered.
#[derive(Debug, Serialize)]
struct OfferedSuite {
    id: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    oem: Option<u32>,
    /// Komainu speaks it.
    spoken: bool,
    /// It proves who asks and protects what is said; Komainu uses others only when named.
    authenticated: bool,
}

impl OfferedSuite {
    fn of(record: &CipherSuiteRecord) -> Self {
        let suite = Suite::from_id(record.id).filter(|_| record.oem.is_none());
        Self {
            id: record.id,
            oem: record.oem,
            spoken: suite.is_some(),
            authenticated: suite.is_some_and(|suite| suite.is_authenticated()),
        }
    }

    fn word(&self) -> String {
        match (self.oem, self.spoken, self.authenticated) {
            (Some(oem), _, _) => format!("{} (OEM {oem})", self.id),
            (None, false, _) => format!("{} (not spoken)", self.id),
            (None, true, false) => format!("{} (unauthenticated)", self.id),
            (None, true, true) => self.id.to_string(),
        }
    }
}

impl Report for Discovered {
    fn text(&self) -> Text {
        let or = |list: Vec<String>, none: &str| match list.is_empty() {
            true => none.to_owned(),
            false => list.join(", "),
        };
        let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect();
        let mut lines = vec![
            format!("IPMI          {}", or(words(&self.versions), "not told")),
            format!("1.5 auth      {}", or(self.auth_types.clone(), "none told")),
            format!(
                "2.0 suites    {}",
                or(self.suites.iter().map(OfferedSuite::word).collect(), "not told before a login")
            ),
            format!("users         {}", or(words(&self.users), "not told")),
            format!(
                "Kg            {}",
                match self.kg_set {
                    Some(true) => "set: give it with --kg-file",
                    Some(false) => "not set",
                    None => "not told",
                }
            ),
        ];
        if let Some(guid) = &self.guid {
            lines.push(format!("GUID          {guid}"));
        }
        let asf = if self.asf { "ASF ping answered" } else { "no answer to ASF ping" };
        lines.push(format!("presence      {asf}, {:.2} ms", self.round_trip_ms));
        Text::Block(lines)
    }
}

/// What it speaks.
pub(super) async fn discover(bmc: Bmc<'_>) -> Result<Discovered, Problem> {
    let findings = bmc.survey(Scope::Everything).await?;
    let round_trip_ms = round_trip_ms(&findings)?;
    let Findings { pong, capabilities, suites, guid, .. } = *findings;
    let (mut versions, mut auth_types, mut users) = (Vec::new(), Vec::new(), Vec::new());
    if let Some(said) = &capabilities {
        let offered = [("1.5", said.offers_1_5()), ("2.0", said.offers_2_0())];
        versions.extend(offered.iter().filter(|(_, offered)| *offered).map(|(name, _)| *name));
        if said.offers_1_5() {
            auth_types.extend(said.types.iter().map(|auth_type| auth_type.to_string()));
        }
        let kinds = [
            ("named users", said.named_users),
            ("null user", said.null_user),
            ("anonymous", said.anonymous),
        ];
        users.extend(kinds.iter().filter(|(_, enabled)| *enabled).map(|(name, _)| *name));
    }
    Ok(Discovered {
        round_trip_ms,
        asf: pong.is_some(),
        versions,
        auth_types,
        suites: suites.finish().iter().map(OfferedSuite::of).collect(),
        guid: guid.map(|guid| guid.to_string()),
        kg_set: capabilities.map(|said| said.kg_set),
        users,
    })
}
