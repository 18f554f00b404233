/* SPDX-License-Identifier: Apache-2.0
 *
 * The files of one load, each read and parsed once. */
#include <errno.h>
#include <stdlib.h>

#include "tariff/merge.h"

static struct slice path_directory(struct slice path) {
    size_t length = path.len;
    while (length > 0 && path.ptr[length - 1] != '/')
        length--;
    return (struct slice){path.ptr, length};
}

static void tell_unreadable(struct library *library, struct slice path, const struct node *asker, enum status status) {
    struct place place = asker != NULL ? asker->place : (struct place){0};
    const char *hint = asker != NULL ? "paths are relative to the file that names them" : NULL;
    if (status == STATUS_RANGE)
        diags_add(library->diags, SEVERITY_ERROR, place, "split it and use `include`",
                  "`" SLICE_FMT "` is larger than 16 MiB", SLICE_ARG(path));
    else
        diags_add(library->diags, SEVERITY_ERROR, place, hint != NULL ? hint : errno_remedy(errno),
                  "cannot read `" SLICE_FMT "`: %s", SLICE_ARG(path), strerror(errno));
}

static enum status add(struct library *library, struct source_file *file, struct slice identity,
                       struct library_file **ret_file) {
    struct library_file *entry = ARENA_NEW(library->plan, struct library_file);
    if (entry == NULL)
        return STATUS_NO_MEMORY;
    entry->file = file;
    entry->identity = identity;
    entry->directory = path_directory(file->path);
    enum status status = yaml_parse(file, library->plan, library->diags, &entry->root);
    if (status == STATUS_NO_MEMORY)
        return status;
    if (status == STATUS_OK && entry->root->kind != NODE_MAP) {
        diags_add(library->diags, SEVERITY_ERROR, entry->root->place, "begin with `tariff: name`",
                  "a tariff file must be a mapping (`key: value`)");
        entry->root = NULL;
    }
    if (library->last == NULL)
        library->last = &library->first;
    *library->last = entry;
    library->last = &entry->next;
    *ret_file = entry;
    return STATUS_OK;
}

enum status library_add_text(struct library *library, struct source_file *file, struct library_file **ret_file) {
    return add(library, file, (struct slice){0}, ret_file);
}

static struct library_file *find(const struct library *library, struct slice identity) {
    for (struct library_file *file = library->first; file != NULL; file = file->next)
        if (slice_eq(file->identity, identity))
            return file;
    return NULL;
}

enum status library_open(struct library *library, struct slice path, const struct node *asker,
                         struct library_file **ret_file) {
    struct slice text = arena_copy(library->plan, path);
    if (text.ptr == NULL)
        return STATUS_NO_MEMORY;
    char *real = realpath(text.ptr, NULL);
    if (real == NULL) {
        tell_unreadable(library, path, asker, STATUS_IO);
        return errno == ENOMEM ? STATUS_NO_MEMORY : STATUS_INVALID;
    }
    struct slice identity = arena_copy(library->plan, slice_of(real));
    free(real);
    if (identity.ptr == NULL)
        return STATUS_NO_MEMORY;
    *ret_file = find(library, identity);
    if (*ret_file != NULL)
        return STATUS_OK;
    struct source_file *file = NULL;
    enum status status = source_file_read(text.ptr, library->plan, &file);
    if (status == STATUS_NO_MEMORY)
        return status;
    if (status != STATUS_OK) {
        tell_unreadable(library, path, asker, status);
        return STATUS_INVALID;
    }
    return add(library, file, identity, ret_file);
}
