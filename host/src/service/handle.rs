//! How the rest of the process speaks to a running service: orders, status, hints.

use std::fmt;

use tokio::sync::{mpsc, oneshot};

use super::orders::{ConnectorAnswer, ConnectorOrder, Hint, MemberAnswer, MemberOrder};
use super::status::{ConnectorStatus, MemberStatus};

/// Requests that wait for the service; whoever asks when it is full waits.
const QUEUE: usize = 64;

/// A running connector.
pub(crate) type ConnectorHandle = Handle<ConnectorOrder, ConnectorAnswer, ConnectorStatus>;
/// A running member.
pub(crate) type MemberHandle = Handle<MemberOrder, MemberAnswer, MemberStatus>;

/// A running service. Clones speak to the same one.
pub(crate) struct Handle<O, A, S> {
    requests: mpsc::Sender<Request<O, A, S>>,
}

/// What is asked of the service's loop.
pub(crate) enum Request<O, A, S> {
    /// An operator's order. The answer comes when it is carried out, which may take minutes.
    Order(O, oneshot::Sender<A>),
    /// A picture of everything.
    Status(oneshot::Sender<S>),
    /// Somebody says that something happened to a server's power. Answers whether it is known.
    Hint(Hint, oneshot::Sender<bool>),
    /// Read the configuration again. Answers what is wrong with it, if something is.
    Reload(oneshot::Sender<Result<(), String>>),
}

/// The service has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gone;

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the service is ending")
    }
}

impl<O, A, S> Handle<O, A, S> {
    /// A handle, and what its service takes the requests from.
    pub(crate) fn new() -> (Self, mpsc::Receiver<Request<O, A, S>>) {
        let (requests, receiver) = mpsc::channel(QUEUE);
        (Self { requests }, receiver)
    }

    /// Gives an order, and waits until it is carried out. Dropping the future does not take the
    /// order back.
    pub(crate) async fn order(&self, order: O) -> Result<A, Gone> {
        self.ask(|to| Request::Order(order, to)).await
    }

    /// How everything is at this moment.
    pub(crate) async fn status(&self) -> Result<S, Gone> {
        self.ask(Request::Status).await
    }

    /// Has a server's power read at once. Answers whether the service knows the server; a member
    /// knows none.
    pub(crate) async fn hint(&self, hint: Hint) -> Result<bool, Gone> {
        self.ask(|to| Request::Hint(hint, to)).await
    }

    /// Has the configuration read again. Nothing changes when it is wrong, which the text tells.
    pub(crate) async fn reload(&self) -> Result<Result<(), String>, Gone> {
        self.ask(Request::Reload).await
    }

    async fn ask<T>(
        &self,
        request: impl FnOnce(oneshot::Sender<T>) -> Request<O, A, S>,
    ) -> Result<T, Gone> {
        let (to, answer) = oneshot::channel();
        self.requests.send(request(to)).await.map_err(|_| Gone)?;
        answer.await.map_err(|_| Gone)
    }
}

impl<O, A, S> Clone for Handle<O, A, S> {
    fn clone(&self) -> Self {
        Self { requests: self.requests.clone() }
    }
}
