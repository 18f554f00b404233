# SPDX-License-Identifier: Apache-2.0
"""tollgate forecast against an oracle in fractions: days carried on, rated, packages burnt down; what is too little to
say; the same over HTTP; and how it did on months that it had not seen."""

import collections
import datetime
import json
import pathlib
import re
import sys
from fractions import Fraction

import pytest
from daemon import Daemon, set_clock

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "simulator"))
import months  # noqa: E402 pylint: disable=wrong-import-position

TARIFF = """\
tariff: t
title: T
currency: USD
zone: Asia/Shanghai
cycle: month
postpaid: on
funding: [free, single, payg]
items:
  call: {unit: call, price: {graduated: {tiers: [{up_to: 300, price: 0.5}, {price: 0.2}]}}}
  second: {unit: second, quantity: seconds, free_quota: {quantity: 40, every: cycle}, price: 0.125}
  shown:
    unit: call
    free_quota: {quantity: 10, every: cycle}
    price:
      - {until: 2026-04-20T00:00:00+08:00, flat: 1}
      - {from: 2026-04-20T00:00:00+08:00, flat: 3}
operations: {Call: call, Play: second, Show: shown}
packages:
  calls: {kind: single, unit: call, validity: 1 year, scope: [call], sizes: {100: 20, 1000: 150}}
  short: {kind: single, unit: second, validity: 10 days, scope: [second], sizes: {100: 5}}
"""
CHEAPER = """\
tariff: cheaper
extends: t
override:
  items: {second: {price: 0.0625}}
"""
ZONE = datetime.timezone(datetime.timedelta(hours=8))
NOW = datetime.datetime(2026, 4, 16, 6, tzinfo=ZONE)
TODAY = NOW.replace(hour=0)


def event(number, account, operation, at, **data):
    return {"specversion": "1.0", "id": f"e-{number}", "source": "s", "type": f"t.{operation}", "subject": account,
            "time": at.isoformat(), "data": data}


def order(account, number, sku, at, quantity=1):
    return {"specversion": "1.0", "id": f"{account}-{number}", "source": "s", "type": "tollgate.order",
            "subject": account, "time": at.isoformat(), "data": {"tariff": "t", "sku": sku, "quantity": quantity}}


def calls_of(account, day):
    """The calls of some day before today (1: yesterday)."""
    weekday = (TODAY - datetime.timedelta(days=day)).weekday()
    return {"weekly": 30 if weekday < 5 else 4, "grown": 40 if day <= 14 else 10, "young": 12, "days": 7 + day % 3,
            "packed": 20, "paused": 0 if day < 12 else 9}.get(account, 0)


def seconds_of(account, day):
    return {"weekly": Fraction(day % 4 + 1, 4), "short": 3, "packed": Fraction(5, 2), "deal": 10}.get(account, 0)


DAYS = {"weekly": 42, "grown": 42, "young": 9, "days": 3, "packed": 30, "paused": 36, "short": 25, "deal": 28}


def documents():
    number = 0
    for account, days in DAYS.items():
        for day in range(1, days + 1):
            at = TODAY - datetime.timedelta(days=day, hours=-10)
            for operation, count in (("Call", calls_of(account, day)), ("Play", seconds_of(account, day))):
                number += 1
                if count and operation == "Call":
                    yield event(number, account, operation, at, count=int(count))
                elif count:
                    yield event(number, account, operation, at, seconds=str(float(count)))
    yield event(90001, "begun", "Call", NOW - datetime.timedelta(hours=1), count=5)


