/* Views of holdings over TLS on the real program: who sees what, that nobody sees that
 * there is more, and that what changes is seen at once. */
#include "flow.h"

#define VIEW   "20000000-0000-4000-8000-000000000001"
#define WORDS  "20000000-0000-4000-8000-000000000002"
#define V      "/exchange/collections/" VIEW "/"
#define ABSENT "indicator--ffffffff-0000-4000-8000-00000000ffff"

static answer get(flow *f, const char *user, const char *path)
{
    return ask_it(f, (ask){ .user = user, .path = path });
}

static size_t count_of(flow *f, const char *user)
{
    answer r = get(f, user, V "objects/?limit=10000");

    return r.status == 200 ? objects_in(&r) : SIZE_MAX;
}

static bool has(const answer *r, const char *text)
{
    return r->body.ptr != NULL && strstr(r->body.ptr, text) != NULL;
}

/* ---- making one ---- */

static void commands(flow *f)
{
    check(f,
          RUN(f, "taxii", "collection", "add", "open", "new", "--title", "T", "--read", "ana",
              "--query", "type:indicator") == 2,
          "a view in a public root is refused");
    check(f,
          RUN(f, "taxii", "collection", "add", "exchange", "new", "--title", "T", "--read", "*",
              "--query", "type:indicator") == 2,
          "a view for '*' is refused");
    check(f,
          RUN(f, "taxii", "collection", "add", "exchange", "new", "--title", "T", "--read", "ana",
              "--write", "ana", "--query", "type:indicator") == 2,
          "a view to be written to is refused");
    check(f,
          RUN(f, "taxii", "collection", "add", "exchange", "new", "--title", "T", "--read", "ana",
              "--query", "owner:ESTIA") == 2,
          "a view of a partner's records in a plain root is refused");
    check(f,
          RUN(f, "taxii", "collection", "add", "exchange", "new", "--title", "T", "--read", "ana",
              "--query", "type:") == 2,
          "a query without a value is refused");
    check(f,
          RUN(f, "taxii", "collection", "add", "exchange", VIEW, "--title", "Indicators", "--read",
              "ana,bob", "--query", "type:indicator") == 0,
          "a view of own holdings is made");
    check(f,
          RUN(f, "taxii", "collection", "add", "exchange", WORDS, "--title", "Words", "--read",
              "ana", "--query", "type:indicator held") == 0,
          "and one with words");
    check(f, RUN(f, "user", "clearance", "ana", "--purpose", "CT-INV") == 0, "ana for CT-INV");
    check(f, RUN(f, "user", "clearance", "bob", "--purpose", "SANCTIONS") == 0,
          "bob for SANCTIONS");
    check(f, RUN(f, "user", "clearance", "bob", "--category", "nobody") == 2,
          "a category that is none is refused");
    check(f, RUN(f, "taxii", "root", "add", "theirs", "--partner", "NOPEER") == 66,
          "a root for a partner that is none is refused");
}

/* ---- who sees what ---- */

static void disjoint(flow *f)
{
    answer a, b;

    check(f, flow_import(f, 0x1000, 7, "CT-INV", "none", "2020-01-01T00:00:00.000Z") == 0,
          "seven records for CT-INV");
    check(f, flow_import(f, 0x2000, 5, "SANCTIONS", "none", "2020-01-01T00:00:00.000Z") == 0,
          "five for SANCTIONS");
    check(f, flow_import(f, 0x3000, 3, "JUST", "none", "2020-01-01T00:00:00.000Z") == 0,
          "three for neither");
    a = get(f, "ana", V "objects/");
    b = get(f, "bob", V "objects/");
    check(f, a.status == 200 && objects_in(&a) == 7, "ana sees seven (got %zu)", objects_in(&a));
    check(f, b.status == 200 && objects_in(&b) == 5, "bob sees five (got %zu)", objects_in(&b));
    check(f, !has(&a, "SANCTIONS") && !has(&b, "CT-INV"), "no record is seen by both");
    check(f, ent_json_get(a.json, "next").doc == NULL && ent_json_get(b.json, "next").doc == NULL,
          "neither is told that there is more");
    check(f, get(f, "eve", V "objects/").status == 404, "for others the view does not exist");
    a = get(f, "ana", "/exchange/collections/" WORDS "/objects/");
    check(f, objects_in(&a) == 7, "a view with words is judged likewise");
    a = get(f, "ana", V "manifest/");
    check(f, objects_in(&a) == 7, "the manifest says the same");
    a = get(f, "ana", "/exchange/collections/" VIEW "/");
    check(f, has(&a, "\"can_read\":true") && has(&a, "\"can_write\":false"),
          "it can be read and not written to");
    a = ASK(f, .path = V "objects/", .body = "{\"objects\":[]}");
    check(f, a.status == 403, "POST is refused");
    a = ASK(f, .path = V "objects/indicator--00001000-0000-4000-8000-000000000000/",
            .method = "DELETE");
    check(f, a.status == 403, "DELETE is refused");
}

