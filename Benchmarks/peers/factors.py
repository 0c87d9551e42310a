"""PCA and factor analysis of scikit-learn on the data of Benchmarks/engine's `factors`.

Usage: factors.py data FILE ROWS COLUMNS LATENT
       factors.py ppca|factor_analysis FILE ROWS COLUMNS LATENT REPEATS
Prints the median seconds of a fit and the mean log-likelihood it reached.
"""

import statistics
import sys
import time

import numpy


def write(path, rows, columns, latent):
    """x = z W + mean + noise of its own size in every column."""
    random = numpy.random.default_rng(1)
    loadings = random.normal(size=(latent, columns)) * 0.3
    noise = 0.2 + random.random(columns)
    x = random.normal(size=(rows, latent)) @ loadings + random.random(columns)
    x += random.normal(size=(rows, columns)) * noise
    x.tofile(path)


def fit(name, x, latent):
    from sklearn.decomposition import PCA, FactorAnalysis

    if name == "ppca":
        return PCA(latent, svd_solver="covariance_eigh").fit(x)
    return FactorAnalysis(latent).fit(x)


name, path, rows, columns, latent = sys.argv[1:3] + [int(a) for a in sys.argv[3:6]]
if name == "data":
    write(path, rows, columns, latent)
    sys.exit()
x = numpy.fromfile(path).reshape(rows, columns)
fit(name, x[:1000], latent)
times = []
for _ in range(int(sys.argv[6])):
    start = time.perf_counter()
    model = fit(name, x, latent)
    times.append(time.perf_counter() - start)
# The log-likelihood of the same data; PCA's noise divides by n - 1.
print(f"{statistics.median(times):.4f} {model.score(x):.6f}")
