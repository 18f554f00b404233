/* SPDX-License-Identifier: Apache-2.0
 *
 * POST /v1/plan: the cheapest way to pay for usage, expected or real. Nothing changes. A search can take long: so many
 * run at once at most, and each ends when it has rated as much as one answer may. */
#include "plan/answer.h"
#include "server/read.h"

#include "server/body.h"
#include "trial/terms.h"

/* Events that one answer may rate: a few seconds. */
#define WORK_MOST UINT64_C(3000000)
enum { EVENTS_MOST = 50000, PLANS_AT_ONCE = 2, PIECES_MOST = 1000000, RATED_MOST = 100000 };
#define SPAN_MOST_NS (186 * 24 * INT64_C(3600) * NS_PER_SECOND)

struct asked {
    struct body body;
    struct live *live;
    struct slice account; /* empty: the usage is expected */
    int64_t from_ns, until_ns;
    uint64_t months;
    struct plan_usage usage;
    struct plan_work work;
    struct plan_answer answer;
};

/* ---- members ---- */

static bool number_read(struct asked *asked, const char *name, uint64_t most, uint64_t *ret) {
    const struct json_token *value = body_find(&asked->body, name);
    struct decimal number;
    if (!value)
        return true;
    bool is_good = (value->type == JSON_TEXT || value->type == JSON_NUMBER) &&
                   decimal_parse(body_token_text(value), &number, NULL) == STATUS_OK && number.pico > 0 &&
                   number.pico % DECIMAL_ONE_PICO == 0 && number.pico / DECIMAL_ONE_PICO <= (wide)most;
    if (is_good)
        *ret = (uint64_t)(number.pico / DECIMAL_ONE_PICO);
    else
        body_wrong(&asked->body, name, "\"%s\" must be a whole number from 1 to %llu.", name, (unsigned long long)most);
    return is_good;
}

static bool flag_read(struct asked *asked, const char *name, bool *ret) {
    const struct json_token *value = body_find(&asked->body, name);
    if (!value)
        return true;
    if (value->type == JSON_TRUE || value->type == JSON_FALSE) {
        *ret = value->type == JSON_TRUE;
        return true;
    }
    body_wrong(&asked->body, name, "\"%s\" must be true or false.", name);
    return false;
}

static bool instant_read(struct asked *asked, const char *name, int64_t *ret_ns) {
    struct slice text = {0};
    if (!body_text(&asked->body, name, false, &text))
        return false;
    if (text.len == 0 || instant_parse(text, ret_ns, NULL) == STATUS_OK)
        return true;
    body_wrong(&asked->body, name, "\"%s\" is no instant like 2026-02-01T00:00:00+08:00.", name);
    return false;
}

static bool options_read(struct asked *asked) {
    struct plan_options *options = &asked->answer.options;
    uint64_t most = 0;
    bool is_good = number_read(asked, "tasks", PIECES_MOST, &options->tasks) &&
                   number_read(asked, "calls", PIECES_MOST, &options->calls) &&
                   number_read(asked, "most", RATED_MOST, &most) &&
                   number_read(asked, "months", PLAN_MONTHS_MAX, &asked->months) &&
                   flag_read(asked, "sensitivity", &asked->answer.has_sensitivity) &&
                   flag_read(asked, "curve", &asked->answer.has_curve);
    options->evaluations_max = (uint32_t)most;
    return is_good;
}

static bool tariff_read(struct asked *asked) {
    const struct tariff_set *set = asked->usage.set;
    struct slice name = {0};
    if (!body_text(&asked->body, "tariff", true, &name))
        return false;
    asked->usage.tariff = tariff_find(set, name);
    if (asked->usage.tariff)
        return true;
    struct slice near = names_suggest(name, set->names.texts, set->names.count);
    if (near.len > 0)
        body_wrong(&asked->body, "tariff", "there is no tariff \"" SLICE_FMT "\". Did you mean \"" SLICE_FMT "\"?",
                   SLICE_ARG(name), SLICE_ARG(near));
    else
        body_wrong(&asked->body, "tariff", "there is no tariff \"" SLICE_FMT "\".", SLICE_ARG(name));
    return false;
}

