// Chains of elementwise operations. A tile of vectors stays in registers while one operation after
// the other is applied to it: what the next operation needs never leaves them, other operands are
// read where they lie, and what is needed later is stored. Memory is then read and written while
// the tile is computed, instead of before and after.

#define TILE_ELEMENTS (TILE * LANES)
#define EACH _Pragma("clang loop unroll(full)") for (int k = 0; k < TILE; k++)

// Runs the code of a chain over n elements, a multiple of a tile; p are the places of its values.
static void NAMED(tiles)(const ck_micro *code, T *const *p, int64_t n) {
  V t[TILE];
  EACH t[k] = ZERO;
  for (int64_t i = 0; i < n; i += TILE_ELEMENTS) {
    for (const ck_micro *m = code;; m++) {
#define MEMORY(value) (*(const V *)(p[value] + i + k * LANES))
#define NUMBER(value) ((V) * (const T *)p[value])
#define UNARY_CASE(operation, name, expression)                                            \
  case (operation)*CK_FORMS:                                                               \
    EACH {                                                                                 \
      const V a = t[k];                                                                    \
      t[k] = (expression);                                                                 \
    }                                                                                      \
    break;
#define BINARY_CASE(operation, name, expression)                                           \
  case (operation)*CK_FORMS + CK_WITH_MEMORY:                                              \
    EACH {                                                                                 \
      const V a = t[k], b = MEMORY(m->operand);                                            \
      t[k] = (expression);                                                                 \
    }                                                                                      \
    break;                                                                                 \
  case (operation)*CK_FORMS + CK_WITH_NUMBER: {                                            \
    const V b = NUMBER(m->operand);                                                        \
    EACH {                                                                                 \
      const V a = t[k];                                                                    \
      t[k] = (expression);                                                                 \
    }                                                                                      \
    break;                                                                                 \
  }                                                                                        \
  case (operation)*CK_FORMS + CK_MEMORY_FIRST:                                             \
    EACH {                                                                                 \
      const V a = MEMORY(m->operand), b = t[k];                                            \
      t[k] = (expression);                                                                 \
    }                                                                                      \
    break;                                                                                 \
  case (operation)*CK_FORMS + CK_NUMBER_FIRST: {                                           \
    const V a = NUMBER(m->operand);                                                        \
    EACH {                                                                                 \
      const V b = t[k];                                                                    \
      t[k] = (expression);                                                                 \
    }                                                                                      \
    break;                                                                                 \
  }
#define TERNARY_CASE(operation, name, expression)                                          \
  case (operation)*CK_FORMS:                                                               \
    EACH {                                                                                 \
      const V a = t[k], b = MEMORY(m->operand), c = MEMORY(m->second);                     \
      t[k] = (expression);                                                                 \
    }                                                                                      \
    break;
// What needs many registers for itself goes through memory, a vector or a number at a time.
#define FUNCTION_CASE(operation, name, expression)                                         \
  case (operation)*CK_FORMS: {                                                             \
    V out[TILE];                                                                           \
    EACH out[k] = t[k];                                                                    \
    _Pragma("clang loop unroll_count(2)") for (int k = 0; k < TILE; k++) {                 \
      const V a = out[k];                                                                  \
      out[k] = (expression);                                                               \
    }                                                                                      \
    EACH t[k] = out[k];                                                                    \
    break;                                                                                 \
  }
#define SCALAR_CASE(operation, name, expression)                                           \
  case (operation)*CK_FORMS: {                                                             \
    T out[TILE_ELEMENTS];                                                                  \
    EACH *(V *)(out + k * LANES) = t[k];                                                   \
    NAMED(name)(out, out, NULL, NULL, TILE_ELEMENTS);                                      \
    EACH t[k] = *(const V *)(out + k * LANES);                                             \
    break;                                                                                 \
  }
#define SCALAR_BINARY_CASE(operation, name, expression)                                    \
  case (operation)*CK_FORMS + CK_WITH_MEMORY:                                              \
  case (operation)*CK_FORMS + CK_WITH_NUMBER:                                              \
  case (operation)*CK_FORMS + CK_MEMORY_FIRST:                                             \
  case (operation)*CK_FORMS + CK_NUMBER_FIRST: {                                           \
    const int form = m->code % CK_FORMS;                                                   \
    T out[TILE_ELEMENTS], other[TILE_ELEMENTS];                                            \
    EACH *(V *)(out + k * LANES) = t[k];                                                   \
    if (form == CK_WITH_MEMORY || form == CK_MEMORY_FIRST)                                 \
      EACH *(V *)(other + k * LANES) = MEMORY(m->operand);                                 \
    else                                                                                   \
      EACH *(V *)(other + k * LANES) = NUMBER(m->operand);                                 \
    if (form == CK_WITH_MEMORY || form == CK_WITH_NUMBER)                                  \
      NAMED(name)(out, out, other, NULL, TILE_ELEMENTS);                                   \
    else                                                                                   \
      NAMED(name)(out, other, out, NULL, TILE_ELEMENTS);                                   \
    EACH t[k] = *(const V *)(out + k * LANES);                                             \
    break;                                                                                 \
  }
      switch (m->code) {
        UNARY(UNARY_CASE)
        FUNCTIONS(FUNCTION_CASE)
        BINARY(BINARY_CASE)
        TERNARY(TERNARY_CASE)
        SCALAR(SCALAR_CASE)
        SCALAR_BINARY(SCALAR_BINARY_CASE)
        case CK_LOAD * CK_FORMS + CK_WITH_MEMORY:
          EACH t[k] = MEMORY(m->operand);
          break;
        case CK_LOAD * CK_FORMS + CK_WITH_NUMBER: {
          const V number = NUMBER(m->operand);
          EACH t[k] = number;
          break;
        }
        case CK_STORE * CK_FORMS:
          EACH *(V *)(p[m->operand] + i + k * LANES) = t[k];
          break;
        case CK_STREAM * CK_FORMS: {
          T *to = p[m->operand] + i;
          if ((uintptr_t)to % sizeof(ALIGNED) == 0)
            EACH __builtin_nontemporal_store((ALIGNED)t[k], (ALIGNED *)(to + k * LANES));
          else
            EACH *(V *)(to + k * LANES) = t[k];
          break;
        }
        default:
          goto next_tile;
      }
    }
  next_tile:;
  }
#undef MEMORY
#undef NUMBER
#undef UNARY_CASE
#undef BINARY_CASE
#undef TERNARY_CASE
#undef FUNCTION_CASE
#undef SCALAR_CASE
#undef SCALAR_BINARY_CASE
}

