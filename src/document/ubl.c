/* SPDX-License-Identifier: Apache-2.0
 *
 * A bill as an electronic invoice: UBL 2.1, the core profile of EN 16931. Line amounts have the currency's digits;
 * BT-114 takes what rounding them changes, so that BT-115, the amount payable, is the bill's total. */
#include <assert.h>
#include <libxml/xmlwriter.h>

#include "document/words.h"

#define UBL "urn:oasis:names:specification:ubl:schema:xsd:"
enum { TEXT_MAX = 4096 };

struct invoice {
    const struct bill *bill;
    const struct document_options *options;
    xmlTextWriterPtr xml;
    struct arena *arena;
    struct decimal lines; /* sum of the rounded line amounts: BT-106 */
    int digits;           /* of the currency */
    bool failed;
};

static void check(struct invoice *invoice, int result) {
    invoice->failed = invoice->failed || result < 0;
}

static void open(struct invoice *invoice, const char *name) {
    check(invoice, xmlTextWriterStartElement(invoice->xml, (const xmlChar *)name));
}

static void close(struct invoice *invoice) {
    check(invoice, xmlTextWriterEndElement(invoice->xml));
}

static void attribute(struct invoice *invoice, const char *name, const char *value) {
    check(invoice, xmlTextWriterWriteAttribute(invoice->xml, (const xmlChar *)name, (const xmlChar *)value));
}

/* XML knows no control characters: they become question marks. */
static void write(struct invoice *invoice, struct slice text) {
    struct slice copy = arena_copy(invoice->arena, text);
    if (copy.ptr == NULL) {
        invoice->failed = true;
        return;
    }
    char *bytes = (char *)(uintptr_t)copy.ptr;
    for (size_t i = 0; i < copy.len; i++)
        bytes[i] = (unsigned char)bytes[i] < ' ' && bytes[i] != '\n' ? '?' : bytes[i];
    check(invoice, xmlTextWriterWriteString(invoice->xml, (const xmlChar *)bytes));
}

static void element(struct invoice *invoice, const char *name, struct slice text) {
    open(invoice, name);
    write(invoice, text);
    close(invoice);
}

static void optional(struct invoice *invoice, const char *name, struct slice text) {
    if (text.len > 0)
        element(invoice, name, text);
}

static void amount(struct invoice *invoice, const char *name, struct decimal value) {
    char text[DECIMAL_TEXT_MAX];
    open(invoice, name);
    attribute(invoice, "currencyID", invoice->bill->tariff->currency->code);
    write(invoice, (struct slice){text, decimal_format_fixed(value, invoice->digits, text)});
    close(invoice);
}

static void date(struct invoice *invoice, const char *name, int64_t at_ns) {
    struct civil civil = zone_civil(invoice->bill->tariff->zone, at_ns);
    element(invoice, name, arena_printf(invoice->arena, "%04d-%02d-%02d", civil.year, civil.month, civil.day));
}

static void scheme(struct invoice *invoice) {
    open(invoice, "cac:TaxScheme");
    element(invoice, "cbc:ID", SLICE("VAT"));
    close(invoice);
}

static enum tax tax_of(const struct invoice *invoice) {
    return invoice->options->parties->tax;
}

static const char *tax_code(enum tax tax) {
    static const char *const codes[TAX_COUNT] = {
#define TAX_CODE(name, code, text) code,
        TAX_TABLE(TAX_CODE)
#undef TAX_CODE
    };
    return codes[tax];
}

static void tax_category(struct invoice *invoice, const char *name, bool with_reason) {
    enum tax tax = tax_of(invoice);
    open(invoice, name);
    element(invoice, "cbc:ID", slice_of(tax_code(tax)));
    if (tax != TAX_OUTSIDE) /* BR-O-05: what is not subject to the tax has no rate */
        element(invoice, "cbc:Percent", SLICE("0"));
    if (with_reason && tax != TAX_ZERO)
        element(invoice, "cbc:TaxExemptionReason",
                invoice->options->parties->tax_reason.len > 0 ? invoice->options->parties->tax_reason
                                                              : SLICE("Prices are net of tax"));
    scheme(invoice);
    close(invoice);
}

static void address(struct invoice *invoice, const struct party *party) {
    open(invoice, "cac:PostalAddress");
    optional(invoice, "cbc:StreetName", party->street);
    optional(invoice, "cbc:CityName", party->city);
    optional(invoice, "cbc:PostalZone", party->postcode);
    open(invoice, "cac:Country");
    element(invoice, "cbc:IdentificationCode", party->country);
    close(invoice);
    close(invoice);
}

static void party(struct invoice *invoice, const char *role, const struct party *party) {
    open(invoice, role);
    open(invoice, "cac:Party");
    if (party->account.len > 0) {
        open(invoice, "cac:PartyIdentification");
        element(invoice, "cbc:ID", party->account);
        close(invoice);
    }
    address(invoice, party);
    if (party->tax_id.len > 0 && tax_of(invoice) != TAX_OUTSIDE) { /* BR-O-02: it must not stand there */
        open(invoice, "cac:PartyTaxScheme");
        element(invoice, "cbc:CompanyID", party->tax_id);
        scheme(invoice);
        close(invoice);
    }
    open(invoice, "cac:PartyLegalEntity");
    element(invoice, "cbc:RegistrationName", party->name);
    close(invoice);
    if (party->email.len > 0) {
        open(invoice, "cac:Contact");
        element(invoice, "cbc:ElectronicMail", party->email);
        close(invoice);
    }
    close(invoice);
    close(invoice);
}

