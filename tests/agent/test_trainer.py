"""The learner: a micro-batch split, ungraded rows and ranks change nothing; a step that says nothing is not taken."""

import copy
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from accelerate import Accelerator

from flowrl_agent.algorithms import ALGORITHMS, load_algorithm
from flowrl_agent.batching import make_batch
from flowrl_agent.build.parts import with_heads
from flowrl_agent.config.schema import ConfigError, ModelConfig, OptimConfig, RolloutConfig, TrainConfig
from flowrl_agent.metrics.condense import Accumulator
from flowrl_agent.models.policy import Policy
from flowrl_agent.trainer.learner import Learner
from flowrl_agent.trainer.loop import Trainer
from flowrl_agent.trainer.record import rollout_stats
from flowrl_agent.trainer.sampling import MAX_ROUNDS, Source, rank_share

EVERY = sorted(ALGORITHMS)
LINEAR = {"lr": 0.3, "critic_lr": 0.3, "eps": 1.0}
"""AdamW whose step is as small as the gradient: with the usual epsilon it turns rounding into whole steps."""


def learner_of(policy, name, algorithm=None, **optim):
    algorithm = algorithm or load_algorithm(name)
    start = Policy(copy.deepcopy(policy.model))
    whole = with_heads(start, ModelConfig(), algorithm.needs, seed=0)
    settings = OptimConfig(**{**LINEAR, "warmup": 0, "mini_batches": 2, **optim})
    return Learner(whole, start.reference(), algorithm, settings, 1.0, Accelerator(cpu=True))


def trained(policy, batch, name, epochs=1, **optim):
    """All weights and numbers after a rollout was learned from."""
    learner, log = learner_of(policy, name, epochs=epochs, **optim), Accumulator()
    learner.learn(learner.recompute(batch), log)
    return {k: v.clone() for k, v in learner.policy.state_dict().items()}, log.row()


def distance(a, b):
    return max(float((a[k] - b[k]).abs().max()) for k in a)


@pytest.mark.parametrize("name", EVERY)
def test_a_micro_batch_split_changes_neither_weights_nor_numbers(policy, batch, name):
    whole, row = trained(policy, batch, name, epochs=2, micro_batch=12)
    for size in (1, 2, 5):
        split, other = trained(policy, batch, name, epochs=2, micro_batch=size)
        assert distance(whole, split) < 2e-5
        assert other == pytest.approx(row, rel=1e-3, abs=1e-5)
    start, _ = trained(policy, batch, name, epochs=2, micro_batch=12, lr=1e-9, critic_lr=1e-9)
    assert distance(whole, start) > 1e-3


@pytest.mark.parametrize("name", EVERY)
def test_ungraded_episodes_change_nothing(policy, rollouts, codec, name):
    broken = [replace(r, outcome=replace(r.outcome, reward=1e6, graded=False)) for r in rollouts[:2]]
    rest = [*rollouts[2:]]
    with_them, _ = trained(policy, make_batch([*broken, *rest], codec.pad_id), name, mini_batches=1)
    without, _ = trained(policy, make_batch(rest, codec.pad_id), name, mini_batches=1)
    assert distance(with_them, without) < 2e-5


def test_a_step_in_which_nothing_was_graded_is_not_taken(policy, rollouts, codec):
    silent = [replace(r, outcome=replace(r.outcome, graded=False)) for r in rollouts]
    learner, log = learner_of(policy, "grpo"), Accumulator()
    before = copy.deepcopy(learner.policy.state_dict())
    learner.learn(learner.recompute(make_batch(silent, codec.pad_id)), log)
    assert distance(before, learner.policy.state_dict()) == 0
    assert learner.updates == 0
    assert log.row()["optim/skipped"] == 1


def test_a_gradient_that_is_not_finite_is_not_taken(policy, batch):
    learner, log = learner_of(policy, "grpo"), Accumulator()
    ready = learner.recompute(batch)
    before = copy.deepcopy(learner.policy.state_dict())
    learner.learn(replace(ready, reward=torch.full_like(ready.reward, torch.inf)), log)
    assert distance(before, learner.policy.state_dict()) == 0
    assert log.row()["optim/skipped"] == 1


def test_learning_rates_rise_linearly_and_each_part_has_its_own(policy, batch):
    learner, log = learner_of(policy, "ppo", lr=1e-3, critic_lr=1e-2, warmup=4), Accumulator()
    seen = []
    for _ in range(3):
        learner.learn(learner.recompute(batch), log)
        seen.append({g["name"]: g["lr"] for g in learner.optimizer.param_groups})
    assert [s["model"] for s in seen] == pytest.approx([0.5e-3, 1e-3, 1e-3])
    assert [s["critic"] for s in seen] == pytest.approx([0.5e-2, 1e-2, 1e-2])


