# SPDX-License-Identifier: Apache-2.0
"""What makes an attack on the daemon harder: how the program is built, and how its service is fenced in."""

import configparser
import os
import re
import shlex
import shutil
import subprocess

import pytest
from conftest import ROOT

UNITS = os.path.join(ROOT, "packaging", "systemd")
EXPOSURE_MAX = 1.5


def readelf(path, *words):
    return subprocess.run(["readelf", "-W", *words, path], stdout=subprocess.PIPE, check=True, encoding="utf-8").stdout


def test_the_program_is_built_hard(tollgate):
    segments, dynamic = readelf(tollgate.path, "-l"), readelf(tollgate.path, "-d")
    assert "DYN (Position-Independent Executable file)" in readelf(tollgate.path, "-h")
    stack = re.search(r"GNU_STACK .*", segments)[0]
    assert " RW " in stack and "RWE" not in stack
    assert "GNU_RELRO" in segments and re.search(r"FLAGS.*BIND_NOW|FLAGS_1.*NOW", dynamic)
    assert not re.search("RPATH|RUNPATH|TEXTREL", dynamic)
    for kind in ("RWE", " WE "):
        assert not [line for line in segments.splitlines() if line.lstrip().startswith("LOAD") and kind in line]
    symbols = readelf(tollgate.path, "-s")
    assert "__stack_chk_fail" in symbols
    if "__asan_init" not in symbols:
        assert re.search(r"__\w+_chk@", symbols), "-D_FORTIFY_SOURCE has no effect"


def unit(name):
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str
    parser.read(os.path.join(UNITS, name), encoding="utf-8")
    return parser


def test_the_unit_starts_what_there_is(tollgate):
    words = shlex.split(unit("tollgate.service")["Service"]["ExecStart"])
    assert words[:2] == ["/usr/bin/tollgate", "serve"]
    verb = [row for row in tollgate("help", "--json").json["verbs"] if row["name"] == "serve"][0]
    known = {f"--{option['name']}" for option in verb["options"]}
    assert {word for word in words if word.startswith("--")} <= known
    assert unit("tollgate.service")["Service"]["Type"] == "notify"
    assert unit("tollgate.service")["Service"]["User"] == "tollgate"
    with open(os.path.join(UNITS, "tollgate.sysusers"), encoding="utf-8") as file:
        assert re.search(r"^u tollgate ", file.read(), re.M)


def test_the_units_are_sound_and_fenced_in():
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed: the units are not rated")
    path = os.path.join(UNITS, "tollgate.service")
    rated = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", path], check=False,
                           stdout=subprocess.PIPE, encoding="utf-8").stdout
    exposure = float(re.search(r"Overall exposure level for tollgate.service: ([0-9.]+)", rated)[1])
    assert exposure <= EXPOSURE_MAX, rated
    for name in ("tollgate.service", "tollgate.socket"):
        told = subprocess.run(["systemd-analyze", "verify", "--man=no", os.path.join(UNITS, name)], check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8").stdout
        mistakes = [line for line in told.splitlines() if "is not executable" not in line]
        assert mistakes == []
