# SPDX-License-Identifier: Apache-2.0
"""The daemon as a process: its life, its signals, its routes as data."""

import datetime
import http.client
import json
import os
import re
import select
import signal
import socket
import threading
import time

import pytest
from conftest import ROOT
from daemon import Daemon, LocalConnection, set_clock

ROUTES = os.path.join(ROOT, "docs", "routes.md")
MARK = "<!-- generated from `tollgate serve --routes --json` -->\n"


def command(number, kind="account", now=None, data=None):
    """One document; its time is now, for a daemon takes nothing that is old."""
    now = now or datetime.datetime.now(datetime.timezone.utc).isoformat()
    return json.dumps({"specversion": "1.0", "id": f"c-{number}", "source": "test", "type": f"tollgate.{kind}",
                       "subject": f"acct-{number % 7}", "time": now, "data": data or {}}) + "\n"


@pytest.fixture(name="book")
def book_fixture(tollgate, tmp_path, demo):
    """A new book under the demo tariff."""
    assert tollgate("init", tmp_path / "book", "--tariffs", demo).code == 0
    return tmp_path / "book"


def routes_table(routes):
    rows = ["| method | path | roles | body | query | what it does |", "| --- | --- | --- | --- | --- | --- |"]
    for route in routes:
        body = f"{route['body_max'] // 1024} KiB" if route["body_max"] else ""
        rows.append(f"| {route['method']} | `{route['path']}` | {', '.join(route['roles']) or 'everybody'} | {body} "
                    f"| {' '.join(f'`{name}`' for name in route['query'])} | {route['summary']} |")
    return "\n".join(rows) + "\n"


def test_the_page_of_routes_is_the_table(tollgate):
    table = routes_table(tollgate("serve", "--routes", "--json").json)
    with open(ROUTES, encoding="utf-8") as file:
        head, mark, body = file.read().partition(MARK)
    assert mark
    if os.environ.get("UPDATE_GOLDEN"):
        with open(ROUTES, "w", encoding="utf-8") as file:
            file.write(head + mark + table)
    else:
        assert body == table, "docs/routes.md is old: run this test with UPDATE_GOLDEN=1"


FOR_EVERYBODY = ("/healthz", "/readyz", "/v1/openapi.json", "/", "/console/{asset}", "/v1/sessions")


def test_routes_say_who_may(tollgate):
    routes = tollgate("serve", "--routes", "--json").json
    assert len({(route["method"], route["path"]) for route in routes}) == len(routes)
    assert len({route["name"] for route in routes}) == len(routes)
    for route in routes:
        assert route["where"] in ("inline", "pooled", "either")
        assert route["summary"] and not route["summary"].endswith(".")
        assert route["roles"] or route["path"] in FOR_EVERYBODY, route["path"]
        has_no_body = route["method"] in ("GET", "DELETE") or route["path"] == "/v1/auth"
        assert (route["body_max"] == 0) == has_no_body, route["path"]
        assert re.fullmatch(r"/|(/[a-z0-9_.:-]+|/\{[a-z_]+\})+", route["path"])
    assert tollgate("serve", "--routes").out.count("\n") == len(routes)


def test_it_answers_on_its_socket_and_leaves_nothing_behind(tollgate, book):
    with Daemon(tollgate, "--data", book) as daemon:
        assert daemon.get("/healthz").json == {"status": "ok"}
        assert daemon.get("/readyz").json == {"status": "ready"}
        assert oct((book / "tollgate.sock").stat().st_mode)[-3:] == "660"
        assert daemon.end() == 0
    assert not (book / "tollgate.sock").exists()
    assert [row["event"] for row in daemon.lines() if row["event"] != "request"] == [
        "start", "listening", "ready", "stopping", "stopped"]
    assert tollgate("verify", "--data", book).code == 0


def test_over_the_network_a_key_is_wanted(tollgate, book):
    with Daemon(tollgate, "--data", book, "--listen", "127.0.0.1:0") as daemon:
        port = daemon.port()
        assert daemon.get("/healthz", port=port).status == 200
        answer = daemon.get("/metrics", port=port)
        assert answer.status == 401 and answer.json["code"] == "unauthorized"
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert "erver" not in answer.headers and "tollgate" not in str(answer.headers).lower()
        assert daemon.get("/metrics").status == 200


