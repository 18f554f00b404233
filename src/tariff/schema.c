/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of the language at work: one walk over a tree finds every key that is unknown, missing or of the wrong
 * shape; two printers show the same table to editors and to people. */
#include "tariff/schema.h"

#include "base/json_writer.h"
#include "base/names.h"

enum form { FORM_SCALAR = 1, FORM_MAP = 2, FORM_LIST = 4 };
enum key_flag { REQUIRED = 1 };
enum { KEYS_MAX = 64, CHOICES_MAX = 8 };
#define ROUNDING_CHOICES "down|up|half-up|half-even|half-down"

/* type, what may stand there, what people call it */
#define TYPE_TABLE(ROW)                                                                                                \
    ROW(NAME, FORM_SCALAR, "name")                                                                                     \
    ROW(TEXT, FORM_SCALAR, "text")                                                                                     \
    ROW(TEXTS, FORM_SCALAR | FORM_LIST, "text or list")                                                                \
    ROW(NUMBER, FORM_SCALAR, "number")                                                                                 \
    ROW(FLAG, FORM_SCALAR, "true or false")                                                                            \
    ROW(CHOICE, FORM_SCALAR, "choice")                                                                                 \
    ROW(FORMULA, FORM_SCALAR, "formula")                                                                               \
    ROW(FORMULAS, FORM_SCALAR | FORM_LIST, "formula or list")                                                          \
    ROW(INSTANT, FORM_SCALAR, "instant")                                                                               \
    ROW(DURATION, FORM_SCALAR, "duration")                                                                             \
    ROW(MAP, FORM_MAP, "mapping")                                                                                      \
    ROW(LIST, FORM_LIST, "list")                                                                                       \
    ROW(NAMED, FORM_MAP, "names")                                                                                      \
    ROW(NAMED_TEXT, FORM_MAP, "names")                                                                                 \
    ROW(TABLE, FORM_SCALAR | FORM_MAP | FORM_LIST, "table")                                                            \
    ROW(PRICE, FORM_SCALAR | FORM_MAP | FORM_LIST, "price")                                                            \
    ROW(USES, FORM_SCALAR | FORM_LIST, "list")                                                                         \
    ROW(SCOPE, FORM_MAP | FORM_LIST, "mapping or list")                                                                \
    ROW(ANY, FORM_SCALAR | FORM_MAP | FORM_LIST, "anything")

enum key_type {
#define TYPE_ENUM(type, forms, text) TYPE_##type,
    TYPE_TABLE(TYPE_ENUM)
#undef TYPE_ENUM
};

static const struct type_row {
    unsigned forms;
    const char *text;
} type_rows[] = {
#define TYPE_ROW(type, forms, text) {forms, text},
    TYPE_TABLE(TYPE_ROW)
#undef TYPE_ROW
};

static const struct shape_row {
    unsigned forms;
    const char *name, *text;
} shape_rows[] = {
#define SHAPE(shape, forms, name, text) {forms, name, text},
#define KEY(shape, name, type, of, flags, text)
#define CHOICE(shape, name, choices, flags, text)
#include "tariff/keys.def"
#undef SHAPE
#undef KEY
#undef CHOICE
};

static const struct key_row {
    enum shape shape;
    const char *name;
    enum key_type type;
    enum shape of;
    const char *choices;
    unsigned flags;
    const char *text;
} key_rows[] = {
#define SHAPE(shape, forms, name, text)
#define KEY(shape, name, type, of, flags, text) {SHAPE_##shape, name, TYPE_##type, SHAPE_##of, NULL, flags, text},
#define CHOICE(shape, name, choices, flags, text) {SHAPE_##shape, name, TYPE_CHOICE, SHAPE_NONE, choices, flags, text},
#include "tariff/keys.def"
#undef SHAPE
#undef KEY
#undef CHOICE
};
enum { KEY_COUNT = sizeof key_rows / sizeof *key_rows };

/* `source` and `note` may stand in every mapping. */
static const char *const common_keys[] = {"source", "note"};

static const struct key_row *key_find(enum shape shape, struct slice name) {
    for (size_t i = 0; i < KEY_COUNT; i++)
        if (key_rows[i].shape == shape && slice_is(name, key_rows[i].name))
            return &key_rows[i];
    return NULL;
}

