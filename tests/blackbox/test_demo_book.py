# SPDX-License-Identifier: Apache-2.0
"""The demo that `make run` serves: the same documents every time, and something of everything in its book."""

import datetime
import os
import pty
import re
import signal
import subprocess
import sys

import pytest
from conftest import ROOT

sys.path.insert(0, os.path.join(ROOT, "tools"))

import demo_book  # noqa: E402

NOW = datetime.datetime.fromisoformat("2026-07-16T14:30:00+00:00")


@pytest.fixture(name="book", scope="module")
def book_fixture(tmp_path_factory):
    """Made as `make run` makes it."""
    book = tmp_path_factory.mktemp("demo") / "book"
    command = [sys.executable, os.path.join(ROOT, "tools", "demo.py"), "--make-only", "--data", str(book)]
    subprocess.run(command + ["--now", NOW.isoformat()], check=True)
    return book


def test_the_same_seed_says_the_same():
    assert demo_book.weeks(1, NOW) == demo_book.weeks(1, NOW)
    assert demo_book.weeks(1, NOW) != demo_book.weeks(2, NOW)


def test_nothing_is_of_the_future():
    story = demo_book.Story(1, NOW)
    for tell in demo_book.STORIES:
        tell(story)
    assert max(when for when, *_ in story.said) <= NOW


def test_there_is_something_of_everything(book, tollgate):
    def told(*words):
        return tollgate(*words, "--json", "--data", book).json

    bills = told("bill", "list")["bills"]
    assert {bill["tariff"] for bill in bills} == {"imm", "ims-batch", "ims-batch-cn", "vclm", "viapi"}
    assert {bill["kind"] for bill in bills} == {"orders", "usage", "settlement"}
    alerts = {alert["kind"] for alert in told("alerts")["alerts"]}
    assert {"package-low", "overdue", "suspended", "over-limit", "unpriced", "balance-low"} <= alerts
    balances = told("balance")["balances"]
    assert any(0 < float(balance["remaining"] or 0) < float(balance["bought"]) for balance in balances)
    assert any(balance["held"] not in (None, "0") for balance in balances)
    assert told("hold", "list")["holds"]
    assert told("events", "unpriced")["unpriced"] and told("events", "rejected")["rejected"]
    assert told("events", "reversed")["reversed"]
    assert any(wallet["suspended"] for wallet in told("wallet", "show")["wallets"])


def test_it_is_whole(book, tollgate):
    assert tollgate("verify", "--data", book).code == 0


def test_without_a_terminal_it_ends_once_the_address_has_answered(tmp_path):
    done = subprocess.run([sys.executable, os.path.join(ROOT, "tools", "demo.py"), "--data", str(tmp_path / "book"),
                           "--port", "18080"], check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, encoding="utf-8")
    assert done.returncode == 0, done.stdout
    assert re.search(r"http://127\.0\.0\.1:180\d\d/", done.stdout)
    assert len(re.findall(r"\btg_\w{12}_\w{43}_\w{6}\b", done.stdout)) == 2
    assert not os.path.exists(tmp_path / "book" / "tollgate.sock")


def test_on_a_terminal_it_stays_until_it_is_ended(tmp_path):
    terminal, end = pty.openpty()
    demo = subprocess.Popen([sys.executable, os.path.join(ROOT, "tools", "demo.py"), "--data", str(tmp_path / "book"),
                             "--port", "18180"], stdin=end, stdout=end, stderr=end, start_new_session=True)
    os.close(end)
    said = b""
    while b"Ctrl-C ends it" not in said:
        said += os.read(terminal, 65536)
    assert demo.poll() is None and (tmp_path / "book" / "tollgate.sock").exists()
    again = subprocess.run([sys.executable, os.path.join(ROOT, "tools", "demo.py"), "--data", str(tmp_path / "book")],
                           check=False, stderr=subprocess.PIPE, encoding="utf-8")
    assert again.returncode == 1 and "it runs already, on http://127.0.0.1:181" in again.stderr
    demo.send_signal(signal.SIGINT)
    assert demo.wait(60) == 0
    os.close(terminal)
    assert not (tmp_path / "book" / "tollgate.sock").exists()


def test_a_folder_that_is_no_demo_is_left_alone(tmp_path):
    (tmp_path / "mine").mkdir()
    done = subprocess.run([sys.executable, os.path.join(ROOT, "tools", "demo.py"), "--data", str(tmp_path / "mine")],
                          check=False, stderr=subprocess.PIPE, encoding="utf-8")
    assert done.returncode == 1 and "is no demo" in done.stderr
