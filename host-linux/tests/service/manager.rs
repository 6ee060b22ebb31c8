//! What the service manager sees of a service.

use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use nix::sys::signal::Signal;

use super::site::Site;

fn heard(socket: &UnixDatagram, wanted: &str) {
    let mut bytes = [0; 256];
    loop {
        let len = socket.recv(&mut bytes).unwrap_or_else(|error| panic!("{wanted}: {error}"));
        if String::from_utf8_lossy(&bytes[..len]).starts_with(wanted) {
            return;
        }
    }
}

#[test]
fn it_is_kept_posted_from_the_start_to_the_end() {
    let mut site = Site::new();
    let path = site.path("notify");
    let socket = UnixDatagram::bind(&path).expect("bound");
    socket.set_read_timeout(Some(Duration::from_secs(60))).expect("set");
    let mut command = site.connector();
    command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "200000");
    site.start("guard", command);
    heard(&socket, "READY=1");
    heard(&socket, "WATCHDOG=1");

    site.configure("guard", "nonsense");
    site.signal("guard", Signal::SIGHUP);
    heard(&socket, "RELOADING=1\nMONOTONIC_USEC=");
    heard(&socket, "READY=1");
    site.says("guard", "KMN205-E", "cluster.patrol");

    site.configure("guard", "3s");
    site.signal("guard", Signal::SIGHUP);
    heard(&socket, "RELOADING=1");
    heard(&socket, "READY=1");
    site.says("guard", "KMN204-I", "");

    site.signal("guard", Signal::SIGTERM);
    heard(&socket, "STOPPING=1");
    assert_eq!(site.ends("guard"), Some(0));
}

#[test]
fn a_second_one_on_the_same_record_is_refused() {
    let mut site = Site::new();
    site.start_connector();
    site.says("guard", "KMN200-I", "");
    let second = site.second_connector();
    site.start("second", second);
    assert_eq!(site.ends("second"), Some(1));
    assert!(site.log("second").contains("another one runs with this folder"));
}
