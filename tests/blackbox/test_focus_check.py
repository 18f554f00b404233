# SPDX-License-Identifier: Apache-2.0
"""tollgate focus check: a good file, and for every rule one that breaks it, told at its place."""

import csv
import io
import json
import os

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
GOLDEN = os.path.join(ROOT, "tests", "golden", "focus")
BASE = {
    "AllocatedMethodDetails": "", "AllocatedMethodId": "", "AllocatedResourceId": "", "AllocatedResourceName": "",
    "AllocatedTags": "", "BilledCost": "0", "BillingAccountId": "a", "BillingAccountName": "",
    "BillingAccountType": "Account", "BillingCurrency": "EUR",
    "BillingPeriodEnd": "2026-03-01T00:00:00Z", "BillingPeriodStart": "2026-02-01T00:00:00Z",
    "CapacityReservationId": "", "CapacityReservationStatus": "", "ChargeCategory": "Usage", "ChargeClass": "",
    "ChargeDescription": "calls", "ChargeFrequency": "Usage-Based", "ChargePeriodEnd": "2026-03-01T00:00:00Z",
    "ChargePeriodStart": "2026-02-01T00:00:00Z", "CommitmentDiscountCategory": "", "CommitmentDiscountId": "",
    "CommitmentDiscountName": "", "CommitmentDiscountQuantity": "", "CommitmentDiscountStatus": "",
    "CommitmentDiscountType": "", "CommitmentDiscountUnit": "", "CommitmentProgramEligibilityDetails": "",
    "ConsumedQuantity": "2000", "ConsumedUnit": "Calls", "ContractApplied": "", "ContractedCost": "1",
    "ContractedUnitPrice": "0.5",
    "EffectiveCost": "1", "HostProviderName": "", "InvoiceDetailId": "i/1", "InvoiceId": "i",
    "InvoiceIssuerName": "Acme", "ListCost": "1", "ListUnitPrice": "0.5", "PricingCategory": "Standard",
    "PricingQuantity": "2",
    "PricingUnit": "1000 Calls", "RegionId": "north", "RegionName": "North", "ResourceId": "",
    "ResourceName": "", "ResourceType": "",
    "ServiceCategory": "Media", "ServiceName": "Media", "ServiceProviderName": "Acme",
    "ServiceSubcategory": "Content Creation", "SkuId": "call", "SkuMeter": "Calls", "SkuPriceDetails": "",
    "SkuPriceId": "call/1", "SubAccountId": "", "SubAccountName": "", "SubAccountType": "", "Tags": "", "x_Id": "7",
}
COMMITTED = {"CommitmentDiscountCategory": "Usage", "CommitmentDiscountId": "c", "CommitmentDiscountName": "C",
             "CommitmentDiscountQuantity": "2000", "CommitmentDiscountType": "Package",
             "CommitmentDiscountUnit": "Calls"}
ABOUT = {"ResourceId": "c", "ResourceType": "Package", "SkuId": "pack", "SkuPriceId": "pack"}
UNPRICED = {name: "" for name in ("ConsumedQuantity", "ConsumedUnit", "ContractedUnitPrice", "ListUnitPrice",
                                  "PricingCategory", "PricingQuantity", "PricingUnit", "SkuId", "SkuMeter",
                                  "SkuPriceId")}
ROWS = [
    {"BilledCost": "1"},
    {"ChargeCategory": "Purchase", "ChargeFrequency": "One-Time", **COMMITTED, "BilledCost": "1", "EffectiveCost": "0",
     "ConsumedQuantity": "", "ConsumedUnit": "", **ABOUT},
    {**COMMITTED, "CommitmentDiscountStatus": "Used", "CommitmentDiscountQuantity": "1500", "EffectiveCost": "0.75",
     "PricingCategory": "Committed"},
    {**COMMITTED, "CommitmentDiscountStatus": "Unused", "CommitmentDiscountQuantity": "500", "EffectiveCost": "0.25",
     "PricingCategory": "Committed", "ConsumedQuantity": "", "ConsumedUnit": "", "InvoiceId": "", "InvoiceDetailId": "",
     **ABOUT},
    {"ChargeCategory": "Tax", "ChargeFrequency": "One-Time", "BilledCost": "0.19", "EffectiveCost": "1.9E-1",
     **UNPRICED},
    {"ChargeCategory": "Credit", "ChargeFrequency": "One-Time", "BilledCost": "-1", "EffectiveCost": "-1",
     "ListCost": "-1.0", "ContractedCost": "-1", **UNPRICED},
]
USAGE, PURCHASE, USED, UNUSED, TAX, CREDIT = range(6)


