/* formats: MISP's events, on invented ones and against what misp-stix makes of its own.
 *
 * In the texts ' stands for ", and an id that is no UUID is kept as a key. */
#include "feed.h"

static const char event[] =
    "{'Event':{'uuid':'e1','info':'What came','timestamp':'1700000001','published':true,"
    "'publish_timestamp':'1700000002','distribution':'3','Orgc':{'name':'CERT','uuid':'u1'},"
    "'Tag':[{'name':'tlp:amber'},{'name':'k:v'}],'Attribute':["
    "{'type':'ip-dst','value':'198.51.100.7','uuid':'a1','timestamp':'1700000000','to_ids':true},"
    "{'type':'filename|sha256','value':'x.exe|00','uuid':'a2','to_ids':true},"
    "{'type':'domain','value':'example.org','uuid':'a3'},"
    "{'type':'text','value':'words','uuid':'a4','distribution':'0'},"
    "{'type':'url','value':'http://x','uuid':'a5','deleted':true},"
    "{'type':'ip-src','value':'2001:db8::1','uuid':'a6','Tag':[{'name':'tlp:ex:other'}]},"
    "{'type':'text'}],'Object':[{'name':'person','uuid':'o1','Attribute':["
    "{'object_relation':'first-name','value':'Nabil'},"
    "{'object_relation':'last-name','value':'Farsoun'},"
    "{'object_relation':'ethnicity','value':'secret'},"
    "{'object_relation':'date-of-birth','value':'1990-12-02'}]}]}}";

static void reads(fed *f, const char *text)
{
    char *json = json_of(text);

    fed_reads(f, json, FORMATS_MISP);
    free(json);
}

static void says(const fed *f, const char *part)
{
    char *json = json_of(part);

    fed_says(f, json);
    free(json);
}

static void an_event_is_a_report_over_what_it_holds(void **state)
{
    fed f = { 0 };

    (void)state;
    reads(&f, event);
    CHECK_INT(f.wrongs, 1); /* an attribute without value */
    CHECK_INT(f.dropped, 1);
    CHECK(strstr(f.seen, "secret") == NULL);
    says(&f, "'created':'2023-11-14T22:13:20.000Z'");
    says(&f, "'object_refs':['domain-name--ext:misp:a3']");
    says(&f, "'type':'report','name':'What came','published':'2023-11-14T22:13:22.000Z',"
             "'object_refs':['ipv4-addr--ext:misp:a1','network-traffic--ext:misp:a1',"
             "'observed-data--ext:misp:a1','indicator--ext:misp:a1'");
    says(&f, "'created_by_ref':'identity--ext:misp:u1'");
    says(&f, "'name':'Nabil Farsoun'");
    says(&f, "'labels':['k:v']");
    says(&f, "'relationship_type':'based-on','source_ref':'indicator--ext:misp:a2','target_ref':"
             "'observed-data--ext:misp:a2'");
    CHECK(strstr(f.seen, "http://x") == NULL);
    CHECK(strstr(f.seen, "network-traffic:dst_ref.value = '198.51.100.7']") != NULL);
    CHECK(strstr(f.seen, "[file:name = 'x.exe' AND file:hashes.'SHA-256' = '00']") != NULL);
    fed_clear(&f);
}

static void marks_are_kept_and_what_is_unknown_is_the_darkest(void **state)
{
    fed f = { 0 };
    const char *own;

    (void)state;
    reads(&f, event);
    /* The attribute's own colour, though unknown, before the event's. */
    own = strstr(f.seen, "\"object_refs\":[\"ipv6-addr");
    assert_non_null(own);
    own = strstr(own, "object_marking_refs");
    assert_non_null(own);
    CHECK(strncmp(own, "object_marking_refs\":[\"marking-definition--e828b379", 50) == 0);
    says(&f, "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421");
    says(&f, "'prohibit':['disclose']"); /* your organisation only */
    fed_clear(&f);
}

