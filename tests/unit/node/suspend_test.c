/* node/suspend: from one moment on nothing of ours can be fetched, and afterwards all of it
 * can again.  Two real homes; one fetches what lies in the other's out/. */
#include "pair.h"

#include "desk/suspension.h"
#include "link/verify.h"
#include "node/link.h"
#include "node/suspend.h"

/* ALPHA says something that is not urgent; it arrives as what BRAVO cannot understand, so
 * that a note of it (document `refused`) shows that it was applied. */
static void say(fixture *f)
{
    desk *d = node_desk_desk(f->da);
    ent_err err = { 0 };

    CHECK_OK(store_begin(d->store, &err), &err);
    CHECK_OK(desk_say(d, f->arena, "BRAVO", LINK_RELEASE, (ent_span){ "{}", 2 }, &err), &err);
    CHECK_OK(store_commit(d->store, &err), &err);
    CHECK_OK(node_desk_flush(f->da, f->arena, &err), &err);
}

static ent_code fetch(void *arg, ent_arena *arena, const link_want *want, ent_str *content,
                      ent_err *err)
{
    const fixture *f = arg;

    return node_file_read(arena,
                          node_path(arena, "%s/links/BRAVO/out/%.*s", f->a.path,
                                    (int)strcspn(want->path, "?"), want->path),
                          want->limit, content, err);
}

static ent_code pull(fixture *f, uint64_t *applied)
{
    node_link link;
    bool stopped;
    ent_err err = { 0 };
    ent_code rc;

    CHECK_OK(node_link_open(f->arena, &f->b, f->db, "ALPHA", &link, &err), &err);
    rc = node_link_pull(&link, fetch, f, applied, &stopped, &err);
    node_link_close(&link);
    return rc;
}

static size_t files_in(const fixture *f, const char *folder)
{
    DIR *dir = opendir(node_path(f->arena, "%s/links/BRAVO/%s", f->a.path, folder));
    size_t count = 0;

    for (struct dirent *e = dir == NULL ? NULL : readdir(dir); e != NULL; e = readdir(dir))
        count += e->d_name[0] != '.';
    if (dir != NULL)
        (void)closedir(dir);
    return count;
}

static ent_code counted(void *arg, const store_doc *doc, ent_err *err)
{
    (void)doc;
    (void)err;
    ++*(size_t *)arg;
    return ENT_OK;
}

static size_t docs_at(node_desk *nd, const char *kind)
{
    size_t count = 0;
    ent_err err = { 0 };

    CHECK_OK(store_docs_each(node_desk_desk(nd)->store, kind, NULL, NULL, counted, &count, &err),
             &err);
    return count;
}

static void verify(fixture *f)
{
    link_verdict verdict;
    node_link link;
    ent_err err = { 0 };

    CHECK_OK(node_link_open(f->arena, &f->a, f->da, "BRAVO", &link, &err), &err);
    CHECK_OK(link_verify(&link.host, LINK_OUT, UINT64_MAX, &verdict, &err), &err);
    CHECK_INT(verdict.absent, 0);
    node_link_close(&link);
}

static void a_suspended_peer_reads_the_suspension_and_no_fact_until_it_is_resumed(void **state)
{
    fixture *f = *state;
    uint64_t applied;
    desk_peer peer;
    desk *b = node_desk_desk(f->db);
    ent_err err = { 0 };
    bool suspended;

    say(f);
    CHECK_OK(pull(f, &applied), &err);
    CHECK_INT(applied, 1);
    for (int i = 0; i < 3; i++)
        say(f); /* not pulled */
    CHECK_OK(node_suspend(f->da, f->arena, "BRAVO", ENT_STR("a key was lost"), &err), &err);
    CHECK_INT(files_in(f, "out/key"), 1); /* the suspension itself */
    CHECK_INT(files_in(f, "out/body"), 1);
    CHECK_INT(files_in(f, "frozen/key"), 4);
    verify(f);
    say(f); /* waits */
    CHECK_INT(docs_at(f->da, "outbox"), 1);

    CHECK_OK(pull(f, &applied), &err);
    CHECK_INT(applied, 1);
    CHECK_OK(desk_suspended(b, f->arena, "ALPHA", &suspended, &err), &err);
    CHECK(suspended);
    CHECK_INT(docs_at(f->db, "frozen"), 1);
    CHECK_INT(docs_at(f->db, "refused"), 1);
    CHECK_INT(b->peer(b->arg, f->arena, "ALPHA", &peer, &err), ENT_DENIED);
    CHECK_OK(pull(f, &applied), &err);
    CHECK_INT(applied, 0);

    err = (ent_err){ 0 };
    CHECK_INT(node_suspend(f->da, f->arena, "BRAVO", ENT_STR_NONE, &err), ENT_CONFLICT);
    CHECK_OK(node_resume(f->da, f->arena, "BRAVO", ENT_STR("found again"), &err), &err);
    CHECK_INT(files_in(f, "frozen/key"), 0);
    CHECK_INT(files_in(f, "out/key"), 7);
    verify(f);
    CHECK_OK(pull(f, &applied), &err);
    CHECK_OK(desk_suspended(b, f->arena, "ALPHA", &suspended, &err), &err);
    CHECK(!suspended);
    CHECK_INT(docs_at(f->db, "frozen"), 0);
    CHECK_INT(docs_at(f->db, "refused"), 5); /* each once, and the urgent not again */
    CHECK_INT(docs_at(f->da, "outbox"), 0);
}

/* A crash came after an entry was appended and before its row was deleted; what is urgent is said
 * next, so that the row's entry is the last one no more. */
