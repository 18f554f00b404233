# SPDX-License-Identifier: Apache-2.0
"""Two hundred nasty strings through every field to every sink: answers, log, audit log, metrics, CSV, tables."""

import csv
import datetime
import io
import json
import os
import re
import unicodedata
import urllib.parse

import pytest
from conftest import DEMO
from daemon import Daemon
from nasty import STRINGS
from test_contract import Client

EVERY = int(os.environ.get("NASTY_EVERY", "7"))  # each field gets every seventh string, all of them by `make verify`


def now():
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds")


def event(text):
    return {"specversion": "1.0", "id": text, "source": text, "type": "demo.Do", "subject": text, "time": now(),
            "data": {"count": 1, "region": text, "job": text, "anything": {text: [text]}}}


FIELDS = {  # method, path, body
    "account": lambda text: ("POST", "/v1/accounts", {"account": text, "postpaid": {"demo": True}}),
    "account of an order": lambda text: ("POST", f"/v1/accounts/{quoted(text)}/orders",
                                         {"tariff": "demo", "sku": "calls-100"}),
    "id of an order": lambda text: ("POST", "/v1/accounts/ann/orders",
                                    {"id": text, "tariff": "demo", "sku": "calls-100"}),
    "id of a payment": lambda text: ("POST", "/v1/accounts/ann/wallet/top-ups", {"id": text, "amount": "1",
                                                                                "currency": "USD"}),
    "id of a hold": lambda text: ("POST", "/v1/accounts/ann/holds", {"id": text, "operation": "demo.Do"}),
    "sku": lambda text: ("POST", "/v1/accounts/ann/orders", {"tariff": "demo", "sku": text}),
    "tariff": lambda text: ("POST", "/v1/accounts/ann/orders", {"tariff": text, "sku": "x"}),
    "amount": lambda text: ("POST", "/v1/accounts/ann/wallet/top-ups", {"amount": text, "currency": "USD"}),
    "currency": lambda text: ("POST", "/v1/accounts/ann/wallet/top-ups", {"amount": "1", "currency": text}),
    "instant": lambda text: ("POST", "/v1/accounts/ann/orders", {"tariff": "demo", "sku": "calls-100",
                                                                "effective_at": text}),
    "zone": lambda text: ("PATCH", "/v1/accounts/ann", {"zone": text}),
    "attribute": lambda text: ("PATCH", "/v1/accounts/ann", {"attributes": {"region": text}}),
    "member": lambda text: ("PATCH", "/v1/accounts/ann", {text: 1}),
    "event": lambda text: ("POST", "/v1/events", event(text)),
    "type of an event": lambda text: ("POST", "/v1/events", event("x") | {"type": text}),
    "reason": lambda text: ("POST", "/v1/events/reversals", {"event": "e-1", "reason": text}),
    "reversed event": lambda text: ("POST", "/v1/events/reversals", {"event": text, "source": text}),
    "check": lambda text: ("POST", "/v1/admit", {"account": text, "type": text}),
    "quote": lambda text: ("POST", "/v1/quote", {"operation": text, "account": text, "data": {text: text}}),
    "plan": lambda text: ("POST", "/v1/plan", {"tariff": "demo", "usage": [
        {"operation": text, "volume": text, "data": {text: text}}]}),
    "data of a plan": lambda text: ("POST", "/v1/plan", {"tariff": "demo", "usage": [
        {"operation": "Do", "volume": 3, "data": {"region": text}}]}),
    "account of a plan": lambda text: ("POST", "/v1/plan", {"tariff": "demo", "account": text, "from": text}),
    "account of a forecast": lambda text: ("GET", f"/v1/accounts/{quoted(text)}/forecast", None),
    "draft": lambda text: ("PUT", f"/v1/tariffs/drafts/{quoted(text)}", {"files": {text: text}}),
    "text of a draft": lambda text: ("PUT", "/v1/tariffs/drafts/a",
                                     {"files": {"a.yaml": f"tariff: a\ntitle: {text}\n"}}),
    "check of a draft": lambda text: ("GET", "/v1/tariffs/drafts/a/check", None),
    "name of a key": lambda text: ("POST", "/v1/keys", {"name": text, "roles": ["read"]}),
    "description": lambda text: ("POST", "/v1/webhooks", {"url": "https://example.invalid/", "description": text}),
    "path": lambda text: ("GET", f"/v1/accounts/{quoted(text)}", None),
    "query": lambda text: ("GET", "/v1/bills?" + "&".join(
        f"{name}={quoted(text)}" for name in ("account", "tariff", "cursor")), None),
    "name in a query": lambda text: ("GET", f"/v1/bills?{quoted(text)}=1", None),
    "explained event": lambda text: ("GET", f"/v1/events/{quoted(text)}/explain?source={quoted(text)}", None),
}


