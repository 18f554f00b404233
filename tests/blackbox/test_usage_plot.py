# SPDX-License-Identifier: Apache-2.0
"""tollgate usage --plot and --svg: the bars of a book show the numbers that the table and the bills have."""

import json
import os
import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from collections import defaultdict
from fractions import Fraction

import pytest
from conftest import ROOT

SVG = "{http://www.w3.org/2000/svg}"
NASTY = "<b>&\"'\x01\u202e]]>點\ufffe"
RULES = """\
tariff: demo
title: Demo
currency: USD
zone: Asia/Shanghai
cycle: month
bill_rounding: {scale: 2, mode: down}
items:
  flat: {unit: call, price: 0.5}
  other: {unit: call, price: 0.125}
  tokens: {unit: 1000 tokens, quantity: tokens / 1000, price: 2}
operations: {Flat: flat, Other: other, Talk: tokens}
"""
TIERED = """\
tariff: steps
title: Steps
currency: CNY
zone: UTC
cycle: month
items:
  slices: {unit: call, price: {graduated: {tiers: [{up_to: 10, price: 2}, {price: 1}]}}}
operations: {Slices: slices}
"""


def usage(number, kind, day, account="acct-1", **data):
    return json.dumps({"specversion": "1.0", "id": f"e-{number}", "source": "test", "type": kind, "subject": account,
                       "time": f"{day}T01:30:00+00:00", "data": data})


@pytest.fixture(scope="module", name="book")
def book_fixture(tollgate, tmp_path_factory):
    """Usage of two months under a flat tariff and a tiered one. Tests only read it."""
    home = tmp_path_factory.mktemp("plots")
    (home / "tariffs").mkdir()
    (home / "tariffs" / "demo.yaml").write_text(RULES)
    (home / "tariffs" / "steps.yaml").write_text(TIERED)
    lines = [usage(1, "demo.Flat", "2026-01-05", count=7), usage(2, "demo.Flat", "2026-01-05", count=1),
             usage(3, "demo.Flat", "2026-01-08", count=4), usage(4, "demo.Other", "2026-01-06", NASTY, count=3),
             usage(5, "demo.Talk", "2026-02-01", tokens=2500), usage(6, "demo.Flat", "2026-02-01", count=2),
             usage(7, "steps.Slices", "2026-01-05", count=8), usage(8, "steps.Slices", "2026-01-06", count=8),
             usage(9, "steps.Slices", "2026-02-02", count=1)]
    assert tollgate("init", home / "book", "--tariffs", home / "tariffs").code == 0
    took = tollgate("ingest", "--now", "2026-02-03T00:00:00Z", "-", "--data", home / "book", stdin="\n".join(lines))
    assert took.code == 0, took.err

    def run(*words, env=None):
        done = tollgate("usage", "--data", home / "book", *words,
                        env={"LC_ALL": "C.UTF-8", "NO_COLOR": "", "TERM": "xterm", **(env or {})})
        assert done.code == 0, done.err
        return done

    run.tollgate, run.home = tollgate, home
    return run


def plots_of(text):
    """{title: ({label: value}, [total lines])} of what a terminal shows."""
    plots = {}
    for part in text.strip().split("\n\n"):
        head, *lines = part.splitlines()
        rows = [re.match(r"(\S+) +(-?[\d.]+)(.*)$", line) for line in lines]
        rows = [row for row in rows if row]
        plots[head.split("  (")[0]] = ({row[1]: row[2] for row in rows if row[1] != "total"},
                                       [(row[2], row[3].strip()) for row in rows if row[1] == "total"])
    return plots


def test_a_plot_for_each_item_with_exact_numbers(book):
    plots = plots_of(book("--plot", "--tariff", "demo").out)
    assert list(plots) == ["demo: flat by day", "demo: other by day", "demo: tokens by day"]
    days, totals = plots["demo: flat by day"]
    assert list(days)[:4] == ["2026-01-05", "2026-01-06", "2026-01-07", "2026-01-08"] and len(days) == 28
    assert {day: value for day, value in days.items() if value != "0"} == {
        "2026-01-05": "8", "2026-01-08": "4", "2026-02-01": "2"}
    assert totals == [("14", "call")] and plots["demo: tokens by day"][1] == [("2.5", "1000 tokens")]


def test_months_hours_and_other_keys(book):
    months = plots_of(book("--plot", "--by", "month", "--tariff", "demo").out)
    assert months["demo: flat by month"][0] == {"2026-01": "12", "2026-02": "2"}
    hours = plots_of(book("--plot", "--by", "hour", "--tariff", "demo", "--until", "2026-01-06").out)
    assert hours["demo: flat by hour"][0] == {"2026-01-05T09:00+08:00": "8"}
    accounts = book("--plot", "--by", "account,month", "--tariff", "demo").out
    assert "demo: flat / acct-1 by month" in accounts and "\x01" not in accounts and "\u202e" not in accounts


def test_bars_are_as_long_as_their_values(book):
    lines = {line[:10]: line for line in book("--plot", "--tariff", "demo").out.splitlines()[1:29]}
    assert max(map(len, lines.values())) == 80
    assert lines["2026-01-05"].count("█") == 2 * lines["2026-01-08"].count("█") + \
        (1 if "▌" in lines["2026-01-08"] else 0)
    assert "█" not in lines["2026-01-06"]


def test_plain_and_colours(book):
    unset = {"LC_ALL": "", "LC_CTYPE": ""}
    for words, env in ((("--plain",), {}), ((), {"LC_ALL": "C"}), ((), {**unset, "LANG": "de_DE"})):
        plain = book("--plot", "--stack", "--tariff", "demo", *words, env=env).out
        assert plain.isascii() and "#" in plain and "=" in plain and "\033" not in plain
    assert not book("--plot", env={**unset, "LANG": "de_DE.utf8"}).out.isascii()
    assert "\033[34m" in book("--plot", "--stack", "--color", "always").out
    assert "\033" not in book("--plot", "--stack").out


