//! What PowerShell is told about a failover cluster of Windows, and how its answers are read.
//!
//! All texts for it are in this file. Names of nodes are checked names without quotes in them.

use serde::Deserialize;

use super::command::Failure;
use super::tool::{Step, unclear};
use crate::config::Nodes;

/// Where PowerShell is, as every Windows finds it.
pub(super) const POWERSHELL: &str = "powershell.exe";
/// Before each text: the first failure ends it.
const BEGIN: &str = "$ErrorActionPreference = 'Stop'; Import-Module FailoverClusters; ";
/// The node as it is after waking: 0 up, 1 down, 2 paused, 3 joining.
const STATES: &str = "ConvertTo-Json -Compress @(Get-ClusterNode | \
                      ForEach-Object { @{ name = $_.Name; state = [string]$_.State } })";

/// A node, as `Get-ClusterNode` tells of it.
#[derive(Debug, Deserialize)]
struct Node {
    name: String,
    state: String,
}

/// Whether a cluster answers at all.
#[derive(Debug, Deserialize)]
struct Service {
    running: bool,
}

/// The command line for a text. It is given as Base64, so that nothing on the way reads it.
pub(super) fn argv(program: String, script: &str) -> Vec<String> {
    let utf16: Vec<u8> = script.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let words = ["-NoProfile", "-NonInteractive", "-EncodedCommand"];
    let words = words.iter().map(|word| (*word).to_owned());
    std::iter::once(program).chain(words).chain([base64(&utf16)]).collect()
}

/// Asks which nodes are suspended, or whether the cluster runs.
pub(super) fn look(nodes: Nodes, _: &[String]) -> String {
    match nodes {
        Nodes::Suspend | Nodes::Drain => format!("{BEGIN}{STATES}"),
        Nodes::Stop => "$s = Get-Service ClusSvc; ConvertTo-Json -Compress \
                        @{ running = ($s.Status -eq 'Running') }"
            .to_owned(),
    }
}

/// Those of the machines that are in maintenance, by what PowerShell has answered.
pub(super) fn inside(
    nodes: Nodes,
    machines: &[String],
    answer: &str,
) -> Result<Vec<String>, Failure> {
    let wrong = |_| unclear(answer);
    // Windows begins some answers with a mark of their byte order.
    let text = answer.trim_start_matches('\u{feff}').trim();
    if nodes == Nodes::Stop {
        let service: Service = serde_json::from_str(text).map_err(wrong)?;
        return Ok(if service.running { Vec::new() } else { machines.to_vec() });
    }
    let all: Vec<Node> = serde_json::from_str(text).map_err(wrong)?;
    let mut inside = Vec::new();
    for machine in machines {
        let node = all.iter().find(|node| node.name.eq_ignore_ascii_case(machine));
        let node = node.ok_or_else(|| {
            Failure::Failed(format!("the cluster has no node {machine}: correct 'machines'"))
        })?;
        if node.state.eq_ignore_ascii_case("Paused") {
            inside.push(machine.clone());
        }
    }
    Ok(inside)
}

/// Does it with those nodes, or with the whole cluster.
pub(super) fn step(nodes: Nodes, step: Step, machines: &[String]) -> String {
    let each = |command: &str| {
        let names: Vec<_> = machines.iter().map(|name| format!("'{name}'")).collect();
        format!("{BEGIN}foreach ($n in @({})) {{ {command} | Out-Null }}", names.join(", "))
    };
    match (nodes, step) {
        (Nodes::Suspend, Step::Enter) => each("Suspend-ClusterNode -Name $n"),
        (Nodes::Drain, Step::Enter) => each("Suspend-ClusterNode -Name $n -Drain -Wait"),
        (Nodes::Suspend, Step::Leave) => each("Resume-ClusterNode -Name $n -Failback NoFailback"),
        (Nodes::Drain, Step::Leave) => each("Resume-ClusterNode -Name $n -Failback Immediate"),
        (Nodes::Stop, Step::Enter) => format!("{BEGIN}Stop-Cluster -Force"),
        (Nodes::Stop, Step::Leave) => format!("{BEGIN}Start-Cluster | Out-Null"),
    }
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let all = chunk.iter().fold(0_u32, |all, byte| all << 8 | u32::from(*byte));
        let all = all << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = all >> (18 - 6 * place) & 63;
            text.push(if place > chunk.len() { '=' } else { DIGITS[digit as usize].into() });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_rfc() {
        let texts = ["", "f", "fo", "foo", "foob", "fooba", "foobar"];
        let encoded = ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"];
        assert_eq!(texts.map(|text| base64(text.as_bytes())), encoded);
    }

    #[test]
    fn nodes_are_read_as_powershell_tells_of_them() {
        let machines = ["node1".to_owned(), "node2".to_owned()];
        let answer = "\u{feff}[{\"state\":\"Up\",\"name\":\"NODE1\"},\
                      {\"state\":\"Paused\",\"name\":\"NODE2\"}]\r\n";
        assert_eq!(inside(Nodes::Suspend, &machines, answer), Ok(vec!["node2".to_owned()]));
        let missing = inside(Nodes::Drain, &machines, "[{\"name\":\"node1\",\"state\":\"Up\"}]");
        assert!(missing.is_err_and(|error| format!("{error:?}").contains("no node node2")));
        assert!(inside(Nodes::Suspend, &machines, "Get-ClusterNode : no").is_err());
        assert_eq!(inside(Nodes::Stop, &machines, "{\"running\":true}"), Ok(Vec::new()));
        assert_eq!(inside(Nodes::Stop, &machines, "{\"running\":false}"), Ok(machines.to_vec()));
    }

    #[test]
    fn a_text_reaches_powershell_as_utf_16_in_base64() {
        let argv = argv("pwsh".to_owned(), "Ab");
        assert_eq!(argv, ["pwsh", "-NoProfile", "-NonInteractive", "-EncodedCommand", "QQBiAA=="]);
        let nodes = ["a".to_owned(), "b".to_owned()];
        let text = step(Nodes::Suspend, Step::Enter, &nodes);
        assert!(text.ends_with(
            "foreach ($n in @('a', 'b')) { Suspend-ClusterNode -Name $n | \
                                Out-Null }"
        ));
    }
}
