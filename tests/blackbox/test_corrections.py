# SPDX-License-Identifier: Apache-2.0
"""What was wrong is put right: reversals, replacements, and what closed bills say about them."""

import datetime
import json
import shutil
import sqlite3
from fractions import Fraction

import pytest

RULES = """\
tariff: demo
title: Demo
currency: USD
zone: UTC
cycle: month
postpaid: on
bill_rounding: {scale: 2, mode: down}
items:
  flat: {unit: call, price: 0.5}
  slices:
    unit: call
    price: {graduated: {tiers: [{up_to: 10, price: 2}, {price: 1}]}}
operations: {Flat: flat, Slices: slices}
packages:
  calls: {kind: single, unit: call, validity: 1 year, scope: {flat: 1}, sizes: {100: 10}}
"""
NOW = "2026-02-05T00:00:00Z"


def event(name, number, count=1, time="2026-01-20T00:00:00Z", source="s", account="acct-1"):
    return json.dumps({"specversion": "1.0", "id": f"e-{number}", "source": source, "type": f"demo.{name}",
                       "subject": account, "time": time, "data": {"count": count}}) + "\n"


@pytest.fixture
def book(tollgate, tmp_path):
    (tmp_path / "demo.yaml").write_text(RULES)
    home = tmp_path / "book"
    assert tollgate("init", home, "--tariffs", tmp_path / "demo.yaml").code == 0

    def run(*words, now=NOW, **more):
        return tollgate(*words, "--data", home, *(["--now", now] if now else []), **more)

    def ingest(*lines, now=NOW, words=()):
        done = run("ingest", *words, "-", "--json", now=now, stdin="".join(lines))
        assert done.code == 0, done.err
        return done.json

    run.home = home
    run.ingest = ingest
    run.show = lambda *words: tollgate(*words, "--data", home, "--json").json
    return run


def lines_of(book):
    return [[(line["item"], line["funding"], line["quantity"], line["amount"]) for line in bill["lines"]]
            for bill in book.show("bill", "preview")["bills"]]


def outcomes(result):
    return [reply["outcome"] for reply in result.json["replies"]]


def test_a_reversed_event_counts_no_more(book):
    book.ingest(event("Flat", 1, 3), event("Flat", 2, 4))
    assert lines_of(book) == [[("flat", "payg", "7", "3.5")]]
    done = book("reverse", "e-1", "--reason", "sent twice", "--id", "r-1", "--json")
    assert done.code == 0 and outcomes(done) == ["accepted"]
    assert lines_of(book) == [[("flat", "payg", "4", "2")]]
    assert book.show("events", "reversed")["reversed"] == [
        {"account": "acct-1", "source": "s", "id": "e-1", "reversed_at": NOW, "reversed_by": "r-1",
         "reason": "sent twice", "replaced_by": None}]
    assert book("verify", now=None).code == 0


def test_nothing_is_left_of_what_is_reversed_alone(book):
    book.ingest(event("Flat", 1, 3))
    assert book("reverse", "e-1").code == 0
    assert lines_of(book) == []


def test_an_event_is_reversed_once(book):
    book.ingest(event("Flat", 1, 3))
    assert book("reverse", "e-1", "--id", "r-1").code == 0
    again = book("reverse", "e-1", "--id", "r-2", "--json")
    assert again.code == 1 and outcomes(again) == ["rejected"] and "reversed before" in again.out
    assert outcomes(book("reverse", "e-1", "--id", "r-1", "--json")) == ["duplicate"]
    assert book.ingest(event("Flat", 1, 3))["known"] == 1  # it is known for ever


def test_a_correction_is_a_reversal_and_a_new_event(book):
    book.ingest(event("Flat", 1, 3))
    assert book("reverse", "e-1", "--replaced-by", "e-1b").code == 0
    book.ingest(event("Flat", "1b", 5))
    assert lines_of(book) == [[("flat", "payg", "5", "2.5")]]
    listed = book("events", "reversed", now=None)
    assert "e-1b" in listed.out and "replaced by" in listed.out


