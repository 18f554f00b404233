/* SPDX-License-Identifier: Apache-2.0
 *
 * What ffprobe prints to exact numbers: fractions, what is missing, what is absurd, headers against packets. */
#include "cxx/json.h"
#include "media/output.h"
#include "support/check.h"

static const char *header_reason;

static enum status header_of(const char *text, struct arena *arena, struct media *media) {
    struct buf padded = {0};
    *media = (struct media){0};
    header_reason = "";
    buf_text(&padded, text);
    buf_repeat(&padded, ' ', JSON_PADDING);
    enum status status = media_header_read((struct slice){padded.ptr, strlen(text)}, arena, media, &header_reason);
    buf_free(&padded);
    return status;
}

#define FILE_OF(streams) "{\"format\":{\"format_name\":\"mov\",\"duration\":\"2.5\"},\"streams\":[" streams "]}"
#define VIDEO "\"codec_type\":\"video\",\"codec_name\":\"h264\",\"width\":64,\"height\":48,"

static void streams_have_exact_numbers(void **state) {
    (void)state;
    static const struct {
        const char *row, *json;
        const char *kind, *duration, *origin, *rate;
        uint64_t width;
    } rows[] = {
        {"ticks times the length of a tick",
         FILE_OF("{" VIDEO "\"time_base\":\"1/30000\",\"duration_ts\":60060,\"avg_frame_rate\":\"30000/1001\"}"),
         "video", "2.002", "stream", "30000/1001", 64},
        {"no ticks: the container's", FILE_OF("{" VIDEO "\"time_base\":\"1/1000\"}"), "video", "2.5", "container", "0",
         64},
        {"ticks below zero are none", FILE_OF("{" VIDEO "\"time_base\":\"1/1000\",\"duration_ts\":-5}"), "video", "2.5",
         "container", "0", 64},
        {"more ticks than there are", FILE_OF("{" VIDEO "\"time_base\":\"1/1\",\"duration_ts\":99999999999999999999}"),
         "video", "2.5", "container", "0", 64},
        {"a tick of no length", FILE_OF("{" VIDEO "\"time_base\":\"0/0\",\"duration_ts\":5}"), "video", "2.5",
         "container", "0", 64},
        {"a rate over zero is none", FILE_OF("{" VIDEO "\"avg_frame_rate\":\"30/0\"}"), "video", "2.5", "container",
         "0", 64},
        {"a rate that is no fraction is none", FILE_OF("{" VIDEO "\"avg_frame_rate\":29.97}"), "video", "2.5",
         "container", "0", 64},
        {"a quarter turn exchanges the sides", FILE_OF("{" VIDEO "\"side_data_list\":[{},{\"rotation\":-90}]}"),
         "video", "2.5", "container", "0", 48},
        {"half a turn does not", FILE_OF("{" VIDEO "\"side_data_list\":[{\"rotation\":180}]}"), "video", "2.5",
         "container", "0", 64},
        {"side data of another shape is none", FILE_OF("{" VIDEO "\"side_data_list\":[[1],{\"rotation\":90}]}"),
         "video", "2.5", "container", "0", 64},
        {"a cover is a picture", FILE_OF("{" VIDEO "\"disposition\":{\"attached_pic\":1}}"), "picture", "0", "unknown",
         "0", 64},
        {"a kind that is unknown", FILE_OF("{\"codec_type\":\"smell\"}"), "other", "2.5", "container", "0", 0},
        {"a stream of nothing", FILE_OF("{}"), "other", "2.5", "container", "0", 0},
        {"a width below zero is none", FILE_OF("{\"codec_type\":\"video\",\"width\":-64}"), "video", "2.5", "container",
         "0", 0},
    };
    FOR_ROWS(row, rows) {
        struct arena arena = {0};
        struct media media;
        char text[RATIO_TEXT_MAX];
        if (CHECK_OK(header_of(row->json, &arena, &media)) && CHECK_UINT(media.stream_count, 1)) {
            const struct media_stream *stream = media.streams;
            CHECK_TEXT(slice_of(media_kind_name(stream->kind)), row->kind);
            CHECK_TEXT(slice_of(media_origin_name(stream->origin)), row->origin);
            CHECK_TEXT(((struct slice){text, ratio_format(stream->frame_rate, text)}), row->rate);
            CHECK_UINT(stream->width, row->width);
            if (stream->origin != MEDIA_UNKNOWN)
                CHECK_TEXT(((struct slice){text, ratio_format(stream->duration, text)}), row->duration);
        }
        arena_free(&arena);
    }
}

