//! What follows from a recording alone: who the client was, and how its exchange ended.
//!
//! Nothing here asks our session: the ends are read off the BMC's answers by the tables of the
//! specification, and the description in the file says what the client knew.

use komainu_core::failure::Failure;
use komainu_core::secret::{Key, KeyId};
use komainu_core::session::{Profile, Suites, UserName, Version, Workaround, Workarounds};
use komainu_core::suite::Suite;
use komainu_core::wire::command::Privilege;
use komainu_core::wire::command::channel::AuthTypes;
use komainu_core::wire::command::session::AuthType;
use komainu_core::wire::rakp::{
    Algorithms, OpenSessionRequest, OpenSessionResponse, Proof, Rakp1, Rakp2,
};

use crate::recorded::{Auth, Datagram, Kind, Vector, vector};

/// How an exchange ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// No login is tried.
    NoLogin,
    /// The login fails.
    Refused(Failure),
    /// A session is up.
    Session {
        /// So many different requests are answered in it.
        answers: usize,
        /// The BMC says that it is closed.
        closed: bool,
    },
}

/// What our session is told, and what must come of it.
pub struct Plan {
    /// Who to be.
    pub profile: Profile,
    /// The ring that the profile's keys are in.
    pub keys: Vec<Key>,
    /// How it ends.
    pub end: End,
}

const PASSWORD: KeyId = KeyId(0);
const KG: KeyId = KeyId(1);

impl Plan {
    /// The plan of a recording, or why there is none.
    ///
    /// # Errors
    /// When the description does not fit the datagrams.
    pub fn of(vector: &Vector) -> Result<Self, String> {
        let (client, end) = (Client::of(vector), end(vector));
        let password = client.password(vector, end);
        let mut keys = vec![Key::new(password.as_bytes()).map_err(|e| e.to_string())?];
        let user = client.user.clone().unwrap_or_else(|| vector.case.user.clone());
        let user = UserName::new(&user).map_err(|e| e.to_string())?;
        let mut profile = Profile::new(user, Some(PASSWORD));
        profile.privilege = client.privilege(vector);
        profile.workarounds = client.workarounds(vector)?;
        profile.version = client.version;
        if let Some(auth) = vector.case.auth {
            profile.auth_types = AuthTypes::default().with(auth.into());
        }
        if let Some(suite) = vector.case.suite.or(client.suite) {
            let unknown = format!("suite {suite} is not spoken");
            profile.suites = Suites::new(&[suite]).ok_or(unknown)?;
        }
        // Where the login failed for the client's want of Kg, ours has none either.
        let kg = vector.case.kg.as_deref().filter(|_| end != End::Refused(Failure::WrongKg));
        if let Some(kg) = kg {
            keys.push(Key::new(&secret(kg)?).map_err(|e| e.to_string())?);
            profile.kg = Some(KG);
        }
        Ok(Self { profile, keys, end })
    }

    /// The same, with the Kg that the client should have had.
    ///
    /// # Errors
    /// When there is none, or it is too long.
    pub fn with_kg(mut self, vector: &Vector) -> Result<Self, String> {
        let kg = secret(vector.case.kg.as_deref().ok_or("no Kg")?)?;
        self.keys.push(Key::new(&kg).map_err(|e| e.to_string())?);
        self.profile.kg = Some(KG);
        self.end = End::Session { answers: 0, closed: false };
        Ok(self)
    }
}

fn secret(text: &str) -> Result<Vec<u8>, String> {
    match text.strip_prefix("0x") {
        Some(hex) => vector::unhex(hex).ok_or_else(|| format!("Kg {text} is not hexadecimal")),
        None => Ok(text.as_bytes().to_vec()),
    }
}

impl From<Auth> for AuthType {
    fn from(auth: Auth) -> Self {
        match auth {
            Auth::None => Self::None,
            Auth::Md2 => Self::Md2,
            Auth::Md5 => Self::Md5,
            Auth::Password => Self::Straight,
        }
    }
}

