/* SPDX-License-Identifier: Apache-2.0
 *
 * Between bills and rows: what of which lot paid for which sum, and the rows themselves. */
#ifndef TG_FOCUS_FOCUS_PRIVATE_H
#define TG_FOCUS_FOCUS_PRIVATE_H

#include "focus/figure.h"
#include "focus/focus.h"

#define FOCUS_NONE UINT32_MAX

/* ---- lots ---- */

enum amortising {
    AMORTISED_NOT,      /* licences, which cover no usage; what was given */
    AMORTISED_BY_UNITS, /* packages: by what is used of them, those that restore cycle by cycle */
    AMORTISED_BY_TIME,  /* plans and quotas: by cycles, over what they cover */
};
struct focus_lot {
    struct slice account, order_id, sku, title, unit;
    const struct tariff *tariff; /* under which it was bought */
    enum amortising amortising;
    enum product_kind kind;
    bool is_known, restores, is_refunded;
    enum cycle_kind restore_cycle;
    const struct zone *restore_zone;
    int64_t effective_ns, expires_ns, ordered_ns, refunded_ns;
    struct period billing;     /* of the purchase */
    struct period refund;      /* billing period of the refund */
    struct decimal price;      /* invoiced; without what was given back */
    struct decimal given_back; /* by the refund, above zero */
    struct decimal emitted;    /* shares on rows so far; while finishing */
    uint64_t invoice;          /* number of the bill that it was bought on */
    struct decimal pieces;
    struct duration validity; /* as it is offered */
    uint32_t periods;         /* of that */
    int64_t exhausted_ns;     /* when nothing was left of it last; INSTANT_MIN: something is */
    /* what was seen of it last */
    wide bought, used;
    int64_t scale;
    uint64_t covered;
    int64_t term_ns; /* start of the restoring cycle that `used` speaks of */
};

/* ---- sums: what a bill line's quantity was paid from ---- */

struct focus_part {
    uint32_t lot;
    int64_t term_ns; /* of a lot that restores: the cycle of it; else 0 */
    struct decimal quantity, billed_quantity;
    wide units, billed_units; /* in the lot's smallest parts */
    uint32_t next;
};
struct focus_cover {
    struct arena arena;
    struct names lot_names, sum_names;
    struct focus_lot *lots;
    uint32_t lot_cap;
    uint32_t *first_parts; /* per sum */
    uint32_t sum_cap;
    struct focus_part *parts;
    uint32_t part_count, part_cap;
    struct buf key;
};
void cover_free(struct focus_cover *cover);
MUST_CHECK enum status cover_charge(struct focus_cover *cover, const struct charge_view *charge);
/* All of it will come again. */
void cover_restart(struct focus_cover *cover);
/* The lot of an order; made when there is none. */
MUST_CHECK enum status cover_lot(struct focus_cover *cover, struct slice account, const struct lot *lot,
                                 uint32_t *ret_lot);
/* FOCUS_NONE: no such order. */
uint32_t cover_lot_find(struct focus_cover *cover, struct slice account, struct slice order_id, struct slice sku);
/* First part of what paid a line of a bill; FOCUS_NONE: none. cycle_ns: start of the cycle that the line is about. */
MUST_CHECK enum status cover_parts(struct focus_cover *cover, const struct bill *bill, const struct bill_line *line,
                                   int64_t cycle_ns, uint32_t *ret_part);

/* ---- rows ---- */

enum category { CATEGORY_USAGE, CATEGORY_PURCHASE, CATEGORY_ADJUSTMENT };
enum pricing { PRICING_NONE, PRICING_STANDARD, PRICING_COMMITTED, PRICING_OTHER };
struct focus_row {
    struct slice account;
    const struct tariff *tariff;
    struct period billing, charge;
    enum category category;
    bool is_correction, is_unused;
    struct slice description;
    struct decimal billed, effective;
    struct figure pricing_quantity, unit_price, list_cost; /* meaningless without a price id */
    struct slice pricing_unit, sku, sku_price, meter, region;
    enum pricing pricing;
    bool has_consumed;
    struct decimal consumed;
    struct slice consumed_unit;
    uint32_t lot; /* FOCUS_NONE: none */
    int64_t term_ns;
    wide units;                     /* of the lot, in its smallest parts */
    struct figure lot_quantity;     /* the same in its units */
    bool has_lot_quantity, is_late; /* is_late: the lot's term was over before */
    bool is_shown;                  /* in the window of the export */
    uint64_t bill, invoice;         /* numbers; invoice 0: none yet */
    int64_t closed_ns, issued_ns;   /* when the bill was closed; when its invoice was issued, if there is one */
    uint64_t refers;                /* number of the invoice that it adjusts; 0: none */
    struct slice line;              /* the invoice's line in words, whatever paid for it */
    struct decimal line_price;
    struct slice line_unit; /* of that price */
    uint32_t detail;        /* place on the invoice, from 1; 0: its rounding */
    const char *funding;
    struct slice order_id;
    int64_t cycle_ns;         /* start of the bill's cycle */
    struct period settlement; /* of the settlement that is its invoice, when it waits for one */
    bool waits;
    bool has_no_list; /* the tariff does not say what it would cost without its lot */
    bool is_eligible; /* a package is sold that would cover it */
    uint64_t next;    /* row that waits for the same settlement, or is covered by the same plan */
};
#define FOCUS_ROW_NONE UINT64_MAX
struct focus_chain { /* of rows */
    uint64_t first, last;
};
struct focus {
    struct focus_options options;
    struct arena arena;
    struct focus_cover cover;
    struct names texts;   /* of rows */
    struct names waiting; /* tariff, settlement and account -> chain of rows */
    struct focus_chain *chains;
    uint32_t chain_cap;
    struct names eligible; /* sku -> place in the list */
    uint8_t *eligible_list;
    uint32_t eligible_cap;
    struct buf key;
    struct focus_row *rows;
    uint64_t row_count, row_cap;
    struct slice series;
    int64_t now_ns;
    struct focus_invoice_line *lines;
    uint64_t line_count;
    struct focus_billing *billings;
    uint32_t billing_count;
};
struct focus_invoice_line { /* the rows first to last, of one line of an invoice */
    uint64_t first, last;
    struct decimal billed;
    bool is_one_price; /* they have one SkuPriceId */
    uint64_t refers;
};
struct focus_billing {           /* period */
    const struct tariff *tariff; /* of its issuer */
    struct period period;
    int64_t first_ns, last_ns; /* of its documents */
    bool waits;                /* for a settlement */
};
MUST_CHECK enum status focus_row_add(struct focus *focus, struct focus_row row);
/* rows.c */
MUST_CHECK enum status focus_bill(struct focus *focus, const struct engine *engine, const struct bill *bill);
/* What a lot was bought as; NULL: its tariff has it no longer. */
const struct product *focus_product(const struct focus_lot *lot);
/* amortise.c */
MUST_CHECK enum status focus_amortise(struct focus *focus, int64_t now_ns);
MUST_CHECK enum status focus_billing_period(const struct tariff *tariff, struct period cycle, struct period *ret);
/* supplement.c: records of the other datasets from the rows. */
MUST_CHECK enum status focus_supplement(struct focus *focus);
bool focus_is_shown(const struct focus *focus, struct slice account, struct period billing);
/* units.c: "second" as "Seconds", "1000 tokens" as "1000 Tokens". */
struct slice focus_unit(struct arena *arena, struct slice unit, struct decimal per);

#endif
