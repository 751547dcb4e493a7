"""Pure tensor maths, shared by the algorithms: no models, no configuration, no state.

`shapes` (checks), `masked` (reductions), `advantages`, `divergences`, `ratios`, `surrogate`, `flow`, `diagnostics`.
Every function checks shapes first, works in float32 or better, and lets nothing off the mask through, NaN included.
"""
