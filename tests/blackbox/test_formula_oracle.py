# SPDX-License-Identifier: Apache-2.0
"""Formulas against Python fractions: random formulas and attributes, compiled and evaluated by the driver, and
evaluated here from the tree they were written from. Faults have to agree as well, and which of several comes first."""

import math
import os
import random
import subprocess
from datetime import datetime
from fractions import Fraction

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("FORMULA_BUILD") or os.path.join(ROOT, "build")
DRIVER = os.path.join(BUILD, "tests", "unit", "formula", "formula_driver")
ROUNDS = int(os.environ.get("FORMULA_ORACLE_CASES", "20000"))
LARGEST = 2**127 - 1

KINDS = {
    "width": "number", "height": "number", "fps": "number", "seconds": "number", "count": "number", "status": "number",
    "kind": "text", "codec": "text", "outcome": "text", "region": "text",
    "readonly": "flag", "has_location": "flag",
    "time": "instant", "submitted_at": "instant",
}
DEFAULTS = {"count": Fraction(1), "status": Fraction(200), "outcome": "succeeded", "has_location": False}
TEXTS = ["audio", "video", "h264", "h265", "H264", "", "succeeded", "it's", "two words"]
REGIONS = {"cn-hangzhou": "chinese-mainland", "cn-shanghai": "chinese-mainland", "ap-southeast-1": "singapore",
           "chinese-mainland": "chinese-mainland", "singapore": "singapore", "us": "us"}
INSTANTS = ["2025-07-28T11:00:00+08:00", "2025-07-28T03:00:00Z", "2025-07-28T02:59:59Z", "2024-02-29T23:59:59-05:30"]
LITERALS = ["0", "1", "2", "3", "10", "30", "240", "1000", "0.3", "1.8", "0.5", "1.4e-05", "2.5e3", "0.000001", "7e0"]
SIZES = [("LD", 640, 480), ("SD", 1280, 720), ("HD", 1920, 1080), ("2K", 2560, 1440)]
BINARY = {"+": 4, "-": 4, "*": 5, "/": 5, "=": 3, "==": 3, "!=": 3, "<": 3, "<=": 3, ">": 3, ">=": 3, "and": 2, "or": 1}
ROUNDINGS = ["ceil", "floor", "round", "abs"]


class Fault(Exception):
    pass


class Refused(Exception):
    """The compiler already sees that a constant part has no value."""


# ---- values ----

def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def kept(value):
    if abs(value.numerator) > LARGEST or value.denominator > LARGEST:
        raise Fault("range")
    return value


def half_up(value):
    size = math.floor(abs(value) + Fraction(1, 2))
    return Fraction(size if value >= 0 else -size)


def arithmetic(op, left, right):
    if op == "+":
        return kept(left + right)
    if op == "-":
        return kept(left - right)
    if op == "*":
        return kept(left * right)
    if right == 0:
        raise Fault("division")
    return kept(left / right)


def compare(op, left, right):
    return {"=": left == right, "==": left == right, "!=": left != right, "<": op[0] == "<" and left < right,
            "<=": op[0] == "<" and left <= right, ">": op[0] == ">" and left > right,
            ">=": op[0] == ">" and left >= right}[op]


class Event:
    """The attributes that a case carries; ILL marks a text where another kind is declared."""

    ILL = object()

    def __init__(self, given):
        self.given = given

    def has(self, name):
        return name in self.given or name in DEFAULTS

    def get(self, name):
        if name not in self.given:
            if name not in DEFAULTS:
                raise Fault("missing")
            return DEFAULTS[name]
        if self.given[name] is Event.ILL:
            raise Fault("type")
        return self.given[name]

    def klass(self, name):
        if name == "frame-rate":
            return "slow" if self.get("fps") <= 30 else "fast"
        if name == "region":
            if "region" not in self.given:
                return "us"
            found = REGIONS.get(self.given["region"].lower())
        else:
            width, height = self.get("width"), self.get("height")
            long, short = max(width, height), min(width, height)
            found = next((size for size, most, least in SIZES if long <= most and short <= least), None)
            if found is None and long < 3840 and short < 2160:
                found = "4K"
        if found is None:
            raise Fault("no class")
        return found


# ---- formulas: ("number", text), ("op", op, a, b), ... ----

