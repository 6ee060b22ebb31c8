//! Frames of ARP and of UDP over IPv4 (RFC 826, 791, 768).

use core::net::{Ipv4Addr, SocketAddrV4};
use core::ops::Range;

use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{
    ArpOperation, ArpPacket, ArpRepr, EthernetAddress, EthernetFrame, EthernetProtocol,
    EthernetRepr, IpProtocol, Ipv4Packet, Ipv4Repr, UdpPacket, UdpRepr,
};

/// Headers in front of a datagram, in bytes.
const ETHERNET: usize = 14;
const IPV4: usize = 20;
const UDP: usize = 8;
/// Everything that we send lives so long.
const HOPS: u8 = 64;
/// The address of everybody on the network.
pub(super) const EVERYBODY: [u8; 6] = [0xff; 6];

/// A datagram in a frame that has come.
pub(super) struct Came {
    pub(super) from: SocketAddrV4,
    pub(super) to: Ipv4Addr,
    pub(super) port: u16,
    /// Where its bytes are.
    pub(super) payload: Range<usize>,
}

/// The UDP datagram of a frame, when it is whole and no fragment.
pub(super) fn datagram(frame: &[u8]) -> Option<Came> {
    let ethernet = EthernetFrame::new_checked(frame).ok()?;
    if ethernet.ethertype() != EthernetProtocol::Ipv4 {
        return None;
    }
    let ip = Ipv4Packet::new_checked(ethernet.payload()).ok()?;
    let fragment = ip.more_frags() || ip.frag_offset() != 0;
    if ip.next_header() != IpProtocol::Udp || fragment || !ip.verify_checksum() {
        return None;
    }
    let (source, target) = (ip.src_addr(), ip.dst_addr());
    let udp = UdpPacket::new_checked(ip.payload()).ok()?;
    if !udp.verify_checksum(&source.into(), &target.into()) {
        return None;
    }
    let start = ETHERNET + usize::from(ip.header_len()) + UDP;
    Some(Came {
        from: SocketAddrV4::new(source, udp.src_port()),
        to: target,
        port: udp.dst_port(),
        payload: start..start + udp.payload().len(),
    })
}

/// Who tells their hardware address in a frame of ARP.
pub(super) fn teller(frame: &[u8]) -> Option<(Ipv4Addr, [u8; 6])> {
    let ethernet = EthernetFrame::new_checked(frame).ok()?;
    if ethernet.ethertype() != EthernetProtocol::Arp {
        return None;
    }
    let packet = ArpPacket::new_checked(ethernet.payload()).ok()?;
    let ArpRepr::EthernetIpv4 { source_hardware_addr, source_protocol_addr, .. } =
        ArpRepr::parse(&packet).ok()?
    else {
        return None;
    };
    source_hardware_addr.is_unicast().then_some((source_protocol_addr, source_hardware_addr.0))
}

/// Length of a frame with so many bytes in a datagram.
pub(super) const fn len_of(payload: usize) -> usize {
    ETHERNET + IPV4 + UDP + payload
}

/// Who a frame is from and to.
#[derive(Clone, Copy)]
pub(super) struct Ends {
    pub(super) own_mac: [u8; 6],
    pub(super) mac: [u8; 6],
    pub(super) from: SocketAddrV4,
    pub(super) to: SocketAddrV4,
}

/// Writes a frame with a datagram; `frame` has the length that [`len_of`] tells.
pub(super) fn write_datagram(frame: &mut [u8], ends: Ends, payload: &[u8]) {
    let checksums = ChecksumCapabilities::default();
    let mut ethernet = EthernetFrame::new_unchecked(frame);
    EthernetRepr {
        src_addr: EthernetAddress(ends.own_mac),
        dst_addr: EthernetAddress(ends.mac),
        ethertype: EthernetProtocol::Ipv4,
    }
    .emit(&mut ethernet);
    let ip = Ipv4Repr {
        src_addr: *ends.from.ip(),
        dst_addr: *ends.to.ip(),
        next_header: IpProtocol::Udp,
        payload_len: UDP + payload.len(),
        hop_limit: HOPS,
    };
    let mut packet = Ipv4Packet::new_unchecked(ethernet.payload_mut());
    ip.emit(&mut packet, &checksums);
    UdpRepr { src_port: ends.from.port(), dst_port: ends.to.port() }.emit(
        &mut UdpPacket::new_unchecked(packet.payload_mut()),
        &ip.src_addr.into(),
        &ip.dst_addr.into(),
        payload.len(),
        |room| room.iter_mut().zip(payload).for_each(|(place, byte)| *place = *byte),
        &checksums,
    );
}

/// Length of a frame that asks for an address.
pub(super) const QUESTION: usize = ETHERNET + 28;

/// Writes a frame that asks everybody who has the address `of`.
pub(super) fn write_question(frame: &mut [u8], mac: [u8; 6], own: Ipv4Addr, of: Ipv4Addr) {
    let mut ethernet = EthernetFrame::new_unchecked(frame);
    EthernetRepr {
        src_addr: EthernetAddress(mac),
        dst_addr: EthernetAddress(EVERYBODY),
        ethertype: EthernetProtocol::Arp,
    }
    .emit(&mut ethernet);
    ArpRepr::EthernetIpv4 {
        operation: ArpOperation::Request,
        source_hardware_addr: EthernetAddress(mac),
        source_protocol_addr: own,
        target_hardware_addr: EthernetAddress([0; 6]),
        target_protocol_addr: of,
    }
    .emit(&mut ArpPacket::new_unchecked(ethernet.payload_mut()));
}
