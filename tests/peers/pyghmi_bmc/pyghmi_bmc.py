#!/usr/bin/env python3
"""A simulated BMC on pyghmi's server side (pyghmi.ipmi.bmc.Bmc).

Two modes:
  stock (default)   pyghmi's own session code, untouched: cipher suite 3 is
                    forced whatever the client asks for, bad names and bad
                    passwords are answered with silence.
  --suites LIST     our session class on top of pyghmi's packet code: it
                    negotiates the listed suites (1,2,3,6,7,8,15,16,17) and
                    answers errors with RMCP+ status codes.

IPMI 2.0 only, power state in memory, loopback only.  See ../README.md.
"""
import argparse
import hashlib
import hmac
import os
import struct
import sys
import threading
import uuid

import pyghmi.ipmi.bmc as bmc
import pyghmi.ipmi.private.constants as constants
import pyghmi.ipmi.private.serversession as serversession
import pyghmi.ipmi.private.session as ipmisession

# suite id: (authentication, integrity, confidentiality) algorithm numbers
SUITES = {
    1: (1, 0, 0), 2: (1, 1, 0), 3: (1, 1, 1),
    6: (2, 0, 0), 7: (2, 2, 0), 8: (2, 2, 1),
    15: (3, 0, 0), 16: (3, 4, 0), 17: (3, 4, 1),
}
# authentication algorithm: (hash, bytes of the RAKP4 check value)
AUTH = {1: (hashlib.sha1, 12), 2: (hashlib.md5, 16), 3: (hashlib.sha256, 16)}
# integrity algorithm: (name for pyghmi, bytes of the trailer)
INTEG = {0: (0, 0), 1: ('sha1', 12), 2: ('md5', 16), 4: ('sha256', 16)}
PRIVS = {'callback': 1, 'user': 2, 'operator': 3, 'admin': 4}


