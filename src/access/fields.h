/* SPDX-License-Identifier: Apache-2.0
 *
 * The members of a JSON object that this module wrote, found by name. What has a member twice, one that is not known,
 * or lacks one, is not ours. */
#ifndef TG_ACCESS_FIELDS_H
#define TG_ACCESS_FIELDS_H

#include "base/arena.h"
#include "cxx/json.h"

#define FIELDS_MAX 20

struct fields {
    const struct json_token *values[FIELDS_MAX]; /* by the index of the name; the parser's until its next document */
};
/* text: any; a copy of it (arena) is read. Fails: STATUS_INVALID, STATUS_NO_MEMORY. */
MUST_CHECK enum status fields_read(struct json_parser *parser, struct slice text, const char *const *names,
                                   uint32_t count, struct arena *arena, struct fields *ret_fields);
/* Texts are copied to the arena. Each fails: STATUS_INVALID (another type), STATUS_NO_MEMORY. */
MUST_CHECK enum status field_text(const struct json_token *value, struct arena *arena, struct slice *ret_text);
/* null becomes an empty text. */
MUST_CHECK enum status field_text_or_null(const struct json_token *value, struct arena *arena, struct slice *ret_text);
MUST_CHECK enum status field_count(const struct json_token *value, uint64_t *ret_count);
/* null becomes `missing`. */
MUST_CHECK enum status field_instant(const struct json_token *value, int64_t missing, int64_t *ret_ns);
/* Hexadecimal digits of exactly `size` bytes. */
MUST_CHECK enum status field_hex(const struct json_token *value, uint8_t *bytes, size_t size);
/* Walk an array of texts: *at starts as the token of the array; NULL: no more. */
const struct json_token *field_next(const struct json_token *array, const struct json_token *at);

#endif
