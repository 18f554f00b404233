# SPDX-License-Identifier: Apache-2.0
"""tools/setup.sh installs only what is missing, and says clearly when it cannot."""

import os
import subprocess

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
USED = ["awk", "cat", "dirname", "env", "grep", "sh", "tr", "true"]


@pytest.fixture(name="setup")
def setup_fixture(tmp_path):
    """Runs setup.sh in a world where `has` is installed; the calls of apt-get are written down."""
    for name in USED:
        path = next((f"{folder}/{name}" for folder in ("/usr/bin", "/bin") if os.path.exists(f"{folder}/{name}")), None)
        if path:
            os.symlink(path, tmp_path / name)

    def stub(name, body):
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)

    def run(task, has="", user=0, is_debian=True, sudo=False, apt="exit 0"):
        if is_debian:
            stub("dpkg-query", f'for last; do :; done\ncase " {has} " in *" $last "*|*" all "*) echo installed;;'
                               " *) exit 1;; esac")
        if sudo:
            stub("sudo", 'shift\necho "sudo $1" >>"$APT_LOG"\nexec "$@"')
        stub("id", f"echo {user}")
        stub("apt-get", f'echo "$DEBIAN_FRONTEND $*" >>"$APT_LOG"\n{apt}')
        log = tmp_path / "apt.log"
        done = subprocess.run(["/bin/sh", os.path.join(ROOT, "tools", "setup.sh"), task], check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env={"PATH": str(tmp_path), "APT_LOG": str(log)}, encoding="utf-8")
        return done.returncode, done.stdout, log.read_text().splitlines() if log.exists() else []

    return run


def test_nothing_is_done_when_all_is_there(setup):
    assert setup("run", has="all", user=1000) == (0, "", [])


def test_only_what_is_missing_is_installed(setup):
    has = ("meson ninja-build pkgconf libcctz-dev libmicrohttpd-dev libsimdjson-dev libsodium-dev libxxhash-dev "
           "libsqlite3-dev libcurl4-openssl-dev libxml2-dev libcsv-dev liblz4-dev libzstd-dev tzdata python3 "
           "nodejs npm")
    code, _, calls = setup("run", has=has)
    assert code == 0
    assert calls == ["noninteractive update -q",
                     "noninteractive install -q -y --no-install-recommends g++ libyaml-dev"]


def test_a_command_that_is_there_needs_no_package(setup, tmp_path):
    """Node of another origin brings npm along, and Debian's npm conflicts with it."""
    (tmp_path / "npm").symlink_to("/bin/true")
    has = ("g++ meson ninja-build pkgconf libcctz-dev libmicrohttpd-dev libsimdjson-dev libsodium-dev libxxhash-dev "
           "libsqlite3-dev libcurl4-openssl-dev libxml2-dev libcsv-dev libyaml-dev liblz4-dev libzstd-dev tzdata "
           "python3")
    code, _, calls = setup("run", has=has)
    assert code == 0 and calls[-1].endswith("--no-install-recommends nodejs")


def test_sudo_is_used_by_others_than_root(setup):
    code, _, calls = setup("run", user=1000, sudo=True)
    assert code == 0 and any(call.startswith("sudo") for call in calls)


@pytest.mark.parametrize("task, world, words", [
    ("run", {"user": 1000}, "run as root (or with sudo): apt-get install g++"),
    ("run", {"is_debian": False}, "this is not a Debian system"),
    ("nonsense", {}, "no packages are listed for 'nonsense'"),
    ("run", {"apt": "exit 100"}, "apt-get update failed"),
])
def test_what_cannot_be_done_is_said(setup, task, world, words):
    code, output, _ = setup(task, **world)
    assert code == 1 and words in output
