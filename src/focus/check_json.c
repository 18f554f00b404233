/* SPDX-License-Identifier: Apache-2.0
 *
 * What must hold within cells that are JSON: that they stand flat, or have the members that the specification's schemas
 * give them. */
#include "focus/check.h"

static struct slice text_of(const struct json_token *token) {
    return (struct slice){token->ptr, token->len};
}

const struct json_token *check_member(const struct json_token *object, const char *key) {
    const struct json_token *end = object + check_span(object) - 1;
    if (object->type != JSON_OBJECT)
        return NULL;
    for (const struct json_token *token = object + 1; token < end; token += 1 + check_span(token + 1))
        if (slice_is(text_of(token), key))
            return token + 1;
    return NULL;
}

struct slice check_member_text(const struct json_token *object, const char *key) {
    const struct json_token *value = object ? check_member(object, key) : NULL;
    return value && value->type == JSON_TEXT ? text_of(value) : SLICE("");
}

struct shape {
    struct check *check;
    enum focus_column column;
};

static bool is_word(struct slice word, const char *list) { /* by | */
    struct slice rest = slice_of(list), one;
    for (bool more = true; more;) {
        more = slice_cut(rest, '|', &one, &rest);
        if (slice_eq(one, word))
            return true;
    }
    return false;
}

/* Own keys begin with x_. */
static void keys(const struct shape *shape, const struct json_token *object, const char *known) {
    const struct json_token *end = object + check_span(object) - 1;
    for (const struct json_token *token = object + 1; token < end; token += 1 + check_span(token + 1)) {
        struct slice key = text_of(token);
        if (!is_word(key, known) && !slice_starts(key, SLICE("x_")))
            check_tell(shape->check, RULE_JSON_SHAPE, check_id(shape->column),
                       "\"%.*s\" is no member that the specification has there", SLICE_ARG(key));
    }
}

static void need(const struct shape *shape, bool is_right, const char *text) {
    if (!is_right)
        check_tell(shape->check, RULE_JSON_SHAPE, check_id(shape->column), "%s", text);
}

static void flat(const struct shape *shape, const struct json_token *root) {
    const struct json_token *end = root + check_span(root) - 1;
    for (const struct json_token *token = root + 1; token < end; token += 1 + check_span(token + 1)) {
        struct slice key = text_of(token);
        bool is_nested = token[1].type == JSON_OBJECT || token[1].type == JSON_ARRAY;
        bool is_twice = false;
        for (const struct json_token *other = root + 1; other < token; other += 1 + check_span(other + 1))
            is_twice = is_twice || slice_eq(text_of(other), key);
        if (is_nested || is_twice)
            check_tell(shape->check, RULE_JSON_FLAT, check_id(shape->column), "\"%.*s\" %s", SLICE_ARG(key),
                       is_nested ? "has an object or a list" : "is there twice");
    }
}

/* Calls each() for every object of a list that must have at least one. */
static void each_of(const struct shape *shape, const struct json_token *root, const char *name,
                    void (*each)(const struct shape *shape, const struct json_token *object)) {
    const struct json_token *list = check_member(root, name);
    keys(shape, root, name);
    if (list == NULL || list->type != JSON_ARRAY || list->len == 2) {
        check_tell(shape->check, RULE_JSON_SHAPE, check_id(shape->column), "there is no list \"%s\" with members",
                   name);
        return;
    }
    const struct json_token *end = list + check_span(list) - 1;
    for (const struct json_token *token = list + 1; token < end; token += check_span(token)) {
        need(shape, token->type == JSON_OBJECT, "a member of the list is no object");
        if (token->type == JSON_OBJECT)
            each(shape, token);
    }
}

static bool is_there(const struct json_token *object, const char *key) {
    const struct json_token *value = check_member(object, key);
    return value && value->type != JSON_NULL;
}

static void application(const struct shape *shape, const struct json_token *object) {
    bool has_quantity = is_there(object, "ContractCommitmentAppliedQuantity");
    if (shape->check->version < FOCUS_1_4 && check_member(object, "ContractID")) /* as 1.3 was printed first */
        return;
    keys(shape, object,
         "ContractId|ContractCommitmentId|ContractCommitmentAppliedCost|ContractCommitmentAppliedQuantity|"
         "ContractCommitmentAppliedUnit");
    need(shape, check_member_text(object, "ContractId").len > 0, "an element has no ContractId");
    need(shape, check_member_text(object, "ContractCommitmentId").len > 0, "an element has no ContractCommitmentId");
    need(shape, has_quantity || is_there(object, "ContractCommitmentAppliedCost"),
         "an element has neither ContractCommitmentAppliedCost nor ContractCommitmentAppliedQuantity");
    need(shape, has_quantity == is_there(object, "ContractCommitmentAppliedUnit"),
         "an element has only one of ContractCommitmentAppliedQuantity and ContractCommitmentAppliedUnit");
}

