//! Server and client against each other over TCP, with a service that is a few lines.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use komainu_core::types::Source;
use tempfile::TempDir;
use tokio::sync::mpsc::Receiver;

use super::*;
use crate::exit::Exit;
use crate::service::{
    self, Cause, ConnectorAnswer, ConnectorHandle, ConnectorOrder, ConnectorStatus, Hint, Request,
    ServerRef,
};

type Asked = Request<ConnectorOrder, ConnectorAnswer, ConnectorStatus>;

/// A control socket in front of a scripted connector.
struct Stage {
    folder: TempDir,
    address: SocketAddr,
}

impl Stage {
    fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (handle, requests) = ConnectorHandle::new();
        tokio::spawn(script(requests));
        let control = Control::<Connectors>::open(settings(handle, folder.path())).expect("open");
        let address = control.address().expect("bound");
        tokio::spawn(control.serve());
        Self { folder, address }
    }

    fn client(&self) -> Client {
        Client::new(self.address, &self.folder.path().join(TOKEN)).expect("a token")
    }

    fn bearer(&self) -> String {
        let token = std::fs::read_to_string(self.folder.path().join(TOKEN)).expect("a token");
        format!("authorization: Bearer {}\r\n", token.trim())
    }

    /// A request byte for byte, as a script would send it; its answer.
    async fn raw(&self, request: &str) -> String {
        let (address, request) = (self.address, request.to_owned());
        let exchange = move || {
            let mut stream = TcpStream::connect(address)?;
            stream.set_read_timeout(Some(Duration::from_secs(20)))?;
            stream.write_all(request.as_bytes())?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer).map(|_| answer)
        };
        tokio::task::spawn_blocking(exchange).await.expect("no panic").expect("an answer")
    }

    async fn post(&self, path: &str, body: &str) -> String {
        let (bearer, len) = (self.bearer(), body.len());
        let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {len}\r\n{bearer}");
        self.raw(&format!("{head}\r\n{body}")).await
    }
}

fn settings(handle: ConnectorHandle, state: &Path) -> Settings<Connectors> {
    let address = "127.0.0.1:0".parse().expect("an address");
    Settings { handle, address, state: state.to_owned(), name: "lion".to_owned(), traps: None }
}

/// Knows `node01` alone, and refuses to touch `node02`.
async fn script(mut requests: Receiver<Asked>) {
    while let Some(request) = requests.recv().await {
        match request {
            Request::Order(order, to) => drop(to.send(answer(&order))),
            Request::Status(to) => drop(to.send(status())),
            Request::Hint(hint, to) => drop(to.send(knows(&hint))),
            Request::Reload(to) => drop(to.send(Err("line 3 is wrong".to_owned()))),
        }
    }
}

fn answer(order: &ConnectorOrder) -> ConnectorAnswer {
    match order {
        ConnectorOrder::Reset { at, .. } | ConnectorOrder::ConfirmOff { at } => {
            match at.server.as_str() {
                "node01" => ConnectorAnswer::Fenced { token: "1.7".into(), how: "read".into() },
                "node02" => {
                    ConnectorAnswer::Refused { cause: Cause { code: 3, text: "no".into() } }
                }
                "node03" => ConnectorAnswer::Failed {
                    cause: Cause { code: 9, text: "silent".into() },
                    outcome: None,
                },
                _ => ConnectorAnswer::NoSuchServer,
            }
        }
        _ => ConnectorAnswer::Done,
    }
}

fn knows(hint: &Hint) -> bool {
    assert_eq!((hint.source, hint.said.as_str()), (Source::AlertCommand, "alert 0xFE91"));
    hint.of == service::Hinted::Address("10.0.0.1".parse().expect("an address"))
}

fn status() -> ConnectorStatus {
    ConnectorStatus {
        power: None,
        name: "lion".to_owned(),
        number: 3,
        epoch: 9,
        speaks: true,
        generation: 4,
        up_ms: 12,
        clusters: Vec::new(),
        bmc_dropped: 0,
        strays: 0,
        interfaces: Vec::new(),
    }
}

fn run(test: impl AsyncFnOnce(Stage)) {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().expect("a runtime").block_on(async { test(Stage::open()).await });
}

