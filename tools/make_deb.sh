#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The Debian packages of this tree, in build-deb/ (or the folder that is named): tools/make_deb.sh [FOLDER]
# What git tracks is built, as it lies here. The console is made before, where npm may use the network, and put into the
# source package as console/prebuilt/; without npm the packages have no console. DEB_BUILD_OPTIONS=nocheck leaves the
# unit tests out. When lintian is installed, it has to find neither errors nor warnings.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
out=${1:-$root/build-deb}
version=$(sed -n "s/^  version: '\(.*\)',$/\1/p" "$root/meson.build")
name=tollgate-$version

mkdir -p "$out"
out=$(cd "$out" && pwd)
rm -rf "${out:?}/$name" "$out"/*.deb "$out"/tollgate_*
mkdir "$out/$name"
cd "$root"
git -c safe.directory='*' ls-files -z -- . ':!packaging/debian' | tar -c --null -T - | tar -x -C "$out/$name"
if command -v npm >/dev/null 2>&1; then
    for part in prepare build; do
        /usr/bin/python3 tools/console.py $part "$out/console_assets.inc" "$out/console_assets.d" \
            --npm "$(command -v npm)" --node "$(command -v node)"
    done
    mkdir "$out/$name/console/prebuilt"
    mv "$out/console_assets.inc" "$out/$name/console/prebuilt/"
    rm -f "$out/console_assets.d"
else
    echo "make_deb: npm is not installed; the packages will have no console" >&2
fi
tar -c --sort=name --owner=0 --group=0 --mtime="@$(git -c safe.directory='*' log -1 --format=%ct)" \
    -C "$out" "$name" | xz -T2 >"$out/tollgate_$version.orig.tar.xz"
cp -r packaging/debian "$out/$name/debian"

cd "$out/$name"
export DEB_BUILD_OPTIONS="${DEB_BUILD_OPTIONS-} parallel=2"
dpkg-buildpackage --no-sign --sanitize-env >"$out/build.log" 2>&1 || {
    tail -n 40 "$out/build.log" >&2
    echo "make_deb: the build failed; all of it is in $out/build.log" >&2
    exit 1
}
cd "$out"
if command -v lintian >/dev/null 2>&1; then
    lintian --fail-on error,warning -i -I --pedantic --allow-root ./*.changes >lintian.log || {
        cat lintian.log >&2
        exit 1
    }
fi
ls ./*.deb
