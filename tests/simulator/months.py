#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How `tollgate forecast` does on months that it has not seen. Accounts with habits (offices, weekends, growth, bursts,
noise that lasts, pauses, new ones) use a service for five months; from days in the middle of the last two months the
bill of the month and the end of packages are forecast as they would have been then, and compared with what came.

Whoever reads the figures should know that these accounts are made up: they have what real ones are said to have, and
nobody knows in which proportion."""

import argparse
import datetime
import json
import math
import os
import pathlib
import random
import subprocess
import sys
import tempfile
from fractions import Fraction

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("TOLLGATE", str(ROOT / "build" / "src" / "cli" / "tollgate"))
ZONE = datetime.timezone(datetime.timedelta(hours=8))
FIRST = datetime.datetime(2026, 1, 1, tzinfo=ZONE)
DAYS = 151  # to the end of May
MONTHS = (4, 5)
ORIGIN_DAYS = (6, 11, 16, 21, 26)
TARIFF = """\
tariff: t
title: Simulated months
currency: USD
zone: Asia/Shanghai
cycle: month
postpaid: on
funding: [free, single, payg]
items:
  call:
    unit: call
    price: {graduated: {tiers: [{up_to: 2000, price: 0.01}, {up_to: 10000, price: 0.008}, {price: 0.005}]}}
  page: {unit: page, free_quota: {quantity: 100, every: cycle}, price: 0.02}
operations: {Call: call, Read: page}
packages:
  calls:
    kind: single
    unit: call
    validity: 1 year
    scope: [call]
    alerts: [0%]
    sizes: {1000: 8, 10000: 60, 100000: 400}
