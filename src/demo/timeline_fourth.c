/* A fourth service, which only `last` knows: it is asked, it guesses, and its node is stolen. */
#include "demo/timeline.h"

#include <stdlib.h>

#include "base/text.h"

#define DAY_KEYS 200
#define RANGE    1000
#define INSIDE   100 /* with what is added so that its size says little: 128 */

static const char terms[] =
    "{\"name\":\"A fourth service\",\"purposes\":[\"" DEMO_PURPOSE "\"],\"match\":{"
    "\"keys_per_day\":200,\"set_max\":5000},\"release\":true,\"onward\":\"H2\","
    "\"retention_months\":12,\"not_before\":\"%04d-01-01\",\"not_after\":\"%04d-12-31\"}";

/* A code that no service of the story has. */
static const char *free_code(const demo *d)
{
    static const char *const codes[] = { "GUEST", "FOURTH", "VISITOR" };

    for (size_t i = 0; i < 2; i++)
        if (demo_service_of(d, ent_str_of(codes[i])) == SIZE_MAX)
            return codes[i];
    return codes[2];
}

static ent_code agree(timeline *t, ent_err *err)
{
    int year = (int)strtol(t->d->time, NULL, 10);
    const char *path, *agreement;
    bool yes;

    ENT_TRY(
        demo_tl_file(t, "fourth.json", ent_str_of(TL_TEXT(t, terms, year, year + 1)), &path, err));
    ENT_TRY(demo_command(t->d, t->last, "liaison",
                         DEMO_ARGS("agreement", "propose", path, "--with", t->fourth.code), &t->r,
                         err));
    agreement = demo_tl_member(t, "agreement");
    ENT_TRY(demo_agreement_sign(t->d, t->last, agreement, err));
    ENT_TRY(demo_agreement_sign(t->d, &t->fourth, agreement, err));
    ENT_TRY(demo_agreement_wait(t->d, &t->fourth, agreement, &yes, err));
    if (yes)
        ENT_TRY(demo_agreement_wait(t->d, t->last, agreement, &yes, err));
    demo_check(t->d, yes, "a fourth service has an agreement with %s alone, of %d keys a day",
               t->last->code, DAY_KEYS);
    return ENT_OK;
}

static ent_code fourth_make(timeline *t, ent_err *err)
{
    demo_node node = { .service = SIZE_MAX, .out = -1 };
    bool same;

    node.code = free_code(t->d);
    node.home = TL_TEXT(t, "%s/fourth", t->d->work);
    ENT_TRY(demo_node_empty(t->d, &node, "A fourth service", err));
    t->fourth = node;
    ENT_TRY(demo_tl_clock(t, t->minutes, err));
    ENT_TRY(demo_link_make(t->d, t->last, &t->fourth, &same, err));
    return same ? agree(t, err) : ent_fail(err, ENT_UNTRUSTED, "two ends show other words");
}

/* ---- what its files have ---- */

struct searching {
    timeline *t;
    const ent_str *texts;
    size_t count;
    bool has;
};

static bool holds(ent_str content, ent_str text)
{
    for (size_t at = 0; text.size > 0 && at + text.size <= content.size; at++) {
        const char *p = memchr(content.ptr + at, text.ptr[0], content.size - text.size - at + 1);

        if (p == NULL)
            return false;
        at = (size_t)(p - content.ptr);
        if (memcmp(p, text.ptr, text.size) == 0)
            return true;
    }
    return false;
}

static ent_code file_search(void *arg, const char *path, ent_err *err)
{
    struct searching *s = arg;
    ent_arena *arena = ent_arena_new((size_t)80 << 20);
    ent_str content;
    ent_code rc;

    if (arena == NULL)
        return ent_fail(err, ENT_MEMORY, "no memory to search '%s'", path);
    rc = node_file_read(arena, path, (size_t)64 << 20, &content, err);
    for (size_t i = 0; rc == ENT_OK && i < s->count; i++)
        s->has = s->has || holds(content, s->texts[i]);
    ent_arena_free(arena);
    return rc == ENT_NOT_FOUND ? ENT_OK : rc; /* gone meanwhile */
}

ent_code demo_tl_tree_has(timeline *t, const char *folder, const ent_str *texts, size_t count,
                          bool *has, ent_err *err)
{
    struct searching s = { t, texts, count, false };

    ENT_TRY(demo_tree_each(t->d, folder, file_search, &s, err));
    *has = s.has;
    return ENT_OK;
}

/* ---- step 6 ---- */

