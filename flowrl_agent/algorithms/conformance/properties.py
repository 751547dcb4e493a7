"""The properties that `check_algorithm` proves, one function each; its docstring is what it proves.

A property takes an algorithm and returns, or raises `BrokenError` with what was seen.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from flowrl_agent.algorithms.base import Algorithm
from flowrl_agent.algorithms.conformance.compare import (
    BrokenError,
    close,
    cut,
    finite,
    joined,
    same,
    scaled,
    take,
)
from flowrl_agent.algorithms.conformance.probe import (
    GROUPS,
    SAMPLES,
    Probe,
    Result,
    evaluate,
    evaluate_prepared,
    make_probe,
    on_policy,
    padded,
    prepare_on_ranks,
)
from flowrl_agent.types import Batch, Stat


def configuration(algorithm: Algorithm) -> None:
    """`Config` is a frozen dataclass that builds without arguments, and presets are instances of it."""
    config = algorithm.Config
    if not dataclasses.is_dataclass(config) or not config.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        raise BrokenError("Config must be a dataclass with frozen=True")
    type(algorithm)(config())
    wrong = [name for name, preset in algorithm.presets.items() if not isinstance(preset, config)]
    if wrong:
        raise BrokenError(f"presets {wrong} are no instances of Config")


def output(algorithm: Algorithm) -> None:
    """The loss is a finite float32 scalar; stats are detached, flat, float32, named `space/name` without repeats."""
    result = evaluate(algorithm, make_probe(algorithm.needs))
    loss = result.output.loss
    if loss.shape != () or loss.dtype != torch.float32 or not bool(loss.isfinite()):
        raise BrokenError(
            f"loss is {list(loss.shape)} of {loss.dtype}, value {loss.detach()}; needs a finite float32 scalar"
        )
    names = [stat.name for stat in result.output.stats]
    if repeated := {name for name in names if names.count(name) > 1}:
        raise BrokenError(f"stats appear twice: {sorted(repeated)}")
    if wrong := [stat.name for stat in result.output.stats if not _well_formed(stat)]:
        raise BrokenError(f"stats {wrong} must be detached float32 [n], with a name like space/name")


def pure(algorithm: Algorithm) -> None:
    """The same input gives the same result, and neither `prepare` nor `loss` changes its argument."""
    probe, copy = make_probe(algorithm.needs), make_probe(algorithm.needs)
    first = evaluate(algorithm, probe)
    evaluate(algorithm, make_probe(algorithm.needs, seed=1))
    same(first, evaluate(algorithm, probe), "a second call")
    for field in dataclasses.fields(Batch):
        a, b = getattr(probe.batch, field.name), getattr(copy.batch, field.name)
        if isinstance(a, Tensor) and not torch.equal(a, b):
            raise BrokenError(f"batch.{field.name} was changed in place")


def prepare_without_gradient(algorithm: Algorithm) -> None:
    """What `prepare` adds needs no gradient, even where the batch's log-probabilities do."""
    probe = make_probe(algorithm.needs)
    batch = replace(probe.batch, logp_old=probe.batch.logp_old.clone().requires_grad_())
    prepared = algorithm.prepare(batch)
    for field in dataclasses.fields(Batch):
        value = getattr(prepared, field.name)
        if isinstance(value, Tensor) and value.requires_grad and field.name != "logp_old":
            raise BrokenError(f"batch.{field.name} carries a gradient after prepare()")


def right_padding(algorithm: Algorithm) -> None:
    """More padding on the right changes nothing."""
    probe = make_probe(algorithm.needs)
    same(evaluate(algorithm, probe), cut(evaluate(algorithm, padded(probe, 0, 5)), 0, 5), "5 columns more on the right")


def left_padding(algorithm: Algorithm) -> None:
    """Padding on the left changes nothing."""
    probe = make_probe(algorithm.needs)
    same(evaluate(algorithm, probe), cut(evaluate(algorithm, padded(probe, 3, 0)), 3, 0), "3 columns more on the left")


def order(algorithm: Algorithm) -> None:
    """The order of sequences changes nothing, even where it tears groups apart."""
    probe = make_probe(algorithm.needs)
    shuffle = torch.randperm(probe.batch.size, generator=torch.Generator().manual_seed(0))
    whole, shuffled = evaluate(algorithm, probe), evaluate(algorithm, probe.rows(shuffle))
    same(take(whole, shuffle), shuffled, "another order of the rows")


def group_labels(algorithm: Algorithm) -> None:
    """A group is who shares a number, whatever the number."""
    probe = make_probe(algorithm.needs)
    renamed = replace(probe.batch, group=1_000_003 - 7 * probe.batch.group)
    same(evaluate(algorithm, probe), evaluate(algorithm, Probe(renamed, probe.out)), "other numbers for the groups")


