# SPDX-License-Identifier: Apache-2.0
"""Who may do what, from the one table of routes: every route by every role of two tenants; and that nobody learns
anything of what is not theirs."""

import http.client
import json
import re

import pytest
from conftest import event
from daemon import Daemon

STAFF = ["ingest", "admit", "read", "billing", "pricing", "approve", "admin", "audit"]
ROLES = [*STAFF, "customer"]
TARIFF = """\
tariff: demo
title: Demo
currency: USD
zone: UTC
cycle: month
funding: [single, concurrency, payg]
bill_rounding: {scale: 2, mode: down}
items: {call: {unit: call, price: 0.5}, job: {unit: call, price: 1}}
operations: {Do: call, Job: job}
concurrency:
  jobs: {items: [job], price: 10, default: 2}
packages:
  calls: {kind: single, unit: point, validity: 1 year, scope: {call: 1}, sizes: {100: 2},
          refund: {within: 7 days, if: unused}}
"""
INVENTED = {"key": "0" * 12, "approval": "0" * 22, "tariff": "nothere", "draft": "nothere"}


class House:
    """A daemon with two tenants, spoken to over one connection, and keys of everybody."""

    def __init__(self, daemon, homes):
        self.daemon, self.homes = daemon, homes
        self.connection = http.client.HTTPConnection("127.0.0.1", daemon.port(), timeout=30)
        self.keys, self.ids = {}, {}

    def ask(self, method, path, secret=None, body=None, **headers):
        """Status and the body, in which the id of the request is no matter."""
        if secret:
            headers["Authorization"] = f"Bearer {secret}"
        self.connection.request(method, path, body, {name.replace("_", "-"): text for name, text in headers.items()})
        answer = self.connection.getresponse()
        return answer.status, re.sub(rb'"instance":"[^"]*"', b'"instance":""', answer.read())

    def local(self, tenant, method, path, body=None, **headers):
        self.daemon.socket = self.homes[tenant] / "tollgate.sock"
        text = json.dumps(body) if body is not None else None
        answer = self.daemon.request(method, path, text, Tollgate_Tenant=tenant, **headers)
        assert answer.status < 400, answer.text
        return answer.json

    def hire(self, tenant, name, *roles, **more):
        made = self.local(tenant, "POST", "/v1/keys", {"name": name, "roles": roles, **more})
        self.keys[tenant, name] = made["secret"]
        return made["key"]["id"]


@pytest.fixture(name="house", scope="module")
def house_fixture(tollgate, tmp_path_factory):
    """Two tenants; in eu there are ann and bob with usage, orders, bills and holds."""
    folder = tmp_path_factory.mktemp("house")
    (folder / "demo.yaml").write_text(TARIFF)
    homes = {name: folder / name for name in ("eu", "us")}
    for home in homes.values():
        assert tollgate("init", home, "--tariffs", folder / "demo.yaml").code == 0
    for number, account in enumerate(("ann", "bob")):
        usage = event("demo.Do", {"count": 3}, number, account)
        assert tollgate("ingest", "--data", homes["eu"], "--now", "2026-02-16T00:00:00Z", "-", stdin=usage).code == 0
    assert tollgate("tick", "--data", homes["eu"], "--now", "2026-03-02T00:00:00Z").code == 0
    with Daemon(tollgate, "--tenant", f"eu={homes['eu']}", "--tenant", f"us={homes['us']}",
                "--listen", "127.0.0.1:0") as daemon:
        house = House(daemon, homes)
        for tenant in homes:
            for role in STAFF:
                house.hire(tenant, role, role)
            house.hire(tenant, "customer", "customer", account="ann")
            house.hire(tenant, "staff", *STAFF)
        fill(house)
        yield house


def fill(house):
    """What is in eu alone, by the names of the parameters that it stands for."""
    house.ids = {"account": "bob", "event": "e-1", "order": "o-bob", "hold": "h-bob", "tariff": "demo",
                 "draft": "d-eu", "key": house.hire("eu", "spare", "read")}
    house.local("eu", "POST", "/v1/accounts/bob/orders", {"tariff": "demo", "sku": "calls-100", "id": "o-bob"},
                Idempotency_Key="k-1")
    house.local("eu", "POST", "/v1/accounts/bob/holds", {"operation": "demo.Do", "data": {"count": 1}, "id": "h-bob"},
                Idempotency_Key="k-2")
    house.local("eu", "PUT", "/v1/tariffs/drafts/d-eu", {"files": {"demo.yaml": TARIFF}})
    hook = house.local("eu", "POST", "/v1/webhooks", {"url": "https://bob.example/hook"}, Idempotency_Key="k-4")
    check = house.local("eu", "POST", "/v1/admit", {"account": "bob", "type": "demo.Job", "lease_seconds": 3600})
    house.ids.update(webhook=hook["id"], lease=check["lease"])
    INVENTED.update(lease=check["lease"][:-1] + ("8" if check["lease"][-1] != "8" else "9"))
    asked = house.local("eu", "POST", "/v1/accounts/bob/orders/o-bob/refund", {}, Idempotency_Key="k-3")
    house.ids["approval"] = asked["approval"]["id"]
    bills = {bill["account"]: bill["number"] for bill in house.local("eu", "GET", "/v1/bills")["items"]}
    house.ids["number"] = bills["bob"]
    INVENTED["number"] = re.sub(r"\d", "9", str(bills["bob"]))


@pytest.fixture(name="routes", scope="module")
def routes_fixture(tollgate):
    return tollgate("serve", "--routes", "--json").json


def path_of(route, ids):
    return re.sub(r"\{(\w+)\}", lambda match: str(ids.get(match.group(1), "nothere")), route["path"])


