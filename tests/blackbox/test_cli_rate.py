# SPDX-License-Identifier: Apache-2.0
"""tollgate rate, explain and quote: shapes and texts of what comes out."""

import csv
import io

import pytest
from conftest import event


def order(sku, number=1, account="acct-1", **data):
    return event("tollgate.order", {"tariff": "demo", "sku": sku, **data}, f"o-{number}", account,
                 "2026-02-01T00:00:00Z")


@pytest.fixture
def rate(tollgate, demo):
    return lambda journal, *words: tollgate("rate", "--tariffs", demo, *words, "-", stdin=journal)


def test_json_has_the_shape_that_others_rely_on(rate):
    journal = order("calls-100") + event("demo.Do", {"count": 60}) + event("demo.Nope", {}, 2) + "{\n"
    result = rate(journal + event("demo.Do", {"count": 60}), "--json")
    assert result.code == 1
    out = result.json
    assert list(out)[:6] == ["bills", "balances", "unpriced", "rejected", "duplicates", "alerts"]
    usage = [bill for bill in out["bills"] if bill["kind"] == "usage"][0]
    assert usage["account"] == "acct-1" and usage["tariff"] == "demo" and usage["currency"] == "USD"
    assert usage["cycle"] == {"start": "2026-02-01T00:00:00+00:00", "end": "2026-03-01T00:00:00+00:00"}
    assert [(line["funding"], line["quantity"], line["amount"]) for line in usage["lines"]] == [
        ("single", "50", "0"), ("payg", "10", "5")]
    for line in usage["lines"]:
        assert line["item"] == "call" and line["region"] is None and line["unit"] == "call" and line["per"] == "1"
        assert isinstance(line["unit_price"], str)
    assert (usage["exact_total"], usage["rounding"], usage["total"]) == ("5", "0", "5.00")
    balance = out["balances"][0]
    assert balance["sku"] == "calls-100" and balance["expires_at"] == "2027-02-01T00:00:00+00:00"
    assert [balance[key] for key in ("bought", "used", "held", "remaining")] == ["100", "100", "0", "0"]
    assert out["duplicates"] == 1
    assert out["unpriced"][0]["id"] == "e-2" and "Nope" in out["unpriced"][0]["reason"]
    assert out["rejected"][0]["line"] == 4
    assert {alert["kind"] for alert in out["alerts"]} >= {"package-empty"}


def test_rounding_is_the_difference_and_total_has_its_digits(rate):
    bill = rate(event("demo.Do", {"count": 11}), "--json").json["bills"][0]
    assert (bill["exact_total"], bill["rounding"], bill["total"]) == ("5.105", "-0.005", "5.10")


def test_the_same_input_gives_the_same_bytes(rate):
    journal = "".join(event("demo.Do", {"count": n % 7}, n, f"acct-{n % 13}") for n in range(500))
    assert rate(journal, "--json", "--threads", "1").bytes == rate(journal, "--json", "--threads", "4").bytes


def test_a_bad_line_is_reported_with_its_place_and_the_rest_goes_on(rate):
    journal = event("demo.Do", {}) + '{"specversion":"1.0","id":}\n\n' + event("demo.Do", {}, 2).rstrip("\n")
    result = rate(journal, "--json")
    assert result.code == 1
    assert result.json["bills"][0]["exact_total"] == "1"
    notice = result.json["rejected"][0]
    assert notice["line"] == 2 and notice["column"] > 1 and notice["reason"]


def test_csv_follows_rfc_4180(rate):
    journal = event("demo.Do", {"count": 11}, 1, 'a,"b"') + event("demo.Watch", {"seconds": 60}, 2, "=1+1")
    result = rate(journal, "--csv", "--explain")
    lines = result.bytes.split(b"\r\n")
    assert lines[-1] == b"" and lines[0].startswith(b"account,tariff,currency,kind,")
    rows = list(csv.DictReader(io.StringIO(result.out, newline="")))
    assert [row["account"] for row in rows] == ["=1+1", 'a,"b"', 'a,"b"']
    assert [row["amount"] for row in rows] == ["0.003", "5", "0.105"]
    assert all(row["bill_exact_total"] == "5.105" for row in rows[1:])
    assert "10 call x 0.5 = 5 USD" in rows[1]["steps"]
    assert '"a,""b"""' in result.out
    safe = list(csv.DictReader(io.StringIO(rate(journal, "--csv-safe").out, newline="")))
    assert safe[0]["account"] == "'=1+1" and safe[1]["account"] == 'a,"b"'


