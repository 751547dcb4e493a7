"""The algorithms room."""
