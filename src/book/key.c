/* SPDX-License-Identifier: Apache-2.0
 *
 * Secret keys in files: PKCS #8 in PEM (RFC 8410), which for Ed25519 is a constant prefix and the 32 bytes of the seed.
 */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "book/head.h"

#define PEM_BEGIN "-----BEGIN PRIVATE KEY-----\n"
#define PEM_END "\n-----END PRIVATE KEY-----\n"
static const uint8_t PREFIX[] = {0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
                                 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20};
enum {
    SEED_BYTES = crypto_sign_SEEDBYTES,
    DER_BYTES = sizeof PREFIX + SEED_BYTES,
    DIGITS = DER_BYTES * 4 / 3, /* of base64; no padding: the length is a multiple of 3 */
    PEM_BYTES = sizeof PEM_BEGIN - 1 + DIGITS + sizeof PEM_END - 1,
};

static bool file_write(int file, const char *bytes, size_t len) {
    return write(file, bytes, len) == (ssize_t)len && fsync(file) == 0;
}

enum status key_make(const char *path, uint8_t ret_public[HEAD_KEY_BYTES]) {
    uint8_t der[DER_BYTES], secret[HEAD_SECRET_BYTES];
    char digits[DIGITS + 1], pem[PEM_BYTES + 1];
    if (sodium_init() < 0)
        return STATUS_IO;
    memcpy(der, PREFIX, sizeof PREFIX);
    randombytes_buf(der + sizeof PREFIX, SEED_BYTES);
    (void)crypto_sign_seed_keypair(ret_public, secret, der + sizeof PREFIX);
    (void)sodium_bin2base64(digits, sizeof digits, der, sizeof der, sodium_base64_VARIANT_ORIGINAL);
    (void)snprintf(pem, sizeof pem, PEM_BEGIN "%s" PEM_END, digits);
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    enum status status = file >= 0 ? STATUS_OK : errno == EEXIST ? STATUS_CONFLICT : STATUS_IO;
    if (file >= 0) {
        bool is_written = file_write(file, pem, PEM_BYTES);
        if (close(file) != 0 || !is_written) {
            (void)unlink(path);
            status = STATUS_IO;
        }
    }
    sodium_memzero(der, sizeof der);
    sodium_memzero(secret, sizeof secret);
    sodium_memzero(digits, sizeof digits);
    sodium_memzero(pem, sizeof pem);
    return status;
}

/* The seed behind the marks, or STATUS_INVALID. */
static enum status seed_read(const char *pem, size_t len, uint8_t der[DER_BYTES]) {
    size_t got = 0;
    if (len < PEM_BYTES || memcmp(pem, PEM_BEGIN, sizeof PEM_BEGIN - 1) != 0)
        return STATUS_INVALID;
    if (sodium_base642bin(der, DER_BYTES, pem + sizeof PEM_BEGIN - 1, DIGITS, NULL, &got, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0)
        return STATUS_INVALID;
    return got == DER_BYTES && memcmp(der, PREFIX, sizeof PREFIX) == 0 ? STATUS_OK : STATUS_INVALID;
}

enum status key_read(const char *path, uint8_t ret_secret[HEAD_SECRET_BYTES]) {
    char pem[PEM_BYTES + 8] = "";
    uint8_t der[DER_BYTES], public[HEAD_KEY_BYTES];
    struct stat info;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return STATUS_IO;
    ssize_t len = fstat(file, &info) == 0 ? read(file, pem, sizeof pem) : -1;
    int reason = errno;
    (void)close(file);
    errno = reason;
    enum status status = STATUS_OK;
    if (len < 0)
        status = STATUS_IO;
    else if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        status = STATUS_CONFLICT;
    else
        status = seed_read(pem, (size_t)len, der);
    if (status == STATUS_OK)
        (void)crypto_sign_seed_keypair(public, ret_secret, der + sizeof PREFIX);
    sodium_memzero(pem, sizeof pem);
    sodium_memzero(der, sizeof der);
    return status;
}
