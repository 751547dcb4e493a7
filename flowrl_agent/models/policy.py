"""The policy: a causal language model from Hugging Face, with the heads that an algorithm asked for.

`forward` turns a `Batch` into log-probabilities at the rollout temperature, an entropy, and where the heads exist
log Z of each prompt and the critic's values. It holds no optimiser and generates nothing (`rollout/` does). Only
`rollout_state` ever leaves for an engine: heads stay here.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoModelForCausalLM, PreTrainedModel

from flowrl_agent.models.causal import body, check_head, logits_of, output_layer, without_dropout
from flowrl_agent.models.heads import LogZConfig, LogZHead, ValueConfig, ValueHead, pool_prompt
from flowrl_agent.models.likelihood import CHUNK_FLOATS, token_stats
from flowrl_agent.types import Batch, PolicyOutput
from flowrl_envs.errors import UserError


class Policy(nn.Module):
    """A language model seen as a distribution over the agent's tokens.

    Args:
        model: any causal language model of transformers; its dropout is switched off, since a ratio of two
            log-probabilities of one token must not depend on two random masks.
        log_z: builds the log-Z head, for algorithms whose `Needs.log_z` is set.
        value: builds the critic, for algorithms whose `Needs.value` is set.
        chunk_floats: how many logits are held at once.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        log_z: LogZConfig | None = None,
        value: ValueConfig | None = None,
        chunk_floats: int = CHUNK_FLOATS,
    ) -> None:
        super().__init__()
        self.model = model
        self.chunk_floats = chunk_floats
        without_dropout(model)
        check_head(model)
        size, device = model.config.get_text_config().hidden_size, model.device
        self.value_config = value
        self.log_z = LogZHead(size, log_z).to(device) if log_z else None
        self.value = ValueHead(size, value.zero_init).to(device) if value else None
        self.critic = copy.deepcopy(body(model)) if value and value.backbone == "separate" else None

    @classmethod
    def load(
        cls,
        folder: str | Path,
        log_z: LogZConfig | None = None,
        value: ValueConfig | None = None,
        dtype: torch.dtype = torch.float32,
    ) -> Policy:
        """Reads a Hugging Face folder (or hub id) and puts heads on it.

        Raises:
            OSError: transformers found no model there.
        """
        return cls(AutoModelForCausalLM.from_pretrained(str(folder), dtype=dtype), log_z, value)

    def forward(self, batch: Batch, temperature: float) -> PolicyOutput:
        """Everything an algorithm's loss may ask of the policy.

        Args:
            batch: padded on either side; padding changes no result.
            temperature: > 0, the temperature of the rollout.
        """
        hidden = _states(body(self.model), batch)
        logp, entropy = self._token_stats(hidden, batch, temperature)
        return PolicyOutput(logp, entropy, self._log_z(hidden, batch), self._value(hidden, batch))

    @torch.no_grad()
    def logp(self, batch: Batch, temperature: float) -> Tensor:
        """Log-probabilities alone, [B, T] float32, 0 off the mask; no gradient, no heads."""
        return self._token_stats(_states(body(self.model), batch), batch, temperature)[0]

    def reference(self) -> Policy:
        """A frozen copy of the language model as it is now, without heads."""
        frozen = Policy(copy.deepcopy(self.model), chunk_floats=self.chunk_floats)
        return frozen.requires_grad_(False).eval()

    @torch.no_grad()
    def follow(self, other: Policy, decay: float) -> None:
        """Moves this (reference) policy towards `other`: an exponential moving average, 1 keeps it as it is."""
        for mine, theirs in zip(self.model.parameters(), other.model.parameters(), strict=True):
            mine.lerp_(theirs, 1 - decay)

    def rollout_state(self) -> dict[str, Tensor]:
        """The weights an engine needs, under the names of the Hugging Face model; heads are not among them."""
        return dict(self.model.state_dict())

    def parameter_groups(
        self, lr: float, head_lr: float | None = None, critic_lr: float | None = None, weight_decay: float = 0.0
    ) -> list[dict[str, Any]]:
        """Groups for an optimiser: decay on matrices only, and a learning rate of their own for log Z and critic.

        Args:
            lr: of the language model.
            head_lr: of the log-Z head, `lr` if None (the paper uses one rate for both).
            critic_lr: of the value head and the critic's body, `lr` if None.
            weight_decay: on weights of two or more dimensions; never on biases, norms and scalars.
        """
        rates = {"model": lr, "log_z": head_lr, "value": critic_lr, "critic": critic_lr}
        groups: list[dict[str, Any]] = []
        for name, child in self.named_children():
            rate = rates[name] if rates[name] is not None else lr
            trained = [p for p in child.parameters() if p.requires_grad]
            for decayed in (True, False):
                members = [p for p in trained if (p.ndim > 1) == decayed]
                if members:
                    decay = weight_decay if decayed else 0.0
                    groups.append({"params": members, "lr": rate, "weight_decay": decay, "name": name})
        return groups

    def head_parameters(self) -> Iterator[nn.Parameter]:
        """Parameters outside the language model."""
        return (p for name, p in self.named_parameters() if not name.startswith("model."))

    def _token_stats(self, hidden: Tensor, batch: Batch, temperature: float) -> tuple[Tensor, Tensor]:
        """The agent's tokens alone go through the output layer; results are laid back on [B, T]."""
        if temperature <= 0:
            raise UserError(f"temperature={temperature}: log-probabilities need a temperature above 0.")
        states, targets = hidden[:, :-1][batch.mask], batch.tokens[:, 1:][batch.mask]
        vocab = output_layer(self.model).weight.shape[0]
        stats = token_stats(lambda x: logits_of(self.model, x), states, targets, temperature, self.chunk_floats, vocab)
        zero = torch.zeros(batch.mask.shape, device=hidden.device)
        logp, entropy = (zero.masked_scatter(batch.mask, s) for s in stats)
        return logp, entropy

    def _log_z(self, hidden: Tensor, batch: Batch) -> Tensor | None:
        """From prompt states alone: a causal model's do not depend on what follows, so a group shares one value."""
        if self.log_z is None:
            return None
        states = hidden.detach() if self.log_z.config.detach else hidden
        out: Tensor = self.log_z(pool_prompt(states, batch.prompt, self.log_z.config.pool))
        return out

    def _value(self, hidden: Tensor, batch: Batch) -> Tensor | None:
        if self.value is None or self.value_config is None:
            return None
        if self.critic is not None:
            hidden = _states(self.critic, batch)
        elif self.value_config.detach:
            hidden = hidden.detach()
        values = self.value(hidden[:, :-1][batch.mask])
        return torch.zeros(batch.mask.shape, device=hidden.device).masked_scatter(batch.mask, values)


def _states(network: nn.Module, batch: Batch) -> Tensor:
    """Last-layer hidden states [B, L, H].

    A causal model never looks right, so padding on the right needs no mask (and the attention kernel keeps its fast
    path); padding on the left gets a mask and shifted positions.
    """
    if bool((batch.attention[:, 1:] <= batch.attention[:, :-1]).all()):
        out = network(input_ids=batch.tokens, use_cache=False)
    else:
        mask = batch.attention.long()
        positions = (mask.cumsum(1) - 1).clamp(min=0)
        out = network(input_ids=batch.tokens, attention_mask=mask, position_ids=positions, use_cache=False)
    hidden: Tensor = out.last_hidden_state
    return hidden
