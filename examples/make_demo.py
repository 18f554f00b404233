#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes examples/demo.ndjson: some weeks of four products in the lives of five accounts.

Nothing is random, so that the bills can be checked by hand. Usage: make_demo.py > demo.ndjson
"""

import json

EVENTS = []


def add(when, kind, account, data, source="gateway/eu-1"):
    """`when` is local time at UTC+8."""
    EVENTS.append((when, {"specversion": "1.0", "id": "", "source": source, "type": kind, "subject": account,
                          "time": f"{when}+08:00", "data": data}))


def order(when, account, tariff, sku, **more):
    add(when, "tollgate.order", account, {"tariff": tariff, "sku": sku, "quantity": 1, **more}, "shop")


def short_films():
    """cut-and-go matches texts to pictures, by the minute, and writes texts, by the thousand tokens."""
    account = "cut-and-go"
    for minute, (given, made) in enumerate([(90, 23), (20, 10), (600, 61.5), (45, 15)]):
        add(f"2026-02-15T08:{10 + 7 * minute:02}:00", "ims-batch.image-text-matching-common", account,
            {"region": "us-west-1", "input_seconds": str(given), "output_seconds": str(made)})
    add("2026-02-15T08:40:00", "ims-batch.intelligent-text-generation", account, {"region": "us-west-1", "tokens": 900})
    add("2026-02-15T08:44:00", "ims-batch.highlight-mashup", account,
        {"region": "us-west-1", "input_seconds": "1800", "output_seconds": "60", "outcome": "failed"})
    add("2026-02-15T09:05:00", "ims-batch.highlight-extraction", account,
        {"region": "ap-southeast-1", "input_seconds": "61", "output_seconds": "600"})
    add("2026-02-15T09:30:00", "ims-batch.script-to-video", account,
        {"region": "us-west-1", "output_seconds": "30", "preview_only": True})


def media_library():
    """mediathek transcodes, tags pictures and lets three people watch one film while it is made."""
    account = "mediathek"
    for index, seconds in enumerate(["10.2", "61", "1800.04", "5400"]):
        streams = [{"kind": "video", "codec": "h264", "width": 1280, "height": 720, "fps": 30, "seconds": seconds},
                   {"kind": "video", "codec": "h265", "width": 1080, "height": 1920, "fps": 60, "seconds": seconds},
                   {"kind": "audio", "codec": "aac", "seconds": seconds}]
        add(f"2026-02-15T08:{5 + 11 * index:02}:30", "imm.CreateMediaConvertTask", account,
            {"region": "cn-shanghai", "streams": streams})
    for index in range(12):
        add(f"2026-02-15T08:{3 + 4 * index:02}:10", "imm.DetectImageLabels", account, {"count": 250})
    add("2026-02-15T08:20:00", "imm.GetFileMeta", account, {"count": 4000, "status": 200})
    add("2026-02-15T08:21:00", "imm.GetFileMeta", account, {"count": 120, "status": 404, "outcome": "failed"})
    add("2026-02-15T08:22:00", "imm.GetFileMeta", account, {"count": 60, "status": 503, "outcome": "failed"})
    add("2026-02-15T08:25:00", "imm.SemanticQuery", account, {"count": 1000})
    film = {"media": "film-7", "streams": [{"kind": "video", "codec": "h264", "width": 800, "height": 600, "fps": 30},
                                           {"kind": "audio"}]}
    add("2026-02-15T09:00:00", "imm.GenerateVideoPlaylist", account,
        {**film, "playlist": {"initial_seconds": 30, "duration_seconds": 2280}})
    for minute, (start, end) in enumerate([(0, 300), (0, 120), (240, 480)]):
        add(f"2026-02-15T09:{5 + minute:02}:00", "imm.GenerateVideoPlaylist", account,
            {"media": "film-7", "play": {"from": start, "to": end}})


def avatars():
    """hello-avatar has five free calls, switches postpaid on, and makes 1,100 calls in March."""
    account = "hello-avatar"
    add("2026-03-01T09:00:00", "tollgate.account", account, {"postpaid": {"vclm": True}}, "shop")
    add("2026-03-01T09:00:01", "tollgate.activate", account, {"tariff": "vclm", "units": 5}, "shop")
    for day in range(1, 23):
        add(f"2026-03-{day:02}T12:00:00", "vclm.SubmitImageAnimateJob", account,
            {"count": 50, "submitted_at": f"2026-03-{day:02}T11:58:00+08:00"})
    add("2026-03-23T12:00:00", "vclm.SubmitImageAnimateJob", account,
        {"count": 3, "outcome": "failed", "submitted_at": "2026-03-23T11:58:00+08:00"})


def dance_studio():
    """dance-studio buys a package and never switches postpaid on."""
    account = "dance-studio"
    order("2026-03-02T10:00:00", account, "vclm", "image-animate-100")
    for day in range(3, 8):
        add(f"2026-03-{day:02}T18:00:00", "vclm.SubmitImageAnimateJob", account,
            {"count": 15, "submitted_at": f"2026-03-{day:02}T17:59:00+08:00"})


def car_park():
    """park-easy reads plates, looks for objects by package, compares faces by QPS plan and enhances a film."""
    account = "park-easy"
    order("2026-03-01T00:00:00", account, "viapi", "object-detection-5000")
    order("2026-03-01T00:00:10", account, "viapi", "face-comparison-1-1-qps-day", quantity=40)
    for day in range(1, 31):
        add(f"2026-03-{day:02}T23:00:00", "viapi.RecognizeLicensePlate", account, {"count": 500})
        add(f"2026-03-{day:02}T23:10:00", "viapi.object-detection", account, {"count": 700})
    add("2026-03-01T08:00:00", "viapi.face-comparison-1-1", account, {"region": "cn-shanghai", "count": 12000})
    add("2026-03-20T15:00:00", "viapi.video-enhancement", account,
        {"region": "cn-shanghai", "width": 1920, "height": 1080, "fps": 60, "seconds": "140"})


def main():
    for story in (short_films, media_library, avatars, dance_studio, car_park):
        story()
    EVENTS.sort(key=lambda entry: entry[0])
    for number, (_, event) in enumerate(EVENTS, 1):
        event["id"] = f"{'o' if event['source'] == 'shop' else 'e'}-{number:03}"
        line = json.dumps(event, separators=(",", ":"))
        print(line)
        if number % 50 == 0:
            print(line)  # a gateway sends a line twice now and then; it counts once


if __name__ == "__main__":
    main()
