"""The bridge to the corpora's scorer: judge(row) -> True, False, or None where no verdict was reached."""

from __future__ import annotations

from typing import Any

from flowrl_envs.errors import DataError
from flowrl_envs.verify import Mode, verify, warm_up

MODES = {"bare": Mode.BARE, "response": Mode.AUTO, "mcq": Mode.CHOICE}

warm_up()


def judge(row: dict[str, Any]) -> bool | None:
    """Judges one row; a reference that cannot be read matches nothing."""
    try:
        return verify(row["pred"], row["gold"], question=row.get("question"), mode=MODES[row["kind"]]).correct
    except DataError:
        return False
