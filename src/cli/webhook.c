/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate webhook add, list, change, remove, rotate, test, replay, deliveries: by the daemon that serves the
 * directory, or, when none does, on the directory; then what is to be sent waits for the daemon. */
#include "cli/webhook.h"

#include <sodium.h>
#include <stdio.h>

#include "cli/desk.h"
#include "cli/verbs.h"
#include "hook/hooks.h"

#define OPTIONS_DESK OPTION_PEPPER, OPTION_DATA, OPTION_NOW("when it is done"), OPTION_JSON, OPTIONS_COMMON
#define OPTIONS_WANTS                                                                                                  \
    {"type", "TYPE", "what it is told, like tollgate.alert.overdue; may be repeated; default: all", NULL, true},       \
        {"account", "ACCOUNT", "only what concerns this account; may be repeated; default: all", NULL, true}, {        \
        "description", "TEXT", "for people", NULL, false                                                               \
    }
#define OPTION_SCHEME                                                                                                  \
    { "scheme", "SCHEME", "v1: a shared secret (default); v1a: a pair of keys", "v1|v1a", false }

static const struct option add_options[] = {OPTIONS_WANTS, OPTION_SCHEME, OPTIONS_DESK};
static const struct option change_options[] = {
    {"url", "URL", "where it goes", NULL, false},
    OPTIONS_WANTS,
    {"enable", NULL, "send again, and go on where it stopped", NULL, false},
    {"disable", NULL, "send nothing until it is enabled", NULL, false},
    OPTIONS_DESK,
};
static const struct option rotate_options[] = {
    {"overlap", "DURATION", "how long the older keys sign too, like \"7 days\", or none; default: 24 hours", NULL,
     false},
    OPTION_SCHEME,
    OPTIONS_DESK,
};
static const struct option replay_options[] = {
    {"delivery", "NUMBER", "this one", NULL, false},
    {"since", "INSTANT", "all that is dated then or later", NULL, false},
    OPTIONS_DESK,
};
static const struct option other_options[] = {OPTIONS_DESK};

/* ---- the way to the webhooks ---- */

struct demand {
    const char *action; /* of the audit log: the name of the route */
    const char *method, *suffix;
    enum status (*ask)(struct hooks *hooks, struct slice id, struct hook_call *call);
    enum webhook_shape shape;
    bool is_reading;
};

struct source {
    struct book *book;
};

static const struct engine *source_begin(void *context) {
    return book_engine(((struct source *)context)->book);
}
static void source_end(void *context) {
    (void)context;
}
static const struct tariff_set *source_tariffs(void *context) {
    return book_tariffs(((struct source *)context)->book);
}
static uint32_t source_set(void *context) {
    return book_set_number(((struct source *)context)->book);
}
static int64_t desk_now(void *context) {
    return ((const struct desk *)context)->now_ns;
}

static int refused(enum status status, const struct hook_call *call, const struct desk *desk) {
    if (call->detail.len > 0)
        return complain(status == STATUS_INVALID ? EXIT_USAGE : EXIT_INCOMPLETE, SLICE_FMT, SLICE_ARG(call->detail));
    return data_fault("webhooks", status, store_error(desk->store));
}

static int ask_hooks(struct desk *desk, const struct demand *demand, struct hooks *hooks, struct hook_call *call) {
    struct slice id = slice_of(desk->call->operand_count > 0 ? desk->call->operands[0] : "");
    uint64_t seq = 0;
    int code = demand->is_reading ? EXIT_DONE : desk_begin(desk, demand->action, id, &seq);
    if (code != EXIT_DONE)
        return code;
    enum status status = demand->ask(hooks, id, call);
    if (!demand->is_reading)
        desk_end(desk, demand->action, id, seq, status);
    return status == STATUS_OK ? EXIT_DONE : refused(status, call, desk);
}

