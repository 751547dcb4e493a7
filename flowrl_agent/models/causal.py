"""What policies and engines use of any causal language model of transformers: its body, its logits, no dropout."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from flowrl_envs.errors import UserError


def body(model: PreTrainedModel) -> nn.Module:
    """The model without its output layer; returns `last_hidden_state` (after the final norm)."""
    decoder: nn.Module = model.get_decoder()  # type: ignore[no-untyped-call]
    return decoder


def output_layer(model: PreTrainedModel) -> nn.Linear:
    """The layer from hidden states to logits."""
    layer: nn.Linear = model.get_output_embeddings()  # type: ignore[no-untyped-call]
    return layer


def logits_of(model: PreTrainedModel, hidden: Tensor) -> Tensor:
    """Logits [..., V] of last-layer hidden states [..., H].

    Some families do more than apply their output layer: Cohere multiplies, Granite divides, Gemma squashes.
    """
    config: Any = model.config
    logits: Tensor = output_layer(model)(hidden)
    if scale := getattr(config, "logit_scale", None):
        logits = logits * scale
    if divisor := getattr(config, "logits_scaling", None):
        logits = logits / divisor
    cap = getattr(config, "final_logit_softcapping", None)
    return torch.tanh(logits / cap) * cap if cap else logits


@torch.no_grad()
def check_head(model: PreTrainedModel) -> None:
    """Refuses a model whose logits `logits_of` does not reproduce.

    Raises:
        UserError: the model does something else to its logits.
    """
    training = model.training
    model.train(False)
    ids = torch.arange(2, device=model.device)[None]
    whole = model(input_ids=ids, use_cache=False).logits
    ours = logits_of(model, body(model)(input_ids=ids, use_cache=False).last_hidden_state)
    model.train(training)
    if not torch.allclose(whole.float(), ours.float(), rtol=1e-2, atol=1e-2):
        raise UserError(
            f"{type(model).__name__} does something to its logits that is not known here (known: logit_scale, "
            "logits_scaling, final_logit_softcapping). Add it to flowrl_agent/models/causal.py::logits_of."
        )


def without_dropout(model: nn.Module) -> None:
    """Switches off every dropout in place, those kept as plain numbers too."""
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
        for name, value in list(vars(module).items()):
            if "dropout" in name and isinstance(value, float):
                setattr(module, name, 0.0)
