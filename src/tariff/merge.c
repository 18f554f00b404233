/* SPDX-License-Identifier: Apache-2.0
 *
 * One rule keeps prices safe: what exists already is changed only under `override:`, and only what exists can be
 * changed there. Everything else is a message with both places. */
#include "tariff/merge.h"

#include <unistd.h>

#include "base/names.h"
#include "tariff/schema.h"

enum { CHAIN_MAX = 16, CANDIDATES_MAX = 512 };

struct chain { /* the files being merged, newest last */
    const struct library_file *files[CHAIN_MAX];
    uint32_t count;
};

struct merge {
    struct library *library;
    struct chain chain;
};

PRINTF(4, 5)
static void tell(struct merge *merge, struct place place, const char *hint, const char *format, ...) {
    va_list args;
    va_start(args, format);
    struct slice text = arena_vprintf(merge->library->plan, format, args);
    va_end(args);
    diags_add(merge->library->diags, SEVERITY_ERROR, place, hint, SLICE_FMT, SLICE_ARG(text));
}

static void tell_also(struct merge *merge, const struct node *node, const char *text) {
    diags_add(merge->library->diags, SEVERITY_NOTE, node->key.len > 0 ? node->key_place : node->place, NULL, "%s",
              text);
}

/* ---- trees ---- */

static void node_append(struct node *parent, struct node *child) {
    struct node **end = &parent->first;
    while (*end != NULL)
        end = &(*end)->next;
    child->next = NULL;
    child->parent = parent;
    *end = child;
    parent->count++;
}

/* Depth is at most the parser's. */
static struct node *node_copy(struct arena *plan, const struct node *node) {
    struct node *copy = ARENA_NEW(plan, struct node);
    if (copy == NULL)
        return NULL;
    *copy = *node;
    copy->first = copy->next = copy->parent = NULL;
    struct node **end = &copy->first;
    for (const struct node *child = node->first; child != NULL; child = child->next) {
        *end = node_copy(plan, child);
        if (*end == NULL)
            return NULL;
        (*end)->parent = copy;
        end = &(*end)->next;
    }
    return copy;
}

static void node_remove(struct node *parent, const struct node *child) {
    struct node **link = &parent->first;
    while (*link != NULL && *link != child)
        link = &(*link)->next;
    if (*link == NULL)
        return;
    *link = child->next;
    parent->count--;
}

static void node_replace(struct node *parent, const struct node *old, struct node *fresh) {
    struct node **link = &parent->first;
    while (*link != old)
        link = &(*link)->next;
    fresh->next = old->next;
    fresh->parent = parent;
    *link = fresh;
}

static bool nodes_agree(const struct node *a, const struct node *b) {
    return a->kind == NODE_SCALAR && b->kind == NODE_SCALAR && slice_eq(a->text, b->text);
}

/* ---- adding: a fragment or an overlay's own entries ---- */

static void tell_exists(struct merge *merge, const struct node *fresh, const struct node *old, bool extends) {
    tell(merge, fresh->key_place,
         extends ? "write it under `override:` to change it" : "delete one of them, or give it another name",
         "`" SLICE_FMT "` exists already", SLICE_ARG(fresh->key));
    tell_also(merge, old, "it is here");
}

/* Appending remembers the end: sections are long. */
static void add_section(struct merge *merge, struct node *target, struct node *section, bool extends) {
    struct node *next = NULL, **end = &target->first;
    while (*end != NULL)
        end = &(*end)->next;
    for (struct node *child = section->first; child != NULL; child = next) {
        next = child->next;
        const struct node *old = target->kind == NODE_MAP ? node_find(target, child->key) : NULL;
        if (old != NULL) {
            tell_exists(merge, child, old, extends);
            continue;
        }
        child->next = NULL;
        child->parent = target;
        *end = child;
        end = &child->next;
        target->count++;
    }
}

static void add_key(struct merge *merge, struct node *root, struct node *child, bool extends) {
    struct node *old = node_find(root, child->key);
    bool is_name = slice_is(child->key, "tariff") || slice_is(child->key, "title");
    if (old == NULL) {
        node_append(root, child);
    } else if (extends && is_name) {
        node_replace(root, old, child);
    } else if (slice_is(child->key, "currency") && !nodes_agree(old, child)) {
        tell(merge, child->place, "one tariff has one currency: write a tariff of its own",
             "the currency `" SLICE_FMT "` is mixed with another", SLICE_ARG(child->text));
        tell_also(merge, old, "the other one is here");
    } else if ((schema_is_named(child->key) || slice_is(child->key, "examples")) && old->kind == child->kind &&
               old->kind != NODE_SCALAR) {
        add_section(merge, old, child, extends);
    } else if (!nodes_agree(old, child)) {
        tell_exists(merge, child, old, extends);
    }
}

