"""How each client is asked for the power of some BMCs, all with suite 3 and the same user.

All are told the version and the suite, so that nobody asks for what it was told.
"""
import json

from .measure import Client, lines

STATE = '(on|off)'
# Komainu prints a table: host, power.
komainu_answers = lines(rf'^\S+ +{STATE}$')


def komainu(program, password_file, hosts):
    return Client('komainu', [program, 'bmc', hosts, '-u', 'admin', '--password-file', password_file,
                              '--ipmi', '2.0', '--suite', '3', 'power', 'status'],
                  komainu_answers)


def ipmipower(hosts):
    # ipmi_sim echoes the privilege that was asked for, which FreeIPMI has to be told of.
    return Client('ipmipower', ['ipmipower', '--stat', '-D', 'LAN_2_0', '-I', '3',
                                '-W', 'opensesspriv', '-l', 'operator', '-u', 'admin',
                                '-p', 'password', '-h', hosts],
                  lines(rf': {STATE}$'))


def ipmitool(host):
    return Client('ipmitool', ['ipmitool', '-I', 'lanplus', '-C', '3', '-L', 'OPERATOR', '-H', host,
                               '-U', 'admin', '-P', 'password', 'chassis', 'power', 'status'],
                  lines(rf'^Chassis Power is {STATE}$'))


def fence_ipmilan(host):
    return Client('fence_ipmilan', ['fence_ipmilan', '-P', '-C', '3', '-L', 'operator', '-a', host,
                                    '-l', 'admin', '-p', 'password', '-o', 'status'],
                  lines(r'^Status: (ON|OFF)$'))


def ruipmi(program, file):
    return Client('ruipmi', [program, 'fan', str(file), '3'], succeeded)


def succeeded(text):
    told = json.loads(text)
    return told['sessions'] - told['failed']
