/* Steps 1 to 8 of a case: tips, requests, and what the steps of the story have shown already. */
#include "demo/timeline.h"

#include "stix/extension_ids.h"

/* What an earlier step of the story has checked, said again where the case comes to it. */
static void shown(timeline *t, int step, const char *what)
{
    if (t->d->step_made[step] == 0)
        demo_skip(t->d, "the story has nothing for the step that shows it", "%s", what);
    else
        demo_check(t->d, t->d->step_broken[step] == 0, "%s (step %d)", what, step);
}

/* A person whose label lacks one member: "rating", "purposes" or "retention"; NULL lacks all. */
static ent_code bare_person(timeline *t, const char *lacks, const char **id, ent_err *err)
{
    static const char *const members[][2] = {
        { "rating", "\"rating\":{\"scale\":\"admiralty\",\"source\":\"B\",\"information\":\"2\"}" },
        { "purposes", "\"purposes\":[\"" DEMO_PURPOSE "\"]" },
        { "retention", "\"retention\":\"2099-01-01\"" },
    };
    const char *label = "\"category\":\"suspect\",\"discover\":\"pointer\"", *path;
    char uuid[37];

    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (lacks != NULL && strcmp(lacks, members[i][0]) != 0)
            label = TL_TEXT(t, "%s,%s", label, members[i][1]);
    demo_random_id(NULL, "", ENT_STR(""), ENT_STR(""), uuid);
    *id = TL_TEXT(t, "identity--%s", uuid);
    ENT_TRY(demo_tl_file(
        t, "bare.json",
        ent_str_of(TL_TEXT(t,
                           "{\"type\":\"identity\",\"spec_version\":\"2.1\",\"id\":\"%s\","
                           "\"created\":\"2020-01-01T00:00:00.000Z\",\"modified\":"
                           "\"2020-01-01T00:00:00.000Z\",\"identity_class\":\"individual\","
                           "\"name\":\"Somebody\"%s%s%s}\n",
                           *id,
                           lacks == NULL ? ""
                                         : ",\"extensions\":{\"" STIX_EXT_HANDLING
                                           "\":{\"extension_type\":\"property-extension\",",
                           lacks == NULL ? "" : label, lacks == NULL ? "" : "}}")),
        &path, err));
    return demo_command(t->d, t->first, NULL, DEMO_ARGS("import", path), &t->r, err);
}

ent_code demo_tl_signed(timeline *t, ent_err *err)
{
    static const char *const lacks[] = { NULL, "rating", "purposes", "retention" };
    const char *id;

    shown(t, 1, "any exchange before the last signature is refused");
    for (size_t i = 0; i < sizeof lacks / sizeof *lacks; i++) {
        ENT_TRY(bare_person(t, lacks[i], &id, err));
        demo_check(t->d, demo_tl_has(t, "\"added\":0") && demo_tl_has(t, "\"quarantined\":1"),
                   "a person without %s is not taken in",
                   lacks[i] == NULL ? "rating, purpose and retention" : lacks[i]);
        ENT_TRY(demo_tl_must(t, t->first, "analyst", 66, DEMO_ARGS("show", id),
                             "and nobody finds it", err));
    }
    return ENT_OK;
}

