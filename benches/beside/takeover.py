"""From the moment when a silent host counts as failed to the start of its service elsewhere, seen
from outside: by the datagrams of the members, the connector and the BMC, and the service's start."""
import os
import select
import signal
import statistics
import struct
import subprocess
import time

from . import bmcs
from .capture import capture
from .measure import spread, table
from .site import CLUSTER, NET, bmc_section, site

PATROL, HEARTBEAT = 1.0, 0.053
# A nonce is new every eighth of the patrol, and the age of its echo is what a host is judged by.
TICK = PATROL / 8
CONFIRM_GAP, SLACK = 0.1, 0.005
PATH_CHECK, PATH_STATUS, REQUEST, RESULT, HEARTBEAT_KIND = 1, 2, 3, 4, 8
FENCED, IPMI = 3, 623

SERVICE = '''#!/bin/sh
cd "${0%/*}" || exit 9
case $KOMAINU_COMMAND in
start) echo >started && : >"runs.$KOMAINU_HOST" ;;
stop) rm -f "runs.$KOMAINU_HOST" ;;
check) [ -e "runs.$KOMAINU_HOST" ] ;;
esac
'''


def compare(runs, _password_file):
    """A fresh pair each time; its first host dies at any moment."""
    print('## From failed to started\n')
    for lag in (0, 0.3):
        found = [once(lag) for _ in range(runs)]
        print(f"The BMC switches off {lag * 1e3:.0f} ms after its answer; {runs} takeovers, ms:\n")
        table(['what', 'median (least to most)'],
              [[name, spread([row[name] for row in found])] for name in found[0]])


def once(lag):
    """One takeover; seconds by what they are."""
    with (bmcs.theirs(2, mode='script') as served, site() as place,
          capture(NET, bmcs.THEIRS) as traffic):
        for number in (1, 2):
            (served.folder / f'{number}/power').write_text('1')
        place.write(config(place))
        script = place.folder / 'service.sh'
        script.write_text(SERVICE)
        script.chmod(0o755)
        os.mkfifo(place.folder / 'started')
        # Also for writing, so that it does not end with the first that writes.
        starts = os.open(place.folder / 'started', os.O_RDWR)
        place.start('connector', 'connector')
        members = [member(place, name) for name in ('h1', 'h2')]
        place.wait(lambda: settled(place))
        # Of two that start together either may serve first.
        first, second = (1, 2) if (place.folder / 'runs.h1').exists() else (2, 1)
        # Enough heartbeats to see when nonces are made, to a millisecond; and an age at random.
        time.sleep(7 + time.time() % 1)
        os.read(starts, 100)
        if lag:
            (served.folder / f'{first}/lag').write_text(str(lag))
        os.killpg(members[first - 1].pid, signal.SIGKILL)
        died = time.time()
        if not select.select([starts], [], [], 60)[0]:
            raise SystemExit('Nothing was started.')
        started = time.time()
        os.close(starts)
        time.sleep(0.3)
        orders = (served.folder / f'{first}/log').read_text().split('\n')
        ordered = next(float(line.split()[0]) for line in orders if line.endswith('power 0'))
        os.killpg(members[second - 1].pid, signal.SIGKILL)
        made = echoed(traffic.seen, second)
        bmc = bmcs.address(served.net, first)
        return times(traffic.seen, died, made + PATROL, started, ordered, lag, bmc)


def member(place, name):
    """A host: what was started in its process group."""
    with open(place.folder / f'{name}.log', 'w', encoding='ascii') as log:
        process = subprocess.Popen(  # pylint: disable=consider-using-with
            [place.komainu, 'member', '--host', name, '--config', place.folder / f'{name}.toml',
             '--state', place.folder / name, '--json', '--host-down', 'true'],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, process_group=0)
    place.running.append(process)
    return process


