"""Starts and stops the BMCs that everybody is measured on. Port 623, so it takes root."""
import contextlib
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

from . import build

# Loopback networks that are not those of the fixtures' defaults.
OURS, THEIRS = '127.61', '127.62'
# Get Channel Authentication Capabilities: every BMC answers it without a login.
KNOCK = bytes.fromhex('0600ff07000000000000000000092018c88100388e04b5')


def address(net, number):
    return f'{net}.{number // 256}.{number % 256}'


def addresses(net, count):
    """The first so many, one by one."""
    return [address(net, number) for number in range(1, count + 1)]


def ranges(net, count):
    """The same as a list of ranges, as host lists have them."""
    parts = []
    for third in range(count // 256 + 1):
        first, last = 1 if third == 0 else 0, min(255, count - 256 * third)
        parts.append(f'{net}.{third}.[{first}-{last}]')
    return ','.join(parts)


def wait_for(host):
    """Until the BMC answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as knock:
        knock.settimeout(0.1)
        for _ in range(100):
            knock.sendto(KNOCK, (host, 623))
            with contextlib.suppress(TimeoutError):
                knock.recv(512)
                return
    raise SystemExit(f'the BMC at {host} does not answer')


class Served:
    """Running BMCs: the network they are on, and what they cost."""

    def __init__(self, name, net, pids, folder=None):
        self.name, self.net, self.pids, self.folder = name, net, pids, folder

    def cpu_seconds(self):
        """CPU time of all of them so far, to the nanosecond."""
        return sum(int(stat.read_text().split()[0]) for pid in self.pids
                   for stat in pathlib.Path(f'/proc/{pid}/task').glob('*/schedstat')) / 1e9


@contextlib.contextmanager
def ours(count):
    """`bmc-sim`: all of them in one process, one thread and behind one socket, so that it is as
    small a part of what is measured as it can be."""
    command = [build.bmc_sim(), '--listen', f'{address(OURS, 1)}:623', '--count', str(count),
               '--one-socket']
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            wait_for(address(OURS, count))
            yield Served('bmc-sim', OURS, [process.pid])
        finally:
            process.terminate()


@contextlib.contextmanager
def theirs(count, inside=(), mode='cmd'):
    """`ipmi_sim`: a process each, a `sleep` for a host, so that a status costs nothing extra; in
    the mode `script` a file holds the power, at the cost of a program for each status. `inside` is a command that runs another, for BMCs in a network of their own."""
    script = build.TREE / 'tests/peers/ipmi_sim/bmcs.sh'
    folder = pathlib.Path(tempfile.mkdtemp(prefix='komainu-benches-'))
    try:
        subprocess.run([*inside, script, 'start', '-b', THEIRS, '-n', str(count),
                        '-m', mode, '-r', folder], check=True, stdout=subprocess.DEVNULL)
        for host in () if inside else addresses(THEIRS, count):
            wait_for(host)
        # Those in a network of their own cannot be asked from here: they get this long.
        time.sleep(1)
        pids = [int(file.read_text()) for file in folder.glob('*/pid')]
        yield Served('ipmi_sim', THEIRS, pids, folder)
    finally:
        subprocess.run([script, 'stop', '-r', folder], check=False)
        shutil.rmtree(folder, ignore_errors=True)
