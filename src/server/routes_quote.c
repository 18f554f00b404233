/* SPDX-License-Identifier: Apache-2.0
 *
 * POST /v1/quote: what work or an order would cost, before it happens. Nothing changes. */
#include "engine/standing.h"
#include "server/body.h"
#include "server/server_private.h"
#include "trial/quote.h"

#define BOUGHT_MAX 64
#define NAME_MAX 256 /* of an attribute, nested */

struct asked {
    struct body body;
    struct quote quote;
    struct slice listed; /* the tariff's name as it was asked for: a contract may let another one stand for it */
    struct slice account;
    struct quote_bought bought[BOUGHT_MAX];
    uint32_t bought_count;
};

/* ---- what is asked ---- */

static bool unknown(const struct asked *asked, const char *pointer, const char *what, struct slice wrong,
                    const struct names *names) {
    struct slice near = names_suggest(wrong, names->texts, names->count);
    if (near.len > 0)
        body_wrong(&asked->body, pointer, "%s \"" SLICE_FMT "\". Did you mean \"" SLICE_FMT "\"?", what,
                   SLICE_ARG(wrong), SLICE_ARG(near));
    else
        body_wrong(&asked->body, pointer, "%s \"" SLICE_FMT "\".", what, SLICE_ARG(wrong));
    return false;
}

static bool tariff_choose(struct asked *asked, const char *pointer, struct slice name) {
    asked->listed = name;
    asked->quote.tariff = tariff_find(asked->quote.set, name);
    return asked->quote.tariff || unknown(asked, pointer, "there is no tariff", name, &asked->quote.set->names);
}

static bool instant_read(struct asked *asked) {
    struct slice text = {0};
    if (!body_text(&asked->body, "at", false, &text))
        return false;
    if (text.len == 0 || instant_parse(text, &asked->quote.at_ns, NULL) == STATUS_OK)
        return true;
    body_wrong(&asked->body, "at", "\"at\" is no instant like 2026-02-15T08:50:00+08:00.");
    return false;
}

/* A key that no tariff declares would be ignored by rating, which is never what is meant. Members of streams are
 * attributes of their own; what is nested has a name with dots. */
struct attribute_walk {
    size_t lengths[JSON_DEPTH_MAX + 2]; /* of the name, behind each object that is open */
    bool in_array[JSON_DEPTH_MAX + 2];
    uint32_t depth;
    char name[NAME_MAX];
    size_t len;
};

static bool key_enter(struct attribute_walk *walk, struct slice key) {
    walk->len = walk->lengths[walk->depth];
    if (walk->len + key.len + 1 > sizeof walk->name)
        return false;
    if (walk->len > 0)
        walk->name[walk->len++] = '.';
    memcpy(walk->name + walk->len, key.ptr, key.len);
    walk->len += key.len;
    return true;
}

static bool attributes_check(const struct asked *asked, const struct json_token *data) {
    struct attribute_walk walk = {0};
    const struct names *names = &asked->quote.set->attrs.names;
    for (const struct json_token *token = data + 1, *end = body_token_skip(data) - 1; token < end; token++) {
        bool opens = token->type == JSON_OBJECT || token->type == JSON_ARRAY;
        if (token->type == JSON_KEY && !key_enter(&walk, body_token_text(token)))
            return unknown(asked, "data", "no tariff uses an attribute", body_token_text(token), names);
        struct slice name = {walk.name, walk.len};
        if (opens) {
            bool is_stream = token->type == JSON_ARRAY || walk.in_array[walk.depth];
            walk.in_array[++walk.depth] = token->type == JSON_ARRAY;
            walk.lengths[walk.depth] = is_stream ? 0 : walk.len;
        } else if (token->type == JSON_OBJECT_END || token->type == JSON_ARRAY_END) {
            walk.depth--;
        } else if (token->type != JSON_KEY && !walk.in_array[walk.depth] && names_find(names, name) == NAMES_NONE) {
            return unknown(asked, "data", "no tariff uses an attribute", name, names);
        }
    }
    return true;
}

static bool bought_read(struct asked *asked, const struct json_token *element) {
    struct quote_bought *bought = &asked->bought[asked->bought_count++];
    struct slice sku = {0};
    *bought = (struct quote_bought){.quantity = SLICE("1")};
    if (element->type != JSON_OBJECT) {
        body_wrong(&asked->body, "with", "every element of \"with\" is an object: {\"sku\": …, \"quantity\": …}.");
        return false;
    }
    for (const struct json_token *key = element + 1; key->type == JSON_KEY; key = body_token_skip(key + 1)) {
        struct slice name = body_token_text(key);
        bool is_scalar = key[1].type == JSON_TEXT || key[1].type == JSON_NUMBER;
        if (is_scalar && slice_is(name, "sku")) {
            sku = body_token_text(key + 1);
        } else if (is_scalar && slice_is(name, "quantity")) {
            bought->quantity = body_token_text(key + 1);
        } else {
            body_wrong(&asked->body, "with", "what was bought has a \"sku\" and a \"quantity\", as texts.");
            return false;
        }
    }
    const struct tariff *tariff = asked->quote.tariff;
    bought->product = tariff_product(tariff, sku);
    return bought->product || unknown(asked, "with", "the tariff does not sell", sku, &tariff->product_names);
}

