/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as a key, as a list of roles and as a network: refused, or read; and what was read comes back when it is
 * written. No secret of a key is left in a text that it was looked for in. */
#include <stdlib.h>

#include "access/access.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition) {
    if (!condition)
        abort();
}

static void key_check(struct slice text) {
    struct slice id, secret;
    uint8_t pepper[KEY_PEPPER_BYTES] = {1}, hash[KEY_HASH_BYTES];
    if (key_text_find(text, &secret))
        require(secret.ptr > text.ptr && secret.ptr + secret.len <= text.ptr + text.len);
    if (!key_text_read(text, &id))
        return;
    require(id.len == KEY_ID_LEN && key_text_find(text, &secret));
    require(secret.len == KEY_SECRET_LEN + 1 + KEY_CHECKSUM_LEN);
    key_text_hash(text, pepper, hash);
}

static void network_check(struct slice text) {
    struct network network, again;
    char out[NETWORK_TEXT_MAX];
    if (network_parse(text, &network) != STATUS_OK)
        return;
    size_t len = network_format(&network, out);
    require(len < sizeof out && network_parse((struct slice){out, len}, &again) == STATUS_OK);
    require(memcmp(&network, &again, sizeof network) == 0 && network_has(&network, network.address));
}

static void roles_check(struct slice text) {
    struct slice wrong;
    uint32_t roles = 0, again = 0;
    char out[ROLES_TEXT_MAX];
    if (roles_parse(text, &roles, &wrong) != STATUS_OK)
        return;
    size_t len = roles_text(roles, out);
    require(len < sizeof out && roles_parse((struct slice){out, len}, &again, &wrong) == STATUS_OK && again == roles);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *copy = malloc(size + 1); /* exactly as long as it is: reading behind it is found */
    require(copy != NULL);
    if (size > 0)
        memcpy(copy, data, size);
    struct slice text = {copy, size};
    key_check(text);
    network_check(text);
    roles_check(text);
    free(copy);
    return 0;
}
