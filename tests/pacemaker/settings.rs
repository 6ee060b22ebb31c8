//! The configuration of all parties: Corosync, Pacemaker, Komainu.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use komainu_tests::site::lan::{Lan, MANAGEMENT};
use libtest_mimic::Failed;

/// Which agent fences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Agent {
    /// Ours, by way of the connector.
    Komainu,
    /// The one that asks the BMC itself.
    Ipmilan,
}

/// The nodes.
pub(crate) const NODES: [u8; 2] = [1, 2];

/// Writes every file that the site needs.
pub(crate) fn write(site: &Path, agent: Agent) -> Result<(), Failed> {
    secret(&site.join("password"), "password\n")?;
    let key: String = (0..32).map(|byte| format!("{:02x}", byte * 7 + 1)).collect();
    secret(&site.join("key"), &format!("{key}\n"))?;
    fs::write(site.join("komainu.toml"), komainu(site))?;
    fs::write(site.join("corosync.conf"), corosync())?;
    fs::write(site.join("cluster.crm"), pacemaker(site, agent))?;
    Ok(())
}

fn komainu(site: &Path) -> String {
    let (at, connector) = (site.display(), Lan::Reset0.address(MANAGEMENT));
    let server = |number: &u8| {
        let (address, bmc) = (Lan::Reset0.address(*number), Lan::Bmc.address(*number));
        format!(
            "[[cluster.server]]\nhost = {number}\nname = \"h{number}\"\naddress = \"{address}\"\n\
             bmc.address = \"{bmc}\"\n\n"
        )
    };
    format!(
        "[[connector]]\nname = \"management\"\nstate = \"{at}/connector\"\n\n\
         [[cluster]]\nnumber = 7410\nname = \"site\"\n\n\
         [[cluster.key]]\nfile = \"{at}/key\"\n\n\
         [[cluster.connector]]\nnumber = 0\naddress = \"{connector}\"\n\n\
         [cluster.bmc]\nuser = \"admin\"\npassword-file = \"{at}/password\"\nsuites = [3]\n\n{}",
        NODES.iter().map(server).collect::<String>()
    )
}

fn corosync() -> String {
    let node = |number: &u8| {
        let address = Lan::Monitor0.address(*number);
        format!(" node {{\n  ring0_addr: {address}\n  name: h{number}\n  nodeid: {number}\n }}\n")
    };
    format!(
        "totem {{\n version: 2\n cluster_name: site\n transport: udpu\n token: 1000\n}}\n\
         nodelist {{\n{}}}\n\
         quorum {{\n provider: corosync_votequorum\n two_node: 1\n}}\n\
         logging {{\n to_stderr: yes\n}}\n",
        NODES.iter().map(node).collect::<String>()
    )
}

/// What `crm configure load update` is given; the guide for operators says the same.
fn pacemaker(site: &Path, agent: Agent) -> String {
    let fence = |number: &u8| {
        let device = match agent {
            Agent::Komainu => {
                format!("stonith:fence_komainu params config=\"{}/komainu.toml\"", site.display())
            }
            Agent::Ipmilan => format!(
                "stonith:fence_ipmilan params ip={} username=admin password=password lanplus=1 \
                 cipher=3",
                Lan::Bmc.address(*number)
            ),
        };
        format!(
            "primitive fence-h{number} {device} pcmk_host_list=h{number} \
             op monitor interval=60s\n\
             location fence-h{number}-elsewhere fence-h{number} -inf: h{number}\n"
        )
    };
    format!(
        "{}primitive job ocf:pacemaker:Dummy op monitor interval=10s\n\
         location job-first job 50: h1\n\
         property stonith-enabled=true\n",
        NODES.iter().map(fence).collect::<String>()
    )
}

/// A file for its owner only.
fn secret(path: &Path, text: &str) -> Result<(), Failed> {
    fs::write(path, text)?;
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(0o600))?)
}
