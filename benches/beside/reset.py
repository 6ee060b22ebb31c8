"""Until a server is proved off, through a running connector and by the programs beside it; and
until the connector notices that a server has lost its power."""
import time

from . import bmcs, trap
from .measure import run, spread, table
from .site import CLUSTER, NET, bmc_section, site

FENCE = ['--user', 'admin', '--suite', '3', '--ipmi', '2.0', '--no-power-on', '--password-file']
POWER_OFF = 'KMN236'
TRAPS = 162


def compare(runs, password_file):
    """All of them on the same BMC, switched on by hand in between."""
    with bmcs.theirs(1, mode='script') as served, site() as place:
        bmc, power = bmcs.address(served.net, 1), served.folder / '1/power'
        power.write_text('1')
        place.write(place.head() + f'traps = "{NET}.1:{TRAPS}"\n' + place.cluster(CLUSTER) + bmc_section(1, bmc))
        place.start('connector', 'connector')
        reads = lambda what: lambda: place.servers()[0]['power'] == what
        place.wait(lambda: place.servers() and reads('on')())
        confirmed(runs, place, bmc, power, reads, password_file)
        noticed(runs, place, bmc, power, reads)


def confirmed(runs, place, bmc, power, reads, password_file):
    """Whole processes, from their start to their end."""
    clients = {
        'komainu reset': [place.komainu, 'reset', 'h1', '--method', 'off', '--config',
                          str(place.config)],
        'komainu fence': [place.komainu, 'fence', bmc, *FENCE, password_file],
        'fence_ipmilan': ['fence_ipmilan', '-P', '-C', '3', '-a', bmc, '-l', 'admin', '-p',
                          'password', '-o', 'off'],
    }
    found = {name: [] for name in clients}
    for round_ in range(runs + 1):
        for name, argv in clients.items():
            power.write_text('1')
            place.wait(reads('on'))
            cost = run(list(map(str, argv)))
            if power.read_text().strip() != '0':
                raise SystemExit(f'{name} did not switch off: {cost.text}')
            if round_:
                found[name].append(cost.wall)
    ours = sorted(found['komainu reset'])[runs // 2]
    print('## Until a server is proved off\n\nWhole process, against ipmi_sim; the BMC takes its '
          'time for a fork, and none to switch off.\n')
    table(['client', 'wall ms', 'times komainu reset'],
          [[name, spread(walls), f'{sorted(walls)[runs // 2] / ours:.1f}']
           for name, walls in found.items()])


def noticed(runs, place, bmc, power, reads):
    """From the loss of power to the connector's word for it."""
    event = trap.power_off(bmc)
    hints = {
        'the poll alone': lambda: None,
        '`komainu alert`': lambda: place.order('alert', bmc, '20261122', '093000', '0xFE91'),
        'a Platform Event Trap': lambda: trap.send(event, bmc, (f'{NET}.1', TRAPS)),
    }
    found = {name: [] for name in hints}
    for _ in range(runs):
        for number, (name, hint) in enumerate(hints.items()):
            power.write_text('1')
            place.wait(reads('on'))
            # Anywhere between two polls.
            time.sleep(0.37 * (len(found[name]) + 1) % 1 + 0.01 * number)
            seen, begin = len(words(place)), time.time()
            power.write_text('0')
            hint()
            place.wait(lambda seen=seen: len(words(place)) > seen)
            found[name].append(words(place)[seen] / 1e3 - begin)
    print('## Until a loss of power is noticed\n')
    table(['by', 'ms'], [[name, spread(walls, digits=0)] for name, walls in found.items()])


def words(place):
    """When the connector said that the power was off, in milliseconds."""
    return [line['time_ms'] for line in place.log('connector')
            if line['id'].startswith(POWER_OFF)]
