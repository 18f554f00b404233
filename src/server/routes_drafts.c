/* SPDX-License-Identifier: Apache-2.0
 *
 * Tariffs over HTTP: drafts are written, checked, compared and tried on what is known; then they are activated. */
#include "export/export.h"
#include "server/body.h"
#include "server/drafts.h"
#include "server/once.h"
#include "server/server_private.h"
#include "trial/diff.h"
#include "trial/examples.h"
#include "view/view.h"

/* ---- writing ---- */

static bool refuse_name(const struct http_request *request, struct http_answer *answer) {
    http_problem(request, answer, 422, "invalid-name",
                 "a draft's name has 1 to %d small letters, digits, hyphens and underscores.", DRAFT_NAME_MAX);
    return false;
}

static bool file_add(const struct body *body, struct draft *draft, const struct json_token *key) {
    struct slice name = body_token_text(key);
    bool is_text = key[1].type == JSON_TEXT;
    if (draft->file_count == DRAFT_FILES_MAX)
        body_wrong(body, "files", "a draft has %d files at most.", DRAFT_FILES_MAX);
    else if (!draft_file_name_is_good(name))
        body_wrong(body, "files",
                   "a file's name has small letters, digits, hyphens and underscores, and ends in .yaml.");
    else if (!is_text && key[1].type != JSON_NULL)
        body_wrong(body, "files", "a file is its text, or null: then it goes.");
    else {
        for (uint32_t i = 0; i < draft->file_count; i++)
            if (slice_eq(draft->files[i].name, name)) {
                body_wrong(body, "files", "the file \"" SLICE_FMT "\" stands here twice.", SLICE_ARG(name));
                return false;
            }
        draft->files[draft->file_count++] =
            (struct draft_file){name, is_text ? body_token_text(key + 1) : (struct slice){0}};
        return true;
    }
    return false;
}

static bool files_read(const struct body *body, struct draft *draft) {
    const struct json_token *files = body_find(body, "files");
    if (!files || files->type != JSON_OBJECT || files->len == 2) {
        body_wrong(body, "files", "\"files\" must be an object: {\"NAME.yaml\": \"its text\"}.");
        return false;
    }
    for (const struct json_token *key = files + 1; key->type == JSON_KEY; key = body_token_skip(key + 1))
        if (!file_add(body, draft, key))
            return false;
    return true;
}

