/* SPDX-License-Identifier: Apache-2.0
 *
 * An answer walks the plan of its operation. Two tables count: calls by (account, quota) and second, tasks by (account,
 * quota). */
#include "admit/gate.h"

#include <stdlib.h>
#include <string.h>

#include "admit/plan_private.h"
#include "engine/standing.h"
#include "engine/view.h"

enum { WINDOWS_DEFAULT = 65536, LEASES_DEFAULT = 65536, PROBES_MAX = 64, NONE = UINT32_MAX };

const char *admit_reason_name(enum admit_reason reason) {
    static const char *const names[] = {
#define ADMIT_TEXT(name, text) [ADMIT_##name] = text,
        ADMIT_TABLE(ADMIT_TEXT)
#undef ADMIT_TEXT
    };
    return names[reason];
}

/* ---- plans ---- */

struct window {   /* calls of one account under one quota in one second */
    uint64_t key; /* 0: never used */
    int64_t second;
    uint64_t calls;
};

struct lease {
    uint64_t keys[QUOTAS_MAX]; /* 0: none */
    int64_t expires_ns;
    uint32_t serial; /* odd: running; tells a lease from one that had its place before */
    bool for_hold;
    uint32_t next; /* free list */
};

struct running { /* tasks of one account under one quota */
    uint64_t key;
    uint32_t count, for_holds; /* all; kept for holds to come */
};

struct gate {
    struct arena arena;
    const struct tariff_set *tariffs;
    struct plan **plans;  /* per tariff, per operation */
    uint32_t **followers; /* of gate_new_behind: per old tariff and product, the low bits of its key; 0: none */
    struct window *windows;
    uint64_t window_mask;
    uint32_t window_count; /* that was asked for */
    struct lease *leases;
    struct running *running;
    uint64_t running_mask;
    uint32_t lease_count, lease_running, lease_free;
    int64_t now_ns, soonest_ns; /* no lease expires before */
};

static uint64_t power_of_two(uint64_t least) {
    uint64_t size = 64;
    while (size < least)
        size *= 2;
    return size;
}

static enum status tables_make(struct gate *gate, const struct gate_size *size) {
    gate->window_count = size && size->windows ? size->windows : WINDOWS_DEFAULT;
    gate->lease_count = size && size->leases ? size->leases : LEASES_DEFAULT;
    gate->window_mask = power_of_two((uint64_t)gate->window_count * 2) - 1;
    gate->running_mask = power_of_two((uint64_t)gate->lease_count * QUOTAS_MAX) - 1;
    gate->windows = calloc(gate->window_mask + 1, sizeof *gate->windows);
    gate->running = calloc(gate->running_mask + 1, sizeof *gate->running);
    gate->leases = calloc(gate->lease_count, sizeof *gate->leases);
    if (!gate->windows || !gate->running || !gate->leases)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < gate->lease_count; i++)
        gate->leases[i].next = i + 1 < gate->lease_count ? i + 1 : NONE;
    return STATUS_OK;
}

enum status gate_new(const struct tariff_set *tariffs, const struct gate_size *size, struct gate **ret_gate) {
    struct gate *gate = calloc(1, sizeof *gate);
    if (!gate)
        return STATUS_NO_MEMORY;
    gate->tariffs = tariffs;
    gate->now_ns = INSTANT_MIN;
    gate->soonest_ns = INSTANT_MAX;
    gate->plans = ARENA_ARRAY(&gate->arena, tariffs->count + 1, struct plan *);
    enum status status = gate->plans ? tables_make(gate, size) : STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < tariffs->count && status == STATUS_OK; i++)
        status = plans_make(tariffs->list[i], &gate->arena, &gate->plans[i]);
    if (status != STATUS_OK) {
        gate_free(gate);
        return status;
    }
    *ret_gate = gate;
    return STATUS_OK;
}

void gate_free(struct gate *gate) {
    if (!gate)
        return;
    free(gate->windows);
    free(gate->running);
    free(gate->leases);
    arena_free(&gate->arena);
    free(gate);
}

/* ---- calls of a second ---- */

static int64_t second_of(int64_t at_ns) {
    return at_ns / NS_PER_SECOND - (at_ns % NS_PER_SECOND < 0);
}

/* Never 0. */
static uint64_t quota_key(uint32_t account, const struct tariff *tariff, uint32_t product) {
    return (uint64_t)account << 32 | (uint64_t)(tariff->index & 0xffff) << 16 | ((product + 1) & 0xffff);
}

