/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as a line of the audit log: no line, or one that comes back when it is written; any bytes as the texts of
 * an entry: one line without raw controls, that is read. */
#include <stdlib.h>

#include "access/audit_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition) {
    if (!condition)
        abort();
}

static bool entry_eq(const struct audit_entry *a, const struct audit_entry *b) {
    return slice_eq(a->tenant, b->tenant) && slice_eq(a->actor, b->actor) && slice_eq(a->object, b->object) &&
           slice_eq(a->result, b->result) && slice_eq(a->before, b->before) && a->of == b->of && a->roles == b->roles &&
           a->has_digest == b->has_digest && memcmp(a->digest, b->digest, sizeof a->digest) == 0;
}

static void write_and_read(struct json_parser *parser, const struct audit_entry *entry, struct arena *arena,
                           struct audit_line *ret_line) {
    static const uint8_t previous[AUDIT_HASH_BYTES] = {7};
    uint8_t read[AUDIT_HASH_BYTES];
    struct buf out = {0};
    audit_line_write(entry, 5, previous, &out);
    require(!out.failed);
    for (size_t i = 0; i < out.len; i++)
        require((unsigned char)out.ptr[i] >= 0x20 && out.ptr[i] != 0x7F);
    struct slice text = arena_copy(arena, buf_slice(&out));
    require(audit_line_read(parser, text, arena, ret_line, read) == STATUS_OK);
    require(ret_line->seq == 5 && memcmp(read, previous, sizeof read) == 0);
    buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct json_parser *parser = json_parser_new();
    struct arena arena = {0};
    struct audit_line line, once, twice;
    uint8_t previous[AUDIT_HASH_BYTES];
    struct slice text = {(const char *)data, size};
    struct slice half = {text.ptr, size / 2};
    require(parser != NULL);
    if (size > 0 && audit_line_read(parser, text, &arena, &line, previous) == STATUS_OK)
        write_and_read(parser, &line.entry, &arena, &once);
    struct audit_entry entry = {.tenant = SLICE("t"),
                                .actor = half,
                                .object = size > 0 ? text : SLICE(""),
                                .result = SLICE(""),
                                .before = SLICE("")};
    write_and_read(parser, &entry, &arena, &once);
    write_and_read(parser, &once.entry, &arena, &twice); /* bytes that were replaced may be longer: cut once more */
    write_and_read(parser, &twice.entry, &arena, &once);
    require(entry_eq(&once.entry, &twice.entry)); /* and that is how it stays */
    json_parser_free(parser);
    arena_free(&arena);
    return 0;
}
