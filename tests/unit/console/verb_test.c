/* console/verb: from a request to a command line, and nothing but what the table says. */
#include "test.h"

#include "console/verb_int.h"

typedef struct fixture {
    ent_arena *arena;
} fixture;

static int setup(void **state)
{
    fixture *f = calloc(1, sizeof *f);

    f->arena = ent_arena_new((size_t)4 << 20);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;

    ent_arena_free(f->arena);
    free(f);
    return 0;
}

/* The words of a line, joined by '|'; what failed, if it did. */
static const char *line_of(fixture *f, const char *path, const char *query, const char *body)
{
    const verb *v = console_verb_find(ent_str_of(path));
    ent_json json = { 0 };
    ent_err err = { 0 };
    const char **argv;
    ent_buf buf;

    CHECK(v != NULL);
    if (body != NULL)
        CHECK_OK(ent_json_read(f->arena, ent_str_of(body), &json, &err), &err);
    ent_buf_init(&buf, f->arena);
    if (console_verb_line(f->arena, v, ent_str_of(query), json, &argv, &err) != ENT_OK) {
        CHECK(err.code == ENT_USAGE || err.code == ENT_LIMIT);
        return ent_arena_str(f->arena, ent_str_of(err.msg)).ptr;
    }
    for (size_t i = 0; argv[i] != NULL; i++)
        ent_buf_printf(&buf, "%s%s", i == 0 ? "" : "|", argv[i]);
    return buf.ptr;
}

static void a_path_is_a_commands_words(void **state)
{
    (void)state;
    CHECK(console_verb_find(ENT_STR("release/draft")) != NULL);
    CHECK(console_verb_find(ENT_STR("release draft")) == NULL);
    CHECK(console_verb_find(ENT_STR("release")) == NULL);
    CHECK(console_verb_find(ENT_STR("release/draft/")) == NULL);
    CHECK(console_verb_find(ENT_STR("release//draft")) == NULL);
    CHECK(console_verb_find(ENT_STR("")) == NULL);
    CHECK(console_verb_find(ENT_STR("backup")) == NULL); /* not offered */
}

static void a_query_becomes_arguments_and_options(void **state)
{
    fixture *f = *state;

    CHECK_STR(line_of(f, "search", "text=%D0%A6%D0%B0%D1%80+x&limit=5", NULL),
              "search|Цар x|--limit=5");
    CHECK_STR(line_of(f, "path", "a=A&b=B&evidential=true", NULL), "path|A|B|--evidential");
    CHECK_STR(line_of(f, "export", "format=csv", NULL), "export|--format=csv");
}

static void a_body_becomes_arguments_and_options(void **state)
{
    fixture *f = *state;

    CHECK_STR(line_of(f, "release/draft", "",
                      "{\"id\":[\"x\",\"y\"],\"to\":\"SVB\",\"purpose\":\"CT-INV\"}"),
              "release|draft|x|y|--to=SVB|--purpose=CT-INV");
    /* What an owner has granted to go on needs no id. */
    CHECK_STR(line_of(f, "release/draft", "",
                      "{\"id\":[],\"to\":\"SVB\",\"purpose\":\"CT-INV\",\"onward\":\"r\"}"),
              "release|draft|--to=SVB|--purpose=CT-INV|--onward=r");
    CHECK_STR(line_of(f, "release/draft", "", "{\"to\":\"SVB\",\"purpose\":\"CT-INV\"}"),
              "release|draft|--to=SVB|--purpose=CT-INV");
    CHECK_STR(line_of(f, "onward/ask", "", "{\"to\":\"SVB\",\"purpose\":\"CT-INV\"}"),
              "'id' is missing");
    CHECK_STR(
        line_of(f, "match/run", "", "{\"with\":[\"A\",\"B\"],\"purpose\":\"P\",\"seconds\":3}"),
        "match|run|--with=A|--with=B|--purpose=P|--seconds=3");
    CHECK_STR(line_of(f, "import", "purpose=P", NULL), "import|--purpose=P|-");
}

static void what_the_table_does_not_say_is_refused(void **state)
{
    fixture *f = *state;

    CHECK_STR(line_of(f, "search", "", NULL), "'text' is missing");
    CHECK_STR(line_of(f, "search", "text=a&text=b", NULL), "'text' is given twice");
    CHECK_STR(line_of(f, "search", "text=a&home=/", NULL), "'home' is no parameter of 'search'");
    CHECK_STR(line_of(f, "search", "text=a&as=root", NULL), "'as' is no parameter of 'search'");
    CHECK_STR(line_of(f, "search", "text=%zz", NULL), "a '%' is without two hex digits");
    CHECK_STR(line_of(f, "search", "text=%00", NULL), "'text' is no text in UTF-8 without NUL");
    CHECK_STR(line_of(f, "search", "text=%ff", NULL), "'text' is no text in UTF-8 without NUL");
    CHECK_STR(line_of(f, "path", "a=A&b=B&evidential=yes", NULL),
              "'evidential' is a flag: true, or absent");
    CHECK_STR(line_of(f, "recall", "", "{\"release\":{},\"reason\":\"r\"}"),
              "'release' is neither a text nor a list of texts");
}

/* An argument must not pass for an option, whatever it holds. */
static void an_argument_never_becomes_an_option(void **state)
{
    fixture *f = *state;

    CHECK_STR(line_of(f, "show", "id=--home%3D/etc", NULL), "'id' is empty or begins with '-'");
    CHECK_STR(line_of(f, "search", "text=-x", NULL), "'text' is empty or begins with '-'");
    /* The value of an option may begin with anything: it is one word with its name. */
    CHECK_STR(line_of(f, "search", "text=a&near=-44.1,-128.4,5", NULL),
              "search|a|--near=-44.1,-128.4,5");
}

static void every_row_of_the_table_can_be_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < console_verb_count; i++) {
        verb_parameter list[VERB_PARAMETERS];
        size_t count = console_verb_parameters(&console_verbs[i], list);
        bool reads = strcmp(console_verbs[i].method, "GET") == 0;

        CHECK(reads || strcmp(console_verbs[i].method, "POST") == 0);
        CHECK(!reads || !console_verb_takes_file(&console_verbs[i]));
        for (size_t k = 0; k < count; k++)
            for (size_t c = 0; c < list[k].name.size; c++)
                CHECK(strchr("abcdefghijklmnopqrstuvwxyz-", list[k].name.ptr[c]) != NULL);
    }
}

static bool line_made(ent_arena *arena)
{
    const verb *v = console_verb_find(ENT_STR("search"));
    ent_err err = { 0 };
    const char **argv;
    ent_code rc =
        console_verb_line(arena, v, ENT_STR("text=a&limit=3"), (ent_json){ 0 }, &argv, &err);

    CHECK(rc == ENT_OK || rc == ENT_LIMIT);
    return rc == ENT_OK;
}

static void memory_that_runs_out_is_an_error(void **state)
{
    (void)state;
    FAULT_SWEEP(arena, (size_t)1 << 20, line_made(arena));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_path_is_a_commands_words, setup, teardown),
        cmocka_unit_test_setup_teardown(a_query_becomes_arguments_and_options, setup, teardown),
        cmocka_unit_test_setup_teardown(a_body_becomes_arguments_and_options, setup, teardown),
        cmocka_unit_test_setup_teardown(what_the_table_does_not_say_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(an_argument_never_becomes_an_option, setup, teardown),
        TEST(every_row_of_the_table_can_be_read),
        TEST(memory_that_runs_out_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