static uint64_t place_of(uint64_t key) {
    key *= UINT64_C(0x9E3779B97F4A7C15);
    return (key ^ key >> 29) * UINT64_C(0xBF58476D1CE4E5B9) >> 17;
}

/* The window of a quota in this second; a place whose second is over is free: *ret_unused, NULL: the table is full. */
static struct window *window_look(const struct gate *gate, uint64_t key, int64_t second, struct window **ret_unused) {
    *ret_unused = NULL;
    for (uint64_t i = 0; i < PROBES_MAX; i++) {
        struct window *window = &gate->windows[(place_of(key) + i) & gate->window_mask];
        if (window->key == key && window->second == second)
            return window;
        if (!*ret_unused && (window->key == 0 || window->second != second))
            *ret_unused = window;
        if (window->key == 0)
            break;
    }
    return NULL;
}

static struct window *window_find(struct gate *gate, uint64_t key, int64_t second) {
    struct window *unused, *window = window_look(gate, key, second, &unused);
    if (!window && unused)
        *unused = (struct window){.key = key, .second = second};
    return window ? window : unused;
}

/* ---- tasks that run ---- */

static struct running *running_find(struct gate *gate, uint64_t key) {
    uint64_t place = place_of(key);
    while (gate->running[place & gate->running_mask].key != 0 && gate->running[place & gate->running_mask].key != key)
        place++;
    return &gate->running[place & gate->running_mask];
}

/* What comes behind moves up, so that no place is lost. */
static void running_remove(struct gate *gate, struct running *running) {
    uint64_t hole = (uint64_t)(running - gate->running);
    for (uint64_t at = hole + 1;; at++) {
        struct running *next = &gate->running[at & gate->running_mask];
        if (next->key == 0)
            break;
        uint64_t home = place_of(next->key);
        if (((at - home) & gate->running_mask) >= ((at - hole) & gate->running_mask)) {
            gate->running[hole & gate->running_mask] = *next;
            hole = at;
        }
    }
    gate->running[hole & gate->running_mask] = (struct running){0};
}

static void lease_free(struct gate *gate, uint32_t index) {
    struct lease *lease = &gate->leases[index];
    for (uint32_t i = 0; i < QUOTAS_MAX && lease->keys[i]; i++) {
        struct running *running = running_find(gate, lease->keys[i]);
        running->for_holds -= lease->for_hold;
        if (--running->count == 0)
            running_remove(gate, running);
    }
    memset(lease->keys, 0, sizeof lease->keys);
    lease->serial++;
    lease->next = gate->lease_free;
    gate->lease_free = index;
    gate->lease_running--;
}

static void leases_expire(struct gate *gate) {
    if (gate->now_ns < gate->soonest_ns)
        return;
    gate->soonest_ns = INSTANT_MAX;
    for (uint32_t i = 0; i < gate->lease_count; i++) {
        struct lease *lease = &gate->leases[i];
        if (lease->serial % 2 == 0)
            continue;
        if (lease->expires_ns <= gate->now_ns)
            lease_free(gate, i);
        else if (lease->expires_ns < gate->soonest_ns)
            gate->soonest_ns = lease->expires_ns;
    }
}

static uint64_t lease_take(struct gate *gate, const uint64_t *keys, uint32_t count,
                           const struct admit_question *question) {
    int64_t lease_ns = question->lease_ns;
    uint32_t index = gate->lease_free;
    struct lease *lease = &gate->leases[index];
    gate->lease_free = lease->next;
    gate->lease_running++;
    lease->serial++;
    lease->for_hold = question->for_hold;
    lease->expires_ns = lease_ns > INSTANT_MAX - gate->now_ns ? INSTANT_MAX : gate->now_ns + lease_ns;
    if (lease->expires_ns < gate->soonest_ns)
        gate->soonest_ns = lease->expires_ns;
    for (uint32_t i = 0; i < count; i++) {
        struct running *running = running_find(gate, keys[i]);
        running->key = lease->keys[i] = keys[i];
        running->count++;
        running->for_holds += lease->for_hold;
    }
    return (uint64_t)lease->serial << 32 | (index + 1);
}

static void clock_set(struct gate *gate, int64_t now_ns) {
    if (now_ns > gate->now_ns)
        gate->now_ns = now_ns;
    leases_expire(gate);
}

bool gate_end(struct gate *gate, uint64_t lease, int64_t now_ns) {
    uint32_t index = (uint32_t)lease - 1;
    clock_set(gate, now_ns);
    if (index >= gate->lease_count || gate->leases[index].serial != lease >> 32 || gate->leases[index].serial % 2 == 0)
        return false;
    lease_free(gate, index);
    return true;
}

