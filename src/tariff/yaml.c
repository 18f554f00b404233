/* SPDX-License-Identifier: Apache-2.0
 *
 * libyaml's events to a tree with places. Whatever makes YAML surprising (anchors, aliases, tags, merge keys, several
 * documents, tabs, repeated keys) is refused here, so that no reader above has to think of it.
 *
 * libyaml counts characters; places count bytes. A cursor walks from one mark to the next and keeps both. */
#include "tariff/yaml.h"

#include <stdlib.h>
#include <yaml.h>

enum { DEPTH_MAX = 32, MISTAKES_MAX = 200 };

struct cursor {
    size_t character, byte; /* of the text */
    uint32_t line;          /* from 1 */
    size_t line_start;      /* byte */
};

struct reader {
    const struct source_file *file;
    struct slice text;
    struct arena *plan;
    struct diags *diags;
    yaml_parser_t parser;
    struct cursor cursor;
    struct node *root, *parent;
    struct slice key; /* of the value to come */
    struct place key_place;
    bool has_key;
    uint32_t depth, documents, mistakes;
};

static bool byte_continues(char byte) {
    return ((unsigned char)byte & 0xC0) == 0x80;
}

static struct place place_at(const struct source_file *file, const struct cursor *cursor) {
    return (struct place){file, cursor->line, (uint32_t)(cursor->byte - cursor->line_start) + 1, 0};
}

static void cursor_step(struct cursor *cursor, struct slice text) {
    if (text.ptr[cursor->byte] == '\n') {
        cursor->line++;
        cursor->line_start = cursor->byte + 1;
    }
    cursor->byte++;
    while (cursor->byte < text.len && byte_continues(text.ptr[cursor->byte]))
        cursor->byte++;
    cursor->character++;
}

/* Marks rise, except that a collection starts where its first key starts: then the walk goes back a little.
 */
static void cursor_seek(struct cursor *cursor, struct slice text, size_t character) {
    bool is_other_line = false;
    while (cursor->character > character && cursor->byte > 0) {
        cursor->byte--;
        while (cursor->byte > 0 && byte_continues(text.ptr[cursor->byte]))
            cursor->byte--;
        cursor->character--;
        if (text.ptr[cursor->byte] == '\n') {
            cursor->line--;
            is_other_line = true;
        }
    }
    if (is_other_line) {
        cursor->line_start = cursor->byte;
        while (cursor->line_start > 0 && text.ptr[cursor->line_start - 1] != '\n')
            cursor->line_start--;
    }
    while (cursor->character < character && cursor->byte < text.len)
        cursor_step(cursor, text);
}

static struct place place_of_mark(struct reader *reader, const yaml_mark_t *mark) {
    cursor_seek(&reader->cursor, reader->text, mark->index);
    return place_at(reader->file, &reader->cursor);
}

/* ---- bytes before YAML ---- */

static size_t utf8_length(const unsigned char *text, size_t left) {
    if (text[0] < 0x80)
        return 1;
    size_t length = text[0] >= 0xC2 && text[0] < 0xE0 ? 2 : (text[0] & 0xF0) == 0xE0 ? 3 : 0;
    if (text[0] >= 0xF0 && text[0] < 0xF5)
        length = 4;
    if (length == 0 || length > left)
        return 0;
    for (size_t i = 1; i < length; i++)
        if (!byte_continues((char)text[i]))
            return 0;
    bool is_overlong = (text[0] == 0xE0 && text[1] < 0xA0) || (text[0] == 0xF0 && text[1] < 0x90);
    bool is_outside = (text[0] == 0xED && text[1] > 0x9F) || (text[0] == 0xF4 && text[1] > 0x8F);
    return is_overlong || is_outside ? 0 : length;
}

/* Characters that YAML refuses or takes for line breaks that no editor shows. */
static bool character_is_odd(const unsigned char *text, size_t length) {
    if (length == 1)
        return (text[0] < 0x20 && text[0] != '\t' && text[0] != '\n' && text[0] != '\r') || text[0] == 0x7F;
    if (length == 2)
        return text[0] == 0xC2 && text[1] < 0xA0;
    if (length == 3)
        return (text[0] == 0xE2 && text[1] == 0x80 && (text[2] == 0xA8 || text[2] == 0xA9)) ||
               (text[0] == 0xEF && text[1] == 0xBF && text[2] >= 0xBE) || memcmp(text, "\xEF\xBB\xBF", 3) == 0;
    return false;
}

