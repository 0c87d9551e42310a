// The parts of the mixture kernel that no instruction set makes faster.

#include "CKernels.h"

int64_t ck_mixture_scratch(int64_t cols, int64_t components, int64_t block) {
  const int64_t padded = (cols + 3) / 4 * 4;
  return (cols + 2 * padded + components + 2) * (block + 8);
}

// Pairs, pairs of pairs, …: the rounding error grows with the logarithm of the segments.
void ck_mixture_collect(double *statistics, int64_t stride, int64_t segments) {
  for (int64_t step = 1; step < segments; step *= 2)
    for (int64_t s = 0; s + step < segments; s += 2 * step)
      for (int64_t i = 0; i < stride; i++)
        statistics[s * stride + i] += statistics[(s + step) * stride + i];
}
