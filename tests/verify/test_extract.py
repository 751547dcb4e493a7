"""Each extraction rule finds its one answer, and refuses what is negated, empty, unclosed or inside the thinking."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flowrl_envs.verify import anchors, scan
from flowrl_envs.verify.extract import RULES, extract
from flowrl_envs.verify.limits import Mode
from flowrl_envs.verify.prose import last_match
from flowrl_envs.verify.result import Flag

FOUND = [
    ("last_box", r"so \boxed{7} is it", "7"),
    ("last_box", r"\boxed{\frac{1}{2}}", r"\frac{1}{2}"),
    ("last_box", r"\fbox{7}", "7"),
    ("last_box", r"\boxed{1} then, better, \boxed{2}", "2"),
    ("last_box", r"\boxed 7", "7"),
    ("last_box", r"\boxed{7}\%", r"7\%"),
    ("last_box", r"\boxed{\{1, 2\}}", r"\{1, 2\}"),
    ("answer_tag", "well <answer> 7 </answer>", "7"),
    ("answer_tag", "<answer>The answer is 7.</answer>", "7"),
    ("last_line", "#### 7", "7"),
    ("last_line", "The train arrives at 9:30.", "9:30"),
    ("last_line", "The area is 25π square units.", "25π"),
    ("last_line", "The answer's value is x+1 [Note: checked]", "x+1"),
    ("json_object", '{"answer": "\\\\frac12"}', r"\frac12"),
    ("json_object", 'So:\n```json\n{"answer": 7}\n```', "7"),
    ("anchor", "The answer is 7. I hope this answer is helpful.", "7"),
    ("anchor", "**Answer:** 7\n\nThe solution is correct.", "7"),
    ("anchor", "The answer is 7. This solution is verified by substitution.", "7"),
    ("last_line", "So x+1.\nI hope the solution is clear.", "x+1"),
    ("last_box", "<|im_start|>assistant\nIt is \\boxed{7}<|im_end|>", "7"),
    ("last_box", "\\boxed{7}<|im_end|>\n<|im_start|>user\n\\boxed{8}", "7"),
    ("last_box", "<|begin_of_solution|>\\boxed{7}<|end_of_solution|>", "7"),
    ("last_box", "\\boxed{8}<|end_of_thought|>\n<|begin_of_solution|>\\boxed{7}<|end_of_solution|>", "7"),
    ("anchor", "The answer is 7</s>", "7"),
    ("anchor", "The answer is 7<eos>", "7"),
    ("anchor", "<s>The answer is 7.</s> The answer is 8.", "7"),
    ("last_box", "\\boxed{7}<end_of_turn>\n<start_of_turn>user\n\\boxed{8}", "7"),
    ("last_box", "<start_of_turn>model\n\\boxed{7}<end_of_turn>", "7"),
    ("last_box", "\\boxed{7}<｜end▁of▁sentence｜>\\boxed{8}", "7"),
    ("last_box", "First <s>\\boxed{8}</s>, then \\boxed{7}", "7"),
    ("last_box", "<thinking>\\boxed{8}</thinking> So \\boxed{7}", "7"),
    ("anchor", "Final answer: 7", "7"),
    ("anchor", "The answer is 7, since 3 + 4 = 7.", "7"),
    ("anchor", "The answer is 7 because 8 is too many.", "7"),
    ("anchor", "Answer: 9\nAnswer: 7", "7"),
    ("anchor", "### Answer\n$7$", "$7$"),
    ("anchor", "**Final Answer**\n\n**7**", "7"),
    ("anchor", "The answer is $3$ or $4$.", "$3$ or $4$"),
    ("anchor", "答案是 7。", "7"),
    ("last_display", "We get\n$$\n7\n$$\n", "7"),
    ("last_display", "\\[ 7 \\]\nas claimed.", "7"),
    ("last_line", "Let me see.\n(4,\\pi)", "(4,\\pi)"),
    ("last_line", "There are 12 ways to do this.", "12"),
    ("last_line", "She runs in circles and it costs 1,234.50 in the end.", "1,234.50"),
]


@pytest.mark.parametrize(("rule", "text", "answer"), FOUND)
def test_each_rule_finds_its_answer(rule: str, text: str, answer: str) -> None:
    assert extract(text, Mode.AUTO)[:2] == (answer, rule)


def test_the_table_above_exercises_every_rule() -> None:
    assert {rule for rule, _, _ in FOUND} == {rule.__name__ for _, rule in RULES}


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        (r"\boxed{41", Flag.UNCLOSED),
        (r"\boxed{42} and more: \boxed{4", Flag.UNCLOSED),
        ("The answer is not \\boxed{42}.", Flag.NEGATED),
        (r"\boxed{42} is wrong.", Flag.NEGATED),
        ("It is not the case that the answer is 42.", Flag.NEGATED),
        ("Anything but 42", Flag.NEGATED),
        (r"\boxed{}", None),
        (r"\boxed{42} \boxed{ }", None),
        ("", None),
        (" \n ", None),
        ("<think>\\boxed{42}", None),
        ("<think>so \\boxed{42}</think>", None),
        ("<thinking>so \\boxed{42}</thinking>", None),
        ("<thinking>so \\boxed{42}", None),
    ],
)
def test_a_denied_empty_unclosed_or_hidden_answer_is_no_answer(text: str, flag: Flag | None) -> None:
    answer, _, flags, _ = extract(text, Mode.AUTO)
    assert answer == ""
    assert flag is None or flag in flags


def test_a_denial_in_another_clause_does_not_count() -> None:
    assert extract("It is not prime, so the answer is \\boxed{42}", Mode.AUTO)[0] == "42"


def test_boxes_form_a_group_only_side_by_side() -> None:
    assert extract(r"\boxed{1} and \boxed{2}", Mode.AUTO)[3] == ("1", "2")
    assert extract(r"\boxed{1}\boxed{2}", Mode.AUTO)[3] == ("1", "2")
    assert extract(r"\boxed{1} hm no no no \boxed{2}", Mode.AUTO)[3] == ()
    assert extract(r"\boxed{1}, \boxed{1}", Mode.AUTO)[3] == ()


def test_the_strict_mode_reads_boxes_only() -> None:
    assert extract("The answer is 7", Mode.BOXED)[0] == ""
    assert extract(r"The answer is \boxed{7}", Mode.BOXED)[0] == "7"


def test_the_training_format_reads_the_last_answer_line_of_the_last_300_characters() -> None:
    assert extract("Answer: 6\nAnswer: 7", Mode.FLOWRL)[0] == "7"
    assert extract(r"\boxed{7}", Mode.FLOWRL)[0] == ""
    assert extract("Answer: 7<|im_end|>", Mode.FLOWRL)[0] == "7"
    assert extract("Answer: 7 </s>\n", Mode.FLOWRL)[0] == "7"
    assert extract("Answer: x</s> 7", Mode.FLOWRL)[0] == "x</s> 7"
    assert extract("Answer: x > 7, y<z>", Mode.FLOWRL)[0] == "x > 7, y<z>"
    assert extract("Answer: 7\n" + "x" * 300, Mode.FLOWRL)[0] == ""


WORDS = [
    *("answer", "Answer", "ANSWER", "final ", "correct ", "solution", "result", "respuesta", "antwort", "answers"),
    *(" is", " are", ":", " : ", "**", " ** :", "\n", " ", "x", "7", "="),
]


@given(st.lists(st.sampled_from(WORDS), max_size=12).map("".join))
@example("final answer is answer is")
@example("correct final answer:")
@example("the answer\n\nresult = 7, answers")
def test_looking_from_the_right_finds_the_anchor_that_the_pattern_finds_last(text):
    expected, found = last_match(anchors._ANCHOR, text), anchors._last_anchor(text)
    assert (expected and expected.span()) == (found and found.span())


@given(
    st.lists(st.sampled_from(["\\", "box", "boxed", "f", "frame", "{", "}", "7", " ", "x", "d"]), max_size=12).map(
        "".join
    )
)
@example("\\frame\\fbox{7}")
@example("\\boxed\\boxed 7")
def test_looking_for_the_word_finds_every_box_that_the_pattern_finds(text):
    found, position, unclosed = [], 0, False
    while not unclosed and (match := scan._BOX.search(text, position)) is not None:
        position = match.end()
        if text.startswith("{", position):
            end = scan.closing_brace(text, position)
            unclosed = end < 0
            found += [] if unclosed else [(match.start(), end + 1, text[position + 1 : end])]
            position = end + 1
        elif token := scan._TOKEN.match(text, position):
            found.append((match.start(), token.end(), token.group()))
    assert scan.boxes(text) == (found, unclosed)