class SuiteSession(serversession.ServerSession):
    """Server session that negotiates the suite and reports errors."""

    def create_open_session_response(self, request):
        tag, self.clientsessionid = request[0], bytes(request[4:8])
        want = []
        for off in (8, 16, 24):
            # length 0 means "you choose"
            want.append(None if request[off + 3] == 0
                        else request[off + 4] & 0x3f)
        self.algs = None
        for sid in self.bmc.suites:
            if all(w is None or w == a for w, a in zip(want, SUITES[sid])):
                self.algs = SUITES[sid]
        if self.algs is None:
            return bytearray([tag, 0x11, 0, 0]) + self.clientsessionid
        self.managedsessionid = os.urandom(4)
        self.privlevel = 4
        self.username = None
        self.localsid = self.k1 = None
        self.hash, self.rakp4len = AUTH[self.algs[0]]
        out = bytearray([tag, 0, (request[1] & 0xf) or 4, 0])
        out += self.clientsessionid + self.managedsessionid
        for kind, alg in enumerate(self.algs):
            out += bytearray([kind, 0, 0, 8, alg, 0, 0, 0])
        return out

    def _got_rmcp_openrequest(self, data):
        # A client that comes back on the same source port.  pyghmi would
        # answer under the old session's keys.
        self.integrityalgo = self.confalgo = 0
        self.sequencenumber = self.sessionid = 0
        self.k1 = self.remseqnumber = self.localsid = None
        super()._got_rmcp_openrequest(data)

    def close_server_session(self):
        self.localsid = None
        ipmisession.Session.bmc_handlers.pop(self.sockaddr, None)

    def sessionless_data(self, data, sockaddr):
        # What a client sends right behind its Close Session: pyghmi has
        # queued it for the session that is gone.
        self.bmc.sessionless_data(data, sockaddr)

    def _error(self, ptype, tag, status):
        self.send_payload(bytearray([tag, status, 0, 0])
                          + self.clientsessionid,
                          constants.payload_types[ptype], retry=False)

    def _mac(self, key, *parts):
        return hmac.new(key, b''.join(bytes(p) for p in parts),
                        self.hash).digest()

    def _got_rakp1(self, data):
        tag = data[0]
        if self.algs is None or bytes(data[4:8]) != self.managedsessionid:
            return self._error('rakp2', tag, 0x02)
        self.Rm = bytes(data[8:24])
        self.rolem = data[24]
        name = bytes(data[28:28 + data[27]])
        known = self.bmc.users.get(name)
        if known is None:
            return self._error('rakp2', tag, 0x0d)
        password, limit = known
        self.maxpriv = self.rolem & 0xf
        if self.maxpriv > limit:
            return self._error('rakp2', tag, 0x0a)
        if not self.maxpriv:
            self.maxpriv = limit
        self.clientpriv = min(2, self.maxpriv)
        self.username = name
        self.kuid = password
        self.key = self.bmc.kgkey or password
        self.Rc = os.urandom(16)
        self.who = bytes([self.rolem, len(name)]) + name
        code = self._mac(self.kuid, self.clientsessionid,
                         self.managedsessionid, self.Rm, self.Rc,
                         self.uuid.bytes, self.who)
        self.send_payload(bytearray([tag, 0, 0, 0]) + self.clientsessionid
                          + self.Rc + self.uuid.bytes + code,
                          constants.payload_types['rakp2'], retry=False)

    def _got_rakp3(self, data):
        tag = data[0]
        if self.username is None or data[1] != 0:
            return
        want = self._mac(self.kuid, self.Rc, self.clientsessionid, self.who)
        if not hmac.compare_digest(want, bytes(data[8:])):
            return self._error('rakp4', tag, 0x0f)
        sik = self._mac(self.key, self.Rm, self.Rc, self.who)
        k1 = self._mac(sik, b'\x01' * 20)
        self.aeskey = self._mac(sik, b'\x02' * 20)[:16]
        self.localsid = struct.unpack('<I', self.managedsessionid)[0]
        self.ipmicallback = self.handle_client_request
        code = self._mac(sik, self.Rm, self.managedsessionid,
                         self.uuid.bytes)[:self.rakp4len]
        self.send_payload(bytearray([tag, 0, 0, 0]) + self.clientsessionid
                          + code, constants.payload_types['rakp4'],
                          retry=False)
        self.currhashlib = self.hash
        self.integrityalgo, self.currhashlen = INTEG[self.algs[1]]
        self.confalgo = 'aes' if self.algs[2] else 0
        self.k1 = k1
        self.sequencenumber = 1
        self.sessionid = struct.unpack('<I', self.clientsessionid)[0]

    def _handle_ipmi2_packet(self, data):
        plain = not data[5] & 0x40
        if data[5] & 0x3f == 0 and plain and data[6:10] != b'\0\0\0\0':
            # pyghmi drops unauthenticated packets; suites 1 and 15 have
            # nothing else.
            if (getattr(self, 'localsid', None) is None or self.integrityalgo
                    or struct.unpack('<I', bytes(data[6:10]))[0]
                    != self.localsid):
                return
            size = data[14] + (data[15] << 8)
            return self._parse_ipmi_payload(data[16:16 + size])
        return super()._handle_ipmi2_packet(data)


