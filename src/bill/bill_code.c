/* SPDX-License-Identifier: Apache-2.0
 *
 * One description of a bill serves both ways: a coder either writes what a value holds, or fills it from what it
 * reads. Numbers are little-endian, texts have their length in front. */
#include "bill/bill_code.h"

#include <string.h>

#include "base/bytes.h"

enum { FORMAT_VERSION = 1, LEAST_LINE = 7 + 6 * 16 + 2 + 3 + 8 + 1 };

struct coder {
    struct buf *out; /* NULL: reading */
    const char *at, *end;
    struct arena *arena;
    bool is_bad; /* the bytes are damaged (or memory is out); values are zero from there on */
};

/* The next `size` bytes to read; NULL: they are not there. */
static const char *take(struct coder *coder, size_t size) {
    if (coder->is_bad || (size_t)(coder->end - coder->at) < size) {
        coder->is_bad = true;
        return NULL;
    }
    coder->at += size;
    return coder->at - size;
}

static void code_u64(struct coder *coder, uint64_t *value) {
    char bytes[8];
    if (coder->out) {
        bytes_put_u64(bytes, *value);
        buf_append(coder->out, (struct slice){bytes, sizeof bytes});
        return;
    }
    const char *from = take(coder, sizeof bytes);
    *value = from ? bytes_u64(from) : 0;
}

static void code_i64(struct coder *coder, int64_t *value) {
    uint64_t bits = (uint64_t)*value;
    code_u64(coder, &bits);
    *value = (int64_t)bits;
}

static void code_byte(struct coder *coder, uint8_t *value) {
    if (coder->out) {
        buf_char(coder->out, (char)*value);
        return;
    }
    const char *from = take(coder, 1);
    *value = from ? (uint8_t)*from : 0;
}

static void code_flag(struct coder *coder, bool *value) {
    uint8_t byte = *value;
    code_byte(coder, &byte);
    coder->is_bad = coder->is_bad || byte > 1;
    *value = byte == 1;
}

static void code_decimal(struct coder *coder, struct decimal *value) {
    uint64_t low = (uint64_t)value->pico, high = (uint64_t)(value->pico >> 64);
    code_u64(coder, &low);
    code_u64(coder, &high);
    value->pico = (wide)((uwide)high << 64 | low);
    coder->is_bad = coder->is_bad || value->pico == WIDE_MIN;
}

/* Seven bits a byte, the lowest first: most counts and lengths are small. */
static void code_count(struct coder *coder, uint64_t *value) {
    uint64_t rest = *value, sum = 0;
    uint8_t byte;
    if (coder->out) {
        for (; rest > 127; rest >>= 7)
            buf_char(coder->out, (char)(uint8_t)(rest | 128));
        buf_char(coder->out, (char)(uint8_t)rest);
        return;
    }
    for (unsigned shift = 0;; shift += 7) {
        code_byte(coder, &byte);
        coder->is_bad = coder->is_bad || shift > 56;
        if (coder->is_bad)
            break;
        sum |= (uint64_t)(byte & 127) << shift;
        if (byte < 128)
            break;
    }
    *value = coder->is_bad ? 0 : sum;
}

static void code_text(struct coder *coder, struct slice *text) {
    uint64_t length = text->len;
    code_count(coder, &length);
    if (coder->out) {
        if (text->len)
            buf_append(coder->out, *text);
        return;
    }
    const char *from = take(coder, length);
    *text = from ? (struct slice){from, length} : (struct slice){"", 0};
}

static void code_period(struct coder *coder, struct period *period) {
    code_i64(coder, &period->start_ns);
    code_i64(coder, &period->end_ns);
}

/* A funding word, or what stands in its place on lines that no funding paid. */
static void code_funding(struct coder *coder, const char **funding) {
    struct slice text = coder->out ? slice_of(*funding) : (struct slice){0};
    code_text(coder, &text);
    if (coder->out)
        return;
    struct slice copy = arena_printf(coder->arena, "%.*s", SLICE_ARG(text));
    coder->is_bad = coder->is_bad || !copy.ptr;
    *funding = copy.ptr ? copy.ptr : "";
}

static void code_line(struct coder *coder, struct bill_line *line) {
    struct slice *texts[] = {&line->item,     &line->region, &line->label, &line->unit,
                             &line->order_id, &line->note,   &line->source};
    struct decimal *numbers[] = {&line->quantity, &line->unit_price, &line->per,
                                 &line->amount,   &line->tier_from,  &line->tier_up_to};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        code_text(coder, texts[i]);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        code_decimal(coder, numbers[i]);
    code_funding(coder, &line->funding);
    code_flag(coder, &line->has_tier);
    code_flag(coder, &line->is_last_tier);
    code_i64(coder, &line->price_from_ns);
    code_flag(coder, &line->is_adjustment);
    if (line->is_adjustment)
        code_period(coder, &line->adjusts);
    uint64_t rate = line->rate;
    code_count(coder, &rate);
    line->rate = rate <= INDEX_NONE ? (uint32_t)rate : INDEX_NONE;
    line->item_index = INDEX_NONE;
}

/* What a bill needs of its tariff. */
struct frame {
    struct slice name, title, currency, zone;
    uint8_t cycle, bill_scale, line_scale, bill_rounding, line_rounding;
};

static void code_frame(struct coder *coder, struct frame *frame) {
    struct slice *texts[] = {&frame->name, &frame->title, &frame->currency, &frame->zone};
    uint8_t *bytes[] = {&frame->cycle, &frame->bill_scale, &frame->line_scale, &frame->bill_rounding,
                        &frame->line_rounding};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        code_text(coder, texts[i]);
    for (size_t i = 0; i < sizeof bytes / sizeof *bytes; i++)
        code_byte(coder, bytes[i]);
}

