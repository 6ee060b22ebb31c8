//! The single conditions under which a cluster's hosts are shot, and said to be fenced.

use crate::laws::laws;

laws! {
    /// Rule 1: a host that the requester never heard is only looked at.
    unheard_is_looked_at,
    /// Rule 2: maintenance holds back whatever the operator has not ordered.
    maintenance_holds,
    /// Rule 2: a plan that has the requester or the target holds back likewise.
    plan_holds_back,
    /// That a host goes off which a plan has is no failure.
    planned_off_is_expected,
    /// A host that a plan has is left off after its fencing.
    plan_keeps_off,
    /// Rule 3: the target of a fencing asks for nothing before it is seen again.
    first_shooter_wins,
    /// Rule 3: seen again is who echoes a nonce that was made after the fencing.
    seen_again_by_new_nonce,
    /// Rule 3: and only once no BMC session is open that carried its commands.
    session_ends_first,
    /// Rule 4: a question about a host that was fenced begins with a new look.
    looks_anew,
    /// Rule 4: a host that was switched on after its fencing is given time to start.
    boot_grace_holds,
    /// Rule 5: who is alive and active by its own word is kept.
    active_is_kept,
    /// Rule 5 anew, directly before the first command.
    active_is_kept_at_command,
    /// And nobody is shot whose reset nobody asks for any more.
    wanted_until_command,
    /// Rule 6: enough hosts must be left.
    survivors_are_left,
    /// Rule 7: there is a limit to the resets in flight.
    in_flight_is_limited,
    /// A connector that does not act refuses.
    standby_refuses,
    /// A question is acted on once, however often it is repeated.
    acts_once,
    /// A fencing is durable before its first command leaves.
    durable_before_command,
    /// It is durable before it is said to be accepted.
    durable_before_accepted,
    /// That no more of its commands follow is durable before *fenced* is said.
    durable_before_fenced,
    /// After a restart no cycle, reset or power-on is sent again.
    nothing_is_repeated,
    /// Off is read twice.
    off_is_read_twice,
    /// Only what is read after the question counts.
    readings_follow_question,
    /// Only what is read after the command proves what it did.
    readings_follow_command,
    /// Silence is not off.
    silence_is_not_off,
    /// Tokens are reserved durably before they are given.
    tokens_are_durable,
    /// After the loss of its record a connector gives no token before all hosts have reported.
    lost_tokens_wait,
}
