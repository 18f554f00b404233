/* SPDX-License-Identifier: Apache-2.0
 *
 * Signatures against published vectors: those of Standard Webhooks, and of RFC 4231 and RFC 8032 by way of them. */
#include "hook/signature.h"

#include "support/check.h"

#define ID "msg_p5jXN8AQM9LWM0D4loKWxJek"
#define BODY "{\"test\": 2432232314}"

static void vectors_of_the_standard_hold(void **state) {
    static const struct {
        const char *row, *key, *want;
    } rows[] = {
        {"a shared secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
         "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
        {"a pair of keys", "whsk_VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTlk=",
         "v1a,tQ9V2XOqn7jL/DQenEFpqIugdBVtiMmER5mhSkXBNwM0mkATuDe6KYYUuxqtaiHeYGb7KaaBRdM5WqyeFiL8Ag=="},
    };
    (void)state;
    FOR_ROWS(row, rows) {
        struct hook_key key;
        struct buf out = {0};
        char text[HOOK_KEY_TEXT_MAX];
        if (CHECK(hook_key_read(slice_of(row->key), &key))) {
            hook_sign(&key, &(struct hook_signed){SLICE(ID), 1614265330, SLICE(BODY)}, &out);
            CHECK_TEXT(buf_slice(&out), row->want);
            hook_key_text(&key, text);
            CHECK_TEXT(slice_of(text), row->key);
        }
        buf_free(&out);
    }
}

static void every_part_is_signed(void **state) {
    static const struct {
        const char *row;
        struct hook_signed what;
    } rows[] = {
        {"another id", {SLICE("msg_q"), 1614265330, SLICE(BODY)}},
        {"another instant", {SLICE(ID), 1614265331, SLICE(BODY)}},
        {"another body", {SLICE(ID), 1614265330, SLICE("{\"test\":2432232314}")}},
        {"no body", {SLICE(ID), 1614265330, SLICE("")}},
    };
    struct hook_key keys[] = {hook_key_new(HOOK_V1), hook_key_new(HOOK_V1A)};
    (void)state;
    FOR_ROWS(row, rows) {
        for (int i = 0; i < 2; i++) {
            struct buf good = {0}, other = {0};
            hook_sign(&keys[i], &(struct hook_signed){SLICE(ID), 1614265330, SLICE(BODY)}, &good);
            hook_sign(&keys[i], &row->what, &other);
            CHECK(!slice_eq(buf_slice(&good), buf_slice(&other)));
            buf_free(&good);
            buf_free(&other);
        }
    }
}

static void keys_are_read_strictly(void **state) {
    static const struct {
        const char *row, *text;
        uint32_t want; /* length; 0: refused */
    } rows[] = {
        {"24 bytes", "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 24},
        {"64 bytes",
         "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==", 64},
        {"23 bytes", "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", 0},
        {"65 bytes",
         "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", 0},
        {"nothing", "", 0},
        {"the prefix alone", "whsec_", 0},
        {"another prefix", "sk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 0},
        {"a public key", "whpk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", 0},
        {"no prefix", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 0},
        {"no base64", "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA*A", 0},
        {"something behind it", "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA ", 0},
        {"no padding", "whsk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 0},
        {"the letters of URLs", "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA_", 0},
        {"a seed", "whsk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", 32},
        {"a seed that is too short", "whsk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 0},
    };
    (void)state;
    FOR_ROWS(row, rows) {
        struct hook_key key = {0};
        CHECK_INT(hook_key_read(slice_of(row->text), &key), row->want > 0);
        CHECK_UINT(key.len, row->want);
    }
}

static void only_pairs_have_a_public_key(void **state) {
    struct hook_key key;
    char text[HOOK_KEY_TEXT_MAX];
    (void)state;
    /* RFC 8032, 7.1, test 1 */
    if (CHECK(hook_key_read(SLICE("whsk_nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="), &key)))
        hook_key_public(&key, text);
    CHECK_TEXT(slice_of(text), "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
    key = hook_key_new(HOOK_V1);
    hook_key_public(&key, text);
    CHECK_TEXT(slice_of(text), "");
}

static void new_keys_differ(void **state) {
    (void)state;
    for (int scheme = HOOK_V1; scheme <= HOOK_V1A; scheme++) {
        struct hook_key a = hook_key_new((enum hook_scheme)scheme), b = hook_key_new((enum hook_scheme)scheme);
        CHECK_UINT(a.len, 32);
        CHECK(memcmp(a.bytes, b.bytes, a.len) != 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_of_the_standard_hold),
        cmocka_unit_test(every_part_is_signed),
        cmocka_unit_test(keys_are_read_strictly),
        cmocka_unit_test(only_pairs_have_a_public_key),
        cmocka_unit_test(new_keys_differ),
    };
    return CHECK_RUN(tests);
}
