"""Where the answer of a whole text stands: each row is a text, a reference, and whether the text answers it."""

import pytest

from flowrl_envs.verify import verify

STEPS = [
    ("**Solution:**\n\nLet x be the number. Then 2x + 1 = 11, so 2x = 10.\n\nTherefore, x = 5.", "5", True),
    ("**Solution:** 12 men take 7 days. So 1 man takes 84 days.\n\nTherefore, 2 men take 42 days.", "7", False),
    ("**Solution:** 12 men take 7 days. So 1 man takes 84 days.\n\nTherefore, 2 men take 42 days.", "42", True),
    ("Adding these, the result is 42.\n\nSubtracting 2, she has 40 apples left.", "42", False),
    ("Adding these, the result is 42.\n\nSubtracting 2, she has 40 apples left.", "40", True),
    ("Step 3: The result is 12.\nStep 4: Double it: 24.", "12", False),
    (
        "Here is the solution:\n\n1. Add 3 and 4 to get 7.\n2. Multiply by 6 to get 42.\n\nSo she has 42 apples.",
        "42",
        True,
    ),
    ("The solution is unique.\n\nThus x = 5.", "5", True),
    ("The solution is as follows:\n2x = 10\nx = 5", "5", True),
    ("To find the answer:\n1. 2x = 10\n2. x = 5", "5", True),
    ("The answer is 5.\n\nTo check the answer: 2(5)+1 = 11.", "11", False),
    ("The answer is 5.\n\nTo check the answer: 2(5)+1 = 11.", "5", True),
    ("x = 5.\n\nCheck the solution:\n2(5) + 1 = 11, which is true.", "11", False),
    ("The solution is x = 5.", "5", True),
    ("The result is 42.", "42", True),
    ("The solution is $x=5$.\n\nI hope this helps!", "5", True),
]
"""A result in the middle of a derivation, a heading, a check."""

ANNOUNCED = [
    ("### Final Answer\nThe total number of fruits is:\n\n$$54$$", "54", True),
    ("Therefore the answer is given by\n\\[ 54 \\]", "54", True),
    ("The answer is as follows:\n\n54", "54", True),
    ("**Final Answer:** \n\n---\n\n42", "42", True),
    ("The final answer is:\n$$\\frac{3}{4}$$", "3/4", True),
]
"""What announces the answer of the next paragraph."""

MARKS = [
    ("- **42**", "42", True),
    ("6 × 7 = **42**", "42", True),
    ("3. $x = 42$", "42", True),
    ("3. 42", "42", True),
    ("4. $50 - 8 = 42$", "42", True),
    ("• 42", "42", True),
    ("∴ $x = 42$", "42", True),
    ("⇒ 42", "42", True),
    ("Answer:\n- 42", "-42", False),
    ("Answer:\n- 42", "42", True),
    ("Answer: -42", "-42", True),
    ("Answer:\n-42", "-42", True),
    ("-42", "-42", True),
    ("Answer: - 42", "-42", True),
    ("x * y ** 2", "xy^2", True),
    ("**x = 5**", "5", True),
    ("*42*", "42", True),
    ("3. 5", "3.5", False),
    ("3.5", "3.5", True),
    ("2^{*}3", "6", False),
]
"""Marks of lists, headings and emphasis."""

CLOSINGS = [
    ("She has 42 apples.\n\n---", "42", True),
    ("She has 42 apples.\n\n---\n\nLet me know if you'd like more examples!", "42", True),
    ("She has 42 apples.\n\nIs there anything else I can help you with?", "42", True),
    ("The answer is **42** ✅", "42", True),
    ("The answer is $42$. $\\blacksquare$", "42", True),
    ("The answer is 42 😊", "42", True),
    ("The answer is 42 🎉", "42", True),
    ("42 ✓", "42", True),
    ("$x = 42$ □", "42", True),
    ("$x = 42$\n\nThis completes the proof.", "42", True),
    ("She has 42 apples.\n\nFeel free to ask more questions.", "42", True),
    ("$x = 42$\n\nThis is the final answer.", "42", True),
]
"""Rules, pictures and courtesies after the answer."""

CONDITIONS = [
    ("The maximum is \\( 42 \\) when \\( x = 3 \\).", "3", False),
    ("The maximum is \\( 42 \\) when \\( x = 3 \\).", "42", True),
    ("The maximum value is \\( 42 \\) at \\( x = 3 \\).", "3", False),
    ("The maximum value is \\( 42 \\) at \\( x = 3 \\).", "42", True),
    ("The probability is \\( \\frac{3}{8} \\), where \\( n = 3 \\).", "3/8", True),
    ("The answer is $2x+3$ for $x \\neq 1$.", "2x+3", True),
    ("The maximum value is 42 at x = 3.", "42", True),
    ("The maximum value is 42 at x = 3.", "3", False),
]
"""A value with the condition it is given under."""

