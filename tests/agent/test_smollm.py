"""A real language model end to end: SmolLM2-135M-Instruct, as `make smollm2` lays it down. Skipped where it is not."""

from pathlib import Path

import pytest
import torch

from flowrl_agent.batching import make_batch, pad_to
from flowrl_agent.models.chat import Codec
from flowrl_agent.models.heads import LogZConfig
from flowrl_agent.models.policy import Policy
from flowrl_agent.rollout.base import SamplingParams
from flowrl_agent.rollout.episode import Episode
from flowrl_agent.rollout.local import LocalEngine
from flowrl_agent.types import Outcome, Stop

FOLDER = Path(__file__).parents[2] / "models" / "smollm2"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (FOLDER / "config.json").is_file(), reason="no models/smollm2: run `make smollm2` first"),
]


@pytest.fixture(scope="module")
def codec() -> Codec:
    return Codec.load(FOLDER)


@pytest.fixture(scope="module")
def policy() -> Policy:
    return Policy.load(FOLDER, LogZConfig(zero_init=False))


@pytest.fixture(scope="module")
def engine(policy: Policy, codec: Codec) -> LocalEngine:
    return LocalEngine.of(policy, codec, share=True)


def test_its_chat_template_frames_every_turn(codec: Codec) -> None:
    text = codec.tokenizer.decode(list(codec.prompt("Hi") + codec.answer("Yes?") + codec.extend("Bye", closed=True)))
    assert text == (
        "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
        "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nYes?<|im_end|>\n"
        "<|im_start|>user\nBye<|im_end|>\n<|im_start|>assistant\n"
    )
    assert codec.end_ids == {codec.tokenizer.convert_tokens_to_ids("<|im_end|>")}


def test_it_answers_in_english_and_ends_its_turn(engine: LocalEngine, codec: Codec) -> None:
    prompt = codec.prompt("What is the capital of France? Answer in one sentence.")
    answer = engine.generate([prompt], 1, SamplingParams(24, temperature=0))[0][0]
    assert "Paris" in answer.text
    assert answer.stop is Stop.EOS


def test_few_shot_examples_set_the_form_of_the_answer(engine: LocalEngine, policy: Policy) -> None:
    shots = (("1 + 1 = ?", "2"), ("4 + 2 = ?", "6"), ("3 + 5 = ?", "8"), ("2 + 7 = ?", "9"))
    codec = Codec.load(FOLDER, system="Answer with a number.", few_shot=shots)
    answers = engine.generate([codec.prompt(f"{a} + 2 = ?") for a in (1, 3, 5)], 1, SamplingParams(6, temperature=0))
    assert all(a[0].text.strip().isdigit() for a in answers)


def test_log_probabilities_of_padded_batches_are_the_engines(engine: LocalEngine, policy: Policy, codec: Codec) -> None:
    prompts = ("Say hello.", "Name three colours that a clear sky can have at different times of the day.")
    answers = engine.generate([codec.prompt(p) for p in prompts], 2, SamplingParams(8, temperature=0.8, seed=1))
    rollouts = []
    for group, (prompt, completions) in enumerate(zip(prompts, answers, strict=True)):
        for completion in completions:
            episode = Episode(group, codec, prompt, Outcome(0.0))
            episode.say(completion)
            rollouts.append(episode.rollout())
    batch = make_batch(rollouts, codec.pad_id)
    with torch.no_grad():
        out, padded = policy(batch, 0.8), policy(pad_to(batch, batch.tokens.shape[1] + 9), 0.8)
    torch.testing.assert_close(out.logp, batch.sampler_logp, atol=2e-4, rtol=0)
    torch.testing.assert_close(padded.logp[:, : out.logp.shape[1]], out.logp, atol=1e-4, rtol=0)
    assert out.log_z is not None
    assert padded.log_z is not None
    torch.testing.assert_close(out.log_z, padded.log_z, atol=1e-4, rtol=0)
    torch.testing.assert_close(out.log_z[0], out.log_z[1], atol=1e-4, rtol=0)
