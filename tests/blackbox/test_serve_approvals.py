# SPDX-License-Identifier: Apache-2.0
"""Two persons: what one proposes over HTTP another one approves, once."""

import itertools
import json
import signal

import pytest
from daemon import Daemon

TARIFF = """\
tariff: demo
title: Demo
currency: USD
zone: UTC
cycle: month
funding: [single, payg]
bill_rounding: {scale: 2, mode: down}
items: {call: {unit: call, price: 0.5}}
operations: {Do: call}
packages:
  calls: {kind: single, unit: point, validity: 1 year, scope: {call: 1}, sizes: {100: 2, 500: 20},
          refund: {within: 7 days, if: unused}}
"""
KEYS = (f"key-{number}" for number in itertools.count())


class Office:
    """A daemon, and people with keys."""

    def __init__(self, daemon):
        self.daemon, self.keys = daemon, {}

    def hire(self, name, *roles):
        answer = self.daemon.post("/v1/keys", json.dumps({"name": name, "roles": roles}))
        assert answer.status == 201
        self.keys[name] = answer.json["secret"]

    def say(self, who, path, body=None, method="POST", key=None):
        headers = {"Idempotency_Key": key or next(KEYS)}
        if who:
            headers["Authorization"] = f"Bearer {self.keys[who]}"
        text = json.dumps(body) if body is not None else ""
        return self.daemon.request(method, path, None if method == "GET" else text, **headers)

    def buy(self, order, sku="calls-100"):
        assert self.say(None, "/v1/accounts/ann/orders", {"tariff": "demo", "sku": sku, "id": order}).status == 201

    def refund(self, who, order, key=None):
        return self.say(who, f"/v1/accounts/ann/orders/{order}/refund", {}, key=key)


@pytest.fixture(name="book")
def book_fixture(tollgate, tmp_path):
    (tmp_path / "demo.yaml").write_text(TARIFF)
    assert tollgate("init", tmp_path / "book", "--tariffs", tmp_path / "demo.yaml").code == 0
    return tmp_path / "book"


@pytest.fixture(name="office")
def office_fixture(tollgate, book):
    with Daemon(tollgate, "--data", book) as daemon:
        office = Office(daemon)
        office.hire("bill", "billing")
        office.hire("ada", "billing", "approve")
        office.hire("eve", "admin", "approve")
        office.buy("o-1")
        yield office


def test_a_refund_waits_for_another_one(office):
    asked = office.refund("bill", "o-1", key="r-1")
    assert asked.status == 202
    proposal = asked.json["approval"]
    place = f"/v1/approvals/{proposal['id']}"
    assert asked.headers["Location"] == place and proposal["state"] == "open" and "o-1" in proposal["summary"]
    assert office.refund("bill", "o-1", key="r-1").bytes == asked.bytes  # the same proposal
    assert office.say("bill", place + "/approve").status == 403  # not the role
    assert [one["id"] for one in office.say("ada", "/v1/approvals", method="GET").json["items"]] == [proposal["id"]]
    done = office.say("ada", place + "/approve")
    assert done.status == 200 and done.json["state"] == "done" and done.json["result"] == "accepted", done.text
    assert office.say("ada", place, method="GET").json == done.json
    assert office.say("ada", place + "/approve").json["code"] == "decided"
    assert office.say("eve", place + "/reject").status == 409
    assert "refund" in office.refund("bill", "o-1").text  # proposed again, it is refused by the journal when approved


def test_nobody_approves_what_is_his_own(office):
    place = office.refund("ada", "o-1").headers["Location"]
    answer = office.say("ada", place + "/approve")
    assert answer.status == 403 and answer.json["code"] == "second-person"
    office.hire("mallory", "approve")  # by whoever may make keys
    assert office.say("mallory", place + "/approve").json["code"] == "second-person"
    assert office.say("bill", place + "/reject").status == 404  # neither his nor his to decide
    assert office.say("ada", place + "/reject").json["state"] == "rejected"  # taken back
    assert office.say("eve", place + "/approve").status == 409
    local = office.refund(None, "o-1").headers["Location"]
    assert office.say(None, local + "/approve").json["code"] == "second-person"
    assert office.say("eve", local + "/approve").json["state"] == "done"


