/* SPDX-License-Identifier: Apache-2.0
 *
 * simdjson's first stage finds the tokens and validates UTF-8 and strings; the grammar between the tokens is checked
 * here in one pass, so that nothing is lazy: no recursion, every token seen, every number and literal checked.
 * (On-Demand would need recursion, and forgives `["a":1]` when a value is skipped.) */
#include "cxx/json.h"

#include <cstring>
#include <memory>
#include <new>

#include <simdjson.h>

static_assert(JSON_PADDING >= simdjson::SIMDJSON_PADDING, "the padding promised to callers is what simdjson needs");

namespace {

/* Many a parser reads one small document: what it takes then is below what makes malloc work. */
constexpr size_t CAPACITY_FIRST = 192, TOKENS_FIRST = 31;
constexpr size_t DOCUMENT_MAX = size_t{1} << 30;

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* One to eight digits that start with no zero, told without a loop. Eight bytes are read. */
inline bool is_short_integer(const char *at, size_t len) {
    uint64_t word;
    memcpy(&word, at, sizeof word);
    const uint64_t unused = 64 - 8 * len; /* bits of the bytes behind the digits, shifted out */
    const uint64_t digits = (word ^ UINT64_C(0x3030303030303030)) << unused;
    const uint64_t above_nine = (digits | (digits + UINT64_C(0x7676767676767676))) & UINT64_C(0x8080808080808080);
    return above_nine == 0 && (*at != '0' || len == 1);
}

const char *skip_digits(const char *at, const char *end) {
    while (at < end && is_digit(*at))
        at++;
    return at;
}

/* RFC 8259: -? (0 | [1-9] digits) (. digits)? ([eE] [+-]? digits)? */
inline bool number_is_well_formed(const char *at, const char *end) {
    if (at < end && *at == '-')
        at++;
    const char *whole = at;
    at = skip_digits(at, end);
    if (at == whole || (*whole == '0' && at - whole > 1))
        return false;
    if (at == end)
        return true;
    if (at < end && *at == '.') {
        const char *fraction = ++at;
        at = skip_digits(at, end);
        if (at == fraction)
            return false;
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        if (at < end && (*at == '+' || *at == '-'))
            at++;
        const char *exponent = at;
        at = skip_digits(at, end);
        if (at == exponent)
            return false;
    }
    return at == end;
}

} // namespace

struct json_parser {
    std::unique_ptr<simdjson::internal::dom_parser_implementation> stages;
    std::unique_ptr<json_token[]> tokens;
    std::unique_ptr<uint8_t[]> strings; /* unescaped text */
    size_t capacity = 0, token_capacity = 0, string_capacity = 0;
    /* of the document being read */
    const char *text = nullptr;
    bool has_escapes = false;
    uint8_t *strings_end = nullptr;
    json_error error = {nullptr, 0, false};

    bool reserve(size_t len);
    bool reserve_tokens(size_t count);
    bool reserve_strings(size_t len);
    bool out_of_memory();
    size_t refuse(const char *why, size_t offset);
    size_t refuse_stage(simdjson::error_code code, size_t len);
    bool read_string(json_token *token);
    bool unescape(json_token *token);
    bool read_literal(json_token *token, const char *word, json_type type);
    bool read_scalar(json_token *token);
    size_t walk(size_t len);
};

/* The first stage's, for documents of up to len bytes. */
bool json_parser::reserve(size_t len) {
    if (len <= capacity)
        return true;
    size_t wanted = capacity == 0 ? CAPACITY_FIRST : capacity * 2;
    if (wanted < len)
        wanted = len;
    capacity = 0;
    simdjson::error_code code =
        stages
            ? stages->set_capacity(wanted)
            : simdjson::get_active_implementation()->create_dom_parser_implementation(wanted, JSON_DEPTH_MAX, stages);
    if (code != simdjson::SUCCESS)
        return false;
    capacity = wanted;
    return true;
}

/* One more than there are: the next one is begun before it is known that there is none. */
bool json_parser::reserve_tokens(size_t count) {
    if (count < token_capacity)
        return true;
    size_t wanted = count < TOKENS_FIRST ? TOKENS_FIRST : 2 * count;
    tokens.reset(new (std::nothrow) json_token[wanted + 1]);
    token_capacity = tokens ? wanted + 1 : 0;
    return tokens != nullptr;
}

bool json_parser::reserve_strings(size_t len) {
    if (len <= string_capacity)
        return true;
    strings.reset(new (std::nothrow) uint8_t[capacity + simdjson::SIMDJSON_PADDING]);
    string_capacity = strings ? capacity : 0;
    return strings != nullptr;
}

bool json_parser::out_of_memory() {
    error = {"out of memory", 0, true};
    return false;
}

size_t json_parser::refuse(const char *why, size_t offset) {
    error = {why, static_cast<uint32_t>(offset), false};
    return 0;
}

