# SPDX-License-Identifier: Apache-2.0
"""Months that are closed by ticks, worked out anew: closed bills and their numbers, what comes late and stands on a
later bill, settlements. Rules: docs/corrections.md, docs/money.md. Nothing is shared with the program."""

import collections
import json
import pathlib
import random
import subprocess
import tempfile
from fractions import Fraction

from oracle import clock, program, reckon, world
from oracle.formula import decimal, fixed, rounded

OPEN = reckon.OPEN


class Watched(collections.Counter):
    """Sums that tell when they change."""

    def __init__(self, tell):
        super().__init__()
        self.tell = tell

    def __setitem__(self, key, value):
        super().__setitem__(key, value)
        self.tell(key)


class Months(reckon.Oracle):
    def __init__(self, tariffs, span, is_kept):
        super().__init__(tariffs, span)
        self.is_kept = is_kept              # in a book: orders are invoiced when they are made
        self.cells = Watched(self.touch)    # (account, tariff, cycle, item, place, funding)
        self.raw = Watched(self.touch)
        self.keys = collections.defaultdict(dict)   # (tariff, cycle) -> its cells, in order
        self.raw_keys = collections.defaultdict(dict)
        self.billed, self.charged = {}, {}
        self.open, self.adjusted_in = set(), {}
        self.now, self.is_stating = -OPEN, False
        self.numbers, self.accounts_seen = collections.Counter(), {}
        self.bills = []
        self.waiting = collections.defaultdict(Fraction)  # (due, tariff, period, account) -> exact

    # ---- what happens when ----

    def touch(self, key):
        _, family, cycle = key[:3]
        (self.keys if len(key) == 6 else self.raw_keys)[family, cycle][key] = True
        if cycle[1] > self.now:
            self.open.add((family, cycle))
        elif (family, cycle) not in self.adjusted_in:
            target = self.books[family].cycles.at(self.now)
            self.adjusted_in[family, cycle] = target
            self.open.add((family, target))

    def apply(self, event):
        before = self.events + self.commands
        if event is not None and event["type"] == "tollgate.order" and self.is_kept:
            self.purchases.clear()
        super().apply(event)
        if self.events + self.commands > before and event["type"] != "tollgate.tick":
            self.accounts_seen.setdefault(event["subject"], len(self.accounts_seen))
        if self.is_kept:
            self.invoice()

    def invoice(self):
        for (account, family, cycle), purchases in self.purchases.items():
            self.issue(family, account, cycle, "orders", [(line + (None,), amount) for _, line, amount in purchases])
        self.purchases.clear()

    def do_tick(self, event, data):
        assert not data
        self.pass_time(clock.parse(event["time"]))

    def pass_time(self, until):
        while True:
            due = [(cycle[1], 0, family, cycle) for family, cycle in self.open]
            if not self.is_stating:
                due += [(at, 1, family, period) for at, family, period, _ in self.waiting]
            first = min(due, default=(OPEN * 2,))
            if first[0] > until:
                break
            self.now = max(self.now, first[0])
            (self.settle if first[1] else self.close_cycle)(first[2], first[3])
        if not self.is_stating:
            self.now = max(self.now, until)

    # ---- a cycle ----

    def close_cycle(self, family, cycle):
        self.open.discard((family, cycle))
        bills = collections.defaultdict(list)
        adjusted = sorted(old for (name, old), target in self.adjusted_in.items() if (name, target) == (family, cycle))
        late = collections.defaultdict(list)
        for old in adjusted:
            self.charge_raw(family, old)
            for account in sorted({key[0] for key in self.keys[family, old]}):
                late[account] += self.differences(family, old, account)
            del self.adjusted_in[family, old]
        self.charge_raw(family, cycle)
        for account in sorted({key[0] for key in self.keys[family, cycle]}):
            bills[account] += [(line + (None,), amount)
                               for _, line, amount in self.lines_of(family, cycle, account, self.cells)]
        for old in [*adjusted, cycle]:
            for key in self.keys[family, old]:
                self.billed[key] = self.cells[key]
        for account, lines in late.items():
            bills[account] += lines
        for account in sorted(bills, key=self.accounts_seen.get):
            if bills[account]:
                self.issue(family, account, cycle, "usage", bills[account])

    def charge_raw(self, family, cycle):
        book = self.books[family]
        for key in sorted(self.raw_keys[family, cycle], key=lambda key: self.raw_order((key, None))):
            account, _, _, item, place = key
            whole = reckon.round_quantity(book.items[item]["round"], self.raw[key])
            added = whole - self.charged.get(key, 0)
            self.charged[key] = whole
            if added:
                self.fund(book, account, cycle, cycle[0], item, place, added, None)

    def lines_of(self, family, cycle, account, sums):
        items = collections.defaultdict(list)
        for key in self.keys[family, cycle]:
            if key[0] == account and key in sums:
                items[key[3]].append((key[4], key[5], sums[key]))
        for item, tallies in items.items():
            for place, line, amount in self.placed_lines(self.books[family], item, tallies):
                yield (item, place), line, amount

    def differences(self, family, cycle, account):
        """Lines with what came later less lines as they were billed, price by price."""
        def table(sums):
            found = {}
            for place, line, amount in self.lines_of(family, cycle, account, sums):
                tier = line[9] and line[9][0]
                found[place, line[3], tier, line[6], line[7]] = line, Fraction(line[4]), amount
            return found
        before, after = table(self.billed), table(self.cells)
        for key in {**before, **after}:
            line, quantity, amount = after.get(key) or before[key]
            if key not in after:
                quantity, amount = Fraction(0), Fraction(0)
            if key in before:
                quantity, amount = quantity - before[key][1], amount - before[key][2]
            if quantity or amount:
                yield (*line[:4], decimal(quantity), *line[5:8], decimal(amount), *line[9:], cycle[0]), amount

    # ---- bills ----

    def issue(self, family, account, cycle, kind, lines, exact=None):
        book, number = self.books[family], None
        if exact is None:
            exact = sum((amount for _, amount in lines), Fraction(0))
        if not self.is_stating:
            self.numbers[family] += 1
            number = f"{family}-{self.numbers[family]}"
        rule = book.bill_rounding
        total = rounded(exact, rule["mode"], Fraction(1, 10**rule["scale"]))
        self.bills.append({"number": number, "account": account, "tariff": family, "cycle": cycle, "kind": kind,
                           "lines": sorted((line for line, _ in lines), key=str), "exact_total": decimal(exact),
                           "rounding": decimal(total - exact), "total": fixed(total, rule["scale"])})
        settlement = book.tariff.get("settlement")
        if kind == "usage" and settlement and exact and not self.is_stating:
            self.wait(book, account, cycle, exact, settlement)

    def wait(self, book, account, cycle, exact, settlement):
        period = book.calendars[settlement["period"]].at(cycle[0])
        due = period[1]
        if "days" in settlement:
            wall = book.zone.wall(period[1])
            due = book.zone.instant(wall.replace(day=settlement["days"][0])) * clock.SECOND
        if not (period[0] >= cycle[0] and period[1] <= cycle[1] and due <= cycle[1]):
            self.waiting[due, book.name, period, account] += exact

    def settle(self, family, period):
        """Of all accounts at once, in the order in which they were first seen."""
        found = [key for key in self.waiting if key[1:3] == (family, period)]
        for key in sorted(found, key=lambda key: self.accounts_seen[key[3]]):
            exact = self.waiting.pop(key)
            if exact:
                self.issue(family, key[3], period, "settlement", [], exact)

    def close(self, until=None):
        assert until is None
        self.is_stating = True
        self.pass_time(OPEN)
        for (account, family, cycle), purchases in self.purchases.items():
            self.issue(family, account, cycle, "orders", [(line + (None,), amount) for _, line, amount in purchases])
        return {"bills": self.bills, "balances": self.balances(self.last_end)}


