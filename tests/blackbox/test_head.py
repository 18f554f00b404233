# SPDX-License-Identifier: Apache-2.0
"""Whatever is done to journal or bills, `verify` finds it; what no hash inside can show, a head kept elsewhere does."""

import json
import os
import shutil
import sqlite3
import stat
import subprocess

import pytest

from conftest import ROOT, event

FEBRUARY, MARCH = "2026-02-16T00:00:00Z", "2026-03-16T00:00:00Z"
AT = "2026-04-02T00:00:00+08:00"


def run_sql(home, *statements):
    connection = sqlite3.connect(home / "book.db")
    with connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def events(start, count, account="acct"):
    return "".join(event("imm.DetectImageFaces", {"count": 1000}, number, account=f"{account}-{number % 5}")
                   for number in range(start, start + count))


@pytest.fixture(name="make")
def fixture_make(tollgate, tmp_path):
    """Makes a book of two batches of usage, then bills for February; `more` adds batches, and the bills of March."""

    def make(name="book", account="acct"):
        home = tmp_path / name
        assert tollgate("init", home, "--tariffs", os.path.join(ROOT, "tariffs")).code == 0
        for start in (0, 100):
            lines = events(start, 100, account)
            assert tollgate("ingest", "--data", home, "--now", FEBRUARY, "-", stdin=lines).code == 0
        assert tollgate("tick", "--data", home, "--id", "t-1", "--now", "2026-03-02T00:00:00+08:00").code == 0
        return home

    return make


def more(tollgate, home):
    usage = event("imm.DetectImageFaces", {"count": 7}, 900).replace("2026-02-15", "2026-03-15")
    assert tollgate("ingest", "--data", home, "--now", MARCH, "-", stdin=usage).code == 0
    assert tollgate("tick", "--data", home, "--id", "t-2", "--now", AT).code == 0
    usage = event("imm.DetectImageFaces", {"count": 7}, 901).replace("2026-02-15", "2026-04-01")
    assert tollgate("ingest", "--data", home, "--now", AT, "-", stdin=usage).code == 0


def verify(tollgate, home, *words):
    result = tollgate("verify", "--data", home, "--json", *words)
    return result.code, json.loads(result.out) if result.out else result.err


LAST = "SELECT max(seq) FROM journal"
LAST_BILLS = "SELECT max(first) FROM bill"
MUTATIONS = {
    "a batch is edited": ["UPDATE journal SET blob = zeroblob(length(blob)) WHERE seq = 2"],
    "a batch's hash is edited": ["UPDATE journal SET hash = zeroblob(32) WHERE seq = 1"],
    "the last batch's hash is edited": [f"UPDATE journal SET hash = zeroblob(32) WHERE seq = ({LAST})"],
    "a batch is deleted": ["DELETE FROM journal WHERE seq = 3"],
    "two batches are exchanged": ["UPDATE journal SET seq = 9 WHERE seq = 1",
                                  "UPDATE journal SET seq = 1 WHERE seq = 2",
                                  "UPDATE journal SET seq = 2 WHERE seq = 9"],
    "a batch is there twice": [f"INSERT INTO journal SELECT seq + 1, hash, blob FROM journal WHERE seq = ({LAST})"],
    "the batches that made the last bills are cut off": [f"DELETE FROM journal WHERE seq >= ({LAST}) - 1"],
    "all batches are cut off": ["DELETE FROM journal"],
    "a bill is edited": [f"UPDATE bill SET blob = zeroblob(length(blob)) WHERE first = ({LAST_BILLS})"],
    "a bill's hash is edited": ["UPDATE bill SET head = zeroblob(32) WHERE first = 1"],
    "a bill is deleted": ["DELETE FROM bill WHERE first = 1"],
    "bills are exchanged": ["UPDATE bill SET first = 90 WHERE first = 1",
                            "UPDATE bill SET first = 1 WHERE first = (SELECT max(first) FROM bill WHERE first < 90)"],
    "the last bills are cut off": [f"DELETE FROM bill WHERE first = ({LAST_BILLS})"],
    "all bills and their mark are gone": ["DELETE FROM bill", "DELETE FROM bill_mark", "DELETE FROM bill_account",
                                          "DELETE FROM bill_series"],
    "the mark is edited": ["UPDATE bill_mark SET seq = seq - 1"],
    "an account is no longer found": ["DELETE FROM bill_account WHERE position = 2"],
    "a series is no longer found": ["DELETE FROM bill_series"],
}


