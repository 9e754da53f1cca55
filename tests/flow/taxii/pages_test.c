/* Filters and pages (TAXII 2.1 s3.3 to s3.5). */
#include "flow.h"

#define C     "/exchange/collections/" BOTH "/"
#define D     "/exchange/collections/" AGAIN "/"
#define FIRST "X-TAXII-Date-Added-First"
#define LAST  "X-TAXII-Date-Added-Last"

static answer get(flow *f, const char *fmt, ...)
{
    char path[20000];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(path, sizeof path, fmt, ap);
    va_end(ap);
    return ASK(f, .path = path);
}

static void status_is(flow *f, const char *what, long wanted, answer r)
{
    check(f, r.status == wanted, "%s: %ld", what, wanted);
}

static bool more_of(const answer *r)
{
    return ent_json_true(ent_json_get(r->json, "more"));
}

/* Ten objects: 0 to 9, of which 3 has three versions (middle, old, new), and one of
 * another type without version. */
static void fill(flow *f, const char *collection)
{
    ent_str all = { "", 0 };
    answer r;

    for (int i = 0; i < 10; i++)
        all = ent_arena_printf(f->arena, "%.*s%s%s", ENT_STR_ARG(all), i > 0 ? "," : "",
                               object(f, i, "2021-01-01T00:00:00.000Z", "n"));
    all = ent_arena_printf(f->arena,
                           "%.*s,%s,%s,{\"type\":\"ipv4-addr\",\"id\":\"ipv4-addr--11111111-1111-"
                           "5111-8111-111111111111\",\"value\":\"198.51.100.1\"}",
                           ENT_STR_ARG(all), object(f, 3, "2020-06-01T00:00:00.000Z", "old"),
                           object(f, 3, "2022-01-01T00:00:00.000Z", "new"));
    r = post(f, collection, all.ptr);
    check(f, number_of(r.json, "success_count") == 13, "thirteen objects are posted");
}

static void parameters(flow *f)
{
    static const struct {
        const char *query;
        long status;
    } probes[] = {
        { "limit=1", 200 },
        { "limit=0", 400 },
        { "limit=-1", 400 },
        { "limit=abc", 400 },
        { "limit=1.5", 400 },
        { "limit=", 400 },
        { "limit=99999999999999999999", 200 },
        { "limit=1&limit=1", 400 },
        { "added_after=2020-01-01T00:00:00Z", 200 },
        { "added_after=2020-01-01T00:00:00.1Z", 200 },
        { "added_after=2020-01-01T00:00:00.123456789Z", 200 },
        { "added_after=2020-01-01T00:00:00%2B00:00", 200 },
        { "added_after=2020-01-01T00:00:00+00:00", 200 },
        { "added_after=2020-01-01", 400 },
        { "added_after=2020-13-01T00:00:00Z", 400 },
        { "added_after=", 400 },
        { "added_after=2020-01-01T00:00:00Z&added_after=2020-01-01T00:00:00Z", 400 },
        { "next=", 200 },
        { "next=garbage", 400 },
        { "next=AAAA", 400 },
        { "match[version]=all", 200 },
        { "match[version]=first,last", 200 },
        { "match[version]=all,first", 400 },
        { "match[version]=bogus", 400 },
        { "match[version]=last,last", 400 },
        { "match[version]=2020-01-01T00:00:00Z,2020-01-01T00:00:00.000Z", 400 },
        { "match[version]=all&match[version]=all", 400 },
        { "match[id]=a--1&match[id]=b--2", 400 },
        { "match[type]=indicator&match[type]=malware", 400 },
        { "match[type]=", 400 },
        { "match[type]=x-custom", 200 },
        { "match[spec_version]=2.1", 200 },
        { "match[spec_version]=two", 400 },
        { "match[color]=red", 200 },
        { "something=else", 200 },
        { "match%5Btype%5D=indicator", 200 },
        { "match[type]=%zz", 400 },
        { "match[type]=%00", 400 },
        { "match[type]=%ff", 400 },
    };

    for (size_t i = 0; i < sizeof probes / sizeof *probes; i++) {
        status_is(f, ent_arena_printf(f->arena, "objects?%s", probes[i].query).ptr,
                  probes[i].status, get(f, C "objects/?%s", probes[i].query));
        status_is(f, ent_arena_printf(f->arena, "manifest?%s", probes[i].query).ptr,
                  probes[i].status, get(f, C "manifest/?%s", probes[i].query));
    }
}

