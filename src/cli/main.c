/* SPDX-License-Identifier: Apache-2.0
 *
 * The program: find the verb, read its options, run it. */
#include "cli/common.h"
#include "cli/verbs.h"

static const struct verb *const verbs[] = {
#define VERB(name) &verb_##name,
#include "cli/verbs.def"
#undef VERB
};

static void overview_print(struct slice group, struct buf *out) {
    buf_text(out, "Usage: tollgate VERB [OPTION…] …\n\n"
                  "Meters, rates and bills calls to AI and media APIs under tariffs that are plain files.\n\nVerbs:\n");
    for (uint32_t i = 0; i < COUNT_OF(verbs); i++) {
        if (slice_starts(slice_of(verbs[i]->name), group))
            buf_printf(out, "  %-15s %s\n", verbs[i]->name, verbs[i]->summary);
    }
    buf_text(out, "\n`tollgate help VERB` or `tollgate VERB --help` explains one of them with examples.\n"
                  "`tollgate --version` prints the version.\n");
}

static int overview(struct slice group, int code) {
    struct buf text = {0};
    overview_print(group, &text);
    struct sink out = output_sink();
    if (code == EXIT_DONE) {
        buf_append(&out.buf, buf_slice(&text));
        code = output_finish(&out, code);
    } else {
        error_text(buf_slice(&text));
    }
    buf_free(&text);
    return code;
}

/* Words of argv that name a verb: 1 or 2, or 0 when there is no such verb. */
static int verb_find(int argc, char **argv, const struct verb **ret_verb) {
    for (uint32_t i = 0; i < COUNT_OF(verbs); i++) {
        struct slice first = slice_of(verbs[i]->name), second;
        bool is_pair = slice_cut(first, ' ', &first, &second);
        if (argc < (is_pair ? 2 : 1) || !slice_is(first, argv[0]) || (is_pair && !slice_is(second, argv[1])))
            continue;
        *ret_verb = verbs[i];
        return is_pair ? 2 : 1;
    }
    return 0;
}

/* What could stand where `wrong` stands: the verbs, or the words behind `group`. */
static int verb_unknown(const char *group, const char *wrong) {
    struct slice names[COUNT_OF(verbs) + 1];
    struct buf hint = {0};
    uint32_t count = 0;
    for (uint32_t i = 0; i < COUNT_OF(verbs); i++) {
        struct slice first = slice_of(verbs[i]->name), second;
        bool is_pair = slice_cut(first, ' ', &first, &second);
        if (group == NULL)
            names[count++] = first;
        else if (is_pair && slice_is(first, group))
            names[count++] = second;
    }
    if (group == NULL)
        names[count++] = SLICE("help");
    suggestion_print(slice_of(wrong), names, count, "", &hint);
    complain(EXIT_USAGE, "there is no verb \"%s%s%s\"." SLICE_FMT, group ? group : "", group ? " " : "", wrong,
             SLICE_ARG(buf_slice(&hint)));
    buf_free(&hint);
    return EXIT_USAGE;
}

static int verb_missing(int argc, char **argv) {
    bool is_group = false;
    for (uint32_t i = 0; i < COUNT_OF(verbs); i++) {
        struct slice first = slice_of(verbs[i]->name), second;
        is_group = is_group || (slice_cut(first, ' ', &first, &second) && slice_is(first, argv[0]));
    }
    if (!is_group)
        return verb_unknown(NULL, argv[0]);
    if (argc == 1)
        return overview(slice_of(argv[0]), EXIT_USAGE);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return overview(slice_of(argv[0]), EXIT_DONE);
    return verb_unknown(argv[0], argv[1]);
}

static int help_show(const struct verb *verb) {
    struct sink out = output_sink();
    verb_help(verb, &out.buf);
    return output_finish(&out, EXIT_DONE);
}

/* `tollgate help`, `tollgate help VERB`, `tollgate help --json`. */
static int help_run(int argc, char **argv) {
    const struct verb *verb;
    if (argc == 0)
        return overview(SLICE(""), EXIT_DONE);
    if (strcmp(argv[0], "--json") == 0) {
        struct sink out = output_sink();
        struct json_writer writer = {.out = &out.buf, .pretty = true};
        verbs_json(verbs, COUNT_OF(verbs), &writer);
        buf_char(&out.buf, '\n');
        return output_finish(&out, EXIT_DONE);
    }
    if (verb_find(argc, argv, &verb) > 0)
        return help_show(verb);
    return verb_missing(argc, argv);
}

static int verb_run(const struct verb *verb, int argc, char **argv) {
    struct arena run = {0};
    struct buf error = {0};
    struct call call;
    int code;
    enum status status = options_parse(verb, argc, argv, &run, &call, &error);
    if (status == STATUS_INVALID)
        code = complain(EXIT_USAGE, SLICE_FMT " See tollgate %s --help.", SLICE_ARG(buf_slice(&error)), verb->name);
    else if (status != STATUS_OK)
        code = complain_fault("options", status);
    else
        code = call.wants_help ? help_show(verb) : verb->run(&call);
    buf_free(&error);
    arena_free(&run);
    return code;
}

int main(int argc, char **argv) {
    const struct verb *verb;
    if (argc < 2)
        return overview(SLICE(""), EXIT_USAGE);
    argc--, argv++;
    if (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0)
        return overview(SLICE(""), EXIT_DONE);
    if (strcmp(argv[0], "--version") == 0) {
        struct sink out = output_sink();
        buf_text(&out.buf, "tollgate " TOLLGATE_VERSION "\n");
        return output_finish(&out, EXIT_DONE);
    }
    if (strcmp(argv[0], "help") == 0)
        return help_run(argc - 1, argv + 1);
    int words = verb_find(argc, argv, &verb);
    return words > 0 ? verb_run(verb, argc - words, argv + words) : verb_missing(argc, argv);
}
