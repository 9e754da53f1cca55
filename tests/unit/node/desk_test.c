/* node/desk and node/link: the outbox, waiting, and one round of pulling by hand. */
#include "pair.h"

#include "link/verify.h"
#include "node/link.h"
#include "node/status.h"

#include <time.h>

static void put_out(fixture *f)
{
    desk *d = node_desk_desk(f->da);
    ent_err err = { 0 };

    CHECK_OK(store_begin(d->store, &err), &err);
    CHECK_OK(desk_say(d, f->arena, "BRAVO", LINK_RECEIPT, (ent_span){ "{}", 2 }, &err), &err);
    CHECK_OK(store_commit(d->store, &err), &err);
}

static node_link_status status_of(fixture *f, node_desk *nd)
{
    node_status status;
    ent_err err = { 0 };

    CHECK_OK(
        node_status_read(f->arena, node_desk_home(nd), node_desk_desk(nd)->store, &status, &err),
        &err);
    CHECK_INT(status.link_count, 1);
    return status.links[0];
}

/* A courier without a network: what lies in the other home's out/. */
static ent_code fetch(void *arg, ent_arena *arena, const link_want *want, ent_str *content,
                      ent_err *err)
{
    const fixture *f = arg;

    return node_file_read(arena,
                          node_path(arena, "%s/links/BRAVO/out/%.*s", f->a.path,
                                    (int)strcspn(want->path, "?"), want->path),
                          want->limit, content, err);
}

static void what_waits_is_said_once_and_in_order(void **state)
{
    fixture *f = *state;
    ent_err err = { 0 };

    put_out(f);
    put_out(f);
    CHECK_INT(status_of(f, f->da).waiting, 2);
    CHECK_OK(node_desk_flush(f->da, f->arena, &err), &err);
    CHECK_OK(node_desk_flush(f->da, f->arena, &err), &err);
    CHECK_INT(status_of(f, f->da).waiting, 0);
    CHECK_INT(status_of(f, f->da).out_size, 2);
}

static void what_is_for_a_suspended_peer_waits(void **state)
{
    fixture *f = *state;
    ent_err err = { 0 };
    node_peer peer;

    put_out(f);
    CHECK_OK(node_peer_suspend(f->arena, &f->a, "BRAVO", &err), &err);
    CHECK_OK(node_desk_flush(f->da, f->arena, &err), &err);
    CHECK_INT(status_of(f, f->da).waiting, 1);
    CHECK_OK(node_peer_get(f->arena, &f->a, "BRAVO", &peer, &err), &err);
    CHECK_OK(node_peer_confirm(f->arena, &f->a, "BRAVO", peer.words, &err), &err);
    CHECK_OK(node_desk_flush(f->da, f->arena, &err), &err);
    CHECK_INT(status_of(f, f->da).waiting, 0);
}

static void a_signer_that_died_is_started_again(void **state)
{
    node_signer *signer;
    fixture *f = *state;
    ent_err err = { 0 };

    put_out(f);
    CHECK_OK(node_desk_flush(f->da, f->arena, &err), &err);
    CHECK_OK(node_desk_signer(f->da, &signer, &err), &err);
    (void)kill(node_signer_pid(signer), SIGKILL);
    put_out(f);
    CHECK_INT(node_desk_flush(f->da, f->arena, &err), ENT_UNAVAILABLE);
    CHECK_OK(node_desk_flush(f->da, f->arena, &err), &err);
    CHECK_INT(status_of(f, f->da).out_size, 2);
}

