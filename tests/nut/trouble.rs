//! What goes wrong in the middle of a plan: nothing is lost, and nothing is done too early.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::{sleep, spawn};
use std::time::Duration;

use crate::Case;
use crate::site::Site;

pub(crate) const CASES: &[Case] = &[
    ("a UPS that talks nonsense in mid-plan stops the plan no more than it begins one", nonsense),
    ("a full disk is told, and no server is stopped before the plan is on it", full_disk),
    ("a clock that leaps an hour in mid-plan changes nothing", leap),
];

fn stops(site: &Site) -> bool {
    !site.bmcs.chassis_log(0).is_empty()
}

fn nonsense() {
    let mut site = Site::new();
    site.start();
    site.says("OB DISCHRG");
    site.until("the early ones are told", |site| site.status("web") == "FSD OB LB");
    site.upsd.kill();
    let listener = TcpListener::bind(("127.0.0.1", site.upsd.port)).expect("the port");
    spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 100]);
            let noise: Vec<u8> = (0..3000_u32).map(|at| (at * 7919 % 251) as u8).collect();
            let _ = stream.write_all(&noise);
        }
    });
    site.until("it is told", |site| !site.messages("KMN455-E").is_empty());
    assert_eq!(site.status("web"), "FSD OB LB", "what it said last counts");
    site.until("the late ones stop all the same", stops);
    assert_eq!(site.messages("KMN463-W").len(), 1, "it is one outage");
}

/// A small disk, gone when dropped.
struct Disk(PathBuf);

impl Disk {
    fn mount(at: PathBuf) -> Self {
        fs::create_dir(&at).expect("a folder of our own");
        let words = ["-t", "tmpfs", "-o", "size=256k,mode=700", "tmpfs"];
        let done = Command::new("mount").args(words).arg(&at).status().expect("mount");
        assert!(done.success(), "root may mount");
        Self(at)
    }

    /// Leaves no room, or all of it.
    fn fill(&self, full: bool) {
        let path = self.0.join("filler");
        if full {
            let error = fs::write(path, vec![0; 1 << 20]).expect_err("there is an end to it");
            assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
        } else {
            fs::remove_file(path).expect("it is there");
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

fn full_disk() {
    let mut site = Site::new();
    let disk = Disk::mount(site.folder.path("state"));
    site.start();
    disk.fill(true);
    site.says("OB DISCHRG");
    site.until("it is told", |site| !site.messages("KMN213-E").is_empty());
    site.until("a plan begins", |site| !site.messages("KMN463-W").is_empty());
    // Far beyond the time of the late stage.
    sleep(Duration::from_secs(14));
    assert!(!stops(&site), "nothing that depends on the record");
    disk.fill(false);
    site.until("the plan goes on", stops);
    assert!(!site.messages("KMN214-I").is_empty(), "{}", site.log());
    // Its files are on the disk.
    site.connector = None;
}

/// A library that lets this machine's clock lead by an hour once `step` is there.
fn leading_clock(folder: &Path, step: &Path) -> PathBuf {
    let (source, library) = (folder.join("clock.c"), folder.join("clock.so"));
    let text = "#include <sys/syscall.h>\n#include <time.h>\n#include <unistd.h>\n\
                int clock_gettime(clockid_t clock, struct timespec *now) {\n\
                long failed = syscall(SYS_clock_gettime, clock, now);\n\
                if (clock == CLOCK_REALTIME && access(STEP, F_OK) == 0) now->tv_sec += 3600;\n\
                return (int)failed;\n}\n";
    fs::write(&source, text).expect("a file of our own");
    let define = format!("-DSTEP=\"{}\"", step.display());
    let words = ["-D_GNU_SOURCE", "-shared", "-fPIC", &define, "-o"];
    let done = Command::new("cc").args(words).arg(&library).arg(&source).status().expect("cc");
    assert!(done.success(), "it is C");
    library
}

fn leap() {
    let mut site = Site::new();
    let step = site.folder.path("step");
    site.preload = Some(leading_clock(&site.folder.path(""), &step));
    site.start();
    site.says("OB DISCHRG");
    site.until("the early ones are told", |site| site.status("web") == "FSD OB LB");
    let before = site.newest();
    fs::write(&step, "").expect("a file of our own");
    sleep(Duration::from_secs(3));
    assert_eq!(site.status("db"), "OB DISCHRG", "it is not their turn");
    assert!(!stops(&site), "nor the server's");
    site.until("the late ones stop", stops);
    let after = site.newest();
    assert!(after > before + 3_000_000, "the clock has leapt: {before} {after}");
    site.says("OL");
    site.until("the order ends with its outage", |site| site.status("db") == "OL");
    fs::remove_file(&step).expect("it is there");
    site.until("it leaps back", |site| site.newest() < after);
    assert_eq!(site.messages("KMN463-W").len(), 1, "it is one outage");
}
