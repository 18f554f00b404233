/* SPDX-License-Identifier: Apache-2.0
 *
 * How much of what was used, and what it comes to: gathered from the lines of all bills, closed and open, or, where
 * these cannot tell, from the journal event by event. */
#include "bill/bill_code.h"
#include "server/read.h"
#include "store/bills.h"
#include "view/usage.h"

enum { ROWS_MAX = 100000, TRIES = 3, ACCOUNTS_AT_ONCE = 1024, SUMS_AT_ONCE = 16384 };

static bool query_read(const struct http_request *request, struct http_answer *answer, struct usage_query *query) {
    struct slice by = http_query(request, "by"), word;
    *query =
        (struct usage_query){.from_ns = INSTANT_MIN, .until_ns = INSTANT_MAX, .tariff = http_query(request, "tariff")};
    if (by.ptr == NULL)
        by = SLICE("account");
    for (bool more = true; more;) {
        more = slice_cut(by, ',', &word, &by);
        if (usage_key_read(query, word))
            continue;
        http_problem(request, answer, 400, "bad-query",
                     "by: \"" SLICE_FMT "\" is none of item, tariff, account, region, cell, operation, funding, order, "
                     "or one of hour, day, month.",
                     SLICE_ARG(word));
        return false;
    }
    return read_instant(request, answer, "from", &query->from_ns) &&
           read_instant(request, answer, "until", &query->until_ns);
}

/* ---- from bills ---- */

struct gathering {
    const struct http_request *request;
    struct http_answer *answer;
    struct usage_rows *rows;
    const struct tariff_set *tariffs;
    uint64_t known; /* closed bills that the state knew of when the open ones were stated */
    bool has_sums;  /* in place of the closed bills */
    uint64_t mark;  /* of the sums, likewise */
    bool is_fresh;  /* charges are in memory alone */
    struct arena run;
};

static enum status part_gather(const struct gathering *gathering, const struct engine *engine, uint32_t first,
                               uint32_t count) {
    struct engine *part;
    struct statement statement;
    TRY(engine_parts(engine, first, count, &part));
    enum status status = engine_close(part, INSTANT_MAX, &statement);
    if (status == STATUS_OK) {
        for (uint32_t i = 0; i < statement.bill_count && status == STATUS_OK; i++)
            status = usage_of_bill(gathering->rows, &statement.bills[i]);
        statement_free(&statement);
    }
    engine_free(part);
    return status;
}

static void moment_begin(struct gathering *gathering, const struct engine *engine) {
    struct book *book = live_book(request_live(gathering->request));
    gathering->known = engine_bill_count(engine);
    gathering->has_sums = gathering->has_sums && book_sums_stand(book, &gathering->mark);
}

/* A bill was closed meanwhile, or sums went to the store. */
static bool moment_is_over(struct gathering *gathering, const struct engine *engine) {
    struct book *book = live_book(request_live(gathering->request));
    uint64_t mark = gathering->mark;
    gathering->tariffs = book_tariffs(book);
    return gathering->known != engine_bill_count(engine) ||
           (gathering->has_sums && (!book_sums_stand(book, &mark) || mark != gathering->mark));
}

/* Some accounts; the state goes on between. *ret_is_moved: the moment is over. */
static enum status accounts_gather(struct gathering *gathering, uint32_t *first, bool *ret_more, bool *ret_is_moved) {
    struct live *live = request_live(gathering->request);
    const struct engine *engine = live_state(live);
    struct slice own = gathering->rows->query.account;
    uint32_t count = engine_account_count(engine), account;
    enum status status = STATUS_OK;
    if (*first == 0)
        moment_begin(gathering, engine);
    *ret_is_moved = moment_is_over(gathering, engine);
    if (own.len > 0 && engine_account_find(engine, own, &account))
        status = part_gather(gathering, engine, account, 1);
    if (own.len == 0 && *first < count) {
        uint32_t some = count - *first < ACCOUNTS_AT_ONCE ? count - *first : ACCOUNTS_AT_ONCE;
        status = part_gather(gathering, engine, *first, some);
        *first += some;
    }
    *ret_more = own.len == 0 && *first < count && !gathering->rows->needs_journal;
    live_state_end(live);
    return status;
}

