/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate ingest: files into the journal. */
#include <errno.h>

#include "cli/data.h"
#include "cli/ingest.h"
#include "cli/progress.h"
#include "cli/verbs.h"

/* Snapshot when this many batches came in: the next start then has little to fold. */
#define SNAPSHOT_BATCHES 64

static const struct option options[] = {
    OPTION_DATA,
    OPTION_NOW("the recorded instant"),
    {"backfill", "NAME", "older events: none is too old, and all can be taken back by this name", NULL, false},
    {"threads", "N", "read with N threads; default: one more than there are cores, at most 8", NULL, false},
    {"progress", NULL, "a line of progress every ten seconds where there is no terminal", NULL, false},
    OPTION_JSON,
    {"quiet", NULL, "no summary on standard error", NULL, false},
    OPTIONS_COMMON,
};

static const struct verb_example examples[] = {
    {"tollgate ingest --data books/2026 usage.ndjson", "what the file holds is durable when the command ends"},
    {"tollgate ingest --data books/2026 usage.ndjson", "once more: everything is found, nothing is counted twice"},
    {"tollgate ingest --data demo --now 2026-04-01T00:00:00+08:00 examples/demo.ndjson", "live at another time"},
    {"tollgate ingest --data books/2026 --backfill migration-2025 last-year.ndjson", "events from long ago"},
};

static void intake_json(const struct book_intake *total, struct json_writer *writer) {
    const struct {
        const char *name;
        uint64_t count;
    } members[] = {
        {"documents", total->lines},   {"known", total->duplicates},  {"elsewhere", total->elsewhere},
        {"rejected", total->rejected}, {"unpriced", total->unpriced}, {"batches", total->batches},
    };
    json_object(writer);
    for (size_t i = 0; i < COUNT_OF(members); i++) {
        json_key(writer, members[i].name);
        json_uint(writer, members[i].count);
    }
    json_object_end(writer);
}

static int intake_print(const struct call *call, const struct book_intake *total) {
    if (is_json(call)) {
        struct sink out = output_sink();
        struct json_writer writer = {.out = &out.buf};
        intake_json(total, &writer);
        buf_char(&out.buf, '\n');
        return output_finish(&out, EXIT_DONE);
    }
    if (!option_given(call, "quiet"))
        complain(0, "%llu documents, %llu of them known already; %llu batches are durable",
                 (unsigned long long)total->lines, (unsigned long long)total->duplicates,
                 (unsigned long long)total->batches);
    if (!option_given(call, "quiet") && total->elsewhere > 0)
        complain(0, "%llu documents are of accounts that other partitions keep", (unsigned long long)total->elsewhere);
    if (!option_given(call, "quiet") && total->rejected > 0)
        complain(0, "%llu rejected, not taken into account: `tollgate events rejected` says why",
                 (unsigned long long)total->rejected);
    if (!option_given(call, "quiet") && total->unpriced > 0)
        complain(0, "%llu unpriced, at least in part: `tollgate events unpriced` says why",
                 (unsigned long long)total->unpriced);
    return EXIT_DONE; /* all of it is kept: what became of it is asked of the book */
}

static int ingest_files(const struct call *call, struct book *book, int64_t now_ns, struct journal_options *journal,
                        struct book_intake *total) {
    struct progress progress;
    if (operands_text_check(call) != EXIT_DONE)
        return EXIT_FAULT;
    progress_start(&progress, option_given(call, "progress"), journal);
    for (uint32_t i = 0; i < call->operand_count; i++) {
        struct book_intake intake = {0};
        progress_restart(&progress);
        errno = 0;
        enum status status = book_ingest(book, call->operands[i], now_ns, journal, &intake);
        progress_end(&progress);
        total->lines += intake.lines;
        total->duplicates += intake.duplicates;
        total->elsewhere += intake.elsewhere;
        total->rejected += intake.rejected;
        total->unpriced += intake.unpriced;
        total->batches += intake.batches;
        if (status != STATUS_OK)
            return data_fault(call->operands[i], status, book_error(book));
    }
    return EXIT_DONE;
}