def test_a_dry_run_changes_nothing(book):
    book.ingest(event("Flat", 1, 3))
    assert outcomes(book("reverse", "e-1", "--dry-run", "--json")) == ["accepted"]
    assert lines_of(book) == [[("flat", "payg", "3", "1.5")]]
    assert book("events", "reversed", now=None).out == "Nothing was taken back.\n"


def test_the_event_that_counts_is_found_among_its_namesakes(book):
    book.ingest(event("Flat", 1, 3), event("Flat", 1, 4), event("Flat", 1, 8, source="other"))
    unclear = book("reverse", "e-1")
    assert unclear.code == 2 and '"s" and "other"' in unclear.err
    assert book("reverse", "e-1", "--source", "s").code == 0
    assert lines_of(book) == [[("flat", "payg", "8", "4")]]
    missing = book("reverse", "e-9")
    assert missing.code == 1 and 'no event "e-9" in the journal' in missing.err


def test_units_of_a_package_come_back(book):
    ordered = book("order", "acct-1", "calls-100", "--tariff", "demo", "--id", "o-1", now="2026-01-01T00:00:00Z")
    assert ordered.code == 0, ordered.out + ordered.err
    book.ingest(event("Flat", 1, 60), event("Flat", 2, 60))
    assert book("reverse", "e-1").code == 0
    balance = book.show("balance")["balances"][0]
    assert (balance["used"], balance["remaining"]) == ("60", "40")
    assert lines_of(book) == [[("flat", "single", "60", "0")]]


def test_a_closed_bill_stays_and_the_next_one_says_the_difference(book):
    book.ingest(event("Slices", 1, 8), event("Slices", 2, 4))
    assert book("tick").code == 0  # January closes: 10 at 2 and 2 at 1
    assert book("reverse", "e-1", now="2026-02-06T00:00:00Z").code == 0
    assert lines_of(book) == [[("slices", "payg", "-6", "-12"), ("slices", "payg", "-2", "-2")]]
    bill = book.show("bill", "preview")["bills"][0]
    assert [line["adjusts"]["start"] for line in bill["lines"]] == ["2026-01-01T00:00:00+00:00"] * 2
    assert Fraction(bill["exact_total"]) == -14
    assert book("verify", now=None).code == 0


# ---- backfills ----

LONG_AGO = "2025-03-10T00:00:00Z"


def old(name, number, count=1, **more):
    return event(name, number, count, time=LONG_AGO, **more)


@pytest.fixture
def older(tmp_path):
    path = tmp_path / "older.ndjson"
    path.write_text(old("Slices", "o1", 8) + old("Slices", "o2", 4) + old("Flat", "o3", 2, account="acct-2"))
    return path


def test_what_is_too_old_comes_in_by_name_only(book, older):
    book.ingest(old("Slices", "o1", 8))
    assert lines_of(book) == [] and "more than 40 days" in book("events", "rejected", now=None).out
    assert book("ingest", older, "--backfill", "march").code == 0
    assert lines_of(book) == [[("slices", "payg", "10", "20"), ("slices", "payg", "2", "2")],
                              [("flat", "payg", "2", "1")]]
    assert book.show("backfill", "list")["backfills"] == [
        {"name": "march", "events": 3, "refused": 0, "first_recorded_at": NOW, "last_recorded_at": NOW,
         "first_batch": 2, "last_batch": 2, "reverted_at": None, "reversed": 0}]
    assert book("verify", now=None).code == 0


def test_a_backfill_goes_on_after_an_interruption_and_counts_nothing_twice(book, older):
    assert book.ingest(old("Slices", "o1", 8), words=["--backfill", "march"])["known"] == 0
    done = book("ingest", older, "--backfill", "march", "--json", now="2026-02-06T00:00:00Z")
    assert (done.json["known"], done.json["batches"]) == (1, 1)
    assert book("ingest", older, "--backfill", "other", "--json").json["known"] == 3
    assert [(row["name"], row["events"]) for row in book.show("backfill", "list")["backfills"]] == [("march", 3)]


