# SPDX-License-Identifier: Apache-2.0
"""A strict reader of what /metrics says, in Prometheus 0.0.4 or OpenMetrics 1.0."""

import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*"'
SAMPLE = re.compile(rf"^({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? (\d+(?:\.\d+)?)$")
SUFFIXES = {"histogram": ("_bucket", "_sum", "_count"), "counter": ("_total",), "gauge": ("",)}


def family_of(sample, kind, is_open):
    for suffix in SUFFIXES[kind]:
        if kind == "counter" and not is_open:
            return sample if sample.endswith("_total") else None
        if sample.endswith(suffix):
            return sample[:len(sample) - len(suffix)] if suffix else sample
    return None


def check_histogram(rows):
    """Buckets grow, end with +Inf, and agree with the count."""
    by_labels = {}
    for name, labels, value in rows:
        ends = dict(re.findall(r'([a-z_]+)="([^"]*)"', labels))
        end = ends.pop("le", None)
        one = by_labels.setdefault(tuple(sorted(ends.items())), {"buckets": []})
        if name.endswith("_bucket"):
            one["buckets"].append((float(end), value))
        else:
            one[name.rpartition("_")[2]] = value
    for one in by_labels.values():
        ends, counts = zip(*one["buckets"])
        assert list(ends) == sorted(set(ends)) and ends[-1] == float("inf")
        assert list(counts) == sorted(counts) and counts[-1] == one["count"]
        assert one["count"] > 0 or one["sum"] == 0


def read_metrics(text, is_open=False):
    """{family: (kind, {labels: value})}; asserts everything that the formats ask for."""
    assert text.endswith("# EOF\n" if is_open else "\n") and text.count("# EOF") == int(is_open)
    families, current, samples = {}, None, []

    def finish():
        if current and families[current][0] == "histogram":
            check_histogram(samples)

    lines = text.splitlines()[:-1 if is_open else None]
    for number, line in enumerate(lines):
        if line.startswith("# HELP "):
            finish()
            current, samples = line.split(" ", 3)[2], []
            assert re.fullmatch(NAME, current) and current not in families and line.split(" ", 3)[3].endswith(".")
            kind = re.fullmatch(rf"# TYPE {current} (counter|gauge|histogram)", lines[number + 1])[1]
            assert kind != "counter" or current.endswith("_total") != is_open
            families[current] = (kind, {})
        elif not line.startswith("# TYPE "):
            match = SAMPLE.match(line)
            assert match, line
            name, labels, value = match[1], match[2] or "", float(match[3])
            kind, values = families[current]
            assert family_of(name, kind, is_open) == current, line
            assert name + "{" + labels not in values
            values[name + "{" + labels] = value
            samples.append((name, labels, value))
    finish()
    assert families
    return families
