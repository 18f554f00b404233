# SPDX-License-Identifier: Apache-2.0
"""FOCUS: closed bills become rows whose sums are the bills', to the last digit; reckoned here anew, with fractions."""

import csv
import io
import json
import os
from collections import defaultdict
from fractions import Fraction

import pytest
from daemon import Daemon

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
GOLDEN = os.path.join(ROOT, "tests", "golden", "focus")
TARIFF = """\
tariff: media
title: Media
service: {provider: "Media, APIs \\"AG\\"", category: Media, subcategory: Content Creation}
currency: EUR
zone: Europe/Berlin
cycle: month
bill_rounding: {scale: 2, mode: half-up}
funding: [free, qps, single, general, payg]
items:
  call: {unit: call, price: {graduated: {tiers: [{up_to: 100, price: 0.05}, {price: 0.03}]}}}
  second: {unit: second, quantity: seconds, price: {flat: 0.7, per: 1000}}
  shot: {unit: call, price: unpublished}
  face: {unit: call, price: 0.02, free_quota: {quantity: 40, every: month}}
operations: {Call: call, Watch: second, Shoot: shot, Face: face}
packages:
  calls:
    {title: Calls, kind: single, unit: call, validity: 45 days, scope: {call: 1}, sizes: {"70": 3.10},
     refund: {within: 10 days, if: always}}
  points:
    {kind: general, unit: point, validity: 3 months, scope: {second: {factor: 1, per: 3}, shot: 2},
     sizes: {"100": 10, "7": 1}}
  monthly: {kind: single, unit: second, validity: 3 months, restores: month, scope: {second: 1}, sizes: {"50": 9.99}}
qps:
  face: {items: [face], default: 5, ceiling: 100, month: {graduated: {tiers: [{up_to: 5, price: 10}, {price: 7}]}}}
"""
ACCOUNT = "=acct, \"1\""
FEBRUARY, MARCH, APRIL, MAY, JUNE = (f"2026-{month:02}-01T00:00:00+0{1 + (month > 3)}:00" for month in range(2, 7))


class Book:
    """A data directory that lives through documents and ticks."""

    def __init__(self, tollgate, directory, tariff=TARIFF):
        path = directory / "media.yaml"
        path.write_text(tariff)
        self.tollgate, self.data, self.count, self.pending = tollgate, directory / "book", 0, []
        assert tollgate("init", self.data, "--tariffs", path).code == 0

    def document(self, kind, time, data, account=ACCOUNT, name=None):
        self.count += 1
        return {"specversion": "1.0", "id": name or f"d-{self.count}", "source": "test", "type": kind,
                "subject": account, "time": time, "data": data}

    def say(self, *documents):
        """Said with the next tick."""
        self.pending += documents
        return documents[-1]

    def flush(self, now):
        text = "".join(json.dumps(document) + "\n" for document in self.pending)
        self.pending = []
        done = self.tollgate("ingest", "--data", self.data, "--now", now, "-", stdin=text)
        assert done.code == 0, done.err + done.out

    def order(self, sku, time, name, quantity=1, **more):
        return self.say(self.document("tollgate.order", time, {"tariff": "media", "sku": sku, "quantity": quantity,
                                                               **more}, name=name))

    def use(self, operation, time, data):
        return self.say(self.document(f"media.{operation}", time, data))

    def tick(self, now):
        """Everything so far is recorded when the last of it happened; then it is `now`."""
        if self.pending:
            self.flush(self.pending[-1]["time"])
        self.say(self.document("tollgate.tick", now, {}))
        self.flush(now)

    def bills(self):
        return self.tollgate("bill", "list", "--data", self.data, "--json").json["bills"]

    def rows(self, *more):
        done = self.tollgate("focus", "export", "--data", self.data, *more)
        assert done.code == 0, done.err
        assert self.tollgate("events", "rejected", "--data", self.data, "--json").json["rejected"] == []
        assert done.out.count("\r\n") == done.out.count("\n")
        self.exported = done.bytes
        return list(csv.DictReader(io.StringIO(done.out, newline="")))

    def ledger(self):
        """Ledger account -> what it has in EUR."""
        currencies = self.tollgate("ledger", "--data", self.data, "--json").json["currencies"]
        return {row["ledger_account"]: Fraction(row["amount"]) for row in currencies[0]["balances"]}


