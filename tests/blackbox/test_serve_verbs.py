# SPDX-License-Identifier: Apache-2.0
"""Verbs on a directory that a daemon keeps: what the tests of the verbs themselves, which run against a daemon as well
(served.py), do not see."""

import datetime
import json
import signal
import subprocess

import pytest
from conftest import event
from daemon import Daemon, set_clock

NOW = "2026-02-16T00:00:00Z"


@pytest.fixture(name="book")
def book_fixture(tollgate, tmp_path, demo):
    """A new book under the demo tariff."""
    assert tollgate("init", tmp_path / "book", "--tariffs", demo).code == 0
    return tmp_path / "book"


@pytest.fixture(name="served")
def served_fixture(tollgate, book):
    """A daemon on it at NOW."""
    clock = book.parent / "clock"
    set_clock(clock, NOW)
    with Daemon(tollgate, "--data", book, "--clock-file", clock) as daemon:
        yield daemon


def usage(count, first=0):
    return [event("demo.Do", {"count": 1}, number) for number in range(first, first + count)]


def ingest(tollgate, book, text, *words, now=NOW):
    return tollgate("ingest", "--data", book, "--json", *(["--now", now] if now else []), *words, "-", stdin=text)


@pytest.mark.parametrize("form", ["lines", "no last end of line", "blank lines", "array", "pretty array", "one pretty"])
def test_every_form_of_input_is_taken(tollgate, book, served, form):
    events = usage(1 if form == "one pretty" else 3)
    text = {"lines": "".join(events), "no last end of line": "".join(events).rstrip("\n"),
            "blank lines": "\n \n" + "\r\n\n".join(one.rstrip("\n") for one in events) + "\n\n\n",
            "array": "[" + ",".join(events) + "]",
            "pretty array": json.dumps([json.loads(one) for one in events], indent=2),
            "one pretty": json.dumps(json.loads(events[0]), indent=2)}[form]
    taken = ingest(tollgate, book, text).json
    assert taken == {"documents": len(events), "known": 0, "elsewhere": 0, "rejected": 0, "unpriced": 0, "batches": 1}
    assert ingest(tollgate, book, text).json == {**taken, "known": len(events), "batches": 0}
    bill = tollgate("bill", "preview", "--data", book, "--json").json["bills"][0]
    assert bill["lines"][0]["quantity"] == str(len(events))
    assert served.get("/readyz").status == 200


def test_what_is_no_json_is_kept_and_told_as_without_a_daemon(tollgate, book, served, tmp_path, demo):
    text = "{\n[1,\n" + usage(1)[0] + "null\n"
    assert tollgate("init", tmp_path / "other", "--tariffs", demo).code == 0
    assert ingest(tollgate, book, "x\n" + text).json == ingest(tollgate, tmp_path / "other", "x\n" + text).json
    told = [tollgate("events", "rejected", "--data", home, "--json").json["rejected"]
            for home in (book, tmp_path / "other")]
    assert [row["reason"] for row in told[0]] == [row["reason"] for row in told[1]] and len(told[0]) == 4


def test_many_lines_go_in_many_blocks(tollgate, book, served, tmp_path):
    path = tmp_path / "many.ndjson"
    path.write_text("".join(usage(20000)))
    taken = tollgate("ingest", "--data", book, "--now", NOW, "--json", path).json
    assert taken["documents"] == 20000 and taken["batches"] > 1
    assert served.get("/metrics").text.count('tollgate_documents_total{outcome="accepted"} 20000\n') == 1
    assert served.end() == 0
    assert tollgate("verify", "--data", book).code == 0


def test_a_line_that_is_too_long_is_told(tollgate, book, served):
    result = ingest(tollgate, book, event("demo.Do", {"note": "x" * (9 << 20)}))
    assert result.code == 4 and "a line has more than" in result.err
    assert served.get("/readyz").status == 200


def test_the_clock_is_the_daemons(tollgate, book, served):
    assert ingest(tollgate, book, usage(1)[0]).err == ""
    told = ingest(tollgate, book, usage(1, 5)[0], now="2027-01-01T00:00:00Z")
    assert told.code == 0 and "--now is not used" in told.err and NOW[:10] in told.err
    assert served.get("/readyz").status == 200


def test_older_events_go_through_the_daemon_under_their_name(tollgate, book, served):
    text = "".join(event("demo.Do", {"count": 1}, number, time="2025-03-01T00:00:00Z") for number in range(3))
    name = "migration 2025/03 & ü"
    assert ingest(tollgate, book, text, "--backfill", name).json["documents"] == 3
    assert ingest(tollgate, book, usage(1, 9)[0]).code == 0  # no part of it
    assert ingest(tollgate, book, text, "--backfill", name).json["known"] == 3
    listed = tollgate("backfill", "list", "--data", book, "--json").json["backfills"]
    assert [(row["name"], row["events"]) for row in listed] == [(name, 3)]
    answer = served.post("/v1/commands?dry_run=true&backfill=other", text)
    assert answer.status == 400 and answer.json["code"] == "no-dry-run"
    for wrong in ("(x)", "", "x" * 201):
        refused = ingest(tollgate, book, text, "--backfill", wrong)
        assert refused.code == 2
        assert refused.err == "tollgate: the name of a backfill has 1 to 200 bytes and begins with no parenthesis.\n"
    assert 'tollgate_documents_total{outcome="accepted"} 4\n' in served.get("/metrics").text
    done = tollgate("backfill", "revert", name, "--data", book, "--json")
    assert done.code == 0 and (done.json["name"], done.json["reversed"]) == (name, 3)
    assert tollgate("backfill", "list", "--data", book, "--json").json["backfills"] == [done.json]
    again = tollgate("backfill", "revert", name, "--data", book)
    assert again.code == 1 and "was reverted before" in again.err
    unknown = tollgate("backfill", "revert", "none", "--data", book)
    assert unknown.code == 1 and "there is no backfill" in unknown.err
    assert served.end() == 0
    assert tollgate("verify", "--data", book).code == 0
    with Daemon(tollgate, "--data", book, "--clock-file", book.parent / "clock"):
        assert "was reverted" in ingest(tollgate, book, text, "--backfill", name).err


