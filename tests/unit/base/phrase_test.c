/* Sentences of the node as codes: each form reads itself back, is what the source says, and has
 * words in every language of the console. */
#include "base/phrase.h"
#include "base/text.h"
#include "test.h"

#include <dirent.h>

#define ROOM ((size_t)64 << 20)

static const char *json_of(ent_arena *arena, const char *message)
{
    ent_err err;
    ent_str text;
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_phrase_json(&w, ent_str_of(message));
    CHECK_OK(ent_buf_done(&buf, &text, &err), &err);
    return text.ptr;
}

static void what_stands_in_the_gaps_is_taken_out(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);

    (void)state;
    CHECK_STR(json_of(arena, "the patronymics differ"),
              "{\"code\":\"names.patronymics\",\"args\":{}}");
    CHECK_STR(json_of(arena, "1 word of the closest names found a partner, covering 60 and 100 "
                             "per cent of their weight"),
              "{\"code\":\"names.cover\",\"args\":{\"n\":\"1\",\"_s\":\"\",\"low\":\"60\","
              "\"high\":\"100\"}}");
    CHECK_STR(json_of(arena, "the role 'admin' may not `search` [roles]"),
              "{\"code\":\"role.verb\",\"args\":{\"role\":\"admin\",\"verb\":\"search\"}}");
    CHECK_STR(json_of(arena, "what nobody ever says"), "null");
    CHECK_STR(json_of(arena, ""), "null");
    ent_arena_free(arena);
}

static void a_gap_may_hold_a_sentence(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);

    (void)state;
    CHECK_STR(json_of(arena, "no agreement with 'SVB' is in force: it has ended [agreement]"),
              "{\"code\":\"agreement.not-in-force\",\"args\":{\"peer\":\"SVB\",\"why\":"
              "{\"code\":\"agreement.over\",\"args\":{}}}}");
    CHECK_STR(json_of(arena, "no agreement with 'SVB' is in force: of a later version [agreement]"),
              "{\"code\":\"agreement.not-in-force\",\"args\":{\"peer\":\"SVB\",\"why\":"
              "\"of a later version\"}}");
    ent_arena_free(arena);
}

static void a_sentence_is_found_behind_its_contexts(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);

    (void)state;
    CHECK_STR(json_of(arena, "drafting: the third: identity--1 may not go to SVB for 'A': not met: "
                             "the owner does not forbid disclosure [disclosure]"),
              "{\"code\":\"release.not-met\",\"args\":{\"id\":\"identity--1\",\"peer\":\"SVB\","
              "\"purpose\":\"A\",\"rule\":{\"code\":\"rule.disclosure\",\"args\":{}},"
              "\"_clause\":\"disclosure\"},\"before\":\"drafting: the third\"}");
    /* A sentence in the middle of what was said is not what was said. */
    CHECK_STR(json_of(arena, "the patronymics differ: and so on"), "null");
    ent_arena_free(arena);
}

static void data_that_looks_like_a_form_stays_data(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);

    (void)state;
    CHECK_STR(json_of(arena, "there is no object '\"}{code}'"),
              "{\"code\":\"none.object\",\"args\":{\"id\":\"\\\"}{code}\"}}");
    CHECK_STR(json_of(arena, "there is no object 'there is no object 'x''"),
              "{\"code\":\"none.object\",\"args\":{\"id\":\"there is no object 'x'\"}}");
    ent_arena_free(arena);
}

/* ---- the table ---- */

/* The form with `filling` in its gaps. */
static const char *filled(ent_arena *arena, const char *form, const char *filling)
{
    ent_err err;
    ent_str text;
    ent_buf buf;

    ent_buf_init(&buf, arena);
    while (*form != '\0') {
        size_t size = strcspn(form, "{");

        ent_buf_put(&buf, form, size);
        form += size;
        if (*form == '{') {
            ent_buf_c(&buf, filling);
            form += strcspn(form, "}") + 1;
        }
    }
    CHECK_OK(ent_buf_done(&buf, &text, &err), &err);
    return text.ptr == NULL ? "" : text.ptr;
}

static void every_form_reads_itself_back_and_is_no_other(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    const char *form;

    (void)state;
    for (size_t i = 0; (form = ent_phrase_form(i)) != NULL; i++) {
        ent_phrase phrase;

        if (!ent_phrase_read(ent_str_of(filled(arena, form, "Zx-7")), &phrase) ||
            strcmp(phrase.code, ent_phrase_code(i)) != 0)
            fail_msg("'%s' is read as '%s'", ent_phrase_code(i),
                     phrase.code == NULL ? "nothing" : phrase.code);
        if (strstr(form, "}{") != NULL)
            fail_msg("'%s' has two gaps with nothing between them", ent_phrase_code(i));
        for (size_t j = 0; j < i; j++)
            if (strcmp(ent_phrase_code(i), ent_phrase_code(j)) == 0)
                fail_msg("'%s' stands there twice", ent_phrase_code(i));
    }
    CHECK(ent_phrase_code(100000) == NULL);
    ent_arena_free(arena);
}

