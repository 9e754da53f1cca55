/* Steps 24 and 25 of a case: what may be told to a third state, and to a court. */
#include "demo/timeline.h"

#define OUTSIDER "Kestria"
#define COURT    "the magistrate of the port"

/* ---- 24: a third state ---- */

/* Up to two records that `node` has from one owner. */
static size_t received_from(const demo *d, const demo_node *node, size_t owner, size_t found[2])
{
    size_t count = 0;

    for (size_t i = 0; i < d->s.entity_count && count < 2; i++)
        if (d->s.entities[i].service == owner && owner != node->service &&
            node->known[i].ptr != NULL && strchr("MS", d->s.entities[i].mark) != NULL)
            found[count++] = i;
    return count;
}

/* The id by which who asks knows a record. */
static const char *known_as(timeline *t, size_t entity)
{
    return demo_text(t->d, t->asker->known[entity]);
}

/* Asks an owner about records for an outsider; it grants the first. */
static ent_code granted(timeline *t, const demo_node *owner, const char *user, const char *one,
                        const char *two, const char *outsider, const char *const what[3],
                        ent_err *err)
{
    const char *request;

    ENT_TRY(demo_tl_must(t, t->asker, user, 0,
                         DEMO_ARGS("repeat", "ask", "--owner", owner->code, "--to", outsider,
                                   "--purpose", DEMO_PURPOSE, one, two),
                         what[0], err));
    request = demo_tl_member(t, "repeat");
    ENT_TRY(demo_tl_sees(t, owner, NULL, request, NULL, DEMO_ARGS("repeat", "list"), what[1], err));
    ENT_TRY(demo_tl_must(
        t, owner, "fdo1", 0,
        DEMO_ARGS("repeat", "answer",
                  demo_text(t->d, ent_json_get_text(demo_tl_line(t, request, NULL), "id")),
                  "--grant", one),
        what[2], err));
    return demo_tl_sees(t, t->asker, NULL, request, "granted", DEMO_ARGS("repeat", "list"),
                        "the answer arrives", err);
}

/* A record that who asks has from a third service, which lets all of it be told; SIZE_MAX. */
static ent_code other_granted(timeline *t, size_t *other, ent_err *err)
{
    static const char *const what[3] = { "another owner is asked for what is its own",
                                         "it hears for whom", "it grants all" };
    size_t found[2];

    *other = SIZE_MAX;
    for (size_t i = 0; i < t->d->s.service_count; i++) {
        const demo_node *owner = &t->d->nodes[i];

        if (owner == t->granter || received_from(t->d, t->asker, i, found) == 0)
            continue;
        *other = found[0];
        return granted(t, owner, "case", known_as(t, *other), NULL, OUTSIDER, what, err);
    }
    return ENT_OK;
}

/* Words to the third state with these facts; NULL ends them. */
static ent_code message_draft(timeline *t, const char *const facts[3], int want, const char *what,
                              ent_err *err)
{
    return demo_tl_must(t, t->asker, "case", want,
                        DEMO_ARGS("repeat", "draft", "--to", OUTSIDER, "--purpose", DEMO_PURPOSE,
                                  "--text", "please look for him", facts[0], facts[1], facts[2]),
                        what, err);
}

static ent_code message_approve(timeline *t, const char *id, const char *user, int want,
                                const char *what, ent_err *err)
{
    return demo_tl_must(t, t->asker, user, want, DEMO_ARGS("repeat", "approve", id), what, err);
}