static bool is_yaml(struct slice media_type) {
    static const char *const types[] = {"application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (slice_is(media_type, types[i]))
            return true;
    return false;
}

/* What a text says behind `tariff:` at the start of a line. */
static struct slice tariff_named(struct slice text) {
    struct slice line, key = SLICE("tariff:");
    bool has_more = true;
    while (has_more) {
        has_more = slice_cut(text, '\n', &line, &text);
        if (!slice_starts(line, key))
            continue;
        struct slice name = slice_trim((struct slice){line.ptr + key.len, line.len - key.len});
        if (name.len > 0 && name.ptr[name.len - 1] == '\r')
            name.len--;
        return name;
    }
    return (struct slice){0};
}

/* The file that this tariff stands in now; else one of its own name. */
static struct slice file_name_for(const struct http_request *request, struct slice tariff) {
    const struct tariff *active = tariff_find(live_tariffs(request_live(request)), tariff);
    struct slice path = active && active->file ? active->file->path : (struct slice){0};
    const char *slash = path.len > 0 ? memrchr(path.ptr, '/', path.len) : NULL;
    struct slice name = slash ? (struct slice){slash + 1, path.len - (size_t)(slash + 1 - path.ptr)} : path;
    return draft_file_name_is_good(name) ? name : arena_printf(request->arena, SLICE_FMT ".yaml", SLICE_ARG(tariff));
}

static bool yaml_read(const struct http_request *request, struct http_answer *answer, struct draft *draft) {
    struct slice tariff = tariff_named(request->body), name = tariff;
    if (tariff.len > 0)
        name = file_name_for(request, tariff);
    draft->file_count = 1;
    draft->files[0] = (struct draft_file){name, request->body};
    if (tariff.len > 0 && draft_file_name_is_good(name))
        return true;
    http_problem(
        request, answer, 422, "invalid-body",
        "the text is no tariff: no line begins with `tariff: NAME`. Send fragments as JSON: {\"files\": {…}}.");
    return false;
}

static enum status draft_answer(const struct draft *draft, bool has_texts, struct http_answer *answer) {
    struct json_writer writer = {.out = &answer->body};
    draft_json(draft, has_texts, &writer);
    return answer->body.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

static enum status draft_write_once(void *context, struct once *once) {
    (void)context;
    const struct http_request *request = once->request;
    struct http_answer *answer = once->answer;
    struct live *live = request_live(request);
    struct draft draft = {.name = request->params[0], .by = request_actor(request)->key_id, .at_ns = once->at_ns};
    struct body body = {0};
    enum status status = STATUS_OK;
    bool is_good = draft_name_is_good(draft.name) || refuse_name(request, answer);
    if (is_good && is_yaml(request->media_type))
        is_good = yaml_read(request, answer, &draft);
    else if (is_good)
        is_good = body_read(request, answer, "files", &body, &status) && files_read(&body, &draft);
    if (is_good) {
        draft_digest(&draft);
        status = draft_put(book_store(live_book(live)), &draft);
    }
    body_free(&body);
    return is_good && status == STATUS_OK ? draft_answer(&draft, false, answer) : status;
}

enum status draft_write(void *context, const struct http_request *request, struct http_answer *answer) {
    struct once_task task = {.function = draft_write_once, .context = context};
    return once_run(request, answer, &task);
}

/* ---- looking ---- */

static bool draft_find(const struct http_request *request, struct http_answer *answer, struct draft *ret_draft,
                       enum status *ret_status) {
    *ret_status =
        draft_get(book_store(live_book(request_live(request))), request->params[0], request->arena, ret_draft);
    if (*ret_status != STATUS_NOT_FOUND)
        return *ret_status == STATUS_OK;
    *ret_status = STATUS_OK;
    http_problem(request, answer, 404, "unknown-draft", "there is no such draft.");
    return false;
}

enum status draft_show(void *context, const struct http_request *request, struct http_answer *answer) {
    (void)context;
    struct draft draft;
    enum status status;
    return draft_find(request, answer, &draft, &status) ? draft_answer(&draft, true, answer) : status;
}

static enum status draft_remove_once(void *context, struct once *once) {
    (void)context;
    const struct http_request *request = once->request;
    struct draft draft;
    enum status status;
    if (!once->is_again && !draft_find(request, once->answer, &draft, &status))
        return status;
    once->answer->status = 204;
    return draft_delete(book_store(live_book(request_live(request))), request->params[0]);
}

enum status draft_remove(void *context, const struct http_request *request, struct http_answer *answer) {
    struct once_task task = {.function = draft_remove_once, .context = context};
    return once_run(request, answer, &task);
}

enum status drafts_list(void *context, const struct http_request *request, struct http_answer *answer) {
    (void)context;
    struct store *store = book_store(live_book(request_live(request)));
    struct json_writer writer = {.out = &answer->body};
    struct slice *names;
    struct draft draft;
    uint32_t count;
    TRY(draft_list(store, request->arena, &names, &count));
    json_object(&writer);
    json_key(&writer, "items");
    json_array(&writer);
    for (uint32_t i = 0; i < count; i++) {
        enum status status = draft_get(store, names[i], request->arena, &draft);
        if (status == STATUS_OK)
            draft_json(&draft, false, &writer);
        else if (status != STATUS_NOT_FOUND) /* somebody has removed it meanwhile */
            return status;
    }
    json_array_end(&writer);
    json_member_null(&writer, "next");
    json_object_end(&writer);
    return answer->body.failed ? STATUS_NO_MEMORY : STATUS_OK;
}

/* ---- trying ---- */

struct trial {
    const struct http_request *request;
    struct http_answer *answer;
    struct draft draft;
    struct candidate candidate;
    struct json_writer writer;
};

/* False: the answer is there, or *ret_status is a fault. */
static bool trial_begin(const struct http_request *request, struct http_answer *answer, struct trial *ret_trial,
                        enum status *ret_status) {
    struct slice error = {0};
    *ret_trial = (struct trial){.request = request, .answer = answer, .writer = {.out = &answer->body}};
    if (!draft_find(request, answer, &ret_trial->draft, ret_status))
        return false;
    *ret_status =
        candidate_make(request_live(request), &ret_trial->draft, request->arena, &ret_trial->candidate, &error);
    if (*ret_status != STATUS_OK)
        return false;
    json_object(&ret_trial->writer);
    json_member(&ret_trial->writer, "draft", ret_trial->draft.name);
    json_member(&ret_trial->writer, "digest", slice_of(ret_trial->draft.digest));
    return true;
}

static enum status trial_end(struct trial *trial, enum status status) {
    json_object_end(&trial->writer);
    candidate_drop(&trial->candidate);
    return status == STATUS_OK && trial->answer->body.failed ? STATUS_NO_MEMORY : status;
}

/* What is wrong with the tariffs, at the places where the draft has it. */
static void refuse_mistakes(struct trial *trial) {
    struct slice pointer = SLICE("");
    http_problem(trial->request, trial->answer, 409, "draft-has-mistakes",
                 "the draft has %u mistakes; its check tells where they are.", trial->candidate.diags.error_count);
    for (uint32_t i = 0; i < trial->candidate.diags.count && i < 20; i++)
        http_problem_at(trial->request, trial->answer, pointer, SLICE_FMT,
                        SLICE_ARG(trial->candidate.diags.list[i].text));
}

static void count_json(struct json_writer *writer, const char *key, uint64_t count) {
    json_key(writer, key);
    json_uint(writer, count);
}

enum status draft_check(void *context, const struct http_request *request, struct http_answer *answer) {
    (void)context;
    struct trial trial;
    struct examples examples = {.only_failed = true};
    enum status status;
    if (!trial_begin(request, answer, &trial, &status))
        return status;
    json_key(&trial.writer, "diagnostics");
    json_array(&trial.writer);
    candidate_diags_json(&trial.candidate, &trial.writer);
    json_array_end(&trial.writer);
    count_json(&trial.writer, "mistakes", trial.candidate.diags.error_count);
    json_key(&trial.writer, "failed_examples");
    json_array(&trial.writer);
    examples.writer = trial.writer;
    for (uint32_t i = 0; i < trial.candidate.tariffs.count && status == STATUS_OK; i++)
        status = examples_json(&trial.candidate.tariffs, trial.candidate.tariffs.list[i], &examples);
    trial.writer = examples.writer;
    json_array_end(&trial.writer);
    count_json(&trial.writer, "examples_passed", examples.passed);
    count_json(&trial.writer, "examples_failed", examples.failed);
    json_key(&trial.writer, "ok");
    json_bool(&trial.writer, trial.candidate.is_good && examples.failed == 0);
    return trial_end(&trial, status);
}

enum status draft_diff(void *context, const struct http_request *request, struct http_answer *answer) {
    (void)context;
    struct trial trial;
    enum status status;
    if (!trial_begin(request, answer, &trial, &status))
        return status;
    bool is_good = trial.candidate.is_good;
    json_key(&trial.writer, "tariffs");
    json_array(&trial.writer);
    if (is_good)
        status = diff_sets_json(live_tariffs(request_live(request)), &trial.candidate.tariffs, &trial.writer);
    json_array_end(&trial.writer);
    status = trial_end(&trial, status);
    if (!is_good)
        refuse_mistakes(&trial);
    return status;
}

enum { DIFFERENCES_MAX = 10000 };

enum status draft_preview(void *context, const struct http_request *request, struct http_answer *answer) {
    (void)context;
    struct book_changes changes = {0};
    struct slice error = {0};
    struct trial trial;
    enum status status;
    if (!trial_begin(request, answer, &trial, &status))
        return status;
    bool is_good = trial.candidate.is_good;
    if (is_good)
        status = live_reload_preview(request_live(request), &trial.candidate.tariffs, request->arena, &changes, &error);
    json_key(&trial.writer, "differences");
    json_array(&trial.writer);
    for (uint32_t i = 0; i < changes.count && i < DIFFERENCES_MAX && status == STATUS_OK; i++)
        view_difference_json(&changes.list[i], &trial.writer);
    json_array_end(&trial.writer);
    count_json(&trial.writer, "count", changes.count);
    json_key(&trial.writer, "unpriced");
    json_object(&trial.writer);
    count_json(&trial.writer, "before", changes.unpriced_before);
    count_json(&trial.writer, "after", changes.unpriced_after);
    json_object_end(&trial.writer);
    bool is_refused = status == STATUS_CONFLICT;
    status = trial_end(&trial, is_refused ? STATUS_OK : status);
    if (!is_good)
        refuse_mistakes(&trial);
    else if (is_refused)
        http_problem(request, answer, 409, "draft-refused", SLICE_FMT, SLICE_ARG(error));
    return status;
}
