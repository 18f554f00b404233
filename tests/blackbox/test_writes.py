# SPDX-License-Identifier: Apache-2.0
"""What is said to a running daemon: accounts, orders, money, contracts, holds, reversals; and said again."""

import datetime
import http.client
import itertools
import json
import os
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import ROOT, event
from daemon import Daemon

SHIM = os.environ.get("FAULT_AT_LIBRARY", os.path.join(ROOT, "build", "tests", "fault_at.so"))
EVERY = int(os.environ.get("FAULT_EVERY", "4"))  # every call by `make verify`, one of four else
KEYS = (f"key-{number}" for number in itertools.count())


def say(daemon, path, body, key=None, method="POST"):
    """A request with a body, under a key of its own where none is given; key=False: without."""
    headers = {} if key is False else {"Idempotency_Key": key or next(KEYS)}
    text = body if isinstance(body, (str, bytes)) else json.dumps(body)
    return daemon.request(method, path, text, Content_Type="application/json", **headers)


def wrong(answer, status, code, *pointers):
    """It is a problem of this kind, at these places."""
    assert (answer.status, answer.json.get("code")) == (status, code), answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json["status"] == status and answer.json["instance"] and answer.json["type"].endswith(code)
    assert [place["pointer"] for place in answer.json.get("errors", [])] == list(pointers), answer.text
    return answer.json["detail"]


@pytest.fixture(name="book", scope="module")
def book_fixture(tollgate, tmp_path_factory):
    """A book in which ann has 10 dollars and an order."""
    folder = tmp_path_factory.mktemp("writes")
    (folder / "demo.yaml").write_text(TARIFF)
    (folder / "acme.yaml").write_text(ACME)
    (folder / "tariffs").mkdir()
    for name in ("demo", "acme"):
        (folder / f"{name}.yaml").rename(folder / "tariffs" / f"{name}.yaml")
    assert tollgate("init", folder / "book", "--tariffs", folder / "tariffs").code == 0
    with Daemon(tollgate, "--data", folder / "book") as daemon:
        assert say(daemon, "/v1/accounts/ann/wallet/top-ups", {"amount": "10", "currency": "USD"}).status == 201
        assert say(daemon, "/v1/accounts/ann/orders", {"tariff": "demo", "sku": "calls-100", "id": "o-1"}).status == 201
    return folder / "book"


TARIFF = """\
tariff: demo
title: Demo
currency: USD
zone: UTC
cycle: month
funding: [single, payg]
postpaid: off
bill_rounding: {scale: 2, mode: down}
items: {call: {unit: call, price: 0.5}}
operations: {Do: call}
packages:
  calls: {kind: single, unit: point, validity: 1 year, scope: {call: 1}, sizes: {100: 2, 500: unpublished},
          refund: {within: 7 days, if: unused}}
"""
ACME = "tariff: acme\nextends: demo\noverride: {items: {call: {price: 0.4}}}\n"


@pytest.fixture(name="daemon", scope="module")
def daemon_fixture(tollgate, book, tmp_path_factory):
    """One daemon on a copy of that book."""
    copy = tmp_path_factory.mktemp("daemon") / "book"
    shutil.copytree(book, copy)
    with Daemon(tollgate, "--data", copy) as daemon:
        daemon.data = copy
        yield daemon


# ---- what can be said ----


def test_an_account_is_made_and_changed(daemon, tollgate):
    made = say(daemon, "/v1/accounts", {"account": "ben", "credit": {"USD": "5"}, "zone": "Europe/Paris"}, key=False)
    assert made.status == 201
    assert made.json["reply"] | {"id": 0, "time": 0} == {"command": "account", "source": "api", "id": 0,
                                                         "account": "ben", "time": 0, "outcome": "accepted"}
    assert not made.json["dry_run"] and made.json["bills"] == [] and made.json["position"] > 0
    changed = say(daemon, "/v1/accounts/ben", {"postpaid": {"demo": True}}, method="PATCH", key=False)
    assert changed.status == 200
    shown = tollgate("account", "show", "ben", "--data", daemon.data, "--json").json
    assert changed.json["account"] == shown
    assert shown["zone"] == "Europe/Paris" and shown["tariffs"][0]["postpaid"]
    assert shown["wallets"][0]["credit"] == "5"


