"""Exact measures of a real policy: they agree with sampling, are zero at the target, and fall where flow is matched."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from flowrl_agent.build.run import train
from flowrl_agent.build.trial import Examiner, Trial, listing
from flowrl_agent.commands.train import parse
from flowrl_agent.config.schema import EnvConfig
from flowrl_agent.exact import Gauge, Listing, log_probs, measure
from flowrl_agent.metrics.sinks import read_rows
from flowrl_agent.models.chat import Codec
from flowrl_agent.models.heads import LogZConfig
from flowrl_agent.models.policy import Policy
from flowrl_agent.models.tiny import TinyConfig, tiny_model
from flowrl_agent.models.warmstart import WarmStartConfig, warm_start
from flowrl_agent.ops.flow import Balance
from flowrl_agent.rollout.base import SamplingParams
from flowrl_agent.rollout.local import LocalEngine
from flowrl_envs.task import Task, exact
from flowrl_envs.tasks.countdown import Countdown
from flowrl_envs.tasks.modes import Modes
from flowrl_envs.types import Problem, ungraded

WORDS = tuple("".join(w) for n in (1, 2) for w in itertools.product("ab", repeat=n))
LOCK = Listing("lock:", WORDS, (1.0, 0.0, 0.0, 0.5, 1.0, 0.0), (True, False, False, False, True, False), True)


@pytest.fixture(scope="module")
def codec():
    from flowrl_agent.models.tiny import tiny_tokenizer

    return Codec(tiny_tokenizer())


@pytest.fixture(scope="module")
def writer(codec):
    """Writes the six words with unequal frequency, and something else about once in a hundred."""
    policy = Policy(tiny_model(codec.tokenizer, 0, TinyConfig(32, 2, 2, 64, 64)), LogZConfig(zero_init=False))
    pairs = itertools.cycle([("lock:", w) for w in (*WORDS, "a", "a", "ab", "c")])
    warm_start(policy, codec, pairs, WarmStartConfig(steps=60, batch=32, lr=5e-3))
    return policy


def gauge(codec, **changes):
    return replace(Gauge(codec, 1.0, 8, 16), **changes)


def test_probabilities_are_what_sampling_gives(writer, codec):
    (found,) = log_probs(writer, [LOCK], gauge(codec))
    said = LocalEngine.of(writer, codec).generate([codec.prompt("lock:")], 4000, SamplingParams(8, seed=3))[0]
    counts = np.array([sum(c.text == w for c in said) for w in WORDS]) / 4000
    error = np.sqrt(np.exp(found.logp) / 4000)
    assert (np.abs(counts - np.exp(found.logp)) < 4 * error).all()
    assert found.length.tolist() == [2, 2, 3, 3, 3, 3]


def test_a_budget_that_is_too_small_cuts_the_end_token_and_then_the_word(writer, codec):
    said = LocalEngine.of(writer, codec).generate([codec.prompt("lock:")], 2000, SamplingParams(1, seed=3))[0]
    (found,) = log_probs(writer, [LOCK], gauge(codec, max_new_tokens=1))
    assert np.exp(found.logp[0]) == pytest.approx(np.mean([c.text == "a" for c in said]), abs=0.05)
    assert found.logp[2:].tolist() == [-math.inf] * 4
    (row,) = measure(writer, [LOCK], gauge(codec, max_new_tokens=1, reference=writer))
    assert all(math.isfinite(value) for value in row.values())


def test_a_policy_at_its_target_has_no_distance_and_its_log_z_error_is_the_heads(writer, codec):
    flat = replace(LOCK, rewards=(0.0,) * 6)
    (row,) = measure(writer, [flat], gauge(codec, reference=writer, own=Balance(3.0)))
    for name in ("exact_tv", "exact_kl", "exact_kl_reverse", "exact_kl_right"):
        assert row[name] == pytest.approx(0, abs=1e-6), name
    batch_log_z = measure(writer, [flat, flat], gauge(codec, reference=writer, own=Balance(3.0)))
    assert row["exact_log_z_error"] > 1e-3  # a fresh head says something else than the true 0
    assert batch_log_z[1]["exact_log_z_error"] == pytest.approx(row["exact_log_z_error"], abs=1e-5)


def test_the_start_is_as_far_from_the_target_as_by_hand(writer, codec):
    (row,) = measure(writer, [LOCK], gauge(codec, reference=writer, balance=Balance(2.0)))
    p = np.exp(log_probs(writer, [LOCK], gauge(codec))[0].logp)
    p = np.append(p, 1 - p.sum())
    q = p * np.exp(2 * np.array([*LOCK.rewards, 0]))
    q /= q.sum()
    assert row["exact_tv"] == pytest.approx(np.abs(p - q).sum() / 2, abs=1e-6)
    assert row["exact_kl"] == pytest.approx((p * np.log(p / q)).sum(), abs=1e-5)
    assert row["exact_kl_reverse"] == pytest.approx((q * np.log(q / p)).sum(), abs=1e-5)
    assert row["exact_right"] == pytest.approx(p[0] + p[4])
    assert row["exact_listed"] == pytest.approx(p[:6].sum())
    assert row["exact_coverage"] == pytest.approx(np.mean([1 - (1 - x) ** 16 for x in (p[0], p[4])]))


def test_where_only_right_answers_are_listed_their_proportions_are_compared(writer, codec):
    right = Listing("lock:", ("a", "ab", "ba"), (1.0,) * 3, (True,) * 3, complete=False)
    other = Policy(tiny_model(codec.tokenizer, 1, TinyConfig(32, 2, 2, 64, 64)))
    (row,) = measure(writer, [right], gauge(codec, reference=other))
    p, q = (np.exp(log_probs(x, [right], gauge(codec))[0].logp) for x in (writer, other))
    p, q = p / p.sum(), q / q.sum()
    assert row["exact_kl_right"] == pytest.approx((p * np.log(p / q)).sum(), abs=1e-5)
    assert row.keys() == {"exact_right", "exact_coverage", "exact_kl_right"}


def test_a_problem_without_a_list_has_no_measures_and_keeps_its_place(writer, codec):
    rows = measure(writer, [None, LOCK, None], gauge(codec))
    assert [bool(row) for row in rows] == [False, True, False]
    assert measure(writer, [None], gauge(codec)) == [{}]


def test_measuring_changes_nothing(writer, codec):
    before = {k: v.clone() for k, v in writer.state_dict().items()}
    writer.train()
    state = torch.get_rng_state()
    measure(writer, [LOCK], gauge(codec, reference=writer, own=Balance(1.0)))
    assert writer.log_z.training
    assert torch.equal(state, torch.get_rng_state())
    assert all(torch.equal(v, before[k]) for k, v in writer.state_dict().items())


class Odd(Task):
    """Its solutions are written in a form that is not right as it stands, or cannot be judged."""

    def problem(self, split, index):
        return Problem(str(index), "?", "yes")

    def score(self, problem, response):
        return ungraded("broken") if response == "broken" else exact(problem, response)

    def gold(self, problem):
        return "yes"

    def solutions(self, problem):
        return frozenset({"YES"})


def test_lists_are_of_what_is_right_as_it_stands():
    modes = listing(Modes(length=2, alphabet="abc"), "train", 0, 100)
    assert (len(modes.responses), sum(modes.right), modes.rewards.count(0.5), modes.complete) == (9, 3, 1, True)
    assert listing(Modes(), "train", 0, 7) is None
    sums = listing(Countdown(least=3, style="short"), "test", 0, 100)
    assert all(sums.right)
    assert not sums.complete
    assert len(sums.responses) >= 3
    assert listing(Odd(), "train", 0, 100) is None


def test_the_budget_is_spent_on_the_first_problems():
    trial = Trial(EnvConfig("FlowRL/Modes-v0"), "train", 5, 1, SamplingParams(4), 0)
    assert [found is not None for found in Examiner(trial).listings(20)] == [True, True, False, False, False]
    endless = Trial(EnvConfig("FlowRL/Math-v0"), "train", 3, 1, SamplingParams(4), 0)
    assert Examiner(endless).listings(100) == [None] * 3


def modes_run(folder, *flags):
    """TV, log Z error by step of a training on four problems that are evaluated exactly."""
    shared = ["--env", "FlowRL/Modes-v0", "--env.kwargs.style", "short", "--env.kwargs.prompts", "4"]
    shared += ["--model.warm-start", "60", "--model.keep-start", "--rollout.max-new-tokens", "4", "--optim.lr", "3e-4"]
    shared += ["--rollout.prompts", "4", "--rollout.samples", "16", "--optim.mini-batches", "1", "--steps", "40"]
    shared += ["--eval.every", "40", "--eval.split", "train", "--eval.problems", "4", "--eval.samples", "2"]
    shared += ["--seed", "1", "--eval.beta", "2", "--device", "cpu", "--log.no-console", "--out", str(folder)]
    train(*parse([*shared, *flags]))
    rows = [row.values for row in read_rows(folder / "metrics.jsonl") if "eval/exact_tv" in row.values]
    return rows[0], rows[-1]


def test_flowrl_comes_nearer_to_its_target_and_grpo_leaves_it(tmp_path):
    flow = ["--algo", "flowrl", "--algo.beta", "2", "--algo.beta-per", "sequence", "--algo.length", "none"]
    flow += ["--algo.reward", "raw", "--optim.log-z-lr", "1e-2"]
    first, last = modes_run(tmp_path / "flowrl", *flow)
    assert last["eval/exact_tv"] < 0.8 * first["eval/exact_tv"]
    assert last["eval/exact_kl"] < 0.6 * first["eval/exact_kl"]
    assert last["eval/exact_log_z_error"] < 0.2 * first["eval/exact_log_z_error"]
    first, last = modes_run(tmp_path / "grpo", "--algo", "grpo")
    assert last["eval/exact_tv"] > 1.5 * first["eval/exact_tv"]
    assert last["eval/exact_right"] > first["eval/exact_right"]
    assert "eval/exact_log_z_error" not in last
