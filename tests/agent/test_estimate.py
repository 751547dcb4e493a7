"""The dry run's sums against what torch really allocates, and the shipped recipes."""

import dataclasses
from pathlib import Path

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from flowrl_agent.algorithms.base import Needs
from flowrl_agent.build.parts import with_heads
from flowrl_agent.cli import main
from flowrl_agent.commands.train import parse
from flowrl_agent.config.estimate import (
    DEVICES,
    Parts,
    activation_bytes,
    critic_parameters,
    estimate,
    forward_flops,
    kv_bytes,
    log_z_parameters,
    memory,
)
from flowrl_agent.config.recipes import find, recipes
from flowrl_agent.config.schema import ConfigError, ModelConfig
from flowrl_agent.config.shape import PUBLISHED, read_shape, shape_of
from flowrl_agent.models.causal import body
from flowrl_agent.models.policy import Policy
from flowrl_agent.models.tiny import TinyConfig, tiny_model, tiny_tokenizer

SMOLLM = Path(__file__).parents[2] / "models" / "smollm2"
RECIPE = "qwen2.5-7b-dapo17k"


def tiny():
    return tiny_model(tiny_tokenizer(), 0, TinyConfig())


def grouped():
    """Grouped-query attention, an output layer of its own, heads narrower than hidden / heads."""
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=300,
            hidden_size=96,
            intermediate_size=200,
            num_hidden_layers=3,
            num_attention_heads=6,
            num_key_value_heads=2,
            head_dim=24,
            tie_word_embeddings=False,
        )
    )


def count(module):
    return sum(p.numel() for p in module.parameters())


def held(optimizer):
    """Bytes of the moments that AdamW keeps."""
    return sum(
        t.nbytes
        for state in optimizer.state.values()
        for name, t in state.items()
        if isinstance(t, torch.Tensor) and name != "step"
    )


@pytest.mark.parametrize("make", [tiny, grouped])
def test_parameters_are_counted_exactly(make):
    model = make()
    assert shape_of(model.config.to_dict()).parameters == count(model)


@pytest.mark.parametrize(
    ("kind", "critic", "needs"),
    [
        ("paper", "separate", Needs(log_z=True)),
        ("released", "separate", Needs(log_z=True)),
        ("scalar", "shared", Needs(log_z=True, value=True)),
        ("paper", "separate", Needs(value=True)),
    ],
)
def test_a_step_of_adamw_holds_what_is_estimated(kind, critic, needs):
    model = tiny()
    settings = ModelConfig(log_z=kind, critic=critic)
    policy = with_heads(Policy(model), settings, needs, 0)
    optimizer = torch.optim.AdamW(policy.parameter_groups(1e-4))
    for parameter in policy.parameters():
        parameter.grad = torch.ones_like(parameter)
    optimizer.step()
    shape = shape_of(model.config.to_dict())
    config = dataclasses.replace(parse(["--algo", "grpo"])[0], model=settings)
    found = memory(shape, config, Parts(True, needs.log_z, needs.value), 100, 64)
    assert found["weights"] == sum(p.nbytes for p in policy.parameters())
    assert found["gradients"] == sum(p.grad.nbytes for p in policy.parameters())
    assert found["optimiser"] == held(optimizer)
    assert found["reference"] == sum(p.nbytes for p in Policy(model).reference().parameters())
    heads = log_z_parameters(shape.hidden, kind) * needs.log_z + critic_parameters(shape, critic) * needs.value
    assert heads == count(policy) - count(model)


@pytest.mark.parametrize("make", [tiny, grouped])
@pytest.mark.parametrize("length", [64, 200])
def test_saved_activations_are_those_of_the_backward_pass(make, length):
    model, kept = make(), {}
    weights = {p.untyped_storage().data_ptr() for p in model.parameters()}

    def save(x):
        if x.untyped_storage().data_ptr() not in weights:
            kept[x.untyped_storage().data_ptr()] = x.untyped_storage()  # alive, so that no address comes twice
        return x

    with torch.autograd.graph.saved_tensors_hooks(save, lambda x: x):
        body(model)(input_ids=torch.zeros(1, length, dtype=torch.long), use_cache=False)
    measured = sum(storage.nbytes() for storage in kept.values())
    assert activation_bytes(shape_of(model.config.to_dict()), length) == pytest.approx(measured, rel=0.15)


@pytest.mark.parametrize("make", [tiny, grouped])
def test_the_cache_is_as_large_as_transformers_makes_it(make):
    model = make()
    cache = model(input_ids=torch.zeros(1, 40, dtype=torch.long), use_cache=True).past_key_values
    measured = sum(layer.keys.nbytes + layer.values.nbytes for layer in cache.layers)
    assert kv_bytes(shape_of(model.config.to_dict()), 40) == measured


