"""`check_algorithm`: our algorithms pass it, and for each of its properties a broken one fails exactly there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
import torch

from flowrl_agent.algorithms import ALGORITHMS, load_algorithm, load_algorithm_class
from flowrl_agent.algorithms.base import Algorithm, Needs
from flowrl_agent.algorithms.check import check_algorithm
from flowrl_agent.algorithms.conformance.properties import CHECKS
from flowrl_agent.ops.advantages import centre
from flowrl_agent.types import AllSum, Batch, LossOutput, PolicyOutput, Stat, one_rank

EVERY = [
    name + suffix
    for name in ALGORITHMS
    for suffix in ("", *(f"/{preset}" for preset in load_algorithm_class(name).presets))
]


@pytest.mark.parametrize("name", EVERY)
def test_every_algorithm_and_preset_passes(name):
    report = check_algorithm(load_algorithm(name))
    assert report.passed, str(report)


class Good(Algorithm):
    """REINFORCE with the group's mean, written as a newcomer would; the broken ones below change one thing."""

    @property
    def needs(self) -> Needs:
        return Needs()

    def prepare(self, batch: Batch, all_sum: AllSum = one_rank) -> Batch:
        score = centre(batch.reward, batch.group, batch.graded)
        return replace(batch, advantage=score[:, None] * batch.mask)

    def loss(self, batch: Batch, out: PolicyOutput) -> LossOutput:
        if out.logp.shape != batch.mask.shape:
            raise ValueError(f"logp is {list(out.logp.shape)}, mask {list(batch.mask.shape)}")
        per_token = torch.where(batch.mask, -batch.advantage * out.logp, 0.0)
        return LossOutput(per_token.sum() / batch.agent_tokens, (Stat("my/loss", per_token.detach().flatten()),))


def test_the_newcomers_algorithm_passes():
    report = check_algorithm(Good())
    assert report.passed, str(report)
    assert "20 of 20 passed" in str(report)


def with_loss(change: Callable[[Algorithm, Batch, PolicyOutput, LossOutput], LossOutput]) -> type[Algorithm]:
    class Broken(Good):
        def loss(self, batch: Batch, out: PolicyOutput) -> LossOutput:
            return change(self, batch, out, super().loss(batch, out))

    return Broken


def with_prepare(change: Callable[[Algorithm, Batch, AllSum], Batch], **needs: bool) -> type[Algorithm]:
    class Broken(Good):
        @property
        def needs(self) -> Needs:
            return Needs(**needs)

        def prepare(self, batch: Batch, all_sum: AllSum = one_rank) -> Batch:
            return change(self, batch, all_sum)

    return Broken


def scaled(loss: LossOutput, factor: Any) -> LossOutput:
    return LossOutput(loss.loss * factor, loss.stats)


def plain(batch: Batch) -> Batch:
    return Good().prepare(batch)


class MutableConfig(Good):
    @dataclass
    class Config:
        x: float = 0.0


class Remembers(Good):
    calls = 0

    def loss(self, batch: Batch, out: PolicyOutput) -> LossOutput:
        self.calls += 1
        return scaled(super().loss(batch, out), self.calls)


class Unused(Good):
    @property
    def needs(self) -> Needs:
        return Needs(reference=True)


class Undeclared(Good):
    def loss(self, batch: Batch, out: PolicyOutput) -> LossOutput:
        return scaled(super().loss(batch, out), 1 + out.log_z.sum())


class Broadcasts(Good):
    def loss(self, batch: Batch, out: PolicyOutput) -> LossOutput:
        width = min(out.logp.shape[1], batch.mask.shape[1])
        per_token = torch.where(batch.mask, -batch.advantage * out.logp[:, :1].expand(batch.mask.shape), 0.0)
        if width == batch.mask.shape[1]:
            return super().loss(batch, out)
        return LossOutput(per_token.sum() / batch.agent_tokens)


def ratio_loss(algorithm: Algorithm, batch: Batch, out: PolicyOutput, loss: LossOutput) -> LossOutput:
    ratio = torch.where(batch.mask, (out.logp - batch.logp_old).exp(), 0.0)
    return LossOutput((-batch.advantage * ratio).sum() / batch.agent_tokens)


def batch_mean(algorithm: Algorithm, batch: Batch, all_sum: AllSum) -> Batch:
    mean = (batch.reward * batch.graded).sum() / batch.graded.sum().clamp(min=1)
    return replace(batch, advantage=(batch.reward - mean)[:, None] * batch.mask)


def in_place(algorithm: Algorithm, batch: Batch, all_sum: AllSum) -> Batch:
    batch.reward.sub_(0.0625)
    return plain(batch)


