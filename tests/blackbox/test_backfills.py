# SPDX-License-Identifier: Apache-2.0
"""Backfills through a running daemon: tried out, brought in, listed, taken back; as on the directory."""

import json
import threading
import urllib.parse

import pytest
from conftest import DEMO, event
from daemon import Daemon

LONG_AGO = "2025-03-10T00:00:00Z"
OLDER = "".join(event("demo.Do", {"count": number}, number, "ann", LONG_AGO) for number in range(1, 4))


@pytest.fixture(name="book")
def book_fixture(tollgate, tmp_path):
    (tmp_path / "demo.yaml").write_text(DEMO)
    assert tollgate("init", tmp_path / "book", "--tariffs", tmp_path / "demo.yaml").code == 0
    return tmp_path / "book"


def path_of(name, rest=""):
    return f"/v1/backfills/{urllib.parse.quote(name, safe='')}{rest}"


def test_it_is_tried_brought_in_listed_and_taken_back(tollgate, book, tmp_path):
    (tmp_path / "older.ndjson").write_text(OLDER)
    said = tollgate("backfill", "preview", tmp_path / "older.ndjson", "--data", book, "--json").json
    with Daemon(tollgate, "--data", book) as daemon:
        seen = daemon.post(path_of("a/b", "?dry_run=true"), OLDER).json
        assert seen == {"dry_run": True, **said} and seen["changes"][0]["quantity_after"] == "6"
        assert daemon.get("/v1/backfills").json == {"items": [], "next": None}
        done = daemon.post(path_of("a/b"), OLDER, Idempotency_Key="k")
        assert done.status == 200 and done.json["outcomes"]["accepted"] == 3 and done.json["backfill"]["events"] == 3
        assert daemon.post(path_of("a/b"), OLDER, Idempotency_Key="k").bytes == done.bytes
        assert daemon.post(path_of("a/b"), OLDER).json["outcomes"]["duplicate"] == 3
        assert daemon.post(path_of("c"), OLDER.replace("e-", "f-")).status == 200
        first = daemon.get("/v1/backfills?limit=1").json
        second = daemon.get(f"/v1/backfills?limit=1&cursor={first['next']}").json
        assert [row["name"] for row in first["items"] + second["items"]] == ["a/b", "c"] and second["next"] is None
        assert daemon.get(path_of("a/b")).json == first["items"][0]
        taken = daemon.post(path_of("a/b", "/revert"), "", Idempotency_Key="r")
        assert taken.status == 200 and taken.json["reversed"] == 3 and taken.json["reverted_at"]
        assert daemon.post(path_of("a/b", "/revert"), "", Idempotency_Key="r").bytes == taken.bytes
        again = daemon.post(path_of("a/b", "/revert"), "")
        assert (again.status, again.json["code"]) == (409, "refused") and "reverted before" in again.json["detail"]
        assert daemon.post(path_of("a/b"), OLDER).status == 409
        assert daemon.post(path_of("none", "/revert"), "").json["code"] == "unknown-backfill"
        assert daemon.get(path_of("none")).status == 404
        used = daemon.get("/v1/usage?account=ann").json
        assert [row["quantity"] for row in used["usage"]] == ["6"], used  # of c
    assert tollgate("backfill", "list", "--data", book, "--json").json["backfills"][0] == taken.json
    assert tollgate("verify", "--data", book).code == 0


def test_only_usage_comes_in_this_way(tollgate, book):
    order = event("tollgate.order", {"tariff": "demo", "sku": "calls-100"}, 9, "ann", LONG_AGO)
    with Daemon(tollgate, "--data", book) as daemon:
        done = daemon.post(path_of("c"), order + OLDER).json
        assert done["outcomes"]["rejected"] == 1 and done["outcomes"]["accepted"] == 3
        assert daemon.get("/v1/accounts/ann/orders").json["items"] == []
        secrets = {role: daemon.post("/v1/keys", json.dumps({"name": role, "roles": [role]})).json["secret"]
                   for role in ("ingest", "read", "billing")}
        for role, status in (("ingest", 403), ("read", 403), ("billing", 200)):
            key = f"Bearer {secrets[role]}"
            assert daemon.post(path_of("d"), OLDER, Authorization=key).status == status
            assert daemon.post(path_of("c", "/revert"), "", Authorization=key).status == status
        assert [row["action"] for row in daemon.get("/v1/audit").json["items"]].count("backfill_revert") == 2


def test_others_write_and_read_while_one_is_taken_back(tollgate, book):
    """Whatever is taken meanwhile stays; nobody sees an error, and the book is as it must be."""
    many = "".join(event("demo.Do", {"count": 1}, 1000 + number, f"acct-{number % 7}", LONG_AGO)
                   for number in range(3000))
    with Daemon(tollgate, "--data", book) as daemon:
        for start in range(0, 4):
            assert daemon.post(path_of("many"), many.replace("e-", f"m{start}-")).status == 200
        is_done, wrong, count = threading.Event(), [], [0]

        def write():
            while not is_done.is_set():
                answer = daemon.post("/v1/accounts", json.dumps({"account": f"new-{count[0]}"}))
                count[0] += 1
                if answer.status != 201 or daemon.get("/v1/usage").status != 200:
                    wrong.append(answer.text)
        thread = threading.Thread(target=write)
        thread.start()
        taken = daemon.post(path_of("many", "/revert"), "")
        is_done.set()
        thread.join()
        assert taken.status == 200 and taken.json["reversed"] == 12000 and not wrong
        assert all(row["quantity"] == "0" for row in daemon.get("/v1/usage").json["usage"])
    names = {row["account"] for row in tollgate("account", "list", "--data", book, "--json").json["accounts"]}
    assert {f"new-{number}" for number in range(count[0])} <= names
    assert tollgate("verify", "--data", book).code == 0
