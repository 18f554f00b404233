# SPDX-License-Identifier: Apache-2.0
"""Webhooks of a running daemon against real receivers: what arrives, how it is signed, and what happens when they
answer badly, slowly, or not at all."""

import datetime
import json
import os
import signal
import ssl
import subprocess
import threading
import time

import pytest
from conftest import ROOT, event
from daemon import Daemon, set_clock
from receiver import Receiver, good_signatures

LOCAL = ["--webhook-allow", "127.0.0.0/8", "--webhook-http"]


@pytest.fixture(name="book")
def book_fixture(tollgate, tmp_path, demo):
    assert tollgate("init", tmp_path / "book", "--tariffs", demo).code == 0
    return tmp_path / "book"


DAEMONS = []


@pytest.fixture(autouse=True)
def no_daemon_stays():
    yield
    while DAEMONS:
        DAEMONS.pop().end()


class Served:
    """A daemon whose clock the test moves."""

    def __init__(self, tollgate, book, *words, now="2026-02-16"):
        self.tollgate, self.book, self.words = tollgate, book, words
        self.clock = book.parent / "clock"
        self.now = datetime.datetime.fromisoformat(now + "T00:00:00+00:00")
        self.number = 0
        self.later(seconds=0)
        self.start()

    def start(self):
        self.daemon = Daemon(self.tollgate, "--data", self.book, "--clock-file", self.clock, *self.words)
        DAEMONS.append(self.daemon)

    def later(self, **much):
        self.now += datetime.timedelta(**much)
        set_clock(self.clock, self.now.strftime("%Y-%m-%dT%H:%M:%SZ"))

    def call(self, method, path, body=None, status=200):
        answer = self.daemon.request(method, "/v1/webhooks" + path, body and json.dumps(body))
        assert answer.status == status, answer.text
        return answer.json if answer.bytes else None

    def add(self, url, **wants):
        return self.call("POST", "", {"url": url, **wants}, status=201)

    def two_alerts(self, account="ann"):
        """A package, used up: package-low and package-empty."""
        self.number += 2
        at = self.now.strftime("%Y-%m-%dT%H:%M:%SZ")
        lines = (event("tollgate.order", {"tariff": "demo", "sku": "calls-100"}, self.number, account, at) +
                 event("demo.Do", {"count": 50}, self.number + 1, account, at))
        answer = self.daemon.post("/v1/commands", lines)
        assert answer.status == 200 and answer.json["outcomes"]["accepted"] == 2, answer.text

    def deliveries(self, hook):
        return self.call("GET", f"/{hook['id']}/deliveries")["items"]

    def wait(self, hook, condition, seconds=20):
        """Until the deliveries, newest first, are so."""
        end = time.monotonic() + seconds
        while not condition(self.deliveries(hook)):
            assert time.monotonic() < end, self.deliveries(hook)
            time.sleep(0.02)
        return self.deliveries(hook)

    def tried(self, hook, times):
        return self.wait(hook, lambda items: items and len(items[-1]["attempts"]) >= times)[-1]


@pytest.fixture(name="served")
def served_fixture(tollgate, book):
    served = Served(tollgate, book, *LOCAL)
    yield served
    served.daemon.end()


def test_alerts_arrive_once_and_signed(served):
    with Receiver() as receiver:
        hook = served.add(receiver.url, types=["tollgate.alert.package-low", "tollgate.alert.package-empty"])
        assert hook["secret"].startswith("whsec_")
        pair = served.add(receiver.url + "/pair", scheme="v1a", accounts=["ann"])
        assert "secret" not in pair and pair["keys"][0]["public_key"].startswith("whpk_")
        served.two_alerts()
        served.two_alerts("bob")
        requests = receiver.wait(6)
        served.wait(hook, lambda items: [item["state"] for item in items] == ["delivered"] * 4)
        served.wait(pair, lambda items: [item["state"] for item in items] == ["delivered"] * 2)
        bodies = [json.loads(body) for path, _, body in requests if path == "/hook"]
        assert {(body["type"], body["data"]["account"]) for body in bodies} == {
            (f"tollgate.alert.package-{name}", account) for name in ("low", "empty") for account in ("ann", "bob")}
        assert all(body["data"]["sku"] == "calls-100" and body["timestamp"] == "2026-02-16T00:00:00Z"
                   for body in bodies)
        for request in requests:
            wanted = hook["secret"] if request[0] == "/hook" else pair["keys"][0]["public_key"]
            assert good_signatures(request, hook["secret"], pair["keys"][0]["public_key"]) == [wanted]
            assert request[1]["webhook-timestamp"] == "1771200000" and request[1]["content-type"] == "application/json"
            assert not good_signatures((request[0], request[1], request[2] + b" "), wanted)
        assert len(set(receiver.ids)) == 4  # both see the same ids
        data = json.loads(served.tollgate("alerts", "--data", served.book, "--json").out)["alerts"]
        assert bodies[0]["data"] in data
        time.sleep(1.2)
        assert len(requests) == 6


