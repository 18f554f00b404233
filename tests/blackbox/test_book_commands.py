# SPDX-License-Identifier: Apache-2.0
"""Verbs that say something to a data directory: what they answer, and that it is there afterwards."""

import os
import subprocess
import time

import pytest

from conftest import ROOT

NOW = "2026-03-05T10:00:00+08:00"
LATER = "2026-03-06T10:00:00+08:00"
ORDER = ("order", "acct-42", "object-detection-5000", "--tariff", "viapi", "--id", "o-7")


@pytest.fixture
def book(tollgate, tmp_path):
    """A fresh data directory under the shipped tariffs; what is said to it is said at NOW unless told otherwise."""
    home = tmp_path / "book"
    made = tollgate("init", home, "--tariffs", os.path.join(ROOT, "tariffs"))
    assert made.code == 0, made.err

    def run(*words, now=NOW, **more):
        return tollgate(*words, "--data", home, *(["--now", now] if now else []), **more)

    run.home = home
    run.show = lambda *words: tollgate(*words, "--data", home, "--json").json
    return run


def outcomes(result):
    return [reply["outcome"] for reply in result.json["replies"]]


def test_order_prints_what_it_costs_and_is_there(book):
    done = book(*ORDER, "--json")
    assert done.code == 0, done.err
    assert outcomes(done) == ["accepted"]
    order = done.json["order"]
    assert (order["order"], order["currency"], order["amount"]) == ("o-7", "CNY", "50")
    assert order["expires_at"] == "2027-03-05T10:00:00+08:00"
    assert book.show("bill", "preview")["bills"] == []  # it is invoiced: nothing of it is open
    assert book.show("verify")["bills"] == 1
    assert [row["order"] for row in book.show("account", "show", "acct-42")["balances"]] == ["o-7"]


@pytest.mark.parametrize("now, code, outcome", [(NOW, 0, "duplicate"), (LATER, 1, "conflict")],
                         ids=["the same again", "the same id with another content"])
def test_order_is_bought_once_for_its_id(book, now, code, outcome):
    assert book(*ORDER).code == 0
    again = book(*ORDER, "--json", now=now)
    assert again.code == code and outcomes(again) == [outcome]
    assert len(book.show("account", "show", "acct-42")["balances"]) == 1


def test_dry_run_answers_and_changes_nothing(book):
    rehearsed = book(*ORDER, "--dry-run", "--json")
    assert rehearsed.code == 0 and rehearsed.json["dry_run"] is True
    assert rehearsed.json["order"]["amount"] == "50"
    assert book("account", "show", "acct-42", now=None).code == 1
    bought = book(*ORDER, "--json")
    assert bought.json["order"] == rehearsed.json["order"] and outcomes(bought) == ["accepted"]


def test_every_option_of_an_order_counts(book):
    plan = ("order", "acct-42", "face-comparison-1-1-qps-day", "--tariff", "viapi", "--quantity", "40", "--periods")
    first = book(*plan, "7", "--effective-at", LATER, "--id", "p-1", "--json").json["order"]
    assert (first["quantity"], first["periods"]) == ("40", 7)
    assert (first["effective_at"], first["expires_at"]) == (LATER, "2026-03-13T10:00:00+08:00")
    second = book(*plan, "2", "--renews", "p-1", "--json").json["order"]
    assert (second["effective_at"], second["expires_at"]) == ("2026-03-13T10:00:00+08:00", "2026-03-15T10:00:00+08:00")


def test_refund_gives_the_price_back_once(book):
    bought = book("order", "acct-42", "image-animate-100", "--tariff", "vclm", "--id", "o-1", "--json").json["order"]
    back = book("refund", "acct-42", "o-1", "--json")
    assert back.code == 0, back.out
    assert back.json["order"]["amount"] == "-" + bought["amount"] and back.json["order"]["refunded"] is True
    again = book("refund", "acct-42", "o-1")
    assert again.code == 1 and "refunded before" in again.out
    assert book("refund", "acct-42", "o-2").code == 1


def test_account_settings_hold(book):
    done = book("account", "set", "acct-42", "--postpaid", "vclm=on", "--postpaid", "imm=off", "--activate", "vclm=15",
                "--mode", "vclm=concurrent", "--json")
    assert done.code == 0, done.out
    assert [reply["command"] for reply in done.json["replies"]] == ["account", "activate"]
    assert len({reply["id"] for reply in done.json["replies"]}) == 2
    shown = book.show("account", "show", "acct-42")
    rows = {row["tariff"]: row for row in shown["tariffs"]}
    assert rows["vclm"]["postpaid"] and rows["vclm"]["activated"] and rows["vclm"]["mode"] == "concurrent"
    assert not rows["imm"]["postpaid"] and not rows["imm"]["activated"]
    assert [row["bought"] for row in shown["balances"]] == ["15"]


