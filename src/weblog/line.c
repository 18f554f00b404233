/* SPDX-License-Identifier: Apache-2.0
 *
 * One line of a log: its fields, its route, its event. */
#include <sodium.h>
#include <stdlib.h>

#include "base/names.h"
#include "cxx/json.h"
#include "weblog/weblog.h"

struct field {
    struct slice name, value;
};
struct weblog {
    const struct weblog_mapping *mapping;
    struct json_parser *parser;
    struct arena arena; /* of a line */
    struct field fields[WEBLOG_FIELDS_MAX];
    uint32_t field_count;
    struct names seen; /* lines without an id: equal ones are told apart by how many there were */
    uint32_t *counts;
    uint32_t count_cap;
    struct slice reason;
};

enum status weblog_new(const struct weblog_mapping *mapping, struct weblog **ret_weblog) {
    struct weblog *weblog = calloc(1, sizeof *weblog);
    if (weblog == NULL)
        return STATUS_NO_MEMORY;
    weblog->mapping = mapping;
    weblog->parser = json_parser_new();
    if (weblog->parser == NULL || sodium_init() < 0) {
        weblog_free(weblog);
        return STATUS_NO_MEMORY;
    }
    *ret_weblog = weblog;
    return STATUS_OK;
}

void weblog_free(struct weblog *weblog) {
    if (weblog == NULL)
        return;
    json_parser_free(weblog->parser);
    names_free(&weblog->seen);
    free(weblog->counts);
    arena_free(&weblog->arena);
    free(weblog);
}

/* ---- fields ---- */

static void field_add(struct weblog *weblog, struct slice name, struct slice value) {
    if (weblog->field_count < WEBLOG_FIELDS_MAX)
        weblog->fields[weblog->field_count++] = (struct field){name, value};
}

/* ptr NULL: there is none. */
static struct slice field(const struct weblog *weblog, struct slice name) {
    for (uint32_t i = 0; i < weblog->field_count; i++) {
        if (slice_eq(weblog->fields[i].name, name))
            return weblog->fields[i].value;
    }
    return (struct slice){NULL, 0};
}

/* What stands for "nothing" in logs. */
static bool is_empty(struct slice value) {
    return value.ptr == NULL || value.len == 0 || slice_is(value, "-");
}

static bool fields_of_pattern(struct weblog *weblog, struct slice line) {
    regmatch_t groups[WEBLOG_FIELDS_MAX];
    struct slice text = arena_copy(&weblog->arena, line);
    if (text.ptr == NULL || memchr(line.ptr, 0, line.len) != NULL ||
        regexec(&weblog->mapping->pattern, text.ptr, WEBLOG_FIELDS_MAX, groups, 0) != 0)
        return false;
    for (uint32_t i = 0; i < weblog->mapping->group_count; i++) {
        const regmatch_t *group = &groups[i + 1];
        if (group->rm_so >= 0)
            field_add(weblog, weblog->mapping->groups[i],
                      (struct slice){text.ptr + group->rm_so, (size_t)(group->rm_eo - group->rm_so)});
    }
    return true;
}

static bool fields_of_json(struct weblog *weblog, struct slice line) {
    const struct json_token *tokens = NULL;
    struct json_error error;
    size_t count = json_parse(weblog->parser, line.ptr, line.len, &tokens, &error);
    if (count == 0 || tokens->type != JSON_OBJECT)
        return false;
    for (size_t at = 1; at < count && tokens[at].type == JSON_KEY;) {
        const struct json_token *key = &tokens[at], *value = &tokens[at + 1];
        if (value->type == JSON_TEXT || value->type == JSON_NUMBER)
            field_add(weblog, (struct slice){key->ptr, key->len}, (struct slice){value->ptr, value->len});
        at += value->type == JSON_OBJECT || value->type == JSON_ARRAY ? 1 + (size_t)value->len : 2;
    }
    return true;
}

/* ---- routes ---- */

static struct slice segment_next(struct slice *rest) {
    struct slice path = {rest->ptr + 1, rest->len - 1}; /* behind the slash */
    const char *end = memchr(path.ptr, '/', path.len);
    struct slice segment = {path.ptr, end ? (size_t)(end - path.ptr) : path.len};
    *rest = (struct slice){path.ptr + segment.len, path.len - segment.len};
    return segment;
}

/* A segment such as "seg-{number}.ts" against one of a request. */
static bool segment_takes(struct weblog *weblog, struct slice pattern, struct slice segment) {
    const char *open = memchr(pattern.ptr, '{', pattern.len);
    const char *close = open ? memchr(open, '}', pattern.len - (size_t)(open - pattern.ptr)) : NULL;
    if (close == NULL)
        return slice_eq(pattern, segment);
    struct slice before = {pattern.ptr, (size_t)(open - pattern.ptr)};
    struct slice name = {open + 1, (size_t)(close - open - 1)};
    struct slice after = {close + 1, pattern.len - (size_t)(close + 1 - pattern.ptr)};
    if (segment.len <= before.len + after.len || !slice_starts(segment, before) ||
        memcmp(segment.ptr + segment.len - after.len, after.ptr, after.len) != 0)
        return false;
    field_add(weblog, name, (struct slice){segment.ptr + before.len, segment.len - before.len - after.len});
    return true;
}

