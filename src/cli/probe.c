/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate probe: what media files are, as exact numbers. */
#include "cli/probe.h"

#include <stdlib.h>
#include <unistd.h>

#include "cli/verbs.h"
#include "export/grid.h"

static const struct option options[] = {
    OPTION_HEADERS,
    OPTION_TIMEOUT,
    OPTION_JSON,
    OPTIONS_COMMON,
};

static const struct verb_example examples[] = {
    {"tollgate probe film.mp4", "its streams, durations, sizes and rates"},
    {"tollgate probe --json *.mp4 > files.json", "many files, as JSON"},
    {"tollgate probe --headers huge.mkv", "without reading all of it"},
};

enum { MEASURE_SECONDS = 60, MEASURE_SECONDS_MAX = 86400 };

/* ---- ffprobe ---- */

/* The program as the shell would find it, but never in the working directory. */
static const char *ffprobe_find(struct arena *run) {
    const char *path = getenv("PATH");
    struct slice rest = slice_of(path != NULL ? path : ""), folder;
    for (bool more = true; more;) {
        more = slice_cut(rest, ':', &folder, &rest);
        if (folder.len == 0 || folder.ptr[0] != '/')
            continue;
        struct slice name = arena_printf(run, SLICE_FMT "/ffprobe", SLICE_ARG(folder));
        if (name.ptr != NULL && access(name.ptr, X_OK) == 0)
            return name.ptr;
    }
    return NULL;
}

static int ffprobe_missing(void) {
    return complain(EXIT_FAULT, "media files are measured by ffprobe, which was not found or does not start. Install "
                                "it (on Debian: apt-get install ffmpeg), or give the numbers yourself.");
}

int probe_options(const struct call *call, struct arena *run, struct media_options *ret_options) {
    uint64_t seconds = MEASURE_SECONDS;
    if (option_given(call, "timeout") && option_number(call, "timeout", MEASURE_SECONDS_MAX, &seconds) != EXIT_DONE)
        return EXIT_USAGE;
    *ret_options = (struct media_options){
        .ffprobe = ffprobe_find(run), .headers_only = option_given(call, "headers"), .seconds = (uint32_t)seconds};
    return ret_options->ffprobe != NULL ? EXIT_DONE : ffprobe_missing();
}

int probe_file(const struct media_options *options_of, const char *path, struct arena *run, struct media *ret_media) {
    struct slice reason;
    enum status status = media_measure(options_of, path, run, ret_media, &reason);
    if (status == STATUS_OK)
        return EXIT_DONE;
    if (status == STATUS_MISSING)
        return ffprobe_missing();
    if (status == STATUS_INVALID || (status == STATUS_IO && reason.len > 0))
        return complain(status == STATUS_IO ? EXIT_FAULT : EXIT_INCOMPLETE, "%s: " SLICE_FMT ".", path,
                        SLICE_ARG(reason));
    return complain_fault(path, status);
}

/* ---- printing ---- */

struct probing {
    const struct call *call;
    struct media_options options;
    struct sink out;
    struct json_writer writer;
    struct arena run; /* of one file */
};

static void fact_cell(struct grid *grid, struct slice text) {
    grid_cell(grid, text.ptr != NULL ? text : SLICE(""));
    grid->failed = grid->failed || text.ptr == NULL;
}

static void rate_cell(struct grid *grid, const struct media_stream *stream) {
    char text[RATIO_TEXT_MAX];
    size_t len = stream->frame_rate.num > 0 ? ratio_format(stream->frame_rate, text) : 0;
    grid_printf(grid, SLICE_FMT "%s", SLICE_ARG(((struct slice){text, len})), stream->is_variable ? " (varies)" : "");
}