static void program(const struct shape *shape, const struct json_token *object) {
    keys(shape, object, "ProgramType");
    need(shape, check_member_text(object, "ProgramType").len > 0, "a program has no ProgramType");
}

/* The discount of the row is one of the programs that it may have. */
static void programs(const struct shape *shape, const struct json_token *root) {
    struct slice type = check_cell(shape->check, FOCUS_CommitmentDiscountType);
    const struct json_token *list = check_member(root, "CommitmentPrograms");
    bool is_named = type.len == 0 || list == NULL || list->type != JSON_ARRAY;
    each_of(shape, root, "CommitmentPrograms", program);
    for (const struct json_token *token = list + 1; !is_named && token < list + check_span(list) - 1;
         token += check_span(token))
        if (slice_eq(check_member_text(token, "ProgramType"), type))
            return;
    if (!is_named)
        check_tell(shape->check, RULE_COMMITMENT_PROGRAM, check_id(shape->column),
                   "none of CommitmentPrograms is \"%.*s\"", SLICE_ARG(type));
}

static void rule(const struct shape *shape, const struct json_token *object) {
    const struct json_token *values = check_member(object, "Values");
    keys(shape, object, "Dimension|Operator|Values|Applicability");
    need(shape, check_member_text(object, "Dimension").len > 0, "a rule has no Dimension");
    need(shape, values && values->type == JSON_ARRAY && values->len > 2, "a rule has no list of Values");
    need(shape,
         is_word(check_member_text(object, "Operator"),
                 "In|NotIn|StartsWith|NotStartsWith|Contains|NotContains|EndsWith|Exists|DoesNotExist"),
         "a rule's Operator is none of those that the specification has");
}

static void rules_of(const struct shape *shape, const struct json_token *root, const char *list,
                     const char *operator_key) {
    const struct json_token *rules = check_member(root, list);
    need(shape, is_word(check_member_text(root, operator_key), "And|Or"), "rules are joined by neither And nor Or");
    need(shape, rules && rules->type == JSON_ARRAY && rules->len > 2, "there is no rule");
    const struct json_token *end = rules && rules->type == JSON_ARRAY ? rules + check_span(rules) - 1 : rules;
    for (const struct json_token *token = rules ? rules + 1 : NULL; token && token < end; token += check_span(token))
        rule(shape, token);
}

static void applicability(const struct shape *shape, const struct json_token *root) {
    const struct json_token *global = check_member(root, "IsGlobalScope");
    const struct json_token *complex_scope = check_member(root, "IsComplexScope");
    bool is_global = global && global->type == JSON_TRUE;
    bool is_complex = complex_scope && complex_scope->type == JSON_TRUE;
    keys(shape, root,
         "IsGlobalScope|IsComplexScope|Applicability|InclusionOperator|Inclusions|ExclusionOperator|Exclusions");
    need(shape, !is_global || !is_complex, "the scope is global and complex at once");
    if (is_global || is_complex)
        need(shape, !check_member(root, "InclusionOperator"), "a global or complex scope has no inclusions");
    else
        rules_of(shape, root, "Inclusions", "InclusionOperator");
    if (check_member(root, "Exclusions"))
        rules_of(shape, root, "Exclusions", "ExclusionOperator");
}

static void shape_check(const struct shape *shape, const struct json_token *root) {
    if (focus_columns[shape->column].type == TYPE_KEY_VALUE)
        flat(shape, root);
    switch ((int)shape->column) {
    case FOCUS_ContractApplied:
        each_of(shape, root, "Elements", application);
        break;
    case FOCUS_CommitmentProgramEligibilityDetails:
        programs(shape, root);
        break;
    case COMMITMENT_ContractCommitmentApplicability:
        applicability(shape, root);
        break;
    case INVOICE_InvoiceDetailGrain:
        keys(shape, root,
             "ContractId|RegionId|ResourceId|ResourceType|ServiceName|SkuId|SkuMeter|SkuPriceId|SubAccountId");
        break;
    default:
        break;
    }
}

void check_json(struct check *check, enum focus_column column, struct slice cell) {
    const struct shape shape = {check, column};
    const struct json_token *tokens;
    struct json_error error = {0};
    buf_clear(&check->json);
    buf_append(&check->json, cell);
    buf_repeat(&check->json, '\0', JSON_PADDING);
    size_t count = check->json.failed ? 0 : json_parse(check->parser, check->json.ptr, cell.len, &tokens, &error);
    if (check->json.failed || error.is_fault)
        check->status = STATUS_NO_MEMORY;
    else if (count == 0 || tokens[0].type != JSON_OBJECT)
        check_tell(check, RULE_JSON_FORM, check_id(column), "\"%.*s\" is no JSON object", SLICE_ARG(cell));
    else
        shape_check(&shape, tokens);
}
