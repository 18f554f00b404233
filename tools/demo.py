#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Make a book of two months up to now (tools/demo_book.py), serve it, and say where.

On a terminal it serves until Ctrl-C, and a small gateway goes on calling, so that there is something to see. Without a
terminal it ends by itself, with exit status 0 once the address has answered; --stay and --leave say which."""

import argparse
import datetime
import http.client
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

import demo_book

ROOT = pathlib.Path(__file__).resolve().parents[1]
PROGRAM = os.environ.get("TOLLGATE", str(ROOT / "build" / "src" / "cli" / "tollgate"))
ROLES = ["ingest", "admit", "read", "billing", "pricing", "approve", "admin", "audit"]
CUSTOMER = "hello-avatar"
MARK = "made-by-the-demo"
ADDRESS = "address"  # of the daemon that serves it

TASKS = "clip-farm"  # pays for tasks at once

# What the gateway asks and sends while the demo is served: account, operation, what the event says.
CALLS = [
    ("park-easy", "viapi.RecognizeLicensePlate", {"count": 12}),
    ("park-easy", "viapi.RecognizeLicensePlate", {"count": 7}),
    ("park-easy", "viapi.object-detection", {"count": 5}),
    ("park-easy", "viapi.face-comparison-1-1", {"region": "cn-shanghai", "count": 9}),
    ("clip-farm", "vclm.SubmitImageAnimateJob", {"count": 1}),
    ("hello-avatar", "vclm.SubmitImageAnimateJob", {"count": 1}),
    ("northwind-media", "imm.DetectImageLabels", {"count": 40}),
    ("northwind-media", "imm.SemanticQuery", {"count": 15}),
    ("pixel-cafe", "viapi.RecognizeLicensePlate", {"count": 3}),  # suspended
    ("cut-and-go", "ims-batch.script-to-video", {"region": "us-west-1", "output_seconds": "30"}),  # no price
]


def run(*words, text=None):
    done = subprocess.run([PROGRAM, *map(str, words)], input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          encoding="utf-8", check=False, env={**os.environ, "NO_COLOR": "1"})
    if done.returncode != 0:
        sys.exit(f"demo: tollgate {' '.join(map(str, words))}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def is_served(folder):
    """Does a daemon take connections on its socket?"""
    with socket.socket(socket.AF_UNIX) as probe:
        here = os.open(folder, os.O_PATH | os.O_DIRECTORY)  # a socket's path is short
        try:
            probe.connect(f"/proc/self/fd/{here}/tollgate.sock")
            return True
        except OSError:
            return False
        finally:
            os.close(here)


def make(folder, seed, now):
    """The book, anew."""
    if folder.exists():
        if not (folder / MARK).exists():
            sys.exit(f"demo: {folder} is there, and is no demo; name another folder with --data, or remove it")
        if is_served(folder):
            told = (folder / ADDRESS).read_text().strip() if (folder / ADDRESS).exists() else "an address of its own"
            sys.exit(f"demo: it runs already, on {told}; end that one first (Ctrl-C where it was started), "
                     "or make another one: make run DEMO='--data FOLDER'")
        shutil.rmtree(folder)
    print("Making a book of two months …", file=sys.stderr, flush=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    run("init", folder, "--tariffs", ROOT / "tariffs")
    (folder / MARK).write_text("This folder is removed and made again by the next demo.\n")
    for recorded, text in demo_book.weeks(seed, now):
        run("ingest", "--quiet", "--data", folder, "--now", recorded.isoformat(), "-", text=text)


def make_key(folder, name, *words):
    return json.loads(run("key", "create", name, *words, "--json", "--data", folder))["secret"]


def free_port(wanted):
    """That one, or one of the next ones; 0: any."""
    for port in range(wanted, wanted + 20):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                return probe.getsockname()[1]
            except OSError:
                continue
    sys.exit(f"demo: no port from {wanted} to {wanted + 19} is free; name another one with --port")


def ask(port, method, path, key=None, body=None, kind="application/json"):
    """(status, bytes); OSError when nobody is there."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    headers = {**({"Authorization": f"Bearer {key}"} if key else {}), **({"Content-Type": kind} if body else {})}
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


class Daemon:
    """`tollgate serve` of the folder, ready when the constructor returns."""

    def __init__(self, folder, port):
        self.port, self.log = port, folder / "serve.log"
        self.process = subprocess.Popen([PROGRAM, "serve", "--data", str(folder), "--listen", f"127.0.0.1:{port}",
                                         "--log", str(self.log)], stdin=subprocess.DEVNULL, start_new_session=True)
        end = time.monotonic() + 60
        while not self.is_ready():
            if self.process.poll() is not None or time.monotonic() > end:
                sys.exit(f"demo: the daemon does not start; {self.log} says why")
            time.sleep(0.02)

    def is_ready(self):
        try:
            return ask(self.port, "GET", "/readyz")[0] == 200
        except OSError:
            return False

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait()


