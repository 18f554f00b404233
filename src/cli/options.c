/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading a command line against a verb's table, and printing that table. */
#include "cli/options.h"

#include "base/names.h"

#include <assert.h>

#define OPTIONS_MAX 24
#define HELP_COLUMN 26

static const char exit_codes[] = "Exit codes:\n"
                                 "  0  everything was done\n"
                                 "  1  done, but something was rejected, unpriced, not found, different or failed\n"
                                 "  2  the command line is wrong\n"
                                 "  3  a tariff is invalid\n"
                                 "  4  a file could not be read or written, or memory is out\n";

void suggestion_print(struct slice wrong, const struct slice *candidates, size_t count, const char *prefix,
                      struct buf *out) {
    struct slice near = names_suggest(wrong, candidates, count);
    if (near.len > 0)
        buf_printf(out, " Did you mean \"%s" SLICE_FMT "\"?", prefix, SLICE_ARG(near));
}

static const struct option *option_find(const struct verb *verb, struct slice name) {
    for (uint32_t i = 0; i < verb->option_count; i++) {
        if (slice_is(name, verb->options[i].name))
            return &verb->options[i];
    }
    return NULL;
}

static enum status option_unknown(const struct verb *verb, struct slice name, struct buf *error) {
    struct slice names[OPTIONS_MAX];
    assert(verb->option_count <= OPTIONS_MAX);
    for (uint32_t i = 0; i < verb->option_count; i++)
        names[i] = slice_of(verb->options[i].name);
    buf_printf(error, "%s has no option --" SLICE_FMT ".", verb->name, SLICE_ARG(name));
    suggestion_print(name, names, verb->option_count, "--", error);
    return STATUS_INVALID;
}

static bool choice_is_valid(const char *choices, struct slice value) {
    struct slice rest = slice_of(choices), head;
    bool more = true;
    while (more) {
        more = slice_cut(rest, '|', &head, &rest);
        if (slice_eq(head, value))
            return true;
    }
    return false;
}

static enum status option_check(const struct call *call, const struct option *option, const char *value,
                                struct buf *error) {
    if (option->argument != NULL && value == NULL) {
        buf_printf(error, "--%s needs %s behind it.", option->name, option->argument);
        return STATUS_INVALID;
    }
    if (option->argument == NULL && value != NULL) {
        buf_printf(error, "--%s takes no value.", option->name);
        return STATUS_INVALID;
    }
    if (option->choices != NULL && value != NULL && !choice_is_valid(option->choices, slice_of(value))) {
        buf_printf(error, "--%s cannot be \"%s\"; it is one of %s.", option->name, value, option->choices);
        return STATUS_INVALID;
    }
    for (uint32_t i = 0; i < call->use_count && !option->repeats && option->argument != NULL; i++) {
        if (call->uses[i].option == option) {
            buf_printf(error, "--%s is given twice.", option->name);
            return STATUS_INVALID;
        }
    }
    return STATUS_OK;
}

/* argv[*index] begins with a dash. */
static enum status option_read(struct call *call, int argc, char **argv, int *index, struct buf *error) {
    const char *text = argv[*index];
    bool is_long = text[1] == '-';
    struct slice name = slice_of(text + (is_long ? 2 : 1)), tail;
    const char *value = NULL;
    if (slice_is(name, "h") && !is_long)
        name = SLICE("help");
    else if (slice_is(name, "n") && !is_long && option_find(call->verb, SLICE("last")) != NULL)
        name = SLICE("last");
    else if (!is_long)
        return option_unknown(call->verb, name, error);
    if (slice_cut(name, '=', &name, &tail))
        value = tail.ptr;
    const struct option *option = option_find(call->verb, name);
    if (option == NULL)
        return option_unknown(call->verb, name, error);
    if (option->argument != NULL && value == NULL && *index + 1 < argc)
        value = argv[++*index];
    TRY(option_check(call, option, value, error));
    call->uses[call->use_count++] = (struct option_use){option, option->argument ? value : ""};
    call->wants_help = call->wants_help || strcmp(option->name, "help") == 0;
    return STATUS_OK;
}

static enum status operands_check(const struct call *call, struct buf *error) {
    const struct verb *verb = call->verb;
    if (call->operand_count < verb->operand_min)
        buf_printf(error, "%s needs %s.", verb->name, verb->operands);
    else if (call->operand_count > verb->operand_max)
        buf_printf(error, "%s does not know what to do with \"%s\".", verb->name, call->operands[verb->operand_max]);
    else
        return STATUS_OK;
    return STATUS_INVALID;
}

