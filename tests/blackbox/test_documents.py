# SPDX-License-Identifier: Apache-2.0
"""Bills as HTML, PDF and electronic invoices: every sum is the bill's, and standards are kept."""

import html.parser
import os
import re
import shutil
import subprocess
from decimal import ROUND_HALF_UP, Decimal
from xml.etree import ElementTree

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
CAC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}"
PARTIES = """
seller: {name: Media APIs GmbH, street: "Hauptstraße 1", city: Berlin, postcode: "10115", country: DE,
         tax_id: DE123456789}
buyers:
  mediathek: {name: "<b>Media</b> & \\"Thek\\"", city: Paris, country: FR, tax_id: FR40303265045}
  cut-and-go: {name: Cut, country: US, tax_id: US1}
  park-easy: {name: 停车, city: 上海, country: CN, tax_id: CN1}
tax: {kind: reverse-charge, reason: Reverse charge}
terms: Payable within 14 days.
"""

# Children in the order of UBL 2.1, as far as they are used: (name, least, most).
MANY = 10**6
CATEGORY = [("cbc:ID", 1, 1), ("cbc:Percent", 0, 1), ("cbc:TaxExemptionReason", 0, 1), ("cac:TaxScheme", 1, 1)]
SCHEMA = {
    "Invoice": [("cbc:CustomizationID", 1, 1), ("cbc:ID", 1, 1), ("cbc:IssueDate", 1, 1),
                ("cbc:InvoiceTypeCode", 1, 1), ("cbc:Note", 0, MANY), ("cbc:DocumentCurrencyCode", 1, 1),
                ("cbc:BuyerReference", 0, 1), ("cac:InvoicePeriod", 0, 1), ("cac:AccountingSupplierParty", 1, 1),
                ("cac:AccountingCustomerParty", 1, 1), ("cac:PaymentTerms", 0, 1), ("cac:TaxTotal", 1, 2),
                ("cac:LegalMonetaryTotal", 1, 1), ("cac:InvoiceLine", 1, MANY)],
    "cac:InvoicePeriod": [("cbc:StartDate", 0, 1), ("cbc:EndDate", 0, 1)],
    "cac:AccountingSupplierParty": [("cac:Party", 1, 1)],
    "cac:AccountingCustomerParty": [("cac:Party", 1, 1)],
    "cac:Party": [("cac:PartyIdentification", 0, 1), ("cac:PostalAddress", 1, 1), ("cac:PartyTaxScheme", 0, 2),
                  ("cac:PartyLegalEntity", 1, 1), ("cac:Contact", 0, 1)],
    "cac:PartyIdentification": [("cbc:ID", 1, 1)],
    "cac:PostalAddress": [("cbc:StreetName", 0, 1), ("cbc:CityName", 0, 1), ("cbc:PostalZone", 0, 1),
                          ("cac:Country", 1, 1)],
    "cac:Country": [("cbc:IdentificationCode", 1, 1)],
    "cac:PartyTaxScheme": [("cbc:CompanyID", 1, 1), ("cac:TaxScheme", 1, 1)],
    "cac:TaxScheme": [("cbc:ID", 1, 1)],
    "cac:PartyLegalEntity": [("cbc:RegistrationName", 1, 1)],
    "cac:Contact": [("cbc:ElectronicMail", 0, 1)],
    "cac:PaymentTerms": [("cbc:Note", 1, 1)],
    "cac:TaxTotal": [("cbc:TaxAmount", 1, 1), ("cac:TaxSubtotal", 1, MANY)],
    "cac:TaxSubtotal": [("cbc:TaxableAmount", 1, 1), ("cbc:TaxAmount", 1, 1), ("cac:TaxCategory", 1, 1)],
    "cac:TaxCategory": CATEGORY,
    "cac:ClassifiedTaxCategory": CATEGORY,
    "cac:LegalMonetaryTotal": [("cbc:LineExtensionAmount", 1, 1), ("cbc:TaxExclusiveAmount", 1, 1),
                               ("cbc:TaxInclusiveAmount", 1, 1), ("cbc:PayableRoundingAmount", 0, 1),
                               ("cbc:PayableAmount", 1, 1)],
    "cac:InvoiceLine": [("cbc:ID", 1, 1), ("cbc:Note", 0, 1), ("cbc:InvoicedQuantity", 1, 1),
                        ("cbc:LineExtensionAmount", 1, 1), ("cac:InvoicePeriod", 0, 1), ("cac:Item", 1, 1),
                        ("cac:Price", 1, 1)],
    "cac:Item": [("cbc:Description", 0, 1), ("cbc:Name", 1, 1), ("cac:ClassifiedTaxCategory", 1, 1),
                 ("cac:AdditionalItemProperty", 0, MANY)],
    "cac:AdditionalItemProperty": [("cbc:Name", 1, 1), ("cbc:Value", 1, 1)],
    "cac:Price": [("cbc:PriceAmount", 1, 1), ("cbc:BaseQuantity", 0, 1)],
}


