"""The log-Z head in its variants, and what it sees of the prompt."""

import pytest
import torch

from flowrl_agent.models.heads import LogZConfig, LogZHead, ValueHead, pool_prompt


def test_pooling_is_the_mean_over_prompt_tokens() -> None:
    hidden = torch.arange(24, dtype=torch.float32).reshape(2, 4, 3)
    prompt = torch.tensor([[True, True, True, False], [False, True, False, False]])
    everything = pool_prompt(hidden, prompt, "all")
    torch.testing.assert_close(everything, torch.stack([hidden[0, :3].mean(0), hidden[1, 1]]))
    shorter = pool_prompt(hidden, prompt, "all_but_last")
    # A one-token prompt has only its last token, which then counts.
    torch.testing.assert_close(shorter, torch.stack([hidden[0, :2].mean(0), hidden[1, 1]]))


def test_the_paper_head_is_a_plain_three_layer_mlp() -> None:
    head = LogZHead(8, LogZConfig("paper", zero_init=False))
    x = torch.randn(5, 8)
    one, two, three = head.layers
    gelu = torch.nn.functional.gelu
    torch.testing.assert_close(head(x), three(gelu(two(gelu(one(x))))).squeeze(-1))


def test_the_released_head_in_evaluation_is_linear_gelu_norm_twice_then_linear() -> None:
    head = LogZHead(8, LogZConfig("released", zero_init=False)).eval()
    x = torch.randn(5, 8)
    layers, norms = head.layers, head.norms
    for i in range(2):
        x_next = norms[i](torch.nn.functional.gelu(layers[i](x if i == 0 else x_next)))  # noqa: F821
    torch.testing.assert_close(head(x), layers[2](x_next).squeeze(-1))


def test_dropout_is_the_same_for_all_rows_and_calls_of_a_step_and_new_after_it() -> None:
    head = LogZHead(64, LogZConfig("released", zero_init=False)).train()
    x = torch.randn(1, 64).expand(6, 64)
    one = head(x)
    torch.testing.assert_close(one, one[:1].expand(6), atol=1e-6, rtol=0)
    assert torch.equal(one, head(x))
    assert not torch.equal(one, head.eval()(x))
    with torch.no_grad():
        head.train().layers[-1].bias.add_(1e-6)
    assert (head(x) - one).abs().max() > 1e-3


def test_dropout_keeps_the_mean() -> None:
    head = LogZHead(64, LogZConfig("released", dropout=0.3, zero_init=False)).train()
    x = torch.randn(1, 64)
    dropped = []
    for step in range(400):
        with torch.no_grad():
            head.norms[0].bias.fill_(step * 1e-6)
        dropped.append(head._drop(x, 0))
    torch.testing.assert_close(torch.stack(dropped).mean(0), x, atol=0.35, rtol=0)
    assert abs(float((torch.stack(dropped) == 0).float().mean()) - 0.3) < 0.02


def test_the_scalar_head_is_one_number_with_a_gradient_from_every_row() -> None:
    head = LogZHead(8, LogZConfig("scalar"))
    out = head(torch.randn(4, 8))
    assert out.shape == (4,)
    out.sum().backward()
    assert head.scalar is not None
    assert head.scalar.grad == 4


@pytest.mark.parametrize("kind", ["paper", "released"])
def test_a_head_that_starts_at_zero_can_leave_it(kind: str) -> None:
    head = LogZHead(8, LogZConfig(kind)).train()  # type: ignore[arg-type]
    x = torch.randn(4, 8)
    assert (head(x) == 0).all()
    optimizer = torch.optim.AdamW(head.parameters(), lr=1e-2)
    for _ in range(200):
        optimizer.zero_grad()
        ((head(x) - 2.1) ** 2).mean().backward()
        optimizer.step()
    torch.testing.assert_close(head.eval()(x), torch.full((4,), 2.1), atol=0.3, rtol=0)


def test_heads_work_in_float32_on_half_precision_states() -> None:
    hidden = torch.randn(2, 3, 8, dtype=torch.bfloat16)
    pooled = pool_prompt(hidden, torch.ones(2, 3, dtype=torch.bool), "all")
    assert LogZHead(8, LogZConfig())(pooled).dtype is torch.float32
    assert ValueHead(8)(hidden).dtype is torch.float32
