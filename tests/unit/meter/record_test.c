/* SPDX-License-Identifier: Apache-2.0
 *
 * Envelopes, commands and identities: what is accepted, what is rejected and where. */
#include "fixture.h"

struct document_row {
    const char *row, *text, *want;
};

static void check_document(struct fixture *fixture, const struct document_row *row) {
    uint32_t count = 0;
    struct record *records = fixture_read(fixture, row->text, NULL, &count);
    if (CHECK_UINT(count, 1))
        CHECK_TEXT(fixture_show(fixture, records), row->want);
    arena_reset(&fixture->batch);
}

#define CHECK_DOCUMENTS(rows)                                                                                          \
    do {                                                                                                               \
        struct fixture fixture;                                                                                        \
        (void)state;                                                                                                   \
        fixture_init(&fixture);                                                                                        \
        FOR_ROWS(row, rows) {                                                                                          \
            check_document(&fixture, row);                                                                             \
        }                                                                                                              \
        fixture_free(&fixture);                                                                                        \
    } while (0)

/* What follows HEAD AT starts in column 95. */
#define HEAD "{\"specversion\":\"1.0\",\"id\":\"o-1\",\"source\":\"s\",\"subject\":\"a\","
#define AT "\"time\":\"2026-02-15T08:50:00+08:00\","
#define LONG32 "0123456789abcdef0123456789abcdef"
#define LONG LONG32 LONG32 LONG32 LONG32 LONG32 LONG32 LONG32 LONG32
#define CALL "\"type\":\"demo.Call\"}"

static void envelopes_are_checked(void **state) {
    static const struct document_row rows[] = {
        {"a good one", HEAD AT CALL, "call=1"},
        {"unknown members are kept out", HEAD AT "\"dataschema\":{\"x\":[1]},\"traceid\":\"t\"," CALL, "call=1"},
        {"not JSON", "{\"specversion\":\"1.0\"", "7:21 rejected: the document ends too early"},
        {"no object", "42", "7:1 rejected: a record must be a JSON object"},
        {"an empty line", "", "7:1 rejected: the document is empty"},
        {"no id", "{\"specversion\":\"1.0\"}",
         "7:1 rejected: \"id\" is missing: a record has specversion, id, source, type, subject and time"},
        {"no time", HEAD CALL,
         "7:1 rejected: \"time\" is missing: a record has specversion, id, source, type, subject and time"},
        {"another version", "{\"specversion\":\"0.3\",\"id\":\"o-1\",\"source\":\"s\",\"subject\":\"a\"," AT CALL,
         "7:16 rejected: \"specversion\" must be \"1.0\""},
        {"an id that is a number", "{\"specversion\":\"1.0\",\"id\":1,\"source\":\"s\",\"subject\":\"a\"," AT CALL,
         "7:27 rejected: \"id\" must be a string"},
        {"an empty source", "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"\",\"subject\":\"a\"," AT CALL,
         "7:40 rejected: \"source\" is empty"},
        {"an id twice", "{\"specversion\":\"1.0\",\"id\":\"1\",\"id\":\"2\"}",
         "7:31 rejected: duplicate member \"id\""},
        {"a time without offset", HEAD "\"time\":\"2026-02-15T08:50:00\"," CALL,
         "7:87 rejected: \"time\" is not an instant like 2026-02-15T08:50:00+08:00"},
        {"a type without dot", HEAD AT "\"type\":\"Call\"}",
         "7:102 rejected: \"type\" must be written TARIFF.OPERATION or tollgate.COMMAND"},
        {"data that is a list", HEAD AT "\"data\":[]," CALL, "7:102 rejected: \"data\" must be an object"},
        {"a member of data twice", HEAD AT "\"data\":{\"count\":1,\"count\":2}," CALL,
         "7:113 rejected: duplicate member \"count\""},
        {"a nested member twice", HEAD AT "\"data\":{\"play\":{\"from\":1,\"from\":1}}," CALL,
         "7:120 rejected: duplicate member \"play.from\""},
        {"an unknown command", HEAD AT "\"type\":\"tollgate.ordre\"}",
         "7:102 rejected: there is no command \"tollgate.ordre\"; did you mean \"order\"?"},
    };
    CHECK_DOCUMENTS(rows);
}

