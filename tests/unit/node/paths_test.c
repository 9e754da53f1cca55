/* node/paths: the kept graph is used while it is true, and goes when it is not. */
#include "homes.h"

#include "node/paths.h"
#include "stix/extension_ids.h"

struct stage {
    char folder[64];
    ent_arena *arena;
    node_home home;
    node_desk *nd;
    const char *kept;
};

static void set(struct stage *s)
{
    ent_err err = { 0 };

    *s = (struct stage){ .folder = "/tmp/ent-paths-XXXXXX",
                         .arena = ent_arena_new((size_t)512 << 20) };
    assert_non_null(mkdtemp(s->folder));
    homes_make(s->arena, s->folder, "ALPHA", NULL, &s->home);
    CHECK_OK(node_desk_open(s->arena, &s->home, &s->nd, &err), &err);
    s->kept = node_path(s->arena, "%s/cache/paths", s->home.path);
}

static void strike(struct stage *s)
{
    node_desk_close(s->nd);
    homes_remove(s->folder);
    ent_arena_free(s->arena);
}

static void put(struct stage *s, const char *id)
{
    store *st = node_desk_desk(s->nd)->store;
    store_object o = { .owner = ENT_STR(""),
                       .id = ent_str_of(id),
                       .version = ENT_STR(""),
                       .type = ENT_STR("malware"),
                       .bytes =
                           ent_arena_printf(s->arena, "{\"type\":\"malware\",\"id\":\"%s\"}", id),
                       .source = ENT_STR("test") };
    store_put_result result;
    ent_err err = { 0 };

    CHECK_OK(store_begin(st, &err), &err);
    CHECK_OK(store_object_put(st, &o, &result, &err), &err);
    CHECK_OK(store_commit(st, &err), &err);
}

static graph *asked(struct stage *s)
{
    ent_err err = { 0 };
    graph *g;

    CHECK_OK(node_paths_graph(s->nd, s->arena, &g, &err), &err);
    return g;
}

static ent_str written(struct stage *s)
{
    ent_err err = { 0 };
    ent_str text;

    return node_file_read(s->arena, s->kept, 1 << 20, &text, &err) == ENT_OK ? text : ENT_STR_NONE;
}

static bool holds(ent_str bytes, const char *text)
{
    for (size_t i = 0; i + strlen(text) <= bytes.size; i++)
        if (memcmp(bytes.ptr + i, text, strlen(text)) == 0)
            return true;
    return false;
}

static void the_graph_is_made_once_and_again_when_something_changed(void **state)
{
    struct stage s;
    ent_str first;

    (void)state;
    set(&s);
    put(&s, "malware--one");
    CHECK(graph_has(asked(&s), ENT_STR("malware--one")));
    first = written(&s);
    CHECK(first.size > 0);
    CHECK(graph_has(asked(&s), ENT_STR("malware--one")));
    CHECK(ent_str_equal(written(&s), first)); /* its seed is another each time that it is made */
    put(&s, "malware--one");                  /* the very same changes nothing */
    (void)asked(&s);
    CHECK(ent_str_equal(written(&s), first));
    put(&s, "malware--two");
    CHECK(graph_has(asked(&s), ENT_STR("malware--two")));
    CHECK(!ent_str_equal(written(&s), first));
    strike(&s);
}

static void what_was_erased_does_not_live_on_in_what_is_kept(void **state)
{
    struct stage s;
    store *st;
    ent_err err = { 0 };

    (void)state;
    set(&s);
    st = node_desk_desk(s.nd)->store;
    put(&s, "malware--one");
    put(&s, "malware--two");
    (void)asked(&s);
    CHECK(holds(written(&s), "malware--one"));
    CHECK_OK(node_paths_clean(s.nd, s.arena, &err), &err);
    CHECK(written(&s).size > 0); /* it is true still */
    CHECK_OK(store_begin(st, &err), &err);
    CHECK_OK(store_object_erase(st, ENT_STR(""), ENT_STR("malware--one"), ENT_STR("x"), &err),
             &err);
    CHECK_OK(store_commit(st, &err), &err);
    CHECK_OK(node_paths_clean(s.nd, s.arena, &err), &err);
    CHECK(written(&s).ptr == NULL);
    CHECK(!graph_has(asked(&s), ENT_STR("malware--one")));
    CHECK(!holds(written(&s), "malware--one"));
    strike(&s);
}

static void who_sees_what_is_frozen_keeps_nothing(void **state)
{
    struct stage s;

    (void)state;
    set(&s);
    put(&s, "malware--one");
    store_frozen_show(node_desk_desk(s.nd)->store);
    CHECK(graph_has(asked(&s), ENT_STR("malware--one")));
    CHECK(written(&s).ptr == NULL);
    strike(&s);
}

HOMES_TESTS(TEST(the_graph_is_made_once_and_again_when_something_changed),
            TEST(what_was_erased_does_not_live_on_in_what_is_kept),
            TEST(who_sees_what_is_frozen_keeps_nothing))
