/* SPDX-License-Identifier: Apache-2.0
 *
 * A bill as a document for people and for accounting: HTML that prints well, and an electronic invoice (UBL 2.1 in the
 * profile of EN 16931). Amounts are the bill's, to the last digit. */
#ifndef TG_DOCUMENT_DOCUMENT_H
#define TG_DOCUMENT_DOCUMENT_H

#include "base/diag.h"
#include "bill/bill.h"
#include "export/export.h"

/* Who sells or buys; every part may be empty unless a format needs it. */
struct party {
    struct slice account; /* a buyer's */
    struct slice name, street, city, postcode;
    struct slice country; /* ISO 3166-1, two letters */
    struct slice tax_id, email;
};
/* Why no tax stands on the documents: prices are net, and what is added to them is not this program's to reckon. */
#define TAX_TABLE(ROW)                                                                                                 \
    ROW(OUTSIDE, "O", "not-subject") /* services outside the scope of the tax */                                       \
    ROW(EXEMPT, "E", "exempt")                                                                                         \
    ROW(REVERSE, "AE", "reverse-charge")                                                                               \
    ROW(ZERO, "Z", "zero-rated")
enum tax {
#define TAX_ENUM(name, code, text) TAX_##name,
    TAX_TABLE(TAX_ENUM)
#undef TAX_ENUM
        TAX_COUNT
};
struct parties {
    struct party seller;
    const struct party *buyers; /* by account */
    uint32_t buyer_count;
    enum tax tax;
    struct slice tax_reason, terms; /* terms: of payment, in words */
};
/* Read a YAML file: `seller`, `buyers` (by account), `tax`, `terms`; docs/documents.md. Everything lives in the arena.
 * Fails: STATUS_INVALID (the diagnostics say where), STATUS_IO, STATUS_RANGE, STATUS_NO_MEMORY. */
MUST_CHECK enum status parties_read(const char *path, struct arena *arena, struct diags *diags,
                                    struct parties *ret_parties);
/* The buyer of an account; one that is not listed has the account for its name. */
struct party parties_buyer(const struct parties *parties, struct slice account);

enum language { LANGUAGE_EN, LANGUAGE_ZH };
struct document_options {
    enum language language;
    bool explain;                  /* HTML: the steps of every line behind the bill */
    const struct parties *parties; /* NULL: nobody is described */
};

/* One page of HTML, complete in itself, UTF-8; nothing is fetched from anywhere. Fails: STATUS_NO_MEMORY; faults of
 * writing stay in the sink. */
MUST_CHECK enum status document_html(const struct bill *bill, const struct document_options *options,
                                     struct sink *sink);
/* What stands in its element `style`, byte for byte. */
struct slice document_style(void);
/* An Invoice of UBL 2.1. The lines are rounded to the currency's digits; what that changes stands as the rounding
 * amount, so that the amount payable is the bill's total. Fails: STATUS_INVALID (something that the standard demands is
 * not known, or the total has more digits than the currency: *ret_reason, arena, says which), STATUS_NO_MEMORY. */
MUST_CHECK enum status document_ubl(const struct bill *bill, const struct document_options *options,
                                    struct arena *arena, struct sink *sink, struct slice *ret_reason);

#endif
