//! Whether a key may go: only when every host has shown that it accepts the one that stays.

use serde::Deserialize;

use super::finding::{Finding, Severity};
use super::site::{Cluster, Site};
use crate::exit::Exit;

/// What a connector tells of its clusters' keys; the rest of its status is not looked at.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Status {
    clusters: Vec<ClusterKeys>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct ClusterKeys {
    number: u16,
    key_number: u8,
    servers: Vec<HostKeys>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct HostKeys {
    name: String,
    /// 0 = none.
    keys: [u8; 2],
}

/// Refuses a file that takes a key away too early, by a connector's status.
pub(crate) fn check(site: &Site, status: &Status) -> Vec<Finding> {
    let mut found = Vec::new();
    for known in &status.clusters {
        let cluster = site.clusters.iter().find(|cluster| cluster.number == known.number);
        if let Some(cluster) = cluster {
            removed(&mut found, cluster, known);
        }
    }
    found
}

fn removed(found: &mut Vec<Finding>, cluster: &Cluster, known: &ClusterKeys) {
    let stays = |key: u8| cluster.keys.iter().any(|own| own.number.get() == key);
    let used = known.servers.iter().flat_map(|host| host.keys).chain([known.key_number]);
    let gone = |key: &u8| *key != 0 && !stays(*key);
    let (Some(gone), Some(first)) = (used.into_iter().find(gone), cluster.keys.first()) else {
        return;
    };
    let mut wrong = |text: String, remedy: &str| {
        let finding = first.secret.about(Severity::Error(Exit::Usage), text);
        found.push(Finding { remedy: remedy.to_owned(), ..finding });
    };
    if gone == known.key_number {
        let text = format!("key {gone} is taken out, but all still send with it");
        wrong(text, "keep both keys until the connector names the new one");
    }
    for host in &known.servers {
        if !host.keys.iter().any(|key| *key != 0 && stays(*key)) {
            let text = format!("{} has not shown that it accepts the key that stays", host.name);
            wrong(text, "keep both keys until it has: see 'komainu show' on the connector");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::example::{Topology, example};
    use std::path::Path;

    fn texts(config: &str, state: &str) -> Vec<String> {
        let site = Site::parse(config, Path::new("/")).site.expect("a site");
        let status = serde_json::from_str(state).expect("a status");
        check(&site, &status).into_iter().map(|finding| finding.text).collect()
    }

    fn state(sends_with: u8, alpha: [u8; 2], beta: [u8; 2]) -> String {
        format!(
            "{{\"name\": \"guard\", \"clusters\": [{{\"number\": 7410, \"key-number\": \
             {sends_with}, \"servers\": [{{\"name\": \"alpha\", \"keys\": {alpha:?}}}, \
             {{\"name\": \"beta\", \"keys\": {beta:?}}}]}}]}}"
        )
    }

    #[test]
    fn a_key_goes_when_every_host_has_the_other_one() {
        let old = example(Topology::OneToOne);
        let new = old.replacen("#number = 1\n", "number = 2\n", 1);
        assert_eq!(texts(&old, &state(1, [1, 0], [1, 0])), Vec::<String>::new());
        assert_eq!(texts(&new, &state(2, [1, 2], [2, 0])), Vec::<String>::new());
        let early = texts(&new, &state(1, [1, 2], [1, 2]));
        assert_eq!(early, ["key 1 is taken out, but all still send with it"]);
        let lost = texts(&new, &state(2, [1, 2], [1, 0]));
        assert_eq!(lost, ["beta has not shown that it accepts the key that stays"]);
        assert_eq!(texts(&new, &state(2, [1, 2], [0, 0])).len(), 1, "beta was never heard");
    }
}
