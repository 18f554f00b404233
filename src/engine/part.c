/* SPDX-License-Identifier: Apache-2.0
 *
 * Some accounts cut out of the state: an engine of their own that closes as the whole one would, because what rates is
 * never shared between accounts. It has every cycle that a close looks at, in their order, and of their sums those of
 * these accounts. Texts and tables that never change are borrowed. */
#include <stdlib.h>
#include <string.h>

#include "engine/engine_private.h"

struct cutting {
    const struct engine *from;
    struct engine *to;
    uint32_t first, count; /* accounts; their numbers in `to` are less by `first` */
    uint32_t *cycles;      /* a cycle's number in `from` to that in `to`; INDEX_NONE: it is not there */
    bool with_closed;      /* also cycles to which nothing has come since */
    struct arena run;
};

static bool is_wanted(const struct cutting *cutting, uint32_t account) {
    return account - cutting->first < cutting->count;
}

/* A list of its own. Fails: STATUS_NO_MEMORY. */
static enum status list_copy(void **list, uint32_t count, size_t size) {
    void *copy = count ? malloc(count * size) : NULL;
    if (count && !copy)
        return STATUS_NO_MEMORY;
    if (count)
        memcpy(copy, *list, count * size);
    *list = copy;
    return STATUS_OK;
}

/* ---- accounts ---- */

static enum status subscription_copy(struct cutting *cutting, uint32_t account, const struct tariff *tariff) {
    const struct subscription *from = engine_subscription_find(cutting->from, account, tariff);
    struct subscription *to;
    if (!from)
        return STATUS_OK;
    TRY(engine_subscription(cutting->to, account - cutting->first, tariff, &to));
    void *lots = from->holdings.lots, *quotas = from->quotas;
    TRY(list_copy(&lots, from->holdings.count, sizeof *to->holdings.lots));
    enum status status = list_copy(&quotas, from->quota_count, sizeof *to->quotas);
    if (status != STATUS_OK) {
        free(lots);
        return status;
    }
    *to = *from;
    to->holdings.lots = lots;
    to->holdings.cap = from->holdings.count;
    to->quotas = quotas;
    to->quota_cap = from->quota_count;
    return STATUS_OK;
}

static enum status wallets_copy(struct cutting *cutting, uint32_t account) {
    const struct wallet *wallet = cutting->from->accounts[account].wallets;
    struct wallet **link = &cutting->to->accounts[account - cutting->first].wallets;
    for (; wallet; wallet = wallet->next) {
        *link = ARENA_NEW(&cutting->to->arena, struct wallet);
        if (!*link)
            return STATUS_NO_MEMORY;
        **link = *wallet;
        (*link)->next = NULL;
        link = &(*link)->next;
    }
    return STATUS_OK;
}

static enum status terms_copy(struct cutting *cutting, uint32_t account) {
    const struct terms *from = cutting->from->accounts[account].terms;
    struct terms *to;
    if (!from)
        return STATUS_OK;
    TRY(engine_terms(cutting->to, account - cutting->first, &to));
    void *contracts = from->contracts;
    TRY(list_copy(&contracts, from->contract_count, sizeof *to->contracts));
    *to = (struct terms){.contracts = contracts,
                         .contract_count = from->contract_count,
                         .contract_cap = from->contract_count,
                         .zone = from->zone}; /* attributes are for reading events */
    return STATUS_OK;
}

static enum status account_copy(struct cutting *cutting, uint32_t account) {
    const struct account *from = &cutting->from->accounts[account];
    struct engine *to = cutting->to;
    uint32_t number;
    TRY(names_add(&to->account_names, cutting->from->account_names.texts[account], &number));
    to->accounts[number] = (struct account){.unpriced = from->unpriced,
                                            .unfunded = from->unfunded,
                                            .unpriced_ns = from->unpriced_ns,
                                            .unfunded_ns = from->unfunded_ns,
                                            .told_unfunded = from->told_unfunded};
    for (uint32_t i = 0; from->subscriptions && i < to->tariffs->count; i++)
        TRY(subscription_copy(cutting, account, to->tariffs->list[i]));
    TRY(wallets_copy(cutting, account));
    return terms_copy(cutting, account);
}

static enum status accounts_copy(struct cutting *cutting) {
    cutting->to->accounts = calloc(cutting->count + (size_t)1, sizeof *cutting->to->accounts);
    if (!cutting->to->accounts)
        return STATUS_NO_MEMORY;
    cutting->to->account_cap = cutting->count;
    for (uint32_t i = 0; i < cutting->count; i++)
        TRY(account_copy(cutting, cutting->first + i));
    return STATUS_OK;
}

