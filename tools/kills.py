#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Kill the program again and again while it writes into a book, and see that nothing acknowledged is lost or doubled.

Every life of the program says something new: usage, an order, money, a tick, a reversal. It is killed at a random
moment, or ends by itself; then what it said is acknowledged, and a witness beside the book writes that down. Every
so often everything acknowledged must be in the journal, once, and `verify` must find the book whole. With --keep the
book and the witness stay, and the next run goes on from there. The last line is `N passed, M failed`, counted in
lives."""

import argparse
import json
import os
import pathlib
import random
import secrets
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
PROGRAM = os.environ.get("TOLLGATE", str(ROOT / "build" / "src" / "cli" / "tollgate"))
NOW = "2026-02-16T00:00:00Z"
CHECKED, RENEWED = 40, 600  # lives between two checks, and between two books


class Book:
    """A data directory and what was acknowledged of it."""

    def __init__(self, home, dice):
        self.home, self.dice = home, dice
        self.witness = home.with_suffix(".witness")
        self.acknowledged = set(self.witness.read_text().split()) if self.witness.exists() else set()
        self.serial = max((int(name.split("-")[1]) for name in self.acknowledged), default=0) + 100_000
        if not home.exists():
            self.run("init", str(home), "--tariffs", str(ROOT / "tariffs"))

    def run(self, *words, stdin=b""):
        return subprocess.run([PROGRAM, *words], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=120, check=False)

    def name(self):
        self.serial += 1
        return f"k-{self.serial}"

    def usage(self):
        names = [self.name() for _ in range(self.dice.choice([1, 3, 40, 400]))]
        lines = [json.dumps({"specversion": "1.0", "id": name, "source": "kills", "type": "imm.DetectImageFaces",
                             "subject": f"acct-{self.dice.randrange(9)}", "time": "2026-02-15T08:50:00Z", "data": {}})
                 for name in names]
        return names, ["ingest", "--now", NOW, "-"], "\n".join(lines).encode()

    def order(self):
        name = self.name()
        words = ["order", "acct-1", "object-detection-5000", "--tariff", "viapi", "--id", name, "--now", NOW]
        return [name], words, b""

    def money(self):
        name = self.name()
        return [name], ["wallet", "top-up", "acct-2", "1.25", "USD", "--id", name, "--now", NOW], b""

    def tick(self):
        name = self.name()
        days = self.dice.randrange(1, 17)
        return [name], ["tick", "--id", name, "--now", f"2026-02-{days:02}T00:00:00Z"], b""

    def live(self):
        """One life: what it says counts as acknowledged when it ends by itself, with success."""
        names, words, stdin = self.dice.choice([self.usage, self.usage, self.order, self.money, self.tick])()
        with subprocess.Popen([PROGRAM, *words, "--data", str(self.home)], stdin=subprocess.PIPE,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
            try:
                child.stdin.write(stdin)
                child.stdin.close()
            except BrokenPipeError:
                pass
            try:
                child.wait(self.dice.random() * 0.03)
            except subprocess.TimeoutExpired:
                child.send_signal(signal.SIGKILL)
            code = child.wait()
        if code == 0:
            self.acknowledged.update(names)
            with open(self.witness, "a", encoding="utf-8") as file:
                file.write("".join(name + "\n" for name in names))
        return code in (0, -signal.SIGKILL)

    def check(self):
        """What is wrong, or nothing."""
        verified = self.run("verify", "--json", "--data", str(self.home))
        if verified.returncode != 0:
            return f"verify: {verified.stdout.decode()} {verified.stderr.decode()}"
        exported = self.run("export", "ndjson", "--data", str(self.home))
        found = [json.loads(line)["id"] for line in exported.stdout.splitlines()]
        if len(found) != len(set(found)):
            return "a document stands in the journal twice"
        lost = self.acknowledged - set(found)
        return f"{len(lost)} acknowledged documents are lost, such as {min(lost)}" if lost else ""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lives", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, help="end after so many seconds")
    parser.add_argument("--keep", metavar="DIR", help="keep the book there, and go on with it next time")
    parser.add_argument("--seed", default=os.environ.get("TEST_SEED") or secrets.token_hex(4))
    options = parser.parse_args()
    start, dice = time.monotonic(), random.Random(options.seed)
    passed = since = 0
    with tempfile.TemporaryDirectory(prefix="tollgate-kills-") as scratch:
        folder = pathlib.Path(options.keep or scratch)
        folder.mkdir(exist_ok=True)
        number = len(list(folder.glob("*.witness")))
        book = Book(folder / f"book-{max(number - 1, 0)}", dice)
        while passed < options.lives and not (options.seconds and time.monotonic() - start > options.seconds):
            wrong = "" if book.live() else "it ended with a fault"
            passed += 1
            if not wrong and passed % CHECKED == 0:
                wrong = book.check()
            if wrong:
                print(f"life {passed} of seed {options.seed}: {wrong}")
                print(f"{passed - 1} passed, 1 failed")
                return 1
            if passed % RENEWED == 0:
                book = Book(folder / f"book-{len(list(folder.glob('*.witness')))}", dice)
            if time.monotonic() - start > since + 10:
                since = time.monotonic() - start
                print(f"{passed} lives, {passed / since:.0f} a second, {len(book.acknowledged)} acknowledged in this "
                      "book", flush=True)
        wrong = book.check()
    print(wrong or f"seed {options.seed}: every acknowledged document is there, once")
    print(f"{passed} passed, {int(bool(wrong))} failed")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
