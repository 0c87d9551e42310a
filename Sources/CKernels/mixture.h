// One pass of expectation maximisation over the rows of a data set: responsibilities, evidence and
// weighted moments of every component, block by block, so that nothing of the size rows ×
// components × columns is ever stored and the data are read once.
//
// A block is transposed, so that the lanes of a vector are rows: no sum within a vector is needed
// before the moments, and these sum eight vectors at a time by a transpose. Whitening is done with
// the triangle L⁻¹ itself (log-densities by squares, never by an inverse covariance). Sums are made
// per segment of the rows in a fixed order, whatever thread has the segment; the host adds the
// segments in order.

#define MIX_GROUP 4  // vectors of rows worked on at a time

// eˣ for −708 ≤ x ≤ 0, within 1.5 ULP: x = n log 2 + r, Taylor's series of eʳ to the 13th power
// (|r| ≤ log 2 / 2, remainder 4e-18), and n added to the exponent.
INLINE vd mix_exp(vd x) {
  const double shift = 0x1.8p52;
  vd t = x * 1.4426950408889634074 + shift;
  const vl n = (vl)t - (vl)(vd)(shift);
  t -= shift;
  const vd r = (x - t * 6.93147180369123816490e-01) - t * 1.90821492927058770002e-10;
  vd p = (vd)(1.0 / 6227020800.0);
  p = p * r + 1.0 / 479001600.0;
  p = p * r + 1.0 / 39916800.0;
  p = p * r + 1.0 / 3628800.0;
  p = p * r + 1.0 / 362880.0;
  p = p * r + 1.0 / 40320.0;
  p = p * r + 1.0 / 5040.0;
  p = p * r + 1.0 / 720.0;
  p = p * r + 1.0 / 120.0;
  p = p * r + 1.0 / 24.0;
  p = p * r + 1.0 / 6.0;
  p = p * r + 0.5;
  p = p * r + 1.0;
  p = p * r + 1.0;
  return (vd)((vl)p + (n << 52));
}

// log x for normal x ≥ 1, within 2 ULP: x = m 2ⁿ with m in [√½, √2), and 2 artanh((m − 1)/(m + 1))
// by its series (the argument is at most 0.1716, the remainder below 1e-17).
INLINE vd mix_log(vd x) {
  const vl bits = (vl)x - 0x3fe6a09e667f3bcdll;  // of √½
  const vl n = bits >> 52;
  const vd m = (vd)((vl)x - (n << 52));
  const vd s = (m - 1.0) / (m + 1.0), z = s * s;
  vd p = (vd)(2.0 / 21);
  p = p * z + 2.0 / 19;
  p = p * z + 2.0 / 17;
  p = p * z + 2.0 / 15;
  p = p * z + 2.0 / 13;
  p = p * z + 2.0 / 11;
  p = p * z + 2.0 / 9;
  p = p * z + 2.0 / 7;
  p = p * z + 2.0 / 5;
  p = p * z + 2.0 / 3;
  const vd e = __builtin_convertvector(n, vd);
  return e * 6.93147180369123816490e-01
         + (2.0 * s + (s * z * p + e * 1.90821492927058770002e-10));
}

INLINE double mix_sum(vd v) {
  return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
}

// The sums of eight vectors, as one vector.
INLINE vd mix_sums(vd v[8]) {
  transpose_double(v);
  return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
}

// The distance of columns in the buffers. A multiple of 4 KB would put all columns into one set of
// the first-level cache.
#define MIX_PITCH(block) ((block) + 8)

// to[j·pitch + i] = from[i·stride + j], with zeros in rows from `rows` on.
static void mix_transpose(const double *from, int64_t stride, int64_t rows, int64_t cols,
                          double *to, int64_t block) {
  const int64_t pitch = MIX_PITCH(block);
  int64_t i = 0;
  for (; i + 8 <= rows; i += 8) {
    int64_t j = 0;
    for (; j + 8 <= cols; j += 8) {
      vd t[8];
      for (int r = 0; r < 8; r++) t[r] = *(const vd *)(from + (i + r) * stride + j);
      transpose_double(t);
      for (int r = 0; r < 8; r++) *(vd *)(to + (j + r) * pitch + i) = t[r];
    }
    for (; j < cols; j++)
      for (int r = 0; r < 8; r++) to[j * pitch + i + r] = from[(i + r) * stride + j];
  }
  for (; i < rows; i++)
    for (int64_t j = 0; j < cols; j++) to[j * pitch + i] = from[i * stride + j];
  for (; i < block; i++)
    for (int64_t j = 0; j < cols; j++) to[j * pitch + i] = 0;
}