def test_accounts_are_listed_by_name_and_ticks_make_none(book):
    for account in ("b", "a"):
        assert book("wallet", "top-up", account, "500.25", "CNY").code == 0
    assert book("tick").code == 0
    assert [row["account"] for row in book.show("account", "list")["accounts"]] == ["a", "b"]


def test_an_account_is_shown_with_its_wallet_and_holds(book):
    assert book("wallet", "top-up", "a", "500.25", "CNY").code == 0
    assert book("account", "set", "a", "--credit", "CNY=100", "--activate", "viapi").code == 0
    assert book("order", "a", "object-detection-5000", "--tariff", "viapi").code == 0
    assert book("hold", "a", "viapi.object-detection", "count=10").code == 0
    shown = book.show("account", "show", "a")
    assert shown["holds"] == 1
    assert shown["wallets"] == [{"currency": "CNY", "balance": "450.25", "credit": "100", "frozen": "0",
                                 "available": "550.25"}]
    text = book("account", "show", "a", now=None).out
    assert "wallet: CNY 450.25, 550.25 available" in text and "1 open holds" in text


@pytest.mark.parametrize("words, message", [
    (["order", "a", "object-detection-5000"], "order needs --tariff"),
    (["order", "a", "object-detection-50", "--tariff", "viapi"], 'did you mean "object-detection-500'),
    (["order", "a", "object-detection-5000", "--tariff", "vapi"], 'did you mean "viapi"?'),
    (["order", "a", "object-detection-5000", "--tariff", "viapi", "--quantity", "0"], '"quantity" must be above zero.'),
    (["account", "set", "a"], "account set needs something to set: see `tollgate account set --help`."),
    (["account", "set", "a", "--postpaid", "vclm"], '--postpaid "vclm" is not TARIFF=on or TARIFF=off.'),
    (["account", "set", "a", "--activate", "nothing"], 'no tariff "nothing" is loaded'),
    (["wallet", "top-up", "a", "-5", "CNY"], "-5"),
    (["wallet", "top-up", "a", "0", "CNY"], '"0" is not an amount above zero.'),
    (["wallet", "top-up", "a", "5", "XYZ"], '"XYZ" is no currency code'),
    (["tick", "--id", ""], '"id" is empty.'),
    (["wallet", "top-up", "a", "1000000000000000.1", "CNY"], '"amount" is too large.'),
])
def test_what_is_no_command_is_told_and_not_kept(book, words, message):
    result = book(*words)
    assert result.code == 2 and result.out == ""
    assert message in result.err
    assert book.show("verify")["documents"] == 0


def test_what_cannot_be_kept_is_refused_and_does_no_harm(book):
    plan = ("order", "a", "face-comparison-1-1-qps-day", "--tariff", "viapi")
    for words in (("--periods", "100000"), ("--effective-at", "2199-12-31T00:00:00Z", "--periods", "36500")):
        refused = book(*plan, *words, "--json")
        assert refused.code == 1 and outcomes(refused) == ["rejected"]
        assert "leaves the numbers and instants that can be kept" in refused.json["replies"][0]["reason"]
        assert refused.json["order"] is None
    for _ in range(3):
        assert book("wallet", "top-up", "a", "1000000000000000", "CNY").code == 0
    assert book(*plan).code == 0
    verified = book.show("verify")
    assert verified["ok"] and verified["documents"] == 6


def test_second_writer_is_refused_and_rehearsals_are_not(book, tollgate):
    slow = subprocess.Popen([tollgate.path, "ingest", "--data", str(book.home), "--now", NOW, "-"],
                            stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        lock = book.home / "book.db.lock"
        for _ in range(1000):
            if str(slow.pid) in lock.read_text():
                break
            time.sleep(0.01)
        for words in (ORDER, ("refund", "acct-42", "o-7"), ("tick",), ("bill", "close"),
                      ("wallet", "top-up", "a", "5", "CNY"), ("account", "set", "a", "--activate", "imm")):
            refused = book(*words)
            assert refused.code == 4 and str(slow.pid) in refused.err
        assert book(*ORDER, "--dry-run").code == 0
        assert book.show("account", "list")["accounts"] == []
    finally:
        slow.stdin.close()
        slow.wait()


def test_everything_said_is_verified_and_replayed(book):
    for words in (ORDER, ("refund", "acct-42", "o-7"), ("tick",), ("wallet", "top-up", "acct-42", "5", "CNY"),
                  ("account", "set", "acct-42", "--activate", "imm")):
        book(*words)
    verified = book.show("verify")
    assert verified["ok"] and verified["documents"] == 5 and verified["batches"] == 5