/* Lines speak of the cycle of their bill, or of one before it. */
static enum status closed_visit(void *context, const struct store_bill *row) {
    struct gathering *gathering = context;
    struct bill bill;
    if (gathering->rows->needs_journal)
        return STATUS_MISSING; /* there is nothing more to learn from bills */
    if (row->kind != BILL_USAGE || row->end_ns <= gathering->rows->query.from_ns)
        return STATUS_OK;
    arena_reset(&gathering->run);
    TRY(bill_decode(row->body, gathering->tariffs, &gathering->run, &bill));
    return usage_of_bill(gathering->rows, &bill);
}

static enum status closed_gather(struct gathering *gathering) {
    struct store_bill_filter filter = {.account = gathering->rows->query.account,
                                       .tariff = gathering->rows->query.tariff,
                                       .until = gathering->known + 1};
    struct store *store;
    TRY(read_store(gathering->request, &store));
    enum status status = store_bills_scan(store, &filter, closed_visit, gathering);
    store_close(store);
    arena_free(&gathering->run);
    return gathering->rows->needs_journal && status == STATUS_MISSING ? STATUS_OK : status;
}

/* Sums that are not in the store yet, some at a time. */
static enum status fresh_gather(struct gathering *gathering, bool *ret_is_moved) {
    struct live *live = request_live(gathering->request);
    struct sums_filter filter = usage_sums_filter(&gathering->rows->query);
    struct sums_slice slice = {.most = SUMS_AT_ONCE, .has_more = true};
    enum status status = STATUS_OK;
    while (status == STATUS_OK && slice.has_more && !*ret_is_moved) {
        *ret_is_moved = moment_is_over(gathering, live_state(live));
        if (!*ret_is_moved)
            status = book_sums_fresh(live_book(live), &filter, &slice, usage_of_sum, gathering->rows);
        live_state_end(live);
    }
    return status;
}

static enum status sums_gather(struct gathering *gathering, bool *ret_is_moved) {
    struct sums_filter filter = usage_sums_filter(&gathering->rows->query);
    struct store *store;
    uint64_t mark = 0;
    TRY(fresh_gather(gathering, ret_is_moved));
    if (*ret_is_moved || gathering->rows->needs_journal)
        return STATUS_OK;
    TRY(read_store(gathering->request, &store));
    enum status status = book_sums_stored(store, gathering->tariffs, &filter, usage_of_sum, gathering->rows, &mark);
    store_close(store);
    *ret_is_moved = status == STATUS_OK && mark != gathering->mark;
    return status;
}

/* Open bills, and sums of the closed ones. */
static enum status moment_gather(struct gathering *gathering, bool *ret_is_moved) {
    uint32_t first = 0;
    bool more = true;
    usage_restart(gathering->rows);
    for (*ret_is_moved = false; more && !*ret_is_moved;)
        TRY(accounts_gather(gathering, &first, &more, ret_is_moved));
    if (!gathering->has_sums || *ret_is_moved || gathering->rows->needs_journal)
        return STATUS_OK;
    enum status status = sums_gather(gathering, ret_is_moved);
    if (status != STATUS_INVALID && !gathering->rows->needs_bills)
        return status;
    gathering->has_sums = false; /* they cannot tell, or are damaged */
    *ret_is_moved = true;
    return STATUS_OK;
}

