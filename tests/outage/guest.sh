#!/bin/sh
# A guest of a host that has no hypervisor: guest.sh SITE list|stop|kill|start|ready [GUEST]
#
# RUN, the host's folder for what a start forgets, and HOST come from the host's own start.
# SITE/slow: it takes its time to stop and to start.
site=$1 verb=$2 guest=$3
pid=$RUN/guest-$guest

running() { [ -s "$1" ] && kill -0 "$(cat "$1")" 2>/dev/null; }
note() { echo "$(date +%s.%N) $HOST guest $guest $1" >>"$site/events"; }
slowly() { if [ -e "$site/slow" ]; then sleep 4; fi; }

case $verb in
list) for one in "$RUN"/guest-*; do running "$one" && echo "${one##*/guest-}"; done; true ;;
stop)
	running "$pid" || exit 0
	slowly
	note stops
	kill "$(cat "$pid")"
	;;
kill)
	note killed
	kill -KILL "$(cat "$pid")"
	;;
start)
	running "$pid" && exit 0
	slowly
	setsid sleep 100000 >/dev/null 2>&1 </dev/null &
	echo $! >"$pid"
	note starts
	;;
ready) running "$pid" ;;
esac
