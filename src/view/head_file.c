/* SPDX-License-Identifier: Apache-2.0
 *
 * The members of a head, all of them needed, each once; the signature and its key come together or not at all. */
#include "view/head_file.h"

#include <sodium.h>

#include "calendar/calendar.h"
#include "cxx/json.h"

enum member { FORMAT, BATCHES, JOURNAL_HASH, BILLS, BILLS_HASH, INSTANT, PUBLIC_KEY, SIGNATURE, MEMBERS };
static const char *const names[MEMBERS] = {"format",     "batches", "journal_hash", "bills",
                                           "bills_hash", "instant", "public_key",   "signature"};
#define FORMAT_NAME "tollgate-head-1"

/* ---- writing ---- */

static void hex_member(struct json_writer *writer, enum member member, const uint8_t *bytes, size_t len) {
    char digits[2 * HEAD_SIGNATURE_BYTES + 1];
    (void)sodium_bin2hex(digits, sizeof digits, bytes, len);
    json_member_plain(writer, names[member], slice_of(digits));
}

void head_json(const struct book_head *head, const struct head_signature *signature, struct json_writer *writer) {
    char instant[INSTANT_TEXT_MAX];
    json_object(writer);
    json_member_plain(writer, names[FORMAT], SLICE(FORMAT_NAME));
    json_key(writer, names[BATCHES]);
    json_uint(writer, head->seq);
    hex_member(writer, JOURNAL_HASH, head->hash, sizeof head->hash);
    json_key(writer, names[BILLS]);
    json_uint(writer, head->bills);
    hex_member(writer, BILLS_HASH, head->bills_hash, sizeof head->bills_hash);
    json_member_plain(writer, names[INSTANT], (struct slice){instant, instant_format(head->at_ns, NULL, instant)});
    if (signature != NULL) {
        hex_member(writer, PUBLIC_KEY, signature->key, sizeof signature->key);
        hex_member(writer, SIGNATURE, signature->bytes, sizeof signature->bytes);
    } else {
        json_member_null(writer, names[PUBLIC_KEY]);
        json_member_null(writer, names[SIGNATURE]);
    }
    json_object_end(writer);
}

/* ---- reading ---- */

static bool hex_read(const struct json_token *token, uint8_t *bytes, size_t size) {
    size_t len = 0;
    return token->type == JSON_TEXT && token->len == 2 * size &&
           sodium_hex2bin(bytes, size, token->ptr, token->len, NULL, &len, NULL) == 0 && len == size;
}

bool head_key_read(struct slice text, uint8_t ret_key[HEAD_KEY_BYTES]) {
    size_t len = 0;
    return text.len == (size_t)2 * HEAD_KEY_BYTES &&
           sodium_hex2bin(ret_key, HEAD_KEY_BYTES, text.ptr, text.len, NULL, &len, NULL) == 0 && len == HEAD_KEY_BYTES;
}

static bool count_read(const struct json_token *token, uint64_t *ret_count) {
    uint64_t count = 0;
    if (token->type != JSON_NUMBER || token->len == 0 || token->len > 18)
        return false;
    for (uint32_t i = 0; i < token->len; i++) {
        if (token->ptr[i] < '0' || token->ptr[i] > '9')
            return false;
        count = count * 10 + (uint64_t)(token->ptr[i] - '0');
    }
    *ret_count = count;
    return true;
}

/* The instant must be written as we write it: the signature is over that text. */
static bool instant_read_exact(const struct json_token *token, int64_t *ret_ns) {
    char text[INSTANT_TEXT_MAX];
    struct slice given = {token->ptr, token->len};
    return token->type == JSON_TEXT && instant_parse(given, ret_ns, NULL) == STATUS_OK &&
           slice_eq(given, (struct slice){text, instant_format(*ret_ns, NULL, text)});
}

/* Point at the value of every member. */
static bool members_find(const struct json_token *tokens, size_t count, const struct json_token **values) {
    if (tokens[0].type != JSON_OBJECT)
        return false;
    for (size_t i = 1; i + 1 < count; i += 2) {
        struct slice key = {tokens[i].ptr, tokens[i].len};
        enum member member = 0;
        while (member < MEMBERS && !slice_is(key, names[member]))
            member++;
        bool is_flat = tokens[i + 1].type != JSON_OBJECT && tokens[i + 1].type != JSON_ARRAY;
        if (tokens[i].type != JSON_KEY || !is_flat || member == MEMBERS || values[member] != NULL)
            return false;
        values[member] = &tokens[i + 1];
    }
    for (enum member member = 0; member < MEMBERS; member++)
        if (values[member] == NULL)
            return false;
    return true;
}

/* NULL, or what is wrong. */
static const char *members_read(const struct json_token *const *values, struct head_file *file) {
    struct book_head *head = &file->head;
    struct slice format = {values[FORMAT]->ptr, values[FORMAT]->len};
    if (values[FORMAT]->type != JSON_TEXT || !slice_is(format, FORMAT_NAME))
        return "its format is not " FORMAT_NAME;
    if (!count_read(values[BATCHES], &head->seq) || !count_read(values[BILLS], &head->bills))
        return "a count is no whole number";
    if (!hex_read(values[JOURNAL_HASH], head->hash, sizeof head->hash) ||
        !hex_read(values[BILLS_HASH], head->bills_hash, sizeof head->bills_hash))
        return "a hash is not 64 hexadecimal digits";
    if (!instant_read_exact(values[INSTANT], &head->at_ns))
        return "its instant is not one in UTC";
    file->is_signed = values[SIGNATURE]->type != JSON_NULL || values[PUBLIC_KEY]->type != JSON_NULL;
    if (file->is_signed && (!hex_read(values[PUBLIC_KEY], file->signature.key, HEAD_KEY_BYTES) ||
                            !hex_read(values[SIGNATURE], file->signature.bytes, HEAD_SIGNATURE_BYTES)))
        return "its signature or its key is not well formed";
    return NULL;
}

enum status head_file_read(struct slice text, struct head_file *ret_file, const char **ret_error) {
    struct json_parser *parser = json_parser_new();
    const struct json_token *tokens, *values[MEMBERS] = {NULL};
    struct json_error error = {0};
    struct head_file file = {0};
    if (parser == NULL)
        return STATUS_NO_MEMORY;
    size_t count = json_parse(parser, text.ptr, text.len, &tokens, &error);
    const char *wrong = NULL;
    if (count == 0)
        wrong = "it is no JSON";
    else if (!members_find(tokens, count, values))
        wrong = "its members are not those of a head";
    else
        wrong = members_read(values, &file);
    json_parser_free(parser);
    if (wrong != NULL && !error.is_fault) {
        *ret_error = wrong;
        return STATUS_INVALID;
    }
    if (error.is_fault)
        return STATUS_NO_MEMORY;
    *ret_file = file;
    return STATUS_OK;
}
