#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes cycle_rows.inc: cycles found by walking the clock half a minute at a time with Python's zoneinfo.

Shares nothing with the engine but the definition: a cycle starts at the first instant at which the wall clock reaches
the start of its hour, day or month; an hour also where the clock is moved by a part of an hour.

    python3 cycle_rows.py > cycle_rows.inc
"""
import calendar
import random
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

UTC = timezone.utc
MINUTE = timedelta(minutes=1)
STEP = timedelta(seconds=30)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

# Zones, and instants near which their clocks were moved.
ZONES = {
    "Asia/Shanghai": ["1990-04-14T18:00", "1990-09-15T16:30", "2026-02-28T16:00"],
    "America/New_York": ["2026-03-08T07:00", "2026-11-01T06:00", "2024-02-29T05:00"],
    "Pacific/Apia": ["2011-12-30T10:00", "2012-03-31T14:00"],
    "Australia/Lord_Howe": ["2025-10-04T15:30", "2026-04-04T15:00"],
    "America/Sao_Paulo": ["2018-11-04T03:00", "2019-02-17T02:00"],  # moved at midnight
    "America/St_Johns": ["2009-03-08T03:31", "2009-11-01T02:31"],  # moved at one minute past midnight
    "America/Havana": ["2024-03-10T05:00", "2024-11-03T05:00"],
    "Asia/Kathmandu": ["1985-12-31T18:30", "2026-07-01T00:00"],
    "Africa/Monrovia": ["1972-01-07T00:44"],  # from an offset of 44 minutes 30 seconds
    "Europe/Berlin": ["2026-03-29T01:00", "2026-10-25T01:00"],
}
KINDS = ["HOUR", "DAY", "MONTH"]
PURCHASES = [
    ("Asia/Shanghai", "2022-01-15T10:00"),
    ("Asia/Shanghai", "2022-08-31T10:00"),
    ("Asia/Shanghai", "2022-01-31T10:00"),
    ("Asia/Shanghai", "2022-08-30T23:59"),
    ("Asia/Shanghai", "2024-01-29T00:00"),
    ("Asia/Shanghai", "2023-01-29T12:00"),
    ("America/New_York", "2025-10-31T23:30"),
    ("Pacific/Apia", "2011-10-29T12:00"),
]


def wall(zone, at):
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def offset(zone, at):
    return at.astimezone(ZoneInfo(zone)).utcoffset()


def first_reaching(zone, midnight):
    """The first instant at which the wall clock shows midnight or later."""
    at = midnight.replace(tzinfo=UTC) - 26 * HOUR
    while wall(zone, at) < midnight:
        at += STEP if midnight - wall(zone, at) <= 3 * HOUR else HOUR
    return at


def starts_hour(zone, at):
    moved = (offset(zone, at) - offset(zone, at - STEP)) % HOUR
    clock = wall(zone, at)
    return (clock.minute, clock.second) == (0, 0) or moved != timedelta(0)


def hour_cycle(zone, at):
    start = at.replace(second=0, microsecond=0)
    while not starts_hour(zone, start):
        start -= STEP
    end = start + STEP
    while not starts_hour(zone, end):
        end += STEP
    return start, end


def grid_cycle(zone, at, candidates):
    starts = sorted(first_reaching(zone, datetime.combine(day, time())) for day in candidates)
    start = max(s for s in starts if s <= at)
    return start, min(s for s in starts if s > at)


def month_start(day, months):
    number = day.year * 12 + day.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def cycle(kind, zone, at):
    day = wall(zone, at).date()
    if kind == "HOUR":
        return hour_cycle(zone, at)
    if kind == "DAY":
        return grid_cycle(zone, at, [day + n * DAY for n in range(-2, 4)])
    return grid_cycle(zone, at, [month_start(day, n) for n in range(-2, 4)])


def dynamic_start(purchase_day, months):
    """The purchase day, at most the last day of the month, and one day more."""
    first = month_start(purchase_day, months)
    length = calendar.monthrange(first.year, first.month)[1]
    return first + (min(purchase_day.day, length)) * DAY


def text(at):
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def row(kind, zone, anchor, at, period):
    name = kind.lower().replace("_", " ") + " of " + text(at) + " in " + zone
    values = [name, zone, text(anchor), text(at), text(period[0]), text(period[1])]
    print("{CYCLE_%s, %s}," % (kind, ", ".join('"%s"' % value for value in values)))


def main():
    chance = random.Random(20260215)
    print("/* SPDX-License-Identifier: Apache-2.0")
    print(" *")
    print(" * Written by cycle_rows.py: kind, row, zone, anchor, at, start, end. */")
    print("// clang-format off")
    for zone, moves in ZONES.items():
        for move in moves:
            move = datetime.fromisoformat(move).replace(tzinfo=UTC)
            for kind in KINDS:
                minutes = [-1, 0, chance.randrange(1, 60), chance.randrange(-1500, 1500)]
                for at in [move + m * MINUTE for m in minutes]:
                    row(kind, zone, at, at, cycle(kind, zone, at))
    for zone, bought in PURCHASES:
        bought = datetime.fromisoformat(bought).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
        day = wall(zone, bought).date()
        starts = [bought] + [first_reaching(zone, datetime.combine(dynamic_start(day, n), time()))
                             for n in range(1, 15)]
        for start, end in zip(starts, starts[1:]):
            at = start + chance.randrange(int((end - start) / MINUTE)) * MINUTE
            row("DYNAMIC_MONTH", zone, bought, at, (start, end))


main()
