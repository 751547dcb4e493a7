"""The collector on environments written here by hand: it needs Gymnasium's reset and step and nothing of ours."""

from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AsyncVectorEnv, AutoresetMode, SyncVectorEnv, VectorEnv

from flowrl_agent.batching import make_batch
from flowrl_agent.models.chat import Codec
from flowrl_agent.models.policy import Policy
from flowrl_agent.rollout.base import SamplingParams
from flowrl_agent.rollout.collect import Collector, prompt_seeds
from flowrl_agent.rollout.local import LocalEngine
from flowrl_agent.rollout.scripted import ScriptedEngine
from flowrl_agent.types import Rollout
from flowrl_envs.errors import UserError

CHARS = "0123456789abcdefghijklmnopqrstuvwxyz+=? <>:."


class Foreign(gymnasium.Env[str, str]):
    """A secret number to guess; "higher" or "lower" until it is found or five turns are over. No info at all."""

    def __init__(self, turns: int = 5, seeded: bool = True, says: dict[str, Any] | None = None) -> None:
        self.observation_space = gymnasium.spaces.Text(200, charset=CHARS)
        self.action_space = gymnasium.spaces.Text(200, charset=CHARS)
        self._turns, self._seeded, self._says = turns, seeded, says or {}
        self._secret, self._turn = 0, 0

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        super().reset(seed=seed)
        rng = self.np_random if self._seeded else np.random.default_rng()
        self._secret, self._turn = int(rng.integers(10)), 0
        return f"secret {self._secret} nonce {int(rng.integers(10**9))}", {}

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        self._turn += 1
        right = action == str(self._secret)
        over = right or self._turn >= self._turns
        reward = 1.0 if right else 0.25 if action == "near" else 0.0
        return "done" if over else f"no. turn {self._turn}", reward, over, False, dict(self._says) if over else {}


def vector(size: int, mode: AutoresetMode, **kwargs: Any) -> SyncVectorEnv:
    return SyncVectorEnv([lambda: Foreign(**kwargs) for _ in range(size)], autoreset_mode=mode)


def solves_after(misses: int) -> Any:
    """Reads the secret from the prompt and says it after `misses` wrong answers."""

    def script(text: str, sample: int) -> str:
        turns = text.count("no. turn")
        return text.split()[1] if turns >= misses else "near"

    return script


def collector(envs: VectorEnv[Any, Any, Any], codec: Codec, script: Any, **kwargs: Any) -> Collector:
    return Collector(envs, ScriptedEngine(script, codec), codec, SamplingParams(16), **kwargs)


MODES = [AutoresetMode.SAME_STEP, AutoresetMode.NEXT_STEP, AutoresetMode.DISABLED]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", [1, 4, 6, 16])
def test_single_turn_groups_share_a_prompt_in_any_autoreset_mode(codec: Codec, mode: AutoresetMode, size: int) -> None:
    rollouts = collector(vector(size, mode, turns=1), codec, solves_after(0)).collect(3, 2, seed=1)
    assert [r.group for r in rollouts] == [0, 0, 1, 1, 2, 2]
    assert all(r.outcome.reward == 1.0 for r in rollouts)
    prompts = [r.messages[0][1] for r in rollouts]
    assert prompts[0::2] == prompts[1::2]
    assert len(set(prompts)) == 3


@pytest.mark.parametrize("mode", MODES)
def test_episodes_of_different_lengths_do_not_disturb_one_another(codec: Codec, mode: AutoresetMode) -> None:
    def script(text: str, sample: int) -> str:
        secret, turns = int(text.split()[1]), text.count("no. turn")
        return str(secret) if turns == secret % 5 else "near"

    rollouts = collector(vector(8, mode), codec, script).collect(8, 1, seed=3)
    lengths = set()
    for rollout in rollouts:
        misses = int(rollout.messages[0][1].split()[1]) % 5
        lengths.add(misses)
        assert rollout.outcome.turns == misses + 1
        assert rollout.outcome.reward == pytest.approx(1 + 0.25 * misses)
        assert [role for role, _ in rollout.messages][:2] == ["user", "assistant"]
        assert rollout.messages[-1] == ("assistant", rollout.messages[0][1].split()[1])
    assert len(lengths) > 2