static void code_head(struct coder *coder, struct bill *bill, struct frame *frame) {
    uint8_t version = FORMAT_VERSION, kind = (uint8_t)bill->kind;
    code_byte(coder, &version);
    coder->is_bad = coder->is_bad || version != FORMAT_VERSION;
    code_frame(coder, frame);
    code_byte(coder, &kind);
    coder->is_bad = coder->is_bad || kind >= BILL_KIND_COUNT;
    bill->kind = (enum bill_kind)(kind < BILL_KIND_COUNT ? kind : 0);
    code_text(coder, &bill->account);
    code_u64(coder, &bill->number);
    code_i64(coder, &bill->closed_ns);
    code_period(coder, &bill->cycle);
    code_decimal(coder, &bill->exact_total);
    code_decimal(coder, &bill->rounding);
    code_decimal(coder, &bill->total);
}

void bill_encode(const struct bill *bill, struct buf *out) {
    struct coder coder = {.out = out};
    struct bill copy = *bill;
    const struct tariff *tariff = bill->tariff;
    struct frame frame = {.name = tariff->name,
                          .title = tariff->title,
                          .currency = slice_of(tariff->currency->code),
                          .zone = slice_of(zone_name(tariff->zone)),
                          .cycle = (uint8_t)tariff->cycle,
                          .bill_scale = (uint8_t)tariff->bill_scale,
                          .line_scale = (uint8_t)tariff->line_scale,
                          .bill_rounding = (uint8_t)tariff->bill_rounding,
                          .line_rounding = (uint8_t)tariff->line_rounding};
    uint64_t count = bill->line_count;
    code_head(&coder, &copy, &frame);
    code_count(&coder, &count);
    for (uint32_t i = 0; i < bill->line_count; i++) {
        struct bill_line line = bill->lines[i];
        code_line(&coder, &line);
    }
}

/* ---- reading ---- */

static bool is_same(const struct frame *frame, const struct tariff *tariff) {
    return slice_is(frame->currency, tariff->currency->code) && slice_is(frame->zone, zone_name(tariff->zone)) &&
           frame->cycle == (uint8_t)tariff->cycle && frame->bill_scale == tariff->bill_scale &&
           frame->line_scale == tariff->line_scale && frame->bill_rounding == (uint8_t)tariff->bill_rounding &&
           frame->line_rounding == (uint8_t)tariff->line_rounding;
}

static enum status tariff_of(const struct frame *frame, const struct tariff_set *set, struct arena *arena,
                             const struct tariff **ret_tariff) {
    const struct tariff *known = set ? tariff_find(set, frame->name) : NULL;
    if (known && is_same(frame, known)) {
        *ret_tariff = known;
        return STATUS_OK;
    }
    struct tariff *tariff = ARENA_NEW(arena, struct tariff);
    if (!tariff)
        return STATUS_NO_MEMORY;
    if (frame->cycle > CYCLE_DYNAMIC_MONTH || frame->bill_scale > DECIMAL_SCALE || frame->line_scale > DECIMAL_SCALE ||
        frame->bill_rounding > ROUND_FLOOR || frame->line_rounding > ROUND_FLOOR)
        return STATUS_INVALID;
    *tariff = (struct tariff){.name = frame->name,
                              .title = frame->title,
                              .currency = currency_find(frame->currency),
                              .cycle = (enum cycle_kind)frame->cycle,
                              .bill_scale = frame->bill_scale,
                              .line_scale = frame->line_scale,
                              .bill_rounding = (enum rounding)frame->bill_rounding,
                              .line_rounding = (enum rounding)frame->line_rounding};
    if (!tariff->currency || zone_load(frame->zone, &tariff->zone) != STATUS_OK)
        return STATUS_INVALID;
    *ret_tariff = tariff;
    return STATUS_OK;
}

/* The line's rate in the tariff as it is now, when it is still the same. */
static void line_link(const struct tariff *tariff, struct bill_line *line) {
    const struct rate *rate = line->rate < tariff->rate_count ? &tariff->rates[line->rate] : NULL;
    const struct item *item = rate ? &tariff->items[rate->item] : NULL;
    if (item && slice_eq(item->name, line->item) && slice_eq(rate->label, line->label) &&
        item->versions[rate->version].from_ns == line->price_from_ns && slice_eq(rate->origin.source, line->source))
        line->item_index = rate->item;
    else
        line->rate = INDEX_NONE;
}

enum status bill_decode(struct slice bytes, const struct tariff_set *set, struct arena *arena, struct bill *ret_bill) {
    struct coder coder = {.at = bytes.ptr, .end = bytes.ptr + bytes.len, .arena = arena};
    struct bill bill = {0};
    struct frame frame = {0};
    uint64_t count;
    code_head(&coder, &bill, &frame);
    code_count(&coder, &count);
    if (coder.is_bad || count > (uint64_t)(coder.end - coder.at) / LEAST_LINE)
        return STATUS_INVALID;
    TRY(tariff_of(&frame, set, arena, &bill.tariff));
    bill.lines = ARENA_ARRAY(arena, count + 1, struct bill_line);
    if (!bill.lines)
        return STATUS_NO_MEMORY;
    for (; bill.line_count < count; bill.line_count++) {
        code_line(&coder, &bill.lines[bill.line_count]);
        line_link(bill.tariff, &bill.lines[bill.line_count]);
    }
    if (coder.is_bad || coder.at != coder.end)
        return STATUS_INVALID;
    *ret_bill = bill;
    return STATUS_OK;
}
