"""Writes reset_vectors.jsonl: datagrams of the reset path, made from its description alone.

Usage: reset_vectors.py, without arguments. It shares nothing with the implementation but the names
of the listed values; their codes, the layout and the tags are its own. Each line is a datagram:

    name      what it shows
    key       the cluster's key, hexadecimal
    receiver  the number of the party that opens it
    header    its fields
    body      the fields of the message; absent when the datagram is refused
    refused   why it is refused; absent when it is not
    hex       the datagram
"""

import hashlib
import hmac
import json
import pathlib
import struct

HERE = pathlib.Path(__file__).resolve().parent
KEY = bytes(range(0x40, 0x60))
CONNECTOR, SECOND, HIGHEST = 0xFF00, 0xFF07, 65279
LONGEST = "Web-01_" + "x" * 24


def codes(first, names):
    return {name: code for code, name in enumerate(names.split(), first)}


KIND = codes(
    1, "PathCheck PathStatus ResetRequest ResetResult Notice Directive Report Heartbeat Handover"
)
ROLE = codes(1, "Primary Secondary")
SERVICE = codes(1, "Stopped Standby Starting Active Stopping Waiting")
HOST = codes(1, "Starting Running Leaving Maintenance")
POWER = codes(0, "Unknown On Off")
BMC = codes(0, "Unknown Answers Silent RefusesLogin NotPinned")
FENCE = codes(0, "None Asked Working Fenced Failed ConfirmedByOperator")
MODE = codes(0, "Normal Maintenance Plan Standby")
METHOD = codes(0, "AsConfigured HardReset PowerCycle Off OffThenOn LookOnly")
REASON = codes(
    1, "HeartbeatLost ServiceFailure ResourceTimeout Operator PanicNotice PowerOffNotice"
)
RESET = codes(1, "Accepted Working Fenced Refused Failed")
CAUSE = codes(
    0,
    "None StaleEcho UnknownSystem OtherCluster Itself RequesterFenced Held TooFewLeft NotActing "
    "TooMany BmcSilent LoginRefused CommandRefused Unconfirmed AllTried Operator Internal TargetOn "
    "IdReused TargetActive TargetStarting",
)
EVENT = codes(
    1,
    "ResetStarted Fenced ResetFailed PowerOff PowerOn PlanStarted PlanCalledOff PlanDone "
    "MaintenanceOn MaintenanceOff",
)
SOURCE = codes(1, "Poll Trap AlertCommand Fence Plan Operator")
DIRECTED = codes(
    1,
    "Freeze Thaw StopGuests StopServices ShutDown EnterMaintenance LeaveMaintenance StartGuests "
    "StartServices",
)
REPORT = codes(1, "Accepted Working Done Failed")
REPORT_CAUSE = codes(0, "None UnknownGroup Refused TimeLimit Internal")
STEP = codes(1, "Asked Stopping Released Started StartFailed Refused AsksYield Yields")


def name(text):
    return bytes([len(text)]) + text.encode()


def services(listed):
    items = [
        struct.pack(">HBBI", s["number"], ROLE[s["role"]], SERVICE[s["state"]], s["generation"])
        for s in listed
    ]
    return bytes([len(items)]) + b"".join(items)


def systems(listed):
    items = [
        struct.pack(">HBBB", s["host"], POWER[s["power"]], BMC[s["bmc"]], FENCE[s["fence"]])
        for s in listed
    ]
    return bytes([len(items)]) + b"".join(items)


BODY = {
    "PathCheck": lambda b: struct.pack(
        ">BHQBBIB", b["resume"], b["term"], b["token"], *b["keys"], b["digest"], HOST[b["state"]]
    )
    + name(b["name"])
    + services(b["services"]),
    "PathStatus": lambda b: struct.pack(">HBIB", b["term"], MODE[b["mode"]], b["digest"], b["key"])
    + name(b["name"])
    + systems(b["systems"]),
    "ResetRequest": lambda b: struct.pack(
        ">QHBBQ", b["id"], b["term"], METHOD[b["method"]], REASON[b["reason"]], b["target_epoch"]
    )
    + name(b["target"]),
    "ResetResult": lambda b: struct.pack(
        ">QBBBIQ",
        b["id"],
        RESET[b["state"]],
        CAUSE[b["cause"]],
        POWER[b["power"]],
        b["elapsed_ms"],
        b["token"],
    ),
    "Notice": lambda b: struct.pack(
        ">QBBHQQ",
        b["id"],
        EVENT[b["event"]],
        SOURCE[b["source"]],
        b["host"],
        b["unix_ms"],
        b["token"],
    ),
    "Directive": lambda b: struct.pack(">QBI", b["id"], DIRECTED[b["action"]], b["deadline"])
    + name(b["group"]),
    "Report": lambda b: struct.pack(
        ">QBHHB", b["id"], REPORT[b["state"]], b["done"], b["of"], REPORT_CAUSE[b["cause"]]
    ),
    "Heartbeat": lambda b: struct.pack(">IB", b["digest"], HOST[b["state"]])
    + services(b["services"]),
    "Handover": lambda b: struct.pack(">HIB", b["service"], b["generation"], STEP[b["step"]]),
}
assert list(BODY) == list(KIND)


