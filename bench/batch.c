/* SPDX-License-Identifier: Apache-2.0
 *
 * What layouts and codecs make of the lines of a file, in batches of some documents: bytes, and processor time to
 * encode and decode. The ways take turns batch by batch, so that what else runs on the machine meets all of them alike.
 *
 * Usage: batch FILE DOCUMENTS. Prints one JSON object. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <lz4.h>
#include <zstd.h>

#include "base/bytes.h"
#include "journal/columns.h"

enum { PADDING = 64, LINES_MAX = 4000000 };

static const struct way {
    const char *name;
    bool is_columns;
    int level; /* of zstd; 0: LZ4 */
} ways[] = {{"rows_lz4", false, 0},   {"rows_zstd1", false, 1},   {"rows_zstd3", false, 3},
            {"columns_lz4", true, 0}, {"columns_zstd1", true, 1}, {"columns_zstd3", true, 3}};
enum { WAYS = sizeof ways / sizeof ways[0] };

struct sum {
    uint64_t bytes;
    int64_t encode_ns, decode_ns;
};

static _Noreturn void give_up(const char *what) {
    fprintf(stderr, "batch: %s\n", what);
    exit(4);
}

static int64_t processor_ns(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static struct slice file_read(const char *path) {
    FILE *file = fopen(path, "r");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0)
        give_up("cannot read the file");
    long size = ftell(file);
    char *text = size < 0 ? NULL : malloc((size_t)size + 1);
    rewind(file);
    if (text == NULL || fread(text, 1, (size_t)size, file) != (size_t)size)
        give_up("cannot read the file");
    (void)fclose(file);
    return (struct slice){text, (size_t)size};
}

static uint32_t lines_cut(struct slice text, struct slice *lines) {
    uint32_t count = 0;
    struct slice one;
    while (count < LINES_MAX && slice_cut(text, '\n', &one, &text))
        lines[count++] = one;
    return count;
}

static void rows_write(const struct batch *batch, struct buf *out) {
    char len[4];
    for (uint32_t i = 0; i < batch->document_count; i++) {
        bytes_put_u32(len, (uint32_t)batch->documents[i].len);
        buf_append(out, (struct slice){len, sizeof len});
    }
    for (uint32_t i = 0; i < batch->document_count; i++)
        buf_append(out, batch->documents[i]);
}

static size_t pack(const struct way *way, struct slice raw, char *out, size_t room) {
    size_t packed = way->level == 0 ? (size_t)LZ4_compress_default(raw.ptr, out, (int)raw.len, (int)room)
                                    : ZSTD_compress(out, room, raw.ptr, raw.len, way->level);
    if (packed == 0 || packed > room)
        give_up("the codec failed");
    return packed;
}

static void decode(const struct way *way, struct slice packed, size_t raw_len, uint32_t count) {
    struct arena arena = {0};
    char *raw = arena_alloc(&arena, raw_len + PADDING);
    struct slice *documents = ARENA_ARRAY(&arena, count + (size_t)1, struct slice);
    if (raw == NULL || documents == NULL)
        give_up("out of memory");
    size_t got = way->level == 0 ? (size_t)LZ4_decompress_safe(packed.ptr, raw, (int)packed.len, (int)raw_len)
                                 : ZSTD_decompress(raw, raw_len, packed.ptr, packed.len);
    if (got != raw_len ||
        (way->is_columns && columns_read((struct slice){raw, raw_len}, count, &arena, documents) != STATUS_OK))
        give_up("what was written cannot be read");
    arena_free(&arena);
}

static void measure(const struct way *way, const struct batch *batch, struct sum *sum) {
    struct buf raw = {0};
    int64_t start = processor_ns();
    if (!way->is_columns)
        rows_write(batch, &raw);
    else if (columns_write(batch, &raw) != STATUS_OK)
        give_up("out of memory");
    size_t room = ZSTD_compressBound(raw.len) + 1024;
    char *packed = malloc(room);
    if (packed == NULL || raw.failed)
        give_up("out of memory");
    size_t len = pack(way, buf_slice(&raw), packed, room);
    int64_t middle = processor_ns();
    decode(way, (struct slice){packed, len}, raw.len, batch->document_count);
    sum->decode_ns += processor_ns() - middle;
    sum->encode_ns += middle - start;
    sum->bytes += len;
    free(packed);
    buf_free(&raw);
}

static uint32_t number(const char *text) {
    uint32_t value = 0;
    for (; *text >= '0' && *text <= '9' && value < LINES_MAX; text++)
        value = value * 10 + (uint32_t)(*text - '0');
    return value;
}

int main(int argc, char **argv) {
    if (argc != 3 || number(argv[2]) == 0)
        give_up("usage: batch FILE DOCUMENTS");
    struct slice text = file_read(argv[1]), *lines = calloc(LINES_MAX, sizeof *lines);
    if (lines == NULL)
        give_up("out of memory");
    uint32_t count = lines_cut(text, lines), size = number(argv[2]);
    struct sum sums[WAYS] = {0};
    for (uint32_t at = 0; at < count; at += size)
        for (int way = 0; way < WAYS; way++)
            measure(&ways[way], &(struct batch){0, lines + at, count - at < size ? count - at : size}, &sums[way]);
    printf("{\"documents\": %u", count);
    for (int way = 0; way < WAYS && count > 0; way++)
        printf(", \"%s\": {\"bytes\": %.1f, \"encode_m_per_s\": %.2f, \"decode_m_per_s\": %.2f}", ways[way].name,
               (double)sums[way].bytes / count, count * 1e3 / (double)sums[way].encode_ns,
               count * 1e3 / (double)sums[way].decode_ns);
    printf("}\n");
    free(lines);
    free((void *)(uintptr_t)text.ptr);
    return 0;
}
