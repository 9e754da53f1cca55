/* console/replay (private) -- a change that is asked for twice is made once.
 *
 * Who sends a change with an Idempotency-Key may send it again when the answer was lost,
 * and gets the first answer.  A key is its user's own, for one and the same request, and
 * is remembered for REPLAY_LIFE; of more than REPLAYS the oldest is forgotten.  Answers
 * above REPLAY_BODY are not kept, and then the second request is refused.  For many
 * threads at once. */
#ifndef ENT_CONSOLE_REPLAY_INT_H
#define ENT_CONSOLE_REPLAY_INT_H

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"
#include "http/api.h"

#define REPLAYS     1024
#define REPLAY_LIFE ((int64_t)24 * 60 * 60 * 1000)
#define REPLAY_BODY ((size_t)65536)

typedef struct console_replays console_replays;

console_replays *console_replays_new(void);
void console_replays_free(console_replays *r);

/* What becomes of a request: `key` is of the user and the Idempotency-Key, `what` of the
 * request.
 * OK         do it, then console_replay_end
 * NO         it was done: the reply is filled in, from memory in the arena
 * CONFLICT   it was done with another answer than is kept, or it was another request
 * RETRY      it is being done */
ENT_MUST_USE ent_code console_replay_begin(console_replays *r, ent_arena *arena,
                                           const ent_hash *key, const ent_hash *what, int64_t now,
                                           http_reply *reply, ent_err *err);
/* What was answered.  An answer that asks to try again is not kept. */
void console_replay_end(console_replays *r, const ent_hash *key, const http_reply *reply);

#endif
