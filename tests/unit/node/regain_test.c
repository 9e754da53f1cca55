/* node/regain: which log was set back, and which only its checkpoint. */
#include "pair.h"

#include "node/regain.h"

static void sh(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void sh(const char *fmt, ...)
{
    char line[2048];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    assert_int_equal(system(line), 0);
}

/* BRAVO has read and cosigned one entry more than ALPHA's checkpoint of before knows of, which
 * lies in "before", and ALPHA has heard so. */
static const char *one_more_was_read(fixture *f)
{
    const char *link = node_path(f->arena, "%s/links/BRAVO", f->a.path);
    uint64_t applied;
    ent_err err = { 0 };

    pair_say(f, f->db, "ALPHA", LINK_RELEASE, "{}");
    pair_say(f, f->da, "BRAVO", LINK_RELEASE, "{}");
    sh("cp -a '%s/out' '%s/before'", link, f->folder);
    pair_say(f, f->da, "BRAVO", LINK_RELEASE, "{}");
    CHECK_OK(pair_pull(f, &f->a, &f->b, f->db, &applied, &err), &err);
    CHECK_OK(pair_pull(f, &f->b, &f->a, f->da, &applied, &err), &err);
    return link;
}

static bool held_now(fixture *f, uint64_t *size)
{
    bool held = false;
    link_head head;
    node_link link;
    ent_err err = { 0 };

    CHECK_OK(node_link_open(f->arena, &f->a, f->da, "BRAVO", &link, &err), &err);
    CHECK_OK(node_regain_held(&link, f->arena, &held, &err), &err);
    CHECK_OK(link_head_read(&link.host, f->arena, LINK_OUT, &head, &err), &err);
    *size = head.size;
    node_link_close(&link);
    return held;
}

static void an_older_checkpoint_beside_what_was_signed_is_no_old_disk(void **state)
{
    fixture *f = *state;
    const char *link = one_more_was_read(f);
    uint64_t size, after;

    assert_false(held_now(f, &size));
    sh("cp -a '%s'/before/checkpoint '%s'/out/ && cp -an '%s'/before/. '%s'/out/", f->folder, link,
       f->folder, link);
    assert_false(held_now(f, &after));
    CHECK_INT(after, size);
    pair_verify(f, &f->a, f->da, "BRAVO", LINK_OUT);
}

static void an_older_log_is_held(void **state)
{
    fixture *f = *state;
    const char *link = one_more_was_read(f);
    uint64_t size, after;

    assert_false(held_now(f, &size));
    sh("rm -rf '%s'/out && cp -a '%s'/before '%s'/out", link, f->folder, link);
    assert_true(held_now(f, &after));
    CHECK_INT(after, size - 1);
}

#define WITH_TWO(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

HOMES_TESTS(WITH_TWO(an_older_checkpoint_beside_what_was_signed_is_no_old_disk),
            WITH_TWO(an_older_log_is_held))
