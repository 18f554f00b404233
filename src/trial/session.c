/* SPDX-License-Identifier: Apache-2.0
 *
 * Reader and engine for events written by the program itself. */
#include "trial/session.h"

enum status session_open(const struct tariff_set *set, struct session *ret_session) {
    static const uint8_t key[16] = {0}; /* nobody else feeds this engine */
    struct session session = {0};
    TRY(engine_new(set, &session.engine));
    enum status status = reader_new(set, key, &session.reader);
    if (status != STATUS_OK) {
        engine_free(session.engine);
        return status;
    }
    *ret_session = session;
    return STATUS_OK;
}

void session_free(struct session *session) {
    reader_free(session->reader);
    engine_free(session->engine);
    arena_free(&session->arena);
}

enum status session_feed(struct session *session, struct slice text, struct trace *trace,
                         const struct record **ret_record) {
    struct record *records;
    uint32_t count;
    char *padded = arena_alloc(&session->arena, text.len + JSON_PADDING);
    if (padded == NULL)
        return STATUS_NO_MEMORY;
    memcpy(padded, text.ptr, text.len);
    TRY(reader_read(session->reader, (struct slice){padded, text.len}, ++session->line, &session->arena, trace,
                    &records, &count));
    TRY(engine_apply(session->engine, records, count, trace));
    if (ret_record != NULL)
        *ret_record = count > 0 ? records : NULL;
    return STATUS_OK;
}

/* Its identity is nobody's: engine_apply_new does not look. There is no document: under an account's own terms it was
 * read already. */
enum status session_use_apply(struct engine *engine, const struct session_use *use) {
    struct usage usage = {use->item, use->rate, use->quantity};
    struct record record = {.kind = RECORD_USAGE,
                            .id = SLICE("use"),
                            .source = SLICE("tollgate"),
                            .subject = use->account,
                            .subject_hash = names_hash(use->account),
                            .time_ns = use->at_ns,
                            .owner_ns = use->at_ns,
                            .tariff = use->tariff,
                            .usages = &usage,
                            .usage_count = 1,
                            .is_billable = true};
    TRY(cycle_of(use->tariff->cycle, use->tariff->zone, 0, use->at_ns, &record.cycle));
    return engine_apply_new(engine, &record, 1, NULL);
}

void event_begin(const struct event_head *head, struct json_writer *writer) {
    char text[INSTANT_TEXT_MAX];
    struct buf type = {0};
    buf_append(&type, head->group);
    buf_char(&type, '.');
    buf_append(&type, head->name);
    json_object(writer);
    json_member(writer, "specversion", SLICE("1.0"));
    json_member(writer, "id", head->id);
    json_member(writer, "source", head->source.len > 0 ? head->source : SLICE("tollgate"));
    json_member(writer, "type", buf_slice(&type));
    if (head->subject.ptr != NULL)
        json_member(writer, "subject", head->subject);
    json_member(writer, "time", (struct slice){text, instant_format(head->at_ns, NULL, text)});
    json_key(writer, "data");
    json_object(writer);
    writer->out->failed = writer->out->failed || type.failed;
    buf_free(&type);
}

void event_end(struct json_writer *writer) {
    json_object_end(writer);
    json_object_end(writer);
}
