/* SPDX-License-Identifier: Apache-2.0
 *
 * Trees with places: every node knows its line and its byte column. What is refused is in tests/golden/tariff. */
#include "support/check.h"

#include "tariff/yaml.h"

struct parsed {
    struct arena plan;
    struct diags diags;
    struct source_file file;
    struct node *root;
};

static bool parse(struct parsed *parsed, const char *text) {
    *parsed = (struct parsed){.file = {SLICE("test.yaml"), slice_of(text)}};
    return yaml_parse(&parsed->file, &parsed->plan, &parsed->diags, &parsed->root) == STATUS_OK;
}

static void release(struct parsed *parsed) {
    diags_free(&parsed->diags);
    arena_free(&parsed->plan);
}

static void places_count_bytes(void **state) {
    (void)state;
    static const struct {
        const char *row, *text, *value;
        uint32_t line, column, length;
    } rows[] = {
        {"a plain value", "k: value\n", "value", 1, 4, 5},
        {"a quoted value starts at its quote", "k: 'value'\n", "value", 1, 4, 7},
        {"behind letters of two bytes", "{\xC3\xA9\xC3\xA9: x, k: value}\n", "value", 1, 14, 5},
        {"behind a letter of four bytes", "{\"\xF0\x9F\x98\x80\": x, k: value}\n", "value", 1, 16, 5},
        {"on a later line", "a: 1\n\n# note\nk:   value # why\n", "value", 4, 6, 5},
        {"lines that end as on Windows", "a: 1\r\nk: value\r\n", "value", 2, 4, 5},
        {"a folded text starts at its first letter", "k: >-\n  one\n  two\n", "one two", 2, 3, 3},
        {"a literal text too", "k: |\n\n  one\n", "\none\n", 3, 3, 3},
        {"over two lines", "k: one\n  two\n", "one two", 1, 4, 3},
        {"an empty value", "k:\na: b\n", "", 1, 3, 0},
        {"words stay words", "k: no\n", "no", 1, 4, 2},
        {"digits stay digits", "k: 1.10\n", "1.10", 1, 4, 4},
    };
    FOR_ROWS(row, rows) {
        struct parsed parsed;
        if (!CHECK(parse(&parsed, row->text)))
            continue;
        const struct node *node = node_get(parsed.root, "k");
        CHECK_TEXT(node->text, row->value);
        CHECK_UINT(node->place.line, row->line);
        CHECK_UINT(node->place.column, row->column);
        CHECK_UINT(node->place.length, row->length);
        release(&parsed);
    }
}

static void trees_keep_the_order_of_the_file(void **state) {
    (void)state;
    struct parsed parsed;
    CHECK(parse(&parsed, "b: {y: 1, x: [2, 3]}\na: {}\n"));
    const struct node *b = parsed.root->first, *x = b->first->next;
    CHECK_INT(parsed.root->kind, NODE_MAP);
    CHECK_UINT(parsed.root->count, 2);
    CHECK_TEXT(b->key, "b");
    CHECK(b->is_flow && !parsed.root->is_flow);
    CHECK_TEXT(x->key, "x");
    CHECK_INT(x->kind, NODE_LIST);
    CHECK_UINT(x->count, 2);
    CHECK_TEXT(x->first->next->text, "3");
    CHECK(x->first->parent == x && x->parent == b);
    CHECK_UINT(x->key_place.column, 11);
    CHECK_TEXT(b->next->key, "a");
    CHECK_UINT(b->next->count, 0);
    CHECK(node_get(parsed.root, "c") == NULL && node_get(x, "y") == NULL && node_get(NULL, "y") == NULL);
    release(&parsed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_count_bytes),
        cmocka_unit_test(trees_keep_the_order_of_the_file),
    };
    return CHECK_RUN(tests);
}
