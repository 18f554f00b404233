# SPDX-License-Identifier: Apache-2.0
"""The daemon over HTTP: usage in posts of 100 events, acknowledged single events, decisions of the gate at half load
and at ten times too much; next to a server of the same module that answers a constant. Client and server share the
cores."""

import json
import os
import signal
import socket
import subprocess

TARIFF = """\
tariff: bench
title: Bench
currency: USD
zone: UTC
cycle: month
postpaid: on
items: {call: {unit: call, price: 0.001}}
operations: {Call: call}
"""
GOAL_EVENTS, GOAL_DECISIONS = 1.5e6, 100_000


def load(bench, port, kind, connections, rate, seconds, key=""):
    words = map(str, (port, kind, connections, rate, int(seconds * 1000)))
    text = subprocess.run([os.path.join(bench, "http_load"), *words, key], check=True, stdout=subprocess.PIPE).stdout
    return json.loads(text)


def resident(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM"))


def entry(name, run, seconds, more=1, **others):
    return {"name": name, "lines": run["good"] * more, "seconds": seconds, "per_second": run["per_second"] * more,
            "p50_us": run["p50_us"], "p99_us": run["p99_us"], "p9999_us": run["p9999_us"], "refused": run["refused"],
            "unsent": run["unsent"], "wrong": run["wrong"], **others}


def constant(bench, seconds):
    with subprocess.Popen([os.path.join(bench, "http_constant")], stdout=subprocess.PIPE, text=True) as server:
        port = int(server.stdout.readline())
        run = load(bench, port, "constant", 64, 0, seconds)
        server.kill()
    return entry("http: a constant", run, run["seconds"])


def key_of(path):
    """A key of the daemon, made over its own socket."""
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(path)
        body = json.dumps({"name": "bench", "roles": ["ingest", "admit"]})
        line.sendall(f"POST /v1/keys HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json"
                     f"\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
        answer = b"".join(iter(lambda: line.recv(65536), b""))
    return json.loads(answer.split(b"\r\n\r\n", 1)[1])["secret"]


def port_of(daemon):
    """Read the log until it is ready."""
    port = None
    for line in daemon.stderr:
        row = json.loads(line)
        if row["event"] == "listening" and "127.0.0.1" in row["text"]:
            port = int(row["text"].rpartition(":")[2])
        if row["event"] == "ready":
            return port
    raise SystemExit("bench: the daemon did not start")


def decisions(bench, port, key, seconds, rss):
    """As many as it answers; half of that; ten times that."""
    full = load(bench, port, "admit", 64, 0, seconds, key)
    rate = max(int(full["per_second"]), 1)
    half = load(bench, port, "admit", 512, rate // 2, seconds, key)
    over = load(bench, port, "admit", 1000, rate * 10, seconds, key)
    return [entry("http: decisions", full, full["seconds"], goal_per_second=GOAL_DECISIONS),
            entry("http: decisions at half load", half, half["seconds"], goal_p99_us=1000),
            entry("http: decisions at ten times too much", over, over["seconds"], goal_p9999_us=10_000,
                  rss_bytes=rss())]


def measure(tollgate, bench, folder, seconds=5):
    """Rows for the table; every run takes so many seconds."""
    book, tariff = os.path.join(folder, "served"), os.path.join(folder, "bench.yaml")
    with open(tariff, "w", encoding="utf-8") as file:
        file.write(TARIFF)
    subprocess.run([tollgate, "init", book, "--tariffs", tariff], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    rows = [constant(bench, seconds)]
    with subprocess.Popen([tollgate, "serve", "--data", book, "--listen", "127.0.0.1:0"], stderr=subprocess.PIPE,
                          text=True) as daemon:
        port = port_of(daemon)
        with open(os.path.join(folder, "log"), "w", encoding="utf-8") as log:
            drain = subprocess.Popen(["cat"], stdin=daemon.stderr, stdout=log)  # pylint: disable=consider-using-with
        key = key_of(os.path.join(book, "tollgate.sock"))
        batches = load(bench, port, "ingest", 32, 0, seconds, key)
        rows.append(entry("http: events in posts of 100, durable", batches, batches["seconds"], 100,
                          goal_per_second=GOAL_EVENTS, rss_bytes=resident(daemon.pid)))
        single = load(bench, port, "event", 4, 0, seconds, key)
        rows.append(entry("http: single events, durable", single, single["seconds"]))
        rows += decisions(bench, port, key, seconds, lambda: resident(daemon.pid))
        daemon.send_signal(signal.SIGTERM)
        daemon.wait(60)
        drain.wait(60)
    for row in rows:
        row["of_constant"] = row["per_second"] / rows[0]["per_second"]
    return rows


def met(row):
    for goal, value, unit in (("goal_per_second", -row["per_second"], "a second"),
                              ("goal_p99_us", row["p99_us"], "us p99"),
                              ("goal_p9999_us", row["p9999_us"], "us p99.99")):
        if goal in row:
            is_met = value <= (-row[goal] if value < 0 else row[goal])
            return f"{row[goal]:g} {unit}: {'met' if is_met else 'missed'}"
    return ""


def show(rows, out):
    print(f"{'what, over HTTP':40} {'a second':>11} {'p50 us':>8} {'p99 us':>8} {'p99.99 us':>9} {'refused':>8} "
          f"{'not sent':>9} {'memory MB':>9} {'of const':>8}  goal", file=out)
    for row in rows:
        memory = f"{row['rss_bytes'] / 1e6:.0f}" if "rss_bytes" in row else ""
        line = (f"{row['name']:40} {row['per_second']:11,.0f} {row['p50_us']:8,} {row['p99_us']:8,} "
                f"{row['p9999_us']:9,} {row['refused']:8,} {row['unsent']:9,} {memory:>9} {row['of_constant']:7.2f}x  "
                f"{met(row)}")
        print(line.rstrip(), file=out)
