#!/usr/bin/env python3
"""Make the exchanges that no peer at hand could be recorded in.

    make.py DIR           write made-*.jsonl
    make.py --check DIR   compare them with what would be written

They are written from the tables of the IPMI 2.0 specification with Python's
standard library and ciphers.py, and with nothing of Komainu. Both sides of an
exchange are computed here, so they prove that two readings of the
specification agree, not that a BMC exists that does the same.
"""
import hashlib
import hmac
import json
import pathlib
import struct
import sys

import ciphers
import lib

RMCP = b'\x06\x00\xff\x07'
USER, PASSWORD = b'admin', b'password'
GUID = bytes.fromhex('b3c0ffee0000000000000000000000ff')
APP, CHASSIS = 0x06, 0x00
# Requests of a session, with their answers: network function, command, data.
COMMANDS = [
    (APP, 0x3b, b'\x04', b'\x00\x04'),
    (APP, 0x01, b'', bytes.fromhex('00200102300251bf0100000100')),
    (CHASSIS, 0x01, b'', bytes.fromhex('0001000000')),
    (CHASSIS, 0x02, b'\x03', b'\xd5'),
    (0x3e, 0x7f, b'', b'\xc1'),
]
CLOSE = 0x3c


class Chance:
    """Numbers that follow from a name."""

    def __init__(self, name):
        self.name, self.count = name, 0

    def __call__(self, size):
        self.count += 1
        seed = '%s/%d' % (self.name, self.count)
        return hashlib.sha256(seed.encode()).digest()[:size]


def message(to, net_fn, origin, rq_seq, command, data):
    head = bytes([to, net_fn << 2])
    body = bytes([origin, rq_seq << 2, command]) + data
    return head + bytes([-sum(head) % 256]) + body + bytes([-sum(body) % 256])


def question(net_fn, rq_seq, command, data=b''):
    return message(0x20, net_fn, 0x81, rq_seq, command, data)


def answer(net_fn, rq_seq, command, data):
    return message(0x81, net_fn | 1, 0x20, rq_seq, command, data)


def rmcpplus(kind, sid, seq, payload):
    return RMCP + b'\x06' + bytes([kind]) + struct.pack(
        '<IIH', sid, seq, len(payload)) + payload


def plain15(msg):
    return RMCP + bytes(9) + bytes([len(msg)]) + msg


class Exchange:
    def __init__(self, name, **case):
        self.meta = {'name': name, 'bmc': 'made', 'client': 'made', **case,
                     'user': USER.decode(), 'password': PASSWORD.decode(),
                     'priv': 'administrator', 'host': '-', 'client_exit': 0,
                     'client_says': '-', 'keys_from': 'made'}
        self.grams, self.chance = [], Chance(name)

    def say(self, who, raw, plain=None):
        gram = {'t': round(len(self.grams) / 1000, 6), 'dir': who,
                'hex': raw.hex()}
        if plain is not None:
            gram['plain'] = plain.hex()
        self.grams.append(gram)

    def capabilities(self, rq_seq, status, protocols):
        extended = 0x80 if protocols & 2 else 0
        self.say('c', plain15(question(APP, rq_seq, 0x38,
                                       bytes([0x0e | extended, 4]))))
        data = bytes([0, 1, 0x17 | extended, status, protocols]) + bytes(4)
        self.say('b', plain15(answer(APP, rq_seq, 0x38, data)))

    def run(self, seal, rq_seq, closing):
        """Everything in a session; `seal` makes a datagram of a message."""
        commands = COMMANDS + [(APP, CLOSE, closing, b'\x00')]
        for net_fn, command, data, reply in commands:
            self.say('c', *seal('c', question(net_fn, rq_seq, command, data)))
            self.say('b', *seal('b', answer(net_fn, rq_seq, command, reply)))
            rq_seq = (rq_seq + 1) % 64

    def lines(self):
        return ''.join(json.dumps(row) + '\n'
                       for row in [self.meta] + self.grams)


def make20(suite, kg=None, what=''):
    name = 'made-c%d%s' % (suite, '-kg' if kg else '')
    case = {'ipmi': '2.0', 'suite': suite, 'what': what}
    x = Exchange(name, **case, **({'kg': '0x' + kg.hex()} if kg else {}))
    login20(x, suite, kg or PASSWORD)
    x.meta['keys'], notes = lib.derive(x.meta, x.grams)
    if notes:
        raise ValueError(notes)
    x.meta['trailers_verified'], bad = lib.check_integrity(x.meta, x.grams)
    if bad:
        raise ValueError('%s: %d trailers are wrong' % (name, bad))
    return x


