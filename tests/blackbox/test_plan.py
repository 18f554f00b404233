# SPDX-License-Identifier: Apache-2.0
"""tollgate plan against trying everything: the cheapest is found, its price is what rating it says, and a claim of a
proof is true."""

import collections
import datetime
import itertools
import json
import random
from fractions import Fraction

import pytest

TARIFF = """\
tariff: t
title: T
currency: USD
zone: Asia/Shanghai
cycle: month
bill_rounding: {scale: 2, mode: half-up}
funding: [free, qps, single, general, payg]
items:
  look: {unit: call, price: 0.05}
  hear: {unit: call, price: 0.08}
  deep: {unit: call, methods: [single], price: unpublished}
  many: {unit: call, price: {volume: {tiers: [{up_to: 50, price: 1}, {price: 0.6}]}}}
operations: {Look: look, Hear: hear, Deep: deep, Many: many}
packages:
  looks: {kind: single, unit: call, validity: 1 year, scope: [look], sizes: {100: 4, 1000: 31}}
  deeps: {kind: single, unit: call, validity: 1 year, scope: [deep], sizes: {10: 7, 100: 50}}
  manies: {kind: single, unit: call, validity: 1 year, scope: [many], sizes: {20: 15, 100: 70}}
  all: {kind: general, unit: point, validity: 1 year, scope: {look: 5, hear: 8}, sizes: {1000: 9}}
qps:
  hear-qps: {items: [hear], default: 2, day: 0.9, month: 14}
"""
START = datetime.datetime(2026, 1, 10, 8, 0, 0)


def usage(seed, operations, days, busiest=3):
    """Events by operation and day; never more than `busiest` in a second."""
    dice = random.Random(seed)
    events = []
    for day in range(days):
        for operation in operations:
            for number in range(dice.choice([0, 0, 1, 2, 4])):
                at = START + datetime.timedelta(days=day, minutes=7 * number, seconds=dice.randint(0, 50))
                events.append((operation, at, dice.randint(1, busiest)))
    return events


def lines(events):
    texts = []
    for number, (operation, at, count) in enumerate(events):
        texts.append(json.dumps({"specversion": "1.0", "id": f"e-{number}", "source": "s", "type": f"t.{operation}",
                                 "subject": "acct", "time": at.isoformat() + "+08:00", "data": {"count": count}}))
    return "\n".join(texts) + "\n"


@pytest.fixture(name="world")
def world_fixture(tollgate, tmp_path):
    (tmp_path / "tariffs").mkdir()
    (tmp_path / "tariffs" / "t.yaml").write_text(TARIFF)

    def run(events, *words):
        (tmp_path / "usage.ndjson").write_text(lines(events))
        done = tollgate("plan", "--tariff", "t", "--tariffs", tmp_path / "tariffs", tmp_path / "usage.ndjson", "--json",
                        *words)
        assert done.code in (0, 1), done.err
        return done.json["plans"]

    run.folder, run.tollgate = tmp_path, tollgate
    return run


def rated(world, events, plan):
    """What the purchases and the usage cost, by `tollgate rate`."""
    orders = [{"specversion": "1.0", "id": "a", "source": "s", "type": "tollgate.account", "subject": "acct",
               "time": "2026-01-01T00:00:00+08:00", "data": {"postpaid": {"t": True}}}]
    for number, one in enumerate(plan["purchases"]):
        data = {"tariff": "t", "sku": one["sku"], "quantity": one["quantity"], "periods": one["periods"],
                "effective_at": one["effective_at"]}
        orders.append({"specversion": "1.0", "id": f"o-{number}", "source": "s", "type": "tollgate.order",
                       "subject": "acct", "time": "2026-01-01T00:00:01+08:00", "data": data})
    text = "".join(json.dumps(order) + "\n" for order in orders) + lines(events)
    done = world.tollgate("rate", "--tariffs", world.folder / "tariffs", "--json", "--quiet", "-", stdin=text)
    assert not done.json["rejected"], done.json["rejected"]
    return sum(Fraction(bill["exact_total"]) for bill in done.json["bills"]), len(done.json["unpriced"])


