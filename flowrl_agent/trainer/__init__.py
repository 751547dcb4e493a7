"""Training: `loop` iterates, `sampling` draws, `learner` steps, `record` says what a rollout was, `state` saves."""