static void commands_are_checked(void **state) {
    static const struct document_row rows[] = {
        {"an order", HEAD AT "\"data\":{\"tariff\":\"demo\",\"sku\":\"small-100\"},\"type\":\"tollgate.order\"}", ""},
        {"no tariff", HEAD AT "\"data\":{\"sku\":\"small-100\"},\"type\":\"tollgate.order\"}",
         "7:102 rejected: data.tariff is missing: name the tariff that sells the sku"},
        {"an unknown tariff",
         HEAD AT "\"data\":{\"tariff\":\"dem\",\"sku\":\"small-100\"},\"type\":\"tollgate.order\"}",
         "7:112 rejected: no tariff \"dem\" is loaded; did you mean \"demo\"?"},
        {"an unknown sku", HEAD AT "\"data\":{\"tariff\":\"demo\",\"sku\":\"small-10\"},\"type\":\"tollgate.order\"}",
         "7:125 rejected: tariff demo sells no \"small-10\"; did you mean \"small-100\"?"},
        {"a quantity of zero",
         HEAD AT "\"data\":{\"tariff\":\"demo\",\"sku\":\"small-100\",\"quantity\":0},\"type\":\"tollgate.order\"}",
         "7:148 rejected: \"quantity\" must be above zero"},
        {"a quantity in words",
         HEAD AT
         "\"data\":{\"tariff\":\"demo\",\"sku\":\"small-100\",\"quantity\":\"two\"},\"type\":\"tollgate.order\"}",
         "7:148 rejected: \"quantity\" is not a decimal number"},
        {"half a period",
         HEAD AT "\"data\":{\"tariff\":\"demo\",\"sku\":\"small-100\",\"periods\":0.5},\"type\":\"tollgate.order\"}",
         "7:147 rejected: \"periods\" must be a whole number from 1 to 100000"},
        {"a bad effective_at",
         HEAD AT "\"data\":{\"tariff\":\"demo\",\"sku\":\"small-100\",\"effective_at\":7},\"type\":\"tollgate.order\"}",
         "7:152 rejected: \"effective_at\" must be a string"},
        {"a refund without order", HEAD AT "\"type\":\"tollgate.refund\"}",
         "7:1 rejected: data.order is missing: name the id of the order to refund"},
        {"an activation without tariff", HEAD AT "\"data\":{},\"type\":\"tollgate.activate\"}",
         "7:102 rejected: data.tariff is missing: name the tariff to activate"},
        {"a mode in other words", HEAD AT "\"data\":{\"mode\":{\"demo\":\"fast\"}},\"type\":\"tollgate.account\"}",
         "7:118 rejected: a billing mode is \"concurrent\" or \"payg\""},
        {"a setting of no tariff", HEAD AT "\"data\":{\"postpaid\":{\"dmo\":true}},\"type\":\"tollgate.account\"}",
         "7:115 rejected: no tariff \"dmo\" is loaded; did you mean \"demo\"?"},
        {"a wallet without currency", HEAD AT "\"data\":{\"amount\":\"1\"},\"type\":\"tollgate.wallet\"}",
         "7:102 rejected: data.currency is missing: a code of ISO 4217"},
        {"a wallet in no currency",
         HEAD AT "\"data\":{\"amount\":\"1\",\"currency\":\"XYZ\"},\"type\":\"tollgate.wallet\"}",
         "7:127 rejected: \"XYZ\" is no currency code of ISO 4217"},
        {"a wallet that moves nothing",
         HEAD AT "\"data\":{\"amount\":\"0.00\",\"currency\":\"USD\"},\"type\":\"tollgate.wallet\"}",
         "7:112 rejected: \"amount\" is zero: nothing is moved"},
        {"a credit line below zero", HEAD AT "\"data\":{\"credit\":{\"USD\":-1}},\"type\":\"tollgate.account\"}",
         "7:119 rejected: it is below zero"},
        {"a credit line in no currency", HEAD AT "\"data\":{\"low\":{\"XYZ\":1}},\"type\":\"tollgate.account\"}",
         "7:110 rejected: \"XYZ\" is no currency code of ISO 4217"},
        {"a credit line twice", HEAD AT "\"data\":{\"low\":{\"USD\":1,\"USD\":2}},\"type\":\"tollgate.account\"}",
         "7:118 rejected: duplicate member \"USD\""},
        {"a credit line without currency", HEAD AT "\"data\":{\"credit\":\"100\"},\"type\":\"tollgate.account\"}",
         "7:112 rejected: \"credit\" must be an object: {\"USD\": \"100\"}"},
        {"a release that is none", HEAD AT "\"data\":{\"released\":{\"demo\":false}},\"type\":\"tollgate.account\"}",
         "7:115 rejected: a release can only be true"},
        {"a tick is its time", HEAD AT "\"type\":\"tollgate.tick\"}", ""},
    };
    CHECK_DOCUMENTS(rows);
}