def test_a_command_by_the_socket_is_in_the_book(tollgate, book):
    with Daemon(tollgate, "--data", book) as daemon:
        document = command(1)
        reply = daemon.post("/v1/commands?dry_run=true", document).json
        assert reply["replies"][0]["outcome"] == "accepted" and reply["seq"] == 0
        assert daemon.post("/v1/commands", "\n" + document + "\r\n").json["outcomes"]["accepted"] == 1
        again = daemon.post("/v1/commands?replies=none", document).json
        assert again["outcomes"]["duplicate"] == 1 and "replies" not in again and again["seq"] == 1
        assert "acct-1" in tollgate("account", "list", "--data", book).out


# ---- it does not start ----

def refused(tollgate, *words):
    result = tollgate("serve", *words)
    return result.code, result.err


def test_start_errors_say_what_to_do(tollgate, book, tmp_path, demo):
    code, error = refused(tollgate, "--data", tmp_path / "none")
    assert code == 4 and "none" in error and "tollgate init" in error
    code, error = refused(tollgate, "--data", book, "--listen", "0.0.0.0:8080")
    assert code == 4 and "not loopback" in error and "proxy" in error
    code, error = refused(tollgate, "--data", book, "--listen", "nonsense")
    assert code == 4 and "127.0.0.1:8080" in error
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, error = refused(tollgate, "--data", book, "--listen", f"127.0.0.1:{taken.getsockname()[1]}")
        assert code == 4 and "another process listens there" in error
    for words, part in ((["--tenant", "a"], "NAME=DIR"), (["--tenant", f"a={book}", "--tenant", "a=x"], "two tenants"),
                        (["--tenant", f"a={book}", "--tenant", "b=x", "--tariffs", demo], "one data directory"),
                        ([], "--data")):
        code, error = refused(tollgate, *words)
        assert code == 2 and part in error
    assert not (book / "tollgate.sock").exists()


def test_a_second_daemon_is_told_who_the_first_is(tollgate, book):
    with Daemon(tollgate, "--data", book) as daemon:
        code, error = refused(tollgate, "--data", book)
        assert code == 4 and str(daemon.process.pid) in error and "end that one first" in error
        assert daemon.get("/healthz").status == 200


def test_a_socket_that_a_killed_daemon_left_is_taken_over(tollgate, book):
    with Daemon(tollgate, "--data", book) as daemon:
        assert daemon.end(signal.SIGKILL) == -signal.SIGKILL
    assert (book / "tollgate.sock").exists()
    with Daemon(tollgate, "--data", book) as daemon:
        assert daemon.get("/healthz").status == 200


def test_what_is_no_socket_is_not_removed(tollgate, book):
    (book / "tollgate.sock").write_text("mine")
    code, error = refused(tollgate, "--data", book)
    assert code == 4 and "no socket" in error and (book / "tollgate.sock").read_text() == "mine"


def test_a_path_that_is_too_long_for_a_socket_works(tollgate, tmp_path, demo):
    deep = tmp_path / ("a" * 90) / ("b" * 90)
    deep.mkdir(parents=True)
    assert tollgate("init", deep / "book", "--tariffs", demo).code == 0
    with Daemon(tollgate, "--data", deep / "book") as daemon:
        opened = os.open(deep / "book", os.O_PATH)
        daemon.socket = f"/proc/self/fd/{opened}/tollgate.sock"
        assert daemon.get("/healthz").status == 200
        os.close(opened)
    assert not (deep / "book" / "tollgate.sock").exists()


# ---- tenants ----

