/* SPDX-License-Identifier: Apache-2.0
 *
 * tests/data/mini.yaml uses every construct; here is what the engine must find in it. */
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tariff/tariff.h"

struct world {
    struct tariff_set set;
    struct diags diags;
    const struct tariff *mini;
};

static void check_decimal(struct decimal got, const char *want) {
    char text[DECIMAL_TEXT_MAX];
    decimal_format(got, text);
    CHECK_TEXT(slice_of(text), want);
}

static int64_t instant(const char *text) {
    int64_t at_ns = 0;
    CHECK_OK(instant_parse(slice_of(text), &at_ns, NULL));
    return at_ns;
}

static void load(struct world *world, const char *path) {
    CHECK_OK(tariff_set_load(path, NULL, &world->set, &world->diags));
    CHECK_UINT(world->diags.count, 0);
}

static int open_world(void **state) {
    struct world *world = calloc(1, sizeof *world);
    load(world, "tests/data/mini.yaml");
    world->mini = tariff_find(&world->set, SLICE("mini"));
    *state = world;
    return world->mini == NULL;
}

static int close_world(void **state) {
    struct world *world = *state;
    tariff_set_free(&world->set);
    diags_free(&world->diags);
    free(world);
    return 0;
}

static const struct item *item(const struct tariff *tariff, const char *name) {
    const struct item *found = tariff_item(tariff, slice_of(name));
    CHECK(found != NULL);
    return found;
}

static const struct product *product(const struct tariff *tariff, const char *sku) {
    const struct product *found = tariff_product(tariff, slice_of(sku));
    CHECK(found != NULL);
    return found;
}

static const struct operation *operation(const struct tariff *tariff, const char *name) {
    const struct operation *found = tariff_operation(tariff, slice_of(name));
    CHECK(found != NULL);
    return found;
}

static const struct rate *cell(const struct tariff *tariff, const struct price_version *version, uint32_t index) {
    CHECK(version->cells[index] != INDEX_NONE);
    return &tariff->rates[version->cells[index]];
}

static void the_head_is_read(void **state) {
    const struct tariff *mini = ((struct world *)*state)->mini;
    CHECK_TEXT(mini->title, "A small price book");
    CHECK_TEXT(slice_of(mini->currency->code), "USD");
    CHECK_TEXT(slice_of(zone_name(mini->zone)), "Asia/Shanghai");
    CHECK_INT(mini->cycle, CYCLE_MONTH);
    CHECK(mini->owner_submitted && !mini->postpaid_default && mini->has_settlement);
    CHECK_INT(mini->settlement_first_day, 3);
    CHECK_INT(mini->settlement_last_day, 5);
    CHECK(mini->settlement_freezes && mini->overdue.is_set && mini->overdue.has_grace && mini->overdue.needs_release);
    CHECK_INT(mini->overdue.grace.count, 24);
    CHECK_INT(mini->overdue.grace.unit, UNIT_HOUR);
    for (enum funding funding = 0; funding < FUNDING_COUNT; funding++)
        CHECK_INT(mini->overdue.pauses[funding], funding == FUNDING_QPS || funding == FUNDING_SINGLE);
    CHECK_INT(mini->bill_scale, 2);
    CHECK_INT(mini->bill_rounding, ROUND_DOWN);
    CHECK_INT(mini->line_scale, 10);
    CHECK_INT(mini->line_rounding, ROUND_HALF_EVEN);
    CHECK_UINT(mini->funding_count, 5);
    CHECK_INT(mini->funding[2], FUNDING_SINGLE);
    CHECK_UINT(mini->source_count, 2);
    CHECK_TEXT(mini->region_class->name, "region");
    CHECK_INT(mini->defaults[ATTR_STATUS].kind, VALUE_NUMBER);
    CHECK_TEXT(mini->defaults[ATTR_OUTCOME].text, "succeeded");
}

