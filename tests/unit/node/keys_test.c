/* node/keys: a replaced identity key, a changed address, and versions.  Two real homes; one
 * fetches what lies in the other's out/. */
#include "pair.h"

#include "base/text.h"
#include "node/keys.h"

static void say_kind(fixture *f, link_kind kind, const char *body)
{
    pair_say(f, f->da, "BRAVO", kind, body);
}

static void say(fixture *f)
{
    say_kind(f, LINK_RECEIPT, "{}");
}

static ent_code pull(fixture *f, uint64_t *applied, ent_err *err)
{
    return pair_pull(f, &f->a, &f->b, f->db, applied, err);
}

static const char *recovery_of(fixture *f)
{
    return node_path(f->arena, "%s/keys/recovery", f->a.path);
}

static void rotate(fixture *f)
{
    ent_err err = { 0 };

    CHECK_OK(node_key_rotate(f->arena, &f->a, recovery_of(f), ENT_STR("stolen"), &err), &err);
    node_desk_close(f->da);
    CHECK_OK(node_home_open(f->arena, f->a.path, &f->a, &err), &err);
    CHECK_OK(node_desk_open(f->arena, &f->a, &f->da, &err), &err);
    CHECK_OK(node_key_tell(f->da, f->arena, &err), &err);
}

static node_peer alpha_at_bravo(fixture *f)
{
    node_peer peer = { 0 };
    ent_err err = { 0 };

    CHECK_OK(node_peer_get(f->arena, &f->b, "ALPHA", &peer, &err), &err);
    return peer;
}

static void a_new_key_is_pinned_and_the_log_goes_on_under_its_name(void **state)
{
    fixture *f = *state;
    uint8_t first[32];
    uint64_t applied;
    node_peer peer;
    ent_err err = { 0 };

    memcpy(first, f->a.identity, 32);
    say(f);
    CHECK_OK(pull(f, &applied, &err), &err);
    for (size_t times = 1; times <= 3; times++) {
        say(f); /* not pulled before the key changes */
        rotate(f);
        CHECK(memcmp(f->a.identity, first, 32) == 0);
        CHECK_INT(f->a.keys.count, times);
        say(f);
        if (times == 2)
            continue; /* one that the peer sleeps through */
        CHECK_OK(pull(f, &applied, &err), &err);
        CHECK(applied > 0);
        peer = alpha_at_bravo(f);
        CHECK(memcmp(node_peer_key(&peer), node_home_key(&f->a), 32) == 0);
        CHECK_INT(peer.key_number, (int64_t)times);
    }
    CHECK_OK(pull(f, &applied, &err), &err);
    CHECK_INT(applied, 0);
    pair_verify(f, &f->a, f->da, "BRAVO", LINK_OUT);
    pair_verify(f, &f->b, f->db, "ALPHA", LINK_IN);
}

/* A thief has the old key and the whole log. */
static void what_the_old_key_signs_afterwards_is_refused(void **state)
{
    fixture *f = *state;
    const char *folder = node_path(f->arena, "%s/keys", f->a.path);
    const char *names[] = { "identity.sk", "identity.pk", "first.pk" };
    ent_str kept[3];
    uint64_t applied;
    ent_err err = { 0 };

    say(f);
    CHECK_OK(pull(f, &applied, &err), &err);
    for (int i = 0; i < 2; i++)
        CHECK_OK(node_file_read(f->arena, node_path(f->arena, "%s/%s", folder, names[i]), 256,
                                &kept[i], &err),
                 &err);
    rotate(f);
    CHECK_OK(pull(f, &applied, &err), &err);
    /* The home as it was before, and one entry more. */
    for (int i = 0; i < 2; i++)
        CHECK_OK(node_file_write(node_path(f->arena, "%s/%s", folder, names[i]),
                                 ent_span_of_str(kept[i]), 0600, &err),
                 &err);
    CHECK_OK(node_file_remove(node_path(f->arena, "%s/%s", folder, names[2]), &err), &err);
    node_desk_close(f->da);
    CHECK_OK(node_home_open(f->arena, f->a.path, &f->a, &err), &err);
    CHECK_OK(node_desk_open(f->arena, &f->a, &f->da, &err), &err);
    CHECK_OK(
        node_file_remove(node_path(f->arena, "%s/links/BRAVO/out/checkpoint", f->a.path), &err),
        &err);
    {
        ent_err ignored = { 0 };
        desk *d = node_desk_desk(f->da);

        CHECK_OK(store_begin(d->store, &err), &err);
        CHECK_OK(desk_say(d, f->arena, "BRAVO", LINK_RECEIPT, (ent_span){ "{}", 2 }, &err), &err);
        CHECK_OK(store_commit(d->store, &err), &err);
        CHECK_OK(node_desk_flush(f->da, f->arena, &ignored), &ignored);
    }
    CHECK_INT(pull(f, &applied, &err), ENT_UNTRUSTED);
    CHECK_STR(err.msg, "the peer's checkpoint is signed with a key that was replaced");
}

