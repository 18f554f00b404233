# SPDX-License-Identifier: Apache-2.0
"""Re-rating: other tariffs for a book, and everything rated again under them; closed bills stay."""

import datetime
import json
import pathlib
import random
import sqlite3
import subprocess
import sys
import time
from collections import defaultdict
from fractions import Fraction

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from conftest import event  # noqa: E402
from test_contracts import command  # noqa: E402
from test_properties import World, pay_as_you_go  # noqa: E402

RULES = """\
tariff: demo
title: Demo
currency: USD
zone: UTC
cycle: month
funding: [free, single, payg]
bill_rounding: {scale: 2, mode: down}
classes: {}
items:
  call: {unit: call, price: 0.5}
  secret: {unit: call, price: unpublished}
  slices:
    unit: call
    price: {graduated: {tiers: [{up_to: 10, price: 2}, {price: 1}]}}
operations: {Call: call, Secret: secret, Slices: slices}
packages:
  calls: {kind: single, unit: point, validity: 1 year, scope: {call: 1}, sizes: {10: 4}}
"""
DEARER = RULES.replace("price: 0.5", "price: 0.75")
PUBLISHED = RULES.replace("price: unpublished", "price: 3")
FLATTER = RULES.replace("up_to: 10, price: 2", "up_to: 10, price: 1.5")
DOUBLE = RULES.replace("scope: {call: 1}", "scope: {call: 2}")
OTHER_ZONE = RULES.replace("zone: UTC", "zone: Asia/Shanghai")
OTHER_NAME = RULES.replace("tariff: demo", "tariff: dome")
UNSOLD = RULES.replace("sizes: {10: 4}", "sizes: {20: 8}")
DEARER_PACKAGE = RULES.replace("sizes: {10: 4}", "sizes: {10: 6}")
JANUARY, FEBRUARY, MARCH = "2026-01-10T00:00:00Z", "2026-02-10T00:00:00Z", "2026-03-10T00:00:00Z"


class Book:
    def __init__(self, tollgate, home):
        self.tollgate, self.home, self.sets = tollgate, home / "book", 0
        self.files = home / "rules"
        self.files.mkdir()
        assert tollgate("init", self.home, "--tariffs", self.rules(RULES)).code == 0

    def rules(self, text):
        self.sets += 1
        folder = self.files / str(self.sets)
        folder.mkdir()
        (folder / "demo.yaml").write_text(text)
        return folder

    def run(self, *words, now=None, want=0, stdin=""):
        done = self.tollgate(*words, "--data", self.home, *(["--now", now] if now else []), stdin=stdin)
        assert done.code == want, done.out + done.err
        return done

    def say(self, now, *lines):
        self.run("ingest", "-", now=now, stdin="".join(lines))

    def rerate(self, text, *more, **how):
        return self.run("rerate", "--tariffs", self.rules(text), *more, now=MARCH, **how)

    def closed(self):
        listed = self.run("bill", "list", "--json").json["bills"]
        return [self.run("bill", "show", bill["number"], "--json").json for bill in listed]

    def lines(self):
        """(month billed, item, quantity, amount, month adjusted) of every usage line on closed bills."""
        return [(bill["cycle"]["start"][5:7], line["item"], line["quantity"], line["amount"],
                 (line.get("adjusts") or {}).get("start", "")[5:7])
                for bill in self.closed() for line in bill["lines"] if line["funding"] != "order"]

    def check(self):
        assert self.run("verify", "--json").json["ok"]


@pytest.fixture
def book(tollgate, tmp_path):
    return Book(tollgate, tmp_path)


def calls(count, number, time, name="Call"):
    return event(f"demo.{name}", {"count": count}, number, time=time)


def closed_and_open(book, name="Call"):
    """January is billed, February is open."""
    book.say(JANUARY, calls(12, 1, JANUARY, name))
    book.run("tick", now="2026-02-01T00:00:00Z")
    book.say(FEBRUARY, calls(4, 2, FEBRUARY, name))


