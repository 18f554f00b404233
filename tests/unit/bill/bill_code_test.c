/* SPDX-License-Identifier: Apache-2.0
 *
 * Bills as bytes: what was kept comes back, and damage is refused. */
#include "bill/bill_code.h"

#include <stdlib.h>

#include "engine/engine.h"
#include "support/check.h"

struct kept {
    struct tariff_set tariffs;
    struct engine *engine;
    struct statement statement;
};

/* The bills of the demo journal. */
static void kept_load(struct kept *kept) {
    struct diags diags = {0};
    struct journal_options options = {.threads = 1};
    *kept = (struct kept){0};
    CHECK_OK(tariff_set_load(CHECK_SOURCE_ROOT "/tariffs", NULL, &kept->tariffs, &diags));
    CHECK_OK(engine_new(&kept->tariffs, &kept->engine));
    CHECK_OK(engine_read(kept->engine, CHECK_SOURCE_ROOT "/examples/demo.ndjson", &options));
    CHECK_OK(engine_close(kept->engine, INSTANT_MAX, &kept->statement));
    CHECK(kept->statement.bill_count > 5);
    diags_free(&diags);
}

static void kept_free(struct kept *kept) {
    statement_free(&kept->statement);
    engine_free(kept->engine);
    tariff_set_free(&kept->tariffs);
}

static void check_same(const struct bill *got, const struct bill *want, bool has_rates) {
    CHECK_SLICE(got->account, want->account);
    CHECK_SLICE(got->tariff->name, want->tariff->name);
    CHECK_TEXT(slice_of(got->tariff->currency->code), want->tariff->currency->code);
    CHECK_INT(got->kind, want->kind);
    CHECK_INT(got->cycle.start_ns, want->cycle.start_ns);
    CHECK_INT(got->closed_ns, want->closed_ns);
    CHECK_UINT(got->line_count, want->line_count);
    CHECK_WIDE(got->total.pico, want->total.pico);
    for (uint32_t i = 0; i < want->line_count; i++) {
        const struct bill_line *a = &got->lines[i], *b = &want->lines[i];
        CHECK_SLICE(a->item, b->item);
        CHECK_SLICE(a->source, b->source);
        CHECK_SLICE(a->note, b->note);
        CHECK_WIDE(a->amount.pico, b->amount.pico);
        CHECK_WIDE(a->tier_up_to.pico, b->tier_up_to.pico);
        CHECK_TEXT(slice_of(a->funding), b->funding);
        CHECK_UINT(a->rate, has_rates ? b->rate : INDEX_NONE);
        CHECK_INT(a->is_adjustment, b->is_adjustment);
        CHECK_INT(a->adjusts.end_ns, b->adjusts.end_ns);
    }
}

static void bills_come_back(void **state) {
    struct kept kept;
    (void)state;
    kept_load(&kept);
    for (uint32_t i = 0; i < kept.statement.bill_count; i++) {
        struct bill *want = &kept.statement.bills[i], got;
        struct buf bytes = {0}, again = {0};
        struct arena arena = {0};
        want->number = i + 1;
        if (i % 2 == 0) {
            want->lines[0].is_adjustment = true;
            want->lines[0].adjusts = (struct period){5, 7};
        }
        bill_encode(want, &bytes);
        CHECK_OK(bill_decode(buf_slice(&bytes), &kept.tariffs, &arena, &got));
        check_same(&got, want, true);
        CHECK(got.tariff == want->tariff);
        bill_encode(&got, &again);
        CHECK(slice_eq(buf_slice(&bytes), buf_slice(&again)));
        CHECK_OK(bill_decode(buf_slice(&bytes), NULL, &arena, &got)); /* the tariff is gone */
        check_same(&got, want, false);
        buf_free(&bytes);
        buf_free(&again);
        arena_free(&arena);
    }
    kept_free(&kept);
}

/* Whatever the bytes hold: refused, or a bill that can be written again. */
static void damage_does_no_harm(void **state) {
    struct kept kept;
    struct buf bytes = {0};
    uint64_t seed = 4;
    (void)state;
    kept_load(&kept);
    bill_encode(&kept.statement.bills[1], &bytes);
    for (int i = 0; i < 4000; i++) {
        struct arena arena = {0};
        struct bill bill;
        size_t len = i % 4 ? bytes.len : check_random(&seed) % bytes.len;
        char *copy = malloc(len + 1);
        memcpy(copy, bytes.ptr, len);
        if (i % 4 && len > 0)
            copy[check_random(&seed) % len] ^= (char)(1 << check_random(&seed) % 8);
        enum status status = bill_decode((struct slice){copy, len}, &kept.tariffs, &arena, &bill);
        CHECK(status == STATUS_OK || status == STATUS_INVALID);
        if (i % 4 == 0)
            CHECK_STATUS(status, STATUS_INVALID);
        if (status == STATUS_OK) {
            struct buf again = {0};
            bill_encode(&bill, &again);
            CHECK(!again.failed);
            buf_free(&again);
        }
        free(copy);
        arena_free(&arena);
    }
    buf_free(&bytes);
    kept_free(&kept);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bills_come_back),
        cmocka_unit_test(damage_does_no_harm),
    };
    return CHECK_RUN(tests);
}
