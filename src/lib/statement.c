/* SPDX-License-Identifier: Apache-2.0
 *
 * The C API: what an engine has to say, as JSON. All of it is taken from copies, so that the engine goes on. */
#include <stdlib.h>

#include "engine/compare.h"
#include "engine/snapshot.h"
#include "engine/view.h"
#include "export/export.h"
#include "lib/lib_private.h"

/* ---- statements ---- */

static enum status text_write(void *context, struct slice text) {
    struct buf *out = context;
    buf_append(out, text);
    return out->failed ? STATUS_NO_MEMORY : STATUS_OK;
}

static enum status statement_text(struct engine *copy, int64_t until_ns, unsigned flags, struct buf *out) {
    struct export_options options = {.explain = (flags & TOLLGATE_EXPLAIN) != 0, .threads = 1};
    struct sink sink = {.write = text_write, .context = out};
    struct statement statement;
    TRY(engine_close(copy, until_ns, &statement));
    enum status status = export_json(&statement, &options, &sink);
    enum status written = sink_finish(&sink);
    statement_free(&statement);
    return status != STATUS_OK ? status : written;
}

tollgate_status tollgate_engine_statement(tollgate_engine *engine, int64_t until_ns, unsigned flags, char **ret_json) {
    struct buf out = {0};
    struct engine *copy;
    if ((flags & ~TOLLGATE_EXPLAIN) != 0)
        return TOLLGATE_INVALID;
    enum status status = lib_copy(engine, &copy);
    if (status != STATUS_OK)
        return lib_status(status);
    status = statement_text(copy, until_ns, flags, &out);
    engine_free(copy);
    return lib_text_out(&out, status, ret_json);
}

/* What a part says is borrowed from the state, which must not change meanwhile. */
static enum status account_text(const struct engine *engine, struct slice name, int64_t until_ns, unsigned flags,
                                struct buf *out) {
    struct engine *part;
    uint32_t account;
    if (!engine_account_find(engine, name, &account))
        return STATUS_NOT_FOUND;
    TRY(engine_part(engine, account, &part));
    enum status status = statement_text(part, until_ns, flags, out);
    engine_free(part);
    return status;
}

tollgate_status tollgate_engine_account(tollgate_engine *engine, const char *account, int64_t until_ns, unsigned flags,
                                        char **ret_json) {
    struct buf out = {0};
    if ((flags & ~TOLLGATE_EXPLAIN) != 0)
        return TOLLGATE_INVALID;
    pthread_mutex_lock(&engine->state);
    enum status status =
        engine->is_broken ? STATUS_CONFLICT : account_text(engine->engine, slice_of(account), until_ns, flags, &out);
    pthread_mutex_unlock(&engine->state);
    return lib_text_out(&out, status, ret_json);
}

/* ---- quotes ---- */

struct quote {
    struct engine *before, *after; /* engines of their own, for this account or for all */
    bool is_borrowed;              /* what they say lives in the state, which must not change */
    struct reader *reader;
    const struct record *record;
    struct arena run;
    struct trace trace;
    struct reply reply;
    struct statement closed[2];
    uint32_t closed_count;
    struct usage_changes changes;
};

static void quote_free(struct quote *quote) {
    free(quote->changes.list);
    for (uint32_t i = 0; i < quote->closed_count; i++)
        statement_free(&quote->closed[i]);
    engine_free(quote->before);
    engine_free(quote->after);
    reader_free(quote->reader);
    arena_free(&quote->run);
}

static enum status quote_read(struct tollgate_engine *engine, struct slice event, struct quote *quote) {
    struct record *records;
    uint32_t count;
    quote->trace.arena = &quote->run;
    TRY(reader_new(&engine->tariffs->set, engine->key, &quote->reader));
    TRY(reader_read(quote->reader, event, 1, &quote->run, &quote->trace, &records, &count));
    if (count != 1 || (records->kind != RECORD_USAGE && records->kind != RECORD_UNPRICED))
        return STATUS_INVALID;
    quote->record = records;
    return STATUS_OK;
}

