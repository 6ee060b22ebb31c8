//! The least that the datagrams of one session cost: as many questions and answers as a session
//! has, of a kind that takes no thinking (presence pings, IPMI 2.0 section 13.2.3).

use komainu_benches::errand::{Lender, Standing};
use komainu_core::time::Instant;
use komainu_core::wire::asf::Message;
use komainu_core::wire::rmcp::{Class, Header};
use komainu_core::wire::{Full, Writer};

use super::many::Talk;

/// Open Session, RAKP 1, RAKP 3, the question itself, Close Session.
const QUESTIONS: u8 = 5;

/// So many pings, one after the other.
pub(crate) struct Pings {
    sent: u8,
    answered: u8,
}

impl Talk for Pings {
    fn begin(_: u8, _: Instant) -> Self {
        Self { sent: 0, answered: 0 }
    }

    fn poll(&mut self, _: &mut Lender, _: Instant, out: &mut [u8]) -> Standing {
        if self.answered == QUESTIONS {
            return Standing::Over(true);
        }
        if self.sent > self.answered {
            return Standing::Wait;
        }
        self.sent += 1;
        match ping(self.sent, out) {
            Ok(len) => Standing::Send(len),
            Err(Full) => Standing::Over(false),
        }
    }

    fn handle(&mut self, _: &mut Lender, _: Instant, _: &mut [u8]) {
        self.answered += 1;
    }
}

fn ping(tag: u8, out: &mut [u8]) -> Result<usize, Full> {
    let mut out = Writer::new(out);
    Header::new(Class::Asf).emit(&mut out)?;
    Message::Ping { tag }.emit(&mut out)?;
    Ok(out.len())
}
