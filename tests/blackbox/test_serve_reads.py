# SPDX-License-Identifier: Apache-2.0
"""What the daemon shows is what the command line shows of the same data directory; lists come in pages, and nothing
that has not changed is sent twice."""

import base64
import datetime
import hashlib
import json
import os
import threading
from urllib.parse import quote

import jsonschema
import pytest
from conftest import ROOT
from conftest import event as line_of
from daemon import Daemon, set_clock

DERIVED_ALERTS = {"over-limit", "unpriced", "unfunded", "package-expired"}  # what a statement adds to those told
COUNTED_ALERTS = {"over-limit", "unfunded"}  # of which the first is told, and a statement says how many there are


NOW = datetime.datetime(2026, 4, 1, 12, tzinfo=datetime.timezone.utc)  # the daemon's clock stands there


def demo_before(now):
    """The demo's journal in the weeks before, its last event an hour ago; and more of what a book can hold."""
    with open(os.path.join(ROOT, "examples", "demo.ndjson"), encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    times = [datetime.datetime.fromisoformat(row["time"]) for row in rows]
    for row, time in zip(rows, times):
        row["time"] = (now - datetime.timedelta(hours=1) - (max(times) - time) * 0.8).isoformat()

    def more(number, kind, account, data, days=0.01):
        rows.append({"specversion": "1.0", "id": f"more-{number}", "source": "test", "type": kind, "subject": account,
                     "time": (now - datetime.timedelta(days=days)).isoformat(), "data": data})
    more(1, "imm.NoSuchThing", "park-easy", {})
    more(2, "imm.DetectImageLabels", "mediathek", {"count": 70})
    more(3, "tollgate.wallet", "mediathek", {"amount": "25", "currency": "USD"})
    more(4, "tollgate.account", "mediathek", {"credit": {"CNY": "10"}, "attributes": {"region": "cn-shanghai"}})
    more(5, "tollgate.hold", "dance-studio", {"operation": "vclm.SubmitImageAnimateJob", "data": {"count": 2}})
    more(7, "imm.DetectImageLabels", "mediathek", {"count": 3}, days=60)
    more(6, "imm.DetectImageLabels", "müller & söhne #1", {"count": 3})
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.fixture(name="served", scope="module")
def served_fixture(tollgate, tmp_path_factory):
    """A book with something of every kind, in service."""
    folder = tmp_path_factory.mktemp("reads")
    journal, clock, at = folder / "journal.ndjson", folder / "clock", ["--now", NOW.isoformat()]
    journal.write_text(demo_before(NOW))
    set_clock(clock, NOW.isoformat())
    assert tollgate("init", folder / "book").code == 0
    for part in (journal.read_text().splitlines(True)[:60], journal.read_text().splitlines(True)[60:]):
        assert tollgate("ingest", "--data", folder / "book", *at, "-", stdin="".join(part)).code in (0, 1)
        assert tollgate("tick", "--data", folder / "book", *at).code == 0
    assert tollgate("reverse", "more-2", "--data", folder / "book", "--reason", "a test", *at).code == 0
    with Daemon(tollgate, "--data", folder / "book", "--clock-file", clock, "--listen", "127.0.0.1:0") as daemon:
        daemon.book = folder / "book"
        yield daemon


def items(daemon, path, limit=None):
    """Every item of a list, page by page."""
    rows, cursor = [], None
    while True:
        query = "&".join([f"limit={limit}"] * bool(limit) + [f"cursor={cursor}"] * bool(cursor))
        answer = daemon.get(path + ("&" if "?" in path else "?") * bool(query) + query)
        assert answer.status == 200, answer.text
        assert set(answer.json) == {"items", "next"}
        rows += answer.json["items"]
        cursor = answer.json["next"]
        if cursor is None:
            return rows


def told(tollgate, daemon, *words):
    result = tollgate(*words, "--data", daemon.book, "--json")
    assert result.code == 0, result.err
    return result.json


def accounts_of(tollgate, daemon):
    return [row["account"] for row in told(tollgate, daemon, "account", "list")["accounts"]]


def account_path(account, rest=""):
    return "/v1/accounts/" + quote(account, safe="") + rest


@pytest.mark.parametrize("limit", [None, 1, 2])
def test_accounts(tollgate, served, limit):
    want = told(tollgate, served, "account", "list")["accounts"]
    assert len(want) > 3 and items(served, "/v1/accounts", limit) == want


def test_what_an_account_has(tollgate, served):
    balances = told(tollgate, served, "balance")["balances"]
    assert balances
    for account in accounts_of(tollgate, served):
        shown = told(tollgate, served, "account", "show", account)
        assert served.get(account_path(account)).json == shown
        own = [row for row in balances if row["account"] == account]
        for limit in (None, 1):
            assert items(served, account_path(account, "/balances"), limit) == own
        assert served.get(account_path(account, "/wallet")).json == told(tollgate, served, "wallet", "show", account)
        assert items(served, account_path(account, "/holds"), 1) == told(tollgate, served, "hold", "list",
                                                                         account)["holds"]
        assert items(served, account_path(account, "/licences")) == []
        orders = items(served, account_path(account, "/orders"), 1)
        assert sorted(row["order"] for row in orders) == sorted(row["order"] for row in shown["balances"])
        for order in orders:
            assert served.get(account_path(account, "/orders/" + quote(order["order"], safe=""))).json == order


def test_what_is_not_billed_yet(tollgate, served):
    preview = told(tollgate, served, "bill", "preview")
    assert len(preview["bills"]) > 1
    for account in accounts_of(tollgate, served):
        want = {part: [row for row in preview[part] if row["account"] == account] for part in ("bills", "external")}
        assert served.get(account_path(account, "/charges")).json == want
    until = "2001-01-01"
    assert all(not served.get(account_path(account, f"/charges?until={until}")).json["bills"]
               for account in accounts_of(tollgate, served))


@pytest.mark.parametrize("query, words", [
    ("", []),
    ("by=region,cell,funding", ["--by", "region,cell,funding"]),
    ("by=account,month", ["--by", "account,month"]),
    ("by=operation,day", ["--by", "operation,day"]),
    ("by=hour&tariff=imm", ["--by", "hour", "--tariff", "imm"]),
    ("by=item&until=2001-01-01", ["--by", "item", "--until", "2001-01-01"]),
])
def test_usage(tollgate, served, query, words):
    assert served.get("/v1/usage?" + query).json == told(tollgate, served, "usage", *words)
    for account in accounts_of(tollgate, served)[:2]:
        want = told(tollgate, served, "usage", "--account", account, *words)
        assert served.get(account_path(account, "/usage?" + query)).json == want
        assert served.get(f"/v1/usage?account={quote(account)}&{query}").json == want


def test_bills(tollgate, served):
    want = told(tollgate, served, "bill", "list")["bills"]
    assert len(want) > 5
    assert items(served, "/v1/bills", 2) == want
    assert items(served, "/v1/bills?order=desc", 2) == want[::-1]
    assert items(served, "/v1/bills?kind=orders") == [row for row in want if row["kind"] == "orders"]
    assert items(served, "/v1/bills?tariff=imm", 1) == [row for row in want if row["tariff"] == "imm"]
    account = want[0]["account"]
    assert items(served, f"/v1/bills?account={account}") == [row for row in want if row["account"] == account]
    middle = want[len(want) // 2]["closed_at"]
    early, late = (items(served, f"/v1/bills?{word}={quote(middle)}") for word in ("until", "from"))
    assert early and late and sorted(map(json.dumps, early + late)) == sorted(map(json.dumps, want))


def test_one_bill(tollgate, served):
    for head in told(tollgate, served, "bill", "list")["bills"]:
        number = head["number"]
        answer = served.get(f"/v1/bills/{number}")
        bill = told(tollgate, served, "bill", "show", number)
        assert answer.json == bill and answer.headers["Content-Type"] == "application/json"
        answer = served.get(f"/v1/bills/{number}", Accept="text/csv")
        assert answer.headers["Content-Type"].startswith("text/csv") and f'"{number}.csv"' in \
            answer.headers["Content-Disposition"]
        assert answer.bytes == tollgate("bill", "show", number, "--csv", "--data", served.book).bytes
        assert answer.headers["ETag"] != served.get(f"/v1/bills/{number}").headers["ETag"]
        explained = served.get(f"/v1/bills/{number}/explain").json
        assert explained == told(tollgate, served, "explain", "--bill", number)
        line = served.get(f"/v1/bills/{number}/explain?line=1").json
        assert line["lines"] == explained["lines"][:1] and line["lines"][0]["steps"]
        assert served.get(f"/v1/bills/{number}/explain?line=999").status == 404
    for number in ("imm-999999", "imm-0", "imm", "x-1", "%20"):
        assert served.get(f"/v1/bills/{number}").status == 404


def test_documents_of_a_bill(tollgate, served):
    """The same bytes as on the command line; the invoice says what it lacks until the book says who sells."""
    heads = told(tollgate, served, "bill", "list")["bills"]
    number = next(row["number"] for row in heads if row["account"] == "park-easy")
    path, parties = f"/v1/bills/{number}", served.book / "parties.yaml"
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    page = served.get(path, Accept=browser)
    assert page.headers["Content-Type"] == "text/html; charset=utf-8" and page.headers["ETag"] is None
    assert page.text == tollgate("bill", "show", number, "--html", "--data", served.book).out
    style = hashlib.sha256(page.text.split("<style>")[1].split("</style>")[0].encode()).digest()
    assert f"style-src 'sha256-{base64.b64encode(style).decode()}'" in page.headers["Content-Security-Policy"]
    assert "script" not in page.headers["Content-Security-Policy"]
    assert served.get(path + "?explain=true").json == told(tollgate, served, "explain", "--bill", number)
    refused = served.get(path, Accept="application/xml")
    assert refused.status == 409 and refused.json["code"] == "no-invoice" and "seller" in refused.json["detail"]
    assert refused.headers["Content-Disposition"] is None
    try:
        parties.write_text("seller: {name: Média & Söhne, country: DE, tax_id: DE1}\n"
                           "buyers: {park-easy: {name: Park, country: FR, tax_id: FR1}}\n")
        page = served.get(path + "?language=zh&explain=true", Accept="text/html")
        assert "Média &amp; Söhne" in page.text and 'lang="zh-CN"' in page.text
        assert page.text == tollgate("bill", "show", number, "--html", "--language", "zh", "--explain", "--data",
                                     served.book).out
        invoice = served.get(path, Accept="application/xml")
        assert invoice.status == 200 and invoice.headers["Content-Type"] == "application/xml"
        assert f'"{number}.xml"' in invoice.headers["Content-Disposition"]
        assert invoice.text == tollgate("bill", "show", number, "--ubl", "--data", served.book).out
        parties.write_text("sellers: 1\n")
        refused = served.get(path, Accept="application/xml")
        assert refused.status == 409 and refused.json["code"] == "bad-parties"
    finally:
        parties.unlink(missing_ok=True)


def test_what_is_not_billed_yet_with_its_steps(served):
    plain, steps = (served.get(f"/v1/accounts/park-easy/charges?explain={word}").json for word in ("false", "true"))
    assert plain["bills"] and all(line.pop("steps") for bill in steps["bills"] for line in bill["lines"])
    assert plain == steps


def test_events(tollgate, served):
    want = told(tollgate, served, "events", "tail", "-n", "1000")["events"]
    assert items(served, "/v1/events", 7) == want
    assert items(served, "/v1/events?order=desc", 7) == want[::-1]
    assert items(served, "/v1/events?account=mediathek", 3) == [row for row in want if row["account"] == "mediathek"]
    refused = {}
    for outcome in ("rejected", "unpriced"):
        notices = told(tollgate, served, "events", outcome)[outcome]
        rows = items(served, f"/v1/events?outcome={outcome}", 3)
        assert notices and sorted(map(json.dumps, rows)) == sorted(map(json.dumps, notices))
        assert items(served, f"/v1/events?outcome={outcome}&order=desc", 3) == rows[::-1]
        refused.update({(row["file"], row["line"]): row for row in notices})
    accepted = [row for row in want if (f"batch {row['batch']}", row["line"]) not in refused]
    assert 0 < len(accepted) < len(want)
    for limit in (1, 10, None):
        assert items(served, "/v1/events?outcome=accepted", limit) == accepted
    assert items(served, "/v1/events?outcome=accepted&order=desc", 10) == accepted[::-1]
    reversed_rows = told(tollgate, served, "events", "reversed")["reversed"]
    assert len(reversed_rows) == 1 and items(served, "/v1/events?outcome=reversed") == reversed_rows


def test_how_an_event_came_about(tollgate, served):
    for event in ("e-002", "more-1", "more-2"):
        path = f"/v1/events/{quote(event, safe='')}/explain"
        assert served.get(path).json == told(tollgate, served, "explain", event)
        assert served.get(path + "?source=nobody").status == 404
    assert served.get("/v1/events/none/explain").status == 404


def test_tariffs(tollgate, served):
    rows = items(served, "/v1/tariffs", 2)
    want = told(tollgate, served, "stats") and tollgate("tariff", "list", "--json").json["tariffs"]
    assert rows == [{**row, "file": os.path.basename(row["file"])} for row in want]
    for row in rows:
        path = f"/v1/tariffs/{row['name']}"
        assert served.get(path).text == tollgate("tariff", "show", row["name"], "--json").out
        at = "2026-02-15T08:50:00%2B08:00"
        assert served.get(f"{path}?at={at}").text == tollgate("tariff", "show", row["name"], "--json", "--at",
                                                            "2026-02-15T08:50:00+08:00").out
        source = served.get(f"{path}/source")
        with open(os.path.join(ROOT, "tariffs", row["file"]), "rb") as file:
            assert source.bytes == file.read() and source.headers["Content-Type"] == "application/yaml"
    assert served.get("/v1/tariffs/none").status == served.get("/v1/tariffs/none/source").status == 404


def test_the_book(tollgate, served):
    stated = told(tollgate, served, "alerts")["alerts"]
    alerts = [row for row in stated if row["kind"] not in DERIVED_ALERTS]
    shown = items(served, "/v1/alerts", 2)
    counted = [row for row in shown if row["kind"] in COUNTED_ALERTS]
    assert alerts and sorted(map(json.dumps, (row for row in shown if row not in counted))) == sorted(
        map(json.dumps, alerts))
    assert sorted((row["kind"], row["account"], row["order"] or "") for row in counted) == sorted(
        (row["kind"], row["account"], row["order"] or "") for row in stated if row["kind"] in COUNTED_ALERTS)
    assert items(served, "/v1/alerts?order=desc", 2) == shown[::-1]
    kind, account = alerts[0]["kind"], alerts[0]["account"]
    assert items(served, f"/v1/alerts?kind={kind}&account={account}") == [
        row for row in shown if row["kind"] == kind and row["account"] == account]
    head, want = served.get("/v1/heads").json, told(tollgate, served, "head")
    assert head.pop("instant") and want.pop("instant") and head == want
    assert served.get("/v1/ledger").json == told(tollgate, served, "ledger")
    assert served.get("/v1/ledger?items=true").json == told(tollgate, served, "ledger", "--items")
    assert served.get("/v1/ledger?account=mediathek&items=true").json == told(
        tollgate, served, "ledger", "--items", "--account", "mediathek")
    stats, want = served.get("/v1/stats").json, told(tollgate, served, "stats")
    for own in ("resident_bytes", "identity_bytes", "files"):
        assert stats.pop(own) and want.pop(own)
    assert stats == want


def test_answers_are_what_the_interface_says(served):
    with open(os.path.join(ROOT, "docs", "openapi.json"), encoding="utf-8") as file:
        document = json.load(file)
    bill = items(served, "/v1/bills")[-1]["number"]
    given = {"account": "mediathek", "tariff": "imm", "number": bill, "event": "more-2"}
    questions = {"/v1/events": ["", "?outcome=rejected", "?outcome=reversed"], "/v1/usage": ["", "?by=operation,day"]}
    count = 0
    for path, operations in document["paths"].items():
        answers = operations.get("get", {"tags": ["Access"]})
        if answers["tags"][0] not in ("Accounts", "Bills", "Events", "Tariffs", "Service") or any(
                name in path for name in ("draft", "{set}", "{backfill}")):  # of which this book has none
            continue
        for account in (["mediathek", "dance-studio", "park-easy"] if "{account}" in path else ["mediathek"]):
            order = items(served, f"/v1/accounts/{account}/orders")
            if "{order}" in path and not order:
                continue
            place = path.format(**{**given, "account": account, "order": order[0]["order"] if order else ""})
            for question in questions.get(path, [""]):
                answer = served.get(place + question)
                content = answers["responses"][str(answer.status)]["content"]
                schema = content[answer.headers["Content-Type"].partition(";")[0]]["schema"]
                if answer.headers["Content-Type"] == "application/json":
                    jsonschema.Draft202012Validator({**schema, "components": document["components"]}).validate(
                        answer.json)
                    count += 1
    assert count > 30


def test_corrections_that_wait_for_a_bill(tollgate, tmp_path, demo):
    """What a closed cycle got later, and what other prices make of it, is part of what is not billed yet."""
    book, clock = tmp_path / "book", tmp_path / "clock"
    assert tollgate("init", book, "--tariffs", demo).code == 0

    def take(now, *events):
        text = "".join(line_of("demo.Do", {"count": count}, number, account, time)
                       for number, account, time, count in events)
        assert tollgate("ingest", "--data", book, "--now", now, "-", stdin=text).code == 0
        assert tollgate("tick", "--data", book, "--now", now).code == 0
    take("2026-02-02T00:00:00Z", (1, "a", "2026-01-10T00:00:00Z", 12), (2, "b", "2026-01-11T00:00:00Z", 7))
    (demo / "demo.yaml").write_text((demo / "demo.yaml").read_text().replace("price: 0.105", "price: 0.2")
                                    .partition("examples:")[0])
    done = tollgate("rerate", "--data", book, "--tariffs", demo, "--now", "2026-02-03T00:00:00Z")
    assert done.code == 0, done.err
    take("2026-02-09T00:00:00Z", (3, "a", "2026-01-30T00:00:00Z", 5), (4, "b", "2026-02-08T00:00:00Z", 3))
    set_clock(clock, "2026-02-09T00:00:00Z")
    with Daemon(tollgate, "--data", book, "--clock-file", clock) as daemon:
        preview = tollgate("bill", "preview", "--data", book, "--json").json["bills"]
        assert sum("adjusts" in line for bill in preview for line in bill["lines"]) > 1
        for account in "ab":
            assert daemon.get(f"/v1/accounts/{account}/charges").json["bills"] == [
                bill for bill in preview if bill["account"] == account]
        assert daemon.get("/v1/usage").json == tollgate("usage", "--data", book, "--json").json


# ---- what has not changed, and what is not there ----

def test_what_is_known_is_not_sent_again(served):
    for path in ("/v1/accounts", "/v1/accounts/mediathek", "/v1/accounts/mediathek/charges", "/v1/bills",
                 "/v1/bills/imm-1", "/v1/events", "/v1/tariffs/imm", "/v1/ledger", "/v1/usage"):
        first = served.get(path)
        tag = first.headers["ETag"]
        assert first.status == 200 and first.headers["Cache-Control"] == "private, no-cache"
        for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            again = served.get(path, If_None_Match=known)
            assert again.status == 304 and again.bytes == b"" and again.headers["ETag"] == tag, path
        assert served.get(path, If_None_Match='"other"').bytes == first.bytes
        head = served.request("HEAD", path)
        assert head.status == 200 and head.bytes == b"" and head.headers["ETag"] == tag
        assert int(head.headers["Content-Length"]) == len(first.bytes)


def test_a_change_has_another_tag(tollgate, tmp_path, demo):
    assert tollgate("init", tmp_path / "book", "--tariffs", demo).code == 0
    with Daemon(tollgate, "--data", tmp_path / "book") as daemon:
        before = daemon.get("/v1/accounts").headers["ETag"]
        daemon.post("/v1/commands", account_command("a"))
        after = daemon.get("/v1/accounts", If_None_Match=before)
        assert after.status == 200 and after.json["items"][0]["account"] == "a" and after.headers["ETag"] != before


def test_what_is_not_there(served):
    paths = ["", "/balances", "/orders", "/orders/x", "/licences", "/wallet", "/holds", "/usage", "/charges"]
    bodies = set()
    for rest in paths:
        answer = served.get("/v1/accounts/nobody" + rest, If_None_Match="*")
        body = answer.json
        assert answer.status == 404 and "ETag" not in answer.headers and body.pop("instance")
        bodies.add(json.dumps(body))
    assert len(bodies) == 1 and json.loads(bodies.pop())["code"] == "not-found"
    assert served.get("/v1/accounts/mediathek/orders/none").status == 404


@pytest.mark.parametrize("path, word", [
    ("/v1/accounts?lmit=1", "lmit"),
    ("/v1/accounts?limit=0", "1 to 1000"),
    ("/v1/accounts?limit=1001", "1 to 1000"),
    ("/v1/accounts?limit=x", "1 to 1000"),
    ("/v1/accounts?cursor=", "cursor"),
    ("/v1/accounts?cursor=AAAA", "cursor"),
    ("/v1/accounts?cursor=%C3%BC", "cursor"),
    ("/v1/bills?kind=none", "orders usage settlement"),
    ("/v1/bills?from=yesterday", "%2B"),
    ("/v1/bills?order=up", "asc desc"),
    ("/v1/events?outcome=duplicate", "accepted"),
    ("/v1/usage?by=colour", "colour"),
    ("/v1/usage?by=hour,day", "day"),
    ("/v1/alerts?kind=", "package-low"),
    ("/v1/ledger?items=yes", "false true"),
    ("/v1/bills/imm-1/explain?line=0", "line"),
])
def test_a_wrong_question_says_what_is_right(served, path, word):
    answer = served.get(path)
    assert answer.status == 400 and answer.headers["Content-Type"] == "application/problem+json"
    assert word in answer.json["detail"]


def test_a_cursor_is_good_for_its_own_list(served):
    cursor = served.get("/v1/accounts?limit=1").json["next"]
    assert served.get(f"/v1/bills?cursor={cursor}").status == 400
    broken = ("A" if cursor[-1] != "A" else "B").join([cursor[:-1], ""])
    assert served.get(f"/v1/accounts?cursor={broken}").status == 400


def test_heads_are_signed_by_a_key(tollgate, tmp_path, demo):
    book, key = tmp_path / "book", tmp_path / "head.pem"
    assert tollgate("init", book, "--tariffs", demo).code == 0
    public = tollgate("head", "--new-key", key, "--json").json["public_key"]
    with Daemon(tollgate, "--data", book, "--head-key", key) as daemon:
        daemon.post("/v1/commands", account_command("a"))
        head = daemon.get("/v1/heads")
        assert head.json["public_key"] == public and head.json["signature"] and head.json["batches"] == 1
        daemon.post("/v1/commands", account_command("b"))
    (tmp_path / "head.json").write_bytes(head.bytes)
    assert tollgate("verify", "--data", book, "--head", tmp_path / "head.json").code == 0
    (tmp_path / "head.json").write_text(head.text.replace('"batches":1', '"batches":2'))
    assert tollgate("verify", "--data", book, "--head", tmp_path / "head.json").code != 0
    key.chmod(0o644)
    wrong = tollgate("serve", "--data", book, "--head-key", key)
    assert wrong.code == 4 and "chmod 600" in wrong.err
    key.write_text("no key")
    key.chmod(0o600)
    wrong = tollgate("serve", "--data", book, "--head-key", key)
    assert wrong.code == 4 and "--new-key" in wrong.err
    assert "cannot read" in tollgate("serve", "--data", book, "--head-key", tmp_path / "none").err


# ---- customers ----

def customer(daemon, account):
    """Answers to requests with a key of that account."""
    made = daemon.post("/v1/keys", json.dumps({"name": "portal", "roles": ["customer"], "account": account}))
    headers = {"Authorization": f"Bearer {made.json['secret']}"}
    return lambda path, **more: daemon.get(path, port=daemon.port(), **headers, **more)


def alike(answer):
    """Everything that could tell two answers apart, but when and which request it was."""
    fields = {name: value for name, value in answer.headers.items() if name not in ("X-Request-Id", "Date")}
    return answer.status, fields, {**answer.json, "instance": None}


def test_a_customer_sees_its_own_account(tollgate, served):
    get = customer(served, "mediathek")
    for rest in ("", "/balances", "/orders", "/licences", "/wallet", "/holds", "/usage", "/charges"):
        path = "/v1/accounts/mediathek" + rest
        assert get(path).bytes == served.get(path).bytes
    assert [row["account"] for row in get("/v1/accounts").json["items"]] == ["mediathek"]
    assert get("/v1/usage").bytes == served.get("/v1/usage?account=mediathek").bytes
    for path in ("/v1/bills", "/v1/events?limit=1000", "/v1/alerts", "/v1/events?outcome=reversed"):
        own = served.get(path + ("&" if "?" in path else "?") + "account=mediathek")
        assert get(path).json == own.json == get(path + ("&" if "?" in path else "?") + "account=mediathek").json
        assert all(row["account"] == "mediathek" for row in own.json["items"])
    number = get("/v1/bills").json["items"][0]["number"]
    assert get(f"/v1/bills/{number}").bytes == served.get(f"/v1/bills/{number}").bytes
    assert get(f"/v1/bills/{number}/explain").status == get("/v1/events/more-2/explain").status == 200
    lines = [json.loads(line) for line in (served.book / "audit.ndjson").read_text().splitlines()]
    assert any(line["action"] == "bill_show" and line["object"] == f"/v1/bills/{number}" for line in lines)


def test_what_is_foreign_is_as_if_it_were_not_there(tollgate, served):
    get = customer(served, "hello-avatar")
    foreign, absent = "park-easy", "nobody"
    order = items(served, f"/v1/accounts/{foreign}/orders")[0]["order"]
    bill = next(row["number"] for row in items(served, "/v1/bills") if row["account"] == foreign)
    event = next(row["id"] for row in items(served, "/v1/events") if row["account"] == foreign)
    pairs = [(f"/v1/accounts/{foreign}{rest}", f"/v1/accounts/{absent}{rest}") for rest in (
        "", "/balances", "/orders", f"/orders/{order}", "/licences", "/wallet", "/holds", "/usage", "/charges")]
    pairs += [(f"/v1/{part}?account={foreign}", f"/v1/{part}?account={absent}") for part in (
        "usage", "bills", "events", "alerts")]
    pairs += [(f"/v1/bills/{bill}{rest}", f"/v1/bills/viapi-99999{rest}") for rest in ("", "/explain")]
    pairs += [(f"/v1/events/{event}/explain", "/v1/events/none/explain")]
    for there, not_there in pairs:
        for more in ({}, {"If_None_Match": "*"}):
            assert alike(get(there, **more)) == alike(get(not_there, **more)), there
            assert get(there, **more).status == 404
        assert served.get(there).status == 200, there
    routes = tollgate("serve", "--routes", "--json").json
    open_to_customers = {route["path"] for route in routes if "customer" in route["roles"]}
    open_to_customers -= {"/v1/whoami", "/v1/sessions", "/v1/plan"}  # of who asks; by POST: test_plan_volumes.py
    tried = "\n".join(there for there, _ in pairs) + "\n/v1/accounts"
    for path in open_to_customers:
        assert path.split("{")[0].rstrip("/") in tried, f"{path} is open to customers: try it here with a foreign one"
    for path in ("/v1/tariffs", "/v1/tariffs/imm", "/v1/tariffs/imm/source", "/v1/heads", "/v1/ledger", "/v1/stats"):
        assert get(path).status == 403


# ---- while more arrives ----

def account_command(name):
    now = datetime.datetime.now(datetime.timezone.utc).isoformat()
    return json.dumps({"specversion": "1.0", "id": f"make-{name}", "source": "test", "type": "tollgate.account",
                       "subject": name, "time": now, "data": {}}) + "\n"


def test_pages_give_everything_once_while_more_arrives(tollgate, tmp_path, demo):
    assert tollgate("init", tmp_path / "book", "--tariffs", demo).code == 0
    there = [f"b{number:03}" for number in range(60)]
    with Daemon(tollgate, "--data", tmp_path / "book") as daemon:
        assert daemon.post("/v1/commands", "".join(map(account_command, there))).status == 200
        is_over = threading.Event()

        def arrive():
            number = 0
            while not is_over.is_set():
                number += 1
                daemon.post("/v1/commands", account_command(f"a{number:05}") + account_command(f"b0{number % 60:02}+")
                            + account_command(f"z{number}"))
        thread = threading.Thread(target=arrive)
        thread.start()
        try:
            for _ in range(5):
                names = [row["account"] for row in items(daemon, "/v1/accounts", 7)]
                assert names == sorted(set(names)) and set(there) <= set(names)
                rows = [(row["batch"], row["line"]) for row in items(daemon, "/v1/events", 11)]
                assert rows == sorted(set(rows)) and len(rows) >= len(there)
                newest = [(row["batch"], row["line"]) for row in items(daemon, "/v1/events?order=desc", 50)]
                assert newest == sorted(set(newest), reverse=True) and newest[-1] == (1, 1)
        finally:
            is_over.set()
            thread.join()
