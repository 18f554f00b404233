# SPDX-License-Identifier: Apache-2.0
"""Keys, roles and the audit log of a running daemon."""

import hashlib
import json
import re
import resource
import time

import pytest
from daemon import Daemon

FAR = "2099-01-01T00:00:00Z"


@pytest.fixture(name="book")
def book_fixture(tollgate, tmp_path, demo):
    assert tollgate("init", tmp_path / "book", "--tariffs", demo).code == 0
    return tmp_path / "book"


def make_key(daemon, *roles, **more):
    answer = daemon.post("/v1/keys", json.dumps({"name": "a key", "roles": roles, **more}))
    assert answer.status == 201, answer.text
    return answer.json["secret"], answer.json["key"]


def bearer(secret):
    return {"Authorization": f"Bearer {secret}"}


def audit_lines(book):
    return [json.loads(line) for line in (book / "audit.ndjson").read_text().splitlines()]


def check_chain(book):
    previous = "0" * 64
    for number, line in enumerate((book / "audit.ndjson").read_bytes().splitlines(), 1):
        row = json.loads(line)
        assert row["seq"] == number and row["previous"] == previous
        previous = hashlib.blake2b(line, digest_size=32).hexdigest()


def test_a_key_lives_rotates_and_ends(tollgate, book):
    with Daemon(tollgate, "--data", book, "--listen", "127.0.0.1:0") as daemon:
        port = daemon.port()
        secret, key = make_key(daemon, "admin", "read")
        assert secret.startswith("tg_" + key["id"] + "_") and key["created_by"].startswith("local:")

        def whoami(text):
            return daemon.get("/v1/whoami", port=port, **bearer(text))
        assert whoami(secret).json == {"tenant": "default", "actor": key["id"], "roles": ["read", "admin"],
                                       "account": None}
        assert daemon.get("/v1/whoami", port=port).status == 401
        renewed = daemon.post(f"/v1/keys/{key['id']}/rotate", json.dumps({"old_until": FAR}), port=port,
                              **bearer(secret))
        assert renewed.status == 200 and renewed.json["key"]["state"] == "rotating"
        newer = renewed.json["secret"]
        assert whoami(secret).status == whoami(newer).status == 200
        newest = daemon.post(f"/v1/keys/{key['id']}/rotate", '{"old_until":"2020-01-01T00:00:00Z"}').json["secret"]
        assert [whoami(one).status for one in (secret, newer, newest)] == [401, 401, 200]
        shown = daemon.post(f"/v1/keys/{key['id']}/revoke", "", port=port, **bearer(newest))
        assert shown.status == 200 and shown.json["state"] == "revoked"
        assert whoami(newest).status == 401
        assert daemon.post(f"/v1/keys/{key['id']}/rotate", "").status == 409
        assert daemon.post("/v1/keys/000000000000/revoke", "").status == 404
        listed = daemon.get("/v1/keys").json
        assert [one["id"] for one in listed["items"]] == [key["id"]] and listed["next"] is None
        assert not {"hash", "secret"} & set(listed["items"][0])
    with Daemon(tollgate, "--data", book) as daemon:
        assert daemon.get("/v1/whoami", **bearer(newest)).status == 401
    everything = b"".join(path.read_bytes() for path in book.rglob("*") if path.is_file())
    assert key["id"].encode() in everything
    for one in (secret, newer, newest):
        assert one.split("_")[2].encode() not in everything


@pytest.mark.parametrize("body, pointer", [
    ({"roles": ["read"]}, "/name"),
    ({"name": "x"}, "/roles"),
    ({"name": "x", "roles": ["root"]}, "/roles"),
    ({"name": "x", "roles": ["read"], "networks": ["10.0.0.1/8"]}, "/networks"),
    ({"name": "x", "roles": ["read"], "expires_at": "tomorrow"}, "/expires_at"),
    ({"name": "x", "roles": ["customer"]}, ""),
    ({"name": "x", "roles": ["read"], "tenant": "other"}, "/tenant"),
])
def test_a_wrong_key_is_not_made(tollgate, book, body, pointer):
    with Daemon(tollgate, "--data", book) as daemon:
        answer = daemon.post("/v1/keys", json.dumps(body))
        assert answer.status == 422 and [one["pointer"] for one in answer.json["errors"]] == [pointer], answer.text
        assert daemon.get("/v1/keys").json["items"] == []