def good():
    return [{**BASE, **row} for row in ROWS]


def text_of(rows, columns=None, start=""):
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, columns or list(BASE), extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return start + out.getvalue()


def metadata_of(columns=None, **more):
    schema = {"SchemaId": "s", "DatasetInstanceId": "d", "FocusVersion": "1.4", "CreationDate": "2026-03-01T00:00:00Z",
              "ColumnDefinition": [{"ColumnName": name, "DataType": "DECIMAL" if "Cost" in name or "Quantity" in name
                                    or "UnitPrice" in name else "DATETIME" if "Period" in name
                                    else "JSON" if "Details" in name or "Tags" in name or "Applied" in name
                                    else "STRING"} for name in columns or BASE]}
    instance = {"DatasetInstanceId": "d", "DatasetInstanceName": "D", "FocusDatasetId": "CostAndUsage"}
    return {"DatasetInstance": [instance], "Schema": [{**schema, **more}]}


class Checker:
    def __init__(self, tollgate, folder):
        self.tollgate, self.folder = tollgate, folder

    def __call__(self, text, *words, metadata=None):
        path = self.folder / "focus.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        if metadata is not None:
            beside = self.folder / "metadata.json"
            beside.write_text(metadata if isinstance(metadata, str) else json.dumps(metadata))
            words += ("--metadata", beside)
        done = self.tollgate("focus", "check", path, "--json", *words)
        assert done.code == int(any(found["severity"] == "must" for found in done.json["findings"])), done.err
        return done.json


@pytest.fixture(name="check")
def fixture_check(tollgate, tmp_path):
    return Checker(tollgate, tmp_path)


def places(report):
    return [(found["rule"], found["line"], found["column"]) for found in report["findings"]]


def test_a_good_file_is_good(check):
    report = check(text_of(good()), metadata=metadata_of())
    assert report["findings"] == [] and report["rows"] == 6
    assert (report["version"], report["dataset"]) == ("1.4", "CostAndUsage")
    assert check("\ufeff" + text_of(good()))["findings"] == []  # a byte order mark is passed over


