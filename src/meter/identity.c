/* SPDX-License-Identifier: Apache-2.0
 *
 * Who a record is, and whether two records of one identity say the same. The identity hash is keyed: nobody can choose
 * ids that collide. The payload hash only compares a record with its repetition. */
#include "meter/reader.h"

#include <sodium.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define MEMBER_TEXT_MAX 256

/* The length of the source goes first, so that ("ab", "c") and ("a", "bc") differ. */
void identity_hash(struct reading *reading) {
    struct record *record = reading->record;
    const char *message = record->source.ptr - sizeof(uint64_t);
    _Static_assert(crypto_shorthash_siphashx24_BYTES == sizeof record->identity, "128 bits");
    crypto_shorthash_siphashx24(record->identity, (const unsigned char *)message,
                                sizeof(uint64_t) + record->source.len + record->id.len, reading->reader->key);
}

/* No record hashes like this: read as a length, the eight letters are longer than any source. */
void reversal_identity(const struct reader *reader, const uint8_t event[16], uint8_t ret_identity[16]) {
    unsigned char message[8 + 16];
    memcpy(message, "reversal", 8);
    memcpy(message + 8, event, 16);
    crypto_shorthash_siphashx24(ret_identity, message, sizeof message, reader->key);
}

/* As above; the lengths go first, so that no two lists of texts look alike. */
bool work_identity(struct reading *reading, struct slice family) {
    struct record *record = reading->record;
    const struct slice texts[] = {record->subject, family, record->operation->name, record->work->key};
    uint64_t lens[4];
    size_t len = 8 + sizeof lens;
    for (size_t i = 0; i < 4; i++)
        len += lens[i] = texts[i].len;
    unsigned char small[256], *message = small;
    if (len > sizeof small && (message = arena_alloc(reading->batch, len)) == NULL)
        return reading_fail(reading, STATUS_NO_MEMORY);
    memcpy(message, "business", 8);
    memcpy(message + 8, lens, sizeof lens);
    unsigned char *at = message + 8 + sizeof lens;
    for (size_t i = 0; i < 4; at += lens[i], i++)
        memcpy(at, texts[i].ptr, texts[i].len);
    crypto_shorthash_siphashx24(record->work->identity, message, len, reading->reader->key);
    return true;
}

/* No document that is a record hashes like this: those begin with the length of their source. */
void document_identity(struct reading *reading) {
    struct record *record = reading->record;
    crypto_shorthash_siphashx24(record->identity, (const unsigned char *)record->document.ptr, record->document.len,
                                reading->reader->key);
    record->payload = 0;
}

/* One container on the way to a value: its path's hash, and for arrays the next element's number. */
struct level {
    uint64_t path;
    uint64_t next_index;
};

static inline uint64_t token_hash(const char *text, const struct json_token *token, uint64_t seed) {
    return XXH3_64bits_withSeed(text + token->raw_offset, token->raw_len, seed);
}

/* A scalar under its key as written, without the white space between them; a longer one takes two steps. */
static uint64_t member_hash(const char *text, const struct json_token *key, uint64_t seed) {
    const struct json_token *value = key + 1;
    size_t len = (size_t)key->raw_len + value->raw_len + 1;
    if (len > MEMBER_TEXT_MAX)
        return token_hash(text, value, token_hash(text, key, seed));
    if (value->raw_offset == key->raw_offset + key->raw_len + 1) /* as most programs write it: only the colon between */
        return XXH3_64bits_withSeed(text + key->raw_offset, len, seed);
    char member[MEMBER_TEXT_MAX];
    memcpy(member, text + key->raw_offset, key->raw_len);
    member[key->raw_len] = ':';
    memcpy(member + key->raw_len + 1, text + value->raw_offset, value->raw_len);
    return XXH3_64bits_withSeed(member, len, seed);
}

/* The path of an array's next element. */
static uint64_t place_hash(struct level *level) {
    level->next_index++;
    return XXH3_64bits_withSeed(&level->next_index, sizeof level->next_index, level->path);
}

uint64_t payload_hash(const char *text, const struct json_token *object, const struct json_token *id,
                      const struct json_token *source) {
    struct level levels[JSON_DEPTH_MAX + 1], *level = levels; /* the innermost container that is open */
    *level = (struct level){0};
    uint64_t sum = 0;
    for (const struct json_token *token = object + 1;; token++) {
        if (token->type == JSON_OBJECT_END || token->type == JSON_ARRAY_END) {
            if (level-- == levels)
                return sum;
            continue;
        }
        const struct json_token *key = token->type == JSON_KEY ? token++ : NULL;
        if (token->type == JSON_OBJECT || token->type == JSON_ARRAY) {
            uint64_t path = key != NULL ? token_hash(text, key, level->path) : place_hash(level);
            sum += path ^ token->type;
            *++level = (struct level){.path = path};
        } else if (key == NULL) {
            sum += token_hash(text, token, place_hash(level));
        } else if (token != id && token != source) {
            sum += member_hash(text, key, level->path);
        }
    }
}
