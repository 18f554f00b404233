/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate licence activate: from then on an ordered licence is valid. */
#include "cli/request.h"
#include "cli/verbs.h"

static const struct option options[] = {
    {"tariff", "TARIFF", "the tariff that sold it", NULL, false},
    {"terminal", "NAME", "for which kind of terminal, where the tariff lists some", NULL, false},
    OPTIONS_REQUEST,
};

static const struct verb_example examples[] = {
    {"tollgate licence activate acct-42 o-9 --tariff my-tariff --terminal ios --data books/2026",
     "the licence of order o-9, for iOS"},
};

static void licence_show(struct request *request, struct sink *out) {
    const struct engine *engine = request_engine(request);
    const struct tariff *tariff;
    const struct lot *lot = NULL;
    uint32_t account;
    bool is_known = request_is_accepted(request) && engine_account_find(engine, request->account, &account) &&
                    engine_order_view(engine, account, slice_of(request->call->operands[1]), &tariff, &lot);
    if (is_json(request->call)) {
        if (is_known)
            json_instant(&request->writer, "expires_at", lot->expires_ns, tariff->zone);
        else
            json_optional(&request->writer, "expires_at", SLICE(""));
    } else if (is_known) {
        struct slice until = text_instant(&request->arena, lot->expires_ns, tariff->zone);
        buf_printf(&out->buf, "  " SLICE_FMT " is valid to " SLICE_FMT "\n", SLICE_ARG(lot->product->sku),
                   SLICE_ARG(until));
    }
}

static int activate_run(const struct call *call) {
    struct request request;
    if (!option_given(call, "tariff"))
        return complain(EXIT_USAGE, "licence activate needs --tariff TARIFF: the tariff that sold it.");
    int code = request_begin(call, slice_of(call->operands[0]), &request);
    if (code == EXIT_DONE) {
        struct json_writer *writer = request_document(&request, "activate");
        json_member(writer, "tariff", slice_of(option_value(call, "tariff")));
        json_member(writer, "order", slice_of(call->operands[1]));
        if (option_given(call, "terminal"))
            json_member(writer, "terminal", slice_of(option_value(call, "terminal")));
        request_document_end(&request);
        code = request_submit(&request);
    }
    if (code == EXIT_DONE)
        code = request_print(&request, licence_show);
    request_free(&request);
    return code;
}

const struct verb verb_licence_activate = {
    .name = "licence activate",
    .operands = "ACCOUNT ORDER",
    .summary = "Activate an ordered licence for a terminal",
    .text =
        "A licence is valid from its activation on, for what was ordered. The tariff says how long after the order it\n"
        "can be activated, and for which terminals; a terminal has one licence at a time.",
    .options = options,
    .option_count = COUNT_OF(options),
    .examples = examples,
    .example_count = COUNT_OF(examples),
    .operand_min = 2,
    .operand_max = 2,
    .run = activate_run,
};
