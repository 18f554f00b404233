/* SPDX-License-Identifier: Apache-2.0
 *
 * Branch and bound, component by component: first how plans cover, then how many of each package. A branch is given up
 * when its bound is not below the best; a leaf that may be better is rated by the core. */
#include <stdlib.h>

#include "plan/cover.h"

#define EVALUATIONS 2000
#define DEPTH_MAX (PLAN_FAMILIES_MAX + PLAN_PACKAGES_MAX)

struct choice_node { /* what is decided down to here */
    struct decimal left[PLAN_ITEMS_MAX];
    struct decimal cost;    /* of what was bought */
    struct decimal reduced; /* at most so much less to pay, by packages for several items */
    uint64_t next, last;    /* moves: covers rise, counts of packages fall */
};
struct search {
    struct planner *planner;
    const struct demands *demands;
    int component;
    const struct family *families[PLAN_FAMILIES_MAX];
    struct covers covers[PLAN_FAMILIES_MAX];
    const struct package *packages[PLAN_PACKAGES_MAX];
    uint32_t family_count, package_count;
    uint64_t chosen[DEPTH_MAX];
    struct choice_node nodes[DEPTH_MAX + 1];
    struct decimal current; /* what the best plan so far costs within the component */
    struct decimal others;  /* and without it */
    struct plan fixed;      /* purchases for the other components */
    struct decimal open;    /* the lowest bound of a leaf that was not rated any more */
    bool is_cut;
    bool is_unpaid; /* the best plan so far leaves something of the component unpaid */
    uint64_t steps;
};

/* ---- bounds ---- */

static struct decimal lower(struct decimal a, struct decimal b) {
    return decimal_cmp(a, b) < 0 ? a : b;
}

/* What a quantity costs at least when packages from `from` on may be bought, by the share of one. */
static struct decimal least_from(const struct search *search, uint32_t from, uint32_t demand, struct decimal quantity) {
    struct decimal least = demand_least(&search->demands->list[demand], quantity), share;
    for (uint32_t i = from; i < search->package_count; i++) {
        const struct package *package = search->packages[i];
        if ((package->items >> demand & 1) == 0 || package->covers[demand].pico <= 0)
            continue;
        if (decimal_price(quantity, package->product->price, package->covers[demand], DECIMAL_SCALE, ROUND_DOWN,
                          &share) == STATUS_OK)
            least = lower(least, share);
    }
    return least;
}

static struct decimal least_of_all(void *context, uint32_t demand, struct decimal quantity) {
    return least_from(context, 0, demand, quantity);
}

static bool is_undecided(const struct search *search, uint32_t depth, uint32_t demand) {
    for (uint32_t i = depth; i < search->family_count; i++) {
        if ((search->families[i]->items >> demand & 1) != 0)
            return true;
    }
    return false;
}

/* Nothing below the node is cheaper than this. */
static struct decimal bound(const struct search *search, uint32_t depth) {
    const struct choice_node *node = &search->nodes[depth];
    uint32_t package = depth > search->family_count ? depth - search->family_count : 0;
    struct decimal rest = DECIMAL_ZERO;
    for (uint32_t i = 0; i < search->demands->count; i++) {
        if (search->demands->list[i].component == search->component && !is_undecided(search, depth, i))
            rest.pico += least_from(search, package, i, node->left[i]).pico;
    }
    for (uint32_t i = depth; i < search->family_count; i++)
        rest.pico += search->covers[i].list[0].bound.pico; /* they are in the order of their bounds */
    rest.pico -= node->reduced.pico;
    if (rest.pico < 0)
        rest = DECIMAL_ZERO;
    return (struct decimal){node->cost.pico + rest.pico};
}

/* ---- moves ---- */

static struct covering covering_of(const struct search *search, uint32_t family) {
    return (struct covering){search->demands, &search->planner->options, search->families[family], least_of_all,
                             (void *)(uintptr_t)search};
}

