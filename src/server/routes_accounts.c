/* SPDX-License-Identifier: Apache-2.0
 *
 * Accounts and what they have: settings, balances, orders, licences, wallets, holds, and what they have used of what is
 * not billed yet. */
#include <stdlib.h>
#include <string.h>

#include "server/read.h"

/* ---- the list of accounts, by name ---- */

enum { ACCOUNTS_AT_ONCE = 8192 }; /* looked at while the state is held */

/* The first accounts behind a name, by name: their numbers, which never change. */
struct pick {
    const struct listing *listing;
    uint32_t *list;
    uint32_t count; /* at most one more than the page holds */
};

static void pick_one(struct pick *pick, const struct engine *engine, uint32_t account) {
    struct slice name = engine_account_view(engine, account).name, after = pick->listing->page.after;
    uint32_t at = pick->count;
    if (after.ptr && slice_cmp(name, after) <= 0)
        return;
    while (at > 0 && slice_cmp(name, engine_account_view(engine, pick->list[at - 1]).name) < 0)
        at--;
    if (at > pick->listing->page.limit)
        return;
    if (pick->count <= pick->listing->page.limit)
        pick->count++;
    memmove(&pick->list[at + 1], &pick->list[at], (pick->count - 1 - at) * sizeof *pick->list);
    pick->list[at] = account;
}

/* A piece of the accounts; false: that was the last one. */
static bool pick_some(struct pick *pick, struct live *live, uint32_t *first) {
    const struct engine *engine = live_state(live);
    uint32_t count = engine_account_count(engine);
    uint32_t last = count - *first > ACCOUNTS_AT_ONCE ? *first + ACCOUNTS_AT_ONCE : count;
    for (; *first < last; ++*first)
        pick_one(pick, engine, *first);
    live_state_end(live);
    return last < count;
}

/* A customer's key sees one. */
static void pick_own(struct pick *pick, struct live *live, struct slice own) {
    const struct engine *engine = live_state(live);
    uint32_t account;
    if (engine_account_find(engine, own, &account))
        pick_one(pick, engine, account);
    live_state_end(live);
}

enum status account_list(void *context, const struct http_request *request, struct http_answer *answer) {
    struct listing listing;
    struct reading reading;
    uint32_t first = 0;
    (void)context;
    if (!listing_begin(request, answer, &listing))
        return STATUS_OK;
    struct pick pick = {.listing = &listing};
    struct slice own = request_actor(request)->account;
    pick.list = ARENA_ARRAY(request->arena, listing.page.limit + (size_t)1, uint32_t);
    if (pick.list == NULL)
        return STATUS_NO_MEMORY;
    if (own.len > 0)
        pick_own(&pick, request_live(request), own);
    while (own.len == 0 && pick_some(&pick, request_live(request), &first))
        continue;
    if (!read_begin(request, answer, &reading))
        return STATUS_OK;
    for (uint32_t i = 0; i < pick.count; i++) {
        if (!listing_take(&listing, engine_account_view(reading.view.engine, pick.list[i]).name))
            break;
        view_account_row_json(&reading.view, pick.list[i], &listing.writer);
    }
    return read_end(&reading, listing_end(&listing));
}

enum status account_show(void *context, const struct http_request *request, struct http_answer *answer) {
    struct reading reading;
    (void)context;
    if (!read_account(request, answer, &reading))
        return STATUS_OK;
    return read_end(&reading, view_account_json(&reading.view, reading.account, &reading.writer));
}

/* ---- lots: balances, orders, licences ---- */

struct lot_row {
    struct slice key; /* by tariff, order, sku */
    struct balance_row balance;
};
struct lot_rows {
    struct lot_row *list;
    uint32_t count;
};

static int lot_row_compare(const void *left, const void *right) {
    return slice_cmp(((const struct lot_row *)left)->key, ((const struct lot_row *)right)->key);
}