static bool key_is_common(struct slice name) {
    return slice_is(name, common_keys[0]) || slice_is(name, common_keys[1]);
}

bool schema_has(enum shape shape, struct slice name) {
    return key_find(shape, name) != NULL;
}

bool schema_is_named(struct slice section) {
    const struct key_row *row = key_find(SHAPE_FILE, section);
    return row != NULL && (row->type == TYPE_NAMED || row->type == TYPE_NAMED_TEXT);
}

struct slice schema_suggest(enum shape shape, struct slice wrong) {
    struct slice names[KEYS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < KEY_COUNT; i++)
        if (key_rows[i].shape == shape)
            names[count++] = slice_of(key_rows[i].name);
    names[count++] = slice_of(common_keys[0]);
    names[count++] = slice_of(common_keys[1]);
    return names_suggest(wrong, names, count);
}

/* ---- the check ---- */

struct check {
    const struct node *sources; /* NULL: none */
    struct diags *diags;
};

static const char *form_text(unsigned forms) {
    static const char *const texts[] = {
        "nothing", "one value",           "a mapping (`key: value`)", "one value or a mapping",
        "a list",  "one value or a list", "a mapping or a list",      "a value"};
    return texts[forms & 7];
}

static unsigned node_form(const struct node *node) {
    return node->kind == NODE_SCALAR ? FORM_SCALAR : node->kind == NODE_MAP ? FORM_MAP : FORM_LIST;
}

static struct place head_place(const struct node *node) {
    return node->key.len > 0 ? node->key_place : node->place;
}

static bool check_form(const struct check *check, const struct node *node, unsigned forms) {
    bool is_empty = node->kind == NODE_SCALAR && node->text.len == 0 && !node->is_quoted;
    if ((forms & node_form(node)) != 0 && !is_empty)
        return true;
    if (is_empty && (forms & FORM_MAP) != 0 && node->parent != NULL && node->parent->parent == NULL)
        return true; /* an empty section: `items:` with nothing below */
    struct slice name = node->key.len > 0 ? node->key : SLICE("this entry");
    struct place place = is_empty ? head_place(node) : node->place;
    if (is_empty)
        diags_add(check->diags, SEVERITY_ERROR, place, "give it a value or delete the key",
                  "`" SLICE_FMT "` has no value", SLICE_ARG(name));
    else
        diags_add(check->diags, SEVERITY_ERROR, place, NULL, "`" SLICE_FMT "` must be %s, and this is %s",
                  SLICE_ARG(name), form_text(forms), form_text(node_form(node)));
    return false;
}

static void check_choice(const struct check *check, const struct node *node, const char *choices) {
    struct slice names[CHOICES_MAX], rest = slice_of(choices), head;
    size_t count = 0;
    bool more = true;
    while (more && count < CHOICES_MAX) {
        more = slice_cut(rest, '|', &head, &rest);
        if (slice_eq(head, node->text))
            return;
        names[count++] = head;
    }
    struct buf hint = {0};
    struct slice near = names_suggest(node->text, names, count);
    if (near.len > 0)
        buf_printf(&hint, "did you mean `" SLICE_FMT "`? ", SLICE_ARG(near));
    buf_text(&hint, "it can be");
    for (size_t i = 0; i < count; i++)
        buf_printf(&hint, "%s " SLICE_FMT, i == 0 ? "" : i + 1 == count ? " or" : ",", SLICE_ARG(names[i]));
    diags_add(check->diags, SEVERITY_ERROR, node->place, hint.failed ? NULL : hint.ptr,
              "`" SLICE_FMT "` cannot be `" SLICE_FMT "`", SLICE_ARG(node->key), SLICE_ARG(node->text));
    buf_free(&hint);
}

static void check_source(const struct check *check, const struct node *node) {
    struct slice name, rest;
    slice_cut(node->text, '/', &name, &rest);
    if (node_find(check->sources, name) != NULL || node_find(check->sources, node->text) != NULL)
        return;
    struct slice names[KEYS_MAX];
    size_t count = 0;
    const struct node *child =
        check->sources != NULL && check->sources->kind == NODE_MAP ? check->sources->first : NULL;
    for (; child != NULL && count < KEYS_MAX; child = child->next)
        names[count++] = child->key;
    struct slice near = names_suggest(name, names, count);
    struct buf hint = {0};
    if (near.len > 0)
        buf_printf(&hint, "did you mean `" SLICE_FMT "`?", SLICE_ARG(near));
    else
        buf_text(&hint, "declare it under `sources:`");
    diags_add(check->diags, SEVERITY_ERROR, node->place, hint.failed ? NULL : hint.ptr,
              "unknown source `" SLICE_FMT "`", SLICE_ARG(name));
    buf_free(&hint);
}

