/* Step 1: nodes, links, an agreement; and that nothing flows before it is in force. */
#include "demo/play.h"

#include "node/files.h"

/* Something a node could try to release; NULL if it holds nothing that may leave. */
static const char *releasable(const demo *d, const demo_node *node)
{
    for (size_t i = 0; i < d->s.entity_count; i++) {
        const story_entity *e = &d->s.entities[i];

        if (e->service == node->service && (e->mark == 'M' || e->mark == 'S'))
            return d->ids.entities[i].ptr;
    }
    return NULL;
}

static void refusal_got(demo *d, const demo_node *from, const demo_node *to, const char *action,
                        const demo_result *result)
{
    ent_jw_object(&d->got);
    ent_jw_key(&d->got, "from");
    ent_jw_str(&d->got, d->s.services[from->service].id);
    ent_jw_key(&d->got, "to");
    ent_jw_str(&d->got, d->s.services[to->service].id);
    ent_jw_key(&d->got, "action");
    ent_jw_c(&d->got, action);
    ent_jw_key(&d->got, "exit");
    ent_jw_int(&d->got, result->exit);
    ent_jw_key(&d->got, "message");
    ent_jw_str(&d->got, result->err);
    ent_jw_end(&d->got);
}

/* Tries a match and a release in every direction; all must be refused by policy. */
static ent_code all_refused(demo *d, const char *when, ent_err *err)
{
    size_t tried = 0, refused = 0;

    for (size_t i = 0; i < d->s.service_count; i++)
        for (size_t j = 0; j < d->s.service_count; j++) {
            const demo_node *from = &d->nodes[i], *to = &d->nodes[j];
            const char *object = releasable(d, from);
            demo_result result;

            if (i == j)
                continue;
            ENT_TRY(demo_command(d, from, "analyst",
                                 DEMO_ARGS("match", "run", "--with", to->code, "--purpose",
                                           DEMO_PURPOSE, "--seconds", "20"),
                                 &result, err));
            refusal_got(d, from, to, "match", &result);
            tried++;
            refused += result.exit == DEMO_EXIT_REFUSED;
            if (object == NULL)
                continue;
            ENT_TRY(demo_command(
                d, from, "analyst",
                DEMO_ARGS("release", "draft", object, "--to", to->code, "--purpose", DEMO_PURPOSE),
                &result, err));
            refusal_got(d, from, to, "release", &result);
            tried++;
            refused += result.exit == DEMO_EXIT_REFUSED;
        }
    demo_check(d, tried == refused, "%s: each of %zu attempts to exchange anything is refused",
               when, tried);
    return ENT_OK;
}

static ent_code agreement_write(demo *d, const char *path, ent_err *err)
{
    static const char *const purposes[] = { DEMO_PURPOSES };
    int year, month, day;
    ent_str text;
    ent_buf buf;
    ent_jw w;

    ent_day_split(demo_story_day(&d->s), &year, &month, &day);
    ent_buf_init(&buf, d->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "name");
    ent_jw_c(&w, "Joint investigation");
    ent_jw_key(&w, "purposes");
    ent_jw_array(&w);
    for (size_t i = 0; i < sizeof purposes / sizeof *purposes; i++)
        ent_jw_c(&w, purposes[i]);
    ent_jw_end(&w);
    ent_jw_key(&w, "match");
    ent_jw_object(&w);
    ent_jw_key(&w, "keys_per_day");
    ent_jw_int(&w, 100000);
    ent_jw_key(&w, "set_max");
    ent_jw_int(&w, 100000);
    ent_jw_end(&w);
    ent_jw_key(&w, "release");
    ent_jw_bool(&w, true);
    ent_jw_key(&w, "deconfliction");
    ent_jw_bool(&w, true);
    ent_jw_key(&w, "emergency");
    ent_jw_bool(&w, true);
    ent_jw_key(&w, "hypotheses");
    ent_jw_bool(&w, true);
    ent_jw_key(&w, "onward");
    ent_jw_c(&w, "H2");
    ent_jw_key(&w, "retention_months");
    ent_jw_int(&w, 12);
    ent_jw_key(&w, "not_before");
    ent_jw_printf(&w, "%04d-01-01", year);
    ent_jw_key(&w, "not_after");
    ent_jw_printf(&w, "%04d-12-31", year + 1);
    ent_jw_key(&w, "text");
    ent_jw_c(&w, "Match, release and deconfliction for the named incidents.");
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    return node_file_write(path, ent_span_of_str(text), 0600, err);
}

