# SPDX-License-Identifier: Apache-2.0
"""Looking after a data directory: stats counts what is there, doctor finds what is wrong and says what helps."""

import os
import shutil
import socket
import sqlite3
import subprocess
import time

import pytest

from conftest import ROOT, event
from daemon import Daemon

NOW = "2026-02-16T00:00:00Z"
AROUND = ["time", "service", "weasyprint", "ffprobe"]  # of the machine: may be a note
CHECKS = ["directory", "permissions", "writer", "daemon", "pepper", "audit", "parties", "space", "log", "book",
          "journal", "clock", "snapshots", "bills", "ledger"] + AROUND


@pytest.fixture
def book(tollgate, tmp_path):
    home = tmp_path / "book"
    assert tollgate("init", home, "--tariffs", os.path.join(ROOT, "tariffs")).code == 0

    def run(*words, **more):
        return tollgate(*words, "--data", home, **more)

    def doctor(now=NOW):
        told = run("doctor", "--json", "--now", now)
        return told.code, {row["check"]: row for row in told.json["checks"]}

    run.home, run.doctor = home, doctor
    return run


def fill(book, tmp_path, count):
    """So many batches of one event each."""
    files = []
    for number in range(count):
        files.append(tmp_path / f"{number}.ndjson")
        files[-1].write_text(event("imm.DetectImageFaces", {"count": 1}, number, account=f"a-{number % 3}"))
    assert book("ingest", "--now", NOW, *files).code == 0


def change(book, statement):
    store = sqlite3.connect(book.home / "book.db")
    with store:
        store.execute(statement)
    store.close()


# ---- stats ----

def test_stats_of_an_empty_book(book):
    told = book("stats", "--json").json
    assert told["batches"] == told["documents"] == told["accounts"] == told["bills"] == told["snapshots"] == 0
    assert told["first_recorded_at"] is None and told["stored_bytes_per_document"] == "0.0"
    assert told["files"]["book.db"] == (book.home / "book.db").stat().st_size


def test_stats_count_what_is_there(book, tmp_path):
    fill(book, tmp_path, 70)
    book("order", "a-1", "object-detection-5000", "--tariff", "viapi", "--now", "2026-02-17T00:00:00Z")
    told = book("stats", "--json").json
    assert (told["batches"], told["documents"], told["identities"]) == (71, 71, 71)
    assert (told["accounts"], told["events"], told["commands"], told["orders"], told["bills"]) == (3, 70, 1, 1, 1)
    assert told["snapshots"] == 1 and told["newest_snapshot"] == 70
    assert told["first_recorded_at"] == NOW and told["last_recorded_at"] == "2026-02-17T00:00:00Z"
    stored = sqlite3.connect(f"file:{book.home}/book.db?mode=ro", uri=True).execute(
        "SELECT sum(length(blob)) FROM journal").fetchone()[0]
    assert told["stored_bytes"] == stored
    assert told["stored_bytes_per_document"] == f"{stored * 10 // 71 // 10}.{stored * 10 // 71 % 10}"
    assert told["resident_bytes"] > told["identity_bytes"] >= 71 * 20
    assert f"batches{71:>17}" in book("stats").out


# ---- doctor ----

def test_all_is_well(book, tmp_path):
    for _ in range(2):
        code, checks = book.doctor()
        assert code == 0 and list(checks) in (CHECKS, [name for name in CHECKS if name != "clock"])
        assert all(row["level"] == "ok" or name in AROUND and row["level"] == "note" for name, row in checks.items())
        assert all((row["level"] == "ok") == (row["remedy"] is None) for row in checks.values())
        fill(book, tmp_path, 3)
    text = book("doctor", "--now", NOW)
    assert text.code == 0 and all(line[:8].strip() in ("ok", "note", "") for line in text.out.splitlines())


def found(book, check, level, text, now=NOW):
    """The only thing that is wrong."""
    code, checks = book.doctor(now)
    assert code == 1
    assert {name: row["level"] for name, row in checks.items() if row["level"] not in ("ok", "note")} == {check: level}
    assert text in checks[check]["text"] and checks[check]["remedy"]
    shown = book("doctor", "--now", now)
    assert shown.code == 1 and level in shown.out and checks[check]["remedy"] in shown.out
    return checks


def test_missing_directory(book):
    book.home = book.home.rename(book.home.parent / "moved")
    code, checks = book.doctor()
    assert code == 1 and checks["directory"]["level"] == "fault" and "tollgate init" in checks["directory"]["remedy"]


def test_directory_without_a_book(book):
    (book.home / "book.db").unlink()
    found(book, "book", "fault", "there is none")


def test_others_may_write(book):
    (book.home / "book.db").chmod(0o666)
    found(book, "permissions", "warning", "others than the owner")


def test_a_list_of_sellers_and_buyers_with_mistakes(book):
    (book.home / "parties.yaml").write_text("sells: {}\n")
    found(book, "parties", "fault", "cannot be read")


def test_a_socket_without_a_daemon(book):
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(book.home / "tollgate.sock"))
    found(book, "daemon", "warning", "does not run")


