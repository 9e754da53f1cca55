/* link/pull against a peer that lies: what it signed and what it did not. */
#include "sim/image.h"

/* N0 is the liar, N1 listens.  N0 has said four lines and N1 has heard them. */
typedef struct fixture {
    fed *f;
    fed_talk *talks[FED_NODES];
    fed_end *liar, *listener;
} fixture;

static int set_up(void **state)
{
    fixture *x = calloc(1, sizeof *x);

    x->f = fed_new(11, 2, (fed_faults){ 0 });
    for (size_t i = 0; i < 2; i++)
        x->talks[i] = fed_talk_new(&x->f->nodes[i]);
    x->liar = x->f->nodes[0].ends[1];
    x->listener = x->f->nodes[1].ends[0];
    for (int i = 0; i < 4; i++)
        fed_talk_say(x->talks[0], "N1", "true");
    fed_run_quiet(x->f, 60000);
    *state = x;
    return 0;
}

static int tear_down(void **state)
{
    fixture *x = *state;

    for (size_t i = 0; i < 2; i++)
        free(x->talks[i]);
    fed_free(x->f);
    free(x);
    return 0;
}

static void say_more(fixture *x, int count)
{
    ent_err err = { 0 };

    for (int i = 0; i < count; i++)
        fed_talk_say(x->talks[0], "N1", "more");
    CHECK_OK(fed_flush(x->liar, &err), &err);
}

/* One round of the listener; the code with which it ends. */
static ent_code round_of(fixture *x, ent_err *err)
{
    fed_end *end = x->listener;
    ent_code rc;

    end->pulling = end->asked = false;
    do {
        *err = (ent_err){ 0 };
        rc = fed_step(end, err);
        x->f->now += 100000; /* nothing is held that long */
    } while (rc == ENT_OK && (end->pulling || end->pull.state != LINK_PULL_DONE));
    return rc;
}

static size_t evidence_count(const fixture *x)
{
    size_t count = 0;

    for (size_t i = 0; i < FED_FILES; i++)
        count += x->listener->files[i].bytes != NULL &&
                 strncmp(x->listener->files[i].path, "evidence/", 9) == 0;
    return count;
}

/* The round is refused, nothing more is applied, and the link is stopped or not. */
static void refused(fixture *x, ent_code code, const char *why, bool stops)
{
    uint64_t before = x->talks[1]->position[0];
    ent_err err = { 0 };

    CHECK_INT(round_of(x, &err), code);
    if (strstr(err.msg, why) == NULL)
        fail_msg("'%s' does not say '%s'", err.msg, why);
    CHECK_INT(x->talks[1]->position[0], before);
    CHECK_INT(x->listener->pull.stopped, stops);
    CHECK_INT(evidence_count(x), stops ? 2 : 0);
    if (!stops)
        return;
    CHECK_INT(round_of(x, &err), ENT_UNTRUSTED);
    assert_non_null(strstr(err.msg, "the link is stopped"));
}

static void an_honest_peer_is_believed(void **state)
{
    fixture *x = *state;
    ent_err err = { 0 };

    say_more(x, 300);
    CHECK_OK(round_of(x, &err), &err);
    CHECK_INT(x->talks[1]->position[0], 304);
    fed_check(x->f);
}

static void a_log_that_was_set_back_stops_the_link(void **state)
{
    fixture *x = *state;
    image past = image_take(x->liar);
    ent_err err = { 0 };

    say_more(x, 2);
    CHECK_OK(round_of(x, &err), &err);
    image_set(x->liar, &past);
    refused(x, ENT_UNTRUSTED, "it was set back", true);
}

static void another_log_of_the_same_size_stops_the_link(void **state)
{
    fixture *x = *state;
    image past = image_take(x->liar);
    ent_err err = { 0 };

    say_more(x, 1);
    CHECK_OK(round_of(x, &err), &err);
    image_set(x->liar, &past); /* with its signer: a thief of keys can do that */
    fed_talk_say(x->talks[0], "N1", "another");
    CHECK_OK(fed_flush(x->liar, &err), &err);
    refused(x, ENT_UNTRUSTED, "two different logs of the same size", true);
}

