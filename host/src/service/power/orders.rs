//! What operators and the calendar order of plans and UPSes, and what comes of it.

use komainu_core::power::{Answer, Order, Scope, Why};
use komainu_core::time::Millis;
use komainu_core::types::{Outlet, ServerIndex, UpsIndex, UpsOrder};
use serde::{Deserialize, Serialize};

use super::words::{Back, failure};
use crate::service::orders::{ConnectorAnswer, ServerRef};

/// Whom a plan is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum PlanScope {
    /// Every planned server.
    #[default]
    All,
    /// Those that would be short of feeds without that UPS.
    Ups(String),
    /// One server.
    Server(ServerRef),
}

/// What a UPS is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum UpsDoing {
    /// Off after the delay, and on by itself with the mains.
    OffUntilMains,
    /// Off after the delay, until it is ordered on.
    Off,
    /// On.
    On,
    /// Calls an order off whose delay is not over.
    Cancel,
    /// Begins a self test.
    Test,
    /// Ends a self test.
    StopTest,
}

/// An order about power.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case")]
#[serde(tag = "do", deny_unknown_fields)]
pub(crate) enum PowerOrder {
    /// Stop in order, though the mains are there.
    Stop {
        /// Whom.
        #[serde(default)]
        scope: PlanScope,
        /// Also cut the outputs, and shut this machine down where it hangs on them.
        #[serde(default)]
        cut: bool,
        /// How they come back.
        back: Back,
    },
    /// Call off what can be called off.
    Cancel {
        /// Also while the mains are gone: the operator answers for the battery.
        #[serde(default)]
        even_on_battery: bool,
    },
    /// Start again what an order has stopped.
    Return {
        /// Without waiting for energy.
        #[serde(default)]
        now: bool,
    },
    /// Everything but the irreversible; then back.
    Rehearse {
        /// Whom.
        #[serde(default)]
        scope: PlanScope,
    },
    /// A single order to a UPS.
    Ups {
        /// Which.
        ups: String,
        /// The group of its outlets; 0 = all of its output.
        #[serde(default)]
        outlet: u8,
        /// What.
        what: UpsDoing,
        /// After how many seconds, for an off.
        #[serde(default)]
        delay: u32,
    },
}

/// What an order's names stand for.
pub(in crate::service) struct Meant<'n> {
    /// Finds a server.
    pub(in crate::service) server: &'n dyn Fn(&ServerRef) -> Option<ServerIndex>,
    /// Finds a UPS.
    pub(in crate::service) ups: &'n dyn Fn(&str) -> Option<UpsIndex>,
}

impl Meant<'_> {
    /// The order in the core's words; what it names that does not exist.
    pub(in crate::service) fn order(&self, order: &PowerOrder) -> Result<Order, ConnectorAnswer> {
        Ok(match order {
            PowerOrder::Stop { scope, cut, back } => {
                Order::Stop { scope: self.scope(scope)?, cut: *cut, back: (*back).into() }
            }
            PowerOrder::Cancel { even_on_battery } => {
                Order::Cancel { even_on_battery: *even_on_battery }
            }
            PowerOrder::Return { now } => Order::Return { now: *now },
            PowerOrder::Rehearse { scope } => Order::Rehearse { scope: self.scope(scope)? },
            PowerOrder::Ups { ups, outlet, what, delay } => {
                let ups = (self.ups)(ups).ok_or(ConnectorAnswer::NoSuchUps)?;
                let outlet = Outlet::new(*outlet).ok_or(ConnectorAnswer::NoSuchUps)?;
                let delay = Millis::new(delay.saturating_mul(1000));
                let order = match what {
                    UpsDoing::OffUntilMains => UpsOrder::OffUntilMains { outlet, delay },
                    UpsDoing::Off => UpsOrder::Off { outlet, delay },
                    UpsDoing::On => UpsOrder::On { outlet },
                    UpsDoing::Cancel => UpsOrder::Cancel { outlet },
                    UpsDoing::Test => return Ok(Order::Test(ups)),
                    UpsDoing::StopTest => UpsOrder::StopTest,
                };
                Order::Ups { ups, order }
            }
        })
    }

    fn scope(&self, scope: &PlanScope) -> Result<Scope, ConnectorAnswer> {
        Ok(match scope {
            PlanScope::All => Scope::All,
            PlanScope::Ups(name) => Scope::Ups((self.ups)(name).ok_or(ConnectorAnswer::NoSuchUps)?),
            PlanScope::Server(at) => {
                Scope::Server((self.server)(at).ok_or(ConnectorAnswer::NoSuchServer)?)
            }
        })
    }
}

/// What came of an order; `name` tells what a server is called.
pub(in crate::service) fn answered(
    answer: Answer,
    name: impl Fn(ServerIndex) -> String,
) -> ConnectorAnswer {
    match answer {
        Answer::Done => ConnectorAnswer::Done,
        Answer::Begun(outage) => ConnectorAnswer::Begun { outage: outage.0 },
        Answer::Refused(why) => ConnectorAnswer::NotNow { why: reason(why, name) },
        Answer::Failed(why) => ConnectorAnswer::InVain { why: reason(why, name) },
    }
}

fn reason(why: Why, name: impl Fn(ServerIndex) -> String) -> String {
    match why {
        Why::NoSuchThing => "the plan has no such server or UPS".to_owned(),
        Why::PlanRuns => "a plan runs".to_owned(),
        Why::NoPlan => "no plan runs".to_owned(),
        Why::OnBattery => "the mains are gone".to_owned(),
        Why::Running(server) => {
            format!("it would cut the power of {}, which is not proved off", name(server))
        }
        Why::ThisMachine => "it would cut the power of the machine that Komainu runs on".to_owned(),
        Why::Unread(_) => "the UPS cannot be read".to_owned(),
        Why::Ups(why) => format!("the UPS has not taken the order: {}", failure(why)),
        Why::Unanswered => "nobody knows whether the UPS has taken the order".to_owned(),
        Why::Busy => "too much is under way".to_owned(),
    }
}
