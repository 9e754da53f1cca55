/* The statement: what two persons sign and the recipient holds. */
#include "desk/gate_int.h"

#include "base/planted.h"

#include "desk/release_evidence_int.h"
#include "desk/work.h"

static void objects_write(ent_jw *w, const desk_gate_result *r)
{
    ent_jw_key(w, "objects");
    ent_jw_array(w);
    for (size_t i = 0; i < r->count; i++)
        if (r->objects[i].owner.ptr == NULL)
            ent_jw_raw(w, r->objects[i].bytes);
    ent_jw_end(w);
}

static void grants_write(ent_jw *w, const desk_gate_result *r)
{
    if (r->grant_count == 0)
        return;
    ent_jw_key(w, "onward");
    ent_jw_array(w);
    for (size_t i = 0; i < r->grant_count; i++)
        desk_grant_write(w, &r->grants[i]);
    ent_jw_end(w);
}

/* What is the same in a release and in a grant. */
static void head_write(ent_jw *w, const desk_gate_request *q, const desk_gate_result *r)
{
    ent_jw_key(w, "version");
    ent_jw_int(w, 1);
    ent_jw_key(w, "id");
    ent_jw_str(w, q->id);
    ent_jw_key(w, "agreement");
    ent_jw_str(w, r->terms.policy.id);
    ent_jw_key(w, "purpose");
    ent_jw_str(w, q->purpose);
    ent_jw_key(w, "drafted");
    ent_jw_str(w, q->drafted);
    if (q->correct_count > 0) {
        desk_texts_write(w, "corrects", q->corrects, q->correct_count);
        ent_jw_key(w, "reason");
        ent_jw_str(w, q->reason);
    }
}

static void node_write(ent_jw *w, const char *name, ent_str code, const uint8_t identity[32])
{
    ent_jw_key(w, name);
    ent_jw_object(w);
    ent_jw_key(w, "code");
    ent_jw_str(w, code);
    ent_jw_key(w, "identity");
    ent_jw_hex(w, identity, 32);
    ent_jw_end(w);
}

ent_code desk_gate_statement(struct desk_gate_work *g, ent_err *err)
{
    const desk_gate_request *q = g->request;
    desk_gate_result *r = g->result;
    ent_buf buf;
    ent_str text;
    ent_jw w;

    ent_buf_init(&buf, g->arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    head_write(&w, q, r);
    ent_jw_key(&w, "kind");
    ent_jw_c(&w, q->third == NULL ? "release" : "onward");
    if (q->third == NULL) {
        ent_jw_key(&w, "from");
        ent_jw_c(&w, g->d->code);
        ent_jw_key(&w, "to");
        ent_jw_c(&w, q->peer);
        if (q->tearline.size > 0) {
            ent_jw_key(&w, "tearline");
            ent_jw_str(&w, q->tearline);
        }
        if (q->named_count > 0)
            desk_texts_write(&w, "for", q->named, q->named_count);
        grants_write(&w, r);
        if (q->ground.size > 0) {
            ent_jw_key(&w, "emergency");
            ent_jw_str(&w, q->ground);
        }
    } else {
        node_write(&w, "owner", ent_str_of(g->d->code), g->d->identity);
        node_write(&w, "via", ent_str_of(q->peer), g->peer.identity);
        node_write(&w, "recipient", q->third->code, q->third->identity);
        ent_jw_key(&w, "request");
        ent_jw_str(&w, q->third->request);
        ent_jw_key(&w, "until");
        ent_jw_str(&w, q->third->until);
    }
    ENT_PLANT(ent_plant_release(&w, g->d, r->objects, sizeof *r->objects, r->count));
    if (ENT_PLANTED(REASON_NAMED)) {
        ent_jw_key(&w, "reasons");
        ent_jw_array(&w);
        for (size_t i = 0; i < r->withheld.count; i++)
            ent_jw_c(&w, r->withheld.items[i].reason);
        ent_jw_end(&w);
    }
    objects_write(&w, r);
    desk_files_write(&w, r);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    return desk_canon(g->arena, text, &r->statement, err);
}
