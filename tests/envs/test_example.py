"""examples/01_custom_loop.py runs and gets the sums right and the differences wrong."""

import re
import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).parents[2] / "examples" / "01_custom_loop.py"


def test_the_custom_loop_runs():
    done = subprocess.run([sys.executable, "-W", "error", EXAMPLE], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    accuracy = float(re.search(r"accuracy:\s+([\d.]+) over 32 problems", done.stdout).group(1))
    assert 0.2 < accuracy < 0.9
