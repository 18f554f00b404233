/* SPDX-License-Identifier: Apache-2.0
 *
 * Bodies of requests: what is taken, where what is wrong stands, what is copied. */
#include "server/body.h"

#include <string.h>

#include "support/check.h"

struct scene {
    char text[512]; /* with room behind it */
    struct arena arena;
    struct http_request request;
    struct http_answer answer;
    struct body body;
};

static bool scene_read(struct scene *scene, const char *text, const char *members) {
    enum status status;
    *scene = (struct scene){0};
    memcpy(scene->text, text, strlen(text));
    scene->request =
        (struct http_request){.body = {scene->text, strlen(text)}, .id = SLICE("r"), .arena = &scene->arena};
    bool is_good = body_read(&scene->request, &scene->answer, members, &scene->body, &status);
    CHECK_OK(status);
    return is_good;
}

static void scene_free(struct scene *scene) {
    body_free(&scene->body);
    buf_free(&scene->answer.body);
    arena_free(&scene->arena);
}

static void every_byte_has_a_pointer(void **state) {
    (void)state;
    static const struct {
        const char *row, *text;
        uint32_t offset;
        const char *pointer;
    } rows[] = {
        {"the object itself", "{\"a\":1}", 0, ""},
        {"a member's name", "{\"a\":1}", 1, "/a"},
        {"a member's value", "{\"a\":1,\"b\":2}", 11, "/b"},
        {"a member of a member", "{\"a\":{\"b\":{\"c\":7}}}", 15, "/a/b/c"},
        {"the object in a member", "{\"a\":{\"b\":7}}", 5, "/a"},
        {"an element", "{\"a\":[1,22,3]}", 9, "/a/1"},
        {"an element's member", "{\"a\":[{},{\"b\":1}]}", 14, "/a/1/b"},
        {"behind the last member", "{\"a\":{\"b\":7} }", 12, "/a"},
        {"the end", "{\"a\":1}", 6, ""},
        {"a slash and a tilde", "{\"x/y~z\":1}", 9, "/x~1y~0z"},
        {"an empty name", "{\"\":1}", 4, "/"},
    };
    FOR_ROWS(row, rows) {
        struct scene scene;
        (void)scene_read(&scene, row->text, "");
        CHECK_TEXT(body_pointer_at(scene.body.tokens, row->offset, &scene.arena), row->pointer);
        scene_free(&scene);
    }
}

static void values_are_copied_as_they_were_written(void **state) {
    (void)state;
    struct scene scene;
    struct buf out = {0};
    CHECK(scene_read(&scene, "{ \"a\" : [ 1.50 , \"\\u00e4\\n\" , { } , [ ] , { \"b\" : null , \"c\" : true } ] }\n",
                     "a"));
    body_value_copy(scene.request.body, scene.body.tokens, &out);
    CHECK_TEXT(buf_slice(&out), "{\"a\":[1.50,\"\\u00e4\\n\",{},[],{\"b\":null,\"c\":true}]}");
    buf_free(&out);
    scene_free(&scene);
}

static void members_are_known_and_come_once(void **state) {
    (void)state;
    static const struct {
        const char *row, *text;
        uint16_t status; /* 0: it is taken */
        const char *holds;
    } rows[] = {
        {"nothing is an object without members", "", 0, ""},
        {"all known", "{\"id\":\"x\",\"amount\":1}", 0, ""},
        {"one is not known", "{\"amuont\":1}", 422,
         "\"/amuont\",\"detail\":\"there is no such member. Did you mean \\\"amount\\\"?\""},
        {"one comes twice", "{\"id\":1,\"id\":2}", 422, "\"/id\",\"detail\":\"it stands here twice.\""},
        {"both are told", "{\"x\":1,\"y\":2}", 422, "\"/y\""},
        {"no object", "[]", 422, "must be one JSON object"},
        {"no JSON", "{\"id\":}", 400, "malformed-json"},
    };
    FOR_ROWS(row, rows) {
        struct scene scene;
        CHECK_INT(scene_read(&scene, row->text, "id amount"), row->status == 0);
        CHECK_INT(scene.answer.status, row->status);
        struct slice told = buf_slice(&scene.answer.body);
        CHECK(memmem(told.ptr, told.len, row->holds, strlen(row->holds)) != NULL);
        scene_free(&scene);
    }
}

static void texts_are_not_empty(void **state) {
    (void)state;
    struct scene scene;
    struct slice text = SLICE("as it was");
    CHECK(scene_read(&scene, "{\"a\":\"\",\"b\":7,\"c\":\"x\",\"d\":null}", "a b c d"));
    CHECK(!body_text(&scene.body, "a", false, &text));
    CHECK(!body_text(&scene.body, "b", false, &text));
    CHECK(!body_text(&scene.body, "d", true, &text));
    CHECK(body_text(&scene.body, "d", false, &text));
    CHECK_TEXT(text, "as it was");
    CHECK(body_text(&scene.body, "c", true, &text));
    CHECK_TEXT(text, "x");
    scene_free(&scene);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_has_a_pointer),
        cmocka_unit_test(values_are_copied_as_they_were_written),
        cmocka_unit_test(members_are_known_and_come_once),
        cmocka_unit_test(texts_are_not_empty),
    };
    return CHECK_RUN(tests);
}