static void check_byte(struct reader *reader, const struct cursor *cursor, bool *is_indent, size_t *ret_length) {
    const unsigned char *at = (const unsigned char *)reader->text.ptr + cursor->byte;
    *ret_length = utf8_length(at, reader->text.len - cursor->byte);
    struct place place = place_at(reader->file, cursor);
    if (*ret_length == 0) {
        diags_add(reader->diags, SEVERITY_ERROR, place, "save the file as UTF-8", "byte 0x%02x is not valid UTF-8",
                  at[0]);
        reader->mistakes++;
    } else if (character_is_odd(at, *ret_length)) {
        diags_add(reader->diags, SEVERITY_ERROR, place, "delete it", "a control character or odd line break");
        reader->mistakes++;
    } else if (at[0] == '\t' && *is_indent) {
        diags_add(reader->diags, SEVERITY_ERROR, place, "indent with spaces", "a tab indents this line");
        reader->mistakes++;
    }
    *is_indent = at[0] == '\n' || (*is_indent && at[0] == ' ');
}

static enum status check_bytes(struct reader *reader) {
    struct cursor cursor = {.line = 1};
    bool is_indent = true;
    if (memchr(reader->text.ptr, '\0', reader->text.len) != NULL) {
        diags_add(reader->diags, SEVERITY_ERROR, (struct place){reader->file, 1, 1, 0}, "name a YAML file",
                  "the file is no text");
        return STATUS_INVALID;
    }
    while (cursor.byte < reader->text.len && reader->mistakes < MISTAKES_MAX) {
        size_t length;
        check_byte(reader, &cursor, &is_indent, &length);
        if (reader->text.ptr[cursor.byte] == '\n') {
            cursor.line++;
            cursor.line_start = cursor.byte + 1;
        }
        cursor.byte += length == 0 ? 1 : length;
    }
    return reader->mistakes > 0 ? STATUS_INVALID : STATUS_OK;
}

/* ---- events ---- */

static void refuse(struct reader *reader, struct place place, const char *hint, const char *text) {
    diags_add(reader->diags, SEVERITY_ERROR, place, hint, "%s", text);
    reader->mistakes++;
}

static enum status node_new(struct reader *reader, const yaml_event_t *event, enum node_kind kind,
                            struct node **ret_node) {
    struct node *node = ARENA_NEW(reader->plan, struct node);
    if (node == NULL)
        return STATUS_NO_MEMORY;
    node->kind = kind;
    node->place = place_of_mark(reader, &event->start_mark);
    node->key = reader->key;
    node->key_place = reader->key_place;
    *ret_node = node;
    return STATUS_OK;
}

/* lasts: the newest child at each depth, so that adding costs the same however long a list is. */
static void node_attach(struct reader *reader, struct node *node, struct node **lasts) {
    node->parent = reader->parent;
    reader->has_key = false;
    reader->key = (struct slice){0};
    reader->key_place = (struct place){0};
    if (reader->parent == NULL) {
        if (reader->root == NULL)
            reader->root = node;
        return;
    }
    if (reader->parent->first == NULL)
        reader->parent->first = node;
    else
        lasts[reader->depth]->next = node;
    lasts[reader->depth] = node;
    reader->parent->count++;
}

static void check_decoration(struct reader *reader, const yaml_event_t *event, const yaml_char_t *anchor,
                             const yaml_char_t *tag) {
    if (anchor != NULL)
        refuse(reader, place_of_mark(reader, &event->start_mark),
               "write the value out where it is used, or use `include` and `extends`", "anchors are refused");
    if (tag != NULL)
        refuse(reader, place_of_mark(reader, &event->start_mark),
               "delete the tag: every value is text until it is read", "tags are refused");
}

