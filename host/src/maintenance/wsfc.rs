//! What PowerShell is asked to do with a failover cluster of Windows, and how its answers are read.

use serde::Deserialize;

use super::command::Failure;
use super::tool::{Step, unclear};
use crate::config::Nodes;
use crate::powershell::{self, NodeVerb, Script};

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

/// Asks which nodes are suspended, or whether the cluster runs.
pub(super) fn look(nodes: Nodes) -> Script<'static> {
    match nodes {
        Nodes::Suspend | Nodes::Drain => Script::Nodes,
        Nodes::Stop => Script::ClusterRuns,
    }
}

/// Those of the machines that are in maintenance, by what PowerShell has answered.
pub(super) fn inside(
    nodes: Nodes,
    machines: &[String],
    answer: &str,
) -> Result<Vec<String>, Failure> {
    let wrong = |_| unclear(answer);
    let text = powershell::answer(answer);
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
pub(super) fn step(nodes: Nodes, step: Step, machines: &[String]) -> Script<'_> {
    match (nodes, step) {
        (Nodes::Suspend, Step::Enter) => Script::EachNode(NodeVerb::Suspend, machines),
        (Nodes::Drain, Step::Enter) => Script::EachNode(NodeVerb::Drain, machines),
        (Nodes::Suspend, Step::Leave) => Script::EachNode(NodeVerb::Resume, machines),
        (Nodes::Drain, Step::Leave) => Script::EachNode(NodeVerb::FailBack, machines),
        (Nodes::Stop, Step::Enter) => Script::StopCluster,
        (Nodes::Stop, Step::Leave) => Script::StartCluster,
    }
}

#[cfg(test)]
mod tests {
    //! The JSON here is written from Microsoft's documentation of `Get-ClusterNode`, not recorded:
    //! there is no failover cluster where these tests run.

    use super::*;

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
}
