# SPDX-License-Identifier: Apache-2.0
"""The benchmarks measure what they say: their journal is rated whole, and their programs see every line of it."""

import io
import json
import os
import subprocess
import sys

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BENCH = os.path.join(ROOT, "build", "bench")
sys.path.insert(0, os.path.join(ROOT, "bench"))
import console  # pylint: disable=wrong-import-position
import serve  # pylint: disable=wrong-import-position


def run(name, *words):
    command = [os.path.join(BENCH, name), *map(str, words)]
    return subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout


@pytest.fixture(scope="module", name="journal")
def journal_fixture(tmp_path_factory):
    path = tmp_path_factory.mktemp("bench") / "journal.ndjson"
    path.write_bytes(run("gen_journal", 20000, 100))
    return path


def test_the_same_arguments_give_the_same_journal(journal):
    assert run("gen_journal", 20000, 100, 1) == journal.read_bytes()
    assert run("gen_journal", 20000, 100, 2) != journal.read_bytes()


def test_every_line_of_the_journal_is_priced(journal, tollgate):
    answer = tollgate("rate", "--json", journal).json
    assert answer["unpriced"] == [] and answer["rejected"] == []
    assert answer["counts"]["events"] + answer["counts"]["commands"] + answer["duplicates"] == 20000
    assert answer["duplicates"] > 0
    assert {bill["tariff"] for bill in answer["bills"]} == {"imm", "ims-batch", "viapi", "vclm"}


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_the_steps_see_every_line(journal, threads):
    size = journal.stat().st_size
    assert json.loads(run("steps", "read", threads, journal))["bytes"] == size
    assert json.loads(run("steps", "split", threads, journal))["lines"] == 20000
    parsed = json.loads(run("steps", "parse", threads, journal))
    assert parsed["lines"] == 20000 and parsed["errors"] == 0 and parsed["tokens"] > 20000 * 20


def test_the_reader_reads_every_line(journal):
    read = json.loads(run("reader", "tariffs", journal, 2))
    assert read["lines"] == 20000 and read["rejected"] == 0 and read["unpriced"] == 0 and read["usages"] > 15000


def test_sqlite_keeps_what_was_not_sent_twice(journal, tollgate, tmp_path):
    sums = json.loads(run("sqlite_rate", journal, tmp_path / "bench.db"))
    answer = tollgate("rate", "--json", journal).json
    assert sums["rows"] == 20000 - answer["duplicates"]


def test_the_core_applies_all_events():
    assert json.loads(run("core", "tariffs", 50, 5000))["events"] == 5000


def test_the_daemon_answers_all_that_is_sent(tollgate, tmp_path):
    rows = serve.measure(tollgate.path, BENCH, tmp_path, 0.2)
    assert [row["name"] for row in rows][:2] == ["http: a constant", "http: events in posts of 100, durable"]
    for row in rows:
        assert row["lines"] > 0 and row["wrong"] == 0 and row["p50_us"] <= row["p99_us"] <= row["p9999_us"]
    shown = tollgate("stats", "--data", tmp_path / "served", "--json").json
    assert shown["events"] >= rows[1]["lines"] + rows[2]["lines"]
    out = io.StringIO()
    serve.show(rows, out)
    assert len(out.getvalue().splitlines()) == len(rows) + 1


def test_what_the_console_asks_for_is_answered(tollgate, tmp_path, monkeypatch):
    monkeypatch.setattr(console, "ROUNDS", 1)
    monkeypatch.setattr(console.shutil, "which", lambda name: None)  # without a browser
    rows = console.measure(tollgate.path, BENCH, tmp_path, 3000, 60)
    asked = [row for row in rows if "bytes" in row]
    assert len(asked) > 15 and len({row["name"] for row in rows}) == len(rows)
    assert [row["name"] for row in asked if row["bytes"] == 0] == ["GET /v1/now, nothing new"]
    assert all(0 < row["seconds"] <= row["worst"] for row in asked)
    out = io.StringIO()
    console.show(rows, out)
    assert len(out.getvalue().splitlines()) == len(rows) + 1
