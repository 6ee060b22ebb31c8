//! Options that would put a secret on the command line: known, so that they can be refused with
//! the reason, and without showing the secret again.

use std::ffi::OsStr;

use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use clap::{Arg, Command, Error};

/// Refuses whatever is given, without repeating it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Refused {
    /// A password.
    Password,
    /// A Kg.
    Kg,
}

/// Never made: the parser always fails.
#[derive(Clone, Debug)]
pub(crate) enum Never {}

impl TypedValueParser for Refused {
    type Value = Never;

    fn parse_ref(
        &self,
        command: &Command,
        _: Option<&Arg>,
        _: &OsStr,
    ) -> Result<Self::Value, Error> {
        let (what, file, variable) = match self {
            Self::Password => ("a password", "--password-file FILE", "KOMAINU_PASSWORD"),
            Self::Kg => ("Kg", "--kg-file FILE", "KOMAINU_KG"),
        };
        let text = format!(
            "{what} is not taken from the command line: every user of this machine can read it \
             there, and the shell's history keeps it\n\n  \
             Use {file} ('-' is standard input) or the variable {variable}{}\n",
            match self {
                Self::Password => ", or leave it out to be asked.",
                Self::Kg => ".",
            }
        );
        Err(Error::raw(ErrorKind::ValueValidation, text).with_cmd(command))
    }
}