def test_an_order_is_bought_billed_and_given_back(daemon):
    bought = say(daemon, "/v1/accounts/cy/orders", {"tariff": "demo", "sku": "calls-100", "id": "o-7", "quantity": 2})
    assert bought.status == 201
    order = bought.json["order"]
    assert (order["order"], order["amount"], order["quantity"], order["refunded"]) == ("o-7", "4", "2", False)
    [bill] = bought.json["bills"]
    assert (bill["account"], bill["kind"], bill["total"]) == ("cy", "orders", "4.00")
    back = say(daemon, "/v1/accounts/cy/orders/o-7/refund", {})
    assert back.status == 201 and back.json["order"]["refunded"] and back.json["order"]["amount"] == "-4"
    assert [bill["total"] for bill in back.json["bills"]] == ["-4.00"]
    assert "refund" in wrong(say(daemon, "/v1/accounts/cy/orders/o-7/refund", ""), 409, "refused")


def test_money_comes_and_goes(daemon, tollgate):
    path = "/v1/accounts/dot/wallet/"
    paid = say(daemon, path + "top-ups", {"amount": "20.5", "currency": "USD"})
    assert paid.status == 201 and paid.json["wallet"]["balance"] == "20.5"
    assert say(daemon, path + "pay-outs", {"amount": 0.5, "currency": "USD"}).status == 201
    assert tollgate("wallet", "show", "dot", "--data", daemon.data, "--json").json["wallets"][0]["balance"] == "20"
    wrong(say(daemon, path + "pay-outs", {"amount": "21", "currency": "USD"}), 409, "refused")
    wrong(say(daemon, "/v1/accounts/nobody/wallet/pay-outs", {"amount": "1", "currency": "USD"}), 404,
          "unknown-account")
    for amount in ("-1", "0", "", "x", True, None, "1.0000000000001", {"USD": 1}):
        wrong(say(daemon, path + "top-ups", {"amount": amount, "currency": "USD"}), 422, "invalid-body", "/amount")
    wrong(say(daemon, path + "top-ups", {"amount": "1", "currency": "usd"}), 422, "invalid-command", "/currency")


def test_a_contract_is_said(daemon, tollgate):
    assert say(daemon, "/v1/accounts/eve/contracts", {"tariff": "demo", "use": "acme"}, key=False).status == 201
    [contract] = tollgate("account", "show", "eve", "--data", daemon.data, "--json").json["contracts"]
    assert contract["use"] == "acme"
    answer = say(daemon, "/v1/accounts/eve/contracts", {"tariff": "acme", "use": "demo"}, key=False)
    assert "does not extend" in wrong(answer, 422, "invalid-command", "/use")


def test_a_hold_is_taken_and_released(daemon, tollgate):
    body = {"operation": "demo.Do", "data": {"count": 60}, "id": "job-1"}
    taken = say(daemon, "/v1/accounts/ann/holds", body, key=False)
    assert taken.status == 201 and taken.json["hold"]["reserves"][0]["amount"] == "60"
    wrong(say(daemon, "/v1/accounts/ann/holds", body | {"id": "job-2"}, key=False), 409, "refused")
    assert len(tollgate("hold", "list", "--data", daemon.data, "--json").json["holds"]) == 1
    assert say(daemon, "/v1/accounts/ann/holds/job-1/release", "", key=False).status == 201
    wrong(say(daemon, "/v1/accounts/ann/holds/job-1/release", "", key=False), 409, "refused")
    assert say(daemon, "/v1/accounts/ann/holds", body | {"id": "job-3"}, key=False).status == 201
    assert say(daemon, "/v1/accounts/ann/holds/job-3/release", {}, key=False).status == 201