def total(rows, column, **wanted):
    return sum((Fraction(row[column]) for row in rows
                if all(row[name] == value for name, value in wanted.items())), Fraction(0))


def check_sums(book, rows):
    """What must hold of any dataset; and our own check agrees."""
    checked = book.tollgate("focus", "check", "--json", "/dev/stdin", stdin=book.exported)
    assert checked.json["findings"] == [], checked.json
    by_invoice, by_bill = defaultdict(Fraction), defaultdict(Fraction)
    for row in rows:
        by_invoice[row["InvoiceId"]] += Fraction(row["BilledCost"])
        by_bill[row["x_BillId"]] += Fraction(row["BilledCost"])
        if row["PricingQuantity"]:
            price, quantity = Fraction(row["ListUnitPrice"]), Fraction(row["PricingQuantity"])
            assert abs(price * quantity - Fraction(row["ListCost"])) <= (abs(quantity) + price + 1) / 10**12, row
        assert row["ContractedCost"] == row["ListCost"] and row["ContractedUnitPrice"] == row["ListUnitPrice"]
        assert row["ChargePeriodStart"] < row["ChargePeriodEnd"]
    for bill in book.bills():
        name = bill["number"]
        if bill["kind"] == "settlement" or name in by_invoice:
            assert by_invoice[name] == Fraction(bill["total"]), bill
        else:
            assert by_bill[name] == Fraction(bill["exact_total"]), bill
    for lot in {row["CommitmentDiscountId"] for row in rows if row["CommitmentDiscountStatus"] == "Unused"}:
        used = total(rows, "EffectiveCost", CommitmentDiscountId=lot, ChargeCategory="Usage")
        assert used == total(rows, "BilledCost", CommitmentDiscountId=lot, ChargeCategory="Purchase"), lot
        assert total(rows, "EffectiveCost", CommitmentDiscountId=lot, ChargeCategory="Purchase") == 0


def check_shares(rows, lot, price, units):
    """The shares of a package are the differences of price x used / bought, cut at 12 digits."""
    used, before = Fraction(0), Fraction(0)
    for row in rows:
        if row["CommitmentDiscountId"] != lot or row["CommitmentDiscountStatus"] != "Used":
            continue
        used += Fraction(row["CommitmentDiscountQuantity"])
        until = Fraction(int(Fraction(price) * used / units * 10**12), 10**12)
        assert Fraction(row["EffectiveCost"]) == until - before, row
        before = until
    return used


@pytest.fixture(name="book")
def fixture_book(tollgate, tmp_path):
    return Book(tollgate, tmp_path)


def test_a_package_is_amortised_to_the_last_digit(book):
    book.order("calls-70", "2026-02-03T00:00:00+01:00", "o-1")
    for day, count in [(4, 11), (5, 13), (20, 9)]:
        book.use("Call", f"2026-02-{day:02}T10:00:00+01:00", {"count": count})
    book.tick(MARCH)
    book.use("Call", "2026-03-02T10:00:00+01:00", {"count": 8})
    book.tick(MAY)
    rows = book.rows()
    lot = ACCOUNT + "/o-1"
    check_sums(book, rows)
    assert check_shares(rows, lot, "3.10", 70) == 41
    (unused,) = [row for row in rows if row["CommitmentDiscountStatus"] == "Unused"]
    assert (unused["CommitmentDiscountQuantity"], unused["CommitmentDiscountUnit"]) == ("29", "Calls")
    assert Fraction(unused["EffectiveCost"]) == -book.ledger()["expired"]
    assert unused["InvoiceId"] == "" and unused["ConsumedQuantity"] == "" and unused["BilledCost"] == "0"
    assert total(rows, "EffectiveCost", ChargeCategory="Usage") == Fraction("3.10")
    assert total(rows, "EffectiveCost") == total(rows, "BilledCost")
    covered = [row for row in rows if row["CommitmentDiscountStatus"] == "Used"]
    assert [row["ListCost"] for row in covered] == ["1.65", "0.4"]  # at the first tier's price
    assert {row["PricingCategory"] for row in covered} == {"Committed"}


