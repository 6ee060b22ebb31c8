//! Which clients of the NUT server go down, judged by how the plan and the UPSes stand.

use komainu_core::power::{Cause, Snapshot, Stage, StepKind};
use komainu_core::time::{Instant, Millis};
use komainu_core::types::UpsIndex;

use super::names::PowerNames;
use crate::config::Going as When;
use crate::ups::server::Going;

/// How everything stands.
#[derive(Clone, Debug)]
pub(super) struct Picture {
    now: Instant,
    /// Why a plan runs, and since when.
    plan: Option<(Cause, Instant)>,
    lines: Vec<Line>,
    servers: Vec<Server>,
    stages: Vec<Stage>,
}

/// A UPS.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    pub(super) ups: UpsIndex,
    /// It has been on its battery for longer than a disturbance lasts.
    pub(super) outage: bool,
    /// It says nothing, so that others may know better.
    pub(super) silent: bool,
    /// How long its battery lasts.
    pub(super) left: Option<Millis>,
    /// An order stands that cuts all of its output.
    pub(super) cut: bool,
}

/// A planned server.
#[derive(Clone, Debug)]
struct Server {
    stage: u8,
    step: StepKind,
    was_on: bool,
    feeds: Vec<UpsIndex>,
}

impl Server {
    fn in_plan(&self) -> bool {
        !matches!(self.step, StepKind::Free | StepKind::Dropped)
    }

    /// Whether the plan has begun to stop it. Being frozen does not hurt anybody yet.
    fn stops(&self) -> bool {
        match self.step {
            StepKind::StoppingGuests
            | StepKind::StoppingServices
            | StepKind::ShuttingDown
            | StepKind::Forcing => true,
            StepKind::Off | StepKind::NotProvedOff | StepKind::Last => self.was_on,
            _ => false,
        }
    }

    fn is_down(&self) -> bool {
        matches!(self.step, StepKind::Off | StepKind::NotProvedOff | StepKind::Last)
    }

    /// Whether it goes down, is down, or waits for its turn to go.
    fn goes(&self) -> bool {
        matches!(self.step, StepKind::Up | StepKind::Freezing) || self.stops() || self.is_down()
    }
}

impl Picture {
    pub(super) fn of(
        snapshot: &Snapshot<'_>,
        names: &PowerNames,
        lines: Vec<Line>,
        stages: Vec<Stage>,
    ) -> Self {
        let servers = snapshot.servers().map(|server| {
            let planned = names.planned(server.server);
            let feeds = planned.into_iter().flat_map(|planned| &planned.feeds);
            Server {
                stage: server.stage,
                step: server.step,
                was_on: server.was_on,
                feeds: feeds.map(|feed| feed.ups).collect(),
            }
        });
        Self {
            now: snapshot.now(),
            plan: snapshot.plan().map(|plan| (plan.cause, plan.since)),
            lines,
            servers: servers.collect(),
            stages,
        }
    }

    /// Everybody who shall go down.
    pub(super) fn going(&self, users: &[When]) -> Vec<Going> {
        let both = self.lines.iter().flat_map(|line| users.iter().map(move |user| (line, user)));
        let going = both.filter(|(line, user)| self.goes(line, user));
        going.map(|(line, when)| Going { ups: line.ups, user: when.user.clone() }).collect()
    }

    fn goes(&self, line: &Line, user: &When) -> bool {
        // Nobody is asked whether the output shall go off any more.
        if self.plan.is_some() && line.cut {
            return true;
        }
        if line.outage && line.left.is_some_and(|left| left.duration() <= user.needs) {
            return true;
        }
        let Some((cause, since)) = self.plan else { return false };
        let concerned = match cause {
            Cause::Mains => line.outage || (line.silent && self.is_given_up(line.ups)),
            Cause::Forced(ups) => line.outage || ups == line.ups,
            Cause::Ordered => line.outage || self.is_given_up(line.ups),
            Cause::Rehearsal => false,
        };
        concerned && self.is_reached(line, user.stage, since)
    }

    /// Whether every server that hangs on a UPS goes down.
    fn is_given_up(&self, ups: UpsIndex) -> bool {
        let mut here = self.servers.iter().filter(|server| server.feeds.contains(&ups)).peekable();
        here.peek().is_some() && here.all(Server::goes)
    }

