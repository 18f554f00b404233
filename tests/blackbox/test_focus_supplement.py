# SPDX-License-Identifier: Apache-2.0
"""The datasets beside Cost and Usage say the same as it, as the bills and as the lots, to the last digit."""

import json
from collections import defaultdict
from fractions import Fraction

import pytest
from test_focus import ACCOUNT, APRIL, JUNE, MARCH, TARIFF, Book


@pytest.fixture(name="book")
def fixture_book(tollgate, tmp_path):
    return Book(tollgate, tmp_path)


def rows_of(book, dataset, *more):
    """What is exported; and our own check finds nothing to say about it."""
    rows = book.rows("--dataset", dataset, *more)
    checked = book.tollgate("focus", "check", "--json", "--dataset", dataset, "/dev/stdin", stdin=book.exported).json
    assert checked["findings"] == [], checked
    return rows


def sums(rows, *names):
    found = defaultdict(Fraction)
    for row in rows:
        found[tuple(row[name] for name in names)] += Fraction(row["BilledCost"])
    return found


def check_invoices(book):
    """Lines sum to bills, and are those of Cost and Usage."""
    lines, costs = rows_of(book, "invoice-detail"), book.rows()
    ids = ("InvoiceId", "InvoiceDetailId", "BillingPeriodStart", "BillingPeriodEnd", "ChargeCategory")
    assert sums(lines, *ids) == sums([row for row in costs if row["InvoiceId"]], *ids)
    assert len(lines) == len(sums(lines, "InvoiceId", "InvoiceDetailId"))  # each stands once
    by_invoice = sums(lines, "InvoiceId")
    for bill in book.bills():
        if bill["kind"] == "settlement" or (bill["number"],) in by_invoice:
            assert by_invoice[bill["number"],] == Fraction(bill["total"]), bill
    return lines


def check_periods(book):
    """Every billing period of Cost and Usage and of its issuer, once."""
    periods = rows_of(book, "billing-period")
    keys = [(row["BillingPeriodStart"], row["BillingPeriodEnd"], row["InvoiceIssuerName"]) for row in periods]
    costs = {(row["BillingPeriodStart"], row["BillingPeriodEnd"], row["InvoiceIssuerName"]) for row in book.rows()}
    assert keys == sorted(costs)
    last = {row["BillingPeriodStart"]: row["BillingPeriodLastUpdated"] for row in periods}
    for line in rows_of(book, "invoice-detail"):
        assert line["InvoiceDetailCreated"] <= last[line["BillingPeriodStart"]]
    return periods


def applied(costs):
    """Contract commitment -> [(category, cost, quantity, unit)] of the charges that it was applied to."""
    found = defaultdict(list)
    for row in costs:
        elements = json.loads(row["ContractApplied"] or '{"Elements": []}', parse_float=Fraction)["Elements"]
        for one in elements:
            found[one["ContractCommitmentId"]].append((
                row["ChargeCategory"], one.get("ContractCommitmentAppliedCost"),
                one.get("ContractCommitmentAppliedQuantity"), one.get("ContractCommitmentAppliedUnit")))
            purchase = row["ChargeCategory"] == "Purchase" or "Unused" in (row["CommitmentDiscountStatus"],
                                                                          row["CapacityReservationStatus"])
            assert row["ResourceId"] == (one["ContractCommitmentId"] if purchase else ""), row
    return found