def micro_batches(algorithm: Algorithm) -> None:
    """Shares of a split add up to the whole, in loss and gradient, even where the split cuts a group."""
    probe = make_probe(algorithm.needs)
    prepared = Probe(algorithm.prepare(probe.batch), probe.out)
    whole = evaluate_prepared(algorithm, prepared)
    for cuts in ((3, 7), (1, 2, 9, 10)):
        parts = [
            evaluate_prepared(algorithm, prepared.rows(torch.arange(a, b)))
            for a, b in zip((0, *cuts), (*cuts, probe.batch.size), strict=True)
        ]
        same(whole, joined(parts), f"micro-batches cut at rows {list(cuts)}")


def ranks(algorithm: Algorithm) -> None:
    """Two ranks that hold half of the groups each prepare what one rank prepares: statistics go through `all_sum`."""
    probe = make_probe(algorithm.needs)
    half = GROUPS // 2 * SAMPLES
    whole = algorithm.prepare(probe.batch)
    rows = [torch.arange(half), torch.arange(half, probe.batch.size)]
    for index, part in zip(rows, prepare_on_ranks(algorithm, [probe.batch.rows(i) for i in rows]), strict=True):
        for name in ("advantage", "returns", "score", "log_z", "log_z_group"):
            expected, got = getattr(whole.rows(index), name), getattr(part, name)
            if isinstance(expected, Tensor):
                close(expected, got, f"batch.{name} prepared on two ranks")


def masked_equals_sliced(algorithm: Algorithm) -> None:
    """Whatever lies off the mask (here: 37) has no effect and gets no gradient."""
    probe = make_probe(algorithm.needs)
    mask = probe.batch.mask
    dirty = probe.per_token(lambda x: x if x.dtype == torch.bool else torch.where(mask, x, 37.0))
    result = evaluate(algorithm, dirty)
    same(evaluate(algorithm, probe), result, "37 in place of 0 off the mask")
    if bool((result.logp[~mask] != 0).any()):
        raise BrokenError("tokens off the mask get a gradient")


def ungraded_rows(algorithm: Algorithm) -> None:
    """An ungraded row has no gradient, and the rest is as if it were not there, whatever its reward."""
    probe = make_probe(algorithm.needs)
    graded = probe.batch.graded
    wild = replace(probe.batch, reward=torch.where(graded, probe.batch.reward, 1e6))
    result = evaluate(algorithm, Probe(wild, probe.out))
    if any(bool((g[~graded] != 0).any()) for g in (result.logp, result.log_z, result.value)):
        raise BrokenError("the ungraded row gets a gradient")
    keep = graded.nonzero()[:, 0]
    same(take(result, keep), evaluate(algorithm, probe.rows(keep)), "leaving the ungraded row out")


def nothing_graded(algorithm: Algorithm) -> None:
    """Where no row is graded the loss and every gradient are 0, not NaN."""
    probe = make_probe(algorithm.needs)
    none = torch.zeros_like(probe.batch.mask)
    batch = replace(probe.batch, graded=none[:, 0], mask=none)
    result = evaluate(algorithm, Probe(batch, probe.out).counted())
    if any(bool((x != 0).any()) for x in (result.loss, result.logp, result.log_z, result.value)):
        raise BrokenError(f"loss {result.loss}, largest gradient {result.logp.abs().max()}; both must be 0")


def equal_rewards(algorithm: Algorithm) -> None:
    """Groups of equal rewards, all 0.1, give finite numbers of a normal size."""
    probe = on_policy(make_probe(algorithm.needs))
    batch = replace(probe.batch, reward=torch.full_like(probe.batch.reward, 0.1))
    batch = replace(batch, token_reward=torch.where(batch.token_reward != 0, 0.1, 0.0))
    finite(evaluate(algorithm, Probe(batch, probe.out)), "equal rewards", limit=1e3)


def one_token_responses(algorithm: Algorithm) -> None:
    """Responses of a single token give finite gradients that are not all 0."""
    probe = on_policy(make_probe(algorithm.needs))
    mask = probe.batch.mask & (probe.batch.mask.cumsum(-1) == 1)
    batch = replace(probe.batch, mask=mask, token_reward=torch.where(mask, probe.batch.reward[:, None], 0.0))
    result = evaluate(algorithm, Probe(batch, probe.out).counted())
    finite(result, "one-token responses")
    if not bool((result.logp != 0).any()):
        raise BrokenError("no gradient reaches one-token responses of mixed rewards")