def test_an_event_is_taken_back(daemon, tollgate):
    now = datetime.datetime.now(datetime.timezone.utc)
    line = event("demo.Do", {"count": 3}, account="ann", time=now.isoformat())
    assert daemon.post("/v1/commands", line).json["outcomes"]["accepted"] == 1
    answer = say(daemon, "/v1/events/reversals", {"event": "e-1", "reason": "twice"})
    assert answer.status == 201 and answer.json["reply"]["account"] == "ann"
    assert tollgate("events", "reversed", "--data", daemon.data, "--json").json["reversed"][0]["reason"] == "twice"
    wrong(say(daemon, "/v1/events/reversals", {"event": "e-1"}), 409, "refused")
    wrong(say(daemon, "/v1/events/reversals", {"event": "e-2"}), 404, "unknown-event")
    wrong(say(daemon, "/v1/events/reversals", {}), 422, "invalid-body", "/event")


def test_what_has_no_price_is_not_sold(daemon):
    answer = say(daemon, "/v1/accounts/ann/orders", {"tariff": "demo", "sku": "calls-500"})
    assert "calls-500" in wrong(answer, 409, "unpriced")


def test_a_rehearsal_changes_nothing(daemon, tollgate):
    before = tollgate("wallet", "show", "--data", daemon.data, "--json").out
    answer = say(daemon, "/v1/accounts/ann/orders?dry_run=true", {"tariff": "demo", "sku": "calls-100"}, key=False)
    assert (answer.status, answer.json["dry_run"], answer.json["reply"]["outcome"]) == (200, True, "accepted")
    assert answer.json["order"]["amount"] == "2"
    wrong(say(daemon, "/v1/accounts/ann/wallet/pay-outs?dry_run=true", {"amount": "99", "currency": "USD"}), 409,
          "refused")
    wrong(say(daemon, "/v1/accounts/ann/orders?dry_run=yes", {}), 400, "invalid-parameter")
    assert tollgate("wallet", "show", "--data", daemon.data, "--json").out == before


def test_a_rehearsal_shows_what_the_command_does(daemon):
    """One behind the other for an account that is new at first: what is shown is what is answered then."""
    path = "/v1/accounts/rea"
    usage = event("demo.Do", {"count": 3}, account="rea", number="rea-1", time=datetime.datetime.now(
        datetime.timezone.utc).isoformat())
    rows = [
        ("/v1/accounts", {"account": "rea", "credit": {"USD": "1"}, "attributes": {}}, "POST", 201),
        (path + "/wallet/top-ups", {"amount": "9", "currency": "USD", "id": "w-1"}, "POST", 201),
        (path, {"postpaid": {"demo": True}, "zone": "Asia/Tokyo", "id": "a-1"}, "PATCH", 200),
        (path + "/orders", {"tariff": "demo", "sku": "calls-100", "quantity": 2, "id": "r-1"}, "POST", 201),
        (path + "/orders/r-1/refund", {"id": "r-2"}, "POST", 201),
        (path + "/orders", {"tariff": "demo", "sku": "calls-100", "id": "r-3"}, "POST", 201),
        (path + "/holds", {"operation": "demo.Do", "data": {"count": 60}, "id": "h-1"}, "POST", 201),
        (path + "/holds", {"operation": "demo.Do", "data": {"count": 9999}, "id": "h-1"}, "POST", 409),
        (path + "/orders/r-3/refund", {"id": "r-4"}, "POST", 409),
        (path + "/holds/h-1/release", {"id": "h-2"}, "POST", 201),
        ("/v1/events/reversals", {"event": "e-rea-1", "reason": "a test", "id": "v-1"}, "POST", 201),
        (path + "/contracts", {"tariff": "demo", "use": "acme", "id": "c-1"}, "POST", 201),
        (path + "/wallet/pay-outs", {"amount": "3", "currency": "USD", "id": "w-2"}, "POST", 201),
        (path + "/wallet/pay-outs", {"amount": "30", "currency": "USD", "id": "w-3"}, "POST", 409),
        (path + "/orders", {"tariff": "acme", "sku": "calls-500", "id": "r-5"}, "POST", 409),
    ]
    for where, body, method, status in rows:
        if "reversals" in where:
            assert daemon.post("/v1/commands", usage).json["outcomes"]["accepted"] == 1
        shown = say(daemon, where + "?dry_run=true", body, key=False, method=method)
        done = say(daemon, where, body, method=method)
        assert (shown.status, done.status) == (200 if status < 300 else status, status), shown.text + done.text
        vary = {"dry_run", "position", "bills", "instance", "reply"}
        timed = {name: value for name, value in done.json.items() if name not in vary}
        assert without_times({name: shown.json[name] for name in timed}) == without_times(timed), where


