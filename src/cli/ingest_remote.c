/* SPDX-License-Identifier: Apache-2.0
 *
 * A file to the daemon that keeps the book: blocks of whole lines, each answered before the next. */
#include "cli/ingest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "calendar/calendar.h"
#include "cxx/json.h"

#define BLOCK_BYTES ((size_t)1 << 20)
#define BLOCK_LINES 50000
#define LINE_BYTES_MAX ((size_t)7 << 20) /* what the daemon takes at once, and some room */
#define WHOLE_BYTES_MAX ((size_t)1 << 30)
#define CLOCK_SLACK_NS (5 * 60 * NS_PER_SECOND)

struct input {
    int file;
    struct buf text; /* read and not sent yet */
    bool has_ended;
};

static bool input_read(struct input *input, size_t more) {
    while (more > 0 && !input->has_ended) {
        size_t room = more < 65536 ? more : 65536;
        char *to = buf_reserve(&input->text, room);
        ssize_t len = to != NULL ? read(input->file, to, room) : -1;
        if (len < 0 && to != NULL && errno == EINTR)
            continue;
        if (len < 0)
            return false;
        buf_commit(&input->text, to + len);
        input->has_ended = len == 0;
        more -= (size_t)len;
    }
    return true;
}

static void input_drop(struct input *input, size_t len) {
    if (len == 0)
        return;
    memmove(input->text.ptr, input->text.ptr + len, input->text.len - len);
    input->text.len -= len;
}

/* ---- sending ---- */

/* The number behind a key of the answer; its keys are all different. */
static uint64_t count_of(const struct json_token *tokens, size_t count, const char *name) {
    uint64_t number = 0;
    for (size_t i = 0; i + 1 < count; i++) {
        if (tokens[i].type == JSON_KEY && slice_is((struct slice){tokens[i].ptr, tokens[i].len}, name) &&
            tokens[i + 1].type == JSON_NUMBER)
            (void)slice_number((struct slice){tokens[i + 1].ptr, tokens[i + 1].len}, UINT64_MAX / 2, &number);
    }
    return number;
}

static void clock_compare(struct ingest_remote *ingest, const struct json_token *tokens, size_t count) {
    int64_t at_ns;
    size_t offset;
    for (size_t i = 0; i + 1 < count && !ingest->is_told && ingest->now_ns != INSTANT_MIN; i++) {
        if (tokens[i].type != JSON_KEY || !slice_is((struct slice){tokens[i].ptr, tokens[i].len}, "recorded_at"))
            continue;
        struct slice text = {tokens[i + 1].ptr, tokens[i + 1].len};
        if (instant_parse(text, &at_ns, &offset) == STATUS_OK && llabs(at_ns - ingest->now_ns) <= CLOCK_SLACK_NS)
            continue;
        complain(0, "a daemon keeps this book, and records by its own clock (" SLICE_FMT "): --now is not used.",
                 SLICE_ARG(text));
        ingest->is_told = true;
    }
}

static bool answer_read(struct ingest_remote *ingest, const struct remote_answer *answer, struct json_parser *parser) {
    static const char *const outcomes[] = {
#define OUTCOME_ONE(name, text) text,
        OUTCOME_TABLE(OUTCOME_ONE)
#undef OUTCOME_ONE
    };
    const struct json_token *tokens;
    struct json_error error;
    uint64_t documents = 0;
    size_t count = json_parse(parser, answer->body.ptr, answer->body.len, &tokens, &error);
    if (count == 0)
        return false;
    for (size_t i = 0; i < COUNT_OF(outcomes); i++)
        documents += count_of(tokens, count, outcomes[i]);
    uint64_t known = count_of(tokens, count, outcome_name(OUTCOME_DUPLICATE));
    ingest->total.lines += documents;
    ingest->total.duplicates += known;
    uint64_t elsewhere = count_of(tokens, count, "elsewhere");
    ingest->total.elsewhere += elsewhere;
    ingest->total.rejected += count_of(tokens, count, outcome_name(OUTCOME_REJECTED)) - elsewhere +
                              count_of(tokens, count, outcome_name(OUTCOME_CONFLICT));
    ingest->total.unpriced += count_of(tokens, count, outcome_name(OUTCOME_UNPRICED));
    ingest->total.batches += known + elsewhere < documents;
    ingest->done.lines += documents;
    clock_compare(ingest, tokens, count);
    return true;
}

static int block_send(struct ingest_remote *ingest, struct slice block) {
    struct remote_answer answer = {0};
    enum status status = remote_post(ingest->remote, ingest->path, block, &answer);
    int code = EXIT_DONE;
    if (status == STATUS_OK && answer.status == 200) {
        struct json_parser *parser = json_parser_new();
        if (parser == NULL || !answer_read(ingest, &answer, parser))
            code = complain(EXIT_FAULT, "the daemon's answer cannot be read; is it of another version?");
        json_parser_free(parser);
    } else {
        code = remote_complain(status, &answer);
    }
    remote_answer_free(&answer);
    ingest->done.bytes_done += block.len;
    if (code == EXIT_DONE && ingest->journal->progress != NULL)
        ingest->journal->progress(ingest->journal->context, &ingest->done);
    return code;
}