@pytest.mark.parametrize("statements", MUTATIONS.values(), ids=MUTATIONS.keys())
def test_every_mutation_is_found(tollgate, make, statements):
    home = make()
    more(tollgate, home)
    assert verify(tollgate, home)[0] == 0
    run_sql(home, *statements)
    code, found = verify(tollgate, home)
    assert code in (1, 4), found
    assert code == 4 or found["ok"] is False
    if code == 1 and "bill" in statements[0]:
        assert found["bills_differ"] is True and found["reason"]


def test_a_journal_that_ends_before_its_snapshot_was_cut(tollgate, make):
    home = make()
    connection = sqlite3.connect(home / "book.db")
    last = connection.execute("SELECT max(seq) FROM journal").fetchone()[0]
    name = f"{last + 1:020d}"
    with connection:
        connection.execute("INSERT INTO document VALUES('snapshot', ?, 0, 1, zeroblob(60), 0)", (name,))
    connection.close()
    code, found = verify(tollgate, home)
    assert code == 1 and found["bad_batch"] == last + 1 and "cut off" in found["reason"]


def test_a_head_shows_what_an_older_whole_book_does_not(tollgate, make, tmp_path):
    home, key = make(), tmp_path / "key.pem"
    older = tmp_path / "older"
    assert tollgate("backup", "--data", home, older).code == 0
    more(tollgate, home)
    public = tollgate("head", "--new-key", key, "--json").json["public_key"]
    for name, words in (("signed", ["--key", key]), ("plain", [])):
        head = tmp_path / f"{name}.json"
        head.write_text(tollgate("head", "--data", home, "--now", AT, *words).out)
        keys = ["--public-key", public] if words else []
        code, found = verify(tollgate, home, "--head", head, *keys)
        assert code == 0 and found["holds_head"] is True
        assert verify(tollgate, older)[0] == 0  # nothing inside shows it
        code, found = verify(tollgate, older, "--head", head, *keys)
        assert code == 1 and found["ok"] is False and found["holds_head"] is False and "cut off" in found["reason"]
    late = event("imm.DetectImageFaces", {}, 999)
    assert tollgate("ingest", "--data", home, "--now", MARCH, "-", stdin=late).code == 0
    assert verify(tollgate, home, "--head", tmp_path / "signed.json")[0] == 0  # the book went on


def test_a_head_shows_a_book_that_was_written_anew(tollgate, make, tmp_path):
    home, other, head = make(), make("other", "else"), tmp_path / "head.json"
    head.write_text(tollgate("head", "--data", home).out)
    code, found = verify(tollgate, other, "--head", head)
    assert code == 1 and "rewritten" in found["reason"]


def test_bills_that_were_cut_off_whole_are_found_and_made_again(tollgate, make, tmp_path):
    """The bills go back to an older whole state, mark and all, while the journal stays."""
    home, older, head = make(), tmp_path / "older", tmp_path / "head.json"
    kept = tollgate("backup", "--data", home, older, "--json").json["bills"]
    more(tollgate, home)
    head.write_text(tollgate("head", "--data", home).out)
    connection = sqlite3.connect(home / "book.db")
    connection.execute("ATTACH ? AS older", (str(older / "book.db"),))
    with connection:
        for table in ("bill", "bill_mark", "bill_account", "bill_series"):
            connection.execute(f"DELETE FROM main.{table}")
            connection.execute(f"INSERT INTO main.{table} SELECT * FROM older.{table}")
    connection.close()
    code, found = verify(tollgate, home)
    assert code == 1 and found["bills_differ"] and found["bad_bill"] == kept + 1 and "cut off" in found["reason"]
    assert tollgate("tick", "--data", home, "--id", "t-3", "--now", AT).code == 0  # a writer makes them again
    code, found = verify(tollgate, home, "--head", head)
    assert code == 0, found


def test_verify_beside_a_writer_raises_no_alarm(tollgate, make, tmp_path):
    home, lines, seen = make(), tmp_path / "lines.ndjson", []
    lines.write_text(events(10000, 60000, "beside"))
    writer = subprocess.Popen([tollgate.path, "ingest", "--data", str(home), "--now", FEBRUARY, "--threads", "1",
                               str(lines)], stderr=subprocess.DEVNULL)
    while writer.poll() is None:
        code, found = verify(tollgate, home)
        assert code == 0, found
        seen.append(found["batches"])
    assert writer.returncode == 0 and seen == sorted(seen)
    assert verify(tollgate, home)[0] == 0


