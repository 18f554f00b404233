# SPDX-License-Identifier: Apache-2.0
"""The daemon and `tollgate key` with a fault at every call that changes a file: money that moved is in the audit log,
what was acknowledged is there, the log is whole, and a key is never shown that does not work."""

import http.client
import json
import os
import shutil

import pytest
from conftest import ROOT
from daemon import Daemon

SHIM = os.environ.get("FAULT_AT_LIBRARY", os.path.join(ROOT, "build", "tests", "fault_at.so"))
EVERY = int(os.environ.get("FAULT_EVERY", "8"))  # every call by `make verify`, one of eight else
SEED = int(os.environ.get("TEST_SEED", "1"))
TOP_UP = json.dumps({"amount": "10", "currency": "USD"})

pytestmark = pytest.mark.skipif(not os.path.exists(SHIM), reason="the fault library is not built")


@pytest.fixture(name="template")
def template_fixture(tollgate, tmp_path, demo):
    """A book with a key."""
    home = tmp_path / "template"
    assert tollgate("init", home, "--tariffs", demo).code == 0
    assert tollgate("key", "create", "first", "--role", "read", "--data", home).code == 0
    return home


@pytest.fixture(name="fresh")
def fresh_fixture(template, tmp_path):
    def fresh():
        place = tmp_path / "book"
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(template, place)
        return place
    return fresh


def faulty(fault, counting=None):
    return {"LD_PRELOAD": SHIM, "FAULT_AT": fault, "FAULT_COUNT": counting or "/dev/null"}


def balance(tollgate, home):
    wallets = tollgate("wallet", "show", "--data", home, "--json").json
    return [one["balance"] for one in wallets["wallets"]]


def check_log(tollgate, home):
    """Also after somebody has gone on with it."""
    assert tollgate("key", "create", "later", "--role", "read", "--data", home).code == 0
    result = tollgate("audit", "verify", "--data", home, "--json")
    assert result.code == 0 and result.json["torn_bytes"] == 0, result.out
    return tollgate("audit", "list", "--data", home, "--json").json["lines"]


def serve_and_pay(tollgate, home, env):
    """The status of a top-up under a fault; None: the daemon has died, or did not even start."""
    try:
        with Daemon(tollgate, "--data", home, env=env) as daemon:
            answer = daemon.post("/v1/accounts/ann/wallet/top-ups", TOP_UP, Idempotency_Key="k-1")
            answer_again = daemon.get("/readyz").status
            assert answer.status == 201 or answer.json["code"] in ("no-audit", "storage", "broken", "internal"), \
                answer.text
            assert answer_again in (200, 503)
            return answer.status
    except (OSError, http.client.HTTPException, AssertionError) as error:
        if isinstance(error, AssertionError) and "is not in the log" not in str(error):
            raise
        return None


@pytest.mark.parametrize("fault", ["EIO", "ENOSPC", "kill"])
def test_money_that_moved_is_in_the_log(tollgate, fresh, tmp_path, fault):
    counted = tmp_path / "count"
    home = fresh()
    assert serve_and_pay(tollgate, home, faulty("count:0", str(counted))) == 201
    total, seen = int(counted.read_text()), set()
    assert balance(tollgate, home) == ["10"]
    for at in range(1 + SEED % EVERY, total + 1, EVERY):
        home = fresh()
        status = serve_and_pay(tollgate, home, faulty(f"{fault}:{at}"))
        moved = balance(tollgate, home) == ["10"]
        begun = [row for row in check_log(tollgate, home) if row["action"] == "wallet_top_up"]
        assert moved or status != 201, (fault, at)
        assert not moved or begun[0]["result"] == "begun", (fault, at)
        assert tollgate("verify", "--data", home).code == 0, (fault, at)
        seen.add((status, moved))
    assert (201, True) in seen or EVERY > 1


@pytest.mark.parametrize("fault", ["EIO", "ENOSPC", "kill"])
def test_a_key_that_was_shown_works(tollgate, fresh, tmp_path, fault):
    counted = tmp_path / "count"
    words = ["key", "create", "second", "--role", "read", "--json", "--data"]
    assert tollgate(*words, fresh(), env=faulty("count:0", str(counted))).code == 0
    for at in range(1 + SEED % EVERY, int(counted.read_text()) + 1, EVERY):
        home = fresh()
        result = tollgate(*words, home, env=faulty(f"{fault}:{at}"))
        names = [key["name"] for key in tollgate("key", "list", "--data", home, "--json").json["keys"]]
        begun = [row["object"] for row in check_log(tollgate, home) if row["result"] == "begun"]
        assert result.code != 0 or "second" in names, (fault, at)
        assert "secret" in result.out or result.code != 0, (fault, at, result.err)
        assert "secret" not in result.out or "second" in names, (fault, at)  # also when it was killed behind that
        assert "second" not in names or "second" in begun, (fault, at)