def without_times(value):
    """The rehearsal was some instants before."""
    if isinstance(value, dict):
        return {name: without_times(inner) for name, inner in value.items()
                if not name.endswith(("_at", "_ns")) and name not in ("at", "time", "from", "until", "expires")}
    return [without_times(inner) for inner in value] if isinstance(value, list) else value


def test_what_is_wrong_is_told_where_it_stands(daemon):
    path = "/v1/accounts/ann/orders"
    order = {"tariff": "demo", "sku": "calls-100"}
    rows = [
        ("{nope", 400, "malformed-json", []),
        ("[]", 422, "invalid-body", [""]),
        ("7", 422, "invalid-body", [""]),
        ('{"tariff":"demo","tariff":"demo"}', 422, "invalid-body", ["/tariff"]),
        (order | {"skew": 1, "x/y~": 1}, 422, "invalid-body", ["/skew", "/x~1y~0"]),
        ({"sku": "calls-100"}, 422, "invalid-command", ["/tariff"]),
        ({"tariff": "demo"}, 422, "invalid-command", ["/sku"]),
        (order | {"tariff": 7}, 422, "invalid-command", ["/tariff"]),
        (order | {"tariff": "dema"}, 422, "invalid-command", ["/tariff"]),
        (order | {"sku": "calls-10"}, 422, "invalid-command", ["/sku"]),
        (order | {"quantity": "many"}, 422, "invalid-command", ["/quantity"]),
        (order | {"quantity": -1}, 422, "invalid-command", ["/quantity"]),
        (order | {"periods": 0.5}, 422, "invalid-command", ["/periods"]),
        (order | {"effective_at": "tomorrow"}, 422, "invalid-command", ["/effective_at"]),
        (order | {"id": ""}, 422, "invalid-body", ["/id"]),
        (order | {"id": 7}, 422, "invalid-body", ["/id"]),
        (order | {"id": "x" * 256}, 422, "invalid-body", ["/id"]),
    ]
    for body, status, code, pointers in rows:
        wrong(say(daemon, path, body), status, code, *pointers)
    answer = say(daemon, "/v1/accounts", {"account": "z", "attributes": {"x": [1, {"y": 1}]}}, key=False)
    wrong(answer, 422, "invalid-command", "/attributes/x")
    assert "zone" in say(daemon, "/v1/accounts", {"account": "z", "zonne": 1}, key=False).text
    text = daemon.request("POST", path, json.dumps(order), Content_Type="text/plain", Idempotency_Key=next(KEYS))
    wrong(text, 415, "unsupported-media-type")


# ---- and said again ----


