/* Step 13 of a case: a man whom one service keeps for another purpose, and of whom another may never
 * speak.  He is asked about with the mark on his record, with the mark taken off, and once too often. */
#include "demo/timeline.h"

struct question {
    demo_node *home, *holder; /* who asks, and who may not answer */
    story_entity man;         /* his names, his birth */
    ent_str id;               /* of his record at home */
    bool made;                /* that is no record of the story */
};

/* ---- who he is ---- */

static bool has_text(ent_str text, ent_str part)
{
    for (size_t at = 0; at + part.size <= text.size; at++)
        if (memcmp(text.ptr + at, part.ptr, part.size) == 0)
            return true;
    return false;
}

/* A name that is itself a secret is in no question. */
static bool is_secret(const demo *d, const story_entity *e)
{
    for (size_t i = 0; i < d->s.canary_count; i++)
        for (size_t k = 0; k < e->names.count; k++)
            if (has_text(e->names.items[k], d->s.canaries[i].string))
                return true;
    return false;
}

static bool can_be_asked(const demo *d, size_t entity, char mark)
{
    const story_entity *e = &d->s.entities[entity];

    return e->type == STORY_PERSON && e->mark == mark && e->names.count > 0 && e->dob.size == 10 &&
           !is_secret(d, e);
}

/* Nobody else whom this service guards was born on that day. */
static bool is_alone(const demo *d, size_t service, ent_str dob, size_t but)
{
    for (size_t i = 0; i < d->s.entity_count; i++)
        if (i != but && d->s.entities[i].service == service &&
            strchr("WPX", d->s.entities[i].mark) != NULL &&
            ent_str_equal(d->s.entities[i].dob, dob))
            return false;
    return true;
}

/* The story says that two records must never be matched, and both were born on one day. */
static bool is_same_man(const demo *d, size_t a, size_t b)
{
    if (!ent_str_equal(d->s.entities[a].dob, d->s.entities[b].dob))
        return false;
    for (size_t i = 0; i < d->s.apart_count; i++)
        if ((d->s.apart[i].a == a && d->s.apart[i].b == b) ||
            (d->s.apart[i].a == b && d->s.apart[i].b == a))
            return true;
    return false;
}

/* The record of the story that is kept for another purpose, or SIZE_MAX. */
static size_t outside_find(const demo *d)
{
    for (size_t i = 0; i < d->s.entity_count; i++)
        if (can_be_asked(d, i, 'P') &&
            is_alone(d, d->s.entities[i].service, d->s.entities[i].dob, i))
            return i;
    return SIZE_MAX;
}

/* The record of whom nobody may speak: of the same man, or of anybody if there is no such man. */
static size_t secret_find(const demo *d, size_t outside)
{
    for (size_t i = 0; i < d->s.entity_count; i++)
        if (can_be_asked(d, i, 'X') && (outside == SIZE_MAX || is_same_man(d, i, outside)))
            return i;
    return SIZE_MAX;
}

static size_t home_find(const demo *d, size_t secret)
{
    for (size_t i = 0; i < d->s.service_count; i++)
        if (i != d->s.entities[secret].service &&
            is_alone(d, i, d->s.entities[secret].dob, SIZE_MAX))
            return i;
    return SIZE_MAX;
}

/* A day on which nobody of the story was born. */
static ent_str free_birth(timeline *t)
{
    for (int day = 1; day <= 365; day++) {
        ent_str birth =
            ent_str_of(TL_TEXT(t, "19%02d-0%d-1%d", 31 + day / 60, 1 + day / 10 % 6, day % 10));
        bool taken = false;

        for (size_t i = 0; i < t->d->s.entity_count && !taken; i++)
            taken = ent_str_equal(t->d->s.entities[i].dob, birth);
        if (!taken)
            return birth;
    }
    return ENT_STR("1930-11-30");
}

static story_entity man_of(timeline *t, size_t outside, size_t secret)
{
    static ent_str name = { "Ordan Velisk", 12 };
    story_entity man = { .id = ENT_STR("exile"), .type = STORY_PERSON, .names = { &name, 1 } };

    if (outside != SIZE_MAX)
        return t->d->s.entities[outside];
    if (secret != SIZE_MAX)
        return t->d->s.entities[secret];
    man.dob = free_birth(t);
    return man;
}

