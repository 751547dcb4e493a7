"""Where problems come from: numbered procedural items, files, and data sets of the Hugging Face hub."""