def test_stacked_by_unit(book):
    plots = plots_of(book("--plot", "--stack", "--tariff", "demo").out)
    assert len(plots) == 1 or "demo: all items by day" in plots  # one head for each unit
    out = book("--plot", "--stack", "--tariff", "demo").out
    assert out.count("demo: all items by day  (call)") == 1 and "(1000 tokens)" in out
    assert re.search(r"total +14  █ flat call", out) and re.search(r"total +3  ▓ other call", out)


def test_cost_of_days_where_a_day_has_one(book):
    plots = plots_of(book("--plot", "--cost", "--stack", "--tariff", "demo").out)
    days, totals = plots["demo: all items, cost by day"]
    assert {day: value for day, value in days.items() if value != "0"} == {
        "2026-01-05": "4", "2026-01-06": "0.375", "2026-01-08": "2", "2026-02-01": "6"}
    assert [total[0] for total in totals] == ["7", "0.375", "5"]


def test_cost_of_cycles_where_tiers_need_all_of_it(book):
    both = book("--plot", "--cost").out
    plots = plots_of(both)
    assert plots["steps: slices, cost by cycle"] == ({"2026-01": "26", "2026-02": "2"}, [("28", "CNY")])
    assert "demo: flat, cost by day" in plots and "each bar is the bills of one cycle" in both
    rows = json.loads(book("--by", "month", "--json").out)["usage"]
    sums = defaultdict(Fraction)
    for row in rows:
        sums[f"{row['tariff']}: {row['item']}"] += Fraction(row["amount"])
    for title, (_, totals) in plots.items():
        assert sum(Fraction(total[0]) for total in totals) == sums[title.split(", cost")[0]]


def test_cycles_are_not_cut(book):
    done = book.tollgate("usage", "--data", book.home / "book", "--plot", "--cost", "--from", "2026-01-06")
    assert done.code == 2 and "ends of cycles" in done.err
    done = book.tollgate("usage", "--data", book.home / "book", "--plot", "--cost", "--by", "operation,day")
    assert done.code == 2 and "leave out `operation`" in done.err


def table_of(path):
    rows = []
    for row in ElementTree.parse(path).iter(SVG + "g"):
        cells = [cell for cell in row.iter(SVG + "text") if cell.get("role") == "cell"]
        if row.get("role") == "row" and cells:
            rows.append(tuple("".join(cell.itertext()) for cell in cells))
    return rows


def test_svg_has_the_numbers_and_nothing_that_runs(book):
    path = book.home / "usage.svg"
    assert book("--svg", path, "--by", "account,day").out == ""
    if shutil.which("xmllint"):
        subprocess.run(["xmllint", "--noout", "--nonet", path], check=True)
    root = ElementTree.parse(path).getroot()
    assert root.find(SVG + "title").text == "Usage" and "4 plots" in root.find(SVG + "desc").text
    tags = {element.tag.replace(SVG, "") for element in root.iter()}
    assert tags == {"svg", "title", "desc", "style", "rect", "text", "g", "line"}
    for element in root.iter():
        assert not [name for name in element.keys() if name.startswith("on") or "href" in name]
        assert "url(" not in (element.text or "") and "@import" not in (element.text or "")
    rows = table_of(path)
    assert ("2026-01-05", "flat / acct-1", "8") in rows and ("total", "flat / acct-1", "14") in rows
    assert [row for row in rows if row[1].startswith("other / <b>&\"'?")]
    assert "prefers-color-scheme:dark" in root.find(SVG + "style").text


def test_svg_on_standard_output_beside_a_plot(book):
    done = book("--plot", "--svg", "-", "--tariff", "steps")
    text, svg = done.out.split("<svg ", 1)
    assert "steps: slices by day" in text
    ElementTree.fromstring("<svg " + svg)


def test_golden_documents_are_well_formed():
    for name in ("plots", "empty"):
        ElementTree.parse(os.path.join(ROOT, "tests", "golden", "plot", f"{name}.svg"))


def test_nothing_used(book):
    done = book("--plot", "--account", "nobody")
    assert done.out == "Nothing was used.\n"
    assert "0 plots" in book("--svg", "-", "--account", "nobody").out


@pytest.mark.parametrize("words, reason", [
    (("--plot", "--json"), "exclude each other"), (("--cost",), "--cost goes with"),
    (("--stack",), "--stack goes with"), (("--plain",), "--plain goes with"),
    (("--svg", "/nowhere/x.svg"), "/nowhere/x.svg"),
], ids=str)
def test_mistakes(book, words, reason):
    done = book.tollgate("usage", "--data", book.home / "book", *words)
    assert done.code in (2, 4) and reason in done.err


def test_more_bars_than_anybody_reads(tollgate, tmp_path):
    (tmp_path / "demo.yaml").write_text(RULES)
    lines = [usage(1, "demo.Flat", "2025-01-01"), usage(2, "demo.Flat", "2026-01-01")]
    assert tollgate("init", tmp_path / "book", "--tariffs", tmp_path / "demo.yaml").code == 0
    for now, line in zip(("2025-01-02", "2026-01-02"), lines):
        assert tollgate("ingest", "--now", f"{now}T00:00:00Z", "-", "--data", tmp_path / "book", stdin=line).code == 0
    done = tollgate("usage", "--data", tmp_path / "book", "--plot", "--by", "hour")
    assert done.code == 2 and "too much for a plot" in done.err
    assert tollgate("usage", "--data", tmp_path / "book", "--plot", "--by", "day").code == 0
