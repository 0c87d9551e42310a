// The elementwise operations, each in one line of a table: a table makes the loops over whole
// arrays below, and the cases of the chains that keep a tile in registers (chain.h). `a`, `b` and
// `c` are vectors, in the last two tables numbers in double precision.

#define ONE ((V)(T)1)
#define ZERO ((V)(T)0)

// A few instructions each.
#define UNARY(X)                                                                           \
  X(CK_NEGATE, negate, -a)                                                                 \
  X(CK_ABS, absolute, F(abs)(a))                                                           \
  X(CK_SIGN, sign, F(choose)(a > ZERO, ONE, F(choose)(a < ZERO, -ONE, a)))                 \
  X(CK_SQUARE, square, a * a)                                                              \
  X(CK_SQRT, root, __builtin_elementwise_sqrt(a))                                          \
  X(CK_RECIPROCAL, reciprocal, ONE / a)                                                    \
  X(CK_RELU, relu, F(choose)(a <= ZERO, ZERO, a))                                          \
  X(CK_STEP, step, F(choose)(a > ZERO, ONE, ZERO))                                         \
  X(CK_FLOOR, floor_, __builtin_elementwise_floor(a))

// Elementary functions.
#define FUNCTIONS(X)                                                                       \
  X(CK_EXP, exponential, F(exp)(a))                                                        \
  X(CK_EXPM1, expm1_, F(expm1)(a))                                                         \
  X(CK_LOG, logarithm, F(log)(a))                                                          \
  X(CK_LOG1P, log1p_, F(log1p)(a))                                                         \
  X(CK_TANH, tanh_, F(tanh)(a))                                                            \
  X(CK_SIGMOID, sigmoid, F(sigmoid)(a))                                                    \
  X(CK_SOFTPLUS, softplus, F(softplus)(a))

#define BINARY(X)                                                                          \
  X(CK_ADD, add, a + b)                                                                    \
  X(CK_SUBTRACT, subtract, a - b)                                                          \
  X(CK_MULTIPLY, multiply, a * b)                                                          \
  X(CK_DIVIDE, divide, a / b)                                                              \
  X(CK_MINIMUM, minimum, F(choose)((a < b) | (a != a), a, b))                              \
  X(CK_MAXIMUM, maximum, F(choose)((a > b) | (a != a), a, b))                              \
  X(CK_LESS, less, F(choose)(a < b, ONE, ZERO))                                            \
  X(CK_EQUAL, equal, F(choose)(a == b, ONE, ZERO))

#define TERNARY(X) X(CK_SELECT, select_, F(choose)(a != ZERO, b, c))

// Functions that nothing in a training loop needs often: one element at a time through libm.
#define SCALAR(X)                                                                          \
  X(CK_SIN, sine, sin(a))                                                                  \
  X(CK_COS, cosine, cos(a))                                                                \
  X(CK_LGAMMA, lgamma_, ck_lgamma(a))                                                      \
  X(CK_DIGAMMA, digamma_, ck_digamma(a))                                                   \
  X(CK_TRIGAMMA, trigamma_, ck_trigamma(a))                                                \
  X(CK_ERF, erf_, erf(a))

#define SCALAR_BINARY(X) X(CK_POWER, power, pow(a, b))

#define LOOP(name, expression)                                                             \
  static void NAMED(name)(void *dv, const void *av, const void *bv, const void *cv,        \
                          int64_t n) {                                                     \
    T *dp = dv;                                                                            \
    const T *ap = av, *bp = bv, *cp = cv;                                                  \
    (void)bp, (void)cp;                                                                    \
    int64_t i = 0;                                                                         \
    for (; i + LANES <= n; i += LANES) {                                                   \
      V a = *(const V *)(ap + i);                                                          \
      LOAD_B(*(const V *)(bp + i)) LOAD_C(*(const V *)(cp + i))                            \
      *(V *)(dp + i) = (expression);                                                       \
    }                                                                                      \
    if (i < n) {                                                                           \
      V a = (V)(T)0, r;                                                                    \
      __builtin_memcpy(&a, ap + i, (size_t)(n - i) * sizeof(T));                           \
      LOAD_B((V)(T)0) LOAD_C((V)(T)0)                                                      \
      TAIL_B TAIL_C                                                                        \
      r = (expression);                                                                    \
      __builtin_memcpy(dp + i, &r, (size_t)(n - i) * sizeof(T));                           \
    }                                                                                      \
  }
#define LOOP_OF(code, name, expression) LOOP(name, expression)

#define LOAD_B(x)
#define LOAD_C(x)
#define TAIL_B
#define TAIL_C
UNARY(LOOP_OF)
FUNCTIONS(LOOP_OF)

#undef LOAD_B
#undef TAIL_B
#define LOAD_B(x) V b = (x);
#define TAIL_B __builtin_memcpy(&b, bp + i, (size_t)(n - i) * sizeof(T));
BINARY(LOOP_OF)

#undef LOAD_C
#undef TAIL_C
#define LOAD_C(x) V c = (x);
#define TAIL_C __builtin_memcpy(&c, cp + i, (size_t)(n - i) * sizeof(T));
TERNARY(LOOP_OF)

#undef LOAD_B
#undef LOAD_C
#undef TAIL_B
#undef TAIL_C
#undef LOOP
#undef LOOP_OF

#define SCALAR_LOOP(second, name, expression)                                              \
  static void NAMED(name)(void *dv, const void *av, const void *bv, const void *cv,        \
                          int64_t n) {                                                     \
    T *dp = dv;                                                                            \
    const T *ap = av, *bp = bv;                                                            \
    (void)bp, (void)cv;                                                                    \
    for (int64_t i = 0; i < n; i++) {                                                      \
      const double a = ap[i];                                                              \
      second dp[i] = (T)(expression);                                                      \
    }                                                                                      \
  }
#define LOOP_OF(code, name, expression) SCALAR_LOOP(, name, expression)
SCALAR(LOOP_OF)
#undef LOOP_OF
#define LOOP_OF(code, name, expression) SCALAR_LOOP(const double b = bp[i];, name, expression)
SCALAR_BINARY(LOOP_OF)
#undef LOOP_OF
#undef SCALAR_LOOP
