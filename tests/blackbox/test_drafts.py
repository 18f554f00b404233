# SPDX-License-Identifier: Apache-2.0
"""Tariffs over HTTP: drafts are written, checked, compared, tried, and let hold."""

import datetime
import json
import os

import pytest
from conftest import DEMO, event
from daemon import Daemon


@pytest.fixture(name="daemon")
def daemon_fixture(tollgate, tmp_path):
    """A daemon on a new book whose tariff lies in a file called prices.yaml."""
    (tmp_path / "tariffs").mkdir()
    (tmp_path / "tariffs" / "prices.yaml").write_text(DEMO)
    assert tollgate("init", tmp_path / "book", "--tariffs", tmp_path / "tariffs").code == 0
    with Daemon(tollgate, "--data", tmp_path / "book") as daemon:
        daemon.data = tmp_path / "book"
        yield daemon


def write(daemon, name, text):
    return daemon.request("PUT", f"/v1/tariffs/drafts/{name}", text, Content_Type="application/yaml")


def trial(daemon, name, what):
    return daemon.get(f"/v1/tariffs/drafts/{name}/{what}")


def test_a_draft_is_written_read_and_removed(daemon):
    text = DEMO.replace("price: 0.003", "price: 0.004")
    made = write(daemon, "spring", text)
    assert made.status == 200 and made.json["files"] == [{"name": "prices.yaml"}], "where its tariff stands"
    assert made.json["by"].startswith("local:")
    shown = daemon.get("/v1/tariffs/drafts/spring").json
    assert shown["files"] == [{"name": "prices.yaml", "text": text}] and shown["digest"] == made.json["digest"]
    assert [row["draft"] for row in daemon.get("/v1/tariffs/drafts").json["items"]] == ["spring"]
    again = write(daemon, "spring", text + "# more\n")
    assert again.json["digest"] != made.json["digest"]
    assert daemon.request("DELETE", "/v1/tariffs/drafts/spring").status == 204
    for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/check"), ("GET", "/diff"), ("GET", "/preview")):
        answer = daemon.request(method, "/v1/tariffs/drafts/spring" + path)
        assert (answer.status, answer.json["code"]) == (404, "unknown-draft")
    assert daemon.get("/v1/tariffs/drafts").json == {"items": [], "next": None}


def test_a_draft_outlives_the_daemon(daemon, tollgate):
    write(daemon, "spring", DEMO)
    daemon.end()
    with Daemon(tollgate, "--data", daemon.data) as later:
        assert later.get("/v1/tariffs/drafts/spring").json["files"][0]["text"] == DEMO


def test_mistakes_have_places(daemon):
    write(daemon, "bad", DEMO.replace("price: 0.003", "prize: 0.003"))
    checked = trial(daemon, "bad", "check").json
    assert not checked["ok"] and checked["mistakes"] >= 1
    places = {(one["file"], one["line"], one["column"]): one for one in checked["diagnostics"]}
    line = DEMO.replace("price: 0.003", "prize: 0.003").splitlines().index("    prize: 0.003") + 1
    assert "price" in str(places[("prices.yaml", line, 5)])
    for what in ("diff", "preview"):
        answer = trial(daemon, "bad", what)
        assert (answer.status, answer.json["code"]) == (409, "draft-has-mistakes")
    assert str(daemon.data) not in trial(daemon, "bad", "check").text
    assert sorted(os.listdir(daemon.data / "tariffs")) == ["prices.yaml"]
    assert not [name for name in os.listdir(daemon.data) if name.startswith("tariffs.")], "candidates are removed"


def test_examples_are_run(daemon):
    write(daemon, "dear", DEMO.replace("{price: 0.105}", "{price: 0.205}"))
    checked = trial(daemon, "dear", "check").json
    assert checked["mistakes"] == 0 and checked["examples_failed"] == 1 and not checked["ok"]
    assert checked["failed_examples"][0]["name"] == "twelve calls"
    write(daemon, "same", DEMO)
    checked = trial(daemon, "same", "check").json
    assert checked["ok"] and checked["examples_passed"] >= 1 and checked["failed_examples"] == []


