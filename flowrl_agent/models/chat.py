"""Between a conversation and tokens: the one place that knows the chat template.

The first user message becomes prompt ids, what the agent writes stays the ids it wrote, and each later user message
becomes ids to append. So the tokens trained on are the tokens sampled: nothing of the agent is ever re-tokenised.
Text of users and agents cannot forge the template's special tokens, and lone surrogates cannot stop a run.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jinja2.exceptions import TemplateError
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from flowrl_envs.errors import UserError

_AGENT = "\ufdd0"  # a Unicode noncharacter: it stands for the agent's turn while the text after it is looked for
PLAIN_TEMPLATE = (
    "{% for m in messages %}{% if m.role == 'system' %}{{ m.content }}\n\n{% elif m.role == 'user' %}User: "
    "{{ m.content }}\n{% else %}Assistant: {{ m.content }}{{ eos_token or '' }}\n{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}Assistant:{% endif %}"
)
"""The format of a model without a chat template."""


class Codec:
    """Encodes conversations for one tokenizer.

    Args:
        tokenizer: of the model; its own chat template is used where it has one, else `PLAIN_TEMPLATE`.
        system: system prompt, "" for none (a template may have a default one of its own). A template that takes no
            system message gets it at the top of the first user message.
        few_shot: (user, assistant) examples shown before the first message.

    Attributes:
        end_ids: tokens that end the agent's turn.
        pad_id: what fills up a batch; never attended to.
    """

    def __init__(
        self, tokenizer: PreTrainedTokenizerBase, system: str = "", few_shot: Sequence[tuple[str, str]] = ()
    ) -> None:
        self.tokenizer = tokenizer
        self._template = tokenizer.chat_template or PLAIN_TEMPLATE
        self._specials = sorted({s for s in tokenizer.all_special_tokens if s}, key=len, reverse=True)
        self._system, self._few_shot = self.clean(system), tuple((self.clean(u), self.clean(a)) for u, a in few_shot)
        tail = self._render("x", (_AGENT, "x")).rpartition(_AGENT)[2]
        self._end = next((s for s in self._specials if tail.startswith(s)), "")
        self.end_ids = self._end_ids()
        pad = tokenizer.pad_token_id
        self.pad_id = int(pad) if pad is not None else min(self.end_ids)

    @classmethod
    def load(cls, folder: str | Path, system: str = "", few_shot: Sequence[tuple[str, str]] = ()) -> Codec:
        """Reads the tokenizer of a Hugging Face folder (or hub id)."""
        return cls(AutoTokenizer.from_pretrained(str(folder)), system, few_shot)

    def prompt(self, text: str) -> tuple[int, ...]:
        """Ids of the conversation so far, ending where the agent is to write."""
        return self._ids(self._render(self.clean(text)))

    def extend(self, text: str, closed: bool) -> tuple[int, ...]:
        """Ids to append after the agent's own: the next user message, up to where the agent is to write again.

        Args:
            text: the next user message.
            closed: whether the agent's ids end with one of `end_ids`; if not, the end of its turn is added here.
        """
        tail = self._render("x", (_AGENT, self.clean(text))).rpartition(_AGENT)[2]
        return self._ids(tail.removeprefix(self._end) if closed else tail)

    def answer(self, text: str) -> tuple[int, ...]:
        """Ids of an agent's whole turn, its end-of-turn token last: what a supervised warm start learns."""
        ids = self._ids(self.clean(text))
        end = self._ids(self._end) or (self._eos(),)
        return (*ids, end[0])

    def decode(self, ids: Sequence[int]) -> str:
        """Text of ids that the agent wrote, without special tokens."""
        return str(self.tokenizer.decode(list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False))

    def clean(self, text: str) -> str:
        """Text that tokenizers accept: lone surrogates become U+FFFD, special tokens are broken up."""
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace(_AGENT, "\ufffd")
        for special in self._specials:
            if special in text:
                text = text.replace(special, special[0] + "\u200b" + special[1:])
        return text

    def _ids(self, text: str) -> tuple[int, ...]:
        return tuple(self.tokenizer.encode(text, add_special_tokens=False))

    def _eos(self) -> int:
        eos = self.tokenizer.eos_token_id
        if eos is None:
            raise UserError("The tokenizer has no eos token, so no answer could ever end. Set tokenizer.eos_token.")
        return int(eos[0] if isinstance(eos, list) else eos)

    def _render(self, user: str, *later: tuple[str, str]) -> str:
        """The template's text of: system, few-shot, `user`, then (assistant, user) pairs, then the agent's turn."""
        messages = [{"role": "system", "content": self._system}] if self._system else []
        for question, answer in self._few_shot:
            messages += [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
        messages.append({"role": "user", "content": user})
        for answer, question in later:
            messages += [{"role": "assistant", "content": answer}, {"role": "user", "content": question}]
        try:
            return self._apply(messages)
        except TemplateError:
            if not self._system:
                raise
            first = {"role": "user", "content": f"{self._system}\n\n{messages[1]['content']}"}
            return self._apply([first, *messages[2:]])

    def _apply(self, messages: list[dict[str, str]]) -> str:
        return str(
            self.tokenizer.apply_chat_template(
                messages, chat_template=self._template, tokenize=False, add_generation_prompt=True
            )
        )

    def _end_ids(self) -> frozenset[int]:
        return frozenset({self._eos(), *self._ids(self._end)})