/* Open and closed bills of one moment: should one be closed meanwhile, everything is gathered anew. */
static enum status bills_gather(struct gathering *gathering, bool *ret_is_moved) {
    const struct usage_rows *rows = gathering->rows;
    bool has_sums = usage_has_sums(&rows->query);
    *ret_is_moved = true;
    for (int i = has_sums ? -TRIES : 0; i < TRIES && *ret_is_moved && !rows->needs_journal; i++) {
        gathering->has_sums = has_sums && i < 0; /* bills have tries of their own */
        TRY(moment_gather(gathering, ret_is_moved));
        has_sums = gathering->has_sums;
        i = !has_sums && i < 0 ? -1 : i;
    }
    return *ret_is_moved || rows->needs_journal || gathering->has_sums ? STATUS_OK : closed_gather(gathering);
}

/* ---- the answer ---- */

static enum status rows_answer(const struct http_request *request, struct http_answer *answer,
                               struct usage_rows *rows) {
    struct json_writer writer = {.out = &answer->body};
    if (rows->count > ROWS_MAX) {
        http_problem(request, answer, 400, "too-many-rows",
                     "this would be %u rows, and one answer has %u at most: ask for less by from, until, tariff or by.",
                     rows->count, (uint32_t)ROWS_MAX);
        return STATUS_OK;
    }
    usage_sort(rows);
    usage_rows_json(rows, &writer);
    return answer->body.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

static enum status journal_answer(struct server *server, const struct http_request *request, struct http_answer *answer,
                                  struct usage_rows *rows) {
    struct charge_watch watch = {
        .charged = usage_of_charge, .restarted = usage_restart, .context = rows, .gives_up = &server->is_draining};
    struct slice error;
    struct book *book;
    if (!read_replay_begin(server, request, answer))
        return STATUS_OK;
    usage_restart(rows);
    rows->is_of_journal = true;
    enum status status = book_watch(request_tenant(request)->directory, NULL, watch, request->arena, &book, &error);
    if (status == STATUS_OK) {
        status = usage_priced(rows);
        if (status == STATUS_OK)
            status = rows_answer(request, answer, rows);
        book_close(book);
    }
    read_replay_end(server);
    return read_replay_status(request, answer, status);
}

/* ---- from sums of charges ---- */

/* What the open cycles of some accounts charge when they are closed. */
static enum status closing_gather(struct gathering *gathering, const struct engine *engine, uint32_t first,
                                  uint32_t count) {
    struct engine *part;
    struct statement statement;
    TRY(engine_parts(engine, first, count, &part));
    engine_set_watch(part, (struct charge_watch){.charged = usage_of_charge, .context = gathering->rows});
    enum status status = engine_close(part, INSTANT_MAX, &statement);
    if (status == STATUS_OK)
        statement_free(&statement);
    engine_free(part);
    return status;
}

/* Sums went to the store, or other tariffs hold. */
static bool charges_moved(struct gathering *gathering) {
    struct book *book = live_book(request_live(gathering->request));
    uint64_t mark;
    return !book_sums_stand(book, &mark) || mark != gathering->mark ||
           book_charges_are_fresh(book) != gathering->is_fresh || book_tariffs(book) != gathering->tariffs;
}

/* Of one account all at once; of everybody some at a time, and the state goes on between. */
static enum status charges_of_memory(struct gathering *gathering, bool *ret_is_moved) {
    struct live *live = request_live(gathering->request);
    struct slice own = gathering->rows->query.account;
    struct sums_slice slice = {.most = own.len > 0 ? UINT32_MAX : SUMS_AT_ONCE, .has_more = true};
    uint32_t first = 0, count = 1, left = 1;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && !*ret_is_moved && (slice.has_more || left > 0)) {
        const struct engine *engine = live_state(live);
        *ret_is_moved = charges_moved(gathering);
        if (!*ret_is_moved && slice.has_more)
            status = book_charges_fresh(live_book(live), own, &slice, usage_of_charge_sum, gathering->rows);
        bool is_there = own.len == 0 || engine_account_find(engine, own, &first);
        uint32_t some = own.len > 0 ? 1 : engine_account_count(engine) - first;
        count = some < ACCOUNTS_AT_ONCE ? some : ACCOUNTS_AT_ONCE;
        if (status == STATUS_OK && !*ret_is_moved && left > 0 && count > 0 && is_there)
            status = closing_gather(gathering, engine, first, count);
        first += count;
        left = own.len > 0 ? 0 : engine_account_count(engine) - first;
        live_state_end(live);
    }
    return status;
}

