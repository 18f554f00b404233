# SPDX-License-Identifier: Apache-2.0
"""Money arithmetic against Python's own integers and fractions: random operations, with extreme values preferred."""

import os
import random
import re
import subprocess
from fractions import Fraction
from math import gcd, ceil, floor

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("MONEY_BUILD") or os.path.join(ROOT, "build")
DRIVER = os.path.join(BUILD, "tests", "unit", "money", "money_driver")
ROUNDS = int(os.environ.get("MONEY_ORACLE_OPERATIONS", "50000"))
MODES = ["down", "up", "half-up", "half-even", "half-down", "ceil", "floor"]
LARGEST, SMALLEST, ONE = 2**127 - 1, -2**127, 10**12
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")


def rounded(value, mode):
    """The integer that `mode` makes of an exact fraction, written from the definition of each mode."""
    below, above = floor(value), ceil(value)
    toward, away = (below, above) if value >= 0 else (above, below)
    if mode == "down":
        return toward
    if mode == "up":
        return away
    if mode == "ceil":
        return above
    if mode == "floor":
        return below
    if value - below != above - value:
        return below if value - below < above - value else above
    if mode == "half-even":
        return below if below % 2 == 0 else above
    return away if mode == "half-up" else toward


def fit(value):
    return str(value) if SMALLEST <= value <= LARGEST else "RANGE"


def fit_ratio(value):
    fits = SMALLEST <= value.numerator <= LARGEST and value.denominator <= LARGEST
    return value if fits else "RANGE"


class Source:
    """Random arguments; every kind of size is as likely as any other."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def natural(self, limit=LARGEST):
        kind = self.random.randrange(6)
        if kind == 0:
            value = self.random.randrange(12)
        elif kind == 1:
            value = limit - self.random.randrange(3)
        elif kind == 2:
            value = 2**self.random.randrange(128) + self.random.randrange(-1, 2)
        elif kind == 3:
            value = self.random.randrange(1000) * 10**self.random.randrange(37)
        else:
            value = self.random.getrandbits(self.random.randrange(1, 128))
        return min(max(value, 0), limit)

    def positive(self, limit=LARGEST):
        return max(self.natural(limit), 1)

    def integer(self):
        if self.random.randrange(40) == 0:
            return SMALLEST
        return self.natural() * self.random.choice([1, -1])

    def mode(self):
        return self.random.choice(MODES)

    def scale(self):
        return self.random.randrange(13)

    def ratio(self):
        num, den = self.integer(), self.positive()
        if self.random.randrange(3) == 0:
            num, den = num % 10**6 - 5 * 10**5, den % 10**6 + 1
        return num, den

    def ratio_pair(self):
        a, b = self.ratio(), self.ratio()
        if self.random.randrange(3) == 0:
            b = (b[0], a[1])
        return a, b

    def text(self):
        digits = "".join(self.random.choices("0123456789", k=self.random.randrange(0, 30)))
        parts = [self.random.choice(["", "", "-", "+", " "]), digits[:self.random.randrange(31)],
                 self.random.choice(["", ".", "."]), digits[self.random.randrange(1, 31):],
                 self.random.choice(["", "", "e", "E-", "e+"]),
                 self.random.choice(["", "", "0", "5", "12", "38", "999999999999999999999"])]
        if self.random.randrange(12) == 0:
            parts.insert(self.random.randrange(len(parts)), self.random.choice(["0" * 45, "x", " ", ",", "NaN", "inf"]))
        return "".join(parts)


# Each function below makes the arguments of one operation and the answer that is right.

def make_add(source):
    a, b = source.integer(), source.integer()
    return f"add {a} {b}", fit(a + b)


def make_sub(source):
    a, b = source.integer(), source.integer()
    return f"sub {a} {b}", fit(a - b)


def make_mul(source):
    a, b = source.integer(), source.integer()
    return f"mul {a} {b}", fit(a * b)


def make_div(source):
    a, b, mode = source.integer(), source.positive(), source.mode()
    return f"div {a} {b} {mode}", str(rounded(Fraction(a, b), mode))


def make_mul_div(source):
    a, b, den, mode = source.integer(), source.integer(), source.positive(), source.mode()
    return f"mul_div {a} {b} {den} {mode}", fit(rounded(Fraction(a * b, den), mode))


def make_mul_div_tie(source):
    """a * b / den = n + 1/2, the place where the modes differ."""
    den = 2 * source.positive(2**62)
    a, b, mode = den // 2 * source.random.choice([1, -1]), source.natural(2**63) | 1, source.mode()
    return f"mul_div {a} {b} {den} {mode}", fit(rounded(Fraction(a * b, den), mode))


def make_gcd(source):
    common = source.positive(2**63)
    a, b = source.natural(2**64 - 1) * common % LARGEST, source.natural(2**64 - 1) * common % LARGEST
    return f"gcd {a} {b}", str(gcd(a, b))


def syntax_error(text):
    """Where a text stops being the beginning of any number."""
    match = re.match(r"-?(0|[1-9][0-9]*)?", text)
    at = match.end()
    if match.group(1) is None:
        return at
    for part in (r"\.[0-9]+", r"[eE][-+]?[0-9]+"):
        match = re.compile(part).match(text, at)
        if match:
            at = match.end()
            continue
        incomplete = re.compile(part.replace("+", "*", 1) if part[1] == "." else r"[eE][-+]?").match(text, at)
        if incomplete:
            return incomplete.end()
    return at


def exact(text):
    """A number's value, or None when its exponent is beyond all bounds (unless it is zero)."""
    mantissa, _, exponent = text.replace("E", "e").partition("e")
    value = Fraction(mantissa)
    if value and abs(int(exponent or 0)) > 1000:
        return None
    return value * Fraction(10) ** int(exponent or 0) if value else Fraction(0)


