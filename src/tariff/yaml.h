/* SPDX-License-Identifier: Apache-2.0
 *
 * YAML as a tree with the place of every node. Scalars stay text. Anchors, aliases, tags, merge keys, duplicate keys
 * and more than one document are refused with their place. */
#ifndef TG_TARIFF_YAML_H
#define TG_TARIFF_YAML_H

#include "base/arena.h"
#include "base/diag.h"

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

struct node {
    enum node_kind kind;
    struct place place; /* of the value; length set for scalars */
    bool is_quoted;     /* scalar: was in quotes */
    bool is_flow;       /* list, map: [ ] or { } */
    struct slice text;  /* scalar */
    struct slice key;   /* name under which the parent map holds it, else empty */
    struct place key_place;
    struct node *parent;
    struct node *first, *next; /* children in the order of the file */
    uint32_t count;            /* children */
};

/* Parse a whole file. Adds diagnostics and returns STATUS_INVALID on any mistake. Depth at most 32. */
MUST_CHECK enum status yaml_parse(const struct source_file *file, struct arena *plan, struct diags *diags,
                                  struct node **ret_root);
struct node *node_get(const struct node *map, const char *key); /* NULL when absent or not a map */
struct node *node_find(const struct node *map, struct slice key);
/* Read a file into the arena, at most 16 MiB. Fails: STATUS_IO, STATUS_RANGE, STATUS_NO_MEMORY. */
MUST_CHECK enum status source_file_read(const char *path, struct arena *plan, struct source_file **ret_file);

#endif
