/* SPDX-License-Identifier: Apache-2.0
 *
 * The file that says who sells and who buys. */
#include "document/document.h"
#include "tariff/yaml.h"

struct member {
    const char *key;
    size_t offset; /* of a slice */
};

static const struct member party_members[] = {
    {"name", offsetof(struct party, name)},       {"street", offsetof(struct party, street)},
    {"city", offsetof(struct party, city)},       {"postcode", offsetof(struct party, postcode)},
    {"country", offsetof(struct party, country)}, {"tax_id", offsetof(struct party, tax_id)},
    {"email", offsetof(struct party, email)},
};

static bool is_country(struct slice text) {
    return text.len == 2 && text.ptr[0] >= 'A' && text.ptr[0] <= 'Z' && text.ptr[1] >= 'A' && text.ptr[1] <= 'Z';
}

static void party_read(const struct node *map, struct diags *diags, struct party *party) {
    if (map->kind != NODE_MAP) {
        diags_add(diags, SEVERITY_ERROR, map->place, "write `name: …`, `city: …`", "a party is a map");
        return;
    }
    for (const struct node *node = map->first; node; node = node->next) {
        size_t at = 0;
        while (at < sizeof party_members / sizeof *party_members && !slice_is(node->key, party_members[at].key))
            at++;
        if (at == sizeof party_members / sizeof *party_members)
            diags_add(diags, SEVERITY_ERROR, node->key_place,
                      "a party has name, street, city, postcode, country, tax_id, email", "unknown key \"%.*s\"",
                      SLICE_ARG(node->key));
        else if (node->kind != NODE_SCALAR)
            diags_add(diags, SEVERITY_ERROR, node->place, NULL, "\"%s\" is a text", party_members[at].key);
        else
            memcpy((char *)party + party_members[at].offset, &node->text, sizeof node->text);
    }
    if (party->country.len > 0 && !is_country(party->country))
        diags_add(diags, SEVERITY_ERROR, map->place, "two capital letters, e.g. DE",
                  "\"%.*s\" is no country of ISO 3166-1", SLICE_ARG(party->country));
}

static enum status buyers_read(const struct node *map, struct arena *arena, struct diags *diags,
                               struct parties *parties) {
    if (map->kind != NODE_MAP) {
        diags_add(diags, SEVERITY_ERROR, map->place, "write `acct-42: {name: …}`", "buyers are a map of accounts");
        return STATUS_OK;
    }
    struct party *buyers = ARENA_ARRAY(arena, map->count + (size_t)1, struct party);
    if (buyers == NULL)
        return STATUS_NO_MEMORY;
    for (const struct node *node = map->first; node; node = node->next) {
        struct party *buyer = &buyers[parties->buyer_count++];
        buyer->account = node->key;
        party_read(node, diags, buyer);
    }
    parties->buyers = buyers;
    return STATUS_OK;
}

static void tax_read(const struct node *map, struct diags *diags, struct parties *parties) {
    static const char *const names[TAX_COUNT] = {
#define TAX_NAME(name, code, text) text,
        TAX_TABLE(TAX_NAME)
#undef TAX_NAME
    };
    const struct node *kind = node_get(map, "kind"), *reason = node_get(map, "reason");
    int found = 0;
    while (found < TAX_COUNT && (kind == NULL || kind->kind != NODE_SCALAR || !slice_is(kind->text, names[found])))
        found++;
    if (found == TAX_COUNT)
        diags_add(diags, SEVERITY_ERROR, map->place, "kind: not-subject, exempt, reverse-charge or zero-rated",
                  "tax has no kind that is known");
    else
        parties->tax = (enum tax)found;
    if (reason != NULL && reason->kind == NODE_SCALAR)
        parties->tax_reason = reason->text;
}

static enum status parties_members(const struct node *root, struct arena *arena, struct diags *diags,
                                   struct parties *parties) {
    if (root->kind != NODE_MAP) {
        diags_add(diags, SEVERITY_ERROR, root->place, "write `seller: {name: …}`", "this file is a map");
        return STATUS_OK;
    }
    for (const struct node *node = root->first; node; node = node->next) {
        if (slice_is(node->key, "seller"))
            party_read(node, diags, &parties->seller);
        else if (slice_is(node->key, "buyers"))
            TRY(buyers_read(node, arena, diags, parties));
        else if (slice_is(node->key, "tax"))
            tax_read(node, diags, parties);
        else if (slice_is(node->key, "terms") && node->kind == NODE_SCALAR)
            parties->terms = node->text;
        else
            diags_add(diags, SEVERITY_ERROR, node->key_place, "it may say seller, buyers, tax, terms",
                      "unknown key \"%.*s\"", SLICE_ARG(node->key));
    }
    return STATUS_OK;
}

enum status parties_read(const char *path, struct arena *arena, struct diags *diags, struct parties *ret_parties) {
    struct source_file *file;
    struct node *root;
    struct parties parties = {.tax = TAX_OUTSIDE};
    TRY(source_file_read(path, arena, &file));
    TRY(yaml_parse(file, arena, diags, &root));
    TRY(parties_members(root, arena, diags, &parties));
    if (diags->error_count > 0)
        return STATUS_INVALID;
    *ret_parties = parties;
    return STATUS_OK;
}

struct party parties_buyer(const struct parties *parties, struct slice account) {
    for (uint32_t i = 0; parties != NULL && i < parties->buyer_count; i++) {
        if (slice_eq(parties->buyers[i].account, account))
            return parties->buyers[i];
    }
    return (struct party){.account = account, .name = account};
}
