"""Every algorithm learns, through the whole of `flowrl train`: exact probabilities of the policy before and after."""

import random
from dataclasses import replace
from itertools import islice

import pytest
import torch

from flowrl_agent.algorithms import ALGORITHMS, load_algorithm
from flowrl_agent.algorithms.flowrl import FlowRL, FlowRLConfig
from flowrl_agent.batching import make_batch
from flowrl_agent.build.parts import demonstrations, make_envs, model_folder, task_of
from flowrl_agent.build.run import train
from flowrl_agent.config.schema import (
    EnvConfig,
    LogConfig,
    ModelConfig,
    OptimConfig,
    RolloutConfig,
    TrainConfig,
)
from flowrl_agent.metrics.sinks import read_rows
from flowrl_agent.models.chat import Codec
from flowrl_agent.models.policy import Policy
from flowrl_agent.models.tiny import TinyConfig, tiny_model
from flowrl_agent.models.warmstart import WarmStartConfig, warm_start
from flowrl_agent.rollout.episode import Episode
from flowrl_agent.trainer.state import save_policy
from flowrl_agent.types import Completion, Outcome, Stop

LOCKS = 2
MODES = EnvConfig("FlowRL/Modes-v0", kwargs={"prompts": LOCKS, "alphabet": "abcdefgh", "half": 0, "style": "short"})
SUMS = EnvConfig("FlowRL/Arithmetic-v0", kwargs={"level": 0, "style": "short"})
SMALL = TinyConfig(hidden=32, layers=2, heads=2, mlp=64, max_tokens=64)
BETA = 2.0
MATCHING = FlowRLConfig(beta=BETA, beta_per="sequence", length="none", reward="raw")
"""FlowRL whose optimum is exactly pi_ref exp(beta r) / Z."""


def letters(seed):
    """Answers a lock with any letter, some likelier at one lock than at another, whether they pay or not.

    A start that never looked at the lock's name would first have to learn to look.
    """
    rng = random.Random(seed)
    while True:
        lock = rng.randrange(LOCKS)
        yield f"mode {lock}:", rng.choices("abcdefgh", [6 if (k >> lock) % 2 else 1 for k in range(8)])[0]


def taught(codec, pairs, steps, folder, size=SMALL):
    policy = Policy(tiny_model(codec.tokenizer, 0, size))
    warm_start(policy, codec, pairs, WarmStartConfig(steps=steps, batch=64, lr=3e-3))
    save_policy(policy, codec, folder)
    return str(folder / "model")


@pytest.fixture(scope="module")
def mode_start(codec, tmp_path_factory):
    return taught(codec, letters(0), 220, tmp_path_factory.mktemp("modes"))


@pytest.fixture(scope="module")
def sum_start(codec, tmp_path_factory):
    pairs = demonstrations(task_of(make_envs(SUMS, 1)), "train", 0)
    size = replace(SMALL, hidden=64, mlp=128)
    return taught(codec, pairs, 110, tmp_path_factory.mktemp("sums"), size)


def probabilities(folder, questions):
    """[n] exact probability of each (prompt, whole answer) under the policy saved there."""
    codec, policy = Codec.load(model_folder(folder)), Policy.load(model_folder(folder))
    rollouts = []
    for prompt, answer in questions:
        ids, episode = codec.answer(answer), Episode(0, codec, prompt, Outcome(0.0))
        episode.say(Completion(answer, ids, (0.0,) * len(ids), Stop.EOS))
        episode.judged(0.0, Outcome(0.0), over=True)
        rollouts.append(episode.rollout())
    return policy.logp(make_batch(rollouts, codec.pad_id), 1.0).sum(1).exp()


def learn(folder, start, env, algorithm, name, steps, prompts=4, **optim):
    config = TrainConfig(
        name,
        algorithm.config,
        steps=steps,
        device="cpu",
        env=env,
        model=ModelConfig(start),
        rollout=RolloutConfig(prompts=prompts, samples=16, max_new_tokens=3),
        optim=OptimConfig(
            **{"lr": 5e-3, "critic_lr": 5e-3, "weight_decay": 0.0, "warmup": 2, "micro_batch": 256, **optim}
        ),
        log=LogConfig(dir=str(folder), console=False, checkpoint_every=0, transcripts_every=0),
    )
    return str(train(config, algorithm))


def matching(name):
    return FlowRL(MATCHING) if name == "flowrl" else load_algorithm(name)


