# SPDX-License-Identifier: Apache-2.0
"""Contracts: another tariff stands for the one that an account's records name. Attributes: what its events lack."""

import json

import pytest

from conftest import event
from test_ticks import tick

RULES = """\
tariff: demo
title: Demo
currency: USD
zone: UTC
cycle: month
funding: [free, single, payg]
bill_rounding: {scale: 2, mode: down}
attributes:
  cohort: {type: text}
classes: {}
items:
  call: {unit: call, price: 0.5}
  token: {unit: token, quantity: tokens, price: 1}
  minute: {unit: minute, quantity: seconds, round: {each: 60, mode: up, scope: cycle}, price: 3}
  old: {unit: call, price: 7}
  new: {unit: call, price: 9}
  secret: {unit: call, price: unpublished}
operations:
  Call: call
  Tokens: token
  Minutes: minute
  Secret: secret
  Project:
    - {item: old, when: 'project_created_at < @2026-01-01T00:00:00Z'}
    - {item: new, when: 'project_created_at >= @2026-01-01T00:00:00Z'}
packages:
  calls: {kind: single, unit: point, validity: 1 year, scope: {call: 1}, sizes: {10: 4}}
  tokens: {kind: single, unit: point, validity: 1 year, scope: {token: {factor: 1, per: 3}}, sizes: {5: 2}}
grants: {}
"""
ACME = """\
tariff: demo-acme
extends: demo
override:
  items: {call: {price: 0.2}, secret: {price: 4}}
  packages:
    calls: {scope: {call: 2}}
    tokens: {scope: {token: {factor: 1, per: 7}}}
packages:
  extra: {kind: single, unit: point, validity: 1 month, scope: {call: 1}, sizes: {3: 1}}
"""
BOLT = """\
tariff: demo-bolt
extends: demo
override:
  items: {call: {price: 0.1}}
"""
EURO = "tariff: demo-euro\nextends: euro/demo.yaml\n"
DAILY = "tariff: demo-daily\nextends: demo\noverride: {cycle: day}\n"
OTHER = "tariff: other\ntitle: Other\ncurrency: USD\nzone: UTC\ncycle: month\nclasses: {}\n" \
        "items: {x: {unit: call, price: 1}}\noperations: {X: x}\n"
JANUARY, FEBRUARY, MARCH = "2026-01-10T00:00:00Z", "2026-02-10T00:00:00Z", "2026-03-10T00:00:00Z"


def command(name, data, number, account="acct-1", time="2026-01-01T00:00:00Z"):
    return json.dumps({"specversion": "1.0", "id": f"c-{number}", "source": "test", "type": f"tollgate.{name}",
                       "subject": account, "time": time, "data": data}) + "\n"


def contract(use="demo-acme", number=1, start="2026-02-01T00:00:00Z", **more):
    return command("contract", {"tariff": "demo", "use": use, "from": start}, number, **more)


def order(sku, number, time=JANUARY, **data):
    return command("order", {"tariff": "demo", "sku": sku, **data}, number, time=time)


def calls(count, number, time):
    return event("demo.Call", {"count": count}, number, time=time)


@pytest.fixture
def tariffs(tmp_path):
    home = tmp_path / "tariffs"
    home.mkdir()
    for name, text in (("demo", RULES), ("demo-acme", ACME), ("demo-bolt", BOLT), ("demo-euro", EURO),
                       ("demo-daily", DAILY), ("other", OTHER)):
        (home / f"{name}.yaml").write_text(text)
    (home / "euro").mkdir()
    (home / "euro" / "demo.yaml").write_text(RULES.replace("USD", "EUR"))
    return home


@pytest.fixture
def rate(tollgate, tariffs):
    def run(*lines):
        done = tollgate("rate", "--json", "--quiet", "--tariffs", tariffs, "-", stdin="".join(lines))
        assert done.code in (0, 1), done.err
        return done.json
    return run


def usage(statement):
    """(tariff, month, item, quantity, funding, amount) of every usage line."""
    return [(bill["tariff"], bill["cycle"]["start"][5:7], line["item"], line["quantity"], line["funding"],
             line["amount"]) for bill in statement["bills"] for line in bill["lines"] if line["funding"] != "order"]


