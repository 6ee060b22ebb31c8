//! UPSes behind apcupsd: its network information server (NIS) is read; it takes no orders.
//!
//! A connection carries a command behind its length in two bytes, and lines likewise; a length
//! of 0 ends the answer. Nobody logs in, and everything is in the clear.

mod status;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::time::Duration;

use komainu_core::types::{UpsAnswer, UpsFailure, UpsOrder, UpsReading};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Where apcupsd listens unless it is told otherwise.
pub const PORT: u16 = 3551;
/// Its one command that is needed, behind its length.
const STATUS: &[u8] = b"\0\x06status";
/// Longest line of an answer, in bytes. Those of apcupsd have some 60.
const LONGEST: usize = 256;
/// Most lines of an answer. apcupsd has some 50.
const MOST: usize = 200;

/// A UPS behind an apcupsd.
#[derive(Clone, Copy, Debug)]
pub struct Apcupsd {
    address: SocketAddr,
    timeout: Duration,
}

impl Apcupsd {
    /// The UPS of the apcupsd there, which has so long for a whole answer.
    pub const fn new(address: SocketAddr, timeout: Duration) -> Self {
        Self { address, timeout }
    }

    /// What apcupsd says of its UPS. It asks it once in its `POLLTIME`, 60 s by default, and
    /// tells of an outage only after its `ONBATTERYDELAY`.
    ///
    /// # Errors
    /// `Silent` when nobody answers in time, `Stale` when apcupsd has lost its UPS, `Garbled`
    /// when the answer is not apcupsd's.
    pub async fn read(&self) -> Result<UpsReading, UpsFailure> {
        let lines = timeout(self.timeout, self.lines()).await;
        status::reading(&lines.map_err(|_| UpsFailure::Silent)??)
    }

    /// apcupsd takes no orders.
    pub const fn order(&self, _: UpsOrder) -> UpsAnswer {
        UpsAnswer::Failed(UpsFailure::Unsupported)
    }

    async fn lines(&self) -> Result<Vec<String>, UpsFailure> {
        let silent = |_| UpsFailure::Silent;
        let mut stream = TcpStream::connect(self.address).await.map_err(silent)?;
        stream.write_all(STATUS).await.map_err(silent)?;
        let mut lines = Vec::new();
        loop {
            let len = usize::from(stream.read_u16().await.map_err(silent)?);
            if len == 0 {
                return Ok(lines);
            }
            if len > LONGEST || lines.len() == MOST {
                return Err(UpsFailure::Garbled);
            }
            let mut line = vec![0; len];
            stream.read_exact(&mut line).await.map_err(silent)?;
            lines.push(String::from_utf8_lossy(&line).into_owned());
        }
    }
}