/* The message has what was granted, and no word of the rest. */
static ent_code message_built(timeline *t, size_t other, ent_err *err)
{
    const char *one = known_as(t, t->told), *two = known_as(t, t->untold);
    const char *third = other == SIZE_MAX ? NULL : known_as(t, other), *id, *file;
    const char *const all[3] = { one, two, third }, *const some[3] = { one, third, NULL };
    const char *path = TL_TEXT(t, "%s/message.json", t->d->work);
    ent_str text;

    ENT_TRY(
        message_draft(t, all, 77, "a message that repeats what was not granted is not built", err));
    ENT_TRY(message_draft(t, some, 0, "with what was granted it is", err));
    id = demo_tl_member(t, "message");
    ENT_TRY(message_approve(t, id, "fdo1", 0, "a disclosure officer approves it", err));
    ENT_TRY(message_approve(t, id, "fdo2", 77, "to a third state another one is not enough", err));
    ENT_TRY(message_approve(t, id, "legal", 0, "the legal officer is the second", err));
    ENT_TRY(demo_tl_must(t, t->asker, "fdo1", 0, DEMO_ARGS("repeat", "write", id, "--out", path),
                         "it is written", err));
    ENT_TRY(node_file_read(t->d->arena, path, (size_t)64 << 20, &text, err));
    file = demo_text(t->d, text);
    demo_check(t->d,
               strstr(file, one) != NULL && (third == NULL || strstr(file, third) != NULL) &&
                   strstr(file, two) == NULL,
               "it has the facts that were granted, and not the other");
    return ENT_OK;
}

ent_code demo_tl_repeat(timeline *t, ent_err *err)
{
    static const char *const what[3] = {
        "an owner is asked whether two facts may be told to a third state",
        "it hears which, and to whom", "it grants one of them"
    };
    const char *unasked[3] = { NULL, NULL, NULL };
    size_t found[2], other;

    if (t->cast.changed == SIZE_MAX ||
        received_from(t->d, &t->d->nodes[t->cast.holder], t->cast.owner, found) < 2) {
        demo_skip(t->d, "nobody of the story has two records of one owner", "repeating facts");
        return ENT_OK;
    }
    t->asker = &t->d->nodes[t->cast.holder];
    t->granter = &t->d->nodes[t->cast.owner];
    t->told = found[0];
    t->untold = found[1];
    unasked[0] = known_as(t, t->told);
    ENT_TRY(message_draft(t, unasked, 77, "nothing of a partner is told to a third state unasked",
                          err));
    ENT_TRY(granted(t, t->granter, "case", known_as(t, t->told), known_as(t, t->untold), OUTSIDER,
                    what, err));
    ENT_TRY(other_granted(t, &other, err));
    return message_built(t, other, err);
}

/* ---- 25: a court ---- */

/* What came of the task, of the case and of the alert. */
static ent_code outcomes(timeline *t, ent_err *err)
{
    const char *task;

    ENT_TRY(demo_command(t->d, t->second, NULL, DEMO_ARGS("task", "list"), &t->r, err));
    task = demo_text(t->d, ent_json_get_text(demo_tl_line(t, t->task, NULL), "id"));
    ENT_TRY(demo_tl_must(t, t->second, "case", 0, DEMO_ARGS("task", "done", task),
                         "the task is done", err));
    ENT_TRY(demo_tl_sees(t, t->first, NULL, t->task, "\"done\"", DEMO_ARGS("task", "list"),
                         "and all see it", err));
    if (t->alarm == NULL)
        return ENT_OK;
    ENT_TRY(demo_tl_must(t, t->second, "case", 0,
                         DEMO_ARGS("alert", "ack", demo_tl_case_at(t, t->second, err), "--note",
                                   "arrested on warrant 311"),
                         "who was silent on the sighting says what came of it", err));
    ENT_TRY(demo_tl_sees(t, t->first, NULL, t->alarm,
                         TL_TEXT(t, "\"service\":\"%s\"", t->second->code),
                         DEMO_ARGS("alert", "cases"), "which the owner of the alert sees", err));
    return demo_tl_must(t, t->first, "case", 0, DEMO_ARGS("alert", "withdraw", "AL-KEY"),
                        "and ends the alert", err);
}

