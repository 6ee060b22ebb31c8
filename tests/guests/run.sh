#!/bin/sh
# Real guests under a libvirt of their own: one willing, one slow, one deaf, and one that is off.
# Runs a command with KOMAINU_GUESTS set to where that libvirt is, and ends all of it.
# usage: run.sh FOLDER COMMAND...    the folder holds the guest that is made, for the next time
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
folder=$(cd "$1" && pwd)
shift
# One that is older than what makes it may lack something.
[ "$folder/initrd.gz" -nt "$here/build.sh" ] || "$here/build.sh" "$folder"
# Where the user of the daemon may look, whoever owns this tree.
work=$(mktemp -d)
chmod 755 "$work"
cp "$folder/vmlinuz" "$folder/initrd.gz" "$work"
daemon=$work/libvirt
"$here/libvirtd.sh" "$daemon" >"$work/libvirtd.log" 2>&1 &
started=$!
KOMAINU_GUESTS="qemu+unix:///session?socket=$daemon/run/libvirt/libvirt-sock"
export KOMAINU_GUESTS
virsh() { command virsh -q -c "$KOMAINU_GUESTS" "$@"; }
stop() {
    for name in database slow deaf spare; do virsh destroy "$name" 2>/dev/null || true; done
    kill "$started" 2>/dev/null || true
    wait "$started" 2>/dev/null || true
    rm -rf "$work"
}
trap stop EXIT
trap 'exit 1' INT TERM
for _ in $(seq 100); do
    virsh list >/dev/null 2>&1 && break
    sleep 0.2
done
define() {
    "$here/domain.sh" "$work" "$daemon/consoles" "$@" >"$work/$1.xml"
    virsh define "$work/$1.xml"
}
define database
define slow slow=10 noagent
define deaf deaf
define spare
for name in database slow deaf; do virsh start "$name"; done
# The guests hear nothing before they have booted, and take longer where processors are busy.
booted() { grep -qx 'up.*' "$daemon/consoles/$1.log" 2>/dev/null; }
for name in database slow deaf; do
    for _ in $(seq 240); do
        booted "$name" && break
        sleep 0.5
    done
    booted "$name" && continue
    echo "guest $name does not come up. Its console:" >&2
    tail -n 40 "$daemon/consoles/$name.log" >&2
    exit 1
done
"$@"
