//! An address by DHCP: a real server gives it, and later another one.

use std::fs;
use std::net::Ipv4Addr;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use libtest_mimic::Failed;
use serde_json::Value;

use crate::site::{ROOM, Site};
use komainu_tests::site::lan::{Lan, MANAGEMENT};

/// Another address than the first.
const OTHER: u8 = 240;
/// A lease in seconds: it is asked for again after half of it.
const LEASE: u32 = 10;
/// Until all is well at an address.
const PATIENCE: Duration = Duration::from_secs(40);

/// A DHCP server that has one address to give; ends with it.
struct Server(Child);

impl Server {
    fn start(site: &Site, gives: Ipv4Addr) -> Result<Self, Failed> {
        let folder = site.board.places().1;
        let (home, room) = (folder.display(), Lan::Reset0.address(ROOM));
        let settings = folder.join("udhcpd.conf");
        let leases = folder.join("leases");
        fs::write(&leases, "")?;
        let (leases, lan) = (leases.display(), Lan::Reset0.name());
        let text = format!(
            "start {gives}\nend {gives}\ninterface {lan}\nmax_leases 1\nlease_file {leases}\n\
             pidfile {home}/udhcpd.pid\nmin_lease 1\nopt lease {LEASE}\n\
             opt subnet 255.255.255.0\nopt router {room}\n"
        );
        fs::write(&settings, text)?;
        let log = fs::File::create(folder.join("udhcpd.log"))?;
        let mut command = site.room.command("busybox");
        command.args(["udhcpd", "-f"]).arg(settings);
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        Ok(Self(command.spawn()?))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// It answers at the address that it was given, reads UPS and BMCs from there, and from the next.
pub(crate) fn moves(site: &mut Site) -> Result<(), Failed> {
    let [first, other] = [MANAGEMENT, OTHER].map(|number| Lan::Reset0.address(number));
    let server = Server::start(site, first)?;
    site.start_board()?;
    well(site, first)?;
    drop(server);
    let _server = Server::start(site, other)?;
    well(site, other)?;
    match site.status_at(first) {
        Ok(status) => Err(format!("it is at the first address as well: {status}").into()),
        Err(_) => Ok(()),
    }
}

/// Waits until it answers there, knows its BMCs and reads its UPS.
fn well(site: &Site, at: Ipv4Addr) -> Result<(), Failed> {
    let (began, mut shown) = (Instant::now(), Value::Null);
    while began.elapsed() < PATIENCE {
        if let Ok(status) = site.status_at(at) {
            let servers =
                status["clusters"][0]["servers"].as_array().map_or(&[][..], Vec::as_slice);
            let bmcs = servers.iter().all(|server| server["bmc"] == "answers");
            let ups = &status["power"]["ups"][0];
            if bmcs && ups["state"] == "mains" && ups["late"] == false {
                println!("well at {at} after {:?}", began.elapsed());
                return Ok(());
            }
            shown = status;
        }
        sleep(Duration::from_millis(100));
    }
    Err(format!("not well at {at}: {shown}").into())
}
