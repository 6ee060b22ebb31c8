"""How soon an outage is known that a NUT server tells: Komainu beside upsmon."""
import contextlib
import os
import pathlib
import random
import shutil
import socket
import subprocess
import tempfile
import time

from . import build
from .measure import spread, table

NORMAL = {'ups.status': 'OL', 'battery.charge': '100', 'battery.runtime': '1800'}
# upsmon looks every 5 s unless it is told otherwise.
POLLS = (5, 1)


def compare(runs, _password_file):
    """An outage and a return per run, at random moments."""
    print('## Time until an outage is known\n\n'
          'NUT\'s dummy driver looks at its file every 2 s, as drivers look at a UPS. From the '
          'change of the file, in seconds; the last column from the server\'s own change.\n')
    head = ['who', 'median (least to most)', 'from the server']
    rows = []
    for poll in POLLS:
        with Site(poll) as site:
            found = [site.change(status) for _ in range(runs) for status in ('OB DISCHRG', 'OL')]
        if not rows:
            rows.append(['upsd answers with it', cell(t['upsd'] for t in found), ''])
            rows.append(['Komainu, its default (0.5 s)', cell(t['ours'] for t in found),
                         cell(t['ours'] - t['upsd'] for t in found)])
        rows.append([f'upsmon, looking every {poll} s', cell(t['upsmon'] for t in found),
                     cell(t['upsmon'] - t['upsd'] for t in found)])
    table(head, rows)


def cell(values):
    return spread(list(values), unit=1, digits=2)


def nut(name):
    """A program of NUT; Debian wraps some in scripts that want a system-wide setup."""
    return shutil.which(name, path='/lib/nut:' + os.environ['PATH'] + ':/usr/sbin:/sbin')


class Site:
    """A server with one UPS, our reader and an upsmon."""

    def __init__(self, poll):
        self.stack = contextlib.ExitStack()
        self.folder = pathlib.Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        with socket.create_server(('127.0.0.1', 0)) as free:
            self.port = free.getsockname()[1]
        self.values = dict(NORMAL)
        self.time = int(time.time())
        self.write_ups()
        self.file('ups.conf', 'user = root\n[a]\ndriver = dummy-ups\nmode = dummy-once\n'
                              f'port = {self.folder}/a.dev\n')
        self.file('upsd.conf', f'LISTEN 127.0.0.1 {self.port}\nSTATEPATH {self.folder}\n')
        self.file('upsd.users', '[u]\npassword = p\nupsmon secondary\n')
        notify = self.file('notify', '#!/bin/sh\n'
                           f'echo "$(date +%s.%N) $NOTIFYTYPE" >> {self.folder}/notified\n')
        notify.chmod(0o700)
        self.file('upsmon.conf', f'MONITOR a@127.0.0.1:{self.port} 1 u p secondary\n'
                  f'MINSUPPLIES 1\nSHUTDOWNCMD true\nNOTIFYCMD {notify}\nPOLLFREQ {poll}\n'
                  f'POLLFREQALERT {poll}\nRUN_AS_USER root\n'
                  'NOTIFYFLAG ONBATT EXEC\nNOTIFYFLAG ONLINE EXEC\n')

    def file(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def write_ups(self):
        """The driver compares whole seconds of the file's time, so that always grows."""
        text = ''.join(f'{name}: {value}\n' for name, value in self.values.items())
        new = self.file('a.new', text)
        self.time = max(self.time + 1, int(time.time()))
        os.utime(new, (self.time, self.time))
        new.replace(self.folder / 'a.dev')
        return time.time()

    def __enter__(self):
        os.makedirs('/run/nut', exist_ok=True)
        self.start(nut('dummy-ups'), '-a', 'a', '-u', 'root', '-D')
        self.start(nut('upsd'), '-F', '-u', 'root')
        self.until(lambda: self.status() == 'OL')
        self.start(nut('upsmon'), '-F', '-p')
        watch = build.program('komainu-benches', 'ups-watch')
        with open(self.folder / 'ours', 'w', encoding='utf-8') as out:
            self.start(watch, str(self.port), 'a', stdout=out)
        self.until(lambda: self.lines('ours'))
        time.sleep(6)
        return self

    def __exit__(self, *_):
        self.stack.close()
        with contextlib.suppress(FileNotFoundError):
            os.remove('/run/nut/upsmon.pid')

    def start(self, *argv, stdout=subprocess.DEVNULL):
        paths = dict.fromkeys(('NUT_CONFPATH', 'NUT_STATEPATH', 'NUT_ALTPIDPATH'), self.folder)
        process = subprocess.Popen(argv, env=os.environ | paths, stdout=stdout,
                                   stderr=subprocess.DEVNULL)
        self.stack.callback(lambda: (process.kill(), process.wait()))

    def status(self):
        try:
            with socket.create_connection(('127.0.0.1', self.port)) as server:
                server.sendall(b'GET VAR a ups.status\n')
                return server.recv(200).decode().split('"')[1]
        except (OSError, IndexError):
            return None

    def lines(self, name):
        path = self.folder / name
        return path.read_text().splitlines() if path.exists() else []

    @staticmethod
    def until(found, limit=40):
        end = time.monotonic() + limit
        while not (value := found()):
            if time.monotonic() > end:
                raise TimeoutError(found)
            time.sleep(0.005)
        return value

    def said(self, name, word, since):
        """When that was said first, since then."""
        for line in self.lines(name):
            moment, said = line.split(' ', 1)
            if word in said and float(moment) >= since:
                return float(moment)
        return None

    def change(self, status):
        """The UPS changes; how long each takes to know it, in seconds."""
        time.sleep(random.uniform(0.5, 6))
        self.values['ups.status'] = status
        begin = self.write_ups()
        self.until(lambda: self.status() == status)
        upsd = time.time()
        battery = status.startswith('OB')
        ours = self.until(lambda: self.said('ours', 'Battery' if battery else 'Mains', begin))
        kind = 'ONBATT' if battery else 'ONLINE'
        upsmon = self.until(lambda: self.said('notified', kind, begin))
        return {'upsd': upsd - begin, 'ours': ours - begin, 'upsmon': upsmon - begin}