def framed(header, body, length=None, magic=b"RPP1"):
    h = header
    kind = h["kind"] if isinstance(h["kind"], int) else KIND[h["kind"]]
    flags = h.get("flags", 1 if h["many"] else 0)
    covered = magic + struct.pack(
        ">BBHHHHBBQQQQ",
        kind,
        flags,
        h["cluster"],
        h["sender"],
        h["destination"],
        len(body) if length is None else length,
        h["key_number"],
        h["path"],
        h["epoch"],
        h["sequence"],
        h["echo"],
        h["nonce"],
    )
    assert len(covered) == 48
    covered += body
    return covered + hmac.new(KEY, covered, hashlib.sha256).digest()[:16]


FROM_HOST = ("PathCheck", "ResetRequest", "Report")
lines = []


def header(kind, **more):
    if kind in FROM_HOST:
        sender, destination = 17, CONNECTOR
    elif kind in ("Heartbeat", "Handover"):
        sender, destination = 17, 18
    else:
        sender, destination = CONNECTOR, 17
    made = {
        "kind": kind,
        "many": False,
        "cluster": 27001,
        "sender": sender,
        "destination": destination,
        "key_number": 1,
        "path": 0,
        "epoch": 0x0192_A6B3_C4D5_1234,
        "sequence": 1 + len(lines),
        "echo": 0x1122_3344_5566_7788,
        "nonce": 0x99AA_BBCC_DDEE_FF01,
    }
    if kind in ("Heartbeat", "Handover"):
        made["path"] = 3
    return made | more


def accepted(what, kind, body, receiver=None, **more):
    h = header(kind, **more)
    datagram = framed(h, BODY[kind](body))
    assert len(datagram) <= 512, what
    lines.append(
        {
            "name": what,
            "key": KEY.hex(),
            "receiver": receiver or h["destination"],
            "header": {k: v for k, v in h.items() if k != "flags"},
            "body": body,
            "hex": datagram.hex(),
        }
    )


def refused(what, cause, datagram, receiver=CONNECTOR):
    lines.append(
        {
            "name": what,
            "key": KEY.hex(),
            "receiver": receiver,
            "refused": cause,
            "hex": datagram.hex(),
        }
    )


def service(number, role="Primary", state="Active", generation=1):
    return {"number": number, "role": role, "state": state, "generation": generation}


def system(host, power="On", bmc="Answers", fence="None"):
    return {"host": host, "power": power, "bmc": bmc, "fence": fence}


def check(**more):
    return {
        "resume": False,
        "term": 2,
        "token": (2 << 48) + 9,
        "keys": [1, 0],
        "digest": 0xC0FFEE01,
        "state": "Running",
        "name": "db-1",
        "services": [service(1), service(2, "Secondary", "Standby", 7)],
    } | more


def status(**more):
    return {
        "term": 2,
        "mode": "Normal",
        "digest": 0xC0FFEE01,
        "key": 1,
        "name": "guard",
        "systems": [system(17), system(18, "Off", "Silent", "Fenced")],
    } | more


def request(**more):
    return {
        "id": 0x0123_4567_89AB_CDEF,
        "term": 2,
        "method": "AsConfigured",
        "reason": "HeartbeatLost",
        "target_epoch": 0x0192_A6B3_0000_0001,
        "target": "db-2",
    } | more


def result(**more):
    return {
        "id": 0x0123_4567_89AB_CDEF,
        "state": "Fenced",
        "cause": "None",
        "power": "Off",
        "elapsed_ms": 1234,
        "token": (2 << 48) + 10,
    } | more


