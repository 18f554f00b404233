# SPDX-License-Identifier: Apache-2.0
"""The daemon as a process: its life, its signals, its routes as data."""

import datetime
import os
import re

import pytest
from conftest import ROOT
from daemon import Daemon, free_port

ROUTES = os.path.join(ROOT, "docs", "routes.md")
MARK = "<!-- generated from `tollgate serve --routes --json` -->\n"


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


def test_routes_say_who_may(tollgate):
    routes = tollgate("serve", "--routes", "--json").json
    assert len({(route["method"], route["path"]) for route in routes}) == len(routes)
    assert len({route["name"] for route in routes}) == len(routes)
    for route in routes:
        assert route["where"] in ("inline", "pooled") and route["summary"] and not route["summary"].endswith(".")
        assert route["roles"] or route["path"] in ("/healthz", "/readyz", "/openapi.json"), route["path"]
        assert (route["body_max"] == 0) == (route["method"] in ("GET", "DELETE")), route["path"]
        assert re.fullmatch(r"(/[a-z0-9_.:-]+|/\{[a-z_]+\})+", route["path"])
    assert tollgate("serve", "--routes").out.count("\n") == len(routes)


def test_it_answers_on_its_socket_and_leaves_nothing_behind(tollgate, book):
    with Daemon(tollgate, "--data", book) as daemon:
        assert daemon.get("/healthz").json == {"status": "ok"}
        assert daemon.get("/readyz").json == {"status": "ready"}
        assert oct((book / "tollgate.sock").stat().st_mode)[-3:] == "660"
        assert daemon.end() == 0
    assert not (book / "tollgate.sock").exists()
    assert tollgate("verify", "--data", book).code == 0


def test_over_the_network_a_key_is_wanted(tollgate, book):
    port = free_port()
    with Daemon(tollgate, "--data", book, "--listen", f"127.0.0.1:{port}") as daemon:
        assert daemon.get("/healthz", port=port).status == 200
        answer = daemon.get("/metrics", port=port)
        assert answer.status == 401 and answer.json["code"] == "unauthorized"
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert daemon.get("/metrics").status == 200


def test_a_command_by_the_socket_is_in_the_book(tollgate, book):
    command = ('{"specversion":"1.0","id":"a-1","source":"test","type":"tollgate.account","subject":"acct-1",'
               f'"time":"{datetime.datetime.now(datetime.timezone.utc).isoformat()}","data":{{}}}}\n')
    with Daemon(tollgate, "--data", book) as daemon:
        reply = daemon.post("/v1/commands?dry_run=true", command).json
        assert reply["replies"][0]["outcome"] == "accepted" and reply["seq"] == 0
        assert daemon.post("/v1/commands", "\n" + command + "\r\n").json["outcomes"]["accepted"] == 1
        again = daemon.post("/v1/commands?replies=none", command).json
        assert again["outcomes"]["duplicate"] == 1 and "replies" not in again and again["seq"] == 1
        assert "acct-1" in tollgate("account", "list", "--data", book).out
