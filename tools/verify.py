#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Random tariffs and journals through the program and through the oracle, ten million events unless told otherwise.

Worlds are numbered; the seed and the number make a world, so a run can be repeated, continued and shared out. Every ten
seconds a line says how far it is. The last line is `N passed, M failed`, counted in worlds; the exit status is 1 when
one differs."""

import argparse
import collections
import concurrent.futures
import os
import pathlib
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from oracle import compare  # noqa: E402

SHOWN = 5


def size(number):
    """Now and then a long journal; most are middling."""
    return 60000 if number % 16 == 15 else 12000 if number % 4 else 3000


def world(seed, number):
    name = f"{seed}/{number}"
    try:
        found, seen = compare.check(name, size(number))
    except Exception as error:  # pylint: disable=broad-exception-caught
        found, seen = [f"{type(error).__name__}: {error}"], {}
    return name, size(number), found, seen


def tell(name, events, found):
    print(f"\nworld {name}: {len(found)} differences; to repeat:\n    ORACLE_SEED={name} ORACLE_EVENTS={events} "
          "/usr/bin/python3 -m pytest tests/blackbox/test_oracle.py -k given", flush=True)
    for one in found[:SHOWN]:
        print(f"    {one}", flush=True)


class Progress:
    def __init__(self, events):
        self.events, self.start, self.shown = events, time.monotonic(), time.monotonic()
        self.totals = collections.Counter()
        self.done = 0

    def add(self, lines, seen):
        self.done += lines
        self.totals.update(seen)
        now = time.monotonic()
        if now - self.shown >= 10:
            self.shown = now
            self.show(now)

    def show(self, now):
        speed = self.done / max(now - self.start, 0.001)
        left = max(self.events - self.done, 0) / speed
        print(f"{self.done:,} of {self.events:,} events, {speed:,.0f} a second, {left / 60:.1f} minutes left, "
              f"{self.totals['bills']:,} bills, {self.totals['lines']:,} lines", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--seed", default=time.strftime("%Y%m%d", time.gmtime()), help="default: the date")
    parser.add_argument("--first", type=int, default=0, help="number of the first world")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1))
    options = parser.parse_args()
    print(f"seed {options.seed}, {options.events:,} events on {options.jobs} cores", flush=True)
    progress, failed, number = Progress(options.events), 0, options.first
    worlds = 0
    with concurrent.futures.ProcessPoolExecutor(options.jobs) as pool:
        waiting = set()
        planned = 0
        while planned < options.events or waiting:
            while planned < options.events and len(waiting) < 2 * options.jobs:
                waiting.add(pool.submit(world, options.seed, number))
                planned += size(number)
                number += 1
            finished, waiting = concurrent.futures.wait(waiting, return_when=concurrent.futures.FIRST_COMPLETED)
            for one in finished:
                name, lines, found, seen = one.result()
                worlds += 1
                failed += bool(found)
                progress.add(lines, seen)
                if found:
                    tell(name, lines, found)
            if failed >= SHOWN:
                planned = options.events
    progress.show(time.monotonic())
    print(f"{worlds - failed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
