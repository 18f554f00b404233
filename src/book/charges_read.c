/* SPDX-License-Identifier: Apache-2.0
 *
 * Charges out of the store: for each time of writing what numbers stand for, then the values of accounts. */
#include "book/charges.h"

struct charge_segment {
    int64_t seq;
    struct charge_sum *purposes;
    uint32_t count;
    struct charge_segment *next;
};

static bool what_take(struct slice *value, const struct tariff_set *tariffs, struct charge_sum *sum) {
    struct slice tariff;
    uwide rate, funding, flags;
    if (!sum_take_bytes(value, &tariff) || !sum_take_number(value, &rate) || !sum_take_bytes(value, &sum->operation) ||
        !sum_take_bytes(value, &sum->order) || !sum_take_number(value, &funding) || !sum_take_number(value, &flags))
        return false;
    sum->tariff = tariff_find(tariffs, tariff);
    if (sum->tariff == NULL || rate >= sum->tariff->rate_count || funding >= FUNDING_COUNT || flags > 3)
        return false;
    sum->rate = &sum->tariff->rates[(uint32_t)rate];
    sum->funding = (enum funding)funding;
    sum->is_units = (flags & WHAT_IS_UNITS) != 0;
    sum->has_units = (flags & WHAT_HAS_UNITS) != 0;
    return true;
}

static enum status segment_take(void *context, const struct store_sum *value) {
    struct charges_reading *reading = context;
    struct charge_segment *segment = ARENA_NEW(&reading->arena, struct charge_segment);
    struct slice rest = arena_copy(&reading->arena, value->value);
    uint32_t room = 0;
    if (segment == NULL || rest.ptr == NULL)
        return STATUS_NO_MEMORY;
    *segment = (struct charge_segment){.seq = value->at_ns, .next = reading->segments};
    for (; rest.len > 0; segment->count++) {
        if (segment->count == room) {
            struct charge_sum *grown =
                ARENA_ARRAY(&reading->arena, room > 0 ? 2 * (size_t)room : 64, struct charge_sum);
            if (grown == NULL)
                return STATUS_NO_MEMORY;
            if (room > 0)
                memcpy(grown, segment->purposes, room * sizeof *grown);
            segment->purposes = grown;
            room = room > 0 ? 2 * room : 64;
        }
        if (!what_take(&rest, reading->tariffs, &segment->purposes[segment->count]))
            return STATUS_INVALID;
    }
    reading->segments = segment;
    return STATUS_OK;
}

static enum status group_tell(struct charges_reading *reading, struct charge_sum *sum, struct slice *value) {
    uwide count;
    int64_t second = 0;
    if (!sum_take_number(value, &count))
        return STATUS_INVALID;
    for (; count > 0; count--) {
        wide step;
        if (!sum_take_signed(value, &step) || step > INT64_MAX || step < INT64_MIN ||
            !sum_take_signed(value, &sum->number.pico) || __builtin_add_overflow(second, (int64_t)step, &second) ||
            __builtin_mul_overflow(second, NS_PER_SECOND, &sum->day_ns))
            return STATUS_INVALID;
        TRY(reading->visit(reading->context, sum));
    }
    return STATUS_OK;
}

static enum status value_tell(void *context, const struct store_sum *value) {
    struct charges_reading *reading = context;
    const struct charge_segment *segment = reading->segments;
    while (segment != NULL && segment->seq != value->at_ns)
        segment = segment->next;
    if (segment == NULL)
        return STATUS_INVALID;
    for (struct slice rest = value->value; rest.len > 0;) {
        uwide what;
        if (!sum_take_number(&rest, &what) || what >= segment->count)
            return STATUS_INVALID;
        struct charge_sum sum = segment->purposes[(uint32_t)what];
        sum.account = value->account;
        TRY(group_tell(reading, &sum, &rest));
    }
    return STATUS_OK;
}

enum status charges_read(struct charges_reading *reading, struct store *store, struct slice account,
                         uint64_t *ret_mark) {
    struct store_sum_filter filter = {.kind = SUM_WHATS, .from_ns = INT64_MIN, .until_ns = INT64_MAX};
    uint64_t before, mark;
    reading->segments = NULL;
    enum status status = store_sums_scan(store, &filter, segment_take, reading, &before);
    filter.kind = SUM_CHARGES;
    filter.account = account;
    if (status == STATUS_OK)
        status = store_sums_scan(store, &filter, value_tell, reading, &mark);
    arena_free(&reading->arena);
    if (status == STATUS_OK) /* a mark that nobody has: it moved between */
        *ret_mark = before == mark ? mark : UINT64_MAX;
    return status;
}
