"""Sampling and the local engine: the right distribution, exact log-probabilities, no dependence on how rows are cut."""

import pytest
import torch

from flowrl_agent.batching import make_batch
from flowrl_agent.models.chat import Codec
from flowrl_agent.models.policy import Policy
from flowrl_agent.rollout.base import RolloutEngine, SamplingParams
from flowrl_agent.rollout.episode import Episode
from flowrl_agent.rollout.local import LocalEngine
from flowrl_agent.rollout.sampling import sample, uniforms
from flowrl_agent.rollout.scripted import ScriptedEngine
from flowrl_agent.types import Completion, Outcome, Stop
from flowrl_envs.errors import InfrastructureError, UserError

PROMPTS = ("1+2=", "30+41+5=", "how are you today", "7")


def params(**changes: object) -> SamplingParams:
    return SamplingParams(**{"max_new_tokens": 8, **changes})  # type: ignore[arg-type]


def generate(engine: RolloutEngine, codec: Codec, n: int, how: SamplingParams) -> list[list[Completion]]:
    return engine.generate([codec.prompt(p) for p in PROMPTS], n, how)


# sampling


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({}, [0.5, 0.25, 0.15, 0.1]),
        ({"temperature": 0.5}, [0.25, 0.0625, 0.0225, 0.01]),
        ({"top_k": 2}, [0.5, 0.25, 0, 0]),
        ({"top_p": 0.75}, [0.5, 0.25, 0, 0]),
        ({"top_p": 0.76}, [0.5, 0.25, 0.15, 0]),
        ({"top_p": 0.01}, [1, 0, 0, 0]),
        ({"top_k": 3, "top_p": 0.8}, [0.5, 0.25, 0, 0]),  # nucleus of what top-k leaves: 0.833 needs two
        ({"top_k": 99}, [0.5, 0.25, 0.15, 0.1]),
    ],
)
def test_frequencies_and_log_probabilities_are_those_of_the_distribution(
    how: dict[str, float], expected: list[float]
) -> None:
    order = [2, 0, 3, 1]
    logits = torch.tensor([0.5, 0.25, 0.15, 0.1]).log()[order] + 7
    target = torch.tensor(expected)[order] / sum(expected)
    grid = (torch.arange(20_000, dtype=torch.float64) + 0.5) / 20_000
    ids, logp = sample(logits.expand(20_000, 4), grid, params(**how))
    torch.testing.assert_close(ids.bincount(minlength=4) / 20_000, target, atol=1e-4, rtol=0)
    torch.testing.assert_close(logp, target.log()[ids], atol=1e-5, rtol=0)


def test_greedy_takes_the_likeliest_with_certainty() -> None:
    ids, logp = sample(torch.tensor([[0.0, 3.0, 1.0]]), torch.tensor([0.99]), params(temperature=0))
    assert ids.tolist() == [1]
    assert logp.tolist() == [0.0]


def test_a_token_of_no_mass_is_never_drawn_even_at_the_ends_of_the_unit_interval() -> None:
    logits = torch.tensor([[-torch.inf, 0.0, -torch.inf, 0.0, -torch.inf]]).expand(3, 5)
    edges = torch.tensor([0.0, 0.5, 1 - 2**-53], dtype=torch.float64)
    assert sample(logits, edges, params())[0].tolist() == [1, 3, 3]


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_a_model_that_has_diverged_is_not_sampled_from(bad: float, temperature: float) -> None:
    logits = torch.tensor([[0.0, 1.0], [bad, 0.0]])
    with pytest.raises(InfrastructureError, match="diverged"):
        sample(logits, torch.tensor([0.5, 0.5], dtype=torch.float64), params(temperature=temperature))


def test_random_numbers_depend_on_seed_and_row_and_extend_without_change() -> None:
    assert torch.equal(uniforms(1, 2, 10)[:4], uniforms(1, 2, 4))
    assert not torch.equal(uniforms(1, 2, 4), uniforms(1, 3, 4))
    assert not torch.equal(uniforms(1, 2, 4), uniforms(2, 2, 4))
    assert 0.45 < float(uniforms(0, 0, 10_000).mean()) < 0.55


