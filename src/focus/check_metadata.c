/* SPDX-License-Identifier: Apache-2.0
 *
 * The metadata beside a file: which version, which columns of which type. Their schema is one object, or, from 1.3 on,
 * one of a list. */
#include <stdio.h>

#include "cxx/json.h"
#include "focus/check.h"

struct metadata {
    struct buf text;
    const struct json_token *tokens;
    size_t count;
};

static enum status file_take(const char *path, struct buf *text) {
    char bytes[16384];
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return STATUS_IO;
    for (size_t len; (len = fread(bytes, 1, sizeof bytes, file)) > 0;)
        buf_append(text, (struct slice){bytes, len});
    bool is_read = !ferror(file);
    fclose(file);
    return !is_read ? STATUS_IO : text->failed ? STATUS_NO_MEMORY : STATUS_OK;
}

static enum status metadata_read(struct check *check, const char *path, struct metadata *metadata) {
    struct json_error error = {0};
    enum status status = file_take(path, &metadata->text);
    size_t len = metadata->text.len;
    buf_repeat(&metadata->text, '\0', JSON_PADDING);
    if (status == STATUS_OK && metadata->text.failed)
        status = STATUS_NO_MEMORY;
    if (status != STATUS_OK)
        return status;
    metadata->count = json_parse(check->parser, metadata->text.ptr, len, &metadata->tokens, &error);
    return error.is_fault ? STATUS_NO_MEMORY : STATUS_OK;
}

static struct slice token_text(const struct json_token *token) {
    return (struct slice){token->ptr, token->len};
}

static size_t token_span(const struct json_token *token) {
    return token->type == JSON_OBJECT || token->type == JSON_ARRAY ? token->len : 1;
}

/* The value of a key of an object; NULL: there is none. */
static const struct json_token *member(const struct json_token *object, const char *key) {
    const struct json_token *end = object + token_span(object) - 1;
    if (object->type != JSON_OBJECT)
        return NULL;
    for (const struct json_token *token = object + 1; token < end; token += 1 + token_span(token + 1))
        if (slice_is(token_text(token), key))
            return token + 1;
    return NULL;
}

static struct slice member_text(const struct json_token *object, const char *key) {
    const struct json_token *value = object ? member(object, key) : NULL;
    return value && value->type == JSON_TEXT ? token_text(value) : SLICE("");
}

/* The schema: all of it, under "Schema", or the first of a list there. */
static const struct json_token *schema_find(const struct metadata *metadata) {
    if (metadata->count == 0 || metadata->tokens[0].type != JSON_OBJECT)
        return NULL;
    const struct json_token *root = metadata->tokens, *schema = member(root, "Schema");
    if (schema == NULL)
        return member(root, "ColumnDefinition") ? root : NULL;
    if (schema->type == JSON_ARRAY && schema->len > 2)
        schema++;
    return schema->type == JSON_OBJECT ? schema : NULL;
}

static void instance_check(struct check *check, const struct metadata *metadata, const struct json_token *schema) {
    const struct json_token *list = member(metadata->tokens, "DatasetInstance");
    const struct json_token *instance = list && list->type == JSON_ARRAY && list->len > 2 ? list + 1 : list;
    struct slice id = member_text(schema, "DatasetInstanceId");
    if (id.len == 0)
        check_tell(check, RULE_METADATA_INSTANCE, SLICE("DatasetInstanceId"), "the schema names no dataset instance");
    if (!instance || !slice_is(member_text(instance, "FocusDatasetId"), "CostAndUsage"))
        check_tell(check, RULE_METADATA_INSTANCE, SLICE("FocusDatasetId"),
                   "no dataset instance of CostAndUsage is described");
}

