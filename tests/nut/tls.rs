//! TLS with a real `upsd`, whose certificates come from NSS, and certificates of our own.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use komainu_core::types::{Supply, UpsFailure};
use komainu_host::tls::Trust;
use komainu_host::ups::setup::{Encryption, NutSetup, ServerIdentity};

use crate::Case;
use crate::upsd::{Folder, PASSWORD, Upsd};
use crate::watch::{A, Watch, login, setup};

pub(crate) const CASES: &[Case] = &[
    ("a server is trusted by exactly its certificate", pinned),
    ("a server is trusted by whoever signed its certificate", signed),
    ("a server that is another is not trusted", another),
    ("a server without TLS is refused, or spoken to where that is allowed", without),
];

/// Runs a program to its end.
fn run(program: &str, words: &[&str]) -> String {
    let done = Command::new(program).args(words).stdin(Stdio::null()).output();
    let done = done.unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(done.status.success(), "{program} {words:?}: {done:?}");
    String::from_utf8_lossy(&done.stdout).into_owned()
}

/// A signer, and a certificate that it has signed for this machine.
pub(crate) struct Identity {
    folder: Folder,
}

impl Identity {
    pub(crate) fn new() -> Self {
        let folder = Folder::new();
        let at = |name: &str| folder.path(name).display().to_string();
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
        let signer = ["req", "-x509", "-subj", "/CN=signer", "-days", "30"];
        let files = ["-keyout".to_owned(), at("ca.key"), "-out".to_owned(), at("ca.pem")];
        let files = files.iter().map(String::as_str);
        run("openssl", &signer.into_iter().chain(key).chain(files).collect::<Vec<_>>());
        let (ca, ca_key, own, own_key) = (at("ca.pem"), at("ca.key"), at("own.pem"), at("own.key"));
        let own_words = [
            "req",
            "-x509",
            "-subj",
            "/CN=localhost",
            "-days",
            "30",
            "-CA",
            &ca,
            "-CAkey",
            &ca_key,
            "-addext",
            "subjectAltName=DNS:localhost,IP:127.0.0.1",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
            "-keyout",
            &own_key,
            "-out",
            &own,
        ];
        run("openssl", &own_words.into_iter().chain(key).collect::<Vec<_>>());
        Self { folder }
    }

    pub(crate) fn server(&self) -> ServerIdentity {
        let path = |name| self.folder.path(name);
        ServerIdentity { certificate: path("own.pem"), key: path("own.key") }
    }

    pub(crate) fn signer(&self) -> PathBuf {
        self.folder.path("ca.pem")
    }

    /// A store of NSS that trusts the signer.
    pub(crate) fn nss_store(&self) -> PathBuf {
        let store = self.folder.path("trusts");
        fs::create_dir(&store).expect("a folder of our own");
        let (at, signer) = (format!("sql:{}", store.display()), self.signer());
        run("certutil", &["-N", "-d", &at, "--empty-password"]);
        let signer = signer.display().to_string();
        run("certutil", &["-A", "-d", &at, "-n", "signer", "-t", "CT,,", "-i", &signer]);
        store
    }
}

/// A store of NSS with a certificate for this machine, and what a server has to be told of it.
struct Store {
    folder: Folder,
}

impl Store {
    /// One with a certificate that has signed itself.
    fn itself() -> Self {
        let folder = Folder::new();
        let at = format!("sql:{}", folder.path("").display());
        let password = folder.write("password", "store\n").display().to_string();
        let noise = folder.write("noise", &"any bytes will do".repeat(200)).display().to_string();
        run("certutil", &["-N", "-d", &at, "-f", &password]);
        let subject = ["-n", "server", "-s", "CN=localhost", "-t", "CT,,", "-v", "12"];
        let words =
            ["-S", "-x", "-d", &at, "-f", &password, "-z", &noise, "-k", "rsa", "-g", "2048"];
        run("certutil", &words.into_iter().chain(subject).collect::<Vec<_>>());
        let pem = run("certutil", &["-L", "-d", &at, "-n", "server", "-a"]);
        folder.write("server.pem", &pem);
        Self { folder }
    }

    /// One with the certificate of an identity of ours.
    fn of(identity: &Identity) -> Self {
        let folder = Folder::new();
        let at = format!("sql:{}", folder.path("").display());
        let password = folder.write("password", "store\n").display().to_string();
        run("certutil", &["-N", "-d", &at, "-f", &password]);
        let bundle = folder.path("bundle.p12").display().to_string();
        let server = identity.server();
        let (own, key) =
            (server.certificate.display().to_string(), server.key.display().to_string());
        let made = ["pkcs12", "-export", "-name", "server", "-passout", "pass:x"];
        let files = ["-in", &own, "-inkey", &key, "-out", &bundle];
        run("openssl", &made.into_iter().chain(files).collect::<Vec<_>>());
        run("pk12util", &["-i", &bundle, "-d", &at, "-k", &password, "-W", "x"]);
        Self { folder }
    }

    fn lines(&self) -> String {
        let at = self.folder.path("");
        format!("CERTPATH {}\nCERTIDENT server store", at.display())
    }
}

/// A server with a certificate of its own, and the certificate of somebody else.
pub(crate) fn stranger() -> (Upsd, Identity) {
    let store = Store::of(&Identity::new());
    (Upsd::with(&store.lines()), Identity::new())
}

fn watch(upsd: &Upsd, host: &str, encryption: Encryption) -> Watch {
    Watch::start(NutSetup {
        host: host.to_owned(),
        encryption,
        login: login("komainu", PASSWORD),
        ..setup(upsd.port, &[(A, "a")])
    })
}

fn pinned() {
    let store = Store::itself();
    let upsd = Upsd::with(&store.lines());
    let own = Trust::Certificate(store.folder.path("server.pem"));
    let mut watch = watch(&upsd, "127.0.0.1", Encryption::Require(own));
    assert!(watch.account());
    watch.supply(A, Supply::Mains);
}

fn signed() {
    let identity = Identity::new();
    let store = Store::of(&identity);
    let upsd = Upsd::with(&store.lines());
    for host in ["localhost", "127.0.0.1"] {
        let signer = Trust::Authority(identity.signer());
        let mut watch = watch(&upsd, host, Encryption::Require(signer));
        assert!(watch.account());
        watch.supply(A, Supply::Mains);
    }
}

fn another() {
    let (identity, other) = (Identity::new(), Identity::new());
    let store = Store::of(&identity);
    let upsd = Upsd::with(&store.lines());
    let wrong = other.server().certificate;
    for trust in [Trust::Authority(other.signer()), Trust::Certificate(wrong)] {
        for encryption in [Encryption::Require(trust.clone()), Encryption::Try(trust.clone())] {
            let mut watch = watch(&upsd, "localhost", encryption);
            let detail = watch.detail();
            assert!(detail.contains("TLS") && detail.contains("certificate"), "{detail}");
            watch.failure(A, UpsFailure::NotTrusted);
        }
    }
}

fn without() {
    let identity = Identity::new();
    let upsd = Upsd::start();
    let signer = || Trust::Authority(identity.signer());
    watch(&upsd, "localhost", Encryption::Require(signer())).failure(A, UpsFailure::NotTrusted);
    watch(&upsd, "localhost", Encryption::Try(signer())).supply(A, Supply::Mains);
}