/* ---- cycles and their sums ---- */

static enum status cycle_copy(struct cutting *cutting, uint32_t cycle, uint32_t *ret_cycle) {
    const struct cycle *from = &cutting->from->cycles[cycle];
    if (cutting->cycles[cycle] == INDEX_NONE) {
        TRY(engine_cycle(cutting->to, from->tariff, from->period, &cutting->cycles[cycle]));
        cutting->to->cycles[cutting->cycles[cycle]].is_closed = from->is_closed;
    }
    *ret_cycle = cutting->cycles[cycle];
    return STATUS_OK;
}

/* What the sums of an account are looked up by. */
struct wanted {
    struct cell_key keys[512];
    uint32_t count;
};

static enum status sums_take(const struct cutting *cutting, const struct cells *from, struct cells *to,
                             struct wanted *wanted) {
    for (uint32_t i = 0; i < wanted->count; i++) /* a table of many accounts is far away: wait once for all */
        cells_prefetch(from, wanted->keys[i]);
    for (uint32_t i = 0; i < wanted->count; i++) {
        const struct cell *cell = cells_find(from, wanted->keys[i]);
        struct cell_key key = wanted->keys[i];
        key.account -= cutting->first;
        if (cell)
            TRY(cells_add(to, key, cell->quantity));
    }
    wanted->count = 0;
    return STATUS_OK;
}

/* Every sum that one account can have in a cycle: that depends on the tariff, not on who else is there. Without a
 * subscription nothing but pay-as-you-go has paid. */
static enum status sums_ask(const struct cutting *cutting, const struct cycle *from, struct cycle *to) {
    bool is_plain = !engine_subscription_find(cutting->from, cutting->first, from->tariff);
    uint32_t first = cutting->from->meter_base[from->tariff->index];
    struct wanted wanted;
    wanted.count = 0;
    for (uint32_t rate = 0; rate < from->tariff->rate_count; rate++) {
        const struct item *item = &from->tariff->items[from->tariff->rates[rate].item];
        struct cell_key key = {.account = cutting->first, .meter = first + rate, .funding = CELL_RAW};
        if (item->round.is_set && item->round.scope == SCOPE_CYCLE)
            wanted.keys[wanted.count++] = key;
        for (key.funding = 0; key.funding < FUNDING_COUNT; key.funding++)
            if (!is_plain || key.funding == FUNDING_PAYG)
                wanted.keys[wanted.count++] = key;
        if (wanted.count + FUNDING_COUNT + 1 > sizeof wanted.keys / sizeof *wanted.keys)
            TRY(sums_take(cutting, &from->cells, &to->cells, &wanted));
    }
    return sums_take(cutting, &from->cells, &to->cells, &wanted);
}

/* For several accounts it is less to look at everything once. */
static enum status sums_scan(const struct cutting *cutting, const struct cells *from, struct cells *to) {
    for (uint64_t i = 0; from->slots && i <= from->mask; i++) {
        struct cell cell = from->slots[i];
        if (cell.key.meter == 0 || !is_wanted(cutting, cell.key.account))
            continue;
        cell.key.account -= cutting->first;
        TRY(cells_add(to, cell.key, cell.quantity));
    }
    return STATUS_OK;
}

static enum status sums_copy(const struct cutting *cutting, const struct cycle *from, struct cycle *to) {
    if (from->cells.count == 0 || cutting->count == 0)
        return STATUS_OK;
    return cutting->count == 1 ? sums_ask(cutting, from, to) : sums_scan(cutting, &from->cells, &to->cells);
}

