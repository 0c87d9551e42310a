# Recursion: the price of one call.
from time import perf_counter


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


best = float("inf")
for turn in range(5):
    start = perf_counter()
    result = fib(24)
    best = min(best, perf_counter() - start)
print(f"{result:.9e} {best * 1e6:.1f}")
