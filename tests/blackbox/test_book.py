# SPDX-License-Identifier: Apache-2.0
"""A data directory from outside: what was acknowledged is there once, whatever happens, and verify proves it."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import time

import pytest

from conftest import ROOT, event

NOW = "2026-04-01T00:00:00+08:00"
DEMO = os.path.join(ROOT, "examples", "demo.ndjson")
MONTHS = ("2026-03-01T00:00:00+08:00", "2026-04-01T00:00:00+08:00")  # when the demo's events are taken in


@pytest.fixture
def book(tollgate, tmp_path):
    """A fresh data directory under the shipped tariffs, and a way to talk to it."""
    home = tmp_path / "book"
    made = tollgate("init", home, "--tariffs", os.path.join(ROOT, "tariffs"))
    assert made.code == 0, made.err

    def run(*words, **more):
        return tollgate(*words, "--data", home, **more)

    run.home = home
    return run


@pytest.fixture
def demo_months(tmp_path):
    """The demo journal in two files, February and March, with the instants at which they are taken in."""
    with open(DEMO, encoding="utf-8") as lines:
        both = [[], []]
        for line in lines:
            both[json.loads(line)["time"] >= MONTHS[0]].append(line)
    files = []
    for now, lines in zip(MONTHS, both):
        path = tmp_path / f"{now[:10]}.ndjson"
        path.write_text("".join(lines))
        files.append((now, path))
    return files


def test_book_gives_the_bills_that_rate_gives(book, tollgate, demo_months):
    for now, path in demo_months:
        taken = book("ingest", "--now", now, "--json", path)
        assert taken.code == 0, taken.err
    files = [path for _, path in demo_months]
    wanted = tollgate("rate", "--json", "--tariffs", os.path.join(ROOT, "tariffs"), *files).json
    preview = book("bill", "preview", "--json").json["bills"]
    assert preview == [bill for bill in wanted["bills"] if bill["kind"] == "usage"]  # orders are invoiced at once
    assert book("balance", "--json").json["balances"] == wanted["balances"]
    assert book("alerts", "--json").json["alerts"] == wanted["alerts"]
    assert book("verify", "--json").json["ok"] is True


def test_reading_a_file_again_counts_nothing_twice(book, demo_months):
    for now, path in demo_months:
        first = book("ingest", "--now", now, "--json", path).json
        before = book("bill", "preview", "--json").out
        again = book("ingest", "--now", now, "--json", path).json
        assert again["documents"] == first["documents"] == again["known"]
        assert again["batches"] == 0
        assert book("bill", "preview", "--json").out == before


def test_bad_lines_are_kept_once_and_listed(book):
    lines = event("imm.DetectImageFaces", {}, 1) + "no json\n" + event("imm.Nothing", {}, 2)
    for known in (0, 3):
        done = book("ingest", "--now", "2026-02-16T00:00:00Z", "--json", "-", stdin=lines)
        assert done.code == 0
        assert done.json == {"documents": 3, "known": known, "elsewhere": 0, "rejected": 0 if known else 1,
                             "unpriced": 0 if known else 1, "batches": 0 if known else 1}
    rejected = book("events", "rejected", "--json").json["rejected"]
    unpriced = book("events", "unpriced", "--json").json["unpriced"]
    assert [row["line"] for row in rejected] == [2]
    assert [row["id"] for row in unpriced] == ["e-2"]
    assert book("verify").code == 0


def test_array_of_events_is_the_same_as_lines(book):
    lines = [event("imm.DetectImageFaces", {"count": 3}, number) for number in range(5)]
    array = "[" + ",\n  ".join(line.strip() for line in lines) + "]\n"
    assert book("ingest", "--now", "2026-02-16T00:00:00Z", "-", stdin=array).code == 0
    again = book("ingest", "--now", "2026-02-16T00:00:00Z", "--json", "-", stdin="".join(lines)).json
    assert again["known"] == 5 and again["batches"] == 0
    assert book("verify").code == 0


@pytest.mark.parametrize("when, taken", [
    ("2026-02-15T00:45:00Z", True), ("2026-02-15T00:44:59Z", False),
    ("2026-03-27T00:50:00Z", True), ("2026-03-27T00:50:01Z", False)],
    ids=["5 minutes ahead is taken", "more is refused", "40 days old is taken", "older is refused"])
def test_acceptance_window_has_two_sharp_edges(book, when, taken):
    assert book("ingest", "--now", when, "-", stdin=event("imm.DetectImageFaces", {"count": 1000})).code == 0
    rejected = book("events", "rejected", "--json").json["rejected"]
    assert len(rejected) == (0 if taken else 1)
    bills = book("bill", "preview", "--json").json["bills"]
    assert len(bills) == (1 if taken else 0)


def test_second_writer_is_refused_and_readers_are_not(book, tollgate):
    book("ingest", "--now", NOW, DEMO)
    slow = subprocess.Popen([tollgate.path, "ingest", "--data", str(book.home), "--now", NOW, "-"],
                            stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        lock = book.home / "book.db.lock"
        for _ in range(1000):
            if str(slow.pid) in lock.read_text():
                break
            time.sleep(0.01)
        second = book("ingest", "--now", NOW, DEMO)
        assert second.code == 4 and str(slow.pid) in second.err
        assert book("bill", "preview").code == 0
    finally:
        slow.stdin.close()
        slow.wait()


def test_changed_tariffs_are_noticed(book):
    path = book.home / "tariffs" / "imm.yaml"
    path.write_text(path.read_text().replace("0.028", "0.027"))
    refused = book("bill", "preview")
    assert refused.code == 4 and "were changed" in refused.err


def damage(home, change):
    """Change the store behind the program's back."""
    connection = sqlite3.connect(home / "book.db")
    with connection:
        change(connection)
    connection.close()


