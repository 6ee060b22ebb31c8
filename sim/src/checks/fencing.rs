//! Invariants 2 to 5: who asked for what, what the BMCs carried out, and what was said of it.

use std::collections::BTreeMap;
use std::time::Duration;

/// A nonce is valid for ten seconds, and was made before the request that echoes it was sent. The
/// rest is for what one of our steps takes.
const FRESH: Duration = Duration::from_millis(10_100);
/// The method that only reads the power.
const LOOK_ONLY: u8 = 5;
/// The reason that passes maintenance.
const OPERATOR: u8 = 4;
/// The causes of refusals after which the same question is asked on.
const PASSING: [u8; 4] = [1, 8, 9, 20];
/// The cause of a refusal of a datagram that is not fresh.
const STALE_ECHO: u8 = 1;
/// The cause that stands for an operator's word.
const OPERATORS_WORD: u8 = 15;

/// What a BMC was made to do to a host that was on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// It is going off.
    Off,
    /// It starts anew without going off.
    Reset,
}

/// The true power of a host.
#[derive(Clone, Debug)]
struct Power {
    on: bool,
    /// Since when it is, or was, off the last time; and until when.
    off_since: Option<Duration>,
    off_until: Option<Duration>,
    /// How often it has started.
    boots: u32,
    /// A command that switches it off has been carried out, and it is still on.
    dying: bool,
}

/// Who wants a host fenced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    /// That host, in that life.
    Host { host: usize, boot: u32 },
    /// The operator, through that connector.
    Operator,
}

#[derive(Clone, Debug)]
struct Request {
    by: By,
    target: usize,
    look_only: bool,
    reason: u8,
    /// When each copy was sent, by its sequence.
    sent: Vec<(u64, Duration)>,
    /// When a fresh copy reached a connector first.
    reached: Option<Duration>,
    /// When one did that nothing of the same host had overtaken, so that it surely counted.
    counted: Option<Duration>,
    /// The connector has said that it works on it.
    accepted: bool,
    /// A kill stands against it.
    spent: bool,
    /// No command may be carried out for it any more.
    closed: bool,
}

impl Request {
    /// Whether it may still cause a shot at that host.
    fn is_open(&self, host: usize) -> bool {
        let could = !self.look_only && !self.closed && !self.spent;
        could && self.target == host && self.reached.is_some()
    }
}

#[derive(Clone, Debug)]
struct Kill {
    victim: usize,
    boot: u32,
    /// Those who had asked for it; for which of them it was is not to be seen from the outside.
    by: Vec<By>,
}

/// Requests, deeds and proofs.
#[derive(Clone, Debug)]
pub struct Fencings {
    power: Vec<Power>,
    requests: BTreeMap<u64, Request>,
    kills: Vec<Kill>,
    /// Since when maintenance holds.
    maintenance: Option<Duration>,
    /// Two connectors act, each cut off from the other, as the operator wanted: what one knows of
    /// shooters the other does not.
    two_act: bool,
    orders: u64,
}

impl Fencings {
    pub(super) fn new(hosts: usize, _connectors: usize) -> Self {
        let power = Power { on: true, off_since: None, off_until: None, boots: 0, dying: false };
        Self {
            power: vec![power; hosts],
            requests: BTreeMap::new(),
            kills: Vec::new(),
            maintenance: None,
            two_act: false,
            orders: 0,
        }
    }

    /// The host's true power has changed.
    pub fn powered(&mut self, now: Duration, host: usize, on: bool) {
        let power = &mut self.power[host];
        if on {
            power.off_until = Some(now);
        } else {
            power.off_since = Some(now);
        }
        power.on = on;
        power.dying = false;
    }

    /// Somebody has switched the host on by hand: what still runs against it may shoot it again.
    pub fn switched_on_by_hand(&mut self, host: usize) {
        for request in self.requests.values_mut().filter(|request| request.target == host) {
            request.spent = false;
        }
    }

    /// The host starts.
    pub fn booted(&mut self, host: usize) {
        self.power[host].boots += 1;
    }

    /// Maintenance holds from now on, or no more.
    pub fn maintenance(&mut self, now: Duration, on: bool) {
        self.maintenance = on.then_some(self.maintenance.unwrap_or(now));
    }

    /// The operator has made a second connector act.
    pub fn two_act(&mut self) {
        self.two_act = true;
    }

    /// A member sends a request.
    pub fn asked(&mut self, now: Duration, host: usize, id: u64, sequence: u64, what: Wanted) {
        let boot = self.power[host].boots;
        let request = self.requests.entry(id).or_insert_with(|| Request {
            by: By::Host { host, boot },
            target: what.target,
            look_only: what.method == LOOK_ONLY,
            reason: what.reason,
            sent: Vec::new(),
            reached: None,
            counted: None,
            accepted: false,
            spent: false,
            closed: false,
        });
        request.sent.push((sequence, now));
    }

    /// Whether nobody has asked that yet.
    #[must_use]
    pub fn is_new(&self, id: u64) -> bool {
        !self.requests.contains_key(&id)
    }

