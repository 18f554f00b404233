/* SPDX-License-Identifier: Apache-2.0
 *
 * Sets of tariffs: which held one after the other, what they said, what each changed; and the worked examples of a
 * tariff that holds now. */
#include "journal/batch.h"
#include "server/drafts.h"
#include "server/read.h"
#include "trial/diff.h"
#include "trial/examples.h"

/* ---- which there are ---- */

/* What the state knows of them, copied out so that nothing waits while the journal is read. */
static enum status sets_copy(const struct http_request *request, struct book_set_view **ret_sets, uint32_t *ret_count) {
    struct live *live = request_live(request);
    (void)live_state(live);
    const struct book *book = live_book(live);
    uint32_t count = book_set_count(book);
    struct book_set_view *sets = ARENA_ARRAY(request->arena, count, struct book_set_view);
    for (uint32_t i = 0; i < count && sets; i++)
        sets[i] = book_set_view(book, i);
    live_state_end(live);
    *ret_sets = sets;
    *ret_count = count;
    return sets ? STATUS_OK : STATUS_NO_MEMORY;
}

static enum status set_json(struct store *store, const struct book_set_view *set, bool holds,
                            struct json_writer *writer) {
    struct arena scratch = {0};
    struct store_row row;
    struct batch batch = {0};
    enum batch_fault fault;
    enum status status = set->seq > 0 ? store_read(store, set->seq, &scratch, &row) : STATUS_OK;
    if (set->seq > 0 && status == STATUS_OK)
        status = batch_decode(row.blob, &scratch, &batch, &fault);
    json_object(writer);
    json_key(writer, "set");
    json_uint(writer, set->number);
    json_key(writer, "since_position");
    json_uint(writer, set->seq);
    if (set->seq > 0)
        json_instant(writer, "since", batch.recorded_ns, NULL);
    else
        json_member_null(writer, "since");
    json_key(writer, "holds");
    json_bool(writer, holds);
    json_object_end(writer);
    arena_free(&scratch);
    return status;
}

enum status tariff_sets_list(void *context, const struct http_request *request, struct http_answer *answer) {
    (void)context;
    struct json_writer writer = {.out = &answer->body};
    struct book_set_view *sets;
    struct store *store;
    uint32_t count;
    TRY(sets_copy(request, &sets, &count));
    TRY(read_store(request, &store));
    enum status status = STATUS_OK;
    json_object(&writer);
    json_key(&writer, "items");
    json_array(&writer);
    for (uint32_t i = 0; i < count && status == STATUS_OK; i++)
        status = set_json(store, &sets[i], i + 1 == count, &writer);
    store_close(store);
    TRY(status);
    json_array_end(&writer);
    json_member_null(&writer, "next");
    json_object_end(&writer);
    return answer->body.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

/* ---- one of them, loaded beside those that hold ---- */

struct loaded {
    const struct tariff_set *tariffs;
    struct tariff_set own; /* empty when those that hold are meant */
};

static void loaded_free(struct loaded *loaded) {
    tariff_set_free(&loaded->own);
}

/* number 0: no tariffs at all. False: the answer is a 404, or *ret_status is a fault. */
static bool set_load(const struct http_request *request, struct http_answer *answer, uint64_t number,
                     struct loaded *loaded, enum status *ret_status) {
    struct live *live = request_live(request);
    struct diags diags = {0};
    const char *base_dir;
    struct book_set_view *sets;
    uint32_t count;
    *loaded = (struct loaded){.tariffs = &loaded->own};
    *ret_status = sets_copy(request, &sets, &count);
    if (*ret_status != STATUS_OK || number == 0)
        return *ret_status == STATUS_OK;
    if (number > sets[count - 1].number) {
        http_problem(request, answer, 404, "unknown-set", "there is no such set; the sets are 1 to %u.",
                     sets[count - 1].number);
        return false;
    }
    if (number == sets[count - 1].number) {
        loaded->tariffs = live_tariffs(live);
        return true;
    }
    const char *path = book_set_path(live_book(live), (uint32_t)number, request->arena, &base_dir);
    *ret_status = path ? tariff_set_load(path, base_dir, &loaded->own, &diags) : STATUS_NO_MEMORY;
    diags_free(&diags);
    if (*ret_status != STATUS_OK)
        loaded_free(loaded);
    return *ret_status == STATUS_OK;
}

/* What a set says over what another one said. */
static enum status sets_compare(const struct loaded *old, const struct loaded *new, const uint64_t numbers[2],
                                struct http_answer *answer) {
    struct json_writer writer = {.out = &answer->body};
    json_object(&writer);
    json_key(&writer, "set");
    json_uint(&writer, numbers[1]);
    json_key(&writer, "from");
    json_uint(&writer, numbers[0]);
    json_key(&writer, "tariffs");
    json_array(&writer);
    enum status status = diff_sets_json(old->tariffs, new->tariffs, &writer);
    json_array_end(&writer);
    json_object_end(&writer);
    return status == STATUS_OK && answer->body.failed ? STATUS_NO_MEMORY : status;
}

enum status tariff_sets_diff(void *context, const struct http_request *request, struct http_answer *answer) {
    (void)context;
    struct loaded old, new;
    uint64_t numbers[2] = {0, 0};
    enum status status = STATUS_OK;
    if (!slice_number(request->params[0], UINT32_MAX, &numbers[1]) || numbers[1] == 0) {
        http_problem(request, answer, 404, "unknown-set", "there is no such set; sets are numbered from 1.");
        return STATUS_OK;
    }
    numbers[0] = numbers[1] - 1;
    if (!read_number(request, answer, "from", UINT32_MAX, &numbers[0]) ||
        !set_load(request, answer, numbers[1], &new, &status))
        return status;
    if (set_load(request, answer, numbers[0], &old, &status)) {
        status = sets_compare(&old, &new, numbers, answer);
        loaded_free(&old);
    }
    loaded_free(&new);
    return status;
}

enum status tariff_source(void *context, const struct http_request *request, struct http_answer *answer) {
    (void)context;
    struct loaded loaded;
    uint64_t number = draft_set_number(request_live(request));
    enum status status = STATUS_OK;
    if (!read_number(request, answer, "set", UINT32_MAX, &number) || read_seen(request, answer) ||
        !set_load(request, answer, number, &loaded, &status))
        return status;
    const struct tariff *tariff = tariff_find(loaded.tariffs, request->params[0]);
    if (tariff) {
        answer->media_type = "application/yaml";
        buf_append(&answer->body, tariff->file->text);
    } else {
        read_missing(request, answer);
    }
    loaded_free(&loaded);
    return answer->body.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

/* ---- worked examples ---- */

enum status tariff_examples(void *context, const struct http_request *request, struct http_answer *answer) {
    (void)context;
    const struct tariff_set *tariffs = live_tariffs(request_live(request));
    const struct tariff *tariff = tariff_find(tariffs, request->params[0]);
    struct examples examples = {.writer = {.out = &answer->body}};
    struct json_writer *writer = &examples.writer;
    if (!tariff) {
        read_missing(request, answer);
        return STATUS_OK;
    }
    json_object(writer);
    json_member(writer, "tariff", tariff->name);
    json_key(writer, "examples");
    json_array(writer);
    TRY(examples_json(tariffs, tariff, &examples));
    json_array_end(writer);
    json_key(writer, "passed");
    json_uint(writer, examples.passed);
    json_key(writer, "failed");
    json_uint(writer, examples.failed);
    json_object_end(writer);
    return answer->body.failed ? STATUS_NO_MEMORY : STATUS_OK;
}