static void plain_prices_are_one_cell(void **state) {
    const struct tariff *mini = ((struct world *)*state)->mini;
    static const struct {
        const char *row, *item, *price;
        enum price_mode mode;
        bool is_simple;
    } rows[] = {
        {"a number", "plain", "0.06", PRICE_FLAT, true},
        {"all digits are kept", "audio", "0.0000141509", PRICE_FLAT, true},
        {"free for now", "gift", "0", PRICE_FREE, false},
        {"published elsewhere", "secret", "0", PRICE_UNPUBLISHED, false},
    };
    FOR_ROWS(row, rows) {
        const struct item *found = item(mini, row->item);
        CHECK_UINT(found->version_count, 1);
        CHECK_UINT(found->versions[0].by_count, 0);
        const struct rate *rate = cell(mini, &found->versions[0], 0);
        CHECK_INT(rate->mode, row->mode);
        check_decimal(rate->price, row->price);
        check_decimal(rate->per, "1");
        CHECK_UINT(rate->region, INDEX_NONE);
        CHECK(found->is_simple == row->is_simple);
    }
    CHECK_TEXT(item(mini, "storage-requests")->billed_by, "object storage");
    CHECK(tariff_item(mini, SLICE("text-tokens")) == tariff_item(mini, SLICE("tokens")));
    CHECK(tariff_item(mini, SLICE("nothing")) == NULL);
}

static void tables_are_row_major(void **state) {
    const struct tariff *mini = ((struct world *)*state)->mini;
    const struct item *tokens = item(mini, "tokens"), *convert = item(mini, "convert");
    const struct rate *south = cell(mini, &tokens->versions[0], 1);
    CHECK_UINT(south->region, 1);
    CHECK_TEXT(south->label, "");
    CHECK_TEXT(south->origin.source, "page/text");
    check_decimal(south->price, "0.025");
    check_decimal(south->per, "1000");
    check_decimal(tokens->round.minimum, "1000");
    CHECK(tokens->round.is_set && tokens->round.scope == SCOPE_EVENT && tokens->round.mode == ROUND_UP);
    const struct price_version *version = &convert->versions[0];
    CHECK_UINT(version->by_count, 2);
    check_decimal(cell(mini, version, 1)->price, "8");
    CHECK_TEXT(cell(mini, version, 1)->label, "SD / fps60");
    CHECK_UINT(version->cells[2], INDEX_NONE);
    CHECK_INT(cell(mini, version, 5)->mode, PRICE_FREE);
    CHECK_TEXT(cell(mini, version, 5)->label, "HD / fps120");
    CHECK_INT(convert->round.scope, SCOPE_STREAM);
}

static void versions_are_half_open(void **state) {
    const struct tariff *mini = ((struct world *)*state)->mini;
    const struct item *detect = item(mini, "detect"), *young = item(mini, "young");
    static const struct {
        const char *row, *at, *item;
        uint32_t version;
    } rows[] = {
        {"the instant before the change", "2025-07-28T10:59:59.999999999+08:00", "detect", 0},
        {"the change itself", "2025-07-28T11:00:00+08:00", "detect", 1},
        {"free until then", "2025-12-31T23:59:59Z", "young", 0},
        {"no longer free", "2026-01-01T00:00:00Z", "young", 1},
    };
    FOR_ROWS(row, rows) {
        const struct item *found = item(mini, row->item);
        CHECK(item_version(found, instant(row->at)) == &found->versions[row->version]);
    }
    CHECK_UINT(detect->variant_count, 3);
    CHECK_TEXT(detect->variants[2], "cars");
    CHECK_UINT(detect->versions[0].cells[2], INDEX_NONE);
    CHECK_INT(cell(mini, &detect->versions[0], 1)->mode, PRICE_FREE);
    CHECK_INT(cell(mini, &detect->versions[1], 2)->mode, PRICE_UNPUBLISHED);
    CHECK_UINT(cell(mini, &detect->versions[1], 2)->version, 1);
    CHECK_TEXT(cell(mini, &detect->versions[0], 0)->origin.source, "notice");
    CHECK_INT(cell(mini, &young->versions[0], 0)->mode, PRICE_FREE);
    check_decimal(cell(mini, &young->versions[1], 0)->price, "5");
}