static bool path_takes(struct weblog *weblog, struct slice pattern, struct slice path) {
    while (pattern.len > 0 && path.len > 0) {
        struct slice wanted = segment_next(&pattern), segment = segment_next(&path);
        if (slice_is(wanted, "*") && pattern.len == 0)
            return true;
        if (!segment_takes(weblog, wanted, segment))
            return false;
    }
    return pattern.len == 0 && path.len == 0;
}

/* The query's parts become the fields arg_NAME, as they are written. */
static struct slice query_cut(struct weblog *weblog, struct slice target) {
    struct slice path, query, part, name, value;
    if (!slice_cut(target, '?', &path, &query))
        return target;
    while (query.len > 0) {
        if (!slice_cut(query, '&', &part, &query))
            query.len = 0;
        if (slice_cut(part, '=', &name, &value))
            field_add(weblog, arena_printf(&weblog->arena, "arg_" SLICE_FMT, SLICE_ARG(name)), value);
    }
    return path;
}

static const struct weblog_route *route_find(struct weblog *weblog) {
    const struct weblog_mapping *mapping = weblog->mapping;
    struct slice method = field(weblog, mapping->method), target = field(weblog, mapping->path);
    if (target.ptr == NULL || target.len == 0 || target.ptr[0] != '/')
        return NULL;
    struct slice path = query_cut(weblog, target);
    uint32_t before = weblog->field_count;
    for (uint32_t i = 0; i < mapping->route_count; i++) {
        const struct weblog_route *route = &mapping->routes[i];
        weblog->field_count = before;
        if ((route->method.len == 0 || slice_eq(route->method, method)) && path_takes(weblog, route->path, path))
            return route;
    }
    return NULL;
}

/* ---- time ---- */

/* "15/Feb/2026:08:50:00 +0800" as RFC 3339; ptr NULL: it is not that. */
static struct slice clf_time(struct arena *arena, struct slice text) {
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    if (text.len != 26 || text.ptr[2] != '/' || text.ptr[6] != '/' || text.ptr[11] != ':' || text.ptr[20] != ' ')
        return (struct slice){NULL, 0};
    for (int month = 0; month < 12; month++) {
        if (memcmp(months + 3 * (size_t)month, text.ptr + 3, 3) == 0)
            return arena_printf(arena, "%.4s-%02d-%.2s%c%.8s%.3s:%.2s", text.ptr + 7, month + 1, text.ptr, 'T',
                                text.ptr + 12, text.ptr + 21, text.ptr + 24);
    }
    return (struct slice){NULL, 0};
}

static bool time_read(struct weblog *weblog, struct slice text, int64_t *ret_ns) {
    struct decimal seconds;
    struct slice clf = clf_time(&weblog->arena, text);
    if (clf.ptr != NULL)
        text = clf;
    if (instant_parse(text, ret_ns, NULL) == STATUS_OK)
        return true;
    if (decimal_parse(text, &seconds, NULL) != STATUS_OK || seconds.pico < 0 ||
        seconds.pico > (wide)INT64_MAX / NS_PER_SECOND * DECIMAL_ONE_PICO)
        return false;
    *ret_ns = (int64_t)(seconds.pico / (DECIMAL_ONE_PICO / NS_PER_SECOND));
    return true;
}

/* ---- the event ---- */

/* Without an id of its own a line is known by its bytes, and by how many like it there were before. */
static enum status id_of(struct weblog *weblog, struct slice line, struct slice *ret_id) {
    unsigned char hash[16];
    char digits[2 * sizeof hash + 1];
    uint32_t known = weblog->seen.count, index;
    *ret_id = field(weblog, weblog->mapping->id);
    if (!is_empty(*ret_id))
        return STATUS_OK;
    crypto_generichash(hash, sizeof hash, (const unsigned char *)line.ptr, line.len, NULL, 0);
    sodium_bin2hex(digits, sizeof digits, hash, sizeof hash);
    TRY(names_add(&weblog->seen, slice_of(digits), &index));
    if (index >= weblog->count_cap) {
        uint32_t cap = weblog->count_cap ? 2 * weblog->count_cap : 1024;
        uint32_t *counts = reallocarray(weblog->counts, cap, sizeof *counts);
        if (counts == NULL)
            return STATUS_NO_MEMORY;
        weblog->counts = counts;
        weblog->count_cap = cap;
    }
    weblog->counts[index] = index == known ? 0 : weblog->counts[index] + 1;
    *ret_id = arena_printf(&weblog->arena, "%s-%u", digits, weblog->counts[index]);
    return ret_id->ptr ? STATUS_OK : STATUS_NO_MEMORY;
}

