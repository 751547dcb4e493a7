"""An OpenAI-compatible endpoint as an agent, against a real server process with a real (tiny) model."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from flowrl_agent.build.parts import make_codec, make_policy
from flowrl_agent.build.trial import Examiner, Trial
from flowrl_agent.config.schema import EnvConfig, ModelConfig
from flowrl_agent.evaluate import summarise
from flowrl_agent.rollout.base import SamplingParams
from flowrl_agent.rollout.local import LocalEngine
from flowrl_agent.rollout.server import Endpoint, EndpointError, ServerResponder
from flowrl_agent.rollout.text import TextEngine
from flowrl_envs.errors import UserError

HELLO = [(("user", "3+4="),)]


@pytest.fixture(scope="module")
def base():
    script = Path(__file__).with_name("openai_server.py")
    process = subprocess.Popen([sys.executable, str(script), "tiny"], stdout=subprocess.PIPE, text=True)
    port = process.stdout.readline().strip()
    yield f"http://127.0.0.1:{port}/v1"
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "secret")


def responder(base, model="tiny", sleeps=None, **settings):
    return ServerResponder(Endpoint(base, model, **settings), sleep=(sleeps if sleeps is not None else []).append)


def test_a_served_model_says_what_the_same_model_says_in_this_process(base):
    codec = make_codec(ModelConfig("tiny"), None)
    engine = LocalEngine.of(make_policy(ModelConfig("tiny"), codec, 0), codec)
    params = SamplingParams(12, temperature=0)
    prompts = ["3+4=", "what?", "naïve 数"]
    here = [row[0].text for row in engine.generate([codec.prompt(p) for p in prompts], 1, params)]
    there = responder(base).respond([(("user", p),) for p in prompts], 1, params)
    assert [row[0].text for row in there] == here
    assert all(row[0].cut for row in there)


def test_samples_of_one_prompt_differ_and_a_seed_repeats_them(base):
    first, again, other = (responder(base).respond(HELLO, 6, SamplingParams(12, seed=seed))[0] for seed in (1, 1, 2))
    assert len({reply.text for reply in first}) > 1
    assert first == again
    assert first != other


def test_an_endpoint_is_evaluated_like_any_engine(base):
    env = EnvConfig("FlowRL/Arithmetic-v0", kwargs={"level": 0, "style": "short"})
    trial = Trial(env, "test", 5, 4, SamplingParams(8), 0)
    engine = TextEngine(responder(base))
    played = summarise(list(Examiner(trial).play(engine, engine.codec).values()))
    assert [len(episodes) for episodes in played.problems] == [4] * 5
    assert played.means()["eval/ungraded"] == 0


def test_the_request_carries_the_conversation_and_every_setting(base):
    params = SamplingParams(5, 0.5, top_p=0.9, top_k=3, stop=("\n",), seed=4)
    talk = (("user", "a"), ("assistant", "b"), ("user", "\ud800"))
    ((reply,),) = responder(base, "echo", system="Be brief.").respond([talk], 1, params)
    sent = json.loads(reply.text)
    assert [m["role"] for m in sent["messages"]] == ["system", "user", "assistant", "user"]
    assert sent["messages"][0]["content"] == "Be brief."
    assert (sent["max_tokens"], sent["temperature"], sent["top_p"]) == (5, 0.5, 0.9)
    assert (sent["top_k"], sent["stop"], sent["seed"]) == (3, ["\n"], 4)


def test_failures_that_pass_are_tried_again_and_those_of_the_caller_are_not(base):
    sleeps = []
    replies = responder(base, "flaky-1", sleeps, retries=8, parallel=1).respond(HELLO, 2, SamplingParams(4))
    assert len(replies[0]) == 2
    assert sleeps == [1.0, 2.0] * 2
    sleeps = []
    with pytest.raises(EndpointError, match=r"404.*has a model 'missing'"):
        responder(base, "missing", sleeps).respond(HELLO, 1, SamplingParams(4))
    assert sleeps == []


def test_the_server_says_how_long_to_wait(base):
    sleeps = []
    responder(base, "busy", sleeps).respond(HELLO, 1, SamplingParams(4))
    assert sleeps == [7.0]


def test_a_server_that_stays_down_is_an_error_that_says_so_and_never_a_wrong_answer(base):
    for model, message in [("down", "always down"), ("hangup", "failed 3 times")]:
        with pytest.raises(EndpointError, match=message):
            responder(base, model, retries=2).respond(HELLO, 4, SamplingParams(4))


def test_a_slow_server_times_out(base):
    started = time.monotonic()
    with pytest.raises(EndpointError, match="timed out"):
        responder(base, "slow", retries=0, timeout=0.5).respond(HELLO, 1, SamplingParams(4))
    assert time.monotonic() - started < 4


def test_nobody_listening_is_explained():
    with pytest.raises(EndpointError, match="Is the server up"):
        responder("http://127.0.0.1:9", retries=1).respond(HELLO, 1, SamplingParams(4))


def test_a_missing_key_is_explained_by_its_variable(base, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(EndpointError, match="OPENAI_API_KEY"):
        responder(base).respond(HELLO, 1, SamplingParams(4))


def test_something_else_than_a_completion_is_explained_and_no_content_is_an_empty_answer(base):
    with pytest.raises(EndpointError, match="something else than a chat completion"):
        responder(base, "garbage").respond(HELLO, 1, SamplingParams(4))
    ((reply,),) = responder(base, "null").respond(HELLO, 1, SamplingParams(4))
    assert (reply.text, reply.cut) == ("", True)


@pytest.mark.parametrize("address", ["", "localhost:8000", "file:///etc/passwd", "ftp://x/v1"])
def test_addresses_that_are_not_http_are_refused(address):
    with pytest.raises(UserError, match="no http"):
        Endpoint(address, "m")