@pytest.mark.parametrize("name", sorted(ALGORITHMS))
def test_it_finds_the_words_that_pay(name, mode_start, tmp_path):
    task = task_of(make_envs(MODES, 1))
    problems = [task.problem("train", i) for i in range(LOCKS)]
    questions = [(p.prompt, word) for p in problems for word in sorted(task.solutions(p))]
    before = float(probabilities(mode_start, questions).sum() / LOCKS)
    assert 0.3 < before < 0.65
    run = learn(tmp_path / "run", mode_start, MODES, matching(name), name, steps=20)
    assert float(probabilities(run, questions).sum() / LOCKS) > before + 0.15
    rewards = [row.values["reward/mean"] for row in read_rows(tmp_path / "run" / "metrics.jsonl")]
    assert sum(rewards[-5:]) / 5 > sum(rewards[:5]) / 5 + 0.1


ADDERS = {
    "flowrl": FlowRL(FlowRLConfig(beta=1.0)),  # two tokens an answer: the paper's 15 a token would drown the reference
    "grpo": load_algorithm("grpo"),
    "ppo": load_algorithm("ppo"),
    "reinforce_pp": load_algorithm("reinforce_pp"),
}


@pytest.mark.parametrize("name", sorted(ADDERS))
def test_it_adds_better_than_it_was_taught(name, sum_start, tmp_path):
    task = task_of(make_envs(SUMS, 1))
    questions = list(dict.fromkeys(islice(demonstrations(task, "train", 1), 2000)))
    before = float(probabilities(sum_start, questions).mean())
    assert 0.25 < before < 0.5
    cut = {"lr": 2e-4, "critic_lr": 1e-3, "log_z_lr": 1e-3, "mini_batches": 4, "epochs": 2, "warmup": 10}
    run = learn(tmp_path / "run", sum_start, SUMS, ADDERS[name], name, steps=24, prompts=16, **cut)
    assert float(probabilities(run, questions).mean()) > before + 0.03


def test_flowrl_ends_at_the_tilted_reference_and_grpo_does_not(mode_start, tmp_path):
    """The oracle of Modes, end to end: total variation to pi_ref exp(beta r) / Z over all words of each problem."""
    task = task_of(make_envs(MODES, 1))
    problems = [task.problem("train", i) for i in range(LOCKS)]
    questions = [(p.prompt, word) for p in problems for word in task.responses(p)]
    rewards = torch.tensor([task.reward_of(p, word) for p in problems for word in task.responses(p)])
    ref = probabilities(mode_start, questions).view(LOCKS, 8)
    tilted = ref * (BETA * rewards).view(LOCKS, 8).exp()
    rest = (1 - ref.sum(1)).clamp(min=0)  # junk earns 0 and keeps its weight
    z = tilted.sum(1) + rest
    target = tilted / z[:, None]

    def away(run):
        return float((probabilities(run, questions).view(LOCKS, 8) - target).abs().sum(1).mean()) / 2

    settings = {"steps": 120, "lr": 2e-3, "log_z_lr": 1e-2, "mini_batches": 1}
    flow = away(learn(tmp_path / "flow", mode_start, MODES, FlowRL(MATCHING), "flowrl", **settings))
    greedy = away(learn(tmp_path / "grpo", mode_start, MODES, load_algorithm("grpo"), "grpo", **settings))
    assert flow < 0.06
    assert greedy > 0.2
    log_z = [r.values["flow/log_z"] for r in read_rows(tmp_path / "flow" / "metrics.jsonl")]
    assert sum(log_z[-10:]) / 10 == pytest.approx(float(z.log().mean()), abs=0.1)


def test_a_reward_that_the_verifier_could_not_give_teaches_nothing(mode_start, tmp_path):
    start = probabilities(mode_start, [("mode 0:", "a")])
    env = replace(MODES, id="Ungraded/Modes-v0")
    register_ungraded()
    run = learn(tmp_path / "run", mode_start, env, load_algorithm("grpo"), "grpo", steps=3)
    assert torch.equal(probabilities(run, [("mode 0:", "a")]), start)
    rows = read_rows(tmp_path / "run" / "metrics.jsonl")
    assert all(row.values["reward/ungraded"] == 1 and row.values["optim/skipped"] == 1 for row in rows)


def register_ungraded():
    import gymnasium

    if "Ungraded/Modes-v0" not in gymnasium.registry:
        gymnasium.register("Ungraded/Modes-v0", vector_entry_point=ungraded_envs)


def ungraded_envs(num_envs, **options):
    from flowrl_envs.tasks.modes import Modes
    from flowrl_envs.types import Reason, ungraded
    from flowrl_envs.vector import make_vector_env

    class Broken(Modes):
        def score(self, problem, response):
            return ungraded(Reason.TIMEOUT)

    return make_vector_env(Broken(**options), num_envs)
