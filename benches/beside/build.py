"""Builds what is measured, each as it would be shipped."""
import json
import pathlib
import subprocess

BENCHES = pathlib.Path(__file__).resolve().parents[1]
TREE = BENCHES.parent


def cargo(*arguments, folder=TREE):
    """Runs cargo; returns the programs that it built, by the names of their targets."""
    run = subprocess.run(
        ['cargo', *arguments, '--locked', '--message-format=json-render-diagnostics'],
        cwd=folder, check=True, stdout=subprocess.PIPE, text=True)
    built = [json.loads(line) for line in run.stdout.splitlines()]
    return {b['target']['name']: b['executable'] for b in built if b.get('executable')}


def program(package, name):
    """A program of the workspace, in its release profile."""
    return cargo('build', '--release', '-p', package, '--bin', name)[name]


def komainu():
    return program('komainu', 'komainu')


def bmc_sim():
    return program('komainu-sim', 'bmc-sim')


def bench(name):
    """A program of the benchmarks, in the bench profile."""
    return cargo('bench', '--no-run', '-p', 'komainu-benches', '--bench', name)[name]


def peers():
    """The peers' crates, which have a workspace of their own."""
    return cargo('build', '--release', folder=BENCHES / 'peers')['ipmi-peers']
