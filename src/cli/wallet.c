/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate wallet top-up: money onto an account. */
#include "cli/request.h"
#include "cli/verbs.h"

static const struct option options[] = {OPTIONS_REQUEST};

static const struct verb_example examples[] = {
    {"tollgate wallet top-up acct-42 500 CNY --data books/2026", "put CNY 500 on account"},
    {"tollgate wallet top-up acct-42 500 CNY --data books/2026 --id payment-2026-0117", "under the payment's own id"},
};

static int top_up_run(const struct call *call) {
    struct request request;
    struct decimal amount;
    if (decimal_parse(slice_of(call->operands[1]), &amount, NULL) != STATUS_OK || amount.pico <= 0)
        return complain(EXIT_USAGE, "\"%s\" is not an amount above zero.", call->operands[1]);
    int code = request_begin(call, slice_of(call->operands[0]), &request);
    if (code == EXIT_DONE) {
        struct json_writer *writer = request_document(&request, "wallet");
        json_decimal(writer, "amount", amount);
        json_member(writer, "currency", slice_of(call->operands[2]));
        request_document_end(&request);
        code = request_submit(&request);
    }
    if (code == EXIT_DONE)
        code = request_print(&request, NULL);
    request_free(&request);
    return code;
}

const struct verb verb_wallet_top_up = {
    .name = "wallet top-up",
    .operands = "ACCOUNT AMOUNT CURRENCY",
    .summary = "Put money on an account",
    .text =
        "CURRENCY is a code of ISO 4217; an account has one wallet for each, and they are never converted. Give the\n"
        "payment's own id with --id, so that saying it twice counts once.",
    .options = options,
    .option_count = COUNT_OF(options),
    .examples = examples,
    .example_count = COUNT_OF(examples),
    .operand_min = 3,
    .operand_max = 3,
    .run = top_up_run,
};
