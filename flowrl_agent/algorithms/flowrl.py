"""FlowRL: match the distribution exp(beta r) / Z instead of maximising r. https://arxiv.org/abs/2509.15207.

    delta = log Z(x) + 1/|y| log pi(y|x) - beta r_hat - 1/|y| log pi_ref(y|x)
    loss  = mean over sequences of  w delta^2,    w = clip(pi(y|x) / pi_old(y|x), 1 - eps, 1 + eps), detached

Where the paper and its released code disagree, `FlowRLConfig` names both, and `presets` holds `paper`, `released`
(September 2025: w is not clipped) and `released_today` (w is capped at 10). Deviations from both:

1. A sample alone in its group is centred to 0; the released code leaves its reward as it is.
2. The micro-batch scaling is exact; the September code scales by a wrong constant with dynamic batches.
3. The group's log Z is computed once a rollout from pi_old, so that a split of a mini-batch changes nothing.
4. eps is not given in the paper; 0.2 on both sides is the default of the code it builds on.

What log Z sees of the prompt and the shape of its head belong to the model: `flowrl_agent.models.heads.LogZConfig`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, NamedTuple, get_args, get_origin, get_type_hints

import torch
from torch import Tensor

from flowrl_agent.algorithms.base import Algorithm, Needs
from flowrl_agent.ops import flow
from flowrl_agent.ops.advantages import EPSILON, centre, standardise
from flowrl_agent.ops.diagnostics import flow_stats, policy_stats
from flowrl_agent.ops.masked import exact_enough, lengths, on_mask, sequence_mean
from flowrl_agent.ops.ratios import geometric_ratio, safe_exp, sequence_ratio, token_log_ratio
from flowrl_agent.ops.shapes import check_rows, need
from flowrl_agent.types import AllSum, Batch, LossOutput, PolicyOutput, one_rank
from flowrl_envs.errors import UserError, did_you_mean


@dataclass(frozen=True, slots=True)
class FlowRLConfig:
    """Every choice on which the paper, its code and its descendants differ.

    Attributes:
        beta: nats by which a unit of (shaped) reward lifts a response, per token or per sequence. The paper's 15 a
            token is meant for thousands of tokens; answers of ten tokens want 0.3 to 1 (see `flow/unmatched`).
        beta_per: "token" (paper) multiplies beta by |y|, "sequence" does not.
        length: "mean" divides the residual's log-ratio by |y| (paper), "none" does not (trajectory balance).
        reward: "standardised" within the group (paper), "centred", or "raw".
        log_z: "learned" by the model's head (paper: MLP; the head may also be one scalar), "group" mean (VarGrad, TBA),
            "batch" mean, "constant" (`log_z_value`), "noise" (normal, `log_z_noise`), "none" (0).
        log_z_value: the constant.
        log_z_noise: the standard deviation of the noise; drawn anew for each prompt and rollout.
        weight: importance weight from the product of token ratios ("sequence", paper and code), its |y|-th root
            ("geometric"), each "token"'s own (on its own gradient), or "none".
        clip: "two_sided" to [1 - clip_low, 1 + clip_high] (paper), "cap" at `cap` (code today), "off" (September code).
        clip_low: eps below.
        clip_high: eps above.
        cap: upper bound of the weight under "cap".
        residual_low: the residual pulls as if it were at least -residual_low.
        residual_high: and at most residual_high.
        reference: "frozen" (paper), "old", the policy before the rollout's first update (GVPO), or "ema", the start
            following the policy with `reference_decay`.
        reference_decay: share of the reference that "ema" keeps after each rollout.
        epsilon: added to the group's standard deviation.
    """

    beta: float = 15.0
    beta_per: flow.Per = "token"
    length: flow.Normalisation = "mean"
    reward: Literal["standardised", "centred", "raw"] = "standardised"
    log_z: Literal["learned", "group", "batch", "constant", "noise", "none"] = "learned"
    log_z_value: float = 0.0
    log_z_noise: float = 1.0
    weight: Literal["sequence", "geometric", "token", "none"] = "sequence"
    clip: Literal["two_sided", "cap", "off"] = "two_sided"
    clip_low: float = 0.2
    clip_high: float = 0.2
    cap: float = 10.0
    residual_low: float = math.inf
    residual_high: float = math.inf
    reference: Literal["frozen", "old", "ema"] = "frozen"
    reference_decay: float = 0.99
    epsilon: float = EPSILON

    def __post_init__(self) -> None:
        for name, hint in get_type_hints(type(self)).items():
            value = getattr(self, name)
            if get_origin(hint) is Literal and value not in get_args(hint):
                raise UserError(f"FlowRLConfig.{name} is {value!r}.{did_you_mean(str(value), get_args(hint))}")
        positive = {"beta": self.beta, "cap": self.cap, "residual_low": self.residual_low, "epsilon": self.epsilon}
        for name, value in {**positive, "residual_high": self.residual_high}.items():
            if not value > 0:
                raise UserError(f"FlowRLConfig.{name} is {value}; it must be above 0")
        if not 0 <= self.reference_decay < 1:
            raise UserError(f"FlowRLConfig.reference_decay is {self.reference_decay}; needs [0, 1)")
        if not 0 <= self.clip_low <= 1 or not self.clip_high >= 0:
            raise UserError(
                f"FlowRLConfig.clip_low is {self.clip_low} and clip_high {self.clip_high}; needs [0, 1] and >= 0"
            )

    @property
    def balance(self) -> flow.Balance:
        """The three choices that make the residual."""
        return flow.Balance(self.beta, self.beta_per, self.length)


def clip_weight(ratio: Tensor, config: FlowRLConfig) -> Tensor:
    """The weight that the configuration makes of a ratio, detached."""
    ratio = ratio.detach()
    if config.clip == "two_sided":
        return ratio.clamp(1.0 - config.clip_low, 1.0 + config.clip_high)
    return ratio.clamp(max=config.cap) if config.clip == "cap" else ratio


def importance_weight(logp: Tensor, logp_old: Tensor, mask: Tensor, config: FlowRLConfig) -> tuple[Tensor, Tensor]:
    """(ratio, weight), both detached: [B], or [B, T] where `config.weight` is "token"; all 1 where it is "none"."""
    if config.weight == "sequence":
        ratio = sequence_ratio(logp, logp_old, mask)
    elif config.weight == "geometric":
        ratio = geometric_ratio(logp, logp_old, mask)
    elif config.weight == "token":
        ratio = safe_exp(token_log_ratio(logp, logp_old, mask))
    else:
        ratio = torch.ones_like(lengths(mask))
    return ratio.detach(), clip_weight(ratio, config)


class FlowTerms(NamedTuple):
    """What the loss is made of; `loss` and `delta` carry gradient.

    Attributes:
        loss: [B], w delta^2, to be averaged over sequences.
        delta: [B], the residual after its clip.
        ratio: [B], or [B, T] for token weights, before the clip.
        weight: the same shape, after the clip.
    """

    loss: Tensor
    delta: Tensor
    ratio: Tensor
    weight: Tensor


def flowrl_loss(
    logp: Tensor, logp_old: Tensor, logp_ref: Tensor, mask: Tensor, score: Tensor, log_z: Tensor, config: FlowRLConfig
) -> FlowTerms:
    """The FlowRL loss of each response.

    Args:
        logp: [B, T] of the policy, with gradient.
        logp_old: [B, T] of the behaviour policy.
        logp_ref: [B, T] of the reference.
        mask: [B, T] bool, the agent's tokens.
        score: [B], the shaped reward r_hat.
        log_z: [B], with gradient where it is learned.
        config: the choices.
    """
    check_rows(mask.shape[0], log_z=log_z)
    ratio, weight = importance_weight(logp, logp_old, mask, config)
    if config.weight == "token":  # the value of log pi, each token's gradient times its own weight
        logp = logp.detach() + on_mask(weight, mask) * (logp - logp.detach())
    residual = exact_enough(log_z) + flow.gap(logp, logp_ref, mask, score, config.balance)
    delta = flow.clip_gap(residual, config.residual_low, config.residual_high)
    loss = delta.square() if config.weight == "token" else weight * delta.square()
    return FlowTerms(loss, delta, ratio, weight)


class FlowRL(Algorithm):
    """The objective above on rollouts in groups."""

    Config = FlowRLConfig
    presets: ClassVar[Mapping[str, Any]] = {
        "paper": FlowRLConfig(),
        "released": FlowRLConfig(clip="off"),
        "released_today": FlowRLConfig(clip="cap"),
        "moderate": FlowRLConfig(beta=1.0, reward="raw"),
    }
    config: FlowRLConfig

    @property
    def needs(self) -> Needs:
        """The reference unless it is pi_old; a log Z head where log Z is learned."""
        decay = self.config.reference_decay if self.config.reference == "ema" else 1.0
        return Needs(self.config.reference != "old", self.config.log_z == "learned", reference_decay=decay)

    @property
    def target(self) -> flow.Balance | None:
        """Fixed where rewards are raw and the reference does not move."""
        return self.config.balance if self.config.reward == "raw" and self.config.reference == "frozen" else None

    def prepare(self, batch: Batch, all_sum: AllSum = one_rank) -> Batch:
        """Shapes the reward within its group, and computes the log Z that is not learned."""
        config = self.config
        score = torch.where(batch.graded, batch.reward, 0.0)
        if config.reward == "standardised":
            score = standardise(score, batch.group, batch.graded, config.epsilon)
        elif config.reward == "centred":
            score = centre(score, batch.group, batch.graded)
        ref = self._reference(batch)
        gap = flow.gap(batch.logp_old, ref, batch.mask, score, config.balance).detach()
        group = flow.group_log_z(gap, batch.group, batch.graded)
        return replace(batch, score=score, log_z=self._log_z(batch, gap, group, all_sum), log_z_group=group)

    def loss(self, batch: Batch, out: PolicyOutput) -> LossOutput:
        """Sums w delta^2 over graded rows and divides by the step's sequences."""
        log_z = batch.log_z if batch.log_z is not None else out.log_z
        log_z = need("log_z", log_z, "prepare() computes it, or the policy's log Z head where log_z='learned'")
        score = need("score", batch.score, "call prepare() on the rollout first")
        terms = flowrl_loss(out.logp, batch.logp_old, self._reference(batch), batch.mask, score, log_z, self.config)
        stats = flow_stats(batch, terms.delta, terms.weight, log_z, score, self.config.balance)
        clipped = None if self.config.weight == "none" else terms.weight != terms.ratio
        loss = sequence_mean(terms.loss, batch.graded, batch.sequences)
        return LossOutput(loss, stats + policy_stats(batch, out, clipped))

    def _reference(self, batch: Batch) -> Tensor:
        if self.config.reference == "old":
            return batch.logp_old
        return need("logp_ref", batch.logp_ref, "FlowRL needs the reference policy (Needs.reference)")

    def _log_z(self, batch: Batch, gap: Tensor, group: Tensor, all_sum: AllSum) -> Tensor | None:
        source = self.config.log_z
        if source == "learned":
            return None
        if source == "group":
            return group
        if source == "batch":
            return flow.batch_log_z(gap, batch.graded, all_sum)
        if source == "noise":
            return flow.noise_log_z(
                batch.tokens * batch.attention * batch.graded[:, None], batch.group, self.config.log_z_noise
            ).to(gap)
        return torch.full_like(gap, self.config.log_z_value if source == "constant" else 0.0)