static void tiers_keep_border_and_basis(void **state) {
    const struct tariff *mini = ((struct world *)*state)->mini;
    const struct item *slices = item(mini, "slices"), *cliff = item(mini, "cliff");
    const struct rate *graduated = cell(mini, &slices->versions[0], 0);
    CHECK_INT(graduated->mode, PRICE_GRADUATED);
    CHECK(graduated->gross_basis && !graduated->upper_inclusive);
    CHECK_UINT(graduated->tier_count, 2);
    check_decimal(graduated->tiers[0].up_to, "10000");
    CHECK(!graduated->tiers[0].is_last && graduated->tiers[1].is_last);
    check_decimal(graduated->tiers[1].price, "0.1");
    check_decimal(slices->free_quota, "100");
    CHECK_INT(slices->free_every, EVERY_MONTH);
    const struct rate *volume = cell(mini, &cliff->versions[0], 0);
    CHECK_INT(volume->mode, PRICE_VOLUME);
    CHECK(!volume->gross_basis && volume->upper_inclusive);
    CHECK_INT(cell(mini, &cliff->versions[0], 1)->mode, PRICE_UNPUBLISHED);
}

static void operations_name_their_items(void **state) {
    const struct tariff *mini = ((struct world *)*state)->mini;
    const struct operation *search = operation(mini, "Search"), *convert = operation(mini, "Convert");
    CHECK_UINT(search->use_count, 2);
    CHECK(search->uses[0].when == NULL && search->uses[1].when != NULL);
    CHECK(&mini->items[search->uses[1].item] == item(mini, "tokens"));
    CHECK(operation(mini, "DetectFace") == operation(mini, "DetectFaces"));
    CHECK_TEXT(operation(mini, "DetectFaces")->uses[0].as, "faces");
    CHECK(convert->each_stream && convert->needs_one);
    const struct use *chosen = &convert->uses[1];
    CHECK_UINT(chosen->by_count, 2);
    CHECK(&mini->items[chosen->items[1]] == item(mini, "convert"));
    CHECK_UINT(chosen->items[2], INDEX_NONE);
    CHECK(operation(mini, "Twice")->uses[0].quantity != NULL);
    CHECK_UINT(operation(mini, "Describe")->use_count, 0);
    CHECK_UINT(operation(mini, "Elsewhere")->use_count, 0);
    CHECK(tariff_operation(mini, SLICE("describe")) == NULL);
}

static void runs_are_expanded(void **state) {
    const struct tariff *mini = ((struct world *)*state)->mini;
    const struct operation *all = operation(mini, "template/All");
    static const char *const items[] = {"gift", "detect", "plain"};
    CHECK_UINT(all->use_count, 3);
    for (uint32_t i = 0; i < 3; i++)
        CHECK(&mini->items[all->uses[i].item] == item(mini, items[i]));
    CHECK_TEXT(all->uses[1].as, "faces");
}

static void intervals_are_compiled(void **state) {
    const struct item *live = item(((struct world *)*state)->mini, "live");
    const struct interval_rule *rule = &live->interval;
    CHECK(live->is_interval && !live->is_simple);
    CHECK(rule->key != NULL && rule->length != NULL && rule->segment != NULL && rule->initial != NULL);
    CHECK(rule->from != NULL && rule->to != NULL && rule->ahead != NULL);
    CHECK_INT(formula_kind(rule->key), VALUE_TEXT);
}

static void packages_have_a_product_per_size(void **state) {
    const struct tariff *mini = ((struct world *)*state)->mini;
    const struct product *points = product(mini, "points-5000");
    CHECK_INT(points->kind, PRODUCT_PACKAGE);
    CHECK_INT(points->funding, FUNDING_SINGLE);
    CHECK(points->is_published);
    check_decimal(points->price, "50");
    check_decimal(points->units, "5000");
    CHECK_UINT(points->scope_count, 3); /* the one without a factor is left out */
    check_decimal(points->scope[0].factor, "0.2");
    check_decimal(points->scope[1].per, "60");
    CHECK_INT(points->units_scale, 180); /* of 60 and 45 */
    CHECK_UINT(points->alert_count, 2);
    check_decimal(points->alerts[0], "0.2");
    check_decimal(points->ceiling, "10");
    CHECK(!points->refund.is_allowed);
    CHECK_INT(points->validity.unit, UNIT_YEAR);
    CHECK(!product(mini, "points-10000")->is_published);
    CHECK(tariff_product(mini, SLICE("wholesale-100")) == NULL);
}

