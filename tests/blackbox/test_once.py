# SPDX-License-Identifier: Apache-2.0
"""Keys, webhooks, drafts and approvals: a request with an Idempotency-Key is done once, whatever dies in between."""

import hashlib
import http.client
import json
import os
import shutil

import pytest
from conftest import DEMO, ROOT
from daemon import Daemon

SHIM = os.environ.get("FAULT_AT_LIBRARY", os.path.join(ROOT, "build", "tests", "fault_at.so"))
EVERY = int(os.environ.get("FAULT_EVERY", "15"))  # every call by `make verify`, one of fifteen else
KEY = {"name": "one", "roles": ["read"]}
HOOK = {"url": "https://hooks.example.com/a", "is_enabled": True}
DRAFT = DEMO.replace("title: Demo", "title: Changed")


def say(daemon, method, path, body, key):
    text = body if isinstance(body, str) else json.dumps(body)
    kind = "application/yaml" if text.startswith("tariff:") else "application/json"
    return daemon.request(method, path, text, Content_Type=kind, Idempotency_Key=key)


def done(daemon, method, path, body=""):
    """Without a key, to set something up."""
    text = body if isinstance(body, str) else json.dumps(body)
    kind = "application/yaml" if text.startswith("tariff:") else "application/json"
    answer = daemon.request(method, path, text, Content_Type=kind)
    assert answer.status < 300, answer.text
    return answer.json if answer.bytes else None


@pytest.fixture(name="book", scope="module")
def book_fixture(tollgate, tmp_path_factory):
    """A book with a key, a webhook that is told something, a draft, and a proposal that waits."""
    folder = tmp_path_factory.mktemp("once")
    (folder / "demo.yaml").write_text(DEMO)
    assert tollgate("init", folder / "book", "--tariffs", folder / "demo.yaml").code == 0
    with Daemon(tollgate, "--data", folder / "book") as daemon:
        key = done(daemon, "POST", "/v1/keys", KEY)
        hook = done(daemon, "POST", "/v1/webhooks", HOOK)["id"]
        done(daemon, "POST", f"/v1/webhooks/{hook}/test")
        draft = done(daemon, "PUT", "/v1/tariffs/drafts/spring", DRAFT)
        done(daemon, "PUT", "/v1/settings/two-persons", {"mode": "on"})
        waiting = done(daemon, "PUT", "/v1/settings/two-persons", {"mode": "auto"})["approval"]["id"]
    names = folder / "names.json"
    names.write_text(json.dumps({"key": key["key"]["id"], "secret": key["secret"], "hook": hook,
                                 "digest": draft["digest"], "approval": waiting}))
    return folder / "book"


def names_of(book):
    return json.loads((book.parent / "names.json").read_text())


# What is asked, what the answer is, and how many there are of what then: one effect shows in a count of its own.
ASKED = {
    "key made": ("POST", "/v1/keys", {"name": "two", "roles": ["read"]}, 201, "keys", 2),
    "key rotated": ("POST", "/v1/keys/{key}/rotate", {}, 200, "secrets", 1),
    "key revoked": ("POST", "/v1/keys/{key}/revoke", {}, 200, "revoked", 1),
    "webhook made": ("POST", "/v1/webhooks", HOOK, 201, "webhooks", 2),
    "webhook changed": ("PATCH", "/v1/webhooks/{hook}", {"description": "new"}, 200, "webhooks", 1),
    "webhook rotated": ("POST", "/v1/webhooks/{hook}/rotate", {}, 200, "hook keys", 2),
    "webhook tested": ("POST", "/v1/webhooks/{hook}/test", {}, 202, "deliveries", 2),
    "webhook replayed": ("POST", "/v1/webhooks/{hook}/replay", {"delivery": 1}, 202, "deliveries", 2),
    "webhook removed": ("DELETE", "/v1/webhooks/{hook}", "", 204, "webhooks", 0),
    "draft written": ("PUT", "/v1/tariffs/drafts/summer", DRAFT, 200, "drafts", 2),
    "draft removed": ("DELETE", "/v1/tariffs/drafts/spring", "", 204, "drafts", 0),
    "activation proposed": ("POST", "/v1/tariffs/drafts/spring/activate", {"digest": "{digest}"}, 202, "approvals", 2),
    "proposal taken back": ("POST", "/v1/approvals/{approval}/reject", {}, 200, "approvals", 1),
    "rule proposed": ("PUT", "/v1/settings/two-persons", {"mode": "off"}, 202, "approvals", 2),
}
SECRET = {"key made", "key rotated", "webhook made", "webhook rotated"}


def asked(book, what):
    method, path, body, status, count, expected = ASKED[what]
    names = names_of(book)
    text = body if isinstance(body, str) else json.dumps(body)
    for name, value in names.items():
        path, text = path.replace("{" + name + "}", value), text.replace("{" + name + "}", value)
    return method, path, text, status, count, expected


