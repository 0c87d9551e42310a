// Every kernel of a program, written once over a vector type. The including file defines
//   T, V, M    the element, its vector, and the integer vector of the same width
//   LANES      elements in a vector
//   F(name)    the vector function of that name for this type
//   ROWS, VECTORS   the register tile of the matrix product: ROWS × VECTORS·LANES accumulators
// and includes this file once per type and instruction set. Arithmetic order never depends on the
// number of threads: reductions run within one thread in a fixed order, and each element of a
// product is summed over k in sequence whatever tile it falls in.

#define NAMED(name) PASTE(name, SUFFIX)
#define PASTE(a, b) PASTE2(a, b)
#define PASTE2(a, b) a##_##b

// ---- Elementwise -----------------------------------------------------------------------------

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

#define LOAD_B(x)
#define LOAD_C(x)
#define TAIL_B
#define TAIL_C
#define ONE ((V)(T)1)
#define ZERO ((V)(T)0)

LOOP(negate, -a)
LOOP(absolute, F(abs)(a))
LOOP(sign, F(choose)(a > ZERO, ONE, F(choose)(a < ZERO, -ONE, a)))
LOOP(square, a *a)
LOOP(root, __builtin_elementwise_sqrt(a))
LOOP(reciprocal, ONE / a)
LOOP(exponential, F(exp)(a))
LOOP(expm1_, F(expm1)(a))
LOOP(logarithm, F(log)(a))
LOOP(log1p_, F(log1p)(a))
LOOP(tanh_, F(tanh)(a))
LOOP(sigmoid, F(sigmoid)(a))
LOOP(softplus, F(softplus)(a))
LOOP(relu, F(choose)(a > ZERO, a, F(choose)(a != a, a, ZERO)))
LOOP(step, F(choose)(a > ZERO, ONE, ZERO))
LOOP(floor_, __builtin_elementwise_floor(a))

#undef LOAD_B
#undef TAIL_B
#define LOAD_B(x) V b = (x);
#define TAIL_B __builtin_memcpy(&b, bp + i, (size_t)(n - i) * sizeof(T));

LOOP(add, a + b)
LOOP(subtract, a - b)
LOOP(multiply, a *b)
LOOP(divide, a / b)
LOOP(minimum, F(choose)((a < b) | (a != a), a, b))
LOOP(maximum, F(choose)((a > b) | (a != a), a, b))
LOOP(less, F(choose)(a < b, ONE, ZERO))
LOOP(equal, F(choose)(a == b, ONE, ZERO))

#undef LOAD_C
#undef TAIL_C
#define LOAD_C(x) V c = (x);
#define TAIL_C __builtin_memcpy(&c, cp + i, (size_t)(n - i) * sizeof(T));

LOOP(select_, F(choose)(a != ZERO, b, c))

#undef LOAD_B
#undef LOAD_C
#undef TAIL_B
#undef TAIL_C
#undef LOOP

// Functions that nothing in a training loop needs often: one element at a time through libm.
#define SCALAR(name, expression)                                                           \
  static void NAMED(name)(void *dv, const void *av, const void *bv, const void *cv,        \
                          int64_t n) {                                                     \
    T *dp = dv;                                                                            \
    const T *ap = av, *bp = bv;                                                            \
    (void)bp, (void)cv;                                                                    \
    for (int64_t i = 0; i < n; i++) {                                                      \
      double a = ap[i];                                                                    \
      dp[i] = (T)(expression);                                                             \
    }                                                                                      \
  }

SCALAR(sine, sin(a))
SCALAR(cosine, cos(a))
SCALAR(lgamma_, ck_lgamma(a))
SCALAR(digamma_, ck_digamma(a))
SCALAR(trigamma_, ck_trigamma(a))
SCALAR(erf_, erf(a))
SCALAR(power, pow(a, (double)bp[i]))
SCALAR(gamma_quantile, ck_log_gamma_quantile(a, (double)bp[i]))
SCALAR(gamma_slope, ck_log_gamma_quantile_slope(a, (double)bp[i]))
#undef SCALAR