def config(place):
    """Members differ in their control addresses alone."""
    def text(control):
        text = place.head() + f'[member]\ncontrol = "{NET}.{control}:7421"\n' + place.cluster(
            CLUSTER, f'patrol = "{PATROL * 1e3:.0f}ms"\nheartbeat = "{HEARTBEAT * 1e3:.0f}ms"\n'
            'start-wait = "5s"\n[cluster.fence]\npower-on = false\n')
        for number in (1, 2):
            text += bmc_section(number, bmcs.address(bmcs.THEIRS, number))
            text += f'paths = ["{NET}.{number + 100}"]\n'
        script = place.folder / 'service.sh'
        return text + (f'[[cluster.service]]\nnumber = 1\nname = "web"\nhosts = ["h1", "h2"]\n'
                       f'start = ["{script}"]\nstop = ["{script}"]\ncheck = ["{script}"]\n'
                       'check-every = "1s"\n')
    for number, name in ((11, 'h1'), (12, 'h2')):
        (place.folder / f'{name}.toml').write_text(text(number))
    return text(13)


def settled(place):
    """Both members are heard, and the standby stands by."""
    states = [service['state'] for server in place.servers() for service in server['services']]
    return sorted(states) == ['active', 'standby']


def times(seen, died, deadline, started, ordered, lag, bmc):
    path = [d for d in seen if d.payload[:4] == b'RPP1']
    asked = next(d.at for d in path if d.payload[4] == REQUEST and d.at > died)
    fenced = next(d.at for d in path if d.payload[4] == RESULT and d.payload[56] == FENCED)
    trips = exchanges(seen, bmc)
    status = statistics.median(took for at, took in trips if at < died)
    off = next(took for at, took in trips if at <= ordered <= at + took)
    reset_path = statistics.median(path_trips(path))
    # What switching off takes the BMC beyond an answer to a question.
    own = max(0, off - status) + lag
    bound = reset_path + 2 * status + own + CONFIRM_GAP + SLACK
    return {
        'deadline to ResetRequest': asked - deadline,
        'ResetRequest to fenced': fenced - asked,
        'fenced to the start command': started - fenced,
        'deadline to the start command': started - deadline,
        'the bound': bound,
        'above the bound': started - deadline - bound,
        'round trip to the connector': reset_path,
        'round trip to the BMC': status,
        "the BMC's own off time": own,
        'exchanges with the BMC, of the request': sum(asked < at < fenced for at, _ in trips) / 1e3,
    }


def echoed(seen, by):
    """When the newest nonce of this host was made that the other one has echoed to it."""
    beats = [d for d in seen if d.payload[:4] == b'RPP1' and d.payload[4] == HEARTBEAT_KIND]
    made, last = {}, None
    for beat in beats:
        sender, = struct.unpack_from('!H', beat.payload, 8)
        echo, nonce = struct.unpack_from('!QQ', beat.payload, 32)
        if sender == by:
            made.setdefault(nonce, beat.at)
        elif echo in made:
            last = echo
    # Heartbeats drift through the ticks: the one that follows the start of a tick most closely
    # shows when ticks start.
    first = min(made.values())
    phases = sorted((at - first + TICK / 2) % TICK for at in list(made.values())[1:])
    gaps = [(after - before, after) for before, after in zip(phases, phases[1:])]
    wide = max([*gaps, (TICK - phases[-1] + phases[0], phases[0])])
    phase = (wide[1] - TICK / 2) % TICK
    return made[last] - (made[last] - first - phase) % TICK


def exchanges(seen, bmc):
    """Every question to the BMC and its answer: when it left, how long it took."""
    asked, found = {}, []
    for datagram in seen:
        if datagram.target == (bmc, IPMI):
            asked[datagram.source] = datagram.at
        elif datagram.source == (bmc, IPMI) and datagram.target in asked:
            at = asked.pop(datagram.target)
            found.append((at, datagram.at - at))
    return found


def path_trips(path):
    """From PathCheck to PathStatus."""
    asked = {}
    for datagram in path:
        if datagram.payload[4] == PATH_CHECK:
            asked[datagram.source] = datagram.at
        elif datagram.payload[4] == PATH_STATUS and datagram.target in asked:
            yield datagram.at - asked.pop(datagram.target)
