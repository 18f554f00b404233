# SPDX-License-Identifier: Apache-2.0
"""Sums of usage by day answer as the bills and the journal do, to the last digit, whatever happened to the book."""

import json
import os
import random
import shutil
import sqlite3

import pytest

from conftest import ROOT, event
from daemon import Daemon, set_clock

DEMO = os.path.join(ROOT, "examples", "demo.ndjson")
STOPS = ["2026-02-11T00:00:00+08:00", "2026-02-21T05:00:00+08:00", "2026-03-01T00:00:00+08:00",
         "2026-03-09T13:00:00+08:00", "2026-03-20T00:00:00+08:00", "2026-04-02T00:00:00+08:00"]


RATE, OTHER_RATE = "flat: 0.142,", "flat: 0.25,"
FIRST = "kind = 0 AND account = (SELECT min(account) FROM usage_sum WHERE kind = 0)"


def with_daemon(tollgate, home, now):
    """A daemon that is ended leaves a snapshot, and before it the sums."""
    clock = f"{home}.clock"
    set_clock(clock, now)
    with Daemon(tollgate, "--data", home, "--clock-file", clock):
        pass


def database(home, *lines):
    with sqlite3.connect(os.path.join(home, "book.db")) as book:
        for line in lines:
            book.execute(line)
    book.close()


def copy(home, to, *lines):
    shutil.copytree(home, to, ignore=shutil.ignore_patterns("*.sock", "*.lock"))
    database(to, *lines)
    return to


def verify(tollgate, home):
    return tollgate("verify", "--data", home, "--json")


@pytest.fixture(scope="module")
def homes(tollgate, tmp_path_factory):
    """A book of the four tariffs with everything that corrects, part of it behind the sums in the store; and the same
    without sums."""
    top = tmp_path_factory.mktemp("sums")
    home, tariffs = top / "book", top / "tariffs"
    shutil.copytree(os.path.join(ROOT, "tariffs"), tariffs)
    assert tollgate("init", home, "--tariffs", tariffs).code == 0

    def run(*words, **more):
        done = tollgate(*words, "--data", home, **more)
        assert done.code == 0, done.err
        return done

    with open(DEMO, encoding="utf-8") as lines:
        events = sorted(lines, key=lambda line: json.loads(line)["time"])
    late, usage = [], []
    for number, line in enumerate(events):
        if not json.loads(line)["type"].startswith("tollgate."):
            usage.append(line)
            if number % 9 == 0:
                late.append(line)
    for number, now in enumerate(STOPS):
        before = STOPS[number - 1] if number else ""
        part = [line for line in events if before <= json.loads(line)["time"] < now and line not in late]
        run("ingest", "--now", now, "-", stdin="".join(part))
        run("bill", "close", "--now", now)
        if number == 3:
            run("ingest", "--now", now, "-", stdin="".join(line for line in late if json.loads(line)["time"] < now))
            back = [event("tollgate.reversal", {"event": json.loads(line), "reason": "a mistake"}, f"r{at}", time=now)
                    for at, line in enumerate(usage[3::17])]
            tollgate("ingest", "--now", now, "-", "--data", home, stdin="".join(back))  # some are refused
        if number == 4:  # all of it is rated again, and kept so
            text = (tariffs / "imm.yaml").read_text()
            assert RATE in text
            (tariffs / "imm.yaml").write_text(text.replace(RATE, OTHER_RATE))
            run("rerate", "--tariffs", tariffs, "--now", now)
        if number in (1, 3):
            with_daemon(tollgate, home, now)
    bare = copy(home, top / "bare", "DELETE FROM usage_sum", "DELETE FROM usage_sum_mark")
    billless = copy(home, top / "billless", "DELETE FROM bill")
    return home, bare, billless


