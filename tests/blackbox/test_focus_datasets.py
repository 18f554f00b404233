# SPDX-License-Identifier: Apache-2.0
"""tollgate focus check of the datasets beside Cost and Usage: for each rule a row that breaks it."""

import pytest
import test_focus_check as costs
from test_focus_check import Checker, places, text_of

COMMITMENT = {
    "BillingCurrency": "EUR", "ContractCommitmentApplicability": '{"IsGlobalScope": true}',
    "ContractCommitmentBenefitCategory": "Discount", "ContractCommitmentCategory": "Usage",
    "ContractCommitmentCost": "100", "ContractCommitmentCreated": "2026-01-01T00:00:00Z",
    "ContractCommitmentDescription": "1000 calls", "ContractCommitmentDiscountPercentage": "0.15",
    "ContractCommitmentDurationType": "1 Year", "ContractCommitmentFulfillmentInterval": "Full Period",
    "ContractCommitmentId": "c/1", "ContractCommitmentLastUpdated": "2026-01-01T00:00:00Z",
    "ContractCommitmentLifecycleStatus": "Active", "ContractCommitmentModel": "Discontinuous",
    "ContractCommitmentOfferCategory": "Public", "ContractCommitmentPaymentInterval": "One-Time",
    "ContractCommitmentPaymentModel": "All Upfront", "ContractCommitmentPaymentUpfrontPercentage": "1",
    "ContractCommitmentPeriodEnd": "2027-01-01T00:00:00Z", "ContractCommitmentPeriodStart": "2026-01-01T00:00:00Z",
    "ContractCommitmentQuantity": "1000", "ContractCommitmentType": "Package", "ContractCommitmentUnit": "Calls",
    "ContractId": "c", "ContractPeriodEnd": "2027-01-01T00:00:00Z", "ContractPeriodStart": "2026-01-01T00:00:00Z",
    "InvoiceIssuerName": "Acme", "PricingCurrency": "EUR", "PricingCurrencyContractCommitmentCost": "100",
    "ServiceProviderName": "Acme", "x_Id": "1",
}
INVOICE = {
    "BilledCost": "-1.5", "BillingAccountId": "a", "BillingCurrency": "EUR", "BillingPeriodEnd": "2026-03-01T00:00:00Z",
    "BillingPeriodStart": "2026-02-01T00:00:00Z", "ChargeCategory": "Usage",
    "InvoiceDetailCreated": "2026-03-01T00:00:00Z", "InvoiceDetailDescription": "", "InvoiceDetailGrain":
    '{"SkuId": "call", "x_Mode": 7}', "InvoiceDetailId": "1", "InvoiceDetailLastUpdated": "2026-03-02T00:00:00Z",
    "InvoiceId": "i", "InvoiceIssueDate": "", "InvoiceIssueStatus": "Issued", "InvoiceIssuerName": "Acme",
    "PaymentCurrency": "CNY", "PaymentCurrencyBilledCost": "-12", "PaymentCurrencyInvoiceDetailId": "1",
    "PaymentDueDate": "", "PaymentTerms": "Net 30", "PurchaseOrderNumber": "", "ReferenceInvoiceId": "h", "x_Id": "1",
}
PERIOD = {
    "BillingPeriodCreated": "2026-02-01T00:00:00Z", "BillingPeriodEnd": "2026-03-01T00:00:00Z",
    "BillingPeriodLastUpdated": "2026-03-01T00:00:00Z", "BillingPeriodStart": "2026-02-01T00:00:00Z",
    "BillingPeriodStatus": "Closed", "InvoiceIssuerName": "Acme",
}
GOOD = {"ContractCommitment": COMMITMENT, "InvoiceDetail": INVOICE, "BillingPeriod": PERIOD}
SCOPE = '{"InclusionOperator": "Or", "Inclusions": [%s]}'
# (dataset, rule, column that is told, cells that break it)
CELLS = [
    ("ContractCommitment", "contract-amount", "ContractCommitmentQuantity",
     {"ContractCommitmentQuantity": "", "ContractCommitmentUnit": ""}),
    ("ContractCommitment", "contract-amount", "ContractCommitmentCost",
     {"ContractCommitmentCategory": "Spend", "ContractCommitmentCost": ""}),
    ("ContractCommitment", "contract-amount", "BillingCurrency",
     {"ContractCommitmentCategory": "Spend", "BillingCurrency": ""}),
    ("ContractCommitment", "unit-with-quantity", "ContractCommitmentUnit", {"ContractCommitmentUnit": ""}),
    ("ContractCommitment", "contract-discount", "ContractCommitmentDiscountPercentage",
     {"ContractCommitmentDiscountPercentage": ""}),
    ("ContractCommitment", "contract-discount", "ContractCommitmentDiscountPercentage",
     {"ContractCommitmentDiscountPercentage": "15"}),
    ("ContractCommitment", "contract-discount", "ContractCommitmentDiscountPercentage",
     {"ContractCommitmentBenefitCategory": "Availability"}),
    ("ContractCommitment", "contract-interval", "ContractCommitmentModel", {"ContractCommitmentModel": "Continuous"}),
    ("ContractCommitment", "contract-payment", "ContractCommitmentPaymentInterval",
     {"ContractCommitmentPaymentInterval": "Monthly"}),
    ("ContractCommitment", "contract-payment", "ContractCommitmentPaymentUpfrontPercentage",
     {"ContractCommitmentPaymentUpfrontPercentage": "0.5"}),
    ("ContractCommitment", "contract-payment", "ContractCommitmentPaymentUpfrontPercentage",
     {"ContractCommitmentPaymentModel": "Partial Upfront"}),
    ("ContractCommitment", "contract-duration", "ContractCommitmentDurationType",
     {"ContractCommitmentDurationType": "one year"}),
    ("ContractCommitment", "updated-after", "ContractCommitmentLastUpdated",
     {"ContractCommitmentLastUpdated": "2025-12-31T23:59:59Z"}),
    ("ContractCommitment", "period-order", "ContractCommitmentPeriodEnd",
     {"ContractCommitmentPeriodEnd": "2026-01-01T00:00:00Z"}),
    ("ContractCommitment", "period-order", "ContractPeriodEnd", {"ContractPeriodEnd": "2025-01-01T00:00:00Z"}),
    ("ContractCommitment", "value-unknown", "ContractCommitmentLifecycleStatus",
     {"ContractCommitmentLifecycleStatus": "Cancelled"}),
    ("ContractCommitment", "value-unknown", "ContractCommitmentBenefitCategory",
     {"ContractCommitmentBenefitCategory": "Rebate"}),
    ("ContractCommitment", "null-forbidden", "ServiceProviderName", {"ServiceProviderName": ""}),
    ("ContractCommitment", "currency-code", "PricingCurrency", {"PricingCurrency": "Credits"}),
    ("ContractCommitment", "json-shape", "ContractCommitmentApplicability", {"ContractCommitmentApplicability": "{}"}),
    ("ContractCommitment", "json-shape", "ContractCommitmentApplicability",
     {"ContractCommitmentApplicability": '{"IsGlobalScope": true, "IsComplexScope": true}'}),
    ("ContractCommitment", "json-shape", "ContractCommitmentApplicability",
     {"ContractCommitmentApplicability": SCOPE % '{"Dimension": "SkuId", "Operator": "Is", "Values": ["a"]}'}),
    ("ContractCommitment", "json-shape", "ContractCommitmentApplicability",
     {"ContractCommitmentApplicability": SCOPE % '{"Dimension": "SkuId", "Operator": "In", "Values": []}'}),
    ("InvoiceDetail", "null-forbidden", "ReferenceInvoiceId", {"ReferenceInvoiceId": ""}),
    ("InvoiceDetail", "null-forbidden", "PaymentTerms", {"PaymentTerms": ""}),
    ("InvoiceDetail", "value-unknown", "InvoiceIssueStatus", {"InvoiceIssueStatus": "Paid"}),
    ("InvoiceDetail", "period-order", "BillingPeriodEnd", {"BillingPeriodEnd": "2026-02-01T00:00:00Z"}),
    ("InvoiceDetail", "updated-after", "InvoiceDetailLastUpdated",
     {"InvoiceDetailLastUpdated": "2026-02-28T00:00:00Z"}),
    ("InvoiceDetail", "json-flat", "InvoiceDetailGrain", {"InvoiceDetailGrain": '{"SkuId": ["a"]}'}),
    ("InvoiceDetail", "json-shape", "InvoiceDetailGrain", {"InvoiceDetailGrain": '{"Sku": "a"}'}),
    ("InvoiceDetail", "payment-detail", "PaymentCurrencyInvoiceDetailId", {"PaymentCurrencyInvoiceDetailId": "3"}),
    ("BillingPeriod", "value-unknown", "BillingPeriodStatus", {"BillingPeriodStatus": "Finalized"}),
    ("BillingPeriod", "period-order", "BillingPeriodEnd", {"BillingPeriodEnd": "2026-01-01T00:00:00Z"}),
    ("BillingPeriod", "updated-after", "BillingPeriodLastUpdated",
     {"BillingPeriodLastUpdated": "2026-01-01T00:00:00Z"}),
    ("BillingPeriod", "instant-form", "BillingPeriodStart", {"BillingPeriodStart": "2026-02"}),
]


