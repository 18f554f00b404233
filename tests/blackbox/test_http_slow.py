# SPDX-License-Identifier: Apache-2.0
"""Slow, silent and greedy clients: each is ended, and a good one is served all the while."""

import contextlib
import json
import pathlib
import select
import socket
import subprocess
import sys
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.http_server import HttpServer, read_all  # noqa: E402

HEAD = b"GET /v1/things/first HTTP/1.1\r\nHost: a\r\n"
POST = b"POST /v1/things HTTP/1.1\r\nHost: a\r\n"


def drip(server, connections, piece, rounds=200):
    """Send a piece on each, again and again, until the server has ended them all; a good client is served between."""
    received = {connection: b"" for connection in connections}
    alive = list(connections)
    for _ in range(rounds):
        for connection in list(alive):
            try:
                connection.send(piece)
            except OSError:
                pass
            try:
                got = connection.recv(65536, socket.MSG_DONTWAIT)
                received[connection] += got
            except BlockingIOError:
                continue
            except OSError:
                got = b""
            if not got:
                alive.remove(connection)
        assert server.ask("GET", "/v1/things/good").status == 200
        assert server.ask("POST", "/v1/things", b"good").status == 200
        if not alive:
            return list(received.values())
        time.sleep(0.05)
    raise AssertionError(f"{len(alive)} slow connections are still open")


def served_at_last(server, body=b""):
    """There is room again a moment after connections have ended."""
    for _ in range(100):
        try:
            if server.ask("POST", "/v1/things", body).status == 200:
                return True
        except OSError:
            pass
        time.sleep(0.05)
    return False


def answered(connections, count):
    """Wait until so many have something to read; what those read."""
    ready = []
    for _ in range(200):
        ready, _, _ = select.select(connections, [], [], 0)
        if len(ready) >= count:
            break
        time.sleep(0.05)
    return [read_all(connection) for connection in ready]


def opened(stack, server, count, first=b""):
    connections = [stack.enter_context(server.connect()) for _ in range(count)]
    for connection in connections:
        connection.sendall(first)
    return connections


@pytest.mark.parametrize("name, first, piece", [
    ("nothing but the first bytes", b"GE", b""),
    ("a field now and then", HEAD, b"X: y\r\n"),
    ("a byte now and then", b"", b"G"),
    ("empty lines", b"", b"\r\n"),
])
def test_slow_heads(name, first, piece):
    with HttpServer("header=1") as server, contextlib.ExitStack() as stack:
        received = drip(server, opened(stack, server, 60, first), piece)
    assert all(text == b"" or b" 408 " in text or b" 4" in text for text in received), name
    assert sum(b" 408 " in text for text in received) > 0


def test_slow_bodies():
    with HttpServer("grace=1", "rate=1000") as server, contextlib.ExitStack() as stack:
        received = drip(server, opened(stack, server, 60, POST + b"Content-Length: 100000\r\n\r\n"), b"x")
    for text in received:
        head, _, body = text.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 408 ") and b"nosniff" in head
        assert json.loads(body)["code"] == "too-slow"
    assert server.lines.count("408 thing_create") == 60


def test_slow_chunks_end_too():
    with HttpServer("grace=1", "rate=1000") as server, contextlib.ExitStack() as stack:
        received = drip(server, opened(stack, server, 20, POST + b"Transfer-Encoding: chunked\r\n\r\n"), b"1\r\nx\r\n")
    assert all(b" 408 " in text for text in received)


def test_a_body_may_take_only_so_long_at_any_rate():
    with HttpServer("body=1", "rate=1") as server, contextlib.ExitStack() as stack:
        received = drip(server, opened(stack, server, 5, POST + b"Content-Length: 1000000\r\n\r\n"), b"x" * 100)
    assert all(b" 408 " in text for text in received)


def test_one_address_cannot_take_all_connections():
    with HttpServer("connections=64", "per_address=20", "header=2") as server, contextlib.ExitStack() as stack:
        flood = opened(stack, server, 60)
        answer = server.ask("GET", "/v1/things/good", source="127.0.0.2")
        assert json.loads(answer.body)["peer"] == "127.0.0.2"
        for connection in flood:
            connection.settimeout(10)
            read_all(connection)  # until the server ends it
        assert served_at_last(server)


def test_connections_that_do_nothing_make_way():
    with HttpServer("connections=16", "threads=1", "header=1") as server, contextlib.ExitStack() as stack:
        opened(stack, server, 40)
        for _ in range(3):
            assert server.ask("GET", "/v1/things/good").status == 200


