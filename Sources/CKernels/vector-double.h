// float64 lanes, eight at a time. Arithmetic is vectorised; elementary functions go lane by lane
// through libm, because double precision serves exactness here (gradient checks, classical
// models), not the training of networks.

typedef double vd __attribute__((ext_vector_type(8), aligned(8)));
typedef double vd_aligned __attribute__((ext_vector_type(8)));
typedef int64_t vl __attribute__((ext_vector_type(8), aligned(8)));

INLINE vd vd_choose(vl mask, vd yes, vd no) {
  return (vd)((mask & (vl)yes) | (~mask & (vl)no));
}

#define LANEWISE(name, expression)               \
  INLINE vd vd_##name(vd v) {                    \
    vd r;                                        \
    for (int lane = 0; lane < 8; lane++) {       \
      double x = v[lane];                        \
      r[lane] = (expression);                    \
    }                                            \
    return r;                                    \
  }

LANEWISE(exp, exp(x))
LANEWISE(expm1, expm1(x))
LANEWISE(log, log(x))
LANEWISE(log1p, log1p(x))
LANEWISE(tanh, tanh(x))
LANEWISE(sigmoid, x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x)))
LANEWISE(softplus, fmax(x, 0) + log1p(exp(-fabs(x))))
#undef LANEWISE

INLINE vd vd_abs(vd x) { return (vd)((vl)x & 0x7fffffffffffffffll); }