static void a_longer_log_with_another_past_stops_the_link(void **state)
{
    fixture *x = *state;
    image past = image_take(x->liar);
    ent_err err = { 0 };

    say_more(x, 1);
    CHECK_OK(round_of(x, &err), &err);
    image_set(x->liar, &past);
    say_more(x, 3);
    refused(x, ENT_UNTRUSTED, "it was rewritten", true);
}

static void a_log_rewritten_while_our_mirror_was_lost_stops_the_link(void **state)
{
    fixture *x = *state;
    image past = image_take(x->liar), mirror = image_take(x->listener);
    ledger_frontier signer[2];
    ent_err err = { 0 };

    say_more(x, 2);
    CHECK_OK(round_of(x, &err), &err);
    /* The listener's disk comes from a backup, its signer's state does not. */
    memcpy(signer, x->listener->signer, sizeof signer);
    image_set(x->listener, &mirror);
    memcpy(x->listener->signer, signer, sizeof signer);
    x->talks[1]->position[0] = 4;
    image_set(x->liar, &past);
    say_more(x, 4);
    refused(x, ENT_UNTRUSTED, "not the one that was cosigned before", true);
}

/* Both disks are old ones; only the listener's signer knows of two more entries. */
static void a_log_that_only_our_signer_remembers_is_refused_at_once(void **state)
{
    fixture *x = *state;
    image liar = image_take(x->liar), listener = image_take(x->listener);
    ent_arena *arena = ent_arena_new(FED_MEMORY);
    ledger_frontier cosigned;
    link_head seen;
    ent_err err = { 0 };

    say_more(x, 2);
    CHECK_OK(round_of(x, &err), &err);
    cosigned = x->listener->signer[LINK_IN];
    image_set(x->liar, &liar);
    image_set(x->listener, &listener);
    x->listener->signer[LINK_IN] = cosigned;
    x->talks[1]->position[0] = 4;
    refused(x, ENT_UNTRUSTED, "6 entries of the peer's log were cosigned", false);
    /* And where it has been put down beside our mirror, too. */
    CHECK_OK(link_cosignature_prepare(&x->listener->host, arena, &err), &err);
    CHECK_OK(link_seen_read(&x->listener->host, arena, LINK_IN, &seen, &err), &err);
    CHECK_INT(seen.size, 6);
    refused(x, ENT_UNTRUSTED, "6 entries of the peer's log were cosigned", false);
    ent_arena_free(arena);
}

static void our_mirror_from_a_backup_catches_up_with_an_honest_peer(void **state)
{
    fixture *x = *state;
    image mirror = image_take(x->listener);
    ledger_frontier signer[2];
    ent_err err = { 0 };

    say_more(x, 2);
    CHECK_OK(round_of(x, &err), &err);
    memcpy(signer, x->listener->signer, sizeof signer);
    image_set(x->listener, &mirror);
    memcpy(x->listener->signer, signer, sizeof signer);
    say_more(x, 2);
    CHECK_OK(round_of(x, &err), &err);
    CHECK_INT(x->talks[1]->position[0], 8);
}

static void spoil_file(fed_end *end, const char *path, size_t at)
{
    fed_file *file = fed_file_at(end, path);

    assert_non_null(file->bytes);
    assert_true(at < file->size);
    file->bytes[at] ^= 1;
}

static void a_checkpoint_with_a_wrong_signature_is_refused_and_nothing_more(void **state)
{
    fixture *x = *state;

    say_more(x, 1);
    spoil_file(x->liar, "out/checkpoint", fed_file_at(x->liar, "out/checkpoint")->size - 10);
    refused(x, ENT_UNTRUSTED, "the peer's checkpoint", false);
}

static void a_checkpoint_of_another_log_is_refused(void **state)
{
    fixture *x = *state;
    const fed_file *other = fed_file_at(x->listener, "out/checkpoint");

    fed_put(x->liar, "out/checkpoint", (ent_str){ other->bytes, other->size });
    refused(x, ENT_UNTRUSTED, "is of the log", false);
}