static size_t found(flow *f, const char *query)
{
    answer r = get(f, C "objects/?%s", query);
    answer m = get(f, C "manifest/?%s", query);

    return r.status == 200 && m.status == 200 && objects_in(&r) == objects_in(&m) ? objects_in(&r)
                                                                                  : 999;
}

static void filters(flow *f)
{
    check(f, found(f, "") == 11, "by default the last version of each object");
    check(f, found(f, "match[version]=last") == 11, "which is match[version]=last");
    check(f, found(f, "match[version]=first") == 11, "first: the oldest of each");
    check(f, found(f, "match[version]=all") == 13, "all: every version");
    check(f, found(f, "match[version]=first,last") == 12, "first and last");
    check(f, found(f, "match[version]=2022-01-01T00:00:00Z") == 1,
          "a version is compared as an instant");
    check(f, found(f, "match[version]=2022-01-01T00:00:00.000Z,2021-01-01T00:00:00Z") == 11,
          "versions in a list are alternatives");
    check(f, found(f, "match[version]=last,2020-06-01T00:00:00Z") == 12,
          "words and timestamps go together");
    check(f, found(f, "match[type]=ipv4-addr") == 1, "match[type]");
    check(f, found(f, "match[type]=indicator,ipv4-addr") == 11, "types in a list");
    check(f, found(f, "match[type]=malware") == 0, "a type that is not there: nothing");
    check(f, found(f, "match[type]=indicator&match[version]=all") == 12, "fields together: both");
    check(f,
          found(f, ent_arena_printf(f->arena, "match[id]=%s,%s", object_id(f, 1), object_id(f, 3))
                       .ptr) == 2,
          "match[id]");
    check(
        f,
        found(f,
              ent_arena_printf(f->arena, "match[id]=%s&match[version]=all", object_id(f, 3)).ptr) ==
            3,
        "match[id] with all versions");
    check(f,
          found(f, ent_arena_printf(f->arena, "match[id]=%s&match[type]=malware", object_id(f, 3))
                       .ptr) == 0,
          "match[id] of another type");
    check(f, found(f, "match[spec_version]=2.1") == 11, "match[spec_version]");
    check(f, found(f, "match[spec_version]=2.0") == 0, "of the other: nothing");
}

/* A copy by the older specification, modified later, is not the newest. */
static void specifications(flow *f)
{
    answer r = post(f, BOTH,
                    "{\"type\":\"indicator\",\"id\":\"indicator--00000005-0000-4000-8000-"
                    "000000000000\",\"created\":\"2020-01-01T00:00:00.000Z\",\"modified\":"
                    "\"2025-01-01T00:00:00.000Z\",\"name\":\"2.0\"}");

    check(f, number_of(r.json, "success_count") == 1, "an object of STIX 2.0 is stored");
    check(f, found(f, "") == 11, "it does not take the place of the 2.1 one");
    check(f, found(f, "match[spec_version]=2.0") == 1, "but is found by its version");
    check(f, found(f, "match[spec_version]=2.0,2.1&match[version]=all") == 14, "both together");
    r = get(f, C "manifest/?match[spec_version]=2.0");
    check(
        f,
        ent_str_is(ent_json_get_text(ent_json_first(ent_json_get(r.json, "objects")), "media_type"),
                   "application/stix+json;version=2.0"),
        "the manifest says which it is");
    r = ASK(f, .method = "DELETE",
            .path =
                ent_arena_printf(f->arena, C "objects/%s/?match[spec_version]=2.0", object_id(f, 5))
                    .ptr);
    check(f, r.status == 200 && found(f, "match[spec_version]=2.0") == 0 && found(f, "") == 11,
          "DELETE by specification version");
}

