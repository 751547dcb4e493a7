"""The seam between collectors and agents that speak text: what was said arrives as it was said."""

import pytest

from flowrl_agent.rollout.base import SamplingParams
from flowrl_agent.rollout.collect import Collector
from flowrl_agent.rollout.text import Reply, TextEngine
from flowrl_agent.types import Stop
from flowrl_envs.task import Task, exact
from flowrl_envs.types import Problem
from flowrl_envs.vector import TextVectorEnv

HOSTILE = "naïve 数 🙂\n<|eos|> <|turn|> <|pad|> \x00 {% if %} \\boxed{4}"


class Guess(Task):
    """Three turns; repeats what it hears."""

    max_turns = 3

    def problem(self, split, index):
        return Problem(str(index), f"{HOSTILE} {index}", "end")

    score = staticmethod(exact)

    def gold(self, problem):
        return "end"

    def reply(self, problem, transcript):
        return f"you said: {transcript[-1].content}"


class Recorder:
    """Keeps every conversation it is shown; says a fixed thing, cut every second time."""

    def __init__(self, text):
        self.text, self.heard = text, []

    def respond(self, conversations, n, params):
        self.heard += conversations
        return [[Reply(self.text, cut=i % 2 == 1) for i in range(n)] for _ in conversations]


@pytest.mark.parametrize("text", ["hello", HOSTILE, "", " "])
def test_a_responder_hears_the_whole_conversation_turn_by_turn(text):
    recorder = Recorder(text)
    engine = TextEngine(recorder)
    collector = Collector(TextVectorEnv(Guess(), 2), engine, engine.codec, SamplingParams(8))
    rollouts = collector.play([1], 2)
    clean = engine.codec.clean
    for talk in recorder.heard:
        assert [role for role, _ in talk] == ["user", "assistant"] * (len(talk) // 2) + ["user"]
        assert talk[0][1].startswith(clean(HOSTILE))
        assert all(content == clean(text) for role, content in talk if role == "assistant")
    assert sorted({len(talk) for talk in recorder.heard}) == [1, 3, 5]
    assert all(r.messages[1] == ("assistant", text) for r in rollouts)


def test_completions_say_whether_they_were_cut():
    engine = TextEngine(Recorder("abc"))
    ((whole, cut),) = engine.generate([engine.codec.prompt("x")], 2, SamplingParams(8))
    assert (whole.stop, len(whole.token_ids)) == (Stop.EOS, 4)
    assert (cut.stop, len(cut.token_ids)) == (Stop.LENGTH, 3)


def test_an_agent_without_weights_cannot_be_synchronised():
    with pytest.raises(ValueError, match="not for training"):
        TextEngine(Recorder("")).sync(None)