static void spoiled_entries_are_refused_and_the_right_ones_taken_later(void **state)
{
    fixture *x = *state;
    ent_err err = { 0 };

    say_more(x, 1);
    spoil_file(x->liar, "out/tile/entries/000.p/5",
               fed_file_at(x->liar, "out/tile/entries/000.p/5")->size - 20);
    refused(x, ENT_UNTRUSTED, "do not lead to the root that it signed", false);
    spoil_file(x->liar, "out/tile/entries/000.p/5",
               fed_file_at(x->liar, "out/tile/entries/000.p/5")->size - 20);
    CHECK_OK(round_of(x, &err), &err);
}

static void a_replayed_entry_is_refused(void **state)
{
    fixture *x = *state;
    ent_arena *arena = ent_arena_new(FED_MEMORY);
    link_entry entry;
    ent_err err = { 0 };
    ent_str text;

    CHECK_OK(link_entry_at(&x->liar->host, arena, LINK_OUT, 1, 4, &entry, &text, &err), &err);
    image_forge(x->liar, &text, 1);
    refused(x, ENT_UNTRUSTED, "entry 4 says it is 1", false);
    ent_arena_free(arena);
}

static void what_is_no_entry_is_refused_though_it_is_signed(void **state)
{
    fixture *x = *state;
    const ent_str texts[] = { ENT_STR("{}") };

    image_forge(x->liar, texts, 1);
    refused(x, ENT_FORMAT, "member 'v' of an entry is no version", false);
}

static void a_truncated_bundle_and_one_with_more_in_it_are_refused(void **state)
{
    fixture *x = *state;
    fed_file *file;

    say_more(x, 1);
    file = fed_file_at(x->liar, "out/tile/entries/000.p/5");
    file->size -= 1;
    refused(x, ENT_FORMAT, "ends within entry 4", false);
    file->size += 1;
    fed_put(x->liar, "out/tile/entries/000.p/5",
            (ent_str){ file->bytes, file->size + 1 }); /* its NUL-less end and one more */
    refused(x, ENT_FORMAT, "bytes behind its", false);
}

static const char *body_path(fixture *x, const char *kind, uint64_t seq, char path[LINK_PATH_SIZE])
{
    ent_arena *arena = ent_arena_new(FED_MEMORY);
    link_entry entry;
    ent_err err = { 0 };

    CHECK_OK(link_entry_at(&x->liar->host, arena, LINK_OUT, seq, x->liar->signer[LINK_OUT].size,
                           &entry, NULL, &err),
             &err);
    link_path_of(LINK_OUT, kind, &entry.body, path);
    ent_arena_free(arena);
    return path;
}

static void copy_file(fed_end *end, const char *from, const char *to)
{
    const fed_file *file = fed_file_at(end, from);

    fed_put(end, to, (ent_str){ file->bytes, file->size });
}

static void a_body_of_another_entry_is_refused(void **state)
{
    fixture *x = *state;
    char a[LINK_PATH_SIZE], b[LINK_PATH_SIZE];

    say_more(x, 1);
    copy_file(x->liar, body_path(x, "body", 0, a), body_path(x, "body", 4, b));
    copy_file(x->liar, body_path(x, "key", 0, a), body_path(x, "key", 4, b));
    refused(x, ENT_UNTRUSTED, "not the one its entry commits to", false);
}

static void a_body_under_another_key_and_a_key_for_another_are_refused(void **state)
{
    fixture *x = *state;
    char a[LINK_PATH_SIZE], b[LINK_PATH_SIZE];

    say_more(x, 1);
    copy_file(x->liar, body_path(x, "key", 0, a), body_path(x, "key", 4, b));
    refused(x, ENT_UNTRUSTED, "does not open under its key", false);
    spoil_file(x->liar, body_path(x, "key", 4, b), 40);
    refused(x, ENT_UNTRUSTED, "not sealed to this node", false);
    fed_put(x->liar, body_path(x, "key", 4, b), ENT_STR("short"));
    refused(x, ENT_UNTRUSTED, "has 5 bytes, not 80", false);
}