/* What the event may depend on: nothing, its account, or, where holds and business keys come in, all of the state. */
static enum status quote_cut(const struct engine *engine, const struct tariff_set *set, struct quote *quote) {
    const struct record *record = quote->record;
    uint32_t account;
    if (!engine_account_find(engine, record->subject, &account)) {
        TRY(engine_new(set, &quote->before));
        return engine_new(set, &quote->after);
    }
    if (record->hold.len > 0 || record->work != NULL) {
        TRY(engine_copy(engine, &quote->before));
        return engine_copy(engine, &quote->after);
    }
    quote->is_borrowed = true;
    TRY(engine_part(engine, account, &quote->before));
    return engine_part(engine, account, &quote->after);
}

static enum status quote_close(struct quote *quote, struct engine *engine) {
    TRY(engine_close(engine, INSTANT_MAX, &quote->closed[quote->closed_count]));
    quote->closed_count++;
    return STATUS_OK;
}

static enum status quote_rate(struct quote *quote) {
    TRY(engine_answer(quote->after, quote->record, 1, &quote->reply, &quote->trace));
    TRY(quote_close(quote, quote->before));
    TRY(quote_close(quote, quote->after));
    return engine_compare(quote->before, quote->after, &quote->changes);
}

static enum status change_write(const struct usage_change *change, struct decimal *total, struct json_writer *writer) {
    struct decimal quantity, amount;
    TRY(decimal_sub(change->quantity_after, change->quantity_before, &quantity));
    TRY(decimal_sub(change->amount_after, change->amount_before, &amount));
    TRY(decimal_add(*total, amount, total));
    json_object(writer);
    json_member(writer, "item", change->item->name);
    json_member(writer, "unit", change->item->unit);
    json_decimal(writer, "quantity", quantity);
    json_decimal(writer, "amount", amount);
    json_key(writer, "cycle");
    json_object(writer);
    json_instant(writer, "start", change->cycle.start_ns, change->tariff->zone);
    json_instant(writer, "end", change->cycle.end_ns, change->tariff->zone);
    json_object_end(writer);
    json_object_end(writer);
    return STATUS_OK;
}

static enum status quote_write(const struct quote *quote, struct buf *out) {
    struct json_writer writer = {.out = out};
    const struct usage_changes *changes = &quote->changes;
    struct decimal total = DECIMAL_ZERO;
    json_object(&writer);
    json_member(&writer, "outcome", slice_of(outcome_name(quote->reply.outcome)));
    json_optional(&writer, "reason", quote->reply.reason);
    json_key(&writer, "items");
    json_array(&writer);
    for (uint32_t i = 0; i < changes->count; i++)
        TRY(change_write(&changes->list[i], &total, &writer));
    json_array_end(&writer);
    json_decimal(&writer, "amount", total);
    json_optional(&writer, "currency",
                  changes->count > 0 ? slice_of(changes->list[0].tariff->currency->code) : SLICE(""));
    json_key(&writer, "steps");
    export_steps_json(&quote->trace, &writer);
    json_object_end(&writer);
    return STATUS_OK;
}

/* The state is locked while it is cut, and until all is written where that is borrowed. */
static enum status quote_make(struct tollgate_engine *engine, struct quote *quote, struct buf *out) {
    enum status status = STATUS_CONFLICT;
    pthread_mutex_lock(&engine->state);
    bool is_known = !engine->is_broken && engine_identity(engine->engine, quote->record->identity) != NULL;
    if (is_known) {
        bool is_same = engine_has(engine->engine, quote->record);
        quote->reply.outcome = is_same ? OUTCOME_DUPLICATE : OUTCOME_CONFLICT;
        quote->reply.reason = is_same ? SLICE("") : SLICE("its source and id are known with another content");
        status = STATUS_OK;
    } else if (!engine->is_broken) {
        status = quote_cut(engine->engine, &engine->tariffs->set, quote);
    }
    if (!quote->is_borrowed)
        pthread_mutex_unlock(&engine->state);
    if (status == STATUS_OK && !is_known)
        status = quote_rate(quote);
    if (status == STATUS_OK)
        status = quote_write(quote, out);
    if (quote->is_borrowed)
        pthread_mutex_unlock(&engine->state);
    return status;
}

