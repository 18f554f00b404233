# SPDX-License-Identifier: Apache-2.0
"""Every operation of the OpenAPI document, called on a running daemon: with its own example, and with what it forbids.
What is answered is what the document says; never 500; and what was refused changed nothing."""

import copy
import datetime
import http.client
import itertools
import json
import os
import re
import shutil
import socket
import urllib.parse

import jsonschema
import pytest
from conftest import ROOT
from daemon import Daemon, set_clock

with open(os.path.join(ROOT, "docs", "openapi.json"), encoding="utf-8") as _file:
    DOCUMENT = json.load(_file)
OPERATIONS = {operation["operationId"]: (method.upper(), path, operation)
              for path, item in DOCUMENT["paths"].items() for method, operation in item.items()}
NUMBERS = itertools.count()


def resolve(node):
    while "$ref" in node:
        at = DOCUMENT
        for part in node["$ref"][2:].split("/"):
            at = at[part]
        node = at
    return node


def validator(schema):
    return jsonschema.Draft202012Validator({**schema, "components": DOCUMENT["components"]})


class Client:
    """One connection that stays, to a daemon's socket or port."""

    def __init__(self, daemon, port=None):
        self.daemon, self.port, self.socket = daemon, port, None

    def connect(self):
        if self.port:
            self.socket = socket.create_connection(("127.0.0.1", self.port), 30)
        else:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(30)
            self.socket.connect(self.daemon.socket)

    def exchange(self, request, method):
        """Who is refused early may not be listened to until the end."""
        if self.socket is None:
            self.connect()
        try:
            self.socket.sendall(request)
        except OSError:
            pass
        response = http.client.HTTPResponse(self.socket, method=method)
        response.begin()
        answer = response.status, response.headers.get_content_type(), response.read(), response.headers
        if response.will_close:
            self.close()
        return answer

    def close(self):
        self.socket.close()
        self.socket = None

    def send(self, method, path, body=None, headers=None):
        """Status, media type, body, headers."""
        body = body.encode() if isinstance(body, str) else body
        lines = {"Host": "localhost", **(headers or {}), **({} if body is None else {"Content-Length": len(body)})}
        head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        request = head.encode("latin-1") + b"\r\n" + (body or b"")
        try:
            return self.exchange(request, method)
        except (http.client.HTTPException, OSError):
            self.close()
            return self.exchange(request, method)

    def position(self):
        return json.loads(self.send("GET", "/v1/heads")[2])["batches"]

    def call(self, name, *, body=None, kind="application/json", path=None, query="", headers=None):
        """Send it, and hold the answer against the document."""
        method, template, operation = OPERATIONS[name]
        given = {"Content-Type": kind} if body is not None else {}
        if any(one["name"] == "Idempotency-Key" for one in operation.get("parameters", ())):
            given["Idempotency-Key"] = f"contract-{next(NUMBERS)}"
        answer = self.send(method, (path or path_of(template, operation)) + query, body,
                           {**given, **(headers or {})})
        check(name, answer)
        return answer


def path_of(template, operation, **values):
    examples = {one["name"]: one["example"] for one in operation.get("parameters", ()) if one["in"] == "path"}
    return re.sub(r"\{(\w+)\}", lambda found: urllib.parse.quote(values.get(found[1], examples.get(found[1], "x")), ""),
                  template)


def check(name, answer):
    """The answer is one that the document tells of."""
    status, kind, text, headers = answer
    responses = OPERATIONS[name][2]["responses"]
    assert status != 500, f"{name}: {text!r}"
    assert str(status) in responses, f"{name} answers {status}, which is not told: {text!r}"
    response = resolve(responses[str(status)])
    if "content" not in response:
        assert not text, name
        return
    assert kind in response["content"], f"{name} answers {kind}"
    if kind.endswith("json"):
        value = json.loads(text)
        validator(response["content"][kind]["schema"]).validate(value)
        if status >= 400:
            assert value["status"] == status and kind == "application/problem+json"
    if status in (429, 503):
        assert int(headers["Retry-After"]) > 0, name


def now(days=0):
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)
    return moment.isoformat(timespec="milliseconds")


