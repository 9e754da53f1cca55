/* link/regain: what our disk has lost comes back from its reader, and nothing else does. */
#include "sim/federation.h"

#include "link/regain.h"

typedef struct fixture {
    fed *f;
    fed_end *end, *peer;
    fed_talk *talks[2];
    ent_arena *arena;
    fed_file *files; /* a backup */
    ledger_frontier signer;
    size_t taken, bodies; /* entries that came back, and those with a body */
    /* What the peer gives in the place of the file of that name; NULL: as it is. */
    const char *instead;
    ent_str given; /* ptr NULL: nothing is there */
    bool second;   /* only the second time that it is asked for */
    unsigned asked;
} fixture;

static int set_up(void **state)
{
    fixture *x = calloc(1, sizeof *x);

    x->f = fed_new(5, 2, (fed_faults){ 0 });
    for (size_t i = 0; i < 2; i++)
        x->talks[i] = fed_talk_new(&x->f->nodes[i]);
    x->end = x->f->nodes[0].ends[1];
    x->peer = x->end->other;
    x->arena = ent_arena_new(FED_MEMORY);
    *state = x;
    return 0;
}

static int tear_down(void **state)
{
    fixture *x = *state;

    for (size_t i = 0; x->files != NULL && i < FED_FILES; i++)
        free(x->files[i].bytes);
    free(x->files);
    ent_arena_free(x->arena);
    fed_free(x->f);
    free(x->talks[0]);
    free(x->talks[1]);
    free(x);
    return 0;
}

static void said_and_heard(fixture *x, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        fed_talk_say(x->talks[0], "N1", "something");
    fed_run_quiet(x->f, 600000);
}

static void backed_up(fixture *x)
{
    x->files = calloc(FED_FILES, sizeof *x->files);
    assert_non_null(x->files);
    fed_files_copy(x->files, x->end->files);
    x->signer = x->end->signer[LINK_OUT];
}

static void restored(fixture *x, bool signer_too)
{
    fed_node_crash(x->end->node);
    fed_files_copy(x->end->files, x->files);
    if (signer_too)
        x->end->signer[LINK_OUT] = x->signer;
}

static ent_code taken(void *arg, ent_arena *arena, const link_entry *entry, bool has_body,
                      ent_err *err)
{
    fixture *x = arg;

    (void)arena;
    (void)entry;
    (void)err;
    x->taken++;
    x->bodies += has_body;
    return ENT_OK;
}

static ent_code ask(fixture *x, const link_want *want, ent_str *content)
{
    const char *name = want->path;
    char path[LINK_PATH_SIZE];
    link_side side = LINK_OUT;
    ent_err err = { 0 };

    if (x->instead != NULL && strcmp(name, x->instead) == 0 && x->asked++ == x->second) {
        *content = x->given;
        return x->given.ptr == NULL ? ENT_NOT_FOUND : ENT_OK;
    }
    if (strncmp(name, LINK_MIRROR, strlen(LINK_MIRROR)) == 0) {
        name += strlen(LINK_MIRROR);
        side = LINK_IN;
    }
    link_path(side, name, path);
    return fed_read(x->peer, x->arena, path, content, &err);
}

static ent_code regain(fixture *x, uint64_t *regained, ent_err *err)
{
    link_regain r;
    link_want want;
    ent_code rc = link_regain_begin(&r, &x->end->host, x->arena, taken, x, err);

    x->taken = x->bodies = 0;
    x->asked = 0;
    while (rc == ENT_OK && link_regain_want(&r, &want)) {
        ent_str content = { "", 0 };
        ent_code got = ask(x, &want, &content);

        rc = content.size > want.limit ? ENT_LIMIT
                                       : link_regain_answer(&r, x->arena, got, content, err);
    }
    *regained = r.regained;
    return rc;
}

/* A refusal leaves everything as it was. */
static void refused(fixture *x, ent_code code, const char *place, const char *rule)
{
    uint64_t size = fed_size(x->end, LINK_OUT), signed_at = x->end->signer[LINK_OUT].size, n;
    ent_err err = { 0 };

    CHECK_INT(regain(x, &n, &err), code);
    if (strstr(err.msg, place) == NULL || strstr(err.msg, rule) == NULL)
        fail_msg("'%s' has not '%s' and '%s'", err.msg, place, rule);
    CHECK_INT(fed_size(x->end, LINK_OUT), size);
    CHECK_INT(x->end->signer[LINK_OUT].size, signed_at);
    CHECK_INT(x->taken, 0);
}

