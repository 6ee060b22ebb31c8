//! Real guests of host 3, under a libvirt that runs on it and goes down with it.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::{Duration, Instant};

use libtest_mimic::Failed;

use crate::site::{note, now};
use komainu_tests::site::fixture;
use komainu_tests::site::host::Host;
use komainu_tests::site::lan::run;

/// The guests, and words for their kernels: the slow one needs 6 s to stop, and no agent of it
/// makes that shorter.
const GUESTS: [(&str, &[&str]); 4] =
    [("database", &[]), ("slow", &["slow=6", "noagent"]), ("deaf", &["deaf"]), ("spare", &[])];
/// Those that run at the begin.
pub(crate) const RUNNING: [&str; 3] = ["database", "slow", "deaf"];
/// A guest boots within that, also on a busy machine without hardware for it.
const BOOT: Duration = Duration::from_secs(240);

/// Where the kernel and the RAM disk of a guest are, if they are.
pub(crate) fn image() -> Option<PathBuf> {
    env::var_os("KOMAINU_GUEST_IMAGE").map(PathBuf::from)
}

/// Where the libvirt of host 3 is asked.
pub(crate) fn uri(site: &Path) -> String {
    let socket = home(site).join("run/libvirt/libvirt-sock");
    format!("qemu+unix:///session?socket={}", socket.display())
}

/// Beside the folder of the site, whose path leaves no room for those of libvirt's sockets.
fn home(site: &Path) -> PathBuf {
    let name = site.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = name.unwrap_or_default();
    env::temp_dir().join(name.rsplit('-').next().unwrap_or_default())
}

/// The guests, which somebody watches from outside as long as it is there.
pub(crate) struct Libvirt {
    site: PathBuf,
    ended: Arc<AtomicBool>,
    watch: Option<JoinHandle<()>>,
}

impl Libvirt {
    /// From now on the host starts a libvirt, too.
    pub(crate) fn install(site: &Path, host: &Host) -> Result<Self, Failed> {
        let image = image().ok_or("no image of a guest")?;
        let folder = site.join("image");
        fs::create_dir_all(&folder)?;
        for name in ["vmlinuz", "initrd.gz"] {
            fs::copy(image.join(name), folder.join(name))?;
        }
        // What is below run a host forgets.
        let (home, daemon) = (home(site), fixture("guests/libvirtd.sh"));
        let (home, daemon) = (home.display(), daemon.display());
        host.starts_beside(&format!(
            "rm -rf {home}/run\nexec {daemon} {home} >>{site}/libvirt.log 2>&1\n",
            site = site.display()
        ))?;
        let (site, ended) = (site.to_owned(), Arc::new(AtomicBool::new(false)));
        let (of, over) = (site.clone(), Arc::clone(&ended));
        let watch = spawn(move || {
            watch(&of, &over);
        });
        Ok(Self { site, ended, watch: Some(watch) })
    }

    /// Makes the guests, and starts them.
    pub(crate) fn begin(&self) -> Result<(), Failed> {
        self.until("libvirt answers", |it| running(&it.site).is_some())?;
        let domain = fixture("guests/domain.sh").display().to_string();
        for (name, words) in GUESTS {
            let image = self.site.join("image").display().to_string();
            let consoles = self.consoles().display().to_string();
            let text = run(&domain, &[&[&image, &consoles, name], words].concat())?;
            let path = self.site.join(format!("{name}.xml"));
            fs::write(&path, text)?;
            self.virsh(&["define", &path.display().to_string()])?;
        }
        for name in RUNNING {
            self.virsh(&["start", name])?;
        }
        Ok(())
    }

    /// Waits until the guests have booted.
    pub(crate) fn booted(&self) -> Result<(), Failed> {
        for name in RUNNING {
            let up = |it: &Self| it.console(name).lines().any(|line| line.starts_with("up"));
            self.until(&format!("guest {name} is up"), up)?;
        }
        Ok(())
    }

    fn consoles(&self) -> PathBuf {
        home(&self.site).join("consoles")
    }

    /// What a guest has written since it was made.
    fn console(&self, name: &str) -> String {
        fs::read_to_string(self.consoles().join(format!("{name}.log"))).unwrap_or_default()
    }

    fn virsh(&self, words: &[&str]) -> Result<String, Failed> {
        virsh(&self.site, words)
    }

    fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) -> Result<(), Failed> {
        let begun = Instant::now();
        while !holds(self) {
            if begun.elapsed() > BOOT {
                let log = self.site.join("libvirt.log");
                let log = fs::read_to_string(log).unwrap_or_default();
                let consoles = RUNNING.map(|name| self.console(name)).concat();
                return Err(format!("in vain: {what}\n{log}\n{consoles}").into());
            }
            sleep(Duration::from_secs(1));
        }
        Ok(())
    }
}

fn virsh(site: &Path, words: &[&str]) -> Result<String, Failed> {
    run("virsh", &[&["-q", "-c", &uri(site)], words].concat())
}

/// The guests that run, if libvirt answers. One counts from the moment that it is being started on.
fn running(site: &Path) -> Option<BTreeSet<String>> {
    let names = virsh(site, &["list", "--name"]).ok()?;
    Some(names.lines().filter(|name| !name.is_empty()).map(str::to_owned).collect())
}

/// Writes down what stops and starts, such as `h3 guest slow stops`, as of the moment when it was
/// not so for the last time. A libvirt that does not answer says nothing.
fn watch(site: &Path, ended: &AtomicBool) {
    let (mut ran, mut last) = (BTreeSet::new(), now());
    while !ended.load(Ordering::Relaxed) {
        sleep(Duration::from_millis(300));
        let asked = now();
        let Some(runs) = running(site) else { continue };
        let stops = ran.difference(&runs).map(|name| format!("{name} stops"));
        let starts = runs.difference(&ran).map(|name| format!("{name} starts"));
        for what in stops.chain(starts) {
            // A folder that is gone is a test that is over.
            let _ = note(site, last, &format!("h3 guest {what}"));
        }
        (ran, last) = (runs, asked);
    }
}

impl Drop for Libvirt {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(watch) = self.watch.take() {
            let _ = watch.join();
        }
        // It runs as somebody else, who may not be ended in time to leave its folder alone.
        let _ = Command::new("rm").arg("-rf").arg(home(&self.site)).status();
    }
}