static void commands_keep_what_they_say(void **state) {
    struct fixture fixture;
    uint32_t count = 0;
    (void)state;
    fixture_init(&fixture);
    struct record *record =
        fixture_read(&fixture,
                     HEAD AT "\"data\":{\"tariff\":\"demo\",\"sku\":\"small-100\",\"quantity\":\"3\",\"periods\":2,"
                             "\"sales\":true,\"renews\":\"o-0\",\"effective_at\":\"2026-02-16T00:00:00+08:00\"},"
                             "\"type\":\"tollgate.order\"}",
                     NULL, &count);
    CHECK_INT(record->kind, RECORD_ORDER);
    CHECK_TEXT(record->tariff->name, "demo");
    CHECK_TEXT(record->command->order.sku, "small-100");
    CHECK_WIDE(record->command->order.quantity.pico, 3 * DECIMAL_ONE_PICO);
    CHECK_UINT(record->command->order.periods, 2);
    CHECK(record->command->order.through_sales && record->command->order.is_renewal &&
          !record->command->order.is_temporary);
    CHECK_TEXT(record->command->order.upgrades, "o-0");
    CHECK_INT(record->command->order.effective_ns, INT64_C(1771171200) * NS_PER_SECOND);
    record = fixture_read(&fixture,
                          HEAD AT "\"data\":{\"postpaid\":{\"demo\":false,\"other\":\"on\"},\"mode\":{\"demo\":"
                                  "\"concurrent\"},\"activated\":{\"other\":true}},\"type\":\"tollgate.account\"}",
                          NULL, &count);
    CHECK_INT(record->kind, RECORD_ACCOUNT);
    CHECK_UINT(record->command->setting_count, 4);
    CHECK(record->command->settings[0].what == SETTING_POSTPAID && !record->command->settings[0].on);
    CHECK(record->command->settings[1].what == SETTING_POSTPAID && record->command->settings[1].on);
    CHECK(record->command->settings[2].what == SETTING_MODE && record->command->settings[2].on);
    CHECK(record->command->settings[3].what == SETTING_ACTIVE && record->command->settings[3].on);
    record = fixture_read(&fixture,
                          HEAD AT "\"data\":{\"released\":{\"demo\":true},\"credit\":{\"USD\":\"100.5\",\"CNY\":0},"
                                  "\"low\":{\"USD\":10}},\"type\":\"tollgate.account\"}",
                          NULL, &count);
    CHECK_UINT(record->command->setting_count, 1);
    CHECK(record->command->settings[0].what == SETTING_RELEASED && record->command->settings[0].on);
    CHECK_UINT(record->command->limit_count, 3);
    CHECK(record->command->limits[0].what == LIMIT_CREDIT && record->command->limits[2].what == LIMIT_LOW);
    CHECK_TEXT(slice_of(record->command->limits[1].currency->code), "CNY");
    CHECK_WIDE(record->command->limits[0].amount.pico, 201 * DECIMAL_ONE_PICO / 2);
    CHECK_WIDE(record->command->limits[2].amount.pico, 10 * DECIMAL_ONE_PICO);
    record = fixture_read(&fixture,
                          HEAD AT "\"data\":{\"amount\":\"-1.50\",\"currency\":\"CNY\"},\"type\":\"tollgate.wallet\"}",
                          NULL, &count);
    CHECK_INT(record->kind, RECORD_WALLET);
    CHECK_WIDE(record->command->units.pico, -3 * DECIMAL_ONE_PICO / 2);
    CHECK_TEXT(slice_of(record->command->currency->code), "CNY");
    fixture_free(&fixture);
}

