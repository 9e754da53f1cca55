#include "node/box.h"

#include "node/files.h"

#include <sodium.h>
#include <stdio.h>

/* NO: it does not fit. */
static ent_code try_open(const char *path, ent_span sealed, void *plain, ent_err *err)
{
    uint8_t secret[crypto_box_SECRETKEYBYTES], key[crypto_box_PUBLICKEYBYTES];
    bool opened;

    ENT_TRY(node_file_read_secret(path, secret, sizeof secret, err));
    opened = crypto_scalarmult_base(key, secret) == 0 &&
             crypto_box_seal_open(plain, sealed.ptr, sealed.size, key, secret) == 0;
    sodium_memzero(secret, sizeof secret);
    return opened ? ENT_OK : ENT_NO;
}

ent_code node_box_open(const node_home *home, ent_span sealed, void *plain, size_t size,
                       ent_err *err)
{
    /* In the order in which a key moves, so that one that moves meanwhile is not missed. */
    static const char *const folders[] = { "next/", "", "old/" };
    char path[4096];

    if (sealed.size != size + crypto_box_SEALBYTES)
        return ent_fail(err, ENT_UNTRUSTED, "what is sealed has %zu bytes, not %zu", sealed.size,
                        size + crypto_box_SEALBYTES);
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        ent_code rc;

        if (snprintf(path, sizeof path, "%s/keys/%sbox.sk", home->path, folders[i]) >=
            (int)sizeof path)
            return ent_fail(err, ENT_LIMIT, "the path of the home is too long");
        rc = try_open(path, sealed, plain, err);
        if (rc == ENT_OK || (rc != ENT_NO && (rc != ENT_NOT_FOUND || folders[i][0] == '\0')))
            return rc;
        *err = (ent_err){ 0 };
    }
    return ent_fail(err, ENT_UNTRUSTED, "it is not sealed to this node");
}