/* Where the sums of an account begin. */
static uint64_t billed_place(const struct cycle *cycle, uint64_t account) {
    uint64_t low = 0, high = cycle->billed_count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (cycle->billed[middle].key.account < account)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static enum status billed_copy(const struct cutting *cutting, const struct cycle *from, struct cycle *to) {
    uint64_t first = billed_place(from, cutting->first);
    uint64_t count = billed_place(from, (uint64_t)cutting->first + cutting->count) - first;
    if (count > UINT32_MAX)
        return STATUS_RANGE;
    void *list = count ? &from->billed[first] : NULL;
    TRY(list_copy(&list, (uint32_t)count, sizeof *to->billed));
    to->billed = list;
    to->billed_count = count;
    for (uint64_t i = 0; i < count; i++)
        to->billed[i].key.account -= cutting->first;
    return STATUS_OK;
}

static enum status cycles_copy(struct cutting *cutting) {
    const struct engine *from = cutting->from;
    struct engine *to = cutting->to;
    uint32_t cycle;
    for (uint32_t i = 0; i < from->cycle_count; i++) {
        if (from->cycles[i].is_closed && from->cycles[i].adjusted_in == INDEX_NONE && !cutting->with_closed)
            continue;
        TRY(cycle_copy(cutting, i, &cycle));
        TRY(sums_copy(cutting, &from->cycles[i], &to->cycles[cycle]));
        TRY(billed_copy(cutting, &from->cycles[i], &to->cycles[cycle]));
    }
    for (uint32_t i = 0; from->reopened && i < from->cycle_count; i++) {
        if (from->cycles[i].adjusted_in == INDEX_NONE)
            continue;
        TRY(cycle_copy(cutting, from->cycles[i].adjusted_in, &cycle));
        to->cycles[cutting->cycles[i]].adjusted_in = cycle;
        to->reopened++;
    }
    return STATUS_OK;
}

static enum status externals_copy(const struct cutting *cutting) {
    const struct engine *from = cutting->from;
    struct cells *to = &cutting->to->externals;
    struct wanted wanted;
    wanted.count = 0;
    if (cutting->count == 0)
        return STATUS_OK;
    if (cutting->count != 1)
        return sums_scan(cutting, &from->externals, to);
    for (uint32_t i = 0; from->externals.count && i < from->tariffs->count; i++) {
        const struct tariff *tariff = from->tariffs->list[i];
        for (uint32_t item = 0; item < tariff->item_count; item++) {
            if (tariff->items[item].billed_by.len == 0)
                continue;
            wanted.keys[wanted.count++] =
                (struct cell_key){.account = cutting->first, .meter = engine_meter(from, tariff, item, INDEX_NONE)};
            if (wanted.count == sizeof wanted.keys / sizeof *wanted.keys)
                TRY(sums_take(cutting, &from->externals, to, &wanted));
        }
    }
    return sums_take(cutting, &from->externals, to, &wanted);
}

/* ---- covered time ---- */

static enum status coverings_copy(struct cutting *cutting, const struct timeline *from, struct timeline *to) {
    void *list = from->coverings;
    TRY(list_copy(&list, from->covering_count, sizeof *to->coverings));
    to->coverings = list;
    to->covering_count = to->covering_cap = from->covering_count;
    for (uint32_t i = 0; i < to->covering_count; i++) {
        TRY(cycle_copy(cutting, from->coverings[i].cycle, &to->coverings[i].cycle));
        TRY(engine_cycle_mark(cutting->to, to->coverings[i].cycle, to->number));
    }
    return STATUS_OK;
}

static enum status covered_copy(const struct timeline *from, struct timeline *to) {
    void *list = from->covered;
    TRY(list_copy(&list, from->covered_count, sizeof *to->covered));
    to->covered = list;
    to->covered_cap = from->covered_count;
    for (uint32_t i = 0; i < from->covered_count; i++) {
        void *spans = from->covered[i].spans.list;
        TRY(list_copy(&spans, from->covered[i].spans.count, sizeof(struct span)));
        to->covered[i].spans.list = spans;
        to->covered[i].spans.cap = from->covered[i].spans.count;
        to->covered_count++;
    }
    return STATUS_OK;
}

/* Timelines of which nothing is left to charge change nothing. */
static enum status timeline_copy(struct cutting *cutting, const struct timeline *from) {
    struct timeline wanted = {
        .account = from->account - cutting->first, .item = from->item, .tariff = from->tariff, .key = from->key};
    struct timeline *to;
    if (from->covering_count == 0)
        return STATUS_OK;
    TRY(engine_timeline(cutting->to, wanted, &to));
    void *playlists = from->playlists;
    TRY(list_copy(&playlists, from->playlist_count, sizeof *to->playlists));
    to->playlists = playlists;
    to->playlist_count = to->playlist_cap = from->playlist_count;
    TRY(covered_copy(from, to));
    return coverings_copy(cutting, from, to);
}

static int timeline_compare(const void *left, const void *right) {
    const struct timeline *a = *(const struct timeline *const *)left, *b = *(const struct timeline *const *)right;
    return (a->number > b->number) - (a->number < b->number);
}

/* They are made again in the order in which they came. */
static enum status timelines_copy(struct cutting *cutting) {
    const struct account *accounts = &cutting->from->accounts[cutting->first];
    size_t count = 0, at = 0;
    for (uint32_t i = 0; i < cutting->count; i++)
        for (const struct timeline *timeline = accounts[i].timelines; timeline; timeline = timeline->before)
            count++;
    const struct timeline **list = ARENA_ARRAY(&cutting->run, count + 1, const struct timeline *);
    if (!list)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < cutting->count; i++)
        for (const struct timeline *timeline = accounts[i].timelines; timeline; timeline = timeline->before)
            list[at++] = timeline;
    qsort(list, count, sizeof *list, timeline_compare);
    for (size_t i = 0; i < count; i++)
        TRY(timeline_copy(cutting, list[i]));
    return STATUS_OK;
}

