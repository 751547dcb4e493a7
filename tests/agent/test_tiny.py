"""The tiny model is an ordinary Hugging Face model, and the warm start teaches it."""

import random
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoModelForCausalLM, AutoTokenizer

from flowrl_agent.models.chat import Codec
from flowrl_agent.models.heads import LogZConfig
from flowrl_agent.models.policy import Policy
from flowrl_agent.models.tiny import TinyConfig, tiny_model, tiny_tokenizer
from flowrl_agent.models.warmstart import WarmStartConfig, warm_start
from flowrl_agent.rollout.base import SamplingParams
from flowrl_agent.rollout.local import LocalEngine
from flowrl_envs.errors import UserError

SMALL = TinyConfig(hidden=32, layers=2, heads=2, mlp=64, max_tokens=64)
TOKENIZER = tiny_tokenizer(("Use the numbers",))


def sums(seed: int = 0) -> Iterator[tuple[str, str]]:
    rng = random.Random(seed)
    while True:
        a, b = rng.randrange(10), rng.randrange(10)
        yield f"{a}+{b}=", str(a + b)


@given(st.text(max_size=50))
def test_every_text_survives_the_tokenizer(text: str) -> None:
    ids = TOKENIZER.encode(text)
    assert TOKENIZER.decode(ids) == text
    assert len(ids) <= len(text.encode())


def test_words_of_the_task_are_single_tokens() -> None:
    assert len(TOKENIZER.encode("Use the numbers")) == 1
    assert len(TOKENIZER.encode("12+3=")) == 5


def test_a_saved_model_folder_loads_with_transformers_and_is_the_same(tmp_path: Path) -> None:
    model = tiny_model(TOKENIZER, 0, SMALL).eval()
    model.save_pretrained(tmp_path)
    TOKENIZER.save_pretrained(tmp_path)
    tokenizer, loaded = AutoTokenizer.from_pretrained(tmp_path), AutoModelForCausalLM.from_pretrained(tmp_path)
    one, two = Codec(TOKENIZER), Codec(tokenizer)
    ids = torch.tensor([one.prompt("Use the numbers 1, é")])
    assert two.prompt("Use the numbers 1, é") == one.prompt("Use the numbers 1, é")
    assert two.end_ids == one.end_ids
    torch.testing.assert_close(loaded(ids).logits, model(ids).logits)


def test_the_default_model_has_under_a_million_parameters() -> None:
    assert 8e5 < sum(p.numel() for p in tiny_model(TOKENIZER, 0).parameters()) < 1e6


def test_a_model_is_a_function_of_its_seed_and_leaves_the_global_state_alone() -> None:
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    one = tiny_model(TOKENIZER, 1, SMALL).state_dict()
    assert torch.equal(torch.rand(2), expected)
    assert all(torch.equal(v, one[k]) for k, v in tiny_model(TOKENIZER, 1, SMALL).state_dict().items())
    other = tiny_model(TOKENIZER, 2, SMALL).state_dict()
    assert not torch.equal(one["model.embed_tokens.weight"], other["model.embed_tokens.weight"])


def accuracy(policy: Policy, codec: Codec) -> float:
    pairs = list(islice(sums(9), 64))
    prompts = [codec.prompt(p) for p, _ in pairs]
    answers = LocalEngine.of(policy, codec, share=True).generate(prompts, 1, SamplingParams(4, temperature=0))
    return sum(a[0].text == gold for a, (_, gold) in zip(answers, pairs, strict=True)) / len(pairs)


def test_a_warm_start_teaches_one_digit_sums_in_seconds() -> None:
    codec = Codec(TOKENIZER)
    policy = Policy(tiny_model(TOKENIZER, 0, TinyConfig(hidden=64, layers=2, heads=2, mlp=128)))
    before = accuracy(policy, codec)
    losses = warm_start(policy, codec, sums(), WarmStartConfig(steps=300, batch=64, lr=5e-3))
    assert before < 0.2
    assert losses[-1] < 0.2 * losses[0]
    assert accuracy(policy, codec) > 0.9


def test_a_warm_start_repeats_exactly_and_leaves_heads_alone() -> None:
    codec = Codec(TOKENIZER)
    runs = []
    for _ in range(2):
        torch.manual_seed(4)
        policy = Policy(tiny_model(TOKENIZER, 0, SMALL), LogZConfig(zero_init=False))
        head = {k: v.clone() for k, v in policy.state_dict().items() if k.startswith("log_z")}
        losses = warm_start(policy, codec, sums(), WarmStartConfig(steps=5))
        assert all(torch.equal(v, policy.state_dict()[k]) for k, v in head.items())
        runs.append((losses, policy.rollout_state()))
    assert runs[0][0] == runs[1][0]
    assert all(torch.equal(v, runs[1][1][k]) for k, v in runs[0][1].items())


def test_a_warm_start_ends_when_told_or_when_the_pairs_do() -> None:
    codec = Codec(TOKENIZER)
    policy = Policy(tiny_model(TOKENIZER, 0, SMALL))
    told = warm_start(
        policy, codec, sums(), WarmStartConfig(steps=50, batch=4, check_every=3), lambda step, _: step >= 6
    )
    assert len(told) == 6
    assert len(warm_start(policy, codec, islice(sums(), 9), WarmStartConfig(steps=50, batch=4))) == 3
    with pytest.raises(UserError, match="no pairs"):
        warm_start(policy, codec, iter(()), WarmStartConfig(steps=1))
