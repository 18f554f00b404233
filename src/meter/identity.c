/* SPDX-License-Identifier: Apache-2.0
 *
 * Who a record is, and whether two records of one identity say the same. The identity hash is keyed: nobody can choose
 * ids that collide. The payload hash only compares a record with its repetition. */
#include "meter/reader.h"

#include <sodium.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* The length of the source goes first, so that ("ab", "c") and ("a", "bc") differ. */
bool identity_hash(struct reading *reading) {
    struct record *record = reading->record;
    unsigned char small[256], *message = small;
    uint64_t source_len = record->source.len;
    size_t len = sizeof source_len + record->source.len + record->id.len;
    if (len > sizeof small && (message = arena_alloc(reading->batch, len)) == NULL)
        return reading_fail(reading, STATUS_NO_MEMORY);
    memcpy(message, &source_len, sizeof source_len);
    memcpy(message + sizeof source_len, record->source.ptr, record->source.len);
    memcpy(message + sizeof source_len + record->source.len, record->id.ptr, record->id.len);
    _Static_assert(crypto_shorthash_siphashx24_BYTES == sizeof record->identity, "128 bits");
    crypto_shorthash_siphashx24(record->identity, message, len, reading->reader->key);
    return true;
}

/* One container on the way to a value: its path's hash, and for arrays the next element's number. */
struct level {
    uint64_t path;
    uint64_t next_index; /* from 1; 0: an object */
};

static bool is_identity_member(const struct json_token *key) {
    struct slice name = token_text(key);
    return slice_eq(name, SLICE("id")) || slice_eq(name, SLICE("source"));
}

static struct level level_open(const struct json_token *token, uint64_t path) {
    return (struct level){.path = path, .next_index = token->type == JSON_ARRAY ? 1 : 0};
}

uint64_t payload_hash(const struct json_token *object) {
    struct level levels[JSON_DEPTH_MAX + 1]; /* levels[depth - 1] is the innermost open container */
    levels[0] = level_open(object, 0);
    size_t depth = 1;
    uint64_t sum = 0, path = 0;
    for (const struct json_token *token = object + 1; depth > 0; token++) {
        struct level *level = &levels[depth - 1];
        if (token->type == JSON_OBJECT_END || token->type == JSON_ARRAY_END) {
            depth--;
            continue;
        }
        if (token->type == JSON_KEY) {
            path = XXH3_64bits_withSeed(token->ptr, token->len, level->path);
            if (depth == 1 && is_identity_member(token))
                token = token_skip(token + 1) - 1;
            continue;
        }
        if (level->next_index > 0) { /* an array: the place is part of the path */
            path = XXH3_64bits_withSeed(&level->next_index, sizeof level->next_index, level->path);
            level->next_index++;
        }
        /* The type is part of the value: "5" is not 5. */
        sum +=
            XXH3_64bits_withSeed(token->ptr, token->len, path + (uint64_t)token->type * UINT64_C(0x9E3779B97F4A7C15));
        if (token->type == JSON_OBJECT || token->type == JSON_ARRAY)
            levels[depth++] = level_open(token, path);
    }
    return sum;
}
