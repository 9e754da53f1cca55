/* What a story does not have is made as the story's own is, so that it is shown all the same. */
#include "demo/play.h"

#include "node/files.h"

static ent_code kept(demo *d, const demo_node *node, ent_str id, char mark, ent_err *err)
{
    if (d->made_count == d->made_room) {
        demo_made_row *grown = ent_arena_grow(d->arena, d->made, &d->made_room, sizeof *grown);

        if (grown == NULL)
            return ent_fail_arena(err);
        d->made = grown;
    }
    d->made[d->made_count++] = (demo_made_row){ node, id, mark };
    return ENT_OK;
}

ent_code demo_made(demo *d, const demo_node *node, story_entity *rows, size_t count,
                   story_link *links, size_t link_count, ent_str *ids, ent_err *err)
{
    const char *path = node_path(d->arena, "%s/made.json", d->work);
    story s = { .services = d->s.services,
                .service_count = d->s.service_count,
                .entities = rows,
                .entity_count = count,
                .links = links,
                .link_count = link_count };
    demo_result result;
    demo_ids made;
    ent_str text;
    char uuid[37];

    for (size_t i = 0; i < count; i++) {
        rows[i].service = node->service;
        if (rows[i].mark == '\0')
            rows[i].mark = 'M';
        rows[i].rate = ENT_STR("B2");
    }
    for (size_t i = 0; i < link_count; i++) {
        links[i].service = node->service;
        links[i].number = i;
        links[i].confidence = 80;
    }
    demo_random_id(NULL, "", ENT_STR(""), ENT_STR(""), uuid);
    ENT_TRY(demo_ids_make(d->arena, &s, demo_random_id, NULL, &made, err));
    ENT_TRY(
        demo_encode(d->arena, &s, node->service, demo_story_day(&d->s), &made, uuid, &text, err));
    ENT_TRY(node_file_write(path, ent_span_of_str(text), 0600, err));
    ENT_TRY(demo_command(d, node, NULL, DEMO_ARGS("import", path), &result, err));
    if (result.exit != 0)
        demo_check(d, false, "%s takes in a new record: %.*s", node->code, ENT_STR_ARG(result.err));
    memcpy(ids, made.entities, count * sizeof *ids);
    for (size_t i = 0; i < count; i++)
        ENT_TRY(kept(d, node, ids[i], rows[i].mark, err));
    return ENT_OK;
}

char demo_made_mark(const demo *d, const demo_node *node, ent_str id)
{
    for (size_t i = 0; i < d->made_count; i++)
        if (d->made[i].node == node && ent_str_equal(d->made[i].id, id))
            return d->made[i].mark;
    return '\0';
}

/* ---- a hypothesis ---- */

#define REGION "a made region"

struct made_question {
    const demo_node *asker, *owner;
    ent_str incident, place;
    demo_result answer;
};

/* The asker has an incident and a document that was found there. */
static ent_code asker_fill(demo *d, struct made_question *q, ent_str *key, ent_str *document,
                           ent_err *err)
{
    story_entity rows[] = {
        { .id = ENT_STR("incident"), .type = STORY_INCIDENT, .label = ENT_STR("a made incident") },
        { .id = ENT_STR("paper"),
          .type = STORY_DOCUMENT,
          .label = ENT_STR("passport"),
          .keys = { key, 1 } },
    };
    story_link links[] = { { .a = 1, .b = 0, .rel = ENT_STR("found-at"), .evidential = true } };
    ent_str ids[2];

    ENT_TRY(demo_made(d, q->asker, rows, 2, links, 1, ids, err));
    q->incident = ids[0];
    *document = ids[1];
    return ENT_OK;
}

/* The owner has who travelled to its place with that document; a witness who did, too; and one who
 * was there and is tied to nothing. */
