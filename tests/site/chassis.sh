#!/bin/sh
# The power of one host, as ipmi_sim asks for it and orders it:
#   chassis.sh DIR get power             -> "power:0" or "power:1"
#   chassis.sh DIR set power 0|1 | reset 1 | shutdown 1
#
# The host is a process tree of its own. DIR/init holds the number of its first process: while
# that one exists, the host has power. DIR/boot starts a host and writes the number.
# DIR/log: one line per order. DIR/stuck: orders are accepted, and nothing happens.
# DIR/lies: it reads off, whatever it is.
# DIR/lag: seconds until the power follows an order.
dir=$1 op=$2
shift 2

on() { [ -s "$dir/init" ] && kill -0 "$(cat "$dir/init")" 2>/dev/null; }

off() {
	on || return 0
	init=$(cat "$dir/init")
	kill -KILL "$init"
	# The first process goes when all others have gone.
	while kill -0 "$init" 2>/dev/null; do sleep 0.001; done
}

power() {
	case $1 in
	0) off ;;
	1) on || setsid "$dir/boot" >>"$dir/console" 2>&1 </dev/null & ;;
	esac
}

later() {
	if [ -e "$dir/lag" ]; then
		(sleep "$(cat "$dir/lag")"; power "$1") >/dev/null 2>&1 &
	else
		power "$1"
	fi
}

case "$op $1" in
"get power") if [ ! -e "$dir/lies" ] && on; then echo power:1; else echo power:0; fi ;;
"get boot") echo boot:default ;;
"set "*)
	echo "$(date +%s.%N) $1 $2" >>"$dir/log"
	[ -e "$dir/stuck" ] && exit 0
	case "$1 $2" in
	"power 0" | "shutdown "*) later 0 ;;
	"power 1") later 1 ;;
	"reset "*) off; power 1 ;;
	esac
	;;
*) exit 1 ;;
esac
