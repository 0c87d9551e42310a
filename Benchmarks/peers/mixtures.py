"""One step of EM in scikit-learn, for scripts/compare-mixtures.

Usage: mixtures.py full|diag. Prints the milliseconds of a step: the difference of a long and a short
run, so that the start does not count.
"""

import sys
import time
import warnings

import numpy
from sklearn.mixture import GaussianMixture

CASES = {"full": (100_000, 16, 16, 6), "diag": (1_000_000, 8, 8, 6)}


def seconds(data, components, family, steps):
    model = GaussianMixture(
        components, covariance_type=family, max_iter=steps, tol=0, init_params="random",
        random_state=1)
    start = time.perf_counter()
    model.fit(data)
    return time.perf_counter() - start


warnings.filterwarnings("ignore")
family = sys.argv[1]
rows, columns, components, steps = CASES[family]
data = numpy.random.default_rng(1).standard_normal((rows, columns))
short = seconds(data, components, family, 1)
print((seconds(data, components, family, steps) - short) / (steps - 1) * 1e3)