ROWS = [
    ("its own price from the instant on, the list price before it, whatever the order of coming",
     [contract(), calls(1, 1, FEBRUARY), calls(10, 2, JANUARY), calls(2, 3, FEBRUARY)],
     [("demo", "01", "call", "10", "payg", "5"), ("demo-acme", "02", "call", "3", "payg", "0.6")]),
    ("it begins when it is said, unless it says when",
     [calls(1, 1, JANUARY), command("contract", {"tariff": "demo", "use": "demo-acme"}, 1, time=JANUARY),
      calls(1, 2, JANUARY)],
     [("demo", "01", "call", "1", "payg", "0.5"), ("demo-acme", "01", "call", "1", "payg", "0.2")]),
    ("nobody else's",
     [contract(account="acct-2"), calls(1, 1, FEBRUARY)], [("demo", "02", "call", "1", "payg", "0.5")]),
    ("of several the latest to begin, in whatever order they are said",
     [contract("demo-bolt", 1, "2026-03-01T00:00:00Z"), contract("demo-acme", 2), calls(1, 1, FEBRUARY),
      calls(1, 2, MARCH)],
     [("demo-acme", "02", "call", "1", "payg", "0.2"), ("demo-bolt", "03", "call", "1", "payg", "0.1")]),
    ("of two that begin together the one said last",
     [contract("demo-bolt", 1), contract("demo-acme", 2), calls(1, 1, FEBRUARY)],
     [("demo-acme", "02", "call", "1", "payg", "0.2")]),
    ("it ends with the tariff itself",
     [contract(), contract("demo", 2, "2026-03-01T00:00:00Z"), calls(1, 1, FEBRUARY), calls(1, 2, MARCH)],
     [("demo", "03", "call", "1", "payg", "0.5"), ("demo-acme", "02", "call", "1", "payg", "0.2")]),
    ("what the list tariff does not publish is priced",
     [contract(), event("demo.Secret", {}, 1, time=FEBRUARY)], [("demo-acme", "02", "secret", "1", "payg", "4")]),
    ("an order under the contract buys the contract's product",
     [contract(start="2026-01-01T00:00:00Z"), order("calls-10", 2), calls(8, 1, JANUARY)],
     [("demo-acme", "01", "call", "5", "single", "0"), ("demo-acme", "01", "call", "3", "payg", "0.6")]),
    ("a lot bought before goes on paying, by the contract's factor",
     [order("calls-10", 2), contract(), calls(4, 1, JANUARY), calls(4, 2, FEBRUARY)],
     [("demo", "01", "call", "4", "single", "0"), ("demo-acme", "02", "call", "3", "single", "0"),
      ("demo-acme", "02", "call", "1", "payg", "0.2")]),
    ("and pays for a late event of before, by the list's factor",
     [order("calls-10", 2), contract(), calls(4, 1, FEBRUARY), calls(4, 2, JANUARY)],
     [("demo", "01", "call", "2", "single", "0"), ("demo", "01", "call", "2", "payg", "1"),
      ("demo-acme", "02", "call", "4", "single", "0")]),
    ("thirds and sevenths of a point are kept exactly",
     [order("tokens-5", 2), contract(), event("demo.Tokens", {"tokens": 1}, 1, time=JANUARY),
      event("demo.Tokens", {"tokens": 32}, 2, time=FEBRUARY), event("demo.Tokens", {"tokens": 1}, 3, time=JANUARY)],
     [("demo", "01", "token", "1", "single", "0"), ("demo", "01", "token", "1", "payg", "1"),
      ("demo-acme", "02", "token", "32", "single", "0")]),
    ("quantities rounded once per cycle are rounded in each tariff's own",
     [contract(start=JANUARY), event("demo.Minutes", {"seconds": 1}, 1, time="2026-01-02T00:00:00Z"),
      event("demo.Minutes", {"seconds": 61}, 2, time=JANUARY)],
     [("demo", "01", "minute", "1", "payg", "3"), ("demo-acme", "01", "minute", "2", "payg", "6")]),
    ("a switch for the list tariff holds under the contract",
     [contract(), command("account", {"postpaid": {"demo": False}}, 2), calls(1, 1, FEBRUARY)], []),
    ("and one from before the contract too",
     [command("account", {"postpaid": {"demo": False}}, 2), contract(), calls(1, 1, FEBRUARY)], []),
]


@pytest.mark.parametrize("journal, want", [pytest.param(journal, want, id=name) for name, journal, want in ROWS])
def test_contract(rate, journal, want):
    assert usage(rate(*journal)) == want


