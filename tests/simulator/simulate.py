#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Years of books in seconds, until the time is over: random tariffs, shipped ones and one of jobs, random documents,
clocks, restarts and faults of the store. Worlds are numbered; the seed and the number make a world, so a failure is
one command to repeat, and it is shrunk to the steps that it needs. The last line is `N passed, M failed`, counted in
worlds."""

import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import random
import secrets
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from oracle import clock, world  # noqa: E402

PROGRAM = os.environ.get("SIMULATOR", str(ROOT / "build" / "tests" / "simulator" / "simulator"))
SANITIZERS = {"ASAN_OPTIONS": "detect_leaks=1", "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1"}
SHRINK_SECONDS = 120


def tariffs(folder, name, chance):
    """Most worlds have a tariff or two of their own; the others all that are shipped."""
    if chance.random() < 0.3:
        shutil.copytree(ROOT / "tariffs", folder / "tariffs")
        return
    (folder / "tariffs").mkdir()
    if chance.random() < 0.3:  # upgrades, licences, quotas, business keys
        shutil.copy(ROOT / "tests" / "data" / "jobs.yaml", folder / "tariffs" / "jobs.yaml")
        return
    first = clock.parse("2026-01-01T00:00:00Z")
    span = (first, first + chance.choice([40, 400, 1500]) * 86400 * clock.SECOND)
    for number in range(chance.choice([1, 1, 2])):
        made = world.Maker(f"tariff {name} {number}", f"t{number}").tariff(span)
        text = json.loads(world.tariff_file(made))
        text.update(money(made, chance))
        (folder / "tariffs" / f"t{number}.yaml").write_text(json.dumps(text, indent=1), encoding="utf-8")
        if chance.random() < 0.4:
            overlay(folder, text, chance)


def overlay(folder, text, chance):
    """Another tariff for who has a contract: some prices differ."""
    items = {name: {"price": {"flat": str(chance.randrange(1, 50))}} for name, item in text["items"].items()
             if isinstance(item.get("price"), dict) and "flat" in item["price"] and "by" not in item["price"]}
    made = {"tariff": f"{text['tariff']}-deal", "extends": f"{text['tariff']}.yaml"}
    if items:
        made["override"] = {"items": items}
    path = folder / "tariffs" / f"{text['tariff']}-deal.yaml"
    path.write_text(json.dumps(made, indent=1), encoding="utf-8")


def money(made, chance):
    """How it settles, and what becomes of who does not pay."""
    words = {}
    if chance.random() < 0.7:
        settlement = {"period": chance.choice(["month", "day" if made["cycle"] != "month" else "month"])}
        if settlement["period"] == "month" and chance.random() < 0.5:
            settlement["days"] = chance.choice([[1, 3], [3, 5], [28, 28]])
        if chance.random() < 0.5:
            settlement["freeze"] = True
        words["settlement"] = settlement
    if chance.random() < 0.6:
        words["overdue"] = {"pauses": chance.sample(["free", "single", "general", "payg"], chance.randrange(3)),
                            "grace": chance.choice(["2 hours", "3 days", "1 month"]),
                            "resume": chance.choice(["paid", "released"])}
    return words


class World:
    def __init__(self, name):
        self.name, self.chance = name, random.Random(f"simulate {name}")
        self.seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:7], "big")
        self.steps = self.chance.choice([30, 100, 100, 200, 600])

    def run(self, folder, skipped=""):
        """Status and what was said."""
        command = [PROGRAM, str(folder), str(self.seed), str(self.steps)] + ([skipped] if skipped else [])
        try:
            done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=300, check=False,
                                  env={**os.environ, **SANITIZERS})
        except subprocess.TimeoutExpired:
            return 124, "no end after 300 s"
        shown = None if os.environ.get("SIMULATOR_VERBOSE") else 12
        return done.returncode, "\n".join((done.stdout + done.stderr).strip().splitlines()[:shown])

    def shrink(self, folder):
        """Steps to leave out: ever smaller stretches, as long as something still fails."""
        start, left, size = time.monotonic(), list(range(self.steps)), self.steps // 2
        while size and time.monotonic() - start < SHRINK_SECONDS:
            at = 0
            while at < len(left):
                fewer = left[:at] + left[at + size:]
                if self.run(folder, ranges(set(range(self.steps)) - set(fewer)))[0]:
                    left = fewer
                else:
                    at += size
            size //= 2
        return ranges(set(range(self.steps)) - set(left))

    def check(self, is_shrunk=True):
        """None, or what is wrong."""
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            tariffs(folder, self.name, self.chance)
            code, output = self.run(folder)
            if code == 0:
                return None, output
            told = [f"world {self.name}: {output}", f"    to repeat: make simulate SEED={self.name}"]
            if is_shrunk:
                skipped = self.shrink(folder)
                kept = pathlib.Path(tempfile.gettempdir()) / f"tollgate-world-{self.name.replace('/', '-')}"
                shutil.copytree(folder, kept, dirs_exist_ok=True)
                told += [f"    with fewer steps: {self.run(folder, skipped)[1]}",
                         f"    SIMULATOR_VERBOSE=1 {PROGRAM} {kept} {self.seed} {self.steps} {skipped}"]
            return "\n".join(told), output


def ranges(numbers):
    parts, numbers = [], sorted(numbers)
    for number in numbers:
        if parts and parts[-1][1] == number - 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return ",".join(f"{first}-{last}" if last > first else str(first) for first, last in parts)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", default="", help="default: a fresh one; SEED/NUMBER: that world alone")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1))
    options = parser.parse_args()
    seed = options.seed or secrets.token_hex(4)
    start, number, done, failed = time.monotonic(), 0, 0, 0
    if "/" in seed:
        wrong, output = World(seed).check()
        print(wrong or output)
        print(f"{int(not wrong)} passed, {int(bool(wrong))} failed")
        return 1 if wrong else 0
    print(f"seed {seed}, {options.seconds:.0f} seconds on {options.jobs} cores", flush=True)
    steps = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        waiting = {}
        while waiting or time.monotonic() - start < options.seconds:
            while len(waiting) < options.jobs and time.monotonic() - start < options.seconds and failed < 3:
                one = World(f"{seed}/{number}")
                waiting[pool.submit(one.check)] = one
                number += 1
            if not waiting:
                break
            finished, _ = concurrent.futures.wait(waiting, return_when=concurrent.futures.FIRST_COMPLETED)
            for future in finished:
                steps += waiting.pop(future).steps
                wrong, _ = future.result()
                done += 1
                failed += bool(wrong)
                if wrong:
                    print(wrong, flush=True)
    print(f"{steps:,} steps in {done} worlds")
    print(f"{done - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
