/* SPDX-License-Identifier: Apache-2.0
 *
 * Files to one tree per tariff: `include`, `extends`, `override`. Every file is read and parsed once, so that a mistake
 * in it is told once; trees are copied when they are merged and nodes keep their own place. */
#ifndef TG_TARIFF_MERGE_H
#define TG_TARIFF_MERGE_H

#include "tariff/yaml.h"

struct library_file {
    struct source_file *file;
    struct node *root;         /* NULL: it could not be read, and was told */
    struct slice directory;    /* of its path */
    struct slice identity;     /* real path; empty for a text without a file */
    struct library_file *base; /* what it extends, once merged */
    bool is_used;              /* a tariff, or included by one */
    struct library_file *next;
};

struct library {
    struct arena *plan;
    struct diags *diags;
    struct slice base_dir; /* empty: none */
    struct library_file *first, **last;
};

/* The file at `path`, read once. `asker` is the node that wants it, or NULL: then the path is the user's. Mistakes are
 * told. Fails: STATUS_INVALID (the file cannot be read), STATUS_NO_MEMORY. A file that is not well formed is given back
 * without a root. */
MUST_CHECK enum status library_open(struct library *library, struct slice path, const struct node *asker,
                                    struct library_file **ret_file);
/* A text that is no file; it can neither include nor extend. */
MUST_CHECK enum status library_add_text(struct library *library, struct source_file *file,
                                        struct library_file **ret_file);
/* The tree of a tariff with everything it includes, extends and overrides. Fails: STATUS_INVALID (told),
 * STATUS_NO_MEMORY. */
MUST_CHECK enum status merge_tariff(struct library *library, struct library_file *file, struct node **ret_root);

#endif