/* More pieces than pay for everything are never bought. */
static uint64_t pieces_most(const struct search *search, const struct choice_node *node,
                            const struct package *package) {
    wide pieces = 0;
    for (uint32_t i = 0; i < search->demands->count; i++) {
        if ((package->items >> i & 1) != 0 && package->covers[i].pico > 0)
            pieces += (node->left[i].pico + package->covers[i].pico - 1) / package->covers[i].pico;
    }
    return (uint64_t)pieces;
}

static void moves_begin(struct search *search, uint32_t depth) {
    struct choice_node *node = &search->nodes[depth];
    node->next = 0;
    node->last = depth < search->family_count
                     ? search->covers[depth].count - 1
                     : pieces_most(search, node, search->packages[depth - search->family_count]);
}

static enum status cover_move(struct search *search, uint32_t depth, uint64_t move) {
    struct choice_node *node = &search->nodes[depth + 1];
    struct decimal left[PLAN_ITEMS_MAX];
    struct covering covering = covering_of(search, depth);
    const struct cover *cover = &search->covers[depth].list[move];
    cover_left(&covering, cover, left);
    for (uint32_t i = 0; i < search->demands->count; i++) {
        if ((covering.family->items >> i & 1) != 0)
            node->left[i] = left[i];
    }
    return decimal_add(node->cost, cover->cost, &node->cost);
}

/* The most that one piece can save of what is paid as you go. */
static struct decimal worth(const struct search *search, const struct package *package) {
    struct decimal most = DECIMAL_ZERO;
    for (uint32_t i = 0; i < search->demands->count; i++) {
        const struct demand *demand = &search->demands->list[i];
        struct decimal amount = DECIMAL_ZERO;
        if ((package->items >> i & 1) != 0 && decimal_price(package->covers[i], demand->price, demand->per,
                                                            DECIMAL_SCALE, ROUND_UP, &amount) == STATUS_OK)
            most = decimal_cmp(amount, most) > 0 ? amount : most;
    }
    return most;
}

static enum status package_move(struct search *search, uint32_t depth, uint64_t pieces) {
    struct choice_node *node = &search->nodes[depth + 1];
    const struct package *package = search->packages[depth - search->family_count];
    struct decimal price, one = decimal_from_int(1), count = decimal_from_int((int64_t)pieces);
    TRY(decimal_price(count, package->product->price, one, DECIMAL_SCALE, ROUND_DOWN, &price));
    TRY(decimal_add(node->cost, price, &node->cost));
    bool is_single = (package->items & (package->items - 1)) == 0;
    for (uint32_t i = 0; i < search->demands->count && is_single; i++) {
        if ((package->items >> i & 1) == 0)
            continue;
        node->left[i].pico -= package->covers[i].pico * (wide)pieces;
        node->left[i] = node->left[i].pico < 0 ? DECIMAL_ZERO : node->left[i];
    }
    if (!is_single)
        node->reduced.pico += worth(search, package).pico * (wide)pieces;
    return STATUS_OK;
}

/* ---- leaves ---- */

static enum status plan_of_leaf(struct search *search, struct plan *plan) {
    struct arena *arena = &search->planner->arena;
    *plan = search->fixed;
    for (uint32_t i = 0; i < search->family_count; i++) {
        struct covering covering = covering_of(search, i);
        TRY(cover_purchases(&covering, &search->covers[i].list[search->chosen[i]], arena, plan));
    }
    for (uint32_t i = 0; i < search->package_count; i++) {
        uint64_t pieces = search->chosen[search->family_count + i];
        struct purchase purchase = {search->packages[i]->product, pieces, 1, search->demands->day_starts[0]};
        if (pieces > 0)
            TRY(plan_add(plan, purchase, arena));
    }
    return STATUS_OK;
}