def test_lines_of_invoices_are_those_of_the_bills(book):
    book.order("calls-70", "2026-02-03T00:00:00+01:00", "o-1")
    book.order("calls-70", "2026-02-03T01:00:00+01:00", "o-2", quantity=2)
    book.order("face-qps-month", "2026-02-01T00:00:00+01:00", "q-1", quantity=10, periods=2)
    book.use("Call", "2026-02-04T10:00:00+01:00", {"count": 100})  # of two packages: one line
    book.use("Watch", "2026-02-04T11:00:00+01:00", {"seconds": "1234.5"})
    book.say(book.document("tollgate.refund", "2026-02-06T10:00:00+01:00", {"order": "o-2"}))
    book.tick(MARCH)
    book.use("Watch", "2026-02-05T10:00:00+01:00", {"seconds": "20"})  # late
    book.flush("2026-03-05T00:00:00+01:00")
    book.tick(JUNE)
    lines = check_invoices(book)
    kept = {line["InvoiceDetailId"]: line for line in lines}
    for bill in book.bills():
        shown = book.tollgate("bill", "show", bill["number"], "--data", book.data, "--json").json
        own = [line for line in lines if line["InvoiceId"] == bill["number"]]
        asked = [Fraction(line["amount"]) for line in shown["lines"]]
        assert [Fraction(line["BilledCost"]) for line in own if "rounding" not in line["InvoiceDetailId"]] == asked
        assert [Fraction(line["x_UnitPrice"]) for line in own if line["x_UnitPrice"]] == [
            Fraction(line["unit_price"]) for line in shown["lines"]]
        assert {line["InvoiceIssueDate"] for line in own} <= {kept[own[0]["InvoiceDetailId"]]["InvoiceIssueDate"]}
    refers = {(line["InvoiceId"], line["ReferenceInvoiceId"]) for line in lines
              if line["InvoiceId"] != line["ReferenceInvoiceId"]}
    (refund,) = [line for line in lines if line["ChargeCategory"] == "Purchase" and Fraction(line["BilledCost"]) < 0]
    (bought,) = [line for line in lines if line["BilledCost"] == refund["BilledCost"][1:]]
    (late,) = [line for line in lines if "x_ChargePeriodStart" in line["InvoiceDetailGrain"]]
    (first,) = [line for line in lines if "media/second" in line["InvoiceDetailGrain"] and line != late]
    assert refers == {(refund["InvoiceId"], bought["InvoiceId"]), (late["InvoiceId"], first["InvoiceId"])}
    assert json.loads(first["InvoiceDetailGrain"]) == {"SkuId": "media/second", "SkuPriceId": "media/second",
                                                       "x_FundingName": "payg"}
    assert {row["BillingPeriodStatus"] for row in check_periods(book)} == {"Closed"}
    assert {line["PaymentTerms"] for line in rows_of(book, "invoice-detail", "--payment-terms", "Net 30")} == {"Net 30"}


def test_a_period_is_open_until_its_settlement(tollgate, tmp_path):
    book = Book(tollgate, tmp_path, TARIFF.replace("cycle: month", "cycle: hour\nsettlement: {period: day}"))
    for hour in (8, 9, 11):
        book.use("Watch", f"2026-02-04T{hour:02}:10:00+01:00", {"seconds": "12.34"})
    book.tick("2026-02-04T23:00:00+01:00")
    assert rows_of(book, "invoice-detail") == []
    (period,) = check_periods(book)
    assert (period["BillingPeriodStatus"], period["BillingPeriodStart"]) == ("Open", "2026-02-03T23:00:00Z")
    book.tick("2026-02-06T00:00:00+01:00")
    lines = check_invoices(book)
    assert {line["InvoiceId"] for line in lines} == {"media-4"} and len(lines) == 4
    assert sum(Fraction(line["BilledCost"]) for line in lines) == Fraction("0.03")
    (period,) = check_periods(book)
    assert period["BillingPeriodStatus"] == "Closed"
    assert period["BillingPeriodCreated"] == "2026-02-04T08:00:00Z"
    assert period["BillingPeriodLastUpdated"] == lines[0]["InvoiceIssueDate"]


def stages(book, *more):
    return {row["x_OrderId"]: row["ContractCommitmentLifecycleStatus"]
            for row in rows_of(book, "contract-commitment", *more)}


