/* formats: STIX 2.0 comes in as 2.1. */
#include "feed.h"

#include "stix/check.h"

static void reads(fed *f, const char *text)
{
    char *json = json_of(text);

    fed_reads(f, json, FORMATS_STIX);
    free(json);
}

static void says(const fed *f, const char *part)
{
    char *json = json_of(part);

    fed_says(f, json);
    free(json);
}

static void is_valid(const fed *f)
{
    for (const char *line = f->seen, *end; line != NULL && *line != '\0'; line = end + 1) {
        ent_arena *arena = ent_arena_new((size_t)16 << 20);
        stix_report report;
        ent_json object;
        ent_err err = { 0 };

        end = strchr(line, '\n');
        CHECK_OK(ent_json_read(arena, (ent_str){ line, (size_t)(end - line) }, &object, &err),
                 &err);
        stix_report_init(&report, arena);
        stix_check(object, &report);
        if (report.errors > 0)
            fail_msg("%.*s", (int)(end - line), line);
        ent_arena_free(arena);
    }
}

static void objects_of_the_older_version_are_made_new_ones(void **state)
{
    static const char text[] =
        "{'type':'bundle','id':'bundle--U','spec_version':'2.0','objects':["
        "{'type':'indicator','id':'indicator--U',T,'labels':['malicious-activity'],"
        "'pattern':'[file:size = 1]',"
        "'valid_from':'2017-01-01T00:00:00Z','external_references':[{'source_name':'a',"
        "'url':'http://a/','hashes':{'ssdeep':'3:abc:def'}}]},"
        "{'type':'malware','id':'malware--U',T,'labels':['worm'],'name':'W'},"
        "{'type':'tool','id':'tool--U',T,'labels':['remote-access'],'name':'T','x_n':2.0},"
        "{'type':'report','id':'report--U',T,'labels':['campaign'],'name':'R','published':"
        "'2017-01-01T00:00:00Z','object_refs':['tool--U']},"
        "{'type':'threat-actor','id':'threat-actor--U',T,'labels':['spy'],'name':'A'},"
        "{'type':'identity','id':'identity--U',T,'labels':['bank'],'name':'I','identity_class':"
        "'organization'},"
        "{'type':'attack-pattern','id':'attack-pattern--U',T,'labels':['kept'],'name':'P'},"
        "{'type':'observed-data','id':'observed-data--U',T,"
        "'first_observed':'2017-01-01T00:00:00Z','last_observed':"
        "'2017-01-01T00:00:00Z','number_observed':1,'objects':{'0':{'type':'file',"
        "'name':'x','created':'2017-01-01T00:00:00Z','hashes':{'ssdeep':'3:a:b'}},"
        "'1':{'type':'process','pid':1,'binary_ref':'0','created':"
        "'2017-01-01T00:00:00Z'}}},"
        "{'type':'marking-definition','id':'marking-definition--U','created':"
        "'2017-01-01T00:00:00.000Z','definition_type':'statement','definition':{"
        "'statement':'s'}},"
        "{'type':'x-acme','id':'x-acme--U',T,'foo':'a'},"
        "{'type':'relationship','id':'relationship--U',T,'relationship_type':'uses',"
        "'source_ref':'malware--U','target_ref':'tool--U'}]}";
    fed f = { 0 };

    (void)state;
    reads(&f, text);
    CHECK_INT(f.items, 11);
    CHECK_INT(f.upgraded, 11);
    CHECK_INT(f.wrongs, 0);
    says(&f, "'indicator_types':['malicious-activity']");
    says(&f, "'pattern_type':'stix'");
    says(&f, "'hashes':{'SSDEEP':'3:abc:def'}");
    says(&f, "'malware_types':['worm'],'name':'W','is_family':true}");
    says(&f, "'tool_types':['remote-access'],'name':'T','x_n':2.0}");
    says(&f, "'report_types':['campaign']");
    says(&f, "'threat_actor_types':['spy']");
    says(&f, "'roles':['bank']");
    says(&f, "'labels':['kept']");
    says(&f, "'ctime':'2017-01-01T00:00:00Z','hashes':{'SSDEEP':'3:a:b'}");
    says(&f, "'image_ref':'0','created_time':'2017-01-01T00:00:00Z'");
    is_valid(&f);
    fed_clear(&f);
}

static void what_is_of_the_newer_version_stays_as_it_is(void **state)
{
    static const char text[] =
        "[{'type':'url','id':'url--U','value':'http://a/'},"
        "{'type':'note','id':'note--U',T,'content':'c','object_refs':['url--U']},"
        "{'type':'tool','id':'tool--U',T,'spec_version':'2.1','labels':['l'],'name':'T'},"
        "{'type':'tool','id':'tool--U',T,'spec_version':'2.2','name':'T'}]";
    fed f = { 0 };

    (void)state;
    reads(&f, text);
    CHECK_INT(f.items, 4);
    CHECK_INT(f.upgraded, 0);
    says(&f, "{'type':'note','id':'note--U',T,'content'");
    says(&f, "'labels':['l']");
    fed_clear(&f);
}

static void names_of_the_newer_version_are_never_written_twice(void **state)
{
    fed f = { 0 };

    (void)state;
    reads(&f, "{'type':'tool','id':'tool--U',T,'labels':['a'],'tool_types':['b'],'name':'T'}");
    CHECK_INT(f.wrongs, 0);
    says(&f, "'labels':['a'],'tool_types':['b']");
    fed_clear(&f);
}

RUN_TESTS(TEST(objects_of_the_older_version_are_made_new_ones),
          TEST(what_is_of_the_newer_version_stays_as_it_is),
          TEST(names_of_the_newer_version_are_never_written_twice))