static void a_body_that_is_not_there_is_waited_for_not_skipped(void **state)
{
    fixture *x = *state;
    char path[LINK_PATH_SIZE];
    ent_err err = { 0 };

    say_more(x, 2);
    free(fed_file_at(x->liar, body_path(x, "key", 4, path))->bytes);
    fed_file_at(x->liar, path)->bytes = NULL;
    refused(x, ENT_RETRY, "the body of entry 4 is not there", false);
    /* Erased on purpose is something else. */
    fed_put(x->liar, path, ENT_STR(LINK_ERASED));
    CHECK_OK(round_of(x, &err), &err);
    CHECK_INT(x->talks[1]->position[0], 6);
    assert_true(x->talks[1]->heard[4].gone);
    assert_false(x->talks[1]->heard[5].gone);
}

static void a_cosignature_of_a_log_that_we_never_wrote_is_refused(void **state)
{
    fixture *x = *state;
    ledger_checkpoint head = { .origin = ent_str_of(x->liar->host.in_origin),
                               .size = 1,
                               .root = ent_hash_of("x", 1) };
    ent_arena *arena = ent_arena_new(FED_MEMORY);
    char name[LINK_ORIGIN_SIZE];
    ent_err err = { 0 };
    ent_str note;

    fed_talk_say(x->talks[1], "N0", "one");
    CHECK_OK(fed_flush(x->listener, &err), &err);
    link_key_name_write(x->liar->node->identity, name);
    CHECK_OK(ledger_checkpoint_cosign(arena, &head, name, x->liar->node->secret, 1, &note, &err),
             &err);
    fed_put(x->liar, "out/cosignature", note);
    refused(x, ENT_UNTRUSTED, "cosigned another log of ours", false);
    ent_arena_free(arena);
}

static void a_peer_that_serves_nothing_at_present_is_no_reason_to_stop(void **state)
{
    fixture *x = *state;

    free(fed_file_at(x->liar, "out/checkpoint")->bytes);
    fed_file_at(x->liar, "out/checkpoint")->bytes = NULL;
    refused(x, ENT_UNAVAILABLE, "serves us nothing at present", false);
}

static void a_damaged_body_of_our_mirror_is_fetched_again_when_it_is_to_be_applied(void **state)
{
    fixture *x = *state;
    char path[LINK_PATH_SIZE];
    ent_err err = { 0 };

    x->talks[1]->position[0] = 2; /* the store comes from a backup */
    x->talks[1]->heard_count = 2;
    (void)body_path(x, "body", 3, path);
    memcpy(path, "in/", 3);
    memmove(path + 3, path + 4, strlen(path + 4) + 1);
    spoil_file(x->listener, path, 40);
    CHECK_OK(round_of(x, &err), &err);
    CHECK_INT(x->talks[1]->position[0], 4);
    CHECK_STR(x->talks[1]->heard[3].text, "true");
}

/* The first answer is spoiled and those after it are right: that is no other past. */
static void a_spoiled_answer_before_right_ones_does_not_stop_the_link(void **state)
{
    fixture *x = *state;
    const char *path = "out/tile/entries/000.p/5";
    ent_err err = { 0 };
    ent_code rc;

    say_more(x, 1);
    spoil_file(x->liar, path, fed_file_at(x->liar, path)->size - 20);
    x->listener->pulling = x->listener->asked = false;
    do {
        rc = fed_step(x->listener, &err);
        x->f->now += 100000;
        if (x->listener->pull.state == LINK_PULL_JUDGE && x->listener->pull.at == 0 &&
            !x->listener->asked)
            fail_msg("the judge was not asked for");
        if (x->listener->pull.state == LINK_PULL_JUDGE && x->listener->pull.at == 0)
            spoil_file(x->liar, path, fed_file_at(x->liar, path)->size - 20);
    } while (rc == ENT_OK && x->listener->pulling);
    CHECK_INT(rc, ENT_UNTRUSTED);
    assert_false(x->listener->pull.stopped);
    CHECK_OK(round_of(x, &err), &err);
    CHECK_INT(x->talks[1]->position[0], 5);
}

static void a_round_that_another_process_overtook_is_begun_again(void **state)
{
    fixture *x = *state;
    ent_arena *arena = ent_arena_new(FED_MEMORY);
    ent_err err = { 0 };
    link_pull slow = { 0 };
    ent_str old = ENT_STR_NONE;

    say_more(x, 1);
    CHECK_OK(fed_read(x->liar, arena, "out/checkpoint", &old, &err), &err);
    CHECK_OK(link_pull_begin(&slow, &x->listener->host, arena, 4, &err), &err);
    say_more(x, 1);
    CHECK_OK(round_of(x, &err), &err);
    CHECK_INT(link_pull_answer(&slow, arena, ENT_OK, old, &err), ENT_RETRY);
    assert_false(slow.stopped);
    ent_arena_free(arena);
}

