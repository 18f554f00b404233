/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads one money operation per line from standard input and prints its result, so that an independent oracle
 * (tests/blackbox/test_money_oracle.py) can check them. Results: values, or the name of the fault. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "money/decimal.h"
#include "money/decimal_text.h"
#include "money/ratio.h"

#define ARGUMENT_MAX 512

struct arguments {
    char *next;
};

static const char *const status_names[] = {
#define STATUS_NAME(name, text) #name,
    STATUS_TABLE(STATUS_NAME)
#undef STATUS_NAME
};

static void print_wide(wide value) {
    char text[40];
    uwide_format(wide_magnitude(value), text);
    printf("%s%s", value < 0 ? "-" : "", text);
}

static wide take_wide(struct arguments *arguments) {
    char *word = strsep(&arguments->next, " ");
    assert(word != NULL);
    bool negative = *word == '-';
    uwide magnitude = 0;
    for (word += negative; *word != '\0'; word++)
        magnitude = magnitude * 10 + (unsigned char)(*word - '0');
    return (wide)(negative ? (uwide)0 - magnitude : magnitude);
}

static struct decimal take_decimal(struct arguments *arguments) {
    return (struct decimal){take_wide(arguments)};
}

static struct ratio take_ratio(struct arguments *arguments) {
    wide num = take_wide(arguments);
    return (struct ratio){num, take_wide(arguments)};
}

static int take_int(struct arguments *arguments) {
    return (int)take_wide(arguments);
}

static enum rounding take_mode(struct arguments *arguments) {
    enum rounding mode;
    bool known = rounding_parse(strsep(&arguments->next, " "), &mode);
    assert(known);
    (void)known;
    return mode;
}

static void print_wide_result(enum status status, wide value) {
    if (status != STATUS_OK)
        printf("%s", status_names[status]);
    else
        print_wide(value);
}

static void print_ratio_result(enum status status, struct ratio value) {
    print_wide_result(status, value.num);
    if (status == STATUS_OK) {
        putchar('/');
        print_wide(value.den);
    }
}

typedef enum status wide_operation(wide a, wide b, wide *ret);

static void run_wide(struct arguments *arguments, wide_operation *operation) {
    wide a = take_wide(arguments), b = take_wide(arguments), result = 0;
    enum status status = operation(a, b, &result);
    print_wide_result(status, result);
}

static void run_add(struct arguments *arguments) {
    run_wide(arguments, wide_add);
}

static void run_sub(struct arguments *arguments) {
    run_wide(arguments, wide_sub);
}

static void run_mul(struct arguments *arguments) {
    run_wide(arguments, wide_mul);
}

static void run_div(struct arguments *arguments) {
    wide a = take_wide(arguments), b = take_wide(arguments);
    print_wide(wide_div_round(a, b, take_mode(arguments)));
}

static void run_mul_div(struct arguments *arguments) {
    wide a = take_wide(arguments), b = take_wide(arguments), denominator = take_wide(arguments), result = 0;
    enum status status = wide_mul_div(a, b, denominator, take_mode(arguments), &result);
    print_wide_result(status, result);
}

static void run_gcd(struct arguments *arguments) {
    uwide a = wide_magnitude(take_wide(arguments)), b = wide_magnitude(take_wide(arguments));
    char text[40];
    uwide_format(wide_gcd(a, b), text);
    printf("%s", text);
}

static void run_parse(struct arguments *arguments) {
    struct decimal result = DECIMAL_ZERO;
    size_t offset = 0;
    enum status status = decimal_parse(slice_of(arguments->next ? arguments->next : ""), &result, &offset);
    print_wide_result(status, result.pico);
    if (status != STATUS_OK)
        printf(" %zu", offset);
}

static void run_ratio_parse(struct arguments *arguments) {
    struct ratio result = {0, 1};
    size_t offset = 0;
    enum status status = ratio_parse(slice_of(arguments->next ? arguments->next : ""), &result, &offset);
    print_ratio_result(status, result);
    if (status != STATUS_OK)
        printf(" %zu", offset);
}

static void run_format(struct arguments *arguments) {
    char text[DECIMAL_TEXT_MAX];
    size_t length = decimal_format(take_decimal(arguments), text);
    assert(length == strlen(text));
    printf("%.*s", (int)length, text);
}

static void run_format_fixed(struct arguments *arguments) {
    struct decimal value = take_decimal(arguments);
    char text[DECIMAL_TEXT_MAX];
    size_t length = decimal_format_fixed(value, take_int(arguments), text);
    assert(length == strlen(text));
    printf("%.*s", (int)length, text);
}

static void run_round(struct arguments *arguments) {
    struct decimal value = take_decimal(arguments), result = DECIMAL_ZERO;
    int scale = take_int(arguments);
    enum status status = decimal_round(value, scale, take_mode(arguments), &result);
    print_wide_result(status, result.pico);
}

