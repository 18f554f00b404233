/* SPDX-License-Identifier: Apache-2.0
 *
 * Balances in open addressing with linear probing, 32 bytes each, at most three quarters full. A balance that came back
 * to zero keeps its slot until the table is laid out anew. */
#include "ledger/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "base/pages.h"

enum { SLOTS_FIRST = 256 };

struct ledger_slot {
    uint32_t account, item;
    uint16_t currency; /* its place in currency_table */
    uint8_t ledger_account;
    uint8_t is_taken;
    uint32_t unused;
    struct decimal amount;
};
_Static_assert(sizeof(struct ledger_slot) == 32, "two balances share a cache line");

static const char *const names[] = {
#define LEDGER_NAME(name, text, note) text,
    LEDGER_TABLE(LEDGER_NAME)
#undef LEDGER_NAME
};

const char *ledger_account_name(enum ledger_account ledger_account) {
    return names[ledger_account];
}

const char *ledger_account_note(enum ledger_account ledger_account) {
    static const char *const notes[] = {
#define LEDGER_NOTE(name, text, note) note,
        LEDGER_TABLE(LEDGER_NOTE)
#undef LEDGER_NOTE
    };
    return notes[ledger_account];
}

bool ledger_account_parse(struct slice name, enum ledger_account *ret) {
    for (enum ledger_account i = 0; i < LEDGER_COUNT; i++) {
        if (!slice_is(name, names[i]))
            continue;
        *ret = i;
        return true;
    }
    return false;
}

static struct ledger_slot slot_of(const struct posting *posting) {
    size_t count;
    return (struct ledger_slot){.account = posting->key.account,
                                .item = posting->key.item,
                                .currency = (uint16_t)(posting->key.currency - currency_table(&count)),
                                .ledger_account = (uint8_t)posting->key.ledger_account,
                                .is_taken = 1,
                                .amount = posting->amount};
}

static struct posting posting_of(const struct ledger_slot *slot) {
    size_t count;
    return (struct posting){.key = {.account = slot->account,
                                    .currency = &currency_table(&count)[slot->currency],
                                    .ledger_account = (enum ledger_account)slot->ledger_account,
                                    .item = slot->item},
                            .amount = slot->amount};
}

static uint64_t slot_hash(const struct ledger_slot *slot) {
    uint64_t a = ((uint64_t)slot->account << 32 | slot->item) * UINT64_C(0x9E3779B97F4A7C15);
    uint64_t b = ((uint64_t)slot->currency << 8 | slot->ledger_account) * UINT64_C(0xC2B2AE3D27D4EB4F);
    uint64_t h = a ^ (b << 23 | b >> 41);
    return (h ^ h >> 29) * UINT64_C(0xBF58476D1CE4E5B9);
}

static bool same_key(const struct ledger_slot *a, const struct ledger_slot *b) {
    return a->account == b->account && a->item == b->item && a->currency == b->currency &&
           a->ledger_account == b->ledger_account;
}

/* The slot that has the key, or the free one where it belongs. */
static struct ledger_slot *find(const struct ledger *ledger, const struct ledger_slot *wanted) {
    uint64_t at = slot_hash(wanted) >> 8 & ledger->mask;
    while (ledger->slots[at].is_taken && !same_key(&ledger->slots[at], wanted))
        at = (at + 1) & ledger->mask;
    return &ledger->slots[at];
}

static bool is_kept(const struct ledger_slot *slot) {
    return slot->is_taken && !decimal_is_zero(slot->amount);
}

uint64_t ledger_count(const struct ledger *ledger) {
    uint64_t count = 0;
    for (uint64_t i = 0; ledger->slots && i <= ledger->mask; i++)
        count += is_kept(&ledger->slots[i]);
    return count;
}

