//! The single rules of a plan, each by its name.

use crate::laws::laws;

laws! {
    /// An output is not cut before each server on it is proved off, unless the delay is longer
    /// than the worst that is left, or the battery is at its end.
    cut_needs_proof,
    /// An order to cut counts only once a reading shows it.
    order_read_back,
    /// An order to cut that stands is called off when the mains are back.
    order_called_off,
    /// Off is a server that reads off twice, asked after the order, and not one that was told.
    off_needs_readings,
    /// A server whose member speaks is not off, whatever its BMC says.
    who_speaks_is_on,
    /// Silence of a UPS is not an outage.
    silence_is_no_outage,
    /// A server that a plan stops is held: neither fenced, nor alerted, nor taken over.
    plan_holds,
    /// Guests stop before services, and services before their host.
    guests_before_host,
    /// A later stage waits until those before it are down.
    stages_in_order,
    /// A fencing that runs ends first.
    fencing_ends_first,
    /// Nothing irreversible is done before it is durable.
    durable_before_done,
    /// A plan that ran goes on after a restart.
    plan_outlives_restart,
    /// After a restart nothing is ordered before each UPS that matters was read, but for a cut
    /// that comes in any case.
    read_before_ordering,
    /// Mains that are back in the middle of it end the plan, whatever it is at.
    returns_in_the_middle,
    /// A server that was off before stays off.
    off_stays_off,
    /// Nothing is started before the batteries could carry one more shutdown.
    energy_floor,
    /// Nothing is started on an output that is about to go off.
    no_start_before_cut,
    /// Maintenance that somebody else has set is left alone.
    releases_only_ours,
    /// Maintenance is left only when every server that it covers is back.
    leaves_when_back,
    /// On is what reads on, and an order that came to nothing is given again.
    start_verified,
    /// What a plan has stopped is started also on a server that comes back after it was given up.
    owed_is_started,
    /// A planned stop that waits for an order does not end with the mains.
    waits_for_order,
    /// This machine goes last.
    own_machine_last,
    /// A machine that goes down starts nobody.
    who_goes_starts_nobody,
    /// A proof by feed waits for the hold-up time, and for silence.
    proof_waits,
    /// Feeds that read off while their server ran prove nothing before they have read on.
    contradiction_kept,
    /// What an operator orders off is waited for like any other order.
    by_hand_is_kept,
    /// Servers are switched on one after the other.
    starts_apart,
    /// A UPS that refuses an order still has the one before.
    refusal_keeps_order,
    /// An order that never showed is gone only once the UPS has taken the cancel.
    cancel_is_sure,
    /// Until when an order may stand is durable before it is given.
    order_is_announced,
    /// Whoever was to be forced off before a restart may have come back since.
    restart_shoots_nobody,
    /// With the whole output each of its outlets is cut.
    whole_cuts_outlets,
}