SIGNS = [
    ("The answer is >42", "42", False),
    ("Answer: > 42", "42", False),
    ("The answer is: >42", "42", False),
    ("The answer is:\n> 42", "42", True),
]
"""Signs that are no mark."""

FORMULAS = [
    ("The area is $\\boxed{25}\\pi$.", "25", False),
    ("$x = -\\boxed{42}$", "42", False),
    ("$\\frac{\\boxed{3}}{4}$", "3", False),
    ("$(\\boxed{3}, \\boxed{4})$", "4", False),
    ("$\\boxed{42}^2$", "42", False),
    ("$\\boxed{4}\\frac{1}{2}$", "4", False),
    ("$2\\cdot\\boxed{42}$", "42", False),
    ("$\\boxed{3}:\\boxed{4}$", "4", False),
    ("$\\boxed{12}!$", "12", False),
    ("$3 + \\boxed{4} = 7$", "4", True),
    ("$x = \\boxed{42}$", "42", True),
    ("$x=\\boxed{42}\\text{ cm}$", "42", True),
    ("$\\angle A = \\boxed{42}^\\circ$", "42", True),
    ("\\boxed{42} apples", "42", True),
    ("$$6\\cdot 7 = \\boxed{42}.$$", "42", True),
    ("\\[ x = \\boxed{42}, \\]", "42", True),
    ("$\\boxed{5}$ cm", "5", True),
    ("$a+b = 20+22 = \\boxed{42}$", "42", True),
    ("\\begin{align*}x &= 6\\cdot 7\\\\ &= \\boxed{42}\\end{align*}", "42", True),
    ("$x \\approx \\boxed{3.14}$", "3.14", True),
    ("$x \\in \\boxed{(1,2)}$", "(1,2)", True),
    ("$\\$\\boxed{42}$", "42", True),
    ("\\$\\boxed{42}", "42", True),
    ("$\\boxed{42}\\%$", "42\\%", True),
    ("$\\text{Area}=\\boxed{42}$ square units", "42", True),
    ("$\\Rightarrow \\boxed{42}$", "42", True),
    ("$\\therefore \\boxed{42}$", "42", True),
    ("$2+2=\\boxed{4}=4$", "4", True),
    ("$\\boxed{x=5}$", "5", True),
    ("$\\text{Answer: }\\boxed{5}$", "5", True),
    ("$n \\equiv \\boxed{3} \\pmod{7}$", "3", True),
    ("\\(\\boxed{3}\\)", "3", True),
    ("$\\left(\\boxed{3}\\right)$", "3", True),
]
"""A box within a larger formula."""

GUESSES = [
    ("$x = \\boxed{3}$ or $x = \\boxed{4}$", "4", False),
    ("$\\boxed{41}$ or $\\boxed{42}$", "42", False),
    ("$x = \\boxed{3}$ or $x = \\boxed{4}$", "3,4", True),
    ("$\\boxed{42}$ or $\\boxed{42}$", "42", True),
]
"""Boxes joined by "or"."""

CHANGED = [
    ("The answer is 42 (base 5)", "42", False),
    ("The answer is 42 in hexadecimal", "42", False),
    ("The answer is 42 per mille", "42", False),
    ("The answer is 42 twelfths", "42", False),
    ("The answer is 42 twentieths.", "42", False),
    ("Answer: under 42", "42", False),
    ("Answer: over 42", "42", False),
    ("Answer: above 42", "42", False),
    ("Answer: below 42", "42", False),
    ("The answer is the negative of 42.", "42", False),
    ("The answer is the opposite of 42", "42", False),
    ("The answer is the number before 42", "42", False),
    ("The answer is 10% off 42", "42", False),
    ("The answer is under 42.", "42", False),
]
"""Words that change a number."""

PARTS = [
    ("The answer is 3 hours and 20 minutes.", "20", False),
    ("He is 5 feet 3 inches tall.", "3", False),
    ("The probability is 1 out of 6.", "6", False),
    ("The probability is 1 in 6.", "6", False),
    ("The answer is 2 remainder 3.", "3", False),
    ("The dimensions are 3 by 4.", "4", False),
    ("The answer is one of 40, 41, 42", "42", False),
    ("Answer: 42 vs 41", "41", False),
    ("Answer: 42 otherwise 41", "41", False),
    ("Answer: 42 oder 41", "41", False),
    ("Answer: 42 ou 41", "41", False),
]
"""Parts of one value, and values side by side."""

