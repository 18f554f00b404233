/* SPDX-License-Identifier: Apache-2.0
 *
 * The ledger: double-entry balances, added up, and their sums. */
#include <stdlib.h>

#include "view/view.h"

static int row_compare(const void *left, const void *right) {
    const struct ledger_key *a = &((const struct posting *)left)->key, *b = &((const struct posting *)right)->key;
    int by_currency = slice_cmp(slice_of(a->currency->code), slice_of(b->currency->code));
    if (by_currency)
        return by_currency;
    if (a->ledger_account != b->ledger_account)
        return a->ledger_account < b->ledger_account ? -1 : 1;
    return (a->item > b->item) - (a->item < b->item);
}

/* Sorted rows of one key become one. */
static enum status rows_merge(struct view_ledger *ledger, uint64_t count) {
    ledger->count = 0;
    for (uint64_t i = 0; i < count; i++) {
        struct posting *last = ledger->count > 0 ? &ledger->rows[ledger->count - 1] : NULL;
        if (last && row_compare(last, &ledger->rows[i]) == 0)
            TRY(decimal_add(last->amount, ledger->rows[i].amount, &last->amount));
        else
            ledger->rows[ledger->count++] = ledger->rows[i];
    }
    return STATUS_OK;
}

enum status view_ledger(const struct view *view, uint32_t account, bool has_items, struct view_ledger *ret_ledger) {
    const struct ledger *ledger = engine_ledger(view->engine);
    struct view_ledger rows = {.has_items = has_items};
    uint64_t all = ledger_count(ledger), count = 0;
    rows.rows = ARENA_ARRAY(view->run, all + 1, struct posting);
    if (rows.rows == NULL)
        return STATUS_NO_MEMORY;
    ledger_list(ledger, rows.rows);
    for (uint64_t i = 0; i < all; i++) {
        struct posting row = rows.rows[i];
        if (account != UINT32_MAX && row.key.account != account)
            continue;
        row.key.account = 0;
        if (!has_items)
            row.key.item = 0;
        rows.rows[count++] = row;
    }
    if (count > 0)
        qsort(rows.rows, count, sizeof *rows.rows, row_compare);
    TRY(rows_merge(&rows, count));
    *ret_ledger = rows;
    return STATUS_OK;
}

static enum status currency_json(const struct view *view, const struct view_ledger *ledger, uint64_t *index,
                                 struct json_writer *writer) {
    const struct currency *currency = ledger->rows[*index].key.currency;
    struct decimal sum = DECIMAL_ZERO;
    json_object(writer);
    json_member(writer, "currency", slice_of(currency->code));
    json_key(writer, "balances");
    json_array(writer);
    for (; *index < ledger->count && ledger->rows[*index].key.currency == currency; ++*index) {
        const struct posting *row = &ledger->rows[*index];
        json_object(writer);
        json_member(writer, "ledger_account", slice_of(ledger_account_name(row->key.ledger_account)));
        if (ledger->has_items)
            json_optional(writer, "item", engine_ledger_item(view->engine, row->key.item));
        json_decimal(writer, "amount", row->amount);
        json_object_end(writer);
        TRY(decimal_add(sum, row->amount, &sum));
    }
    json_array_end(writer);
    json_decimal(writer, "sum", sum);
    json_object_end(writer);
    return STATUS_OK;
}

enum status view_ledger_json(const struct view *view, const struct view_ledger *ledger, struct json_writer *writer) {
    json_object(writer);
    json_key(writer, "currencies");
    json_array(writer);
    for (uint64_t i = 0; i < ledger->count;)
        TRY(currency_json(view, ledger, &i, writer));
    json_array_end(writer);
    json_object_end(writer);
    return STATUS_OK;
}