/* Room for so many more. Slots whose balance is zero are let go on the way. */
static enum status reserve(struct ledger *ledger, uint64_t more) {
    if (ledger->slots && ledger->count + more <= (ledger->mask + 1) / 4 * 3)
        return STATUS_OK;
    uint64_t kept = ledger_count(ledger), slot_count = SLOTS_FIRST;
    while (kept + more > slot_count / 2)
        slot_count *= 2;
    struct ledger grown = {
        .slots = pages_alloc(slot_count * sizeof *grown.slots), .mask = slot_count - 1, .count = kept};
    if (!grown.slots)
        return STATUS_NO_MEMORY;
    for (uint64_t i = 0; ledger->slots && i <= ledger->mask; i++)
        if (is_kept(&ledger->slots[i]))
            *find(&grown, &ledger->slots[i]) = ledger->slots[i];
    ledger_free(ledger);
    *ledger = grown;
    return STATUS_OK;
}

/* One currency is the rule; every further one costs a walk of its own. */
static enum status check_sums(const struct posting *postings, uint64_t count) {
    for (uint64_t first = 0; first < count; first++) {
        const struct currency *currency = postings[first].key.currency;
        bool is_summed = false;
        for (uint64_t i = first; i > 0 && !is_summed; i--)
            is_summed = postings[i - 1].key.currency == currency;
        if (is_summed)
            continue;
        struct decimal sum = DECIMAL_ZERO;
        for (uint64_t i = first; i < count; i++)
            if (postings[i].key.currency == currency)
                TRY(decimal_add(sum, postings[i].amount, &sum));
        if (!decimal_is_zero(sum))
            return STATUS_INVALID;
    }
    return STATUS_OK;
}

static enum status post_one(struct ledger *ledger, const struct posting *posting) {
    struct ledger_slot wanted = slot_of(posting), *slot = find(ledger, &wanted);
    if (slot->is_taken)
        return decimal_add(slot->amount, posting->amount, &slot->amount);
    *slot = wanted;
    ledger->count++;
    return STATUS_OK;
}

enum status ledger_post(struct ledger *ledger, const struct posting *postings, uint32_t count) {
    TRY(check_sums(postings, count));
    TRY(reserve(ledger, count));
    for (uint32_t i = 0; i < count; i++) {
        enum status status = post_one(ledger, &postings[i]);
        if (status == STATUS_OK)
            continue;
        while (i-- > 0) { /* backwards every sum returns to what it was, so none of them can fail */
            struct ledger_slot wanted = slot_of(&postings[i]), *slot = find(ledger, &wanted);
            slot->amount.pico -= postings[i].amount.pico;
        }
        return status;
    }
    return STATUS_OK;
}

struct decimal ledger_balance(const struct ledger *ledger, struct ledger_key key) {
    if (!ledger->slots)
        return DECIMAL_ZERO;
    struct posting posting = {.key = key};
    struct ledger_slot wanted = slot_of(&posting), *slot = find(ledger, &wanted);
    return slot->is_taken ? slot->amount : DECIMAL_ZERO;
}

static int posting_compare(const void *left, const void *right) {
    const struct ledger_key *a = &((const struct posting *)left)->key, *b = &((const struct posting *)right)->key;
    if (a->account != b->account)
        return a->account < b->account ? -1 : 1;
    if (a->currency != b->currency)
        return a->currency < b->currency ? -1 : 1;
    if (a->ledger_account != b->ledger_account)
        return a->ledger_account < b->ledger_account ? -1 : 1;
    return (a->item > b->item) - (a->item < b->item);
}

void ledger_list(const struct ledger *ledger, struct posting *out) {
    uint64_t count = 0;
    for (uint64_t i = 0; ledger->slots && i <= ledger->mask; i++)
        if (is_kept(&ledger->slots[i]))
            out[count++] = posting_of(&ledger->slots[i]);
    if (count > 0)
        qsort(out, count, sizeof *out, posting_compare);
}

enum status ledger_each(const struct ledger *ledger, ledger_visit *visit, void *context) {
    for (uint64_t i = 0; ledger->slots && i <= ledger->mask; i++) {
        if (!is_kept(&ledger->slots[i]))
            continue;
        struct posting balance = posting_of(&ledger->slots[i]);
        TRY(visit(context, &balance));
    }
    return STATUS_OK;
}

static bool grow(void **list, uint64_t *cap) {
    uint64_t grown = *cap ? *cap * 2 : 64;
    void *memory = realloc(*list, grown * sizeof(struct posting));
    if (!memory)
        return false;
    *list = memory;
    *cap = grown;
    return true;
}

