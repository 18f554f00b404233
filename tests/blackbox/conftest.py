# SPDX-License-Identifier: Apache-2.0
"""What every black-box test needs: the built program, and small journals."""

import json
import os
import subprocess

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Result:
    """What a run of the program left behind."""

    def __init__(self, done):
        self.code = done.returncode
        self.bytes = done.stdout
        self.out = done.stdout.decode()
        self.err = done.stderr.decode()

    @property
    def json(self):
        return json.loads(self.out)


class Program:
    """Runs the built program: program("rate", "-", stdin=…)."""

    def __init__(self, path):
        self.path = path

    def __call__(self, *words, stdin="", env=None, cwd=ROOT):
        given = stdin if isinstance(stdin, bytes) else stdin.encode()
        clean = {key: value for key, value in os.environ.items() if key != "TOLLGATE_TARIFFS"}
        done = subprocess.run([self.path, *map(str, words)], input=given, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, env={**clean, **(env or {})}, cwd=cwd, timeout=60, check=False)
        return Result(done)


# Every test of these files runs a second time, with a daemon that keeps the book (served.py).
SERVED = {"test_book_commands", "test_contracts", "test_corrections", "test_holds", "test_money",
          "test_partitions", "test_ticks"}


def pytest_generate_tests(metafunc):
    wants = "tollgate" in metafunc.fixturenames and "long_book" not in metafunc.fixturenames  # edits the store itself
    if wants and metafunc.module.__name__ in SERVED:
        metafunc.parametrize("tollgate", ["directory", "daemon"], indirect=True, scope="session")


@pytest.fixture(scope="session")
def tollgate(request):
    path = os.path.abspath(os.environ.get("TOLLGATE", os.path.join(ROOT, "build", "src", "cli", "tollgate")))
    assert os.access(path, os.X_OK), f"{path} is not built"
    if getattr(request, "param", "directory") == "directory":
        return Program(path)
    from served import ServedProgram
    return ServedProgram(path)


@pytest.fixture(autouse=True)
def no_daemon_outlives_its_test(request):
    yield
    if "tollgate" in request.fixturenames:
        getattr(request.getfixturevalue("tollgate"), "end_all", lambda: None)()


def event(kind, data, number=1, account="acct-1", time="2026-02-15T08:50:00+08:00"):
    """One CloudEvent as a line; kind is its type."""
    return json.dumps({"specversion": "1.0", "id": f"e-{number}", "source": "test", "type": kind, "subject": account,
                       "time": time, "data": data}) + "\n"


DEMO = """\
tariff: demo
title: Demo
currency: USD
zone: UTC
cycle: month
bill_rounding: {scale: 2, mode: down}
sources: {page: the price page}

items:
  call:
    title: Calls
    unit: call
    source: page
    price: {graduated: {tiers: [{up_to: 10, price: 0.5}, {price: 0.105}]}}
  minute:
    unit: minute
    quantity: seconds / 60
    price: 0.003
operations:
  Do: call
  Watch: minute
packages:
  calls:
    kind: single
    unit: point
    validity: 1 year
    scope: {call: 2}
    sizes: {100: 20, 1000: unpublished}
    alerts: [20%, 0%]
  secret:
    kind: general
    unit: point
    validity: 1 year
    scope: {minute: unpublished, call: 1}
    sizes: unpublished
qps:
  call-plan:
    items: [call]
    default: 2
    ceiling: 50
    day: {graduated: {tiers: [{up_to: 10, price: 12.8}, {price: 10.8}]}}
examples:
  - name: twelve calls
    at: 2026-01-02T00:00:00Z
    given:
      - {operation: Do, count: 12}
    expect: {total: 5.21, quantity: {call: 12}}
"""


@pytest.fixture
def demo(tmp_path):
    """A folder with one small tariff called demo."""
    folder = tmp_path / "tariffs"
    folder.mkdir()
    (folder / "demo.yaml").write_text(DEMO)
    return folder
