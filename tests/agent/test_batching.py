"""Rollouts to tensors and back: nothing is lost, and denominators are those of the whole step."""

import itertools
from dataclasses import fields, replace

import pytest
import torch
from torch import Tensor

from flowrl_agent.batching import concat, make_batch, micro_batches, mini_batches, pad_to, to, trim
from flowrl_agent.types import Batch, Outcome, Rollout
from flowrl_envs.errors import UserError


def rollout(group: int, prompt: int, agent: int, graded: bool = True, tag: int = 0) -> Rollout:
    length = prompt + agent
    return Rollout(
        group=group,
        tokens=tuple(range(100 + tag, 100 + tag + length)),
        agent_mask=(False,) * prompt + (True,) * agent,
        sampler_logprobs=(0.0,) * prompt + tuple(-0.5 - i for i in range(agent)),
        prompt_length=prompt,
        token_rewards=(0.0,) * (length - 1) + (float(tag),),
        truncated=agent > 3,
        outcome=Outcome(reward=float(tag), graded=graded),
        messages=(("user", "q"), ("assistant", "a")),
    )


GROUPS = [(g, 2 + g, 1 + k) for g in range(4) for k in range(3)]
ROLLOUTS = [rollout(g, p, a, graded=(g, a) != (1, 2), tag=i) for i, (g, p, a) in enumerate(GROUPS)]


def same(one: Batch, two: Batch) -> None:
    for field in fields(Batch):
        a, b = getattr(one, field.name), getattr(two, field.name)
        assert (a is None) == (b is None), field.name
        if isinstance(a, Tensor):
            torch.testing.assert_close(a, b, msg=field.name)


def by_tag(batch: Batch) -> Batch:
    return batch.rows(batch.reward.argsort())


def test_a_batch_holds_each_rollout_entry_t_belonging_to_token_t_plus_1() -> None:
    batch = make_batch([rollout(0, 2, 3, tag=1), rollout(1, 1, 1, graded=False, tag=2)], pad_id=7)
    assert batch.tokens.tolist() == [[101, 102, 103, 104, 105], [102, 103, 7, 7, 7]]
    assert batch.attention.tolist() == [[True] * 5, [True, True, False, False, False]]
    assert batch.prompt.tolist() == [[True, True, False, False, False], [True, False, False, False, False]]
    assert batch.mask.tolist() == [[False, True, True, True], [False] * 4]  # the second row is ungraded
    assert batch.sampler_logp[0].tolist() == [0.0, -0.5, -1.5, -2.5]
    assert batch.token_reward.tolist() == [[0.0, 0.0, 0.0, 1.0], [2.0, 0.0, 0.0, 0.0]]
    assert batch.reward.tolist() == [1.0, 2.0]
    assert batch.graded.tolist() == [True, False]
    assert (float(batch.sequences), float(batch.agent_tokens)) == (1.0, 3.0)


def test_rewards_of_tokens_add_up_to_the_reward() -> None:
    batch = make_batch(ROLLOUTS, 0)
    torch.testing.assert_close(batch.token_reward.sum(1), batch.reward)


@pytest.mark.parametrize("by_group", [True, False])
@pytest.mark.parametrize("parts", [1, 2, 3, 4])
def test_mini_batches_are_a_partition_with_totals_of_their_own(parts: int, by_group: bool) -> None:
    batch = make_batch(ROLLOUTS, 0)
    pieces = mini_batches(batch, parts, torch.Generator().manual_seed(0), by_group)
    assert len(pieces) == parts
    assert sorted(itertools.chain(*(p.reward.tolist() for p in pieces))) == sorted(batch.reward.tolist())
    for piece in pieces:
        assert float(piece.sequences) == piece.graded.sum()
        assert float(piece.agent_tokens) == piece.mask.sum()
    if by_group:
        groups = [set(p.group.tolist()) for p in pieces]
        assert sum(map(len, groups)) == 4
        assert max(map(len, groups)) - min(map(len, groups)) <= 1


def test_mini_batches_are_shuffled_by_their_generator_alone() -> None:
    batch = make_batch(ROLLOUTS, 0)
    order = [
        [p.reward.tolist() for p in mini_batches(batch, 2, torch.Generator().manual_seed(s))] for s in (0, 0, 1, 2)
    ]
    assert order[0] == order[1]
    assert order[0] != order[2] or order[0] != order[3]
    unshuffled = mini_batches(batch, 2)
    assert [*unshuffled[0].reward.tolist(), *unshuffled[1].reward.tolist()] == batch.reward.tolist()


@pytest.mark.parametrize(("sequences", "tokens"), [(1, 0), (5, 0), (0, 12), (3, 14), (0, 1), (0, 0)])
def test_micro_batches_are_a_partition_within_bounds_that_keeps_the_totals(sequences: int, tokens: int) -> None:
    batch = make_batch(ROLLOUTS, 0)
    pieces = micro_batches(batch, sequences, tokens)
    for piece in pieces:
        assert not sequences or piece.size <= sequences
        assert not tokens or piece.tokens.numel() <= tokens or piece.size == 1
        assert piece.sequences is batch.sequences
        assert piece.agent_tokens is batch.agent_tokens
        assert piece.attention.any(0).all()
    joined = concat(pieces)
    same(by_tag(batch), by_tag(joined))


def test_padding_then_trimming_gives_the_batch_back() -> None:
    batch = replace(make_batch(ROLLOUTS, 9), advantage=torch.ones(12, 7))
    wide = pad_to(batch, 20, pad_id=9)
    assert wide.tokens.shape == (12, 20)
    assert wide.mask.shape == (12, 19)
    assert (wide.tokens[:, 8:] == 9).all()
    same(trim(wide), batch)
    with pytest.raises(UserError, match="8 tokens long"):
        pad_to(batch, 5)


def test_joining_batches_counts_anew_and_refuses_a_field_that_only_some_have() -> None:
    one, two = make_batch(ROLLOUTS[:6], 0), make_batch(ROLLOUTS[6:], 0)
    same(concat([one, two]), make_batch(ROLLOUTS, 0))
    with pytest.raises(UserError, match="advantage"):
        concat([one, replace(two, advantage=torch.zeros_like(two.logp_old))])
    with pytest.raises(UserError, match="no batches"):
        concat([])


def test_totals_are_summed_over_ranks() -> None:
    batch = make_batch(ROLLOUTS, 0, all_sum=lambda x: x * 3)
    assert float(batch.sequences) == 33
    pieces = mini_batches(batch, 2, all_sum=lambda x: x * 3)
    assert float(pieces[0].sequences) == 3 * pieces[0].graded.sum()


def test_moving_to_the_same_device_changes_nothing() -> None:
    batch = make_batch(ROLLOUTS, 0)
    same(to(batch, "cpu"), batch)


def test_nothing_to_learn_from_is_an_error_that_says_so() -> None:
    with pytest.raises(UserError, match="no rollouts"):
        make_batch([], 0)
    with pytest.raises(UserError, match="no agent token"):
        make_batch([rollout(0, 3, 0)], 0)
    with pytest.raises(UserError, match="4 groups; allowed are 1 to 4"):
        mini_batches(make_batch(ROLLOUTS, 0), 5)
