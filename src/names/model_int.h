/*
 * names/model (private) -- from what two names have in common to log-odds.
 *
 * A sum over small decision trees with whole-number leaves, so that it is the same on every
 * machine.  The trees are data (model_person.def, model_org.def): fitted on the open pairs
 * of published lists and on strangers, more likeness never counting against a match.
 */
#ifndef ENT_NAMES_MODEL_INT_H
#define ENT_NAMES_MODEL_INT_H

#include "names/pair_int.h"

#define NAMES_POINT 64 /* points in one unit of log-odds */

int names_model_points(const int16_t feature[FEATURE_COUNT], names_thing thing);

#endif
