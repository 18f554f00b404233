# SPDX-License-Identifier: Apache-2.0
"""Ticks close cycles: a closed bill never changes, and what comes later stands as adjustments on the next one."""

import datetime
import json
import pathlib
import random
import sys
from collections import defaultdict
from fractions import Fraction

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from conftest import event  # noqa: E402
from test_properties import World, pay_as_you_go  # noqa: E402

RULES = """\
tariff: demo
title: Demo
currency: USD
zone: UTC
cycle: month
bill_rounding: {scale: 2, mode: down}
classes: {}
items:
  flat: {unit: call, price: 0.5}
  volume:
    unit: call
    price: {volume: {basis: gross, border: lower-inclusive, tiers: [{up_to: 100, price: 4.8}, {price: 4.2}]}}
  slices:
    unit: call
    price: {graduated: {tiers: [{up_to: 10, price: 2}, {price: 1}]}}
  minutes: {unit: minute, quantity: seconds, round: {each: 60, mode: up, scope: cycle}, price: 3}
  free: {unit: call, free_quota: {quantity: 5, every: cycle}, price: 1}
operations: {Flat: flat, Volume: volume, Slices: slices, Minutes: minutes, Free: free}
"""


def tick(time, number=0):
    return json.dumps({"specversion": "1.0", "id": f"tick-{time}-{number}", "source": "test", "type": "tollgate.tick",
                       "time": time}) + "\n"


@pytest.fixture
def rate(tollgate, tmp_path):
    (tmp_path / "demo.yaml").write_text(RULES)

    def run(*lines):
        return tollgate("rate", "--json", "--quiet", "--tariffs", tmp_path, "-", stdin="".join(lines)).json
    return run


def lines_of(bill):
    return [(line["item"], line["quantity"], line["amount"], (line.get("adjusts") or {}).get("start", "")[:7])
            for line in bill["lines"]]


JANUARY, FEBRUARY = "2026-01-10T00:00:00Z", "2026-02-10T00:00:00Z"
ROWS = [
    ("a flat price: the difference alone",
     [event("demo.Flat", {"count": 3}, 1, time=JANUARY), tick("2026-02-01T00:00:00Z"),
      event("demo.Flat", {"count": 4}, 2, time=JANUARY)],
     [[("flat", "3", "1.5", "")], [("flat", "4", "2", "2026-01")]]),
    ("on the bill of what was used in the open cycle, behind it",
     [event("demo.Flat", {"count": 3}, 1, time=JANUARY), tick("2026-02-01T00:00:00Z"),
      event("demo.Flat", {"count": 4}, 2, time=JANUARY), event("demo.Flat", {"count": 1}, 3, time=FEBRUARY)],
     [[("flat", "3", "1.5", "")], [("flat", "1", "0.5", ""), ("flat", "4", "2", "2026-01")]]),
    ("a volume price that falls: taken back whole and billed anew",
     [event("demo.Volume", {"count": 90}, 1, time=JANUARY), tick("2026-02-01T00:00:00Z"),
      event("demo.Volume", {"count": 20}, 2, time=JANUARY)],
     [[("volume", "90", "432", "")], [("volume", "-90", "-432", "2026-01"), ("volume", "110", "462", "2026-01")]]),
    ("a graduated price goes on where its own cycle stood",
     [event("demo.Slices", {"count": 8}, 1, time=JANUARY), tick("2026-02-01T00:00:00Z"),
      event("demo.Slices", {"count": 4}, 2, time=JANUARY)],
     [[("slices", "8", "16", "")], [("slices", "2", "4", "2026-01"), ("slices", "2", "2", "2026-01")]]),
    ("what is rounded once per cycle is rounded once with what came later",
     [event("demo.Minutes", {"seconds": 61}, 1, time=JANUARY), tick("2026-02-01T00:00:00Z"),
      event("demo.Minutes", {"seconds": 59}, 2, time=JANUARY), event("demo.Minutes", {"seconds": 1}, 3, time=JANUARY)],
     [[("minutes", "2", "6", "")], [("minutes", "1", "3", "2026-01")]]),
    ("what changes nothing is no adjustment",
     [event("demo.Minutes", {"seconds": 61}, 1, time=JANUARY), tick("2026-02-01T00:00:00Z"),
      event("demo.Minutes", {"seconds": 59}, 2, time=JANUARY)],
     [[("minutes", "2", "6", "")]]),
    ("free quota of the closed cycle is used before money is asked for",
     [event("demo.Free", {"count": 3}, 1, time=JANUARY), tick("2026-02-01T00:00:00Z"),
      event("demo.Free", {"count": 4}, 2, time=JANUARY)],
     [[("free", "3", "0", "")], [("free", "2", "0", "2026-01"), ("free", "2", "2", "2026-01")]]),
    ("a cycle that was never billed is adjusted from nothing",
     [tick("2026-02-01T00:00:00Z"), event("demo.Flat", {"count": 3}, 1, time=JANUARY)],
     [[("flat", "3", "1.5", "2026-01")]]),
    ("two closed cycles on one bill, the earlier first",
     [tick("2026-03-01T00:00:00Z"), event("demo.Flat", {"count": 2}, 1, time=FEBRUARY),
      event("demo.Flat", {"count": 1}, 2, time=JANUARY)],
     [[("flat", "1", "0.5", "2026-01"), ("flat", "2", "1", "2026-02")]]),
    ("a tick in the middle of a cycle closes nothing",
     [event("demo.Flat", {"count": 3}, 1, time=JANUARY), tick("2026-01-31T23:59:59Z"),
      event("demo.Flat", {"count": 4}, 2, time=JANUARY)],
     [[("flat", "7", "3.5", "")]]),
    ("a tick of the past changes nothing",
     [event("demo.Flat", {"count": 3}, 1, time=JANUARY), tick("2026-02-01T00:00:00Z"), tick("2026-01-01T00:00:00Z"),
      event("demo.Flat", {"count": 4}, 2, time=FEBRUARY)],
     [[("flat", "3", "1.5", "")], [("flat", "4", "2", "")]]),
]