def significant(text):
    return int(re.sub(r"[eE].*|[-.]", "", text).rstrip("0") or "0") if text else 0


def expect_parse(text, answer):
    if not NUMBER.fullmatch(text):
        return f"INVALID {syntax_error(text)}"
    value = exact(text)
    return answer(value) if value is not None else f"RANGE {len(text)}"


def make_parse(source):
    text = source.text()

    def answer(value):
        pico = value * ONE
        return str(pico) if pico.denominator == 1 and fit(pico) != "RANGE" else f"RANGE {len(text)}"
    return f"parse {text}", expect_parse(text, answer)


def make_ratio_parse(source):
    text = source.text()

    def answer(value):
        if significant(text) >= 2**128:
            return f"RANGE {len(text)}"
        result = fit_ratio(value)
        return result if result != "RANGE" else f"RANGE {len(text)}"
    return f"ratio_parse {text}", expect_parse(text, answer)


def plain(value, digits):
    """Decimal text of an integer count of 10^-digits."""
    whole, part = divmod(abs(value), 10**digits)
    return ("-" if value < 0 else "") + (f"{whole}.{part:0{digits}d}" if digits else str(whole))


def shortest(pico):
    return plain(pico, 12).rstrip("0").rstrip(".")


def make_format(source):
    pico = source.integer()
    return f"format {pico}", shortest(pico)


def make_format_fixed(source):
    scale = source.scale()
    value = source.integer() // 10**(12 - scale)
    pico = value * 10**(12 - scale)
    if pico < SMALLEST:
        value, pico = 0, 0
    return f"format_fixed {pico} {scale}", plain(value, scale)


def make_round(source):
    pico, scale, mode = source.integer(), source.scale(), source.mode()
    step = 10**(12 - scale)
    return f"round {pico} {scale} {mode}", fit(rounded(Fraction(pico, step), mode) * step)


def make_price(source):
    quantity, price, per = source.integer(), source.integer(), source.positive(10**26)
    if source.random.randrange(2):
        quantity = quantity % 10**9 * ONE
    if source.random.randrange(2):
        per = (per % 10**6 + 1) * ONE
    scale, mode = source.scale(), source.mode()
    step = 10**(12 - scale)
    answer = fit(rounded(Fraction(quantity * price, per * step), mode) * step)
    if per // (ONE if quantity % ONE == 0 and per % ONE == 0 and abs(quantity) < 2**63 > per else 1) * step > LARGEST:
        answer = "RANGE"
    return f"price {quantity} {price} {per} {scale} {mode}", answer