/// What the client's own datagrams tell.
struct Client {
    version: Version,
    user: Option<String>,
    /// Privilege byte of Open Session.
    open: Option<u8>,
    /// The suite that was asked for.
    suite: Option<u8>,
    /// Role byte of RAKP 1.
    role: Option<u8>,
    /// Privilege byte of Activate Session.
    activate: Option<u8>,
}

impl Client {
    fn of(vector: &Vector) -> Self {
        let asks = |kind| question(vector, kind).is_some();
        let version = match (asks(Kind::Challenge), asks(Kind::Capabilities)) {
            (true, _) => Version::V15,
            (false, true) => Version::Auto,
            (false, false) => Version::V20,
        };
        let open = question(vector, Kind::Open)
            .and_then(|open| OpenSessionRequest::parse(open.payload()).ok());
        let rakp1 = question(vector, Kind::Rakp12);
        let rakp1 = rakp1.and_then(|rakp1| Rakp1::parse(rakp1.payload()).ok());
        let data = |kind| question(vector, kind).map(|question| question.ipmi().data);
        let padded = data(Kind::Challenge).and_then(|data| data.get(1..));
        let name = rakp1.map(|rakp1| rakp1.user).or(padded);
        let text = |name| String::from_utf8_lossy(name).trim_end_matches('\0').to_owned();
        Self {
            version,
            user: name.map(text),
            open: open.map(|open| open.privilege),
            suite: open.and_then(|open| {
                let suite = |id: &u8| Suite::from_id(*id).map(Algorithms::from);
                Suite::IDS.into_iter().find(|id| suite(id) == Some(open.algorithms))
            }),
            role: rakp1.map(|rakp1| rakp1.role),
            activate: data(Kind::Activate).and_then(|data| data.get(1).copied()),
        }
    }

    /// The description tells when the client used another password than the BMC's. If it does
    /// not, and the login was refused for it, any other will do.
    fn password<'v>(&self, vector: &'v Vector, end: End) -> &'v str {
        let case = &vector.case;
        let same_user = self.user.as_ref().is_none_or(|user| *user == case.user);
        let used = case.what.split_once("client uses ").filter(|_| same_user);
        let quoted = used.and_then(|(_, rest)| rest.split('"').nth(1));
        let other = (end == End::Refused(Failure::WrongPassword)).then_some("another password");
        quoted.or(other).unwrap_or(&case.password)
    }

    fn privilege(&self, vector: &Vector) -> Privilege {
        let asked = self.role.map(|role| role & 0x0f).or(self.activate);
        let told = vector.case.privilege.map(Privilege::from);
        asked.and_then(Privilege::from_code).or(told).unwrap_or(Privilege::Administrator)
    }

    fn workarounds(&self, vector: &Vector) -> Result<Workarounds, String> {
        let mut set = Workarounds::default();
        if self.open == Some(0) {
            set = set.with(Workaround::OpenHighest);
        }
        if self.role.is_some_and(|role| role & 0x10 == 0) {
            set = set.with(Workaround::NameAndPrivilege);
        }
        for name in &vector.case.workarounds {
            let named = Workaround::ALL.into_iter().find(|(_, known)| known == name);
            set = set.with(named.ok_or(format!("no workaround is called {name}"))?.0);
        }
        Ok(set)
    }
}

fn question(vector: &Vector, kind: Kind) -> Option<&Datagram> {
    vector.datagrams.iter().find(|datagram| datagram.is_question() && datagram.kind == kind)
}

fn answer(vector: &Vector, kind: Kind) -> Option<&Datagram> {
    vector.datagrams.iter().find(|datagram| !datagram.is_question() && datagram.kind == kind)
}

/// How the recorded exchange ended, by the BMC's answers and what the client made of them.
fn end(vector: &Vector) -> End {
    if let Some(end) = inside(vector) {
        return end;
    }
    if question(vector, Kind::Open).is_some() {
        return match end_v20(vector) {
            Some(failure) => End::Refused(failure),
            None => End::Session { answers: 0, closed: false },
        };
    }
    if question(vector, Kind::Challenge).is_some() {
        return match end_v15(vector) {
            Some(failure) => End::Refused(failure),
            None => End::Session { answers: 0, closed: false },
        };
    }
    End::NoLogin
}

