# SPDX-License-Identifier: Apache-2.0
"""The gate of the daemon over HTTP: what a check answers, leases and holds, and what proxies are told."""

import datetime
import json
import threading

import pytest
from daemon import Daemon, LocalConnection, set_clock

TARIFF = """\
tariff: demo
title: Demo
currency: USD
zone: UTC
cycle: month
funding: [free, qps, single, concurrency, payg]
items:
  call: {unit: call, price: 1}
  packed: {unit: call, price: 1}
  secret: {unit: call, price: unpublished}
  job: {unit: call, price: 1}
  quick: {unit: call, price: 1}
operations: {Call: call, Packed: packed, Secret: secret, Job: job, Quick: quick}
packages:
  pack: {kind: single, unit: call, validity: 1 year, scope: {packed: 1}, sizes: {3: 3}}
qps:
  quick: {items: [quick], default: 2, day: 1, month: 10}
concurrency:
  jobs: {items: [job], price: 10, default: 2}
overdue: {grace: 1 day, pauses: [payg]}
"""
START = datetime.datetime(2026, 3, 10, tzinfo=datetime.timezone.utc)


class Gate:
    """A daemon whose clock is a file, and checks of it."""

    def __init__(self, tollgate, home):
        (home / "tariffs").mkdir()
        (home / "tariffs" / "demo.yaml").write_text(TARIFF)
        self.tollgate, self.book, self.clock = tollgate, home / "book", home / "clock"
        assert tollgate("init", self.book, "--tariffs", home / "tariffs").code == 0
        self.at(0)
        self.daemon = self.start()
        self.count = 0

    def start(self):
        return Daemon(self.tollgate, "--data", self.book, "--clock-file", self.clock)

    def at(self, seconds):
        """The daemon looks at the file when it is asked."""
        set_clock(self.clock, (START + datetime.timedelta(seconds=seconds)).isoformat() + "\n")

    def tell(self, kind, account, data):
        self.count += 1
        document = {"specversion": "1.0", "id": f"t-{self.count}", "source": "test", "type": f"tollgate.{kind}",
                    "subject": account, "time": START.isoformat(), "data": data}
        answer = self.daemon.post("/v1/commands", json.dumps(document))
        assert answer.json["outcomes"]["accepted"] == 1, answer.text

    def check(self, account="anna", kind="demo.Call", **more):
        return self.post("/v1/admit", {"account": account, "type": kind, **more})

    def post(self, path, body):
        text = body if isinstance(body, (str, bytes)) else json.dumps(body)
        return self.daemon.post(path, text, Content_Type="application/json")

    def journal(self):
        return [json.loads(row) for row in
                self.tollgate("export", "ndjson", "--data", self.book).out.splitlines()]


@pytest.fixture(name="gate")
def gate_fixture(tollgate, tmp_path):
    gate = Gate(tollgate, tmp_path)
    gate.tell("account", "anna", {"postpaid": {"demo": True}})
    gate.tell("account", "prepaid", {"postpaid": {"demo": False}})
    gate.tell("order", "prepaid", {"tariff": "demo", "sku": "pack-3"})
    with gate.daemon:
        yield gate


# ---- checks ----

def test_an_allowed_call(gate):
    answer = gate.check()
    assert (answer.status, answer.headers["RateLimit"]) == (200, None)
    assert answer.json == {"decision": "allow", "reason": "allowed", "account": "anna", "operation": "demo.Call",
                           "at": "2026-03-10T00:00:00Z", "pays": "payg"}
    answer = gate.check("prepaid", "demo.Packed").json
    assert (answer["pays"], answer["order"], answer["units"]) == ("single", "t-3", "3")


@pytest.mark.parametrize("account, kind, status, reason", [
    ("nobody", "demo.Call", 403, "no-account"), ("anna", "demo.Secret", 403, "unpriced"),
    ("anna", "demo.Cell", 403, "unpriced"), ("anna", "demo", 403, "unpriced"), ("nobody", "x", 403, "no-account"),
    ("prepaid", "demo.Call", 402, "funds")])