ADJUNCTS = [
    ("So there are **42** ways to choose 3 books from 9.", "42", True),
    ("Kylar needs to pay $64 for the 16 glasses.", "64", True),
    ("The answer is 42, with 6 rows of 7.", "42", True),
    ("The answer is 42, with 6 rows of 7.", "7", False),
    ("Answer: There are 42 ways to arrange 5 books.", "42", True),
    ("So there are $42$ ways to choose 3 books from 9.", "42", True),
]
"""Numbers in adjuncts."""

TIMES = [
    ("\\boxed{5 x 10^3}", "5000", True),
    ("The answer is 3 x 4.", "12", True),
    ("5 x 10^3", "5000", True),
]
"""X as a times sign."""

ROWS = [
    ("\\[\\begin{aligned}x &= 6\\cdot 7\\\\ &= 42\\end{aligned}\\]", "42", True),
    ("We have\n\\begin{align*}x &= 6\\cdot 7\\\\ &= 42\n\\end{align*}", "42", True),
]
"""Aligned displays."""

LANGUAGES = [
    ("Die Antwort ist 42.", "42", True),
    ("La respuesta es 42.", "42", True),
    ("La réponse est 42.", "42", True),
]
"""Anchors of other languages."""

TOKENS = [
    ("\\boxed 42", "4", False),
    ("\\boxed42", "4", False),
    ("\\boxed 7", "7", True),
]
"""A box without braces."""

STRUCK = [
    ("~~\\boxed{42}~~", "42", False),
    ("$\\cancel{\\boxed{42}}$", "42", False),
]
"""A box that is struck out."""

WORKED_OUT = [
    ("So 90 - 50 = 40 children are not in the choir.", "40", True),
    ("That means it takes 30/6=5 hours to get back.", "5", True),
    ("In all, 125 + 125 = 250 tickets are sold.", "250", True),
    ("You save $4 + $2 = $6 for 2 jars of jam and 4 bags of rice.", "6", True),
    ("That is 3 * 4 = 12 books that the 5 friends brought.", "12", True),
    ("So it takes 360/30 = 12 days for its height to be 600 inches.", "12", True),
    ("So 36 - 3 = <<36-3=33>>33 toys are now needed.", "33", True),
    ("He reads 10x6=60 pages.", "60", True),
    ("It weighs 44 times as much, or 5*44=220 pounds.", "220", True),
    ("She will be 4 + 4 = 8 years old 4 years from now.", "8", True),
    ("He can skip 4 classes because 10 - 6 = 4.", "4", True),
    ("Then $f(1) + f(2) = 10 + 5 = 15.$", "15", True),
    ("Then $(u+v)(x+y) = ux + uy + vx + vy = 12 + 4 + 18 + 6 = 40$.", "40", True),
    ("Then $2x + 3 = 7$.", "7", False),
    ("Then $f(1) + f(2) = 10 + 5 = 16.$", "16", False),
    ("The winner of the 3 games is Bob.", "Bob", True),
    ("12 boys and 15 girls came, so 27 came.", "27", True),
    ("The 5 friends will each pay $20.", "20", True),
    ("She sells the 3 boxes for $12.", "12", True),
    ("The price drops from 20 to 15.", "15", True),
    ("4 students chose 3 each for a total of 12.", "12", True),
    ("So she needs 12 eggs to make 3 cakes.", "12", True),
    ("So she needs 12 eggs to make 3 cakes.", "3", False),
    ("She has 5 apples left out of 12.", "5", True),
    ("The answer is between 5 and 6.", "6", False),
]
"""What a sentence has worked out, and what it says beside."""

ROWS_OF_ALL = [
    *WORKED_OUT,
    *STEPS,
    *ANNOUNCED,
    *MARKS,
    *CLOSINGS,
    *CONDITIONS,
    *SIGNS,
    *FORMULAS,
    *GUESSES,
    *CHANGED,
    *PARTS,
    *ADJUNCTS,
    *TIMES,
    *ROWS,
    *LANGUAGES,
    *TOKENS,
    *STRUCK,
]


@pytest.mark.parametrize(("text", "reference", "right"), ROWS_OF_ALL)
def test_the_answer_of_a_text_is_found_where_it_stands(text: str, reference: str, right: bool) -> None:
    assert verify(text, reference).correct is right
