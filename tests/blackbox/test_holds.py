# SPDX-License-Identifier: Apache-2.0
"""Holds from the command line: reserved, settled, released, expired; each visible to the next command."""

import os

import pytest

from conftest import ROOT, event

HOUR = "2026-01-01T{:02d}:00:00Z"


@pytest.fixture
def book(tollgate, tmp_path):
    home = tmp_path / "book"
    made = tollgate("init", home, "--tariffs", os.path.join(ROOT, "tests/data/jobs.yaml"))
    assert made.code == 0, made.err

    def run(*words, hour=10, **more):
        return tollgate(*words, "--data", home, "--json", "--now", HOUR.format(hour), **more)

    run.home = home
    run.show = lambda *words: tollgate(*words, "--data", home, "--json").json
    assert run("order", "a", "points-10", "--tariff", "jobs", "--id", "o-1").code == 0
    return run


def balance(book):
    row = book.show("balance")["balances"][0]
    return row["used"], row["held"], row["remaining"]


def test_a_hold_says_what_it_reserves_and_is_listed(book):
    done = book("hold", "a", "jobs.Film", "count=2", "frames=13", "--id", "h-1")
    assert done.code == 0, done.err
    assert done.json["hold"]["expires_at"] == "2026-01-01T11:00:00+00:00"
    assert done.json["hold"]["reserves"] == [
        {"kind": "slot", "sku": "frame-concurrency"},
        {"kind": "units", "order": "o-1", "sku": "points-10", "amount": "4", "unit": "point"},
        {"kind": "free-quota", "item": "frame", "amount": "10", "unit": "frame"},
        {"kind": "units", "order": "o-1", "sku": "points-10", "amount": "1", "unit": "point"}]
    assert balance(book) == ("0", "5", "5")
    assert [row["hold"] for row in book.show("hold", "list")["holds"]] == ["h-1"]
    assert book.show("hold", "list", "a") == book.show("hold", "list")


def test_release_gives_back_once(book):
    assert book("hold", "a", "jobs.Render", "count=2", "--id", "h-1").code == 0
    assert book("release", "a", "h-1").code == 0
    again = book("release", "a", "h-1")
    assert again.code == 1 and "there is no open hold" in again.json["replies"][0]["reason"]
    assert balance(book) == ("0", "0", "10") and book.show("hold", "list")["holds"] == []


def test_a_dry_run_answers_whether_a_job_may_start(book):
    may = book("hold", "a", "jobs.Render", "count=5", "--dry-run")
    assert may.code == 0 and may.json["replies"][0]["outcome"] == "accepted"
    may_not = book("hold", "a", "jobs.Render", "count=6", "--dry-run")
    assert may_not.code == 1 and "nothing would pay" in may_not.json["replies"][0]["reason"]
    assert may_not.json["hold"] is None and balance(book) == ("0", "0", "10")


def test_the_event_settles_whatever_it_used(book, tmp_path):
    assert book("hold", "a", "jobs.Render", "count=2", "--id", "h-1").code == 0
    journal = tmp_path / "usage.ndjson"
    journal.write_text(event("jobs.Render", {"count": 5, "hold": "h-1"}, account="a", time=HOUR.format(10)))
    assert book("ingest", str(journal)).code == 0
    assert balance(book) == ("10", "0", "0")


def test_a_tick_ends_what_has_expired(book):
    assert book("hold", "a", "jobs.Render", "--id", "h-1").code == 0
    assert book("tick", hour=10).code == 0 and balance(book) == ("0", "2", "8")
    assert book("tick", hour=11).code == 0 and balance(book) == ("0", "0", "10")


@pytest.mark.parametrize("words, message", [
    (("a", "jobs.Rendr"), 'did you mean "Render"?'),
    (("a", "jobs.Film", "frams=2"), 'no tariff uses an attribute "frams". Did you mean "frames"?'),
    (("a", "jobs.Film", "frames"), '"frames" is not key=value.'),
    (("a", "Render"), '"operation" must be written TARIFF.OPERATION'),
], ids=["operation", "attribute", "pair", "half a name"])
def test_a_slip_is_told(book, words, message):
    told = book("hold", *words)
    assert told.code != 0 and message in told.err + told.out.replace('\\"', '"')