ROWS = [
    ("a price that was wrong: taken back whole and billed anew", "Call", DEARER,
     [("01", "call", "12", "6", ""), ("02", "call", "4", "3", ""),
      ("02", "call", "-12", "-6", "01"), ("02", "call", "12", "9", "01")]),
    ("only the slice whose price changed", "Slices", FLATTER,
     [("01", "slices", "10", "20", ""), ("01", "slices", "2", "2", ""), ("02", "slices", "4", "6", ""),
      ("02", "slices", "-10", "-20", "01"), ("02", "slices", "10", "15", "01")]),
    ("what had no price", "Secret", PUBLISHED,
     [("02", "secret", "4", "12", ""), ("02", "secret", "12", "36", "01")]),
    ("nothing changed, nothing adjusted", "Call", RULES,
     [("01", "call", "12", "6", ""), ("02", "call", "4", "2", "")]),
    ("another item's price, nothing adjusted", "Call", PUBLISHED,
     [("01", "call", "12", "6", ""), ("02", "call", "4", "2", "")]),
]


@pytest.mark.parametrize("name, rules, want", [pytest.param(*rest, id=name) for name, *rest in ROWS])
def test_rerate(book, name, rules, want):
    closed_and_open(book, name)
    before = book.closed()
    assert "set 2" in book.rerate(rules).out
    assert book.closed() == before
    book.check()
    book.run("tick", now="2026-03-01T00:00:00Z")
    assert book.closed()[:len(before)] == before
    assert book.lines() == want
    book.check()
    assert book.run("events", "unpriced", "--json").json["unpriced"] == [] or "secret" not in rules


def test_a_package_factor_changes_what_is_left(book):
    book.run("order", "acct-1", "calls-10", "--tariff", "demo", "--id", "o-1", now=JANUARY)
    closed_and_open(book)
    book.rerate(DOUBLE)
    rows = book.run("balance", "--json").json["balances"]
    assert [(row["bought"], row["used"]) for row in rows] == [("10", "10")]
    book.run("tick", now="2026-03-01T00:00:00Z")
    # single: 10 were paid by the package, now 5; the rest is paid as you go
    assert book.lines() == [("01", "call", "10", "0", ""), ("01", "call", "2", "1", ""), ("02", "call", "4", "2", ""),
                            ("02", "call", "-5", "0", "01"), ("02", "call", "5", "2.5", "01")]
    book.check()


def test_what_was_bought_keeps_its_price(book):
    book.run("order", "acct-1", "calls-10", "--tariff", "demo", "--id", "o-1", now=JANUARY)
    book.rerate(DEARER_PACKAGE)
    ledger = book.run("ledger", "--json").json["currencies"][0]["balances"]
    assert {row["ledger_account"]: row["amount"] for row in ledger} == {"receivable": "4", "deferred": "-4"}
    book.run("order", "acct-1", "calls-10", "--tariff", "demo", "--id", "o-2", now=MARCH)
    assert [bill["total"] for bill in book.closed()] == ["4.00", "6.00"]
    assert [bill["number"] for bill in book.closed()] == ["demo-1", "demo-2"]
    book.check()


def test_money_stays_what_it_is(book):
    book.run("wallet", "top-up", "acct-1", "5", "USD", now=JANUARY)
    closed_and_open(book)
    wallet = book.run("wallet", "show", "acct-1", "--json").json
    ledger = book.run("ledger", "--items", "--json").json
    book.rerate(DEARER)
    assert book.run("wallet", "show", "acct-1", "--json").json == wallet
    assert book.run("ledger", "--items", "--json").json == ledger
    book.run("tick", now="2026-03-01T00:00:00Z")
    balances = {row["ledger_account"]: row["amount"]
                for row in book.run("ledger", "--json").json["currencies"][0]["balances"]}
    assert balances["revenue"] == "-9" and balances["adjustments"] == "-3" and balances["wallet"] == "7"
    book.check()