def extreme_log_ratios(algorithm: Algorithm) -> None:
    """Log-ratios of +-300 a token to the old policy and to the reference leave loss and gradients finite."""
    probe = make_probe(algorithm.needs)
    mask = probe.batch.mask
    for shift in (300.0, -300.0):
        away = torch.where(mask, shift, 0.0)
        finite(
            evaluate(algorithm, Probe(probe.batch, replace(probe.out, logp=probe.out.logp + away))), f"{shift:+} off"
        )
        if probe.batch.logp_ref is not None:
            moved = replace(probe.batch, logp_ref=probe.batch.logp_ref - away)
            finite(evaluate(algorithm, Probe(moved, probe.out)), f"{shift:+} off the reference")


def denominators(algorithm: Algorithm) -> None:
    """The loss divides by `batch.sequences` or `batch.agent_tokens` and by no local size: doubling both halves it."""
    probe = make_probe(algorithm.needs)
    batch = algorithm.prepare(probe.batch)
    double = replace(batch, sequences=2 * batch.sequences, agent_tokens=2 * batch.agent_tokens)
    whole = evaluate_prepared(algorithm, Probe(batch, probe.out))
    same(whole, scaled(evaluate_prepared(algorithm, Probe(double, probe.out)), 2.0), "doubling both denominators")


def needs(algorithm: Algorithm) -> None:
    """What is declared is used and its absence is a clear ValueError; what is not declared is not touched."""
    probe = make_probe(algorithm.needs)
    whole = evaluate(algorithm, probe)
    if algorithm.needs.reference:
        other = replace(probe.batch, logp_ref=probe.batch.logp_old)
        _used("reference", whole, evaluate(algorithm, Probe(other, probe.out)))
        _refused("batch.logp_ref", algorithm, Probe(replace(probe.batch, logp_ref=None), probe.out))
    if algorithm.needs.log_z:
        _used("log_z", whole, evaluate(algorithm, Probe(probe.batch, replace(probe.out, log_z=whole.log_z * 0 + 5))))
        _refused("out.log_z", algorithm, Probe(probe.batch, replace(probe.out, log_z=None)))
    if algorithm.needs.value:
        _used("value", whole, evaluate(algorithm, Probe(probe.batch, replace(probe.out, value=whole.value * 0 + 5))))
        _refused("out.value", algorithm, Probe(probe.batch, replace(probe.out, value=None)))


def shape_errors(algorithm: Algorithm) -> None:
    """Log-probabilities of a wrong shape are a ValueError that shows a shape, never a silent broadcast."""
    probe = make_probe(algorithm.needs)
    for name, wrong in {"one column short": probe.out.logp[:, 1:], "summed": probe.out.logp.sum(-1, True)}.items():
        _refused(f"out.logp {name}", algorithm, Probe(probe.batch, replace(probe.out, logp=wrong)), "[")


def direction(algorithm: Algorithm) -> None:
    """At the first update of a group, the responses with reward 1 are pushed up against those with reward 0."""
    probe = on_policy(make_probe(algorithm.needs))
    push = -evaluate(algorithm, probe).logp.sum(-1)
    reward, first = probe.batch.reward, probe.batch.group == 0
    up, down = push[first & (reward == 1)].mean(), push[first & (reward == 0)].mean()
    if not bool(up > down):
        raise BrokenError(f"mean push on right answers {up:.3g}, on wrong ones {down:.3g}")


CHECKS: dict[str, Callable[[Algorithm], None]] = {
    check.__name__: check
    for check in (
        configuration,
        output,
        pure,
        prepare_without_gradient,
        right_padding,
        left_padding,
        order,
        group_labels,
        micro_batches,
        ranks,
        masked_equals_sliced,
        ungraded_rows,
        nothing_graded,
        equal_rewards,
        one_token_responses,
        extreme_log_ratios,
        denominators,
        needs,
        shape_errors,
        direction,
    )
}
"""Every check by name; the docstring of each says what it proves."""


def _used(need: str, before: Result, after: Result) -> None:
    try:
        same(before, after, need)
    except BrokenError:
        return
    raise BrokenError(f"needs.{need} is declared and has no effect; declaring it costs a forward pass or a head")


def _refused(what: str, algorithm: Algorithm, probe: Probe, shown: str = "") -> None:
    try:
        evaluate(algorithm, probe)
    except ValueError as error:
        if shown not in str(error):
            raise BrokenError(f"{what}: the message shows no shape: {error}") from error
        return
    except Exception as error:
        raise BrokenError(f"{what}: raised {type(error).__name__} ({error}) instead of a ValueError") from error
    raise BrokenError(f"{what} was accepted; it must be a ValueError that says what is wrong")


def _well_formed(stat: Stat) -> bool:
    x = stat.values
    return x.ndim == 1 and x.dtype == torch.float32 and not x.requires_grad and stat.name.count("/") >= 1
