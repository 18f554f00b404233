# SPDX-License-Identifier: Apache-2.0
"""Money in a data directory: wallets, settlement, what is owed, and a ledger that sums to zero after every step."""

import json
import os
from fractions import Fraction

import pytest

from conftest import ROOT, event

MONEY_ALERTS = ("overdue", "suspended", "resumed", "balance-low")
JANUARY = "2026-01-05T10:00:00+08:00"


@pytest.fixture
def book(tollgate, tmp_path):
    """A fresh data directory under the shipped tariffs. After everything that is said the ledger must sum to zero."""
    home = tmp_path / "book"
    assert tollgate("init", home, "--tariffs", os.path.join(ROOT, "tariffs")).code == 0

    def show(*words):
        result = tollgate(*words, "--data", home, "--json")
        assert result.code == 0, result.err
        return result.json

    def say(*words, now, stdin=""):
        result = tollgate(*words, "--data", home, "--now", now, stdin=stdin)
        for part in show("ledger")["currencies"]:
            assert part["sum"] == "0"
            assert sum(Fraction(row["amount"]) for row in part["balances"]) == 0
        return result

    def use(kind, time, number, data=None):
        result = say("ingest", "-", now=time, stdin=event(kind, data or {}, number, "ann", time))
        assert result.code == 0, result.err

    def tick(time):
        assert say("tick", now=time).code == 0

    say.show, say.use, say.tick, say.home = show, use, tick, home
    say.wallet = lambda: show("wallet", "show", "ann")["wallets"][0]
    say.alerts = lambda: [(row["kind"], row["tariff"] or row["item"], row["remaining"])
                          for row in show("alerts")["alerts"] if row["kind"] in MONEY_ALERTS]
    return say


def balances(book, *words):
    return {row["ledger_account"]: row["amount"]
            for part in book.show("ledger", *words)["currencies"] for row in part["balances"]}


def test_money_is_paid_in_and_out(book):
    assert book("wallet", "top-up", "ann", "100.5", "USD", now=JANUARY).code == 0
    assert book("wallet", "pay-out", "ann", "100", "USD", now=JANUARY).code == 0
    refused = book("wallet", "pay-out", "ann", "0.51", "USD", now=JANUARY)
    assert refused.code == 1 and "the wallet has 0.5 that nothing claims" in refused.out
    assert book.wallet() == {"account": "ann", "currency": "USD", "balance": "0.5", "credit": "0", "frozen": "0",
                             "available": "0.5", "low": None, "overdue_since": None, "suspended": []}
    assert balances(book) == {"cash": "0.5", "wallet": "-0.5"}


def test_limits_are_set_and_told(book):
    book("wallet", "top-up", "ann", "100", "CNY", now=JANUARY)
    assert book("account", "set", "ann", "--credit", "CNY=30", "--low", "CNY=131", now=JANUARY).code == 0
    wallet = book.wallet()
    assert (wallet["credit"], wallet["low"], wallet["available"]) == ("30", "131", "130")
    assert book.alerts() == [("balance-low", "CNY", "130")]
    wrong = book("account", "set", "ann", "--credit", "CNY", now=JANUARY)
    assert wrong.code == 2 and "CURRENCY=AMOUNT" in wrong.err


def test_hourly_bills_freeze_and_the_month_is_cut_once(book):
    """Three hours of 0.0074 each: cut by the hour they would be nothing, cut once they are 0.02."""
    book("wallet", "top-up", "ann", "1", "USD", now=JANUARY)
    for hour in (11, 12, 13):
        book.use("imm.SimpleQuery", f"2026-01-05T{hour}:30:00+08:00", hour, {"count": 100})
    book.tick("2026-01-06T00:00:00+08:00")
    assert (book.wallet()["balance"], book.wallet()["frozen"], book.wallet()["available"]) == ("1", "0.0222", "0.9778")
    assert balances(book)["unsettled"] == "0.0222"
    book.tick("2026-01-31T23:59:59+08:00")
    assert book.wallet()["balance"] == "1"
    book.tick("2026-02-01T00:00:00+08:00")
    assert (book.wallet()["balance"], book.wallet()["frozen"]) == ("0.98", "0")
    assert balances(book) == {"cash": "1", "wallet": "-0.98", "revenue": "-0.0222", "rounding": "0.0022"}
    assert book.show("verify")["bills"] == 4  # three hours, one settlement
    bill = book.show("bill", "list", "--kind", "settlement")["bills"][0]
    assert (bill["kind"], bill["total"], bill["closed_at"]) == ("settlement", "0.02", "2026-02-01T00:00:00+08:00")


def test_what_comes_late_is_settled_later(book):
    book("wallet", "top-up", "ann", "10", "USD", now=JANUARY)
    book.tick("2026-02-01T00:00:00+08:00")
    late = event("imm.SimpleQuery", {"count": 1000}, 1, "ann", "2026-01-20T10:00:00+08:00")
    book("ingest", "-", now="2026-02-02T10:00:00+08:00", stdin=late)
    book.tick("2026-02-28T00:00:00+08:00")
    assert book.wallet()["frozen"] == "0.074"
    book.tick("2026-03-01T00:00:00+08:00")
    assert book.wallet()["balance"] == "9.93"


