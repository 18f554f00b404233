# SPDX-License-Identifier: Apache-2.0
"""The console's door: sessions, their cookie, what another site cannot do with it, and what the files are sent with."""

import gzip
import http.client
import json
import re
from datetime import datetime, timedelta, timezone

import pytest
from daemon import Answer, Daemon, set_clock

START = datetime(2026, 11, 21, 9, 0, tzinfo=timezone.utc)
STAFF = ["ingest", "admit", "read", "billing", "pricing", "approve", "admin", "audit"]
POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
          "base-uri 'none'; form-action 'none'; frame-ancestors 'none'")


class Browser:
    """Sends what a browser would: its cookie with every request, and where the request comes from."""

    def __init__(self, house):
        self.house = house
        self.origin = f"http://127.0.0.1:{house.port}"
        self.cookie = None

    def ask(self, method, path, body=None, *, site="same-origin", origin=True, mark=True, **headers):
        given = {"Sec-Fetch-Site": site, "Origin": self.origin if origin is True else origin,
                 "X-Tollgate-Console": "1" if mark is True else mark,
                 "Cookie": self.cookie and f"other=1; tollgate_session={self.cookie}; more=2", **headers}
        if body is not None:
            given["Content-Type"] = "application/json"
        connection = http.client.HTTPConnection("127.0.0.1", self.house.port, timeout=30)
        connection.request(method, path, body and json.dumps(body),
                           {name: text for name, text in given.items() if text})
        answer = Answer(connection.getresponse())
        connection.close()
        return answer

    def log_in(self, secret, **more):
        answer = self.ask("POST", "/v1/sessions", {"key": secret}, **more)
        found = re.match(r"tollgate_session=([0-9A-Za-z]{43});", answer.headers.get("Set-Cookie", ""))
        self.cookie = found and found[1]
        return answer


class House:
    """A daemon whose clock is put by hand, and only forward: a book's time never goes back."""

    def __init__(self, daemon, clock):
        self.daemon, self.clock, self.port, self.now = daemon, clock, daemon.port(), START

    def wait(self, **time):
        self.now += timedelta(**time)
        set_clock(self.clock, self.now.isoformat())

    def key(self, *roles, **more):
        made = self.daemon.post("/v1/keys", json.dumps({"name": "a key", "roles": roles, **more}))
        assert made.status == 201, made.text
        return made.json["secret"], made.json["key"]["id"]

    def browser(self, secret):
        browser = Browser(self)
        assert browser.log_in(secret).status == 201
        return browser


@pytest.fixture(name="book", scope="module")
def book_fixture(tollgate, tmp_path_factory):
    book = tmp_path_factory.mktemp("sessions") / "book"
    assert tollgate("init", book).code == 0
    return book


@pytest.fixture(name="house", scope="module")
def house_fixture(tollgate, book):
    clock = f"{book}.clock"
    set_clock(clock, START.isoformat())
    with Daemon(tollgate, "--data", book, "--listen", "127.0.0.1:0", "--clock-file", clock) as daemon:
        for account in ("acct-1", "acct-2"):
            assert daemon.post("/v1/accounts", json.dumps({"account": account})).status == 201
        yield House(daemon, clock)


def instant(moment):
    return moment.isoformat().replace("+00:00", "Z")


def test_a_key_becomes_a_cookie_that_no_script_reads(house):
    secret, key = house.key("read", "admin")
    browser = Browser(house)
    answer = browser.log_in(secret)
    assert answer.status == 201 and secret not in answer.text
    assert answer.json["session"] == {
        "tenant": "default", "actor": key, "roles": ["read", "admin"], "account": None, "idle_seconds": 3600,
        "started_at": instant(house.now), "ends_at": instant(house.now + timedelta(hours=12))}
    assert answer.headers["Set-Cookie"] == (f"tollgate_session={browser.cookie}; Max-Age=43200; Path=/; HttpOnly; "
                                            "SameSite=Strict")
    assert answer.headers["Cache-Control"] == "no-store"
    assert browser.ask("GET", "/v1/sessions").json == answer.json
    assert browser.ask("GET", "/v1/whoami").json["actor"] == key
    assert Browser(house).ask("GET", "/v1/sessions").json == {"session": None}


