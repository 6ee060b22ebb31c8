//! Reads a UPS.

use std::path::Path;

use komainu_core::power::{Cut, UpsConfig};
use komainu_core::time::Millis;

use super::supplies::{CutWay, Nut, Snmp, SnmpAccess, SnmpVersion, Speaker, Tls, Ups};
use crate::config::finding::Notes;
use crate::config::reader::{Found, Reader};
use crate::config::secret::Secret;
use crate::config::table::ups;
use crate::tls::Trust;

/// The port of SNMP.
const SNMP_PORT: u16 = 161;
/// The port of apcupsd.
const APCUPSD_PORT: u16 = 3551;
/// How often UPSes are read that say nothing of it: from NUT, over SNMP, from apcupsd.
const POLLS: [Millis; 3] = [Millis::new(500), Millis::from_secs(2), Millis::from_secs(1)];

/// Reads a UPS.
pub(super) fn read<'r>(notes: &'r Notes<'r>, found: Found<'r>, folder: &Path) -> Option<Ups> {
    let mut reader = Reader::new(notes, &ups::UPS, found);
    let name = reader.get(&ups::NAME);
    let speaker = speaker(&mut reader, notes, folder);
    let poll = reader.get(&ups::POLL);
    let config = config(&mut reader, notes, speaker.as_ref().map(|(_, cut, _)| *cut));
    let (marks, _) = reader.finish();
    let (speaker, _, usual) = speaker?;
    Some(Ups { name: name?, speaker, poll: poll.unwrap_or(usual), config: config?, marks })
}

/// Who speaks for it, how it is cut unless the file says, and how often it is read likewise.
fn speaker(
    reader: &mut Reader<'_>,
    notes: &Notes<'_>,
    folder: &Path,
) -> Option<(Speaker, CutWay, Millis)> {
    let place = reader.get(&ups::NUT);
    let card = reader.get(&ups::SNMP).map(|at| at.or_port(SNMP_PORT));
    let daemon = reader.get(&ups::APCUPSD).map(|at| at.or_port(APCUPSD_PORT));
    let user = reader.get(&ups::USER);
    let fields = (&ups::PASSWORD_FILE, &ups::PASSWORD_ENV, &ups::PASSWORD_CREDENTIAL);
    let password = Secret::optional(reader, notes, fields, folder);
    let nut = Nuts::read(reader, notes, folder);
    let snmp = Snmps::read(reader, notes, folder);
    let [poll_nut, poll_snmp, poll_apcupsd] = POLLS;
    match (place, card, daemon) {
        (Some(place), None, None) => {
            let login = login(reader, notes, user, password)?;
            let cut = if login.is_some() { CutWay::Delayed } else { CutWay::Never };
            let own = if place.at.ip().is_loopback() { Tls::Off } else { Tls::Require };
            let tls = nut.tls.unwrap_or(own);
            if tls != Tls::Off && nut.trust.is_none() {
                let text = "nothing says whose word for the NUT server is trusted";
                let remedy = "add 'ca-file' or 'certificate-file', or say tls = \"off\"";
                notes.wrong(reader.at(), &reader.path(&ups::CA_FILE), text, remedy);
            }
            let trust = nut.trust;
            Some((Speaker::Nut(Nut { place, login, tls, trust }), cut, poll_nut))
        }
        (None, Some(at), None) => {
            let mib = snmp.mib?;
            let access = snmp.access(reader, notes, user, password)?;
            Some((Speaker::Snmp(Snmp { at, access, mib }), CutWay::Delayed, poll_snmp))
        }
        (None, None, Some(at)) => Some((Speaker::Apcupsd(at), CutWay::Never, poll_apcupsd)),
        (None, None, None) => {
            let text = "nothing says who speaks for it";
            let remedy = "add 'nut', 'snmp' or 'apcupsd'";
            notes.wrong(reader.at(), ups::UPS.path, text, remedy);
            None
        }
        _ => {
            let text = "more than one of 'nut', 'snmp' and 'apcupsd' speaks for it";
            notes.wrong(reader.at(), ups::UPS.path, text, "keep one");
            None
        }
    }
}

/// What is only for NUT.
struct Nuts {
    tls: Option<Tls>,
    trust: Option<Trust>,
}

impl Nuts {
    fn read(reader: &mut Reader<'_>, notes: &Notes<'_>, folder: &Path) -> Self {
        let tls = reader.get(&ups::TLS);
        let authority = reader.get(&ups::CA_FILE).map(|path| folder.join(path));
        let own = reader.get(&ups::CERTIFICATE_FILE).map(|path| folder.join(path));
        if authority.is_some() && own.is_some() {
            let (place, path) = reader.stands(&ups::CERTIFICATE_FILE);
            notes.wrong(place, &path, "'ca-file' says who is trusted, too", "keep one");
        }
        let trust = own.map(Trust::Certificate).or(authority.map(Trust::Authority));
        Self { tls, trust }
    }
}

