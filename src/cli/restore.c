/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate restore: a data directory from a backup, verified before it is one. */
#include <unistd.h>

#include "access/access.h"
#include "access/audit.h"
#include "book/backup.h"
#include "cli/data.h"
#include "cli/verbs.h"
#include "document/document.h"

static const struct option options[] = {OPTION_DATA, OPTION_JSON, OPTIONS_COMMON};

static const struct verb_example examples[] = {
    {"tollgate restore backups/2026-11-21 --data books/again", "verified from the first batch to the last bill"},
};

/* What is not of the book, and still has to be there or to be known before it serves anybody. */
struct beside {
    uint32_t keys, webhooks; /* that need the pepper, which no backup has */
    uint64_t lines;          /* of the audit log */
    struct audit_check audit;
    bool has_parties, is_parties_read;
};

static enum status beside_count(const char *directory, struct arena *arena, struct beside *beside) {
    struct slice path = arena_printf(arena, "%s/" BOOK_STORE, directory), error, *names;
    struct store *store;
    if (path.ptr == NULL)
        return STATUS_NO_MEMORY;
    TRY(store_sqlite_open(path.ptr, STORE_READ, arena, &store, &error));
    enum status status = store_list(store, SLICE("key"), arena, &names, &beside->keys);
    if (status == STATUS_OK)
        status = store_list(store, SLICE("endpoint"), arena, &names, &beside->webhooks);
    store_close(store);
    return status;
}

/* Its mistakes are told with their places. */
static enum status parties_look(const struct call *call, const char *directory, struct arena *arena,
                                struct beside *beside) {
    struct slice path = arena_printf(arena, "%s/" BOOK_PARTIES, directory);
    struct parties parties;
    struct diags diags = {0};
    if (path.ptr == NULL)
        return STATUS_NO_MEMORY;
    beside->has_parties = access(path.ptr, F_OK) == 0;
    if (!beside->has_parties)
        return STATUS_OK;
    enum status status = parties_read(path.ptr, arena, &diags, &parties);
    diags_show(call, &diags);
    diags_free(&diags);
    beside->is_parties_read = status == STATUS_OK;
    return status == STATUS_NO_MEMORY ? status : STATUS_OK;
}

static enum status beside_look(const struct call *call, const char *directory, struct arena *arena,
                               struct beside *beside) {
    TRY(beside_count(directory, arena, beside));
    TRY(parties_look(call, directory, arena, beside));
    enum status status = audit_scan(directory, 0, NULL, NULL, arena, &beside->audit);
    beside->lines = beside->audit.lines;
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

static void beside_tell(const char *directory, const struct beside *beside) {
    if (beside->keys + beside->webhooks > 0)
        complain(
            0,
            "%u keys and %u webhooks in it need the pepper that they were made with, which is in no backup: put it "
            "at %s/" ACCESS_PEPPER " (mode 0600) before you start a daemon. If it is lost, `tollgate key reset "
            "--confirm --data %s` ends them.",
            beside->keys, beside->webhooks, directory, directory);
    if (beside->audit.bad_file.len > 0)
        complain(0, "the audit log in it is damaged: " SLICE_FMT ", line %llu.", SLICE_ARG(beside->audit.bad_file),
                 (unsigned long long)beside->audit.bad_line);
    if (beside->has_parties && !beside->is_parties_read)
        complain(0, BOOK_PARTIES " in it is damaged: mend %s/" BOOK_PARTIES " before documents are made.", directory);
}

static int restore_print(const struct call *call, const char *directory, const struct book_check *check,
                         const struct beside *beside) {
    char head[DATA_HASH_TEXT];
    data_hash_text(check->head, head);
    beside_tell(directory, beside);
    if (!is_json(call)) {
        complain(0, "%s is restored and verified: %llu batches, %llu documents.", directory,
                 (unsigned long long)check->batches, (unsigned long long)check->documents);
        return EXIT_DONE;
    }
    struct sink out = output_sink();
    struct json_writer writer = {.out = &out.buf};
    json_object(&writer);
    json_member(&writer, "data", slice_of(directory));
    json_key(&writer, "batches");
    json_uint(&writer, check->batches);
    json_key(&writer, "documents");
    json_uint(&writer, check->documents);
    json_member(&writer, "head", slice_of(head));
    json_key(&writer, "audit_lines");
    json_uint(&writer, beside->lines);
    json_member(&writer, "parties",
                slice_of(!beside->has_parties      ? "none"
                         : beside->is_parties_read ? "whole"
                                                   : "damaged"));
    json_key(&writer, "needs_pepper");
    json_bool(&writer, beside->keys + beside->webhooks > 0);
    json_object_end(&writer);
    buf_char(&out.buf, '\n');
    return output_finish(&out, EXIT_DONE);
}

static int restore_run(const struct call *call) {
    const char *directory = data_directory(call), *source = call->operands[0];
    struct arena arena = {0};
    struct book_check check;
    struct beside beside = {.keys = 0};
    struct slice error;
    if (directory == NULL)
        return EXIT_USAGE;
    enum status status = book_restore(source, directory, &arena, &check, &error);
    int code;
    if (status == STATUS_NOT_FOUND)
        code = complain(EXIT_FAULT, "there is no backup in %s; `tollgate backup %s` makes one.", source, source);
    else if (status == STATUS_CONFLICT)
        code = complain(EXIT_INCOMPLETE, SLICE_FMT ".", SLICE_ARG(error));
    else if (status == STATUS_INVALID && error.len > 0)
        code =
            complain(EXIT_INCOMPLETE, "%s is damaged, nothing was restored: " SLICE_FMT ".", source, SLICE_ARG(error));
    else if (status != STATUS_OK)
        code = data_fault(source, status, error);
    else if ((status = beside_look(call, directory, &arena, &beside)) != STATUS_OK)
        code = data_fault(directory, status, SLICE(""));
    else
        code = restore_print(call, directory, &check, &beside);
    arena_free(&arena);
    return code;
}

const struct verb verb_restore = {
    .name = "restore",
    .operands = "BACKUP",
    .summary = "Make a data directory from a backup, once all of it is verified",
    .text =
        "Copies BACKUP, recomputes every hash, folds the journal from zero and compares the state. Only a book that\n"
        "passes gets the name that --data says; one that is there already is never touched.",
    .options = options,
    .option_count = COUNT_OF(options),
    .examples = examples,
    .example_count = COUNT_OF(examples),
    .operand_min = 1,
    .operand_max = 1,
    .run = restore_run,
};
