/* SPDX-License-Identifier: Apache-2.0
 *
 * Line by line: the tree says where entries begin and how deep, a small scanner knows quotes, flow brackets, comments
 * and block scalars. The result is parsed and formatted again: it must be the same tree and the same text. */
#include "cli/format.h"

#define NOT_SET (-1)

struct line {
    struct slice body; /* without indentation and line end */
    int32_t indent;    /* as written */
    int32_t depth;     /* of the first block entry that begins here; NOT_SET: none */
    bool starts_node;  /* some node begins here, also inside brackets */
};

struct format {
    struct line *lines;
    uint32_t line_count;
    struct buf *out;
    int32_t old_indent, new_indent; /* of the last entry */
    char quote;                     /* open over the line end; 0: none */
    uint32_t flow_depth;
    int32_t block_parent; /* indentation that ends the block scalar being copied; NOT_SET: none */
    bool starts_block;    /* the line just copied ends in | or > */
    bool owes_blank;
};

/* ---- where entries begin ---- */

/* YAML knows more line ends than files of tariffs have: a return alone, and three of Unicode. */
static bool has_strange_line_end(struct slice text) {
    for (size_t i = 0; i < text.len; i++) {
        size_t left = text.len - i;
        if (text.ptr[i] == '\r' && (left < 2 || text.ptr[i + 1] != '\n'))
            return true;
        if ((left >= 2 && memcmp(text.ptr + i, "\xC2\x85", 2) == 0) ||
            (left >= 3 &&
             (memcmp(text.ptr + i, "\xE2\x80\xA8", 3) == 0 || memcmp(text.ptr + i, "\xE2\x80\xA9", 3) == 0)))
            return true;
    }
    return false;
}

static enum status lines_split(struct format *format, struct slice text, struct arena *run) {
    uint32_t count = 1;
    if (has_strange_line_end(text))
        return STATUS_CONFLICT;
    for (size_t i = 0; i < text.len; i++)
        count += text.ptr[i] == '\n';
    format->lines = ARENA_ARRAY(run, count + 1u, struct line);
    if (format->lines == NULL)
        return STATUS_NO_MEMORY;
    while (text.len > 0) {
        struct line *line = &format->lines[format->line_count++];
        struct slice body;
        if (!slice_cut(text, '\n', &body, &text))
            text.len = 0; /* no newline at the end of the file */
        if (body.len > 0 && body.ptr[body.len - 1] == '\r')
            body.len--;
        line->depth = NOT_SET;
        while (line->indent < (int32_t)body.len && body.ptr[line->indent] == ' ')
            line->indent++;
        line->body = (struct slice){body.ptr + line->indent, body.len - (size_t)line->indent};
    }
    return STATUS_OK;
}

static void line_mark(struct format *format, uint32_t number, int32_t depth, bool is_flow) {
    if (number < 1 || number > format->line_count)
        return;
    struct line *line = &format->lines[number - 1];
    line->starts_node = true;
    if (line->depth == NOT_SET && !is_flow)
        line->depth = depth;
}

static const struct node *node_after(const struct node *node, int32_t *depth) {
    if (node->first != NULL) {
        ++*depth;
        return node->first;
    }
    while (node != NULL && node->next == NULL) {
        node = node->parent;
        --*depth;
    }
    return node != NULL ? node->next : NULL;
}

static bool is_in_flow(const struct node *node) {
    for (const struct node *up = node->parent; up != NULL; up = up->parent) {
        if (up->is_flow)
            return true;
    }
    return false;
}

/* Parents come before children, so that the outermost entry of a line decides. */
static void entries_mark(struct format *format, const struct node *root) {
    int32_t depth = -1;
    const struct node *node = node_after(root, &depth);
    while (node != NULL) {
        bool is_flow = is_in_flow(node);
        bool has_key = node->parent->kind == NODE_MAP;
        uint32_t line = has_key ? node->key_place.line : node->place.line;
        line_mark(format, line, depth, is_flow);
        if (node->place.line != line)
            line_mark(format, node->place.line, depth + 1, is_flow);
        node = node_after(node, &depth);
    }
}

/* ---- one line ---- */

static struct slice right_trim(struct slice text) {
    while (text.len > 0 && (text.ptr[text.len - 1] == ' ' || text.ptr[text.len - 1] == '\t'))
        text.len--;
    return text;
}

static bool is_space_at(struct slice body, size_t i) {
    return i >= body.len || body.ptr[i] == ' ' || body.ptr[i] == '\t';
}

static size_t space_skip(struct slice body, size_t i) {
    while (i < body.len && is_space_at(body, i))
        i++;
    return i;
}