@pytest.mark.parametrize(
    "bad",
    [
        {"max_new_tokens": 0},
        {"temperature": -1.0},
        {"temperature": float("nan")},
        {"top_p": 0.0},
        {"top_p": 1.5},
        {"top_k": -1},
        {"stop": ("",)},
        {"seed": -1},
    ],
)
def test_parameters_that_describe_no_distribution_are_refused_by_name(bad: dict[str, object], codec: Codec) -> None:
    with pytest.raises(UserError, match=next(iter(bad))):
        ScriptedEngine(lambda _text, _i: "x", codec).generate([codec.prompt("x")], 1, params(**bad))


# the local engine


@pytest.mark.parametrize("temperature", [1.0, 0.6])
def test_log_probabilities_are_those_the_policy_recomputes(policy: Policy, codec: Codec, temperature: float) -> None:
    answers = generate(LocalEngine.of(policy, codec), codec, 6, params(temperature=temperature, seed=2))
    rollouts = []
    for group, (prompt, completions) in enumerate(zip(PROMPTS, answers, strict=True)):
        for completion in completions:
            episode = Episode(group, codec, prompt, Outcome(0.0))
            episode.say(completion)
            rollouts.append(episode.rollout())
    batch = make_batch(rollouts, codec.pad_id)
    assert len({len(r.tokens) for r in rollouts}) > 3
    torch.testing.assert_close(policy.logp(batch, temperature), batch.sampler_logp, atol=1e-4, rtol=0)


def test_samples_follow_the_models_distribution(policy: Policy, codec: Codec) -> None:
    prompt = codec.prompt("3+4=")
    answers = LocalEngine.of(policy, codec).generate([prompt], 4000, params(max_new_tokens=1))[0]
    counts = torch.tensor([a.token_ids[0] for a in answers]).bincount(minlength=len(codec.tokenizer))
    probs = torch.softmax(policy.model(torch.tensor([prompt])).logits[0, -1], -1)
    spread = (4000 * probs * (1 - probs)).sqrt()
    assert (probs > 0.02).sum() >= 5
    assert ((counts - 4000 * probs).abs() < 4 * spread)[probs > 0.02].all()


def test_the_same_seed_gives_the_same_samples_and_another_one_others(policy: Policy, codec: Codec) -> None:
    engine = LocalEngine.of(policy, codec)
    one, two, other = (generate(engine, codec, 3, params(seed=s)) for s in (1, 1, 2))
    assert one == two
    assert [c.token_ids for row in one for c in row] != [c.token_ids for row in other for c in row]


@pytest.mark.parametrize("rows", [1, 2, 5])
def test_chunks_and_neighbours_do_not_change_a_sample(policy: Policy, codec: Codec, rows: int) -> None:
    whole = generate(LocalEngine.of(policy, codec), codec, 5, params(seed=4))
    cut = generate(LocalEngine.of(policy, codec, max_rows=rows), codec, 5, params(seed=4))
    alone = LocalEngine.of(policy, codec).generate([codec.prompt(PROMPTS[0])], 2, params(seed=4))
    assert [[c.token_ids for c in row] for row in whole] == [[c.token_ids for c in row] for row in cut]
    assert [c.token_ids for c in alone[0]] == [c.token_ids for c in whole[0][:2]]
    for a, b in zip(whole, cut, strict=True):
        for x, y in zip(a, b, strict=True):
            torch.testing.assert_close(torch.tensor(x.logprobs), torch.tensor(y.logprobs), atol=1e-5, rtol=0)


def test_greedy_is_what_transformers_generates(policy: Policy, codec: Codec) -> None:
    ours = generate(LocalEngine.of(policy, codec), codec, 1, params(temperature=0))
    for prompt, (answer,) in zip(PROMPTS, ours, strict=True):
        ids = torch.tensor([codec.prompt(prompt)])
        theirs = policy.model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=8, do_sample=False)
        assert list(answer.token_ids) == theirs[0, ids.shape[1] :].tolist()


