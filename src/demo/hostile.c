/* What must fail, tried on the same nodes; and the sum of a case. */
#include "demo/timeline.h"

/* A pouch with the same entries, once as they were and once with a byte changed. */
static ent_code replay(timeline *t, ent_err *err)
{
    const char *pouch = TL_TEXT(t, "%s/pouch", t->d->work), *id;
    ent_str content;
    char *bytes;

    if (t->given.size == 0) {
        demo_skip(t->d, "nothing was called back", "2: a replay");
        return ENT_OK;
    }
    ENT_TRY(demo_command(t->d, t->given_from, NULL,
                         DEMO_ARGS("pouch", "pack", t->given_to->code, "--from", "0", pouch), &t->r,
                         err));
    ENT_TRY(demo_command(t->d, t->given_to, NULL, DEMO_ARGS("pouch", "open", pouch), &t->r, err));
    id = demo_text(t->d, t->given_to->known[t->given_entity]);
    ENT_TRY(demo_command(t->d, t->given_to, "analyst", DEMO_ARGS("show", id), &t->r, err));
    demo_check(t->d, !demo_tl_has(t, demo_tl_name(t, t->given_entity)),
               "2: what was called back does not come back by a replay");
    ENT_TRY(node_file_read(t->d->arena, pouch, (size_t)64 << 20, &content, err));
    bytes = (char *)(uintptr_t)demo_text(t->d, content);
    if (content.size > 0)
        bytes[content.size / 2] ^= 1;
    ENT_TRY(node_file_write(pouch, (ent_span){ bytes, content.size }, 0600, err));
    ENT_TRY(demo_command(t->d, t->given_to, NULL, DEMO_ARGS("pouch", "open", pouch), &t->r, err));
    demo_check(t->d, t->r.exit == 76 || t->r.exit == 65,
               "2: nor with one changed bit, which is refused (status %d)", t->r.exit);
    return ENT_OK;
}

static ent_code raw_line(timeline *t, ent_err *err)
{
    const char *swapped;

    if (t->cast.subject == SIZE_MAX || (swapped = demo_tl_swapped(t, t->cast.subject)) == NULL) {
        demo_skip(t->d, "no date of the story can be read the other way", "4: a wrong reading");
        return ENT_OK;
    }
    ENT_TRY(demo_command(t->d, t->last, "analyst", DEMO_ARGS("tip", "show", "TIP-1"), &t->r, err));
    demo_check(t->d,
               demo_tl_has(t, swapped) &&
                   demo_tl_has(t, TL_TEXT(t, "%s, %s, has left", demo_tl_name(t, t->cast.subject),
                                          demo_tl_born(t, t->cast.subject))),
               "4: the raw line stays beside the clerk's reading");
    return ENT_OK;
}

/* Two records of one node are said to be one by mistake. */
static ent_code false_join(timeline *t, ent_err *err)
{
    const char *a = demo_text(t->d, t->reading), *b = demo_text(t->d, t->passenger), *id;
    demo_result before;

    if (a[0] == '\0' || t->cast.subject == SIZE_MAX) {
        demo_skip(t->d, "no two records may be joined", "5: a false join");
        return ENT_OK;
    }
    ENT_TRY(demo_command(t->d, t->last, "analyst", DEMO_ARGS("person", a), &before, err));
    ENT_TRY(demo_tl_must(t, t->last, "analyst", 0, DEMO_ARGS("same", "propose", a, b),
                         "5: two analysts join two records", err));
    id = demo_tl_member(t, "id");
    ENT_TRY(demo_command(t->d, t->last, "analyst2", DEMO_ARGS("same", "confirm", id), &t->r, err));
    ENT_TRY(demo_tl_must(t, t->last, "analyst", 0,
                         DEMO_ARGS("same", "undo", id, "--reason", "a mistake"),
                         "5: one step takes it apart", err));
    ENT_TRY(demo_command(t->d, t->last, "analyst", DEMO_ARGS("person", a), &t->r, err));
    demo_check(t->d, demo_tl_line(t, "\"records\":", b).doc == NULL, "5: the two are apart again");
    return ENT_OK;
}