enum status ledger_select(const struct ledger *ledger, enum ledger_account ledger_account, uint32_t item,
                          struct posting **ret_list, uint64_t *ret_count) {
    void *list = NULL;
    uint64_t count = 0, cap = 0;
    for (uint64_t i = 0; ledger->slots && i <= ledger->mask; i++) {
        const struct ledger_slot *slot = &ledger->slots[i];
        if (slot->ledger_account != ledger_account || slot->item != item || !is_kept(slot))
            continue;
        if (count == cap && !grow(&list, &cap)) {
            free(list);
            return STATUS_NO_MEMORY;
        }
        ((struct posting *)list)[count++] = posting_of(slot);
    }
    if (count > 0)
        qsort(list, count, sizeof(struct posting), posting_compare);
    *ret_list = list;
    *ret_count = count;
    return STATUS_OK;
}

static enum status load_all(struct ledger *ledger, const struct posting *list, uint64_t count) {
    TRY(reserve(ledger, count));
    for (uint64_t i = 0; i < count; i++) {
        struct ledger_slot wanted = slot_of(&list[i]), *slot = find(ledger, &wanted);
        if (slot->is_taken || decimal_is_zero(list[i].amount))
            return STATUS_INVALID;
        *slot = wanted;
        ledger->count++;
    }
    return ledger_check(ledger);
}

enum status ledger_load(struct ledger *ledger, const struct posting *list, uint64_t count) {
    if (count == 0)
        return STATUS_OK;
    enum status status = load_all(ledger, list, count);
    if (status != STATUS_OK)
        ledger_free(ledger);
    return status;
}

void ledger_free(struct ledger *ledger) {
    pages_free(ledger->slots, (ledger->mask + 1) * sizeof *ledger->slots);
    *ledger = (struct ledger){0};
}

/* ---- totals ---- */

static enum status total_add(struct ledger_total *total, const struct ledger_slot *slot) {
    struct decimal *sum = &total->sums[slot->ledger_account];
    TRY(decimal_add(*sum, slot->amount, sum));
    return STATUS_OK;
}

static enum status total_close(struct ledger_total *total) {
    for (int i = 0; i < LEDGER_COUNT; i++)
        TRY(decimal_add(total->sum, total->sums[i], &total->sum));
    return STATUS_OK;
}

/* Every currency of the table has a row while they are summed: there are fewer than two hundred. */
static enum status sum_up(const struct ledger *ledger, struct ledger_total *totals, uint32_t *ret_count) {
    size_t currency_count;
    const struct currency *table = currency_table(&currency_count);
    for (uint64_t i = 0; ledger->slots && i <= ledger->mask; i++) {
        const struct ledger_slot *slot = &ledger->slots[i];
        if (!is_kept(slot))
            continue;
        totals[slot->currency].currency = &table[slot->currency];
        TRY(total_add(&totals[slot->currency], slot));
    }
    uint32_t count = 0;
    for (size_t i = 0; i < currency_count; i++) {
        if (totals[i].currency == NULL)
            continue;
        TRY(total_close(&totals[i]));
        totals[count++] = totals[i];
    }
    *ret_count = count;
    return STATUS_OK;
}

enum status ledger_totals(const struct ledger *ledger, struct ledger_total **ret_totals, uint32_t *ret_count) {
    size_t currency_count;
    currency_table(&currency_count);
    struct ledger_total *totals = calloc(currency_count, sizeof *totals);
    if (!totals)
        return STATUS_NO_MEMORY;
    enum status status = sum_up(ledger, totals, ret_count);
    if (status != STATUS_OK) {
        free(totals);
        return status;
    }
    *ret_totals = totals;
    return STATUS_OK;
}

enum status ledger_check(const struct ledger *ledger) {
    struct ledger_total *totals;
    uint32_t count;
    TRY(ledger_totals(ledger, &totals, &count));
    bool is_even = true;
    for (uint32_t i = 0; i < count; i++)
        is_even = is_even && decimal_is_zero(totals[i].sum);
    free(totals);
    return is_even ? STATUS_OK : STATUS_INVALID;
}