// ---- Fused chains ----------------------------------------------------------------------------

static inline T NAMED(sum_row)(const T *x, int64_t n) {
  // Short rows, of a few coordinates, in the order of the general case.
  if (n == 2) return x[0] + x[1];
  if (n == 3) return (x[0] + x[2]) + x[1];
  if (n == 4) return (x[0] + x[2]) + (x[1] + x[3]);
  // Four vectors of accumulators whatever the width of the machine's registers.
  V s0 = ZERO, s1 = ZERO, s2 = ZERO, s3 = ZERO;
  int64_t i = 0;
  for (; i + 4 * LANES <= n; i += 4 * LANES) {
    s0 += *(const V *)(x + i);
    s1 += *(const V *)(x + i + LANES);
    s2 += *(const V *)(x + i + 2 * LANES);
    s3 += *(const V *)(x + i + 3 * LANES);
  }
  for (; i + LANES <= n; i += LANES) s0 += *(const V *)(x + i);
  if (i < n) {
    V tail = ZERO;
    __builtin_memcpy(&tail, x + i, (size_t)(n - i) * sizeof(T));
    s1 += tail;
  }
  s0 = (s0 + s1) + (s2 + s3);
  T part[LANES];
  __builtin_memcpy(part, &s0, sizeof part);
  for (int width = LANES / 2; width > 0; width /= 2)
    for (int lane = 0; lane < width; lane++) part[lane] += part[lane + width];
  return part[0];
}

static inline T NAMED(max_row)(const T *x, int64_t n) {
  T best = x[0];
  for (int64_t i = 1; i < n; i++) best = (x[i] > best || x[i] != x[i]) ? x[i] : best;
  return best;
}

static inline void NAMED(fill)(T *p, T x, int64_t n) {
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES) *(V *)(p + i) = (V)x;
  for (; i < n; i++) p[i] = x;
}

// Copies rows of one width; short ones without a call for each.
static inline void NAMED(copy_rows)(T *to, int64_t to_row, const T *from, int64_t from_row,
                                    int64_t rows, int64_t cols) {
#define ROWS_OF(width)                                                                     \
  for (int64_t r = 0; r < rows; r++)                                                       \
    __builtin_memcpy(to + r * to_row, from + r * from_row, (size_t)(width) * sizeof(T));
  if (cols == 1) ROWS_OF(1)
  else if (cols == 2) ROWS_OF(2)
  else if (cols == 4) ROWS_OF(4)
  else ROWS_OF(cols)
#undef ROWS_OF
}

// Repeats the first row of a block: the block doubles with every copy.
static inline void NAMED(repeat_row)(T *p, int64_t rows, int64_t cols) {
  for (int64_t done = 1; done < rows; done *= 2)
    __builtin_memcpy(p + done * cols, p,
                     (size_t)((rows - done < done ? rows - done : done) * cols) * sizeof(T));
}

#define MAX_VALUES 256