/* Copies up to and including the closing quote, or the whole line. */
static size_t quoted_copy(struct format *format, struct slice body, size_t i) {
    while (i < body.len) {
        char c = body.ptr[i++];
        buf_char(format->out, c);
        bool is_escape = format->quote == '"' ? c == '\\' : c == '\'' && i < body.len && body.ptr[i] == '\'';
        if (is_escape && i < body.len) {
            buf_char(format->out, body.ptr[i++]);
        } else if (c == format->quote) {
            format->quote = 0;
            break;
        }
    }
    return i;
}

static void comment_copy(struct format *format, struct slice body, size_t i) {
    size_t spaces = 0;
    while (i > spaces && body.ptr[i - 1 - spaces] == ' ')
        spaces++;
    if (i > 0) {
        while (format->out->len > 0 && format->out->ptr[format->out->len - 1] == ' ')
            format->out->len--;
        buf_repeat(format->out, ' ', spaces > 2 ? spaces : 2);
    }
    buf_append(format->out, right_trim((struct slice){body.ptr + i, body.len - i}));
}

/* One space behind a colon or dash, unless the line or only a comment is left. */
static size_t indicator_copy(struct format *format, struct slice body, size_t i) {
    buf_char(format->out, body.ptr[i]);
    size_t next = space_skip(body, i + 1);
    if (next >= body.len || body.ptr[next] == '#')
        return i + 1;
    buf_char(format->out, ' ');
    return next;
}

/* Is the character at i, outside quotes, one that structures the line? Counts brackets on the way. */
static bool is_bracket(struct format *format, char c, bool is_token_start) {
    bool opens = (c == '[' || c == '{') && (is_token_start || format->flow_depth > 0);
    bool closes = (c == ']' || c == '}') && format->flow_depth > 0;
    format->flow_depth += opens;
    format->flow_depth -= closes;
    return opens;
}

static bool is_indicator(struct slice body, size_t i, bool is_token_start, bool is_block) {
    char c = body.ptr[i];
    bool is_one = c == ':' || (is_token_start && (c == '?' || (c == '-' && is_block)));
    return is_one && is_space_at(body, i + 1);
}

static void body_copy(struct format *format, struct slice body, bool is_token_start) {
    size_t i = format->quote != 0 ? quoted_copy(format, body, 0) : 0;
    format->starts_block = false;
    while (i < body.len) {
        char c = body.ptr[i];
        bool is_block = format->flow_depth == 0;
        if (c == '#' && (i == 0 || is_space_at(body, i - 1))) {
            comment_copy(format, body, i);
            return;
        }
        if (is_token_start && (c == '"' || c == '\'')) {
            format->quote = c;
            buf_char(format->out, c);
            i = quoted_copy(format, body, i + 1);
            is_token_start = false;
        } else if (is_indicator(body, i, is_token_start, is_block)) {
            i = indicator_copy(format, body, i);
            is_token_start = true;
        } else {
            format->starts_block = format->starts_block || (is_token_start && is_block && (c == '|' || c == '>'));
            bool opens = is_bracket(format, c, is_token_start);
            bool goes_on = is_token_start && is_space_at(body, i);
            is_token_start = opens || goes_on || (!is_block && c == ',');
            buf_char(format->out, c);
            i++;
        }
    }
}

static void line_end(struct format *format) {
    while (format->quote == 0 && format->out->len > 0 && is_space_at(buf_slice(format->out), format->out->len - 1))
        format->out->len--;
    buf_char(format->out, '\n');
}

/* ---- all lines ---- */

/* Column that a block scalar's text must exceed: of the dash when it stands right behind one, else of the key. */
static int32_t block_parent_of(const struct line *line) {
    size_t i = 0, dash = 0;
    bool has_dash = false;
    while (i < line->body.len && line->body.ptr[i] == '-' && is_space_at(line->body, i + 1)) {
        has_dash = true;
        dash = i;
        i = space_skip(line->body, i + 1);
    }
    bool is_item = has_dash && i < line->body.len && (line->body.ptr[i] == '|' || line->body.ptr[i] == '>');
    return line->indent + (int32_t)(is_item ? dash : i);
}

static void shifted_indent(struct format *format, const struct line *line) {
    int32_t indent = line->indent + format->new_indent - format->old_indent;
    buf_repeat(format->out, ' ', indent > 0 ? (size_t)indent : 0);
}

static bool is_comment(const struct line *line) {
    return line->body.len > 0 && line->body.ptr[0] == '#';
}

static bool is_blank(const struct line *line) {
    return right_trim(line->body).len == 0;
}