/* The head without the time of day. */
static ent_str head_without_date(flow *f, const answer *r)
{
    const char *date = r->head.size == 0 ? NULL : strstr(r->head.ptr, "\nDate: ");
    const char *end = date == NULL ? NULL : strchr(date + 1, '\n');

    return end == NULL
               ? r->head
               : ent_arena_printf(f->arena, "%.*s%s", (int)(date - r->head.ptr), r->head.ptr, end);
}

/* Status, head and body, byte for byte. */
static bool same_answer(flow *f, const answer *a, const answer *b)
{
    return a->status == b->status && ent_str_equal(a->body, b->body) && a->head.size > 0 &&
           ent_str_equal(head_without_date(f, a), head_without_date(f, b));
}

static void hidden(flow *f)
{
    static const char *const paths[][2] = {
        { V "objects/indicator--00002000-0000-4000-8000-000000000000/", V "objects/" ABSENT "/" },
        { V "objects/indicator--00002000-0000-4000-8000-000000000000/versions/",
          V "objects/" ABSENT "/versions/" },
        { V "objects/?match[id]=indicator--00002000-0000-4000-8000-000000000000",
          V "objects/?match[id]=" ABSENT },
        { V "manifest/?match[id]=indicator--00002000-0000-4000-8000-000000000000",
          V "manifest/?match[id]=" ABSENT },
        { "/exchange/collections/" NONE "/objects/",
          "/exchange/collections/20000000-0000-4000-8000-00000000ffff/objects/" },
        { "/theirs/", "/nobody/" },
        { "/theirs/collections/", "/nobody/collections/" },
    };
    answer r;

    check(f, flow_partner_root(f, "theirs", "bob") == 0, "a root that bob alone may know of");
    r = get(f, "bob", "/taxii2/");
    check(f, has(&r, "/theirs/") && get(f, "bob", "/theirs/").status == 200, "bob finds it");
    r = get(f, "ana", "/taxii2/");
    check(f, r.status == 200 && !has(&r, "/theirs/"), "ana is not told of it");
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        answer a = get(f, "ana", paths[i][0]), b = get(f, "ana", paths[i][1]);

        check(f, same_answer(f, &a, &b), "hidden and absent are one answer: %s", paths[i][1]);
    }
}

/* ---- changes ---- */

static void changes(flow *f)
{
    answer before = get(f, "ana", V "objects/"), r;
    ent_str last = field_of(&before, "X-TAXII-Date-Added-Last");
    const char *since =
        ent_arena_printf(f->arena, V "objects/?added_after=%.*s", ENT_STR_ARG(last)).ptr;

    r = get(f, "ana", since);
    check(f, r.status == 200 && objects_in(&r) == 0, "nothing is new");
    check(f, flow_import(f, 0x2100, 2, "SANCTIONS", "none", "2020-01-01T00:00:00.000Z") == 0,
          "what bob alone may see comes in");
    r = get(f, "ana", since);
    check(f, r.status == 200 && objects_in(&r) == 0 && ent_str_is(r.body, "{}"),
          "ana is told of nothing");
    check(f, count_of(f, "bob") == 7, "bob sees it at once");
    check(f, flow_import(f, 0x1000, 1, "CT-INV", "none", "2021-01-01T00:00:00.000Z") == 0,
          "a new version comes in");
    r = get(f, "ana", since);
    check(f, objects_in(&r) == 1 && has(&r, "2021-01-01"), "ana sees it as new");
    check(f, count_of(f, "ana") == 7, "and no more of it than that version");
    r = get(f, "ana", V "objects/indicator--00001000-0000-4000-8000-000000000000/versions/");
    check(f, ent_json_count(ent_json_get(r.json, "versions")) == 1, "which is its one version");
    check(f, flow_import(f, 0x1001, 1, "JUST", "none", "2021-01-01T00:00:00.000Z") == 0,
          "a new version is for another purpose");
    check(f, count_of(f, "ana") == 6, "and ana does not see the object any more");
    r = get(f, "ana", V "objects/indicator--00001001-0000-4000-8000-000000000000/");
    check(f, r.status == 404, "nor by its id");
    check(f, RUN(f, "user", "clearance", "ana", "--purpose", "CT-INV,JUST") == 0,
          "ana is cleared for more");
    check(f, count_of(f, "ana") == 10, "and sees it at once (got %zu)", count_of(f, "ana"));
    check(f, RUN(f, "user", "clearance", "ana", "--purpose", "CT-INV") == 0, "and for less");
    check(f, count_of(f, "ana") == 6, "and sees that");
}

