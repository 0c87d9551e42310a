# A loop that indexes a vector; in Python, a list, its quickest container.
from time import perf_counter

t = [float(i) for i in range(1_000_000)]


def work(t):
    s = 0.0
    for i in range(len(t)):
        s += t[i]
    return s


best = float("inf")
for turn in range(5):
    start = perf_counter()
    result = work(t)
    best = min(best, perf_counter() - start)
print(f"{result:.9e} {best * 1e6:.1f}")