/* A block text (`|` or `>`) starts on a later line than its mark: place it at its first character. */
static void place_scalar(struct reader *reader, const yaml_event_t *event, struct node *node) {
    yaml_scalar_style_t style = event->data.scalar.style;
    node->is_quoted = style == YAML_SINGLE_QUOTED_SCALAR_STYLE || style == YAML_DOUBLE_QUOTED_SCALAR_STYLE;
    struct slice text = reader->text;
    struct cursor cursor = reader->cursor;
    if (style == YAML_LITERAL_SCALAR_STYLE || style == YAML_FOLDED_SCALAR_STYLE) {
        node->is_quoted = false;
        while (cursor.byte < text.len && text.ptr[cursor.byte] != '\n')
            cursor_step(&cursor, text);
        while (cursor.byte < text.len && (text.ptr[cursor.byte] == '\n' || text.ptr[cursor.byte] == ' '))
            cursor_step(&cursor, text);
        node->place = place_at(reader->file, &cursor);
    }
    size_t end = cursor.byte,
           left = event->end_mark.index > cursor.character ? event->end_mark.index : cursor.character;
    for (size_t i = cursor.character; i < left && end < text.len && text.ptr[end] != '\n'; i++) {
        end++;
        while (end < text.len && byte_continues(text.ptr[end]))
            end++;
    }
    node->place.length = (uint32_t)(end - cursor.byte);
}

static enum status take_key(struct reader *reader, const struct node *node) {
    if (node->text.len == 0)
        refuse(reader, node->place, "write a name before the colon", "an empty key");
    if (slice_is(node->text, "<<") && !node->is_quoted)
        refuse(reader, node->place, "use `include` or `extends`", "merge keys are refused");
    reader->key = node->text;
    reader->key_place = node->place;
    reader->has_key = true;
    return STATUS_OK;
}

static bool expects_key(const struct reader *reader) {
    return reader->parent != NULL && reader->parent->kind == NODE_MAP && !reader->has_key;
}

static enum status on_scalar(struct reader *reader, const yaml_event_t *event, struct node **lasts) {
    check_decoration(reader, event, event->data.scalar.anchor, event->data.scalar.tag);
    struct node *node = NULL;
    TRY(node_new(reader, event, NODE_SCALAR, &node));
    place_scalar(reader, event, node);
    node->text =
        arena_copy(reader->plan, (struct slice){(const char *)event->data.scalar.value, event->data.scalar.length});
    if (node->text.ptr == NULL)
        return STATUS_NO_MEMORY;
    if (memchr(node->text.ptr, 0, node->text.len) != NULL)
        refuse(reader, node->place, "delete it", "a NUL character");
    if (expects_key(reader))
        return take_key(reader, node);
    node_attach(reader, node, lasts);
    return STATUS_OK;
}

static enum status on_start(struct reader *reader, const yaml_event_t *event, struct node **lasts) {
    bool is_map = event->type == YAML_MAPPING_START_EVENT;
    check_decoration(reader, event, is_map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor,
                     is_map ? event->data.mapping_start.tag : event->data.sequence_start.tag);
    struct node *node = NULL;
    TRY(node_new(reader, event, is_map ? NODE_MAP : NODE_LIST, &node));
    node->is_flow = is_map ? event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE
                           : event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
    if (expects_key(reader)) {
        refuse(reader, node->place, "write a name before the colon", "a key must be text");
        return STATUS_INVALID;
    }
    if (reader->depth + 1 >= DEPTH_MAX) {
        refuse(reader, node->place, "write it flatter", "nested deeper than 32 levels");
        return STATUS_INVALID;
    }
    node_attach(reader, node, lasts);
    reader->parent = node;
    reader->depth++;
    return STATUS_OK;
}

static int node_key_compare(const void *left, const void *right) {
    const struct node *a = *(const struct node *const *)left, *b = *(const struct node *const *)right;
    int order = slice_cmp(a->key, b->key);
    if (order == 0)
        order = (a->key_place.line > b->key_place.line) - (a->key_place.line < b->key_place.line);
    return order != 0 ? order
                      : (a->key_place.column > b->key_place.column) - (a->key_place.column < b->key_place.column);
}

static enum status check_repeats(struct reader *reader, const struct node *map) {
    if (map->count < 2)
        return STATUS_OK;
    struct node **sorted = reallocarray(NULL, map->count, sizeof *sorted);
    if (sorted == NULL)
        return STATUS_NO_MEMORY;
    size_t count = 0;
    for (struct node *child = map->first; child != NULL; child = child->next)
        sorted[count++] = child;
    qsort(sorted, count, sizeof *sorted, node_key_compare);
    for (size_t i = 1; i < count && reader->mistakes < MISTAKES_MAX; i++) {
        if (!slice_eq(sorted[i - 1]->key, sorted[i]->key))
            continue;
        diags_add(reader->diags, SEVERITY_ERROR, sorted[i]->key_place, "delete one of them",
                  "duplicate key `" SLICE_FMT "`", SLICE_ARG(sorted[i]->key));
        diags_add(reader->diags, SEVERITY_NOTE, sorted[i - 1]->key_place, NULL, "the first one is here");
        reader->mistakes++;
    }
    free(sorted);
    return STATUS_OK;
}

