# SPDX-License-Identifier: Apache-2.0
"""POST /v1/events of the daemon: every way to send usage, what is told of each event, what is refused as a whole."""

import datetime
import itertools
import json
import os
import random
import signal
import threading
import time

import pytest
from conftest import ROOT
from daemon import Daemon, LocalConnection

SHIM = os.environ.get("FAULT_AT_LIBRARY", os.path.join(ROOT, "build", "tests", "fault_at.so"))

ONE, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"
LINES, PLAIN = "application/x-ndjson", "application/json"


def now(days=0):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)).isoformat()


NOW = now()


def event(number, kind="demo.Do", subject="acct-1", at=NOW, data=None):
    return {"specversion": "1.0", "id": f"e-{number}", "source": "test", "type": kind, "subject": subject, "time": at,
            "data": data or {}}


@pytest.fixture(name="book")
def book_fixture(tollgate, tmp_path, demo):
    """A new book under the demo tariff."""
    assert tollgate("init", tmp_path / "book", "--tariffs", demo).code == 0
    return tmp_path / "book"


@pytest.fixture(name="daemon")
def daemon_fixture(tollgate, book):
    with Daemon(tollgate, "--data", book) as daemon:
        yield daemon


def send(daemon, body, kind=BATCH, query="", **headers):
    body = body if isinstance(body, (str, bytes)) else json.dumps(body)
    return daemon.post("/v1/events" + query, body, **({"Content_Type": kind} if kind else {}), **headers)


def counts(answer):
    assert answer.status == 200, answer.text
    return {name: count for name, count in answer.json["outcomes"].items() if count}


# ---- ways to send ----

def test_one_event(daemon):
    answer = send(daemon, event(1), ONE)
    assert (answer.status, answer.json) == (200, {"outcome": "accepted"})
    assert send(daemon, event(1), "application/json; charset=utf-8").json == {"outcome": "duplicate"}
    assert send(daemon, "\n " + json.dumps(event(2)) + "\n", PLAIN).json == {"outcome": "accepted"}


def test_many_events(daemon):
    assert counts(send(daemon, [event(number) for number in range(100)])) == {"accepted": 100}
    again = send(daemon, [event(number) for number in range(90, 110)], PLAIN)
    assert counts(again) == {"duplicate": 10, "accepted": 10}
    text = "\r\n\n".join(json.dumps(event(number)) for number in range(110, 113)) + "\n\n"
    assert counts(send(daemon, text, LINES)) == {"accepted": 3}
    for body, kind in (("[]", BATCH), ("", LINES), (" [ ] ", PLAIN)):
        answer = send(daemon, body, kind)
        assert counts(answer) == {} and answer.json["items"] == []


def test_the_binary_mode(daemon, tollgate, book):
    headers = {"ce_specversion": "1.0", "ce_id": "b%2D1%20%E2%82%AC", "ce_source": '"ex\\"it"', "ce_type": "demo.Do",
               "ce_subject": "acct-1", "ce_time": NOW}
    assert send(daemon, '{"count": 2}', PLAIN, **headers).json == {"outcome": "accepted"}
    assert send(daemon, "", "", **{**headers, "ce_id": "b-2"}).json == {"outcome": "accepted"}
    kept = [json.loads(line) for line in tollgate("export", "ndjson", "--data", book).out.splitlines()]
    assert [(row["id"], row["source"], row.get("data")) for row in kept] == [
        ("b-1 €", 'ex"it', {"count": 2}), ("b-2", 'ex"it', None)]
    for name in ("%zz", "%e2%82", "%ff", "%"):
        answer = send(daemon, "", "", **{**headers, "ce_id": name})
        assert (answer.status, answer.json["code"]) == (400, "malformed")
    assert send(daemon, "x", "text/plain", **headers).status == 415
    # What stands behind the data would be members of the event.
    assert send(daemon, '{}, "type": "tollgate.wallet"', PLAIN, **headers).status == 400

# ---- what is told ----

def test_each_event_has_its_result(daemon):
    batch = [event(1), event(1), event(2), event(2, subject="acct-2"), event(3, "demo.Du"), event(4, at=now(-41)),
             event(5, at=now(1)), {"id": 1}, 7, [event(6)], event(7)]
    answer = send(daemon, batch)
    assert counts(answer) == {"accepted": 3, "duplicate": 1, "conflict": 1, "unpriced": 1, "too-old": 1, "invalid": 4}
    items = {item["index"]: item for item in answer.json["items"]}
    assert sorted(items) == [1, 3, 4, 5, 6, 7, 8, 9]
    assert "did you mean" in items[4]["reason"] and "40 days" in items[5]["reason"]
    assert "5 minutes" in items[6]["reason"] and "array" in items[9]["reason"]
    every = send(daemon, batch, query="?results=all").json["items"]
    assert [item["outcome"] for item in every] == ["duplicate", "duplicate", "duplicate", "conflict", "duplicate",
                                                   "too-old", "invalid", "duplicate", "duplicate", "invalid",
                                                   "duplicate"]
    assert "items" not in send(daemon, batch, query="?results=none").json
    assert send(daemon, batch, query="?results=some").status == 400