// −½ ‖L⁻¹ (x − μ)‖² of 32 rows; `y` holds the centred rows, cols × 32.
INLINE void mix_whiten(const double *triangle, const double *y, int64_t cols, vd q[MIX_GROUP]) {
  for (int g = 0; g < MIX_GROUP; g++) q[g] = (vd)(0.0);
  int64_t i = 0;
  for (; i + 2 <= cols; i += 2) {
    const double *a = triangle + i * (i + 1) / 2, *b = a + i + 1;
    vd u[MIX_GROUP], w[MIX_GROUP];
    for (int g = 0; g < MIX_GROUP; g++) u[g] = w[g] = (vd)(0.0);
    for (int64_t j = 0; j <= i; j++) {
      const vd aj = (vd)(a[j]), bj = (vd)(b[j]);
      for (int g = 0; g < MIX_GROUP; g++) {
        const vd yj = *(const vd *)(y + j * 8 * MIX_GROUP + 8 * g);
        u[g] += aj * yj;
        w[g] += bj * yj;
      }
    }
    for (int g = 0; g < MIX_GROUP; g++) {
      w[g] += b[i + 1] * *(const vd *)(y + (i + 1) * 8 * MIX_GROUP + 8 * g);
      q[g] += u[g] * u[g];
      q[g] += w[g] * w[g];
    }
  }
  if (i < cols) {
    const double *a = triangle + i * (i + 1) / 2;
    vd u[MIX_GROUP];
    for (int g = 0; g < MIX_GROUP; g++) u[g] = (vd)(0.0);
    for (int64_t j = 0; j <= i; j++)
      for (int g = 0; g < MIX_GROUP; g++)
        u[g] += a[j] * *(const vd *)(y + j * 8 * MIX_GROUP + 8 * g);
    for (int g = 0; g < MIX_GROUP; g++) q[g] += u[g] * u[g];
  }
}

// log π_k + log p(x|z = k) of a block: joint, components × block.
static void mix_joint(const ck_mixture *m, const double *x, double *joint, double *y) {
  const int64_t d = m->cols, block = m->block, group = 8 * MIX_GROUP;
  const int64_t pitch = MIX_PITCH(block);
  for (int64_t k = 0; k < m->components; k++) {
    const double offset = m->offset[k];
    const double *at = m->location ? m->location + k * d : NULL;
    for (int64_t row = 0; row < block; row += group) {
      vd q[MIX_GROUP];
      if (m->form == CK_MIX_FULL) {
        for (int64_t j = 0; j < d; j++)
          for (int g = 0; g < MIX_GROUP; g++)
            *(vd *)(y + j * group + 8 * g) = *(const vd *)(x + j * pitch + row + 8 * g) - at[j];
        mix_whiten(m->factor + k * (d * (d + 1) / 2), y, d, q);
      } else {
        const double *factor = m->factor + k * d;
        for (int g = 0; g < MIX_GROUP; g++) q[g] = (vd)(0.0);
        if (m->form == CK_MIX_DIAGONAL)
          for (int64_t j = 0; j < d; j++)
            for (int g = 0; g < MIX_GROUP; g++) {
              const vd t = (*(const vd *)(x + j * pitch + row + 8 * g) - at[j]) * factor[j];
              q[g] += t * t;
            }
        else
          for (int64_t j = 0; j < d; j++)
            for (int g = 0; g < MIX_GROUP; g++)
              q[g] += *(const vd *)(x + j * pitch + row + 8 * g) * factor[j];
      }
      const double sign = m->form == CK_MIX_LINEAR ? 1 : -0.5;
      for (int g = 0; g < MIX_GROUP; g++)
        *(vd *)(joint + k * pitch + row + 8 * g) = offset + sign * q[g];
    }
  }
}

