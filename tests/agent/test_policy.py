"""The policy against transformers' own logits, and the invariances that training relies on."""

import copy
from dataclasses import fields, replace

import pytest
import torch
from torch import Tensor
from transformers import (
    CohereConfig,
    CohereForCausalLM,
    Gemma2Config,
    Gemma2ForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    GraniteConfig,
    GraniteForCausalLM,
    PreTrainedModel,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from flowrl_agent.batching import micro_batches, pad_to
from flowrl_agent.models.heads import LogZConfig, ValueConfig
from flowrl_agent.models.policy import Policy
from flowrl_agent.types import Batch, PolicyOutput
from flowrl_envs.errors import UserError

HEADS = (LogZConfig(zero_init=False), ValueConfig(zero_init=False))


def with_heads(policy: Policy, log_z: LogZConfig = HEADS[0], value: ValueConfig = HEADS[1]) -> Policy:
    torch.manual_seed(0)
    return Policy(policy.model, log_z, value)


def scalar(out: PolicyOutput) -> Tensor:
    """Something that depends on every output, each row with a weight of its own."""
    assert out.log_z is not None
    assert out.value is not None
    return (out.logp.sin() + out.value.cos() * (out.logp != 0)).sum() + out.log_z.sin().sum()


def gradient(policy: Policy, pieces: list[Batch], temperature: float = 1.0) -> list[Tensor]:
    policy.zero_grad()
    for piece in pieces:
        scalar(policy(piece, temperature)).backward()
    return [torch.zeros_like(p) if p.grad is None else p.grad.clone() for p in policy.parameters()]


def pad_left(batch: Batch, count: int) -> Batch:
    """Rows moved to the right end of a grid that is `count` wider."""
    moved = {}
    lengths = batch.attention.sum(1)
    for field in fields(batch):
        value = getattr(batch, field.name)
        if isinstance(value, Tensor) and value.ndim == 2:
            wide = torch.nn.functional.pad(value, (count, 0))
            shift = batch.attention.shape[1] - lengths
            moved[field.name] = torch.stack([row.roll(int(s)) for row, s in zip(wide, shift, strict=True)])
    return replace(batch, **moved)


def families() -> list[PreTrainedModel]:
    sizes = {"vocab_size": 400, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    more = {**sizes, "num_key_value_heads": 2, "intermediate_size": 48, "max_position_embeddings": 128}
    torch.manual_seed(1)
    return [
        GPT2LMHeadModel(GPT2Config(vocab_size=400, n_embd=32, n_layer=2, n_head=2, n_positions=128)),
        Qwen3ForCausalLM(Qwen3Config(**more, head_dim=16)),
        Gemma2ForCausalLM(Gemma2Config(**more, head_dim=16, sliding_window=8, final_logit_softcapping=3.0)),
        CohereForCausalLM(CohereConfig(**more, logit_scale=0.3)),
        GraniteForCausalLM(GraniteConfig(**more, logits_scaling=4.0)),
    ]


@pytest.mark.parametrize("model", families(), ids=lambda m: type(m).__name__)
@pytest.mark.parametrize("temperature", [1.0, 0.6])
def test_logp_and_entropy_are_those_of_the_models_own_logits(
    model: PreTrainedModel, temperature: float, batch: Batch
) -> None:
    policy = Policy(model, chunk_floats=3 * 400).train()
    out = policy(batch, temperature)
    model.eval()
    logits = model(input_ids=batch.tokens, attention_mask=batch.attention.long()).logits[:, :-1] / temperature
    expected = torch.distributions.Categorical(logits=logits)
    logp = expected.log_prob(batch.tokens[:, 1:]) * batch.mask
    torch.testing.assert_close(out.logp, logp, atol=2e-5, rtol=0)
    torch.testing.assert_close(out.entropy, expected.entropy() * batch.mask, atol=2e-5, rtol=0)
    ours = torch.autograd.grad(out.logp.sin().sum(), list(model.parameters()), allow_unused=True)
    theirs = torch.autograd.grad(logp.sin().sum(), list(model.parameters()), allow_unused=True)
    for mine, other in zip(ours, theirs, strict=True):
        if other is not None:
            torch.testing.assert_close(mine, other, atol=3e-5, rtol=1e-3)


def test_the_output_layer_sees_agent_tokens_alone_and_never_more_than_a_chunk(policy: Policy, batch: Batch) -> None:
    seen: list[int] = []
    layer = policy.model.get_output_embeddings()
    layer.register_forward_hook(lambda _module, args, _out: seen.append(args[0].shape[0]))
    policy.chunk_floats = 4 * layer.weight.shape[0]
    policy(batch, 1.0)
    assert max(seen) == 4
    assert sum(seen) == int(batch.mask.sum())


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("value", [ValueConfig("separate", zero_init=False), ValueConfig("shared", zero_init=False)])
@pytest.mark.parametrize("pool", ["all", "all_but_last"])
def test_padding_changes_nothing(policy: Policy, batch: Batch, side: str, value: ValueConfig, pool: str) -> None:
    policy = with_heads(policy, LogZConfig(pool=pool, zero_init=False), value)
    length = batch.tokens.shape[1]
    padded = pad_to(batch, length + 7, pad_id=9) if side == "right" else pad_left(batch, 7)
    one, two = policy(batch, 1.0), policy(padded, 1.0)
    assert one.log_z is not None
    assert one.value is not None
    torch.testing.assert_close(one.log_z, two.log_z, atol=1e-5, rtol=0)
    for a, b in ((one.logp, two.logp), (one.entropy, two.entropy), (one.value, two.value)):
        torch.testing.assert_close(a[batch.mask], b[padded.mask], atol=1e-5, rtol=0)
        assert (b[~padded.mask] == 0).all()
    for a, b in zip(gradient(policy, [batch]), gradient(policy, [padded]), strict=True):
        torch.testing.assert_close(a, b, atol=1e-4, rtol=1e-3)


def test_order_changes_nothing(policy: Policy, batch: Batch) -> None:
    policy = with_heads(policy)
    order = torch.randperm(batch.size, generator=torch.Generator().manual_seed(0))
    one, two = policy(batch, 1.0), policy(batch.rows(order), 1.0)
    assert one.log_z is not None
    torch.testing.assert_close(one.logp[order], two.logp, atol=1e-5, rtol=0)
    torch.testing.assert_close(one.log_z[order], two.log_z, atol=1e-5, rtol=0)


@pytest.mark.parametrize("kind", ["paper", "released", "scalar"])
def test_a_split_into_micro_batches_has_the_gradient_of_the_whole(policy: Policy, batch: Batch, kind: str) -> None:
    policy = with_heads(policy, LogZConfig(kind, zero_init=False)).train()
    whole = gradient(policy, [batch])
    for pieces in (micro_batches(batch, max_sequences=5), micro_batches(batch, max_tokens=40)):
        assert len(pieces) > 1
        for a, b in zip(whole, gradient(policy, pieces), strict=True):
            torch.testing.assert_close(a, b, atol=1e-4, rtol=1e-3)


def test_a_masked_row_equals_a_row_left_out(policy: Policy, batch: Batch) -> None:
    policy = with_heads(policy)
    mask = batch.mask.clone()
    mask[3] = False
    kept = torch.arange(batch.size) != 3
    out, sliced = policy(replace(batch, mask=mask), 1.0), policy(batch.rows(kept), 1.0)
    assert (out.logp[3] == 0).all()
    torch.testing.assert_close(out.logp[kept], sliced.logp, atol=1e-5, rtol=0)


def test_a_batch_without_a_single_agent_token_still_has_a_gradient(policy: Policy, batch: Batch) -> None:
    policy = with_heads(policy)
    empty = replace(batch, mask=torch.zeros_like(batch.mask))
    assert all(torch.isfinite(g).all() for g in gradient(policy, [empty]))


@pytest.mark.parametrize("kind", ["paper", "released", "scalar"])
def test_log_z_is_one_number_a_prompt_whatever_was_answered(policy: Policy, batch: Batch, kind: str) -> None:
    policy = with_heads(policy, LogZConfig(kind, zero_init=False)).train()
    log_z = policy(batch, 1.0).log_z
    assert log_z is not None
    for group in range(4):
        members = log_z[batch.group == group]
        torch.testing.assert_close(members, members[:1].expand_as(members), atol=1e-6, rtol=0)
    if kind != "scalar":
        assert len(log_z.detach().round(decimals=4).unique()) == 4


@pytest.mark.parametrize("detach", [True, False])
def test_detach_keeps_the_gradient_of_log_z_out_of_the_model(policy: Policy, batch: Batch, detach: bool) -> None:
    policy = with_heads(policy, LogZConfig(detach=detach, zero_init=False))
    log_z = policy(batch, 1.0).log_z
    assert log_z is not None
    log_z.sum().backward()
    assert all(p.grad is None for p in policy.model.parameters()) == detach
    assert policy.log_z is not None
    assert all(p.grad is not None for p in policy.log_z.parameters())


def test_a_value_knows_the_tokens_before_its_own_and_no_later_one(policy: Policy, batch: Batch) -> None:
    policy = with_heads(policy)
    last = batch.mask.float().cumsum(1).argmax(1)
    tokens = batch.tokens.clone()
    tokens[torch.arange(batch.size), last + 1] = 20  # another last agent token
    one, two = policy(batch, 1.0).value, policy(replace(batch, tokens=tokens), 1.0).value
    torch.testing.assert_close(one, two, atol=1e-6, rtol=0)
    tokens[torch.arange(batch.size), last] = 20  # another token before it
    three = policy(replace(batch, tokens=tokens), 1.0).value
    assert three is not None
    rows = torch.arange(batch.size)
    assert ((three - one)[rows, last].abs() > 1e-6).all()


@pytest.mark.parametrize("backbone", ["separate", "shared"])
def test_only_a_shared_critic_moves_the_policy(policy: Policy, batch: Batch, backbone: str) -> None:
    policy = with_heads(policy, value=ValueConfig(backbone, zero_init=False))  # type: ignore[arg-type]
    value = policy(batch, 1.0).value
    assert value is not None
    value.sum().backward()
    assert any(p.grad is not None for p in policy.model.parameters()) == (backbone == "shared")


def test_heads_start_at_zero_by_default(policy: Policy, batch: Batch) -> None:
    out = Policy(policy.model, LogZConfig(), ValueConfig())(batch, 1.0)
    assert out.log_z is not None
    assert out.value is not None
    assert (out.log_z == 0).all()
    assert (out.value == 0).all()


def test_rollout_weights_are_the_models_alone(policy: Policy) -> None:
    full = with_heads(policy)
    assert set(full.rollout_state()) == set(policy.model.state_dict())
    copy.deepcopy(policy.model).load_state_dict(full.rollout_state(), strict=True)
    assert any(name.startswith("log_z.") for name in full.state_dict())


def test_a_reference_stays_behind_and_follows_when_told(policy: Policy, batch: Batch) -> None:
    policy = with_heads(policy)
    reference = policy.reference()
    before = reference.logp(batch, 1.0)
    torch.testing.assert_close(before, policy(batch, 1.0).logp.detach(), atol=1e-6, rtol=0)
    assert not any(p.requires_grad for p in reference.parameters())
    with torch.no_grad():
        for p in policy.parameters():
            p.add_(0.05 * torch.ones_like(p))
    assert torch.equal(before, reference.logp(batch, 1.0))
    half = [(a + b) / 2 for a, b in zip(reference.model.parameters(), policy.model.parameters(), strict=True)]
    reference.follow(policy, decay=0.5)
    for p, expected in zip(reference.model.parameters(), half, strict=True):
        torch.testing.assert_close(p.detach(), expected.detach())


def test_optimiser_groups_hold_every_parameter_once_and_decay_matrices_alone(policy: Policy) -> None:
    policy = with_heads(policy)
    groups = policy.parameter_groups(1e-4, head_lr=1e-3, critic_lr=1e-5, weight_decay=0.1)
    held = [id(p) for group in groups for p in group["params"]]
    assert sorted(held) == sorted({id(p) for p in policy.parameters()})
    assert {g["name"]: g["lr"] for g in groups} == {"model": 1e-4, "log_z": 1e-3, "value": 1e-5, "critic": 1e-5}
    for group in groups:
        assert all((p.ndim > 1) == (group["weight_decay"] > 0) for p in group["params"])


def test_a_temperature_of_zero_has_no_log_probabilities(policy: Policy, batch: Batch) -> None:
    with pytest.raises(UserError, match="above 0"):
        policy(batch, 0.0)


def test_a_model_that_does_more_to_its_logits_is_refused(policy: Policy) -> None:
    class Odd(type(policy.model)):  # type: ignore[misc]
        def forward(self, *args: object, **kwargs: object) -> object:
            out = super().forward(*args, **kwargs)
            out.logits = out.logits + torch.arange(out.logits.shape[-1])
            return out

    with pytest.raises(UserError, match="logits_of"):
        Policy(Odd(policy.model.config))
