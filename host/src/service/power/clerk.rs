//! Keeps the NUT server running, and tells what becomes of its clients.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep};

use super::hands::{PowerEvent, PowerTell};
use crate::service::message::{Code, Message};
use crate::ups::server::{Attached, Board, Counts, Server};
use crate::ups::setup::ServerSetup;

/// Before an address that is not to be had is tried again.
const AGAIN: Duration = Duration::from_secs(5);
/// Between two looks at the clients.
const LOOK: Duration = Duration::from_secs(1);
/// A client that was told goes within seconds; one that is still there then has not heard.
const STAYS: Duration = Duration::from_secs(60);
/// How long nothing more is said of clients that are turned away.
const QUIET: Duration = Duration::from_secs(60);

/// The NUT server of ours, while it is wanted. It ends when this is dropped.
pub(super) struct Clerk {
    setup: ServerSetup,
    task: AbortHandle,
}

impl Clerk {
    /// Serves what stands on the board. Called inside the runtime.
    pub(super) fn start(
        setup: ServerSetup,
        board: watch::Receiver<Option<Board>>,
        tell: PowerTell,
    ) -> Self {
        let task = tokio::spawn(serve(setup.clone(), board, tell)).abort_handle();
        Self { setup, task }
    }

    /// Whether it serves just that.
    pub(super) fn serves(&self, setup: &ServerSetup) -> bool {
        self.setup == *setup
    }
}

impl Drop for Clerk {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(setup: ServerSetup, mut board: watch::Receiver<Option<Board>>, tell: PowerTell) {
    let say = |message| tell(PowerEvent::Said(message));
    let mut failed = false;
    let server = loop {
        match Server::start(&setup, board.clone()).await {
            Ok(server) => break server,
            Err(error) if !failed => {
                say(Message::new(Code::NutNotServing, error.to_string()));
                failed = true;
            }
            Err(_) => {}
        }
        sleep(AGAIN).await;
    };
    for address in server.addresses() {
        let text = format!("the NUT server listens on {address}");
        say(Message::new(Code::NutServing, text).about("address", address));
    }
    let names = setup.upses.iter().map(|shown| (shown.ups, shown.name.clone())).collect();
    let mut watch = Watch { names, told: BTreeMap::new(), counts: Counts::default(), quiet: None };
    loop {
        tokio::select! {
            changed = board.changed() => if changed.is_err() { return },
            () = sleep(LOOK) => {}
        }
        let now = Instant::now();
        watch.clients(&server.going(), now).into_iter().for_each(say);
        watch.refused(server.counts(), now).into_iter().for_each(say);
    }
}

/// What is known of the clients.
struct Watch {
    names: BTreeMap<komainu_core::types::UpsIndex, String>,
    /// Those who were told to go down, since when, and whether it was said that they stay.
    told: BTreeMap<Attached, (Instant, bool)>,
    counts: Counts,
    quiet: Option<Instant>,
}

impl Watch {
    /// What there is to be said of clients that are told to go down.
    fn clients(&mut self, going: &[Attached], now: Instant) -> Vec<Message> {
        self.told.retain(|client, _| going.contains(client));
        let mut said = Vec::new();
        for client in going {
            let (since, stays) = self.told.entry(client.clone()).or_insert_with(|| {
                said.push((Code::NutTold, client, "is told to go down"));
                (now, false)
            });
            if *since + STAYS <= now && !std::mem::replace(stays, true) {
                said.push((Code::NutStays, client, "was told to go down, and is still logged in"));
            }
        }
        let message = |(code, client, what): (Code, &Attached, &str)| {
            let Attached { user, address, ups } = client;
            let ups = self.names.get(ups).map_or("?", String::as_str);
            let text = format!("upsmon {user} at {address} {what} for UPS {ups}");
            Message::new(code, text).about("user", user).about("address", address).about("ups", ups)
        };
        said.into_iter().map(message).collect()
    }

    /// What there is to be said of those who were not let in.
    fn refused(&mut self, counts: Counts, now: Instant) -> Option<Message> {
        let wrong = |counts: Counts| counts.denied + counts.not_secured + counts.turned_away;
        let new = wrong(counts) - wrong(self.counts);
        if new == 0 || self.quiet.is_some_and(|until| now < until) {
            return None;
        }
        let of = |what: &str, count: u64| (count > 0).then(|| format!("{count} {what}"));
        let Counts { denied, not_secured, turned_away, .. } = self.counts;
        let parts = [
            of("with a wrong user or password", counts.denied - denied),
            of("without proper TLS", counts.not_secured - not_secured),
            of("beyond the number of connections", counts.turned_away - turned_away),
        ];
        let parts: Vec<_> = parts.into_iter().flatten().collect();
        let last = counts.refused.map_or_else(String::new, |address| format!(", last {address}"));
        (self.counts, self.quiet) = (counts, Some(now + QUIET));
        let text = format!("NUT clients were refused: {}{last}", parts.join(", "));
        Some(Message::new(Code::NutRefused, text))
    }
}