static void other_products_have_their_skus(void **state) {
    const struct tariff *mini = ((struct world *)*state)->mini;
    const struct product *day = product(mini, "face-qps-day"), *month = product(mini, "face-qps-month");
    CHECK_INT(day->mode, PRICE_GRADUATED);
    CHECK_UINT(day->tier_count, 2);
    CHECK(day->upper_inclusive && day->upgrade_allowed && day->downgrade_allowed);
    check_decimal(day->default_limit, "2");
    check_decimal(day->ceiling, "50");
    CHECK_INT(day->validity.unit, UNIT_DAY);
    CHECK(!month->is_published && month->validity.unit == UNIT_MONTH);
    CHECK(day->refund.is_allowed && day->refund.if_unused);
    const struct product *sdk = product(mini, "sdk");
    CHECK_INT(sdk->kind, PRODUCT_LICENCE);
    CHECK_UINT(sdk->terminal_count, 2);
    CHECK_INT(sdk->activate_within.unit, UNIT_MONTH);
    const struct product *welcome = product(mini, "welcome");
    CHECK(welcome->on_activation && !welcome->is_published);
    CHECK_INT(welcome->funding, FUNDING_FREE);
}

static void overlays_change_only_what_they_say(void **state) {
    (void)state;
    struct world world = {0};
    load(&world, "tests/data/mini-concurrency.yaml");
    const struct tariff *tariff = tariff_find(&world.set, SLICE("mini-concurrency"));
    CHECK(tariff != NULL && tariff_find(&world.set, SLICE("mini")) == NULL);
    CHECK_UINT(world.set.count, 1);
    CHECK_INT(tariff->funding[1], FUNDING_CONCURRENCY);
    CHECK_INT(cell(tariff, &item(tariff, "plain")->versions[0], 0)->mode, PRICE_GRADUATED);
    CHECK_UINT(item(tariff, "storage-requests")->billed_by.len, 0);
    const struct product *points = product(tariff, "points-5000"), *render = product(tariff, "render-concurrency");
    CHECK_UINT(points->scope_count, 4);
    check_decimal(points->scope[3].factor, "0.75");
    check_decimal(product(tariff, "wholesale-100")->price, "9");
    CHECK_INT(render->funding, FUNDING_CONCURRENCY);
    CHECK_INT(render->validity.unit, UNIT_MONTH);
    CHECK(node_get(tariff->root, "examples") == NULL);
    tariff_set_free(&world.set);
    diags_free(&world.diags);
}

/* ---- sets ---- */

static void write_file(const char *folder, const char *name, const char *text) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    CHECK(file != NULL && fputs(text, file) >= 0);
    fclose(file);
}

static void remove_folder(const char *folder, const char *const *names) {
    char path[256];
    for (; *names != NULL; names++) {
        snprintf(path, sizeof path, "%s/%s", folder, *names);
        CHECK_INT(unlink(path), 0);
    }
    CHECK_INT(rmdir(folder), 0);
}

#define HEAD "currency: USD\nzone: UTC\ncycle: month\n"

static void an_overlay_may_keep_the_name(void **state) {
    (void)state;
    char folder[] = "/tmp/tariff-set-XXXXXX";
    CHECK(mkdtemp(folder) != NULL);
    write_file(folder, "a-overlay.yaml", "tariff: book\nextends: book\noverride: {items: {i: {price: 2}}}\n");
    write_file(folder, "book.yaml", "tariff: book\n" HEAD "items: {i: {unit: call, price: 1}}\n");
    write_file(folder, "z-overlay.yaml", "tariff: other\nextends: book\noverride: {items: {i: {price: 3}}}\n");
    struct world world = {0};
    load(&world, folder);
    CHECK_UINT(world.set.count, 2);
    const struct tariff *book = tariff_find(&world.set, SLICE("book"));
    check_decimal(cell(book, &item(book, "i")->versions[0], 0)->price, "2");
    CHECK(world.set.list[book->index] == book);
    tariff_set_free(&world.set);
    diags_free(&world.diags);
    remove_folder(folder, (const char *const[]){"a-overlay.yaml", "book.yaml", "z-overlay.yaml", NULL});
}

