/* link/log: appending, rolling forward, and what is refused after a restore. */
#include "sim/federation.h"

typedef struct fixture {
    fed *f;
    fed_end *end;
    ent_arena *arena;
} fixture;

static int set_up(void **state)
{
    fixture *x = calloc(1, sizeof *x);

    x->f = fed_new(5, 2, (fed_faults){ 0 });
    x->end = x->f->nodes[0].ends[1];
    x->arena = ent_arena_new(FED_MEMORY);
    *state = x;
    return 0;
}

static int tear_down(void **state)
{
    fixture *x = *state;

    ent_arena_free(x->arena);
    fed_free(x->f);
    free(x);
    return 0;
}

static const char *id_of(int number)
{
    static const char *const ids[] = { "00000000-0000-4000-8000-000000000000",
                                       "00000000-0000-4000-8000-000000000001",
                                       "00000000-0000-4000-8000-000000000002" };

    return ids[number];
}

static ent_code append(fixture *x, link_log *log, int number, uint64_t *seq, ent_err *err)
{
    return link_log_append(log, x->arena, LINK_RECEIPT, id_of(number), (ent_span){ "body", 4 },
                           number * ENT_SECOND, seq, err);
}

static void what_is_appended_can_be_read_found_and_verified(void **state)
{
    fixture *x = *state;
    link_verdict verdict;
    link_entry entry;
    link_log log;
    ent_span body;
    uint64_t seq;
    ent_err err = { 0 };

    CHECK_OK(link_log_open(&x->end->host, x->arena, &log, &err), &err);
    for (int i = 0; i < 3; i++) {
        CHECK_OK(append(x, &log, i, &seq, &err), &err);
        CHECK_INT(seq, i);
    }
    CHECK_OK(link_log_find(&x->end->host, x->arena, LINK_OUT, id_of(1), &entry, &err), &err);
    CHECK_INT(entry.seq, 1);
    CHECK_OK(link_body_at(&x->end->host, x->arena, LINK_OUT, &entry, &body, &err), &err);
    CHECK_TEXT(((ent_str){ body.ptr, body.size }), "body");
    CHECK_INT(link_log_find(&x->end->host, x->arena, LINK_OUT, "none", &entry, &err),
              ENT_NOT_FOUND);
    CHECK_OK(link_verify(&x->end->host, LINK_OUT, UINT64_MAX, &verdict, &err), &err);
    CHECK_INT(verdict.entries, 3);
    CHECK_INT(verdict.bodies, 3);
}

static void the_same_id_is_not_appended_twice(void **state)
{
    fixture *x = *state;
    link_log log;
    uint64_t seq;
    ent_err err = { 0 };

    CHECK_OK(link_log_open(&x->end->host, x->arena, &log, &err), &err);
    CHECK_OK(append(x, &log, 0, &seq, &err), &err);
    CHECK_OK(append(x, &log, 0, &seq, &err), &err);
    CHECK_INT(seq, 0);
    CHECK_INT(log.frontier.size, 1);
}

static void a_handle_whose_append_failed_appends_nothing_more(void **state)
{
    fixture *x = *state;
    link_log log;
    uint64_t seq;
    ent_err err = { 0 };

    CHECK_OK(link_log_open(&x->end->host, x->arena, &log, &err), &err);
    x->f->victim = x->end->node;
    x->f->crash_in = 2;
    CHECK_INT(append(x, &log, 0, &seq, &err), ENT_IO);
    x->f->crashing = false;
    CHECK_INT(append(x, &log, 0, &seq, &err), ENT_RETRY);
    CHECK_OK(link_log_open(&x->end->host, x->arena, &log, &err), &err);
    CHECK_OK(append(x, &log, 0, &seq, &err), &err);
}

static void a_signature_that_was_never_published_is_rolled_forward(void **state)
{
    fixture *x = *state;
    link_log log;
    uint64_t seq;
    ent_err err = { 0 };

    CHECK_OK(link_log_open(&x->end->host, x->arena, &log, &err), &err);
    CHECK_OK(append(x, &log, 0, &seq, &err), &err);
    x->f->victim = x->end->node;
    x->f->crash_in = 7; /* body, key, kept, bundle, tile, sync, signature */
    x->f->crash_after = true;
    CHECK_INT(append(x, &log, 1, &seq, &err), ENT_IO);
    x->f->crashing = false;
    CHECK_INT(fed_size(x->end, LINK_OUT), 1);
    CHECK_INT(x->end->signer[LINK_OUT].size, 2);
    CHECK_OK(link_log_open(&x->end->host, x->arena, &log, &err), &err);
    CHECK_INT(fed_size(x->end, LINK_OUT), 2);
    CHECK_OK(append(x, &log, 1, &seq, &err), &err);
    CHECK_INT(seq, 1);
    CHECK_INT(log.frontier.size, 2);
}