static void a_round_applies_what_was_said_and_shows_in_the_status(void **state)
{
    fixture *f = *state;
    uint64_t applied;
    link_verdict verdict;
    node_link link;
    ent_err err = { 0 };
    bool stopped;

    CHECK_OK(node_link_open(f->arena, &f->b, f->db, "ALPHA", &link, &err), &err);
    CHECK_INT(node_link_pull(&link, fetch, f, &applied, &stopped, &err), ENT_UNAVAILABLE);
    put_out(f);
    put_out(f);
    CHECK_OK(node_desk_flush(f->da, f->arena, &err), &err);
    CHECK_OK(node_link_pull(&link, fetch, f, &applied, &stopped, &err), &err);
    CHECK_INT(applied, 2);
    CHECK_OK(node_link_pull(&link, fetch, f, &applied, &stopped, &err), &err);
    CHECK_INT(applied, 0);
    CHECK_INT(status_of(f, f->db).in_size, 2);
    CHECK_INT(status_of(f, f->db).in_applied, 2);
    CHECK_OK(link_verify(&link.host, LINK_IN, 2, &verdict, &err), &err);
    node_link_close(&link);
}

/* Work that cannot be done shows whether it was tried. */
static void who_flushes_while_another_works_on_a_match_leaves_the_work_to_it(void **state)
{
    const store_doc work = { .kind = ENT_STR("run-work"),
                             .id = ENT_STR("0c5a29e8-8f0e-4b56-9d3f-6a1a6b6d2f10"),
                             .peer = ENT_STR("BRAVO"),
                             .state = ENT_STR("due"),
                             .json = ENT_STR("{\"body\":\"?\"}") };
    fixture *f = *state;
    desk *d = node_desk_desk(f->da);
    ent_err err = { 0 };
    int lock = -1;

    CHECK_OK(store_begin(d->store, &err), &err);
    CHECK_OK(store_doc_put(d->store, &work, &err), &err);
    CHECK_OK(store_commit(d->store, &err), &err);
    CHECK_OK(node_lock(node_path(f->arena, "%s/run/match.lock", f->a.path), false, &lock, &err),
             &err);
    put_out(f);
    CHECK_OK(node_desk_flush(f->da, f->arena, &err), &err);
    CHECK_INT(status_of(f, f->da).waiting, 0);
    (void)close(lock);
    CHECK_INT(node_desk_flush(f->da, f->arena, &err), ENT_FORMAT);
}

static ent_code never(void *arg, bool *yes, ent_err *err)
{
    (void)err;
    ++*(int *)arg;
    *yes = false;
    return ENT_OK;
}

static ent_code at_the_second_time(void *arg, bool *yes, ent_err *err)
{
    (void)err;
    *yes = ++*(int *)arg == 2;
    return ENT_OK;
}

static ent_code broken(void *arg, bool *yes, ent_err *err)
{
    (void)arg;
    (void)yes;
    return ent_fail(err, ENT_IO, "broken");
}

static void waiting_ends_with_the_time_an_announcement_or_a_failure(void **state)
{
    fixture *f = *state;
    int asked = 0, status;
    ent_err err = { 0 };
    pid_t pid;

    CHECK_INT(node_desk_wait(f->da, never, &asked, 0, &err), ENT_RETRY);
    CHECK_INT(asked, 1);
    CHECK_INT(node_desk_wait(f->da, broken, NULL, 10, &err), ENT_IO);
    asked = 0;
    (void)fflush(NULL);
    pid = fork();
    if (pid == 0) {
        /* Again and again: nobody knows when the other begins to wait. */
        for (int i = 0; i < 1000; i++) {
            const struct timespec pause = { 0, 10000000 };

            if (node_desk_announce(&f->a, "BRAVO", &err) != ENT_OK)
                _exit(1);
            (void)nanosleep(&pause, NULL);
        }
        _exit(0);
    }
    CHECK_OK(node_desk_wait(f->da, at_the_second_time, &asked, 20, &err), &err);
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, &status, 0);
}

#define WITH_TWO(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

HOMES_TESTS(WITH_TWO(what_waits_is_said_once_and_in_order),
            WITH_TWO(what_is_for_a_suspended_peer_waits),
            WITH_TWO(who_flushes_while_another_works_on_a_match_leaves_the_work_to_it),
            WITH_TWO(a_signer_that_died_is_started_again),
            WITH_TWO(a_round_applies_what_was_said_and_shows_in_the_status),
            WITH_TWO(waiting_ends_with_the_time_an_announcement_or_a_failure))