static void NAMED(fused)(const void *body, const ck_thread *thread) {
  const ck_fused *f = body;
  const int64_t total_rows = f->outer * f->rows;
  // A unit of work is a block; where rows are reduced it is a whole row, so that a sum is made
  // by one thread in one order.
  const int reduces = f->reduction_count > 0;
  int64_t row_begin = 0, row_end = total_rows, col_begin = 0, col_end = f->cols;
  if (f->by_row && total_rows == 1) rows_of_thread(f->cols, thread, &col_begin, &col_end);
  if (f->by_row && total_rows > 1) rows_of_thread(total_rows, thread, &row_begin, &row_end);
  const int64_t row_chunks = (row_end - row_begin + f->chunk_rows - 1) / f->chunk_rows;
  const int64_t col_chunks = (col_end - col_begin + f->chunk_cols - 1) / f->chunk_cols;
  const int64_t units = reduces ? row_chunks : row_chunks * col_chunks;
  const int64_t first = f->by_row ? 0 : units * thread->index / thread->count;
  const int64_t last = f->by_row ? units : units * (thread->index + 1) / thread->count;
  if (first >= last) return;
  T *scratch = thread->scratch;
  T *p[MAX_VALUES];

  // Blocks that do not change from unit to unit: constants, and row vectors repeated for several
  // rows.
  for (int v = 0; v < f->value_count; v++) {
    const ck_value *x = &f->values[v];
    p[v] = x->slot >= 0 ? scratch + x->slot * f->slot_elements : NULL;
    if (x->kind == CK_CONSTANT) NAMED(fill)(p[v], *(const T *)x->base, f->slot_elements);
    if (x->kind == CK_MEMORY && x->slot >= 0 && x->row == 0 && x->outer == 0) {
      __builtin_memcpy(p[v], x->base, (size_t)f->cols * sizeof(T));
      NAMED(repeat_row)(p[v], f->chunk_rows, f->cols);
    }
  }

  const int64_t inner = reduces ? col_chunks : 1;
  for (int64_t unit = first; unit < last; unit++) {
    const int64_t row0 = row_begin + (reduces ? unit : unit / col_chunks) * f->chunk_rows;
    const int64_t rows = row_end - row0 < f->chunk_rows ? row_end - row0 : f->chunk_rows;
    for (int64_t j = 0; j < inner; j++) {
      const int64_t col0 = col_begin + (reduces ? j : unit % col_chunks) * f->chunk_cols;
      const int64_t cols = col_end - col0 < f->chunk_cols ? col_end - col0 : f->chunk_cols;
      const int64_t n = rows * cols;
      for (int v = 0; v < f->value_count; v++) {
        const ck_value *x = &f->values[v];
        if (x->kind == CK_MEMORY) {
          if (x->slot < 0) {
            p[v] = (T *)x->base + (row0 / f->rows) * x->outer + (row0 % f->rows) * x->row + col0;
          } else if (x->row != 0 || x->outer != 0) {
            // One run of rows for each step along the outer axis.
            for (int64_t r = 0; r < rows;) {
              const int64_t o = (row0 + r) / f->rows, inside = (row0 + r) % f->rows;
              const int64_t run = f->rows - inside < rows - r ? f->rows - inside : rows - r;
              NAMED(copy_rows)(p[v] + r * cols, cols,
                               (const T *)x->base + o * x->outer + inside * x->row + col0,
                               x->row, run, cols);
              r += run;
            }
          }
        } else if (x->kind == CK_PER_ROW && (j == 0 || f->chunk_rows == 1)) {
          for (int64_t r = 0; r < rows; r++) {
            const int64_t row = row0 + r;
            const T s = *((const T *)x->base + (row / f->rows) * x->outer
                          + (row % f->rows) * x->row);
            NAMED(fill)(p[v] + r * cols, s, cols);
          }
        }
      }
      for (int o = 0; o < f->micro_count; o++) {
        const ck_micro *m = &f->micros[o];
        m->apply(p[m->d], p[m->a], p[m->b], p[m->c], n);
      }
      for (int s = 0; s < f->reduction_count; s++) {
        const ck_reduction *x = &f->reductions[s];
        for (int64_t r = 0; r < rows; r++) {
          const int64_t row = row0 + r;
          T *to = (T *)x->base + (row / f->rows) * x->outer + (row % f->rows) * x->row;
          const T *from = p[x->value] + r * cols;
          if (x->kind == CK_SUM) {
            const T sum = NAMED(sum_row)(from, cols);
            *to = j == 0 ? sum : *to + sum;
          } else {
            const T max = NAMED(max_row)(from, cols);
            *to = j == 0 || max > *to || max != max ? max : *to;
          }
        }
      }
    }
  }
}

// ---- Matrix products -------------------------------------------------------------------------