static ent_code bad_clock(timeline *t, ent_err *err)
{
    ent_str time = ent_str_of(demo_tl_time(t, t->minutes + 20));
    const demo_node *to = t->second;

    ENT_TRY(node_file_write(TL_TEXT(t, "%s/exercise-clock", t->first->home), ent_span_of_str(time),
                            0600, err));
    ENT_TRY(demo_tl_must(
        t, t->first, "liaison", 0,
        DEMO_ARGS("msg", "send", "--to", to->code, "--purpose", DEMO_PURPOSE, "--text", "SKEW-1"),
        "6: a message from a node whose clock is 20 minutes wrong", err));
    ENT_TRY(demo_tl_sees(t, to, NULL, "SKEW-1", "\"skew\":", DEMO_ARGS("msg", "list"),
                         "6: its skew is shown where it arrives", err));
    return demo_tl_clock(t, t->minutes, err);
}

static ent_code device_import(timeline *t, const char *member, const char *what, ent_err *err)
{
    const char *path;
    char uuid[37];

    demo_random_id(NULL, "", ENT_STR(""), ENT_STR(""), uuid);
    ENT_TRY(demo_tl_file(
        t, "device.json",
        ent_str_of(TL_TEXT(t,
                           "{\"type\":\"device-record\",\"spec_version\":\"2.1\",\"id\":"
                           "\"device-record--%s\",\"created\":\"2020-01-01T00:00:00.000Z\","
                           "\"modified\":\"2020-01-01T00:00:00.000Z\",\"placement\":\"placed\","
                           "\"actuation\":\"unknown\",%s}\n",
                           uuid, member)),
        &path, err));
    ENT_TRY(demo_command(t->d, t->first, NULL, DEMO_ARGS("import", path), &t->r, err));
    demo_check(t->d, demo_tl_has(t, "\"added\":0"), "9: a device with %s is not taken in", what);
    return ENT_OK;
}

static ent_code device_text(timeline *t, ent_err *err)
{
    ENT_TRY(device_import(t, "\"description\":\"free text\"", "free text", err));
    return device_import(t,
                         "\"external_references\":[{\"source_name\":\"a drawing\",\"url\":"
                         "\"https://example.invalid/drawing.png\"}]",
                         "an attachment", err);
}

static ent_code tip_send(timeline *t, const demo_node *from, const demo_node *to, size_t who,
                         ent_err *err)
{
    ENT_TRY(demo_tl_must(
        t, from, "analyst", 0,
        DEMO_ARGS("tip", "new", "--to", to->code, "--purpose", DEMO_PURPOSE, "--rating", "A1",
                  "--reference", "TIP-G", "--name", demo_tl_name(t, who), "--born",
                  demo_tl_born(t, who), "--text", "he is behind it"),
        "8: a tip, of the best rating, on somebody whom its receiver protects", err));
    ENT_TRY(demo_command(t->d, from, "fdo1", DEMO_ARGS("tip", "approve", "TIP-G"), &t->r, err));
    return demo_command(t->d, from, "fdo2", DEMO_ARGS("tip", "approve", "TIP-G"), &t->r, err);
}

/* The legal officer sees it first; its sender learns nothing from that. */
static ent_code guarded_tip(timeline *t, ent_err *err)
{
    size_t who = t->cast.secret;
    const demo_node *holder, *asker;

    if (who == SIZE_MAX) {
        demo_skip(t->d, "nobody of the story may never be spoken of",
                  "8: a tip on somebody guarded");
        return ENT_OK;
    }
    holder = &t->d->nodes[t->d->s.entities[who].service];
    asker = &t->d->nodes[t->cast.asker];
    ENT_TRY(tip_send(t, asker, holder, who, err));
    ENT_TRY(demo_tl_sees(t, holder, NULL, "TIP-G", "\"legal_first\":true", DEMO_ARGS("tip", "list"),
                         "8: it is marked: the legal officer first", err));
    ENT_TRY(demo_command(t->d, holder, "analyst", DEMO_ARGS("tip", "show", "TIP-G"), &t->r, err));
    demo_check(t->d, t->r.exit != 0 && !demo_tl_has(t, "he is behind it"),
               "8: no analyst reads it");
    ENT_TRY(demo_command(t->d, holder, "liaison", DEMO_ARGS("tip", "ack", "TIP-G"), &t->r, err));
    demo_check(t->d, t->r.exit != 0, "8: nobody else acknowledges it");
    ENT_TRY(demo_tl_must(t, holder, "legal", 0, DEMO_ARGS("tip", "show", "TIP-G"),
                         "8: the legal officer does read it", err));
    ENT_TRY(demo_command(t->d, asker, "analyst", DEMO_ARGS("tip", "show", "TIP-G"), &t->r, err));
    demo_check(
        t->d, t->r.exit == 0 && !demo_tl_has(t, "legal_first\":true") && !demo_tl_has(t, "guarded"),
        "8: and its sender cannot tell");
    return demo_tl_sees(t, holder, "oversight", "guarded subject", NULL,
                        DEMO_ARGS("audit", "list", "--oversight"), "8: oversight has an entry",
                        err);
}