def test_refusals_are_problems_with_the_same_members(gate, account, kind, status, reason):
    answer = gate.check(account, kind)
    assert (answer.status, answer.headers["Content-Type"]) == (status, "application/problem+json")
    problem = answer.json
    assert (problem["status"], problem["code"], problem["reason"]) == (status, reason, reason)
    assert problem["decision"] == "deny"
    assert problem["type"] == f"urn:tollgate:problem:{reason}" and problem["detail"].endswith(".")
    assert (problem["account"], problem["operation"]) == (account, kind)
    assert answer.headers["Retry-After"] is None


def test_calls_of_a_second(gate):
    first, second, third = (gate.check(kind="demo.Quick") for _ in range(3))
    assert [one.status for one in (first, second, third)] == [200, 200, 429]
    assert first.headers["RateLimit-Policy"] == '"calls";q=2;w=1;qu="requests"'
    assert first.headers["RateLimit"] == '"calls";r=1;t=1' and third.headers["RateLimit"] == '"calls";r=0;t=1'
    assert third.headers["Retry-After"] == "1" and third.json["reason"] == "qps"
    assert second.json["calls"] == {"quota": "quick-qps-day", "limit": 2, "remaining": 0,
                                    "reset": "2026-03-10T00:00:01Z"}
    gate.at(1)
    assert gate.check(kind="demo.Quick", calls=3).status == 429
    assert gate.check(kind="demo.Quick", calls=2, dry_run=True).status == 200
    assert gate.check(kind="demo.Quick", calls=2).status == 200
    assert gate.check(kind="demo.Quick").status == 429


def test_many_checks_at_once(gate):
    checks = [{"account": "anna", "type": "demo.Quick"}] * 3 + [{"account": "nobody", "type": "demo.Call"}]
    answer = gate.post("/v1/admit", {"checks": checks})
    assert answer.status == 200
    assert [(one["status"], one["decision"], one["reason"]) for one in answer.json["answers"]] == [
        (200, "allow", "allowed"), (200, "allow", "allowed"), (429, "deny", "qps"), (403, "deny", "no-account")]
    assert gate.post("/v1/admit", {"checks": []}).json == {"answers": []}
    for checks, pointer in (([{"account": "a"}], "/checks/0/type"), ([1], "/checks/0/"),
                            ([{"account": "a", "type": "b", "hold": {}}], "/checks/0/hold")):
        answer = gate.post("/v1/admit", {"checks": checks})
        assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, pointer)
    assert gate.post("/v1/admit", {"checks": [{"account": "a", "type": "b"}] * 101}).json["code"] == "too-many"
    assert gate.post("/v1/admit", {"checks": [], "account": "a"}).status == 422


@pytest.mark.parametrize("body, pointer", [
    ({"type": "demo.Call"}, "/account"), ({"account": "anna"}, "/type"), ({"account": "", "type": "x"}, "/account"),
    ({"account": "a", "type": "b", "calls": 0}, "/calls"), ({"account": "a", "type": "b", "calls": 1.5}, "/calls"),
    ({"account": "a", "type": "b", "calls": "1"}, "/calls"), ({"account": "a", "type": "b", "dry_run": 1}, "/dry_run"),
    ({"account": "a", "type": "b", "lease_seconds": 86401}, "/lease_seconds"),
    ({"account": "a", "type": "b", "lease_seconds": 1, "hold": {}}, "/lease_seconds"),
    ({"account": "a", "type": "b", "hold": []}, "/hold"), ({"account": "a", "type": "b", "hold": {"x": 1}}, "/hold/x"),
    ({"account": "a", "type": "b", "hold": {"id": "a.b"}}, "/hold/id"),
    ({"account": "a", "type": "b", "hold": {"data": 1}}, "/hold/data"), ({"accounts": "a"}, "/accounts")])
def test_what_is_wrong_is_pointed_at(gate, body, pointer):
    answer = gate.post("/v1/admit", body)
    assert (answer.status, answer.json["errors"][0]["pointer"]) == (422, pointer), answer.text