def test_lists_go_on_by_their_cursor(tollgate, book):
    with Daemon(tollgate, "--data", book) as daemon:
        made = sorted(make_key(daemon, "read")[1]["id"] for _ in range(5))
        seen, cursor = [], None
        while True:
            page = daemon.get("/v1/keys?limit=2" + (f"&cursor={cursor}" if cursor else "")).json
            seen += [one["id"] for one in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
        assert seen == made
        assert daemon.get("/v1/keys?limit=0").status == 400
        first = daemon.get("/v1/audit?limit=3&action=key_add").json
        assert [row["result"] for row in first["items"]] == ["begun", "201", "begun"]
        rest = daemon.get(f"/v1/audit?action=key_add&cursor={first['next']}").json
        assert len(rest["items"]) == 7 and rest["next"] is None
        assert daemon.get("/v1/audit?cursor=x").status == 400
        lines = [row["seq"] for row in daemon.get("/v1/audit?limit=1000").json["items"]]
        last = daemon.get("/v1/audit?order=desc&limit=4&action=key_add").json
        before = daemon.get(f"/v1/audit?order=desc&limit=4&action=key_add&cursor={last['next']}").json
        rest = daemon.get(f"/v1/audit?order=desc&action=key_add&cursor={before['next']}").json
        assert [row["seq"] for page in (last, before, rest) for row in page["items"]] == list(range(10, 0, -1))
        assert rest["next"] is None
        newest = [row["seq"] for row in daemon.get("/v1/audit?order=desc").json["items"]]
        assert newest[-len(lines):] == lines[::-1] and len(newest) == newest[0]
        chain = daemon.get("/v1/audit/chain").json
        assert chain["whole"] and (chain["first"], chain["bad_file"]) == (1, None) and chain["last"] >= newest[0]


def test_every_change_is_in_the_audit_log_before_and_after(tollgate, book):
    with Daemon(tollgate, "--data", book) as daemon:
        _, key = make_key(daemon, "read")
        top_up = {"amount": "10", "currency": "USD"}
        done = daemon.post("/v1/accounts/a%221/wallet/top-ups", json.dumps(top_up), Idempotency_Key="k-1")
        assert done.status in (201, 409, 422), done.text
        assert daemon.post("/v1/accounts/a-1/wallet/top-ups", "{", Idempotency_Key="k-2").status == 400
        assert daemon.post("/v1/accounts/a-1/wallet/top-ups?dry_run=true", json.dumps(top_up),
                           Idempotency_Key="k-3").status == 200
        assert daemon.get("/v1/audit").status == 200
        daemon.end()
    check_chain(book)
    rows = audit_lines(book)
    assert [(row["action"], row["result"]) for row in rows] == [
        ("key_add", "begun"), ("key_add", "201"), ("wallet_top_up", "begun"), ("wallet_top_up", str(done.status)),
        ("wallet_top_up", "begun"), ("wallet_top_up", "400"), ("audit_get", "200")]
    assert rows[3]["of"] == rows[2]["seq"] and rows[3]["after"] != "" and rows[2]["before"] == "batch 0"
    assert rows[2]["object"] == "/v1/accounts/a%221/wallet/top-ups" and rows[2]["origin"] == "local"
    assert rows[2]["digest"] == hashlib.blake2b(json.dumps(top_up).encode(), digest_size=32).hexdigest()
    assert rows[0]["actor"].startswith("local:") and key["id"]


def test_money_does_not_move_when_it_cannot_be_audited(tollgate, book):
    top_up = json.dumps({"amount": "10", "currency": "USD"})
    line = {"seq": 1, "at": "2026-01-01T00:00:00Z", "tenant": "t", "actor": "x", "roles": [], "origin": "local",
            "action": "long", "object": "x" * (4 << 20), "digest": None, "before": None, "after": None,
            "result": "200", "of": 0, "request": "r", "previous": "0" * 64}
    (book / "audit.ndjson").write_text(json.dumps(line) + "\n")  # larger than the files that may still grow
    with Daemon(tollgate, "--data", book) as daemon:
        assert daemon.post("/v1/accounts/a-1/wallet/top-ups", top_up, Idempotency_Key="k-1").status == 201
        secret, key = make_key(daemon, "read")
        lines = len(audit_lines(book))
        size = (book / "audit.ndjson").stat().st_size
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (size + 20, resource.RLIM_INFINITY))
        before = daemon.get("/v1/keys").bytes
        answer = daemon.post("/v1/accounts/a-1/wallet/top-ups", top_up, Idempotency_Key="k-2")
        assert answer.status == 503 and answer.json["code"] == "no-audit" and "Retry-After" in answer.headers
        assert daemon.post("/v1/keys", '{"name":"x","roles":["read"]}').status == 503
        assert daemon.get("/v1/keys").bytes == before
        assert daemon.post(f"/v1/keys/{key['id']}/revoke", "").status in (200, 503)
        assert daemon.get("/v1/whoami", **bearer(secret)).status == 401
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert daemon.post("/v1/accounts/a-1/wallet/top-ups", top_up, Idempotency_Key="k-3").status == 201
        daemon.end()
    check_chain(book)
    rows = audit_lines(book)[lines:]
    assert rows[0]["action"] == "audit_lost" and rows[0]["object"] == "1"  # the revocation
    assert '"balance":"20"' in tollgate("wallet", "show", "--data", book, "--json").out.replace(" ", "")


