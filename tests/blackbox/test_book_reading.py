# SPDX-License-Identifier: Apache-2.0
"""What a data directory tells: its journal, its past, and why an event counts as it does."""

import csv
import io
import json
import os
import shutil
import sqlite3
import subprocess
import time

import pytest

from conftest import ROOT, event

DEMO = os.path.join(ROOT, "examples", "demo.ndjson")
MONTHS = ("2026-03-01T00:00:00+08:00", "2026-04-01T00:00:00+08:00")  # when the demo's events are taken in


def book_at(tollgate, home):
    """A fresh data directory under the shipped tariffs, and a way to talk to it."""
    assert tollgate("init", home, "--tariffs", os.path.join(ROOT, "tariffs")).code == 0

    def run(*words, **more):
        return tollgate(*words, "--data", home, **more)

    run.home = home
    return run


@pytest.fixture
def book(tollgate, tmp_path):
    return book_at(tollgate, tmp_path / "book")


@pytest.fixture(scope="module")
def lived(tollgate, tmp_path_factory):
    """The demo's two months, taken in one after the other; batches 1 and 2. Tests only read it."""
    book = book_at(tollgate, tmp_path_factory.mktemp("lived") / "book")
    with open(DEMO, encoding="utf-8") as lines:
        both = [[], []]
        for line in lines:
            both[json.loads(line)["time"] >= MONTHS[0]].append(line)
    book.parts = ["".join(part) for part in both]
    book.known = []
    for now, part in zip(MONTHS, book.parts):
        assert book("ingest", "--now", now, "-", stdin=part).code == 0
        book.known.append({verb: book(*verb, "--json").out for verb in AS_OF_VERBS})
    return book


ACCOUNT = "cut-and-go"  # lives in both months
AS_OF_VERBS = [("balance",), ("alerts",), ("bill", "preview"), ("events", "unpriced"), ("events", "rejected"),
               ("account", "list"), ("account", "show", ACCOUNT), ("export", "csv")]


# ---- as of ----

@pytest.mark.parametrize("verb", AS_OF_VERBS, ids=" ".join)
@pytest.mark.parametrize("point, index", [
    ("1", 0), ("2", 1), (MONTHS[0], 0), ("2026-03-31T15:59:59Z", 0), (MONTHS[1], 1), ("2200-01-01", 1)],
    ids=["a batch", "the last batch", "the instant of a batch", "just before the next", "that of the last", "later"])
def test_the_past_is_what_was_known_then(lived, verb, point, index):
    then = lived(*verb, "--as-of", point, "--json")
    assert then.code == 0, then.err
    assert then.out == lived.known[index][verb]
    assert lived.known[0][("bill", "preview")] != lived.known[1][("bill", "preview")]


def test_before_the_first_batch_nothing_is_known(lived):
    for point in ("0", "2020-01-01"):
        assert lived("bill", "preview", "--as-of", point, "--json").json["bills"] == []
    assert lived("account", "show", ACCOUNT, "--as-of", "0").code == 1


def test_the_past_does_not_need_the_snapshots_behind_it(book, tmp_path):
    files = []
    for number in range(64):
        files.append(tmp_path / f"{number}.ndjson")
        files[-1].write_text(event("imm.DetectImageFaces", {"count": 1000}, number))
    assert book("ingest", "--now", "2026-02-16T00:00:00Z", "--json", *files).json["batches"] == 64
    with sqlite3.connect(f"file:{book.home}/book.db?mode=ro", uri=True) as store:
        assert store.execute("SELECT count(*) FROM document WHERE kind = 'snapshot'").fetchone()[0] > 0
    for point in (1, 63, 64):
        bills = book("bill", "preview", "--as-of", point, "--json").json["bills"]
        assert [line["quantity"] for bill in bills for line in bill["lines"]] == [str(1000 * point)]


@pytest.mark.parametrize("point, message", [
    ("3", "the journal ends with batch 2."), ("yesterday", '--as-of "yesterday" is not an instant'), ("", "--as-of")])