/* Lost `lost` of `before + lost` entries. */
static void set_back(fixture *x, unsigned before, unsigned lost, bool signer_too)
{
    said_and_heard(x, before);
    backed_up(x);
    said_and_heard(x, lost);
    restored(x, signer_too);
}

static void what_was_lost_comes_back_and_the_log_goes_on(void **state)
{
    /* Within a bundle, over its end, over several; and all of it. */
    static const unsigned sizes[][2] = { { 3, 4 }, { 200, 100 }, { 250, 6 }, { 256, 1 }, { 0, 5 } };

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int signer_too = 0; signer_too < 2; signer_too++) {
            fixture *x;
            void *own = NULL;
            link_verdict verdict;
            uint64_t regained;
            ent_err err = { 0 };

            (void)set_up(&own);
            x = own;
            set_back(x, sizes[i][0], sizes[i][1], signer_too != 0);
            CHECK_OK(regain(x, &regained, &err), &err);
            CHECK_INT(regained, sizes[i][1]);
            CHECK_INT(x->taken, sizes[i][1]);
            CHECK_INT(x->bodies, 0);
            CHECK_OK(link_verify(&x->end->host, LINK_OUT, UINT64_MAX, &verdict, &err), &err);
            CHECK_INT(verdict.entries, sizes[i][0] + sizes[i][1]);
            CHECK_INT(verdict.erased, sizes[i][1]);
            said_and_heard(x, 3);
            assert_false(x->peer->stopped);
            CHECK_INT(x->peer->untrusted, 0);
            fed_check(x->f);
            (void)tear_down(&own);
        }
}

static void a_log_that_lost_nothing_stays_as_it_is(void **state)
{
    fixture *x = *state;
    uint64_t regained;
    ent_err err = { 0 };

    said_and_heard(x, 5);
    CHECK_OK(regain(x, &regained, &err), &err);
    CHECK_INT(regained, 0);
    CHECK_INT(x->taken, 0);
}

/* The backup is from between an append and the deletion of what waited. */
static void what_was_said_last_here_is_not_said_again_behind_what_comes_back(void **state)
{
    fixture *x = *state;

    said_and_heard(x, 3);
    backed_up(x);
    said_and_heard(x, 2);
    restored(x, false);
    x->talks[0]->outbox[2].gone = false;
    x->end->held = true;
    fed_run_quiet(x->f, 600000);
    CHECK_INT(x->end->regained, 2);
    CHECK_INT(x->talks[1]->heard_count, 5);
    fed_check(x->f);
}

static void a_signer_whose_memory_alone_was_lost_is_led_along(void **state)
{
    fixture *x = *state;
    uint64_t regained;
    link_log log;
    ent_err err = { 0 };

    said_and_heard(x, 5);
    ledger_frontier_init(&x->end->signer[LINK_OUT]);
    CHECK_INT(link_log_open(&x->end->host, x->arena, &log, &err), ENT_UNTRUSTED);
    err = (ent_err){ 0 };
    CHECK_OK(regain(x, &regained, &err), &err);
    CHECK_INT(regained, 0);
    CHECK_OK(link_log_open(&x->end->host, x->arena, &log, &err), &err);
}

static void file_lost(fed_end *end, const char *path)
{
    fed_file *file = fed_file_at(end, path);

    free(file->bytes);
    file->bytes = NULL;
}

/* The reader's disk is lost as well, its signer's memory is not. */
static void mirror_lost(fixture *x)
{
    fed_node_crash(x->peer->node);
    for (size_t i = 0; i < FED_FILES; i++)
        if (strncmp(x->peer->files[i].path, "in/", 3) == 0)
            file_lost(x->peer, x->peer->files[i].path);
    file_lost(x->peer, "out/cosignature");
}