# ---- worlds ----

def make(seed, events, is_kept):
    """As world.make, without what is charged by covered time: which cycle pays for a range that comes late depends on
    what was closed before, and is another book's subject."""
    tariffs, journal, _ = world.make(f"months {seed}", events)
    chance = random.Random(f"ticks {seed}")
    if is_kept and journal.span[1] - journal.span[0] > 30 * clock.DAY * clock.SECOND:
        journal.span = journal.span[0], journal.span[0] + 30 * clock.DAY * clock.SECOND
    for tariff in tariffs:
        tariff["items"] = [item for item in tariff["items"] if "interval" not in item]
        tariff["operations"] = [one for one in tariff["operations"] if not one.get("live")]
        if chance.random() < 0.7:
            tariff["settlement"] = {"period": chance.choice(["month", "day"])}
            if tariff["settlement"]["period"] == "month" and chance.random() < 0.4:
                tariff["settlement"]["days"] = chance.choice([[1, 1], [2, 4], [27, 28]])
    ticks = {chance.randrange(events) for _ in range(chance.choice([1, 3, 10, 40]))}
    return tariffs, journal, ticks, chance


def entries(journal, ticks, chance):
    """Texts and what they say."""
    for index, (text, event) in enumerate(journal.lines()):
        if index in ticks:
            jump = chance.choice([0, 0, 600, 86400, 20 * 86400]) * chance.random()
            at = min(journal.time(index) + int(jump) * clock.SECOND, journal.span[1])
            tick = {"specversion": "1.0", "id": f"tick-{index}", "source": "world", "type": "tollgate.tick",
                    "subject": "time", "time": journal.stamp(at), "data": {}}
            yield json.dumps(tick), tick
        yield text, event