def test_what_a_draft_changes_is_told(daemon):
    write(daemon, "dear", DEMO.replace("price: 0.003", "price: 0.004"))
    [tariff] = trial(daemon, "dear", "diff").json["tariffs"]
    assert (tariff["tariff"], tariff["change"]) == ("demo", "changed")
    [change] = tariff["changes"]
    assert (change["what"], change["name"], change["old"], change["new"]) == ("price", "minute", "0.003", "0.004")
    more = {"files": {"more.yaml": "tariff: more\nextends: demo\n", "prices.yaml": DEMO}}
    assert daemon.request("PUT", "/v1/tariffs/drafts/more", json.dumps(more)).status == 200
    assert trial(daemon, "more", "diff").json["tariffs"] == [{"tariff": "more", "change": "added"}]
    gone = {"files": {"prices.yaml": None, "x.yaml": "tariff: x\ntitle: X\ncurrency: USD\nzone: UTC\ncycle: month\n"
                                                     "items: {a: {unit: call, price: 1}}\noperations: {A: a}\n"}}
    daemon.request("PUT", "/v1/tariffs/drafts/gone", json.dumps(gone))
    assert {row["tariff"]: row["change"] for row in trial(daemon, "gone", "diff").json["tariffs"]} == {
        "demo": "removed", "x": "added"}
    answer = trial(daemon, "gone", "preview")
    assert (answer.status, answer.json["code"]) == (409, "draft-refused")


def test_what_a_draft_would_bill_is_told(daemon):
    now = datetime.datetime.now(datetime.timezone.utc).isoformat()
    account = {"specversion": "1.0", "id": "a", "source": "test", "type": "tollgate.account", "subject": "ann",
               "time": now, "data": {"postpaid": {"demo": True}}}
    lines = json.dumps(account) + "\n" + event("demo.Watch", {"seconds": 600}, account="ann", time=now)
    assert daemon.post("/v1/commands", lines).json["outcomes"]["accepted"] == 2
    write(daemon, "dear", DEMO.replace("price: 0.003", "price: 0.004"))
    shown = trial(daemon, "dear", "preview").json
    assert shown["count"] == 1
    [row] = shown["differences"]
    assert (row["account"], row["item"], row["before"], row["after"], row["difference"], row["closed"]) == (
        "ann", "minute", "0.03", "0.04", "0.01", False)
    write(daemon, "same", DEMO)
    assert trial(daemon, "same", "preview").json["differences"] == []


def test_a_draft_that_prices_what_had_no_price_says_so(daemon):
    now = datetime.datetime.now(datetime.timezone.utc).isoformat()
    account = {"specversion": "1.0", "id": "a", "source": "test", "type": "tollgate.account", "subject": "ann",
               "time": now, "data": {"postpaid": {"demo": True}}}
    lines = json.dumps(account) + "\n" + event("demo.New", {"count": 4}, account="ann", time=now)
    assert daemon.post("/v1/commands", lines).json["outcomes"]["unpriced"] == 1
    [notice] = daemon.get("/v1/events?outcome=unpriced").json["items"]
    write(daemon, "same", DEMO + "# nothing else\n")
    assert trial(daemon, "same", "preview").json["unpriced"] == {"before": 1, "after": 1}
    write(daemon, "new", DEMO.replace("  Do: call\n", "  Do: call\n  New: call\n"))
    shown = trial(daemon, "new", "preview").json
    assert shown["unpriced"] == {"before": 1, "after": 0}
    [row] = shown["differences"]
    assert (row["account"], row["item"], row["before"], row["after"]) == ("ann", "call", "0", "2")
    assert notice["account"] == "ann" and activate(daemon, "new").status == 200
    assert daemon.get("/v1/events?outcome=unpriced").json["items"] == []


