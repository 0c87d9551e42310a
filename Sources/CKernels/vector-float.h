// float32 lanes: sixteen at a time (four SSE, two AVX or one AVX-512 register), and branch-free
// elementary functions on them. Coefficients of exp and log are those of Cephes; the others are
// Chebyshev interpolants computed in 40 digits. Errors in units in the last place are asserted by
// the tests of LatentAutodiff against double precision.

typedef float vf __attribute__((ext_vector_type(16), aligned(4)));
typedef float vf_aligned __attribute__((ext_vector_type(16)));
typedef int32_t vi __attribute__((ext_vector_type(16), aligned(4)));
typedef uint32_t vu __attribute__((ext_vector_type(16), aligned(4)));
typedef uint64_t vw __attribute__((ext_vector_type(8), aligned(4)));

#define INLINE static inline __attribute__((always_inline))
#define SPLAT(x) ((vf)(x))

INLINE vf vf_choose(vi mask, vf yes, vf no) {
  return (vf)((mask & (vi)yes) | (~mask & (vi)no));
}

// 2^n for n in [-126, 127].
INLINE vf vf_power2(vi n) { return (vf)((n + 127) << 23); }

// e^r − 1 for |r| ≤ ½ log 2, and the n of x = n log 2 + r.
INLINE vf vf_exp_core(vf x, vi *n) {
  vf k = __builtin_elementwise_rint(x * SPLAT(1.44269504088896341f));
  vf r = x - k * SPLAT(0.693359375f);
  r = r - k * SPLAT(-2.12194440e-4f);
  vf p = SPLAT(1.9875691500e-4f);
  p = p * r + SPLAT(1.3981999507e-3f);
  p = p * r + SPLAT(8.3334519073e-3f);
  p = p * r + SPLAT(4.1665795894e-2f);
  p = p * r + SPLAT(1.6666665459e-1f);
  p = p * r + SPLAT(5.0000001201e-1f);
  *n = __builtin_convertvector(k, vi);
  return p * r * r + r;
}

INLINE vf vf_exp(vf x) {
  vi n;
  vf clamped = __builtin_elementwise_max(SPLAT(-104.f), __builtin_elementwise_min(x, SPLAT(89.f)));
  vf y = vf_exp_core(clamped, &n) + SPLAT(1.f);
  // Two factors, so that results near the ends of the range are scaled without overflow.
  vi half = n >> 1;
  y = y * vf_power2(half) * vf_power2(n - half);
  return vf_choose(x != x, x, y);
}

INLINE vf vf_expm1(vf x) {
  vi n;
  vf clamped = __builtin_elementwise_max(SPLAT(-30.f), __builtin_elementwise_min(x, SPLAT(89.f)));
  vf y = vf_exp_core(clamped, &n);
  vf s = vf_power2(n - 1);
  y = (s * y + (s - SPLAT(0.5f))) * SPLAT(2.f);
  return vf_choose(x != x, x, y);
}

INLINE vf vf_log(vf x) {
  vi tiny = x < SPLAT(1.17549435e-38f);
  vf scaled = vf_choose(tiny, x * SPLAT(8388608.f), x);
  vi bits = (vi)scaled;
  vi e = ((bits >> 23) & 255) - 126 - (tiny & 23);
  vf m = (vf)((bits & 0x007fffff) | 0x3f000000);
  vi low = m < SPLAT(0.707106781186547524f);
  e = e + low;  // low is −1 where true
  m = m + vf_choose(low, m, SPLAT(0.f)) - SPLAT(1.f);
  vf fe = __builtin_convertvector(e, vf);
  vf z = m * m;
  vf p = SPLAT(7.0376836292e-2f);
  p = p * m + SPLAT(-1.1514610310e-1f);
  p = p * m + SPLAT(1.1676998740e-1f);
  p = p * m + SPLAT(-1.2420140846e-1f);
  p = p * m + SPLAT(1.4249322787e-1f);
  p = p * m + SPLAT(-1.6668057665e-1f);
  p = p * m + SPLAT(2.0000714765e-1f);
  p = p * m + SPLAT(-2.4999993993e-1f);
  p = p * m + SPLAT(3.3333331174e-1f);
  vf y = m * z * p + fe * SPLAT(-2.12194440e-4f) - SPLAT(0.5f) * z;
  y = m + y + fe * SPLAT(0.693359375f);
  y = vf_choose(x == SPLAT(__builtin_inff()), x, y);
  y = vf_choose(x == SPLAT(0.f), SPLAT(-__builtin_inff()), y);
  return vf_choose(~(x >= SPLAT(0.f)), SPLAT(__builtin_nanf("")), y);
}

INLINE vf vf_log1p(vf x) {
  // log(u) + (x − (u − 1))/u with u = 1 + x rounded: the second term restores the lost bits.
  vf u = SPLAT(1.f) + x;
  vf y = vf_log(u) + (x - (u - SPLAT(1.f))) / u;
  y = vf_choose(u == SPLAT(1.f), x, y);
  return vf_choose(x == SPLAT(__builtin_inff()) | u == SPLAT(0.f), vf_log(u), y);
}

