/* node/users: what it costs to try a passphrase, worked out here from the file of a user. */
#include "test.h"

#include "base/json.h"
#include "base/text.h"
#include "node/files.h"
#include "node/users.h"

#include <sodium.h>

#define SECRET 64

/* Whether this work opens the secret of the user in the file. */
static bool opens(ent_json user, const char *passphrase, unsigned long long passes, size_t memory)
{
    uint8_t salt[crypto_pwhash_SALTBYTES], nonce[crypto_aead_xchacha20poly1305_ietf_NPUBBYTES];
    uint8_t sealed[SECRET + crypto_aead_xchacha20poly1305_ietf_ABYTES], key[32], secret[SECRET];
    ent_err err = { 0 };

    CHECK_OK(ent_hex_read(ent_json_get_text(user, "salt"), salt, sizeof salt, &err), &err);
    CHECK_OK(ent_hex_read(ent_json_get_text(user, "nonce"), nonce, sizeof nonce, &err), &err);
    CHECK_OK(ent_hex_read(ent_json_get_text(user, "sealed"), sealed, sizeof sealed, &err), &err);
    assert_int_equal(crypto_pwhash(key, sizeof key, passphrase, strlen(passphrase), salt, passes,
                                   memory, crypto_pwhash_ALG_ARGON2ID13),
                     0);
    return crypto_aead_xchacha20poly1305_ietf_decrypt(secret, NULL, NULL, sealed, sizeof sealed,
                                                      NULL, 0, nonce, key) == 0;
}

static void a_passphrase_costs_two_passes_over_64_mib_to_try(void **state)
{
    ent_arena *arena = ent_arena_new((size_t)1 << 20);
    char folder[] = "/tmp/ent-users-XXXXXX";
    static const char *const files[] = {
        "keys/users/ana.json", "keys/users.lock", "keys/officers", "keys/users", "keys", ""
    };
    node_home home = { 0 };
    ent_err err = { 0 };
    ent_json user;
    ent_str text;

    (void)state;
    assert_true(sodium_init() >= 0);
    assert_non_null(mkdtemp(folder));
    home.path = folder;
    CHECK_OK(node_folder_make(node_path(arena, "%s/keys/users", folder), &err), &err);
    CHECK_OK(node_user_add(arena, &home, "ana", NODE_ROLE_ANALYST, ENT_STR("a passphrase"), &err),
             &err);
    CHECK_OK(node_file_read(arena, node_path(arena, "%s/keys/users/ana.json", folder), 4096, &text,
                            &err),
             &err);
    CHECK_OK(ent_json_read(arena, text, &user, &err), &err);
    assert_true(opens(user, "a passphrase", 2, (size_t)64 << 20));
    assert_false(opens(user, "a Passphrase", 2, (size_t)64 << 20));
    assert_false(opens(user, "a passphrase", 1, (size_t)64 << 20));
    assert_false(
        opens(user, "a passphrase", crypto_pwhash_OPSLIMIT_MIN, crypto_pwhash_MEMLIMIT_MIN));
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        assert_int_equal(remove(node_path(arena, "%s/%s", folder, files[i])), 0);
    ent_arena_free(arena);
}

RUN_TESTS(TEST(a_passphrase_costs_two_passes_over_64_mib_to_try))
