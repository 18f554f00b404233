/* SPDX-License-Identifier: Apache-2.0
 *
 * Sets of tariffs: a folder, a file or a text. One file per name; an overlay may keep the name of what it extends and
 * then stands for it. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tariff/load.h"

struct set_load {
    struct tariff_set *set;
    struct library library;
};

/* ---- the list ---- */

static int tariff_compare(const void *left, const void *right) {
    const struct tariff *a = *(const struct tariff *const *)left, *b = *(const struct tariff *const *)right;
    return slice_cmp(a->name, b->name);
}

static enum status index_list(struct tariff_set *set) {
    qsort(set->list, set->count, sizeof(struct tariff *), tariff_compare);
    names_free(&set->names);
    for (uint32_t i = 0; i < set->count; i++) {
        uint32_t index;
        set->list[i]->index = i;
        TRY(names_add(&set->names, set->list[i]->name, &index));
    }
    return STATUS_OK;
}

static struct slice real_path(struct set_load *load, const struct source_file *file) {
    char *real = realpath(file->path.ptr, NULL);
    struct slice path = real != NULL ? arena_copy(load->library.plan, slice_of(real)) : (struct slice){0};
    free(real);
    return path;
}

static const struct library_file *library_find(const struct library *library, const struct source_file *file) {
    for (const struct library_file *entry = library->first; entry != NULL; entry = entry->next)
        if (entry->file == file)
            return entry;
    return NULL;
}

/* Whether `file` starts, at any distance, from the file at `identity`. */
static bool extends_file(const struct library_file *file, struct slice identity) {
    if (identity.len == 0)
        return false;
    for (const struct library_file *base = file != NULL ? file->base : NULL; base != NULL; base = base->base)
        if (slice_eq(base->identity, identity))
            return true;
    return false;
}

static enum status list_append(struct tariff_set *set, struct tariff *tariff) {
    struct tariff **list = ARENA_ARRAY(&set->plan, (size_t)set->count + 1, struct tariff *);
    if (list == NULL)
        return STATUS_NO_MEMORY;
    if (set->count > 0)
        memcpy(list, set->list, set->count * sizeof(struct tariff *));
    list[set->count++] = tariff;
    set->list = list;
    return index_list(set);
}

static enum status tell_twice(struct set_load *load, const struct tariff *fresh, const struct tariff *old) {
    struct diags *diags = load->library.diags;
    const struct node *name = node_get(fresh->root, "tariff"), *other = node_get(old->root, "tariff");
    diags_add(diags, SEVERITY_ERROR, name->place, "rename one, or let one `extends` the other",
              "the tariff `" SLICE_FMT "` exists already", SLICE_ARG(fresh->name));
    diags_add(diags, SEVERITY_NOTE, other->place, NULL, "it is here");
    return STATUS_INVALID;
}

static enum status set_insert(struct set_load *load, struct tariff *fresh, const struct library_file *file) {
    struct tariff_set *set = load->set;
    uint32_t index = names_find(&set->names, fresh->name);
    if (index == NAMES_NONE)
        return list_append(set, fresh);
    struct tariff *old = set->list[index];
    if (extends_file(file, real_path(load, old->file))) {
        fresh->index = index;
        set->list[index] = fresh;
        load_tariff_drop(old);
        return STATUS_OK;
    }
    if (extends_file(library_find(&load->library, old->file), file->identity)) {
        load_tariff_drop(fresh);
        return STATUS_OK;
    }
    enum status status = tell_twice(load, fresh, old);
    load_tariff_drop(fresh);
    return status;
}

/* ---- files ---- */

/* A base without a name of its own goes by that of its base, which is next. */
static enum status keep_bases(struct set_load *load, struct tariff *tariff, const struct library_file *file) {
    uint32_t count = 0;
    for (const struct library_file *base = file->base; base != NULL; base = base->base)
        count++;
    tariff->bases = ARENA_ARRAY(load->library.plan, (size_t)count + 1, struct slice);
    if (tariff->bases == NULL)
        return STATUS_NO_MEMORY;
    for (const struct library_file *base = file->base; base != NULL; base = base->base) {
        const struct node *name = node_get(base->root, "tariff");
        if (name != NULL)
            tariff->bases[tariff->base_count++] = name->text;
    }
    return STATUS_OK;
}

static enum status load_one(struct set_load *load, struct library_file *file) {
    struct node *root = NULL;
    struct tariff *tariff = NULL;
    TRY(merge_tariff(&load->library, file, &root));
    TRY(load_tariff(load->set, root, file->file, load->library.diags, &tariff));
    enum status status = keep_bases(load, tariff, file);
    if (status == STATUS_OK)
        return set_insert(load, tariff, file);
    load_tariff_drop(tariff);
    return status;
}

static bool is_tariff(const struct library_file *file) {
    return node_get(file->root, "tariff") != NULL || node_get(file->root, "extends") != NULL;
}

