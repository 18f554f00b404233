/* SPDX-License-Identifier: Apache-2.0
 *
 * The numbered sets of tariffs of a book. The first one it was made with; every later one holds from the batch of the
 * journal that activates it. A set that was prepared but never activated does not count. */
#include "book/sets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/json_writer.h"
#include "book/book_private.h"

struct slice set_name(const char *stem, uint32_t number, struct arena *arena) {
    return number == 1 ? arena_copy(arena, slice_of(stem)) : arena_printf(arena, "%s-%u", stem, number);
}

/* ---- the command ---- */

static void command_data(const struct book_set *set, struct json_writer *writer) {
    static const char digits[] = "0123456789abcdef";
    char text[2 * SET_FINGERPRINT_BYTES], number[12];
    for (size_t i = 0; i < SET_FINGERPRINT_BYTES; i++) {
        text[2 * i] = digits[set->fingerprint[i] >> 4];
        text[2 * i + 1] = digits[set->fingerprint[i] & 15];
    }
    int len = snprintf(number, sizeof number, "%u", set->number);
    json_key(writer, "data");
    json_object(writer);
    json_member(writer, "set", (struct slice){number, (size_t)len});
    json_member(writer, "fingerprint", (struct slice){text, sizeof text});
    json_object_end(writer);
}

enum status set_command(const struct book_set *set, int64_t now_ns, struct buf *out) {
    struct json_writer writer = {.out = out};
    char time[INSTANT_TEXT_MAX], id[24];
    int len = snprintf(id, sizeof id, "tariffs-%u", set->number);
    json_object(&writer);
    json_member(&writer, "specversion", SLICE("1.0"));
    json_member(&writer, "id", (struct slice){id, (size_t)len});
    json_member(&writer, "source", SLICE("tollgate"));
    json_member(&writer, "type", SLICE(SET_COMMAND));
    json_member(&writer, "time", (struct slice){time, instant_format(now_ns, NULL, time)});
    command_data(set, &writer);
    json_object_end(&writer);
    return out->failed ? STATUS_NO_MEMORY : STATUS_OK;
}

/* The document is the book's own, byte for byte but for its time. */
static bool is_command(const struct book_set *set, const struct batch *batch) {
    struct buf want = {0};
    bool is_same = false;
    if (batch->document_count == 1 && set_command(set, batch->recorded_ns, &want) == STATUS_OK)
        is_same = slice_eq(batch->documents[0], buf_slice(&want));
    buf_free(&want);
    return is_same;
}

/* ---- which there are ---- */

static enum status set_read(struct book *book, uint32_t number, struct arena *arena, struct book_set *ret_set) {
    struct slice value;
    struct slice name = set_name("tariffs", number, arena);
    if (!name.ptr)
        return STATUS_NO_MEMORY;
    TRY(store_get(book->store, KIND_META, name, arena, &value));
    size_t want = SET_FINGERPRINT_BYTES + (number == 1 ? 0 : 8);
    if (value.len != want)
        return STATUS_INVALID;
    *ret_set =
        (struct book_set){.number = number, .seq = number == 1 ? 0 : bytes_u64(value.ptr + SET_FINGERPRINT_BYTES)};
    memcpy(ret_set->fingerprint, value.ptr, SET_FINGERPRINT_BYTES);
    return STATUS_OK;
}

/* Whether the journal activates the set where it was to be. */
static enum status set_is_active(struct book *book, const struct book_set *set, bool *ret_is_active) {
    struct arena arena = {0};
    struct batch batch;
    struct slice error;
    uint64_t last;
    *ret_is_active = set->number == 1;
    if (*ret_is_active)
        return STATUS_OK;
    TRY(book_journal_end(book, &last));
    if (set->seq > last)
        return STATUS_OK;
    enum status status = book_batch(book, set->seq, &arena, &batch, &error);
    *ret_is_active = status == STATUS_OK && is_command(set, &batch);
    arena_free(&arena);
    return status == STATUS_INVALID || status == STATUS_NOT_FOUND ? STATUS_OK : status; /* told when it is folded */
}

enum status sets_list(struct book *book, struct arena *arena, struct slice *ret_error) {
    for (uint32_t number = 1; number <= SETS_MAX; number++) {
        struct book_set set;
        bool is_active;
        enum status status = set_read(book, number, arena, &set);
        if (status == STATUS_NOT_FOUND && number > 1)
            break;
        if (status == STATUS_INVALID || status == STATUS_NOT_FOUND)
            return book_fail(arena, ret_error, STATUS_INVALID,
                             "the book lacks its identity key or its tariffs' fingerprint");
        TRY(status);
        TRY(set_is_active(book, &set, &is_active));
        if (!is_active)
            break;
        book->sets[book->set_count++] = set;
    }
    return STATUS_OK;
}