def test_what_is_no_draft_is_refused(daemon):
    def put(name, body, kind="application/json"):
        answer = daemon.request("PUT", f"/v1/tariffs/drafts/{name}", body, Content_Type=kind)
        return answer.status, answer.json["code"], [place["pointer"] for place in answer.json.get("errors", [])]
    assert put("Spring", DEMO, "text/yaml")[:2] == (422, "invalid-name")
    assert put("..%2f..", DEMO, "text/yaml")[0] == 400, "a slash is none of a name"
    assert put("a" * 65, DEMO, "text/yaml")[:2] == (422, "invalid-name")
    assert put("a", "items: {}\n", "application/yaml")[:2] == (422, "invalid-body")
    assert put("a", DEMO, "text/plain")[:2] == (415, "unsupported-media-type")
    assert put("a", "{}") == (422, "invalid-body", ["/files"])
    assert put("a", '{"files":{}}') == (422, "invalid-body", ["/files"])
    for name in ("../x.yaml", "x", ".yaml", "a/b.yaml", "A.yaml", "x.yml", "x.yaml\u0000"):
        assert put("a", json.dumps({"files": {name: "a: b"}})) == (422, "invalid-body", ["/files"]), name
    assert put("a", '{"files":{"a.yaml":7}}') == (422, "invalid-body", ["/files"])
    assert put("a", '{"files":{"a.yaml":"x","a.yaml":"y"}}') == (422, "invalid-body", ["/files"])
    assert put("a", '{"file":{"a.yaml":"x"}}') == (422, "invalid-body", ["/file"])
    many = {f"f{number}.yaml": "a: b" for number in range(65)}
    assert put("a", json.dumps({"files": many})) == (422, "invalid-body", ["/files"])


def test_the_sets_are_listed(daemon):
    assert daemon.get("/v1/tariffs/sets").json["items"] == [
        {"set": 1, "since_position": 0, "since": None, "holds": True}]


def test_every_set_can_be_read_and_compared(daemon):
    dear = DEMO.replace("price: 0.003", "price: 0.004")
    first = daemon.get("/v1/tariffs/sets/1/diff").json
    assert (first["set"], first["from"], first["tariffs"]) == (1, 0, [{"tariff": "demo", "change": "added"}])
    for name, text in (("dear", dear), ("more", "tariff: more\nextends: demo\n")):
        write(daemon, name, text)
        assert activate(daemon, name).status == 200
    since = [row["since"] for row in daemon.get("/v1/tariffs/sets").json["items"]]
    assert since[0] is None and since[1] <= since[2], "recorded one after the other"
    second, third = (daemon.get(f"/v1/tariffs/sets/{number}/diff").json for number in (2, 3))
    assert [(row["name"], row["old"], row["new"]) for row in second["tariffs"][0]["changes"]] == [
        ("minute", "0.003", "0.004")]
    assert third == {"set": 3, "from": 2, "tariffs": [{"tariff": "more", "change": "added"}]}
    back = daemon.get("/v1/tariffs/sets/1/diff?from=3").json["tariffs"]
    assert [(row["tariff"], row["change"]) for row in back] == [("demo", "changed"), ("more", "removed")]
    assert daemon.get("/v1/tariffs/demo/source?set=1").text == DEMO
    assert daemon.get("/v1/tariffs/demo/source?set=2").text == daemon.get("/v1/tariffs/demo/source").text == dear
    assert daemon.get("/v1/tariffs/more/source?set=2").status == 404
    for path in ("/v1/tariffs/sets/4/diff", "/v1/tariffs/sets/0/diff", "/v1/tariffs/sets/x/diff",
                 "/v1/tariffs/sets/2/diff?from=9", "/v1/tariffs/demo/source?set=9"):
        assert daemon.get(path).status == 404, path
    assert daemon.get("/v1/tariffs/demo/source?set=0").status == 400


def test_worked_examples_are_shown_with_what_came_of_them(daemon):
    shown = daemon.get("/v1/tariffs/demo/examples").json
    assert (shown["tariff"], shown["failed"], shown["passed"]) == ("demo", 0, len(shown["examples"]))
    example = next(row for row in shown["examples"] if row["name"] == "twelve calls")
    assert example["ok"] and example["differences"] == [] and example["file"] == "prices.yaml"
    assert DEMO.splitlines()[example["line"] - 1].strip().startswith("- name: twelve calls")
    assert example["given"] and example["expect"]
    write(daemon, "dear", DEMO.replace("{price: 0.105}", "{price: 0.205}"))
    assert activate(daemon, "dear").status == 200, "an example that fails keeps nobody from activating"
    shown = daemon.get("/v1/tariffs/demo/examples").json
    [failed] = [row for row in shown["examples"] if not row["ok"]]
    assert failed["name"] == "twelve calls" and failed["differences"] and shown["failed"] == 1
    assert daemon.get("/v1/tariffs/none/examples").status == 404


