"""Policies that learn nothing, played through the same engine and collector as a model."""

import pytest

from flowrl_agent.baselines.policies import BestOf, RandomPolicy, UniformValidPolicy, majority, verifier
from flowrl_agent.baselines.views import view_of
from flowrl_agent.evaluate import play_problems, summarise
from flowrl_agent.rollout.base import SamplingParams
from flowrl_agent.rollout.collect import Collector
from flowrl_agent.rollout.text import Reply, TextEngine
from flowrl_envs.tasks.arithmetic import Arithmetic
from flowrl_envs.types import Reason
from flowrl_envs.vector import TextVectorEnv

TASK = Arithmetic(0, style="short")
VIEW = view_of(TASK)


def evaluate(responder, samples=16, problems=12, seed=0):
    envs = TextVectorEnv(TASK, 64)
    engine = TextEngine(responder)
    collector = Collector(envs, engine, engine.codec, SamplingParams(8))
    return summarise(play_problems(envs, collector, range(problems), samples, "test", seed))


def test_the_random_policy_is_a_floor_below_the_uniform_valid_one():
    random_reasons = {e.outcome.reason for p in evaluate(RandomPolicy(VIEW)).problems for e in p}
    valid_reasons = {e.outcome.reason for p in evaluate(UniformValidPolicy(VIEW)).problems for e in p}
    assert random_reasons & {Reason.MALFORMED, Reason.NO_ANSWER}
    assert valid_reasons <= {Reason.CORRECT, Reason.WRONG}


def test_the_uniform_valid_policy_takes_each_legal_first_token_equally_often():
    replies = UniformValidPolicy(VIEW).respond([(("user", "3+4="),)], 3000, SamplingParams(8))[0]
    first = [reply.text[0] for reply in replies]
    legal = set("-0123456789")
    assert set(first) == legal
    for symbol in legal:
        assert first.count(symbol) / 3000 == pytest.approx(1 / 11, abs=0.03)


def test_a_seed_repeats_a_policy_and_another_does_not():
    for policy in (RandomPolicy(VIEW), UniformValidPolicy(VIEW)):
        talk = [(("user", "3+4="),)]
        first, again, other = (policy.respond(talk, 40, SamplingParams(8, seed=s)) for s in (1, 1, 2))
        assert first == again
        assert first != other


def test_the_best_of_n_by_the_verifier_is_right_as_often_as_pass_at_n():
    problems, n = 12, 8
    judge = verifier(TASK, "test", range(problems))
    alone = evaluate(UniformValidPolicy(VIEW), samples=200)
    best = evaluate(BestOf(UniformValidPolicy(VIEW), n, judge), samples=60, seed=1).means()
    from_n = [1 - (1 - p) ** n for p in evaluate(UniformValidPolicy(VIEW), samples=200).values["avg"]]
    assert best["eval/avg"] == pytest.approx(sum(from_n) / problems, abs=0.05)
    assert best["eval/avg"] > 3 * alone.means()["eval/avg"]


class Reciter:
    """Answers 7 twice for every 5, and once nothing."""

    def respond(self, conversations, n, params):
        texts = ["5", "the answer is 7", "7", ""]
        return [[Reply(texts[i % 4]) for i in range(n)] for _ in conversations]


def test_the_best_of_n_by_majority_is_the_most_frequent_answer_however_it_is_put():
    (replies,) = BestOf(Reciter(), 4, majority).respond([(("user", "x"),)], 2, SamplingParams(8))
    assert [reply.text for reply in replies] == ["the answer is 7"] * 2
    assert majority("x", ["", ""]) == [0.0, 0.0]


def test_choosing_from_nothing_and_judging_strangers_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        BestOf(Reciter(), 0, majority)
    with pytest.raises(ValueError, match="knows 1 problems"):
        verifier(TASK, "test", [0])("what?", ["1"])
