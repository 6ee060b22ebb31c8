"""Power status of many BMCs at once."""
import pathlib
import tempfile

from . import bmcs, build, clients
from .measure import median, peak_kib, side_by_side, spread, table

SIZES = (16, 64, 256, 1024)
# An ipmi_sim takes 3.6 MiB, and more than its share of a small machine.
MOST_OF_THEIRS = 256
# What one BMC more costs is told from here on: with fewer, not even the buffers are complete.
BASE = 64


def compare(runs, password_file):
    print('### Power status of many BMCs\n')
    programs = build.komainu(), build.peers()
    with bmcs.ours(max(SIZES)) as served:
        measure(served, SIZES, programs, password_file, runs)
    with bmcs.theirs(MOST_OF_THEIRS) as served:
        measure(served, (MOST_OF_THEIRS,), programs, password_file, runs)


def measure(served, sizes, programs, password_file, runs):
    rows, base = [], {}
    for size in sizes:
        with tempfile.NamedTemporaryFile('w') as file:
            file.write('\n'.join(bmcs.addresses(served.net, size)))
            file.flush()
            everybody = fleet(served.net, size, programs, password_file, file.name)
            found = side_by_side(everybody, size, served, runs)
            for client in everybody:
                peak = peak_kib(client.argv)
                costs = found[client.name]
                if size == BASE:
                    base[client.name] = (median(costs, 1), peak)
                best = median(found['komainu'], 0)
                rows.append(row(client.name, size, costs, peak, base.get(client.name), best))
    print(f'Against {served.name}:\n')
    table(['client', 'BMCs', 'wall ms', 'CPU ms', f'µs a BMC above {BASE}', 'peak MiB',
           f'KiB a BMC above {BASE}', 'BMCs\' CPU ms', 'times komainu'], rows)


def fleet(net, size, programs, password_file, file):
    komainu, peers = programs
    hosts = bmcs.ranges(net, size)
    return [clients.komainu(komainu, password_file, hosts), clients.ipmipower(hosts),
            clients.ruipmi(peers, pathlib.Path(file))]


def row(name, size, costs, peak, base, best):
    cpu = median(costs, 1)
    time_each = memory_each = ''
    if base and size > BASE:
        time_each = f'{(cpu - base[0]) / (size - BASE) * 1e6:.1f}'
        memory_each = f'{(peak - base[1]) / (size - BASE):.2f}'
    return [name, size, spread([c[0] for c in costs]), spread([c[1] for c in costs]), time_each,
            f'{peak / 1024:.1f}', memory_each, f'{median(costs, 2) * 1e3:.1f}',
            f'{median(costs, 0) / best:.1f}']
