/* node/peers: two files and one telephone call; and what is wrong with a card. */
#include "homes.h"

#include "node/cards_int.h"

#include <sys/wait.h>
#include <unistd.h>

typedef struct fixture {
    ent_arena *arena;
    char folder[64];
    node_home a, b;
} fixture;

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);

    f->arena = ent_arena_new((size_t)64 << 20);
    (void)snprintf(f->folder, sizeof f->folder, "/tmp/ent-peers-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    homes_make(f->arena, f->folder, "ALPHA", NULL, &f->a);
    homes_make(f->arena, f->folder, "BRAVO", NULL, &f->b);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;

    homes_remove(f->folder);
    ent_arena_free(f->arena);
    free(f);
    return 0;
}

static ent_str invitation(fixture *f, const node_home *from)
{
    const char *path = node_path(f->arena, "%s/card", f->folder);
    ent_str text = ENT_STR_NONE;
    ent_err err = { 0 };

    CHECK_OK(node_peer_invite(f->arena, from, "https://127.0.0.1:1", path, &err), &err);
    CHECK_OK(node_file_read(f->arena, path, NODE_CARD_LIMIT, &text, &err), &err);
    return text;
}

static ent_code join(fixture *f, const node_home *home, ent_str card, node_peer *peer, ent_err *err)
{
    return node_peer_join(f->arena, home, card, "https://127.0.0.1:2",
                          node_path(f->arena, "%s/reply", f->folder), peer, err);
}

static size_t peer_count(fixture *f, const node_home *home)
{
    node_peer *peers;
    ent_err err = { 0 };
    size_t count;

    CHECK_OK(node_peer_list(f->arena, home, &peers, &count, &err), &err);
    return count;
}

static void both_ends_show_the_same_words_and_confirm_them(void **state)
{
    fixture *f = *state;
    ent_str reply = ENT_STR_NONE;
    node_peer at_b, at_a;
    ent_err err = { 0 };

    CHECK_OK(join(f, &f->b, invitation(f, &f->a), &at_b, &err), &err);
    CHECK_OK(node_file_read(f->arena, node_path(f->arena, "%s/reply", f->folder), NODE_CARD_LIMIT,
                            &reply, &err),
             &err);
    CHECK_OK(join(f, &f->a, reply, &at_a, &err), &err);
    CHECK_STR(at_a.code, "BRAVO");
    CHECK_STR(at_b.code, "ALPHA");
    CHECK_STR(at_a.words, at_b.words);
    CHECK_INT(strlen(at_a.words), 12 * 4 + 11);
    assert_memory_equal(at_a.identity, f->b.identity, 32);
    CHECK_INT(node_peer_confirm(f->arena, &f->a, "BRAVO", "baba baba", &err), ENT_UNTRUSTED);
    CHECK_OK(node_peer_get(f->arena, &f->a, "BRAVO", &at_a, &err), &err);
    CHECK_INT(at_a.state, NODE_PEER_JOINED);
    CHECK_INT(node_peer_suspend(f->arena, &f->a, "BRAVO", &err), ENT_CONFLICT);
    CHECK_OK(node_peer_confirm(f->arena, &f->a, "BRAVO", at_b.words, &err), &err);
    CHECK_OK(node_peer_suspend(f->arena, &f->a, "BRAVO", &err), &err);
    CHECK_OK(node_peer_confirm(f->arena, &f->a, "BRAVO", at_b.words, &err), &err);
    /* The same reply again: its invitation is used up, and the peer is there. */
    CHECK_INT(join(f, &f->a, reply, &at_a, &err), ENT_CONFLICT);
    CHECK_OK(node_peer_remove(f->arena, &f->a, "BRAVO", &err), &err);
    CHECK_INT(join(f, &f->a, reply, &at_a, &err), ENT_NOT_FOUND);
    CHECK_INT(node_peer_get(f->arena, &f->a, "BRAVO", &at_a, &err), ENT_NOT_FOUND);
}

/* Somebody in between puts in a key of their own: the words differ. */
static void a_card_that_was_changed_on_its_way_changes_the_words(void **state)
{
    fixture *f = *state;
    ent_str card = invitation(f, &f->a), reply = ENT_STR_NONE;
    char *at = strstr((char *)(uintptr_t)card.ptr, "\"courier\":\"") + 11;
    node_peer at_b, at_a;
    ent_err err = { 0 };

    *at = *at == 'a' ? 'b' : 'a';
    CHECK_OK(join(f, &f->b, card, &at_b, &err), &err);
    CHECK_OK(node_file_read(f->arena, node_path(f->arena, "%s/reply", f->folder), NODE_CARD_LIMIT,
                            &reply, &err),
             &err);
    /* The reply names the invitation it answers, which A never wrote. */
    CHECK_INT(join(f, &f->a, reply, &at_a, &err), ENT_NOT_FOUND);
    CHECK_INT(peer_count(f, &f->a), 0);
}

static void the_words_are_a_function_of_every_bit(void **state)
{
    uint8_t hash[32] = { 0 };
    char none[NODE_WORDS_SIZE], words[NODE_WORDS_SIZE];

    (void)state;
    node_words_write(hash, none);
    CHECK_STR(none, "baba baba baba baba baba baba baba baba baba baba baba baba");
    for (size_t bit = 0; bit < 132; bit++) {
        hash[bit / 8] = (uint8_t)(0x80 >> bit % 8);
        node_words_write(hash, words);
        assert_string_not_equal(words, none);
        hash[bit / 8] = 0;
    }
}

