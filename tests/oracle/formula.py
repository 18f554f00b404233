# SPDX-License-Identifier: Apache-2.0
"""Formulas as trees: written out in the tariff language, and worked out with fractions.

A tree is a number as text ("0.3"), an attribute's name, or [operator, operand…]; texts are "'word'"."""

import math
from fractions import Fraction

DEFAULTS = {"status": "200", "count": "1", "outcome": "succeeded", "preview_only": False, "has_location": False,
            "readonly": False, "cache_preview": False}
NUMBERS = {"status", "count", "seconds", "tokens", "width", "height", "fps", "images", "scenes", "play.from", "play.to",
           "playlist.initial_seconds", "playlist.ahead_seconds", "playlist.segment_seconds",
           "playlist.duration_seconds"}
FLAGS = {"preview_only", "has_location", "readonly", "cache_preview"}
INFIX = {"+", "-", "*", "/", "=", "!=", "<", "<=", ">", ">=", "and", "or"}


class Unpriced(Exception):
    """Something that has to be known is not."""


def write(tree):
    if isinstance(tree, str):
        return tree
    operator, *operands = tree
    parts = [write(operand) for operand in operands]
    if operator in INFIX:
        return "(" + f" {operator} ".join(parts) + ")"
    if operator == "not":
        return f"(not {parts[0]})"
    return f"{operator}({', '.join(parts)})"


def number(text, cache={}):  # pylint: disable=dangerous-default-value
    found = cache.get(text)
    if found is None:
        found = Fraction(text)
        if len(cache) < 100000:
            cache[text] = found
    return found


def attribute(name, data):
    value = data.get(name)
    if value is None:
        value = DEFAULTS.get(name)
    if value is None and name == "scenes" and data.get("*scenes"):
        value = data["*scenes"]
    if value is None:
        raise Unpriced(f"{name} is missing")
    if name in NUMBERS:
        if isinstance(value, bool):
            raise Unpriced(f"{name} is a flag")
        try:
            return number(str(value))
        except ValueError as error:
            raise Unpriced(f"{name} is no number") from error
    if name in FLAGS:
        if value in (True, "true"):
            return True
        if value in (False, "false"):
            return False
        raise Unpriced(f"{name} is no flag")
    if not isinstance(value, str):
        raise Unpriced(f"{name} is no text")
    return value


def evaluate(tree, data):
    if isinstance(tree, str):
        if tree[0] == "'":
            return tree[1:-1]
        if tree[0].isdigit():
            return number(tree)
        return attribute(tree, data)
    operator = tree[0]
    if operator == "default":
        try:
            return attribute(tree[1], data) if data.get(tree[1]) is not None else evaluate(tree[2], data)
        except KeyError:
            return evaluate(tree[2], data)
    if operator == "if":
        return evaluate(tree[2] if evaluate(tree[1], data) else tree[3], data)
    if operator == "and":
        return evaluate(tree[1], data) and evaluate(tree[2], data)
    if operator == "or":
        return evaluate(tree[1], data) or evaluate(tree[2], data)
    values = [evaluate(operand, data) for operand in tree[1:]]
    if operator == "/" and values[1] == 0:
        raise Unpriced("division by zero")
    return OPERATORS[operator](*values)


OPERATORS = {
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "/": lambda a, b: a / b,
    "=": lambda a, b: a == b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b, "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b, ">=": lambda a, b: a >= b, "not": lambda a: not a,
    "ceil": lambda a: Fraction(math.ceil(a)), "floor": lambda a: Fraction(math.floor(a)),
    "round": lambda a: Fraction(math.floor(a + Fraction(1, 2))), "abs": abs, "min": min, "max": max,
}


def rounded(value, mode, step=Fraction(1)):
    """To a multiple of step; modes as the tariff language names them."""
    units = abs(value) / step
    low = math.floor(units)
    rest = units - low
    half = Fraction(1, 2)
    up = {"down": False, "up": rest > 0, "half-up": rest >= half, "half-down": rest > half,
          "half-even": rest > half or (rest == half and low % 2 == 1)}[mode]
    result = (low + (1 if up else 0)) * step
    return result if value >= 0 else -result


def decimal(value):
    """As the program prints it; None when it has more than 12 digits behind the point."""
    scaled = value * 10**12
    if scaled.denominator != 1:
        return None
    sign, digits = ("-", -scaled.numerator) if scaled < 0 else ("", scaled.numerator)
    whole, rest = divmod(digits, 10**12)
    return f"{sign}{whole}" + (f".{rest:012d}".rstrip("0") if rest else "")


def fixed(value, scale):
    scaled = value * 10**scale
    assert scaled.denominator == 1
    sign, digits = ("-", -scaled.numerator) if scaled < 0 else ("", scaled.numerator)
    if not scale:
        return f"{sign}{digits}"
    return f"{sign}{digits // 10**scale}.{digits % 10**scale:0{scale}d}"
