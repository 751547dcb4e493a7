"""The conversation as observation, and transcripts that survive."""

import json
import multiprocessing
import pickle
from pathlib import Path

import gymnasium
import pytest
import specimens

import flowrl_envs
from flowrl_envs.env import TextEnv
from flowrl_envs.errors import UserError
from flowrl_envs.wrappers import ChatHistory, RecordTranscripts, append_line

SHOTS = [("Spell 'ab' backwards.", "ba")]


def test_messages_are_what_a_chat_template_takes():
    env = ChatHistory(TextEnv(specimens.TwoTurns()), system="Be brief.", examples=SHOTS)
    observation, _ = env.reset(options={"index": 1})
    assert observation in env.observation_space
    assert [m["role"] for m in observation] == ["system", "user", "assistant", "user"]
    observation = env.step("hint")[0]
    assert observation[4:] == (
        {"role": "assistant", "content": "hint"},
        {"role": "user", "content": "Message 2: not hint."},
    )
    observation, reward, terminated, *_ = env.step("12")
    assert (observation[-1], reward, terminated) == ({"role": "assistant", "content": "12"}, 1.0, True)
    assert observation in env.observation_space
    assert len(env.reset()[0]) == 4


def test_text_ends_where_the_model_goes_on():
    env = ChatHistory(TextEnv(specimens.Small()), form="text", examples=SHOTS)
    observation, _ = env.reset(options={"index": 0})
    assert observation == (
        "user: Spell 'ab' backwards.\n\nassistant: ba\n\nuser: Spell 'stone' backwards.\n\nassistant:"
    )
    assert env.step("enots")[0].endswith("assistant: enots")


def test_observations_of_two_steps_share_nothing():
    env = ChatHistory(TextEnv(specimens.TwoTurns()))
    first, _ = env.reset(seed=0)
    env.step("a")
    assert len(first) == 1


def test_a_wrapped_environment_is_made_again_from_its_spec():
    flowrl_envs.register("Specimen/Small-v0", "specimens:Small")
    env = ChatHistory(gymnasium.make("Specimen/Small-v0"), system="s", form="text")
    twin = gymnasium.make(env.spec)
    assert twin.reset(seed=1)[0] == env.reset(seed=1)[0]


@pytest.mark.parametrize("wrap", [ChatHistory, lambda env: RecordTranscripts(env, "x.jsonl")])
def test_an_environment_without_text_is_refused(wrap):
    with pytest.raises(UserError, match="speak text"):
        wrap(gymnasium.make("CartPole-v1"))


def test_unknown_form_and_missing_folder_say_so(tmp_path: Path):
    with pytest.raises(UserError, match="'messages' and 'text'"):
        ChatHistory(TextEnv(specimens.Small()), form="txt")
    with pytest.raises(UserError, match="no folder"):
        RecordTranscripts(TextEnv(specimens.Small()), tmp_path / "no" / "t.jsonl")


def test_each_episode_is_one_line_with_both_sides(tmp_path: Path):
    path = tmp_path / "t.jsonl"
    env = RecordTranscripts(TextEnv(specimens.TwoTurns()), path)
    env.reset(options={"index": 1})
    env.step("hint")
    env.step("12")
    env.reset(options={"index": 0})
    env.step("left \ud800 early\n\u2028")
    env.close()
    env.close()
    first, second = [json.loads(line) for line in path.read_text("ascii").split("\n")[:-1]]
    assert [m["content"] for m in first["messages"]][1:] == ["hint", "Message 2: not hint.", "12"]
    assert (first["rewards"], first["terminated"], first["info"]["correct"]) == ([0.1, 1.0], True, True)
    assert (second["terminated"], second["truncated"]) == (False, False)
    assert second["messages"][1]["content"] == "left \ud800 early\n\u2028"


def test_an_episode_nobody_answered_leaves_no_line(tmp_path: Path):
    env = RecordTranscripts(TextEnv(specimens.Small()), tmp_path / "t.jsonl")
    env.reset(seed=0)
    env.reset()
    env.close()
    assert not (tmp_path / "t.jsonl").exists()


def test_a_recording_environment_can_be_pickled(tmp_path: Path):
    env = RecordTranscripts(TextEnv(specimens.Small()), tmp_path / "t.jsonl")
    env.reset(seed=0)
    pickle.loads(pickle.dumps(env)).step("a")
    env.step("a")
    assert len((tmp_path / "t.jsonl").read_text().splitlines()) == 2


def _append(path: Path, letter: str) -> None:
    for _ in range(50):
        append_line(path, json.dumps({"text": letter * 100_000}))


def test_lines_of_several_processes_do_not_mix(tmp_path: Path):
    path = tmp_path / "t.jsonl"
    workers = [multiprocessing.get_context("fork").Process(target=_append, args=(path, letter)) for letter in "abc"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    texts = [json.loads(line)["text"] for line in path.read_text().splitlines()]
    assert len(texts) == 150
    assert all(len(set(text)) == 1 and len(text) == 100_000 for text in texts)