def test_lots_share_a_line_and_one_of_them_pays_only_a_part_of_a_unit(book):
    book.order("points-7", "2026-02-03T00:00:00+01:00", "o-1")
    book.order("points-100", "2026-02-03T01:00:00+01:00", "o-2")
    book.use("Shoot", "2026-02-04T10:00:00+01:00", {"count": 5})  # 10 points: 7 and 3; one shot lies across
    book.use("Watch", "2026-02-04T11:00:00+01:00", {"seconds": "10"})  # 10/3 of a point
    book.tick(JUNE)
    rows = book.rows()
    check_sums(book, rows)
    assert check_shares(rows, ACCOUNT + "/o-1", 1, 7) == 7
    shots = [row for row in rows if row["SkuId"] == "media/shot"]
    assert sum(Fraction(row["ConsumedQuantity"]) for row in shots) == 5
    assert sum(Fraction(row["CommitmentDiscountQuantity"]) for row in shots) == 10
    assert total([row for row in rows if row["CommitmentDiscountStatus"]], "CommitmentDiscountQuantity") == 107
    assert [row["ListCost"] for row in shots] == [row["EffectiveCost"] for row in shots]  # no other price is published
    watched = [row for row in rows if row["SkuId"] == "media/second"]
    assert watched[0]["CommitmentDiscountQuantity"] == "3.333333333333"  # 10/3, cut
    assert Fraction(watched[0]["EffectiveCost"]) == Fraction(int(Fraction(10, 100) * (3 + Fraction(10, 3)) * 10**12),
                                                             10**12) - Fraction(3, 10)
    left = Fraction(10) - Fraction(3, 10) - Fraction(watched[0]["EffectiveCost"])
    assert total(rows, "EffectiveCost", CommitmentDiscountStatus="Unused") == left


def test_a_package_that_restores_is_amortised_month_by_month(book):
    book.order("monthly-50", FEBRUARY, "o-1")
    book.use("Watch", "2026-02-04T10:00:00+01:00", {"seconds": "20"})
    book.use("Watch", "2026-02-05T10:00:00+01:00", {"seconds": "40"})  # 30 of them are left to it
    book.tick(APRIL)
    book.use("Watch", "2026-04-02T10:00:00+02:00", {"seconds": "25"})
    book.tick(JUNE)
    rows = book.rows()
    lot = [row for row in rows if row["CommitmentDiscountId"]]
    check_sums(book, rows)
    assert [(row["CommitmentDiscountStatus"], row["CommitmentDiscountQuantity"]) for row in lot] == [
        ("", "50"), ("Used", "50"), ("Used", "25"), ("Unused", "50"), ("Unused", "25")]
    spans = {row["ChargePeriodStart"][:10]: Fraction(0) for row in lot[1:]}
    for row in lot[1:]:
        spans[row["ChargePeriodStart"][:10]] += Fraction(row["EffectiveCost"])
    hours = [28 * 24, 31 * 24 - 1, 30 * 24]  # summer time begins in March
    begun, want = 0, {}
    for start, span in zip(["2026-01-31", "2026-02-28", "2026-03-31"], hours):
        cut = [Fraction(int(Fraction("9.99") * at / sum(hours) * 10**12), 10**12) for at in (begun, begun + span)]
        want[start], begun = cut[1] - cut[0], begun + span
    assert spans == want
    assert sum(spans.values()) == Fraction("9.99")


