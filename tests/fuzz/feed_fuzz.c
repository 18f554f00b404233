/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes fed to an engine of the C API: every document has one reply, statements come out, and the same bytes again
 * charge nothing. */
#include <stdlib.h>
#include <string.h>
#include <tollgate.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static tollgate_tariffs *tariffs;

static void require(bool condition) {
    if (!condition)
        abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc;
    (void)argv;
    require(tollgate_tariffs_load(FUZZ_SOURCE_ROOT "/tests/data/meter", NULL, &tariffs, NULL) == TOLLGATE_OK);
    return 0;
}

static void count(void *context, const tollgate_reply *reply) {
    unsigned *accepted = context;
    bool has_reason = reply->reason != NULL && reply->reason[0] != '\0';
    require(reply->line > 0 && (has_reason || reply->column == 0));
    require(has_reason == (reply->outcome != TOLLGATE_ACCEPTED && reply->outcome != TOLLGATE_DUPLICATE));
    accepted[reply->outcome == TOLLGATE_ACCEPTED]++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    unsigned once[2] = {0}, twice[2] = {0};
    tollgate_engine *engine = NULL;
    char *json = NULL;
    /* Exactly so long: what is read behind it is noticed. */
    char *text = malloc(size > 0 ? size : 1);
    require(text != NULL && tollgate_engine_new(tariffs, TOLLGATE_KEEP_DOCUMENTS, &engine) == TOLLGATE_OK);
    if (size > 0)
        memcpy(text, data, size);
    require(tollgate_engine_feed(engine, text, size, count, once) == TOLLGATE_OK);
    require(tollgate_engine_feed(engine, text, size, count, twice) == TOLLGATE_OK);
    require(once[0] + once[1] == twice[0] + twice[1] && twice[1] <= once[1]);
    tollgate_status status = tollgate_engine_quote(engine, text, size, &json);
    require(status == TOLLGATE_OK || status == TOLLGATE_INVALID || status == TOLLGATE_RANGE);
    if (status == TOLLGATE_OK)
        tollgate_text_free(json);
    status = tollgate_engine_statement(engine, TOLLGATE_EVER_AFTER, TOLLGATE_EXPLAIN, &json);
    require(status == TOLLGATE_OK || status == TOLLGATE_RANGE);
    if (status == TOLLGATE_OK)
        tollgate_text_free(json);
    free(text);
    tollgate_engine_free(engine);
    return 0;
}
