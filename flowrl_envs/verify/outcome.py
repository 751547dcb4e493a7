"""What a comparison rule returns where it does not apply."""

from __future__ import annotations

from enum import Enum
from typing import Literal


class DoesNotApply(Enum):
    """The one value PASS."""

    PASS = 0


PASS: Literal[DoesNotApply.PASS] = DoesNotApply.PASS
Pass = Literal[DoesNotApply.PASS]
