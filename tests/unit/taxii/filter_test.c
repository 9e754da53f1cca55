/* taxii/filter, taxii/route and taxii/media: what hostile text may and may not do. */
#include "test.h"

#include "taxii/filter.h"
#include "taxii/media.h"
#include "taxii/route.h"

#define ALL (TAXII_TAKES_PAGE | TAXII_TAKES_IDS | TAXII_TAKES_VERSION | TAXII_TAKES_SPEC)

static const uint8_t key[32] = "a key of thirty-two bytes, fixed";

static taxii_bound bound_of(const char *collection)
{
    return (taxii_bound){ key, ENT_STR("root"), ent_str_of(collection), ENT_STR("objects"),
                          ENT_STR_NONE };
}

static ent_code parse(ent_arena *arena, const char *query, taxii_filter *filter)
{
    taxii_bound bound = bound_of("c");
    ent_err err = { 0 };

    return taxii_filter_read(arena, ent_str_of(query), ALL, &bound, filter, &err);
}

static void a_query_is_read(void **state)
{
    ent_arena *arena = ent_arena_new((size_t)1 << 20);
    taxii_filter f;

    (void)state;
    CHECK_INT(parse(arena,
                    "match[id]=b--2,a--1,b--2&limit=7&match%5btype%5d=x&"
                    "match[version]=first,2020-01-01T00:00:00.500Z&match[spec_version]=2.1&"
                    "added_after=2020-01-01T00:00:00.1234567Z&other=%41",
                    &f),
              ENT_OK);
    CHECK_INT(f.ids.count, 2);
    CHECK_TEXT(f.ids.items[0], "a--1");
    CHECK_TEXT(f.versions.items[0], "2020-01-01T00:00:00.5");
    CHECK(f.first && !f.last && !f.all);
    CHECK_INT(f.limit, 7);
    CHECK(f.added_after == INT64_C(1577836800123456) && f.after == f.added_after);
    CHECK_INT(parse(arena, "", &f), ENT_OK);
    CHECK(f.last && f.limit == TAXII_LIMIT_DEFAULT && f.after == 0);
    CHECK_INT(parse(arena, "limit=1000000", &f), ENT_OK);
    CHECK_INT(f.limit, TAXII_LIMIT_MOST);
    ent_arena_free(arena);
}

static void only_what_the_endpoint_takes_is_looked_at(void **state)
{
    ent_arena *arena = ent_arena_new((size_t)1 << 20);
    taxii_bound bound = bound_of("c");
    taxii_filter f;
    ent_err err = { 0 };

    (void)state;
    CHECK_OK(taxii_filter_read(arena, ENT_STR("match[id]=&match[version]=bogus&limit=2"),
                               TAXII_TAKES_PAGE, &bound, &f, &err),
             &err);
    CHECK_INT(f.limit, 2);
    ent_arena_free(arena);
}

/* Every token, with every one of its letters changed. */
static void no_changed_token_is_taken(void **state)
{
    ent_arena *arena = ent_arena_new((size_t)16 << 20);
    taxii_bound bound = bound_of("c");
    taxii_filter f, again;
    ent_err err = { 0 };
    ent_str token;

    (void)state;
    CHECK_INT(parse(arena, "match[type]=indicator", &f), ENT_OK);
    CHECK_OK(taxii_next_write(arena, &f, &bound, INT64_C(1800000000000000), &token, &err), &err);
    for (size_t i = 0; i <= token.size; i++) {
        ent_str query = ent_arena_printf(arena, "next=%.*s", ENT_STR_ARG(token));

        if (i < token.size)
            ((char *)(uintptr_t)query.ptr)[5 + i] ^= 1;
        CHECK_INT(parse(arena, query.ptr, &again), i < token.size ? ENT_FORMAT : ENT_OK);
    }
    CHECK_INT(again.types.count, 1);
    CHECK(again.after == INT64_C(1800000000000000));
    ent_arena_free(arena);
}