fn inside(vector: &Vector) -> Option<End> {
    let mut asked = Vec::new();
    let (mut answers, mut closed) = (0, false);
    for datagram in &vector.datagrams {
        let Kind::Inside { rq_seq, command, .. } = datagram.kind else { continue };
        let mut last = asked.iter_mut().rev();
        let same = last.find(|(at, of, _)| (*at, *of) == (rq_seq, command));
        match (datagram.is_question(), same) {
            (true, None | Some((_, _, true))) => asked.push((rq_seq, command, false)),
            (false, Some((_, _, answered @ false))) => {
                *answered = true;
                closed |= command == CLOSE;
                answers += usize::from(command != CLOSE);
            }
            (true, Some(_)) | (false, _) => {}
        }
    }
    (!asked.is_empty()).then_some(End::Session { answers, closed })
}

/// Close Session, an App command.
const CLOSE: u8 = 0x3c;

fn end_v20(vector: &Vector) -> Option<Failure> {
    let payload = |kind| answer(vector, kind).map(Datagram::payload);
    let asked = OpenSessionRequest::parse(question(vector, Kind::Open)?.payload()).ok()?;
    let opened = payload(Kind::Open).and_then(|bytes| OpenSessionResponse::parse(bytes).ok());
    match opened {
        None => return Some(silent(vector)),
        Some(OpenSessionResponse::Refused { status, .. }) => return Some(refused(status.0)),
        Some(OpenSessionResponse::Opened { algorithms, .. }) => {
            if algorithms != asked.algorithms {
                return Some(Failure::SuiteRefused);
            }
        }
    }
    match payload(Kind::Rakp12).and_then(|bytes| Rakp2::parse(bytes).ok()) {
        None => return Some(Failure::LoginSilent),
        Some(Rakp2::Refused { status, .. }) => return Some(refused(status.0)),
        // The client saw a wrong code.
        Some(Rakp2::Accepted { .. }) if question(vector, Kind::Rakp34).is_none() => {
            return Some(Failure::WrongPassword);
        }
        Some(Rakp2::Accepted { .. }) => {}
    }
    match payload(Kind::Rakp34).and_then(|bytes| Proof::parse(bytes).ok()) {
        None => Some(Failure::LoginSilent),
        // RAKP 2 has proved the password.
        Some(proof) if proof.status.0 == 0x0f => Some(Failure::LoginRefused(0x0f)),
        Some(proof) if proof.status.0 != 0 => Some(refused(proof.status.0)),
        Some(_) => vector.case.kg.is_some().then_some(Failure::WrongKg),
    }
}

/// Nothing answers the first message of the login; perhaps nothing answered before.
fn silent(vector: &Vector) -> Failure {
    match answer(vector, Kind::Capabilities) {
        Some(_) => Failure::LoginSilent,
        None => Failure::Silent,
    }
}

/// RMCP+ status (table 13-15).
fn refused(status: u8) -> Failure {
    match status {
        0x01 | 0x0b => Failure::NoFreeSession,
        0x04 | 0x05 | 0x10 | 0x11 => Failure::SuiteRefused,
        0x09 | 0x0a => Failure::PrivilegeTooLow,
        0x0d => Failure::UnknownUser,
        0x0f => Failure::WrongPassword,
        code => Failure::LoginRefused(code),
    }
}

/// Completion codes of Get Session Challenge and Activate Session (sections 22.16 and 22.17).
fn end_v15(vector: &Vector) -> Option<Failure> {
    let code = |kind| answer(vector, kind).and_then(|answer| answer.ipmi().data.first().copied());
    match code(Kind::Challenge) {
        None => return Some(silent(vector)),
        Some(0) => {}
        Some(0x81 | 0x82) => return Some(Failure::UnknownUser),
        Some(code) => return Some(Failure::LoginRefused(code)),
    }
    match code(Kind::Activate) {
        None => Some(Failure::LoginSilent),
        Some(0) => None,
        Some(0x81..=0x83) => Some(Failure::NoFreeSession),
        Some(0x86) => Some(Failure::PrivilegeTooLow),
        Some(code) => Some(Failure::LoginRefused(code)),
    }
}