/* A comment belongs to what follows, unless it stands deeper: then to the last entry that it does not stand left of. */
static int32_t comment_indent(const struct format *format, uint32_t index) {
    const struct line *lines = format->lines, *comment = &lines[index];
    int32_t next_old = 0, next_new = 0;
    for (uint32_t i = index + 1; i < format->line_count; i++) {
        if (is_blank(&lines[i]) || is_comment(&lines[i]))
            continue;
        next_old = lines[i].indent;
        next_new = lines[i].depth != NOT_SET ? 2 * lines[i].depth : next_old + format->new_indent - format->old_indent;
        break;
    }
    for (uint32_t i = index; i > 0 && comment->indent > next_old; i--) {
        const struct line *line = &lines[i - 1];
        if (line->depth != NOT_SET && line->indent <= comment->indent)
            return 2 * line->depth > next_new ? 2 * line->depth : next_new;
    }
    return next_new;
}

/* Lines inside a block scalar or a quoted text. false: the line is not one. */
static bool scalar_line(struct format *format, struct line *line) {
    if (format->block_parent != NOT_SET && !is_blank(line) && line->indent <= format->block_parent)
        format->block_parent = NOT_SET;
    if (format->block_parent == NOT_SET && format->quote == 0)
        return false;
    line->depth = NOT_SET; /* text, whatever it looks like */
    if (is_blank(line)) {
        buf_char(format->out, '\n');
    } else if (format->block_parent != NOT_SET) {
        shifted_indent(format, line);
        buf_append(format->out, line->body);
        buf_char(format->out, '\n');
    } else {
        shifted_indent(format, line);
        body_copy(format, line->body, false);
        line_end(format);
    }
    return true;
}

static void entry_line(struct format *format, const struct line *line) {
    bool is_entry = line->depth != NOT_SET && format->flow_depth == 0;
    if (is_entry) {
        format->old_indent = line->indent;
        format->new_indent = 2 * line->depth;
    }
    shifted_indent(format, line);
    if (!line->starts_node && format->flow_depth == 0)
        buf_append(format->out, right_trim(line->body)); /* goes on with a plain text */
    else
        body_copy(format, line->body, true);
    line_end(format);
    if (format->starts_block && is_entry)
        format->block_parent = block_parent_of(line);
    format->starts_block = false;
}

static void lines_write(struct format *format) {
    for (uint32_t i = 0; i < format->line_count; i++) {
        struct line *line = &format->lines[i];
        if (scalar_line(format, line))
            continue;
        if (is_blank(line)) {
            format->owes_blank = format->out->len > 0;
            continue;
        }
        if (format->owes_blank)
            buf_char(format->out, '\n');
        format->owes_blank = false;
        if (is_comment(line) && format->flow_depth == 0) {
            buf_repeat(format->out, ' ', (size_t)comment_indent(format, i));
            buf_append(format->out, right_trim(line->body));
            buf_char(format->out, '\n');
        } else {
            entry_line(format, line);
        }
    }
}

/* ---- is it still the same? ---- */

static bool trees_equal(const struct node *a, const struct node *b) {
    int32_t depth_a = 0, depth_b = 0;
    while (a != NULL && b != NULL) {
        if (a->kind != b->kind || !slice_eq(a->key, b->key) || !slice_eq(a->text, b->text) || depth_a != depth_b)
            return false;
        a = node_after(a, &depth_a);
        b = node_after(b, &depth_b);
    }
    return a == NULL && b == NULL;
}

static enum status format_once(const struct source_file *file, const struct node *root, struct arena *run,
                               struct buf *out) {
    struct format format = {.out = out, .block_parent = NOT_SET};
    TRY(lines_split(&format, file->text, run));
    entries_mark(&format, root);
    lines_write(&format);
    return out->failed ? STATUS_NO_MEMORY : STATUS_OK;
}

/* The same tree, and a text that formatting leaves alone. */
static enum status result_check(const struct source_file *file, const struct node *root, const struct buf *text,
                                struct arena *run) {
    struct diags diags = {0};
    struct node *again;
    struct buf second = {0};
    struct source_file *result = ARENA_NEW(run, struct source_file);
    if (result == NULL)
        return STATUS_NO_MEMORY;
    *result = (struct source_file){file->path, buf_slice(text)};
    enum status status = yaml_parse(result, run, &diags, &again);
    diags_free(&diags);
    if (status == STATUS_INVALID || (status == STATUS_OK && !trees_equal(root, again)))
        return STATUS_CONFLICT;
    TRY(status);
    status = format_once(result, again, run, &second);
    if (status == STATUS_OK && !slice_eq(buf_slice(text), buf_slice(&second)))
        status = STATUS_CONFLICT;
    buf_free(&second);
    return status;
}

enum status tariff_format(const struct source_file *file, const struct node *root, struct arena *run, struct buf *out) {
    struct buf text = {0};
    enum status status = format_once(file, root, run, &text);
    if (status == STATUS_OK)
        status = result_check(file, root, &text, run);
    if (status == STATUS_OK)
        buf_append(out, buf_slice(&text));
    buf_free(&text);
    return status;
}
