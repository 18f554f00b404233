/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate quote: the price of work before it is done. The event is rated by the same engine as a journal; only the
 * default instant comes from the clock of this computer. */
#include "cli/quote.h"
#include "cli/probe.h"
#include "cli/quote_media.h"
#include "cli/words.h"

#include "cli/verbs.h"

#include <time.h>

static const struct option options[] = {
    {"count", "N", "the work is done N times (the attribute count)", NULL, false},
    {"region", "REGION", "where the work is done (the attribute region)", NULL, false},
    {"media", "FILE", "what the tariff's `media` names is measured in this file", NULL, false},
    OPTION_HEADERS,
    OPTION_TIMEOUT,
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
    {"tollgate quote viapi.video-enhancement --media film.mp4", "work on a file, whose numbers are measured"},
    {"tollgate quote viapi.object-detection --count 5000 --with object-detection-5000 --json",
     "paid by a package, as JSON"},
    {"tollgate quote viapi.face-comparison-1-1-qps-day quantity=40 periods=1", "an order: 40 QPS for a day"},
};

/* --with SKU=N, as they were given. */
static int bought_read(const struct asking *asking, struct quote_bought **ret_list, uint32_t *ret_count) {
    const struct quote *quote = &asking->quote;
    struct quote_bought *list = ARENA_ARRAY(quote->run, asking->call->use_count + 1, struct quote_bought);
    uint32_t count = 0;
    if (list == NULL)
        return complain_fault("quote", STATUS_NO_MEMORY);
    for (uint32_t i = 0; i < asking->call->use_count; i++) {
        struct slice sku;
        if (strcmp(asking->call->uses[i].option->name, "with") != 0)
            continue;
        list[count].quantity = SLICE("1");
        slice_cut(slice_of(asking->call->uses[i].value), '=', &sku, &list[count].quantity);
        list[count].product = tariff_product(quote->tariff, sku);
        if (list[count++].product != NULL)
            continue;
        struct buf hint = {0};
        suggestion_print(sku, quote->tariff->product_names.texts, quote->tariff->product_names.count, "", &hint);
        complain(EXIT_USAGE, SLICE_FMT " sells no \"" SLICE_FMT "\"." SLICE_FMT, SLICE_ARG(quote->tariff->name),
                 SLICE_ARG(sku), SLICE_ARG(buf_slice(&hint)));
        buf_free(&hint);
        return EXIT_USAGE;
    }
    *ret_list = list;
    *ret_count = count;
    return EXIT_DONE;
}

static int quote_print(const struct asking *asking, const struct quote_rated *rated, const struct alternative *list,
                       uint32_t count) {
    struct sink out = output_sink();
    struct export_options options_out = {.explain = true, .color = color_out(asking->call)};
    enum status status = STATUS_OK;
    int code = rated->statement.unpriced_count + rated->statement.rejected_count > 0 ? EXIT_INCOMPLETE : EXIT_DONE;
    if (is_json(asking->call)) {
        struct json_writer writer = {.out = &out.buf, .pretty = true};
        json_object(&writer);
        quote_json(&asking->quote, rated, list, count, &writer);
        json_object_end(&writer);
        buf_char(&out.buf, '\n');
    } else {
        status = export_table(&rated->statement, &options_out, &out);
        buf_text(&out.buf, "How the event was read\n");
        export_steps_text(&rated->trace, 2, &out.buf);
        alternatives_table(asking, list, count, &out);
    }
    code = output_finish(&out, code);
    return status == STATUS_OK ? code : complain_fault("quote", status);
}

/* The usage event as JSON into `out`. EXIT_DONE, or EXIT_USAGE after a complaint. */
static int event_write(const struct asking *asking, struct buf *out) {
    const struct quote *quote = &asking->quote;
    struct json_writer writer = {.out = out};
    struct words_measured measured;
    int code = quote_media(asking, &measured);
    if (code != EXIT_DONE)
        return code;
    struct words words = {.call = asking->call,
                          .set = quote->set,
                          .run = quote->run,
                          .first = 1,
                          .has_shorthands = true,
                          .measured = &measured};
    struct event_head head = {.id = SLICE("quote"),
                              .subject = QUOTE_ACCOUNT,
                              .group = quote->tariff->name,
                              .name = quote->operation,
                              .at_ns = quote->at_ns};
    event_begin(&head, &writer);
    code = words_write(&words, &writer);
    event_end(&writer);
    return code == EXIT_DONE && out->failed ? complain_fault("quote", STATUS_NO_MEMORY) : code;
}

static int work_print(const struct asking *asking, const struct quote_rated *payg, struct slice event) {
    struct quote_rated rated;
    struct quote_bought *bought = NULL;
    struct alternative *list;
    uint32_t count, bought_count = 0;
    int code = bought_read(asking, &bought, &bought_count);
    if (code != EXIT_DONE)
        return code;
    enum status status = quote_alternatives(&asking->quote, &payg->statement, payg->record, &list, &count);
    if (status == STATUS_OK && bought_count == 0)
        return quote_print(asking, payg, list, count);
    if (status == STATUS_OK)
        status = quote_rate(&asking->quote, bought, bought_count, event, &rated);
    if (status != STATUS_OK)
        return complain_fault("quote", status);
    code = quote_print(asking, &rated, list, count);
    quote_rated_free(&rated);
    return code;
}

static int quote_work(const struct asking *asking) {
    struct quote_rated payg;
    struct buf event = {0};
    int code = event_write(asking, &event);
    if (code == EXIT_DONE) {
        enum status status = quote_rate(&asking->quote, NULL, 0, buf_slice(&event), &payg);
        code = status == STATUS_OK ? EXIT_DONE : complain_fault("quote", status);
    }
    if (code == EXIT_DONE) {
        code = work_print(asking, &payg, buf_slice(&event));
        quote_rated_free(&payg);
    }
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

static int quote_find(struct asking *asking) {
    struct quote *quote = &asking->quote;
    struct slice name;
    struct timespec now;
    if (!slice_cut(slice_of(asking->call->operands[0]), '.', &name, &quote->operation))
        return complain(EXIT_USAGE, "\"%s\" is not TARIFF.OPERATION.", asking->call->operands[0]);
    quote->tariff = tariff_need(quote->set, name);
    if (quote->tariff == NULL)
        return EXIT_USAGE;
    if (option_given(asking->call, "at"))
        return option_instant(asking->call, "at", quote->tariff->zone, &quote->at_ns);
    clock_gettime(CLOCK_REALTIME, &now);
    quote->at_ns = (int64_t)now.tv_sec * NS_PER_SECOND;
    return EXIT_DONE;
}

static int quote_run(const struct call *call) {
    struct tariff_set set;
    struct arena run = {0};
    struct asking asking = {.call = call, .quote = {.set = &set, .run = &run}};
    int code = tariffs_load(call, &set);
    if (code == EXIT_DONE)
        code = quote_find(&asking);
    if (code == EXIT_DONE) {
        const struct quote *quote = &asking.quote;
        const struct product *product = tariff_product(quote->tariff, quote->operation);
        if (tariff_operation(quote->tariff, quote->operation) != NULL)
            code = quote_work(&asking);
        else
            code = product != NULL ? quote_order(&asking, product) : quote_unknown(quote);
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
