/* Steps 16 to 18 of a case: recall and correction. */
#include "demo/timeline.h"

static ent_code gone_at(timeline *t, const demo_node *node, const char *what, ent_err *err)
{
    const char *id = demo_text(t->d, t->given_to->known[t->given_entity]);

    ENT_TRY(demo_command(t->d, node, "analyst", DEMO_ARGS("show", id), &t->r, err));
    demo_check(t->d, !demo_tl_has(t, demo_tl_name(t, t->given_entity)), "%s", what);
    return ENT_OK;
}

/* A question to all while one is away: the answer says so, and is no answer for it. */
static ent_code asked_while_away(timeline *t, ent_err *err)
{
    ENT_TRY(
        demo_command(t->d, t->given_from, "analyst",
                     DEMO_ARGS("hypo", "ask", "--region=0,0,1", "--from", "2000-01-01", "--to",
                               "2000-01-02", "--tied-to", t->d->ids.entities[t->given_entity].ptr,
                               "--purpose", DEMO_PURPOSE, "--seconds", "3"),
                     &t->r, err));
    demo_check(t->d,
               demo_tl_line(t, "\"silent\":[", TL_TEXT(t, "\"%s\"", t->given_to->code)).doc !=
                       NULL &&
                   t->r.exit != DEMO_EXIT_NO,
               "who asks all meanwhile reads that %s is silent, and not that it has none (status "
               "%d)",
               t->given_to->code, t->r.exit);
    demo_check(t->d,
               demo_tl_line(t,
                            TL_TEXT(t, "\"asked_count\":%zu,\"answered_count\":%zu,",
                                    t->d->s.service_count, t->d->s.service_count - 1),
                            "may be incomplete")
                       .doc != NULL,
               "in words: %zu of %zu answered, %s did not, and the answer may be incomplete",
               t->d->s.service_count - 1, t->d->s.service_count, t->given_to->code);
    return ENT_OK;
}

/* The holder is away when the word goes out. */
ent_code demo_tl_recall(timeline *t, ent_err *err)
{
    if (t->given.size == 0) {
        demo_skip(t->d, "nothing was released that can be called back", "a recall");
        return ENT_OK;
    }
    ENT_TRY(demo_tl_onward(t, err));
    ENT_TRY(demo_tl_rests(t, t->given_to, err));
    demo_serve_end(t->given_to);
    ENT_TRY(demo_tl_must(t, t->given_from, "analyst", 77,
                         DEMO_ARGS("recall", demo_text(t->d, t->given), "--reason", "mistake"),
                         "an analyst calls nothing back", err));
    ENT_TRY(demo_tl_must(
        t, t->given_from, "fdo1", 0,
        DEMO_ARGS("recall", demo_text(t->d, t->given), "--reason", "the source was invented"),
        "an officer calls a release back while its holder is away", err));
    ENT_TRY(demo_command(t->d, t->given_from, NULL,
                         DEMO_ARGS("release", "list", "--peer", t->given_to->code), &t->r, err));
    demo_check(t->d, demo_tl_line(t, demo_text(t->d, t->given), "\"erased\"").doc == NULL,
               "and is not told that it was erased before it was");
    if (t->third != NULL) {
        ENT_TRY(demo_tl_sees(t, t->third, NULL, "withdrawn", NULL, DEMO_ARGS("basis", "list"),
                             "who had it through the holder hears it from the owner all the same",
                             err));
        ENT_TRY(gone_at(t, t->third, "and has erased it", err));
    }
    return asked_while_away(t, err);
}

/* What the holder holds elsewhere, or has made of it. */
static ent_code back_rest(timeline *t, ent_err *err)
{
    ENT_TRY(demo_tl_sees(t, t->given_to, NULL, "withdrawn", NULL, DEMO_ARGS("basis", "list"),
                         "its case is marked: the basis is withdrawn", err));
    if (t->third == NULL)
        return ENT_OK;
    ENT_TRY(demo_tl_sees(t, t->given_from, NULL, "\"erasure\"", NULL, DEMO_ARGS("onward", "list"),
                         "the owner has the word of both", err));
    return gone_at(t, t->third, "there it is a tombstone still", err);
}

ent_code demo_tl_back(timeline *t, ent_err *err)
{
    if (t->given.size == 0) {
        demo_skip(t->d, "nothing was called back", "the holder comes back");
        return ENT_OK;
    }
    ENT_TRY(demo_serve(t->d, t->given_to, err));
    ENT_TRY(gone_at(t, t->given_to,
                    "the first look-up once the holder is back finds it erased: the recall comes "
                    "before every query",
                    err));
    ENT_TRY(demo_tl_sees(t, t->given_from, NULL, demo_text(t->d, t->given), "\"erased\"",
                         DEMO_ARGS("release", "list", "--peer", t->given_to->code),
                         "the holder has erased it and says so", err));
    ENT_TRY(gone_at(t, t->given_to, "a tombstone is left, with no content", err));
    ENT_TRY(back_rest(t, err));
    return demo_tl_must(t, t->given_from, NULL, 0, DEMO_ARGS("log", "verify", t->given_to->code),
                        "the log verifies with what was erased", err);
}