def login20(x, suite, kg):
    auth, integ, conf = lib.SUITES[suite]
    algorithms = b''.join(bytes([i, 0, 0, 8, number, 0, 0, 0])
                          for i, number in enumerate((auth, integ, conf)))
    tag, role = x.chance(1)[0] % 250, b'\x14'
    sidc, sidm, rm, rc = x.chance(4), x.chance(4), x.chance(16), x.chance(16)
    who = role + bytes([len(USER)]) + USER

    def mac(key, *parts):
        return hmac.new(key, b''.join(parts), lib.HASH[auth]).digest()

    x.capabilities(5, 0x24 if kg != PASSWORD else 0x04, 3)
    x.say('c', rmcpplus(0x10, 0, 0, bytes([tag, 4, 0, 0]) + sidc + algorithms))
    x.say('b', rmcpplus(0x11, 0, 0, bytes([tag, 0, 4, 0]) + sidc + sidm
                        + algorithms))
    tag += 1
    x.say('c', rmcpplus(0x12, 0, 0, bytes([tag, 0, 0, 0]) + sidm + rm + role
                        + bytes([0, 0, len(USER)]) + USER))
    x.say('b', rmcpplus(0x13, 0, 0, bytes([tag, 0, 0, 0]) + sidc + rc + GUID
                        + mac(PASSWORD, sidc, sidm, rm, rc, GUID, who)))
    tag += 1
    x.say('c', rmcpplus(0x14, 0, 0, bytes([tag, 0, 0, 0]) + sidm
                        + mac(PASSWORD, rc, sidc, who)))
    sik = mac(kg, rm, rc, who)
    check = mac(sik, rm, sidm, GUID)[:12 if auth == 1 else 16]
    x.say('b', rmcpplus(0x15, 0, 0, bytes([tag, 0, 0, 0]) + sidc + check))
    k1, k2 = mac(sik, b'\x01' * 20), mac(sik, b'\x02' * 20)
    x.run(sealer20(x, (integ, conf), (sidm, sidc), k1, k2[:16]), 9, sidm)


def sealer20(x, algorithms, ids, k1, k2):
    integ, conf = algorithms
    sids = {who: int.from_bytes(sid, 'little') for who, sid in zip('cb', ids)}
    seqs = {'c': 0, 'b': 0}

    def seal(who, msg):
        seqs[who] += 1
        kind, payload = (0x40 if integ else 0), msg
        if conf:
            pad = bytes(range(1, -(len(msg) + 1) % 16 + 1))
            vector = x.chance(16)
            payload = vector + ciphers.encrypt_cbc(
                k2, vector, msg + pad + bytes([len(pad)]))
            kind |= 0x80
        raw = rmcpplus(kind, sids[who], seqs[who], payload)
        if integ:
            pad = -(len(raw) - 4 + 2) % 4
            raw += b'\xff' * pad + bytes([pad, 7])
            raw += trailer(integ, k1, raw[4:])
        return raw, (msg if conf else None)
    return seal


def trailer(integ, k1, body):
    if integ == 3:
        padded = PASSWORD.ljust(20, b'\0')
        return hashlib.md5(padded + body + padded).digest()
    return hmac.new(k1, body, lib.HASH[min(integ, 3)]).digest()[
        :lib.TRAILER[integ]]


AUTH = {'none': 0, 'md2': 1, 'md5': 2, 'password': 4}


def make15(auth, form, what):
    x = Exchange('made-v15-%s%s' % (auth, '-' + form if form else ''),
                 ipmi='1.5', auth=auth, what=what)
    kind, bare = AUTH[auth], form != ''
    temporary, sid = x.chance(4), x.chance(4)
    challenge, first, inbound = x.chance(16), x.chance(4), x.chance(4)
    x.capabilities(21, 0x14 if bare else 0x04, 0)
    asked = bytes([kind]) + USER.ljust(16, b'\0')
    x.say('c', plain15(question(APP, 22, 0x39, asked)))
    x.say('b', plain15(answer(APP, 22, 0x39, b'\0' + temporary + challenge)))
    x.say('c', packet15(kind, bytes(4), temporary, question(
        APP, 23, 0x3a, bytes([kind, 4]) + challenge + first)))
    x.say('b', packet15(kind, first, temporary, answer(
        APP, 23, 0x3a, bytes([0, 0 if bare else kind]) + sid + inbound
        + b'\x04')))
    seqs = {'c': int.from_bytes(inbound, 'little') - 1,
            'b': int.from_bytes(first, 'little')}

    def seal(who, msg):
        seqs[who] = (seqs[who] + 1) % 2 ** 32
        seq = seqs[who].to_bytes(4, 'little')
        silent = who == 'b' and form == 'bare'
        return packet15(0 if silent else kind, seq, sid, msg), None
    x.run(seal, 24, sid)
    x.meta['trailers_verified'], bad = lib.check_authcodes(x.meta, x.grams)
    if bad:
        raise ValueError('%s: %d codes are wrong' % (x.meta['name'], bad))
    return x


def packet15(kind, seq, sid, msg):
    padded = PASSWORD.ljust(16, b'\0')
    covered = padded + sid + msg + seq + padded
    code = {0: b'', 4: padded}.get(kind)
    if code is None:
        code = (ciphers.md2(covered) if kind == 1
                else hashlib.md5(covered).digest())
    return RMCP + bytes([kind]) + seq + sid + code + bytes([len(msg)]) + msg


def exchanges():
    kg = bytes(range(0xa0, 0xb4))
    yield make20(6, what='RAKP-HMAC-MD5 only')
    yield make20(12, what='RAKP-HMAC-MD5, MD5-128 trailer, AES-CBC-128')
    yield make20(12, kg, what='the same with Kg')
    yield make20(16, what='RAKP-HMAC-SHA256, HMAC-SHA256-128 trailer')
    yield make20(16, kg, what='the same with Kg')
    for auth in 'md2', 'md5', 'password':
        yield make15(auth, 'bare', 'per-message authentication off: the BMC '
                     'sends no codes, and ignores those that come')
    yield make15('md5', 'unasked', 'per-message authentication off, and the '
                 'BMC sends codes all the same')


def main(check, folder):
    wrong = []
    for x in exchanges():
        path = folder / (x.meta['name'] + '.jsonl')
        if not check:
            path.write_text(x.lines())
        elif path.read_text() != x.lines():
            wrong.append(path.name)
    for name in wrong:
        print('BAD  %s is not what would be made' % name)
    return len(wrong)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1] == '--check', pathlib.Path(sys.argv[-1])))