def activate(daemon, name, digest=None, **headers):
    digest = digest or daemon.get(f"/v1/tariffs/drafts/{name}").json["digest"]
    return daemon.post(f"/v1/tariffs/drafts/{name}/activate", json.dumps({"digest": digest}), **headers)


def price(daemon):
    body = json.dumps({"operation": "demo.Watch", "data": {"seconds": 60000}})
    return daemon.post("/v1/quote", body).json["bills"][0]["exact_total"]


def test_a_draft_holds_from_its_activation_on(daemon, tollgate):
    write(daemon, "dear", DEMO.replace("price: 0.003", "price: 0.004"))
    assert price(daemon) == "3"
    done = activate(daemon, "dear")
    assert done.status == 200 and (done.json["set"], done.json["changed"]) == (2, True)
    assert price(daemon) == "4"
    again = activate(daemon, "dear")
    assert again.status == 200 and (again.json["set"], again.json["changed"]) == (2, False)
    assert [(row["set"], row["holds"]) for row in daemon.get("/v1/tariffs/sets").json["items"]] == [
        (1, False), (2, True)]
    write(daemon, "cheap", "tariff: demo2\nextends: demo\noverride: {items: {minute: {price: 0.001}}}\n")
    assert activate(daemon, "cheap").json["set"] == 3
    assert "demo2" in daemon.get("/v1/quote").text or price(daemon) == "4"
    daemon.end()
    assert tollgate("verify", "--data", daemon.data).code == 0


def test_what_is_not_what_was_checked_does_not_hold(daemon):
    write(daemon, "a", DEMO.replace("price: 0.003", "price: 0.004"))
    digest = daemon.get("/v1/tariffs/drafts/a").json["digest"]
    write(daemon, "a", DEMO.replace("price: 0.003", "price: 0.005"))
    answer = activate(daemon, "a", digest)
    assert (answer.status, answer.json["code"]) == (409, "draft-changed")
    answer = activate(daemon, "b", digest)
    assert (answer.status, answer.json["code"]) == (404, "unknown-draft")
    write(daemon, "a", DEMO.replace("price: 0.003", "prize: 0.005"))
    answer = activate(daemon, "a")
    assert (answer.status, answer.json["code"]) == (409, "draft-has-mistakes")
    write(daemon, "a", DEMO.replace("currency: USD", "currency: EUR"))
    assert price(daemon) == "3"
    answer = activate(daemon, "a")
    assert (answer.status, answer.json["code"]) == (409, "draft-refused") and "currency" in answer.json["detail"]
    assert price(daemon) == "3" and daemon.get("/readyz").status == 200


def test_two_persons_let_a_draft_hold(daemon):
    def key(roles):
        return {"Authorization": "Bearer " + daemon.post("/v1/keys", json.dumps(
            {"name": "somebody", "roles": roles})).json["secret"]}

    pricing, approving = key(["pricing", "read"]), key(["approve"])
    key(["admin", "approve"])
    write(daemon, "dear", DEMO.replace("price: 0.003", "price: 0.004"))
    proposed = activate(daemon, "dear", **pricing)
    assert proposed.status == 202, proposed.text
    approval = proposed.json["approval"]
    assert price(daemon) == "3"
    assert daemon.post(f"/v1/approvals/{approval['id']}/approve", "", **pricing).status == 403
    done = daemon.post(f"/v1/approvals/{approval['id']}/approve", "", **approving)
    assert done.status == 200 and done.json["state"] == "done", done.text
    assert price(daemon) == "4"
    write(daemon, "dear", DEMO.replace("price: 0.003", "price: 0.005"))
    approval = activate(daemon, "dear", **pricing).json["approval"]
    write(daemon, "dear", DEMO.replace("price: 0.003", "price: 9"))
    done = daemon.post(f"/v1/approvals/{approval['id']}/approve", "", **approving)
    assert done.json["state"] == "failed" and price(daemon) == "4", "what was changed meanwhile is not approved"
