/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate stats: how much a data directory holds, and what it takes. */
#include "cli/data.h"
#include "cli/verbs.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct option options[] = {OPTION_DATA, OPTION_JSON, OPTIONS_COMMON};

static const struct verb_example examples[] = {
    {"tollgate stats --data books/2026", "batches, documents, bytes per document, accounts, memory"},
    {"tollgate stats --data books/2026 --json", "the same as JSON"},
};

struct file {
    struct slice name;
    uint64_t bytes;
};

struct shown {
    const struct call *call;
    struct arena arena;
    struct book_stats stats;
    struct file *files; /* of the directory itself, by name */
    uint32_t file_count;
    uint64_t resident_bytes; /* of this process, with the state in memory */
};

static int file_compare(const void *left, const void *right) {
    return slice_cmp(((const struct file *)left)->name, ((const struct file *)right)->name);
}

/* Files of the store; what else lies there is not ours. */
static enum status files_list(struct shown *shown, const char *path) {
    uint32_t cap = 16;
    DIR *directory = opendir(path);
    if (directory == NULL)
        return STATUS_IO;
    shown->files = ARENA_ARRAY(&shown->arena, cap, struct file);
    enum status status = shown->files != NULL ? STATUS_OK : STATUS_NO_MEMORY;
    for (struct dirent *entry;
         status == STATUS_OK && shown->file_count < cap && (entry = readdir(directory)) != NULL;) {
        struct stat info;
        if (!slice_starts(slice_of(entry->d_name), SLICE(BOOK_STORE)) ||
            fstatat(dirfd(directory), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(info.st_mode))
            continue;
        struct file *file = &shown->files[shown->file_count++];
        *file = (struct file){arena_copy(&shown->arena, slice_of(entry->d_name)), (uint64_t)info.st_size};
        status = file->name.ptr != NULL ? STATUS_OK : STATUS_NO_MEMORY;
    }
    closedir(directory);
    if (status == STATUS_OK)
        qsort(shown->files, shown->file_count, sizeof *shown->files, file_compare);
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

/* Tenths, rounded down; 0 of nothing. */
static uint64_t tenths(uint64_t bytes, uint64_t count) {
    return count > 0 ? bytes * 10 / count : 0;
}

/* ---- printing ---- */

struct number {
    const char *key, *text;
    uint64_t value;
};

#define NUMBER_COUNT 21
static void numbers_of(const struct shown *shown, struct number *out) {
    const struct book_stats *stats = &shown->stats;
    const struct engine_size *state = &stats->state;
    const struct number numbers[NUMBER_COUNT] = {
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
        {"resident_bytes", "memory, in all", shown->resident_bytes},
    };
    memcpy(out, numbers, sizeof numbers);
}

static void shown_json(const struct shown *shown, const struct number *numbers, struct sink *out) {
    struct json_writer writer = {.out = &out->buf, .pretty = true};
    uint64_t rate = tenths(shown->stats.stored_bytes, shown->stats.documents);
    char text[32];
    json_object(&writer);
    for (size_t i = 0; i < NUMBER_COUNT; i++) {
        json_key(&writer, numbers[i].key);
        json_uint(&writer, numbers[i].value);
    }
    snprintf(text, sizeof text, "%llu.%llu", (unsigned long long)(rate / 10), (unsigned long long)(rate % 10));
    json_member(&writer, "stored_bytes_per_document", slice_of(text));
    bool is_empty = shown->stats.batches == 0;
    json_instant(&writer, "first_recorded_at", is_empty ? INSTANT_MIN : shown->stats.first_ns, NULL);
    json_instant(&writer, "last_recorded_at", is_empty ? INSTANT_MIN : shown->stats.last_ns, NULL);
    json_key(&writer, "files");
    json_object(&writer);
    for (uint32_t i = 0; i < shown->file_count; i++) {
        json_key(&writer, shown->files[i].name.ptr);
        json_uint(&writer, shown->files[i].bytes);
    }
    json_object_end(&writer);
    json_object_end(&writer);
    buf_char(&out->buf, '\n');
}

static void shown_text(struct shown *shown, const struct number *numbers, struct sink *out) {
    const struct book_stats *stats = &shown->stats;
    uint64_t rate = tenths(stats->stored_bytes, stats->documents);
    for (size_t i = 0; i < NUMBER_COUNT; i++)
        buf_printf(&out->buf, "%-22s%llu\n", numbers[i].text, (unsigned long long)numbers[i].value);
    buf_printf(&out->buf, "%-22s%llu.%llu\n", "bytes per document", (unsigned long long)(rate / 10),
               (unsigned long long)(rate % 10));
    if (stats->batches > 0)
        buf_printf(&out->buf, "%-22s" SLICE_FMT " to " SLICE_FMT "\n", "recorded",
                   SLICE_ARG(text_instant(&shown->arena, stats->first_ns, NULL)),
                   SLICE_ARG(text_instant(&shown->arena, stats->last_ns, NULL)));
    for (uint32_t i = 0; i < shown->file_count; i++)
        buf_printf(&out->buf, "%-22s%llu\n", shown->files[i].name.ptr, (unsigned long long)shown->files[i].bytes);
}

static int shown_print(struct shown *shown) {
    struct number numbers[NUMBER_COUNT];
    struct sink out = output_sink();
    shown->resident_bytes = resident_bytes();
    numbers_of(shown, numbers);
    if (is_json(shown->call))
        shown_json(shown, numbers, &out);
    else
        shown_text(shown, numbers, &out);
    return output_finish(&out, EXIT_DONE);
}

static int stats_run(const struct call *call) {
    struct shown shown = {.call = call};
    struct book *book;
    struct slice error = {0};
    int code = data_open(call, STORE_READ, &book);
    if (code != EXIT_DONE)
        return code;
    enum status status = book_stats(book, &shown.arena, &shown.stats, &error);
    if (status != STATUS_OK)
        code = data_fault("the journal", status, error.len > 0 ? error : book_error(book));
    else if ((status = files_list(&shown, data_directory(call))) != STATUS_OK)
        code = complain_fault(data_directory(call), status);
    else
        code = shown_print(&shown);
    arena_free(&shown.arena);
    book_close(book);
    return code;
}

const struct verb verb_stats = {
    .name = "stats",
    .operands = "",
    .summary = "Show how much a data directory holds, and what it takes",
    .text = "Sizes are bytes. Memory is that of this command with the whole state in it. The journal is read once.",
    .options = options,
    .option_count = COUNT_OF(options),
    .examples = examples,
    .example_count = COUNT_OF(examples),
    .operand_max = 0,
    .run = stats_run,
};