def test_tenants_know_nothing_of_each_other(tollgate, tmp_path, demo):
    for name in ("eu", "us"):
        assert tollgate("init", tmp_path / name, "--tariffs", demo).code == 0
    with Daemon(tollgate, "--tenant", f"eu={tmp_path / 'eu'}", "--tenant", f"us={tmp_path / 'us'}") as daemon:
        daemon.socket = tmp_path / "us" / "tollgate.sock"
        about = os.stat(tmp_path / "us")
        assert daemon.get("/metrics").json["code"] == "unknown-tenant"
        assert daemon.get("/metrics", Tollgate_Tenant="uk").status == 400
        assert daemon.post("/v1/commands", command(1), Tollgate_Tenant="us").status == 200
        assert daemon.post("/v1/commands", command(2), Tollgate_Data=f"{about.st_dev}:{about.st_ino}").status == 200
        assert 'tollgate_documents_total{outcome="accepted"} 2\n' in daemon.get("/metrics", Tollgate_Tenant="us").text
        assert 'tollgate_documents_total{outcome="accepted"} 0\n' in daemon.get("/metrics", Tollgate_Tenant="eu").text
        assert "acct-1" in tollgate("account", "list", "--data", tmp_path / "us").out
        assert "acct-1" not in tollgate("account", "list", "--data", tmp_path / "eu").out
        assert daemon.end() == 0
        assert {row.get("tenant") for row in daemon.lines("request")} == {None, "eu", "us"}
    assert not os.path.lexists(tmp_path / "eu" / "tollgate.sock")
    assert not os.path.lexists(tmp_path / "us" / "tollgate.sock")


# ---- signals ----

@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_requests_in_flight_are_answered(tollgate, book, number):
    """Clients that send all the time: every answer that was begun arrives, and what was acknowledged is there."""
    acknowledged, failures, stop = [], [], threading.Event()

    def client(start):
        at = start
        while not stop.is_set():
            connection = LocalConnection(book / "tollgate.sock")
            try:
                connection.connect()
            except OSError:
                return  # the door is closed: that is fine
            try:
                connection.request("POST", "/v1/commands", command(at))
                answer = connection.getresponse()
                body = answer.read()
                if answer.status == 200 and json.loads(body)["outcomes"]["accepted"] == 1:
                    acknowledged.append(at)
                elif answer.status != 503:
                    failures.append((answer.status, body))
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                return  # connected, but nobody had accepted it yet
            finally:
                connection.close()
            at += 8

    with Daemon(tollgate, "--data", book) as daemon:
        clients = [threading.Thread(target=client, args=(start,)) for start in range(8)]
        for one in clients:
            one.start()
        while len(acknowledged) < 50:
            time.sleep(0.01)
        assert daemon.end(number) == 0
        stop.set()
        for one in clients:
            one.join()
    assert not failures
    kept = {json.loads(line)["id"] for line in tollgate("export", "ndjson", "--data", book).out.splitlines()}
    assert {f"c-{number}" for number in acknowledged} <= kept
    assert tollgate("verify", "--data", book).code == 0
    # The snapshot was written: nothing is left to fold.
    stats = tollgate("stats", "--data", book, "--json").json
    assert stats["newest_snapshot"] == stats["batches"] > 0


def test_hangup_takes_sound_tariffs_and_refuses_others_whole(tollgate, book, demo):
    text = (demo / "demo.yaml").read_text()
    with Daemon(tollgate, "--data", book, "--tariffs", demo) as daemon:
        daemon.send(signal.SIGHUP)
        daemon.wait_for(b"are those that hold")
        (demo / "demo.yaml").write_text(text.replace("currency: USD", "curency: USD"))
        daemon.send(signal.SIGHUP)
        daemon.wait_for(b'"event":"reload-refused"')
        mistake = daemon.lines("tariff-error")[0]
        assert "demo.yaml:3:1" in mistake["text"] and "currency" in mistake["text"] and mistake["level"] == "error"
        assert daemon.get("/readyz").status == 200
        assert "tollgate_tariff_reload_failures_total 1\n" in daemon.get("/metrics").text
        (demo / "demo.yaml").write_text(text.replace("up_to: 10, price: 0.5}", "up_to: 10, price: 0.6}")
                                        .replace("total: 5.21", "total: 6.21"))
        daemon.send(signal.SIGHUP)
        daemon.wait_for(b"hold for default")
        assert "tollgate_tariff_reloads_total 1\n" in daemon.get("/metrics").text
        assert daemon.end() == 0
    assert "0.6" in tollgate("tariff", "show", "demo", "--tariffs", book / "tariffs-2").out
    assert tollgate("verify", "--data", book).code == 0


