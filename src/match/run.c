#include "match/run_int.h"
#include "match/standing_int.h"
#include "match/step_int.h"

#include "base/text.h"
#include "names/names.h"
#include "psi/keyform.h"

/* ---- the document ---- */

static ent_code run_parse(ent_arena *arena, const store_doc *doc, match_course *run, ent_err *err)
{
    ent_json json, list;
    ent_err ignored = { 0 };

    ENT_TRY(ent_json_read(arena, doc->json, &json, err));
    *run = (match_course){
        .r = { .id = doc->id,
               .peer = doc->peer,
               .state = doc->state,
               .step = ent_json_get_text(json, "step"),
               .side = ent_json_get_text(json, "side"),
               .purpose = ent_json_get_text(json, "purpose"),
               .agreement = ent_json_get_text(json, "agreement"),
               .user = ent_json_get_text(json, "user"),
               .incident = ent_json_get_text(json, "incident"),
               .kind = ent_json_get_text(json, "kind"),
               .estimate = ent_json_get_text(json, "estimate"),
               .clause = ent_json_get_text(json, "clause"),
               .started = ent_json_get_text(json, "started"),
               .ended = ent_json_get_text(json, "ended") },
        .about = ent_json_get_text(json, "about"),
        .sketch = ent_json_get_text(json, "sketch"),
    };
    run->peer = ent_arena_str(arena, doc->peer).ptr;
    if (run->peer == NULL)
        return ent_fail_arena(err);
    match_counts_read(json, "kinds", &run->kinds);
    (void)ent_json_int(ent_json_get(json, "size_own"), &run->r.size_own);
    (void)ent_json_int(ent_json_get(json, "size_peer"), &run->r.size_peer);
    (void)ent_json_int(ent_json_get(json, "hits"), &run->r.hits);
    /* A root that is not there yet stays zero. */
    (void)!ent_hex_read(ent_json_get_text(json, "root_own"), run->root_own.bytes, 32, &ignored);
    (void)!ent_hex_read(ent_json_get_text(json, "root_peer"), run->root_peer.bytes, 32, &ignored);
    (void)!ent_hex_read(ent_json_get_text(json, "number_peer"), run->number_peer.bytes, 32,
                        &ignored);
    for (ent_json v = ent_json_first(ent_json_get(json, "frames"));
         v.doc != NULL && run->frame_count < MATCH_FRAMES; v = ent_json_next(v))
        run->frames[run->frame_count++] = ent_json_str(v);
    for (ent_json v = ent_json_first(ent_json_get(json, "heard"));
         v.doc != NULL && run->heard_count < MATCH_FRAMES; v = ent_json_next(v))
        (void)ent_json_int(v, &run->heard[run->heard_count++]);
    list = ent_json_first(ent_json_get(json, "parts"));
    for (size_t i = 0; i < 4 && list.doc != NULL; i++, list = ent_json_next(list))
        (void)ent_json_int(list, i < 2 ? &run->came[i] : &run->done[i - 2]);
    (void)ent_json_int(ent_json_get(json, "said"), &run->said);
    run->r.parts_done = run->done[0];
    run->r.parts = (int64_t)match_parts(&(desk){ .match_part = MATCH_PART }, &run->r);
    return ENT_OK;
}

ent_code match_run_load(desk *d, ent_arena *arena, ent_str id, match_course *run, ent_err *err)
{
    store_doc doc;

    ENT_TRY(store_doc_get(d->store, arena, "run", id, &doc, err));
    return run_parse(arena, &doc, run, err);
}

ent_code match_run_heard_take(desk *d, ent_arena *arena, match_course *run, ent_err *err)
{
    match_course now;

    ENT_TRY(match_run_load(d, arena, run->r.id, &now, err));
    memcpy(run->heard, now.heard, sizeof run->heard);
    memcpy(run->came, now.came, sizeof run->came);
    memcpy(run->frames, now.frames, sizeof run->frames);
    run->heard_count = now.heard_count;
    run->frame_count = now.frame_count;
    run->said = now.said;
    return ENT_OK;
}

static void text_write(ent_jw *w, const char *name, ent_str text)
{
    if (text.size == 0)
        return;
    ent_jw_key(w, name);
    ent_jw_str(w, text);
}

