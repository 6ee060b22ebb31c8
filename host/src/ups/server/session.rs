//! One conversation, without its socket.

use std::net::IpAddr;
use std::sync::Arc;

use komainu_core::types::UpsIndex;
use komainu_core::wire::Writer;
use komainu_core::wire::nut::{
    Done, Get, List, MAX_LINE, Named, Refusal, Request, Response, TrackingState, Word, Words,
};
use zeroize::Zeroizing;

use super::board::Board;
use super::shared::{Attached, Encryption, Shared, Shown, count};
use super::variables::{Variable, variables};
use crate::clock;

/// So many lines that are no sentences end a conversation.
const MOST_GARBLED: u8 = 20;

/// A conversation.
pub(super) struct Session {
    shared: Arc<Shared>,
    number: u64,
    address: IpAddr,
    secure: bool,
    user: Option<Vec<u8>>,
    password: Option<Zeroizing<Vec<u8>>>,
    /// User and password go together.
    proved: bool,
    login: Option<UpsIndex>,
    garbled: u8,
}

/// What follows an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// The next line.
    GoOn,
    /// TLS.
    Secure,
    /// The end, a while after a wrong password.
    Denied,
    /// The end.
    Close,
}

/// What is answered.
pub(super) struct Answer(Vec<u8>);

impl Answer {
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    fn say(&mut self, response: Response<'_>) {
        let mut line = [0; 2 * MAX_LINE];
        let mut out = Writer::new(&mut line);
        // What is too long for a line is left out: no client would take it.
        if response.emit(&mut out).is_ok() {
            self.0.extend_from_slice(out.written());
        }
    }

    fn text(&mut self, text: &str) -> Outcome {
        if let Ok(words) = Words::parse(text.as_bytes()) {
            self.say(Response::Text(words));
        }
        Ok(Then::GoOn)
    }
}

type Outcome = Result<Then, Refusal>;

impl Session {
    pub(super) fn new(shared: Arc<Shared>, number: u64, address: IpAddr) -> Self {
        Self {
            shared,
            number,
            address,
            secure: false,
            user: None,
            password: None,
            proved: false,
            login: None,
            garbled: 0,
        }
    }

