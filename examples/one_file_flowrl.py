"""FlowRL from top to bottom: https://arxiv.org/abs/2509.15207 in one file, with gymnasium, torch and an environment.

A tiny recurrent policy learns `FlowRL/Modes-v0`: it reads "mode 2:" and answers with a word such as "ca". Three words
pay 1, one pays 1/2, the rest nothing. All responses can be listed, so the distribution that FlowRL should end at is
known exactly, and the run prints how far away the policy is (total variation, 0 to 1).

    python examples/one_file_flowrl.py            about ten seconds on one CPU core

The equations, per prompt x and response y of |y| tokens (Z is learned, r is the reward, w is detached):

    delta = log Z(x) + 1/|y| log pi(y|x) - beta r - 1/|y| log pi_ref(y|x)
    w     = clip(pi(y|x) / pi_old(y|x), 1 - eps, 1 + eps)
    loss  = mean of w delta^2

delta is 0 for every y at pi(y|x) = pi_ref(y|x) exp(|y| (beta r - c)), where c(x) = log Z(x) makes it sum to 1: FlowRL
does not look for the best answer, it gives every answer its share. Differences from the paper: rewards are raw (the
paper standardises them in the group, set `standardise=True`), beta is 1 and not 15 because answers are short, the
policy is no language model, and there is no dropout, warm-up or micro-batch. The library's version of the same
objective, with every choice of paper and code as a switch, is flowrl_agent/algorithms/flowrl.py.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import gymnasium
import torch
from torch import Tensor, nn

import flowrl_envs  # noqa: F401  (registers FlowRL/*)

ALPHABET = "abcd"
END = len(ALPHABET)  # the token after which nothing follows
MAX_TOKENS = 3  # a response is up to two letters and END, or three letters, cut off
CHARS = " :0123456789demo" + ALPHABET


@dataclass(frozen=True)
class Config:
    """What one may want to change."""

    prompts: int = 4
    samples: int = 16  # responses to each prompt in an iteration, a group
    iterations: int = 300
    updates: int = 2  # optimiser steps on each rollout; at the second one w differs from 1
    beta: float = 1.0
    epsilon: float = 0.2
    standardise: bool = False
    learning_rate: float = 1e-2
    seed: int = 0


class Policy(nn.Module):
    """A GRU over characters, with a head for the next token and a 3-layer MLP for log Z of the prompt."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.embed = nn.Embedding(len(CHARS), width)
        self.gru = nn.GRU(width, width, batch_first=True)
        self.next_token = nn.Linear(width, len(ALPHABET) + 1)
        self.log_z = nn.Sequential(
            nn.Linear(width, width), nn.GELU(), nn.Linear(width, width), nn.GELU(), nn.Linear(width, 1)
        )
        nn.init.zeros_(self.log_z[-1].weight)
        nn.init.zeros_(self.log_z[-1].bias)

    def read(self, prompts: Sequence[str]) -> Tensor:
        """[B, L, H] states after each character; prompts of one length (all of "mode 0:" to "mode 9:")."""
        ids = torch.tensor([[CHARS.index(c) for c in prompt] for prompt in prompts])
        states: Tensor = self.gru(self.embed(ids))[0]
        return states

    def forward(self, prompts: Sequence[str], tokens: Tensor) -> tuple[Tensor, Tensor]:
        """([B, T] log-probability of each token, 0 after END; [B] log Z) of responses [B, T]."""
        states = self.read(prompts)
        letters = tokens.clamp(max=END - 1)[:, :-1] + CHARS.index(ALPHABET[0])  # what follows END is masked anyway
        after = self.gru(self.embed(letters), states[:, -1][None].contiguous())[0]
        logits = self.next_token(torch.cat([states[:, -1:], after], dim=1))
        logp = logits.log_softmax(-1).gather(-1, tokens[..., None])[..., 0]
        return logp * mask_of(tokens), self.log_z(states.mean(dim=1))[:, 0]

    @torch.no_grad()
    def sample(self, prompts: Sequence[str], rng: torch.Generator) -> Tensor:
        """[B, T] tokens, END after the end."""
        state = self.read(prompts)[:, -1]
        tokens: list[Tensor] = []
        ended = torch.zeros(len(prompts), dtype=torch.bool)
        for _ in range(MAX_TOKENS):
            drawn = torch.multinomial(self.next_token(state).softmax(-1), 1, generator=rng)[:, 0]
            tokens.append(torch.where(ended, END, drawn))
            ended = ended | (drawn == END)
            letters = tokens[-1].clamp(max=END - 1) + CHARS.index(ALPHABET[0])
            state = self.gru(self.embed(letters[:, None]), state[None].contiguous())[0][:, 0]
        return torch.stack(tokens, dim=1)


def mask_of(tokens: Tensor) -> Tensor:
    """[B, T] bool: the tokens that were written, the first END included."""
    return (tokens == END).cumsum(1) - (tokens == END).long() == 0


def text_of(tokens: Tensor) -> list[str]:
    """Each response as the environment reads it."""
    return ["".join(ALPHABET[t] for t in row if t != END) for row in tokens.tolist()]