ent_code match_run_save(desk *d, ent_arena *arena, const match_course *run, ent_err *err)
{
    store_doc doc = { .kind = ENT_STR("run"),
                      .id = run->r.id,
                      .peer = run->r.peer,
                      .state = run->r.state,
                      .time = d->now };
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    text_write(&w, "side", run->r.side);
    text_write(&w, "step", run->r.step);
    text_write(&w, "purpose", run->r.purpose);
    text_write(&w, "agreement", run->r.agreement);
    text_write(&w, "user", run->r.user);
    text_write(&w, "incident", run->r.incident);
    text_write(&w, "kind", run->r.kind);
    text_write(&w, "estimate", run->r.estimate);
    text_write(&w, "about", run->about);
    text_write(&w, "sketch", run->sketch);
    text_write(&w, "clause", run->r.clause);
    text_write(&w, "started", run->r.started);
    text_write(&w, "ended", run->r.ended);
    match_counts_write(&w, "kinds", &run->kinds);
    ent_jw_key(&w, "size_own");
    ent_jw_int(&w, run->r.size_own);
    ent_jw_key(&w, "size_peer");
    ent_jw_int(&w, run->r.size_peer);
    ent_jw_key(&w, "root_own");
    ent_jw_hex(&w, run->root_own.bytes, ENT_HASH_SIZE);
    ent_jw_key(&w, "root_peer");
    ent_jw_hex(&w, run->root_peer.bytes, ENT_HASH_SIZE);
    if (ent_str_is(run->r.kind, "size")) {
        ent_jw_key(&w, "number_peer");
        ent_jw_hex(&w, run->number_peer.bytes, ENT_HASH_SIZE);
    }
    ent_jw_key(&w, "hits");
    ent_jw_int(&w, run->r.hits);
    ent_jw_key(&w, "frames");
    ent_jw_array(&w);
    for (size_t i = 0; i < run->frame_count; i++)
        ent_jw_str(&w, run->frames[i]);
    ent_jw_end(&w);
    ent_jw_key(&w, "heard");
    ent_jw_array(&w);
    for (size_t i = 0; i < run->heard_count; i++)
        ent_jw_int(&w, run->heard[i]);
    ent_jw_end(&w);
    ent_jw_key(&w, "parts");
    ent_jw_array(&w);
    for (size_t i = 0; i < 4; i++)
        ent_jw_int(&w, i < 2 ? run->came[i] : run->done[i - 2]);
    ent_jw_end(&w);
    ent_jw_key(&w, "said");
    ent_jw_int(&w, run->said);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &doc.json, err));
    return store_doc_put(d->store, &doc, err);
}

ent_code match_run_get(desk *d, ent_arena *arena, ent_str id, match_run *run, ent_err *err)
{
    match_course loaded;

    ENT_TRY(match_run_load(d, arena, id, &loaded, err));
    *run = loaded.r;
    return ENT_OK;
}

ent_code match_run_list(desk *d, ent_arena *arena, const char *peer, match_run **runs,
                        size_t *count, ent_err *err)
{
    store_doc *docs;

    ENT_TRY(desk_docs(d, arena, "run", peer, NULL, &docs, count, err));
    *runs = ent_arena_array(arena, *count + 1, sizeof **runs);
    if (*runs == NULL)
        return ent_fail_arena(err);
    for (size_t i = 0; i < *count; i++) {
        match_course loaded;

        ENT_TRY(run_parse(arena, &docs[i], &loaded, err));
        (*runs)[i] = loaded.r;
    }
    return ENT_OK;
}

/* ---- messages ---- */

static void announce_write(ent_jw *w, const match_course *run, bool announce)
{
    if (ent_str_is(run->r.kind, "size")) {
        /* The asker commits to its number, the answerer's comes after that and is open. */
        ent_hash number =
            announce ? ent_hash_of(run->number_own.bytes, ENT_HASH_SIZE) : run->number_own;

        ent_jw_key(w, "number");
        ent_jw_hex(w, number.bytes, ENT_HASH_SIZE);
    }
    if (announce) {
        ent_jw_key(w, "agreement");
        ent_jw_str(w, run->r.agreement);
        ent_jw_key(w, "purpose");
        ent_jw_str(w, run->r.purpose);
        if (run->r.kind.size > 0) {
            ent_jw_key(w, "kind");
            ent_jw_str(w, run->r.kind);
        }
        ent_jw_key(w, "keyform");
        ent_jw_int(w, PSI_KEYFORM_VERSION);
        ent_jw_key(w, "names");
        ent_jw_int(w, NAMES_KEYS_VERSION);
    }
    ent_jw_key(w, "size");
    ent_jw_int(w, run->r.size_own);
    ent_jw_key(w, "root");
    ent_jw_hex(w, run->root_own.bytes, ENT_HASH_SIZE);
}

