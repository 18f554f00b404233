/* SPDX-License-Identifier: Apache-2.0
 *
 * The engine's state. Everything hangs from struct engine; state belongs to one account at a time, found by its number.
 *
 * Sums are kept in cells: one per (account, rate, cycle, funding). Amounts come into being only when a cycle is closed,
 * from exact sums, so the order of pay-as-you-go events cannot matter. */
#ifndef TG_ENGINE_ENGINE_PRIVATE_H
#define TG_ENGINE_ENGINE_PRIVATE_H

#include "bill/lines.h"
#include "engine/engine.h"

/* ---- cells: sums of quantities ---- */

#define CELL_RAW 255 /* in place of a funding: not rounded yet (rounding scope cycle) */

struct cell_key {
    uint32_t account;
    uint32_t meter;   /* rates and external items of all tariffs, numbered through from 1 */
    uint32_t cycle;   /* number of the interned cycle */
    uint32_t funding; /* enum funding or CELL_RAW */
};
struct cell {
    struct cell_key key;
    struct decimal quantity;
};
struct cells {
    struct cell *slots; /* key.meter == 0: empty */
    uint64_t mask, count;
};
MUST_CHECK enum status cells_add(struct cells *cells, struct cell_key key, struct decimal quantity);
struct cell *cells_find(const struct cells *cells, struct cell_key key); /* NULL: none */
void cells_prefetch(const struct cells *cells, struct cell_key key);
/* Room for so many in all. The size depends on the count alone. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status cells_reserve(struct cells *cells, uint64_t count);
/* All cells in an order that depends on them alone; room for cells->count. */
void cells_list(const struct cells *cells, struct cell *out);
/* Add cells to a table that has none of them. Fails: STATUS_INVALID (it has, or a meter is 0), STATUS_NO_MEMORY. */
MUST_CHECK enum status cells_load(struct cells *cells, const struct cell *list, uint64_t count);
void cells_free(struct cells *cells);

/* ---- identities: each event once ---- */

enum identity_answer { IDENTITY_NEW, IDENTITY_DUPLICATE, IDENTITY_CONFLICT };
struct identity_slot {
    uint64_t low, high; /* keyed 128-bit hash of (source, id); both 0: empty */
    uint32_t payload;
} __attribute__((packed));
struct identities {
    struct identity_slot *slots;
    uint64_t mask, count;
};
MUST_CHECK enum status identities_check(struct identities *identities, const uint8_t identity[16], uint64_t payload,
                                        enum identity_answer *ret_answer);
/* As a check, but nothing is added. */
enum identity_answer identities_find(const struct identities *identities, const uint8_t identity[16], uint64_t payload);
void identities_prefetch(const struct identities *identities, const uint8_t identity[16]);
/* As cells_reserve, cells_list and cells_load. */
MUST_CHECK enum status identities_reserve(struct identities *identities, uint64_t count);
void identities_list(const struct identities *identities, struct identity_slot *out);
MUST_CHECK enum status identities_load(struct identities *identities, const struct identity_slot *list, uint64_t count);
void identities_free(struct identities *identities);

/* ---- accounts ---- */

struct quota_use { /* free quota used of one item in one stretch of time */
    uint32_t item;
    int64_t start_ns;
    wide used_pico;
};
struct subscription { /* one account under one tariff, when it has anything beyond the defaults */
    struct holdings holdings;
    bool is_activated;
    struct quota_use *quotas;
    uint32_t quota_count, quota_cap;
};
struct account {
    struct subscription **subscriptions; /* per tariff; NULL: defaults everywhere */
    uint64_t unpriced, unfunded;
    int64_t unpriced_ns, unfunded_ns; /* first time */
};

/* ---- charging by covered time ---- */

struct stream_value {
    uint32_t slot;
    struct value value;
};
struct stream { /* what of a stream's attributes is there; text is owned by the engine */
    struct stream_value *values;
    uint32_t count;
    uint64_t signature; /* the same in every playlist that lists it, of equal ones apart */
};
struct playlist { /* what the ranges of a key are made into */
    int64_t at_ns;
    uint64_t signature;    /* of the streams */
    struct decimal length; /* seconds; below zero: unknown */
    struct stream *streams;
    uint32_t stream_count;
};
struct covering { /* one range as an event reported it */
    uint32_t cycle, rate;
    int64_t at_ns;
    struct decimal from, to, segment; /* seconds; `to` with what is made ahead */
    bool to_end;                      /* to the end, whatever the length */
    uint64_t signature;               /* of the event's own playlist; 0: the one known at its time */
    uint32_t line;
    struct slice file, source, id;
};
struct timeline {
    uint32_t account, item;
    const struct tariff *tariff;
    struct slice key;
    struct covering *coverings;
    uint32_t covering_count, covering_cap;
    struct playlist *playlists;
    uint32_t playlist_count, playlist_cap;
};
struct cover_note { /* the ranges behind an interval item's quantity */
    struct cell_key key;
    struct slice text;
};

struct cycle { /* interned (tariff, start) */
    const struct tariff *tariff;
    struct period period;
};

struct purchase { /* an order or refund line, already priced */
    uint32_t account, cycle;
    int64_t at_ns;
    struct bill_line line;
};

