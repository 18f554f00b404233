/* SPDX-License-Identifier: Apache-2.0
 *
 * Accounts, orders, wallets, contracts, holds: what is said over the network, one row for each. */
#include "server/command.h"
#include "server/read.h"
#include "server/server_private.h"

/* ---- what the answers show ---- */

static enum status order_view(const struct said *said, const struct view *view, struct json_writer *writer) {
    bool is_refund = said->kind->param != NULL;
    struct slice id = is_refund ? said->request->params[1] : said->id;
    const struct tariff *tariff;
    const struct lot *lot;
    uint32_t account;
    if (!engine_account_find(view->engine, said->account, &account) ||
        !engine_order_view(view->engine, account, id, &tariff, &lot)) {
        json_member_null(writer, "order");
        return STATUS_OK;
    }
    json_key(writer, "order");
    export_order_json(tariff, lot, is_refund ? (struct decimal){-lot->price_paid.pico} : lot->price_paid, writer);
    return STATUS_OK;
}

static enum status account_view(const struct said *said, const struct view *view, struct json_writer *writer) {
    uint32_t account;
    json_key(writer, "account");
    if (engine_account_find(view->engine, said->account, &account))
        return view_account_json(view, account, writer);
    json_null(writer);
    return STATUS_OK;
}

static enum status wallet_view(const struct said *said, const struct view *view, struct json_writer *writer) {
    struct slice code = {0};
    uint32_t account;
    bool is_known =
        body_text(&said->body, "currency", true, &code) && engine_account_find(view->engine, said->account, &account);
    const struct wallet *wallet = is_known ? engine_wallets(view->engine, account) : NULL;
    while (wallet && !slice_is(code, wallet->currency->code))
        wallet = wallet->next;
    json_key(writer, "wallet");
    if (wallet)
        return view_wallet_json(view, account, wallet, writer);
    json_null(writer);
    return STATUS_OK;
}

static enum status hold_view(const struct said *said, const struct view *view, struct json_writer *writer) {
    struct hold_view hold;
    uint32_t account;
    json_key(writer, "hold");
    if (engine_account_find(view->engine, said->account, &account) &&
        engine_hold_find(view->engine, account, said->id, &hold))
        view_hold_json(view, account, &hold, writer);
    else
        json_null(writer);
    return STATUS_OK;
}

/* ---- money ---- */

/* What is paid in is above zero; what is paid out too, and leaves. */
static bool amount_prepare(struct said *said, bool is_payout, enum status *ret_status) {
    const struct json_token *value = body_find(&said->body, "amount");
    struct decimal amount;
    char text[DECIMAL_TEXT_MAX];
    if (!value || (value->type != JSON_TEXT && value->type != JSON_NUMBER)) {
        body_wrong(&said->body, "amount", "\"amount\" must be a decimal text, like \"120.50\".");
        return false;
    }
    if (decimal_parse(body_token_text(value), &amount, NULL) != STATUS_OK || amount.pico <= 0) {
        body_wrong(&said->body, "amount",
                   "\"amount\" must be a decimal above zero, with at most 12 digits after the point.");
        return false;
    }
    if (is_payout)
        amount.pico = -amount.pico;
    said->more = arena_printf(said->request->arena, "\"amount\":\"%.*s\"", (int)decimal_format(amount, text), text);
    *ret_status = said->more.ptr ? STATUS_OK : STATUS_NO_MEMORY;
    return said->more.ptr != NULL;
}

static bool top_up_prepare(struct said *said, enum status *ret_status) {
    return amount_prepare(said, false, ret_status);
}

static bool pay_out_prepare(struct said *said, enum status *ret_status) {
    return amount_prepare(said, true, ret_status);
}

/* ---- refunds ---- */

/* By what was paid: more is never given back. */
static bool refund_needs_two(const struct said *said, struct proposal *proposal) {
    struct live *live = request_live(said->request);
    struct access *access = request_tenant(said->request)->access;
    const struct tariff *tariff;
    const struct lot *lot;
    char paid[DECIMAL_TEXT_MAX] = "0";
    uint32_t account;
    const struct engine *engine = live_state(live);
    bool is_large = engine_account_find(engine, said->account, &account) &&
                    engine_order_view(engine, account, said->request->params[1], &tariff, &lot) &&
                    decimal_cmp(lot->price_paid, access_rule(access).refund_limit) > 0;
    if (is_large)
        (void)decimal_format(lot->price_paid, paid);
    live_state_end(live);
    if (!is_large || !access_needs_two(access, live_now(live)))
        return false;
    proposal->action = SLICE("refund");
    proposal->summary = arena_printf(said->request->arena, "refund order " SLICE_FMT " of " SLICE_FMT ", paid %s",
                                     SLICE_ARG(said->request->params[1]), SLICE_ARG(said->account), paid);
    if (!proposal->summary.ptr)
        proposal->summary = SLICE("refund an order");
    return true;
}

static bool pay_out_needs_two(const struct said *said, struct proposal *proposal) {
    struct access *access = request_tenant(said->request)->access;
    const struct json_token *value = body_find(&said->body, "amount"), *currency = body_find(&said->body, "currency");
    struct decimal amount;
    if (value == NULL || currency == NULL || decimal_parse(body_token_text(value), &amount, NULL) != STATUS_OK ||
        decimal_cmp(amount, access_rule(access).refund_limit) <= 0 ||
        !access_needs_two(access, live_now(request_live(said->request))))
        return false;
    proposal->action = SLICE("pay_out");
    proposal->summary = arena_printf(said->request->arena, "pay %.*s %.*s out to " SLICE_FMT, (int)value->len,
                                     value->ptr, (int)currency->len, currency->ptr, SLICE_ARG(said->account));
    if (!proposal->summary.ptr)
        proposal->summary = SLICE("pay money out");
    return true;
}

