# SPDX-License-Identifier: Apache-2.0
"""tollgate reconcile: what differs is found, with the right cause; what is equal is left in peace."""

import csv
import io
import json
import os
import random
from decimal import Decimal

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

TARIFF = """\
tariff: media
title: Media
currency: USD
zone: Asia/Shanghai
cycle: month
bill_rounding: {scale: 2, mode: half-up}
classes:
  region: {of: region, values: {north: [], south: []}}
items:
  call: {unit: call, price: {by: region, flat: {north: 0.03, south: 0.05}}}
  second: {unit: second, quantity: seconds, price: 0.0007}
  token: {unit: call, price: {graduated: {tiers: [{up_to: 100, price: 0.5}, {price: 0.25}]}}}
  shot:
    unit: call
    price:
      - {until: 2026-03-01T00:00:00+08:00, flat: 0.02}
      - {from: 2026-03-01T00:00:00+08:00, flat: 0.035}
  free: {unit: call, price: 0.01, free_quota: {quantity: 40, every: month}}
operations:
  Call: call
  Watch: second
  Think: token
  Shoot: shot
  Free: free
"""
MAPPING = """\
columns: {account: Customer, item: Product, region: Area, start: Day, quantity: Usage, amount: Cost, currency: Cur}
items: {API calls: call, Video seconds: second}
regions: {North China: north, South China: south}
tariff: media
per: month
thousands: ","
"""
HEAD = ["Customer", "Product", "Area", "Day", "Usage", "Cost", "Cur"]
USAGE = [
    *[("Call", {"region": "north", "count": 10}, f"2026-02-{day:02}") for day in range(1, 11)],
    ("Watch", {"seconds": "12.5"}, "2026-02-03"), ("Watch", {"seconds": "100.25"}, "2026-02-04"),
    ("Watch", {"seconds": "7"}, "2026-02-05"),
    ("Think", {"count": 300}, "2026-02-06"), ("Shoot", {"count": 50}, "2026-02-07"),
    ("Free", {"count": 100}, "2026-02-08"),
]
# What the tariff makes of it: 100 calls, 119.75 seconds, 300 tokens, 50 shots, 100 free ones of which 60 are charged.
TRUE = [
    ["acct", "API calls", "North China", "2026-02", "100", "3.00", "USD"],
    ["acct", "Video seconds", "", "2026-02-28", "119.75", "0.083825", "USD"],
    ["acct", "token", "", "2026-02-01", "300", "100.00", "USD"],
    ["acct", "shot", "", "2026-02-01T00:00:00+08:00", "50", "1", "USD"],
    ["acct", "free", "", "20260201", "100", "0.60", "USD"],
]


def events():
    lines = []
    for number, (operation, data, day) in enumerate(USAGE):
        lines.append(json.dumps({"specversion": "1.0", "id": f"e-{number}", "source": "s", "type": f"media.{operation}",
                                 "subject": "acct", "time": f"{day}T12:00:00+08:00", "data": data}))
    return "\n".join(lines) + "\n"


@pytest.fixture(name="world")
def world_fixture(tollgate, tmp_path):
    (tmp_path / "tariffs").mkdir()
    (tmp_path / "tariffs" / "media.yaml").write_text(TARIFF)
    (tmp_path / "usage.ndjson").write_text(events())
    (tmp_path / "map.yaml").write_text(MAPPING)

    def run(rows, *words, mapping=None, text=None):
        out = io.StringIO()
        csv.writer(out).writerows([HEAD, *rows])
        (tmp_path / "bill.csv").write_text(out.getvalue() if text is None else text)
        if mapping is not None:
            (tmp_path / "map.yaml").write_text(mapping)
        return tollgate("reconcile", "--bill", tmp_path / "bill.csv", "--mapping", tmp_path / "map.yaml", "--usage",
                        tmp_path / "usage.ndjson", "--tariffs", tmp_path / "tariffs", *words)

    run.folder = tmp_path
    return run


def test_what_is_true_is_equal(world):
    done = world(TRUE, "--json", "--all")
    assert done.code == 0, done.out + done.err
    found = done.json
    assert found["equal"] == 5 and found["different"] == found["missing"] == found["unexpected"] == 0
    assert [finding["difference"] for finding in found["findings"]] == ["0"] * 5