def test_a_single_event_that_is_wrong_is_a_problem(daemon):
    assert send(daemon, event(1), ONE).status == 200
    for body, status, code in ((event(1, subject="acct-2"), 409, "conflict"), (event(2, at=now(-41)), 422, "too-old"),
                               ({"id": 1}, 422, "invalid"), ('{"id" 1}', 422, "invalid")):
        answer = send(daemon, body, ONE)
        assert (answer.status, answer.json["code"]) == (status, code)
        assert answer.headers["Content-Type"] == "application/problem+json"
    answer = send(daemon, event(3, "demo.Du"), ONE)
    assert answer.status == 200 and answer.json["outcome"] == "unpriced" and "did you mean" in answer.json["reason"]


@pytest.mark.parametrize("kind, before, between, after", [(BATCH, "[\n  ", ",\n  ", "\n]"), (LINES, "", "\n", "\n")])
def test_places_are_those_of_the_body(daemon, kind, before, between, after):
    """A bad third document, whatever stands around it."""
    documents = [json.dumps(event(1)), json.dumps(event(2)), '{"specversion": "1.0" "id": 1}', json.dumps(event(3))]
    body = before + between.join(documents) + after
    item, = send(daemon, body, kind).json["items"]
    line = body.split("\n")[item["line"] - 1]
    assert item["index"] == 2 and line[item["column"] - 1:].startswith('"id" 1'[:4]), item


def test_what_is_wrong_is_pointed_at(daemon):
    wrong = [{**event(1), "time": "yesterday"}, {**event(2), "data": []}, {**event(3), "specversion": "2"}, {"id": 1}]
    pointers = ["/time", "/data", "/specversion", ""]
    items = send(daemon, [event(9), *wrong]).json["items"]
    assert [item["pointer"] for item in items] == [f"/{index}{pointer}" for index, pointer in enumerate(pointers, 1)]
    lines = "\n".join(json.dumps(one) for one in wrong)
    assert counts(send(daemon, lines, LINES)) == {"duplicate": 4}
    fresh = [{**one, "id": f"n-{number}"} for number, one in enumerate(wrong[:3])]
    items = send(daemon, "\n".join(json.dumps(one, indent=None) for one in fresh), LINES).json["items"]
    assert [item["pointer"] for item in items] == pointers[:3]
    answer = send(daemon, {**event(5), "time": 1}, ONE)
    assert [one["pointer"] for one in answer.json["errors"]] == ["/time"]


def test_a_place_in_a_document_of_many_lines(daemon):
    body = "[" + json.dumps(event(1), indent=1) + ",\n" + '{\n "specversion": "1.0",\n "id" 1\n}]'
    item, = send(daemon, body).json["items"]
    assert body.split("\n")[item["line"] - 1][item["column"] - 1:] == "1"


# ---- what is refused as a whole ----

@pytest.mark.parametrize("body, kind, status, code", [
    ("[", BATCH, 400, "malformed"), ("[{}", BATCH, 400, "malformed"), ("[{},]", BATCH, 400, "malformed"),
    ("[{} {}]", BATCH, 400, "malformed"), ('[{"a":"]}]', BATCH, 400, "malformed"), ("[]x", BATCH, 400, "malformed"),
    ("[,]", BATCH, 400, "malformed"), ("{}", BATCH, 400, "malformed"), ("", ONE, 400, "malformed"),
    (" ", PLAIN, 400, "malformed"), ("{}", "text/csv", 415, "media-type"), ("{}", "", 415, "media-type"),
    ("[" + "{}," * 10000 + "{}]", BATCH, 413, "too-many"), ("{}\n" * 10001, LINES, 413, "too-many")],
    ids=itertools.count())
def test_what_is_no_batch_is_refused_whole(daemon, body, kind, status, code):
    answer = send(daemon, body, kind)
    assert (answer.status, answer.json["code"]) == (status, code)
    assert "tollgate_journal_batches_total 0\n" in daemon.get("/metrics").text


def test_commands_are_no_events(daemon, tollgate, book):
    """Also those that only a later tariff or a later program could understand."""
    command = event(1, "tollgate.wallet", data={"amount": "5", "currency": "USD"})
    batch = [command, event(2, "tollgate.future"), event(3, "tollgate.order", data={"sku": "x"}), event(4)]
    answer = send(daemon, batch)
    assert counts(answer) == {"invalid": 3, "accepted": 1}
    assert {item["reason"] for item in answer.json["items"]} == {
        "a command is no usage event; ask for it where it belongs"}
    assert send(daemon, command, ONE).status == 422
    assert len(tollgate("export", "ndjson", "--data", book).out.splitlines()) == 1


def test_the_same_event_many_times_at_once_is_written_once(daemon, tollgate, book):
    """Whether the repetitions meet in one group or not."""
    results = []

    def client():
        for number in range(20):
            results.append(counts(send(daemon, [event(number)] * 3)))

    clients = [threading.Thread(target=client) for _ in range(8)]
    for one in clients:
        one.start()
    for one in clients:
        one.join()
    assert sum(result.get("accepted", 0) for result in results) == 20
    assert sum(result.get("duplicate", 0) for result in results) == 8 * 20 * 3 - 20
    assert len(tollgate("export", "ndjson", "--data", book).out.splitlines()) == 20


