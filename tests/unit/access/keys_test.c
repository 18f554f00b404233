/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys: their text, their life, and who may come in with them. */
#include "access/access.h"
#include "support/check.h"

#include <fcntl.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY_NS (86400 * NS_PER_SECOND)
#define NOW (INT64_C(1800000000) * NS_PER_SECOND)

struct desk { /* keys on a store in memory, with a pepper in a directory of its own */
    struct store_faults faults;
    struct store *store;
    struct access *access;
    struct arena arena;
    struct slice error;
    char directory[64], pepper[80];
};

static enum status desk_open(struct desk *desk) {
    struct access_options options = {.directory = desk->directory};
    return access_open(desk->store, &options, &desk->arena, &desk->access, &desk->error);
}

static void desk_begin(struct desk *desk) {
    (void)unsetenv("CREDENTIALS_DIRECTORY");
    *desk = (struct desk){0};
    (void)snprintf(desk->directory, sizeof desk->directory, "/tmp/access-XXXXXX");
    CHECK(mkdtemp(desk->directory) != NULL);
    (void)snprintf(desk->pepper, sizeof desk->pepper, "%s/pepper", desk->directory);
    CHECK_OK(store_memory_new(&desk->faults, &desk->store));
    CHECK_OK(desk_open(desk));
}

static void desk_again(struct desk *desk) { /* as after a restart */
    struct store *store = NULL;
    access_close(desk->access);
    desk->access = NULL;
    CHECK_OK(store_memory_reopen(desk->store, &store));
    desk->store = store;
}

static void desk_end(struct desk *desk) {
    access_close(desk->access);
    store_close(desk->store);
    arena_free(&desk->arena);
    (void)unlink(desk->pepper);
    CHECK(rmdir(desk->directory) == 0);
}

static struct key_order order_of(const char *name, uint32_t roles) {
    return (struct key_order){.name = slice_of(name),
                              .account = SLICE(""),
                              .created_by = SLICE("local:0"),
                              .roles = roles,
                              .now_ns = NOW,
                              .expires_ns = INSTANT_MAX};
}

/* A key's text as a header would have it, in the arena. */
static struct slice bearer(struct desk *desk, struct key_secret *secret) {
    struct slice text = key_secret_reveal(secret);
    return arena_printf(&desk->arena, "Bearer " SLICE_FMT, SLICE_ARG(text));
}

static struct slice key_new(struct desk *desk, const struct key_order *order, struct key_view *ret_key) {
    struct key_secret secret;
    CHECK_OK(key_create(desk->access, order, ret_key, &secret));
    struct slice text = bearer(desk, &secret);
    key_secret_wipe(&secret);
    return text;
}

static enum access_answer knock(struct desk *desk, struct slice authorization, int64_t now_ns) {
    struct access_pass pass;
    struct access_knock knock = {.authorization = authorization, .address = "192.0.2.7", .now_ns = now_ns};
    return access_enter(&desk->access, 1, &knock, &pass);
}

/* ---- text ---- */

static void text_is_told_from_junk(void **state) {
    (void)state;
    struct key_secret secret, other;
    struct slice id;
    CHECK(sodium_init() >= 0);
    key_secret_make(SLICE("0123456789ab"), &secret);
    key_secret_make(SLICE("0123456789ab"), &other);
    struct slice text = key_secret_reveal(&secret);
    CHECK(key_text_read(text, &id));
    CHECK_TEXT(id, "0123456789ab");
    CHECK(!slice_eq(text, key_secret_reveal(&other)));
    for (size_t at = 0; at < text.len; at++) { /* every other byte anywhere is seen */
        char copy[KEY_TEXT_LEN + 1];
        memcpy(copy, text.ptr, text.len);
        copy[at] = copy[at] == 'x' ? 'y' : 'x';
        CHECK(!key_text_read((struct slice){copy, text.len}, &id));
    }
    for (size_t len = 0; len < text.len; len++)
        CHECK(!key_text_read((struct slice){text.ptr, len}, &id));
    key_secret_wipe(&secret);
    CHECK(sodium_is_zero((const unsigned char *)&secret, sizeof secret));
}

static void text_has_the_checksum_of_zlib(void **state) {
    (void)state;
    struct slice id;
    /* CRC-32 by another program: Python's zlib.crc32 */
    CHECK(key_text_read(SLICE("tg_0123456789ab_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopq_0bGaOJ"), &id));
}

