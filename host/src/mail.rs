//! Notices by mail: each recipient has a queue, so that one whom the server refuses delays nobody.
//!
//! The first event of a quiet time goes at once; what follows soon after is gathered into one
//! mail. What cannot be sent is tried again, for a day.

mod letter;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use lettre::message::Mailbox as Address;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use tokio::time::{Instant, sleep_until, timeout_at};
use zeroize::Zeroizing;

pub(crate) use crate::tell::Queue;
use crate::tell::{Complain, Least, Notice, Trouble};

/// Events that come so close together belong into one mail.
const TOGETHER: Duration = Duration::from_secs(1);
/// Events that wait for one recipient. The oldest are left out for more.
const MOST: usize = 200;
/// Pause after the first failure; each further one is three times as long ...
const FIRST_PAUSE: Duration = Duration::from_secs(5);
/// ... up to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);
/// After so long an event is no news any more.
pub(crate) const KEPT: Duration = Duration::from_secs(24 * 3600);

/// How mail is sent, and to whom.
#[derive(Clone, PartialEq, Eq)]
pub struct Setup {
    /// Name or address of the mail server, as its certificate has it.
    pub server: String,
    /// Its port: 587 as a rule, 25 without a login, 465 for [`Security::Tls`].
    pub port: u16,
    /// How the way there is sealed.
    pub security: Security,
    /// Certificates, as PEM, of which one has signed the server's. None = those of the system.
    pub authorities: Option<Vec<u8>>,
    /// User and password, where the server wants them. Never sent in the clear.
    pub login: Option<(String, Zeroizing<String>)>,
    /// The sender's address.
    pub from: String,
    /// The recipients.
    pub to: Vec<Recipient>,
    /// How long one mail may take. Default 30 s.
    pub timeout: Duration,
    /// The least time between two mails to one recipient. Default 30 s.
    pub gather: Duration,
}

/// How the way to a mail server is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// STARTTLS, and nothing without it.
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// Not at all: for a server on this machine. Rules a login out.
    None,
}

/// Somebody who gets mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// Its address.
    pub address: String,
    /// From which severity on.
    pub least: Least,
}

/// The setup cannot work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailError {
    /// It is no mail address.
    Address(String),
    /// The certificates cannot be read.
    Authorities(String),
    /// A password would travel in the clear.
    LoginInTheClear,
}

impl fmt::Display for MailError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(text) => write!(f, "{text:?} is no mail address"),
            Self::Authorities(text) => {
                write!(f, "the certificates of the mail server's authority: {text}")
            }
            Self::LoginInTheClear => {
                f.write_str("a login at a mail server needs STARTTLS or TLS: it is a secret")
            }
        }
    }
}

impl std::error::Error for MailError {}

impl fmt::Debug for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setup")
            .field("server", &self.server)
            .field("port", &self.port)
            .field("security", &self.security)
            .field("user", &self.login.as_ref().map(|(user, _)| user))
            .field("to", &self.to)
            .finish_non_exhaustive()
    }
}

/// The way to one recipient.
pub(crate) struct Mailbox {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    name: String,
    from: Address,
    to: Address,
    least: Least,
    gather: Duration,
}

/// A mailbox for each recipient.
pub(crate) fn open(setup: Setup, name: &str) -> Result<Vec<Mailbox>, MailError> {
    let address =
        |text: &str| text.parse::<Address>().map_err(|_| MailError::Address(text.to_owned()));
    let (transport, from) = (transport(&setup)?, address(&setup.from)?);
    let mailbox = |recipient: &Recipient| {
        Ok(Mailbox {
            transport: transport.clone(),
            name: name.to_owned(),
            from: from.clone(),
            to: address(&recipient.address)?,
            least: recipient.least,
            gather: setup.gather,
        })
    };
    setup.to.iter().map(mailbox).collect()
}

