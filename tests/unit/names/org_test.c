/* Organisations and vessels: legal forms, trades in several languages, acronyms, numbers. */
#include "test.h"

#include "names/names.h"

static double score(const char *schema, const char *a, const char *b, names_decision *decision)
{
    ent_str x = ent_str_of(a), y = ent_str_of(b);
    names_record p = { .schema = ent_str_of(schema), .names = &x, .name_count = 1 };
    names_record q = { .schema = ent_str_of(schema), .names = &y, .name_count = 1 };
    names_verdict v = names_compare(&p, &q);

    if (decision != NULL)
        *decision = v.decision;
    return v.score;
}

static void legal_forms_are_set_aside(void **state)
{
    names_decision decision;

    (void)state;
    CHECK(score("org", "Siemens AG", "Siemens Aktiengesellschaft", &decision) > 0.8);
    CHECK(decision >= NAMES_REVIEW);
    CHECK(score("org", "OOO Vektor Plus",
                "Obshchestvo s ogranichennoi otvetstvennostiu Vektor Plus", NULL) > 0.8);
    CHECK(score("org", "Siemens AG", "Volkswagen AG", &decision) < 0.2);
    CHECK_INT(decision, NAMES_DIFFERENT);
}

static void trades_are_translated(void **state)
{
    (void)state;
    CHECK(score("org", "Tambovskii Porokhovoi Zavod", "Tambov Gunpowder Plant", NULL) > 0.5);
    CHECK(score("org", "Тамбовский пороховой завод", "Tambov Gunpowder Plant", NULL) > 0.5);
}

static void numbers_must_agree(void **state)
{
    (void)state;
    CHECK(score("org", "Military Unit 74455", "Military Unit 26165", NULL) <
          score("org", "Military Unit 74455", "Military Unit 74455", NULL));
    CHECK(score("org", "Second Academy of Sciences", "2nd Academy of Sciences", NULL) > 0.8);
}

static void an_imo_number_speaks_louder_than_a_name(void **state)
{
    ent_str a = ENT_STR("Snow Storm"), b = ENT_STR("Victory");
    names_document imo = { ENT_STR("imo"), ENT_STR("IMO 9187629"), ENT_STR_NONE };
    names_record x = { .schema = ENT_STR("vessel"),
                       .names = &a,
                       .name_count = 1,
                       .documents = &imo,
                       .document_count = 1 };
    names_record y = { .schema = ENT_STR("vessel"),
                       .names = &b,
                       .name_count = 1,
                       .documents = &imo,
                       .document_count = 1 };

    (void)state;
    CHECK(names_compare(&x, &y).decision >= NAMES_REVIEW);
    CHECK(names_compare(&x, &y).score >= 0.5);
}

static void a_person_is_no_organisation(void **state)
{
    ent_str a = ENT_STR("Ivan Petrov");
    names_record x = { .schema = ENT_STR("person"), .names = &a, .name_count = 1 };
    names_record y = { .schema = ENT_STR("org"), .names = &a, .name_count = 1 };

    (void)state;
    CHECK_INT(names_compare(&x, &y).decision, NAMES_DIFFERENT);
}

RUN_TESTS(TEST(legal_forms_are_set_aside), TEST(trades_are_translated), TEST(numbers_must_agree),
          TEST(an_imo_number_speaks_louder_than_a_name), TEST(a_person_is_no_organisation))
