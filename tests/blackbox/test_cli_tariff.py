# SPDX-License-Identifier: Apache-2.0
"""tollgate tariff show, check, diff and fmt."""

import os

import pytest
from conftest import ROOT, event


def test_show_lists_prices_products_and_sources(tollgate, demo):
    result = tollgate("tariff", "show", "--tariffs", demo, "demo")
    assert result.code == 0
    for part in ("demo: Demo", "graduated: 0.5 up to 10, 0.105 above", "calls-1000", "unpublished",
                 "call (2 point / call)", "secret", "page: the price page"):
        assert part in result.out
    assert "Watch" not in result.out
    assert "Watch" in tollgate("tariff", "show", "--tariffs", demo, "demo", "--operations").out
    shown = tollgate("tariff", "show", "--tariffs", demo, "demo", "--json").json
    assert [item["name"] for item in shown["items"]] == ["call", "minute"]
    assert shown["items"][0]["prices"][0]["cells"][0]["tiers"][0] == {"up_to": "10", "price": "0.5"}


def test_show_at_an_instant(tollgate):
    def cells(*words):
        items = tollgate("tariff", "show", "imm", "--json", *words).json["items"]
        return [len(item["prices"]) for item in items if item["name"] == "ImageDetect"][0]
    assert cells() > cells("--at", "2026-01-01T00:00:00+08:00") == 1


def test_show_says_what_each_operation_reads(tollgate, tmp_path):
    path = tmp_path / "reads.yaml"
    path.write_text("""tariff: reads
title: Reads
currency: USD
zone: UTC
cycle: month
attributes:
  scenes: {type: number, default: 3}
  style: {type: text, note: how it is drawn}
formulas:
  area: width * default(height, 10)
classes:
  region: {of: region, values: {east: [e-1], west: [w-1]}}
  style: {of: style, default: plain, values: [plain, fine]}
items:
  picture:
    unit: pixel
    quantity: area * scenes + if(has_location, 0, play.to)
    price: {by: region, flat: {east: 1, west: 2}}
  extra: {unit: call, price: 1}
operations:
  Draw: [picture, {item: extra, when: 'class(style) = "fine" and in(codec, "a", "b") and bytes > 5'}]
  Look: extra
  Ask: {items: []}
""")
    shown = tollgate("tariff", "show", "--tariffs", path, "reads", "--json").json
    reads = {one["name"]: {row.pop("name"): row for row in one["attributes"]} for one in shown["operations"]}
    assert reads["Ask"] == {} and list(reads["Look"]) == ["status", "count", "outcome"]

    def row(kind, **more):
        return {"kind": kind, "unit": None, "required": False, "default": None, "values": [], "closed": False,
                "note": None, **more}
    assert reads["Draw"] == {
        "status": row("number", default="200"), "count": row("number", default="1"),
        "width": row("number", unit="pixel", required=True), "height": row("number", unit="pixel", default="10"),
        "bytes": row("number", unit="byte"), "play.to": row("number", unit="second"),
        "outcome": row("text", default="succeeded", values=["succeeded", "failed", "throttled"], closed=True),
        "region": row("text", required=True, values=["east", "west"], closed=True),
        "codec": row("text", values=["a", "b"]), "has_location": row("flag", default=False),
        "scenes": row("number", default="3"),
        "style": row("text", default="plain", values=["plain", "fine"], closed=True, note="how it is drawn")}


def test_check_runs_the_examples(tollgate, demo):
    result = tollgate("tariff", "check", demo)
    assert result.code == 0 and result.out == "ok      demo  twelve calls\n"
    assert result.err == "tollgate: 1 examples hold, 0 failed\n"
    assert tollgate("tariff", "check", "--quiet", demo).out == ""


def test_a_failing_example_says_what_was_expected_and_what_came(tollgate, demo):
    path = demo / "demo.yaml"
    path.write_text(path.read_text().replace("total: 5.21, quantity: {call: 12}", "total: 5.22, quantity: {call: 13}"))
    result = tollgate("tariff", "check", path)
    assert result.code == 1
    assert result.out == (f"FAILED  demo  twelve calls\n        {path}:43:5\n        total: expected 5.22, got 5.21\n"
                          "        quantity of call: expected 13, got 12\n")
    row = tollgate("tariff", "check", path, "--json").json["examples"][0]
    assert row["ok"] is False and len(row["differences"]) == 2


