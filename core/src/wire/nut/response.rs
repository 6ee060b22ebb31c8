//! What a server says (RFC 9271, section 4.2 and 4.3).

use super::keyword::keywords;
use super::refusal::Refusal;
use super::request::List;
use super::word::{Line, Word, Words};
use crate::wire::{Full, Malformed, Writer};

/// A line of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Response<'a> {
    /// It is done, or begun.
    Ok(Done<'a>),
    /// It is refused.
    Err(Refusal),
    /// It is refused, for a reason that this crate does not know.
    UnknownErr(Word<'a>),
    /// A list begins.
    Begin(List<'a>),
    /// It ends.
    End(List<'a>),
    /// A UPS, and what it is.
    Ups(Word<'a>, Word<'a>),
    /// A variable of a UPS.
    Var(Named<'a>),
    /// One that can be set.
    Rw(Named<'a>),
    /// A value that a variable can take.
    Enum(Named<'a>),
    /// A range of values, both ends belonging to it.
    Range {
        /// The variable and the least value.
        least: Named<'a>,
        /// The greatest.
        most: Word<'a>,
    },
    /// A command of a UPS.
    Cmd(Word<'a>, Word<'a>),
    /// Who is logged in to a UPS.
    Client(Word<'a>, Word<'a>),
    /// How many are logged in to a UPS.
    NumLogins(Word<'a>, u32),
    /// What a UPS is.
    UpsDesc(Word<'a>, Word<'a>),
    /// What a variable means.
    Desc(Named<'a>),
    /// What a command does.
    CmdDesc(Named<'a>),
    /// The type of a variable of a UPS, in one or more words.
    Type(Word<'a>, Word<'a>, Words<'a>),
    /// What is known of an order, or whether orders get numbers.
    Tracking(TrackingState),
    /// Anything else: versions, help.
    Text(Words<'a>),
}

/// Something of a UPS, with its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named<'a> {
    /// Of which UPS.
    pub ups: Word<'a>,
    /// What.
    pub name: Word<'a>,
    /// Its value, or what it means.
    pub value: Word<'a>,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done<'a> {
    /// What was asked.
    Plain,
    /// The client may go.
    Goodbye,
    /// The client is the one that decides.
    PrimaryGranted,
    /// The same, in the words of protocols before 1.3.
    MasterGranted,
    /// Everybody is told to go down.
    FsdSet,
    /// TLS begins behind this line.
    StartTls,
    /// The order is handed on; it has this number.
    Tracking(Word<'a>),
    /// Something else.
    Other(Words<'a>),
}

keywords! {
    /// What is known of an order.
    pub enum TrackingState {
        /// Orders get numbers.
        On = "ON",
        /// They do not.
        Off = "OFF",
        /// It is not known yet what became of it.
        Pending = "PENDING",
        /// It was carried out.
        Success = "SUCCESS",
    }
}

keywords! {
    /// What a response begins with.
    enum Head {
        /// Done.
        Ok = "OK",
        /// Refused.
        Err = "ERR",
        /// A list.
        Begin = "BEGIN",
        /// Its end.
        End = "END",
        /// A UPS.
        Ups = "UPS",
        /// A variable.
        Var = "VAR",
        /// One to be set.
        Rw = "RW",
        /// A value.
        Enum = "ENUM",
        /// A range.
        Range = "RANGE",
        /// A command.
        Cmd = "CMD",
        /// A client.
        Client = "CLIENT",
        /// Logins.
        NumLogins = "NUMLOGINS",
        /// A UPS in words.
        UpsDesc = "UPSDESC",
        /// A variable in words.
        Desc = "DESC",
        /// A command in words.
        CmdDesc = "CMDDESC",
        /// A type.
        Type = "TYPE",
    }
}

keywords! {
    /// What follows `OK`.
    enum Success {
        /// Farewell.
        Goodbye = "Goodbye",
        /// Primary.
        PrimaryGranted = "PRIMARY-GRANTED",
        /// Primary, once.
        MasterGranted = "MASTER-GRANTED",
        /// Forced shutdown.
        FsdSet = "FSD-SET",
        /// TLS.
        StartTls = "STARTTLS",
        /// A number.
        Tracking = "TRACKING",
    }
}

impl<'a> Response<'a> {
    /// Reads a line without its end. A line whose head is known but not what must follow is
    /// [`Malformed`]; one whose head is not known is [`Response::Text`].
    pub fn parse(line: &'a [u8]) -> Result<Self, Malformed> {
        let words = Words::parse(line)?;
        let mut rest = words;
        let Some(first) = rest.next() else { return Ok(Self::Text(words)) };
        let Some(head) = Head::of(first) else {
            let alone = rest.end().is_ok();
            let state = TrackingState::of(first).filter(|_| alone);
            return Ok(state.map_or(Self::Text(words), Self::Tracking));
        };
        Self::headed(head, rest)
    }

    fn headed(head: Head, mut rest: Words<'a>) -> Result<Self, Malformed> {
        Ok(match head {
            Head::Ok => Self::Ok(Done::of(rest)),
            Head::Err => {
                // Servers may say more behind the reason.
                let why = rest.word()?;
                Refusal::of(why).map_or(Self::UnknownErr(why), Self::Err)
            }
            Head::Begin => list(rest).map(Self::Begin)?,
            Head::End => list(rest).map(Self::End)?,
            Head::Ups => pair(rest).map(|(ups, text)| Self::Ups(ups, text))?,
            Head::Var => named(rest).map(Self::Var)?,
            Head::Rw => named(rest).map(Self::Rw)?,
            Head::Enum => named(rest).map(Self::Enum)?,
            Head::Range => {
                let (ups, name, value) = (rest.word()?, rest.word()?, rest.word()?);
                Self::Range { least: Named { ups, name, value }, most: rest.only()? }
            }
            Head::Cmd => pair(rest).map(|(ups, name)| Self::Cmd(ups, name))?,
            Head::Client => pair(rest).map(|(ups, who)| Self::Client(ups, who))?,
            Head::NumLogins => {
                let (ups, count) = pair(rest)?;
                Self::NumLogins(ups, count.value().ok_or(Malformed)?)
            }
            Head::UpsDesc => pair(rest).map(|(ups, text)| Self::UpsDesc(ups, text))?,
            Head::Desc => named(rest).map(Self::Desc)?,
            Head::CmdDesc => named(rest).map(Self::CmdDesc)?,
            Head::Type => Self::Type(rest.word()?, rest.word()?, rest),
        })
    }

    /// Writes the line and its end.
    pub fn emit(&self, out: &mut Writer<'_>) -> Result<(), Full> {
        let mut line = Line::new(out);
        match *self {
            Self::Ok(done) => done.emit(&mut line)?,
            Self::Err(why) => {
                line.keyword(Head::Err.text())?;
                line.keyword(why.text())?;
            }
            Self::UnknownErr(why) => line.bare(Head::Err, &[why])?,
            Self::Begin(list) => line.list(Head::Begin, list)?,
            Self::End(list) => line.list(Head::End, list)?,
            Self::Ups(ups, text) => line.told(Head::Ups, &[ups], text)?,
            Self::Var(var) => line.named(Head::Var, var)?,
            Self::Rw(var) => line.named(Head::Rw, var)?,
            Self::Enum(var) => line.named(Head::Enum, var)?,
            Self::Range { least, most } => {
                line.named(Head::Range, least)?;
                line.quoted(most)?;
            }
            Self::Cmd(ups, name) => line.bare(Head::Cmd, &[ups, name])?,
            Self::Client(ups, who) => line.bare(Head::Client, &[ups, who])?,
            Self::NumLogins(ups, count) => {
                line.bare(Head::NumLogins, &[ups])?;
                line.number(count)?;
            }
            Self::UpsDesc(ups, text) => line.told(Head::UpsDesc, &[ups], text)?,
            Self::Desc(var) => line.named(Head::Desc, var)?,
            Self::CmdDesc(cmd) => line.named(Head::CmdDesc, cmd)?,
            Self::Type(ups, name, kinds) => {
                line.bare(Head::Type, &[ups, name])?;
                kinds.emit(&mut line)?;
            }
            Self::Tracking(state) => line.keyword(state.text())?,
            Self::Text(words) => words.emit(&mut line)?,
        }
        line.end()
    }
}

impl<'a> Done<'a> {
    fn of(words: Words<'a>) -> Self {
        let mut rest = words;
        let Some(first) = rest.next() else { return Self::Plain };
        let alone = rest.end().is_ok();
        match Success::of(first) {
            Some(Success::Goodbye) if alone => Self::Goodbye,
            Some(Success::PrimaryGranted) if alone => Self::PrimaryGranted,
            Some(Success::MasterGranted) if alone => Self::MasterGranted,
            Some(Success::FsdSet) if alone => Self::FsdSet,
            Some(Success::StartTls) if alone => Self::StartTls,
            Some(Success::Tracking) => rest.only().map_or(Self::Other(words), Self::Tracking),
            Some(_) | None => Self::Other(words),
        }
    }

    fn emit(self, line: &mut Line<'_, '_>) -> Result<(), Full> {
        line.keyword(Head::Ok.text())?;
        match self {
            Self::Plain => Ok(()),
            Self::Goodbye => line.keyword(Success::Goodbye.text()),
            Self::PrimaryGranted => line.keyword(Success::PrimaryGranted.text()),
            Self::MasterGranted => line.keyword(Success::MasterGranted.text()),
            Self::FsdSet => line.keyword(Success::FsdSet.text()),
            Self::StartTls => line.keyword(Success::StartTls.text()),
            Self::Tracking(number) => {
                line.keyword(Success::Tracking.text())?;
                line.word(number)
            }
            Self::Other(words) => words.emit(line),
        }
    }
}

fn list(mut rest: Words<'_>) -> Result<List<'_>, Malformed> {
    if rest.word()?.is("LIST") { List::of(rest) } else { Err(Malformed) }
}

fn pair<'a>(mut rest: Words<'a>) -> Result<(Word<'a>, Word<'a>), Malformed> {
    Ok((rest.word()?, rest.only()?))
}

fn named(mut rest: Words<'_>) -> Result<Named<'_>, Malformed> {
    let (ups, name) = (rest.word()?, rest.word()?);
    Ok(Named { ups, name, value: rest.only()? })
}

impl Line<'_, '_> {
    fn bare(&mut self, head: Head, words: &[Word<'_>]) -> Result<(), Full> {
        self.keyword(head.text())?;
        words.iter().try_for_each(|word| self.word(*word))
    }

    fn told(&mut self, head: Head, words: &[Word<'_>], text: Word<'_>) -> Result<(), Full> {
        self.bare(head, words)?;
        self.quoted(text)
    }

    fn named(&mut self, head: Head, of: Named<'_>) -> Result<(), Full> {
        self.told(head, &[of.ups, of.name], of.value)
    }

    fn list(&mut self, head: Head, list: List<'_>) -> Result<(), Full> {
        self.keyword(head.text())?;
        self.keyword("LIST")?;
        list.emit(self)
    }
}