static enum status lot_rows_make(const struct reading *reading, const struct balance_row *balances, uint32_t count,
                                 struct lot_rows *ret_rows) {
    struct lot_rows rows = {ARENA_ARRAY(reading->view.run, count + (size_t)1, struct lot_row), count};
    if (rows.list == NULL)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < count; i++) {
        const struct balance_row *row = &balances[i];
        struct slice order = row->lot->order_id, sku = row->lot->product->sku;
        char *key = arena_alloc(reading->view.run, 5 + order.len + sku.len);
        if (key == NULL)
            return STATUS_NO_MEMORY;
        for (int k = 0; k < 4; k++)
            key[k] = (char)(row->tariff->index >> (24 - 8 * k));
        memcpy(key + 4, order.ptr, order.len);
        key[4 + order.len] = '\0';
        memcpy(key + 5 + order.len, sku.ptr, sku.len);
        rows.list[i] = (struct lot_row){{key, 5 + order.len + sku.len}, *row};
    }
    if (count > 0)
        qsort(rows.list, count, sizeof *rows.list, lot_row_compare);
    *ret_rows = rows;
    return STATUS_OK;
}

static void order_write(const struct balance_row *row, struct json_writer *writer) {
    export_order_json(row->tariff, row->lot, row->lot->price_paid, writer);
}

static void lots_list(const struct lot_rows *rows, bool only_licences,
                      void (*write)(const struct balance_row *row, struct json_writer *writer),
                      struct listing *listing) {
    for (uint32_t i = 0; i < rows->count; i++) {
        const struct lot_row *row = &rows->list[i];
        bool is_wanted = !only_licences || row->balance.lot->product->kind == PRODUCT_LICENCE;
        if (!is_wanted || (listing->page.after.ptr && slice_cmp(row->key, listing->page.after) <= 0))
            continue;
        if (!listing_take(listing, row->key))
            break;
        write(&row->balance, &listing->writer);
    }
}

/* What is left when everything that was used is charged, as `tollgate balance` tells it. */
enum status balance_list(void *context, const struct http_request *request, struct http_answer *answer) {
    struct listing listing;
    struct reading reading;
    struct read_part part;
    struct lot_rows rows;
    (void)context;
    if (!listing_begin(request, answer, &listing) || !read_account(request, answer, &reading))
        return STATUS_OK;
    enum status status = read_part(&reading, INSTANT_MAX, &part);
    if (status == STATUS_OK)
        status = lot_rows_make(&reading, part.statement.balances, part.statement.balance_count, &rows);
    if (status == STATUS_OK) {
        lots_list(&rows, false, export_balance_json, &listing);
        status = listing_end(&listing);
    }
    read_part_free(&part);
    return read_end(&reading, status);
}

/* Orders as they stand in the state. */
static enum status orders_list(const struct http_request *request, struct http_answer *answer, bool only_licences) {
    struct listing listing;
    struct reading reading;
    struct balance_row *balances;
    struct lot_rows rows;
    uint32_t count;
    if (!listing_begin(request, answer, &listing) || !read_account(request, answer, &reading))
        return STATUS_OK;
    enum status status = view_balances(&reading.view, reading.account, &balances, &count);
    if (status == STATUS_OK)
        status = lot_rows_make(&reading, balances, count, &rows);
    if (status == STATUS_OK) {
        lots_list(&rows, only_licences, only_licences ? export_balance_json : order_write, &listing);
        status = listing_end(&listing);
    }
    return read_end(&reading, status);
}

enum status order_list(void *context, const struct http_request *request, struct http_answer *answer) {
    (void)context;
    return orders_list(request, answer, false);
}

enum status licence_list(void *context, const struct http_request *request, struct http_answer *answer) {
    (void)context;
    return orders_list(request, answer, true);
}

enum status order_show(void *context, const struct http_request *request, struct http_answer *answer) {
    struct reading reading;
    const struct tariff *tariff;
    const struct lot *lot;
    (void)context;
    if (!read_account(request, answer, &reading))
        return STATUS_OK;
    if (engine_order_view(reading.view.engine, reading.account, request->params[1], &tariff, &lot))
        export_order_json(tariff, lot, lot->price_paid, &reading.writer);
    else
        read_missing(request, answer);
    return read_end(&reading, STATUS_OK);
}

/* ---- wallets, holds ---- */