@pytest.fixture(name="book", scope="module")
def book_fixture(tollgate, tmp_path_factory):
    folder = tmp_path_factory.mktemp("forecast")
    (folder / "tariffs").mkdir()
    (folder / "tariffs" / "t.yaml").write_text(TARIFF)
    (folder / "tariffs" / "cheaper.yaml").write_text(CHEAPER)
    assert tollgate("init", folder / "book", "--tariffs", folder / "tariffs").code == 0

    def take(lines, now, *words):
        (folder / "lines.ndjson").write_text("".join(json.dumps(line) + "\n" for line in lines))
        done = tollgate("ingest", "--data", folder / "book", "--now", now.isoformat(), *words, folder / "lines.ndjson")
        assert done.code == 0, done.err

    before = TODAY - datetime.timedelta(days=45)
    take([order("packed", 1, "calls-1000", before), order("packed", 2, "calls-100", before)], before)
    take([{"specversion": "1.0", "id": "k", "source": "s", "type": "tollgate.contract", "subject": "deal",
           "time": before.isoformat(), "data": {"tariff": "t", "use": "cheaper"}},
          {"specversion": "1.0", "id": "idle", "source": "s", "type": "tollgate.account", "subject": "idle",
           "time": before.isoformat(), "data": {"postpaid": {"t": True}}}], before)
    lines = list(documents())
    taken = event(99999, "young", "Call", TODAY - datetime.timedelta(days=2), count=100000)
    take([*lines, taken], NOW, "--backfill", "past")
    take([order("short", 1, "short-100", NOW - datetime.timedelta(hours=3)),
          {"specversion": "1.0", "id": "back", "source": "s", "type": "tollgate.reversal", "subject": "young",
           "time": NOW.isoformat(), "data": {"event": taken, "reason": "no"}}], NOW)
    book = folder / "book"
    return book


@pytest.fixture(name="forecast", scope="module")
def forecast_fixture(tollgate, book):
    def forecast(account):
        done = tollgate("forecast", "--data", book, "--account", account, "--now", NOW.isoformat(), "--json")
        assert done.code == 0, done.err
        return done.json
    return forecast


# ---- the oracle ----


def carried(account, of, days):
    """What comes on each day from today on, and when whole units are owed: as docs/forecast.md says."""
    history = {day: Fraction(of(account, day)) for day in range(1, days + 1)}
    level = Fraction(1)
    if days >= 21 and any(history.values()):
        last = sum(history[day] for day in range(1, 15))
        everything = sum(history.values()) * 14 / days
        level = (1 + min(Fraction(4), max(Fraction(1, 4), last / everything))) / 2
    for ahead in range(15):
        pool = [day for day in history if days < 21 or (day + ahead) % 7 == 0]
        mean = sum(history[day] for day in pool) / len(pool) * level
        yield mean * (Fraction(18, 24) if ahead == 0 else 1)


def used(account, of):
    """In April so far."""
    return sum(of(account, day) for day in range(1, 16) if day <= DAYS[account])


def graduated(calls):
    return min(calls, 300) * Fraction(1, 2) + max(0, calls - 300) * Fraction(1, 5)


def near(value, expected, tolerance=Fraction(1, 10 ** 4)):
    assert abs(Fraction(value) - expected) <= tolerance, (value, float(expected))


# ---- days ----


@pytest.mark.parametrize("account", ["weekly", "grown", "young", "days", "paused"])
def test_calls_are_carried_on_and_rated(forecast, account):
    answer = forecast(account)
    days = DAYS[account]
    rest = sum(carried(account, calls_of, days)) // 1
    so_far = used(account, calls_of)
    row = next(row for row in answer["usage"] if row["item"] == "call")
    assert row["so_far"] == str(so_far) and row["rest"] == str(rest)
    near(row["day_mean"], sum(Fraction(calls_of(account, day)) for day in range(1, days + 1)) / days)
    bill = answer["bills"][0]
    seconds = [max(0, total - 40) * Fraction(1, 8) for total in (
        used(account, seconds_of), used(account, seconds_of) + sum(carried(account, seconds_of, days)))]
    near(bill["so_far"], graduated(so_far) + seconds[0])
    near(bill["expected"], graduated(so_far + rest) + seconds[1])
    assert bill["period"] == {"start": "2026-04-01T00:00:00+08:00", "end": "2026-05-01T00:00:00+08:00"}
    assert answer["method"]["days"] == days
    assert answer["method"]["profile"] == ("weekday" if days >= 21 else "mean")


