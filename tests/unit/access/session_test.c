/* SPDX-License-Identifier: Apache-2.0
 *
 * Sessions: how many there may be, who makes room, and what ends them. Over HTTP they are tested in
 * tests/blackbox/test_sessions.py. */
#include "access/session.h"
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define NOW (INT64_C(1800000000) * NS_PER_SECOND)
#define SECONDS(count) (NOW + (count)*NS_PER_SECOND)

struct desk { /* keys on a store in memory, and sessions */
    struct store_faults faults;
    struct store *store;
    struct access *access;
    struct sessions *sessions;
    struct arena arena;
    char directory[64], pepper[80];
};

static void desk_begin(struct desk *desk) {
    struct slice error;
    (void)unsetenv("CREDENTIALS_DIRECTORY");
    *desk = (struct desk){0};
    (void)snprintf(desk->directory, sizeof desk->directory, "/tmp/access-XXXXXX");
    CHECK(mkdtemp(desk->directory) != NULL);
    (void)snprintf(desk->pepper, sizeof desk->pepper, "%s/pepper", desk->directory);
    struct access_options options = {.directory = desk->directory};
    CHECK_OK(store_memory_new(&desk->faults, &desk->store));
    CHECK_OK(access_open(desk->store, &options, &desk->arena, &desk->access, &error));
    CHECK_OK(sessions_new(&desk->sessions));
}

static void desk_end(struct desk *desk) {
    sessions_free(desk->sessions);
    access_close(desk->access);
    store_close(desk->store);
    arena_free(&desk->arena);
    (void)unlink(desk->pepper);
    CHECK(rmdir(desk->directory) == 0);
}

/* A new key's text, as a header would have it. */
static struct slice hire(struct desk *desk, struct slice *ret_id) {
    struct key_order order = {.name = SLICE("a key"),
                              .account = SLICE(""),
                              .created_by = SLICE("local:0"),
                              .roles = ROLE_READ,
                              .now_ns = NOW,
                              .expires_ns = INSTANT_MAX};
    struct key_view key;
    struct key_secret secret;
    CHECK_OK(key_create(desk->access, &order, &key, &secret));
    struct slice text = key_secret_reveal(&secret);
    *ret_id = key.id;
    return arena_printf(&desk->arena, "Bearer " SLICE_FMT, SLICE_ARG(text));
}

static struct session_token begin(struct desk *desk, struct slice key, int64_t now_ns) {
    struct access_knock knock = {.authorization = key, .now_ns = now_ns};
    struct access_pass pass;
    struct session_token token = {{0}};
    CHECK_INT(session_begin(desk->sessions, &desk->access, 1, &knock, &pass, &token), ACCESS_ENTERS);
    return token;
}

static bool enters(struct desk *desk, const struct session_token *token, int64_t now_ns) {
    struct session_knock knock = {.token = slice_of(token->text), .now_ns = now_ns};
    struct access_pass pass;
    struct session_view view;
    return session_enter(desk->sessions, &desk->access, 1, &knock, &pass, &view) == ACCESS_ENTERS &&
           pass.roles == ROLE_READ && view.ends_ns - view.started_ns == SESSION_LIFE * NS_PER_SECOND;
}

static void a_full_table_loses_who_was_idle_longest(void **state) {
    struct desk desk;
    (void)state;
    desk_begin(&desk);
    struct session_token first = {{0}}, second = {{0}}, one;
    struct slice id, key = {0};
    for (int i = 0; i < SESSIONS_MAX; i++) {
        if (i % SESSIONS_PER_KEY == 0)
            key = hire(&desk, &id);
        one = begin(&desk, key, SECONDS(i / 100));
        first = i == 0 ? one : first;
        second = i == 1 ? one : second;
    }
    CHECK_UINT(session_count(desk.sessions), SESSIONS_MAX);
    CHECK(enters(&desk, &first, SECONDS(60)));
    one = begin(&desk, hire(&desk, &id), SECONDS(61));
    CHECK_UINT(session_count(desk.sessions), SESSIONS_MAX);
    CHECK(enters(&desk, &first, SECONDS(62)));
    CHECK(!enters(&desk, &second, SECONDS(62)));
    CHECK(enters(&desk, &one, SECONDS(62)));
    /* Everything that is over makes room at once. */
    one = begin(&desk, hire(&desk, &id), SECONDS(62 + SESSION_IDLE));
    CHECK_UINT(session_count(desk.sessions), 1);
    desk_end(&desk);
}

static void a_key_loses_its_own_oldest(void **state) {
    struct desk desk;
    struct session_token tokens[SESSIONS_PER_KEY + 1], other;
    struct slice id;
    (void)state;
    desk_begin(&desk);
    other = begin(&desk, hire(&desk, &id), NOW);
    struct slice key = hire(&desk, &id);
    for (int i = 0; i <= SESSIONS_PER_KEY; i++)
        tokens[i] = begin(&desk, key, SECONDS(i));
    CHECK(!enters(&desk, &tokens[0], SECONDS(100)));
    for (int i = 1; i <= SESSIONS_PER_KEY; i++)
        CHECK(enters(&desk, &tokens[i], SECONDS(100)));
    CHECK(enters(&desk, &other, SECONDS(100)));
    CHECK_OK(key_revoke(desk.access, id, SECONDS(101)));
    for (int i = 1; i <= SESSIONS_PER_KEY; i++)
        CHECK(!enters(&desk, &tokens[i], SECONDS(101)));
    CHECK_UINT(session_count(desk.sessions), 1);
    desk_end(&desk);
}

static void what_is_no_token_is_nobody(void **state) {
    struct desk desk;
    struct slice id;
    (void)state;
    desk_begin(&desk);
    struct session_token token = begin(&desk, hire(&desk, &id), NOW), other = token;
    other.text[SESSION_TOKEN_LEN - 1] = other.text[SESSION_TOKEN_LEN - 1] == '0' ? '1' : '0';
    CHECK(!enters(&desk, &other, NOW));
    session_end(desk.sessions, slice_of(other.text));
    session_end(desk.sessions, SLICE(""));
    CHECK(enters(&desk, &token, NOW));
    CHECK(!enters(&desk, &(struct session_token){{0}}, NOW));
    session_end(desk.sessions, slice_of(token.text));
    CHECK(!enters(&desk, &token, NOW));
    CHECK_UINT(session_count(desk.sessions), 0);
    desk_end(&desk);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_table_loses_who_was_idle_longest),
        cmocka_unit_test(a_key_loses_its_own_oldest),
        cmocka_unit_test(what_is_no_token_is_nobody),
    };
    return CHECK_RUN(tests);
}