TURNING = "\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def quoted(text):
    return urllib.parse.quote(text, safe="")


def is_raw(character):
    """A control, or what turns the direction of the text around it."""
    return unicodedata.category(character) == "Cc" or character in TURNING


def holds_no_raw(text, but="\n"):
    found = {character for character in text if is_raw(character) and character not in but}
    assert not found, f"raw {found!r}"


@pytest.fixture(name="served", scope="module")
def served_fixture(tollgate, tmp_path_factory):
    """A daemon that has heard all of it, and everything that it said."""
    folder = tmp_path_factory.mktemp("nasty")
    (folder / "demo.yaml").write_text(DEMO)
    assert tollgate("init", folder / "book", "--tariffs", folder / "demo.yaml").code == 0
    said = []
    with Daemon(tollgate, "--data", folder / "book") as daemon:
        client = Client(daemon)
        assert client.send("POST", "/v1/accounts", '{"account":"ann","postpaid":{"demo":true}}')[0] == 201
        for place, (name, field) in enumerate(FIELDS.items()):
            for number, text in enumerate(STRINGS):
                if (number + place) % EVERY:
                    continue
                method, path, body = field(text)
                headers = {"Idempotency-Key": f"nasty-{place}-{number}", "User-Agent": printable(text),
                           "traceparent": printable(text), "Tollgate-Tenant": "default"}
                body = None if body is None else json.dumps(body)
                said.append((name, text, *client.send(method, path, body, headers)))
        metrics = client.send("GET", "/metrics")[2].decode()
        bills = json.loads(client.send("GET", "/v1/bills?limit=1000")[2])["items"]
        tables = [client.send("GET", f"/v1/bills/{bill['number']}", headers={"Accept": "text/csv"})[2].decode()
                  for bill in bills]
    daemon.end()
    return {"said": said, "metrics": metrics, "bills": bills, "csv": tables, "log": daemon.log,
            "data": folder / "book"}


def printable(text):
    """What a header can carry: anything else never reaches a handler."""
    return "".join(character for character in text if 0x20 <= ord(character) < 0x7f)[:200]


def test_every_answer_is_whole(served):
    assert len(STRINGS) >= 200 and len(served["said"]) >= len(STRINGS) * len(FIELDS) // EVERY
    for name, text, status, kind, body, headers in served["said"]:
        where = f"{name} {text!r}: {status} {body[:300]!r}"
        assert status < 500 or (status == 503 and headers["Retry-After"]), where
        assert kind in ("application/json", "application/problem+json"), where
        assert isinstance(json.loads(body), dict), where
        assert not [character for character in body.decode() if character < " " or character == "\x7f"], where
        assert not [name for name in headers if name.lower() in ("x-injected", "set-cookie")], where


def test_what_was_taken_comes_back_as_it_was(served):
    for name, text, status, _, body, _ in served["said"]:
        if name == "account" and status == 201:
            assert json.loads(body)["account"]["account"] == text
        if name == "id of an order" and status == 201:
            assert json.loads(body)["order"]["order"] == text
        if name == "name of a key" and status == 201:
            assert json.loads(body)["key"]["name"] == text