def test_operations_are_those_that_torch_counts():
    from torch.utils.flop_counter import FlopCounterMode

    model = grouped()
    model.set_attn_implementation("eager")
    with FlopCounterMode(display=False) as counter:
        model(input_ids=torch.zeros(1, 128, dtype=torch.long), use_cache=False)
    shape = shape_of(model.config.to_dict())
    half = 2.0 * shape.layers * shape.heads * shape.head * 128 * 128  # eager attention computes the other half too
    assert forward_flops(shape, 128) + half == pytest.approx(counter.get_total_flops(), rel=0.02)


@pytest.mark.skipif(not (SMOLLM / "config.json").is_file(), reason="no models/smollm2: run `make smollm2` first")
def test_the_real_small_model_weighs_what_is_estimated():
    policy = Policy.load(SMOLLM)
    shape = read_shape(str(SMOLLM))
    assert shape.parameters == count(policy)
    optimizer = torch.optim.AdamW(policy.parameter_groups(1e-4))
    for parameter in policy.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    assert memory(shape, parse([])[0], Parts(), 10, 1)["optimiser"] == held(optimizer)


def test_qwen_has_the_parameters_that_are_published():
    shape = PUBLISHED["Qwen/Qwen2.5-7B"]
    assert shape.parameters == 7_615_616_512
    assert round(shape.parameters / 1e9, 2) == 7.62
    assert round((shape.parameters - 2 * shape.embedding) / 1e9, 2) == 6.53  # "6.53 B non-embedding" on its card


@pytest.mark.parametrize("name", recipes())
def test_a_recipe_is_valid_and_has_the_papers_settings(name):
    config, algorithm, _ = parse(["--config", name])
    assert (config.rollout.prompts, config.rollout.samples, config.rollout.max_new_tokens) == (512, 8, 8192)
    assert config.rollout.prompts // config.optim.mini_batches == 32
    optim = config.optim
    assert (optim.lr, optim.warmup, optim.weight_decay, optim.clip_norm) == (1e-6, 10, 0.1, 1.0)
    assert (algorithm.config.beta, algorithm.config.clip, algorithm.config.reward) == (15, "two_sided", "standardised")
    assert ("grader" in config.env.kwargs) == name.endswith("answer-line")


@pytest.mark.parametrize("name", recipes())
def test_a_dry_run_of_a_recipe_says_what_it_takes_and_that_no_device_holds_it(name, capsys):
    assert main(["train", "--config", name, "--dry-run"]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "7.616 B parameters" in said
    assert "41.94 M" in said  # 4096 sequences of 10,240 tokens
    assert "It does not fit" in said


def test_an_estimate_by_hand():
    config = parse(["--config", RECIPE])[0]
    found = estimate(PUBLISHED["Qwen/Qwen2.5-7B"], config, Parts(reference=True, log_z=True), 2048, DEVICES["h200"])
    head = 2 * (3584**2 + 3584) + 3584 + 1
    assert found.memory["optimiser"] == 8 * (7_615_616_512 + head)
    assert found.memory["kv cache"] == 2 * 28 * 4 * 128 * 4 * 10_240 * 256
    assert found.tokens == 4096 * 10_240
    assert found.peak == sum(found.memory.values()) - found.memory["activations"]
    assert found.flops == pytest.approx(5 * 4096 * 10_240 * (2 * 7.07e9 + 2 * 28 * 3584 * 10_240), rel=0.01)


def test_a_small_run_fits_and_nothing_is_written(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["train", "--dry-run", "--on", "a100", "--prompt-tokens", "32"]) == 0
    assert "It fits" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--dry-run", "--on", "h2000"], ["h2000", "h200"]),
        (["--dry-run", "--prompt-tokens", "few"], ["few", "whole number"]),
        (["--dry-run", "--model", "some/unknown-7B"], ["some/unknown-7B", "downloads nothing", "Qwen/Qwen2.5-7B"]),
        (["--on", "h200"], ["--dry-run"]),
        (["--config", "qwen2.5-7b-dapo"], ["qwen2.5-7b-dapo", RECIPE]),
    ],
)
def test_mistakes_are_answered(flags, words, capsys):
    assert main(["train", *flags]) == 2
    said = capsys.readouterr().err
    assert all(word in said for word in words), said


def test_a_model_built_otherwise_has_no_estimate():
    with pytest.raises(ConfigError, match="num_attention_heads"):
        shape_of({"hidden_size": 8})
    assert find("my/own.toml") == Path("my/own.toml")