def changed(row, **cells):
    rows = [list(one) for one in TRUE]
    for name, value in cells.items():
        rows[row][HEAD.index(name)] = value
    return rows


CAUSES = [
    (changed(1, Cost="0.08"), "rounded", None, "0.083825 cut to two digits"),
    (changed(1, Cost="0.09"), "rounded", None, "rounded up to two digits"),
    (changed(0, Cost="5.00"), "different", "region", "the price of the south"),
    (changed(2, Cost="150.00"), "different", "tier", "the first tier for everything"),
    (changed(2, Cost="75"), "different", "tier", "the last tier for everything"),
    (changed(3, Cost="1.75"), "different", "version", "the price of March"),
    (changed(4, Cost="1.00"), "different", "funding", "the free quota was not taken off"),
    (changed(0, Usage="200", Cost="6.00"), "different", "duplicate", "everything twice"),
    (changed(0, Usage="6,000", Cost="180.00"), "different", "unit", "sixty times"),
    (changed(0, Usage="90", Cost="2.70"), "different", "event", "one event is missing"),
    (changed(0, Usage="110", Cost="3.30"), "different", "event", "one event twice"),
    (changed(1, Usage="121", Cost="0.0847"), "different", "rounding", "every event rounded up: 13 + 101 + 7"),
    (changed(1, Usage="120", Cost="0.084000"), "different", "rounding", "the sum rounded up"),
    (changed(0, Cost="4.44"), "different", "price", "a price that is nowhere"),
    (changed(0, Usage="123", Cost="3.69"), "different", "quantity", "a quantity that is nowhere"),
    (changed(0, Cur="CNY"), "different", "currency", "another currency"),
    (TRUE[1:], "missing", None, "a line is not there"),
    ([*TRUE, ["acct", "ghost", "", "2026-02", "1", "9.99", "USD"]], "unexpected", "item", "an item that nobody knows"),
    ([*TRUE, ["acct", "shot", "", "2026-04", "1", "0.035", "USD"]], "unexpected", None, "a month without usage"),
    ([*TRUE, ["other", "shot", "", "2026-02", "1", "0.02", "USD"]], "unexpected", None, "somebody else"),
]


@pytest.mark.parametrize("rows, verdict, cause, name", CAUSES, ids=[one[3] for one in CAUSES])
def test_causes(world, rows, verdict, cause, name):
    done = world(rows, "--json", "--all")
    found = [one for one in done.json["findings"] if one["verdict"] != "equal"]
    assert [one["verdict"] for one in found] == [verdict], name
    assert found[0]["cause"] == cause, found
    assert done.code == (0 if verdict == "rounded" else 1)
    ours = Decimal(found[0]["ours"]["amount"]) if found[0]["ours"] else 0
    theirs = Decimal(found[0]["theirs"]["amount"]) if found[0]["theirs"] else 0
    assert Decimal(found[0]["difference"]) == theirs - ours
    assert (found[0]["because"] is None) == (cause is None)


def test_lines_are_added_up_before_they_are_compared(world):
    rows = TRUE[1:]
    rows += [["acct", "API calls", "North China", f"2026-02-{day:02}", "10", "0.3", "USD"] for day in range(1, 11)]
    random.Random(1).shuffle(rows)
    assert world(rows).code == 0


def test_by_day(world):
    mapping = MAPPING.replace("per: month", "per: day")
    rows = [["acct", "API calls", "North China", "2026-02-01 00:00:00", "100", "3.00", "USD"]]
    found = world(rows, "--json", mapping=mapping).json
    # A monthly bill of ours lies on its first day.
    assert found["unexpected"] == 0 and found["missing"] == 4


def test_table_and_page(world):
    rows = changed(0, Cost="5.00")
    table = world(rows)
    assert table.code == 1 and "1 different" in table.out and "the price in south" in table.out
    page = world(changed(0, Product="<script>alert(1)</script>"), "--html")
    assert page.code == 1 and "<script>" not in page.out and "&lt;script&gt;" in page.out
    assert page.out.startswith("<!doctype html>")


