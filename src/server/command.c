/* SPDX-License-Identifier: Apache-2.0
 *
 * A request to a command, in this order: read the body, look the key up and write down what the command is called and
 * when it is said (server/once.h), let the reader of the journal examine it, say it. */
#include "server/command.h"

#include <sys/random.h>

#include "book/commit.h"
#include "export/export.h"
#include "server/approvals.h"
#include "server/server_private.h"
#include "trial/session.h"
#include "view/closing.h"

enum { ID_MAX = 255 };

enum status command_random_id(struct arena *arena, struct slice *ret_id) {
    static const char digits[] = "0123456789abcdef";
    uint8_t bits[12];
    char text[2 * sizeof bits];
    if (getrandom(bits, sizeof bits, 0) != (ssize_t)sizeof bits)
        return STATUS_IO;
    for (size_t i = 0; i < sizeof bits; i++) {
        text[2 * i] = digits[bits[i] >> 4];
        text[2 * i + 1] = digits[bits[i] & 15];
    }
    *ret_id = arena_copy(arena, (struct slice){text, sizeof text});
    return ret_id->ptr ? STATUS_OK : STATUS_NO_MEMORY;
}

bool command_flag(const struct http_request *request, struct http_answer *answer, const char *name, bool *ret) {
    struct slice value = http_query(request, name);
    *ret = value.ptr && slice_is(value, "true");
    if (!value.ptr || *ret || slice_is(value, "false"))
        return true;
    http_problem(request, answer, 400, "invalid-parameter", "the query parameter \"%s\" is true or false.", name);
    return false;
}

/* ---- the document ---- */

static bool is_word_of(const char *words, struct slice name) {
    struct slice rest = slice_of(words), word;
    bool has_more = true;
    while (has_more) {
        has_more = slice_cut(rest, ' ', &word, &rest);
        if (slice_eq(word, name))
            return true;
    }
    return false;
}

/* The members of the body as they were written, but those of the command's own. */
static void data_copy(const struct said *said, struct json_writer *writer) {
    struct slice text = said->request->body;
    for (const struct json_token *key = said->body.tokens + 1; key->type == JSON_KEY; key = body_token_skip(key + 1)) {
        if (is_word_of(said->kind->own, body_token_text(key)))
            continue;
        if (writer->needs_comma)
            buf_char(writer->out, ',');
        buf_append(writer->out, (struct slice){text.ptr + key->raw_offset, key->raw_len});
        buf_char(writer->out, ':');
        body_value_copy(text, key + 1, writer->out);
        writer->needs_comma = true;
    }
}

static enum status document_write(struct said *said) {
    struct buf text = {0};
    struct json_writer writer = {.out = &text};
    struct event_head head = {.id = said->id,
                              .subject = said->account,
                              .group = SLICE("tollgate"),
                              .name = slice_of(said->kind->type),
                              .source = COMMAND_SOURCE,
                              .at_ns = said->at_ns};
    event_begin(&head, &writer);
    if (said->kind->param)
        json_member(&writer, said->kind->param, said->request->params[1]);
    if (said->more.len > 0) {
        if (writer.needs_comma)
            buf_char(&text, ',');
        buf_append(&text, said->more);
        writer.needs_comma = true;
    }
    data_copy(said, &writer);
    event_end(&writer);
    char *copy = text.failed ? NULL : arena_alloc(said->request->arena, text.len + JSON_PADDING);
    if (copy)
        memcpy(copy, text.ptr, text.len);
    said->document = (struct slice){copy, text.len};
    buf_free(&text);
    return copy ? STATUS_OK : STATUS_NO_MEMORY;
}

/* ---- examining ---- */

/* "data.sku is missing: …" names a place that is not there. */
static struct slice missing_pointer(struct slice reason, struct arena *arena) {
    struct slice name, rest;
    if (!slice_starts(reason, SLICE("data.")) || !slice_cut(reason, ' ', &name, &rest) ||
        !slice_starts(rest, SLICE("is missing")))
        return (struct slice){0};
    return arena_printf(arena, "/" SLICE_FMT, (int)name.len - 5, name.ptr + 5);
}

