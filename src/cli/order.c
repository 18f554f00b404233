/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate order, tollgate refund: buying, and giving back. */
#include "cli/bill.h"
#include "cli/verbs.h"

static const struct option order_options[] = {
    {"tariff", "TARIFF", "the tariff that sells it", NULL, false},
    {"quantity", "N", "pieces, QPS or tasks; default: 1", NULL, false},
    {"periods", "N", "periods of a plan or licence; default: 1", NULL, false},
    {"effective-at", "INSTANT", "when it begins to count; default: at once", NULL, false},
    {"renews", "ID", "the order that this one continues", NULL, false},
    {"upgrades", "ID", "the order that this one makes larger", NULL, false},
    {"temporary", NULL, "the upgrade ends by itself, after --periods or at --until", NULL, false},
    {"until", "INSTANT", "when a temporary upgrade ends; default: after its periods", NULL, false},
    {"sales", NULL, "through sales: lifts the most that one order may have", NULL, false},
    OPTIONS_REQUEST,
};
static const struct option refund_options[] = {
    {"tariff", "TARIFF", "where the order is; default: wherever it is found", NULL, false},
    OPTIONS_REQUEST,
};

static const struct verb_example order_examples[] = {
    {"tollgate order acct-42 object-detection-5000 --tariff viapi --data books/2026 --dry-run", "what would it cost?"},
    {"tollgate order acct-42 object-detection-5000 --tariff viapi --data books/2026 --id o-7", "buy it as order o-7"},
    {"tollgate order acct-42 face-comparison-1-1-qps-day --tariff viapi --quantity 40 --periods 7 --data books/2026",
     "40 QPS for seven days"},
};
static const struct verb_example refund_examples[] = {
    {"tollgate refund acct-42 o-7 --data books/2026", "give order o-7 back"},
};

/* The lot of the order that the command speaks of; NULL: the order was refused. */
static const struct lot *lot_of(struct request *request, struct slice order_id, const struct tariff **ret_tariff) {
    const struct engine *engine = request_engine(request);
    const struct lot *lot = NULL;
    uint32_t account;
    if (!request_is_accepted(request) || !engine_account_find(engine, request->account, &account) ||
        !engine_order_view(engine, account, order_id, ret_tariff, &lot))
        return NULL;
    return lot;
}

static void order_json(const struct tariff *tariff, const struct lot *lot, struct decimal amount,
                       struct json_writer *writer) {
    json_key(writer, "order");
    export_order_json(tariff, lot, amount, writer);
}

static void order_show(struct request *request, struct sink *out) {
    const struct tariff *tariff;
    const struct lot *lot = lot_of(request, request->id, &tariff);
    if (is_json(request->call)) {
        if (lot != NULL)
            order_json(tariff, lot, lot->price_paid, &request->writer);
        else
            json_optional(&request->writer, "order", SLICE(""));
    } else if (lot != NULL) {
        struct slice from = text_instant(&request->arena, lot->effective_ns, tariff->zone);
        struct slice until = text_instant(&request->arena, lot->expires_ns, tariff->zone);
        buf_printf(&out->buf, "  " SLICE_FMT " x " SLICE_FMT ", %s " SLICE_FMT "\n",
                   SLICE_ARG(text_decimal(&request->arena, lot->pieces)), SLICE_ARG(lot->product->sku),
                   tariff->currency->code, SLICE_ARG(text_decimal(&request->arena, lot->price_paid)));
        if (lot->product->kind == PRODUCT_LICENCE && !lot->is_activated)
            buf_text(&out->buf, "  valid from its activation: tollgate licence activate\n");
        else
            buf_printf(&out->buf, "  valid from " SLICE_FMT " to " SLICE_FMT "\n", SLICE_ARG(from), SLICE_ARG(until));
    }
    bills_closed_show(request, out);
}

