/* SPDX-License-Identifier: Apache-2.0
 *
 * tollgate key create, list, rotate, revoke. */
#include <sodium.h>

#include "cli/desk.h"
#include "cli/verbs.h"
#include "cxx/json.h"
#include "export/grid.h"

#define DAY_NS (INT64_C(86400) * NS_PER_SECOND)
enum { ROTATION_DAYS = 7, LIST_PART = 256 };

static const struct option create_options[] = {
    {"role", "ROLE", "what it may do; several for several", NULL, true},
    {"account", "ACCOUNT", "the only account that it may read, with --role customer", NULL, false},
    {"network", "NETWORK", "it is good only from there, like 192.0.2.0/24; default: from everywhere", NULL, true},
    {"expires-at", "INSTANT", "when it ends; default: never", NULL, false},
    OPTION_PEPPER,
    OPTION_DATA,
    OPTION_NOW("when it is made"),
    OPTION_JSON,
    OPTIONS_COMMON,
};
static const struct option rotate_options[] = {
    {"old-until", "INSTANT", "until when the secret before is good too; default: 7 days", NULL, false},
    OPTION_PEPPER,
    OPTION_DATA,
    OPTION_NOW("when it is renewed"),
    OPTION_JSON,
    OPTIONS_COMMON,
};
static const struct option revoke_options[] = {OPTION_PEPPER, OPTION_DATA, OPTION_NOW("when it ends"), OPTION_JSON,
                                               OPTIONS_COMMON};
static const struct option list_options[] = {OPTION_DATA, OPTION_NOW("the instant that states are told of"),
                                             OPTION_JSON, OPTIONS_COMMON};

static const struct verb_example create_examples[] = {
    {"tollgate key create gateway --role admit --role ingest --data books/2026",
     "for a gateway; its secret is shown once"},
    {"tollgate key create portal-42 --role customer --account acct-42 --data books/2026",
     "for a customer who reads its own account"},
};
static const struct verb_example rotate_examples[] = {
    {"tollgate key rotate 4fX0aB9cD2eQ --data books/2026", "a new secret; the old one is good for 7 days more"},
};
static const struct verb_example revoke_examples[] = {
    {"tollgate key revoke 4fX0aB9cD2eQ --data books/2026", "it was lost: it opens nothing from now on"},
};
static const struct verb_example list_examples[] = {
    {"tollgate key list --data books/2026", "every key, without its secret"},
};

/* ---- what is shown: the object that the API answers with ---- */

/* A value as text; a list with commas. Returns the token behind it. */
static const struct json_token *value_print(const struct json_token *at, struct grid *grid) {
    struct buf text = {0};
    const struct json_token *behind = at + 1;
    if (at->type == JSON_ARRAY) {
        for (; behind->type != JSON_ARRAY_END; behind++)
            buf_printf(&text, "%s%.*s", text.len > 0 ? ", " : "", (int)behind->len, behind->ptr);
        behind++;
    } else if (at->type != JSON_NULL) {
        buf_visible(&text, (struct slice){at->ptr, at->len});
    }
    grid_cell(grid, text.len > 0 ? buf_slice(&text) : SLICE("-"));
    buf_free(&text);
    return behind;
}

static bool object_print(struct slice object, struct buf *out) {
    struct json_parser *parser = json_parser_new();
    const struct json_token *tokens = NULL;
    struct json_error error;
    struct grid grid = {0};
    size_t count = parser != NULL ? json_parse(parser, object.ptr, object.len, &tokens, &error) : 0;
    grid_start(&grid, "ll", false);
    for (const struct json_token *at = tokens; count > 0 && at < tokens + count;) {
        if (at->type != JSON_KEY || at[1].type == JSON_OBJECT) {
            at++;
            continue;
        }
        grid_cell(&grid, (struct slice){at->ptr, at->len});
        at = value_print(at + 1, &grid);
    }
    grid_print(&grid, 0, false, out);
    bool is_whole = count > 0 && !grid.failed;
    grid_free(&grid);
    json_parser_free(parser);
    return is_whole;
}

/* object: with padding behind it. */
static int object_show(const struct call *call, struct slice object) {
    struct sink out = output_sink();
    bool is_whole = true;
    if (is_json(call)) {
        buf_append(&out.buf, object);
        buf_char(&out.buf, '\n');
    } else {
        is_whole = object_print(object, &out.buf);
    }
    int code = output_finish(&out, EXIT_DONE);
    return is_whole ? code : complain_fault("the key", STATUS_NO_MEMORY);
}

