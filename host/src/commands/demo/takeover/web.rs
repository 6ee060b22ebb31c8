//! The service that the demo's servers stand by for: a web service that says who serves.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use komainu_core::time::Instant;

use super::asker::Asker;
use crate::cli::WebVerb;
use crate::clock;
use crate::commands::Stop;
use crate::exit::Exit;
use crate::moment::utc;
use crate::service::unix_ms;

/// The variable with the address of a server's web service.
pub(super) const ADDRESS: &str = "KOMAINU_DEMO_WEB";

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_millis(900);
/// Between two looks whether it has started or stopped.
const LOOK: Duration = Duration::from_millis(2);
/// Longest request, in bytes.
const REQUEST: u64 = 4096;

/// `komainu demo web`.
pub(in super::super) fn web(verb: WebVerb) -> Result<Exit, Stop> {
    let address = std::env::var(ADDRESS).ok().and_then(|text| text.parse().ok());
    let address = address.ok_or_else(|| Stop::new(Exit::Usage, "the demo runs this by itself"))?;
    let mut asker = Asker::new(address, PATIENCE);
    match verb {
        WebVerb::Start if asker.ask().is_some() => Ok(Exit::Ok),
        WebVerb::Start => Ok(start(&mut asker)?),
        WebVerb::Stop => Ok(stop(address, &mut asker)?),
        WebVerb::Check if asker.ask().is_some() => Ok(Exit::Ok),
        WebVerb::Check => Err(Stop::new(Exit::Silent, "the service does not answer")),
        WebVerb::Serve => Ok(serve(address)?),
    }
}

/// Leaves a server running. The limit for it is the member's.
fn start(asker: &mut Asker) -> io::Result<Exit> {
    let mut command = Command::new(std::env::current_exe()?);
    let mut server = command.args(["demo", "web", "serve"]).stdin(Stdio::null()).spawn()?;
    while asker.ask().is_none() {
        if let Some(status) = server.try_wait()? {
            return Err(io::Error::other(format!("the service has ended: {status}")));
        }
        sleep(LOOK);
    }
    Ok(Exit::Ok)
}

fn stop(address: SocketAddr, asker: &mut Asker) -> io::Result<Exit> {
    match asker.stop() {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => return Ok(Exit::Ok),
        // Whether it stops is seen below.
        Ok(()) | Err(_) => {}
    }
    loop {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => return Ok(Exit::Ok),
            Ok(_) | Err(_) => sleep(LOOK),
        }
    }
}

/// What every answer says.
struct Site {
    host: String,
    since: Instant,
    since_ms: u64,
}

fn serve(address: SocketAddr) -> io::Result<Exit> {
    let host = std::env::var("KOMAINU_HOST").unwrap_or_else(|_| "nobody".into());
    let listener = TcpListener::bind(address)?;
    let site = Arc::new(Site { host, since: clock::now(), since_ms: unix_ms() });
    for stream in listener.incoming() {
        let (site, stream) = (Arc::clone(&site), stream?);
        // One that hangs up is no concern of the others.
        std::thread::Builder::new().spawn(move || drop(site.talk(stream)))?;
    }
    Ok(Exit::Ok)
}

impl Site {
    fn talk(&self, stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        let mut reader = BufReader::new(stream);
        loop {
            let mut head = reader.by_ref().take(REQUEST);
            let mut line = String::new();
            head.read_line(&mut line)?;
            let mut field = String::from("-");
            while !field.trim().is_empty() {
                field.clear();
                head.read_line(&mut field)?;
            }
            if line.is_empty() || head.limit() == 0 {
                return Ok(());
            }
            let stops = line.starts_with("POST /stop ");
            reader.get_mut().write_all(self.answer().as_bytes())?;
            if stops {
                std::process::exit(0);
            }
        }
    }

    fn answer(&self) -> String {
        let since = u32::try_from(self.since_ms / 1000).map(utc).unwrap_or_default();
        let body = format!("served by {}, since {since} UTC\n", self.host);
        format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nCache-Control: \
             no-store\r\nContent-Length: {}\r\nServing-Since: {}\r\nAnswered-At: {}\r\n\r\n{body}",
            body.len(),
            self.since.as_micros(),
            clock::now().as_micros(),
        )
    }
}
