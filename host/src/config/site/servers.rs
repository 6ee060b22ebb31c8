//! Reads a server, its BMC, and how it is fenced.

use std::path::{Path, PathBuf};

use komainu_core::fence::{Budgets, Plan};
use komainu_core::secret::KeyId;
use komainu_core::session::{Profile, Suites, Workarounds};
use komainu_core::types::{HostAddress, SystemName};
use komainu_core::wire::command::channel::AuthTypes;

use super::power::Known;
use super::{Bmc, Server, guests, powered};
use crate::config::finding::Notes;
use crate::config::reader::{Found, Marks, Reader};
use crate::config::secret::Secret;
use crate::config::table::power::server::CLUSTER_POWER;
use crate::config::table::{bmc, fence, server};

/// The port of BMCs.
const BMC_PORT: u16 = 623;

/// What the servers of a cluster take over from it.
pub(super) struct Common<'r> {
    bmc: Option<Found<'r>>,
    fence: Option<Found<'r>>,
    power: Option<Found<'r>>,
    known: &'r Known,
    folder: PathBuf,
}

impl<'r> Common<'r> {
    /// Reads what a cluster's servers have in common. Values are checked when a server takes them
    /// over.
    pub(super) fn read(
        notes: &'r Notes<'r>,
        cluster: &Reader<'r>,
        known: &'r Known,
        folder: &Path,
    ) -> Self {
        let sections = [&bmc::CLUSTER_BMC, &fence::CLUSTER_FENCE, &CLUSTER_POWER];
        let [bmc, fence, power] = sections.map(|section| {
            let found = cluster.table(section)?;
            Reader::new(notes, section, found).finish();
            Some(found)
        });
        Self { bmc, fence, power, known, folder: folder.to_owned() }
    }
}

/// Name and address of a server, for services that name it; what is wrong with them is noted
/// elsewhere.
pub(super) fn name(found: Found<'_>) -> Option<(SystemName, Option<HostAddress>)> {
    let notes = Notes::on("");
    let mut reader = Reader::new(&notes, &server::SERVER, found);
    Some((reader.get(&server::NAME)?, reader.get(&server::HOST)))
}

/// Reads a server; `port` is its cluster's. Gives its part of the canonical form, too.
pub(super) fn read<'r>(
    notes: &'r Notes<'r>,
    found: Found<'r>,
    port: u16,
    common: &Common<'r>,
) -> Option<(Server, String)> {
    let mut reader = Reader::new(notes, &server::SERVER, found);
    let host = reader.get(&server::HOST);
    let name = reader.get(&server::NAME);
    let address = reader.get(&server::ADDRESS).map(|at| at.or_port(port));
    let paths = reader.get(&server::PATHS);
    let bmc = read_bmc(notes, &reader, common);
    let fence = reader.table(&fence::SERVER_FENCE).unwrap_or_else(|| reader.nothing());
    let fence = Reader::new(notes, &fence::SERVER_FENCE, fence)
        .inherits(&fence::CLUSTER_FENCE, common.fence);
    let (plan, fence_marks, fence_text) = read_plan(fence);
    let power = powered::read(notes, &reader, common.power, common.known);
    let guests = guests::read(notes, &reader);
    let (marks, text) = reader.finish();
    let paths = (1..).zip(paths?).map(|(path, at)| at.or_port(port.saturating_add(path)));
    let paths = paths.collect();
    let server = Server {
        host: host?,
        name: name?,
        address,
        paths,
        bmc: bmc?,
        plan: plan?,
        power: power?,
        guests: guests?,
        marks,
        fence_marks,
    };
    Some((server, text + &fence_text))
}

fn read_bmc<'r>(notes: &'r Notes<'r>, server: &Reader<'r>, common: &Common<'r>) -> Option<Bmc> {
    let Some(found) = server.table(&bmc::SERVER_BMC) else {
        let text = "is missing";
        let remedy = "say where the server's BMC is: [cluster.server.bmc] with 'address'";
        notes.wrong(server.at(), bmc::SERVER_BMC.path, text, remedy);
        return None;
    };
    let mut reader =
        Reader::new(notes, &bmc::SERVER_BMC, found).inherits(&bmc::CLUSTER_BMC, common.bmc);
    let address = reader.get(&bmc::ADDRESS).map(|at| at.or_port(BMC_PORT));
    let user = reader.get(&bmc::USER);
    let fields = (&bmc::PASSWORD_FILE, &bmc::PASSWORD_ENV, &bmc::PASSWORD_CREDENTIAL);
    let password = Secret::required(&mut reader, notes, fields, &common.folder);
    let fields = (&bmc::KG_FILE, &bmc::KG_ENV, &bmc::KG_CREDENTIAL);
    let kg = Secret::optional(&mut reader, notes, fields, &common.folder);
    let suites = reader.get(&bmc::SUITES);
    let version = reader.get(&bmc::IPMI);
    let auth = reader.get(&bmc::AUTH);
    let privilege = reader.get(&bmc::PRIVILEGE);
    let workarounds = reader.get(&bmc::WORKAROUNDS);
    let guid = reader.get(&bmc::GUID);
    let poll = reader.get(&bmc::POLL);
    let (marks, _) = reader.finish();
    let (suites, poll) = (suites?, poll?);
    let mut profile = Profile::new(user?, Some(KeyId(0)));
    profile.kg = kg.as_ref().map(|_| KeyId(1));
    profile.version = version?;
    profile.suites = Suites::new(&suites)?;
    profile.auth_types = auth?.into_iter().fold(AuthTypes::default(), AuthTypes::with);
    profile.privilege = privilege?;
    profile.workarounds = workarounds?.into_iter().fold(Workarounds::default(), Workarounds::with);
    profile.guid = guid;
    profile.keep_warm = Some(poll);
    Some(Bmc { address: address?, profile, suites, password: password?, kg, poll, marks })
}

fn read_plan(mut reader: Reader<'_>) -> (Option<Plan>, Marks, String) {
    let methods = reader.get(&fence::METHODS);
    let power_on = reader.get(&fence::POWER_ON);
    let budgets = read_budgets(&mut reader);
    let plan = methods.zip(power_on).zip(budgets);
    let plan =
        plan.and_then(|((methods, power_on), budgets)| Plan::new(&methods, power_on, budgets));
    let (marks, text) = reader.finish();
    (plan, marks, text)
}

fn read_budgets(reader: &mut Reader<'_>) -> Option<Budgets> {
    let look = reader.get(&fence::LOOK);
    let act = reader.get(&fence::ACT);
    let off = reader.get(&fence::OFF);
    let on = reader.get(&fence::ON);
    let pulse = reader.get(&fence::PULSE);
    let soft = reader.get(&fence::SOFT);
    let silence = reader.get(&fence::SILENCE);
    let confirm_gap = reader.get(&fence::CONFIRM_GAP);
    let look_interval = reader.get(&fence::LOOK_INTERVAL);
    Some(Budgets {
        look: look?,
        act: act?,
        off: off?,
        on: on?,
        pulse: pulse?,
        soft: soft?,
        silence: silence?,
        confirm_gap: confirm_gap?,
        look_interval: look_interval?,
    })
}
