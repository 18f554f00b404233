# SPDX-License-Identifier: Apache-2.0
"""Closed bills of a data directory: listed, shown and explained as they were closed, whatever comes later."""

import csv
import io
import os

import pytest

from conftest import ROOT, event

JANUARY, FEBRUARY, MARCH = "2026-02-01T00:00:00+08:00", "2026-03-01T00:00:00+08:00", "2026-04-01T00:00:00+08:00"

ORDER = ("order", "a", "object-detection-5000", "--tariff", "viapi")


@pytest.fixture
def book(tollgate, tmp_path):
    home = tmp_path / "book"
    assert tollgate("init", home, "--tariffs", os.path.join(ROOT, "tariffs")).code == 0

    def run(*words, **more):
        return tollgate(*words, "--data", home, **more)

    run.home = home
    return run


def plates(count, number, account="a", day="2026-02-10"):
    return event("viapi.RecognizeLicensePlate", {"count": count}, number, account=account, time=f"{day}T08:00:00+08:00")


@pytest.fixture
def closed(book):
    """Batch 1: usage of a and b. 2: an order of a. 3: February is closed. 4: late usage. 5: March is closed."""
    book("ingest", "--now", "2026-02-15T00:00:00+08:00", "-", stdin=plates(100, 2) + plates(200, 1, "b"))
    book(*ORDER, "--id", "o-1", "--now", "2026-02-16T00:00:00+08:00")
    book.february = book("bill", "close", "--now", FEBRUARY, "--json")
    book("ingest", "--now", "2026-03-02T00:00:00+08:00", "-", stdin=plates(7, 3, "a"))
    book.march = book("bill", "close", "--now", MARCH, "--json")
    return book


def numbers(result):
    assert result.code == 0, result.err
    return [bill["number"] for bill in result.json["bills"]]


def test_closing_prints_what_was_closed(closed):
    assert numbers(closed.february) == ["viapi-2", "viapi-3"]
    assert [bill["account"] for bill in closed.february.json["bills"]] == ["a", "b"]
    assert numbers(closed.march) == ["viapi-4"]
    assert closed.february.json["bills"][0]["closed_at"] == FEBRUARY
    again = closed("bill", "close", "--now", MARCH, "--json")
    assert numbers(again) == []
    assert "0 bills closed" in closed("tick", "--now", MARCH).out


@pytest.mark.parametrize("words, wanted", [
    ([], [1, 2, 3, 4]),
    (["--account", "a"], [1, 2, 4]),
    (["--account", "nobody"], []),
    (["--tariff", "viapi"], [1, 2, 3, 4]),
    (["--tariff", "imm"], []),
    (["--kind", "orders"], [1]),
    (["--kind", "usage", "--account", "b"], [3]),
    (["--from", FEBRUARY], [2, 3, 4]),
    (["--until", FEBRUARY], [1]),
    (["--from", FEBRUARY, "--until", MARCH], [2, 3]),
    (["--as-of", "1"], []),
    (["--as-of", "2"], [1]),
    (["--as-of", "4"], [1, 2, 3]),
    (["--as-of", "2026-03-01T00:00:00+08:00"], [1, 2, 3]),
], ids=lambda value: " ".join(value) if value and isinstance(value[0], str) else "")
def test_list_is_cut_by_its_options(closed, words, wanted):
    assert numbers(closed("bill", "list", *words, "--json")) == [f"viapi-{number}" for number in wanted]
    text = closed("bill", "list", *words).out
    assert [row.split()[0] for row in text.splitlines()[1:]] == [f"viapi-{number}" for number in wanted]


def test_bill_is_shown_as_it_was_closed(closed):
    bill = closed("bill", "show", "viapi-2", "--json").json
    assert (bill["account"], bill["kind"], bill["number"]) == ("a", "usage", "viapi-2")
    assert [(line["quantity"], line["amount"]) for line in bill["lines"]] == [("100", "15")]
    late = closed("bill", "show", "viapi-4", "--json").json
    assert late["cycle"]["start"] == FEBRUARY
    assert [(line["quantity"], line["adjusts"]["start"]) for line in late["lines"]] == [("7", JANUARY)]
    rows = list(csv.DictReader(io.StringIO(closed("bill", "show", "viapi-4", "--csv").out)))
    assert [(row["number"], row["adjusts"], row["quantity"]) for row in rows] == [("viapi-4", JANUARY, "7")]
    assert "viapi-4" in closed("bill", "show", "viapi-4").out
    assert closed("bill", "preview", "--json").json["bills"] == []