def test_a_point_that_is_none_is_told(lived, point, message):
    refused = lived("balance", "--as-of", point)
    assert refused.code == 2 and message in refused.err


# ---- explain ----

def test_an_event_is_found_and_explained_by_replay(lived, tollgate):
    for name in ("e-127", "o-033"):
        found = lived("explain", name, "--json")
        assert found.code == 0, found.err
        row = found.json["found"][0]
        assert row["outcome"] == "accepted" and row["account"] == "park-easy" and row["batch"] == 2
        steps = tollgate("explain", "--journal", DEMO, "--tariffs", os.path.join(ROOT, "tariffs"), name, "--json")
        assert row["steps"] == steps.json["steps"]


def test_every_document_of_an_id_is_told(book):
    now = ("--now", "2026-02-16T00:00:00Z")
    first = event("imm.DetectImageFaces", {"count": 1000}, 1)
    book("ingest", *now, "-", stdin=first + event("imm.DetectImageFaces", {}, 2))
    book("ingest", *now, "-", stdin=event("imm.DetectImageFaces", {"count": 2}, 1))
    book("ingest", *now, "-", stdin=event("imm.Nothing", {}, 1).replace('"test"', '"other"'))
    rows = book("explain", "e-1", "--json").json["found"]
    assert [(row["batch"], row["source"], row["outcome"]) for row in rows] == [
        (1, "test", "accepted"), (2, "test", "conflict"), (3, "other", "unpriced")]
    assert rows[2]["steps"][-1]["topic"] == "unpriced" and "no operation" in rows[2]["reason"]
    assert [row["batch"] for row in book("explain", "e-1", "--source", "other", "--json").json["found"]] == [3]
    assert book("explain", "e-3").code == 1
    text = book("explain", "e-1").out
    assert "batch 2, line 1" in text and "came before with another payload" in text


def test_an_id_behind_an_escape_is_found(book):
    line = event("imm.DetectImageFaces", {}, 1).replace('"e-1"', '"e\\u002d1"')
    book("ingest", "--now", "2026-02-16T00:00:00Z", "-", stdin=line)
    assert len(book("explain", "e-1", "--json").json["found"]) == 1


def test_a_bill_of_the_book_is_explained(lived):
    bills = lived("explain", "--bill", "park-easy/viapi/2026-03", "--json").json["bills"]
    assert bills and all(line["steps"] for bill in bills for line in bill["lines"])
    assert lived("explain", "--bill", "park-easy/imm/2020").code == 1
    assert lived("explain", "--journal", DEMO, "e-1").code == 2


# ---- the journal ----

def test_the_journal_comes_back_byte_for_byte(lived, tollgate, tmp_path):
    out = lived("export", "ndjson").out
    assert out == "".join(lived.parts)
    assert lived("export", "ndjson", "--from", "2").out == lived.parts[1]
    assert lived("export", "ndjson", "--from", "3").out == ""
    within = lived("export", "ndjson", "--from", "2").out  # what is older than the window is refused, not known
    again = lived("ingest", "--now", MONTHS[1], "--json", "-", stdin=within).json
    assert again["known"] == again["documents"] and again["batches"] == 0
    other = tmp_path / "other"
    assert tollgate("init", other, "--tariffs", os.path.join(ROOT, "tariffs")).code == 0
    for now, part in zip(MONTHS, lived.parts):
        tollgate("ingest", "--data", other, "--now", now, "-", stdin=part)
    assert tollgate("bill", "preview", "--data", other, "--json").out == lived.known[1][("bill", "preview")]


def test_the_journal_as_json_says_when_each_document_was_recorded(lived):
    rows = lived("export", "ndjson", "--json").json["documents"]
    assert "".join(row["document"] + "\n" for row in rows) == "".join(lived.parts)
    assert {(row["batch"], row["recorded_at"]) for row in rows} == {
        (1, "2026-02-28T16:00:00Z"), (2, "2026-03-31T16:00:00Z")}