/* The tip of June: sent, received, read wrongly, closed. */
static ent_code tip_of_the_past(timeline *t, ent_err *err)
{
    const demo_node *from = t->second == t->last ? t->first : t->second;
    size_t who = t->cast.subject;
    const char *key = demo_text(t->d, t->passport), *swapped = demo_tl_swapped(t, who);

    ENT_TRY(demo_tl_must(
        t, from, "analyst", 0,
        DEMO_ARGS("tip", "new", "--to", t->last->code, "--purpose", DEMO_PURPOSE, "--precedence",
                  "PRIORITY", "--rating", "B3", "--reference", "TIP-1", "--key", key, "--name",
                  demo_tl_name(t, who), "--born", demo_tl_born(t, who), "--text",
                  TL_TEXT(t, "%s, %s, has left", demo_tl_name(t, who), demo_tl_born(t, who))),
        "a tip is written", err));
    ENT_TRY(demo_tl_must(t, from, "analyst", 77, DEMO_ARGS("tip", "approve", "TIP-1"),
                         "who wrote it does not approve it", err));
    ENT_TRY(demo_command(t->d, from, "fdo1", DEMO_ARGS("tip", "approve", "TIP-1"), &t->r, err));
    ENT_TRY(demo_tl_must(t, from, "fdo2", 0, DEMO_ARGS("tip", "approve", "TIP-1"),
                         "two officers let it go", err));
    ENT_TRY(demo_tl_sees(t, t->last, NULL, "TIP-1", "\"outcome\"", DEMO_ARGS("tip", "list"),
                         "it arrives, with the clock of its outcome", err));
    ENT_TRY(demo_tl_must(t, t->last, "liaison", 0, DEMO_ARGS("tip", "ack", "TIP-1"),
                         "somebody acknowledges it", err));
    ENT_TRY(demo_tl_sees(t, from, NULL, "TIP-1", "\"acknowledged\"", DEMO_ARGS("tip", "list"),
                         "and its sender has the receipt", err));
    if (swapped != NULL)
        ENT_TRY(demo_tl_must(
            t, t->last, "analyst", 0,
            DEMO_ARGS("tip", "read", "TIP-1", "--name", demo_tl_name(t, who), "--born", swapped),
            "a clerk reads the date the other way round", err));
    ENT_TRY(demo_tl_must(t, t->last, "analyst", 0,
                         DEMO_ARGS("tip", "outcome", "TIP-1", "NO NEXUS", "--reason", "nothing"),
                         "nothing is found, and the tip is closed", err));
    return demo_tl_sees(t, from, NULL, "TIP-1", "\"closed\"", DEMO_ARGS("tip", "list"),
                        "its sender hears the outcome", err);
}

static ent_code journey_load(timeline *t, ent_err *err)
{
    const story_entity *who = &t->d->s.entities[t->cast.subject];
    const char *swapped = demo_tl_swapped(t, t->cast.subject);
    story_entity rows[3] = {
        { .id = ENT_STR("reading"), .type = STORY_PERSON, .names = who->names },
        { .id = ENT_STR("passenger"), .type = STORY_PERSON, .names = who->names, .dob = who->dob },
        { .id = ENT_STR("passport"), .type = STORY_DOCUMENT },
    };
    ent_str ids[3];

    rows[0].dob = swapped == NULL ? who->dob : ent_str_of(swapped);
    rows[2].keys = (story_list){ &t->passport, 1 };
    rows[2].label = ENT_STR("passport");
    ENT_TRY(demo_tl_made(t, t->last, rows, 1, ids, err));
    t->reading = ids[0];
    ENT_TRY(demo_tl_made(t, t->last, rows + 1, 2, ids, err));
    t->passenger = ids[0];
    return ENT_OK;
}

static ent_code late_alert(timeline *t, ent_err *err)
{
    size_t who = t->cast.subject;
    const char *key = demo_text(t->d, t->passport), *path;

    ENT_TRY(demo_tl_file(
        t, "sighting.json",
        ent_str_of(TL_TEXT(t,
                           "{\"ref\":\"S-0\",\"time\":\"%s\",\"place\":\"a "
                           "port\",\"names\":[\"%s\"],\"dob\":\"%s\",\"keys\":[\"%s\"]}",
                           demo_tl_time(t, -51 * 1440), demo_tl_name(t, who), demo_tl_born(t, who),
                           key)),
        &path, err));
    ENT_TRY(demo_tl_must(t, t->last, "collector", 0, DEMO_ARGS("sighting", "add", path),
                         "a journey of 51 days ago is loaded", err));
    ENT_TRY(demo_tl_file(t, "alert.json",
                         ent_str_of(TL_TEXT(t,
                                            "{\"name\":\"AL-0\",\"names\":[\"%s\"],\"dob\":\"%s\","
                                            "\"action\":\"ask\",\"reason\":\"a tip\","
                                            "\"valid_to\":\"%.10s\"}",
                                            demo_tl_name(t, who), demo_tl_born(t, who),
                                            demo_tl_time(t, 200 * 1440))),
                         &path, err));
    ENT_TRY(demo_tl_must(t, t->last, "case", 0, DEMO_ARGS("alert", "add", path),
                         "an alert is put up", err));
    return demo_tl_sees(t, t->last, NULL, "AL-0", "\"late_days\":51", DEMO_ARGS("alert", "cases"),
                        "and fires at once: a late hit, 51 days", err);
}

