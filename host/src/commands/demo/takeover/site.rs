//! Where the demo is: a folder of its own, loopback addresses of its own, one configuration.

use std::fs::{self, File};
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use komainu_core::rng::Chance;

use crate::clock;

/// What the name of a demo's folder begins with.
const FOLDER: &str = "komainu-demo-";
/// The number of the cluster, and its port.
const CLUSTER: u16 = 7410;
/// Silence after which a host has failed.
pub(super) const PATROL: &str = "2s";
/// User of the BMCs.
pub(super) const USER: &str = "komainu";

/// One of the two servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    Alpha,
    Beta,
}

impl Which {
    pub(super) const ALL: [Self; 2] = [Self::Alpha, Self::Beta];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Alpha => "alpha",
            Self::Beta => "beta",
        }
    }

    pub(super) const fn other(self) -> Self {
        match self {
            Self::Alpha => Self::Beta,
            Self::Beta => Self::Alpha,
        }
    }

    /// Its place among both.
    pub(super) const fn index(self) -> usize {
        match self {
            Self::Alpha => 0,
            Self::Beta => 1,
        }
    }

    /// The server of that name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|which| which.name() == name)
    }

    /// Its host address.
    const fn host(self) -> u8 {
        match self {
            Self::Alpha => 1,
            Self::Beta => 2,
        }
    }
}

/// The place of a demo.
pub(super) struct Site {
    pub(super) folder: PathBuf,
    /// This program.
    pub(super) program: PathBuf,
    /// The password of the BMCs.
    pub(super) password: String,
    /// The third number of the demo's addresses.
    network: u8,
    /// As long as it is open, no other demo takes this network.
    _claim: UdpSocket,
}

impl Site {
    /// A new place. Nobody but the user can look into its folder.
    pub(super) fn new() -> io::Result<Self> {
        let (network, claim) = claim()?;
        let folder = std::env::temp_dir().join(format!("{FOLDER}{}", random::<8>()?));
        fs::DirBuilder::new().mode(0o700).create(&folder)?;
        let program = std::env::current_exe()?;
        Ok(Self { folder, program, password: random::<8>()?, network, _claim: claim })
    }

    /// Writes what connector and members read.
    pub(super) fn furnish(&self) -> io::Result<()> {
        self.write("key", &format!("{}\n", random::<32>()?))?;
        self.write("password", &format!("{}\n", self.password))?;
        for which in Which::ALL {
            fs::create_dir(self.of(which))?;
            self.write(&format!("{}.toml", which.name()), &self.config(which)?)?;
        }
        Ok(())
    }