static int sweep(ent_arena *arena)
{
    taxii_bound bound = bound_of("c");
    taxii_filter f;
    ent_err err = { 0 };
    ent_str token, query;
    ent_code rc = taxii_filter_read(
        arena, ENT_STR("match[id]=a,b&match[version]=first,2020-01-01T00:00:00Z&match[type]=%41"),
        ALL, &bound, &f, &err);

    if (rc == ENT_OK)
        rc = taxii_next_write(arena, &f, &bound, 1, &token, &err);
    if (rc == ENT_OK) {
        query = ent_arena_printf(arena, "next=%.*s", ENT_STR_ARG(token));
        rc = query.ptr == NULL ? ENT_LIMIT : taxii_filter_read(arena, query, ALL, &bound, &f, &err);
    }
    if (rc == ENT_OK)
        CHECK(f.ids.count == 2 && f.first && f.types.count == 1); /* nothing was lost */
    else
        CHECK_INT(rc, ENT_LIMIT);
    return rc == ENT_OK;
}

static void running_out_of_memory_never_widens_a_filter(void **state)
{
    (void)state;
    FAULT_SWEEP(arena, (size_t)1 << 20, sweep(arena));
}

static void paths_name_resources(void **state)
{
    static const struct {
        const char *path;
        taxii_resource resource;
    } paths[] = {
        { "/", TAXII_NOTHING },
        { "/taxii2/", TAXII_DISCOVERY },
        { "/taxii2", TAXII_DISCOVERY },
        { "/taxii2/x/", TAXII_NOTHING },
        { "/r/", TAXII_API_ROOT },
        { "//r//", TAXII_API_ROOT },
        { "/r/status/1/", TAXII_STATUS },
        { "/r/status/", TAXII_NOTHING },
        { "/r/collections/", TAXII_COLLECTIONS },
        { "/r/collections/c/", TAXII_COLLECTION },
        { "/r/collections/c/manifest/", TAXII_MANIFEST },
        { "/r/collections/c/manifest/x/", TAXII_NOTHING },
        { "/r/collections/c/objects/", TAXII_OBJECTS },
        { "/r/c%6fllections/c/objects/", TAXII_OBJECTS },
        { "/r/collections/c/objects/o/", TAXII_OBJECT },
        { "/r/collections/c/objects/o/versions/", TAXII_VERSIONS },
        { "/r/collections/c/objects/o/other/", TAXII_NOTHING },
        { "/r/collections/c/objects/o/versions/x/", TAXII_NOTHING },
        { "/r/collections/c/objects/o/versions/x/y/z/", TAXII_NOTHING },
    };
    ent_arena *arena = ent_arena_new((size_t)1 << 20);
    taxii_route route;
    ent_err err = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        CHECK_OK(taxii_route_read(arena, ent_str_of(paths[i].path), &route, &err), &err);
        if (route.resource != paths[i].resource)
            fail_msg("%s", paths[i].path);
    }
    CHECK_INT(taxii_route_read(arena, ENT_STR("/r%0/"), &route, &err), ENT_FORMAT);
    CHECK(taxii_route_allows(TAXII_OBJECTS, "POST") && !taxii_route_allows(TAXII_OBJECTS, "POS"));
    CHECK(!taxii_route_allows(TAXII_OBJECT, "POST") && taxii_route_allows(TAXII_OBJECT, "DELETE"));
    ent_arena_free(arena);
}

static void media_ranges_are_told_apart(void **state)
{
    static const struct {
        const char *accept;
        bool good;
    } accepts[] = {
        { "application/taxii+json", true },
        { "x/y;a=\"b,c;d\", application/taxii+json", true },
        { "x/y;a=\"b\\\",c\", application/taxii+json", true },
        { "application/taxii+json;q=0.001", true },
        { "application/taxii+json;q=0.000", false },
        { "application/taxii+json;q=0, */*;q=0.1", true },
        { "application/taxii+jsonx", false },
        { "application/taxii", false },
        { "x/y;a=\"application/taxii+json", false },
        { "application/taxii+json;version=\"2.0\"", false },
        { ",,", false },
        { "", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof accepts / sizeof *accepts; i++)
        if (taxii_media_accepted(ent_str_of(accepts[i].accept)) != accepts[i].good)
            fail_msg("%s", accepts[i].accept);
    CHECK(taxii_media_readable(ENT_STR("application/taxii+json ; charset=utf-8")));
    CHECK(!taxii_media_readable(ENT_STR("application/taxii+json, text/plain")));
}

RUN_TESTS(TEST(a_query_is_read), TEST(only_what_the_endpoint_takes_is_looked_at),
          TEST(no_changed_token_is_taken), TEST(running_out_of_memory_never_widens_a_filter),
          TEST(paths_name_resources), TEST(media_ranges_are_told_apart))
