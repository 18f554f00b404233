/* SPDX-License-Identifier: Apache-2.0
 *
 * One line of the audit log. */
#include <sodium.h>

#include "access/audit_line.h"
#include "access/fields.h"
#include "access/roles.h"
#include "export/export.h"

enum member {
    SEQ,
    AT,
    TENANT,
    ACTOR,
    ROLES,
    ORIGIN,
    ACTION,
    OBJECT,
    DIGEST,
    BEFORE,
    AFTER,
    RESULT,
    OF,
    REQUEST,
    PREVIOUS,
    MEMBERS
};
static const char *const names[MEMBERS] = {"seq",    "at",     "tenant", "actor",   "roles",
                                           "origin", "action", "object", "digest",  "before",
                                           "after",  "result", "of",     "request", "previous"};

void audit_digest(struct slice bytes, uint8_t ret_digest[AUDIT_HASH_BYTES]) {
    (void)crypto_generichash(ret_digest, AUDIT_HASH_BYTES, (const unsigned char *)bytes.ptr, bytes.len, NULL, 0);
}

/* ---- writing ---- */

/* No longer than it may be, and no character cut in two. */
static struct slice cut(struct slice text) {
    if (text.len <= AUDIT_TEXT_MAX)
        return text;
    size_t len = AUDIT_TEXT_MAX;
    while (len > AUDIT_TEXT_MAX - 4 && ((unsigned char)text.ptr[len] & 0xC0) == 0x80)
        len--;
    return (struct slice){text.ptr, len};
}

/* Characters of two or three bytes that control terminals or turn the direction of text: U+0080 to U+009F, U+200E,
 * U+200F, U+2028 to U+202E, U+2066 to U+2069. Returns how many bytes, 0: it is none. */
static size_t unsafe_len(const char *at, const char *end, unsigned *ret_code) {
    const unsigned char *bytes = (const unsigned char *)at;
    if (end - at >= 2 && bytes[0] == 0xC2 && bytes[1] < 0xA0) {
        *ret_code = bytes[1];
        return 2;
    }
    if (end - at < 3 || bytes[0] != 0xE2 || (bytes[1] != 0x80 && bytes[1] != 0x81))
        return 0;
    unsigned code = 0x2000U | (bytes[1] & 0x3FU) << 6 | (bytes[2] & 0x3FU);
    *ret_code = code;
    bool is_unsafe =
        code == 0x200E || code == 0x200F || (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
    return is_unsafe ? 3 : 0;
}

/* What the JSON writer lets through though it should not be seen raw; it stands in texts only. */
static void append_safe(struct slice line, struct buf *out) {
    const char *at = line.ptr, *end = line.ptr + line.len, *plain = at;
    while (at < end) {
        unsigned code;
        size_t len = (unsigned char)*at < 0x80 ? 0 : unsafe_len(at, end, &code);
        if (len > 0) {
            buf_append(out, (struct slice){plain, (size_t)(at - plain)});
            buf_printf(out, "\\u%04x", code);
            plain = at + len;
        }
        at += len > 0 ? len : 1;
    }
    buf_append(out, (struct slice){plain, (size_t)(at - plain)});
}

static void text_member(struct json_writer *writer, enum member member, struct slice text) {
    json_optional(writer, names[member], cut(text));
}

static void hash_member(struct json_writer *writer, enum member member, const uint8_t hash[AUDIT_HASH_BYTES]) {
    char digits[2 * AUDIT_HASH_BYTES + 1];
    (void)sodium_bin2hex(digits, sizeof digits, hash, AUDIT_HASH_BYTES);
    json_member_plain(writer, names[member], slice_of(digits));
}

void audit_line_write(const struct audit_entry *entry, uint64_t seq, const uint8_t previous[AUDIT_HASH_BYTES],
                      struct buf *out) {
    struct buf line = {0};
    struct json_writer writer = {.out = &line};
    json_object(&writer);
    json_key(&writer, names[SEQ]);
    json_uint(&writer, seq);
    json_instant(&writer, names[AT], entry->at_ns, NULL);
    text_member(&writer, TENANT, entry->tenant);
    text_member(&writer, ACTOR, entry->actor);
    roles_json(&writer, names[ROLES], entry->roles);
    text_member(&writer, ORIGIN, entry->origin);
    text_member(&writer, ACTION, entry->action);
    text_member(&writer, OBJECT, entry->object);
    if (entry->has_digest)
        hash_member(&writer, DIGEST, entry->digest);
    else
        json_member_null(&writer, names[DIGEST]);
    text_member(&writer, BEFORE, entry->before);
    text_member(&writer, AFTER, entry->after);
    text_member(&writer, RESULT, entry->result);
    json_key(&writer, names[OF]);
    json_uint(&writer, entry->of);
    text_member(&writer, REQUEST, entry->request);
    hash_member(&writer, PREVIOUS, previous);
    json_object_end(&writer);
    out->failed = out->failed || line.failed;
    append_safe(buf_slice(&line), out);
    buf_free(&line);
}

/* ---- reading ---- */

static enum status roles_take(const struct json_token *array, uint32_t *ret_roles) {
    uint32_t roles = 0, role = 0;
    if (array->type != JSON_ARRAY)
        return STATUS_INVALID;
    for (const struct json_token *at = field_next(array, array); at != NULL; at = field_next(array, at)) {
        if (at->type != JSON_TEXT || !role_parse((struct slice){at->ptr, at->len}, &role))
            return STATUS_INVALID;
        roles |= role;
    }
    *ret_roles = roles;
    return STATUS_OK;
}

static enum status texts_take(const struct fields *fields, struct arena *arena, struct audit_entry *entry) {
    const struct {
        enum member member;
        struct slice *text;
    } texts[] = {{TENANT, &entry->tenant}, {ACTOR, &entry->actor},     {ORIGIN, &entry->origin},
                 {ACTION, &entry->action}, {OBJECT, &entry->object},   {RESULT, &entry->result},
                 {BEFORE, &entry->before}, {REQUEST, &entry->request}, {AFTER, &entry->after}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        TRY(field_text_or_null(fields->values[texts[i].member], arena, texts[i].text));
    return STATUS_OK;
}

enum status audit_line_read(struct json_parser *parser, struct slice text, struct arena *arena,
                            struct audit_line *ret_line, uint8_t ret_previous[AUDIT_HASH_BYTES]) {
    struct fields fields;
    struct audit_line line = {.text = text};
    struct audit_entry *entry = &line.entry;
    TRY(fields_read(parser, text, names, MEMBERS, arena, &fields));
    TRY(field_count(fields.values[SEQ], &line.seq));
    TRY(field_count(fields.values[OF], &entry->of));
    TRY(field_instant(fields.values[AT], 0, &entry->at_ns));
    TRY(roles_take(fields.values[ROLES], &entry->roles));
    entry->has_digest = fields.values[DIGEST]->type != JSON_NULL;
    if (entry->has_digest)
        TRY(field_hex(fields.values[DIGEST], entry->digest, sizeof entry->digest));
    TRY(field_hex(fields.values[PREVIOUS], ret_previous, AUDIT_HASH_BYTES));
    TRY(texts_take(&fields, arena, entry));
    audit_digest(text, line.hash);
    *ret_line = line;
    return STATUS_OK;
}
