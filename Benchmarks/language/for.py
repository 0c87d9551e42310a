# A loop over a range.
from time import perf_counter


def work(n):
    s = 0
    for i in range(n):
        s += i * i
    return s


best = float("inf")
for turn in range(5):
    start = perf_counter()
    result = work(1_000_000)
    best = min(best, perf_counter() - start)
print(f"{result:.9e} {best * 1e6:.1f}")
