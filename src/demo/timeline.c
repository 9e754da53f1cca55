/* The order of a case, its clock, and commands with what must come of them. */
#include "demo/timeline.h"

#include <stdio.h>

#include "base/text.h"

/* ---- answers ---- */

static bool text_has(ent_str text, const char *part)
{
    size_t size = strlen(part);

    for (size_t at = 0; at + size <= text.size; at++)
        if (memcmp(text.ptr + at, part, size) == 0)
            return true;
    return false;
}

bool demo_tl_has(const timeline *t, const char *text)
{
    return text_has(t->r.out, text);
}

static ent_json line_find(const demo_result *r, const char *a, const char *b)
{
    size_t number = 0;

    for (size_t at = 0; at < r->out.size && number < r->line_count;) {
        const char *end = memchr(r->out.ptr + at, '\n', r->out.size - at);
        size_t size = end == NULL ? r->out.size - at : (size_t)(end - r->out.ptr) - at;
        ent_str line = { r->out.ptr + at, size };

        if (size > 0 && text_has(line, a) && (b == NULL || text_has(line, b)))
            return r->lines[number];
        number += size > 0;
        at += size + 1;
    }
    return (ent_json){ .doc = NULL };
}

ent_json demo_tl_line(const timeline *t, const char *a, const char *b)
{
    return line_find(&t->r, a, b);
}

const char *demo_tl_member(timeline *t, const char *member)
{
    return demo_text(t->d, ent_json_get_text(demo_first(&t->r), member));
}

ent_code demo_tl_must(timeline *t, const demo_node *node, const char *user, int want,
                      const char *const *arguments, const char *what, ent_err *err)
{
    ENT_TRY(demo_command(t->d, node, user, arguments, &t->r, err));
    if (t->r.exit == want)
        demo_check(t->d, true, "%s", what);
    else
        demo_check(t->d, false, "%s (%s, status %d: %.*s)", what, node == NULL ? "-" : node->code,
                   t->r.exit, ENT_STR_ARG(t->r.err));
    return ENT_OK;
}

struct seeing {
    const char *a, *b;
};

static bool is_seen(void *arg, const demo_result *result)
{
    const struct seeing *s = arg;

    return line_find(result, s->a, s->b).doc != NULL;
}

ent_code demo_tl_sees(timeline *t, const demo_node *node, const char *user, const char *a,
                      const char *b, const char *const *arguments, const char *what, ent_err *err)
{
    struct seeing s = { a, b };
    bool yes = false;

    ENT_TRY(demo_until(t->d, node, user, arguments, is_seen, &s, 20, &yes, err));
    ENT_TRY(demo_command(t->d, node, user, arguments, &t->r, err));
    demo_check(t->d, yes, "%s%s%s", what, yes ? "" : ": not seen at ", yes ? "" : node->code);
    return ENT_OK;
}

ent_code demo_tl_file(timeline *t, const char *name, ent_str text, const char **path, ent_err *err)
{
    *path = TL_TEXT(t, "%s/%s", t->d->work, name);
    return node_file_write(*path, ent_span_of_str(text), 0600, err);
}

/* ---- the clock ---- */

const char *demo_tl_time(const timeline *t, int minutes)
{
    int year, month, day, total = 9 * 60 + minutes, days = total / 1440, rest = total % 1440;

    if (rest < 0) {
        rest += 1440;
        days--;
    }
    ent_day_split(demo_story_day(&t->d->s) + days, &year, &month, &day);
    return TL_TEXT(t, "%04d-%02d-%02dT%02d:%02d:00Z", year, month, day, rest / 60, rest % 60);
}

ent_code demo_tl_clock(timeline *t, int minutes, ent_err *err)
{
    ent_str time = ent_str_of(demo_tl_time(t, minutes));

    t->minutes = minutes;
    for (size_t i = 0; i < t->d->s.service_count; i++)
        ENT_TRY(node_file_write(TL_TEXT(t, "%s/exercise-clock", t->d->nodes[i].home),
                                ent_span_of_str(time), 0600, err));
    return t->fourth.home == NULL ? ENT_OK
                                  : node_file_write(TL_TEXT(t, "%s/exercise-clock", t->fourth.home),
                                                    ent_span_of_str(time), 0600, err);
}

/* ---- records and people ---- */

ent_code demo_tl_made(timeline *t, const demo_node *node, story_entity *rows, size_t count,
                      ent_str *ids, ent_err *err)
{
    return demo_made(t->d, node, rows, count, NULL, 0, ids, err);
}

ent_code demo_tl_object(timeline *t, const demo_node *node, const story_entity *row, ent_str id,
                        const char *hour, const char **path, ent_err *err)
{
    static const char modified[] = "\"modified\":\"YYYY-MM-DDT";
    demo *d = t->d;
    story_entity one = *row;
    story s = { .services = d->s.services,
                .service_count = d->s.service_count,
                .entities = &one,
                .entity_count = 1 };
    demo_ids ids = { .entities = &id };
    ent_str text;
    char uuid[37], *at;

    one.service = node->service;
    demo_random_id(NULL, "", ENT_STR(""), ENT_STR(""), uuid);
    ENT_TRY(
        demo_encode(d->arena, &s, node->service, demo_story_day(&d->s), &ids, uuid, &text, err));
    text = ent_arena_str(d->arena, text);
    if (text.ptr == NULL)
        return ent_fail_arena(err);
    at = strstr((char *)(uintptr_t)text.ptr, "\"modified\":\"");
    if (at == NULL)
        return ent_fail(err, ENT_BUG, "the record has no versions");
    memcpy(at + strlen(modified), hour, strlen("HH:MM"));
    return demo_tl_file(t, "version.json", text, path, err);
}

