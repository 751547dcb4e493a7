"""examples/03_new_env.py runs as written and its environment, of at most 25 lines, keeps the contract."""

import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_the_walk_runs_and_every_check_passes(tmp_path: Path) -> None:
    command = [sys.executable, str(EXAMPLES / "03_new_env.py")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "reward 0.0, because wrong" in done.stdout
    assert " 0 fail" in done.stdout
    assert len((EXAMPLES / "run_length.py").read_text().splitlines()) <= 25
