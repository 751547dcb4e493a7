"""The symbolic worker: a script that a parent starts, which compares trees with SymPy and is killed when it is late.

It stands alone: standard library and sympy only, never the package, so it starts in isolated mode. Frames on stdin
and stdout are a four-byte length and JSON: plain lists, strings and numbers. A tree becomes a SymPy object node by
node through the tables below; no text is ever parsed, evaluated or looked up as a name, so there is nothing to inject
into.

Request: {"op": "scalar" | "set", "left": tree, "right": tree, "seconds": float}; tree: [kind, [trees], value].
Answer: {"equal": true | false | null, "reason": ""}. One {"ready": true} comes first. "left" is the reference: a right
side that is nothing this worker can hold, or a number without a value, is a different answer; a left side like that is
no verdict.
"""

from __future__ import annotations

import json
import os
import struct
from typing import Any

MEMORY_BYTES = 1 << 30
_HEADER = struct.Struct(">I")
_NOTHING = (ArithmeticError, ValueError, TypeError, NotImplementedError)
"""What SymPy raises for what it cannot make."""


def main() -> None:
    """Serves requests until stdin ends."""
    source, sink = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    _limit()
    import sympy  # noqa: F401 - loaded before "ready", so that a deadline covers the work alone

    _send(sink, {"ready": True})
    while (request := _receive(source)) is not None:
        _limit_cpu(float(request["seconds"]))
        _send(sink, _answer(request))


def _limit() -> None:
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    except (ImportError, ValueError, OSError):
        return


def _limit_cpu(seconds: float) -> None:
    """CPU time for one request, so that a worker whose parent died does not run on."""
    try:
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        soft = int(used.ru_utime + used.ru_stime + seconds) + 2
        resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))
    except (ImportError, ValueError, OSError):
        return


def _read(source: int, size: int) -> bytes:
    data = b""
    while len(data) < size and (piece := os.read(source, size - len(data))):
        data += piece
    return data


def _receive(source: int) -> dict[str, Any] | None:
    header = _read(source, _HEADER.size)
    if len(header) < _HEADER.size:
        return None
    request: dict[str, Any] = json.loads(_read(source, _HEADER.unpack(header)[0]))
    return request


def _send(sink: int, message: dict[str, Any]) -> None:
    body = json.dumps(message).encode()
    os.write(sink, _HEADER.pack(len(body)) + body)


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    make, compare = (as_set, _same_set) if request["op"] == "set" else (build, _same_value)
    try:
        left = make(request["left"])
    except (KeyError, *_NOTHING):
        return {"equal": None, "reason": "resource"}
    try:
        right = make(request["right"])
    except KeyError:
        return {"equal": False, "reason": ""}
    except _NOTHING:
        return {"equal": False, "reason": ""} if request["op"] == "scalar" else {"equal": None, "reason": "resource"}
    try:
        return {"equal": compare(left, right), "reason": ""}
    except (MemoryError, NotImplementedError):
        return {"equal": None, "reason": "resource"}
    except Exception as error:
        return {"equal": None, "reason": "internal", "error": type(error).__name__}


def _same_value(left: Any, right: Any) -> bool | None:
    """Whether two expressions are equal once sums, integrals and limits are evaluated."""
    import sympy

    wanted = left.doit()
    given = _worked_out(right)
    if given is None:
        return False
    difference = wanted - given
    if difference == 0 or wanted == given:
        return True
    if not difference.free_symbols:
        value = difference.evalf(40)
        if value.is_number and value.is_finite and abs(value) > sympy.Float("1e-20", 40):
            return False
    simple = sympy.simplify(difference)
    if simple == 0:
        return True
    same = simple.equals(0)
    return bool(same) if same is not None else None


def _worked_out(right: Any) -> Any:
    """The value of an answer; None where it has none, as a remainder modulo 0."""
    try:
        return right.doit()
    except (MemoryError, NotImplementedError):
        raise
    except Exception:
        return None


def _same_set(left: Any, right: Any) -> bool | None:
    import sympy

    difference = sympy.SymmetricDifference(left, right).doit()
    if difference == sympy.EmptySet:
        return True
    empty = difference.is_empty
    return None if empty is None else bool(empty)


def build(tree: list[Any]) -> Any:
    """The SymPy expression of a tree; raises KeyError for a node without one."""
    import sympy

    kind, args, value = tree
    if kind == "num":
        return sympy.Rational(int(value[0]), int(value[1]))
    if kind == "var":
        return sympy.Symbol("v_" + str(value), real=True)
    if kind == "const":
        return {"pi": sympy.pi, "e": sympy.E, "i": sympy.I, "inf": sympy.oo}[value]
    if kind in ("sum", "prod", "int", "lim"):
        return _calculus(kind, args)
    built = [build(part) for part in args]
    if kind == "fn":
        return _functions()[value](*built)
    return _operators()[kind](*built)


