"""What a connector costs that watches the power of many servers."""
import time

from . import bmcs
from .measure import table
from .site import CLUSTER, MOST, bmc_section, site, usage

SECONDS = 30


def compare(_runs, _password_file):
    """Each BMC is asked once a second, in a session that stays open."""
    print(f'## Watching power\n\nOver {SECONDS} s, each BMC polled once a second.\n')
    rows = [watch(count) for count in (16, 256, 1024)]
    table(['BMCs', 'CPU %', 'µs a poll', 'resident MiB', 'oldest reading s', 'silent',
           'until all are read, s', "BMCs' CPU %"], rows)


def watch(count):
    with bmcs.ours(count) as served, site() as place:
        place.write(config(place, count))
        begin = time.monotonic()
        process = place.start('connector', 'connector')
        place.wait(lambda: sum(s['power'] != 'unknown' for s in place.servers()) == count)
        until = time.monotonic() - begin
        # The logins and the operator's questions are over.
        time.sleep(3)
        before, theirs, start = usage(process), served.cpu_seconds(), time.monotonic()
        time.sleep(SECONDS)
        after, seconds = usage(process), time.monotonic() - start
        cpu = after[0] - before[0]
        theirs = served.cpu_seconds() - theirs
        servers = place.servers()
        silent = sum(server['bmc'] != 'answers' for server in servers)
        oldest = max(server['power-age-ms'] for server in servers) / 1e3
        polls = round(count * seconds)
        return [count, f'{cpu / seconds * 100:.2f}', f'{cpu / polls * 1e6:.1f}',
                f'{after[1] / 1024:.1f}', f'{oldest:.2f}', silent,
                f'{until:.1f}', f'{theirs / seconds * 100:.1f}']


def config(place, count):
    text = place.head()
    for number, address in enumerate(bmcs.addresses(bmcs.OURS, count)):
        if number % MOST == 0:
            text += place.cluster(CLUSTER + number // MOST)
        text += bmc_section(number % MOST + 1, address)
    return text