/* A case with a record of its own and two of a partner. */
static ent_code court_case(timeline *t, const char **id, ent_err *err)
{
    static const char *const what[3] = { "with a fact of a partner", "and another of it",
                                         "and one of its own" };
    demo *d = t->d;
    const char *own = NULL, *things[3];

    for (size_t i = 0; i < d->s.entity_count && own == NULL; i++)
        if (d->s.entities[i].service == t->asker->service && i != t->given_entity &&
            i != t->cast.due && d->s.entities[i].mark == 'M')
            own = d->ids.entities[i].ptr;
    ENT_TRY(demo_tl_must(t, t->asker, "case", 0,
                         DEMO_ARGS("case", "new", "The arrest", "--purpose", DEMO_PURPOSE),
                         "he is brought before a magistrate: a case", err));
    *id = demo_tl_member(t, "case");
    things[0] = known_as(t, t->told);
    things[1] = known_as(t, t->untold);
    things[2] = own;
    for (size_t i = 0; i < 3 && things[i] != NULL; i++)
        ENT_TRY(demo_tl_must(t, t->asker, "case", 0, DEMO_ARGS("case", "add", *id, things[i]),
                             what[i], err));
    return ENT_OK;
}

/* The file holds, and one changed letter does not. */
static ent_code court_verified(timeline *t, const char *path, ent_err *err)
{
    const char *changed, *at;
    ent_str text, copy;

    ENT_TRY(demo_tl_must(t, NULL, NULL, 0, DEMO_ARGS("court", "verify", path),
                         "the file is checked by what stands in it: facts, consent, and the proof "
                         "that its owner released the one",
                         err));
    demo_check(t->d, demo_tl_has(t, "\"proved\":1"), "one fact of a partner is in it, proved");
    ENT_TRY(node_file_read(t->d->arena, path, (size_t)64 << 20, &text, err));
    copy = ent_arena_str(t->d->arena, text);
    at = copy.ptr == NULL ? NULL : strstr(copy.ptr, "\"consent\":\"");
    demo_check(t->d,
               at != NULL && strstr(copy.ptr, known_as(t, t->told)) != NULL &&
                   strstr(copy.ptr, known_as(t, t->untold)) == NULL,
               "and no word of the other");
    at = copy.ptr == NULL ? NULL : strstr(copy.ptr, "spec_version\\\":\\\"2.1");
    if (at == NULL)
        return ent_fail(err, ENT_BUG, "the court file has no object");
    ((char *)(uintptr_t)at)[strlen("spec_version\\\":\\\"2.")] = '0';
    ENT_TRY(demo_tl_file(t, "forged.json", copy, &changed, err));
    return demo_tl_must(t, NULL, NULL, 1, DEMO_ARGS("court", "verify", changed),
                        "one changed letter is found", err);
}

static ent_code court(timeline *t, ent_err *err)
{
    static const char *const what[3] = { "its owner is asked for one, for this court",
                                         "it hears for which court", "and consents" };
    const char *path = TL_TEXT(t, "%s/court.json", t->d->work), *id;

    ENT_TRY(court_case(t, &id, err));
    ENT_TRY(demo_tl_must(t, t->asker, "legal", 77,
                         DEMO_ARGS("case", "court", id, "--court", COURT, "--out", path),
                         "nothing of a partner goes into a court file without its consent", err));
    ENT_TRY(granted(t, t->granter, "legal", known_as(t, t->told), NULL, COURT, what, err));
    ENT_TRY(
        demo_tl_must(t, t->asker, "case", 77,
                     DEMO_ARGS("case", "court", id, "--court", COURT, "--out", path, "--leave-out"),
                     "whose case it is does not make the file alone", err));
    ENT_TRY(
        demo_tl_must(t, t->asker, "legal", 0,
                     DEMO_ARGS("case", "court", id, "--court", COURT, "--out", path, "--leave-out"),
                     "the legal officer makes it, without what nobody consented to", err));
    demo_check(t->d, demo_tl_has(t, "\"left_out\":1"), "which is one fact");
    return court_verified(t, path, err);
}

ent_code demo_tl_arrest(timeline *t, ent_err *err)
{
    if (t->task == NULL)
        demo_skip(t->d, "there is no task", "its outcome");
    else
        ENT_TRY(outcomes(t, err));
    if (t->asker == NULL) {
        demo_skip(t->d, "nobody of the story has two records of one owner", "a court file");
        return ENT_OK;
    }
    return court(t, err);
}