/* All tariffs of the library, each whole or not at all. */
static enum status load_opened(struct set_load *load, uint32_t errors) {
    uint32_t count = 0;
    for (struct library_file *file = load->library.first; file != NULL; file = file->next)
        count++;
    struct library_file *file =
        load->library.first; /* what is opened from here on is base or fragment, not asked for */
    for (uint32_t i = 0; i < count; i++, file = file->next) {
        enum status status = file->root != NULL && is_tariff(file) ? load_one(load, file) : STATUS_OK;
        if (status != STATUS_OK && status != STATUS_INVALID)
            return status;
    }
    file = load->library.first;
    for (uint32_t i = 0; i < count; i++, file = file->next)
        if (file->root != NULL && !file->is_used)
            diags_add(load->library.diags, SEVERITY_WARNING, file->root->place,
                      "begin with `tariff: name`, or include it from a tariff",
                      "this file is not used: it names no tariff and none includes it");
    return load->library.diags->error_count > errors ? STATUS_INVALID : STATUS_OK;
}

static int entry_is_tariff(const struct dirent *entry) {
    size_t length = strlen(entry->d_name);
    return length > 5 && entry->d_name[0] != '.' && strcmp(entry->d_name + length - 5, ".yaml") == 0;
}

static int entry_compare(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

static enum status open_entry(struct set_load *load, struct slice folder, const char *name) {
    bool has_slash = folder.len > 0 && folder.ptr[folder.len - 1] == '/';
    struct slice path =
        arena_printf(load->library.plan, SLICE_FMT "%s%s", SLICE_ARG(folder), has_slash ? "" : "/", name);
    struct library_file *file = NULL;
    return path.ptr == NULL ? STATUS_NO_MEMORY : library_open(&load->library, path, NULL, &file);
}

static enum status open_folder(struct set_load *load, struct slice folder) {
    struct dirent **entries = NULL;
    int count = scandir(folder.ptr, &entries, entry_is_tariff, entry_compare);
    if (count < 0)
        return errno == ENOMEM ? STATUS_NO_MEMORY : STATUS_IO;
    enum status status = STATUS_OK;
    for (int i = 0; i < count; i++) {
        enum status one = status == STATUS_NO_MEMORY ? status : open_entry(load, folder, entries[i]->d_name);
        status = one == STATUS_NO_MEMORY ? one : status; /* what cannot be read was told */
        free(entries[i]);
    }
    free(entries);
    return status;
}

static void tell_no_tariff(struct set_load *load, const char *path) {
    diags_add(load->library.diags, SEVERITY_ERROR, (struct place){0}, "name a file, or a folder with *.yaml files",
              "no tariff in `%s`", path);
}

static enum status open_path(struct set_load *load, const char *path) {
    struct stat info;
    if (stat(path, &info) != 0 || access(path, R_OK) != 0) {
        diags_add(load->library.diags, SEVERITY_ERROR, (struct place){0}, errno_remedy(errno), "cannot read `%s`: %s",
                  path, strerror(errno));
        return STATUS_IO;
    }
    if (S_ISDIR(info.st_mode)) {
        TRY(open_folder(load, slice_of(path)));
        if (load->library.first == NULL)
            tell_no_tariff(load, path);
        return STATUS_OK;
    }
    struct library_file *file = NULL;
    TRY(library_open(&load->library, slice_of(path), NULL, &file));
    if (file->root != NULL && !is_tariff(file)) {
        diags_add(load->library.diags, SEVERITY_ERROR, file->root->place, "begin with `tariff: name`",
                  "the file names no tariff");
        file->is_used = true;
    }
    return STATUS_OK;
}

static enum status load_start(struct set_load *load, struct tariff_set *set, const char *base_dir,
                              struct diags *diags) {
    load->set = set;
    load->library = (struct library){.plan = &set->plan, .diags = diags};
    if (base_dir != NULL && base_dir[0] != 0) {
        bool has_slash = base_dir[strlen(base_dir) - 1] == '/';
        load->library.base_dir = arena_printf(&set->plan, "%s%s", base_dir, has_slash ? "" : "/");
        if (load->library.base_dir.ptr == NULL)
            return STATUS_NO_MEMORY;
    }
    return set->attrs.names.count == 0 ? attr_names_init(&set->attrs) : STATUS_OK;
}

enum status tariff_set_add(struct tariff_set *set, const char *path, const char *base_dir, struct diags *diags) {
    struct set_load load;
    uint32_t errors = diags->error_count;
    TRY(load_start(&load, set, base_dir, diags));
    TRY(open_path(&load, path));
    return load_opened(&load, errors);
}

enum status tariff_set_load(const char *path, const char *base_dir, struct tariff_set *ret_set, struct diags *diags) {
    *ret_set = (struct tariff_set){0};
    return tariff_set_add(ret_set, path, base_dir, diags);
}

enum status tariff_set_add_text(struct tariff_set *set, struct slice name, struct slice text, struct diags *diags) {
    struct set_load load;
    uint32_t errors = diags->error_count;
    TRY(load_start(&load, set, NULL, diags));
    struct source_file *file = ARENA_NEW(&set->plan, struct source_file);
    if (file == NULL)
        return STATUS_NO_MEMORY;
    *file = (struct source_file){arena_copy(&set->plan, name), arena_copy(&set->plan, text)};
    if (file->path.ptr == NULL || file->text.ptr == NULL)
        return STATUS_NO_MEMORY;
    struct library_file *entry = NULL;
    TRY(library_add_text(&load.library, file, &entry));
    if (entry->root != NULL && !is_tariff(entry)) {
        diags_add(diags, SEVERITY_ERROR, entry->root->place, "begin with `tariff: name`", "the file names no tariff");
        entry->is_used = true;
    }
    return load_opened(&load, errors);
}
