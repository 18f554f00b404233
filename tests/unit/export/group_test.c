/* SPDX-License-Identifier: Apache-2.0
 *
 * Bills added up: equal lines merge, different prices stay apart, order bills are left out, sums are exact. */
#include "export/group.h"
#include "support/check.h"

static struct bill_line line(const char *item, int64_t quantity, int64_t price, int64_t amount) {
    return (struct bill_line){.item = slice_of(item),
                              .quantity = decimal_from_int(quantity),
                              .unit_price = decimal_from_int(price),
                              .per = decimal_from_int(1),
                              .funding = "payg",
                              .amount = decimal_from_int(amount)};
}

static struct bill bill(enum bill_kind kind, struct bill_line *lines, uint32_t count, int64_t start, int64_t total) {
    return (struct bill){.account = SLICE("a"),
                         .kind = kind,
                         .cycle = {start, start + 10},
                         .lines = lines,
                         .line_count = count,
                         .exact_total = decimal_from_int(total),
                         .total = decimal_from_int(total - 1),
                         .rounding = decimal_from_int(-1)};
}

static void equal_lines_become_one(void **state) {
    (void)state;
    struct bill_line first[] = {line("b", 1, 5, 5), line("a", 2, 3, 6)};
    struct bill_line orders[] = {line("sku", 1, 100, 100)};
    struct bill_line second[] = {line("a", 10, 3, 30), line("a", 1, 4, 4)};
    struct bill bills[] = {bill(BILL_USAGE, first, 2, 0, 11), bill(BILL_ORDERS, orders, 1, 0, 100),
                           bill(BILL_USAGE, second, 2, 10, 34)};
    struct arena arena = {0};
    struct bill group;
    uint32_t count;
    CHECK_OK(bill_group_sum(bills, 3, &arena, &group, &count));
    CHECK_UINT(count, 2);
    CHECK_INT(group.cycle.start_ns, 0);
    CHECK_INT(group.cycle.end_ns, 20);
    CHECK_UINT(group.line_count, 3);
    CHECK_TEXT(group.lines[0].item, "a");
    CHECK_WIDE(group.lines[0].quantity.pico, decimal_from_int(12).pico);
    CHECK_WIDE(group.lines[0].amount.pico, decimal_from_int(36).pico);
    CHECK_WIDE(group.lines[1].unit_price.pico, decimal_from_int(4).pico);
    CHECK_TEXT(group.lines[2].item, "b");
    CHECK_WIDE(group.exact_total.pico, decimal_from_int(45).pico);
    CHECK_WIDE(group.rounding.pico, decimal_from_int(-2).pico);
    CHECK_WIDE(group.total.pico, decimal_from_int(43).pico);
    CHECK_UINT(bills[0].line_count, 2); /* nothing of the statement was touched */
    CHECK_TEXT(first[0].item, "b");
    arena_free(&arena);
}

static void a_sum_beyond_128_bits_is_refused(void **state) {
    (void)state;
    struct bill_line lines[] = {line("a", 1, 1, 1), line("a", 1, 1, 1)};
    lines[0].amount.pico = WIDE_MAX;
    struct bill bills[] = {bill(BILL_USAGE, lines, 2, 0, 1)};
    struct arena arena = {0};
    struct bill group;
    uint32_t count;
    CHECK_STATUS(bill_group_sum(bills, 1, &arena, &group, &count), STATUS_RANGE);
    arena_free(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_lines_become_one),
        cmocka_unit_test(a_sum_beyond_128_bits_is_refused),
    };
    return CHECK_RUN(tests);
}