static void secrets_are_found_in_texts(void **state) {
    (void)state;
#define SECRET_TEXT "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopq"
    static const struct {
        const char *row, *text, *want; /* NULL: none */
    } rows[] = {
        {"a key", "tg_0123456789ab_" SECRET_TEXT "_abcdef", SECRET_TEXT "_abcdef"},
        {"inside of a path", "/v1/keys/tg_0123456789ab_" SECRET_TEXT "_abcdef/revoke", SECRET_TEXT "_abcdef"},
        {"cut short", "x tg_0123456789ab_" SECRET_TEXT "_ab", SECRET_TEXT "_ab"},
        {"without its checksum", "tg_0123456789ab_" SECRET_TEXT, SECRET_TEXT},
        {"a part of one", "tg_0123456789ab_ABCDEFGHIJ", "ABCDEFGHIJ"},
        {"an id", "tg_0123456789ab_", NULL},
        {"something else", "/v1/keys/0123456789ab/revoke", NULL},
        {"nothing", "", NULL},
    };
    FOR_ROWS(row, rows) {
        struct slice secret = SLICE("");
        CHECK_INT(key_text_find(slice_of(row->text), &secret), row->want != NULL);
        CHECK_TEXT(secret, row->want != NULL ? row->want : "");
    }
}

/* ---- roles and networks ---- */

static void roles_are_read_and_written(void **state) {
    (void)state;
    static const struct {
        const char *row, *text;
        enum status want;
        uint32_t roles;
    } rows[] = {
        {"one", "ingest", STATUS_OK, ROLE_INGEST},
        {"several", "read, billing", STATUS_OK, ROLE_READ | ROLE_BILLING},
        {"none", "", STATUS_INVALID, 0},
        {"an empty one", "read,", STATUS_INVALID, 0},
        {"one twice", "read,read", STATUS_INVALID, 0},
        {"one that is not there", "root", STATUS_INVALID, 0},
        {"another case", "Read", STATUS_INVALID, 0},
    };
    FOR_ROWS(row, rows) {
        uint32_t roles = 0;
        struct slice wrong;
        CHECK_STATUS(roles_parse(slice_of(row->text), &roles, &wrong), row->want);
        CHECK_UINT(roles, row->roles);
    }
    char text[ROLES_TEXT_MAX];
    CHECK_UINT(roles_text(ROLES_STAFF | ROLE_CUSTOMER, text), 62);
    CHECK_TEXT(slice_of(text), "ingest,admit,read,billing,pricing,approve,admin,audit,customer");
}

static void networks_hold_addresses(void **state) {
    (void)state;
    static const struct {
        const char *row, *network, *address;
        bool is_network, has;
    } rows[] = {
        {"an IPv4 network has its addresses", "192.0.2.0/24", "192.0.2.255", true, true},
        {"and no other", "192.0.2.0/24", "192.0.3.0", true, false},
        {"also as mapped IPv6", "192.0.2.0/24", "::ffff:192.0.2.9", true, true},
        {"bits inside a byte", "10.0.0.64/26", "10.0.0.127", true, true},
        {"bits inside a byte, outside", "10.0.0.64/26", "10.0.0.128", true, false},
        {"an address alone", "192.0.2.7", "192.0.2.7", true, true},
        {"an address alone, another", "192.0.2.7", "192.0.2.8", true, false},
        {"all of IPv4", "0.0.0.0/0", "203.0.113.9", true, true},
        {"is not all of IPv6", "0.0.0.0/0", "2001:db8::1", true, false},
        {"IPv6", "2001:db8::/32", "2001:db8:ffff::1", true, true},
        {"IPv6, outside", "2001:db8::/32", "2001:db9::1", true, false},
        {"all of IPv6", "::/0", "192.0.2.1", true, true},
        {"bits that do not count", "192.0.2.1/24", "", false, false},
        {"too many bits", "192.0.2.0/33", "", false, false},
        {"no bits", "192.0.2.0/", "", false, false},
        {"a name", "localhost", "", false, false},
        {"leading zeros", "192.0.2.0/0024", "", false, false},
        {"nothing", "", "", false, false},
    };
    FOR_ROWS(row, rows) {
        struct network network;
        uint8_t address[16];
        char text[NETWORK_TEXT_MAX];
        struct network again;
        if (!CHECK_INT(network_parse(slice_of(row->network), &network) == STATUS_OK, row->is_network) ||
            !row->is_network)
            continue;
        CHECK(address_parse(slice_of(row->address), address));
        CHECK_INT(network_has(&network, address), row->has);
        size_t len = network_format(&network, text);
        CHECK_OK(network_parse((struct slice){text, len}, &again));
        CHECK(memcmp(&again, &network, sizeof network) == 0);
    }
}