/* The place in the body of a byte of the command. */
static struct slice place_of(const struct said *said, const struct reply *reply) {
    const struct json_token *tokens;
    struct json_error error;
    struct slice pointer = missing_pointer(reply->reason, said->request->arena), data = SLICE("/data");
    struct json_parser *parser = pointer.len == 0 ? json_parser_new() : NULL;
    if (!parser)
        return pointer;
    size_t count = json_parse(parser, said->document.ptr, said->document.len, &tokens, &error);
    if (count > 0 && reply->column > 0)
        pointer = body_pointer_at(tokens, reply->column - 1, said->request->arena);
    json_parser_free(parser);
    if (slice_starts(pointer, data))
        return (struct slice){pointer.ptr + data.len, pointer.len - data.len};
    if (slice_is(pointer, "/subject"))
        return SLICE("/account");
    return slice_is(pointer, "/id") ? pointer : SLICE("");
}

static void refuse_form(const struct said *said, const struct reply *reply) {
    struct slice pointer = place_of(said, reply);
    http_problem(said->request, said->answer, 422, "invalid-command", SLICE_FMT, SLICE_ARG(reply->reason));
    http_problem_at(said->request, said->answer, pointer, SLICE_FMT, SLICE_ARG(reply->reason));
}

/* What is no command at all is not worth a place in the journal, nor its id. False after a problem or with a fault. */
static bool examine(const struct said *said, enum status *ret_status) {
    static const uint8_t key[16] = {0}; /* nobody looks at identities here */
    struct reader *reader;
    struct record *records;
    uint32_t count;
    *ret_status = reader_new(live_tariffs(request_live(said->request)), key, &reader);
    if (*ret_status != STATUS_OK)
        return false;
    *ret_status = reader_read(reader, said->document, 1, said->request->arena, NULL, &records, &count);
    bool is_refused = *ret_status == STATUS_OK && (count != 1 || records->kind == RECORD_REJECTED);
    if (is_refused)
        refuse_form(said, &(struct reply){.outcome = OUTCOME_REJECTED,
                                          .line = 1,
                                          .column = count == 1 ? records->column : 1,
                                          .reason = count == 1 ? records->reason : SLICE("it is no command")});
    reader_free(reader);
    return *ret_status == STATUS_OK && !is_refused;
}

/* ---- saying ---- */

/* A command that a crash kept from being answered is known to the journal already; whether it was refused then, only
 * the state remembers. */
static void recall(struct said *said, const struct engine *engine) {
    struct slice reason;
    enum outcome outcome;
    said->bills_before = 0;
    said->reply.outcome = OUTCOME_ACCEPTED;
    if (!engine_notice_find(engine, COMMAND_SOURCE, said->id, &outcome, &reason))
        return;
    reason = arena_copy(said->request->arena, reason);
    said->reply = (struct reply){.outcome = outcome, .reason = reason.ptr ? reason : SLICE("it was refused")};
}

/* Of the state as it is with the command in it: what the answer will show. */
static void look(void *context, const struct engine *engine) {
    struct said *said = context;
    struct view view = {engine, live_tariffs(request_live(said->request)), said->request->arena};
    struct json_writer writer = {.out = &said->shown, .depth = 1, .needs_comma = true};
    if (said->reply.outcome == OUTCOME_ACCEPTED && said->kind->view)
        said->view_status = said->kind->view(said, &view, &writer);
}

/* Another one has to approve it; a repetition finds that as the answer. */
static bool propose(struct said *said, struct proposal *proposal, enum status *ret_status) {
    proposal->object = said->request->path;
    proposal->body = said->document;
    said->is_proposed = server_propose(said->once, proposal);
    *ret_status = STATUS_OK;
    return said->is_proposed;
}

static bool submit(struct said *said) {
    struct server_intake intake = {.documents = &said->document, .count = 1, .replies = &said->reply};
    return server_submit(said->server, said->request, &intake, said->answer);
}

static bool say(struct said *said, enum status *ret_status) {
    struct proposal proposal = {0};
    if (said->kind->needs_two && said->kind->needs_two(said, &proposal))
        return propose(said, &proposal, ret_status);
    struct live *live = request_live(said->request);
    said->bills_before = engine_bill_count(live_state(live));
    live_state_end(live);
    if (!submit(said))
        return false;
    const struct engine *engine = live_state(live);
    if (said->reply.outcome == OUTCOME_DUPLICATE)
        recall(said, engine);
    look(said, engine);
    live_state_end(live);
    *ret_status = said->view_status;
    return said->view_status == STATUS_OK;
}

