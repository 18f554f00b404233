/* SPDX-License-Identifier: Apache-2.0
 *
 * The mapping file. */
#include "tariff/yaml.h"
#include "weblog/weblog.h"

/* host ident user [time] "method path version" status bytes, and whatever follows. */
#define COMBINED "^([^ ]+) ([^ ]+) ([^ ]+) \\[([^]]+)\\] \"([A-Z]+) ([^ \"]+) [^\"]*\" ([0-9]{3}) ([0-9]+|-)"

struct reading {
    struct arena *arena;
    struct diags *diags;
    struct weblog_mapping *mapping;
};

PRINTF(3, 4) static void wrong(struct reading *reading, struct place place, const char *format, ...) {
    struct buf text = {0};
    va_list args;
    va_start(args, format);
    buf_vprintf(&text, format, args);
    va_end(args);
    diags_add(reading->diags, SEVERITY_ERROR, place, NULL, SLICE_FMT, SLICE_ARG(buf_slice(&text)));
    buf_free(&text);
}

static bool text_read(struct reading *reading, const struct node *node, struct slice *ret) {
    if (node->kind != NODE_SCALAR || node->text.len == 0) {
        wrong(reading, node->place, "\"%.*s\" is a text", SLICE_ARG(node->key));
        return false;
    }
    *ret = node->text;
    return true;
}

static bool is_bare(const struct node *node) {
    struct decimal number;
    return !node->is_quoted && (slice_is(node->text, "true") || slice_is(node->text, "false") ||
                                decimal_parse(node->text, &number, NULL) == STATUS_OK);
}

static void value_write(const struct node *node, struct json_writer *writer) {
    if (node->kind == NODE_MAP)
        json_object(writer);
    else if (node->kind == NODE_LIST)
        json_array(writer);
    else if (is_bare(node))
        json_raw(writer, node->text);
    else
        json_text(writer, node->text);
}

/* The next node of a walk in the order of the file; ends what ends on the way. NULL: that was the last one. */
static const struct node *walk_next(const struct node *node, const struct node *root, struct json_writer *writer) {
    if (node->kind != NODE_SCALAR && node->first != NULL)
        return node->first;
    for (;; node = node->parent) {
        if (node->kind == NODE_MAP)
            json_object_end(writer);
        else if (node->kind == NODE_LIST)
            json_array_end(writer);
        if (node == root)
            return NULL;
        if (node->next != NULL)
            return node->next;
    }
}

/* A constant of any shape as JSON. */
static enum status constant_write(struct reading *reading, const struct node *root, struct slice *ret_json) {
    struct buf text = {0};
    struct json_writer writer = {.out = &text};
    for (const struct node *node = root; node != NULL; node = walk_next(node, root, &writer)) {
        if (node != root && node->parent->kind == NODE_MAP) {
            struct slice key = arena_copy(reading->arena, node->key);
            json_key(&writer, key.ptr ? key.ptr : "");
        }
        value_write(node, &writer);
    }
    *ret_json = arena_copy(reading->arena, buf_slice(&text));
    bool is_whole = !text.failed && ret_json->ptr != NULL;
    buf_free(&text);
    return is_whole ? STATUS_OK : STATUS_NO_MEMORY;
}

static enum status pairs_read(struct reading *reading, const struct node *map, bool are_constants,
                              struct weblog_pair **ret_list, uint32_t *ret_count) {
    struct weblog_pair *list = ARENA_ARRAY(reading->arena, map->count + (size_t)1, struct weblog_pair);
    uint32_t count = 0;
    if (list == NULL)
        return STATUS_NO_MEMORY;
    if (map->kind != NODE_MAP)
        wrong(reading, map->place, "\"%.*s\" is a map of attributes", SLICE_ARG(map->key));
    for (const struct node *node = map->kind == NODE_MAP ? map->first : NULL; node; node = node->next) {
        list[count].name = node->key;
        if (are_constants)
            TRY(constant_write(reading, node, &list[count].value));
        count += are_constants || text_read(reading, node, &list[count].value) ? 1 : 0;
    }
    *ret_list = list;
    *ret_count = count;
    return STATUS_OK;
}

