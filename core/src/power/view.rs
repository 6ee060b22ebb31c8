//! What everything is judged by: the machine as it is at one moment, and the facts of servers.

use core::cell::Cell;
use core::time::Duration;

use crate::limits::MAX_STAGES;
use crate::time::{Instant, earliest};
use crate::types::{Epoch, PowerState};

use super::adapters::{Software, covers};
use super::budget::{self, Balance, Load, Place, Step};
use super::chain::{At, Chain};
use super::config::{Adapter, Feed, Own, PlannedServer, Stage, Timing, UpsConfig};
use super::cutting::Output;
use super::feeds::{self, Outlook};
use super::plan::Plan;
use super::shared::Shared;
use super::supply::{FeedState, Freshness, Line};
use super::words::{Facts, Servers};

/// A member that was heard within that time before its server was read speaks: it sends something
/// each second.
const SPEAKS: Duration = Duration::from_millis(1500);
/// A member that was not heard for so long is silent.
const SILENT: Duration = Duration::from_secs(10);
/// And so long in the middle of what it was directed.
const SILENT_AT_WORK: Duration = Duration::from_secs(30);
/// A fencing is waited for that long at most.
pub(super) const FENCING: Duration = Duration::from_secs(120);
/// Percent of charge of a battery that was not used lately.
const CHARGED: u8 = 90;
/// How long this machine takes to go down, unless configured.
const OWN_STOP: Duration = Duration::from_secs(120);

/// What was configured.
#[derive(Clone, Copy)]
pub(super) struct Site<'a> {
    pub(super) timing: &'a Timing,
    pub(super) ups: &'a [UpsConfig],
    pub(super) stages: &'a [Stage],
    pub(super) adapters: &'a [Adapter],
    pub(super) servers: &'a [PlannedServer],
    pub(super) own: &'a Own,
}

/// The machine at one moment.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) site: Site<'a>,
    pub(super) shared: &'a Shared,
    pub(super) lines: &'a [Line],
    pub(super) chains: &'a [Chain],
    pub(super) outputs: &'a [Output],
    pub(super) software: &'a [Software],
    pub(super) servers: &'a dyn Servers,
    pub(super) now: Instant,
    /// The first moment that something waits for, as far as was looked.
    pub(super) next: &'a Cell<Option<Instant>>,
}

/// A server in the configuration and in the plan.
#[derive(Clone, Copy)]
pub(super) struct Planned<'a> {
    pub(super) at: usize,
    pub(super) config: &'a PlannedServer,
    pub(super) chain: &'a Chain,
}

/// Which way a server goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aim {
    /// Down.
    Down,
    /// Up, or it stays up.
    Up,
    /// Where it is, until more is known: nothing new is begun.
    Stay,
}

/// How the servers of a plan stand, all in all.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    /// Servers that are still being frozen.
    pub(super) freezing: u16,
    /// For each stage: servers that are not down yet, and go or wait to go.
    pub(super) unsettled: [u16; MAX_STAGES],
    /// For each stage: what the longest of its servers takes.
    takes: [Duration; MAX_STAGES],
    /// For each stage: what the longest of its servers would take from the begin.
    complete: [Duration; MAX_STAGES],
    /// For each stage: servers that are not booted again yet.
    pub(super) returning: [u16; MAX_STAGES],
    /// Bit n: stage n has begun.
    pub(super) begun: u16,
    /// Servers in the plan.
    pub(super) in_plan: u16,
    /// Servers in the plan that go down or are down.
    pub(super) down: u16,
    /// Servers of the plan that are down and not proved so.
    pub(super) not_proved: u16,
    /// Servers of the configuration that nothing of the plan keeps from running.
    pub(super) outside: u16,
}

impl<'a> View<'a> {
    /// Whether that moment has come; if not, it is one that is waited for.
    pub(super) fn due(&self, at: Instant) -> bool {
        if self.now >= at {
            return true;
        }
        self.next.set(earliest(self.next.get(), Some(at)));
        false
    }