// `rows` × `vectors` accumulators held in registers: both are constants where this is inlined.
INLINE void NAMED(tile)(int rows, int vectors, int64_t k, const T *a, int64_t a_row,
                        int64_t a_col, const T *panel, T *c, int64_t c_row, int64_t width,
                        int accumulate) {
  V sum[8][3];
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sum[r][v] = ZERO;
  for (int64_t i = 0; i < k; i++) {
    V b[3];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) b[v] = *(const V *)(panel + (i * vectors + v) * LANES);
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
      V x = (V)a[r * a_row + i * a_col];
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) sum[r][v] += x * b[v];
    }
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      T *to = c + r * c_row + v * LANES;
      const int64_t left = width - v * LANES;
      if (left >= LANES) {
        *(V *)to = accumulate ? *(V *)to + sum[r][v] : sum[r][v];
      } else {
        V old = ZERO, out = sum[r][v];
        if (accumulate) {
          __builtin_memcpy(&old, to, (size_t)left * sizeof(T));
          out += old;
        }
        __builtin_memcpy(to, &out, (size_t)left * sizeof(T));
      }
    }
}

#define TILES(vectors)                                                                     \
  static void NAMED(PASTE(rows_of, vectors))(int64_t m, int64_t k, const T *a,             \
                                             int64_t a_row, int64_t a_col, const T *panel, \
                                             T *c, int64_t c_row, int64_t width,           \
                                             int accumulate) {                             \
    int64_t i = 0;                                                                         \
    for (; i + ROWS <= m; i += ROWS)                                                       \
      NAMED(tile)(ROWS, vectors, k, a + i * a_row, a_row, a_col, panel, c + i * c_row,     \
                  c_row, width, accumulate);                                               \
    for (; i + 2 <= m; i += 2)                                                             \
      NAMED(tile)(2, vectors, k, a + i * a_row, a_row, a_col, panel, c + i * c_row, c_row, \
                  width, accumulate);                                                      \
    if (i < m)                                                                             \
      NAMED(tile)(1, vectors, k, a + i * a_row, a_row, a_col, panel, c + i * c_row, c_row, \
                  width, accumulate);                                                      \
  }

TILES(1)
#if VECTORS >= 2
TILES(2)
#endif
#if VECTORS >= 3
TILES(3)
#endif
#undef TILES

// Copies k rows of `width` columns of b into a panel of `vectors` vectors a row, zero-padded, so
// that the tile reads it in sequence. Where b is given transposed the block is transposed on the
// way, LANES × LANES at a time.
static void NAMED(pack)(T *panel, const T *b, int64_t b_row, int64_t b_col, int64_t k,
                        int64_t width, int vectors) {
  const int64_t stride = (int64_t)vectors * LANES;
  if (b_col == 1) {
    for (int64_t i = 0; i < k; i++) {
      T *to = panel + i * stride;
      const T *from = b + i * b_row;
      int64_t j = 0;
      for (; j + LANES <= width; j += LANES) *(V *)(to + j) = *(const V *)(from + j);
      for (; j < width; j++) to[j] = from[j];
      for (; j < stride; j++) to[j] = 0;
    }
    return;
  }
  for (int v = 0; v < vectors; v++) {
    const int64_t columns = width - v * LANES < LANES ? width - v * LANES : LANES;
    const T *from = b + v * LANES * b_col;
    T *to = panel + v * LANES;
    int64_t i = 0;
    for (; i + LANES <= k; i += LANES) {
      V block[LANES];
      for (int j = 0; j < LANES; j++)
        block[j] = j < columns ? *(const V *)(from + j * b_col + i) : ZERO;
      NAMED(transpose)(block);
      for (int j = 0; j < LANES; j++) *(V *)(to + (i + j) * stride) = block[j];
    }
    for (; i < k; i++)
      for (int j = 0; j < LANES; j++) to[i * stride + j] = j < columns ? from[j * b_col + i] : 0;
  }
}

#define DEPTH 1024  // rows of b in a panel: with VECTORS·LANES columns it fits the L2 cache