def test_a_plan_is_spread_over_the_calls_that_it_covers(book):
    book.order("face-qps-month", "2026-02-01T00:00:00+01:00", "q-1", quantity=10, periods=2)
    book.use("Face", "2026-02-04T10:00:00+01:00", {"count": 100})
    book.tick(JUNE)
    rows = book.rows()
    check_sums(book, rows)
    bought = [row for row in rows if row["ChargeCategory"] == "Purchase"]
    assert [(row["PricingQuantity"], row["PricingUnit"], row["ListUnitPrice"], row["BilledCost"])
            for row in bought] == [("10", "QPS-Months", "10", "100"), ("10", "QPS-Months", "7", "70")]
    assert {row["EffectiveCost"] for row in bought} == {"0"}
    rest = [row for row in rows if row["CapacityReservationStatus"]]
    assert [(row["CapacityReservationStatus"], row["ConsumedQuantity"]) for row in rest] == [("Used", "60"),
                                                                                           ("Unused", "0")]
    assert sum(Fraction(row["EffectiveCost"]) for row in rest) == 170
    assert Fraction(rest[0]["EffectiveCost"]) == Fraction(int(Fraction(170 * 28 * 24, 59 * 24 - 1) * 10**12), 10**12)
    (free,) = [row for row in rows if row["x_FundingName"] == "free"]
    assert (free["ConsumedQuantity"], free["ListUnitPrice"], free["SkuPriceId"]) == ("40", "0", "media/face/from-free")


def test_tiers_are_rows_and_roundings_are_adjustments(book):
    book.use("Call", "2026-02-04T10:00:00+01:00", {"count": 150})
    book.use("Watch", "2026-02-04T11:00:00+01:00", {"seconds": "1234.5"})
    book.tick(MARCH)
    rows = book.rows()
    check_sums(book, rows)
    assert [(row["SkuPriceId"], row["PricingQuantity"], row["PricingUnit"], row["ListUnitPrice"], row["BilledCost"])
            for row in rows[:3]] == [("media/call/from-0", "100", "Calls", "0.05", "5"),
                                     ("media/call/from-100", "50", "Calls", "0.03", "1.5"),
                                     ("media/second", "1.2345", "1000 Seconds", "0.7", "0.86415")]
    assert (rows[3]["ChargeCategory"], rows[3]["BilledCost"], rows[3]["SkuId"]) == ("Adjustment", "-0.00415", "")
    assert total(rows, "BilledCost") == Fraction("7.36")


def test_what_comes_late_is_a_correction(book):
    book.order("calls-70", "2026-02-03T00:00:00+01:00", "o-1")
    book.use("Call", "2026-02-04T10:00:00+01:00", {"count": 10})
    book.tick(MARCH)
    before = book.rows()
    book.use("Call", "2026-02-05T10:00:00+01:00", {"count": 70})  # 60 of the package
    book.flush("2026-03-05T00:00:00+01:00")
    book.tick(APRIL)
    middle = book.rows()
    assert middle[:len(before)] == before  # what stands stays
    corrections = [row for row in middle if row["ChargeClass"] == "Correction"]
    assert {row["ChargePeriodStart"] for row in corrections} == {"2026-01-31T23:00:00Z"}
    assert {row["BillingPeriodStart"] for row in corrections} == {"2026-02-28T23:00:00Z"}
    assert sorted(Fraction(row["ConsumedQuantity"]) for row in corrections) == [10, 60]
    check_sums(book, middle)
    assert check_shares(middle, ACCOUNT + "/o-1", "3.10", 70) == 70
    book.tick(JUNE)
    check_sums(book, book.rows())


def test_usage_after_the_end_was_told_is_taken_back_from_it(book):
    book.order("calls-70", "2026-02-03T00:00:00+01:00", "o-1")
    late = book.document("media.Call", "2026-03-10T10:00:00+01:00", {"count": 10})
    book.use("Call", "2026-02-04T10:00:00+01:00", {"count": 7})
    book.tick(APRIL)
    before = book.rows()
    assert [row["EffectiveCost"] for row in before if row["CommitmentDiscountStatus"] == "Unused"] == ["2.79"]
    book.say(late)
    book.flush("2026-04-05T00:00:00+02:00")
    book.tick(MAY)
    rows = book.rows()
    check_sums(book, rows)
    assert [row for row in before if row not in rows] == []
    unused = [(row["ChargeClass"], row["EffectiveCost"]) for row in rows if row["CommitmentDiscountStatus"] == "Unused"]
    assert unused == [("Correction", "-0.442857142857"), ("", "2.79")]