MISTAKES = [
    (None, HEAD[:-1], TRUE, 'there is no column "Cur"', ":1:"),
    (None, HEAD, changed(2, Cost="1.2.3"), '"1.2.3" is no number', ":4:"),
    (None, HEAD, changed(2, Cost=""), "the amount is empty", ":4:"),
    (None, HEAD, changed(2, Day="soon"), '"soon" is no instant, day or month', ":4:"),
    (None, HEAD, changed(2, Product=""), "the item is empty", ":4:"),
    (None, HEAD, changed(2, Day="2026-13"), '"2026-13" is no instant', ":4:"),
]


@pytest.mark.parametrize("mapping, head, rows, reason, place", MISTAKES, ids=[one[3] for one in MISTAKES])
def test_wrong_bills_are_refused_with_their_row(world, mapping, head, rows, reason, place):
    out = io.StringIO()
    csv.writer(out).writerows([head, *rows])
    done = world([], text=out.getvalue(), mapping=mapping)
    assert done.code == 2 and done.out == ""
    assert reason in done.err and "bill.csv" + place in done.err


def test_every_mistake_of_a_bill_is_told(world):
    done = world([["acct", "shot", "", "2026-02", "x", "1", "USD"], ["acct", "shot", "", "never", "1", "y", "USD"]])
    assert done.code == 2 and done.err.count("error:") == 3


def test_no_csv_is_refused(world):
    done = world([], text='Customer,"Product\nx')
    assert done.code == 2 and "no CSV" in done.err


WRONG_MAPPINGS = [
    ("columns: {amount: Cost}\naccount: a", "which columns hold the item and the amount"),
    ("columns: {item: P, amount: C}", "whose bill it is"),
    ("columns: {item: P, amount: C}\naccount: a\nper: month", "cannot be told apart by time"),
    ("colums: {}", 'unknown key "colums"'),
    ("columns: {itm: P}", 'unknown column "itm"'),
    ("columns: {item: P, amount: C}\naccount: a\nper: year", '"per" is a span'),
    ("columns: {item: P, amount: C}\naccount: a\nzone: Mars", 'no time zone "Mars"'),
    ("columns: {item: P, amount: C}\naccount: a\nseparator: tab", "one character"),
    ("- a", "a mapping is a map"),
]


@pytest.mark.parametrize("mapping, reason", WRONG_MAPPINGS, ids=[one[1] for one in WRONG_MAPPINGS])
def test_wrong_mappings_are_refused_with_their_place(world, mapping, reason):
    done = world(TRUE, mapping=mapping)
    assert done.code == 2 and reason in done.err and "map.yaml:" in done.err and done.out == ""


def test_other_separators_and_totals(world):
    mapping = "columns: {item: P, amount: C}\naccount: acct\nseparator: ';'\ntariff: media\n"
    text = "\ufeffP;C\r\ncall;3.00\r\nsecond;0,08\r\n"
    done = world([], text=text, mapping=mapping)
    assert done.code == 2 and '"0,08" is no number' in done.err
    found = world([], "--json", text=text.replace("0,08", "0.08"), mapping=mapping).json
    assert found["equal"] == 1 and found["rounded"] == 1 and found["missing"] == 3


def test_our_own_export_reconciles(tollgate, tmp_path):
    demo = os.path.join(ROOT, "examples", "demo.ndjson")
    (tmp_path / "bill.csv").write_bytes(tollgate("rate", "--csv", "--quiet", demo).bytes)
    done = tollgate("reconcile", "--bill", tmp_path / "bill.csv", "--format", "tollgate", "--usage", demo, "--json")
    assert done.code == 0 and done.json["equal"] > 10 and done.json["findings"] == []


def test_focus_is_known(world, tollgate):
    text = ("BilledCost,ConsumedQuantity,SkuId,RegionId,SubAccountId,ChargePeriodStart,BillingCurrency,ChargeCategory\n"
            "3.00,100,call,north,acct,2026-02-01T00:00:00Z,USD,Usage\n"
            "50.00,,package,,acct,2026-02-01T00:00:00Z,USD,Purchase\n")
    (world.folder / "bill.csv").write_text(text)
    done = tollgate("reconcile", "--bill", world.folder / "bill.csv", "--format", "focus", "--usage",
                    world.folder / "usage.ndjson", "--tariffs", world.folder / "tariffs", "--json")
    assert done.code == 1 and done.json["equal"] == 1 and done.json["unexpected"] == 0 and done.json["missing"] == 4