def test_what_is_no_object_is_refused(gate):
    assert gate.post("/v1/admit", "{").status == 400
    assert gate.post("/v1/admit", "[]").status == 422
    assert gate.daemon.post("/v1/admit", "account=a", Content_Type="text/plain").status == 415


# ---- leases ----

def test_a_lease_takes_a_slot_until_it_ends(gate):
    leases = [gate.check(kind="demo.Job", lease_seconds=60) for _ in range(3)]
    assert [one.status for one in leases] == [200, 200, 429]
    assert leases[0].headers["RateLimit"] == '"tasks";r=1' and leases[2].json["reason"] == "concurrency"
    assert leases[0].json["expires"] == "2026-03-10T00:01:00Z" and leases[2].headers["Retry-After"] == "1"
    names = [one.json["lease"] for one in leases[:2]]
    assert gate.post(f"/v1/admit/{names[0]}/release", "").json == {"released": True}
    assert gate.post(f"/v1/admit/{names[0]}/release", "").json == {"released": False}
    assert gate.check(kind="demo.Job", lease_seconds=60).status == 200
    assert gate.check(kind="demo.Job").status == 429  # only looking
    gate.at(61)
    assert gate.check(kind="demo.Job").status == 200
    assert gate.post(f"/v1/admit/{names[1]}/release", "").json == {"released": False}


def test_a_lease_of_somebody_else_cannot_be_guessed(gate):
    lease = gate.check(kind="demo.Job", lease_seconds=60).json["lease"]
    wrong = lease[:-1] + ("0" if lease[-1] != "0" else "1")
    for name in (wrong, "l-1", "x", lease.upper(), "l-" + "0" * 32, "h-1.", ".YQ", "h-1.*"):
        answer = gate.post(f"/v1/admit/{name}/release", "")
        assert (answer.status, answer.json["code"]) == (404, "unknown-lease")
    assert gate.post(f"/v1/admit/{lease}/release", "").json == {"released": True}


def test_a_lease_is_settled_by_its_event(gate):
    lease = gate.check(kind="demo.Job", lease_seconds=60).json["lease"]
    event = {"specversion": "1.0", "id": "e-1", "source": "test", "type": "demo.Job", "subject": "anna",
             "time": START.isoformat(), "data": {}}
    assert gate.post(f"/v1/admit/{lease}/settle", event).json == {"outcome": "accepted"}
    assert gate.post(f"/v1/admit/{lease}/release", "").json == {"released": False}
    assert gate.post(f"/v1/admit/{lease}/settle", event).json == {"outcome": "duplicate"}


# ---- holds ----

def test_a_hold_is_settled_by_what_was_used(gate):
    answer = gate.check("prepaid", "demo.Packed", hold={"data": {"count": 2}, "expires_seconds": 600})
    assert answer.status == 200 and answer.json["expires"] == "2026-03-10T00:10:00Z"
    lease, hold = answer.json["lease"], answer.json["hold"]
    assert lease == f"{hold}.cHJlcGFpZA"
    # One unit is left beside it.
    assert gate.check("prepaid", "demo.Packed", hold={"data": {"count": 2}}).json["code"] == "hold-refused"
    assert gate.check("prepaid", "demo.Packed").json["units"] == "1"
    gate.at(5)
    assert gate.post(f"/v1/admit/{lease}/settle", {"data": {"count": 1}}).json == {"outcome": "accepted"}
    assert gate.check("prepaid", "demo.Packed").json["units"] == "2"
    answer = gate.post(f"/v1/admit/{lease}/settle", {"data": {"count": 1}})
    assert (answer.status, answer.json["code"]) == (404, "lease-ended")
    event = gate.journal()[-1]
    assert (event["id"], event["type"], event["subject"]) == (f"{hold}/settled", "demo.Packed", "prepaid")
    assert event["time"] == "2026-03-10T00:00:00Z" and event["data"] == {"count": 1, "hold": hold}