def test_csv_tells_what_was_not_charged_on_stderr(rate):
    result = rate("junk\n" + event("demo.Nope", {}), "--csv")
    assert result.code == 1 and result.out.count("\r\n") == 1
    assert "-:1:1: rejected: " in result.err and "-:2:1: unpriced: " in result.err


def test_the_table_names_everything(rate):
    result = rate(order("calls-100") + event("demo.Do", {"count": 61}) + event("demo.Nope", {}, 2) + "junk\n",
                  "--explain")
    for part in ("acct-1  demo  usage  2026-02-01", "paid by", "exact total", "rounding", "USD 5.10", "Balances",
                 "calls-100", "Alerts", "package-empty", "Unpriced", "Rejected", "-:4:1", "1 call x 0.105 = 0.105 USD"):
        assert part in result.out
    assert not any(line.endswith(" ") for line in result.out.splitlines())


def test_control_characters_from_outside_never_reach_a_terminal(rate):
    account = "a\x1b]0;x\x07\u009bb\nc"
    journal = event("demo.Do", {}, 1, account) + event("demo.\x1b[2J", {}, 2, account)
    for words in ([], ["--explain"], ["--csv"]):
        result = rate(journal, *words)
        assert result.code == 1
        text = result.err if words == ["--csv"] else result.out + result.err
        assert not any(letter in text for letter in "\x1b\x07\u009b"), words
    assert "a?]0;x??b?c  demo" in rate(journal).out
    assert rate(journal, "--json").json["bills"][0]["account"] == account


def test_many_short_cycles_become_one_group(tollgate):
    journal = "".join(event("imm.DetectImageFaces", {}, hour, time=f"2026-02-15T{hour:02}:10:00+08:00")
                      for hour in range(8))
    grouped = tollgate("rate", "-", stdin=journal)
    assert "8 bills of one hour" in grouped.out and grouped.out.count("ImageDetect") + grouped.out.count(
        "ImageFace") == 1
    assert tollgate("rate", "--each", "-", stdin=journal).out.count("exact total") == 8


def test_until_leaves_later_cycles_open(rate):
    journal = event("demo.Do", {}) + event("demo.Do", {}, 2, time="2026-03-15T00:00:00Z")
    assert len(rate(journal, "--json").json["bills"]) == 2
    closed = rate(journal, "--json", "--until", "2026-03-01")
    assert [bill["cycle"]["end"] for bill in closed.json["bills"]] == ["2026-03-01T00:00:00+00:00"]


def test_explain_an_event(tollgate, demo, tmp_path):
    journal = tmp_path / "journal"
    journal.write_text(event("demo.Do", {"count": 3}) + event("demo.Do", {"count": 4}, 2))
    words = ["explain", "--tariffs", demo, "--journal", journal]
    result = tollgate(*words, "e-2")
    assert result.code == 0 and "count = 4" in result.out and "count = 3" not in result.out
    steps = tollgate(*words, "--json", "e-2").json
    assert steps["id"] == "e-2" and {"operation", "quantity", "funding"} <= {step["topic"] for step in steps["steps"]}
    journal.write_text(event("demo.Nope", {}, 9))
    assert "unpriced  tariff demo has no operation" in tollgate(*words, "e-9").out
    missing = tollgate(*words, "e-3")
    assert missing.code == 1 and missing.out == "" and 'no event "e-3"' in missing.err


def test_explain_a_bill_and_one_of_its_items(tollgate, demo, tmp_path):
    journal = tmp_path / "journal"
    journal.write_text(event("demo.Do", {"count": 11}) + event("demo.Watch", {"seconds": 60}, 2))
    words = ["explain", "--tariffs", demo, "--journal", journal, "--bill"]
    whole = tollgate(*words, "acct-1/demo/2026-02-01T00:00:00Z")
    assert whole.code == 0 and "call" in whole.out and "minute" in whole.out
    assert "exact total 5.108, rounding -0.008 (down to 2 digits), total 5.10" in whole.out
    item = tollgate(*words, "acct-1/demo/2026-02/minute", "--json").json["bills"]
    assert [line["item"] for bill in item for line in bill["lines"]] == ["minute"]
    assert item[0]["lines"][0]["steps"]
    for nothing in ("acct-1/demo/2026-03", "acct-2/demo/2026-02", "acct-1/demo/2026-02/nothing"):
        assert tollgate(*words, nothing).code == 1


