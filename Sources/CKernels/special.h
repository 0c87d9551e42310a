// Special functions that libm lacks or that are not safe to call from several threads.
#pragma once

double ck_lgamma(double x);   // log|Γ(x)|
double ck_digamma(double x);  // Γ′(x)/Γ(x)
double ck_trigamma(double x); // its derivative