def questions(count, seed=5):
    dice = random.Random(seed)
    days = [f"2026-0{month}-{day:02}{hour}" for month in (2, 3) for day in (1, 11, 17, 21)
            for hour in ("T00:00:00+08:00", "T13:00:00+08:00", "T00:00:00Z")]
    for _ in range(count):
        by = [key for key in ("account", "region", "cell", "funding") if dice.random() < 0.4]
        by += dice.choice([[], [], ["day"], ["month"], ["hour"], ["order"], ["operation"]])
        words = ["--by", ",".join(by or ["item"])]
        if dice.random() < 0.4:
            words += ["--tariff", dice.choice(["imm", "vclm", "viapi", "live"])]
        if dice.random() < 0.3:
            words += ["--account", dice.choice(["acct-1", "acct-2", "mediathek", "nobody"])]
        for word, some in (("--from", days[:len(days) // 2]), ("--until", days[len(days) // 2:])):
            if dice.random() < 0.4:
                words += [word, dice.choice(some)]
        yield words


def test_they_answer_as_bills_and_journal_do(tollgate, homes):
    home, bare, _ = homes
    sources = set()
    for words in questions(40):
        answers = [tollgate("usage", "--data", book, "--json", *words) for book in (home, bare)]
        assert answers[0].out == answers[1].out and answers[0].code == 0, words
        sources.add(answers[0].json["from"])
    assert sources == {"bills", "journal"}


def test_a_question_that_they_can_answer_reads_no_bill(tollgate, homes):
    home, _, billless = homes
    for words in (["--by", "account,region,cell,funding,month"], ["--by", "item,day", "--tariff", "viapi"]):
        assert tollgate("usage", "--data", billless, "--json", *words).json["usage"]
        assert tollgate("usage", "--data", billless, "--json", *words).out == tollgate(
            "usage", "--data", home, "--json", *words).out
    assert tollgate("usage", "--data", billless, "--by", "hour").code != 0


def test_a_daemon_answers_alike(tollgate, homes, tmp_path):
    home = copy(homes[0], tmp_path / "book")
    set_clock(tmp_path / "clock", STOPS[-1])
    with Daemon(tollgate, "--data", home, "--clock-file", tmp_path / "clock") as daemon:
        for words in questions(20, 6):
            query = "&".join(f"{word[2:]}={value.replace('+', '%2B')}" for word, value in zip(words[::2], words[1::2]))
            told = tollgate("usage", "--data", homes[1], "--json", *words).json
            assert daemon.get(f"/v1/usage?{query}").json == told, words


def test_verify_compares_them_with_the_journal(tollgate, homes, tmp_path):
    done = verify(tollgate, homes[0])
    assert done.code == 0 and done.json["sums_differ"] is False, done.out
    for number, (line, reason) in enumerate([
            (f"UPDATE usage_sum SET checksum = checksum + 1 WHERE {FIRST}", "a sum"),
            (f"DELETE FROM usage_sum WHERE {FIRST}", "is missing"),
            (f"DELETE FROM usage_sum WHERE {FIRST.replace('0', '1')}", "differs from what the journal makes by"),
            ("UPDATE usage_sum_mark SET seq = seq - 1", "mark of the sums"),
    ]):
        done = verify(tollgate, copy(homes[0], tmp_path / f"{number}", line))
        assert done.code != 0 and done.json["sums_differ"] is True, (line, done.out)
        assert reason in done.json["reason"], done.json["reason"]


def test_what_is_damaged_is_made_anew(tollgate, homes, tmp_path):
    """A reader does without them, a writer makes them from the journal."""
    damages = [["UPDATE usage_sum SET checksum = checksum + 1"], ["UPDATE usage_sum_mark SET seq = seq + 1"],
               ["DELETE FROM usage_sum_mark"], ["DROP TABLE usage_sum", "DROP TABLE usage_sum_mark"]]
    words = ["--by", "account,month"]
    want = tollgate("usage", "--data", homes[0], "--json", *words).out
    for number, damage in enumerate(damages):
        home = copy(homes[0], tmp_path / f"{number}", *damage)
        assert tollgate("usage", "--data", home, "--json", *words).out == want
        for _ in range(2):  # sums that cannot be added to are given up, and made by the next one who writes
            with_daemon(tollgate, home, STOPS[-1])
        assert verify(tollgate, home).code == 0
        assert tollgate("usage", "--data", home, "--json", *words).out == want