static int key_show(struct desk *desk, const struct key_view *key, struct key_secret *secret) {
    struct buf text = {0};
    struct json_writer writer = {.out = &text};
    if (secret != NULL) {
        json_object(&writer);
        json_member_plain(&writer, "secret", key_secret_reveal(secret));
        json_key(&writer, "key");
        key_secret_wipe(secret);
    }
    key_json(key, &writer);
    if (secret != NULL)
        json_object_end(&writer);
    size_t len = text.len;
    buf_repeat(&text, ' ', JSON_PADDING);
    int code = text.failed ? complain_fault("the key", STATUS_NO_MEMORY)
                           : object_show(desk->call, (struct slice){text.ptr, len});
    if (text.ptr != NULL)
        sodium_memzero(text.ptr, text.len);
    buf_free(&text);
    return code;
}

/* The daemon does it. */
static int ask_and_show(struct desk *desk, const char *path, struct slice body) {
    struct slice answer;
    int code = desk_ask(desk, path, body, &answer);
    return code == EXIT_DONE ? object_show(desk->call, answer) : code;
}

/* ---- create ---- */

static int role_take(const char *text, uint32_t *roles) {
    struct slice names[ROLE_COUNT];
    struct buf hint = {0};
    uint32_t role = 0;
    if (role_parse(slice_of(text), &role)) {
        *roles |= role;
        return EXIT_DONE;
    }
    for (uint32_t i = 0; i < ROLE_COUNT; i++)
        names[i] = slice_of(role_name(i));
    suggestion_print(slice_of(text), names, ROLE_COUNT, "", &hint);
    complain(EXIT_USAGE, "there is no role \"%s\"." SLICE_FMT, text, SLICE_ARG(buf_slice(&hint)));
    buf_free(&hint);
    return EXIT_USAGE;
}

static int network_take(const char *text, struct key_order *order) {
    if (order->network_count == ACCESS_NETWORKS_MAX)
        return complain(EXIT_USAGE, "a key has %d networks at most.", ACCESS_NETWORKS_MAX);
    if (network_parse(slice_of(text), &order->networks[order->network_count]) != STATUS_OK)
        return complain(EXIT_USAGE, "--network \"%s\" is no network; write it like 192.0.2.0/24 or 2001:db8::/32.",
                        text);
    order->network_count++;
    return EXIT_DONE;
}

static int order_read(const struct desk *desk, struct key_order *order) {
    const struct call *call = desk->call;
    const char *account = option_value(call, "account");
    *order = (struct key_order){.name = slice_of(call->operands[0]),
                                .account = account != NULL ? slice_of(account) : SLICE(""),
                                .created_by = desk->actor,
                                .now_ns = desk->now_ns,
                                .expires_ns = INSTANT_MAX};
    int code =
        option_given(call, "expires-at") ? option_instant(call, "expires-at", NULL, &order->expires_ns) : EXIT_DONE;
    for (uint32_t i = 0; i < call->use_count && code == EXIT_DONE; i++) {
        const char *name = call->uses[i].option->name;
        if (strcmp(name, "role") == 0)
            code = role_take(call->uses[i].value, &order->roles);
        else if (strcmp(name, "network") == 0)
            code = network_take(call->uses[i].value, order);
    }
    const char *wrong = code == EXIT_DONE ? key_order_wrong(order) : NULL;
    return wrong != NULL ? complain(EXIT_USAGE, "there can be no such key: %s.", wrong) : code;
}

static int create_remotely(struct desk *desk, const struct key_order *order) {
    struct buf body = {0};
    struct json_writer writer = {.out = &body};
    json_object(&writer);
    json_member(&writer, "name", order->name);
    roles_json(&writer, "roles", order->roles);
    if (order->account.len > 0)
        json_member(&writer, "account", order->account);
    json_key(&writer, "networks");
    json_array(&writer);
    for (uint32_t i = 0; i < order->network_count; i++) {
        char text[NETWORK_TEXT_MAX];
        size_t len = network_format(&order->networks[i], text);
        json_text(&writer, (struct slice){text, len});
    }
    json_array_end(&writer);
    if (order->expires_ns != INSTANT_MAX)
        json_instant(&writer, "expires_at", order->expires_ns, NULL);
    json_object_end(&writer);
    int code =
        body.failed ? complain_fault("the key", STATUS_NO_MEMORY) : ask_and_show(desk, "/v1/keys", buf_slice(&body));
    buf_free(&body);
    return code;
}

static int create_here(struct desk *desk, const struct key_order *order) {
    struct key_view key;
    struct key_secret secret;
    uint64_t seq;
    int code = desk_begin(desk, "key_add", order->name, &seq);
    if (code != EXIT_DONE)
        return code;
    enum status status = key_create(desk->access, order, &key, &secret);
    desk_end(desk, "key_add", status == STATUS_OK ? key.id : order->name, seq, status);
    return status == STATUS_OK ? key_show(desk, &key, &secret)
                               : data_fault("the key", status, store_error(desk->store));
}

