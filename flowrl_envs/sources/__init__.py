"""Where problems come from: numbered procedural items, files, and Hugging Face data sets."""

from flowrl_envs.sources.numbered import Numbered

__all__ = ["Numbered"]
