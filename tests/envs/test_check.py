"""The checker passes what is sound and catches each way of being broken, by name."""

from dataclasses import replace

import broken
import gymnasium
import pytest
import specimens

from envs_registry import EnvCard
from flowrl_envs.check import isolation
from flowrl_envs.check.report import Outcome
from flowrl_envs.check.run import CHECKS, OPENENV_CHECKS, check, check_task, find, run
from flowrl_envs.check.subject import Subject
from flowrl_envs.errors import UnknownIdError, UserError

ALL = {one.__name__: one for one in CHECKS + OPENENV_CHECKS}

CAUGHT = [
    ("items_are_pure", broken.Drifting()),
    ("bad_indices_are_refused", broken.Boundless()),
    ("seed_control", broken.Drifting()),
    ("seed_control", broken.Mute()),
    ("seed_independence", broken.Narrow()),
    ("seed_independence", broken.Repeating()),
    ("splits_are_disjoint", broken.Leaky()),
    ("junk_scores_the_floor", broken.Lenient()),
    ("junk_scores_the_floor", broken.Echo()),
    ("junk_scores_the_floor", broken.Constant()),
    ("hedging_scores_the_floor", broken.Hedged()),
    ("canary_floor", broken.Lenient()),
    ("verifier_never_raises", broken.Fragile()),
    ("verifier_never_raises", broken.Fanciful()),
    ("listings_agree_with_the_verifier", broken.Forgetful()),
    ("listings_agree_with_the_verifier", broken.Miscounting()),
    ("listings_agree_with_the_verifier", broken.Doubling()),
    ("listings_agree_with_the_verifier", broken.Partial()),
    ("oracle_maximum", broken.Stingy()),
    ("floor_gap", broken.Flat()),
    ("verifier_determinism", broken.Moody()),
    ("verifier_determinism", broken.Disagreeing()),
    ("verifier_portability", broken.Hashing()),
    ("verifier_portability", broken.Locked()),
    ("host_containment", broken.Writing()),
    ("host_containment", broken.Shelling()),
    ("host_containment", broken.Unsettling()),
    ("resource_envelope", broken.Slow()),
    ("resource_envelope", broken.Greedy()),
    ("oracle_containment", broken.Telling()),
    ("oracle_containment", broken.Announcing()),
    ("no_solution_leakage", broken.Announcing()),
    ("task_and_env_pickle", broken.Locked()),
    ("episode_isolation", broken.Remembering()),
    ("episode_determinism", broken.Clock()),
    ("gymnasium_check_env", broken.Drifting()),
    ("info_is_constant", broken.Shifting()),
    ("vector_equals_single", broken.Unequal()),
    ("replayability", broken.Drifting()),
    ("trajectory_record", broken.NotFinite()),
]


@pytest.mark.parametrize("task", [specimens.Large(), specimens.Small(), specimens.TwoTurns()])
def test_a_sound_task_passes_every_check(task):
    report = check_task(task)
    assert report.ok, str(report)
    skipped = {finding.name for finding in report.findings if finding.outcome is Outcome.NOT_APPLICABLE}
    unlisted = set() if isinstance(task, specimens.Small) else {"listings_agree_with_the_verifier"}
    assert skipped == {"tool_declarations", "card_tells_the_truth"} | unlisted


@pytest.mark.parametrize(("name", "task"), CAUGHT, ids=[f"{name}-{type(task).__name__}" for name, task in CAUGHT])
def test_a_broken_task_is_caught_by_the_check_of_that_name(name, task, monkeypatch):
    monkeypatch.setattr(isolation, "SECONDS", 0.4)
    monkeypatch.setattr(isolation, "MEGABYTES", 150.0)
    (finding,) = run(Subject("broken", task), [ALL[name]]).findings
    broken.TRESPASS.unlink(missing_ok=True)
    assert finding.outcome is Outcome.FAIL
    assert len(finding.message) > 30


def test_every_check_that_applies_has_a_task_that_fails_it():
    untested = set(ALL) - {name for name, _ in CAUGHT}
    assert untested == {"tool_declarations", "card_tells_the_truth", "resource_bounds"}


TRUE_CARD = EnvCard("A/B-v0", "specimens:Large", "x", "x", space={"train": None, "test": None}, options={"word": "x"})


@pytest.mark.parametrize(
    "lie",
    [
        {"splits": ("train",)},
        {"reward_range": (-1.0, 1.0)},
        {"space": {"train": 9, "test": None}},
        {"options": {}},
        {"floor": 0.1},
        {"ceiling": 0.9},
    ],
)
def test_a_card_that_is_not_true_is_caught(lie):
    for card, outcome in ((TRUE_CARD, Outcome.PASS), (replace(TRUE_CARD, **lie), Outcome.FAIL)):
        (finding,) = run(Subject("it", specimens.Large(), card=card), [ALL["card_tells_the_truth"]]).findings
        assert finding.outcome is outcome, finding


def test_resource_bounds_fails_where_the_environment_reads_what_it_should_not(monkeypatch):
    monkeypatch.setattr("flowrl_envs.env.next_message", lambda task, episode, response, limit: (None, False))
    monkeypatch.setattr("flowrl_envs.env.judge", lambda task, pairs, limit: [task.score(*pairs[0])])
    (finding,) = run(Subject("env", specimens.Large()), [ALL["resource_bounds"]]).findings
    assert finding.outcome is Outcome.FAIL


def test_an_exception_of_the_task_is_a_failed_check_not_a_crash():
    class Raising(specimens.Large):
        def generate(self, rng):
            raise RuntimeError("no items today")

    report = check_task(Raising())
    assert not report.ok
    assert any("no items today" in finding.message for finding in report.failures)


def test_a_report_is_plain_data_and_a_readable_table():
    report = run(Subject("it", broken.Lenient()), [ALL["canary_floor"], ALL["floor_gap"]])
    assert report.to_dict()["ok"] is False
    assert [finding["outcome"] for finding in report.to_dict()["findings"]] == ["fail", "pass"]
    assert "fail  canary_floor" in str(report)


def test_an_unknown_id_is_answered_with_the_nearest():
    gymnasium.registry.pop("Specimen/Checked-v0", None)
    import flowrl_envs

    flowrl_envs.register("Specimen/Checked-v0", "specimens:Large")
    assert find("Specimen/Checked-v0") == "Specimen/Checked-v0"
    with pytest.raises(UnknownIdError, match="Did you mean 'Specimen/Checked-v0'"):
        check("Specimen/Chekced-v0")
    with pytest.raises(UserError, match="no module 'nowhere_to_be_found'"):
        check("nowhere_to_be_found:A/B-v0")
    with pytest.raises(UserError, match=r"TextEnv environments|this checks"):
        check("CartPole-v1")