def test_a_contract_holds_for_what_comes(forecast):
    answer = forecast("deal")
    assert [row["tariff"] for row in answer["bills"]] == ["cheaper"]
    near(answer["bills"][0]["expected"], (150 + sum(carried("deal", seconds_of, 28)) // 1 - 40) * Fraction(1, 16))


def test_the_interval_holds_the_mean_of_steady_usage(forecast):
    bill = forecast("weekly")["bills"][0]
    assert Fraction(bill["so_far"]) < Fraction(bill["low"]) <= Fraction(bill["high"])
    bill = forecast("young")["bills"][0]  # each day as the other
    assert bill["low"] == bill["expected"] == bill["high"]


@pytest.mark.parametrize("account, note", [
    ("days", "3 days of usage: no interval; it takes 7"),
    ("begun", "usage began today: nothing to go on from"),
    ("idle", "no usage in six weeks: nothing to go on from"),
])
def test_what_is_too_little_is_said(forecast, account, note):
    answer = forecast(account)
    assert note in answer["notes"] and answer["method"]["level"] is None and answer["method"]["draws"] == 0
    for bill in answer["bills"]:
        assert bill["low"] is None and bill["high"] is None
        assert (bill["expected"] is None) == (account != "days")
        assert bill["so_far"] is not None


def test_a_cliff_that_lowers_the_bill_is_told(tollgate, tmp_path):
    """986 of the month's calls cost 4.2 each; from the thousandth on all of them cost 3.8."""
    now = datetime.datetime(2026, 4, 30, 6, tzinfo=ZONE)
    lines = [event(day, "edge", "SubmitImageAnimateJob", now - datetime.timedelta(days=day, hours=-10), count=34)
             for day in range(1, 30)]
    for line in lines:
        line["type"] = "vclm.SubmitImageAnimateJob"
    lines.insert(0, {**event(0, "edge", "", now - datetime.timedelta(days=31)), "type": "tollgate.account",
                     "data": {"postpaid": {"vclm": True}}})
    (tmp_path / "lines.ndjson").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert tollgate("init", tmp_path / "book", "--tariffs", ROOT / "tariffs" / "vclm.yaml").code == 0
    done = tollgate("ingest", "--data", tmp_path / "book", "--now", now.isoformat(), tmp_path / "lines.ndjson")
    assert done.code == 0, done.err
    answer = tollgate("forecast", "--data", tmp_path / "book", "--account", "edge", "--now", now.isoformat(),
                      "--json").json
    bill = answer["bills"][0]
    assert Fraction(bill["so_far"]) == Fraction("4.2") * 986
    assert Fraction(bill["expected"]) == Fraction("3.8") * 1011
    note = "vclm: less is expected than so far, for more usage reaches a lower price for all of it"
    assert note in answer["notes"]


# ---- packages ----


def test_packages_burn_down_in_their_order(forecast):
    """600 of 1100 calls are gone, 20 a day; the one that was ordered first pays first."""
    packages = {package["order"]: package for package in forecast("packed")["packages"]}
    assert {name: package["remaining"] for name, package in packages.items()} == {"packed-1": "400", "packed-2": "100"}
    for order, total in (("packed-1", 400), ("packed-2", 500)):
        package = packages[order]
        left, at = Fraction(total), NOW
        hours, portion = 18, 15  # of today are left
        while left > portion:
            left -= portion
            at = (at + datetime.timedelta(days=1)).replace(hour=0)
            hours, portion = 24, 20
        slot = next(number for number in range(1, 25) if portion * Fraction(number, 24) >= left)
        end = at + datetime.timedelta(hours=hours) * slot / 24
        assert datetime.datetime.fromisoformat(package["used_up_at"]) == end
        early, late = (datetime.datetime.fromisoformat(package[key]) for key in ("early", "late"))
        day = end if end == end.replace(hour=0) else (end + datetime.timedelta(days=1)).replace(hour=0)
        assert early == late == day  # each day is like the others
        remains = [Fraction(point["remaining"]) for point in package["burn"]]
        instants = [point["at"] for point in package["burn"]]
        assert remains == sorted(remains, reverse=True) and remains[-1] == 0 and instants == sorted(instants)
        assert package["burn"][0] == {"at": NOW.isoformat(), "remaining": package["remaining"]}
        assert instants[-1] == package["used_up_at"]


def test_what_expires_first_is_not_used_up(forecast):
    package = forecast("short")["packages"][0]
    assert package["used_up_at"] is None and package["early"] is None and package["late"] is None
    expires = datetime.datetime.fromisoformat(package["expires_at"])
    assert expires == NOW - datetime.timedelta(hours=3) + datetime.timedelta(days=10)
    assert 100 - 3 * 10 - 1 < Fraction(package["left"]) < 100 - 3 * 9 + 1
    assert datetime.datetime.fromisoformat(package["burn"][-1]["at"]) < expires


def test_a_price_that_changes_is_the_new_one_from_its_day_on(tollgate, book, forecast):
    lines = [event(70000 + day, "dear", "Show", TODAY - datetime.timedelta(days=day, hours=-1), count=2)
             for day in range(1, 9)]
    (book.parent / "more.ndjson").write_text("".join(json.dumps(line) + "\n" for line in lines))
    done = tollgate("ingest", "--data", book, "--now", NOW.isoformat(), book.parent / "more.ndjson")
    assert done.code == 0, done.err
    bill = forecast("dear")["bills"][0]
    # 16 so far, of which 10 are free; 1.5 of today and 2 a day: 7 until the 20th, then 22 or 23 in April
    ahead = list(carried_flat(2))
    before, behind = sum(ahead[:4]), sum(ahead[4:])
    assert bill["so_far"] == "6" and Fraction(bill["expected"]) == 6 + before + 3 * behind


def carried_flat(per_day):
    """Whole units a day, when 18 of 24 hours are left of the first."""
    total, given = Fraction(0), 0
    for ahead in range(15):
        total += Fraction(per_day) * (Fraction(3, 4) if ahead == 0 else 1)
        yield total // 1 - given
        given = total // 1


# ---- words ----


def test_tables(tollgate, book):
    done = tollgate("forecast", "--data", book, "--account", "packed", "--now", NOW.isoformat())
    assert done.code == 0
    for words in ("so far", "calls-1000 of order packed-1, call that remain", "|####", "30 days of usage"):
        assert words in done.out, done.out
    assert max(map(len, done.out.splitlines())) <= 150
    unknown = tollgate("forecast", "--data", book, "--account", "nobody")
    assert unknown.code == 2 and 'there is no account "nobody"' in unknown.err
    assert "needs --account" in tollgate("forecast", "--data", book).err


def test_the_same_over_http_and_for_its_customer_alone(tollgate, book, tmp_path):
    clock = tmp_path / "clock"
    set_clock(clock, NOW.isoformat())
    with Daemon(tollgate, "--data", book, "--clock-file", clock) as daemon:
        for account in ("weekly", "packed", "days", "idle"):
            answer = daemon.get(f"/v1/accounts/{account}/forecast")
            assert answer.status == 200, answer.text
            at = answer.json["at"]
            shown = tollgate("forecast", "--data", book, "--account", account, "--now", at, "--json")
            assert answer.json == shown.json
        tag = answer.headers["ETag"]
        assert daemon.get("/v1/accounts/idle/forecast", If_None_Match=tag).status == 304
        assert daemon.get("/v1/accounts/nobody/forecast").status == 404
        made = daemon.post("/v1/keys", json.dumps({"name": "w", "roles": ["customer"], "account": "weekly"})).json
        key = f"Bearer {made['secret']}"
        assert daemon.get("/v1/accounts/weekly/forecast", Authorization=key).status == 200
        assert daemon.get("/v1/accounts/packed/forecast", Authorization=key).status == 404


# ---- months that it has not seen ----


def test_it_does_as_the_documents_say():
    """The sample that docs/forecast.md names, to the last forecast: what is said of it is what comes out."""
    text = (ROOT / "docs" / "forecast.md").read_text(encoding="utf-8")
    said = re.search(r"months\.py --accounts (\d+) --seed (\S+) --days (\S+)`: (\d+) of (\d+) bills", text)
    accounts, seed, days, inside, bills = said.groups()
    rows = months.measure(int(accounts), seed, [int(day) for day in days.split(",")])
    assert (rows["all"]["inside"], rows["all"]["bills"]) == (int(inside), int(bills))
    assert collections.Counter(len(key) > 0 for key in rows)[True] >= 8
