/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate tariff check: every mistake of a file with its place, then its own examples. */
#include "cli/common.h"
#include "cli/verbs.h"
#include "trial/examples.h"

static const struct option options[] = {
    {"quiet", NULL, "do not list the examples that hold", NULL, false},
    OPTION_JSON,
    OPTIONS_COMMON,
};

static const struct verb_example examples[] = {
    {"tollgate tariff check my-tariff.yaml", "one file and its examples"},
    {"tollgate tariff check --quiet tariffs/", "every tariff of a folder; only what fails is listed"},
};

struct check {
    const struct call *call;
    struct sink out;
    struct json_writer writer;
    struct arena run;
    uint32_t passed, failed;
};

static void result_text(struct check *check, const struct example *example) {
    struct buf *out = &check->out.buf;
    struct slice rest = buf_slice(&example->failures), line;
    bool is_good = rest.len == 0, color = color_out(check->call);
    if (is_good && option_given(check->call, "quiet"))
        return;
    buf_text(out, !color ? "" : is_good ? "\033[32m" : "\033[31m");
    buf_printf(out, "%-6s%s  " SLICE_FMT "  " SLICE_FMT "\n", is_good ? "ok" : "FAILED", color ? "\033[0m" : "",
               SLICE_ARG(example->tariff->name), SLICE_ARG(example_name(example->node)));
    if (!is_good)
        buf_printf(out, "        " SLICE_FMT ":%u:%u\n", SLICE_ARG(example->node->place.file->path),
                   example->node->place.line, example->node->place.column);
    while (rest.len > 0) {
        slice_cut(rest, '\n', &line, &rest);
        buf_printf(out, "        " SLICE_FMT "\n", SLICE_ARG(line));
    }
}

static enum status check_example(struct check *check, const struct tariff_set *set, const struct tariff *tariff,
                                 const struct node *node) {
    struct example example = {.set = set, .tariff = tariff, .node = node, .run = &check->run};
    enum status status = example_run(&example);
    if (status == STATUS_OK) {
        check->passed += example.failures.len == 0;
        check->failed += example.failures.len > 0;
        if (is_json(check->call))
            example_json(&example, &check->writer);
        else
            result_text(check, &example);
    }
    buf_free(&example.failures);
    arena_reset(&check->run);
    sink_spill(&check->out);
    return status;
}

static int check_tariff(struct check *check, const struct tariff_set *set, const struct tariff *tariff) {
    const struct node *list = node_get(tariff->root, "examples");
    for (const struct node *node = list ? list->first : NULL; node != NULL; node = node->next) {
        if (!example_is_own(tariff, node))
            continue;
        enum status status = check_example(check, set, tariff, node);
        if (status != STATUS_OK)
            return complain_fault("examples", status);
    }
    return EXIT_DONE;
}

static int check_path(struct check *check, const char *path) {
    struct tariff_set set;
    int code = tariffs_load_path(check->call, path, &set);
    for (uint32_t i = 0; i < set.count && code != EXIT_FAULT; i++) {
        int example_code = check_tariff(check, &set, set.list[i]);
        code = example_code != EXIT_DONE ? example_code : code;
    }
    if (code == EXIT_DONE && set.count == 0)
        code = complain(EXIT_INCOMPLETE, "%s: no tariff here (a file with a `tariff:` key)", path);
    tariff_set_free(&set);
    return code;
}

static int check_run(const struct call *call) {
    struct check check = {.call = call, .out = output_sink()};
    int worst = EXIT_DONE;
    check.writer = (struct json_writer){.out = &check.out.buf, .pretty = true};
    if (is_json(call)) {
        json_object(&check.writer);
        json_key(&check.writer, "examples");
        json_array(&check.writer);
    }
    for (uint32_t i = 0; i < call->operand_count; i++) {
        int code = check_path(&check, call->operands[i]);
        worst = code > worst ? code : worst;
    }
    if (is_json(call)) {
        json_array_end(&check.writer);
        json_object_end(&check.writer);
        buf_char(&check.out.buf, '\n');
    }
    arena_free(&check.run);
    if (check.failed > 0 && worst == EXIT_DONE)
        worst = EXIT_INCOMPLETE;
    worst = output_finish(&check.out, worst);
    complain(0, "%u examples hold, %u failed", check.passed, check.failed);
    return worst;
}

const struct verb verb_tariff_check = {
    .name = "tariff check",
    .operands = "FILE|DIR…",
    .summary = "Check tariffs and run their examples",
    .text = "Prints every mistake with file, line, column, the line itself and a remedy, then rates each example that\n"
            "the tariff carries and compares with what it expects, to the last digit. Usage that nobody expected to\n"
            "be unpriced or rejected is a failure too. Examples inherited by `extends` are not run again.",
    .options = options,
    .option_count = COUNT_OF(options),
    .examples = examples,
    .example_count = COUNT_OF(examples),
    .operand_min = 1,
    .operand_max = UINT32_MAX,
    .run = check_run,
};
