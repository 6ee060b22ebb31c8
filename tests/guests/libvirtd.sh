#!/bin/sh
# A libvirt daemon of an ordinary user, with everything that it keeps in one folder, and the consoles
# of its guests in FOLDER/consoles.
# usage: libvirtd.sh FOLDER   stays in the foreground; its socket is FOLDER/run/libvirt/libvirt-sock
set -eu
folder=$1
mkdir -p "$folder/run" "$folder/config/libvirt" "$folder/cache" "$folder/home" "$folder/consoles"
# Else a second daemon writes the consoles, and outlives this one.
echo 'stdio_handler = "file"' >"$folder/config/libvirt/qemu.conf"
user=nobody
chown -R "$user" "$folder"
exec runuser -u "$user" -- env -i PATH="$PATH" HOME="$folder/home" LC_ALL=C \
    XDG_RUNTIME_DIR="$folder/run" XDG_CONFIG_HOME="$folder/config" XDG_CACHE_HOME="$folder/cache" \
    libvirtd --timeout 0