WATCH = """\
tariff: watch
title: What somebody should know
currency: USD
zone: UTC
cycle: day
bill_alerts: true
items:
  call: {unit: call, price: 0.5}
operations:
  Call: call
packages:
  calls:
    {kind: single, unit: call, validity: 30 days, expiring: 10 days, alerts: [20%, 0%], scope: {call: 1},
     sizes: {10: 4}}
qps:
  speed: {items: call, day: 1, expiring: none}
"""


def by_text(rows):
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


def test_every_kind_of_alert_arrives_as_it_is_shown(tollgate, tmp_path):
    """A month of a small book: what receivers got is what `tollgate alerts` shows, each once."""
    (tmp_path / "watch.yaml").write_text(WATCH)
    book, counted_first = tmp_path / "book", {"unfunded": 1}  # what is counted is told the first time
    assert tollgate("init", book, "--tariffs", tmp_path / "watch.yaml").code == 0
    served = Served(tollgate, book, *LOCAL, now="2026-01-05")
    with Receiver() as receiver:
        hook = served.add(receiver.url)
        lines = event("tollgate.order", {"tariff": "watch", "sku": "calls-10"}, 1, "ann", "2026-01-01T09:00:00Z")
        lines += event("tollgate.account", {"low": {"USD": "1000"}, "postpaid": {"watch": True}}, 2, "bob",
                       "2026-01-01T09:00:00Z")
        lines += event("tollgate.wallet", {"amount": "20", "currency": "USD", "kind": "top-up"}, 3, "bob",
                       "2026-01-01T09:00:00Z")
        for number, (account, day, count) in enumerate([("ann", 1, 8), ("bob", 1, 3), ("bob", 2, 2), ("bob", 3, 4),
                                                        ("bob", 4, 100)], 10):
            lines += event("watch.Call", {"count": count}, number, account, f"2026-01-0{day}T10:00:00Z")
        lines += event("watch.Nothing", {"count": 1}, 20, "eve", "2026-01-04T10:00:00Z")
        lines += event("tollgate.order", {"tariff": "watch", "sku": "speed-qps-day", "quantity": 2}, 21, "fay",
                       "2026-01-03T00:00:00Z")
        lines += event("tollgate.account", {"postpaid": {"watch": False}}, 22, "gil", "2026-01-03T00:00:00Z")
        for number, (account, hour, count) in enumerate([("fay", 10, 2), ("fay", 10, 3), ("gil", 9, 1), ("gil", 10, 1)],
                                                        30):
            lines += event("watch.Call", {"count": count}, number, account, f"2026-01-03T{hour:02}:00:00Z")
        assert served.daemon.post("/v1/commands", lines).status == 200
        served.later(days=28)
        tick = {"specversion": "1.0", "id": "t-1", "source": "s", "type": "tollgate.tick", "data": {},
                "time": "2026-02-01T00:00:00Z"}
        assert served.daemon.post("/v1/commands", json.dumps(tick)).json["outcomes"]["accepted"] == 1
        shown = tollgate("alerts", "--data", book, "--json").json["alerts"]
        counted = {alert["kind"]: alert["count"] for alert in shown if alert["kind"] in ("over-limit", "unfunded")}
        assert counted == {"over-limit": 3, "unfunded": 2}
        sent = [{**alert, "count": counted_first.get(alert["kind"], alert["count"])} for alert in shown]
        receiver.wait(len(sent))
        got = [json.loads(body) for _, _, body in receiver.requests]
        assert by_text(body["data"] for body in got) == by_text(sent)
        assert all(body["type"] == f"tollgate.alert.{body['data']['kind']}" for body in got)
        assert len(set(receiver.ids)) == len(got)
        assert {"package-low", "package-expiring", "package-expired", "bill-closed", "spend-jump", "sudden-zero",
                "unpriced", "balance-low", "overdue"} <= {alert["kind"] for alert in sent}
        served.wait(hook, lambda items: all(item["state"] == "delivered" for item in items))
    served.daemon.end()


