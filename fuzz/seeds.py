"""Makes the seeds of all fuzz targets anew, from the vectors of sessions and of the reset path.

Usage: seeds.py, without arguments. The seeds are kept, so this is needed only after a change of what
the bytes of an input mean (src/duel.rs, src/fence.rs, src/reset_path.rs, src/parties.rs), or for new recordings.
"""

import hashlib
import json
import pathlib
import shutil

HERE = pathlib.Path(__file__).resolve().parent
VECTORS = HERE.parent / "tests" / "vectors"
RESET_VECTORS = HERE.parent / "core" / "tests" / "reset_vectors.jsonl"
NUT_LINES = HERE.parent / "core" / "src" / "wire" / "nut" / "tests" / "upsd-2.8.0.txt"

# src/duel.rs: the low three bits say what happens, the upper five how.
FLOW, CLOSE, TO_DEADLINE, TO_LATER = 0x00, 0x07, 0x02, 0xFA
STATUS, OFF, ON, CYCLE = 0x01, 0x11, 0x19, 0x21
FORGE, REPEAT, CHANGE, MUTE = 0x05, 0x06, 0x24, 0x17
# Suites 17, 3, 8, 12 and IPMI 1.5; without asking first, as administrator, kept warm.
PROFILES = [base | more for base in range(5) for more in (0, 56)]
WALKS = {
    "power": [STATUS, FLOW, OFF, FLOW, STATUS, FLOW, ON, FLOW, FLOW, STATUS, FLOW, CLOSE, FLOW],
    "lost": [OFF, FLOW, CYCLE, MUTE, FLOW, TO_DEADLINE, FLOW, TO_DEADLINE, STATUS, TO_LATER, FLOW],
    "meddled": [STATUS, CHANGE, 20, 1, FLOW, REPEAT, FLOW, OFF, FLOW, REPEAT, 0x0E, FLOW, CLOSE],
}
# src/fence.rs: a plan, then pairs of a time and an answer.
FENCINGS = {
    "already-off": [0, 0, 1, 0, 1, 0],
    "off-and-on": [0, 1, 1, 1, 1, 2, 1, 0, 1, 0, 1, 2, 1, 1],
    "cycle": [2, 0, 1, 1, 1, 2, 1, 1, 1, 0, 1, 0],
    "unanswered": [1, 0, 1, 1, 255, 3, 9, 5, 1, 0, 1, 0],
    "wrong-state": [4, 0, 1, 1, 1, 11, 1, 0, 1, 0],
    "short": [0, 3, 50, 20, 50, 50, 30, 99, 10, 25, 1, 1, 1, 2] + [1, 1] * 40,
    "flapping": [3, 0, 1, 1, 1, 2] + [0, 0, 0, 1] * 40,
}
# src/reset_path.rs: the lowest bit names the host or the connector, the next three say what
# happens, the upper four how.
HOST, GUARD, HOST_TO_ALL, GUARD_TO_ALL = 0x00, 0x01, 0xF0, 0xF1
ARRIVES, ONE_BEFORE, EARLIER, PASS, MADE_UP = 0x04, 0x14, 0x08, 0x0A, 0x0D
HOST_STARTS, GUARD_STARTS = 0x0E, 0x0F
MEET = [HOST, ARRIVES, GUARD, ARRIVES]
DIALOGUES = {
    "request": [*MEET, HOST, ARRIVES, ARRIVES, PASS, 9, GUARD, ARRIVES],
    "call": [HOST_TO_ALL, ARRIVES, GUARD, ARRIVES, HOST, ARRIVES, GUARD_TO_ALL, ARRIVES, ARRIVES],
    "overtaken": [*MEET, HOST, HOST, HOST, ARRIVES, ONE_BEFORE, EARLIER, 2, EARLIER, 3],
    "restarts": [*MEET, HOST_STARTS, 9, *MEET, EARLIER, 0, GUARD_STARTS, 9, *MEET, EARLIER, 2],
    "set-back": [*MEET, HOST_STARTS, 0, *MEET, PASS, 200, *MEET, *MEET, EARLIER, 0, EARLIER, 2],
    "old": [*MEET, HOST, 0x7A, 200, ARRIVES, *MEET, *MEET],
}


def write(target, name, data):
    folder = HERE / "seeds" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(bytes(data))


def recorded():
    """Vector, direction, bytes and decrypted message of every datagram, one of each shape."""
    seen = set()
    for path in sorted(VECTORS.glob("*.jsonl")):
        for line in path.read_text().splitlines()[1:]:
            entry = json.loads(line)
            data = bytes.fromhex(entry["hex"])
            plain = bytes.fromhex(entry.get("plain", ""))
            # Kinds of packet and message and the command tell the shape, not the numbers inside.
            message = plain or data[14:]
            shape = (entry["dir"], data[3:6], message[1:2], message[5:6])
            if shape not in seen:
                seen.add(shape)
                yield path.stem, entry["dir"], data, plain