/* A record of the man that the story does not have. */
static ent_code man_make(timeline *t, const struct question *q, const demo_node *node, char mark,
                         ent_str *id, ent_err *err)
{
    story_entity row = { .id = ENT_STR("exile"),
                         .type = STORY_PERSON,
                         .names = q->man.names,
                         .dob = q->man.dob,
                         .mark = mark };

    return demo_tl_made(t, node, &row, 1, id, err);
}

static ent_code question_make(timeline *t, struct question *q, ent_err *err)
{
    demo *d = t->d;
    size_t outside = outside_find(d), secret = secret_find(d, outside), home;
    ent_str made;

    home = outside != SIZE_MAX  ? d->s.entities[outside].service
           : secret != SIZE_MAX ? home_find(d, secret)
                                : 0;
    if (home == SIZE_MAX)
        home = 0, secret = SIZE_MAX;
    *q = (struct question){ .home = &d->nodes[home], .man = man_of(t, outside, secret) };
    q->holder =
        secret != SIZE_MAX ? &d->nodes[d->s.entities[secret].service] : demo_tl_other(t, home);
    q->made = outside == SIZE_MAX;
    if (q->made)
        ENT_TRY(man_make(t, q, q->home, 'P', &q->id, err));
    else
        q->id = d->ids.entities[outside];
    return secret == SIZE_MAX ? man_make(t, q, q->holder, 'X', &made, err) : ENT_OK;
}

/* His record at home as it is from now on; `hour`: of the newer version. */
static ent_code record_replace(timeline *t, const struct question *q, char mark, const char *hour,
                               const char *what, ent_err *err)
{
    story_entity row = q->man;
    const char *path;

    row.mark = mark;
    ENT_TRY(demo_tl_object(t, q->home, &row, q->id, hour, &path, err));
    ENT_TRY(demo_command(t->d, q->home, "collector", DEMO_ARGS("import", path), &t->r, err));
    demo_check(t->d, t->r.exit == 0 && demo_tl_has(t, "\"updated\":1"), "%s", what);
    return ENT_OK;
}

/* ---- the questions ---- */

static ent_code ask(timeline *t, const struct question *q, const char *user, const char *reference,
                    int want, const char *what, ent_err *err)
{
    return demo_tl_must(t, q->home, user, want,
                        DEMO_ARGS("rfi", "new", "--to", q->holder->code, "--purpose", DEMO_PURPOSE,
                                  "--reference", reference, "--name",
                                  demo_text(t->d, q->man.names.items[0]), "--born",
                                  demo_text(t->d, q->man.dob), "--text", "where is he?"),
                        what, err);
}

static ent_code ask_nobody(timeline *t, const struct question *q, const char *reference, int want,
                           const char *what, ent_err *err)
{
    return demo_tl_must(t, q->home, "analyst", want,
                        DEMO_ARGS("rfi", "new", "--to", q->holder->code, "--purpose", DEMO_PURPOSE,
                                  "--reference", reference, "--name", "Nobody Known", "--born",
                                  "1901-02-03", "--text", "where is he?"),
                        what, err);
}

/* RFI-B-0120. */
static ent_code stopped_at_home(timeline *t, const struct question *q, ent_err *err)
{
    ent_str fresh;

    ENT_TRY(ask(t, q, "analyst", "RFI-P", 77,
                "a question about somebody kept for another purpose is stopped at home", err));
    ENT_TRY(demo_tl_sees(t, q->home, "oversight", "rfi new", "refused",
                         DEMO_ARGS("audit", "list", "--oversight"), "its oversight has an entry",
                         err));
    ENT_TRY(man_make(t, q, q->home, 'S', &fresh, err));
    return ask(t, q, "analyst2", "RFI-P1", 77,
               "a fresh record without the mark, beside the marked one, is no way round it", err);
}

static ent_code answer_nothing(timeline *t, const struct question *q, const char *reference,
                               const char **leaves, ent_err *err)
{
    ENT_TRY(demo_command(t->d, q->holder, "liaison",
                         DEMO_ARGS("rfi", "answer", reference, "--nothing"), &t->r, err));
    *leaves = t->r.exit == 0 ? demo_tl_member(t, "leaves") : "";
    return ENT_OK;
}

