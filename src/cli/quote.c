/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate quote: the price of work before it is done. The event is rated by the same engine as a journal; only the
 * default instant comes from the clock of this computer. */
#include "cli/quote.h"
#include "cli/words.h"

#include "cli/verbs.h"

#include <time.h>

static const struct option options[] = {
    {"count", "N", "the work is done N times (the attribute count)", NULL, false},
    {"region", "REGION", "where the work is done (the attribute region)", NULL, false},
    OPTION_AT("when the work is done; default: now"),
    {"with", "SKU", "with this package or plan bought before; SKU=N buys N of it", NULL, true},
    OPTION_TARIFFS,
    OPTION_JSON,
    OPTIONS_COMMON,
};

static const struct verb_example examples[] = {
    {"tollgate quote viapi.RecognizeLicensePlate --count 15000", "calls in one month, with the tiers they reach"},
    {"tollgate quote imm.CreateMediaConvertTask stream=kind:video,codec:h264,width:1280,height:720,fps:30,seconds:60",
     "one stream of a conversion"},
    {"tollgate quote viapi.object-detection --count 5000 --with object-detection-5000 --json",
     "paid by a package, as JSON"},
    {"tollgate quote viapi.face-comparison-1-1-qps-day quantity=40 periods=1", "an order: 40 QPS for a day"},
};

/* Everything that one rating of the work needs. */
struct rated {
    struct session session;
    struct trace trace;
    const struct record *record;
    struct statement statement;
};

static void rated_free(struct rated *rated) {
    statement_free(&rated->statement);
    session_free(&rated->session);
}

/* Pay-as-you-go has to be on for its price to show. */
static void setup_account(const struct quote *quote, bool is_concurrent, struct buf *out) {
    struct json_writer writer = {.out = out};
    struct event_head head = {.id = SLICE("account"),
                              .subject = QUOTE_ACCOUNT,
                              .group = SLICE("tollgate"),
                              .name = SLICE("account"),
                              .at_ns = quote->at_ns - 2 * NS_PER_SECOND};
    struct slice name = arena_copy(quote->run, quote->tariff->name);
    event_begin(&head, &writer);
    json_key(&writer, "postpaid");
    json_object(&writer);
    json_key(&writer, name.ptr);
    json_bool(&writer, true);
    json_object_end(&writer);
    if (is_concurrent) {
        json_key(&writer, "mode");
        json_object(&writer);
        json_member(&writer, name.ptr, SLICE("concurrent"));
        json_object_end(&writer);
    }
    event_end(&writer);
}

static void setup_order(const struct quote *quote, uint32_t index, struct slice sku, struct slice quantity,
                        struct buf *out) {
    struct json_writer writer = {.out = out};
    struct slice id = arena_printf(quote->run, "order-%u", index + 1);
    struct event_head head = {.id = id,
                              .subject = QUOTE_ACCOUNT,
                              .group = SLICE("tollgate"),
                              .name = SLICE("order"),
                              .at_ns = quote->at_ns - NS_PER_SECOND};
    event_begin(&head, &writer);
    json_member(&writer, "tariff", quote->tariff->name);
    json_member(&writer, "sku", sku);
    json_member(&writer, "quantity", quantity);
    event_end(&writer);
}

static int with_read(const struct quote *quote, const char *word, struct slice *ret_sku, struct slice *ret_quantity,
                     const struct product **ret_product) {
    struct buf hint = {0};
    *ret_quantity = SLICE("1");
    slice_cut(slice_of(word), '=', ret_sku, ret_quantity);
    *ret_product = tariff_product(quote->tariff, *ret_sku);
    if (*ret_product != NULL)
        return EXIT_DONE;
    suggestion_print(*ret_sku, quote->tariff->product_names.texts, quote->tariff->product_names.count, "", &hint);
    complain(EXIT_USAGE, SLICE_FMT " sells no \"" SLICE_FMT "\"." SLICE_FMT, SLICE_ARG(quote->tariff->name),
             SLICE_ARG(*ret_sku), SLICE_ARG(buf_slice(&hint)));
    buf_free(&hint);
    return EXIT_USAGE;
}

