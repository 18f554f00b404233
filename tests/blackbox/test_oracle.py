# SPDX-License-Identifier: Apache-2.0
"""Random tariffs and journals through the program and through an oracle that shares no code with it: every line, total,
balance, alert and count must be the same to the last digit.

One seed is fixed, one is fresh on every run; `make test` takes the commit for it. A world that differs is named
with the command that repeats it."""

import os
import pathlib
import secrets
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from oracle import compare, program  # noqa: E402

FIXED = "2026"
FRESH = os.environ.get("TEST_SEED") or secrets.token_hex(4)


def told(seed, events, found):
    return (f"{len(found)} differences; to repeat:\n    ORACLE_SEED={seed} ORACLE_EVENTS={events} /usr/bin/python3 -m "
            "pytest tests/blackbox/test_oracle.py -k given\n" + "\n".join(found[:5]))


def batch(seed, numbers):
    for number in numbers:
        events = compare.size(number)
        found, _ = compare.check(f"{seed}/{number}", events)
        assert not found, told(f"{seed}/{number}", events, found)


@pytest.mark.parametrize("numbers", [pytest.param(range(first, first + 20), id=f"worlds {first} to {first + 19}")
                                     for first in range(0, 80, 20)])
def test_the_fixed_worlds_come_to_the_same(numbers):
    batch(FIXED, numbers)


@pytest.mark.parametrize("seed", [pytest.param(FRESH, id=f"seed {FRESH}")])
def test_fresh_worlds_come_to_the_same(seed):
    batch(seed, range(20))


def drop(part):
    def change(answer):
        answer[part].pop()
    return change


def usage_line(answer):
    return next(line for bill in answer["bills"] for line in bill["lines"] if line["funding"] == "payg")


SLIPS = {
    "a digit of an amount": lambda answer: usage_line(answer).update(amount=usage_line(answer)["amount"] + "1"),
    "another unit price": lambda answer: usage_line(answer).update(unit_price="77"),
    "another funding": lambda answer: usage_line(answer).update(funding="free"),
    "another total": lambda answer: answer["bills"][-1].update(total="1"),
    "another zone's cycle": lambda answer: answer["bills"][0]["cycle"].update(start="2020-01-01T00:00:00Z"),
    "a lost bill": drop("bills"),
    "a lost balance": drop("balances"),
    "a unit more is left": lambda answer: answer["balances"][0].update(remaining="1e9"),
    "a lost refusal": drop("rejected"),
    "a lost reason without price": drop("unpriced"),
    "a repetition too many": lambda answer: answer.update(duplicates=answer["duplicates"] + 1),
}


@pytest.mark.parametrize("slip", SLIPS.values(), ids=SLIPS.keys())
def test_a_slip_is_noticed(tmp_path, slip):
    oracle, expected, answer = compare.both(tmp_path, "slips 0", 600)
    assert not list(compare.differences(oracle, expected, answer))
    slip(answer)
    assert list(compare.differences(oracle, expected, answer))


def test_the_long_comparison_counts_its_worlds():
    command = [sys.executable, str(program.ROOT / "tools" / "verify.py"), "--events", "3000", "--seed", "s"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and done.stdout.splitlines()[-1] == "1 passed, 0 failed"


@pytest.mark.skipif("ORACLE_SEED" not in os.environ, reason="repeats the world that ORACLE_SEED names")
def test_the_given_world_comes_to_the_same():
    seed, events = os.environ["ORACLE_SEED"], int(os.environ.get("ORACLE_EVENTS", "1000"))
    found, _ = compare.check(seed, events)
    assert not found, told(seed, events, found)