class Gateway(threading.Thread):
    """Asks whether calls may start, and reports those that did: a few in every second, until it is stopped."""

    def __init__(self, port, key, seed):
        super().__init__(daemon=True)
        self.port, self.key, self.stopped = port, key, threading.Event()
        self.random, self.name_of_run = random.Random(seed), f"live-{os.getpid()}-{int(time.time())}"

    def turn(self, number):
        account, operation, data = self.random.choice(CALLS)
        question = {"account": account, "type": operation, "calls": min(data.get("count", 1), 9)}
        if account == TASKS:
            question["lease_seconds"] = self.random.randrange(2, 8)  # ends by itself
        status, _ = ask(self.port, "POST", "/v1/admit", self.key, json.dumps(question))
        if status == 200 or self.random.random() < 0.02:
            now = datetime.datetime.now(datetime.timezone.utc).isoformat()
            event = {"specversion": "1.0", "id": f"{self.name_of_run}-{number}", "source": "gateway/demo",
                     "type": operation, "subject": account, "time": now, "data": data}
            ask(self.port, "POST", "/v1/events", self.key, json.dumps(event), "application/cloudevents+json")

    def run(self):
        number = 0
        while not self.stopped.wait(self.random.uniform(0.05, 0.4)):
            number += 1
            try:
                self.turn(number)
            except OSError:
                return  # the daemon has ended


def check(port, key):
    """What a browser and a program will find."""
    for path, bearer in (("/readyz", None), ("/v1/bills?limit=1", key)):
        status, body = ask(port, "GET", path, bearer)
        if status != 200:
            sys.exit(f"demo: {path} answers {status}: {body.decode(errors='replace')}")
    return b"was not built" not in ask(port, "GET", "/")[1]


def show(port, has_console, staff, customer, folder):
    console = f"Open       http://127.0.0.1:{port}/   in a browser on this machine, and log in with a key:" \
        if has_console else f"API        http://127.0.0.1:{port}/v1   (the console was not built: it needs npm)"
    print(f"""
Tollgate serves two months of nine customers under the tariffs of this folder.

  {console}
  Staff key  {staff}   sees and does everything
  Customer   {customer}   sees the account {CUSTOMER} and nothing else

  The keys are shown this once. The book is {folder}; every verb works beside the daemon:
      {PROGRAM} bill list --data {folder}
      curl -H "Authorization: Bearer KEY" http://127.0.0.1:{port}/v1/accounts
""", flush=True)


def serve(options, folder):
    staff = make_key(folder, "staff", *[word for role in ROLES for word in ("--role", role)])
    customer = make_key(folder, "customer", "--role", "customer", "--account", CUSTOMER)
    port = free_port(options.port)
    if port != options.port and options.port != 0:
        print(f"Port {options.port} is in use by another program; this takes {port}.", file=sys.stderr, flush=True)
    (folder / ADDRESS).write_text(f"http://127.0.0.1:{port}/\n")
    daemon = Daemon(folder, port)
    try:
        show(port, check(port, staff), staff, customer, folder)
        if not options.stay:
            print("No terminal: the address has answered, and this ends. `make serve` keeps it on.", flush=True)
            return
        for end in (signal.SIGINT, signal.SIGTERM):  # a shell may have it ignore the first
            signal.signal(end, signal.default_int_handler)
        print("Ctrl-C ends it.", flush=True)
        if not options.still:
            Gateway(port, staff, options.seed).start()
        daemon.process.wait()
        sys.exit(f"demo: the daemon has ended; {daemon.log} says why")
    except KeyboardInterrupt:
        print(f"\nEnded. The book stays in {folder} until the next demo.", flush=True)
    finally:
        daemon.end()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=pathlib.Path, default=ROOT / "build" / "demo" / "book")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--now", type=datetime.datetime.fromisoformat, help="the book's end; default: the clock")
    parser.add_argument("--port", type=int, default=8080, help="of 127.0.0.1; the next free one if it is taken")
    parser.add_argument("--make-only", action="store_true", help="make the book, and serve nothing")
    parser.add_argument("--still", action="store_true", help="nobody calls while it is served")
    parser.add_argument("--stay", action="store_true", default=sys.stdout.isatty(), help="serve until it is ended")
    parser.add_argument("--leave", dest="stay", action="store_false", help="end once the address has answered")
    options = parser.parse_args()
    try:
        make(options.data, options.seed, options.now or datetime.datetime.now(datetime.timezone.utc))
        if not options.make_only:
            serve(options, options.data)
    except KeyboardInterrupt:
        sys.exit("demo: ended before it was ready")


if __name__ == "__main__":
    main()
