"""Every datagram on the loopback interface, with the kernel's time of it."""
import contextlib
import dataclasses
import socket
import struct
import threading

ALL_IP = 0x0800
OUTGOING = 4
TIMESTAMP = 35
UDP = 17


@dataclasses.dataclass
class Datagram:
    """When it came, in seconds of UNIX time; ends as (address, port)."""
    at: float
    source: tuple
    target: tuple
    payload: bytes


class Capture:
    """What was seen so far, in order."""

    def __init__(self, network):
        self.network, self.seen = network, []
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ALL_IP))
        self.socket.bind(('lo', ALL_IP))
        self.socket.setsockopt(socket.SOL_SOCKET, TIMESTAMP, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self.socket.settimeout(0.2)
        self.ended = False
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.ended:
            with contextlib.suppress(TimeoutError):
                packet, aside, _, address = self.socket.recvmsg(2048, 64)
                # On this interface every packet passes twice.
                if address[2] != OUTGOING:
                    self.take(packet, aside)

    def take(self, packet, aside):
        header = (packet[0] & 15) * 4
        if packet[9] != UDP:
            return
        seconds, nanos = next(struct.unpack('qq', data[:16]) for level, kind, data in aside
                              if (level, kind) == (socket.SOL_SOCKET, TIMESTAMP))
        ends = [socket.inet_ntoa(packet[at:at + 4]) for at in (12, 16)]
        if not any(end.startswith(net) for end in ends for net in self.network):
            return
        ports = struct.unpack_from('!HH', packet, header)
        source, target = zip(ends, ports)
        at = seconds + nanos / 1e9
        self.seen.append(Datagram(at, source, target, packet[header + 8:]))


@contextlib.contextmanager
def capture(*networks):
    """Of datagrams that come from or go to an address that begins so."""
    running = Capture(networks)
    try:
        yield running
    finally:
        running.ended = True
        running.thread.join()
        running.socket.close()
