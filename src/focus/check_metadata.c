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

/* The dataset whose instance has an id; FOCUS_DATASET_COUNT: none is described. */
static enum focus_dataset instance_dataset(const struct metadata *metadata, struct slice id) {
    const struct json_token *list = check_member(metadata->tokens, "DatasetInstance");
    enum focus_dataset dataset = FOCUS_DATASET_COUNT;
    if (list == NULL || (list->type != JSON_ARRAY && list->type != JSON_OBJECT))
        return dataset;
    bool is_list = list->type == JSON_ARRAY;
    const struct json_token *end = is_list ? list + check_span(list) - 1 : list + 1;
    for (const struct json_token *one = is_list ? list + 1 : list; one < end; one += check_span(one))
        if (id.len == 0 || slice_eq(check_member_text(one, "DatasetInstanceId"), id))
            if (focus_dataset_parse(check_member_text(one, "FocusDatasetId"), &dataset))
                return dataset;
    return FOCUS_DATASET_COUNT;
}

/* The schema: all of it, under "Schema", or of a list there the one of the dataset, else the first. */
static const struct json_token *schema_find(const struct metadata *metadata, bool has_dataset,
                                            enum focus_dataset dataset) {
    if (metadata->count == 0 || metadata->tokens[0].type != JSON_OBJECT)
        return NULL;
    const struct json_token *root = metadata->tokens, *schema = check_member(root, "Schema");
    if (schema == NULL)
        return check_member(root, "ColumnDefinition") ? root : NULL;
    if (schema->type != JSON_ARRAY)
        return schema->type == JSON_OBJECT ? schema : NULL;
    const struct json_token *end = schema + check_span(schema) - 1;
    for (const struct json_token *one = schema + 1; has_dataset && one < end; one += check_span(one))
        if (one->type == JSON_OBJECT &&
            instance_dataset(metadata, check_member_text(one, "DatasetInstanceId")) == dataset)
            return one;
    return schema->len > 2 && schema[1].type == JSON_OBJECT ? schema + 1 : NULL;
}

static void instance_check(struct check *check, const struct metadata *metadata, const struct json_token *schema) {
    struct slice id = check_member_text(schema, "DatasetInstanceId");
    if (id.len == 0)
        check_tell(check, RULE_METADATA_INSTANCE, SLICE("DatasetInstanceId"), "the schema names no dataset instance");
    if (instance_dataset(metadata, id) != check->dataset)
        check_tell(check, RULE_METADATA_INSTANCE, SLICE("FocusDatasetId"), "no dataset instance of %s is described",
                   focus_datasets[check->dataset].id);
}

enum status check_metadata(struct check *check, const char *path, bool has_dataset, struct slice *ret_version,
                           enum focus_dataset *ret_dataset) {
    struct metadata metadata = {.count = 0};
    enum status status = metadata_read(check, path, &metadata);
    const struct json_token *schema = status == STATUS_OK ? schema_find(&metadata, has_dataset, check->dataset) : NULL;
    check->line = 0;
    if (status == STATUS_OK && schema == NULL)
        check_tell(check, RULE_METADATA_FORM, SLICE(""), "the metadata have no schema");
    if (schema) {
        const struct json_token *columns = check_member(schema, "ColumnDefinition");
        struct slice version = check_member_text(schema, "FocusVersion");
        *ret_version = arena_copy(check->arena, version);
        *ret_dataset = instance_dataset(&metadata, check_member_text(schema, "DatasetInstanceId"));
        if (version.len == 0)
            check_tell(check, RULE_METADATA_VERSION, SLICE("FocusVersion"), "the schema does not say its version");
        if (check_member_text(schema, "SchemaId").len == 0)
            check_tell(check, RULE_METADATA_FORM, SLICE("SchemaId"), "the schema has no id");
        if (check_member_text(schema, "CreationDate").len == 0)
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
    enum focus_column column = focus_column_find(check->dataset, id);
    const char *right = column < FOCUS_COLUMN_COUNT ? focus_type_text(focus_columns[column].type) : "";
    if (column == FOCUS_COLUMN_COUNT || slice_eq_nocase(type, slice_of(right)) ||
        (focus_columns[column].type == TYPE_DATETIME && slice_eq_nocase(type, SLICE("date/time"))))
        return;
    check_tell(check, RULE_METADATA_TYPE, id, "it says \"%.*s\", and the column is %s", SLICE_ARG(type), right);
}

static void columns_compare(struct check *check, const struct json_token *columns) {
    uint32_t seen[CHECK_COLUMNS_MAX] = {0};
    const struct json_token *end = columns + check_span(columns) - 1;
    for (const struct json_token *column = columns + 1; column < end; column += check_span(column)) {
        struct slice id = check_member_text(column, "ColumnName");
        uint32_t at = 0;
        while (at < check->column_count && !slice_eq(check->header[at], id))
            at++;
        if (at == check->column_count)
            check_tell(check, RULE_METADATA_COLUMNS, id, "the schema lists \"%.*s\", the file has no such column",
                       SLICE_ARG(id));
        else if (seen[at]++ > 0)
            check_tell(check, RULE_METADATA_COLUMNS, id, "the schema lists it twice");
        type_check(check, id, check_member_text(column, "DataType"));
    }
    for (uint32_t i = 0; i < check->column_count; i++)
        if (seen[i] == 0)
            check_tell(check, RULE_METADATA_COLUMNS, check->header[i], "the schema does not list it");
}

enum status check_metadata_columns(struct check *check, const char *path) {
    struct metadata metadata = {.count = 0};
    enum status status = metadata_read(check, path, &metadata);
    const struct json_token *schema = status == STATUS_OK ? schema_find(&metadata, true, check->dataset) : NULL;
    const struct json_token *columns = schema ? check_member(schema, "ColumnDefinition") : NULL;
    if (columns && columns->type == JSON_ARRAY)
        columns_compare(check, columns);
    if (schema && check->version >= FOCUS_1_3)
        instance_check(check, &metadata, schema);
    buf_free(&metadata.text);
    return status == STATUS_OK ? check->status : status;
}
