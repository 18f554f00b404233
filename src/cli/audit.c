/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate audit list, audit verify: the audit log of a data directory, whoever writes it meanwhile. */
#include <sodium.h>

#include "access/audit.h"
#include "access/roles.h"
#include "cli/data.h"
#include "cli/verbs.h"
#include "export/grid.h"

static const struct option list_options[] = {
    {"actor", "ACTOR", "only what this one did: the id of a key, or local:UID", NULL, false},
    {"action", "ACTION", "only this operation", NULL, false},
    {"from", "NUMBER", "from this line on; default: the first", NULL, false},
    OPTION_DATA,
    OPTION_JSON,
    OPTIONS_COMMON,
};
static const struct option verify_options[] = {
    {"known", "NUMBER:HASH", "a line that was noted earlier, elsewhere: it must still be there", NULL, false},
    OPTION_DATA,
    OPTION_JSON,
    OPTIONS_COMMON,
};
static const struct verb_example list_examples[] = {
    {"tollgate audit list --data books/2026", "who did what, from the beginning"},
    {"tollgate audit list --actor 4fX0aB9cD2eQ --data books/2026 --json", "what one key did, as it is in the log"},
};
static const struct verb_example verify_examples[] = {
    {"tollgate audit verify --data books/2026", "is every line as it was written? No daemon is needed"},
};

/* ---- list ---- */

struct listing {
    const struct call *call;
    struct sink out;
    struct json_writer writer;
    const char *actor, *action; /* NULL: all */
};

/* A line for people. */
static void line_print(struct listing *listing, const struct audit_line *line) {
    const struct audit_entry *entry = &line->entry;
    char at[INSTANT_TEXT_MAX];
    size_t len = instant_format(entry->at_ns, NULL, at);
    buf_printf(&listing->out.buf, "%llu  %.*s  ", (unsigned long long)line->seq, (int)len, at);
    const struct slice texts[] = {entry->actor, entry->origin, entry->action, entry->object, entry->result};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        buf_visible(&listing->out.buf, texts[i].len > 0 ? texts[i] : SLICE("-"));
        buf_text(&listing->out.buf, i + 1 < COUNT_OF(texts) ? "  " : "\n");
    }
}

static enum status line_show(void *context, const struct audit_line *line) {
    struct listing *listing = context;
    if ((listing->actor != NULL && !slice_is(line->entry.actor, listing->actor)) ||
        (listing->action != NULL && !slice_is(line->entry.action, listing->action)))
        return STATUS_OK;
    if (is_json(listing->call))
        json_raw(&listing->writer, line->text);
    else
        line_print(listing, line);
    sink_spill(&listing->out);
    return STATUS_OK;
}

static int scan_fault(const char *directory, enum status status) {
    if (status == STATUS_NOT_FOUND)
        return complain(EXIT_FAULT, "there is no audit log in %s; a daemon begins it.", directory);
    return complain_fault(directory, status);
}

static int list_run(const struct call *call) {
    struct arena arena = {0};
    struct audit_check check;
    struct listing listing = {.call = call, .out = output_sink()};
    uint64_t from = 0;
    const char *directory = data_directory(call);
    if (directory == NULL || (option_given(call, "from") && option_number(call, "from", INT64_MAX, &from) != EXIT_DONE))
        return EXIT_USAGE;
    listing.writer.out = &listing.out.buf;
    listing.actor = option_value(call, "actor");
    listing.action = option_value(call, "action");
    if (is_json(call)) {
        json_object(&listing.writer);
        json_key(&listing.writer, "lines");
        json_array(&listing.writer);
    }
    enum status status = audit_scan(directory, from, line_show, &listing, &arena, &check);
    if (is_json(call)) {
        json_array_end(&listing.writer);
        json_object_end(&listing.writer);
        buf_char(&listing.out.buf, '\n');
    }
    int code = EXIT_DONE;
    if (status != STATUS_OK) {
        buf_clear(&listing.out.buf);
        code = scan_fault(directory, status);
    } else if (check.bad_file.len > 0) {
        code = complain(EXIT_INCOMPLETE, "the log is damaged; `tollgate audit verify` says where.");
    }
    arena_free(&arena);
    return output_finish(&listing.out, code);
}

/* ---- verify ---- */

struct known {
    uint64_t seq; /* 0: none is looked for */
    uint8_t hash[AUDIT_HASH_BYTES];
    bool is_there;
};

