//! A server of an appliance: its BMC, and how it is fenced.

use core::net::{SocketAddr, SocketAddrV4};

use heapless::Vec;

use super::Fault;
use super::fields::{Fields, Put};
use crate::connector::ServerConfig;
use crate::fence::{Budgets, Method, Plan};
use crate::limits::MAX_SUITES;
use crate::secret::{Key, KeyId};
use crate::session::{Profile, Suites, UserName, Version, Workaround, Workarounds};
use crate::types::HostAddress;
use crate::wire::command::Privilege;
use crate::wire::command::channel::AuthTypes;
use crate::wire::command::device::Guid;
use crate::wire::{Full, Writer};

/// Methods, by their codes from 1 on.
const METHODS: [Method; 4] = [Method::Off, Method::Cycle, Method::Reset, Method::Outlet];
/// Versions of IPMI, by their codes from 0 on.
const VERSIONS: [Version; 3] = [Version::Auto, Version::V15, Version::V20];

pub(super) fn parse(fields: &mut Fields<'_>) -> Result<ServerConfig, Fault> {
    let host = fields.u16("host address")?;
    let host = fields.valid("host address", HostAddress::new(host))?;
    let name = fields.name("name")?;
    let member = fields.maybe("member", |fields| fields.address("member"))?;
    let bmc = fields.address("BMC")?;
    let mut profile = parse_profile(fields)?;
    let password = parse_key(fields, "password")?;
    let kg = fields.maybe("Kg", |fields| parse_key(fields, "Kg"))?;
    profile.kg = kg.as_ref().map(|_| KeyId(1));
    let plan = parse_plan(fields)?;
    let poll = fields.millis("poll")?;
    let (member, bmc) = (member.map(SocketAddr::V4), SocketAddr::V4(bmc));
    Ok(ServerConfig { host, name, member, bmc, profile, password, kg, plan, poll })
}

/// Writes a server. [`Full`] also when an address is not of IPv4, which no appliance speaks.
pub(super) fn emit(server: &ServerConfig, out: &mut Writer<'_>) -> Result<(), Full> {
    out.u16_be(server.host.get())?;
    out.counted(server.name.as_str().as_bytes())?;
    out.flag(server.member.is_some())?;
    if let Some(member) = server.member {
        out.address(v4(member)?)?;
    }
    out.address(v4(server.bmc)?)?;
    emit_profile(&server.profile, out)?;
    out.counted(server.password.expose())?;
    out.flag(server.kg.is_some())?;
    if let Some(kg) = &server.kg {
        out.counted(kg.expose())?;
    }
    emit_plan(&server.plan, out)?;
    out.millis(server.poll)
}

fn v4(address: SocketAddr) -> Result<SocketAddrV4, Full> {
    match address {
        SocketAddr::V4(address) => Ok(address),
        SocketAddr::V6(_) => Err(Full),
    }
}

fn parse_key(fields: &mut Fields<'_>, field: &'static str) -> Result<Key, Fault> {
    let bytes = fields.counted(field)?;
    fields.valid(field, Key::new(bytes).ok())
}

fn parse_profile(fields: &mut Fields<'_>) -> Result<Profile, Fault> {
    let user = fields.text("user")?;
    let user = fields.valid("user", UserName::new(user).ok())?;
    let mut profile = Profile::new(user, Some(KeyId(0)));
    let version = fields.u8("IPMI version")?;
    let version = VERSIONS.get(usize::from(version)).copied();
    profile.version = fields.valid("IPMI version", version)?;
    let suites = fields.counted("suites")?;
    profile.suites = fields.valid("suites", Suites::new(suites))?;
    let types = fields.u8("authentication types")?;
    let known = AuthTypes::from_bits(types);
    profile.auth_types =
        fields.valid("authentication types", (known.bits() == types).then_some(known))?;
    let privilege = fields.u8("privilege")?;
    profile.privilege = fields.valid("privilege", Privilege::from_code(privilege))?;
    let workarounds = fields.u16("workarounds")?;
    profile.workarounds = fields.valid("workarounds", workarounds_of(workarounds))?;
    profile.guid = fields.maybe("GUID", |fields| fields.array("GUID").map(Guid))?;
    Ok(profile)
}

fn workarounds_of(bits: u16) -> Option<Workarounds> {
    let all = Workaround::ALL.into_iter().map(|(one, _)| one);
    let set = all.fold(Workarounds::default(), |set, one| match bits & bit(one) {
        0 => set,
        _ => set.with(one),
    });
    (bits_of(set) == bits).then_some(set)
}

fn bits_of(set: Workarounds) -> u16 {
    let all = Workaround::ALL.into_iter().map(|(one, _)| one);
    all.filter(|one| set.has(*one)).fold(0, |bits, one| bits | bit(one))
}

const fn bit(one: Workaround) -> u16 {
    1 << one as u8
}

fn emit_profile(profile: &Profile, out: &mut Writer<'_>) -> Result<(), Full> {
    out.counted(profile.user.as_bytes())?;
    out.u8(profile.version as u8)?;
    let suites: Vec<u8, MAX_SUITES> = profile.suites.ids().collect();
    out.counted(&suites)?;
    out.u8(profile.auth_types.bits())?;
    out.u8(profile.privilege as u8)?;
    out.u16_be(bits_of(profile.workarounds))?;
    out.flag(profile.guid.is_some())?;
    profile.guid.map_or(Ok(()), |guid| out.bytes(&guid.0))
}

fn parse_plan(fields: &mut Fields<'_>) -> Result<Plan, Fault> {
    let mut methods: Vec<Method, { METHODS.len() }> = Vec::new();
    for code in fields.counted("methods")? {
        let method = code.checked_sub(1).and_then(|at| METHODS.get(usize::from(at)));
        let pushed = method.and_then(|method| methods.push(*method).ok());
        fields.valid("methods", pushed)?;
    }
    let power_on = fields.flag("power-on")?;
    let budgets = Budgets {
        look: fields.millis("look")?,
        act: fields.millis("act")?,
        off: fields.millis("off")?,
        on: fields.millis("on")?,
        pulse: fields.millis("pulse")?,
        soft: fields.millis("soft")?,
        silence: fields.millis("silence")?,
        confirm_gap: fields.millis("confirm-gap")?,
        look_interval: fields.millis("look-interval")?,
    };
    fields.valid("methods", Plan::new(&methods, power_on, budgets))
}

fn emit_plan(plan: &Plan, out: &mut Writer<'_>) -> Result<(), Full> {
    let methods = (0..).map_while(|at| plan.method(at));
    let codes: Vec<u8, { METHODS.len() }> = methods.map(|method| method as u8 + 1).collect();
    out.counted(&codes)?;
    out.flag(plan.power_on)?;
    let Budgets { look, act, off, on, pulse, soft, silence, confirm_gap, look_interval } =
        plan.budgets;
    for budget in [look, act, off, on, pulse, soft, silence, confirm_gap, look_interval] {
        out.millis(budget)?;
    }
    Ok(())
}
