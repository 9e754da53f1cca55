/*
 * node/crew -- does long work on all processors of this machine (psi/crew.h).
 *
 * A thread for each processor, made for one call and joined before it returns: nothing is
 * shared but the counter of parts, and there is no pool to look after.
 */
#ifndef ENT_NODE_CREW_H
#define ENT_NODE_CREW_H

#include "psi/crew.h"

extern const psi_crew node_crew;

#endif