/* Files from before the last append, the signer's state from after it. */
static void a_log_restored_from_an_old_backup_is_refused(void **state)
{
    fixture *x = *state;
    link_log log;
    uint64_t seq;
    ent_str old;
    ent_err err = { 0 };

    CHECK_OK(link_log_open(&x->end->host, x->arena, &log, &err), &err);
    CHECK_OK(append(x, &log, 0, &seq, &err), &err);
    CHECK_OK(fed_read(x->end, x->arena, "out/checkpoint", &old, &err), &err);
    CHECK_OK(append(x, &log, 1, &seq, &err), &err);
    fed_put(x->end, "out/checkpoint", old);
    free(fed_file_at(x->end, "out/tile/entries/000.p/2")->bytes);
    fed_file_at(x->end, "out/tile/entries/000.p/2")->bytes = NULL;
    CHECK_INT(link_log_open(&x->end->host, x->arena, &log, &err), ENT_UNTRUSTED);
    assert_non_null(strstr(err.msg, "restored from an old backup"));
}

/* A log of two entries that were signed, of which the checkpoint has one. */
static void crashed_before_publishing(fixture *x)
{
    link_log log;
    uint64_t seq;
    ent_str old;
    ent_err err = { 0 };

    CHECK_OK(link_log_open(&x->end->host, x->arena, &log, &err), &err);
    CHECK_OK(append(x, &log, 0, &seq, &err), &err);
    CHECK_OK(fed_read(x->end, x->arena, "out/checkpoint", &old, &err), &err);
    CHECK_OK(append(x, &log, 1, &seq, &err), &err);
    fed_put(x->end, "out/checkpoint", old);
}

static void another_entry_where_a_signed_one_was_is_refused(void **state)
{
    fixture *x = *state;
    fed_file *bundle;
    link_log log;
    ent_err err = { 0 };
    char *hex;

    crashed_before_publishing(x);
    bundle = fed_file_at(x->end, "out/tile/entries/000.p/2");
    hex = bundle->bytes + bundle->size / 2 + 20; /* of the commitment to its body */
    *hex = *hex == '1' ? '2' : '1';
    CHECK_INT(link_log_open(&x->end->host, x->arena, &log, &err), ENT_UNTRUSTED);
    assert_non_null(strstr(err.msg, "is not the one that was signed"));
    CHECK_INT(fed_size(x->end, LINK_OUT), 1);
}

/* What regaining leaves that crashed, where the signer was ahead of it. */
static void a_tile_that_is_torn_or_missing_beside_whole_entries_is_written_anew(void **state)
{
    (void)state;
    for (int missing = 0; missing < 2; missing++) {
        void *own = NULL;
        fixture *x;
        link_verdict verdict;
        fed_file *tile;
        link_log log;
        ent_err err = { 0 };

        (void)set_up(&own);
        x = own;
        crashed_before_publishing(x);
        tile = fed_file_at(x->end, "out/tile/0/000.p/2");
        tile->size = 24;
        if (missing != 0) {
            free(tile->bytes);
            tile->bytes = NULL;
        }
        CHECK_OK(link_log_open(&x->end->host, x->arena, &log, &err), &err);
        CHECK_INT(log.frontier.size, 2);
        CHECK_OK(link_verify(&x->end->host, LINK_OUT, UINT64_MAX, &verdict, &err), &err);
        (void)tear_down(&own);
    }
}

/* The same with hundreds, in bundles. */
static void what_a_crash_left_is_rolled_forward_in_the_memory_of_one_bundle(void **state)
{
    static const char *const first[] = { "out/checkpoint", "out/tile/entries/000.p/1",
                                         "out/tile/0/000.p/1" };
    fixture *x = *state;
    ent_arena *narrow = ent_arena_new((size_t)1 << 18);
    ent_str old[3];
    link_verdict verdict;
    link_log log;
    uint64_t seq;
    ent_err err = { 0 };

    CHECK_OK(link_log_open(&x->end->host, x->arena, &log, &err), &err);
    for (int i = 0; i < 600; i++) {
        char id[37];
        ent_arena *arena = ent_arena_new(FED_MEMORY);

        (void)snprintf(id, sizeof id, "00000000-0000-4000-8000-%012d", i);
        CHECK_OK(
            link_log_append(&log, arena, LINK_RECEIPT, id, (ent_span){ "body", 4 }, i, &seq, &err),
            &err);
        for (size_t k = 0; i == 0 && k < 3; k++)
            CHECK_OK(fed_read(x->end, x->arena, first[k], &old[k], &err), &err);
        ent_arena_free(arena);
    }
    for (size_t k = 0; k < 3; k++)
        fed_put(x->end, first[k], old[k]);
    CHECK_OK(link_log_open(&x->end->host, narrow, &log, &err), &err);
    CHECK_INT(log.frontier.size, 600);
    ent_arena_free(narrow);
    CHECK_OK(link_verify(&x->end->host, LINK_OUT, UINT64_MAX, &verdict, &err), &err);
    CHECK_INT(verdict.entries, 600);
    assert_null(fed_file_at(x->end, "out/tile/1/000.p/1")->bytes);
}