"""
KINDS = ("office", "steady", "weekend", "growing", "bursty", "drifting", "new", "rare")


def negative_binomial(dice, mean, spread):
    """Counts with a variance of mean + spread * mean^2."""
    if mean <= 0:
        return 0
    rate = dice.gammavariate(1 / spread, mean * spread) if spread > 0 else mean
    if rate > 500:
        return max(0, round(dice.gauss(rate, math.sqrt(rate))))
    limit, product, count = math.exp(-rate), dice.random(), 0
    while product > limit:
        product *= dice.random()
        count += 1
    return count


def habits(dice, kind):
    """The calls of each day."""
    level = dice.lognormvariate(4.5, 0.8)
    weekend = {"office": dice.uniform(0.02, 0.3), "weekend": dice.uniform(1.8, 4)}.get(kind, dice.uniform(0.8, 1.1))
    growth = dice.uniform(0.003, 0.012) if kind == "growing" else dice.uniform(-0.001, 0.001)
    spread = {"bursty": 1.2, "rare": 0.6, "steady": 0.01}.get(kind, 0.08)
    level = dice.uniform(0.2, 1.5) if kind == "rare" else level
    begins = DAYS - dice.randrange(8, 40) if kind == "new" else 0
    drift, counts = 0.0, []
    for day in range(DAYS):
        drift = 0.9 * drift + dice.gauss(0, 0.13 if kind == "drifting" else 0.02)
        weekday = (FIRST + datetime.timedelta(days=day)).weekday()
        mean = level * math.exp(growth * day + drift) * (weekend if weekday >= 5 else 1)
        if kind == "bursty" and dice.random() < 0.06:
            mean *= dice.uniform(3, 8)
        counts.append(negative_binomial(dice, mean, spread) if day >= begins else 0)
    return counts


def documents(name, dice, kind):
    """Its usage, in a few portions a day, and for every second one a package that will end."""
    counts = habits(dice, kind)
    pages = [negative_binomial(dice, 0.1 * count, 0.1) for count in counts]
    for operation, days in (("Call", counts), ("Read", pages)):
        for day, count in enumerate(days):
            portions = min(count, 4)
            for number in range(portions):
                at = FIRST + datetime.timedelta(days=day, hours=9 + 3 * number, minutes=dice.randrange(60))
                share = count * (number + 1) // portions - count * number // portions
                yield at, {"specversion": "1.0", "id": f"{name}-{operation}-{day}-{number}", "source": "sim",
                           "type": f"t.{operation}", "subject": name, "time": at.isoformat(), "data": {"count": share}}
    if int(name[1:]) // len(KINDS) % 2:
        left = sum(counts[90:])
        size = max((size for size in (1000, 10000, 100000) if size < 3 * left), default=1000)
        pieces = max(1, round(0.4 * left / size))
        at = FIRST + datetime.timedelta(days=85, hours=1)
        yield at, {"specversion": "1.0", "id": f"{name}-order", "source": "sim", "type": "tollgate.order",
                   "subject": name, "time": at.isoformat(),
                   "data": {"tariff": "t", "sku": f"calls-{size}", "quantity": pieces}}


def run(*words):
    done = subprocess.run([PROGRAM, *map(str, words)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, (words, done.stderr)
    return done.stdout


class Book:
    """Accounts and what they did, recorded as it happened."""

    def __init__(self, folder, accounts, seed, days):
        self.folder = folder
        self.names = [f"a{number}" for number in range(accounts)]
        (folder / "t.yaml").write_text(TARIFF, encoding="utf-8")
        run("init", folder / "book", "--tariffs", folder / "t.yaml")
        lines = [line for number, name in enumerate(self.names)
                 for line in documents(name, random.Random(f"{seed} {number}"), KINDS[number % len(KINDS)])]
        lines.sort(key=lambda line: (line[0], line[1]["id"]))
        origins = [FIRST.replace(month=month, day=day) for month, day in days]
        orders = [line for line in lines if line[1]["type"] == "tollgate.order"]
        lines = [line for line in lines if line[1]["type"] != "tollgate.order"]
        self.ingest(orders, FIRST + datetime.timedelta(days=86))
        for end in [*origins, FIRST + datetime.timedelta(days=DAYS)]:
            # more than forty days at once are a backfill
            words = ["--backfill", "past"] if end == origins[0] else []
            self.ingest([line for line in lines if line[0] < end], end, *words)
            lines = [line for line in lines if line[0] >= end]
        self.bills, self.ends = {}, {}

    def ingest(self, lines, now, *words):
        path = self.folder / "part.ndjson"
        path.write_text("".join(json.dumps(line) + "\n" for _, line in lines), encoding="utf-8")
        run("ingest", "--data", self.folder / "book", *words, "--now", now.isoformat(), path)

    def actual(self):
        """What each month came to, and when packages were empty."""
        text = run("bill", "preview", "--data", self.folder / "book", "--json")
        for bill in json.loads(text)["bills"]:
            if bill["kind"] == "usage":
                month = int(bill["cycle"]["start"][5:7])
                self.bills[bill["account"], month] = Fraction(bill["exact_total"])
        for alert in json.loads(run("alerts", "--data", self.folder / "book", "--json"))["alerts"]:
            if alert["kind"] == "package-empty":
                self.ends[alert["account"]] = datetime.datetime.fromisoformat(alert["at"])

    def forecast(self, name, origin):
        now = FIRST.replace(month=origin[0], day=origin[1]).isoformat()
        return json.loads(run("forecast", "--data", self.folder / "book", "--account", name, "--now", now, "--as-of",
                              now, "--json"))


class Tally:
    """How often, and how far off."""

    def __init__(self):
        self.bills = self.inside = self.ends = self.ends_inside = self.without = 0
        self.error = self.actual = Fraction(0)
        self.relative, self.off_days = [], []

    def bill(self, said, actual):
        if said["low"] is None:
            self.without += 1
            return
        self.bills += 1
        self.inside += Fraction(said["low"]) <= actual <= Fraction(said["high"])
        self.error += abs(Fraction(said["expected"]) - actual)
        self.actual += actual
        if actual > 0:
            self.relative.append(abs(Fraction(said["expected"]) - actual) / actual)

    def end(self, said, actual, now):
        if actual is None or (actual - now).days > 90:
            return
        instant = {key: datetime.datetime.fromisoformat(said[key]) if said[key] else None
                   for key in ("used_up_at", "early", "late")}
        if instant["early"] is None:
            return
        self.ends += 1
        self.ends_inside += instant["early"] - datetime.timedelta(days=1) <= actual and (
            instant["late"] is None or actual <= instant["late"])
        if instant["used_up_at"]:
            self.off_days.append(abs((instant["used_up_at"] - actual).total_seconds()) / 86400)

    def row(self):
        middle = sorted(self.relative)[len(self.relative) // 2] if self.relative else Fraction(0)
        days = sorted(self.off_days)[len(self.off_days) // 2] if self.off_days else 0
        return {"bills": self.bills, "inside": self.inside, "without_interval": self.without,
                "median_error_percent": round(float(100 * middle), 1),
                "total_error_percent": round(float(100 * self.error / self.actual), 1) if self.actual else 0,
                "ends": self.ends, "ends_inside": self.ends_inside, "median_days_off": round(days, 1)}


def measure(accounts, seed, days=ORIGIN_DAYS):
    """Tallies by kind of account, by day of the month, and of all."""
    tallies = {}
    origins = [(month, day) for month in MONTHS for day in days]
    with tempfile.TemporaryDirectory() as folder:
        book = Book(pathlib.Path(folder), accounts, seed, origins)
        book.actual()
        for number, name in enumerate(book.names):
            for origin in origins:
                now = FIRST.replace(month=origin[0], day=origin[1])
                keys = ("all", KINDS[number % len(KINDS)], f"day {origin[1]}")
                try:
                    said = book.forecast(name, origin)
                except AssertionError as failure:
                    if "there is no account" in str(failure):
                        continue  # it is not born yet
                    raise
                for key in keys:
                    tally = tallies.setdefault(key, Tally())
                    for bill in said["bills"]:
                        tally.bill(bill, book.bills.get((name, origin[0]), Fraction(0)))
                    for package in said["packages"]:
                        tally.end(package, book.ends.get(name), now)
    keys = ["all", *KINDS, *(f"day {day}" for day in days)]
    return {key: tallies[key].row() for key in keys if key in tallies}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=80)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--days", default=",".join(map(str, ORIGIN_DAYS)), help="of the month, to forecast on")
    parser.add_argument("--json", action="store_true")
    words = parser.parse_args()
    rows = measure(words.accounts, words.seed, [int(day) for day in words.days.split(",")])
    if words.json:
        json.dump(rows, sys.stdout, indent=1)
        print()
        return
    print("| accounts | bills | inside | share | median error | error of the sum | ends | inside | median days off |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for name, row in rows.items():
        share = f"{100 * row['inside'] / row['bills']:.0f} %" if row["bills"] else ""
        print(f"| {name} | {row['bills']} | {row['inside']} | {share} | {row['median_error_percent']} % | "
              f"{row['total_error_percent']} % | {row['ends']} | {row['ends_inside']} | {row['median_days_off']} |")


if __name__ == "__main__":
    main()