/* The object's line of the owner's bundle, with a later version's time and another end. */
static ent_code corrected_write(timeline *t, const char **path, ent_err *err)
{
    demo *d = t->d;
    story_entity *e = &d->s.entities[t->cast.changed], before = *e;
    const char *id = d->ids.entities[t->cast.changed].ptr, *begin = NULL, *at;
    ent_str text, line;
    char uuid[37];
    ent_code rc;
    char *copy;

    if (e->type == STORY_MOVEMENT && e->iv.size == 21)
        e->iv = ent_arena_printf(d->arena, "%.10s/%.10s", e->iv.ptr, e->iv.ptr);
    else if (e->names.count > 0)
        e->names = (story_list){ e->names.items, e->names.count - (e->names.count > 1) };
    demo_random_id(NULL, "", ENT_STR(""), ENT_STR(""), uuid);
    rc = demo_encode(d->arena, &d->s, e->service, demo_story_day(&d->s), &d->ids, uuid, &text, err);
    *e = before;
    if (rc != ENT_OK)
        return rc;
    at = strstr(demo_text(d, text), TL_TEXT(t, "\"id\":\"%s\"", id));
    for (begin = at; begin != NULL && begin[-1] != '\n'; begin--)
        ;
    if (begin == NULL)
        return ent_fail(err, ENT_BUG, "the record is not in its bundle");
    line = (ent_str){ begin, strcspn(begin, "\n") };
    while (line.size > 0 && line.ptr[line.size - 1] != '}')
        line.size--;
    while (line.size > 0 && *line.ptr != '{') {
        line.ptr++;
        line.size--;
    }
    line = ent_arena_str(d->arena, line);
    if (line.ptr == NULL)
        return ent_fail_arena(err);
    copy = strstr((char *)(uintptr_t)line.ptr, "\"modified\":\"");
    if (copy == NULL)
        return ent_fail(err, ENT_BUG, "the record has no versions");
    memcpy(copy + strlen("\"modified\":\"YYYY-MM-DDT"), "08:30", 5);
    return demo_tl_file(t, "corrected.jsonl", line, path, err);
}

static ent_code chains_count(timeline *t, const demo_node *node, size_t *count, ent_err *err)
{
    demo_result ignored;
    bool whole;

    *count = 0;
    for (size_t i = 0; i < t->d->s.chain_count; i++) {
        ENT_TRY(demo_chain_whole(t->d, node, &t->d->s.chains[i], &whole, &ignored, err));
        *count += whole;
    }
    return ENT_OK;
}

ent_code demo_tl_correction(timeline *t, ent_err *err)
{
    const demo_node *owner, *holder;
    const char *id, *path, *draft, *there;
    size_t before, after;

    if (t->cast.changed == SIZE_MAX) {
        demo_skip(t->d, "the story releases no record that has versions", "a correction");
        return ENT_OK;
    }
    owner = &t->d->nodes[t->cast.owner];
    holder = &t->d->nodes[t->cast.holder];
    id = t->d->ids.entities[t->cast.changed].ptr;
    there = demo_text(t->d, holder->known[t->cast.changed]);
    ENT_TRY(chains_count(t, holder, &before, err));
    ENT_TRY(corrected_write(t, &path, err));
    ENT_TRY(demo_tl_must(t, owner, NULL, 0, DEMO_ARGS("import", path),
                         "a record is corrected where it is owned", err));
    demo_check(t->d, demo_tl_has(t, "\"updated\":1"), "as a newer version");
    ENT_TRY(demo_tl_must(t, owner, "analyst", 0,
                         DEMO_ARGS("correct", id, "--reason", "it ended earlier"),
                         "a correction is drafted for every holder", err));
    for (size_t i = 0; i < t->r.line_count; i++) {
        demo_result answer = t->r;

        draft = demo_text(t->d, ent_json_get_text(answer.lines[i], "draft"));
        if (draft[0] == '\0')
            continue;
        ENT_TRY(
            demo_command(t->d, owner, "fdo1", DEMO_ARGS("release", "approve", draft), &t->r, err));
        ENT_TRY(demo_tl_must(t, owner, "fdo2", 0, DEMO_ARGS("release", "approve", draft),
                             "and approved by two", err));
        t->r = answer;
    }
    ENT_TRY(demo_tl_sees(t, holder, NULL, "\"version\"", "T08:30", DEMO_ARGS("history", there),
                         "the holder has it", err));
    demo_check(t->d, t->r.line_count >= 2, "and the old value in its history");
    ENT_TRY(chains_count(t, holder, &after, err));
    demo_check(t->d, before == after, "the chains at %s are whole as before: %zu", holder->code,
               after);
    if (t->view != NULL)
        ENT_TRY(demo_tl_sees(t, holder, NULL, t->view, "changed", DEMO_ARGS("basis", "list"),
                             "the joint view is marked: its basis has changed", err));
    return ENT_OK;
}