/* On the directory: how far the book has come is read beside. */
static int ask_here(struct desk *desk, const struct demand *demand, struct hook_call *call) {
    uint8_t key[KEY_HASH_BYTES];
    struct source source;
    struct hooks *hooks = NULL;
    struct slice error = {0};
    struct hook_options options = {.store = desk->store,
                                   .source = {source_begin, source_end, source_tariffs, source_set, &source},
                                   .key = key,
                                   .now = desk_now,
                                   .now_context = desk};
    enum status status = book_open(desk->directory, STORE_READ, &desk->arena, &source.book, &error);
    if (status != STATUS_OK)
        return data_fault(desk->directory, status, error);
    access_key(desk->access, SLICE("webhook secrets"), key);
    status = hooks_open(&options, &desk->arena, &hooks, &error);
    sodium_memzero(key, sizeof key);
    int code = status == STATUS_OK ? ask_hooks(desk, demand, hooks, call) : data_fault("webhooks", status, error);
    hooks_close(hooks);
    book_close(source.book);
    return code;
}

static int ask_daemon(struct desk *desk, const struct demand *demand, struct hook_call *call) {
    struct remote_answer answer = {0};
    const char *id = desk->call->operand_count > 0 ? desk->call->operands[0] : "";
    bool has_id = demand->suffix != NULL;
    struct slice path = arena_printf(&desk->arena, "/v1/webhooks%s%s%s", has_id ? "/" : "", has_id ? id : "",
                                     has_id ? demand->suffix : "");
    if (path.ptr == NULL)
        return complain_fault("webhooks", STATUS_NO_MEMORY);
    enum status status = remote_request(desk->remote, demand->method, path.ptr, call->body, &answer);
    bool is_good = status == STATUS_OK && answer.status >= 200 && answer.status <= 299;
    int code = is_good ? EXIT_DONE : remote_complain(status, &answer);
    if (is_good)
        buf_append(call->out, buf_slice(&answer.body));
    if (answer.status == 404 || answer.status == 409)
        code = EXIT_INCOMPLETE;
    if (answer.status == 422)
        code = EXIT_USAGE;
    remote_answer_free(&answer);
    return code;
}

static bool is_id(const char *id) {
    return id[0] != '\0' && strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(id);
}

static int demand_run(const struct call *call, const struct demand *demand, struct buf *body) {
    struct desk desk;
    struct buf out = {0};
    if (demand->suffix != NULL && !is_id(call->operands[0]))
        return complain(EXIT_USAGE, "\"%s\" is no id of a webhook; `tollgate webhook list` shows all.",
                        call->operands[0]);
    int code = desk_open(call, true, &desk);
    struct hook_call asked = {.body = buf_slice(body), .limit = 1000, .arena = &desk.arena, .out = &out};
    if (code == EXIT_DONE && body->failed)
        code = complain_fault("webhooks", STATUS_NO_MEMORY);
    if (code == EXIT_DONE)
        code = desk.remote != NULL ? ask_daemon(&desk, demand, &asked) : ask_here(&desk, demand, &asked);
    size_t len = out.len;
    buf_repeat(&out, ' ', JSON_PADDING);
    if (code == EXIT_DONE)
        code = out.failed ? complain_fault("webhooks", STATUS_NO_MEMORY)
                          : webhook_print(call, demand->shape, (struct slice){out.ptr, len});
    if (out.ptr != NULL)
        sodium_memzero(out.ptr, out.cap);
    buf_free(&out);
    desk_close(&desk);
    return code;
}

/* ---- bodies ---- */

static void texts_write(const struct call *call, const char *option, const char *key, struct json_writer *writer) {
    if (!option_given(call, option))
        return;
    json_key(writer, key);
    json_array(writer);
    for (uint32_t i = 0; i < call->use_count; i++)
        if (strcmp(call->uses[i].option->name, option) == 0)
            json_text(writer, slice_of(call->uses[i].value));
    json_array_end(writer);
}

static void text_write(const struct call *call, const char *option, struct json_writer *writer) {
    if (option_given(call, option))
        json_member(writer, option, slice_of(option_value(call, option)));
}

static void wants_write(const struct call *call, struct json_writer *writer) {
    texts_write(call, "type", "types", writer);
    texts_write(call, "account", "accounts", writer);
    text_write(call, "description", writer);
}

