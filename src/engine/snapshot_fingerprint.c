/* SPDX-License-Identifier: Apache-2.0
 *
 * What binds a snapshot to its tariffs: their merged texts without comments and places, and the numbers of attributes.
 */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/bytes.h"
#include "engine/snapshot.h"

static void hash_number(XXH3_state_t *state, uint32_t number) {
    char bytes[4];
    bytes_put_u32(bytes, number);
    XXH3_128bits_update(state, bytes, sizeof bytes);
}

/* The length first, so that no two lists of texts look alike. */
static void hash_text(XXH3_state_t *state, struct slice text) {
    hash_number(state, (uint32_t)text.len);
    if (text.len)
        XXH3_128bits_update(state, text.ptr, text.len);
}

/* Down to the first child, on to the next, up when there is none; the count of children closes every list. */
static void hash_tree(XXH3_state_t *state, const struct node *root) {
    const struct node *node = root;
    while (node) {
        hash_number(state, node->kind);
        hash_number(state, node->count);
        hash_text(state, node->key);
        hash_text(state, node->kind == NODE_SCALAR ? node->text : (struct slice){0});
        if (node->first) {
            node = node->first;
            continue;
        }
        while (node && node != root && !node->next)
            node = node->parent;
        node = node == root ? NULL : node ? node->next : NULL;
    }
}

void tariff_set_fingerprint(const struct tariff_set *tariffs, uint8_t ret_fingerprint[16]) {
    XXH3_state_t state;
    XXH128_canonical_t canonical;
    XXH3_128bits_reset(&state);
    hash_number(&state, tariffs->count);
    for (uint32_t i = 0; i < tariffs->count; i++) {
        hash_text(&state, tariffs->list[i]->name);
        hash_tree(&state, tariffs->list[i]->root);
    }
    for (uint32_t i = 0; i < tariffs->attrs.names.count; i++) {
        hash_text(&state, tariffs->attrs.names.texts[i]);
        hash_number(&state, tariffs->attrs.kinds[i]);
    }
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(&state));
    memcpy(ret_fingerprint, canonical.digest, sizeof canonical.digest);
}