static enum status charges_gather(struct gathering *gathering, bool *ret_is_moved) {
    struct live *live = request_live(gathering->request);
    uint64_t mark;
    struct store *store;
    (void)live_state(live);
    *ret_is_moved = !book_sums_stand(live_book(live), &gathering->mark);
    gathering->is_fresh = book_charges_are_fresh(live_book(live));
    gathering->tariffs = book_tariffs(live_book(live));
    live_state_end(live);
    usage_restart(gathering->rows);
    if (!*ret_is_moved)
        TRY(charges_of_memory(gathering, ret_is_moved));
    if (*ret_is_moved || gathering->is_fresh)
        return STATUS_OK;
    TRY(read_store(gathering->request, &store));
    enum status status = book_charges_stored(store, gathering->tariffs, gathering->rows->query.account,
                                             usage_of_charge_sum, gathering->rows, &mark);
    store_close(store);
    *ret_is_moved = status == STATUS_OK && mark != gathering->mark;
    return status;
}

/* *ret_is_done: answered; else they cannot tell. */
static enum status charges_answer(struct gathering *gathering, bool *ret_is_done) {
    bool is_moved = true;
    *ret_is_done = false;
    if (!usage_has_charges(&gathering->rows->query, live_tariffs(request_live(gathering->request))))
        return STATUS_OK;
    for (int i = 0; i < TRIES && is_moved; i++) {
        enum status status = charges_gather(gathering, &is_moved);
        if (status == STATUS_INVALID)
            return STATUS_OK;
        TRY(status);
    }
    if (is_moved)
        return STATUS_OK;
    *ret_is_done = true;
    gathering->rows->is_of_journal = true;
    TRY(usage_priced(gathering->rows));
    return rows_answer(gathering->request, gathering->answer, gathering->rows);
}

static enum status usage_answer(struct server *server, const struct http_request *request, struct http_answer *answer,
                                struct slice account) {
    struct usage_rows rows = {.count = 0};
    struct gathering gathering = {.request = request, .answer = answer, .rows = &rows};
    enum status status = STATUS_OK;
    bool is_moved = false;
    if (!query_read(request, answer, &rows.query) || read_seen(request, answer))
        return STATUS_OK;
    rows.query.account = account;
    rows.needs_journal = usage_needs_journal(&rows.query);
    if (!rows.needs_journal)
        status = bills_gather(&gathering, &is_moved);
    if (status == STATUS_OK && rows.needs_journal) {
        bool is_done;
        status = charges_answer(&gathering, &is_done);
        if (status == STATUS_OK && !is_done)
            status = journal_answer(server, request, answer, &rows);
    } else if (status == STATUS_OK && is_moved) {
        http_problem(request, answer, 503, "busy", "bills are being closed just now; try again.");
        http_field(answer, "Retry-After", SLICE("1"));
    } else if (status == STATUS_OK) {
        status = rows_answer(request, answer, &rows);
    }
    usage_free(&rows);
    return status;
}

enum status usage_list(void *context, const struct http_request *request, struct http_answer *answer) {
    struct slice account;
    return read_filter(request, answer, &account) ? usage_answer(context, request, answer, account) : STATUS_OK;
}

enum status account_usage(void *context, const struct http_request *request, struct http_answer *answer) {
    struct live *live = request_live(request);
    uint32_t account;
    if (!read_may(request, answer, request->params[0]))
        return STATUS_OK;
    bool is_there = engine_account_find(live_state(live), request->params[0], &account);
    live_state_end(live);
    if (is_there)
        return usage_answer(context, request, answer, request->params[0]);
    read_missing(request, answer);
    return STATUS_OK;
}
