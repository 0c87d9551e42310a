// Means and covariances of large data matrices, on all threads of the pool.
//
// The second sums are centred (two passes), so that a large mean does not eat the digits of a small
// variance. A block of rows is centred into memory that stays in the second-level cache; then
// stripes of columns of the triangle are shared out, each one product. Splitting the result rather
// than the rows keeps the order of addition the same for any number of threads.

#include "CKernels.h"
#include <math.h>
#include <string.h>

#define STRIPE 48

static double element(const ck_moments *m, int64_t place) {
  switch (m->source_kind) {
  case CK_SOURCE_FLOAT32: return ((const float *)m->source)[place];
  case CK_SOURCE_BYTES: return ((const uint8_t *)m->source)[place] * m->scale;
  default: return ((const double *)m->source)[place];
  }
}

static void column_sums(const void *body, const ck_thread *thread) {
  const ck_moments *m = body;
  for (int part = thread->index; part < CK_MOMENT_PARTS; part += thread->count) {
    double *sums = m->partial + part * m->cols;
    memset(sums, 0, sizeof(double) * (size_t)m->cols);
    const int64_t end = m->rows * (part + 1) / CK_MOMENT_PARTS;
    for (int64_t row = m->rows * part / CK_MOMENT_PARTS; row < end; row++) {
      const double weight = m->weights ? m->weights[row] : 1;
      const int64_t start = row * m->cols;
      if (weight == 0) continue;
      if (m->source_kind == CK_SOURCE_FLOAT64 && weight == 1) {
        const double *x = (const double *)m->source + start;
        for (int64_t j = 0; j < m->cols; j++) sums[j] += x[j];
      } else {
        for (int64_t j = 0; j < m->cols; j++) sums[j] += weight * element(m, start + j);
      }
    }
  }
}

typedef struct scatter_block {
  const ck_moments *moments;
  int64_t start, rows;
} scatter_block;

static void centre(const void *body, const ck_thread *thread) {
  const scatter_block *b = body;
  const ck_moments *m = b->moments;
  const int64_t end = b->rows * (thread->index + 1) / thread->count;
  for (int64_t row = b->rows * thread->index / thread->count; row < end; row++) {
    const double weight = m->weights ? m->weights[b->start + row] : 1;
    const int64_t from = (b->start + row) * m->cols;
    double *to = m->block + row * m->cols;
    if (weight == 0) {
      memset(to, 0, sizeof(double) * (size_t)m->cols);
    } else if (m->source_kind == CK_SOURCE_FLOAT64) {
      const double *x = (const double *)m->source + from;
      for (int64_t j = 0; j < m->cols; j++) to[j] = x[j] - m->mean[j];
    } else {
      for (int64_t j = 0; j < m->cols; j++) to[j] = element(m, from + j) - m->mean[j];
    }
    if (weight != 1 && weight != 0) {
      const double root = sqrt(weight);
      for (int64_t j = 0; j < m->cols; j++) to[j] *= root;
    }
  }
}

// Stripes of columns, each down to the diagonal. The left factor is read a cache line of columns at
// a time, so no second copy of the block is made.
static void stripes(const void *body, const ck_thread *thread) {
  const scatter_block *b = body;
  const ck_moments *m = b->moments;
  const ck_thread alone = {0, 1, thread->scratch, thread->context};
  const ck_kernel multiply = ck_kernels_best(CK_FLOAT64)->product;
  const int64_t count = (m->cols + STRIPE - 1) / STRIPE;
  for (int64_t i = 0; i < count; i++) {
    // The long stripes first, in turn to and fro: shares of equal work.
    const int64_t turn = i / thread->count, place = i % thread->count;
    if ((turn % 2 ? thread->count - 1 - place : place) != thread->index) continue;
    const int64_t first = (count - 1 - i) * STRIPE;
    const int64_t last = first + STRIPE < m->cols ? first + STRIPE : m->cols;
    const ck_product product = {
        .m = last, .n = last - first, .k = b->rows, .a = m->block, .b = m->block + first,
        .c = m->out + first, .a_row = 1, .a_col = m->cols, .b_row = m->cols, .b_col = 1,
        .c_row = m->cols, .batches = 1, .accumulate = 1};
    multiply(&product, &alone);
  }
}

void ck_column_sums(const ck_moments *moments) {
  ck_step step = {column_sums, moments, 1};
  ck_context context = {0};
  ck_run(&step, 1, &context, 0);
}

void ck_scatter(const ck_moments *moments) {
  scatter_block block = {moments, 0, 0};
  ck_step steps[2] = {{centre, &block, 1}, {stripes, &block, 1}};
  ck_context context = {0};
  for (block.start = 0; block.start < moments->rows; block.start += CK_MOMENT_ROWS) {
    const int64_t left = moments->rows - block.start;
    block.rows = left < CK_MOMENT_ROWS ? left : CK_MOMENT_ROWS;
    ck_run(steps, 2, &context, 0);
  }
}
