#!/bin/sh
# A libvirt daemon of an ordinary user, with everything that it keeps in one folder.
# usage: libvirtd.sh FOLDER   stays in the foreground; its socket is FOLDER/run/libvirt/libvirt-sock
set -eu
folder=$1
mkdir -p "$folder/run" "$folder/config" "$folder/cache" "$folder/home"
user=nobody
chown -R "$user" "$folder"
exec runuser -u "$user" -- env -i PATH="$PATH" HOME="$folder/home" LC_ALL=C \
    XDG_RUNTIME_DIR="$folder/run" XDG_CONFIG_HOME="$folder/config" XDG_CACHE_HOME="$folder/cache" \
    libvirtd --timeout 0
