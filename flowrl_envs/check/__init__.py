"""The contract of an environment, as library code: `flowrl_envs.check.run.check("FlowRL/Math-v0")` gives a report.

`run` puts the checks together, `report` is what they give, `subject` what they look at; the checks themselves are in
`items`, `scoring`, `episodes` and `isolation`, and `junk` holds the answers that must be worth nothing.
"""
