//! A BMC of IPMI 1.5 without authentication, just large enough to be fenced through.

use komainu_core::types::ChassisAction;
use komainu_core::wire::command::session::AuthType;
use komainu_core::wire::rmcp::{self, Class};
use komainu_core::wire::{Writer, ipmb, session15};

/// Its only session.
const SESSION: u32 = 0x1234_5678;
const TEMPORARY: u32 = 1;
/// Longest of its answers, framed.
const LONGEST: usize = 32;
const SUCCESS: u8 = 0x00;
const INVALID_COMMAND: u8 = 0xc1;

/// The BMC, and what it remembers of its sessions.
pub struct Bmc {
    is_on: bool,
    /// Sequence number of the next answer inside the session.
    sequence: u32,
    /// How many sessions were opened, and closed.
    opened: u8,
    closed: u8,
    /// In which session it was last switched off, and on.
    off_in: u8,
    on_in: u8,
}

impl Default for Bmc {
    fn default() -> Self {
        Self { is_on: true, sequence: 0, opened: 0, closed: 0, off_in: 0, on_in: 0 }
    }
}

impl Bmc {
    /// The server was switched off and on, in sessions of their own, and none is open.
    pub fn was_fenced_in_two_sessions(&self) -> bool {
        self.is_on && self.off_in == 1 && self.on_in == 2 && self.closed == 2 && self.opened == 2
    }

    /// The server was switched off, and on again in a later session.
    pub fn was_restarted(&self) -> bool {
        self.is_on && self.off_in != 0 && self.on_in > self.off_in
    }

    /// Answers a datagram into `out`; the length of the answer, if there is one.
    pub fn answer(&mut self, datagram: &[u8], out: &mut [u8]) -> Option<usize> {
        let (header, packet) = rmcp::Header::parse(datagram).ok()?;
        let packet = session15::Packet::parse(packet).ok()?;
        let request = ipmb::Message::parse(packet.message).ok()?;
        if header.class != Class::Ipmi || packet.auth_type != AuthType::None {
            return None;
        }
        let inside = packet.session == SESSION;
        let sequence = if inside { self.sequence } else { 0 };
        self.sequence = self.sequence.wrapping_add(u32::from(inside));
        let mut buffer = [0; LONGEST];
        let mut data = Writer::new(&mut buffer);
        self.carry_out(&request, &mut data)?;
        let answer = ipmb::Message {
            to: request.from,
            net_fn: request.net_fn | 1,
            from: request.to,
            data: data.written(),
            ..request
        };
        let mut buffer = [0; LONGEST];
        let mut message = Writer::new(&mut buffer);
        answer.emit(&mut message).ok()?;
        let mut out = Writer::new(out);
        header.emit(&mut out).ok()?;
        session15::Packet { sequence, message: message.written(), ..packet }.emit(&mut out).ok()?;
        Some(out.len())
    }

    /// Writes the completion code and what follows it.
    fn carry_out(&mut self, request: &ipmb::Message<'_>, out: &mut Writer<'_>) -> Option<()> {
        let mut say = |bytes: &[u8]| out.bytes(bytes).ok();
        match (request.net_fn, request.command) {
            // Get Channel Authentication Capabilities: type none, no data of 2.0.
            (0x06, 0x38) => say(&[SUCCESS, 1, 0x01, 0x1c, 0, 0, 0, 0, 0]),
            // Get Session Challenge.
            (0x06, 0x39) => {
                say(&[SUCCESS])?;
                say(&TEMPORARY.to_le_bytes())?;
                say(&[0; 16])
            }
            // Activate Session: the console's first sequence number is the last field.
            (0x06, 0x3a) => {
                self.sequence = u32::from_le_bytes(*request.data.last_chunk()?);
                self.opened += 1;
                say(&[SUCCESS, 0])?;
                say(&SESSION.to_le_bytes())?;
                say(&[1, 0, 0, 0, 4])
            }
            // Set Session Privilege Level.
            (0x06, 0x3b) => say(&[SUCCESS, *request.data.first()?]),
            // Close Session.
            (0x06, 0x3c) => {
                self.closed += 1;
                say(&[SUCCESS])
            }
            // Get Chassis Status.
            (0x00, 0x01) => say(&[SUCCESS, u8::from(self.is_on), 0, 0]),
            // Chassis Control.
            (0x00, 0x02) => {
                self.is_on = *request.data.first()? != ChassisAction::Off as u8;
                *(if self.is_on { &mut self.on_in } else { &mut self.off_in }) = self.opened;
                say(&[SUCCESS])
            }
            _ => say(&[INVALID_COMMAND]),
        }
    }
}
