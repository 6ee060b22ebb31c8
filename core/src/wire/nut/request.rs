//! What a client says (RFC 9271, section 4.2).

use core::fmt;

use super::keyword::keywords;
use super::word::{Line, Word, Words};
use crate::wire::{Full, Malformed, Writer};

/// A line of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request<'a> {
    /// Who asks. Checked only when something is asked that needs it.
    Username(Word<'a>),
    /// What proves it.
    Password(Hidden<'a>),
    /// This client is fed by that UPS.
    Login(Word<'a>),
    /// The client goes.
    Logout,
    /// The client decides when those fed by that UPS go down.
    Primary(Word<'a>),
    /// The same, in the words of protocols before 1.3.
    Master(Word<'a>),
    /// A list.
    List(List<'a>),
    /// One value.
    Get(Get<'a>),
    /// Give a variable a value.
    SetVar {
        /// Of which UPS.
        ups: Word<'a>,
        /// Which.
        name: Word<'a>,
        /// What it becomes.
        value: Word<'a>,
    },
    /// Give each order of this connection a number to ask after it, or no longer.
    SetTracking(bool),
    /// A command, at once.
    Command {
        /// To which UPS.
        ups: Word<'a>,
        /// Which.
        name: Word<'a>,
        /// With which value, mostly a number of seconds.
        value: Option<Word<'a>>,
    },
    /// Everybody fed by that UPS is to go down.
    Fsd(Word<'a>),
    /// From here on in TLS.
    StartTls,
    /// The server's name and version.
    Ver,
    /// The protocol's version.
    NetVer,
    /// The same, in the words of protocol 1.3.
    ProtVer,
    /// What can be asked.
    Help,
    /// Anything else, also nothing.
    Unknown(Words<'a>),
}

/// What is to be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum List<'a> {
    /// The UPSes.
    Ups,
    /// The variables of a UPS.
    Var(Word<'a>),
    /// Those of them that can be set.
    Rw(Word<'a>),
    /// The commands of a UPS.
    Cmd(Word<'a>),
    /// Who is logged in to a UPS.
    Client(Word<'a>),
    /// The values that a variable of a UPS can take.
    Enum(Word<'a>, Word<'a>),
    /// The ranges of values of a variable of a UPS.
    Range(Word<'a>, Word<'a>),
}

/// What is asked for by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Get<'a> {
    /// How many are logged in to a UPS.
    NumLogins(Word<'a>),
    /// What a UPS is, in words.
    UpsDesc(Word<'a>),
    /// The value of a variable of a UPS.
    Var(Word<'a>, Word<'a>),
    /// The type of a variable of a UPS.
    Type(Word<'a>, Word<'a>),
    /// What a variable of a UPS means, in words.
    Desc(Word<'a>, Word<'a>),
    /// What a command of a UPS does, in words.
    CmdDesc(Word<'a>, Word<'a>),
    /// What became of the order of that number; without one, whether orders get numbers.
    Tracking(Option<Word<'a>>),
}

/// A password.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Hidden<'a>(pub Word<'a>);

impl fmt::Debug for Hidden<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}

keywords! {
    /// What a request begins with.
    enum Verb {
        /// Who.
        Username = "USERNAME",
        /// Proof.
        Password = "PASSWORD",
        /// Fed by.
        Login = "LOGIN",
        /// Goes.
        Logout = "LOGOUT",
        /// Decides.
        Primary = "PRIMARY",
        /// Likewise.
        Master = "MASTER",
        /// A list.
        List = "LIST",
        /// A value.
        Get = "GET",
        /// A change.
        Set = "SET",
        /// A command.
        InstCmd = "INSTCMD",
        /// Forced shutdown.
        Fsd = "FSD",
        /// TLS.
        StartTls = "STARTTLS",
        /// The server.
        Ver = "VER",
        /// The protocol.
        NetVer = "NETVER",
        /// Likewise.
        ProtVer = "PROTVER",
        /// Help.
        Help = "HELP",
    }
}

keywords! {
    /// What is asked for.
    enum Subject {
        /// UPSes.
        Ups = "UPS",
        /// A variable.
        Var = "VAR",
        /// Those to be set.
        Rw = "RW",
        /// A command.
        Cmd = "CMD",
        /// Clients.
        Client = "CLIENT",
        /// Values.
        Enum = "ENUM",
        /// Ranges.
        Range = "RANGE",
        /// Logins.
        NumLogins = "NUMLOGINS",
        /// A UPS in words.
        UpsDesc = "UPSDESC",
        /// A type.
        Type = "TYPE",
        /// A variable in words.
        Desc = "DESC",
        /// A command in words.
        CmdDesc = "CMDDESC",
        /// Tracking.
        Tracking = "TRACKING",
    }
}

impl<'a> Request<'a> {
    /// Reads a line without its end. A request that is known but has other words than it should
    /// is [`Malformed`]; one that is not known is [`Request::Unknown`].
    pub fn parse(line: &'a [u8]) -> Result<Self, Malformed> {
        let words = Words::parse(line)?;
        let mut rest = words;
        let Some(verb) = rest.next().and_then(Verb::of) else { return Ok(Self::Unknown(words)) };
        Ok(match verb {
            Verb::Username => Self::Username(rest.only()?),
            Verb::Password => Self::Password(Hidden(rest.only()?)),
            Verb::Login => Self::Login(rest.only()?),
            Verb::Primary => Self::Primary(rest.only()?),
            Verb::Master => Self::Master(rest.only()?),
            Verb::Fsd => Self::Fsd(rest.only()?),
            Verb::List => Self::List(List::of(rest)?),
            Verb::Get => Self::Get(Get::of(rest)?),
            Verb::Set => Self::set(rest)?,
            Verb::InstCmd => {
                let (ups, name, value) = (rest.word()?, rest.word()?, rest.next());
                rest.end().map(|()| Self::Command { ups, name, value })?
            }
            Verb::Logout => rest.end().map(|()| Self::Logout)?,
            Verb::StartTls => rest.end().map(|()| Self::StartTls)?,
            Verb::Ver => rest.end().map(|()| Self::Ver)?,
            Verb::NetVer => rest.end().map(|()| Self::NetVer)?,
            Verb::ProtVer => rest.end().map(|()| Self::ProtVer)?,
            Verb::Help => rest.end().map(|()| Self::Help)?,
        })
    }

    fn set(mut rest: Words<'a>) -> Result<Self, Malformed> {
        match Subject::of(rest.word()?) {
            Some(Subject::Var) => {
                let (ups, name) = (rest.word()?, rest.word()?);
                Ok(Self::SetVar { ups, name, value: rest.only()? })
            }
            Some(Subject::Tracking) => switch(rest.only()?).map(Self::SetTracking),
            _ => Err(Malformed),
        }
    }

    /// Writes the line and its end.
    pub fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        let mut line = Line::new(out);
        match *self {
            Self::Username(user) => line.said(Verb::Username, &[user])?,
            Self::Password(Hidden(password)) => line.said(Verb::Password, &[password])?,
            Self::Login(ups) => line.said(Verb::Login, &[ups])?,
            Self::Primary(ups) => line.said(Verb::Primary, &[ups])?,
            Self::Master(ups) => line.said(Verb::Master, &[ups])?,
            Self::Fsd(ups) => line.said(Verb::Fsd, &[ups])?,
            Self::List(list) => {
                line.keyword(Verb::List.text())?;
                list.emit(&mut line)?;
            }
            Self::Get(get) => get.emit(&mut line)?,
            Self::SetVar { ups, name, value } => {
                line.keyword(Verb::Set.text())?;
                line.about(Subject::Var, &[ups, name, value])?;
            }
            Self::SetTracking(on) => {
                line.keyword(Verb::Set.text())?;
                line.about(Subject::Tracking, &[Word::literal(if on { "ON" } else { "OFF" })])?;
            }
            Self::Command { ups, name, value } => {
                line.said(Verb::InstCmd, &[ups, name])?;
                value.map_or(Ok(()), |value| line.word(value))?;
            }
            Self::Logout => line.said(Verb::Logout, &[])?,
            Self::StartTls => line.said(Verb::StartTls, &[])?,
            Self::Ver => line.said(Verb::Ver, &[])?,
            Self::NetVer => line.said(Verb::NetVer, &[])?,
            Self::ProtVer => line.said(Verb::ProtVer, &[])?,
            Self::Help => line.said(Verb::Help, &[])?,
            Self::Unknown(words) => words.emit(&mut line)?,
        }
        line.end()
    }
}

fn switch(word: Word<'_>) -> Result<bool, Malformed> {
    if word.is("ON") {
        Ok(true)
    } else if word.is("OFF") {
        Ok(false)
    } else {
        Err(Malformed)
    }
}

impl<'a> List<'a> {
    /// Reads what follows `LIST`, `BEGIN LIST` or `END LIST`.
    pub(super) fn of(mut rest: Words<'a>) -> Result<Self, Malformed> {
        let subject = Subject::of(rest.word()?).ok_or(Malformed)?;
        Ok(match subject {
            Subject::Ups => rest.end().map(|()| Self::Ups)?,
            Subject::Var => Self::Var(rest.only()?),
            Subject::Rw => Self::Rw(rest.only()?),
            Subject::Cmd => Self::Cmd(rest.only()?),
            Subject::Client => Self::Client(rest.only()?),
            Subject::Enum => Self::Enum(rest.word()?, rest.only()?),
            Subject::Range => Self::Range(rest.word()?, rest.only()?),
            Subject::NumLogins
            | Subject::UpsDesc
            | Subject::Type
            | Subject::Desc
            | Subject::CmdDesc
            | Subject::Tracking => return Err(Malformed),
        })
    }

    pub(super) fn emit(self, line: &mut Line<'_, '_>) -> Result<(), Full> {
        match self {
            Self::Ups => line.about(Subject::Ups, &[]),
            Self::Var(ups) => line.about(Subject::Var, &[ups]),
            Self::Rw(ups) => line.about(Subject::Rw, &[ups]),
            Self::Cmd(ups) => line.about(Subject::Cmd, &[ups]),
            Self::Client(ups) => line.about(Subject::Client, &[ups]),
            Self::Enum(ups, name) => line.about(Subject::Enum, &[ups, name]),
            Self::Range(ups, name) => line.about(Subject::Range, &[ups, name]),
        }
    }
}

impl<'a> Get<'a> {
    fn of(mut rest: Words<'a>) -> Result<Self, Malformed> {
        let subject = Subject::of(rest.word()?).ok_or(Malformed)?;
        Ok(match subject {
            Subject::NumLogins => Self::NumLogins(rest.only()?),
            Subject::UpsDesc => Self::UpsDesc(rest.only()?),
            Subject::Var => Self::Var(rest.word()?, rest.only()?),
            Subject::Type => Self::Type(rest.word()?, rest.only()?),
            Subject::Desc => Self::Desc(rest.word()?, rest.only()?),
            Subject::CmdDesc => Self::CmdDesc(rest.word()?, rest.only()?),
            Subject::Tracking => {
                let number = rest.next();
                rest.end().map(|()| Self::Tracking(number))?
            }
            Subject::Ups
            | Subject::Rw
            | Subject::Cmd
            | Subject::Client
            | Subject::Enum
            | Subject::Range => return Err(Malformed),
        })
    }

    fn emit(self, line: &mut Line<'_, '_>) -> Result<(), Full> {
        line.keyword(Verb::Get.text())?;
        match self {
            Self::NumLogins(ups) => line.about(Subject::NumLogins, &[ups]),
            Self::UpsDesc(ups) => line.about(Subject::UpsDesc, &[ups]),
            Self::Var(ups, name) => line.about(Subject::Var, &[ups, name]),
            Self::Type(ups, name) => line.about(Subject::Type, &[ups, name]),
            Self::Desc(ups, name) => line.about(Subject::Desc, &[ups, name]),
            Self::CmdDesc(ups, name) => line.about(Subject::CmdDesc, &[ups, name]),
            Self::Tracking(None) => line.about(Subject::Tracking, &[]),
            Self::Tracking(Some(number)) => line.about(Subject::Tracking, &[number]),
        }
    }
}

impl Line<'_, '_> {
    fn said(&mut self, verb: Verb, words: &[Word<'_>]) -> Result<(), Full> {
        self.keyword(verb.text())?;
        words.iter().try_for_each(|word| self.word(*word))
    }

    fn about(&mut self, subject: Subject, words: &[Word<'_>]) -> Result<(), Full> {
        self.keyword(subject.text())?;
        words.iter().try_for_each(|word| self.word(*word))
    }
}