def test_contract_commitments_live_as_the_lots_do(book):
    book.order("calls-70", "2026-02-03T00:00:00+01:00", "o-1")
    book.order("points-7", "2026-02-03T00:00:00+01:00", "o-2")
    book.order("calls-70", "2026-02-03T01:00:00+01:00", "o-3", effective_at="2026-03-10T00:00:00+01:00")
    book.order("monthly-50", "2026-02-01T00:00:00+01:00", "o-4")
    book.order("face-qps-month", "2026-02-01T00:00:00+01:00", "q-1", quantity=10, periods=2)
    book.use("Call", "2026-02-04T10:00:00+01:00", {"count": 70})
    book.use("Face", "2026-02-04T10:00:00+01:00", {"count": 100})
    book.use("Watch", "2026-02-04T10:00:00+01:00", {"seconds": "10"})
    book.say(book.document("tollgate.refund", "2026-02-06T10:00:00+01:00", {"order": "o-3"}))
    book.tick(MARCH)
    early = rows_of(book, "contract-commitment")
    assert stages(book) == {"o-1": "Exhausted", "o-2": "Active", "o-3": "Canceled", "o-4": "Active",
                            "q-1": "Active"}
    last = {row["x_OrderId"]: row["ContractCommitmentLastUpdated"] for row in early}
    assert last == {"o-1": "2026-02-04T09:00:00Z", "o-2": "2026-02-02T23:00:00Z", "o-3": "2026-02-06T09:00:00Z",
                    "o-4": "2026-01-31T23:00:00Z", "q-1": "2026-01-31T23:00:00Z"}
    assert [row["x_RefundedCost"] for row in early if row["x_OrderId"] == "o-3"] == ["3.1"]
    book.tick(JUNE)
    assert stages(book) == {"o-1": "Expired", "o-2": "Expired", "o-3": "Canceled", "o-4": "Expired",
                            "q-1": "Expired"}
    rows = {row["x_OrderId"]: row for row in rows_of(book, "contract-commitment")}
    assert [(row["ContractCommitmentType"], row["ContractCommitmentQuantity"], row["ContractCommitmentUnit"],
             row["ContractCommitmentDurationType"], row["ContractCommitmentFulfillmentInterval"],
             row["ContractCommitmentModel"], row["ContractCommitmentBenefitCategory"])
            for row in (rows["o-2"], rows["o-4"], rows["q-1"])] == [
                ("Package", "7", "Points", "3 Months", "Full Period", "Discontinuous", "Entitlement"),
                ("Package", "50", "Seconds", "3 Months", "Monthly", "Continuous", "Entitlement"),
                ("QPS Plan", "10", "QPS", "2 Months", "Custom", "Continuous", "Availability")]
    scope = json.loads(rows["o-2"]["ContractCommitmentApplicability"])["Inclusions"]
    assert [rule["Values"] for rule in scope] == [[ACCOUNT], ["media/second", "media/shot"]]
    costs = book.rows()
    uses = applied(costs)
    assert set(uses) == {row["ContractCommitmentId"] for row in rows.values()}
    for row in rows.values():
        bought = sum(Fraction(cost["BilledCost"]) for cost in costs if cost["ChargeCategory"] == "Purchase"
                     and cost["ResourceId"] == row["ContractCommitmentId"] and Fraction(cost["BilledCost"]) > 0)
        assert Fraction(row["ContractCommitmentCost"]) == bought
    for order in ("o-1", "o-2"):
        used = [one for one in uses[rows[order]["ContractCommitmentId"]] if one[0] == "Usage"]
        assert sum(one[2] for one in used) == Fraction(rows[order]["ContractCommitmentQuantity"])
        assert {one[3] for one in used} == {rows[order]["ContractCommitmentUnit"]}
    plan = [one[1] for one in uses[ACCOUNT + "/q-1"] if one[0] == "Usage"]
    assert sum(map(Fraction, plan)) == Fraction(rows["q-1"]["ContractCommitmentCost"]) == 170


def test_the_older_form_and_what_is_not_yet_valid(book):
    book.order("calls-70", "2026-02-03T00:00:00+01:00", "o-1", effective_at="2026-03-10T00:00:00+01:00")
    book.tick(MARCH)
    assert stages(book) == {"o-1": "Pending"}
    (row,) = rows_of(book, "contract-commitment", "--version", "1.3")
    assert len([name for name in row if not name.startswith("x_")]) == 13
    (cost,) = book.rows("--version", "1.3")
    (one,) = json.loads(cost["ContractApplied"])["Elements"]
    assert one == {"ContractId": ACCOUNT + "/o-1", "ContractCommitmentId": ACCOUNT + "/o-1",
                   "ContractCommitmentAppliedQuantity": 70, "ContractCommitmentAppliedUnit": "Calls",
                   "ContractCommitmentAppliedCost": None}
    assert rows_of(book, "contract-commitment", "--from", APRIL) == []


def test_all_of_them_at_once_with_their_metadata(book, tmp_path):
    book.order("calls-70", "2026-02-03T00:00:00+01:00", "o-1")
    book.tick(APRIL)
    for version, want in [("1.2", 1), ("1.3", 2), ("1.4", 4)]:
        out = tmp_path / version
        done = book.tollgate("focus", "export", "--data", book.data, "--dataset", "all", "--out", out, "--version",
                             version)
        assert done.code == 0, done.err
        files = sorted(path.name for path in out.iterdir())
        assert len(files) == 2 * want
        for name in files[1::2] if want > 1 else []:
            stem = name.replace("-metadata.json", "").replace(".csv", "")
            checked = book.tollgate("focus", "check", out / (stem + ".csv"), "--json", "--metadata",
                                    out / (stem + "-metadata.json")).json
            assert checked["findings"] == [] and checked["version"] == version