/* ---- the life of a key ---- */

static void orders_are_checked(void **state) {
    (void)state;
    static char long_name[ACCESS_NAME_MAX + 2];
    memset(long_name, 'n', sizeof long_name - 1);
    static const struct {
        const char *row, *name, *account;
        uint32_t roles;
        int64_t expires_ns;
        bool is_good;
    } rows[] = {
        {"a plain one", "gateway", "", ROLE_ADMIT, INSTANT_MAX, true},
        {"a customer with an account", "portal", "acct-1", ROLE_CUSTOMER, NOW + 1, true},
        {"a customer without an account", "portal", "", ROLE_CUSTOMER, INSTANT_MAX, false},
        {"a customer who can do more", "portal", "acct-1", ROLE_CUSTOMER | ROLE_READ, INSTANT_MAX, false},
        {"an account for staff", "reader", "acct-1", ROLE_READ, INSTANT_MAX, false},
        {"no role", "nobody", "", 0, INSTANT_MAX, false},
        {"a role that is not there", "nobody", "", 1u << ROLE_COUNT, INSTANT_MAX, false},
        {"no name", "", "", ROLE_READ, INSTANT_MAX, false},
        {"a name that is too long", long_name, "", ROLE_READ, INSTANT_MAX, false},
        {"a name with a control", "a\nb", "", ROLE_READ, INSTANT_MAX, false},
        {"expired from the start", "late", "", ROLE_READ, NOW, false},
    };
    FOR_ROWS(row, rows) {
        struct key_order order = order_of(row->name, row->roles);
        order.account = slice_of(row->account);
        order.expires_ns = row->expires_ns;
        CHECK_INT(key_order_wrong(&order) == NULL, row->is_good);
    }
}

static void keys_live_and_end(void **state) {
    (void)state;
    struct desk desk;
    struct key_view key, other;
    desk_begin(&desk);
    struct key_order order = order_of("gateway", ROLE_ADMIT);
    order.expires_ns = NOW + 90 * DAY_NS;
    struct slice first = key_new(&desk, &order, &key);
    struct slice second = SLICE("");
    CHECK_INT(knock(&desk, first, NOW), ACCESS_ENTERS);
    CHECK_INT(knock(&desk, first, NOW + 90 * DAY_NS - 1), ACCESS_ENTERS);
    CHECK_INT(knock(&desk, first, NOW + 90 * DAY_NS), ACCESS_UNKNOWN);

    struct key_secret secret;
    struct slice id = arena_copy(&desk.arena, key.id);
    struct key_rotation rotation = {id, NOW, NOW + 7 * DAY_NS};
    CHECK_OK(key_rotate(desk.access, &rotation, &other, &secret));
    second = bearer(&desk, &secret);
    CHECK_INT(other.state, KEY_ROTATING);
    for (int round = 0; round < 2; round++) { /* then again, after a restart */
        CHECK_INT(knock(&desk, first, NOW + 7 * DAY_NS - 1), ACCESS_ENTERS);
        CHECK_INT(knock(&desk, second, NOW), ACCESS_ENTERS);
        CHECK_INT(knock(&desk, first, NOW + 7 * DAY_NS), ACCESS_UNKNOWN);
        CHECK_INT(knock(&desk, second, NOW + 7 * DAY_NS), ACCESS_ENTERS);
        desk_again(&desk);
        CHECK_OK(desk_open(&desk));
    }
    rotation.old_until_ns = NOW; /* at once */
    CHECK_OK(key_rotate(desk.access, &rotation, &other, &secret));
    CHECK_INT(knock(&desk, second, NOW), ACCESS_UNKNOWN);
    CHECK_INT(knock(&desk, first, NOW), ACCESS_UNKNOWN);
    CHECK_INT(knock(&desk, bearer(&desk, &secret), NOW), ACCESS_ENTERS);
    CHECK_INT(other.state, KEY_ACTIVE);

    CHECK_OK(key_revoke(desk.access, other.id, NOW + 1));
    CHECK_OK(key_revoke(desk.access, other.id, NOW + 2));
    CHECK_INT(knock(&desk, bearer(&desk, &secret), NOW), ACCESS_UNKNOWN);
    CHECK_STATUS(key_rotate(desk.access, &rotation, &other, &secret), STATUS_CONFLICT);
    CHECK_STATUS(key_revoke(desk.access, SLICE("000000000000"), NOW), STATUS_NOT_FOUND);
    desk_again(&desk);
    CHECK_OK(desk_open(&desk));
    CHECK_OK(key_find(desk.access, id, NOW, &other));
    CHECK_INT(other.state, KEY_REVOKED);
    CHECK_INT(other.revoked_ns, NOW + 1);
    desk_end(&desk);
}

