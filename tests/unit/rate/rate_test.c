/* SPDX-License-Identifier: Apache-2.0
 *
 * Prices of quantities: the published worked examples and both sides of every border. */
#include "rate/rate.h"
#include "support/check.h"

#define PICO(text) pico(text)

static struct decimal pico(const char *text) {
    struct decimal value = {0};
    CHECK_OK(decimal_parse(slice_of(text), &value, NULL));
    return value;
}

static const struct tariff TARIFF = {.line_scale = 12, .line_rounding = ROUND_HALF_EVEN};

static struct decimal total_of(const struct rate *rate, const char *quantity, const char *before, const char *total) {
    struct rate_slice slices[RATE_SLICES_MAX];
    uint32_t count = 0;
    struct decimal sum = DECIMAL_ZERO, parts = DECIMAL_ZERO;
    CHECK_OK(rate_slices(&TARIFF, rate, PICO(quantity), PICO(before), PICO(total), slices, &count));
    for (uint32_t i = 0; i < count; i++) {
        CHECK_OK(decimal_add(sum, slices[i].amount, &sum));
        CHECK_OK(decimal_add(parts, slices[i].quantity, &parts));
    }
    CHECK_INT(decimal_cmp(parts, PICO(quantity)), 0);
    return sum;
}

static void check_amount(struct decimal got, const char *want) {
    char text[DECIMAL_TEXT_MAX];
    CHECK_TEXT(((struct slice){text, decimal_format(got, text)}), want);
}

static struct tier plates[4], calls[4];

static struct rate graduated(void) {
    plates[0] = (struct tier){.up_to = PICO("10000"), .price = PICO("0.15")};
    plates[1] = (struct tier){.up_to = PICO("100000"), .price = PICO("0.10")};
    plates[2] = (struct tier){.up_to = PICO("1000000"), .price = PICO("0.06")};
    plates[3] = (struct tier){.is_last = true, .price = PICO("0.02")};
    return (struct rate){
        .mode = PRICE_GRADUATED, .per = PICO("1"), .tiers = plates, .tier_count = 4, .upper_inclusive = true};
}

static struct rate volume(void) {
    calls[0] = (struct tier){.up_to = PICO("100"), .price = PICO("4.8")};
    calls[1] = (struct tier){.up_to = PICO("1000"), .price = PICO("4.2")};
    calls[2] = (struct tier){.up_to = PICO("10000"), .price = PICO("3.8")};
    calls[3] = (struct tier){.is_last = true, .price = PICO("3.5")};
    return (struct rate){.mode = PRICE_VOLUME, .per = PICO("1"), .tiers = calls, .tier_count = 4};
}

static void graduated_price_takes_each_slice_at_its_own_price(void **state) {
    (void)state;
    static const struct {
        const char *row, *quantity, *before, *want;
    } rows[] = {
        {"nothing costs nothing", "0", "0", "0"},
        {"VI-1: 15,000 calls lie in two tiers", "15000", "0", "2000"},
        {"VI-6: the border belongs to the lower tier", "10000", "0", "1500"},
        {"VI-6: one call past the border", "10001", "0", "1500.1"},
        {"VI-6: second border", "100000", "0", "10500"},
        {"VI-6: one past the second border", "100001", "0", "10500.06"},
        {"VI-6: third border", "1000000", "0", "64500"},
        {"VI-6: one past the third border", "1000001", "0", "64500.02"},
        {"VI-6: far into the last tier", "2000000", "0", "84500"},
        {"what came before moves the position", "5000", "10000", "500"},
        {"a slice that starts inside a tier and ends in the next", "2", "9999", "0.25"},
    };
    struct rate rate = graduated();
    FOR_ROWS(row, rows) {
        check_amount(total_of(&rate, row->quantity, row->before, row->quantity), row->want);
    }
}

static void volume_price_takes_the_whole_quantity_at_the_tier_reached(void **state) {
    (void)state;
    static const struct {
        const char *row, *quantity, *total, *want;
    } rows[] = {
        {"TC-3: 99 calls", "99", "99", "475.2"},
        {"TC-3: 100 calls cost less: the cliff stays", "100", "100", "420"},
        {"TC-4: 999 calls", "999", "999", "4195.8"},
        {"TC-4: 1,000 calls", "1000", "1000", "3800"},
        {"TC-5: 9,999 calls", "9999", "9999", "37996.2"},
        {"TC-5: 10,000 calls", "10000", "10000", "35000"},
        {"TC-2: 1,095 charged of 1,100", "1095", "1100", "4161"},
        {"TC-6: gross position of 1,002", "997", "1002", "3788.6"},
        {"TC-6: net position of 997", "997", "997", "4187.4"},
    };
    struct rate rate = volume();
    FOR_ROWS(row, rows) {
        check_amount(total_of(&rate, row->quantity, "0", row->total), row->want);
    }
}