@pytest.mark.parametrize("journal, want", [pytest.param(journal, want, id=name) for name, journal, want in ROWS])
def test_late_usage(rate, journal, want):
    done = rate(*journal)
    assert [lines_of(bill) for bill in done["bills"]] == want
    assert not done["unpriced"] and not done["rejected"]


def sums(statement, intervals):
    """Exact amounts and quantities by account, tariff and item. Covered time is left out: a range that comes late is
    charged for what no cycle charged before it, and each range is rounded by itself."""
    found = defaultdict(lambda: [Fraction(0), Fraction(0)])
    for bill in statement["bills"]:
        for line in bill["lines"]:
            if (bill["tariff"], line["item"]) in intervals:
                continue
            entry = found[bill["account"], bill["tariff"], line["item"]]
            entry[0] += Fraction(line["amount"])
            entry[1] += Fraction(line["quantity"])
        assert sum(Fraction(line["amount"]) for line in bill["lines"]) == Fraction(bill["exact_total"])
    return {key: value for key, value in found.items() if any(value)}


@pytest.mark.parametrize("number", range(12))
@pytest.mark.parametrize("cycle", ["hour", "day", "month"])
def test_ticks_change_no_sum(tmp_path, number, cycle):
    """However often and whenever cycles are closed, bills and adjustments add up to the same."""
    here = World(tmp_path, f"ticks {number}", 120, change=pay_as_you_go(cycle))
    intervals = {(tariff["name"], item["name"]) for tariff in here.tariffs for item in tariff["items"]
                 if item.get("interval")}
    want = sums(here.rate(here.lines), intervals)
    chance = random.Random(number)
    times = sorted(json.loads(line)["time"] for line in here.lines if line.startswith("{"))
    lines = list(here.lines)
    for count in range(chance.randrange(1, 12)):
        when = datetime.datetime.fromisoformat(chance.choice(times).replace("Z", "+00:00"))
        when += datetime.timedelta(days=chance.choice([-40, -1, 0, 1, 31]))
        lines.insert(chance.randrange(len(lines) + 1), tick(when.isoformat(), count).strip())
    assert sums(here.rate(lines), intervals) == want
