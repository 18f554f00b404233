/* SPDX-License-Identifier: Apache-2.0
 *
 * Bills that were closed together, added up. */
#include "view/closing.h"

#include <string.h>

static struct closing_sum *sum_of(struct view_closing *closing, const struct bill *bill) {
    struct slice tariff = bill->tariff->name;
    const char *currency = bill->tariff->currency->code;
    struct closing_sum **end = &closing->sums;
    for (; *end; end = &(*end)->next)
        if (slice_eq((*end)->tariff, tariff) && strcmp((*end)->currency, currency) == 0 && (*end)->kind == bill->kind)
            return *end;
    *end = ARENA_ARRAY(closing->arena, 1, struct closing_sum);
    if (*end)
        **end = (struct closing_sum){
            .tariff = tariff, .currency = currency, .kind = bill->kind, .total = DECIMAL_ZERO, .next = NULL};
    return *end;
}

enum status view_closing_add(void *context, const struct bill *bill) {
    struct view_closing *closing = context;
    struct closing_sum *sum = sum_of(closing, bill);
    if (!sum)
        return STATUS_NO_MEMORY;
    TRY(decimal_add(sum->total, bill->total, &sum->total));
    sum->count++;
    if (closing->count++ < CLOSING_SHOWN) {
        struct arena scratch = {0};
        closing->writer.out = &closing->heads;
        closing->writer.depth = 1; /* inside the list */
        export_bill_head_json(bill, &scratch, &closing->writer);
        arena_free(&scratch);
    }
    return closing->heads.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

void view_closing_json(struct view_closing *closing, struct json_writer *writer) {
    char text[DECIMAL_TEXT_MAX];
    json_key(writer, "count");
    json_uint(writer, closing->count);
    json_key(writer, "sums");
    json_array(writer);
    for (const struct closing_sum *sum = closing->sums; sum; sum = sum->next) {
        json_object(writer);
        json_member(writer, "tariff", sum->tariff);
        json_member(writer, "kind", slice_of(bill_kind_name(sum->kind)));
        json_member(writer, "currency", slice_of(sum->currency));
        json_key(writer, "count");
        json_uint(writer, sum->count);
        json_member(writer, "total", (struct slice){text, decimal_format(sum->total, text)});
        json_object_end(writer);
    }
    json_array_end(writer);
    json_key(writer, "bills");
    json_array(writer);
    if (closing->heads.len > 0)
        json_raw(writer, buf_slice(&closing->heads));
    json_array_end(writer);
}