REFUSED = [
    ("a tariff that starts from another one", contract("other"), "other cannot stand for demo: it does not extend it"),
    ("another currency", contract("demo-euro"), "demo-euro cannot stand for demo: its currency is another one"),
    ("other cycles", contract("demo-daily"), "demo-daily cannot stand for demo: its cycles are others"),
    ("no such tariff", contract("demo-acm"), 'no tariff "demo-acm" is loaded; did you mean "demo-acme"?'),
    ("no use", command("contract", {"tariff": "demo"}, 1),
     "data.use is missing: name the tariff that stands for it"),
    ("a lot that would be stranded",
     command("order", {"tariff": "demo-acme", "sku": "extra-3"}, 2, time=JANUARY) +
     contract(start="2026-01-01T00:00:00Z") + contract("demo", 3),
     'order "c-2" holds extra-3, which tariff demo does not sell; add it there, or begin when it is over'),
    ("an unknown attribute", command("account", {"attributes": {"project_create_at": "x"}}, 1),
     'no tariff knows the attribute "project_create_at"; did you mean "project_created_at"?'),
    ("an attribute of another kind", command("account", {"attributes": {"project_created_at": "May"}}, 1),
     '"project_created_at" is no instant'),
    ("an attribute that is each event's own", command("account", {"attributes": {"time": JANUARY}}, 1),
     '"time" is each event\'s own and has no default'),
    ("an attribute said twice",
     command("account", {}, 1).replace('"data": {}', '"data": {"attributes": {"cohort": "a", "cohort": "b"}}'),
     'duplicate member "cohort"'),
    ("attributes that are no object", command("account", {"attributes": ["cohort"]}, 1),
     '"attributes" must be an object: {"NAME": …}'),
    ("no time zone", command("account", {"zone": "Mars/Base"}, 1),
     '"Mars/Base" is no IANA time zone like Asia/Shanghai'),
]


@pytest.mark.parametrize("journal, reason", [pytest.param(*rest, id=name) for name, *rest in REFUSED])
def test_refused(rate, journal, reason):
    done = rate(journal, calls(1, 1, FEBRUARY))
    assert [row["reason"] for row in done["rejected"]] == [reason]


def test_what_is_refused_changes_nothing(rate):
    assert usage(rate(contract("other"), calls(1, 1, FEBRUARY))) == [("demo", "02", "call", "1", "payg", "0.5")]


def test_a_lot_that_is_over_by_then_does_not_matter(rate):
    done = rate(contract(start="2026-01-01T00:00:00Z"),
                command("order", {"tariff": "demo-acme", "sku": "extra-3"}, 2), contract("demo", 3))
    assert not done["rejected"]


def test_a_refund_finds_the_order_wherever_it_is(rate):
    done = rate(order("calls-10", 2), contract(), calls(1, 1, FEBRUARY),
                command("refund", {"order": "c-2", "tariff": "demo"}, 3, time=FEBRUARY))
    assert [row["reason"] for row in done["rejected"]] == \
        ['refund of order "c-2" refused: the tariff allows none for it']


@pytest.mark.parametrize("first, left", [("event", []), ("contract", [])])
def test_a_reversal_takes_back_what_was_counted(rate, first, left):
    used = calls(3, 1, FEBRUARY)
    said = [used, contract()] if first == "event" else [contract(), used]
    done = rate(*said, command("reversal", {"event": json.loads(used)}, 4, time=FEBRUARY))
    assert usage(done) == left and not done["rejected"]


COHORTS = [
    ("its own where the event says nothing",
     [command("account", {"attributes": {"project_created_at": "2025-05-01T00:00:00Z"}}, 1),
      event("demo.Project", {}, 1, time=FEBRUARY)], [("old", "7")]),
    ("the event's where it says it",
     [command("account", {"attributes": {"project_created_at": "2025-05-01T00:00:00Z"}}, 1),
      event("demo.Project", {"project_created_at": "2026-01-05T00:00:00Z"}, 1, time=FEBRUARY)], [("new", "9")]),
    ("from its place in the journal on",
     [event("demo.Project", {"project_created_at": "2026-01-05T00:00:00Z"}, 1, time=FEBRUARY),
      command("account", {"attributes": {"project_created_at": "2025-05-01T00:00:00Z"}}, 1),
      event("demo.Project", {}, 2, time=JANUARY)], [("old", "7"), ("new", "9")]),
    ("the one said last",
     [command("account", {"attributes": {"project_created_at": "2025-05-01T00:00:00Z"}}, 1),
      command("account", {"attributes": {"project_created_at": "2026-05-01T00:00:00Z"}}, 2),
      event("demo.Project", {}, 1, time=FEBRUARY)], [("new", "9")]),
    ("taken back: unpriced as before",
     [command("account", {"attributes": {"project_created_at": "2025-05-01T00:00:00Z"}}, 1),
      command("account", {"attributes": {"project_created_at": None}}, 2),
      event("demo.Project", {}, 1, time=FEBRUARY)], []),
]


@pytest.mark.parametrize("journal, want", [pytest.param(journal, want, id=name) for name, journal, want in COHORTS])
def test_cohort(rate, journal, want):
    done = rate(*journal)
    assert [(line[2], line[5]) for line in usage(done)] == want
    assert bool(done["unpriced"]) == (not want)


