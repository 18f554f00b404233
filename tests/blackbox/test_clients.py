# SPDX-License-Identifier: Apache-2.0
"""The clients of examples/clients, each against a real daemon: send, ask, settle, read a bill, verify a webhook."""

import base64
import datetime
import hashlib
import hmac
import json
import os
import shutil
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from daemon import Daemon
from receiver import Receiver

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CLIENTS = os.path.join(ROOT, "examples", "clients")
TARIFF = """\
tariff: demo
title: Demo
currency: USD
zone: UTC
cycle: month
items:
  call: {unit: call, price: 1}
  job: {unit: call, price: 1}
operations: {Call: call, Job: job}
packages:
  pack: {kind: single, unit: call, validity: 1 year, scope: {call: 1}, sizes: {100: 20}}
concurrency:
  jobs: {items: [job], price: 10, default: 1}
"""
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()


def now():
    return datetime.datetime.now(datetime.timezone.utc).isoformat()


def event(number, kind="demo.Call", account="ann", **data):
    return {"specversion": "1.0", "id": f"e-{number}", "source": "test", "type": kind, "subject": account,
            "time": now(), "data": data}


class Shell:
    """The client in curl. Bodies are files."""

    def __init__(self, folder, url, key):
        self.folder, self.count = folder, 0
        self.env = {**os.environ, "TOLLGATE_URL": url, "TOLLGATE_KEY_FILE": str(key)}
        self.command = ["sh", os.path.join(CLIENTS, "tollgate.sh")]

    def run(self, *words, body=None):
        """Exit status and the object that it printed."""
        if body is not None:
            self.count += 1
            path = self.folder / f"body-{self.count}"
            path.write_bytes(body)
            words = (*words, path)
        return self.ended(words, None)

    def ended(self, words, body):
        done = subprocess.run([*self.command, *map(str, words)], input=body or b"", stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, env=self.env, timeout=60, check=False)
        text = done.stdout.decode().strip()
        self.error = done.stderr.decode()
        return done.returncode, json.loads(text) if text else None

    def send(self, events):
        code, answer = self.run("send", body="".join(json.dumps(one) + "\n" for one in events).encode())
        assert code == 0, (answer, self.error)
        return [item for item in answer["items"] if item["outcome"] != "duplicate"]

    def admit(self, account, operation, more):
        code, answer = self.run("admit", account, operation, more)
        assert code == (0 if answer["decision"] == "allow" else 22)
        return answer


class Program(Shell):
    """Those that read bodies from standard input and have exit status 1 for no."""

    def run(self, *words, body=None):
        return self.ended(words, body)

    def send(self, events):
        code, answer = self.run("send", body="".join(json.dumps(one) + "\n" for one in events).encode())
        assert code == (1 if answer else 0), self.error
        return answer

    def admit(self, account, operation, more):
        code, answer = self.run("admit", account, operation, "{" + more + "}")
        assert code == (0 if answer["decision"] == "allow" else 1)
        return answer


class Python(Program):
    def __init__(self, *words):
        super().__init__(*words)
        self.command = ["/usr/bin/python3", "-B", os.path.join(CLIENTS, "tollgate.py")]


class Node(Program):
    def __init__(self, *words):
        super().__init__(*words)
        self.command = ["node", os.path.join(CLIENTS, "tollgate.mjs")]


@pytest.fixture(name="daemon", scope="module")
def daemon_fixture(tollgate, tmp_path_factory):
    home = tmp_path_factory.mktemp("clients")
    (home / "tariffs").mkdir()
    (home / "tariffs" / "demo.yaml").write_text(TARIFF)
    assert tollgate("init", home / "book", "--tariffs", home / "tariffs").code == 0
    with Daemon(tollgate, "--data", home / "book", "--listen", "127.0.0.1:0", "--webhook-allow", "127.0.0.0/8",
                "--webhook-http") as daemon:
        yield daemon