/* The request of the first to the last stands behind the question, and is not in it. */
ent_code demo_tl_fourth_asked(timeline *t, ent_err *err)
{
    const demo *d = t->d;
    ent_str names[64], *texts = names;
    size_t count = 0;
    bool has, asked;

    ENT_TRY(fourth_make(t, err));
    ENT_TRY(demo_tl_must(t, t->last, "fdo1", 0,
                         DEMO_ARGS("rfi", "new", "--to", t->fourth.code, "--purpose", DEMO_PURPOSE,
                                   "--reference", "CONSENT-1", "--text",
                                   "may what you gave us in June be passed on to a partner?"),
                         "it is asked for its consent", err));
    ENT_TRY(demo_tl_sees(t, &t->fourth, "analyst", "CONSENT-1", NULL, DEMO_ARGS("rfi", "list"),
                         "the question reaches it", err));
    for (size_t i = 0; i < d->s.service_count && count < 62; i++)
        if (&d->nodes[i] != t->last && d->s.services[i].name.size > 5)
            texts[count++] = d->s.services[i].name;
    texts[count++] = ENT_STR("what stands behind it?");
    texts[count++] = ENT_STR("RFI-1\"");
    ENT_TRY(demo_tl_tree_has(t, t->fourth.home, texts, count, &has, err));
    texts[0] = ENT_STR("CONSENT-1");
    ENT_TRY(demo_tl_tree_has(t, t->fourth.home, texts, 1, &asked, err));
    demo_check(t->d, asked && !has,
               "it holds the question, and nowhere the name of whoever wants to know, nor what "
               "was asked");
    ENT_TRY(demo_tl_must(t, &t->fourth, "analyst", 0,
                         DEMO_ARGS("rfi", "answer", "CONSENT-1", "--text", "yes, to one"),
                         "it answers", err));
    ENT_TRY(demo_command(t->d, &t->fourth, "fdo1", DEMO_ARGS("rfi", "approve", "CONSENT-1"), &t->r,
                         err));
    ENT_TRY(demo_tl_must(t, &t->fourth, "fdo2", 0, DEMO_ARGS("rfi", "approve", "CONSENT-1"),
                         "by two officers", err));
    return demo_tl_sees(t, t->last, NULL, "CONSENT-1", "\"answered\"", DEMO_ARGS("rfi", "list"),
                        "and its consent arrives", err);
}

/* ---- 12.1 ---- */

/* `count` numbers in a row, from `from`. */
static ent_code range_file(timeline *t, unsigned from, int count, const char **path, ent_err *err)
{
    ent_buf buf;
    ent_str text;

    ent_buf_init(&buf, t->d->arena);
    for (int i = 0; i < count; i++)
        ent_buf_printf(&buf, "doc:QZ:%08u\n", from + (unsigned)i);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    return demo_tl_file(t, "range", text, path, err);
}

static ent_code range_run(timeline *t, const char *path, ent_err *err)
{
    return demo_command(t->d, &t->fourth, "analyst",
                        DEMO_ARGS("match", "run", "--with", t->last->code, "--purpose",
                                  DEMO_PURPOSE, "--incident", "a fire", "--keys", path, "--seconds",
                                  "30"),
                        &t->r, err);
}

/* A record at `last` whose number lies among those that the fourth writes down. */
static ent_code target_made(timeline *t, unsigned number, ent_err *err)
{
    ent_str key = ent_arena_printf(t->d->arena, "doc:QZ:%08u", number), id;
    story_entity row = { .id = ENT_STR("target"),
                         .type = STORY_DOCUMENT,
                         .keys = { &key, 1 },
                         .label = ENT_STR("passport") };

    if (key.ptr == NULL)
        return ent_fail_arena(err);
    return demo_tl_made(t, t->last, &row, 1, &id, err);
}

