/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate init: a new data directory. */
#include "cli/data.h"
#include "cli/verbs.h"

static const struct option options[] = {
    {"tariffs", "DIR", "keep the book under the tariffs in DIR (or one file) instead of the shipped ones", NULL, false},
    OPTION_JSON,
    OPTIONS_COMMON,
};

static const struct verb_example examples[] = {
    {"tollgate init /var/lib/tollgate", "a book under the shipped tariffs"},
    {"tollgate init books/2026 --tariffs my-tariffs/", "a book under your own"},
};

static int init_print(const struct call *call) {
    if (!is_json(call)) {
        complain(0, "made %s; the tariffs were copied into it.", call->operands[0]);
        return EXIT_DONE;
    }
    struct sink out = output_sink();
    struct json_writer writer = {.out = &out.buf};
    json_object(&writer);
    json_member(&writer, "data", slice_of(call->operands[0]));
    json_object_end(&writer);
    buf_char(&out.buf, '\n');
    return output_finish(&out, EXIT_DONE);
}

static int init_run(const struct call *call) {
    struct tariff_set set;
    struct arena arena = {0};
    struct slice error;
    int code = tariffs_load(call, &set);
    tariff_set_free(&set);
    if (code != EXIT_DONE)
        return code;
    enum status status = book_create(call->operands[0], tariffs_path(call), tariffs_shipped(), &arena, &error);
    if (status == STATUS_CONFLICT)
        code = complain(EXIT_INCOMPLETE, SLICE_FMT ".", SLICE_ARG(error));
    else if (status != STATUS_OK)
        code = data_fault(call->operands[0], status, error);
    else
        code = init_print(call);
    arena_free(&arena);
    return code;
}

const struct verb verb_init = {
    .name = "init",
    .operands = "DIR",
    .summary = "Make a data directory: an empty journal and the tariffs it is kept under",
    .text = "DIR is created when it is missing. The tariffs are copied into it, so that the same journal always gives\n"
            "the same bills; a book whose copies were changed is refused.",
    .options = options,
    .option_count = COUNT_OF(options),
    .examples = examples,
    .example_count = COUNT_OF(examples),
    .operand_min = 1,
    .operand_max = 1,
    .run = init_run,
};