static void a_reader_that_lost_its_mirror_says_that_nothing_is_lost(void **state)
{
    fixture *x = *state;
    uint64_t regained;
    ent_err err = { 0 };

    said_and_heard(x, 5);
    mirror_lost(x);
    CHECK_INT(regain(x, &regained, &err), ENT_UNAVAILABLE);
    err = (ent_err){ 0 };
    CHECK_OK(link_cosignature_prepare(&x->peer->host, x->arena, &err), &err);
    CHECK_OK(regain(x, &regained, &err), &err);
    CHECK_INT(regained, 0);
    ledger_frontier_init(&x->end->signer[LINK_OUT]); /* that is led along, as by a mirror */
    CHECK_OK(regain(x, &regained, &err), &err);
    CHECK_INT(x->end->signer[LINK_OUT].size, 5);
}

/* Our key is what the other knows of us: it missed the one between. */
static void a_reader_whose_key_was_replaced_twice_says_its_word_by_the_newest(void **state)
{
    fixture *x = *state;

    said_and_heard(x, 3);
    backed_up(x);
    x->end->cut_until = INT64_MAX;
    fed_rotate(x->peer->node);
    for (int i = 0; i < 4; i++)
        fed_talk_say(x->talks[0], "N1", "something");
    fed_run(x->f, 60000);
    CHECK_INT(fed_size(x->peer, LINK_IN), 7);
    restored(x, false);
    x->end->held = true;
    fed_rotate(x->peer->node);
    x->end->cut_until = 0;
    fed_run_quiet(x->f, 600000);
    CHECK_INT(x->end->regained, 4);
    fed_check(x->f);
}

/* The reader has its head by the key of before; whoever stole that could have made it. */
static void a_head_by_a_replaced_key_is_believed_if_our_signer_remembers_it(void **state)
{
    fixture *x = *state;
    uint64_t regained;
    ent_err err = { 0 };

    set_back(x, 3, 4, false);
    fed_rotate(x->end->node);
    CHECK_OK(regain(x, &regained, &err), &err);
    CHECK_INT(regained, 4);
    restored(x, true);
    fed_rotate(x->end->node);
    refused(x, ENT_UNTRUSTED, LINK_MIRROR "checkpoint", "a key of ours that was replaced");
}

static void a_body_that_the_disk_still_has_stays(void **state)
{
    fixture *x = *state;
    uint64_t regained;
    ent_err err = { 0 };

    said_and_heard(x, 2);
    backed_up(x);
    said_and_heard(x, 3);
    for (size_t i = 0; i < FED_FILES; i++) { /* all but the head and the tiles is newer */
        fed_file *file = &x->files[i];

        if (strncmp(x->end->files[i].path, "out/body/", 9) == 0 ||
            strncmp(x->end->files[i].path, "out/key/", 8) == 0 ||
            strncmp(x->end->files[i].path, "kept/", 5) == 0) {
            free(file->bytes);
            *file = x->end->files[i];
            file->bytes = malloc(file->size + 1);
            assert_non_null(file->bytes);
            memcpy(file->bytes, x->end->files[i].bytes, file->size);
        }
    }
    restored(x, true);
    CHECK_OK(regain(x, &regained, &err), &err);
    CHECK_INT(regained, 3);
    CHECK_INT(x->bodies, 3);
    said_and_heard(x, 1);
    fed_check(x->f);
}

/* At that effect: then again, and all is as without it.  false: there is no such effect. */
static bool crashed_at(uint64_t in, bool after, bool signer_too, unsigned leavings)
{
    fixture *x;
    void *own = NULL;
    uint64_t regained, size;
    ent_err err = { 0 };
    ent_code rc;

    (void)set_up(&own);
    x = own;
    set_back(x, 3, 4, signer_too);
    x->f->victim = x->end->node;
    x->f->crash_in = in;
    x->f->crash_after = after;
    rc = regain(x, &regained, &err);
    x->f->crash_in = 0;
    if (rc != ENT_OK) {
        x->f->state += leavings; /* what is left of what was not synced */
        fed_node_crash(x->end->node);
        size = fed_size(x->end, LINK_OUT);
        assert_true(size == 3 || size == 7);
        err = (ent_err){ 0 };
        CHECK_OK(regain(x, &regained, &err), &err);
        CHECK_INT(fed_size(x->end, LINK_OUT), 7);
        said_and_heard(x, 2);
        CHECK_INT(x->peer->untrusted, 0);
        fed_check(x->f);
    }
    (void)tear_down(&own);
    return rc != ENT_OK;
}

