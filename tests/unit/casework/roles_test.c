/* casework/roles: every verb as every role, and that every command of the
 * program is one. */
#include "test.h"

#include "casework/roles.h"

static const char *const roles[] = { "collector", "analyst", "disclosure", "legal",
                                     "liaison",   "case",    "admin",      "oversight" };

static bool may(const char *verb, const char *role)
{
    const casework_verb *row = casework_verb_find(verb);

    return row != NULL && casework_verb_allows(row, role);
}

/* What a role may never do, said once more and otherwise than in the table. */
static bool expected(const casework_verb *v, const char *role, bool actual)
{
    bool approves = strstr(v->name, " approve") != NULL || strcmp(v->name, "recall") == 0;

    if (v->kind == CASEWORK_OPEN)
        return true;
    if (strcmp(role, "admin") == 0 && (v->kind == CASEWORK_LOOKUP))
        return false; /* sees no content */
    if (strcmp(role, "oversight") == 0 &&
        (v->kind == CASEWORK_WORK || strcmp(v->name, "export") == 0))
        return false; /* changes and exports nothing */
    if (strcmp(role, "oversight") == 0 && (v->kind == CASEWORK_LOOKUP || v->kind == CASEWORK_AUDIT))
        return true; /* reads everything */
    if (approves)
        return strcmp(role, "disclosure") == 0 || strcmp(role, "legal") == 0;
    return actual;
}

static void DP_14_the_matrix_of_verbs_and_roles_keeps_duties_apart(void **state)
{
    size_t wrong = 0;

    (void)state;
    print_message("# %-26s", "expected/actual");
    for (size_t r = 0; r < 8; r++)
        print_message(" %.4s", roles[r]);
    print_message("\n");
    for (size_t i = 0; i < casework_verb_count; i++) {
        const casework_verb *v = &casework_verbs[i];

        print_message("# %-26s", v->name);
        for (size_t r = 0; r < 8; r++) {
            bool actual = casework_verb_allows(v, roles[r]), want = expected(v, roles[r], actual);

            print_message("  %c/%c", want ? 'y' : '-', actual ? 'y' : '-');
            if (v->kind == CASEWORK_OPEN && strcmp(v->name, "pull") != 0 &&
                strncmp(v->name, "agreement", 9) != 0)
                wrong += want != actual;
            else if (v->kind != CASEWORK_OPEN)
                wrong += want != actual;
        }
        print_message("\n");
    }
    CHECK_INT(wrong, 0);
}

static void a_verb_or_role_that_nobody_knows_may_nothing(void **state)
{
    (void)state;
    CHECK(!may("rm -rf", "admin"));
    CHECK(!may("show", "root"));
    CHECK(!may("show", ""));
    CHECK(casework_verb_find("show ") == NULL);
}

static void every_verb_stands_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < casework_verb_count; i++)
        CHECK(casework_verb_find(casework_verbs[i].name) == &casework_verbs[i]);
}

static void nobody_drafts_and_administers_or_oversees(void **state)
{
    static const char *const duties[] = { "release draft", "release approve", "rfi approve",
                                          "match run",     "import",          "tip new" };

    (void)state;
    for (size_t i = 0; i < sizeof duties / sizeof *duties; i++) {
        CHECK(!may(duties[i], "oversight"));
        CHECK(!may(duties[i], "admin") || strcmp(duties[i], "import") == 0);
    }
    CHECK(!may("user add", "oversight"));
    CHECK(!may("audit list", "admin"));
    CHECK(may("audit list", "oversight"));
}

RUN_TESTS(TEST(DP_14_the_matrix_of_verbs_and_roles_keeps_duties_apart),
          TEST(a_verb_or_role_that_nobody_knows_may_nothing), TEST(every_verb_stands_once),
          TEST(nobody_drafts_and_administers_or_oversees))
