/*
 * base/bignum -- what large numbers do without memory: say so, and end.
 *
 * GnuTLS makes and uses keys by way of GMP, which has no way to report that memory ran out: it
 * aborts, with words of its own and a signal that looks like a crash.  Its allocation functions
 * may be replaced but may not fail either, so that the process ends here as well, the way a
 * command without memory ends: a line for people and the exit status of ENT_MEMORY.
 *
 * Call it first in a program.  Not here: a library does not choose this for its caller.
 */
#ifndef ENT_BASE_BIGNUM_H
#define ENT_BASE_BIGNUM_H

/* From now on, for the whole process. */
void ent_bignum_memory(void);

#endif
