# SPDX-License-Identifier: Apache-2.0
"""A disk that fills up or fails while a daemon is busy. Full: what is refused is refused whole, nothing acknowledged is
lost, the gate answers on, and all goes on once there is room. Unsynced: nobody knows what is there; it ends."""

import datetime
import http.client
import json
import os
import threading
import time

import pytest
from conftest import ROOT, event
from daemon import Daemon, LocalConnection

SHIM = os.environ.get("FAULT_AT_LIBRARY", os.path.join(ROOT, "build", "tests", "fault_at.so"))
CLIENTS = 4


class Clients:
    """Each sends one event after the other and keeps the ids of those that were acknowledged."""

    def __init__(self, path):
        self.path, self.acknowledged, self.statuses = path, [], []
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(number,)) for number in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def run(self, number):
        at = number
        connection = LocalConnection(self.path)
        while not self.stop.is_set():
            now = datetime.datetime.now(datetime.timezone.utc).isoformat()
            document = event("demo.Do", {"count": 1}, at, time=now)
            try:
                connection.request("POST", "/v1/events", document, {"Content-Type": "application/cloudevents+json"})
                answer = connection.getresponse()
                answer.read()
            except (http.client.HTTPException, OSError) as error:
                self.statuses.append(error)
                connection.close()
                continue
            self.statuses.append(answer.status)
            if answer.status == 200:
                self.acknowledged.append(f"e-{at}")
                at += CLIENTS  # what was refused is sent again
        connection.close()

    def wait_for(self, is_there):
        end = time.monotonic() + 30
        while not is_there(self):
            assert time.monotonic() < end
            time.sleep(0.01)

    def end(self):
        self.stop.set()
        for thread in self.threads:
            thread.join()


needs_shim = pytest.mark.skipif(not os.path.exists(SHIM), reason="the library that makes faults is not built")


@needs_shim
def test_a_full_disk_under_load(tollgate, tmp_path, demo):
    book, full = tmp_path / "book", tmp_path / "full"
    assert tollgate("init", book, "--tariffs", demo).code == 0
    env = {"LD_PRELOAD": SHIM, "FAULT_WHILE": str(full)}
    question = json.dumps({"account": "acct-1", "operation": "demo.Do"})
    with Daemon(tollgate, "--data", book, env=env) as daemon:
        clients = Clients(book / "tollgate.sock")
        clients.wait_for(lambda one: len(one.acknowledged) > 50)
        full.touch()
        clients.wait_for(lambda one: one.statuses[-20:] == [503] * 20)
        before = len(clients.acknowledged)
        for _ in range(20):
            assert daemon.post("/v1/admit", question, Content_Type="application/json").status < 500
        assert daemon.get("/readyz").status == 200 and daemon.get("/v1/accounts/acct-1").status == 200
        assert len(clients.acknowledged) == before
        assert b"nothing can be written" in daemon.wait_for(b'"event":"storage"')
        full.unlink()
        clients.wait_for(lambda one: len(one.acknowledged) > before + 50)
        clients.end()
        daemon.wait_for(b"it is written again")
        assert {status for status in clients.statuses if status != 503} == {200}
        assert daemon.end() == 0
    kept = [json.loads(line)["id"] for line in tollgate("export", "ndjson", "--data", book).out.splitlines()]
    assert set(clients.acknowledged) <= set(kept) and len(kept) == len(set(kept))
    assert len(set(kept) - set(clients.acknowledged)) <= CLIENTS
    assert tollgate("verify", "--data", book).code == 0


@needs_shim
def test_a_disk_that_does_not_sync_ends_the_daemon_and_a_new_one_knows_what_is_there(tollgate, tmp_path, demo):
    book, unsynced = tmp_path / "book", tmp_path / "unsynced"
    assert tollgate("init", book, "--tariffs", demo).code == 0
    now = datetime.datetime.now(datetime.timezone.utc).isoformat()
    lines = [event("demo.Do", {"count": 1}, number, time=now) for number in range(3)]
    with Daemon(tollgate, "--data", book, env={"LD_PRELOAD": SHIM, "FAULT_SYNC_WHILE": str(unsynced)}) as daemon:
        kind = {"Content_Type": "application/cloudevents+json"}
        assert daemon.post("/v1/events", lines[0], **kind).status == 200
        unsynced.touch()
        assert daemon.post("/v1/events", lines[1], **kind).status == 503
        assert daemon.process.wait(timeout=30) == 4
        daemon.end()
        assert [row["event"] for row in daemon.lines() if row["event"] != "request"][-2:] == ["broken", "stopped"]
        assert "cannot be written any more: " in daemon.lines("broken")[0]["text"], "why is told"
    assert not (book / "tollgate.sock").exists()
    with Daemon(tollgate, "--data", book) as daemon:
        for line in lines:
            assert daemon.post("/v1/events", line, **kind).status == 200
        assert daemon.end() == 0
    kept = [json.loads(line)["id"] for line in tollgate("export", "ndjson", "--data", book).out.splitlines()]
    assert sorted(kept) == ["e-0", "e-1", "e-2"]
    assert tollgate("verify", "--data", book).code == 0