@pytest.mark.parametrize("headers", [{"X-Forwarded-Proto": "https"}, {"origin": "https://127.0.0.1:{port}"}])
def test_behind_tls_the_cookie_is_for_tls_alone(house, headers):
    answer = Browser(house).log_in(house.key("read")[0],
                                   **{name: text.format(port=house.port) for name, text in headers.items()})
    assert answer.status == 201 and answer.headers["Set-Cookie"].endswith("; SameSite=Strict; Secure")


def test_a_session_has_the_roles_of_its_key(house):
    routes = house.daemon.get("/v1/openapi.json").json["paths"]
    browsers = {role: house.browser(house.key(role)[0]) for role in STAFF}
    for role, browser in browsers.items():
        for path, item in routes.items():
            if "get" not in item or "{" in path or not item["get"]["x-roles"]:
                continue
            refused = browser.ask("GET", path).status == 403
            wanted = item["get"]["x-roles"]
            assert refused == (role not in wanted), (role, path)
    body = {"name": "another", "roles": ["read"]}
    assert browsers["admin"].ask("POST", "/v1/keys", body).status == 201
    assert browsers["read"].ask("POST", "/v1/keys", body).status == 403


def test_a_customer_sees_its_own_account_alone(house):
    browser = house.browser(house.key("customer", account="acct-1")[0])
    assert browser.ask("GET", "/v1/sessions").json["session"]["account"] == "acct-1"
    assert [row["account"] for row in browser.ask("GET", "/v1/accounts").json["items"]] == ["acct-1"]
    assert browser.ask("GET", "/v1/accounts/acct-1").status == 200
    foreign, absent = browser.ask("GET", "/v1/accounts/acct-2"), browser.ask("GET", "/v1/accounts/nobody")
    assert foreign.status == absent.status == 404 and foreign.json["detail"] == absent.json["detail"]
    assert browser.ask("GET", "/v1/now").status == 403
    assert browser.ask("POST", "/v1/accounts", {"account": "acct-3"}).status == 403


CROSS = [
    {"site": "cross-site"}, {"site": "same-site"}, {"site": "none"}, {"site": None, "origin": None},
    {"origin": "https://evil.example"}, {"origin": "null"}, {"site": None, "origin": "http://127.0.0.1:1"},
    {"mark": None}, {"mark": "0"}, {"origin": "http://127.0.0.1:{port}.evil.example"},
]


@pytest.mark.parametrize("wrong", CROSS)
def test_what_another_site_asks_for_is_not_done(house, wrong):
    secret = house.key("admin")[0]
    browser = house.browser(secret)
    wrong = {name: text and text.format(port=house.port) for name, text in wrong.items()}
    before = len(house.daemon.get("/v1/keys?limit=1000").json["items"])
    answer = browser.ask("POST", "/v1/keys", {"name": "stolen", "roles": ["admin"]}, **wrong)
    assert (answer.status, answer.json["code"]) == (403, "cross-site")
    assert len(house.daemon.get("/v1/keys?limit=1000").json["items"]) == before
    assert browser.ask("DELETE", "/v1/sessions", **wrong).status == 403
    assert Browser(house).log_in(secret, **wrong).status == 403, "nor is anybody logged in by it"
    assert browser.ask("GET", "/v1/keys").status == 200, "the session goes on"


def test_what_another_site_reads_is_refused_too(house):
    """One GET takes something: /v1/auth a lease."""
    browser = house.browser(house.key("admit", "read")[0])
    for site in ("cross-site", "same-site"):
        for path in ("/v1/auth?account=acct-1&type=viapi.object-detection&lease_seconds=9", "/v1/accounts"):
            assert browser.ask("GET", path, site=site, origin=None, mark=None).json["code"] == "cross-site"
    for site in ("same-origin", "none", None):
        assert browser.ask("GET", "/v1/accounts", site=site, origin=None, mark=None).status == 200
    assert browser.ask("GET", "/v1/sessions", site="cross-site").json == {"session": None}


def test_older_browsers_are_known_by_their_origin(house):
    browser = house.browser(house.key("admin")[0])
    assert browser.ask("POST", "/v1/keys", {"name": "made", "roles": ["read"]}, site=None).status == 201


def test_a_key_in_the_header_needs_no_proof(house):
    secret = house.key("admin")[0]
    answer = Browser(house).ask("POST", "/v1/keys", {"name": "made", "roles": ["read"]}, site="cross-site", mark=None,
                                Authorization=f"Bearer {secret}")
    assert answer.status == 201