/* The first stage says what is wrong, not where: look for it again, slowly. */
size_t json_parser::refuse_stage(simdjson::error_code code, size_t len) {
    if (code == simdjson::EMPTY)
        return refuse("the document is empty", 0);
    if (code == simdjson::UTF8_ERROR) {
        size_t good = 0, bad = len; /* the longest prefix that is valid, by halving; a cut character is valid later */
        while (good < bad) {
            size_t middle = good + (bad - good + 1) / 2;
            size_t cut = middle;
            while (cut < len && middle - cut < 4 && (static_cast<uint8_t>(text[cut]) & 0xC0) == 0x80)
                cut++;
            if (simdjson::validate_utf8(text, cut < len ? cut : middle))
                good = middle;
            else
                bad = middle - 1;
        }
        return refuse("text is not valid UTF-8", good);
    }
    bool in_string = false;
    size_t opened = 0;
    for (size_t i = 0; i < len; i++) {
        if (in_string && static_cast<uint8_t>(text[i]) < 0x20)
            return refuse("a control character inside a string must be escaped", i);
        if (in_string && text[i] == '\\')
            i++;
        else if (text[i] == '"') {
            in_string = !in_string;
            opened = i;
        }
    }
    return refuse(in_string ? "the string that starts here is not closed" : "the document is not JSON", opened);
}

/* raw_len covers both quotes. */
inline bool json_parser::read_string(json_token *token) {
    const char *raw = text + token->raw_offset;
    if (token->raw_len < 2 || raw[token->raw_len - 1] != '"')
        return refuse("the string that starts here is not closed", token->raw_offset);
    token->type = JSON_TEXT;
    token->ptr = raw + 1;
    token->len = token->raw_len - 2;
    if (!has_escapes || memchr(token->ptr, '\\', token->len) == nullptr)
        return true;
    return unescape(token);
}

bool json_parser::unescape(json_token *token) {
    const char *raw = text + token->raw_offset;
    uint8_t *end = stages->parse_string(reinterpret_cast<const uint8_t *>(raw) + 1, strings_end);
    if (end == nullptr || !simdjson::validate_utf8(reinterpret_cast<char *>(strings_end), size_t(end - strings_end)))
        return refuse("a string with a bad escape", token->raw_offset);
    token->ptr = reinterpret_cast<char *>(strings_end);
    token->len = static_cast<uint32_t>(end - strings_end);
    strings_end = end;
    return true;
}

bool json_parser::read_literal(json_token *token, const char *word, json_type type) {
    if (token->raw_len != strlen(word) || memcmp(text + token->raw_offset, word, token->raw_len) != 0)
        return refuse("not a JSON value", token->raw_offset);
    token->type = type;
    return true;
}

bool json_parser::read_scalar(json_token *token) {
    const char *raw = text + token->raw_offset;
    switch (*raw) {
    case 't':
        return read_literal(token, "true", JSON_TRUE);
    case 'f':
        return read_literal(token, "false", JSON_FALSE);
    case 'n':
        return read_literal(token, "null", JSON_NULL);
    default:
        if (!number_is_well_formed(raw, raw + token->raw_len))
            return refuse("not a JSON value", token->raw_offset);
        token->type = JSON_NUMBER;
        return true;
    }
}

/* The grammar over the first stage's tokens. Every step is inlined, so that the walk's state stays in registers. */
#define STEP __attribute__((always_inline)) inline
class Walk {
  public:
    Walk(json_parser *owner, size_t len)
        : parser(owner), text(owner->text), index(owner->stages->structural_indexes.get()),
          end(index + owner->stages->n_structural_indexes), len(len), token(owner->tokens.get()) {}

    STEP bool document() {
        while (is_object() ? member() : value()) {
            if (is_open && !closes()) /* on to the first element or member */
                continue;
            while (depth > 0 && closes())
                close();
            if (depth == 0)
                return at() == 0 && index == end ? true : refuse("text after the document");
            if (at() != ',')
                return refuse("a comma is missing");
            index++;
        }
        return false;
    }
    size_t count() const {
        return size_t(token - parser->tokens.get());
    }

  private:
    json_parser *parser;
    const char *text;
    const uint32_t *index, *end; /* the next token, and behind the last */
    size_t len;
    json_token *token;
    uint32_t depth = 0;
    uint32_t objects = 0; /* bit per open level, innermost lowest: is it an object? */
    bool is_open = false; /* the last value was a bracket that opens */
    static_assert(JSON_DEPTH_MAX < 32, "one bit per level");
    json_token *opened[JSON_DEPTH_MAX]; /* the bracket of each open level */

    STEP char at() const {
        return index < end ? text[*index] : '\0';
    }
    STEP bool is_object() const {
        return objects & 1;
    }
    STEP bool closes() const {
        return at() == (is_object() ? '}' : ']');
    }

    bool refuse(const char *why) {
        const char c = at();
        if (index >= end)
            why = "the document ends too early";
        else if (depth > 0 && (c == ',' || c == ':'))
            why = c == ',' ? "unexpected comma" : "unexpected colon";
        else if (depth > 0 && (c == '}' || c == ']'))
            why = "unexpected closing bracket";
        parser->refuse(why, index < end ? *index : len);
        return false;
    }

