"""Units of measure, nouns, letters in fonts, names in words: what they say of the value beside them."""

import pytest

from flowrl_envs.verify import Mode, verify

SAME = {
    "a unit may be left out, with its power": [
        (r"5 \text{ cm}^{2}", "5"), (r"5\text{ cm}^2", r"5\text{ cm}^{2}"), ("5 cm²", "5"), (r"5\text{ s}^{-1}", "5"),
        (r"5\text{ units}^{2}", "5"), (r"x = 5\text{ cm}^{2}", "5"), ("5cm^3", "5"), (r"5\text{ units^2}", "5"),
    ],
    "a unit may have several parts": [
        (r"5 \text{ m/s}", "5"), (r"9.8\ \mathrm{m/s^2}", "9.8"), (r"5 \mathrm{~m/s}", "5"), (r"5\,\mathrm{m^2}", "5"),
        (r"5 \mathrm{~km} / \mathrm{h}", "5"), (r"5\text{ N}\cdot\text{m}", "5"), (r"5\text{ N m}", "5"),
        (r"60 \frac{\text{miles}}{\text{hour}}", "60"), (r"9.8 \frac{\mathrm{m}}{\mathrm{s}^2}", "9.8"),
        ("5 km/h", "5"), ("5 miles/hour", "5 mph"), (r"3\cdot10^8 \text{ m/s}", r"3\times 10^8"),
        (r"5 \mathrm{ft} / \mathrm{sec}^2", "5"), (r"2450 \pi \mathrm{N}-\mathrm{m}", r"2450\pi"),
        (r"15 \text{ kcal m}^{-2} \text{yr}^{-1}", "15"), (r"5\ \mathrm{kg\cdot m/s^2}", "5"),
        (r"45\ \mathrm{km\,h^{-1}}", "45"), (r"3 \text{ apples}/\text{person}", "3"), (r"4\ \mathrm{\mu m}", "4"),
    ],
    "known units are converted": [
        (r"18\text{ km/h}", r"5\text{ m/s}"), (r"5\text{ mph}", r"5\text{ miles per hour}"),
        (r"5\text{ kHz}", r"5000\text{ Hz}"), (r"500\text{ mL}", r"500\text{ cm}^3"),
        (r"25\text{ cm squared}", r"25\text{ cm}^2"), (r"3\text{ m}^3", r"3\text{ cubic meters}"),
        (r"10\text{ N}", r"10\text{ kg}\cdot\text{m/s}^2"), (r"2\text{ MW}", r"2000\text{ kW}"), ("5 hr", "300 min"),
        (r"\frac{\pi}{2}\text{ radians}", r"90^\circ"), (r"5\text{ m}", r"5\text{ meters}"),
    ],
    "units of physics": [
        (r"2.88\times10^{16}\,\mathrm{atoms/cm^3}", "2.88e16"),
        (r"4.5\times10^{33}\,\mathrm{erg\cdot s^{-1}}", "4.5e33"),
        (r"5\ \mathrm{erg/s}", r"5\times10^{-7}\text{ W}"), (r"5\mathrm{~dyn\,cm^{-2}}", "5"),
        (r"5\mathrm{~L\,atm}", "5"),
        (r"70\ \mathrm{km\,s^{-1}\,Mpc^{-1}}", "70"), (r"5\ \mathrm{photons\,s^{-1}}", "5"), (r"3\,\AA", "3"),
        ("3 Å", "3"), (r"3\ \text{\AA}", "3"), (r"3\,\Omega", r"3\text{ ohms}"),
        (r"10^{3}\,\Omega", "1000"),
        (r"10\,M_\odot", "10"),
        (r"0.2\,\mathrm{~M}", "0.2"), (r"1\text{ atm}", r"101325\text{ Pa}"), (r"4.2\text{ ly}", "4.2"),
        (r"5\ \mathrm{atoms/cm^3}", r"5\ \mathrm{atoms\cdot cm^{-3}}"), ("2 au", "2ua"),
    ],
    "micro": [
        (r"3\,\mu\text{m}", r"3\times10^{-6}\text{ m}"), ("5 µm", r"5\,\mu\mathrm{m}"), ("5 μm", "5"),
        (r"5\,\mu\mathrm{F}", "5"), (r"\frac{v^2}{2\mu g}", "v^2/(2μg)"), ("2μg", r"2\mu g"), (r"5\text{ µm}", "5 µm"),
    ],
    "powers of nouns": [
        (r"90\text{ square units}", r"90\text{ sq. units}"), (r"90\text{ square units}", r"90\text{ units}^2"),
        (r"90\text{ square units}", r"90\text{ units}"), (r"90\text{ cubic units}", r"90\text{ units cubed}"),
        (r"3\text{ square feet of carpet}", r"3\text{ square feet}"),
    ],
    "money": [
        (r"5\text{ cents}", r"\$0.05"), (r"\$5", r"500\text{ cents}"), (r"\$5", r"5\text{ dollars}"), ("5 cents", "5"),
        (r"\$15", r"15\text{ per hour}"), (r"\$\frac{1}{4}", "25 cents"),
    ],
    "abbreviations": [
        ("5 sec", "5"), ("5 min", "5"), ("5 hrs", "5"), ("5 lbs", "5"), ("5 mins", "5"), ("5 yrs", "5"), ("5 oz", "5"),
        ("5 pts", "5"), ("60 deg", r"60^\circ"), ("5 rad", "5"), (r"18 \mathrm{~min}", "18"), ("5 ft/sec", "5"),
    ],
    "temperatures": [
        ("-3°C", "-3"), (r"32^{\circ} \mathrm{F}", "32"), (r"5\text{ degrees Celsius}", r"5^\circ\text{C}"),
        ("5 degrees Celsius", "5 °C"), (r"72\text{ °F}", "72"),
    ],
    "letters in fonts": [
        (r"3+4\mathrm{i}", "3+4i"), (r"2\mathbf{a}+3\mathbf{b}", r"3\mathbf{b}+2\mathbf{a}"), (r"2\mathrm{e}", "2e"),
        (r"2\mathbf{\pi}", r"2\pi"), (r"\frac{1}{\mathrm{e}}", "1/e"), (r"2\mathrm{AB}", "2AB"), (r"\mathbf{x}", "x"),
        (r"\text{A}", "A"), (r"5\text{m}", "5"), (r"1.5 \cos t \mathrm{~cm}", r"1.5 \cos t"), (r"5\text{ k}", "5000"),
    ],
    "fonts without braces": [
        (r"x\in\mathbb{R}", r"x\in\mathbb R"), (r"(-\infty,0)\cup(0,\infty)", r"\mathbb R\setminus\{0\}"),
        (r"\mathbb{R}^2", r"\mathbb R^2"), (r"\mathbb{Z}_5", r"\mathbb  Z_5"), (r"5\mathrm{m}", r"5\mathrm m"),
        ("3+4i", r"3+4\mathrm i"), (r"\mathbb{E}[X]=5", r"\mathbb E[X]=5"), (r"2\alpha", r"2\mathbf \alpha"),
        (r"\int_0^1 x\,dx", r"\int_0^1 x \mathrm dx"), ("2x", r"2\mathbf x"),
    ],
    "forms of Greek letters": [
        (r"\frac{Q}{4\pi\epsilon_0r^2}", r"\frac{Q}{4\pi\varepsilon_0 r^2}"), (r"\phi", r"\varphi"), ("ϕ", r"\varphi"),
        (r"\varphi+\phi", r"\phi+\varphi"), (r"\rho g h", r"\varrho g h"), (r"\cos\vartheta", r"\cos\theta"),
    ],
    "phrases": [
        (r"12\text{ fifth graders}", "12"), (r"5\text{ sq. ft.}", "5"), (r"5\text{ units squared}", "5"),
        (r"5 \text{ dozen eggs}", "60"), (r"12\text{ quarters}", "12"), (r"5\text{ seconds}", "5"),
        (r"5 \text{ negative integers}", "5"),
    ],
    "names in words": [
        (r"\text{Area} = 5", "5"), (r"\text{Total cost} = \$7", "7"), (r"\operatorname{Var}(X)=5", "5"),
        (r"\text{area} = 5\text{ cm}^2", r"\text{Area} = 5"), (r"\operatorname{Cov}(X,Y) = -2", "-2"), ("max = 5", "5"),
    ],
}  # fmt: skip
DIFFERENT = {
    "letters in fonts are factors": [
        (r"3+4\mathrm{i}", "7"), (r"2\mathrm{e}", "2"), (r"2\mathbf{a}", r"2\mathbf{b}"), (r"5\mathit{x}", "5"),
        (r"2\mathbf{\pi}", "2"), (r"2\mathrm{xy^2}", "2"), (r"2\mathrm{ab}", "2"), (r"2\text{$xy$}", "2"),
        (r"\mathrm{A}\mathrm{C}", "A"), (r"\mathrm{A}\mathrm{C}", r"\mathrm{A}\mathrm{D}"), ("3 m", "3"), ("2 mn", "2"),
        (r"5\text{ N}\cdot\text{x}", "5"), (r"5\text{ km}/\text{x}", "5"), ("5 km/x", "5"), (r"3\mathrm{h-m}", "3"),
        (r"2\mathrm{A}-\mathrm{C}", "2"), (r"5\text{ m}^n", "5"), (r"5\sec x", "5"), (r"x\mathrm{m}", "x"),
        (r"5\text{ cm}C", "5"), (r"5\text{ cents}-C^2", "5"), (r"41\text{ to }43", "41")
    ],
    "fonts without braces": [
        (r"\mathbb{R}", r"\mathbb Z"), (r"\mathbb R", "R"), (r"5\mathrm x", "5"), (r"5\mathrm m", r"5\mathrm s"),
    ],
    "forms of Greek letters": [
        (r"\varphi+\phi", r"2\phi"), (r"\varphi-\phi", "0"), (r"\phi+\varphi", r"2\varphi"), (r"\varphi", r"\theta"),
        (r"\varpi", r"\pi"),
    ],
    "the case of symbols": [
        (r"5\text{ A}", r"5\text{ V}"), (r"5\text{ MeV}", r"5\text{ meV}"), (r"5\text{ mPa}", r"5\text{ MPa}"),
        (r"5\text{ mm}", r"5\text{ Mm}"), (r"5\text{ S}", r"5\text{ s}"), (r"5\text{ H}", r"5\text{ h}"),
    ],
    "other dimensions and sizes": [
        (r"25\text{ cm squared}", r"25\text{ cm}"), (r"5\text{ cm}^{2}", r"5\text{ cm}^3"),
        (r"5\text{ km/h}", r"5\text{ m/s}"), (r"5\text{ s}^{-1}", r"5\text{ s}"), ("5 min", "5 sec"),
        (r"60 \frac{\text{miles}}{\text{hour}}", r"60 \frac{\text{km}}{\text{hour}}"), ("-3°C", "-3°F"), ("-3°C", "3"),
        ("32°F", r"\frac{8\pi}{45}"), (r"60^\circ", r"60\text{ rad}"),
        (r"5\text{ apples}/\text{person}", r"5\text{ apples}/\text{child}"),
    ],
    "units of physics": [
        (r"5\ \mathrm{erg}", r"5\text{ J}"), (r"5\ \mathrm{atoms/cm^3}", r"5\ \mathrm{atoms/cm^2}"), (r"3\Omega", "3"),
        (r"3\Omega^2", "3"), (r"2x\,\Omega", "2x"), (r"M_\odot", "1"), (r"10\,M_\odot", r"10\,L_\odot"),
        (r"2\,\Omega t", "2t"), (r"3\mathrm{M}", "3"), (r"5\,\mathrm{half\,cm}", "5"), (r"1\text{ pc}", r"1\text{ m}"),
        (r"5\,\mathrm{mod\,cm^2}", "5"), (r"5\ \mathrm{sin^2}", "5"),
    ],
    "micro": [
        (r"2\mu m", "2"), (r"2\mu\text{m}x", "2x"), (r"\mu\text{m}", "1"), ("5 µm", r"5\,\mathrm{mm}"), (r"2\mu", "2"),
    ],
    "powers of nouns": [
        (r"90\text{ square units}", r"90\text{ cubic units}"), (r"90\text{ square units}", r"90\text{ units}^3"),
        (r"3\text{ square feet}", r"3\text{ cubic feet of water}"), (r"90\text{ sq. units}", r"90\text{ units cubed}"),
    ],
    "money": [("5 cents", r"\$5"), (r"5\text{ cents}", r"\$5.00"), (r"\$5", "0.05 cents")],
    "words that change the value": [
        ("5 hundredths", "5"), ("5 halves", "5"), ("5 squared", "5"), (r"5\text{ cubed}", "5"),
        (r"5\text{ below zero}", "5"), (r"5\text{ x squared}", "5"), (r"1\text{ third}", "1"),
        (r"5\text{ choose }2", "5"),
        (r"5\text{ factorial}", "5"), (r"5\text{ otherwise}", "5"), (r"5\text{ out of 6}", "5"),
        (r"5\text{ below}", "5"),
        (r"5\text{ negative}", "5"), (r"5\text{ over 6}", "5"), (r"5\text{ square root}", "5"),
    ],
    "names in words": [
        (r"\text{Area} = 5", r"\text{Perimeter} = 5"), (r"\text{Not the answer} = 5", "5"),
        (r"\text{Area} = 5 = 6", "5"),
        (r"\operatorname{Var}(X)=5", r"\operatorname{Var}(Y)=5"), (r"\operatorname{Var}(X)=5", "6"),
    ],
}  # fmt: skip


@pytest.mark.parametrize(("one", "other"), [pair for pairs in SAME.values() for pair in pairs])
def test_what_a_unit_or_font_leaves_alone_is_accepted(one: str, other: str) -> None:
    assert verify(one, other, mode=Mode.BARE).correct is True
    assert verify(other, one, mode=Mode.BARE).correct is True


@pytest.mark.parametrize(("one", "other"), [pair for pairs in DIFFERENT.values() for pair in pairs])
def test_what_a_unit_or_font_changes_is_refused(one: str, other: str) -> None:
    assert verify(one, other, mode=Mode.BARE).correct is False
    assert verify(other, one, mode=Mode.BARE).correct is False


@pytest.mark.parametrize(
    "more", [r"/\text{s}", r"\cdot\text{s}", r"\text{ m}", r"-\text{lb}", "^{-2}", r"\frac{\text{m"]
)
def test_long_units_are_judged(more: str) -> None:
    assert verify(r"5\text{ m}" + more * 800, "5", mode=Mode.BARE).correct in (True, False)