fn transport(setup: &Setup) -> Result<AsyncSmtpTransport<Tokio1Executor>, MailError> {
    let tls = match setup.security {
        Security::StartTls => Tls::Required(parameters(setup)?),
        Security::Tls => Tls::Wrapper(parameters(setup)?),
        Security::None if setup.login.is_some() => return Err(MailError::LoginInTheClear),
        Security::None => Tls::None,
    };
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&*setup.server)
        .port(setup.port)
        .tls(tls)
        .timeout(Some(setup.timeout))
        .hello_name(ClientId::default());
    if let Some((user, password)) = &setup.login {
        builder = builder.credentials(Credentials::new(user.clone(), password.to_string()));
    }
    Ok(builder.build())
}

fn parameters(setup: &Setup) -> Result<TlsParameters, MailError> {
    let wrong = |error: SmtpError| MailError::Authorities(error.to_string());
    let mut builder = TlsParameters::builder(setup.server.clone());
    if let Some(authorities) = &setup.authorities {
        builder = builder.certificate_store(CertificateStore::None);
        builder = builder.add_root_certificate(Certificate::from_pem(authorities).map_err(wrong)?);
    }
    builder.build().map_err(wrong)
}

/// What one recipient still has to get.
#[derive(Default)]
struct Pending {
    notices: VecDeque<(Instant, Notice)>,
    left_out: u64,
}

impl Pending {
    fn add(&mut self, notice: Notice) {
        if self.notices.len() == MOST {
            self.notices.pop_front();
            self.left_out += 1;
        }
        self.notices.push_back((Instant::now(), notice));
    }

    fn forget_old(&mut self) {
        let old = |(came, _): &(Instant, Notice)| came.elapsed() > KEPT;
        while self.notices.front().is_some_and(old) {
            self.notices.pop_front();
            self.left_out += 1;
        }
    }
}

impl Mailbox {
    /// From which severity on it takes mail.
    pub(crate) const fn least(&self) -> Least {
        self.least
    }

    /// Sends everything that comes, until nothing will come and everything is sent.
    pub(crate) async fn run(self, mut queue: Queue, complain: Complain) {
        let mut pending = Pending::default();
        let (mut next, mut pause) = (Instant::now(), None);
        let mut open = true;
        while open || !pending.notices.is_empty() {
            if pending.notices.is_empty() {
                let Some(notice) = queue.next().await else { return };
                pending.add(notice);
                next = next.max(Instant::now() + TOGETHER);
            }
            open = open && gather(&mut queue, &mut pending, next).await;
            if !open && pause.is_some() {
                // Whoever ends has no time to wait for a server that does not answer.
                sleep_until(next).await;
            }
            pending.left_out += queue.left_out();
            pending.forget_old();
            match self.send(&pending).await {
                Ok(()) => {
                    if pause.take().is_some() {
                        complain(Trouble::MailWorks { to: self.to.to_string() });
                    }
                    if pending.left_out > 0 {
                        let (whom, count) = (self.to.to_string(), pending.left_out);
                        complain(Trouble::LeftOut { whom, count });
                    }
                    pending = Pending::default();
                    next = Instant::now() + self.gather;
                }
                Err(why) => {
                    if pause.is_none() {
                        complain(Trouble::Mail { to: self.to.to_string(), why });
                    }
                    let wait = pause.map_or(FIRST_PAUSE, |last: Duration| 3 * last);
                    pause = Some(wait.min(LONGEST_PAUSE));
                    next = Instant::now() + wait.min(LONGEST_PAUSE);
                }
            }
        }
    }

    async fn send(&self, pending: &Pending) -> Result<(), String> {
        let notices: Vec<&Notice> = pending.notices.iter().map(|(_, notice)| notice).collect();
        let from_to = (self.from.clone(), self.to.clone());
        let letter = letter::letter(&self.name, from_to, &notices, pending.left_out)?;
        self.transport.send(letter).await.map(drop).map_err(|error| reason(&error))
    }
}

/// Takes in what comes until then. Whether more may come after that.
async fn gather(queue: &mut Queue, pending: &mut Pending, until: Instant) -> bool {
    loop {
        match timeout_at(until, queue.next()).await {
            Ok(Some(notice)) => pending.add(notice),
            Ok(None) => return false,
            Err(_) => return true,
        }
    }
}

/// The error with what lies under it, in one line.
fn reason(error: &SmtpError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text.replace(['\r', '\n'], " ")
}
