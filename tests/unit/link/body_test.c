/* link/body and link/approval: sealing to one reader, and names put to things. */
#include "test.h"

#include "base/limits.h"
#include "link/approval.h"
#include "link/body.h"

#include <sodium.h>

#define ROOM ((size_t)8 << 20)

static link_body_seed seed_of(uint8_t n)
{
    link_body_seed seed;

    memset(&seed, n, sizeof seed);
    link_body_seed_finish(&seed);
    return seed;
}

static void a_body_opens_for_its_reader_only(void **state)
{
    uint8_t pk[32], sk[32], other_pk[32], other_sk[32], key[LINK_KEY_SIZE];
    ent_arena *arena = ent_arena_new(ROOM);
    link_body_seed seed = seed_of(7);
    link_sealed sealed;
    ent_span body;
    ent_err err = { 0 };

    (void)state;
    (void)crypto_box_keypair(pk, sk);
    (void)crypto_box_keypair(other_pk, other_sk);
    CHECK_OK(link_body_seal(arena, (ent_span){ "hello", 5 }, &seed, pk, &sealed, &err), &err);
    CHECK_OK(link_key_open((ent_span){ sealed.key, sizeof sealed.key }, pk, sk, key, &err), &err);
    CHECK_OK(link_body_open(arena, sealed.body, key, &sealed.commitment, &body, &err), &err);
    CHECK_TEXT(((ent_str){ body.ptr, body.size }), "hello");
    CHECK_INT(
        link_key_open((ent_span){ sealed.key, sizeof sealed.key }, other_pk, other_sk, key, &err),
        ENT_UNTRUSTED);
    ent_arena_free(arena);
}

static void every_changed_byte_of_a_sealed_body_is_noticed(void **state)
{
    uint8_t pk[32], sk[32], bytes[64 + LINK_BODY_OVERHEAD];
    ent_arena *arena = ent_arena_new(ROOM);
    link_body_seed seed = seed_of(1);
    link_sealed sealed;
    ent_span body;
    ent_err err = { 0 };

    (void)state;
    (void)crypto_box_keypair(pk, sk);
    CHECK_OK(link_body_seal(arena, (ent_span){ "hello", 5 }, &seed, pk, &sealed, &err), &err);
    memcpy(bytes, sealed.body.ptr, sealed.body.size);
    for (size_t i = 0; i < sealed.body.size; i++) {
        bytes[i] ^= 0x10;
        CHECK_INT(link_body_open(arena, (ent_span){ bytes, sealed.body.size }, seed.content_key,
                                 &sealed.commitment, &body, &err),
                  ENT_UNTRUSTED);
        bytes[i] ^= 0x10;
    }
    CHECK_INT(link_body_open(arena, (ent_span){ bytes, LINK_BODY_OVERHEAD - 1 }, seed.content_key,
                             &sealed.commitment, &body, &err),
              ENT_FORMAT);
    ent_arena_free(arena);
}

static void a_body_that_fits_its_key_and_not_its_entry_is_refused(void **state)
{
    uint8_t pk[32], sk[32];
    ent_arena *arena = ent_arena_new(ROOM);
    link_body_seed seed = seed_of(1);
    link_sealed one, two;
    ent_span body;
    ent_err err = { 0 };

    (void)state;
    (void)crypto_box_keypair(pk, sk);
    CHECK_OK(link_body_seal(arena, (ent_span){ "one", 3 }, &seed, pk, &one, &err), &err);
    CHECK_OK(link_body_seal(arena, (ent_span){ "two", 3 }, &seed, pk, &two, &err), &err);
    CHECK_INT(link_body_open(arena, one.body, seed.content_key, &two.commitment, &body, &err),
              ENT_UNTRUSTED);
    ent_arena_free(arena);
}

static void what_is_too_large_is_not_sealed(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    link_body_seed seed = seed_of(1);
    link_sealed sealed;
    ent_err err = { 0 };

    (void)state;
    CHECK_INT(link_body_seal(arena, (ent_span){ "", (size_t)ENT_LIMIT_BODY_SIZE + 1 }, &seed,
                             seed.salt, &sealed, &err),
              ENT_LIMIT);
    ent_arena_free(arena);
}

static void the_sealed_key_follows_from_the_content_key(void **state)
{
    uint8_t pk[32], sk[32], again[LINK_SEALED_KEY_SIZE];
    ent_arena *arena = ent_arena_new(ROOM);
    link_body_seed seed = seed_of(3), kept;
    link_sealed sealed;
    ent_err err = { 0 };

    (void)state;
    (void)crypto_box_keypair(pk, sk);
    CHECK_OK(link_body_seal(arena, (ent_span){ "x", 1 }, &seed, pk, &sealed, &err), &err);
    memset(&kept, 0, sizeof kept);
    memcpy(kept.content_key, seed.content_key, sizeof kept.content_key);
    link_body_seed_finish(&kept);
    CHECK_OK(link_key_seal(&kept, pk, again, &err), &err);
    assert_memory_equal(again, sealed.key, sizeof again);
    ent_arena_free(arena);
}

static void an_approval_of_one_kind_is_none_of_another(void **state)
{
    uint8_t pk[32], sk[64], signature[64];
    ent_hash hash = link_approval_hash("agreement", ENT_STR("text"));

    (void)state;
    (void)crypto_sign_keypair(pk, sk);
    (void)crypto_sign_detached(signature, NULL, hash.bytes, sizeof hash.bytes, sk);
    assert_true(link_approval_verify("agreement", ENT_STR("text"), pk, signature));
    assert_false(link_approval_verify("release", ENT_STR("text"), pk, signature));
    assert_false(link_approval_verify("agreement", ENT_STR("texT"), pk, signature));
    assert_false(link_statement_verify(ENT_STR("text"), pk, signature));
    hash = link_statement_hash(ENT_STR("text"));
    (void)crypto_sign_detached(signature, NULL, hash.bytes, sizeof hash.bytes, sk);
    assert_true(link_statement_verify(ENT_STR("text"), pk, signature));
}

RUN_TESTS(TEST(a_body_opens_for_its_reader_only),
          TEST(every_changed_byte_of_a_sealed_body_is_noticed),
          TEST(a_body_that_fits_its_key_and_not_its_entry_is_refused),
          TEST(what_is_too_large_is_not_sealed), TEST(the_sealed_key_follows_from_the_content_key),
          TEST(an_approval_of_one_kind_is_none_of_another))
