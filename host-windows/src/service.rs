//! `komainu service`: connector and member as services of Windows.

mod control;
mod install;

use std::ffi::OsString;
use std::fmt;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};
use komainu_host::windows::services;

pub(crate) use control::{Manager, WATCHDOG};

/// `komainu service`.
#[derive(Debug, Parser)]
#[command(
    name = "komainu service",
    about = "Install, remove, start and stop connector and member as services of Windows",
    after_help = "Settings, keys and records are in %ProgramData%\\Komainu; messages are in the \
                  event log, Application, source Komainu.",
    subcommand_value_name = "VERB",
    subcommand_help_heading = "Verbs",
    disable_help_subcommand = true
)]
struct Cli {
    /// What to do.
    #[command(subcommand)]
    verb: Verb,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Verb {
    /// Install a service that starts with Windows; one that is there is brought up to date
    Install(What),
    /// Stop a service and remove it; settings, keys and records stay
    Uninstall {
        /// Which service
        party: Party,
    },
    /// Start a service, and wait until it runs
    Start {
        /// Which service
        party: Party,
    },
    /// Stop a service, and wait until it has ended
    Stop {
        /// Which service
        party: Party,
    },
    /// What the service control manager starts
    #[command(hide = true)]
    Run(What),
}

/// A service and its arguments.
#[derive(Debug, clap::Args)]
struct What {
    /// Which service
    party: Party,
    /// Arguments for it, as 'komainu connector' and 'komainu member' have them
    #[arg(value_name = "ARGUMENTS", last = true)]
    arguments: Vec<OsString>,
}

/// Which service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Party {
    /// Answers the members, fences through BMCs
    Connector,
    /// Watches the other hosts, runs the services of this one
    Member,
}

impl Party {
    /// The verb of the program.
    const fn word(self) -> &'static str {
        match self {
            Self::Connector => "connector",
            Self::Member => "member",
        }
    }

    /// The service's name.
    const fn name(self) -> &'static str {
        match self {
            Self::Connector => "KomainuConnector",
            Self::Member => "KomainuMember",
        }
    }

    /// Its name for people.
    const fn title(self) -> &'static str {
        match self {
            Self::Connector => "Komainu connector",
            Self::Member => "Komainu member",
        }
    }

    /// What it is for.
    const fn about(self) -> &'static str {
        match self {
            Self::Connector => "Fences failed servers through their BMCs, and watches their power.",
            Self::Member => "Watches the other hosts of its cluster, and runs the services here.",
        }
    }

    /// How long it may take to stop: a connector closes its sessions with the BMCs, a member runs
    /// the stop commands of its services one after the other.
    const fn patience(self) -> Duration {
        match self {
            Self::Connector => Duration::from_secs(15),
            Self::Member => Duration::from_mins(15),
        }
    }
}

/// Runs the verb of the command line.
pub(crate) fn run() -> ExitCode {
    // The name of the program stands for both words of the command.
    let cli = match Cli::try_parse_from(std::env::args_os().skip(1)) {
        Ok(cli) => cli,
        Err(error) => {
            // Help that nobody reads to its end is no failure.
            let _ = error.print();
            return u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from);
        }
    };
    let done = match cli.verb {
        Verb::Install(What { party, arguments }) => install::install(party, arguments),
        Verb::Uninstall { party } => install::uninstall(party),
        Verb::Start { party } => install::start(party),
        Verb::Stop { party } => install::stop(party),
        Verb::Run(What { party, arguments }) => control::run(party, arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Refusal(text)) => {
            // As everything that fails on this machine: see docs/operating.md.
            eprintln!("KMN101-E {text}");
            ExitCode::FAILURE
        }
    }
}

/// Why it was not done, with what helps.
#[derive(Debug)]
struct Refusal(String);

impl Refusal {
    fn of(what: &str, error: impl fmt::Display) -> Self {
        Self(format!("{what}: {error}"))
    }

    /// What the service control manager has answered.
    fn told(party: Party, error: windows_service::Error) -> Self {
        let (name, word) = (party.name(), party.word());
        let cause = match &error {
            windows_service::Error::Winapi(cause) => cause.to_string(),
            error => error.to_string(),
        };
        let remedy = match services::code(&error) {
            Some(5) => "Run this as administrator.".to_owned(),
            Some(1060) => format!("Install it with 'komainu service install {word}'."),
            Some(1063) => format!("The system starts this; in a console run 'komainu {word}'."),
            Some(1072) => "It is on its way out: close what looks at services.".to_owned(),
            Some(_) | None => return Self::of(name, cause),
        };
        Self(format!("{name}: {cause}\n  {remedy}"))
    }
}