static void a_list_is_one_record_per_element(void **state) {
    struct fixture fixture;
    uint32_t count = 0;
    (void)state;
    fixture_init(&fixture);
    struct record *records =
        fixture_read(&fixture, "[\n" HEAD AT CALL ",\n  7,\n\n " HEAD AT "\"data\":3," CALL "]", NULL, &count);
    CHECK_UINT(count, 3);
    CHECK_TEXT(fixture_show(&fixture, &records[0]), "call=1");
    CHECK_UINT(records[0].line, 8);
    CHECK_UINT(records[0].column, 1);
    CHECK_TEXT(fixture_show(&fixture, &records[1]), "9:3 rejected: a record must be a JSON object");
    CHECK_TEXT(fixture_show(&fixture, &records[2]), "11:103 rejected: \"data\" must be an object");
    fixture_read(&fixture, " [ ] ", NULL, &count);
    CHECK_UINT(count, 0);
    fixture_free(&fixture);
}

static void the_owner_instant_decides_the_cycle(void **state) {
    struct fixture fixture;
    uint32_t count = 0;
    (void)state;
    fixture_init(&fixture);
    const int64_t at_ns = INT64_C(1771116600) * NS_PER_SECOND, minute_ns = 60 * NS_PER_SECOND;
    struct record *record = fixture_read(&fixture, HEAD AT CALL, NULL, &count);
    CHECK_INT(record->time_ns, at_ns);
    CHECK_INT(record->owner_ns, at_ns);
    CHECK_INT(record->cycle.start_ns, at_ns - 50 * minute_ns);
    CHECK_INT(record->cycle.end_ns, at_ns + 10 * minute_ns);
    record =
        fixture_read(&fixture, HEAD AT "\"data\":{\"submitted_at\":\"2026-02-15T07:59:59+08:00\"}," CALL, NULL, &count);
    CHECK_INT(record->cycle.end_ns, at_ns - 50 * minute_ns);
    record = fixture_read(&fixture, HEAD AT "\"data\":{\"submitted_at\":\"yesterday\"}," CALL, NULL, &count);
    CHECK_INT(record->owner_ns, at_ns);
    record = fixture_read(&fixture,
                          HEAD AT "\"data\":{\"submitted_at\":\"2025-02-15T07:59:59+08:00\"},\"type\":\"other.Call\"}",
                          NULL, &count);
    CHECK_INT(record->owner_ns, at_ns);
    CHECK_INT(record->cycle.start_ns, INT64_C(1769875200) * NS_PER_SECOND);
    fixture_free(&fixture);
}