static void border_side_is_the_tariffs(void **state) {
    (void)state;
    struct rate rate = volume();
    rate.upper_inclusive = true;
    check_amount(total_of(&rate, "100", "0", "100"), "480");
    rate.mode = PRICE_GRADUATED;
    rate.upper_inclusive = false;
    check_amount(total_of(&rate, "1100", "0", "1100"), "4639"); /* TC-7: the graduated reading, 99 + 900 + 101 */
}

static void division_is_rounded_once(void **state) {
    (void)state;
    struct rate rate = {.mode = PRICE_FLAT, .per = PICO("60"), .price = PICO("16")};
    check_amount(total_of(&rate, "140", "0", "140"), "37.333333333333"); /* VI-2 */
    rate = (struct rate){.mode = PRICE_FLAT, .per = PICO("1000"), .price = PICO("0.028")};
    check_amount(total_of(&rate, "1500", "0", "1500"), "0.042"); /* IMM-9 */
    rate = (struct rate){.mode = PRICE_FREE, .per = PICO("1000")};
    check_amount(total_of(&rate, "1500", "0", "1500"), "0");
}

static void unpublished_price_is_never_zero(void **state) {
    (void)state;
    struct rate rate = {.mode = PRICE_UNPUBLISHED, .per = PICO("1")};
    struct rate_slice slices[RATE_SLICES_MAX];
    uint32_t count = 7;
    CHECK_STATUS(rate_slices(&TARIFF, &rate, PICO("1"), DECIMAL_ZERO, PICO("1"), slices, &count), STATUS_MISSING);
    CHECK_UINT(count, 7);
}

static void order_price_is_graduated_over_its_own_quantity(void **state) {
    (void)state;
    static struct tier day[4];
    day[0] = (struct tier){.up_to = PICO("10"), .price = PICO("12.8")};
    day[1] = (struct tier){.up_to = PICO("50"), .price = PICO("10.8")};
    day[2] = (struct tier){.up_to = PICO("100"), .price = PICO("9.8")};
    day[3] = (struct tier){.is_last = true, .price = PICO("9.0")};
    struct product product = {
        .is_published = true, .mode = PRICE_GRADUATED, .tiers = day, .tier_count = 4, .upper_inclusive = true};
    static const struct {
        const char *row, *quantity;
        uint32_t periods;
        const char *want;
    } rows[] = {
        {"VI-4: 40 QPS for a day", "40", 1, "452"}, {"VI-7: 10 QPS", "10", 1, "128"},
        {"VI-7: 11 QPS", "11", 1, "138.8"},         {"VI-7: 50 QPS", "50", 1, "560"},
        {"VI-7: 51 QPS", "51", 1, "569.8"},         {"VI-7: 100 QPS", "100", 1, "1050"},
        {"VI-7: 101 QPS", "101", 1, "1059"},        {"three days cost three times", "40", 3, "1356"},
    };
    FOR_ROWS(row, rows) {
        struct decimal amount = DECIMAL_ZERO;
        struct rate_slice slices[RATE_SLICES_MAX];
        uint32_t count;
        CHECK_OK(product_price(&TARIFF, &product, PICO(row->quantity), row->periods, &amount, slices, &count));
        check_amount(amount, row->want);
    }
    struct decimal amount;
    struct rate_slice slices[RATE_SLICES_MAX];
    uint32_t count;
    product.is_published = false;
    CHECK_STATUS(product_price(&TARIFF, &product, PICO("1"), 1, &amount, slices, &count), STATUS_MISSING);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(graduated_price_takes_each_slice_at_its_own_price),
        cmocka_unit_test(volume_price_takes_the_whole_quantity_at_the_tier_reached),
        cmocka_unit_test(border_side_is_the_tariffs),
        cmocka_unit_test(division_is_rounded_once),
        cmocka_unit_test(unpublished_price_is_never_zero),
        cmocka_unit_test(order_price_is_graduated_over_its_own_quantity),
    };
    return CHECK_RUN(tests);
}
