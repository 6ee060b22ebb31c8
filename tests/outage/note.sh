#!/bin/sh
# Writes down that something was done: note.sh SITE WORDS...
site=$1
shift
echo "$(date +%s.%N) $*" >>"$site/events"