static void a_crash_anywhere_leaves_the_old_log_or_the_whole(void **state)
{
    (void)state;
    for (int signer_too = 0; signer_too < 2; signer_too++)
        for (unsigned leavings = 0; leavings < 8; leavings++) {
            uint64_t in = 1;

            while (crashed_at(in, false, signer_too != 0, leavings) &&
                   crashed_at(in, true, signer_too != 0, leavings))
                in++;
            assert_true(in > 10);
        }
}

/* ---- what is refused ---- */

static void who_gives_nothing_is_named_and_nothing_is_done(void **state)
{
    fixture *x = *state;

    set_back(x, 3, 4, true);
    x->instead = LINK_MIRROR "checkpoint";
    refused(x, ENT_UNTRUSTED, "the peer has cosigned 7 entries", "entries are missing");
    file_lost(x->peer, "out/cosignature");
    file_lost(x->end, "in/cosignature");
    refused(x, ENT_UNAVAILABLE, "the peer gives nothing", "of a version that does not");
}

static void a_head_that_we_did_not_sign_is_refused(void **state)
{
    fixture *x = *state;
    char *bytes;

    set_back(x, 3, 4, true);
    x->instead = LINK_MIRROR "checkpoint";
    CHECK_INT(fed_read(x->peer, x->arena, "out/checkpoint", &x->given, &(ent_err){ 0 }), ENT_OK);
    refused(x, ENT_UNTRUSTED, LINK_MIRROR "checkpoint", "no head of our log");
    CHECK_INT(fed_read(x->peer, x->arena, "in/checkpoint", &x->given, &(ent_err){ 0 }), ENT_OK);
    bytes = (char *)(uintptr_t)x->given.ptr;
    bytes[x->given.size - 8] ^= 4;
    refused(x, ENT_UNTRUSTED, LINK_MIRROR "checkpoint", "no head of our log");
}

/* The bundle with one byte of one entry changed: still JSON, still in its place. */
static void altered(fixture *x, const char *bundle, const char *find, char becomes)
{
    char path[LINK_PATH_SIZE], *bytes;
    size_t size = strlen(find), at = 0;

    link_path(LINK_IN, bundle, path);
    CHECK_INT(fed_read(x->peer, x->arena, path, &x->given, &(ent_err){ 0 }), ENT_OK);
    bytes = (char *)(uintptr_t)x->given.ptr;
    while (at + size < x->given.size && memcmp(bytes + at, find, size) != 0)
        at++;
    assert_true(at + size < x->given.size);
    bytes[at + size] = becomes;
}

static void an_altered_entry_is_refused_with_its_place(void **state)
{
    fixture *x = *state;

    set_back(x, 3, 4, true);
    x->instead = LINK_MIRROR "tile/entries/000.p/7";
    /* Of those that we lost: no root of ours. */
    altered(x, "tile/entries/000.p/7", "\"seq\":5,\"time\":\"", '3');
    refused(x, ENT_UNTRUSTED, "tile/entries/000.p/7: entries 3 to 6", "do not lead from our log");
    /* Of those that we have. */
    altered(x, "tile/entries/000.p/7", "\"seq\":1,\"time\":\"", '3');
    refused(x, ENT_UNTRUSTED, "entry 1", "another than the one on our disk");
    /* Its number. */
    altered(x, "tile/entries/000.p/7", "\"seq\":", '9');
    refused(x, ENT_UNTRUSTED, "entry 0", "another than the one on our disk");
    altered(x, "tile/entries/000.p/7", "\"seq\":5,\"time\":\"", 'x');
    refused(x, ENT_FORMAT, "entry 5", "is not a date");
    /* The second time only, when the first was believed. */
    altered(x, "tile/entries/000.p/7", "\"seq\":5,\"time\":\"", '3');
    x->second = true;
    refused(x, ENT_UNTRUSTED, "entry 5", "another than the one that came before");
}