/* ---- what waits for a bill ---- */

static enum status purchases_copy(struct cutting *cutting) {
    struct engine *to = cutting->to;
    for (uint32_t i = 0; i < cutting->from->purchase_count; i++) {
        struct purchase purchase = cutting->from->purchases[i];
        if (!is_wanted(cutting, purchase.account))
            continue;
        TRY(cycle_copy(cutting, purchase.cycle, &purchase.cycle));
        purchase.account -= cutting->first;
        void *list = to->purchases;
        enum status status = list_grow(&list, to->purchase_count, &to->purchase_cap, sizeof *to->purchases);
        to->purchases = list;
        TRY(status);
        to->purchases[to->purchase_count++] = purchase;
    }
    return STATUS_OK;
}

static enum status pending_copy(struct cutting *cutting) {
    const struct adjustments *from = &cutting->from->pending;
    struct adjustments *to = &cutting->to->pending;
    for (uint32_t i = 0; i < from->count; i++) {
        struct adjustment adjustment = from->list[i];
        if (!is_wanted(cutting, adjustment.account))
            continue;
        TRY(cycle_copy(cutting, adjustment.cycle, &adjustment.cycle));
        adjustment.account -= cutting->first;
        void *list = to->list;
        enum status status = list_grow(&list, to->count, &to->cap, sizeof *to->list);
        to->list = list;
        TRY(status);
        to->list[to->count++] = adjustment;
    }
    return STATUS_OK;
}

/* Bills that were closed while nobody took them. */
static enum status kept_copy(struct cutting *cutting) {
    struct engine *to = cutting->to;
    for (uint32_t i = 0; i < cutting->from->kept.bill_count; i++) {
        const struct bill *bill = &cutting->from->kept.bills[i];
        if (names_find(&to->account_names, bill->account) == NAMES_NONE)
            continue;
        void *list = to->kept.bills;
        enum status status = list_grow(&list, to->kept.bill_count, &to->kept_cap, sizeof *to->kept.bills);
        to->kept.bills = list;
        TRY(status);
        to->kept.bills[to->kept.bill_count++] = *bill;
    }
    return STATUS_OK;
}

static enum status part_fill(struct cutting *cutting) {
    const struct engine *from = cutting->from;
    struct engine *to = cutting->to;
    cutting->cycles = ARENA_ARRAY(&cutting->run, from->cycle_count + (size_t)1, uint32_t);
    if (!cutting->cycles)
        return STATUS_NO_MEMORY;
    memset(cutting->cycles, 0xff, from->cycle_count * sizeof *cutting->cycles);
    to->now_ns = from->now_ns;
    to->at_ns = from->at_ns;
    to->admitted_ns = from->admitted_ns;
    to->recorded_ns = from->recorded_ns;
    to->last_ns = from->last_ns;
    to->last_end_ns = from->last_end_ns;
    to->file = from->file;
    to->seq = from->seq;
    TRY(accounts_copy(cutting));
    TRY(cycles_copy(cutting));
    TRY(externals_copy(cutting));
    TRY(timelines_copy(cutting));
    TRY(purchases_copy(cutting));
    TRY(pending_copy(cutting));
    return kept_copy(cutting);
}

static enum status cut(struct cutting cutting, struct engine **ret_part) {
    TRY(engine_new_like(cutting.from, &cutting.to));
    enum status status = part_fill(&cutting);
    arena_free(&cutting.run);
    if (status != STATUS_OK) {
        engine_free(cutting.to);
        return status;
    }
    *ret_part = cutting.to;
    return STATUS_OK;
}

enum status engine_parts(const struct engine *engine, uint32_t first, uint32_t count, struct engine **ret_part) {
    return cut((struct cutting){.from = engine, .first = first, .count = count}, ret_part);
}

enum status engine_part_whole(const struct engine *engine, uint32_t first, uint32_t count, struct engine **ret_part) {
    return cut((struct cutting){.from = engine, .first = first, .count = count, .with_closed = true}, ret_part);
}

enum status engine_part(const struct engine *engine, uint32_t account, struct engine **ret_part) {
    return engine_parts(engine, account, 1, ret_part);
}
