#!/bin/sh
# Prints the definition of a guest that build.sh made, whose console is written to CONSOLES/NAME.log.
# usage: domain.sh FOLDER CONSOLES NAME [kernel words]
folder=$1 consoles=$2 name=$3
shift 3
cat <<X
<domain type='qemu'>
  <name>$name</name>
  <memory unit='MiB'>192</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
    <kernel>$folder/vmlinuz</kernel>
    <initrd>$folder/initrd.gz</initrd>
    <cmdline>console=ttyS0 quiet $*</cmdline>
  </os>
  <features><acpi/></features>
  <on_poweroff>destroy</on_poweroff>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <serial type='file'><source path='$consoles/$name.log' append='on'/></serial>
    <controller type='virtio-serial'/>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    <memballoon model='none'/>
  </devices>
</domain>
X
