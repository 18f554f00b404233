# SPDX-License-Identifier: Apache-2.0
"""HTTP of the daemon without its routes: a server of echoes (tests/support/http_driver.c)."""

import json
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.http_server import HttpServer  # noqa: E402


@pytest.fixture(name="server", scope="module")
def server_fixture():
    with HttpServer() as server:
        yield server


SAFE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
        "Content-Security-Policy": "default-src 'none'"}


@pytest.mark.parametrize("method, target, body, status, want", [
    ("GET", "/v1/things", None, 200, {"route": "things_list", "path": "/v1/things"}),
    ("GET", "/v1/things?limit=a%20b", None, 200, {"limit": "a b"}),
    ("GET", "/v1/things?limit=a+b", None, 200, {"limit": "a b"}),
    ("GET", "/v1/things?limit=1&limit=2", None, 400, {"code": "repeated-parameter"}),
    ("GET", "/v1/things?limits=1", None, 400, {"code": "unknown-parameter"}),
    ("GET", "/v1/things/caf%C3%A9", None, 200, {"route": "thing_show", "param": "café"}),
    ("GET", "/v1/things/all", None, 200, {"route": "things_all"}),
    ("PUT", "/v1/things/all", b"x", 405, {"code": "method-not-allowed"}),
    ("POST", "/v1/things", b'{"a":1}', 200, {"route": "thing_create", "body": '{"a":1}'}),
    ("DELETE", "/v1/things/x", None, 200, {"route": "thing_delete"}),
    ("GET", "/v1/things/", None, 404, {"code": "not-found"}),
    ("GET", "/v1", None, 404, {"code": "not-found"}),
    ("GET", "/v1/fault", None, 500, {"code": "fault"}),
    ("GET", "/v1/closed", None, 401, {"code": "no-key"}),
])
def test_routes(server, method, target, body, status, want):
    answer = server.ask(method, target, body)
    assert answer.status == status
    got = json.loads(answer.body)
    assert {key: got.get(key) for key in want} == want
    assert {name: answer.headers.get(name) for name in SAFE} == SAFE
    assert "Server" not in answer.headers
    if status >= 400:
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert got["status"] == status and got["instance"] == answer.headers["X-Request-Id"]


def test_places_of_a_problem(server):
    answer = server.ask("POST", "/v1/wrong", b'"')
    assert json.loads(answer.body)["errors"] == [{"pointer": "/data/quantity", "detail": "-1 is below zero"},
                                                 {"pointer": "/data/unit", "detail": "it is missing"}]


def test_other_methods_are_named(server):
    assert server.ask("PATCH", "/v1/things").headers["Allow"] == "GET, HEAD, POST, OPTIONS"
    answer = server.ask("OPTIONS", "/v1/things")
    assert (answer.status, answer.headers["Allow"], answer.body) == (204, "GET, HEAD, POST, OPTIONS", b"")


def test_head_is_get_without_its_body(server):
    answer = server.ask("HEAD", "/v1/large")
    assert (answer.status, answer.headers["Content-Length"], answer.body) == (200, str(20 << 20), b"")


def test_full_queue_is_said():
    with HttpServer("workers=1", "queue=1") as server:
        answers = server.ask_together(["/v1/slow"] * 8)
    assert {answer.status for answer in answers} == {200, 503}
    assert all(answer.headers["Retry-After"] for answer in answers if answer.status == 503)


def test_drain_answers_what_had_begun():
    with HttpServer() as server:
        answers = server.ask_together(["/v1/slow"] * 4, when_sent=server.stop)
    assert [answer.status for answer in answers] == [200] * 4
    assert server.code == 0
