#!/bin/sh
# The operating system of a host goes down: shutdown.sh SITE SECONDS
#
# Only ever inside the host's own process namespace, whose first process is its init.sh.
# SITE/HOST.deaf: nothing comes of it.
site=$1 seconds=$2
[ -e "$site/$HOST.deaf" ] && exit 0
echo "$(date +%s.%N) $HOST shuts-down" >>"$site/events"
case $(tr '\0' ' ' </proc/1/cmdline) in
*"/$HOST/init.sh "*) ;;
*)
	echo "not inside a host" >&2
	exit 1
	;;
esac
sleep "$seconds"
kill -TERM 1
kill -KILL -1
