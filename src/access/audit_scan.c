/* SPDX-License-Identifier: Apache-2.0
 *
 * The audit log from its first line to its last, over all its files. */
#include <dirent.h>
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "access/audit_private.h"
#include "export/export.h"

enum { NAME_LEN = sizeof "audit-00000000000000000000.ndjson" - 1, DIGITS_AT = sizeof "audit-" - 1, DIGITS = 20 };

/* ---- one file ---- */

static enum status damaged(struct audit_walk *walk, struct slice file, uint64_t number, const char *reason) {
    if (walk->check.bad_file.len > 0)
        return STATUS_OK; /* the first one is told */
    struct slice name = arena_copy(walk->arena, file);
    if (name.ptr == NULL)
        return STATUS_NO_MEMORY;
    walk->check.bad_file = name;
    walk->check.bad_line = number;
    walk->check.reason = reason;
    return STATUS_OK;
}

/* NULL, or why it does not follow the line before it. */
static const char *follows(const struct audit_walk *walk, const struct audit_line *line,
                           const uint8_t previous[AUDIT_HASH_BYTES]) {
    static const uint8_t none[AUDIT_HASH_BYTES];
    if (!walk->is_begun)
        return line->seq == 1 && memcmp(previous, none, sizeof none) != 0 ? "it is not how a log begins" : NULL;
    if (line->seq != walk->check.last_seq + 1)
        return line->seq > walk->check.last_seq ? "lines before it are missing" : "it is out of its order";
    if (memcmp(previous, walk->check.hash, AUDIT_HASH_BYTES) != 0)
        return "the line before it is not the one that was written";
    return NULL;
}

/* A line without its end, which is the number-th of its file. */
static enum status walk_line(struct audit_walk *walk, struct slice text, struct slice file, uint64_t number) {
    struct audit_line line;
    uint8_t previous[AUDIT_HASH_BYTES];
    arena_reset(&walk->line);
    enum status status = audit_line_read(walk->parser, text, &walk->line, &line, previous);
    if (status == STATUS_NO_MEMORY)
        return status;
    if (status != STATUS_OK) {
        TRY(damaged(walk, file, number, "it is no line of an audit log"));
        line.seq = walk->check.last_seq + 1; /* its place is all that is known of it */
        audit_digest(text, line.hash);
    } else {
        const char *reason = follows(walk, &line, previous);
        if (reason != NULL)
            TRY(damaged(walk, file, number, reason));
    }
    walk->is_begun = true;
    walk->check.lines++;
    walk->check.last_seq = line.seq;
    if (walk->check.first_seq == 0)
        walk->check.first_seq = line.seq;
    memcpy(walk->check.hash, line.hash, sizeof line.hash);
    bool is_wanted = status == STATUS_OK && line.seq >= walk->from && walk->visit != NULL;
    return is_wanted ? walk->visit(walk->context, &line) : STATUS_OK;
}

enum status audit_walk_file(struct audit_walk *walk, FILE *file, struct slice name) {
    char *text = NULL;
    size_t room = 0;
    uint64_t number = 0;
    enum status status = STATUS_OK;
    ssize_t len = 0;
    walk->good_bytes = 0;
    walk->check.torn_bytes = 0;
    while (status == STATUS_OK && (errno = 0, len = getline(&text, &room, file)) > 0) {
        if (text[len - 1] != '\n') {
            walk->check.torn_bytes = (uint64_t)len;
            break;
        }
        status = walk_line(walk, (struct slice){text, (size_t)len - 1}, name, ++number);
        walk->good_bytes += (uint64_t)len;
    }
    if (status == STATUS_OK && len < 0 && !feof(file))
        status = errno == ENOMEM ? STATUS_NO_MEMORY : STATUS_IO;
    free(text);
    return status;
}

/* ---- all of them ---- */

static bool is_rotated(struct slice name) {
    if (name.len != NAME_LEN || !slice_starts(name, SLICE("audit-")) ||
        !slice_is((struct slice){name.ptr + DIGITS_AT + DIGITS, 7}, ".ndjson"))
        return false;
    for (size_t i = 0; i < DIGITS; i++)
        if (name.ptr[DIGITS_AT + i] < '0' || name.ptr[DIGITS_AT + i] > '9')
            return false;
    return true;
}

static int by_name(const void *a, const void *b) {
    return slice_cmp(*(const struct slice *)a, *(const struct slice *)b);
}

