#!/bin/sh
# A service's work: writes its host's name to a disk until it is killed. worker.sh --worker DISK HOST
while :; do
	echo "$(date +%s.%N) $3" >>"$2"
	sleep 0.05
done
