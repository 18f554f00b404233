# SPDX-License-Identifier: Apache-2.0
"""Backups: whole at every moment of a running writer, never over anything, restored only once all of it is verified."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import time

import pytest

from conftest import ROOT, event
from daemon import Daemon

NOW = "2026-02-16T00:00:00Z"
PARTS = ("bill preview", "balance", "alerts", "events unpriced", "events rejected")


def lines(start, count):
    return "".join(event("imm.DetectImageFaces", {"count": 1}, number, account=f"acct-{number % 7}")
                   for number in range(start, start + count))


@pytest.fixture
def home(tollgate, tmp_path):
    """A data directory with three batches."""
    path = tmp_path / "book"
    assert tollgate("init", path, "--tariffs", os.path.join(ROOT, "tariffs")).code == 0
    for start in range(0, 300, 100):
        assert tollgate("ingest", "--data", path, "--now", NOW, "-", stdin=lines(start, 100)).code == 0
    return path


def answers(tollgate, data):
    return [tollgate(*part.split(), "--data", data, "--json").out for part in PARTS]


def names(path):
    return sorted(entry.name for entry in path.iterdir())


def test_a_restored_book_gives_the_same_answers_and_goes_on(tollgate, home, tmp_path):
    backup, again = tmp_path / "backup", tmp_path / "again"
    made = tollgate("backup", "--data", home, backup, "--json")
    assert made.code == 0 and made.json["batches"] == 3
    restored = tollgate("restore", backup, "--data", again, "--json")
    assert restored.code == 0 and restored.json["documents"] == 300 and restored.json["head"] == made.json["head"]
    assert tollgate("verify", "--data", again, "--json").json["head"] == made.json["head"]
    assert answers(tollgate, again) == answers(tollgate, home)
    for data in (home, again):  # what is known stays known, what is new is added
        assert tollgate("ingest", "--data", data, "--now", NOW, "-", stdin=lines(250, 100)).code == 0
    assert answers(tollgate, again) == answers(tollgate, home)
    assert tollgate("verify", "--data", again, "--json").json["documents"] == 350


def test_a_backup_is_one_database_file_that_needs_no_log(tollgate, home, tmp_path):
    backup = tmp_path / "backup"
    assert tollgate("backup", "--data", home, backup).code == 0
    assert names(backup) == ["book.db", "tariffs", "tariffs-shipped"]
    assert names(tmp_path) == ["backup", "book"]  # no draft is left


def test_backups_of_a_running_ingest_are_whole(tollgate, home, tmp_path):
    writer = subprocess.Popen([tollgate.path, "ingest", "--data", str(home), "--now", NOW, "--threads", "1", "-"],
                              stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
    documents = []
    try:
        for turn in range(6):
            writer.stdin.write(lines(1000 + 8000 * turn, 8000).encode())
            backup, again = tmp_path / f"backup-{turn}", tmp_path / f"again-{turn}"
            assert tollgate("backup", "--data", home, backup).code == 0
            restored = tollgate("restore", backup, "--data", again, "--json")
            assert restored.code == 0, restored.err
            documents.append(restored.json["documents"])
    finally:
        writer.stdin.close()
        assert writer.wait() == 0
    assert documents == sorted(documents) and documents[0] >= 300 and documents[-1] > documents[0]
    assert tollgate("verify", "--data", home, "--json").json["documents"] == 300 + 6 * 8000


def test_a_backup_that_is_killed_leaves_no_target(tollgate, home, tmp_path):
    for pause in range(12):
        target = tmp_path / f"backup-{pause}"
        child = subprocess.Popen([tollgate.path, "backup", "--data", str(home), str(target)],
                                 stderr=subprocess.DEVNULL)
        time.sleep(pause * 0.002)
        child.send_signal(signal.SIGKILL)
        child.wait()
        if target.exists():
            assert tollgate("restore", target, "--data", tmp_path / f"again-{pause}").code == 0
    assert tollgate("verify", "--data", home).code == 0


def test_nothing_is_ever_replaced(tollgate, home, tmp_path):
    for name in ("empty", "full"):
        (tmp_path / name).mkdir()
    (tmp_path / "full" / "note").write_text("mine")
    (tmp_path / "file").write_text("mine")
    backup = tmp_path / "backup"
    assert tollgate("backup", "--data", home, backup).code == 0
    for name in ("empty", "full", "file", "backup"):
        refused = tollgate("backup", "--data", home, tmp_path / name)
        assert refused.code == 1 and "is there already" in refused.err
        refused = tollgate("restore", backup, "--data", tmp_path / name)
        assert refused.code == 1 and "is there already" in refused.err
    assert (tmp_path / "full" / "note").read_text() == "mine" and (tmp_path / "file").read_text() == "mine"
    assert names(tmp_path) == ["backup", "book", "empty", "file", "full"]


def change(path, statement):
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(statement)
    connection.close()


@pytest.mark.parametrize("statement, says", [
    ("UPDATE journal SET blob = zeroblob(length(blob)) WHERE seq = 2", "batch 2"),
    ("DELETE FROM journal WHERE seq = 2", "batch 2"),
    ("UPDATE document SET value = zeroblob(16) WHERE name = 'tariffs'", "damaged"),
    ("PRAGMA user_version = 99", "version 99")],
    ids=["a batch is overwritten", "a batch is missing", "a document is overwritten", "a later format"])
def test_a_damaged_backup_is_refused(tollgate, home, tmp_path, statement, says):
    backup = tmp_path / "backup"
    assert tollgate("backup", "--data", home, backup).code == 0
    change(backup / "book.db", statement)
    refused = tollgate("restore", backup, "--data", tmp_path / "again")
    assert refused.code in (1, 4) and says in refused.err
    assert names(tmp_path) == ["backup", "book"]


def test_a_cut_backup_is_refused(tollgate, home, tmp_path):
    backup = tmp_path / "backup"
    assert tollgate("backup", "--data", home, backup).code == 0
    path = backup / "book.db"
    whole = path.read_bytes()
    for size in (0, 100, 16384, len(whole) // 2, len(whole) - 16384):
        path.write_bytes(whole[:size])
        refused = tollgate("restore", backup, "--data", tmp_path / "again")
        assert refused.code in (1, 4) and refused.err
        assert names(tmp_path) == ["backup", "book"]


def test_a_backup_that_was_opened_since_is_restored_with_its_log(tollgate, home, tmp_path):
    backup, again = tmp_path / "backup", tmp_path / "again"
    assert tollgate("backup", "--data", home, backup).code == 0
    child = subprocess.Popen([tollgate.path, "ingest", "--data", str(backup), "--now", NOW, "-"],
                             stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
    child.stdin.write((lines(1000, 20000)).encode())
    child.stdin.flush()
    time.sleep(0.3)
    child.send_signal(signal.SIGKILL)  # it leaves a log
    child.wait()
    restored = tollgate("restore", backup, "--data", again, "--json")
    assert restored.code == 0, restored.err
    shutil.copytree(backup, tmp_path / "copy")
    assert restored.json["documents"] == tollgate("verify", "--data", tmp_path / "copy", "--json").json["documents"]


def test_what_is_no_book_and_no_backup_is_said(tollgate, home, tmp_path):
    refused = tollgate("backup", "--data", tmp_path / "nowhere", tmp_path / "backup")
    assert refused.code == 4 and "there is no book" in refused.err
    refused = tollgate("restore", tmp_path / "nowhere", "--data", tmp_path / "again")
    assert refused.code == 4 and "there is no backup" in refused.err
    refused = tollgate("backup", "--data", home, tmp_path / "no" / "such" / "place")
    assert refused.code == 4 and "cannot make a directory beside" in refused.err
    assert names(tmp_path) == ["book"]


def bearer(secret):
    return {"Authorization": f"Bearer {secret}"}


def test_a_restored_book_takes_its_keys_with_its_pepper(tollgate, home, tmp_path):
    """Backed up beside a daemon that changes keys all the while; restored: the audit log is whole and has a line for
    every key, and the keys enter once the pepper is back."""
    with Daemon(tollgate, "--data", home) as daemon:
        made = [daemon.post("/v1/keys", json.dumps({"name": f"key {number}", "roles": ["read"]})).json
                for number in range(3)]
        ended = made[0]["key"]["id"]
        assert daemon.post(f"/v1/keys/{ended}/revoke", "").status == 200
        assert daemon.post("/v1/webhooks", '{"url":"https://hooks.example.com/"}').status == 201
        assert tollgate("backup", tmp_path / "backup", "--data", home).code == 0
        assert daemon.post("/v1/keys", json.dumps({"name": "too late", "roles": ["read"]})).status == 201
    assert names(tmp_path / "backup") == ["audit.ndjson", "book.db", "tariffs", "tariffs-shipped"]
    pepper = (home / "pepper").read_bytes()
    assert not any(pepper.strip() in path.read_bytes() for path in (tmp_path / "backup").iterdir() if path.is_file())
    done = tollgate("restore", tmp_path / "backup", "--data", tmp_path / "again", "--json")
    assert done.code == 0 and done.json["needs_pepper"] and done.json["audit_lines"] >= 10
    assert "3 keys and 1 webhooks" in done.err and str(tmp_path / "again" / "pepper") in done.err
    assert tollgate("audit", "verify", "--data", tmp_path / "again").code == 0
    actions = [json.loads(line)["action"] for line in (tmp_path / "again" / "audit.ndjson").read_text().splitlines()]
    assert actions.count("key_add") == 6 and actions.count("key_end") == 2
    with pytest.raises(AssertionError, match="pepper"):
        Daemon(tollgate, "--data", tmp_path / "again")
    (tmp_path / "again" / "pepper").write_bytes(b"0" * 64 + b"\n")
    (tmp_path / "again" / "pepper").chmod(0o600)
    with pytest.raises(AssertionError, match="another pepper"):
        Daemon(tollgate, "--data", tmp_path / "again")
    (tmp_path / "again" / "pepper").write_bytes(pepper)
    with Daemon(tollgate, "--data", tmp_path / "again") as daemon:
        statuses = [daemon.get("/v1/whoami", **bearer(one["secret"])).status for one in made]
        assert statuses == [401, 200, 200]
        assert len(daemon.get("/v1/webhooks").json["items"]) == 1
    assert tollgate("audit", "verify", "--data", tmp_path / "again").code == 0


def test_a_log_that_is_written_or_rotated_meanwhile_is_whole(tollgate, home, tmp_path):
    """A line without its end is no line yet, and files that were rotated away belong to the log."""
    with Daemon(tollgate, "--data", home) as daemon:
        for number in range(4):
            assert daemon.post("/v1/keys", json.dumps({"name": f"key {number}", "roles": ["read"]})).status == 201
    whole = (home / "audit.ndjson").read_bytes()
    (home / "audit.ndjson").write_bytes(whole + b'{"seq":9,"at":"20')
    assert tollgate("backup", tmp_path / "one", "--data", home).code == 0
    assert (tmp_path / "one" / "audit.ndjson").read_bytes() == whole
    lines = whole.splitlines(keepends=True)
    (home / "audit-00000000000000000001.ndjson").write_bytes(b"".join(lines[:4]))
    (home / "audit.ndjson").write_bytes(b"".join(lines[4:]))
    rotated = tollgate("audit", "verify", "--data", home, "--json").json
    assert tollgate("backup", tmp_path / "two", "--data", home).code == 0
    assert tollgate("audit", "verify", "--data", tmp_path / "two", "--json").json == rotated
    assert rotated["lines"] == len(lines)


def test_who_sells_and_buys_is_in_it(tollgate, home, tmp_path):
    def restored(name):
        done = tollgate("restore", tmp_path / "backup", "--data", tmp_path / name, "--json")
        assert done.code == 0
        return done
    text = b"seller: {name: Example Ltd, country: DE}\nbuyers:\n  acct-1: {name: One}\n"
    (home / "parties.yaml").write_bytes(text)
    assert tollgate("backup", tmp_path / "backup", "--data", home).code == 0
    assert restored("whole").json["parties"] == "whole"
    assert (tmp_path / "whole" / "parties.yaml").read_bytes() == text
    (tmp_path / "backup" / "parties.yaml").write_bytes(text.replace(b"seller", b"sells"))
    damaged = restored("damaged")
    assert damaged.json["parties"] == "damaged"
    assert "parties.yaml:1:1: error" in damaged.err and "parties.yaml in it is damaged" in damaged.err
    (tmp_path / "backup" / "parties.yaml").unlink()
    assert restored("none").json["parties"] == "none"
