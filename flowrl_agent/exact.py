"""How far a policy is from what it should become, exactly, where all responses (or all right ones) can be listed.

The policy's probability of a listed response is that of its tokens and of the end of the turn. All other text is
lumped into one remainder that earns the floor, so total variation and both KL are of the partition {each listed
response, the rest}: exact there, and never more than the distance over all text. A response has one tokenisation here,
the tokenizer's own; `exact_listed` says how much of the policy that and the list account for. The names of the
measures are explained on docs/metrics.md; `distance` has the maths.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray

from flowrl_agent.batching import make_batch, to
from flowrl_agent.distance import among, distance, expected_coverage, kl, target, with_rest
from flowrl_agent.models.chat import Codec
from flowrl_agent.models.policy import Policy
from flowrl_agent.ops.flow import Balance
from flowrl_agent.types import Outcome, Rollout

MOST = 1024
"""Listed responses of one evaluation, by default; problems beyond have no exact measures."""
ROWS = 256
"""Sequences of one forward pass."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What can be answered to a problem.

    Attributes:
        prompt: the problem.
        responses: n distinct texts, at least one.
        rewards: n, the environment's.
        right: n flags.
        complete: whether these are all responses, or only all right ones.
        floor: the reward of any other text; it counts where the list is complete.
    """

    prompt: str
    responses: tuple[str, ...]
    rewards: tuple[float, ...]
    right: tuple[bool, ...]
    complete: bool
    floor: float = 0.0


@dataclass(frozen=True, slots=True)
class Gauge:
    """What a policy is measured with.

    Attributes:
        codec: of the policy's model.
        temperature: of policy and reference, above 0.
        max_new_tokens: a response that does not fit has probability 0; one that just fits needs no end token.
        samples: k of the expected coverage.
        reference: the target's, or None: then only probabilities of right answers are measured.
        balance: the target.
        own: the balance that the policy's log Z was trained for, None where it has no log Z of a fixed target.
    """

    codec: Codec
    temperature: float
    max_new_tokens: int
    samples: int
    reference: Policy | None = None
    balance: Balance = field(default_factory=lambda: Balance(1.0))
    own: Balance | None = None


@dataclass(frozen=True, slots=True)
class Scored:
    """A policy's view of a listing: log-probabilities [n] (-inf for what cannot be written) and token counts [n]."""

    logp: NDArray[np.float64]
    length: NDArray[np.float64]


@torch.no_grad()
def measure(
    policy: Policy, listings: Sequence[Listing | None], gauge: Gauge, frozen: Sequence[Scored] | None = None
) -> list[dict[str, float]]:
    """The measures of every problem, by name; none for a problem without a list.

    Args:
        policy: what is measured.
        listings: one a problem.
        gauge: how.
        frozen: what `reference_scores` said of these listings, for a reference that has not changed since.
    """
    known = _known(listings)
    if not known:
        return [{} for _ in listings]
    logp = log_probs(policy, known, gauge)
    ref: Sequence[Scored | None] = reference_scores(listings, gauge) if frozen is None else frozen
    log_z = _log_z(policy, known, gauge)
    found = iter(
        {
            **probabilities(listing, p.logp, gauge.samples),
            **({} if q is None else distances(listing, p, q, gauge, z)),
        }
        for listing, p, q, z in zip(known, logp, ref or [None] * len(known), log_z, strict=True)
    )
    return [next(found) if listing is not None else {} for listing in listings]


def reference_scores(listings: Sequence[Listing | None], gauge: Gauge) -> list[Scored]:
    """The reference's view of every listing that there is; none without a reference."""
    known = _known(listings)
    return log_probs(gauge.reference, known, gauge) if gauge.reference is not None and known else []


def probabilities(listing: Listing, logp: NDArray[np.float64], samples: int) -> dict[str, float]:
    """What needs no reference: mass on right and on all listed responses, and the coverage that it implies."""
    right = np.asarray(listing.right)
    out = {"exact_right": float(np.exp(logp[right]).sum())}
    if right.any():
        out["exact_coverage"] = expected_coverage(logp[right], samples)
    if listing.complete:
        out["exact_listed"] = float(np.exp(logp).sum())
    return out