static void an_id_is_given_once(void **state) {
    (void)state;
    struct desk desk;
    struct key_view key, found;
    struct key_secret secret;
    struct slice before, after;
    desk_begin(&desk);
    struct key_order order = order_of("one", ROLE_READ);
    order.id = SLICE("0123456789ab");
    CHECK_OK(key_create(desk.access, &order, &key, &secret));
    CHECK_SLICE(key.id, order.id);
    CHECK_STATUS(key_create(desk.access, &order, &found, &secret), STATUS_CONFLICT);
    order.id = SLICE("01234");
    CHECK_STATUS(key_create(desk.access, &order, &found, &secret), STATUS_INVALID);
    CHECK_OK(key_mark(desk.access, key.id, &desk.arena, &before));
    struct key_rotation rotation = {key.id, NOW, NOW};
    CHECK_OK(key_rotate(desk.access, &rotation, &found, &secret));
    CHECK_OK(key_mark(desk.access, key.id, &desk.arena, &after));
    CHECK(before.len > 0 && !slice_eq(before, after));
    CHECK_OK(key_mark(desk.access, SLICE("nobody"), &desk.arena, &after));
    CHECK_UINT(after.len, 0);
    key_secret_wipe(&secret);
    desk_end(&desk);
}

static void revocation_holds_though_the_disk_is_full(void **state) {
    (void)state;
    struct desk desk;
    struct key_view key;
    desk_begin(&desk);
    struct key_order order = order_of("gateway", ROLE_ADMIT);
    struct slice text = key_new(&desk, &order, &key);
    desk.faults.is_full = true;
    struct key_secret secret;
    struct key_rotation rotation = {key.id, NOW, NOW};
    CHECK_STATUS(key_rotate(desk.access, &rotation, &key, &secret), STATUS_IO);
    CHECK_INT(knock(&desk, text, NOW), ACCESS_ENTERS);
    CHECK_STATUS(key_create(desk.access, &order, &key, &secret), STATUS_IO);
    CHECK_UINT(key_count(desk.access, ROLE_ADMIT, NOW), 1);
    CHECK_STATUS(key_revoke(desk.access, key.id, NOW), STATUS_IO);
    CHECK_INT(knock(&desk, text, NOW), ACCESS_UNKNOWN);
    desk.faults.is_full = false;
    CHECK_OK(key_revoke(desk.access, key.id, NOW));
    desk_again(&desk);
    CHECK_OK(desk_open(&desk));
    CHECK_INT(knock(&desk, text, NOW), ACCESS_UNKNOWN);
    desk_end(&desk);
}

static void last_use_is_kept_by_the_hour(void **state) {
    (void)state;
    struct desk desk;
    struct key_view key;
    desk_begin(&desk);
    struct key_order order = order_of("gateway", ROLE_ADMIT);
    struct slice text = key_new(&desk, &order, &key);
    struct slice id = arena_copy(&desk.arena, key.id);
    int64_t hour_ns = NOW - NOW % (3600 * NS_PER_SECOND);
    CHECK_INT(knock(&desk, text, NOW), ACCESS_ENTERS);
    CHECK_OK(access_keep(desk.access));
    desk.faults.is_full = true;
    CHECK_INT(knock(&desk, text, NOW + 1), ACCESS_ENTERS);
    CHECK_OK(access_keep(desk.access)); /* nothing to write within the hour */
    desk.faults.is_full = false;
    desk_again(&desk);
    CHECK_OK(desk_open(&desk));
    CHECK_OK(key_find(desk.access, id, NOW, &key));
    CHECK_INT(key.last_used_ns, hour_ns);
    desk_end(&desk);
}

