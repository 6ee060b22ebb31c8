//! A UPS of its own for each test: our simulated one, behind net-snmp's agent.

use std::fs;
use std::net::{SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use komainu_core::types::{UpsAnswer, UpsFailure, UpsOrder, UpsReading};
use komainu_host::ups::snmp::{Access, Digest, Mib, Privacy, Setup, Snmp};
use komainu_tests::site::snmp;

/// How long anything may take that happens at once.
pub(crate) const SOON: Duration = Duration::from_secs(10);
/// How long a request waits here.
const TIMEOUT: Duration = Duration::from_millis(500);

/// A UPS and its agent; both end with it.
pub(crate) struct Agent {
    folder: PathBuf,
    address: SocketAddr,
    /// Where its traps go.
    pub(crate) traps: UdpSocket,
    children: Vec<Child>,
}

/// A UPS as the product has it.
pub(crate) struct Ups(Snmp);

impl Agent {
    /// A UPS on the mains behind an agent.
    pub(crate) fn start() -> Self {
        Self::start_with(true, None)
    }

    /// An agent with nothing behind it.
    pub(crate) fn without_ups() -> Self {
        Self::start_with(false, None)
    }

    /// A UPS whose traps somebody else takes.
    pub(crate) fn start_with_traps_to(port: u16) -> Self {
        Self::start_with(true, Some(port))
    }

    fn start_with(ups: bool, taker: Option<u16>) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("kmn-{}-{number}", std::process::id()));
        fs::create_dir_all(folder.join("kept")).expect("a folder");
        let traps = UdpSocket::bind("127.0.0.1:0").expect("a port");
        let address = free_port();
        fs::write(folder.join("snmpd.conf"), settings(&folder, address, ups))
            .expect("the agent's settings");
        let mut agent = Self { folder, address, traps, children: Vec::new() };
        let own = agent.traps.local_addr().expect("its address").port();
        agent.spawn(snmp::ups(Command::new, &agent.folder, taker.unwrap_or(own)));
        agent.until_there(|agent| agent.tell("show").is_some());
        agent.spawn(snmp::agent(Command::new, &agent.folder));
        let probe = agent.ups(community("public"), Mib::Rfc1628);
        agent.until_there(|_| {
            matches!(probe.read(), Ok(_) | Err(UpsFailure::Garbled | UpsFailure::UnknownUps))
        });
        agent
    }

    fn spawn(&mut self, mut command: Command) {
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        self.children.push(child.expect("a program: ./test snmp installs it"));
    }

    fn until_there(&self, is_there: impl Fn(&Self) -> bool) {
        let start = Instant::now();
        while !is_there(self) {
            assert!(start.elapsed() < SOON, "the agent does not start");
            sleep(Duration::from_millis(20));
        }
    }

    /// Steers the UPS; how it is then.
    pub(crate) fn tell(&self, what: &str) -> Option<String> {
        snmp::tell(&self.folder, what).ok()
    }

    /// Where the agent answers.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The UPS, with that access and those objects.
    pub(crate) fn ups(&self, access: Access, mib: Mib) -> Ups {
        self.ups_of(access, Some(mib))
    }

    /// The same; what objects it has is found out without a word about them.
    pub(crate) fn ups_of(&self, reading: Access, mib: Option<Mib>) -> Ups {
        let (address, timeout) = (self.address, TIMEOUT);
        let setup = Setup { address, reading, ordering: None, mib, groups: 2, timeout };
        Ups(Snmp::new(setup).expect("a setup"))
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Ups {
    /// One reading.
    pub(crate) fn read(&self) -> Result<UpsReading, UpsFailure> {
        wait_for(self.0.read())
    }

    /// One order.
    pub(crate) fn order(&self, order: UpsOrder) -> UpsAnswer {
        wait_for(self.0.order(order))
    }

    /// Reads until it is so.
    pub(crate) fn until(&self, what: &str, is_so: impl Fn(&UpsReading) -> bool) -> UpsReading {
        let start = Instant::now();
        loop {
            let read = self.read();
            match read {
                Ok(reading) if is_so(&reading) => return reading,
                _ => assert!(start.elapsed() < SOON + SOON, "not {what}: {read:?}"),
            }
            sleep(Duration::from_millis(50));
        }
    }
}

/// Sockets belong to the runtime that made them: there is one for each thread of tests.
pub(crate) fn wait_for<T>(future: impl Future<Output = T>) -> T {
    thread_local! {
        static RUNTIME: tokio::runtime::Runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
    }
    RUNTIME.with(|runtime| runtime.block_on(future))
}

/// Version 2c.
pub(crate) fn community(community: &str) -> Access {
    Access::V2c { community: community.to_owned().into() }
}

/// Version 1.
pub(crate) fn first_version(community: &str) -> Access {
    Access::V1 { community: community.to_owned().into() }
}

/// Version 3, as a user who may order.
pub(crate) fn operator() -> Access {
    user("operator", "operator-auth", "operator-priv")
}

/// Version 3.
pub(crate) fn user(user: &str, password: &str, privacy: &str) -> Access {
    Access::V3 {
        user: user.to_owned(),
        digest: Digest::Sha256,
        password: password.to_owned().into(),
        privacy: Some((Privacy::Aes128, privacy.to_owned().into())),
    }
}

fn free_port() -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    socket.local_addr().expect("its address")
}

fn settings(folder: &Path, address: SocketAddr, ups: bool) -> String {
    let mut lines = vec![
        format!("agentAddress udp:{address}"),
        "master off".to_owned(),
        "rocommunity public 127.0.0.1".to_owned(),
        "rwcommunity private 127.0.0.1".to_owned(),
        "createUser reader SHA-256 reader-auth AES reader-priv".to_owned(),
        "createUser operator SHA-256 operator-auth AES operator-priv".to_owned(),
        "rouser reader priv".to_owned(),
        "rwuser operator priv".to_owned(),
        "sysObjectID .1.3.6.1.4.1.318.1.3.2.11".to_owned(),
    ];
    if ups {
        let roots = [".1.3.6.1.2.1.33", ".1.3.6.1.4.1.318"];
        lines.extend(roots.map(|root| snmp::passed(folder, root)));
    }
    lines.join("\n") + "\n"
}