# A cell of a row that breaks a rule: (rule, column that is told, row, cells).
CELLS = [
    ("null-forbidden", "BilledCost", USAGE, {"BilledCost": ""}),
    ("null-forbidden", "ServiceName", TAX, {"ServiceName": ""}),
    ("null-placeholder", "HostProviderName", USAGE, {"HostProviderName": "Not Applicable"}),
    ("null-placeholder", "RegionId", USAGE, {"RegionId": "NULL"}),
    ("null-placeholder", "ChargeDescription", USAGE, {"ChargeDescription": "n/a"}),
    ("null-placeholder", "BillingAccountName", USAGE, {"BillingAccountName": "  "}),
    ("number-form", "BilledCost", USAGE, {"BilledCost": "1,000.5"}),
    ("number-form", "EffectiveCost", TAX, {"EffectiveCost": "+1"}),
    ("number-form", "EffectiveCost", TAX, {"EffectiveCost": "1 EUR"}),
    ("instant-form", "ChargePeriodStart", USAGE, {"ChargePeriodStart": "2026-02-01"}),
    ("instant-form", "ChargePeriodStart", USAGE, {"ChargePeriodStart": "2026-02-01T00:00:00+01:00"}),
    ("instant-form", "BillingPeriodStart", USAGE, {"BillingPeriodStart": "2026-02-30T00:00:00Z"}),
    ("json-form", "SkuPriceDetails", USAGE, {"SkuPriceDetails": "{a: 1}"}),
    ("json-form", "SkuPriceDetails", USAGE, {"SkuPriceDetails": "[1]"}),
    ("json-flat", "Tags", USAGE, {"Tags": '{"a": {"b": 1}}'}),
    ("json-flat", "SkuPriceDetails", USAGE, {"SkuPriceDetails": '{"CoreCount": [1]}'}),
    ("json-flat", "Tags", USAGE, {"Tags": '{"a": 1, "b": true, "a": null}'}),
    ("json-shape", "ContractApplied", USAGE, {"ContractApplied": "{}"}),
    ("json-shape", "ContractApplied", USAGE, {"ContractApplied": '{"Elements": [{"ContractId": "c"}]}'}),
    ("json-shape", "ContractApplied", USAGE,
     {"ContractApplied": '{"Elements": [{"ContractId": "c", "ContractCommitmentId": "d", "Cost": 1, '
                         '"ContractCommitmentAppliedCost": 1}]}'}),
    ("json-shape", "ContractApplied", USAGE,
     {"ContractApplied": '{"Elements": [{"ContractId": "c", "ContractCommitmentId": "d", '
                         '"ContractCommitmentAppliedQuantity": 1}]}'}),
    ("json-shape", "CommitmentProgramEligibilityDetails", USAGE,
     {"CommitmentProgramEligibilityDetails": '{"CommitmentPrograms": [{"Type": "Package"}]}'}),
    ("commitment-program", "CommitmentProgramEligibilityDetails", USED,
     {"CommitmentProgramEligibilityDetails": '{"CommitmentPrograms": [{"ProgramType": "Plan"}]}'}),
    ("unit-form", "ConsumedUnit", USAGE, {"ConsumedUnit": "calls"}),
    ("unit-form", "PricingUnit", USAGE, {"PricingUnit": "Calls per day"}),
    ("currency-code", "BillingCurrency", USAGE, {"BillingCurrency": "Euro"}),
    ("value-unknown", "ChargeCategory", TAX, {"ChargeCategory": "Taxes"}),
    ("value-unknown", "ChargeClass", USAGE, {"ChargeClass": "Corrected"}),
    ("value-unknown", "ServiceCategory", USAGE,
     {"ServiceName": "Video", "ServiceCategory": "Video", "ServiceSubcategory": "Other (Other)"}),
    ("value-unknown", "PricingCategory", USAGE, {"PricingCategory": "On-Demand"}),
    ("subcategory-parent", "ServiceSubcategory", USAGE, {"ServiceSubcategory": "Generative AI"}),
    ("period-order", "ChargePeriodEnd", USAGE, {"ChargePeriodEnd": "2026-02-01T00:00:00Z"}),
    ("period-order", "BillingPeriodEnd", USAGE, {"BillingPeriodEnd": "2026-01-01T00:00:00Z"}),
    ("usage-needs", "SkuId", USAGE, {"SkuId": "", "SkuMeter": ""}),
    ("usage-needs", "PricingCategory", PURCHASE, {"PricingCategory": ""}),
    ("tax-forbids", "SkuId", TAX, {"SkuId": "call"}),
    ("price-id-needed", "ListUnitPrice", USAGE,
     {"ChargeClass": "Correction", "SkuPriceId": "", "ContractedUnitPrice": "", "PricingQuantity": "",
      "PricingUnit": "", "PricingCategory": "", "ConsumedQuantity": "", "ConsumedUnit": ""}),
    ("price-with-id", "ListUnitPrice", CREDIT, {"SkuId": "call", "SkuPriceId": "call/1", "ContractedUnitPrice": "1"}),
    ("unit-with-quantity", "ConsumedUnit", USAGE, {"ConsumedUnit": ""}),
    ("unit-with-quantity", "CommitmentDiscountUnit", USED, {"CommitmentDiscountUnit": ""}),
    ("commitment-unit", "CommitmentDiscountId", USED, {"CommitmentDiscountUnit": "Seconds"}),
    ("commitment-resource", "ResourceId", PURCHASE, {"ResourceId": "d"}),
    ("commitment-resource", "ResourceId", UNUSED, {"ResourceId": "", "ResourceType": ""}),
    ("consumed-needed", "ConsumedQuantity", USAGE, {"ConsumedQuantity": "", "ConsumedUnit": ""}),
    ("consumed-forbidden", "ConsumedQuantity", PURCHASE, {"ConsumedQuantity": "1", "ConsumedUnit": "Calls"}),
    ("consumed-forbidden", "ConsumedQuantity", UNUSED, {"ConsumedQuantity": "1", "ConsumedUnit": "Calls"}),
    ("commitment-details", "CommitmentDiscountType", USAGE, {"CommitmentDiscountType": "Package"}),
    ("commitment-details", "CommitmentDiscountCategory", USED, {"CommitmentDiscountCategory": ""}),
    ("commitment-status", "CommitmentDiscountStatus", USED, {"CommitmentDiscountStatus": ""}),
    ("commitment-quantity", "CommitmentDiscountQuantity", USED,
     {"CommitmentDiscountQuantity": "", "CommitmentDiscountUnit": ""}),
    ("commitment-pricing", "PricingCategory", USAGE, {"PricingCategory": "Committed"}),
    ("commitment-pricing", "PricingCategory", PURCHASE, {"PricingCategory": "Committed"}),
    ("commitment-purchase", "EffectiveCost", PURCHASE, {"EffectiveCost": "1"}),
    ("capacity-status", "CapacityReservationStatus", USAGE, {"CapacityReservationStatus": "Used"}),
    ("capacity-status", "CapacityReservationStatus", USAGE, {"CapacityReservationId": "q"}),
    ("frequency-purchase", "ChargeFrequency", PURCHASE, {"ChargeFrequency": "Usage-Based"}),
    ("region-name", "RegionName", USAGE, {"RegionName": ""}),
    ("name-with-id", "SubAccountName", USAGE, {"SubAccountId": "s", "SubAccountType": "Project"}),
    ("name-with-id", "SubAccountId", USAGE, {"SubAccountType": "Project"}),
    ("name-with-id", "ResourceType", USAGE, {"ResourceId": "r"}),
    ("name-with-id", "BillingAccountType", USAGE, {"BillingAccountType": ""}),
    ("details-without-id", "ResourceName", USAGE, {"ResourceName": "disk"}),
    ("details-without-id", "SkuMeter", CREDIT, {"SkuMeter": "Calls"}),
    ("details-without-id", "AllocatedTags", USAGE, {"AllocatedTags": "{}"}),
    ("service-parent", "ServiceName", TAX, {"ServiceCategory": "Analytics", "ServiceSubcategory": "Search"}),
    ("cost-as-billed", "ListCost", CREDIT, {"ListCost": "-2"}),
    ("cost-as-billed", "EffectiveCost", TAX, {"EffectiveCost": "0.2"}),
    ("price-negative", "ListUnitPrice", USAGE, {"ListUnitPrice": "-0.5", "ListCost": "-1"}),
    ("cost-product", "ListCost", USAGE, {"ListCost": "1.01"}),
    ("cost-product", "ContractedCost", USAGE, {"ContractedCost": "0.99"}),
    ("sku-parent", "SkuPriceId", USED, {"SkuId": "other"}),
    ("invoice-detail", "InvoiceDetailId", USAGE, {"InvoiceDetailId": ""}),
]