static void stream_row(struct probing *probing, const struct media *media, const struct media_stream *stream,
                       struct grid *grid) {
    grid_printf(grid, "%u", stream->index);
    grid_cell(grid, slice_of(media_kind_name(stream->kind)));
    grid_cell(grid, stream->codec);
    fact_cell(grid, media_fact_text(media, stream, MEDIA_FACT_DURATION, &probing->run));
    grid_cell(grid, stream->origin != MEDIA_UNKNOWN ? slice_of(media_origin_name(stream->origin)) : SLICE(""));
    if (stream->width > 0)
        grid_printf(grid, "%llux%llu", (unsigned long long)stream->width, (unsigned long long)stream->height);
    else
        grid_cell(grid, SLICE(""));
    rate_cell(grid, stream);
    fact_cell(grid, media_fact_text(media, stream, MEDIA_FACT_FRAMES, &probing->run));
    fact_cell(grid, media_fact_text(media, stream, MEDIA_FACT_SAMPLE_RATE, &probing->run));
    fact_cell(grid, media_fact_text(media, stream, MEDIA_FACT_CHANNELS, &probing->run));
    if (stream->rotation > 0)
        grid_printf(grid, "turned by %u", stream->rotation);
    else
        grid_cell(grid, SLICE(""));
}

static void media_text(struct probing *probing, const struct media *media, const char *path) {
    static const char *const heads[] = {"stream", "kind",   "codec",  "seconds",  "from", "size",
                                        "rate",   "frames", "sample", "channels", ""};
    struct grid grid = {0};
    buf_visible(&probing->out.buf, slice_of(path));
    buf_printf(&probing->out.buf, ": " SLICE_FMT ", %llu bytes\n", SLICE_ARG(media->format),
               (unsigned long long)media->bytes);
    grid_start(&grid, "rllrllrrrrl", true);
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        grid_cell(&grid, slice_of(heads[i]));
    for (uint32_t i = 0; i < media->stream_count; i++)
        stream_row(probing, media, &media->streams[i], &grid);
    grid_print(&grid, 2, color_out(probing->call), &probing->out.buf);
    probing->out.buf.failed = probing->out.buf.failed || grid.failed;
    grid_free(&grid);
}

static int file_show(struct probing *probing, const char *path) {
    struct media media;
    int code = probe_file(&probing->options, path, &probing->run, &media);
    if (code != EXIT_DONE)
        return code;
    if (is_json(probing->call))
        media_json(&media, slice_of(path), &probing->run, &probing->writer);
    else
        media_text(probing, &media, path);
    sink_spill(&probing->out);
    for (uint32_t i = 0; i < media.warning_count; i++)
        complain(0, "%s: " SLICE_FMT ".", path, SLICE_ARG(media.warnings[i]));
    return media.warning_count > 0 ? EXIT_INCOMPLETE : EXIT_DONE;
}

static int probe_run(const struct call *call) {
    struct probing probing = {.call = call, .out = output_sink()};
    struct arena run = {0};
    int code = probe_options(call, &run, &probing.options), worst = code;
    bool is_ready = code == EXIT_DONE, has_json = is_ready && is_json(call);
    probing.writer = (struct json_writer){.out = &probing.out.buf, .pretty = true};
    if (has_json) {
        json_object(&probing.writer);
        json_key(&probing.writer, "files");
        json_array(&probing.writer);
    }
    for (uint32_t i = 0; is_ready && i < call->operand_count; i++) {
        code = file_show(&probing, call->operands[i]);
        worst = code > worst ? code : worst;
        arena_reset(&probing.run);
    }
    if (has_json) {
        json_array_end(&probing.writer);
        json_object_end(&probing.writer);
        buf_char(&probing.out.buf, '\n');
    }
    worst = output_finish(&probing.out, worst);
    arena_free(&probing.run);
    arena_free(&run);
    return worst;
}

const struct verb verb_probe = {
    .name = "probe",
    .operands = "FILE…",
    .summary = "Measure media files",
    .text =
        "Prints the streams of media files and pictures: duration, size, frame rate, codec, sample rate, as exact\n"
        "numbers. They are measured by ffprobe (Debian package ffmpeg) in a child process under limits, which reads\n"
        "this one file and no other. Every packet is looked at, so that a header that lies is noticed. Exit code 1:\n"
        "a file is no media file, or its header and its packets contradict each other; 4: it cannot be read.",
    .options = options,
    .option_count = COUNT_OF(options),
    .examples = examples,
    .example_count = COUNT_OF(examples),
    .operand_min = 1,
    .operand_max = UINT32_MAX,
    .run = probe_run,
};