def value_of(node, event):
    kind = node[0]
    if kind == "literal":
        return node[2]
    if kind == "attr":
        return event.get(node[1])
    if kind == "has":
        return event.has(node[1])
    if kind == "default":
        return event.get(node[1]) if event.has(node[1]) else value_of(node[2], event)
    if kind == "class":
        return event.klass(node[1])
    if kind == "if":
        return value_of(node[2] if value_of(node[1], event) else node[3], event)
    if kind == "not":
        return not value_of(node[1], event)
    if kind == "neg":
        return kept(-value_of(node[1], event))
    if kind == "call":
        return call_of(node, event)
    return operator_of(node, event)


def operator_of(node, event):
    _, op, left, right = node
    if op == "and":
        return value_of(left, event) and value_of(right, event)
    if op == "or":
        return value_of(left, event) or value_of(right, event)
    a, b = value_of(left, event), value_of(right, event)
    return arithmetic(op, a, b) if op in "+-*/" else compare(op, a, b)


def call_of(node, event):
    _, name, arguments = node
    if name == "in":
        wanted = value_of(arguments[0], event)
        return any(value_of(argument, event) == wanted for argument in arguments[1:])
    values = [value_of(argument, event) for argument in arguments]
    if name in ("min", "max"):
        return min(values) if name == "min" else max(values)
    if name == "abs":
        return abs(values[0])
    return {"ceil": lambda x: Fraction(math.ceil(x)), "floor": lambda x: Fraction(math.floor(x)),
            "round": half_up}[name](values[0])


def children(node):
    parts = node[2] if node[0] == "call" else node[1:]
    return [part for part in parts if isinstance(part, tuple)]


def is_constant(node):
    """Checks on the way that every constant part has a value."""
    if node[0] in ("attr", "class"):
        return False
    if node[0] == "has":
        return node[1] in DEFAULTS
    flags = [is_constant(child) for child in children(node)]
    if node[0] == "op" and node[1] == "/" and flags[1] and value_of(node[3], Event({})) == 0:
        raise Refused()
    if not all(flags) or node[0] == "default":
        return False
    try:
        value_of(node, Event({}))
    except Fault:
        raise Refused() from None
    return True


def written(node, level, rng):
    """The text of a tree; needed brackets always, others now and then."""
    text, own = plain(node, rng)
    return f"({text})" if own < level or rng.random() < 0.05 else text


def plain(node, rng):
    kind = node[0]
    if kind in ("literal", "attr"):
        return node[1], 9
    if kind in ("has", "class"):
        return f"{kind}({node[1]})", 9
    if kind == "default":
        return f"default({node[1]}, {written(node[2], 0, rng)})", 9
    if kind == "not":
        return f"not {written(node[1], 3, rng)}", 2.5
    if kind == "neg":
        return f"-{written(node[1], 6, rng)}", 6
    if kind == "if":
        return "if(" + ", ".join(written(part, 0, rng) for part in node[1:]) + ")", 9
    if kind == "call":
        return f"{node[1]}(" + ", ".join(written(part, 0, rng) for part in node[2]) + ")", 9
    space = rng.choice([" ", "  "]) if node[1] in ("and", "or") else rng.choice([" ", " ", ""])
    own = BINARY[node[1]]
    # A `not` at the left of a comparison would swallow it.
    return written(node[2], own, rng) + space + node[1] + space + written(node[3], own + 1, rng), own