static void add_root(struct merge *merge, struct node *root, struct node *fresh, bool extends) {
    struct node *next = NULL;
    for (struct node *child = fresh->first; child != NULL; child = next) {
        next = child->next;
        add_key(merge, root, child, extends);
    }
}

/* ---- overriding ---- */

/* Of these only one may stand, so the new one takes the place of the base's. */
static const char *const exclusive[][3] = {{"flat", "graduated", "volume"},
                                           {"price", "billed_by", ""},
                                           {"values", "bands", ""},
                                           {"item", "items", "external"}};

static void remove_rivals(struct node *target, const struct node *fresh) {
    for (size_t i = 0; i < sizeof exclusive / sizeof *exclusive; i++) {
        bool is_member = false;
        for (size_t j = 0; j < 3; j++)
            is_member = is_member || slice_is(fresh->key, exclusive[i][j]);
        for (size_t j = 0; is_member && j < 3; j++) {
            const struct node *rival = node_get(target, exclusive[i][j]);
            bool is_older = rival != NULL && rival->place.file != fresh->place.file; /* two of one file are a mistake */
            if (is_older && !slice_is(fresh->key, exclusive[i][j]))
                node_remove(target, rival);
        }
    }
}

static void tell_no_such(struct merge *merge, const struct node *target, const struct node *child) {
    struct slice names[CANDIDATES_MAX];
    size_t count = 0;
    for (const struct node *other = target->first; other != NULL && count < CANDIDATES_MAX; other = other->next)
        names[count++] = other->key;
    struct slice near = names_suggest(child->key, names, count);
    struct buf hint = {0};
    if (near.len > 0)
        buf_printf(&hint, "did you mean `" SLICE_FMT "`? ", SLICE_ARG(near));
    buf_text(&hint, "what is new is written outside `override:`");
    tell(merge, child->key_place, hint.failed ? NULL : hint.ptr, "there is no `" SLICE_FMT "` to override",
         SLICE_ARG(child->key));
    buf_free(&hint);
}

/* level 0: sections; 1: their entries; below: keys, which may be new. */
static void override_map(struct merge *merge, struct node *target, struct node *fresh, int level, bool must_exist) {
    struct node *next = NULL;
    for (struct node *child = fresh->first; child != NULL; child = next) {
        next = child->next;
        struct node *old = node_find(target, child->key);
        if (level == 0 && slice_is(child->key, "currency")) {
            tell(merge, child->place, "one tariff has one currency: write a tariff of its own",
                 "the currency `" SLICE_FMT "` is mixed with another", SLICE_ARG(child->text));
        } else if (old == NULL && must_exist) {
            tell_no_such(merge, target, child);
        } else if (old == NULL) {
            remove_rivals(target, child);
            node_append(target, child);
        } else if (old->kind == NODE_MAP && child->kind == NODE_MAP) {
            override_map(merge, old, child, level + 1, level == 0 && schema_is_named(child->key));
        } else {
            node_replace(target, old, child);
        }
    }
}

/* ---- files ---- */

static enum status chain_enter(struct merge *merge, const struct library_file *file, const struct node *asker) {
    struct chain *chain = &merge->chain;
    for (uint32_t i = 0; i < chain->count; i++) {
        if (chain->files[i] != file)
            continue;
        tell(merge, asker->place, "break the loop", "`" SLICE_FMT "` leads back to itself",
             SLICE_ARG(file->file->path));
        return STATUS_INVALID;
    }
    if (chain->count == CHAIN_MAX) {
        tell(merge, asker->place, "write it flatter", "`" SLICE_FMT "` is the 17th file in a row",
             SLICE_ARG(file->file->path));
        return STATUS_INVALID;
    }
    chain->files[chain->count++] = file;
    return STATUS_OK;
}

static enum status merge_file(struct merge *merge, struct library_file *file, struct node **ret_root);

static enum status enter_file(struct merge *merge, struct library_file *file, const struct node *asker,
                              struct node **ret_root) {
    TRY(chain_enter(merge, file, asker));
    enum status status = merge_file(merge, file, ret_root);
    merge->chain.count--;
    return status;
}