def test_a_preview_says_what_would_change_and_for_whom(book, older):
    book.ingest(event("Slices", 1, 3))
    book("ingest", older, "--backfill", "march")
    more = older.with_name("more.ndjson")
    more.write_text(old("Slices", "o4", 5) + old("Slices", "o1", 8) + event("Slices", 2, 9)
                    + old("Nothing", "o5"))
    seen = book("backfill", "preview", more, "--json").json
    assert (seen["documents"], seen["known"], seen["refused"]) == (4, 1, 1)
    assert [(row["account"], row["cycle"]["start"][:7], row["item"], row["quantity_before"], row["quantity_after"],
             row["amount_before"], row["amount_after"]) for row in seen["changes"]] == [
        ("acct-1", "2025-03", "slices", "12", "17", "22", "27"),
        ("acct-1", "2026-01", "slices", "3", "12", "6", "22")]
    assert "2025-03" in book("backfill", "preview", more).out
    before = book.show("bill", "preview")
    assert book("backfill", "preview", older).out.startswith("It would change no usage.\n")
    assert book.show("bill", "preview") == before


def test_a_backfill_holds_usage_only(book):
    order = json.dumps({"specversion": "1.0", "id": "o-1", "source": "s", "type": "tollgate.order",
                        "subject": "acct-1", "time": LONG_AGO, "data": {"tariff": "demo", "sku": "calls-100"}}) + "\n"
    book.ingest(order, old("Flat", "o1", 2), words=["--backfill", "march"])
    assert "a backfill holds usage events" in book("events", "rejected", now=None).out
    assert lines_of(book) == [[("flat", "payg", "2", "1")]]
    assert book.show("backfill", "list")["backfills"][0]["refused"] == 1


def test_a_revert_takes_everything_back_once(book, older):
    book.ingest(event("Slices", 1, 3))
    book("ingest", older, "--backfill", "march")
    assert book("reverse", "e-o2").code == 0
    before = book("verify", now=None)
    assert before.code == 0
    done = book("backfill", "revert", "march", "--json")
    assert done.code == 0 and done.json["reversed"] == 2
    assert lines_of(book) == [[("slices", "payg", "3", "6")]]
    again = book("backfill", "revert", "march")
    assert again.code == 1 and "was reverted before" in again.err
    assert book("ingest", older, "--backfill", "march").code == 2
    assert book("backfill", "revert", "april").code == 1
    assert book("verify", now=None).code == 0


def test_reverted_in_closed_cycles_as_adjustments(book, older):
    book("ingest", older, "--backfill", "march")
    assert book("tick").code == 0
    first = book.show("bill", "list")["bills"]
    assert book("backfill", "revert", "march", now="2026-02-06T00:00:00Z").code == 0
    assert sum(Fraction(bill["exact_total"]) for bill in book.show("bill", "preview")["bills"]) == -23
    assert book("tick", now="2026-03-01T00:00:00Z").code == 0
    bills = book.show("bill", "list")["bills"]
    assert bills[-len(first):] == first or bills[:len(first)] == first
    assert sum(Fraction(bill["total"]) for bill in bills) == 0
    assert book("verify", now=None).code == 0


def test_a_revert_is_all_or_nothing(book):
    order = json.dumps({"specversion": "1.0", "id": "pp", "source": "s", "type": "tollgate.account",
                        "subject": "acct-3", "time": NOW, "data": {"postpaid": {"demo": False}}}) + "\n"
    bought = book("order", "acct-3", "calls-100", "--tariff", "demo", now="2025-03-01T00:00:00Z")
    assert bought.code == 0, bought.err
    book.ingest(order)
    book.ingest(old("Flat", "o1", 2), old("Flat", "o2", 150, account="acct-3"), words=["--backfill", "march"])
    before = book.show("bill", "preview")["bills"]
    done = book("backfill", "revert", "march")
    assert done.code == 1 and 'nothing is reverted: reversal of event "e-o2"' in done.err
    assert book.show("bill", "preview")["bills"] == before and before
    assert book.show("backfill", "list")["backfills"][0]["reverted_at"] is None


