//! A Windows of our own: a prefix of wine, all of it in one network namespace.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use komainu_tests::site::lan::Namespace;
use libtest_mimic::Failed;

/// What wine lacks and every program in Rust asks for: the random numbers of this DLL.
const SHIM: &str = "\
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE to, SIZE_T size)
{
    return SystemFunction036(to, (ULONG)size);
}
";
/// Longer than anything takes that does not hang.
const LIMIT: Duration = Duration::from_secs(120);
/// Where the package puts the program.
pub(crate) const PROGRAM: &str = r"C:\Program Files\Komainu\bin\komainu.exe";

/// It ends when dropped.
pub(crate) struct Wine {
    prefix: PathBuf,
    network: String,
    /// When the last ordinary program ends, wine ends its services: this one stays.
    keeper: Option<Child>,
}

impl Wine {
    /// A fresh one; everything that it runs has its sockets in this namespace.
    pub(crate) fn new(namespace: &Namespace) -> Result<Self, Failed> {
        let prefix = target().join("wine");
        let _ = fs::remove_dir_all(&prefix);
        fs::create_dir_all(&prefix)?;
        let mut wine = Self { prefix, network: namespace.name.clone(), keeper: None };
        wine.run(&["wineboot", "-i"])?;
        wine.add_shim()?;
        wine.end_server();
        wine.keep()?;
        Ok(wine)
    }

    /// Starts the one that stays, and waits until it runs: of two that are the first at the same
    /// time, each starts services of its own, and neither knows of the other's.
    fn keep(&mut self) -> Result<(), Failed> {
        let said = self.prefix.join("keeper");
        let mut keeper = self.command();
        keeper.args(["cmd", "/k", "echo", "ready"]).stdin(Stdio::piped());
        keeper.stdout(File::create(&said)?).stderr(Stdio::null());
        self.keeper = Some(keeper.spawn()?);
        let begun = Instant::now();
        while begun.elapsed() < LIMIT {
            if fs::read(&said)?.starts_with(b"ready") {
                return Ok(());
            }
            sleep(Duration::from_millis(100));
        }
        Err("wine does not start".into())
    }

    /// Ends everything in it, and waits for that.
    fn end_server(&self) {
        let mut server = Command::new("wineserver");
        // One that has ended by itself is what is wanted.
        let _ = server.args(["-k", "-w"]).env("WINEPREFIX", &self.prefix).status();
    }

    fn add_shim(&self) -> Result<(), Failed> {
        let source = self.prefix.join("shim.c");
        fs::write(&source, SHIM)?;
        let library = self.drive().join("windows/system32/bcryptprimitives.dll");
        let mut compiler = Command::new("x86_64-w64-mingw32-gcc");
        compiler.args(["-Os", "-shared", "-o"]).arg(library).arg(source).arg("-ladvapi32");
        done(&compiler.output()?, "the shim for bcryptprimitives.dll").map(drop)
    }

    /// Its drive C.
    pub(crate) fn drive(&self) -> PathBuf {
        self.prefix.join("drive_c")
    }

    fn command(&self) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.network, "wine"]);
        command.env("WINEPREFIX", &self.prefix).env("WINEDEBUG", "-all").stdin(Stdio::null());
        // What is there on Linux is not there on Windows.
        command.env_remove("KOMAINU_CONFIG");
        command
    }

    /// Runs a program to its end, whatever comes of it. What it prints goes through files: the
    /// first program starts those of wine itself, which would keep a pipe open for good.
    pub(crate) fn output(&self, words: &[&str]) -> Result<Output, Failed> {
        let [out, error] = ["out", "error"].map(|name| self.prefix.join(name));
        let mut command = self.command();
        command.args(words).stdout(File::create(&out)?).stderr(File::create(&error)?);
        let (mut child, begun) = (command.spawn()?, Instant::now());
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break status;
            }
            if begun.elapsed() > LIMIT {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("{}: not within {LIMIT:?}", words.join(" ")).into());
            }
            sleep(Duration::from_millis(10));
        };
        Ok(Output { status, stdout: fs::read(out)?, stderr: fs::read(error)? })
    }

    /// Runs a program that must succeed; what it printed.
    pub(crate) fn run(&self, words: &[&str]) -> Result<String, Failed> {
        done(&self.output(words)?, &words.join(" "))
    }

    /// The same for the program that is installed.
    pub(crate) fn komainu(&self, words: &[&str]) -> Result<String, Failed> {
        self.run(&[&[PROGRAM], words].concat())
    }

    /// Installs or removes a package; `false` when that is refused.
    pub(crate) fn msiexec(&self, words: &[&str]) -> Result<bool, Failed> {
        let log = ["/qn", "/l*v", r"C:\msiexec.log"];
        let output = self.output(&[&["msiexec"], words, &log].concat())?;
        // What the program has said that it was run for.
        print!("{}", String::from_utf8_lossy(&output.stdout));
        eprint!("{}", String::from_utf8_lossy(&output.stderr));
        Ok(output.status.success())
    }

    /// The state of a service as `sc` prints it, such as `RUNNING`; `None` when there is none.
    pub(crate) fn service(&self, name: &str) -> Result<Option<String>, Failed> {
        let output = self.output(&["sc", "query", name])?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let state = text.lines().find(|line| line.trim_start().starts_with("STATE"));
        Ok(state.and_then(|line| line.split_whitespace().last()).map(str::to_owned))
    }

    /// What the service control manager runs for a service.
    pub(crate) fn command_line(&self, name: &str) -> Result<String, Failed> {
        let key = format!(r"HKLM\System\CurrentControlSet\Services\{name}");
        let told = self.run(&["reg", "query", &key, "/v", "ImagePath"])?;
        let line = told.lines().find_map(|line| Some(line.split_once("REG_")?.1));
        let line = line.and_then(|line| line.split_once(char::is_whitespace));
        Ok(line.ok_or("the service has no command line")?.1.trim().to_owned())
    }

    /// Whether there is a key in the registry.
    pub(crate) fn has_key(&self, key: &str) -> Result<bool, Failed> {
        Ok(self.output(&["reg", "query", key])?.status.success())
    }
}

impl Drop for Wine {
    fn drop(&mut self) {
        if let Some(keeper) = &mut self.keeper {
            drop(keeper.stdin.take());
            let _ = keeper.wait();
        }
        self.end_server();
        if std::env::var_os("KOMAINU_KEEP").is_none() {
            let _ = fs::remove_dir_all(&self.prefix);
        }
    }
}

fn done(output: &Output, what: &str) -> Result<String, Failed> {
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(out);
    }
    let error = String::from_utf8_lossy(&output.stderr);
    Err(format!("{what}: {}\n{out}{error}", output.status).into())
}

/// The folder that all builds of this tree go to.
pub(crate) fn target() -> PathBuf {
    let me = std::env::current_exe().unwrap_or_default();
    // target/debug/deps/windows-...
    me.ancestors().nth(3).map(Path::to_owned).unwrap_or_default()
}
