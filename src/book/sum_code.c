/* SPDX-License-Identifier: Apache-2.0
 *
 * Sums as bytes: seven bits a byte for lengths and numbers, for most are small. */
#include "book/sum_code.h"

#include "base/bytes.h"

enum { AT_ACCOUNT = 1 + 4, WIDE_BYTES_MAX = 19 };

void sum_put_number(struct buf *out, uwide number) {
    char bytes[WIDE_BYTES_MAX];
    size_t count = 0;
    for (; number > 127; number >>= 7)
        bytes[count++] = (char)(uint8_t)((uint8_t)number | 128);
    bytes[count++] = (char)(uint8_t)number;
    buf_append(out, (struct slice){bytes, count});
}

bool sum_take_number(struct slice *from, uwide *ret_number) {
    uwide number = 0;
    for (size_t i = 0; i < from->len && i < WIDE_BYTES_MAX; i++) {
        uint8_t byte = (uint8_t)from->ptr[i];
        number |= (uwide)(byte & 127) << 7 * i;
        if (byte < 128) {
            *from = (struct slice){from->ptr + i + 1, from->len - i - 1};
            *ret_number = number;
            return true;
        }
    }
    return false;
}

bool sum_take_bytes(struct slice *from, struct slice *ret_bytes) {
    uwide len;
    if (!sum_take_number(from, &len) || len > from->len)
        return false;
    *ret_bytes = (struct slice){from->ptr, (size_t)len};
    *from = (struct slice){from->ptr + (size_t)len, from->len - (size_t)len};
    return true;
}

void sum_put_bytes(struct buf *out, struct slice bytes) {
    sum_put_number(out, bytes.len);
    buf_append(out, bytes);
}

void sum_put_signed(struct buf *out, wide number) {
    sum_put_number(out, (uwide)number << 1 ^ (number < 0 ? ~(uwide)0 : 0)); /* small ones below zero are small, too */
}

bool sum_take_signed(struct slice *from, wide *ret_number) {
    uwide bits;
    if (!sum_take_number(from, &bits))
        return false;
    *ret_number = (wide)(bits >> 1 ^ ((bits & 1) ? ~(uwide)0 : 0));
    return *ret_number != WIDE_MIN;
}

enum status sum_pair_add(struct sum_pair *to, const struct sum_pair *pair) {
    TRY(decimal_add(to->first, pair->first, &to->first));
    return decimal_add(to->second, pair->second, &to->second);
}

/* ---- keys ---- */

void sum_key_put(struct buf *out, const struct sum_key *key) {
    char head[AT_ACCOUNT], at[8];
    head[0] = (char)key->kind;
    bytes_put_u32(head + 1, (uint32_t)key->account.len);
    bytes_put_u64(at, (uint64_t)key->at_ns);
    buf_append(out, (struct slice){head, sizeof head});
    buf_append(out, key->account);
    buf_append(out, (struct slice){at, sizeof at});
    buf_append(out, key->rest);
}

struct sum_key sum_key_read(struct slice text) {
    size_t len = bytes_u32(text.ptr + 1), rest = AT_ACCOUNT + len + 8;
    return (struct sum_key){.kind = (enum sum_kind)text.ptr[0],
                            .account = {text.ptr + AT_ACCOUNT, len},
                            .at_ns = (int64_t)bytes_u64(text.ptr + AT_ACCOUNT + len),
                            .rest = {text.ptr + rest, text.len - rest}};
}

int sum_key_compare(const struct sum_key *a, const struct sum_key *b) {
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    int order = slice_cmp(a->account, b->account);
    if (order == 0)
        order = (a->at_ns > b->at_ns) - (a->at_ns < b->at_ns);
    return order != 0 ? order : slice_cmp(a->rest, b->rest);
}

/* ---- entries ---- */

void sum_entry_put(struct buf *out, struct slice key, const struct sum_pair *pair) {
    sum_put_bytes(out, key);
    sum_put_signed(out, pair->first.pico);
    sum_put_signed(out, pair->second.pico);
}

bool sum_entry_take(struct slice *value, struct slice *ret_key, struct sum_pair *ret_pair) {
    return sum_take_bytes(value, ret_key) && sum_take_signed(value, &ret_pair->first.pico) &&
           sum_take_signed(value, &ret_pair->second.pico);
}

/* ---- lines ---- */

void sum_line_put(struct buf *out, const struct line_sum *sum) {
    const struct slice texts[] = {sum->tariff->name, sum->item, sum->unit, sum->region, sum->label, sum->funding};
    sum_put_number(out, (uwide)(uint64_t)(sum->period.end_ns - sum->period.start_ns) << 1 | sum->is_merged);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        sum_put_bytes(out, texts[i]);
}

bool sum_line_take(struct slice rest, const struct tariff_set *tariffs, struct line_sum *sum,
                   struct slice *ret_tariff) {
    struct slice *texts[] = {ret_tariff, &sum->item, &sum->unit, &sum->region, &sum->label, &sum->funding};
    uwide span;
    if (!sum_take_number(&rest, &span) || span >> 1 > INT64_MAX)
        return false;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!sum_take_bytes(&rest, texts[i]))
            return false;
    int64_t length = (int64_t)(span >> 1);
    if (rest.len > 0 || __builtin_add_overflow(sum->period.start_ns, length, &sum->period.end_ns))
        return false;
    sum->is_merged = (span & 1) != 0;
    if (sum->tariff == NULL || !slice_eq(sum->tariff->name, *ret_tariff))
        sum->tariff = tariff_find(tariffs, *ret_tariff);
    return sum->tariff != NULL;
}