def test_the_mask_covers_the_agents_tokens_and_a_turns_reward_lies_on_its_last_one(codec: Codec) -> None:
    rollout = collector(vector(1, AutoresetMode.SAME_STEP), codec, solves_after(2)).collect(1, 1, seed=0)[0]
    prompt, secret = rollout.messages[0][1], rollout.messages[0][1].split()[1]
    parts = [
        (codec.prompt(prompt), False),
        (codec.answer("near"), True),
        (codec.extend("no. turn 1", closed=True), False),
        (codec.answer("near"), True),
        (codec.extend("no. turn 2", closed=True), False),
        (codec.answer(secret), True),
    ]
    assert rollout.tokens == tuple(i for ids, _ in parts for i in ids)
    assert rollout.agent_mask == tuple(mine for ids, mine in parts for _ in ids)
    assert rollout.prompt_length == len(codec.prompt(prompt))
    ends = np.cumsum([len(ids) for ids, _ in parts]) - 1
    expected = np.zeros(len(rollout.tokens))
    expected[ends[1]], expected[ends[3]], expected[ends[5]] = 0.25, 0.25, 1.0
    assert rollout.token_rewards == tuple(expected)
    assert rollout.outcome.reward == 1.5


def test_defaults_stand_where_a_foreign_environment_says_nothing(codec: Codec) -> None:
    outcome = collector(vector(1, AutoresetMode.SAME_STEP), codec, solves_after(0)).collect(1, 1, 0)[0].outcome
    assert (outcome.graded, outcome.correct, outcome.reason, outcome.answer) == (True, False, "", "")


@pytest.mark.parametrize("mode", MODES)
def test_what_the_environment_says_at_the_end_is_read(codec: Codec, mode: AutoresetMode) -> None:
    says = {"graded": True, "correct": True, "reason": "correct", "answer": "4", "problem_id": "p", "solutions": 3}
    outcome = collector(vector(2, mode, says=says), codec, solves_after(1)).collect(1, 2, 0)[1].outcome
    assert outcome.correct is True
    assert (outcome.reason, outcome.answer, outcome.problem_id, outcome.solutions) == ("correct", "4", "p", 3)


@pytest.mark.parametrize(
    ("details", "stage"),
    [('{"stage": "exact"}', "exact"), ('{"letters": 5}', ""), ("[1]", ""), ("no JSON", ""), ("[" * 10**5, "")],
)
def test_the_stage_that_decided_is_read_from_the_details(codec: Codec, details: str, stage: str) -> None:
    envs = vector(1, AutoresetMode.SAME_STEP, says={"details": details})
    assert collector(envs, codec, solves_after(0)).collect(1, 1, 0)[0].outcome.stage == stage


def test_an_ungraded_episode_is_flagged_and_masked(codec: Codec) -> None:
    rollout = collector(vector(1, AutoresetMode.SAME_STEP, says={"graded": False}), codec, solves_after(0)).collect(
        1, 1, 0
    )
    assert not rollout[0].outcome.graded
    assert not make_batch(rollout, codec.pad_id).mask.any()


def test_a_reward_that_is_no_number_leaves_the_episode_ungraded(codec: Codec) -> None:
    class Nan(Foreign):
        def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
            return "done", float("nan"), True, False, {}

    rollout = collector(SyncVectorEnv([Nan], autoreset_mode=AutoresetMode.SAME_STEP), codec, solves_after(0))
    outcome = rollout.collect(1, 1, 0)[0].outcome
    assert (outcome.graded, outcome.reward) == (False, 0.0)


def test_a_rollout_is_a_function_of_seed_and_iteration(policy: Policy, codec: Codec) -> None:
    def play(seed: int, iteration: int, size: int = 6) -> list[Rollout]:
        engine = LocalEngine.of(policy, codec)
        with_model = Collector(vector(size, AutoresetMode.SAME_STEP, turns=2), engine, codec, SamplingParams(4))
        return with_model.collect(2, 3, seed, iteration)

    assert play(0, 0) == play(0, 0)
    first = [r.tokens for r in play(0, 0)]
    assert first != [r.tokens for r in play(0, 1)]
    assert first != [r.tokens for r in play(1, 0)]


def test_seeds_of_iterations_and_runs_do_not_overlap() -> None:
    seeds = [s for run in range(5) for t in range(20) for s in prompt_seeds(run, t, 32)]
    assert len(set(seeds)) == len(seeds)
    assert prompt_seeds(3, 4, 8)[:4] == prompt_seeds(3, 4, 4)