@pytest.fixture(name="book", scope="module")
def book_fixture(tollgate, tmp_path_factory):
    """A book in which everything is that the examples name."""
    folder = tmp_path_factory.mktemp("contract")
    assert tollgate("init", folder / "book").code == 0
    with Daemon(tollgate, "--data", folder / "book") as daemon:
        client = Client(daemon)

        def say(path, body, method="POST"):
            status, _, text, _ = client.send(method, path, json.dumps(body),
                                             {"Idempotency-Key": f"setup-{next(NUMBERS)}"})
            assert status in (200, 201), text
            return json.loads(text)

        say("/v1/accounts", {"account": "acct-42", "postpaid": {"viapi": True}, "activated": {"viapi": True}})
        say("/v1/accounts/acct-42/wallet/top-ups", {"amount": "1000", "currency": "CNY"})
        say("/v1/accounts/acct-42/orders", {"id": "o-7", "tariff": "vclm", "sku": "image-animate-100"})
        say("/v1/accounts/acct-42/orders", {"tariff": "viapi", "sku": "object-detection-5000"})
        say("/v1/accounts/acct-42/holds", {"id": "job-7", "operation": "viapi.object-detection", "data": {"count": 5}})
        say("/v1/tariffs/drafts/spring", {"files": {"spring.yaml": "tariff: spring\nextends: ims-batch\n"}}, "PUT")
        event = {"specversion": "1.0", "id": "e-1", "source": "gateway", "type": "viapi.object-detection",
                 "subject": "acct-42", "time": now(), "data": {"count": 3}}
        status, _, text, _ = client.send("POST", "/v1/commands", json.dumps(event))
        assert status == 200 and json.loads(text)["outcomes"]["accepted"] == 1
        older = {**event, "id": "old-1", "time": now(days=-90)}
        assert client.send("POST", "/v1/backfills/migration-2025", json.dumps(older))[0] == 200
    set_clock(folder / "clock", now())
    return folder / "book"


@pytest.fixture(name="client", scope="module")
def client_fixture(tollgate, book, tmp_path_factory):
    """A daemon on a copy of it, which lives through all that is wrong. Its clock stands: nothing becomes due, and what
    comes into the journal is what it was sent."""
    copied = tmp_path_factory.mktemp("wrong") / "book"
    shutil.copytree(book, copied)
    with Daemon(tollgate, "--data", copied, "--clock-file", book.parent / "clock") as daemon:
        yield Client(daemon)
    assert tollgate("verify", "--data", copied).code == 0


def spring_digest(client, example):
    digest = json.loads(client.send("GET", "/v1/tariffs/drafts/spring")[2])["digest"]
    return {}, {**example, "digest": digest}


def key_id(client, example):
    made = json.loads(client.send("POST", "/v1/keys", json.dumps({"name": "for this", "roles": ["read"]}))[2])
    return {"key": made["key"]["id"]}, example


def proposal_id(client, example):
    """Two administrators, and a refund that one of them cannot give alone."""
    client.send("PUT", "/v1/settings/two-persons", json.dumps({"mode": "on"}))
    status, _, text, _ = client.send("POST", "/v1/accounts/acct-42/orders/o-7/refund", "",
                                     {"Idempotency-Key": f"proposal-{next(NUMBERS)}"})
    assert status == 202, text
    return {"approval": json.loads(text)["approval"]["id"]}, example


def lease(client, example):
    """Taken with a hold, which the usage settles."""
    status, _, text, _ = client.send("POST", "/v1/admit", json.dumps(
        {"account": "acct-42", "type": "viapi.object-detection", "hold": {}}))
    assert status == 200, text
    return {"lease": json.loads(text)["lease"]}, example


def here(client, example):  # pylint: disable=unused-argument
    return {}, {**example, "tariffs": os.path.join(ROOT, "tariffs")}


def webhook(client, example):
    """Nobody listens: what is sent waits."""
    made = client.send("POST", "/v1/webhooks", json.dumps({"url": "https://hooks.example.invalid/tollgate"}))
    assert made[0] == 201, made
    return {"webhook": json.loads(made[2])["id"]}, example


def asset(client, example):
    """One that the page names."""
    return {"asset": re.search(r"/console/(app-\w+\.js)", client.send("GET", "/")[2].decode())[1]}, example


QUERIES = {f"auth{method}": "?account=acct-42&type=viapi.object-detection"  # that are needed
           for method in ("Get", "Post", "Put", "Patch", "Delete")}
PREPARE = {"reratePost": here, "consoleAssetGet": asset, "leaseSettle": lease, "leaseRelease": lease,
           "draftActivate": spring_digest, "keyGet": key_id, "keyRenew": key_id, "keyEnd": key_id,
           "approvalGet": proposal_id, "approvalApprove": proposal_id, "approvalReject": proposal_id}
REFUSED = {"approvalApprove": 403, "sessionCreate": 403}  # nobody approves what is his own; only a page logs in


def example_run(client, name):
    method, template, operation = OPERATIONS[name]
    prepare = PREPARE.get(name, webhook if "{webhook}" in template else lambda _, one: ({}, one))
    for kind, media in operation.get("requestBody", {"content": {None: None}})["content"].items():
        values, example = prepare(client, media and media["example"])
        body = None if media is None else example if isinstance(example, str) else json.dumps(example)
        body = body and re.sub(r'("time": ?")[^"]+', r"\g<1>" + now(), body)
        path = path_of(template, operation, **values) + QUERIES.get(name, "")
        status, _, text, _ = client.call(name, body=body, kind=kind, path=path)
        assert status == REFUSED.get(name, status) and (status < 300 or name in REFUSED), f"{name}: {text!r}"
        if method == "GET":
            assert client.send("HEAD", path)[0] == status


