# SPDX-License-Identifier: Apache-2.0
"""Usage of a data directory: from bills and from the journal the same quantities, however they are told apart."""

import json
import os
from collections import defaultdict
from fractions import Fraction

import pytest

from conftest import ROOT, event

USED, TAKEN, ORDERED = "2026-01-10T00:00:00Z", "2026-01-20T00:00:00Z", "2026-01-01T00:00:00Z"
DEMO = os.path.join(ROOT, "examples", "demo.ndjson")
MONTHS = ("2026-03-01T00:00:00+08:00", "2026-04-01T00:00:00+08:00")  # when the demo's events are taken in

RULES = """\
tariff: demo
title: Demo
currency: USD
zone: UTC
cycle: month
bill_rounding: {scale: 2, mode: down}
items:
  flat: {unit: call, price: 0.5}
  slices:
    unit: call
    price: {graduated: {tiers: [{up_to: 10, price: 2}, {price: 1}]}}
  minutes: {unit: minute, quantity: seconds, round: {each: 60, mode: up, scope: cycle}, price: 3}
operations: {Flat: flat, Also: flat, Slices: slices, Minutes: minutes}
"""


def book_at(tollgate, home, tariffs):
    assert tollgate("init", home, "--tariffs", tariffs).code == 0

    def run(*words, **more):
        return tollgate(*words, "--data", home, **more)

    def usage(*words):
        done = run("usage", "--json", *words)
        assert done.code == 0, done.err
        return done.json

    run.usage = usage
    return run


@pytest.fixture(scope="module")
def lived(tollgate, tmp_path_factory):
    """The demo's two months; February is closed, March is open. Tests only read it."""
    book = book_at(tollgate, tmp_path_factory.mktemp("lived") / "book", os.path.join(ROOT, "tariffs"))
    with open(DEMO, encoding="utf-8") as lines:
        both = [[], []]
        for line in lines:
            both[json.loads(line)["time"] >= MONTHS[0]].append(line)
    for now, part in zip(MONTHS, both):
        assert book("ingest", "--now", now, "-", stdin="".join(part)).code == 0
        if now == MONTHS[0]:
            assert book("bill", "close", "--now", now).code == 0
    return book


@pytest.fixture
def book(tollgate, tmp_path):
    (tmp_path / "demo.yaml").write_text(RULES)
    return book_at(tollgate, tmp_path / "book", tmp_path / "demo.yaml")


def sums(rows, keys, what="quantity"):
    total = defaultdict(Fraction)
    for row in rows:
        total[tuple(row[key] for key in keys)] += Fraction(row[what])
    return dict(total)


def bill_lines(book):
    bills = [book("bill", "show", bill["number"], "--json").json for bill in
             book("bill", "list", "--kind", "usage", "--json").json["bills"]]
    bills += [bill for bill in book("bill", "preview", "--json").json["bills"] if bill["kind"] == "usage"]
    return [dict(line, account=bill["account"], tariff=bill["tariff"], cell=line["label"])
            for bill in bills for line in bill["lines"]]


def test_rows_are_the_sums_of_all_bill_lines(lived):
    lines = bill_lines(lived)
    for by in ("account", "region,cell", "funding", "account,region,cell,funding"):
        keys = ["tariff", "item", *by.split(",")]
        told = lived.usage("--by", by)
        assert told["from"] == "bills" and told["by"][:2] == ["tariff", "item"]
        for what in ("quantity", "amount"):
            assert sums(told["usage"], keys, what) == sums(lines, keys, what)
        assert len(told["usage"]) == len(sums(lines, keys))


def test_the_journal_gives_the_quantities_of_the_bills(lived):
    keys = ["tariff", "item", "account", "region", "cell", "funding"]
    bills = lived.usage("--by", ",".join(keys[2:]))["usage"]
    told = lived.usage("--by", ",".join(keys[2:]) + ",operation")
    assert told["from"] == "journal"
    assert {key: value for key, value in sums(told["usage"], keys).items() if value} == sums(bills, keys)
    known = {tuple(row[key] for key in keys) for row in told["usage"] if row["amount"] is None}
    flat = [row for row in told["usage"] if tuple(row[key] for key in keys) not in known]
    wanted = [row for row in bills if tuple(row[key] for key in keys) not in known]
    assert known and flat
    for key, amount in sums(wanted, keys, "amount").items():
        assert abs(sums(flat, keys, "amount")[key] - amount) < Fraction(1, 10 ** 9)  # each row is rounded to 12 digits


@pytest.mark.parametrize("time", ["hour", "day", "month"])
def test_hours_days_and_months_add_up(lived, time):
    keys = ["tariff", "item"]
    whole = sums(lived.usage("--by", "item")["usage"], keys)
    told = lived.usage("--by", time)["usage"]
    assert {key: value for key, value in sums(told, keys).items() if value} == whole
    ends = {"hour": ":00:00+08:00", "day": "T00:00:00+08:00", "month": "-01T00:00:00+08:00"}
    assert {row[time][-len(ends[time]):] for row in told if row["tariff"] == "viapi"} == {ends[time]}