/* ---- what the source says ---- */

/* Behind a closing quote: where the text goes on ("%" PRId64 " entries"), or NULL. */
static const char *text_again(const char *at)
{
    at += strspn(at, " \n\t\\");
    if (strncmp(at, "PRI", 3) == 0)
        at += strspn(at, "PRIdux0123456789 \n\t\\");
    return *at == '"' ? at : NULL;
}

/* What stands in one pair of quotes and their continuations, from behind the first quote; returns
 * where it ends.  {} where printf or the table has a gap. */
static const char *text_put(ent_buf *buf, const char *at)
{
    for (; *at != '\0' && *at != '\n'; at++) {
        if (*at == '%' && at[1] != '%') {
            at += strcspn(at, "sdugxc\"");
            ent_buf_c(buf, "{}");
            if (*at == '\0')
                break;
        } else if (*at == '%' || (*at == '\\' && at[1] != '\0')) {
            at++;
            ent_buf_put(buf, at, 1);
            continue;
        } else if (*at != '"') {
            ent_buf_put(buf, at, 1);
        }
        if (*at == '"') {
            const char *again = text_again(at + 1);

            if (again == NULL)
                break;
            at = again;
        }
    }
    ent_buf_byte(buf, '\0');
    return at;
}

/* Appends all texts of a source file, with NUL behind each. */
static void texts_put(ent_buf *buf, const char *at)
{
    for (; *at != '\0'; at++)
        if (*at == '\'' && at[1] != '\0' && at[2] == '\'')
            at += 2; /* the character '"' */
        else if (*at == '"' && *(at = text_put(buf, at + 1)) == '\0')
            break;
}

static char *file_read(ent_arena *arena, const char *path)
{
    FILE *f = fopen(path, "rb");
    long size;
    char *text;

    if (f == NULL)
        return NULL;
    CHECK_INT(fseek(f, 0, SEEK_END), 0);
    size = ftell(f);
    CHECK(size >= 0);
    CHECK_INT(fseek(f, 0, SEEK_SET), 0);
    text = ent_arena_alloc(arena, (size_t)size + 1);
    CHECK(text != NULL);
    CHECK_INT(fread(text, 1, (size_t)size, f), (size_t)size);
    text[size] = '\0';
    (void)fclose(f);
    return text;
}

static void module_read(ent_buf *texts, const char *module)
{
    ent_str folder = ent_arena_printf(texts->arena, "src/%s", module);
    DIR *dir = opendir(folder.ptr);
    const struct dirent *e;

    if (dir == NULL)
        return;
    while ((e = readdir(dir)) != NULL) {
        const char *dot = strrchr(e->d_name, '.');
        ent_arena *arena;
        ent_str path;

        if (dot == NULL || strcmp(e->d_name, "phrases.def") == 0 ||
            (strcmp(dot, ".c") != 0 && strcmp(dot, ".h") != 0 &&
             strcmp(e->d_name, "evidence.def") != 0 && strcmp(e->d_name, "alarms.def") != 0))
            continue;
        arena = ent_arena_new(ROOM);
        path = ent_arena_printf(arena, "%s/%s", folder.ptr, e->d_name);
        texts_put(texts, file_read(arena, path.ptr));
        ent_arena_free(arena);
    }
    (void)closedir(dir);
}

static bool is_said(ent_str texts, const char *text)
{
    for (size_t at = 0; at < texts.size; at += strlen(texts.ptr + at) + 1)
        if (strcmp(texts.ptr + at, text) == 0)
            return true;
    return false;
}

static void every_form_is_what_the_source_says(void **state)
{
    static const char *const one[] = {
#define X(code, form) (form),
#define MADE(code, form)
#include "base/phrases.def"
#undef X
#undef MADE
    };
    static const char *const modules[] = { "names", "policy",  "resolve",  "store", "holdings",
                                           "desk",  "persons", "casework", "joint", "console",
                                           "node",  "cli",     "link",     "match" };
    ent_arena *arena = ent_arena_new(4 * ROOM);
    ent_str texts;
    ent_buf buf;
    ent_err err;
    size_t missing = 0;

    (void)state;
    ent_buf_init(&buf, arena);
    for (size_t i = 0; i < sizeof modules / sizeof *modules; i++)
        module_read(&buf, modules[i]);
    CHECK_OK(ent_buf_done(&buf, &texts, &err), &err);
    for (size_t i = 0; i < sizeof one / sizeof *one; i++)
        if (!is_said(texts, filled(arena, one[i], "{}"))) {
            print_error("nothing says '%s'\n", one[i]);
            missing++;
        }
    CHECK_INT(missing, 0);
    ent_arena_free(arena);
}

/* ---- the console's words ---- */