def test_late_usage_and_a_second_set_while_adjustments_wait(book):
    closed_and_open(book)
    book.say(FEBRUARY, calls(1, 3, JANUARY))
    book.rerate(DEARER)
    book.say(FEBRUARY, calls(1, 4, JANUARY))
    book.rerate(RULES)
    book.run("tick", now="2026-03-01T00:00:00Z")
    january = [line for line in book.lines() if line[4] == "01" or line[0] == "01"]
    assert sum(Fraction(line[3]) for line in january) == 14 * Fraction("0.5")
    assert sum(Fraction(line[2]) for line in january) == 14
    book.check()


REFUSED = [
    ("a tariff that is not there any more", OTHER_NAME, "tariff demo cannot be replaced: it is not there any more"),
    ("other cycles", OTHER_ZONE, "tariff demo cannot be replaced: it has other cycles"),
    ("something bought that is not sold any more", UNSOLD,
     'account acct-1 has bought calls-10 by order "o-1", which these tariffs do not sell'),
]


@pytest.mark.parametrize("rules, reason", [pytest.param(*rest, id=name) for name, *rest in REFUSED])
def test_refused_and_nothing_changed(book, rules, reason):
    book.run("order", "acct-1", "calls-10", "--tariff", "demo", "--id", "o-1", now=JANUARY)
    closed_and_open(book)
    before = book.run("bill", "preview", "--json").out
    for more in ([], ["--preview"]):
        assert reason in book.rerate(rules, *more, want=1).err
    assert book.run("bill", "preview", "--json").out == before
    assert not (book.home / "tariffs-2").exists()
    book.check()
    assert "set 2" in book.rerate(DEARER).out
    book.check()


def test_preview_tells_and_changes_nothing(book):
    closed_and_open(book)
    before = book.run("bill", "preview", "--json").out
    done = book.rerate(DEARER, "--preview", "--json").json["differences"]
    assert [(row["cycle"]["start"][5:7], row["closed"], row["item"], row["before"], row["after"], row["difference"])
            for row in done] == [("01", True, "call", "6", "9", "3"), ("02", False, "call", "2", "3", "1")]
    assert "closed" in book.rerate(DEARER, "--preview").out
    assert "nothing would change" in book.rerate(RULES, "--preview").out
    assert book.run("bill", "preview", "--json").out == before


def test_only_the_book_itself_says_it(book):
    book.say(JANUARY, command("tariffs", {"set": "2", "fingerprint": "00"}, 1, time=JANUARY))
    assert 'no command "tollgate.tariffs"' in book.run("events", "rejected", "--json").json["rejected"][0]["reason"]


def test_as_of_and_backup(book, tmp_path, tollgate):
    closed_and_open(book)
    before = book.run("usage", "--json").out
    seq = book.run("verify", "--json").json["batches"]
    book.rerate(DEARER)
    assert book.run("usage", "--as-of", seq, "--json").out == before
    assert book.run("usage", "--json").out != before
    assert tollgate("backup", tmp_path / "copy", "--data", book.home).code == 0
    assert tollgate("verify", "--data", tmp_path / "copy", "--json").json["ok"]


@pytest.mark.parametrize("goes_on", [False, True], ids=["as it is", "and others write on"])
def test_a_set_that_was_never_activated_does_not_count(book, goes_on):
    """As after a crash behind everything that was prepared, just before the batch is written."""
    closed_and_open(book)
    book.rerate(DEARER)
    with sqlite3.connect(book.home / "book.db") as store:
        last = store.execute("SELECT max(seq) FROM journal").fetchone()[0]
        store.execute("DELETE FROM journal WHERE seq = ?", [last])
        store.execute("DELETE FROM document WHERE kind = 'snapshot'")
        store.execute("DELETE FROM usage_sum_mark")
    store.close()
    if goes_on:
        book.say(FEBRUARY, calls(1, 9, FEBRUARY))
    book.check()
    assert [row["after"] for row in book.rerate(DEARER, "--preview", "--json").json["differences"]][0] == "9"
    assert "set 2" in book.rerate(FLATTER).out
    assert (book.home / "tariffs-2" / "demo.yaml").read_text() == FLATTER
    book.check()


