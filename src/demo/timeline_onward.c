/* What was given goes on to a third, as its owner says; and what people make of it. */
#include "demo/timeline.h"

/* A case that rests on what was given. */
ent_code demo_tl_rests(timeline *t, const demo_node *node, ent_err *err)
{
    const char *id = demo_text(t->d, t->given_to->known[t->given_entity]);

    ENT_TRY(demo_tl_must(t, node, "analyst", 0,
                         DEMO_ARGS("case", "new", "Work on it", "--purpose", DEMO_PURPOSE),
                         TL_TEXT(t, "%s works with it: a case", node->code), err));
    return demo_tl_must(t, node, "analyst", 0,
                        DEMO_ARGS("case", "add", demo_tl_member(t, "case"), id),
                        "that rests on the record", err);
}

static ent_code both_approve(timeline *t, const demo_node *node, const char *draft, ent_err *err)
{
    ENT_TRY(demo_command(t->d, node, "fdo1", DEMO_ARGS("release", "approve", draft), &t->r, err));
    return demo_command(t->d, node, "fdo2", DEMO_ARGS("release", "approve", draft), &t->r, err);
}

/* The owner says yes: for this third, until a day, by two officers. */
static ent_code granted(timeline *t, const char *request, ent_err *err)
{
    const char *until = TL_TEXT(t, "%.10s", demo_tl_time(t, t->minutes + 90 * 1440));

    ENT_TRY(demo_tl_sees(t, t->given_from, NULL, request, t->third->code,
                         DEMO_ARGS("onward", "list"), "which hears for whom", err));
    ENT_TRY(demo_tl_must(t, t->given_from, "analyst", 0,
                         DEMO_ARGS("onward", "grant", request, "--until", until),
                         "a grant is drafted", err));
    ENT_TRY(both_approve(t, t->given_from, demo_tl_member(t, "draft"), err));
    return demo_tl_sees(t, t->given_to, NULL, request, "\"granted\"", DEMO_ARGS("onward", "list"),
                        "and approved by two officers", err);
}

/* Of two services there is no third. */
ent_code demo_tl_onward(timeline *t, ent_err *err)
{
    const char *id = demo_text(t->d, t->given_to->known[t->given_entity]), *request, *draft;

    for (size_t i = 0; i < t->d->s.service_count && t->third == NULL; i++)
        if (&t->d->nodes[i] != t->given_from && &t->d->nodes[i] != t->given_to)
            t->third = &t->d->nodes[i];
    if (t->third == NULL) {
        demo_skip(t->d, "the story has two services", "what goes on to a third");
        return ENT_OK;
    }
    ENT_TRY(demo_tl_must(t, t->given_to, "analyst", 0,
                         DEMO_ARGS("onward", "ask", id, "--to", t->third->code, "--purpose",
                                   DEMO_PURPOSE, "--reason", "a witness of theirs knows him"),
                         "the holder asks the owner whether the record may go on to a third", err));
    request = demo_tl_member(t, "request");
    ENT_TRY(demo_tl_must(t, t->given_to, "analyst", 77,
                         DEMO_ARGS("release", "draft", "--onward", request, "--to", t->third->code,
                                   "--purpose", DEMO_PURPOSE),
                         "nothing goes before the owner has answered", err));
    ENT_TRY(granted(t, request, err));
    ENT_TRY(demo_tl_must(t, t->given_to, "analyst", 0,
                         DEMO_ARGS("release", "draft", "--onward", request, "--to", t->third->code,
                                   "--purpose", DEMO_PURPOSE),
                         "then the holder passes it on", err));
    draft = demo_tl_member(t, "draft");
    ENT_TRY(both_approve(t, t->given_to, draft, err));
    ENT_TRY(demo_tl_sees(t, t->third, "analyst", demo_tl_name(t, t->given_entity), NULL,
                         DEMO_ARGS("show", id),
                         TL_TEXT(t, "%s has it, as the owner's", t->third->code), err));
    return demo_tl_rests(t, t->third, err);
}