static void lists_and_answers_of_a_server_are_read(void **state)
{
    fed f = { 0 };
    size_t one;
    char twice[8192];

    (void)state;
    reads(&f, event);
    one = f.items;
    (void)snprintf(twice, sizeof twice, "{'response':[%s,%s]}", event, event);
    reads(&f, twice);
    CHECK_INT(f.items, 2 * one);
    (void)snprintf(twice, sizeof twice, "[%s]", event);
    reads(&f, twice);
    CHECK_INT(f.items, one);
    reads(&f, "{'response':{'Attribute':[{'type':'md5','value':'00','uuid':'a1','to_ids':1}]}}");
    CHECK_INT(f.items, 4); /* file, observed data, indicator, relationship */
    reads(&f, "{'uuid':'e1','info':'x','Attribute':[]}");
    CHECK_INT(f.items, 1);
    says(&f, "'type':'grouping'");
    fed_clear(&f);
}

static void tests_of_two_observables_stand_in_two_pairs_of_brackets(void **state)
{
    fed f = { 0 };

    (void)state;
    reads(&f, "{'Event':{'uuid':'e1','info':'i','Attribute':[],'Object':[{'name':'x','uuid':'o1',"
              "'Attribute':[{'type':'ip-src','object_relation':'a','uuid':'a1','value':"
              "'198.51.100.1'},{'type':'ip-dst','object_relation':'b','uuid':'a2','value':"
              "'198.51.100.2'},{'type':'md5','object_relation':'c','uuid':'a3','value':'00'},"
              "{'type':'filename','object_relation':'d','uuid':'a4','value':'n'}]}]}}");
    if (strstr(f.seen, "[ipv4-addr:value = '198.51.100.1'] AND [ipv4-addr:value = "
                       "'198.51.100.2'] AND [file:hashes.MD5 = '00' AND file:name = 'n']") == NULL)
        fail_msg("%s", f.seen);
    fed_clear(&f);
}

#define A "11111111-1111-4111-8111-11111111111"

static void what_has_a_uuid_keeps_it_and_relations_are_kept(void **state)
{
    fed f = { 0 };

    (void)state;
    reads(&f,
          "{'Event':{'uuid':'" A "0','info':'i','Attribute':[],'Galaxy':[{'type':'mitre-malware',"
          "'GalaxyCluster':[{'uuid':'" A "9','value':'Worm - S1','meta':{'external_id':['S1'],"
          "'synonyms':['W']}}]},{'type':'none','GalaxyCluster':[{'uuid':'" A "8','value':'x'}]}],"
          "'EventReport':[{'uuid':'" A "7','name':'R','content':'text'}],'Object':["
          "{'name':'domain-ip','uuid':'" A "1','ObjectReference':[{'uuid':'" A "2',"
          "'referenced_uuid':'" A "3','relationship_type':'Drops Into'},{'uuid':'" A "6',"
          "'referenced_uuid':'nobody','relationship_type':'x'}],'Attribute':["
          "{'type':'domain','object_relation':'domain','uuid':'" A "4','value':'a.example'},"
          "{'type':'ip-dst','object_relation':'ip','uuid':'" A "5','value':'198.51.100.7'}]},"
          "{'name':'file','uuid':'" A "3','Attribute':["
          "{'type':'filename','object_relation':'filename','uuid':'" A "a','value':'x'},"
          "{'type':'md5','object_relation':'md5','uuid':'" A "b','value':"
          "'d41d8cd98f00b204e9800998ecf8427e'},{'type':'size-in-bytes','object_relation':"
          "'size-in-bytes','uuid':'" A "c','value':'35'},{'type':'text','object_relation':"
          "'state','uuid':'" A "d','value':'Malicious'}]}]}}");
    CHECK_INT(f.wrongs, 0);
    says(&f, "'type':'relationship','id':'relationship--" A "2','relationship_type':'drops-into',"
             "'source_ref':'observed-data--" A "1','target_ref':'observed-data--" A "3'");
    says(&f, "'type':'file','id':'file--" A "3','name':'x','size':35,'x_misp_state':'Malicious',"
             "'hashes':{'MD5':'d41d8cd98f00b204e9800998ecf8427e'}");
    says(&f, "'type':'malware','id':'malware--" A "9','name':'Worm','aliases':['W'],"
             "'is_family':true,'external_references':[{'source_name':'mitre-attack',"
             "'external_id':'S1'}]");
    says(&f, "'type':'note','id':'note--" A "7','abstract':'R','content':'text'");
    CHECK(strstr(f.seen, "nobody") == NULL);
    CHECK(strstr(f.seen, A "8") == NULL); /* of a galaxy that is none of STIX */
    fed_clear(&f);
}