def quote(tollgate, demo, *words):
    return tollgate("quote", "--tariffs", demo, "--at", "2026-02-15T00:00:00Z", *words)


def test_quote_work_with_its_alternatives(tollgate, demo):
    result = quote(tollgate, demo, "demo.Do", "--count", "12", "--json")
    assert result.code == 0
    assert result.json["bills"][0]["exact_total"] == "5.21" and result.json["bills"][0]["lines"][0]["steps"]
    ways = {way["sku"] or way["kind"]: way for way in result.json["alternatives"]}
    assert ways["payg"]["total"] == "5.21"
    package = ways["calls-100"]
    assert [package[key] for key in ("unit_price", "needed", "total", "covers")] == ["0.4", "1", "20", "50"]
    assert ways["calls-1000"]["published"] is False and ways["calls-1000"]["unit_price"] is None
    assert ways["secret"]["published"] is False
    plan = ways["call-plan-qps-day"]
    assert plan["unit_price"] == "12.8" and plan["break_even"] == "85" and plan["period"] == "1 day"


def test_quote_with_a_package_bought_before(tollgate, demo):
    result = quote(tollgate, demo, "demo.Do", "--count", "120", "--with", "calls-100=2", "--json")
    usage = [bill for bill in result.json["bills"] if bill["kind"] == "usage"][0]
    assert [(line["funding"], line["quantity"]) for line in usage["lines"]] == [
        ("single", "100"), ("payg", "10"), ("payg", "10")]
    wrong = quote(tollgate, demo, "demo.Do", "--with", "call-100")
    assert wrong.code == 2 and 'Did you mean "calls-100"?' in wrong.err


def test_quote_nests_keys_and_takes_streams(tollgate):
    words = ["quote", "--at", "2026-02-15T00:00:00+08:00", "--json"]
    result = tollgate(*words, "imm.CreateMediaConvertTask",
                      "stream=kind:video,codec:h264,width:1280,height:720,fps:30,seconds:10.2",
                      "stream=kind:audio,seconds:10")
    assert {line["item"]: line["quantity"] for line in result.json["bills"][0]["lines"]} == {
        "VideoCompress264SD": "11", "AudioCompress": "10"}
    live = tollgate(*words, "imm.GenerateVideoPlaylist", "media=film", "playlist.initial_seconds=30",
                    "playlist.duration_seconds=2280", "stream=kind:audio")
    assert live.code == 0, live.err
    assert live.json["bills"][0]["lines"][0]["item"] == "LiveTranscoding"


@pytest.mark.parametrize("words, message", [
    (["demo.Do", "cuont=3"], 'no tariff uses an attribute "cuont". Did you mean "count"?'),
    (["demo.Do", "count"], '"count" is not key=value.'),
    (["demo.Do", "count=3", "--count", "4"], '"count" is given twice.'),
    (["demo.Do", "stream=kind"], '"kind" of a stream is not key:value.'),
    (["demo.calls-100", "pieces=3"], "only quantity and periods."),
    (["demo.calls-100", "quantity=0.5"], '"0.5" is not a whole number'),
])
def test_quote_refuses_what_it_cannot_mean(tollgate, demo, words, message):
    result = quote(tollgate, demo, *words)
    assert result.code == 2 and message in result.err


def test_quote_says_when_there_is_no_price(tollgate, demo):
    result = quote(tollgate, demo, "demo.Watch", "--json")
    assert result.code == 1 and "seconds" in result.json["unpriced"][0]


def test_quote_an_order(tollgate, demo):
    result = quote(tollgate, demo, "demo.call-plan-qps-day", "quantity=40", "periods=2", "--json")
    assert result.code == 0 and result.json["amount"] == "904"
    slices = [(part["quantity"], part["unit_price"]) for part in result.json["slices"]]
    assert slices == [("10", "12.8"), ("30", "10.8")]
    above = quote(tollgate, demo, "demo.call-plan-qps-day", "quantity=51")
    assert above.code == 0 and "More than 50 in one order is sold through sales only." in above.out
    unpublished = quote(tollgate, demo, "demo.calls-1000", "--json")
    assert unpublished.code == 1 and unpublished.json["amount"] is None
