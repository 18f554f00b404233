/* SPDX-License-Identifier: Apache-2.0
 *
 * `expect` of an example against a statement. Every number is compared exactly. */
#include "trial/examples.h"

static void differs(struct example *example, const char *what, struct slice name, struct slice want,
                    struct decimal got) {
    char text[DECIMAL_TEXT_MAX];
    decimal_format(got, text);
    buf_printf(&example->failures, "%s%s" SLICE_FMT ": expected " SLICE_FMT ", got %s\n", what,
               name.len > 0 ? " of " : "", SLICE_ARG(name), SLICE_ARG(want), text);
}

static void check(struct example *example, const char *what, const struct node *want, struct decimal got) {
    struct decimal value;
    bool is_number = want->kind == NODE_SCALAR && decimal_parse(want->text, &value, NULL) == STATUS_OK;
    bool has_name = strcmp(what, "amount") == 0 || strcmp(what, "quantity") == 0 || strcmp(what, "remaining") == 0;
    if (!is_number || decimal_cmp(value, got) != 0)
        differs(example, what, has_name ? want->key : SLICE(""), want->text, got);
}

static enum status bills_total(const struct statement *statement, enum bill_kind kind, struct decimal *ret) {
    struct decimal total = DECIMAL_ZERO;
    for (uint32_t i = 0; i < statement->bill_count; i++) {
        if (statement->bills[i].kind == kind)
            TRY(decimal_add(total, statement->bills[i].exact_total, &total));
    }
    *ret = total;
    return STATUS_OK;
}

/* Amount and quantity of an item over all usage bills; what other products bill counts as quantity. */
static enum status item_sums(const struct statement *statement, struct slice item, struct decimal *ret_amount,
                             struct decimal *ret_quantity) {
    struct decimal amount = DECIMAL_ZERO, quantity = DECIMAL_ZERO;
    for (uint32_t i = 0; i < statement->bill_count; i++) {
        const struct bill *bill = &statement->bills[i];
        for (uint32_t k = 0; bill->kind == BILL_USAGE && k < bill->line_count; k++) {
            if (!slice_eq(bill->lines[k].item, item))
                continue;
            TRY(decimal_add(amount, bill->lines[k].amount, &amount));
            TRY(decimal_add(quantity, bill->lines[k].quantity, &quantity));
        }
    }
    for (uint32_t i = 0; i < statement->external_count; i++) {
        if (slice_eq(statement->externals[i].item, item))
            TRY(decimal_add(quantity, statement->externals[i].quantity, &quantity));
    }
    *ret_amount = amount;
    *ret_quantity = quantity;
    return STATUS_OK;
}

static enum status check_items(struct example *example, const struct statement *statement, const struct node *map,
                               bool is_amount) {
    for (const struct node *want = map->first; want != NULL; want = want->next) {
        struct decimal amount, quantity;
        const struct item *item = tariff_item(example->tariff, want->key);
        TRY(item_sums(statement, item != NULL ? item->name : want->key, &amount, &quantity));
        check(example, is_amount ? "amount" : "quantity", want, is_amount ? amount : quantity);
    }
    return STATUS_OK;
}

/* What the packages of a sku hold when the last event has been applied. */
static enum status check_remaining(struct example *example, const struct statement *statement, const struct node *map) {
    for (const struct node *want = map->first; want != NULL; want = want->next) {
        struct decimal remaining = DECIMAL_ZERO;
        for (uint32_t i = 0; i < statement->balance_count; i++) {
            const struct lot *lot = statement->balances[i].lot;
            if (slice_eq(lot->product->sku, want->key))
                TRY(decimal_add(remaining, lot_balance(lot, example->last_ns).remaining, &remaining));
        }
        check(example, "remaining", want, remaining);
    }
    return STATUS_OK;
}

static uint32_t usage_bill_count(const struct statement *statement) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < statement->bill_count; i++)
        count += statement->bills[i].kind == BILL_USAGE;
    return count;
}

static enum status check_one(struct example *example, const struct statement *statement, const struct node *want) {
    const char *const count_names[] = {"unpriced", "rejected", "alerts", "cycles"};
    uint32_t counts[] = {statement->unpriced_count, statement->rejected_count, statement->alert_count,
                         usage_bill_count(statement)};
    bool is_total = slice_is(want->key, "total");
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        if (slice_is(want->key, count_names[i])) {
            check(example, count_names[i], want, decimal_from_int(counts[i]));
            return STATUS_OK;
        }
    }
    if (is_total || slice_is(want->key, "orders")) {
        struct decimal total;
        TRY(bills_total(statement, is_total ? BILL_USAGE : BILL_ORDERS, &total));
        check(example, is_total ? "total" : "orders", want, total);
        return STATUS_OK;
    }
    if (slice_is(want->key, "lines") || slice_is(want->key, "quantity"))
        return check_items(example, statement, want, slice_is(want->key, "lines"));
    if (slice_is(want->key, "remaining"))
        return check_remaining(example, statement, want);
    buf_printf(&example->failures, "expect: \"" SLICE_FMT "\" cannot be expected\n", SLICE_ARG(want->key));
    return STATUS_OK;
}

/* Reasons that nobody expected help more than the numbers that follow from them. */
static void reasons_add(struct example *example, const char *what, const struct notice *notices, uint32_t count) {
    for (uint32_t i = 0; i < count && i < 5; i++)
        buf_printf(&example->failures, "%s: " SLICE_FMT "\n", what, SLICE_ARG(notices[i].reason));
}

enum status example_compare(struct example *example, const struct statement *statement) {
    const struct node *expect = node_get(example->node, "expect");
    for (const struct node *want = expect ? expect->first : NULL; want != NULL; want = want->next)
        TRY(check_one(example, statement, want));
    /* What could not be priced must be expected: an example never hides it. */
    if (node_get(expect, "unpriced") == NULL && statement->unpriced_count > 0)
        differs(example, "unpriced", SLICE(""), SLICE("0"), decimal_from_int(statement->unpriced_count));
    if (node_get(expect, "rejected") == NULL && statement->rejected_count > 0)
        differs(example, "rejected", SLICE(""), SLICE("0"), decimal_from_int(statement->rejected_count));
    if (example->failures.len > 0) {
        reasons_add(example, "unpriced", statement->unpriced, statement->unpriced_count);
        reasons_add(example, "rejected", statement->rejected, statement->rejected_count);
    }
    return STATUS_OK;
}