@pytest.fixture(name="book", scope="module")
def book_fixture(tollgate, tmp_path_factory):
    folder = tmp_path_factory.mktemp("documents")
    data = folder / "book"
    assert tollgate("init", data, "--tariffs", os.path.join(ROOT, "tariffs")).code == 0
    done = tollgate("ingest", "--data", data, os.path.join(ROOT, "examples", "demo.ndjson"), "--now",
                   "2026-03-01T00:00:00+08:00")
    assert done.code in (0, 1), done.err
    assert tollgate("tick", "--data", data, "--now", "2026-05-02T00:00:00+08:00").code == 0
    (folder / "parties.yaml").write_text(PARTIES)
    return data


def parties(book):
    return book.parent / "parties.yaml"


def bills(tollgate, book):
    found = tollgate("bill", "list", "--data", book, "--json").json["bills"]
    assert {bill["kind"] for bill in found} == {"orders", "usage", "settlement"}
    return found


class Table(html.parser.HTMLParser):
    """The cells of the only table, and all text."""

    def __init__(self):
        super().__init__()
        self.rows, self.open, self.text, self.cell, self.small = [], [], "", None, 0

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta",):
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.cell = True

    def handle_endtag(self, tag):
        if tag in ("html", "main", "tr", "td", "table", "dl", "section", "div", "ol"):
            assert self.open.count(tag) > 0, tag
        while self.open and self.open.pop() != tag:
            pass
        if tag in ("td", "th"):
            self.cell = None

    def handle_data(self, data):
        self.text += data
        if self.cell and "small" not in self.open:
            self.rows[-1][-1] += data


def money(text):
    return Decimal(re.sub(r"[^0-9.-]", "", text.replace(",", "")))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_html_says_what_the_bill_says(tollgate, book, language):
    for head in bills(tollgate, book):
        bill = tollgate("bill", "show", head["number"], "--data", book, "--json").json
        page = tollgate("bill", "show", head["number"], "--data", book, "--html", "--language", language, "--parties",
                       parties(book), "--explain")
        assert page.code == 0, page.err
        table = Table()
        table.feed(page.out)
        body = table.rows[1:1 + len(bill["lines"])]
        assert [row[0] for row in body] == [line["item"] for line in bill["lines"]]
        assert [money(row[5]) for row in body] == [Decimal(line["amount"]) for line in bill["lines"]]
        assert [money(row[2].split(" ")[0]) for row in body] == [Decimal(line["quantity"]) for line in bill["lines"]]
        assert money(table.rows[-1][-1]) == Decimal(bill["total"])
        assert table.rows[-1][-1].endswith(" " + f"{Decimal(bill['total']):,}")
        if len(table.rows) > len(body) + 2:
            assert money(table.rows[-3][-1]) == Decimal(bill["exact_total"])
            assert money(table.rows[-2][-1]) == Decimal(bill["rounding"])
        assert head["number"] in table.text


def test_html_is_one_page_that_fetches_nothing(tollgate, book):
    page = tollgate("bill", "show", "imm-1", "--data", book, "--html", "--parties", parties(book)).out
    assert not re.search(r"(?i)<script|<link|<img|url\(|@import|https?:", page)
    assert "&lt;b&gt;Media&lt;/b&gt; &amp; &quot;Thek&quot;" in page and "<b>" not in page
    assert '<html lang="en">' in page and page.count("<h1>") == 1 and 'scope="col"' in page and "<caption>" in page