ent_code demo_tl_late_hit(timeline *t, ent_err *err)
{
    const demo_node *from = t->second == t->last ? t->first : t->second;

    if (t->cast.subject == SIZE_MAX) {
        demo_skip(t->d, "no person of the story can be the subject of a tip", "a late hit");
        return ENT_OK;
    }
    ENT_TRY(tip_of_the_past(t, err));
    ENT_TRY(journey_load(t, err));
    ENT_TRY(demo_tl_sees(t, from, NULL, "TIP-1", "\"reopened\"", DEMO_ARGS("tip", "list"),
                         "the tip is open again, and its sender hears: your tip has a hit", err));
    ENT_TRY(demo_command(t->d, t->last, "analyst",
                         DEMO_ARGS("same", "suggest", demo_text(t->d, t->reading)), &t->r, err));
    demo_check(t->d, demo_tl_has(t, demo_text(t->d, t->passenger)),
               "the reading and the passenger are offered as the same");
    if (demo_tl_swapped(t, t->cast.subject) != NULL)
        demo_check(t->d,
                   demo_tl_line(t, demo_text(t->d, t->passenger), "are exchanged").doc != NULL,
                   "because day and month are swapped");
    return late_alert(t, err);
}

/* The hits of a node name its own records and the partner, and nobody who is guarded. */
static ent_code hits_clean(timeline *t, const demo_node *node, ent_err *err)
{
    const demo *d = t->d;
    size_t strange = 0, guarded = 0, hits = 0;

    ENT_TRY(demo_command(t->d, node, "analyst", DEMO_ARGS("match", "hits"), &t->r, err));
    for (size_t i = 0; i < t->r.line_count; i++) {
        ent_json own = ent_json_get(t->r.lines[i], "own");

        hits += own.doc != NULL;
        for (ent_json v = ent_json_first(own); v.doc != NULL; v = ent_json_next(v)) {
            size_t entity = demo_entity_of(d, node, ent_json_str(v));
            char made = demo_made_mark(d, node, ent_json_str(v));

            if (made != '\0')
                guarded += made != 'M' && made != 'O';
            else if (entity == SIZE_MAX || d->s.entities[entity].service != node->service)
                strange++;
            else
                guarded += strchr("WPXS", d->s.entities[entity].mark) != NULL;
        }
    }
    demo_check(t->d, strange == 0 && guarded == 0,
               "%s: %zu hits, each of records of its own, none of a witness, a secret or another "
               "purpose",
               node->code, hits);
    return ENT_OK;
}

ent_code demo_tl_match_first(timeline *t, ent_err *err)
{
    shown(t, 2,
          "exactly the expected keys and names, only own records and the partner's name, "
          "nothing of witnesses and secrets");
    return hits_clean(t, t->first, err);
}

ent_code demo_tl_match_second(timeline *t, ent_err *err)
{
    shown(t, 2, "the same for every other pair");
    ENT_TRY(hits_clean(t, t->second, err));
    return t->last == t->second ? ENT_OK : hits_clean(t, t->last, err);
}

ent_code demo_tl_request(timeline *t, ent_err *err)
{
    const char *key = demo_text(t->d, t->cast.key.size > 0 ? t->cast.key : t->passport);

    ENT_TRY(demo_tl_must(t, t->first, "analyst", 0,
                         DEMO_ARGS("rfi", "new", "--to", t->last->code, "--purpose", DEMO_PURPOSE,
                                   "--precedence", "IMMEDIATE", "--within", "24h", "--reference",
                                   "RFI-1", "--key", key, "--text", "what stands behind it?"),
                         "a request is sent", err));
    ENT_TRY(demo_tl_sees(t, t->last, NULL, "RFI-1", "\"due\":", DEMO_ARGS("rfi", "list"),
                         "it is delivered, and its clock runs there", err));
    return demo_tl_sees(t, t->first, NULL, "RFI-1", "\"delivered\"", DEMO_ARGS("rfi", "list"),
                        "its sender has the receipt, and the same clock", err);
}

