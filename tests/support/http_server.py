# SPDX-License-Identifier: Apache-2.0
"""Start the server of echoes, talk to it through plain sockets, end it."""

import http.client
import os
import signal
import socket
import subprocess
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("HTTP_BUILD", os.path.join(ROOT, "build"))
DRIVER = os.path.join(BUILD, "tests", "unit", "http", "http_driver")


class Answer:
    def __init__(self, response):
        self.status, self.headers, self.body = response.status, dict(response.getheaders()), response.read()


class HttpServer:
    """with HttpServer("workers=1") as server: server.ask("GET", "/v1/things")"""

    def __init__(self, *limits, where="tcp"):
        self.arguments = [DRIVER, where, *limits]
        self.process = self.port = self.code = None
        self.path = where.partition("=")[2]

    def __enter__(self):
        self.process = subprocess.Popen(self.arguments, stdout=subprocess.PIPE, encoding="utf-8")
        self.port = int(self.process.stdout.readline())
        return self

    def __exit__(self, *_):
        self.stop()
        self.lines = self.process.stdout.read().splitlines()
        self.code = self.process.wait(30)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)

    def connect(self, source=None, seconds=10):
        if self.path:
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(seconds)
            connection.connect(self.path)
            return connection
        return socket.create_connection(("127.0.0.1", self.port), seconds, source and (source, 0))

    def ask(self, method, target, body=None, headers=None, source=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, 10)
        connection.sock = self.connect(source)
        try:
            connection.request(method, target, body, headers or {})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def ask_together(self, targets, when_sent=None):
        """All at once; the answers in the order of the targets."""
        connections = []
        for target in targets:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, 10)
            connection.request("GET", target)
            connections.append(connection)
        if when_sent:
            time.sleep(0.1)  # they are under way: each takes 0.3 s
            when_sent()
        answers = [Answer(connection.getresponse()) for connection in connections]
        for connection in connections:
            connection.close()
        return answers

    def send(self, raw, seconds=5, source=None):
        """Whatever comes back until the server closes or `seconds` pass."""
        with self.connect(source, seconds) as connection:
            connection.sendall(raw)
            return read_all(connection)


def read_all(connection):
    received = b""
    try:
        while piece := connection.recv(65536):
            received += piece
    except (TimeoutError, ConnectionResetError):
        pass
    return received


def together(calls):
    """Run them in threads; their results in order."""
    results = [None] * len(calls)

    def run(index):
        results[index] = calls[index]()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