def cheapest_looks(calls):
    """Every number of packages of either size."""
    best = None
    for small in range(calls // 100 + 2):
        for large in range(calls // 1000 + 2):
            left = max(0, calls - 100 * small - 1000 * large)
            cost = 4 * small + 31 * large + left * Fraction(5, 100)
            best = cost if best is None or cost < best else best
    return best


@pytest.mark.parametrize("calls", [1, 79, 80, 81, 100, 119, 180, 619, 620, 700, 1579, 2345])
def test_packages_of_one_item(world, calls):
    events = [("Look", START + datetime.timedelta(seconds=number), 1) for number in range(min(calls, 50))]
    if calls > 50:
        events.append(("Look", START + datetime.timedelta(hours=1), calls - 50))
    plan = world(events, "--calls", "1")[0]
    expected = min(cheapest_looks(calls), 9 * -(-calls * 5 // 1000) if calls else 0)
    mixed = min(9 * pieces + cheapest_looks(max(0, calls - 200 * pieces)) for pieces in range(calls // 200 + 2))
    assert Fraction(plan["best"]["cost"]) == min(expected, mixed)
    assert plan["proof"]["proved"]
    assert rated(world, events, plan["best"]) == (Fraction(plan["best"]["cost"]), 0)


def hear_by_trying(events):
    """Every set of months, every set of days outside of them, at the busiest second."""
    days, seconds = collections.Counter(), collections.Counter()
    for _, at, count in events:
        days[at.date()] += count
        seconds[at] += count
    peak = max(seconds.values())
    first = min(days)
    months, end = [], first
    while end <= max(days):
        number = len(months) + 1
        month = first.month - 1 + number
        end = datetime.date(first.year + month // 12, month % 12 + 1, first.day)
        months.append(end)
    best = None
    for chosen in itertools.product([0, 1], repeat=len(months)):
        begin, left = first, []
        for is_bought, end in zip(chosen, months):
            left += [] if is_bought else [count for day, count in days.items() if begin <= day < end]
            begin = end
        base = 14 * peak * sum(chosen)
        for picked in itertools.product([0, 1], repeat=len(left)):
            rest = sum(count for is_day, count in zip(picked, left) if not is_day)
            points = min(9 * pieces + Fraction(max(0, 8 * rest - 1000 * pieces), 100)
                         for pieces in range(8 * rest // 1000 + 2))
            cost = base + Fraction(9, 10) * peak * sum(picked) + points
            best = cost if best is None or cost < best else best
    return best


@pytest.mark.parametrize("seed", range(6))
def test_plans_by_day_and_month(world, seed):
    events = usage(seed, ["Hear"], 40, busiest=40)
    days = sorted({at.date() for _, at, _ in events})[:11]  # all sets of days are tried below
    events = [event for event in events if event[1].date() in days]
    plan = world(events)[0]
    assert Fraction(plan["best"]["cost"]) <= Fraction(plan["payg"]["cost"])
    assert Fraction(plan["best"]["cost"]) == hear_by_trying(events) and plan["proof"]["proved"]
    assert rated(world, events, plan["best"]) == (Fraction(plan["best"]["cost"]), 0)


@pytest.mark.parametrize("seed", range(8))
def test_everything_at_once(world, seed):
    events = usage(100 + seed, ["Look", "Hear", "Deep", "Many"], 25, busiest=9)
    plan = world(events)[0]
    assert plan["proof"]["proved"] and plan["best"]["unpaid_events"] == 0
    cost, unpaid = rated(world, events, plan["best"])
    assert (cost, unpaid) == (Fraction(plan["best"]["cost"]), 0)
    for index in range(len(plan["best"]["purchases"])):  # no purchase is one too many
        fewer = {"purchases": plan["best"]["purchases"][:index] + plan["best"]["purchases"][index + 1:]}
        assert rated(world, events, fewer) > (cost, 0) or rated(world, events, fewer)[1] > 0


def many_by_trying(events):
    calls = collections.Counter()
    for _, at, count in events:
        calls[at.month] += count
    total, best = sum(calls.values()), None
    for small in range(total // 20 + 2):
        for large in range(total // 100 + 2):
            units, cost = 20 * small + 100 * large, Fraction(15 * small + 70 * large)
            for month in sorted(calls):  # packages pay first come, first served
                rest = max(0, calls[month] - units)
                units = max(0, units - calls[month])
                cost += rest * (Fraction(6, 10) if rest > 50 else 1)
            best = cost if best is None or cost < best else best
    return best


@pytest.mark.parametrize("seed", range(6))
def test_tiers_beside_packages(world, seed):
    events = usage(200 + seed, ["Many"], 45, busiest=4)
    plan = world(events)[0]
    assert Fraction(plan["best"]["cost"]) == many_by_trying(events) and plan["proof"]["proved"]


def test_what_has_no_price_must_be_bought(world):
    plan = world([("Deep", START, 25)])[0]
    assert plan["payg"]["unpaid_events"] == 1 and plan["best"]["unpaid_events"] == 0
    assert plan["best"]["cost"] == "21" and plan["best"]["purchases"][0]["sku"] == "deeps-10"


def test_sensitivity_takes_every_fifth_event(world):
    events = [("Look", START + datetime.timedelta(minutes=number), 1) for number in range(50)]
    plans = world(events, "--sensitivity")
    assert [(plan["percent"], plan["payg"]["cost"]) for plan in plans] == [(100, "2.5"), (80, "2"), (120, "3")]


def test_a_search_that_is_cut_says_so(world):
    events = usage(200, ["Many"], 45, busiest=4)
    plan = world(events, "--most", "1")[0]
    whole = world(events)[0]
    assert not plan["proof"]["proved"]
    assert Fraction(plan["proof"]["bound"]) <= Fraction(whole["best"]["cost"]) <= Fraction(plan["best"]["cost"])


def test_texts(world):
    (world.folder / "usage.ndjson").write_text(lines([("Look", START, 700)]))
    words = ["plan", "--tariff", "t", "--tariffs", world.folder / "tariffs", world.folder / "usage.ndjson"]
    done = world.tollgate(*words)
    assert done.code == 0 and "proved: nothing in the space is cheaper" in done.out and "looks-100" in done.out
    assert "The space:" in done.out and "Concurrency: not looked at" in done.out
    nobody = world.tollgate(*words, "--account", "nobody")
    assert nobody.code == 1 and "there is no usage" in nobody.err and "1 events are of others" in nobody.err
    assert "needs --tariff" in world.tollgate("plan", "x").err


def test_longer_than_a_year_is_refused(world):
    events = [("Look", START, 1), ("Look", START + datetime.timedelta(days=500), 1)]
    (world.folder / "usage.ndjson").write_text(lines(events))
    done = world.tollgate("plan", "--tariff", "t", "--tariffs", world.folder / "tariffs", world.folder / "usage.ndjson")
    assert done.code == 2 and "too long or too varied" in done.err


def test_concurrency(tollgate, tmp_path):
    texts = []
    for number in range(30):
        texts.append(json.dumps({"specversion": "1.0", "id": f"e-{number}", "source": "s",
                                 "type": "vclm.SubmitImageAnimateJob", "subject": "a",
                                 "time": f"2026-02-{number % 28 + 1:02}T10:00:00+08:00", "data": {"count": 90}}))
    (tmp_path / "u.ndjson").write_text("\n".join(texts) + "\n")
    few = tollgate("plan", "--tariff", "vclm", tmp_path / "u.ndjson", "--json").json["plans"][0]
    one = tollgate("plan", "--tariff", "vclm", "--tasks", "1", tmp_path / "u.ndjson", "--json").json["plans"][0]
    assert Fraction(few["best"]["cost"]) == Fraction("10260") and not few["best"]["concurrent"]  # 2700 at 3.8
    assert Fraction(one["best"]["cost"]) == 7200 and one["best"]["concurrent"]