static void identities_and_payloads_compare(void **state) {
    static const struct {
        const char *row, *text;
        bool same_identity, same_payload;
    } rows[] = {
        {"the same", HEAD AT CALL, true, true},
        {"another order and spaces",
         "{ \"type\" : \"demo.Call\", " AT "\"subject\":\"a\",\"source\":\"s\",\"id\":\"o-1\",\"specversion\":\"1.0\"}",
         true, true},
        {"another id", "{\"specversion\":\"1.0\",\"id\":\"o-2\",\"source\":\"s\",\"subject\":\"a\"," AT CALL, false,
         true},
        {"source and id run together",
         "{\"specversion\":\"1.0\",\"id\":\"-1\",\"source\":\"so\",\"subject\":\"a\"," AT CALL, false, true},
        {"another subject", "{\"specversion\":\"1.0\",\"id\":\"o-1\",\"source\":\"s\",\"subject\":\"b\"," AT CALL, true,
         false},
        {"more data", HEAD AT "\"data\":{\"count\":1}," CALL, true, false},
    };
    struct fixture fixture;
    uint32_t count = 0;
    (void)state;
    fixture_init(&fixture);
    struct record *first = fixture_read(&fixture, HEAD AT CALL, NULL, &count);
    FOR_ROWS(row, rows) {
        struct record *record = fixture_read(&fixture, row->text, NULL, &count);
        CHECK_INT(record->kind, RECORD_USAGE);
        CHECK_INT(memcmp(record->identity, first->identity, sizeof first->identity) == 0, row->same_identity);
        CHECK_INT(record->payload == first->payload, row->same_payload);
        CHECK_UINT(record->subject_hash, names_hash(record->subject));
    }
    fixture_free(&fixture);
}

static void payloads_see_every_value(void **state) {
    static const struct {
        const char *row, *one, *other;
        bool same;
    } rows[] = {
        {"members change places", "{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}", true},
        {"values change places", "{\"a\":1,\"b\":2}", "{\"a\":2,\"b\":1}", false},
        {"elements change places", "{\"a\":[1,2]}", "{\"a\":[2,1]}", false},
        {"a number and a string", "{\"a\":1}", "{\"a\":\"1\"}", false},
        {"a value moves inwards", "{\"a\":{\"b\":1},\"c\":{}}", "{\"a\":{},\"c\":{\"b\":1}}", false},
        {"an id inside data counts", "{\"id\":1}", "{\"id\":2}", false},
        {"nested members change places", "{\"a\":[{\"x\":1,\"y\":2}]}", "{\"a\":[{\"y\":2,\"x\":1}]}", true},
        {"white space in data", "{\"a\":1,\"b\":[{}]}", "{ \"a\" : 1 , \"b\" : [ { } ] }", true},
        {"white space in a long member", "{\"a\":\"" LONG "\"}", "{\"a\" : \"" LONG "\"}", true},
        {"a list and an object", "{\"a\":[]}", "{\"a\":{}}", false},
        {"one element more", "{\"a\":[[]]}", "{\"a\":[[],[]]}", false},
        {"elements are not shared", "{\"a\":[{\"x\":1},{\"y\":2}]}", "{\"a\":[{\"x\":1,\"y\":2},{}]}", false},
    };
    struct fixture fixture;
    (void)state;
    fixture_init(&fixture);
    FOR_ROWS(row, rows) {
        uint64_t payloads[2];
        for (int i = 0; i < 2; i++) {
            struct buf document = {0};
            uint32_t count = 0;
            buf_printf(&document, HEAD AT "\"data\":%s," CALL, i == 0 ? row->one : row->other);
            payloads[i] = fixture_read(&fixture, buf_slice(&document).ptr, NULL, &count)->payload;
            buf_free(&document);
        }
        CHECK_INT(payloads[0] == payloads[1], row->same);
    }
    fixture_free(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(envelopes_are_checked),
        cmocka_unit_test(commands_are_checked),
        cmocka_unit_test(commands_keep_what_they_say),
        cmocka_unit_test(a_list_is_one_record_per_element),
        cmocka_unit_test(the_owner_instant_decides_the_cycle),
        cmocka_unit_test(identities_and_payloads_compare),
        cmocka_unit_test(payloads_see_every_value),
    };
    return CHECK_RUN(tests);
}
