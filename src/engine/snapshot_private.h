/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of a snapshot, for its own files only. One description of every part serves both ways: a coder either
 * writes what a value holds, or fills the value from what it reads, so that the two cannot come apart. */
#ifndef TG_ENGINE_SNAPSHOT_PRIVATE_H
#define TG_ENGINE_SNAPSHOT_PRIVATE_H

#include "engine/engine_private.h"

enum snapshot_section {
    SECTION_COUNTERS = 1,
    SECTION_CYCLES,
    SECTION_ACCOUNTS,
    SECTION_IDENTITIES,
    SECTION_CELLS,
    SECTION_TIMELINES,
    SECTION_PURCHASES,
    SECTION_NOTICES,
    SECTION_AGENDA,
    SECTION_HOLDS,
    SECTION_MONEY,
    SECTION_CORRECTIONS,
    SECTION_HISTORY,
    SECTION_AGAIN,
    SECTION_LAST = SECTION_AGAIN
};
enum {
    SNAPSHOT_VERSION = 19,
    /* places in the head: magic, version, sections, fingerprint, checksum of these */
    SNAPSHOT_AT_VERSION = 8,
    SNAPSHOT_AT_COUNT = 12,
    SNAPSHOT_AT_FINGERPRINT = 16,
    SNAPSHOT_AT_CHECKSUM = 32,
    SNAPSHOT_HEAD_BYTES = 40,
    /* places in the head of a section: which, length, checksum of these and the bytes behind */
    SECTION_AT_LENGTH = 8,
    SECTION_AT_CHECKSUM = 16,
    SECTION_HEAD_BYTES = 24,
    CELL_BYTES = 28
};
extern const char snapshot_magic[8];
uint64_t snapshot_section_checksum(const char *section, size_t length); /* of the bytes behind its head */
uint64_t snapshot_head_checksum(const char *head);

struct coder {
    struct buf *out;       /* NULL: reading */
    const char *at, *end;  /* reading: what is left */
    enum status status;    /* the first fault; nothing is read after it, and values are zero */
    struct arena *arena;   /* reading: texts live here */
    struct slice repeated; /* the file read last: many parts name the same one */
    const struct tariff_set *tariffs;
};
void coder_fail(struct coder *coder); /* the bytes are damaged */
void coder_u8(struct coder *coder, uint8_t *value);
void coder_u32(struct coder *coder, uint32_t *value);
void coder_u64(struct coder *coder, uint64_t *value);
void coder_i64(struct coder *coder, int64_t *value);
void coder_bool(struct coder *coder, bool *value);
void coder_wide(struct coder *coder, wide *value); /* the smallest number is refused: it has no opposite */
void coder_text(struct coder *coder, struct slice *text);
void coder_file(struct coder *coder, struct slice *text);
void coder_tariff(struct coder *coder, const struct tariff **tariff); /* NULL is kept, too */
/* The length of a list. Reading, it is believed only as far as bytes are left for elements of at least `least`. */
void coder_count(struct coder *coder, uint32_t *count, size_t least);
/* Reading: a zeroed list for realloc and free; NULL for none, or with the fault noted. */
void *coder_list(struct coder *coder, uint32_t count, size_t size);

/* snapshot_money.c */
void snapshot_money_write(struct coder *coder, const struct engine *engine);
MUST_CHECK enum status snapshot_money_read(struct coder *coder, struct engine *engine);

/* snapshot_history.c */
void snapshot_history_write(struct coder *coder, const struct engine *engine);
MUST_CHECK enum status snapshot_history_read(struct coder *coder, struct engine *engine);

/* snapshot_again.c: behind the corrections. */
void snapshot_again_write(struct coder *coder, const struct engine *engine);
MUST_CHECK enum status snapshot_again_read(struct coder *coder, struct engine *engine);

void part_decimal(struct coder *coder, struct decimal *value);
void part_period(struct coder *coder, struct period *period);
void part_counters(struct coder *coder, struct engine *engine);
void part_cycle(struct coder *coder, struct cycle *cycle);
void part_account(struct coder *coder, struct account *account); /* its counters */
void part_subscription(struct coder *coder, struct subscription *subscription);
void part_quota(struct coder *coder, const struct tariff *tariff, struct quota_use *quota);
void part_lot(struct coder *coder, const struct tariff *tariff, struct lot *lot);
/* snapshot_holds.c: a section of its own. */
void snapshot_holds_write(struct coder *coder, const struct engine *engine);
MUST_CHECK enum status snapshot_holds_read(struct coder *coder, struct engine *engine);
/* snapshot_corrections.c: another one. */
void snapshot_corrections_write(struct coder *coder, const struct engine *engine);
MUST_CHECK enum status snapshot_corrections_read(struct coder *coder, struct engine *engine);
void part_timeline(struct coder *coder, struct timeline *timeline);
void part_covering(struct coder *coder, const struct timeline *timeline, struct covering *covering);
void part_playlist(struct coder *coder, struct playlist *playlist);
void part_attribute(struct coder *coder, struct attribute *value);
void part_contract(struct coder *coder, struct contract *contract);
void part_zone(struct coder *coder, const struct zone **zone);
void part_span(struct coder *coder, struct span *span);
void part_duty(struct coder *coder, struct duty *duty);
void part_purchase(struct coder *coder, struct purchase *purchase);
void part_adjustment(struct coder *coder, struct adjustment *adjustment);
void part_notice(struct coder *coder, struct notice *notice);
void part_alert(struct coder *coder, struct alert *alert);

#endif
