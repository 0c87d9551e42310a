// Chooses the instruction set once, from what the processor and the operating system support, and
// draws random numbers for the host through the same kernels that programs use.

#include "CKernels.h"
#include <stdlib.h>
#include <string.h>

const ck_kernels *ck_level_avx512(ck_type type);
const ck_kernels *ck_level_avx2(ck_type type);
const ck_kernels *ck_level_baseline(ck_type type);

static int supported(ck_level level) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  switch (level) {
    case CK_AVX512:
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")
             && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq")
             && __builtin_cpu_supports("fma");
    case CK_AVX2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")
             && __builtin_cpu_supports("bmi2");
    default:
      return 1;
  }
#else
  return level == CK_BASELINE;
#endif
}

const ck_kernels *ck_kernels_at(ck_type type, ck_level level) {
  if (!supported(level)) return NULL;
  switch (level) {
    case CK_AVX512: return ck_level_avx512(type);
    case CK_AVX2: return ck_level_avx2(type);
    default: return ck_level_baseline(type);
  }
}

const ck_kernels *ck_kernels_best(ck_type type) {
  for (int level = CK_AVX512; level > CK_BASELINE; level--) {
    const ck_kernels *found = ck_kernels_at(type, (ck_level)level);
    if (found) return found;
  }
  return ck_level_baseline(type);
}

static void host_draws(double *out, int64_t first, int64_t count, uint64_t seed, uint32_t stream,
                       ck_draw_kind kind) {
  // Steps of 64 draws each: the draw numbered e is element e mod 64 of step e / 64.
  const ck_kernel draw = ck_kernels_best(CK_FLOAT64)->draw;
  double block[64];
  while (count > 0) {
    const int64_t offset = first % 64, take = count < 64 - offset ? count : 64 - offset;
    const ck_context context = {.seed = seed, .step = (uint64_t)(first / 64)};
    const ck_draw body = {.kind = kind, .stream = stream, .count = 64, .out = block};
    const ck_thread thread = {.index = 0, .count = 1, .context = &context};
    draw(&body, &thread);
    memcpy(out, block + offset, (size_t)take * sizeof(double));
    out += take;
    first += take;
    count -= take;
  }
}

void ck_uniforms(double *out, int64_t first, int64_t count, uint64_t seed, uint32_t stream) {
  host_draws(out, first, count, seed, stream, CK_UNIFORM);
}

void ck_normals(double *out, int64_t first, int64_t count, uint64_t seed, uint32_t stream) {
  host_draws(out, first, count, seed, stream, CK_NORMAL);
}
