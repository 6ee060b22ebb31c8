#!/bin/sh
# A service whose workload writes to the shared disk: service.sh WORKER DISK start|stop|check
#
# RUN, the host's folder for what a start forgets, and HOST come from the host's own start.
# RUN/refuse: the next start fails.
worker=$1 disk=$2
pid=$RUN/$(basename "$disk").pid

running() { [ -s "$pid" ] && kill -0 "$(cat "$pid")" 2>/dev/null; }

case $3 in
start)
	[ -e "$RUN/refuse" ] && exit 1
	running && exit 0
	setsid "$worker" --worker "$disk" "$HOST" >/dev/null 2>&1 </dev/null &
	echo $! >"$pid"
	;;
stop)
	running || exit 0
	kill "$(cat "$pid")"
	while running; do sleep 0.005; done
	;;
check) running ;;
esac
