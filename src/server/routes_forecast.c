/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /v1/accounts/{account}/forecast: how long packages will last, and what the month will cost. The journal is read
 * beside whoever writes; the state stands still for the draws alone. */
#include "forecast/forecast.h"
#include "server/read.h"

/* What is said changes with the journal, and with the minute. */
static bool is_known(const struct http_request *request, struct http_answer *answer, int64_t now_ns) {
    struct slice tag = arena_printf(request->arena, "s%llu-%lld", (unsigned long long)live_seq(request_live(request)),
                                    (long long)(now_ns / (60 * NS_PER_SECOND)));
    return read_unchanged(request, answer, tag);
}

static enum status carried_on(struct forecast *forecast, struct live *live) {
    const struct engine *engine = live_state(live);
    enum status status = STATUS_CONFLICT;
    if (book_tariffs(live_book(live)) == forecast->tariffs)
        status = forecast_run(forecast, engine);
    live_state_end(live);
    return status == STATUS_OK ? forecast_closed(forecast, live_book(live)) : status;
}

static enum status forecast_make(struct forecast *forecast, struct live *live) {
    struct slice error;
    const struct engine *engine = live_state(live);
    uint64_t seq = book_seq(live_book(live));
    forecast->tariffs = book_tariffs(live_book(live));
    enum status status = forecast_begin(forecast, engine, seq);
    live_state_end(live);
    TRY(status);
    TRY(forecast_history(forecast, live_book(live), &error));
    return carried_on(forecast, live);
}

static enum status forecast_answer(const struct http_request *request, struct http_answer *answer,
                                   struct forecast *forecast) {
    struct json_writer writer = {.out = &answer->body};
    enum status status = forecast_make(forecast, request_live(request));
    if (status == STATUS_NOT_FOUND) {
        read_missing(request, answer);
        return STATUS_OK;
    }
    if (status == STATUS_CONFLICT) {
        http_problem(request, answer, 503, "busy", "other tariffs hold since just now; ask again.");
        http_field(answer, "Retry-After", SLICE("1"));
        return STATUS_OK;
    }
    if (status == STATUS_RANGE) {
        http_problem(request, answer, 422, "forecast-too-large",
                     "the account uses more than %d prices, or has more than %d packages: that is not carried on.",
                     FORECAST_STREAMS_MAX, FORECAST_LOTS_MAX);
        return STATUS_OK;
    }
    TRY(status);
    forecast_json(forecast, &writer);
    return answer->body.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

enum status account_forecast(void *context, const struct http_request *request, struct http_answer *answer) {
    struct forecast forecast = {.account = request->params[0], .now_ns = live_now(request_live(request))};
    if (!read_may(request, answer, forecast.account) || is_known(request, answer, forecast.now_ns) ||
        !read_replay_begin(context, request, answer))
        return STATUS_OK;
    enum status status = forecast_answer(request, answer, &forecast);
    read_replay_end(context);
    forecast_free(&forecast);
    return status;
}