def test_the_log_file_can_be_renamed(tollgate, book, tmp_path):
    path = tmp_path / "log"
    with Daemon(tollgate, "--data", book, "--log", path) as daemon:
        daemon.get("/healthz")
        path.rename(tmp_path / "log.1")
        daemon.send(signal.SIGHUP)
        while not path.exists() or b"reload" not in path.read_bytes():
            time.sleep(0.01)
        daemon.get("/readyz")
        assert daemon.end() == 0
        assert daemon.log == b""
    rows = [json.loads(line) for file in (tmp_path / "log.1", path) for line in file.read_text().splitlines()]
    assert [row["route"] for row in rows if row["event"] == "request"][-2:] == ["/healthz", "/readyz"]
    assert '"start"' in (tmp_path / "log.1").read_text() and '"stopped"' in path.read_text()


# ---- the log ----

def test_the_log_holds_no_bytes_of_callers(tollgate, book):
    with Daemon(tollgate, "--data", book, "--listen", "127.0.0.1:0") as daemon:
        port = daemon.port()
        daemon.get("/%1b%5b31m%0a?x=canary-query", port=port)
        daemon.get("/v1/commands", port=port, Authorization="Bearer canary-secret", User_Agent="canary\x1b[31m")
        daemon.post("/v1/commands", b"canary-body\x00\x1b")
        assert daemon.end() == 0
        assert b"canary" not in daemon.log and b"\\u001b" not in daemon.log and b"\x1b" not in daemon.log
        assert len(daemon.lines("request")) == 3


def test_a_flood_of_requests_is_logged_in_part_and_counted(tollgate, book):
    with Daemon(tollgate, "--data", book) as daemon:
        connection = LocalConnection(book / "tollgate.sock")
        for _ in range(3000):
            connection.request("GET", "/healthz")
            connection.getresponse().read()
        connection.close()
        assert re.search("tollgate_log_suppressed_lines_total [1-9]", daemon.get("/metrics").text)
        assert daemon.end() == 0
        suppressed = sum(row["lines"] for row in daemon.lines("suppressed"))
        assert suppressed > 0 and len(daemon.lines("request")) + suppressed == 3001


def test_a_trace_is_kept(tollgate, book):
    sound = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    with Daemon(tollgate, "--data", book) as daemon:
        answer = daemon.get("/v1/whoami", traceparent=sound)
        daemon.get("/v1/whoami", traceparent="00-canary-b7ad6b7169203331-01")
        daemon.end()
        first, second = daemon.lines("request")
    assert first["traceparent"] == sound and first["id"] == answer.headers["X-Request-Id"]
    assert (first["tenant"], first["key"], first["method"]) == ("default", f"local:{os.getuid()}", "GET")
    assert "traceparent" not in second and b"canary" not in daemon.log


def test_plain_lines_are_for_people(tollgate, book, tmp_path):
    with Daemon(tollgate, "--data", book, "--log", tmp_path / "log", "--log-form", "plain") as daemon:
        daemon.get("/healthz")
        daemon.end()
    assert re.search(r"^\S+Z  info     request  GET  /healthz  status=200  bytes=15  us=\d+",
                     (tmp_path / "log").read_text(), re.M)


# ---- whoever starts it ----

class Manager:
    """What systemd does: a socket for notifications."""

    def __init__(self, path):
        self.path = str(path)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.settimeout(30)

    def hear(self):
        return self.socket.recv(4096).decode()