/* ---- reversals ---- */

/* The event that counts, of all with this id. False after a problem. */
static bool event_choose(const struct said *said, const struct book_found *first, const struct book_found **ret_found) {
    const struct book_found *chosen = first;
    for (const struct book_found *found = first; found; found = found->next) {
        if (!slice_eq(found->source, first->source)) {
            body_wrong(&said->body, "source",
                       "both \"" SLICE_FMT "\" and \"" SLICE_FMT "\" sent an event of this id; say which one.",
                       SLICE_ARG(first->source), SLICE_ARG(found->source));
            return false;
        }
        if (found->is_counted && !chosen->is_counted)
            chosen = found;
    }
    if (!chosen) {
        http_problem(said->request, said->answer, 404, "unknown-event", "there is no such event in the journal.");
        return false;
    }
    *ret_found = chosen;
    return true;
}

static enum status events_find(const struct said *said, struct book_search search, struct book_found **ret_first) {
    struct live *live = request_live(said->request);
    struct slice error;
    search.tariffs = live_tariffs(live);
    search.last = live_seq(live);
    TRY(book_find_beside(live_book(live), &search, said->request->arena, ret_first, &error));
    const struct engine *engine = live_state(live);
    for (struct book_found *found = *ret_first; found; found = found->next)
        found->is_counted = book_found_counts(engine, found);
    live_state_end(live);
    return STATUS_OK;
}

/* The event is named, and said whole. */
static bool reversal_prepare(struct said *said, enum status *ret_status) {
    struct slice id = {0}, source = SLICE("");
    const struct book_found *found;
    struct book_found *first;
    if (!body_text(&said->body, "event", true, &id) || !body_text(&said->body, "source", false, &source))
        return false;
    if (!read_replay_begin(said->server, said->request, said->answer))
        return false;
    *ret_status = events_find(said, (struct book_search){.id = id, .source = source}, &first);
    read_replay_end(said->server);
    if (*ret_status != STATUS_OK || !event_choose(said, first, &found))
        return false;
    said->account = found->account;
    said->more = arena_printf(said->request->arena, "\"event\":" SLICE_FMT, SLICE_ARG(found->document));
    *ret_status = said->more.ptr ? STATUS_OK : STATUS_NO_MEMORY;
    return said->more.ptr != NULL;
}

/* ---- the rows ---- */

#define ACCOUNT_MEMBERS "postpaid mode activated released credit low attributes zone"

/* handler, then the members of struct command_kind */
#define COMMAND_TABLE(ROW)                                                                                             \
    ROW(account_create, .type = "account", .members = "id account " ACCOUNT_MEMBERS, .own = "id account",              \
        .status = 201, .view = account_view)                                                                           \
    ROW(account_change, .type = "account", .members = "id " ACCOUNT_MEMBERS, .own = "id", .status = 200,               \
        .needs_account = true, .view = account_view)                                                                   \
    ROW(order_create, .type = "order",                                                                                 \
        .members = "id tariff sku quantity periods effective_at renews upgrades temporary until sales", .own = "id",   \
        .status = 201, .moves_money = true, .view = order_view)                                                        \
    ROW(order_refund, .type = "refund", .members = "id tariff", .own = "id", .param = "order", .status = 201,          \
        .moves_money = true, .needs_account = true, .needs_two = refund_needs_two, .view = order_view)                 \
    ROW(activation_create, .type = "activate", .members = "id tariff order terminal units", .own = "id",               \
        .status = 201, .view = account_view)                                                                           \
    ROW(wallet_top_up, .type = "wallet", .members = "id amount currency", .own = "id amount", .status = 201,           \
        .moves_money = true, .prepare = top_up_prepare, .view = wallet_view)                                           \
    ROW(wallet_pay_out, .type = "wallet", .members = "id amount currency", .own = "id amount", .status = 201,          \
        .moves_money = true, .needs_account = true, .prepare = pay_out_prepare, .needs_two = pay_out_needs_two,        \
        .view = wallet_view)                                                                                           \
    ROW(contract_create, .type = "contract", .members = "id tariff use from", .own = "id", .status = 201,              \
        .view = account_view)                                                                                          \
    ROW(hold_create, .type = "hold", .members = "id operation data expires_at", .own = "id", .status = 201,            \
        .view = hold_view)                                                                                             \
    ROW(hold_release, .type = "release", .members = "id", .own = "id", .param = "hold", .status = 201,                 \
        .needs_account = true)                                                                                         \
    ROW(reversal_create, .type = "reversal", .members = "id event source reason replaced_by",                          \
        .own = "id event source", .status = 201, .moves_money = true, .prepare = reversal_prepare)                     \
    ROW(bill_close, .type = "tick", .members = "id", .own = "id", .status = 201, .moves_money = true, .closes = true)

#define COMMAND_HANDLER(handler, ...)                                                                                  \
    enum status handler(void *context, const struct http_request *request, struct http_answer *answer) {               \
        static const struct command_kind command = {__VA_ARGS__};                                                      \
        return command_run(context, &command, request, answer);                                                        \
    }
COMMAND_TABLE(COMMAND_HANDLER)
