/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate tariff diff: what changed between two tariffs, and for whom. */
#include "cli/diff.h"
#include "cli/verbs.h"
#include "export/grid.h"

#include <unistd.h>

static const struct option options[] = {
    {"usage", "FILE", "also rate this journal under both and compare per account and item", NULL, false},
    OPTION_TARIFFS,
    OPTION_JSON,
    OPTIONS_COMMON,
};

static const struct verb_example examples[] = {
    {"tollgate tariff diff viapi my-viapi.yaml", "a shipped tariff and an own edition"},
    {"tollgate tariff diff old.yaml new.yaml --usage last-month.ndjson", "what last month would have cost"},
};

/* A file when there is one of that name, else a tariff of the set. */
static int side_load(struct sides *sides, uint32_t index, const char *name, const struct tariff **ret_tariff) {
    struct tariff_set *set = &sides->sets[index];
    bool is_file = strchr(name, '/') != NULL || access(name, F_OK) == 0;
    int code = is_file ? tariffs_load_path(sides->call, name, set) : tariffs_load(sides->call, set);
    if (code != EXIT_DONE)
        return code;
    if (is_file && set->count != 1)
        return complain(EXIT_USAGE, "%s holds %u tariffs; diff compares two files or names.", name, set->count);
    *ret_tariff = is_file ? set->list[0] : tariff_need(set, slice_of(name));
    return *ret_tariff != NULL ? EXIT_DONE : EXIT_USAGE;
}

static void percent_print(const struct change *change, struct grid *grid) {
    char text[DECIMAL_TEXT_MAX];
    decimal_format(change->percent, text);
    if (change->has_percent)
        grid_printf(grid, "%s%s %%", change->percent.pico > 0 ? "+" : "", text);
    else
        grid_cell(grid, SLICE(""));
}

static void changes_table(struct diff *diff, bool color, struct sink *out) {
    static const char *const columns[] = {"", "what", "name", "cell", "since", "old", "new", "change"};
    struct grid grid = {0};
    if (diff->count == 0) {
        buf_text(&out->buf, "No difference in settings, items, prices, operations and products.\n");
        return;
    }
    grid_start(&grid, "lllllllr", true);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        grid_cell(&grid, slice_of(columns[i]));
    for (uint32_t i = 0; i < diff->count; i++) {
        const struct change *change = &diff->list[i];
        bool is_ever = change->since_ns == INSTANT_MIN;
        grid_cell(&grid, slice_of(change_name(change->kind)));
        grid_cell(&grid, slice_of(change->section));
        grid_cell(&grid, change->name);
        grid_cell(&grid, change->cell);
        grid_cell(&grid, is_ever ? SLICE("") : text_instant(&diff->run, change->since_ns, diff->new->zone));
        grid_cell(&grid, change->old);
        grid_cell(&grid, change->new);
        percent_print(change, &grid);
    }
    grid_print(&grid, 0, color, &out->buf);
    out->buf.failed = out->buf.failed || grid.failed;
    grid_free(&grid);
}

static struct decimal difference(struct decimal old, struct decimal new) {
    struct decimal value = DECIMAL_ZERO;
    enum status status = decimal_sub(new, old, &value);
    (void)status; /* sums that fit have a difference that fits: both are far from the edge */
    return value;
}

static void usage_table(struct diff *diff, const struct usage_diff *usage, bool color, struct sink *out) {
    static const char *const columns[] = {"account", "item", "old", "new", "difference"};
    struct grid grid = {0};
    grid_start(&grid, "llrrr", true);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        grid_cell(&grid, slice_of(columns[i]));
    for (uint32_t i = 0; i < usage->count; i++) {
        const struct usage_row *row = &usage->rows[i];
        grid_cell(&grid, row->account);
        grid_cell(&grid, row->item);
        grid_cell(&grid, text_decimal(&diff->run, row->old));
        grid_cell(&grid, text_decimal(&diff->run, row->new));
        grid_cell(&grid, text_decimal(&diff->run, difference(row->old, row->new)));
    }
    grid_cell(&grid, SLICE("total"));
    grid_cell(&grid, slice_of(diff->old->currency->code));
    grid_cell(&grid, text_decimal(&diff->run, usage->old_total));
    grid_cell(&grid, text_decimal(&diff->run, usage->new_total));
    grid_cell(&grid, text_decimal(&diff->run, difference(usage->old_total, usage->new_total)));
    buf_text(&out->buf, "\nUsage under both\n");
    grid_print(&grid, 2, color, &out->buf);
    out->buf.failed = out->buf.failed || grid.failed;
    grid_free(&grid);
}

