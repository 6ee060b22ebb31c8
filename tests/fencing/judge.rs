//! What holds for every fencing, whatever happened on the way.

use std::collections::{BTreeMap, BTreeSet};

use komainu_core::fence::{Outcome, Plan, Told};
use komainu_core::types::PowerState;
use komainu_sim::bmc::Origin;
use komainu_tests::world::World;

use crate::driver::{Entry, Record};

/// Whether the record keeps all rules; else the one that it breaks.
pub(crate) fn judge(world: &World, plan: &Plan, record: &Record) -> Result<(), String> {
    carried_out_once(world, record)?;
    one_action_a_session(world)?;
    fenced_by_two_readings(plan, record)?;
    fenced_in_truth(world, record)?;
    within_the_worst_case(plan, record)
}

/// Each action that was asked for was carried out at most once, and none that was not.
fn carried_out_once(world: &World, record: &Record) -> Result<(), String> {
    let mut asked = BTreeMap::<u8, usize>::new();
    for action in record.actions() {
        *asked.entry(action as u8).or_default() += 1;
    }
    let mut done = BTreeMap::<u8, usize>::new();
    for event in world.bmc.chassis_log() {
        *done.entry(event.action as u8).or_default() += 1;
    }
    for (action, times) in done {
        let most = asked.get(&action).copied().unwrap_or(0);
        if times > most {
            return Err(format!("action {action} was carried out {times} times, asked {most}"));
        }
    }
    Ok(())
}

/// No two actions travelled in one session of the BMC.
fn one_action_a_session(world: &World) -> Result<(), String> {
    let mut sessions = BTreeSet::new();
    for event in world.bmc.chassis_log() {
        if let Origin::Request(identity) = event.origin
            && !sessions.insert(identity.session_id)
        {
            return Err(format!("session {:#x} carried two actions", identity.session_id));
        }
    }
    Ok(())
}

/// The two readings that a confirmation rests on: both off, no reading of on between them, asked
/// for far enough apart, and after the last action before them.
fn confirming(record: &Record) -> Option<(&Entry, &Entry)> {
    let at = record.fenced?.at.as_micros();
    let end = record.entries.iter().position(|e| e.told_at.as_micros() as u64 == at)?;
    let before = record.entries.get(..=end)?;
    let is_off = |entry: &&Entry| entry.told == Told::Power(PowerState::Off);
    let second = before.last().filter(is_off)?;
    let since =
        |entry: &&Entry| entry.action().is_none() && entry.told != Told::Power(PowerState::On);
    let first = before.iter().rev().take_while(since).filter(is_off).last()?;
    Some((first, second))
}

fn fenced_by_two_readings(plan: &Plan, record: &Record) -> Result<(), String> {
    if record.fenced.is_none() {
        return match record.outcome {
            Outcome::Fenced { .. } => Err("fenced, and nobody can say when".into()),
            _ => Ok(()),
        };
    }
    let (first, second) = confirming(record).ok_or("fenced without two readings of off")?;
    let gap = second.asked.saturating_sub(first.told_at);
    if gap < plan.budgets.confirm_gap.duration() {
        return Err(format!("the two readings are only {gap:?} apart"));
    }
    Ok(())
}

/// The server was off while each of the two readings was taken.
fn fenced_in_truth(world: &World, record: &Record) -> Result<(), String> {
    let Some((first, second)) = confirming(record) else { return Ok(()) };
    for reading in [first, second] {
        if !world.was_off(reading.asked, reading.told_at) {
            return Err(format!("fenced, but the server was on at {:?}", reading.told_at));
        }
    }
    Ok(())
}

fn within_the_worst_case(plan: &Plan, record: &Record) -> Result<(), String> {
    let worst = plan.worst_case().silent;
    if record.took > worst {
        return Err(format!("{:?} taken, at most {worst:?} printed", record.took));
    }
    Ok(())
}