def test_what_is_needed_is_said(tollgate):
    assert "needs --bill" in tollgate("reconcile").err
    assert "--mapping FILE or --format" in tollgate("reconcile", "--bill", "a", "--usage", "b").err


# ---- files as they come ----

MINI = "columns: {item: P, amount: C, quantity: Q, currency: Cur}\naccount: acct\ntariff: media\n"


@pytest.fixture(name="again")
def again_fixture(world, tollgate):
    """The bill as bytes, or from standard input."""

    def run(raw, mapping="", source=None, **more):
        (world.folder / "bill.csv").write_bytes(raw)
        (world.folder / "map.yaml").write_text(MINI + mapping)
        return tollgate("reconcile", "--bill", source or world.folder / "bill.csv", "--mapping",
                        world.folder / "map.yaml", "--usage", world.folder / "usage.ndjson", "--tariffs",
                        world.folder / "tariffs", "--json", "--all", **more)

    return run


def found_of(done, item):
    assert done.code in (0, 1), done.err
    return next(one for one in done.json["findings"] if one["item"] == item)


NUMBERS = [
    ("3", "", "3"), ("3.", None, None), ("+3.00", "", "3"), (".5", "", "0.5"), ("003.00", "", "3"), ("$3.00", "", "3"),
    ("$ 3.00", "", "3"), ("3.00 USD", "", "3"), ("USD3.00", "", "3"), ("(3.00)", "", "-3"), ("-$3.00", "", "-3"),
    ("$-3.00", "", "-3"), ("3.00-", "", "-3"), ("($3.00)", "", "-3"), ("\u20ac3", "", "3"), ("\uffe53.5", "", "3.5"),
    ("3\u00a0000.5", "", "3000.5"), ("3\u202f000.5", "", "3000.5"), ("3E-05", "", "0.00003"), ("3e2", "", "300"),
    ("0.30000000000000004", "", "0.3"), ("2.9999999999999996", "", "3"), ("1.2345678901234e-05", "", "0.000012345679"),
    ("-0.0000000000005", "", "0"), ("1,234.50", "thousands: ','", "1234.5"), ("1,23,456", "thousands: ','", "123456"),
    ("1.234,50", "thousands: '.'\ndecimal: ','", "1234.5"), ("0,08", "decimal: ','", "0.08"),
    ("0,08", "thousands: ','", None), ("1,234.50", "", None), ("0.08", "decimal: ','", None), ("", "", None),
    ("--3", "", None), ("3 4", "", None), ("n/a", "", None), ("-", "", None), ("()", "", None), ("1.2.3", "", None),
    ("1e", "", None), ("1e99999", "", None), ("9" * 60, "", None), ("9" * 200, "", None), ("0x10", "", None),
    ("$", "", None), ("USD", "", None), ("NaN", "", None),
]


@pytest.mark.parametrize("text, mapping, value", NUMBERS, ids=[f"{one[0][:24]} {one[1]}" for one in NUMBERS])
def test_numbers_as_they_are_written(again, text, mapping, value):
    done = again(f'P,C,Q,Cur\ncall,"{text}",100,USD\n'.encode(), mapping=mapping or "")
    if value is None:
        assert done.code == 2 and done.out == "" and "bill.csv:2:" in done.err, done.out + done.err
    else:
        assert found_of(done, "call")["theirs"]["amount"] == value


def test_a_long_fraction_is_no_difference(again):
    third = again(b"P,C,Q,Cur\ncall,2.9999999999999996,100,USD\n")
    assert found_of(third, "call")["verdict"] in ("equal", "rounded")


def test_money_at_the_amount_is_a_currency(again):
    assert found_of(again(b"P,C,Q,Cur\ncall,CNY 3.00,100,\n"), "call")["cause"] == "currency"
    assert found_of(again(b"P,C,Q,Cur\ncall,3.00,100,RMB\n"), "call")["cause"] == "currency"
    assert found_of(again(b"P,C,Q,Cur\ncall,3.00,100,US Dollar\n", "currencies: {US Dollar: USD}"),
                    "call")["verdict"] == "equal"
    mixed = again(b"P,C,Q,Cur\ncall,CNY 3.00,100,USD\n")
    assert mixed.code == 2 and "the amount is in CNY, the currency is USD" in mixed.err


