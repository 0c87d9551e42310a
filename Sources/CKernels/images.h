// What networks need beyond products and chains: the windows of images and their transpose, which
// with a product make a convolution; the rows of a table and their transpose. Included by kernels.h,
// once per element type and instruction set. Sums are made in one fixed order by one thread each.

// The columns of the kernel, first ≤ k < last, that lie inside the image for a window that begins
// at x.
INLINE void NAMED(clip)(int64_t x, int64_t kernel, int64_t width, int64_t *first, int64_t *last) {
  *first = x < 0 ? -x : 0;
  *last = width - x < kernel ? width - x : kernel;
  if (*first > kernel) *first = kernel;
  if (*last < *first) *last = *first;
}

INLINE void NAMED(put)(T *out, const T *in, int64_t count) {
  int64_t i = 0;
  for (; i + LANES <= count; i += LANES) *(V *)(out + i) = *(const V *)(in + i);
  for (; i < count; i++) out[i] = in[i];
}

INLINE void NAMED(clear)(T *out, int64_t count) {
  int64_t i = 0;
  for (; i + LANES <= count; i += LANES) *(V *)(out + i) = ZERO;
  for (; i < count; i++) out[i] = 0;
}

INLINE void NAMED(accumulate)(T *out, const T *in, int64_t count) {
  int64_t i = 0;
  for (; i + LANES <= count; i += LANES) *(V *)(out + i) += *(const V *)(in + i);
  for (; i < count; i++) out[i] += in[i];
}

// Lines of images: `extent` for each; a thread has whole images where the step is split by rows.
INLINE void NAMED(lines)(const ck_windows *f, int64_t extent, const ck_thread *thread,
                         int64_t *first, int64_t *last) {
  if (f->by_row) {
    rows_of_thread(f->images, thread, first, last);
    *first *= extent;
    *last *= extent;
  } else {
    *first = f->images * extent * thread->index / thread->count;
    *last = f->images * extent * (thread->index + 1) / thread->count;
  }
}

static void NAMED(windows)(const void *body, const ck_thread *thread) {
  const ck_windows *f = body;
  const int64_t c = f->channels, run = f->kernel_width * c, line = f->width * c;
  const int64_t patch = f->kernel_height * run;
  int64_t first, last;
  NAMED(lines)(f, f->rows, thread, &first, &last);
  for (int64_t u = first; u < last; u++) {
    const int64_t image = u / f->rows, y0 = u % f->rows * f->stride - f->padding;
    const T *in = (const T *)f->in + image * f->height * line;
    T *out = (T *)f->out + u * f->columns * patch;
    for (int64_t column = 0; column < f->columns; column++, out += patch) {
      const int64_t x0 = column * f->stride - f->padding;
      int64_t k0, k1;
      NAMED(clip)(x0, f->kernel_width, f->width, &k0, &k1);
      for (int64_t ky = 0; ky < f->kernel_height; ky++) {
        T *to = out + ky * run;
        const int64_t y = y0 + ky;
        if (y < 0 || y >= f->height) {
          NAMED(clear)(to, run);
          continue;
        }
        if (k0 > 0) NAMED(clear)(to, k0 * c);
        NAMED(put)(to + k0 * c, in + y * line + (x0 + k0) * c, (k1 - k0) * c);
        if (k1 < f->kernel_width) NAMED(clear)(to + k1 * c, (f->kernel_width - k1) * c);
      }
    }
  }
}

static void NAMED(overlap)(const void *body, const ck_thread *thread) {
  const ck_windows *f = body;
  const int64_t c = f->channels, run = f->kernel_width * c, line = f->width * c;
  const int64_t patch = f->kernel_height * run;
  int64_t first, last;
  NAMED(lines)(f, f->height, thread, &first, &last);
  for (int64_t u = first; u < last; u++) {
    const int64_t image = u / f->height, y = u % f->height;
    const T *in = (const T *)f->in + image * f->rows * f->columns * patch;
    T *out = (T *)f->out + u * line;
    NAMED(clear)(out, line);
    for (int64_t ky = 0; ky < f->kernel_height; ky++) {
      const int64_t from = y + f->padding - ky;
      if (from < 0 || from % f->stride != 0 || from / f->stride >= f->rows) continue;
      const T *patches = in + from / f->stride * f->columns * patch + ky * run;
      for (int64_t column = 0; column < f->columns; column++) {
        const int64_t x0 = column * f->stride - f->padding;
        int64_t k0, k1;
        NAMED(clip)(x0, f->kernel_width, f->width, &k0, &k1);
        NAMED(accumulate)(out + (x0 + k0) * c, patches + column * patch + k0 * c, (k1 - k0) * c);
      }
    }
  }
}

// The row that an index names, or −1.
INLINE int64_t NAMED(row_of)(T index, int64_t rows) {
  return index >= 0 && index < (T)rows && index == (T)(int64_t)index ? (int64_t)index : -1;
}

static void NAMED(lookup)(const void *body, const ck_thread *thread) {
  const ck_lookup *f = body;
  const T *indices = f->indices;
  int64_t first = f->count * thread->index / thread->count;
  int64_t last = f->count * (thread->index + 1) / thread->count;
  if (f->by_row) rows_of_thread(f->count, thread, &first, &last);
  for (int64_t i = first; i < last; i++) {
    const int64_t row = NAMED(row_of)(indices[i], f->rows);
    T *out = (T *)f->out + i * f->cols;
    if (row >= 0)
      NAMED(put)(out, (const T *)f->in + row * f->cols, f->cols);
    else
      for (int64_t j = 0; j < f->cols; j++) out[j] = (T)NAN;
  }
}

// Every thread has some rows of the table and looks through all indices.
static void NAMED(scatter)(const void *body, const ck_thread *thread) {
  const ck_lookup *f = body;
  const T *indices = f->indices;
  const int64_t first = f->rows * thread->index / thread->count;
  const int64_t last = f->rows * (thread->index + 1) / thread->count;
  T *out = f->out;
  NAMED(clear)(out + first * f->cols, (last - first) * f->cols);
  for (int64_t i = 0; i < f->count; i++) {
    const int64_t row = NAMED(row_of)(indices[i], f->rows);
    if (row >= first && row < last)
      NAMED(accumulate)(out + row * f->cols, (const T *)f->in + i * f->cols, f->cols);
  }
}
