"""Who answers in `flowrl eval`: a local model, a model behind an endpoint, one that knows nothing, the best of n."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flowrl_agent.baselines.policies import (
    BestOf,
    EngineResponder,
    Judge,
    RandomPolicy,
    UniformValidPolicy,
    majority,
    verifier,
)
from flowrl_agent.baselines.views import view_of
from flowrl_agent.build.finished import Finished, exact_measures, load_finished
from flowrl_agent.build.parts import make_codec, make_policy
from flowrl_agent.build.trial import Examiner
from flowrl_agent.config.schema import ConfigError, ModelConfig, require
from flowrl_agent.models.chat import Codec
from flowrl_agent.ops.flow import Balance
from flowrl_agent.rollout.base import RolloutEngine
from flowrl_agent.rollout.local import LocalEngine
from flowrl_agent.rollout.server import Endpoint, ServerResponder
from flowrl_agent.rollout.text import Responder, TextEngine

if TYPE_CHECKING:
    from flowrl_agent.commands.evaluate import EvalArgs


@dataclass(frozen=True)
class Agent:
    """What plays.

    Attributes:
        engine: generates.
        codec: that a collector uses with it.
        run: the model with its reference, None for agents whose probabilities are not known.
    """

    engine: RolloutEngine
    codec: Codec
    run: Finished | None = None


def make_agent(args: EvalArgs, examiner: Examiner) -> Agent:
    """The agent that the flags describe.

    Raises:
        UserError: flags that contradict one another, or a model that cannot be read.
    """
    if args.agent != "model":
        require(not args.model, "--model", args.model, f"left out with --agent {args.agent}")
        require(not args.endpoint, "--endpoint", args.endpoint, f"left out with --agent {args.agent}")
        return _text_agent(args, examiner, _blind(args, examiner))
    if not args.model:
        raise ConfigError("Nobody answers: pass --model FOLDER, --endpoint URL --model NAME, or --agent random.")
    if args.endpoint:
        require(args.shots == 0, "--shots", args.shots, "0 with --endpoint")
        place = Endpoint(args.endpoint, args.model, system=args.system, timeout=args.timeout, retries=args.retries)
        return _text_agent(args, examiner, ServerResponder(place))
    local = _local(args, examiner)
    return local if args.best_of == 1 else _text_agent(args, examiner, EngineResponder(local.engine, local.codec))


def exact(args: EvalArgs, agent: Agent, examiner: Examiner) -> list[dict[str, float]] | None:
    """Exact measures of each problem, where the agent's probabilities are known and answers can be listed."""
    if agent.run is None or not args.exact:
        return None
    balance = Balance(args.beta) if args.beta is not None else agent.run.own or Balance(1.0)
    return exact_measures(agent.run, examiner, agent.codec, args.max_new_tokens, args.k, balance, args.exact)


def _local(args: EvalArgs, examiner: Examiner) -> Agent:
    model = ModelConfig(args.model, system=args.system, shots=args.shots)
    codec = make_codec(model, examiner.envs)
    run = load_finished(args.model) or Finished(make_policy(model, codec, args.seed))
    if args.reference:
        run = replace(run, reference=make_policy(ModelConfig(args.reference), codec, args.seed).eval())
    return Agent(LocalEngine.of(run.policy, codec, share=True), codec, run)


def _blind(args: EvalArgs, examiner: Examiner) -> Responder:
    """A policy that has learned nothing but how long answers are and which characters they have."""
    if examiner.task is None:
        raise ConfigError(f"--agent {args.agent} reads its characters from the right answers that {args.env!r} lacks.")
    known = examiner.task.splits
    view = view_of(examiner.task, "train" if "train" in known else known[0])
    return RandomPolicy(view) if args.agent == "random" else UniformValidPolicy(view)


def _text_agent(args: EvalArgs, examiner: Examiner, responder: Responder) -> Agent:
    if args.best_of > 1:
        judge: Judge = majority
        if args.judge == "verifier":
            if examiner.task is None:
                raise ConfigError(f"--judge verifier needs the task behind {args.env!r}. Use --judge majority.")
            judge = verifier(examiner.task, args.split, examiner.indices)
        responder = BestOf(responder, args.best_of, judge)
    engine = TextEngine(responder)
    return Agent(engine, engine.codec)
