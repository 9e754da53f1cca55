/* The terms of an agreement: what is read, what is refused and where, and the words. */
#include "policy/agreement.h"

#include "base/phrase.h"
#include "test.h"

#define ROOM ((size_t)1 << 20)

#define TERMS                                                                             \
    "{\"name\":\"ENT-2024-01\",\"purposes\":[\"CT-INV\",\"CT-PREV\",\"SAFETY\"],"         \
    "\"match\":{\"keys_per_day\":200,\"set_max\":50},\"release\":true,\"onward\":\"H2\"," \
    "\"retention_months\":12,\"not_before\":\"2024-11-10\",\"not_after\":\"2026-11-10\"," \
    "\"deconfliction\":true,\"text\":\"notice is thirty days\"}"
#define LEAST "{\"name\":\"x\",\"purposes\":[\"A\"],\"retention_months\":1,\"not_after\":\"2025\""

static ent_code read_terms(ent_arena *arena, const char *text, policy_agreement *a, ent_err *err)
{
    ent_json json;

    ENT_TRY(ent_json_read(arena, ent_str_of(text), &json, err));
    return policy_terms_read(json, a, err);
}

static void every_term_is_read(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    policy_agreement a;
    ent_err err;

    (void)state;
    CHECK_OK(read_terms(arena, TERMS, &a, &err), &err);
    CHECK_TEXT(a.name, "ENT-2024-01");
    CHECK_TEXT(a.text, "notice is thirty days");
    CHECK_INT(a.terms.purpose_count, 3);
    CHECK_TEXT(a.terms.purposes[2], "SAFETY");
    CHECK(a.terms.match && a.terms.release && !a.terms.in_force && !a.terms.both_party);
    CHECK_INT(a.terms.onward, POLICY_ONWARD_CONSENT);
    CHECK(a.deconfliction && !a.hypotheses);
    CHECK_INT(a.keys_per_day, 200);
    CHECK_INT(a.set_max, 50);
    CHECK_OK(
        read_terms(arena, LEAST ",\"match\":{\"keys_per_day\":16,\"set_max\":16777216}}", &a, &err),
        &err);
    CHECK_INT(a.set_max, 16777216);
    CHECK_OK(read_terms(arena, TERMS, &a, &err), &err);
    CHECK_INT(a.retention_months, 12);
    CHECK_INT(a.dates.first, ent_day_of(2024, 11, 10));
    CHECK_INT(a.dates.last, ent_day_of(2026, 11, 10));
    ent_arena_free(arena);
}

static void graded_names_are_agreed_to_in_words(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    const char *const terms[] = {
        LEAST ",\"match\":{\"keys_per_day\":16,\"set_max\":16}}",
        LEAST ",\"match\":{\"keys_per_day\":16,\"set_max\":16,\"graded_names\":true}}"
    };
    policy_agreement a;
    ent_str text;
    ent_buf buf;
    ent_err err;

    (void)state;
    for (int graded = 0; graded < 2; graded++) {
        CHECK_OK(read_terms(arena, terms[graded], &a, &err), &err);
        CHECK(a.graded_names == (graded == 1));
        ent_buf_init(&buf, arena);
        policy_terms_text(&a, &buf);
        CHECK_OK(ent_buf_done(&buf, &text, &err), &err);
        CHECK((strstr(ent_arena_str(arena, text).ptr, "three rare words") != NULL) ==
              (graded == 1));
    }
    ent_arena_free(arena);
}

#define MATCH(more) LEAST ",\"match\":{\"keys_per_day\":100,\"set_max\":50" more "}}"