static void refund_show(struct request *request, struct sink *out) {
    const struct tariff *tariff;
    const struct lot *lot = lot_of(request, slice_of(request->call->operands[1]), &tariff);
    if (is_json(request->call)) {
        if (lot != NULL)
            order_json(tariff, lot, (struct decimal){-lot->price_paid.pico}, &request->writer);
        else
            json_optional(&request->writer, "order", SLICE(""));
    } else if (lot != NULL) {
        buf_printf(&out->buf, "  " SLICE_FMT ", %s " SLICE_FMT " given back\n", SLICE_ARG(lot->product->sku),
                   tariff->currency->code, SLICE_ARG(text_decimal(&request->arena, lot->price_paid)));
    }
    bills_closed_show(request, out);
}

static int order_write(struct request *request) {
    static const char *const texts[][2] = {
        {"quantity", "quantity"}, {"periods", "periods"}, {"renews", "renews"}, {"upgrades", "upgrades"}};
    static const char *const instants[][2] = {{"effective-at", "effective_at"}, {"until", "until"}};
    const struct call *call = request->call;
    struct json_writer *writer = request_document(request, "order");
    json_member(writer, "tariff", slice_of(option_value(call, "tariff")));
    json_member(writer, "sku", slice_of(call->operands[1]));
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (option_given(call, texts[i][0]))
            json_member(writer, texts[i][1], slice_of(option_value(call, texts[i][0])));
    }
    for (size_t i = 0; i < sizeof instants / sizeof *instants; i++) {
        int64_t at_ns;
        if (!option_given(call, instants[i][0]))
            continue;
        if (option_instant(call, instants[i][0], NULL, &at_ns) != EXIT_DONE)
            return EXIT_USAGE;
        json_instant(writer, instants[i][1], at_ns, NULL);
    }
    for (size_t i = 0; i < 2; i++) {
        const char *name = i == 0 ? "temporary" : "sales";
        if (option_given(call, name)) {
            json_key(writer, name);
            json_bool(writer, true);
        }
    }
    request_document_end(request);
    return EXIT_DONE;
}

static int order_run(const struct call *call) {
    struct request request;
    if (!option_given(call, "tariff"))
        return complain(EXIT_USAGE, "order needs --tariff TARIFF: the tariff that sells the sku.");
    int code = request_begin(call, slice_of(call->operands[0]), &request);
    if (code == EXIT_DONE)
        code = order_write(&request);
    if (code == EXIT_DONE)
        code = request_submit(&request);
    if (code == EXIT_DONE)
        code = request_print(&request, order_show);
    request_free(&request);
    return code;
}

static int refund_run(const struct call *call) {
    struct request request;
    int code = request_begin(call, slice_of(call->operands[0]), &request);
    if (code == EXIT_DONE) {
        struct json_writer *writer = request_document(&request, "refund");
        json_member(writer, "order", slice_of(call->operands[1]));
        if (option_given(call, "tariff"))
            json_member(writer, "tariff", slice_of(option_value(call, "tariff")));
        request_document_end(&request);
        code = request_submit(&request);
    }
    if (code == EXIT_DONE)
        code = request_print(&request, refund_show);
    request_free(&request);
    return code;
}

const struct verb verb_order = {
    .name = "order",
    .operands = "ACCOUNT SKU",
    .summary = "Buy a package, a plan, a quota or a licence for an account",
    .text =
        "The order's id is the id of the command: refunds, renewals and licences name it. What it costs is printed as\n"
        "it was invoiced; --dry-run shows it without buying. `tollgate quote TARIFF.SKU` shows the price list's "
        "answer.",
    .options = order_options,
    .option_count = COUNT_OF(order_options),
    .examples = order_examples,
    .example_count = COUNT_OF(order_examples),
    .operand_min = 2,
    .operand_max = 2,
    .run = order_run,
};

const struct verb verb_refund = {
    .name = "refund",
    .operands = "ACCOUNT ORDER",
    .summary = "Give an order back, where the tariff allows it",
    .text =
        "ORDER is the order's id. The tariff says until when and on what condition an order may be given back; what\n"
        "is refused is said with the reason.",
    .options = refund_options,
    .option_count = COUNT_OF(refund_options),
    .examples = refund_examples,
    .example_count = COUNT_OF(refund_examples),
    .operand_min = 2,
    .operand_max = 2,
    .run = refund_run,
};
