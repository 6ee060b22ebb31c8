//! What the agent tells cluster managers of itself, in the form that fence-agents checks.

use std::fmt::Write as _;

/// An option, for cluster managers.
struct Parameter {
    name: &'static str,
    getopt: &'static str,
    kind: &'static str,
    default: Option<&'static str>,
    /// An older name for the one in it.
    instead_of: Option<&'static str>,
    obsoletes: Option<&'static str>,
    about: &'static str,
}

const fn plain(name: &'static str, getopt: &'static str, about: &'static str) -> Parameter {
    Parameter {
        name,
        getopt,
        kind: "string",
        default: None,
        instead_of: None,
        obsoletes: None,
        about,
    }
}

const PARAMETERS: [Parameter; 12] = [
    Parameter { default: Some("reboot"), ..plain("action", "-o, --action=[action]", "What to do") },
    Parameter {
        obsoletes: Some("port"),
        ..plain("plug", "-n, --plug=[server]", "The server, by its system name or host address")
    },
    Parameter {
        instead_of: Some("plug"),
        ..plain("port", "-n, --plug=[server]", "The server, by its system name or host address")
    },
    plain("nodename", "-N, --nodename=[server]", "The server, where no plug is given"),
    Parameter {
        kind: "integer",
        ..plain(
            "cluster",
            "--cluster=[number]",
            "The server's cluster, where two have a server of that name",
        )
    },
    plain(
        "ip",
        "-a, --ip=[address]",
        "Address of the connector's control socket; without it as the configuration says",
    ),
    Parameter {
        kind: "integer",
        ..plain(
            "ipport",
            "-u, --ipport=[port]",
            "Port of the connector's control socket; without it as the configuration says",
        )
    },
    plain(
        "token_file",
        "-k, --token-file=[file]",
        "File with the connector's token; without it as the configuration says",
    ),
    plain("config", "--config=[file]", "Configuration file of all parties"),
    plain(
        "host",
        "--host=[name]",
        "System name of the node that the agent runs on; without it the machine's name",
    ),
    Parameter {
        kind: "second",
        default: Some("0"),
        ..plain("delay", "--delay=[seconds]", "Wait so long before a server is switched")
    },
    Parameter {
        kind: "boolean",
        ..plain("verbose", "-v, --verbose", "More words on standard error")
    },
];

const ACTIONS: [&str; 9] =
    ["on", "off", "reboot", "status", "monitor", "list", "list-status", "metadata", "validate-all"];

/// The whole description.
pub(super) fn xml() -> String {
    let mut xml = format!(
        "<?xml version=\"1.0\" ?>\n\
         <resource-agent name=\"fence_komainu\" shortdesc=\"Fence agent for Komainu connectors\">\n\
         <longdesc>{}</longdesc>\n<vendor-url>{}</vendor-url>\n<parameters>\n",
        escaped(ABOUT),
        env!("CARGO_PKG_REPOSITORY"),
    );
    for parameter in &PARAMETERS {
        parameter.write(&mut xml);
    }
    xml += "</parameters>\n<actions>\n";
    for action in ACTIONS {
        let automatic = if action == "on" { " automatic=\"0\"" } else { "" };
        // Text grows without failing.
        let _ = writeln!(xml, "  <action name=\"{action}\"{automatic}/>");
    }
    xml + "</actions>\n</resource-agent>\n"
}

const ABOUT: &str = "Asks a Komainu connector, which keeps a session with every server's BMC open, \
    to switch a server off or on. \"off\" and \"reboot\" succeed only when the BMC was read and \
    said off after the request.";

impl Parameter {
    fn write(&self, xml: &mut String) {
        let Self { name, getopt, kind, .. } = self;
        let deprecated = if self.instead_of.is_some() { " deprecated=\"1\"" } else { "" };
        let obsoletes = self.obsoletes.map(|old| format!(" obsoletes=\"{old}\""));
        let default = self.default.map(|value| format!(" default=\"{value}\""));
        let _ = writeln!(
            xml,
            "  <parameter name=\"{name}\" unique=\"0\" required=\"0\"{deprecated}{}>\n    \
             <getopt mixed=\"{getopt}\"/>\n    <content type=\"{kind}\"{}/>\n    \
             <shortdesc lang=\"en\">{}</shortdesc>\n  </parameter>",
            obsoletes.unwrap_or_default(),
            default.unwrap_or_default(),
            escaped(self.about),
        );
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, ValueEnum};

    use super::*;
    use crate::cli::{AgentAction, FenceAgent};

    #[test]
    fn it_tells_of_every_option_and_action() {
        let command = FenceAgent::command();
        for argument in command.get_arguments().filter_map(clap::Arg::get_long) {
            let name = argument.replace('-', "_");
            let own = ["help", "version"].contains(&argument);
            assert!(own || PARAMETERS.iter().any(|one| one.name == name), "{name} is missing");
        }
        let actions = AgentAction::value_variants().iter().filter_map(ValueEnum::to_possible_value);
        let actions: Vec<_> = actions.map(|action| action.get_name().to_owned()).collect();
        assert_eq!(actions, ACTIONS);
    }

    #[test]
    fn every_option_can_be_given_on_standard_input() {
        for parameter in &PARAMETERS {
            let value = match parameter.name {
                "action" => "on",
                "ip" => "127.0.0.1",
                _ => "1",
            };
            let read = super::super::options::read(&format!("{}={value}", parameter.name));
            assert_eq!(read.expect("sound").unknown, Vec::<String>::new());
        }
    }
}
