/* match/fast (private) -- a run over the experimental fast path (psi/fast.h): its steps.
 *
 *     A  announce  also kind "fast-experimental"; its root commits to keys, not to elements
 *     B  accept    also its points for the transfers
 *     A  ask       the answer to them, and the rows of its store of keys; bins of it a part (parts.c)
 *     B  answer    its tags, sorted, in parts
 *     A  found     a count and the tags that both have; time elements of hits on reassignable keys
 *     B  time, A time-double, B close: as in any run
 *
 * Only where the agreement has `fast_experimental` and whoever asks says so.  The answerer learns the
 * hits only from `found`: an asker that lies there by leaving some out is not noticed, one that names a
 * tag which the answerer has not is refused. */
#ifndef ENT_MATCH_FAST_INT_H
#define ENT_MATCH_FAST_INT_H

#include "match/step_int.h"

#define MATCH_FAST "fast-experimental"

/* In how many messages `ask` for an asker of a padded size goes, or `answer` of a holder of it, and the bytes
 * behind the header of one. */
size_t match_fast_parts(const desk *d, bool ask, int64_t size);
size_t match_fast_part_size(const desk *d, bool ask, int64_t size, size_t part);

/* Of announcement and acceptance: the root. */
ENT_MUST_USE ent_code match_fast_commit(match_step *s, ent_err *err);
/* Of the acceptance: the points, into its message. */
ENT_MUST_USE ent_code match_fast_choose(match_step *s, match_say *say, ent_err *err);

ENT_MUST_USE ent_code match_fast_accept(match_step *s, ent_err *err);
ENT_MUST_USE ent_code match_fast_ask(match_step *s, ent_err *err);
ENT_MUST_USE ent_code match_fast_answer(match_step *s, ent_err *err);
ENT_MUST_USE ent_code match_fast_found(match_step *s, ent_err *err);

bool match_is_fast(const match_course *run);

#endif
