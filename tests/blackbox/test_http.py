# SPDX-License-Identifier: Apache-2.0
"""HTTP of the daemon without its routes: a server of echoes (tests/support/http_driver.c)."""

import http.client
import json
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.http_server import HttpServer, together  # noqa: E402


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
    ("GET", "/v1/full", None, 503, {"code": "no-memory"}),
    ("GET", "/v1/split", None, 500, {"code": "fault"}),
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


@pytest.mark.parametrize("query, words", [
    ("limits=1", 'did you mean "limit"?'), ("colour=1", "known are: limit cursor."), ("%22=1", 'parameter """ is')])
def test_a_parameter_that_is_near_is_named(server, query, words):
    assert words in json.loads(server.ask("GET", "/v1/things?" + query).body)["detail"]


def test_what_has_no_body_has_no_type(server):
    assert "Content-Type" not in server.ask("OPTIONS", "/v1/things").headers


@pytest.mark.parametrize("size, status", [(0, 200), (1, 200), (4095, 200), (4096, 200), (4097, 413)])
def test_bodies_up_to_the_limit(server, size, status):
    answer = server.ask("PUT", "/v1/things/x", b"x" * size)
    assert answer.status == status
    chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (size, b"x" * size) if size else b"0\r\n\r\n"
    received = server.send(b"PUT /v1/things/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)
    assert received.startswith(b"HTTP/1.1 %d " % status)


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


def test_the_administrator_gets_through_a_full_queue(tmp_path):
    with HttpServer("workers=1", "queue=1", where=f"unix={tmp_path}/s") as server:
        answers = together([lambda: server.ask("GET", "/v1/slow")] * 8)
    assert [answer.status for answer in answers] == [200] * 8


def test_drain_answers_what_had_begun():
    with HttpServer() as server:
        answers = server.ask_together(["/v1/slow"] * 4, when_sent=server.stop)
    assert [answer.status for answer in answers] == [200] * 4
    assert server.code == 0


@pytest.mark.parametrize("method, headers, status", [
    ("GET", {}, 200),
    ("GET", {"If-None-Match": '"v7"'}, 304),
    ("GET", {"If-None-Match": 'W/"v7"'}, 304),
    ("GET", {"If-None-Match": '"v6", "v7"'}, 304),
    ("GET", {"If-None-Match": "*"}, 304),
    ("GET", {"If-None-Match": '"v6"'}, 200),
    ("GET", {"If-None-Match": "v7"}, 200),
    ("HEAD", {"If-None-Match": '"v7"'}, 304),
    ("PUT", {}, 200),
    ("PUT", {"If-Match": '"v7"'}, 200),
    ("PUT", {"If-Match": "*"}, 200),
    ("PUT", {"If-Match": '"v6"'}, 412),
    ("PUT", {"If-Match": 'W/"v7"'}, 412),
    ("PUT", {"If-None-Match": "*"}, 412),
])
def test_conditions(server, method, headers, status):
    answer = server.ask(method, "/v1/tagged", b"x" if method == "PUT" else None, headers)
    assert answer.status == status
    if method != "PUT":
        assert answer.headers["ETag"] == '"v7"' and answer.headers["Cache-Control"] == "private, no-cache"
    if status == 304:
        assert answer.body == b""
    if status == 412:
        assert json.loads(answer.body)["code"] == "changed"


TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.mark.parametrize("headers, status, want", [
    ({"Content-Type": "Application/JSON; charset=UTF-8"}, 200, {"type": "application/json"}),
    ({"Content-Type": "application/cloudevents+json"}, 200, {"type": "application/cloudevents+json"}),
    ({"Content-Type": "application/json; charset=latin1"}, 415, {"code": "media-type"}),
    ({"Content-Type": "json"}, 415, {"code": "media-type"}),
    ({"Traceparent": TRACE}, 200, {"trace": TRACE}),
    ({"Traceparent": TRACE.upper()}, 200, {"trace": ""}),
    ({"Idempotency-Key": "  k-1 "}, 200, {"key": "k-1"}),
])
def test_fields(server, headers, status, want):
    answer = server.ask("POST", "/v1/things", b"{}", headers)
    got = json.loads(answer.body)
    assert answer.status == status and {key: got.get(key) for key in want} == want


def test_a_refusal_without_a_body_keeps_the_connection(server):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, 10)
    for target, status in [("/v1/nothing", 404), ("/v1/closed", 401), ("/v1/things", 200)]:
        connection.request("GET", target)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == status and answer.getheader("Connection") is None
    connection.close()
