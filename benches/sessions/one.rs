//! One session after the other, each datagram by a system call of its own.

use std::io::{self, ErrorKind};
use std::net::UdpSocket;
use std::time::Duration;

use komainu_benches::errand::{Errand, Lender, Standing};
use komainu_core::limits::MAX_DATAGRAM;

use super::Order;

/// How long a call that receives waits; a repeat is due after 200 ms at the earliest.
const PATIENCE: Duration = Duration::from_millis(50);

/// A socket to one BMC.
pub(crate) struct Line {
    socket: UdpSocket,
    suite: u8,
    lender: Lender,
}

impl Line {
    pub(crate) fn connect(order: &Order) -> io::Result<Self> {
        let socket = UdpSocket::bind("0.0.0.0:0")?;
        socket.connect(order.address)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { socket, suite: order.suite, lender: Lender::new() })
    }

    /// Runs so many sessions; returns how many failed.
    pub(crate) fn run(&mut self, sessions: usize) -> io::Result<usize> {
        let mut failed = 0;
        for _ in 0..sessions {
            failed += usize::from(!self.converse()?);
        }
        Ok(failed)
    }

    fn converse(&mut self) -> io::Result<bool> {
        let mut buffer = [0; MAX_DATAGRAM];
        let mut now = self.lender.now();
        let mut errand = Errand::new(self.suite, now);
        loop {
            match errand.poll(&mut self.lender, now, &mut buffer) {
                Standing::Over(good) => return Ok(good),
                Standing::Send(len) => {
                    self.socket.send(&buffer[..len])?;
                }
                Standing::Wait => match self.socket.recv(&mut buffer) {
                    Ok(len) => {
                        now = self.lender.now();
                        errand.handle(&mut self.lender, now, &mut buffer[..len]);
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {
                        now = self.lender.now();
                    }
                    Err(error) => return Err(error),
                },
            }
        }
    }
}