static void a_signer_whose_state_was_lost_signs_no_second_history(void **state)
{
    fixture *x = *state;
    link_log log;
    uint64_t seq;
    ent_err err = { 0 };

    CHECK_OK(link_log_open(&x->end->host, x->arena, &log, &err), &err);
    CHECK_OK(append(x, &log, 0, &seq, &err), &err);
    ledger_frontier_init(&x->end->signer[LINK_OUT]);
    CHECK_INT(link_log_open(&x->end->host, x->arena, &log, &err), ENT_UNTRUSTED);
    assert_non_null(strstr(err.msg, "lost or set back"));
}

/* Everything of ours from a backup, also the signer: only the peer knows better. */
static void a_log_that_the_peer_has_seen_longer_is_not_added_to(void **state)
{
    fixture *x = *state;
    fed_end *peer = x->f->nodes[1].ends[0];
    ledger_checkpoint head = { .origin = ent_str_of(x->end->host.out_origin), .size = 5 };
    char name[LINK_ORIGIN_SIZE];
    ent_err err = { 0 };
    link_log log;
    ent_str note;

    CHECK_OK(link_log_open(&x->end->host, x->arena, &log, &err), &err);
    link_key_name_write(peer->node->identity, name);
    CHECK_OK(ledger_checkpoint_cosign(x->arena, &head, name, peer->node->secret, 1, &note, &err),
             &err);
    fed_put(x->end, "in/cosignature", note);
    CHECK_INT(link_log_open(&x->end->host, x->arena, &log, &err), ENT_UNTRUSTED);
    assert_non_null(strstr(err.msg, "has cosigned 5 entries"));
}

static void a_changed_tile_is_noticed_before_anything_is_added(void **state)
{
    fixture *x = *state;
    link_log log;
    uint64_t seq;
    ent_err err = { 0 };

    CHECK_OK(link_log_open(&x->end->host, x->arena, &log, &err), &err);
    CHECK_OK(append(x, &log, 0, &seq, &err), &err);
    fed_file_at(x->end, "out/tile/0/000.p/1")->bytes[3] ^= 1;
    CHECK_INT(link_log_open(&x->end->host, x->arena, &log, &err), ENT_UNTRUSTED);
}

static void running_out_of_memory_at_any_point_leaves_a_log_that_goes_on(void **state)
{
    fixture *x = *state;
    bool done = false;
    uint64_t seq;

    for (size_t fault = 0; !done; fault++) {
        ent_arena *arena = ent_arena_new(FED_MEMORY);
        ent_err err = { 0 };
        link_log log;

        ent_arena_fail_after(arena, fault);
        done = link_log_open(&x->end->host, arena, &log, &err) == ENT_OK &&
               link_log_append(&log, arena, LINK_RECEIPT, id_of(0), (ent_span){ "body", 4 }, 0,
                               &seq, &err) == ENT_OK;
        if (!done)
            if (err.code != ENT_LIMIT)
                fail_msg("allocation %zu: %s (%s:%d)", fault, err.msg, err.file, err.line);
        ent_arena_free(arena);
        assert_true(fault < 1000);
    }
    CHECK_INT(fed_size(x->end, LINK_OUT), 1);
}

#define WITH_LOG(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

RUN_TESTS(WITH_LOG(what_is_appended_can_be_read_found_and_verified),
          WITH_LOG(the_same_id_is_not_appended_twice),
          WITH_LOG(a_handle_whose_append_failed_appends_nothing_more),
          WITH_LOG(a_signature_that_was_never_published_is_rolled_forward),
          WITH_LOG(a_log_restored_from_an_old_backup_is_refused),
          WITH_LOG(another_entry_where_a_signed_one_was_is_refused),
          TEST(a_tile_that_is_torn_or_missing_beside_whole_entries_is_written_anew),
          WITH_LOG(what_a_crash_left_is_rolled_forward_in_the_memory_of_one_bundle),
          WITH_LOG(a_signer_whose_state_was_lost_signs_no_second_history),
          WITH_LOG(a_log_that_the_peer_has_seen_longer_is_not_added_to),
          WITH_LOG(a_changed_tile_is_noticed_before_anything_is_added),
          WITH_LOG(running_out_of_memory_at_any_point_leaves_a_log_that_goes_on))