@pytest.mark.parametrize("how", ["revoke", "rotate", "expire"])
def test_a_session_ends_with_its_key(house, how):
    more = {"expires_at": (house.now + timedelta(minutes=5)).isoformat()} if how == "expire" else {}
    secret, key = house.key("read", **more)
    browser = house.browser(secret)
    assert browser.ask("GET", "/v1/whoami").status == 200
    if how == "revoke":
        assert house.daemon.post(f"/v1/keys/{key}/revoke", "{}").status == 200
    elif how == "rotate":
        body = json.dumps({"old_until": (house.now + timedelta(minutes=5)).isoformat()})
        assert house.daemon.post(f"/v1/keys/{key}/rotate", body).status == 200
        assert browser.ask("GET", "/v1/whoami").status == 200, "as long as the secret that it was begun with"
        house.wait(minutes=5)
    else:
        assert browser.ask("GET", "/v1/whoami").status == 200
        house.wait(minutes=5)
    answer = browser.ask("GET", "/v1/whoami")
    assert answer.status == 401 and answer.json["detail"] == "this session has ended; log in again."


def test_a_session_ends_when_nobody_uses_it_and_after_half_a_day(house):
    secret = house.key("read")[0]
    idle, busy = house.browser(secret), house.browser(secret)
    for _ in range(12):
        house.wait(minutes=59)
        assert busy.ask("GET", "/v1/whoami").status == 200
    assert idle.ask("GET", "/v1/whoami").status == 401
    house.wait(minutes=12)
    assert busy.ask("GET", "/v1/whoami").status == 401


def test_logging_out_ends_it_and_takes_the_cookie_away(house):
    browser = house.browser(house.key("read")[0])
    answer = browser.ask("DELETE", "/v1/sessions")
    assert answer.status == 204
    assert answer.headers["Set-Cookie"] == "tollgate_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict"
    assert browser.ask("GET", "/v1/whoami").status == 401
    assert browser.ask("GET", "/v1/sessions").json == {"session": None}


def test_a_key_has_sixteen_sessions_at_most(house):
    secret = house.key("read")[0]
    browsers = []
    for _ in range(17):
        house.wait(seconds=1)
        browsers.append(house.browser(secret))
    assert [browser.ask("GET", "/v1/whoami").status for browser in browsers] == [401] + [200] * 16


@pytest.mark.parametrize("cookie", ["", "x", "0" * 43, "0" * 42, "A" * 4000, "tg_" + "0" * 40])
def test_a_made_up_cookie_is_nobody(house, cookie):
    browser = Browser(house)
    browser.cookie = cookie
    for path in ("/v1/whoami", "/v1/accounts"):
        assert browser.ask("GET", path).status == 401
    assert browser.ask("GET", "/v1/sessions").json == {"session": None}


def test_a_cookie_counts_more_than_the_socket(house):
    """A proxy may come by it as root: who looks through it is who has logged in, not the daemon's user."""
    browser = house.browser(house.key("read")[0])
    cookie = {"Cookie": f"tollgate_session={browser.cookie}"}
    assert house.daemon.get("/v1/whoami", **cookie).json["roles"] == ["read"]
    assert house.daemon.get("/v1/keys", **cookie).status == 403
    assert house.daemon.get("/v1/whoami", Cookie="tollgate_session=x").status == 401


def test_bad_keys_are_refused_alike_and_then_slowly(tollgate, tmp_path):
    assert tollgate("init", tmp_path / "book").code == 0
    with Daemon(tollgate, "--data", tmp_path / "book", "--listen", "127.0.0.1:0") as daemon:
        house = House(daemon, tmp_path / "clock")
        secret = house.key("read")[0]
        wrong = secret[:-8] + ("0" if secret[-8] != "0" else "1") + secret[-7:]
        answers = [Browser(house).log_in(text) for text in (wrong, "tg_", "x" * 3000)]
        assert {(answer.status, answer.json["detail"]) for answer in answers} == {
            (401, "this is no key that may enter: it is mistyped, expired or revoked.")}
        answers = [Browser(house).log_in(wrong) for _ in range(40)]
        assert answers[-1].status == 429 and int(answers[-1].headers["Retry-After"]) > 0
        assert house.browser(secret).ask("GET", "/v1/whoami").status == 200, "a good key still enters"
        for body in ("", "{}", '{"key":1}', '{"key":""}', '{"key":"a","more":1}', "[]", "{"):
            connection = http.client.HTTPConnection("127.0.0.1", house.port, timeout=30)
            connection.request("POST", "/v1/sessions", body, {
                "X-Tollgate-Console": "1", "Sec-Fetch-Site": "same-origin", "Content-Type": "application/json"})
            assert connection.getresponse().status in (400, 422), body
            connection.close()