// Runs the code over n elements. A tile that n cuts is computed on copies of what lies in memory.
static void NAMED(run_code)(const ck_fused *f, T *const *p, int64_t n, T *edges) {
  const int64_t whole = n / TILE_ELEMENTS * TILE_ELEMENTS;
  if (whole > 0) NAMED(tiles)(f->micros, p, whole);
  if (whole == n) return;
  const size_t rest = (size_t)(n - whole) * sizeof(T);
  T *q[CK_MAX_VALUES];
  for (int v = 0; v < f->value_count; v++) {
    const ck_value *x = &f->values[v];
    if (x->slot >= 0) {
      q[v] = p[v] + whole;
    } else if (x->kind == CK_MEMORY) {
      q[v] = edges + v * TILE_ELEMENTS;
      if (!x->written) __builtin_memcpy(q[v], p[v] + whole, rest);
    } else {
      q[v] = p[v];
    }
  }
  NAMED(tiles)(f->micros, q, TILE_ELEMENTS);
  for (int v = 0; v < f->value_count; v++)
    if (f->values[v].written && f->values[v].slot < 0)
      __builtin_memcpy(p[v] + whole, q[v], rest);
}

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

// The place of a value in the block that begins at row `row0` and column `col0`, filled first where
// the value does not lie as the block does.
static inline T *NAMED(place)(const ck_fused *f, const ck_value *x, T *slot, int64_t row0,
                              int64_t rows, int64_t col0, int64_t cols, int is_new_row) {
  T *const base = x->base;
  const int64_t outer = f->outer > 1 ? row0 / f->rows : 0, inside = row0 - outer * f->rows;
  if (x->slot < 0) {
    if (x->kind == CK_CONSTANT) return base;
    return base + outer * x->outer + inside * x->row + (x->kind == CK_MEMORY ? col0 : 0);
  }
  if (x->kind == CK_MEMORY && (x->row != 0 || x->outer != 0)) {
    // One run of rows for each step along the outer axis.
    for (int64_t r = 0, o = outer, from = inside; r < rows; o++, from = 0) {
      const int64_t run = f->rows - from < rows - r ? f->rows - from : rows - r;
      NAMED(copy_rows)(slot + r * cols, cols, base + o * x->outer + from * x->row + col0, x->row,
                       run, cols);
      r += run;
    }
  } else if (x->kind == CK_PER_ROW && is_new_row) {
    int64_t o = outer, from = inside;
    for (int64_t r = 0; r < rows; r++) {
      NAMED(fill)(slot + r * cols, base[o * x->outer + from * x->row], cols);
      if (++from == f->rows) from = 0, o++;
    }
  }
  return slot;
}

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
  T *const scratch = thread->scratch;
  T *const edges = (T *)((char *)scratch + CK_SCRATCH_BYTES - CK_EDGE_BYTES);
  T *p[CK_MAX_VALUES];

  // Blocks that do not change from unit to unit: constants, and row vectors repeated for several
  // rows.
  for (int v = 0; v < f->value_count; v++) {
    const ck_value *x = &f->values[v];
    if (x->slot < 0) continue;
    p[v] = scratch + x->slot * f->slot_elements;
    if (x->kind == CK_CONSTANT) NAMED(fill)(p[v], *(const T *)x->base, f->slot_elements);
    if (x->kind == CK_MEMORY && x->row == 0 && x->outer == 0) {
      __builtin_memcpy(p[v], x->base, (size_t)f->cols * sizeof(T));
      NAMED(repeat_row)(p[v], f->chunk_rows, f->cols);
    }
  }

  const int64_t inner = reduces ? col_chunks : 1;
  for (int64_t unit = first; unit < last; unit++) {
    const int64_t block_row = reduces || col_chunks == 1 ? unit : unit / col_chunks;
    const int64_t row0 = row_begin + block_row * f->chunk_rows;
    const int64_t rows = row_end - row0 < f->chunk_rows ? row_end - row0 : f->chunk_rows;
    for (int64_t j = 0; j < inner; j++) {
      const int64_t col0 =
          col_begin + (reduces ? j : unit - block_row * col_chunks) * f->chunk_cols;
      const int64_t cols = col_end - col0 < f->chunk_cols ? col_end - col0 : f->chunk_cols;
      for (int v = 0; v < f->value_count; v++)
        if (f->values[v].kind != CK_SCRATCH)
          p[v] = NAMED(place)(f, &f->values[v], p[v], row0, rows, col0, cols,
                              j == 0 || f->chunk_rows == 1);
      NAMED(run_code)(f, p, rows * cols, edges);
      for (int s = 0; s < f->reduction_count; s++) {
        const ck_reduction *x = &f->reductions[s];
        for (int64_t r = 0; r < rows; r++) {
          const int64_t row = row0 + r;
          T *to = (T *)x->base + (row / f->rows) * x->outer + (row % f->rows) * x->row;
          const T *from = p[x->value] + r * cols;
          // Long rows by parts of one length, whatever the blocks.
          for (int64_t c = 0; c < cols; c += f->part) {
            const int64_t width = cols - c < f->part ? cols - c : f->part;
            const int is_first = j == 0 && c == 0;
            if (x->kind == CK_SUM) {
              const T sum = NAMED(sum_row)(from + c, width);
              *to = is_first ? sum : *to + sum;
            } else {
              const T max = NAMED(max_row)(from + c, width);
              *to = is_first || max > *to || max != max ? max : *to;
            }
          }
        }
      }
    }
  }
#if defined(__x86_64__)
  // Stores past the cache must be seen by whoever reads after the next barrier.
  if (f->streams) __builtin_ia32_sfence();
#endif
}

#undef EACH
#undef TILE_ELEMENTS