@pytest.fixture(name="check")
def fixture_check(tollgate, tmp_path):
    return Checker(tollgate, tmp_path)


@pytest.mark.parametrize("dataset", list(GOOD))
def test_a_good_row_is_good(check, dataset):
    report = check(text_of([GOOD[dataset]], list(GOOD[dataset])))
    assert (report["dataset"], report["version"], report["findings"]) == (dataset, "1.4", [])


@pytest.mark.parametrize("dataset, rule, column, cells", CELLS, ids=[f"{row[1]}-{row[2]}" for row in CELLS])
def test_a_cell_that_breaks_a_rule_is_told_at_its_place(check, dataset, rule, column, cells):
    good = GOOD[dataset]
    other = {"InvoiceDetailId": "2", "PaymentCurrencyInvoiceDetailId": "2"}
    report = check(text_of([good, {**good, **other, **cells}], list(good)))
    assert places(report) == [(rule, 3, column)]


def test_what_must_be_there_once_or_have_one_parent(check):
    assert places(check(text_of([INVOICE, INVOICE], list(INVOICE)))) == [("invoice-detail-once", 3, "InvoiceDetailId")]
    assert places(check(text_of([COMMITMENT, {**COMMITMENT, "ContractId": "d"}], list(COMMITMENT)))) == [
        ("contract-parent", 3, "ContractCommitmentId")]