def test_ends_cut_and_parts_add_up(lived):
    keys = ["tariff", "item"]
    whole = sums(lived.usage("--by", "item")["usage"], keys)
    cut = "2026-03-10T12:00:00+08:00"
    parts = [lived.usage("--by", "item", "--until", cut), lived.usage("--by", "item", "--from", cut)]
    assert [part["from"] for part in parts] == ["journal", "journal"]
    total = defaultdict(Fraction)
    for part in parts:
        for key, value in sums(part["usage"], keys).items():
            total[key] += value
    assert {key: value for key, value in total.items() if value} == whole
    aligned = lived.usage("--by", "item", "--tariff", "viapi", "--from", MONTHS[0], "--until", MONTHS[1])
    assert aligned["from"] == "bills"


def test_account_and_tariff_choose(lived):
    for by in ("account", "account,operation"):
        rows = lived.usage("--by", by)["usage"]
        for row in (rows[0], rows[-1]):
            words = ("--by", by, "--account", row["account"], "--tariff", row["tariff"])
            assert lived.usage(*words)["usage"] == [
                one for one in rows if (one["account"], one["tariff"]) == (row["account"], row["tariff"])]
    assert lived.usage("--account", "nobody")["usage"] == []


def test_what_comes_late_counts_when_it_was_used(book):
    book("ingest", "--now", TAKEN, "-", stdin=event("demo.Flat", {"count": 3}, 1, time=USED))
    book("bill", "close", "--now", "2026-02-01T00:00:00Z")
    late = event("demo.Also", {"count": 4}, 2, time="2026-01-11T00:00:00Z")
    book("ingest", "--now", "2026-02-02T00:00:00Z", "-", stdin=late)
    wanted = {("2026-01-01T00:00:00+00:00",): Fraction(7)}
    assert sums(book.usage("--by", "month")["usage"], ["month"]) == wanted
    assert sums(book.usage("--by", "month,operation")["usage"], ["month"]) == wanted
    rows = book.usage("--by", "operation")["usage"]
    assert [(row["operation"], row["quantity"], row["amount"]) for row in rows] == [
        ("Also", "4", "2"), ("Flat", "3", "1.5")]
    assert sums(book.usage("--by", "operation", "--as-of", "2")["usage"], ["operation"]) == {("Flat",): 3}
    assert sums(book.usage("--as-of", "1")["usage"], ["account"]) == {("acct-1",): 3}


def test_what_is_taken_back_is_not_counted(book):
    flat = event("demo.Flat", {"count": 3}, 1, time=USED)
    back = event("tollgate.reversal", {"event": json.loads(flat), "reason": "a mistake"}, 3, time=USED)
    book("ingest", "--now", TAKEN, "-", stdin=flat + event("demo.Flat", {}, 2, time=USED) + back)
    assert book("events", "rejected", "--json").json["rejected"] == []
    for words in ((), ("--by", "operation")):
        assert [row["quantity"] for row in book.usage(*words)["usage"]] == ["1"]


def test_usage_under_a_contract_is_that_of_the_other_tariff(tollgate, tmp_path):
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "demo.yaml").write_text(RULES)
    (rules / "acme.yaml").write_text("tariff: demo-acme\nextends: demo\noverride: {items: {flat: {price: 0.2}}}\n")
    book = book_at(tollgate, tmp_path / "book", rules)
    assert book("account", "set", "acct-1", "--contract", "demo=demo-acme", "--now", USED).code == 0
    lines = [event("demo.Flat", {"count": 3}, 1, account="acct-1", time=USED),
             event("demo.Flat", {"count": 4}, 2, account="acct-2", time=USED)]
    book("ingest", "--now", TAKEN, "-", stdin="".join(lines))
    for words in ((), ("--by", "account,operation")):
        rows = book.usage(*words)["usage"]
        assert [(row["tariff"], row["account"], row["quantity"], row["amount"]) for row in rows] == [
            ("demo", "acct-2", "4", "2"), ("demo-acme", "acct-1", "3", "0.6")]
    steps = book("explain", "e-1", "--json").json["found"][0]["steps"]
    assert "contract" in [step["topic"] for step in steps] and any("0.2" in step["text"] for step in steps)