static bool with_read(struct asked *asked) {
    const struct json_token *list = body_find(&asked->body, "with");
    if (list && list->type != JSON_ARRAY) {
        body_wrong(&asked->body, "with", "\"with\" must be a list of what was bought before.");
        return false;
    }
    for (const struct json_token *at = list ? list + 1 : NULL; at && at->type != JSON_ARRAY_END;
         at = body_token_skip(at)) {
        if (asked->bought_count == BOUGHT_MAX) {
            body_wrong(&asked->body, "with", "\"with\" has more than %d elements.", BOUGHT_MAX);
            return false;
        }
        if (!bought_read(asked, at))
            return false;
    }
    return true;
}

/* A quote is of one thing: what belongs to the other has no place in it. */
static const char *const work_only[] = {"operation", "data", "at", "with", "account", NULL};
static const char *const order_only[] = {"tariff", "sku", "quantity", "periods", NULL};

static bool members_absent(const struct asked *asked, const char *const *others) {
    for (; *others; others++)
        if (body_find(&asked->body, *others)) {
            body_wrong(&asked->body, *others,
                       "a quote is of work (\"operation\") or of an order (\"sku\"); not of both.");
            return false;
        }
    return true;
}

/* ---- work ---- */

static enum status event_write(const struct asked *asked, struct slice account, struct slice tariff,
                               struct slice *ret_event) {
    const struct json_token *data = body_find(&asked->body, "data");
    struct buf text = {0};
    struct json_writer writer = {.out = &text};
    struct event_head head = {.id = SLICE("quote"),
                              .source = SLICE("quote"),
                              .subject = account,
                              .group = tariff,
                              .name = asked->quote.operation,
                              .at_ns = asked->quote.at_ns};
    event_begin(&head, &writer);
    if (data && data->len > 2) {
        struct buf members = {0};
        body_value_copy(asked->body.request->body, data, &members);
        buf_append(&text, (struct slice){members.ptr + 1, members.len > 2 ? members.len - 2 : 0});
        text.failed = text.failed || members.failed;
        buf_free(&members);
    }
    event_end(&writer);
    *ret_event = text.failed ? (struct slice){0} : arena_copy(asked->quote.run, buf_slice(&text));
    buf_free(&text);
    return ret_event->ptr ? STATUS_OK : STATUS_NO_MEMORY;
}

static enum status work_json(const struct asked *asked, struct json_writer *writer) {
    const struct quote *quote = &asked->quote;
    struct quote_rated payg, bought;
    struct alternative *list;
    struct slice event;
    uint32_t count;
    TRY(event_write(asked, QUOTE_ACCOUNT, quote->tariff->name, &event));
    TRY(quote_rate(quote, NULL, 0, event, &payg));
    enum status status = quote_alternatives(quote, &payg.statement, payg.record, &list, &count);
    if (status == STATUS_OK && asked->bought_count == 0) {
        quote_json(quote, &payg, list, count, writer);
    } else if (status == STATUS_OK) {
        status = quote_rate(quote, asked->bought, asked->bought_count, event, &bought);
        if (status == STATUS_OK) {
            quote_json(quote, &bought, list, count, writer);
            quote_rated_free(&bought);
        }
    }
    quote_rated_free(&payg);
    return status;
}

/* The state stands still. */
static enum status account_json(struct asked *asked, const struct engine *engine, uint32_t account,
                                struct json_writer *writer) {
    struct quote_now now;
    struct slice event;
    TRY(event_write(asked, asked->account, asked->listed, &event));
    TRY(quote_now_rate(engine, account, &asked->quote, event, &now));
    json_key(writer, "account");
    json_object(writer);
    json_member(writer, "account", asked->account);
    quote_now_json(&asked->quote, &now, writer);
    json_object_end(writer);
    return STATUS_OK;
}

/* The terms of the account hold for the rest of the quote too. */
static enum status terms_take(struct asked *asked, const struct engine *engine, uint32_t account) {
    uint32_t count = engine_attribute_count(engine, account);
    struct attribute *attributes = ARENA_ARRAY(asked->quote.run, count + (size_t)1, struct attribute);
    if (!attributes)
        return STATUS_NO_MEMORY;
    for (uint32_t i = 0; i < count; i++) {
        attributes[i] = engine_attribute_view(engine, account, i);
        if (attributes[i].value.kind == VALUE_TEXT)
            attributes[i].value.text = arena_copy(asked->quote.run, attributes[i].value.text);
    }
    asked->quote.attributes = attributes;
    asked->quote.attribute_count = count;
    asked->quote.tariff = engine_tariff_at(engine, account, asked->quote.tariff, asked->quote.at_ns);
    return STATUS_OK;
}

