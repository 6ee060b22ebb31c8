//! What a plan tells, as messages.

use komainu_core::power::{Job, Means, RunEnd, Switch, SwitchFailure, Tell};
use komainu_core::time::Millis;
use komainu_core::types::{ServerIndex, UpsFailure, UpsIndex, UpsOrder};

use super::names::PowerNames;
use super::status::ServerNames;
use super::words;
use crate::service::message::{Code, Message};

/// The message for something that a plan tells.
pub(crate) fn message(names: &PowerNames, servers: ServerNames<'_>, tell: &Tell) -> Message {
    let told = Told { names, servers };
    match *tell {
        Tell::OnBattery(_)
        | Tell::OnMains(_)
        | Tell::Low { .. }
        | Tell::OutputOff(_)
        | Tell::Unread { .. }
        | Tell::ReadAgain(_)
        | Tell::Testing { .. }
        | Tell::NeedsCare(_)
        | Tell::Cutting { .. }
        | Tell::OrderFailed { .. }
        | Tell::WaitsForEnergy(_) => told.of_supplies(tell),
        Tell::Contradiction(_)
        | Tell::Slow { .. }
        | Tell::Stopped(_)
        | Tell::NotProvedOff(_)
        | Tell::Starting(_)
        | Tell::Back(_)
        | Tell::Dropped(_) => told.of_servers(tell),
        Tell::DoesNotFit { .. }
        | Tell::Fits
        | Tell::Began { .. }
        | Tell::Stage { .. }
        | Tell::LastOne
        | Tell::Returned(_)
        | Tell::Maintenance { .. }
        | Tell::Ended { .. } => told.of_plans(tell),
    }
}

/// Names for what is told.
struct Told<'n> {
    names: &'n PowerNames,
    servers: ServerNames<'n>,
}

