/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate tariff fmt: files in their normal form. */
#include "cli/common.h"
#include "cli/format.h"
#include "cli/verbs.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static const struct option options[] = {
    {"check", NULL, "change nothing; name the files that would change and exit with 1", NULL, false},
    {"write", NULL, "write the files instead of printing them", NULL, false},
    OPTION_JSON,
    OPTIONS_COMMON,
};

static const struct verb_example examples[] = {
    {"tollgate tariff fmt my-tariff.yaml", "print the normal form"},
    {"tollgate tariff fmt --write tariffs/*.yaml", "bring files into it"},
    {"tollgate tariff fmt --check tariffs/*.yaml", "for a commit hook"},
};

struct formatting {
    const struct call *call;
    struct sink out;
    struct json_writer writer;
    struct arena run;
};

/* A new file takes the place of the old one, which stays whole if writing fails. */
static enum status file_replace(const char *path, struct slice text, struct arena *run) {
    struct slice temporary = arena_printf(run, "%s.new", path);
    if (temporary.ptr == NULL)
        return STATUS_NO_MEMORY;
    FILE *file = fopen(temporary.ptr, "wbx");
    if (file == NULL)
        return STATUS_IO;
    bool is_good = fwrite(text.ptr, 1, text.len, file) == text.len && fflush(file) == 0 && fsync(fileno(file)) == 0;
    is_good = fclose(file) == 0 && is_good && rename(temporary.ptr, path) == 0;
    if (!is_good)
        unlink(temporary.ptr);
    return is_good ? STATUS_OK : STATUS_IO;
}

static int result_show(struct formatting *formatting, const char *path, const struct buf *text, bool is_changed) {
    const struct call *call = formatting->call;
    bool is_check = option_given(call, "check"), is_write = option_given(call, "write");
    errno = 0;
    enum status status = is_write && is_changed ? file_replace(path, buf_slice(text), &formatting->run) : STATUS_OK;
    if (status != STATUS_OK)
        return complain_fault(path, status);
    if (is_json(call)) {
        json_object(&formatting->writer);
        json_member(&formatting->writer, "file", slice_of(path));
        json_key(&formatting->writer, "changed");
        json_bool(&formatting->writer, is_changed);
        if (!is_check && !is_write)
            json_member(&formatting->writer, "text", buf_slice(text));
        json_object_end(&formatting->writer);
    } else if (!is_check && !is_write) {
        buf_append(&formatting->out.buf, buf_slice(text));
    } else if (is_changed) {
        buf_printf(&formatting->out.buf, "%s\n", path);
    }
    return is_check && is_changed ? EXIT_INCOMPLETE : EXIT_DONE;
}

static int file_parse(struct formatting *formatting, const char *path, struct source_file **ret_file,
                      struct node **ret_root) {
    struct diags diags = {0};
    errno = 0;
    enum status status = source_file_read(path, &formatting->run, ret_file);
    if (status != STATUS_OK)
        return complain_fault(path, status);
    status = yaml_parse(*ret_file, &formatting->run, &diags, ret_root);
    diags_show(formatting->call, &diags);
    diags_free(&diags);
    if (status == STATUS_INVALID)
        return EXIT_TARIFF;
    return status == STATUS_OK ? EXIT_DONE : complain_fault(path, status);
}

static int file_format(struct formatting *formatting, const char *path) {
    struct source_file *file;
    struct node *root;
    struct buf text = {0};
    int code = file_parse(formatting, path, &file, &root);
    if (code != EXIT_DONE)
        return code;
    enum status status = tariff_format(file, root, &formatting->run, &text);
    if (status == STATUS_CONFLICT)
        code = complain(EXIT_TARIFF, "%s: left as it is: it is written in a way that fmt does not know", path);
    else if (status != STATUS_OK || text.failed)
        code = complain_fault(path, STATUS_NO_MEMORY);
    else
        code = result_show(formatting, path, &text, !slice_eq(buf_slice(&text), file->text));
    buf_free(&text);
    return code;
}

static int fmt_run(const struct call *call) {
    struct formatting formatting = {.call = call, .out = output_sink()};
    int worst = EXIT_DONE;
    if (option_given(call, "check") && option_given(call, "write"))
        return complain(EXIT_USAGE, "--check and --write exclude each other.");
    formatting.writer = (struct json_writer){.out = &formatting.out.buf, .pretty = true};
    if (is_json(call)) {
        json_object(&formatting.writer);
        json_key(&formatting.writer, "files");
        json_array(&formatting.writer);
    }
    for (uint32_t i = 0; i < call->operand_count; i++) {
        int code = file_format(&formatting, call->operands[i]);
        worst = code > worst ? code : worst;
        arena_reset(&formatting.run);
    }
    if (is_json(call)) {
        json_array_end(&formatting.writer);
        json_object_end(&formatting.writer);
        buf_char(&formatting.out.buf, '\n');
    }
    arena_free(&formatting.run);
    return output_finish(&formatting.out, worst);
}

const struct verb verb_tariff_fmt = {
    .name = "tariff fmt",
    .operands = "FILE…",
    .summary = "Bring tariff files into their normal form, comments kept",
    .text = "Two spaces of indentation per level, one space behind colons and dashes, at least two in front of\n"
            "comments, no spaces at line ends, at most one empty line. A file that is not well formed is refused, and\n"
            "a result that would not mean the same is never written.",
    .options = options,
    .option_count = COUNT_OF(options),
    .examples = examples,
    .example_count = COUNT_OF(examples),
    .operand_min = 1,
    .operand_max = UINT32_MAX,
    .run = fmt_run,
};