/* STATUS_INVALID also when there is no such file; only `tell` says so. */
static enum status open_beside(struct merge *merge, struct slice directory, const struct node *asker, bool is_name,
                               struct library_file **ret_file) {
    struct library *library = merge->library;
    bool is_absolute = asker->text.ptr[0] == '/' && !is_name;
    struct slice path = arena_printf(library->plan, SLICE_FMT SLICE_FMT "%s", is_absolute ? 0 : (int)directory.len,
                                     directory.ptr, SLICE_ARG(asker->text), is_name ? ".yaml" : "");
    if (path.ptr == NULL)
        return STATUS_NO_MEMORY;
    if (is_name && access(path.ptr, F_OK) != 0)
        return STATUS_NOT_FOUND;
    return library_open(library, path, asker, ret_file);
}

static void tell_no_base(struct merge *merge, const struct node *extends) {
    struct slice names[CANDIDATES_MAX];
    size_t count = 0;
    for (const struct library_file *file = merge->library->first; file != NULL && count < CANDIDATES_MAX;
         file = file->next) {
        const struct node *name = node_get(file->root, "tariff");
        if (name != NULL && name->kind == NODE_SCALAR)
            names[count++] = name->text;
    }
    struct slice near = names_suggest(extends->text, names, count);
    struct buf hint = {0};
    if (near.len > 0)
        buf_printf(&hint, "did you mean `" SLICE_FMT "`? ", SLICE_ARG(near));
    buf_printf(&hint, "`" SLICE_FMT ".yaml` is looked for beside this file and among the shipped tariffs",
               SLICE_ARG(extends->text));
    tell(merge, extends->place, hint.failed ? NULL : hint.ptr, "there is no tariff `" SLICE_FMT "` to extend",
         SLICE_ARG(extends->text));
    buf_free(&hint);
}

static bool text_is_path(struct slice text) {
    return memchr(text.ptr, '/', text.len) != NULL ||
           (text.len > 5 && memcmp(text.ptr + text.len - 5, ".yaml", 5) == 0);
}

/* Another file of this load that names the tariff, in the same folder. */
static struct library_file *find_named(struct merge *merge, const struct library_file *self, struct slice name) {
    for (struct library_file *file = merge->library->first; file != NULL; file = file->next) {
        const struct node *tariff = node_get(file->root, "tariff");
        if (file != self && tariff != NULL && slice_eq(tariff->text, name) &&
            slice_eq(file->directory, self->directory) && node_get(file->root, "extends") == NULL)
            return file;
    }
    return NULL;
}

static enum status find_base(struct merge *merge, const struct library_file *file, const struct node *extends,
                             struct library_file **ret_base) {
    if (text_is_path(extends->text))
        return open_beside(merge, file->directory, extends, false, ret_base);
    enum status status = open_beside(merge, file->directory, extends, true, ret_base);
    if (status == STATUS_OK && *ret_base != file)
        return status;
    if (status != STATUS_OK && status != STATUS_NOT_FOUND)
        return status;
    *ret_base = find_named(merge, file, extends->text);
    if (*ret_base != NULL)
        return STATUS_OK;
    if (merge->library->base_dir.len > 0)
        status = open_beside(merge, merge->library->base_dir, extends, true, ret_base);
    else
        status = STATUS_NOT_FOUND;
    if (status == STATUS_NOT_FOUND) {
        tell_no_base(merge, extends);
        return STATUS_INVALID;
    }
    return status;
}

static bool can_name_files(struct merge *merge, const struct library_file *file, const struct node *node) {
    if (node->kind != NODE_SCALAR || node->text.len == 0) {
        tell(merge, node->place, "name a tariff, or the path of a file", "the name of a file is missing here");
        return false;
    }
    if (file->identity.len > 0)
        return true;
    tell(merge, node->place, "write it into a file", "a text that is no file cannot name `" SLICE_FMT "`",
         SLICE_ARG(node->text));
    return false;
}