static void sets_are_bounded_below_by_kind_and_audited(void **state)
{
    static const struct {
        const char *terms, *why;
    } bad[] = {
        { MATCH(",\"set_min\":0"), "'set_min' is missing or no whole number from 1 to 50" },
        { MATCH(",\"set_min\":51"), "'set_min' is missing or no whole number from 1 to 50" },
        { MATCH(",\"audit\":-1"), "'audit' is missing or no whole number from 0 to 4096" },
        { MATCH(",\"audit\":4097"), "'audit' is missing or no whole number from 0 to 4096" },
        { MATCH(",\"namespaces\":[\"tel\"]"), "'namespaces' is no object" },
        { MATCH(",\"namespaces\":{\"tel\":-1}"), "'namespaces' holds what is no number of keys" },
        { MATCH(",\"namespaces\":{\"tel\":\"1\"}"),
          "'namespaces' holds what is no number of keys" },
        { MATCH(",\"graded_names\":1"), "'graded_names' is not true or false" },
        { MATCH(",\"namespaces\":{\"tel\":1099511627777}"),
          "'namespaces' holds what is no number of keys" },
        { MATCH(",\"namespaces\":{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,"
                "\"h\":1,\"i\":1,\"j\":1,\"k\":1,\"l\":1,\"m\":1,\"n\":1,\"o\":1,\"p\":1,"
                "\"q\":1}"),
          "'namespaces' is no object of at most 16" },
        { MATCH(",\"fast_experimental\":1"), "'fast_experimental' is not true or false" },
        { MATCH(",\"other\":1"), "'other' is not known" },
    };
    ent_arena *arena = ent_arena_new(ROOM);
    policy_agreement a;
    ent_str text;
    ent_buf buf;
    ent_err err;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_INT(read_terms(arena, bad[i].terms, &a, &err), ENT_FORMAT);
        if (strstr(err.msg, bad[i].why) == NULL)
            fail_msg("%s: %s", bad[i].terms, err.msg);
    }
    CHECK_OK(read_terms(arena,
                        MATCH(",\"set_min\":20,\"audit\":300,\"namespaces\":{\"tel\":10,\"nm\":0}"),
                        &a, &err),
             &err);
    CHECK_INT(a.set_min, 20);
    CHECK_INT(a.audit, 300);
    CHECK_INT(a.namespace_count, 2);
    CHECK_TEXT(a.namespaces[1].prefix, "nm");
    CHECK_INT(a.namespaces[0].keys_per_day, 10);
    ent_buf_init(&buf, arena);
    policy_terms_text(&a, &buf);
    CHECK_OK(ent_buf_done(&buf, &text, &err), &err);
    CHECK(strstr(text.ptr, "No set has fewer than 20 keys of the party's own.") != NULL);
    CHECK(strstr(text.ptr, "at most 10 keys a day are of the kind 'tel'.") != NULL);
    CHECK(strstr(text.ptr, "Of each set, 300 places that nobody chose are opened") != NULL);
    ent_arena_free(arena);
}

static void what_is_not_mentioned_does_not_flow(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    policy_agreement a;
    ent_err err;

    (void)state;
    CHECK_OK(read_terms(arena, LEAST "}", &a, &err), &err);
    CHECK(!a.terms.match && !a.terms.release && !a.hypotheses && !a.deconfliction);
    CHECK_INT(a.terms.onward, POLICY_ONWARD_NONE);
    CHECK_INT(a.keys_per_day, 0);
    CHECK_INT(a.dates.first, ENT_DAY_MIN);
    CHECK_INT(a.dates.last, ent_day_of(2025, 12, 31));
    CHECK(a.text.ptr == NULL);
    CHECK_OK(read_terms(arena, LEAST ",\"onward\":\"none\",\"release\":false}", &a, &err), &err);
    CHECK_INT(a.terms.onward, POLICY_ONWARD_NONE);
    CHECK_OK(read_terms(arena, LEAST ",\"onward\":\"marked\",\"hypotheses\":true}", &a, &err),
             &err);
    CHECK_INT(a.terms.onward, POLICY_ONWARD_MARKED);
    CHECK(a.hypotheses);
    CHECK_STR(policy_onward_name(POLICY_ONWARD_CONSENT), "H2");
    ent_arena_free(arena);
}