FILES = [
    ("empty", b"", "the file is empty", ":1:"),
    ("byte order mark alone", b"\xef\xbb\xbf", "the file is empty", ":1:"),
    ("blank lines alone", b"\r\n\r\n,,,\r\n", "the file is empty", ":1:"),
    ("no head", b"call,3.00,100,USD\n", 'there is no column "P"', ":1:"),
    ("spelling", b"p,C,Q,Cur\n", 'did you mean "p"?', ":1:"),
    ("semicolons", b"P;C;Q;Cur\ncall;3;100;USD\n", "the file is separated by semicolons; the mapping's `separator`",
     ":1:"),
    ("tabs", b"P\tC\tQ\tCur\ncall\t3\t100\tUSD\n", "the file is separated by tabs", ":1:"),
    ("twice", b"P,C,Q,Cur,C\ncall,3,100,USD,4\n", 'two columns are called "C"', ":1:"),
    ("mark without quotes", b"P,C,Q,Cur\ncall,1,234.50,100,USD\n",
     "this row has 5 cells, the one that names the columns 4", ":2:"),
    ("GB18030", "P,C,Q,Cur\n\u8c03\u7528,3,100,USD\n".encode("gb18030"), "this row is not UTF-8", ":2:"),
    ("UTF-16", "P,C,Q,Cur\n".encode("utf-16"), "the file is UTF-16, not CSV", ":1:"),
    ("gzip", b"\x1f\x8b\x08\0\0\0\0\0\0\3", "the file is packed by gzip", ":1:"),
    ("workbook", b"PK\3\4\x14\0", "the file is a ZIP archive or a workbook", ":1:"),
    ("binary", b"P,C,Q,Cur\n\0\1\2", "the file is binary", ":1:"),
    ("open quote", b"P,C,Q,Cur\n\ncall,3,100,USD\n\"call,3,100,USD\n\n", "the file ends inside quotes", ":4:"),
    ("quote within", b'P,C,Q,Cur\n"a\nb",3,100,USD\nca"ll,x",3,100,USD\n"a" b,1,1,USD\n', "this row is no CSV", ":4:"),
    ("lines in cells", b'P,C,Q,Cur\r\n\r\n"call\r\n",3,100,USD\r\ncall,x,100,USD\r\n', '"x" is no number', ":5:"),
    ("lines of CR", b"P,C,Q,Cur call,3,100,USD call,x,100,USD ".replace(b" ", b"\r"), '"x" is no number', ":3:"),
    ("total", b"P,C,Q,Cur\ncall,3,100,USD\n,3,,\n", "`skip`", ":3:"),
]


@pytest.mark.parametrize("name, raw, reason, place", FILES, ids=[one[0] for one in FILES])
def test_files_that_cannot_be_read_are_told_with_a_remedy(again, name, raw, reason, place):
    done = again(raw)
    assert done.code == 2 and done.out == "", (name, done.out)
    assert reason in done.err and "bill.csv" + place in done.err, done.err
    stream = again(raw, source="-", stdin=raw)
    assert stream.code == 2 and reason in stream.err and "-" + place in stream.err, stream.err


GOOD_FILES = [
    ("title above", b"My cloud,,,\nprinted,2026-03-01,,\n\nP,C,Q,Cur\ncall,3,100,USD\n", ""),
    ("blank rows", b"P,C,Q,Cur\n,,,\ncall,3,100,USD\n , ,,\n\n", ""),
    ("totals", "P,C,Q,Cur\ncall,3,100,USD\nTotal,3,,\n,3,,\u603b\u8ba1\n".encode(), "skip: [Total, \u603b\u8ba1]"),
    ("too many marks", b"P,C,Q,Cur,,\ncall,3,100,USD,,,,\n", ""),
    ("CR", b"\xef\xbb\xbfP,C,Q,Cur call,3,100,USD ".replace(b" ", b"\r"), ""),
    ("no last line end", b"P,C,Q,Cur\r\ncall,3,100,USD", ""),
    ("nothing", b"P,C,Q,Cur\ncall,3,100,USD\nghost,0.00,0,USD\nghost,0,,USD\n", ""),
    ("quotes everywhere", b'"P","C","Q","Cur","a, b"\n"call","3","100","USD","said ""so"",\n and left"\n', ""),
]