uint32_t gate_lease_count(struct gate *gate, int64_t now_ns) {
    clock_set(gate, now_ns);
    return gate->lease_running;
}

/* ---- other tariffs ---- */

/* The product that counts for the family: plans name the first one. */
static uint32_t follower_of(const struct tariff_set *tariffs, const struct tariff *old, const struct product *product) {
    const struct tariff *tariff = tariff_find(tariffs, old->name);
    for (uint32_t i = 0; tariff && i < tariff->product_count; i++)
        if (tariff->products[i].kind == product->kind && slice_eq(tariff->products[i].family, product->family))
            return (uint32_t)quota_key(0, tariff, i);
    return 0;
}

enum status gate_new_behind(const struct gate *before, const struct tariff_set *tariffs, struct gate **ret_gate) {
    struct gate_size size = {.windows = before->window_count, .leases = before->lease_count};
    struct gate *gate;
    TRY(gate_new(tariffs, &size, &gate));
    uint32_t count = before->tariffs->count;
    gate->followers = ARENA_ARRAY(&gate->arena, count + 1, uint32_t *);
    for (uint32_t i = 0; gate->followers && i < count; i++) {
        const struct tariff *old = before->tariffs->list[i];
        gate->followers[i] = ARENA_ARRAY(&gate->arena, old->product_count + 1, uint32_t);
        for (uint32_t k = 0; gate->followers[i] && k < old->product_count; k++)
            gate->followers[i][k] = follower_of(tariffs, old, &old->products[k]);
    }
    for (uint32_t i = 0; i < count; i++)
        if (!gate->followers || !gate->followers[i]) {
            gate_free(gate);
            return STATUS_NO_MEMORY;
        }
    *ret_gate = gate;
    return STATUS_OK;
}

/* 0: the quota is not there any more. */
static uint64_t key_follow(const struct gate *gate, uint64_t key) {
    uint32_t low = gate->followers[key >> 16 & 0xffff][(key & 0xffff) - 1];
    return low ? (key >> 32 << 32 | low) : 0;
}

static void lease_follow(struct gate *gate, struct lease *lease) {
    uint64_t keys[QUOTAS_MAX] = {0};
    uint32_t count = 0;
    for (uint32_t i = 0; i < QUOTAS_MAX && lease->keys[i]; i++) {
        uint64_t key = key_follow(gate, lease->keys[i]);
        if (!key)
            continue;
        struct running *running = running_find(gate, key);
        running->key = keys[count++] = key;
        running->count++;
        running->for_holds += lease->for_hold;
    }
    memcpy(lease->keys, keys, sizeof keys);
}

void gate_follow(struct gate *gate, const struct gate *before) {
    gate->now_ns = before->now_ns;
    gate->soonest_ns = before->soonest_ns;
    gate->lease_free = before->lease_free;
    gate->lease_running = before->lease_running;
    memcpy(gate->leases, before->leases, gate->lease_count * sizeof *gate->leases);
    for (uint32_t i = 0; i < gate->lease_count; i++)
        if (gate->leases[i].serial % 2 == 1)
            lease_follow(gate, &gate->leases[i]);
    int64_t second = second_of(gate->now_ns);
    for (uint64_t i = 0; i <= before->window_mask; i++) {
        const struct window *old = &before->windows[i];
        uint64_t key = old->key && old->second == second ? key_follow(gate, old->key) : 0;
        struct window *window = key ? window_find(gate, key, second) : NULL;
        if (window)
            window->calls += old->calls;
    }
}

/* ---- the question ---- */

struct asking {
    struct gate *gate;
    const struct engine *engine;
    const struct admit_question *question;
    const struct plan *plan;
    uint32_t account;
    struct admit_answer *answer;
    struct window *windows[QUOTAS_MAX];
    uint64_t task_keys[QUOTAS_MAX];
    uint32_t task_count; /* slots to be taken */
};

static uint32_t calls_of(const struct admit_question *question) {
    return question->calls ? question->calls : 1;
}

static void quota_note(struct admit_quota *quota, const struct product *product, uint64_t limit, uint64_t remaining) {
    if (!quota->has_limit || remaining < quota->remaining)
        *quota = (struct admit_quota){true, limit, remaining, product};
}

static uint64_t tasks_now(struct gate *gate, const struct engine *engine, const struct gate_quota *at, uint64_t key) {
    return running_find(gate, key)->count + (uint64_t)engine_slots_held(engine, at->account, at->tariff, at->product);
}

