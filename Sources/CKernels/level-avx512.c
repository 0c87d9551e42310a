// The kernels for processors with AVX-512 (512-bit registers: a target of this kind without a
// preference for 256 bits, since 512 are 1.2 to 1.5 times faster on polynomials).

#define LEVEL CK_AVX512
#define LEVEL_NAME "AVX-512"
#define TABLE ck_level_avx512
#define ROWS 8
#define VECTORS 3
#define TILE 8

#if defined(__x86_64__)
#include <math.h>
#include <stdint.h>
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,fma"))), \
    apply_to = function)
#include "level.h"
#pragma clang attribute pop
#else
#include "CKernels.h"
const ck_kernels *ck_level_avx512(ck_type type);
const ck_kernels *ck_level_avx512(ck_type type) { return (void)type, (void *)0; }
#endif
