/* SPDX-License-Identifier: Apache-2.0
 *
 * One document for each key, named by the key's hash: what was asked, what the command is called, what was answered.
 * Old ones go one by one whenever somebody asks, so that nobody ever waits for a great cleaning. */
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include <sodium.h>

#include "base/json_writer.h"
#include "cxx/json.h"
#include "server/answers.h"

enum { HEX_BYTES = 2 * ANSWERS_HASH_BYTES, SWEEP_STEPS = 4 };
#define SWEEP_EVERY_NS (INT64_C(24) * 60 * 60 * INT64_C(1000000000))

struct running {
    uint8_t name[ANSWERS_HASH_BYTES];
    struct running *next;
};

struct answers {
    struct store *store;
    pthread_mutex_t lock; /* of everything below */
    struct running *running;
    struct arena sweep; /* names that are still to be looked at */
    struct slice *names;
    uint32_t name_count, name_next;
    int64_t swept_ns; /* when they were listed */
};

enum status answers_new(struct store *store, struct answers **ret_answers) {
    struct answers *answers = calloc(1, sizeof *answers);
    if (!answers)
        return STATUS_NO_MEMORY;
    *answers = (struct answers){.store = store, .lock = PTHREAD_MUTEX_INITIALIZER, .swept_ns = INT64_MIN};
    *ret_answers = answers;
    return STATUS_OK;
}

void answers_free(struct answers *answers) {
    if (!answers)
        return;
    assert(!answers->running);
    arena_free(&answers->sweep);
    pthread_mutex_destroy(&answers->lock);
    free(answers);
}

void answers_hash(const struct slice *parts, uint32_t count, uint8_t ret_hash[ANSWERS_HASH_BYTES]) {
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, ANSWERS_HASH_BYTES);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t length = parts[i].len; /* so that no part runs into the next one */
        crypto_generichash_update(&state, (const uint8_t *)&length, sizeof length);
        crypto_generichash_update(&state, (const uint8_t *)parts[i].ptr, parts[i].len);
    }
    crypto_generichash_final(&state, ret_hash, ANSWERS_HASH_BYTES);
}

/* ---- the key ---- */

static bool is_visible(struct slice text) {
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] < 0x20 || text.ptr[i] > 0x7e)
            return false;
    return text.len > 0 && text.len <= ANSWERS_KEY_MAX;
}

/* sf-string: quotes and backslashes stand behind a backslash, nothing else does. */
static bool unquote(struct slice text, struct arena *arena, struct slice *ret_key) {
    char *key = arena_alloc(arena, text.len + 1);
    size_t len = 0;
    if (!key || text.len < 2 || text.ptr[text.len - 1] != '"')
        return false;
    for (size_t i = 1; i + 1 < text.len; i++) {
        char c = text.ptr[i];
        if (c == '"')
            return false;
        if (c == '\\') {
            c = text.ptr[++i];
            if (i + 1 >= text.len || (c != '"' && c != '\\'))
                return false;
        }
        key[len++] = c;
    }
    *ret_key = (struct slice){key, len};
    return is_visible(*ret_key);
}

bool answers_key_read(struct slice text, struct arena *arena, struct slice *ret_key) {
    text = slice_trim(text);
    if (text.len > 0 && text.ptr[0] == '"')
        return unquote(text, arena, ret_key);
    *ret_key = text;
    return is_visible(text) && !memchr(text.ptr, ' ', text.len) && !memchr(text.ptr, '"', text.len);
}

/* ---- documents ---- */

static void hex(const uint8_t bytes[ANSWERS_HASH_BYTES], char out[HEX_BYTES + 1]) {
    sodium_bin2hex(out, HEX_BYTES + 1, bytes, ANSWERS_HASH_BYTES);
}

static void name_of(const struct answers_request *request, uint8_t ret_name[ANSWERS_HASH_BYTES]) {
    answers_hash(&request->key, 1, ret_name);
}

static void number_json(struct json_writer *writer, const char *key, int64_t value) {
    json_key(writer, key);
    json_uint(writer, (uint64_t)value);
}