static void one_bad_tariff_leaves_the_others(void **state) {
    (void)state;
    char folder[] = "/tmp/tariff-set-XXXXXX";
    CHECK(mkdtemp(folder) != NULL);
    write_file(folder, "bad.yaml", "tariff: bad\n" HEAD "items: {i: {unit: call}}\n");
    write_file(folder, "book.yaml", "tariff: book\n" HEAD "items: {i: {unit: call, price: 1}}\n");
    write_file(folder, "copy.yaml", "tariff: book\n" HEAD "items: {i: {unit: call, price: 1}}\n");
    write_file(folder, "part.yaml", "items: {j: {unit: call, price: 1}}\n");
    struct tariff_set set = {0};
    struct diags diags = {0};
    CHECK_STATUS(tariff_set_load(folder, NULL, &set, &diags), STATUS_INVALID);
    CHECK_UINT(set.count, 1);
    CHECK_UINT(diags.error_count, 2); /* bad's missing price, copy's name; and a warning: nobody includes part */
    CHECK_UINT(diags.count, 4);
    CHECK_STATUS(tariff_set_add(&set, "tests/data/mini.yaml", NULL, &diags), STATUS_OK);
    CHECK_UINT(set.count, 2);
    CHECK_TEXT(set.list[1]->name, "mini");
    tariff_set_free(&set);
    diags_free(&diags);
    remove_folder(folder, (const char *const[]){"bad.yaml", "book.yaml", "copy.yaml", "part.yaml", NULL});
}

static void unreadable_paths_are_told(void **state) {
    (void)state;
    char path[] = "/tmp/tariff-big-XXXXXX";
    int fd = mkstemp(path);
    CHECK(fd >= 0);
    CHECK_INT(ftruncate(fd, (16 << 20) + 1), 0);
    close(fd);
    const struct {
        const char *row, *path;
        enum status want;
    } rows[] = {
        {"a path that does not exist", "/nowhere/at/all", STATUS_IO},
        {"a device is no tariff", "/dev/null", STATUS_INVALID},
        {"more than 16 MiB", path, STATUS_INVALID},
    };
    FOR_ROWS(row, rows) {
        struct tariff_set set = {0};
        struct diags diags = {0};
        CHECK_STATUS(tariff_set_load(row->path, NULL, &set, &diags), row->want);
        CHECK_UINT(diags.error_count, 1);
        tariff_set_free(&set);
        diags_free(&diags);
    }
    unlink(path);
}

static void a_text_is_loaded_without_a_file(void **state) {
    (void)state;
    struct tariff_set set = {0};
    struct diags diags = {0};
    struct slice text = SLICE("tariff: book\n" HEAD "items: {i: {unit: call, price: 1}}\n");
    CHECK_OK(tariff_set_add_text(&set, SLICE("inline"), text, &diags));
    CHECK(tariff_find(&set, SLICE("book")) != NULL);
    struct slice including = SLICE("tariff: two\ninclude: [/etc/passwd]\n" HEAD);
    CHECK_STATUS(tariff_set_add_text(&set, SLICE("inline"), including, &diags), STATUS_INVALID);
    CHECK_UINT(diags.count, 1);
    tariff_set_free(&set);
    diags_free(&diags);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_head_is_read, open_world, close_world),
        cmocka_unit_test_setup_teardown(plain_prices_are_one_cell, open_world, close_world),
        cmocka_unit_test_setup_teardown(tables_are_row_major, open_world, close_world),
        cmocka_unit_test_setup_teardown(versions_are_half_open, open_world, close_world),
        cmocka_unit_test_setup_teardown(tiers_keep_border_and_basis, open_world, close_world),
        cmocka_unit_test_setup_teardown(operations_name_their_items, open_world, close_world),
        cmocka_unit_test_setup_teardown(runs_are_expanded, open_world, close_world),
        cmocka_unit_test_setup_teardown(intervals_are_compiled, open_world, close_world),
        cmocka_unit_test_setup_teardown(packages_have_a_product_per_size, open_world, close_world),
        cmocka_unit_test_setup_teardown(other_products_have_their_skus, open_world, close_world),
        cmocka_unit_test(overlays_change_only_what_they_say),
        cmocka_unit_test(an_overlay_may_keep_the_name),
        cmocka_unit_test(one_bad_tariff_leaves_the_others),
        cmocka_unit_test(unreadable_paths_are_told),
        cmocka_unit_test(a_text_is_loaded_without_a_file),
    };
    return CHECK_RUN(tests);
}
