"""How the peers are timed."""
import time


def best(function, seconds, least=10):
    """The fastest of at least so many runs, in seconds."""
    for _ in range(3):
        function()
    fastest, runs, end = float("inf"), 0, time.perf_counter() + seconds
    while runs < least or time.perf_counter() < end:
        start = time.perf_counter()
        function()
        fastest = min(fastest, time.perf_counter() - start)
        runs += 1
    return fastest