def notice(**more):
    return {
        "id": 5,
        "event": "Fenced",
        "source": "Fence",
        "host": 18,
        "unix_ms": 1_800_000_000_123,
        "token": (2 << 48) + 10,
    } | more


def directive(**more):
    return {"id": 77, "action": "StopGuests", "deadline": 300, "group": "batch"} | more


def report(**more):
    return {"id": 77, "state": "Working", "done": 3, "of": 10, "cause": "None"} | more


def heartbeat(**more):
    return {"digest": 0xC0FFEE01, "state": "Running", "services": [service(9, generation=3)]} | more


def handover(**more):
    return {"service": 9, "generation": 4, "step": "Asked"} | more


TO_MANY = {"many": True, "destination": 0, "echo": 0, "nonce": 0}


def all_accepted():
    accepted("a PathCheck", "PathCheck", check())
    accepted("to a connector not yet known", "PathCheck", check(), CONNECTOR, destination=0, echo=0)
    accepted("a PathCheck to many", "PathCheck", check(), SECOND, destination=0, many=True, echo=0)
    accepted("no services, to resume", "PathCheck", check(resume=True, services=[], keys=[0, 0]))
    full = [service(65535 - n, generation=2**32 - 1 - n) for n in range(48)]
    accepted("48 services and 31 characters", "PathCheck", check(name=LONGEST, services=full))
    accepted(
        "the highest numbers",
        "PathCheck",
        check(term=65535, token=2**64 - 1, keys=[255, 254], digest=2**32 - 1),
        sender=HIGHEST,
        cluster=65535,
        epoch=2**64 - 1,
        sequence=2**64 - 1,
        echo=2**64 - 1,
        nonce=2**64 - 1,
    )
    accepted("the second key number alone", "PathCheck", check(keys=[0, 3]))
    for state in HOST:
        accepted(f"host state {state}", "PathCheck", check(state=state))
    accepted("a PathStatus", "PathStatus", status())
    accepted("no systems: a challenge", "PathStatus", status(systems=[], mode="Standby", name="g"))
    full = [system(HIGHEST - n, "Unknown", "Unknown") for n in range(64)]
    accepted("64 systems and 31 characters", "PathStatus", status(name=LONGEST, systems=full))
    for mode in MODE:
        accepted(f"mode {mode}", "PathStatus", status(mode=mode))
    accepted(
        "every power, BMC and fence state",
        "PathStatus",
        status(
            systems=[system(1, power=p) for p in POWER]
            + [system(2, bmc=b) for b in BMC]
            + [system(3, fence=f) for f in FENCE]
        ),
    )
    accepted(
        "from connector 255, which names key 255", "PathStatus", status(key=255), sender=0xFFFF
    )
    accepted("a ResetRequest", "ResetRequest", request())
    accepted(
        "a target never heard, of 31 characters",
        "ResetRequest",
        request(target_epoch=0, target=LONGEST, id=2**64 - 1, method="LookOnly"),
    )
    for method in METHOD:
        accepted(f"method {method}", "ResetRequest", request(method=method, target="a"))
    for reason in REASON:
        accepted(f"reason {reason}", "ResetRequest", request(reason=reason, target="0_-"))
    for state in RESET:
        accepted(f"a ResetResult: {state}", "ResetResult", result(state=state))
    for cause in CAUSE:
        accepted(
            f"cause {cause}",
            "ResetResult",
            result(state="Refused", cause=cause, power="Unknown", token=0, elapsed_ms=0),
        )
    accepted("a Notice to many", "Notice", notice(), 17, **TO_MANY)
    accepted("a Notice to one host", "Notice", notice())
    accepted("a Notice about the cluster", "Notice", notice(host=0, token=0), 17, **TO_MANY)
    for event in EVENT:
        accepted(f"event {event}", "Notice", notice(event=event), HIGHEST, **TO_MANY)
    for source in SOURCE:
        accepted(f"source {source}", "Notice", notice(source=source, host=HIGHEST), 1, **TO_MANY)
    for action in DIRECTED:
        accepted(f"a Directive: {action}", "Directive", directive(action=action, group=""))
    accepted("a group of 31 characters", "Directive", directive(group=LONGEST, deadline=2**32 - 1))
    for state in REPORT:
        accepted(f"a Report: {state}", "Report", report(state=state))
    for cause in REPORT_CAUSE:
        accepted(
            f"a Report of cause {cause}", "Report", report(state="Failed", cause=cause, done=65535)
        )
    accepted("a Heartbeat", "Heartbeat", heartbeat())
    accepted("a Heartbeat without services", "Heartbeat", heartbeat(services=[]), echo=0, path=255)
    full = [service(n, "Secondary", "Waiting", n) for n in range(48)]
    accepted("a Heartbeat with 48 services", "Heartbeat", heartbeat(services=full))
    accepted(
        "every role and service state",
        "Heartbeat",
        heartbeat(
            services=[service(1, role=r) for r in ROLE] + [service(2, state=s) for s in SERVICE]
        ),
    )
    for step in STEP:
        accepted(f"a Handover: {step}", "Handover", handover(step=step))
    accepted(
        "the highest service and generation",
        "Handover",
        handover(service=65535, generation=2**32 - 1),
    )


