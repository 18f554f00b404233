# SPDX-License-Identifier: Apache-2.0
"""What comparing with the oracle has found, each as the smallest journal that shows it."""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from oracle import program  # noqa: E402

HEAD = {"tariff": "t", "currency": "USD", "zone": "UTC", "cycle": "month"}


def rate(folder, tariff, events, *options):
    (folder / "t.yaml").write_text(json.dumps({**HEAD, **tariff}), encoding="utf-8")
    lines = [program.event(number, kind, time, **data) for number, (kind, time, data) in enumerate(events)]
    return program.rate_events(folder, lines, "--tariffs", str(folder / "t.yaml"), *options)


def payg(answer):
    return [(line["quantity"], line["unit_price"]) for bill in answer["bills"] for line in bill["lines"]
            if line["funding"] == "payg"]


EARLY, LATE = "2026-01-02T00:00:00Z", "2026-01-20T00:00:00Z"
CALL = {"operations": {"Call": "call"}}
CALLS = [("t.Call", EARLY, {"count": 8}), ("t.Call", LATE, {"count": 8})]


def tiers(*prices):
    return {"graduated": {"tiers": [{"up_to": 10, "price": prices[0]}, {"price": prices[1]}]}}


def test_what_is_left_of_a_package_is_never_rounded_up(tmp_path):
    pack = {"kind": "single", "unit": "point", "validity": "1 year", "sizes": {5: 1},
            "scope": {"call": {"factor": 1, "per": 3}}}
    tariff = {**CALL, "items": {"call": {"unit": "call", "price": 1}}, "packages": {"pack": pack}}
    answer = rate(tmp_path, tariff, [("tollgate.order", EARLY, {"tariff": "t", "sku": "pack-5"}),
                                     ("t.Call", LATE, {})])
    (row,) = answer["balances"]
    assert (row["used"], row["remaining"]) == ("0.333333333334", "4.666666666666")


def test_an_order_for_several_periods_is_rounded_once(tmp_path):
    tariff = {**CALL, "items": {"call": {"unit": "call", "price": 1}}, "line_rounding": {"scale": 2, "mode": "half-up"},
              "qps": {"plan": {"items": ["call"], "month": 0.056}}}
    answer = rate(tmp_path, tariff, [("tollgate.order", EARLY, {"tariff": "t", "sku": "plan-qps-month", "periods": 3})])
    assert [line["amount"] for line in answer["bills"][0]["lines"]] == ["0.17"]


def test_versions_count_for_tiers_in_their_order_of_time_not_of_the_file(tmp_path):
    price = [{"from": "2026-01-10T00:00:00Z", **tiers(3, 4)}, tiers(1, 2)]
    answer = rate(tmp_path, {**CALL, "items": {"call": {"unit": "call", "price": price}}}, CALLS)
    assert payg(answer) == [("8", "1"), ("2", "3"), ("6", "4")]


def test_units_that_were_free_at_first_are_the_first_of_the_tiers(tmp_path):
    price = {"free_until": "2026-01-10T00:00:00Z", **tiers(3, 4)}
    answer = rate(tmp_path, {**CALL, "items": {"call": {"unit": "call", "price": price}}}, CALLS)
    assert payg(answer) == [("8", "0"), ("2", "3"), ("6", "4")]


def test_covered_time_belongs_to_the_version_that_came_first_in_time(tmp_path):
    item = {"unit": "second", "quantity": "seconds", "intervals": {"key": "media", "from": "play.from", "to": "play.to",
                                                                   "segment": "1", "ahead": "0", "initial": "0",
                                                                   "length": "playlist.duration_seconds"},
            "price": [{"from": "2026-01-10T00:00:00Z", "flat": 5}, {"flat": 1}]}
    play = [("t.Play", time, {"media": "m", "play": {"from": 0, "to": to}, "streams": [{}]})
            for time, to in ((LATE, 60), (EARLY, 40))]
    answer = rate(tmp_path, {"items": {"live": item}, "operations": {"Play": "live"}}, play)
    assert payg(answer) == [("40", "1"), ("20", "5")]


def test_free_units_go_to_sums_of_cycles_in_the_order_of_time(tmp_path):
    item = {"unit": "call", "price": 1, "round": {"each": 1, "mode": "up", "scope": "cycle"},
            "free_quota": {"quantity": 10, "every": "once"}}
    months = [f"2026-{month:02d}-05T00:00:00Z" for month in range(12, 0, -1)]
    answer = rate(tmp_path, {**CALL, "items": {"call": item}}, [("t.Call", month, {"count": 4}) for month in months])
    free = {bill["cycle"]["start"][:7]: line["quantity"] for bill in answer["bills"] for line in bill["lines"]
            if line["funding"] == "free"}
    assert free == {"2026-01": "4", "2026-02": "4", "2026-03": "2"}


