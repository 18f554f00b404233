# SPDX-License-Identifier: Apache-2.0
"""What is due over HTTP: shown before, done when it is said, once."""

import http.client
import json
import os
import shutil

import pytest
from conftest import DEMO, ROOT, event
from daemon import Daemon, set_clock

SHIM = os.environ.get("FAULT_AT_LIBRARY", os.path.join(ROOT, "build", "tests", "fault_at.so"))
EVERY = int(os.environ.get("FAULT_EVERY", "4"))  # every call by `make verify`, one of four else
MARCH, APRIL = "2026-03-20T12:00:00Z", "2026-04-01T00:00:00Z"


@pytest.fixture(name="daemon")
def daemon_fixture(tollgate, tmp_path):
    """Ann and bob have used something in March."""
    with march(tollgate, tmp_path) as daemon:
        yield daemon


def march(tollgate, tmp_path):
    (tmp_path / "demo.yaml").write_text(DEMO)
    assert tollgate("init", tmp_path / "book", "--tariffs", tmp_path / "demo.yaml").code == 0
    set_clock(tmp_path / "clock", MARCH)
    lines = ""
    for name, seconds in (("ann", 60000), ("bob", 120000)):
        lines += json.dumps({"specversion": "1.0", "id": f"a-{name}", "source": "test", "type": "tollgate.account",
                             "subject": name, "time": MARCH, "data": {"postpaid": {"demo": True}}}) + "\n"
        lines += event("demo.Watch", {"seconds": seconds}, account=name, time=MARCH, number=name)
    daemon = Daemon(tollgate, "--data", tmp_path / "book", "--clock-file", tmp_path / "clock")
    assert daemon.post("/v1/commands", lines).json["outcomes"]["accepted"] == 4
    daemon.clock = tmp_path / "clock"
    daemon.data = tmp_path / "book"
    return daemon


def close(daemon, key):
    return daemon.post("/v1/bills/close", "", Idempotency_Key=key)


def test_what_will_close_is_shown_and_closes(daemon, tollgate):
    assert daemon.get("/v1/bills/due").json["count"] == 0, "March is not over"
    due = daemon.get(f"/v1/bills/due?until={APRIL}").json
    assert due["sums"] == [{"tariff": "demo", "kind": "usage", "currency": "USD", "count": 2, "total": "9"}]
    assert [(row["number"], row["account"], row["total"]) for row in due["bills"]] == [
        ("demo-1", "ann", "3.00"), ("demo-2", "bob", "6.00")]
    assert daemon.get("/v1/bills").json["items"] == [], "nothing was closed"
    set_clock(daemon.clock, APRIL)
    done = close(daemon, "k-1")
    assert done.status == 201 and done.json["reply"]["command"] == "tick", done.text
    heads = daemon.get("/v1/bills").json["items"]
    assert heads == due["bills"]
    if done.json["count"] > 0:  # else the daemon has done it by itself in between
        assert done.json["bills"] == heads and done.json["sums"] == due["sums"]
    again = close(daemon, "k-1")
    assert again.headers["Idempotent-Replayed"] == "true" and again.bytes == done.bytes
    assert close(daemon, "k-2").json["count"] == 0
    assert daemon.get("/v1/bills/due").json == {**due, "now": APRIL, "count": 0, "sums": [], "bills": []}
    daemon.end()
    assert tollgate("verify", "--data", daemon.data).code == 0


def test_closing_has_its_limits(daemon):
    assert close(daemon, "k-1").json["count"] == 0
    no_key = daemon.post("/v1/bills/close", "")
    assert (no_key.status, no_key.json["code"]) == (400, "idempotency-key-missing")
    for until in ("2026-03-20T11:59:59Z", "2028-01-01", "soon"):
        assert daemon.get(f"/v1/bills/due?until={until}").status == 400, until
    body = daemon.post("/v1/bills/close", '{"until":"2026-04-01"}', Idempotency_Key="k-3")
    assert (body.status, body.json["errors"][0]["pointer"]) == (422, "/until")


# ---- what dies in between ----


def attempt(tollgate, data, clock, env):
    """Close on a daemon that may die at any moment; whether it answered."""
    try:
        with Daemon(tollgate, "--data", data, "--clock-file", clock, env={"LD_PRELOAD": SHIM, **env}) as daemon:
            try:
                return close(daemon, "k-1").json
            except (OSError, http.client.HTTPException):
                return None
    except AssertionError:
        return None  # it was killed before it was ready


def test_who_lost_the_answer_is_told_what_was_closed(tollgate, tmp_path):
    """Killed anywhere, and with a bill of somebody else behind it: the repetition says what the request has closed."""
    march(tollgate, tmp_path).end()
    clock, calls, lost = tmp_path / "clock", tmp_path / "calls", 0
    set_clock(clock, APRIL)
    shutil.copytree(tmp_path / "book", tmp_path / "all")
    whole = attempt(tollgate, tmp_path / "all", clock, {"FAULT_AT": "count:0", "FAULT_COUNT": str(calls)})
    assert whole["count"] == 2 and [bill["account"] for bill in whole["bills"]] == ["ann", "bob"]
    total = int(calls.read_text())
    for at in range(total % EVERY + 1, total + 1, EVERY):
        data = tmp_path / str(at)
        shutil.copytree(tmp_path / "book", data)
        attempt(tollgate, data, clock, {"FAULT_AT": f"kill:{at}"})
        was_closed = len(tollgate("bill", "list", "--data", data, "--json").json["bills"]) == 2
        with Daemon(tollgate, "--data", data, "--clock-file", clock) as daemon:
            if was_closed:  # else this would be told before it
                order = daemon.post("/v1/accounts/ann/orders", '{"tariff":"demo","sku":"calls-100"}',
                                    Idempotency_Key="o")
                assert order.status == 201, order.text
            first, again = close(daemon, "k-1"), close(daemon, "k-1")
            lost += was_closed and "Idempotent-Replayed" not in first.headers
        assert first.status == 201 and {**first.json, "reply": 0, "position": 0} == {
            **whole, "reply": 0, "position": 0}, f"killed before call {at}: {first.text}"
        assert first.bytes == again.bytes and again.headers["Idempotent-Replayed"] == "true"
        shutil.rmtree(data)
    assert lost > 0, "no answer was lost: the test says nothing"
