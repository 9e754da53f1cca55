/* node/notify: which notices go by which route, when again, and how much they say.  What
 * servers get: tests/flow/notify. */
#include "homes.h"

#include "desk/compartment.h"
#include "holdings/admit.h"

#include "casework/notice.h"
#include "node/notify.h"

#include <sys/stat.h>

#define START (INT64_C(1731240000) * ENT_SECOND)

struct stage {
    char folder[64];
    ent_arena *arena;
    node_home home;
    node_desk *nd;
    const char *good, *written;
};

static void set(struct stage *s)
{
    const char *text;
    ent_err err = { 0 };

    *s = (struct stage){ .folder = "/tmp/ent-notify-XXXXXX",
                         .arena = ent_arena_new((size_t)512 << 20) };
    assert_non_null(mkdtemp(s->folder));
    homes_make(s->arena, s->folder, "ALPHA", NULL, &s->home);
    CHECK_OK(node_desk_open(s->arena, &s->home, &s->nd, &err), &err);
    s->good = node_path(s->arena, "%s/good", s->folder);
    s->written = node_path(s->arena, "%s/written", s->folder);
    text = node_path(s->arena, "#!/bin/sh\ncat >>%s\necho >>%s\n", s->written, s->written);
    CHECK_OK(node_file_write(s->good, ent_span_of_str(ent_str_of(text)), 0700, &err), &err);
}

static void strike(struct stage *s)
{
    node_desk_close(s->nd);
    homes_remove(s->folder);
    ent_arena_free(s->arena);
}

static void route(struct stage *s, const char *name, const char *program, const char *person,
                  const char *at_least, bool content)
{
    node_route r = { .name = ent_str_of(name),
                     .kind = NODE_NOTIFY_COMMAND,
                     .target = ent_str_of(program),
                     .person = ent_str_of(person),
                     .at_least = ent_str_of(at_least),
                     .content = content };
    ent_err err = { 0 };

    CHECK_OK(node_route_add(s->arena, &s->home, &r, &err), &err);
}

static void notice(struct stage *s, const char *object, const char *precedence, const char *to)
{
    casework_notice_about about = { .object = ent_str_of(object),
                                    .peer = ENT_STR("BRAVO"),
                                    .kind = "tip",
                                    .precedence = precedence,
                                    .why = "arrived",
                                    .to = ent_str_of(to) };
    desk *d = node_desk_desk(s->nd);
    ent_err err = { 0 };

    CHECK_OK(store_begin(d->store, &err), &err);
    CHECK_OK(casework_notice_put(d, s->arena, &about, &err), &err);
    CHECK_OK(store_commit(d->store, &err), &err);
}

static ent_time round_at(struct stage *s, ent_time now)
{
    ent_err err = { 0 };
    ent_time next;

    CHECK_OK(node_notify_round(s->nd, now, &next, &err), &err);
    return next;
}

static node_route_state state_of(struct stage *s, const char *name)
{
    node_route_state state;
    node_route r;
    ent_err err = { 0 };

    CHECK_OK(node_route_get(s->arena, &s->home, name, &r, &err), &err);
    CHECK_OK(node_route_state_get(s->nd, s->arena, &r, &state, &err), &err);
    return state;
}

static const char *said(struct stage *s)
{
    ent_err err = { 0 };
    ent_str text;

    return node_file_read(s->arena, s->written, 65536, &text, &err) == ENT_OK ? text.ptr : "";
}

static void a_notice_goes_by_the_routes_for_its_person_and_precedence(void **state)
{
    struct stage s;

    (void)state;
    set(&s);
    route(&s, "all", s.good, "", "", false);
    route(&s, "lia", s.good, "lia", "", false);
    route(&s, "urgent", s.good, "", "IMMEDIATE", false);
    notice(&s, "11111111-0000", "ROUTINE", "ana");
    notice(&s, "22222222-0000", "FLASH", "lia");
    notice(&s, "33333333-0000", "PRIORITY", "");
    CHECK(round_at(&s, START) == ENT_TIME_NEVER);
    CHECK_INT(state_of(&s, "all").sent, 3);
    CHECK_INT(state_of(&s, "lia").sent, 2); /* its own, and what is for whoever is on duty */
    CHECK_INT(state_of(&s, "urgent").sent, 1);
    (void)round_at(&s, START + ENT_SECOND); /* and once */
    CHECK_INT(state_of(&s, "all").sent, 3);
    strike(&s);
}

static void what_fails_is_tried_again_ever_later_and_given_up_after_a_day(void **state)
{
    struct stage s;
    ent_time now = START, next, last = 0;
    int tries = 0;

    (void)state;
    set(&s);
    route(&s, "dead", "/bin/false", "", "", false);
    route(&s, "good", s.good, "", "", false);
    notice(&s, "11111111-0000", "ROUTINE", "");
    while ((next = round_at(&s, now)) != ENT_TIME_NEVER) {
        assert_true(++tries < 100);
        CHECK(next - now >= last || next - now == 3600 * ENT_SECOND);
        CHECK(tries > 1 || next - now == 30 * ENT_SECOND);
        last = next - now;
        CHECK(round_at(&s, next - ENT_SECOND) == next); /* not before */
        now = next;
    }
    CHECK(now - START > 22 * 3600 * ENT_SECOND && now - START <= ENT_DAY_TIME);
    CHECK_INT(state_of(&s, "dead").failed, 1);
    CHECK(state_of(&s, "dead").error.size > 0);
    CHECK_INT(state_of(&s, "good").sent, 1); /* one route does not hold up another */
    strike(&s);
}

