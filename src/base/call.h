/*
 * base/call -- one call of the public C API: an arena, an answer being written, a failure.
 *
 * Callers of include/entente give room for a text and get the answer or the reason in it.
 * So each call has memory of its own with a hard limit, writes JSON, and gives all back.
 */
#ifndef ENT_BASE_CALL_H
#define ENT_BASE_CALL_H

#include "base/json_write.h"

typedef struct ent_call {
    ent_arena *arena;
    ent_buf buf;
    ent_jw w;
    ent_err err;
} ent_call;

/* `memory` in bytes.  MEMORY; ent_call_end is due in any case. */
ENT_MUST_USE ent_code ent_call_begin(ent_call *call, size_t memory);

/* Copies the answer, or the reason of the failure `rc`, and gives the memory back.
 * 0: the answer; 1: refused; 2: the room or the memory did not suffice. */
int ent_call_end(ent_call *call, ent_code rc, char *out, size_t room);

#endif
