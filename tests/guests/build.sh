#!/bin/sh
# Makes a small Linux guest (kernel and initial RAM disk) of packages of Debian. It boots in about
# 10 s without hardware virtualization, and obeys its power button and its guest agent.
# usage: build.sh FOLDER
# needs cpio; the kernel, the agent and the shell are fetched with apt-get download: the shell that
# is installed may be the one that needs libraries
#
# Words on the guest's kernel command line: deaf = it hears neither button nor agent,
# slow=N = it takes N seconds to stop, noagent = it runs no agent.
# Once it hears what it is to hear, it writes 'up' on its console.
set -eu
mkdir -p "$1/packages"
folder=$(cd "$1" && pwd)
cd "$folder/packages"
kernel=$(apt-cache depends linux-image-cloud-amd64 | awk '/Depends:/ { print $2; exit }')
ls linux-image-*.deb >/dev/null 2>&1 || apt-get -q download "$kernel"
for package in qemu-guest-agent busybox-static; do
    ls ${package}_*.deb >/dev/null 2>&1 || apt-get -q download $package
done
rm -rf kernel agent busybox root
dpkg -x linux-image-*.deb kernel
dpkg -x qemu-guest-agent_*.deb agent
dpkg -x busybox-static_*.deb busybox
cp kernel/boot/vmlinuz-* "$folder/vmlinuz"

for part in bin sbin usr/sbin proc sys dev run tmp modules etc/acpi/PWRF lib64 \
    lib/x86_64-linux-gnu; do
    mkdir -p "root/$part"
done
cp "$(find busybox -type f -perm -1 -name busybox)" root/bin/
for applet in sh mount insmod acpid cat sleep sync mkdir ln poweroff chmod; do
    ln -s busybox "root/bin/$applet"
done
# Each behind those that it needs.
modules="virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci virtio_console
    button evdev"
for module in $modules; do
    cp "$(find kernel -name "$module.ko")" root/modules/
done
cp agent/usr/sbin/qemu-ga root/usr/sbin/
libraries() { ldd "$1" | awk '$3 ~ /^\// { print $3 }'; }
for library in $(libraries root/usr/sbin/qemu-ga); do
    cp -L "$library" root/lib/x86_64-linux-gnu/
done
cp -L /lib64/ld-linux-x86-64.so.2 root/lib64/

cat >root/init <<X
#!/bin/sh
export PATH=/bin:/sbin:/usr/sbin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
for module in $(echo $modules); do insmod /modules/\$module.ko; done
sleep 1
mkdir -p /dev/virtio-ports
for port in /sys/class/virtio-ports/*; do
    name=\$(cat \$port/name)
    [ -z "\$name" ] || ln -s /dev/\${port##*/} /dev/virtio-ports/\$name
done
words=\$(cat /proc/cmdline)
slow=1
for word in \$words; do case \$word in slow=*) slow=\${word#slow=} ;; esac; done
case "\$words" in
*deaf* | *noagent*) ;;
*) qemu-ga -d -m virtio-serial -p /dev/virtio-ports/org.qemu.guest_agent.0 -t /run -f /run/ga.pid ;;
esac
case "\$words" in
*deaf*) ;;
*)
    printf '#!/bin/sh\nsleep %s\nsync\npoweroff -f\n' \$slow >/etc/acpi/PWRF/00000080
    chmod +x /etc/acpi/PWRF/00000080
    acpid -f -c /etc/acpi -l /dev/console &
    ;;
esac
echo up >/dev/console
while :; do sleep 100; done
X
printf '#!/bin/sh\nsync\nexec /bin/busybox poweroff -f\n' >root/sbin/shutdown
chmod +x root/init root/sbin/shutdown
(cd root && find . | cpio --quiet -o -H newc | gzip -1) >"$folder/initrd.gz"
