/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate usage --plot and --svg: rows of usage as bars over time. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/usage.h"
#include "plot/plot.h"

enum { LABELS_MAX = 5000, VALUES_MAX = 4000000 };

/* A row that outlives its book. */
struct point {
    uint32_t chart, series; /* indices */
    int64_t at_ns;
    struct decimal value;
};
struct chart {
    struct slice tariff, unit, last_name; /* last_name: of its newest series; rows come sorted */
    const struct zone *zone;
    enum cycle_kind time;
    bool is_of_cycles; /* because days have no amounts of their own */
    uint32_t series_count;
    int64_t *times; /* of labels */
    struct plot plot;
};
struct charting {
    const struct call *call;
    struct usage_query query;
    struct arena arena;
    struct chart *charts;
    uint32_t chart_count, chart_cap;
    struct point *points;
    uint32_t point_count, point_cap;
    struct names tiered; /* tariffs with rows that have no amount */
    bool has_cost, is_stacked;
    bool is_again; /* the second time: only the tiered ones, by cycle */
};

bool usage_is_chart(const struct call *call) {
    return option_given(call, "plot") || option_given(call, "svg");
}

/* ---- taking rows ---- */

/* One more of an array that grows. NULL: no memory, and the array stays. */
static void *room(void *list, uint32_t count, uint32_t *cap, size_t size) {
    uint32_t grown_cap = *cap > 0 ? *cap * 2 : 64;
    if (count < *cap)
        return list;
    void *grown = reallocarray(list, grown_cap, size);
    *cap = grown != NULL ? grown_cap : *cap;
    return grown;
}

/* "face-detection / cn-shanghai / payg" */
static struct slice series_name(struct charting *charting, const struct usage_row *row) {
    struct buf text = {0};
    buf_append(&text, row->item);
    for (int key = 0; key < USAGE_KEY_COUNT; key++) {
        if (charting->query.by[key] && row->keys[key].len > 0)
            buf_printf(&text, " / " SLICE_FMT, SLICE_ARG(row->keys[key]));
    }
    struct slice name = text.failed ? (struct slice){0} : arena_copy(&charting->arena, buf_slice(&text));
    buf_free(&text);
    return name;
}

static bool is_of(const struct charting *charting, const struct chart *chart, const struct usage_row *row,
                  struct slice unit, struct slice name) {
    return slice_eq(chart->tariff, row->tariff->name) && slice_eq(chart->unit, unit) &&
           chart->is_of_cycles == charting->is_again && (charting->is_stacked || slice_eq(name, chart->last_name));
}

/* The chart that a row belongs to. NULL: no memory. */
static struct chart *chart_find(struct charting *charting, const struct usage_row *row, struct slice unit,
                                struct slice name) {
    uint32_t looked_at = charting->is_stacked ? charting->chart_count : 1;
    for (uint32_t i = charting->chart_count; i > 0 && looked_at > 0; i--, looked_at--) {
        if (is_of(charting, &charting->charts[i - 1], row, unit, name))
            return &charting->charts[i - 1];
    }
    struct chart *charts = room(charting->charts, charting->chart_count, &charting->chart_cap, sizeof *charts);
    if (charts == NULL)
        return NULL;
    charting->charts = charts;
    struct chart *chart = &charts[charting->chart_count++];
    *chart = (struct chart){.tariff = arena_copy(&charting->arena, row->tariff->name),
                            .unit = arena_copy(&charting->arena, unit),
                            .zone = row->tariff->zone,
                            .time = charting->is_again ? row->tariff->cycle : charting->query.time,
                            .is_of_cycles = charting->is_again};
    return chart->tariff.ptr != NULL && chart->unit.ptr != NULL ? chart : NULL;
}

static enum status series_add(struct chart *chart, struct slice name) {
    if (chart->series_count > 0 && slice_eq(chart->last_name, name))
        return STATUS_OK;
    struct plot_series *series = reallocarray(chart->plot.series, chart->series_count + 1, sizeof *series);
    if (series == NULL)
        return STATUS_NO_MEMORY;
    chart->plot.series = series;
    series[chart->series_count++] = (struct plot_series){.name = name};
    chart->last_name = name;
    return STATUS_OK;
}

static enum status row_take(struct charting *charting, const struct usage_row *row) {
    struct slice unit = charting->has_cost ? slice_of(row->tariff->currency->code) : row->unit;
    struct slice name = series_name(charting, row);
    struct chart *chart = name.ptr != NULL ? chart_find(charting, row, unit, name) : NULL;
    if (chart == NULL)
        return STATUS_NO_MEMORY;
    TRY(series_add(chart, name));
    struct point *points = room(charting->points, charting->point_count, &charting->point_cap, sizeof *points);
    if (points == NULL)
        return STATUS_NO_MEMORY;
    charting->points = points;
    points[charting->point_count++] = (struct point){.chart = (uint32_t)(chart - charting->charts),
                                                     .series = chart->series_count - 1,
                                                     .at_ns = row->time_ns,
                                                     .value = charting->has_cost ? row->amount : row->quantity};
    return STATUS_OK;
}