/* Has the translation this gap, and the form each gap of the translation? */
static void gaps_check(const char *language, const char *code, const char *form, ent_str words)
{
    char text[4096];

    CHECK(words.size < sizeof text);
    memcpy(text, words.ptr, words.size);
    text[words.size] = '\0';
    for (const char *at = strchr(form, '{'); at != NULL; at = strchr(at + 1, '{')) {
        int size = (int)strcspn(at, "}") - 1;
        const char *name = at[1] == '@' ? (size--, at + 2) : at + 1;
        char gap[64];

        (void)snprintf(gap, sizeof gap, "{%.*s}", size, name);
        if (name[0] != '_' && strstr(text, gap) == NULL)
            fail_msg("%s: '%s' says nothing of %s", language, code, gap);
    }
    for (const char *at = strchr(text, '{'); at != NULL; at = strchr(at + 1, '{')) {
        int size = (int)strcspn(at, "}") - 1;
        char plain[64], said[64];

        (void)snprintf(plain, sizeof plain, "{%.*s}", size, at + 1);
        (void)snprintf(said, sizeof said, "{@%.*s}", size, at + 1);
        if (strstr(form, plain) == NULL && strstr(form, said) == NULL)
            fail_msg("%s: '%s' has a gap %s that nothing fills", language, code, plain);
    }
}

/* Code points of the script; what is Latin in a sentence are codes and options. */
static bool is_written_in(ent_str words, uint32_t first, uint32_t last)
{
    size_t at = 0;

    while (at < words.size) {
        uint32_t c = ent_utf8_next(words, &at);

        if (c >= first && c <= last)
            return true;
    }
    return false;
}

static bool is_code(const char *name)
{
    static const char *const problems[] = {
#define X(symbol, exit, http, meaning) "problem." #symbol,
#include "base/err_codes.def"
#undef X
    };

    for (size_t i = 0; ent_phrase_code(i) != NULL; i++)
        if (strcmp(name, ent_phrase_code(i)) == 0)
            return true;
    for (size_t i = 0; i < sizeof problems / sizeof *problems; i++)
        if (strcmp(name, problems[i]) == 0)
            return true;
    return strncmp(name, "problem.HTTP-", 13) == 0;
}

static size_t missing_count(const char *language, ent_json words, const char *code,
                            const char *form, uint32_t first, uint32_t last)
{
    ent_str said = ent_json_get_text(words, code);

    if (said.size == 0) {
        print_error("%s has no words for '%s'\n", language, code);
        return 1;
    }
    if (!is_written_in(said, first, last))
        fail_msg("%s: '%s' is not written in its letters", language, code);
    gaps_check(language, code, form, said);
    return 0;
}

static void every_code_has_words_in_every_language(void **state)
{
    static const struct {
        const char *language;
        uint32_t first, last; /* its letters */
    } languages[] = { { "fr", 'a', 'z' }, { "ru", 0x430, 0x44f }, { "ar", 0x627, 0x64a } };
    static const char *const problems[] = {
#define X(symbol, exit, http, meaning) "problem." #symbol,
#include "base/err_codes.def"
#undef X
        "problem.HTTP-400", "problem.HTTP-401", "problem.HTTP-403", "problem.HTTP-404",
        "problem.HTTP-405", "problem.HTTP-408", "problem.HTTP-413", "problem.HTTP-414",
        "problem.HTTP-415", "problem.HTTP-431", "problem.HTTP-422", "problem.HTTP-503"
    };

    (void)state;
    for (size_t l = 0; l < sizeof languages / sizeof *languages; l++) {
        ent_arena *arena = ent_arena_new(ROOM);
        const char *language = languages[l].language;
        ent_str path = ent_arena_printf(arena, "web/src/words/said.%s.json", language);
        uint32_t first = languages[l].first, last = languages[l].last;
        char *text = file_read(arena, path.ptr);
        size_t missing = 0;
        ent_json words;
        ent_err err;

        if (text == NULL)
            fail_msg("%s is not there", path.ptr);
        CHECK_OK(ent_json_read(arena, ent_str_of(text), &words, &err), &err);
        for (size_t i = 0; ent_phrase_code(i) != NULL; i++)
            missing +=
                missing_count(language, words, ent_phrase_code(i), ent_phrase_form(i), first, last);
        for (size_t i = 0; i < sizeof problems / sizeof *problems; i++)
            if (strcmp(problems[i], "problem.OK") != 0 && strcmp(problems[i], "problem.NO") != 0)
                missing += missing_count(language, words, problems[i], "", first, last);
        for (ent_json v = ent_json_first(words); v.doc != NULL; v = ent_json_next(v)) {
            ent_str name = ent_arena_str(arena, ent_json_name(v));

            if (!is_code(name.ptr))
                fail_msg("%s has words for '%s', which nothing says", language, name.ptr);
        }
        CHECK_INT(missing, 0);
        ent_arena_free(arena);
    }
}

RUN_TESTS(TEST(what_stands_in_the_gaps_is_taken_out), TEST(a_gap_may_hold_a_sentence),
          TEST(a_sentence_is_found_behind_its_contexts),
          TEST(data_that_looks_like_a_form_stays_data),
          TEST(every_form_reads_itself_back_and_is_no_other),
          TEST(every_form_is_what_the_source_says), TEST(every_code_has_words_in_every_language))
