#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The packages in a clean Debian system: tools/check_deb.sh [--clone] [FOLDER]
# As root. A chroot made by debootstrap gets the packages of FOLDER (build-deb), runs the packages' own tests, and is
# looked at after they were purged: only the data may be left. With --clone a fresh clone of this repository is made in
# the chroot instead, which has nothing but git and make, and has to get through `make run` and the build of the tests.
# Mirrors, npm's registry and trusted certificates are those of this machine; the base is kept in FOLDER/base.tar.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
is_clone=false
if [ "${1-}" = --clone ]; then
    is_clone=true
    shift
fi
folder=$(cd "${1:-$root/build-deb}" && pwd)
[ "$(id -u)" = 0 ] || {
    echo "check_deb: only root can make a chroot" >&2
    exit 1
}

work=$(mktemp -d "${TMPDIR:-/var/tmp}/tollgate-deb.XXXXXX")
system=$work/system
cleanup() {
    for mount in proc dev/pts dev; do
        if mountpoint -q "$system/$mount"; then umount -l "$system/$mount"; fi
    done
    rm -rf --one-file-system "$work"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

say() { echo "check_deb: $*"; }
inside() { chroot "$system" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
    DEBIAN_FRONTEND=noninteractive http_proxy="${http_proxy-}" https_proxy="${https_proxy-}" "$@"; }

# With a network of its own, in which nobody else has the daemon's port.
isolated() { unshare --net sh -c 'ip link set lo up && exec chroot "$@"' sh "$system" \
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 "$@"; }

# ---- a clean system ----
# shellcheck disable=SC2016 # apt expands these
mirror=$(apt-get indextargets --format '$(SITE) $(CODENAME)' 'Created-By: Packages' |
    sed -n 's/ bookworm$//p' | head -n 1)
if [ ! -s "$folder/base.tar" ]; then
    debootstrap --variant=minbase bookworm "$work/base" "$mirror" >"$work/debootstrap.log" 2>&1 || {
        tail "$work/debootstrap.log" >&2
        exit 1
    }
    rm -f "$work/base/var/cache/apt/archives/"*.deb
    tar -C "$work/base" -cf "$folder/base.tar" .
    rm -rf "$work/base"
fi
mkdir "$system"
tar -C "$system" -xf "$folder/base.tar"
cp -L /etc/resolv.conf "$system/etc/resolv.conf"
for part in /etc/apt/apt.conf.d/*roxy*; do
    if [ -e "$part" ]; then cp "$part" "$system/etc/apt/apt.conf.d/"; fi
done
printf '#!/bin/sh\nexit 101\n' >"$system/usr/sbin/policy-rc.d" # nothing starts by itself in a chroot
chmod +x "$system/usr/sbin/policy-rc.d"
mount --bind /dev "$system/dev"
mount -t proc proc "$system/proc"
inside apt-get update -q >"$work/apt.log" 2>&1 || { tail "$work/apt.log" >&2; exit 1; }
say "a clean system of $(inside dpkg-query -f '.\n' -W | wc -l) packages"

install() { inside apt-get install -q -y --no-install-recommends "$@" >"$work/apt.log" 2>&1 || {
    tail -n 30 "$work/apt.log" >&2
    exit 1
}; }

# ---- a fresh clone ----
if $is_clone; then
    install git make ca-certificates
    git -c safe.directory='*' clone -q --bare "$root" "$system/srv/origin.git"
    git -c safe.directory='*' --git-dir "$system/srv/origin.git" fetch -q "$root" HEAD:refs/heads/checked
    inside git clone -q --branch checked /srv/origin.git /srv/tollgate
    registry=$(npm config get registry 2>/dev/null || true)
    bundle=/etc/ssl/certs/ca-certificates.crt
    cp "$bundle" "$system$bundle"
    for target in run test-build; do
        start=$(date +%s)
        inside npm_config_registry="$registry" npm_config_cafile=$bundle \
            make -C /srv/tollgate $target </dev/null >"$work/$target.log" 2>&1 || {
            tail -n 40 "$work/$target.log" >&2
            say "make $target failed in a fresh clone"
            exit 1
        }
        say "make $target: $(($(date +%s) - start)) s; its last lines:"
        tail -n 12 "$work/$target.log" | sed 's/^/    /'
    done
    exit 0
fi

# ---- the packages ----
state() { (cd "$system" && find etc lib usr var \( -path var/lib/apt -o -path var/cache -o -path var/lib/dpkg \
    -o -path var/log -o -path 'usr/lib/python3*' \) -prune -o -print | sort); }
install ca-certificates curl gcc libc6-dev pkgconf procps systemd \
    libstdc++-12-dev libcctz-dev libsimdjson-dev libsodium-dev libxxhash-dev libyaml-dev
state >"$work/before"
mkdir "$system/packages"
cp "$folder"/*.deb "$system/packages"
rm -f "$system"/packages/*dbgsym*
# shellcheck disable=SC2046 # names are words
install $(cd "$system" && find ./packages -name '*.deb' | sort | sed 's,^\./,/,')
say "installed: $(cd "$system/packages" && find . -name '*.deb' -printf '%f ')"
for test in bill library daemon; do
    cp "$root/packaging/debian/tests/$test" "$system/tmp/test"
    isolated /tmp/test || { say "the test $test failed"; exit 1; }
done
told=$(inside systemd-analyze verify --man=no tollgate.service tollgate.socket 2>&1) || true
[ -z "$told" ] || { echo "$told" >&2; say "systemd-analyze verify does not like the units"; exit 1; }
say "systemd-analyze verify has nothing to say of the units"

# ---- and without them ----
packages=$(cd "$system/packages" && for file in *.deb; do echo "${file%%_*}"; done)
# shellcheck disable=SC2086
inside apt-get purge -q -y $packages >"$work/apt.log" 2>&1 || {
    tail "$work/apt.log" >&2
    exit 1
}
inside apt-get autoremove -q -y >"$work/apt.log" 2>&1
state >"$work/after"
left=$(comm -13 "$work/before" "$work/after" | grep -v '^var/lib/tollgate' || true)
[ -z "$left" ] || { echo "left after purge:" >&2; echo "$left" | head -n 20 >&2; exit 1; }
[ -e "$system/var/lib/tollgate/book/book.db" ] || { say "purge has removed the data"; exit 1; }
say "purge leaves the data and nothing else"
