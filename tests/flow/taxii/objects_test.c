/* What is in the objects that are posted, over TLS on the real program: which members make one
 * acceptable, and that all others come back byte for byte; and the lines of the conformance
 * checklist about custom properties (1.6.4), titles and names of roots. */
#include "flow.h"

#define C    "/exchange/collections/" AGAIN "/"
#define ID   "indicator--%08x-0000-4000-8000-000000000000"
#define WHEN "\"created\":\"2020-01-01T00:00:00.000Z\",\"modified\":\"2020-01-01T00:00:00.000Z\""

/* Between the braces, beside id; is it taken, and as which specification version? */
static const struct {
    const char *what, *members, *spec; /* NULL: refused */
} cases[] = {
    { "all that STIX 2.1 wants", "\"type\":\"indicator\",\"spec_version\":\"2.1\"," WHEN, "2.1" },
    { "a custom property",
      "\"type\":\"indicator\",\"spec_version\":\"2.1\"," WHEN ",\"x_acme_score\":7", "2.1" },
    { "a custom property that is an object",
      "\"type\":\"indicator\",\"spec_version\":\"2.1\"," WHEN
      ",\"x_acme\":{\"a\":[1,2.50,1e3,null,true],\"\\u00e9\":\"\\ud83d\\ude00\"}",
      "2.1" },
    { "a property without x_",
      "\"type\":\"indicator\",\"spec_version\":\"2.1\"," WHEN ",\"anything\":\"goes\"", "2.1" },
    { "an extension",
      "\"type\":\"indicator\",\"spec_version\":\"2.1\"," WHEN
      ",\"extensions\":{\"extension-definition--00000000-0000-4000-8000-000000000000\":{"
      "\"extension_type\":\"property-extension\",\"x\":1}}",
      "2.1" },
    { "a specification version of the future",
      "\"type\":\"indicator\",\"spec_version\":\"2.2\"," WHEN, "2.2" },
    { "none, with times: STIX 2.0", "\"type\":\"indicator\"," WHEN, "2.0" },
    { "none, without times: an observable", "\"type\":\"indicator\"", "2.1" },
    { "created alone",
      "\"type\":\"indicator\",\"spec_version\":\"2.1\",\"created\":"
      "\"2020-01-01T00:00:00Z\"",
      "2.1" },
    { "a specification version that is none",
      "\"type\":\"indicator\",\"spec_version\":\"two\"," WHEN, NULL },
    { "one that would break out of its string",
      "\"type\":\"indicator\",\"spec_version\":\"2.1\\\",\\\"a\"," WHEN, NULL },
    { "one that is a number", "\"type\":\"indicator\",\"spec_version\":2.1," WHEN, NULL },
    { "an empty one", "\"type\":\"indicator\",\"spec_version\":\"\"," WHEN, NULL },
    { "a type other than the id's", "\"type\":\"malware\",\"spec_version\":\"2.1\"," WHEN, NULL },
    { "no type", "\"spec_version\":\"2.1\"," WHEN, NULL },
    { "a type that is a number", "\"type\":7,\"spec_version\":\"2.1\"," WHEN, NULL },
    { "created that is no time",
      "\"type\":\"indicator\",\"spec_version\":\"2.1\",\"created\":"
      "\"yesterday\",\"modified\":\"2020-01-01T00:00:00Z\"",
      NULL },
    { "modified that is a number",
      "\"type\":\"indicator\",\"spec_version\":\"2.1\",\"created\":"
      "\"2020-01-01T00:00:00Z\",\"modified\":7",
      NULL },
    { "modified on the 30th of February",
      "\"type\":\"indicator\",\"spec_version\":\"2.1\","
      "\"created\":\"2020-01-01T00:00:00Z\",\"modified\":\"2020-02-30T00:00:00Z\"",
      NULL },
};
#define CASES (sizeof cases / sizeof *cases)

static const char *text_of(flow *f, size_t i)
{
    return ent_arena_printf(f->arena, "{\"id\":\"" ID "\",%s}", (unsigned)i, cases[i].members).ptr;
}