impl Told<'_> {
    fn ups(&self, ups: UpsIndex, code: Code, text: &str) -> Message {
        let name = self.names.ups(ups);
        Message::new(code, format!("UPS {name} {text}")).about("ups", name)
    }

    fn server(&self, server: ServerIndex, code: Code, text: &str) -> Message {
        let (name, cluster) = (self.servers)(server);
        let message = Message::new(code, format!("{name} {text}"));
        message.about("server", name).about("cluster", cluster)
    }

    fn of_supplies(&self, tell: &Tell) -> Message {
        match *tell {
            Tell::OnBattery(ups) => self.ups(ups, Code::UpsOnBattery, "runs on its battery"),
            Tell::OnMains(ups) => self.ups(ups, Code::UpsOnMains, "is on the mains again"),
            Tell::Low { ups, believed: true } => {
                self.ups(ups, Code::UpsLow, "calls its battery low")
            }
            Tell::Low { ups, believed: false } => {
                let text = "calls its battery low, against its own charge and runtime";
                self.ups(ups, Code::UpsLowDoubted, text)
            }
            Tell::OutputOff(ups) => self.ups(ups, Code::UpsOff, "has its output off"),
            Tell::Unread { ups, failure } => {
                let text = format!("cannot be read: {}", words::failure(failure));
                self.ups(ups, Code::UpsUnread, &text)
            }
            Tell::ReadAgain(ups) => self.ups(ups, Code::UpsReadAgain, "is read again"),
            Tell::Testing { ups, on: true } => self.ups(ups, Code::UpsTesting, "tests its battery"),
            Tell::Testing { ups, on: false } => {
                self.ups(ups, Code::UpsTested, "has ended the test of its battery")
            }
            Tell::NeedsCare(ups) => {
                self.ups(ups, Code::UpsNeedsCare, "wants a new battery, or less load")
            }
            Tell::Cutting { ups, delay } => {
                let text = format!("will cut its output in {}", seconds(delay));
                self.ups(ups, Code::UpsCutting, &text)
            }
            Tell::OrderFailed { ups, order, failure } => self.order_failed(ups, order, failure),
            Tell::WaitsForEnergy(ups) => {
                self.ups(ups, Code::WaitsForEnergy, "has too little charge for starting servers")
            }
            _ => unreachable!("the others are told of elsewhere"),
        }
    }

    fn order_failed(&self, ups: UpsIndex, order: UpsOrder, failure: Option<UpsFailure>) -> Message {
        let what = match order {
            UpsOrder::OffUntilMains { .. } | UpsOrder::Off { .. } => "cut its output",
            UpsOrder::On { .. } => "switch its output on",
            UpsOrder::Cancel { .. } => "call its off off",
            UpsOrder::Test | UpsOrder::StopTest => "test its battery",
        };
        let why = failure.map_or("it does not show the order", words::failure);
        let text = format!("was told to {what}, and does not: {why}");
        self.ups(ups, Code::UpsOrderFailed, &text)
    }

    fn of_servers(&self, tell: &Tell) -> Message {
        match *tell {
            Tell::Contradiction(server) => {
                let text = "reads on, though each of its feeds reads off";
                self.server(server, Code::FeedsContradict, text)
            }
            Tell::Slow { server, what } => self.server(server, Code::StepInVain, &means(what)),
            Tell::Stopped(server) => self.server(server, Code::ServerStopped, "is off, as read"),
            Tell::NotProvedOff(server) => {
                self.server(server, Code::ServerNotProvedOff, "could not be proved off")
            }
            Tell::Starting(server) => {
                self.server(server, Code::ServerStarting, "is being switched on")
            }
            Tell::Back(server) => self.server(server, Code::ServerBack, "is back"),
            Tell::Dropped(server) => {
                self.server(server, Code::ServerDropped, "did not come back in time")
            }
            _ => unreachable!("the others are told of elsewhere"),
        }
    }

    fn of_plans(&self, tell: &Tell) -> Message {
        match *tell {
            Tell::DoesNotFit { needed, runtime } => {
                let (needed, runtime) = (seconds(needed), seconds(runtime));
                let text = format!("a plan would need {needed}, the batteries give {runtime}");
                Message::new(Code::PlanDoesNotFit, text)
            }
            Tell::Fits => Message::new(Code::PlanFits, "the plan fits the batteries again"),
            Tell::Began { outage, cause } => {
                let cause = words::cause(cause, |ups| self.names.ups(ups).to_owned());
                let text = format!("plan {} begins: {cause}", outage.0);
                Message::new(Code::PlanBegan, text).about("outage", outage.0)
            }
            Tell::Stage { stage, needed, runtime } => {
                let name = self.names.stage(stage);
                let left = runtime.map_or_else(String::new, |runtime| {
                    format!(", the batteries give {}", seconds(runtime))
                });
                let text = format!("stage {name} begins: the rest takes {}{left}", seconds(needed));
                Message::new(Code::StageBegan, text).about("stage", name)
            }
            Tell::LastOne => Message::new(Code::LastOne, "this machine goes down, the last one"),
            Tell::Returned(outage) => {
                let text = format!("the mains are back in plan {}", outage.0);
                Message::new(Code::MainsReturned, text).about("outage", outage.0)
            }
            Tell::Maintenance { enter, adapter, end } => self.maintenance(enter, adapter, end),
            Tell::Ended { outage, end, lost } => {
                let end = words::end(end);
                let (code, lost) = match lost {
                    0 => (Code::PlanEnded, String::new()),
                    lost => (Code::PlanEndedShort, format!("; {lost} did not come back")),
                };
                let text = format!("plan {} is over: {end}{lost}", outage.0);
                Message::new(code, text).about("outage", outage.0)
            }
            _ => unreachable!("the others are told of elsewhere"),
        }
    }

    fn maintenance(&self, enter: bool, adapter: u8, end: RunEnd) -> Message {
        let name = self.names.adapter(adapter);
        let (code, text) = match (enter, end) {
            (true, RunEnd::Done) => (Code::MaintenanceEntered, "is in maintenance"),
            (true, RunEnd::Already) => {
                (Code::MaintenanceEntered, "was in maintenance before, and stays so")
            }
            (false, RunEnd::Done | RunEnd::Already) => {
                (Code::MaintenanceLeft, "is out of maintenance")
            }
            (true, RunEnd::Failed) => {
                (Code::MaintenanceFailed, "could not be put into maintenance")
            }
            (true, RunEnd::TimedOut) => {
                (Code::MaintenanceFailed, "was not put into maintenance in time")
            }
            (false, RunEnd::Failed | RunEnd::TimedOut) => {
                (Code::MaintenanceFailed, "could not be taken out of maintenance")
            }
        };
        Message::new(code, format!("{name} {text}")).about("maintenance", name)
    }
}

fn means(means: Means) -> String {
    match means {
        Means::Directive(directed) => {
            format!("was too slow, or failed, at {}", words::directed(directed))
        }
        Means::Switch(switch, failure) => {
            let why = match failure {
                None => String::new(),
                Some(SwitchFailure::Bmc(_)) => ": its BMC did not do it".to_owned(),
                Some(SwitchFailure::Refused) => ": its BMC refused".to_owned(),
                Some(SwitchFailure::Busy) => ": something else was being done with it".to_owned(),
            };
            let slow = if switch == Switch::Soft { "too slow after" } else { "unmoved by" };
            format!("was {slow} {}{why}", words::switched(switch))
        }
        Means::Job(job, end) => {
            let how = match end {
                RunEnd::Done | RunEnd::Already => "changed nothing",
                RunEnd::Failed => "failed",
                RunEnd::TimedOut => "was ended at its time limit",
            };
            let what = match job {
                Job::ShutDown(_) => "the command that shuts it down",
                Job::EnterMaintenance(_) => "entering maintenance for it",
                Job::LeaveMaintenance(_) => "leaving maintenance for it",
                Job::ShutDownThis => "shutting this machine down",
            };
            format!("still runs: {what} {how}")
        }
    }
}

/// A time for people.
fn seconds(time: Millis) -> String {
    let seconds = time.duration().as_secs_f64().round();
    format!("{seconds} s")
}
