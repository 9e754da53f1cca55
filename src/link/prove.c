#include "link/prove.h"

#include "base/buf.h"

#include <inttypes.h>

/* The checkpoint, and behind it the reader's signature line if it cosigned that head. */
static ent_code checkpoint_join(const link_host *host, ent_arena *arena, link_side side,
                                const link_head *head, ent_str *text, ent_err *err)
{
    ledger_note note;
    link_head seen;
    ent_buf buf;

    ent_buf_init(&buf, arena);
    ent_buf_str(&buf, head->note);
    ENT_TRY(link_seen_read(host, arena, side, &seen, err));
    if (seen.note.ptr != NULL && seen.size == head->size &&
        ent_hash_equal(&seen.root, &head->root)) {
        ENT_TRY(ledger_note_read(seen.note, &note, err));
        ent_buf_str(&buf, note.signatures);
    }
    return ent_buf_done(&buf, text, err);
}

ent_code link_prove(const link_host *host, ent_arena *arena, link_side side, uint64_t seq,
                    ent_str *text, ent_err *err)
{
    link_folder folder = { host, side };
    ledger_files files = link_folder_files(&folder);
    ledger_tile_source tiles = { .files = &files, .arena = arena };
    ledger_source source = ledger_tiles_source(&tiles);
    ledger_proof_text proof = { .has_extra = true, .index = seq };
    link_proved proved;
    link_entry entry;
    ent_str bytes;
    link_head head;

    ENT_TRY(link_head_read(host, arena, side, &head, err));
    tiles.size = head.size;
    ENT_TRY(link_entry_at(host, arena, side, seq, head.size, &entry, &bytes, err));
    proof.extra = ent_span_of_str(bytes);
    ENT_TRY(ledger_inclusion_make(&source, seq, head.size, proof.hashes, &proof.count, err));
    ENT_TRY(checkpoint_join(host, arena, side, &head, &proof.checkpoint, err));
    ENT_TRY(ledger_proof_write(arena, &proof, text, err));
    return link_proof_check(arena, *text, side == LINK_OUT ? host->out_origin : host->in_origin,
                            side == LINK_OUT ? (link_who){ host->identity, &host->keys }
                                             : (link_who){ host->peer_identity, &host->peer_keys },
                            (link_who){ NULL, NULL }, &proved, err);
}

ent_code link_proof_origin(ent_arena *arena, ent_str text, char origin[LINK_ORIGIN_SIZE],
                           ent_err *err)
{
    ledger_proof_text proof;
    ledger_checkpoint head;
    ledger_note note;

    ENT_TRY(ledger_proof_read(arena, text, &proof, err));
    ENT_TRY(ledger_note_read(proof.checkpoint, &note, err));
    ENT_TRY(ledger_checkpoint_read(arena, note.text, &head, err));
    if (head.origin.size >= LINK_ORIGIN_SIZE)
        return ent_fail(err, ENT_FORMAT, "the proof is of no link's log");
    memcpy(origin, head.origin.ptr, head.origin.size);
    origin[head.origin.size] = '\0';
    return ENT_OK;
}

static ent_code signature_check(ent_arena *arena, const ledger_proof_text *proof,
                                const char *origin, uint8_t type, link_who who,
                                ledger_checkpoint *head, ent_err *err)
{
    size_t later = who.later == NULL ? 0 : who.later->count;
    char name[LINK_ORIGIN_SIZE];
    ledger_key signer = { .type = type };
    uint64_t seconds;

    ENT_ASSERT(who.identity != NULL);
    link_key_name_write(who.identity, name);
    signer.name = ent_str_of(name);
    for (size_t i = 0; i <= later; i++) {
        ent_err why = { 0 };

        memcpy(signer.key, i < later ? who.later->key[i] : who.identity, 32);
        if (ledger_checkpoint_open(arena, proof->checkpoint, origin, &signer, head, &seconds,
                                   &why) == ENT_OK) {
            *err = (ent_err){ 0 };
            return ENT_OK;
        }
        if (i == 0)
            *err = why;
    }
    return err->code;
}

ent_code link_proof_check(ent_arena *arena, ent_str text, const char *origin, link_who writer,
                          link_who reader, link_proved *proved, ent_err *err)
{
    ledger_proof_text proof;
    ledger_proof path;
    ent_hash leaf;

    ENT_TRY(ledger_proof_read(arena, text, &proof, err));
    ENT_TRY(signature_check(arena, &proof, origin, LEDGER_ED25519, writer, &proved->head, err));
    if (reader.identity != NULL)
        ENT_TRY(
            signature_check(arena, &proof, origin, LEDGER_COSIGNATURE, reader, &proved->head, err));
    if (!proof.has_extra)
        return ent_fail(err, ENT_FORMAT, "the proof does not carry its entry as 'extra'");
    proved->entry_text = (ent_str){ proof.extra.ptr, proof.extra.size };
    ENT_TRY(link_entry_read(arena, proved->entry_text, &proved->entry, err));
    if (proved->entry.seq != proof.index)
        return ent_fail(err, ENT_UNTRUSTED,
                        "the proof is for entry %" PRIu64 ", its entry says it is %" PRIu64,
                        proof.index, proved->entry.seq);
    leaf = ledger_leaf_hash(proved->entry_text);
    path = (ledger_proof){ proof.hashes, proof.count };
    return ledger_inclusion_check(&path, proof.index, proved->head.size, &leaf, &proved->head.root,
                                  err);
}