@pytest.mark.parametrize("number", range(len(CELLS)), ids=[f"{rule}-{column}" for rule, column, _, _ in CELLS])
def test_a_cell_that_breaks_a_rule_is_told_at_its_place(check, number):
    rule, column, row, cells = CELLS[number]
    rows = good()
    rows[row].update(cells)
    assert places(check(text_of(rows))) == [(rule, row + 2, column)]


def without(*names):
    return [name for name in BASE if name not in names]


def swapped(one, other):
    return [{one: other, other: one}.get(name, name) for name in BASE]


# Files that break a rule of the whole: (rule, line, column, text).
FILES = [
    ("csv-kind", 1, None, b"\x1f\x8b\x08\x00packed"),
    ("csv-kind", 1, None, b"PK\x03\x04workbook"),
    ("csv-kind", 1, None, b"PAR1..."),
    ("csv-kind", 1, None, "\ufeffBilledCost,".encode("utf-16")),
    ("csv-kind", 1, None, '{"rows": []}'),
    ("csv-kind", 1, None, "\ufeffBilledCost;BillingCurrency\n1;EUR\n"),
    ("csv-kind", 1, None, "BilledCost\tBillingCurrency\n1\tEUR\n"),
    ("csv-form", 1, None, '"a","b\n'),
    ("csv-form", 2, None, 'a,b\n"' + "c" * (17 << 20)),
    ("csv-form", 1, None, ""),
    ("csv-cells", 3, None, "\r\n".join(line + (",8" if at == 2 else "")
                                      for at, line in enumerate(text_of(good()).split("\r\n")))),
    ("csv-utf8", 2, "ServiceName", text_of(good()).encode().replace(b",Media,Acme", b",\xff\xfe,Acme", 1)),
    ("column-missing", 1, "BilledCost", text_of(good(), without("BilledCost"))),
    ("column-recommended", 1, "ChargeFrequency", text_of(good(), without("ChargeFrequency"))),
    ("column-unknown", 1, "Tagz", text_of(good(), [name if name != "x_Id" else "Tagz" for name in BASE])),
    ("column-version", 1, "PublisherName", text_of([{**row, "PublisherName": "Acme"} for row in good()],
                                                   sorted([*without("x_Id"), "PublisherName"]) + ["x_Id"])),
    ("column-twice", 1, "x_Id", text_of(good(), [*BASE, "x_Id"])),
    ("column-order", 1, "BillingAccountId", text_of(good(), swapped("BillingAccountId", "BillingAccountName"))),
    ("column-together", 1, "CommitmentDiscountName", text_of(good(), without("CommitmentDiscountName"))),
    ("commitment-sum", 3, "EffectiveCost", text_of([row if row["EffectiveCost"] != "0.25"
                                                    else {**row, "EffectiveCost": "0.24"} for row in good()])),
]