def test_a_completion_ends_with_its_end_token_or_at_the_budget(policy: Policy, codec: Codec) -> None:
    stops = set()
    for answer in (
        a for row in generate(LocalEngine.of(policy, codec), codec, 8, params(max_new_tokens=3)) for a in row
    ):
        stops.add(answer.stop)
        ended = answer.token_ids[-1] in codec.end_ids
        assert (answer.stop is Stop.EOS) == ended
        assert not set(answer.token_ids[:-1]) & codec.end_ids
        assert len(answer.logprobs) == len(answer.token_ids) <= 3
        assert ended or len(answer.token_ids) == 3
        assert answer.text == codec.decode(answer.token_ids)
    assert stops == {Stop.EOS, Stop.LENGTH}


def test_a_stop_string_ends_a_completion_and_its_text_but_keeps_its_tokens(policy: Policy, codec: Codec) -> None:
    engine = LocalEngine.of(policy, codec)
    free = generate(engine, codec, 8, params(seed=1))
    held = generate(engine, codec, 8, params(seed=1, stop=("1", "5")))
    seen = 0
    for a, b in zip((c for row in free for c in row), (c for row in held for c in row), strict=True):
        assert a.token_ids[: len(b.token_ids)] == b.token_ids
        # Text grows token by token; a byte of an unfinished character may read otherwise once the next one is there.
        grown = [codec.decode(a.token_ids[: k + 1]) for k in range(len(a.token_ids))]
        hit = next((k for k, text in enumerate(grown) if "1" in text or "5" in text), None)
        assert (b.stop is Stop.STRING) == (hit is not None)
        if hit is not None:
            assert len(b.token_ids) == hit + 1
            assert b.text == grown[hit].partition("1")[0].partition("5")[0]
            seen += 1
    assert seen > 3


def test_an_engine_has_weights_of_its_own_until_told(policy: Policy, codec: Codec) -> None:
    own, shared = LocalEngine.of(policy, codec), LocalEngine.of(policy, codec, share=True)
    greedy = params(temperature=0)
    before = generate(own, codec, 1, greedy)
    with torch.no_grad():
        policy.model.get_output_embeddings().weight.mul_(-1)
    assert generate(own, codec, 1, greedy) == before
    assert generate(shared, codec, 1, greedy) != before
    own.sync(policy)
    shared.sync(policy)
    assert generate(own, codec, 1, greedy) == generate(shared, codec, 1, greedy) != before


def test_generation_leaves_a_shared_model_as_it_was(policy: Policy, codec: Codec) -> None:
    policy.train()
    generate(LocalEngine.of(policy, codec, share=True), codec, 1, params())
    assert policy.model.training
    policy.model(torch.tensor([[5]])).logits.sum().backward()


def test_nothing_to_do_and_nothing_possible(policy: Policy, codec: Codec) -> None:
    engine = LocalEngine.of(policy, codec)
    assert engine.generate([], 3, params()) == []
    for prompts, n, match in (([()], 1, "prompt 0 has 0"), ([(5,) * 250], 1, "1 to 248"), ([(5,)], 0, "n=0")):
        with pytest.raises(UserError, match=match):
            engine.generate(prompts, n, params())
    with pytest.raises(UserError, match="max_rows=0"):
        LocalEngine.of(policy, codec, max_rows=0)


# the scripted engine


def test_a_script_is_recited_in_order_and_cut_at_the_budget(codec: Codec, policy: Policy) -> None:
    engine = ScriptedEngine({"a": ["yes", "no"]}, codec)
    first, second, third = engine.generate([codec.prompt("a")], 3, params())[0]
    assert (first.text, second.text, third.text) == ("yes", "no", "yes")
    assert first.token_ids == codec.answer("yes")
    assert first.stop is Stop.EOS
    short = engine.generate([codec.prompt("a")], 1, params(max_new_tokens=2))[0][0]
    assert (short.text, short.stop, len(short.token_ids)) == ("ye", Stop.LENGTH, 2)
    engine.sync(policy)
    assert engine.syncs == 1
    assert engine.calls == [["a"], ["a"]]
    with pytest.raises(KeyError, match="no response to 'b'"):
        engine.generate([codec.prompt("b")], 1, params())