static void play_read(struct reading *reading, const struct node *map, struct weblog_play *ret_play) {
    const struct node *media = node_get(map, "media"), *number = node_get(map, "number"),
                      *seconds = node_get(map, "seconds"), *first = node_get(map, "first");
    struct slice text = {0};
    if (media == NULL || number == NULL || seconds == NULL) {
        wrong(reading, map->place, "play needs media and number, which are fields, and seconds");
        return;
    }
    bool is_well = text_read(reading, media, &ret_play->media);
    is_well = text_read(reading, number, &ret_play->number) && is_well;
    is_well = text_read(reading, seconds, &text) && is_well;
    if (is_well && (decimal_parse(text, &ret_play->seconds, NULL) != STATUS_OK || ret_play->seconds.pico <= 0))
        wrong(reading, seconds->place, "\"%.*s\" is no length in seconds", SLICE_ARG(text));
    if (first != NULL && text_read(reading, first, &text) && !slice_number(text, WEBLOG_SEGMENT_MAX, &ret_play->first))
        wrong(reading, first->place, "\"%.*s\" is no number of a segment", SLICE_ARG(text));
    ret_play->is_set = true;
}

static enum status route_member(struct reading *reading, const struct node *node, struct weblog_route *route) {
    if (slice_is(node->key, "path"))
        (void)text_read(reading, node, &route->path);
    else if (slice_is(node->key, "method"))
        (void)text_read(reading, node, &route->method);
    else if (slice_is(node->key, "operation"))
        (void)text_read(reading, node, &route->operation);
    else if (slice_is(node->key, "data"))
        return pairs_read(reading, node, true, &route->constants, &route->constant_count);
    else if (slice_is(node->key, "fields"))
        return pairs_read(reading, node, false, &route->fields, &route->field_count);
    else if (slice_is(node->key, "play"))
        play_read(reading, node, &route->play);
    else
        wrong(reading, node->key_place, "unknown key \"%.*s\": a route has path, method, operation, data, fields, play",
              SLICE_ARG(node->key));
    return STATUS_OK;
}

static enum status routes_read(struct reading *reading, const struct node *list) {
    struct weblog_mapping *mapping = reading->mapping;
    mapping->routes = ARENA_ARRAY(reading->arena, list->count + (size_t)1, struct weblog_route);
    if (mapping->routes == NULL)
        return STATUS_NO_MEMORY;
    if (list->kind != NODE_LIST)
        wrong(reading, list->place, "routes are a list");
    for (const struct node *one = list->kind == NODE_LIST ? list->first : NULL; one; one = one->next) {
        struct weblog_route *route = &mapping->routes[mapping->route_count++];
        for (const struct node *node = one->kind == NODE_MAP ? one->first : NULL; node; node = node->next)
            TRY(route_member(reading, node, route));
        if (route->path.len == 0 || route->path.ptr[0] != '/')
            wrong(reading, one->place, "a route needs a path that begins with /");
        if (memchr(route->operation.ptr ? route->operation.ptr : "", '.', route->operation.len) == NULL)
            wrong(reading, one->place, "a route needs an operation with its tariff, e.g. imm.DetectImageLabels");
    }
    return STATUS_OK;
}

static enum status groups_read(struct reading *reading, const struct node *list) {
    struct weblog_mapping *mapping = reading->mapping;
    mapping->groups = ARENA_ARRAY(reading->arena, list->count + (size_t)1, struct slice);
    if (mapping->groups == NULL)
        return STATUS_NO_MEMORY;
    for (const struct node *node = list->first; node; node = node->next)
        mapping->group_count += text_read(reading, node, &mapping->groups[mapping->group_count]) ? 1 : 0;
    return STATUS_OK;
}

static void pattern_compile(struct reading *reading, struct slice pattern, struct place place) {
    struct weblog_mapping *mapping = reading->mapping;
    char reason[160];
    struct slice text = arena_copy(reading->arena, pattern);
    int code = text.ptr ? regcomp(&mapping->pattern, text.ptr, REG_EXTENDED) : REG_ESPACE;
    mapping->has_pattern = code == 0;
    if (code == 0)
        return;
    regerror(code, &mapping->pattern, reason, sizeof reason);
    wrong(reading, place, "the pattern is no extended regular expression: %s", reason);
}

