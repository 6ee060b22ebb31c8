#!/bin/sh
# Start, stop and list a set of simulated BMCs, one ipmi_sim process each,
# all on loopback addresses.  See ../README.md.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
n=1 net=127.16 port=623 mode=script kg= on=0 first=1 debug=
run=${BMCS_RUN:-${TMPDIR:-/tmp}/ipmi_sim-bmcs}

usage() {
	cat <<'U'
usage: bmcs.sh start|stop|list|config [options]
  -n N      number of BMCs (1)
  -f I      index of the first BMC (1); BMC i listens on NET.(i/256).(i%256)
  -b NET    first two bytes of the loopback addresses (127.16)
  -p PORT   UDP port (623; below 1024 needs root)
  -m MODE   script: power.sh keeps the power state (all chassis actions)
            cmd:    a "sleep" process is the host (no reset, off takes ~1 s)
  -k KG     set Kg (ASCII, at most 19 characters) on every BMC
  -1        start with the power on
  -r DIR    run directory ($BMCS_RUN, else $TMPDIR/ipmi_sim-bmcs)
  -d        ipmi_sim -d (debug log in DIR/N/out)
U
	exit 2
}

[ $# -ge 1 ] || usage
act=$1
shift
while getopts n:f:b:p:m:k:r:1d o; do
	case $o in
	n) n=$OPTARG ;;
	f) first=$OPTARG ;;
	b) net=$OPTARG ;;
	p) port=$OPTARG ;;
	m) mode=$OPTARG ;;
	k) kg=$OPTARG ;;
	r) run=$OPTARG ;;
	1) on=1 ;;
	d) debug=-d ;;
	*) usage ;;
	esac
done
case $net in 127.*) ;; *) echo "loopback addresses only" >&2; exit 2 ;; esac

addr() { echo "$net.$(($1 / 256)).$(($1 % 256))"; }

config() { # index dir
	a=$(addr "$1")
	cat <<C
name "bmc$1"
set_working_mc 0x20
  startlan 1
    addr $a $port
    priv_limit admin
    allowed_auths_callback none md2 md5 straight
    allowed_auths_user none md2 md5 straight
    allowed_auths_operator none md2 md5 straight
    allowed_auths_admin none md2 md5 straight
    guid $(printf '%032x' "$1" | sed 's/^......../b3c0ffee/')
C
	[ -n "$kg" ] && echo "    bmc_key \"$kg\""
	echo "  endlan"
	case $mode in
	script) echo "  chassis_control \"$here/power.sh $2\"" ;;
	cmd)
		cat <<C
  serial 15 $a 9002 codec VM
  startcmd "sleep 2147483647"
  startnow $([ "$on" = 1 ] && echo true || echo false)
  poweroff_wait 1
  kill_wait 1
C
		;;
	*) usage ;;
	esac
	cat <<'C'
  user 1 true ""         ""         user     10 none md2 md5 straight
  user 2 true "admin"    "password" admin    10 none md2 md5 straight
  user 3 true "operator" "operpass" operator 10 none md2 md5 straight
  user 4 true "monitor"  "monpass"  user     10 none md2 md5 straight
  user 5 true "caller"   "callpass" callback 10 none md2 md5 straight
  user 6 true "fifteen-chars-u" "nineteen-chars-pwd!" admin 10 none md2 md5 straight
  user 7 false "disabled" "password" admin   10 none md2 md5 straight
C
}

case $act in
config) config "$first" "$run/$first" ;;
start)
	command -v ipmi_sim >/dev/null || { echo "ipmi_sim missing: install the openipmi package" >&2; exit 1; }
	i=$first
	while [ "$i" -lt $((first + n)) ]; do
		d=$run/$i
		mkdir -p "$d/state"
		rm -rf "$d"/state/*
		echo "$on" >"$d/power"
		config "$i" "$d" >"$d/lan.conf"
		(cd "$d" && exec ipmi_sim -c lan.conf -f "$here/bmc.emu" -s state -n $debug) \
			>"$d/out" 2>&1 </dev/null &
		echo $! >"$d/pid"
		addr "$i"
		i=$((i + 1))
	done
	;;
list)
	for d in "$run"/*/; do
		[ -e "${d}pid" ] || continue
		p=$(cat "${d}pid")
		i=$(basename "$d")
		kill -0 "$p" 2>/dev/null && s=up || s=down
		echo "$i $(sed -n 's/^ *addr //p' "${d}lan.conf") pid $p $s power $(cat "${d}power")"
	done
	;;
stop)
	for f in "$run"/*/pid; do
		[ -e "$f" ] || continue
		p=$(cat "$f")
		# Only a process that is ipmi_sim, and the hosts it started.
		if [ "$(cat "/proc/$p/comm" 2>/dev/null)" = ipmi_sim ]; then
			for c in $(cat "/proc/$p/task/$p/children" 2>/dev/null); do
				kill "$c" 2>/dev/null || :
			done
			kill "$p" 2>/dev/null || :
		fi
		rm -f "$f"
	done
	;;
*) usage ;;
esac
