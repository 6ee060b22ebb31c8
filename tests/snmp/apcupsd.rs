//! A real apcupsd, with the simulated card as its UPS.

use std::env;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use komainu_core::types::{Supply, UpsFailure, UpsReading};
use komainu_host::ups::apcupsd::Apcupsd;
use libtest_mimic::{Completion, Failed, Trial};

use crate::agent::{Agent, SOON, wait_for};

/// apcupsd asks its UPS once in so many seconds, and tells of an outage after as many again.
const POLL: u32 = 1;

pub(crate) fn trial() -> Trial {
    Trial::ignorable_test("apcupsd: an outage, and its UPS lost", || {
        match env::var_os("KOMAINU_APCUPSD").map(PathBuf::from) {
            Some(program) => read(&program).map(|()| Completion::Completed),
            None => Ok(Completion::ignored_with("KOMAINU_APCUPSD does not say where apcupsd is")),
        }
    })
}

fn read(program: &Path) -> Result<(), Failed> {
    let agent = Agent::start();
    let folder = env::temp_dir().join(format!("kmn-apcupsd-{}", std::process::id()));
    let mut running = Running::start(program, &folder, &agent)?;
    let nobody = wait_for(Apcupsd::new(([127, 0, 0, 1], 1).into(), SOON).read());
    assert_eq!(nobody, Err(UpsFailure::Silent));
    let start = running.until(|read| matches!(read, Ok(one) if one.supply == Supply::Mains))?;
    println!("on the mains after {start:?}");
    agent.tell("charge 80");
    agent.tell("mains off");
    let on_battery = |read: &Result<UpsReading, UpsFailure>| {
        let lower = |one: &UpsReading| one.charge.is_some_and(|charge| (70..=80).contains(&charge));
        matches!(read, Ok(one) if one.supply == Supply::Battery && lower(one))
    };
    println!("on battery after {:?}", running.until(on_battery)?);
    let reading = running.read().map_err(|failure| format!("{failure:?}"))?;
    assert!(reading.runtime.is_some() && reading.load.is_some(), "{reading:?}");
    agent.tell("mains on");
    running.until(|read| matches!(read, Ok(one) if one.supply == Supply::Mains))?;
    drop(agent);
    let lost = running.until(|read| *read == Err(UpsFailure::Stale))?;
    println!("lost after {lost:?}");
    running.end();
    assert_eq!(running.read(), Err(UpsFailure::Silent));
    let _ = fs::remove_dir_all(&folder);
    Ok(())
}

/// apcupsd at work.
struct Running {
    child: Child,
    reader: Apcupsd,
}

impl Running {
    fn start(program: &Path, folder: &Path, agent: &Agent) -> Result<Self, Failed> {
        let scripts = folder.join("scripts");
        fs::create_dir_all(&scripts)?;
        // What apcupsd runs at every event: nothing here.
        let script = scripts.join("apccontrol");
        fs::write(&script, "#!/bin/sh\n")?;
        let mut permissions = fs::metadata(&script)?.permissions();
        std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o755);
        fs::set_permissions(&script, permissions)?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let settings = folder.join("apcupsd.conf");
        fs::write(&settings, text(folder, agent, port))?;
        let log = fs::File::create(folder.join("log"))?;
        let child = Command::new(program)
            .args(["-b", "-f"])
            .arg(&settings)
            .arg("-P")
            .arg(folder.join("pid"))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let reader = Apcupsd::new(([127, 0, 0, 1], port).into(), Duration::from_secs(2));
        Ok(Self { child, reader })
    }

    fn read(&self) -> Result<UpsReading, UpsFailure> {
        wait_for(self.reader.read())
    }

    /// How long it takes until it reads so.
    fn until(
        &self,
        is_so: impl Fn(&Result<UpsReading, UpsFailure>) -> bool,
    ) -> Result<Duration, Failed> {
        let start = Instant::now();
        loop {
            let read = self.read();
            if is_so(&read) {
                return Ok(start.elapsed());
            }
            if start.elapsed() > 6 * SOON {
                return Err(format!("it still reads {read:?}").into());
            }
            sleep(Duration::from_millis(100));
        }
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

fn text(folder: &Path, agent: &Agent, port: u16) -> String {
    let here = folder.display();
    let lines = [
        "## apcupsd.conf v1.1 ##".to_owned(),
        "UPSNAME simulated".to_owned(),
        "UPSCABLE ether".to_owned(),
        "UPSTYPE snmp".to_owned(),
        format!("DEVICE {}:APC_NOTRAP:private", agent.address()),
        format!("POLLTIME {POLL}"),
        format!("ONBATTERYDELAY {POLL}"),
        format!("LOCKFILE {here}"),
        format!("SCRIPTDIR {here}/scripts"),
        format!("PWRFAILDIR {here}"),
        format!("NOLOGINDIR {here}"),
        format!("EVENTSFILE {here}/events"),
        "NETSERVER on".to_owned(),
        "NISIP 127.0.0.1".to_owned(),
        format!("NISPORT {port}"),
        "UPSCLASS standalone".to_owned(),
        "UPSMODE disable".to_owned(),
    ];
    lines.join("\n") + "\n"
}