    /// The operator orders a fencing.
    pub fn ordered(&mut self, now: Duration, target: usize) {
        self.orders += 1;
        // Ids of hosts are random; these are counted from the other end.
        let request = Request {
            by: By::Operator,
            target,
            look_only: false,
            reason: OPERATOR,
            sent: Vec::new(),
            reached: Some(now),
            counted: Some(now),
            accepted: true,
            spent: false,
            closed: false,
        };
        self.requests.insert(u64::MAX - self.orders, request);
    }

    /// A copy of a request has reached a connector that runs since `started`.
    pub fn reached(&mut self, now: Duration, id: u64, copy: Copy, started: Duration) {
        let Some(request) = self.requests.get_mut(&id) else { return };
        let sent = request.sent.iter().find(|(number, _)| *number == copy.sequence);
        if sent.is_some_and(|(_, at)| *at >= started && now <= *at + FRESH) {
            request.reached.get_or_insert(now);
            if !copy.overtaken {
                request.counted.get_or_insert(now);
            }
        }
    }

    /// A connector answers a request: state and cause as on the wire.
    pub fn answered(&mut self, id: u64, state: u8, cause: u8) -> Result<usize, String> {
        let Some(request) = self.requests.get_mut(&id) else {
            return Err(format!("question {id:#x} is answered, but nobody asked it"));
        };
        let target = request.target;
        match state {
            1 | 2 => request.accepted = true,
            3 => {
                let power = &self.power[target];
                let since = request.reached;
                let off = !power.on || power.off_until.is_some_and(|until| Some(until) >= since);
                request.closed = true;
                if since.is_none() || !(off || cause == OPERATORS_WORD) {
                    return Err(format!(
                        "host {} is said to be fenced, but was not off since {since:?}, \
                         when that was asked for; off until {:?}",
                        target + 1,
                        power.off_until
                    ));
                }
                self.close(target);
            }
            // It is said of one datagram: a fencing that a restart has outlasted goes on.
            4 if cause == STALE_ECHO => {}
            4 => {
                request.closed |= !PASSING.contains(&cause);
                request.accepted = false;
            }
            _ => {}
        }
        Ok(target)
    }

    /// The target is fenced: what was being worked on is done. That may be said late, when the disk
    /// is slow; what came after the end of the host is another matter.
    fn close(&mut self, target: usize) {
        let off = self.power[target].off_since;
        let done = |request: &&mut Request| {
            let counted = request.counted.is_some_and(|at| Some(at) <= off);
            request.target == target && request.accepted && counted
        };
        for request in self.requests.values_mut().filter(done) {
            request.closed = true;
        }
    }

    /// A BMC has carried out a command.
    pub fn carried_out(&mut self, host: usize, deed: Deed) -> Result<(), Judged> {
        let power = &mut self.power[host];
        if !power.on || (power.dying && deed == Deed::Off) {
            return Ok(());
        }
        power.dying = deed == Deed::Off;
        let boot = power.boots;
        let number = host + 1;
        let maintenance = self.maintenance;
        let mut by = Vec::new();
        let mut held = true;
        // Those that the connector has said it works on; it may have had no chance to say so.
        let said = self.requests.values().any(|request| request.accepted && request.is_open(host));
        for request in self.requests.values_mut() {
            if !request.is_open(host) || request.accepted != said {
                continue;
            }
            request.spent = true;
            let asked_before = |since| request.reached.is_some_and(|reached| reached <= since);
            held &= request.reason != OPERATOR && !maintenance.is_none_or(asked_before);
            by.push(request.by);
        }
        if by.is_empty() {
            let what = format!("host {number} was shot ({deed:?}), but nobody has asked for it");
            return Err(Judged::Unasked(what));
        }
        if held {
            let what = format!("host {number} was shot ({deed:?}) during maintenance");
            return Err(Judged::Held(what));
        }
        let kill = Kill { victim: host, boot, by };
        let duel = self.duel(&kill);
        self.kills.push(kill);
        if duel && !self.two_act {
            let what = format!("host {number} was shot by one that it had shot");
            return Err(Judged::Duel(what));
        }
        Ok(())
    }

    /// Whether whoever asked for this kill was killed before for the victim, both in the same
    /// lives.
    fn duel(&self, kill: &Kill) -> bool {
        let victim = By::Host { host: kill.victim, boot: kill.boot };
        kill.by.iter().all(|by| {
            let By::Host { host, boot } = *by else { return false };
            self.kills.iter().any(|old| {
                (old.victim, old.boot) == (host, boot) && old.by.iter().all(|by| *by == victim)
            })
        })
    }

    /// How many hosts were shot.
    #[must_use]
    pub fn shot(&self) -> usize {
        self.kills.len()
    }
}

/// A copy of a request, as it reaches a connector.
#[derive(Clone, Copy, Debug)]
pub struct Copy {
    /// Its sequence.
    pub sequence: u64,
    /// Whether something that its host has sent later came before it.
    pub overtaken: bool,
}

/// What a member asks for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// Of which host.
    pub target: usize,
    /// How, as on the wire.
    pub method: u8,
    /// Why, as on the wire.
    pub reason: u8,
}