struct engine {
    const struct tariff_set *tariffs;
    struct arena arena; /* lives as long as the engine: order ids, notices, interval streams */
    struct names account_names;
    struct account *accounts;
    uint32_t account_cap;
    struct identities identities;
    struct cells cells;
    uint32_t *meter_base; /* per tariff: its first meter number; rates first, then items (external) */
    uint8_t *is_plain;    /* per meter: pay-as-you-go adds to its cell and nothing else can happen */
    uint32_t *last_cycle; /* per tariff: the cycle used last */
    struct cycle *cycles;
    uint32_t cycle_count, cycle_cap;
    uint32_t *cycle_slots;
    uint32_t cycle_mask;
    struct names timeline_names;
    struct timeline **timelines;
    uint32_t timeline_cap;
    struct cover_note *notes; /* sorted by key once the timelines are closed */
    uint32_t note_count, note_cap;
    struct purchase *purchases;
    uint32_t purchase_count, purchase_cap;
    struct notice *unpriced, *rejected;
    uint32_t unpriced_count, unpriced_cap, rejected_count, rejected_cap;
    struct alert *alerts;
    uint32_t alert_count, alert_cap;
    uint64_t duplicates, events, commands, unbilled;
    struct slice file;   /* the input being applied; for notices */
    int64_t recorded_ns; /* of the records being applied; INSTANT_MIN: no acceptance window */
    uint8_t key[16];     /* of the identity hashes */
    bool has_key;
    struct reply *reply;          /* to the record being applied; NULL: nobody asked */
    int64_t last_ns, last_end_ns; /* owner instant of the latest event, and the end of its cycle */
};

/* engine.c */
MUST_CHECK enum status engine_account(struct engine *engine, const struct record *record, uint32_t *ret_account);
MUST_CHECK enum status engine_cycle(struct engine *engine, const struct tariff *tariff, struct period period,
                                    uint32_t *ret_cycle);
MUST_CHECK enum status engine_subscription(struct engine *engine, uint32_t account, const struct tariff *tariff,
                                           struct subscription **ret_subscription);
static inline struct subscription *engine_subscription_find(const struct engine *engine, uint32_t account,
                                                            const struct tariff *tariff) {
    struct subscription **subscriptions = engine->accounts[account].subscriptions;
    return subscriptions ? subscriptions[tariff->index] : NULL;
}
/* Room for one more element behind count; doubles. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status list_grow(void **list, uint32_t count, uint32_t *cap, size_t size);

/* notices.c */
PRINTF(3, 4)
MUST_CHECK enum status engine_reject(struct engine *engine, const struct record *record, const char *format, ...);
PRINTF(3, 4)
MUST_CHECK enum status engine_unpriced(struct engine *engine, const struct record *record, const char *format, ...);
MUST_CHECK enum status engine_alert(struct engine *engine, struct alert alert);
/* Tell the thresholds that the holdings' lots have newly reached. */
MUST_CHECK enum status engine_lot_alerts(struct engine *engine, uint32_t account, const struct tariff *tariff,
                                         struct holdings *holdings, int64_t at_ns);

/* charge.c */
struct charge {
    uint32_t account, cycle;
    const struct tariff *tariff;
    uint32_t item, rate;
    int64_t at_ns;
    struct decimal quantity;
    const struct record *record; /* for notices */
};
/* Fund a rounded quantity and add it to its cells; what nothing pays becomes a notice. */
MUST_CHECK enum status engine_charge(struct engine *engine, const struct charge *charge, struct trace *trace);
/* Whether `funding` lists pay-as-you-go at all. Rule: docs/tariff-language.md, section 7. */
bool engine_has_payg(const struct tariff *tariff);
MUST_CHECK enum status engine_usage(struct engine *engine, uint32_t account, const struct record *record,
                                    struct trace *trace);
static inline uint32_t engine_meter(const struct engine *engine, const struct tariff *tariff, uint32_t item,
                                    uint32_t rate) {
    return engine->meter_base[tariff->index] + (rate == INDEX_NONE ? tariff->rate_count + item : rate);
}

/* state.c */
/* Balances, alerts, notices and external usage as of an instant; accounts in the order given. */
MUST_CHECK enum status engine_state(struct engine *engine, const uint32_t *accounts, int64_t at_ns,
                                    struct statement *statement);

/* orders.c */
MUST_CHECK enum status engine_order(struct engine *engine, uint32_t account, const struct record *record,
                                    struct trace *trace);
MUST_CHECK enum status engine_refund(struct engine *engine, uint32_t account, const struct record *record);

/* commands.c */
MUST_CHECK enum status engine_command(struct engine *engine, uint32_t account, const struct record *record,
                                      struct trace *trace);

/* timeline.c */
/* The timeline of wanted's account, tariff, item and key; made when there is none. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status engine_timeline(struct engine *engine, struct timeline wanted, struct timeline **ret_timeline);
MUST_CHECK enum status engine_cover(struct engine *engine, uint32_t account, const struct record *record,
                                    const struct coverage *coverage, struct trace *trace);
/* At the close: turn covered time into charged quantities, cycle by cycle. */
MUST_CHECK enum status engine_close_timelines(struct engine *engine, int64_t until_ns);
/* Which ranges stand behind a cell of an interval item; empty: none. key.funding does not matter. */
MUST_CHECK enum status engine_cover_note(struct engine *engine, struct cell_key key, struct slice *ret_note);

#endif
