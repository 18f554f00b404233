# SPDX-License-Identifier: Apache-2.0
"""tollgate meter: logs of a real nginx and of others become usage, each request once."""

import concurrent.futures
import contextlib
import http.client
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import time

import pytest

JSON_HEAD = """\
format: json
source: edge-1
account: account
time: time
method: method
path: uri
status: status
id: request_id
routes:
"""
JSON_MAPPING = JSON_HEAD + """\
  - path: /v1/labels
    method: POST
    operation: imm.DetectImageLabels
    data: {count: 1, region: cn-shanghai}
    fields: {images: arg_images, bytes: body_bytes_sent}
  - path: /live/{stream}/seg-{number}.ts
    operation: imm.process/hls/ts
    play: {media: stream, number: number, seconds: 10}
    data:
      streams: [{kind: video, codec: h264, width: 800, height: 600, fps: 30}, {kind: audio}]
      playlist: {segment_seconds: 10}
  - path: /files/*
    operation: imm.GetRequest
"""
COMBINED_MAPPING = """\
format: combined
source: web
account: user
time: time
method: method
path: path
status: status
routes: [{path: /v1/labels, operation: imm.DetectImageLabels, fields: {bytes: bytes}}]
"""


def line(**more):
    record = {"time": "1771116600.250", "account": "acct-1", "method": "POST", "uri": "/v1/labels?images=3&x=1",
              "status": "200", "body_bytes_sent": "512", "request_id": "r-1", **more}
    return json.dumps({key: value for key, value in record.items() if value is not None})


@pytest.fixture(name="meter")
def meter_fixture(tollgate, tmp_path):
    def run(log, mapping=JSON_MAPPING, *words):
        (tmp_path / "map.yaml").write_text(mapping)
        done = tollgate("meter", "--mapping", tmp_path / "map.yaml", "-", *words, stdin=log)
        done.events = [json.loads(one) for one in done.out.splitlines()]
        return done

    run.folder, run.tollgate = tmp_path, tollgate
    return run


def test_a_json_line(meter):
    done = meter(line() + "\n")
    assert done.code == 0
    assert done.events == [{"specversion": "1.0", "id": "r-1", "source": "edge-1", "type": "imm.DetectImageLabels",
                            "subject": "acct-1", "time": "2026-02-15T00:50:00.25Z",
                            "data": {"status": "200", "count": 1, "region": "cn-shanghai", "images": "3",
                                     "bytes": "512"}}]
    assert "1 lines: 1 events, 0 of other requests, 0 malformed" in done.err


OTHERS = [
    (line(uri="/v2/labels"), "another path"), (line(method="GET"), "another method"),
    (line(account="-"), "no account"), (line(account=""), "an empty account"), (line(account=None), "none at all"),
    (line(uri="/v1/labels/more"), "a longer path"), (line(uri="*"), "no path"),
    (line(uri="/live/x/seg-.ts"), "no number"),
]


@pytest.mark.parametrize("log, name", OTHERS, ids=[one[1] for one in OTHERS])
def test_other_requests_are_passed_over(meter, log, name):
    done = meter(log + "\n")
    assert (done.code, done.events) == (0, []) and "1 of other requests" in done.err, name


MALFORMED = [
    ("{", "no line of this log"), ("[1]", "no line of this log"), ("x" * 100, "no line of this log"),
    (line(time="yesterday"), "its time is none"), (line(time=None), "its time is none"),
    (line(time="-5"), "its time is none"), (line(uri="/live/film/seg-abc.ts"), "number is missing"),
]


@pytest.mark.parametrize("log, reason", MALFORMED, ids=[str(number) for number in range(len(MALFORMED))])
def test_malformed_lines_are_told_and_the_rest_is_read(meter, log, reason):
    done = meter(f"{line()}\n{log}\n{line(request_id='r-2')}\n")
    assert done.code == 1 and len(done.events) == 2
    assert "-:2: " in done.err and reason in done.err


def test_the_summary_as_json(meter):
    done = meter(line() + "\n" + line(uri="/x") + "\n", JSON_MAPPING, "--json")
    assert json.loads(done.err) == {"lines": 2, "events": 1, "others": 1, "malformed": 0} and len(done.events) == 1


def test_times(meter):
    def time_of(text):
        return meter(line(time=text) + "\n").events[0]["time"]

    assert time_of("2026-02-15T08:50:00+08:00") == "2026-02-15T00:50:00Z"
    assert time_of("15/Feb/2026:08:50:00 +0800") == "2026-02-15T00:50:00Z"
    assert time_of("1771116600") == "2026-02-15T00:50:00Z"