def build(folder, seed, events, is_kept):
    tariffs, journal, ticks, chance = make(seed, events, is_kept)
    folder = pathlib.Path(folder)
    (folder / "tariffs").mkdir()
    for tariff in tariffs:
        text = json.loads(world.tariff_file(tariff))
        if "settlement" in tariff:
            text["settlement"] = tariff["settlement"]
        (folder / "tariffs" / f"{tariff['name']}.yaml").write_text(json.dumps(text, indent=1), encoding="utf-8")
    oracle = Months(tariffs, journal.span, is_kept)
    with open(folder / "journal.ndjson", "w", encoding="utf-8") as out:
        for text, event in entries(journal, ticks, chance):
            out.write(text + "\n")
            oracle.apply(event)
    return oracle, journal


def program_row(bill, with_lines=True):
    cycle = clock.parse(bill["cycle"]["start"]), clock.parse(bill["cycle"]["end"])
    lines = []
    for line in bill["lines"] if with_lines and bill["kind"] != "settlement" else []:
        tier = (line["tier"]["from"], line["tier"]["up_to"]) if line["tier"] else None
        adjusts = clock.parse(line["adjusts"]["start"]) if line.get("adjusts") else None
        lines.append((line["item"], line["region"], line["label"], line["funding"], line["quantity"], line["unit"],
                      line["unit_price"], line["per"], line["amount"], tier, line["order"], adjusts))
    return {"number": bill.get("number"), "account": bill["account"], "tariff": bill["tariff"], "cycle": cycle,
            "kind": bill["kind"], "lines": sorted(lines, key=str), "exact_total": bill["exact_total"],
            "rounding": bill["rounding"], "total": bill["total"]}


def bill_order(bill):
    return bill["account"], bill["tariff"], bill["cycle"], bill["kind"], str(bill["number"])


def differences(expected, found):
    """Sentences; none when all bills are the same."""
    expected, found = (sorted(bills, key=bill_order) for bills in (expected, found))
    theirs = {bill_order(bill): bill for bill in found}
    for bill in expected:
        other = theirs.pop(bill_order(bill), None)
        if other is None:
            yield f"the program lacks {bill}"
        elif other != bill:
            mine = [line for line in bill["lines"] if line not in other["lines"]]
            more = [line for line in other["lines"] if line not in bill["lines"]]
            yield (f"bill {bill_order(bill)}: oracle {bill['exact_total']} {bill['total']} {mine}\n"
                   f"    program {other['exact_total']} {other['total']} {more}")
    for bill in theirs.values():
        yield f"the oracle lacks {bill}"
    if len(expected) != len(found):
        yield f"{len(expected)} bills of the oracle, {len(found)} of the program"


def rated(folder, seed, events):
    """Through `tollgate rate`: what ticks closed with its number, and the rest as it stands."""
    oracle, _ = build(folder, seed, events, False)
    answer = program.rate([folder / "journal.ndjson"], "--tariffs", str(folder / "tariffs"))
    return oracle, oracle.close()["bills"], [program_row(bill) for bill in answer["bills"]]


def kept(folder, seed, events):
    """Through a data directory: closed bills alone, in the order in which they were closed; some with their lines."""
    oracle, journal = build(folder, seed, events, True)
    now = clock.text(journal.span[1] + clock.DAY * clock.SECOND)

    def run(*options):
        command = [program.program(), *map(str, options)]
        done = subprocess.run(command, capture_output=True, check=False)
        assert done.returncode in (0, 1), f"{command}\n{done.stderr.decode(errors='replace')[-2000:]}"
        return done.stdout
    run("init", folder / "book", "--tariffs", folder / "tariffs")
    run("ingest", folder / "journal.ndjson", "--data", folder / "book", "--now", now, "--quiet")
    listed = json.loads(run("bill", "list", "--data", folder / "book", "--json"))["bills"]
    assert [bill["number"] for bill in listed] == [bill["number"] for bill in oracle.bills]
    expected = [{**bill, "lines": []} for bill in oracle.bills]
    found = [program_row(bill, False) for bill in listed]
    for place in random.Random(f"shown {seed}").sample(range(len(listed)), min(6, len(listed))):
        shown = json.loads(run("bill", "show", listed[place]["number"], "--data", folder / "book", "--json"))
        expected[place]["lines"] = oracle.bills[place]["lines"]
        found[place] = program_row(shown.get("bill", shown))
    run("verify", "--data", folder / "book")
    return oracle, expected, found


def check(seed, events, is_kept):
    """What differs, and what was looked at."""
    with tempfile.TemporaryDirectory() as name:
        oracle, expected, found = (kept if is_kept else rated)(pathlib.Path(name), seed, events)
        seen = {"bills": len(found), "numbers": sum(oracle.numbers.values()),
                "settlements": sum(bill["kind"] == "settlement" for bill in found),
                "adjustments": sum(line[-1] is not None for bill in oracle.bills for line in bill["lines"])}
        return list(differences(expected, found)), seen