static bool rehearse(struct said *said, enum status *ret_status) {
    *ret_status = live_rehearse_look(request_live(said->request), said->document, (struct live_look){look, said},
                                     said->request->arena, &said->reply);
    if (*ret_status == STATUS_OK)
        *ret_status = said->view_status;
    return *ret_status == STATUS_OK;
}

static void refuse(const struct said *said) {
    const struct reply *reply = &said->reply;
    if (reply->outcome == OUTCOME_CONFLICT)
        http_problem(said->request, said->answer, 409, "id-taken",
                     "another command is called \"" SLICE_FMT "\" already; choose another id.", SLICE_ARG(said->id));
    else
        http_problem(said->request, said->answer, 409, reply->outcome == OUTCOME_UNPRICED ? "unpriced" : "refused",
                     SLICE_FMT, SLICE_ARG(reply->reason));
}

/* ---- the answer ---- */

static void reply_json(const struct said *said, struct json_writer *writer) {
    json_key(writer, "reply");
    json_object(writer);
    json_member(writer, "command", slice_of(said->kind->type));
    json_member(writer, "source", COMMAND_SOURCE);
    json_member(writer, "id", said->id);
    json_optional(writer, "account", said->account);
    json_instant(writer, "time", said->at_ns, NULL);
    json_member(writer, "outcome", slice_of(outcome_name(said->reply.outcome)));
    json_object_end(writer);
}

struct bill_list {
    const struct said *said;
    struct json_writer *writer;
    struct arena scratch;
};

/* Of the order that the command makes, or gives back. */
static enum status bill_visit(void *context, const struct bill *bill) {
    struct bill_list *list = context;
    bool is_refund = list->said->kind->param != NULL;
    struct slice order = is_refund ? list->said->request->params[1] : list->said->id;
    bool is_own = false;
    for (uint32_t i = 0; bill->kind == BILL_ORDERS && i < bill->line_count; i++)
        is_own = is_own || (slice_eq(bill->lines[i].order_id, order) &&
                            (strcmp(bill->lines[i].funding, "refund") == 0) == is_refund);
    if (is_own)
        export_bill_head_json(bill, &list->scratch, list->writer);
    arena_reset(&list->scratch);
    return STATUS_OK;
}

/* Those that the command itself has closed, whenever it is asked: what others close meanwhile is not in it. */
static enum status closed_range(const struct said *said, struct store_bill_filter *ret_filter, bool *ret_is_any) {
    struct live *live = request_live(said->request);
    struct reader *reader;
    struct record *record;
    uint64_t last = 0;
    uint32_t count;
    TRY(book_reader_new(live_book(live), live_tariffs(live), &reader));
    enum status status = reader_read(reader, said->document, 1, said->request->arena, NULL, &record, &count);
    reader_free(reader);
    TRY(status);
    const struct engine *engine = live_state(live);
    *ret_is_any = count == 1 && engine_closing_find(engine, record->identity, &ret_filter->from, &last);
    live_state_end(live);
    ret_filter->until = last + 1;
    return STATUS_OK;
}

static enum status closed_json(const struct said *said, struct json_writer *writer) {
    struct view_closing closing = {.arena = said->request->arena};
    struct store_bill_filter filter = {0};
    bool is_any = false;
    TRY(closed_range(said, &filter, &is_any));
    enum status status = STATUS_OK;
    if (is_any)
        status = book_bills(live_book(request_live(said->request)), &filter, view_closing_add, &closing);
    view_closing_json(&closing, writer);
    buf_free(&closing.heads);
    return status;
}

/* Only what is bought is billed at once. */
static enum status bills_json(const struct said *said, struct json_writer *writer) {
    struct bill_list list = {.said = said, .writer = writer};
    struct store_bill_filter filter = {.account = said->account, .from = said->bills_before + 1};
    if (said->kind->closes)
        return closed_json(said, writer);
    bool is_bought = strcmp(said->kind->type, "order") == 0 || strcmp(said->kind->type, "refund") == 0;
    enum status status = STATUS_OK;
    json_key(writer, "bills");
    json_array(writer);
    if (is_bought && !said->is_rehearsal)
        status = book_bills(live_book(request_live(said->request)), &filter, bill_visit, &list);
    json_array_end(writer);
    arena_free(&list.scratch);
    return status;
}

