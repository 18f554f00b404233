# SPDX-License-Identifier: Apache-2.0
"""What is cheap to check of the Debian packages; `make deb` and `make deb-check` do the rest."""

import glob
import os
import re
import subprocess

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DEBIAN = os.path.join(ROOT, "packaging", "debian")


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return file.read()


def paragraphs(text):
    """[{field: value}] of a control file."""
    return [dict(re.findall(r"(?m)^([A-Za-z-]+):((?:.*)(?:\n[ \t].*)*)", part)) for part in text.split("\n\n")]


def names(value):
    """Package names of a dependency field."""
    return set(re.findall(r"(?m)(?:^|[,|])\s*([a-z0-9][a-z0-9+.-]+)", value))


def test_the_versions_agree():
    version = re.search(r"version: '([^']+)'", read(ROOT, "meson.build"))[1]
    assert re.match(rf"tollgate \({re.escape(version)}-[^)]+\) ", read(DEBIAN, "changelog"))


def test_the_build_wants_what_the_program_wants():
    """Libraries and tools of the task `deb` are those that the package asks for, and nothing is forgotten."""
    rows = [line.split() for line in read(ROOT, "packaging", "debian-packages.txt").splitlines() if line[:1] != "#"]
    listed = {row[0] for row in rows if "deb" in row[1:]}
    libraries = {row[0] for row in rows if "run" in row[1:] and row[0].startswith("lib")}
    wanted = names(paragraphs(read(DEBIAN, "control"))[0]["Build-Depends"])
    assert wanted - {"debhelper-compat", "dh-sequence-installsysusers"} <= listed
    assert libraries <= wanted


def test_the_symbols_are_those_of_the_library():
    golden = read(ROOT, "tests", "golden", "lib", "symbols.txt").replace("@@", "@").split()
    symbols = [line.split()[0] for line in read(DEBIAN, "libtollgate0.symbols").splitlines() if line.startswith(" ")]
    assert symbols == ["TOLLGATE_0@TOLLGATE_0"] + golden


def test_the_library_package_has_its_name():
    soname = re.search(r"soversion: '(\d+)'", read(ROOT, "src", "lib", "meson.build"))[1]
    assert f"Package: libtollgate{soname}\n" in read(DEBIAN, "control")


def test_everything_overridden_has_a_reason():
    for path in glob.glob(os.path.join(DEBIAN, "**", "*lintian-overrides"), recursive=True):
        lines = read(path).splitlines()
        assert [line[:2] for line in lines[::2]] == ["# "] * (len(lines) // 2), path
        assert all(": " in line for line in lines[1::2])


def test_every_test_is_there_and_may_run():
    for part in paragraphs(read(DEBIAN, "tests", "control")):
        path = os.path.join(DEBIAN, "tests", part["Tests"].strip())
        assert os.access(path, os.X_OK)
        assert subprocess.run(["sh", "-n", path], check=False).returncode == 0


@pytest.mark.parametrize("unit", ["service", "socket"])
def test_the_units_documentation_is_installed(unit):
    """Pages that a unit names are among those that are installed with their folder."""
    text = read(ROOT, "packaging", "systemd", f"tollgate.{unit}")
    for page in re.findall(r"file:///usr/share/doc/tollgate/(\S+)", text):
        assert os.path.exists(os.path.join(ROOT, page))
