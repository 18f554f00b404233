/* SPDX-License-Identifier: Apache-2.0
 *
 * Whatever bytes are written as text, the reader takes the document; and what it reads is written the same again. */
#include <assert.h>

#include "base/arena.h"
#include "base/json_writer.h"
#include "cxx/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The text of the one member of the document. */
static struct slice member_read(struct json_parser *parser, struct buf *document) {
    const struct json_token *tokens;
    struct json_error error;
    size_t len = document->len;
    buf_repeat(document, ' ', JSON_PADDING);
    assert(!document->failed);
    size_t count = json_parse(parser, document->ptr, len, &tokens, &error);
    assert(count == 4 && tokens[1].type == JSON_KEY && tokens[2].type == JSON_TEXT);
    return (struct slice){tokens[2].ptr, tokens[2].len};
}

static void member_write(struct buf *document, struct slice text, bool pretty) {
    struct json_writer writer = {.out = document, .pretty = pretty};
    buf_clear(document);
    json_object(&writer);
    json_member(&writer, "a", text);
    json_object_end(&writer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct json_parser *parser = json_parser_new();
    struct buf first = {0}, second = {0};
    assert(parser != NULL);
    member_write(&first, (struct slice){(const char *)data, size}, false);
    struct slice read = member_read(parser, &first);
    member_write(&second, read, true);
    struct arena run = {0};
    struct slice kept = arena_copy(&run, read);
    assert(slice_eq(kept, member_read(parser, &second)));
    arena_free(&run);
    buf_free(&first);
    buf_free(&second);
    json_parser_free(parser);
    return 0;
}
