/* SPDX-License-Identifier: Apache-2.0
 *
 * Double entry: signed exact balances of customers' accounts per currency, ledger account and item. A debit is above
 * zero, a credit below; what is posted together sums to zero in every currency, so all balances together always do.
 * Nothing here knows why something is posted. */
#ifndef TG_LEDGER_LEDGER_H
#define TG_LEDGER_LEDGER_H

#include "money/currency.h"
#include "money/decimal.h"

/* name, word, what its balance says */
#define LEDGER_TABLE(ROW)                                                                                              \
    ROW(CASH, "cash", "money received, less what was paid back")                                                       \
    ROW(WALLET, "wallet", "what customers have paid ahead, owed to them; above zero they owe it")                      \
    ROW(RECEIVABLE, "receivable", "invoiced or settled and not yet paid")                                              \
    ROW(UNSETTLED, "unsettled", "on closed bills, waiting for their settlement")                                       \
    ROW(DEFERRED, "deferred", "sold ahead and not yet earned")                                                         \
    ROW(REVENUE, "revenue", "earned")                                                                                  \
    ROW(EXPIRED, "expired", "earned because what was bought expired unused")                                           \
    ROW(ADJUSTMENTS, "adjustments", "corrections of closed cycles")                                                    \
    ROW(ROUNDING, "rounding", "exact totals less what was settled")
enum ledger_account {
#define LEDGER_ENUM(name, text, note) LEDGER_##name,
    LEDGER_TABLE(LEDGER_ENUM)
#undef LEDGER_ENUM
        LEDGER_COUNT
};
const char *ledger_account_name(enum ledger_account ledger_account);
const char *ledger_account_note(enum ledger_account ledger_account);
bool ledger_account_parse(struct slice name, enum ledger_account *ret);

struct ledger_key {
    uint32_t account;                /* number of the customer's account */
    const struct currency *currency; /* of currency_table */
    enum ledger_account ledger_account;
    uint32_t item; /* number of a name of the caller's; 0: none */
};
/* An amount to post, or a balance. */
struct posting {
    struct ledger_key key;
    struct decimal amount; /* above zero: debit */
};

struct ledger_slot;
struct ledger { /* zero: empty */
    struct ledger_slot *slots;
    uint64_t mask, count;
};

/* All of them or none. Fails: STATUS_INVALID (they do not sum to zero in each of their currencies), STATUS_RANGE (a sum
 * or a balance leaves 128 bits), STATUS_NO_MEMORY; no balance has changed then. */
MUST_CHECK enum status ledger_post(struct ledger *ledger, const struct posting *postings, uint32_t count);
/* Zero when nothing was posted there. */
struct decimal ledger_balance(const struct ledger *ledger, struct ledger_key key);

/* How many balances are not zero. */
uint64_t ledger_count(const struct ledger *ledger);
/* All balances that are not zero by account, currency code, ledger account, item; room for ledger_count. */
void ledger_list(const struct ledger *ledger, struct posting *out);
/* Called for every balance that is not zero, in no order. Another status than STATUS_OK ends it and is its answer. */
typedef enum status ledger_visit(void *context, const struct posting *balance);
MUST_CHECK enum status ledger_each(const struct ledger *ledger, ledger_visit *visit, void *context);
/* All balances that are not zero of one ledger account and item, by account, currency code. *ret_list is for free(),
 * NULL when there is none. Fails: STATUS_NO_MEMORY. */
MUST_CHECK enum status ledger_select(const struct ledger *ledger, enum ledger_account ledger_account, uint32_t item,
                                     struct posting **ret_list, uint64_t *ret_count);
/* Fill an empty ledger. Fails: STATUS_INVALID (a key twice, a balance of zero, or they do not sum to zero),
 * STATUS_RANGE, STATUS_NO_MEMORY; the ledger is empty then. */
MUST_CHECK enum status ledger_load(struct ledger *ledger, const struct posting *list, uint64_t count);
void ledger_free(struct ledger *ledger);

struct ledger_total {
    const struct currency *currency;
    struct decimal sums[LEDGER_COUNT];
    struct decimal sum; /* of all of them: zero */
};
/* Per currency that has a balance, by code, the sum of every ledger account. *ret_totals is for free(). Fails:
 * STATUS_RANGE, STATUS_NO_MEMORY. */
MUST_CHECK enum status ledger_totals(const struct ledger *ledger, struct ledger_total **ret_totals,
                                     uint32_t *ret_count);
/* Whether debits equal credits in every currency, summed anew. Fails: STATUS_INVALID (they do not), STATUS_RANGE,
 * STATUS_NO_MEMORY. */
MUST_CHECK enum status ledger_check(const struct ledger *ledger);

#endif