INLINE vf vf_sigmoid(vf x) { return SPLAT(1.f) / (SPLAT(1.f) + vf_exp(-x)); }

INLINE vf vf_abs(vf x) { return (vf)((vi)x & 0x7fffffff); }

INLINE vf vf_tanh(vf x) {
  // tanh|x| = E/(E + 2) with E = e^{2|x|} − 1: no cancellation anywhere.
  vf e = vf_expm1(SPLAT(2.f) * __builtin_elementwise_min(vf_abs(x), SPLAT(10.f)));
  vf y = e / (e + SPLAT(2.f));
  y = (vf)((vi)y | ((vi)x & (int32_t)0x80000000));
  return vf_choose(x != x, x, y);
}

INLINE vf vf_softplus(vf x) {
  // max(x, 0) + log(1 + e^{−|x|}); the logarithm by a polynomial, since its argument is in [1, 2].
  vf e = vf_exp(-vf_abs(x));
  vf p = SPLAT(-3.176057018e-3f);
  p = p * e + SPLAT(1.954252726e-2f);
  p = p * e + SPLAT(-5.637361283e-2f);
  p = p * e + SPLAT(1.05436238e-1f);
  p = p * e + SPLAT(-1.526966707e-1f);
  p = p * e + SPLAT(1.966327426e-1f);
  p = p * e + SPLAT(-2.495161626e-1f);
  p = p * e + SPLAT(3.33297105e-1f);
  p = p * e + SPLAT(-4.999989265e-1f);
  p = p * e + SPLAT(9.999999947e-1f);
  vf y = __builtin_elementwise_max(x, SPLAT(0.f)) + p * e;
  return vf_choose(x != x, x, y);
}

// sin and cos of 2πt for t in [0, 1): reduced to an eighth of a turn exactly.
INLINE void vf_turn(vf t, vf *sine, vf *cosine) {
  vf q = __builtin_elementwise_rint(t * SPLAT(4.f));
  vf r = t - q * SPLAT(0.25f);
  vi quadrant = __builtin_convertvector(q, vi);
  vf z = r * r;
  vf s = SPLAT(41.47283324f);
  s = s * z + SPLAT(-76.69786635f);
  s = s * z + SPLAT(81.60520471f);
  s = s * z + SPLAT(-41.34170215f);
  s = (s * z + SPLAT(6.283185307f)) * r;
  vf c = SPLAT(59.22016896f);
  c = c * z + SPLAT(-85.44284467f);
  c = c * z + SPLAT(64.93931614f);
  c = c * z + SPLAT(-19.73920865f);
  c = c * z + SPLAT(1.f);
  vi odd = -(quadrant & 1);
  vf a = vf_choose(odd, c, s), b = vf_choose(odd, s, c);
  *sine = (vf)((vi)a ^ ((quadrant & 2) << 30));
  *cosine = (vf)((vi)b ^ (((quadrant + 1) & 2) << 30));
}

// Sixteen Philox4x32-10 blocks at once (Salmon et al. 2011): counters in x[0…3], key in k0, k1.
INLINE void philox_multiply(vu a, uint32_t m, vu *high, vu *low) {
  vw even = ((vw)a & 0xffffffffull) * (uint64_t)m;
  vw odd = ((vw)a >> 32) * (uint64_t)m;
  *high = (vu)((even >> 32) | (odd & 0xffffffff00000000ull));
  *low = (vu)((even & 0xffffffffull) | (odd << 32));
}

INLINE void philox(vu x[4], uint64_t seed) {
  uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
  for (int round = 0; round < 10; round++) {
    vu h0, l0, h1, l1;
    philox_multiply(x[0], 0xD2511F53u, &h0, &l0);
    philox_multiply(x[2], 0xCD9E8D57u, &h1, &l1);
    x[0] = h1 ^ x[1] ^ k0;
    x[2] = h0 ^ x[3] ^ k1;
    x[1] = l1;
    x[3] = l0;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
}

// The 64 words of group g of a stream: word 16·w + lane comes from block 16·g + lane.
INLINE void philox_group(vu x[4], uint64_t group, uint64_t seed, uint32_t stream, uint64_t step) {
  const vu lanes = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  x[0] = lanes + (vu)(uint32_t)(group << 4);
  x[1] = (vu)((uint32_t)(step >> 32) ^ (uint32_t)((group >> 28) << 16));
  x[2] = (vu)stream;
  x[3] = (vu)(uint32_t)step;
  philox(x, seed);
}

// A word as a float in [0, 1), with 24 bits.
INLINE vf uniform_of(vu x) {
  return __builtin_convertvector((vi)(x >> 8), vf) * SPLAT(5.9604644775390625e-8f);
}
