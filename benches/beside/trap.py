"""What a BMC sends when its server has gone off: net-snmp writes the trap, once."""
import socket
import subprocess
import time

PLATFORM_EVENT = '1.3.6.1.4.1.3183.1.1'
# Power unit: power off.
POWER_OFF = 0x096f00
# The clock of such traps starts in 1998.
EPOCH = 883612800


def power_off(agent):
    """The datagram of a Platform Event Trap of that BMC."""
    event = ('00112233445566778899aabbccddeeff' + '0001' + f'{int(time.time()) - EPOCH:08x}'
             # Offset of the clock, sources, severity, sensor, entity, event data.
             + 'ffff' + '2020' + '10' + '20' + '01' + '13' + '00' + '00' * 8
             # Language, manufacturer, system, no more.
             + '19' + '00000077' + '0001' + 'c1')
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taker:
        taker.bind(('127.0.0.1', 0))
        taker.settimeout(10)
        to = f'127.0.0.1:{taker.getsockname()[1]}'
        subprocess.run(['snmptrap', '-v1', '-c', 'public', to, PLATFORM_EVENT, agent, '6',
                        str(POWER_OFF), '', f'{PLATFORM_EVENT}.1', 'x', event],
                       check=True, capture_output=True, env={'MIBS': '', 'PATH': '/usr/bin:/bin'})
        return taker.recv(1500)


def send(datagram, agent, to):
    """From the BMC's own address."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind((agent, 0))
        sender.sendto(datagram, to)