def test_the_explanation_names_the_contract_and_nothing_of_the_list_price(tollgate, tariffs, tmp_path):
    journal = tmp_path / "journal.ndjson"
    journal.write_text(contract() + calls(3, 7, FEBRUARY))
    done = tollgate("explain", "--journal", journal, "e-7", "--tariffs", tariffs)
    assert done.code == 0, done.err
    assert "from 2026-02-01T00:00:00+00:00 on demo-acme stands for demo: contract c-1" in done.out
    assert "0.2" in done.out and "0.5" not in done.out


def test_a_book_keeps_them(tollgate, tariffs, tmp_path):
    home = tmp_path / "book"
    assert tollgate("init", home, "--tariffs", tariffs).code == 0

    def run(*words, **more):
        done = tollgate(*words, "--data", home, **more)
        assert done.code == 0, done.out + done.err
        return done

    run("account", "set", "acct-1", "--contract", "demo=demo-acme", "--from", "2026-02-01T00:00:00Z", "--id", "k-1",
        "--attribute", "project_created_at=2025-05-01T00:00:00Z", "--attribute", "cohort=a", "--zone", "Europe/Paris",
        "--now", "2026-02-09T00:00:00Z")
    run("account", "set", "acct-1", "--attribute", "cohort=", "--now", "2026-02-09T00:00:00Z")
    run("ingest", "-", "--now", FEBRUARY, stdin=calls(2, 1, FEBRUARY) + event("demo.Project", {}, 2, time=FEBRUARY))
    shown = run("account", "show", "acct-1", "--json").json
    assert shown["zone"] == "Europe/Paris"
    assert shown["attributes"] == {"project_created_at": "2025-05-01T00:00:00Z"}
    assert shown["contracts"] == [{"contract": "k-1-2", "tariff": "demo", "use": "demo-acme",
                                   "from": "2026-02-01T00:00:00+00:00"}]
    assert "contract k-1-2: from 2026-02-01T00:00:00+00:00 on demo-acme stands for demo" in \
        run("account", "show", "acct-1").out
    assert usage(run("bill", "preview", "--json").json) == [("demo-acme", "02", "call", "2", "payg", "0.4"),
                                                            ("demo-acme", "02", "old", "1", "payg", "7")]
    assert run("verify", "--json").json["ok"]


def test_what_was_sold_ahead_is_earned_where_it_is(tollgate, tariffs, tmp_path):
    """A lot that goes along takes its deferred revenue with it; a reversal gives back to it."""
    home = tmp_path / "book"
    assert tollgate("init", home, "--tariffs", tariffs).code == 0

    def run(now, *words, stdin=""):
        done = tollgate(*words, "--data", home, "--now", now, stdin=stdin)
        assert done.code == 0, done.out + done.err

    run(JANUARY, "order", "acct-1", "calls-10", "--tariff", "demo", "--id", "o-1")
    run(JANUARY, "account", "set", "acct-1", "--contract", "demo=demo-acme", "--from", "2026-02-01T00:00:00Z")
    used = calls(3, 1, FEBRUARY)
    run(FEBRUARY, "ingest", "-", stdin=used + calls(1, 2, FEBRUARY) + calls(1, 3, JANUARY))
    run(FEBRUARY, "ingest", "-", stdin=command("reversal", {"event": json.loads(used)}, 4, time=FEBRUARY))
    rows = tollgate("balance", "--data", home, "--json").json["balances"]
    assert [(row["bought"], row["used"], row["remaining"]) for row in rows] == [("10", "3", "7")]
    run("2026-03-01T00:00:00Z", "tick")
    ledger = tollgate("ledger", "--data", home, "--items", "--json")
    assert ledger.code == 0, ledger.err
    assert [(row["ledger_account"], row["item"], row["amount"]) for row in ledger.json["currencies"][0]["balances"]] \
        == [("receivable", None, "4"), ("deferred", "demo-acme/calls-10", "-2.8"),
            ("revenue", "demo-acme/calls-10", "-1.2")]
    assert tollgate("verify", "--data", home, "--json").json["ok"]


def test_the_end_of_a_lot_is_told_wherever_it_is(rate):
    """Under the list tariff, under the contract, and once."""
    done = rate(order("calls-10", 2), contract(), calls(1, 1, FEBRUARY), tick("2027-03-01T00:00:00Z"),
                calls(1, 2, "2027-03-02T00:00:00Z"))
    assert [row["order"] for row in done["alerts"] if row["kind"] == "package-expired"] == ["c-2"]