/// What is wrong with a deed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judged {
    /// There is no request left that it could be for.
    Unasked(String),
    /// Maintenance holds it.
    Held(String),
    /// Both of a pair are shot.
    Duel(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);

    fn ghost() -> Fencings {
        let mut ghost = Fencings::new(2, 1);
        ghost.booted(0);
        ghost.booted(1);
        ghost
    }

    fn copy(sequence: u64) -> Copy {
        Copy { sequence, overtaken: false }
    }

    fn ask(ghost: &mut Fencings, id: u64, by: usize, method: u8) {
        ghost.asked(S, by, id, 1, Wanted { target: 1 - by, method, reason: 1 });
        ghost.reached(S, id, copy(1), Duration::ZERO);
    }

    #[test]
    fn a_request_justifies_one_shot() {
        let mut ghost = ghost();
        assert!(matches!(ghost.carried_out(0, Deed::Off), Err(Judged::Unasked(_))));
        let mut ghost = self::ghost();
        ask(&mut ghost, 7, 1, 0);
        ghost.carried_out(0, Deed::Off).unwrap();
        ghost.carried_out(0, Deed::Off).unwrap();
        ghost.powered(2 * S, 0, false);
        ghost.answered(7, 3, 0).unwrap();
        ghost.powered(3 * S, 0, true);
        assert!(matches!(ghost.carried_out(0, Deed::Off), Err(Judged::Unasked(_))));
    }

    #[test]
    fn an_overtaken_copy_may_not_have_counted() {
        for (overtaken, shot) in [(true, true), (false, false)] {
            let mut ghost = ghost();
            ghost.asked(S, 1, 7, 1, Wanted { target: 0, method: 0, reason: 1 });
            ghost.reached(S, 7, Copy { sequence: 1, overtaken }, Duration::ZERO);
            ghost.answered(7, 1, 0).unwrap();
            ask(&mut ghost, 8, 1, 0);
            ghost.powered(2 * S, 0, false);
            ghost.answered(8, 3, 0).unwrap();
            ghost.powered(3 * S, 0, true);
            assert_eq!(ghost.carried_out(0, Deed::Off).is_ok(), shot);
        }
    }

    #[test]
    fn a_look_or_a_stale_copy_justifies_none() {
        let mut ghost = ghost();
        ask(&mut ghost, 7, 1, LOOK_ONLY);
        assert!(ghost.carried_out(0, Deed::Reset).is_err());
        ghost.asked(S, 1, 8, 2, Wanted { target: 0, method: 0, reason: 1 });
        ghost.reached(S * 20, 8, copy(2), Duration::ZERO);
        ghost.reached(S * 2, 8, copy(2), S * 2);
        assert!(ghost.carried_out(0, Deed::Reset).is_err());
    }

    #[test]
    fn fenced_needs_an_off_after_the_request() {
        let mut ghost = ghost();
        ghost.powered(Duration::ZERO, 0, false);
        ghost.powered(S / 2, 0, true);
        ask(&mut ghost, 7, 1, 0);
        assert!(ghost.answered(7, 3, 0).is_err());
        ghost.powered(2 * S, 0, false);
        ghost.powered(3 * S, 0, true);
        ghost.answered(7, 3, 0).unwrap();
        assert!(ghost.answered(9, 4, 0).is_err(), "nobody asked 9");
    }

    #[test]
    fn both_of_a_pair_shot_is_a_duel() {
        let mut ghost = ghost();
        ask(&mut ghost, 7, 1, 0);
        ask(&mut ghost, 8, 0, 0);
        ghost.carried_out(0, Deed::Off).unwrap();
        assert!(matches!(ghost.carried_out(1, Deed::Off), Err(Judged::Duel(_))));
    }

    #[test]
    fn a_stale_copy_does_not_shift_the_blame() {
        let mut ghost = Fencings::new(3, 1);
        let ask = |ghost: &mut Fencings, id, by, target| {
            ghost.asked(S, by, id, 1, Wanted { target, method: 0, reason: 1 });
            ghost.reached(S, id, copy(1), Duration::ZERO);
            ghost.answered(id, 1, 0).unwrap();
        };
        ask(&mut ghost, 7, 2, 1);
        ask(&mut ghost, 8, 1, 2);
        ghost.answered(8, 5, 10).unwrap();
        ask(&mut ghost, 9, 0, 2);
        ghost.answered(9, 4, STALE_ECHO).unwrap();
        ghost.carried_out(1, Deed::Off).unwrap();
        ghost.carried_out(2, Deed::Off).unwrap();
    }

    #[test]
    fn maintenance_holds_all_but_the_operator() {
        let mut ghost = ghost();
        ghost.maintenance(S / 2, true);
        ask(&mut ghost, 7, 1, 0);
        assert!(matches!(ghost.carried_out(0, Deed::Off), Err(Judged::Held(_))));
        ghost.powered(S, 0, false);
        ghost.powered(S, 0, true);
        ghost.ordered(2 * S, 0);
        ghost.carried_out(0, Deed::Off).unwrap();
    }
}