@pytest.fixture(name="signed")
def fixture_signed(tollgate, make, tmp_path):
    home, key, head = make(), tmp_path / "key.pem", tmp_path / "head.json"
    public = tollgate("head", "--new-key", key, "--json").json["public_key"]
    head.write_text(tollgate("head", "--data", home, "--key", key, "--now", AT).out)
    return home, key, head, public


@pytest.mark.parametrize("member, value", [
    ("batches", 2), ("bills", 1), ("journal_hash", "0" * 64), ("bills_hash", "f" * 64),
    ("instant", "2026-04-01T16:00:01Z"), ("public_key", "0" * 64), ("signature", "0" * 128)])
def test_a_changed_head_is_refused(tollgate, signed, member, value):
    home, _, head, _ = signed
    content = json.loads(head.read_text())
    content[member] = value
    head.write_text(json.dumps(content))
    refused = tollgate("verify", "--data", home, "--head", head)
    assert refused.code == 1 and "was changed" in refused.err


def test_the_key_must_be_the_one_that_is_expected(tollgate, signed, tmp_path):
    home, _, head, public = signed
    other = tollgate("head", "--new-key", tmp_path / "other.pem", "--json").json["public_key"]
    refused = tollgate("verify", "--data", home, "--head", head, "--public-key", other)
    assert refused.code == 1 and "another key" in refused.err
    head.write_text(tollgate("head", "--data", home).out)
    refused = tollgate("verify", "--data", home, "--head", head, "--public-key", public)
    assert refused.code == 1 and "not signed" in refused.err
    assert tollgate("verify", "--data", home, "--public-key", public).code == 2
    assert tollgate("verify", "--data", home, "--head", head, "--public-key", "12").code == 2


@pytest.mark.parametrize("text, says", [
    ("", "no JSON"), ("[]", "members"), ("{}", "members"), ('{"format":1}', "members"),
    ("REPEATED", "members"), ("FORMAT", "format"), ("COUNT", "whole number"), ("HASH", "64 hexadecimal"),
    ("INSTANT", "instant"), ("HALF", "signature")])
def test_what_is_no_head_is_said(tollgate, signed, text, says):
    home, _, head, _ = signed
    whole = head.read_text()
    content = json.loads(whole)
    changed = {"REPEATED": whole.replace("{", '{"bills":1,', 1),
               "FORMAT": json.dumps(dict(content, format="tollgate-head-2")),
               "COUNT": json.dumps(dict(content, bills=-1)), "HASH": json.dumps(dict(content, bills_hash="00")),
               "INSTANT": json.dumps(dict(content, instant="2026-04-02T00:00:00+08:00")),
               "HALF": json.dumps(dict(content, signature=None))}
    head.write_text(changed.get(text, text))
    refused = tollgate("verify", "--data", home, "--head", head)
    assert refused.code == 2 and says in refused.err


def test_a_key_is_secret_and_never_replaced(tollgate, signed, tmp_path):
    home, key, _, _ = signed
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    before = key.read_bytes()
    assert tollgate("head", "--new-key", key).code == 1 and key.read_bytes() == before
    key.chmod(0o640)
    refused = tollgate("head", "--data", home, "--key", key)
    assert refused.code == 4 and "chmod 600" in refused.err
    key.chmod(0o600)
    for content in (b"", b"no key", before[:60], before.replace(b"MC4C", b"MC4D")):
        key.write_bytes(content)
        refused = tollgate("head", "--data", home, "--key", key)
        assert refused.code == 4 and "no Ed25519 key" in refused.err
    assert tollgate("head", "--data", home, "--key", tmp_path / "none").code == 4
    assert tollgate("head", "--data", tmp_path / "none").code == 4


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
def test_openssl_agrees_on_keys_and_signatures(tollgate, signed, tmp_path):
    home, _, _, _ = signed
    key = tmp_path / "theirs.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", key], check=True)
    key.chmod(0o600)
    head = tollgate("head", "--data", home, "--key", key, "--now", AT).json
    names = ("batches", "journal_hash", "bills", "bills_hash", "instant")
    (tmp_path / "message").write_text("tollgate-head-1\n" + "".join(f"{name} {head[name]}\n" for name in names))
    (tmp_path / "signature").write_bytes(bytes.fromhex(head["signature"]))
    subprocess.run(["openssl", "pkeyutl", "-verify", "-rawin", "-inkey", key, "-in", tmp_path / "message", "-sigfile",
                    tmp_path / "signature"], check=True, stdout=subprocess.DEVNULL)