@pytest.fixture(name="client", params=[Shell, Python, Node])
def client_fixture(request, daemon, tmp_path):
    """With a key of its own, and an account that is its own."""
    if request.param is Node and shutil.which("node") is None:
        pytest.skip("node is not here")
    name = request.param.__name__.lower()
    made = daemon.post("/v1/keys", json.dumps({"name": name, "roles": ["ingest", "admit", "read"]}))
    assert made.status == 201, made.text
    key = tmp_path / "key"
    key.write_text(made.json["secret"] + "\n")
    client = request.param(tmp_path, f"http://127.0.0.1:{daemon.port()}", key)
    client.account = f"{name}-{request.node.originalname}"
    documents = [event(f"a-{client.account}", "tollgate.account", client.account, postpaid={"demo": True}),
                 event(f"o-{client.account}", "tollgate.order", client.account, tariff="demo", sku="pack-100")]
    answer = daemon.post("/v1/commands", "".join(json.dumps(one) + "\n" for one in documents))
    assert answer.json["outcomes"]["accepted"] == 2, answer.text
    return client


def test_usage_is_sent_once(client, daemon):
    events = [event(f"{client.account}-{number}", account=client.account) for number in range(30)]
    wrong = event(f"{client.account}-x", "demo.Cal", client.account)
    told = client.send(events + [wrong])
    assert [(item["index"], item["outcome"]) for item in told] == [(30, "unpriced")] and "Call" in told[0]["reason"]
    assert [item["outcome"] for item in client.send(events + [wrong])] == []
    balance, = daemon.get(f"/v1/accounts/{client.account}/balances").json["items"]
    assert balance["remaining"] == "70"


def test_a_slot_is_taken_settled_and_released(client, daemon):
    first = client.admit(client.account, "demo.Job", '"lease_seconds": 60')
    assert first["decision"] == "allow" and first["pays"] == "payg"
    second = client.admit(client.account, "demo.Job", '"lease_seconds": 60')
    assert (second["decision"], second["reason"]) == ("deny", "concurrency")
    usage = event(f"{client.account}-job", "demo.Job", client.account)
    code, answer = client.run("settle", first["lease"], body=json.dumps(usage).encode())
    assert (code, answer["outcome"]) == (0, "accepted")
    third = client.admit(client.account, "demo.Job", '"lease_seconds": 60')
    assert client.run("release", third["lease"]) == (0, {"released": True})
    assert client.run("release", third["lease"]) == (0, {"released": False})
    assert client.admit("nobody", "demo.Job", '"dry_run": true')["reason"] == "no-account"


def test_a_hold_is_settled_by_what_was_used(client, daemon):
    hold = client.admit(client.account, "demo.Call", '"hold": {"data": {"count": 40}}')
    assert hold["decision"] == "allow"
    balance, = daemon.get(f"/v1/accounts/{client.account}/balances").json["items"]
    assert (balance["remaining"], balance["held"]) == ("60", "40")
    code, answer = client.run("settle", hold["lease"], body=b'{"data": {"count": 25}}')
    assert (code, answer["outcome"]) == (0, "accepted")
    balance, = daemon.get(f"/v1/accounts/{client.account}/balances").json["items"]
    assert (balance["remaining"], balance["held"]) == ("75", "0")


def test_a_bill_is_read(client, daemon):
    number = daemon.get(f"/v1/bills?account={client.account}").json["items"][0]["number"]
    code, bill = client.run("bill", number)
    assert (code, bill["account"], bill["total"]) == (0, client.account, "20.00")
    code, _ = client.run("bill", "demo-999999")
    assert code in (2, 22)