def test_bill_is_explained(closed):
    steps = closed("bill", "show", "viapi-2", "--explain", "--json").json["lines"][0]["steps"]
    assert (steps[0]["topic"], steps[-1]["topic"]) == ("price", "amount")
    one = closed("explain", "--bill", "viapi-2", "--json").json
    assert one["lines"][0]["steps"] == steps
    assert closed("explain", "--bill", "viapi-2", "--line", "1", "--json").json == one
    assert closed("explain", "--bill", "viapi-2", "--line", "2").code == 1
    assert closed("explain", "--bill", "a/viapi/2026-02", "--json").json["bills"] == [
        closed("explain", "--bill", f"viapi-{number}", "--json").json for number in (1, 2)]


@pytest.mark.parametrize("words, code, message", [
    (["bill", "show", "viapi-5"], 1, 'there is no bill "viapi-5".'),
    (["bill", "show", "viapi-0"], 1, 'there is no bill "viapi-0".'),
    (["bill", "show", "imm-1"], 1, 'there is no bill "imm-1".'),
    (["bill", "show", "viapi"], 2, '"viapi" is not a bill\'s number'),
    (["bill", "show", "-7"], 2, ""),
    (["bill", "show", "viapi-4", "--as-of", "3"], 1, 'there is no bill "viapi-4".'),
    (["bill", "show", "viapi-1", "--csv", "--json"], 2, "exclude each other"),
    (["bill", "list", "--kind", "nothing"], 2, 'there is no kind of bill "nothing".'),
    (["explain", "--bill", "a/viapi/2026-02", "--line", "1"], 2, "--line needs"),
    (["explain", "--bill", "viapi-9"], 1, "no such bill"),
])
def test_what_is_no_bill_is_told(closed, words, code, message):
    refused = closed(*words)
    assert refused.code == code and message in refused.err


def test_an_order_names_its_bill(book):
    done = book(*ORDER, "--now", MARCH, "--json")
    assert numbers(done) == ["viapi-1"]
    shown = book("bill", "show", "viapi-1", "--json").json
    assert shown["lines"][0]["order"] == done.json["order"]["order"] and shown["total"] == "50.00"
    assert book(*ORDER, "--now", MARCH, "--dry-run", "--json").code == 0
    assert numbers(book("bill", "list", "--json")) == ["viapi-1"]


def test_csv_of_the_book_has_closed_and_open_lines(closed):
    closed("ingest", "--now", "2026-04-02T00:00:00+08:00", "-", stdin=plates(5, 9, "c", day="2026-04-01"))
    rows = list(csv.DictReader(io.StringIO(closed("export", "csv").out)))
    assert [(row["number"], row["account"], row["quantity"]) for row in rows] == [
        ("viapi-1", "a", "1"), ("viapi-2", "a", "100"), ("viapi-3", "b", "200"), ("viapi-4", "a", "7"), ("", "c", "5")]
    assert [row["number"] for row in csv.DictReader(io.StringIO(closed("export", "csv", "--as-of", "2").out))] == [
        "viapi-1", "", ""]


def test_partitions_number_their_bills_apart(tollgate, tmp_path):
    lines = "".join(plates(100, number, f"acct-{number}") for number in range(8))
    told = []
    for part in (1, 2):
        home = tmp_path / str(part)
        tollgate("init", home, "--tariffs", os.path.join(ROOT, "tariffs"), "--partition", f"{part}/2")
        tollgate("ingest", "--data", home, "--now", "2026-02-15T00:00:00+08:00", "-", stdin=lines)
        rows = numbers(tollgate("bill", "close", "--data", home, "--now", FEBRUARY, "--json"))
        assert rows == [f"viapi.{part}-{number}" for number in range(1, len(rows) + 1)]
        shown = [tollgate("bill", "show", row, "--data", home, "--json").json for row in rows]
        assert [bill["number"] for bill in shown] == rows
        told += [bill["account"] for bill in shown]
    assert sorted(told) == [f"acct-{number}" for number in range(8)]


def test_dry_run_of_a_close_closes_nothing(book):
    book("ingest", "--now", "2026-02-15T00:00:00+08:00", "-", stdin=plates(200, 1))
    tried = book("bill", "close", "--now", FEBRUARY, "--dry-run")
    assert tried.code == 0 and "1 bill would be closed" in tried.out
    assert numbers(book("bill", "list", "--json")) == []
    assert book("verify", "--json").json["ok"] is True