def test_the_same_request_is_answered_once(daemon, tollgate):
    path, body = "/v1/accounts/fay/wallet/top-ups", {"amount": "3", "currency": "USD"}
    first = say(daemon, path, body, '"one key"')
    again = say(daemon, path, body, '"one key"')
    assert first.status == again.status == 201 and first.bytes == again.bytes
    assert first.headers["Idempotent-Replayed"] is None and again.headers["Idempotent-Replayed"] == "true"
    wrong(say(daemon, path, body | {"amount": "4"}, '"one key"'), 422, "idempotency-key-reused")
    wrong(say(daemon, path.replace("fay", "gil"), body, '"one key"'), 422, "idempotency-key-reused")
    wrong(say(daemon, path, body, key=False), 400, "idempotency-key-missing")
    for key in ('"', '""', "a b", '"a" b', "x" * 256):
        wrong(say(daemon, path, body, key), 400, "invalid-idempotency-key")
    refused = say(daemon, "/v1/accounts/fay/wallet/pay-outs", {"amount": "9", "currency": "USD"}, "no")
    assert say(daemon, path, body, "more").status == 201
    again = say(daemon, "/v1/accounts/fay/wallet/pay-outs", {"amount": "9", "currency": "USD"}, "no")
    assert (again.status, again.bytes) == (409, refused.bytes), "a refusal is an answer too"
    assert again.headers["Content-Type"] == "application/problem+json"
    assert tollgate("wallet", "show", "fay", "--data", daemon.data, "--json").json["wallets"][0]["balance"] == "6"


def test_a_wrong_request_does_not_use_its_key_up(daemon):
    path = "/v1/accounts/hal/wallet/top-ups"
    wrong(say(daemon, path, {"amount": "1", "currency": "XXY"}, "used"), 422, "invalid-command", "/currency")
    assert say(daemon, path, {"amount": "1", "currency": "USD"}, "used").status == 201


def test_an_id_is_taken_once(daemon):
    path = "/v1/accounts/ian/wallet/top-ups"
    assert say(daemon, path, {"amount": "1", "currency": "USD", "id": "pay-1"}).status == 201
    wrong(say(daemon, path, {"amount": "2", "currency": "USD", "id": "pay-1"}), 409, "id-taken")


def test_twins_race_for_one_effect(daemon, tollgate):
    path, body = "/v1/accounts/jo/wallet/top-ups", {"amount": "1", "currency": "USD"}
    gate = threading.Barrier(8)

    def one(_):
        gate.wait()
        return say(daemon, path, body, "race")

    for _ in range(5):
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(one, range(8)))
        taken = {answer.bytes for answer in answers if answer.status == 201}
        assert len(taken) <= 1 and {answer.status for answer in answers} <= {201, 409}
        for answer in answers:
            if answer.status == 409:
                wrong(answer, 409, "idempotency-key-running")
    assert tollgate("wallet", "show", "jo", "--data", daemon.data, "--json").json["wallets"][0]["balance"] == "1"


def test_many_write_quote_and_exchange_tariffs_at_once(tollgate, book, tmp_path):
    shutil.copytree(book, tmp_path / "book")
    money, order = {"amount": "1.25", "currency": "USD"}, {"tariff": "demo", "sku": "calls-100"}

    def worker(number):
        account = f"acct-{number % 3}"
        for turn in range(8):
            quote = {"operation": "demo.Do", "data": {"count": 7}, "account": account}
            yield say(daemon, f"/v1/accounts/{account}/wallet/top-ups", money, f"m-{number}-{turn // 2}"), (201,)
            yield say(daemon, f"/v1/accounts/{account}/orders", order), (201,)
            usage = event("demo.Do", {"count": 1}, f"{number}-{turn}", account=account,
                          time=datetime.datetime.now(datetime.timezone.utc).isoformat())
            yield daemon.post("/v1/events", usage, Content_Type="application/cloudevents+json"), (200,)
            yield say(daemon, "/v1/quote", quote, key=False), (200, 503)
            yield say(daemon, "/v1/events/reversals", {"event": f"e-{number}-{turn}"}), (201, 503)
            yield say(daemon, f"/v1/accounts/{account}/orders?dry_run=true", order), (200,)

    def exchange():
        for turn in range(4):
            text = TARIFF.replace("price: 0.5", f"price: 0.{turn + 5}")
            path = "/v1/tariffs/drafts/next"
            draft = daemon.request("PUT", path, text, Content_Type="application/yaml").json
            yield say(daemon, path + "/activate", {"digest": draft["digest"]}, key=False), (200,)

    def run(steps):
        for answer, allowed in steps:
            assert answer.status in allowed, answer.text

    with Daemon(tollgate, "--data", tmp_path / "book") as daemon:
        with ThreadPoolExecutor(7) as pool:
            for done in [pool.submit(run, worker(number)) for number in range(6)] + [pool.submit(run, exchange())]:
                done.result()
    wallets = tollgate("wallet", "show", "--data", tmp_path / "book", "--json").json["wallets"]
    paid = {row["account"]: row["balance"] for row in wallets if row["account"].startswith("acct-")}
    assert paid == {f"acct-{number}": "-22" for number in range(3)}, "each key counts once: 2 x 4 x 1.25 less 16 x 2"
    assert tollgate("verify", "--data", tmp_path / "book").code == 0


