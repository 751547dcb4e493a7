"""What a checkpoint of a training run holds, and how a run takes it up again bit for bit.

`model/` is an ordinary Hugging Face folder that `flowrl eval` reads; `heads.safetensors` are log Z and critic;
`state.pt` is the optimiser, the count of updates and the random generators of every rank. Problems and sampling need
no state: they are functions of (seed, iteration).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from accelerate.utils import gather_object
from safetensors.torch import load_file, save_file

from flowrl_agent.checkpoint import CheckpointError, Checkpoints, random_state, set_random_state
from flowrl_agent.models.chat import Codec
from flowrl_agent.models.policy import Policy
from flowrl_agent.trainer.learner import Learner

REFERENCE = "reference"
"""Folder of a checkpoint that holds a reference which has moved; one that has not is the run's start."""


def save_policy(policy: Policy, codec: Codec, folder: Path) -> None:
    """Writes `model/` (weights and tokenizer) and the heads."""
    policy.model.save_pretrained(folder / "model")
    codec.tokenizer.save_pretrained(folder / "model")
    heads = {k: v.detach().cpu().contiguous() for k, v in _heads(policy).items()}
    if heads:
        save_file(heads, folder / "heads.safetensors")


def load_heads(policy: Policy, folder: Path) -> None:
    """Puts saved heads into a policy whose model was read from `model/`.

    Raises:
        CheckpointError: the checkpoint has other heads than the policy.
    """
    path = folder / "heads.safetensors"
    saved = load_file(path) if path.exists() else {}
    own = _heads(policy)
    if saved.keys() != own.keys():
        raise CheckpointError(
            f"Checkpoint {str(folder)!r} has the heads {sorted(saved)[:4]} and the run needs {sorted(own)[:4]}: "
            "the algorithm was changed. Start a new run with --model on the checkpoint's model folder."
        )
    policy.load_state_dict(saved, strict=False)


def save_state(learner: Learner, codec: Codec, checkpoints: Checkpoints, step: int, score: float | None) -> None:
    """Makes the checkpoint of `step`, on the main process."""
    states = gather_object([random_state()])

    def write(folder: Path) -> None:
        save_policy(learner.policy, codec, folder)
        if learner.reference is not None and learner.algorithm.needs.reference_decay < 1:
            learner.reference.model.save_pretrained(folder / REFERENCE)
        state = {"step": step, "updates": learner.updates, "random": states, "optimizer": _optimizer_state(learner)}
        torch.save(state, folder / "state.pt")

    if learner.accelerator.is_main_process:
        checkpoints.save(step, write, score)
    learner.accelerator.wait_for_everyone()


def load_state(learner: Learner, folder: Path) -> int:
    """Restores optimiser, counters and random generators; returns the iterations done.

    The policy's weights must have been read before (`Policy.load` and `load_heads`).
    """
    state = torch.load(folder / "state.pt", map_location="cpu", weights_only=True)
    learner.optimizer.load_state_dict(state["optimizer"])
    learner.updates = int(state["updates"])
    states, rank = state["random"], learner.accelerator.process_index
    if len(states) == learner.accelerator.num_processes:
        set_random_state(states[rank])
    return int(state["step"])


def _heads(policy: Policy) -> dict[str, torch.Tensor]:
    return {name: value for name, value in policy.state_dict().items() if not name.startswith("model.")}


def _optimizer_state(learner: Learner) -> dict[str, Any]:
    state: dict[str, Any] = learner.optimizer.state_dict()
    return state
