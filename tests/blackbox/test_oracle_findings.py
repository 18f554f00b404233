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