enum status options_parse(const struct verb *verb, int argc, char **argv, struct arena *run, struct call *ret_call,
                          struct buf *error) {
    struct call call = {.verb = verb};
    call.uses = ARENA_ARRAY(run, (size_t)argc + 1, struct option_use);
    call.operands = ARENA_ARRAY(run, (size_t)argc + 1, const char *);
    if (call.uses == NULL || call.operands == NULL)
        return STATUS_NO_MEMORY;
    bool is_open = true; /* options may still come */
    for (int i = 0; i < argc; i++) {
        if (is_open && strcmp(argv[i], "--") == 0)
            is_open = false;
        else if (is_open && argv[i][0] == '-' && argv[i][1] != '\0')
            TRY(option_read(&call, argc, argv, &i, error));
        else
            call.operands[call.operand_count++] = argv[i];
    }
    if (!call.wants_help)
        TRY(operands_check(&call, error));
    *ret_call = call;
    return STATUS_OK;
}

bool option_exists(const struct call *call, const char *name) {
    return option_find(call->verb, slice_of(name)) != NULL;
}

const char *option_value(const struct call *call, const char *name) {
    assert(option_find(call->verb, slice_of(name)) != NULL);
    for (uint32_t i = call->use_count; i > 0; i--) {
        if (strcmp(call->uses[i - 1].option->name, name) == 0)
            return call->uses[i - 1].value;
    }
    return NULL;
}

static void option_help(const struct option *option, struct buf *out) {
    size_t before = out->len;
    buf_printf(out, "  --%s", option->name);
    if (option->argument != NULL)
        buf_printf(out, " %s", option->argument);
    size_t width = out->len - before;
    if (width + 2 > HELP_COLUMN)
        buf_char(out, '\n');
    buf_repeat(out, ' ', width + 2 > HELP_COLUMN ? HELP_COLUMN : HELP_COLUMN - width);
    buf_printf(out, "%s%s\n", option->help, option->repeats ? "; may be repeated" : "");
}

void verb_help(const struct verb *verb, struct buf *out) {
    buf_printf(out, "Usage: tollgate %s%s%s%s\n\n", verb->name, verb->option_count > 0 ? " [OPTION…]" : "",
               verb->operands[0] != '\0' ? " " : "", verb->operands);
    buf_printf(out, "%s.\n\n", verb->summary);
    if (verb->text[0] != '\0')
        buf_printf(out, "%s\n\n", verb->text);
    buf_text(out, "Options:\n");
    for (uint32_t i = 0; i < verb->option_count; i++)
        option_help(&verb->options[i], out);
    buf_text(out, "\nExamples:\n");
    for (uint32_t i = 0; i < verb->example_count; i++)
        buf_printf(out, "  %s\n      %s\n", verb->examples[i].command, verb->examples[i].text);
    buf_printf(out, "\n%s", exit_codes);
}

static void json_text_or_null(struct json_writer *writer, const char *key, const char *text) {
    json_key(writer, key);
    if (text == NULL)
        json_null(writer);
    else
        json_text(writer, slice_of(text));
}

static void verb_json(const struct verb *verb, struct json_writer *writer) {
    json_object(writer);
    json_member(writer, "name", slice_of(verb->name));
    json_member(writer, "operands", slice_of(verb->operands));
    json_member(writer, "summary", slice_of(verb->summary));
    json_member(writer, "text", slice_of(verb->text));
    json_key(writer, "options");
    json_array(writer);
    for (uint32_t i = 0; i < verb->option_count; i++) {
        const struct option *option = &verb->options[i];
        json_object(writer);
        json_member(writer, "name", slice_of(option->name));
        json_text_or_null(writer, "argument", option->argument);
        json_member(writer, "help", slice_of(option->help));
        json_text_or_null(writer, "choices", option->choices);
        json_key(writer, "repeats");
        json_bool(writer, option->repeats);
        json_object_end(writer);
    }
    json_array_end(writer);
    json_key(writer, "examples");
    json_array(writer);
    for (uint32_t i = 0; i < verb->example_count; i++) {
        json_object(writer);
        json_member(writer, "command", slice_of(verb->examples[i].command));
        json_member(writer, "text", slice_of(verb->examples[i].text));
        json_object_end(writer);
    }
    json_array_end(writer);
    json_object_end(writer);
}

void verbs_json(const struct verb *const *verbs, uint32_t count, struct json_writer *writer) {
    json_object(writer);
    json_key(writer, "verbs");
    json_array(writer);
    for (uint32_t i = 0; i < count; i++)
        verb_json(verbs[i], writer);
    json_array_end(writer);
    json_member(writer, "exit_codes", slice_of(exit_codes));
    json_object_end(writer);
}