def test_a_hold_that_is_asked_for_again_is_the_same(gate):
    first = gate.check("prepaid", "demo.Packed", hold={"id": "job-1"})
    gate.at(1)
    again = gate.check("prepaid", "demo.Packed", hold={"id": "job-1"})
    assert first.status == again.status == 200
    assert {**again.json, "at": "", "units": ""} == {**first.json, "at": "", "units": ""}
    assert [row["type"] for row in gate.journal()].count("tollgate.hold") == 1
    assert gate.post(f"/v1/admit/{first.json['lease']}/release", "").json == {"released": True}
    assert gate.post(f"/v1/admit/{first.json['lease']}/release", "").json == {"released": False}
    assert gate.check("prepaid", "demo.Packed", hold={"id": "job-1"}).json["code"] == "hold-refused"


def test_holds_and_leases_share_the_slots(gate):
    first = gate.check(kind="demo.Job", hold={})
    second = gate.check(kind="demo.Job", lease_seconds=60)
    assert [first.status, second.status] == [200, 200]
    assert gate.check(kind="demo.Job", hold={}).json["reason"] == "concurrency"
    gate.post(f"/v1/admit/{second.json['lease']}/release", "")
    third = gate.check(kind="demo.Job", hold={})
    assert third.status == 200 and third.json["tasks"]["remaining"] == 0
    assert gate.check(kind="demo.Job").json["reason"] == "concurrency"