static void what_no_route_was_for_is_not_kept_for_one(void **state)
{
    struct stage s;

    (void)state;
    set(&s);
    notice(&s, "11111111-0000", "FLASH", "");
    CHECK(round_at(&s, START) == ENT_TIME_NEVER);
    route(&s, "late", s.good, "", "", false);
    CHECK(round_at(&s, START) == ENT_TIME_NEVER);
    CHECK_INT(state_of(&s, "late").sent, 0);
    strike(&s);
}

/* An item as casework keeps it, that says `words`. */
static void item_saying(struct stage *s, const char *id, bool legal_first, const char *words)
{
    desk *d = node_desk_desk(s->nd);
    casework_item i = { .id = ent_str_of(id),
                        .peer = ENT_STR("BRAVO"),
                        .state = ENT_STR("delivered"),
                        .said = ent_arena_printf(s->arena, "{\"text\":\"%s\"}", words),
                        .legal_first = legal_first };
    ent_err err = { 0 };

    CHECK_OK(ent_json_read(s->arena, i.said, &i.body, &err), &err);
    CHECK_OK(store_begin(d->store, &err), &err);
    CHECK_OK(casework_item_save(d, s->arena, &i, &err), &err);
    CHECK_OK(store_commit(d->store, &err), &err);
    notice(s, id, "FLASH", "");
}

static void item(struct stage *s, const char *id, bool legal_first)
{
    item_saying(s, id, legal_first, "SECRET WORDS");
}

static void
words_and_partner_go_only_by_a_route_that_may_and_never_what_is_legals_first(void **state)
{
    struct stage s;

    (void)state;
    set(&s);
    route(&s, "bare", s.good, "", "", false);
    item(&s, "44444444-1111-4222-8333-444444444444", false);
    (void)round_at(&s, START);
    CHECK(strstr(said(&s), "\"object\":\"44444444\"") != NULL);
    CHECK(strstr(said(&s), "SECRET") == NULL && strstr(said(&s), "BRAVO") == NULL);
    CHECK(strstr(said(&s), "44444444-1111") == NULL);
    route(&s, "full", s.good, "", "", true);
    item(&s, "55555555-1111-4222-8333-444444444444", true);
    (void)round_at(&s, START);
    CHECK(strstr(said(&s), "SECRET") == NULL);
    item(&s, "66666666-1111-4222-8333-444444444444", false);
    (void)round_at(&s, START);
    CHECK(strstr(said(&s), "SECRET WORDS") != NULL && strstr(said(&s), "BRAVO") != NULL);
    strike(&s);
}

#define HELD "malware--77777777-1111-4222-8333-444444444444"

static void words_on_what_is_in_a_compartment_go_to_nobody(void **state)
{
    const holdings_origin origin = { "", ENT_STR("test"), ENT_STR(""), START };
    struct stage s;
    holdings_result result;
    ent_str reason;
    ent_err err = { 0 };
    desk *d;

    (void)state;
    set(&s);
    d = node_desk_desk(s.nd);
    CHECK_OK(store_begin(d->store, &err), &err);
    CHECK_OK(holdings_admit(d->store, s.arena, &origin,
                            ENT_STR("{\"type\":\"malware\",\"spec_version\":\"2.1\",\"id\":\"" HELD
                                    "\",\"created\":\"2024-01-01T00:00:00.000Z\",\"modified\":"
                                    "\"2024-01-01T00:00:00.000Z\",\"is_family\":false}"),
                            &result, &reason, &err),
             &err);
    CHECK_INT(result, HOLDINGS_ADDED);
    CHECK_OK(desk_compartment_put(d, s.arena, ENT_STR(HELD), ENT_STR("NORTH"), &err), &err);
    CHECK_OK(store_commit(d->store, &err), &err);
    route(&s, "full", s.good, "", "", true);
    item_saying(&s, "88888888-1111-4222-8333-444444444444", false, "SECRET OF " HELD);
    (void)round_at(&s, START);
    CHECK(strstr(said(&s), "\"object\":\"88888888\"") != NULL); /* that something waits is told */
    CHECK(strstr(said(&s), "SECRET") == NULL);
    item_saying(&s, "99999999-1111-4222-8333-444444444444", false, "OTHER WORDS");
    (void)round_at(&s, START);
    CHECK(strstr(said(&s), "OTHER WORDS") != NULL);
    strike(&s);
}

HOMES_TESTS(TEST(a_notice_goes_by_the_routes_for_its_person_and_precedence),
            TEST(what_fails_is_tried_again_ever_later_and_given_up_after_a_day),
            TEST(what_no_route_was_for_is_not_kept_for_one),
            TEST(words_and_partner_go_only_by_a_route_that_may_and_never_what_is_legals_first),
            TEST(words_on_what_is_in_a_compartment_go_to_nobody))