def test_a_service_manager_is_told(tollgate, book, tmp_path):
    manager = Manager(tmp_path / "notify")
    env = {"NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "200000"}
    with Daemon(tollgate, "--data", book, env=env) as daemon:
        assert manager.hear() == "READY=1\nSTATUS=Serving."
        assert manager.hear() == "WATCHDOG=1"
        daemon.send(signal.SIGHUP)
        said = [manager.hear()]
        while not said[-1].startswith("READY"):
            said.append(manager.hear())
        assert any(re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=\d+", one) for one in said)
        daemon.end()
        while not said[-1].startswith("STOPPING=1"):
            said.append(manager.hear())


def test_sockets_that_are_handed_over_are_used(tollgate, book, tmp_path):
    """Connections that came before the daemon wait; the sockets stay when it has gone."""
    port_socket, file_socket = socket.create_server(("127.0.0.1", 0)), socket.socket(socket.AF_UNIX)
    file_socket.bind(str(tmp_path / "handed.sock"))
    file_socket.listen()
    early = socket.create_connection(port_socket.getsockname())
    early.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")

    def become():
        # Both numbers may be taken by the other one: first away, then into place.
        spare = [os.dup2(port_socket.fileno(), 100), os.dup2(file_socket.fileno(), 101)]
        os.dup2(spare[0], 3)
        os.dup2(spare[1], 4)
        os.environ["LISTEN_PID"] = str(os.getpid())

    words = ["env", f"LISTEN_FDS={2}", "sh", "-c", 'LISTEN_PID=$$ exec "$0" "$@"', tollgate.path]
    program = type("Handed", (), {"path": tollgate.path})
    with Daemon(program, "--data", book, before=words, pass_fds=(3, 4), preexec_fn=become) as daemon:
        early.settimeout(30)
        assert early.recv(100).startswith(b"HTTP/1.1 200 ")
        daemon.socket = tmp_path / "handed.sock"
        assert daemon.get("/metrics").status == 200
        assert daemon.end() == 0
    assert (tmp_path / "handed.sock").exists()


# ---- time, and crowds ----

def test_the_time_of_a_book_never_goes_back(tollgate, book, tmp_path):
    clock = tmp_path / "clock"
    set_clock(clock, "2026-03-10T00:00:00Z\n")
    with Daemon(tollgate, "--data", book, "--clock-file", clock) as daemon:
        assert daemon.post("/v1/commands", command(1, now="2026-03-10T00:00:00Z")).json["outcomes"]["accepted"] == 1
        set_clock(clock, "2026-02-01T00:00:00Z\n")  # back: the book's time stands still
        assert daemon.post("/v1/commands", command(2, now="2026-03-10T00:00:00Z")).json["outcomes"]["accepted"] == 1
        assert daemon.end() == 0
    with Daemon(tollgate, "--data", book, "--clock-file", clock) as daemon:  # nor behind a snapshot
        answer = daemon.post("/v1/commands", command(5, now="2026-03-10T00:00:00Z")).json
        assert answer["outcomes"]["accepted"] == 1 and answer["recorded_at"].startswith("2026-03-10"), answer
        assert b"behind the book's time" in daemon.wait_for(b'"event":"clock"')
        set_clock(clock, "2026-05-10T00:00:00Z\n")  # and far ahead
        assert daemon.post("/v1/commands", command(3, now="2026-03-10T00:00:00Z")).json["outcomes"]["rejected"] == 1
        assert daemon.post("/v1/commands", command(4, now="2026-05-10T00:00:00Z")).json["outcomes"]["accepted"] == 1
        assert daemon.end() == 0
    assert tollgate("verify", "--data", book).code == 0


def test_a_crowd_comes_back_after_a_restart(tollgate, book):
    """Three thousand clients connect at once to a daemon that has just started: every one is answered."""
    ask = b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    path = str(book / "tollgate.sock")
    with Daemon(tollgate, "--data", book):
        pass
    with Daemon(tollgate, "--data", book) as daemon:
        waiting, answered = {}, 0
        poll = select.poll()
        for _ in range(3000):
            one = socket.socket(socket.AF_UNIX)
            one.connect(path)
            one.sendall(ask)
            waiting[one.fileno()] = (one, b"")
            poll.register(one, select.POLLIN)
        while waiting:
            ready = poll.poll(30000)
            assert ready, f"{len(waiting)} clients are still waiting"
            for file, _ in ready:
                one, text = waiting[file]
                more = one.recv(4096)
                if more:
                    waiting[file] = (one, text + more)
                    continue
                poll.unregister(file)
                one.close()
                answered += text.startswith(b"HTTP/1.1 200 ")
                del waiting[file]
        assert answered == 3000
        assert daemon.end() == 0
