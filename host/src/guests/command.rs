//! Guests of anything, through commands of the operator.
//!
//! A command is a program and its arguments. The argument `{guest}` stands for the guest's name;
//! no shell ever reads it.

use komainu_core::guests::Work;

use super::{Found, GuestName};
use crate::maintenance::{Commands, Failure};

/// The argument that stands for the guest's name.
const GUEST: &str = "{guest}";

/// How guests are listed, stopped and started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Templates {
    /// Prints the names of the guests that run, each on a line.
    pub(crate) list: Vec<String>,
    /// Asks a guest to stop. It may end before the guest has, or with it.
    pub(crate) stop: Vec<String>,
    /// Switches a guest off.
    pub(crate) kill: Vec<String>,
    /// Saves its state and so ends it; none = that cannot be done.
    pub(crate) save: Option<Vec<String>>,
    /// Starts it.
    pub(crate) start: Vec<String>,
    /// Ends with 0 when it is ready; none = it is ready when it runs.
    pub(crate) ready: Option<Vec<String>>,
}

impl Templates {
    /// The guests that run.
    pub(super) async fn list(&self, commands: &Commands) -> Result<Vec<Found>, Failure> {
        let output = commands.ask(&self.list).await?;
        let names = output.lines().map(str::trim).filter(|name| !name.is_empty());
        let found =
            |name: &str| Found { name: name.to_owned(), id: name.to_owned(), on: true, auto: None };
        Ok(names.map(found).collect())
    }

    /// Does something to one guest.
    pub(super) async fn act(
        &self,
        work: Work,
        name: &GuestName,
        commands: &Commands,
    ) -> Result<(), Failure> {
        let template = match work {
            Work::List => return Ok(()),
            Work::Stop(_) => Some(&self.stop),
            Work::Kill(_) => Some(&self.kill),
            Work::Save(_) => self.save.as_ref(),
            Work::Start(_) => Some(&self.start),
            Work::Ready(_) => match &self.ready {
                Some(ready) => Some(ready),
                None => return Ok(()),
            },
        };
        let missing = || Failure::Failed("no command is configured for that".into());
        let argv = filled(template.ok_or_else(missing)?, name);
        commands.succeed(&argv).await
    }
}

fn filled(template: &[String], name: &GuestName) -> Vec<String> {
    let word = |word: &String| if word == GUEST { name.as_str().to_owned() } else { word.clone() };
    template.iter().map(word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_an_argument_and_nothing_else() {
        let name = GuestName::new("a; rm -rf / $(reboot)").expect("a name");
        let template = ["vmctl", "stop", "{guest}", "--note={guest}"].map(str::to_owned);
        let argv = filled(&template, &name);
        assert_eq!(argv, ["vmctl", "stop", "a; rm -rf / $(reboot)", "--note={guest}"]);
    }
}