static void NAMED(product)(const void *body, const ck_thread *thread) {
  const ck_product *g = body;
  T *panel = thread->scratch;
  // Columns are split where the result is wide (each thread then packs only its part of b), rows
  // where it is tall, whole products where there are many.
  int64_t batch0 = 0, batch1 = g->batches, row0 = 0, row1 = g->m, col0 = 0, col1 = g->n;
  const int64_t index = thread->index, count = thread->count;
  if (g->by_row) {
    rows_of_thread(g->m, thread, &row0, &row1);
  } else if (g->batches >= 2 * count) {
    batch0 = g->batches * index / count;
    batch1 = g->batches * (index + 1) / count;
  } else if (g->n >= g->m) {
    const int64_t vectors = (g->n + LANES - 1) / LANES;
    col0 = vectors * index / count * LANES;
    col1 = vectors * (index + 1) / count * LANES;
    if (col1 > g->n) col1 = g->n;
  } else {
    const int64_t blocks = (g->m + ROWS - 1) / ROWS;
    row0 = blocks * index / count * ROWS;
    row1 = blocks * (index + 1) / count * ROWS;
    if (row1 > g->m) row1 = g->m;
  }
  if (row0 >= row1 || col0 >= col1) return;
  for (int64_t batch = batch0; batch < batch1; batch++) {
    const T *a = (const T *)g->a + batch * g->a_batch;
    const T *b = (const T *)g->b + batch * g->b_batch;
    T *c = (T *)g->c + batch * g->c_batch;
    for (int64_t k0 = 0; k0 < g->k; k0 += DEPTH) {
      const int64_t k = g->k - k0 < DEPTH ? g->k - k0 : DEPTH;
      const int accumulate = g->accumulate || k0 > 0;
      for (int64_t j = col0; j < col1;) {
        const int64_t left = (col1 - j + LANES - 1) / LANES;
        // Four vectors are two and two: a tile of one is bound by loads, not by arithmetic.
        const int vectors = left <= VECTORS ? (int)left : left == 4 && VECTORS == 3 ? 2 : VECTORS;
        const int64_t width =
            col1 - j < (int64_t)vectors * LANES ? col1 - j : (int64_t)vectors * LANES;
        NAMED(pack)(panel, b + k0 * g->b_row + j * g->b_col, g->b_row, g->b_col, k, width, vectors);
        const T *from = a + row0 * g->a_row + k0 * g->a_col;
        T *to = c + row0 * g->c_row + j;
#define CALL(v) NAMED(PASTE(rows_of, v))(row1 - row0, k, from, g->a_row, g->a_col, panel, to, \
                                         g->c_row, width, accumulate)
        if (vectors == 1) CALL(1);
#if VECTORS >= 2
        if (vectors == 2) CALL(2);
#endif
#if VECTORS >= 3
        if (vectors == 3) CALL(3);
#endif
#undef CALL
        j += (int64_t)vectors * LANES;
      }
    }
    if (g->k == 0 && !g->accumulate)
      for (int64_t i = row0; i < row1; i++)
        for (int64_t j = col0; j < col1; j++) c[i * g->c_row + j] = 0;
  }
}

// ---- Folds, copies, draws, gathers -----------------------------------------------------------

// The sum of rows of `vectors` vectors, one after the other; `vectors` is a constant when inlined.
INLINE void NAMED(add_rows)(int vectors, const T *in, int64_t rows, int64_t stride, T *out) {
  V sum[4];
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) sum[v] = *(const V *)(in + v * LANES);
  for (int64_t r = 1; r < rows; r++)
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sum[v] += *(const V *)(in + r * stride + v * LANES);
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) *(V *)(out + v * LANES) = sum[v];
}

