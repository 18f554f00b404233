/* SPDX-License-Identifier: Apache-2.0
 *
 * What there is in a book, as JSON: one object for each thing, the same wherever it is shown. Every function writes one
 * value at the writer's place and changes nothing else. Keys are an interface: new ones may join, none is renamed. */
#ifndef TG_VIEW_VIEW_H
#define TG_VIEW_VIEW_H

#include "book/book.h"
#include "engine/money.h"
#include "export/export.h"
#include "view/envelope.h"

/* A state to look at, which must stand still meanwhile. */
struct view {
    const struct engine *engine;
    const struct tariff_set *tariffs;
    struct arena *run; /* of texts on their way */
};

/* ---- accounts ---- */

/* In a list: its name and how much there is. */
void view_account_row_json(const struct view *view, uint32_t account, struct json_writer *writer);
/* Settings, terms, orders and their balances, wallets. Fails: STATUS_RANGE, STATUS_NO_MEMORY. */
MUST_CHECK enum status view_account_json(const struct view *view, uint32_t account, struct json_writer *writer);
/* What is left of the orders of an account, in the arena: by tariff, in the order of use. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status view_balances(const struct view *view, uint32_t account, struct balance_row **ret_rows,
                                     uint32_t *ret_count);
/* "concurrent" or "payg". */
const char *view_mode_name(const struct subscription_view *subscription);
/* A default attribute as an event would have it, in the arena. */
struct slice view_attribute_text(struct arena *arena, const struct value *value);

/* ---- wallets ---- */

/* Fails: STATUS_RANGE. */
MUST_CHECK enum status view_wallet_json(const struct view *view, uint32_t account, const struct wallet *wallet,
                                        struct json_writer *writer);
/* The tariffs in the wallet's currency under which the account is suspended, one at each call from *index 0 on; false:
 * no more. */
bool view_suspended_next(const struct view *view, uint32_t account, const struct wallet *wallet, uint32_t *index,
                         struct subscription_view *ret_view);

/* ---- holds ---- */

void view_hold_json(const struct view *view, uint32_t account, const struct hold_view *hold,
                    struct json_writer *writer);
/* What is reserved, in words, in the arena. */
struct slice view_reserves_text(const struct view *view, uint32_t account, const struct hold_view *hold);

/* ---- limits ---- */

struct view_limit { /* calls a second, or tasks at once */
    const struct tariff *tariff;
    const struct product *product; /* of the family, which counts together */
    uint64_t limit, taken;
    int64_t now_ns;
};
/* With the orders that are valid now. */
void view_limit_json(const struct view *view, uint32_t account, const struct view_limit *limit,
                     struct json_writer *writer);

/* ---- the ledger ---- */

struct view_ledger {
    struct posting *rows; /* by currency, ledger account, item; in the arena */
    uint64_t count;
    bool has_items; /* a row for every item */
};
/* Balances added up over accounts (UINT32_MAX: all of them), and over items unless they are asked for. Fails:
 * STATUS_RANGE, STATUS_NO_MEMORY. */
MUST_CHECK enum status view_ledger(const struct view *view, uint32_t account, bool has_items,
                                   struct view_ledger *ret_ledger);
/* By currency, with its sum, which is zero. Fails: STATUS_RANGE. */
MUST_CHECK enum status view_ledger_json(const struct view *view, const struct view_ledger *ledger,
                                        struct json_writer *writer);

/* ---- bills ---- */

/* "viapi-12" to its series and number; false: it is no bill's number. */
bool bill_number_read(struct slice text, struct slice *ret_series, uint64_t *ret_number);

/* ---- events ---- */

void view_reversal_json(const struct reversal_view *reversal, struct json_writer *writer);
/* A row of what other tariffs would change. */
void view_difference_json(const struct book_difference *row, struct json_writer *writer);
void view_usage_change_json(const struct usage_change *change, struct json_writer *writer);
void view_backfill_json(const struct backfill_view *backfill, struct json_writer *writer);

struct view_document { /* of the journal */
    uint64_t seq;      /* its batch */
    uint32_t line;
    int64_t recorded_ns;
    struct slice document;
    struct envelope_view view;
};
void view_document_json(const struct view_document *document, struct json_writer *writer);

/* How an event came to what it is; why it was not charged is its last step (view_verdict_add). */
void view_explained_json(const struct book_explained *found, struct json_writer *writer);
void view_verdict_add(struct book_explained *found);

/* ---- the book ---- */

/* In a list. file: where it was read, or its name alone. */
void view_tariff_row_json(const struct tariff *tariff, struct slice file, struct json_writer *writer);

#endif