/* ---- cutting ---- */

/* Bytes of the whole lines in front that make a block. What has no end of line is one at the end of the input. */
static size_t block_length(struct slice text, bool has_ended) {
    size_t len = 0;
    for (uint32_t lines = 0; len < text.len && len < BLOCK_BYTES && lines < BLOCK_LINES; lines++) {
        const char *end = memchr(text.ptr + len, '\n', text.len - len);
        if (end == NULL)
            return has_ended ? text.len : len;
        len = (size_t)(end - text.ptr) + 1;
    }
    return len;
}

static int lines_send(struct ingest_remote *ingest, struct input *input) {
    int code = EXIT_DONE;
    while (code == EXIT_DONE && (input->text.len > 0 || !input->has_ended)) {
        bool is_filled = input->has_ended || input->text.len >= BLOCK_BYTES;
        size_t len = is_filled ? block_length(buf_slice(&input->text), input->has_ended) : 0;
        if (len == 0 && input->text.len >= LINE_BYTES_MAX)
            return complain(EXIT_FAULT, "a line has more than %zu bytes: a daemon does not take it.", LINE_BYTES_MAX);
        if (len == 0 && !input_read(input, BLOCK_BYTES))
            return complain(EXIT_FAULT, "reading: %s.", strerrordesc_np(errno));
        if (len > 0)
            code = block_send(ingest, (struct slice){input->text.ptr, len});
        input_drop(input, len);
    }
    return code;
}

/* One document or an array of them, over several lines: its documents become lines. */
static bool whole_split(const struct input *input, struct json_parser *parser, struct buf *lines) {
    const struct json_token *tokens;
    struct json_error error;
    size_t count = json_parse(parser, input->text.ptr, input->text.len, &tokens, &error);
    bool is_array = count > 0 && tokens[0].type == JSON_ARRAY;
    for (size_t i = is_array ? 1 : 0; i + (is_array ? 1U : 0U) < count;) {
        bool is_nested = tokens[i].type == JSON_OBJECT || tokens[i].type == JSON_ARRAY;
        size_t last = is_nested ? i + tokens[i].len - 1 : i, start = lines->len;
        size_t end = tokens[last].raw_offset + tokens[last].raw_len;
        buf_append(lines, (struct slice){input->text.ptr + tokens[i].raw_offset, end - tokens[i].raw_offset});
        for (size_t at = start; at < lines->len; at++) {
            if (lines->ptr[at] == '\n' || lines->ptr[at] == '\r')
                lines->ptr[at] = ' ';
        }
        buf_char(lines, '\n');
        i = last + 1;
    }
    return count > 0;
}

static int whole_send(struct ingest_remote *ingest, struct input *input) {
    struct input lines = {.file = -1, .has_ended = true};
    struct json_parser *parser = json_parser_new();
    if (parser == NULL || !input_read(input, WHOLE_BYTES_MAX)) {
        json_parser_free(parser);
        return complain(EXIT_FAULT, "reading: %s.", strerrordesc_np(errno));
    }
    buf_repeat(&input->text, ' ', JSON_PADDING);
    input->text.len -= input->text.failed ? 0 : JSON_PADDING;
    bool is_split = !input->text.failed && whole_split(input, parser, &lines.text);
    json_parser_free(parser);
    int code = EXIT_DONE;
    struct slice rest = buf_slice(&lines.text);
    while (code == EXIT_DONE && is_split && rest.len > 0) {
        size_t len = block_length(rest, true);
        code = block_send(ingest, (struct slice){rest.ptr, len});
        rest = (struct slice){rest.ptr + len, rest.len - len};
    }
    buf_free(&lines.text);
    return is_split ? code : lines_send(ingest, input);
}

/* As the directory reads them: an array begins with its bracket, one document with a brace alone on its line. */
static bool is_whole(const struct input *input) {
    struct slice first, rest, text = slice_trim(buf_slice(&input->text));
    while (text.len > 0 && (text.ptr[0] == '\n' || text.ptr[0] == '\r'))
        text = slice_trim((struct slice){text.ptr + 1, text.len - 1});
    (void)slice_cut(text, '\n', &first, &rest);
    return text.len > 0 && (text.ptr[0] == '[' || slice_is(slice_trim(first), "{"));
}

int ingest_remote_file(struct ingest_remote *ingest, const char *path) {
    bool is_input = strcmp(path, "-") == 0;
    struct input input = {.file = is_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)};
    struct stat about;
    if (input.file < 0)
        return complain_path(path, errno);
    bool has_size = fstat(input.file, &about) == 0 && S_ISREG(about.st_mode);
    ingest->done = (struct journal_progress){.bytes_total = has_size ? (uint64_t)about.st_size : 0};
    int code;
    if (!input_read(&input, BLOCK_BYTES))
        code = complain_path(path, errno);
    else
        code = is_whole(&input) ? whole_send(ingest, &input) : lines_send(ingest, &input);
    buf_free(&input.text);
    if (!is_input)
        close(input.file);
    return code;
}
