# SPDX-License-Identifier: Apache-2.0
"""The console on a large book: what its pages ask the daemon for, one request after the other, and how long a page
takes in a browser from its address to its data. 5,000 accounts under four tariffs, 40 days of usage, one month billed.
"""

import http.client
import json
import os
import shutil
import signal
import subprocess
import time

import serve

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DAYS, NOW = 40, "2026-02-10T12:00:00+08:00"
ROUNDS, SLOW = 20, 2.0  # what takes longer is asked once
GOAL_ANSWER, GOAL_PAGE = 0.1, 1.0  # seconds


def timed(*command, **options):
    start = time.monotonic()
    subprocess.run(command, check=True, cwd=ROOT, stdout=options.get("stdout", subprocess.DEVNULL),
                   stderr=subprocess.DEVNULL)
    return time.monotonic() - start


def make_book(tollgate, bench, folder, events, accounts):
    """Rows, and the book: the usage is taken in, time passes, January is billed."""
    book, journal = os.path.join(folder, "looked-at"), os.path.join(folder, "looked-at.ndjson")
    with open(journal, "wb") as file:
        timed(os.path.join(bench, "gen_journal"), str(events), str(accounts), "1", str(DAYS), stdout=file)
    timed(tollgate, "init", book, "--tariffs", "tariffs")
    rows = [{"name": f"ingest {events:,} lines of {accounts:,} accounts",
             "seconds": timed(tollgate, "ingest", "--data", book, "--now", NOW, journal)}]
    os.remove(journal)
    rows.append({"name": "close January", "seconds": timed(tollgate, "tick", "--data", book, "--now", NOW)})
    return rows, book