static enum status create(struct hooks *hooks, struct slice id, struct hook_call *call) {
    (void)id;
    return hooks_create(hooks, call);
}

static enum status list(struct hooks *hooks, struct slice id, struct hook_call *call) {
    (void)id;
    return hooks_list(hooks, call);
}

static int add_run(const struct call *call) {
    static const struct demand demand = {"webhook_create", "POST", NULL, create, WEBHOOK_ONE, false};
    struct buf body = {0};
    struct json_writer writer = {.out = &body};
    json_object(&writer);
    json_member(&writer, "url", slice_of(call->operands[0]));
    wants_write(call, &writer);
    text_write(call, "scheme", &writer);
    json_object_end(&writer);
    int code = demand_run(call, &demand, &body);
    buf_free(&body);
    return code;
}

static int change_run(const struct call *call) {
    static const struct demand demand = {"webhook_change", "PATCH", "", hooks_change, WEBHOOK_ONE, false};
    struct buf body = {0};
    struct json_writer writer = {.out = &body};
    if (option_given(call, "enable") && option_given(call, "disable"))
        return complain(EXIT_USAGE, "--enable and --disable contradict each other.");
    json_object(&writer);
    text_write(call, "url", &writer);
    wants_write(call, &writer);
    if (option_given(call, "enable") || option_given(call, "disable")) {
        json_key(&writer, "is_enabled");
        json_bool(&writer, option_given(call, "enable"));
    }
    json_object_end(&writer);
    int code = demand_run(call, &demand, &body);
    buf_free(&body);
    return code;
}

static int rotate_run(const struct call *call) {
    static const struct demand demand = {"webhook_rotate", "POST", "/rotate", hooks_rotate, WEBHOOK_ONE, false};
    struct buf body = {0};
    struct json_writer writer = {.out = &body};
    json_object(&writer);
    text_write(call, "overlap", &writer);
    text_write(call, "scheme", &writer);
    json_object_end(&writer);
    int code = demand_run(call, &demand, &body);
    buf_free(&body);
    return code;
}

static int replay_run(const struct call *call) {
    static const struct demand demand = {"webhook_replay", "POST", "/replay", hooks_replay, WEBHOOK_DELIVERY, false};
    struct buf body = {0};
    struct json_writer writer = {.out = &body};
    uint64_t number;
    int64_t since_ns;
    json_object(&writer);
    int code = EXIT_DONE;
    if (option_given(call, "delivery")) {
        code = option_number(call, "delivery", INT64_MAX, &number);
        json_key(&writer, "delivery");
        json_uint(&writer, code == EXIT_DONE ? number : 0);
    }
    if (code == EXIT_DONE && option_given(call, "since")) {
        code = option_instant(call, "since", NULL, &since_ns);
        if (code == EXIT_DONE)
            json_instant(&writer, "since", since_ns, NULL);
    }
    json_object_end(&writer);
    if (code == EXIT_DONE)
        code = demand_run(call, &demand, &body);
    buf_free(&body);
    return code;
}

static int list_run(const struct call *call) {
    static const struct demand demand = {"webhooks_list", "GET", NULL, list, WEBHOOK_LIST, true};
    struct buf body = {0};
    return demand_run(call, &demand, &body);
}

static int deliveries_run(const struct call *call) {
    static const struct demand demand = {"webhook_deliveries", "GET", "/deliveries", hooks_deliveries,
                                         WEBHOOK_DELIVERIES,   true};
    struct buf body = {0};
    return demand_run(call, &demand, &body);
}

static int remove_run(const struct call *call) {
    static const struct demand demand = {"webhook_remove", "DELETE", "", hooks_remove, WEBHOOK_GONE, false};
    struct buf body = {0};
    return demand_run(call, &demand, &body);
}

static int test_run(const struct call *call) {
    static const struct demand demand = {"webhook_test", "POST", "/test", hooks_test, WEBHOOK_DELIVERY, false};
    struct buf body = {0};
    return demand_run(call, &demand, &body);
}