def test_what_was_rated_again_counts_as_it_is_now(book, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "demo.yaml").write_text(RULES.replace("price: 0.5", "price: 0.7"))
    book("ingest", "--now", TAKEN, "-", stdin=event("demo.Flat", {"count": 10}, 1, time=USED))
    assert book("bill", "close", "--now", "2026-02-01T00:00:00Z").code == 0
    done = book("rerate", "--tariffs", other, "--now", "2026-02-02T00:00:00Z")
    assert done.code == 0, done.err
    book("ingest", "--now", "2026-02-03T00:00:00Z", "-",
         stdin=event("demo.Also", {"count": 1}, 2, time="2026-02-02T00:00:00Z"))
    for words in (("--by", "month"), ("--by", "month,operation")):
        assert sums(book.usage(*words)["usage"], ["month"]) == {
            ("2026-01-01T00:00:00+00:00",): 10, ("2026-02-01T00:00:00+00:00",): 1}
        assert sums(book.usage(*words)["usage"], ["month"], "amount") == {
            ("2026-01-01T00:00:00+00:00",): 7, ("2026-02-01T00:00:00+00:00",): Fraction("0.7")}
        assert sums(book.usage(*words, "--as-of", "2")["usage"], ["item"], "amount") == {("flat",): 5}
    steps = [book("explain", name, "--json").json["found"][0]["steps"] for name in ("e-1", "e-2")]
    assert steps[0][-1]["topic"] == "rerated" and "batch 3" in steps[0][-1]["text"]
    assert steps[1][-1]["topic"] == "amount" and "0.7" in steps[1][-1]["text"]


def test_what_is_rounded_at_the_close_belongs_to_no_operation(book):
    lines = [event("demo.Minutes", {"seconds": 61}, number, time=f"2026-01-1{number}T00:00:00Z") for number in range(3)]
    book("ingest", "--now", "2026-01-20T00:00:00Z", "-", stdin="".join(lines))
    for words in ((), ("--by", "operation")):
        rows = book.usage(*words)["usage"]
        assert [(row["quantity"], row["amount"]) for row in rows] == [("4", "12")]
    assert rows[0]["operation"] is None


def test_a_tiered_amount_is_not_made_up(book):
    book("ingest", "--now", "2026-01-20T00:00:00Z", "-",
         stdin=event("demo.Slices", {"count": 12}, 1, time="2026-01-10T00:00:00Z"))
    assert book.usage()["usage"][0]["amount"] == "22"
    assert book.usage("--by", "day")["usage"][0]["amount"] is None
    text = book("usage", "--by", "day").out
    assert "tiered: the price depends on all that was used in the cycle" in text and "event by event" in text
    assert "closed and open" in book("usage").out


def test_the_history_of_an_order_adds_up_to_what_it_has_used(tollgate, tmp_path):
    (tmp_path / "demo.yaml").write_text(RULES + """\
funding: [free, single, payg]
packages:
  pack: {kind: single, unit: point, validity: 1 year, scope: {flat: {factor: 1, per: 3}}, sizes: {1: 2}}
""")
    book = book_at(tollgate, tmp_path / "book", tmp_path / "demo.yaml")
    for name, pieces in (("O-1", 1), ("O-2", 2)):
        words = ("acct-1", "pack-1", "--tariff", "demo", "--quantity", pieces, "--id", name, "--now", ORDERED)
        done = book("order", *words)
        assert done.code == 0, done.err
    calls = [event("demo.Flat", {"count": 4}, 1, time="2026-01-10T00:00:00Z"),
             event("demo.Also", {"count": 1}, 2, time="2026-01-11T00:00:00Z"),
             event("demo.Flat", {"count": 5}, 3, time="2026-01-12T00:00:00Z")]
    back = event("tollgate.reversal", {"event": json.loads(calls[0]), "reason": "a mistake"}, 9, time=USED)
    book("ingest", "--now", TAKEN, "-", stdin="".join(calls) + back)
    told = book.usage("--by", "order,day", "--account", "acct-1")
    assert told["from"] == "journal" and told["by"] == ["tariff", "item", "order", "day"]
    rows = [(row["order"], row["day"][8:10], row["quantity"], row["units"]) for row in told["usage"]]
    assert rows == [(None, "10", "-1", None), (None, "12", "1", None),  # of four calls one is taken from the price list
                    ("O-1", "10", "3", "1"), ("O-2", "10", "-2", "-0.666666666666"),
                    ("O-2", "11", "1", "0.333333333333"), ("O-2", "12", "4", "1.333333333333")]
    lots = book("account", "show", "acct-1", "--json").json["balances"]
    for lot in lots:
        units = sum(Fraction(row["units"]) for row in told["usage"] if row["order"] == lot["order"])
        assert units == Fraction(lot["used"])
    assert "units taken" in book("usage", "--by", "order").out


@pytest.mark.parametrize("words, message", [
    (["--by", "week"], '--by "week" is none of'), (["--by", ""], '--by "" is none of'),
    (["--by", "day,month"], '--by "month" is none of'), (["--from", "x"], "is not an instant"),
    (["--as-of", "9"], "the journal ends with batch 0."), (["--as-of", "9", "--by", "operation"], "ends with batch 0."),
])
def test_mistakes_are_told(book, words, message):
    refused = book("usage", *words)
    assert refused.code == 2 and message in refused.err