enum status set_put(struct book *book, const struct book_set *set) {
    char value[SET_FINGERPRINT_BYTES + 8];
    struct arena arena = {0};
    struct slice name = set_name("tariffs", set->number, &arena);
    memcpy(value, set->fingerprint, SET_FINGERPRINT_BYTES);
    bytes_put_u64(value + SET_FINGERPRINT_BYTES, set->seq);
    enum status status = name.ptr
                             ? store_put(book->store, &(struct store_document){KIND_META, name, {value, sizeof value}})
                             : STATUS_NO_MEMORY;
    arena_free(&arena);
    return status;
}

uint32_t sets_at(const struct book *book, uint64_t seq) {
    uint32_t index = book->set_count - 1;
    while (index > 0 && book->sets[index].seq > seq)
        index--;
    return index;
}

/* ---- one of them ---- */

static enum status set_load(struct book *book, struct book_set *set, struct arena *arena, struct slice *ret_error) {
    uint8_t now[SET_FINGERPRINT_BYTES];
    struct slice name = set_name(BOOK_TARIFFS, set->number, arena), base = set_name(BOOK_BASE, set->number, arena);
    struct slice path = arena_printf(arena, "%.*s/%.*s", SLICE_ARG(book->directory), SLICE_ARG(name));
    struct slice base_path = arena_printf(arena, "%.*s/%.*s", SLICE_ARG(book->directory), SLICE_ARG(base));
    if (!name.ptr || !base.ptr || !path.ptr || !base_path.ptr)
        return STATUS_NO_MEMORY;
    set->tariffs = calloc(1, sizeof *set->tariffs);
    if (!set->tariffs)
        return STATUS_NO_MEMORY;
    struct diags diags = {0};
    enum status status = tariff_set_load(path.ptr, base_path.ptr, set->tariffs, &diags);
    diags_free(&diags);
    if (status != STATUS_OK)
        return book_fail(arena, ret_error, status, "the tariffs of the book, %.*s, cannot be loaded: %s",
                         SLICE_ARG(path), status_text(status));
    tariff_set_fingerprint(set->tariffs, now);
    if (memcmp(set->fingerprint, now, sizeof now) != 0)
        return book_fail(arena, ret_error, STATUS_CONFLICT,
                         "the files in %.*s were changed since the book was made; put the old ones back",
                         SLICE_ARG(path));
    return STATUS_OK;
}

void set_unload(struct book_set *set) {
    if (set->tariffs)
        tariff_set_free(set->tariffs);
    free(set->tariffs);
    set->tariffs = NULL;
}

enum status sets_load(struct book *book, uint32_t index, struct arena *arena, struct slice *ret_error) {
    struct book_set *set = &book->sets[index];
    if (set->tariffs)
        return STATUS_OK;
    enum status status = set_load(book, set, arena, ret_error);
    if (status != STATUS_OK)
        set_unload(set);
    return status;
}

enum status sets_use(struct book *book, uint32_t index, struct arena *arena, struct slice *ret_error) {
    struct book_set *set = &book->sets[index];
    struct reader *reader;
    if (book->tariffs && book->tariffs == set->tariffs)
        return STATUS_OK;
    TRY(sets_load(book, index, arena, ret_error));
    TRY(reader_new(set->tariffs, book->key, &reader));
    reader_free(book->reader);
    book->reader = reader;
    book->tariffs = set->tariffs;
    return STATUS_OK;
}

void sets_free(struct book *book) {
    for (uint32_t i = 0; i < SETS_MAX; i++) /* also one that was refused */
        set_unload(&book->sets[i]);
}

/* ---- for those who look ---- */

uint32_t book_set_count(const struct book *book) {
    return book->set_count;
}

struct book_set_view book_set_view(const struct book *book, uint32_t index) {
    return (struct book_set_view){book->sets[index].number, book->sets[index].seq};
}

const char *book_set_path(const struct book *book, uint32_t number, struct arena *arena, const char **ret_base_dir) {
    struct slice name = set_name(BOOK_TARIFFS, number, arena), base = set_name(BOOK_BASE, number, arena);
    struct slice path = arena_printf(arena, "%.*s/%.*s", SLICE_ARG(book->directory), SLICE_ARG(name));
    struct slice base_path = arena_printf(arena, "%.*s/%.*s", SLICE_ARG(book->directory), SLICE_ARG(base));
    if (!name.ptr || !base.ptr || !path.ptr || !base_path.ptr)
        return NULL;
    *ret_base_dir = access(base_path.ptr, R_OK) == 0 ? base_path.ptr : NULL;
    return path.ptr;
}
