#!/usr/bin/env python3
"""A UPS in one process, as its network card shows it: behind net-snmp's agent, which asks it
over `pass_persist`, and steered over a socket.

  ups.py run DIR TRAP_PORT     the UPS; listens on DIR/ups, sends its traps to that port
  ups.py pass DIR ROOT         what the agent starts: carries its questions to the UPS

Steering, a line each: `mains off`, `charge 30`, `freeze on`, `refuse OBJECT`, `force OBJECT TYPE
VALUE`, `free`, `show`; each is answered with how the UPS is. Standard library only.
"""
import os
import socket
import subprocess
import sys
import threading
import time

RFC = (1, 3, 6, 1, 2, 1, 33)
APC = (1, 3, 6, 1, 4, 1, 318)
UPS = RFC + (1,)
APC_UPS = APC + (1, 1, 1)
FULL_RUNTIME = 600.0
LOW_RUNTIME = 120.0
GROUPS = 2
# What a card of APC makes of a delay, in seconds: the next lower one.
ALLOWED_DELAYS = (0, 20, 90, 180, 600)


def dotted(oid):
    return "." + ".".join(map(str, oid))


def numbers(text):
    return tuple(int(part) for part in text.strip().strip(".").split(".") if part)


class Ups:
    """Mains, battery, output, and what is to become of the output."""

    def __init__(self, trap_port):
        self.trap_port = trap_port
        self.mains = self.output = True
        self.charge = 100.0
        self.off_at = self.on_at = None
        self.restart = 1
        self.stay_off = self.slept_in_outage = False
        self.delay = 20
        self.test = 6
        self.test_ends = None
        self.groups = {number: [True, 20, None] for number in range(1, GROUPS + 1)}
        self.frozen = False
        self.refused = set()
        self.forced = {}
        self.orders = []
        self.last = time.monotonic()

    # What happens as time passes.

    def step(self):
        now = time.monotonic()
        passed, self.last = now - self.last, now
        if self.output and not self.mains:
            self.charge = max(0.0, self.charge - 100 * passed / FULL_RUNTIME)
        if self.off_at is not None and now >= self.off_at:
            self.off_at = None
            self.switch(False)
        if self.on_at is not None and now >= self.on_at and self.mains:
            self.on_at = None
            self.switch(True)
        if not self.output and self.mains and self.restart == 1 and self.sleeping():
            self.switch(True)
        if self.test_ends is not None and now >= self.test_ends:
            self.test, self.test_ends = 1, None
        for group in self.groups.values():
            if group[2] is not None and now >= group[2]:
                group[0], group[2] = False, None

    def sleeping(self):
        return not self.output and not self.stay_off and self.slept_in_outage

    def switch(self, on):
        if on == self.output:
            return
        self.output = on
        self.slept_in_outage = not self.mains
        if on:
            self.stay_off = False
        self.orders.append("on" if on else "off")
        self.trap("woke" if on else "off")

    def set_mains(self, on):
        if on != self.mains:
            self.mains = on
            self.trap("restored" if on else "battery")

    def left(self, at):
        return -1 if at is None else max(0, round(at - time.monotonic()))

    def runtime(self):
        return FULL_RUNTIME * self.charge / 100

    def low(self):
        return not self.mains and self.runtime() <= LOW_RUNTIME

    # Its traps, as both kinds of card send them.

    def trap(self, kind):
        standard = {"battery": 1, "restored": 4}.get(kind)
        apc = {"battery": 5, "restored": 9, "off": 12, "woke": 14}[kind]
        to = ["snmptrap", "-v2c", "-c", "public", "127.0.0.1:%d" % self.trap_port, ""]
        names = [APC + (0, apc)] + ([RFC + (2, standard)] if standard else [])
        for name in names:
            subprocess.Popen(to + [dotted(name)], stderr=subprocess.DEVNULL)

    # Its objects: name -> (type, value, what a SET does).

    def objects(self):
        return {**self.standard(), **self.apc(), **self.forced}

    def standard(self):
        source = 2 if not self.output else 3 if self.mains else 5
        alarms = [number for number, there in (
            (2, self.output and not self.mains), (3, self.low()), (14, not self.output),
            (22, self.off_at is not None), (24, self.test == 5)) if there]
        table = {
            (2, 1, 0): ("integer", 3 if self.low() else 2, None),
            (2, 3, 0): ("integer", int(self.runtime() // 60), None),
            (2, 4, 0): ("integer", int(self.charge), None),
            (4, 1, 0): ("integer", source, None),
            (4, 4, 1, 5, 1): ("integer", 31 if self.output else 0, None),
            (6, 1, 0): ("gauge", len(alarms), None),
            (7, 1, 0): ("objectid", dotted(UPS + (7, 7, 1)), self.start_test),
            (7, 2, 0): ("integer", 17, lambda value: None),
            (7, 3, 0): ("integer", self.test, None),
            (8, 1, 0): ("integer", 1, lambda value: None),
            (8, 2, 0): ("integer", self.left(self.off_at), self.shut_down),
            (8, 3, 0): ("integer", self.left(self.on_at), self.start_up),
            (8, 5, 0): ("integer", self.restart, self.set_restart),
        }
        for row, number in enumerate(alarms, 1):
            table[(6, 2, 1, 2, row)] = ("objectid", dotted(UPS + (6, 3, number)), None)
        return {UPS + name: value for name, value in table.items()}

    def apc(self):
        state = 3 if self.output and not self.mains else 2 if self.output else 7
        flags = ["0"] * 64
        flags[28] = "1" if self.test == 5 else "0"
        table = {
            (2, 1, 1, 0): ("integer", 3 if self.low() else 2, None),
            (2, 2, 1, 0): ("gauge", int(self.charge), None),
            (2, 2, 3, 0): ("timeticks", int(self.runtime() * 100), None),
            (2, 2, 4, 0): ("integer", 1, None),
            (4, 1, 1, 0): ("integer", state, None),
            (4, 2, 3, 0): ("gauge", 31 if self.output else 0, None),
            (5, 2, 10, 0): ("timeticks", self.delay * 100, self.set_delay),
            (6, 1, 1, 0): ("integer", 1, self.sleep),
            (6, 2, 1, 0): ("integer", 1, lambda how: self.apc_off(how, True)),
            (6, 2, 2, 0): ("integer", 1, lambda how: self.apc_off(how, False)),
            (6, 2, 6, 0): ("integer", 1, lambda how: self.start_up(0)),
            (7, 2, 2, 0): ("integer", 1, lambda how: self.start_test(dotted(UPS + (7, 7, 4)))),
            (7, 2, 3, 0): ("integer", 4 if self.test == 5 else 1, None),
            (7, 2, 6, 0): ("integer", 1, None),
            (8, 1, 0): ("integer", 1, None),
            (11, 1, 1, 0): ("string", "".join(flags), None),
        }
        for number, group in self.groups.items():
            table[(12, 1, 2, 1, 3, number)] = ("integer", 1 if group[0] else 2, None)
            table[(12, 2, 2, 1, 4, number)] = (
                "integer", group[1], lambda value, it=group: it.__setitem__(1, value))
            table[(12, 3, 2, 1, 3, number)] = (
                "integer", 1 if group[0] else 2, lambda value, it=group: self.command(it, value))
        return {APC_UPS + name: value for name, value in table.items()}

    # What a SET does; False = refused.

    def shut_down(self, seconds):
        self.orders.append("off-in %d" % seconds)
        self.off_at = None if seconds < 0 else time.monotonic() + seconds

    def start_up(self, seconds):
        self.on_at = None if seconds < 0 else time.monotonic() + seconds

    def set_restart(self, how):
        self.restart = how
        self.stay_off = how == 2

    def set_delay(self, ticks):
        self.delay = max(one for one in ALLOWED_DELAYS if one <= ticks // 100)

    def sleep(self, how):
        if self.mains:
            return False
        self.restart, self.stay_off = 1, False
        self.shut_down(self.delay)

    def apc_off(self, how, stay):
        delay = self.delay if how == 3 else 0
        self.restart, self.stay_off = (2, True) if stay else (1, False)
        if not stay:
            self.start_up(delay + 8)
        self.shut_down(delay)

    def command(self, group, how):
        now = time.monotonic()
        if how == 1:
            group[0] = True
        elif how in (2, 9):
            group[0] = False
        elif how in (5, 10):
            group[2] = now + group[1]
        elif how == 7:
            group[2] = None

    def start_test(self, name):
        which = numbers(name)[-1]
        self.test, self.test_ends = (5, time.monotonic() + 3) if which == 4 else (4, None)


def answer(ups, line):
    """What the agent's or the test's line gets."""
    word, _, rest = line.partition(" ")
    if word == "get":
        return value(ups, numbers(rest))
    if word == "next":
        root, _, after = rest.partition(" ")
        root, after = numbers(root), numbers(after)
        later = [one for one in sorted(ups.objects()) if one > after and one[: len(root)] == root]
        return value(ups, later[0]) if later else "NONE"
    if word == "set":
        name, kind, text = rest.split(" ", 2)
        return change(ups, numbers(name), kind, text.strip('"'))
    if word == "mains":
        ups.set_mains(rest == "on")
    elif word == "charge":
        ups.charge = float(rest)
    elif word == "freeze":
        ups.frozen = rest == "on"
    elif word == "refuse":
        ups.refused.add(numbers(rest))
    elif word == "force":
        name, kind, text = rest.split(" ", 2)
        ups.forced[numbers(name)] = (kind, text, None)
    elif word == "free":
        ups.forced.clear()
        ups.refused.clear()
    return "mains=%s output=%s off=%d on=%d restart=%d orders=%s" % (
        ups.mains, ups.output, ups.left(ups.off_at), ups.left(ups.on_at), ups.restart,
        "/".join(ups.orders))


def value(ups, name):
    found = ups.objects().get(name)
    return "NONE" if found is None else "%s\n%s\n%s" % (dotted(name), found[0], found[1])


def change(ups, name, kind, text):
    found = ups.objects().get(name)
    if found is None or found[2] is None or name in ups.refused:
        return "not-writable"
    done = found[2](text if kind == "objectid" else int(text))
    return "wrong-value" if done is False else "DONE"


def run(folder, trap_port):
    ups, lock = Ups(trap_port), threading.Lock()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(os.path.join(folder, "ups"))
    listener.listen()

    def tick():
        while True:
            time.sleep(0.02)
            with lock:
                ups.step()

    def serve(stream):
        with stream, stream.makefile("rw") as lines:
            for line in lines:
                line = line.rstrip("\n")
                while ups.frozen and line.startswith(("get", "next", "set")):
                    time.sleep(0.05)
                with lock:
                    ups.step()
                    lines.write(answer(ups, line).replace("\n", "\t") + "\n")
                lines.flush()

    threading.Thread(target=tick, daemon=True).start()
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()


def carry(folder, root):
    with socket.socket(socket.AF_UNIX) as stream:
        stream.connect(os.path.join(folder, "ups"))
        lines = stream.makefile("rw")

        def ask(text):
            lines.write(text + "\n")
            lines.flush()
            return lines.readline().rstrip("\n").replace("\t", "\n")

        for command in iter(sys.stdin.readline, ""):
            command = command.strip()
            if command == "PING":
                reply = "PONG"
            elif command == "get":
                reply = ask("get " + sys.stdin.readline().strip())
            elif command == "getnext":
                reply = ask("next %s %s" % (root, sys.stdin.readline().strip()))
            elif command == "set":
                name = sys.stdin.readline().strip()
                reply = ask("set %s %s" % (name, sys.stdin.readline().strip()))
            else:
                # The agent ends the value of a SET with a line of its own.
                continue
            print(reply, flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "run":
        run(sys.argv[2], int(sys.argv[3]))
    else:
        carry(sys.argv[2], sys.argv[3])