static void an_old_head_by_file_is_fine_and_a_lie_is_not(void **state)
{
    fixture *x = *state;
    image past = image_take(x->liar);
    ent_arena *arena = ent_arena_new(FED_MEMORY);
    ent_str old = ENT_STR_NONE, lie = ENT_STR_NONE;
    link_pull pull = { 0 };
    link_want want;
    ent_err err = { 0 };

    say_more(x, 1);
    CHECK_OK(fed_read(x->liar, arena, "out/checkpoint", &old, &err), &err);
    say_more(x, 2);
    CHECK_OK(round_of(x, &err), &err);
    image_set(x->liar, &past);
    fed_talk_say(x->talks[0], "N1", "another");
    CHECK_OK(fed_flush(x->liar, &err), &err);
    CHECK_OK(fed_read(x->liar, arena, "out/checkpoint", &lie, &err), &err);
    CHECK_OK(link_pull_begin(&pull, &x->listener->host, arena, 7, &err), &err);
    pull.carried = true;
    CHECK_OK(link_pull_answer(&pull, arena, ENT_OK, old, &err), &err);
    assert_false(link_pull_want(&pull, &want));
    CHECK_OK(link_pull_begin(&pull, &x->listener->host, arena, 7, &err), &err);
    pull.carried = true;
    CHECK_INT(link_pull_answer(&pull, arena, ENT_OK, lie, &err), ENT_UNTRUSTED);
    assert_true(pull.stopped);
    ent_arena_free(arena);
}

static void a_changed_tile_of_our_mirror_is_noticed_before_it_is_built_upon(void **state)
{
    fixture *x = *state;

    say_more(x, 1);
    spoil_file(x->listener, "in/tile/0/000.p/4", 5);
    refused(x, ENT_UNTRUSTED, "the tiles of our mirror", false);
}

static void more_was_applied_than_the_peer_has(void **state)
{
    fixture *x = *state;

    x->talks[1]->position[0] = 9;
    refused(x, ENT_UNTRUSTED, "9 entries of the peer were applied and its log has 4", false);
}

static void
a_log_shorter_than_what_was_cosigned_stops_the_link_also_without_our_mirror(void **state)
{
    fixture *x = *state;
    image past = image_take(x->liar), mirror = image_take(x->listener);
    ledger_frontier signer[2];
    ent_err err = { 0 };

    say_more(x, 3);
    CHECK_OK(round_of(x, &err), &err);
    memcpy(signer, x->listener->signer, sizeof signer);
    image_set(x->listener, &mirror);
    memcpy(x->listener->signer, signer, sizeof signer);
    x->talks[1]->position[0] = 4;
    image_set(x->liar, &past);
    say_more(x, 1);
    refused(x, ENT_UNTRUSTED, "shorter than what it signed before", true);
}

static void a_cosignature_that_is_taken_back_is_refused(void **state)
{
    fixture *x = *state;
    ent_arena *arena = ent_arena_new(FED_MEMORY);
    ent_str old = ENT_STR_NONE;
    ent_err err = { 0 };

    fed_talk_say(x->talks[1], "N0", "one");
    fed_run_quiet(x->f, 60000);
    CHECK_OK(fed_read(x->liar, arena, "out/cosignature", &old, &err), &err);
    fed_talk_say(x->talks[1], "N0", "two");
    fed_run_quiet(x->f, 60000);
    fed_put(x->liar, "out/cosignature", old);
    refused(x, ENT_UNTRUSTED, "takes back a cosignature", false);
    ent_arena_free(arena);
}