enum status answers_keep(struct answers *answers, const struct answers_request *request,
                         const struct answers_record *record) {
    uint8_t bytes[ANSWERS_HASH_BYTES];
    char name[HEX_BYTES + 1], hash[HEX_BYTES + 1];
    struct buf text = {0};
    struct json_writer writer = {.out = &text};
    name_of(request, bytes);
    hex(bytes, name);
    hex(request->hash, hash);
    json_object(&writer);
    number_json(&writer, "at_ns", record->at_ns);
    json_member(&writer, "request", (struct slice){hash, HEX_BYTES});
    json_member(&writer, "key", request->key);
    json_member(&writer, "actor", request->actor);
    json_member(&writer, "id", record->id);
    number_json(&writer, "status", record->status);
    json_key(&writer, "is_problem");
    json_bool(&writer, record->is_problem);
    json_member(&writer, "body", record->body);
    if (record->mark.len > 0)
        json_member(&writer, "mark", record->mark);
    if (record->secret_of.len > 0)
        json_member(&writer, "secret_of", record->secret_of);
    json_object_end(&writer);
    struct store_document document = {ANSWERS_KIND, {name, HEX_BYTES}, buf_slice(&text)};
    enum status status = text.failed ? STATUS_NO_MEMORY : store_put(answers->store, &document);
    buf_free(&text);
    return status;
}

enum status answers_forget(struct answers *answers, const struct answers_request *request) {
    uint8_t bytes[ANSWERS_HASH_BYTES];
    char name[HEX_BYTES + 1];
    name_of(request, bytes);
    hex(bytes, name);
    return store_delete(answers->store, ANSWERS_KIND, (struct slice){name, HEX_BYTES});
}

struct stored {
    struct slice request;
    struct answers_record record;
};

static void member_read(const struct json_token *key, struct stored *stored) {
    struct slice name = {key->ptr, key->len}, value = {key[1].ptr, key[1].len};
    uint64_t number = 0;
    if (slice_is(name, "at_ns") && slice_number(value, INT64_MAX, &number))
        stored->record.at_ns = (int64_t)number;
    else if (slice_is(name, "status") && slice_number(value, UINT16_MAX, &number))
        stored->record.status = (uint16_t)number;
    else if (slice_is(name, "is_problem"))
        stored->record.is_problem = key[1].type == JSON_TRUE;
    else if (slice_is(name, "request"))
        stored->request = value;
    else if (slice_is(name, "id"))
        stored->record.id = value;
    else if (slice_is(name, "body"))
        stored->record.body = value;
    else if (slice_is(name, "mark"))
        stored->record.mark = value;
    else if (slice_is(name, "secret_of"))
        stored->record.secret_of = value;
}

/* The texts are borrowed from the parser. */
static enum status stored_parse(struct json_parser *parser, struct slice value, struct arena *arena,
                                struct stored *ret_stored) {
    const struct json_token *tokens;
    struct json_error error;
    char *padded = arena_alloc(arena, value.len + JSON_PADDING);
    if (!padded)
        return STATUS_NO_MEMORY;
    memcpy(padded, value.ptr, value.len);
    size_t count = json_parse(parser, padded, value.len, &tokens, &error);
    if (count == 0 && error.is_fault)
        return STATUS_NO_MEMORY;
    if (count == 0 || tokens->type != JSON_OBJECT)
        return STATUS_INVALID;
    *ret_stored = (struct stored){.record = {.mark = SLICE(""), .secret_of = SLICE("")}};
    for (const struct json_token *key = tokens + 1; key->type == JSON_KEY; key += 2)
        member_read(key, ret_stored);
    return ret_stored->request.len == HEX_BYTES && ret_stored->record.at_ns > 0 ? STATUS_OK : STATUS_INVALID;
}

static enum status stored_read(struct answers *answers, struct slice name, struct arena *arena,
                               struct stored *ret_stored) {
    struct slice value;
    TRY(store_get(answers->store, ANSWERS_KIND, name, arena, &value));
    struct json_parser *parser = json_parser_new();
    if (!parser)
        return STATUS_NO_MEMORY;
    enum status status = stored_parse(parser, value, arena, ret_stored);
    if (status == STATUS_OK) {
        struct slice *texts[] = {&ret_stored->request, &ret_stored->record.id, &ret_stored->record.body,
                                 &ret_stored->record.mark, &ret_stored->record.secret_of};
        for (size_t i = 0; i < sizeof texts / sizeof *texts && status == STATUS_OK; i++) {
            *texts[i] = arena_copy(arena, *texts[i]);
            status = texts[i]->ptr ? STATUS_OK : STATUS_NO_MEMORY;
        }
    }
    json_parser_free(parser);
    return status;
}

static bool is_old(const struct stored *stored, int64_t now_ns) {
    return now_ns - stored->record.at_ns >= ANSWERS_KEEP_NS;
}

/* ---- cleaning ---- */

