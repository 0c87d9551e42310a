// The quantile of the standard gamma distribution and how it moves with the shape, which makes
// draws of gamma, beta, Dirichlet and Student's t differentiable in their parameters.
//
// All in L = log z, where log P and log Q are concave: Newton's method for log P(a, eᴸ) = log u
// then comes down on the root from the left, that for log Q from the right, from any start. The
// derivative at a fixed u is implicit, dL/da = −(∂P/∂a)/(z p(z)) (Figurnov, Mohamed & Mnih,
// "Implicit reparameterization gradients", 2018). Both tails are kept relative to z p(z), so that
// nothing overflows, and each is used where no terms cancel.

#include "special.h"
#include <math.h>

// The shape from which expansions in 1/√a have full accuracy.
static const double large = 1e5;

typedef struct {
  double ratio;  // of the tail to z p(z)
  double slope;  // ∂ log-tail/∂a · ratio, at fixed z
} tail;

// P/(z p) = Σ zⁿ/(a(a+1)…(a+n)), for z below a + 1.
static tail lower_tail(double a, double z, double log_z) {
  double term = 1 / a, sum = term, moved = 0, harmonic = 0;
  for (double n = 1; n < 1e5; n++) {
    term *= z / (a + n);
    harmonic += 1 / (a + n);
    sum += term;
    moved += term * harmonic;
    if (term * (1 + harmonic) < 1e-17 * sum) break;
  }
  // ψ(a) = ψ(a + 1) − 1/a, whose last part cancels with the derivative of the factor 1/a.
  return (tail){sum, sum * (log_z - ck_digamma(a + 1)) - moved};
}

// Q/(z p) = 1/(z+1−a− 1(1−a)/(z+3−a− …)) by Lentz's method, with its derivative, for z above.
static tail upper_tail(double a, double z, double log_z) {
  double b = z + 1 - a, db = -1;
  double c = 1e300, dc = 0;
  double d = 1 / b, dd = -db * d * d;
  double f = d, log_slope = dd / d;
  for (double i = 1; i < 1e5; i++) {
    const double an = i * (a - i);
    b += 2;
    const double e = an * d + b, de = i * d + an * dd - 1;
    d = 1 / e;
    dd = -de * d * d;
    const double next = b + an / c;
    dc = -1 + i / c - an * dc / (c * c);
    c = next;
    const double step = c * d, moved = dc / c + dd / d;
    f *= step;
    log_slope += moved;
    if (fabs(step - 1) < 1e-16 && fabs(moved) < 1e-16 * (1 + fabs(log_slope))) break;
  }
  return (tail){f, f * (log_z - ck_digamma(a) + log_slope)};
}

// log(z p(z)).
static double log_density(double a, double z, double log_z) {
  return a * log_z - z - ck_lgamma(a);
}

// Abramowitz & Stegun 26.2.23, to 4.5e-4: the start of Newton's method. q ≤ ½ is an upper tail.
static double rough_normal(double q) {
  const double t = sqrt(-2 * log(q));
  return t - (2.515517 + t * (0.802853 + t * 0.010328))
                 / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
}

// The normal quantile of u, by two steps of Halley's method from there.
static double normal_quantile(double u) {
  const double q = u < 0.5 ? u : 1 - u;
  double x = rough_normal(q);
  for (int i = 0; i < 2; i++) {
    const double density = exp(-0.5 * x * x) / sqrt(2 * M_PI);
    const double r = (q - 0.5 * erfc(x * M_SQRT1_2)) / density;
    x -= r / (1 - 0.5 * x * r);
  }
  return u < 0.5 ? -x : x;
}

// Cornish and Fisher's expansion of the quantile in 1/√a (Abramowitz & Stegun 26.2.49).
static double large_quantile(double a, double x) {
  const double x2 = x * x, root = sqrt(a);
  return a + x * root + (x2 - 1) / 3 + x * (x2 - 7) / (36 * root)
         - (3 * x2 * x2 + 7 * x2 - 16) / (810 * a);
}

double ck_log_gamma_quantile(double a, double u) {
  if (!(a > 0) || !(u >= 0) || !(u <= 1) || a == INFINITY) return NAN;
  if (u == 0) return -INFINITY;
  if (u == 1) return INFINITY;
  if (a > large) return log(large_quantile(a, normal_quantile(u)));
  const int is_lower = u < 0.5;
  const double target = is_lower ? log(u) : log1p(-u);
  // Wilson and Hilferty (1931), or the leading term of P near 0, a lower bound.
  const double z0 = is_lower ? -rough_normal(u) : rough_normal(1 - u);
  const double root = 1 - 1 / (9 * a) + z0 / (3 * sqrt(a));
  double x = root > 0.3 ? log(a) + 3 * log(root) : (log(u) + ck_lgamma(a + 1)) / a;
  for (int i = 0; i < 60; i++) {
    const double z = exp(x);
    double step;
    if (z < 1e-300) {
      // P = zᵃ/Γ(a + 1) to all digits.
      x = (log(u) + ck_lgamma(a + 1)) / a;
      if (exp(x) < 1e-300) return x;
      continue;
    }
    if (z < a + 1) {
      const double ratio = lower_tail(a, z, x).ratio;
      const double p = log(ratio) + log_density(a, z, x);
      step = is_lower ? (target - p) * ratio
                      : (log1p(-exp(p)) - target) * exp(-log_density(a, z, x)) * -expm1(p);
    } else {
      const double ratio = upper_tail(a, z, x).ratio;
      const double q = log(ratio) + log_density(a, z, x);
      step = is_lower ? (target - log1p(-exp(q))) * exp(-log_density(a, z, x)) * -expm1(q)
                      : (q - target) * ratio;
    }
    if (!isfinite(step)) break;
    x += step;
    if (fabs(step) <= 4e-16 * (1 + fabs(x))) break;
  }
  return x;
}

double ck_log_gamma_quantile_slope(double a, double x) {
  if (!(a > 0) || isnan(x) || a == INFINITY) return NAN;
  const double z = exp(x);
  if (a > large) {
    const double root = sqrt(a);
    const double t = 3 * root * (cbrt(z / a) - 1 + 1 / (9 * a)), t2 = t * t;
    const double slope = 1 + t / (2 * root) - t * (t2 - 7) / (72 * a * root)
                         + (3 * t2 * t2 + 7 * t2 - 16) / (810 * a * a);
    return slope / z;
  }
  if (z < a + 1) return -lower_tail(a, z, x).slope;
  return z == INFINITY ? 0 : upper_tail(a, z, x).slope;
}
