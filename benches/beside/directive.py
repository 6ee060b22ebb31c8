"""How soon the first directive of a plan leaves after a UPS has lost its mains."""
import contextlib
import json
import os
import pathlib
import random
import socket
import subprocess
import tempfile
import time

from . import build
from .measure import spread, table
from .ups import NORMAL, nut

UPS = build.TREE / 'tests' / 'snmp' / 'ups.py'
# Of the cluster, the connector and the member, the agent and the traps: beside those of a service.
CLUSTER, CONTROL, MEMBER, AGENT, TRAPS, BMC = 7490, 7491, 7492, 7493, 7494, 7495


def compare(runs, _password_file):
    """An outage and a return per run, at random moments."""
    print('## From a UPS to the first directive\n\n'
          'One connector and one member on one machine, `confirm` 0 s. Until the member has been '
          'told that failover is frozen, which is the first directive of a plan, in milliseconds, '
          'median (least to most). An SNMP card that is polled every 20 s loses its mains, and has '
          'a program started that sends the trap; a NUT server, polled every 0.5 s, answers with '
          'the change.\n')
    rows = []
    for name, kind in (('a trap, then a reading over SNMP', Card), ('NUT', Nut)):
        with kind() as site:
            found = [site.outage() for _ in range(runs)]
        rows.append([name, *(spread(list(times)) for times in zip(*found))])
    table(['told by', 'from the UPS\'s change', 'from the connector\'s hearing of it'], rows)


