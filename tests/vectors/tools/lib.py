"""Reading the captures: pcap, RMCP+ key derivation, trailers.

Written from the IPMI 2.0 tables, for checking the captures; standard library
only.
"""
import hashlib
import hmac
import struct

HASH = {1: hashlib.sha1, 2: hashlib.md5, 3: hashlib.sha256}
# suite: authentication, integrity, confidentiality
SUITES = {0: (0, 0, 0), 1: (1, 0, 0), 2: (1, 1, 0), 3: (1, 1, 1),
          6: (2, 0, 0), 7: (2, 2, 0), 8: (2, 2, 1), 11: (2, 3, 0),
          12: (2, 3, 1), 15: (3, 0, 0), 16: (3, 4, 0), 17: (3, 4, 1)}
TRAILER = {0: 0, 1: 12, 2: 16, 3: 16, 4: 16}


def read_pcap(path, bmc):
    """The UDP payloads as [{'t', 'dir', 'hex'}]; 'c' is client to BMC."""
    data = open(path, 'rb').read()
    magic, = struct.unpack('<I', data[:4])
    if magic != 0xa1b2c3d4:
        raise ValueError('not a little-endian microsecond pcap')
    link, = struct.unpack('<I', data[20:24])
    off, out, t0 = 24, [], None
    while off < len(data):
        sec, usec, caplen, _ = struct.unpack('<IIII', data[off:off + 16])
        pkt = data[off + 16:off + 16 + caplen]
        off += 16 + caplen
        ip = pkt[14:] if link == 1 else pkt
        if ip[0] >> 4 != 4 or ip[9] != 17:
            continue
        src = '.'.join(str(b) for b in ip[12:16])
        udp = ip[(ip[0] & 15) * 4:]
        size, = struct.unpack('>H', udp[4:6])
        t = sec + usec / 1e6
        t0 = t if t0 is None else t0
        out.append({'t': round(t - t0, 6), 'dir': 'b' if src == bmc else 'c',
                    'hex': udp[8:size].hex()})
    return out


def rmcpplus(raw):
    """Header fields of an RMCP+ datagram, or None."""
    if len(raw) < 16 or raw[:4] != b'\x06\x00\xff\x07' or raw[4] != 6:
        return None
    sid, seq, size = struct.unpack('<IIH', raw[6:16])
    return {'enc': raw[5] >> 7, 'auth': raw[5] >> 6 & 1, 'type': raw[5] & 63,
            'sid': sid, 'seq': seq, 'payload': raw[16:16 + size],
            'rest': raw[16 + size:]}


def secret(text):
    if text is None:
        return None
    return (bytes.fromhex(text[2:]) if text.startswith('0x')
            else text.encode())


def derive(meta, grams):
    """SIK, K1, K2 of the last complete RAKP exchange, with its numbers."""
    if meta.get('ipmi') != '2.0' or meta.get('suite') not in SUITES:
        return None, None
    auth = SUITES[meta['suite']][0]
    s, done, notes = {}, None, []
    for g in grams:
        p = rmcpplus(bytes.fromhex(g['hex']))
        if not p:
            continue
        b = p['payload']
        if p['type'] == 0x11 and len(b) >= 36 and b[1] == 0:
            s = {'sidc': b[4:8], 'sidm': b[8:12]}
            algs = (b[16], b[24], b[32])
            if algs != SUITES[meta['suite']]:
                notes.append('BMC chose algorithms %d/%d/%d' % algs)
        elif p['type'] == 0x12 and s:
            s.update(rm=b[8:24], role=b[24], name=b[28:28 + b[27]])
        elif p['type'] == 0x13 and 'rm' in s and b[1] == 0:
            s.update(rc=b[8:24], guid=b[24:40], mac2=b[40:])
        elif p['type'] == 0x14 and 'rc' in s and b[1] == 0:
            s['mac3'] = b[8:]
        elif p['type'] == 0x15 and 'mac3' in s and b[1] == 0:
            s['mac4'] = b[8:]
            done = dict(s)
    if not done:
        return None, '; '.join(notes) or None
    s = done
    out = {k: s[k].hex() for k in ('sidc', 'sidm', 'rm', 'rc', 'guid')}
    out['role'] = s['role']
    if auth == 0:
        return out, '; '.join(notes) or None
    h = HASH[auth]
    kuid = secret(meta['password'])
    kg = secret(meta.get('kg')) or kuid
    who = bytes([s['role'], len(s['name'])]) + s['name']

    def mac(key, data):
        return hmac.new(key, data, h).digest()
    for label, want, got in (
            ('RAKP2', mac(kuid, s['sidc'] + s['sidm'] + s['rm'] + s['rc']
                          + s['guid'] + who), s['mac2']),
            ('RAKP3', mac(kuid, s['rc'] + s['sidc'] + who), s['mac3'])):
        if want != got:
            notes.append(label + ' code is not the standard one')
    sik = mac(kg, s['rm'] + s['rc'] + who)
    want = mac(sik, s['rm'] + s['sidm'] + s['guid'])
    if want[:len(s['mac4'])] != s['mac4']:
        notes.append('RAKP4 code is not the standard one')
    out['sik'] = sik.hex()
    out['k1'] = mac(sik, b'\x01' * 20).hex()
    out['k2'] = mac(sik, b'\x02' * 20).hex()
    return out, '; '.join(notes) or None


def check_integrity(meta, grams):
    """Count the session trailers that verify, and those that do not."""
    ok = bad = 0
    if 'keys' not in meta or 'k1' not in meta['keys']:
        return 0, 0
    auth, integ, _ = SUITES[meta['suite']]
    n = TRAILER[integ]
    k1 = bytes.fromhex(meta['keys']['k1'])
    ids = {int.from_bytes(bytes.fromhex(meta['keys'][k]), 'little')
           for k in ('sidc', 'sidm')}
    for g in grams:
        raw = bytes.fromhex(g['hex'])
        p = rmcpplus(raw)
        if not p or not p['auth'] or p['sid'] not in ids:
            continue
        body, code = raw[4:-n], raw[-n:]
        if integ == 3:
            # MD5-128: the password (20 bytes, zero padded) on both sides
            pw = secret(meta['password']).ljust(20, b'\0')
            want = hashlib.md5(pw + body + pw).digest()
        else:
            want = hmac.new(k1, body, HASH[integ if integ < 4 else 3]
                            ).digest()[:n]
        if want == code:
            ok += 1
        else:
            bad += 1
    return ok, bad


def check_authcodes(meta, grams):
    """IPMI 1.5: count the MD5 and straight-password codes that verify."""
    ok = bad = 0
    if meta.get('ipmi') != '1.5' or 'password' not in meta:
        return 0, 0
    pw = meta['password'].encode().ljust(16, b'\0')
    for g in grams:
        raw = bytes.fromhex(g['hex'])
        if raw[:4] != b'\x06\x00\xff\x07' or raw[4] not in (2, 4):
            continue
        seq, sid, code = raw[5:9], raw[9:13], raw[13:29]
        msg = raw[30:30 + raw[29]]
        want = pw if raw[4] == 4 else hashlib.md5(
            pw + sid + msg + seq + pw).digest()
        if want == code:
            ok += 1
        else:
            bad += 1
    return ok, bad