def test_packages_pause_while_the_account_owes(book):
    """image-animate: packages pause at once, everything after a day, until it is paid."""
    book("account", "set", "ann", "--postpaid", "vclm=on", now=JANUARY)
    price = book("order", "ann", "image-animate-100", "--tariff", "vclm", "--id", "o-1", "--json", now=JANUARY)
    amount = price.json["order"]["amount"]
    currency = price.json["order"]["currency"]
    book("wallet", "top-up", "ann", str(int(amount) - 1), currency, now="2026-01-05T11:00:00+08:00")
    assert book.wallet()["available"] == "-1"  # the order was owed: the first payment went there
    assert book.wallet()["overdue_since"] == "2026-01-05T03:00:00Z"
    assert book.alerts() == [("overdue", currency, "-1")]
    used = lambda: book.show("balance")["balances"][0]["used"]
    book.use("vclm.SubmitImageAnimateJob", "2026-01-05T12:00:00+08:00", 1)
    assert used() == "0"
    book.use("vclm.SubmitImageAnimateJob", "2026-01-06T12:00:00+08:00", 2)
    rejected = book.show("events", "rejected")["rejected"]
    assert [row["id"] for row in rejected] == ["e-2"] and "suspended" in rejected[0]["reason"]
    book.tick("2026-01-06T13:00:00+08:00")
    assert book.wallet()["suspended"] == [{"tariff": "vclm", "since": "2026-01-06T11:00:00+08:00"}]
    book("wallet", "top-up", "ann", "1", currency, now="2026-01-07T10:00:00+08:00")
    assert (book.wallet()["overdue_since"], book.wallet()["suspended"]) == (None, [])
    assert book.alerts() == [("overdue", currency, "-1"), ("suspended", "vclm", "0"), ("resumed", currency, "0")]
    book.use("vclm.SubmitImageAnimateJob", "2026-01-07T12:00:00+08:00", 3)
    assert used() == "1"


def test_some_suspensions_have_to_be_released(book):
    book("wallet", "top-up", "ann", "1", "CNY", now=JANUARY)
    book("order", "ann", "object-detection-5000", "--tariff", "viapi", "--id", "o-1", now=JANUARY)
    early = book("account", "set", "ann", "--release", "viapi", now="2026-01-05T12:00:00+08:00")
    assert early.code == 1 and "still owes" in early.out
    book("wallet", "top-up", "ann", "49", "CNY", now="2026-01-07T10:00:00+08:00")
    assert (book.wallet()["available"], book.wallet()["overdue_since"]) == ("0", None)
    assert [row["tariff"] for row in book.wallet()["suspended"]] == ["viapi"]
    shown = book.show("account", "show", "ann")["tariffs"][0]
    assert (shown["tariff"], shown["suspended_since"]) == ("viapi", "2026-01-06T10:00:00+08:00")
    assert book("account", "set", "ann", "--release", "viapi", now="2026-01-07T11:00:00+08:00").code == 0
    assert book.wallet()["suspended"] == []


def test_orders_are_deferred_and_refunds_taken_back(book):
    order = book("order", "ann", "image-animate-100", "--tariff", "vclm", "--id", "o-1", "--json", now=JANUARY)
    amount = order.json["order"]["amount"]
    assert balances(book) == {"receivable": amount, "deferred": "-" + amount}
    assert book("refund", "ann", "o-1", now="2026-01-06T10:00:00+08:00").code == 0
    assert balances(book) == {}


def test_the_ledger_can_be_read_by_account_by_item_and_as_of_then(book, tollgate):
    book("wallet", "top-up", "ann", "5", "USD", now=JANUARY)
    book("wallet", "top-up", "bob", "7", "USD", now="2026-01-06T10:00:00+08:00")
    assert balances(book)["cash"] == "12"
    assert balances(book, "--account", "bob") == {"cash": "7", "wallet": "-7"}
    assert balances(book, "--as-of", JANUARY) == {"cash": "5", "wallet": "-5"}
    book.use("imm.SimpleQuery", "2026-01-06T11:30:00+08:00", 1, {"count": 1000})
    book.tick("2026-01-06T12:00:00+08:00")
    rows = book.show("ledger", "--items")["currencies"][0]["balances"]
    assert {row["item"] for row in rows if row["ledger_account"] == "revenue"} == {"imm/StandardQueryL2"}
    text = tollgate("ledger", "--data", book.home).out
    assert text.splitlines()[-1].split() == ["USD", "sum", "0"]
    assert tollgate("ledger", "--data", book.home, "--account", "eve").code == 1
    assert tollgate("wallet", "show", "eve", "--data", book.home).code == 1


def test_a_tariff_says_how_money_moves(tollgate):
    shown = tollgate("tariff", "show", "vclm", "--json").json
    assert shown["settlement"] == {"period": "month", "days": [1, 3], "freeze": False}
    assert shown["overdue"] == {"grace": "24 hours", "pauses": ["free", "single"], "resume": "paid"}
    shown = tollgate("tariff", "show", "imm", "--json").json
    assert shown["settlement"] == {"period": "month", "days": None, "freeze": True} and shown["overdue"] is None
    text = tollgate("tariff", "show", "viapi").out
    assert "while an account owes: qps, single, general, payg pause; suspended after 24 hours, until" in text
    assert "settled by the month; closed bills are frozen until then" in tollgate("tariff", "show", "imm").out


def test_a_wallet_changes_no_bill_of_rate(tollgate):
    usage = event("imm.SimpleQuery", {"count": 1000}, 1, "ann", "2026-01-06T11:30:00+08:00")
    money = event("tollgate.wallet", {"amount": "-5", "currency": "USD"}, 2, "ann", JANUARY)
    alone = tollgate("rate", "-", "--json", stdin=usage).json
    both = tollgate("rate", "-", "--json", stdin=money + usage).json
    assert json.dumps(both["bills"]) == json.dumps(alone["bills"])