def test_a_revert_passes_over_what_was_never_charged(book):
    off = json.dumps({"specversion": "1.0", "id": "pp", "source": "s", "type": "tollgate.account",
                      "subject": "acct-3", "time": NOW, "data": {"postpaid": {"demo": False}}}) + "\n"
    book.ingest(off)
    book.ingest(old("Flat", "o1", 2), old("Flat", "o2", 2, account="acct-3"), old("Nothing", "o3"),
                words=["--backfill", "march"])
    assert book.show("backfill", "list")["backfills"][0]["refused"] == 2
    alone = book("reverse", "e-o2")
    assert alone.code == 1 and "nothing of the event was charged" in alone.out
    done = book("backfill", "revert", "march", "--json")
    assert done.code == 0 and done.json["reversed"] == 1
    assert lines_of(book) == []
    assert book("verify", now=None).code == 0


# ---- identities that left the memory ----

def day(number, hour=0):
    """Days from 2026-01-01."""
    moment = datetime.datetime(2026, 1, 1, hour, tzinfo=datetime.timezone.utc) + datetime.timedelta(days=number)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def at(number, days, count=1, **more):
    return event("Flat", number, count, time=day(days), **more)


@pytest.fixture(scope="module")
def long_home(tollgate, tmp_path_factory):
    """An event a day for 120 days, each recorded on its day."""
    home = tmp_path_factory.mktemp("long")
    (home / "demo.yaml").write_text(RULES)
    assert tollgate("init", home / "book", "--tariffs", home / "demo.yaml").code == 0
    for number in range(120):
        done = tollgate("ingest", "-", "--data", home / "book", "--now", day(number, 1), stdin=at(number, number))
        assert done.code == 0, done.err
    return home / "book"


@pytest.fixture
def long_book(book, long_home):
    shutil.rmtree(book.home)
    shutil.copytree(long_home, book.home)
    return book


def test_memory_holds_the_window_and_no_more(long_book):
    stats = long_book.show("stats")
    assert stats["events"] == 120
    assert stats["identities"] == 42 and stats["sealed"] == 78  # the day at hand, and 41 before it
    assert long_book("verify", now=None).code == 0


def test_repeats_are_known_up_to_the_border_and_refused_behind_it(long_book):
    now = day(119, 2)
    again = [at(number, number) for number in range(120)]
    done = long_book.ingest(*again, now=now)
    assert done["known"] == 42  # what memory holds is known, also when it is just too old
    before = long_book.show("bill", "preview")
    assert sum(Fraction(bill["exact_total"]) for bill in before["bills"]) == 60
    rejected = long_book.show("events", "rejected")["rejected"]
    assert len(rejected) == 78 and {row["reason"] for row in rejected} == {
        "its time is more than 40 days before it was recorded"}


def test_a_backfill_is_compared_with_what_was_sealed(long_book):
    again = [at(number, number) for number in range(0, 120, 7)]
    wrong = [at(number, number, count=2) for number in range(3, 120, 11)]
    moved = [at(5, 50)]
    new = [at("new", 5)]
    done = long_book.ingest(*again, *wrong, *moved, *new, words=["--backfill", "again"], now=day(119, 2))
    assert done["known"] == len(again) and done["batches"] == 1
    rejected = long_book.show("events", "rejected")["rejected"]
    assert len(rejected) == len(wrong) + 1
    assert all("came before with another payload" in row["reason"] for row in rejected)
    assert long_book.show("backfill", "list")["backfills"][0]["events"] == 1
    assert sum(Fraction(bill["exact_total"]) for bill in long_book.show("bill", "preview")["bills"]) == Fraction(121, 2)
    assert long_book("verify", now=None).code == 0
    once_more = long_book.ingest(*new, words=["--backfill", "again"], now=day(121))
    assert once_more["known"] == 1


def test_a_preview_knows_what_was_sealed(long_book, tmp_path):
    path = tmp_path / "again.ndjson"
    path.write_text(at(3, 3) + at(4, 4, count=9) + at("new", 5, count=2))
    seen = long_book("backfill", "preview", path, "--json", now=day(119, 2)).json
    assert (seen["known"], seen["refused"]) == (1, 1)
    assert [(row["quantity_before"], row["quantity_after"]) for row in seen["changes"]] == [("31", "33")]