static void check_shape(const struct check *check, const struct node *node, enum shape shape);

static void check_children(const struct check *check, const struct node *node, enum shape shape) {
    for (const struct node *child = node->first; child != NULL; child = child->next)
        check_shape(check, child, shape);
}

static void check_texts(const struct check *check, const struct node *node) {
    for (const struct node *child = node->first; child != NULL; child = child->next)
        check_form(check, child, FORM_SCALAR);
}

/* Lists inside a table of tiers are lists of tiers. */
static void check_table(const struct check *check, const struct node *node, enum shape shape) {
    if (shape == SHAPE_NONE)
        return;
    if (node->kind == NODE_LIST) {
        check_children(check, node, shape);
        return;
    }
    for (const struct node *child = node->first; child != NULL; child = child->next)
        check_table(check, child, shape);
}

static void check_value(const struct check *check, const struct node *node, const struct key_row *row) {
    unsigned forms = row->type == TYPE_MAP ? shape_rows[row->of].forms : type_rows[row->type].forms;
    if (!check_form(check, node, forms))
        return;
    switch (row->type) {
    case TYPE_CHOICE:
        check_choice(check, node, row->choices);
        return;
    case TYPE_MAP:
        check_shape(check, node, row->of);
        return;
    case TYPE_PRICE:
    case TYPE_USES:
        if (node->kind == NODE_LIST)
            check_children(check, node, row->of);
        else
            check_shape(check, node, row->of);
        return;
    case TYPE_LIST:
    case TYPE_NAMED:
        check_children(check, node, row->of);
        return;
    case TYPE_SCOPE:
        if (node->kind == NODE_MAP)
            check_children(check, node, row->of);
        else
            check_texts(check, node);
        return;
    case TYPE_NAMED_TEXT:
    case TYPE_TEXTS:
    case TYPE_FORMULAS:
        check_texts(check, node);
        return;
    case TYPE_TABLE:
        check_table(check, node, row->of);
        return;
    case TYPE_NAME:
    case TYPE_TEXT:
    case TYPE_NUMBER:
    case TYPE_FLAG:
    case TYPE_FORMULA:
    case TYPE_INSTANT:
    case TYPE_DURATION:
    case TYPE_ANY:
        return;
    }
}

static void list_keys(struct buf *out, enum shape shape) {
    buf_text(out, "it can have");
    const char *comma = " ";
    for (size_t i = 0; i < KEY_COUNT; i++) {
        if (key_rows[i].shape != shape)
            continue;
        buf_printf(out, "%s%s", comma, key_rows[i].name);
        comma = ", ";
    }
}

static void check_unknown(const struct check *check, const struct node *node, enum shape shape) {
    struct slice near = schema_suggest(shape, node->key);
    bool is_rest = node->parent != NULL && node->parent->is_flow && node->kind == NODE_SCALAR && node->text.len == 0;
    struct buf hint = {0};
    if (is_rest)
        buf_text(&hint, "inside { } a comma ends a value: quote what holds one");
    else if (near.len > 0)
        buf_printf(&hint, "did you mean `" SLICE_FMT "`?", SLICE_ARG(near));
    else
        list_keys(&hint, shape);
    diags_add(check->diags, SEVERITY_ERROR, node->key_place, hint.failed ? NULL : hint.ptr,
              "unknown key `" SLICE_FMT "`", SLICE_ARG(node->key));
    buf_free(&hint);
}

static void check_required(const struct check *check, const struct node *node, enum shape shape) {
    for (size_t i = 0; i < KEY_COUNT; i++) {
        const struct key_row *row = &key_rows[i];
        if (row->shape != shape || (row->flags & REQUIRED) == 0 || node_get(node, row->name) != NULL)
            continue;
        struct buf hint = {0};
        buf_printf(&hint, "add it. %s", row->text);
        const char *help = hint.failed ? NULL : hint.ptr;
        if (node->key.len > 0)
            diags_add(check->diags, SEVERITY_ERROR, head_place(node), help, "`" SLICE_FMT "` lacks the key `%s`",
                      SLICE_ARG(node->key), row->name);
        else
            diags_add(check->diags, SEVERITY_ERROR, head_place(node), help, "the key `%s` is missing", row->name);
        buf_free(&hint);
    }
}

