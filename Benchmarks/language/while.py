# A scalar loop: the price of one turn.
from time import perf_counter


def work(n):
    s = 0.0
    i = 0.0
    while i < n:
        s = s + i * i
        i = i + 1.0
    return s


best = float("inf")
for turn in range(5):
    start = perf_counter()
    result = work(1_000_000)
    best = min(best, perf_counter() - start)
print(f"{result:.9e} {best * 1e6:.1f}")
