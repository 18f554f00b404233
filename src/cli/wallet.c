/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate wallet top-up, wallet pay-out: money onto an account, and back. */
#include "cli/request.h"
#include "cli/verbs.h"

static const struct option options[] = {OPTIONS_REQUEST};

static const struct verb_example examples[] = {
    {"tollgate wallet top-up acct-42 500 CNY --data books/2026", "put CNY 500 on account"},
    {"tollgate wallet top-up acct-42 500 CNY --data books/2026 --id payment-2026-0117", "under the payment's own id"},
};

static const struct verb_example pay_out_examples[] = {
    {"tollgate wallet pay-out acct-42 120 CNY --data books/2026", "give CNY 120 back"},
};

static int move(const struct call *call, bool is_payout) {
    struct request request;
    struct decimal amount;
    if (decimal_parse(slice_of(call->operands[1]), &amount, NULL) != STATUS_OK || amount.pico <= 0)
        return complain(EXIT_USAGE, "\"%s\" is not an amount above zero.", call->operands[1]);
    if (is_payout)
        amount.pico = -amount.pico;
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

static int top_up_run(const struct call *call) {
    return move(call, false);
}

static int pay_out_run(const struct call *call) {
    return move(call, true);
}

const struct verb verb_wallet_pay_out = {
    .name = "wallet pay-out",
    .operands = "ACCOUNT AMOUNT CURRENCY",
    .summary = "Give money on an account back",
    .text = "No more than the balance, less what closed bills claim: a credit line is not paid out.",
    .options = options,
    .option_count = COUNT_OF(options),
    .examples = pay_out_examples,
    .example_count = COUNT_OF(pay_out_examples),
    .operand_min = 3,
    .operand_max = 3,
    .run = pay_out_run,
};

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
