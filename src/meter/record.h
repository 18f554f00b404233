/* SPDX-License-Identifier: Apache-2.0
 *
 * One line of a journal, read: a usage event with its metered quantities, or a command. Reading and metering are pure:
 * they know no account and may run on any thread; only the engine applies records, in journal order.
 *
 * Lifetime: everything a record points to lives in the batch arena it was read into. */
#ifndef TG_METER_RECORD_H
#define TG_METER_RECORD_H

#include "base/trace.h"
#include "cxx/json.h"
#include "tariff/tariff.h"

enum record_kind {
    RECORD_USAGE,    /* a usage event with quantities (possibly none: known and free, or not billable) */
    RECORD_UNPRICED, /* a usage event that its tariff cannot price; reason says why */
    RECORD_REJECTED, /* not a record; line, column and reason say why */
    RECORD_ACCOUNT,
    RECORD_ORDER,
    RECORD_REFUND,
    RECORD_ACTIVATE,
    RECORD_WALLET,
    RECORD_TICK,
    RECORD_HOLD,    /* the usages are an estimate; reason says why there is none */
    RECORD_RELEASE, /* of record.hold */
    RECORD_REVERSAL,
    RECORD_CONTRACT,
    RECORD_BACKFILL,
    RECORD_RECALL,
};

/* A metered quantity of one item: what the engine funds and rates. */
struct usage {
    uint32_t item;
    uint32_t rate;           /* index into tariff->rates */
    struct decimal quantity; /* in the item's unit, rounded; SCOPE_CYCLE: the value before rounding */
};

/* A played or pre-transcoded range of an item charged by covered time. */
struct coverage {
    uint32_t item, rate;
    struct slice key;
    bool has_length, has_range, has_initial;
    struct decimal length, segment, initial, from, to, ahead; /* seconds */
    const struct attrs
        *streams; /* the event's streams, or the event itself as the only one; NULL: remembered ones are used */
    uint32_t stream_count;
};

struct order_command {
    struct slice sku;
    struct decimal quantity; /* > 0 */
    uint32_t periods;        /* >= 1 */
    int64_t effective_ns;
    bool through_sales;    /* lifts the console ceiling */
    struct slice upgrades; /* order id this one upgrades or renews, may be empty */
    bool is_renewal, is_temporary;
    int64_t until_ns; /* of a temporary upgrade; INSTANT_MAX: after its periods */
};
enum setting_kind { SETTING_POSTPAID, SETTING_MODE, SETTING_ACTIVE, SETTING_RELEASED };
struct account_setting { /* one per tariff named */
    const struct tariff *tariff;
    enum setting_kind what;
    bool on; /* postpaid on; mode is "concurrent"; product activated; RELEASED: always, a suspension may end */
};
enum limit_kind { LIMIT_CREDIT, LIMIT_LOW };
struct wallet_limit { /* one per currency named */
    const struct currency *currency;
    enum limit_kind what;  /* how far below zero the balance may go; below what to tell */
    struct decimal amount; /* >= 0 */
};

struct contract_command {
    const struct tariff *use; /* instead of record.tariff */
    int64_t from_ns;
};

/* What a command asks for; members that its kind does not use are zero. */
struct command {
    struct order_command order;       /* ORDER */
    struct slice order_id;            /* REFUND, ACTIVATE (licence): data.order */
    struct account_setting *settings; /* ACCOUNT */
    uint32_t setting_count;
    struct wallet_limit *limits; /* ACCOUNT */
    uint32_t limit_count;
    bool has_units;
    struct decimal units;             /* ACTIVATE: data.units of the grant; WALLET: data.amount */
    struct slice terminal;            /* ACTIVATE: data.terminal */
    const struct currency *currency;  /* WALLET */
    int64_t expires_ns;               /* HOLD */
    struct record *event;             /* REVERSAL: what is taken back, read and metered: USAGE or UNPRICED */
    uint8_t reversed[16];             /* REVERSAL: the identity of reversing that event, whoever asks for it */
    struct slice because;             /* REVERSAL: data.reason, may be empty */
    struct slice replaced_by;         /* REVERSAL: id of the event that says it right, may be empty */
    struct contract_command contract; /* CONTRACT */
    struct attribute *attributes;     /* ACCOUNT: what its events have by default; VALUE_NONE takes a default back */
    uint32_t attribute_count;
    const struct zone *zone; /* ACCOUNT: NULL: not said */
    struct slice name;       /* BACKFILL */
    bool is_revert;          /* BACKFILL: what follows takes it back */
    struct slice recalled;   /* RECALL: bytes, of identities */
};

/* Under which business key an event counts as a piece of work. */
struct work {
    struct slice key;
    uint8_t identity[16]; /* keyed hash of account, operation and key */
};

struct record {
    enum record_kind kind;
    uint32_t line, column; /* in the input, from 1 */
    struct slice document; /* as it was read; borrowed from the input */
    bool is_command;       /* its type begins with "tollgate.", whatever became of it */
    bool is_element;       /* of an array: line and column count in the array, not in the document */
    struct slice source, id, subject;
    uint64_t subject_hash; /* names_hash */
    uint8_t identity[16];  /* keyed hash of (source, id) */
    uint64_t payload;      /* hash of everything else, independent of member order */
    int64_t time_ns;
    int64_t owner_ns;            /* decides cycle, price version, packages */
    struct period cycle;         /* of the tariff, holding owner_ns */
    const struct tariff *tariff; /* usage, order, refund, activate, contract; may be NULL when rejected */
    struct slice reason;         /* UNPRICED, REJECTED */
    struct work *work;           /* usage whose operation names a key that the event has; else NULL */
    struct slice hold;           /* events: the hold that ends with it, may be empty; RELEASE */

    const struct operation *operation; /* events, HOLD */
    struct usage *usages;
    struct coverage *coverages;
    uint32_t usage_count, coverage_count;
    bool is_billable;        /* false: outcome rules made every quantity free */
    struct command *command; /* commands; NULL for events */
};

struct reader; /* one per thread */
/* key: 16 random bytes for the identity hash, the same for all readers of an engine. */
MUST_CHECK enum status reader_new(const struct tariff_set *tariffs, const uint8_t key[16], struct reader **ret_reader);
void reader_free(struct reader *reader);
const struct tariff_set *reader_tariffs(const struct reader *reader);
/* Read and meter one document (a line without its newline; JSON_PADDING readable bytes behind it). Always fills
 * *ret_record: what is not a record becomes RECORD_REJECTED. A JSON array gives one record per element: *ret_count says
 * how many, in *ret_records (batch arena). trace may be NULL. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status reader_read(struct reader *reader, struct slice text, uint32_t line, struct arena *batch,
                                   struct trace *trace, struct record **ret_records, uint32_t *ret_count);

/* What an account has of its own. */
struct reader_terms {
    const struct tariff *const *instead; /* per tariff of the set: what stands for it; NULL: itself */
    const struct attribute *attributes;  /* for events that lack them */
    uint32_t attribute_count;
};
/* Read a record's document once more, with what its account has of its own. Identity and place stay. Fails:
 * STATUS_NO_MEMORY. */
MUST_CHECK enum status reader_read_under(struct reader *reader, const struct record *record,
                                         const struct reader_terms *terms, struct arena *batch, struct trace *trace,
                                         struct record *ret_record);

#endif