/* The base's tree; an empty one when there is none. */
static enum status merge_base(struct merge *merge, struct library_file *file, struct node **ret_root) {
    const struct node *extends = node_get(file->root, "extends");
    if (extends == NULL) {
        *ret_root = ARENA_NEW(merge->library->plan, struct node);
        if (*ret_root == NULL)
            return STATUS_NO_MEMORY;
        (*ret_root)->kind = NODE_MAP;
        (*ret_root)->place = file->root->place;
        return STATUS_OK;
    }
    if (!can_name_files(merge, file, extends))
        return STATUS_INVALID;
    uint32_t errors = merge->library->diags->error_count;
    TRY(find_base(merge, file, extends, &file->base));
    enum status status = enter_file(merge, file->base, extends, ret_root);
    if (status == STATUS_INVALID && merge->library->diags->error_count == errors) /* told before, elsewhere */
        tell(merge, extends->place, "correct it first", "`" SLICE_FMT "` has mistakes", SLICE_ARG(extends->text));
    TRY(status);
    if (node_get(*ret_root, "tariff") == NULL) {
        tell(merge, extends->place, "use `include` for fragments", "`" SLICE_FMT "` is no tariff",
             SLICE_ARG(extends->text));
        return STATUS_INVALID;
    }
    static const char *const own[] = {"extends", "include",
                                      "examples"}; /* examples prove the base, not what changes it */
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        const struct node *node = node_get(*ret_root, own[i]);
        if (node != NULL)
            node_remove(*ret_root, node);
    }
    return STATUS_OK;
}

static enum status include_one(struct merge *merge, struct library_file *file, const struct node *path,
                               struct node *root) {
    if (!can_name_files(merge, file, path))
        return STATUS_INVALID;
    struct library_file *fragment = NULL;
    TRY(open_beside(merge, file->directory, path, false, &fragment));
    struct node *tree = NULL;
    TRY(enter_file(merge, fragment, path, &tree));
    static const char *const refused[] = {"tariff", "extends", "override"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        const struct node *node = node_get(fragment->root, refused[i]);
        if (node == NULL)
            continue;
        tell(merge, node->key_place, "use `extends` to start from another tariff",
             "a file that is included cannot have `" SLICE_FMT "`", SLICE_ARG(node->key));
        return STATUS_INVALID;
    }
    const struct node *include = node_get(tree, "include");
    if (include != NULL)
        node_remove(tree, include);
    fragment->is_used = true;
    add_root(merge, root, tree, false);
    return STATUS_OK;
}

static enum status merge_includes(struct merge *merge, struct library_file *file, struct node *root) {
    const struct node *include = node_get(file->root, "include");
    if (include == NULL || include->kind == NODE_MAP)
        return STATUS_OK;
    enum status first = STATUS_OK;
    const struct node *path = include->kind == NODE_LIST ? include->first : include;
    for (; path != NULL; path = include->kind == NODE_LIST ? path->next : NULL) {
        enum status status = include_one(merge, file, path, root);
        if (status == STATUS_NO_MEMORY)
            return status;
        first = first == STATUS_OK ? status : first;
    }
    return first;
}

static enum status merge_override(struct merge *merge, const struct library_file *file, struct node *root,
                                  struct node *override) {
    if (override->kind != NODE_MAP) {
        tell(merge, override->place, NULL, "`" SLICE_FMT "` must be a mapping (`key: value`)",
             SLICE_ARG(override->key));
        return STATUS_INVALID;
    }
    if (file->base == NULL) {
        tell(merge, override->key_place, "name the tariff to start from: `extends: name`",
             "`" SLICE_FMT "` without `extends`", SLICE_ARG(override->key));
        return STATUS_INVALID;
    }
    override_map(merge, root, override, 0, true);
    return STATUS_OK;
}

static enum status merge_file(struct merge *merge, struct library_file *file, struct node **ret_root) {
    if (file->root == NULL)
        return STATUS_INVALID;
    uint32_t errors = merge->library->diags->error_count;
    struct node *root = NULL;
    TRY(merge_base(merge, file, &root));
    struct node *own = node_copy(merge->library->plan, file->root);
    if (own == NULL)
        return STATUS_NO_MEMORY;
    struct node *override = node_get(own, "override");
    if (override != NULL)
        node_remove(own, override);
    enum status status = merge_includes(merge, file, own);
    if (status != STATUS_OK)
        return status;
    if (file->base == NULL)
        root = own;
    else
        add_root(merge, root, own, true);
    if (override != NULL && merge_override(merge, file, root, override) == STATUS_NO_MEMORY)
        return STATUS_NO_MEMORY;
    *ret_root = root;
    return merge->library->diags->error_count > errors ? STATUS_INVALID : STATUS_OK;
}

enum status merge_tariff(struct library *library, struct library_file *file, struct node **ret_root) {
    struct merge merge = {.library = library, .chain = {.files = {file}, .count = 1}};
    file->is_used = true;
    return merge_file(&merge, file, ret_root);
}