def items(daemon, path):
    return daemon.get(path).json["items"]


def secrets_of(daemon, names):
    """How often the key was rotated: a second rotation would end the first secret."""
    assert daemon.get("/v1/whoami", Authorization=f"Bearer {names['secret']}").status == 200
    return int(daemon.get(f"/v1/keys/{names['key']}").json["rotating_until"] is not None)


def count_of(daemon, book, what):
    names = names_of(book)
    if what == "hook keys":
        return len(daemon.get(f"/v1/webhooks/{names['hook']}").json["keys"])
    if what == "deliveries":
        return len(items(daemon, f"/v1/webhooks/{names['hook']}/deliveries"))
    if what == "secrets":
        return secrets_of(daemon, names)
    if what == "revoked":
        return sum(key["state"] == "revoked" for key in items(daemon, "/v1/keys"))
    return len(items(daemon, {"drafts": "/v1/tariffs/drafts"}.get(what, f"/v1/{what}")))


def shown_once(answer, again, place):
    """Who asks again is told where the thing is; the secret is told nobody."""
    assert again.status == 409 and again.json["code"] == "secret-shown", again.text
    assert again.headers["Location"].startswith(place) and "secret\":\"" not in again.text
    assert answer is None or (answer.json.get("key") or answer.json)["id"] in again.headers["Location"]


@pytest.mark.parametrize("what", sorted(ASKED))
def test_who_asks_again_gets_the_same_answer(tollgate, book, tmp_path, what):
    data = tmp_path / "book"
    shutil.copytree(book, data)
    method, path, body, status, count, expected = asked(book, what)
    for after_restart in (False, True):
        with Daemon(tollgate, "--data", data) as daemon:
            if not after_restart:
                first = say(daemon, method, path, body, "k")
                assert first.status == status, first.text
            again = say(daemon, method, path, body, "k")
            assert again.headers["Idempotent-Replayed"] == "true"
            if what in SECRET:
                shown_once(first, again, path.removesuffix("/rotate"))
            else:
                assert (again.status, again.bytes) == (first.status, first.bytes)
            assert count_of(daemon, book, count) == expected
            other = say(daemon, method, path + "/x" if method == "DELETE" else path, '{"other":1}', "k")
            assert other.status in (404, 422), other.text
            wrong = say(daemon, method, path, body, '"')
            assert (wrong.status, wrong.json["code"]) == (400, "invalid-idempotency-key")
    whole = b"".join(file.read_bytes() for file in data.iterdir() if file.is_file() and file.name != "pepper")
    secret = first.json.get("secret", "") if first.bytes else ""
    assert not secret or secret.split("_")[-2 if secret.startswith("tg_") else -1].encode() not in whole


def attempt(tollgate, data, request, env):
    """Say it to a daemon that may die at any moment."""
    try:
        with Daemon(tollgate, "--data", data, env=env) as daemon:
            try:
                return say(daemon, *request, "k")
            except (OSError, http.client.HTTPException):
                return None
    except AssertionError:
        return None  # it was killed before it was ready


@pytest.mark.parametrize("what", sorted(ASKED))
def test_a_crash_at_any_step_leaves_one_effect(tollgate, book, tmp_path, what):
    method, path, body, status, count, expected = asked(book, what)
    calls, plain = tmp_path / "calls", tmp_path / "plain"
    for folder, request in ((plain, ("GET", "/v1/keys", "")), (tmp_path / "all", (method, path, body))):
        shutil.copytree(book, folder)
        attempt(tollgate, folder, request, {"LD_PRELOAD": SHIM, "FAULT_AT": "count:0", "FAULT_COUNT": str(calls)})
        shutil.rmtree(folder)
        if folder == plain:
            idle = int(calls.read_text())
    total = int(calls.read_text())
    assert total > idle > 0
    start = int(hashlib.sha256(what.encode()).hexdigest(), 16) % EVERY
    for at in range(1 + start, total + 1, EVERY):
        data = tmp_path / str(at)
        shutil.copytree(book, data)
        before = attempt(tollgate, data, (method, path, body), {"LD_PRELOAD": SHIM, "FAULT_AT": f"kill:{at}"})
        with Daemon(tollgate, "--data", data) as daemon:
            first, again = (say(daemon, method, path, body, "k") for _ in range(2))
            where = f"killed before call {at}: {first.text} {again.text}"
            if what in SECRET and (before or first.status == 409):
                shown_once(before, first, path.removesuffix("/rotate"))
            else:
                assert first.status == status and (not before or before.bytes == first.bytes), where
            if what not in SECRET:
                assert first.bytes == again.bytes, where
            else:
                shown_once(None, again, path.removesuffix("/rotate"))
            assert again.headers["Idempotent-Replayed"] == "true", where
            assert count_of(daemon, book, count) == expected, where
        shutil.rmtree(data)