static void a_wrong_term_is_named(void **state)
{
    static const char *const bad[][2] = {
        { "[]", "the agreement is no JSON object" },
        { "{}", "the agreement: member 'name' is missing or no text" },
        { "{\"name\":\"\"}", "the agreement: member 'name' is missing or no text" },
        { "{\"name\":1}", "the agreement: member 'name' is missing or no text" },
        { "{\"name\":\"x\"}", "the agreement: member 'purposes' is no list of 1 to 16 texts" },
        { "{\"name\":\"x\",\"purposes\":[]}",
          "the agreement: member 'purposes' is no list of 1 to 16 texts" },
        { "{\"name\":\"x\",\"purposes\":{\"a\":\"b\"}}",
          "the agreement: member 'purposes' is no list of 1 to 16 texts" },
        { "{\"name\":\"x\",\"purposes\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\","
          "\"10\",\"11\",\"12\",\"13\",\"14\",\"15\",\"16\",\"17\"]}",
          "the agreement: member 'purposes' is no list of 1 to 16 texts" },
        { "{\"name\":\"x\",\"purposes\":[\"\"]}",
          "the agreement: member 'purposes' holds what is no text" },
        { "{\"name\":\"x\",\"purposes\":[\"A\"],\"retention_months\":1}",
          "the agreement: member 'not_after' is missing or no text" },
        { "{\"name\":\"x\",\"purposes\":[\"A\"],\"not_after\":\"2025\"}",
          "the agreement: member 'retention_months' is missing or no whole number from 1 to 1200" },
        { "{\"name\":\"x\",\"purposes\":[\"A\"],\"retention_months\":0}",
          "the agreement: member 'retention_months' is missing or no whole number from 1 to 1200" },
        { "{\"name\":\"x\",\"purposes\":[\"A\"],\"retention_months\":1201}",
          "the agreement: member 'retention_months' is missing or no whole number from 1 to 1200" },
        { LEAST ",\"nonsense\":1}", "the agreement: member 'nonsense' is not known" },
        { LEAST ",\"a member whose name is longer than what is told of it\":1}",
          "the agreement: member 'a member whose name is longer than what ' is not known" },
        { LEAST ",\"heads\":1}", "the agreement: member 'heads' is not true or false" },
        { LEAST ",\"not_before\":\"2026\"}", "the agreement: it ends before it begins" },
        { LEAST ",\"not_before\":2024}",
          "the agreement: member 'not_before' is missing or no text" },
        { LEAST ",\"text\":[]}", "the agreement: member 'text' is missing or no text" },
        { LEAST ",\"release\":1}", "the agreement: member 'release' is not true or false" },
        { LEAST ",\"hypotheses\":\"true\"}",
          "the agreement: member 'hypotheses' is not true or false" },
        { LEAST ",\"deconfliction\":null}",
          "the agreement: member 'deconfliction' is not true or false" },
        { LEAST ",\"emergency\":1}", "the agreement: member 'emergency' is not true or false" },
        { LEAST ",\"onward\":\"all\"}",
          "the agreement: member 'onward' is not none, H2 or marked" },
        { LEAST ",\"onward\":true}", "the agreement: member 'onward' is missing or no text" },
        { LEAST ",\"match\":true}", "member 'match' of the agreement is no JSON object" },
        { LEAST ",\"match\":{\"more\":1}}",
          "member 'match' of the agreement: member 'more' is not known" },
        { LEAST ",\"match\":{\"set_max\":1}}",
          "the agreement: member 'keys_per_day' is missing or no whole number from 16 to "
          "1099511627776" },
        { LEAST ",\"match\":{\"keys_per_day\":15,\"set_max\":1}}",
          "the agreement: member 'keys_per_day' is missing or no whole number from 16 to "
          "1099511627776" },
        { LEAST ",\"match\":{\"keys_per_day\":16,\"set_max\":0}}",
          "the agreement: member 'set_max' is missing or no whole number from 1 to 16777216" },
        { LEAST ",\"match\":{\"keys_per_day\":16,\"set_max\":16777217}}",
          "the agreement: member 'set_max' is missing or no whole number from 1 to 16777216" },
    };
    ent_arena *arena = ent_arena_new(ROOM);
    policy_agreement a;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ent_err err = { 0 };

        CHECK_INT(read_terms(arena, bad[i][0], &a, &err), ENT_FORMAT);
        CHECK_STR(err.msg, bad[i][1]);
        CHECK(!a.terms.match && !a.terms.release && a.terms.purpose_count == 0);
        CHECK(!policy_terms_current(&a, ent_day_of(2025, 1, 1)));
    }
    CHECK_INT(read_terms(arena, LEAST ",\"not_before\":\"soon\"}", &a, &(ent_err){ 0 }),
              ENT_FORMAT);
    CHECK_INT(read_terms(arena,
                         "{\"name\":\"x\",\"purposes\":[\"A\"],\"retention_months\":1,"
                         "\"not_after\":\"never\"}",
                         &a, &(ent_err){ 0 }),
              ENT_FORMAT);
    ent_arena_free(arena);
}

static void its_days_include_the_first_and_the_last(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);
    policy_agreement a;
    ent_err err;

    (void)state;
    CHECK_OK(read_terms(arena, TERMS, &a, &err), &err);
    CHECK(!policy_terms_current(&a, ent_day_of(2024, 11, 9)));
    CHECK(policy_terms_current(&a, ent_day_of(2024, 11, 10)));
    CHECK(policy_terms_current(&a, ent_day_of(2026, 11, 10)));
    CHECK(!policy_terms_current(&a, ent_day_of(2026, 11, 11)));
    ent_arena_free(arena);
}

static const char *words_of(ent_arena *arena, const char *text)
{
    policy_agreement a;
    ent_err err;
    ent_buf buf;
    ent_str words;

    CHECK_OK(read_terms(arena, text, &a, &err), &err);
    ent_buf_init(&buf, arena);
    policy_terms_text(&a, &buf);
    CHECK_OK(ent_buf_done(&buf, &words, &err), &err);
    return words.ptr;
}

static void lines_are_known(const char *words)
{
    const char *line = strchr(words, '\n') + 1; /* behind the name */

    while (*line != '\0') {
        ent_str text = { line, strcspn(line, "\n") };
        ent_phrase phrase;

        if (!ent_phrase_read(text, &phrase) || strncmp(phrase.code, "terms.", 6) != 0)
            fail_msg("no row of phrases.def: %.*s", ENT_STR_ARG(text));
        line += text.size + 1;
    }
}