def test_what_comes_meanwhile_is_no_part_of_a_backfill(tollgate, book, served, tmp_path):
    path = tmp_path / "old.ndjson"
    path.write_text("".join(event("demo.Do", {"count": 1}, f"old-{number}", time="2025-03-01T00:00:00Z")
                            for number in range(8000)))
    slow = subprocess.Popen([tollgate.path, "ingest", "--data", str(book), "--backfill", "old", str(path)],
                            stderr=subprocess.PIPE)
    count = 0
    while slow.poll() is None or count < 20:
        assert served.post("/v1/commands", usage(1, count)[0]).json["outcomes"]["accepted"] == 1
        count += 1
    assert slow.wait() == 0 and b"8000 documents, 0 of them known" in slow.communicate()[1]
    listed = tollgate("backfill", "list", "--data", book, "--json").json["backfills"]
    assert [row["events"] for row in listed] == [8000]
    assert served.end() == 0
    assert tollgate("verify", "--data", book).code == 0


def test_a_daemon_that_is_killed_is_told_and_then_not_needed(tollgate, book):
    now = datetime.datetime.now(datetime.timezone.utc).isoformat()
    with Daemon(tollgate, "--data", book) as daemon:
        assert tollgate("account", "set", "acct-1", "--credit", "USD=5", "--data", book).code == 0
        daemon.send(signal.SIGSTOP)
        words = ("account", "set", "acct-1", "--id", "x", "--now", now, "--credit", "USD=6", "--data", str(book))
        slow = subprocess.Popen([tollgate.path, *words], stderr=subprocess.PIPE, stdout=subprocess.PIPE)
        daemon.end(signal.SIGKILL)
        _, error = slow.communicate(timeout=30)
        assert slow.returncode in (0, 4)  # before or behind the end
        assert slow.returncode == 0 or b"again" in error or b"written by process" in error
    assert tollgate(*words).code == 0 and tollgate(*words).code == 0
    assert tollgate("verify", "--data", book).code == 0


def test_other_tariffs_go_through_the_daemon(tollgate, book, served, demo, tmp_path):
    assert ingest(tollgate, book, usage(3)[0]).code == 0
    text = (demo / "demo.yaml").read_text()
    other, bad, foreign = tmp_path / "other", tmp_path / "bad", tmp_path / "foreign"
    for folder, words in ((other, text.replace("price: 0.5}", "price: 0.6}").replace("total: 5.21", "total: 6.21")),
                          (bad, text.replace("currency:", "curency:")),
                          (foreign, text.replace("currency: USD", "currency: CNY"))):
        folder.mkdir()
        (folder / "demo.yaml").write_text(words)
    refused = tollgate("rerate", "--data", book, "--tariffs", bad)
    assert refused.code == 3 and "demo.yaml:3:1" in refused.err
    refused = tollgate("rerate", "--data", book, "--tariffs", foreign)
    assert refused.code == 1 and "currency" in refused.err
    assert tollgate("rerate", "--data", book, "--tariffs", other, "--preview").code == 0
    assert tollgate("rerate", "--data", book, "--tariffs", other, "--json").json == {"set": 2}
    again = tollgate("rerate", "--data", book, "--tariffs", demo)
    assert again.code == 0 and again.out.startswith("set 3 of the tariffs holds")
    assert served.get("/readyz").status == 200 and served.end() == 0
    assert tollgate("verify", "--data", book).code == 0


def test_over_the_network_there_are_no_commands(tollgate, book, tmp_path):
    with Daemon(tollgate, "--data", book, "--listen", "127.0.0.1:0") as daemon:
        for path in ("/v1/commands", "/v1/commands/rerate"):
            assert daemon.request("POST", path, "{}", port=daemon.port()).status == 401
        key = daemon.post("/v1/keys", json.dumps({"name": "boss", "roles": ["admin"]}), Content_Type="application/json")
        bearer = {"Authorization": "Bearer " + key.json["secret"], "Content_Type": "application/json"}
        for path in ("/v1/commands", "/v1/commands/rerate"):
            for port in (daemon.port(), None):
                answer = daemon.request("POST", path, json.dumps({"tariffs": "/etc"}), port=port, **bearer)
                assert answer.status == 403 and answer.json["code"] == "local-only"
