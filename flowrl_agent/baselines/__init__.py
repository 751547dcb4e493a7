"""The baselines room."""
