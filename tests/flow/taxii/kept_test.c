/* Pages that are asked for again and again are kept: that nobody can tell, but by the clock.  What
 * is added, replaced or removed, and who may read, counts with the very next request; each
 * page is noted. */
#include "flow.h"

#define C "/exchange/collections/" BOTH "/"

static const char *const paths[] = { C "objects/",
                                     C "objects/?limit=5",
                                     C "manifest/",
                                     C "objects/?match[type]=indicator",
                                     C "objects/?match[version]=all",
                                     C "objects/indicator--00000001-0000-4000-8000-000000000000/",
                                     C "objects/indicator--00000001-0000-4000-8000-000000000000/"
                                       "versions/",
                                     "/exchange/collections/both/manifest/?limit=5" };
#define PATHS (sizeof paths / sizeof *paths)

/* Two loops have the connections by turns: both are asked. */
static answer asked(flow *f, const char *user, const char *path, int times)
{
    answer r = { 0 };

    for (int i = 0; i < times; i++)
        r = ask_it(f, (ask){ .user = user, .path = path });
    return r;
}

static ent_str plain(flow *f, const answer *r)
{
    const char *date = strstr(r->head.ptr, "Date: "), *end = strchr(date, '\n');

    return ent_arena_printf(f->arena, "%.*s%s%.*s", (int)(date - r->head.ptr), r->head.ptr, end + 1,
                            ENT_STR_ARG(r->body));
}

static size_t lines_of(flow *f)
{
    char command[256], text[32] = "";
    FILE *in;

    (void)snprintf(command, sizeof command, "cat %s/journal/reads/*.jsonl | wc -l", f->home);
    in = popen(command, "r");
    if (in == NULL || fgets(text, sizeof text, in) == NULL)
        abort();
    (void)pclose(in);
    return strtoul(text, NULL, 10);
}

static void kept_is_as_written(flow *f)
{
    for (size_t i = 0; i < PATHS; i++) {
        answer first = asked(f, "ana", paths[i], 1), later;
        size_t before = lines_of(f);

        later = asked(f, "ana", paths[i], 4);
        check(f,
              first.status == 200 && later.status == 200 &&
                  ent_str_equal(plain(f, &first), plain(f, &later)),
              "the fifth answer is the first one: %s", paths[i]);
        check(f, lines_of(f) == before + 4, "and each is noted");
        later = asked(f, "bob", paths[i], 1);
        check(f, ent_str_equal(plain(f, &first), plain(f, &later)), "bob gets the same");
        check(f, asked(f, "eve", paths[i], 1).status == 404, "eve, who may not read it, nothing");
        check(f, asked(f, NULL, paths[i], 1).status == 401, "nor who is nobody");
    }
}

static void differs(flow *f, const char *what, ent_str before[PATHS])
{
    for (size_t i = 0; i < PATHS; i++) {
        answer r = asked(f, "ana", paths[i], 1);
        ent_str now = plain(f, &r);

        check(f, !ent_str_equal(now, before[i]), "%s: another answer at once: %s", what, paths[i]);
        before[i] = now;
        (void)asked(f, "ana", paths[i], 3); /* kept again */
    }
}

static void what_is_written_counts_at_once(flow *f)
{
    const char *id = object_id(f, 1);
    ent_str before[PATHS];
    answer r;

    for (size_t i = 0; i < PATHS; i++) {
        r = asked(f, "ana", paths[i], 3);
        before[i] = plain(f, &r);
    }
    check(f, post(f, BOTH, object(f, 1, "2022-01-01T00:00:00.000Z", "newer")).status == 202,
          "a newer version");
    differs(f, "newer", before);
    r = ASK(f, .method = "DELETE",
            .path = ent_arena_printf(f->arena, C "objects/%s/?match[version]=all", id).ptr);
    check(f, r.status == 200, "the object is removed");
    differs(f, "removed", before);
    check(f, post(f, AGAIN, object(f, 5, "2022-01-01T00:00:00.000Z", "n")).status == 202,
          "something is added elsewhere");
    r = asked(f, "ana", paths[0], 1);
    check(f, ent_str_equal(plain(f, &r), before[0]), "which changes nothing here");
    (void)asked(f, "ana", paths[0], 3);
    check(f, RUN(f, "taxii", "collection", "remove", "exchange", BOTH) == 0,
          "the collection is removed");
    check(f, asked(f, "ana", paths[0], 1).status == 404, "it is gone at once");
    check(f,
          RUN(f, "taxii", "collection", "add", "exchange", BOTH, "--title", "Both", "--read",
              "bob") == 0,
          "another of its name is made");
    check(f, asked(f, "ana", paths[0], 1).status == 404, "which ana may not read");
    r = asked(f, "bob", paths[0], 1);
    check(f, ent_str_is(r.body, "{}"), "and in which bob finds nothing of the first one");
}

int main(void)
{
    flow f;

    if (!flow_begin(&f)) {
        (void)printf("not ok 1 - a node starts\n1..1\n");
        return 1;
    }
    for (int i = 0; i < 5; i++)
        (void)post(&f, BOTH, object(&f, i, "2020-01-01T00:00:00.000Z", "n"));
    (void)post(&f, BOTH, object(&f, 1, "2021-01-01T00:00:00.000Z", "new"));
    kept_is_as_written(&f);
    what_is_written_counts_at_once(&f);
    return flow_end(&f);
}
