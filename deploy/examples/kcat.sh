#!/bin/sh
# What has been told so far, one line each: offset, key (pupil id or school), CloudEvents headers. kcat.sh HOST:PORT [PREFIX]
# The values are Avro, which Debian's kcat cannot read: their kind, id and time stand in the headers.
exec kcat -b "$1" -C -t "${2:-}exclusions.alerts.v1" -o beginning -e -q -X isolation.level=read_committed -f '%o\t%k\t%h\n'