def test_secrets_are_nowhere_but_where_they_belong(tollgate, book, tmp_path):
    """A pepper and keys that are easy to look for: in no file but the pepper's own, in no answer but the first, in no
    log, in no list of processes; also when somebody puts them where they do not belong."""
    pepper = hashlib.sha256(b"canary").hexdigest()
    (tmp_path / "pepper").write_text(pepper + "\n")
    (tmp_path / "pepper").chmod(0o600)
    heard = []
    with Daemon(tollgate, "--data", book, "--listen", "127.0.0.1:0", "--pepper-file", tmp_path / "pepper") as daemon:
        port = daemon.port()
        secret, key = make_key(daemon, "admin", "audit", "billing", "read")
        canary = secret.split("_")[2][:20]

        def ask(method, path, body=None, **headers):
            answer = daemon.request(method, path, body, port=port, **{**bearer(secret), **headers})
            heard.append(answer.bytes + str(answer.headers).encode())
            return answer
        assert ask("GET", "/v1/keys").status == 200
        assert ask("GET", f"/v1/keys/{secret}").status == 404
        assert ask("POST", f"/v1/keys/{secret}/revoke", "").status == 404
        assert ask("POST", f"/v1/keys/{secret[:-8]}/rotate", "").status == 404
        assert ask("GET", f"/{secret}").status == 404
        assert ask("POST", "/v1/keys", json.dumps({"name": 1, "roles": []})).status == 422
        assert ask("POST", "/v1/accounts/a-1/wallet/top-ups", '{"amount":"1","currency":"USD"}',
                   Idempotency_Key="k-1").status == 201
        assert ask("GET", "/v1/whoami", Authorization=f"Basic {secret}").status == 401
        assert ask("GET", "/v1/whoami", Authorization=f"Bearer {secret}x").status == 401
        assert ask("GET", "/v1/audit").status == 200
        with open(f"/proc/{daemon.process.pid}/cmdline", "rb") as file:
            heard.append(file.read())
        with open(f"/proc/{daemon.process.pid}/limits", encoding="ascii") as file:
            assert any(line.split()[:6] == ["Max", "core", "file", "size", "0", "0"] for line in file)
        daemon.end()
        heard.append(daemon.log)
    for words in (["key", "list"], ["audit", "list"], ["key", "revoke", secret], ["audit", "verify", "--json"]):
        result = tollgate(*words, "--data", book)
        heard.append(result.bytes + result.err.encode().replace(secret.encode(), b"(what was typed)"))
    heard += [path.read_bytes() for path in book.rglob("*") if path.is_file()]
    assert any(key["id"].encode() in text for text in heard)
    for text in heard:
        assert canary.encode() not in text and pepper.encode() not in text and bytes.fromhex(pepper) not in text