def test_kept_connections_end_quietly_when_idle():
    with HttpServer("idle=1", "header=1") as server, server.connect() as connection:
        for _ in range(3):
            connection.sendall(HEAD + b"\r\n")
            assert b" 200 " in connection.recv(65536)
            time.sleep(0.3)
        assert read_all(connection) == b""


def test_a_kept_connection_has_no_more_time_for_a_head():
    with HttpServer("idle=30", "header=1") as server, contextlib.ExitStack() as stack:
        connections = opened(stack, server, 10, HEAD + b"\r\n" + HEAD)
        received = drip(server, connections, b"X: y\r\n")
    assert all(text.startswith(b"HTTP/1.1 200 ") and b"HTTP/1.1 408 " in text for text in received)


def test_who_does_not_read_is_left():
    with HttpServer("answer=1") as server, contextlib.ExitStack() as stack:
        connections = []
        for _ in range(4):
            connection = socket.socket()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.settimeout(10)
            connection.connect(("127.0.0.1", server.port))
            stack.enter_context(connection)
            connection.sendall(b"GET /v1/large HTTP/1.1\r\nHost: a\r\n\r\n")
            connections.append(connection)
        time.sleep(1.5)
        assert server.ask("GET", "/v1/things/good").status == 200
        for connection in connections:
            assert len(read_all(connection)) < 20 << 20


def test_a_large_body_is_refused_before_it_is_read():
    with HttpServer() as server, server.connect() as connection:
        connection.sendall(POST + b"Expect: 100-continue\r\nContent-Length: 20000000\r\n\r\n")
        received = read_all(connection)
        assert received.startswith(b"HTTP/1.1 413 ") and b"100 Continue" not in received


def test_all_bodies_together_have_a_limit():
    with HttpServer("memory=30000") as server:
        with contextlib.ExitStack() as stack:
            begun = POST + b"Content-Length: 100000\r\n\r\n" + b"x" * 2000
            connections = opened(stack, server, 30, begun)
            refused = answered(connections, 15)  # the others wait for the rest of theirs
            assert 15 <= len(refused) <= 20 and all(text.startswith(b"HTTP/1.1 503 ") for text in refused)
            assert server.ask("GET", "/v1/things/good").status == 200
        assert served_at_last(server, b"x" * 20000)


@pytest.mark.parametrize("fields, begin", [
    (b"Content-Length: 3000000\r\n", b""),
    (b"Transfer-Encoding: chunked\r\n", b"%x\r\n" % 3000000),
])
def test_who_sends_too_much_still_hears_why(fields, begin):
    """The answer is not lost when the connection ends with bytes under way."""
    with HttpServer() as server:
        for _ in range(5):
            with server.connect() as connection:
                try:
                    connection.sendall(POST + fields + b"\r\n" + begin + b"x" * 3000000)
                except OSError:
                    pass
                assert read_all(connection).startswith(b"HTTP/1.1 413 ")


def test_a_drain_does_not_wait_for_idle_connections():
    with HttpServer() as server, contextlib.ExitStack() as stack:
        connections = opened(stack, server, 20, HEAD + b"\r\n") + opened(stack, server, 20)
        for connection in connections[:20]:
            assert b" 200 " in connection.recv(65536)
        server.stop()
        assert server.process.wait(4) == 0


def test_a_drain_ends_though_a_client_never_does():
    with HttpServer("drain=1") as server, contextlib.ExitStack() as stack:
        opened(stack, server, 5, POST + b"Content-Length: 10\r\n\r\nx")
        assert server.ask("GET", "/v1/things/good").status == 200
        server.stop()
        assert server.process.wait(10) == 0


def refusal(where):
    """What a server that cannot listen says."""
    done = subprocess.run(HttpServer(where=where).arguments, stderr=subprocess.PIPE, stdout=subprocess.PIPE,
                          encoding="utf-8", check=False, timeout=10)
    assert done.returncode == 1
    return done.stderr


def test_the_socket_knows_who_is_there(tmp_path):
    with HttpServer(where=f"unix={tmp_path}/s") as server:
        assert json.loads(server.ask("GET", "/v1/things/x").body)["peer"] == "local"
        assert (tmp_path / "s").stat().st_mode & 0o777 == 0o600
        assert "another process listens there" in refusal(f"unix={tmp_path}/s")
    with HttpServer(where=f"unix={tmp_path}/s") as server:  # what was left behind is replaced
        assert server.ask("GET", "/v1/things/x").status == 200
    (tmp_path / "file").write_text("")
    assert "is no socket" in refusal(f"unix={tmp_path}/file")
