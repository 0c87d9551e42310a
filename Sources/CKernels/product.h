// Matrix products: a tile of accumulators held in registers, and the right factor packed for it.

// What the next panel will be packed from, brought into the second-level cache while this one is
// used: lines that lie far apart, which the processor does not fetch ahead by itself. They are
// asked for a few at a time, all through the arithmetic.
typedef struct {
  const T *at;
  int64_t runs, run;     // runs of memory that are left, and the distance between two
  int64_t length, done;  // the length of a run, and how much of this one has been asked for
  int64_t turn;          // runs, or pieces of a run, asked for at a time
} NAMED(ahead);

#define AHEAD_TURN 16  // rows of a panel between two turns

INLINE void NAMED(fetch)(NAMED(ahead) *ahead) {
  for (int64_t left = ahead->turn; left > 0 && ahead->runs > 0; left--) {
    for (int v = 0; v < VECTORS; v++)
      __builtin_prefetch(ahead->at + ahead->done + v * LANES, 0, 2);
    ahead->done += VECTORS * LANES;
    if (ahead->done < ahead->length) continue;
    ahead->at += ahead->run;
    ahead->done = 0;
    ahead->runs--;
  }
}

static NAMED(ahead) NAMED(ahead_of)(const T *b, int64_t b_row, int64_t b_col, int64_t k,
                                    int64_t width, int64_t rows) {
  NAMED(ahead) ahead = {.at = b};
  if (width <= 0) return ahead;
  if (b_col == 1)
    ahead.runs = k, ahead.run = b_row, ahead.length = width;
  else
    ahead.runs = width, ahead.run = b_col, ahead.length = k;
  const int64_t pieces = (ahead.length + VECTORS * LANES - 1) / (VECTORS * LANES) * ahead.runs;
  const int64_t turns = ((rows + ROWS - 1) / ROWS) * ((k + AHEAD_TURN - 1) / AHEAD_TURN);
  ahead.turn = (pieces + turns - 1) / turns;
  return ahead;
}

// `rows` × `vectors` accumulators held in registers: both are constants where this is inlined.
INLINE void NAMED(tile)(int rows, int vectors, int64_t k, const T *a, int64_t a_row,
                        int64_t a_col, const T *panel, T *c, int64_t c_row, int64_t width,
                        int accumulate, NAMED(ahead) *ahead) {
  V sum[8][3];
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sum[r][v] = ZERO;
  for (int64_t i = 0; i < k;) {
    NAMED(fetch)(ahead);
    for (const int64_t end = k - i < AHEAD_TURN ? k : i + AHEAD_TURN; i < end; i++) {
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
  static void NAMED(PASTE(rows_of, vectors))(                                              \
      int64_t m, int64_t k, const T *a, int64_t a_row, int64_t a_col, const T *panel,      \
      T *c, int64_t c_row, int64_t width, int accumulate, NAMED(ahead) *ahead) {           \
    int64_t i = 0;                                                                         \
    for (; i + ROWS <= m; i += ROWS)                                                       \
      NAMED(tile)(ROWS, vectors, k, a + i * a_row, a_row, a_col, panel, c + i * c_row,     \
                  c_row, width, accumulate, ahead);                                        \
    for (; i + 2 <= m; i += 2)                                                             \
      NAMED(tile)(2, vectors, k, a + i * a_row, a_row, a_col, panel, c + i * c_row, c_row, \
                  width, accumulate, ahead);                                               \
    if (i < m)                                                                             \
      NAMED(tile)(1, vectors, k, a + i * a_row, a_row, a_col, panel, c + i * c_row, c_row, \
                  width, accumulate, ahead);                                               \
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
        const T *factor = b + k0 * g->b_row + j * g->b_col;
        NAMED(pack)(panel, factor, g->b_row, g->b_col, k, width, vectors);
        const int64_t after = col1 - j - width;
        NAMED(ahead) ahead = NAMED(ahead_of)(
            factor + width * g->b_col, g->b_row, g->b_col, k,
            after < VECTORS * LANES ? after : VECTORS * LANES, row1 - row0);
        const T *from = a + row0 * g->a_row + k0 * g->a_col;
        T *to = c + row0 * g->c_row + j;
#define CALL(v) NAMED(PASTE(rows_of, v))(row1 - row0, k, from, g->a_row, g->a_col, panel, to, \
                                         g->c_row, width, accumulate, &ahead)
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

#undef DEPTH
#undef AHEAD_TURN