@pytest.mark.parametrize("status", [500, 404, 429, 301, 307])
def test_a_bad_answer_is_tried_again(served, status):
    def answer(handler):
        if len(receiver.requests) > 1:
            return 200
        handler.send_response(status)
        handler.send_header("location", receiver.url + "/elsewhere")
        handler.send_header("content-length", "0")
        handler.end_headers()
        return None

    with Receiver(answer) as receiver:
        hook = served.add(receiver.url, types=["tollgate.alert.package-low"])
        served.two_alerts()
        item = served.tried(hook, 1)
        assert item["state"] == "waiting" and item["attempts"][0]["status"] == status
        served.later(seconds=7)
        item = served.tried(hook, 2)
        assert item["state"] == "delivered" and item["attempts"][1]["status"] == 200
        assert len(set(receiver.ids)) == 1 and [path for path, _, _ in receiver.requests] == ["/hook", "/hook"]
        stamps = [int(headers["webhook-timestamp"]) for _, headers, _ in receiver.requests]
        assert stamps[1] - stamps[0] == 7
        assert [good_signatures(request, hook["secret"]) for request in receiver.requests] == [[hook["secret"]]] * 2


def test_gone_ends_it_and_people_begin_it_again(served):
    with Receiver(410) as receiver:
        hook = served.add(receiver.url, types=["tollgate.alert.package-low"])
        served.two_alerts()
        served.wait(hook, lambda items: items and items[0]["state"] == "failed")
        assert served.call("GET", f"/{hook['id']}")["state"] == "gone"
        log = served.daemon.wait_for(b'it is enabled"').splitlines()
        line = json.loads(next(line for line in log if b'"event":"webhook"' in line))
        assert line["level"] == "warning" and hook["id"] in line["text"] and receiver.url not in line["text"]
        served.two_alerts("bob")
        served.call("POST", f"/{hook['id']}/test", status=409)
        receiver.answer = 200
        assert served.call("PATCH", f"/{hook['id']}", {"is_enabled": True})["state"] == "enabled"
        receiver.wait(2)
        assert json.loads(receiver.requests[1][2])["data"]["account"] == "bob"


def test_retry_after_is_honoured(served):
    def answer(handler):
        handler.send_response(503)
        handler.send_header("retry-after", "600")
        handler.send_header("content-length", "0")
        handler.end_headers()

    with Receiver(answer) as receiver:
        hook = served.add(receiver.url, types=["tollgate.alert.package-low"])
        served.two_alerts()
        item = served.tried(hook, 1)
        next_at = datetime.datetime.fromisoformat(item["next_at"][:19] + "+00:00")
        assert 600 <= (next_at - served.now).total_seconds() <= 720


def cut(handler):
    handler.close_connection = True
    handler.connection.close()


def half(handler):
    handler.send_response(200)
    handler.send_header("content-length", "100")
    handler.end_headers()
    handler.wfile.write(b"x")
    handler.close_connection = True


def endless_headers(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for _ in range(2000):
        handler.wfile.write(b"x-more: " + b"y" * 1000 + b"\r\n")


def huge(handler):
    handler.send_response(200)
    handler.send_header("content-length", str(1 << 30))
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b"z" * 65536)
            handler.sent = getattr(handler, "sent", 0) + 65536
            assert handler.sent < 1 << 28
    except OSError:
        pass
    handler.close_connection = True


@pytest.mark.parametrize("answer, state, words", [
    (cut, "waiting", ""), (half, "waiting", ""), (endless_headers, "waiting", ""),
    (huge, "delivered", None)])  # what is taken is taken; nobody reads the rest