static void lists_go_on_behind_a_key(void **state) {
    (void)state;
    struct desk desk;
    struct key_view key, some[7];
    desk_begin(&desk);
    struct slice after = SLICE("");
    uint32_t total = 0, count = 7;
    for (int i = 0; i < 20; i++) {
        struct key_order order = order_of("gateway", ROLE_ADMIT);
        (void)key_new(&desk, &order, &key);
    }
    while (count == 7) {
        key_list(desk.access, after, NOW, some, &count);
        for (uint32_t i = 0; i < count; i++) {
            CHECK(slice_cmp(after, some[i].id) < 0);
            after = some[i].id;
        }
        total += count;
    }
    CHECK_UINT(total, 20);
    desk_end(&desk);
}

/* ---- the door ---- */

static void door_is_shut_to_the_rest(void **state) {
    (void)state;
    struct desk desk, elsewhere;
    struct key_view key;
    desk_begin(&desk);
    desk_begin(&elsewhere);
    struct key_order order = order_of("gateway", ROLE_ADMIT);
    struct slice good = key_new(&desk, &order, &key);
    struct slice foreign = key_new(&elsewhere, &order, &key);
    struct slice foreign_id = key.id;
    struct key_secret forged;
    key_secret_make(key.id, &forged); /* the right id, another secret */
    CHECK_OK(network_parse(SLICE("198.51.100.0/24"), &order.networks[0]));
    order.network_count = 1;
    struct slice bound = key_new(&desk, &order, &key);
    const struct {
        const char *row;
        struct slice authorization;
        enum access_answer want;
    } rows[] = {
        {"a good key", good, ACCESS_ENTERS},
        {"another case of the scheme", arena_printf(&desk.arena, "bEARER %s", good.ptr + 7), ACCESS_ENTERS},
        {"another tenant's key", foreign, ACCESS_UNKNOWN},
        {"another secret", bearer(&desk, &forged), ACCESS_UNKNOWN},
        {"a key for another network", bound, ACCESS_ELSEWHERE},
        {"no key", {NULL, 0}, ACCESS_UNKNOWN},
        {"an empty header", SLICE(""), ACCESS_UNKNOWN},
        {"the scheme alone", SLICE("Bearer "), ACCESS_UNKNOWN},
        {"another scheme", SLICE("Basic dXNlcjpwYXNz"), ACCESS_UNKNOWN},
        {"a key without its scheme", {good.ptr + 7, good.len - 7}, ACCESS_UNKNOWN},
        {"something behind it", arena_printf(&desk.arena, "%s, x", good.ptr), ACCESS_UNKNOWN},
    };
    FOR_ROWS(row, rows) {
        CHECK_INT(knock(&desk, row->authorization, NOW), row->want);
    }
    struct access *both[] = {desk.access, elsewhere.access};
    struct access_pass pass;
    struct access_knock last = {.authorization = foreign, .address = "", .now_ns = NOW};
    CHECK_INT(access_enter(both, 2, &last, &pass), ACCESS_ENTERS);
    CHECK_UINT(pass.tenant, 1);
    CHECK_UINT(pass.roles, ROLE_ADMIT);
    CHECK_SLICE(pass.actor, foreign_id);
    desk_end(&elsewhere);
    desk_end(&desk);
}

static void failures_of_an_address_are_counted(void **state) {
    (void)state;
    struct desk desk;
    struct key_view key;
    desk_begin(&desk);
    struct key_order order = order_of("gateway", ROLE_ADMIT);
    struct slice good = key_new(&desk, &order, &key);
    for (int i = 0; i < ACCESS_FAILURES; i++)
        CHECK_INT(knock(&desk, SLICE("Bearer x"), NOW), ACCESS_UNKNOWN);
    CHECK_INT(knock(&desk, SLICE("Bearer x"), NOW), ACCESS_TOO_OFTEN);
    CHECK_INT(knock(&desk, good, NOW), ACCESS_ENTERS);
    CHECK_INT(knock(&desk, SLICE("Bearer x"), NOW + ACCESS_PAUSE * NS_PER_SECOND), ACCESS_UNKNOWN);
    desk_end(&desk);
}

/* ---- many at once ---- */

enum { THREADS = 3, ROUNDS = 40 };
struct crowd {
    struct desk *desk;
    struct slice good;    /* always */
    struct slice *ending; /* of the round; is refused once `ended` has reached it */
    _Atomic int round, ended;
    _Atomic bool is_over;
};

static enum access_answer crowd_knock(struct crowd *crowd, struct slice authorization) {
    struct access_pass pass;
    struct access_knock one = {.authorization = authorization, .address = "192.0.2.7", .now_ns = NOW};
    return access_enter(&crowd->desk->access, 1, &one, &pass);
}