def changed(kind, body, at, value):
    """The datagram of a body in which the byte `at` has another value, with a good tag."""
    bytes_ = bytearray(BODY[kind](body))
    bytes_[at] = value
    return framed(header(kind), bytes(bytes_))


def all_refused():
    good = framed(header("Report"), BODY["Report"](report()))
    refused("nothing", "Length", b"")
    refused("one byte too short for an empty body", "Length", good[:63])
    refused("longer than 512 bytes", "Length", framed(header("Report"), bytes(449)))
    refused("another version", "Magic", framed(header("Report"), bytes(14), magic=b"RPP2"))
    refused(
        "a body shorter than it says", "BodyLength", framed(header("Report"), bytes(14), length=15)
    )
    refused(
        "a body longer than it says", "BodyLength", framed(header("Report"), bytes(14), length=13)
    )
    refused(
        "a body much longer than it says",
        "BodyLength",
        framed(header("Report"), bytes(9), length=65535),
    )
    refused("one byte behind the tag", "BodyLength", good + b"\0")
    refused("another cluster", "Cluster", framed(header("Report", cluster=27002), bytes(14)))
    refused("another connector", "Destination", good, SECOND)
    for kind in KIND:
        if kind not in ("PathCheck", "Notice"):
            h = header(kind)
            refused(f"a {kind} to many", "Destination", framed(h | TO_MANY, b""), h["destination"])
    refused(
        "a PathCheck to many, for a host",
        "Broadcast",
        framed(header("PathCheck", **TO_MANY), b""),
        18,
    )
    refused(
        "an unknown kind to many",
        "Destination",
        framed(header("PathCheck", **TO_MANY) | {"kind": 10}, b""),
    )
    refused(
        "from the receiver itself", "OwnSender", framed(header("Heartbeat", sender=18), b""), 18
    )
    refused(
        "an unknown key", "Key", framed(header("Report", key_number=2), BODY["Report"](report()))
    )
    refused("key 0", "Key", framed(header("Report", key_number=0), BODY["Report"](report())))
    refused("a changed tag", "Tag", good[:-1] + bytes([good[-1] ^ 1]))
    refused("a changed body", "Tag", good[:50] + bytes([good[50] ^ 0x80]) + good[51:])
    refused("sender 0", "Sender", framed(header("Report", sender=0), BODY["Report"](report())))
    for kind in (0, 10, 255):
        refused(f"kind {kind}", "Class", framed(header("Report") | {"kind": kind}, bytes(14)))
    refused(
        "a PathStatus from a host",
        "Class",
        framed(header("PathStatus", sender=18), BODY["PathStatus"](status())),
        17,
    )
    refused(
        "a Directive from a host",
        "Class",
        framed(header("Directive", sender=18), BODY["Directive"](directive())),
        17,
    )
    refused(
        "a Heartbeat from a connector",
        "Class",
        framed(header("Heartbeat", sender=SECOND), BODY["Heartbeat"](heartbeat())),
        18,
    )
    refused(
        "a Heartbeat to a connector",
        "Class",
        framed(header("Heartbeat", destination=CONNECTOR), BODY["Heartbeat"](heartbeat())),
    )
    refused(
        "a ResetRequest to a host",
        "Class",
        framed(header("ResetRequest", destination=18), BODY["ResetRequest"](request())),
        18,
    )
    bodies = {
        "PathCheck": check(),
        "PathStatus": status(),
        "ResetRequest": request(),
        "ResetResult": result(),
        "Notice": notice(),
        "Directive": directive(),
        "Report": report(),
        "Heartbeat": heartbeat(),
        "Handover": handover(),
    }
    for kind, fields in bodies.items():
        body, h = BODY[kind](fields), header(kind)
        refused(
            f"a {kind} with a byte left over", "Body", framed(h, body + b"\0"), h["destination"]
        )
        refused(f"a {kind} without its last byte", "Body", framed(h, body[:-1]), h["destination"])
        refused(f"an empty {kind}", "Body", framed(h, b""), h["destination"])
    # Kind, byte of the body, value that is not listed there.
    for kind, at, value in [
        ("PathCheck", 17, 0),
        ("PathCheck", 17, 5),
        ("PathCheck", 18, 0),
        ("PathCheck", 19, ord("-")),
        ("PathCheck", 20, ord(".")),
        ("PathCheck", 20, 0x80),
        ("PathCheck", 23, 3),
        ("PathCheck", 23, 1),
        ("PathCheck", 26, 0),
        ("PathCheck", 26, 3),
        ("PathCheck", 27, 0),
        ("PathCheck", 27, 7),
        ("PathStatus", 2, 4),
        ("PathStatus", 7, 0),
        ("PathStatus", 8, 0),
        ("PathStatus", 9, ord("_")),
        ("PathStatus", 17, 3),
        ("PathStatus", 18, 5),
        ("PathStatus", 19, 6),
        ("PathStatus", 15, 0xFF),
        ("ResetRequest", 10, 6),
        ("ResetRequest", 11, 0),
        ("ResetRequest", 11, 7),
        ("ResetRequest", 20, 0),
        ("ResetRequest", 20, 3),
        ("ResetRequest", 20, 5),
        ("ResetRequest", 21, ord(" ")),
        ("ResetResult", 8, 0),
        ("ResetResult", 8, 6),
        ("ResetResult", 9, 21),
        ("ResetResult", 10, 3),
        ("Notice", 8, 0),
        ("Notice", 8, 11),
        ("Notice", 9, 0),
        ("Notice", 9, 7),
        ("Notice", 10, 0xFF),
        ("Directive", 8, 0),
        ("Directive", 8, 10),
        ("Directive", 13, 4),
        ("Directive", 14, ord("_")),
        ("Report", 8, 0),
        ("Report", 8, 5),
        ("Report", 13, 5),
        ("Heartbeat", 4, 0),
        ("Heartbeat", 4, 5),
        ("Heartbeat", 5, 0),
        ("Heartbeat", 5, 2),
        ("Heartbeat", 8, 0),
        ("Heartbeat", 9, 7),
        ("Handover", 6, 0),
        ("Handover", 6, 9),
    ]:
        what = f"a {kind} with {value} as byte {at}"
        refused(what, "Body", changed(kind, bodies[kind], at, value), header(kind)["destination"])
    refused(
        "request id 0", "Body", framed(header("ResetRequest"), BODY["ResetRequest"](request(id=0)))
    )
    refused(
        "a result of request 0",
        "Body",
        framed(header("ResetResult"), BODY["ResetResult"](result(id=0))),
        17,
    )
    many = [service(n) for n in range(49)]
    refused(
        "49 services",
        "Body",
        framed(header("Heartbeat"), BODY["Heartbeat"](heartbeat(services=many))),
        18,
    )
    many = [system(n) for n in range(1, 66)]
    refused(
        "65 systems",
        "Body",
        framed(header("PathStatus"), BODY["PathStatus"](status(systems=many))),
        17,
    )
    longer = BODY["ResetRequest"](request(target="x" * 32))
    refused("a name of 32 characters", "Body", framed(header("ResetRequest"), longer))


def main():
    all_accepted()
    # Bits but the lowest are reserved, and ignored: of the header's flags, and of a PathCheck's.
    h = header("PathCheck", many=True)
    body = bytes([0xFE]) + BODY["PathCheck"](check())[1:]
    lines.append(
        {
            "name": "reserved bits are ignored",
            "key": KEY.hex(),
            "receiver": CONNECTOR,
            "header": h,
            "body": check(),
            "not_emitted": True,
            "hex": framed(h | {"flags": 0xFF}, body).hex(),
        }
    )
    all_refused()
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (HERE / "reset_vectors.jsonl").write_text(text)


if __name__ == "__main__":
    main()
