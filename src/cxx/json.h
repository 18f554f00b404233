/* SPDX-License-Identifier: Apache-2.0
 *
 * simdjson behind a C ABI: one document to a flat list of tokens in document order. Every value is walked, so the whole
 * document is validated; numbers stay text; strings are unescaped UTF-8. One parser per thread. */
#ifndef TG_CXX_JSON_H
#define TG_CXX_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum json_type {
    JSON_OBJECT,
    JSON_OBJECT_END,
    JSON_ARRAY,
    JSON_ARRAY_END,
    JSON_KEY,
    JSON_TEXT,
    JSON_NUMBER,
    JSON_TRUE,
    JSON_FALSE,
    JSON_NULL
};

struct json_token {
    enum json_type type;
    uint32_t raw_offset; /* byte of the token in the document */
    uint32_t raw_len;    /* bytes of the token as written (objects and arrays: of their first byte, 1) */
    uint32_t len;        /* of ptr; objects and arrays: how many tokens they take, with both brackets */
    const char *ptr;     /* key, text: unescaped; number: as written; valid until the next call */
};

#define JSON_PADDING 64 /* bytes that must be readable behind a document; their content does not matter */
#define JSON_DEPTH_MAX 16

struct json_parser;
struct json_parser *json_parser_new(void); /* NULL: out of memory */
void json_parser_free(struct json_parser *parser);

struct json_error {
    const char *text; /* static; NULL: no error */
    uint32_t offset;  /* byte in the document where it was noticed */
    bool is_fault;    /* memory was out: says nothing about the document */
};
/* Tokens of text[0, len), which has JSON_PADDING readable bytes behind it. Returns the number of tokens, or 0 with
 * *ret_error filled. *ret_tokens belongs to the parser until the next call. Duplicate keys are reported by position:
 * the caller decides. */
size_t json_parse(struct json_parser *parser, const char *text, size_t len, const struct json_token **ret_tokens,
                  struct json_error *ret_error);

#ifdef __cplusplus
}
#endif
#endif