/* Midnight of the first day of this month, or of one before or after it. */
static enum status month_start(const struct asked *asked, int32_t later, int64_t *ret_ns) {
    const struct zone *zone = asked->usage.tariff->zone;
    struct civil now = zone_civil(zone, live_now(asked->live));
    struct civil first = {.year = now.year, .month = (int8_t)(now.month + later), .day = 1};
    return zone_instant(zone, first, ret_ns);
}

/* What belongs to the one kind of usage has no place in the other. */
static bool kind_read(struct asked *asked) {
    bool has_usage = body_find(&asked->body, "usage") != NULL;
    const char *const strangers[] = {has_usage ? "account" : "months", has_usage ? "until" : "usage"};
    if (!has_usage && !body_find(&asked->body, "account")) {
        body_wrong(&asked->body, "usage", "a plan is for \"usage\", what is expected, or for an \"account\".");
        return false;
    }
    for (size_t i = 0; i < 2; i++) {
        if (!body_find(&asked->body, strangers[i]))
            continue;
        body_wrong(&asked->body, strangers[i],
                   "a plan is for \"usage\" over some \"months\", or for an \"account\" \"until\" an instant.");
        return false;
    }
    return has_usage || body_text(&asked->body, "account", true, &asked->account);
}

/* ---- usage ---- */

/* False: the answer is a problem, or *ret_status a fault. */
static bool volumes_load(struct asked *asked, enum status *ret_status) {
    struct plan_volumes volumes = {.text = asked->body.request->body,
                                   .list = body_find(&asked->body, "usage"),
                                   .from_ns = asked->from_ns,
                                   .months = (uint32_t)asked->months};
    struct plan_wrong wrong;
    if (volumes.list->type != JSON_ARRAY || volumes.list->len == 2) {
        body_wrong(&asked->body, "usage", "\"usage\" is a list of what is expected, which is not empty.");
        return false;
    }
    *ret_status = plan_volumes_read(&asked->usage, &volumes, &wrong);
    if (*ret_status != STATUS_INVALID)
        return *ret_status == STATUS_OK;
    *ret_status = STATUS_OK;
    struct slice pointer = arena_printf(asked->body.request->arena, "usage%s", wrong.pointer);
    body_wrong(&asked->body, pointer.ptr ? pointer.ptr : "usage", SLICE_FMT, SLICE_ARG(wrong.text));
    return false;
}

/* What the account has of its own, and how far the journal is in the state. */
static bool account_begin(struct asked *asked, struct book_scan *scan, enum status *ret_status) {
    const struct engine *engine = live_state(asked->live);
    struct terms_of of = {.engine = engine, .tariffs = scan->tariffs, .at_ns = scan->until_ns - 1};
    bool is_current = book_tariffs(live_book(asked->live)) == scan->tariffs;
    bool is_known = is_current && engine_account_find(engine, scan->account, &of.account);
    if (is_known) {
        asked->usage.tariff = engine_tariff_at(engine, of.account, asked->usage.tariff, of.at_ns);
        *ret_status = terms_take(&of, asked->body.request->arena, &scan->terms);
    }
    live_state_end(asked->live);
    scan->last = live_seq(asked->live);
    if (!is_current) {
        http_problem(asked->body.request, asked->body.answer, 503, "busy",
                     "other tariffs hold since just now; ask again.");
        http_field(asked->body.answer, "Retry-After", SLICE("1"));
    } else if (!is_known) {
        read_missing(asked->body.request, asked->body.answer);
    }
    return is_known && *ret_status == STATUS_OK;
}

