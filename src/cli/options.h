/* SPDX-License-Identifier: Apache-2.0
 *
 * What the program understands, as data: verbs, their options and examples. Parsing, --help, suggestions and the
 * machine-readable list (`tollgate help --json`, from which pages and completions are made) all read these tables. */
#ifndef TG_CLI_OPTIONS_H
#define TG_CLI_OPTIONS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/json_writer.h"

struct option {
    const char *name;     /* without dashes */
    const char *argument; /* what follows, e.g. "FILE"; NULL: a switch */
    const char *help;
    const char *choices; /* "auto|always|never"; NULL: any text */
    bool repeats;
};

struct verb_example {
    const char *command, *text;
};

struct call;
struct verb {
    const char *name;     /* "tariff check" */
    const char *operands; /* as shown: "FILE…"; "" when there are none */
    const char *summary;  /* one line, no full stop */
    const char *text;     /* paragraphs, lines already broken */
    const struct option *options;
    uint32_t option_count;
    const struct verb_example *examples;
    uint32_t example_count;
    uint32_t operand_min, operand_max;
    int (*run)(const struct call *call); /* returns the exit code */
};

struct option_use {
    const struct option *option;
    const char *value; /* NULL for a switch */
};

/* A command line, read. */
struct call {
    const struct verb *verb;
    struct option_use *uses; /* in the order given */
    uint32_t use_count;
    const char **operands;
    uint32_t operand_count;
    bool wants_help;
};

/* Options that several verbs share. */
#define OPTION_TARIFFS                                                                                                 \
    { "tariffs", "DIR", "read tariffs from DIR (or one file) instead of the shipped ones", NULL, false }
#define OPTION_JSON                                                                                                    \
    { "json", NULL, "print JSON", NULL, false }
#define OPTION_AT(text)                                                                                                \
    { "at", "INSTANT", text, NULL, false }
#define OPTIONS_COMMON                                                                                                 \
    {"color", "WHEN", "colours: auto (on a terminal), always, never", "auto|always|never", false}, {                   \
        "help", NULL, "show this text", NULL, false                                                                    \
    }
#define COUNT_OF(array) ((uint32_t)(sizeof(array) / sizeof *(array)))

/* Read argv[0, argc) behind the verb. `--name value`, `--name=value`, `--` ends options, `-` is an operand. On a
 * mistake returns STATUS_INVALID with a sentence in `error`. The lists belong to the arena. Fails also:
 * STATUS_NO_MEMORY. */
MUST_CHECK enum status options_parse(const struct verb *verb, int argc, char **argv, struct arena *run,
                                     struct call *ret_call, struct buf *error);
/* Whether the verb has such an option. */
bool option_exists(const struct call *call, const char *name);
/* The name must be in the verb's table (assert). NULL: not given; switches give "". The last one wins. */
const char *option_value(const struct call *call, const char *name);
static inline bool option_given(const struct call *call, const char *name) {
    return option_value(call, name) != NULL;
}
void verb_help(const struct verb *verb, struct buf *out);
/* Every verb with its options and examples. */
void verbs_json(const struct verb *const *verbs, uint32_t count, struct json_writer *writer);
/* ` Did you mean "x"?` or nothing. */
void suggestion_print(struct slice wrong, const struct slice *candidates, size_t count, const char *prefix,
                      struct buf *out);

#endif
