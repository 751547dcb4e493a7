"""A language model of a million parameters with its own small vocabulary, for learning curves on a CPU.

`tiny_model` and `tiny_tokenizer` make an ordinary Hugging Face model and tokenizer (they save, load and generate like
any other); a fresh one knows nothing, so `warmstart.py` teaches it to answer first.
"""

from __future__ import annotations

import string
from dataclasses import dataclass

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

PAD, EOS, TURN = "<|pad|>", "<|eos|>", "<|turn|>"
ALPHABET = string.ascii_letters + string.digits + string.punctuation + " \n"
"""Characters with a token of their own; any other text falls back to bytes."""

TEMPLATE = (
    "{% for m in messages %}{% if m.role == 'assistant' %}{{ m.content }}" + EOS + "{% elif m.role == 'system' %}"
    "{{ m.content }}\n{% else %}{{ m.content }}" + TURN + "{% endif %}{% endfor %}"
)
"""The user's text, a turn token, the agent's text, an end token: as few tokens as a conversation can have."""


@dataclass(frozen=True, slots=True)
class TinyConfig:
    """Size of a tiny Llama; the default has 0.86 M parameters and a few thousand more of embeddings."""

    hidden: int = 128
    layers: int = 4
    heads: int = 4
    mlp: int = 384
    max_tokens: int = 1024


def tiny_tokenizer(words: tuple[str, ...] = ()) -> PreTrainedTokenizerFast:
    """One token a character, one for each of `words`, and a byte fallback, so that any text encodes and decodes.

    Args:
        words: longer strings with a token of their own (an instruction that every prompt repeats, say).
    """
    byte_tokens = [f"<0x{i:02X}>" for i in range(256)]
    vocab = {token: i for i, token in enumerate([PAD, EOS, TURN, *ALPHABET, *byte_tokens])}
    inner = Tokenizer(models.BPE(vocab=vocab, merges=[], byte_fallback=True))
    inner.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    inner.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Fuse()])
    tokenizer = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=inner, pad_token=PAD, eos_token=EOS, additional_special_tokens=[TURN], padding_side="left"
    )
    tokenizer.add_tokens(list(words))
    tokenizer.chat_template = TEMPLATE
    return tokenizer


def tiny_model(tokenizer: PreTrainedTokenizerFast, seed: int, config: TinyConfig | None = None) -> LlamaForCausalLM:
    """A randomly initialised Llama for `tokenizer`. The global random state is left as it was."""
    config = config or TinyConfig()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model: LlamaForCausalLM = LlamaForCausalLM(
            LlamaConfig(
                vocab_size=len(tokenizer),
                hidden_size=config.hidden,
                intermediate_size=config.mlp,
                num_hidden_layers=config.layers,
                num_attention_heads=config.heads,
                num_key_value_heads=config.heads,
                max_position_embeddings=config.max_tokens,
                tie_word_embeddings=True,
                pad_token_id=tokenizer.pad_token_id,
                eos_token_id=tokenizer.eos_token_id,
                bos_token_id=None,
            )
        )
    return model