static void member(struct weblog *weblog, struct json_writer *writer, struct slice name, struct slice value,
                   bool is_raw) {
    struct slice key = arena_copy(&weblog->arena, name);
    if (key.ptr == NULL) {
        writer->out->failed = true;
        return;
    }
    json_key(writer, key.ptr);
    if (is_raw)
        json_raw(writer, value);
    else
        json_text(writer, value);
}

static bool play_write(struct weblog *weblog, const struct weblog_play *play, struct json_writer *writer) {
    struct slice media = field(weblog, play->media), number = field(weblog, play->number);
    struct decimal from, to;
    uint64_t index;
    char text[DECIMAL_TEXT_MAX];
    if (is_empty(media) || !slice_number(number, WEBLOG_SEGMENT_MAX, &index) || index < play->first ||
        decimal_price(decimal_from_int((int64_t)(index - play->first)), play->seconds, decimal_from_int(1),
                      DECIMAL_SCALE, ROUND_DOWN, &from) != STATUS_OK ||
        decimal_add(from, play->seconds, &to) != STATUS_OK)
        return false;
    json_member(writer, "media", media);
    json_key(writer, "play");
    json_object(writer);
    json_member(writer, "from", (struct slice){text, decimal_format(from, text)});
    json_member(writer, "to", (struct slice){text, decimal_format(to, text)});
    json_object_end(writer);
    return true;
}

/* False: something that the route needs is not there; the reason says what. */
static bool data_write(struct weblog *weblog, const struct weblog_route *route, struct json_writer *writer) {
    struct slice status = field(weblog, weblog->mapping->status);
    json_object(writer);
    if (!is_empty(status))
        json_member(writer, "status", status);
    for (uint32_t i = 0; i < route->constant_count; i++)
        member(weblog, writer, route->constants[i].name, route->constants[i].value, true);
    for (uint32_t i = 0; i < route->field_count; i++) {
        struct slice value = field(weblog, route->fields[i].value);
        if (!is_empty(value)) /* what is missing makes the event unpriced where the tariff needs it */
            member(weblog, writer, route->fields[i].name, value, false);
    }
    bool is_whole = !route->play.is_set || play_write(weblog, &route->play, writer);
    if (!is_whole)
        weblog->reason = SLICE("the segment's stream or number is missing");
    json_object_end(writer);
    return is_whole;
}

static enum status event_write(struct weblog *weblog, const struct weblog_route *route, struct slice line,
                               struct buf *out, enum weblog_outcome *ret_outcome) {
    struct json_writer writer = {.out = out};
    char at[INSTANT_TEXT_MAX];
    struct slice id;
    int64_t at_ns;
    size_t before = out->len;
    *ret_outcome = WEBLOG_MALFORMED;
    if (!time_read(weblog, field(weblog, weblog->mapping->time), &at_ns)) {
        weblog->reason = SLICE("its time is none: RFC 3339, seconds since 1970, or 15/Feb/2026:08:50:00 +0800");
        return STATUS_OK;
    }
    TRY(id_of(weblog, line, &id));
    json_object(&writer);
    json_member(&writer, "specversion", SLICE("1.0"));
    json_member(&writer, "id", id);
    json_member(&writer, "source", weblog->mapping->source);
    json_member(&writer, "type", route->operation);
    json_member(&writer, "subject", field(weblog, weblog->mapping->account));
    json_member(&writer, "time", (struct slice){at, instant_format(at_ns, NULL, at)});
    json_key(&writer, "data");
    bool is_whole = data_write(weblog, route, &writer);
    json_object_end(&writer);
    buf_char(out, '\n');
    if (out->failed)
        return STATUS_NO_MEMORY;
    if (is_whole)
        *ret_outcome = WEBLOG_EVENT;
    else
        out->len = before;
    return STATUS_OK;
}

enum status weblog_line(struct weblog *weblog, struct slice line, struct buf *out, enum weblog_outcome *ret_outcome,
                        struct slice *ret_reason) {
    arena_reset(&weblog->arena);
    weblog->field_count = 0;
    weblog->reason = SLICE("");
    *ret_outcome = WEBLOG_MALFORMED;
    bool is_read = weblog->mapping->is_json ? fields_of_json(weblog, line) : fields_of_pattern(weblog, line);
    const struct weblog_route *route = is_read ? route_find(weblog) : NULL;
    enum status status = STATUS_OK;
    if (!is_read)
        weblog->reason = SLICE("it is no line of this log");
    else if (route == NULL || is_empty(field(weblog, weblog->mapping->account)))
        *ret_outcome = WEBLOG_OTHER;
    else
        status = event_write(weblog, route, line, out, ret_outcome);
    *ret_reason = weblog->reason;
    return status;
}
