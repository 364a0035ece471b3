#!/bin/sh
# SPDX-License-Identifier: ISC
# export.sh DIRECTORY COUNT EXPORT: what a command prints as JSON lines, for certsyncd's
# plug-in table.  COUNT is a command that asks the source how many firms there are, EXPORT
# one that prints a JSON object for each.  Only if EXPORT ends well and there are as many
# lines does the list get its last line and its name.
set -eu
if [ $# -ne 3 ]; then
	echo "export.sh DIRECTORY COUNT EXPORT" >&2
	exit 64
fi
part=$1/firms.part
sh -c "$3" >"$part"
records=$(sh -c "$2")
lines=$(wc -l <"$part")
if [ "$lines" -ne "$records" ]; then
	echo "export.sh: the source has $records firms, $lines were read" >&2
	exit 1
fi
echo "{\"end\": true, \"records\": $records}" >>"$part"
sync "$part"
mv "$part" "$1/firms.jsonl"
