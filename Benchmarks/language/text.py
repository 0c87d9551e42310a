# A text that grows by one character at a time.
from time import perf_counter


def work(n):
    s = ""
    for i in range(n):
        s += "x"
    return len(s)


best = float("inf")
for turn in range(5):
    start = perf_counter()
    result = work(200_000)
    best = min(best, perf_counter() - start)
print(f"{result:.9e} {best * 1e6:.1f}")