static void what_is_no_answer_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *row, *json, *reason;
    } rows[] = {
        {"nothing", "", "nothing that is JSON"},
        {"no JSON", "{", "nothing that is JSON"},
        {"no object", "[1]", "does not say"},
        {"no format", "{\"streams\":[{}]}", "does not say"},
        {"streams of another shape", "{\"format\":{},\"streams\":{}}", "does not say"},
        {"no streams", "{\"format\":{},\"streams\":[]}", "no streams"},
        {"a stream that is none", "{\"format\":{},\"streams\":[1]}", "64 streams"},
        {"an index beyond", "{\"format\":{},\"streams\":[{\"index\":64}]}", "64 streams"},
    };
    FOR_ROWS(row, rows) {
        struct arena arena = {0};
        struct media media;
        CHECK_STATUS(header_of(row->json, &arena, &media), STATUS_INVALID);
        CHECK(strstr(header_reason, row->reason) != NULL);
        arena_free(&arena);
    }
}

static void packets_are_held_against_the_header(void **state) {
    (void)state;
    static const struct {
        const char *row, *packets;
        const char *duration, *origin;
        uint32_t warnings;
        uint64_t frames;
        bool is_variable;
    } rows[] = {
        {"as the header says", "0,0,1000\n0,1000,1000\n0,2000,500\n", "2.5", "packets", 0, 3, false},
        {"shorter by less than a second", "0,0,1000\n0,1000,600\n", "1.6", "packets", 0, 2, false},
        {"a header that lies", "0,0,40\n0,40,40\n", "0.08", "packets", 1, 2, false},
        {"none at all", "", "2.5", "container", 1, 0, false},
        {"out of order", "0,2000,500\n0,0,1000\n0,1000,1000\n", "2.5", "packets", 0, 3, true},
        {"of different length", "0,0,500\n0,500,1500\n0,2000,500\n0,2500,1\n", "2.501", "packets", 0, 4, true},
        {"by a tick, which is rounding", "0,0,833\n0,833,834\n0,1667,833\n0,2500,1\n", "2.501", "packets", 0, 4, false},
        {"without times", "0,N/A,N/A\n0,N/A,40\n", "2.5", "container", 0, 2, false},
        {"with side data behind them", "0,0,2500,\n\n", "2.5", "packets", 0, 1, false},
        {"from below zero", "0,-500,3000\n", "3", "packets", 0, 1, false},
        {"far beyond every number", "0,99999999999999999999999,1\n0,0,2500\n", "2.5", "container", 0, 2, false},
        {"at the ends of what is read", "0,-2305843009213693951,2305843009213693951\n0,2305843009213693951,1\n",
         "4611686018427387.903", "packets", 1, 2, false},
    };
    FOR_ROWS(row, rows) {
        struct arena arena = {0};
        struct media media;
        struct packets packets = {0};
        char text[RATIO_TEXT_MAX];
        CHECK_OK(header_of(FILE_OF("{" VIDEO "\"time_base\":\"1/1000\"}"), &arena, &media));
        for (const char *at = row->packets; *at != '\0'; at++) /* byte by byte: pieces end anywhere */
            CHECK_OK(media_packets_take(&packets, (struct slice){at, 1}));
        CHECK_OK(media_packets_judge(&packets, &arena, &media));
        CHECK_TEXT(((struct slice){text, ratio_format(media.streams[0].duration, text)}), row->duration);
        CHECK_TEXT(slice_of(media_origin_name(media.streams[0].origin)), row->origin);
        CHECK_UINT(media.warning_count, row->warnings);
        CHECK_UINT(media.streams[0].frames, row->frames);
        CHECK_INT(media.streams[0].is_variable, row->is_variable);
        arena_free(&arena);
    }
}

static void lines_that_are_none_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *row, *line;
    } rows[] = {
        {"no numbers", "abc\n"},
        {"one number", "1\n"},
        {"an index beyond", "64,0,1\n"},
        {"an index below", "-1,0,1\n"},
    };
    struct packets packets = {0};
    FOR_ROWS(row, rows) {
        packets.len = 0;
        CHECK_STATUS(media_packets_take(&packets, slice_of(row->line)), STATUS_INVALID);
    }
    enum status status = STATUS_OK;
    packets.len = 0;
    for (size_t i = 0; i <= PACKET_LINE_MAX && status == STATUS_OK; i++)
        status = media_packets_take(&packets, SLICE("1"));
    CHECK_STATUS(status, STATUS_INVALID);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_have_exact_numbers),
        cmocka_unit_test(what_is_no_answer_is_refused),
        cmocka_unit_test(packets_are_held_against_the_header),
        cmocka_unit_test(lines_that_are_none_are_refused),
    };
    return CHECK_RUN(tests);
}