def distances(
    listing: Listing, policy: Scored, reference: Scored, gauge: Gauge, log_z: float | None
) -> dict[str, float]:
    """Distances to the target, over everything where the list is complete, and among right answers."""
    right = np.asarray(listing.right)
    if not listing.complete:
        tilted = reference.logp + gauge.balance.beta * np.asarray(listing.rewards)
        return _among_right(policy.logp, tilted, right)
    reward = np.append(listing.rewards, listing.floor)
    ref = with_rest(reference.logp)
    length = np.append(reference.length, np.average(reference.length, weights=np.exp(reference.logp) + 1e-300))
    goal = target(ref, reward, length, gauge.balance)
    gap = distance(with_rest(policy.logp), goal.logp)
    out = {"exact_tv": gap.tv, "exact_kl": gap.kl, "exact_kl_reverse": gap.kl_reverse}
    out = {name: value for name, value in out.items() if math.isfinite(value)}
    if log_z is not None and gauge.own is not None:
        out["exact_log_z_error"] = abs(log_z - target(ref, reward, length, gauge.own).log_z)
    return out | _among_right(policy.logp, goal.logp[:-1], right)


def log_probs(policy: Policy, listings: Sequence[Listing], gauge: Gauge) -> list[Scored]:
    """Of every listed response under a policy."""
    rows = [_row(gauge, listing.prompt, text) for listing in listings for text in listing.responses]
    parts = []
    for start in range(0, len(rows), ROWS):
        batch = to(make_batch(rows[start : start + ROWS], gauge.codec.pad_id), policy.model.device)
        parts.append(policy.logp(batch, gauge.temperature).double().sum(1).cpu().numpy())
    logp = np.concatenate(parts)
    length = np.array([float(sum(row.agent_mask)) for row in rows])
    logp[[row.truncated for row in rows]] = -math.inf
    cuts = np.cumsum([len(listing.responses) for listing in listings])[:-1]
    return [Scored(p, n) for p, n in zip(np.split(logp, cuts), np.split(length, cuts), strict=True)]


def _known(listings: Sequence[Listing | None]) -> list[Listing]:
    return [listing for listing in listings if listing is not None]


def _row(gauge: Gauge, prompt: str, text: str) -> Rollout:
    """A response as if it had been sampled; `truncated` where the token budget is too small for it."""
    asked, said = gauge.codec.prompt(prompt), gauge.codec.answer(text)
    whole = len(said) - 1 <= gauge.max_new_tokens
    said = said[: gauge.max_new_tokens]
    size = len(asked) + len(said)
    mask = (False,) * len(asked) + (True,) * len(said)
    nothing = (0.0,) * size
    return Rollout(0, (*asked, *said), mask, nothing, len(asked), nothing, not whole, Outcome(0.0), ())


def _log_z(policy: Policy, listings: Sequence[Listing], gauge: Gauge) -> Sequence[float | None]:
    """What the policy's head says of each prompt."""
    head = policy.log_z
    if head is None or gauge.own is None or gauge.reference is None:
        return [None] * len(listings)
    training = head.training
    head.train(False)
    out: list[float | None] = []
    for start in range(0, len(listings), ROWS):
        rows = [_row(gauge, listing.prompt, listing.responses[0]) for listing in listings[start : start + ROWS]]
        said = policy(to(make_batch(rows, gauge.codec.pad_id), policy.model.device), gauge.temperature).log_z
        out += said.double().cpu().tolist()
    head.train(training)
    return out


def _among_right(logp: NDArray[np.float64], tilted: NDArray[np.float64], right: NDArray[np.bool_]) -> dict[str, float]:
    """KL of the policy's proportions among right answers from the target's, where there are two or more."""
    p, q = among(logp, right), among(tilted, right)
    if len(p) < 2 or len(q) < 2:
        return {}
    gap = kl(p, q)
    return {"exact_kl_right": gap} if math.isfinite(gap) else {}