class PowerBmc(bmc.Bmc):
    def __init__(self, opts):
        self.users = opts.user
        self.suites = opts.suites
        self.kgkey = opts.kg
        self.offdelay = opts.off_delay
        self.state = 'on' if opts.on else 'off'
        authdata = {n.decode(): p.decode()
                    for n, (p, _limit) in self.users.items()}
        super().__init__(authdata, port=opts.port, bmcuuid=opts.guid,
                         address=opts.address)
        if opts.kg:
            self.set_kg(opts.kg)
            # Get Channel Authentication Capabilities: tell that Kg is set
            # (FreeIPMI refuses a Kg otherwise).
            cap = bytearray(self.authcap)
            cap[3] |= 0x20
            self.authcap = bytes(cap)

    def _later(self, state, delay):
        def change():
            self.state = state
            print('power', state, flush=True)
        if delay:
            threading.Timer(delay, change).start()
        else:
            change()

    def get_power_state(self):
        return self.state

    def power_on(self):
        self._later('on', 0)

    def power_off(self):
        self._later('off', self.offdelay)

    def power_shutdown(self):
        self._later('off', self.offdelay)

    def power_cycle(self):
        if self.state == 'off':
            return 0xd5
        self._later('off', 0)
        self._later('on', 1)

    def power_reset(self):
        if self.state == 'off':
            return 0xd5
        print('reset', flush=True)

    def is_active(self):
        return self.state == 'on'

    def get_system_guid(self):
        return self.uuid

    def cold_reset(self):
        sys.exit(0)

    def sessionless_data(self, data, sockaddr):
        data = bytearray(data)
        if (self.suites and len(data) >= 48 and data[0] == 6
                and data[2:4] == b'\xff\x07' and data[4] == 6
                and data[5] == 0x10):
            SuiteSession(self.authdata, self.kg, sockaddr, self.serversocket,
                         data[16:], self.uuid, bmc=self)
            return
        super().sessionless_data(data, sockaddr)

    def send_cipher_suites(self, myaddr, mylun, clientaddr, clientlun,
                           clientseq, data, sockaddr):
        if not self.suites:
            return super().send_cipher_suites(
                myaddr, mylun, clientaddr, clientlun, clientseq, data,
                sockaddr)
        records = bytearray()
        for sid in self.suites:
            a, i, c = SUITES[sid]
            records += bytearray([0xc0, sid, a, 0x40 | i, 0x80 | c])
        # data is the request without the two bytes that IPMI 2.0 headers
        # have more: command 0x54 at 19, channel, payload type, list index.
        index = data[22] & 0x3f
        part = records[16 * index:16 * index + 16]
        head = bytearray([clientaddr, clientlun | (7 << 2)])
        head.append(ipmisession._checksum(*head))
        body = bytearray([myaddr, mylun | clientseq << 2, 0x54, 0, 1]) + part
        body.append(ipmisession._checksum(*body))
        pkt = (bytearray(b'\x06\x00\xff\x07\x06\x00' + b'\0' * 8)
               + struct.pack('<H', len(head) + len(body)) + head + body)
        ipmisession._io_sendto(self.serversocket, pkt, sockaddr)


def parse_user(text):
    parts = text.split(':')
    if len(parts) not in (2, 3):
        raise argparse.ArgumentTypeError('NAME:PASSWORD[:PRIV]')
    priv = PRIVS[parts[2]] if len(parts) == 3 else 4
    return parts[0].encode(), (parts[1].encode(), priv)


def main():
    p = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    p.add_argument('--address', default='127.17.0.1')
    p.add_argument('--port', type=int, default=623)
    p.add_argument('--user', action='append', type=parse_user,
                   metavar='NAME:PASSWORD[:PRIV]')
    p.add_argument('--kg', type=lambda s: bytes.fromhex(s[2:])
                   if s.startswith('0x') else s.encode())
    p.add_argument('--suites', default=(),
                   type=lambda s: [int(x) for x in s.split(',')])
    p.add_argument('--guid', type=uuid.UUID,
                   default=uuid.UUID('b3c0ffee-0000-0000-0000-0000000000aa'))
    p.add_argument('--off-delay', type=float, default=0,
                   help='seconds from "power off" to the state being off')
    p.add_argument('--on', action='store_true', help='start powered on')
    opts = p.parse_args()
    if not opts.address.startswith('127.'):
        p.error('loopback addresses only')
    opts.user = dict(opts.user or [parse_user('admin:password')])
    PowerBmc(opts).listen()


if __name__ == '__main__':
    main()