def processor_seconds(pid):
    """What a process has used of all cores: the clock alone says little on a machine that others use."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Client:
    """One connection with a key to the daemon of that process."""

    def __init__(self, port, key, pid):
        self.line, self.key, self.pid = http.client.HTTPConnection("127.0.0.1", port, timeout=600), key, pid

    def get(self, path, etag=None):
        headers = {"Authorization": f"Bearer {self.key}", **({"If-None-Match": etag} if etag else {})}
        self.line.request("GET", path, headers=headers)
        answer = self.line.getresponse()
        text = answer.read()
        if answer.status not in (200, 304):
            raise SystemExit(f"bench: {path} answers {answer.status}: {text[:300].decode()}")
        return text, answer.headers["ETag"]

    def measure(self, name, path, etag=None):
        spans, before = [], processor_seconds(self.pid)
        for _ in range(ROUNDS):
            start = time.monotonic()
            text, _ = self.get(path, etag)
            spans.append(time.monotonic() - start)
            if spans[-1] > SLOW:
                break
        spans.sort()
        return {"name": name, "cpu_seconds": (processor_seconds(self.pid) - before) / len(spans),
                "seconds": spans[len(spans) // 2], "worst": spans[-1], "bytes": len(text),
                "goal_seconds": GOAL_ANSWER}


def answers(client):
    """What the pages ask for; the account with the newest bill is the one that is looked at."""
    bill = json.loads(client.get("/v1/bills?order=desc&limit=1")[0])["items"][0]
    account, number = bill["account"], bill["number"]
    row = client.measure
    accounts = "/v1/accounts?limit=50"
    middle = json.loads(client.get("/v1/accounts?limit=1000")[0])["next"]
    return [
        row("GET /v1/now", "/v1/now"),
        row("GET /v1/now, nothing new", "/v1/now", client.get("/v1/now")[1]),
        row("50 accounts", accounts),
        row("50 accounts, behind the first 1,000", f"{accounts}&cursor={middle}" if middle else accounts),
        row("an account", f"/v1/accounts/{account}"),
        row("its balances", f"/v1/accounts/{account}/balances"),
        row("its charges so far", f"/v1/accounts/{account}/charges"),
        row("its bills", f"/v1/bills?account={account}&limit=50"),
        row("its events, newest first", f"/v1/events?account={account}&order=desc&limit=50"),
        row("50 bills, newest first", "/v1/bills?order=desc&limit=50"),
        row("a bill", f"/v1/bills/{number}"),
        row("50 events, newest first", "/v1/events?order=desc&limit=50"),
        row("50 rejected events", "/v1/events?outcome=rejected&order=desc&limit=50"),
        row("50 alerts, newest first", "/v1/alerts?order=desc&limit=50"),
        row("50 lines of the audit log", "/v1/audit?limit=50"),
        row("tariffs", "/v1/tariffs"),
        row("its usage, all time", f"/v1/accounts/{account}/usage?by=item"),
        row("everybody's usage, all time", "/v1/usage?by=item"),
        row("its usage by day", f"/v1/accounts/{account}/usage?by=day,item"),
    ], account, number


def pages(port, key, account, number):
    """In Chromium: from the address of a page to its data, the middle of five."""
    words = json.dumps({"url": f"http://127.0.0.1:{port}", "key": key, "account": account, "number": number})
    done = subprocess.run(["node", os.path.join(ROOT, "bench", "console.mjs")], input=words, check=True,
                          stdout=subprocess.PIPE, encoding="utf-8")
    return [{"name": f"page {row['hash']}", "seconds": row["seconds"], "worst": row["worst"],
             "goal_seconds": GOAL_PAGE} for row in json.loads(done.stdout)]


def key_of(tollgate, book):
    roles = [word for role in ("read", "billing", "pricing", "admin", "audit") for word in ("--role", role)]
    made = subprocess.run([tollgate, "key", "create", "bench", "--data", book, "--json", *roles], check=True,
                          stdout=subprocess.PIPE)
    return json.loads(made.stdout)["secret"]


def measure(tollgate, bench, folder, events, accounts):
    """Rows for the table. A book that is there is looked at as it is."""
    rows, book = make_book(tollgate, bench, folder, events, accounts)
    return rows + look(tollgate, book)


def look(tollgate, book):
    """The rows of a book that is there."""
    key, clock = key_of(tollgate, book), book + ".clock"
    with open(clock, "w", encoding="utf-8") as file:
        file.write(NOW)
    start = time.monotonic()
    with subprocess.Popen([tollgate, "serve", "--data", book, "--listen", "127.0.0.1:0", "--clock-file", clock],
                          stderr=subprocess.PIPE, text=True) as daemon:
        port = serve.port_of(daemon)
        rows = [{"name": "start the daemon", "seconds": time.monotonic() - start}]
        drain = subprocess.Popen(["cat"], stdin=daemon.stderr,  # pylint: disable=consider-using-with
                                 stdout=subprocess.DEVNULL)
        try:
            asked, account, number = answers(Client(port, key, daemon.pid))
            rows += asked
            if shutil.which("node") and os.path.exists(os.path.join(ROOT, "console", "node_modules")):
                rows += pages(port, key, account, number)
            rows[0]["rss_bytes"] = serve.resident(daemon.pid)
        finally:
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(60)
            drain.wait(60)
    return rows


def show(rows, out):
    print(f"{'what the console asks for':42} {'middle ms':>10} {'worst ms':>9} {'cpu ms':>9} {'KB':>8} {'memory MB':>9}"
          "  goal", file=out)
    for row in rows:
        worst = f"{row['worst'] * 1000:.1f}" if "worst" in row else ""
        cpu = f"{row['cpu_seconds'] * 1000:.1f}" if "cpu_seconds" in row else ""
        size = f"{row['bytes'] / 1000:.1f}" if "bytes" in row else ""
        memory = f"{row['rss_bytes'] / 1e6:.0f}" if "rss_bytes" in row else ""
        goal = ""
        if "goal_seconds" in row:
            is_met = row["seconds"] <= row["goal_seconds"]
            goal = f"{row['goal_seconds'] * 1000:g} ms: {'met' if is_met else 'missed'}"
        print(f"{row['name']:42} {row['seconds'] * 1000:10,.1f} {worst:>9} {cpu:>9} {size:>8} {memory:>9}  "
              f"{goal}".rstrip(), file=out)