    /// Whether the plan has come to a stage, as far as that UPS is concerned.
    fn is_reached(&self, line: &Line, stage: u8, since: Instant) -> bool {
        let hangs = |server: &&Server| server.feeds.contains(&line.ups);
        let any = self.servers.iter().any(|server| hangs(&server));
        let here = self.servers.iter().filter(|server| !any || hangs(server));
        let here: Vec<_> = here.filter(|server| server.in_plan()).collect();
        if here.iter().any(|server| server.stage >= stage && server.stops()) {
            return true;
        }
        if here.iter().any(|server| server.stage == stage) {
            return false;
        }
        // No server begins this stage for its clients.
        let before = here.iter().all(|server| server.stage < stage && server.is_down());
        if !here.is_empty() && before {
            return true;
        }
        let Some(time) = self.stages.get(usize::from(stage)) else { return true };
        let by_time = time.after.is_some_and(|after| since + after <= self.now);
        let by_runtime = time.below.zip(line.left).is_some_and(|(below, left)| left <= below);
        by_time || by_runtime
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const A: UpsIndex = UpsIndex(0);
    const B: UpsIndex = UpsIndex(1);
    const MINUTE: Duration = Duration::from_secs(60);

    /// On battery with ten minutes left: two servers of two stages on it, and one elsewhere.
    fn outage(first: StepKind, second: StepKind) -> Picture {
        let server = |stage, step, ups| Server { stage, step, was_on: true, feeds: vec![ups] };
        let stage = Stage { after: None, below: None };
        let left = Some(Millis::from_secs(600));
        Picture {
            now: Instant::from_micros(0) + MINUTE,
            plan: Some((Cause::Mains, Instant::from_micros(0))),
            lines: vec![
                Line { ups: A, outage: true, silent: false, left, cut: false },
                Line { ups: B, outage: false, silent: false, left, cut: false },
            ],
            servers: vec![server(0, first, A), server(1, second, A), server(2, StepKind::Free, B)],
            stages: vec![stage; 3],
        }
    }

    fn users() -> Vec<When> {
        let user = |(stage, user): (u8, &str)| When { user: user.to_owned(), stage, needs: MINUTE };
        [(0, "first"), (1, "second"), (2, "third")].map(user).to_vec()
    }

    fn going(picture: &Picture) -> Vec<(u16, String)> {
        let going = picture.going(&users());
        going.into_iter().map(|going| (going.ups.0, going.user)).collect()
    }

    fn on_a(users: &[&str]) -> Vec<(u16, String)> {
        users.iter().map(|user| (0, (*user).to_owned())).collect()
    }

    #[test]
    fn each_goes_when_its_stage_stops_and_only_on_the_ups_that_fails() {
        use StepKind::{Freezing, Off, ShuttingDown, StoppingGuests, Up};
        assert_eq!(going(&outage(Up, Up)), on_a(&[]));
        assert_eq!(going(&outage(Freezing, Up)), on_a(&[]));
        assert_eq!(going(&outage(StoppingGuests, Up)), on_a(&["first"]));
        assert_eq!(going(&outage(Off, Freezing)), on_a(&["first"]));
        assert_eq!(going(&outage(Up, ShuttingDown)), on_a(&["first", "second"]));
        assert_eq!(going(&outage(Off, Off)), on_a(&["first", "second", "third"]));
        let back = outage(StepKind::Waiting, StepKind::Booting);
        assert_eq!(going(&back), on_a(&[]), "who comes back is not sent down again");
    }

    #[test]
    fn one_that_was_off_before_begins_no_stage() {
        let mut picture = outage(StepKind::Off, StepKind::Up);
        picture.servers[0].was_on = false;
        assert_eq!(going(&picture), on_a(&[]));
    }

    #[test]
    fn all_go_when_the_runtime_only_just_suffices_or_the_output_is_to_be_cut() {
        let all = on_a(&["first", "second", "third"]);
        let mut picture = outage(StepKind::Up, StepKind::Up);
        picture.lines[0].left = Some(Millis::from_secs(60));
        assert_eq!(going(&picture), all);
        picture.plan = None;
        assert_eq!(going(&picture), all, "also where no server hangs on it");
        picture.lines[0].outage = false;
        assert_eq!(going(&picture), on_a(&[]), "but not for a disturbance");
        let mut picture = outage(StepKind::Up, StepKind::Up);
        picture.lines[0].cut = true;
        assert_eq!(going(&picture), all);
    }

    #[test]
    fn what_a_silent_ups_does_shows_in_its_servers() {
        let mut picture = outage(StepKind::ShuttingDown, StepKind::Up);
        (picture.lines[0].outage, picture.lines[0].silent) = (false, true);
        assert_eq!(going(&picture), on_a(&["first"]), "another witness has spoken");
        picture.servers[1].step = StepKind::Free;
        assert_eq!(going(&picture), on_a(&[]));
    }

    #[test]
    fn a_stage_without_servers_begins_by_its_own_time() {
        let mut picture = outage(StepKind::Up, StepKind::Up);
        picture.servers.remove(0);
        assert_eq!(going(&picture), on_a(&[]));
        picture.stages[0].after = Some(Millis::from_secs(60));
        assert_eq!(going(&picture), on_a(&["first"]));
        picture.stages[0] = Stage { after: None, below: Some(Millis::from_secs(599)) };
        assert_eq!(going(&picture), on_a(&[]));
        picture.stages[0] = Stage { after: None, below: Some(Millis::from_secs(600)) };
        assert_eq!(going(&picture), on_a(&["first"]));
    }

    #[test]
    fn an_order_sends_clients_down_where_all_servers_go_and_a_rehearsal_never() {
        let mut picture = outage(StepKind::ShuttingDown, StepKind::Freezing);
        picture.lines[0].outage = false;
        assert_eq!(going(&picture), on_a(&[]), "the mains are back for them");
        picture.plan = Some((Cause::Ordered, Instant::from_micros(0)));
        assert_eq!(going(&picture), on_a(&["first"]));
        picture.servers[1].step = StepKind::Free;
        assert_eq!(going(&picture), on_a(&[]), "a server on it stays");
        let mut picture = outage(StepKind::Freezing, StepKind::ShuttingDown);
        picture.plan = Some((Cause::Rehearsal, Instant::from_micros(0)));
        assert_eq!(going(&picture), on_a(&[]));
    }
}