def test_chinese_pages_are_chinese(tollgate, book):
    page = tollgate("bill", "show", "viapi-1", "--data", book, "--html", "--language", "zh", "--parties",
                    parties(book)).out
    for text in ("订购账单", "2026年3月1日", "停车", "上海", "应付金额", '<html lang="zh-CN">'):
        assert text in page, text


def short(tag):
    return tag.replace(CBC, "cbc:").replace(CAC, "cac:").rpartition("}")[2]


def check_schema(element):
    """Every element has its children in the standard's order, as often as it allows."""
    name = short(element.tag)
    rows = SCHEMA.get(name)
    if rows is None:
        assert len(element) == 0 and element.text, name
        return
    names = [short(child.tag) for child in element]
    order = [row[0] for row in rows]
    assert sorted(names, key=order.index) == names, name
    for child, least, most in rows:
        assert least <= names.count(child) <= most, (name, child)
    for child in element:
        check_schema(child)


def value(element, path):
    return Decimal(element.find(path).text)


def check_rules(invoice, bill):
    """Business rules of EN 16931, by their numbers."""
    lines = invoice.findall(CAC + "InvoiceLine")
    total = invoice.find(CAC + "LegalMonetaryTotal")
    rounding = total.find(CBC + "PayableRoundingAmount")
    net = value(total, CBC + "LineExtensionAmount")
    assert net == sum(value(line, CBC + "LineExtensionAmount") for line in lines)  # BR-CO-10
    assert value(total, CBC + "TaxExclusiveAmount") == net  # BR-CO-13
    tax = value(invoice, f"{CAC}TaxTotal/{CBC}TaxAmount")
    assert value(total, CBC + "TaxInclusiveAmount") == net + tax  # BR-CO-15
    payable = value(total, CBC + "PayableAmount")
    assert payable == net + tax + (Decimal(rounding.text) if rounding is not None else 0)  # BR-CO-16
    subtotal = invoice.find(f"{CAC}TaxTotal/{CAC}TaxSubtotal")
    assert value(subtotal, CBC + "TaxableAmount") == net  # BR-AE-08
    assert value(subtotal, CBC + "TaxAmount") == 0  # BR-AE-09
    for amount in invoice.iter():  # BR-DEC-*: two digits everywhere but in prices
        if amount.get("currencyID"):
            assert amount.get("currencyID") == bill["currency"]
            if short(amount.tag) != "cbc:PriceAmount":
                assert re.fullmatch(r"-?\d+\.\d\d", amount.text), amount.tag
    for line in lines:
        assert value(line, f"{CAC}Price/{CBC}PriceAmount") >= 0  # BR-27
        quantity = line.find(CBC + "InvoicedQuantity")
        assert quantity.get("unitCode") == line.find(f"{CAC}Price/{CBC}BaseQuantity").get("unitCode")
    assert payable == Decimal(bill["total"])


def test_invoices_keep_the_standard(tollgate, book):
    for head in bills(tollgate, book):
        bill = tollgate("bill", "show", head["number"], "--data", book, "--json").json
        done = tollgate("bill", "show", head["number"], "--data", book, "--ubl", "--parties", parties(book))
        assert done.code == 0, done.err
        invoice = ElementTree.fromstring(done.out)
        check_schema(invoice)
        check_rules(invoice, bill)
        lines = invoice.findall(CAC + "InvoiceLine")
        assert [line.find(f"{CAC}Item/{CBC}Name").text for line in lines] == [line["item"] for line in bill["lines"]]
        for line, said in zip(lines, bill["lines"]):
            expected = Decimal(said["amount"]).quantize(Decimal("0.01"), ROUND_HALF_UP)
            assert value(line, CBC + "LineExtensionAmount") == expected
            assert value(line, CBC + "InvoicedQuantity") == Decimal(said["quantity"])
        names = [party.find(f"{CAC}Party/{CAC}PartyLegalEntity/{CBC}RegistrationName").text for party in
                 (invoice.find(CAC + "AccountingSupplierParty"), invoice.find(CAC + "AccountingCustomerParty"))]
        assert names[0] == "Media APIs GmbH" and names[1]


