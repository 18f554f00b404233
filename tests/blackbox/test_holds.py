# SPDX-License-Identifier: Apache-2.0
"""Holds from the command line: reserved, settled, released, expired; each visible to the next command."""

import os

import pytest

from conftest import ROOT, event

HOUR = "2026-01-01T{:02d}:00:00Z"


@pytest.fixture
def book(tollgate, tmp_path):
    home = tmp_path / "book"
    made = tollgate("init", home, "--tariffs", os.path.join(ROOT, "tests/data/jobs.yaml"))
    assert made.code == 0, made.err

    def run(*words, hour=10, **more):
        return tollgate(*words, "--data", home, "--json", "--now", HOUR.format(hour), **more)

    run.home = home
    run.show = lambda *words: tollgate(*words, "--data", home, "--json").json
    assert run("order", "a", "points-10", "--tariff", "jobs", "--id", "o-1").code == 0
    return run


def balance(book):
    row = book.show("balance")["balances"][0]
    return row["used"], row["held"], row["remaining"]


def test_a_hold_says_what_it_reserves_and_is_listed(book):
    done = book("hold", "a", "jobs.Film", "count=2", "frames=13", "--id", "h-1")
    assert done.code == 0, done.err
    assert done.json["hold"]["expires_at"] == "2026-01-01T11:00:00+00:00"
    assert done.json["hold"]["reserves"] == [
        {"kind": "slot", "sku": "frame-concurrency"},
        {"kind": "units", "order": "o-1", "sku": "points-10", "amount": "4", "unit": "point"},
        {"kind": "free-quota", "item": "frame", "amount": "10", "unit": "frame"},
        {"kind": "units", "order": "o-1", "sku": "points-10", "amount": "1", "unit": "point"}]
    assert balance(book) == ("0", "5", "5")
    assert [row["hold"] for row in book.show("hold", "list")["holds"]] == ["h-1"]
    assert book.show("hold", "list", "a") == book.show("hold", "list")


def test_release_gives_back_once(book):
    assert book("hold", "a", "jobs.Render", "count=2", "--id", "h-1").code == 0
    assert book("release", "a", "h-1").code == 0
    again = book("release", "a", "h-1")
    assert again.code == 1 and "there is no open hold" in again.json["replies"][0]["reason"]
    assert balance(book) == ("0", "0", "10") and book.show("hold", "list")["holds"] == []


def test_a_dry_run_answers_whether_a_job_may_start(book):
    may = book("hold", "a", "jobs.Render", "count=5", "--dry-run")
    assert may.code == 0 and may.json["replies"][0]["outcome"] == "accepted"
    may_not = book("hold", "a", "jobs.Render", "count=6", "--dry-run")
    assert may_not.code == 1 and "nothing would pay" in may_not.json["replies"][0]["reason"]
    assert may_not.json["hold"] is None and balance(book) == ("0", "0", "10")


def test_the_event_settles_whatever_it_used(book, tmp_path):
    assert book("hold", "a", "jobs.Render", "count=2", "--id", "h-1").code == 0
    journal = tmp_path / "usage.ndjson"
    journal.write_text(event("jobs.Render", {"count": 5, "hold": "h-1"}, account="a", time=HOUR.format(10)))
    assert book("ingest", str(journal)).code == 0
    assert balance(book) == ("10", "0", "0")


def test_a_tick_ends_what_has_expired(book):
    assert book("hold", "a", "jobs.Render", "--id", "h-1").code == 0
    assert book("tick", hour=10).code == 0 and balance(book) == ("0", "2", "8")
    assert book("tick", hour=11).code == 0 and balance(book) == ("0", "0", "10")


@pytest.mark.parametrize("words, message", [
    (("a", "jobs.Rendr"), 'did you mean "Render"?'),
    (("a", "jobs.Film", "frams=2"), 'no tariff uses an attribute "frams". Did you mean "frames"?'),
    (("a", "jobs.Film", "frames"), '"frames" is not key=value.'),
    (("a", "Render"), '"operation" must be written TARIFF.OPERATION'),
], ids=["operation", "attribute", "pair", "half a name"])
def test_a_slip_is_told(book, words, message):
    told = book("hold", *words)
    assert told.code != 0 and message in told.err + told.out.replace('\\"', '"')