def test_the_first_ratio_is_one_and_recomputed_values_match_the_forward_pass(policy, batch):
    learner = learner_of(policy, "ppo", micro_batch=5)
    ready = learner.recompute(batch)
    out = learner.policy(ready, 1.0)
    torch.testing.assert_close(ready.logp_old, out.logp.detach(), rtol=0, atol=1e-5)
    torch.testing.assert_close(ready.value_old, out.value.detach(), rtol=0, atol=1e-5)
    torch.testing.assert_close(ready.logp_ref, ready.logp_old, rtol=0, atol=1e-5)


def test_ungraded_episodes_are_counted_and_enter_no_other_number(rollouts):
    broken = [replace(r, outcome=replace(r.outcome, reward=1e6, graded=False)) for r in rollouts[:3]]
    log, rest = Accumulator(), Accumulator()
    log.add(*rollout_stats([*broken, *rollouts[3:]]))
    rest.add(*rollout_stats(rollouts[3:]))
    assert log.row().pop("reward/ungraded") == 0.25
    assert {**log.row(), "reward/ungraded": 0} == {**rest.row(), "reward/ungraded": 0}


@pytest.mark.parametrize("world", [1, 2, 4])
def test_ranks_share_every_mini_batch_and_lose_no_group(world):
    seeds, parts = list(range(16)), 2
    shares = [rank_share(seeds, parts, rank, world) for rank in range(world)]
    per_part = len(seeds) // parts // world
    for part in range(parts):
        chunk = [s for share in shares for s in share[part * per_part : (part + 1) * per_part]]
        assert sorted(chunk) == seeds[part * 8 : (part + 1) * 8]


def test_prompts_that_do_not_divide_among_steps_are_refused_before_anything_runs(policy):
    learner = learner_of(policy, "grpo")
    config = TrainConfig("grpo", None, rollout=RolloutConfig(prompts=6), optim=OptimConfig(mini_batches=2))
    Trainer(parts_with(config, learner))
    learner.accelerator = type("Two", (), {"num_processes": 4, "is_main_process": True})()
    with pytest.raises(ConfigError, match=r"multiple of optim.mini_batches x processes = 8"):
        Trainer(parts_with(config, learner))


def parts_with(config, learner):
    from flowrl_agent.trainer.loop import Parts

    return Parts(config, learner, None, None, None, (), None, Path())


class Playback:
    """A collector whose groups earn what the environment seeds say."""

    def __init__(self, rollouts, reward):
        self.rollouts, self.reward, self.rounds = rollouts, reward, 0

    def play(self, seeds, samples, entropy, options):
        self.rounds += 1
        return [
            replace(self.rollouts[k], group=g, outcome=replace(self.rollouts[k].outcome, reward=self.reward(seed, k)))
            for g, seed in enumerate(seeds)
            for k in range(samples)
        ]


class KeepsMixed(type(load_algorithm("grpo"))):
    """Dynamic sampling as in DAPO: a group of equal rewards teaches nothing."""

    def keep(self, batch):
        return torch.stack([batch.reward[batch.group == g].std() > 0 for g in batch.group])


@pytest.mark.parametrize(
    ("mixed", "rounds", "groups"), [(lambda s: s % 2, 4, 4), (lambda s: 1, 1, 4), (lambda s: 0, 4, 2)]
)
def test_dropped_groups_are_drawn_again_a_few_times(rollouts, codec, mixed, rounds, groups):
    playback = Playback(rollouts, lambda seed, k: float(k % 2) if mixed(seed) else 1.0)
    config = TrainConfig("x", None, rollout=RolloutConfig(prompts=4, samples=2), optim=OptimConfig(mini_batches=2))
    played, kept = Source(playback, KeepsMixed(), config, codec.pad_id).draw(0, 0, 1)
    assert playback.rounds <= rounds <= MAX_ROUNDS
    assert len(played) == 8 * playback.rounds
    assert len({r.group for r in kept}) == groups == len(kept) // 2
    assert len({r.group for r in played}) == 4 * playback.rounds
    if groups == 4:
        assert all(len({r.outcome.reward for r in kept if r.group == g}) == 2 for g in {r.group for r in kept})


def test_two_processes_end_with_the_weights_and_numbers_of_one(tmp_path):
    """A whole run over a scripted engine, once alone and once as two ranks over gloo."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    script = str(Path(__file__).parent / "two_ranks.py")
    base = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parents[2])}
    ranks = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "ACCELERATE_USE_CPU": "true"}
    jobs = [subprocess.Popen([sys.executable, script, str(tmp_path / "one.pt")], env=base)]
    for rank in ("0", "1"):
        env = {**base, **ranks, "RANK": rank, "LOCAL_RANK": rank}
        jobs.append(subprocess.Popen([sys.executable, script, str(tmp_path / "two.pt")], env=env))
    assert [job.wait(timeout=200) for job in jobs] == [0, 0, 0]
    one, two = (torch.load(tmp_path / f"{n}.pt", weights_only=True) for n in ("one", "two"))
    assert one["world"] == 1
    assert two["world"] == 2
    for name in one["runs"]:
        (weights, rows), (weights2, rows2) = one["runs"][name], two["runs"][name]
        assert distance(weights, weights2) < 1e-5
        assert rows2 == [pytest.approx(row, rel=1e-3, abs=1e-5) for row in rows]
