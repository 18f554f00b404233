# SPDX-License-Identifier: Apache-2.0
"""The configurations of examples/gateways: nginx and Caddy in front of a backend, asking a real daemon; the others are
read as far as that can be done without their programs."""

import datetime
import json
import os
import shutil
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import yaml
from daemon import Daemon, set_clock

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
GATEWAYS = os.path.join(ROOT, "examples", "gateways")
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
START = datetime.datetime(2026, 3, 10, tzinfo=datetime.timezone.utc)
TARIFF = """\
tariff: demo
title: Demo
currency: USD
zone: UTC
cycle: month
funding: [free, qps, single, concurrency, payg]
items:
  face: {unit: call, price: 1}
operations: {Compare: face}
qps:
  faces: {items: [face], default: 3, day: 1, month: 10}
concurrency:
  tasks: {items: [face], price: 10, default: 1}
"""
NGINX_CONFIG = """\
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error;{user}
events {{ worker_connections 256; }}
http {{
    access_log off; client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
    uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
    include {folder}/tollgate.conf;
}}
"""


class Backend(BaseHTTPRequestHandler):
    """What stands behind the gateway."""
    protocol_version = "HTTP/1.1"
    may_go = threading.Event()
    entered = threading.Semaphore(0)
    seen = []

    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.seen.append(dict(self.headers))
        if "slow" in self.path:
            self.entered.release()
            self.may_go.wait(20)
        body = b"from the backend\n"
        self.send_response(403 if "forbidden" in self.path else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_):
        pass


class Book:
    """A daemon whose clock stands still until it is told otherwise, and a key for a gateway."""

    def __init__(self, tollgate, home):
        (home / "tariffs").mkdir()
        (home / "tariffs" / "demo.yaml").write_text(TARIFF)
        self.clock, self.seconds = home / "clock", 0
        self.next_second()
        assert tollgate("init", home / "book", "--tariffs", home / "tariffs").code == 0
        self.daemon = Daemon(tollgate, "--data", home / "book", "--listen", "127.0.0.1:0", "--clock-file", self.clock)
        documents = [{"specversion": "1.0", "id": account, "source": "test", "type": "tollgate.account",
                      "subject": account, "time": START.isoformat(), "data": {"postpaid": {"demo": on}}}
                     for account, on in (("acct-ann", True), ("acct-bob", False))]
        answer = self.daemon.post("/v1/commands", "".join(json.dumps(one) + "\n" for one in documents))
        assert answer.json["outcomes"]["accepted"] == 2, answer.text
        self.key = self.daemon.post("/v1/keys", '{"name": "gateway", "roles": ["admit"]}').json["secret"]

    def next_second(self):
        self.seconds += 1
        set_clock(self.clock, (START + datetime.timedelta(seconds=self.seconds)).isoformat() + "\n")

    def leases(self):
        text = self.daemon.get("/metrics").text
        return [line for line in text.splitlines() if line.startswith("tollgate_leases ")]


@pytest.fixture(name="book", scope="module")
def book_fixture(tollgate, tmp_path_factory):
    book = Book(tollgate, tmp_path_factory.mktemp("book"))
    with book.daemon:
        yield book


@pytest.fixture(name="backend", scope="module")
def backend_fixture():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Backend)
    server.handle_error = lambda *_: None  # a client has gone
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    Backend.may_go.set()
    server.shutdown()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Answer:
    def __init__(self, answer):
        self.status, self.headers, self.text = answer.status, answer.headers, answer.read().decode()


class Gateway:
    """A running gateway under its example, in which ports and the operation are ours. A context manager."""

    def __init__(self, command, folder, port):
        self.port = port
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, env={**os.environ, "HOME": str(folder)})
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                return
            except OSError:
                assert self.process.poll() is None, command
                time.sleep(0.05)

    def ask(self, path="/compare", key="key-ann", body=None, **headers):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", body, headers)
        if key:
            request.add_header("X-Api-Key", key)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return Answer(answer)
        except urllib.error.HTTPError as error:
            return Answer(error)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)


def example(name, ports):
    """The example with our ports, and our operation."""
    with open(os.path.join(GATEWAYS, name), encoding="utf-8") as file:
        text = file.read().replace("viapi.face-comparison-1-1", "demo.Compare")
    for theirs, ours in zip((8080, 9000, 8000), ports):
        assert f"127.0.0.1:{theirs}" in text
        text = text.replace(f"127.0.0.1:{theirs}", f"127.0.0.1:{ours}")
    return text


def start_nginx(folder, key, ports):
    if NGINX is None:
        pytest.skip("nginx is not installed")
    user = " user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(NGINX_CONFIG.format(folder=folder, user=user))
    (folder / "tollgate.conf").write_text(example("nginx.conf", ports))
    (folder / "tollgate-key.conf").write_text(f'proxy_set_header Authorization "Bearer {key}";\n')
    return Gateway([NGINX, "-e", f"{folder}/error", "-p", str(folder), "-c", f"{folder}/nginx.conf"], folder, ports[2])


def start_caddy(folder, key, ports):
    if shutil.which("caddy") is None:
        pytest.skip("caddy is not installed")
    (folder / "Caddyfile").write_text(example("Caddyfile", ports))
    (folder / "tollgate-key.caddy").write_text(f'header_up Authorization "Bearer {key}"\n')
    return Gateway(["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"],
                   folder, ports[2])


@pytest.fixture(name="nginx", scope="module")
def nginx_fixture(book, backend, tmp_path_factory):
    with start_nginx(tmp_path_factory.mktemp("nginx"), book.key, (book.daemon.port(), backend, free_port())) as gateway:
        yield gateway