static void only_the_recovery_key_replaces_a_key(void **state)
{
    fixture *f = *state;
    const char *rotation = node_path(f->arena, "%s/links/BRAVO/out/rotation", f->a.path);
    uint64_t applied;
    ent_err err = { 0 };
    ent_str word;

    CHECK_INT(node_key_rotate(f->arena, &f->a, "/nowhere", ENT_STR_NONE, &err), ENT_NOT_FOUND);
    CHECK_INT(node_key_rotate(f->arena, &f->a, node_path(f->arena, "%s/keys/recovery", f->b.path),
                              ENT_STR_NONE, &err),
              ENT_UNTRUSTED);
    err = (ent_err){ 0 };
    say(f);
    CHECK_OK(pull(f, &applied, &err), &err);
    rotate(f);
    /* Each changed byte of the word. */
    CHECK_OK(node_file_read(f->arena, rotation, 16384, &word, &err), &err);
    for (size_t i = 0; i < word.size; i += 7) {
        char *copy = ent_arena_alloc(f->arena, word.size);

        memcpy(copy, word.ptr, word.size);
        copy[i] = copy[i] == '7' ? '8' : '7';
        if (node_key_take(f->arena, &f->b, "ALPHA", (ent_str){ copy, word.size }, &err) == ENT_OK)
            fail_msg("a word with another byte %zu is believed", i);
        err = (ent_err){ 0 };
    }
    CHECK_INT(alpha_at_bravo(f).key_number, 0);
    /* Of another node. */
    CHECK_INT(node_key_take(f->arena, &f->a, "BRAVO", word, &err), ENT_UNTRUSTED);
    /* Absent: the head is not believed. */
    CHECK_OK(node_file_remove(rotation, &err), &err);
    CHECK_INT(pull(f, &applied, &err), ENT_UNTRUSTED);
    CHECK_OK(node_file_write(rotation, ent_span_of_str(word), 0600, &err), &err);
    CHECK_OK(pull(f, &applied, &err), &err);
    CHECK_INT(node_key_take(f->arena, &f->b, "ALPHA", word, &err), ENT_CONFLICT);
}

static void a_signer_with_a_replaced_key_ends(void **state)
{
    fixture *f = *state;
    ent_err err = { 0 };
    node_signer *signer;
    pid_t before;

    say(f);
    CHECK_OK(node_desk_signer(f->da, &signer, &err), &err);
    before = node_signer_pid(signer);
    CHECK_OK(node_key_rotate(f->arena, &f->a, recovery_of(f), ENT_STR_NONE, &err), &err);
    {
        desk *d = node_desk_desk(f->da);

        CHECK_OK(store_begin(d->store, &err), &err);
        CHECK_OK(desk_say(d, f->arena, "BRAVO", LINK_RECEIPT, (ent_span){ "{}", 2 }, &err), &err);
        CHECK_OK(store_commit(d->store, &err), &err);
    }
    CHECK_INT(node_desk_flush(f->da, f->arena, &err), ENT_UNAVAILABLE);
    CHECK_OK(node_desk_signer(f->da, &signer, &err), &err);
    CHECK(node_signer_pid(signer) != before);
}

static void an_address_travels_in_the_log(void **state)
{
    fixture *f = *state;
    uint64_t applied;
    ent_err err = { 0 };

    CHECK_INT(node_address_tell(f->da, f->arena, ENT_STR("http://x"), &err), ENT_USAGE);
    err = (ent_err){ 0 };
    CHECK_OK(node_address_tell(f->da, f->arena, ENT_STR("https://127.0.0.1:9"), &err), &err);
    CHECK_OK(pull(f, &applied, &err), &err);
    CHECK_STR(alpha_at_bravo(f).address, "https://127.0.0.1:9");
    say_kind(f, LINK_KEY, "{\"address\":\"ftp://x\",\"kind\":\"address\",\"time\":\"x\"}");
    CHECK_OK(pull(f, &applied, &err), &err);
    CHECK_STR(alpha_at_bravo(f).address, "https://127.0.0.1:9");
}

/* The peer is a version ahead: what it says of itself is kept, and it is still understood. */
static void the_versions_of_a_peer_are_kept(void **state)
{
    fixture *f = *state;
    uint64_t applied;
    ent_err err = { 0 };

    say_kind(f, LINK_HELLO, "{\"versions\":[1,2]}");
    CHECK_OK(pull(f, &applied, &err), &err);
    CHECK_INT(alpha_at_bravo(f).versions.max, 2);
    say_kind(f, LINK_HELLO, "{\"versions\":[3,2]}");
    CHECK_OK(pull(f, &applied, &err), &err);
    CHECK_INT(alpha_at_bravo(f).versions.max, 2);
}

#define WITH_TWO(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

HOMES_TESTS(WITH_TWO(a_new_key_is_pinned_and_the_log_goes_on_under_its_name),
            WITH_TWO(what_the_old_key_signs_afterwards_is_refused),
            WITH_TWO(only_the_recovery_key_replaces_a_key),
            WITH_TWO(a_signer_with_a_replaced_key_ends), WITH_TWO(an_address_travels_in_the_log),
            WITH_TWO(the_versions_of_a_peer_are_kept))