def test_reversals_give_back_what_they_took(book):
    book.order("calls-70", "2026-02-03T00:00:00+01:00", "o-1")
    event = book.use("Call", "2026-02-04T10:00:00+01:00", {"count": 30})
    book.say(book.document("tollgate.reversal", "2026-02-06T10:00:00+01:00", {"event": event, "reason": "wrong"}))
    book.use("Call", "2026-02-07T10:00:00+01:00", {"count": 4})
    book.tick(MARCH)
    late = book.use("Call", "2026-03-01T10:00:00+01:00", {"count": 6})
    book.tick(APRIL)
    book.say(book.document("tollgate.reversal", "2026-04-03T10:00:00+02:00", {"event": late, "reason": "wrong"}))
    book.tick(JUNE)
    rows = book.rows()
    check_sums(book, rows)
    used = [row["CommitmentDiscountQuantity"] for row in rows if row["CommitmentDiscountStatus"] == "Used"]
    assert used == ["4", "6", "-6"]


def test_a_refund_takes_everything_back(book):
    book.order("calls-70", "2026-02-03T00:00:00+01:00", "o-1")
    book.use("Call", "2026-02-04T10:00:00+01:00", {"count": 10})
    book.say(book.document("tollgate.refund", "2026-02-06T10:00:00+01:00", {"order": "o-1"}))
    book.tick(JUNE)
    rows = book.rows()
    check_sums(book, rows)
    lot = ACCOUNT + "/o-1"
    assert [(row["ChargeCategory"], row["BilledCost"], row["ChargeClass"]) for row in rows
            if row["CommitmentDiscountId"] == lot] == [("Purchase", "3.1", ""), ("Purchase", "-3.1", ""),
                                                       ("Usage", "0", ""), ("Usage", "0", "Correction")]
    assert total(rows, "EffectiveCost", CommitmentDiscountId=lot) == 0


def test_other_tariffs_correct_what_stands(book, tmp_path):
    book.order("calls-70", "2026-02-03T00:00:00+01:00", "o-1")
    book.use("Call", "2026-02-04T10:00:00+01:00", {"count": 10})
    book.use("Watch", "2026-02-05T10:00:00+01:00", {"seconds": "1000"})
    book.tick(MARCH)
    before = book.rows()
    path = tmp_path / "other.yaml"
    path.write_text(TARIFF.replace("flat: 0.7", "flat: 0.9").replace("scope: {call: 1}", "scope: {call: 2}"))
    done = book.tollgate("rerate", "--data", book.data, "--tariffs", path, "--now", "2026-03-02T00:00:00+01:00")
    assert done.code == 0, done.err
    book.tick(JUNE)
    rows = book.rows()
    check_sums(book, rows)
    assert [row for row in before if row not in rows] == []
    assert total(rows, "BilledCost", SkuId="media/second") == Fraction("0.9")
    assert total(rows, "BilledCost") == sum(Fraction(bill["total"]) for bill in book.bills())


def test_settlements_are_the_invoices_of_what_waits(tollgate, tmp_path):
    tariff = TARIFF.replace("cycle: month", "cycle: hour\nsettlement: {period: day}")
    book = Book(tollgate, tmp_path, tariff)
    for hour in (8, 9, 11):
        book.use("Watch", f"2026-02-04T{hour:02}:10:00+01:00", {"seconds": "12.34"})
    book.tick("2026-02-04T23:00:00+01:00")
    assert {row["InvoiceId"] for row in book.rows()} == {""}
    book.tick("2026-02-06T00:00:00+01:00")
    rows = book.rows()
    check_sums(book, rows)
    assert {row["InvoiceId"] for row in rows} == {"media-4"}
    assert [row["InvoiceDetailId"] for row in rows] == ["media-4/1", "media-4/2", "media-4/3", "media-4/rounding"]
    assert {row["BillingPeriodStart"] for row in rows} == {"2026-02-03T23:00:00Z"}


