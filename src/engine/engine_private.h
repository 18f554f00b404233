/* SPDX-License-Identifier: Apache-2.0
 *
 * The engine's state. Everything hangs from struct engine; state belongs to one account at a time, found by its number.
 */
#ifndef TG_ENGINE_ENGINE_PRIVATE_H
#define TG_ENGINE_ENGINE_PRIVATE_H

#include "bill/lines.h"
#include "engine/agenda.h"
#include "engine/cells.h"
#include "engine/engine.h"
#include "engine/identities.h"
#include "engine/money_private.h"
#include "engine/view.h"

/* ---- accounts ---- */

struct quota_use { /* free quota used of one item in one stretch of time */
    uint32_t item;
    int64_t start_ns;
    wide used_pico, held_pico;
};
struct subscription { /* one account under one tariff, when it has anything beyond the defaults */
    struct holdings holdings;
    bool is_activated;
    bool is_suspended; /* nothing pays: the account owes for too long */
    int64_t suspended_ns;
    bool is_earning; /* what its lots earn is looked at every month */
    struct quota_use *quotas;
    uint32_t quota_count, quota_cap;
};
struct hold { /* what is set apart for a job that runs */
    struct slice id;
    char *id_bytes; /* its bytes, owned */
    const struct tariff *tariff;
    const struct operation *operation;
    int64_t at_ns, expires_ns;
    struct reserves reserves;
};
struct holds {
    struct hold *list; /* by id */
    uint32_t count, cap;
    int64_t due_ns;  /* none expires before */
    int64_t duty_ns; /* when the agenda looks after them; INSTANT_MAX: not at all */
};
struct contract { /* from an instant on, one tariff stands for another */
    const struct tariff *tariff, *use;
    int64_t from_ns;
    struct slice id; /* of the command */
};
struct terms {                    /* what an account has of its own */
    struct contract *contracts;   /* as they were said */
    struct attribute *attributes; /* for events that lack them; by slot */
    uint32_t contract_count, contract_cap, attribute_count, attribute_cap;
    const struct zone *zone; /* NULL: not said */
};
enum { HISTORY_DAYS = 8 };
struct history { /* what days of an account under a tariff came to; of longer cycles, the cycles */
    const struct tariff *tariff;
    struct history *next;  /* by tariff */
    int64_t until_ns;      /* end of the last day with usage */
    uint32_t streak;       /* so many days in a row had usage */
    bool is_silent;        /* that there is none has been told */
    int64_t start_ns;      /* of the last day that came to more than 0; INSTANT_MIN: none */
    struct decimal sum;    /* of its cycles that are closed */
    uint32_t count, place; /* totals of days before it that are known; where the next one goes */
    struct decimal totals[HISTORY_DAYS];
};
struct account {
    struct subscription **subscriptions; /* per tariff; NULL: defaults everywhere */
    struct holds *holds;                 /* NULL: never any */
    struct terms *terms;                 /* NULL: none */
    struct history *histories;           /* NULL: nothing was closed */
    struct timeline *timelines;          /* the latest; NULL: none */
    uint64_t unpriced, unfunded;
    int64_t unpriced_ns, unfunded_ns; /* first time */
    bool told_unfunded;
    struct wallet *wallets; /* by currency code */
};

/* ---- charging by covered time ---- */