static ent_code owner_fill(demo *d, struct made_question *q, ent_str *key, ent_err *err)
{
    static ent_str names[] = { { "Arno Tessbek", 12 }, { "Vera Tessbek", 12 }, { "Ulf Marn", 8 } };
    const ent_str days = ENT_STR("2019-03-02/2019-03-04");
    story_entity rows[] = {
        { .id = ENT_STR("place"),
          .type = STORY_LOCATION,
          .label = ENT_STR("a made place"),
          .mark = 'S' },
        { .id = ENT_STR("journey"),
          .type = STORY_MOVEMENT,
          .label = ENT_STR("a journey"),
          .iv = days },
        { .id = ENT_STR("paper"),
          .type = STORY_DOCUMENT,
          .label = ENT_STR("passport"),
          .keys = { key, 1 } },
        { .id = ENT_STR("traveller"),
          .type = STORY_PERSON,
          .names = { &names[0], 1 },
          .dob = ENT_STR("1930-11-21") },
        { .id = ENT_STR("witness"),
          .type = STORY_PERSON,
          .names = { &names[1], 1 },
          .dob = ENT_STR("1930-11-22"),
          .mark = 'W' },
        { .id = ENT_STR("bystander"),
          .type = STORY_PERSON,
          .names = { &names[2], 1 },
          .dob = ENT_STR("1930-11-23") },
    };
    story_link links[] = {
        { .a = 1, .b = 0, .rel = ENT_STR("to") },
        { .a = 3, .b = 1, .rel = ENT_STR("travelled"), .evidential = true },
        { .a = 4, .b = 1, .rel = ENT_STR("travelled"), .evidential = true },
        { .a = 5, .b = 1, .rel = ENT_STR("travelled") },
        { .a = 3, .b = 2, .rel = ENT_STR("holds"), .evidential = true },
        { .a = 4, .b = 2, .rel = ENT_STR("holds"), .evidential = true },
    };
    ent_str ids[6];

    ENT_TRY(demo_made(d, q->owner, rows, 6, links, 6, ids, err));
    q->place = ids[0];
    return ENT_OK;
}

static ent_code region_say(demo *d, const struct made_question *q, ent_err *err)
{
    demo_result result;

    for (size_t i = 0; i < d->s.service_count; i++) {
        const char *place = &d->nodes[i] == q->owner ? demo_text(d, q->place) : NULL;

        ENT_TRY(demo_command(d, &d->nodes[i], "analyst", DEMO_ARGS("hypo", "region", REGION, place),
                             &result, err));
        if (result.exit != 0)
            demo_check(d, false, "%s can say what it means by a region: %.*s", d->nodes[i].code,
                       ENT_STR_ARG(result.err));
    }
    return ENT_OK;
}

/* Both learn that the other holds the document, too. */
static ent_code key_match(demo *d, const struct made_question *q, ent_str document, ent_err *err)
{
    demo_result result;

    ENT_TRY(
        demo_command(d, q->asker, "analyst",
                     DEMO_ARGS("match", "run", "--with", q->owner->code, "--purpose", DEMO_PURPOSE,
                               "--about", demo_text(d, document), "--seconds", "60"),
                     &result, err));
    demo_check(d, result.exit == 0, "%s and %s hold one document, and learn that from a match",
               q->asker->code, q->owner->code);
    return ENT_OK;
}

static ent_code question_ask(demo *d, struct made_question *q, const char *from, const char *to,
                             const char *steps, ent_err *err)
{
    return demo_command(d, q->asker, "analyst",
                        DEMO_ARGS("hypo", "ask", "--region", REGION, "--from", from, "--to", to,
                                  "--tied-to", demo_text(d, q->incident), "--max-steps", steps,
                                  "--purpose", DEMO_PURPOSE),
                        &q->answer, err);
}

/* The answer: who fits, by service; no record is named. */
static bool is_answer(demo *d, const struct made_question *q, bool fits)
{
    int64_t asked = -1, answered = -1, hold = -1;
    size_t fitting = 0, named = 0;
    bool of_owner = false;

    for (size_t i = 0; i < q->answer.line_count; i++) {
        ent_json line = q->answer.lines[i];
        bool yes = ent_json_true(ent_json_get(line, "fits"));

        named += ent_json_get_text(line, "id").size > 0;
        fitting += yes;
        of_owner = of_owner || (yes && ent_str_is(ent_json_get_text(line, "peer"), q->owner->code));
        (void)ent_json_int(ent_json_get(line, "asked_count"), &asked);
        (void)ent_json_int(ent_json_get(line, "answered_count"), &answered);
        (void)ent_json_int(ent_json_get(line, "hold_count"), &hold);
    }
    return named == 0 && fitting == (fits ? 1 : 0) && of_owner == fits &&
           asked == (int64_t)d->s.service_count && answered == asked && hold == (fits ? 1 : 0) &&
           q->answer.exit == (fits ? 0 : DEMO_EXIT_NO);
}

