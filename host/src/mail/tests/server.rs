//! A mail server of a few lines, that speaks STARTTLS and remembers what it was given.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, crypto};

/// The authority of [`Server`].
pub(super) const AUTHORITY: &[u8] = include_bytes!("authority.pem");
const CERTIFICATE: &[u8] = include_bytes!("server.pem");
const KEY: &[u8] = include_bytes!("server-key.pem");

/// A mail as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Came {
    pub(super) encrypted: bool,
    /// What the client said of itself, base64 as it travels.
    pub(super) login: Option<String>,
    pub(super) to: String,
    pub(super) text: String,
}

/// How it behaves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manners {
    /// Offers STARTTLS.
    pub(super) starttls: bool,
    /// So many first connections are turned away for now.
    pub(super) busy: usize,
    /// Recipients with this in their names are unknown.
    pub(super) unknown: &'static str,
}

pub(super) struct Server {
    pub(super) port: u16,
    came: Arc<Mutex<Vec<Came>>>,
}

impl Server {
    /// Listens on a free port. Called inside the runtime.
    pub(super) async fn start(manners: Manners) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let came = Arc::<Mutex<Vec<Came>>>::default();
        let mails = Arc::clone(&came);
        let acceptor = acceptor();
        tokio::spawn(async move {
            for number in 0.. {
                let (mut stream, _) = listener.accept().await.expect("a client");
                if number < manners.busy {
                    let _ = stream.write_all(b"421 busy\r\n").await;
                    continue;
                }
                let (mails, acceptor) = (Arc::clone(&mails), acceptor.clone());
                tokio::spawn(async move {
                    let greeting = Some("220 localhost\r\n");
                    let mut plain = BufReader::new(stream);
                    if talk(&mut plain, greeting, false, manners, &mails).await == Some(()) {
                        let Ok(sealed) = acceptor.accept(plain.into_inner()).await else { return };
                        talk(&mut BufReader::new(sealed), None, true, manners, &mails).await;
                    }
                });
            }
        });
        Self { port, came }
    }

    /// The mails so far.
    pub(super) fn came(&self) -> Vec<Came> {
        self.came.lock().expect("whole").clone()
    }
}

fn acceptor() -> TlsAcceptor {
    let certificates =
        CertificateDer::pem_slice_iter(CERTIFICATE).collect::<Result<Vec<_>, _>>().expect("PEM");
    let key = PrivateKeyDer::from_pem_slice(KEY).expect("PEM");
    let provider = Arc::new(crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(certificates, key)
        .expect("a pair");
    TlsAcceptor::from(Arc::new(config))
}

/// One conversation. `Some` when the client wants to go on encrypted.
async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut BufReader<S>,
    greeting: Option<&str>,
    encrypted: bool,
    manners: Manners,
    mails: &Mutex<Vec<Came>>,
) -> Option<()> {
    let (mut login, mut to) = (None, String::new());
    let mut reply = greeting.unwrap_or_default().to_owned();
    loop {
        stream.write_all(reply.as_bytes()).await.ok()?;
        let line = line(stream).await?;
        let word = line.get(..4).unwrap_or(&line).to_ascii_uppercase();
        reply = match word.as_str() {
            "EHLO" if encrypted => "250-localhost\r\n250 AUTH PLAIN\r\n".to_owned(),
            "EHLO" if manners.starttls => "250-localhost\r\n250 STARTTLS\r\n".to_owned(),
            "STAR" => {
                stream.write_all(b"220 go ahead\r\n").await.ok()?;
                return Some(());
            }
            "AUTH" => {
                login = line.split(' ').nth(2).map(str::to_owned);
                "235 welcome\r\n".to_owned()
            }
            "RCPT" if !manners.unknown.is_empty() && line.contains(manners.unknown) => {
                "550 nobody\r\n".to_owned()
            }
            "RCPT" => {
                to = line;
                "250 ok\r\n".to_owned()
            }
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await.ok()?;
                let text = text(stream).await?;
                let came = Came { encrypted, login: login.clone(), to: to.clone(), text };
                mails.lock().expect("whole").push(came);
                "250 taken\r\n".to_owned()
            }
            "QUIT" => return None,
            _ => "250 ok\r\n".to_owned(),
        };
    }
}

async fn line<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> Option<String> {
    let mut line = String::new();
    (stream.read_line(&mut line).await.ok()? > 0).then(|| line.trim_end().to_owned())
}

async fn text<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> Option<String> {
    let mut text = String::new();
    loop {
        let line = line(stream).await?;
        if line == "." {
            return Some(text);
        }
        text += &line;
        text.push('\n');
    }
}