@pytest.fixture(name="caddy", scope="module")
def caddy_fixture(book, backend, tmp_path_factory):
    with start_caddy(tmp_path_factory.mktemp("caddy"), book.key, (book.daemon.port(), backend, free_port())) as gateway:
        yield gateway


@pytest.fixture(name="gateway", params=["nginx", "caddy"])
def gateway_fixture(request, book):
    book.next_second()
    return request.getfixturevalue(request.param)


def wait_for_no_lease(book):
    """The gateway tells of the end after it has answered."""
    for _ in range(200):
        if book.leases() == ["tollgate_leases 0"]:
            return
        time.sleep(0.02)
    assert book.leases() == ["tollgate_leases 0"]


def test_calls_above_the_limit_are_429(gateway, book):
    for left in (2, 1, 0):
        answer = gateway.ask()
        assert (answer.status, answer.text) == (200, "from the backend\n"), left
        wait_for_no_lease(book)
    answer = gateway.ask(body=b"x" * 1000)
    assert answer.status == 429 and answer.headers["Retry-After"] == "1"
    assert '"calls";r=0' in answer.headers["RateLimit"] and '"calls";q=3;w=1' in answer.headers["RateLimit-Policy"]
    assert json.loads(answer.text)["code"] == "qps"
    assert answer.headers["Content-Type"] == "application/problem+json"
    book.next_second()
    assert gateway.ask(body=b"x" * 1000).status == 200
    wait_for_no_lease(book)


def test_who_may_not_is_told_why(gateway):
    for key, status, code in (("key-bob", 402, "funds"), ("key-unknown", 403, "no-account"), (None, 403, "no-account")):
        answer = gateway.ask(key=key)
        assert (answer.status, json.loads(answer.text)["code"]) == (status, code)


def test_a_client_cannot_say_who_it_is(gateway, book):
    """Headers of the check are the gateway's own."""
    spoofed = {"X-Tollgate-Account": "acct-ann", "X-Tollgate-Type": "demo.Free", "X-Tollgate-Lease-Seconds": "9999",
               "X-Tollgate-Lease": "l-1", "Content-Encoding": "br", "Cookie": "a=b"}
    assert gateway.ask(key="key-bob", **spoofed).status == 402
    answer = gateway.ask(body=b"{}", **spoofed)
    assert answer.status == 200
    assert Backend.seen[-1].get("X-Tollgate-Lease", "") != "l-1"
    wait_for_no_lease(book)


def test_what_the_backend_says_is_passed_on(gateway, book):
    answer = gateway.ask("/compare/forbidden")
    assert (answer.status, answer.text) == (403, "from the backend\n")
    wait_for_no_lease(book)


def test_nginx_takes_a_slot_for_as_long_as_the_request_runs(nginx, book):
    book.next_second()
    Backend.may_go.clear()
    slow = threading.Thread(target=nginx.ask, args=("/compare/slow",))
    slow.start()
    assert Backend.entered.acquire(timeout=20)
    answer = nginx.ask()
    assert (answer.status, json.loads(answer.text)["code"]) == (429, "concurrency")
    assert answer.headers["Retry-After"] == "1" and '"tasks";q=1' in answer.headers["RateLimit-Policy"]
    Backend.may_go.set()
    slow.join()
    wait_for_no_lease(book)
    assert nginx.ask().status == 200
    wait_for_no_lease(book)


def test_nginx_frees_the_slot_of_a_client_that_has_gone(nginx, book):
    book.next_second()
    Backend.may_go.clear()
    with socket.create_connection(("127.0.0.1", nginx.port)) as client:
        client.sendall(b"GET /compare/slow HTTP/1.1\r\nHost: a\r\nX-Api-Key: key-ann\r\n\r\n")
        assert Backend.entered.acquire(timeout=20)
        assert book.leases() == ["tollgate_leases 1"]
    wait_for_no_lease(book)
    Backend.may_go.set()


@pytest.mark.parametrize("start, status", [(start_nginx, 503), (start_caddy, 502)])
def test_without_a_daemon_the_gate_is_closed(start, status, backend, tmp_path):
    before = len(Backend.seen)
    with start(tmp_path, "tg_x", (free_port(), backend, free_port())) as gateway:
        answer = gateway.ask()
        assert answer.status == status and len(Backend.seen) == before
        if start is start_nginx:
            assert answer.headers["Retry-After"] == "5" and json.loads(answer.text)["code"] == "gate-down"


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
def test_a_check_may_come_in_the_method_of_the_client(book, method):
    """Envoy asks like that, with a length of nothing."""
    book.next_second()
    answer = book.daemon.request(method, "/v1/auth?type=demo.Compare&account=acct-bob", None, Content_Length="0")
    assert (answer.status, answer.headers["X-Tollgate-Reason"]) == (402, "funds")


def test_the_other_examples_can_be_read():
    with open(os.path.join(GATEWAYS, "envoy.yaml"), encoding="utf-8") as file:
        envoy = yaml.safe_load(file)
    manager = envoy["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]
    check, router = manager["http_filters"]
    assert router["name"] == "envoy.filters.http.router"
    service = check["typed_config"]["http_service"]
    assert service["path_override"].startswith("/v1/auth?type=") and not check["typed_config"]["failure_mode_allow"]
    clusters = {cluster["name"] for cluster in envoy["static_resources"]["clusters"]}
    assert service["server_uri"]["cluster"] in clusters
    with open(os.path.join(GATEWAYS, "traefik.yaml"), encoding="utf-8") as file:
        traefik = yaml.safe_load(file)["http"]
    for router in traefik["routers"].values():
        assert set(router["middlewares"]) <= set(traefik["middlewares"]) and router["service"] in traefik["services"]
    check = traefik["middlewares"]["tollgate-compare"]["forwardAuth"]
    assert "/v1/auth?type=" in check["address"] and "Authorization" in check["authRequestHeaders"]