class Site:
    """A connector, a member of a host alone, and a simulated BMC."""

    def __init__(self):
        self.stack = contextlib.ExitStack()
        self.folder = pathlib.Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        for name, text in (('password', 'password'), ('key', '07' * 32), ('community', 'private')):
            self.file(name, text + '\n').chmod(0o600)
        at = self.folder
        self.file('komainu.toml', f'''
[[connector]]
name = "guard"
listen = ["127.0.0.1"]
state = "{at}/connector"
control = "127.0.0.1:{CONTROL}"
traps = "127.0.0.1:{TRAPS}"
[member]
state = "{at}/member"
control = "127.0.0.1:{MEMBER}"
[[ups]]
name = "a"
confirm = 0
settle = 0
floor = 0
cut = "never"
{self.ups()}
[[power.stage]]
name = "all"
after = 0
# What follows would end the member's host: the mains are back before.
[[power.maintenance]]
name = "hold"
kind = "command"
enter = ["/bin/sleep", "3"]
leave = ["/bin/true"]
[[cluster]]
number = {CLUSTER}
name = "alone"
key = [{{ file = "{at}/key" }}]
[[cluster.connector]]
number = 0
address = "127.0.0.1"
[[cluster.server]]
host = 1
name = "h1"
address = "127.0.0.2"
bmc = {{ address = "127.0.0.3:{BMC}", user = "admin", password-file = "{at}/password" }}
power = {{ maintenance = ["hold"] }}
feed = [{{ ups = "a" }}]
''')

    def file(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def __enter__(self):
        # What has begun ends, also when something else does not begin.
        with contextlib.ExitStack() as begun:
            begun.push(self.__exit__)
            self.begin()
            begun.pop_all()
        return self

    def begin(self):
        """Starts everybody, and waits until they know each other."""
        self.start(os.environ.get('BMC_SIM') or build.bmc_sim(), '--listen', f'127.0.0.3:{BMC}')
        self.supply()
        komainu = os.environ.get('KOMAINU') or build.komainu()
        config = ('--json', '--config', self.folder / 'komainu.toml')
        self.start(komainu, 'connector', *config, out='guard.log')
        # Nothing on this machine is to end. What follows such an option belongs to its command.
        self.start(komainu, 'member', '--host', 'h1', *config, '--host-down=/bin/true',
                   '--shut-down=/bin/true', out='h1.log')
        self.until(lambda: self.said('guard.log', 'KMN244-I') and self.said('guard.log', 'KMN235-I'))
        time.sleep(5)

    def __exit__(self, *_):
        self.stack.close()

    def start(self, *argv, out=None):
        out = open(self.folder / out, 'w', encoding='utf-8') if out else subprocess.DEVNULL
        paths = dict.fromkeys(('NUT_CONFPATH', 'NUT_STATEPATH', 'NUT_ALTPIDPATH',
                               'SNMP_PERSISTENT_DIR'), self.folder) | {'MIBS': ''}
        process = subprocess.Popen(list(map(str, argv)), env=os.environ | paths, stdout=out,
                                   stderr=subprocess.STDOUT)
        self.stack.callback(lambda: (process.kill(), process.wait()))

    def said(self, name, word, since=0):
        """When that message was said first, since then, in seconds."""
        path = self.folder / name
        for line in path.read_text().splitlines() if path.exists() else []:
            message = json.loads(line) if line.startswith('{') else {}
            if message.get('id') == word and message['time_ms'] / 1e3 >= since:
                return message['time_ms'] / 1e3
        return None

    def until(self, found, limit=60):
        end = time.monotonic() + limit
        while not (value := found()):
            if time.monotonic() > end:
                texts = [(self.folder / name).read_text() for name in ('guard.log', 'h1.log')]
                raise TimeoutError('\n'.join(texts))
            time.sleep(0.002)
        return value

    def outage(self):
        """Until the member is told, in seconds: since the change, and since it was heard of."""
        time.sleep(random.uniform(0.5, 2))
        # Messages bear whole milliseconds.
        begin = self.mains(False)
        told = self.until(lambda: self.said('h1.log', 'KMN311-W', begin - 1e-3))
        heard = self.said('guard.log', self.heard, begin - 1e-3)
        self.mains(True)
        self.until(lambda: self.said('guard.log', 'KMN479-I', begin))
        return told - begin, told - heard


class Card(Site):
    """The UPS has an SNMP card."""

    # A trap came.
    heard = 'KMN220-I'

    def ups(self):
        return (f'snmp = "127.0.0.1:{AGENT}"\nversion = "2c"\nmib = "rfc1628"\npoll = "20s"\n'
                f'late = "50s"\nunknown = "60s"\ncommunity-file = "{self.folder}/community"')

    def supply(self):
        self.file('snmpd.conf', f'agentAddress udp:127.0.0.1:{AGENT}\nmaster off\n'
                  'rwcommunity private 127.0.0.1\n'
                  f'pass_persist .1.3.6.1.2.1.33 /usr/bin/env python3 {UPS} pass {self.folder} '
                  '.1.3.6.1.2.1.33\n')
        self.start('python3', UPS, 'run', self.folder, TRAPS)
        self.start('/usr/sbin/snmpd', '-f', '-C', '-c', self.folder / 'snmpd.conf', '-I', '-smux')
        self.until((self.folder / 'ups').exists)

    def mains(self, on):
        with socket.socket(socket.AF_UNIX) as ups:
            ups.connect(str(self.folder / 'ups'))
            begin = time.time()
            ups.sendall(b'mains on\n' if on else b'mains off\n')
            ups.recv(1000)
        return begin


class Nut(Site):
    """The UPS is behind a NUT server."""

    time = 0
    # It was read on battery.
    heard = 'KMN450-W'

    def ups(self):
        return f'nut = "a@127.0.0.1:{AGENT}"\ntls = "off"'

    def supply(self):
        self.write('OL')
        self.file('ups.conf', 'user = root\n[a]\ndriver = dummy-ups\nmode = dummy-once\n'
                              f'port = {self.folder}/a.dev\n')
        self.file('upsd.conf', f'LISTEN 127.0.0.1 {AGENT}\nSTATEPATH {self.folder}\n')
        self.file('upsd.users', '')
        self.start(nut('dummy-ups'), '-a', 'a', '-u', 'root', '-D')
        self.start(nut('upsd'), '-F', '-u', 'root')
        self.until(lambda: self.status() == 'OL')

    def write(self, status):
        """The driver compares whole seconds of the file's time, so that always grows."""
        values = NORMAL | {'ups.status': status}
        new = self.file('a.new', ''.join(f'{name}: {value}\n' for name, value in values.items()))
        self.time = max(self.time + 1, int(time.time()))
        os.utime(new, (self.time, self.time))
        new.replace(self.folder / 'a.dev')

    def status(self):
        with contextlib.suppress(OSError, IndexError), \
                socket.create_connection(('127.0.0.1', AGENT)) as server:
            server.sendall(b'GET VAR a ups.status\n')
            return server.recv(200).decode().split('"')[1]
        return None

    def mains(self, on):
        status = 'OL' if on else 'OB DISCHRG'
        self.write(status)
        self.until(lambda: self.status() == status)
        return time.time()