/* A record of a fourth service that no story has: two officers do not suffice. */
static ent_code consent_made(timeline *t, ent_err *err)
{
    ent_str key = ent_arena_printf(t->d->arena, "%.*sO", ENT_STR_ARG(t->passport)), id, release;
    story_entity row = { .id = ENT_STR("originated"),
                         .type = STORY_DOCUMENT,
                         .keys = { &key, 1 },
                         .label = ENT_STR("passport"),
                         .mark = 'O' };
    const char *draft;

    ENT_TRY(demo_tl_made(t, t->last, &row, 1, &id, err));
    ENT_TRY(demo_tl_must(t, t->last, "analyst", 0,
                         DEMO_ARGS("release", "draft", demo_text(t->d, id), "--to", t->first->code,
                                   "--purpose", DEMO_PURPOSE),
                         "a release of what a fourth service originated is drafted", err));
    draft = demo_tl_member(t, "draft");
    ENT_TRY(
        demo_command(t->d, t->last, "fdo1", DEMO_ARGS("release", "approve", draft), &t->r, err));
    ENT_TRY(
        demo_command(t->d, t->last, "fdo2", DEMO_ARGS("release", "approve", draft), &t->r, err));
    demo_check(t->d, !demo_tl_has(t, "\"sent\"") && demo_tl_has(t, "consent of " DEMO_ORIGINATOR),
               "two officers do not suffice: its originator has not consented");
    ENT_TRY(demo_tl_must(
        t, t->last, "liaison", 0,
        DEMO_ARGS("consent", "add", DEMO_ORIGINATOR, "--for", draft, "--note", "given for one"),
        "with its consent it leaves", err));
    release = ent_json_get_text(demo_first(&t->r), "release");
    return demo_tl_sees(t, t->first, NULL, demo_text(t->d, release), "\"stored\"",
                        DEMO_ARGS("release", "list", "--peer", t->last->code), "and arrives", err);
}

ent_code demo_tl_consent(timeline *t, ent_err *err)
{
    bool asked = false;

    for (size_t i = 0; i < t->d->s.release_count; i++)
        for (size_t k = 0; k < t->d->s.releases[i].object_count; k++)
            asked = asked || t->d->s.entities[t->d->s.releases[i].objects[k]].mark == 'O';
    if (asked)
        shown(t, 4, "what a fourth service originated leaves only with its consent");
    else
        ENT_TRY(consent_made(t, err));
    return demo_tl_fourth_asked(t, err);
}

ent_code demo_tl_two_officers(timeline *t, ent_err *err)
{
    shown(t, 4, "one officer does not release, nor the drafter; what is withheld is absent");
    ENT_TRY(demo_tl_must(t, t->last, "analyst", 0,
                         DEMO_ARGS("rfi", "answer", "RFI-1", "--text", "a trace of a tool"),
                         "the request of step 5 is answered", err));
    ENT_TRY(demo_tl_must(t, t->last, "analyst", 77, DEMO_ARGS("rfi", "approve", "RFI-1"),
                         "who drafted the answer does not approve it", err));
    ENT_TRY(demo_command(t->d, t->last, "fdo1", DEMO_ARGS("rfi", "approve", "RFI-1"), &t->r, err));
    demo_check(t->d, t->r.exit == 0 && demo_tl_has(t, "\"waiting\""), "one officer is not enough");
    ENT_TRY(
        demo_tl_must(t, t->last, "fdo2", 0, DEMO_ARGS("rfi", "approve", "RFI-1"), "two are", err));
    return demo_tl_sees(t, t->first, NULL, "RFI-1", "\"answered\"", DEMO_ARGS("rfi", "list"),
                        "the answer arrives", err);
}

