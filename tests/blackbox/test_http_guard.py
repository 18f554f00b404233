# SPDX-License-Identifier: Apache-2.0
"""Requests, byte by byte: what is refused, and that nothing behind a refusal is ever served."""

import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import time
from random import Random

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.http_server import HttpServer, read_all  # noqa: E402


@pytest.fixture(name="server", scope="module")
def server_fixture():
    with HttpServer() as server:
        yield server


SECOND = b"GET /v1/things/second HTTP/1.1\r\nHost: b\r\n\r\n"


def get(fields=b"", target=b"/v1/things/first", line=None, host=b"Host: a\r\n"):
    return (line or b"GET " + target + b" HTTP/1.1\r\n") + host + fields + b"\r\n"


def post(fields, body=b""):
    return get(fields, line=b"POST /v1/things HTTP/1.1\r\n") + body


# What it is, the bytes, the status (None: no answer). A second request follows all of them.
REFUSED = [
    ("Content-Length and Transfer-Encoding", post(b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
                                                  b"0\r\n\r\n"), 400),
    ("Transfer-Encoding and Content-Length", post(b"Transfer-Encoding: chunked\r\nContent-Length: 50\r\n",
                                                  b"0\r\n\r\n"), 400),
    ("two lengths that differ", post(b"Content-Length: 3\r\nContent-Length: 9\r\n", b"abc"), 400),
    ("two lengths that are the same", post(b"Content-Length: 3\r\nContent-Length: 3\r\n", b"abc"), 400),
    ("two lengths, in other letters", post(b"Content-Length: 3\r\ncontent-length: 5\r\n", b"abc"), 400),
    ("a list of lengths", post(b"Content-Length: 3, 3\r\n", b"abc"), 400),
    ("a length with a plus", post(b"Content-Length: +3\r\n", b"abc"), 400),
    ("a length below zero", post(b"Content-Length: -3\r\n", b"abc"), 400),
    ("a hexadecimal length", post(b"Content-Length: 0x3\r\n", b"abc"), 400),
    ("a length with a fraction", post(b"Content-Length: 3.0\r\n", b"abc"), 400),
    ("an empty length", post(b"Content-Length:\r\n", b"abc"), 400),
    ("a length with spaces inside", post(b"Content-Length: 1 3\r\n", b"abc"), 400),
    ("a length with a space behind it", post(b"Content-Length: 3 \r\n", b"abc"), 400),
    ("a length over 64 bits", post(b"Content-Length: 18446744073709551619\r\n", b"abc"), 413),
    ("a length over 63 bits", post(b"Content-Length: 9223372036854775808\r\n", b"abc"), 400),
    ("a length over what the route takes", post(b"Content-Length: 1048577\r\n", b"abc"), 413),
    ("a body where there is none", get(b"Content-Length: 3\r\n") + b"abc", 413),
    ("chunks where there is no body", get(b"Transfer-Encoding: chunked\r\n") + b"3\r\nabc\r\n0\r\n\r\n", 413),
    ("another coding before chunked", post(b"Transfer-Encoding: gzip, chunked\r\n", b"0\r\n\r\n"), 501),
    ("chunked before another coding", post(b"Transfer-Encoding: chunked, identity\r\n", b"0\r\n\r\n"), 501),
    ("chunked twice", post(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"), 501),
    ("chunked and identity in two fields", post(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
                                                b"0\r\n\r\n"), 501),
    ("the coding identity", post(b"Transfer-Encoding: identity\r\n"), 501),
    ("an unknown coding", post(b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n"), 501),
    ("a quoted coding", post(b"Transfer-Encoding: \"chunked\"\r\n", b"0\r\n\r\n"), 501),
    ("an empty coding", post(b"Transfer-Encoding:\r\n", b"0\r\n\r\n"), 501),
    ("a coding with a space behind it", post(b"Transfer-Encoding: chunked \r\n", b"0\r\n\r\n"), 501),
    ("a coding behind a vertical tab", post(b"Transfer-Encoding: \x0bchunked\r\n", b"0\r\n\r\n"), 400),
    ("a coding with a space before the colon", post(b"Transfer-Encoding : chunked\r\n", b"0\r\n\r\n"), 400),
    ("a length with a space before the colon", post(b"Content-Length : 3\r\n", b"abc"), 400),
    ("a tab before the colon", get(b"X-Field\t: b\r\n"), 400),
    ("chunks in HTTP/1.0", b"POST /v1/things HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501),
    ("a bare LF behind the first line", get(line=b"GET /v1/things/first HTTP/1.1\n"), 400),
    ("a bare LF behind a field", get(b"X-Field: b\n"), 400),
    ("a bare LF as the empty line", b"GET /v1/things/first HTTP/1.1\r\nHost: a\r\n\n", 400),
    ("bare LFs only", b"GET /v1/things/first HTTP/1.1\nHost: a\n\n", 400),
    ("a bare CR in a value", get(b"X-Field: b\rX-Other: c\r\n"), 400),
    ("two CRs before the LF", get(b"X-Field: b\r\r\n"), 400),
    ("a folded field", get(b"X-Field: b\r\n c\r\n"), 400),
    ("a field folded with a tab", get(b"X-Field: b\r\n\tc\r\n"), 400),
    ("a folded length", post(b"Content-Length: 3\r\n 0\r\n", b"abc"), 400),
    ("a folded coding", post(b"Transfer-Encoding:\r\n chunked\r\n", b"0\r\n\r\n"), 400),
    ("a space before the first field", get(host=b" Host: a\r\nHost: b\r\n"), 400),
    ("a NUL in a value", get(b"X-Field: b\0c\r\n"), 400),
    ("a NUL at the end of a value", get(b"X-Field: b\0\r\n"), 400),
    ("NULs that look like the end of a line", get(b"X-Field: b\0\0X-Other\0 c\r\n"), 400),
    ("a NUL in a length", post(b"Content-Length: 3\x000\r\n", b"abc"), 400),
    ("a NUL in a name", get(b"X-Fi\0eld: b\r\n"), 400),
    ("a NUL in the target", get(target=b"/v1/things/fi\0rst"), 400),
    ("a NUL behind the method", get(line=b"GET\0 /v1/things/first HTTP/1.1\r\n"), 400),
    ("a NUL as the empty line", b"GET /v1/things/first HTTP/1.1\r\nHost: a\r\n\0\r\n", 400),
    ("an escape byte in a value", get(b"X-Field: \x1b[2J\r\n"), 400),
    ("a DEL in a value", get(b"X-Field: \x7f\r\n"), 400),
    ("no colon", get(b"X-Field b\r\n"), 400),
    ("an empty name", get(b": b\r\n"), 400),
    ("a name with a space", get(b"X Field: b\r\n"), 400),
    ("a name with brackets", get(b"X(Field): b\r\n"), 400),
    ("a name that is not ASCII", get(b"X-F\xc3\xadeld: b\r\n"), 400),
    ("no Host", get(host=b""), 400),
    ("an empty Host", get(host=b"Host:\r\n"), 400),
    ("two Hosts", get(host=b"Host: a\r\nHost: b\r\n"), 400),
    ("two Hosts that are the same", get(host=b"Host: a\r\nhost: a\r\n"), 400),
    ("a Host with a slash", get(host=b"Host: a/b\r\n"), 400),
    ("a Host with a user", get(host=b"Host: a@b\r\n"), 400),
    ("a list of Hosts", get(host=b"Host: a, b\r\n"), 400),
    ("HTTP/0.9", b"GET /v1/things/first\r\n\r\n", 400),
    ("HTTP/1.2", get(line=b"GET /v1/things/first HTTP/1.2\r\n"), 505),
    ("HTTP/2.0", get(line=b"GET /v1/things/first HTTP/2.0\r\n"), 505),
    ("HTTP/1.10", get(line=b"GET /v1/things/first HTTP/1.10\r\n"), 400),
    ("a version in small letters", get(line=b"GET /v1/things/first http/1.1\r\n"), 400),
    ("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    ("two spaces behind the method", get(line=b"GET  /v1/things/first HTTP/1.1\r\n"), 400),
    ("two spaces before the version", get(line=b"GET /v1/things/first  HTTP/1.1\r\n"), 400),
    ("a space behind the version", get(line=b"GET /v1/things/first HTTP/1.1 \r\n"), 400),
    ("a tab behind the method", get(line=b"GET\t/v1/things/first HTTP/1.1\r\n"), 400),
    ("a space in the target", get(target=b"/v1/things/fi rst"), 400),
    ("TRACE", get(line=b"TRACE /v1/things/first HTTP/1.1\r\n"), 501),
    ("CONNECT", get(line=b"CONNECT /v1/things/first HTTP/1.1\r\n"), 501),
    ("a method in small letters", get(line=b"get /v1/things/first HTTP/1.1\r\n"), 501),
    ("an unknown method", get(line=b"BREW /v1/things/first HTTP/1.1\r\n"), 501),
    ("a method that is no token", get(line=b"GE{T /v1/things/first HTTP/1.1\r\n"), 400),
    ("an absolute target", get(target=b"http://a/v1/things/first"), 400),
    ("a target of authority", get(target=b"a:80"), 400),
    ("an asterisk", get(target=b"*"), 400),
    ("an asterisk for OPTIONS", get(line=b"OPTIONS * HTTP/1.1\r\n"), 400),
    ("a fragment", get(target=b"/v1/things/first#x"), 400),
    ("a bad escape", get(target=b"/v1/things/%zz"), 400),
    ("half an escape", get(target=b"/v1/things/%4"), 400),
    ("a bad escape in the query", get(target=b"/v1/things?limit=%g1"), 400),
    ("dots behind an encoded slash", get(target=b"/v1/things/a%2f..%2fb"), 400),
    ("encoded dots behind one", get(target=b"/v1/things/a%2f%2e%2e"), 400),
    ("an encoded backslash", get(target=b"/v1/things/%5Cfirst"), 400),
    ("an encoded NUL", get(target=b"/v1/things/fi%00rst"), 400),
    ("an encoded NUL in the query", get(target=b"/v1/things?limit=%00"), 400),
    ("an encoded line end", get(target=b"/v1/things/fi%0d%0arst"), 400),
    ("two dots", get(target=b"/v1/things/../first"), 400),
    ("two dots at the end", get(target=b"/v1/things/.."), 400),
    ("a dot", get(target=b"/v1/./things"), 400),
    ("encoded dots", get(target=b"/v1/things/%2e%2E/first"), 400),
    ("a backslash", get(target=b"/v1\\things"), 400),
    ("bytes that are not ASCII", get(target=b"/v1/things/caf\xc3\xa9"), 400),
    ("escapes that are not UTF-8", get(target=b"/v1/things/%c3%28"), 400),
    ("an overlong slash", get(target=b"/v1/things/%c0%af"), 400),
    ("a surrogate", get(target=b"/v1/things/%ed%a0%80"), 400),
    ("a compressed body", post(b"Content-Encoding: gzip\r\nContent-Length: 3\r\n", b"abc"), 415),
    ("another expectation", post(b"Expect: 200-ok\r\nContent-Length: 3\r\n", b"abc"), 417),
    ("two keys of access", get(b"Authorization: Bearer a\r\nAuthorization: Bearer b\r\n"), 400),
    ("two idempotency keys", post(b"Idempotency-Key: a\r\nIdempotency-Key: b\r\nContent-Length: 0\r\n"), 400),
    ("two media types", post(b"Content-Type: a/b\r\nContent-Type: c/d\r\nContent-Length: 0\r\n"), 400),
    ("a long first line", get(target=b"/v1/things/" + b"a" * 4096), 414),
    ("a long field", get(b"X-Field: " + b"a" * 8192 + b"\r\n"), 431),
    ("many fields", get(b"".join(b"X-%d: a\r\n" % number for number in range(64))), 431),
    ("a huge field", get(b"X-Field: " + b"a" * 65536 + b"\r\n"), 431),
    ("a huge first line", get(target=b"/" + b"a" * 65536), 414),
    ("a bad size of a chunk", post(b"Transfer-Encoding: chunked\r\n", b"z\r\nabc\r\n0\r\n\r\n"), 400),
    ("a signed size of a chunk", post(b"Transfer-Encoding: chunked\r\n", b"+3\r\nabc\r\n0\r\n\r\n"), 400),
    ("a prefixed size of a chunk", post(b"Transfer-Encoding: chunked\r\n", b"0x3\r\nabc\r\n0\r\n\r\n"), 400),
    ("a size of a chunk over 64 bits", post(b"Transfer-Encoding: chunked\r\n", b"1" + b"0" * 16 + b"\r\nabc\r\n"), 413),
    ("a chunk that is longer than its size", post(b"Transfer-Encoding: chunked\r\n", b"3\r\nabcd\r\n0\r\n\r\n"), 400),
    ("bytes that are no HTTP", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", None),
]
# These are answered by libmicrohttpd itself, which ends the connection too: its page is no problem.
OF_THE_LIBRARY = {
    "a list of lengths", "a length with a plus", "a length below zero", "a hexadecimal length",
    "a length with a fraction", "an empty length", "a length with spaces inside", "a length with a space behind it",
    "a length over 64 bits", "a NUL in a name", "no colon", "HTTP/0.9", "HTTP/2.0", "HTTP/1.10",
    "a version in small letters", "the preface of HTTP/2", "a space behind the version", "a tab behind the method",
    "a huge field", "a huge first line", "a bad size of a chunk", "a signed size of a chunk",
    "a prefixed size of a chunk", "a size of a chunk over 64 bits", "a chunk that is longer than its size"}


def answers_in(received):
    """The statuses of the answers, and the bodies of those that say their length."""
    found = []
    while received:
        head, _, rest = received.partition(b"\r\n\r\n")
        length = int(re.search(rb"(?i)content-length: *(\d+)", head + b"\r\nContent-Length: 0").group(1))
        found.append((int(head.split(b" ")[1]), head, rest[:length]))
        received = rest[length:] if rest[length:].startswith(b"HTTP/") else b""
    return found


@pytest.mark.parametrize("name, raw, status", REFUSED, ids=[row[0] for row in REFUSED])
def test_refused(server, name, raw, status):
    received = server.send(raw + SECOND * 2, seconds=3)
    if status is None:  # closed without a word
        assert received == b""
        return
    answers = answers_in(received)
    assert answers[0][0] == status
    assert len(answers) == 1 and b"second" not in received, "what follows was served"
    assert re.search(rb"(?im)^connection: close\r$", answers[0][1])
    if name not in OF_THE_LIBRARY:
        problem = json.loads(answers[0][2])
        assert problem["status"] == status and problem["detail"]


def test_every_refusal_is_counted():
    """Also what libmicrohttpd answers itself."""
    with HttpServer() as server:
        server.send(post(b"Content-Length: +3\r\n", b"abc"))
        server.send(get(b"X-Field: b\n"))
        server.send(get(target=b"/v1/nothing", fields=b"Connection: close\r\n"))
    assert server.lines == ["400 -", "400 -", "404 -"]


@pytest.mark.parametrize("name, raw, status", REFUSED[::5], ids=[row[0] for row in REFUSED[::5]])
def test_refused_byte_by_byte(server, name, raw, status):
    """How the bytes arrive does not matter."""
    if len(raw) > 1000:
        raw, status = get(b"X-Field: b\n"), 400
    with server.connect(seconds=3) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            for byte in raw + SECOND:
                connection.send(bytes([byte]))
        except OSError:
            pass  # it was refused before the end
        received = read_all(connection)
    assert b"second" not in received
    if received:
        assert answers_in(received)[0][0] == status, name


SERVED = [
    ("as plain as can be", get(), 2),
    ("spaces and tabs around a value", get(b"X-Field: \t b \t\r\n"), 2),
    ("an empty value", get(b"X-Field:\r\n"), 2),
    ("a value that is not ASCII", get(b"X-Field: caf\xc3\xa9\r\n"), 2),
    ("empty lines before it", b"\r\n\r\n" + get(), 2),
    ("escapes", get(target=b"/v1/things/%66irst"), 2),
    ("an encoded slash in a name", get(target=b"/v1/things/eu%2Ffirst"), 2),
    ("dots that mean nothing", get(target=b"/v1/things/...first.."), 2),
    ("a length", post(b"Content-Length: 3\r\n", b"abc"), 2),
    ("a length with zeros before it", post(b"Content-Length: 0003\r\n", b"abc"), 2),
    ("no body", post(b"Content-Length: 0\r\n"), 2),
    ("a body that looks like a request", post(b"Content-Length: %d\r\n" % len(SECOND), SECOND), 2),
    ("an expectation", post(b"Expect: 100-continue\r\nContent-Length: 3\r\n", b"abc"), 3),
    ("63 fields", get(b"".join(b"X-%d: a\r\n" % number for number in range(62))), 2),
    ("a Host with a port", get(host=b"Host: [::1]:8080\r\n"), 2),
    # Nothing may come behind these.
    ("chunks", post(b"Transfer-Encoding: chunked\r\n", b"3\r\nabc\r\n0\r\n\r\n"), 1),
    ("chunks with an extension and a trailer", post(b"Transfer-Encoding: Chunked\r\n",
                                                    b"3;a=b\r\nabc\r\n0\r\nX-Field: b\r\n\r\n"), 1),
    ("chunks that end in bare LFs", post(b"Transfer-Encoding: chunked\r\n", b"3\nabc\n0\n\n"), 1),
    ("HTTP/1.0", b"GET /v1/things/first HTTP/1.0\r\nHost: a\r\n\r\n", 1),
    ("HTTP/1.0 that wants to stay", b"GET /v1/things/first HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n", 1),
    ("a connection that ends", get(b"Connection: close\r\n"), 1),
]


@pytest.mark.parametrize("name, raw, count", SERVED, ids=[row[0] for row in SERVED])
def test_served(server, name, raw, count):
    answers = answers_in(server.send(raw + SECOND.replace(b"b\r\n", b"b\r\nConnection: close\r\n")))
    assert [status for status, _, _ in answers if status != 100] == [200] * min(count, 2), name
    assert (b"/v1/things/second" in answers[-1][2]) == (count > 1)


# Random requests against a reader that shares nothing with the server: what is served must be what it reads.

PATH = rb"/(?:[!$&-;=@-Z_a-z~]|%[0-9A-Fa-f]{2})*"
HEAD = re.compile(rb"(?:\r?\n)*(GET|POST|PUT|DELETE) (" + PATH + rb")(?:\?[!$%&-;=?-Z_a-z~]*)? HTTP/1\.([01])\r\n"
                  rb"((?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*\r\n)*)\r\n")


def read_strictly(raw):
    """(path, body) of the requests at the beginning that are beyond doubt."""
    found = []
    while match := HEAD.match(raw):
        fields = [line.split(b":", 1) for line in match.group(4).split(b"\r\n")[:-1]]
        values = {}
        for name, value in fields:
            values.setdefault(name.lower(), []).append(value.strip(b" \t"))
        raw = raw[match.end():]
        lengths, codings = values.get(b"content-length", []), values.get(b"transfer-encoding", [])
        if len(values.get(b"host", [])) != 1 or len(lengths) + len(codings) > 1:
            break
        is_last = match.group(3) == b"0" or b"close" in values.get(b"connection", [])
        if codings:  # at most one, and nothing behind it
            found.append((match.group(2).decode(), None))
            break
        if lengths and not re.fullmatch(rb"[0-9]+", lengths[0]):
            break
        length = int(lengths[0]) if lengths else 0
        if length > len(raw):
            break
        found.append((match.group(2).decode(), raw[:length].decode("latin-1")))
        raw = raw[length:]
        if is_last:
            break
    return found


PIECES = [b"\r", b"\n", b"\r\n", b" ", b"\t", b":", b",", b"\r\n ", b"\x0b", b"\xff", b"%00", b"/", b"..", b"0", b"9",
          b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n", b"Host: c\r\n", b"X: \r\n"]


def mutate(random, raw):
    for _ in range(random.randint(1, 3)):
        at = random.randrange(len(raw))
        if random.random() < 0.3:  # where it matters most
            at = random.choice([match.start() for match in re.finditer(rb"[\r\n: ]", raw)] or [at])
        upto = at + random.choice([0, 0, 1, 1, 2, 5])
        raw = raw[:at] + random.choice(PIECES + [b""] * 4) + raw[upto:] or b"x"
    return raw


def test_random_requests_are_read_as_a_strict_reader_reads_them(server):
    random = Random(int(os.environ.get("TEST_SEED", "1")))
    good = [raw for _, raw, _ in SERVED if b"Expect" not in raw]
    served = 0
    for _ in range(2000):
        raw = mutate(random, random.choice(good)) + random.choice(good)
        if re.search(rb"\n:\r?\n", raw):
            continue  # cannot be seen: see docs/http.md
        raw += b"x" * 300 + b"\r\n\r\n\r\n\r\n"  # no request is left waiting for its end
        answers = [json.loads(body) for status, _, body in answers_in(server.send(raw, 0.2)) if status == 200]
        got = [(answer["path"], answer["body"]) for answer in answers]
        want = iter(read_strictly(raw))  # some are well-formed and refused: an unknown path, say
        for path, body in got:
            assert any(path == other and (text is None or not text.isascii() or body in (text, "long"))
                       for other, text in want), raw
        served += len(got)
    assert served > 200  # or nothing was tried


# The same bytes through nginx: whatever it lets through, both must see the same number of requests.

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
CONFIG = """\
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error;
events {{ worker_connections 256; }}
http {{
    access_log {folder}/access; client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2;
    fastcgi_temp_path {folder}/t3; uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
    upstream echo {{ server 127.0.0.1:{port}; keepalive 4; }}
    server {{
        listen unix:{folder}/front;
        location / {{ proxy_pass http://echo; proxy_http_version 1.1; proxy_set_header Connection "";
                      proxy_request_buffering off; }}
    }}
    server {{
        listen unix:{folder}/beside;
        location / {{ return 200 "$request_uri"; }}
    }}
}}
"""


@pytest.fixture(name="nginx", scope="module")
def nginx_fixture(server, tmp_path_factory):
    if NGINX is None:
        pytest.skip("nginx is not installed")
    folder = tmp_path_factory.mktemp("nginx")
    (folder / "conf").write_text(CONFIG.format(folder=folder, port=server.port))
    with subprocess.Popen([NGINX, "-e", f"{folder}/error", "-p", str(folder), "-c", f"{folder}/conf"]) as process:
        for _ in range(100):
            if os.path.exists(folder / "beside"):
                break
            time.sleep(0.05)
        yield folder
        process.terminate()


def ask_socket(path, raw, seconds):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(seconds)
        connection.connect(str(path))
        connection.sendall(raw)
        try:
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        received = read_all(connection)
        return answers_in(received) if received.startswith(b"HTTP/") else []  # HTTP/0.9 has only a body


CASES = [(name, raw) for name, raw, _ in REFUSED + SERVED]


@pytest.mark.parametrize("name, raw", CASES, ids=[row[0] for row in CASES])
def test_never_more_than_nginx_lets_through(server, nginx, name, raw):
    """Behind nginx no request is served that nginx did not see as one: as many answers as it forwards, and `second`
    only where nginx itself reads it as a request of its own."""
    through = ask_socket(nginx / "front", raw + SECOND, 1)
    beside = ask_socket(nginx / "beside", raw + SECOND, 1)
    assert len(through) <= max(len(beside), 1), name
    seen = sum(b"second" in body for _, _, body in beside)
    served = sum(b'"path":"/v1/things/second"' in body for _, _, body in through)
    assert served <= seen, f"{name}: a request was smuggled"


@pytest.mark.parametrize("name, raw", CASES, ids=[row[0] for row in CASES])
def test_never_looser_than_nginx(server, nginx, name, raw):
    """What nginx refuses for its form is refused here too."""
    beside = ask_socket(nginx / "beside", raw, 1)
    if not beside or beside[0][0] in (400, 414, 431, 494, 501, 505):
        here = answers_in(server.send(raw, 1))
        assert not here or here[0][0] >= 400, name
