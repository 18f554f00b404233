/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads one case per line from standard input, `formula <tab> name=value <tab> ...`, and prints the formula's value or
 * the name of its fault, so that an independent oracle (tests/blackbox/test_formula_oracle.py) can check it. Numbers
 * are printed as numerator/denominator, lowest terms. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/formula_scope.h"

static const char *const fault_names[] = {
    [EVAL_MISSING] = "missing", [EVAL_TYPE] = "type",         [EVAL_DIVISION] = "division",
    [EVAL_RANGE] = "range",     [EVAL_NO_CLASS] = "no class",
};

static void print_wide(wide value) {
    char text[48];
    size_t at = sizeof(text) - 1;
    bool is_negative = value < 0;
    text[at] = '\0';
    do {
        int digit = (int)(value % 10);
        text[--at] = (char)('0' + (digit < 0 ? -digit : digit));
        value /= 10;
    } while (value != 0);
    printf("%s%s", is_negative ? "-" : "", text + at);
}

static void print_value(const struct value *value) {
    if (value->kind == VALUE_NUMBER) {
        wide divisor = (wide)wide_gcd(wide_magnitude(value->number.num), wide_magnitude(value->number.den));
        print_wide(value->number.num / divisor);
        putchar('/');
        print_wide(value->number.den / divisor);
    } else if (value->kind == VALUE_FLAG) {
        fputs(value->flag ? "true" : "false", stdout);
    } else if (value->kind == VALUE_TEXT) {
        printf("\"" SLICE_FMT "\"", SLICE_ARG(value->text));
    } else {
        printf("@%lld", (long long)value->instant_ns);
    }
}

static enum status run_case(struct formula_world *world, char *line) {
    struct attrs attrs;
    attrs_clear(&attrs);
    struct slice text = slice_of(strsep(&line, "\t"));
    while (line != NULL)
        TRY(formula_world_set(world, slice_of(strsep(&line, "\t")), &attrs));
    struct diags diags = {0};
    struct formula *formula;
    struct value value;
    struct eval_error error;
    if (formula_compile(text, (struct place){0}, VALUE_NONE, &world->scope, &world->plan, &diags, &formula) !=
        STATUS_OK)
        printf("refused: " SLICE_FMT, SLICE_ARG(diags.list[0].text));
    else if (formula_eval(formula, &attrs, &value, &error) == STATUS_OK)
        print_value(&value);
    else
        fputs(fault_names[error.fault], stdout);
    putchar('\n');
    diags_free(&diags);
    return STATUS_OK;
}

int main(void) {
    static struct formula_world world;
    if (formula_world_init(&world, NULL) != STATUS_OK)
        return 1;
    char *line = NULL;
    size_t cap = 0;
    enum status status = STATUS_OK;
    for (ssize_t len; status == STATUS_OK && (len = getline(&line, &cap, stdin)) > 0;) {
        line[len - 1] = '\0';
        status = run_case(&world, line);
    }
    free(line);
    formula_world_free(&world);
    return status == STATUS_OK ? 0 : 1;
}
