/* SPDX-License-Identifier: Apache-2.0
 *
 * Double-width products: the laws of arithmetic hold on random and extreme magnitudes. */
#include "money/product.h"
#include "support/check.h"

static const uwide LARGEST = ~(uwide)0;

/* Any size, with long runs of equal bits, where carries are. */
static uwide random_magnitude(uint64_t *seed) {
    uwide bits = (uwide)check_random(seed) << 64 | check_random(seed);
    uwide value = bits >> (check_random(seed) % 128);
    switch (check_random(seed) % 4) {
    case 0:
        return LARGEST - value;
    case 1:
        return ((uwide)1 << (check_random(seed) % 128)) - (check_random(seed) % 2);
    default:
        return value;
    }
}

static void products_distribute_over_sums(void **state) {
    (void)state;
    uint64_t seed = 78;
    for (int i = 0; i < 100000; i++) {
        uwide a = random_magnitude(&seed), b = random_magnitude(&seed), c = random_magnitude(&seed);
        if (c > LARGEST - b)
            c = LARGEST - b;
        struct product left = product_of(a, b), right = product_of(a, c), whole = product_of(a, b + c);
        CHECK(product_cmp(product_add(left, right), whole) == 0);
        CHECK(product_cmp(product_sub(whole, right), left) == 0);
        CHECK(product_cmp(product_of(b, a), left) == 0);
        CHECK(product_cmp(whole, left) == (a > 0 && c > 0));
    }
}

static void division_undoes_multiplication(void **state) {
    (void)state;
    uint64_t seed = 90;
    for (int i = 0; i < 100000; i++) {
        uwide quotient = random_magnitude(&seed), divisor = random_magnitude(&seed) | 1, back, rest;
        uwide remainder = random_magnitude(&seed) % divisor;
        struct product value = product_add(product_of(quotient, divisor), (struct product){0, remainder});
        CHECK_OK(product_div(value, divisor, &back, &rest));
        CHECK(back == quotient && rest == remainder);
        CHECK(product_mod(value, divisor) == remainder);
    }
}

static void a_quotient_without_room_is_refused(void **state) {
    (void)state;
    uwide quotient = 77, remainder = 77;
    CHECK_STATUS(product_div((struct product){5, 0}, 5, &quotient, &remainder), STATUS_RANGE);
    CHECK(quotient == 77 && remainder == 77);
    CHECK_OK(product_div((struct product){4, LARGEST}, 5, &quotient, &remainder));
    CHECK(quotient == LARGEST && remainder == 4);
    CHECK_OK(product_div(product_of(LARGEST, LARGEST), LARGEST, &quotient, &remainder));
    CHECK(quotient == LARGEST && remainder == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_distribute_over_sums),
        cmocka_unit_test(division_undoes_multiplication),
        cmocka_unit_test(a_quotient_without_room_is_refused),
    };
    return CHECK_RUN(tests);
}
