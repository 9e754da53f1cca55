#include "base/call.h"

#include <stdio.h>

ent_code ent_call_begin(ent_call *call, size_t memory)
{
    call->err = (ent_err){ .code = ENT_OK };
    call->arena = ent_arena_new(memory);
    if (call->arena == NULL)
        return ent_fail(&call->err, ENT_MEMORY, "no memory for a call");
    ent_buf_init(&call->buf, call->arena);
    ent_jw_init(&call->w, &call->buf);
    return ENT_OK;
}

int ent_call_end(ent_call *call, ent_code rc, char *out, size_t room)
{
    ent_str text = { call->err.msg, strlen(call->err.msg) };

    if (rc == ENT_OK && (rc = ent_buf_done(&call->buf, &text, &call->err)) == ENT_OK &&
        text.size >= room)
        rc = ent_fail(&call->err, ENT_LIMIT, "the answer has %zu bytes, the room %zu", text.size,
                      room);
    if (room > 0)
        (void)snprintf(out, room, "%.*s", rc == ENT_OK ? (int)text.size : ENT_ERR_MSG_MAX,
                       rc == ENT_OK ? text.ptr : call->err.msg);
    ent_arena_free(call->arena);
    return rc == ENT_OK ? 0 : rc == ENT_LIMIT || rc == ENT_MEMORY ? 2 : 1;
}