static void objects_by_id(flow *f)
{
    const char *id = object_id(f, 3);
    answer r = get(f, C "objects/%s/", id);
    ent_json list;

    check(f,
          objects_in(&r) == 1 &&
              ent_str_is(ent_json_get_text(ent_json_first(ent_json_get(r.json, "objects")), "name"),
                         "new"),
          "an object by id is its last version");
    check(f, field_of(&r, LAST).size == 27, "with its dates");
    r = get(f, C "objects/%s/?match[version]=all&limit=2", id);
    check(f, objects_in(&r) == 2 && more_of(&r), "its versions come in pages");
    r = get(f, C "objects/%s/versions/", id);
    list = ent_json_get(r.json, "versions");
    check(f, ent_json_count(list) == 3 && field_of(&r, FIRST).size == 27,
          "versions lists all, with dates");
    check(f,
          ent_str_is(ent_json_str(ent_json_at(list, 0)), "2021-01-01T00:00:00.000Z") &&
              ent_str_is(ent_json_str(ent_json_at(list, 2)), "2022-01-01T00:00:00.000Z"),
          "in the order in which they were added");
    r = get(f, C "objects/%s/versions/?limit=1", id);
    check(f, more_of(&r) && ent_json_get_text(r.json, "next").size > 0, "versions in pages");
    status_is(f, "an unknown object", 404, get(f, C "objects/%s/", object_id(f, 99)));
    status_is(f, "its versions", 404, get(f, C "objects/%s/versions/", object_id(f, 99)));
    status_is(f, "a version that is not there", 404,
              get(f, C "objects/%s/?match[version]=1999-01-01T00:00:00Z", id));
    r = get(f, C "objects/%s/?added_after=2199-01-01T00:00:00Z", id);
    check(f, r.status == 200 && ent_str_is(r.body, "{}"), "an object that was added before: {}");
    r = get(f, C "manifest/?match[type]=ipv4-addr");
    list = ent_json_first(ent_json_get(r.json, "objects"));
    check(f,
          ent_str_equal(ent_json_get_text(list, "version"), ent_json_get_text(list, "date_added")),
          "an object without versions has the date it was added as one");
    check(f,
          found(f, ent_arena_printf(f->arena, "match[version]=%.*s",
                                    ENT_STR_ARG(ent_json_get_text(list, "version")))
                       .ptr) == 1,
          "and is found by it");
}

/* Walks all pages; the ids in order, joined. */
static ent_str walk(flow *f, const char *resource, const char *query, int limit, bool by_date,
                    int *pages)
{
    ent_str ids = { "", 0 }, mark = { "", 0 };

    for (*pages = 0; *pages < 100; ++*pages) {
        const char *with = mark.size == 0 ? "" : by_date ? "&added_after=" : "&next=";
        answer r =
            get(f, D "%s/?limit=%d%s%s%.*s", resource, limit, query, with, ENT_STR_ARG(mark));
        ent_json list = ent_json_get(r.json, "objects");

        if (ent_json_count(list) > (size_t)limit)
            return ENT_STR("too many");
        for (ent_json v = ent_json_first(list); v.doc != NULL; v = ent_json_next(v))
            ids = ent_arena_printf(f->arena, "%.*s %.*s", ENT_STR_ARG(ids),
                                   ENT_STR_ARG(ent_json_get_text(v, "id")));
        mark = by_date ? field_of(&r, LAST) : ent_json_get_text(r.json, "next");
        if (more_of(&r) != (ent_json_get(r.json, "next").doc != NULL))
            return ENT_STR("more without next");
        if (!more_of(&r))
            break;
    }
    return ids;
}