fn reset(server: &str) -> ConnectorOrder {
    let at = ServerRef { cluster: None, server: server.to_owned() };
    ConnectorOrder::Reset { at, method: service::Method::AsConfigured }
}

#[test]
fn who_has_the_token_learns_who_and_how_it_is() {
    run(async |stage| {
        let client = stage.client();
        let about = client.about().await.expect("an answer");
        assert_eq!((about.service, about.name.as_str()), (Party::Connector, "lion"));
        assert_eq!(client.status::<ConnectorStatus>().await.expect("an answer"), status());
        assert_eq!(client.traps().await.expect("an answer"), None);
    });
}

#[test]
fn orders_come_back_with_what_became_of_them() {
    run(async |stage| {
        let client = stage.client();
        for (server, exit) in [
            ("node01", Exit::Ok),
            ("node02", Exit::OrderRefused),
            ("node03", Exit::OrderFailed),
            ("node04", Exit::NoSuch),
        ] {
            let answer: ConnectorAnswer =
                client.order(reset(server), None).await.expect("an answer");
            assert_eq!((&answer, answer.exit()), (&self::answer(&reset(server)), exit));
        }
    });
}

#[test]
fn scripts_see_it_by_the_status() {
    run(async |stage| {
        for (server, status) in [("node01", 200), ("node02", 409), ("node03", 502), ("x", 404)] {
            let body =
                format!(r#"{{"order":"reset","server":"{server}","method":"as-configured"}}"#);
            let answer = stage.post("/v1/orders", &body).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        }
    });
}

#[test]
fn an_operators_word_is_wanted_twice() {
    run(async |stage| {
        let client = stage.client();
        let at = ServerRef { cluster: None, server: "node01".to_owned() };
        let order = ConnectorOrder::ConfirmOff { at };
        for confirm in [None, Some("node02".to_owned())] {
            let refused = client.order::<_, ConnectorAnswer>(order.clone(), confirm).await;
            let error = refused.expect_err("not meant");
            assert_eq!(error.exit(), Exit::Usage, "{error}");
        }
        let meant: Result<ConnectorAnswer, _> = client.order(order, Some("node01".into())).await;
        assert_eq!(meant.expect("an answer").exit(), Exit::Ok);
    });
}

#[test]
fn without_the_token_nothing_is_told() {
    run(async |stage| {
        for head in ["", "authorization: Bearer 00\r\n", "authorization: Basic x\r\n"] {
            for path in ["/v1", "/v1/status", "/v1/history", "/nowhere"] {
                let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\n{head}\r\n");
                let answer = stage.raw(&request).await;
                assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
                assert!(answer.contains("KMN131-E") && !answer.contains("lion"), "{answer}");
            }
        }
        // One that belongs to another start.
        let other = tempfile::tempdir().expect("a folder");
        let file = other.path().join(TOKEN);
        crate::fresh::write(&file).expect("written");
        let error = Client::new(stage.address, &file).expect("a token").about().await;
        let error = error.expect_err("another token");
        assert_eq!(error.exit(), Exit::NotAllowed);
        assert!(error.remedy().contains("--token-file"), "{}", error.remedy());
    });
}

#[test]
fn senseless_requests_are_told_what_is_wrong() {
    run(async |stage| {
        for (path, body, status) in [
            ("/v1/orders", "", 400),
            ("/v1/orders", "{", 400),
            ("/v1/orders", r#"{"order":"explode"}"#, 400),
            ("/v1/orders", r#"{"order":"reset","server":"node01"}"#, 400),
            // A slip must not mean all servers.
            ("/v1/orders", r#"{"order":"power","do":"stop","back":"on-order","scop":"all"}"#, 400),
            ("/v1/orders", r#"{"order":"power","do":"cancel","even_on_battery":true}"#, 400),
            ("/v1/orders", r#"{"order":"outage","do":"plan","at-ms":1,"scop":"all"}"#, 400),
            ("/v1/hints", r#"{"address":"here"}"#, 400),
            ("/v1/status", "", 405),
            ("/v1/nothing", "", 404),
        ] {
            let answer = stage.post(path, body).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{body}: {answer}");
            assert!(answer.contains(r#""id":"KMN102-E""#), "{body}: {answer}");
        }
        // One byte more than is taken.
        let answer = stage.post("/v1/orders", &" ".repeat((16 << 10) + 1)).await;
        assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("KMN102-E"), "{answer}");
        assert!(stage.raw("\0\r\n\r\n").await.starts_with("HTTP/1.1 400 "));
    });
}

#[test]
fn alerts_name_a_server_that_is_known_or_fail() {
    run(async |stage| {
        let client = stage.client();
        let hint = |address: &str| HintBody {
            of: Hinted::Address { address: address.parse().expect("an address") },
            said: "alert\r 0xFE91\n".to_owned(),
        };
        client.hint(&hint("10.0.0.1")).await.expect("known");
        client.hint(&hint("::ffff:10.0.0.1")).await.expect("the same");
        let error = client.hint(&hint("10.0.0.2")).await.expect_err("unknown");
        assert_eq!(error.exit(), Exit::NoSuch);
    });
}

#[test]
fn a_wrong_configuration_is_told() {
    run(async |stage| {
        let error = stage.client().reload().await.expect_err("wrong");
        assert_eq!((error.exit(), error.to_string().as_str()), (Exit::Usage, "line 3 is wrong"));
    });
}

#[test]
fn the_history_is_that_of_the_folder() {
    run(async |stage| {
        assert_eq!(stage.client().history(5).await.expect("an answer"), []);
        let line =
            |number| format!("{{\"time-ms\":{number},\"id\":\"KMN216-I\",\"text\":\"x\"}}\n");
        let lines: String = (0..7).map(line).collect();
        std::fs::write(stage.folder.path().join("history.jsonl"), lines).expect("written");
        let entries = stage.client().history(5).await.expect("an answer");
        let times: Vec<_> = entries.iter().map(|entry| entry.time_ms).collect();
        assert_eq!(times, [2, 3, 4, 5, 6]);
    });
}

#[test]
fn who_says_nothing_is_not_waited_for() {
    run(async |stage| {
        let mut idle = Vec::new();
        for _ in 0..70 {
            let mut stream = TcpStream::connect(stage.address).expect("connected");
            stream.write_all(b"GET /v1 HT").expect("sent");
            idle.push(stream);
        }
        // All places are taken, until their time is up.
        assert_eq!(stage.client().about().await.expect("an answer").name, "lion");
    });
}

#[test]
fn a_service_that_ends_says_so() {
    run(async |stage| {
        let (handle, requests) = ConnectorHandle::new();
        drop(requests);
        let folder = tempfile::tempdir().expect("a folder");
        let control = Control::open(settings(handle, folder.path())).expect("open");
        let address = control.address().expect("bound");
        tokio::spawn(control.serve());
        let client = Client::new(address, &folder.path().join(TOKEN)).expect("a token");
        let error = client.status::<ConnectorStatus>().await.expect_err("it ends");
        assert_eq!(error.exit(), Exit::NoService);
        drop(stage);
    });
}

#[test]
fn nobody_else_can_listen_or_be_listened_to() {
    run(async |stage| {
        let token = stage.bearer();
        let (handle, _requests) = ConnectorHandle::new();
        let mut second = settings(handle.clone(), stage.folder.path());
        second.address = stage.address;
        let error = Control::open(second).err().expect("in use");
        assert!(error.to_string().contains(&stage.address.to_string()), "{error}");
        assert_eq!(stage.bearer(), token, "the first one's token still counts");
        let mut open = settings(handle, stage.folder.path());
        open.address = "0.0.0.0:0".parse().expect("an address");
        assert!(Control::open(open).is_err(), "everybody could ask");
    });
}

#[test]
fn nobody_there_is_an_error_of_its_own() {
    run(async |stage| {
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("bound");
        let address = free.local_addr().expect("bound");
        drop(free);
        let client = Client::new(address, &stage.folder.path().join(TOKEN)).expect("a token");
        let error = client.about().await.expect_err("nobody");
        assert_eq!(error.exit(), Exit::NoService);
        assert!(error.to_string().contains(&address.to_string()));
        assert!(error.remedy().contains("systemctl status"), "{}", error.remedy());
    });
}