static void NAMED(fold)(const void *body, const ck_thread *thread) {
  const ck_fold *f = body;
  // A unit of work is up to four vectors of columns, fewer if some thread had none otherwise.
  const int64_t vectors = (f->after + LANES - 1) / LANES;
  const int64_t wide = f->before * vectors / thread->count;
  const int64_t block = (wide >= 4 ? 4 : wide >= 2 ? 2 : 1) * LANES;
  const int64_t blocks = (f->after + block - 1) / block;
  const int64_t units = f->before * blocks;
  for (int64_t u = units * thread->index / thread->count;
       u < units * (thread->index + 1) / thread->count; u++) {
    const int64_t outer = u / blocks, j = u % blocks * block;
    const int64_t width = f->after - j < block ? f->after - j : block;
    const T *in = (const T *)f->in + outer * f->extent * f->after + j;
    T *out = (T *)f->out + outer * f->after + j;
    if (f->after == 1) {
      *out = f->kind == CK_SUM ? NAMED(sum_row)(in, f->extent) : NAMED(max_row)(in, f->extent);
      continue;
    }
    if (f->kind == CK_SUM && width == 4 * LANES) {
      NAMED(add_rows)(4, in, f->extent, f->after, out);
    } else if (f->kind == CK_SUM && width == 2 * LANES) {
      NAMED(add_rows)(2, in, f->extent, f->after, out);
    } else if (f->kind == CK_SUM && width == LANES) {
      NAMED(add_rows)(1, in, f->extent, f->after, out);
    } else {
      T acc[4 * LANES];
      __builtin_memcpy(acc, in, (size_t)width * sizeof(T));
      for (int64_t r = 1; r < f->extent; r++) {
        const T *row = in + r * f->after;
        if (f->kind == CK_SUM)
          for (int64_t i = 0; i < width; i++) acc[i] += row[i];
        else
          for (int64_t i = 0; i < width; i++)
            acc[i] = (row[i] > acc[i] || row[i] != row[i]) ? row[i] : acc[i];
      }
      __builtin_memcpy(out, acc, (size_t)width * sizeof(T));
    }
  }
}

static void NAMED(copy)(const void *body, const ck_thread *thread) {
  const ck_copy *f = body;
  const int64_t units = f->outer * f->rows;
  int64_t first = units * thread->index / thread->count;
  int64_t last = units * (thread->index + 1) / thread->count;
  if (f->by_row) rows_of_thread(units, thread, &first, &last);
  if (f->outer == 1 && f->in && f->in_col == 1 && f->out_col == 1) {
    NAMED(copy_rows)((T *)f->out + first * f->out_row, f->out_row,
                     (const T *)f->in + first * f->in_row, f->in_row, last - first, f->cols);
    return;
  }
  for (int64_t u = first; u < last; u++) {
    const int64_t o = u / f->rows, r = u % f->rows;
    T *out = (T *)f->out + o * f->out_outer + r * f->out_row;
    if (!f->in) {
      for (int64_t c = 0; c < f->cols; c++) out[c * f->out_col] = 0;
      continue;
    }
    const T *in = (const T *)f->in + o * f->in_outer + r * f->in_row;
    if (f->in_col == 1 && f->out_col == 1)
      __builtin_memcpy(out, in, (size_t)f->cols * sizeof(T));
    else
      for (int64_t c = 0; c < f->cols; c++) out[c * f->out_col] = in[c * f->in_col];
  }
}

static void NAMED(collect)(const void *body, const ck_thread *thread) {
  const ck_collect *f = body;
  const T *in = f->in;
  T *out = f->out;
  for (int64_t i = f->count * thread->index / thread->count;
       i < f->count * (thread->index + 1) / thread->count; i++) {
    T sum = 0;
    for (int64_t s = f->starts[i]; s < f->starts[i + 1]; s++) sum += in[f->sources[s]];
    out[i] = sum;
  }
}

static void NAMED(draw)(const void *body, const ck_thread *thread) {
  const ck_draw *f = body;
  const ck_context *context = thread->context;
  const int64_t groups = (f->count + 63) / 64;
  T block[64];
  for (int64_t g = groups * thread->index / thread->count;
       g < groups * (thread->index + 1) / thread->count; g++) {
    const int64_t left = f->count - g * 64;
    T *out = left >= 64 ? (T *)f->out + g * 64 : block;
    vu x[4];
    philox_group(x, (uint64_t)g, context->seed, f->stream, context->step);
    if (f->kind == CK_UNIFORM)
      NAMED(uniforms)(out, x);
    else
      NAMED(normals)(out, x);
    if (left < 64) __builtin_memcpy((T *)f->out + g * 64, block, (size_t)left * sizeof(T));
  }
}