static enum status accept(const struct said *said) {
    struct json_writer writer = {.out = &said->answer->body};
    struct live *live = request_live(said->request);
    said->answer->status = said->is_rehearsal ? 200 : said->kind->status;
    json_object(&writer);
    json_key(&writer, "dry_run");
    json_bool(&writer, said->is_rehearsal);
    reply_json(said, &writer);
    buf_append(&said->answer->body, buf_slice(&said->shown));
    said->answer->body.failed = said->answer->body.failed || said->shown.failed;
    TRY(bills_json(said, &writer));
    json_key(&writer, "position");
    json_uint(&writer, live_seq(live));
    json_object_end(&writer);
    return said->answer->body.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

static enum status answer_write(const struct said *said) {
    if (said->is_proposed)
        return said->answer->body.failed ? STATUS_NO_MEMORY : STATUS_OK;
    if (said->reply.outcome == OUTCOME_ACCEPTED)
        return accept(said);
    refuse(said);
    return STATUS_OK;
}

/* ---- the order of things ---- */

static bool account_check(const struct said *said) {
    struct live *live = request_live(said->request);
    uint32_t account;
    bool is_known = !said->kind->needs_account || engine_account_find(live_state(live), said->account, &account);
    if (said->kind->needs_account)
        live_state_end(live);
    if (!is_known)
        http_problem(said->request, said->answer, 404, "unknown-account", "there is no such account.");
    return is_known;
}

/* Behind the look for a kept answer: who asks again is not made to wait. False after a problem or with a fault. */
static bool prepare(struct said *said, enum status *ret_status) {
    *ret_status = STATUS_OK;
    return (!said->kind->prepare || said->kind->prepare(said, ret_status)) && account_check(said);
}

/* What was begun before was examined then, and may be in the journal: that knows what became of it. */
static enum status run(void *context, struct once *once) {
    struct said *said = context;
    enum status status;
    said->once = once;
    said->at_ns = once->at_ns;
    said->id = said->given_id.len > 0 ? said->given_id : once->id;
    if (!prepare(said, &status))
        return status;
    TRY(document_write(said));
    if ((!once->is_again && !examine(said, &status)) || !say(said, &status))
        return status;
    return answer_write(said);
}

static enum status run_once(struct said *said) {
    struct once_task task = {
        .rule = said->kind->moves_money ? ONCE_KEYED : ONCE_IF_KEYED, .function = run, .context = said};
    return once_run(said->request, said->answer, &task);
}

static enum status run_rehearsal(struct said *said) {
    enum status status;
    said->at_ns = live_now(request_live(said->request));
    said->id = said->given_id;
    if (said->given_id.len == 0)
        TRY(command_random_id(said->request->arena, &said->id));
    if (!prepare(said, &status))
        return status;
    TRY(document_write(said));
    return examine(said, &status) && rehearse(said, &status) ? answer_write(said) : status;
}

static bool head_read(struct said *said) {
    bool has_param = strchr(said->request->route->path, '{') != NULL;
    bool names_account = is_word_of(said->kind->own, SLICE("account"));
    if (has_param)
        said->account = said->request->params[0];
    if (names_account && !body_text(&said->body, "account", true, &said->account))
        return false;
    if (!body_text(&said->body, "id", false, &said->given_id))
        return false;
    if (said->given_id.len > ID_MAX) {
        body_wrong(&said->body, "id", "\"id\" is longer than %d bytes.", ID_MAX);
        return false;
    }
    return true;
}

enum status command_run(struct server *server, const struct command_kind *kind, const struct http_request *request,
                        struct http_answer *answer) {
    struct said said = {.server = server, .request = request, .answer = answer, .kind = kind};
    enum status status = STATUS_OK;
    bool is_good = command_flag(request, answer, "dry_run", &said.is_rehearsal);
    is_good = is_good && body_read(request, answer, kind->members, &said.body, &status) && head_read(&said);
    if (is_good && said.is_rehearsal)
        status = run_rehearsal(&said);
    else if (is_good)
        status = run_once(&said);
    body_free(&said.body);
    buf_free(&said.shown);
    return status;
}
