/* sim: the row of the table of attacks (match_attack_test.c has the others) of a server that stuffs
 * its set of tags to bait a request: a release opens the leaf of the tag that led to it, and a
 * bait's leaf stays shut. */
#include "sim/release_stage.h"

#include "match/standing_int.h"
#include "match/standing.h"

static void passport(sim_node *n, ent_arena *arena, int number, const char *issuer)
{
    admit(n, "",
          ent_arena_printf(arena,
                           "{\"type\":\"identity-document\",\"spec_version\":\"2.1\",\"id\":"
                           "\"identity-document--0b51a6f0-1c4e-5c7a-9f7e-0000000001%02d\","
                           "\"document_type\":\"passport\",\"issuer\":\"%s\",\"number\":\"%d\","
                           "\"extensions\":{\"" STIX_EXT_HANDLING
                           "\":{\"extension_type\":\"property-extension\"," LABEL "," SUSPECT "}}}",
                           number % 100, issuer, number)
              .ptr);
}

/* How many standing hits of the second node have a leaf; the last one that has. */
static size_t leaves(struct stage *s, size_t *hits, ent_json *leaf, ent_str *key)
{
    size_t opened = 0;
    ent_err err = { 0 };
    ent_json *list;

    CHECK_OK(match_hit_list(&s->b->d, s->arena, "DSV", NULL, &list, hits, &err), &err);
    for (size_t i = 0; i < *hits; i++)
        if (ent_json_get(list[i], "leaf").doc != NULL) {
            *leaf = ent_json_get(list[i], "leaf");
            *key = ent_json_get_text(list[i], "key");
            opened++;
        }
    return opened;
}

static void a_stuffed_tag_is_never_opened_and_a_release_opens_the_leaf_of_its_own(void **state)
{
    const match_question q = { .peer = "DSV", .purpose = ENT_STR("CT-INV"), .user = "ana" };
    struct stage s;
    ent_err err = { 0 };
    int64_t place = -1, of = 0;
    ent_json leaf;
    ent_str id, key;
    size_t hits;
    char match[37];

    (void)state;
    stage_set(&s, 2);
    passport(s.a, s.arena, 7741902, "QKS"); /* the bait: a tag for a key that is guessed */
    passport(s.b, s.arena, 7741902, "QKS");
    passport(s.b, s.arena, 650018823, "QBZ"); /* the first node's PASS */
    CHECK_OK(match_standing_start(&s.b->d, s.arena, &q, match, &err), &err);
    sim_carry(&s.world);
    CHECK_INT(leaves(&s, &hits, &leaf, &key), 0);
    CHECK_INT(hits, 2);
    /* What bears neither key opens nothing. */
    (void)release(&s, BORIS);
    CHECK_INT(leaves(&s, &hits, &leaf, &key), 0);
    id = release(&s, PASS);
    CHECK_INT(leaves(&s, &hits, &leaf, &key), 1);
    CHECK_INT(hits, 2);
    CHECK_TEXT(key, "doc:QBZ:650018823");
    CHECK_TEXT(ent_json_get_text(leaf, "release"), id.ptr);
    CHECK(ent_json_int(ent_json_get(leaf, "place"), &place) &&
          ent_json_int(ent_json_get(leaf, "of"), &of));
    CHECK(place >= 0 && place < of);
    CHECK_INT(ent_json_get_text(leaf, "root").size, 64);
    CHECK_INT(sim_doc_count(s.b, "refused", NULL), 0);
    stage_strike(&s);
}

static ent_code set_save(struct stage *s, standing *st, const psi_tagset *set, ent_err *err)
{
    st->s.count_peer = (int64_t)set->count;
    ENT_TRY(match_standing_peer_put(&s->b->d, s->arena, st, NULL, set, err));
    return match_standing_save(&s->b->d, s->arena, st, err);
}

static void set_put(struct stage *s, standing *st, const psi_tagset *set)
{
    ent_err err = { 0 };

    CHECK_OK(SIM_WORK(s->b, set_save(s, st, set, &err), &err), &err);
}

/* The second node's copy of what the first committed to, without the tag of the hit: as if the
 * first had taken it back, or had never had it.  What it was is in `set`. */
static void tag_take_back(struct stage *s, standing **list, psi_tagset *set)
{
    ent_err err = { 0 };
    psi_tagset less;
    size_t count;

    CHECK_OK(match_standing_each(&s->b->d, s->arena, "DSV", list, &count, &err), &err);
    CHECK_INT(count, 1);
    CHECK_OK(match_standing_peer_get(&s->b->d, s->arena, *list, set, &err), &err);
    CHECK_OK(psi_tagset_make(s->arena, NULL, set->epoch, set->tags, 0, NULL, &less, &err), &err);
    set_put(s, *list, &less);
}

static void a_record_whose_tag_is_not_under_the_root_is_an_alarm(void **state)
{
    const match_question q = { .peer = "DSV", .purpose = ENT_STR("CT-INV"), .user = "ana" };
    struct stage s;
    ent_err err = { 0 };
    ent_json leaf, *list;
    ent_str key;
    size_t hits, count;
    char match[37];
    standing *st;
    psi_tagset set;

    (void)state;
    for (int taken = 0; taken < 2; taken++) {
        stage_set(&s, 2);
        passport(s.b, s.arena, 650018823, "QBZ");
        CHECK_OK(match_standing_start(&s.b->d, s.arena, &q, match, &err), &err);
        sim_carry(&s.world);
        if (taken)
            tag_take_back(&s, &st, &set);
        (void)release(&s, PASS);
        CHECK_INT(leaves(&s, &hits, &leaf, &key), taken ? 0 : 1);
        CHECK_OK(match_alarms(&s.b->d, s.arena, NULL, &list, &count, &err), &err);
        CHECK_INT(count, taken);
        if (taken) {
            CHECK_TEXT(ent_json_get_text(list[0], "alarm"), "leaf");
            CHECK_TEXT(ent_json_get_text(list[0], "by"), "DSV");
            CHECK_TEXT(ent_json_get_text(list[0], "key"), "doc:QBZ:650018823");
            CHECK_INT(sim_doc_count(s.b, "match-alarm", "open"), 1);
            /* The tag is there after all: the alarm is over, without anybody. */
            set_put(&s, st, &set);
            (void)release(&s, BORIS);
            CHECK_INT(leaves(&s, &hits, &leaf, &key), 1);
            CHECK_INT(sim_doc_count(s.b, "match-alarm", "open"), 0);
            CHECK_INT(sim_doc_count(s.b, "match-alarm", "cleared"), 1);
        }
        stage_strike(&s);
    }
}

RUN_TESTS(TEST(a_record_whose_tag_is_not_under_the_root_is_an_alarm),
          TEST(a_stuffed_tag_is_never_opened_and_a_release_opens_the_leaf_of_its_own))
