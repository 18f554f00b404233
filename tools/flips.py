#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every bit of a small book flipped, one at a time: the same answers, or refused, or found by verification.

Takes about twenty minutes on two cores; `--every 100` takes every hundredth bit. The last line is `N passed, M failed`,
counted in bits; the exit status is 1 when one was missed."""

import argparse
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
PROGRAM = ROOT / "build" / "tests" / "unit" / "book" / "book_flip_test"
COUNTS = re.compile(r"# (\d+) same answers, (\d+) refused, (\d+) found by verify, (\d+) missed")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--every", type=int, default=1, help="take every N-th bit")
    parser.add_argument("--first", type=int, default=0, help="start with this bit")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1))
    options = parser.parse_args()
    parts = options.every * options.jobs
    runs = [subprocess.Popen([PROGRAM, "--all", str(options.first + job * options.every), str(parts)],
                             stdout=subprocess.PIPE, text=True)
            for job in range(options.jobs)]
    passed = failed = 0
    for run in runs:
        counts = None
        for line in run.stdout:
            print(line, end="", flush=True)
            counts = COUNTS.search(line) or counts
        run.wait()
        if counts is None:
            failed += 1
            print(f"{PROGRAM.name} ended with {run.returncode}")
            continue
        same, refused, found, missed = map(int, counts.groups())
        passed += same + refused + found
        failed += missed
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
