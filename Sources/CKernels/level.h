// One instruction set's copy of all kernels, for both element types. A file that includes this
// defines LEVEL, LEVEL_NAME, TABLE (the name of its lookup function) and the register tile
// (ROWS, VECTORS) and TILE, the vectors of a chain's tile, and, around the include, the target attribute.

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include "CKernels.h"
#include "special.h"

#pragma clang diagnostic ignored "-Wpsabi"

#include "vector-float.h"
#include "vector-double.h"

// The rows first … last − 1 of `count` that are a thread's in every step split by rows.
INLINE void rows_of_thread(int64_t count, const ck_thread *thread, int64_t *first, int64_t *last) {
  const int64_t blocks = (count + CK_ROW_BLOCK - 1) / CK_ROW_BLOCK;
  *first = blocks * thread->index / thread->count * CK_ROW_BLOCK;
  *last = blocks * (thread->index + 1) / thread->count * CK_ROW_BLOCK;
  if (*last > count) *last = count;
  if (*first > *last) *first = *last;
}

#define SUFFIX float
#define T float
#define V vf
#define ALIGNED vf_aligned
#define LANES 16
#define F(name) vf_##name

// A 16 × 16 transpose in four rounds of interleaving halves.
static inline void transpose_float(vf r[16]) {
  for (int round = 0; round < 4; round++) {
    vf t[16];
    for (int i = 0; i < 8; i++) {
      t[2 * i] = __builtin_shufflevector(r[i], r[i + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21,
                                         6, 22, 7, 23);
      t[2 * i + 1] = __builtin_shufflevector(r[i], r[i + 8], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28,
                                             13, 29, 14, 30, 15, 31);
    }
    for (int i = 0; i < 16; i++) r[i] = t[i];
  }
}

static inline void uniforms_float(float *out, const vu x[4]) {
  for (int w = 0; w < 4; w++) *(vf *)(out + 16 * w) = uniform_of(x[w]);
}

// Box and Muller: two normals from two words, by vectors.
static inline void normals_float(float *out, const vu x[4]) {
  for (int w = 0; w < 4; w += 2) {
    vf u = uniform_of(x[w]) + SPLAT(2.98023223876953125e-8f);
    vf radius = __builtin_elementwise_sqrt(SPLAT(-2.f) * vf_log(u));
    vf sine, cosine;
    vf_turn(uniform_of(x[w + 1]), &sine, &cosine);
    *(vf *)(out + 16 * w) = radius * cosine;
    *(vf *)(out + 16 * w + 16) = radius * sine;
  }
}

#include "kernels.h"
#undef SUFFIX
#undef T
#undef V
#undef ALIGNED
#undef LANES
#undef F

#define SUFFIX double
#define T double
#define V vd
#define ALIGNED vd_aligned
#define LANES 8
#define F(name) vd_##name

static inline void transpose_double(vd r[8]) {
  for (int round = 0; round < 3; round++) {
    vd t[8];
    for (int i = 0; i < 4; i++) {
      t[2 * i] = __builtin_shufflevector(r[i], r[i + 4], 0, 8, 1, 9, 2, 10, 3, 11);
      t[2 * i + 1] = __builtin_shufflevector(r[i], r[i + 4], 4, 12, 5, 13, 6, 14, 7, 15);
    }
    for (int i = 0; i < 8; i++) r[i] = t[i];
  }
}

static inline void uniforms_double(double *out, const vu x[4]) {
  for (int w = 0; w < 4; w++)
    for (int lane = 0; lane < 16; lane++) out[16 * w + lane] = x[w][lane] * 0x1p-32;
}

static inline void normals_double(double *out, const vu x[4]) {
  for (int w = 0; w < 4; w += 2)
    for (int lane = 0; lane < 16; lane++) {
      const double radius = sqrt(-2 * log((x[w][lane] + 0.5) * 0x1p-32));
      const double angle = 6.283185307179586476925 * (x[w + 1][lane] * 0x1p-32);
      out[16 * w + lane] = radius * cos(angle);
      out[16 * w + 16 + lane] = radius * sin(angle);
    }
}

#include "mixture.h"
#define MIXTURE mixture_step
#include "kernels.h"

const ck_kernels *TABLE(ck_type type);
const ck_kernels *TABLE(ck_type type) {
  return type == CK_FLOAT32 ? &table_float : &table_double;
}
