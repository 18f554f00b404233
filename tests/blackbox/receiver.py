# SPDX-License-Identifier: Apache-2.0
"""Receivers of webhooks on loopback, and a check of their signatures that shares nothing with the program."""

import base64
import hashlib
import hmac
import http.server
import threading
import time

P = 2**255 - 19
D = -121665 * pow(121666, P - 2, P) % P
Q = 2**252 + 27742317777372353535851937790883648493


class Receiver:
    """An HTTP server on a port of its own. `answer` is a status, or a function that answers a handler by itself."""

    def __init__(self, answer=204, tls=None):
        self.requests = []
        self.answer = answer
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.requests.append((self.path, dict(self.headers), body))
                answer = receiver.answer(self) if callable(receiver.answer) else receiver.answer
                if answer is not None:
                    self.send_response(answer)
                    self.send_header("content-length", "0")
                    self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()
        self.port = self.server.server_address[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}/hook"

    def wait(self, count, seconds=20):
        """Until so many requests have come."""
        end = time.monotonic() + seconds
        while len(self.requests) < count:
            assert time.monotonic() < end, f"{len(self.requests)} requests, {count} were expected"
            time.sleep(0.01)
        return self.requests

    @property
    def ids(self):
        return [headers["webhook-id"] for _, headers, _ in self.requests]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


# ---- signatures: HMAC of the standard library; Ed25519 as RFC 8032 writes it down, slowly ----

def edwards_add(one, two):
    x, y, u, v = *one, *two
    both = D * x * u * y * v % P
    return ((x * v + y * u) * pow(1 + both, P - 2, P) % P, (y * v + x * u) * pow(1 - both, P - 2, P) % P)


def edwards_multiply(point, times):
    result = (0, 1)
    while times:
        if times & 1:
            result = edwards_add(result, point)
        point = edwards_add(point, point)
        times >>= 1
    return result


def edwards_x(y, sign):
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    assert (x * x - square) % P == 0, "no point of the curve"
    return P - x if x & 1 != sign else x


def edwards_decode(data):
    number = int.from_bytes(data, "little")
    y = number & (2**255 - 1)
    return edwards_x(y, number >> 255), y


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE = (edwards_x(BASE_Y, 0), BASE_Y)


def ed25519_is_good(public, message, signature):
    point, key = edwards_decode(signature[:32]), edwards_decode(public)
    factor = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % Q
    scalar = int.from_bytes(signature[32:], "little")
    return scalar < Q and edwards_multiply(BASE, scalar) == edwards_add(point, edwards_multiply(key, factor))


def good_signatures(request, *keys):
    """Which of the keys (whsec_…, whpk_…) have signed the request, in the order of its signatures."""
    _, headers, body = request
    message = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    found = []
    for part in headers["webhook-signature"].split(" "):
        version, _, text = part.partition(",")
        for key in keys:
            prefix, _, value = key.partition("_")
            secret = base64.b64decode(value)
            if version == "v1" and prefix == "whsec":
                good = hmac.compare_digest(hmac.new(secret, message, hashlib.sha256).digest(), base64.b64decode(text))
            else:
                good = version == "v1a" and prefix == "whpk" and ed25519_is_good(secret, message,
                                                                                 base64.b64decode(text))
            if good:
                found.append(key)
    return found