/* Each alone: its own status says what became of it. */
static void one_by_one(flow *f)
{
    for (size_t i = 0; i < CASES; i++) {
        answer r = post(f, AGAIN, text_of(f, i)), m;
        bool taken = number_of(r.json, "success_count") == 1;
        ent_json failure = ent_json_first(ent_json_get(r.json, "failures"));
        const char *id = ent_arena_printf(f->arena, ID, (unsigned)i).ptr;

        check(f,
              r.status == 202 && taken == (cases[i].spec != NULL) &&
                  (taken || ent_json_get_text(failure, "message").size > 0),
              "%s: %s", cases[i].what,
              cases[i].spec != NULL ? "taken" : "a failure with a message");
        r = ASK(f, .path = ent_arena_printf(f->arena, C "objects/%s/", id).ptr);
        m = ASK(f, .path = ent_arena_printf(f->arena, C "manifest/?match[id]=%s", id).ptr);
        if (cases[i].spec == NULL) {
            check(f, r.status == 404 && ent_str_is(m.body, "{}"), "  and is not there");
            continue;
        }
        check(f,
              ent_str_is(ent_json_raw(ent_json_first(ent_json_get(r.json, "objects"))),
                         text_of(f, i)),
              "  and comes back byte for byte");
        check(
            f,
            ent_str_is(
                ent_json_get_text(ent_json_first(ent_json_get(m.json, "objects")), "media_type"),
                ent_arena_printf(f->arena, "application/stix+json;version=%s", cases[i].spec).ptr),
            "  in the manifest as version %s", cases[i].spec);
    }
}

/* All in one body, the bad among the good. */
static void together(flow *f)
{
    ent_str all = { "", 0 };
    size_t good = 0;
    answer r;

    for (size_t i = 0; i < CASES; i++) {
        all = ent_arena_printf(f->arena, "%.*s%s%s", ENT_STR_ARG(all), i > 0 ? "," : "",
                               text_of(f, i));
        good += cases[i].spec != NULL;
    }
    r = post(f, AGAIN, all.ptr);
    check(f,
          r.status == 202 && number_of(r.json, "success_count") == (int64_t)good &&
              number_of(r.json, "failure_count") == (int64_t)(CASES - good) &&
              ent_json_count(ent_json_get(r.json, "failures")) == CASES - good,
          "all in one body: the good are added, the others are failures");
}

/* What stands beside `objects` (1.6.4: unknown properties are ignored here). */
static void beside(flow *f)
{
    static const char *const envelopes[] = {
        "{\"x_acme_batch\":\"7\",\"objects\":[%s]}",
        "{\"more\":true,\"next\":\"abc\",\"objects\":[%s]}",
        "{\"objects\":[%s],\"id\":\"bundle--00000000-0000-4000-8000-000000000000\",\"type\":"
        "\"bundle\",\"spec_version\":\"2.0\"}",
    };

    for (size_t i = 0; i < sizeof envelopes / sizeof *envelopes; i++) {
        const char *at = strstr(envelopes[i], "%s");
        const char *body = ent_arena_printf(f->arena, "%.*s%s%s", (int)(at - envelopes[i]),
                                            envelopes[i], text_of(f, 0), at + 2)
                               .ptr;
        answer r = ASK(f, .path = C "objects/", .body = body);

        check(f, r.status == 202 && number_of(r.json, "success_count") == 1,
              "properties beside `objects` are ignored: %.14s...", envelopes[i]);
    }
}

/* For clients that join root and title with a dot (checklist, 3.3). */
static void names(flow *f)
{
    check(f, RUN(f, "taxii", "root", "add", "two.parts") == 2, "a root's name has no dot");
    check(f,
          RUN(f, "taxii", "collection", "add", "exchange", "new", "--title", "one.two", "--read",
              "ana") == 2,
          "nor has a collection's title");
}

/* Every list that is empty is left out, at each address (s2). */
static void empty(flow *f)
{
    static const char *const paths[] = { C "objects/?match[type]=nothing",
                                         C "manifest/?match[type]=nothing",
                                         C "objects/?added_after=2999-01-01T00:00:00Z",
                                         C "manifest/?added_after=2999-01-01T00:00:00Z" };

    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        answer r = ASK(f, .path = paths[i]);

        check(f, r.status == 200 && ent_str_is(r.body, "{}"), "nothing is {}: %s",
              strrchr(paths[i], '?'));
    }
}

int main(void)
{
    flow f;

    if (!flow_begin(&f)) {
        (void)printf("not ok 1 - a node starts\n1..1\n");
        return 1;
    }
    one_by_one(&f);
    together(&f);
    beside(&f);
    names(&f);
    empty(&f);
    return flow_end(&f);
}