static void every_clause_is_known_to_the_console(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);

    (void)state;
    lines_are_known(words_of(arena, TERMS));
    lines_are_known(words_of(arena, LEAST "}"));
    lines_are_known(words_of(arena, LEAST ",\"onward\":\"marked\",\"hypotheses\":true}"));
    lines_are_known(words_of(
        arena, LEAST ",\"match\":{\"keys_per_day\":16,\"set_max\":16,\"set_min\":2,\"audit\":4,"
                     "\"fast_experimental\":true,\"graded_names\":true,\"namespaces\":{\"tel\":5}},"
                     "\"release\":true,\"emergency\":true,\"heads\":true,\"onward\":\"none\"}"));
    ent_arena_free(arena);
}

static void lawyers_read_the_same_clauses(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);

    (void)state;
    CHECK_STR(
        words_of(arena, TERMS),
        "ENT-2024-01\n"
        "1. Purposes. What is exchanged is used for CT-INV, CT-PREV and SAFETY, and for nothing "
        "else.\n"
        "2. Private match. A party may ask in private which records both hold: at most 50 keys in "
        "one set and 200 keys a day. A match tells that both hold a record and nothing else. "
        "Witnesses, victims, minors and records marked silent are in no set.\n"
        "3. Release. A party may give the other what two of its disclosure officers have approved, "
        "neither of them its drafter; about a witness, a victim or a minor the legal officer "
        "approves as well.\n"
        "4. Passing on. What was received is passed on only with its originator's consent, asked "
        "for each time (H2).\n"
        "5. Retention. What was received is erased or reviewed 12 months after it was received, or "
        "earlier if its owner says so.\n"
        "6. Plans. Plans are compared in private; a clash tells the domain, the day and whom to "
        "call.\n"
        "7. Hypotheses. No hypotheses are put.\n"
        "8. Time. In force from 2024-11-10 up to and including 2026-11-10. Each party may suspend "
        "it at once.\n"
        "In the parties' own words, which bind people and are not checked: notice is thirty "
        "days\n");
    CHECK_STR(words_of(arena, LEAST ",\"hypotheses\":true,\"onward\":\"marked\"}"),
              "x\n"
              "1. Purposes. What is exchanged is used for A, and for nothing else.\n"
              "2. Private match. There is no private match under this agreement.\n"
              "3. Release. No content is given under this agreement.\n"
              "4. Passing on. What was received is passed on only as far as every marking on it "
              "allows.\n"
              "5. Retention. What was received is erased or reviewed 1 month after it was "
              "received, or earlier if its owner says so.\n"
              "6. Plans. Plans are not compared.\n"
              "7. Hypotheses. The parties answer each other's hypotheses by yes, no or silence.\n"
              "8. Time. In force up to and including 2025-12-31. Each party may suspend it at "
              "once.\n");
    ent_arena_free(arena);
}

/* What is agreed to beyond the usual has a sentence of its own, and none without it. */
static void what_is_not_usual_has_a_sentence(void **state)
{
    static const char *const terms[][2] = {
        { MATCH(",\"fast_experimental\":true"), "no outside cryptographer has reviewed" },
        { LEAST ",\"release\":true,\"emergency\":true}", "one officer may give it" },
        { LEAST ",\"heads\":true}", "how far the logs between them have come" },
    };
    ent_arena *arena = ent_arena_new(ROOM);

    (void)state;
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 3; j++)
            CHECK((strstr(words_of(arena, terms[i][0]), terms[j][1]) != NULL) == (i == j));
    CHECK(strstr(words_of(arena, LEAST ",\"emergency\":true}"), terms[1][1]) == NULL);
    ent_arena_free(arena);
}

static void text_of_others_cannot_act_on_a_terminal(void **state)
{
    ent_arena *arena = ent_arena_new(ROOM);

    (void)state;
    CHECK(strstr(words_of(arena, "{\"name\":\"\\u001b[2J\",\"purposes\":[\"\\u202e\"],"
                                 "\"retention_months\":1,\"not_after\":\"2025\",\"text\":"
                                 "\"a\\u001b\"}"),
                 "\x1b") == NULL);
    ent_arena_free(arena);
}

RUN_TESTS(TEST(every_term_is_read), TEST(graded_names_are_agreed_to_in_words),
          TEST(sets_are_bounded_below_by_kind_and_audited),
          TEST(what_is_not_mentioned_does_not_flow), TEST(a_wrong_term_is_named),
          TEST(its_days_include_the_first_and_the_last), TEST(every_clause_is_known_to_the_console),
          TEST(lawyers_read_the_same_clauses), TEST(what_is_not_usual_has_a_sentence),
          TEST(text_of_others_cannot_act_on_a_terminal))