@pytest.mark.parametrize("name, raw, mapping", GOOD_FILES, ids=[one[0] for one in GOOD_FILES])
def test_files_as_they_come_are_read(again, name, raw, mapping):
    for done in (again(raw, mapping), again(raw, mapping, source="-", stdin=raw)):
        assert found_of(done, "call")["verdict"] == "equal", name
        assert done.json["unexpected"] == 0


def test_files_that_cannot_be_opened_say_why(again, world):
    assert "Is a directory" in again(b"", source=world.folder).err
    assert "No such file" in again(b"", source=world.folder / "none.csv").err


def test_a_hundred_mistakes_are_enough(again):
    done = again(b"P,C,Q,Cur\n" + b"call,x,1,USD\n" * 5000)
    assert done.code == 2 and done.err.count("error:") == 100 and "the rest of the file was not read" in done.err


def test_a_bill_of_any_size(again):
    # More than is held at once, and more rows than are added up at once.
    rows = b"".join(b"call,0.00001,0.000333,USD,%s\n" % (b"x" * 60) for _ in range(300000))
    done = again(b"P,C,Q,Cur,Note\n" + rows + b"call,0,0.1,USD,\n")
    found = found_of(done, "call")
    assert found["verdict"] == "rounded" or found["theirs"]["amount"] == "3", found
    assert found["theirs"]["quantity"] == "100" and found["theirs"]["lines"] == 300001
    late = again(b"P,C,Q,Cur,Note\n" + rows + b"call,x,0.1,USD,\n")
    assert late.code == 2 and "bill.csv:300002:" in late.err


FOCUS_HEAD = "BilledCost,ConsumedQuantity,SkuId,RegionId,SubAccountId,BillingAccountId,ChargePeriodStart," \
             "BillingCurrency,ChargeCategory\n"


def test_focus_accounts_of_every_row(world, tollgate):
    # Rows without a sub account are the billing account's; what was not used and costs nothing is nothing.
    text = FOCUS_HEAD + ("3.00,100,call,north,,acct,2026-02-01T00:00:00Z,USD,Usage\n"
                         "1.00,50,shot,,acct,payer,2026-02-01T00:00:00Z,USD,Usage\n"
                         "0,0,plan,,acct,payer,2026-02-01T00:00:00Z,USD,Usage\n")
    (world.folder / "bill.csv").write_text(text)
    done = tollgate("reconcile", "--bill", world.folder / "bill.csv", "--format", "focus", "--usage",
                    world.folder / "usage.ndjson", "--tariffs", world.folder / "tariffs", "--json", "--all")
    assert done.json["equal"] == 2 and done.json["unexpected"] == 0 and done.json["missing"] == 3


def test_a_known_form_with_other_names(world):
    text = FOCUS_HEAD.replace("BilledCost", "BilledCost,EffectiveCost").replace("SkuId", "x_Product") + \
        "9,3.00,100,API calls,cn-north,acct,acct,2026-02-01T00:00:00Z,USD,Usage\n" + \
        "9,9.00,1,fee,,acct,acct,2026-02-01T00:00:00Z,USD,Purchase\n"
    mapping = ("format: focus\ncolumns: {item: x_Product, amount: EffectiveCost}\nitems: {API calls: call}\n"
               "regions: {cn-north: north}\ntariff: media\n")
    done = world([], "--json", "--all", text=text, mapping=mapping)
    assert done.json["equal"] == 1 and done.json["unexpected"] == 0, done.out
    both = world([], "--json", text=text, mapping=mapping + "kinds: [Usage, Purchase]\n")
    assert both.json["unexpected"] == 1
    assert 'no format "fcus"' in world([], text=text, mapping="format: fcus\n").err
    late = world([], text=text, mapping="columns: {item: P, amount: C}\naccount: a\nformat: focus\n")
    assert late.code == 2 and "stands in front of" in late.err
