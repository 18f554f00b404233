/* SPDX-License-Identifier: Apache-2.0
 *
 * Putting documents together again. Nothing in the payload is believed: every node, column and length is checked before
 * it is used, and the sum of what is written against what the payload announced. */
#include "journal/columns_private.h"

enum { PADDING = 64 };

struct node {
    struct slice text;
    uint16_t parent;
    bool is_leaf, is_constant;
    char mark;
    const char *at, *end; /* what is left of its column */
};

struct joiner {
    struct node *nodes; /* 0: the root */
    uint32_t node_count;
    uint16_t *paths; /* of leaves: COLUMNS_DEPTH_MAX + 2 places each, the first for the length; filled when needed */
    struct slice rest;
    char *out, *out_end;
};

static bool take(struct slice *from, uint64_t len, const char **ret_bytes) {
    if (len > from->len)
        return false;
    *ret_bytes = from->ptr;
    *from = (struct slice){from->ptr + len, from->len - len};
    return true;
}

/* Nodes and their texts; columns follow behind the documents' leaves. */
static bool nodes_read(struct joiner *joiner) {
    const char *heads;
    if (!take(&joiner->rest, (joiner->node_count - 1) * (uint64_t)COLUMNS_NODE_BYTES, &heads))
        return false;
    for (uint32_t i = 1; i < joiner->node_count; i++, heads += COLUMNS_NODE_BYTES) {
        struct node *node = &joiner->nodes[i];
        node->parent = bytes_u16(heads);
        node->text.len = bytes_u16(heads + 2);
        node->is_leaf = bytes_u32(heads + 4) == COLUMNS_LEAF;
        if (node->parent >= i || joiner->nodes[node->parent].is_leaf || node->text.len == 0 ||
            !take(&joiner->rest, node->text.len, &node->text.ptr))
            return false;
        node->mark = columns_mark(node->text);
    }
    return true;
}

static bool columns_find(struct joiner *joiner, const char *heads) {
    for (uint32_t i = 1; i < joiner->node_count; i++) {
        struct node *node = &joiner->nodes[i];
        uint32_t len = bytes_u32(heads + (i - 1) * (size_t)COLUMNS_NODE_BYTES + 4);
        if (node->is_leaf)
            continue;
        node->is_constant = (len & COLUMNS_CONSTANT) != 0;
        len &= ~COLUMNS_CONSTANT;
        if (!take(&joiner->rest, len, &node->at))
            return false;
        node->end = node->at + len;
    }
    return true;
}

/* From the root to the leaf; its length first. NULL: too deep, or no leaf. */
static const uint16_t *path_find(struct joiner *joiner, uint16_t leaf) {
    if (leaf >= joiner->node_count || !joiner->nodes[leaf].is_leaf)
        return NULL;
    uint16_t *path = joiner->paths + leaf * (size_t)(COLUMNS_DEPTH_MAX + 2);
    if (path[0] != 0)
        return path;
    uint16_t depth = 0;
    for (uint16_t node = leaf; node != 0; node = joiner->nodes[node].parent)
        if (++depth > COLUMNS_DEPTH_MAX + 1)
            return NULL;
    uint16_t at = depth;
    for (uint16_t node = leaf; node != 0; node = joiner->nodes[node].parent)
        path[at--] = node;
    path[0] = depth;
    return path;
}

static bool put(struct joiner *joiner, const char *bytes, size_t len) {
    if (len > (size_t)(joiner->out_end - joiner->out))
        return false;
    columns_copy(joiner->out, bytes, len);
    joiner->out += len;
    return true;
}

/* The next value of a column. */
static bool value_put(struct joiner *joiner, struct node *node) {
    const char *at = node->at;
    uint64_t hits = 0;
    while (node->end - at >= 8 && (hits = columns_matches(at, node->mark)) == 0)
        at += 8;
    if (hits != 0)
        at += columns_first(hits);
    else
        while (at < node->end && *at != node->mark)
            at++;
    if (at == node->end || !put(joiner, node->at, (size_t)(at - node->at)))
        return false;
    if (!node->is_constant)
        node->at = at + 1;
    return true;
}

static bool document_join(struct joiner *joiner, uint16_t leaf) {
    const uint16_t *path = path_find(joiner, leaf);
    if (path == NULL)
        return false;
    for (uint16_t i = 1; i <= path[0]; i++) {
        struct node *node = &joiner->nodes[path[i]];
        if (!put(joiner, node->text.ptr, node->text.len) || (!node->is_leaf && !value_put(joiner, node)))
            return false;
    }
    return true;
}

static bool row_copy(struct joiner *joiner) {
    const char *bytes;
    if (!take(&joiner->rest, COLUMNS_LENGTH_BYTES, &bytes))
        return false;
    uint32_t len = bytes_u32(bytes);
    return take(&joiner->rest, len, &bytes) && put(joiner, bytes, len);
}

static bool documents_join(struct joiner *joiner, uint32_t count, struct slice *documents) {
    const char *heads = joiner->rest.ptr, *leaves;
    if (!nodes_read(joiner) || !take(&joiner->rest, count * UINT64_C(2), &leaves) || !columns_find(joiner, heads))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        uint16_t leaf = bytes_u16(leaves + (size_t)i * 2);
        char *start = joiner->out;
        if (leaf == 0 ? !row_copy(joiner) : !document_join(joiner, leaf))
            return false;
        documents[i] = (struct slice){start, (size_t)(joiner->out - start)};
    }
    for (uint32_t i = 1; i < joiner->node_count; i++)
        if (!joiner->nodes[i].is_constant && joiner->nodes[i].at != joiner->nodes[i].end)
            return false;
    return joiner->rest.len == 0 && joiner->out == joiner->out_end;
}

enum status columns_read(struct slice payload, uint32_t count, struct arena *arena, struct slice *documents) {
    struct joiner joiner = {.rest = payload};
    const char *head;
    if (!take(&joiner.rest, COLUMNS_HEAD_BYTES, &head))
        return STATUS_INVALID;
    uint64_t text_bytes = bytes_u64(head);
    uint32_t nodes = bytes_u32(head + 8);
    if (text_bytes > BATCH_BYTES_MAX || nodes > COLUMNS_NODES_MAX)
        return STATUS_INVALID;
    joiner.node_count = nodes + 1;
    joiner.nodes = ARENA_ARRAY(arena, joiner.node_count, struct node);
    joiner.paths = ARENA_ARRAY(arena, joiner.node_count * (size_t)(COLUMNS_DEPTH_MAX + 2), uint16_t);
    joiner.out = arena_alloc(arena, text_bytes + PADDING);
    if (joiner.nodes == NULL || joiner.paths == NULL || joiner.out == NULL)
        return STATUS_NO_MEMORY;
    joiner.out_end = joiner.out + text_bytes;
    return documents_join(&joiner, count, documents) ? STATUS_OK : STATUS_INVALID;
}