@pytest.mark.parametrize("number", range(len(FILES)), ids=[f"{rule}-{line}" for rule, line, _, _ in FILES])
def test_a_file_that_breaks_a_rule_is_told(check, number):
    rule, line, column, text = FILES[number]
    report = check(text)
    found = [place for place in places(report) if place[0] in ("csv-form", "csv-kind")] or places(report)
    assert found == [(rule, line, column)]


SCHEMA = metadata_of()["Schema"][0]
TYPES = {"ColumnDefinition": [{**column, "DataType": "STRING"} if column["ColumnName"] == "BilledCost" else column
                              for column in SCHEMA["ColumnDefinition"]]}
METADATA = [
    ("metadata-form", None, "{"),
    ("metadata-form", None, {"Schema": []}),
    ("metadata-form", "SchemaId", metadata_of(SchemaId="")),
    ("metadata-version", "FocusVersion", metadata_of(FocusVersion="2.0")),
    ("metadata-columns", "RegionId", metadata_of(without("RegionId"))),
    ("metadata-columns", "x_More", metadata_of([*BASE, "x_More"])),
    ("metadata-type", "BilledCost", metadata_of(**TYPES)),
    ("metadata-instance", "DatasetInstanceId", metadata_of(DatasetInstanceId="")),
    ("metadata-instance", "FocusDatasetId", {"Schema": metadata_of()["Schema"]}),
]


@pytest.mark.parametrize("number", range(len(METADATA)), ids=[f"{rule}-{column}" for rule, column, _ in METADATA])
def test_metadata_that_break_a_rule_are_told(check, number):
    rule, column, metadata = METADATA[number]
    assert places(check(text_of(good()), metadata=metadata)) == [(rule, None, column)]


def test_a_rule_is_told_once_and_says_how_often(check, tollgate, tmp_path):
    rows = [{**row, "BillingCurrency": "eur"} for row in good()]
    (found,) = check(text_of(rows))["findings"]
    assert (found["line"], found["more_rows"]) == (2, 5)
    done = tollgate("focus", "check", tmp_path / "focus.csv")
    assert done.code == 1
    assert "focus.csv:2: must currency-code: BillingCurrency: \"eur\" is no currency (and 5 more rows)" in done.out
    assert done.out.endswith("FOCUS 1.4, Cost and Usage: 6 rows of 61 columns; 1 rules broken, 0 recommendations\n")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_those_of_the_file(check, end):
    rows = good()
    rows[PURCHASE]["ChargeDescription"] = 'a "pack",\nbought\n\ntwice'
    rows[UNUSED]["BillingCurrency"] = "Euro"
    header, rest = text_of(rows).replace("\r\n", "\n").split("\n", 1)
    text = "\n" + header + "\n\n" + rest + "\n\n"
    line = 1 + next(at for at, one in enumerate(text.split("\n")) if ",Euro," in one)
    report = check("\ufeff" + text.replace("\n", end))
    assert (report["rows"], places(report)) == (6, [("currency-code", line, "BillingCurrency")])


