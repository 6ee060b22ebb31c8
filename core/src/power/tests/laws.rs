//! Each law, taken away, is missed by the story that is about it.

use super::std::{panic, string::ToString, vec::Vec};

use super::{cutting, late, orders, outage, proof, restart, returning, standing, trouble, unsure};
use crate::power::Laws;

type Story = (&'static str, fn(Laws));

/// The story that misses a law.
const STORIES: &[Story] = &[
    ("cut_needs_proof", cutting::story::it_is_renewed_while_something_may_run),
    ("order_read_back", cutting::story::an_order_that_does_not_show_is_given_again),
    ("order_called_off", cutting::story::nothing_stands_when_it_is_over),
    ("off_needs_readings", trouble::story::off_is_read_and_not_believed),
    ("who_speaks_is_on", trouble::story::who_speaks_is_not_off),
    ("silence_is_no_outage", trouble::story::silence_is_not_an_outage),
    ("plan_holds", outage::story::only_what_the_outage_touches),
    ("guests_before_host", outage::story::guests_go_before_their_host),
    ("stages_in_order", outage::story::stages_go_one_after_the_other),
    ("fencing_ends_first", outage::story::a_fencing_ends_first),
    ("durable_before_done", outage::story::nothing_before_it_is_durable),
    ("plan_outlives_restart", restart::story::in_each_step_with_the_mains_back),
    ("read_before_ordering", restart::story::nothing_is_ordered_before_a_reading),
    ("returns_in_the_middle", returning::story::while_guests_stop),
    ("off_stays_off", returning::story::what_was_off_stays_off),
    ("energy_floor", returning::story::energy_comes_before_servers),
    ("no_start_before_cut", cutting::story::one_that_cannot_be_called_off_is_waited_for),
    ("releases_only_ours", returning::story::maintenance_of_others_is_left_alone),
    ("leaves_when_back", returning::story::maintenance_waits_for_all),
    ("start_verified", returning::story::on_is_what_reads_on),
    ("owed_is_started", late::story::what_a_plan_has_stopped_is_owed_to_one_that_comes_late),
    ("waits_for_order", orders::story::a_planned_stop_outlasts_an_outage),
    ("own_machine_last", outage::story::the_own_machine_goes_last),
    ("contradiction_kept", proof::story::feeds_that_were_wrong_prove_nothing),
    ("by_hand_is_kept", unsure::story::what_was_ordered_by_hand_is_kept_in_mind),
    ("starts_apart", returning::story::one_after_the_other),
    ("refusal_keeps_order", unsure::story::a_renewal_that_is_refused),
    ("cancel_is_sure", unsure::story::a_cancel_that_nobody_answers),
    ("order_is_announced", unsure::story::when_it_goes_off_is_durable_first),
    ("restart_shoots_nobody", restart::story::nobody_who_came_back_is_forced_off),
    ("whole_cuts_outlets", cutting::story::the_whole_waits_for_its_outlets),
    ("who_goes_starts_nobody", standing::story::one_that_goes_starts_nobody),
    ("proof_waits", proof::story::what_is_heard_is_not_off),
];

#[test]
fn each_law_is_missed() {
    let mut survivors = Vec::new();
    for (name, take_away) in Laws::EACH {
        let (_, story) = STORIES.iter().find(|(law, _)| law == name).expect("a story for each law");
        let mut laws = Laws::ALL;
        take_away(&mut laws);
        if panic::catch_unwind(|| story(laws)).is_ok() {
            survivors.push(name.to_string());
        }
    }
    assert!(survivors.is_empty(), "nobody misses {survivors:?}");
}