def test_nothing_secret_is_kept(tollgate, tmp_path):
    book = tmp_path / "book"
    assert tollgate("init", book).code == 0
    with Daemon(tollgate, "--data", book, "--listen", "127.0.0.1:0") as daemon:
        house = House(daemon, tmp_path / "clock")
        secret, key = house.key("read")
        browser = house.browser(secret)
        browser.ask("GET", "/v1/whoami")
        browser.ask("DELETE", "/v1/sessions")
        Browser(house).log_in(secret + "x")
        assert daemon.end() == 0
        kept = daemon.log + b"".join(path.read_bytes() for path in book.iterdir() if path.is_file())
        assert secret.encode() not in kept and secret[16:-7].encode() not in kept
        assert browser.cookie.encode() not in kept
        lines = [json.loads(line) for line in (book / "audit.ndjson").read_text().splitlines()]
        assert [(line["action"], line["actor"], line["result"]) for line in lines if "session" in line["action"]] == [
            ("session_create", key, "201"), ("session_remove", key, "begun"), ("session_remove", key, "204")]


def fetch(house, path, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", house.port, timeout=30)
    connection.request("GET", path, headers={name.replace("_", "-"): text for name, text in headers.items()})
    answer = Answer(connection.getresponse())
    connection.close()
    return answer


def test_every_file_comes_with_the_policy(house):
    page = fetch(house, "/")
    names = re.findall(r"/console/[\w.-]+", page.text)
    assert page.status == 200 and page.headers["Cache-Control"] == "no-store" and len(names) == 4
    assert not re.search(r"<script[^>]*>[^<]|<style|style=| on\w+=|https?:", page.text), "nothing inline or foreign"
    for path in ["/", *names]:
        answer = fetch(house, path)
        assert answer.status == 200 and answer.headers.get_all("Content-Security-Policy") == [POLICY], path
        assert answer.headers["X-Content-Type-Options"] == "nosniff" and answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Referrer-Policy"] == "no-referrer" and "Set-Cookie" not in answer.headers
        small = fetch(house, path, Accept_Encoding="br, gzip;q=0.8")
        assert small.headers["Content-Encoding"] == "gzip" and gzip.decompress(small.bytes) == answer.bytes
        assert small.headers["Vary"] == "Accept-Encoding"
        assert "Content-Encoding" not in fetch(house, path, Accept_Encoding="gzip;q=0").headers
    for name in names:
        answer = fetch(house, name)
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        again = fetch(house, name, If_None_Match=answer.headers["ETag"])
        assert (again.status, again.bytes) == (304, b"")
    for path in ("/console/", "/console/index.html", "/console/app.js", "/console/..%2fkey", "/console/%00"):
        missing = fetch(house, path)
        assert missing.status in (400, 404) and missing.headers["Content-Security-Policy"] == "default-src 'none'"


def test_sessions_of_tenants_do_not_mix(tollgate, tmp_path):
    homes = {name: tmp_path / name for name in ("one", "two")}
    for home in homes.values():
        assert tollgate("init", home).code == 0
    words = [word for name, home in homes.items() for word in ("--tenant", f"{name}={home}")]
    with Daemon(tollgate, *words, "--listen", "127.0.0.1:0") as daemon:
        house = House(daemon, tmp_path / "clock")
        for name, home in homes.items():
            daemon.socket = home / "tollgate.sock"
            body = json.dumps({"name": "a", "roles": ["read"]})
            made = daemon.request("POST", "/v1/keys", body, Tollgate_Tenant=name)
            browser = house.browser(made.json["secret"])
            assert browser.ask("GET", "/v1/whoami").json["tenant"] == name
            assert browser.ask("GET", "/v1/now").json["http"] is None, "the listener is of all"