/* By leases. */
static bool runs_none(struct gate *gate, uint64_t key) {
    const struct running *running = running_find(gate, key);
    return running->count == running->for_holds;
}

/* False: refused, and the answer says so. */
static bool ask_tasks(struct asking *asking) {
    const struct admit_question *question = asking->question;
    struct gate *gate = asking->gate;
    for (uint32_t i = 0; i < asking->plan->task_count; i++) {
        uint32_t index = asking->plan->tasks[i];
        const struct product *product = &question->tariff->products[index];
        uint64_t limit, key = quota_key(asking->account, question->tariff, index);
        if (!engine_limit(asking->engine, asking->account, question->tariff, product, gate->now_ns, &limit))
            continue;
        struct gate_quota quota = {.account = asking->account, .tariff = question->tariff, .product = index};
        uint64_t taken = tasks_now(gate, asking->engine, &quota, key);
        bool is_full = taken >= limit && !(question->for_hold && runs_none(gate, key));
        bool takes = question->lease_ns > 0 && !is_full;
        quota_note(&asking->answer->tasks, product, limit, taken + takes < limit ? limit - taken - takes : 0);
        asking->task_keys[asking->task_count] = key;
        asking->task_count += takes;
        if (is_full) {
            asking->answer->reason = ADMIT_CONCURRENCY;
            asking->answer->text = limit ? "all tasks at once are taken; wait until one ends, or order more"
                                         : "no concurrency quota is valid; order one or switch the billing mode";
            return false;
        }
    }
    if (asking->task_count && gate->lease_free == NONE) {
        asking->answer->reason = ADMIT_BUSY;
        return false;
    }
    return true;
}

static bool ask_rates(struct asking *asking) {
    const struct admit_question *question = asking->question;
    struct gate *gate = asking->gate;
    int64_t second = second_of(gate->now_ns);
    asking->answer->reset_ns = (second + 1) * NS_PER_SECOND;
    for (uint32_t i = 0; i < asking->plan->rate_count; i++) {
        uint32_t index = asking->plan->rates[i];
        const struct product *product = &question->tariff->products[index];
        uint64_t limit;
        if (!engine_limit(asking->engine, asking->account, question->tariff, product, gate->now_ns, &limit))
            continue;
        struct window *window = window_find(gate, quota_key(asking->account, question->tariff, index), second);
        if (!window) {
            asking->answer->reason = ADMIT_BUSY;
            return false;
        }
        bool is_over = window->calls + calls_of(question) > limit;
        uint64_t used = window->calls + (is_over ? 0 : calls_of(question));
        quota_note(&asking->answer->rate, product, limit, used < limit ? limit - used : 0);
        asking->windows[i] = window;
        if (is_over) {
            asking->answer->reason = ADMIT_QPS;
            asking->answer->text = limit ? "the calls of this second are used up; try again in the next one"
                                         : "no calls are allowed without a plan; order one";
            return false;
        }
    }
    return true;
}

/* Whether every item that is charged for sure has something to pay for it; of others, one is enough. */
static enum status ask_funds(struct asking *asking, const struct standing *standing, bool *ret_unpriced,
                             bool *ret_unfunded) {
    const struct admit_question *question = asking->question;
    const struct plan *plan = asking->plan;
    bool any = plan->item_count == 0, is_first = true;
    *ret_unpriced = *ret_unfunded = false;
    for (uint32_t i = 0; i < plan->item_count; i++) {
        struct payer payer;
        TRY(engine_payer(asking->engine, asking->account, question->tariff, plan->items[i], standing, &payer));
        bool is_sure = i < plan->sure_count;
        any = any || payer.is_found;
        *ret_unpriced = *ret_unpriced || (is_sure && payer.is_unpriced);
        *ret_unfunded = *ret_unfunded || (is_sure && !payer.is_found && !payer.is_unpriced);
        if (!payer.is_found && !asking->answer->text)
            asking->answer->text = payer.refusal;
        if (payer.is_found && is_first) {
            asking->answer->pays = payer.funding;
            asking->answer->order_id = payer.order_id;
            asking->answer->has_units = payer.has_units;
            asking->answer->units = payer.units;
            is_first = false;
        }
    }
    if (!any && !*ret_unpriced && !*ret_unfunded) {
        *ret_unfunded = asking->answer->text != NULL;
        *ret_unpriced = !*ret_unfunded;
    }
    return STATUS_OK;
}

