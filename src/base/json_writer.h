/* SPDX-License-Identifier: Apache-2.0
 *
 * Streaming JSON out. Commas and escapes are the writer's work; numbers that matter are written as strings. */
#ifndef TG_BASE_JSON_WRITER_H
#define TG_BASE_JSON_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct json_writer {
    struct buf *out;
    bool needs_comma;
    bool pretty; /* two-space indentation */
    uint32_t depth;
    bool after_key; /* the next value belongs to the key just written */
};

void json_object(struct json_writer *writer);
void json_object_end(struct json_writer *writer);
void json_array(struct json_writer *writer);
void json_array_end(struct json_writer *writer);
void json_key(struct json_writer *writer, const char *key);
void json_text(struct json_writer *writer, struct slice text);
void json_raw(struct json_writer *writer, struct slice json); /* a value that is written already */
void json_null(struct json_writer *writer);
void json_bool(struct json_writer *writer, bool value);
void json_uint(struct json_writer *writer, uint64_t value); /* counts only */
/* key + text in one call; the common case. */
void json_member(struct json_writer *writer, const char *key, struct slice text);
/* The same for text that needs no escape: digits, instants, names of the program. */
void json_member_plain(struct json_writer *writer, const char *key, struct slice text);
/* Whether a text is well-formed UTF-8; what is not is written all the same, with replacement characters. */
bool json_is_utf8(struct slice text);
void json_member_null(struct json_writer *writer, const char *key);

#endif
