/* SPDX-License-Identifier: Apache-2.0
 *
 * A tariff's own examples (docs/tariff-language.md, section 9): `given` becomes a journal, the engine rates it, and
 * what comes out must equal `expect` to the last digit. */
#ifndef TG_TRIAL_EXAMPLES_H
#define TG_TRIAL_EXAMPLES_H

#include "trial/session.h"

#define EXAMPLE_ACCOUNT SLICE("example")

struct example {
    const struct tariff_set *set;
    const struct tariff *tariff;
    const struct node *node; /* the entry of `examples` */
    struct arena *run;
    struct buf failures; /* one line per difference; empty: it holds */
    int64_t last_ns;     /* of the last thing given */
    struct slice file;   /* what its file is called; empty: by its path */
};

/* Run one example, filling its failures. Fails: STATUS_NO_MEMORY, STATUS_RANGE. */
MUST_CHECK enum status example_run(struct example *example);
/* Write `given` as one JSON document per line. */
MUST_CHECK enum status example_given(struct example *example, struct buf *out);
/* Compare with `expect`. */
MUST_CHECK enum status example_compare(struct example *example, const struct statement *statement);

/* A tariff that extends another one may change the prices that the other's examples rest on: those are not its own. */
bool example_is_own(const struct tariff *tariff, const struct node *node);
struct slice example_name(const struct node *node);
/* As an object, of an example that was run: what it is, and what came of it. */
void example_json(struct example *example, struct json_writer *writer);

/* All of a tariff's own, run one after the other, as elements of an array that is open; files without their folders. */
struct examples {
    struct json_writer writer;
    bool only_failed; /* those that hold are counted alone */
    uint32_t passed, failed;
};
/* Fails as example_run. */
MUST_CHECK enum status examples_json(const struct tariff_set *set, const struct tariff *tariff,
                                     struct examples *examples);

#endif
