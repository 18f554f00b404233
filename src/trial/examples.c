/* SPDX-License-Identifier: Apache-2.0
 *
 * `given` of an example as journal lines, fed to a fresh engine. */
#include "trial/examples.h"

#include <string.h>

static struct slice text_of(const struct node *map, const char *key) {
    const struct node *node = node_get(map, key);
    return node != NULL && node->kind == NODE_SCALAR ? node->text : SLICE("");
}

static void key_write(struct example *example, struct slice key, struct json_writer *writer) {
    struct slice text = arena_copy(example->run, key);
    if (text.ptr == NULL)
        writer->out->failed = true;
    else
        json_key(writer, text.ptr);
}

static void scalar_write(const struct node *node, struct json_writer *writer) {
    bool is_true = slice_is(node->text, "true"), is_false = slice_is(node->text, "false");
    if (!node->is_quoted && (is_true || is_false))
        json_bool(writer, is_true);
    else
        json_text(writer, node->text);
}

static void container_begin(const struct node *node, struct json_writer *writer) {
    if (node->kind == NODE_MAP)
        json_object(writer);
    else
        json_array(writer);
}

static void container_end(const struct node *node, struct json_writer *writer) {
    if (node->kind == NODE_MAP)
        json_object_end(writer);
    else
        json_array_end(writer);
}

/* Steps to what follows `node` below `top`, closing what ends on the way; NULL at the end. */
static const struct node *node_after(const struct node *top, const struct node *node, struct json_writer *writer) {
    while (node->next == NULL) {
        node = node->parent;
        if (node == top)
            return NULL;
        container_end(node, writer);
    }
    return node->next;
}

/* Not attributes of the event. */
static bool is_own_key(struct slice key) {
    static const char *const keys[] = {"operation", "order",  "account", "activate", "refund",
                                       "at",        "repeat", "id",      "source",   "note"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (slice_is(key, keys[i]))
            return true;
    }
    return false;
}

/* What a map or list has, nested as it stands. */
static void children_write(struct example *example, const struct node *map, bool with_own_keys,
                           struct json_writer *writer) {
    const struct node *node = map->first;
    while (node != NULL) {
        if (!with_own_keys && node->parent == map && is_own_key(node->key)) {
            node = node->next;
            continue;
        }
        if (node->parent->kind == NODE_MAP)
            key_write(example, node->key, writer);
        if (node->kind == NODE_SCALAR) {
            scalar_write(node, writer);
        } else {
            container_begin(node, writer);
            if (node->first != NULL) {
                node = node->first;
                continue;
            }
            container_end(node, writer);
        }
        node = node_after(map, node, writer);
    }
}

/* The members of a map as JSON members. */
static void members_write(struct example *example, const struct node *map, struct json_writer *writer) {
    children_write(example, map, false, writer);
}

/* {postpaid: on} means this tariff. */
static void account_write(struct example *example, const struct node *settings, struct json_writer *writer) {
    for (const struct node *node = settings->first; node != NULL; node = node->next) {
        key_write(example, node->key, writer);
        json_object(writer);
        key_write(example, example->tariff->name, writer);
        scalar_write(node, writer);
        json_object_end(writer);
    }
}

/* The order that an earlier entry of `given` made: by its id, or the latest of that sku. */
static struct slice order_find(struct example *example, const struct node *refund) {
    const struct node *given = node_get(example->node, "given");
    struct slice found = refund->text;
    uint32_t index = 0;
    for (const struct node *entry = given->first; entry != NULL && entry != refund->parent; entry = entry->next) {
        index++;
        if (!slice_eq(text_of(entry, "order"), refund->text))
            continue;
        struct slice id = text_of(entry, "id");
        found = id.len > 0 ? id : arena_printf(example->run, "%u.1", index);
    }
    return found;
}

static void command_data(struct example *example, const struct node *entry, const struct node *what,
                         struct json_writer *writer) {
    if (slice_is(what->key, "account")) {
        account_write(example, what, writer);
        return;
    }
    json_member(writer, "tariff", example->tariff->name);
    if (slice_is(what->key, "order"))
        json_member(writer, "sku", what->text);
    else if (slice_is(what->key, "refund"))
        json_member(writer, "order", order_find(example, what));
    if (what->kind == NODE_MAP)
        members_write(example, what, writer);
    members_write(example, entry, writer);
}

static const struct node *entry_kind(const struct node *entry) {
    static const char *const kinds[] = {"operation", "order", "account", "activate", "refund"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const struct node *node = node_get(entry, kinds[i]);
        if (node != NULL)
            return node;
    }
    return NULL;
}

static void entry_write(struct example *example, const struct node *entry, struct slice id, struct buf *out) {
    const struct node *what = entry_kind(entry);
    struct json_writer writer = {.out = out};
    bool is_usage = what != NULL && slice_is(what->key, "operation");
    if (what == NULL) {
        buf_printf(&example->failures, "given: entry %.*s names no operation, order, account, activate or refund\n",
                   SLICE_ARG(id));
        return;
    }
    struct event_head head = {.id = id, .subject = EXAMPLE_ACCOUNT, .at_ns = example->last_ns};
    head.group = is_usage ? example->tariff->name : SLICE("tollgate");
    head.name = is_usage ? what->text : what->key;
    event_begin(&head, &writer);
    if (is_usage)
        members_write(example, entry, &writer);
    else
        command_data(example, entry, what, &writer);
    event_end(&writer);
    buf_char(out, '\n');
}

