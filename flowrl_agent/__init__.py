"""FlowRL agents: policies, algorithms and training over any Gymnasium text environment.

Import the modules; this package imports nothing, so that `flowrl list` needs no torch.
"""
