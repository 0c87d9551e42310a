# Calls inside the arguments of calls.
from time import perf_counter


def h(x):
    return x + 1


def g(x):
    return 2 * x


def f(x):
    return x - 3


def work(n):
    s = 0
    for i in range(n):
        s += f(g(h(i)))
    return s


best = float("inf")
for turn in range(5):
    start = perf_counter()
    result = work(300_000)
    best = min(best, perf_counter() - start)
print(f"{result:.9e} {best * 1e6:.1f}")