# ---- under load ----

def hammer(path, dice, acknowledged, stop, answers):
    """A client: batches of new events until the daemon goes or it is told to stop."""
    while not stop.is_set():
        names = [f"k-{dice.getrandbits(60):x}" for _ in range(dice.choice([1, 10, 100]))]
        lines = "".join(json.dumps({**event(0), "id": name}) + "\n" for name in names)
        connection = LocalConnection(path)
        try:
            connection.request("POST", "/v1/events", lines, {"Content-Type": LINES})
            response = connection.getresponse()
            body = json.loads(response.read())
            answers.append(response.status)
            if response.status == 200 and body["outcomes"]["accepted"] == len(names):
                acknowledged.extend(names)
        except (OSError, ValueError):
            pass
        finally:
            connection.close()


def crowd(path, seed, count=6):
    stop, lists = threading.Event(), [([], []) for _ in range(count)]
    threads = [threading.Thread(target=hammer, args=(path, random.Random(f"{seed}-{number}"), one, stop, answers))
               for number, (one, answers) in enumerate(lists)]
    for thread in threads:
        thread.start()

    def end():
        stop.set()
        for thread in threads:
            thread.join()
        return {name for one, _ in lists for name in one}, [status for _, answers in lists for status in answers]

    return end


def kept(tollgate, book):
    return [json.loads(line)["id"] for line in tollgate("export", "ndjson", "--data", book).out.splitlines()]


def test_a_killed_daemon_has_what_it_acknowledged(tollgate, book):
    dice = random.Random(os.environ.get("TEST_SEED", "1"))
    witness = set()
    for life in range(6):
        with Daemon(tollgate, "--data", book) as daemon:
            end = crowd(book / "tollgate.sock", dice.random())
            time.sleep(0.05 + dice.random() * 0.4)
            assert daemon.end(signal.SIGKILL) == -signal.SIGKILL
            acknowledged, _ = end()
        witness |= acknowledged
        found = kept(tollgate, book)
        assert len(found) == len(set(found)), f"life {life}"
        assert witness <= set(found), f"life {life}"
    assert len(witness) > 100
    assert tollgate("verify", "--data", book).code == 0


def test_tariffs_are_exchanged_under_load(tollgate, book, demo):
    text = (demo / "demo.yaml").read_text()
    with Daemon(tollgate, "--data", book, "--tariffs", demo) as daemon:
        end = crowd(book / "tollgate.sock", "reload")
        for number in range(3):
            (demo / "demo.yaml").write_text(text.replace("title: ", f"title: {number} "))
            daemon.send(signal.SIGHUP)
            while f"tollgate_tariff_reloads_total {number + 1}\n" not in daemon.get("/metrics").text:
                time.sleep(0.02)
        acknowledged, answers = end()
        assert set(answers) == {200} and acknowledged
        assert daemon.end() == 0
    assert acknowledged <= set(kept(tollgate, book))
    assert tollgate("verify", "--data", book).code == 0


def test_a_disk_that_fills_up_under_load(tollgate, book):
    """From some call on no byte finds room: writes are refused, the rest goes on, and nothing acknowledged is lost."""
    env = {"LD_PRELOAD": SHIM, "FAULT_AT": "ENOSPC:700"}
    with Daemon(tollgate, "--data", book, "--log", os.devnull, env=env) as daemon:
        end = crowd(book / "tollgate.sock", "full")
        while send(daemon, [event(1)]).status != 503:
            time.sleep(0.01)
        answer = send(daemon, [event(2)])
        assert answer.json["code"] == "storage" and int(answer.headers["Retry-After"]) > 0
        check = daemon.post("/v1/admit", json.dumps({"account": "acct-1", "type": "demo.Do"}),
                            Content_Type="application/json")
        assert check.status == 200 and daemon.get("/readyz").status == 200
        acknowledged, answers = end()
        assert set(answers) == {200, 503} and acknowledged
        daemon.end(signal.SIGKILL)
    with Daemon(tollgate, "--data", book) as daemon:
        assert send(daemon, [event(2)]).status == 200
    assert acknowledged <= set(kept(tollgate, book))
    assert tollgate("verify", "--data", book).code == 0


def test_the_id_of_what_was_no_event_stays_free(daemon):
    for wrong in ({**event(1), "time": "soon"}, event(1, at=now(1)), {**event(1), "data": 1}):
        assert send(daemon, wrong, ONE).status == 422
    assert send(daemon, event(1), ONE).json == {"outcome": "accepted"}


def test_a_conflict_said_twice_is_told_twice(daemon):
    assert send(daemon, event(1), ONE).json == {"outcome": "accepted"}
    other = event(1, data={"count": 2})
    assert counts(send(daemon, [other, other, event(1), event(1)])) == {"conflict": 2, "duplicate": 2}