def test_combined(meter):
    text = ('10.0.0.1 - acct-1 [15/Feb/2026:08:50:00 +0800] "POST /v1/labels?a=b HTTP/1.1" 200 512 "-" "a \\"b\\""\n'
            '10.0.0.1 - - [15/Feb/2026:08:50:01 +0800] "POST /v1/labels HTTP/1.1" 200 512 "-" "-"\n')
    done = meter(text, COMBINED_MAPPING)
    assert [event["subject"] for event in done.events] == ["acct-1"]
    assert done.events[0]["data"] == {"status": "200", "bytes": "512"}


def test_a_pattern_of_ones_own(meter):
    mapping = COMBINED_MAPPING.replace("format: combined", "pattern: '^([^|]*)[|]([^|]*)[|]([^|]*)[|]([^|]*)$'\n"
                                       "groups: [time, user, path, status]").replace("method: method\n", "")
    done = meter("2026-02-15T00:50:00Z|acct|/v1/labels|503\n", mapping)
    assert done.events[0]["data"] == {"status": "503"} and done.events[0]["subject"] == "acct"


def test_equal_lines_without_an_id_are_events_of_their_own_and_the_same_again(meter):
    mapping = JSON_MAPPING.replace("id: request_id\n", "")
    first = meter((line() + "\n") * 3, mapping)
    again = meter((line() + "\n") * 3, mapping)
    assert len({event["id"] for event in first.events}) == 3
    assert first.out == again.out


def test_segments_become_intervals(meter):
    numbers = [0, 1, 2, 2, 3, 7]
    log = "".join(line(uri=f"/live/film-7/seg-{number}.ts?token=1", method="GET", request_id=f"s-{index}") + "\n"
                  for index, number in enumerate(numbers))
    done = meter(log)
    plays = [event["data"]["play"] for event in done.events]
    assert plays[:2] == [{"from": "0", "to": "10"}, {"from": "10", "to": "20"}]
    assert all(event["data"]["media"] == "film-7" for event in done.events)
    bills = meter.tollgate("rate", "--json", "--quiet", "-", stdin=done.out).json["bills"]
    twice = meter.tollgate("rate", "--json", "--quiet", "-", stdin=done.out + meter(log).out).json["bills"]
    assert bills and bills == twice
    assert [item["item"] for item in bills[0]["lines"]] == ["LiveTranscoding"]


@pytest.mark.parametrize("number, first, piece", [
    ("7", 0, ("70", "80")), ("00007", 0, ("70", "80")), ("1", 1, ("0", "10")), ("00012", 1, ("110", "120")),
    ("0", 1, None), ("1.5", 0, None), ("-1", 0, None), ("1e3", 0, None), ("9" * 40, 0, None), ("", 0, None),
])
def test_numbers_of_segments(meter, number, first, piece):
    mapping = JSON_MAPPING.replace("seconds: 10}", f"seconds: 10, first: {first}}}")
    done = meter(line(uri=f"/live/film/seg-{number}.ts", method="GET") + "\n", mapping)
    plays = [one["data"]["play"] for one in done.events]
    assert [(play["from"], play["to"]) for play in plays] == ([piece] if piece else [])


WRONG = [
    ("routes: [{path: /x, operation: a.b, play: {media: m, number: n, seconds: 1, first: x}}]", "no number of a seg"),
    ("format: xml", 'no format "xml"'), ("pattern: '('\ngroups: [a]", "no extended regular expression"),
    ("pattern: '(a)(b)'\ngroups: [a]", "has 2 groups, 1 names"), ("routs: []", 'unknown key "routs"'),
    ("format: json", "source is not said"), ("format: json\nroutes: [{path: x}]", "begins with /"),
    ("format: json\nroutes: [{path: /x, operation: labels}]", "with its tariff"),
    ("format: json\nroutes: [{path: /x, operation: a.b, play: {media: m}}]", "play needs"),
    ("- a", "a mapping is a map"),
]


@pytest.mark.parametrize("mapping, reason", WRONG, ids=[one[1] for one in WRONG])
def test_wrong_mappings_are_refused_with_their_place(meter, mapping, reason):
    done = meter("", mapping)
    assert done.code == 2 and reason in done.err and "map.yaml:" in done.err


def test_texts_from_outside_stay_data(meter):
    evil = 'x","subject":"other","y":"\n\u0000\u202e<'
    done = meter(line(account=evil, request_id=evil) + "\n")
    assert done.events[0]["subject"] == evil and done.events[0]["id"] == evil


NGINX = """\
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  log_format usage escape=json '{{"time":"$msec","account":"$http_x_account","method":"$request_method",'
    '"uri":"$request_uri","status":"$status","body_bytes_sent":"$body_bytes_sent","request_id":"$request_id"}}';
  access_log {folder}/usage.log usage;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  server {{ listen 127.0.0.1:{port}; location / {{ return 200 "ok\\n"; }} location /fails {{ return 503; }}
    location /hls {{ root {folder}; }} }}
}}
"""