static enum status rows_take(struct charting *charting, struct usage_rows *rows) {
    uint32_t index;
    usage_sort(rows);
    for (uint32_t i = 0; i < rows->count && charting->has_cost && !charting->is_again; i++) {
        if (rows->rows[i].is_tiered)
            TRY(names_add(&charting->tiered, rows->rows[i].tariff->name, &index));
    }
    for (uint32_t i = 0; i < rows->count; i++) {
        bool is_tiered = names_find(&charting->tiered, rows->rows[i].tariff->name) != NAMES_NONE;
        if (is_tiered == charting->is_again)
            TRY(row_take(charting, &rows->rows[i]));
    }
    return STATUS_OK;
}

static int take(void *context, struct usage_rows *rows) {
    enum status status = rows_take(context, rows);
    return status == STATUS_OK ? EXIT_DONE : complain_fault("the plot", status);
}

/* ---- time ---- */

static int time_compare(const void *left, const void *right) {
    const int64_t *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

/* The times of the points of a chart, each once, rising. */
static enum status times_used(struct charting *charting, uint32_t index) {
    struct chart *chart = &charting->charts[index];
    int64_t *times = ARENA_ARRAY(&charting->arena, (size_t)charting->point_count + 1, int64_t);
    uint32_t count = 0, kept = 0;
    if (times == NULL)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < charting->point_count; i++) {
        if (charting->points[i].chart == index)
            times[count++] = charting->points[i].at_ns;
    }
    qsort(times, count, sizeof *times, time_compare);
    for (uint32_t i = 0; i < count; i++) {
        if (i == 0 || times[i] != times[kept - 1])
            times[kept++] = times[i];
    }
    chart->times = times;
    chart->plot.label_count = kept;
    return STATUS_OK;
}

/* And those between them, in which there was nothing. Fails: STATUS_NO_MEMORY, STATUS_RANGE (too many). */
static enum status times_fill(struct charting *charting, struct chart *chart) {
    int64_t at = chart->times[0], last = chart->times[chart->plot.label_count - 1];
    int64_t *times = ARENA_ARRAY(&charting->arena, LABELS_MAX, int64_t);
    uint32_t count = 0;
    if (times == NULL)
        return STATUS_NO_MEMORY;
    while (at <= last) {
        struct period period;
        if (count == LABELS_MAX)
            return STATUS_RANGE;
        TRY(cycle_of(chart->time, chart->zone, 0, at, &period));
        times[count++] = at;
        at = period.end_ns;
    }
    chart->times = times;
    chart->plot.label_count = count;
    return STATUS_OK;
}

/* "2026-02-15T08:00+08:00", "2026-02-15", "2026-02" */
static struct slice label(struct charting *charting, const struct chart *chart, int64_t at_ns) {
    char text[INSTANT_TEXT_MAX];
    size_t len = instant_format(at_ns, chart->zone, text);
    const size_t month = 7, day = 10, minute = 16, second = 19;
    if (chart->time == CYCLE_HOUR && len > second)
        return arena_printf(&charting->arena, "%.*s%s", (int)minute, text, text + second);
    return arena_copy(&charting->arena, (struct slice){text, chart->time == CYCLE_MONTH ? month : day});
}

/* ---- plots ---- */

static uint32_t time_find(const struct chart *chart, int64_t at_ns) {
    const int64_t *found = bsearch(&at_ns, chart->times, chart->plot.label_count, sizeof *chart->times, time_compare);
    return found != NULL ? (uint32_t)(found - chart->times) : 0;
}

static enum status values_set(struct charting *charting, uint32_t index) {
    struct chart *chart = &charting->charts[index];
    struct plot *plot = &chart->plot;
    struct slice *labels = ARENA_ARRAY(&charting->arena, (size_t)plot->label_count + 1, struct slice);
    if (labels == NULL)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < plot->label_count; i++)
        labels[i] = label(charting, chart, chart->times[i]);
    plot->labels = labels;
    plot->series_count = chart->series_count;
    for (uint32_t s = 0; s < plot->series_count; s++) {
        plot->series[s].values = ARENA_ARRAY(&charting->arena, (size_t)plot->label_count + 1, struct decimal);
        if (plot->series[s].values == NULL)
            return STATUS_NO_MEMORY;
    }
    for (uint32_t i = 0; i < charting->point_count; i++) {
        const struct point *point = &charting->points[i];
        if (point->chart != index)
            continue;
        struct decimal *value = &plot->series[point->series].values[time_find(chart, point->at_ns)];
        TRY(decimal_add(*value, point->value, value));
    }
    return plot_totals(plot);
}

