#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Install the Debian packages that a task needs and that are missing: tools/setup.sh run|test|lint|prove|deb|chroot
# Installs nothing, and needs no rights, when everything is there. An entry package/command is there too when the
# command is: node of another origin brings its npm along, and Debian's npm could not be installed beside it.
set -eu

task=${1:-run}
root=$(cd "$(dirname "$0")/.." && pwd)
list=$root/packaging/debian-packages.txt

fail() {
    echo "setup: $1" >&2
    exit 1
}

wanted=$(awk -v task="$task" '!/^#/ { for (i = 2; i <= NF; i++) if ($i == task) print $1 }' "$list")
[ -n "$wanted" ] || fail "no packages are listed for '$task' in packaging/debian-packages.txt"
command -v dpkg-query >/dev/null 2>&1 ||
    fail "this is not a Debian system; install the equivalents of: $(echo "$wanted" | tr '\n' ' ')"

missing=
for entry in $wanted; do
    package=${entry%%/*}
    if [ "$package" != "$entry" ] && command -v "${entry#*/}" >/dev/null 2>&1; then
        continue
    fi
    # shellcheck disable=SC2016 # dpkg-query expands the braces
    state=$(dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -m 1 -x installed || true)
    [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
    as_root=
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root="sudo -n"
else
    fail "run as root (or with sudo): apt-get install$missing"
fi

echo "setup: installing$missing" >&2
# shellcheck disable=SC2086 # the lists are meant to be split
{
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q </dev/null >&2 || fail "apt-get update failed"
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing </dev/null >&2 ||
        fail "apt-get could not install:$missing"
}
