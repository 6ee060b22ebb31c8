#!/bin/sh
# A node of a Pacemaker cluster: node.sh SITE KOMAINU
#
# Runs in namespaces of its own. RUN, the host's folder for what a start forgets, and HOST come
# from the host's own start. What Pacemaker and Corosync write goes where this node alone sees it.
site=$1 komainu=$2

private() { for at; do mount -t tmpfs none "$at"; done; }

# Named before it is hidden: the agent stands beside those of the distribution.
mkdir -p "$RUN/sbin"
mount --bind /usr/sbin "$RUN/sbin"
private /usr/sbin
ln -s "$RUN"/sbin/* /usr/sbin/
ln -sf "$komainu" /usr/sbin/fence_komainu

private /run /dev/shm /var/lib/pacemaker /var/lib/corosync /var/log /etc/corosync
mkdir -p /run/lock /var/log/corosync /var/log/cluster /var/log/pacemaker /var/log/crmsh
for folder in cib pengine blackbox cores; do
	install -d -o hacluster -g haclient -m 750 /var/lib/pacemaker/$folder
done
chown hacluster:haclient /var/lib/pacemaker /var/log/pacemaker
cp "$site/corosync.conf" /etc/corosync/
hostname "$HOST"

export PCMK_logfile="$RUN/pacemaker.log"
corosync -f >"$RUN/corosync.log" 2>&1 &
while :; do
	sleep 1
	pacemakerd -f >>"$RUN/pacemakerd.log" 2>&1
done
