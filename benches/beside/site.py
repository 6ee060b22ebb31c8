"""A connector as it is shipped, and what its operator does with it."""
import contextlib
import json
import pathlib
import shutil
import subprocess
import tempfile
import time

from . import build

# Of the loopback addresses: the connector, and the members by their numbers.
NET = '127.63.0'
CLUSTER = 7410
MOST = 64


def bmc_section(number, address):
    return (f'[[cluster.server]]\nhost = {number}\nname = "h{number}"\n'
            f'address = "{NET}.{number % 200 + 10}"\nbmc.address = "{address}"\n')


class Site:
    """A folder with the configuration, and the processes that use it."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='komainu-benches-'))
        self.config = self.folder / 'komainu.toml'
        self.komainu = build.komainu()
        self.running = []
        self.secret('password', 'password\n')
        self.secret('key', bytes(range(32)).hex() + '\n')

    def secret(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding='ascii')
        path.chmod(0o600)

    def head(self):
        return (f'[[connector]]\nname = "guard"\nlisten = ["{NET}.1"]\n'
                f'state = "{self.folder}/connector"\ncontrol = "{NET}.1:7420"\n')

    def cluster(self, number, more=''):
        return (f'[[cluster]]\nnumber = {number}\nname = "c{number}"\n{more}'
                f'[[cluster.key]]\nfile = "{self.folder}/key"\n'
                f'[[cluster.connector]]\nnumber = 0\naddress = "{NET}.1"\n'
                f'[cluster.bmc]\nuser = "admin"\npassword-file = "{self.folder}/password"\n'
                'ipmi = "2.0"\nsuites = [3]\n')

    def write(self, text):
        self.config.write_text(text, encoding='ascii')

    def start(self, name, *words):
        """A service of Komainu; its log is NAME.log, a JSON object a line."""
        with open(self.folder / f'{name}.log', 'w', encoding='ascii') as log:
            process = subprocess.Popen(  # pylint: disable=consider-using-with
                [self.komainu, *words, '--config', self.config, '--json'],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.running.append(process)
        return process

    def log(self, name):
        """What a service has said so far."""
        lines = (self.folder / f'{name}.log').read_text(encoding='utf-8').splitlines()
        return [json.loads(line) for line in lines if line.startswith('{')]

    def order(self, *words):
        """An operator's order; its output, None when it failed."""
        done = subprocess.run([self.komainu, *words, '--config', self.config],
                              capture_output=True, text=True, check=False)
        return done.stdout if done.returncode == 0 else None

    def servers(self):
        shown = self.order('show', '--json')
        clusters = json.loads(shown)['clusters'] if shown else []
        return [server for cluster in clusters for server in cluster['servers']]

    def wait(self, holds, seconds=60):
        limit = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > limit:
                raise SystemExit(f'in vain: see {self.folder}')
            time.sleep(0.05)


@contextlib.contextmanager
def site():
    """A site that is gone afterwards."""
    place = Site()
    try:
        yield place
        shutil.rmtree(place.folder, ignore_errors=True)
    finally:
        for process in place.running:
            process.terminate()
        for process in place.running:
            process.wait()


def usage(process):
    """CPU seconds of a process so far, and its resident memory in KiB."""
    task = pathlib.Path(f'/proc/{process.pid}/task')
    cpu = sum(int(stat.read_text().split()[0]) for stat in task.glob('*/schedstat')) / 1e9
    status = pathlib.Path(f'/proc/{process.pid}/status').read_text(encoding='ascii')
    resident = next(line for line in status.splitlines() if line.startswith('VmRSS'))
    return cpu, int(resident.split()[1])