static enum status leaf_rate(struct search *search, struct decimal least) {
    struct planner *planner = search->planner;
    uint32_t most = planner->options.evaluations_max ? planner->options.evaluations_max : EVALUATIONS;
    const struct plan_work *work = planner->options.work;
    struct plan plan;
    if (planner->evaluated >= most || (work != NULL && work->done >= work->soft)) {
        search->open = search->is_cut ? lower(search->open, least) : least;
        search->is_cut = true;
        return STATUS_OK;
    }
    TRY(plan_of_leaf(search, &plan));
    struct plan_question question = {planner->usage, planner->options.share, NULL, NULL, NULL, planner->options.work};
    enum status status = plan_price(&question, &plan, &planner->arena, &planner->refusal);
    planner->evaluated++;
    if (status == STATUS_CONFLICT)
        return STATUS_OK; /* not sold so */
    if (status != STATUS_OK)
        return status;
    bool is_paid_more = plan.unpaid < planner->best.unpaid;
    if (plan.unpaid > planner->best.unpaid ||
        (!is_paid_more && (search->is_unpaid || decimal_cmp(plan.cost, planner->best.cost) >= 0)))
        return STATUS_OK;
    search->is_unpaid = false;
    planner->best = plan;
    return decimal_sub(plan.cost, search->others, &search->current);
}

/* ---- the walk ---- */

/* A few steps take as long as an event that is rated. */
enum { STEPS_A_WORK = 8 };

static enum status step_count(struct search *search) {
    struct plan_work *work = search->planner->options.work;
    if (work == NULL || ++search->steps % STEPS_A_WORK != 0)
        return STATUS_OK;
    return ++work->done > work->most ? STATUS_BUSY : STATUS_OK;
}

/* Covers rise: where one of the last family's is too dear, so are those behind it. Then none is tried any more. */
static bool covers_are_over(struct search *search, uint32_t depth) {
    struct choice_node *node = &search->nodes[depth];
    if (depth + 1 != search->family_count)
        return false;
    const struct cover *list = search->covers[depth].list;
    wide least = bound(search, depth).pico - list[0].bound.pico + list[node->next].bound.pico;
    if (least < search->current.pico)
        return false;
    search->planner->bounded += node->last - node->next + 1;
    node->next = node->last + 1;
    return true;
}

static enum status step(struct search *search, uint32_t *depth, uint32_t depth_last) {
    struct choice_node *node = &search->nodes[*depth];
    TRY(step_count(search));
    if (*depth == depth_last) {
        struct decimal least = bound(search, *depth);
        *depth -= 1;
        return decimal_cmp(least, search->current) < 0 ? leaf_rate(search, least) : STATUS_OK;
    }
    if (covers_are_over(search, *depth))
        return STATUS_OK;
    bool is_cover = *depth < search->family_count;
    uint64_t move = is_cover ? node->next : node->last - node->next;
    node->next++;
    search->chosen[*depth] = move;
    search->nodes[*depth + 1] = *node;
    TRY(is_cover ? cover_move(search, *depth, move) : package_move(search, *depth, move));
    if (decimal_cmp(bound(search, *depth + 1), search->current) >= 0) {
        search->planner->bounded++;
        return STATUS_OK;
    }
    *depth += 1;
    if (*depth < depth_last)
        moves_begin(search, *depth);
    return STATUS_OK;
}

static enum status walk(struct search *search) {
    uint32_t depth = 0, depth_last = search->family_count + search->package_count;
    bool is_done = depth_last == 0;
    if (!is_done)
        moves_begin(search, 0);
    while (!is_done) {
        if (depth < depth_last && search->nodes[depth].next > search->nodes[depth].last) {
            is_done = depth == 0;
            depth -= is_done ? 0 : 1;
        } else {
            TRY(step(search, &depth, depth_last));
        }
    }
    return STATUS_OK;
}

/* ---- components ---- */