def test_windows_accounts_and_versions(book):
    book.use("Call", "2026-02-04T10:00:00+01:00", {"count": 10})
    book.say(book.document("media.Call", "2026-02-05T10:00:00+01:00", {"count": 1}, account="other"))
    book.tick(MARCH)
    book.use("Call", "2026-03-04T10:00:00+01:00", {"count": 10})
    book.tick(APRIL)
    rows = book.rows()
    assert len(rows) == 3
    assert book.rows("--account", ACCOUNT) == [row for row in rows if row["BillingAccountId"] == ACCOUNT]
    assert book.rows("--from", MARCH) == [row for row in rows if row["BillingPeriodStart"] >= "2026-02-28T23"]
    assert book.rows("--until", MARCH) == [row for row in rows if row["BillingPeriodStart"] < "2026-02-28T23"]
    old, new = set(book.rows("--version", "1.2")[0]), set(rows[0])
    assert old - new == {"ProviderName", "PublisherName"}
    between = set(book.rows("--version", "1.3")[0])
    assert between - old == {"ServiceProviderName", "HostProviderName", "ContractApplied", "ResourceId",
                             "ResourceName", "ResourceType"}
    assert new - between == {"InvoiceDetailId", "CommitmentProgramEligibilityDetails"}
    assert old < between and between - new == {"ProviderName", "PublisherName"}
    assert {row["InvoiceIssuerName"] for row in rows} == {'Media, APIs "AG"'}
    assert {row["InvoiceIssuerName"] for row in book.rows("--issuer", "\tShop")} == {"\tShop"}
    safe = book.rows("--csv-safe", "--issuer", "=Shop")
    assert (safe[0]["BillingAccountId"], safe[0]["InvoiceIssuerName"]) == ("'" + ACCOUNT, "'=Shop")


