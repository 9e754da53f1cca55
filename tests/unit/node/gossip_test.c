/* node/gossip: what BRAVO tells CHARLIE of the logs between ALPHA and BRAVO, and ALPHA of its own. */
#include "homes.h"

#include "base/text.h"
#include "desk/work.h"
#include "ledger/checkpoint.h"
#include "link/host.h"
#include "node/gossip.h"
#include "node/link.h"

typedef struct fixture {
    ent_arena *arena;
    char folder[64];
    node_home a, b, c;
    node_desk *da, *dc;
    uint64_t seq;
} fixture;

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    ent_err err = { 0 };

    f->arena = ent_arena_new((size_t)1 << 30);
    (void)snprintf(f->folder, sizeof f->folder, "/tmp/ent-gossip-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    homes_make(f->arena, f->folder, "ALPHA", NULL, &f->a);
    homes_make(f->arena, f->folder, "BRAVO", NULL, &f->b);
    homes_make(f->arena, f->folder, "CHARLIE", NULL, &f->c);
    homes_link(f->arena, &f->a, "https://127.0.0.1:1", &f->b, "https://127.0.0.1:2");
    homes_link(f->arena, &f->a, "https://127.0.0.1:1", &f->c, "https://127.0.0.1:3");
    homes_link(f->arena, &f->b, "https://127.0.0.1:2", &f->c, "https://127.0.0.1:3");
    CHECK_OK(node_desk_open(f->arena, &f->a, &f->da, &err), &err);
    CHECK_OK(node_desk_open(f->arena, &f->c, &f->dc, &err), &err);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;

    node_desk_close(f->da);
    node_desk_close(f->dc);
    homes_remove(f->folder);
    ent_arena_free(f->arena);
    free(f);
    return 0;
}

/* A head of the log from ALPHA to BRAVO, signed by ALPHA, whatever it has signed before. */
static ent_str head(fixture *f, uint64_t size, char root)
{
    ledger_checkpoint checkpoint = { .size = size };
    char origin[LINK_ORIGIN_SIZE], name[LINK_ORIGIN_SIZE];
    uint8_t secret[crypto_sign_SECRETKEYBYTES];
    ent_err err = { 0 };
    ent_str note;

    memset(checkpoint.root.bytes, root, ENT_HASH_SIZE);
    link_origin_write(f->a.identity, f->b.identity, origin);
    link_key_name_write(f->a.identity, name);
    checkpoint.origin = ent_str_of(origin);
    CHECK_OK(node_file_read_secret(node_path(f->arena, "%s/keys/identity.sk", f->a.path), secret,
                                   sizeof secret, &err),
             &err);
    CHECK_OK(ledger_checkpoint_sign(f->arena, &checkpoint, name, secret, &note, &err), &err);
    return note;
}

static ent_code tell(fixture *f, node_desk *nd, const char *teller, ent_str note, ent_err *err)
{
    desk *d = node_desk_desk(nd);
    link_entry entry = { .seq = f->seq++, .kind = LINK_HEADS };
    char from[65], to[65];
    ent_str body;
    ent_code rc;
    ent_buf buf;
    ent_jw w;

    *err = (ent_err){ 0 };
    ent_hex_write(f->a.identity, 32, from);
    ent_hex_write(f->b.identity, 32, to);
    ent_buf_init(&buf, f->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "heads");
    ent_jw_array(&w);
    ent_jw_object(&w);
    ent_jw_key(&w, "from");
    ent_jw_c(&w, from);
    ent_jw_key(&w, "note");
    ent_jw_str(&w, note);
    ent_jw_key(&w, "to");
    ent_jw_c(&w, to);
    ent_jw_end(&w);
    ent_jw_end(&w);
    ent_jw_end(&w);
    CHECK_OK(ent_buf_done(&buf, &body, err), err);
    CHECK_OK(desk_canon(f->arena, body, &body, err), err);
    CHECK_OK(store_begin(d->store, err), err);
    rc = node_heads_receive(d, f->arena, teller, &entry, ent_span_of_str(body), err);
    if (rc != ENT_OK) {
        store_rollback(d->store);
        return rc;
    }
    return store_commit(d->store, err);
}

static ent_str alarm_of(fixture *f, node_desk *nd)
{
    ent_err err = { 0 };
    ent_str words;

    CHECK_OK(node_gossip_alarm(node_desk_desk(nd), f->arena, NULL, &words, &err), &err);
    return words;
}

static void what_agrees_is_no_alarm(void **state)
{
    fixture *f = *state;
    ent_err err;

    CHECK_OK(tell(f, f->dc, "BRAVO", head(f, 3, 'x'), &err), &err);
    CHECK_OK(tell(f, f->dc, "ALPHA", head(f, 5, 'y'), &err), &err);
    CHECK_OK(tell(f, f->dc, "BRAVO", head(f, 4, 'z'), &err), &err); /* it reads behind */
    CHECK_OK(tell(f, f->dc, "BRAVO", head(f, 5, 'y'), &err), &err);
    CHECK(alarm_of(f, f->dc).ptr == NULL);
}

static void two_roots_at_one_size_are_an_alarm(void **state)
{
    fixture *f = *state;
    ent_err err;
    ent_str words;

    CHECK_OK(tell(f, f->dc, "BRAVO", head(f, 3, 'x'), &err), &err);
    CHECK_OK(tell(f, f->dc, "ALPHA", head(f, 3, 'y'), &err), &err);
    words = alarm_of(f, f->dc);
    CHECK(words.ptr != NULL);
    CHECK(ent_str_starts(words, ENT_STR("split of the log entente/")));
}