// Turns joint log-densities into responsibilities, in place; evidence and entropy per row.
static void mix_posterior(const ck_mixture *m, double *joint, double *evidence, double *entropy) {
  const int64_t block = m->block, components = m->components, pitch = MIX_PITCH(block);
  for (int64_t row = 0; row < block; row += 8) {
    vd top = (vd)(-INFINITY);
    for (int64_t k = 0; k < components; k++)
      top = __builtin_elementwise_max(top, *(const vd *)(joint + k * pitch + row));
    const vl lost = top == (vd)(-INFINITY);
    const vd base = vd_choose(lost, (vd)(0.0), top);
    vd sum = (vd)(0.0), tilt = (vd)(0.0);
    for (int64_t k = 0; k < components; k++) {
      vd *at = (vd *)(joint + k * pitch + row);
      vd t = *at - base;
      const vl gone = t < (vd)(-708.0);
      t = vd_choose(gone, (vd)(0.0), t);
      const vd e = vd_choose(gone, (vd)(0.0), mix_exp(t));
      *at = e;
      sum += e;
      tilt += e * t;
    }
    const vd inverse = 1.0 / sum;
    for (int64_t k = 0; k < components; k++) *(vd *)(joint + k * pitch + row) *= inverse;
    const vd spread = mix_log(vd_choose(lost, (vd)(1.0), sum));
    *(vd *)(evidence + row) = top + spread;
    *(vd *)(entropy + row) = spread - tilt * inverse;
  }
}

// Adds Σ r y and the wanted second moments of one component over a block, y = x − shift.
static void mix_moments(const ck_mixture *m, const double *x, const double *r, double *y,
                        double *ry, const double *shift, double *first, double *second) {
  const int64_t d = m->cols, block = m->block, pitch = MIX_PITCH(block);
  for (int64_t j = 0; j < d; j++) {
    const double center = shift[j];
    vd sums[MIX_GROUP], squares[MIX_GROUP];
    for (int g = 0; g < MIX_GROUP; g++) sums[g] = squares[g] = (vd)(0.0);
    for (int64_t row = 0; row < block; row += 8 * MIX_GROUP)
      for (int g = 0; g < MIX_GROUP; g++) {
        const int64_t at = j * pitch + row + 8 * g;
        const vd c = *(const vd *)(x + at) - center;
        const vd rc = *(const vd *)(r + row + 8 * g) * c;
        sums[g] += rc;
        if (m->moments == CK_MIX_SCATTER) {
          *(vd *)(y + at) = c;
          *(vd *)(ry + at) = rc;
        } else {
          squares[g] += rc * c;
        }
      }
    first[j] += mix_sum((sums[0] + sums[1]) + (sums[2] + sums[3]));
    if (m->moments == CK_MIX_SQUARES)
      second[j] += mix_sum((squares[0] + squares[1]) + (squares[2] + squares[3]));
  }
  if (m->moments != CK_MIX_SCATTER) return;
  // Tiles of 4 × 4 of the lower triangle; rows of the buffers up to a multiple of 4 are zero.
  for (int64_t i = 0; i < d; i += 4)
    for (int64_t j = 0; j <= i; j += 4) {
      vd sums[16];
      for (int t = 0; t < 16; t++) sums[t] = (vd)(0.0);
      for (int64_t row = 0; row < block; row += 8) {
        vd a[4], b[4];
        for (int t = 0; t < 4; t++) {
          a[t] = *(const vd *)(ry + (i + t) * pitch + row);
          b[t] = *(const vd *)(y + (j + t) * pitch + row);
        }
        for (int s = 0; s < 4; s++)
          for (int t = 0; t < 4; t++) sums[4 * s + t] += a[s] * b[t];
      }
      const vd halves[2] = {mix_sums(sums), mix_sums(sums + 8)};
      for (int s = 0; s < 4 && i + s < d; s++)
        for (int t = 0; t < 4 && j + t <= i + s; t++)
          second[(i + s) * (i + s + 1) / 2 + j + t] += halves[s / 2][4 * (s % 2) + t];
    }
}