def signed(body, stamp, secret=SECRET):
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"msg-1.{stamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def test_webhooks_are_verified(client, tmp_path):
    path, other = tmp_path / "secret", "whsec_" + base64.b64encode(b"x" * 24).decode()
    path.write_text(SECRET + "\n")
    stamp = int(time.time())
    body = b'{"type": "tollgate.alert.package-low",\n "data": "\xe2\x82\xac"}\n'
    rows = [
        (0, stamp, signed(body, stamp), body), (0, stamp, f"v1,AAAA {signed(body, stamp)} v1a,BBBB", body),
        (0, stamp - 290, signed(body, stamp - 290), body), (1, stamp - 310, signed(body, stamp - 310), body),
        (1, stamp + 330, signed(body, stamp + 330), body), (1, stamp, signed(body, stamp - 1), body),
        (1, stamp, signed(body, stamp), body + b"\n"), (1, stamp, signed(body, stamp, other), body),
        (1, stamp, signed(body, stamp).replace("v1,", "v2,"), body), (1, stamp, signed(body, stamp)[:-1], body),
        (1, stamp, "", body), (1, "x[$(exit 7)]", "v1,", body), (1, "", "v1,", body),
        (0, stamp, signed(b"", stamp), b"")]
    for number, (want, at, signatures, text) in enumerate(rows):
        code, _ = client.run("verify", path, "msg-1", at, signatures, body=text)
        assert code == want, (number, client.error)


@pytest.fixture(name="delivery", scope="module")
def delivery_fixture(daemon):
    """What the daemon really sends: the secret, the headers in small letters, the body."""
    with Receiver() as receiver:
        hook = daemon.post("/v1/webhooks", json.dumps({"url": receiver.url})).json
        answer = daemon.post(f"/v1/webhooks/{hook['id']}/test", "{}")
        assert answer.status < 300, answer.text
        _, headers, body = receiver.wait(1)[0]
    return hook["secret"], {name.lower(): value for name, value in headers.items()}, body


def test_a_webhook_of_the_daemon_is_genuine(client, delivery, tmp_path):
    secret, headers, body = delivery
    (tmp_path / "secret").write_text(secret + "\n")
    words = [tmp_path / "secret", *(headers[f"webhook-{name}"] for name in ("id", "timestamp", "signature"))]
    assert client.run("verify", *words, body=body)[0] == 0
    assert client.run("verify", *words, body=body.replace(b"test", b"tess"))[0] == 1


class Busy(BaseHTTPRequestHandler):
    """Too much to do, then not; and looks at who asks."""
    seen = []

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append(self.headers["Authorization"])
        body = b'{"items": []}' if len(self.seen) % 2 == 0 else b'{"status": 503, "code": "busy"}'
        self.send_response(200 if len(self.seen) % 2 == 0 else 503)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Retry-After", "1")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def test_what_is_busy_is_asked_again(client):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Busy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    client.env["TOLLGATE_URL"] = f"http://127.0.0.1:{server.server_port}/"
    before = len(Busy.seen)
    assert client.send([event(1)]) == []
    assert len(Busy.seen) == before + 2
    server.shutdown()
    server.server_close()


def test_no_secret_of_the_shell_client_is_an_argument(daemon, tmp_path):
    """Programs in between write down how they are called."""
    made = daemon.post("/v1/keys", '{"name": "shell", "roles": ["read"]}').json
    for name in ("key", "secret"):
        (tmp_path / name).write_text(made["secret"] if name == "key" else SECRET)
    for name in ("curl", "openssl", "cat", "sed", "base64", "od", "tr"):
        (tmp_path / name).unlink(missing_ok=True)
        (tmp_path / name).write_text(f'#!/bin/sh\necho "$0 $*" >> "{tmp_path}/calls"\nexec {shutil.which(name)} "$@"\n')
        (tmp_path / name).chmod(0o755)
    client = Shell(tmp_path, f"http://127.0.0.1:{daemon.port()}", tmp_path / "key")
    client.env["PATH"] = f"{tmp_path}:{client.env['PATH']}"
    assert client.run("bill", "demo-1")[0] in (0, 22)
    stamp = int(time.time())
    assert client.run("verify", tmp_path / "secret", "msg-1", stamp, signed(b"x", stamp), body=b"x")[0] == 0
    calls = (tmp_path / "calls").read_text()
    assert "/curl " in calls and calls.count("/openssl ") == 2
    digits = bytes(range(32)).hex()
    for part in (made["secret"], made["secret"][-20:], SECRET, SECRET[6:30], digits, digits[:16]):
        assert part not in calls