ent_code match_message_say(desk *d, ent_arena *arena, match_course *run, const match_say *say,
                           ent_err *err)
{
    ent_str text, header, body, kept;
    char id[37];
    ent_buf buf;
    ent_jw w;

    ent_buf_init(&buf, arena);
    ent_jw_init(&w, &buf);
    ent_jw_object(&w);
    ent_jw_key(&w, "run");
    ent_jw_str(&w, run->r.id);
    ent_jw_key(&w, "step");
    ent_jw_c(&w, say->step);
    if (say->parts > 1) {
        ent_jw_key(&w, "part");
        ent_jw_int(&w, (int64_t)say->part);
    }
    if (say->clause != NULL) {
        ent_jw_key(&w, "clause");
        ent_jw_c(&w, say->clause);
    }
    if (say->number != NULL) {
        ent_jw_key(&w, "number");
        ent_jw_hex(&w, say->number->bytes, ENT_HASH_SIZE);
    }
    if (say->probing_count > 0) {
        ent_jw_key(&w, "probing");
        ent_jw_array(&w);
        for (size_t i = 0; i < say->probing_count; i++)
            ent_jw_hex(&w, say->probings[i].bytes, PSI_TAG_SIZE);
        ent_jw_end(&w);
    }
    if (say->announce != NULL)
        announce_write(&w, say->announce, strcmp(say->step, "announce") == 0);
    ent_jw_end(&w);
    ENT_TRY(ent_buf_done(&buf, &text, err));
    ENT_TRY(desk_canon(arena, text, &header, err));
    ent_buf_init(&buf, arena);
    (void)ent_buf_reserve(&buf, header.size + 1 + say->payload[0].size + say->payload[1].size +
                                    say->payload[2].size);
    ent_buf_str(&buf, header);
    ent_buf_byte(&buf, '\n');
    for (size_t i = 0; i < sizeof say->payload / sizeof *say->payload; i++)
        if (say->payload[i].size > 0)
            ent_buf_put(&buf, say->payload[i].ptr, say->payload[i].size);
    ENT_TRY(ent_buf_done(&buf, &body, err));
    ENT_TRY(desk_say_as(d, arena, run->peer, LINK_MATCH, ent_span_of_str(body), id, err));
    if (body.size > header.size + 1) {
        ENT_ASSERT(run->frame_count < MATCH_FRAMES);
        kept = ent_arena_str(arena, ent_str_of(id));
        if (kept.ptr == NULL)
            return ent_fail_arena(err);
        run->frames[run->frame_count++] = kept;
    }
    run->r.step = ent_str_of(say->step);
    return ENT_OK;
}

ent_code match_message_read(ent_arena *arena, ent_span body, ent_json *header, ent_span *payload,
                            ent_err *err)
{
    const char *start = body.ptr, *feed = body.size == 0 ? NULL : memchr(start, '\n', body.size);

    if (feed == NULL)
        return ent_fail(err, ENT_FORMAT, "a match message has no header line");
    payload->ptr = feed + 1;
    payload->size = body.size - (size_t)(feed + 1 - start);
    return desk_canonical(arena, (ent_str){ start, (size_t)(feed - start) }, "a match message",
                          header, err);
}

#define SMALL_BODY ((size_t)16 << 10) /* not worth to be opened again */

ent_code match_message_keep(const desk *d, ent_arena *arena, const link_entry *entry, ent_span body,
                            store_doc *doc, ent_err *err)
{
    if (d->heard == NULL || body.size <= SMALL_BODY)
        doc->bytes = (ent_str){ body.ptr, body.size };
    doc->json = ent_arena_printf(arena, "{\"seq\":%lld}", (long long)entry->seq);
    return doc->json.ptr == NULL ? ent_fail_arena(err) : ENT_OK;
}

/* The body that was heard.  That it is gone is no fault of the partner, and no reason to try for ever. */
static ent_code body_get(desk *d, ent_arena *arena, ent_str peer, int64_t seq, ent_span *body,
                         ent_err *err)
{
    ent_str code = ent_arena_str(arena, peer);
    ent_code rc;

    if (code.ptr == NULL)
        return ent_fail_arena(err);
    rc = d->heard(d->arg, arena, code.ptr, (uint64_t)seq, body, err);
    return rc == ENT_NO || rc == ENT_NOT_FOUND
               ? ent_fail(err, ENT_LIMIT, "entry %lld of %s is not on this disk any more",
                          (long long)seq, code.ptr)
               : rc;
}

ent_code match_message_kept(desk *d, ent_arena *arena, const char *kind, ent_str id, int64_t *seq,
                            ent_json *header, ent_span *payload, ent_err *err)
{
    ent_json json;
    ent_span body;
    store_doc doc;

    ENT_TRY(desk_doc(d, arena, kind, id, &doc, &json, err));
    (void)ent_json_int(ent_json_get(json, "seq"), seq);
    if (doc.bytes.size == 0 && ent_json_get(json, "body").doc == NULL && d->heard != NULL)
        ENT_TRY(body_get(d, arena, doc.peer, *seq, &body, err));
    else
        ENT_TRY(desk_bytes(arena, &doc, json, "body", &body, err));
    return match_message_read(arena, body, header, payload, err);
}

/* ---- the end ---- */

ent_code match_run_end(desk *d, ent_arena *arena, match_course *run, const char *state,
                       const char *clause, ent_err *err)
{
    run->r.state = ent_str_of(state);
    if (clause != NULL)
        run->r.clause = ent_str_of(clause);
    run->r.ended = desk_time_text(arena, d->now);
    ENT_TRY(match_kept_drop(d, arena, run->r.id, match_kept_parts(d, &run->r), err));
    for (size_t i = 0; i < run->frame_count; i++)
        ENT_TRY(desk_erase_ask(d, run->r.peer, run->frames[i], "out", err));
    for (size_t i = 0; i < run->heard_count; i++) {
        ent_str id = ent_arena_printf(arena, "%s/%lld", run->peer, (long long)run->heard[i]);

        if (id.ptr == NULL)
            return ent_fail_arena(err);
        ENT_TRY(desk_erase_ask(d, run->r.peer, id, "in", err));
    }
    run->frame_count = 0;
    run->heard_count = 0;
    return match_run_save(d, arena, run, err);
}
