// The kernels for any processor: what the compiler may assume without asking.

#define LEVEL CK_BASELINE
#define LEVEL_NAME "baseline"
#define TABLE ck_level_baseline
#define ROWS 3
#define VECTORS 1
#define TILE 2
#include "level.h"