/* `member` of the invitation becomes `value`: refused, the member named, nothing kept. */
static void bad_card(fixture *f, const char *member, const char *value, ent_code code,
                     const char *why)
{
    ent_str card = invitation(f, &f->a);
    const char *at = strstr(card.ptr, node_path(f->arena, "\"%s\":", member)), *end;
    ent_err err = { 0 };
    node_peer peer;
    ent_str text;

    assert_non_null(at);
    at += strlen(member) + 3;
    end = at;
    while (*end != ',' && *end != '}')
        end++;
    text = ent_arena_printf(f->arena, "%.*s%s%s", (int)(at - card.ptr), card.ptr, value, end);
    CHECK_INT(join(f, &f->b, text, &peer, &err), code);
    if (strstr(err.msg, why) == NULL)
        fail_msg("'%s' does not say '%s'", err.msg, why);
    CHECK_INT(peer_count(f, &f->b), 0);
}

static void what_is_wrong_with_a_card_is_named_and_nothing_is_kept(void **state)
{
    fixture *f = *state;

    bad_card(f, "v", "2", ENT_FORMAT, "'v'");
    bad_card(f, "type", "\"card\"", ENT_FORMAT, "'type'");
    bad_card(f, "code", "\"alpha\"", ENT_FORMAT, "'code'");
    bad_card(f, "code", "\"../../x\"", ENT_FORMAT, "'code'");
    bad_card(f, "code", "\"A\"", ENT_FORMAT, "'code'");
    bad_card(f, "name", "\"\"", ENT_FORMAT, "'name'");
    bad_card(f, "name", "null", ENT_FORMAT, "'name'");
    bad_card(f, "address", "\"http://127.0.0.1\"", ENT_FORMAT, "'address'");
    bad_card(f, "address", "\"https://a\\u0000b\"", ENT_FORMAT, "'address'");
    bad_card(f, "identity", "\"00\"", ENT_FORMAT, "'identity'");
    bad_card(f, "box", "\"xx\"", ENT_FORMAT, "'box'");
    bad_card(f, "border", "1", ENT_FORMAT, "'border'");
    bad_card(f, "courier", "[]", ENT_FORMAT, "'courier'");
    bad_card(f, "exercise", "true", ENT_DENIED, "on exercise");
    bad_card(f, "code", "\"BRAVO\"", ENT_CONFLICT, "BRAVO");
}

static void a_card_cut_anywhere_is_refused(void **state)
{
    fixture *f = *state;
    ent_str card = invitation(f, &f->a);
    node_peer peer;

    for (size_t size = 0; size < card.size; size++) {
        ent_err err = { 0 };

        CHECK_INT(join(f, &f->b, (ent_str){ card.ptr, size }, &peer, &err), ENT_FORMAT);
    }
    CHECK_INT(peer_count(f, &f->b), 0);
}

static void a_node_does_not_link_to_itself(void **state)
{
    fixture *f = *state;
    ent_err err = { 0 };
    node_peer peer;

    CHECK_INT(join(f, &f->a, invitation(f, &f->a), &peer, &err), ENT_CONFLICT);
    CHECK_INT(node_peer_join(f->arena, &f->b, invitation(f, &f->a), "https://127.0.0.1:2", NULL,
                             &peer, &err),
              ENT_USAGE);
    CHECK_INT(peer_count(f, &f->a), 0);
}

static ent_code count_up(void *arg, node_peer *peer, ent_err *err)
{
    (void)arg;
    (void)err;
    peer->key_number++;
    return ENT_OK;
}

static ent_code count_down(void *arg, node_peer *peer, ent_err *err)
{
    (void)arg;
    peer->key_number--;
    return ent_fail(err, ENT_CONFLICT, "%s is not changed", peer->code);
}

static void of_changes_at_once_by_several_processes_none_is_lost(void **state)
{
    enum { PROCESSES = 3, EACH = 20 };
    fixture *f = *state;
    node_peer peer = { 0 };
    pid_t children[PROCESSES];
    ent_err err = { 0 };

    CHECK_OK(join(f, &f->b, invitation(f, &f->a), &peer, &err), &err);
    for (size_t i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] > 0)
            continue;
        for (size_t n = 0; n < EACH; n++)
            if (node_peer_change(f->arena, &f->b, "ALPHA", count_up, NULL, &err) != ENT_OK)
                _exit(1);
        _exit(0);
    }
    for (size_t i = 0; i < PROCESSES; i++) {
        int status = -1;

        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        CHECK_INT(status, 0);
    }
    CHECK_INT(node_peer_change(f->arena, &f->b, "ALPHA", count_down, NULL, &err), ENT_CONFLICT);
    peer = (node_peer){ 0 };
    CHECK_OK(node_peer_get(f->arena, &f->b, "ALPHA", &peer, &err), &err);
    CHECK_INT(peer.key_number, PROCESSES * EACH);
}

#define WITH_TWO(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

HOMES_TESTS(WITH_TWO(both_ends_show_the_same_words_and_confirm_them),
            WITH_TWO(a_card_that_was_changed_on_its_way_changes_the_words),
            WITH_TWO(the_words_are_a_function_of_every_bit),
            WITH_TWO(what_is_wrong_with_a_card_is_named_and_nothing_is_kept),
            WITH_TWO(a_card_cut_anywhere_is_refused), WITH_TWO(a_node_does_not_link_to_itself),
            WITH_TWO(of_changes_at_once_by_several_processes_none_is_lost))