def test_columns_of_the_dataset_are_asked_for(check):
    columns = [name for name in PERIOD if name != "InvoiceIssuerName"] + ["BilledCost"]
    assert places(check(text_of([PERIOD], columns))) == [
        ("column-unknown", 1, "BilledCost"), ("column-missing", 1, "InvoiceIssuerName"),
        ("column-order", 1, "BilledCost")]
    assert check(text_of([PERIOD], list(PERIOD)), "--dataset", "invoice-detail")["dataset"] == "InvoiceDetail"
    columns = [name for name in COMMITMENT if not name.startswith("PricingCurrency") or name == "PricingCurrency"]
    assert places(check(text_of([COMMITMENT], columns))) == [
        ("column-together", 1, "PricingCurrencyContractCommitmentCost")]
    old = ["BillingCurrency", *(f"ContractCommitment{name}" for name in (
        "Category", "Cost", "Description", "Id", "PeriodEnd", "PeriodStart", "Quantity", "Type", "Unit")),
           "ContractId", "ContractPeriodEnd", "ContractPeriodStart"]
    report = check(text_of([COMMITMENT], old))
    assert (report["version"], report["findings"]) == ("1.3", [])


def test_metadata_say_which_dataset_a_file_is(check):
    schemas = [{"SchemaId": name, "DatasetInstanceId": name, "FocusVersion": "1.4", "CreationDate": "2026-03-01T00:00Z",
                "ColumnDefinition": [{"ColumnName": column, "DataType": "STRING"} for column in GOOD[name]
                                     if column == "InvoiceIssuerName"]} for name in GOOD]
    metadata = {"DatasetInstance": [{"DatasetInstanceId": name, "FocusDatasetId": name} for name in GOOD],
                "Schema": schemas}
    report = check(text_of([PERIOD], ["InvoiceIssuerName"]), "--dataset", "billing-period", metadata=metadata)
    assert {rule for rule, _, _ in places(report)} == {"column-missing"}
    metadata["Schema"] = schemas[1:]
    report = check(text_of([INVOICE], ["InvoiceIssuerName"]), metadata=metadata)
    assert (report["dataset"], {rule for rule, _, _ in places(report)}) == ("InvoiceDetail", {"column-missing"})


def test_every_rule_is_broken_by_a_file(tollgate):
    broken = {row[0] for row in costs.CELLS + costs.FILES + costs.METADATA} | {row[1] for row in CELLS}
    rules = tollgate("focus", "check", "--rules", "--json").json["rules"]
    assert broken | {"invoice-detail-once", "contract-parent"} == {rule["id"] for rule in rules}
    text = tollgate("focus", "check", "--rules").out
    assert all(rule["id"] in text and rule["text"] in text for rule in rules)
