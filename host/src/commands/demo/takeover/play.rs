//! After the story: the servers are the user's to kill, hang and revive.

use std::io::{self, BufRead};
use std::process::Command;
use std::time::Duration;

use super::site::Which;
use super::stage::{Event, Stage, Tell};
use crate::commands::Stop;
use crate::service::unix_ms;

/// In which something wakes the loop, such as an answer of the service.
const FOREVER: Duration = Duration::from_secs(86_400);

const HELP: &str = "
Now it is your turn. Say, with the name of a server behind it or for the one that it fits:

  kill     all its processes die, its power stays on: as when its system crashes
  hang     all its processes stand still: as when its system hangs
  cut      its power is switched off
  revive   it goes on, or is switched on, or starts again
  swap     hand the service over as planned, without any failure
  show     who serves, who stands by, and what the connector sees
  quit     end (so does Ctrl-C)
";

/// What the user may say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Kill(Option<Which>),
    Hang(Option<Which>),
    Cut(Option<Which>),
    Revive(Option<Which>),
    Swap,
    Show,
    Help,
    Quit,
}

/// Plays until the user has enough.
pub(super) async fn play(stage: &mut Stage, tell: Tell) -> Result<(), Stop> {
    stage.teller.say(HELP);
    listen(tell);
    loop {
        stage.until(FOREVER, |stage| !stage.words.is_empty()).await?;
        let Some(word) = stage.words.pop_front() else { continue };
        let Some(word) = word else { return Ok(()) };
        match Order::of(&word) {
            Some(Order::Quit) => return Ok(()),
            Some(order) => carry_out(stage, order)?,
            None => stage.teller.say("That is no word of this play; 'help' lists them."),
        }
    }
}

/// Hears what is typed.
fn listen(tell: Tell) {
    std::thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            if tell.send(Event::Word(Some(line))).is_err() {
                return;
            }
        }
        let _ = tell.send(Event::Word(None));
    });
}

impl Order {
    /// What that line says; an empty one asks for help.
    fn of(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace();
        let verb = words.next().unwrap_or("help");
        let name = words.next().map(|name| Which::named(name).ok_or(()));
        let name = name.transpose().ok().filter(|_| words.next().is_none())?;
        let order = match verb {
            "kill" | "k" => Self::Kill(name),
            "hang" | "h" => Self::Hang(name),
            "cut" | "c" => Self::Cut(name),
            "revive" | "r" => Self::Revive(name),
            "swap" | "w" if name.is_none() => Self::Swap,
            "show" | "s" if name.is_none() => Self::Show,
            "help" | "?" if name.is_none() => Self::Help,
            "quit" | "exit" | "q" if name.is_none() => Self::Quit,
            _ => return None,
        };
        Some(order)
    }
}

fn carry_out(stage: &mut Stage, order: Order) -> Result<(), Stop> {
    let active = stage.seen.serving;
    let at = unix_ms();
    let of = |name: Option<Which>| name.or(active).unwrap_or(Which::Alpha);
    let (which, text) = match order {
        Order::Kill(name) => {
            stage.machine(of(name)).end()?;
            (of(name), "crashes: all its processes are killed. Its power stays on.")
        }
        Order::Hang(name) => {
            stage.machine(of(name)).hang();
            (of(name), "hangs: all its processes stand still. Its power stays on.")
        }
        Order::Cut(name) => {
            stage.set_power(of(name), false);
            (of(name), "is switched off. Its BMC has power of its own, and can tell.")
        }
        Order::Revive(name) => {
            // The one that does not serve is the one that needs it.
            let which = name.or(active.map(Which::other)).unwrap_or(Which::Alpha);
            (which, revive(stage, which)?)
        }
        Order::Swap => return swap(stage),
        Order::Show => return show(stage),
        Order::Help | Order::Quit => {
            stage.teller.say(HELP);
            return Ok(());
        }
    };
    stage.figures.fails(which, at);
    stage.teller.began(at, format!("{} {text}", which.name()));
    Ok(())
}

fn revive(stage: &Stage, which: Which) -> Result<&'static str, Stop> {
    let machine = stage.machine(which);
    if !stage.has_power(which) {
        stage.set_power(which, true);
        return Ok("is switched on.");
    }
    if machine.runs() {
        machine.wake();
        return Ok("goes on, if it stood still.");
    }
    machine.boot()?;
    Ok("starts again.")
}

fn swap(stage: &mut Stage) -> Result<(), Stop> {
    let Some(active) = stage.seen.serving else {
        stage.teller.say("Nobody serves now.");
        return Ok(());
    };
    let text = format!("{} is told to hand the service over: komainu swap web", active.name());
    stage.teller.began(unix_ms(), text);
    komainu(stage, &["swap", "web"], active)
}

fn show(stage: &mut Stage) -> Result<(), Stop> {
    for which in Which::ALL {
        let power = if stage.has_power(which) { "on" } else { "off" };
        let does = match stage.seen.serving == Some(which) {
            true => "answers",
            false => "does not answer",
        };
        let (name, web) = (which.name(), stage.site.web(which));
        stage.teller.say(&format!("  {name:6} power {power:4} http://{web}/ {does}"));
    }
    stage.teller.say("And what the connector sees: komainu show");
    komainu(stage, &["show"], Which::Alpha)
}

/// Starts an operator's command. It ends by itself, and writes to the terminal by itself.
fn komainu(stage: &Stage, words: &[&str], at: Which) -> Result<(), Stop> {
    let mut command = Command::new(&stage.site.program);
    command.args(words).arg("--config").arg(stage.site.config_of(at));
    let mut child = command.spawn()?;
    std::thread::spawn(move || child.wait());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_understood_with_and_without_a_server() {
        assert_eq!(Order::of("kill"), Some(Order::Kill(None)));
        assert_eq!(Order::of(" hang  beta "), Some(Order::Hang(Some(Which::Beta))));
        assert_eq!(Order::of("c alpha"), Some(Order::Cut(Some(Which::Alpha))));
        assert_eq!(Order::of("revive"), Some(Order::Revive(None)));
        assert_eq!(Order::of(""), Some(Order::Help));
        assert_eq!(Order::of("quit"), Some(Order::Quit));
        for wrong in ["kill gamma", "kill alpha beta", "quit alpha", "shoot"] {
            assert_eq!(Order::of(wrong), None, "{wrong}");
        }
    }
}