const char *demo_tl_name(timeline *t, size_t entity)
{
    return demo_text(t->d, t->d->s.entities[entity].names.items[0]);
}

const char *demo_tl_born(timeline *t, size_t entity)
{
    return demo_text(t->d, t->d->s.entities[entity].dob);
}

const char *demo_tl_swapped(timeline *t, size_t entity)
{
    ent_str dob = t->d->s.entities[entity].dob;

    if (dob.size != 10 || memcmp(dob.ptr + 8, "12", 2) > 0 ||
        memcmp(dob.ptr + 5, dob.ptr + 8, 2) == 0)
        return NULL;
    return TL_TEXT(t, "%.4s-%.2s-%.2s", dob.ptr, dob.ptr + 8, dob.ptr + 5);
}

demo_node *demo_tl_other(timeline *t, size_t service)
{
    return &t->d->nodes[service == 0 ? 1 : 0];
}

const char *demo_tl_others(timeline *t, const demo_node *node)
{
    const char *list = "";

    for (size_t i = 0; i < t->d->s.service_count; i++)
        if (&t->d->nodes[i] != node)
            list = TL_TEXT(t, "%s%s%s", list, list[0] == '\0' ? "" : ",", t->d->nodes[i].code);
    return list;
}

/* ---- releases ---- */

ent_code demo_tl_release(timeline *t, const demo_node *from, demo_node *to, size_t entity,
                         ent_str *release, ent_err *err)
{
    demo *d = t->d;
    const char *draft;
    ent_json object;

    *release = ENT_STR("");
    ENT_TRY(demo_command(d, from, "analyst",
                         DEMO_ARGS("release", "draft", d->ids.entities[entity].ptr, "--to",
                                   to->code, "--purpose", DEMO_PURPOSE),
                         &t->r, err));
    draft = demo_tl_member(t, "draft");
    object = ent_json_first(ent_json_get(demo_first(&t->r), "objects"));
    if (t->r.exit != 0 || object.doc == NULL) {
        demo_check(d, false, "%s drafts a release: %.*s", from->code, ENT_STR_ARG(t->r.err));
        return ENT_OK;
    }
    to->known[entity] = ent_json_get_text(object, "sent_as").size > 0
                            ? ent_json_get_text(object, "sent_as")
                            : ent_json_get_text(object, "id");
    ENT_TRY(demo_command(d, from, "fdo1", DEMO_ARGS("release", "approve", draft), &t->r, err));
    ENT_TRY(demo_command(d, from, "fdo2", DEMO_ARGS("release", "approve", draft), &t->r, err));
    *release = ent_json_get_text(demo_first(&t->r), "release");
    if (release->size == 0)
        return ENT_OK;
    return demo_tl_sees(
        t, to, NULL, demo_text(d, *release), "\"stored\"",
        DEMO_ARGS("release", "list", "--peer", from->code),
        TL_TEXT(t, "%s releases a record to %s, where it arrives", from->code, to->code), err);
}

/* ---- the order ---- */

static const struct {
    const char *name, *title;
    timeline_step play;
} steps[] = {
#define X(number, name, title) { "timeline " #number " " #name, title, demo_tl_##name },
    TL_STEPS(X)
#undef X
        { "hostile", "Attempts that must fail", demo_tl_hostile },
    { "score", "The sum", demo_tl_score },
};

_Static_assert(DEMO_STORY_STEPS + sizeof steps / sizeof *steps == DEMO_STEPS, "steps");

ent_code demo_timeline(demo *d, int last, ent_err *err)
{
    timeline t = { .d = d };
    char uuid[37];

    demo_cast(d, &t.cast);
    t.first = &d->nodes[0];
    t.second = &d->nodes[1];
    t.last = &d->nodes[d->s.service_count > 2 ? 2 : 1];
    demo_random_id(NULL, "", ENT_STR(""), ENT_STR(""), uuid);
    t.passport = ent_arena_printf(d->arena, "doc:QZ:T%.8s", uuid);
    if (t.passport.ptr == NULL)
        return ent_fail_arena(err);
    for (size_t i = 4; i < t.passport.size; i++)
        if (t.passport.ptr[i] >= 'a' && t.passport.ptr[i] <= 'z')
            ((char *)(uintptr_t)t.passport.ptr)[i] = (char)(t.passport.ptr[i] - 'a' + 'A');
    for (int i = 0; i < (int)(sizeof steps / sizeof *steps); i++) {
        ent_err failure = { 0 };
        ent_code rc;

        if (DEMO_STORY_STEPS + i + 1 > last || d->interrupted)
            break;
        demo_step_begin(d, DEMO_STORY_STEPS + i + 1, steps[i].name, steps[i].title);
        rc = i == 0 ? demo_cast_made(&t, &failure) : ENT_OK;
        if (rc == ENT_OK)
            rc = steps[i].play(&t, &failure);
        if (rc != ENT_OK)
            demo_check(d, false, "the step can be played: %s", failure.msg);
        demo_step_end(d);
    }
    demo_serve_end(&t.fourth);
    return ENT_OK;
}
