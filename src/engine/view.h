/* SPDX-License-Identifier: Apache-2.0
 *
 * Looking at the state without changing it. What is handed out is borrowed and valid until the engine changes. */
#ifndef TG_ENGINE_VIEW_H
#define TG_ENGINE_VIEW_H

#include <stdatomic.h>

#include "engine/engine.h"

/* Accounts are numbered from 0 in the order in which they were first named. */
uint32_t engine_account_count(const struct engine *engine);
/* The account's number; false: nothing of it was ever applied. */
bool engine_account_find(const struct engine *engine, struct slice name, uint32_t *ret_account);

struct account_view {
    struct slice name;
    uint64_t unpriced, unfunded;      /* usage that has no price; that nothing paid for */
    int64_t unpriced_ns, unfunded_ns; /* the first of it; without meaning when there is none */
    const struct zone *zone;          /* NULL: not said */
};
struct account_view engine_account_view(const struct engine *engine, uint32_t account);

/* What an account has of its own. */
struct contract_view {
    const struct tariff *tariff, *use; /* from from_ns on, use stands for tariff */
    int64_t from_ns;
    struct slice id; /* of the command */
};
uint32_t engine_contract_count(const struct engine *engine, uint32_t account);
struct contract_view engine_contract_view(const struct engine *engine, uint32_t account, uint32_t index); /* as said */
uint32_t engine_attribute_count(const struct engine *engine, uint32_t account);
struct attribute engine_attribute_view(const struct engine *engine, uint32_t account, uint32_t index); /* by slot */

/* An account under a tariff. */
struct subscription_view {
    const struct tariff *tariff;
    bool is_activated, postpaid, concurrent_mode;
    bool is_suspended; /* it owed for too long: nothing pays */
    int64_t suspended_ns;
    const struct lot *lots; /* in order of use */
    uint32_t lot_count;
};
/* False: the account has nothing there but the tariff's defaults. */
bool engine_subscription_view(const struct engine *engine, uint32_t account, const struct tariff *tariff,
                              struct subscription_view *ret_view);
/* The lot of an order, under whichever tariff; false: there is none. */
bool engine_order_view(const struct engine *engine, uint32_t account, struct slice order_id,
                       const struct tariff **ret_tariff, const struct lot **ret_lot);
/* What is set apart for a job that runs. */
struct hold_view {
    struct slice id;
    const struct tariff *tariff;
    const struct operation *operation;
    int64_t at_ns, expires_ns;
    const struct reserves *reserves;
};
uint32_t engine_hold_count(const struct engine *engine, uint32_t account);
struct hold_view engine_hold_view(const struct engine *engine, uint32_t account, uint32_t index); /* by id */
/* False: no such hold is open. */
bool engine_hold_find(const struct engine *engine, uint32_t account, struct slice id, struct hold_view *ret_view);

/* One account as an engine of its own: engine_close states of it what the whole state would say of this account: its
 * bills, balances and external usage, and the alerts that closing and stating make. In time by what the account has and
 * by how many cycles are open, not by how many accounts there are. Good for engine_close, for looking at, and for
 * engine_free; what it says is borrowed from `engine` and valid until that changes. Fails: STATUS_NO_MEMORY,
 * STATUS_RANGE. */
MUST_CHECK enum status engine_part(const struct engine *engine, uint32_t account, struct engine **ret_part);
/* The same of several accounts, from `first` on, by one look at all open sums. */
MUST_CHECK enum status engine_parts(const struct engine *engine, uint32_t first, uint32_t count,
                                    struct engine **ret_part);
/* Whether the records are commands of one account that concern nobody else: neither time nor usage. */
bool engine_is_one_account(const struct record *records, uint32_t count);
/* Such an account, known or not, as an engine of its own: such records do to it what they would do to the whole, with
 * the same replies, and what can be seen of the account is the same then. Borrowed and made as engine_part; good for
 * looking at and for engine_free. Fails: STATUS_NO_MEMORY, STATUS_RANGE. */
MUST_CHECK enum status engine_rehearsal(const struct engine *engine, const struct record *records, uint32_t count,
                                        struct engine **ret_part);

/* The instant of which balances speak: the end of the cycle of the latest event; INSTANT_MIN: none. */
int64_t engine_balance_ns(const struct engine *engine);
/* The instant of the latest tick; INSTANT_MIN: none. */
int64_t engine_now_ns(const struct engine *engine);
/* The recorded instant of the latest batch; INSTANT_MIN: none. */
int64_t engine_recorded_ns(const struct engine *engine);
/* The instant of the first duty that a tick will do; INSTANT_MAX: none. */
int64_t engine_due_ns(const struct engine *engine);
/* Bills that were numbered so far, over all series. */
uint64_t engine_bill_count(const struct engine *engine);
/* The bills that the tick of this identity has closed, from `first` to `last`. False: none, or the tick is more than 41
 * days old. */