def blown_up(algorithm: Algorithm, batch: Batch, all_sum: AllSum) -> Batch:
    score = centre(batch.reward, batch.group, batch.graded)
    spread = score.abs().amax() + (0 if bool(score.abs().amax() > 1e-4) else torch.nan)
    return replace(batch, advantage=(score / spread)[:, None] * batch.mask)


def ungraded_count(algorithm: Algorithm, batch: Batch, all_sum: AllSum) -> Batch:
    score = centre(batch.reward, batch.group, torch.ones_like(batch.graded))
    return replace(batch, advantage=score[:, None] * batch.mask)


def last_is_nan(algorithm: Algorithm, batch: Batch, out: PolicyOutput, loss: LossOutput) -> LossOutput:
    return scaled(loss, 1.0 / (batch.mask.sum(-1) > 1).any())


BROKEN: dict[str, type[Algorithm]] = {
    "configuration": MutableConfig,
    "output": with_loss(lambda a, b, o, x: LossOutput(x.loss[None])),
    "pure": Remembers,
    "prepare_without_gradient": with_prepare(
        lambda a, b, s: replace(plain(b), advantage=plain(b).advantage * b.logp_old.exp())
    ),
    "right_padding": with_loss(lambda a, b, o, x: scaled(x, 10.0 / b.mask.shape[1])),
    "left_padding": with_loss(lambda a, b, o, x: scaled(x, 1 + b.mask.int().argmax(-1).max())),
    "order": with_prepare(
        lambda a, b, s: replace(
            b, advantage=(b.reward - b.reward.view(-1, 2).mean(-1).repeat_interleave(2))[:, None] * b.mask
        )
    ),
    "group_labels": with_prepare(
        lambda a, b, s: replace(plain(b), advantage=plain(b).advantage * (1 + b.group[:, None]))
    ),
    "micro_batches": with_loss(lambda a, b, o, x: LossOutput(x.loss * b.agent_tokens / b.mask.sum().clamp(min=1))),
    "ranks": with_prepare(batch_mean),
    "masked_equals_sliced": with_loss(lambda a, b, o, x: LossOutput(x.loss + o.logp.sum() / b.agent_tokens)),
    "ungraded_rows": with_prepare(ungraded_count),
    "nothing_graded": with_loss(lambda a, b, o, x: scaled(x, 1.0 / b.graded.any())),
    "equal_rewards": with_prepare(blown_up),
    "one_token_responses": with_loss(last_is_nan),
    "extreme_log_ratios": with_loss(ratio_loss),
    "denominators": with_loss(lambda a, b, o, x: LossOutput(x.loss * b.agent_tokens / b.size)),
    "needs": Unused,
    "shape_errors": Broadcasts,
    "direction": with_loss(lambda a, b, o, x: LossOutput(-x.loss)),
}


def test_there_is_a_broken_algorithm_for_every_property():
    assert set(BROKEN) == set(CHECKS)


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_algorithm_fails_the_property_it_breaks(name):
    failures = {check.name: check.message for check in check_algorithm(BROKEN[name]()).failures}
    assert name in failures
    assert failures[name]


def test_using_what_was_not_declared_is_found():
    assert not check_algorithm(Undeclared()).passed


def test_changing_the_batch_in_place_is_found():
    failures = {check.name: check.message for check in check_algorithm(with_prepare(in_place)()).failures}
    assert "pure" in failures


def test_ranks_that_do_not_meet_are_reported_and_do_not_hang():
    def uneven(algorithm: Algorithm, batch: Batch, all_sum: AllSum) -> Batch:
        if int(batch.group[0]) == 0:
            all_sum(torch.ones(()))
        return plain(batch)

    failures = {check.name: check.message for check in check_algorithm(with_prepare(uneven)()).failures}
    assert "all_sum a different number of times" in failures["ranks"]


def test_an_algorithm_that_returns_nonsense_or_raises_is_a_report_and_not_a_crash():
    nonsense = [
        with_loss(lambda a, b, o, x: None),
        with_loss(lambda a, b, o, x: x.loss),
        with_loss(lambda a, b, o, x: 1 / 0),
        with_loss(lambda a, b, o, x: LossOutput(x.loss.detach())),
        with_loss(lambda a, b, o, x: LossOutput(x.loss * torch.nan)),
        with_loss(lambda a, b, o, x: LossOutput(x.loss, (Stat("unnamed", torch.zeros(2, 2)),))),
        with_prepare(lambda a, b, s: None),
    ]
    for cls in nonsense:
        report = check_algorithm(cls())
        assert "output" in {check.name for check in report.failures}, str(report)


def test_a_report_names_the_algorithm_and_what_was_seen():
    text = str(check_algorithm(BROKEN["direction"]()))
    assert "FAIL direction: mean push on right answers" in text
    assert "19 of 20 passed" in text