def test_what_cannot_be_done_is_told(office):
    first, second = (office.refund("bill", "o-1").headers["Location"] for _ in range(2))
    assert office.say("ada", first + "/approve").json["state"] == "done"
    failed = office.say("ada", second + "/approve").json
    assert failed["state"] == "failed" and "refund" in failed["result"]


def test_the_rule_says_how_much_one_may_do_alone(office):
    rule = office.say(None, "/v1/settings/two-persons", method="GET").json
    assert rule == {"mode": "auto", "refund_limit": "0", "in_force": True}
    asked = office.say("eve", "/v1/settings/two-persons", {"mode": "on", "refund_limit": "2"}, method="PUT")
    assert asked.status == 202
    assert office.say("eve", asked.headers["Location"] + "/approve").status == 403
    assert office.say("ada", asked.headers["Location"] + "/approve").json["state"] == "done"
    assert office.say(None, "/v1/settings/two-persons", method="GET").json["refund_limit"] == "2"
    office.buy("o-2", "calls-500")
    assert office.refund("bill", "o-1").status == 201  # 2 USD
    assert office.refund("bill", "o-2").status == 202  # 20 USD
    for body, pointer in (({"mode": "maybe"}, "/mode"), ({"mode": "on", "refund_limit": "-1"}, "/refund_limit")):
        answer = office.say(None, "/v1/settings/two-persons", body, method="PUT")
        assert answer.status == 422 and answer.json["errors"][0]["pointer"] == pointer


def test_money_is_not_paid_out_past_the_rule(office):
    wallet = "/v1/accounts/ann/wallet/"
    assert office.say("bill", wallet + "top-ups", {"amount": "50", "currency": "USD"}).status == 201
    asked = office.say("bill", wallet + "pay-outs", {"amount": "20.5", "currency": "USD"})
    assert asked.status == 202 and asked.json["approval"]["action"] == "pay_out"
    assert "20.5 USD" in asked.json["approval"]["summary"] and "ann" in asked.json["approval"]["summary"]
    place = asked.headers["Location"]
    assert office.say("bill", place + "/approve").status == 403
    assert office.say("eve", place + "/approve").json["state"] == "done"
    too_much = office.say("bill", wallet + "pay-outs", {"amount": "500", "currency": "USD"}).headers["Location"]
    failed = office.say("eve", too_much + "/approve").json
    assert failed["state"] == "failed" and failed["result"]
    [money] = office.say(None, "/v1/accounts/ann/wallet", method="GET").json["wallets"]
    assert money["balance"] == "27.5"  # 50, less an order of 2, less 20.5


def test_alone_nobody_waits(tollgate, book):
    with Daemon(tollgate, "--data", book) as daemon:
        office = Office(daemon)
        office.hire("only", "admin", "billing")
        office.buy("o-1")
        assert office.refund("only", "o-1").status == 201
        changed = office.say("only", "/v1/settings/two-persons", {"mode": "on"}, method="PUT")
        assert changed.status == 200 and changed.json["in_force"]
        office.buy("o-2")
        assert office.refund("only", "o-2").status == 202


def test_proposals_outlive_a_crash(tollgate, book):
    with Daemon(tollgate, "--data", book) as daemon:
        office = Office(daemon)
        office.hire("bill", "billing")
        office.hire("ada", "approve")
        office.hire("eve", "admin")
        office.buy("o-1")
        place = office.refund("bill", "o-1").headers["Location"]
        daemon.end(signal.SIGKILL)
    with Daemon(tollgate, "--data", book) as daemon:
        office.daemon = daemon
        assert office.say("ada", place + "/approve").json["state"] == "done"
    assert tollgate("verify", "--data", book).code == 0