bool engine_closing_find(const struct engine *engine, const uint8_t identity[16], uint64_t *ret_first,
                         uint64_t *ret_last);

/* Events that were taken back, in the order in which it was asked for. */
struct reversal_view {
    int64_t at_ns;
    struct slice account, source, id; /* of the event */
    struct slice by;                  /* id of the reversal */
    struct slice reason, replaced_by; /* may be empty */
};
uint32_t engine_reversal_count(const struct engine *engine);
struct reversal_view engine_reversal_view(const struct engine *engine, uint32_t index);

/* What somebody should know: alerts in the order in which they were told, numbered from 0. They are only added to;
 * usage without a price is in statements, and not here. Of calls over a limit and of usage that nothing paid for the
 * first is here, and how many there are in statements. */
uint32_t engine_alert_count(const struct engine *engine);
struct alert engine_alert_view(const struct engine *engine, uint32_t index);
/* Usage that has no price, in the order of the journal; other tariffs make another list. */
uint32_t engine_unpriced_count(const struct engine *engine);
struct notice engine_unpriced_view(const struct engine *engine, uint32_t index);
/* What was refused, likewise. */
uint32_t engine_rejected_count(const struct engine *engine);
struct notice engine_rejected_view(const struct engine *engine, uint32_t index);
/* Why a document of this identity was refused, or has no price: the first notice of it. False: there is none. In time
 * by how many there are: for those who come again and have forgotten. */
bool engine_notice_find(const struct engine *engine, struct slice source, struct slice id, enum outcome *ret_outcome,
                        struct slice *ret_reason);

/* A quantity on its way into a sum. */
struct charge_view {
    struct slice account;
    uint32_t account_number;
    const struct tariff *tariff;
    const struct rate *rate;
    enum funding funding;
    struct decimal quantity; /* below zero: given back; zero: units of a lot that another one completes */
    struct period cycle;
    const struct operation *operation; /* NULL: it comes of no event alone, but of rounding or merging at the close */
    int64_t at_ns;                     /* of the event; else the start of the cycle */
    const struct lot *lot;             /* what paid; NULL: no lot, or what is given back, which several may take */
    const struct lot *lots;            /* those of the account under the tariff, with this charge in them */
    uint32_t lot_count;
    const struct part *parts; /* lots that paid of it, or, below zero, got back; what they do not have is no lot's */
    uint32_t part_count;
};
struct charge_watch {
    enum status (*charged)(void *context, const struct charge_view *charge); /* a failure ends the applying */
    void (*restarted)(void *context); /* all of it will be charged again, under other tariffs; may be NULL */
    /* A bill was closed and has its number; may be NULL. */
    enum status (*billed)(void *context, const struct engine *engine, const struct bill *bill);
    void *context;
    const atomic_bool *gives_up; /* once it is true, folding for this watch ends with STATUS_BUSY; NULL: never */
};
/* Tell of everything that is charged from now on, while records are applied and cycles are closed. */
void engine_set_watch(struct engine *engine, struct charge_watch watch);

/* Named batches of older events, in the order in which they came. */
struct backfill_view {
    struct slice name;
    uint64_t first_seq, last_seq; /* its journal batches lie from here to there */
    int64_t first_ns, last_ns;    /* recorded */
    uint64_t events, refused;     /* counted; refused or unpriced, at least in part */
    uint64_t reversed;            /* events taken back when it was reverted */
    bool is_reverted;
    int64_t reverted_ns;
};
uint32_t engine_backfill_count(const struct engine *engine);
struct backfill_view engine_backfill_view(const struct engine *engine, uint32_t index);
/* False: there is none of this name. */
bool engine_backfill_find(const struct engine *engine, struct slice name, struct backfill_view *ret_view);

/* How much the state holds, and what it takes. */
struct engine_size {
    uint64_t accounts, subscriptions, lots, identities, cells, cycles, timelines, purchases, notices, alerts;
    uint64_t events, commands, duplicates;
    uint64_t sealed;                     /* identities that have left the memory */
    uint64_t identity_bytes, cell_bytes; /* of memory in the two large tables */
};
void engine_size(const struct engine *engine, struct engine_size *ret_size);

#endif
