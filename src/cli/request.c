/* SPDX-License-Identifier: Apache-2.0
 *
 * Commands on a data directory: written, submitted, answered. */
#include "cli/request.h"

#include "cli/remote.h"
#include "export/grid.h"
#include "trial/session.h"

#include <sys/random.h>

#define REPLAYED_DUE 256  /* batches that opening had to fold */
#define CLOSED_DUE 200000 /* bills, which the next start would have to close again */

/* 96 random bits: nobody meets the same id again. */
static enum status random_id(struct arena *arena, struct slice *ret_id) {
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
    return ret_id->ptr != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

int request_begin(const struct call *call, struct slice account, struct request *ret_request) {
    struct request *request = ret_request;
    *request = (struct request){.call = call, .account = account, .is_rehearsal = option_given(call, "dry-run")};
    request->source = option_given(call, "source") ? slice_of(option_value(call, "source")) : SLICE("tollgate");
    if (data_now(call, &request->now_ns) != EXIT_DONE || data_directory(call) == NULL)
        return EXIT_USAGE;
    if (option_given(call, "id")) {
        request->id = slice_of(option_value(call, "id"));
        return EXIT_DONE;
    }
    enum status status = random_id(&request->arena, &request->id);
    return status == STATUS_OK ? EXIT_DONE : complain_fault("a random id", status);
}

struct slice request_id(struct request *request, uint32_t index) {
    if (index == 0)
        return request->id;
    return arena_printf(&request->arena, SLICE_FMT "-%u", SLICE_ARG(request->id), index + 1);
}

struct json_writer *request_document(struct request *request, const char *name) {
    buf_clear(&request->text);
    request->writer = (struct json_writer){.out = &request->text};
    request->names[request->count] = name;
    struct event_head head = {.id = request_id(request, request->count),
                              .subject = request->account,
                              .group = SLICE("tollgate"),
                              .name = slice_of(name),
                              .source = request->source,
                              .at_ns = request->now_ns};
    event_begin(&head, &request->writer);
    return &request->writer;
}

void request_document_end(struct request *request) {
    event_end(&request->writer);
    struct slice copy =
        request->text.failed ? (struct slice){0} : arena_copy(&request->arena, buf_slice(&request->text));
    request->documents[request->count++] = copy; /* what is missing is told by request_submit */
}

/* What is no command at all is not worth a place in the journal, nor its id. */
static int examine(struct request *request) {
    for (uint32_t i = 0; i < request->count; i++) {
        if (request->documents[i].ptr == NULL)
            return complain_fault("the command", STATUS_NO_MEMORY);
        enum status status = book_examine(request->book, request->documents[i], &request->replies[i]);
        if (status != STATUS_OK)
            return complain_fault("the command", status);
        struct slice reason = request->replies[i].reason;
        if (request->replies[i].outcome == OUTCOME_REJECTED)
            return complain(EXIT_USAGE, SLICE_FMT "%s", SLICE_ARG(reason),
                            reason.len > 0 && reason.ptr[reason.len - 1] == '?' ? "" : ".");
    }
    return EXIT_DONE;
}

int request_open(struct request *request) {
    if (request->book != NULL)
        return EXIT_DONE;
    if (request->is_rehearsal)
        return data_open(request->call, STORE_READ, &request->book);
    return data_open_write(request->call, &request->book, &request->remote);
}

/* Many small commands make the next start slow, each adding a batch that must be folded; so does one that closes much.
 */
static void snapshot_when_due(struct request *request) {
    uint64_t closed = engine_bill_count(book_engine(request->book)) - request->bills_before;
    bool is_due = book_recovery(request->book)->replayed >= REPLAYED_DUE || closed >= CLOSED_DUE;
    if (!request->is_rehearsal && is_due && book_snapshot(request->book) != STATUS_OK)
        complain(0, "no snapshot could be written; nothing is lost, only the next start takes longer.");
}

int request_submit(struct request *request) {
    int code = request_open(request);
    if (code == EXIT_DONE)
        code = examine(request);
    if (code != EXIT_DONE)
        return code;
    if (request->remote != NULL)
        return request_submit_remote(request);
    request->bills_before = engine_bill_count(book_engine(request->book));
    enum status status =
        request->is_rehearsal
            ? book_rehearse(request->book, request->documents, request->count, request->now_ns, request->replies)
            : book_submit(request->book, request->documents, request->count, request->now_ns, request->replies);
    if (status != STATUS_OK)
        return data_fault("the command", status, book_error(request->book));
    snapshot_when_due(request);
    return EXIT_DONE;
}

static bool is_taken(const struct reply *reply) {
    return reply->outcome == OUTCOME_ACCEPTED || reply->outcome == OUTCOME_DUPLICATE;
}

bool request_is_accepted(const struct request *request) {
    bool is_accepted = true;
    for (uint32_t i = 0; i < request->count; i++)
        is_accepted = is_accepted && is_taken(&request->replies[i]);
    return is_accepted;
}

const struct engine *request_engine(const struct request *request) {
    return request->is_rehearsal ? book_engine_copy(request->book) : book_engine(request->book);
}

static void reply_json(struct request *request, uint32_t index, struct json_writer *writer) {
    const struct reply *reply = &request->replies[index];
    json_object(writer);
    json_member(writer, "command", slice_of(request->names[index]));
    json_member(writer, "source", request->source);
    json_member(writer, "id", request_id(request, index));
    json_optional(writer, "account", request->account);
    json_instant(writer, "time", request->now_ns, NULL);
    json_member(writer, "outcome", slice_of(outcome_name(reply->outcome)));
    json_optional(writer, "reason", reply->reason);
    json_object_end(writer);
}

static void replies_json(struct request *request, void (*more)(struct request *request, struct sink *out),
                         struct sink *out) {
    request->writer = (struct json_writer){.out = &out->buf, .pretty = true};
    json_object(&request->writer);
    json_key(&request->writer, "dry_run");
    json_bool(&request->writer, request->is_rehearsal);
    json_key(&request->writer, "replies");
    json_array(&request->writer);
    for (uint32_t i = 0; i < request->count; i++)
        reply_json(request, i, &request->writer);
    json_array_end(&request->writer);
    if (more != NULL)
        more(request, out);
    json_object_end(&request->writer);
    buf_char(&out->buf, '\n');
}

static void replies_text(struct request *request, struct sink *out) {
    for (uint32_t i = 0; i < request->count; i++) {
        const struct reply *reply = &request->replies[i];
        buf_printf(&out->buf, "%s%s  %s  ", request->is_rehearsal ? "(dry run) " : "", outcome_name(reply->outcome),
                   request->names[i]);
        buf_visible(&out->buf, request_id(request, i));
        if (request->account.len > 0) {
            buf_text(&out->buf, "  ");
            buf_visible(&out->buf, request->account);
        }
        if (reply->reason.len > 0) {
            buf_text(&out->buf, ": ");
            buf_visible(&out->buf, reply->reason);
        }
        buf_char(&out->buf, '\n');
    }
}

int request_print(struct request *request, void (*more)(struct request *request, struct sink *out)) {
    struct sink out = output_sink();
    if (is_json(request->call)) {
        replies_json(request, more, &out);
    } else {
        replies_text(request, &out);
        if (more != NULL)
            more(request, &out);
    }
    return output_finish(&out, request_is_accepted(request) ? EXIT_DONE : EXIT_INCOMPLETE);
}

void request_free(struct request *request) {
    book_close(request->book);
    book_close(request->before);
    remote_close(request->remote);
    buf_free(&request->text);
    arena_free(&request->arena);
}
