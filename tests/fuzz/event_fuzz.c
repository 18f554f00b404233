/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as a document: every record is decided, says why, and reads the same twice. */
#include <stdlib.h>

#include "meter/record.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct tariff_set tariffs;
static struct reader *reader;

static void require(bool condition) {
    if (!condition)
        abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    static const uint8_t key[16] = "sixteen bytes ok";
    struct diags diags = {0};
    (void)argc;
    (void)argv;
    require(tariff_set_load(FUZZ_SOURCE_ROOT "/tests/data/meter", NULL, &tariffs, &diags) == STATUS_OK);
    require(reader_new(&tariffs, key, &reader) == STATUS_OK);
    diags_free(&diags);
    return 0;
}

static void check_record(const struct record *record) {
    require(record->line >= 1 && record->column >= 1);
    bool needs_reason = record->kind == RECORD_UNPRICED || record->kind == RECORD_REJECTED;
    bool is_metered = record->kind == RECORD_USAGE || record->kind == RECORD_HOLD; /* what a hold will need */
    bool is_for_all = record->kind == RECORD_TICK || record->kind == RECORD_BACKFILL || record->kind == RECORD_RECALL;
    require((record->reason.len > 0) == needs_reason || record->kind == RECORD_HOLD);
    require(is_metered || (record->usage_count == 0 && record->coverage_count == 0));
    require(record->kind == RECORD_REJECTED || (record->id.len > 0 && (is_for_all || record->subject.len > 0)));
    require(record->kind != RECORD_USAGE || period_has(record->cycle, record->owner_ns));
    for (uint32_t i = 0; i < record->usage_count; i++) {
        const struct usage *usage = &record->usages[i];
        require(usage->item < record->tariff->item_count && usage->quantity.pico > 0);
        require(usage->rate == INDEX_NONE || record->tariff->rates[usage->rate].item == usage->item);
    }
}

static uint32_t read_all(const uint8_t *data, size_t size, struct arena *batch, struct record **ret_records) {
    uint32_t count = 0;
    char *document = malloc(size + JSON_PADDING);
    require(document != NULL);
    if (size > 0)
        memcpy(document, data, size);
    memset(document + size, '}', JSON_PADDING);
    require(reader_read(reader, (struct slice){document, size}, 1, batch, NULL, ret_records, &count) == STATUS_OK);
    free(document);
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena batch = {0};
    struct record *once, *twice;
    uint32_t count = read_all(data, size, &batch, &once);
    require(read_all(data, size, &batch, &twice) == count);
    for (uint32_t i = 0; i < count; i++) {
        check_record(&once[i]);
        require(once[i].kind == twice[i].kind && once[i].payload == twice[i].payload);
        require(slice_eq(once[i].reason, twice[i].reason));
        require(memcmp(once[i].identity, twice[i].identity, sizeof once[i].identity) == 0);
    }
    arena_free(&batch);
    return 0;
}
