/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate tariff list: what tariffs there are. */
#include "cli/common.h"
#include "cli/verbs.h"
#include "export/grid.h"
#include "view/view.h"

static const struct option options[] = {OPTION_TARIFFS, OPTION_JSON, OPTIONS_COMMON};

static const struct verb_example examples[] = {
    {"tollgate tariff list", "the tariffs that rate would use"},
    {"tollgate tariff list --tariffs my-tariffs/ --json", "those of a folder, as JSON"},
};

static void list_json(const struct tariff_set *set, struct sink *out) {
    struct json_writer writer = {.out = &out->buf, .pretty = true};
    json_object(&writer);
    json_key(&writer, "tariffs");
    json_array(&writer);
    for (uint32_t i = 0; i < set->count; i++)
        view_tariff_row_json(set->list[i], set->list[i]->file->path, &writer);
    json_array_end(&writer);
    json_object_end(&writer);
    buf_char(&out->buf, '\n');
}

static void list_table(const struct call *call, const struct tariff_set *set, struct sink *out) {
    static const char *const columns[] = {"tariff", "currency",   "cycle",    "zone",
                                          "items",  "operations", "products", "title"};
    struct grid grid = {0};
    grid_start(&grid, "llllrrrl", true);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        grid_cell(&grid, slice_of(columns[i]));
    for (uint32_t i = 0; i < set->count; i++) {
        const struct tariff *tariff = set->list[i];
        grid_cell(&grid, tariff->name);
        grid_cell(&grid, slice_of(tariff->currency->code));
        grid_cell(&grid, slice_of(cycle_kind_name(tariff->cycle)));
        grid_cell(&grid, slice_of(zone_name(tariff->zone)));
        grid_printf(&grid, "%u", tariff->item_count);
        grid_printf(&grid, "%u", tariff->operation_count);
        grid_printf(&grid, "%u", tariff->product_count);
        grid_cell(&grid, tariff->title);
    }
    grid_print(&grid, 0, color_out(call), &out->buf);
    out->buf.failed = out->buf.failed || grid.failed;
    grid_free(&grid);
}

static int list_run(const struct call *call) {
    struct tariff_set set;
    struct sink out = output_sink();
    int code = tariffs_load(call, &set);
    if (is_json(call))
        list_json(&set, &out);
    else if (set.count > 0)
        list_table(call, &set, &out);
    code = output_finish(&out, code);
    tariff_set_free(&set);
    return code;
}

const struct verb verb_tariff_list = {
    .name = "tariff list",
    .operands = "",
    .summary = "List the tariffs",
    .text = "Without --tariffs the folder is TOLLGATE_TARIFFS, else the one that came with the program.",
    .options = options,
    .option_count = COUNT_OF(options),
    .examples = examples,
    .example_count = COUNT_OF(examples),
    .run = list_run,
};
