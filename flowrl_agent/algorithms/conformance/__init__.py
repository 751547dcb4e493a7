"""What `flowrl_agent.algorithms.check` is made of: a probe batch, comparisons, and one function a property."""
