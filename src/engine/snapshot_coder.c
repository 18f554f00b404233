/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers and texts of a snapshot, both ways; what is read is checked against the bytes that are left. */
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/bytes.h"
#include "engine/snapshot_private.h"

const char snapshot_magic[8] = {'t', 'g', 's', 't', 'a', 't', 'e', '\n'};

uint64_t snapshot_section_checksum(const char *section, size_t length) {
    XXH3_state_t state;
    XXH3_64bits_reset(&state);
    XXH3_64bits_update(&state, section, SECTION_AT_CHECKSUM);
    XXH3_64bits_update(&state, section + SECTION_HEAD_BYTES, length);
    return XXH3_64bits_digest(&state);
}

uint64_t snapshot_head_checksum(const char *head) {
    return XXH3_64bits(head, SNAPSHOT_AT_CHECKSUM);
}

void coder_fail(struct coder *coder) {
    if (coder->status == STATUS_OK)
        coder->status = STATUS_INVALID;
}

static void write_bytes(struct coder *coder, const char *bytes, size_t count) {
    if (count > 0)
        buf_append(coder->out, (struct slice){bytes, count});
}

/* NULL, with the fault noted: there are not so many left. */
static const char *take(struct coder *coder, size_t count) {
    if (coder->status != STATUS_OK || (size_t)(coder->end - coder->at) < count) {
        coder_fail(coder);
        return NULL;
    }
    const char *bytes = coder->at;
    coder->at += count;
    return bytes;
}

void coder_u8(struct coder *coder, uint8_t *value) {
    if (coder->out) {
        buf_char(coder->out, (char)*value);
        return;
    }
    const char *bytes = take(coder, 1);
    *value = bytes ? (uint8_t)*bytes : 0;
}

void coder_u32(struct coder *coder, uint32_t *value) {
    char bytes[4];
    if (coder->out) {
        bytes_put_u32(bytes, *value);
        write_bytes(coder, bytes, sizeof bytes);
        return;
    }
    const char *from = take(coder, sizeof bytes);
    *value = from ? bytes_u32(from) : 0;
}

void coder_u64(struct coder *coder, uint64_t *value) {
    char bytes[8];
    if (coder->out) {
        bytes_put_u64(bytes, *value);
        write_bytes(coder, bytes, sizeof bytes);
        return;
    }
    const char *from = take(coder, sizeof bytes);
    *value = from ? bytes_u64(from) : 0;
}

void coder_i64(struct coder *coder, int64_t *value) {
    uint64_t word = coder->out ? (uint64_t)*value : 0;
    coder_u64(coder, &word);
    *value = (int64_t)word;
}

void coder_bool(struct coder *coder, bool *value) {
    uint8_t byte = coder->out && *value;
    coder_u8(coder, &byte);
    if (byte > 1)
        coder_fail(coder);
    *value = byte == 1;
}

void coder_wide(struct coder *coder, wide *value) {
    wide given = coder->out ? *value : 0;
    uint64_t low = (uint64_t)given, high = (uint64_t)(given >> 64);
    coder_u64(coder, &low);
    coder_u64(coder, &high);
    wide read = (wide)((uwide)high << 64 | low);
    if (!coder->out && read == WIDE_MIN)
        coder_fail(coder);
    *value = coder->status == STATUS_OK ? read : 0;
}

/* The bytes of a text where they are: reading, in the snapshot. */
static struct slice text_bytes(struct coder *coder, struct slice text) {
    uint32_t length = coder->out ? (uint32_t)text.len : 0;
    coder_u32(coder, &length);
    if (coder->out) {
        write_bytes(coder, text.ptr, text.len);
        return text;
    }
    const char *bytes = take(coder, length);
    return bytes ? (struct slice){bytes, length} : SLICE("");
}

void coder_text(struct coder *coder, struct slice *text) {
    struct slice bytes = text_bytes(coder, *text);
    if (coder->out)
        return;
    *text = bytes.len ? arena_copy(coder->arena, bytes) : SLICE("");
    if (!text->ptr) {
        coder->status = STATUS_NO_MEMORY;
        *text = SLICE("");
    }
}

void coder_file(struct coder *coder, struct slice *text) {
    struct slice bytes = text_bytes(coder, *text);
    if (coder->out)
        return;
    if (!coder->repeated.ptr || !slice_eq(coder->repeated, bytes))
        coder->repeated = arena_copy(coder->arena, bytes);
    if (!coder->repeated.ptr)
        coder->status = STATUS_NO_MEMORY;
    *text = coder->repeated.ptr ? coder->repeated : SLICE("");
}

void coder_tariff(struct coder *coder, const struct tariff **tariff) {
    uint32_t index = !coder->out || !*tariff ? INDEX_NONE : (*tariff)->index;
    coder_u32(coder, &index);
    if (coder->out)
        return;
    *tariff = NULL;
    if (index < coder->tariffs->count)
        *tariff = coder->tariffs->list[index];
    else if (index != INDEX_NONE)
        coder_fail(coder);
}

void coder_count(struct coder *coder, uint32_t *count, size_t least) {
    coder_u32(coder, count);
    if (!coder->out && *count > (size_t)(coder->end - coder->at) / least) {
        coder_fail(coder);
        *count = 0;
    }
}

void *coder_list(struct coder *coder, uint32_t count, size_t size) {
    if (coder->status != STATUS_OK || count == 0)
        return NULL;
    void *list = calloc(count, size);
    if (!list)
        coder->status = STATUS_NO_MEMORY;
    return list;
}
