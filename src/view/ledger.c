/* SPDX-License-Identifier: Apache-2.0
 *
 * The ledger: double-entry balances, added up, and their sums. */
#include <stdlib.h>
#include <string.h>

#include "base/names.h"
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

/* Balances on their way into rows; the ledger is looked at once, for others wait meanwhile. */
struct summing {
    uint32_t account; /* UINT32_MAX: all */
    bool has_items;
    struct names keys; /* of rows */
    struct posting *rows;
    uint32_t cap;
};

static enum status row_room(struct summing *summing, uint32_t count) {
    if (count < summing->cap)
        return STATUS_OK;
    uint32_t cap = summing->cap > 0 ? summing->cap * 2 : 64;
    struct posting *grown = realloc(summing->rows, cap * sizeof *grown);
    if (grown == NULL)
        return STATUS_NO_MEMORY;
    summing->rows = grown;
    summing->cap = cap;
    return STATUS_OK;
}

static enum status balance_add(void *context, const struct posting *balance) {
    struct summing *summing = context;
    struct posting row = *balance;
    uint32_t index, count = summing->keys.count;
    if (summing->account != UINT32_MAX && row.key.account != summing->account)
        return STATUS_OK;
    row.key.account = 0;
    if (!summing->has_items)
        row.key.item = 0;
    char key[sizeof row.key.currency + 2 * sizeof(uint32_t)];
    uint32_t ledger_account = row.key.ledger_account;
    memcpy(key, &row.key.currency, sizeof row.key.currency);
    memcpy(key + sizeof row.key.currency, &ledger_account, sizeof ledger_account);
    memcpy(key + sizeof row.key.currency + sizeof ledger_account, &row.key.item, sizeof row.key.item);
    TRY(row_room(summing, count));
    TRY(names_add(&summing->keys, (struct slice){key, sizeof key}, &index));
    if (index < count)
        return decimal_add(summing->rows[index].amount, row.amount, &summing->rows[index].amount);
    summing->rows[index] = row;
    return STATUS_OK;
}

enum status view_ledger(const struct view *view, uint32_t account, bool has_items, struct view_ledger *ret_ledger) {
    struct summing summing = {.account = account, .has_items = has_items};
    enum status status = ledger_each(engine_ledger(view->engine), balance_add, &summing);
    uint32_t count = summing.keys.count;
    struct view_ledger ledger = {
        .rows = ARENA_ARRAY(view->run, count + (size_t)1, struct posting), .count = count, .has_items = has_items};
    if (ledger.rows == NULL)
        status = STATUS_NO_MEMORY;
    if (status == STATUS_OK && count > 0) {
        memcpy(ledger.rows, summing.rows, count * sizeof *ledger.rows);
        qsort(ledger.rows, count, sizeof *ledger.rows, row_compare);
    }
    free(summing.rows);
    names_free(&summing.keys);
    if (status == STATUS_OK)
        *ret_ledger = ledger;
    return status;
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
