/* SPDX-License-Identifier: Apache-2.0
 *
 * Taking documents apart. A document is texts between values: {"id":" e-1 ","count": 3 }. The texts of all documents
 * are paths in a tree, whose nodes are texts; a value is what follows a node, and every node has a column of them. So
 * what is the same in all documents is written once, and like stands beside like for the codec. Any way to cut a
 * document that puts it together again is right; what is cut badly is only pressed badly. */
#include "journal/columns_private.h"

#include <stdlib.h>

enum { WORD_BYTES = 16 };

struct node {
    struct slice text;    /* of the first document that had it */
    uint32_t child, next; /* the first below it; the next beside it; 0: none */
    uint16_t parent;
    bool is_leaf;              /* the text ends a document */
    bool is_string, is_varied; /* its values; false: all of them are the same, and the column has it once */
    uint32_t count;
    char *column;      /* its values, each ended by its mark; owned */
    size_t used, room; /* bytes */
    size_t room_hint;  /* what a column of this batch may well need */
};

struct value {
    uint16_t node;
    struct slice text;
};

struct splitter {
    struct node nodes[COLUMNS_NODES_MAX + 1]; /* 0: the root */
    uint32_t node_count;                      /* with the root */
    struct value values[COLUMNS_DEPTH_MAX];   /* of the document at hand */
    uint32_t value_count;
    uint64_t literal_bytes, row_bytes;
    uint32_t document_count; /* of the batch */
};

/* ---- texts and values ---- */

/* The end of a string that begins at `at`: its quote. NULL: it has none, or a backslash, which we leave alone. */
static const char *string_end(const char *at, const char *end) {
    for (; end - at >= 8; at += 8) {
        uint64_t hits = columns_matches(at, '"') | columns_matches(at, '\\');
        if (hits != 0) {
            at += columns_first(hits);
            return *at == '"' ? at : NULL;
        }
    }
    while (at < end && *at != '"' && *at != '\\')
        at++;
    return at < end && *at == '"' ? at : NULL;
}