def _operators() -> dict[str, Any]:
    import sympy

    return {
        "add": sympy.Add,
        "mul": sympy.Mul,
        "neg": lambda x: -x,
        "div": lambda x, y: x / y,
        "pow": lambda x, y: x**y,
        "root": lambda x, n: sympy.real_root(x, n) if n != 2 else sympy.sqrt(x),
        "abs": sympy.Abs,
        "floor": sympy.floor,
        "ceil": sympy.ceiling,
        "fact": sympy.factorial,
        "binom": sympy.binomial,
        "pct": lambda x: x / 100,
        "deg": lambda x: x * sympy.pi / 180,
        "mod": sympy.Mod,
    }


def _functions() -> dict[str, Any]:
    import sympy

    names = [
        "sin",
        "cos",
        "tan",
        "cot",
        "sec",
        "csc",
        "sinh",
        "cosh",
        "tanh",
        "asin",
        "acos",
        "atan",
        "asinh",
        "acosh",
        "atanh",
        "exp",
        "gcd",
        "lcm",
        "gamma",
        "erf",
    ]
    table = {name: getattr(sympy, name) for name in names}
    return table | {
        "ln": sympy.log,
        "log?": sympy.log,
        "log10": lambda x: sympy.log(x, 10),
        "max": sympy.Max,
        "min": sympy.Min,
    }


def _calculus(kind: str, args: list[Any]) -> Any:
    """A sum, product, integral or limit with its bounds."""
    import sympy

    body, lower, upper = args
    if kind == "int":
        body, variable = _integrand(body)
        if lower[0] == "empty":
            return sympy.Integral(build(body), variable)
        return sympy.Integral(build(body), (variable, build(lower), build(upper)))
    relation, (name, start), signs = lower
    if relation != "rel" or name[0] != "var" or list(signs) != (["->"] if kind == "lim" else ["="]):
        raise KeyError(kind)
    variable = build(name)
    if kind == "lim":
        return sympy.Limit(build(body), variable, build(start))
    made = sympy.Sum if kind == "sum" else sympy.Product
    index = sympy.Symbol("k_" + name[2], integer=True)  # its own, so that an outer index is not caught by an inner sum
    return made(build(body).subs(variable, index), (index, build(start), build(upper)))


def _integrand(body: list[Any]) -> tuple[list[Any], Any]:
    """Splits "f(x) d x" into the integrand and its variable."""
    kind, args, value = body
    if kind != "mul" or len(args) < 2 or args[-2] != ["var", [], "d"] or args[-1][0] != "var":
        raise KeyError("integrand")
    rest = args[:-2]
    if not rest:
        return ["num", [], [1, 1]], build(args[-1])
    return (rest[0] if len(rest) == 1 else [kind, rest, value]), build(args[-1])


def as_set(tree: list[Any]) -> Any:
    """The set of reals that a tree denotes; raises KeyError for anything else."""
    import sympy

    kind, args, value = tree
    if kind == "const" and value == "R":
        return sympy.Reals
    if kind == "set":
        return sympy.FiniteSet(*(build(part) for part in args))
    if kind == "seq":
        return sympy.Interval(build(args[0]), build(args[1]), value[0] == "(", value[1] == ")")
    if kind == "union" or (kind == "list" and set(value) == {"or"}):
        return sympy.Union(*(as_set(part) for part in args))
    if kind == "inter" or (kind == "list" and "or" not in value):
        return sympy.Intersection(*(as_set(part) for part in args))
    if kind == "minus":
        return sympy.Complement(as_set(args[0]), as_set(args[1]))
    if kind == "builder":
        pattern = args[0]
        if pattern[0] == "rel" and pattern[1][1] == ["const", [], "R"]:
            pattern = pattern[1][0]
        if pattern[0] != "var":
            raise KeyError("pattern")
        return as_set(args[1])
    if kind != "rel":
        raise KeyError(kind)
    parts = [_solution(left, sign, right) for left, sign, right in zip(args, value, args[1:], strict=False)]
    return sympy.Intersection(*parts)


def _solution(left: list[Any], sign: str, right: list[Any]) -> Any:
    import sympy

    if sign == "in":
        return as_set(right)
    relations = {"<": sympy.Lt, ">": sympy.Gt, "<=": sympy.Le, ">=": sympy.Ge, "!=": sympy.Ne, "=": sympy.Eq}
    statement = relations[sign](build(left), build(right))
    if statement in (sympy.true, sympy.false):
        return sympy.Reals if statement == sympy.true else sympy.EmptySet
    (variable,) = statement.free_symbols
    return sympy.solveset(statement, variable, sympy.Reals)


if __name__ == "__main__":
    main()