class Writer:
    def __init__(self, rng):
        self.rng = rng

    def attribute(self, kind):
        return self.rng.choice([name for name, its in KINDS.items() if its == kind])

    def literal(self, kind):
        rng = self.rng
        if kind == "number":
            text = rng.choice(LITERALS)
            return ("literal", text, Fraction(text))
        if kind == "flag":
            value = rng.random() < 0.5
            return ("literal", "true" if value else "false", value)
        if kind == "instant":
            text = rng.choice(INSTANTS)
            return ("literal", "@" + text, instant(text))
        text = rng.choice(TEXTS + ["SD", "us", "slow"])
        return ("literal", f"'{text}'" if "'" not in text and rng.random() < 0.5 else f'"{text}"', text)

    def node(self, kind, depth):
        rng = self.rng
        if depth == 0 or rng.random() < 0.15:
            return self.literal(kind) if rng.random() < 0.4 else ("attr", self.attribute(kind))
        shared = rng.random()
        if shared < 0.08:
            return ("if", self.node("flag", depth - 1), self.node(kind, depth - 1), self.node(kind, depth - 1))
        if shared < 0.16:
            return ("default", self.attribute(kind), self.node(kind, depth - 1))
        if kind == "number":
            return self.number(depth)
        if kind == "flag":
            return self.flag(depth)
        if kind == "text" and rng.random() < 0.5:
            return ("class", rng.choice(["size", "region", "frame-rate"]))
        return ("attr", self.attribute(kind))

    def number(self, depth):
        rng = self.rng
        choice = rng.random()
        if choice < 0.25:
            return ("call", rng.choice(ROUNDINGS), [self.node("number", depth - 1)])
        if choice < 0.35:
            count = rng.randint(1, 4)
            return ("call", rng.choice(["min", "max"]), [self.node("number", depth - 1) for _ in range(count)])
        if choice < 0.42:
            return ("neg", self.node("number", depth - 1))
        return ("op", rng.choice("+-*/*+"), self.node("number", depth - 1), self.node("number", depth - 1))

    def flag(self, depth):
        rng = self.rng
        choice = rng.random()
        if choice < 0.12:
            return ("not", self.node("flag", depth - 1))
        if choice < 0.22:
            return ("has", rng.choice(list(KINDS)))
        if choice < 0.32:
            return ("call", "in", [self.node("text", depth - 1) for _ in range(rng.randint(2, 5))])
        if choice < 0.55:
            return ("op", rng.choice(["and", "or"]), self.node("flag", depth - 1), self.node("flag", depth - 1))
        kind = rng.choice(["number", "number", "number", "text", "instant", "flag"])
        ops = ["=", "==", "!="] if kind in ("text", "flag") else ["=", "==", "!=", "<", "<=", ">", ">="]
        return ("op", rng.choice(ops), self.node(kind, depth - 1), self.node(kind, depth - 1))

    def event(self):
        """Attributes and the words that hand them to the driver."""
        rng, given, words = self.rng, {}, []
        for name, kind in KINDS.items():
            if rng.random() < 0.12:
                continue
            if kind == "number":
                word = rng.choice(["0", "1", "30", "240", "640", "1280", "1920", "30.123", "-7", "0.001", "12345678.9",
                                   "1e20", "9223372036854775807", str(rng.randint(0, 4000))])
                given[name] = Fraction(word)
            elif kind == "flag":
                given[name] = rng.random() < 0.5
                word = "true" if given[name] else "false"
            elif kind == "instant":
                word = rng.choice(INSTANTS)
                given[name] = instant(word)
            else:
                word = rng.choice(list(REGIONS) + ["US", "CN-Hangzhou", "mars"] if name == "region" else TEXTS)
                given[name] = word
            if kind != "text" and rng.random() < 0.02:
                given[name], word = Event.ILL, "?oops"
            words.append(f"{name}={word}")
        return Event(given), words


def expected(tree, event):
    try:
        is_constant(tree)
        value = value_of(tree, event)
    except Refused:
        return "refused"
    except Fault as fault:
        return str(fault)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, datetime):
        return f"@{int(value.timestamp()) * 10**9}"
    return f'"{value}"'


def test_formulas_agree_with_fractions():
    rng = random.Random(20261121)
    writer = Writer(rng)
    cases = []
    while len(cases) < ROUNDS:
        tree = writer.node(rng.choice(["number", "number", "number", "flag", "flag", "text"]), rng.randint(1, 6))
        text = written(tree, 0, rng)
        if len(text) > 2000:
            continue
        event, words = writer.event()
        cases.append(("\t".join([text] + words), expected(tree, event)))
    done = subprocess.run([DRIVER], input="".join(line + "\n" for line, _ in cases), capture_output=True, text=True,
                          timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    answers = done.stdout.splitlines()
    assert len(answers) == len(cases)
    wrong = []
    for (line, want), got in zip(cases, answers):
        if (want == "refused") != got.startswith("refused: ") or (want != "refused" and got != want):
            wrong.append(f"{line}\n  got {got}\n want {want}")
    assert not wrong, f"{len(wrong)} of {len(cases)} differ:\n" + "\n".join(wrong[:10])
    faults = {want for _, want in cases}
    assert {"missing", "type", "division", "range", "no class", "refused", "true", "false"} <= faults
