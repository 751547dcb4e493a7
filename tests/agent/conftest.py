"""A tiny taught model and real rollouts of it, shared by the tests of models, rollout and batching."""

import random
from collections.abc import Iterator

import pytest
import torch

from flowrl_agent.batching import make_batch
from flowrl_agent.models.chat import Codec
from flowrl_agent.models.policy import Policy
from flowrl_agent.models.tiny import TinyConfig, tiny_model, tiny_tokenizer
from flowrl_agent.models.warmstart import WarmStartConfig, warm_start
from flowrl_agent.rollout.base import SamplingParams
from flowrl_agent.rollout.episode import Episode
from flowrl_agent.rollout.local import LocalEngine
from flowrl_agent.types import Batch, Outcome, Rollout

SMALL = TinyConfig(hidden=32, layers=2, heads=2, mlp=64, max_tokens=256)
PROMPTS = ("1+2=", "30+41=", "how are you", "7")


def sums(seed: int = 0) -> Iterator[tuple[str, str]]:
    rng = random.Random(seed)
    while True:
        a, b = rng.randrange(10), rng.randrange(10)
        yield f"{a}+{b}=", str(a + b)


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def codec() -> Codec:
    return Codec(tiny_tokenizer())


@pytest.fixture(scope="session")
def taught(codec: Codec) -> dict[str, torch.Tensor]:
    """Weights of a small model that has seen a hundred batches of sums: neither flat nor certain."""
    policy = Policy(tiny_model(codec.tokenizer, 0, SMALL))
    warm_start(policy, codec, sums(), WarmStartConfig(steps=100, batch=32, lr=3e-3))
    return policy.rollout_state()


@pytest.fixture
def policy(codec: Codec, taught: dict[str, torch.Tensor]) -> Policy:
    model = tiny_model(codec.tokenizer, 0, SMALL)
    model.load_state_dict(taught)
    return Policy(model)


@pytest.fixture(scope="session")
def rollouts(codec: Codec, taught: dict[str, torch.Tensor]) -> list[Rollout]:
    """Four groups of three samples at temperature 1, of different lengths."""
    model = tiny_model(codec.tokenizer, 0, SMALL)
    model.load_state_dict(taught)
    params = SamplingParams(max_new_tokens=9, seed=5)
    answers = LocalEngine(model, codec).generate([codec.prompt(p) for p in PROMPTS], 3, params)
    found = []
    for group, (prompt, completions) in enumerate(zip(PROMPTS, answers, strict=True)):
        for k, completion in enumerate(completions):
            episode = Episode(group, codec, prompt, Outcome(0.0))
            episode.say(completion)
            episode.judged(float(k), Outcome(0.0, correct=k == 1), over=True)
            found.append(episode.rollout())
    return found


@pytest.fixture
def batch(rollouts: list[Rollout], codec: Codec) -> Batch:
    return make_batch(rollouts, codec.pad_id)
