/* SPDX-License-Identifier: Apache-2.0
 *
 * A tariff as the engine uses it: checked, compiled, read-only. Everything lives in the plan arena of its set.
 * The language is docs/tariff-language.md; nothing here knows a vendor. */
#ifndef TG_TARIFF_TARIFF_H
#define TG_TARIFF_TARIFF_H

#include "calendar/calendar.h"
#include "money/currency.h"
#include "tariff/formula.h"
#include "tariff/media.h"
#include "tariff/yaml.h"

#define INDEX_NONE UINT32_MAX

/* What pays a quantity. The order of use is the tariff's. */
#define FUNDING_TABLE(ROW)                                                                                             \
    ROW(FREE, "free")                                                                                                  \
    ROW(QPS, "qps")                                                                                                    \
    ROW(SINGLE, "single")                                                                                              \
    ROW(GENERAL, "general")                                                                                            \
    ROW(CONCURRENCY, "concurrency")                                                                                    \
    ROW(PAYG, "payg")
enum funding {
#define FUNDING_ENUM(name, text) FUNDING_##name,
    FUNDING_TABLE(FUNDING_ENUM)
#undef FUNDING_ENUM
        FUNDING_COUNT
};
const char *funding_name(enum funding funding);
bool funding_parse(struct slice name, enum funding *ret);

struct origin { /* where a price or rule was read; both may be empty */
    struct slice source, note;
};

/* ---- prices ---- */

enum price_mode { PRICE_UNPUBLISHED, PRICE_FREE, PRICE_FLAT, PRICE_GRADUATED, PRICE_VOLUME };

struct tier {
    struct decimal up_to; /* meaningless for the last */
    bool is_last;
    struct decimal price; /* per `per` units */
};

/* One cell of one version of an item's price. Its index in tariff.rates is the `rate` that usage carries. */
struct rate {
    enum price_mode mode;
    uint32_t item, version;
    uint32_t region;      /* index into the values of class `region`, or INDEX_NONE */
    struct slice label;   /* "720p / fps60"; empty without `by` */
    struct decimal per;   /* > 0 */
    struct decimal price; /* PRICE_FLAT */
    const struct tier *tiers;
    uint32_t tier_count;
    bool upper_inclusive; /* border side of tiers */
    bool gross_basis;     /* tiers count all billable units of the cycle; else only pay-as-you-go ones */
    struct origin origin;
    struct place place;
};

#define PRICE_DIMENSIONS_MAX 3
struct price_version {
    int64_t from_ns, until_ns;                    /* [from, until) */
    const struct class *by[PRICE_DIMENSIONS_MAX]; /* NULL entry: the operation's variant (`as`) */
    uint32_t by_count;
    uint32_t *cells; /* row-major over the classes' values -> rate index, INDEX_NONE where the table has no cell */
    struct origin origin;
};

enum round_scope { SCOPE_STREAM, SCOPE_EVENT, SCOPE_CYCLE };
struct rounding_rule {
    bool is_set;
    struct ratio each;
    enum rounding mode;
    enum round_scope scope;
    struct decimal minimum;
};

struct interval_rule { /* all NULL unless the item is charged by covered time */
    struct formula *key, *length, *segment, *initial, *from, *to, *ahead;
};

enum quota_every { EVERY_CYCLE, EVERY_DAY, EVERY_MONTH, EVERY_YEAR, EVERY_ONCE };

struct item {
    struct slice name, title, unit;
    struct formula *quantity, *billable;
    struct rounding_rule round;
    bool is_interval;
    struct interval_rule interval;
    struct slice billed_by; /* not empty: external */
    struct slice *variants; /* names used by `as`, of all versions */
    uint32_t variant_count;
    struct price_version *versions; /* by from_ns */
    uint32_t version_count;
    bool has_free_quota;
    struct decimal free_quota;
    enum quota_every free_every;
    bool is_simple; /* one payg rate version without classes or intervals: the fast path may skip selection */
    struct origin origin;
    struct place place;
};

/* ---- operations ---- */

struct use {
    struct formula *when;     /* NULL: always */
    struct formula *quantity; /* NULL: the item's */
    uint32_t item;            /* when by_count is 0 */
    const struct class *by[PRICE_DIMENSIONS_MAX];
    uint32_t by_count;
    uint32_t *items; /* row-major -> item index or INDEX_NONE */
    struct slice as; /* variant name, may be empty */
    struct origin origin;
    struct place place;
};

struct work_rule {
    struct formula *key; /* a text; NULL: none */
    bool counts_once;    /* else a second one is told */
};

struct operation {
    struct slice name, title;
    struct work_rule work;
    bool each_stream;
    bool needs_one;                 /* at_least: one */
    bool takes_first;               /* choose: first */
    const struct media_rule *media; /* its own, else the tariff's; NULL: none */
    struct use *uses;               /* `run` is expanded */
    uint32_t use_count;
    struct origin origin;
    struct place place;
};

/* ---- products ---- */

enum product_kind { PRODUCT_PACKAGE, PRODUCT_QPS, PRODUCT_CONCURRENCY, PRODUCT_LICENCE, PRODUCT_GRANT };

struct scope_entry {
    uint32_t item;
    struct decimal factor; /* package units per `per` units of the item */
    struct decimal per;
};

struct refund_rule {
    bool is_allowed;
    struct duration within;
    bool if_unused;
};