struct stream { /* what of a stream's attributes is there; text is owned by the engine */
    struct attribute *values;
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
struct span {
    wide from, to; /* picoseconds of media time */
};
struct spans { /* sorted, disjoint, not touching */
    struct span *list;
    uint32_t count, cap;
};
struct covered { /* what closed cycles have charged of a stream */
    uint64_t signature;
    struct spans spans;
};
struct timeline {
    uint32_t number, account, item;
    const struct tariff *tariff;
    struct timeline *before; /* of the same account; NULL: none */
    struct slice key;
    struct covering *coverings; /* of cycles that are still to be closed, or closed again */
    uint32_t covering_count, covering_cap;
    struct playlist *playlists;
    uint32_t playlist_count, playlist_cap;
    struct covered *covered;
    uint32_t covered_count, covered_cap;
};
struct cover_note { /* the ranges behind an interval item's quantity, while its cycle is being closed */
    struct cell_key key;
    struct slice text;
};

/* ---- cycles ---- */

struct cycle { /* interned (tariff, start) */
    const struct tariff *tariff;
    struct period period;
    struct cells cells;  /* sums; of a closed cycle: what has come since it was billed */
    struct cell *billed; /* sums of a closed cycle that stand on bills: by account, place of the meter, funding */
    uint64_t billed_count;
    uint32_t *timelines; /* numbers of timelines with coverings in it, possibly repeated */
    uint32_t timeline_count, timeline_cap;
    uint32_t adjusted_in; /* closed, and something has come since: the cycle whose bills say so; else INDEX_NONE */
    bool is_closed;
};

struct reversal { /* an event that was taken back */
    int64_t at_ns;
    struct slice account, source, id; /* of the event */
    struct slice by;                  /* id of the reversal */
    struct slice reason, replaced_by; /* may be empty */
};

struct backfill { /* a named batch of older events */
    struct slice name;
    uint64_t first_seq, last_seq; /* its journal batches lie from here to there */
    int64_t first_ns, last_ns;    /* recorded */
    uint64_t events, refused;     /* counted; refused or unpriced, at least in part */
    uint64_t reversed;            /* events taken back */
    int64_t reverted_ns;          /* INSTANT_MIN: it is not */
};

struct purchase { /* an order or refund line, already priced, not yet on a bill */
    uint32_t account, cycle;
    uint64_t place; /* counts purchases */
    int64_t at_ns;
    struct bill_line line;
};

struct adjustment { /* a line of a later bill about a closed cycle */
    uint32_t account, place;
    uint32_t cycle; /* on whose bill, while it waits */
    struct bill_line line;
};
struct adjustments {
    struct adjustment *list; /* by account, cycle, line */
    uint32_t count, cap;
};
struct tick_closing { /* the bills that a tick has closed, by position */
    uint8_t identity[16];
    uint64_t first, last;
    uint64_t day; /* of the tick */
};

struct engine {
    const struct tariff_set *tariffs;
    struct arena arena; /* lives as long as the engine: order ids, notices, interval streams */
    struct names account_names;
    struct account *accounts;
    uint32_t account_cap;
    struct identities identities;
    struct identities refusals; /* by identity, payload and reason: refused, and not to be written down again */
    struct cells externals;     /* usage that another product bills */
    struct agenda agenda;
    int64_t now_ns;      /* the latest tick; INSTANT_MIN: none yet */
    int64_t admitted_ns; /* of the event being applied: its hold's time, else its own */
    int64_t at_ns;       /* when what is being done is done: now, or the time of a later command */
    struct money money;
    uint64_t *bill_numbers; /* per tariff: of the last bill in its series */
    struct bill_sink sink;
    struct seal_sink seal;
    uint64_t charges;           /* additions to sums; tells whether a record made any */
    uint64_t sealed;            /* identities that left the memory and did not come back */
    bool is_stating;            /* bills closed now are previews: they get no number */
    bool is_watched;            /* for someone the cycle being closed is the first of a day behind others with usage */
    uint32_t reopened;          /* closed cycles with something new */
    struct adjustments pending; /* of closed cycles that were rated again; each waits for a cycle's bills */
    struct facts *facts;        /* while rating again: what was decided the first time; else NULL */
    struct statement kept;      /* bills closed while there is no sink */
    uint32_t kept_cap;
    uint32_t *meter_places; /* meter -> its place on a bill: by item name, version, rate */
    uint32_t *meter_base;   /* per tariff: its first meter number; rates first, then items (external) */
    uint8_t *is_plain;      /* per meter: pay-as-you-go adds to its cell and nothing else can happen */
    uint32_t *last_cycle;   /* per tariff: the cycle used last */
    struct cycle *cycles;
    uint32_t cycle_count, cycle_cap;
    uint32_t *cycle_slots;
    uint32_t cycle_mask;
    struct names timeline_names;
    struct timeline **timelines;
    uint32_t timeline_cap;
    struct cover_note *notes; /* sorted by key once the timelines are closed */
    uint32_t note_count, note_cap;
    uint64_t purchases_made;
    struct purchase *purchases;
    uint32_t purchase_count, purchase_cap;
    struct notice *unpriced, *rejected;
    uint32_t unpriced_count, unpriced_cap, rejected_count, rejected_cap;
    struct reversal *reversals;
    uint32_t reversal_count, reversal_cap;
    struct backfill *backfills;
    uint32_t backfill_count, backfill_cap;
    uint32_t backfill;             /* the one that the records being applied belong to; INDEX_NONE: none */
    bool is_reverting;             /* they take it back */
    struct tick_closing *closings; /* of ticks, in the order of the journal */
    uint32_t closing_count, closing_cap;
    struct alert *alerts;
    uint32_t alert_count, alert_cap;
    uint64_t duplicates, events, commands, unbilled;
    struct slice file;   /* the input being applied; for notices */
    char *file_memory;   /* where its name stands, to be used again as long as nothing has kept it */
    size_t file_room;    /* 0: something has */
    uint64_t seq;        /* of their journal batch; 0: none yet */
    int64_t recorded_ns; /* of the records being applied; INSTANT_MIN: no acceptance window */
    uint8_t key[16];     /* of the identity hashes */
    bool has_key;
    const struct record *record; /* being applied; NULL: none */
    struct charge_watch watch;   /* its functions are NULL: nobody watches */
    const struct part *parts;    /* for the watch: what lots pay of what is being added, or get back */
    uint32_t part_count;
    bool is_given_back;
    struct reply *reply;           /* to the record being applied; NULL: nobody asked */
    struct reader *reader;         /* for accounts with terms; made when first needed */
    struct arena again;            /* the record read once more */
    const struct tariff **instead; /* per tariff: what stands for it while it is read */
    int64_t last_ns, last_end_ns;  /* owner instant of the latest event, and the end of its cycle */
};

/* engine.c */
/* Without anything in it, beside another one whose tables of meters it borrows. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status engine_new_like(const struct engine *engine, struct engine **ret_engine);

/* cycles.c */
/* Fill engine->meter_places. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status engine_place_meters(struct engine *engine);
/* Where a cell stands among those of its cycle: by account, place of the meter, funding; raw sums last. */
static inline uint64_t engine_cell_place(const struct engine *engine, struct cell_key key) {
    uint32_t funding = key.funding < 15 ? key.funding : 15;
    return (uint64_t)key.account << 32 | engine->meter_places[key.meter] << 4 | funding;
}
/* The cells of a table in this order, from the heap. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status engine_cells_sorted(const struct engine *engine, const struct cells *cells,
                                           struct cell **ret_list);
MUST_CHECK enum status engine_account(struct engine *engine, const struct record *record, uint32_t *ret_account);
/* The cycle's number; made when there is none. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status engine_cycle(struct engine *engine, const struct tariff *tariff, struct period period,
                                    uint32_t *ret_cycle);
/* A closed cycle gets something new: the difference is billed with the cycle that is open now. */
MUST_CHECK enum status engine_reopen(struct engine *engine, uint32_t cycle);
/* Tell the watch of it. */
MUST_CHECK enum status engine_watched(struct engine *engine, uint32_t cycle, struct cell_key key,
                                      struct decimal quantity);
/* Add to a sum of a cycle, open or closed. */
static inline enum status engine_add(struct engine *engine, uint32_t cycle, struct cell_key key,
                                     struct decimal quantity) {
    if (__builtin_expect(engine->watch.charged != NULL, 0))
        TRY(engine_watched(engine, cycle, key, quantity));
    if (engine->cycles[cycle].is_closed)
        TRY(engine_reopen(engine, cycle));
    engine->charges++;
    return cells_add(&engine->cycles[cycle].cells, key, quantity);
}
/* A sum, with what stands on bills. Fails: STATUS_RANGE. */
MUST_CHECK enum status engine_sum(const struct engine *engine, uint32_t cycle, struct cell_key key,
                                  struct decimal *ret_sum);
/* The cycle of a tariff that is open now; made when there is none. Fails: STATUS_NO_MEMORY, STATUS_RANGE. */
MUST_CHECK enum status engine_open_cycle(struct engine *engine, const struct tariff *tariff, uint32_t *ret_cycle);
/* Numbers of all cycles by tariff and start, from the heap. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status engine_cycles_sorted(struct engine *engine, uint32_t **ret_order);
/* What stands on bills; NULL: nothing. */
const struct cell *engine_billed(const struct engine *engine, uint32_t cycle, struct cell_key key);
/* INDEX_NONE: there is none. */
uint32_t engine_cycle_find(const struct engine *engine, const struct tariff *tariff, int64_t start_ns);
/* The tariff of a meter, and the rate (from rate_count on: external items) that it counts. */
const struct tariff *engine_meter_tariff(const struct engine *engine, uint32_t meter, uint32_t *ret_rate);
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
/* The same of a text that lives as long as the engine; ptr NULL: memory is out. */
MUST_CHECK enum status engine_reject_as(struct engine *engine, const struct record *record, struct slice reason);
PRINTF(3, 4)
MUST_CHECK enum status engine_unpriced(struct engine *engine, const struct record *record, const char *format, ...);
MUST_CHECK enum status engine_alert(struct engine *engine, struct alert alert);
/* Tell the thresholds that the holdings' lots have newly reached. */
MUST_CHECK enum status engine_lot_alerts(struct engine *engine, uint32_t account, const struct tariff *tariff,
                                         struct holdings *holdings, int64_t at_ns);

/* alerts.c */
/* A lot has come to a subscription: its end will be told. Fails: STATUS_NO_MEMORY, STATUS_RANGE. */
MUST_CHECK enum status engine_expiry_plan(struct engine *engine, uint32_t account, const struct tariff *tariff,
                                          const struct lot *lot);
/* The duties of EXPIRY and SILENCE. */
MUST_CHECK enum status engine_expiry(struct engine *engine, const struct duty *duty);
MUST_CHECK enum status engine_silence(struct engine *engine, const struct duty *duty);
/* A usage bill was closed: remember it, and tell a jump. */
MUST_CHECK enum status engine_watch(struct engine *engine, uint32_t account, const struct bill *bill);
/* Behind the bills of a cycle: look whether those who used it every time use the next one too. */
MUST_CHECK enum status engine_watch_next(struct engine *engine, uint32_t cycle);
/* A bill asks for money. */
MUST_CHECK enum status engine_bill_alert(struct engine *engine, uint32_t account, const struct bill *bill);
/* Made when there is none. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status engine_history(struct engine *engine, uint32_t account, const struct tariff *tariff,
                                      struct history **ret_history);

/* charge.c */
struct charge {
    uint32_t account, cycle;
    const struct tariff *tariff;
    uint32_t item, rate;
    int64_t at_ns;
    int64_t admitted_ns; /* when the usage was let in: what the account owed since does not matter */
    struct decimal quantity;
    const struct record *record; /* for notices */
};
/* Fund a rounded quantity and add it to its cells; what nothing pays becomes a notice. */
MUST_CHECK enum status engine_charge(struct engine *engine, const struct charge *charge, struct trace *trace);
/* Whether `funding` lists pay-as-you-go at all. Rule: docs/tariff-language.md, section 7. */
bool engine_has_payg(const struct tariff *tariff);
/* Why what is left may not be paid as you go; NULL: it may. */
const char *engine_payg_refusal(const struct tariff *tariff, const struct subscription *subscription,
                                const struct restriction *restriction);
/* What is used of an item's free quota in the stretch of time that holds at_ns; `cycle` is the tariff's. The pointer is
 * valid until the next call. Fails: STATUS_NO_MEMORY, STATUS_RANGE. */
MUST_CHECK enum status engine_quota(struct subscription *subscription, const struct tariff *tariff, uint32_t item,
                                    struct period cycle, int64_t at_ns, struct quota_use **ret_use);
/* Where the stretch of time of a free quota that holds an instant begins. Fails: STATUS_RANGE. */
MUST_CHECK enum status engine_quota_start(const struct tariff *tariff, enum quota_every every, struct period cycle,
                                          int64_t at_ns, int64_t *ret_start);
/* Why nothing is left to pay; NULL: pay-as-you-go is. subscription may be NULL. */
const char *engine_rest_refusal(const struct tariff *tariff, const struct subscription *subscription,
                                const struct restriction *restriction);
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

/* follow.c */
struct order_price { /* the lines of an order; count 0: not yet priced */
    struct rate_slice slices[RATE_SLICES_MAX];
    uint32_t count;
    struct slice note;
};
/* An order that renews or upgrades another: how long the lot runs, and what an upgrade costs. *ret_is_refused: it was
 * refused, and that is said. */
MUST_CHECK enum status engine_order_follow(struct engine *engine, uint32_t account, const struct record *record,
                                           struct lot *lot, struct order_price *price, bool *ret_is_refused);
/* A lot that renews this one, or was priced on top of it; NULL: none that is not refunded. */
const struct lot *engine_follower(const struct holdings *holdings, const struct lot *lot);

/* licence.c */
MUST_CHECK enum status engine_activate_licence(struct engine *engine, uint32_t account, const struct record *record);
/* Plan that the licence lapses unless it is activated. Fails: STATUS_NO_MEMORY, STATUS_RANGE. */
MUST_CHECK enum status engine_licence_ordered(struct engine *engine, uint32_t account, const struct tariff *tariff,
                                              const struct lot *lot);
MUST_CHECK enum status engine_licence_lapse(struct engine *engine, const struct duty *duty);

/* work.c */
/* An event with a business key: whether it is charged. A second one of the same key is told, or refused. Fails:
 * STATUS_NO_MEMORY. */
MUST_CHECK enum status engine_work(struct engine *engine, uint32_t account, const struct record *record,
                                   struct trace *trace, bool *ret_counts);
/* The event is reversed: its work may be counted again. */
void engine_work_free(struct engine *engine, const struct record *event);

/* hold.c */
MUST_CHECK enum status engine_hold(struct engine *engine, uint32_t account, const struct record *record,
                                   struct trace *trace);
MUST_CHECK enum status engine_release(struct engine *engine, uint32_t account, const struct record *record);
/* The hold that a usage event names ends before the event is charged. One that is not open any more changes nothing. */
void engine_hold_settle(struct engine *engine, uint32_t account, const struct record *record, struct trace *trace);
/* End what has expired by an instant. */
void engine_holds_expire(struct engine *engine, uint32_t account, int64_t at_ns);
/* The duty of HOLD_EXPIRY. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status engine_hold_duty(struct engine *engine, uint32_t account, int64_t at_ns);
/* An account without holds gets room for them, which a duty looks after at duty_ns. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status engine_holds_make(struct engine *engine, uint32_t account, int64_t duty_ns);
/* Take the hold over as it is. Fails: STATUS_NO_MEMORY, and the caller keeps it. */
MUST_CHECK enum status engine_hold_add(struct engine *engine, uint32_t account, struct hold hold);
void holds_free(struct holds *holds);
struct hold *holds_find(const struct holds *holds, struct slice id); /* NULL: none, also of no holds at all */
/* contract.c */
void terms_free(struct terms *terms);
/* The account's terms; made when there are none. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status engine_terms(struct engine *engine, uint32_t account, struct terms **ret_terms);
/* The record of an account with terms as these have it, valid until the next call. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status engine_read_again(struct engine *engine, uint32_t account, const struct record *record,
                                         struct trace *trace, struct record *ret_record);
/* Whether a contract of the account ever lets the two tariffs stand for each other. */
bool engine_is_related(const struct engine *engine, uint32_t account, const struct tariff *tariff,
                       const struct tariff *other);
/* The lot of an order under a tariff, or under one that is related to it: *ret_where. NULL: there is none. */
struct lot *engine_lot_find(const struct engine *engine, uint32_t account, const struct tariff *tariff,
                            struct slice order_id, const struct tariff **ret_where);
/* Before the account is charged under a tariff: lots of the tariffs that it is related to come along, as its products
 * of the same sku. Pointers to lots are void then. Fails: STATUS_NO_MEMORY, STATUS_RANGE. */
MUST_CHECK enum status engine_lots_bring(struct engine *engine, uint32_t account, const struct tariff *tariff);
/* Lots are where contracts let them pay now. Fails as engine_lots_bring. */
MUST_CHECK enum status engine_lots_settle(struct engine *engine, uint32_t account);
/* The account has activated a tariff, and with it all that it is related to. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status engine_activated(struct engine *engine, uint32_t account, const struct tariff *tariff);
MUST_CHECK enum status engine_contract(struct engine *engine, uint32_t account, const struct record *record,
                                       struct trace *trace);
MUST_CHECK enum status engine_attributes(struct engine *engine, uint32_t account, const struct record *record);

/* reverse.c */
/* Take the quantity of a charge out of its cells again, and give what was used up back to whom it belongs. */
MUST_CHECK enum status engine_give_back(struct engine *engine, const struct charge *charge);
/* Whether a reversal would not be refused. */
MUST_CHECK enum status engine_can_reverse(struct engine *engine, uint32_t account, const struct record *record,
                                          bool *ret_can);
MUST_CHECK enum status engine_reversal(struct engine *engine, uint32_t account, const struct record *record,
                                       struct trace *trace);

/* backfill.c */
/* What follows, until the next origin, belongs to a backfill. */
MUST_CHECK enum status engine_backfill(struct engine *engine, const struct record *record);
/* Remember what was forgotten. */
MUST_CHECK enum status engine_recall(struct engine *engine, const struct record *record);
/* Whether a backfill may hold such a record. */
bool engine_backfill_holds(const struct engine *engine, const struct record *record);
/* rerate.c */
void facts_free(struct facts *facts);
/* While rating again: a command that was refused is refused again. */
MUST_CHECK enum status engine_fact_command(struct engine *engine, const struct record *record, bool *ret_is_refused);
/* Likewise usage that could not be paid for because the account owed. */
void engine_fact_restriction(struct engine *engine, const struct charge *charge, struct restriction *restriction);
/* differences.c */
/* Keep a line until the bills of adjustment.cycle. Its texts are copied. */
MUST_CHECK enum status engine_adjust_later(struct engine *engine, struct adjustment adjustment);
/* Let what closed cycles come to here, less what was billed of them there, wait for its bills. */
MUST_CHECK enum status engine_differences(struct engine *engine, struct engine *old, uint32_t set);

/* part.c */
/* As engine_parts, with all closed cycles: for what changes them. */
MUST_CHECK enum status engine_part_whole(const struct engine *engine, uint32_t first, uint32_t count,
                                         struct engine **ret_part);
/* refusals.c */
/* Why the record cannot be taken at this time. REFUSAL_NONE: it can, or the window is not looked at. */
enum refusal engine_window_refusal(const struct record *record, const struct intake_window *window);
/* It was refused for that reason: it is known from now on. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status engine_refusal_keep(struct engine *engine, const struct record *record, enum refusal refusal);
/* Forget the days before `border`. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status engine_refusals_forget(struct engine *engine, uint64_t border);
/* closings.c */
/* A tick is done; `before`: bills that there were. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status engine_closing_keep(struct engine *engine, const struct record *record, uint64_t before);
/* Forget the days before `border`. */
void engine_closings_forget(struct engine *engine, uint64_t border);

/* commands.c */
MUST_CHECK enum status engine_command(struct engine *engine, uint32_t account, const struct record *record,
                                      struct trace *trace);

/* timeline.c */
/* The timeline of wanted's account, tariff, item and key; made when there is none. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status engine_timeline(struct engine *engine, struct timeline wanted, struct timeline **ret_timeline);
/* A timeline has coverings in a cycle, which must know whom to ask when it is closed. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status engine_cycle_mark(struct engine *engine, uint32_t cycle, uint32_t timeline);
MUST_CHECK enum status engine_cover(struct engine *engine, uint32_t account, const struct record *record,
                                    const struct coverage *coverage, struct trace *trace);
/* At the close: turn the time covered in a cycle into charged quantities, and say which ranges stand behind them until
 * the next call. */
MUST_CHECK enum status engine_close_timelines(struct engine *engine, uint32_t cycle);
/* Which ranges stand behind a cell of an interval item; empty: none. key.funding does not matter. */
MUST_CHECK enum status engine_cover_note(struct engine *engine, struct cell_key key, struct slice *ret_note);

/* tick.c */
/* Now is at_ns: do everything that is due by then, in order. An earlier instant changes nothing. */
MUST_CHECK enum status engine_tick(struct engine *engine, int64_t at_ns);

/* close.c */
/* Bill a cycle to all its accounts, with the adjustments that wait for it. */
MUST_CHECK enum status engine_close_cycle(struct engine *engine, uint32_t cycle);
/* Sum a bill up, number it and hand it over: to the sink, or it is kept for the statement. One without lines is none.
 * Its memory may go afterwards. */
MUST_CHECK enum status engine_bill(struct engine *engine, uint32_t account, struct bill bill);
/* The lines of one account from its cells, sorted. */
MUST_CHECK enum status engine_usage_lines(struct engine *engine, uint32_t cycle, const struct cell *cells,
                                          uint64_t count, struct line_list *lines);
/* Bill the purchases made so far, those of one account and cycle together. */
MUST_CHECK enum status engine_invoice(struct engine *engine, int64_t until_ns);

/* adjust.c */
/* The differences that are to stand on the bills of a cycle; what they say is billed from then on. Texts live in the
 * arena. The list is the caller's to free. */
MUST_CHECK enum status engine_adjust(struct engine *engine, uint32_t cycle, struct arena *run,
                                     struct adjustments *adjustments);
/* Take what has come to closed cycles since into their sums, as if it stood on bills. */
MUST_CHECK enum status engine_adjust_all(struct engine *engine);
/* Round the raw sums of a cycle, and charge what was not yet charged of them. */
MUST_CHECK enum status engine_close_raw(struct engine *engine, uint32_t cycle);

#endif