static void check_shape(const struct check *check, const struct node *node, enum shape shape) {
    if (!check_form(check, node, shape_rows[shape].forms))
        return;
    if (node->kind == NODE_LIST) /* only operations: a list of uses */
        check_children(check, node, SHAPE_USE);
    if (node->kind != NODE_MAP)
        return;
    for (const struct node *child = node->first; child != NULL; child = child->next) {
        const struct key_row *row = key_find(shape, child->key);
        if (row != NULL)
            check_value(check, child, row);
        else if (!key_is_common(child->key))
            check_unknown(check, child, shape);
        else if (check_form(check, child, FORM_SCALAR) && slice_is(child->key, "source"))
            check_source(check, child);
    }
    check_required(check, node, shape);
}

void schema_check(const struct node *node, enum shape shape, const struct node *root, struct diags *diags) {
    struct check check = {node_get(root, "sources"), diags};
    check_shape(&check, node, shape);
}

/* ---- JSON Schema ---- */

static void print_type(struct json_writer *json, const char *name) {
    json_object(json);
    json_member(json, "type", slice_of(name));
    json_object_end(json);
}

static void print_scalar(struct json_writer *json) {
    json_object(json);
    json_key(json, "type");
    json_array(json);
    json_text(json, SLICE("string"));
    json_text(json, SLICE("number"));
    json_text(json, SLICE("boolean"));
    json_array_end(json);
    json_object_end(json);
}

static void print_ref(struct json_writer *json, enum shape shape) {
    json_object(json);
    json_key(json, "$ref");
    struct buf ref = {0};
    buf_printf(&ref, "#/$defs/%s", shape_rows[shape].name);
    json_text(json, buf_slice(&ref));
    buf_free(&ref);
    json_object_end(json);
}

static void print_element(struct json_writer *json, enum shape shape) {
    if (shape == SHAPE_NONE)
        print_scalar(json);
    else
        print_ref(json, shape);
}

static void print_list(struct json_writer *json, enum shape shape) {
    json_object(json);
    json_member(json, "type", SLICE("array"));
    json_key(json, "items");
    print_element(json, shape);
    json_object_end(json);
}

static void print_names(struct json_writer *json, enum shape shape) {
    json_object(json);
    json_member(json, "type", SLICE("object"));
    json_key(json, "additionalProperties");
    print_element(json, shape);
    json_object_end(json);
}

static void print_choices(struct json_writer *json, const char *choices) {
    struct slice rest = slice_of(choices), head;
    json_object(json);
    json_key(json, "enum");
    json_array(json);
    bool more = true;
    while (more) {
        more = slice_cut(rest, '|', &head, &rest);
        json_text(json, head);
    }
    json_array_end(json);
    json_object_end(json);
}

/* The alternatives of a value that is not a choice and not one single shape. */
static void print_alternatives(struct json_writer *json, const struct key_row *row) {
    unsigned forms = type_rows[row->type].forms;
    bool has_shape = row->of != SHAPE_NONE && row->type != TYPE_TABLE;
    bool is_named = row->type == TYPE_NAMED || row->type == TYPE_NAMED_TEXT || row->type == TYPE_SCOPE;
    json_array(json);
    if ((forms & FORM_SCALAR) != 0)
        print_scalar(json);
    if ((forms & FORM_LIST) != 0 && row->type == TYPE_SCOPE)
        print_list(json, SHAPE_NONE);
    else if ((forms & FORM_LIST) != 0 && (has_shape || row->type == TYPE_TEXTS || row->type == TYPE_FORMULAS))
        print_list(json, row->of);
    else if ((forms & FORM_LIST) != 0)
        print_type(json, "array");
    if ((forms & FORM_MAP) != 0 && is_named)
        print_names(json, row->of);
    else if ((forms & FORM_MAP) != 0 && has_shape)
        print_ref(json, row->of);
    else if ((forms & FORM_MAP) != 0)
        print_type(json, "object");
    json_array_end(json);
}

