//! What happens in a world at a set moment, and what waits for its processes.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use komainu_core::member::{RunEnd, RunId};
use komainu_core::time::Instant;
use komainu_core::types::{UpsAnswer, UpsFailure, UpsReading};
use komainu_core::{guests, power};

use super::hypervisor::Worked;
use super::server::System;
use super::{Node, World};

/// What waits for a process.
#[derive(Debug)]
pub(super) enum Given<O> {
    Datagram {
        lan: usize,
        from: SocketAddr,
        bytes: Vec<u8>,
    },
    Finished {
        run: RunId,
        end: RunEnd,
    },
    Order {
        ticket: u64,
        order: O,
    },
    Persisted(u64),
    /// For members alone.
    Guests(Worked),
    /// These are for connectors alone.
    Reading {
        asked: Instant,
        reading: Result<UpsReading, UpsFailure>,
    },
    Ordered {
        run: power::RunId,
        answer: UpsAnswer,
    },
}

impl<O: fmt::Debug> Given<O> {
    /// The same for equal inputs.
    pub(super) fn in_bytes(&self) -> Vec<u8> {
        match self {
            Self::Datagram { bytes, lan, .. } => [&[*lan as u8], &bytes[..]].concat(),
            Self::Finished { .. } | Self::Order { .. } | Self::Persisted(_) => {
                format!("{self:?}").into_bytes()
            }
            Self::Guests(_) | Self::Reading { .. } | Self::Ordered { .. } => {
                format!("{self:?}").into_bytes()
            }
        }
    }
}

pub(super) type MemberInput = Given<komainu_core::member::Order>;
pub(super) type ConnectorInput = Given<komainu_core::connector::Order>;

/// What happens at a set moment.
#[derive(Clone, Copy, Debug)]
pub(super) enum Event {
    /// An entry of the script.
    Script(usize),
    /// Everything is mended.
    Heal,
    /// After that, whether all is well is looked at now and then.
    Look,
    /// A write has reached the disk, for that life of the process.
    Synced {
        node: Node,
        starts: u32,
    },
    /// A start or stop command ends.
    CommandEnds {
        host: usize,
        boots: u32,
        service: usize,
        serial: u64,
    },
    /// A check ends.
    CheckEnds {
        host: usize,
        starts: u32,
        service: usize,
        run: RunId,
    },
    /// An operating system is up.
    Up {
        host: usize,
        boots: u32,
    },
    /// An operating system that has crashed starts again.
    Boot {
        host: usize,
        boots: u32,
    },
    /// A process is started again, unless it was meanwhile.
    Start {
        node: Node,
        starts: u32,
    },
    /// A hung process goes on.
    GoOn {
        node: Node,
        starts: u32,
    },
    /// A BMC behaves again.
    BmcWell {
        host: usize,
    },
    /// Somebody presses the button of a server.
    PressButton {
        host: usize,
    },
    /// A host that was told to shut down is off.
    Off {
        host: usize,
        boots: u32,
    },
    /// Work on guests ends, for that life of the member.
    GuestWork {
        host: usize,
        starts: u32,
        action: guests::Action,
    },
    /// A guest that was asked to stop has, in that life of it.
    GuestGone {
        host: usize,
        guest: usize,
        starts: u32,
    },
    /// The mains go or come.
    Mains(bool),
    /// The UPS is to be read.
    PollUps,
    /// Something about the UPS changes by itself.
    UpsChanges,
    /// The UPS answers, for that life of the connector.
    UpsSays {
        starts: u32,
        asked: Duration,
    },
    UpsAnswers {
        starts: u32,
        run: power::RunId,
        answer: UpsAnswer,
    },
}

impl World {
    pub(super) fn happen(&mut self, event: Event) {
        match event {
            Event::Script(at) => self.befall(self.scenario.script[at].what.clone()),
            Event::Heal => self.heal(),
            Event::Look => self.look(),
            Event::Synced { node, starts } => self.synced(node, starts),
            Event::CommandEnds { host, boots, service, serial } => {
                if self.servers[host].boots == boots {
                    self.command_ends(host, service, serial);
                }
            }
            Event::CheckEnds { host, starts, service, run } => {
                self.check_ends(host, starts, service, run);
            }
            Event::Up { host, boots } => {
                let server = &self.servers[host];
                if server.boots == boots && server.system == System::Booting {
                    self.up(host);
                }
            }
            Event::Boot { host, boots } => {
                let server = &self.servers[host];
                if server.boots == boots && server.system == System::Down && server.on {
                    self.boot(host);
                }
            }
            Event::Start { node, starts } => self.start(node, Some(starts)),
            Event::GoOn { node, starts } => self.go_on(node, Some(starts)),
            Event::BmcWell { host } => self.bmc_well(host),
            Event::PressButton { host } => self.press_button(host),
            Event::Off { host, boots } => {
                if self.servers[host].boots == boots {
                    self.set_power(host, false);
                }
            }
            Event::GuestWork { host, starts, action } => {
                self.guest_work_ends(host, starts, action);
            }
            Event::GuestGone { host, guest, starts } => self.guest_gone(host, guest, starts),
            Event::Mains(on) => self.set_mains(on),
            Event::PollUps => self.poll_ups(),
            Event::UpsChanges => self.look_at_ups(),
            Event::UpsSays { starts, asked } => self.ups_says(starts, asked),
            Event::UpsAnswers { starts, run, answer } => self.ups_answers(starts, run, answer),
        }
    }
}