def test_killed_at_any_time_it_is_done_or_not(book):
    """Whenever the program dies, the book is whole, under the one set or the other."""
    closed_and_open(book)
    words = [book.tollgate.path, "rerate", "--data", str(book.home), "--now", MARCH, "--tariffs"]
    start = time.monotonic()
    book.rerate(DEARER)
    took = time.monotonic() - start
    for step in range(6):
        rules = book.rules(FLATTER if step % 2 else DEARER)
        running = subprocess.Popen([*words, str(rules)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(took * (step + 1) / 7)
        running.kill()
        running.wait()
        book.check()
    book.rerate(RULES)
    book.run("tick", now="2026-03-01T00:00:00Z")
    assert sum(Fraction(line[3]) for line in book.lines()) == 8
    book.check()


def test_a_book_is_folded_over_several_sets_without_a_snapshot(book):
    closed_and_open(book)
    for rules in (DEARER, FLATTER, DEARER):
        book.rerate(rules)
        book.say(FEBRUARY, calls(1, 10 + book.sets, JANUARY))
    before = book.run("bill", "preview", "--json").out
    with sqlite3.connect(book.home / "book.db") as store:
        store.execute("DELETE FROM document WHERE kind = 'snapshot'")
    store.close()
    assert book.run("bill", "preview", "--json").out == before
    book.check()


def test_changed_files_of_a_later_set_are_noticed(book):
    closed_and_open(book)
    book.rerate(DEARER)
    (book.home / "tariffs-2" / "demo.yaml").write_text(RULES)
    assert "tariffs-2 were changed" in book.run("balance", want=4).err


def totals(bills, intervals):
    """Exact amounts by account, tariff and item. Covered time is left out: what a late range is charged for depends on
    what was closed before it."""
    found = defaultdict(Fraction)
    for bill in bills:
        for line in bill["lines"]:
            if (bill["tariff"], line["item"]) not in intervals:
                found[bill["account"], bill["tariff"], line["item"]] += Fraction(line["amount"])
    return {key: amount for key, amount in found.items() if amount}


def other_prices(chance, node, key=None):
    """The same tariff, here and there with another figure as price."""
    if isinstance(node, dict):
        return {name: other_prices(chance, child, name) for name, child in node.items()}
    if isinstance(node, list):
        return [other_prices(chance, child, key) for child in node]
    if key in ("per", "up_to", "from", "below") or not str(node)[0].isdigit() or "T" in str(node) or \
            chance.random() < 0.5:
        return node
    return chance.choice(["0.7", "1.3", "2"])


def other_tariffs(chance, source, target):
    target.mkdir()
    for path in source.glob("*.yaml"):
        tariff = json.loads(path.read_text())
        for item in tariff["items"].values():
            if "price" in item:
                item["price"] = other_prices(chance, item["price"])
        (target / path.name).write_text(json.dumps(tariff))


@pytest.mark.parametrize("number", range(6))
def test_any_book_is_whole_after_it(tollgate, tmp_path, number):
    """Packages, plans, quotas, covered time, refunds: whatever a world has."""
    here = World(tmp_path, f"rerate all {number}", 150)
    chance = random.Random(number)
    home, first = tmp_path / "book", tmp_path / "tariffs"
    lines = [line for line in here.lines if line.startswith("{")]
    times = sorted((json.loads(line)["time"] for line in lines), key=datetime.datetime.fromisoformat)

    def run(*words, stdin=""):
        done = tollgate(*words, "--data", home, stdin=stdin)
        assert done.code in (0, 1), done.out + done.err
        return done

    assert tollgate("init", home, "--tariffs", first).code == 0
    half = len(lines) // 2
    for part, folder in ((lines[:half], "second"), (lines[half:], "third")):
        run("ingest", "-", "--now", times[-1], stdin="".join(line + "\n" for line in part))
        run("tick", "--now", chance.choice(times))
        other_tariffs(chance, first, tmp_path / folder)
        assert run("rerate", "--tariffs", tmp_path / folder, "--now", times[-1]).code == 0
        assert run("verify", "--json").json["ok"]
    run("tick", "--now", "2029-01-01T00:00:00Z")
    assert run("verify", "--json").json["ok"]
    assert all(row["sum"] == "0" for row in run("ledger", "--json").json["currencies"])
    for row in run("balance", "--json").json["balances"]:
        parts = [Fraction(row[part]) for part in ("used", "held", "remaining", "expired")]
        assert sum(parts) == Fraction(row["bought"])


@pytest.mark.parametrize("number", range(8))
def test_in_the_end_it_is_as_if_rated_so_from_the_start(tollgate, tmp_path, number):
    """Whatever was billed before, and however often: bills and adjustments add up to what the last tariffs give."""
    here = World(tmp_path, f"rerate {number}", 120, change=pay_as_you_go(["hour", "day"][number % 2]))
    chance = random.Random(number)
    intervals = {(tariff["name"], item["name"]) for tariff in here.tariffs for item in tariff["items"]
                 if item.get("interval")}
    home, sets = tmp_path / "book", [tmp_path / "tariffs", tmp_path / "second", tmp_path / "third"]
    for folder in sets[1:]:
        other_tariffs(chance, sets[0], folder)

    def run(*words, **more):
        done = tollgate(*words, "--data", home, **more)
        assert done.code == 0 or words[0] == "tick", done.out + done.err
        return done

    lines = [line for line in here.lines if line.startswith("{")]
    lines.sort(key=lambda line: datetime.datetime.fromisoformat(json.loads(line)["time"]))
    times = [json.loads(line)["time"] for line in lines]
    cut, late = chance.randrange(20, 60), chance.randrange(60, 100)
    assert tollgate("init", home, "--tariffs", sets[0]).code == 0
    parts = [lines[:cut] + lines[late:late + 5], lines[cut:late], lines[late + 5:]]
    end = times[-1]
    for part, rules, name in zip(parts, [*sets[1:], None], "abc"):
        run("ingest", "-", "--now", end, "--backfill", name, stdin="".join(line + "\n" for line in part))
        run("tick", "--now", chance.choice(times))
        if rules:
            run("rerate", "--tariffs", rules, "--now", end)
    run("tick", "--now", "2028-01-01T00:00:00Z")
    listed = run("bill", "list", "--json").json["bills"]
    closed = [run("bill", "show", bill["number"], "--json").json for bill in listed if bill["kind"] == "usage"]
    want = tollgate("rate", "--json", "--quiet", "--tariffs", sets[-1], "-",
                    stdin="".join(line + "\n" for part in parts for line in part))
    assert totals(closed, intervals) == totals(want.json["bills"], intervals)
    assert run("verify", "--json").json["ok"]


OWING = RULES + "overdue: {pauses: [payg], grace: 5 days}\n"
OWING_CHEAP = OWING.replace("price: 0.5", "price: 0.01")


def test_who_could_not_pay_then_does_not_pay_now(book):
    """The account came to owe under the old prices. Under the new ones it would not have, but that is how it was."""
    book.rerate(OWING)
    book.run("wallet", "top-up", "acct-1", "1", "USD", now=JANUARY)
    book.say(JANUARY, calls(12, 1, JANUARY))
    book.run("tick", now="2026-02-01T00:00:00Z")  # 6 USD are due, 1 is there
    book.say("2026-02-02T00:00:00Z", calls(4, 2, "2026-02-02T00:00:00Z"))
    book.say(FEBRUARY, calls(5, 3, FEBRUARY))
    wanted = ["the account owes money, and pay-as-you-go pauses; top up its wallet",
              "the account is suspended for owing too long; top up its wallet"]

    def reasons():
        rejected = book.run("events", "rejected", "--json").json["rejected"]
        return [row["reason"].split(": ", 1)[1] for row in rejected]

    assert reasons() == wanted
    for _ in range(2):
        book.rerate(OWING_CHEAP)
        assert reasons() == wanted
        book.check()
    book.run("tick", now="2026-03-01T00:00:00Z")
    assert book.lines() == [("01", "call", "12", "6", ""), ("02", "call", "-12", "-6", "01"),
                            ("02", "call", "12", "0.12", "01")]
    assert book.run("wallet", "show", "acct-1", "--json").json["wallets"][0]["balance"] == "0.88"
    book.check()


def test_orders_and_refunds_stay_as_they_were_decided(book):
    refundable = RULES.replace("sizes: {10: 4}", "refund: {within: 7 days}, sizes: {10: 4}")
    more = RULES.replace("sizes: {10: 4}", "sizes: {10: 4, 20: 7}")
    book.rerate(refundable)
    book.run("order", "acct-1", "calls-10", "--tariff", "demo", "--id", "o-1", now=JANUARY)
    book.run("refund", "acct-1", "o-1", "--id", "r-1", now=JANUARY)
    book.run("order", "acct-1", "calls-10", "--tariff", "demo", "--id", "o-2", now=JANUARY)
    book.say(JANUARY, command("order", {"tariff": "demo", "sku": "calls-20"}, 1, time=JANUARY))
    before = book.run("ledger", "--json").out
    book.rerate(more)
    rejected = book.run("events", "rejected", "--json").json["rejected"]
    assert [row["id"] for row in rejected] == ["c-1"]
    assert book.run("ledger", "--json").out == before
    assert [row["order"] for row in book.run("balance", "--json").json["balances"]
            if row["remaining"] != "0"] == ["o-2"]
    book.check()


def test_a_contract_and_attributes_hold_under_another_set_too(book):
    acme = "tariff: acme\nextends: demo\noverride: {items: {call: {price: 0.2}}}\n"

    def rules(text, overlay):
        folder = book.rules(text)
        (folder / "acme.yaml").write_text(overlay)
        return folder

    book.run("rerate", "--tariffs", rules(RULES, acme), now=JANUARY)
    book.run("order", "acct-1", "calls-10", "--tariff", "demo", "--id", "o-1", now=JANUARY)
    book.run("account", "set", "acct-1", "--contract", "demo=acme", "--from", JANUARY, "--zone", "Europe/Paris",
             "--id", "k-1", now=JANUARY)
    closed_and_open(book)
    book.run("rerate", "--tariffs", rules(DEARER, acme.replace("0.2", "0.3")), now=MARCH)
    book.check()
    book.run("tick", now="2026-03-01T00:00:00Z")
    assert book.lines() == [("01", "call", "10", "0", ""), ("01", "call", "2", "0.4", ""),
                            ("02", "call", "4", "1.2", ""),
                            ("02", "call", "-2", "-0.4", "01"), ("02", "call", "2", "0.6", "01")]
    shown = book.run("account", "show", "acct-1", "--json").json
    assert [row["use"] for row in shown["contracts"]] == ["acme"] and shown["zone"] == "Europe/Paris"
    ledger = book.run("ledger", "--items", "--json").json["currencies"][0]["balances"]
    assert ("revenue", "acme/calls-10") in [(row["ledger_account"], row["item"]) for row in ledger]
    book.check()


def test_holds_and_reversals_are_rated_again(book):
    book.run("order", "acct-1", "calls-10", "--tariff", "demo", "--id", "o-1", now=FEBRUARY)
    book.run("hold", "acct-1", "demo.Call", "count=2", "--id", "h-1", "--expires-at", "2026-03-20T00:00:00Z",
             now=FEBRUARY)
    book.say(FEBRUARY, calls(4, 2, FEBRUARY))
    book.run("reverse", "e-2", now=FEBRUARY)
    book.rerate(DOUBLE)
    rows = book.run("balance", "--json").json["balances"]
    assert [(row["used"], row["held"], row["remaining"]) for row in rows] == [("0", "4", "6")]
    book.check()