def test_what_was_sealed_can_be_reversed_once(long_book):
    now = day(119, 2)
    accounts = long_book("account", "list", "--json", now=None).out
    assert outcomes(long_book("reverse", "e-3", "--dry-run", "--json", now=now)) == ["accepted"]
    assert outcomes(long_book("reverse", "e-3", "--json", now=now)) == ["accepted"]
    assert long_book("account", "list", "--json", now=None).out == accounts  # what is recalled belongs to nobody
    again = long_book("reverse", "e-3", "--json", now=now)
    assert outcomes(again) == ["rejected"] and "reversed before" in again.out
    for number in range(120, 125):  # both leave the memory again
        long_book.ingest(at(number, number), now=day(number, 1))
    late = long_book("reverse", "e-3", "--json", now=day(125))
    assert outcomes(late) == ["rejected"] and "reversed before" in late.out
    assert long_book("verify", now=None).code == 0
    assert sum(Fraction(bill["exact_total"]) for bill in long_book.show("bill", "preview")["bills"]) == 62


def test_a_backfill_of_sealed_events_is_reverted(book):
    lines = [at(number, number) for number in range(30)]
    book.ingest(*lines, words=["--backfill", "winter"], now=day(100))
    for number in range(101, 104):
        book.ingest(at(number, number), now=day(number, 1))
    assert book.show("stats")["sealed"] >= 30
    assert book("reverse", "e-7", now=day(104)).code == 0
    done = book("backfill", "revert", "winter", "--json", now=day(104))
    assert done.code == 0, done.err
    assert done.json["reversed"] == 29
    assert sum(Fraction(bill["exact_total"]) for bill in book.show("bill", "preview")["bills"]) == Fraction(3, 2)
    assert book("verify", now=None).code == 0


def test_a_clock_that_goes_back_lets_nothing_in_twice(long_book):
    done = long_book.ingest(*[at(number, number) for number in range(20, 60)], now=day(60))
    assert done["known"] == 0
    rejected = long_book.show("events", "rejected")["rejected"]
    assert len(rejected) == 40 and {row["reason"] for row in rejected} == {
        "its time is more than 41 days before the latest instant at which anything was recorded"}


def test_the_program_alone_recalls_and_backfills(book):
    for name, data in [("recall", {"identities": "00" * 20}), ("backfill", {"name": "x"})]:
        line = json.dumps({"specversion": "1.0", "id": name, "source": "s", "type": f"tollgate.{name}",
                           "subject": "acct-1", "time": NOW, "data": data}) + "\n"
        book.ingest(line, event("Flat", name))
    assert book.show("backfill", "list")["backfills"] == []
    assert book.show("stats")["identities"] == 2


def test_a_lost_block_is_found_by_verify(long_book):
    store = sqlite3.connect(long_book.home / "book.db")
    table = [row[0] for row in store.execute("select name from sqlite_master where type = 'table'")
             if "document" in row[0]][0]
    assert store.execute(f"delete from {table} where kind = 'identities' and name like '%0100-%'").rowcount == 1
    store.commit()
    store.close()
    done = long_book("verify", now=None)
    assert done.code == 1 and "sealed identities" in done.out


def test_a_block_that_a_crash_kept_out_is_made_again(long_book):
    store = sqlite3.connect(long_book.home / "book.db")
    count = "select count(*) from documents where kind = 'identities' and name like '%0120-%'"
    table = [row[0] for row in store.execute("select name from sqlite_master where type = 'table'")
             if "document" in row[0]][0]
    count = count.replace("documents", table)
    assert store.execute(count).fetchone()[0] == 1
    store.execute(f"delete from {table} where kind = 'identities' and name like '%0120-%'")
    store.commit()
    assert long_book("verify", now=None).code == 0  # as after a crash behind the batch
    assert outcomes(long_book("reverse", "e-77", "--dry-run", "--json", now=day(119, 2))) == ["accepted"]
    assert outcomes(long_book("reverse", "e-77", "--json", now=day(119, 2))) == ["accepted"]
    assert store.execute(count).fetchone()[0] == 1
    store.close()
    assert long_book("verify", now=None).code == 0
