"""Power status of many BMCs at once."""
import pathlib
import tempfile

from . import bmcs, build, clients
from .measure import median, peak_kib, side_by_side, spread, table

SIZES = (16, 64, 256, 1024)
# An ipmi_sim takes 3.6 MiB, and more than its share of a small machine.
MOST_OF_THEIRS = 256


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
                first = base.setdefault(client.name, (size, peak))
                rows.append(row(client.name, size, found, peak, first))
    print(f'Against {served.name}:\n')
    table(['client', 'BMCs', 'wall ms', 'CPU ms', 'BMCs\' CPU ms', 'peak MiB',
           f'KiB a BMC above {sizes[0]}', 'times komainu'], rows)


def fleet(net, size, programs, password_file, file):
    komainu, peers = programs
    hosts = bmcs.ranges(net, size)
    return [clients.komainu(komainu, password_file, hosts), clients.ipmipower(hosts),
            clients.ruipmi(peers, pathlib.Path(file))]


def row(name, size, found, peak, first):
    mine = found[name]
    more = size - first[0]
    each = f'{(peak - first[1]) / more:.2f}' if more else ''
    return [name, size, spread([r[0] for r in mine]), spread([r[1] for r in mine]),
            f'{median(mine, 2) * 1e3:.1f}', f'{peak / 1024:.1f}', each,
            f'{median(mine, 0) / median(found["komainu"], 0):.1f}']