def test_unpriced_usage_fails_an_example_that_does_not_expect_it(tollgate, demo):
    path = demo / "demo.yaml"
    path.write_text(path.read_text().replace("Do, count: 12}", "Watch}").replace(
        "total: 5.21, quantity: {call: 12}", "total: 0"))
    result = tollgate("tariff", "check", path)
    assert result.code == 1 and "unpriced: expected 0, got 1" in result.out


def test_the_shipped_tariffs_hold(tollgate):
    result = tollgate("tariff", "check", "--quiet", "tariffs")
    assert result.code == 0, result.out + result.err


def edition(demo, *changes):
    text = (demo / "demo.yaml").read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = demo.parent / "edition.yaml"
    path.write_text(text)
    return path


def test_diff_shows_old_new_and_percentage(tollgate, demo):
    new = edition(demo, ("price: 0.003", "price: 0.004"), ("Watch: minute", "Look: minute"),
                  ("100: 20,", "100: 21, 500: 90,"))
    changes = tollgate("tariff", "diff", demo / "demo.yaml", new, "--json").json["changes"]
    assert {(row["what"], row["change"], row["name"]): (row["old"], row["new"], row["percent"]) for row in changes} == {
        ("price", "changed", "minute"): ("0.003", "0.004", "33.33"),
        ("operation", "removed", "Watch"): (None, None, None),
        ("operation", "added", "Look"): (None, None, None),
        ("product", "added", "calls-500"): (None, None, None),
        ("product", "changed", "calls-100"): ("20, valid 1 year, pays for call (2 point / call)",
                                              "21, valid 1 year, pays for call (2 point / call)", None)}
    assert "+33.33 %" in tollgate("tariff", "diff", demo / "demo.yaml", new).out


def test_diff_shows_how_money_is_asked_for_and_what_is_told(tollgate, demo):
    new = edition(demo, ("cycle: month\n", """cycle: month
owner: submitted
settlement: {period: month, days: [3, 5], freeze: true}
line_rounding: {scale: 4, mode: down}
activation: required
overdue: {pauses: [single], grace: 2 days, resume: released}
bill_alerts: true
watch: {spend_jump: off, sudden_zero: 2}
"""))
    changes = tollgate("tariff", "diff", demo / "demo.yaml", new, "--json").json["changes"]
    assert [(row["what"], row["name"], row["old"], row["new"]) for row in changes] == [
        ("setting", "owner", "completed", "submitted"),
        ("setting", "settlement", "with each bill", "each month, days 3 to 5 of the next month, frozen until then"),
        ("setting", "line_rounding", "12 digits, half-even", "4 digits, down"),
        ("setting", "activation", "none", "required"),
        ("setting", "overdue", "nothing happens", "pauses single, suspended after 2 days, until released"),
        ("setting", "bill_alerts", "false", "true"), ("setting", "watch spend_jump", "10", "off"),
        ("setting", "watch sudden_zero", "1", "2")]


def test_diff_of_the_same_is_empty(tollgate):
    result = tollgate("tariff", "diff", "imm", "imm")
    assert result.code == 0 and result.out.startswith("No difference")
    assert tollgate("tariff", "diff", "imm", "imm", "--json").json["changes"] == []


def test_diff_with_usage_rates_it_under_both_whatever_they_are_called(tollgate, demo, tmp_path):
    usage = tmp_path / "usage"
    usage.write_text(event("demo.Watch", {"seconds": 600}) + event("demo.Do", {"count": 2}, 2, "acct-2"))
    new = edition(demo, ("tariff: demo", "tariff: next"), ("price: 0.003", "price: 0.004"))
    result = tollgate("tariff", "diff", demo / "demo.yaml", new, "--usage", usage, "--json")
    assert result.code == 0
    assert result.json["usage"] == [
        {"account": "acct-1", "item": "minute", "old": "0.03", "new": "0.04", "difference": "0.01"},
        {"account": "acct-2", "item": "call", "old": "1", "new": "1", "difference": "0"}]
    assert result.json["difference"] == "0.01"
    other = edition(demo, ("currency: USD", "currency: EUR"))
    refused = tollgate("tariff", "diff", demo / "demo.yaml", other, "--usage", usage)
    assert refused.code == 2 and "currencies are never converted" in refused.err


MESSY = """\


# the head
tariff:   demo
title: "Demo: a 'quoted' # title"
currency: USD # of every price
zone: UTC
cycle: month


bill_rounding:  {scale: 2, mode: down}
rules:
    text-rule:
        text: >
            folded
              deeper

            text with trailing dots...
items:
      # about calls
      call:
            unit: call
            price:
            - {until: 2025-01-01T00:00:00Z, flat: 1}   # long ago
            -   from: 2025-01-01T00:00:00Z
                graduated:
                  tiers: [{up_to: 10, price: 2},
                          {price: 1}]
                  # behind the tiers
            note: a long text
              that goes on
            # behind the call
      # behind the items
operations:
   Do: call
   It's: call
"""

