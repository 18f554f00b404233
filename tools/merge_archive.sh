#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Usage: merge_archive.sh OUTPUT WHOLE ARCHIVE...
#
# One static library out of many: all of WHOLE, and what it needs of the other archives, becomes one object in which
# hidden names are local. A program that is linked with it sees the public names only.
set -eu
output=$1
whole=$2
shift 2
object="$output.o"
ld -r --force-group-allocation -o "$object" --whole-archive "$whole" --no-whole-archive --start-group "$@" --end-group
objcopy --localize-hidden "$object"
rm -f "$output"
ar crsD "$output" "$object"
rm -f "$object"