static bool is_of_number(char c) {
    return (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E';
}

static const char *number_end(const char *at, const char *end) {
    while (at < end && is_of_number(*at))
        at++;
    return at;
}

/* Where the text that begins at `at` ends: behind the quote that opens a value, before a number, or with the document.
 * Names of members are part of texts. */
static const char *text_end(const char *at, const char *end) {
    while (at < end) {
        if ((*at >= '0' && *at <= '9') || *at == '-')
            return at;
        if (*at++ != '"')
            continue;
        const char *quote = string_end(at, end);
        if (quote == NULL || quote + 1 == end || quote[1] != ':')
            return at;
        at = quote + 1;
    }
    return end;
}

/* ---- the tree ---- */

/* 0: there is no room for it. */
static uint32_t node_add(struct splitter *splitter, uint32_t parent, struct slice text, bool is_leaf) {
    uint32_t *place = &splitter->nodes[parent].child, beside = 0;
    for (; *place != 0; beside++) /* the oldest first: it is likely the most frequent */
        place = &splitter->nodes[*place].next;
    if (splitter->node_count > COLUMNS_NODES_MAX || beside == COLUMNS_BESIDE_MAX || text.len > UINT16_MAX ||
        text.len == 0)
        return 0;
    uint32_t index = splitter->node_count++;
    splitter->nodes[index] = (struct node){.text = text,
                                           .parent = (uint16_t)parent,
                                           .is_leaf = is_leaf,
                                           .is_string = columns_is_string(text),
                                           .room_hint = splitter->document_count * (size_t)2};
    splitter->literal_bytes += text.len;
    *place = index;
    return index;
}

/* The value behind the node's text at `at`; false: there is none. */
static bool value_take(struct splitter *splitter, uint32_t index, const char **at, const char *end) {
    bool is_string = splitter->nodes[index].is_string;
    const char *start = *at, *stop = is_string ? string_end(start, end) : number_end(start, end);
    if (stop == NULL || (!is_string && stop == start) || splitter->value_count == COLUMNS_DEPTH_MAX)
        return false;
    splitter->values[splitter->value_count++] = (struct value){(uint16_t)index, {start, (size_t)(stop - start)}};
    *at = stop;
    return true;
}

static bool is_at(const struct node *node, const char *at, const char *end) {
    size_t left = (size_t)(end - at);
    return (node->is_leaf ? node->text.len == left : node->text.len <= left) &&
           memcmp(node->text.ptr, at, node->text.len) == 0;
}

/* The node below `parent` that fits, made when none does; 0: the document stays whole. */
static uint32_t step(struct splitter *splitter, uint32_t parent, const char **at, const char *end) {
    for (uint32_t child = splitter->nodes[parent].child; child != 0; child = splitter->nodes[child].next) {
        if (!is_at(&splitter->nodes[child], *at, end))
            continue;
        const char *behind = *at + splitter->nodes[child].text.len;
        if (!splitter->nodes[child].is_leaf && !value_take(splitter, child, &behind, end))
            continue;
        *at = behind;
        return child;
    }
    bool is_behind_string = splitter->nodes[parent].is_string; /* its quote comes first */
    const char *stop = text_end(*at + is_behind_string, end);
    uint32_t made = node_add(splitter, parent, (struct slice){*at, (size_t)(stop - *at)}, stop == end);
    if (made == 0 || (stop < end && !value_take(splitter, made, &stop, end)))
        return 0;
    *at = stop;
    return made;
}

static bool column_reserve(struct node *node, size_t more) {
    size_t needed = node->used + more + WORD_BYTES;
    if (needed <= node->room)
        return true;
    size_t room = needed * 2 + node->room_hint;
    char *grown = realloc(node->column, room);
    if (grown == NULL)
        return false;
    node->column = grown;
    node->room = room;
    return true;
}

/* is_wide: 16 bytes are readable. */
static bool value_append(struct node *node, struct slice text, bool is_wide) {
    if (__builtin_expect(node->used + text.len + 1 + WORD_BYTES > node->room, 0) && !column_reserve(node, text.len + 1))
        return false;
    if (__builtin_expect(is_wide, 1))
        columns_copy(node->column + node->used, text.ptr, text.len);
    else
        memcpy(node->column + node->used, text.ptr, text.len);
    node->column[node->used + text.len] = node->is_string ? '"' : ',';
    node->used += text.len + 1;
    return true;
}

/* Until another value comes, the column stands for any number of its first one. */
static bool value_keep(struct node *node, struct slice text, bool is_wide) {
    if (!node->is_varied && node->count > 0) {
        struct slice first = {node->column, node->used - 1};
        if (slice_eq(first, text)) {
            node->count++;
            return true;
        }
        if (!column_reserve(node, (node->count - 1) * (first.len + 1))) /* so that it does not move meanwhile */
            return false;
        for (uint32_t i = 1; i < node->count; i++)
            if (!value_append(node, (struct slice){node->column, first.len}, true))
                return false;
        node->is_varied = true;
    }
    node->count++;
    return value_append(node, text, is_wide);
}

/* The leaf of a document; 0: it stays whole. */
static enum status split(struct splitter *splitter, struct slice document, uint16_t *ret_leaf) {
    const char *at = document.ptr, *end = document.ptr + document.len;
    uint32_t node = 0;
    splitter->value_count = 0;
    do {
        node = document.len > 0 ? step(splitter, node, &at, end) : 0;
    } while (node != 0 && !splitter->nodes[node].is_leaf);
    *ret_leaf = (uint16_t)node;
    if (node == 0) {
        splitter->row_bytes += COLUMNS_LENGTH_BYTES + document.len;
        return STATUS_OK;
    }
    for (uint32_t i = 0; i < splitter->value_count; i++) {
        const struct value *value = &splitter->values[i];
        if (!value_keep(&splitter->nodes[value->node], value->text, end - value->text.ptr >= WORD_BYTES))
            return STATUS_NO_MEMORY;
    }
    return STATUS_OK;
}

/* ---- the payload ---- */

static char *nodes_put(const struct splitter *splitter, char *out) {
    for (uint32_t i = 1; i < splitter->node_count; i++, out += COLUMNS_NODE_BYTES) {
        const struct node *node = &splitter->nodes[i];
        bytes_put_u16(out, node->parent);
        bytes_put_u16(out + 2, (uint16_t)node->text.len);
        uint32_t column = (uint32_t)node->used | (node->is_varied ? 0 : COLUMNS_CONSTANT);
        bytes_put_u32(out + 4, node->is_leaf ? COLUMNS_LEAF : column);
    }
    for (uint32_t i = 1; i < splitter->node_count; i++) {
        memcpy(out, splitter->nodes[i].text.ptr, splitter->nodes[i].text.len);
        out += splitter->nodes[i].text.len;
    }
    return out;
}

static void payload_put(const struct splitter *splitter, const struct batch *batch, const uint16_t *leaves,
                        uint64_t text_bytes, char *out) {
    bytes_put_u64(out, text_bytes);
    bytes_put_u32(out + 8, splitter->node_count - 1);
    out = nodes_put(splitter, out + COLUMNS_HEAD_BYTES);
    for (uint32_t i = 0; i < batch->document_count; i++, out += 2)
        bytes_put_u16(out, leaves[i]);
    for (uint32_t i = 1; i < splitter->node_count; i++) {
        if (splitter->nodes[i].used > 0)
            memcpy(out, splitter->nodes[i].column, splitter->nodes[i].used);
        out += splitter->nodes[i].used;
    }
    for (uint32_t i = 0; i < batch->document_count; i++) {
        if (leaves[i] != 0)
            continue;
        bytes_put_u32(out, (uint32_t)batch->documents[i].len);
        if (batch->documents[i].len > 0)
            memcpy(out + COLUMNS_LENGTH_BYTES, batch->documents[i].ptr, batch->documents[i].len);
        out += COLUMNS_LENGTH_BYTES + batch->documents[i].len;
    }
}

static enum status columns_split(struct splitter *splitter, const struct batch *batch, uint16_t *leaves,
                                 struct buf *out) {
    uint64_t text_bytes = 0;
    for (uint32_t i = 0; i < batch->document_count; i++) {
        if (batch->documents[i].len > BATCH_BYTES_MAX || text_bytes + batch->documents[i].len > BATCH_BYTES_MAX)
            return STATUS_RANGE;
        text_bytes += batch->documents[i].len;
        TRY(split(splitter, batch->documents[i], &leaves[i]));
    }
    uint64_t size = COLUMNS_HEAD_BYTES + (splitter->node_count - 1) * (uint64_t)COLUMNS_NODE_BYTES +
                    splitter->literal_bytes + batch->document_count * UINT64_C(2) + splitter->row_bytes;
    for (uint32_t i = 1; i < splitter->node_count; i++)
        size += splitter->nodes[i].used;
    if (size > BATCH_BYTES_MAX)
        return STATUS_RANGE;
    size_t start = out->len;
    buf_repeat(out, '\0', size);
    if (out->failed)
        return STATUS_NO_MEMORY;
    payload_put(splitter, batch, leaves, text_bytes, out->ptr + start);
    return STATUS_OK;
}

enum status columns_write(const struct batch *batch, struct buf *out) {
    struct splitter *splitter = malloc(sizeof *splitter);
    uint16_t *leaves = malloc((batch->document_count + (size_t)1) * sizeof *leaves);
    enum status status = STATUS_NO_MEMORY;
    if (splitter != NULL && leaves != NULL) {
        splitter->nodes[0] = (struct node){0};
        splitter->node_count = 1;
        splitter->document_count = batch->document_count;
        splitter->literal_bytes = splitter->row_bytes = 0;
        status = columns_split(splitter, batch, leaves, out);
        for (uint32_t i = 1; i < splitter->node_count; i++)
            free(splitter->nodes[i].column);
    }
    free(splitter);
    free(leaves);
    return status;
}
