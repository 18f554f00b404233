# SPDX-License-Identifier: Apache-2.0
"""Months closed by ticks, through the program and through the oracle: closed bills with their numbers, what came late,
settlements, to the last digit; through `tollgate rate` and through a book."""

import os
import pathlib
import secrets
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from oracle import compare, months  # noqa: E402

FIXED = "2026"
FRESH = os.environ.get("TEST_SEED") or secrets.token_hex(4)


def told(seed, events, is_kept, found):
    return (f"{len(found)} differences; to repeat:\n    ORACLE_SEED={seed} ORACLE_EVENTS={events} "
            f"ORACLE_KEPT={int(is_kept)} /usr/bin/python3 -m pytest tests/blackbox/test_oracle_months.py -k given\n"
            + "\n".join(found[:5]))


def batch(seed, numbers, is_kept):
    """Differences are told; what was looked at comes back."""
    looked = {}
    for number in numbers:
        events = min(compare.size(number), 1500)
        found, seen = months.check(f"{seed}/{number}", events, is_kept)
        assert not found, told(f"{seed}/{number}", events, is_kept, found)
        looked = {key: looked.get(key, 0) + value for key, value in seen.items()}
    return looked


@pytest.mark.parametrize("numbers", [pytest.param(range(first, first + 20), id=f"worlds {first} to {first + 19}")
                                     for first in range(0, 40, 20)])
def test_the_fixed_months_come_to_the_same(numbers):
    looked = batch(FIXED, numbers, False)
    assert looked["adjustments"] > 100 and looked["numbers"] > 100


def test_the_fixed_months_of_a_book_come_to_the_same():
    looked = batch(FIXED, range(20), True)
    assert looked["numbers"] > 100 and looked["settlements"] > 5


@pytest.mark.parametrize("seed", [pytest.param(FRESH, id=f"seed {FRESH}")])
def test_fresh_months_come_to_the_same(seed):
    batch(seed, range(10), False)
    batch(seed, range(10, 20), True)


SLIPS = {
    "another number": lambda bills: bills[0].update(number="t0-77"),
    "another total": lambda bills: bills[-1].update(total="1"),
    "a lost bill": lambda bills: bills.pop(),
    "a bill twice": lambda bills: bills.append(bills[0]),
    "a lost adjustment": lambda bills: next(bill["lines"] for bill in bills if any(line[-1] for line in bill["lines"])
                                            ).pop(),
}


@pytest.mark.parametrize("slip", SLIPS.values(), ids=SLIPS.keys())
def test_a_slip_is_noticed(tmp_path, slip):
    _, expected, found = months.rated(tmp_path, "slips 3", 600)
    assert not list(months.differences(expected, found))
    slip(found)
    assert list(months.differences(expected, found))


@pytest.mark.skipif("ORACLE_SEED" not in os.environ, reason="repeats the months that ORACLE_SEED names")
def test_the_given_months_come_to_the_same():
    seed, events = os.environ["ORACLE_SEED"], int(os.environ.get("ORACLE_EVENTS", "1000"))
    is_kept = os.environ.get("ORACLE_KEPT") == "1"
    found, _ = months.check(seed, events, is_kept)
    assert not found, told(seed, events, is_kept, found)
