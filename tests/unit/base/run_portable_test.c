/* What other machines than x86-64 compile of base/run_int.h. */
#define ENT_NO_SSE2
#include "run_test.c"
