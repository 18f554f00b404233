# SPDX-License-Identifier: Apache-2.0
"""tollgate key and tollgate audit: on a directory alone, and through the daemon that serves it."""

import hashlib
import json
import os
import shutil
import stat

import pytest
from daemon import Daemon


@pytest.fixture(name="book")
def book_fixture(tollgate, tmp_path, demo):
    assert tollgate("init", tmp_path / "book", "--tariffs", demo).code == 0
    return tmp_path / "book"


@pytest.fixture(name="run", params=["directory", "daemon"])
def run_fixture(request, tollgate, book):
    """Runs a verb on the book, which a daemon may serve."""
    def run(*words):
        return tollgate(*words, "--data", book)
    if request.param == "directory":
        yield run
        return
    with Daemon(tollgate, "--data", book):
        yield run


def test_a_key_is_made_renewed_and_ended(run, book):
    made = run("key", "create", "a gateway", "--role", "admit", "--role", "ingest", "--network", "10.0.0.0/8",
               "--expires-at", "2099-01-01", "--json")
    assert made.code == 0, made.err
    key = made.json["key"]
    assert key["roles"] == ["ingest", "admit"] and key["networks"] == ["10.0.0.0/8"] and key["state"] == "active"
    assert key["expires_at"] == "2099-01-01T00:00:00Z" and key["created_by"] == f"local:{os.geteuid()}"
    assert made.json["secret"].startswith(f"tg_{key['id']}_") and len(made.json["secret"]) == 66
    renewed = run("key", "rotate", key["id"], "--old-until", "2098-01-01T00:00:00Z", "--json").json
    assert renewed["key"]["state"] == "rotating" and renewed["secret"] != made.json["secret"]
    assert renewed["key"]["rotating_until"] == "2098-01-01T00:00:00Z"
    shown = run("key", "create", "portal", "--role", "customer", "--account", "acct-1")
    assert shown.code == 0 and "secret" in shown.out and "acct-1" in shown.out and "customer" in shown.out
    assert run("key", "revoke", key["id"], "--json").json["state"] == "revoked"
    assert run("key", "rotate", key["id"]).code in (1, 4)
    assert run("key", "revoke", "0" * 12).code in (1, 4)
    listed = run("key", "list", "--json").json["keys"]
    assert {one["name"]: one["state"] for one in listed} == {"a gateway": "revoked", "portal": "active"}
    table = run("key", "list").out
    assert "a gateway" in table and "revoked" in table and renewed["secret"] not in table
    assert stat.S_IMODE((book / "pepper").stat().st_mode) == 0o600
    rows = run("audit", "list", "--json").json["lines"]
    assert [row["action"] for row in rows if row["result"] == "begun"][:3] == ["key_add", "key_renew", "key_add"]
    assert {row["actor"] for row in rows} == {f"local:{os.geteuid()}"}
    text = run("audit", "list", "--action", "key_renew").out
    assert text.count("\n") >= 2 and "key_add" not in text
    assert run("audit", "verify").code == 0


@pytest.mark.parametrize("words, message", [
    (["key", "create", "x"], "there can be no such key: it needs at least one role."),
    (["key", "create", "x", "--role", "ingst"], 'there is no role "ingst". Did you mean "ingest"?'),
    (["key", "create", "x", "--role", "customer"], "needs an account"),
    (["key", "create", "x", "--role", "read", "--network", "10.0.0.1/8"], "is no network"),
    (["key", "create", "x", "--role", "read", "--expires-at", "2001-01-01"], "expired already"),
    (["key", "rotate", "../../v1/audit"], "is no id of a key"),
    (["key", "revoke", "x y"], "is no id of a key"),
    (["audit", "verify", "--known", "7"], "--known wants NUMBER:HASH"),
])
def test_mistakes_are_told(tollgate, book, words, message):
    result = tollgate(*words, "--data", book)
    assert result.code == 2 and message in result.err and result.out == "", result.err


def test_the_pepper_is_needed(tollgate, book, tmp_path):
    def make(*words, env=None):
        return tollgate("key", "create", "x", "--role", "read", "--data", book, *words, env=env)
    other = tmp_path / "other"
    other.write_text("0123456789abcdef" * 4 + "\n")
    other.chmod(0o644)
    result = make("--pepper-file", other)
    assert result.code == 4 and "chmod 600" in result.err
    other.chmod(0o600)
    assert make("--pepper-file", other).code == 0
    result = make()
    assert result.code == 4 and "pepper" in result.err
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    shutil.copy(other, credentials / "tollgate-pepper")
    assert make(env={"CREDENTIALS_DIRECTORY": str(credentials)}).code == 0
    assert len(tollgate("key", "list", "--data", book, "--json").json["keys"]) == 2
    for path in book.rglob("*"):
        assert not path.is_file() or b"0123456789abcdef" * 4 not in path.read_bytes()


