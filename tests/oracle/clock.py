# SPDX-License-Identifier: Apache-2.0
"""Instants, zones and cycles for the oracle, on the standard library's zones alone (docs/decisions/0003-time.md).
An instant is a whole number of nanoseconds since 1970, UTC."""

import bisect
import datetime
import zoneinfo

SECOND = 10**9
HOUR = 3600
DAY = 86400
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def parse(text):
    """RFC 3339 as the tests and the program write it; fractions of up to nine digits."""
    whole, fraction = text, 0
    if "." in text:
        head, rest = text.split(".")
        digits = rest.rstrip("Z").split("+")[0].split("-")[0]
        whole, fraction = head + rest[len(digits):], int(digits.ljust(9, "0"))
    at = datetime.datetime.fromisoformat(whole.replace("Z", "+00:00"))
    return int((at - EPOCH) // datetime.timedelta(seconds=1)) * SECOND + fraction


def text(at_ns, offset_minutes=0):
    seconds, fraction = divmod(at_ns, SECOND)
    wall = EPOCH + datetime.timedelta(seconds=seconds + offset_minutes * 60)
    out = wall.strftime("%Y-%m-%dT%H:%M:%S")
    if fraction:
        out += f".{fraction:09d}".rstrip("0")
    if offset_minutes == 0:
        return out + "Z"
    sign, minutes = ("+", offset_minutes) if offset_minutes > 0 else ("-", -offset_minutes)
    return out + f"{sign}{minutes // 60:02d}:{minutes % 60:02d}"


class Zone:
    def __init__(self, name):
        self.rules = zoneinfo.ZoneInfo(name)

    def offset(self, seconds):
        at = EPOCH + datetime.timedelta(seconds=seconds)
        return int(at.astimezone(self.rules).utcoffset().total_seconds())

    def jump(self, low, high):
        """The first second in (low, high] whose offset is not that of `low`."""
        before = self.offset(low)
        while high - low > 1:
            middle = (low + high) // 2
            if self.offset(middle) == before:
                low = middle
            else:
                high = middle
        return high

    def instant(self, wall):
        """Seconds of a wall time: one in a gap is the instant of the jump, one that occurs twice the first."""
        first = wall.replace(tzinfo=self.rules, fold=0)
        seconds = int((first - EPOCH).total_seconds())
        back = (EPOCH + datetime.timedelta(seconds=seconds)).astimezone(self.rules)
        if back.replace(tzinfo=None) == wall:
            return seconds
        return self.jump(seconds - DAY, seconds)

    def wall(self, at_ns):
        at = EPOCH + datetime.timedelta(seconds=at_ns // SECOND)
        return at.astimezone(self.rules).replace(tzinfo=None)

    def add(self, at_ns, count, unit):
        """A duration: hours are elapsed time, the others keep the wall time."""
        if unit == "hour":
            return at_ns + count * HOUR * SECOND
        wall = self.wall(at_ns)
        if unit == "day":
            moved = wall + datetime.timedelta(days=count)
        else:
            number = wall.year * 12 + wall.month - 1 + count * (12 if unit == "year" else 1)
            moved = None
            for day in range(wall.day, 27, -1):
                try:
                    moved = wall.replace(year=number // 12, month=number % 12 + 1, day=day)
                    break
                except ValueError:
                    continue
            if moved is None:
                moved = wall.replace(year=number // 12, month=number % 12 + 1)
        return self.instant(moved) * SECOND + at_ns % SECOND


class Cycles:
    """All boundaries of a kind of cycle between two instants, with room on both sides."""

    def __init__(self, zone, kind, first_ns, last_ns):
        low, high = first_ns // SECOND - 3 * DAY, last_ns // SECOND + 3 * DAY
        make = {"hour": self._hours, "day": self._days, "month": self._months, "year": self._years}[kind]
        self.bounds = [bound * SECOND for bound in make(zone, low, high)]
        assert self.bounds == sorted(self.bounds)

    @staticmethod
    def _hours(zone, low, high):
        bounds, at = set(), low
        while at < high:
            end = min(at + DAY, high)
            pieces = [(at, end)]
            if zone.offset(at) != zone.offset(end):
                jump = zone.jump(at, end)
                pieces = [(at, jump), (jump, end)]
                if (zone.offset(jump) - zone.offset(at)) % HOUR:
                    bounds.add(jump)
            for start, stop in pieces:
                first = start + -(start + zone.offset(start)) % HOUR
                bounds.update(range(first, stop, HOUR))
            at = end
        return sorted(bounds)

    @staticmethod
    def _dates(zone, low, high, step):
        date = zone.wall((low - 400 * DAY) * SECOND).replace(hour=0, minute=0, second=0)
        date = {"month": date.replace(day=1), "year": date.replace(month=1, day=1)}.get(step, date)
        bounds = []
        while not bounds or bounds[-1] < high:
            bounds.append(zone.instant(date))
            if step == "day":
                date += datetime.timedelta(days=1)
            elif step == "month":
                date = date.replace(year=date.year + date.month // 12, month=date.month % 12 + 1)
            else:
                date = date.replace(year=date.year + 1)
        return bounds

    def _days(self, zone, low, high):
        return self._dates(zone, low, high, "day")

    def _months(self, zone, low, high):
        return self._dates(zone, low, high, "month")

    def _years(self, zone, low, high):
        return self._dates(zone, low, high, "year")

    def at(self, at_ns):
        index = bisect.bisect_right(self.bounds, at_ns)
        return self.bounds[index - 1], self.bounds[index]
