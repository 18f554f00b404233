/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate bill preview, balance, alerts, events unpriced, events rejected: parts of one statement. */
#include "cli/data.h"
#include "cli/verbs.h"

#define OPTION_UNTIL                                                                                                   \
    {                                                                                                                  \
        "until", "INSTANT", "as if the cycles that end by then were closed; default: every cycle that has usage",      \
            NULL, false                                                                                                \
    }

static const struct option preview_options[] = {OPTION_DATA, OPTION_AS_OF, OPTION_UNTIL, OPTION_JSON, OPTIONS_COMMON};
static const struct option list_options[] = {OPTION_DATA, OPTION_AS_OF, OPTION_JSON, OPTIONS_COMMON};

static int preview_run(const struct call *call) {
    return data_show(call, SHOW_BILLS | SHOW_EXTERNAL, true);
}
static int balance_run(const struct call *call) {
    return data_show(call, SHOW_BALANCES, false);
}
static int alerts_run(const struct call *call) {
    return data_show(call, SHOW_ALERTS, false);
}
static int unpriced_run(const struct call *call) {
    return data_show(call, SHOW_UNPRICED, false);
}
static int rejected_run(const struct call *call) {
    return data_show(call, SHOW_REJECTED, false);
}

static const struct verb_example preview_examples[] = {
    {"tollgate bill preview --data books/2026", "what has come together so far, as bills"},
    {"tollgate bill preview --data books/2026 --until 2026-04-01T00:00:00+08:00 --json", "up to an instant, as JSON"},
};
static const struct verb_example balance_examples[] = {
    {"tollgate balance --data books/2026", "packages and plans of every account"},
    {"tollgate balance --data books/2026 --as-of 2026-03-01T00:00:00+08:00", "as they were known then"}};
static const struct verb_example alerts_examples[] = {
    {"tollgate alerts --data books/2026 --json", "what somebody should know, as JSON"}};
static const struct verb_example unpriced_examples[] = {
    {"tollgate events unpriced --data books/2026", "usage that no price was found for, and why"}};
static const struct verb_example rejected_examples[] = {
    {"tollgate events rejected --data books/2026", "lines that were refused, and why"}};

#define SHOW_VERB(noun, title, words, opts, ex, function)                                                              \
    {                                                                                                                  \
        .name = (title), .operands = "", .summary = (noun), .text = (words), .options = (opts),                        \
        .option_count = COUNT_OF(opts), .examples = (ex), .example_count = COUNT_OF(ex), .operand_max = 0,             \
        .run = (function),                                                                                             \
    }

const struct verb verb_bill_preview =
    SHOW_VERB("Show the bills of a data directory as they stand", "bill preview",
              "Nothing is closed and nothing changes: the same may be asked again, also while another process ingests.",
              preview_options, preview_examples, preview_run);
const struct verb verb_balance = SHOW_VERB("Show what is left of packages and plans", "balance",
                                           "Per order: bought, used, held, remaining, expired. They always add up.",
                                           list_options, balance_examples, balance_run);
const struct verb verb_alerts = SHOW_VERB(
    "Show the alerts of a data directory", "alerts",
    "In the order of time: packages at their thresholds, what ends, what is owed, jumps and silence, usage without\n"
    "price. docs/alerts.md lists all of them.",
    list_options, alerts_examples, alerts_run);
const struct verb verb_events_unpriced =
    SHOW_VERB("List usage that has no price", "events unpriced", "Place in the journal, event, account and reason.",
              list_options, unpriced_examples, unpriced_run);
const struct verb verb_events_rejected =
    SHOW_VERB("List what was refused", "events rejected", "Place in the journal, event, account and reason.",
              list_options, rejected_examples, rejected_run);
