// The kernels for processors with AVX2 and FMA. Sixteen registers of 256 bits: a tile of 6 × 16.

#define LEVEL CK_AVX2
#define LEVEL_NAME "AVX2"
#define TABLE ck_level_avx2
#define ROWS 6
#define VECTORS 1
#define TILE 4

#if defined(__x86_64__)
#include <math.h>
#include <stdint.h>
#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"))), apply_to = function)
#include "level.h"
#pragma clang attribute pop
#else
#include "CKernels.h"
const ck_kernels *ck_level_avx2(ck_type type);
const ck_kernels *ck_level_avx2(ck_type type) { return (void)type, (void *)0; }
#endif