static void head(struct invoice *invoice) {
    const struct bill *bill = invoice->bill;
    element(invoice, "cbc:CustomizationID", SLICE("urn:cen.eu:en16931:2017"));
    element(invoice, "cbc:ID", text_bill_number(invoice->arena, bill));
    date(invoice, "cbc:IssueDate", bill->closed_ns);
    element(invoice, "cbc:InvoiceTypeCode", SLICE("380"));
    element(invoice, "cbc:Note", slice_of(word_text(word_kind(bill->kind), invoice->options->language)));
    element(invoice, "cbc:DocumentCurrencyCode", slice_of(bill->tariff->currency->code));
    element(invoice, "cbc:BuyerReference", bill->account);
    open(invoice, "cac:InvoicePeriod");
    date(invoice, "cbc:StartDate", bill->cycle.start_ns);
    date(invoice, "cbc:EndDate", bill->cycle.end_ns - 1); /* its last day */
    close(invoice);
    struct party buyer = parties_buyer(invoice->options->parties, bill->account);
    party(invoice, "cac:AccountingSupplierParty", &invoice->options->parties->seller);
    party(invoice, "cac:AccountingCustomerParty", &buyer);
    if (invoice->options->parties->terms.len > 0) {
        open(invoice, "cac:PaymentTerms");
        element(invoice, "cbc:Note", invoice->options->parties->terms);
        close(invoice);
    }
}

static void totals(struct invoice *invoice) {
    struct decimal rounding = {invoice->bill->total.pico - invoice->lines.pico};
    open(invoice, "cac:TaxTotal");
    amount(invoice, "cbc:TaxAmount", DECIMAL_ZERO);
    open(invoice, "cac:TaxSubtotal");
    amount(invoice, "cbc:TaxableAmount", invoice->lines);
    amount(invoice, "cbc:TaxAmount", DECIMAL_ZERO);
    tax_category(invoice, "cac:TaxCategory", true);
    close(invoice);
    close(invoice);
    open(invoice, "cac:LegalMonetaryTotal");
    amount(invoice, "cbc:LineExtensionAmount", invoice->lines);
    amount(invoice, "cbc:TaxExclusiveAmount", invoice->lines);
    amount(invoice, "cbc:TaxInclusiveAmount", invoice->lines);
    if (!decimal_is_zero(rounding))
        amount(invoice, "cbc:PayableRoundingAmount", rounding);
    amount(invoice, "cbc:PayableAmount", invoice->bill->total);
    close(invoice);
}