/* ---- the verbs ---- */

static const struct verb_example add_examples[] = {
    {"tollgate webhook add https://hooks.example.com/tollgate --data books/2026", "it is told everything from now on"},
    {"tollgate webhook add https://hooks.example.com/low --type tollgate.alert.balance-low --data books/2026",
     "low balances alone"},
};
static const struct verb_example list_examples[] = {
    {"tollgate webhook list --data books/2026", "every webhook, without its secret"},
};
static const struct verb_example change_examples[] = {
    {"tollgate webhook change wh_5b0c9e1f2a3d4c5b6a798081 --enable --data books/2026", "its receiver is there again"},
};
static const struct verb_example remove_examples[] = {
    {"tollgate webhook remove wh_5b0c9e1f2a3d4c5b6a798081 --data books/2026", "nobody needs it"},
};
static const struct verb_example rotate_examples[] = {
    {"tollgate webhook rotate wh_5b0c9e1f2a3d4c5b6a798081 --overlap '7 days' --data books/2026",
     "a new secret; for a week the old one signs too"},
};
static const struct verb_example test_examples[] = {
    {"tollgate webhook test wh_5b0c9e1f2a3d4c5b6a798081 --data books/2026", "does it arrive?"},
};
static const struct verb_example replay_examples[] = {
    {"tollgate webhook replay wh_5b0c9e1f2a3d4c5b6a798081 --since 2026-03-01 --data books/2026",
     "the receiver lost what it was told in March"},
};
static const struct verb_example deliveries_examples[] = {
    {"tollgate webhook deliveries wh_5b0c9e1f2a3d4c5b6a798081 --data books/2026", "the last hundred, the newest first"},
};

#define WEBHOOK_VERB(word, what, about, explained, list, many)                                                         \
    const struct verb verb_webhook_##word = {.name = "webhook " #word,                                                 \
                                             .operands = what,                                                         \
                                             .summary = about,                                                         \
                                             .text = explained,                                                        \
                                             .options = list,                                                          \
                                             .option_count = COUNT_OF(list),                                           \
                                             .examples = word##_examples,                                              \
                                             .example_count = COUNT_OF(word##_examples),                               \
                                             .operand_min = many,                                                      \
                                             .operand_max = many,                                                      \
                                             .run = word##_run}

WEBHOOK_VERB(
    add, "URL", "Make a webhook: alerts are sent to this URL",
    "The answer shows the secret by which the receiver knows the sender, once. What the URL may be, and how a\n"
    "receiver checks what it gets: docs/webhooks.md. A daemon sends; without one, alerts wait.",
    add_options, 1);
WEBHOOK_VERB(list, "", "List the webhooks of a data directory",
             "Their state is enabled, disabled (by hand), gone (the receiver answered 410) or failing (a message was\n"
             "given up after ten attempts, and none arrived meanwhile).",
             other_options, 0);
WEBHOOK_VERB(
    change, "ID", "Change, enable or disable a webhook",
    "Lists of types and accounts replace those before. What was told while it was disabled is sent once it is\n"
    "enabled.",
    change_options, 1);
WEBHOOK_VERB(remove, "ID", "Remove a webhook and its deliveries", "What waits for it is not sent any more.",
             other_options, 1);
WEBHOOK_VERB(rotate, "ID", "Give a webhook a new key",
             "Every message has a signature by the new key and, until the overlap is over, by those before it.",
             rotate_options, 1);
WEBHOOK_VERB(test, "ID", "Send a test message to a webhook",
             "Its type is tollgate.webhook.test; `tollgate webhook deliveries ID` shows what became of it.",
             other_options, 1);
WEBHOOK_VERB(replay, "ID", "Send again what a webhook was sent",
             "One delivery of the log, or everything that is dated since an instant. The ids are the same as before.",
             replay_options, 1);
WEBHOOK_VERB(deliveries, "ID", "Show the deliveries of a webhook, the newest first",
             "The last hundred: what waits, what was delivered, what failed, and what receivers answered.",
             other_options, 1);