    STEP void begin() {
        *token = {JSON_NULL, *index, 1, 0, text + *index};
    }

    STEP void measure() {
        size_t stop = index + 1 < end ? index[1] : len;
        while (is_space(text[stop - 1])) /* ends at the token's first byte, which is no space */
            stop--;
        token->len = token->raw_len = static_cast<uint32_t>(stop - *index);
    }

    STEP bool value() {
        const char c = at();
        is_open = false;
        if (index >= end)
            return refuse("");
        begin();
        if (c == '{' || c == '[')
            return open(c == '{');
        if (c == '}' || c == ']' || c == ',' || c == ':')
            return refuse("not a JSON value");
        measure();
        if (c == '"' ? !parser->read_string(token) : !parser->read_scalar(token))
            return false;
        token++;
        index++;
        return true;
    }

    STEP bool open(bool opens_object) {
        if (depth == JSON_DEPTH_MAX)
            return refuse("nested deeper than 16 levels");
        token->type = opens_object ? JSON_OBJECT : JSON_ARRAY;
        opened[depth++] = token++;
        index++;
        objects = objects << 1 | opens_object;
        is_open = true;
        return true;
    }

    STEP void close() {
        begin();
        token->type = is_object() ? JSON_OBJECT_END : JSON_ARRAY_END;
        token++;
        index++;
        json_token *bracket = opened[--depth];
        bracket->len = static_cast<uint32_t>(token - bracket);
        objects >>= 1;
    }

    STEP static bool is_plain_number(const char *at, uint32_t len) {
        return len <= 8 && is_short_integer(at, len) ? true : is_digit(*at) && number_is_well_formed(at, at + len);
    }

    /* `"name":scalar,` as most programs write nearly every member: no space, no escape. As many as come, in one loop
     * over local variables; it stops, with nothing done, before what is anything else, and the long way then reads
     * that or says what is wrong with it. True behind the last member of the object. */
    STEP bool plain_members() {
        const char *const bytes = text;
        const uint32_t *at = index;
        json_token *out = token;
        char mark = ',';
        while (mark == ',' && end - at >= 4) {
            const uint32_t name = at[0], colon = at[1], start = at[2], stop = at[3];
            if (bytes[name] != '"' || bytes[colon - 1] != '"' || colon - name < 2 || bytes[colon] != ':')
                break;
            out[0] = {JSON_KEY, name, colon - name, colon - name - 2, bytes + name + 1};
            if (bytes[start] == '"' && bytes[stop - 1] == '"' && stop - start > 1)
                out[1] = {JSON_TEXT, start, stop - start, stop - start - 2, bytes + start + 1};
            else if (is_plain_number(bytes + start, stop - start))
                out[1] = {JSON_NUMBER, start, stop - start, stop - start, bytes + start};
            else
                break;
            mark = bytes[stop];
            if (mark != ',' && mark != '}')
                break;
            at += mark == ',' ? 4 : 3;
            out += 2;
        }
        index = at;
        token = out;
        return mark == '}';
    }

    STEP bool member() {
        is_open = false;
        return (!parser->has_escapes && plain_members()) || (key() && value());
    }

    STEP bool key() {
        if (at() != '"')
            return refuse("a member's name must be a string");
        begin();
        measure();
        if (!parser->read_string(token))
            return false;
        token->type = JSON_KEY;
        token++;
        index++;
        if (at() != ':')
            return refuse("a colon is missing");
        index++;
        return true;
    }
};

size_t json_parser::walk(size_t len) {
    if (!reserve_tokens(stages->n_structural_indexes) || (has_escapes && !reserve_strings(len)))
        return out_of_memory();
    strings_end = strings.get();
    Walk walk(this, len);
    return walk.document() ? walk.count() : 0;
}

extern "C" {

struct json_parser *json_parser_new(void) {
    return new (std::nothrow) json_parser;
}

void json_parser_free(struct json_parser *parser) {
    delete parser;
}

size_t json_parse(struct json_parser *parser, const char *text, size_t len, const struct json_token **ret_tokens,
                  struct json_error *ret_error) {
    parser->text = text;
    parser->error = {nullptr, 0, false};
    size_t count = 0;
    if (len == 0)
        parser->refuse("the document is empty", 0);
    else if (len > DOCUMENT_MAX)
        parser->refuse("the document is larger than 1 GiB", 0);
    else if (!parser->reserve(len))
        parser->out_of_memory();
    else {
        simdjson::error_code code =
            parser->stages->stage1(reinterpret_cast<const uint8_t *>(text), len, simdjson::stage1_mode::regular);
        parser->has_escapes = memchr(text, '\\', len) != nullptr;
        count = code != simdjson::SUCCESS ? parser->refuse_stage(code, len) : parser->walk(len);
    }
    if (count == 0)
        *ret_error = parser->error;
    else
        *ret_tokens = parser->tokens.get();
    return count;
}

} // extern "C"