static void missing_entries_are_refused(void **state)
{
    fixture *x = *state;
    ledger_frontier now;
    char old[4096];

    said_and_heard(x, 3);
    backed_up(x);
    said_and_heard(x, 2);
    CHECK_INT(fed_read(x->peer, x->arena, "in/checkpoint", &x->given, &(ent_err){ 0 }), ENT_OK);
    assert_true(x->given.size < sizeof old);
    memcpy(old, x->given.ptr, x->given.size);
    x->given.ptr = old;
    said_and_heard(x, 2);
    now = x->end->signer[LINK_OUT];
    restored(x, true);
    x->instead = LINK_MIRROR "checkpoint"; /* a head of before, which we did sign */
    refused(x, ENT_UNTRUSTED, LINK_MIRROR "checkpoint", "has cosigned 7 entries");
    /* And whoever was told so appends nothing any more. */
    {
        link_log log;
        ent_err err = { 0 };

        CHECK_INT(link_log_open(&x->end->host, x->arena, &log, &err), ENT_UNTRUSTED);
    }
    /* Also where the signer alone remembers. */
    restored(x, false);
    x->end->signer[LINK_OUT] = now;
    x->instead = NULL;
    fed_put(x->peer, "in/checkpoint", (ent_str){ old, x->given.size });
    free(fed_file_at(x->peer, "out/cosignature")->bytes);
    fed_file_at(x->peer, "out/cosignature")->bytes = NULL;
    refused(x, ENT_UNTRUSTED, LINK_MIRROR "checkpoint", "7 entries of our log were signed");
    /* A bundle that is not there, or too short. */
    restored(x, true);
    x->instead = LINK_MIRROR "tile/entries/000.p/5";
    x->given = ENT_STR_NONE;
    refused(x, ENT_RETRY, "tile/entries/000.p/5", "not there");
    x->given = ENT_STR("");
    refused(x, ENT_FORMAT, "tile/entries/000.p/5", "");
}

static void the_entries_of_another_log_are_refused(void **state)
{
    fixture *x = *state;
    ent_str other;

    for (int i = 0; i < 7; i++)
        fed_talk_say(x->talks[1], "N0", "something else");
    set_back(x, 3, 4, true);
    CHECK_INT(fed_read(x->peer, x->arena, "out/tile/entries/000.p/7", &other, &(ent_err){ 0 }),
              ENT_OK);
    x->given = other;
    x->instead = LINK_MIRROR "tile/entries/000.p/7";
    refused(x, ENT_UNTRUSTED, "entry 0", "another than the one on our disk");
}

/* Appended after a restore, before anybody asked: now our own key has signed two histories. */
static void two_histories_of_ours_are_kept_as_evidence(void **state)
{
    fixture *x = *state;
    uint64_t regained;
    ent_err err = { 0 };
    size_t kept = 0;

    set_back(x, 3, 4, true);
    {
        fed_file *seen = fed_file_at(x->end, "in/cosignature");

        free(seen->bytes);
        seen->bytes = NULL;
    }
    for (int i = 0; i < 5; i++)
        fed_talk_say(x->talks[0], "N1", "another thing");
    CHECK_OK(fed_flush(x->end, &err), &err);
    free(fed_file_at(x->peer, "out/cosignature")->bytes);
    fed_file_at(x->peer, "out/cosignature")->bytes = NULL;
    CHECK_INT(regain(x, &regained, &err), ENT_UNTRUSTED);
    assert_non_null(strstr(err.msg, "two histories of 7 entries"));
    for (size_t i = 0; i < FED_FILES; i++)
        kept +=
            x->end->files[i].bytes != NULL && strncmp(x->end->files[i].path, "evidence/", 9) == 0;
    CHECK_INT(kept, 2);
    CHECK_INT(x->taken, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

RUN_TESTS(CASE(what_was_lost_comes_back_and_the_log_goes_on),
          CASE(a_log_that_lost_nothing_stays_as_it_is),
          CASE(what_was_said_last_here_is_not_said_again_behind_what_comes_back),
          CASE(a_signer_whose_memory_alone_was_lost_is_led_along),
          CASE(a_reader_that_lost_its_mirror_says_that_nothing_is_lost),
          CASE(a_reader_whose_key_was_replaced_twice_says_its_word_by_the_newest),
          CASE(a_head_by_a_replaced_key_is_believed_if_our_signer_remembers_it),
          CASE(a_body_that_the_disk_still_has_stays),
          CASE(a_crash_anywhere_leaves_the_old_log_or_the_whole),
          CASE(who_gives_nothing_is_named_and_nothing_is_done),
          CASE(a_head_that_we_did_not_sign_is_refused),
          CASE(an_altered_entry_is_refused_with_its_place), CASE(missing_entries_are_refused),
          CASE(the_entries_of_another_log_are_refused),
          CASE(two_histories_of_ours_are_kept_as_evidence))