# ---- under a contract: what began under one tariff goes on under the one that stands for it

@pytest.fixture
def told(tollgate, tmp_path):
    """Rates lines for account "a", whose contract begins on 5 January; returns the reasons, and the alerts of
    licences and work."""
    folder = tmp_path / "tariffs"
    folder.mkdir()
    with open(os.path.join(ROOT, "tests/data/jobs.yaml"), encoding="utf-8") as base:
        (folder / "jobs.yaml").write_text(base.read())
    (folder / "strict.yaml").write_text("tariff: strict\ntitle: S\ncurrency: USD\nzone: UTC\ncycle: day\n"
                                        "activation: required\nitems: {call: {unit: call, price: 1}}\n"
                                        "operations: {Call: call}\n")
    (folder / "acme.yaml").write_text("tariff: jobs-acme\nextends: jobs\noverride: {items: {check: {price: 0.02}}}\n")

    def run(*lines):
        lines = [("tollgate.contract", 1, {"tariff": "jobs", "use": "jobs-acme", "from": "2026-01-05T00:00:00Z"}),
                 ("tollgate.account", 1, {"postpaid": {"jobs": True}})] + list(lines)
        text = "".join(event(kind, data, number, "a", f"2026-{1 + day // 32:02d}-{1 + (day - 1) % 31:02d}T10:00:00Z")
                       for number, (kind, day, data) in enumerate(lines))
        done = tollgate("rate", "--tariffs", folder, "--json", "-", stdin=text)
        kinds = [row["kind"] for row in done.json["alerts"] if row["kind"] in ("licence-lapsed", "suspected-double")]
        return [row["reason"] for row in done.json["rejected"]], kinds

    return run


def test_a_licence_lapses_wherever_the_contract_took_it(told):
    order = ("tollgate.order", 2, {"tariff": "jobs", "sku": "sdk"})
    plan = ("tollgate.order", 2, {"tariff": "jobs", "sku": "check-qps-month"})
    call = ("jobs.Check", 8, {})
    assert told(plan, order, call, ("tollgate.tick", 34, {}), ("tollgate.tick", 40, {})) == ([], ["licence-lapsed"])
    activated = ("tollgate.activate", 8, {"tariff": "jobs", "order": "e-3", "terminal": "ios"})
    assert told(plan, order, call, activated, ("tollgate.tick", 40, {})) == ([], [])


def test_a_slot_is_taken_under_either_tariff(told):
    mode = ("tollgate.account", 2, {"mode": {"jobs": "concurrent"}})
    quota = ("tollgate.order", 2, {"tariff": "jobs", "sku": "render-concurrency"})
    first = ("tollgate.hold", 3, {"operation": "jobs.Render", "expires_at": "2026-01-20T00:00:00Z"})
    second = ("tollgate.hold", 8, {"operation": "jobs.Render"})
    reasons, _ = told(mode, quota, first, second)
    assert reasons == ["hold refused: 1 of render-concurrency run at once already; wait until one ends, or order more"]
    assert told(mode, quota, second) == ([], [])


def test_work_is_the_same_under_either_tariff(told):
    assert told(("jobs.Encode", 3, {"job": "j"}), ("jobs.Encode", 8, {"job": "j"})) == ([], ["suspected-double"])
    reasons, _ = told(("jobs.Convert", 3, {"job": "j"}), ("jobs.Convert", 8, {"job": "j"}))
    assert len(reasons) == 1 and "counted before" in reasons[0]


def test_a_product_that_wants_an_activation_is_activated_first(told):
    hold = ("tollgate.hold", 3, {"operation": "strict.Call"})
    assert told(hold) == (["hold refused: activate strict for this account first"], [])
    assert told(("tollgate.hold", 3, {"operation": "strict.None"}))[0] == told(hold)[0]  # before what it is
    assert told(("tollgate.activate", 2, {"tariff": "strict"}), hold) == ([], [])