static void entry_time(struct example *example, const struct node *entry) {
    struct slice at = text_of(entry, "at");
    if (at.len == 0)
        at = text_of(example->node, "at");
    if (instant_parse(at, &example->last_ns, NULL) != STATUS_OK)
        buf_printf(&example->failures, "given: \"" SLICE_FMT "\" is not an instant; give the example an `at`\n",
                   SLICE_ARG(at));
}

enum status example_given(struct example *example, struct buf *out) {
    const struct node *given = node_get(example->node, "given");
    uint32_t index = 0;
    for (const struct node *entry = given ? given->first : NULL; entry != NULL; entry = entry->next) {
        struct decimal repeat = decimal_from_int(1);
        struct slice repeat_text = text_of(entry, "repeat"), own_id = text_of(entry, "id");
        index++;
        entry_time(example, entry);
        if (repeat_text.len > 0 && decimal_parse(repeat_text, &repeat, NULL) != STATUS_OK)
            buf_text(&example->failures, "given: `repeat` is not a number\n");
        for (wide i = 0; i < repeat.pico / DECIMAL_ONE_PICO; i++) {
            struct slice id = arena_printf(example->run, "%u.%u", index, (unsigned)i + 1);
            if (id.ptr == NULL)
                return STATUS_NO_MEMORY;
            entry_write(example, entry, own_id.len > 0 && i == 0 ? own_id : id, out);
        }
    }
    return out->failed ? STATUS_NO_MEMORY : STATUS_OK;
}

static enum status given_feed(struct session *session, struct slice given) {
    struct slice line;
    while (given.len > 0) {
        slice_cut(given, '\n', &line, &given);
        TRY(session_feed(session, line, NULL, NULL));
    }
    return STATUS_OK;
}

static enum status given_rate(struct example *example, struct slice given) {
    struct session session;
    struct statement statement;
    TRY(session_open(example->set, &session));
    enum status status = given_feed(&session, given);
    if (status == STATUS_OK)
        status = engine_close(session.engine, INSTANT_MAX, &statement);
    if (status == STATUS_OK) {
        status = example_compare(example, &statement);
        statement_free(&statement);
    }
    session_free(&session);
    return status;
}

enum status example_run(struct example *example) {
    struct buf given = {0};
    enum status status = example_given(example, &given);
    if (status == STATUS_OK && example->failures.len == 0)
        status = given_rate(example, buf_slice(&given));
    buf_free(&given);
    return example->failures.failed ? STATUS_NO_MEMORY : status;
}

struct slice example_name(const struct node *node) {
    const struct node *name = node_get(node, "name");
    return name != NULL && name->kind == NODE_SCALAR ? name->text : SLICE("(without a name)");
}

bool example_is_own(const struct tariff *tariff, const struct node *node) {
    return node_get(tariff->root, "extends") == NULL || node->place.file == tariff->file;
}

static void part_json(struct example *example, const char *key, struct json_writer *writer) {
    const struct node *node = node_get(example->node, key);
    json_key(writer, key);
    if (node == NULL) {
        json_null(writer);
    } else if (node->kind == NODE_SCALAR) {
        scalar_write(node, writer);
    } else {
        container_begin(node, writer);
        children_write(example, node, true, writer);
        container_end(node, writer);
    }
}

void example_json(struct example *example, struct json_writer *writer) {
    static const char *const parts[] = {"source", "at", "given", "expect"};
    struct slice rest = buf_slice(&example->failures), line;
    json_object(writer);
    json_member(writer, "tariff", example->tariff->name);
    json_member(writer, "name", example_name(example->node));
    json_member(writer, "file", example->file.len > 0 ? example->file : example->node->place.file->path);
    json_key(writer, "line");
    json_uint(writer, example->node->place.line);
    json_key(writer, "ok");
    json_bool(writer, rest.len == 0);
    json_key(writer, "differences");
    json_array(writer);
    while (rest.len > 0) {
        slice_cut(rest, '\n', &line, &rest);
        json_text(writer, line);
    }
    json_array_end(writer);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        part_json(example, parts[i], writer);
    json_object_end(writer);
}

enum status examples_json(const struct tariff_set *set, const struct tariff *tariff, struct examples *examples) {
    const struct node *list = node_get(tariff->root, "examples");
    struct arena run = {0};
    enum status status = STATUS_OK;
    for (const struct node *node = list ? list->first : NULL; node && status == STATUS_OK; node = node->next) {
        struct example example = {.set = set, .tariff = tariff, .node = node, .run = &run};
        struct slice path = node->place.file->path;
        const char *slash = memrchr(path.ptr, '/', path.len);
        if (!example_is_own(tariff, node))
            continue;
        example.file = slash ? (struct slice){slash + 1, path.len - (size_t)(slash + 1 - path.ptr)} : path;
        status = example_run(&example);
        if (status == STATUS_OK && (example.failures.len > 0 || !examples->only_failed))
            example_json(&example, &examples->writer);
        examples->passed += status == STATUS_OK && example.failures.len == 0;
        examples->failed += example.failures.len > 0;
        buf_free(&example.failures);
        arena_reset(&run);
    }
    arena_free(&run);
    return status;
}
