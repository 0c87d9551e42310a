// Special functions that libm lacks or that are not safe to call from several threads.
#pragma once

double ck_lgamma(double x);   // log|Γ(x)|
double ck_digamma(double x);  // Γ′(x)/Γ(x)
double ck_trigamma(double x); // its derivative
// log z with P(a, z) = u, the quantile of Gamma(a, 1), and how it moves with a at fixed u.
double ck_log_gamma_quantile(double a, double u);
double ck_log_gamma_quantile_slope(double a, double log_z);