static void persons(flow *f)
{
    check(f, flow_import(f, 0x4000, 2, "CT-INV", "witness", "2020-01-01T00:00:00.000Z") == 0,
          "two records of witnesses");
    check(f, count_of(f, "ana") == 6, "an analyst does not see them");
    check(f, RUN(f, "user", "clearance", "ana", "--category", "none,witness") == 0,
          "who is cleared for them");
    check(f, count_of(f, "ana") == 8, "does");
    check(f, RUN(f, "user", "clearance", "ana", "--reset", "--purpose", "CT-INV") == 0, "reset");
    check(f, count_of(f, "ana") == 6, "and not again");
}

static void compartments(flow *f)
{
    check(f,
          RUN(f, "user", "clearance", "bob", "--purpose", "CT-INV", "--compartment", "OPAL") == 0 &&
              RUN(f, "compartment", "put", "indicator--00001000-0000-4000-8000-000000000000",
                  "OPAL", "--as", "bob") == 0,
          "bob puts a record into his compartment");
    check(f, count_of(f, "ana") == 5, "ana does not see it any more (got %zu)", count_of(f, "ana"));
    check(f,
          get(f, "ana", V "objects/indicator--00001000-0000-4000-8000-000000000000/").status == 404,
          "nor by its id");
    check(f, count_of(f, "bob") == 6, "bob does");
    check(f, RUN(f, "user", "clearance", "ana", "--compartment", "OPAL") == 0, "ana is let in");
    check(f, count_of(f, "ana") == 6, "and sees it at once");
    check(f, RUN(f, "user", "clearance", "bob", "--purpose", "SANCTIONS") == 0, "as before");
}

/* ---- what has a label of its own, or none ---- */

#define ALL "20000000-0000-4000-8000-000000000003"
#define EXT "extension-definition--1955bfd1-015f-4a32-a09c-62ef777c56fa"

static int file_import(flow *f, const char *text, const char *handling)
{
    char path[128];
    FILE *out;

    (void)snprintf(path, sizeof path, "%s/import.json", f->home);
    out = fopen(path, "w");
    if (out == NULL)
        abort();
    (void)fputs(text, out);
    (void)fclose(out);
    return RUN(f, "import", path, handling == NULL ? NULL : "--handling", handling);
}

static const char *link_of(flow *f, unsigned number, unsigned from, unsigned to)
{
    return ent_arena_printf(f->arena,
                            "{\"type\":\"relationship\",\"spec_version\":\"2.1\",\"id\":"
                            "\"relationship--%08x-0000-4000-8000-000000000000\",\"created\":"
                            "\"2020-01-01T00:00:00.000Z\",\"modified\":\"2020-01-01T00:00:00.000Z"
                            "\",\"relationship_type\":\"related-to\",\"source_ref\":\"indicator--"
                            "%08x-0000-4000-8000-000000000000\",\"target_ref\":\"indicator--%08x-"
                            "0000-4000-8000-000000000000\"}",
                            number, from, to)
        .ptr;
}