def flowrl_loss(
    logp: Tensor,  # [B, T] of the policy, 0 off the mask; the only one with gradient beside log_z
    logp_old: Tensor,  # [B, T] of the policy that sampled
    logp_ref: Tensor,  # [B, T] of the frozen reference
    mask: Tensor,  # [B, T] bool
    reward: Tensor,  # [B]
    log_z: Tensor,  # [B], equal for all responses to one prompt
    beta: float,
    epsilon: float,
) -> Tensor:
    """The mean of w delta^2."""
    length = mask.sum(-1)
    delta = log_z + logp.sum(-1) / length - beta * reward - logp_ref.sum(-1) / length
    ratio = (logp - logp_old).sum(-1).exp().detach()
    return (ratio.clamp(1 - epsilon, 1 + epsilon) * delta.square()).mean()


def standardised(reward: Tensor, samples: int) -> Tensor:
    """[B]: (r - mean) / (std + 1e-6) in each group of consecutive rows, as the paper shapes rewards."""
    groups = reward.view(-1, samples)
    return ((groups - groups.mean(1, keepdim=True)) / (groups.std(1, keepdim=True) + 1e-6)).flatten()


def train(config: Config) -> tuple[list[float], list[float]]:
    """Runs FlowRL; returns the mean reward and the distance to the target, every 50 iterations."""
    torch.manual_seed(config.seed)
    rng = torch.Generator().manual_seed(config.seed)
    env = gymnasium.make_vec(
        "FlowRL/Modes-v0",
        num_envs=config.prompts * config.samples,
        prompts=config.prompts,
        alphabet=ALPHABET,
        length=2,
        style="short",
    )
    policy = Policy()
    reference = copy.deepcopy(policy).requires_grad_(False)
    optimiser = torch.optim.Adam(policy.parameters(), lr=config.learning_rate)
    decay = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.01, config.iterations * config.updates)

    # Equal seeds are one group: `samples` attempts at the same sequence of problems. The environment starts the next
    # episode by itself, so after each step `prompts` are the next questions.
    prompts, _ = env.reset(seed=[config.seed + i // config.samples for i in range(env.num_envs)])
    rewards: list[float] = []
    distances: list[float] = []
    for iteration in range(config.iterations):
        tokens = policy.sample(prompts, rng)
        mask = mask_of(tokens)
        with torch.no_grad():
            logp_old, _ = policy(prompts, tokens)
            logp_ref, _ = reference(prompts, tokens)
        asked = prompts
        prompts, scores, *_ = env.step(text_of(tokens))
        reward = torch.tensor(scores, dtype=torch.float32)
        shaped = standardised(reward, config.samples) if config.standardise else reward

        for _ in range(config.updates):
            logp, log_z = policy(asked, tokens)
            loss = flowrl_loss(logp, logp_old, logp_ref, mask, shaped, log_z, config.beta, config.epsilon)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(policy.parameters(), 1.0)
            optimiser.step()
            decay.step()

        if iteration % 50 == 49:
            rewards.append(float(reward.mean()))
            distances.append(distance_to_target(policy, reference, env, config))
            print(f"{iteration + 1:5d}  loss {loss.item():.5f}  reward {rewards[-1]:.3f}  distance {distances[-1]:.4f}")
    env.close()
    return rewards, distances


def all_responses() -> Tensor:
    """[N, T]: every response there is, those that are cut off included."""
    rows = []
    for letters in range(MAX_TOKENS + 1):
        rows += [[*word, *[END] * (MAX_TOKENS - letters)] for word in itertools.product(range(END), repeat=letters)]
    return torch.tensor(rows)


@torch.no_grad()
def distance_to_target(policy: Policy, reference: Policy, env: gymnasium.vector.VectorEnv, config: Config) -> float:
    """Mean over prompts of the total variation between the policy and pi_ref exp(|y| (beta r - c)), listed in full."""
    tokens, task, total = all_responses(), env.unwrapped.task, 0.0
    length = mask_of(tokens).sum(-1)
    for index in range(config.prompts):
        problem = task.problem("train", index)
        prompts = [problem.prompt] * len(tokens)
        ref, now = (model(prompts, tokens)[0].sum(-1).double() for model in (reference, policy))
        reward = torch.tensor([task.reward_of(problem, text) for text in text_of(tokens)], dtype=torch.float64)
        low, high = torch.tensor(-50.0), torch.tensor(50.0)
        for _ in range(60):  # the root c of sum_y pi_ref exp(|y| (beta r - c)) = 1, by bisection
            c = (low + high) / 2
            too_much = (ref + length * (config.beta * reward - c)).logsumexp(0) > 0
            low, high = torch.where(too_much, c, low), torch.where(too_much, high, c)
        target = (ref + length * (config.beta * reward - c)).exp()
        total += float((now.exp() - target).abs().sum()) / 2
    return total / config.prompts


if __name__ == "__main__":
    torch.set_num_threads(1)
    train(Config())
