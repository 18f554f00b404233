/* SPDX-License-Identifier: Apache-2.0
 *
 * What an adapter is to the port: a handle that starts with `struct store`, and one function per operation. The port
 * has checked by then that the handle is whole, may write, and that rows continue the sequence. */
#ifndef TG_STORE_STORE_PRIVATE_H
#define TG_STORE_STORE_PRIVATE_H

#include "store/store.h"

enum { STORE_ERROR_BYTES = 1024 };

struct store_adapter {
    enum status (*append)(struct store *store, const struct store_row *rows, uint32_t count);
    /* STATUS_NOT_FOUND: no such row; the port tells a gap from the end. */
    enum status (*read)(struct store *store, uint64_t seq, struct arena *arena, struct store_row *ret_row);
    enum status (*last)(struct store *store, uint64_t *ret_seq, uint8_t ret_hash[STORE_HASH_BYTES]);
    enum status (*put)(struct store *store, const struct store_document *document);
    enum status (*get)(struct store *store, struct slice kind, struct slice name, struct arena *arena,
                       struct slice *ret_value);
    enum status (*list)(struct store *store, struct slice kind, struct arena *arena, struct slice **ret_names,
                        uint32_t *ret_count);
    enum status (*delete)(struct store *store, struct slice kind, struct slice name);
    void (*close)(struct store *store);
};

struct store {
    const struct store_adapter *adapter;
    bool is_read_only;
    bool is_broken;                /* the outcome of a write is unknown: nothing more until it is opened again */
    char error[STORE_ERROR_BYTES]; /* NUL-terminated; of a broken store: why it broke */
};

/* Keep the words of a failure; returns `status`. */
PRINTF(3, 4) enum status store_fail(struct store *store, enum status status, const char *format, ...);
/* Append a name to a list that grows in the arena. `*names` holds *count entries; room is made at powers of two. */
MUST_CHECK enum status store_names_add(struct arena *arena, struct slice **names, uint32_t *count, struct slice name);

#endif
