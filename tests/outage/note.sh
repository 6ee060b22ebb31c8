#!/bin/sh
# Writes down that something was done, late if SITE/slow is there: note.sh SITE WORDS...
site=$1
shift
if [ -e "$site/slow" ]; then sleep 3; fi
echo "$(date +%s.%N) $*" >>"$site/events"