static void usage_json(const struct usage_diff *usage, struct json_writer *writer) {
    json_key(writer, "usage");
    json_array(writer);
    for (uint32_t i = 0; i < usage->count; i++) {
        const struct usage_row *row = &usage->rows[i];
        json_object(writer);
        json_member(writer, "account", row->account);
        json_member(writer, "item", row->item);
        json_decimal(writer, "old", row->old);
        json_decimal(writer, "new", row->new);
        json_decimal(writer, "difference", difference(row->old, row->new));
        json_object_end(writer);
    }
    json_array_end(writer);
    json_decimal(writer, "old_total", usage->old_total);
    json_decimal(writer, "new_total", usage->new_total);
    json_decimal(writer, "difference", difference(usage->old_total, usage->new_total));
}

static int diff_print(struct sides *sides, struct slice new_name, const struct usage_diff *usage) {
    struct sink out = output_sink();
    struct diff *diff = &sides->diff;
    if (is_json(sides->call)) {
        struct json_writer writer = {.out = &out.buf, .pretty = true};
        json_object(&writer);
        json_member(&writer, "old", diff->old->name);
        json_member(&writer, "new", new_name);
        json_key(&writer, "changes");
        json_array(&writer);
        diff_json(diff, &writer);
        json_array_end(&writer);
        if (usage != NULL)
            usage_json(usage, &writer);
        json_object_end(&writer);
        buf_char(&out.buf, '\n');
    } else {
        changes_table(diff, color_out(sides->call), &out);
        if (usage != NULL)
            usage_table(diff, usage, color_out(sides->call), &out);
    }
    int code = output_finish(&out, EXIT_DONE);
    if (code != EXIT_DONE || usage == NULL)
        return code;
    if (usage->old_unpriced + usage->new_unpriced + usage->old_rejected + usage->new_rejected > 0)
        code = complain(EXIT_INCOMPLETE, "not charged: old %u unpriced, %u rejected; new %u unpriced, %u rejected",
                        usage->old_unpriced, usage->old_rejected, usage->new_unpriced, usage->new_rejected);
    return code;
}

static int diff_sides(struct sides *sides) {
    const char *path = option_value(sides->call, "usage");
    struct diff *diff = &sides->diff;
    struct usage_diff usage;
    enum status status = diff_collect(diff);
    if (status != STATUS_OK)
        return complain_fault("diff", status);
    if (path == NULL)
        return diff_print(sides, diff->new->name, NULL);
    if (diff->old->currency != diff->new->currency)
        return complain(EXIT_USAGE, "--usage cannot compare %s with %s: currencies are never converted.",
                        diff->old->currency->code, diff->new->currency->code);
    struct slice new_name = diff->new->name;
    int code = diff_usage(sides, path, &usage);
    return code == EXIT_DONE ? diff_print(sides, new_name, &usage) : code;
}

static int diff_run(const struct call *call) {
    struct sides sides = {.call = call};
    int code = side_load(&sides, 0, call->operands[0], &sides.diff.old);
    if (code == EXIT_DONE)
        code = side_load(&sides, 1, call->operands[1], &sides.diff.new);
    if (code == EXIT_DONE)
        code = diff_sides(&sides);
    arena_free(&sides.diff.run);
    for (size_t i = 0; i < 2; i++)
        tariff_set_free(&sides.sets[i]);
    return code;
}

const struct verb verb_tariff_diff = {
    .name = "tariff diff",
    .operands = "OLD NEW",
    .summary = "Show what differs between two tariffs, and what it would have cost",
    .text = "OLD and NEW are files, or names of tariffs. Prices are compared cell by cell, at every instant at which\n"
            "one side changes; the percentage is of the exact prices, rounded to two digits. With --usage the journal\n"
            "is rated under each side alone: events of the type OLD.OPERATION go to NEW too, whatever NEW is called;\n"
            "events of other tariffs are counted as rejected.",
    .options = options,
    .option_count = COUNT_OF(options),
    .examples = examples,
    .example_count = COUNT_OF(examples),
    .operand_min = 2,
    .operand_max = 2,
    .run = diff_run,
};
