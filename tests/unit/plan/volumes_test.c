/* SPDX-License-Identifier: Apache-2.0
 *
 * Expected usage: a month's calls over its days, to the last one, and what is wrong with a list. */
#include "plan/plan.h"
#include "support/check.h"

#include <string.h>

static const char text[] = "tariff: t\n"
                           "title: T\n"
                           "currency: USD\n"
                           "zone: Asia/Shanghai\n"
                           "cycle: month\n"
                           "postpaid: on\n"
                           "items: {call: {unit: call, price: 1}}\n"
                           "operations: {Call: call}\n";

struct scene {
    struct tariff_set set;
    struct diags diags;
    struct plan_usage usage;
    struct json_parser *parser;
    char document[512];
    struct plan_wrong wrong;
};

static enum status scene_read(struct scene *scene, const char *list, uint32_t months) {
    struct plan_volumes volumes = {.months = months, .from_ns = INT64_C(1769904000) * NS_PER_SECOND}; /* 1 Feb 2026 */
    struct json_error error = {0};
    *scene = (struct scene){.parser = json_parser_new()};
    CHECK_OK(tariff_set_add_text(&scene->set, SLICE("t.yaml"), slice_of(text), &scene->diags));
    CHECK(strlen(list) < sizeof scene->document);
    memcpy(scene->document, list, strlen(list) + 1);
    volumes.text = slice_of(scene->document);
    CHECK(json_parse(scene->parser, scene->document, strlen(list), &volumes.list, &error) > 0);
    scene->usage.set = &scene->set;
    scene->usage.tariff = tariff_find(&scene->set, SLICE("t"));
    return plan_volumes_read(&scene->usage, &volumes, &scene->wrong);
}

static void scene_free(struct scene *scene) {
    plan_usage_free(&scene->usage);
    json_parser_free(scene->parser);
    tariff_set_free(&scene->set);
    diags_free(&scene->diags);
}

static void a_month_is_spread_to_the_last_call(void **state) {
    (void)state;
    static const struct {
        const char *row, *list;
        uint32_t months, events;
        uint64_t total, most; /* on a day */
    } rows[] = {
        {"one call is on one day", "[{\"operation\":\"Call\",\"volume\":1}]", 1, 1, 1, 1},
        {"as many as days: one on each", "[{\"operation\":\"Call\",\"volume\":\"28\"}]", 1, 28, 28, 1},
        {"one more: two on one of them", "[{\"operation\":\"Call\",\"volume\":29}]", 1, 28, 29, 2},
        {"each month for itself", "[{\"operation\":\"Call\",\"volume\":280}]", 2, 59, 560, 10},
        {"a trillion", "[{\"operation\":\"Call\",\"volume\":1000000000000}]", 1, 28, 1000000000000, 35714285715},
        {"two of one kind are two", "[{\"operation\":\"Call\",\"volume\":3},{\"operation\":\"Call\",\"volume\":4}]", 1,
         7, 7, 1},
    };
    FOR_ROWS(row, rows) {
        struct scene scene;
        uint64_t most = 0;
        CHECK_OK(scene_read(&scene, row->list, row->months));
        CHECK_UINT(scene.usage.count, row->events);
        CHECK_UINT(scene.usage.total, row->total);
        for (uint32_t i = 0; i < scene.usage.count; i++)
            most = scene.usage.events[i].weight > most ? scene.usage.events[i].weight : most;
        CHECK_UINT(most, row->most);
        scene_free(&scene);
    }
}

static void what_is_wrong_is_pointed_at(void **state) {
    (void)state;
    static const struct {
        const char *row, *list, *pointer;
    } rows[] = {
        {"no object", "[3]", "/0"},
        {"no operation", "[{\"volume\":1}]", "/0/operation"},
        {"another operation", "[{\"operation\":\"Cal\",\"volume\":1}]", "/0/operation"},
        {"no volume", "[{\"operation\":\"Call\"}]", "/0/volume"},
        {"a part of a call", "[{\"operation\":\"Call\",\"volume\":\"0.5\"}]", "/0/volume"},
        {"below nothing", "[{\"operation\":\"Call\",\"volume\":-1}]", "/0/volume"},
        {"more than a trillion", "[{\"operation\":\"Call\",\"volume\":1000000000001}]", "/0/volume"},
        {"data that is no object", "[{\"operation\":\"Call\",\"volume\":1,\"data\":[]}]", "/0/data"},
        {"an attribute that nobody has", "[{\"operation\":\"Call\",\"volume\":1,\"data\":{\"x\":1}}]", "/0/data"},
        {"another member", "[{\"operation\":\"Call\",\"volume\":1,\"often\":1}]", "/0"},
        {"the second", "[{\"operation\":\"Call\",\"volume\":1},{}]", "/1/operation"},
    };
    FOR_ROWS(row, rows) {
        struct scene scene;
        CHECK_STATUS(scene_read(&scene, row->list, 1), STATUS_INVALID);
        CHECK_TEXT(slice_of(scene.wrong.pointer), row->pointer);
        CHECK(scene.wrong.text.len > 0);
        scene_free(&scene);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_month_is_spread_to_the_last_call),
        cmocka_unit_test(what_is_wrong_is_pointed_at),
    };
    return CHECK_RUN(tests);
}
