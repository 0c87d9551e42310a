// Special functions that libm lacks or that are not safe to call from several threads.

#include "special.h"
#include <math.h>

double ck_lgamma(double x) {
  int sign;  // plain lgamma writes the global `signgam`
  return lgamma_r(x, &sign);
}

// Recurrence up to x ≥ 10, then the asymptotic series (Abramowitz & Stegun 6.3.18) to x⁻¹⁴, whose
// first omitted term is below 5e-17 there; reflection (6.3.7) for negative arguments.
double ck_digamma(double x) {
  if (isnan(x) || x == INFINITY) return x;
  if (x <= 0) {
    if (x == floor(x)) return NAN;
    return ck_digamma(1 - x) - M_PI / tan(M_PI * x);
  }
  double shift = 0;
  while (x < 10) {
    shift -= 1 / x;
    x += 1;
  }
  const double z = 1 / (x * x);
  const double series =
      z * (1.0 / 12 - z * (1.0 / 120 - z * (1.0 / 252 - z * (1.0 / 240 - z * (1.0 / 132
      - z * (691.0 / 32760 - z / 12))))));
  return shift + log(x) - 0.5 / x - series;
}

// Recurrence up to x ≥ 10, then the asymptotic series (Abramowitz & Stegun 6.4.12) to x⁻¹⁵;
// reflection (6.4.7) for negative arguments.
double ck_trigamma(double x) {
  if (isnan(x) || x == -INFINITY) return NAN;
  if (x == INFINITY) return 0;
  if (x <= 0) {
    if (x == floor(x)) return INFINITY;
    const double sine = sin(M_PI * (x - rint(x)));
    return M_PI * M_PI / (sine * sine) - ck_trigamma(1 - x);
  }
  double sum = 0;
  while (x < 10) {
    sum += 1 / (x * x);
    x += 1;
  }
  const double z = 1 / (x * x);
  const double series =
      z * (1.0 / 6 - z * (1.0 / 30 - z * (1.0 / 42 - z * (1.0 / 30 - z * (5.0 / 66
      - z * (691.0 / 2730 - z * (7.0 / 6)))))));
  return sum + 1 / x + 0.5 * z + series / x;
}