static void what_a_crash_left_waiting_is_not_said_again_behind_the_suspension(void **state)
{
    fixture *f = *state;
    desk *a = node_desk_desk(f->da);
    uint64_t applied;
    store_doc row;
    char id[37];
    ent_err err = { 0 };

    CHECK_OK(store_begin(a->store, &err), &err);
    CHECK_OK(desk_say_as(a, f->arena, "BRAVO", LINK_RELEASE, (ent_span){ "{}", 2 }, id, &err),
             &err);
    CHECK_OK(store_commit(a->store, &err), &err);
    CHECK_OK(store_doc_get(a->store, f->arena, "outbox", ent_str_of(id), &row, &err), &err);
    CHECK_OK(node_desk_flush(f->da, f->arena, &err), &err);
    CHECK_OK(store_begin(a->store, &err), &err);
    CHECK_OK(store_doc_put(a->store, &row, &err), &err);
    CHECK_OK(store_commit(a->store, &err), &err);
    CHECK_OK(node_suspend(f->da, f->arena, "BRAVO", ENT_STR_NONE, &err), &err);
    CHECK_INT(docs_at(f->da, "outbox"), 0);
    CHECK_OK(node_resume(f->da, f->arena, "BRAVO", ENT_STR_NONE, &err), &err);
    CHECK_OK(pull(f, &applied), &err);
    CHECK_INT(docs_at(f->db, "refused"), 1);
}

/* After each of the steps of a suspension, and of a resumption, whoever works the link next
 * finishes it. */
static void a_crash_on_the_way_is_made_good(void **state)
{
    fixture *f = *state;
    const char *folder = node_path(f->arena, "%s/links/BRAVO", f->a.path);
    node_link link;
    ent_err err = { 0 };

    say(f);
    say(f);
    /* Only the state, and one of the two folders. */
    CHECK_OK(node_peer_suspend(f->arena, &f->a, "BRAVO", &err), &err);
    CHECK_OK(node_folder_make(node_path(f->arena, "%s/frozen", folder), &err), &err);
    CHECK_INT(rename(node_path(f->arena, "%s/out/key", folder),
                     node_path(f->arena, "%s/frozen/key", folder)),
              0);
    CHECK_OK(node_link_open(f->arena, &f->a, f->da, "BRAVO", &link, &err), &err);
    CHECK_OK(node_link_prepare(&link, f->arena, &err), &err);
    node_link_close(&link);
    CHECK_INT(files_in(f, "out/key") + files_in(f, "out/body"), 0);
    CHECK_INT(files_in(f, "frozen/body"), 2);
    verify(f);
    /* The state again, and one file. */
    CHECK_OK(node_peer_resume(f->arena, &f->a, "BRAVO", &err), &err);
    CHECK_OK(node_link_open(f->arena, &f->a, f->da, "BRAVO", &link, &err), &err);
    CHECK_OK(node_link_prepare(&link, f->arena, &err), &err);
    node_link_close(&link);
    CHECK_INT(files_in(f, "out/key"), 2);
    CHECK_INT(files_in(f, "out/body"), 2);
    CHECK_INT(files_in(f, "frozen"), 0);
    verify(f);
}

static void what_is_erased_while_it_is_frozen_does_not_come_back(void **state)
{
    fixture *f = *state;
    link_head head = { 0 };
    link_entry entry;
    node_link link;
    ent_err err = { 0 };

    say(f);
    say(f);
    CHECK_OK(node_suspend(f->da, f->arena, "BRAVO", ENT_STR_NONE, &err), &err);
    CHECK_OK(node_link_open(f->arena, &f->a, f->da, "BRAVO", &link, &err), &err);
    CHECK_OK(link_head_read(&link.host, f->arena, LINK_OUT, &head, &err), &err);
    CHECK_OK(link_entry_at(&link.host, f->arena, LINK_OUT, 0, head.size, &entry, NULL, &err), &err);
    CHECK_OK(link_body_erase(&link.host, LINK_OUT, &entry.body, &err), &err);
    node_link_close(&link);
    CHECK_INT(files_in(f, "frozen/body"), 1);
    CHECK_OK(node_resume(f->da, f->arena, "BRAVO", ENT_STR_NONE, &err), &err);
    CHECK_INT(files_in(f, "out/body"), 3); /* one release, two about the suspension */
    verify(f);
}

static void a_stopped_link_is_looked_at_again_and_keeps_its_evidence(void **state)
{
    fixture *f = *state;
    const char *stopped = node_path(f->arena, "%s/links/ALPHA/stopped", f->b.path);
    uint64_t applied;
    ent_err err = { 0 };

    say(f);
    CHECK_OK(node_file_write(stopped, (ent_span){ "two logs", 8 }, 0600, &err), &err);
    CHECK_INT(pull(f, &applied), ENT_UNTRUSTED);
    CHECK_OK(node_resume(f->db, f->arena, "ALPHA", ENT_STR_NONE, &err), &err);
    CHECK(!node_file_exists(stopped));
    CHECK_OK(pull(f, &applied), &err);
    CHECK_INT(applied, 1);
    CHECK_INT(node_resume(f->db, f->arena, "ALPHA", ENT_STR_NONE, &err), ENT_CONFLICT);
}

#define WITH_TWO(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

HOMES_TESTS(WITH_TWO(a_suspended_peer_reads_the_suspension_and_no_fact_until_it_is_resumed),
            WITH_TWO(what_a_crash_left_waiting_is_not_said_again_behind_the_suspension),
            WITH_TWO(a_crash_on_the_way_is_made_good),
            WITH_TWO(what_is_erased_while_it_is_frozen_does_not_come_back),
            WITH_TWO(a_stopped_link_is_looked_at_again_and_keeps_its_evidence))