def test_files_and_their_metadata(book, tmp_path):
    book.use("Call", "2026-02-04T10:00:00+01:00", {"count": 10})
    book.tick(MARCH)
    out = tmp_path / "out"
    assert book.tollgate("focus", "export", "--data", book.data, "--out", out, "--now", APRIL).code == 0
    with open(out / "focus.csv", encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    metadata = json.loads((out / "focus-metadata.json").read_text())
    (schema,) = metadata["Schema"]
    assert [column["ColumnName"] for column in schema["ColumnDefinition"]] == header
    assert schema["FocusVersion"] == "1.4" and schema["CreationDate"] == "2026-03-31T22:00:00Z"
    assert metadata["DatasetInstance"][0]["FocusDatasetId"] == "CostAndUsage"
    own = [name for name in header if name.startswith("x_")]
    assert header == sorted(header[:-len(own)]) + sorted(own)
    old = book.tollgate("focus", "export", "--data", book.data, "--json", "--version", "1.2").json
    assert old["metadata"]["Schema"]["FocusVersion"] == "1.2"
    assert old["metadata"]["Schema"]["SchemaId"] != schema["SchemaId"]
    assert [{name: value or "" for name, value in row.items()} for row in old["rows"]] == book.rows("--version", "1.2")


DEMO_TIMES = [("2026-02-28", "2026-03-01"), ("2026-03-31", "2026-04-01")]


@pytest.fixture(scope="module", name="demo")
def fixture_demo(tollgate, tmp_path_factory):
    """The demo journal of the four tariffs, lived through until its packages have ended."""
    data = tmp_path_factory.mktemp("demo") / "book"
    assert tollgate("init", data, "--tariffs", os.path.join(ROOT, "tariffs")).code == 0
    with open(os.path.join(ROOT, "examples", "demo.ndjson"), encoding="utf-8") as file:
        lines = file.readlines()
    for day, after in DEMO_TIMES:
        text = "".join(line for line in lines if json.loads(line)["time"][:7] == day[:7])
        assert tollgate("ingest", "--data", data, "--now", day + "T23:59:00+08:00", "-", stdin=text).code <= 1
        assert tollgate("tick", "--data", data, "--now", after + "T00:00:00+08:00").code == 0
    assert tollgate("tick", "--data", data, "--now", "2027-05-01T00:00:00+08:00").code == 0
    return data


WRITTEN = [("1.2", "cost-and-usage"), ("1.4", "cost-and-usage"), ("1.3", "contract-commitment"),
           ("1.4", "contract-commitment"), ("1.4", "invoice-detail"), ("1.4", "billing-period")]


@pytest.mark.parametrize("version, dataset", WRITTEN)
def test_the_demo_of_four_tariffs_is_as_it_was(tollgate, demo, version, dataset):
    words = ["--version", version, "--dataset", dataset]
    done = tollgate("focus", "export", "--data", demo, *words)
    whole = tollgate("focus", "export", "--data", demo, *words, "--json", "--now", JUNE).json
    metadata = json.dumps(whole["metadata"], indent=2) + "\n"
    stem = f"demo-{version}" if dataset == "cost-and-usage" else f"demo-{dataset}-{version}"
    for name, text in [(f"{stem}.csv", done.out), (f"{stem}.json", metadata)]:
        path = os.path.join(GOLDEN, name)
        if os.environ.get("UPDATE_GOLDEN"):
            os.makedirs(GOLDEN, exist_ok=True)
            with open(path, "w", encoding="utf-8", newline="") as file:
                file.write(text)
        with open(path, encoding="utf-8", newline="") as file:
            assert file.read() == text


def test_the_demo_reconciles_with_our_own_rating(tollgate, demo, tmp_path):
    path = tmp_path / "focus.csv"
    for version in ("1.2", "1.4"):
        path.write_bytes(tollgate("focus", "export", "--data", demo, "--version", version).bytes)
        done = tollgate("reconcile", "--tariffs", os.path.join(ROOT, "tariffs"), "--format", "focus", "--bill", path,
                        "--usage", os.path.join(ROOT, "examples", "demo.ndjson"), "--json")
        assert done.code == 0, done.out
        assert done.json["equal"] >= 15 and done.json["rounded"] == 0


def test_the_sums_of_the_demo_are_those_of_its_bills(tollgate, demo):
    class Demo(Book):
        def __init__(self):  # pylint: disable=super-init-not-called
            self.tollgate, self.data = tollgate, demo
    book = Demo()
    rows = book.rows()
    check_sums(book, rows)
    for currency in ("CNY", "USD"):
        assert total(rows, "EffectiveCost", BillingCurrency=currency) == total(rows, "BilledCost",
                                                                              BillingCurrency=currency)


@pytest.mark.parametrize("words, text", [
    (["--version", "1.1"], "1.2"), (["--from", "tomorrow"], "--from"), (["--json", "--out", "x"], "--out"),
    (["--dataset", "all"], "--out"), (["--dataset", "bills"], "invoice-detail"),
    (["--dataset", "invoice-detail", "--version", "1.3"], "1.4")])
def test_what_makes_no_sense_is_refused(book, words, text):
    done = book.tollgate("focus", "export", "--data", book.data, *words)
    assert (done.code, text in done.err) == (2, True), done.err


def test_the_daemon_gives_the_same(tollgate, demo):
    with Daemon(tollgate, "--data", demo) as daemon:
        for query, words in [
                ("", []), ("?dataset=invoice-detail", ["--dataset", "invoice-detail"]),
                ("?version=1.3&dataset=contract-commitment", ["--version", "1.3", "--dataset", "contract-commitment"]),
                ("?version=1.2&account=park-easy", ["--version", "1.2", "--account", "park-easy"]),
                ("?from=2026-03-05&until=2027-03-05", ["--from", "2026-03-05", "--until", "2027-03-05"])]:
            want = tollgate("focus", "export", "--data", demo, *words)
            answer = daemon.get("/v1/focus" + query, Accept="text/csv")
            assert (answer.status, answer.bytes) == (200, want.bytes)
            got = daemon.get("/v1/focus" + query).json
            whole = tollgate("focus", "export", "--data", demo, "--json", *words).json
            for dataset in (got, whole):
                schema = dataset["metadata"]["Schema"]
                del (schema[0] if isinstance(schema, list) else schema)["CreationDate"]
            assert got == whole
        for query in ("?version=1.1", "?from=soon", "?colour=red", "?dataset=all",
                      "?version=1.3&dataset=invoice-detail"):
            assert daemon.get("/v1/focus" + query).status == 400