/* What is asked of the daemon; a name is written byte by byte, as a query wants it. */
static void path_write(const char *backfill, struct buf *out) {
    buf_text(out, "/v1/commands?replies=none");
    if (backfill == NULL)
        return;
    buf_text(out, "&backfill=");
    for (const char *at = backfill; *at != '\0'; at++)
        buf_printf(out, "%%%02X", (unsigned char)*at);
}

/* The same where a daemon keeps the book. */
static int ingest_daemon(const struct call *call, struct remote *remote, struct journal_options *journal,
                         struct book_intake *total) {
    struct ingest_remote ingest = {.remote = remote, .now_ns = INSTANT_MIN, .journal = journal};
    struct progress progress;
    struct buf path = {0};
    path_write(option_value(call, "backfill"), &path);
    if (path.failed)
        return complain_fault("the backfill", STATUS_NO_MEMORY);
    ingest.path = path.ptr;
    int code = option_given(call, "now") ? data_now(call, &ingest.now_ns) : EXIT_DONE;
    if (code == EXIT_DONE)
        code = operands_text_check(call);
    progress_start(&progress, option_given(call, "progress"), journal);
    for (uint32_t i = 0; i < call->operand_count && code == EXIT_DONE; i++) {
        progress_restart(&progress);
        code = ingest_remote_file(&ingest, call->operands[i]);
        progress_end(&progress);
    }
    buf_free(&path);
    *total = ingest.total;
    return code;
}

static int ingest_book(const struct call *call, struct book *book, struct journal_options *journal,
                       struct book_intake *total) {
    struct slice error;
    int64_t now_ns;
    if (data_now(call, &now_ns) != EXIT_DONE)
        return EXIT_USAGE;
    if (option_given(call, "backfill") &&
        book_backfill_begin(book, slice_of(option_value(call, "backfill")), &error) != STATUS_OK)
        return complain(EXIT_USAGE, SLICE_FMT ".", SLICE_ARG(error));
    int code = ingest_files(call, book, now_ns, journal, total);
    if (code == EXIT_DONE && total->batches >= SNAPSHOT_BATCHES && book_snapshot(book) != STATUS_OK)
        complain(0, "no snapshot could be written; nothing is lost, only the next start takes longer.");
    return code;
}

static int ingest_run(const struct call *call) {
    struct journal_options journal = {0};
    struct book_intake total = {0};
    struct remote *remote = NULL;
    struct book *book;
    int64_t now_ns;
    uint64_t threads = 0;
    if (data_now(call, &now_ns) != EXIT_DONE ||
        (option_given(call, "threads") && option_number(call, "threads", 64, &threads) != EXIT_DONE))
        return EXIT_USAGE;
    journal.threads = (uint32_t)threads;
    int code = data_open_write(call, &book, &remote);
    if (code != EXIT_DONE)
        return code;
    code = remote != NULL ? ingest_daemon(call, remote, &journal, &total) : ingest_book(call, book, &journal, &total);
    book_close(book);
    remote_close(remote);
    if (code == EXIT_USAGE) /* nothing was read */
        return code;
    int printed = intake_print(call, &total);
    return code == EXIT_DONE ? printed : code;
}

const struct verb verb_ingest = {
    .name = "ingest",
    .operands = "FILE…",
    .summary = "Read usage, orders and accounts into the journal of a data directory",
    .text =
        "Reads what `tollgate rate` reads. A batch is acknowledged once it is synced to disk; what is there already\n"
        "is found by source and id and not counted again, so that an interrupted file is simply read again.\n"
        "Documents whose time is more than 40 days before, or 5 minutes after, the recorded instant are rejected.\n"
        "With --backfill nothing is too old: the files hold usage events only, and `tollgate backfill revert` takes "
        "all\n"
        "of them back.",
    .options = options,
    .option_count = COUNT_OF(options),
    .examples = examples,
    .example_count = COUNT_OF(examples),
    .operand_min = 1,
    .operand_max = UINT32_MAX,
    .run = ingest_run,
};