static void what_cannot_wait_is_heard_before_what_was_said_first(void **state)
{
    fixture *x = *state;
    ent_err err = { 0 };

    for (int i = 0; i < 3; i++)
        fed_talk_say(x->talks[0], "N1", "routine");
    fed_talk_say(x->talks[0], "N1", "^ now");
    fed_talk_urge(x->talks[0], "N1", "recall");
    CHECK_OK(fed_flush(x->liar, &err), &err);
    CHECK_OK(round_of(x, &err), &err);
    CHECK_INT(x->talks[1]->position[0], 9);
    CHECK_INT(x->talks[1]->heard_count, 9);
    CHECK_STR(x->talks[1]->heard[4].text, "^ now");
    CHECK_STR(x->talks[1]->heard[5].text, "recall");
    CHECK_STR(x->talks[1]->heard[6].text, "routine");
}

static ent_code suspended_yes(void *arg, bool *yes, ent_err *err)
{
    (void)arg;
    (void)err;
    *yes = true;
    return ENT_OK;
}

static void on_a_suspended_link_only_what_is_urgent_is_heard(void **state)
{
    fixture *x = *state;
    ent_err err = { 0 };

    fed_talk_say(x->talks[0], "N1", "^ now");
    fed_talk_urge(x->talks[0], "N1", "recall");
    CHECK_OK(fed_flush(x->liar, &err), &err);
    x->listener->host.suspended = suspended_yes;
    CHECK_OK(round_of(x, &err), &err);
    CHECK_INT(x->talks[1]->position[0], 4);
    CHECK_INT(x->talks[1]->heard_count, 5);
    CHECK_STR(x->talks[1]->heard[4].text, "recall");
}

static void a_checkpoint_of_many_signatures_is_too_large(void **state)
{
    fixture *x = *state;
    char *large = calloc(1, 70000);

    memset(large, 'x', 70000);
    fed_put(x->liar, "out/checkpoint", (ent_str){ large, 70000 });
    refused(x, ENT_LIMIT, "too much", false);
    free(large);
}

#define WITH_TWO(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

RUN_TESTS(WITH_TWO(an_honest_peer_is_believed), WITH_TWO(a_log_that_was_set_back_stops_the_link),
          WITH_TWO(another_log_of_the_same_size_stops_the_link),
          WITH_TWO(a_longer_log_with_another_past_stops_the_link),
          WITH_TWO(a_log_rewritten_while_our_mirror_was_lost_stops_the_link),
          WITH_TWO(a_log_that_only_our_signer_remembers_is_refused_at_once),
          WITH_TWO(our_mirror_from_a_backup_catches_up_with_an_honest_peer),
          WITH_TWO(a_checkpoint_with_a_wrong_signature_is_refused_and_nothing_more),
          WITH_TWO(a_checkpoint_of_another_log_is_refused),
          WITH_TWO(spoiled_entries_are_refused_and_the_right_ones_taken_later),
          WITH_TWO(a_replayed_entry_is_refused),
          WITH_TWO(what_is_no_entry_is_refused_though_it_is_signed),
          WITH_TWO(a_truncated_bundle_and_one_with_more_in_it_are_refused),
          WITH_TWO(a_body_of_another_entry_is_refused),
          WITH_TWO(a_body_under_another_key_and_a_key_for_another_are_refused),
          WITH_TWO(a_body_that_is_not_there_is_waited_for_not_skipped),
          WITH_TWO(a_cosignature_of_a_log_that_we_never_wrote_is_refused),
          WITH_TWO(a_peer_that_serves_nothing_at_present_is_no_reason_to_stop),
          WITH_TWO(a_spoiled_answer_before_right_ones_does_not_stop_the_link),
          WITH_TWO(a_round_that_another_process_overtook_is_begun_again),
          WITH_TWO(an_old_head_by_file_is_fine_and_a_lie_is_not),
          WITH_TWO(a_changed_tile_of_our_mirror_is_noticed_before_it_is_built_upon),
          WITH_TWO(more_was_applied_than_the_peer_has),
          WITH_TWO(a_log_shorter_than_what_was_cosigned_stops_the_link_also_without_our_mirror),
          WITH_TWO(a_cosignature_that_is_taken_back_is_refused),
          WITH_TWO(what_cannot_wait_is_heard_before_what_was_said_first),
          WITH_TWO(on_a_suspended_link_only_what_is_urgent_is_heard),
          WITH_TWO(a_checkpoint_of_many_signatures_is_too_large),
          WITH_TWO(a_damaged_body_of_our_mirror_is_fetched_again_when_it_is_to_be_applied))