enum status wallet_show(void *context, const struct http_request *request, struct http_answer *answer) {
    struct reading reading;
    enum status status = STATUS_OK;
    (void)context;
    if (!read_account(request, answer, &reading))
        return STATUS_OK;
    const struct wallet *wallet = engine_wallets(reading.view.engine, reading.account);
    json_object(&reading.writer);
    json_key(&reading.writer, "wallets");
    json_array(&reading.writer);
    for (; wallet != NULL && status == STATUS_OK; wallet = wallet->next)
        status = view_wallet_json(&reading.view, reading.account, wallet, &reading.writer);
    json_array_end(&reading.writer);
    json_object_end(&reading.writer);
    return read_end(&reading, status);
}

enum status hold_list(void *context, const struct http_request *request, struct http_answer *answer) {
    struct listing listing;
    struct reading reading;
    (void)context;
    if (!listing_begin(request, answer, &listing) || !read_account(request, answer, &reading))
        return STATUS_OK;
    for (uint32_t i = 0; i < engine_hold_count(reading.view.engine, reading.account); i++) {
        struct hold_view hold = engine_hold_view(reading.view.engine, reading.account, i);
        if (listing.page.after.ptr && slice_cmp(hold.id, listing.page.after) <= 0)
            continue;
        if (!listing_take(&listing, hold.id))
            break;
        view_hold_json(&reading.view, reading.account, &hold, &listing.writer);
    }
    return read_end(&reading, listing_end(&listing));
}

/* ---- limits ---- */

/* Of the tariffs that the account is under, and what is taken under others. */
static void limits_write(struct reading *reading, const struct tariff *tariff, int64_t now_ns) {
    struct subscription_view subscription;
    bool is_under = engine_subscription_view(reading->view.engine, reading->account, tariff, &subscription);
    for (uint32_t i = 0; i < tariff->product_count; i++) {
        const struct product *product = &tariff->products[i];
        struct gate_quota quota = {.account = reading->account, .tariff = tariff, .product = i};
        struct gate_use use;
        if ((product->kind != PRODUCT_QPS && product->kind != PRODUCT_CONCURRENCY) ||
            !live_quota(reading->live, &quota, &use) || (!is_under && use.taken == 0))
            continue;
        struct view_limit limit = {tariff, product, use.limit, use.taken, now_ns};
        view_limit_json(&reading->view, reading->account, &limit, &reading->writer);
    }
}

enum status limit_list(void *context, const struct http_request *request, struct http_answer *answer) {
    struct reading reading;
    (void)context;
    if (!read_account_now(request, answer, &reading))
        return STATUS_OK;
    int64_t now_ns = live_now(reading.live);
    json_object(&reading.writer);
    json_instant(&reading.writer, "at", now_ns, NULL);
    json_key(&reading.writer, "limits");
    json_array(&reading.writer);
    for (uint32_t i = 0; i < reading.view.tariffs->count; i++)
        limits_write(&reading, reading.view.tariffs->list[i], now_ns);
    json_array_end(&reading.writer);
    json_object_end(&reading.writer);
    return read_end(&reading, STATUS_OK);
}

/* ---- what is not billed yet ---- */

enum status charge_list(void *context, const struct http_request *request, struct http_answer *answer) {
    struct export_options options = {.explain = false};
    struct reading reading;
    struct read_part part;
    struct arena scratch = {0};
    int64_t until_ns = INSTANT_MAX;
    uint32_t explain = 0;
    (void)context;
    if (!read_instant(request, answer, "until", &until_ns) ||
        !read_choice(request, answer, "explain", "false true", &explain) || !read_account(request, answer, &reading))
        return STATUS_OK;
    options.explain = explain == 1;
    enum status status = read_part(&reading, until_ns, &part);
    json_object(&reading.writer);
    json_key(&reading.writer, "bills");
    json_array(&reading.writer);
    for (uint32_t i = 0; i < part.statement.bill_count; i++)
        export_bill_json(&part.statement.bills[i], NULL, &options, &scratch, &reading.writer);
    arena_free(&scratch);
    json_array_end(&reading.writer);
    json_key(&reading.writer, "external");
    json_array(&reading.writer);
    for (uint32_t i = 0; i < part.statement.external_count; i++)
        export_external_json(&part.statement.externals[i], &reading.writer);
    json_array_end(&reading.writer);
    json_object_end(&reading.writer);
    read_part_free(&part);
    return read_end(&reading, status);
}