ent_code demo_tl_guessing(timeline *t, ent_err *err)
{
    unsigned number = 0;
    const char *path;
    char uuid[37];

    if (t->fourth.home == NULL) {
        demo_skip(t->d, "there is no fourth service", "1: guessing numbers");
        return ENT_OK;
    }
    demo_random_id(NULL, "", ENT_STR(""), ENT_STR(""), uuid);
    for (int i = 0; i < 8; i++)
        number = number * 16 + (unsigned)uuid[i] % 16;
    number = 20000000 + number % 70000000;
    ENT_TRY(target_made(t, number, err));
    ENT_TRY(range_file(t, number - RANGE / 2, RANGE, &path, err));
    ENT_TRY(range_run(t, path, err));
    demo_check(t->d, t->r.exit == DEMO_EXIT_REFUSED && holds(t->r.err, ENT_STR("[budget]")),
               "1: the %d numbers around one are refused: the agreement allows %d a day (status "
               "%d: %.*s)",
               RANGE, DAY_KEYS, t->r.exit, ENT_STR_ARG(t->r.err));
    ENT_TRY(demo_tl_sees(t, &t->fourth, "oversight", "match run", "budget",
                         DEMO_ARGS("audit", "list", "--oversight"), "1: and it is noted", err));
    ENT_TRY(range_file(t, number - INSIDE / 2, INSIDE, &path, err));
    ENT_TRY(range_run(t, path, err));
    demo_check(t->d, t->r.exit == 0,
               "1: inside the limit a run of %d has one hit (status %d: %.*s)", INSIDE, t->r.exit,
               ENT_STR_ARG(t->r.err));
    ENT_TRY(demo_tl_sees(t, t->last, NULL, t->fourth.code, "\"alarm\"",
                         DEMO_ARGS("match", "alarms"), "1: which looks like probing, and says so",
                         err));
    return demo_tl_sees(t, &t->fourth, NULL, t->last->code, "\"alarm\"",
                        DEMO_ARGS("match", "alarms"), "1: at both ends", err);
}

/* ---- 12.7 ---- */

/* The keys of what `last` compares that the fourth was never shown. */
static ent_code transcripts_check(timeline *t, const char *stolen, ent_err *err)
{
    const demo *d = t->d;
    ent_str *keys = ent_arena_array(t->d->arena, 8 * d->s.entity_count + 1, sizeof *keys);
    size_t count = 0;
    bool has;

    if (keys == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < d->s.entity_count; i++) {
        const story_entity *e = &d->s.entities[i];

        for (size_t k = 0; e->service == t->last->service && k < e->keys.count && k < 8; k++)
            if (e->keys.items[k].size > 10) /* what is shorter is found by chance */
                keys[count++] = e->keys.items[k];
    }
    keys[count++] = t->passport;
    ENT_TRY(demo_tl_tree_has(t, stolen, keys, count, &has, err));
    demo_check(t->d, !has,
               "7: the stolen node, with every transcript of a match, has none of the %zu other "
               "keys that %s compared",
               count, t->last->code);
    return ENT_OK;
}

/* Who was no victim believes the new key. */
static ent_code believed(timeline *t, ent_err *err)
{
    if (t->d->s.service_count < 3)
        return ENT_OK;
    ENT_TRY(demo_tl_must(t, t->last, "liaison", 0,
                         DEMO_ARGS("msg", "send", "--to", t->first->code, "--purpose", DEMO_PURPOSE,
                                   "--text", "ROTATED-1"),
                         "7: a message with the new key", err));
    return demo_tl_sees(t, t->first, NULL, "ROTATED-1", NULL, DEMO_ARGS("msg", "list"),
                        "7: is believed by the others", err);
}

ent_code demo_tl_stolen(timeline *t, ent_err *err)
{
    demo_node thief = t->fourth;

    if (t->fourth.home == NULL) {
        demo_skip(t->d, "there is no fourth service", "7: a stolen node");
        return ENT_OK;
    }
    demo_serve_end(&t->fourth);
    thief.home = TL_TEXT(t, "%s/stolen", t->d->work);
    ENT_TRY(demo_tree_copy(t->d, t->fourth.home, thief.home, err));
    ENT_TRY(demo_tl_must(t, t->last, "admin", 0,
                         DEMO_ARGS("key", "rotate", "--reason", "a partner's node was stolen"),
                         "7: a node is stolen; its partner takes a new key", err));
    ENT_TRY(demo_tl_must(
        t, t->last, "liaison", 0,
        DEMO_ARGS("peer", "suspend", t->fourth.code, "--reason", "its node was stolen"),
        "7: and breaks with it", err));
    ENT_TRY(believed(t, err));
    ENT_TRY(demo_command(t->d, &thief, "analyst",
                         DEMO_ARGS("match", "run", "--with", t->last->code, "--purpose",
                                   DEMO_PURPOSE, "--seconds", "5"),
                         &t->r, err));
    demo_check(t->d, t->r.exit != 0 && t->r.exit != DEMO_EXIT_NO,
               "7: whoever has the node gets no answer (status %d)", t->r.exit);
    return transcripts_check(t, thief.home, err);
}
