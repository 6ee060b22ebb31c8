//! Asks the web service of a server who serves.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use komainu_core::time::Instant;

/// Longest head of an answer, in bytes.
const HEAD: u64 = 4096;

/// An answer. Both times are the server's, on the clock that all of this machine share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    /// Since when this one serves.
    pub(super) since: Instant,
    /// When it answered.
    pub(super) at: Instant,
}

/// Asks one server, over one connection as long as that lasts.
pub(super) struct Asker {
    address: SocketAddr,
    patience: Duration,
    open: Option<BufReader<TcpStream>>,
}

impl Asker {
    pub(super) fn new(address: SocketAddr, patience: Duration) -> Self {
        Self { address, patience, open: None }
    }

    /// Who serves there; `None` when nobody does, or not within the patience.
    pub(super) fn ask(&mut self) -> Option<Answer> {
        let answer = self.request("GET / HTTP/1.1").ok();
        if answer.is_none() {
            self.open = None;
        }
        answer
    }

    /// Tells it to stop.
    pub(super) fn stop(&mut self) -> io::Result<()> {
        let told = self.request("POST /stop HTTP/1.1").map(|_| ());
        self.open = None;
        told
    }

    fn request(&mut self, line: &str) -> io::Result<Answer> {
        let mut stream = match self.open.take() {
            Some(stream) => stream,
            None => connect(self.address, self.patience)?,
        };
        let request = format!("{line}\r\nHost: {}\r\n\r\n", self.address);
        stream.get_mut().write_all(request.as_bytes())?;
        let answer = read(&mut stream)?;
        self.open = Some(stream);
        Ok(answer)
    }
}

fn connect(address: SocketAddr, patience: Duration) -> io::Result<BufReader<TcpStream>> {
    let stream = TcpStream::connect_timeout(&address, patience)?;
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))?;
    stream.set_nodelay(true)?;
    Ok(BufReader::new(stream))
}

fn read(stream: &mut BufReader<TcpStream>) -> io::Result<Answer> {
    let wrong = || io::Error::new(io::ErrorKind::InvalidData, "no answer of the demo's service");
    let (mut since, mut at, mut length) = (None, None, 0);
    let mut head = stream.by_ref().take(HEAD);
    loop {
        let mut line = String::new();
        if head.read_line(&mut line)? == 0 {
            return Err(wrong());
        }
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            match line.trim_end() {
                "" => break,
                _ => continue,
            }
        };
        let number = || value.parse::<u64>().map_err(|_| wrong());
        match name {
            "Content-Length" => length = number()?,
            "Serving-Since" => since = Some(Instant::from_micros(number()?)),
            "Answered-At" => at = Some(Instant::from_micros(number()?)),
            _ => {}
        }
    }
    io::copy(&mut stream.by_ref().take(length.min(HEAD)), &mut io::sink())?;
    Ok(Answer { since: since.ok_or_else(wrong)?, at: at.ok_or_else(wrong)? })
}