static void NAMED(gather)(const void *body, const ck_thread *thread) {
  const ck_gather *f = body;
  const ck_context *context = thread->context;
  T draws[64];
  int64_t first = f->rows * thread->index / thread->count;
  int64_t last = f->rows * (thread->index + 1) / thread->count;
  if (f->by_row) rows_of_thread(f->rows, thread, &first, &last);
  for (int64_t i = first; i < last; i++) {
    const int64_t row = context->rows[i], at = row * f->cols;
    T *out = (T *)f->out + i * f->cols;
    if (f->source_kind == CK_SOURCE_BYTES) {
      const uint8_t *from = (const uint8_t *)f->source + at;
      const T scale = (T)f->scale;
      for (int64_t j = 0; j < f->cols; j++) out[j] = (T)from[j] * scale;
    } else if (f->source_kind == CK_SOURCE_FLOAT32) {
      const float *from = (const float *)f->source + at;
      for (int64_t j = 0; j < f->cols; j++) out[j] = (T)from[j];
    } else {
      const double *from = (const double *)f->source + at;
      for (int64_t j = 0; j < f->cols; j++) out[j] = (T)from[j];
    }
    if (!f->bernoulli) continue;
    // The data row takes the place of the group's high bits: a datum's draws do not depend on
    // its place in the batch.
    const uint64_t blocks = (uint64_t)(f->cols + 63) / 64;
    for (int64_t j = 0; j < f->cols; j += 64) {
      vu x[4];
      philox_group(x, (uint64_t)row * blocks + (uint64_t)j / 64, context->seed, f->stream,
                   context->step);
      NAMED(uniforms)(draws, x);
      const int64_t width = f->cols - j < 64 ? f->cols - j : 64;
      NAMED(less)(out + j, draws, out + j, NULL, width);
    }
  }
}

// ---- Optimisers ------------------------------------------------------------------------------

// One formula serves the vector loop and its tail; a tail of parameters is padded (a parameter
// buffer has a vector to spare).
#define UPDATE(keeps_m, keeps_v, expression)                      \
  for (int64_t i = first; i < last; i += LANES) {                 \
    V p = *(V *)(f_p + i), m = *(V *)(f_m + i), v = *(V *)(f_v + i); \
    V g = clip * *(const V *)(f_g + i) + coupled * p;             \
    expression;                                                   \
    if (keeps_m) *(V *)(f_m + i) = m;                             \
    if (keeps_v) *(V *)(f_v + i) = v;                             \
    *(V *)(f_p + i) = p;                                          \
  }

static void NAMED(update)(const void *body, const ck_thread *thread) {
  const ck_update *f = body;
  const double t = (double)thread->context->step + 1;
  const T b1 = (T)f->beta1, b2 = (T)f->beta2, epsilon = (T)f->epsilon, clip = (T)f->clip;
  const T coupled = f->decoupled ? 0 : (T)f->decay;
  const T keep = f->decoupled ? (T)(1 - f->rate * f->decay) : 1;
  const int64_t blocks = (f->count + LANES - 1) / LANES;
  const int64_t first = blocks * thread->index / thread->count * LANES;
  const int64_t last = blocks * (thread->index + 1) / thread->count * LANES;
  T *f_p = f->parameters, *f_m = f->first, *f_v = f->second;
  const T *f_g = f->gradient;
  switch (f->method) {
    case CK_ADAM: {
      // m̂/(√v̂ + ε) with m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ).
      const T rate = (T)(f->rate / (1 - pow(f->beta1, t)));
      const T scale = (T)(1 / sqrt(1 - pow(f->beta2, t)));
      const T c1 = (T)(1 - f->beta1), c2 = (T)(1 - f->beta2);
      UPDATE(1, 1, m = b1 * m + c1 * g; v = b2 * v + c2 * g * g;
             p = keep * p - rate * m / (__builtin_elementwise_sqrt(v) * scale + epsilon))
      break;
    }
    case CK_RMSPROP: {
      const T rate = (T)f->rate, c2 = (T)(1 - f->beta2);
      UPDATE(0, 1, v = b2 * v + c2 * g * g;
             p = keep * p - rate * g / (__builtin_elementwise_sqrt(v) + epsilon))
      break;
    }
    case CK_ADAGRAD: {
      const T rate = (T)f->rate;
      UPDATE(0, 1, v = v + g * g;
             p = keep * p - rate * g / (__builtin_elementwise_sqrt(v) + epsilon))
      break;
    }
    default: {
      const T rate = (T)f->rate, ahead = f->nesterov ? b1 : 1, now = f->nesterov ? 1 : 0;
      UPDATE(1, 0, m = b1 * m + g; p = keep * p - rate * (now * g + ahead * m))
    }
  }
}
#undef UPDATE