@pytest.mark.parametrize("statement", [
    "UPDATE journal SET blob = zeroblob(length(blob)) WHERE seq = 2",
    "UPDATE journal SET blob = (SELECT blob FROM journal WHERE seq = 1) WHERE seq = 2",
    "UPDATE journal SET hash = zeroblob(32) WHERE seq = 2",
    "DELETE FROM journal WHERE seq = 2"],
    ids=["overwritten", "replaced by another batch", "hash overwritten", "deleted"])
def test_every_change_of_the_journal_is_located(book, statement):
    for number in range(4):
        book("ingest", "--now", "2026-02-16T00:00:00Z", "-", stdin=event("imm.DetectImageFaces", {}, number))
    damage(book.home, lambda connection: connection.execute(statement))
    found = book("verify", "--json")
    assert found.code == 1
    assert found.json["ok"] is False and found.json["bad_batch"] == 2


def journal_of(count, start):
    return [event("imm.DetectImageFaces", {"count": 1}, number, account=f"acct-{number % 7}")
            for number in range(start, start + count)]


def killed_ingest(tollgate, home, lines, pause):
    """Feed lines until the process is killed; returns nothing: what counts is found by reading again."""
    child = subprocess.Popen([tollgate.path, "ingest", "--data", str(home), "--now", "2026-02-16T00:00:00Z", "-"],
                             stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        child.stdin.write("".join(lines).encode())
        child.stdin.close()
    except BrokenPipeError:
        pass
    time.sleep(pause)
    child.send_signal(signal.SIGKILL)
    child.wait()


def test_kill_at_any_moment_loses_nothing_acknowledged_and_doubles_nothing(book, tollgate):
    seed = int(os.environ.get("BOOK_SEED", random.randrange(1 << 30)))
    print("BOOK_SEED", seed)
    dice = random.Random(seed)
    lines = journal_of(9000, 0)
    acknowledged = 0
    for life in range(8):
        killed_ingest(tollgate, book.home, lines, dice.random() * 0.12)
        if life % 3 == 2:  # now and then a part is acknowledged, and must stay
            part = lines[:1000 * (life + 1)]
            done = book("ingest", "--now", "2026-02-16T00:00:00Z", "--json", "-", stdin="".join(part))
            assert done.code == 0, done.err
            acknowledged = len(part)
        bills = book("bill", "preview", "--json").json["bills"]
        counted = sum(int(line["quantity"]) for bill in bills for line in bill["lines"])
        assert acknowledged <= counted <= len(lines)
    assert book("ingest", "--now", "2026-02-16T00:00:00Z", "-", stdin="".join(lines)).code == 0
    bills = book("bill", "preview", "--json").json["bills"]
    assert sum(int(line["quantity"]) for bill in bills for line in bill["lines"]) == len(lines)
    assert book("verify").code == 0


def test_missing_directory_says_what_to_do(tollgate, tmp_path):
    refused = tollgate("bill", "preview", "--data", tmp_path / "nowhere")
    assert refused.code == 4 and "tollgate init" in refused.err
    assert tollgate("balance").code == 2


def test_init_refuses_a_second_book_and_a_bad_tariff(book, tollgate, tmp_path):
    assert tollgate("init", book.home).code == 1
    bad = tmp_path / "bad.yaml"
    bad.write_text("tariff: x\n")
    refused = tollgate("init", tmp_path / "other", "--tariffs", bad)
    assert refused.code == 3 and "error:" in refused.err
    assert json.loads(tollgate("init", tmp_path / "third", "--json").out)["data"]