/* Account first, then the orders: one JSON document per line. */
static int setup_write(const struct quote *quote, bool with_orders, struct buf *out) {
    struct buf orders = {0};
    bool is_concurrent = false;
    uint32_t count = 0;
    for (uint32_t i = 0; with_orders && i < quote->call->use_count; i++) {
        struct slice sku, quantity;
        const struct product *product;
        if (strcmp(quote->call->uses[i].option->name, "with") != 0)
            continue;
        if (with_read(quote, quote->call->uses[i].value, &sku, &quantity, &product) != EXIT_DONE) {
            buf_free(&orders);
            return EXIT_USAGE;
        }
        setup_order(quote, count++, sku, quantity, &orders);
        buf_char(&orders, '\n');
        is_concurrent = is_concurrent || product->kind == PRODUCT_CONCURRENCY;
    }
    setup_account(quote, is_concurrent, out);
    buf_char(out, '\n');
    buf_append(out, buf_slice(&orders));
    out->failed = out->failed || orders.failed;
    buf_free(&orders);
    return EXIT_DONE;
}

static enum status rated_feed(struct session *session, struct slice setup, struct slice event, struct rated *rated) {
    struct slice line;
    while (setup.len > 0) {
        slice_cut(setup, '\n', &line, &setup);
        TRY(session_feed(session, line, NULL, NULL));
    }
    TRY(session_feed(session, event, &rated->trace, &rated->record));
    return engine_close(session->engine, INSTANT_MAX, &rated->statement);
}

static int rate_work(const struct quote *quote, bool with_orders, struct slice event, struct rated *ret) {
    struct buf setup = {0};
    *ret = (struct rated){.trace = {.arena = quote->run}};
    if (setup_write(quote, with_orders, &setup) != EXIT_DONE) {
        buf_free(&setup);
        return EXIT_USAGE;
    }
    enum status status = setup.failed ? STATUS_NO_MEMORY : session_open(quote->set, &ret->session);
    if (status == STATUS_OK) {
        status = rated_feed(&ret->session, buf_slice(&setup), event, ret);
        if (status != STATUS_OK)
            session_free(&ret->session);
    }
    buf_free(&setup);
    return status == STATUS_OK ? EXIT_DONE : complain_fault("quote", status);
}

static void quote_json(const struct quote *quote, const struct rated *rated, const struct alternative *list,
                       uint32_t count, struct sink *out) {
    struct json_writer writer = {.out = &out->buf, .pretty = true};
    struct export_options explain = {.explain = true};
    struct arena scratch = {0};
    const struct statement *statement = &rated->statement;
    json_object(&writer);
    json_member(&writer, "tariff", quote->tariff->name);
    json_member(&writer, "operation", quote->operation);
    json_instant(&writer, "at", quote->at_ns, quote->tariff->zone);
    json_key(&writer, "bills");
    json_array(&writer);
    for (uint32_t i = 0; i < statement->bill_count; i++)
        export_bill_json(&statement->bills[i], NULL, &explain, &scratch, &writer);
    json_array_end(&writer);
    const struct notice *lists[] = {statement->unpriced, statement->rejected};
    uint32_t counts[] = {statement->unpriced_count, statement->rejected_count};
    for (size_t k = 0; k < 2; k++) {
        json_key(&writer, k == 0 ? "unpriced" : "rejected");
        json_array(&writer);
        for (uint32_t i = 0; i < counts[k]; i++)
            json_text(&writer, lists[k][i].reason);
        json_array_end(&writer);
    }
    json_key(&writer, "steps");
    export_steps_json(&rated->trace, &writer);
    json_key(&writer, "alternatives");
    alternatives_json(list, count, &writer);
    json_object_end(&writer);
    buf_char(&out->buf, '\n');
    arena_free(&scratch);
}

static int quote_print(const struct quote *quote, const struct rated *rated, const struct alternative *list,
                       uint32_t count) {
    struct sink out = output_sink();
    struct export_options options_out = {.explain = true, .color = color_out(quote->call)};
    enum status status = STATUS_OK;
    int code = rated->statement.unpriced_count + rated->statement.rejected_count > 0 ? EXIT_INCOMPLETE : EXIT_DONE;
    if (is_json(quote->call)) {
        quote_json(quote, rated, list, count, &out);
    } else {
        status = export_table(&rated->statement, &options_out, &out);
        buf_text(&out.buf, "How the event was read\n");
        export_steps_text(&rated->trace, 2, &out.buf);
        alternatives_table(quote, list, count, &out);
    }
    code = output_finish(&out, code);
    return status == STATUS_OK ? code : complain_fault("quote", status);
}