static enum status known_look(void *context, const struct audit_line *line) {
    struct known *known = context;
    if (line->seq == known->seq)
        known->is_there = memcmp(line->hash, known->hash, sizeof known->hash) == 0;
    return STATUS_OK;
}

static int known_read(const char *text, struct known *known) {
    struct slice number, digits = {0};
    size_t len = 0;
    bool is_good = slice_cut(slice_of(text), ':', &number, &digits) && slice_number(number, INT64_MAX, &known->seq) &&
                   known->seq > 0 && digits.len == (size_t)2 * AUDIT_HASH_BYTES &&
                   sodium_hex2bin(known->hash, sizeof known->hash, digits.ptr, digits.len, NULL, &len, NULL) == 0 &&
                   len == sizeof known->hash;
    return is_good ? EXIT_DONE
                   : complain(EXIT_USAGE, "--known wants NUMBER:HASH, as `tollgate audit verify` prints them.");
}

static void check_text(const struct audit_check *check, const struct known *known, struct buf *out) {
    char hash[2 * AUDIT_HASH_BYTES + 1];
    (void)sodium_bin2hex(hash, sizeof hash, check->hash, sizeof check->hash);
    buf_printf(out, "lines   %llu, from %llu to %llu\n", (unsigned long long)check->lines,
               (unsigned long long)check->first_seq, (unsigned long long)check->last_seq);
    buf_printf(out, "last    %llu:%s\n", (unsigned long long)check->last_seq, hash);
    if (check->torn_bytes > 0)
        buf_printf(out, "note    the last line has no end (%llu bytes): it is being written, or was torn\n",
                   (unsigned long long)check->torn_bytes);
    if (check->bad_file.len > 0)
        buf_printf(out, "DAMAGE  " SLICE_FMT ", line %llu: %s\n", SLICE_ARG(check->bad_file),
                   (unsigned long long)check->bad_line, check->reason);
    if (known->seq > 0 && !known->is_there)
        buf_printf(out, "DAMAGE  line %llu is not the one that was noted\n", (unsigned long long)known->seq);
    if (check->bad_file.len == 0 && (known->seq == 0 || known->is_there))
        buf_text(out, "whole   every line is as it was written\n");
}

static int verify_run(const struct call *call) {
    struct arena arena = {0};
    struct audit_check check;
    struct known known = {0};
    const char *directory = data_directory(call);
    if (directory == NULL || sodium_init() < 0 ||
        (option_given(call, "known") && known_read(option_value(call, "known"), &known) != EXIT_DONE))
        return EXIT_USAGE;
    enum status status = audit_scan(directory, 0, known_look, &known, &arena, &check);
    if (status != STATUS_OK) {
        arena_free(&arena);
        return scan_fault(directory, status);
    }
    struct sink out = output_sink();
    bool is_whole = check.bad_file.len == 0 && (known.seq == 0 || known.is_there);
    if (is_json(call)) {
        audit_check_json(&check, is_whole, &(struct json_writer){.out = &out.buf, .pretty = true});
        buf_char(&out.buf, '\n');
    } else {
        check_text(&check, &known, &out.buf);
    }
    arena_free(&arena);
    return output_finish(&out, is_whole ? EXIT_DONE : EXIT_INCOMPLETE);
}

const struct verb verb_audit_list = {
    .name = "audit list",
    .operands = "",
    .summary = "List who did what to a data directory through its daemon",
    .text =
        "Every change is there twice: `begun` before it is done, and what came of it. docs/access.md says what the\n"
        "members mean.",
    .options = list_options,
    .option_count = COUNT_OF(list_options),
    .examples = list_examples,
    .example_count = COUNT_OF(list_examples),
    .operand_max = 0,
    .run = list_run,
};
const struct verb verb_audit_verify = {
    .name = "audit verify",
    .operands = "",
    .summary = "Check that the audit log is as it was written",
    .text =
        "Reads every file of the log and recomputes the chain of hashes. It prints the number and hash of the last\n"
        "line: noted elsewhere, and given with --known later, they show that nothing up to there was replaced or cut "
        "off.",
    .options = verify_options,
    .option_count = COUNT_OF(verify_options),
    .examples = verify_examples,
    .example_count = COUNT_OF(verify_examples),
    .operand_max = 0,
    .run = verify_run,
};
