"""`flowrl new my_task`: write a new environment, complete and passing: a one-file task, its card and its test.

The task that is written is real (spell a word backwards): it passes `flowrl check` and its test as it is, so every edit
starts from something that works. Three files are made in the directory given, and none is overwritten:
my_task.py (the task, which registers its own id), my_task.toml (the card, which ships it in this repository when it is
moved to envs_registry/cards) and test_my_task.py.
"""

from __future__ import annotations

import argparse
import keyword
import re
from pathlib import Path
from string import Template

from flowrl_envs.errors import UserError

TASK = Template('''\
"""$title: spell a word backwards. Register with `import $name`; check with `flowrl check $name:$id`."""

import random

from flowrl_envs import GeneratedTask, Problem, Verdict, exact, register


class $title(GeneratedTask):
    """One word in, its letters in reverse order out."""

    def generate(self, rng: random.Random) -> Problem:
        word = "".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(6, 9)))
        return Problem(id=word, prompt=f"Spell this word backwards: {word}", reference=word[::-1])

    def score(self, problem: Problem, response: str) -> Verdict:
        return exact(problem, response)

    def gold(self, problem: Problem) -> str:
        return str(problem.reference)


register("$id", "$name:$title")
''')

CARD = Template("""\
# To ship the environment with FlowRL: move the task to flowrl_envs/tasks and this file to envs_registry/cards.
summary = "Spell a word backwards."
task = "$name:$title"
answer_format = "the word and nothing else"
space = "large"
floor = 0.0
ceiling = 1.0

[[env]]
id = "$id"
""")

TEST = Template('''\
"""$id keeps the contract of an environment, and its card says what is true."""

from pathlib import Path

import gymnasium
from envs_registry import read_cards
from flowrl_envs.check.run import check

import $name  # registers the id


def test_the_environment_keeps_its_contract():
    report = check("$id")
    assert report.ok, str(report)


def test_the_card_describes_this_environment():
    (card,) = read_cards(Path($name.__file__).with_name("$name.toml"))
    assert card.id in gymnasium.registry
    assert card.task == "$name:$title"


def test_only_the_reversed_word_is_right():
    task = $name.$title()
    problem = task.problem("train", 0)
    assert task.score(problem, task.gold(problem)).reward == 1.0
    assert task.score(problem, problem.id).reward == 0.0
''')


def main(argv: list[str]) -> int:
    """Writes the three files and says how to check them; returns 0."""
    parser = argparse.ArgumentParser(prog="flowrl new", description="Write a new environment that passes the check.")
    parser.add_argument("name", help="module name of the task: lower case letters, digits and underscores")
    parser.add_argument("--dir", type=Path, default=Path(), help="directory to write to (default: here)")
    parser.add_argument("--namespace", default="Mine", help="namespace of the id (default Mine)")
    args = parser.parse_args(argv)
    files = render(args.name, args.namespace)
    write(files, args.dir)
    env_id = f"{args.name}:{args.namespace}/{class_name(args.name)}-v0"
    print(*(f"wrote {args.dir / name}" for name in files), sep="\n")
    where = "" if args.dir == Path() else f"cd {args.dir} && "
    print(f"\nnext: {where}flowrl check {env_id} && python -m pytest test_{args.name}.py")
    return 0


def render(name: str, namespace: str = "Mine") -> dict[str, str]:
    """File name -> content of a new environment.

    Raises:
        UserError: a name cannot be used.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        raise UserError(f"{name!r} cannot name a module; use lower case letters, digits and underscores: my_task.")
    if not re.fullmatch(r"[A-Za-z][\w-]*", namespace, re.ASCII):
        raise UserError(f"{namespace!r} cannot be a namespace; use letters, digits, '-' and '_': Mine.")
    title = class_name(name)
    words = {"name": name, "title": title, "id": f"{namespace}/{title}-v0"}
    return {
        f"{name}.py": TASK.substitute(words),
        f"{name}.toml": CARD.substitute(words),
        f"test_{name}.py": TEST.substitute(words),
    }


def write(files: dict[str, str], directory: Path) -> None:
    """Writes all files, or none where one of them exists.

    Raises:
        UserError: a file exists, or the directory cannot be written.
    """
    if taken := [name for name in files if (directory / name).exists()]:
        raise UserError(f"{', '.join(taken)} exist in {directory}; choose another name or --dir.")
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (directory / name).write_text(content, encoding="utf-8")
    except OSError as error:
        raise UserError(f"cannot write to {directory}: {error}. Give a directory with --dir.") from error


def class_name(name: str) -> str:
    """my_task -> MyTask."""
    return "".join(part.capitalize() for part in name.split("_"))
