/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate init: a new data directory. */
#include "cli/data.h"
#include "cli/verbs.h"

enum { PARTITIONS_MAX = 4096 };

static const struct option options[] = {
    {"tariffs", "DIR", "keep the book under the tariffs in DIR (or one file) instead of the shipped ones", NULL, false},
    {"partition", "N/COUNT", "keep only every COUNT-th account, by the hash of its name; default: 1/1", NULL, false},
    OPTION_JSON,
    OPTIONS_COMMON,
};

static const struct verb_example examples[] = {
    {"tollgate init /var/lib/tollgate", "a book under the shipped tariffs"},
    {"tollgate init books/2026 --tariffs my-tariffs/", "a book under your own"},
    {"tollgate init books/b --partition 2/4", "the second of four books that share out the accounts"},
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

static int partition_option(const struct call *call, struct book_partition *ret) {
    const char *text = option_value(call, "partition");
    struct slice number_text, count_text;
    uint64_t number, count;
    *ret = (struct book_partition){1, 1};
    if (!text)
        return EXIT_DONE;
    if (!slice_cut(slice_of(text), '/', &number_text, &count_text) ||
        !slice_number(count_text, PARTITIONS_MAX, &count) || !slice_number(number_text, count, &number) || number < 1)
        return complain(EXIT_USAGE,
                        "--partition is N/COUNT with N from 1 to COUNT and COUNT up to %d, for example 2/4.",
                        PARTITIONS_MAX);
    *ret = (struct book_partition){(uint32_t)number, (uint32_t)count};
    return EXIT_DONE;
}

static int init_run(const struct call *call) {
    struct tariff_set set;
    struct arena arena = {0};
    struct slice error;
    struct book_partition partition;
    int code = partition_option(call, &partition);
    if (code != EXIT_DONE)
        return code;
    code = tariffs_load(call, &set);
    tariff_set_free(&set);
    if (code != EXIT_DONE)
        return code;
    enum status status =
        book_create(call->operands[0], tariffs_path(call), tariffs_shipped(), &partition, &arena, &error);
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
