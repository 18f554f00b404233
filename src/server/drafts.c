/* SPDX-License-Identifier: Apache-2.0
 *
 * Drafts of tariffs as documents, and the folders that their candidates are loaded from. */
#include "server/drafts.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include "book/files.h"
#include "cxx/json.h"
#include "export/export.h"

#define KIND SLICE("draft")

static bool is_name_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

bool draft_name_is_good(struct slice name) {
    for (size_t i = 0; i < name.len; i++)
        if (!is_name_byte(name.ptr[i]))
            return false;
    return name.len > 0 && name.len <= DRAFT_NAME_MAX && name.ptr[0] != '-';
}

bool draft_file_name_is_good(struct slice name) {
    struct slice end = SLICE(".yaml");
    return name.len > end.len && slice_eq((struct slice){name.ptr + name.len - end.len, end.len}, end) &&
           draft_name_is_good((struct slice){name.ptr, name.len - end.len});
}

static void hash_text(crypto_generichash_state *state, struct slice text) {
    uint64_t length = text.ptr ? text.len : UINT64_MAX;
    crypto_generichash_update(state, (const uint8_t *)&length, sizeof length);
    if (text.ptr)
        crypto_generichash_update(state, (const uint8_t *)text.ptr, text.len);
}

void draft_digest(struct draft *draft) {
    crypto_generichash_state state;
    uint8_t hash[DRAFT_DIGEST_HEX / 2];
    crypto_generichash_init(&state, NULL, 0, sizeof hash);
    hash_text(&state, draft->name);
    for (uint32_t i = 0; i < draft->file_count; i++) {
        hash_text(&state, draft->files[i].name);
        hash_text(&state, draft->files[i].text);
    }
    crypto_generichash_final(&state, hash, sizeof hash);
    sodium_bin2hex(draft->digest, sizeof draft->digest, hash, sizeof hash);
}

/* ---- documents ---- */

static void members_json(const struct draft *draft, bool has_texts, struct json_writer *writer) {
    json_member(writer, "draft", draft->name);
    json_member(writer, "by", draft->by);
    json_instant(writer, "at", draft->at_ns, NULL);
    json_member(writer, "digest", slice_of(draft->digest));
    json_key(writer, "files");
    json_array(writer);
    for (uint32_t i = 0; i < draft->file_count; i++) {
        const struct draft_file *file = &draft->files[i];
        json_object(writer);
        json_member(writer, "name", file->name);
        if (!file->text.ptr)
            json_member_null(writer, "text");
        else if (has_texts)
            json_member(writer, "text", file->text);
        json_object_end(writer);
    }
    json_array_end(writer);
}

void draft_json(const struct draft *draft, bool has_texts, struct json_writer *writer) {
    json_object(writer);
    members_json(draft, has_texts, writer);
    json_object_end(writer);
}

enum status draft_put(struct store *store, const struct draft *draft) {
    struct buf text = {0};
    struct json_writer writer = {.out = &text};
    draft_json(draft, true, &writer);
    enum status status = text.failed ? STATUS_NO_MEMORY
                                     : store_put(store, &(struct store_document){KIND, draft->name, buf_slice(&text)});
    buf_free(&text);
    return status;
}

static enum status text_take(const struct json_token *value, struct arena *arena, struct slice *ret_text) {
    if (value->type != JSON_TEXT)
        return value->type == JSON_NULL ? STATUS_OK : STATUS_INVALID;
    *ret_text = arena_copy(arena, (struct slice){value->ptr, value->len});
    return ret_text->ptr ? STATUS_OK : STATUS_NO_MEMORY;
}

static enum status files_take(const struct json_token *list, struct arena *arena, struct draft *draft) {
    if (list->type != JSON_ARRAY)
        return STATUS_INVALID;
    for (const struct json_token *at = list + 1; at->type == JSON_OBJECT; at += at->len) {
        if (draft->file_count == DRAFT_FILES_MAX)
            return STATUS_INVALID;
        struct draft_file *file = &draft->files[draft->file_count++];
        for (const struct json_token *key = at + 1; key->type == JSON_KEY; key += 2) {
            bool is_name = slice_is((struct slice){key->ptr, key->len}, "name");
            TRY(text_take(key + 1, arena, is_name ? &file->name : &file->text));
        }
    }
    return STATUS_OK;
}

static enum status member_take(const struct json_token *key, struct arena *arena, struct draft *draft) {
    struct slice name = {key->ptr, key->len}, at = {0};
    if (slice_is(name, "draft"))
        return text_take(key + 1, arena, &draft->name);
    if (slice_is(name, "by"))
        return text_take(key + 1, arena, &draft->by);
    if (slice_is(name, "files"))
        return files_take(key + 1, arena, draft);
    if (!slice_is(name, "at"))
        return STATUS_OK;
    TRY(text_take(key + 1, arena, &at));
    return instant_parse(at, &draft->at_ns, NULL);
}