def test_answers_that_are_none(served, answer, state, words):
    with Receiver(lambda handler: answer(handler)) as receiver:
        hook = served.add(receiver.url, types=["tollgate.alert.package-low"])
        served.two_alerts()
        item = served.tried(hook, 1)
        assert item["state"] == state
        assert (item["attempts"][0]["error"] is None) == (words is None)
        assert item["attempts"][0]["status"] == (200 if words is None else 0)
        assert receiver.requests


def test_a_slow_receiver_holds_nobody_else(served):
    is_over = threading.Event()
    with Receiver(lambda handler: is_over.wait(25) and 200) as slow, Receiver() as quick:
        served.add(slow.url)
        hook = served.add(quick.url)
        for name in ("ann", "bob", "eve", "joe"):
            served.two_alerts(name)
        quick.wait(8)
        served.wait(hook, lambda items: all(item["state"] == "delivered" for item in items))
        assert len(slow.wait(4)) == 4 and not is_over.is_set()  # no more at once
        is_over.set()
        slow.wait(8)


def test_nobody_listens(served):
    hook = served.add("http://127.0.0.1:1/hook", types=["tollgate.alert.package-low"])
    served.two_alerts()
    item = served.tried(hook, 1)
    assert item["state"] == "waiting" and item["attempts"][0]["error"] == "Couldn't connect to server"
    assert 'tollgate_webhook_attempts_total{outcome="failed"} 1' in served.daemon.get("/metrics").text


def test_keys_rotate_with_an_overlap(served):
    with Receiver() as receiver:
        hook = served.add(receiver.url, types=["tollgate.alert.package-low"])
        new = served.call("POST", f"/{hook['id']}/rotate", {"overlap": "1 hour"})
        pair = served.call("POST", f"/{hook['id']}/rotate", {"overlap": "1 hour", "scheme": "v1a"})
        keys = [pair["keys"][0]["public_key"], new["secret"], hook["secret"]]
        served.two_alerts()
        receiver.wait(1)
        assert good_signatures(receiver.requests[0], *keys) == keys
        served.later(hours=1)
        served.two_alerts("bob")
        receiver.wait(2)
        assert good_signatures(receiver.requests[1], *keys) == keys[:1]


def test_deliveries_are_replayed_and_tested(served):
    with Receiver() as receiver:
        hook = served.add(receiver.url)
        served.two_alerts()
        receiver.wait(2)
        served.wait(hook, lambda items: len(items) == 2)
        again = served.call("POST", f"/{hook['id']}/replay", {"delivery": 1}, status=202)
        assert again["number"] == 3 and again["is_replay"]
        receiver.wait(3)
        served.call("POST", f"/{hook['id']}/replay", {"since": "2026-02-16T00:00:00Z"}, status=202)
        receiver.wait(5)
        assert len(set(receiver.ids)) == 2
        test = served.call("POST", f"/{hook['id']}/test", status=202)
        receiver.wait(6)
        assert json.loads(receiver.requests[5][2])["type"] == "tollgate.webhook.test"
        assert receiver.ids[5] == test["id"]
        page = served.call("GET", f"/{hook['id']}/deliveries?limit=4")
        rest = served.call("GET", f"/{hook['id']}/deliveries?limit=4&cursor={page['next']}")
        assert [item["number"] for item in page["items"] + rest["items"]] == [6, 5, 4, 3, 2, 1] and not rest["next"]


def test_nothing_is_lost_when_the_daemon_is_killed(served):
    with Receiver() as receiver:
        hook = served.add(receiver.url)
        receiver.answer = lambda handler: time.sleep(0.3) or 200  # killed between send and note
        for number in range(4):
            served.two_alerts(f"a{number}")
            time.sleep(0.1)
            served.daemon.end(signal.SIGKILL)
            served.start()
        receiver.answer = 200
        served.wait(hook, lambda items: len({item["id"] for item in items if item["state"] == "delivered"}) == 8)
        assert len(set(receiver.ids)) == 8
        served.daemon.end()
        served.start()
        count = len(receiver.requests)
        time.sleep(1.2)
        assert len(receiver.requests) == count  # what was noted is not told again


