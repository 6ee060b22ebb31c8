//! Requests that fail before the service answers them: what is sent as JSON instead.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use crate::exit::Exit;

/// The body of an answer that tells of a failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Failure {
    pub(super) error: Fault,
}

/// A failure with its status of HTTP.
pub(super) struct Refused {
    status: StatusCode,
    failure: Box<Failure>,
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.status, Json(*self.failure)).into_response()
    }
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fault {
    /// The message's id.
    pub(crate) id: String,
    /// The word for it, which never changes between versions.
    pub(crate) kind: String,
    /// What happened.
    pub(crate) text: String,
    /// What helps.
    pub(crate) remedy: String,
}

impl Fault {
    /// The exit code of a command that meets it.
    pub(crate) fn exit(&self) -> Exit {
        let found = Exit::ALL.into_iter().find(|exit| exit.word() == self.kind);
        // One of a later version.
        found.unwrap_or(Exit::Local)
    }
}

impl Failure {
    pub(super) fn new(exit: Exit, text: impl Into<String>, remedy: impl Into<String>) -> Self {
        let (text, remedy) = (text.into(), remedy.into());
        Self { error: Fault { id: exit.id(), kind: exit.word().to_owned(), text, remedy } }
    }

    pub(super) fn with(self, status: StatusCode) -> Refused {
        Refused { status, failure: Box::new(self) }
    }

    /// The token is missing or another one.
    pub(super) fn not_allowed() -> Self {
        let remedy = "send 'Authorization: Bearer' with what the service's control.token holds now";
        Self::new(Exit::NotAllowed, "the token is missing or wrong", remedy)
    }

    /// The request makes no sense.
    pub(super) fn senseless(text: impl Into<String>) -> Self {
        Self::new(Exit::Usage, text, "see docs/control.md, which describes every request")
    }

    /// The service ends.
    pub(super) fn ending() -> Self {
        Self::new(Exit::NoService, "the service is ending", "ask again when it runs")
    }
}