static void a_sighting_is_one_and_a_false_positive_an_opinion(void **state)
{
    fed f = { 0 };

    (void)state;
    reads(&f, "{'Event':{'uuid':'e1','info':'i','Attribute':[{'type':'AS','value':'AS174','uuid':"
              "'a1','Sighting':[{'uuid':'s1','type':'0','date_sighting':'1700000000',"
              "'Organisation':{'uuid':'u2','name':'Second'}},{'uuid':'s2','type':'1',"
              "'Organisation':{'uuid':'u2','name':'Second'}},{'uuid':'s3','type':'2'}]}]}}");
    says(&f, "'number':174");
    says(&f, "'sighting_of_ref':'observed-data--ext:misp:a1','where_sighted_refs':["
             "'identity--ext:misp:u2']");
    says(&f, "'opinion':'strongly-disagree'");
    CHECK(strstr(f.seen, "s3") == NULL);
    fed_clear(&f);
}

/* ---- misp-stix's own conversions ---- */

/* Where misp-stix is not followed, and why: doc/design/formats.md. */
static const struct disputed {
    const char *in, *id, *member; /* "" its type and id */
} disputed[] = {
#define X(in, id, member, why) { in, id, member },
#include "misp_disputed.def"
#undef X
};

#define DISPUTED (sizeof disputed / sizeof *disputed)

struct tally {
    size_t objects, same_id, relations, same_relation, values, same_value, unlisted, agreed;
    ent_str in;
    bool met[DISPUTED];
};

/* What is listed must differ, and what is not must agree. */
static void judge(struct tally *t, ent_str id, const char *member, bool same)
{
    for (size_t i = 0; i < DISPUTED; i++)
        if (!t->met[i] && ent_str_is(t->in, disputed[i].in) && ent_str_is(id, disputed[i].id) &&
            strcmp(member, disputed[i].member) == 0) {
            t->met[i] = true;
            t->agreed += same;
            if (same)
                print_message("# agrees now: %s %s %s\n", disputed[i].in, disputed[i].id, member);
            return;
        }
    t->unlisted += !same;
    if (!same)
        print_message("# differs: X(\"%.*s\", \"%.*s\", \"%s\", )\n", ENT_STR_ARG(t->in),
                      ENT_STR_ARG(id), member);
}

static bool is_relation(ent_json object)
{
    return ent_str_is(ent_json_get_text(object, "type"), "relationship");
}

static ent_json find(ent_json list, ent_json want)
{
    for (ent_json o = ent_json_first(list); o.doc != NULL; o = ent_json_next(o)) {
        if (!is_relation(want)) {
            if (ent_str_equal(ent_json_get_text(o, "id"), ent_json_get_text(want, "id")))
                return o;
            continue;
        }
        if (is_relation(o) &&
            ent_str_equal(ent_json_get_text(o, "source_ref"),
                          ent_json_get_text(want, "source_ref")) &&
            ent_str_equal(ent_json_get_text(o, "relationship_type"),
                          ent_json_get_text(want, "relationship_type")) &&
            ent_str_equal(ent_json_get_text(o, "target_ref"),
                          ent_json_get_text(want, "target_ref")))
            return o;
    }
    return (ent_json){ .doc = NULL };
}

static void values_count(struct tally *t, ent_json ours, ent_json theirs)
{
    static const char *const members[] = { "value",   "number",        "subject",   "body",
                                           "user_id", "account_login", "src_ref",   "dst_ref",
                                           "pattern", "from_ref",      "message_id" };

    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        ent_json want = ent_json_get(theirs, members[i]), got = ent_json_get(ours, members[i]);

        bool same;

        if (want.doc == NULL)
            continue;
        t->values++;
        same = got.doc != NULL && (ent_json_is(want, ENT_JSON_STRING)
                                       ? ent_str_equal(ent_json_str(got), ent_json_str(want))
                                       : ent_str_equal(ent_json_raw(got), ent_json_raw(want)));
        t->same_value += same;
        judge(t, ent_json_get_text(theirs, "id"), members[i], same);
        if (!same && getenv("CORPUS_SHOW") != NULL)
            print_message("# %s: %.*s\n#   not %.*s\n", members[i], ENT_STR_ARG(ent_json_raw(got)),
                          ENT_STR_ARG(ent_json_raw(want)));
    }
}

