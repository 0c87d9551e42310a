# Sorting by a key that is a function of the program.
from time import perf_counter

xs = [(i * 7919) % 100_003 for i in range(100_000)]


def work(xs):
    return sorted(xs, key=lambda x: -x)[1]


best = float("inf")
for turn in range(5):
    start = perf_counter()
    result = work(xs)
    best = min(best, perf_counter() - start)
print(f"{result:.9e} {best * 1e6:.1f}")
