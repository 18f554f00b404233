/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading alone: every line of a journal becomes a metered record, which is thrown away. One thread; the best of some
 * rounds over the whole file, since a busy machine can only make a round slower.
 *
 * Usage: reader TARIFFS FILE [ROUNDS]. Prints one JSON object. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lines.h"
#include "meter/record.h"

enum { BATCH_BYTES = 1 << 20 };

struct tally {
    uint64_t lines, usages, commands, rejected, unpriced;
};

_Noreturn static void stop(const char *why) {
    fprintf(stderr, "reader: %s\n", why);
    exit(4);
}

static void tally_add(struct tally *tally, const struct record *record) {
    tally->lines++;
    tally->usages += record->usage_count;
    tally->commands += record->command != NULL;
    tally->rejected += record->kind == RECORD_REJECTED;
    tally->unpriced += record->kind == RECORD_UNPRICED;
}

static struct tally read_all(struct reader *reader, const struct journal *journal, struct arena *batch) {
    struct tally tally = {0};
    struct slice rest = {journal->text, journal->len}, line;
    const char *reset_at = rest.ptr;
    for (uint32_t number = 1; rest.len > 0; number++) {
        if (!slice_cut(rest, '\n', &line, &rest))
            rest.len = 0;
        struct record *records;
        uint32_t count;
        if (reader_read(reader, line, number, batch, NULL, &records, &count) != STATUS_OK)
            stop("out of memory");
        for (uint32_t i = 0; i < count; i++)
            tally_add(&tally, &records[i]);
        if (line.ptr - reset_at > BATCH_BYTES) {
            arena_reset(batch);
            reset_at = line.ptr;
        }
    }
    arena_reset(batch);
    return tally;
}

int main(int argc, char **argv) {
    static const uint8_t key[16] = {1};
    uintmax_t rounds = argc == 4 ? strtoumax(argv[3], NULL, 10) : 1;
    if (argc < 3 || argc > 4 || rounds == 0) {
        fprintf(stderr, "usage: reader TARIFFS FILE [ROUNDS]\n");
        return 2;
    }
    struct tariff_set tariffs = {0};
    struct diags diags = {0};
    struct arena batch = {0};
    struct reader *reader = NULL;
    struct journal journal;
    if (!journal_read(argv[2], &journal))
        return 4;
    if (tariff_set_load(argv[1], NULL, &tariffs, &diags) != STATUS_OK ||
        reader_new(&tariffs, key, &reader) != STATUS_OK)
        stop("cannot start");
    struct tally tally = {0};
    long long best = 0;
    for (uintmax_t round = 0; round < rounds; round++) {
        long long start = now_ns();
        tally = read_all(reader, &journal, &batch);
        long long spent = now_ns() - start;
        best = best == 0 || spent < best ? spent : best;
    }
    printf("{\"lines\":%" PRIu64 ",\"usages\":%" PRIu64 ",\"commands\":%" PRIu64 ",\"rejected\":%" PRIu64
           ",\"unpriced\":%" PRIu64 ",\"step_ns\":%lld,\"ns_per_line\":%lld}\n",
           tally.lines, tally.usages, tally.commands, tally.rejected, tally.unpriced, best,
           best / (long long)(tally.lines == 0 ? 1 : tally.lines));
    reader_free(reader);
    tariff_set_free(&tariffs);
    arena_free(&batch);
    journal_free(&journal);
    return 0;
}