static enum status on_end(struct reader *reader) {
    const struct node *node = reader->parent;
    if (node->kind == NODE_MAP)
        TRY(check_repeats(reader, node));
    reader->parent = node->parent;
    reader->depth--;
    return STATUS_OK;
}

static enum status on_event(struct reader *reader, const yaml_event_t *event, struct node **lasts) {
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (reader->documents++ > 0) {
            refuse(reader, place_of_mark(reader, &event->start_mark), "put it into a file of its own",
                   "a second document in one file");
            return STATUS_INVALID;
        }
        return STATUS_OK;
    case YAML_ALIAS_EVENT:
        refuse(reader, place_of_mark(reader, &event->start_mark), "write the value out", "aliases are refused");
        if (!expects_key(reader)) {
            struct node *node = NULL;
            TRY(node_new(reader, event, NODE_SCALAR, &node));
            node_attach(reader, node, lasts);
            return STATUS_OK;
        }
        return STATUS_INVALID;
    case YAML_SCALAR_EVENT:
        return on_scalar(reader, event, lasts);
    case YAML_SEQUENCE_START_EVENT:
    case YAML_MAPPING_START_EVENT:
        return on_start(reader, event, lasts);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return on_end(reader);
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        return STATUS_OK;
    }
    return STATUS_OK;
}

static enum status refuse_syntax(struct reader *reader) {
    if (reader->parser.error == YAML_MEMORY_ERROR)
        return STATUS_NO_MEMORY;
    const char *problem = reader->parser.problem != NULL ? reader->parser.problem : "not readable as YAML";
    struct place place = place_of_mark(reader, &reader->parser.problem_mark);
    diags_add(reader->diags, SEVERITY_ERROR, place,
              "quote texts that hold `: `, ` #`, or begin with one of []{},&*!|>'\"%@`", "not well-formed YAML: %s",
              problem);
    if (reader->parser.context != NULL)
        diags_add(reader->diags, SEVERITY_NOTE, place_of_mark(reader, &reader->parser.context_mark), NULL, "%s",
                  reader->parser.context);
    return STATUS_INVALID;
}

static enum status read_events(struct reader *reader) {
    struct node *lasts[DEPTH_MAX + 1] = {0};
    bool is_done = false;
    while (!is_done) {
        yaml_event_t event;
        if (!yaml_parser_parse(&reader->parser, &event))
            return refuse_syntax(reader);
        is_done = event.type == YAML_STREAM_END_EVENT;
        enum status status = on_event(reader, &event, lasts);
        yaml_event_delete(&event);
        TRY(status);
        if (reader->mistakes >= MISTAKES_MAX)
            return STATUS_INVALID;
    }
    return reader->mistakes > 0 ? STATUS_INVALID : STATUS_OK;
}

enum status yaml_parse(const struct source_file *file, struct arena *plan, struct diags *diags,
                       struct node **ret_root) {
    struct reader reader = {.file = file, .text = file->text, .plan = plan, .diags = diags, .cursor = {.line = 1}};
    TRY(check_bytes(&reader));
    if (!yaml_parser_initialize(&reader.parser))
        return STATUS_NO_MEMORY;
    yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)reader.text.ptr, reader.text.len);
    enum status status = read_events(&reader);
    yaml_parser_delete(&reader.parser);
    TRY(status);
    if (reader.root == NULL) {
        diags_add(diags, SEVERITY_ERROR, (struct place){file, 1, 1, 0}, "write `key: value`", "the file is empty");
        return STATUS_INVALID;
    }
    *ret_root = reader.root;
    return STATUS_OK;
}

struct node *node_find(const struct node *map, struct slice key) {
    if (map == NULL || map->kind != NODE_MAP)
        return NULL;
    for (struct node *child = map->first; child != NULL; child = child->next)
        if (slice_eq(child->key, key))
            return child;
    return NULL;
}

struct node *node_get(const struct node *map, const char *key) {
    return node_find(map, slice_of(key));
}