ent_code demo_made_hypothesis(demo *d, ent_err *err)
{
    struct made_question q = { .asker = &d->nodes[0], .owner = &d->nodes[1] };
    ent_str key, document;
    char uuid[37];

    demo_random_id(NULL, "", ENT_STR(""), ENT_STR(""), uuid);
    for (char *p = uuid; *p != '\0'; p++)
        *p = (char)(*p >= 'a' && *p <= 'z' ? *p - 'a' + 'A' : *p);
    key = ent_arena_printf(d->arena, "doc:QZ:H%.8s", uuid);
    if (key.ptr == NULL)
        return ent_fail_arena(err);
    ENT_TRY(asker_fill(d, &q, &key, &document, err));
    ENT_TRY(owner_fill(d, &q, &key, err));
    ENT_TRY(key_match(d, &q, document, err));
    ENT_TRY(region_say(d, &q, err));
    ENT_TRY(question_ask(d, &q, "2019-03-01", "2019-03-02", "8", err));
    demo_check(
        d, is_answer(d, &q, true),
        "made records: the owner says that one of its own fits, and names nobody; %zu of %zu "
        "answered, 1 of these holds one (status %d)",
        d->s.service_count, d->s.service_count, q.answer.exit);
    ENT_TRY(question_ask(d, &q, "2019-03-01", "2019-03-02", "2", err));
    demo_check(d, is_answer(d, &q, false),
               "within two steps there is no tie: all answered, and none holds one (status %d)",
               q.answer.exit);
    ENT_TRY(question_ask(d, &q, "2019-03-05", "2019-03-06", "8", err));
    demo_check(d, is_answer(d, &q, false), "the day after nobody was there (status %d)",
               q.answer.exit);
    return ENT_OK;
}

/* ---- plans ---- */

static ent_code day_of(demo *d, const char *hour, ent_str *time, ent_err *err)
{
    int year, month, day;

    ent_day_split(demo_story_day(&d->s) + 3, &year, &month, &day);
    *time = ent_arena_printf(d->arena, "%04d-%02d-%02dT%s:00:00Z", year, month, day, hour);
    return time->ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

/* A latitude at which the story has no plan, with a degree of room to the north. */
static double free_latitude(const demo *d)
{
    double top = -90;

    for (size_t i = 0; i < d->s.plan_count; i++)
        top = d->s.plans[i].lat[1] > top ? d->s.plans[i].lat[1] : top;
    return top < 80 ? top + 2 : -82;
}

ent_code demo_made_plans(demo *d, size_t *first, ent_err *err)
{
    static ent_str domains[] = { { "sea", 3 }, { "air", 3 } };
    double lat = free_latitude(d);
    story_plan *plans = ent_arena_array(d->arena, d->s.plan_count + 4, sizeof *plans);
    story_clash *clashes = ent_arena_array(d->arena, d->s.clash_count + 1, sizeof *clashes);
    story_plan plan = { .domains = { domains, 2 }, .lon = { 10, 11 }, .has_height = true };
    size_t n = d->s.plan_count;

    if (plans == NULL || clashes == NULL)
        return ent_fail_arena(err);
    ENT_TRY(day_of(d, "09", &plan.start, err));
    ENT_TRY(day_of(d, "12", &plan.stop, err));
    if (n > 0)
        memcpy(plans, d->s.plans, n * sizeof *plans);
    if (d->s.clash_count > 0)
        memcpy(clashes, d->s.clashes, d->s.clash_count * sizeof *clashes);
    for (size_t i = 0; i < 3; i++) {
        static const double heights[][2] = { { 0, 500 }, { 400, 900 }, { 900, 1500 } };

        plans[n + i] = plan;
        plans[n + i].id = ent_arena_printf(d->arena, "MADE-%zu", i + 1);
        plans[n + i].owner = i == 1 ? 1 : 0;
        plans[n + i].domains.count = i == 1 ? 1 : 2;
        plans[n + i].lat[0] = lat;
        plans[n + i].lat[1] = lat + 0.5;
        memcpy(plans[n + i].height, heights[i], sizeof heights[i]);
    }
    clashes[d->s.clash_count] = (story_clash){ n, n + 1, domains[0] };
    *first = n;
    d->s.plans = plans;
    d->s.plan_count = n + 3;
    d->s.clashes = clashes;
    d->s.clash_count++;
    return ENT_OK;
}
