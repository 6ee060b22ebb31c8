//! What can be asked. `docs/control.md` says the same for people.

use std::path::PathBuf;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Query, Request, State};
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use komainu_core::types::Source;
use serde::de::DeserializeOwned;

use super::api::{About, Confirm as _, Done, HintBody, Hinted, Latest, MAX_SAID, Ordered};
use super::failure::{Failure, Refused};
use super::outcome::Outcome as _;
use super::serve::{HandleOf, Served};
use super::token::Token;
use crate::exit::Exit;
use crate::service::{self, Hint, latest};
use crate::trap::{Counts, Told};

/// Longest body of a request, in bytes.
const MAX_BODY: usize = 16 << 10;
/// Most entries of the history in one answer.
const MAX_ENTRIES: usize = 10_000;

/// What all requests need.
pub(super) struct Shared<P: Served> {
    pub(super) handle: HandleOf<P>,
    pub(super) token: Token,
    pub(super) history: PathBuf,
    pub(super) about: About,
    pub(super) traps: Option<Arc<Counts>>,
}

type All<P> = State<Arc<Shared<P>>>;
type Body = Result<Bytes, BytesRejection>;
type Answered = Result<Response, Refused>;

/// The routes, for whoever holds the token.
pub(super) fn router<P: Served>(shared: Arc<Shared<P>>) -> Router {
    Router::new()
        .route("/v1", get(about::<P>))
        .route("/v1/status", get(status::<P>))
        .route("/v1/traps", get(traps::<P>))
        .route("/v1/history", get(history::<P>))
        .route("/v1/orders", post(order::<P>))
        .route("/v1/hints", post(hint::<P>))
        .route("/v1/reload", post(reload::<P>))
        .fallback(no_such_page)
        .method_not_allowed_fallback(no_such_method)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), admit::<P>))
        .with_state(shared)
}

async fn admit<P: Served>(State(shared): All<P>, request: Request, next: Next) -> Response {
    if shared.token.admits(request.headers().get(AUTHORIZATION)) {
        next.run(request).await
    } else {
        Failure::not_allowed().with(StatusCode::UNAUTHORIZED).into_response()
    }
}

async fn no_such_page() -> Refused {
    Failure::senseless("there is nothing at this path").with(StatusCode::NOT_FOUND)
}

async fn no_such_method() -> Refused {
    Failure::senseless("this path wants another method").with(StatusCode::METHOD_NOT_ALLOWED)
}

async fn about<P: Served>(State(shared): All<P>) -> Json<About> {
    Json(shared.about.clone())
}

async fn status<P: Served>(State(shared): All<P>) -> Answered {
    let status = shared.handle.status().await.map_err(|_| ending())?;
    Ok(Json(status).into_response())
}

/// `null` where there is no receiver.
async fn traps<P: Served>(State(shared): All<P>) -> Json<Option<Told>> {
    Json(shared.traps.as_ref().map(|counts| counts.told()))
}

async fn order<P: Served>(State(shared): All<P>, body: Body) -> Answered {
    let Ordered { order, confirm } = parsed::<Ordered<P::Order>>(body)?;
    if let Some(name) = order.named_twice()
        && confirm.as_deref() != Some(name)
    {
        let text = format!("'confirm' must be {name:?} too: this order stands for a proof");
        let remedy = format!("say {name:?} once more");
        return Err(Failure::new(Exit::Usage, text, remedy).with(StatusCode::BAD_REQUEST));
    }
    let answer = shared.handle.order(order).await.map_err(|_| ending())?;
    Ok((answer.status(), Json(answer)).into_response())
}

async fn hint<P: Served>(State(shared): All<P>, body: Body) -> Answered {
    let HintBody { of, said } = parsed::<HintBody>(body)?;
    let of = match of {
        Hinted::Address { address } => service::Hinted::Address(address.to_canonical()),
        Hinted::Server(server) => service::Hinted::Server(server),
    };
    let said = said.chars().filter(|c| !c.is_control()).take(MAX_SAID).collect();
    let hint = Hint { of, source: Source::AlertCommand, said, lost_input: None };
    if shared.handle.hint(hint).await.map_err(|_| ending())? {
        return Ok(done());
    }
    let remedy = "name the address of a server's BMC or member, or the server itself, as the \
                  configuration does";
    Err(Failure::new(Exit::NoSuch, "no server, or several, are known by that", remedy)
        .with(StatusCode::NOT_FOUND))
}

async fn history<P: Served>(
    State(shared): All<P>,
    asked: Result<Query<Latest>, QueryRejection>,
) -> Answered {
    let Query(Latest { most }) = asked.map_err(|error| senseless(error.body_text()))?;
    // The loop of the service runs in this thread, and must not wait for the disk.
    let read = move || latest(&shared.history, most.min(MAX_ENTRIES));
    let read = tokio::task::spawn_blocking(read).await.map_err(std::io::Error::other);
    let entries = read.and_then(|entries| entries).map_err(|error| {
        let failure = Failure::new(Exit::Local, error.to_string(), "look after the state folder");
        failure.with(StatusCode::INTERNAL_SERVER_ERROR)
    })?;
    Ok(Json(entries).into_response())
}

async fn reload<P: Served>(State(shared): All<P>) -> Answered {
    let reloaded = shared.handle.reload().await.map_err(|_| ending())?;
    reloaded.map(|()| done()).map_err(|text| {
        let remedy = "the configuration before it goes on to count; 'komainu config check' tells \
                      everything that is wrong";
        Failure::new(Exit::Usage, text, remedy).with(StatusCode::UNPROCESSABLE_ENTITY)
    })
}

fn parsed<T: DeserializeOwned>(body: Body) -> Result<T, Refused> {
    let body = body.map_err(|error| Failure::senseless(error.body_text()).with(error.status()))?;
    serde_json::from_slice(&body).map_err(|error| senseless(error.to_string()))
}

fn senseless(text: String) -> Refused {
    Failure::senseless(text).with(StatusCode::BAD_REQUEST)
}

fn ending() -> Refused {
    Failure::ending().with(StatusCode::SERVICE_UNAVAILABLE)
}

fn done() -> Response {
    Json(Done { done: true }).into_response()
}