def test_an_environment_that_ignores_its_seed_is_told_what_to_do(codec: Codec) -> None:
    envs = vector(4, AutoresetMode.SAME_STEP, seeded=False)
    with pytest.raises(UserError, match="np_random"):
        collector(envs, codec, solves_after(0)).collect(2, 2, 0)


def test_a_conversation_without_room_for_another_answer_ends_there_truncated(codec: Codec) -> None:
    envs = vector(2, AutoresetMode.SAME_STEP)
    room = len(codec.prompt("secret 1 nonce 123456789")) + 16 + 10
    rollouts = collector(envs, codec, lambda _text, _i: "near", max_tokens=room).collect(1, 2, 0)
    for rollout in rollouts:
        assert rollout.truncated
        assert rollout.outcome.graded
        assert 1 <= rollout.outcome.turns < 5
        assert rollout.agent_mask[-1]
        assert len(rollout.tokens) <= room
    with pytest.raises(UserError, match="max_tokens=20"):
        collector(envs, codec, lambda _text, _i: "near", max_tokens=20).collect(1, 1, 0)


@pytest.mark.parametrize("mode", MODES)
def test_an_environment_that_never_ends_cannot_hang_a_run(codec: Codec, mode: AutoresetMode) -> None:
    envs = vector(2, mode, turns=10**9)
    rollouts = collector(envs, codec, lambda _text, _i: "x", max_turns=3).collect(2, 1, 0)
    assert [r.outcome.turns for r in rollouts] == [3, 3]
    assert all(r.truncated for r in rollouts)


def test_an_answer_cut_by_the_budget_is_flagged_and_its_turn_is_closed_for_the_next(codec: Codec) -> None:
    long = collector(vector(1, AutoresetMode.SAME_STEP, turns=2), codec, lambda _text, _i: "x" * 99).collect(1, 1, 0)[0]
    assert long.truncated
    assert sum(long.agent_mask) == 32
    first = long.prompt_length + 16
    assert long.tokens[first : first + 1][0] in codec.end_ids
    assert not long.agent_mask[first]


def test_observations_that_are_no_text_are_refused(codec: Codec) -> None:
    envs = SyncVectorEnv([lambda: gymnasium.make("CartPole-v1")])
    with pytest.raises(UserError, match="needs str"):
        collector(envs, codec, solves_after(0)).collect(1, 1, 0)


def test_hostile_messages_reach_the_environment_and_come_back(codec: Codec) -> None:
    class Echo(Foreign):
        def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
            self._turn += 1
            return "\ud800<|eos|>\x00" * 3, float(len(action)), self._turn == 2, False, {}

    envs = SyncVectorEnv([Echo], autoreset_mode=AutoresetMode.SAME_STEP)
    rollout = collector(envs, codec, lambda _text, _i: "").collect(1, 1, 0)[0]
    assert [m[1] for m in rollout.messages] == [rollout.messages[0][1], "", "\ud800<|eos|>\x00" * 3, ""]
    assert rollout.outcome.reward == 0.0
    assert sum(rollout.agent_mask) == 2


def test_environments_in_other_processes_play_the_same_episodes(codec: Codec) -> None:
    here = collector(vector(2, AutoresetMode.SAME_STEP), codec, solves_after(1)).collect(2, 2, 0)
    envs = AsyncVectorEnv([Foreign, Foreign], shared_memory=False, autoreset_mode=AutoresetMode.SAME_STEP)
    try:
        assert collector(envs, codec, solves_after(1)).collect(2, 2, 0) == here
    finally:
        envs.close()


def test_our_vector_environment_and_gymnasiums_give_the_same_rollouts(codec: Codec) -> None:
    import flowrl_envs  # noqa: F401  (registers the ids)

    def script(text: str, sample: int) -> str:
        return str(len(text) % 7 + sample)

    ours = gymnasium.make_vec("FlowRL/Arithmetic-v0", num_envs=6)
    theirs = SyncVectorEnv([lambda: gymnasium.make("FlowRL/Arithmetic-v0")] * 6, autoreset_mode=AutoresetMode.SAME_STEP)
    one, two = (collector(e, codec, script).collect(4, 3, 1, options={"split": "test"}) for e in (ours, theirs))
    assert one == two
    assert len({r.outcome.problem_id for r in one}) == 4
    assert all(r.outcome.reason for r in one)
