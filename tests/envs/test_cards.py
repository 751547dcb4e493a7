"""A card file is read strictly: what it says is registered, and a mistake names the place and the fix."""

from pathlib import Path

import gymnasium
import pytest

import envs_registry
import flowrl_envs  # noqa: F401  (registers the ids)
from envs_registry import CardError, card, read_cards

TEXT = card.__doc__.partition("    summary = ")[2]
EXAMPLE = "summary = " + "\n".join(line.removeprefix("    ") for line in TEXT.splitlines()).replace("...", "a" * 64)


def write(folder: Path, text: str, name: str = "arithmetic.toml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_the_example_of_the_docstring_is_a_card(tmp_path: Path):
    (one,) = read_cards(write(tmp_path, EXAMPLE))
    assert (one.id, one.family, one.kwargs["level"]) == ("FlowRL/Arithmetic-v0", "arithmetic", 1)
    assert one.space == {"train": None, "test": None}
    assert one.data.licence == "MIT"
    assert (one.floor, one.ceiling, one.reward_range) == (0.0, 1.0, (0.0, 1.0))


def test_ids_of_a_family_share_and_override(tmp_path: Path):
    more = (
        '\n[[env]]\nid = "FlowRL/Hard-v0"\nkwargs = { level = 5 }\nsummary = "Hard."\nspace = { train = 8, test = 2 }\n'
    )
    first, second = read_cards(write(tmp_path, EXAMPLE + more))
    assert (second.task, second.kwargs["level"], second.summary) == (first.task, 5, "Hard.")
    assert second.space == {"train": 8, "test": 2}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[[env]]", "[[envs]]", "declares no id"),
        ("summary", "sumary", "Did you mean 'summary'"),
        ("floor = 0.0", "", "missing floor"),
        ("floor = 0.0", "floor = 2.0", "floor < ceiling"),
        ("floor = 0.0", "floor = true", "`floor` is True"),
        ('space = "large"', 'space = "huge"', "number of distinct items"),
        ('space = "large"', "space = { train = 8 }", "number of distinct items"),
        ('space = "large"', "space = { train = 0, test = 1 }", "number of distinct items"),
        ("[0.0, 1.0]", "[1.0, 0.0]", r"write \[lowest, highest\]"),
        ('id = "FlowRL/Arithmetic-v0"', 'id = "Arithmetic"', "Namespace/Name-vN"),
        ("arithmetic:Arithmetic", "arithmetic.Arithmetic", "module:Class"),
        ("kwargs = { level = 1 }", "kwargs = { lvl = 1 }", "not described in"),
        ("level =", "split =", "belong to the environment"),
        ("a" * 64, "abc", "64 hexadecimal"),
        ("licence =", "license =", "Did you mean 'licence'"),
        ("summary = ", "summary ", "not a readable TOML"),
    ],
)
def test_a_mistake_names_the_file_and_the_fix(tmp_path: Path, old, new, message):
    assert old in EXAMPLE
    with pytest.raises(CardError, match=message) as caught:
        read_cards(write(tmp_path, EXAMPLE.replace(old, new)))
    assert str(caught.value).startswith("arithmetic.toml")


def test_a_folder_of_cards_is_registered_as_strings(tmp_path: Path):
    write(tmp_path, EXAMPLE.replace("FlowRL/Arithmetic-v0", "Specimen/Card-v0"))
    envs_registry.register_all(tmp_path)
    envs_registry.register_all(tmp_path)
    try:
        spec = gymnasium.spec("Specimen/Card-v0")
        assert isinstance(spec.entry_point, str)
        assert isinstance(spec.vector_entry_point, str)
        assert spec.kwargs == {"task": "flowrl_envs.tasks.arithmetic:Arithmetic", "level": 1}
        assert envs_registry.cards()["Specimen/Card-v0"].family == "arithmetic"
    finally:
        del gymnasium.registry["Specimen/Card-v0"]
        envs_registry._cards.pop("Specimen/Card-v0")


def test_an_id_with_another_meaning_is_not_overwritten():
    with pytest.raises(CardError, match="already registered"):
        envs_registry.register("FlowRL/Arithmetic-v0", "another.module:Task")
