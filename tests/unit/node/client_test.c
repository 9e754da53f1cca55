/* node/client: many clients at once, in one process so that the thread sanitizer sees it. */
#include "test.h"

#include "http/server.h"
#include "node/client.h"
#include "node/files.h"
#include "node/users.h"
#include "taxii/store.h"

#include <curl/curl.h>
#include <pthread.h>
#include <sodium.h>

#define THREADS 6
#define ROUNDS  15
#define ID      "10000000-0000-4000-8000-000000000001"

typedef struct fixture {
    ent_arena *arena;
    node_home home;
    node_client *client;
    char folder[64], bound[256], ca[128];
} fixture;

static void home_fill(fixture *f, ent_err *err)
{
    taxii_root root = { .name = ENT_STR("root"),
                        .title = ENT_STR("R"),
                        .max_content_length = 1 << 20 };
    taxii_collection collection = { .root = ENT_STR("root"),
                                    .id = ENT_STR(ID),
                                    .title = ENT_STR("C"),
                                    .alias = { "", 0 },
                                    .read = ENT_STR("*"),
                                    .write = ENT_STR("*"),
                                    .query = { "", 0 } };
    taxii_store *s;

    CHECK_OK(
        node_user_add(f->arena, &f->home, "ana", NODE_ROLE_ANALYST, ENT_STR("passphrase"), err),
        err);
    CHECK_OK(taxii_store_open(node_path(f->arena, "%s/taxii.db", f->folder), &s, err), err);
    CHECK_OK(taxii_root_add(s, &root, err), err);
    CHECK_OK(taxii_collection_add(s, &collection, err), err);
    taxii_store_close(s);
}

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    node_init init = { .name = "Client", .code = "CLIENT" };
    ent_err err = { 0 };
    int fd;

    assert_true(sodium_init() >= 0);
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
    f->arena = ent_arena_new((size_t)4 << 20);
    (void)snprintf(f->folder, sizeof f->folder, "/tmp/ent-client-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    init.path = f->folder;
    CHECK_OK(node_home_init(f->arena, &init, &err), &err);
    CHECK_OK(node_home_open(f->arena, f->folder, &f->home, &err), &err);
    home_fill(f, &err);
    (void)snprintf(f->ca, sizeof f->ca, "%s/keys/client.crt", f->folder);
    CHECK_OK(http_listen("127.0.0.1:0", &fd, f->bound, sizeof f->bound, &err), &err);
    CHECK_OK(node_client_start(&f->home, fd, NULL, false, &f->client, &err), &err);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    const char *const argv[] = { "rm", "-rf", f->folder, NULL };

    node_client_stop(f->client);
    ent_arena_free(f->arena);
    if (fork() == 0) {
        (void)execv("/bin/rm", (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    free(f);
    return 0;
}

static size_t swallow(char *bytes, size_t one, size_t count, void *arg)
{
    (void)bytes;
    (void)arg;
    return one * count;
}

static long ask(const fixture *f, CURL *curl, const char *path, const char *body)
{
    struct curl_slist *fields = NULL;
    char url[512];
    long status = 0;

    fields = curl_slist_append(fields, "Accept: application/taxii+json;version=2.1");
    fields = curl_slist_append(fields, "Content-Type: application/taxii+json;version=2.1");
    curl_easy_reset(curl);
    (void)snprintf(url, sizeof url, "https://%s%s", f->bound, path);
    (void)curl_easy_setopt(curl, CURLOPT_URL, url);
    (void)curl_easy_setopt(curl, CURLOPT_CAINFO, f->ca);
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_USERPWD, "ana:passphrase");
    (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, fields);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, swallow);
    if (body != NULL)
        (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    if (curl_easy_perform(curl) == CURLE_OK)
        (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_slist_free_all(fields);
    return status;
}

struct worker {
    const fixture *f;
    int number, wrong;
};

static void *work(void *arg)
{
    struct worker *w = arg;
    CURL *curl = curl_easy_init();
    char body[512];

    for (int i = 0; i < ROUNDS; i++) {
        (void)snprintf(body, sizeof body,
                       "{\"objects\":[{\"type\":\"x\",\"id\":\"x--%08x-0000-4000-8000-"
                       "000000000000\",\"created\":\"2020-01-01T00:00:00Z\"}]}",
                       (unsigned)(w->number * 1000 + i));
        w->wrong += ask(w->f, curl, "/root/collections/" ID "/objects/", body) != 202;
        w->wrong += ask(w->f, curl, "/root/collections/" ID "/objects/?limit=5", NULL) != 200;
        w->wrong +=
            ask(w->f, curl, "/root/collections/" ID "/manifest/?match[version]=all", NULL) != 200;
        w->wrong += ask(w->f, curl, "/healthz", NULL) != 200;
        w->wrong += ask(w->f, curl, "/nowhere/", NULL) != 404;
    }
    curl_easy_cleanup(curl);
    return NULL;
}

static void many_clients_are_served_at_once(void **state)
{
    fixture *f = *state;
    struct worker workers[THREADS];
    pthread_t threads[THREADS];
    taxii_collection collection;
    ent_err err = { 0 };
    taxii_store *s;
    int64_t count;

    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){ f, i, 0 };
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        (void)pthread_join(threads[i], NULL);
        CHECK_INT(workers[i].wrong, 0);
    }
    CHECK_OK(taxii_store_open(node_path(f->arena, "%s/taxii.db", f->folder), &s, &err), &err);
    CHECK_OK(taxii_collection_get(s, f->arena, ENT_STR("root"), ENT_STR(ID), &collection, &err),
             &err);
    CHECK_OK(taxii_objects_count(s, collection.number, &count, &err), &err);
    taxii_store_close(s);
    CHECK_INT(count, THREADS * ROUNDS);
}

RUN_TESTS(cmocka_unit_test_setup_teardown(many_clients_are_served_at_once, set_up, tear_down))