    pub(super) const fn address(&self) -> IpAddr {
        self.address
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// The rest is encrypted. What was said in the clear is forgotten.
    pub(super) fn secured(&mut self) {
        *self = Self::new(Arc::clone(&self.shared), self.number, self.address);
        self.secure = true;
    }

    /// Answers a line.
    pub(super) fn hear(&mut self, line: &[u8], answer: &mut Answer) -> Then {
        let outcome = match Request::parse(line) {
            Err(_) => return self.garbled(Refusal::InvalidArgument, answer),
            Ok(Request::Unknown(_)) => return self.garbled(Refusal::UnknownCommand, answer),
            Ok(request) => self.obey(request, answer),
        };
        match outcome {
            Ok(then) => then,
            Err(refusal) => {
                answer.say(Response::Err(refusal));
                let wrong = refusal == Refusal::AccessDenied && self.user.is_some();
                if wrong && !self.proved { Then::Denied } else { Then::GoOn }
            }
        }
    }

    /// Answers a line that is no sentence.
    pub(super) fn garbled(&mut self, why: Refusal, answer: &mut Answer) -> Then {
        count(&self.shared.counters.garbled);
        answer.say(Response::Err(why));
        self.garbled += 1;
        if self.garbled < MOST_GARBLED { Then::GoOn } else { Then::Close }
    }

    fn obey(&mut self, request: Request<'_>, answer: &mut Answer) -> Outcome {
        match request {
            Request::StartTls => self.start_tls(answer),
            Request::Logout => {
                answer.say(Response::Ok(Done::Goodbye));
                Ok(Then::Close)
            }
            Request::Ver => answer.text(concat!("Komainu ", env!("CARGO_PKG_VERSION"))),
            Request::NetVer | Request::ProtVer => answer.text("1.3"),
            Request::Help => answer
                .text("Commands: HELP VER NETVER GET LIST LOGIN LOGOUT USERNAME PASSWORD STARTTLS"),
            Request::Unknown(_) => Err(Refusal::UnknownCommand),
            _ if !self.secure && matches!(self.shared.encryption, Encryption::Require(_)) => {
                Err(Refusal::AccessDenied)
            }
            Request::Username(user) => {
                let before = self.user.replace(user.bytes().collect());
                once(before.is_some(), Refusal::AlreadySetUsername, answer)
            }
            Request::Password(password) => {
                let before = self.password.replace(Zeroizing::new(password.0.bytes().collect()));
                once(before.is_some(), Refusal::AlreadySetPassword, answer)
            }
            Request::Login(ups) => self.log_in(ups, answer),
            Request::List(list) => self.list(list, answer),
            Request::Get(get) => self.get(get, answer),
            Request::SetTracking(_) => Err(Refusal::FeatureNotConfigured),
            Request::SetVar { ups, name, .. } => {
                self.prove()?;
                self.variable(ups, name)?;
                Err(Refusal::ReadOnly)
            }
            Request::Command { ups, .. } => {
                self.prove()?;
                self.find(ups)?;
                Err(Refusal::CmdNotSupported)
            }
            Request::Primary(ups) | Request::Master(ups) | Request::Fsd(ups) => {
                self.prove()?;
                self.find(ups)?;
                Err(Refusal::AccessDenied)
            }
        }
    }

    fn start_tls(&self, answer: &mut Answer) -> Outcome {
        match self.shared.encryption {
            Encryption::Off => Err(Refusal::FeatureNotConfigured),
            Encryption::Offer(_) | Encryption::Require(_) if self.secure => {
                Err(Refusal::AlreadySslMode)
            }
            Encryption::Offer(_) | Encryption::Require(_) => {
                answer.say(Response::Ok(Done::StartTls));
                Ok(Then::Secure)
            }
        }
    }

    /// Whoever says who they are has to be that.
    fn prove(&mut self) -> Result<(), Refusal> {
        let user = self.user.as_ref().ok_or(Refusal::UsernameRequired)?;
        let password = self.password.as_ref().ok_or(Refusal::PasswordRequired)?;
        if !self.proved {
            self.proved = self.shared.proves(user, password);
        }
        if self.proved {
            return Ok(());
        }
        let counters = &self.shared.counters;
        counters.refuse(&counters.denied, self.address);
        Err(Refusal::AccessDenied)
    }

    fn may_read(&mut self) -> Result<(), Refusal> {
        let nameless = self.user.is_none() && self.password.is_none();
        if nameless && self.shared.anonymous { Ok(()) } else { self.prove() }
    }

    fn log_in(&mut self, ups: Word<'_>, answer: &mut Answer) -> Outcome {
        self.prove()?;
        let ups = self.find(ups)?.ups;
        if self.login.is_some() {
            return Err(Refusal::AlreadyLoggedIn);
        }
        self.login = Some(ups);
        let user = self.name().unwrap_or_default().to_owned();
        let attached = Attached { user, address: self.address, ups };
        self.shared.attach(self.number, Some(attached));
        answer.say(Response::Ok(Done::Plain));
        Ok(Then::GoOn)
    }

    /// The name of the user, once it is proved.
    fn name(&self) -> Option<&str> {
        let user = self.user.as_ref().filter(|_| self.proved)?;
        std::str::from_utf8(user).ok()
    }

    fn find(&self, ups: Word<'_>) -> Result<&Shown, Refusal> {
        let named = |shown: &&Shown| ups.is(shown.name.as_str());
        self.shared.upses.iter().find(named).ok_or(Refusal::UnknownUps)
    }

    fn variables(&self, shown: &Shown) -> Result<Vec<Variable>, Refusal> {
        let board = self.shared.board.borrow();
        let board: &Board = board.as_ref().ok_or(Refusal::DriverNotConnected)?;
        let go_down = board.goes(shown.ups, self.name());
        variables(&board.seen(shown.ups), go_down, clock::now())
    }

    fn variable(&self, ups: Word<'_>, name: Word<'_>) -> Result<(&Shown, Variable), Refusal> {
        let shown = self.find(ups)?;
        let mut variables = self.variables(shown)?.into_iter();
        let variable = variables.find(|variable| name.is(&variable.name));
        Ok((shown, variable.ok_or(Refusal::VarNotSupported)?))
    }

    fn logins(&self, ups: UpsIndex) -> Vec<Attached> {
        let mut attached = self.shared.attached();
        attached.retain(|attached| attached.ups == ups);
        attached
    }

    fn list(&mut self, list: List<'_>, answer: &mut Answer) -> Outcome {
        self.may_read()?;
        let mut lines = Answer::new();
        lines.say(Response::Begin(list));
        match list {
            List::Ups => {
                for shown in &self.shared.upses {
                    lines.say(Response::Ups(shown.name.word(), word(&shown.description)));
                }
            }
            List::Var(ups) => {
                let shown = self.find(ups)?;
                for variable in self.variables(shown)? {
                    lines.say(Response::Var(named(shown, &variable)));
                }
            }
            // Nothing can be set here, and no command be given.
            List::Rw(ups) | List::Cmd(ups) => drop(self.find(ups)?),
            List::Client(ups) => {
                let shown = self.find(ups)?;
                for attached in self.logins(shown.ups) {
                    let address = attached.address.to_string();
                    lines.say(Response::Client(shown.name.word(), word(&address)));
                }
            }
            List::Enum(ups, name) | List::Range(ups, name) => drop(self.variable(ups, name)?),
        }
        lines.say(Response::End(list));
        answer.0.extend_from_slice(lines.bytes());
        Ok(Then::GoOn)
    }

    fn get(&mut self, get: Get<'_>, answer: &mut Answer) -> Outcome {
        self.may_read()?;
        match get {
            Get::NumLogins(ups) => {
                let shown = self.find(ups)?;
                let count = u32::try_from(self.logins(shown.ups).len()).unwrap_or(u32::MAX);
                answer.say(Response::NumLogins(shown.name.word(), count));
            }
            Get::UpsDesc(ups) => {
                let shown = self.find(ups)?;
                answer.say(Response::UpsDesc(shown.name.word(), word(&shown.description)));
            }
            Get::Var(ups, name) => {
                let (shown, variable) = self.variable(ups, name)?;
                answer.say(Response::Var(named(shown, &variable)));
            }
            Get::Type(ups, name) => {
                let (shown, variable) = self.variable(ups, name)?;
                let kind = if variable.is_number() { "NUMBER" } else { "STRING" };
                let kind = Words::parse(kind.as_bytes()).map_err(|_| Refusal::InvalidArgument)?;
                answer.say(Response::Type(shown.name.word(), word(&variable.name), kind));
            }
            Get::Desc(ups, name) => {
                let (shown, variable) = self.variable(ups, name)?;
                let value = word(variable.meaning());
                let name = word(&variable.name);
                answer.say(Response::Desc(Named { ups: shown.name.word(), name, value }));
            }
            Get::CmdDesc(ups, _) => {
                self.find(ups)?;
                return Err(Refusal::CmdNotSupported);
            }
            Get::Tracking(None) => answer.say(Response::Tracking(TrackingState::Off)),
            Get::Tracking(Some(_)) => return Err(Refusal::FeatureNotConfigured),
        }
        Ok(Then::GoOn)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if self.login.is_some() {
            self.shared.attach(self.number, None);
        }
    }
}

fn once(again: bool, refusal: Refusal, answer: &mut Answer) -> Outcome {
    if again {
        return Err(refusal);
    }
    answer.say(Response::Ok(Done::Plain));
    Ok(Then::GoOn)
}

/// Everything that is shown has no line end.
fn word(text: &str) -> Word<'_> {
    Word::new(text.as_bytes()).unwrap_or_default()
}

fn named<'a>(shown: &'a Shown, variable: &'a Variable) -> Named<'a> {
    Named { ups: shown.name.word(), name: word(&variable.name), value: word(&variable.value) }
}
