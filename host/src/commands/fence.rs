//! `komainu fence`.

mod plan;
mod words;

use std::cell::RefCell;

use komainu_core::fence::{Budgets, Method, Plan};
use komainu_core::time::Millis;
use komainu_core::wire::command::Privilege;
use serde::Serialize;

use super::{Flush, Stop, runtime};
use crate::access::{Access, Need};
use crate::cli::{FenceArgs, MethodName};
use crate::clock;
use crate::config::Config;
use crate::engine::{self, Line, Peer};
use crate::exit::Exit;
use crate::host_list;
use crate::output::{Printer, Report, Text};
use crate::resolve::resolve;
use crate::tasks::{Fencing, fence};

use words::{Narrator, how_word};

/// Fences a host, or prints how it would.
pub(super) fn run(args: &FenceArgs) -> Result<Exit, Stop> {
    let began = clock::now();
    let plan = plan_of(args)?;
    let mut targets = host_list::parse(&args.host)?;
    let target = targets.pop().filter(|_| targets.is_empty());
    let target = target.ok_or_else(|| {
        Stop::new(Exit::Usage, "fence takes one host: several must not fall by one mistake")
    })?;
    let printer = RefCell::new(Printer::new(args.output, target.name.chars().count()));
    if args.plan {
        plan::print(&mut printer.borrow_mut(), &target.name, &plan);
        return Ok(Exit::Ok);
    }
    let need = Need::level(Privilege::Operator).unlimited();
    let mut access =
        Access::new(&args.connect, Config::load(args.connect.config.as_deref())?, need);
    let (mut profile, timeout) = access.of(&target.name)?;
    profile.guid = args.guid.or(profile.guid);
    let keys = access.into_keys();
    let ended = runtime()?.block_on(async {
        let addresses = resolve(std::slice::from_ref(&target)).await;
        let mut peers = Vec::new();
        for address in addresses {
            match address {
                Ok(address) => peers.push(Peer { address, profile: profile.clone(), timeout }),
                Err(problem) => printer.borrow_mut().failed(&target.name, &problem),
            }
        }
        let line = Line::new(clock::now());
        let mut job = |_: usize, bmc| {
            let (host, plan, printer) = (&*target.name, plan.clone(), &printer);
            Box::pin(async move {
                let mut narrator = Narrator::new(host, printer);
                let result = fence(bmc, plan, &mut narrator).await.map(Fenced::of);
                printer.borrow_mut().result(host, result);
            }) as engine::Job<'_>
        };
        engine::run(peers, &keys, &line, &mut job, &mut Flush(&printer)).await
    })?;
    let took = clock::now().since(began);
    Ok(printer.borrow_mut().summary(took, ended.interrupted, ended.dropped))
}

fn plan_of(args: &FenceArgs) -> Result<Plan, Stop> {
    let mut budgets = Budgets::default();
    if let Some(time) = args.step_timeout {
        let time = Millis::of(time);
        (budgets.off, budgets.on, budgets.pulse) = (time, time, time);
    }
    let methods: Vec<Method> = match args.methods.is_empty() {
        true => Method::ALL.to_vec(),
        false => args.methods.iter().map(|method| Method::from(*method)).collect(),
    };
    Plan::new(&methods, !args.no_power_on, budgets)
        .ok_or_else(|| Stop::new(Exit::Usage, "--methods names a method twice"))
}

impl From<MethodName> for Method {
    fn from(name: MethodName) -> Self {
        match name {
            MethodName::Off => Self::Off,
            MethodName::Cycle => Self::Cycle,
            MethodName::Reset => Self::Reset,
        }
    }
}

/// A server that is fenced.
#[derive(Debug, Serialize)]
struct Fenced {
    fenced: bool,
    how: &'static str,
    fenced_after_seconds: f64,
    seconds: f64,
    /// Whether it is on again; null when that was not wanted.
    power_on: Option<bool>,
}

impl Fenced {
    fn of(fencing: Fencing) -> Self {
        Self {
            fenced: true,
            how: how_word(fencing.how),
            fenced_after_seconds: fencing.fenced_after.as_secs_f64(),
            seconds: fencing.took.as_secs_f64(),
            power_on: fencing.power_on,
        }
    }
}

impl Report for Fenced {
    fn text(&self) -> Text {
        let on = match self.power_on {
            Some(true) => ", and is on again",
            Some(false) => ", but did not come on again",
            None => "",
        };
        Text::Line(format!(
            "fenced ({}) after {:.2} s{on}; {:.2} s in all",
            self.how, self.fenced_after_seconds, self.seconds
        ))
    }
}
