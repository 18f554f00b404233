# SPDX-License-Identifier: Apache-2.0
"""A running `tollgate serve`, and requests to it over its socket or a port."""

import http.client
import json
import os
import select
import signal
import socket
import subprocess
import time


def set_clock(path, text):
    """What a daemon with `--clock-file PATH` takes for the time. Replaced whole: one that reads meanwhile must not see
    an empty file, which is the system's clock."""
    new = f"{path}.new"
    with open(new, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(new, path)


class LocalConnection(http.client.HTTPConnection):
    """HTTP over a UNIX socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=30)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Answer:
    """What came back."""

    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.bytes = response.read()

    @property
    def text(self):
        return self.bytes.decode()

    @property
    def json(self):
        return json.loads(self.bytes)


class Daemon:
    """`tollgate serve WORDS`, ready when the constructor returns. A context manager, which ends it by SIGTERM."""

    def __init__(self, program, *words, env=None, before=(), **options):
        clean = {key: value for key, value in os.environ.items() if not key.startswith("TOLLGATE")}
        self.process = subprocess.Popen([*(before or [program.path]), "serve", *map(str, words)],
                                        env={**clean, **(env or {})},
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                        **options)
        self.log = b""
        self.socket = None
        for name, value in zip(words, words[1:]):
            if name == "--data":
                self.socket = os.path.join(str(value), "tollgate.sock")
        if "--log" in words:
            self.wait_until_ready()
        else:
            self.wait_for(b'"event":"ready"')

    def wait_until_ready(self, seconds=30):
        """By asking it: its log goes elsewhere."""
        end = time.monotonic() + seconds
        while True:
            try:
                assert self.get("/readyz").status == 200
                return
            except OSError:
                assert self.process.poll() is None and time.monotonic() < end
                time.sleep(0.01)

    def wait_for(self, words, seconds=30):
        """Read the log until it says so."""
        while words not in self.log:
            is_there = select.select([self.process.stderr], [], [], seconds)[0]
            more = os.read(self.process.stderr.fileno(), 65536) if is_there else b""
            assert more, f"{words!r} is not in the log: {self.log.decode()}"
            self.log += more
        return self.log

    def request(self, method, path, body=None, port=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30) if port else LocalConnection(self.socket)
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = Answer(connection.getresponse())
        connection.close()
        return answer

    def get(self, path, **headers):
        return self.request("GET", path, **headers)

    def post(self, path, body, **headers):
        return self.request("POST", path, body, **headers)

    def lines(self, event=None):
        """The log so far as objects."""
        rows = [json.loads(line) for line in self.log.splitlines()]
        return [row for row in rows if event in (None, row["event"])]

    def port(self):
        """That of --listen 127.0.0.1:0."""
        return int([row["text"] for row in self.lines("listening")][-1].rpartition(":")[2])

    def send(self, number):
        self.process.send_signal(number)

    def end(self, number=signal.SIGTERM):
        """End it and return its exit status; the log is whole then."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.log += self.process.communicate(timeout=60)[1]
        return self.process.returncode

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.end()
        else:
            self.process.stderr.close()