def test_logs_have_whole_lines(served):
    with open(served["data"] / "audit.ndjson", "rb") as file:
        audit = file.read()
    for lines in (served["log"], audit):
        text = lines.decode()
        holds_no_raw(text)
        assert text.endswith("\n")
        for line in text.splitlines():
            assert isinstance(json.loads(line), dict)
    assert len(audit.splitlines()) > 100


def test_metrics_have_no_text_of_callers(served):
    holds_no_raw(served["metrics"])
    for line in served["metrics"].splitlines():
        assert re.fullmatch(r'(# (HELP|TYPE) \w+ .*|\w+(\{\w+="[^"\\]*"(,\w+="[^"\\]*")*\})? [0-9.e+-]+)', line), line


def test_tables_start_no_formula(served):
    assert len(served["csv"]) > 20
    for text in served["csv"]:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        assert len(rows) > 1 and len({len(row) for row in rows}) == 1
        for row in rows[1:]:
            for cell in row:
                is_number = re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", cell)
                assert is_number or not cell.startswith(("=", "+", "-", "@", "\t", "\r")), repr(cell)


@pytest.mark.parametrize("words", [("account", "list"), ("events", "tail"), ("events", "rejected"), ("bill", "list"),
                                   ("wallet", "show"), ("hold", "list")])
def test_tables_of_the_command_line_have_whole_lines(tollgate, served, words):
    shown = tollgate(*words, "--data", served["data"])
    assert shown.code in (0, 1)
    holds_no_raw(shown.out)


def test_the_book_is_whole(tollgate, served):
    assert tollgate("verify", "--data", served["data"]).code == 0


PARTED = ["eu/acme", "/", "//", "/a", "a/", "a/b/orders", "a/orders/o-1/refund", "%2F", "eu%2Facme", "eu%252Facme",
          "a?b/c", "a#b/c", "..a/b", "a/...", "a b/c d", "\u65e5/\u672c", "all", "admit", "a;b/c=d", "'/\"", "a//b",
          "a+b/c"]
HIDDEN = ["a/..", "../a", "a/../b", "./a", "a/.", "..", "."]  # what no path may have, however it is written


def test_names_with_slashes_are_segments_of_paths(tollgate, tmp_path):
    (tmp_path / "demo.yaml").write_text(DEMO)
    assert tollgate("init", tmp_path / "book", "--tariffs", tmp_path / "demo.yaml").code == 0
    with Daemon(tollgate, "--data", tmp_path / "book") as daemon:
        def say(path, body):
            return daemon.post(path, json.dumps(body), Content_Type="application/json", Idempotency_Key=path)
        for name in PARTED:
            body = json.dumps({"account": name})
            made = daemon.post("/v1/accounts", body, Content_Type="application/json")
            assert made.status == 201, made.text
            path = f"/v1/accounts/{quoted(name)}"
            bought = say(f"{path}/orders", {"tariff": "demo", "sku": "calls-100", "id": name})
            assert bought.status == 201 and bought.json["order"]["order"] == name, bought.text
            assert say(f"{path}/holds", {"operation": "demo.Do", "data": {"count": 1}, "id": name + "!"}).status == 201
        for name in PARTED:
            path = f"/v1/accounts/{quoted(name)}"
            assert daemon.get(path).json["account"] == name
            assert [row["order"] for row in daemon.get(f"{path}/orders").json["items"]] == [name]
            assert daemon.get(f"{path}/orders/{quoted(name)}").json["order"] == name
            assert say(f"{path}/holds/{quoted(name)}!/release", {}).status == 201
        for name in HIDDEN:
            for text in (quoted(name), quoted(name).replace(".", "%2e"), quoted(name).replace("%2F", "%2f")):
                answer = daemon.get(f"/v1/accounts/{text}")
                assert (answer.status, answer.json["code"]) == (400, "bad-target"), text
        assert daemon.get("/v1%2Faccounts").status == 404 and daemon.get("/v1/accounts%2Feu").status == 404
