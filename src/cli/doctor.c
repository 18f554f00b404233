/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate doctor: is a data directory fit for work, and what helps when it is not? Nothing is changed. */
#include "cli/doctor.h"
#include "cli/verbs.h"
#include "engine/money.h"
#include "export/grid.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define MIB ((uint64_t)1 << 20)
#define SPACE_FAULT (64 * MIB)
#define SPACE_LOW (1024 * MIB)
#define LOG_LARGE (256 * MIB) /* eight times what a writer lets it grow to */
#define REPLAYED_MANY 1024
#define CLOCK_BEHIND_NS (5 * INT64_C(60) * NS_PER_SECOND) /* events so far ahead are rejected */

static const struct option options[] = {
    OPTION_DATA,
    OPTION_NOW("compare with this instant"),
    OPTION_JSON,
    OPTIONS_COMMON,
};

static const struct verb_example examples[] = {
    {"tollgate doctor --data books/2026", "one line for each check; what is wrong is told with what helps"},
};

static const char *const level_names[] = {"ok", "note", "warning", "fault"};

void find(struct doctor *doctor, const char *check, enum level level, const char *remedy, const char *format, ...) {
    va_list args;
    va_start(args, format);
    struct slice text = arena_vprintf(&doctor->arena, format, args);
    va_end(args);
    if (doctor->count < FINDINGS_MAX)
        doctor->findings[doctor->count++] = (struct finding){check, level, text, remedy};
}

void find_ok(struct doctor *doctor, const char *check, const char *text) {
    find(doctor, check, LEVEL_OK, NULL, "%s", text);
}

static struct slice path_of(struct doctor *doctor, const char *suffix) {
    struct slice path = arena_printf(&doctor->arena, "%s/" BOOK_STORE "%s", doctor->directory, suffix);
    return path.ptr != NULL ? path : SLICE("");
}

/* ---- what the system says ---- */

static bool check_directory(struct doctor *doctor) {
    struct stat info;
    if (stat(doctor->directory, &info) != 0 || !S_ISDIR(info.st_mode)) {
        find(doctor, "directory", LEVEL_FAULT, "name a data directory with --data, or make one with `tollgate init`",
             "%s is no directory", doctor->directory);
        return false;
    }
    find_ok(doctor, "directory", doctor->directory);
    return true;
}