def body_of(route, text="{"):
    return text if route["body_max"] else None


def position(house):
    return [house.local(tenant, "GET", "/v1/stats")["documents"] for tenant in house.homes] + [
        house.local(tenant, "GET", path)["items"] for tenant in house.homes
        for path in ("/v1/keys", "/v1/approvals", "/v1/tariffs/drafts")]


def without_use(state):
    return re.sub(r"'last_used_at': ('[^']*'|None)", "", str(state))


def test_without_the_role_nothing_is_done(house, routes):
    before = position(house)
    tried = 0
    for route in routes:
        for role in set(ROLES) - set(route["roles"]):
            if not route["roles"]:
                continue
            answers = {house.ask(route["method"], path_of(route, house.ids), house.keys[tenant, role], body_of(route))
                       for tenant in house.homes}
            assert len(answers) == 1, (route, role)
            [(status, body)] = answers
            assert status == 403 and json.loads(body)["code"] == "forbidden", (route, role, body)
            tried += 1
    assert tried > 100
    assert without_use(position(house)) == without_use(before)


def test_with_the_role_the_door_is_open(house, routes):
    for route in routes:
        for role in route["roles"] or ROLES:
            for tenant in house.homes:
                status, body = house.ask(route["method"], path_of(route, INVENTED), house.keys[tenant, role],
                                         body_of(route))
                assert status != 401 and b'"code":"forbidden"' not in body, (route, role, body)


def test_bad_credentials_are_all_alike(house, routes):
    ended = house.hire("eu", "ended", "read")
    house.local("eu", "POST", f"/v1/keys/{ended}/revoke")
    good = house.keys["eu", "staff"]
    bad = [None, "x", good[:-1] + ("0" if good[-1] != "0" else "1"), house.keys["eu", "ended"],
           "tg_0123456789ab_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopq_4sVhRw"]
    asked = [route for route in routes if route["roles"]]
    answers = set()
    for number, secret in enumerate(bad * 5):
        route = asked[number * 7 % len(asked)]
        answers.add(house.ask(route["method"], path_of(route, house.ids), secret, body_of(route)))
    [(status, body)] = answers
    assert status == 401 and json.loads(body)["code"] == "unauthorized"
    statuses = [house.ask("GET", "/v1/whoami", secret)[0] for secret in (bad + [good]) * 2]
    assert statuses == [401] * 5 + [200] + [429] * 5 + [200]  # whoever fails too often waits; a good key does not


def test_another_tenants_things_are_not_there(house, routes):
    """The same bytes for what another tenant has and for what nobody has, but for the name that was asked for."""
    compared = 0
    for route in routes:
        names = re.findall(r"\{(\w+)\}", route["path"])
        if not names or names in (["tariff"], ["backfill"]):  # both have that tariff; who names a backfill makes it
            continue
        answers = []
        others = {name: "x" * len(str(house.ids.get(name, "nothere"))) for name in names}
        for ids in (house.ids, {**others, **INVENTED}):
            status, body = house.ask(route["method"], path_of(route, ids), house.keys["us", "staff"],
                                     body_of(route, "{}"))
            for name in names:
                body = body.replace(str(ids.get(name, "nothere")).encode(), b"ID")
            answers.append((status, body))
        assert answers[0] == answers[1], route
        assert answers[0][0] in (404, 409, 422, 200, 201, 400), (route, answers[0])
        compared += 1
    assert compared > 20
    for route in routes:
        # the audit log of us says what us has just asked for
        if route["method"] == "GET" and "{" not in route["path"] and route["path"] != "/v1/audit":
            status, body = house.ask("GET", route["path"], house.keys["us", "staff"])
            assert b"bob" not in body and b"o-bob" not in body, route


def test_a_lease_is_of_the_tenant_that_it_was_given_to(house):
    """Both have a lease of the same number; only the tenant's own name of it ends it."""
    house.local("us", "POST", "/v1/accounts", {"account": "cleo"})
    own = json.loads(house.ask("POST", "/v1/admit", house.keys["us", "admit"],
                               '{"account":"cleo","type":"demo.Job","lease_seconds":3600}')[1])
    path = f"/v1/admit/{house.ids['lease']}/release"
    assert house.ask("POST", path, house.keys["us", "admit"], "")[0] == 404
    for tenant, lease in (("us", own["lease"]), ("eu", house.ids["lease"])):
        status, body = house.ask("POST", f"/v1/admit/{lease}/release", house.keys[tenant, "admit"], "")
        assert (status, json.loads(body)) == (200, {"released": True}), tenant


def test_a_customer_sees_its_own_account_alone(house, routes):
    secret = house.keys["eu", "customer"]
    compared = 0
    for route in routes:
        if "customer" not in route["roles"] or route["method"] != "GET":
            continue
        if "{" in route["path"]:
            answers = set()
            for ids in (house.ids, {**INVENTED, "account": "nob", "event": "e-9", "order": "o-nob"}):
                status, body = house.ask("GET", path_of(route, ids), secret)
                answers.add((status, body))
            assert len(answers) == 1 and status == 404, (route, answers)
            if "{account}" in route["path"] and route["path"].count("{") == 1:
                assert house.ask("GET", path_of(route, {"account": "ann"}), secret)[0] == 200, route
            compared += 1
        else:
            status, body = house.ask("GET", route["path"], secret)
            assert status == 200 and b"bob" not in body, (route, body)
            if "account" in route["query"]:
                assert house.ask("GET", route["path"] + "?account=bob", secret) == house.ask(
                    "GET", route["path"] + "?account=nob", secret), route
    assert compared > 8
