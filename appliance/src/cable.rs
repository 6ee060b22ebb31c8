//! A cable between two networks of ours, for tests.

use std::boxed::Box;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::vec::Vec;

use core::net::Ipv4Addr;

use komainu_core::time::Instant;

use crate::hardware::{FRAME, Nic};
use crate::lan::{Address, Addressing, Came, Lan, Streams};

/// What is on its way to either end, and whether anything gets there.
#[derive(Default)]
pub(crate) struct Cable {
    ways: [VecDeque<Vec<u8>>; 2],
    cut: bool,
}

/// One of its ends.
pub(crate) struct Plug {
    cable: Rc<RefCell<Cable>>,
    end: usize,
}

/// The address of the network at that end.
pub(crate) const fn address(end: u8) -> Ipv4Addr {
    Ipv4Addr::new(192, 0, 2, 1 + end)
}

/// A cable and the networks at its ends, each with one port.
pub(crate) fn pair(port: u16) -> (Rc<RefCell<Cable>>, [Lan<Plug>; 2]) {
    let cable = Rc::new(RefCell::new(Cable::default()));
    let lans = [0, 1].map(|end| {
        let plug = Plug { cable: cable.clone(), end: usize::from(end) };
        let place = Address { ip: address(end), prefix: 24, gateway: None };
        let streams = Box::leak(Box::new(Streams::new()));
        let now = Instant::from_micros(0);
        Lan::new(plug, Addressing::Static(place), 7, &[port], streams, now)
    });
    (cable, lans)
}

impl Cable {
    /// From now on nothing gets through; what is on its way is lost, too.
    pub(crate) fn cut(&mut self) {
        self.cut = true;
        self.ways.iter_mut().for_each(VecDeque::clear);
    }

    pub(crate) fn mend(&mut self) {
        self.cut = false;
    }
}

/// Takes in all that came, does what is due, and gives the datagrams.
pub(crate) fn turn(lan: &mut Lan<Plug>, now: Instant) -> Vec<Vec<u8>> {
    let mut datagrams = Vec::new();
    while let Some(came) = lan.receive(now) {
        if let Came::Datagram { payload, .. } = came {
            datagrams.push(payload.to_vec());
        }
    }
    lan.turn(now);
    datagrams
}

impl Nic for Plug {
    fn address(&self) -> [u8; 6] {
        [2, 0, 0, 0, 0, self.end as u8]
    }

    fn set_address(&mut self, _: [u8; 6]) {}

    fn receive(&mut self, frame: &mut [u8; FRAME]) -> Option<usize> {
        let came = self.cable.borrow_mut().ways[self.end].pop_front()?;
        frame[..came.len()].copy_from_slice(&came);
        Some(came.len())
    }

    fn send(&mut self, frame: &[u8]) -> bool {
        let mut cable = self.cable.borrow_mut();
        if !cable.cut {
            cable.ways[1 - self.end].push_back(frame.to_vec());
        }
        true
    }
}
