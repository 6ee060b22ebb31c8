//! Makes a block, record by record.

use super::{
    CHECKSUM_LEN, COVERED, Cluster, HEADER_LEN, Identity, Kind, MAGIC, Network, NutServer, Status,
    Ups, VERSION, plan, server,
};
use crate::connector::ServerConfig;
use crate::crypto::sha256;
use crate::limits::MAX_BLOCK;
use crate::power::{Own, PlannedServer, Stage, Timing};
use crate::wire::{Full, Writer};

/// Makes a block into a buffer of the caller, who keeps to the order of the records:
/// [`Block::open`](super::Block::open) holds that.
#[derive(Debug)]
pub struct Encoder<'a> {
    out: Writer<'a>,
}

impl<'a> Encoder<'a> {
    /// A block at the start of `out`. [`Full`] when that is too short for any.
    pub fn new(out: &'a mut [u8]) -> Result<Self, Full> {
        let room = out.len().min(MAX_BLOCK);
        let mut out = Writer::new(out.get_mut(..room).unwrap_or_default());
        out.bytes(&[0; HEADER_LEN])?;
        Ok(Self { out })
    }

    /// The appliance's own address.
    pub fn network(&mut self, network: &Network) -> Result<(), Full> {
        self.record(Kind::Network, |out| network.emit(out))
    }

    /// Which connector it is.
    pub fn identity(&mut self, identity: &Identity) -> Result<(), Full> {
        self.record(Kind::Identity, |out| identity.emit(out))
    }

    /// Who may look at it.
    pub fn status(&mut self, status: &Status) -> Result<(), Full> {
        self.record(Kind::Status, |out| status.emit(out))
    }

    /// A cluster, before its servers.
    pub fn cluster(&mut self, cluster: &Cluster) -> Result<(), Full> {
        self.record(Kind::Cluster, |out| cluster.emit(out))
    }

    /// A server of the last cluster. [`Full`] also when an address is not of IPv4.
    pub fn server(&mut self, server: &ServerConfig) -> Result<(), Full> {
        self.record(Kind::Server, |out| server::emit(server, out))
    }

    /// What the plan reckons with.
    pub fn timing(&mut self, timing: &Timing) -> Result<(), Full> {
        self.record(Kind::Timing, |out| plan::emit_timing(timing, out))
    }

    /// A NUT server, before its UPSes.
    pub fn nut_server(&mut self, server: &NutServer<'_>) -> Result<(), Full> {
        self.record(Kind::NutServer, |out| server.emit(out))
    }

    /// A UPS.
    pub fn ups(&mut self, ups: &Ups) -> Result<(), Full> {
        self.record(Kind::Ups, |out| ups.emit(out))
    }

    /// A stage.
    pub fn stage(&mut self, stage: &Stage) -> Result<(), Full> {
        self.record(Kind::Stage, |out| plan::emit_stage(stage, out))
    }

    /// A server that hangs on UPSes. [`Full`] also when a command has it shut down.
    pub fn planned(&mut self, server: &PlannedServer) -> Result<(), Full> {
        self.record(Kind::Planned, |out| plan::emit_planned(server, out))
    }

    /// What the appliance itself hangs on.
    pub fn own(&mut self, own: &Own) -> Result<(), Full> {
        self.record(Kind::Own, |out| plan::emit_own(own, out))
    }

    /// Ends the block, and says how long it is.
    pub fn finish(mut self) -> Result<usize, Full> {
        let len = self.out.len();
        let records = u16::try_from(len - HEADER_LEN).map_err(|_| Full)?;
        let block = self.out.written_mut();
        let (header, records_there) = block.split_first_chunk_mut::<HEADER_LEN>().ok_or(Full)?;
        let (covered, checksum) = header.split_at_mut(COVERED);
        let mut start = Writer::new(covered);
        start.bytes(&MAGIC)?;
        start.u8(VERSION)?;
        start.u8(0)?;
        start.u16_be(records)?;
        let sum = sha256(&[covered, records_there]);
        for (to, from) in checksum.iter_mut().zip(sum.truncated(CHECKSUM_LEN)) {
            *to = *from;
        }
        Ok(len)
    }

    fn record(
        &mut self,
        kind: Kind,
        emit: impl FnOnce(&mut Writer<'a>) -> Result<(), Full>,
    ) -> Result<(), Full> {
        self.out.u8(kind.code())?;
        let place = self.out.len();
        self.out.u16_be(0)?;
        let start = self.out.len();
        emit(&mut self.out)?;
        let len = u16::try_from(self.out.len() - start).map_err(|_| Full)?;
        let place = self.out.written_mut().get_mut(place..start).ok_or(Full)?;
        place.copy_from_slice(&len.to_be_bytes());
        Ok(())
    }
}