static void words_set(struct charting *charting, struct chart *chart) {
    struct plot *plot = &chart->plot;
    const char *time = chart->is_of_cycles ? "cycle" : cycle_kind_name(chart->time);
    plot->time = slice_of(time);
    plot->unit = chart->unit;
    plot->title = arena_printf(&charting->arena, SLICE_FMT ": " SLICE_FMT "%s by %s", SLICE_ARG(chart->tariff),
                               SLICE_ARG(charting->is_stacked ? SLICE("all items") : chart->last_name),
                               charting->has_cost ? ", cost" : "", time);
    if (chart->is_of_cycles)
        plot->note = SLICE("A price depends on all that is used in a cycle here: each bar is the bills of one cycle. "
                           "Amounts are exact, before rounding.");
    else if (charting->has_cost)
        plot->note = SLICE("Amounts are exact, before bills are rounded.");
}

static enum status chart_build(struct charting *charting, uint32_t index) {
    struct chart *chart = &charting->charts[index];
    TRY(times_used(charting, index));
    if (chart->time != CYCLE_DYNAMIC_MONTH)
        TRY(times_fill(charting, chart));
    if ((uint64_t)chart->plot.label_count * chart->series_count > VALUES_MAX)
        return STATUS_RANGE;
    words_set(charting, chart);
    return values_set(charting, index);
}

/* ---- output ---- */

static enum status charts_text(struct charting *charting, struct buf *out) {
    struct plot_style style = {.width = terminal_width(),
                               .is_plain = option_given(charting->call, "plain") || !is_utf8_locale(),
                               .color = color_out(charting->call)};
    for (uint32_t i = 0; i < charting->chart_count; i++) {
        buf_text(out, i > 0 ? "\n" : "");
        TRY(plot_text(&charting->charts[i].plot, &style, out));
    }
    if (charting->chart_count == 0)
        buf_text(out, "Nothing was used.\n");
    return STATUS_OK;
}

static enum status charts_svg(struct charting *charting, struct buf *out) {
    struct plot *plots = ARENA_ARRAY(&charting->arena, (size_t)charting->chart_count + 1, struct plot);
    if (plots == NULL)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < charting->chart_count; i++)
        plots[i] = charting->charts[i].plot;
    return plot_svg(plots, charting->chart_count, charting->has_cost ? SLICE("Cost") : SLICE("Usage"), out);
}

static int file_write(const char *path, struct slice text) {
    FILE *file = fopen(path, "we");
    if (file == NULL)
        return complain_path(path, errno);
    bool is_written = fwrite(text.ptr, 1, text.len, file) == text.len;
    is_written = fclose(file) == 0 && is_written;
    return is_written ? EXIT_DONE : complain_path(path, errno);
}

static int charts_show(struct charting *charting) {
    const char *path = option_value(charting->call, "svg");
    struct sink out = output_sink();
    struct buf svg = {0};
    enum status status = STATUS_OK;
    int code = EXIT_DONE;
    if (option_given(charting->call, "plot"))
        status = charts_text(charting, &out.buf);
    if (status == STATUS_OK && path != NULL)
        status = charts_svg(charting, &svg);
    if (status == STATUS_OK && svg.failed)
        status = STATUS_NO_MEMORY;
    if (status != STATUS_OK)
        code = complain_fault("the plot", status);
    else if (path != NULL && strcmp(path, "-") == 0)
        buf_append(&out.buf, buf_slice(&svg));
    else if (path != NULL)
        code = file_write(path, buf_slice(&svg));
    buf_free(&svg);
    return output_finish(&out, code);
}

static int charts_build(struct charting *charting) {
    for (uint32_t i = 0; i < charting->chart_count; i++) {
        enum status status = chart_build(charting, i);
        if (status == STATUS_RANGE)
            return complain(EXIT_USAGE,
                            "that is too much for a plot (%d bars): take longer periods, or --from, "
                            "--until and --account.",
                            LABELS_MAX);
        if (status != STATUS_OK)
            return complain_fault("the plot", status);
    }
    return charts_show(charting);
}

static void charting_free(struct charting *charting) {
    for (uint32_t i = 0; i < charting->chart_count; i++)
        free(charting->charts[i].plot.series);
    free(charting->charts);
    free(charting->points);
    names_free(&charting->tiered);
    arena_free(&charting->arena);
}

int usage_chart(const struct call *call, const struct usage_query *query) {
    struct charting charting = {.call = call,
                                .query = *query,
                                .has_cost = option_given(call, "cost"),
                                .is_stacked = option_given(call, "stack")};
    if (is_json(call))
        return complain(EXIT_USAGE, "--json and --%s exclude each other.", option_given(call, "plot") ? "plot" : "svg");
    if (!charting.query.by_time)
        charting.query.time = CYCLE_DAY;
    charting.query.by_time = true;
    int code = usage_gather(call, &charting.query, take, &charting);
    if (code == EXIT_DONE && charting.tiered.count > 0) {
        struct usage_query cycles = charting.query;
        charting.is_again = cycles.by_cycle = true;
        cycles.by_time = false;
        code = usage_gather(call, &cycles, take, &charting);
    }
    if (code == EXIT_DONE)
        code = charts_build(&charting);
    charting_free(&charting);
    return code;
}