TIDY = """\
# the head
tariff: demo
title: "Demo: a 'quoted' # title"
currency: USD  # of every price
zone: UTC
cycle: month

bill_rounding: {scale: 2, mode: down}
rules:
  text-rule:
    text: >
        folded
          deeper

        text with trailing dots...
items:
  # about calls
  call:
    unit: call
    price:
      - {until: 2025-01-01T00:00:00Z, flat: 1}   # long ago
      - from: 2025-01-01T00:00:00Z
        graduated:
          tiers: [{up_to: 10, price: 2},
                  {price: 1}]
          # behind the tiers
    note: a long text
      that goes on
    # behind the call
  # behind the items
operations:
  Do: call
  It's: call
"""


def test_fmt_indents_spaces_and_keeps_comments(tollgate, tmp_path):
    path = tmp_path / "messy.yaml"
    path.write_text(MESSY)
    assert tollgate("tariff", "fmt", path).out == TIDY
    assert path.read_text() == MESSY


def test_fmt_check_and_write(tollgate, tmp_path):
    path = tmp_path / "messy.yaml"
    path.write_text(MESSY.replace("\n", "\r\n"))
    check = tollgate("tariff", "fmt", "--check", path)
    assert check.code == 1 and check.out == f"{path}\n"
    assert tollgate("tariff", "fmt", "--write", path).code == 0
    assert path.read_text() == TIDY
    assert tollgate("tariff", "fmt", "--check", path).code == 0
    assert tollgate("tariff", "fmt", "--check", "--json", path).json["files"] == [
        {"file": str(path), "changed": False}]
    assert [entry.name for entry in tmp_path.iterdir()] == ["messy.yaml"]


@pytest.mark.parametrize("name", ["imm", "ims-batch", "ims-batch-cn", "vclm", "viapi"])
def test_fmt_is_idempotent_on_shipped_tariffs(tollgate, tmp_path, name):
    once = tollgate("tariff", "fmt", f"tariffs/{name}.yaml")
    path = tmp_path / "once.yaml"
    path.write_bytes(once.bytes)
    assert tollgate("tariff", "fmt", path).bytes == once.bytes


def test_fmt_refuses_what_does_not_parse(tollgate, tmp_path):
    path = tmp_path / "broken.yaml"
    path.write_text("tariff: [demo\n")
    result = tollgate("tariff", "fmt", "--write", path)
    assert result.code == 3 and "error:" in result.err and path.read_text() == "tariff: [demo\n"


def test_diff_tells_the_rules_of_products_and_of_work(tollgate, tmp_path):
    """Upgrades, activation, refunds and business keys are no prices, and change what customers get all the same."""
    jobs = os.path.join(ROOT, "tests/data/jobs.yaml")
    with open(jobs, encoding="utf-8") as file:
        text = file.read()
    changes = [("upgrade: {price: difference}", "upgrade: {allowed: false}"), ("repeats: once", "repeats: report"),
               ("activate_within: 1 month, terminals: [ios, android]", "terminals: [ios]")]
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    other = tmp_path / "other.yaml"
    other.write_text(text)
    rows = {(row["what"], row["name"]): (row["old"], row["new"])
            for row in tollgate("tariff", "diff", jobs, other, "--json").json["changes"]}
    rules = "at most 50, without it 2, given back within 7 days while unused, "
    assert rows == {
        ("operation", "Convert"): ("check; the same job again is not counted", "check; the same job again is told"),
        ("product", "check-qps-day"): (rules + "upgrades at the difference", rules + "upgrades not allowed"),
        ("product", "check-qps-month"): rows[("product", "check-qps-day")],
        ("product", "sdk"): ("given back within 7 days while unused, activated within 1 month, for ios android",
                             "given back within 7 days while unused, for ios"),
    }
    shown = {product["sku"]: product for product in tollgate("tariff", "show", "jobs", "--tariffs", jobs, "--json")
             .json["products"]}
    assert shown["check-qps-day"]["upgrade"] == {"allowed": True, "downgrade": False, "price": "difference"}
    assert (shown["sdk"]["activate_within"], shown["sdk"]["terminals"]) == ("1 month", ["ios", "android"])
