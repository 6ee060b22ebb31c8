"""One `power status`, whole process."""
from . import bmcs, build, clients
from .measure import median, peak_kib, side_by_side, spread, table


def compare(runs, password_file):
    print('### One power status, whole process\n')
    komainu = build.komainu()
    for serve in (bmcs.ours, bmcs.theirs):
        with serve(1) as served:
            host = bmcs.address(served.net, 1)
            everybody = [clients.komainu(komainu, password_file, host), clients.ipmipower(host),
                         clients.ipmitool(host), clients.fence_ipmilan(host)]
            found = side_by_side(everybody, 1, served, runs)
            best = median(found['komainu'], 0)
            print(f'Against {served.name}:\n')
            table(['client', 'wall ms', 'CPU ms', 'peak MiB', 'BMC\'s CPU ms', 'times komainu'],
                  [[client.name, spread([r[0] for r in rows]), spread([r[1] for r in rows]),
                    f'{peak_kib(client.argv) / 1024:.1f}', f'{median(rows, 2) * 1e3:.2f}',
                    f'{median(rows, 0) / best:.1f}']
                   for client, rows in ((client, found[client.name]) for client in everybody)])
