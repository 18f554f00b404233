/* SPDX-License-Identifier: Apache-2.0
 *
 * Cursors: base64url of 4 bytes of XXH3 over list and key, and the key. */
#include "view/page.h"

#include <sodium.h>
#include <string.h>

#include "base/names.h"

enum { CHECK_BYTES = 4, KEY_BYTES = 12, KEY_MAX = 4096 };
#define VARIANT sodium_base64_VARIANT_URLSAFE_NO_PADDING

/* Keys may hold any bytes. False: no memory. */
static bool check_of(struct arena *arena, struct slice list, struct slice key, uint8_t ret_check[CHECK_BYTES]) {
    char *both = arena_alloc(arena, list.len + 1 + key.len);
    if (!both)
        return false;
    memcpy(both, list.ptr, list.len);
    both[list.len] = '/';
    if (key.len > 0)
        memcpy(both + list.len + 1, key.ptr, key.len);
    uint64_t hash = names_hash((struct slice){both, list.len + 1 + key.len});
    memcpy(ret_check, &hash, CHECK_BYTES);
    return true;
}

struct slice page_cursor(struct arena *arena, struct slice list, struct slice key) {
    size_t size = sodium_base64_ENCODED_LEN(CHECK_BYTES + key.len, VARIANT);
    uint8_t *bytes = arena_alloc(arena, CHECK_BYTES + key.len);
    char *text = arena_alloc(arena, size);
    if (!bytes || !text || !check_of(arena, list, key, bytes))
        return (struct slice){0};
    if (key.len > 0)
        memcpy(bytes + CHECK_BYTES, key.ptr, key.len);
    sodium_bin2base64(text, size, bytes, CHECK_BYTES + key.len, VARIANT);
    return slice_of(text);
}

bool page_cursor_read(struct arena *arena, struct slice list, struct slice cursor, struct slice *ret_key) {
    uint8_t check[CHECK_BYTES], *bytes = cursor.len <= 2 * KEY_MAX ? arena_alloc(arena, cursor.len + 1) : NULL;
    size_t len = 0;
    if (!bytes || sodium_base642bin(bytes, cursor.len, cursor.ptr, cursor.len, NULL, &len, NULL, VARIANT) != 0 ||
        len < CHECK_BYTES)
        return false;
    struct slice key = {(const char *)bytes + CHECK_BYTES, len - CHECK_BYTES};
    if (!check_of(arena, list, key, check) || memcmp(check, bytes, CHECK_BYTES) != 0)
        return false;
    *ret_key = key;
    return true;
}

struct slice page_key(struct arena *arena, uint64_t high, uint32_t low) {
    uint8_t bytes[KEY_BYTES];
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(high >> (56 - 8 * i));
    for (int i = 0; i < 4; i++)
        bytes[8 + i] = (uint8_t)(low >> (24 - 8 * i));
    return arena_copy(arena, (struct slice){(const char *)bytes, KEY_BYTES});
}

bool page_key_read(struct slice key, uint64_t *ret_high, uint32_t *ret_low) {
    uint64_t high = 0;
    uint32_t low = 0;
    if (key.len != KEY_BYTES)
        return false;
    for (int i = 0; i < 8; i++)
        high = high << 8 | (uint8_t)key.ptr[i];
    for (int i = 0; i < 4; i++)
        low = low << 8 | (uint8_t)key.ptr[8 + i];
    *ret_high = high;
    *ret_low = low;
    return true;
}