def test_more_columns_than_are_read(check):
    columns = [*BASE, *(f"x_{number:04}" for number in range(2000))]
    rows = [{**row, **{name: "1" for name in columns[len(BASE):]}} for row in good()]
    report = check(text_of(rows, columns))
    assert ([found["rule"] for found in report["findings"]], report["rows"]) == (["csv-form", "column-order"], 6)


def test_standard_input_is_read(tollgate):
    done = tollgate("focus", "check", "--json", "-", stdin=text_of(good()))
    assert done.code == 0 and done.json["rows"] == 6


def test_the_version_is_said_by_the_metadata_or_the_columns(check):
    old = {"ServiceProviderName": "ProviderName", "HostProviderName": "PublisherName"}
    gone = ("InvoiceDetailId", "CommitmentProgramEligibilityDetails", "ContractApplied",
            *(name for name in BASE if name.startswith("Allocated")))
    columns = sorted(old.get(name, name) for name in without("x_Id", *gone)) + ["x_Id"]
    rows = [{old.get(name, name): "Acme" if name == "HostProviderName" else value for name, value in row.items()}
            for row in good()]
    report = check(text_of(rows, columns))
    assert report["version"] == "1.2" and report["findings"] == []
    newer = check(text_of(rows, columns), "--version", "1.4")
    assert {found["rule"] for found in newer["findings"]} == {"column-version", "column-missing"}
    first = [name for name in columns if name not in (
        "BillingAccountType", "SubAccountType", "InvoiceId", "SkuMeter", "SkuPriceDetails", "ServiceSubcategory",
        "CommitmentDiscountQuantity", "CommitmentDiscountUnit", "CapacityReservationId", "CapacityReservationStatus")]
    report = check(text_of(rows, first))
    assert (report["version"], report["findings"]) == ("1.0", [])
    second = sorted([*first[:-1], "SkuMeter", "SkuPriceDetails", "CommitmentDiscountQuantity",
                     "CommitmentDiscountUnit"])
    report = check(text_of(rows, second))
    assert (report["version"], places(report)) == ("1.1", [("column-recommended", 1, "ServiceSubcategory")])
    both = sorted([*columns[:-1], "HostProviderName", "ServiceProviderName"])
    report = check(text_of([{**row, "ServiceProviderName": "Acme"} for row in rows], both))
    assert (report["version"], report["findings"]) == ("1.3", [])
    said = {"Schema": {**SCHEMA, "FocusVersion": "1.2", "ColumnDefinition": []}}
    assert check(text_of(rows, columns), metadata=said)["version"] == "1.2"


OWN = [("demo-1.2", "CostAndUsage", 28), ("demo-1.4", "CostAndUsage", 28),
       ("demo-contract-commitment-1.3", "ContractCommitment", 3),
       ("demo-contract-commitment-1.4", "ContractCommitment", 3), ("demo-invoice-detail-1.4", "InvoiceDetail", 26),
       ("demo-billing-period-1.4", "BillingPeriod", 4)]


@pytest.mark.parametrize("stem, dataset, count", OWN)
def test_our_own_exports_are_good(check, stem, dataset, count):
    with open(os.path.join(GOLDEN, stem + ".csv"), encoding="utf-8", newline="") as file:
        rows = file.read()
    with open(os.path.join(GOLDEN, stem + ".json"), encoding="utf-8") as file:
        report = check(rows, metadata=file.read())
    assert report["findings"] == [] and (report["version"], report["dataset"]) == (stem[-3:], dataset)
    assert report["rows"] == count
    assert check(rows)["dataset"] == dataset  # the columns alone tell it


@pytest.mark.parametrize("words, code, text", [
    ([], 2, "FILE"), (["missing.csv"], 4, "missing.csv"), ([__file__, "--metadata", "missing.json"], 4, "missing.json"),
    ([__file__, "--version", "2"], 2, "1.2"),
    ([__file__, "--dataset", "costs"], 2, "billing-period")])
def test_what_cannot_be_read_is_said(tollgate, words, code, text):
    done = tollgate("focus", "check", *words)
    assert (done.code, text in done.err) == (code, True), done.err