static void print_key(struct json_writer *json, const struct key_row *row) {
    json_key(json, row->name);
    json_object(json);
    json_member(json, "description", slice_of(row->text));
    if (row->type == TYPE_CHOICE) {
        json_key(json, "allOf");
        json_array(json);
        print_choices(json, row->choices);
        json_array_end(json);
    } else {
        json_key(json, "anyOf");
        print_alternatives(json, row);
    }
    json_object_end(json);
}

static void print_properties(struct json_writer *json, enum shape shape) {
    json_object(json);
    json_member(json, "type", SLICE("object"));
    json_key(json, "additionalProperties");
    json_bool(json, false);
    json_key(json, "required");
    json_array(json);
    for (size_t i = 0; i < KEY_COUNT; i++) {
        bool in_overlay = shape == SHAPE_FILE && i > 0; /* a file that extends another has these from it */
        if (key_rows[i].shape == shape && (key_rows[i].flags & REQUIRED) != 0 && !in_overlay)
            json_text(json, slice_of(key_rows[i].name));
    }
    json_array_end(json);
    json_key(json, "properties");
    json_object(json);
    for (size_t i = 0; i < KEY_COUNT; i++)
        if (key_rows[i].shape == shape)
            print_key(json, &key_rows[i]);
    for (size_t i = 0; i < sizeof common_keys / sizeof *common_keys; i++) {
        json_key(json, common_keys[i]);
        print_type(json, "string");
    }
    json_object_end(json);
    json_object_end(json);
}

static void print_shape(struct json_writer *json, enum shape shape) {
    const struct shape_row *row = &shape_rows[shape];
    json_key(json, row->name);
    json_object(json);
    json_member(json, "description", slice_of(row->text));
    json_key(json, "anyOf");
    json_array(json);
    print_properties(json, shape);
    if ((row->forms & FORM_SCALAR) != 0)
        print_scalar(json);
    if ((row->forms & FORM_LIST) != 0)
        print_list(json, SHAPE_USE);
    json_array_end(json);
    json_object_end(json);
}

void tariff_schema_print(struct buf *out) {
    struct json_writer json = {.out = out, .pretty = true};
    json_object(&json);
    json_member(&json, "$schema", SLICE("https://json-schema.org/draft/2020-12/schema"));
    json_member(&json, "title", SLICE("Tollgate tariff"));
    json_member(&json, "$ref", SLICE("#/$defs/Tariff"));
    json_key(&json, "$defs");
    json_object(&json);
    for (enum shape shape = 0; shape < SHAPE_COUNT; shape++)
        print_shape(&json, shape);
    json_object_end(&json);
    json_object_end(&json);
    buf_char(out, '\n');
}

/* ---- reference ---- */

static void print_reference_type(struct buf *out, const struct key_row *row) {
    if (row->type == TYPE_CHOICE) {
        struct slice rest = slice_of(row->choices), head;
        bool more = true;
        for (const char *comma = ""; more; comma = ", ") {
            more = slice_cut(rest, '|', &head, &rest);
            buf_printf(out, "%s`" SLICE_FMT "`", comma, SLICE_ARG(head));
        }
        return;
    }
    buf_text(out, type_rows[row->type].text);
    if (row->of != SHAPE_NONE)
        buf_printf(out, " of %s", shape_rows[row->of].name);
}

void tariff_reference_print(struct buf *out) {
    buf_text(out, "# Tariff reference\n\nEvery section and key of a tariff file, printed from the table that also "
                  "checks the files. What they mean together is in\n"
                  "[tariff-language.md](tariff-language.md). `source` (where it was read) and `note` may stand in "
                  "every mapping.\n");
    for (enum shape shape = 0; shape < SHAPE_COUNT; shape++) {
        buf_printf(out, "\n## %s\n\n%s\n\n| key | type | meaning |\n| --- | --- | --- |\n", shape_rows[shape].name,
                   shape_rows[shape].text);
        for (size_t i = 0; i < KEY_COUNT; i++) {
            if (key_rows[i].shape != shape)
                continue;
            buf_printf(out, "| `%s`%s | ", key_rows[i].name, (key_rows[i].flags & REQUIRED) != 0 ? " (required)" : "");
            print_reference_type(out, &key_rows[i]);
            buf_printf(out, " | %s |\n", key_rows[i].text);
        }
    }
}
