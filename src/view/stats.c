/* SPDX-License-Identifier: Apache-2.0
 *
 * How much a data directory holds, and what it takes. */
#include "view/stats.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int file_compare(const void *left, const void *right) {
    return slice_cmp(((const struct view_file *)left)->name, ((const struct view_file *)right)->name);
}

/* Files of the store; what else lies there is not ours. */
static enum status files_list(struct view_stats *view, const char *path, struct arena *arena) {
    uint32_t cap = 16;
    DIR *directory = opendir(path);
    if (directory == NULL)
        return STATUS_IO;
    view->files = ARENA_ARRAY(arena, cap, struct view_file);
    enum status status = view->files != NULL ? STATUS_OK : STATUS_NO_MEMORY;
    for (struct dirent *entry; status == STATUS_OK && view->file_count < cap && (entry = readdir(directory)) != NULL;) {
        struct stat info;
        if (!slice_starts(slice_of(entry->d_name), SLICE(BOOK_STORE)) ||
            fstatat(dirfd(directory), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(info.st_mode))
            continue;
        struct view_file *file = &view->files[view->file_count++];
        *file = (struct view_file){arena_copy(arena, slice_of(entry->d_name)), (uint64_t)info.st_size};
        status = file->name.ptr != NULL ? STATUS_OK : STATUS_NO_MEMORY;
    }
    closedir(directory);
    if (status == STATUS_OK)
        qsort(view->files, view->file_count, sizeof *view->files, file_compare);
    return status;
}

/* Pages in memory are the second number; 0 where the system does not tell. */
static uint64_t resident_bytes(void) {
    char text[256] = "";
    struct slice size, rest = SLICE(""), pages = SLICE("");
    struct decimal count = DECIMAL_ZERO;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL)
        return 0;
    bool is_read = fgets(text, sizeof text, file) != NULL && slice_cut(slice_of(text), ' ', &size, &rest) &&
                   slice_cut(rest, ' ', &pages, &rest) && decimal_parse(pages, &count, NULL) == STATUS_OK;
    fclose(file);
    return is_read ? (uint64_t)(count.pico / DECIMAL_ONE_PICO) * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

uint64_t view_stats_tenths(const struct view_stats *view) {
    return view->stats.documents > 0 ? view->stats.stored_bytes * 10 / view->stats.documents : 0;
}

void view_stats_numbers(const struct view_stats *view, struct view_number out[VIEW_STATS_NUMBERS]) {
    const struct book_stats *stats = &view->stats;
    const struct engine_size *state = &stats->state;
    const struct view_number numbers[VIEW_STATS_NUMBERS] = {
        {"batches", "batches", stats->batches},
        {"documents", "documents", stats->documents},
        {"document_bytes", "bytes of documents", stats->raw_bytes},
        {"stored_bytes", "bytes stored", stats->stored_bytes},
        {"snapshots", "snapshots", stats->snapshots},
        {"newest_snapshot", "newest behind batch", stats->newest_snapshot},
        {"bills", "closed bills", stats->bills},
        {"accounts", "accounts", state->accounts},
        {"subscriptions", "accounts x tariffs", state->subscriptions},
        {"orders", "packages, plans", state->lots},
        {"identities", "identities in memory", state->identities},
        {"sealed", "identities sealed", state->sealed},
        {"sums", "sums", state->cells},
        {"cycles", "cycles", state->cycles},
        {"events", "events", state->events},
        {"commands", "commands", state->commands},
        {"refused", "rejected, unpriced", state->notices},
        {"alerts", "alerts", state->alerts},
        {"identity_bytes", "memory, identities", state->identity_bytes},
        {"sum_bytes", "memory, sums", state->cell_bytes},
        {"resident_bytes", "memory, in all", view->resident_bytes},
    };
    memcpy(out, numbers, sizeof numbers);
}

void view_stats_json(const struct view_stats *view, struct json_writer *writer) {
    struct view_number numbers[VIEW_STATS_NUMBERS];
    uint64_t rate = view_stats_tenths(view);
    char text[32];
    view_stats_numbers(view, numbers);
    json_object(writer);
    for (size_t i = 0; i < VIEW_STATS_NUMBERS; i++) {
        json_key(writer, numbers[i].key);
        json_uint(writer, numbers[i].value);
    }
    snprintf(text, sizeof text, "%llu.%llu", (unsigned long long)(rate / 10), (unsigned long long)(rate % 10));
    json_member(writer, "stored_bytes_per_document", slice_of(text));
    bool is_empty = view->stats.batches == 0;
    json_instant(writer, "first_recorded_at", is_empty ? INSTANT_MIN : view->stats.first_ns, NULL);
    json_instant(writer, "last_recorded_at", is_empty ? INSTANT_MIN : view->stats.last_ns, NULL);
    json_key(writer, "files");
    json_object(writer);
    for (uint32_t i = 0; i < view->file_count; i++) {
        json_key(writer, view->files[i].name.ptr);
        json_uint(writer, view->files[i].bytes);
    }
    json_object_end(writer);
    json_object_end(writer);
}

enum status view_stats_place(struct view_stats *view, const char *directory, struct arena *arena) {
    view->resident_bytes = resident_bytes();
    return files_list(view, directory, arena);
}
