"""Holds an ARM image to its limits in the smallest appliance, and prints what it takes.

Usage: measure.py IMAGE TEXT, where TEXT is what the image has written: lines of a name and bytes.
"""

import struct
import sys

KIB = 1024
# What each image may take at most, in bytes. "ram" is all its statics and its stack; a machine is
# told by the image itself.
LIMITS = {
    "fencing": {"flash": 96 * KIB, "ram": 16 * KIB, "session": 512},
    "connector": {"flash": 192 * KIB, "connector": 24 * KIB, "stack": 8 * KIB},
}
WHAT = {
    "flash": "vectors, code, constants, initial data",
    "ram": "16 sites (a session, a fence, a BMC's stand-in), two datagram buffers, stack",
    "session": "one session with a BMC",
    "connector": "16 servers in 8 clusters: sessions, fencings, arbiters, reset path, timers",
    "stack": "the deepest while it runs",
}
# What the stack gets when the image could not be run to measure it.
STACK_RESERVE = 4 * KIB

ALLOCATED, NO_BITS, SYMBOLS = 0x2, 8, 2
ALLOCATOR = ("__rust_alloc", "__rust_realloc", "__rust_dealloc", "__rg_alloc", "malloc")


class Image:
    """The sections and symbols of a 32-bit little-endian ELF file."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = file.read()
        if self.data[:6] != b"\x7fELF\x01\x01":
            raise SystemExit(f"{path} is no 32-bit little-endian ELF file")
        start, = struct.unpack_from("<I", self.data, 32)
        count, names = struct.unpack_from("<HH", self.data, 48)
        self.headers = [struct.unpack_from("<10I", self.data, start + 40 * i) for i in range(count)]
        self.names = self.headers[names]

    def text(self, table, offset):
        start = table[4] + offset
        return self.data[start:self.data.index(b"\0", start)].decode()

    def sections(self):
        """Name, kind and size of every section that takes memory."""
        for header in self.headers:
            name, kind, flags, _, _, size = header[:6]
            if flags & ALLOCATED and size:
                yield self.text(self.names, name), kind, size

    def symbols(self):
        """The names of all symbols."""
        for header in self.headers:
            if header[1] != SYMBOLS:
                continue
            table = self.headers[header[6]]
            for at in range(header[4], header[4] + header[5], 16):
                yield self.text(table, struct.unpack_from("<I", self.data, at)[0])


def main(path, told):
    image, limits = Image(path), LIMITS[path.rsplit("/", 1)[-1]]
    told = {name: int(value) for name, value in (line.split() for line in told.splitlines())}
    sections = list(image.sections())
    static = sum(size for name, kind, size in sections if kind == NO_BITS or name == ".data")
    taken = dict(told)
    taken["flash"] = sum(size for _, kind, size in sections if kind != NO_BITS)
    taken["ram"] = static + told.get("stack", STACK_RESERVE)

    for name, kind, size in sections:
        print(f"  {name:<16}{size:>7}  {'RAM' if kind == NO_BITS else 'flash'}")
    for name, size in told.items():
        print(f"  {name:<16}{size:>7}  told by the image")
    wrong = []
    for name, limit in limits.items():
        if name not in taken:
            print(f"{name} not measured: the image was not run")
            continue
        print(f"{name} {taken[name]} of {limit} bytes: {WHAT[name]}")
        if taken[name] > limit:
            wrong.append(f"{name}: {taken[name]} bytes, at most {limit}")

    names = set(image.symbols())
    wrong += [f"{name} is linked" for name in names if any(a in name for a in ALLOCATOR)]
    # Mangled names of core::panicking and what calls it; none is reachable, so none is linked.
    wrong += [f"{name} is linked: the core could panic" for name in names
              if "9panicking" in name or "expect_failed" in name or "unwrap_failed" in name]
    for line in wrong:
        print("WRONG:", line)
    if not wrong:
        print("No allocator is linked, and nothing that could panic.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
