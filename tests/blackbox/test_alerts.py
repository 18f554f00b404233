# SPDX-License-Identifier: Apache-2.0
"""Alerts of a data directory: in the order of time, in one shape, each once, however often time is told."""

import json

import pytest

from conftest import event
from daemon import Daemon

RULES = """\
tariff: demo
title: Demo
currency: USD
zone: UTC
cycle: day
bill_alerts: true
items:
  call: {unit: call, price: 0.5}
operations: {Call: call}
packages:
  calls:
    {kind: single, unit: call, validity: 20 days, expiring: 5 days, alerts: [20%], scope: {call: 1}, sizes: {10: 4}}
"""
KEYS = {"kind", "account", "tariff", "at", "order", "sku", "item", "threshold", "remaining", "count"}
WANT = [("package-low", "ann", "2026-01-01"), ("bill-closed", "bob", "2026-01-02"),
        ("bill-closed", "bob", "2026-01-03"), ("bill-closed", "bob", "2026-01-04"),
        ("bill-closed", "bob", "2026-01-05"), ("spend-jump", "bob", "2026-01-05"),
        ("sudden-zero", "bob", "2026-01-06"), ("package-expiring", "ann", "2026-01-16"),
        ("package-expired", "ann", "2026-01-21")]


def order(identity, time):
    return json.dumps({"specversion": "1.0", "id": identity, "source": "test", "type": "tollgate.order",
                       "subject": "ann", "time": time, "data": {"tariff": "demo", "sku": "calls-10"}}) + "\n"


def usage(number, day, count, account="bob"):
    return event("demo.Call", {"count": count}, number, account, f"2026-01-{day:02}T10:00:00Z")


@pytest.fixture
def book(tollgate, tmp_path):
    (tmp_path / "demo.yaml").write_text(RULES)
    lines = [order("o-1", "2026-01-01T00:00:00Z"), usage(1, 1, 8, "ann"), usage(2, 1, 3), usage(3, 2, 2),
             usage(4, 3, 4), usage(5, 4, 100)]
    (tmp_path / "journal.ndjson").write_text("".join(lines))
    home = tmp_path / "book"
    assert tollgate("init", home, "--tariffs", tmp_path / "demo.yaml").code == 0
    done = tollgate("ingest", tmp_path / "journal.ndjson", "--data", home, "--now", "2026-01-04T12:00:00Z", "--quiet")
    assert done.code == 0, done.err

    def run(*words):
        return tollgate(*words, "--data", home)
    return run


def told(book, *options):
    alerts = book("alerts", "--json", *options).json["alerts"]
    assert all(KEYS <= set(alert) for alert in alerts)
    assert [alert["at"] for alert in alerts] == sorted(alert["at"] for alert in alerts)
    return [(alert["kind"], alert["account"], alert["at"][:10]) for alert in alerts]


@pytest.mark.parametrize("days", [[60], [5, 6, 17, 25, 60], list(range(5, 61))],
                         ids=["one tick", "five ticks", "a tick a day"])
def test_alerts_are_the_same_however_often_time_is_told(book, days):
    for day in days:
        month, day_of_month = (1, day) if day < 32 else (2, day - 31) if day < 60 else (3, day - 59)
        now = f"2026-{month:02}-{day_of_month:02}T00:00:00Z"
        assert book("tick", "--now", now, "--id", f"t-{day}").code == 0
    assert told(book) == WANT
    assert book("verify").code == 0


def test_what_was_known_before_is_shown_as_of_then(book):
    book("tick", "--now", "2026-01-06T00:00:00Z", "--id", "t-1")
    book("tick", "--now", "2026-03-01T00:00:00Z", "--id", "t-2")
    assert told(book, "--as-of", "2026-01-10T00:00:00Z") == WANT[:7]


def test_what_is_counted_is_told_once_also_under_other_tariffs(tollgate, tmp_path):
    """Calls above a plan, and usage that nothing pays for: the first is an alert, whatever comes behind it."""
    book, rules = tmp_path / "book", RULES + "qps: {speed: {items: call, month: 9}}\n"
    (tmp_path / "demo.yaml").write_text(rules)
    assert tollgate("init", book, "--tariffs", tmp_path / "demo.yaml").code == 0
    lines = [event("tollgate.account", {"postpaid": {"demo": False}}, 1, "bob", "2026-01-01T00:00:00Z"),
             order("o-1", "2026-01-01T00:00:00Z").replace("calls-10", "speed-qps-month")]
    now = ("--now", "2026-01-20T00:00:00Z", "--quiet")

    def say(number, price):
        lines.extend([usage(10 * number, 10 + number, 5, "ann"), usage(10 * number + 1, 10 + number, 1)])
        (tmp_path / "lines.ndjson").write_text("".join(lines))
        lines.clear()
        assert tollgate("ingest", tmp_path / "lines.ndjson", "--data", book, *now).code in (0, 1)
        (tmp_path / "next.yaml").write_text(rules.replace("0.5", price))
        done = tollgate("rerate", "--tariffs", tmp_path / "next.yaml", "--data", book, *now[:2])
        assert done.code == 0, done.err
        with Daemon(tollgate, "--data", book) as daemon:
            items = daemon.get("/v1/alerts").json["items"]
        return [(alert["kind"], alert["count"], alert["at"][:10]) for alert in items
                if alert["kind"] in ("over-limit", "unfunded")]

    first = say(1, "0.6")
    assert first == [("over-limit", 4, "2026-01-11"), ("unfunded", 1, "2026-01-11")]
    assert say(2, "0.7") == say(3, "0.8") == first
    counted = [(row["kind"], row["count"]) for row in tollgate("alerts", "--data", book, "--json").json["alerts"]
               if row["kind"] in ("over-limit", "unfunded")]
    assert sorted(counted) == [("over-limit", 12), ("unfunded", 3)]
    assert tollgate("verify", "--data", book).code == 0