static enum status sweep_list(struct answers *answers, int64_t now_ns) {
    arena_reset(&answers->sweep);
    answers->name_count = answers->name_next = 0;
    TRY(store_list(answers->store, ANSWERS_KIND, &answers->sweep, &answers->names, &answers->name_count));
    answers->swept_ns = now_ns;
    return STATUS_OK;
}

/* Under the lock. A damaged one is let alone: it is told to whoever uses its key. */
static enum status sweep_step(struct answers *answers, int64_t now_ns) {
    struct stored stored;
    struct arena scratch = {.block_size = 4096};
    struct slice name = answers->names[answers->name_next++];
    enum status status = stored_read(answers, name, &scratch, &stored);
    if (status == STATUS_OK && is_old(&stored, now_ns))
        status = store_delete(answers->store, ANSWERS_KIND, name);
    arena_free(&scratch);
    return status == STATUS_NOT_FOUND || status == STATUS_INVALID ? STATUS_OK : status;
}

static enum status sweep(struct answers *answers, int64_t now_ns) {
    bool is_done = answers->name_next == answers->name_count;
    if (is_done && (answers->swept_ns == INT64_MIN || now_ns - answers->swept_ns >= SWEEP_EVERY_NS))
        TRY(sweep_list(answers, now_ns));
    for (uint32_t i = 0; i < SWEEP_STEPS && answers->name_next < answers->name_count; i++)
        TRY(sweep_step(answers, now_ns));
    return STATUS_OK;
}

/* ---- who is in ---- */

/* Under the lock. */
static bool take(struct answers *answers, const uint8_t name[ANSWERS_HASH_BYTES], struct running *own) {
    for (const struct running *other = answers->running; other; other = other->next)
        if (memcmp(other->name, name, ANSWERS_HASH_BYTES) == 0)
            return false;
    memcpy(own->name, name, ANSWERS_HASH_BYTES);
    own->next = answers->running;
    answers->running = own;
    return true;
}

void answers_leave(struct answers *answers, const struct answers_request *request) {
    uint8_t name[ANSWERS_HASH_BYTES];
    name_of(request, name);
    pthread_mutex_lock(&answers->lock);
    struct running **place = &answers->running;
    while (*place && memcmp((*place)->name, name, ANSWERS_HASH_BYTES) != 0)
        place = &(*place)->next;
    struct running *own = *place;
    assert(own);
    *place = own->next;
    pthread_mutex_unlock(&answers->lock);
    free(own);
}

/* The key is taken by the caller. */
static enum status look(struct answers *answers, const struct answers_request *request, int64_t now_ns,
                        struct arena *arena, enum answers_found *ret_found, struct answers_record *ret_record) {
    uint8_t bytes[ANSWERS_HASH_BYTES];
    char name[HEX_BYTES + 1], hash[HEX_BYTES + 1];
    struct stored stored;
    name_of(request, bytes);
    hex(bytes, name);
    hex(request->hash, hash);
    enum status status = stored_read(answers, (struct slice){name, HEX_BYTES}, arena, &stored);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND)
        return status;
    *ret_record = (struct answers_record){0};
    if (status == STATUS_NOT_FOUND || is_old(&stored, now_ns)) {
        *ret_found = ANSWERS_NEW;
    } else if (!slice_eq(stored.request, (struct slice){hash, HEX_BYTES})) {
        *ret_found = ANSWERS_OTHER;
    } else {
        *ret_found = stored.record.status ? ANSWERS_KEPT : ANSWERS_BEGUN;
        *ret_record = stored.record;
    }
    return STATUS_OK;
}

enum status answers_enter(struct answers *answers, const struct answers_request *request, int64_t now_ns,
                          struct arena *arena, enum answers_found *ret_found, struct answers_record *ret_record) {
    uint8_t name[ANSWERS_HASH_BYTES];
    struct running *own = malloc(sizeof *own);
    if (!own)
        return STATUS_NO_MEMORY;
    name_of(request, name);
    pthread_mutex_lock(&answers->lock);
    enum status status = sweep(answers, now_ns);
    bool is_ours = status == STATUS_OK && take(answers, name, own);
    pthread_mutex_unlock(&answers->lock);
    if (!is_ours) {
        free(own);
        *ret_found = ANSWERS_RUNNING;
        return status;
    }
    status = look(answers, request, now_ns, arena, ret_found, ret_record);
    if (status != STATUS_OK || *ret_found == ANSWERS_KEPT || *ret_found == ANSWERS_OTHER)
        answers_leave(answers, request);
    return status;
}
