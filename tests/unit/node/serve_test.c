/* node/supervisor, border, worker, courier, link: two nodes, real processes, real TLS. */
#include "homes.h"

#include "link/log.h"
#include "link/verify.h"
#include "node/link.h"
#include "node/status.h"

#include <dirent.h>
#include <poll.h>
#include <time.h>

#define SECONDS 30U

typedef struct fixture {
    ent_arena *arena;
    char folder[64];
    node_home a, b;
    node_desk *da, *db;
    pid_t serve_a, serve_b;
} fixture;

static int64_t now_ms(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Waits until `serve` has announced its border.  Polls a file: tests have no better way
 * to see another program start. */
static const char *border_await(ent_arena *arena, const node_home *home)
{
    node_running *running = ent_arena_alloc(arena, sizeof *running);
    int64_t until = now_ms() + SECONDS * 1000;
    ent_err err = { 0 };

    while (now_ms() < until) {
        CHECK_OK(node_running_read(home, running, &err), &err);
        if (running->border_url[0] != '\0')
            return running->border_url;
        (void)poll(NULL, 0, 10);
    }
    fail_msg("serve of %s does not start", home->code);
    return "";
}

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    ent_err err = { 0 };

    f->arena = ent_arena_new((size_t)256 << 20);
    (void)snprintf(f->folder, sizeof f->folder, "/tmp/ent-serve-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    homes_make(f->arena, f->folder, "ALPHA", NULL, &f->a);
    homes_make(f->arena, f->folder, "BRAVO", NULL, &f->b);
    f->serve_a = homes_serve(&f->a);
    f->serve_b = homes_serve(&f->b);
    homes_link(f->arena, &f->a, border_await(f->arena, &f->a), &f->b,
               border_await(f->arena, &f->b));
    CHECK_OK(node_desk_open(f->arena, &f->a, &f->da, &err), &err);
    CHECK_OK(node_desk_open(f->arena, &f->b, &f->db, &err), &err);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;

    node_desk_close(f->da);
    node_desk_close(f->db);
    if (f->serve_a > 0)
        (void)homes_end(f->serve_a, SIGTERM);
    if (f->serve_b > 0)
        (void)homes_end(f->serve_b, SIGTERM);
    homes_remove(f->folder);
    ent_arena_free(f->arena);
    free(f);
    return 0;
}

/* Says a receipt of nothing, with `state` as a member that no receipt has: the other desk
 * writes down that it refused it, and why. */
static void say(fixture *f, node_desk *nd, const char *to, const char *state)
{
    const char *body = node_path(f->arena, "{\"%s\":1}", state);
    desk *d = node_desk_desk(nd);
    ent_err err = { 0 };

    CHECK_OK(store_begin(d->store, &err), &err);
    CHECK_OK(desk_say(d, f->arena, to, LINK_RECEIPT, (ent_span){ body, strlen(body) }, &err), &err);
    CHECK_OK(store_commit(d->store, &err), &err);
    CHECK_OK(node_desk_flush(nd, f->arena, &err), &err);
}

struct heard {
    node_desk *nd;
    const char *from, *state;
    size_t count, wanted;
};

static ent_code heard_count(void *arg, const store_doc *doc, ent_err *err)
{
    struct heard *heard = arg;
    char word[32];

    (void)err;
    (void)snprintf(word, sizeof word, "'%s'", heard->state);
    heard->count += strstr(doc->json.ptr, word) != NULL; /* a NUL is behind it */
    return ENT_OK;
}

static ent_code heard_enough(void *arg, bool *yes, ent_err *err)
{
    struct heard *heard = arg;

    heard->count = 0;
    ENT_TRY(store_docs_each(node_desk_desk(heard->nd)->store, "refused", heard->from, "open",
                            heard_count, heard, err));
    *yes = heard->count >= heard->wanted;
    return ENT_OK;
}

static void hear(node_desk *nd, const char *from, const char *state, size_t wanted)
{
    struct heard heard = { .nd = nd, .from = from, .state = state, .wanted = wanted };
    ent_err err = { 0 };

    CHECK_OK(node_desk_wait(nd, heard_enough, &heard, SECONDS, &err), &err);
    CHECK_INT(heard.count, wanted);
}

static void both_logs_verify(fixture *f)
{
    const node_home *homes[] = { &f->a, &f->b };

    for (size_t i = 0; i < 2; i++) {
        link_verdict verdict;
        node_link link;
        ent_err err = { 0 };

        CHECK_OK(node_link_open(f->arena, homes[i], NULL, homes[1 - i]->code, &link, &err), &err);
        CHECK_OK(link_verify(&link.host, LINK_OUT, UINT64_MAX, &verdict, &err), &err);
        CHECK_OK(link_verify(&link.host, LINK_IN, UINT64_MAX, &verdict, &err), &err);
    }
}

static void what_one_says_the_other_applies_within_a_moment(void **state)
{
    fixture *f = *state;
    int64_t start, took;

    say(f, f->da, "BRAVO", "first");
    hear(f->db, "ALPHA", "first", 1);
    say(f, f->db, "ALPHA", "answer");
    hear(f->da, "BRAVO", "answer", 1);
    start = now_ms();
    for (int i = 0; i < 20; i++) {
        say(f, f->da, "BRAVO", "timed");
        hear(f->db, "ALPHA", "timed", (size_t)i + 1);
    }
    took = now_ms() - start;
    print_message("# said, fetched, verified and applied in %.1f ms each\n", (double)took / 20);
    both_logs_verify(f);
}

/* Every process of a serve: its pid and what it was started as. */
static size_t processes_of(const node_home *home, const char *role, pid_t pids[16])
{
    DIR *dir = opendir("/proc");
    size_t count = 0;

    for (struct dirent *e = readdir(dir); e != NULL && count < 16; e = readdir(dir)) {
        char path[300], line[1024];
        size_t size;
        bool mine = false, is = role[0] == '\0';
        FILE *in;

        (void)snprintf(path, sizeof path, "/proc/%s/cmdline", e->d_name);
        in = strspn(e->d_name, "0123456789") == strlen(e->d_name) ? fopen(path, "r") : NULL;
        if (in == NULL)
            continue;
        size = fread(line, 1, sizeof line - 1, in);
        (void)fclose(in);
        line[size] = '\0';
        for (size_t at = 0; at < size; at += strlen(line + at) + 1) {
            mine = mine || strcmp(line + at, home->path) == 0;
            is = is || (role[0] != '\0' && strcmp(line + at, role) == 0);
        }
        if (mine && is)
            pids[count++] = (pid_t)strtol(e->d_name, NULL, 10);
    }
    (void)closedir(dir);
    return count;
}

static void killing_any_process_loses_nothing_and_says_nothing_twice(void **state)
{
    static const char *const roles[] = { "border", "link", "courier", "signer" };
    fixture *f = *state;
    size_t said = 0;

    say(f, f->da, "BRAVO", "k");
    hear(f->db, "ALPHA", "k", ++said);
    for (size_t i = 0; i < 4; i++) {
        const node_home *homes[] = { &f->a, &f->b };

        for (size_t h = 0; h < 2; h++) {
            pid_t pids[16];
            size_t count = processes_of(homes[h], roles[i], pids);

            /* A signer lives only as long as its desk needs it. */
            if (strcmp(roles[i], "signer") != 0)
                assert_true(count >= 1);
            for (size_t p = 0; p < count; p++)
                (void)kill(pids[p], SIGKILL);
            node_desk_close(h == 0 ? f->da : f->db);
            {
                ent_err err = { 0 };

                CHECK_OK(node_desk_open(f->arena, homes[h], h == 0 ? &f->da : &f->db, &err), &err);
            }
            say(f, f->da, "BRAVO", "k");
            hear(f->db, "ALPHA", "k", ++said);
        }
    }
    both_logs_verify(f);
}

static void a_whole_node_that_is_killed_goes_on_where_it_was(void **state)
{
    fixture *f = *state;
    pid_t pids[16];

    say(f, f->da, "BRAVO", "before");
    hear(f->db, "ALPHA", "before", 1);
    (void)homes_end(f->serve_b, SIGKILL);
    f->serve_b = 0;
    for (int i = 0; i < 5; i++)
        say(f, f->da, "BRAVO", "while");
    /* Nothing of a killed node lives on. */
    for (int64_t until = now_ms() + 5000; processes_of(&f->b, "", pids) > 0;) {
        assert_true(now_ms() < until);
        (void)poll(NULL, 0, 10);
    }
    f->serve_b = homes_serve(&f->b);
    hear(f->db, "ALPHA", "while", 5);
    both_logs_verify(f);
}

static void it_stops_cleanly_and_soon(void **state)
{
    fixture *f = *state;
    int64_t start;
    pid_t pids[16];

    say(f, f->da, "BRAVO", "x");
    hear(f->db, "ALPHA", "x", 1);
    start = now_ms();
    CHECK_INT(homes_end(f->serve_b, SIGTERM), 0);
    f->serve_b = 0;
    assert_true(now_ms() - start < 5000);
    node_desk_close(f->db);
    f->db = NULL;
    CHECK_INT(processes_of(&f->b, "", pids), 0);
}

static void a_second_serve_is_refused_and_a_removed_peer_is_served_nothing(void **state)
{
    fixture *f = *state;
    ent_err err = { 0 };
    pid_t pids[16];
    int64_t until = now_ms() + 10000;

    CHECK_INT(homes_end(homes_serve(&f->a), 0), ent_code_exit(ENT_CONFLICT));
    say(f, f->da, "BRAVO", "x");
    hear(f->db, "ALPHA", "x", 1);
    CHECK_OK(node_peer_remove(f->arena, &f->a, "BRAVO", &err), &err);
    while (processes_of(&f->a, "link", pids) > 0) {
        assert_true(now_ms() < until);
        (void)poll(NULL, 0, 10);
    }
}

#define WITH_TWO(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

HOMES_TESTS(WITH_TWO(what_one_says_the_other_applies_within_a_moment),
            WITH_TWO(killing_any_process_loses_nothing_and_says_nothing_twice),
            WITH_TWO(a_whole_node_that_is_killed_goes_on_where_it_was),
            WITH_TWO(it_stops_cleanly_and_soon),
            WITH_TWO(a_second_serve_is_refused_and_a_removed_peer_is_served_nothing))
