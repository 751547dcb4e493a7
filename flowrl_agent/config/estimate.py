"""Memory and time of a training run before it starts: sums over the model's shape and the settings, nothing is built.

This trainer keeps everything in float32 on each device: weights, gradients, AdamW's two moments, the reference, the
log Z head and the critic. Sources of the formulae:

- weights, gradients and moments: 4 bytes each a parameter, as torch.optim.AdamW holds them (a test compares with it).
- KV cache: 2 * layers * kv_heads * head_dim numbers a token (arXiv 2305.13245, grouped-query attention).
- activations: the tensors that a Llama block saves for its backward pass without recomputation, counted below in the
  manner of arXiv 2205.05198, section 4.1, with fused attention so that no [L, L] matrix is kept (a test counts them).
- work: 2 N operations a token and forward pass, twice that again backward, and 2 * layers * heads * head_dim * L of
  causal attention (arXiv 2204.02311, appendix B, halved for causality).
- time: work over peak * utilisation for passes over whole sequences, bytes read over bandwidth for generation, which
  reads weights and cache once a token; peaks are of NVIDIA's data sheets.

What it leaves out: fragmentation, buffers of kernels, communication, verification, evaluations. It assumes that every
response is as long as allowed, so it is an upper bound for the memory, and for the time as far as `utilisation` holds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from flowrl_agent.config.schema import TrainConfig
from flowrl_agent.config.shape import Shape

FLOAT = 4
"""Bytes of a number: everything is float32."""
ENGINE_ROWS = 256
"""Sequences that the local engine generates at once."""
CHUNK_FLOATS = 2**24
"""Logits that exist at once in an update (`models.likelihood`); the softmax is kept beside them."""


@dataclass(frozen=True, slots=True)
class Device:
    """An accelerator: bytes of memory, float32 operations a second, bytes read a second."""

    memory: float
    flops: float
    bandwidth: float


DEVICES = {
    "a100": Device(80e9, 19.5e12, 2.0e12),
    "h100": Device(80e9, 67e12, 3.35e12),
    "h200": Device(141e9, 67e12, 4.8e12),
}
"""80 GB A100 and H100 SXM, H200 SXM; float32 without tensor cores, as torch computes unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What an algorithm has beside the policy."""

    reference: bool = False
    log_z: bool = False
    critic: bool = False


@dataclass(frozen=True, slots=True)
class Estimate:
    """Bytes on one device, by what they are for; tokens and seconds of one iteration.

    Attributes:
        memory: name to bytes. `kv cache` and `activations` are never there together.
        tokens: of an iteration, prompts and full-length responses.
        flops: operations of an iteration, generation left out.
        seconds: name to seconds of an iteration on the device.
    """

    memory: dict[str, float]
    tokens: int
    flops: float
    seconds: dict[str, float]

    @property
    def peak(self) -> float:
        """Bytes at the worst moment."""
        phases = ("kv cache", "activations")
        return sum(v for k, v in self.memory.items() if k not in phases) + max(self.memory[k] for k in phases)


def estimate(
    shape: Shape, config: TrainConfig[Any], parts: Parts, prompt_tokens: int, device: Device, utilisation: float = 0.5
) -> Estimate:
    """Memory and time of a run on one device.

    Args:
        shape: of the model.
        config: of the run.
        parts: of its algorithm.
        prompt_tokens: longest prompt.
        device: where it runs.
        utilisation: share of the peak that passes over whole sequences reach.
    """
    length = prompt_tokens + config.rollout.max_new_tokens
    sequences = config.rollout.prompts * config.rollout.samples
    tokens = sequences * length
    forward = sequences * forward_flops(shape, length)
    passes = 1 + parts.reference + parts.critic + 3 * config.optim.epochs * (1 + parts.critic)
    update = forward * passes
    return Estimate(
        memory=memory(shape, config, parts, length, sequences),
        tokens=tokens,
        flops=update,
        seconds={
            "generation": _generation_seconds(shape, config, prompt_tokens, sequences, device),
            "log-probabilities and updates": update / (device.flops * utilisation),
        },
    )


def memory(shape: Shape, config: TrainConfig[Any], parts: Parts, length: int, sequences: int) -> dict[str, float]:
    """Bytes by what they are for."""
    head = log_z_parameters(shape.hidden, config.model.log_z) if parts.log_z else 0
    critic = critic_parameters(shape, config.model.critic) if parts.critic else 0
    trained = shape.parameters + head + critic
    return {
        "weights": FLOAT * trained,
        "gradients": FLOAT * trained,
        "optimiser": 2 * FLOAT * trained,
        "reference": FLOAT * shape.parameters if parts.reference else 0,
        "logits": 2 * FLOAT * min(CHUNK_FLOATS, config.optim.micro_batch * config.rollout.max_new_tokens * shape.vocab),
        "kv cache": kv_bytes(shape, length) * min(ENGINE_ROWS, sequences),
        "activations": activation_bytes(shape, length) * min(config.optim.micro_batch, sequences),
    }


def log_z_parameters(hidden: int, kind: str) -> int:
    """Of the log Z head (`models.heads`): a 3-layer MLP as wide as the model, with two layer norms as released."""
    if kind == "scalar":
        return 1
    return 2 * (hidden * hidden + hidden) + hidden + 1 + (4 * hidden if kind == "released" else 0)


def critic_parameters(shape: Shape, kind: str) -> int:
    """Of a critic: a value for each state, and a copy of the model without its output layer if it has its own."""
    return shape.hidden + 1 + (shape.body + shape.embedding if kind == "separate" else 0)


def kv_bytes(shape: Shape, length: int) -> int:
    """Keys and values of one sequence."""
    return 2 * shape.layers * shape.kv_heads * shape.head * FLOAT * length


def activation_bytes(shape: Shape, length: int) -> int:
    """What one sequence keeps for the backward pass.

    A token keeps in each block: the input of both norms, its normalised value and its product with the weight (6 H);
    queries and keys after rotation, values and the attention's output (2 heads + 2 key-value heads of D); gate, its
    activation, up and their product (4 M); and once the input of the last norm (3 H).
    """
    attention = (2 * shape.heads + 2 * shape.kv_heads) * shape.head
    block = 6 * shape.hidden + attention + 4 * shape.mlp
    return FLOAT * length * (shape.layers * block + 3 * shape.hidden)


def forward_flops(shape: Shape, length: int) -> float:
    """Operations of one pass over a sequence: two a weight that multiplies, and causal attention."""
    weights = shape.body + shape.embedding  # the embedding is a look-up, the output layer is not
    return length * (2.0 * weights + 2.0 * shape.layers * shape.heads * shape.head * length)


def _generation_seconds(
    shape: Shape, config: TrainConfig[Any], prompt_tokens: int, sequences: int, device: Device
) -> float:
    """Every token reads the weights once for all rows of a wave, and each row's cache, half full on average."""
    rows, new = min(ENGINE_ROWS, sequences), config.rollout.max_new_tokens
    cache = rows * kv_bytes(shape, prompt_tokens + new // 2)
    return math.ceil(sequences / rows) * new * (FLOAT * shape.parameters + cache) / device.bandwidth