static void pages(flow *f)
{
    static const char *const queries[] = { "", "&match[version]=all", "&match[type]=indicator",
                                           "&match[type]=indicator,ipv4-addr",
                                           "&match[version]=first" };
    int count;

    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        ent_str whole = walk(f, "objects", queries[i], 1000, false, &count);
        bool same = true;

        for (int limit = 1; limit < 8; limit++) {
            same =
                same && ent_str_equal(walk(f, "objects", queries[i], limit, false, &count), whole);
            same =
                same && ent_str_equal(walk(f, "objects", queries[i], limit, true, &count), whole);
            same =
                same && ent_str_equal(walk(f, "manifest", queries[i], limit, false, &count), whole);
        }
        check(f, same && whole.size > 0,
              "limits 1 to 7 by `next` and by added_after give the same walk: '%s'", queries[i]);
    }
}

static void dates(flow *f)
{
    answer r = get(f, D "manifest/?match[version]=all");
    ent_str previous = { "", 0 };
    bool rising = true, whole = true;

    for (ent_json v = ent_json_first(ent_json_get(r.json, "objects")); v.doc != NULL;
         v = ent_json_next(v)) {
        ent_str date = ent_json_get_text(v, "date_added");
        ent_str cut = { date.ptr, 23 };

        rising = rising && ent_str_compare(previous, cut) < 0;
        whole = whole && date.size == 27 && date.ptr[26] == 'Z';
        previous = cut;
    }
    check(f, rising, "every date_added is later than the one before, also cut to milliseconds");
    check(f, whole, "every date_added has microseconds");
    r = get(f, D "objects/?added_after=2199-01-01T00:00:00Z");
    check(f,
          ent_str_is(r.body, "{}") && ent_str_is(field_of(&r, LAST), "2199-01-01T00:00:00.000000Z"),
          "an empty page gives the client's own date back");
}

static ent_str token(flow *f, const char *path)
{
    answer r = get(f, "%s", path);

    return ent_json_get_text(r.json, "next");
}

static void tokens(flow *f)
{
    ent_str next = token(f, D "objects/?limit=2&match[type]=indicator");
    ent_str other = token(f, C "objects/?limit=2");
    ent_str manifest = token(f, D "manifest/?limit=2");
    answer r = get(f, D "objects/?next=%.*s", ENT_STR_ARG(next));
    size_t hundred;
    ent_str many = { "", 0 };

    check(f, objects_in(&r) == 8 && !more_of(&r), "a forgotten filter is the token's");
    r = get(f, D "objects/?next=%.*s&match[type]=indicator&limit=3", ENT_STR_ARG(next));
    check(f, objects_in(&r) == 3, "the limit may change");
    status_is(f, "another filter", 400,
              get(f, D "objects/?next=%.*s&match[type]=malware", ENT_STR_ARG(next)));
    status_is(f, "a filter more", 400,
              get(f, D "objects/?next=%.*s&match[version]=all", ENT_STR_ARG(next)));
    status_is(f, "another added_after", 400,
              get(f, D "objects/?next=%.*s&added_after=2020-01-01T00:00:00Z", ENT_STR_ARG(next)));
    status_is(f, "another collection's token", 400,
              get(f, D "objects/?next=%.*s", ENT_STR_ARG(other)));
    r = get(f, D "objects/?next=%.*s&added_after=2020-01-01T00:00:00Z", ENT_STR_ARG(other));
    check(f, r.status == 200 && objects_in(&r) == 11,
          "which beside an added_after is ignored (a client leaks it)");
    status_is(f, "another endpoint's token", 400,
              get(f, D "objects/?next=%.*s", ENT_STR_ARG(manifest)));
    status_is(f, "a token with a letter changed", 400,
              get(f, D "objects/?next=B%.*s", (int)next.size - 1, next.ptr + 1));
    status_is(f, "a token cut short", 400,
              get(f, D "objects/?next=%.*s", (int)next.size - 4, next.ptr));
    r = ask_it(
        f, (ask){ .user = "bob",
                  .path =
                      ent_arena_printf(f->arena, C "objects/?next=%.*s", ENT_STR_ARG(other)).ptr });
    check(f, r.status == 200 && objects_in(&r) == 9, "a token holds for who may read");
    next = token(f, D "objects/?limit=3&added_after=2020-01-01T00:00:00.000Z");
    r = get(f, D "objects/?limit=3&next=%.*s&added_after=2020-01-01T00:00:00Z", ENT_STR_ARG(next));
    check(f, objects_in(&r) == 3, "the same instant written differently is the same filter");
    for (hundred = 0; hundred < 100; hundred++)
        many = ent_arena_printf(f->arena, "%.*s%s%s", ENT_STR_ARG(many), hundred > 0 ? "," : "",
                                object_id(f, (int)hundred));
    next = token(
        f, ent_arena_printf(f->arena, D "objects/?limit=2&match[id]=%.*s", ENT_STR_ARG(many)).ptr);
    r = get(f, D "objects/?next=%.*s&match[id]=%.*s", ENT_STR_ARG(next), ENT_STR_ARG(many));
    check(f, next.size < 200 && objects_in(&r) == 8, "a long filter does not make a long token");
    status_is(f, "which then does not forgive a forgotten filter", 400,
              get(f, D "objects/?next=%.*s", ENT_STR_ARG(next)));
}

