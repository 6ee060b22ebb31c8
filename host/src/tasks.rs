//! What each verb does with one BMC, and what it reports.

mod alert;
mod boot;
mod chassis;
mod fencing;
mod info;
mod power;
mod raw;
mod sel;
mod survey;
mod watchdog;

pub(crate) use fencing::{Fencing, Step, Voice, fence};

use std::cell::RefCell;

use komainu_core::wire::command::Privilege;

use crate::access::Need;
use crate::cli::{AlertVerb, BmcVerb, BootVerb, PowerVerb, SelVerb, WatchdogVerb};
use crate::engine::{Bmc, Job};
use crate::output::{Printer, Report};
use crate::problem::Problem;

/// What a verb needs of a login.
pub(crate) fn need(verb: &BmcVerb) -> Need {
    let user = Need::level(Privilege::User);
    let operator = Need::level(Privilege::Operator);
    let administrator = Need::level(Privilege::Administrator);
    match verb {
        BmcVerb::Ping | BmcVerb::Discover => Need::ANONYMOUS,
        BmcVerb::Info => user,
        BmcVerb::Power(power) => match &power.verb {
            PowerVerb::Status => user,
            PowerVerb::On(how)
            | PowerVerb::Off(how)
            | PowerVerb::Soft(how)
            | PowerVerb::Cycle(how)
                if how.wait =>
            {
                operator.unlimited()
            }
            PowerVerb::On(_)
            | PowerVerb::Off(_)
            | PowerVerb::Soft(_)
            | PowerVerb::Cycle(_)
            | PowerVerb::Reset
            | PowerVerb::Diag => operator,
        },
        BmcVerb::Policy(policy) if policy.policy.is_none() => user,
        BmcVerb::Identify(_) | BmcVerb::Policy(_) | BmcVerb::Boot(_) | BmcVerb::Raw(_) => operator,
        BmcVerb::Sel(SelVerb::Info | SelVerb::List) | BmcVerb::Watchdog(WatchdogVerb::Show) => user,
        BmcVerb::Sel(SelVerb::Clear) | BmcVerb::Watchdog(_) => operator,
        BmcVerb::Alert(AlertVerb::Show) => operator,
        BmcVerb::Alert(AlertVerb::Setup(_)) => administrator,
    }
}

/// A host as results show it.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    /// Its name in the list.
    pub(crate) host: &'a str,
    /// Where its result goes.
    pub(crate) printer: &'a RefCell<Printer>,
}

/// What a verb brings along that is the same for all hosts.
pub(crate) struct Order<'a> {
    /// What to do.
    pub(crate) verb: &'a BmcVerb,
    /// The community that alerts shall carry.
    pub(crate) community: Option<komainu_core::wire::command::lan_alert::Community>,
    /// The privilege that raw commands are sent with.
    pub(crate) privilege: Privilege,
}

/// The job of a host.
pub(crate) fn job<'a>(order: &'a Order<'a>, bmc: Bmc<'a>, place: Place<'a>) -> Job<'a> {
    match order.verb {
        BmcVerb::Ping => told(place, survey::ping(bmc)),
        BmcVerb::Discover => told(place, survey::discover(bmc)),
        BmcVerb::Info => told(place, info::info(bmc, order.privilege)),
        BmcVerb::Power(power) => match &power.verb {
            PowerVerb::Status => told(place, power::status(bmc)),
            verb => told(place, power::act(bmc, *verb)),
        },
        BmcVerb::Identify(how) => told(place, chassis::identify(bmc, *how)),
        BmcVerb::Policy(which) => match which.policy {
            None => told(place, chassis::policy(bmc)),
            Some(policy) => told(place, chassis::set_policy(bmc, policy.into())),
        },
        BmcVerb::Sel(SelVerb::Info) => told(place, sel::info(bmc)),
        BmcVerb::Sel(SelVerb::List) => told(place, sel::list(bmc)),
        BmcVerb::Sel(SelVerb::Clear) => told(place, sel::clear(bmc)),
        BmcVerb::Boot(BootVerb::Show) => told(place, boot::show(bmc)),
        BmcVerb::Boot(BootVerb::Set(set)) => told(place, boot::set(bmc, *set)),
        BmcVerb::Watchdog(WatchdogVerb::Show) => told(place, watchdog::show(bmc)),
        BmcVerb::Watchdog(WatchdogVerb::Set(set)) => told(place, watchdog::set(bmc, *set)),
        BmcVerb::Watchdog(WatchdogVerb::Stop) => told(place, watchdog::stop(bmc)),
        BmcVerb::Watchdog(WatchdogVerb::Reset) => told(place, watchdog::reset(bmc)),
        BmcVerb::Alert(AlertVerb::Show) => told(place, alert::show(bmc)),
        BmcVerb::Alert(AlertVerb::Setup(setup)) => {
            told(place, alert::setup(bmc, setup, order.community))
        }
        BmcVerb::Raw(raw) => told(place, raw::raw(bmc, raw, order.privilege)),
    }
}

/// A job that tells its result as soon as it has one.
fn told<'a, R: Report>(
    place: Place<'a>,
    task: impl Future<Output = Result<R, Problem>> + 'a,
) -> Job<'a> {
    Box::pin(async move {
        let result = task.await;
        place.printer.borrow_mut().result(place.host, result);
    })
}