enum status audit_files_list(const char *directory, struct arena *arena, struct slice **ret_names,
                             uint32_t *ret_count) {
    struct slice *names = NULL;
    uint32_t count = 0, room = 0;
    enum status status = STATUS_OK;
    DIR *open = opendir(directory);
    if (open == NULL)
        return STATUS_IO;
    for (const struct dirent *entry; status == STATUS_OK && (entry = readdir(open)) != NULL;) {
        struct slice name = slice_of(entry->d_name);
        if (!is_rotated(name))
            continue;
        if (count == room) {
            room = room == 0 ? 16 : room * 2;
            struct slice *grown = ARENA_ARRAY(arena, room, struct slice);
            if (grown != NULL && count > 0)
                memcpy(grown, names, count * sizeof *names);
            names = grown;
        }
        struct slice copy = arena_copy(arena, name);
        status = names != NULL && copy.ptr != NULL ? STATUS_OK : STATUS_NO_MEMORY;
        if (status == STATUS_OK)
            names[count++] = copy;
    }
    (void)closedir(open);
    TRY(status);
    if (count > 0)
        qsort(names, count, sizeof *names, by_name);
    *ret_names = names;
    *ret_count = count;
    return STATUS_OK;
}

/* STATUS_NOT_FOUND: it is not there. */
static enum status walk_named(struct audit_walk *walk, const char *directory, struct slice name) {
    struct slice path = arena_printf(walk->arena, "%s/" SLICE_FMT, directory, SLICE_ARG(name));
    if (path.ptr == NULL)
        return STATUS_NO_MEMORY;
    FILE *file = fopen(path.ptr, "re");
    if (file == NULL)
        return errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO;
    enum status status = audit_walk_file(walk, file, name);
    (void)fclose(file);
    return status;
}

/* Files whose lines are all before `from`: those in front of the last one that begins at or before it. */
static uint32_t files_before(const struct slice *names, uint32_t count, uint64_t from) {
    uint32_t first = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t seq = 0;
        struct slice digits = {names[i].ptr + DIGITS_AT, DIGITS};
        if (slice_number(digits, UINT64_MAX, &seq) && seq <= from)
            first = i;
    }
    return first;
}

static enum status walk_all(struct audit_walk *walk, const char *directory) {
    struct slice *names;
    uint32_t count;
    TRY(audit_files_list(directory, walk->arena, &names, &count));
    for (uint32_t i = files_before(names, count, walk->from); i < count; i++) {
        TRY(walk_named(walk, directory, names[i]));
        if (walk->check.torn_bytes > 0)
            TRY(damaged(walk, names[i], 0, "its last line has no end"));
    }
    enum status status = walk_named(walk, directory, SLICE(AUDIT_FILE));
    return status == STATUS_NOT_FOUND && count > 0 ? STATUS_OK : status;
}

enum status audit_scan(const char *directory, uint64_t from, audit_visit *visit, void *context, struct arena *arena,
                       struct audit_check *ret_check) {
    struct audit_walk walk = {
        .parser = json_parser_new(), .arena = arena, .visit = visit, .context = context, .from = from};
    if (walk.parser == NULL)
        return STATUS_NO_MEMORY;
    enum status status = walk_all(&walk, directory);
    json_parser_free(walk.parser);
    arena_free(&walk.line);
    if (status == STATUS_OK)
        *ret_check = walk.check;
    return status;
}

void audit_check_json(const struct audit_check *check, bool is_whole, struct json_writer *writer) {
    char hash[2 * AUDIT_HASH_BYTES + 1];
    const struct {
        const char *name;
        uint64_t value;
    } counts[] = {{"lines", check->lines},
                  {"first", check->first_seq},
                  {"last", check->last_seq},
                  {"torn_bytes", check->torn_bytes}};
    json_object(writer);
    json_key(writer, "whole");
    json_bool(writer, is_whole);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        json_key(writer, counts[i].name);
        json_uint(writer, counts[i].value);
    }
    (void)sodium_bin2hex(hash, sizeof hash, check->hash, sizeof check->hash);
    json_member(writer, "hash", slice_of(hash));
    json_optional(writer, "bad_file", check->bad_file);
    json_key(writer, "bad_line");
    json_uint(writer, check->bad_line);
    json_optional(writer, "reason", check->reason != NULL ? slice_of(check->reason) : SLICE(""));
    json_object_end(writer);
}
