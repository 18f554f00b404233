/* SPDX-License-Identifier: Apache-2.0
 *
 * Standard Webhooks signatures: v1 (HMAC-SHA-256 with a shared secret, whsec_) and v1a (Ed25519, whsk_ and whpk_), over
 * "id.timestamp.body". */
#ifndef TG_HOOK_SIGNATURE_H
#define TG_HOOK_SIGNATURE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

enum hook_scheme { HOOK_V1, HOOK_V1A };
enum { HOOK_KEY_BYTES_MAX = 64, HOOK_KEY_TEXT_MAX = 104 };
struct hook_key { /* secret: wiped by whoever kept it */
    enum hook_scheme scheme;
    uint32_t len; /* v1: 24 to 64; v1a: 32, the seed */
    uint8_t bytes[HOOK_KEY_BYTES_MAX];
};
/* 32 random bytes. */
struct hook_key hook_key_new(enum hook_scheme scheme);
/* "whsec_…" or "whsk_…". False: it is neither, or of another length. */
bool hook_key_read(struct slice text, struct hook_key *ret_key);
/* The secret as it is handed over: whsec_…, whsk_…; with a NUL. */
void hook_key_text(const struct hook_key *key, char out[HOOK_KEY_TEXT_MAX]);
/* What a receiver needs to verify v1a: whpk_…; of v1 nothing is public: the empty text. */
void hook_key_public(const struct hook_key *key, char out[HOOK_KEY_TEXT_MAX]);

struct hook_signed {
    struct slice id; /* without full stops */
    int64_t timestamp;
    struct slice body; /* the exact bytes that are sent */
};
/* One of the signatures of webhook-signature: "v1,…" or "v1a,…". Failures stay in the buffer. */
void hook_sign(const struct hook_key *key, const struct hook_signed *what, struct buf *out);

#endif