static bool account_load(struct asked *asked, struct server *server, enum status *ret_status) {
    const struct http_request *request = asked->body.request;
    struct book_scan scan = {
        .account = asked->account, .tariffs = asked->usage.set, .from_ns = asked->from_ns, .until_ns = asked->until_ns};
    struct slice error;
    if (!read_may(request, asked->body.answer, asked->account))
        return false;
    if (scan.from_ns >= scan.until_ns || scan.until_ns - scan.from_ns > SPAN_MOST_NS) {
        body_wrong(&asked->body, "from", "a plan is for a stretch of time of at most 186 days.");
        return false;
    }
    if (!account_begin(asked, &scan, ret_status) || !read_replay_begin(server, request, asked->body.answer))
        return false;
    *ret_status = plan_usage_book(&asked->usage, live_book(asked->live), &scan, EVENTS_MOST, &error);
    read_replay_end(server);
    if (*ret_status == STATUS_OK && asked->usage.count == 0)
        body_wrong(&asked->body, "account", "the account has no usage under this tariff then.");
    return *ret_status == STATUS_OK && asked->usage.count > 0;
}

static bool usage_load(struct asked *asked, struct server *server, enum status *ret_status) {
    bool has_usage = asked->account.len == 0;
    asked->months = 1;
    if (!options_read(asked))
        return false;
    *ret_status = month_start(asked, has_usage ? 0 : -1, &asked->from_ns);
    if (*ret_status == STATUS_OK)
        *ret_status = month_start(asked, 0, &asked->until_ns);
    if (*ret_status != STATUS_OK || !instant_read(asked, "from", &asked->from_ns) ||
        !instant_read(asked, "until", &asked->until_ns))
        return false;
    return has_usage ? volumes_load(asked, ret_status) : account_load(asked, server, ret_status);
}

/* ---- the answer ---- */

static enum status too_much(struct asked *asked, enum status status) {
    struct http_answer *answer = asked->body.answer;
    if (status == STATUS_BUSY)
        http_problem(asked->body.request, answer, 422, "plan-too-large",
                     "this plan takes more than one answer may: ask for a shorter time or less at once, or let "
                     "`tollgate plan` work on it, which has no such limit.");
    else
        http_problem(asked->body.request, answer, 422, "plan-too-large",
                     "the usage is too long or too varied: at most %d days and %d items.", PLAN_DAYS_MAX,
                     PLAN_ITEMS_MAX);
    return STATUS_OK;
}

static enum status plan_answer_write(struct asked *asked) {
    struct json_writer writer = {.out = &asked->body.answer->body};
    asked->work = (struct plan_work){.most = WORK_MOST};
    asked->answer.usage = &asked->usage;
    asked->answer.options.work = &asked->work;
    TRY(plan_answer_make(&asked->answer));
    plan_answer_json(&asked->answer, &writer);
    return writer.out->failed ? STATUS_NO_MEMORY : STATUS_OK;
}

static enum status plan_ask(struct asked *asked, struct server *server) {
    enum status status = STATUS_OK;
    if (tariff_read(asked) && kind_read(asked) && usage_load(asked, server, &status))
        status = plan_answer_write(asked);
    plan_answer_free(&asked->answer);
    plan_usage_free(&asked->usage);
    return status == STATUS_BUSY || status == STATUS_RANGE ? too_much(asked, status) : status;
}

enum status plan_create(void *context, const struct http_request *request, struct http_answer *answer) {
    struct server *server = context;
    struct asked asked = {.live = request_live(request)};
    enum status status;
    asked.usage.set = live_tariffs(asked.live);
    if (atomic_fetch_add(&server->planning, 1) >= PLANS_AT_ONCE) {
        http_problem(request, answer, 503, "busy", "other plans are being made; try again.");
        http_field(answer, "Retry-After", SLICE("1"));
        status = STATUS_OK;
    } else {
        if (body_read(request, answer, "tariff usage account from until months tasks calls sensitivity curve most",
                      &asked.body, &status))
            status = plan_ask(&asked, server);
        body_free(&asked.body);
    }
    atomic_fetch_sub(&server->planning, 1);
    return status;
}