static enum status draft_parse(struct json_parser *parser, struct slice text, struct arena *arena,
                               struct draft *ret_draft) {
    const struct json_token *tokens;
    struct json_error error;
    char *padded = arena_alloc(arena, text.len + JSON_PADDING);
    if (!padded)
        return STATUS_NO_MEMORY;
    memcpy(padded, text.ptr, text.len);
    size_t count = json_parse(parser, padded, text.len, &tokens, &error);
    if (count == 0 || tokens->type != JSON_OBJECT)
        return count == 0 && error.is_fault ? STATUS_NO_MEMORY : STATUS_INVALID;
    *ret_draft = (struct draft){0};
    for (const struct json_token *key = tokens + 1; key->type == JSON_KEY;) {
        TRY(member_take(key, arena, ret_draft));
        key += key[1].type == JSON_ARRAY ? key[1].len + 1 : 2;
    }
    draft_digest(ret_draft);
    return STATUS_OK;
}

enum status draft_get(struct store *store, struct slice name, struct arena *arena, struct draft *ret_draft) {
    struct slice text;
    TRY(store_get(store, KIND, name, arena, &text));
    struct json_parser *parser = json_parser_new();
    if (!parser)
        return STATUS_NO_MEMORY;
    enum status status = draft_parse(parser, text, arena, ret_draft);
    json_parser_free(parser);
    return status;
}

enum status draft_delete(struct store *store, struct slice name) {
    return store_delete(store, KIND, name);
}

enum status draft_list(struct store *store, struct arena *arena, struct slice **ret_names, uint32_t *ret_count) {
    return store_list(store, KIND, arena, ret_names, ret_count);
}

/* ---- candidates ---- */

static enum status file_write(struct slice path, struct slice text, struct arena *arena, struct slice *ret_error) {
    int file = open(path.ptr, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    if (file < 0)
        return file_refuse(arena, ret_error, "cannot write", path);
    while (text.len > 0) {
        ssize_t written = write(file, text.ptr, text.len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0) {
            (void)close(file);
            return file_refuse(arena, ret_error, "cannot write", path);
        }
        text.ptr += written;
        text.len -= (size_t)written;
    }
    return close(file) == 0 ? STATUS_OK : file_refuse(arena, ret_error, "cannot write", path);
}

static enum status files_lay(const struct draft *draft, struct slice folder, struct arena *arena,
                             struct slice *ret_error) {
    for (uint32_t i = 0; i < draft->file_count; i++) {
        const struct draft_file *file = &draft->files[i];
        struct slice path = arena_printf(arena, SLICE_FMT "/" SLICE_FMT, SLICE_ARG(folder), SLICE_ARG(file->name));
        if (!path.ptr)
            return STATUS_NO_MEMORY;
        if (file->text.ptr)
            TRY(file_write(path, file->text, arena, ret_error));
        else if (unlink(path.ptr) != 0 && errno != ENOENT)
            return file_refuse(arena, ret_error, "cannot remove", path);
    }
    return STATUS_OK;
}

uint32_t draft_set_number(struct live *live) {
    (void)live_state(live); /* no other set comes meanwhile */
    const struct book *book = live_book(live);
    uint32_t number = book_set_view(book, book_set_count(book) - 1).number;
    live_state_end(live);
    return number;
}

enum status candidate_make(struct live *live, const struct draft *draft, struct arena *arena,
                           struct candidate *ret_candidate, struct slice *ret_error) {
    struct book *book = live_book(live);
    struct candidate candidate = {0};
    uint32_t number = draft_set_number(live);
    const char *active = book_set_path(book, number, arena, &candidate.base_dir);
    if (!active)
        return STATUS_NO_MEMORY;
    TRY(directory_draft(active, arena, &candidate.path, ret_error));
    enum status status = files_copy(active, candidate.path, 0, arena, ret_error);
    if (status == STATUS_OK)
        status = files_lay(draft, candidate.path, arena, ret_error);
    if (status != STATUS_OK) {
        directory_drop(candidate.path);
        return status;
    }
    candidate.is_good =
        tariff_set_load(candidate.path.ptr, candidate.base_dir, &candidate.tariffs, &candidate.diags) == STATUS_OK;
    diags_sort(&candidate.diags);
    *ret_candidate = candidate;
    return STATUS_OK;
}

void candidate_drop(struct candidate *candidate) {
    tariff_set_free(&candidate->tariffs);
    diags_free(&candidate->diags);
    directory_drop(candidate->path);
}

/* Nobody is told where the book lies. */
static struct slice path_shown(const struct candidate *candidate, const struct place *place) {
    struct slice path = place->file ? place->file->path : SLICE("");
    if (slice_starts(path, candidate->path) && path.len > candidate->path.len)
        return (struct slice){path.ptr + candidate->path.len + 1, path.len - candidate->path.len - 1};
    const char *slash = path.len > 0 ? memrchr(path.ptr, '/', path.len) : NULL;
    return slash ? (struct slice){slash + 1, path.len - (size_t)(slash + 1 - path.ptr)} : path;
}

void candidate_diags_json(const struct candidate *candidate, struct json_writer *writer) {
    static const char *const severities[] = {"error", "warning", "note"};
    for (uint32_t i = 0; i < candidate->diags.count; i++) {
        const struct diag *diag = &candidate->diags.list[i];
        json_object(writer);
        json_member(writer, "severity", slice_of(severities[diag->severity]));
        json_optional(writer, "file", path_shown(candidate, &diag->place));
        json_key(writer, "line");
        json_uint(writer, diag->place.line);
        json_key(writer, "column");
        json_uint(writer, diag->place.column);
        json_member(writer, "text", diag->text);
        json_optional(writer, "hint", diag->hint);
        json_object_end(writer);
    }
}