@contextlib.contextmanager
def served(folder):
    """A real nginx that logs into folder/usage.log; yields its port."""
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    if not os.path.exists(nginx):
        pytest.skip("nginx is not installed")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))
    server = subprocess.Popen([nginx, "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")])
    try:
        for _ in range(400):
            try:
                http.client.HTTPConnection("127.0.0.1", port).connect()
                break
            except OSError:
                time.sleep(0.05)
        yield port
    finally:
        server.send_signal(signal.SIGQUIT)
        server.wait(20)


def test_a_real_nginx_under_load(meter):
    def ask(number):
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        client.request("POST", f"/v1/labels?images={number % 5}", headers={"X-Account": f"acct-{number % 7}\t\"x"})
        assert client.getresponse().read() == b"ok\n"
        client.request("GET", "/other")
        client.getresponse().read()
        client.close()

    with served(meter.folder) as port, concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(400)))
    done = meter((meter.folder / "usage.log").read_bytes())
    assert done.code == 0 and len(done.events) == 400 and "400 of other requests" in done.err
    assert len({event["id"] for event in done.events}) == 400
    assert sum(int(event["data"]["images"]) for event in done.events) == sum(number % 5 for number in range(400))
    rated = meter.tollgate("rate", "--json", "--quiet", "-", stdin=done.out)
    lines = [item for bill in rated.json["bills"] for item in bill["lines"]]
    assert sum(int(item["quantity"]) for item in lines) == 400 and not rated.json["rejected"]


STREAMING = """\
tariff: stream
title: Streaming
currency: USD
zone: UTC
cycle: month
items:
  played:
    unit: second
    quantity: seconds
    intervals: {key: media, length: playlist.duration_seconds, segment: 4, from: play.from, to: play.to}
    price: 1
operations: {Play: played}
"""
PLAYING = JSON_HEAD + """\
  - path: /hls/{film}/{number}.ts
    method: GET
    operation: stream.Play
    play: {media: film, number: number, seconds: 4, first: 1}
    data: {playlist: {duration_seconds: 118}, streams: [{kind: video}]}
"""


def test_players_of_a_real_server_pay_for_what_they_see_once(meter):
    """Twelve players of three accounts read playlists and jump about; the last segment is half as long."""
    films, dice = ["one", "two"], random.Random(7)
    for film in films:
        folder = meter.folder / "hls" / film
        folder.mkdir(parents=True)
        for number in range(1, 31):
            (folder / f"{number:05}.ts").write_bytes(b"x" * 500)
        (folder / "index.m3u8").write_text("#EXTM3U\n" + "".join(f"#EXTINF:4,\n{n:05}.ts\n" for n in range(1, 31)))
    plans = []
    for player in range(12):
        start = dice.randint(1, 25)
        numbers = [*range(start, start + dice.randint(1, 6)), dice.randint(1, 30), 31 + player]  # the last is not there
        plans.append((f"acct-{player % 3}", films[player % 2], numbers))

    def play(plan):
        account, film, numbers = plan
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        seen = []
        for name in ["index.m3u8"] + [f"{number:05}.ts" for number in numbers]:
            ranged = {"Range": "bytes=0-99"} if len(seen) % 3 == 1 else {}
            client.request("GET", f"/hls/{film}/{name}", headers={"X-Account": account, **ranged})
            answer = client.getresponse()
            answer.read()
            if answer.status < 400 and name.endswith(".ts"):
                seen.append(int(name[:5]))
        client.close()
        return account, film, seen

    with served(meter.folder) as port, concurrent.futures.ThreadPoolExecutor(6) as pool:
        seen = list(pool.map(play, plans))
    done = meter((meter.folder / "usage.log").read_bytes(), PLAYING)
    assert done.code == 0 and len(done.events) == sum(len(numbers) for _, _, numbers in plans), done.err
    (meter.folder / "stream.yaml").write_text(STREAMING)
    rated = meter.tollgate("rate", "--json", "--quiet", "--tariffs", meter.folder / "stream.yaml", "-",
                           stdin=done.out * 2).json
    pieces = {(account, film, number) for account, film, numbers in seen for number in numbers}
    wanted = {account: sum(2 if number == 30 else 4 for who, _, number in pieces if who == account)
              for account in {piece[0] for piece in pieces}}
    billed = {bill["account"]: int(bill["lines"][0]["quantity"]) for bill in rated["bills"]}
    assert billed == wanted and not rated["unpriced"]


def test_what_is_needed_is_said(tollgate, tmp_path):
    assert "needs --mapping" in tollgate("meter", "x").err
    (tmp_path / "m.yaml").write_text(JSON_MAPPING)
    done = tollgate("meter", "--mapping", tmp_path / "m.yaml", tmp_path / "nothing.log")
    assert done.code == 4 and "nothing.log" in done.err