tollgate_status tollgate_engine_quote(tollgate_engine *engine, const char *event, size_t length, char **ret_json) {
    struct quote quote = {0};
    struct buf out = {0};
    if (length > LIB_TEXT_MAX)
        return TOLLGATE_RANGE;
    struct fed *fed = lib_fed_new(event, length);
    if (fed == NULL)
        return TOLLGATE_NO_MEMORY;
    enum status status = quote_read(engine, (struct slice){fed->text, length}, &quote);
    if (status == STATUS_OK)
        status = quote_make(engine, &quote, &out);
    quote_free(&quote);
    free(fed);
    return lib_text_out(&out, status, ret_json);
}

/* ---- explanations ---- */

struct search {
    const char *source; /* NULL: any */
    struct slice id;
    struct reader *reader;
    struct engine *engine;
    struct arena batch, run;
    struct trace trace;
    bool is_found;
};

static bool is_wanted(const struct search *search, const struct record *record) {
    return slice_eq(record->id, search->id) && (search->source == NULL || slice_is(record->source, search->source));
}

/* The one that is looked for is read once more, with the steps of reading and metering. */
static enum status document_search(struct search *search, struct slice document, uint32_t line) {
    struct record *records, *again;
    uint32_t count, one;
    arena_reset(&search->batch);
    TRY(reader_read(search->reader, document, line, &search->batch, NULL, &records, &count));
    for (uint32_t i = 0; i < count; i++) {
        bool wanted = is_wanted(search, &records[i]);
        again = &records[i];
        if (wanted && count == 1)
            TRY(reader_read(search->reader, document, line, &search->batch, &search->trace, &again, &one));
        search->is_found = search->is_found || wanted;
        TRY(engine_apply(search->engine, again, 1, wanted ? &search->trace : NULL));
    }
    return STATUS_OK;
}

static void verdict_add(struct search *search, const char *verdict, const struct notice *notices, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        bool wanted = slice_eq(notices[i].id, search->id) &&
                      (search->source == NULL || slice_is(notices[i].source, search->source));
        if (wanted)
            trace_add(&search->trace, verdict, SLICE(""), SLICE_FMT, SLICE_ARG(notices[i].reason));
    }
}

/* Why it was not charged is the last step. */
static enum status verdicts_add(struct search *search) {
    struct statement statement;
    TRY(engine_close(search->engine, INSTANT_MAX, &statement));
    verdict_add(search, "unpriced", statement.unpriced, statement.unpriced_count);
    verdict_add(search, "rejected", statement.rejected, statement.rejected_count);
    statement_free(&statement);
    return search->is_found ? STATUS_OK : STATUS_NOT_FOUND;
}

static enum status texts_search(struct tollgate_engine *engine, const struct fed *end, struct search *search) {
    struct slice document;
    uint32_t line;
    TRY(reader_new(&engine->tariffs->set, engine->key, &search->reader));
    TRY(engine_new(&engine->tariffs->set, &search->engine));
    engine_set_key(search->engine, engine->key);
    for (const struct fed *fed = engine->first; fed != NULL; fed = fed == end ? NULL : fed->next) {
        struct fed_cursor cursor = lib_fed_start(fed);
        while (lib_fed_next(&cursor, &document, &line))
            TRY(document_search(search, document, line));
    }
    return verdicts_add(search);
}

static void search_write(const struct search *search, struct buf *out) {
    struct json_writer writer = {.out = out};
    json_object(&writer);
    json_member(&writer, "id", search->id);
    json_key(&writer, "steps");
    export_steps_json(&search->trace, &writer);
    json_object_end(&writer);
}

tollgate_status tollgate_engine_explain(tollgate_engine *engine, const char *source, const char *id, char **ret_json) {
    struct search search = {.source = source, .id = slice_of(id)};
    struct buf out = {0};
    if (!engine->keeps_documents)
        return TOLLGATE_STATE;
    search.trace.arena = &search.run;
    pthread_mutex_lock(&engine->feeding); /* texts are only added: what is there now stays */
    const struct fed *first = engine->first, *end = NULL;
    for (const struct fed *fed = first; fed != NULL; fed = fed->next)
        end = fed;
    pthread_mutex_unlock(&engine->feeding);
    enum status status = end != NULL ? texts_search(engine, end, &search) : STATUS_NOT_FOUND;
    if (status == STATUS_OK)
        search_write(&search, &out);
    reader_free(search.reader);
    engine_free(search.engine);
    arena_free(&search.batch);
    arena_free(&search.run);
    return lib_text_out(&out, status, ret_json);
}
