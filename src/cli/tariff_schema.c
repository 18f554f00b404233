/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate tariff schema: the language for editors. */
#include "cli/common.h"
#include "cli/verbs.h"
#include "tariff/schema.h"

static const struct option options[] = {OPTION_JSON, OPTIONS_COMMON};

static const struct verb_example examples[] = {
    {"tollgate tariff schema > tariff.schema.json", "for an editor that completes and checks YAML"},
};

static int schema_run(const struct call *call) {
    (void)call; /* it is JSON in any case */
    struct sink out = output_sink();
    tariff_schema_print(&out.buf);
    return output_finish(&out, EXIT_DONE);
}

const struct verb verb_tariff_schema = {
    .name = "tariff schema",
    .operands = "",
    .summary = "Print the JSON Schema of a tariff file",
    .text = "",
    .options = options,
    .option_count = COUNT_OF(options),
    .examples = examples,
    .example_count = COUNT_OF(examples),
    .run = schema_run,
};