@pytest.mark.parametrize("name", sorted(name for name in OPERATIONS if OPERATIONS[name][0] != "GET"))
def test_the_example_is_done(tollgate, book, tmp_path, name):
    shutil.copytree(book, tmp_path / "book")
    with Daemon(tollgate, "--data", tmp_path / "book") as daemon:
        example_run(Client(daemon), name)


def test_the_examples_of_reading_are_done(tollgate, book, tmp_path):
    shutil.copytree(book, tmp_path / "book")
    with Daemon(tollgate, "--data", tmp_path / "book") as daemon:
        client = Client(daemon)
        for name in sorted(name for name in OPERATIONS if OPERATIONS[name][0] == "GET"):
            example_run(client, name)


# ---- what is wrong ----


def wrong_values(schema):
    """Values that are not of the schema. (null is a member that is not there.)"""
    many = [True, 7, -1, 0.5, "", "x" * 70_000, [], [1], {}, {"x": 1}, "\u0000", "1e999", "NaN", "-" * 50,
            10 ** 400, [[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]
    check_one = validator(schema)
    return [value for value in many if not check_one.is_valid(value)]


def wrong_bodies(schema, example):
    """The example with one thing wrong each: a member missing, one too many, one of another type."""
    for name in list(example):
        shorter = {key: value for key, value in example.items() if key != name}
        if not validator(schema).is_valid(shorter):
            yield shorter
    yield {**example, "nobody-knows-this": 1}
    choices = [resolve(one) for one in schema.get("oneOf", [schema])]
    for choice in choices:
        for name, member in choice.get("properties", {}).items():
            for value in wrong_values(member):
                changed = {**copy.deepcopy(example), name: value}
                if not validator(schema).is_valid(changed):
                    yield changed


def bodies_of(operation):
    content = operation.get("requestBody", {}).get("content", {})
    return content.get("application/json")


@pytest.mark.parametrize("name", sorted(name for name, (_, _, operation) in OPERATIONS.items() if bodies_of(operation)))
def test_wrong_bodies_are_refused_and_change_nothing(client, name):
    media = bodies_of(OPERATIONS[name][2])
    before, count = client.position(), 0
    for value in wrong_bodies(media["schema"], media["example"]):
        status, _, text, _ = client.call(name, body=json.dumps(value))
        assert 400 <= status < 500, f"{name} took {json.dumps(value)[:200]}: {text!r}"
        count += 1
    for text in ("{", "[]", "7", "nul", '{"a":1}}', '{"a":1,}', '{"a":\u0000}', "\ufeff{}", '"\\ud800"', "{}{}", "'a'",
                 '{"a":01}', "[" * 40 + "]" * 40, '{"' + "a" * 100_000 + '":1}'):
        status = client.call(name, body=text.encode())[0]
        assert 400 <= status < 500, f"{name} took {text[:100]!r}"
    for raw in (b"\xff\xfe", b'{"a":"\xc3\x28"}', b'{"a":"\xed\xa0\x80"}', bytes(range(256))):
        assert 400 <= client.call(name, body=raw)[0] < 500, name
    assert 400 <= client.call(name, body=b"{}", kind="application/octet-stream")[0] < 500
    assert count > 0 and client.position() == before, f"{name}: what was refused is in the journal"


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_wrong_requests_are_refused(client, name):
    method, template, operation = OPERATIONS[name]
    media = bodies_of(operation)
    body = json.dumps(media["example"]) if media else None
    assert client.call(name, body=body, query="?nobody-knows-this=1")[0] == 400
    for one in operation.get("parameters", ()):
        if one["in"] != "query":
            continue
        assert client.call(name, body=body, query=f"?{one['name']}=x&{one['name']}=y")[0] == 400, one["name"]
        for value in ("", "%00", "%ff", "x" * 3000, "-1", "99999999999999999999", "%0d%0a", "=1+1", "../..", "%"):
            status = client.call(name, body=body, query=f"?{one['name']}={value}")[0]
            assert one["schema"].get("type") == "string" or status >= 400, (name, one["name"], value)
    if "{" in template:
        for value in ("nobody", "%00", "%ff", "x" * 1500, "..%2f..", "%F0%9F%92%A9", "%"):
            path = re.sub(r"\{\w+\}", value, template)
            status = client.call(name, body=body, path=path)[0]
            assert status < 500, (name, value)
    if any(one["name"] == "Idempotency-Key" and one["required"] for one in operation.get("parameters", ())):
        for key in ('"', "", "a b", "\u00e4", "x" * 300):
            assert client.call(name, body=body, headers={"Idempotency-Key": key})[0] == 400, key


def test_without_a_key_there_is_no_way_in(tollgate, book, tmp_path):
    shutil.copytree(book, tmp_path / "book")
    with Daemon(tollgate, "--data", tmp_path / "book", "--listen", "127.0.0.1:0") as daemon:
        client = Client(daemon, daemon.port())
        for name, (method, template, operation) in OPERATIONS.items():
            media = bodies_of(operation)
            status = client.call(name, body=json.dumps(media["example"]) if media else None)[0]
            assert (status in (401, 429)) == bool(operation["security"]), f"{method} {template}"