static void count(struct asking *asking) {
    const struct admit_question *question = asking->question;
    if (question->is_rehearsal)
        return;
    for (uint32_t i = 0; i < asking->plan->rate_count; i++)
        if (asking->windows[i])
            asking->windows[i]->calls += calls_of(question);
    if (asking->task_count)
        asking->answer->lease = lease_take(asking->gate, asking->task_keys, asking->task_count, question);
}

static enum status ask(struct asking *asking, enum admit_reason *ret_reason) {
    const struct admit_question *question = asking->question;
    struct standing standing;
    bool is_unpriced, is_unfunded;
    TRY(engine_standing(asking->engine, asking->account, question->tariff, asking->gate->now_ns, &standing));
    TRY(ask_funds(asking, &standing, &is_unpriced, &is_unfunded));
    const char *why = asking->answer->text;
    asking->answer->text = NULL;
    *ret_reason = standing.is_suspended          ? ADMIT_SUSPENDED
                  : standing.owes && is_unfunded ? ADMIT_OVERDUE
                  : standing.is_inactive         ? ADMIT_INACTIVE
                  : is_unpriced                  ? ADMIT_UNPRICED
                                                 : ADMIT_ALLOWED;
    if (*ret_reason != ADMIT_ALLOWED) {
        asking->answer->text = *ret_reason == ADMIT_INACTIVE ? "activate the product for this account first" : why;
        return STATUS_OK;
    }
    if (!ask_tasks(asking) || !ask_rates(asking)) {
        *ret_reason = asking->answer->reason;
        return STATUS_OK;
    }
    if (is_unfunded) {
        *ret_reason = ADMIT_FUNDS;
        asking->answer->text = why;
    }
    return STATUS_OK;
}

/* A contract may put another tariff in the place of the one that is asked for. False: that has no such operation. */
static bool question_settle(const struct engine *engine, uint32_t account, struct admit_question *question) {
    const struct tariff *use = engine_tariff_at(engine, account, question->tariff, question->now_ns);
    if (use == question->tariff)
        return true;
    question->tariff = use;
    question->operation = tariff_operation(use, question->operation->name);
    return question->operation != NULL;
}

enum status gate_admit(struct gate *gate, const struct engine *engine, const struct admit_question *question,
                       struct admit_answer *ret_answer) {
    struct admit_question settled = *question;
    struct admit_answer answer = {.reason = ADMIT_NO_ACCOUNT, .pays = FUNDING_PAYG};
    struct asking asking = {.gate = gate, .engine = engine, .question = &settled, .answer = &answer};
    clock_set(gate, question->now_ns);
    bool is_known = engine_account_find(engine, question->account, &asking.account);
    if (is_known && !question_settle(engine, asking.account, &settled)) {
        answer.reason = ADMIT_UNPRICED;
    } else if (is_known) {
        asking.plan = &gate->plans[settled.tariff->index][settled.operation - settled.tariff->operations];
        if (settled.for_hold)
            answer.reason = ask_tasks(&asking) ? ADMIT_ALLOWED : answer.reason;
        else
            TRY(ask(&asking, &answer.reason));
        if (answer.reason == ADMIT_ALLOWED)
            count(&asking);
    }
    *ret_answer = answer;
    return STATUS_OK;
}

static bool is_counted(const struct gate *gate, const struct tariff *tariff, uint32_t product) {
    const struct plan *plan = gate->plans[tariff->index];
    for (const struct plan *end = plan + tariff->operation_count; plan < end; plan++)
        for (uint32_t k = 0; k < QUOTAS_MAX; k++)
            if ((k < plan->rate_count && plan->rates[k] == product) ||
                (k < plan->task_count && plan->tasks[k] == product))
                return true;
    return false;
}

bool gate_look(struct gate *gate, const struct engine *engine, const struct gate_quota *quota,
               struct gate_use *ret_use) {
    const struct product *product = &quota->tariff->products[quota->product];
    uint64_t limit, key = quota_key(quota->account, quota->tariff, quota->product);
    clock_set(gate, quota->now_ns);
    if (!is_counted(gate, quota->tariff, quota->product) ||
        !engine_limit(engine, quota->account, quota->tariff, product, gate->now_ns, &limit))
        return false;
    struct window *unused, *window = window_look(gate, key, second_of(gate->now_ns), &unused);
    uint64_t calls = window ? window->calls : 0;
    *ret_use = (struct gate_use){limit, product->kind == PRODUCT_QPS ? calls : tasks_now(gate, engine, quota, key)};
    return true;
}