    fn write(&self, name: &str, text: &str) -> io::Result<()> {
        let mut options = File::options();
        let mut file = options.write(true).create_new(true).mode(0o600).open(self.path(name))?;
        file.write_all(text.as_bytes())
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The folder of a server.
    pub(super) fn of(&self, which: Which) -> PathBuf {
        self.path(which.name())
    }

    /// The configuration of that server's member, and of the connector.
    pub(super) fn config_of(&self, which: Which) -> PathBuf {
        self.path(&format!("{}.toml", which.name()))
    }

    /// The web service of a server.
    pub(super) fn web(&self, which: Which) -> SocketAddr {
        self.at(10 + which.host(), 7480)
    }

    /// The BMC of a server.
    pub(super) fn bmc(&self, which: Which) -> SocketAddr {
        self.at(20 + which.host(), 7623)
    }

    fn at(&self, last: u8, port: u16) -> SocketAddr {
        SocketAddrV4::new(address(self.network, last), port).into()
    }

    /// The same file serves all; only what a member keeps for itself differs, as both are on one
    /// machine here. Loopback does not fail, so that a silent server is never one that is only cut
    /// off: there is nothing to wait for on isolation.
    fn config(&self, which: Which) -> io::Result<String> {
        let (folder, guard) = (quoted(&self.folder)?, self.at(1, 7420));
        let (state, control) = (quoted(&self.of(which))?, self.at(10 + which.host(), 7421));
        let service = ["start", "stop", "check"].map(|verb| {
            let program = quoted(&self.program)?;
            Ok(format!("{verb} = [{program}, \"demo\", \"web\", \"{verb}\"]\n"))
        });
        let service = service.into_iter().collect::<io::Result<String>>()?;
        let at = |name: &str| quoted(&self.path(name));
        let (keep, key, password) = (at("connector")?, at("key")?, at("password")?);
        let servers: String = Which::ALL.map(|which| self.server(which)).concat();
        let ip = guard.ip();
        Ok(format!(
            "# A demo in {folder}\n\
             [[connector]]\nname = \"guard\"\nlisten = [\"{ip}\"]\nstate = {keep}\n\
             control = \"{guard}\"\n\n\
             [member]\nstate = {state}\ncontrol = \"{control}\"\n\n\
             [[cluster]]\nnumber = {CLUSTER}\nname = \"demo\"\npatrol = \"{PATROL}\"\n\
             start-wait = \"10s\"\n\
             on-isolation = \"fence\"\n\n\
             [[cluster.key]]\nfile = {key}\n\n\
             [[cluster.connector]]\nnumber = 0\naddress = \"{ip}\"\n\n\
             [cluster.bmc]\nuser = \"{USER}\"\npassword-file = {password}\n\n\
             {servers}\
             [[cluster.service]]\nnumber = 1\nname = \"web\"\nhosts = [\"alpha\", \"beta\"]\n\
             {service}check-every = \"2s\"\ncheck-limit = \"1s\"\n"
        ))
    }

    fn server(&self, which: Which) -> String {
        let host = which.host();
        let at = |tens: u8| address(self.network, tens + host);
        format!(
            "[[cluster.server]]\nhost = {host}\nname = \"{}\"\naddress = \"{}\"\n\
             paths = [\"{}\", \"{}\"]\nbmc.address = \"{}\"\n\n",
            which.name(),
            at(10),
            at(30),
            at(40),
            self.bmc(which)
        )
    }
}

/// A path as text of the configuration; what JSON escapes TOML escapes likewise.
fn quoted(path: &Path) -> io::Result<String> {
    let text = path.to_str().ok_or_else(|| {
        let text = format!("{} is not UTF-8, as a configuration is", path.display());
        io::Error::new(io::ErrorKind::InvalidFilename, text)
    })?;
    Ok(serde_json::to_string(text)?)
}

/// Whether that is the folder of a demo.
pub(super) fn is_folder(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    path.is_absolute() && path.is_dir() && name.is_some_and(|name| name.starts_with(FOLDER))
}

const fn address(network: u8, last: u8) -> Ipv4Addr {
    Ipv4Addr::new(127, 77, network, last)
}

/// The first network that no other demo on this machine has.
fn claim() -> io::Result<(u8, UdpSocket)> {
    let open =
        |network| UdpSocket::bind((address(network, 254), CLUSTER)).map(|one| (network, one));
    let first = open(0);
    first.or_else(|refused| (1..=u8::MAX).find_map(|network| open(network).ok()).ok_or(refused))
}

/// That many random bytes, in hexadecimal digits.
fn random<const N: usize>() -> io::Result<String> {
    let mut bytes = [0; N];
    clock::generator()?.fill(&mut bytes);
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    #[test]
    fn the_configuration_is_right_and_its_parties_agree() {
        let site = Site::new().expect("a place");
        site.furnish().expect("furnished");
        for which in Which::ALL {
            let read = config::read(&site.config_of(which)).expect("readable");
            let texts: Vec<_> = read.findings.iter().map(|one| one.text.clone()).collect();
            assert!(texts.is_empty(), "{texts:?}");
            let found = read.site.expect("a site");
            let misfits = config::misfits(&found);
            assert!(misfits.is_empty(), "{} warnings", misfits.len());
            found.member(Some(which.name()), None, "").expect("the member");
            assert_eq!(found.member.state, site.of(which));
        }
        let texts = Which::ALL.map(|which| fs::read_to_string(site.config_of(which)));
        let [alpha, beta] = texts.map(|text| text.expect("readable"));
        let cluster = |text: &str| text[text.find("[[cluster]]").expect("one")..].to_owned();
        assert_eq!(cluster(&alpha), cluster(&beta));
        fs::remove_dir_all(&site.folder).expect("removed");
    }

    #[test]
    fn two_demos_do_not_meet() {
        let [one, other] = [Site::new(), Site::new()].map(|site| site.expect("a place"));
        assert_ne!(one.web(Which::Alpha), other.web(Which::Alpha));
        assert_ne!(one.folder, other.folder);
        for site in [one, other] {
            assert!(is_folder(&site.folder));
            fs::remove_dir(&site.folder).expect("removed");
        }
        assert!(!is_folder(Path::new("/tmp")) && !is_folder(Path::new("komainu-demo-1")));
    }
}