def make_split(source):
    scale, count = source.scale(), source.random.randrange(1, 9)
    step = 10**(12 - scale)
    total = source.integer() // step
    total = 0 if total * step < SMALLEST else total
    weights = [source.natural(source.random.choice([3, 10**15, LARGEST])) for _ in range(count)]
    words = f"split {total * step} {scale} " + " ".join(map(str, weights))
    if sum(weights) == 0 or sum(weights) > LARGEST:
        return words, "INVALID" if sum(weights) == 0 else "RANGE"
    parts = [abs(total) * weight // sum(weights) for weight in weights]
    by_remainder = sorted(range(count), key=lambda i: (-(abs(total) * weights[i] % sum(weights)), i))
    for i in by_remainder[:abs(total) - sum(parts)]:
        parts[i] += 1
    sign = -1 if total < 0 else 1
    assert sum(parts) == abs(total)
    return words, " ".join(str(sign * part * step) for part in parts)


def make_ratio_operation(source):
    (a, b), (c, d) = source.ratio_pair()
    name = source.random.choice(["add", "sub", "mul", "div"])
    left, right = Fraction(a, b), Fraction(c, d)
    if name == "div" and right == 0:
        answer = "INVALID"
    else:
        answer = fit_ratio({"add": lambda: left + right, "sub": lambda: left - right, "mul": lambda: left * right,
                            "div": lambda: left / right}[name]())
    return f"ratio_{name} {a} {b} {c} {d}", answer


def make_ratio_cmp(source):
    (a, b), (c, d) = source.ratio_pair()
    if source.random.randrange(4) == 0:
        factor = source.positive(max(1, LARGEST // max(abs(a), b, 1)))
        c, d = a * factor, b * factor
        if not SMALLEST <= c <= LARGEST:
            c, d = a, b
    left, right = Fraction(a, b), Fraction(c, d)
    return f"ratio_cmp {a} {b} {c} {d}", str((left > right) - (left < right))


def make_ratio_round(source):
    (a, b), mode = source.ratio(), source.mode()
    return f"ratio_round {a} {b} {mode}", Fraction(rounded(Fraction(a, b), mode))


def make_ratio_from_decimal(source):
    pico = source.integer()
    return f"ratio_from_decimal {pico}", Fraction(pico, ONE)


def make_ratio_to_decimal(source):
    a, b = source.ratio()
    if source.random.randrange(2):
        b = 2**source.random.randrange(14) * 5**source.random.randrange(14)
    pico = Fraction(a, b) * ONE
    if pico.denominator == 1:
        return f"ratio_to_decimal {a} {b}", fit(pico)
    return f"ratio_to_decimal {a} {b}", "INEXACT" if abs(pico) < 2**128 else "RANGE"


def make_ratio_to_decimal_rounded(source):
    (a, b), scale, mode = source.ratio(), source.scale(), source.mode()
    return (f"ratio_to_decimal_rounded {a} {b} {scale} {mode}",
            fit(rounded(Fraction(a, b) * 10**scale, mode) * 10**(12 - scale)))


def make_ratio_format(source):
    a, b = source.ratio()
    value = Fraction(a, b)
    pico = value * ONE
    if pico.denominator == 1 and fit(pico) != "RANGE":
        return f"ratio_format {a} {b}", "text " + shortest(int(pico))
    return f"ratio_format {a} {b}", "text " + str(value)


MAKERS = [value for name, value in sorted(globals().items()) if name.startswith("make_")]


def agrees(answer, wanted):
    if isinstance(wanted, Fraction):  # a ratio may come in any terms
        return "/" in answer and Fraction(answer) == wanted and int(answer.split("/")[1]) > 0
    return answer == wanted.removeprefix("text ")


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.__name__.removeprefix("make_"))
def test_random_operations_agree_with_python(maker):
    source = Source(20260622)
    rows = [maker(source) for _ in range(ROUNDS // len(MAKERS) + 1)]
    done = subprocess.run([DRIVER], input="".join(line + "\n" for line, _ in rows), stdout=subprocess.PIPE,
                          encoding="utf-8", check=True)
    answers = done.stdout.split("\n")[:-1]
    assert len(answers) == len(rows)
    wrong = [f"{line}: {answer}, not {wanted}" for (line, wanted), answer in zip(rows, answers)
             if not agrees(answer, wanted)]
    assert not wrong, f"{len(wrong)} wrong:\n" + "\n".join(wrong[:20])