/* The cheapest per unit first: the first way down is a good one. */
static int by_price(const void *a, const void *b) {
    const struct package *const *one = a, *const *other = b;
    struct decimal units = decimal_from_int(1000000), x, y;
    if (decimal_price(units, (*one)->product->price, (*one)->product->units, DECIMAL_SCALE, ROUND_DOWN, &x) !=
            STATUS_OK ||
        decimal_price(units, (*other)->product->price, (*other)->product->units, DECIMAL_SCALE, ROUND_DOWN, &y) !=
            STATUS_OK)
        return 0;
    int order = decimal_cmp(x, y);
    return order != 0 ? order : slice_cmp((*one)->product->sku, (*other)->product->sku);
}

static enum status component_open(struct search *search, int component) {
    const struct demands *demands = search->demands;
    struct choice_node *root = &search->nodes[0];
    search->component = component;
    *root = (struct choice_node){0};
    search->current = DECIMAL_ZERO;
    for (uint32_t i = 0; i < demands->count; i++) {
        root->left[i] = demands->list[i].component == component ? demands->list[i].quantity : DECIMAL_ZERO;
        if (demands->list[i].component == component)
            TRY(decimal_add(search->current, demands->list[i].amount, &search->current));
        if (demands->list[i].component == component && demands->list[i].is_must)
            search->is_unpaid = true;
    }
    for (uint32_t i = 0; i < demands->package_count; i++) {
        if (demands->packages[i].component == component)
            search->packages[search->package_count++] = &demands->packages[i];
    }
    qsort(search->packages, search->package_count, sizeof *search->packages, by_price);
    for (uint32_t i = 0; i < demands->family_count; i++) {
        if (demands->families[i].component == component)
            search->families[search->family_count++] = &demands->families[i];
    }
    for (uint32_t i = 0; i < search->family_count; i++) {
        struct covering covering = covering_of(search, i);
        TRY(covers_find(&covering, &search->covers[i]));
    }
    TRY(decimal_sub(search->planner->best.cost, search->current, &search->others));
    if (search->is_unpaid)
        search->current = (struct decimal){DEMAND_NEVER};
    return STATUS_OK;
}

static enum status component_search(struct search *search, int component) {
    search->fixed = search->planner->best;
    enum status status = component_open(search, component);
    if (status == STATUS_OK)
        status = walk(search);
    for (uint32_t i = 0; i < PLAN_FAMILIES_MAX; i++)
        free(search->covers[i].list);
    return status;
}

static enum status search_all(struct planner *planner, const struct demands *demands, struct search *search) {
    struct decimal saving = DECIMAL_ZERO, most;
    for (int component = 0; component < demands->component_count; component++) {
        *search = (struct search){.planner = planner, .demands = demands};
        TRY(component_search(search, component));
        if (!search->is_cut || decimal_cmp(search->open, search->current) >= 0)
            continue;
        TRY(decimal_sub(search->current, search->open, &most));
        TRY(decimal_add(saving, most, &saving));
        planner->is_proved = false;
    }
    return decimal_sub(planner->best.cost, saving, &planner->bound);
}

enum status planner_run(struct planner *planner) {
    struct search *search = malloc(sizeof *search);
    struct demands *demands = malloc(sizeof *demands);
    enum status status = search && demands ? STATUS_OK : STATUS_NO_MEMORY;
    planner->is_proved = true;
    if (planner->options.share.all == 0)
        planner->options.share = (struct plan_share){100, 100};
    if (status == STATUS_OK) {
        status = demands_find(planner, demands);
        for (uint32_t i = 0; i < demands->family_count && status == STATUS_OK; i++) {
            const struct family *family = &demands->families[i];
            bool has_plan = family->month != NULL || family->day != NULL;
            planner->peak = has_plan && family->peak > planner->peak ? family->peak : planner->peak;
        }
        if (status == STATUS_OK)
            status = search_all(planner, demands, search);
        demands_free(demands);
    }
    free(demands);
    free(search);
    return status;
}

void planner_free(struct planner *planner) {
    arena_free(&planner->arena);
}
