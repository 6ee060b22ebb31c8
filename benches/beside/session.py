"""What one whole session costs a client: log in, ask for the power, close."""
import json
import re
import statistics
import subprocess

from . import bmcs, build
from .measure import spread, table

SESSIONS = 4000
# Side by side.
BMCS = 64
# Instructions are counted between a short run and a long one, so that starting does not count.
SHORT, LONG = 50, 250


def compare(runs, _):
    print('### One whole session, in one thread\n')
    core, peers = build.bench('sessions'), build.peers()
    with bmcs.ours(BMCS) as served:
        host = bmcs.address(served.net, 1)
        for suite in ('3', '17'):
            everybody = commands(core, peers, host, suite)
            found = {name: [] for name in everybody}
            for _ in range(runs):
                for name, command in everybody.items():
                    found[name].append(cost(command(SESSIONS)))
            counts = {name: instructions(command) for name, command in everybody.items()}
            print(f'Suite {suite}, against bmc-sim:\n')
            table(['client', 'CPU µs', 'of it user µs', 'sessions/s', 'user instructions',
                   'allocations', 'allocated bytes'],
                  [row(name, rows, counts[name]) for name, rows in found.items()])


def commands(core, peers, host, suite):
    """For each client, the command that has so many sessions."""
    def ours(mode, *more):
        return lambda sessions: [core, mode, f'{host}:623', suite, str(sessions), *more]
    found = {
        'komainu, one datagram a call': ours('one'),
        f'komainu, {BMCS} sessions side by side': ours('many', str(BMCS)),
        'as many pings, side by side': ours('floor', str(BMCS)),
        'ruipmi': lambda sessions: [peers, 'ruipmi', host, suite, str(sessions)],
    }
    if suite == '3':
        found['ipmi'] = lambda sessions: [peers, 'ipmi', host, str(sessions)]
    return found


def cost(argv):
    """Of one session, times in seconds."""
    done = subprocess.run(argv, check=True, capture_output=True, text=True)
    told = json.loads(done.stdout)
    if told['failed']:
        raise SystemExit(f'{told["failed"]} sessions failed: {argv}\n{done.stderr}')
    user, system, wall = (told[part] / 1e6 / told['sessions'] for part in
                          ('user_us', 'system_us', 'wall_us'))
    allocations, size = (told[part] / told['sessions'] for part in
                         ('allocations', 'allocated_bytes'))
    return user + system, user, 1 / wall, allocations, size


def instructions(command):
    """User instructions of one session, by callgrind."""
    def total(sessions):
        done = subprocess.run(
            ['valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null', *command(sessions)],
            check=True, capture_output=True, text=True)
        return int(re.search(r'Collected\s*:\s*(\d+)', done.stderr)[1])
    return (total(LONG) - total(SHORT)) / (LONG - SHORT)


def row(name, rows, count):
    cpu, user, rate, allocations, size = zip(*rows)
    return [name, spread(cpu, 1e6), spread(user, 1e6), spread(rate, 1, 0), f'{count:,.0f}',
            f'{statistics.median(allocations):.0f}', f'{statistics.median(size):,.0f}']
