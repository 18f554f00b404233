/* SPDX-License-Identifier: Apache-2.0
 *
 * The ISO 4217 table. */
#include "money/currency.h"
#include "support/check.h"

static void known_codes_are_found(void **state) {
    (void)state;
    static const struct {
        const char *row;
        unsigned number;
        int minor_digits;
        const char *name;
    } rows[] = {
        {"CNY", 156, 2, "Yuan Renminbi"}, {"USD", 840, 2, "US Dollar"},         {"JPY", 392, 0, "Yen"},
        {"KWD", 414, 3, "Kuwaiti Dinar"}, {"CLF", 990, 4, "Unidad de Fomento"}, {"XAU", 959, -1, "Gold"},
    };
    FOR_ROWS(row, rows) {
        const struct currency *currency = currency_find(slice_of(row->row));
        if (!CHECK(currency != NULL))
            continue;
        CHECK_UINT(currency->number, row->number);
        CHECK_INT(currency->minor_digits, row->minor_digits);
        CHECK_TEXT(slice_of(currency->name), row->name);
    }
}

static void other_codes_are_not(void **state) {
    (void)state;
    static const struct {
        const char *row, *code;
    } rows[] = {
        {"lower case", "cny"}, {"nothing", ""},   {"too short", "CN"},      {"too long", "CNYX"},
        {"withdrawn", "DEM"},  {"a symbol", "$"}, {"a NUL inside", "US\0"},
    };
    FOR_ROWS(row, rows) {
        CHECK(currency_find(slice_of(row->code)) == NULL);
    }
    CHECK(currency_find((struct slice){"USDX", 3}) != NULL);
    CHECK(currency_find((struct slice){"US\0", 3}) == NULL);
}

static void the_table_is_sorted_and_whole(void **state) {
    (void)state;
    size_t count;
    const struct currency *table = currency_table(&count);
    CHECK(count > 170);
    for (size_t i = 0; i < count; i++) {
        CHECK(currency_find(slice_of(table[i].code)) == &table[i]);
        CHECK(i == 0 || strcmp(table[i - 1].code, table[i].code) < 0);
        CHECK(table[i].minor_digits >= -1 && table[i].minor_digits <= 4);
    }
    CHECK_UINT(strlen(currency_edition()), strlen("2024-06-25"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_codes_are_found),
        cmocka_unit_test(other_codes_are_not),
        cmocka_unit_test(the_table_is_sorted_and_whole),
    };
    return CHECK_RUN(tests);
}