static void *crowd_run(void *context) {
    struct crowd *crowd = context;
    while (!crowd->is_over) {
        CHECK_INT(crowd_knock(crowd, crowd->good), ACCESS_ENTERS);
        int ended = crowd->ended, round = crowd->round;
        if (ended > 0)
            CHECK(crowd_knock(crowd, crowd->ending[ended - 1]) != ACCESS_ENTERS);
        (void)crowd_knock(crowd, crowd->ending[round]); /* may be before or behind its end */
    }
    return NULL;
}

static void revocation_is_in_effect_when_it_returns(void **state) {
    (void)state;
    struct desk desk;
    struct slice texts[ROUNDS + 1], ids[ROUNDS + 1];
    struct key_view key;
    pthread_t threads[THREADS];
    desk_begin(&desk);
    struct key_order order = order_of("gateway", ROLE_ADMIT);
    struct crowd crowd = {.desk = &desk, .good = key_new(&desk, &order, &key), .ending = texts};
    for (int i = 0; i <= ROUNDS; i++) {
        texts[i] = key_new(&desk, &order, &key);
        ids[i] = key.id;
    }
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, crowd_run, &crowd) == 0);
    for (int i = 0; i < ROUNDS; i++) {
        struct key_secret secret;
        struct key_rotation rotation = {ids[i], NOW, NOW};
        crowd.round = i;
        if (i % 2 == 0)
            CHECK_OK(key_rotate(desk.access, &rotation, &key, &secret));
        else
            CHECK_OK(key_revoke(desk.access, ids[i], NOW));
        crowd.ended = i + 1;
        CHECK_OK(access_keep(desk.access));
        CHECK_OK(key_create(desk.access, &order, &key, &secret));
        key_secret_wipe(&secret);
    }
    crowd.is_over = true;
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    desk_end(&desk);
}

/* ---- the pepper ---- */

static void pepper_write(struct desk *desk, const char *text, mode_t mode) {
    (void)unlink(desk->pepper);
    int file = open(desk->pepper, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    CHECK(file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text) && fchmod(file, mode) == 0);
    (void)close(file);
}

#define DIGITS16 "0123456789abcdef"
static void peppers_are_checked(void **state) {
    (void)state;
    static const struct {
        const char *row, *text; /* NULL: there is none */
        mode_t mode;
        enum status want;
    } rows[] = {
        {"another one", DIGITS16 DIGITS16 DIGITS16 DIGITS16 "\n", 0600, STATUS_CONFLICT},
        {"one that others may read", DIGITS16 DIGITS16 DIGITS16 DIGITS16 "\n", 0640, STATUS_CONFLICT},
        {"none", NULL, 0, STATUS_NOT_FOUND},
        {"too short", DIGITS16 "\n", 0600, STATUS_INVALID},
        {"too long", DIGITS16 DIGITS16 DIGITS16 DIGITS16 "\n\n", 0600, STATUS_INVALID},
        {"no digits", "x" DIGITS16 DIGITS16 DIGITS16 "0123456789abcde\n", 0600, STATUS_INVALID},
    };
    struct desk desk;
    desk_begin(&desk);
    struct stat info;
    CHECK(stat(desk.pepper, &info) == 0 && (info.st_mode & 0777) == 0600);
    FOR_ROWS(row, rows) {
        desk_again(&desk);
        (void)unlink(desk.pepper);
        if (row->text != NULL)
            pepper_write(&desk, row->text, row->mode);
        CHECK_STATUS(desk_open(&desk), row->want);
        CHECK(desk.error.len > 0);
        desk.access = NULL;
    }
    desk_end(&desk);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_told_from_junk),
        cmocka_unit_test(text_has_the_checksum_of_zlib),
        cmocka_unit_test(secrets_are_found_in_texts),
        cmocka_unit_test(roles_are_read_and_written),
        cmocka_unit_test(networks_hold_addresses),
        cmocka_unit_test(orders_are_checked),
        cmocka_unit_test(keys_live_and_end),
        cmocka_unit_test(an_id_is_given_once),
        cmocka_unit_test(revocation_holds_though_the_disk_is_full),
        cmocka_unit_test(last_use_is_kept_by_the_hour),
        cmocka_unit_test(lists_go_on_behind_a_key),
        cmocka_unit_test(door_is_shut_to_the_rest),
        cmocka_unit_test(failures_of_an_address_are_counted),
        cmocka_unit_test(revocation_is_in_effect_when_it_returns),
        cmocka_unit_test(peppers_are_checked),
    };
    return CHECK_RUN(tests);
}
