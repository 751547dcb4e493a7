"""The size of a language model from its published configuration: parameters counted without making any.

Covers the family that most open models belong to (Llama, Qwen2, SmolLM2): grouped-query attention, a gated MLP, RMS
norms. Nothing is downloaded; sizes come from a local `config.json` or from `PUBLISHED`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flowrl_agent.config.schema import ConfigError


@dataclass(frozen=True, slots=True)
class Shape:
    """What decides memory and work.

    Attributes:
        hidden: width of the residual stream.
        layers: transformer blocks.
        heads: query heads.
        kv_heads: key and value heads.
        head: width of one head.
        mlp: inner width of the gated MLP.
        vocab: rows of the embedding.
        tied: the output layer is the embedding.
        qkv_bias: query, key and value projections have biases.
    """

    hidden: int
    layers: int
    heads: int
    kv_heads: int
    head: int
    mlp: int
    vocab: int
    tied: bool
    qkv_bias: bool = False

    @property
    def embedding(self) -> int:
        """Parameters of the embedding (and again of an output layer of its own)."""
        return self.vocab * self.hidden

    @property
    def body(self) -> int:
        """Parameters without embedding and output layer."""
        queries, keys = self.heads * self.head, self.kv_heads * self.head
        attention = 2 * self.hidden * queries + 2 * self.hidden * keys + self.qkv_bias * (queries + 2 * keys)
        return self.layers * (attention + 3 * self.hidden * self.mlp + 2 * self.hidden) + self.hidden

    @property
    def parameters(self) -> int:
        """All of them."""
        return self.body + self.embedding * (1 if self.tied else 2)


PUBLISHED: dict[str, Shape] = {
    # https://huggingface.co/Qwen/Qwen2.5-7B, config.json; the model card says 7.61 B parameters
    "Qwen/Qwen2.5-7B": Shape(3584, 28, 28, 4, 128, 18944, 152064, tied=False, qkv_bias=True),
}
"""Shapes of models that recipes name, so that a dry run needs no network."""


def shape_of(config: Mapping[str, Any]) -> Shape:
    """The shape in a Hugging Face `config.json`.

    Raises:
        ConfigError: it is of a model that is built differently.
    """
    try:
        heads, hidden = int(config["num_attention_heads"]), int(config["hidden_size"])
        return Shape(
            hidden=hidden,
            layers=int(config["num_hidden_layers"]),
            heads=heads,
            kv_heads=int(config.get("num_key_value_heads") or heads),
            head=int(config.get("head_dim") or hidden // heads),
            mlp=int(config["intermediate_size"]),
            vocab=int(config["vocab_size"]),
            tied=bool(config.get("tie_word_embeddings", False)),
            qkv_bias=config.get("model_type") == "qwen2" or bool(config.get("attention_bias", False)),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"The model's config.json says nothing that can be used of {error}: no estimate.") from None


def read_shape(path: str) -> Shape:
    """The shape of a local model folder, or of a model in `PUBLISHED`.

    Raises:
        ConfigError: it is neither; nothing is downloaded to find out.
    """
    file = Path(path) / "config.json"
    if file.is_file():
        return shape_of(json.loads(file.read_text(encoding="utf-8")))
    if path in PUBLISHED:
        return PUBLISHED[path]
    raise ConfigError(
        f"The size of {path!r} is not known and a dry run downloads nothing. Pass a folder with a config.json, or one "
        f"of: {', '.join(PUBLISHED)}."
    )
