# SPDX-License-Identifier: Apache-2.0
"""Twenty short scenarios on a data directory, with a fault at every call that changes a file: killed before it, or told
that the disk is broken or full. What was acknowledged is there, once; saying it again brings the book to the same end
as if nothing had happened; and verify finds it whole."""

import json
import os
import shutil
import subprocess

import pytest

from conftest import ROOT, event

SHIM = os.environ.get("FAULT_AT_LIBRARY", os.path.join(ROOT, "build", "tests", "fault_at.so"))
EVERY = int(os.environ.get("FAULT_EVERY", "28"))  # every call by `make verify`, one of 28 else
SEED = int(os.environ.get("TEST_SEED", "1"))
NOW = "2026-02-20T00:00:00Z"
LATER = "2026-03-02T00:00:00Z"

pytestmark = pytest.mark.skipif(not os.path.exists(SHIM), reason="the fault library is not built")

USAGE = "".join(event("imm.DetectImageFaces", {"count": n + 1}, n, f"acct-{n % 3}", f"2026-02-{n + 1:02}T08:50:00Z")
                for n in range(12))
LATE = event("imm.DetectImageFaces", {"count": 7}, 100, "acct-1", "2026-02-05T08:50:00Z")
ORDER = ["order", "acct-1", "object-detection-5000", "--tariff", "viapi", "--id", "o-1", "--now", NOW]
TICK = ["tick", "--id", "t-1", "--now", LATER]
BEFORE = {  # what is there before the command under fault
    "nothing": [],
    "usage": [(["ingest", "--now", NOW, "-"], USAGE)],
    "order": [(ORDER, ""), (["ingest", "--now", NOW, "-"], USAGE)],
    "closed": [(["ingest", "--now", NOW, "-"], USAGE), (TICK, "")],
}
SCENARIOS = [  # name, before, command, standard input
    ("ingest a file", "nothing", ["ingest", "--now", NOW, "-"], USAGE),
    ("ingest a file again", "usage", ["ingest", "--now", NOW, "-"], USAGE),
    ("ingest with what is known and what is new", "usage", ["ingest", "--now", NOW, "-"], USAGE + LATE),
    ("order", "nothing", ORDER, ""),
    ("order again", "order", ORDER, ""),
    ("refund", "order", ["refund", "acct-1", "o-1", "--id", "r-1", "--now", NOW], ""),
    ("settings", "nothing", ["account", "set", "acct-1", "--postpaid", "vclm=on", "--id", "a-1", "--now", NOW], ""),
    ("activation", "nothing", ["account", "set", "acct-1", "--activate", "vclm", "--id", "a-2", "--now", NOW], ""),
    ("top-up", "nothing", ["wallet", "top-up", "acct-1", "10", "USD", "--id", "w-1", "--now", NOW], ""),
    ("pay-out refused", "nothing", ["wallet", "pay-out", "acct-1", "10", "USD", "--id", "w-2", "--now", NOW], ""),
    ("tick that closes", "usage", TICK, ""),
    ("tick with orders", "order", TICK, ""),
    ("tick that closes nothing", "nothing", TICK, ""),
    ("late usage behind a tick", "closed", ["ingest", "--now", LATER, "-"], LATE),
    ("a second tick", "closed", ["tick", "--id", "t-2", "--now", "2026-04-02T00:00:00Z"], ""),
    ("hold", "order", ["hold", "acct-1", "imm.DetectImageFaces", "--id", "h-1", "--now", NOW,
                       "--expires-at", "2026-02-21T00:00:00Z"], ""),
    ("reversal", "usage", ["reverse", "e-1", "--id", "v-1", "--now", NOW], ""),
    ("backfill", "usage", ["ingest", "--backfill", "old", "--now", LATER, "-"], LATE),
    ("a line that is no record", "nothing", ["ingest", "--now", NOW, "-"], '{"no": "record"}\n'),
    ("no news at all", "usage", ["ingest", "--now", NOW, "-"], ""),
]


class Book:
    """A data directory that is copied from a template and talked to with or without a fault."""

    def __init__(self, tollgate, home):
        self.path, self.home = tollgate.path, home

    def run(self, words, stdin="", fault=None, counting=None):
        env = {**os.environ}
        if fault or counting:
            env.update(LD_PRELOAD=SHIM, FAULT_AT=fault or "count:0", FAULT_COUNT=counting or "/dev/null")
        return subprocess.run([self.path, *words, "--data", self.home], input=stdin.encode(), env=env, timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)

    def answers(self):
        """Everything that can be asked, but for what says where and how often it was told."""
        said = {}
        for words in (["bill", "list"], ["bill", "preview"], ["balance"], ["ledger"], ["wallet", "show"],
                      ["hold", "list"], ["events", "reversed"]):
            done = self.run([*words, "--json"])
            assert done.returncode in (0, 1), done.stderr.decode()
            said[" ".join(words)] = json.loads(done.stdout)
        return said

    def check(self):
        done = self.run(["verify", "--json"])
        assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def template(tollgate, tmp_path_factory):
    made = {}

    def book(before):
        if before not in made:
            made[before] = Book(tollgate, tmp_path_factory.mktemp(before) / "book")
            done = tollgate("init", made[before].home, "--tariffs", os.path.join(ROOT, "tariffs"))
            assert done.code == 0, done.err
            for words, stdin in BEFORE[before]:
                done = made[before].run(words, stdin)
                assert done.returncode == 0, done.stderr.decode()
        return made[before]
    return book


def sweep(template, tollgate, tmp_path, scenario, fault):
    """A run with the fault at the n-th call for every n, each on its own copy. Yields the book and the run."""
    _, before, words, stdin = scenario
    source = template(before)
    place = tmp_path / "book"

    def fresh():
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(source.home, place)
        return Book(tollgate, place)
    whole = fresh()
    counted = tmp_path / "count"
    done = whole.run(words, stdin, counting=str(counted))
    assert done.returncode in (0, 1), done.stderr.decode()
    total = int(counted.read_text())
    whole.check()
    want = (done.returncode, whole.answers())
    for at in range(1, total + 1):
        if at % EVERY != SEED % EVERY and at not in (1, total):
            continue
        book = fresh()
        yield at, want, book, book.run(words, stdin, fault=f"{fault}:{at}")


@pytest.mark.parametrize("fault", ["kill", "EIO", "ENOSPC"])
@pytest.mark.parametrize("scenario", [pytest.param(entry, id=entry[0]) for entry in SCENARIOS])
def test_a_fault_at_every_call(template, tollgate, tmp_path, scenario, fault):
    words, stdin = scenario[2], scenario[3]
    for at, (code, want), book, hit in sweep(template, tollgate, tmp_path, scenario, fault):
        where = f"{fault} at call {at}"
        assert hit.returncode in ((-9, code) if fault == "kill" else (4, code)), f"{where}: {hit.stderr.decode()}"
        if hit.returncode == 4:
            assert hit.stderr, where  # a fault says what it is
        book.check()
        if hit.returncode == code:
            assert book.answers() == want, where  # what was acknowledged is there
        again = book.run(words, stdin)
        assert again.returncode in (0, 1), f"{where}: {again.stderr.decode()}"
        assert book.answers() == want, where
        book.check()