static int create_run(const struct call *call) {
    struct desk desk;
    struct key_order order;
    int code = desk_open(call, DESK_WRITE, &desk);
    if (code == EXIT_DONE)
        code = order_read(&desk, &order);
    if (code == EXIT_DONE)
        code = desk.remote != NULL ? create_remotely(&desk, &order) : create_here(&desk, &order);
    desk_close(&desk);
    return code;
}

/* ---- rotate and revoke ---- */

static bool is_id(struct slice id) {
    for (size_t i = 0; i < id.len; i++)
        if (strchr("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", id.ptr[i]) == NULL)
            return false;
    return id.len == KEY_ID_LEN;
}

static int key_fault(const struct desk *desk, enum status status) {
    const char *id = desk->call->operands[0];
    if (status == STATUS_NOT_FOUND)
        return complain(EXIT_INCOMPLETE, "there is no key %s; `tollgate key list` shows all.", id);
    if (status == STATUS_CONFLICT)
        return complain(EXIT_INCOMPLETE, "the key %s is revoked or expired; make a new one.", id);
    return data_fault("the key", status, store_error(desk->store));
}

static int rotate_remotely(struct desk *desk, int64_t until_ns) {
    char until[INSTANT_TEXT_MAX];
    size_t len = instant_format(until_ns, NULL, until);
    struct slice path = arena_printf(&desk->arena, "/v1/keys/%s/rotate", desk->call->operands[0]);
    struct slice body = arena_printf(&desk->arena, "{\"old_until\":\"%.*s\"}", (int)len, until);
    if (path.ptr == NULL || body.ptr == NULL)
        return complain_fault("the key", STATUS_NO_MEMORY);
    return ask_and_show(desk, path.ptr, body);
}

static int rotate_here(struct desk *desk, int64_t until_ns) {
    struct key_rotation rotation = {slice_of(desk->call->operands[0]), desk->now_ns, until_ns};
    struct key_view key;
    struct key_secret secret;
    uint64_t seq;
    int code = desk_begin(desk, "key_renew", rotation.id, &seq);
    if (code != EXIT_DONE)
        return code;
    enum status status = key_rotate(desk->access, &rotation, &key, &secret);
    desk_end(desk, "key_renew", rotation.id, seq, status);
    return status == STATUS_OK ? key_show(desk, &key, &secret) : key_fault(desk, status);
}

static int rotate_run(const struct call *call) {
    struct desk desk;
    int code = is_id(slice_of(call->operands[0]))
                   ? EXIT_DONE
                   : complain(EXIT_USAGE, "\"%s\" is no id of a key.", call->operands[0]);
    if (code != EXIT_DONE)
        return code;
    code = desk_open(call, DESK_WRITE, &desk);
    int64_t until_ns = desk.now_ns + ROTATION_DAYS * DAY_NS;
    if (code == EXIT_DONE && option_given(call, "old-until"))
        code = option_instant(call, "old-until", NULL, &until_ns);
    if (code == EXIT_DONE)
        code = desk.remote != NULL ? rotate_remotely(&desk, until_ns) : rotate_here(&desk, until_ns);
    desk_close(&desk);
    return code;
}

static int revoke_here(struct desk *desk) {
    struct slice id = slice_of(desk->call->operands[0]);
    struct key_view key;
    uint64_t seq;
    int code = desk_begin(desk, "key_end", id, &seq);
    if (code != EXIT_DONE)
        return code;
    enum status status = key_revoke(desk->access, id, desk->now_ns);
    desk_end(desk, "key_end", id, seq, status);
    if (status == STATUS_OK)
        status = key_find(desk->access, id, desk->now_ns, &key);
    return status == STATUS_OK ? key_show(desk, &key, NULL) : key_fault(desk, status);
}

static int revoke_run(const struct call *call) {
    struct desk desk;
    if (!is_id(slice_of(call->operands[0])))
        return complain(EXIT_USAGE, "\"%s\" is no id of a key.", call->operands[0]);
    int code = desk_open(call, DESK_WRITE, &desk);
    if (code == EXIT_DONE && desk.remote != NULL) {
        struct slice path = arena_printf(&desk.arena, "/v1/keys/%s/revoke", call->operands[0]);
        code =
            path.ptr != NULL ? ask_and_show(&desk, path.ptr, SLICE("")) : complain_fault("the key", STATUS_NO_MEMORY);
    } else if (code == EXIT_DONE) {
        code = revoke_here(&desk);
    }
    desk_close(&desk);
    return code;
}

/* ---- list ---- */

static void instant_cell(struct grid *grid, int64_t at_ns) {
    char text[INSTANT_TEXT_MAX];
    bool is_never = at_ns == INSTANT_MAX || at_ns == INSTANT_MIN;
    grid_cell(grid, is_never ? SLICE("-") : (struct slice){text, instant_format(at_ns, NULL, text)});
}

