/* SPDX-License-Identifier: Apache-2.0
 *
 * Drafts of tariffs: files that somebody proposes, kept as documents of the store. What a draft would make is the set
 * that holds now with the draft's files laid over it: its candidate. */
#ifndef TG_SERVER_DRAFTS_H
#define TG_SERVER_DRAFTS_H

#include "base/json_writer.h"
#include "server/server.h"

enum { DRAFT_NAME_MAX = 64, DRAFT_FILES_MAX = 64, DRAFT_DIGEST_HEX = 64 };

struct draft_file {
    struct slice name; /* "imm.yaml": no folders */
    struct slice text; /* ptr NULL: the file of this name goes */
};
struct draft {
    struct slice name, by; /* by: who wrote it last */
    int64_t at_ns;
    struct draft_file files[DRAFT_FILES_MAX];
    uint32_t file_count;
    char digest[DRAFT_DIGEST_HEX + 1]; /* of name and files: what was looked at is what is activated */
};
/* Small letters, digits and hyphens. */
bool draft_name_is_good(struct slice name);
/* The same, and a dot before "yaml" at the end; no path. */
bool draft_file_name_is_good(struct slice name);
void draft_digest(struct draft *draft);
/* Durable when it returns; one of the same name is replaced. Fails as store_put. */
MUST_CHECK enum status draft_put(struct store *store, const struct draft *draft);
/* Texts in the arena. Fails as store_get. */
MUST_CHECK enum status draft_get(struct store *store, struct slice name, struct arena *arena, struct draft *ret_draft);
MUST_CHECK enum status draft_delete(struct store *store, struct slice name);
/* In byte order, in the arena. */
MUST_CHECK enum status draft_list(struct store *store, struct arena *arena, struct slice **ret_names,
                                  uint32_t *ret_count);
/* has_texts: the files whole, else their names. */
void draft_json(const struct draft *draft, bool has_texts, struct json_writer *writer);

uint32_t draft_set_number(struct live *live); /* of the set that holds now */

struct candidate {
    struct slice path;    /* of a folder of its own, removed by candidate_drop */
    const char *base_dir; /* NULL: none */
    struct tariff_set tariffs;
    struct diags diags;
    bool is_good; /* everything was loaded */
};
/* Write the files, load them. Fails: STATUS_IO with *ret_error, STATUS_NO_MEMORY; there is nothing to drop then. */
MUST_CHECK enum status candidate_make(struct live *live, const struct draft *draft, struct arena *arena,
                                      struct candidate *ret_candidate, struct slice *ret_error);
void candidate_drop(struct candidate *candidate);
/* What is wrong, as the elements of an array that is open; paths as the draft has them. */
void candidate_diags_json(const struct candidate *candidate, struct json_writer *writer);

#endif