static void who_says_less_than_before_was_set_back(void **state)
{
    fixture *f = *state;
    ent_err err;
    ent_str words;

    CHECK_OK(tell(f, f->dc, "BRAVO", head(f, 3, 'x'), &err), &err);
    CHECK_OK(tell(f, f->dc, "BRAVO", head(f, 2, 'w'), &err), &err);
    words = alarm_of(f, f->dc);
    CHECK(words.ptr != NULL);
    CHECK(ent_str_starts(words, ENT_STR("rollback of the log entente/")));
}

/* ALPHA comes back from a backup; CHARLIE remembers more of its log than it has. */
static void a_node_that_was_set_back_hears_so(void **state)
{
    fixture *f = *state;
    ent_err err;
    ent_str words;

    CHECK_OK(tell(f, f->da, "CHARLIE", head(f, 9, 'x'), &err), &err);
    words = alarm_of(f, f->da);
    CHECK(words.ptr != NULL);
    CHECK(ent_str_starts(words, ENT_STR("set-back of the log entente/")));
}

static ent_str checkpoint_of(const node_link *link, ent_arena *arena)
{
    ent_err err = { 0 };
    ent_str note;

    CHECK_OK(link->host.read(link->host.arg, arena, "out/checkpoint", &note, &err), &err);
    return note;
}

static void regained(fixture *f, const node_link *link)
{
    store *s = node_desk_desk(f->da)->store;
    ent_err err = { 0 };

    CHECK_OK(store_begin(s, &err), &err);
    CHECK_OK(node_gossip_regained(link, f->arena, &err), &err);
    CHECK_OK(store_commit(s, &err), &err);
}

/* Its log comes back: what was told is its past again, and a head that it is not stays one. */
static void a_node_that_regained_its_log_hears_it_no_more(void **state)
{
    static const char *const ids[] = { "00000000-0000-4000-8000-000000000000",
                                       "00000000-0000-4000-8000-000000000001",
                                       "00000000-0000-4000-8000-000000000002" };
    fixture *f = *state;
    ent_str notes[3];
    node_link link;
    link_log log;
    uint64_t seq;
    ent_err err = { 0 };

    CHECK_OK(node_link_open(f->arena, &f->a, f->da, "BRAVO", &link, &err), &err);
    CHECK_OK(link_log_open(&link.host, f->arena, &log, &err), &err);
    for (size_t i = 0; i < 3; i++) {
        CHECK_OK(link_log_append(&log, f->arena, LINK_RECEIPT, ids[i], (ent_span){ "{}", 2 }, 0,
                                 &seq, &err),
                 &err);
        notes[i] = checkpoint_of(&link, f->arena);
    }
    CHECK_OK(link.host.publish(link.host.arg, "out/checkpoint", notes[0], &err), &err);
    CHECK_OK(tell(f, f->da, "CHARLIE", notes[1], &err), &err);
    regained(f, &link);
    CHECK(alarm_of(f, f->da).ptr != NULL);
    CHECK_OK(link.host.publish(link.host.arg, "out/checkpoint", notes[2], &err), &err);
    regained(f, &link);
    CHECK(alarm_of(f, f->da).ptr == NULL);
    /* A head of ours that is not in the log which came back. */
    CHECK_OK(link.host.publish(link.host.arg, "out/checkpoint", notes[0], &err), &err);
    CHECK_OK(tell(f, f->da, "CHARLIE", head(f, 3, 'x'), &err), &err);
    CHECK_OK(link.host.publish(link.host.arg, "out/checkpoint", notes[2], &err), &err);
    regained(f, &link);
    CHECK(ent_str_starts(alarm_of(f, f->da), ENT_STR("set-back of the log entente/")));
    node_link_close(&link);
}

static void what_the_writer_has_not_signed_is_refused(void **state)
{
    fixture *f = *state;
    ent_str note = head(f, 3, 'x');
    ent_err err;

    ((char *)(uintptr_t)note.ptr)[note.size - 10] ^= 1;
    CHECK(tell(f, f->dc, "BRAVO", note, &err) != ENT_OK);
    CHECK(alarm_of(f, f->dc).ptr == NULL);
}

static void nobody_is_told_without_an_agreement(void **state)
{
    fixture *f = *state;
    ent_err err = { 0 };
    ent_time next;
    size_t told;

    CHECK_OK(node_gossip_say(f->da, f->arena, true, &told, &next, &err), &err);
    CHECK_INT(told, 0);
}

HOMES_TESTS(cmocka_unit_test_setup_teardown(what_agrees_is_no_alarm, set_up, tear_down),
            cmocka_unit_test_setup_teardown(two_roots_at_one_size_are_an_alarm, set_up, tear_down),
            cmocka_unit_test_setup_teardown(who_says_less_than_before_was_set_back, set_up,
                                            tear_down),
            cmocka_unit_test_setup_teardown(a_node_that_was_set_back_hears_so, set_up, tear_down),
            cmocka_unit_test_setup_teardown(a_node_that_regained_its_log_hears_it_no_more, set_up,
                                            tear_down),
            cmocka_unit_test_setup_teardown(what_the_writer_has_not_signed_is_refused, set_up,
                                            tear_down),
            cmocka_unit_test_setup_teardown(nobody_is_told_without_an_agreement, set_up, tear_down))
