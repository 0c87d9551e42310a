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

#include "elementwise.h"
#include "chain.h"
#include "product.h"

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

#define ENTRY(operation, name, expression) [operation] = NAMED(name),
static const ck_kernels NAMED(table) = {
    .level = LEVEL,
    .name = LEVEL_NAME,
    .elementwise = {UNARY(ENTRY) FUNCTIONS(ENTRY) BINARY(ENTRY) TERNARY(ENTRY) SCALAR(ENTRY)
                        SCALAR_BINARY(ENTRY)},
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

#undef ENTRY
#undef UNARY
#undef FUNCTIONS
#undef BINARY
#undef TERNARY
#undef SCALAR
#undef SCALAR_BINARY
#undef ONE
#undef ZERO