def test_a_daemon_that_runs(book, tollgate):
    with Daemon(tollgate, "--data", book.home):
        code, checks = book.doctor("2100-01-01T00:00:00Z")
        assert code == 0 and "takes connections" in checks["daemon"]["text"]
        assert "is writing" in checks["writer"]["text"] and "its owner alone" in checks["pepper"]["text"]


def test_a_pepper_that_others_may_read(book):
    assert book("key", "create", "one", "--role", "read").code == 0
    (book.home / "pepper").chmod(0o644)
    found(book, "pepper", "fault", "others than the owner")


@pytest.mark.parametrize("text, level, words", [
    (None, "note", "need their pepper"), ("0" * 64, "fault", "another pepper"), ("nonsense", "fault", "no pepper")])
def test_a_pepper_that_is_lost_or_wrong(book, text, level, words):
    assert book("key", "create", "one", "--role", "read").code == 0
    (book.home / "pepper").unlink()
    if text:
        (book.home / "pepper").write_text(text + "\n")
        (book.home / "pepper").chmod(0o600)
    code, checks = book.doctor()
    assert (checks["keys"]["level"], code) == (level, int(level == "fault")) and words in checks["keys"]["text"]


def test_a_book_that_may_not_be_written(book, tollgate):
    """No daemon begins with it, to end at the first write."""
    as_other = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
    book.home.chmod(0o777)
    for path in book.home.parents[:-1]:
        if as_other and path.stat().st_uid == os.geteuid() and str(path) != "/tmp":
            path.chmod(path.stat().st_mode | 0o111)
    (book.home / "book.db").chmod(0o444)
    (book.home / "book.db.lock").touch()
    (book.home / "book.db.lock").chmod(0o666)
    done = subprocess.run([*as_other, tollgate.path, "serve", "--data", book.home], capture_output=True, text=True,
                          timeout=30, check=False)
    assert done.returncode == 4 and "it may not be written" in done.stderr, done.stderr


def test_a_changed_audit_log(book):
    assert book("key", "create", "one", "--role", "read").code == 0
    path = book.home / "audit.ndjson"
    path.write_text(path.read_text().replace("key_add", "key_end", 1))
    found(book, "audit", "fault", "audit.ndjson, line")


def test_programs_that_are_not_there(book):
    told = book("doctor", "--json", "--now", NOW, env={"PATH": str(book.home)})
    rows = {row["check"]: row for row in told.json["checks"]}
    assert told.code == 0 and rows["ffprobe"]["level"] == rows["weasyprint"]["level"] == "note"
    assert "ffmpeg" in rows["ffprobe"]["remedy"]


def test_changed_tariffs(book):
    path = book.home / "tariffs" / "imm.yaml"
    path.write_text(path.read_text().replace("0.028", "0.027"))
    found(book, "book", "fault", "were changed")


def test_damaged_journal(book, tmp_path):
    fill(book, tmp_path, 3)
    change(book, "UPDATE journal SET blob = zeroblob(length(blob)) WHERE seq = 2")
    found(book, "book", "fault", "batch 2")


def test_damage_that_a_snapshot_hides_from_opening(book, tmp_path):
    fill(book, tmp_path, 64)
    change(book, "UPDATE journal SET blob = zeroblob(length(blob)) WHERE seq = 64")
    assert book("balance").code == 0
    found(book, "journal", "fault", "batch 64")


def test_clock_behind_the_journal(book, tmp_path):
    fill(book, tmp_path, 1)
    found(book, "clock", "warning", "behind the last batch", now="2026-02-15T23:54:59Z")
    assert book.doctor("2026-02-15T23:55:00Z")[0] == 0


def test_damaged_snapshot(book, tmp_path):
    fill(book, tmp_path, 64)
    change(book, "UPDATE document SET value = zeroblob(length(value)) WHERE kind = 'snapshot'")
    found(book, "snapshots", "warning", "1 damaged")


def test_many_batches_without_a_snapshot(book, tmp_path):
    fill(book, tmp_path, 1025)
    change(book, "DELETE FROM document WHERE kind = 'snapshot'")
    found(book, "snapshots", "warning", "1025 batches")
    assert book("order", "a", "object-detection-5000", "--tariff", "viapi", "--now", NOW).code == 0
    code, checks = book.doctor()
    assert code == 0 and checks["snapshots"]["text"].startswith("0 batches")


def test_a_writer_is_named_and_not_in_the_way(book, tollgate):
    slow = subprocess.Popen([tollgate.path, "ingest", "--data", str(book.home), "--now", NOW, "-"],
                            stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        lock = book.home / "book.db.lock"
        for _ in range(1000):
            if str(slow.pid) in lock.read_text():
                break
            time.sleep(0.01)
        code, checks = book.doctor()
        assert code == 0 and checks["writer"]["text"] == f"process {slow.pid} is writing"
        assert book("stats", "--json").json["batches"] == 0
    finally:
        slow.stdin.close()
        slow.wait()
    assert book.doctor()[1]["writer"]["text"] == "nobody is writing"


def test_doctor_changes_nothing(book, tmp_path):
    fill(book, tmp_path, 3)
    before = shutil.copytree(book.home, tmp_path / "before")
    book.doctor()
    assert (book.home / "book.db").read_bytes() == (before / "book.db").read_bytes()