/* The weakest link of a chain, by the story's own links. */
static int weakest_of(const demo *d, const story_chain *chain)
{
    int weakest = 100;

    for (size_t i = 0; i + 1 < chain->count; i++) {
        int best = -1;

        for (size_t k = 0; k < d->s.link_count; k++) {
            const story_link *l = &d->s.links[k];

            if (((l->a == chain->path[i] && l->b == chain->path[i + 1]) ||
                 (l->b == chain->path[i] && l->a == chain->path[i + 1])) &&
                l->confidence > best)
                best = l->confidence;
        }
        if (best >= 0 && best < weakest)
            weakest = best;
    }
    return weakest;
}

ent_code demo_tl_chain(timeline *t, ent_err *err)
{
    demo *d = t->d;
    const demo_node *node;

    shown(t, 4, "each release makes exactly the chains whole that it should");
    if (d->s.release_count == 0)
        return ENT_OK;
    node = &d->nodes[d->s.releases[d->s.release_count - 1].to];
    for (size_t i = 0; i < d->s.chain_count; i++) {
        int64_t weakest = 100, confidence;
        bool whole, owned = true;
        ent_json steps;

        ENT_TRY(demo_chain_whole(d, node, &d->s.chains[i], &whole, &t->r, err));
        if (!whole)
            continue;
        steps = ent_json_get(demo_first(&t->r), "steps");
        for (ent_json v = ent_json_first(steps); v.doc != NULL; v = ent_json_next(v)) {
            owned = owned && ent_json_get_text(v, "owner").size > 0 &&
                    (ent_str_is(ent_json_get_text(v, "link"), "=") ||
                     ent_json_get_text(v, "rating").size > 0);
            if (ent_json_int(ent_json_get(v, "confidence"), &confidence) && confidence < weakest)
                weakest = confidence;
        }
        demo_check(d, weakest == weakest_of(d, &d->s.chains[i]) && owned,
                   "chain %.*s at %s: weakest link %d, every step with its originator and rating",
                   ENT_STR_ARG(d->s.chains[i].name), node->code, (int)weakest);
    }
    return ENT_OK;
}

/* A hit between two times is listed as what it is, and no path goes over it. */
static ent_code conflict_shown(timeline *t, const story_hit *hit, ent_err *err)
{
    const demo *d = t->d;
    const demo_node *node = &d->nodes[hit->pair[0]], *peer = &d->nodes[hit->pair[1]];
    size_t own = SIZE_MAX;

    ENT_TRY(demo_command(t->d, node, "analyst", DEMO_ARGS("match", "hits", "--peer", peer->code),
                         &t->r, err));
    for (size_t i = 0; i < d->s.entity_count; i++)
        for (size_t k = 0; k < hit->side[0].count; k++)
            if (ent_str_equal(d->s.entities[i].id, hit->side[0].items[k]))
                own = i;
    if (own == SIZE_MAX)
        return ENT_OK;
    demo_check(t->d, demo_tl_line(t, d->ids.entities[own].ptr, "\"time-conflict\"").doc != NULL,
               "%s lists %.*s with %s as a time conflict", node->code, ENT_STR_ARG(hit->key),
               peer->code);
    if (!d->s.ends[node->service].given)
        return ENT_OK;
    ENT_TRY(demo_command(t->d, node, "analyst",
                         DEMO_ARGS("path", d->ids.entities[d->s.ends[node->service].a].ptr,
                                   d->ids.entities[d->s.ends[node->service].b].ptr, "--evidential",
                                   "--max", "20"),
                         &t->r, err));
    demo_check(t->d, !demo_tl_has(t, d->ids.entities[own].ptr),
               "and none of its paths goes over it");
    return ENT_OK;
}

ent_code demo_tl_chains(timeline *t, ent_err *err)
{
    bool conflict = false;

    shown(t, 4, "the last release completes the chains");
    for (size_t i = 0; i < t->d->s.hit_count; i++) {
        if (!t->d->s.hits[i].conflict)
            continue;
        if (!conflict) {
            shown(t, 2, "a key that passed from hand to hand is a time conflict");
            shown(t, 3, "and makes no path");
        }
        conflict = true;
        ENT_TRY(conflict_shown(t, &t->d->s.hits[i], err));
    }
    if (!conflict)
        demo_skip(t->d, "no key of the story passed from hand to hand", "a time conflict");
    return ENT_OK;
}