def test_a_book_that_somebody_else_writes_is_told(tollgate, book, tmp_path):
    with Daemon(tollgate, "--data", book):
        (book / "tollgate.sock").unlink()  # as if it were no daemon
        result = tollgate("key", "create", "x", "--role", "read", "--data", book)
        assert result.code == 4 and "process" in result.err
    assert tollgate("key", "list", "--data", tmp_path / "none").code == 4
    assert tollgate("audit", "list", "--data", tmp_path / "none").code == 4


def test_audit_verify_finds_what_was_changed(tollgate, book):
    log = book / "audit.ndjson"
    for name in ("one", "two", "three"):
        assert tollgate("key", "create", name, "--role", "read", "--data", book).code == 0
    whole = log.read_bytes()
    lines = whole.splitlines(keepends=True)

    def verify(*words):
        result = tollgate("audit", "verify", "--json", "--data", book, *words)
        return result.code, result.json
    code, said = verify()
    assert (code, said["whole"], said["lines"]) == (0, True, 6)
    assert said["hash"] == hashlib.blake2b(lines[-1].rstrip(), digest_size=32).hexdigest()
    known = ["--known", f"6:{said['hash']}"]
    assert verify(*known)[0] == 0
    for change, bad_line in ((lines[:2] + lines[3:], 3), ([lines[1], lines[0], *lines[2:]], 2),
                             ([*lines[:3], lines[3].replace(b"done", b"gone"), *lines[4:]], 5),
                             ([lines[0], b"{}\n", *lines[1:]], 2)):
        log.write_bytes(b"".join(change))
        code, said = verify()
        assert (code, said["whole"], said["bad_file"], said["bad_line"]) == (1, False, "audit.ndjson", bad_line)
        assert "DAMAGE" in tollgate("audit", "verify", "--data", book).out
    log.write_bytes(b"".join(lines[:-1]))  # cut off: only what was noted shows it
    assert verify()[0] == 0 and verify(*known)[0] == 1
    log.write_bytes(whole[:-5])
    code, said = verify()
    assert (code, said["torn_bytes"]) == (0, len(lines[-1]) - 5)
    result = tollgate("key", "create", "four", "--role", "read", "--data", book)
    assert result.code == 0 and "audit.torn-6" in result.err
    assert verify()[1]["lines"] == 7 and json.loads((book / "audit.ndjson").read_text().splitlines()[-1])["of"] == 6


def test_a_pepper_that_is_lost_ends_all_keys(tollgate, book):
    with Daemon(tollgate, "--data", book) as daemon:
        assert daemon.post("/v1/keys", '{"name":"one","roles":["read"]}').status == 201
        hook = daemon.post("/v1/webhooks", '{"url":"https://example.com/"}', Idempotency_Key="k-1")
        assert hook.status == 201, hook.text
        assert tollgate("key", "reset", "--confirm", "--data", book).code == 4  # not while it runs
    (book / "pepper").unlink()
    result = tollgate("key", "create", "x", "--role", "read", "--data", book)
    assert result.code == 4 and "key reset" in result.err
    with pytest.raises(AssertionError, match="key reset"):
        Daemon(tollgate, "--data", book)
    asked = tollgate("key", "reset", "--data", book)
    assert asked.code == 1 and "keys that would end: 1" in asked.out and "webhooks that would end: 1" in asked.out
    assert len(tollgate("key", "list", "--data", book, "--json").json["keys"]) == 1
    assert tollgate("key", "reset", "--confirm", "--data", book, "--json").json == {"done": True, "keys": 1,
                                                                                   "webhooks": 1}
    assert tollgate("key", "create", "x", "--role", "read", "--data", book).code == 0
    with Daemon(tollgate, "--data", book) as daemon:
        assert [key["name"] for key in daemon.get("/v1/keys").json["items"]] == ["x"]
        assert daemon.get("/v1/webhooks").json["items"] == []
    assert tollgate("audit", "verify", "--data", book).code == 0
    assert tollgate("verify", "--data", book).code == 0
