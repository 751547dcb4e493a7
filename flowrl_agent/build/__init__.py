"""The composition root: the only library modules that name the concrete classes of every room.

`parts` makes environments, tokenizers and policies, `run` a trainer, `trial` an evaluation. Everything they build can
be built by hand.
"""