def test_holds_that_are_said_share_them_too(gate):
    """POST /v1/accounts/{account}/holds and leases of /v1/admit: together never more than there is."""
    def say(number):
        body = {"id": f"h-{number}", "operation": "demo.Job", "data": {"count": 1}}
        return gate.post("/v1/accounts/anna/holds", body)
    first = gate.check(kind="demo.Job", lease_seconds=60)
    assert first.status == 200 and say(1).status == 201
    refused = say(2)
    assert (refused.status, refused.json["code"]) == (409, "refused"), refused.text
    assert "wait until one ends" in refused.json["detail"]
    assert gate.check(kind="demo.Job", lease_seconds=60).json["reason"] == "concurrency"
    gate.post(f"/v1/admit/{first.json['lease']}/release", "")
    assert say(3).status == 201 and gate.check(kind="demo.Job").json["reason"] == "concurrency"
    for number in (1, 3):
        assert gate.post(f"/v1/accounts/anna/holds/h-{number}/release", "").status == 201
    for turn in range(6):
        start, won = threading.Barrier(8), []

        def race(number):
            start.wait()
            if number % 2:
                answer = gate.check(kind="demo.Job", lease_seconds=60)
                won.extend([f"/v1/admit/{answer.json['lease']}/release"] if answer.status == 200 else [])
            elif say(f"{turn}-{number}").status == 201:
                won.append(f"/v1/accounts/anna/holds/h-{turn}-{number}/release")
        threads = [threading.Thread(target=race, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(won) == 2, won
        for path in won:
            assert gate.post(path, "").status in (200, 201)


def test_a_hold_survives_a_restart_and_a_lease_does_not(gate):
    hold = gate.check("prepaid", "demo.Packed", hold={}).json["lease"]
    lease = gate.check(kind="demo.Job", lease_seconds=60).json["lease"]
    assert gate.daemon.end() == 0
    gate.daemon = gate.start()
    with gate.daemon:
        assert gate.post(f"/v1/admit/{lease}/release", "").status == 404
        assert gate.post(f"/v1/admit/{hold}/settle", {}).json == {"outcome": "accepted"}


def test_an_account_of_any_name_has_leases(gate):
    name = "ä/b.c?d%e #~"
    gate.tell("account", name, {"postpaid": {"demo": True}})
    lease = gate.check(name, "demo.Job", hold={}).json["lease"]
    assert gate.post(f"/v1/admit/{lease}/settle", {}).json == {"outcome": "accepted"}
    assert gate.journal()[-1]["subject"] == name


# ---- proxies ----

def test_proxies_are_told_by_status_and_headers(gate):
    answer = gate.daemon.get("/v1/auth?account=anna&type=demo.Quick")
    assert answer.status == 200 and answer.headers["X-Tollgate-Reason"] == "allowed"
    assert answer.headers["X-Tollgate-Pays"] == "payg" and answer.headers["RateLimit"] == '"calls";r=1;t=1'
    asked = {"X_Tollgate_Account": "anna", "X_Tollgate_Type": "demo.Quick"}
    assert gate.daemon.get("/v1/auth", **asked).status == 200
    answer = gate.daemon.get("/v1/auth", **asked)
    assert answer.status == 429 and answer.headers["Retry-After"] == "1" and answer.json["code"] == "qps"
    answer = gate.daemon.get("/v1/auth?deny=403", **asked)
    assert answer.status == 403 and answer.headers["X-Tollgate-Status"] == "429"
    assert answer.headers["X-Tollgate-Reason"] == "qps" and answer.headers["Retry-After"] == "1"
    answer = gate.daemon.get("/v1/auth?account=anna&type=demo.Job&lease_seconds=9")
    assert gate.post(f"/v1/admit/{answer.headers['X-Tollgate-Lease']}/release", "").json == {"released": True}
    for query in ("", "?account=anna", "?type=x", "?account=a&type=b&lease_seconds=x", "?account=a&type=b&deny=402"):
        assert gate.daemon.get("/v1/auth" + query).status == 400


# ---- crowds ----

def race(gate, count, body):
    """So many clients at once; the answers."""
    answers, start = [], threading.Barrier(count)

    def client():
        connection = LocalConnection(gate.book / "tollgate.sock")
        connection.connect()
        start.wait()
        connection.request("POST", "/v1/admit", json.dumps(body), {"Content-Type": "application/json"})
        response = connection.getresponse()
        answers.append((response.status, json.loads(response.read())))
        connection.close()

    clients = [threading.Thread(target=client) for _ in range(count)]
    for one in clients:
        one.start()
    for one in clients:
        one.join()
    return answers


@pytest.mark.parametrize("account, more, wins", [
    ("prepaid", {"type": "demo.Packed", "hold": {}}, 3), ("anna", {"type": "demo.Quick"}, 2),
    ("anna", {"type": "demo.Job", "lease_seconds": 60}, 2), ("anna", {"type": "demo.Job", "hold": {}}, 2)])
def test_of_two_hundred_exactly_the_affordable_ones_win(gate, account, more, wins):
    answers = race(gate, 200, {"account": account, **more})
    assert len(answers) == 200
    assert sum(status == 200 for status, _ in answers) == wins
    assert len({answer.get("lease") for status, answer in answers if status == 200 and "lease" in answer}) in (0, wins)


def limits(gate, account):
    answer = gate.daemon.get(f"/v1/accounts/{account}/limits")
    assert answer.status == 200 and answer.headers["ETag"] is None
    return {row["family"]: row for row in answer.json["limits"]}


def test_limits_are_what_the_gate_counts(gate):
    gate.tell("order", "prepaid", {"tariff": "demo", "sku": "quick-qps-month", "quantity": 5})
    found = limits(gate, "prepaid")
    assert found["quick"]["limit"] == 5 and found["quick"]["taken"] == 0 and found["quick"]["default"] == "2"
    assert found["quick"]["items"] == ["quick"] and [row["pieces"] for row in found["quick"]["orders"]] == ["5"]
    assert found["jobs"] == {**found["jobs"], "kind": "concurrency", "limit": 2, "orders": []}
    assert gate.check("prepaid", "demo.Quick", calls=3).json["decision"] == "allow"
    assert limits(gate, "prepaid")["quick"] == {**found["quick"], "taken": 3, "remaining": 2}
    gate.at(1)
    assert limits(gate, "prepaid")["quick"]["taken"] == 0
    lease = gate.check("anna", "demo.Job", lease_seconds=60).json["lease"]
    assert limits(gate, "anna")["jobs"]["taken"] == 1
    held = gate.check("anna", "demo.Job", hold={"id": "job-1", "expires_seconds": 60, "data": {}})
    assert held.json["decision"] == "allow" and limits(gate, "anna")["jobs"]["remaining"] == 0
    gate.post(f"/v1/admit/{lease}/release", "")
    assert limits(gate, "anna")["jobs"]["taken"] == 1
    gate.at(62)
    assert gate.daemon.get("/v1/accounts/nobody/limits").status == 404