REFUSALS = [
    ("tax: {kind: exempt}", "the seller's name and country", "no seller"),
    ("seller: {name: A, country: DE}", "the buyer's country", "no buyer"),
    ("seller: {name: A, country: DE}\nbuyers: {mediathek: {name: B, country: FR}}\ntax: {kind: exempt}",
     "the seller's tax_id", "no tax number of the seller"),
    ("seller: {name: A, country: DE, tax_id: X}\nbuyers: {mediathek: {name: B, country: FR}}\n"
     "tax: {kind: reverse-charge}", "the buyer's tax_id", "no tax number of the buyer"),
]


@pytest.mark.parametrize("text, reason, name", REFUSALS, ids=[row[2] for row in REFUSALS])
def test_no_invoice_without_what_the_standard_demands(tollgate, book, tmp_path, text, reason, name):
    path = tmp_path / "parties.yaml"
    path.write_text(text)
    done = tollgate("bill", "show", "imm-1", "--data", book, "--ubl", "--parties", path)
    assert done.code == 1 and reason in done.err and done.out == "", name


MISTAKES = [
    ("seler: {name: A}", 'unknown key "seler"'),
    ("seller: {nam: A}", 'unknown key "nam"'),
    ("seller: [A]", "a party is a map"),
    ("seller: {name: {a: b}}", '"name" is a text'),
    ("seller: {country: Germany}", "no country of ISO 3166-1"),
    ("buyers: A", "buyers are a map"),
    ("tax: {kind: some}", "tax has no kind"),
    ("- A", "this file is a map"),
]


@pytest.mark.parametrize("text, reason", MISTAKES, ids=[row[1] for row in MISTAKES])
def test_wrong_parties_are_refused_with_their_place(tollgate, book, tmp_path, text, reason):
    path = tmp_path / "parties.yaml"
    path.write_text(text)
    done = tollgate("bill", "show", "imm-1", "--data", book, "--html", "--parties", path)
    assert done.code == 2 and reason in done.err and "parties.yaml:1:" in done.err and done.out == ""


def test_one_form_at_a_time(tollgate, book):
    done = tollgate("bill", "show", "imm-1", "--data", book, "--html", "--csv")
    assert done.code == 2 and "--csv and --html exclude each other" in done.err


def test_pdf_without_the_program_says_what_to_do(tollgate, book, tmp_path):
    done = tollgate("bill", "show", "imm-1", "--data", book, "--pdf", tmp_path / "bill.pdf",
                    env={"PATH": str(tmp_path)})
    assert done.code == 4 and "Install WeasyPrint" in done.err and os.listdir(tmp_path) == []


def test_pdf_of_a_program_that_fails_leaves_nothing(tollgate, book, tmp_path):
    fake = tmp_path / "weasyprint"
    fake.write_text("#!/bin/sh\nexit 3\n")
    fake.chmod(0o755)
    done = tollgate("bill", "show", "imm-1", "--data", book, "--pdf", tmp_path / "bill.pdf",
                    env={"PATH": str(tmp_path)})
    assert done.code == 4 and "exit status 3" in done.err and os.listdir(tmp_path) == ["weasyprint"]


def test_pdf(tollgate, book, tmp_path):
    if shutil.which("weasyprint") is None:
        pytest.skip("WeasyPrint is not installed")
    (tmp_path / "bill.xml").write_text(tollgate("bill", "show", "imm-1", "--data", book, "--ubl", "--parties",
                                               parties(book)).out)
    done = tollgate("bill", "show", "imm-1", "--data", book, "--pdf", tmp_path / "bill.pdf", "--attach",
                   tmp_path / "bill.xml", "--parties", parties(book))
    assert done.code == 0, done.err
    pdf = (tmp_path / "bill.pdf").read_bytes()
    assert pdf.startswith(b"%PDF-1.") and b"pdfaid:part" in pdf and b"/EmbeddedFile" in pdf
    assert sorted(os.listdir(tmp_path)) == ["bill.pdf", "bill.xml"]


def test_xml_is_what_xml_tools_take(tollgate, book, tmp_path):
    if shutil.which("xmllint") is None:
        pytest.skip("xmllint is not installed")
    path = tmp_path / "bill.xml"
    path.write_text(tollgate("bill", "show", "viapi-2", "--data", book, "--ubl", "--parties", parties(book)).out)
    assert subprocess.run(["xmllint", "--noout", path], check=False).returncode == 0