static void case_count(struct tally *t, ent_json c)
{
    ent_arena *arena = ent_arena_new((size_t)64 << 20);
    ent_str text = ent_json_raw(ent_json_get(c, "event"));
    ent_err err = { 0 };
    fed f = { 0 };
    ent_json ours;
    char *list;

    CHECK_OK(fed_read(&f, text.ptr, text.size, 4096), &f.err);
    CHECK_INT(f.kind, FORMATS_MISP);
    CHECK_INT(f.wrongs, 0);
    list = malloc(f.seen_size + 3);
    assert_non_null(list);
    list[0] = '[';
    memcpy(list + 1, f.seen, f.seen_size);
    for (size_t i = 1; i < f.seen_size; i++)
        list[i] = (char)(list[i] == '\n' ? ',' : list[i]);
    list[f.seen_size] = ']';
    CHECK_OK(ent_json_read(arena, (ent_str){ list, f.seen_size + 1 }, &ours, &err), &err);
    for (ent_json o = ent_json_first(ent_json_get(ent_json_get(c, "bundle"), "objects"));
         o.doc != NULL; o = ent_json_next(o)) {
        ent_json same = find(ours, o);

        if (is_relation(o)) {
            t->relations++;
            t->same_relation += same.doc != NULL;
            judge(t, ent_json_get_text(o, "id"), "", same.doc != NULL);
            continue;
        }
        t->objects++;
        t->same_id += same.doc != NULL;
        judge(t, ent_json_get_text(o, "id"), "", same.doc != NULL);
        if (same.doc != NULL)
            values_count(t, same, o);
    }
    fed_clear(&f);
    free(list);
    ent_arena_free(arena);
}

static void what_misp_stix_makes_is_made_alike_but_for_what_is_listed(void **state)
{
    ent_arena *arena;
    struct tally t = { 0 };
    ent_err err = { 0 };
    ent_json cases;
    size_t size;
    char *text;

    (void)state;
    SHARED_OR_SKIP("corpus/stix/misp-to-stix21.json");
    arena = ent_arena_new((size_t)1 << 30);
    text = test_file("../shared/corpus/stix/misp-to-stix21.json", &size);
    CHECK_OK(ent_json_read(arena, (ent_str){ text, size }, &cases, &err), &err);
    for (ent_json c = ent_json_first(cases); c.doc != NULL; c = ent_json_next(c)) {
        t.in = ent_json_get_text(c, "id");
        case_count(&t, c);
    }
    print_message("# ids %zu of %zu, relations %zu of %zu, values %zu of %zu\n", t.same_id,
                  t.objects, t.same_relation, t.relations, t.same_value, t.values);
    for (size_t i = 0; i < DISPUTED; i++)
        if (!t.met[i])
            fail_msg("listed and not met: %s %s", disputed[i].in, disputed[i].id);
    CHECK_INT(t.unlisted, 0);
    CHECK_INT(t.agreed, 0);
    CHECK_INT(t.objects + t.relations + t.values,
              t.same_id + t.same_relation + t.same_value + DISPUTED);
    free(text);
    ent_arena_free(arena);
}

RUN_TESTS(TEST(an_event_is_a_report_over_what_it_holds),
          TEST(marks_are_kept_and_what_is_unknown_is_the_darkest),
          TEST(lists_and_answers_of_a_server_are_read),
          TEST(tests_of_two_observables_stand_in_two_pairs_of_brackets),
          TEST(what_has_a_uuid_keeps_it_and_relations_are_kept),
          TEST(a_sighting_is_one_and_a_false_positive_an_opinion),
          TEST(what_misp_stix_makes_is_made_alike_but_for_what_is_listed))
