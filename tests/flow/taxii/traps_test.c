/* What clients of the field do, a function for each: every one of them broke against a server that
 * it met.  They are played by what they send and by what they look for in the answer. */
#include "flow.h"

#include "base/buf.h"

#define C     "/exchange/collections/" BOTH "/"
#define OTHER "/exchange/collections/" AGAIN "/"
#define EARLY "2020-01-01T00:00:00.000Z"
#define FIRST "X-TAXII-Date-Added-First"
#define LAST  "X-TAXII-Date-Added-Last"
#define LARGE 1001 /* objects: more than a page has that nobody limits */

static answer get(flow *f, const char *fmt, ...)
{
    char path[4096];
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

static ent_str next_of(const answer *r)
{
    return ent_json_get_text(r->json, "next");
}

static void fill(flow *f, const char *collection, int count)
{
    ent_buf buf;
    ent_str all;
    ent_err err = { 0 };

    ent_buf_init(&buf, f->arena);
    for (int i = 0; i < count; i++)
        ent_buf_printf(&buf, "%s%s", i > 0 ? "," : "", object(f, i, EARLY, "n"));
    if (ent_buf_done(&buf, &all, &err) != ENT_OK)
        abort();
    check(f, number_of(post(f, collection, all.ptr).json, "success_count") == count,
          "%d objects are there", count);
}

/* Splunk, MISP push, the connector of OpenCTI.  Every token of its Accept is in the type of the
 * answer, which begins with the first of them; a status has as many items as it counts, and its
 * parts make the whole. */
static void taxii2client(flow *f)
{
    answer r = post(f, BOTH, object(f, 0x7a1, EARLY, "x"));
    int64_t good = number_of(r.json, "success_count"), bad = number_of(r.json, "failure_count");
    ent_str id = ent_json_get_text(r.json, "id");

    check(f, strncmp(r.type, "application/taxii+json", 22) == 0 && strstr(r.type, "version=2.1"),
          "taxii2client: the type has the version");
    check(f,
          good + bad + number_of(r.json, "pending_count") == number_of(r.json, "total_count") &&
              (int64_t)ent_json_count(ent_json_get(r.json, "successes")) == good &&
              ent_json_get(r.json, "failures").doc == NULL &&
              ent_json_get(r.json, "pendings").doc == NULL,
          "taxii2client: a status adds up, and has no empty list");
    check(f, ent_str_is(ent_json_get_text(r.json, "status"), "complete"),
          "taxii2client: POST is complete at once, so nobody waits and asks again");
    /* It goes from ../../status/ID/ of the collection, and resolves the dots itself. */
    status_is(f, "taxii2client: the status beside the collections", 200,
              get(f, "/exchange/status/%.*s/", ENT_STR_ARG(id)));
    r = get(f, "/exchange/");
    check(f,
          ent_json_get_text(r.json, "title").size > 0 &&
              ent_json_count(ent_json_get(r.json, "versions")) > 0 &&
              number_of(r.json, "max_content_length") > 0,
          "taxii2client: a root has what it requires");
    r = get(f, "/exchange/collections/" BOTH);
    check(f, ent_str_is(ent_json_get_text(r.json, "id"), BOTH),
          "taxii2client: the id is the one of the address");
    r = get(f, C "manifest/?limit=2");
    check(f, next_of(&r).size > 0, "taxii2client: as_pages of a manifest finds its `next`");
    r = get(f, C "objects/?limit=2");
    status_is(f, "taxii2client: another limit on the second page", 200,
              get(f, C "objects/?limit=3&next=%.*s", ENT_STR_ARG(next_of(&r))));
    status_is(f, "taxii2client: DELETE", 200,
              ASK(f, .path = C "objects/indicator--000007a1-0000-4000-8000-000000000000/",
                  .method = "DELETE"));
}

/* `next` and added_after together; milliseconds; no limit, one page in each of its rounds. */
static void opencti_feed(flow *f)
{
    answer r = get(f, C "objects/?limit=2&added_after=" EARLY), again;
    ent_str last = field_of(&r, LAST);
    const char *cut = ent_arena_printf(f->arena, "%.*sZ", 23, last.ptr).ptr;

    check(f, field_of(&r, FIRST).size == 27 && last.size == 27,
          "OpenCTI feed: both dates on every page");
    again = get(f, C "objects/?added_after=" EARLY "&next=%.*s", ENT_STR_ARG(next_of(&r)));
    check(f, again.status == 200 && ent_str_compare(field_of(&again, FIRST), last) > 0,
          "OpenCTI feed: `next` and added_after together");
    again = get(f, C "objects/?limit=1&added_after=%s", cut);
    check(f,
          again.status == 200 && ent_str_compare(field_of(&again, FIRST), last) > 0 &&
              objects_in(&again) == 1,
          "OpenCTI feed: a date cut to milliseconds loses and repeats nothing");
    r = get(f, OTHER "objects/");
    check(f, objects_in(&r) == 1000 && more_of(&r), "OpenCTI feed: without a limit a large page");
    r = get(f, C "objects/?added_after=2999-01-01T00:00:00Z");
    check(f, field_of(&r, FIRST).size == 27 && field_of(&r, LAST).size == 27,
          "OpenCTI feed: an empty page has dates, or it would store the time of day");
    r = ask_it(f, (ask){ .path = "/open/collections/" OPEN "/objects/" });
    status_is(f, "OpenCTI feed: no credentials where none are needed", 200, r);
}

static void older_opencti(flow *f)
{
    status_is(f, "OpenCTI to 5.10: its Accept", 200,
              ASK(f, .path = C "objects/", .accept = "application/json, text/plain, */*"));
}

/* It loops for ever on `more` without `next`, drops added_after, and takes `next` along to the
 * next collection and the next run. */
static void opencti_connector(flow *f)
{
    answer r = get(f, C "objects/?limit=2&added_after=" EARLY), again;

    check(f, more_of(&r) && next_of(&r).size > 0, "OpenCTI connector: `next` wherever `more` is");
    again = get(f, C "objects/?next=%.*s", ENT_STR_ARG(next_of(&r)));
    check(f,
          again.status == 200 && ent_str_compare(field_of(&again, FIRST), field_of(&r, LAST)) > 0,
          "OpenCTI connector: added_after dropped from the second page");
    status_is(f, "OpenCTI connector: added_after with whole seconds", 200,
              get(f, C "objects/?added_after=2020-01-01T00:00:00Z"));
    again = get(f, OTHER "objects/?limit=1&added_after=2020-01-01T00:00:00Z&next=%.*s",
                ENT_STR_ARG(next_of(&r)));
    check(f, again.status == 200 && objects_in(&again) == 1,
          "OpenCTI connector: another collection's `next` beside added_after");
    r = get(f, C "objects/?limit=1");
    check(f,
          ent_json_get(ent_json_at(ent_json_get(r.json, "objects"), 0), "spec_version").doc != NULL,
          "OpenCTI connector: the first object says which specification it is of");
}

static void opencti_taxii_post(flow *f)
{
    status_is(f, "OpenCTI taxii-post: a bundle as application/stix+json", 202,
              ASK(f, .path = C "objects/", .accept = "application/taxii+json; version=2.1",
                  .type = "application/stix+json; version=2.1",
                  .body = "{\"type\":\"bundle\",\"id\":\"bundle--00000000-0000-4000-8000-"
                          "000000000000\",\"spec_version\":\"2.1\",\"objects\":[]}"));
}

/* Browses with an empty `next`, sends `basic`, doubles the slash behind its base address, and
 * pushes what it has pushed before. */
static void misp(flow *f)
{
    answer r;

    status_is(f, "MISP: //root/ and limit=50 with an empty next", 200,
              get(f, "//exchange/collections/" BOTH "/objects/?limit=50&next="));
    status_is(f, "MISP: the scheme in lower case", 200,
              ask_it(f, (ask){ .path = C "objects/",
                               .more = { "Authorization: basic "
                                         "YW5hOmNvcnJlY3QgaG9yc2U6IGJhdHRlcnk=" } }));
    r = get(f, "/exchange/");
    check(f, number_of(r.json, "max_content_length") >= 10 << 20,
          "MISP push: its envelopes may be large");
    r = post(f, BOTH, object(f, 1, EARLY, "n"));
    check(f, number_of(r.json, "success_count") == 1 && number_of(r.json, "failure_count") == 0,
          "MISP push: what comes again is no error");
}

/* Basic or nothing, a root's address and a collection's id; what it got twice it shows twice. */
static void sentinel(flow *f)
{
    answer r = get(f, OTHER "manifest/?limit=1000");
    ent_json objects = ent_json_get(r.json, "objects");
    ent_str before = { "", 0 };
    bool rising = true;

    status_is(f, "Sentinel: Basic and the root's address alone", 200, get(f, "/exchange/"));
    for (size_t i = 0; i < ent_json_count(objects); i++) {
        ent_str date = ent_json_get_text(ent_json_at(objects, i), "date_added");

        rising = rising && ent_str_compare(date, before) > 0;
        before = date;
    }
    check(f, rising && ent_json_count(objects) == 1000, "Sentinel: no two of one date");
    r = post(f, AGAIN, object(f, 1, EARLY, "n"));
    check(f, number_of(r.json, "success_count") == 1, "Sentinel: published again");
    r = get(f, OTHER "objects/?added_after=%.*s", ENT_STR_ARG(before));
    check(f, objects_in(&r) == 1, "Sentinel: and not new because of that");
}

/* Its program maps over `objects` of `{}`, and goes on as long as there is a `next`. */
static void elastic(flow *f)
{
    answer r = get(f, C "objects/?added_after=2999-01-01T00:00:00Z");

    check(f, ent_str_is(r.body, "{}"), "Elastic: an empty page is {}, and has no `next`");
    r = get(f, C "objects/?limit=1000");
    check(f, !more_of(&r) && next_of(&r).size == 0, "Elastic: no `next` on the last page");
    r = get(f, C "objects/?limit=10");
    check(f, objects_in(&r) == 10 && !more_of(&r) && next_of(&r).size == 0,
          "Elastic: nor where a page ends with the last object");
    status_is(f, "Elastic: its date in microseconds", 200,
              get(f, C "objects/?added_after=%.*s", ENT_STR_ARG(field_of(&r, LAST))));
}

static void xsoar_and_minemeld(flow *f)
{
    for (int i = 0; i <= 9; i++) {
        char fraction[12] = ".123456789";

        fraction[i == 0 ? 0 : i + 1] = '\0';
        status_is(f, ent_arena_printf(f->arena, "XSOAR, MineMeld: %d digits of a second", i).ptr,
                  200, get(f, C "objects/?added_after=2020-01-01T00:00:00%sZ", fraction));
    }
}

int main(void)
{
    flow f;

    if (!flow_begin(&f)) {
        (void)printf("not ok 1 - a node starts\n1..1\n");
        return 1;
    }
    fill(&f, BOTH, 10);
    fill(&f, AGAIN, LARGE);
    taxii2client(&f);
    opencti_feed(&f);
    older_opencti(&f);
    opencti_connector(&f);
    opencti_taxii_post(&f);
    misp(&f);
    sentinel(&f);
    elastic(&f);
    xsoar_and_minemeld(&f);
    return flow_end(&f);
}