static void deleting(flow *f)
{
    const char *path = ent_arena_printf(f->arena, D "objects/%s/", object_id(f, 3)).ptr;
    const char *one = ent_arena_printf(f->arena, D "objects/%s/", object_id(f, 4)).ptr;
    ent_str next = token(f, D "objects/?limit=4");
    answer r;

    r = ASK(f, .method = "DELETE", .path = one);
    check(f, r.status == 200 && r.body.size == 0 && strcmp(r.type, MEDIA) == 0,
          "DELETE: 200 without a body, with its type");
    status_is(f, "GET afterwards", 404, ASK(f, .path = one));
    status_is(f, "DELETE again", 404, ASK(f, .method = "DELETE", .path = one));
    r = get(f, D "manifest/");
    check(f, objects_in(&r) == 10, "it is gone from the manifest");
    r = get(f, D "objects/?next=%.*s", ENT_STR_ARG(next));
    check(f, r.status == 200 && objects_in(&r) == 7, "a walk that was under way goes on");
    r = ASK(f, .method = "DELETE", .path = path);
    check(f, r.status == 200, "DELETE of an object with versions");
    r = ASK(f, .path = path);
    check(
        f,
        ent_str_is(ent_json_get_text(ent_json_first(ent_json_get(r.json, "objects")), "name"), "n"),
        "removes the last, and what was second is current");
    r = ASK(f, .method = "DELETE",
            .path = ent_arena_printf(f->arena, "%s?match[version]=all", path).ptr);
    check(f, r.status == 200, "DELETE of all versions");
    status_is(f, "after which it is gone", 404, ASK(f, .path = path));
    r = post(f, AGAIN, object(f, 3, "2020-06-01T00:00:00.000Z", "again"));
    check(f, number_of(r.json, "success_count") == 1, "it can be posted anew");
}

int main(void)
{
    flow f;

    if (!flow_begin(&f)) {
        (void)printf("not ok 1 - a node starts\n1..1\n");
        return 1;
    }
    fill(&f, BOTH);
    fill(&f, AGAIN);
    parameters(&f);
    filters(&f);
    specifications(&f);
    objects_by_id(&f);
    dates(&f);
    pages(&f);
    tokens(&f);
    deleting(&f);
    return flow_end(&f);
}
