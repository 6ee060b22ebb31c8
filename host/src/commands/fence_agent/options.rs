//! The options of an agent on standard input: lines of names and values.

use std::path::PathBuf;
use std::str::FromStr;

use clap::ValueEnum;

use crate::cli::values::duration;
use crate::cli::{AgentAction, FenceAgentArgs};

/// Options that were read.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Read {
    pub(super) args: FenceAgentArgs,
    /// Names that mean nothing to this agent. Pacemaker hands over its own as well.
    pub(super) unknown: Vec<String>,
}

/// Reads them; the text tells the line that is wrong.
pub(super) fn read(text: &str) -> Result<Read, String> {
    let mut read = Read::default();
    let lines = text.lines().map(str::trim);
    for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let pair = line.split_once('=');
        let (name, value) = pair.ok_or_else(|| format!("{line:?} is not NAME=VALUE"))?;
        let known = set(&mut read.args, name.trim(), value.trim());
        if !known.map_err(|why| format!("{line:?}: {why}"))? {
            read.unknown.push(name.to_owned());
        }
    }
    Ok(read)
}

/// Sets an option; whether there is one of that name.
fn set(args: &mut FenceAgentArgs, name: &str, value: &str) -> Result<bool, String> {
    // An option without a value is one that was not given.
    if value.is_empty() {
        return Ok(true);
    }
    match name {
        "action" | "option" => args.action = Some(AgentAction::from_str(value, true)?),
        "plug" | "port" => args.plug = Some(value.to_owned()),
        "nodename" => args.nodename = Some(value.to_owned()),
        "cluster" => args.cluster = Some(parsed(value)?),
        "host" => args.host = Some(value.to_owned()),
        "ip" | "ipaddr" => args.ip = Some(parsed(value)?),
        "ipport" => args.ipport = Some(parsed(value)?),
        "token_file" => args.token_file = Some(PathBuf::from(value)),
        "config" => args.config = Some(PathBuf::from(value)),
        // None at all is what most say.
        "delay" if value == "0" => args.delay = None,
        "delay" => args.delay = Some(duration(value)?),
        "verbose" => args.verbose = matches!(value, "1" | "on" | "yes" | "true"),
        _ => return Ok(false),
    }
    Ok(true)
}

fn parsed<T: FromStr<Err: ToString>>(value: &str) -> Result<T, String> {
    value.parse().map_err(|error: T::Err| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_as_pacemaker_writes_them() {
        let text = "# from a cluster\naction=off\n nodename = n7 \nplug=h7\nipport=7430\ndelay=2s\n\
                    crm_meta_timeout=60000\ntoken_file=/run/token\nip=\n";
        let read = read(text).expect("sound");
        assert_eq!(read.args.action, Some(AgentAction::Off));
        assert_eq!(read.args.plug.as_deref(), Some("h7"));
        assert_eq!(read.args.nodename.as_deref(), Some("n7"));
        assert_eq!((read.args.ip, read.args.ipport), (None, Some(7430)));
        assert_eq!(read.args.token_file, Some(PathBuf::from("/run/token")));
        assert_eq!(read.args.delay, Some(std::time::Duration::from_secs(2)));
        assert_eq!(read.unknown, ["crm_meta_timeout"]);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for wrong in ["action", "action=explode", "ipport=70000", "ip=here", "delay=soon"] {
            let text = read(wrong).expect_err(wrong);
            assert!(text.contains(wrong), "{text}");
        }
    }

    #[test]
    fn old_names_still_mean_the_same() {
        let (old, new) =
            (read("option=on\nport=h1\nipaddr=::1"), read("action=on\nplug=h1\nip=::1"));
        assert_eq!(old, new);
    }
}