static const char *labelled(flow *f, unsigned number, const char *more)
{
    return ent_arena_printf(f->arena,
                            "{\"type\":\"indicator\",\"spec_version\":\"2.1\",\"id\":\"indicator--"
                            "%08x-0000-4000-8000-000000000000\",\"created\":\"2020-01-01T00:00:00"
                            ".000Z\",\"modified\":\"2020-01-01T00:00:00.000Z\",\"pattern\":"
                            "\"[ipv4-addr:value = '198.51.100.1']\",\"pattern_type\":\"stix\","
                            "\"valid_from\":\"2020-01-01T00:00:00Z\",\"extensions\":{\"" EXT
                            "\":{\"extension_type\":\"property-extension\",\"rating\":{\"scale\":"
                            "\"admiralty\",\"source\":"
                            "\"B\",\"information\":\"2\"},\"purposes\":[\"CT-INV\"],\"category\":"
                            "\"none\",\"retention\":\"2099-01-01\"%s}}}",
                            number, more)
        .ptr;
}

static bool sees(flow *f, const char *kind, unsigned number)
{
    return get(f, "ana",
               ent_arena_printf(f->arena,
                                "/exchange/collections/" ALL
                                "/objects/%s--%08x-0000-4000-8000-000000000000/",
                                kind, number)
                   .ptr)
               .status == 200;
}

static void labels(flow *f)
{
    check(f,
          RUN(f, "taxii", "collection", "add", "exchange", ALL, "--title", "All", "--read", "ana",
              "--query", "") == 0,
          "a view of everything");
    check(f,
          file_import(f,
                      ent_arena_printf(f->arena, "[%s,%s,%s]", link_of(f, 1, 0x1002, 0x1003),
                                       link_of(f, 2, 0x1002, 0x2000), link_of(f, 3, 0x2000, 0x1002))
                          .ptr,
                      NULL) == 0,
          "links without labels");
    check(f, sees(f, "relationship", 1), "a link between two that are seen is seen");
    check(f, !sees(f, "relationship", 2) && !sees(f, "relationship", 3),
          "a link to one that is not, or from it, is not");
    check(f,
          file_import(f,
                      ent_arena_printf(f->arena, "[%s,%s,%s,%s]", labelled(f, 0x6000, ""),
                                       labelled(f, 0x6001, ",\"actions\":\"none\""),
                                       labelled(f, 0x6002,
                                                ",\"expires\":"
                                                "\"2020-01-01T00:00:00Z\""),
                                       labelled(f, 0x6003, ",\"prohibit\":[\"disclose\"]"))
                          .ptr,
                      NULL) == 0,
          "records with labels of their own");
    check(f, sees(f, "indicator", 0x6000), "one that may be used is seen");
    check(f, !sees(f, "indicator", 0x6001), "one with which nothing may be done is not");
    check(f, !sees(f, "indicator", 0x6002), "nor one that has expired");
    check(f, !sees(f, "indicator", 0x6003), "nor one that never leaves in any form");
    check(f, file_import(f, labelled(f, 0x6004, ""), "TLP:RED") == 0, "one in red");
    check(f, sees(f, "indicator", 0x6004), "TLP:RED is for named persons, as a user is one");
}

/* ---- pages ---- */

static void pages(flow *f)
{
    char path[1024];
    size_t got = 0, turns = 0;
    ent_str next = { "", 0 }, last = next;
    bool increasing = true, more = true;

    check(f, flow_import(f, 0x5000, 95, "CT-INV", "none", "2020-01-01T00:00:00.000Z") == 0,
          "95 more records");
    while (more && turns++ < 50) {
        answer r;

        (void)snprintf(path, sizeof path, V "manifest/?limit=10%s%.*s",
                       next.size > 0 ? "&next=" : "", ENT_STR_ARG(next));
        r = get(f, "ana", path);
        for (ent_json v = ent_json_first(ent_json_get(r.json, "objects")); v.doc != NULL;
             v = ent_json_next(v)) {
            ent_str date = ent_json_get_text(v, "date_added");

            increasing = increasing && ent_str_compare(date, last) > 0;
            last = date;
        }
        got += objects_in(&r);
        next = ent_json_get_text(r.json, "next");
        more = next.size > 0;
    }
    check(f, got == 103, "pages of ten walk all of it (got %zu)", got);
    check(f, increasing, "dates are unique and increasing");
}

int main(void)
{
    flow f;

    if (!flow_begin(&f)) {
        (void)printf("not ok 1 - a node starts\n1..1\n");
        return 1;
    }
    commands(&f);
    disjoint(&f);
    hidden(&f);
    changes(&f);
    persons(&f);
    compartments(&f);
    labels(&f);
    pages(&f);
    return flow_end(&f);
}