def test_answers_outlive_the_daemon(tollgate, book, tmp_path):
    shutil.copytree(book, tmp_path / "book")
    path, body = "/v1/accounts/ann/orders", {"tariff": "demo", "sku": "calls-100"}
    with Daemon(tollgate, "--data", tmp_path / "book") as daemon:
        first = say(daemon, path, body, "k")
    with Daemon(tollgate, "--data", tmp_path / "book") as daemon:
        again = say(daemon, path, body, "k")
    assert again.bytes == first.bytes and again.headers["Idempotent-Replayed"] == "true"


SAID = {  # what is said, how often it may have happened, what the answer is
    "order": ("/v1/accounts/ann/orders", {"tariff": "demo", "sku": "calls-100"}, 201),
    "refusal": ("/v1/accounts/ann/wallet/pay-outs", {"amount": "99", "currency": "USD"}, 409),
}


def attempt(tollgate, data, path, body, env):
    """Say it to a daemon that may die at any moment; the number of calls that it made when it did not."""
    try:
        with Daemon(tollgate, "--data", data, env=env) as daemon:
            try:
                say(daemon, path, body, "k")
            except (OSError, http.client.HTTPException):
                pass
    except AssertionError:
        pass  # it was killed before it was ready


@pytest.mark.parametrize("kind", sorted(SAID))
def test_a_crash_at_any_step_leaves_one_effect(tollgate, book, tmp_path, kind):
    path, body, status = SAID[kind]
    count = tmp_path / "count"
    shutil.copytree(book, tmp_path / "all")
    attempt(tollgate, tmp_path / "all", path, body,
            {"LD_PRELOAD": SHIM, "FAULT_AT": "count:0", "FAULT_COUNT": str(count)})
    calls = int(count.read_text())
    assert calls > 10
    for at in range(1 + calls % EVERY, calls + 1, EVERY):
        data = tmp_path / str(at)
        shutil.copytree(book, data)
        attempt(tollgate, data, path, body, {"LD_PRELOAD": SHIM, "FAULT_AT": f"kill:{at}"})
        with Daemon(tollgate, "--data", data) as daemon:
            first, again = (say(daemon, path, body, "k") for _ in range(2))
        assert first.status == again.status == status, f"killed before call {at}: {first.text}"
        assert first.bytes == again.bytes and again.headers["Idempotent-Replayed"] == "true"
        bills = tollgate("bill", "list", "--account", "ann", "--data", data, "--json").json["bills"]
        assert len(bills) == 1 + (kind == "order"), f"killed before call {at}"
        if kind == "order":
            assert [bill["number"] for bill in first.json["bills"]] == [bills[-1]["number"]]
        assert tollgate("verify", "--data", data).code == 0
        shutil.rmtree(data)
