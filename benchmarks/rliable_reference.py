"""Prints what rliable says of one data set: the reference numbers in tests/agent/test_aggregate.py.

Run in an environment of its own, since rliable is no dependency: pip install rliable==1.2.0, then
python benchmarks/rliable_reference.py. The data are made by the formula below, which the test repeats.
"""

import json

import numpy as np
from rliable import library, metrics


def scores(shift: float, runs: int) -> np.ndarray:
    """[runs, 4] numbers with ties, outliers and values above 1."""
    s, e = np.meshgrid(np.arange(runs), np.arange(4), indexing="ij")
    return np.round(0.5 + 0.1 * e + shift + 0.35 * np.sin(2.3 * s + 1.7 * e), 2)


def main() -> None:
    x, y = scores(0.08, 10), scores(0.0, 7)
    taus = np.array([0.2, 0.5, 0.8, 1.1])
    aggregates = {
        "iqm": metrics.aggregate_iqm,
        "mean": metrics.aggregate_mean,
        "median": metrics.aggregate_median,
        "optimality_gap": metrics.aggregate_optimality_gap,
    }
    out: dict[str, object] = {}
    for name, aggregate in aggregates.items():
        np.random.seed(0)
        point, bounds = library.get_interval_estimates({"x": x}, lambda s, f=aggregate: np.array([f(s)]), reps=20000)
        out[name] = [float(point["x"][0]), *map(float, bounds["x"][:, 0])]
    np.random.seed(0)
    point, bounds = library.get_interval_estimates(
        {"xy": [x, y]}, lambda a, b: np.array([metrics.probability_of_improvement(a, b)]), reps=5000
    )
    out["improvement"] = [float(point["xy"][0]), *map(float, bounds["xy"][:, 0])]
    np.random.seed(0)
    share, bands = library.create_performance_profile({"x": x}, taus, reps=20000)
    out["profile"] = [share["x"].tolist(), *bands["x"].tolist()]
    print(json.dumps(out, indent=1))


if __name__ == "__main__":
    main()