/* RFI-B-0121, and one about nobody. */
static ent_code answered_without_content(timeline *t, const struct question *q, ent_err *err)
{
    const char *one, *other;

    ENT_TRY(record_replace(t, q, 'S', "06:10",
                           "the mark is taken off his record: a fresh one stands in its place",
                           err));
    ENT_TRY(ask(t, q, "analyst", "RFI-P2", 0, "now the second question leaves", err));
    ENT_TRY(ask_nobody(t, q, "RFI-N", 0, "and one about a man whom nobody holds", err));
    ENT_TRY(demo_tl_sees(t, q->holder, "legal", "RFI-P2", NULL, DEMO_ARGS("rfi", "list"),
                         "it reaches the service that may never speak of him", err));
    ENT_TRY(demo_tl_sees(t, q->holder, NULL, "RFI-N", NULL, DEMO_ARGS("rfi", "list"),
                         "as the other does", err));
    ENT_TRY(demo_tl_sees(t, q->holder, "oversight", "asked about a guarded subject", q->home->code,
                         DEMO_ARGS("audit", "list", "--oversight"),
                         "the other oversight body has an entry: of whom, and that it is guarded",
                         err));
    ENT_TRY(answer_nothing(t, q, "RFI-P2", &one, err));
    ENT_TRY(answer_nothing(t, q, "RFI-N", &other, err));
    demo_check(t->d, one[0] != '\0' && strcmp(one, other) == 0,
               "both are answered without content, to leave at the same hour");
    return ENT_OK;
}

/* What the asker has as the answer to a question. */
static ent_code answer_read(timeline *t, const struct question *q, const char *reference,
                            ent_json *answer, ent_err *err)
{
    ENT_TRY(demo_tl_sees(t, q->home, "analyst", reference, "\"answered\"", DEMO_ARGS("rfi", "list"),
                         TL_TEXT(t, "the answer to %s arrives", reference), err));
    *answer = ent_json_get(demo_tl_line(t, reference, "\"answered\""), "answer");
    return ENT_OK;
}

/* They differ in the id of the request, and in nothing else. */
static ent_code answers_compare(timeline *t, const struct question *q, ent_err *err)
{
    ent_json one, other;

    ENT_TRY(answer_read(t, q, "RFI-P2", &one, err));
    ENT_TRY(answer_read(t, q, "RFI-N", &other, err));
    demo_check(t->d,
               ent_str_is(ent_json_get_text(one, "answer"), "nothing to release") &&
                   ent_str_is(ent_json_get_text(other, "answer"), "nothing to release") &&
                   ent_json_raw(one).size == ent_json_raw(other).size,
               "of the man and of nobody it says the same: nothing to release");
    return ENT_OK;
}

/* The third within seven days: whoever asks is stopped until a liaison officer has spoken. */
static ent_code third_try(timeline *t, const struct question *q, ent_err *err)
{
    ENT_TRY(ask(t, q, "analyst", "RFI-P3", 77, "the third try in seven days is not sent", err));
    ENT_TRY(ask_nobody(t, q, "RFI-P4", 77, "who tried three times asks nothing any more", err));
    ENT_TRY(demo_tl_must(t, q->home, "analyst2", 77, DEMO_ARGS("rfi", "resume", "analyst"),
                         "until a liaison officer says so, and nobody else", err));
    ENT_TRY(demo_tl_must(t, q->home, "liaison", 0, DEMO_ARGS("rfi", "resume", "analyst"),
                         "who does when the two have spoken", err));
    ENT_TRY(ask_nobody(t, q, "RFI-P5", 0, "then he asks again, about others", err));
    return demo_tl_sees(t, q->home, "oversight", "third try", NULL,
                        DEMO_ARGS("audit", "list", "--oversight"), "oversight has each step", err);
}

ent_code demo_tl_political(timeline *t, ent_err *err)
{
    struct question q;

    ENT_TRY(question_make(t, &q, err));
    ENT_TRY(stopped_at_home(t, &q, err));
    ENT_TRY(answered_without_content(t, &q, err));
    ENT_TRY(demo_tl_clock(t, t->minutes + 1440, err));
    ENT_TRY(third_try(t, &q, err));
    ENT_TRY(answers_compare(t, &q, err));
    return q.made ? ENT_OK
                  : record_replace(t, &q, 'P', "06:20", "the mark is on his record again", err);
}