enum status check_metadata(struct check *check, const char *path, struct slice *ret_version) {
    struct metadata metadata = {.count = 0};
    enum status status = metadata_read(check, path, &metadata);
    const struct json_token *schema = status == STATUS_OK ? schema_find(&metadata) : NULL;
    check->line = 0;
    if (status == STATUS_OK && schema == NULL)
        check_tell(check, RULE_METADATA_FORM, SLICE(""), "the metadata have no schema");
    if (schema) {
        const struct json_token *columns = member(schema, "ColumnDefinition");
        struct slice version = member_text(schema, "FocusVersion");
        *ret_version = arena_copy(check->arena, version);
        if (version.len == 0)
            check_tell(check, RULE_METADATA_VERSION, SLICE("FocusVersion"), "the schema does not say its version");
        if (member_text(schema, "SchemaId").len == 0)
            check_tell(check, RULE_METADATA_FORM, SLICE("SchemaId"), "the schema has no id");
        if (member_text(schema, "CreationDate").len == 0)
            check_tell(check, RULE_METADATA_FORM, SLICE("CreationDate"), "the schema does not say when it was made");
        if (!columns || columns->type != JSON_ARRAY)
            check_tell(check, RULE_METADATA_FORM, SLICE("ColumnDefinition"), "the schema has no list of columns");
        if (ret_version->ptr == NULL)
            status = STATUS_NO_MEMORY;
    }
    buf_free(&metadata.text);
    return status == STATUS_OK ? check->status : status;
}

/* ---- the columns ---- */

static void type_check(struct check *check, struct slice id, struct slice type) {
    static const char *const names[] = {
        [TYPE_STRING] = "STRING", [TYPE_DECIMAL] = "DECIMAL", [TYPE_DATETIME] = "DATETIME",
        [TYPE_JSON] = "JSON",     [TYPE_UNIT] = "STRING",     [TYPE_CURRENCY] = "STRING"};
    enum focus_column column = focus_column_find(id);
    if (column == FOCUS_COLUMN_COUNT || slice_eq_nocase(type, slice_of(names[focus_columns[column].type])) ||
        (focus_columns[column].type == TYPE_DATETIME && slice_eq_nocase(type, SLICE("date/time"))))
        return;
    check_tell(check, RULE_METADATA_TYPE, id, "it says \"%.*s\", and the column is %s", SLICE_ARG(type),
               names[focus_columns[column].type]);
}

static void columns_compare(struct check *check, const struct json_token *columns) {
    uint32_t seen[CHECK_COLUMNS_MAX] = {0};
    const struct json_token *end = columns + token_span(columns) - 1;
    for (const struct json_token *column = columns + 1; column < end; column += token_span(column)) {
        struct slice id = member_text(column, "ColumnName");
        uint32_t at = 0;
        while (at < check->column_count && !slice_eq(check->header[at], id))
            at++;
        if (at == check->column_count)
            check_tell(check, RULE_METADATA_COLUMNS, id, "the schema lists \"%.*s\", the file has no such column",
                       SLICE_ARG(id));
        else if (seen[at]++ > 0)
            check_tell(check, RULE_METADATA_COLUMNS, id, "the schema lists it twice");
        type_check(check, id, member_text(column, "DataType"));
    }
    for (uint32_t i = 0; i < check->column_count; i++)
        if (seen[i] == 0)
            check_tell(check, RULE_METADATA_COLUMNS, check->header[i], "the schema does not list it");
}

enum status check_metadata_columns(struct check *check, const char *path) {
    struct metadata metadata = {.count = 0};
    enum status status = metadata_read(check, path, &metadata);
    const struct json_token *schema = status == STATUS_OK ? schema_find(&metadata) : NULL;
    const struct json_token *columns = schema ? member(schema, "ColumnDefinition") : NULL;
    if (columns && columns->type == JSON_ARRAY)
        columns_compare(check, columns);
    if (schema && check->version == FOCUS_1_4)
        instance_check(check, &metadata, schema);
    buf_free(&metadata.text);
    return status == STATUS_OK ? check->status : status;
}