static void NAMED(norm)(const void *body, const ck_thread *thread) {
  const ck_norm *f = body;
  const int64_t blocks = (f->count + CK_NORM_BLOCK - 1) / CK_NORM_BLOCK;
  const T *g = f->gradient;
  for (int64_t b = blocks * thread->index / thread->count;
       b < blocks * (thread->index + 1) / thread->count; b++) {
    const int64_t last = (b + 1) * CK_NORM_BLOCK < f->count ? (b + 1) * CK_NORM_BLOCK : f->count;
    double sum = 0;
    for (int64_t i = b * CK_NORM_BLOCK; i < last; i++) sum += (double)g[i] * (double)g[i];
    f->partial[b] = sum;
  }
}

static const ck_kernels NAMED(table) = {
    .level = LEVEL,
    .name = LEVEL_NAME,
    .elementwise =
        {
            [CK_NEGATE] = NAMED(negate),       [CK_ABS] = NAMED(absolute),
            [CK_SIGN] = NAMED(sign),           [CK_SQUARE] = NAMED(square),
            [CK_SQRT] = NAMED(root),           [CK_RECIPROCAL] = NAMED(reciprocal),
            [CK_EXP] = NAMED(exponential),     [CK_EXPM1] = NAMED(expm1_),
            [CK_LOG] = NAMED(logarithm),       [CK_LOG1P] = NAMED(log1p_),
            [CK_SIN] = NAMED(sine),            [CK_COS] = NAMED(cosine),
            [CK_TANH] = NAMED(tanh_),          [CK_SIGMOID] = NAMED(sigmoid),
            [CK_SOFTPLUS] = NAMED(softplus),   [CK_RELU] = NAMED(relu),
            [CK_STEP] = NAMED(step),           [CK_LGAMMA] = NAMED(lgamma_),
            [CK_DIGAMMA] = NAMED(digamma_),    [CK_TRIGAMMA] = NAMED(trigamma_),
            [CK_ERF] = NAMED(erf_),            [CK_FLOOR] = NAMED(floor_),
                  [CK_ADD] = NAMED(add),
            [CK_SUBTRACT] = NAMED(subtract),   [CK_MULTIPLY] = NAMED(multiply),
            [CK_DIVIDE] = NAMED(divide),       [CK_POWER] = NAMED(power),
            [CK_GAMMA_QUANTILE] = NAMED(gamma_quantile),
            [CK_GAMMA_QUANTILE_SLOPE] = NAMED(gamma_slope),
            [CK_MINIMUM] = NAMED(minimum),     [CK_MAXIMUM] = NAMED(maximum),
            [CK_LESS] = NAMED(less),           [CK_EQUAL] = NAMED(equal),
            [CK_SELECT] = NAMED(select_),
        },
    .fused = NAMED(fused),
    .product = NAMED(product),
    .fold = NAMED(fold),
    .copy = NAMED(copy),
    .collect = NAMED(collect),
    .draw = NAMED(draw),
    .gather = NAMED(gather),
    .update = NAMED(update),
    .norm = NAMED(norm),
#ifdef MIXTURE
    .mixture = MIXTURE,
#endif
};

#undef ONE
#undef ZERO
#undef DEPTH
#undef MAX_VALUES