def test_a_key_from_another_network_is_refused_and_told(tollgate, book):
    with Daemon(tollgate, "--data", book, "--listen", "127.0.0.1:0") as daemon:
        port = daemon.port()
        secret, key = make_key(daemon, "read", networks=["10.0.0.0/8", "2001:db8::/32"])
        near = make_key(daemon, "read", networks=["127.0.0.0/8"])[0]
        assert daemon.get("/v1/whoami", port=port, **bearer(near)).status == 200
        answer = daemon.get("/v1/whoami", port=port, **bearer(secret))
        assert answer.status == 403 and answer.json["code"] == "forbidden"
        assert daemon.get("/v1/whoami", **bearer(secret)).status == 403  # the socket is no network
        daemon.end()
    requests = [row for row in daemon.lines() if row.get("status") == 403]
    assert len(requests) == 2 and all(row["key"] == key["id"] for row in requests), requests


@pytest.mark.parametrize("damage, word", [
    (lambda text: text[:-9], "had no end"),
    (lambda text: text.replace(b"key_add", b"key_bad", 1), "is damaged from line"),
])
def test_a_log_that_is_not_whole_is_told_and_goes_on(tollgate, book, damage, word):
    assert tollgate("key", "create", "x", "--role", "read", "--data", book).code == 0
    log = book / "audit.ndjson"
    log.write_bytes(damage(log.read_bytes()))
    with Daemon(tollgate, "--data", book) as daemon:
        make_key(daemon, "read")
        daemon.end()
    assert any(row["event"] == "audit" and word in row["text"] for row in daemon.lines()), daemon.log
    assert len(audit_lines(book)) in (3, 4)
    assert tollgate("audit", "verify", "--data", book).code == (0 if word == "had no end" else 1)


def memory_of(pid):
    """What a core dump would hold: every part of the memory that may be in one."""
    with open(f"/proc/{pid}/smaps", encoding="utf-8") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        place = None
        for line in maps:
            found = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+) ", line)
            if found:
                place = (int(found[1], 16), int(found[2], 16)) if "r" in found[3] else None
            elif line.startswith("VmFlags:") and place and " dd" not in line:
                try:
                    memory.seek(place[0])
                    yield memory.read(place[1] - place[0])
                except OSError:
                    continue  # of the kernel's


def test_memory_that_could_be_dumped_holds_no_secret(tollgate, book, tmp_path):
    pepper = hashlib.sha256(b"canary").digest()
    (tmp_path / "pepper").write_text(pepper.hex() + "\n")
    (tmp_path / "pepper").chmod(0o600)
    with Daemon(tollgate, "--data", book, "--listen", "127.0.0.1:0", "--pepper-file", tmp_path / "pepper") as daemon:
        secret, key = make_key(daemon, "admin")
        for _ in range(5):
            assert daemon.get("/v1/whoami", port=daemon.port(), **bearer(secret)).status == 200
        assert daemon.get("/healthz", port=daemon.port()).status == 200
        left = True
        for _ in range(100):  # connections may still be closing
            try:
                memory = b"\0".join(memory_of(daemon.process.pid))
            except PermissionError:
                pytest.skip("nobody may look into the memory of a process here")
            assert key["id"].encode() in memory
            left = [one for one in (pepper, pepper.hex().encode(), secret.split("_")[2][:20].encode()) if one in memory]
            if not left:
                break
            time.sleep(0.1)
        assert not left
