//! The single conditions of *when a service may start*.

use crate::laws::laws;

laws! {
    /// A start needs a token or a yield of every other host of the service, not only of the one
    /// that ran it last.
    yields_from_all,
    /// A yield counts only for the generation that it carries.
    yield_bound_to_generation,
    /// Giving a yield drops the giver's own candidacy and the yields that it holds: it starts the
    /// service with no generation up to the one that it has yielded.
    yield_drops_candidacy,
    /// Giving a yield drops the tokens that the giver holds for the service, and a host that is
    /// heard again has no token against it.
    yield_drops_token,
    /// Giving a yield drops the requests that the giver waits for, and so does hearing the host
    /// that they are about.
    yield_drops_request,
    /// A host yields only a generation above its own and above all that it has yielded.
    yields_only_higher,
    /// A host where the service runs yields only after it has stopped.
    active_keeps,
    /// The operator's word that a host is off is dropped like a token.
    word_dropped_like_token,
    /// The answer to a request counts only under the connector's epoch that it was asked under.
    id_bound_to_connector_epoch,
    /// A restarted member finds the service that runs here before it says anything of it.
    adopt_running,
    /// Nobody starts a service twice under one generation.
    no_double_start_per_generation,
    /// The generation is durable before the start.
    generation_durable_before_start,
    /// A frozen member starts nothing, not even with a token.
    frozen_starts_nothing,
    /// A member is frozen from its start until a connector says mode 0, or none answers.
    starts_frozen,
    /// A host that was not heard since the member's start is only looked at.
    unknown_never_suspect,
    /// A power-off notice makes the member ask; it is no proof.
    notice_is_no_proof,
    /// A failed start is cleared away before the service counts as not running.
    failed_start_is_stopped,
    /// What a directive has come to is told to the start of the connector that gave it, and to no
    /// other, which counts its directives anew.
    reports_to_giver,
    /// A directive to start services takes back one to stop them that is still being carried out.
    start_takes_stop_back,
    /// As long as it is not known whether a service runs, it has not stopped.
    unfound_may_run,
}