/* What broke in step 29 is taken up again, so that all can be tried. */
static ent_code taken_up(timeline *t, ent_err *err)
{
    const demo_node *by = t->second == t->last ? t->first : t->second;

    return demo_tl_must(t, by, "liaison", 0,
                        DEMO_ARGS("peer", "resume", t->last->code, "--reason", "they have spoken"),
                        "the partnership of step 29 is taken up again", err);
}

/* Two officers, and no legal approval. */
static ent_code witness_alone(timeline *t, ent_err *err)
{
    demo *d = t->d;
    demo_node *from, *to = NULL;
    const char *draft;

    for (size_t i = 0; t->cast.witness != SIZE_MAX && i < d->s.service_count; i++)
        if (i != d->s.entities[t->cast.witness].service && to == NULL)
            to = &d->nodes[i];
    if (to == NULL) {
        demo_skip(d, "the story has no witness", "10: a witness without legal");
        return ENT_OK;
    }
    from = &d->nodes[d->s.entities[t->cast.witness].service];
    ENT_TRY(demo_command(d, from, "analyst",
                         DEMO_ARGS("release", "draft", d->ids.entities[t->cast.witness].ptr, "--to",
                                   to->code, "--purpose", DEMO_PURPOSE),
                         &t->r, err));
    draft = demo_tl_member(t, "draft");
    if (draft[0] != '\0') {
        ENT_TRY(demo_command(d, from, "fdo1", DEMO_ARGS("release", "approve", draft), &t->r, err));
        ENT_TRY(demo_command(d, from, "fdo2", DEMO_ARGS("release", "approve", draft), &t->r, err));
    }
    demo_check(d, !demo_tl_has(t, "\"sent\""),
               "10: a release that names a witness does not leave without legal");
    return ENT_OK;
}

/* The score is asked before the records of the story end. */
ent_code demo_tl_hostile(timeline *t, ent_err *err)
{
    ENT_TRY(taken_up(t, err));
    ENT_TRY(demo_tl_guessing(t, err));
    ENT_TRY(replay(t, err));
    ENT_TRY(demo_tl_rating(t, err));
    ENT_TRY(raw_line(t, err));
    ENT_TRY(false_join(t, err));
    ENT_TRY(bad_clock(t, err));
    ENT_TRY(demo_tl_stolen(t, err));
    ENT_TRY(guarded_tip(t, err));
    ENT_TRY(device_text(t, err));
    return witness_alone(t, err);
}

/* Every secret is searched for again, in all that the case has written and sent. */
ent_code demo_tl_score(timeline *t, ent_err *err)
{
    static const struct {
        int step; /* of the report */
        const char *what;
    } sums[] = {
        { DEMO_STORY_STEPS + 11, "what only seemed to be a link is flagged" },
        { DEMO_STORY_STEPS + 17, "the recall is proven by whoever held it" },
        { DEMO_STORY_STEPS + 19, "the trace of the complaint is complete" },
        { DEMO_STORY_STEPS + 31, "the audits agree" },
    };
    demo *d = t->d;

    demo_check(d, d->step_broken[4] == 0, "the chains of the story, as released: all %zu",
               d->s.chain_count);
    demo_check(d, d->step_broken[2] == 0, "none of the pairs that must not be reported");
    demo_check(d, d->step_broken[7] == 0, "the pairs of names: all %zu", d->s.names_count);
    demo_check(d, d->step_broken[5] == 0, "the hypotheses: all %zu", d->s.hypothesis_count);
    demo_check(d, d->step_broken[6] == 0, "who does not clash does not learn of each other");
    for (size_t i = 0; i < sizeof sums / sizeof *sums; i++)
        if (d->step_made[sums[i].step] > 0)
            demo_check(d, d->step_broken[sums[i].step] == 0, "%s", sums[i].what);
    return demo_secrets_search(d, err);
}