static void mixture_step(const void *body, const ck_thread *thread) {
  const ck_mixture *m = body;
  const int threads = thread->count < m->threads ? thread->count : m->threads;
  if (thread->index >= threads) return;
  const int64_t d = m->cols, K = m->components, block = m->block, pitch = MIX_PITCH(block);
  const int64_t padded = (d + 3) / 4 * 4;
  double *x = m->scratch + thread->index * m->scratch_stride;
  double *y = x + d * pitch, *ry = y + padded * pitch;
  double *joint = ry + padded * pitch;
  double *evidence = joint + K * pitch, *entropy = evidence + pitch;
  for (int64_t i = d * pitch; i < padded * pitch; i++) y[i] = ry[i] = 0;
  const int64_t blocks = (m->rows + block - 1) / block;
  const int64_t triangle = d * (d + 1) / 2;
  const int64_t width = m->moments == CK_MIX_SCATTER ? triangle : m->moments ? d : 0;
  for (int64_t s = thread->index; s < m->segments; s += threads) {
    double *stats = m->statistics + s * m->statistics_stride;
    double *counts = stats + 2, *first = counts + K, *second = first + K * d;
    for (int64_t i = 0; i < m->statistics_stride; i++) stats[i] = 0;
    for (int64_t b = blocks * s / m->segments; b < blocks * (s + 1) / m->segments; b++) {
      const int64_t start = b * block;
      const int64_t rows = m->rows - start < block ? m->rows - start : block;
      mix_transpose(m->x + start * d, d, rows, d, x, block);
      if (m->given) {
        mix_transpose(m->given + start * K, K, rows, K, joint, block);
        for (int64_t i = 0; i < block; i++) evidence[i] = entropy[i] = 0;
      } else {
        mix_joint(m, x, joint, y);
        if (m->joint)
          for (int64_t i = 0; i < rows; i++)
            for (int64_t k = 0; k < K; k++) m->joint[(start + i) * K + k] = joint[k * pitch + i];
        if (m->labels)
          for (int64_t i = 0; i < rows; i++) {
            const int32_t label = m->labels[start + i];
            if (label < 0) continue;
            // What is known stays: the others have no density, and no share.
            for (int64_t k = 0; k < K; k++)
              if (k != label) joint[k * pitch + i] = -INFINITY;
          }
        mix_posterior(m, joint, evidence, entropy);
      }
      if (m->log_density)
        for (int64_t i = 0; i < rows; i++) m->log_density[start + i] = evidence[i];
      if (m->responsibilities)
        for (int64_t i = 0; i < rows; i++)
          for (int64_t k = 0; k < K; k++)
            m->responsibilities[(start + i) * K + k] = joint[k * pitch + i];
      // Rows beyond the end count nothing.
      for (int64_t i = rows; i < block; i++) {
        evidence[i] = entropy[i] = 0;
        for (int64_t k = 0; k < K; k++) joint[k * pitch + i] = 0;
      }
      if (m->weights)
        for (int64_t i = 0; i < rows; i++) {
          const double w = m->weights[start + i];
          // 0 · −∞: a row that does not count has no say.
          evidence[i] = w == 0 ? 0 : evidence[i] * w;
          entropy[i] *= w;
          for (int64_t k = 0; k < K; k++) joint[k * pitch + i] *= w;
        }
      vd likelihood = (vd)(0.0), surprise = (vd)(0.0);
      for (int64_t i = 0; i < block; i += 8) {
        likelihood += *(const vd *)(evidence + i);
        surprise += *(const vd *)(entropy + i);
      }
      stats[0] += mix_sum(likelihood);
      stats[1] += mix_sum(surprise);
      for (int64_t k = 0; k < K; k++) {
        vd sum = (vd)(0.0);
        for (int64_t i = 0; i < block; i += 8) sum += *(const vd *)(joint + k * pitch + i);
        const double count = mix_sum(sum);
        counts[k] += count;
        if (m->moments == CK_MIX_NONE || count == 0) continue;
        mix_moments(m, x, joint + k * pitch, y, ry, m->shift + k * d, first + k * d,
                    second + k * width);
      }
    }
  }
}
#undef MIX_GROUP
#undef MIX_PITCH
