//! Reads whom services tell what happens, and the calendar.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::calendar::{Calendar, Entry, Start, When};
use crate::config::finding::{Finding, Notes, Severity};
use crate::config::reader::{Found, Marks, Reader};
use crate::config::secret::Secret;
use crate::config::table::{calendar, notice};
use crate::credentials::What;
use crate::exit::Exit;
use crate::mail::{self, Recipient, Security};
use crate::tell::{CommandSetup, Least, NoticesSetup};

use super::Site;

/// Whom services tell.
#[derive(Debug)]
pub(crate) struct Notices {
    mail: Option<Mail>,
    commands: Vec<CommandSetup>,
}

/// How people are told.
#[derive(Debug)]
struct Mail {
    server: String,
    port: u16,
    security: Security,
    authorities: Option<PathBuf>,
    marks: Marks,
    login: Option<(String, Secret)>,
    from: String,
    to: Vec<String>,
    least: Least,
    timeout: Duration,
    gather: Duration,
}

/// An outage of the calendar.
#[derive(Clone, Debug)]
pub(crate) struct Occasion {
    /// When it is.
    pub(crate) entry: Entry,
    /// Also cut the outputs.
    pub(crate) cut: bool,
}

/// Reads whom services tell.
pub(super) fn read<'r>(notes: &'r Notes<'r>, file: &Reader<'r>, folder: &Path) -> Option<Notices> {
    let mail = match file.table(&notice::MAIL) {
        Some(found) => Some(read_mail(notes, found, folder)?),
        None => None,
    };
    let commands = file.tables(&notice::NOTICE).into_iter().filter_map(|found| {
        let mut reader = Reader::new(notes, &notice::NOTICE, found);
        let command = reader.get(&notice::COMMAND);
        let least = reader.get(&notice::LEAST);
        let limit = reader.get(&notice::LIMIT);
        reader.finish();
        Some(CommandSetup { command: command?, least: least?, limit: limit?.duration() })
    });
    Some(Notices { mail, commands: commands.collect() })
}

fn read_mail<'r>(notes: &'r Notes<'r>, found: Found<'r>, folder: &Path) -> Option<Mail> {
    let mut reader = Reader::new(notes, &notice::MAIL, found);
    let server = reader.get(&notice::SERVER);
    let security = reader.get(&notice::SECURITY);
    let port = reader.get(&notice::PORT);
    let authorities = reader.get(&notice::CA_FILE).map(|path| folder.join(path));
    let user = reader.get(&notice::USER);
    let fields = (&notice::PASSWORD_FILE, &notice::PASSWORD_ENV, &notice::PASSWORD_CREDENTIAL);
    let password = Secret::optional(&mut reader, notes, fields, folder);
    let from = reader.get(&notice::FROM);
    let to = reader.get(&notice::TO);
    let least = reader.get(&notice::MAIL_LEAST);
    let timeout = reader.get(&notice::TIMEOUT);
    let gather = reader.get(&notice::GATHER);
    let (place, path) = reader.stands(&notice::USER);
    let login = match (user, password) {
        (None, None) => None,
        (Some(user), Some(password)) => Some((user, password)),
        _ => {
            notes.wrong(place, &path, "user and password come together", "say both, or neither");
            return None;
        }
    };
    let (marks, _) = reader.finish();
    let security = security?;
    if login.is_some() && security == Security::None {
        let text = "a password would be sent in the clear";
        notes.wrong(place, &path, text, "take security = \"starttls\" or \"tls\"");
        return None;
    }
    let port = port.unwrap_or(match security {
        Security::StartTls => 587,
        Security::Tls => 465,
        Security::None => 25,
    });
    Some(Mail {
        server: server?,
        port,
        security,
        authorities,
        marks,
        login,
        from: from?,
        to: to?,
        least: least?,
        timeout: timeout?.duration(),
        gather: gather?.duration(),
    })
}

/// Reads the calendar.
pub(super) fn occasions<'r>(notes: &'r Notes<'r>, file: &Reader<'r>) -> Vec<Occasion> {
    let found = file.tables(&calendar::CALENDAR);
    let all: Vec<_> = found.iter().filter_map(|found| occasion(notes, *found)).collect();
    let entries = all.iter().map(|one| one.entry.clone()).collect();
    if let Err(error) = Calendar::new(None, entries) {
        let at = found.first().map_or(file.at(), |found| found.at);
        notes.wrong(at, calendar::CALENDAR.path, error, "each needs its own name");
    }
    all
}