static ent_json agreement_row(const char *agreement, const demo_result *result)
{
    for (size_t i = 0; i < result->line_count; i++)
        if (ent_str_is(ent_json_get_text(result->lines[i], "agreement"), agreement))
            return result->lines[i];
    return (ent_json){ .doc = NULL };
}

static bool agreement_there(void *arg, const demo_result *result)
{
    return agreement_row(*(const char *const *)arg, result).doc != NULL;
}

static bool agreement_in_force(void *arg, const demo_result *result)
{
    return ent_json_true(
        ent_json_get(agreement_row(*(const char *const *)arg, result), "in_force"));
}

ent_code demo_agreement_wait(demo *d, const demo_node *node, const char *agreement, bool *yes,
                             ent_err *err)
{
    return demo_until(d, node, NULL, DEMO_ARGS("agreement", "list"), agreement_in_force, &agreement,
                      60, yes, err);
}

static ent_code propose(demo *d, ent_err *err)
{
    const char *path = node_path(d->arena, "%s/agreement.json", d->work);
    ent_str others = ENT_STR("");
    demo_result result;

    for (size_t i = 1; i < d->s.service_count; i++)
        others = ent_arena_printf(d->arena, "%.*s%s%s", ENT_STR_ARG(others), i > 1 ? "," : "",
                                  d->nodes[i].code);
    ENT_TRY(agreement_write(d, path, err));
    ENT_TRY(demo_command(d, &d->nodes[0], "liaison",
                         DEMO_ARGS("agreement", "propose", path, "--with", demo_text(d, others)),
                         &result, err));
    if (result.exit != 0)
        return ent_fail(err, ENT_UNAVAILABLE, "the agreement cannot be proposed: %.*s",
                        ENT_STR_ARG(result.err));
    d->agreement = demo_text(d, ent_json_get_text(demo_first(&result), "agreement"));
    demo_say(d,
             "%s proposes an agreement: for which purposes, what may flow, until when, kept how "
             "long. It takes two officers of each to sign.",
             d->nodes[0].code);
    return ENT_OK;
}

ent_code demo_agreement_sign(demo *d, const demo_node *node, const char *agreement, ent_err *err)
{
    static const char *const officers[] = { "fdo1", "fdo2" };
    demo_result result;
    bool there;

    ENT_TRY(demo_until(d, node, NULL, DEMO_ARGS("agreement", "list"), agreement_there, &agreement,
                       60, &there, err));
    if (!there)
        return ent_fail(err, ENT_RETRY, "the proposal has not reached %s within a minute",
                        node->code);
    for (size_t i = 0; i < 2; i++) {
        ENT_TRY(demo_command(d, node, officers[i], DEMO_ARGS("agreement", "sign", agreement),
                             &result, err));
        if (result.exit != 0)
            return ent_fail(err, ENT_UNAVAILABLE, "%s of %s cannot sign: %.*s", officers[i],
                            node->code, ENT_STR_ARG(result.err));
    }
    return ENT_OK;
}

ent_code demo_agree(demo *d, ent_err *err)
{
    size_t last = d->s.service_count - 1, in_force = 0;
    bool yes;

    demo_step_begin(d, 1, "agreement", "Strangers: nodes, links, an agreement");
    demo_say(d,
             "Each service starts a node of its own beside its own records. There is no hub: two "
             "nodes exchange cards, and their people read twelve words to each other.");
    ENT_TRY(demo_nodes_make(d, err));
    ent_jw_key(&d->got, "refusals");
    ent_jw_array(&d->got);
    demo_say(d,
             "They are linked, and have agreed nothing. They try to match and to release all the "
             "same, in every direction.");
    ENT_TRY(all_refused(d, "before there is an agreement", err));
    ENT_TRY(propose(d, err));
    for (size_t i = 0; i < last; i++)
        ENT_TRY(demo_agreement_sign(d, &d->nodes[i], d->agreement, err));
    demo_say(d, "All but %s have signed. They try once more.", d->nodes[last].code);
    ENT_TRY(all_refused(d, "before the last has signed", err));
    ent_jw_end(&d->got);
    ENT_TRY(demo_agreement_sign(d, &d->nodes[last], d->agreement, err));
    ent_jw_key(&d->got, "in_force");
    ent_jw_array(&d->got);
    for (size_t i = 0; i < d->s.service_count; i++) {
        ENT_TRY(demo_agreement_wait(d, &d->nodes[i], d->agreement, &yes, err));
        in_force += yes;
        if (yes)
            ent_jw_str(&d->got, d->s.services[i].id);
    }
    demo_check(d, in_force == d->s.service_count,
               "with the last signature the agreement is in force at all %zu nodes",
               d->s.service_count);
    return ENT_OK;
}
