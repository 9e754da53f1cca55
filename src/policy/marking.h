/*
 * policy/marking -- what a STIX marking, a handling code or an evaluation says.
 *
 * Traffic Light Protocol 2.0 and 1.0 are known by the ids that the specifications give
 * (STIX 2.1 s7.2.1.4; OASIS common objects), so nobody can redefine them.  A marking
 * definition of the Information Exchange Policy (FIRST IEP 2.0, common objects) is
 * read from the definition itself.  Whatever is not understood whole is UNKNOWN, which
 * refuses: there is no partial understanding of a restriction.
 */
#ifndef ENT_POLICY_MARKING_H
#define ENT_POLICY_MARKING_H

#include "policy/label.h"

#define POLICY_EXT_IEP "extension-definition--762e2e97-ee51-43e5-a9ea-165fbb862c4a"

/* Adds to `label` what the marking `id` says; `definitions` are those at hand. */
void policy_marking_take(policy_label *label, ent_str id, const ent_json *definitions,
                         size_t count);

/* Adds what a code of the handling extension says ("H2", "TLP:AMBER"). */
void policy_code_take(policy_label *label, ent_str code);

/* Adds "UNKNOWN", and the first such text for the operator. */
void policy_unknown_take(policy_label *label, ent_str what);

/* Is this evaluation one of its scale: admiralty A-F 1-6, europol A B C X 1-4,
 * uk-3x5x2 1-3 A-E?  *known is whether the scale is. */
bool policy_evaluation_valid(ent_str scale, ent_str source, ent_str information, bool *known);

const char *policy_mark_code(policy_mark mark); /* NULL: none */
const char *policy_mark_text(policy_mark mark);

#endif
