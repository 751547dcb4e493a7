"""The maths verifier: `verify(response, reference)` decides whether a text answers a problem.

The walk is in `api.py`: bounds (`limits`), one answer (`extract`, `scan`, `prose`), numbers (`literals`), words
(`words`, `clock`), typed trees (`tokens`, `parse`, `nodes`), their comparison (`compare` and its rules), exact
rationals and balls (`exact`, `scalar`, `agreement`), symbolic workers (`symbolic`, `pool`, `worker`). See
docs/verifier.md.
"""

from flowrl_envs.verify.api import verify, verify_many, warm_up
from flowrl_envs.verify.limits import DEFAULT, Limits, Mode, Options
from flowrl_envs.verify.reference import Reference, check_references, parse_reference
from flowrl_envs.verify.result import Flag, MathVerdict, Stage

__all__ = [
    "DEFAULT",
    "Flag",
    "Limits",
    "MathVerdict",
    "Mode",
    "Options",
    "Reference",
    "Stage",
    "check_references",
    "parse_reference",
    "verify",
    "verify_many",
    "warm_up",
]