def test_a_document_over_several_lines_is_exported_on_one(book):
    spread = json.dumps(json.loads(event("imm.DetectImageFaces", {"count": 3})), indent=2)
    broken = "no json"
    book("ingest", "--now", "2026-02-16T00:00:00Z", "-", stdin=f"[{spread},\n{spread.replace('e-1', 'e-2')}]")
    book("ingest", "--now", "2026-02-16T00:00:00Z", "-", stdin=broken)
    lines = book("export", "ndjson").out.splitlines()
    assert [json.loads(line)["id"] for line in lines[:2]] == ["e-1", "e-2"] and lines[2] == broken
    again = book("ingest", "--now", "2026-02-16T00:00:00Z", "--json", "-", stdin="\n".join(lines)).json
    assert again["known"] == 3 and again["batches"] == 0


def test_tail_shows_the_newest_last(lived):
    whole = [json.loads(line) for part in lived.parts for line in part.splitlines()]
    for words, wanted in ((["-n", "5"], whole[-5:]), (["--last", "100000"], whole), ([], whole[-10:]),
                          (["-n", "3", "--account", "park-easy"],
                           [row for row in whole if row["subject"] == "park-easy"][-3:])):
        rows = lived("events", "tail", *words, "--json").json["events"]
        assert [json.loads(row["document"]) for row in rows] == wanted
        assert [(row["id"], row["account"], row["type"]) for row in rows] == [
            (row["id"], row["subject"], row["type"]) for row in wanted]
    assert whole[-1]["id"] in lived("events", "tail").out
    assert lived("events", "tail", "-n", "0").code == 2


def test_tail_shows_what_is_no_event(book):
    book("ingest", "--now", "2026-02-16T00:00:00Z", "-", stdin="no json\n")
    assert "no json" in book("events", "tail").out
    assert book("events", "tail", "--json").json["events"][0]["id"] is None


def test_csv_has_the_lines_of_the_bills(lived):
    rows = list(csv.DictReader(io.StringIO(lived("export", "csv").out)))
    bills = json.loads(lived.known[1][("bill", "preview")])["bills"]
    assert [row["amount"] for row in rows if not row["number"]] == [
        line["amount"] for bill in bills for line in bill["lines"]]
    closed = [lived("bill", "show", bill["number"], "--json").json
              for bill in lived("bill", "list", "--json").json["bills"]]
    assert closed and [row["amount"] for row in rows if row["number"]] == [
        line["amount"] for bill in closed for line in bill["lines"]]


def test_damage_in_the_journal_is_located(lived, tollgate, tmp_path):
    home = shutil.copytree(lived.home, tmp_path / "copy")
    store = sqlite3.connect(home / "book.db")
    with store:
        store.execute("UPDATE journal SET blob = zeroblob(length(blob)) WHERE seq = 2")
    store.close()
    for words in (["export", "ndjson"], ["events", "tail"], ["explain", "e-1"],
                  ["balance", "--as-of", "2026-03-15"], ["usage", "--by", "operation"], ["stats"]):
        broken = tollgate(*words, "--data", home)
        assert broken.code == 4 and "batch 2" in broken.err


# ---- beside a writer ----

READERS = AS_OF_VERBS + [("events", "tail"), ("export", "ndjson"), ("explain", "e-127"), ("verify",)]


def test_reading_goes_on_while_another_process_writes(lived, tollgate):
    slow = subprocess.Popen([tollgate.path, "ingest", "--data", str(lived.home), "--now", MONTHS[1], "-"],
                            stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        lock = lived.home / "book.db.lock"
        for _ in range(1000):
            if str(slow.pid) in lock.read_text():
                break
            time.sleep(0.01)
        for verb in READERS:
            read = lived(*verb, "--json")
            assert read.code == 0, read.err
            assert read.out == lived.known[1].get(verb, read.out)
    finally:
        slow.stdin.close()
        slow.wait()
