"""Holds an ARM image to its limits in the smallest appliance, and prints what it takes.

Usage: measure.py IMAGE TEXT, where TEXT is what the image has written: lines of a name and bytes.
"""

import bisect
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

ALLOCATED, EXECUTED, NO_BITS, SYMBOLS = 0x2, 0x4, 8, 2
# Start and reload read a configuration, and nothing from the network. They sort, collect and take
# apart lists by the standard ways, whose checks of their own arguments stay in the image.
MAY_PANIC = {"connector": ("9quicksort", "9from_iter", "6reload", "5start", "IntoIter")}
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
        """Name, address and size of all symbols."""
        for header in self.headers:
            if header[1] != SYMBOLS:
                continue
            table = self.headers[header[6]]
            for at in range(header[4], header[4] + header[5], 16):
                name, address, size = struct.unpack_from("<3I", self.data, at)
                yield self.text(table, name), address & ~1, size

    def calls(self):
        """The functions that call or jump to another one: each pair of names, where known."""
        functions = sorted((address, size, name) for name, address, size in self.symbols() if size)
        starts = [address for address, _, _ in functions]
        for name, _, size, address, offset in self.code():
            for at in range(0, size - 2, 2):
                first, second = struct.unpack_from("<HH", self.data, offset + at)
                # BL and B.W of Thumb-2, encoding T4.
                if first >> 11 != 0b11110 or second & 0x9000 != 0x9000:
                    continue
                sign, high = first >> 10 & 1, first & 0x3FF
                one, two = (~((second >> bit & 1) ^ sign) & 1 for bit in (13, 11))
                jump = (one << 23 | two << 22 | high << 12 | (second & 0x7FF) << 1) - (sign << 24)
                ends = [functions[place - 1] for place in
                        (bisect.bisect_right(starts, end)
                         for end in (address + at, address + at + 4 + jump)) if place]
                if len(ends) == 2:
                    yield ends[0][2], ends[1][2]

    def code(self):
        """Name, flags, size, address and offset of every section of code."""
        for header in self.headers:
            name, kind, flags, address, offset, size = header[:6]
            if kind != NO_BITS and flags & EXECUTED:
                yield self.text(self.names, name), flags, size, address, offset


def could_panic(name):
    """Mangled names of core::panicking and of what calls it."""
    return any(part in name for part in
               ("9panicking", "expect_failed", "unwrap_failed", "slice_index_fail"))


def main(path, told):
    program = path.rsplit("/", 1)[-1]
    image, limits = Image(path), LIMITS[program]
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

    names = {name for name, _, _ in image.symbols()}
    wrong += [f"{name} is linked" for name in names if any(a in name for a in ALLOCATOR)]
    callers = {caller for caller, called in image.calls()
               if could_panic(called) and not could_panic(caller)}
    allowed = MAY_PANIC.get(program, ())
    wrong += [f"{caller} could panic" for caller in sorted(callers)
              if not any(part in caller for part in allowed)]
    if any(map(could_panic, names)) and not callers:
        wrong.append("something could panic")
    for line in wrong:
        print("WRONG:", line)
    if not wrong:
        print("No allocator is linked, and nothing that could panic"
              + (" but in start and reload." if callers else "."))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