static enum status work_answer(struct asked *asked) {
    struct http_answer *answer = asked->body.answer;
    struct json_writer writer = {.out = &answer->body};
    struct live *live = request_live(asked->body.request);
    enum status status = STATUS_OK;
    uint32_t account = 0;
    if (asked->account.len > 0) {
        const struct engine *engine = live_state(live);
        if (live_tariffs(live) != asked->quote.set) { /* what was found in the old ones means nothing to the state */
            live_state_end(live);
            http_problem(asked->body.request, answer, 503, "busy", "other tariffs hold since just now; ask again.");
            http_field(answer, "Retry-After", SLICE("1"));
            return STATUS_OK;
        }
        bool is_known = engine_account_find(engine, asked->account, &account);
        json_object(&writer);
        if (is_known)
            status = terms_take(asked, engine, account);
        if (is_known && status == STATUS_OK)
            status = account_json(asked, engine, account, &writer);
        live_state_end(live);
        if (!is_known) {
            http_problem(asked->body.request, answer, 404, "unknown-account", "there is no such account.");
            return STATUS_OK;
        }
    } else {
        json_object(&writer);
        json_member_null(&writer, "account");
    }
    TRY(status);
    TRY(work_json(asked, &writer));
    json_object_end(&writer);
    return answer->body.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

static bool work_read(struct asked *asked) {
    const struct json_token *data = body_find(&asked->body, "data");
    struct slice type = {0}, name, operation;
    if (!members_absent(asked, order_only) || !body_text(&asked->body, "operation", true, &type) ||
        !body_text(&asked->body, "account", false, &asked->account))
        return false;
    if (!slice_cut(type, '.', &name, &operation) || operation.len == 0) {
        body_wrong(&asked->body, "operation", "\"operation\" must be written TARIFF.OPERATION.");
        return false;
    }
    asked->quote.operation = operation;
    if (!tariff_choose(asked, "operation", name))
        return false;
    if (!tariff_operation(asked->quote.tariff, operation))
        return unknown(asked, "operation", "the tariff has no operation", operation,
                       &asked->quote.tariff->operation_names);
    if (data && data->type != JSON_OBJECT) {
        body_wrong(&asked->body, "data", "\"data\" must be an object: the data of the event to come.");
        return false;
    }
    return (!data || attributes_check(asked, data)) && with_read(asked);
}

/* ---- orders ---- */

static bool pieces_read(const struct asked *asked, const char *name, struct decimal *ret) {
    const struct json_token *value = body_find(&asked->body, name);
    struct decimal number = decimal_from_int(1);
    bool is_good =
        !value || ((value->type == JSON_TEXT || value->type == JSON_NUMBER) &&
                   decimal_parse(body_token_text(value), &number, NULL) == STATUS_OK && number.pico > 0 &&
                   number.pico % DECIMAL_ONE_PICO == 0 && number.pico / DECIMAL_ONE_PICO <= QUOTE_PIECES_MAX);
    *ret = number;
    if (!is_good)
        body_wrong(&asked->body, name, "\"%s\" must be a whole number from 1 to %d.", name, QUOTE_PIECES_MAX);
    return is_good;
}

static enum status order_answer(struct asked *asked) {
    struct json_writer writer = {.out = &asked->body.answer->body};
    struct order_price price = {0};
    struct slice tariff = {0}, sku = {0};
    struct decimal periods;
    if (!members_absent(asked, work_only) || !body_text(&asked->body, "tariff", true, &tariff) ||
        !body_text(&asked->body, "sku", true, &sku) || !tariff_choose(asked, "tariff", tariff) ||
        !pieces_read(asked, "quantity", &price.quantity) || !pieces_read(asked, "periods", &periods))
        return STATUS_OK;
    price.product = tariff_product(asked->quote.tariff, sku);
    price.periods = (uint32_t)(periods.pico / DECIMAL_ONE_PICO);
    if (!price.product) {
        unknown(asked, "sku", "the tariff does not sell", sku, &asked->quote.tariff->product_names);
        return STATUS_OK;
    }
    enum status status = order_price_fill(asked->quote.tariff, &price);
    if (status == STATUS_RANGE) {
        body_wrong(&asked->body, "quantity", "so much comes to more than can be kept.");
        return STATUS_OK;
    }
    TRY(status);
    json_object(&writer);
    order_price_json(asked->quote.tariff, &price, &writer);
    json_object_end(&writer);
    return writer.out->failed ? STATUS_NO_MEMORY : STATUS_OK;
}

enum status quote_create(void *context, const struct http_request *request, struct http_answer *answer) {
    (void)context;
    struct live *live = request_live(request);
    struct asked asked = {.quote = {.set = live_tariffs(live), .run = request->arena, .at_ns = live_now(live)}};
    enum status status;
    bool is_good =
        body_read(request, answer, "operation data at with account tariff sku quantity periods", &asked.body, &status);
    if (is_good && body_find(&asked.body, "sku"))
        status = order_answer(&asked);
    else if (is_good && instant_read(&asked) && work_read(&asked))
        status = work_answer(&asked);
    if (status == STATUS_RANGE) {
        body_wrong(&asked.body, "data", "so much comes to more than can be kept.");
        status = STATUS_OK;
    }
    body_free(&asked.body);
    return status;
}
