#!/usr/bin/env python3
"""Clients under datagram loss, in a network namespace of its own.

    benches/loss.py [TRIALS [PERCENT...]]        20 0 10 30

Starts ten ipmi_sim BMCs in the namespace, drops each datagram to or from port 623 with the given
probability (nft; netem is not in every kernel), and asks each client for the power status so many
times, ten at a time. Prints a Markdown table for each loss: answers, and median and worst of the
seconds until a client gave its answer or gave up. Needs root, ip, nft and the peers' packages;
PEERS_PY names a Python with pyghmi (/usr/bin/python3).
"""
import concurrent.futures
import os
import statistics
import subprocess
import sys
import tempfile
import time

from beside import bmcs, build, clients
from beside.measure import Client, lines, table

NAMESPACE = f'komainu-loss-{os.getpid()}'
PYTHON = os.environ.get('PEERS_PY', '/usr/bin/python3')
BMCS = 10
TOGETHER = 10


def everybody(password_file, host, programs):
    komainu, peers = programs
    pyghmi = build.TREE / 'tests/peers/pyghmi_client.py'
    return [
        clients.komainu(komainu, password_file, host),
        Client('komainu, IPMI 1.5',
               [komainu, 'bmc', host, '-u', 'admin', '--password-file', password_file,
                '--ipmi', '1.5', 'power', 'status'], clients.komainu_answers),
        clients.ipmitool(host),
        Client('ipmitool, IPMI 1.5',
               ['ipmitool', '-I', 'lan', '-A', 'MD5', '-H', host, '-U', 'admin', '-P', 'password',
                'chassis', 'power', 'status'], lines('^Chassis Power is (on|off)$')),
        clients.ipmipower(host),
        Client('ipmi-chassis',
               ['ipmi-chassis', '--get-chassis-status', '-D', 'LAN_2_0', '-I', '3',
                '-W', 'opensesspriv', '-l', 'operator', '-h', host, '-u', 'admin',
                '-p', 'password'], lines('^System Power .*: (on|off)$')),
        clients.fence_ipmilan(host),
        Client('ipmi', [peers, 'ipmi', host, '1'], clients.succeeded),
        Client('ruipmi', [peers, 'ruipmi', host, '3', '1'], clients.succeeded),
        Client('pyghmi', [PYTHON, str(pyghmi), f'{host}:623', 'admin', 'password', '-'],
               lines("'powerstate': '(on|off)'")),
    ]


def inside(*argv, **more):
    return subprocess.run(['ip', 'netns', 'exec', NAMESPACE, *argv], capture_output=True,
                          text=True, check=False, **more)


def drop(percent):
    """From now on, and nothing else."""
    inside('nft', 'flush', 'ruleset')
    if percent:
        rules = ('table inet loss {\nchain in {\ntype filter hook input priority 0;\n'
                 f'udp sport 623 numgen random mod 100 < {percent} drop\n'
                 f'udp dport 623 numgen random mod 100 < {percent} drop\n}}\n}}\n')
        if (done := inside('nft', '-f', '-', input=rules)).returncode:
            sys.exit(f'nft drops nothing: {done.stderr}')


def ask(client):
    start = time.monotonic()
    done = inside(*client.argv)
    took = time.monotonic() - start
    return client.name, took, client.answers(done.stdout) == 1


def measure(percent, trials, password_file, programs):
    drop(percent)
    hosts = bmcs.addresses(bmcs.THEIRS, BMCS)
    jobs = [client for trial in range(trials)
            for client in everybody(password_file, hosts[trial % BMCS], programs)]
    found = {}
    with concurrent.futures.ThreadPoolExecutor(TOGETHER) as pool:
        for name, took, good in pool.map(ask, jobs):
            found.setdefault(name, []).append((took, good))
    print(f'### {percent} % of datagrams lost\n')
    table(['client', f'answers of {trials}', 'median s', 'worst s'],
          [[name, sum(good for _, good in rows),
            f'{statistics.median(took for took, _ in rows):.2f}',
            f'{max(took for took, _ in rows):.2f}'] for name, rows in found.items()])


def main():
    numbers = [int(word) for word in sys.argv[1:]] or [20]
    trials, losses = numbers[0], numbers[1:] or [0, 10, 30]
    programs = build.komainu(), build.peers()
    subprocess.run(['ip', 'netns', 'add', NAMESPACE], check=True)
    try:
        inside('ip', 'link', 'set', 'lo', 'up')
        with tempfile.NamedTemporaryFile('w') as password_file, \
                bmcs.theirs(BMCS, inside=('ip', 'netns', 'exec', NAMESPACE)):
            password_file.write('password')
            password_file.flush()
            for percent in losses:
                measure(percent, trials, password_file.name, programs)
    finally:
        subprocess.run(['ip', 'netns', 'del', NAMESPACE], check=False)


if __name__ == '__main__':
    main()