    pub(super) fn plan(&self) -> Option<&'a Plan> {
        self.shared.plan.as_ref()
    }

    pub(super) fn planned(&self, at: usize) -> Option<Planned<'a>> {
        let (config, chain) = (self.site.servers.get(at)?, self.chains.get(at)?);
        Some(Planned { at, config, chain })
    }

    pub(super) fn all(self) -> impl Iterator<Item = Planned<'a>> + Clone {
        let both = self.site.servers.iter().zip(self.chains).enumerate();
        both.map(|(at, (config, chain))| Planned { at, config, chain })
    }

    /// What is known of a server. One whose member speaks is not off, whatever its BMC says: then
    /// nobody knows.
    pub(super) fn facts(&self, planned: Planned<'_>) -> Facts {
        let facts = self.servers.facts(planned.config.server);
        let both = facts.heard.zip(facts.asked);
        let speaks = both.is_some_and(|((heard, _), asked)| asked < heard + SPEAKS);
        match facts.power {
            PowerState::Off if speaks && self.shared.laws.who_speaks_is_on() => {
                Facts { power: PowerState::Unknown, ..facts }
            }
            PowerState::On | PowerState::Off | PowerState::Unknown => facts,
        }
    }

    /// What the feeds of a server amount to.
    pub(super) fn outlook(&self, planned: Planned<'_>) -> Outlook {
        let (feeds, needed) = (&planned.config.feeds, planned.config.needed);
        self.outlook_of(feeds, needed, planned.chain.witness)
    }

    /// What the feeds of this machine amount to.
    pub(super) fn own_outlook(&self) -> Outlook {
        self.outlook_of(&self.site.own.feeds, 1, None)
    }

    fn outlook_of(&self, feeds: &[Feed], needed: u8, witness: Option<Instant>) -> Outlook {
        let (lines, configs) = (self.lines, self.site.ups);
        let mut seen = feeds::outlook(feeds, needed, witness, lines, configs, self.now);
        if !self.shared.laws.silence_is_no_outage()
            && seen.freshness == Freshness::Unknown
            && !feeds.is_empty()
        {
            (seen.end, seen.confirmed, seen.settled) = (Some(self.now), true, false);
        }
        seen
    }

    /// Whether each UPS that counts for these feeds was read since the start.
    pub(super) fn was_read(&self, feeds: &[Feed]) -> bool {
        !self.shared.laws.read_before_ordering()
            || feeds.iter().all(|feed| {
                self.lines.get(feed.ups.at()).is_some_and(|line| line.asked().is_some())
            })
    }

    /// Whether enough was read of the UPSes of a server to decide anything: of all of them, or of
    /// as many as carry it whatever the others would say. An operator who wants it back at once
    /// answers for those that say nothing. What takes its power in any case needs no reading.
    pub(super) fn is_known(&self, planned: Planned<'_>) -> bool {
        self.was_read(&planned.config.feeds)
            || self.outlook(planned).settled
            || self.is_answered()
            || self.is_doomed(planned)
    }

    /// Whether an operator answers for what says nothing. It is given the time to speak first.
    pub(super) fn is_answered(&self) -> bool {
        self.plan().is_some_and(|plan| plan.hasty) && self.due(self.shared.started + SILENT)
    }

    /// The epoch of its member, if that was heard lately.
    pub(super) fn member(&self, planned: Planned<'_>) -> Option<Epoch> {
        self.member_within(planned, SILENT)
    }

    /// The same in the middle of what it was directed.
    pub(super) fn member_at_work(&self, planned: Planned<'_>) -> Option<Epoch> {
        self.member_within(planned, SILENT_AT_WORK)
    }

    /// Whether its member may still be heard: this machine has only just begun to listen.
    pub(super) fn may_speak(&self, planned: Planned<'_>) -> bool {
        self.has_member(planned) && !self.due(self.shared.started + SILENT)
    }

    fn member_within(&self, planned: Planned<'_>, silent: Duration) -> Option<Epoch> {
        let (heard, epoch) = self.facts(planned).heard?;
        (!self.due(heard + silent)).then_some(epoch)
    }

    /// Whether its member was heard after that moment.
    pub(super) fn speaks(&self, planned: Planned<'_>, after: Instant) -> bool {
        let heard = self.facts(planned).heard;
        heard.is_some_and(|(heard, _)| heard > after) && self.shared.laws.who_speaks_is_on()
    }

    /// Whether its newest reading says off, and was asked after that moment.
    pub(super) fn reads_off(&self, planned: Planned<'_>, after: Instant) -> bool {
        self.reads(planned, PowerState::Off, after)
    }

    /// Whether its newest reading says on, and was asked after that moment.
    pub(super) fn reads_on(&self, planned: Planned<'_>, after: Instant) -> bool {
        self.reads(planned, PowerState::On, after)
    }

    /// Whether a reading that is as good as new says on.
    pub(super) fn reads_on_lately(&self, planned: Planned<'_>) -> bool {
        let facts = self.facts(planned);
        let lately = facts.asked.is_some_and(|asked| !self.due(asked + SILENT));
        facts.power == PowerState::On && lately
    }

    fn reads(&self, planned: Planned<'_>, power: PowerState, after: Instant) -> bool {
        let facts = self.facts(planned);
        facts.power == power && facts.asked.is_some_and(|asked| asked > after)
    }

    /// How long this machine takes to go down.
    pub(super) fn own_stop(&self) -> Duration {
        self.site.own.stop.map_or(OWN_STOP, |stop| stop.duration())
    }

    /// Whether that server is the machine that the connector runs on.
    pub(super) fn is_own(&self, config: &PlannedServer) -> bool {
        self.site.own.server == Some(config.server)
    }

    /// Where it is on its way down.
    pub(super) fn place(&self, planned: Planned<'_>) -> Place {
        // Nothing of it is done before it is durable, and asked for.
        let chain = planned.chain;
        let begun = self.shared.is_stored(chain.mark) && !chain.is_unasked();
        let begun = begun.then_some(chain.since);
        let (step, since) = match chain.at {
            At::Free | At::Up => (Step::Freeze, None),
            At::ServicesBack | At::GuestsBack(_) | At::Leaving => (Step::Freeze, None),
            At::Late(_) => (Step::Freeze, None),
            At::Dropped | At::Off | At::NotProved | At::Waiting => (Step::Boot, None),
            At::Freezing => (Step::Freeze, begun),
            At::Guests(group) => (Step::Guests(group), begun),
            At::Services => (Step::Services, begun),
            At::ShuttingDown(_) => (Step::ShutDown, begun),
            At::Starting | At::Booting | At::Last => (Step::ShutDown, None),
            At::Forcing => (Step::Force, begun),
        };
        Place { step, since, member: self.member_at_work(planned).is_some() }
    }

    /// What its maintenance software still takes to be entered.
    fn entering(&self, planned: Planned<'_>) -> Duration {
        let all = self.site.adapters.iter().zip(self.software).enumerate();
        let open = all
            .filter(|(n, (_, software))| covers(planned.config, *n) && software.is_to_be_entered());
        open.map(|(_, (adapter, _))| adapter.enter.duration()).max().unwrap_or_default()
    }

    /// What it takes until it is off, as far as was measured.
    pub(super) fn expected(&self, planned: Planned<'_>) -> Duration {
        if self.is_own(planned.config) && planned.chain.at == At::Last {
            return self.own_stop();
        }
        let (entering, place) = (self.entering(planned), self.place(planned));
        budget::expected(planned.config, &planned.chain.steps, entering, place, self.now)
    }

    /// What it takes from the begin, as far as was measured.
    pub(super) fn complete(&self, planned: Planned<'_>) -> Duration {
        let place = Place { step: Step::Freeze, since: None, member: true };
        let (steps, entering) = (&planned.chain.steps, self.adapters_of(planned));
        budget::expected(planned.config, steps, entering, place, self.now)
    }

    /// What it takes from the begin, with all limits run out.
    pub(super) fn at_worst(&self, planned: Planned<'_>) -> Duration {
        let place = Place { step: Step::Freeze, since: None, member: true };
        budget::worst(planned.config, self.adapters_of(planned), place, self.now)
    }

    /// What its maintenance software takes to be entered.
    fn adapters_of(&self, planned: Planned<'_>) -> Duration {
        let covering = self.site.adapters.iter().enumerate();
        let covering = covering.filter(|(n, _)| covers(planned.config, *n));
        covering.map(|(_, adapter)| adapter.enter.duration()).max().unwrap_or_default()
    }

    /// How long its feeds would last without mains.
    pub(super) fn in_store(&self, planned: Planned<'_>) -> Option<Duration> {
        let (feeds, needed) = (&planned.config.feeds, planned.config.needed);
        feeds::in_store(feeds, needed, self.lines, self.site.ups, self.now)
    }

    /// What it takes at most until it is off.
    pub(super) fn worst(&self, planned: Planned<'_>) -> Duration {
        if planned.chain.at == At::Last {
            return self.own_stop();
        }
        if planned.chain.at == At::NotProved {
            // It is tried again and again.
            return planned.config.force.duration();
        }
        let (entering, place) = (self.entering(planned), self.place(planned));
        budget::worst(planned.config, entering, place, self.now)
    }

    /// How all servers stand.
    pub(super) fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for planned in self.all() {
            self.count(planned, &mut tally);
        }
        tally
    }

    fn count(&self, planned: Planned<'_>, tally: &mut Tally) {
        let (chain, stage) = (planned.chain, usize::from(planned.config.stage));
        if let Some(longest) = tally.complete.get_mut(stage) {
            *longest = self.complete(planned).max(*longest);
        }
        let aim = self.aim(planned);
        let goes = match chain.in_plan() {
            true => aim != Aim::Up || chain.is_falling(),
            false => self.outlook(planned).endangered(),
        };
        let add = |counts: &mut [u16; MAX_STAGES]| {
            if let Some(count) = counts.get_mut(stage) {
                *count += 1;
            }
        };
        // One that was called off on battery is to have its time yet.
        let short = chain.in_plan() && self.outlook(planned).endangered();
        if (goes || short) && !chain.is_down() {
            let takes = self.expected(planned);
            if let Some(longest) = tally.takes.get_mut(stage) {
                *longest = takes.max(*longest);
            }
        }
        if !chain.in_plan() {
            tally.outside += 1;
            return;
        }
        tally.in_plan += 1;
        if chain.begun() && goes {
            tally.begun |= 1 << stage;
        }
        if goes {
            tally.down += 1;
            if !chain.is_down() {
                add(&mut tally.unsettled);
            }
        }
        if chain.at == At::NotProved {
            tally.not_proved += 1;
        }
        if chain.at == At::Freezing && aim != Aim::Up && !self.is_frozen(planned) {
            tally.freezing += 1;
        }
        let starts = chain.was_on && aim == Aim::Up && chain.fell;
        if starts && !matches!(chain.at, At::ServicesBack | At::GuestsBack(_) | At::Leaving) {
            add(&mut tally.returning);
        }
    }

    /// What one more complete shutdown takes, with margin and reserve.
    pub(super) fn needed_for_all(&self, tally: &Tally) -> Duration {
        let loads = (0u8..).zip(tally.complete);
        let loads = loads.map(|(stage, takes)| Load { stage, takes, left: None });
        budget::with_margin(budget::time_needed(loads) + self.own_share(), self.site.timing)
    }

    /// What this machine takes, if it hangs on a UPS.
    fn own_share(&self) -> Duration {
        match self.site.own.feeds.is_empty() {
            true => Duration::ZERO,
            false => self.own_stop(),
        }
    }

    /// Whether every UPS is on mains, and charged as far as it tells: before that it says little of
    /// what its battery will hold.
    pub(super) fn is_peaceful(&self) -> bool {
        let mut lines = self.lines.iter().zip(self.site.ups);
        lines.all(|(line, config)| {
            let mains = matches!(line.state(config, self.now), FeedState::Mains { .. });
            let charge = line.reading().and_then(|reading| reading.charge);
            mains && charge.is_none_or(|charge| charge >= CHARGED)
        })
    }

    /// What every planned server takes in peace, against what its feeds hold.
    pub(super) fn balance(&self) -> Option<Balance> {
        let all = self.all().filter(|planned| !planned.config.feeds.is_empty());
        let loads = all.map(|planned| {
            let (stage, takes) = (planned.config.stage, self.complete(planned));
            Load { stage, takes, left: self.in_store(planned) }
        });
        budget::tightest(loads, self.site.timing)
    }

    /// What everything from that stage on takes, with margin and reserve.
    pub(super) fn needed_from(&self, tally: &Tally, stage: u8) -> Duration {
        let loads = (0u8..).zip(tally.takes).skip(usize::from(stage));
        let loads = loads.map(|(stage, takes)| Load { stage, takes, left: None });
        let own = match self.own_outlook().endangered() {
            true => self.own_stop(),
            false => Duration::ZERO,
        };
        budget::with_margin(budget::time_needed(loads) + own, self.site.timing)
    }

    /// When a server runs out of power: by its batteries, or by what nobody calls off.
    pub(super) fn end_of(&self, planned: Planned<'_>) -> Option<Instant> {
        earliest(self.outlook(planned).end, self.goes_off_at(planned))
    }

    /// Whether what is left of a server's feeds only just suffices for it and all behind it.
    pub(super) fn is_squeezed(&self, planned: Planned<'_>, tally: &Tally) -> bool {
        let outlook = self.outlook(planned);
        let Some(end) = self.end_of(planned).filter(|_| !outlook.dark) else { return false };
        // Once this machine is gone nobody stops it.
        let own = Some(self.own_outlook()).filter(|own| own.endangered() && own.confirmed);
        let gone = own.and_then(|own| own.end).into_iter().chain(self.own_goes_off_at()).min();
        let end = gone.map_or(end, |gone| gone.min(end));
        outlook.low || self.due_before(end, self.needed_from(tally, planned.config.stage))
    }

    /// Whether no more than `span` is left until `end`; if not, the moment is waited for.
    pub(super) fn due_before(&self, end: Instant, span: Duration) -> bool {
        let micros = u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
        self.due(Instant::from_micros(end.as_micros().saturating_sub(micros)))
    }
}
