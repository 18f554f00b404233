/* SPDX-License-Identifier: Apache-2.0
 *
 * An event's data from the words of a command line: KEY=VALUE. */
#ifndef TG_CLI_WORDS_H
#define TG_CLI_WORDS_H

#include "base/json_writer.h"
#include "cli/options.h"
#include "tariff/tariff.h"

struct words_pair {
    struct slice key, value;
};
struct words_object {
    struct words_pair *pairs;
    uint32_t count;
};
/* What is known besides the words: of the data, and the streams unless a word is one. */
struct words_measured {
    struct words_object data, *streams;
    uint32_t stream_count;
};

struct words {
    const struct call *call;
    const struct tariff_set *set; /* knows the attributes */
    struct arena *run;
    uint32_t first;                        /* the operands from this one on are KEY=VALUE */
    bool has_shorthands;                   /* the verb has the options --count and --region */
    const struct words_measured *measured; /* NULL: nothing */
};

/* Write them as members into the object that is open. EXIT_DONE, or EXIT_USAGE after a complaint: a key that no tariff
 * knows or that is given twice, a word without `=`; what is written is then of no use. */
int words_write(const struct words *words, struct json_writer *writer);

#endif