fn occasion<'r>(notes: &'r Notes<'r>, found: Found<'r>) -> Option<Occasion> {
    let mut reader = Reader::new(notes, &calendar::CALENDAR, found);
    let name = reader.get(&calendar::NAME);
    let weekly = reader.get(&calendar::WEEKLY);
    let yearly = reader.get(&calendar::YEARLY);
    let once = reader.get(&calendar::ONCE);
    let stop = reader.get(&calendar::STOP);
    let start = reader.get(&calendar::START);
    let days = reader.get(&calendar::AFTER_DAYS);
    let except = reader.get(&calendar::EXCEPT);
    let cut = reader.get(&calendar::CUT);
    let at = reader.at();
    let fields =
        [reader.has(&calendar::WEEKLY), reader.has(&calendar::YEARLY), reader.has(&calendar::ONCE)];
    reader.finish();
    if fields.iter().filter(|there| **there).count() != 1 {
        let text = "exactly one of 'weekly', 'yearly' and 'once' says when it is";
        notes.wrong(at, calendar::CALENDAR.path, text, "keep or add one");
        return None;
    }
    let weekly = weekly.map(|days| When::Weekly(days.into_iter().collect()));
    let yearly = yearly.map(|(month, day)| When::Yearly { month, day });
    let days = days?;
    let entry = Entry {
        name: name?.to_string(),
        when: weekly.or(yearly).or(once.map(When::Once))?,
        stop: stop?,
        start: start.map_or(Start::ByHand, |time| Start::At { time, days }),
        except: except?,
    };
    Some(Occasion { entry, cut: cut? })
}

impl Notices {
    /// Whether anybody is told at all.
    pub(crate) fn tells_anybody(&self) -> bool {
        self.mail.is_some() || !self.commands.is_empty()
    }

    /// The certificates that the mail server is trusted by, and where its fields stand.
    pub(crate) fn authorities(&self) -> Option<(&Marks, &Path)> {
        let mail = self.mail.as_ref()?;
        Some((&mail.marks, mail.authorities.as_deref()?))
    }

    /// The password that mail needs, if it needs one.
    pub(crate) fn password(&self) -> Option<&Secret> {
        self.mail.as_ref()?.login.as_ref().map(|(_, password)| password)
    }
}

impl Site {
    /// Whom the service of that name tells. Fails with what is not to be had.
    pub(crate) fn notices(&self, name: &str) -> Result<NoticesSetup, Vec<Finding>> {
        let mail = self.notices.mail.as_ref().map(Mail::setup).transpose();
        let mail = mail.map_err(|finding| vec![finding])?;
        Ok(NoticesSetup { name: name.to_owned(), mail, commands: self.notices.commands.clone() })
    }
}

impl Mail {
    fn setup(&self) -> Result<mail::Setup, Finding> {
        let read = |path: &PathBuf| {
            std::fs::read(path).map_err(|error| Finding {
                severity: Severity::Error(Exit::Local),
                place: self.marks.of(&notice::CA_FILE),
                field: self.marks.path(&notice::CA_FILE),
                text: format!("{}: {error}", path.display()),
                remedy: String::new(),
            })
        };
        let login = self.login.as_ref().map(|(user, secret)| {
            let password = secret.source.read(What::Password);
            let password = password.map_err(|error| secret.wrong(&error))?;
            let password = String::from_utf8_lossy(&password).into_owned().into();
            Ok::<_, Finding>((user.clone(), password))
        });
        let recipient =
            |address: &String| Recipient { address: address.clone(), least: self.least };
        Ok(mail::Setup {
            server: self.server.clone(),
            port: self.port,
            security: self.security,
            authorities: self.authorities.as_ref().map(read).transpose()?,
            login: login.transpose()?,
            from: self.from.clone(),
            to: self.to.iter().map(recipient).collect(),
            timeout: self.timeout,
            gather: self.gather,
        })
    }
}
