# A loop over the elements of a vector; in Python, of a list, its quickest container.
from time import perf_counter

t = [float(i) for i in range(1_000_000)]


def work(t):
    s = 0.0
    for x in t:
        s += x
    return s


best = float("inf")
for turn in range(5):
    start = perf_counter()
    result = work(t)
    best = min(best, perf_counter() - start)
print(f"{result:.9e} {best * 1e6:.1f}")
