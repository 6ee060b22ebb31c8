"""Runs programs and says what they took."""
import dataclasses
import os
import re
import statistics
import subprocess
import time
import typing


@dataclasses.dataclass
class Cost:
    """Of one run, in seconds."""
    wall: float
    cpu: float
    text: str


def run(argv):
    """Runs a program to its end. Its CPU time is the system's own account of it."""
    output = os.memfd_create('output')
    actions = [(os.POSIX_SPAWN_DUP2, output, 1), (os.POSIX_SPAWN_OPEN, 2, '/dev/null', 1, 0)]
    start = time.perf_counter()
    pid = os.posix_spawnp(argv[0], argv, os.environ, file_actions=actions)
    _, _, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - start
    with os.fdopen(output, 'r') as written:
        written.seek(0)
        return Cost(wall, usage.ru_utime + usage.ru_stime, written.read())


def peak_kib(argv, runs=5):
    """The most memory a program has at once, median of some runs. A process that was spawned by a
    bigger one is booked the bigger one's memory, hence the small helper (the package time)."""
    def once():
        done = subprocess.run(['/usr/bin/time', '-f', '%M', *argv], capture_output=True, text=True,
                              check=False)
        return int(re.findall(r'\d+', done.stderr)[-1])
    return statistics.median(once() for _ in range(runs))


@dataclasses.dataclass
class Client:
    """Somebody who is measured: a command, and how many BMCs its output says have answered."""
    name: str
    argv: list
    answers: typing.Callable[[str], int]


def lines(pattern):
    """Counts the lines that look like this."""
    return lambda text: len(re.findall(pattern, text, re.MULTILINE))


def side_by_side(clients, bmcs, served, runs):
    """Runs all clients in turn, so that all meet the same weather; costs by name. The first round
    warms up. Beside each cost, what the BMCs took for it."""
    found = {client.name: [] for client in clients}
    for round_ in range(runs + 1):
        for client in clients:
            before = served.cpu_seconds()
            cost = run(client.argv)
            theirs = served.cpu_seconds() - before
            if (got := client.answers(cost.text)) != bmcs:
                print(f'({client.name}: {got} of {bmcs} answered; left out)\n')
            elif round_:
                found[client.name].append((cost.wall, cost.cpu, theirs))
    return found


def spread(values, unit=1e3, digits=1):
    """Median, and the least and the most."""
    middle, least, most = (f'{value * unit:,.{digits}f}' for value in
                           (statistics.median(values), min(values), max(values)))
    return f'{middle} ({least} to {most})'


def median(rows, column):
    return statistics.median(row[column] for row in rows)


def table(head, rows):
    """Prints a Markdown table; every column but the first is of numbers."""
    print('| ' + ' | '.join(head) + ' |')
    print('| --- |' + ' ---: |' * (len(head) - 1))
    for row in rows:
        print('| ' + ' | '.join(map(str, row)) + ' |')
    print(flush=True)
