"""Declarations of the environments: cards, and their registration with Gymnasium."""