/// User and password, which come together.
fn login(
    reader: &Reader<'_>,
    notes: &Notes<'_>,
    user: Option<String>,
    password: Option<Secret>,
) -> Option<Option<(String, Secret)>> {
    match (user, password) {
        (Some(user), Some(password)) => Some(Some((user, password))),
        (None, None) => Some(None),
        (user, _) => {
            let there = if user.is_some() { "a user without a password" } else { "no user" };
            let (place, path) = reader.stands(&ups::USER);
            notes.wrong(place, &path, format!("there is {there}"), "say both, or neither");
            None
        }
    }
}

/// What is only for SNMP.
struct Snmps {
    version: Option<SnmpVersion>,
    community: Option<Secret>,
    auth: Option<super::supplies::SnmpAuth>,
    privacy: Option<super::supplies::Privacy>,
    privacy_password: Option<Secret>,
    mib: Option<super::supplies::Mib>,
}

impl Snmps {
    fn read(reader: &mut Reader<'_>, notes: &Notes<'_>, folder: &Path) -> Self {
        let community = (&ups::COMMUNITY_FILE, &ups::COMMUNITY_ENV, &ups::COMMUNITY_CREDENTIAL);
        let privacy = (&ups::PRIVACY_FILE, &ups::PRIVACY_ENV, &ups::PRIVACY_CREDENTIAL);
        Self {
            version: reader.get(&ups::VERSION),
            community: Secret::optional(reader, notes, community, folder),
            auth: reader.get(&ups::AUTH),
            privacy: reader.get(&ups::PRIVACY),
            privacy_password: Secret::optional(reader, notes, privacy, folder),
            mib: reader.get(&ups::MIB),
        }
    }

    fn access(
        self,
        reader: &Reader<'_>,
        notes: &Notes<'_>,
        user: Option<String>,
        password: Option<Secret>,
    ) -> Option<SnmpAccess> {
        let Self { version, community, auth, privacy, privacy_password, .. } = self;
        match (version?, community, user, password) {
            (SnmpVersion::V3, None, Some(name), Some(password)) => Some(SnmpAccess::User {
                name,
                auth: auth?,
                password,
                privacy: privacy?,
                privacy_password,
            }),
            (SnmpVersion::V3, ..) => {
                let (place, path) = reader.stands(&ups::VERSION);
                let remedy = "add 'user' and 'password-file', and no community";
                notes.wrong(place, &path, "SNMP 3 needs a user and a password", remedy);
                None
            }
            (version, Some(community), None, None) => {
                Some(SnmpAccess::Community { first: version == SnmpVersion::V1, community })
            }
            (..) => {
                let (place, path) = reader.stands(&ups::VERSION);
                let text = "SNMP 1 and 2c have a community, and no user";
                notes.wrong(place, &path, text, "add 'community-file', or say version = \"3\"");
                None
            }
        }
    }
}

/// What the core is told; `usual` = how it is cut unless the file says.
fn config(reader: &mut Reader<'_>, notes: &Notes<'_>, usual: Option<CutWay>) -> Option<UpsConfig> {
    let confirm = reader.get(&ups::CONFIRM);
    let settle = reader.get(&ups::SETTLE);
    let low_grace = reader.get(&ups::LOW_GRACE);
    let late = reader.get(&ups::LATE);
    let unknown = reader.get(&ups::UNKNOWN);
    let test_limit = reader.get(&ups::TEST_LIMIT);
    let cut = reader.get(&ups::CUT).or(usual);
    let most = reader.get(&ups::LONGEST_DELAY);
    let floor = reader.get(&ups::FLOOR);
    let assumed = reader.get(&ups::ASSUMED);
    if let (Some(late), Some(unknown)) = (late, unknown)
        && late >= unknown
    {
        let text = "a reading would tell nothing any more before it is late";
        let (place, path) = reader.stands(&ups::LATE);
        notes.wrong(place, &path, text, "make 'late' shorter than 'unknown'");
    }
    let cannot =
        reader.finds(&ups::APCUPSD) || reader.finds(&ups::NUT) && !reader.finds(&ups::USER);
    if cannot && matches!(cut, Some(CutWay::Delayed | CutWay::Final)) {
        let text = "nobody may order this UPS";
        let remedy = "say \"never\", or speak to it as a 'user' of NUT or over SNMP";
        let (place, path) = reader.stands(&ups::CUT);
        notes.wrong(place, &path, text, remedy);
    }
    let most = most?;
    Some(UpsConfig {
        confirm: confirm?,
        settle: settle?,
        low_grace: low_grace?,
        late: late?,
        unknown: unknown?,
        test_limit: test_limit?,
        cut: match cut? {
            CutWay::Never => Cut::Never,
            CutWay::Delayed => Cut::Delayed { most },
            CutWay::Final => Cut::Final { most },
        },
        floor,
        assumed: assumed?,
    })
}