static void run_price(struct arguments *arguments) {
    struct decimal quantity = take_decimal(arguments), price = take_decimal(arguments), per = take_decimal(arguments);
    struct decimal result = DECIMAL_ZERO;
    int scale = take_int(arguments);
    enum status status = decimal_price(quantity, price, per, scale, take_mode(arguments), &result);
    print_wide_result(status, result.pico);
}

static void run_split(struct arguments *arguments) {
    struct decimal total = take_decimal(arguments), weights[ARGUMENT_MAX], parts[ARGUMENT_MAX];
    int scale = take_int(arguments);
    size_t count = 0;
    while (arguments->next != NULL && count < ARGUMENT_MAX)
        weights[count++] = take_decimal(arguments);
    enum status status = decimal_split(total, weights, count, scale, parts);
    if (status != STATUS_OK) {
        printf("%s", status_names[status]);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        printf("%s", i > 0 ? " " : "");
        print_wide(parts[i].pico);
    }
}

typedef enum status ratio_operation(struct ratio a, struct ratio b, struct ratio *ret);

static void run_ratio(struct arguments *arguments, ratio_operation *operation) {
    struct ratio a = take_ratio(arguments), b = take_ratio(arguments), result = {0, 1};
    enum status status = operation(a, b, &result);
    print_ratio_result(status, result);
}

static void run_ratio_add(struct arguments *arguments) {
    run_ratio(arguments, ratio_add);
}

static void run_ratio_sub(struct arguments *arguments) {
    run_ratio(arguments, ratio_sub);
}

static void run_ratio_mul(struct arguments *arguments) {
    run_ratio(arguments, ratio_mul);
}

static void run_ratio_div(struct arguments *arguments) {
    run_ratio(arguments, ratio_div);
}

static void run_ratio_cmp(struct arguments *arguments) {
    struct ratio a = take_ratio(arguments), b = take_ratio(arguments);
    printf("%d", ratio_cmp(a, b));
}

static void run_ratio_round(struct arguments *arguments) {
    struct ratio value = take_ratio(arguments);
    print_ratio_result(STATUS_OK, ratio_round(value, take_mode(arguments)));
}

static void run_ratio_from_decimal(struct arguments *arguments) {
    print_ratio_result(STATUS_OK, ratio_from_decimal(take_decimal(arguments)));
}

static void run_ratio_to_decimal(struct arguments *arguments) {
    struct decimal result = DECIMAL_ZERO;
    enum status status = ratio_to_decimal(take_ratio(arguments), &result);
    print_wide_result(status, result.pico);
}

static void run_ratio_to_decimal_rounded(struct arguments *arguments) {
    struct ratio value = take_ratio(arguments);
    struct decimal result = DECIMAL_ZERO;
    int scale = take_int(arguments);
    enum status status = ratio_to_decimal_rounded(value, scale, take_mode(arguments), &result);
    print_wide_result(status, result.pico);
}

static void run_ratio_format(struct arguments *arguments) {
    char text[RATIO_TEXT_MAX];
    size_t length = ratio_format(take_ratio(arguments), text);
    assert(length == strlen(text));
    printf("%.*s", (int)length, text);
}

static const struct {
    const char *name;
    void (*run)(struct arguments *arguments);
} operations[] = {
    {"add", run_add},
    {"sub", run_sub},
    {"mul", run_mul},
    {"div", run_div},
    {"mul_div", run_mul_div},
    {"gcd", run_gcd},
    {"parse", run_parse},
    {"format", run_format},
    {"format_fixed", run_format_fixed},
    {"round", run_round},
    {"price", run_price},
    {"split", run_split},
    {"ratio_parse", run_ratio_parse},
    {"ratio_add", run_ratio_add},
    {"ratio_sub", run_ratio_sub},
    {"ratio_mul", run_ratio_mul},
    {"ratio_div", run_ratio_div},
    {"ratio_cmp", run_ratio_cmp},
    {"ratio_round", run_ratio_round},
    {"ratio_from_decimal", run_ratio_from_decimal},
    {"ratio_to_decimal", run_ratio_to_decimal},
    {"ratio_to_decimal_rounded", run_ratio_to_decimal_rounded},
    {"ratio_format", run_ratio_format},
};

static bool run_line(char *line) {
    line[strcspn(line, "\n")] = '\0';
    struct arguments arguments = {line};
    const char *name = strsep(&arguments.next, " ");
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        if (strcmp(name, operations[i].name) == 0) {
            operations[i].run(&arguments);
            putchar('\n');
            return true;
        }
    }
    return false;
}

int main(void) {
    char *line = NULL;
    size_t capacity = 0;
    bool known = true;
    while (known && getline(&line, &capacity, stdin) >= 0)
        known = run_line(line);
    free(line);
    return known ? EXIT_SUCCESS : EXIT_FAILURE;
}
