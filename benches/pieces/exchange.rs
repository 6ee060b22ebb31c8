//! Sessions with a simulated BMC in the same process, of which the client's side is measured.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use komainu_benches::errand::{Errand, Lender, Standing};
use komainu_core::limits::MAX_DATAGRAM;
use komainu_core::time::Instant;
use komainu_sim::bmc::{Bmc, BmcConfig};

use super::measured;

/// How long a datagram takes, each way.
const STEP: Duration = Duration::from_micros(100);

/// A part of a session.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Open Session and RAKP 1 to 4: three requests written, three answers taken.
    Login,
    /// The request for the chassis status, numbered, encrypted and signed.
    Seal,
    /// Its answer, verified, decrypted and matched.
    Open,
    /// Everything, the farewell included.
    Whole,
}

/// Does that part so many times.
pub(crate) fn run(part: Part, suite: u8, times: usize) {
    let mut pair = Pair::new();
    for _ in 0..times {
        pair.converse(suite, |kind| part == Part::Whole || part == kind);
    }
}

/// A client and a BMC.
pub(crate) struct Pair {
    lender: Lender,
    bmc: Bmc,
    now: Duration,
    /// Each datagram that the BMC sent.
    pub(crate) answers: Vec<Vec<u8>>,
}

impl Pair {
    pub(crate) fn new() -> Self {
        let bmc = Bmc::new(BmcConfig::default(), 1);
        Self { lender: Lender::new(), bmc, now: Duration::ZERO, answers: Vec::new() }
    }

    /// Has one whole session; the parts of the client's side that are `counted` are measured.
    pub(crate) fn converse(&mut self, suite: u8, counted: impl Fn(Part) -> bool) {
        let mut errand = Errand::new(suite, instant(self.now));
        let mut buffer = [0; MAX_DATAGRAM];
        loop {
            let part = part_of(&errand);
            let (lender, now) = (&mut self.lender, instant(self.now));
            let standing = maybe(counted(part), || errand.poll(lender, now, &mut buffer));
            match standing {
                Standing::Over(good) => {
                    assert!(good, "nothing is lost between the two");
                    return;
                }
                Standing::Send(len) => self.tell(&buffer[..len]),
                Standing::Wait => {
                    let answer = self.answers.last().expect("the BMC answers everything");
                    let datagram = &mut buffer[..answer.len()];
                    datagram.copy_from_slice(answer);
                    let part = if part == Part::Seal { Part::Open } else { part };
                    maybe(counted(part), || errand.handle(lender, now, datagram));
                }
            }
        }
    }

    fn tell(&mut self, datagram: &[u8]) {
        let from = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
        self.now += STEP;
        let answers = &mut self.answers;
        self.bmc.handle(self.now, from, datagram, &mut |_, bytes| answers.push(bytes.to_vec()));
        self.now += STEP;
    }
}

/// What the client is at.
fn part_of(errand: &Errand) -> Part {
    match (errand.is_logged_in(), errand.is_answered()) {
        (false, _) => Part::Login,
        (true, false) => Part::Seal,
        // The farewell is counted with the whole only.
        (true, true) => Part::Whole,
    }
}

/// Does the work, measured or not.
fn maybe<T>(is_measured: bool, work: impl FnOnce() -> T) -> T {
    if !is_measured {
        return work();
    }
    let (mut work, mut result) = (Some(work), None);
    measured(&mut || result = work.take().map(|work| work()));
    result.expect("the work was done once")
}

fn instant(since_start: Duration) -> Instant {
    Instant::from_micros(u64::try_from(since_start.as_micros()).unwrap_or(u64::MAX))
}