/* The usage event as JSON into `out`. EXIT_DONE, or EXIT_USAGE after a complaint. */
static int event_write(const struct quote *quote, struct buf *out) {
    struct json_writer writer = {.out = out};
    struct words words = {
        .call = quote->call, .set = quote->set, .run = quote->run, .first = 1, .has_shorthands = true};
    struct event_head head = {.id = SLICE("quote"),
                              .subject = QUOTE_ACCOUNT,
                              .group = quote->tariff->name,
                              .name = quote->operation,
                              .at_ns = quote->at_ns};
    event_begin(&head, &writer);
    int code = words_write(&words, &writer);
    event_end(&writer);
    return code;
}

static int quote_work(const struct quote *quote) {
    struct rated payg, bought;
    struct alternative *list;
    struct buf event = {0};
    uint32_t count;
    bool has_orders = option_given(quote->call, "with");
    int code = event_write(quote, &event);
    if (code == EXIT_DONE)
        code = event.failed ? complain_fault("quote", STATUS_NO_MEMORY)
                            : rate_work(quote, false, buf_slice(&event), &payg);
    if (code != EXIT_DONE) {
        buf_free(&event);
        return code;
    }
    enum status status = quote_alternatives(quote, &payg.statement, payg.record, &list, &count);
    if (status != STATUS_OK) {
        code = complain_fault("quote", status);
    } else if (has_orders) {
        code = rate_work(quote, true, buf_slice(&event), &bought);
        if (code == EXIT_DONE) {
            code = quote_print(quote, &bought, list, count);
            rated_free(&bought);
        }
    } else {
        code = quote_print(quote, &payg, list, count);
    }
    rated_free(&payg);
    buf_free(&event);
    return code;
}

static int quote_unknown(const struct quote *quote) {
    const struct names *lists[] = {&quote->tariff->operation_names, &quote->tariff->product_names};
    struct buf hint = {0};
    for (size_t i = 0; i < 2 && hint.len == 0; i++)
        suggestion_print(quote->operation, lists[i]->texts, lists[i]->count, "", &hint);
    complain(EXIT_USAGE, SLICE_FMT " has no operation and sells no \"" SLICE_FMT "\"." SLICE_FMT,
             SLICE_ARG(quote->tariff->name), SLICE_ARG(quote->operation), SLICE_ARG(buf_slice(&hint)));
    buf_free(&hint);
    return EXIT_USAGE;
}

static int quote_find(struct quote *quote) {
    struct slice name;
    struct timespec now;
    if (!slice_cut(slice_of(quote->call->operands[0]), '.', &name, &quote->operation))
        return complain(EXIT_USAGE, "\"%s\" is not TARIFF.OPERATION.", quote->call->operands[0]);
    quote->tariff = tariff_need(quote->set, name);
    if (quote->tariff == NULL)
        return EXIT_USAGE;
    if (option_given(quote->call, "at"))
        return option_instant(quote->call, "at", quote->tariff->zone, &quote->at_ns);
    clock_gettime(CLOCK_REALTIME, &now);
    quote->at_ns = (int64_t)now.tv_sec * NS_PER_SECOND;
    return EXIT_DONE;
}

static int quote_run(const struct call *call) {
    struct tariff_set set;
    struct arena run = {0};
    struct quote quote = {.call = call, .set = &set, .run = &run};
    int code = tariffs_load(call, &set);
    if (code == EXIT_DONE)
        code = quote_find(&quote);
    if (code == EXIT_DONE) {
        const struct product *product = tariff_product(quote.tariff, quote.operation);
        if (tariff_operation(quote.tariff, quote.operation) != NULL)
            code = quote_work(&quote);
        else
            code = product != NULL ? quote_order(&quote, product) : quote_unknown(&quote);
    }
    arena_free(&run);
    tariff_set_free(&set);
    return code;
}

const struct verb verb_quote = {
    .name = "quote",
    .operands = "TARIFF.OPERATION|TARIFF.SKU [KEY=VALUE…]",
    .summary = "Price work or an order before it happens",
    .text = "Builds one event from the words given (KEY is an attribute of the event, dots nest, each stream=K:V,K:V…\n"
            "adds a stream), rates it in an empty account and prints the lines, how they came about, and the other\n"
            "ways to pay: packages when fully used, QPS plans and concurrency with the quantity at which they equal\n"
            "pay-as-you-go. TARIFF.SKU prices an order; its keys are quantity and periods. Without --at this is the\n"
            "one verb that looks at the clock.",
    .options = options,
    .option_count = COUNT_OF(options),
    .examples = examples,
    .example_count = COUNT_OF(examples),
    .operand_min = 1,
    .operand_max = UINT32_MAX,
    .run = quote_run,
};