def bodies():
    """Kind and body of one message of each kind of the reset path."""
    seen = set()
    for line in RESET_VECTORS.read_text().splitlines():
        entry = json.loads(line)
        data = bytes.fromhex(entry["hex"])
        if "refused" not in entry and data[4] not in seen:
            seen.add(data[4])
            yield data[4], data[48:-16]


def nut():
    """Name and bytes of what each side said, and of conversations with our client."""
    text = NUT_LINES.read_text()
    for side in "CS":
        said = [line[3:] for line in text.splitlines() if line.startswith(f"{side}: ")]
        yield f"said-{side.lower()}", "".join(f"{line}\n" for line in said).encode()
    # src/nut.rs: with an account or without, then TLS or not; the low three bits say what happens.
    def says(line):
        return [3, len(line), *line.encode()]
    look = ["BEGIN LIST VAR ups-a", 'VAR ups-a ups.status "OB"', "END LIST VAR ups-a"]
    done = ["OK", "OK TRACKING 1", "SUCCESS"]
    can = ["BEGIN LIST CMD ups-a", "CMD ups-a shutdown.return", "END LIST CMD ups-a"]
    lines = [*["OK"] * 4, *look, *[line.replace("-a", "-b") for line in look]]
    hello = [0, 0, 0, *[byte for line in lines for byte in says(line)]]
    order = [6, 0, *[byte for line in [*can, *done[1:], *done[1:]] for byte in says(line)]]
    yield "order", [*hello, *order]
    yield "late", [*hello, 4, 4, 4, 0, 4]
    yield "tls", [0, 2, 0, *says("OK STARTTLS"), 1, *hello[3:]]


def appliance():
    """Of a recorded run: its block's records, its events, and a question's start."""
    run = (HERE.parent / "tests" / "replay" / "runs" / "outage.run").read_bytes()
    length = int.from_bytes(run[45:47], "big")
    yield "records", [0, *run[47 + 24 : 47 + length]]
    yield "question", [64, *b"KMNQ\x01\x01", *[0] * 100]
    yield "answer", [128, *b"KMNQ\x01\x02", *[0] * 100]
    yield "events", [192, *run[47 + length : 47 + length + 1500]]


def parties():
    """Walks: deliver (1), pass time (4), and what is done to a party in between."""
    flow = [1, 4, 2, 1, 4, 3] * 8
    order = [[6, 0, 0, 0, kind, 0] for kind in range(10)]
    yield "quiet", flow
    yield "orders", [*flow, *[byte for one in order for byte in [*one, *flow[:12]]]]
    yield "outage", [*flow, *[9, 0, 2, 1, 90, 4, 3, 1] * 12, *[9, 0, 2, 0, 95, 4, 4, 1] * 12]
    yield "meddled", [*flow, *[0, 2, 50, 4, 8, 1, 0, 0, 4, 2, 8, 0, 1] * 10]
    yield "off", [*flow, 9, 1, 0, 1, 4, 4, *flow, 9, 1, 0, 0, *flow]
    yield "made-up", [*flow, *[7, 0, 0, 40, *b"RPP1", *[1] * 36, 1, 4, 2] * 4]


def main():
    shutil.rmtree(HERE / "seeds", ignore_errors=True)
    for vector, direction, data, plain in recorded():
        # What is encrypted says nothing to a parser.
        for what in filter(None, (plain or data, plain[7:-1])):
            write("wire", hashlib.sha1(what).hexdigest()[:12], what)
        target = "session_bmc" if direction == "c" else "session_client"
        if len(data) < 256 and vector.endswith(("-c17", "-c3", "-md5")):
            forged = [4 if vector.startswith("v15") else 0, 0, 0, STATUS, FORGE, len(data), *data]
            write(target, hashlib.sha1(data).hexdigest()[:12], forged)
    for target in ("session_client", "session_bmc"):
        for name, walk in WALKS.items():
            for profile in PROFILES:
                write(target, f"{name}-{profile:02x}", [profile, 0, 0, *walk])
    for name, fencing in FENCINGS.items():
        write("fence", name, fencing)
    for name, dialogue in DIALOGUES.items():
        write("reset_path", name, [0, *dialogue])
    for kind, body in bodies():
        write("wire", hashlib.sha1(body).hexdigest()[:12], body)
        # To the connector, with the key.
        made_up = [MADE_UP, kind, *[0] * 9, len(body), *body]
        write("reset_path", f"made-up-{kind}", [1, *MEET, *made_up, GUARD, ARRIVES])
    for name, data in nut():
        write("nut", name, data)
    for name, data in appliance():
        write("block", name, data)
    for name, data in parties():
        write("connector", name, data)
        write("member", name, data)


if __name__ == "__main__":
    main()