def test_tariffs_that_hold_are_told(tollgate, book, demo):
    served = Served(tollgate, book, *LOCAL, "--tariffs", demo)
    with Receiver() as receiver:
        served.add(receiver.url, types=["tollgate.tariff.activated"])
        demo_file = demo / "demo.yaml"
        demo_file.write_text(demo_file.read_text().replace("0.003", "0.004"))
        served.daemon.send(signal.SIGHUP)
        receiver.wait(1)
        assert json.loads(receiver.requests[0][2])["data"] == {"set": 2, "tariffs": ["demo"]}
    served.daemon.end()


# ---- where it may not go ----

@pytest.mark.parametrize("url", ["https://127.0.0.1/x", "https://localhost/x", "http://example.com/", "https://[::1]/",
                                 "https://169.254.169.254/latest/meta-data", "https://user@example.com/",
                                 "https://0x7f.1/", "https://2130706433/", "https://example.com:22/", "file:///x"])
def test_the_inside_is_closed(tollgate, book, url):
    served = Served(tollgate, book)
    problem = served.call("POST", "", {"url": url}, status=422)
    assert problem["code"] == "invalid-webhook" and problem["errors"][0]["pointer"] == "/url"
    served.daemon.end()


def test_what_was_allowed_once_is_checked_again(tollgate, book):
    """As a name that resolves elsewhere by now: the guard of each connection decides, not the one of the door."""
    with Receiver() as receiver:
        served = Served(tollgate, book, *LOCAL)
        hook = served.add(receiver.url, types=["tollgate.alert.package-low"])
        served.daemon.end()
        served.words = ["--webhook-http"]
        served.start()
        served.two_alerts()
        item = served.tried(hook, 1)
        assert item["attempts"][0]["error"] == "it is the host itself" and not receiver.requests
        served.daemon.end()
        served.words = LOCAL[:2]  # https alone
        served.start()
        served.later(seconds=7)
        item = served.tried(hook, 2)
        assert item["attempts"][1]["error"] == "Unsupported protocol" and not receiver.requests
        served.daemon.end()


def test_certificates_are_checked(tollgate, book, tmp_path):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate,
                    "-days", "3650", "-subj", "/CN=receiver", "-addext", "subjectAltName=IP:127.0.0.1"],
                   check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with Receiver(tls=context) as receiver:
        served = Served(tollgate, book, *LOCAL[:2])
        hook = served.add(receiver.url, types=["tollgate.alert.package-low"])
        served.two_alerts()
        item = served.tried(hook, 1)
        assert "certificate" in item["attempts"][0]["error"] and not receiver.requests
        served.daemon.end()
        served.words = [*LOCAL[:2], "--webhook-ca", certificate]
        served.start()
        served.later(seconds=7)
        receiver.wait(1)
        served.daemon.end()


# ---- secrets ----

def test_secrets_are_shown_once_and_kept_nowhere(served):
    with Receiver() as receiver:
        hook = served.add(receiver.url)
        canary = hook["secret"].removeprefix("whsec_")
        served.two_alerts()
        receiver.wait(2)
        shown = [served.daemon.get(path).text for path in ("/v1/webhooks", f"/v1/webhooks/{hook['id']}", "/metrics",
                                                           f"/v1/webhooks/{hook['id']}/deliveries")]
        served.daemon.end()
        kept = [path.read_bytes() for path in served.book.rglob("*") if path.is_file()]
        assert kept and not any(canary.encode() in data for data in kept)
        assert not any(canary in text for text in [*shown, served.daemon.log.decode()])
        served.start()  # and it still signs
        served.two_alerts("bob")
        receiver.wait(4)
        assert good_signatures(receiver.requests[3], hook["secret"]) == [hook["secret"]]


def test_not_everybody_may(served, tollgate):
    served.daemon.end()
    served.words = [*LOCAL, "--listen", "127.0.0.1:0"]
    served.start()
    port = served.daemon.port()
    keys = {}
    for role in ("read", "pricing", "billing", "admin"):
        answer = served.daemon.post("/v1/keys", json.dumps({"name": role, "roles": [role]}))
        keys[role] = answer.json["secret"]
    for role, status in (("read", 403), ("pricing", 403), ("billing", 200), ("admin", 200)):
        answer = served.daemon.request("GET", "/v1/webhooks", port=port, authorization=f"Bearer {keys[role]}")
        assert answer.status == status


