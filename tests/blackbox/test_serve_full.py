# SPDX-License-Identifier: Apache-2.0
"""A disk that fills up while a daemon is busy: what is refused is refused whole, nothing acknowledged is lost, the gate
answers on, and all goes on once there is room."""

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


@pytest.mark.skipif(not os.path.exists(SHIM), reason="the library that makes faults is not built")
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
        full.unlink()
        clients.wait_for(lambda one: len(one.acknowledged) > before + 50)
        clients.end()
        assert {status for status in clients.statuses if status != 503} == {200}
        assert daemon.end() == 0
    kept = [json.loads(line)["id"] for line in tollgate("export", "ndjson", "--data", book).out.splitlines()]
    assert set(clients.acknowledged) <= set(kept) and len(kept) == len(set(kept))
    assert len(set(kept) - set(clients.acknowledged)) <= CLIENTS
    assert tollgate("verify", "--data", book).code == 0