/* Codes of UN/ECE Recommendation 20. */
static const char *unit_code(struct slice unit) {
    static const char *const rows[][2] = {{"second", "SEC"}, {"minute", "MIN"}, {"hour", "HUR"}, {"day", "DAY"},
                                          {"month", "MON"},  {"year", "ANN"},   {"byte", "AD"},  {"call", "C62"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (slice_is(unit, rows[i][0]))
            return rows[i][1];
    }
    return "C62"; /* one */
}

static void number(struct invoice *invoice, const char *name, struct decimal value, const char *unit) {
    char text[DECIMAL_TEXT_MAX];
    open(invoice, name);
    if (unit != NULL)
        attribute(invoice, "unitCode", unit);
    write(invoice, (struct slice){text, decimal_format(value, text)});
    close(invoice);
}

static void price(struct invoice *invoice, const struct bill_line *line) {
    /* What a package or the free quota pays costs nothing here. BR-27: a price is never below zero. */
    struct decimal net = decimal_is_zero(line->amount) ? DECIMAL_ZERO : line->unit_price;
    char text[DECIMAL_TEXT_MAX];
    open(invoice, "cac:Price");
    open(invoice, "cbc:PriceAmount");
    attribute(invoice, "currencyID", invoice->bill->tariff->currency->code);
    write(invoice, (struct slice){text, decimal_format(net, text)});
    close(invoice);
    number(invoice, "cbc:BaseQuantity", line->per, unit_code(line->unit));
    close(invoice);
}

static void line_item(struct invoice *invoice, const struct bill_line *line) {
    open(invoice, "cac:Item");
    optional(invoice, "cbc:Description", line->label);
    element(invoice, "cbc:Name", line->item);
    tax_category(invoice, "cac:ClassifiedTaxCategory", false);
    open(invoice, "cac:AdditionalItemProperty");
    element(invoice, "cbc:Name", slice_of(word_text(WORD_PAID_BY, invoice->options->language)));
    element(invoice, "cbc:Value", slice_of(word_funding(line->funding, invoice->options->language)));
    close(invoice);
    if (line->region.len > 0) {
        open(invoice, "cac:AdditionalItemProperty");
        element(invoice, "cbc:Name", slice_of(word_text(WORD_REGION, invoice->options->language)));
        element(invoice, "cbc:Value", line->region);
        close(invoice);
    }
    close(invoice);
}

static struct decimal rounded(const struct invoice *invoice, struct decimal value) {
    struct decimal result = value;
    if (decimal_round(value, invoice->digits, ROUND_HALF_UP, &result) != STATUS_OK)
        assert(false); /* amounts of bills are far from the end */
    return result;
}

static void line(struct invoice *invoice, uint32_t index) {
    const struct bill_line *line = &invoice->bill->lines[index];
    open(invoice, "cac:InvoiceLine");
    element(invoice, "cbc:ID", arena_printf(invoice->arena, "%u", index + 1));
    optional(invoice, "cbc:Note", line->note);
    number(invoice, "cbc:InvoicedQuantity", line->quantity, unit_code(line->unit));
    amount(invoice, "cbc:LineExtensionAmount", rounded(invoice, line->amount));
    if (line->is_adjustment) {
        open(invoice, "cac:InvoicePeriod");
        date(invoice, "cbc:StartDate", line->adjusts.start_ns);
        date(invoice, "cbc:EndDate", line->adjusts.end_ns - 1);
        close(invoice);
    }
    line_item(invoice, line);
    price(invoice, line);
    close(invoice);
}

static enum status refuse(struct invoice *invoice, struct slice *ret_reason, const char *reason) {
    *ret_reason = arena_copy(invoice->arena, slice_of(reason));
    return STATUS_INVALID;
}

/* What the standard demands and only the caller can know. */
static enum status demands(struct invoice *invoice, struct slice *ret_reason) {
    const struct parties *parties = invoice->options->parties;
    struct decimal total = rounded(invoice, invoice->bill->total);
    if (invoice->bill->number == 0)
        return refuse(invoice, ret_reason, "only a closed bill, which has a number, can be an invoice");
    if (parties == NULL || parties->seller.name.len == 0 || parties->seller.country.len == 0)
        return refuse(invoice, ret_reason, "the seller's name and country are needed; say them in the parties file");
    if (parties_buyer(parties, invoice->bill->account).country.len == 0)
        return refuse(invoice, ret_reason, "the buyer's country is needed; say it under buyers in the parties file");
    if (parties->tax != TAX_OUTSIDE && parties->seller.tax_id.len == 0)
        return refuse(invoice, ret_reason, "the seller's tax_id is needed for this kind of tax");
    if (parties->tax == TAX_REVERSE && parties_buyer(parties, invoice->bill->account).tax_id.len == 0)
        return refuse(invoice, ret_reason, "reverse charge needs the buyer's tax_id");
    if (invoice->bill->line_count == 0)
        return refuse(invoice, ret_reason, "an invoice needs a line; nothing was charged");
    if (decimal_cmp(total, invoice->bill->total) != 0)
        return refuse(invoice, ret_reason,
                      "its total has more digits than the currency; the settlement that sums it up can be an invoice");
    return STATUS_OK;
}

static void sum(struct invoice *invoice) {
    for (uint32_t i = 0; i < invoice->bill->line_count; i++)
        invoice->lines.pico += rounded(invoice, invoice->bill->lines[i].amount).pico;
}

static void invoice_write(struct invoice *invoice) {
    check(invoice, xmlTextWriterSetIndent(invoice->xml, 1));
    check(invoice, xmlTextWriterStartDocument(invoice->xml, NULL, "UTF-8", NULL));
    open(invoice, "Invoice");
    attribute(invoice, "xmlns", UBL "Invoice-2");
    attribute(invoice, "xmlns:cac", UBL "CommonAggregateComponents-2");
    attribute(invoice, "xmlns:cbc", UBL "CommonBasicComponents-2");
    head(invoice);
    totals(invoice);
    for (uint32_t i = 0; i < invoice->bill->line_count; i++)
        line(invoice, i);
    close(invoice);
    check(invoice, xmlTextWriterEndDocument(invoice->xml));
}

enum status document_ubl(const struct bill *bill, const struct document_options *options, struct arena *arena,
                         struct sink *sink, struct slice *ret_reason) {
    const struct currency *currency = bill->tariff->currency;
    bool has_digits = currency->minor_digits >= 0;
    struct invoice invoice = {.bill = bill,
                              .options = options,
                              .arena = arena,
                              .digits = has_digits ? (unsigned char)currency->minor_digits : 2};
    TRY(demands(&invoice, ret_reason));
    sum(&invoice);
    xmlBufferPtr buffer = xmlBufferCreate();
    invoice.xml = buffer ? xmlNewTextWriterMemory(buffer, 0) : NULL;
    if (invoice.xml != NULL)
        invoice_write(&invoice);
    bool is_whole = invoice.xml != NULL && !invoice.failed;
    xmlFreeTextWriter(invoice.xml);
    if (is_whole)
        buf_append(&sink->buf, (struct slice){(const char *)xmlBufferContent(buffer), (size_t)xmlBufferLength(buffer)});
    xmlBufferFree(buffer);
    return is_whole && !sink->buf.failed ? STATUS_OK : STATUS_NO_MEMORY;
}