static void row_add(struct grid *grid, const struct key_view *key) {
    char roles[ROLES_TEXT_MAX];
    size_t len = roles_text(key->roles, roles);
    grid_cell(grid, key->id);
    grid_cell(grid, key->name);
    grid_cell(grid, slice_of(key_state_name(key->state)));
    grid_cell(grid, (struct slice){roles, len});
    grid_cell(grid, key->account.len > 0 ? key->account : SLICE("-"));
    instant_cell(grid, key->expires_ns);
    instant_cell(grid, key->last_used_ns);
}

struct listing {
    struct json_writer writer;
    struct grid grid;
    bool is_json;
};

static int list_all(struct desk *desk, struct listing *listing) {
    struct slice after = SLICE("");
    uint32_t count = LIST_PART;
    struct key_view *keys = ARENA_ARRAY(&desk->arena, LIST_PART, struct key_view);
    if (keys == NULL)
        return complain_fault("keys", STATUS_NO_MEMORY);
    while (count == LIST_PART) {
        key_list(desk->access, after, desk->now_ns, keys, &count);
        for (uint32_t i = 0; i < count; i++) {
            if (listing->is_json)
                key_json(&keys[i], &listing->writer);
            else
                row_add(&listing->grid, &keys[i]);
            after = keys[i].id;
        }
    }
    return EXIT_DONE;
}

static int list_run(const struct call *call) {
    static const char *const columns[] = {"key", "name", "state", "roles", "account", "expires", "last used"};
    struct desk desk;
    struct sink out = output_sink();
    struct listing listing = {.writer = {.out = &out.buf}, .is_json = is_json(call)};
    int code = desk_open(call, DESK_READ, &desk);
    grid_start(&listing.grid, "lllllll", true);
    for (size_t i = 0; i < COUNT_OF(columns); i++)
        grid_cell(&listing.grid, slice_of(columns[i]));
    if (listing.is_json) {
        json_object(&listing.writer);
        json_key(&listing.writer, "keys");
        json_array(&listing.writer);
    }
    if (code == EXIT_DONE)
        code = list_all(&desk, &listing);
    if (listing.is_json) {
        json_array_end(&listing.writer);
        json_object_end(&listing.writer);
        buf_char(&out.buf, '\n');
    } else {
        grid_print(&listing.grid, 0, color_out(call), &out.buf);
    }
    grid_free(&listing.grid);
    if (code != EXIT_DONE)
        buf_clear(&out.buf);
    desk_close(&desk);
    return output_finish(&out, code);
}

#define TEXT_SECRET                                                                                                    \
    "The secret is shown here and never again: the book keeps only a hash of it. Send it as\n"                         \
    "`Authorization: Bearer SECRET`; keep it in a file that only its user can read.\n"

const struct verb verb_key_create = {
    .name = "key create",
    .operands = "NAME",
    .summary = "Make an API key for a daemon that serves a data directory",
    .text = TEXT_SECRET
    "Roles: ingest, admit, read, billing, pricing, approve, admin, audit; or customer, alone, with --account.\n"
    "What they allow is in docs/access.md. A daemon that runs knows the key at once.",
    .options = create_options,
    .option_count = COUNT_OF(create_options),
    .examples = create_examples,
    .example_count = COUNT_OF(create_examples),
    .operand_min = 1,
    .operand_max = 1,
    .run = create_run,
};
const struct verb verb_key_rotate = {
    .name = "key rotate",
    .operands = "KEY",
    .summary = "Give an API key a new secret; the one before is good for a while",
    .text = TEXT_SECRET "Only the last two secrets are ever good: the one before the last ends now.",
    .options = rotate_options,
    .option_count = COUNT_OF(rotate_options),
    .examples = rotate_examples,
    .example_count = COUNT_OF(rotate_examples),
    .operand_min = 1,
    .operand_max = 1,
    .run = rotate_run,
};
const struct verb verb_key_revoke = {
    .name = "key revoke",
    .operands = "KEY",
    .summary = "End an API key at once",
    .text = "It stays in the list, and opens nothing from now on, also in a daemon that runs.",
    .options = revoke_options,
    .option_count = COUNT_OF(revoke_options),
    .examples = revoke_examples,
    .example_count = COUNT_OF(revoke_examples),
    .operand_min = 1,
    .operand_max = 1,
    .run = revoke_run,
};
const struct verb verb_key_list = {
    .name = "key list",
    .operands = "",
    .summary = "List the API keys of a data directory, without their secrets",
    .text = "When a key was last used is told by the hour, as a daemon has written it down.",
    .options = list_options,
    .option_count = COUNT_OF(list_options),
    .examples = list_examples,
    .example_count = COUNT_OF(list_examples),
    .operand_max = 0,
    .run = list_run,
};