def test_nothing_is_charged_as_you_go_where_the_tariff_does_not_list_it(tmp_path):
    pack = {"kind": "single", "unit": "call", "validity": "1 year", "sizes": {5: 1}, "scope": {"call": 1}}
    tariff = {**CALL, "items": {"call": {"unit": "call", "price": 1}}, "packages": {"pack": pack},
              "funding": ["single"]}
    answer = rate(tmp_path, tariff, [("tollgate.order", EARLY, {"tariff": "t", "sku": "pack-5"}),
                                     ("t.Call", LATE, {"count": 7})])
    assert payg(answer) == [] and len(answer["rejected"]) == 1
    answer = rate(tmp_path, tariff, [("t.Call", LATE, {"count": 7})])
    assert payg(answer) == [] and len(answer["rejected"]) == 1


def restoring(events, refund="none"):
    pack = {"kind": "single", "unit": "call", "validity": "1 year", "sizes": {5: 1}, "scope": {"call": 1},
            "restores": "day", "refund": refund}
    items = {name: {"unit": "call", "price": 1} for name in ("call", "other")}
    tariff = {"operations": {"Call": "call", "Other": "other"}, "items": items, "packages": {"pack": pack}}
    return tariff, [("tollgate.order", EARLY, {"tariff": "t", "sku": "pack-5"}), *events]


def test_a_package_that_is_full_again_is_shown_full(tmp_path):
    answer = rate(tmp_path, *restoring([("t.Call", EARLY, {"count": 5})]))
    (row,) = answer["balances"]
    assert (row["used"], row["remaining"]) == ("0", "5")


def test_a_package_used_before_it_was_full_again_was_used(tmp_path):
    answer = rate(tmp_path, *restoring([
        ("t.Call", EARLY, {"count": 5}), ("t.Other", "2026-01-03T00:00:00Z", {}),
        ("tollgate.refund", "2026-01-05T00:00:00Z", {"tariff": "t", "order": "e-0"})],
        {"within": "7 days", "if": "unused"}))
    assert [one["reason"].endswith("it has been used") for one in answer["rejected"]] == [True]


def test_a_stream_is_covered_once_whichever_playlists_list_it(tmp_path):
    """Two playlists of one film share the sound; a viewer then listens to it alone."""
    item = {"unit": "second", "quantity": "seconds", "price": 1, "intervals": {
        "key": "media", "length": "playlist.duration_seconds", "segment": "1", "initial": "playlist.initial_seconds",
        "from": "play.from", "to": "play.to", "ahead": "0"}}
    whole = {"media": "film", "playlist": {"duration_seconds": 100, "initial_seconds": -1}}
    sound = {"kind": "audio"}
    events = [("t.Play", EARLY, {**whole, "streams": [{"kind": "video", "height": 720}, sound]}),
              ("t.Play", LATE, {**whole, "streams": [{"kind": "video", "height": 480}, sound]}),
              ("t.Play", LATE, {"media": "film", "play": {"from": 0, "to": 100}, "streams": [sound]})]
    answer = rate(tmp_path, {"items": {"live": item}, "operations": {"Play": "live"}}, events)
    assert payg(answer) == [("300", "1")]


def test_free_units_go_to_covered_time_in_the_order_of_time(tmp_path):
    """The film of February is told first, and still January's takes the free seconds."""
    item = {"unit": "second", "quantity": "seconds", "price": 1, "free_quota": {"quantity": 100, "every": "once"},
            "intervals": {"key": "media", "length": "playlist.duration_seconds", "segment": "1", "ahead": "0",
                          "initial": "playlist.initial_seconds", "from": "play.from", "to": "play.to"}}
    events = [("t.Play", time, {"media": media, "playlist": {"duration_seconds": 80, "initial_seconds": -1},
                                "streams": [{"kind": "audio"}]})
              for media, time in (("second", "2026-02-05T00:00:00Z"), ("first", EARLY))]
    answer = rate(tmp_path, {"items": {"live": item}, "operations": {"Play": "live"}}, events)
    free = {bill["cycle"]["start"][:7]: line["quantity"] for bill in answer["bills"] for line in bill["lines"]
            if line["funding"] == "free"}
    assert free == {"2026-01": "80", "2026-02": "20"}