/* Everything an order can name: one per sku. */
struct product {
    enum product_kind kind;
    struct slice sku, family, title, unit;
    enum funding funding; /* what its units pay as */
    bool is_published;    /* has a price (grants: has units) */
    enum price_mode mode; /* PRICE_FLAT or PRICE_GRADUATED over quantity (QPS) */
    struct decimal price; /* per piece (package), per task and period (concurrency), per piece and period (licence) */
    const struct tier *tiers;
    uint32_t tier_count;
    bool upper_inclusive;
    struct decimal units; /* package, grant: per piece */
    bool restores;        /* package: units are full again at the start of every restore_cycle */
    enum cycle_kind restore_cycle;
    const struct zone *zone;      /* in which that cycle is cut */
    struct duration validity;     /* package, grant: from effective_at; others: one period */
    struct decimal ceiling;       /* largest quantity in one order; 0 = none */
    struct decimal default_limit; /* QPS, concurrency: without a plan */
    bool has_default_limit;
    struct scope_entry *scope; /* items it pays for or covers (factor 1 where it has none) */
    uint32_t scope_count;
    int64_t units_scale;    /* least common multiple of the scope's `per`, so that balances stay exact */
    struct decimal *alerts; /* fractions left, falling: 0.2, 0 */
    uint32_t alert_count;
    struct duration expiring; /* so long before the end that is told; count 0: not at all */
    struct refund_rule refund;
    bool upgrade_allowed, downgrade_allowed; /* QPS: whether a running plan may become larger, a renewed one smaller */
    bool has_upgrade_price; /* QPS: an upgrade costs the difference of the plans' prices; else that is not published */
    bool on_activation;     /* grant */
    struct duration activate_within; /* licence; count 0: none */
    struct slice *terminals;
    uint32_t terminal_count;
    struct origin origin;
    struct place place;
};

/* What an account that owes money may still use. */
struct overdue_rule {
    bool is_set;
    bool has_grace;
    struct duration grace;      /* from owing to the suspension */
    bool pauses[FUNDING_COUNT]; /* these do not pay meanwhile */
    bool needs_release;         /* paying alone does not end a suspension */
};

/* Whose usage changes is told by comparing days; of cycles longer than a day, cycles. */
enum { WATCH_MAX = 1000 };
struct watch_rule {
    int32_t jump_times;  /* more than so many times the mean of those before; 0: not told */
    int32_t silent_days; /* so many without usage; 0: not told */
};

/* ---- the whole ---- */

struct tariff_source {
    struct slice name, text;
};

struct service_kind {      /* in the words of FOCUS: services.def */
    struct slice provider; /* may be empty */
    struct slice category, subcategory;
};

struct tariff {
    struct slice name, title;
    struct service_kind service;
    const struct currency *currency;
    const struct zone *zone;
    enum cycle_kind cycle;
    bool owner_submitted;
    bool has_settlement;
    enum cycle_kind settlement_period;
    int32_t settlement_first_day, settlement_last_day; /* 0: when the period ends */
    bool settlement_freezes;
    struct overdue_rule overdue;
    struct watch_rule watch;
    int bill_scale, line_scale;
    enum rounding bill_rounding, line_rounding;
    enum funding funding[FUNDING_COUNT];
    uint32_t funding_count;
    bool postpaid_default;
    bool tells_bills;               /* bills that ask for money raise an alert */
    bool needs_activation;          /* before the first call; what was called all the same is charged */
    const struct media_rule *media; /* of operations without one of their own; NULL: none */

    struct item *items;
    uint32_t item_count;
    struct rate *rates;
    uint32_t rate_count;
    struct operation *operations;
    uint32_t operation_count;
    struct product *products;
    uint32_t product_count;
    struct class *classes;
    uint32_t class_count;
    const struct class *region_class; /* NULL: none */
    struct tariff_source *sources;
    uint32_t source_count;
    struct names operation_names; /* names and aliases; index -> operation through operation_of */
    uint32_t *operation_of;
    struct names item_names; /* names and aliases */
    uint32_t *item_of;
    struct names product_names; /* sku */

    struct value defaults[ATTR_MAX];
    struct slice *bases; /* names of the tariffs that it extends, nearest first */
    uint32_t base_count;
    const struct node *root;        /* merged tree: examples, rules, show, diff */
    const struct source_file *file; /* the file that names it */
    uint32_t index;                 /* in its set */
};

struct tariff_set {
    struct arena plan;
    struct attr_names attrs;
    struct tariff **list; /* by name */
    uint32_t count;
    struct names names;
};

/* Load every *.yaml of a directory (fragments without `tariff:` are skipped), or one file. Adds all mistakes of all
 * files to diags; a tariff with a mistake is left out whole. base_dir is searched for `extends`; may be NULL. Fails:
 * STATUS_INVALID (some tariff was refused), STATUS_IO, STATUS_NO_MEMORY; the set then holds the good ones. */
MUST_CHECK enum status tariff_set_load(const char *path, const char *base_dir, struct tariff_set *ret_set,
                                       struct diags *diags);
/* One file more into a set (initialise an empty set with {0} first). */
MUST_CHECK enum status tariff_set_add(struct tariff_set *set, const char *path, const char *base_dir,
                                      struct diags *diags);
/* A text that is no file: it can neither include nor extend. `name` stands for its path in messages. */
MUST_CHECK enum status tariff_set_add_text(struct tariff_set *set, struct slice name, struct slice text,
                                           struct diags *diags);
void tariff_set_free(struct tariff_set *set);
const struct tariff *tariff_find(const struct tariff_set *set, struct slice name); /* NULL: none */
bool tariff_extends(const struct tariff *tariff, const struct tariff *base);       /* at any distance */
const struct operation *tariff_operation(const struct tariff *tariff,
                                         struct slice name); /* also by alias; NULL: none */
const struct item *tariff_item(const struct tariff *tariff, struct slice name);
const struct product *tariff_product(const struct tariff *tariff, struct slice sku);
/* The version that holds at an instant, or NULL. */
const struct price_version *item_version(const struct item *item, int64_t at_ns);

#endif
