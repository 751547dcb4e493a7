"""A hosted or local model behind an OpenAI-compatible chat endpoint, as an agent that `flowrl eval` can ask.

`ServerResponder` speaks `POST {base}/chat/completions` with the standard library: retries what may pass (429, 5xx, lost
connections), gives up at once on what will not (401, 404, a refused request), and never turns a transport failure
into a wrong answer. It asks for no log-probabilities, so it serves evaluation only.
"""

from __future__ import annotations

import http.client
import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flowrl_agent.rollout.base import SamplingParams
from flowrl_agent.rollout.text import Conversation, Reply
from flowrl_envs.errors import InfrastructureError, UserError

SUFFIX = "/chat/completions"
_LONGEST_WAIT = 60.0


class EndpointError(InfrastructureError):
    """The endpoint could not be reached, refused, or did not answer in the expected form."""


@dataclass(frozen=True)
class Endpoint:
    """Where the model is and how patient to be."""

    base: str
    """Base address, such as http://localhost:8000/v1."""
    model: str
    """The model's name there."""
    key_variable: str = "OPENAI_API_KEY"
    """Environment variable that holds the key; nothing is sent where it is unset."""
    system: str = ""
    """System prompt, empty for none."""
    timeout: float = 120.0
    """Seconds for one request."""
    retries: int = 4
    """Further attempts after a failure that may pass."""
    backoff: float = 1.0
    """Seconds before the first further attempt; doubles each time. A server's Retry-After takes precedence."""
    parallel: int = 8
    """Requests under way at once."""

    def __post_init__(self) -> None:
        parts = urlsplit(self.base)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UserError(
                f"The endpoint {self.base!r} is no http(s) address. Give one like http://localhost:8000/v1."
            )
        if self.timeout <= 0 or self.retries < 0 or self.backoff < 0 or self.parallel < 1:
            raise UserError(
                f"{self} is not possible: timeout must be above 0, retries and backoff 0 or more, parallel 1 or more."
            )


class ServerResponder:
    """Asks the endpoint; one request a reply, so that servers without the `n` parameter work as well.

    Args:
        endpoint: where and how.
        sleep: waits between attempts.
    """

    def __init__(self, endpoint: Endpoint, sleep: Callable[[float], None] = time.sleep) -> None:
        self._endpoint, self._sleep = endpoint, sleep
        base = endpoint.base.rstrip("/")
        self._url = base if base.endswith(SUFFIX) else base + SUFFIX

    def respond(self, conversations: Sequence[Conversation], n: int, params: SamplingParams) -> list[list[Reply]]:
        """`n` replies to each conversation.

        Raises:
            EndpointError: after all attempts; nothing is known of the responses.
        """
        jobs = [(talk, i * n + j) for i, talk in enumerate(conversations) for j in range(n)]
        with ThreadPoolExecutor(self._endpoint.parallel) as pool:
            try:
                replies = list(pool.map(lambda job: self._ask(job[0], job[1], params), jobs))
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        return [replies[i * n : (i + 1) * n] for i in range(len(conversations))]

    def _ask(self, talk: Conversation, number: int, params: SamplingParams) -> Reply:
        body = self._body(talk, number, params)
        for attempt in range(self._endpoint.retries + 1):
            try:
                return _reply(self._post(body), self._url)
            except _PassingError as error:
                if attempt == self._endpoint.retries:
                    raise EndpointError(
                        f"{self._url} failed {attempt + 1} times; the last time: {error}. Is the server up? Raise "
                        "--timeout or --retries if it is slow."
                    ) from error
                self._sleep(min(_LONGEST_WAIT, error.wait or self._endpoint.backoff * 2**attempt))
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _body(self, talk: Conversation, number: int, params: SamplingParams) -> bytes:
        messages = [{"role": "system", "content": self._endpoint.system}] if self._endpoint.system else []
        messages += [{"role": role, "content": content} for role, content in talk]
        body: dict[str, Any] = {
            "model": self._endpoint.model,
            "messages": messages,
            "max_tokens": params.max_new_tokens,
            "temperature": params.temperature,
            "top_p": params.top_p,
            "seed": (params.seed + number) % 2**31,
        }
        if params.top_k:
            body["top_k"] = params.top_k
        if params.stop:
            body["stop"] = list(params.stop)
        return json.dumps(body).encode()

    def _post(self, body: bytes) -> bytes:
        headers = {"Content-Type": "application/json"}
        if key := os.environ.get(self._endpoint.key_variable):
            headers["Authorization"] = f"Bearer {key}"
        request = urllib.request.Request(self._url, body, headers)  # noqa: S310  the scheme was checked
        try:
            with urllib.request.urlopen(request, timeout=self._endpoint.timeout) as answer:  # noqa: S310
                data: bytes = answer.read()
                return data
        except urllib.error.HTTPError as error:
            raise self._refusal(error) from error
        except (OSError, http.client.HTTPException) as error:  # URLError and timeouts are OSErrors
            raise _PassingError(str(getattr(error, "reason", "") or error) or type(error).__name__) from error

    def _refusal(self, error: urllib.error.HTTPError) -> Exception:
        with error:
            said = error.read(2000).decode("utf-8", "replace").strip()
        what = f"HTTP {error.code} {error.reason}: {said[:500]}"
        if error.code in (408, 409, 425, 429) or error.code >= 500:
            return _PassingError(what, _seconds(error.headers.get("Retry-After")))
        hints = {
            401: f" Set the environment variable {self._endpoint.key_variable} to a valid key.",
            403: f" Set the environment variable {self._endpoint.key_variable} to a key with access.",
            404: f" Check the address and that the server has a model {self._endpoint.model!r}.",
        }
        return EndpointError(f"{self._url} refused the request: {what}.{hints.get(error.code, '')}")


class _PassingError(Exception):
    """A failure that may not happen again; `wait` is what the server asked for, in seconds."""

    def __init__(self, message: str, wait: float = 0.0) -> None:
        super().__init__(message)
        self.wait = wait


def _seconds(header: str | None) -> float:
    """A Retry-After header in seconds; dates and nonsense count as absent."""
    return float(header) if header is not None and header.strip().isdigit() else 0.0


def _reply(data: bytes, url: str) -> Reply:
    """What the answer says.

    Raises:
        EndpointError: it is not a chat completion.
    """
    try:
        choice = json.loads(data)["choices"][0]
        text = choice["message"].get("content") or ""
        finish = choice.get("finish_reason")
    except (ValueError, LookupError, TypeError, AttributeError):
        text, finish = None, None
    if not isinstance(text, str):
        raise EndpointError(
            f"{url} answered with something else than a chat completion: {data[:300].decode('utf-8', 'replace')!r}. "
            "The address must be of an OpenAI-compatible server, usually ending in /v1."
        )
    return Reply(text, cut=finish == "length")