static void format_read(struct reading *reading, const struct node *node) {
    static const char *const names[] = {"address", "ident", "user", "time", "method", "path", "status", "bytes"};
    static struct slice groups[sizeof names / sizeof *names];
    struct weblog_mapping *mapping = reading->mapping;
    struct slice name = {0};
    if (!text_read(reading, node, &name))
        return;
    mapping->is_json = slice_is(name, "json");
    if (!mapping->is_json && !slice_is(name, "combined")) {
        wrong(reading, node->place, "there is no format \"%.*s\": json, combined, or a pattern", SLICE_ARG(name));
        return;
    }
    if (mapping->is_json)
        return;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        groups[i] = slice_of(names[i]);
    mapping->groups = groups;
    mapping->group_count = sizeof names / sizeof *names;
    pattern_compile(reading, SLICE(COMBINED), node->place);
}

static enum status member_read(struct reading *reading, const struct node *node) {
    struct weblog_mapping *mapping = reading->mapping;
    const struct {
        const char *key;
        struct slice *text;
    } texts[] = {{"source", &mapping->source}, {"account", &mapping->account}, {"id", &mapping->id},
                 {"time", &mapping->time},     {"method", &mapping->method},   {"path", &mapping->path},
                 {"status", &mapping->status}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (slice_is(node->key, texts[i].key)) {
            (void)text_read(reading, node, texts[i].text);
            return STATUS_OK;
        }
    }
    struct slice pattern = {0};
    if (slice_is(node->key, "format"))
        format_read(reading, node);
    else if (slice_is(node->key, "pattern") && text_read(reading, node, &pattern))
        pattern_compile(reading, pattern, node->place);
    else if (slice_is(node->key, "groups"))
        return groups_read(reading, node);
    else if (slice_is(node->key, "routes"))
        return routes_read(reading, node);
    else if (!slice_is(node->key, "pattern"))
        wrong(reading, node->key_place,
              "unknown key \"%.*s\": a mapping has format or pattern and groups, source, account, id, time, method, "
              "path, status, routes",
              SLICE_ARG(node->key));
    return STATUS_OK;
}

static void check_whole(struct reading *reading, const struct node *root) {
    const struct weblog_mapping *mapping = reading->mapping;
    if (!mapping->is_json && !mapping->has_pattern)
        wrong(reading, root->place, "how a line is read is not said: format: json or combined, or a pattern");
    if (mapping->has_pattern && mapping->pattern.re_nsub != mapping->group_count)
        wrong(reading, root->place, "the pattern has %zu groups, %u names are given", mapping->pattern.re_nsub,
              mapping->group_count);
    if (mapping->group_count >= WEBLOG_FIELDS_MAX)
        wrong(reading, root->place, "more than %d groups", WEBLOG_FIELDS_MAX - 1);
    if (mapping->source.len == 0)
        wrong(reading, root->place, "source is not said: the name of what writes this log");
    if (mapping->account.len == 0 || mapping->time.len == 0 || mapping->path.len == 0)
        wrong(reading, root->place, "account, time and path name the fields that hold them");
    if (mapping->route_count == 0)
        wrong(reading, root->place, "there are no routes");
}

enum status weblog_mapping_read(const char *path, struct arena *arena, struct diags *diags,
                                struct weblog_mapping *ret_mapping) {
    struct reading reading = {arena, diags, ret_mapping};
    struct source_file *file;
    struct node *root;
    *ret_mapping = (struct weblog_mapping){.is_json = false};
    TRY(source_file_read(path, arena, &file));
    TRY(yaml_parse(file, arena, diags, &root));
    if (root->kind != NODE_MAP)
        wrong(&reading, root->place, "a mapping is a map");
    for (const struct node *node = root->kind == NODE_MAP ? root->first : NULL; node; node = node->next)
        TRY(member_read(&reading, node));
    check_whole(&reading, root);
    return diags->error_count > 0 ? STATUS_INVALID : STATUS_OK;
}

void weblog_mapping_free(struct weblog_mapping *mapping) {
    if (mapping->has_pattern)
        regfree(&mapping->pattern);
    mapping->has_pattern = false;
}