static void check_permissions(struct doctor *doctor) {
    struct stat info;
    bool is_there = stat(path_of(doctor, "").ptr, &info) == 0;
    if (is_there && (info.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        find(doctor, "permissions", LEVEL_WARNING, "take the right away: chmod go-w book.db*",
             "others than the owner may write " BOOK_STORE);
    else if (access(doctor->directory, W_OK) != 0 || (is_there && access(path_of(doctor, "").ptr, W_OK) != 0))
        find(doctor, "permissions", LEVEL_WARNING, "run commands that write as the owner of the directory",
             "this user may read but not write");
    else
        find_ok(doctor, "permissions", "this user may read and write");
}

/* The next word of a line; false at its end. */
static bool word_next(struct slice *rest, struct slice *ret_word) {
    *rest = slice_trim(*rest);
    if (!slice_cut(*rest, ' ', ret_word, rest))
        *rest = SLICE("");
    return ret_word->len > 0;
}

/* "12: FLOCK  ADVISORY  WRITE 1234 fd:01:5678 0 EOF": the process, when this is a lock for writing on such a file. */
static bool lock_line(struct slice line, struct slice file, struct slice *ret_process) {
    struct slice words[6];
    for (size_t i = 0; i < 6; i++) {
        if (!word_next(&line, &words[i]))
            return false;
    }
    *ret_process = words[4];
    return slice_is(words[1], "FLOCK") && slice_is(words[3], "WRITE") && slice_eq(words[5], file);
}

/* The kernel's list tells who holds the lock without asking for it, so that no writer is in the way of this. Empty:
 * nobody. */
static struct slice lock_holder(struct doctor *doctor, const struct stat *lock) {
    char text[256];
    struct slice holder = SLICE("");
    struct slice file = arena_printf(&doctor->arena, "%02x:%02x:%llu", major(lock->st_dev), minor(lock->st_dev),
                                     (unsigned long long)lock->st_ino);
    FILE *locks = fopen("/proc/locks", "re");
    while (locks != NULL && fgets(text, sizeof text, locks) != NULL) {
        struct slice process;
        if (lock_line(slice_of(text), file, &process))
            holder = arena_copy(&doctor->arena, process);
    }
    if (locks != NULL)
        fclose(locks);
    return holder;
}

static void check_writer(struct doctor *doctor) {
    struct stat lock;
    bool is_there = stat(path_of(doctor, ".lock").ptr, &lock) == 0;
    struct slice holder = is_there ? lock_holder(doctor, &lock) : SLICE("");
    if (holder.len > 0)
        find(doctor, "writer", LEVEL_OK, NULL, "process " SLICE_FMT " is writing", SLICE_ARG(holder));
    else
        find_ok(doctor, "writer", "nobody is writing");
}

static void check_space(struct doctor *doctor) {
    struct statvfs space;
    if (statvfs(doctor->directory, &space) != 0)
        return;
    uint64_t left = (uint64_t)space.f_bavail * space.f_frsize;
    enum level level = left < SPACE_FAULT ? LEVEL_FAULT : left < SPACE_LOW ? LEVEL_WARNING : LEVEL_OK;
    find(doctor, "space", level, level == LEVEL_OK ? NULL : "make room on the disk: a full one refuses what is written",
         "%llu MiB are free", (unsigned long long)(left / MIB));
}

static void check_log(struct doctor *doctor) {
    struct stat log;
    uint64_t bytes = stat(path_of(doctor, "-wal").ptr, &log) == 0 ? (uint64_t)log.st_size : 0;
    bool is_large = bytes > LOG_LARGE;
    find(doctor, "log", is_large ? LEVEL_WARNING : LEVEL_OK,
         is_large ? "end readers that stay open; the next command that writes then moves it into the database" : NULL,
         "the write-ahead log has %llu MiB", (unsigned long long)(bytes / MIB));
}

/* ---- what the book says ---- */

static void check_end(struct doctor *doctor, struct book *book) {
    struct batch batch;
    struct slice error = {0};
    struct arena scratch = {0};
    enum status status = book_seq(book) > 0 ? book_batch(book, book_seq(book), &scratch, &batch, &error) : STATUS_OK;
    if (status != STATUS_OK) {
        find(doctor, "journal", LEVEL_FAULT, "restore a backup, and look at the disk",
             "the last batch cannot be read: " SLICE_FMT,
             SLICE_ARG(error.len > 0 ? error : slice_of(status_text(status))));
    } else {
        find(doctor, "journal", LEVEL_OK, NULL, "it ends with batch %llu, whole and in its chain",
             (unsigned long long)book_seq(book));
        bool is_behind = book_seq(book) > 0 && batch.recorded_ns > doctor->now_ns + CLOCK_BEHIND_NS;
        find(doctor, "clock", is_behind ? LEVEL_WARNING : LEVEL_OK,
             is_behind ? "set the clock right: new events would be rejected, or recorded in the past" : NULL, "%s",
             is_behind ? "it is behind the last batch that was recorded" : "it is not behind the journal");
    }
    arena_free(&scratch);
}

static void check_snapshots(struct doctor *doctor, struct book *book) {
    const struct book_recovery *recovery = book_recovery(book);
    if (recovery->bad_snapshots > 0)
        find(doctor, "snapshots", LEVEL_WARNING,
             "nothing is lost; look at the disk, and see what `tollgate verify` says",
             "%u damaged, or of another version of the program: passed over", recovery->bad_snapshots);
    else
        find(doctor, "snapshots", recovery->replayed > REPLAYED_MANY ? LEVEL_WARNING : LEVEL_OK,
             recovery->replayed > REPLAYED_MANY ? "the next command that writes makes a newer one" : NULL,
             "%llu batches were folded behind the newest", (unsigned long long)recovery->replayed);
}

static void check_bills(struct doctor *doctor, struct book *book) {
    uint64_t kept;
    if (book_bills_kept(book, &kept) != STATUS_OK) {
        find(doctor, "bills", LEVEL_FAULT, "see what `tollgate verify` says", SLICE_FMT, SLICE_ARG(book_error(book)));
        return;
    }
    uint64_t known = engine_bill_count(book_engine(book));
    bool is_late = kept < known;
    find(doctor, "bills", is_late ? LEVEL_WARNING : LEVEL_OK,
         is_late ? "the next command that writes brings them in" : NULL, "%llu are kept of %llu",
         (unsigned long long)kept, (unsigned long long)known);
}

static void check_ledger(struct doctor *doctor, struct book *book) {
    enum status status = engine_check(book_engine(book));
    if (status == STATUS_OK)
        find_ok(doctor, "ledger", "debits equal credits, and every balance has its reason");
    else if (status == STATUS_INVALID)
        find(doctor, "ledger", LEVEL_FAULT, "see what `tollgate verify` says, and report it: bills are not affected",
             "its balances contradict each other");
    else
        find(doctor, "ledger", LEVEL_FAULT, "free memory and try again", "it could not be added up: %s",
             status_text(status));
}

/* Everything that only an open book can tell. */
static void check_book(struct doctor *doctor) {
    struct book *book;
    struct slice error = {0};
    enum status status = book_open(doctor->directory, STORE_READ, &doctor->arena, &book, &error);
    if (status == STATUS_NOT_FOUND) {
        find(doctor, "book", LEVEL_FAULT, "make one with `tollgate init`, or restore a backup", "there is none");
    } else if (status != STATUS_OK) {
        const char *remedy = status == STATUS_CONFLICT ? "put the old tariffs back, from a backup"
                             : status == STATUS_INVALID
                                 ? "restore a backup; `tollgate verify` tells where it is damaged"
                                 : "see what the system says about it";
        find(doctor, "book", LEVEL_FAULT, remedy, SLICE_FMT,
             SLICE_ARG(error.len > 0 ? error : slice_of(status_text(status))));
    } else {
        find(doctor, "book", LEVEL_OK, NULL, "it opens; its %u tariffs are unchanged", book_tariffs(book)->count);
        check_end(doctor, book);
        check_snapshots(doctor, book);
        check_bills(doctor, book);
        check_ledger(doctor, book);
        check_keys(doctor, book);
        book_close(book);
    }
}

/* ---- telling ---- */

static void findings_json(const struct doctor *doctor, bool is_well, struct sink *out) {
    struct json_writer writer = {.out = &out->buf, .pretty = true};
    json_object(&writer);
    json_key(&writer, "ok");
    json_bool(&writer, is_well);
    json_key(&writer, "checks");
    json_array(&writer);
    for (uint32_t i = 0; i < doctor->count; i++) {
        const struct finding *finding = &doctor->findings[i];
        json_object(&writer);
        json_member(&writer, "check", slice_of(finding->check));
        json_member(&writer, "level", slice_of(level_names[finding->level]));
        json_member(&writer, "text", finding->text);
        json_optional(&writer, "remedy", slice_of(finding->remedy != NULL ? finding->remedy : ""));
        json_object_end(&writer);
    }
    json_array_end(&writer);
    json_object_end(&writer);
    buf_char(&out->buf, '\n');
}

static void findings_text(const struct doctor *doctor, struct sink *out) {
    for (uint32_t i = 0; i < doctor->count; i++) {
        const struct finding *finding = &doctor->findings[i];
        buf_printf(&out->buf, "%-8s %-12s ", level_names[finding->level], finding->check);
        buf_visible(&out->buf, finding->text);
        buf_char(&out->buf, '\n');
        if (finding->remedy != NULL)
            buf_printf(&out->buf, "%22s%s\n", "", finding->remedy);
    }
}

static int findings_print(const struct doctor *doctor) {
    struct sink out = output_sink();
    bool is_well = true;
    for (uint32_t i = 0; i < doctor->count; i++)
        is_well = is_well && doctor->findings[i].level < LEVEL_WARNING;
    if (is_json(doctor->call))
        findings_json(doctor, is_well, &out);
    else
        findings_text(doctor, &out);
    return output_finish(&out, is_well ? EXIT_DONE : EXIT_INCOMPLETE);
}

static int doctor_run(const struct call *call) {
    struct doctor doctor = {.call = call, .directory = data_directory(call)};
    if (doctor.directory == NULL || data_now(call, &doctor.now_ns) != EXIT_DONE)
        return EXIT_USAGE;
    if (check_directory(&doctor)) {
        check_permissions(&doctor);
        check_writer(&doctor);
        check_service_files(&doctor);
        check_space(&doctor);
        check_log(&doctor);
        check_book(&doctor);
        check_machine(&doctor);
    }
    int code = findings_print(&doctor);
    arena_free(&doctor.arena);
    return code;
}

const struct verb verb_doctor = {
    .name = "doctor",
    .operands = "",
    .summary = "Check whether a data directory is fit for work, and say what helps",
    .text =
        "Permissions, the writer, the daemon, the pepper, the audit log, free space, the database's log, the\n"
        "tariffs, the journal's end, the clock, snapshots, bills, the ledger; and around it the machine's time,\n"
        "the unit, programs that some verbs call. Each line is ok, a note, a warning or a fault; the last two make\n"
        "the exit status 1. It is quick and changes nothing; `tollgate verify` checks every byte.",
    .options = options,
    .option_count = COUNT_OF(options),
    .examples = examples,
    .example_count = COUNT_OF(examples),
    .operand_max = 0,
    .run = doctor_run,
};
