"""AES-128-CBC (FIPS 197) and MD2 (RFC 1319), which Python's library lacks.

For making and checking exchanges only: slow, and not safe against timing.
"""
MD2_TABLE = bytes.fromhex(
    '292e43c9a2d87c013d3654a1ecf0061362a705f3c0c7738c98932bd9bc4c82ca'
    '1e9b573cfdd4e01667426f188a17e512be4ec4d6da9ede49a0fbf58ebb2fee7a'
    'a968799115b2073f94c210890b225f21807f5d9a5a903227353ecce7bff79703'
    'ff1930b348a5b5d1d75e922aac56aac64fb838d296a47db676fc6be29c7404f1'
    '459d705964718720865bcf65e62da8021b6025adaeb0b9f61c46616934407e0f'
    '5547a323dd51af3ac35cf9cebac5ea262c530d6e85288409d3dfcdf441814d52'
    '6adc37c86cc1abfa24e17b080cbdb14a7888958be363e86de9cbd5fe3b001d39'
    'f2efb70e6658d0e4a67772f8eb754b0a314450b48fed1f1adb998d339f118314')


def md2(data):
    pad = 16 - len(data) % 16
    data += bytes([pad]) * pad
    checksum, last = bytearray(16), 0
    for at in range(0, len(data), 16):
        for i in range(16):
            checksum[i] ^= MD2_TABLE[data[at + i] ^ last]
            last = checksum[i]
    state = bytearray(48)
    data += bytes(checksum)
    for at in range(0, len(data), 16):
        block = data[at:at + 16]
        state[16:32] = block
        state[32:48] = bytes(a ^ b for a, b in zip(state[:16], block))
        last = 0
        for step in range(18):
            for i in range(48):
                state[i] ^= MD2_TABLE[last]
                last = state[i]
            last = (last + step) % 256
    return bytes(state[:16])


def _double(byte):
    return byte << 1 ^ (0x11b if byte & 0x80 else 0)


def _product(a, b):
    product = 0
    while b:
        product ^= a if b & 1 else 0
        a, b = _double(a), b >> 1
    return product


def _box():
    box = [0x63]
    for byte in range(1, 256):
        inverse = next(i for i in range(256) if _product(byte, i) == 1)
        value = inverse
        for turn in range(1, 5):
            value ^= (inverse << turn | inverse >> (8 - turn)) & 0xff
        box.append(value ^ 0x63)
    return bytes(box)


BOX = _box()


def _round_keys(key):
    words = [key[i:i + 4] for i in range(0, 16, 4)]
    constant = 1
    for i in range(4, 44):
        word = words[-1]
        if i % 4 == 0:
            word = bytes(BOX[b] for b in word[1:] + word[:1])
            word = bytes([word[0] ^ constant]) + word[1:]
            constant = _double(constant)
        words.append(bytes(a ^ b for a, b in zip(words[-4], word)))
    return [b''.join(words[i:i + 4]) for i in range(0, 44, 4)]


def _mixed(column):
    return [_double(column[i]) ^ _double(column[(i + 1) % 4])
            ^ column[(i + 1) % 4] ^ column[(i + 2) % 4] ^ column[(i + 3) % 4]
            for i in range(4)]


def _encrypt_block(keys, block):
    block = bytes(a ^ b for a, b in zip(block, keys[0]))
    for number, key in enumerate(keys[1:], 1):
        block = [BOX[block[i % 4 + 4 * ((i // 4 + i % 4) % 4)]]
                 for i in range(16)]
        if number < 10:
            block = [b for i in range(0, 16, 4) for b in _mixed(block[i:i + 4])]
        block = bytes(a ^ b for a, b in zip(block, key))
    return block


def encrypt_cbc(key, vector, plain):
    keys, out, last = _round_keys(key), b'', vector
    for at in range(0, len(plain), 16):
        block = bytes(a ^ b for a, b in zip(plain[at:at + 16], last))
        last = _encrypt_block(keys, block)
        out += last
    return out
