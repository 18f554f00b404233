/* SPDX-License-Identifier: Apache-2.0
 *
 * The outer members of a document of the journal. */
#include "view/envelope.h"

static void member_keep(const struct json_token *key, struct envelope_view *view) {
    struct slice name = {key->ptr, key->len};
    struct {
        const char *name;
        struct slice *place;
    } members[] = {{"id", &view->id},
                   {"source", &view->source},
                   {"type", &view->type},
                   {"subject", &view->subject},
                   {"time", &view->time}};
    for (size_t i = 0; i < sizeof members / sizeof *members && key[1].type == JSON_TEXT; i++) {
        if (slice_is(name, members[i].name))
            *members[i].place = (struct slice){key[1].ptr, key[1].len};
    }
}

struct envelope_view envelope_view(struct json_parser *parser, struct slice document) {
    struct envelope_view view = {{0}, {0}, {0}, {0}, {0}};
    const struct json_token *tokens;
    struct json_error error;
    size_t count = json_parse(parser, document.ptr, document.len, &tokens, &error);
    unsigned depth = 0;
    for (size_t i = 0; i < count && tokens->type == JSON_OBJECT; i++) {
        depth += tokens[i].type == JSON_OBJECT || tokens[i].type == JSON_ARRAY;
        depth -= tokens[i].type == JSON_OBJECT_END || tokens[i].type == JSON_ARRAY_END;
        if (depth == 1 && tokens[i].type == JSON_KEY)
            member_keep(&tokens[i], &view);
    }
    return view;
}
