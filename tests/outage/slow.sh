#!/bin/sh
# Runs a command, late if SITE/slow is there: slow.sh SITE COMMAND...
site=$1
shift
if [ -e "$site/slow" ]; then sleep 3; fi
exec "$@"
