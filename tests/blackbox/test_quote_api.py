# SPDX-License-Identifier: Apache-2.0
"""Quotes of a running daemon: the same object as on the command line, and what an account would pay as it is now."""

import datetime
import json

import pytest
from conftest import event
from daemon import Daemon

ACME = """\
tariff: acme
extends: demo
override:
  items: {call: {price: 0.25}}
"""


@pytest.fixture(name="daemon", scope="module")
def daemon_fixture(tollgate, tmp_path_factory, demo_text):
    """A daemon on a new book under two tariffs."""
    folder = tmp_path_factory.mktemp("quotes")
    (folder / "tariffs").mkdir()
    (folder / "tariffs" / "demo.yaml").write_text(demo_text)
    (folder / "tariffs" / "acme.yaml").write_text(ACME)
    assert tollgate("init", folder / "book", "--tariffs", folder / "tariffs").code == 0
    with Daemon(tollgate, "--data", folder / "book") as daemon:
        daemon.tariffs = folder / "tariffs"
        yield daemon


@pytest.fixture(name="demo_text", scope="module")
def demo_text_fixture():
    from conftest import DEMO  # pylint: disable=import-outside-toplevel
    return DEMO


def quote(daemon, **body):
    answer = daemon.post("/v1/quote", json.dumps(body), Content_Type="application/json")
    assert answer.status == 200, answer.text
    return answer.json


def refused(daemon, pointer, **body):
    answer = daemon.post("/v1/quote", json.dumps(body), Content_Type="application/json")
    assert answer.status == 422, answer.text
    assert [place["pointer"] for place in answer.json["errors"]] == [pointer]
    return answer.json["detail"]


def told(daemon, *lines):
    done = daemon.post("/v1/commands", "".join(lines)).json
    assert done["outcomes"]["accepted"] == len(lines), done


def now(seconds=0):
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return moment.isoformat(timespec="milliseconds")


def test_it_says_what_the_command_line_says(daemon, tollgate):
    at = "2026-03-01T10:00:00Z"
    words = [("demo.Do", {"count": "12"}, []), ("demo.Watch", {"seconds": "90"}, []),
             ("demo.Do", {"count": "500"}, [{"sku": "calls-100", "quantity": "3"}])]
    for operation, data, bought in words:
        more = [word for one in bought for word in ("--with", f"{one['sku']}={one['quantity']}")]
        shown = tollgate("quote", operation, *(f"{key}={value}" for key, value in data.items()), *more, "--at", at,
                         "--tariffs", daemon.tariffs, "--json")
        answer = quote(daemon, operation=operation, data=data, at=at, **({"with": bought} if bought else {}))
        assert answer.pop("account") is None
        assert answer == shown.json
    shown = tollgate("quote", "demo.call-plan-qps-day", "quantity=20", "periods=2", "--tariffs", daemon.tariffs,
                     "--json")
    assert quote(daemon, tariff="demo", sku="call-plan-qps-day", quantity=20, periods="2") == shown.json


def test_an_account_pays_as_it_is_now(daemon):
    account = {"specversion": "1.0", "id": "a", "source": "test", "type": "tollgate.account", "subject": "ann",
               "time": now(), "data": {"postpaid": {"demo": True}}}
    told(daemon, json.dumps(account) + "\n")
    assert quote(daemon, operation="demo.Do", data={"count": 12}, account="ann")["account"]["difference"] == "5.21"
    told(daemon, event("demo.Do", {"count": 8}, account="ann", time=now()))
    answer = quote(daemon, operation="demo.Do", data={"count": 12}, account="ann")["account"]
    assert (answer["before"], answer["after"], answer["difference"]) == ("4", "6.05", "2.05")
    assert answer["outcome"] == "accepted"
    order = {"specversion": "1.0", "id": "o-1", "source": "test", "type": "tollgate.order", "subject": "ann",
             "time": now(), "data": {"tariff": "demo", "sku": "calls-100"}}
    told(daemon, json.dumps(order) + "\n")
    answer = quote(daemon, operation="demo.Do", data={"count": 60}, account="ann", at=now(1))["account"]
    assert [(row["paid_by"], row["quantity"]) for row in answer["charges"]] == [("single", "50"), ("payg", "10")]
    assert answer["difference"] == "1.84" and answer["before"] == "4"
    assert quote(daemon, operation="demo.Do", account="ann", at=now(1))["account"]["before"] == "4", "nothing changes"


def test_a_contract_holds_for_a_quote(daemon):
    contract = {"specversion": "1.0", "id": "k", "source": "test", "type": "tollgate.contract", "subject": "eve",
                "time": now(), "data": {"tariff": "demo", "use": "acme"}}
    told(daemon, json.dumps(contract) + "\n")
    answer = quote(daemon, operation="demo.Do", data={"count": 4}, account="eve", at=now(1))
    assert answer["tariff"] == answer["account"]["tariff"] == "acme"
    assert answer["bills"][0]["exact_total"] == answer["account"]["difference"] == "1"


def test_what_cannot_be_quoted_is_told(daemon):
    assert "missing" in refused(daemon, "/operation")
    assert "demo" in refused(daemon, "/operation", operation="demi.Do")
    assert "Do" in refused(daemon, "/operation", operation="demo.Dp")
    assert "TARIFF" in refused(daemon, "/operation", operation="demo")
    assert "count" in refused(daemon, "/data", operation="demo.Do", data={"cuont": 3})
    assert "stream" in refused(daemon, "/data", operation="demo.Do", data={"streams": [{"stream": 3}]})
    assert "object" in refused(daemon, "/data", operation="demo.Do", data=[3])
    assert "instant" in refused(daemon, "/at", operation="demo.Do", at="now")
    assert "sell" in refused(daemon, "/with", operation="demo.Do", **{"with": [{"sku": "calls-1"}]})
    assert "list" in refused(daemon, "/with", operation="demo.Do", **{"with": {}})
    assert "object" in refused(daemon, "/with", operation="demo.Do", **{"with": [1]})
    assert "work" in refused(daemon, "/operation", operation="demo.Do", sku="calls-100", tariff="demo")
    assert "sell" in refused(daemon, "/sku", tariff="demo", sku="calls-1")
    assert "whole" in refused(daemon, "/quantity", tariff="demo", sku="calls-100", quantity="0.5")
    answer = daemon.post("/v1/quote", json.dumps({"operation": "demo.Do", "account": "nobody"}))
    assert (answer.status, answer.json["code"]) == (404, "unknown-account")
    answer = quote(daemon, operation="demo.Watch")
    assert answer["bills"] == [] and len(answer["unpriced"]) == 1