# ---- the command line ----

@pytest.fixture(name="desk", params=["directory", "daemon"])
def desk_fixture(request, tollgate, book):
    """Calls `tollgate webhook`, on a directory that a daemon serves and on one that none does."""
    served = Served(tollgate, book, *LOCAL) if request.param == "daemon" else None

    def call(*words, code=0):
        result = tollgate("webhook", *words, "--data", book, "--json")
        assert result.code == code, result.err
        return result.json if result.out else result.err

    yield call
    if served:
        served.daemon.end()


def test_verbs_on_webhooks(desk, tollgate, book):
    made = desk("add", "https://hooks.example.com/x", "--type", "tollgate.alert.overdue", "--account", "ann",
                "--account", "bob", "--description", "for finance")
    assert made["secret"].startswith("whsec_") and made["accounts"] == ["ann", "bob"]
    hook = made["id"]
    assert [item["id"] for item in desk("list")["items"]] == [hook] and "secret" not in str(desk("list"))
    assert desk("change", hook, "--disable", "--type", "tollgate.alert.suspended")["state"] == "disabled"
    assert "enable it first" in desk("test", hook, code=1)
    changed = desk("change", hook, "--enable")
    assert changed["state"] == "enabled" and changed["types"] == ["tollgate.alert.suspended"]
    assert len(desk("rotate", hook, "--scheme", "v1a", "--overlap", "none")["keys"]) == 1
    assert desk("test", hook)["type"] == "tollgate.webhook.test"
    assert [item["number"] for item in desk("deliveries", hook)["items"]] == [1]
    assert desk("replay", hook, "--delivery", "1")["is_replay"]
    assert desk("replay", hook, "--since", "2026-01-01")["id"] == hook
    assert "not in the log" in desk("replay", hook, "--delivery", "9", code=1)
    shown = tollgate("webhook", "list", "--data", book).out
    assert hook in shown and "tollgate.alert.suspended" in shown
    assert desk("remove", hook) == {} and desk("list")["items"] == []
    assert "no webhook of this id" in desk("remove", hook, code=1)
    audited = [line["action"] for line in map(json.loads, (book / "audit.ndjson").read_text().splitlines())
               if line["result"] == "begun"]
    assert audited[0] == "webhook_create" and audited[-1] == "webhook_remove" and "webhooks_list" not in audited


@pytest.mark.parametrize("words, said", [
    (["add", "https://10.0.0.1/"], "nothing can be sent there: it is private"),
    (["add", "https://example.com/", "--type", "tollgate.alert.unprized"], "did you mean tollgate.alert.unpriced?"),
    (["change", "wh_1", "--enable", "--disable"], "contradict"), (["remove", "../keys"], "is no id of a webhook"),
    (["replay", "wh_1", "--delivery", "x"], "--delivery"), (["replay", "wh_1", "--since", "x"], "--since")])
def test_what_verbs_refuse(desk, words, said):
    assert said in desk(*words, code=2)


def test_the_verifier_of_the_docs(served):
    with open(os.path.join(ROOT, "docs", "webhooks.md"), encoding="utf-8") as file:
        code = file.read().split("<!-- file: verify.py -->\n```python\n")[1].split("```")[0]
    assert len(code.splitlines()) <= 15
    names = {}
    exec(code, names)  # pylint: disable=exec-used
    with Receiver() as receiver:
        hook = served.add(receiver.url, types=["tollgate.alert.package-low"])
        new = served.call("POST", f"/{hook['id']}/rotate", {})
        served.two_alerts()
        _, headers, body = receiver.wait(1)[0]
        for secret in (hook["secret"], new["secret"]):
            assert names["verify"](headers, body, secret, now=1771200000 + 299)
            assert not names["verify"](headers, body, secret, now=1771200000 + 301)
            assert not names["verify"](headers, body + b" ", secret, now=1771200000)
        assert not names["verify"](headers, body, "whsec_" + "A" * 32, now=1771200000)
