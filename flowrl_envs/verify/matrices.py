"""Arithmetic of written matrices, cell by cell: sums and scalar multiples; their cells and shape."""

from __future__ import annotations

from flowrl_envs.verify.nodes import Node, integer


def cells(node: Node) -> list[Node]:
    """All cells, row by row."""
    return [cell for row in node.args for cell in row.args]


def shape(node: Node) -> tuple[int, ...]:
    """The length of each row."""
    return tuple(len(row.args) for row in node.args)


def matrix_value(node: Node) -> Node | None:
    """A sum or scalar multiple of matrices, cell by cell, or rows in brackets; None if the shapes do not fit."""
    if node.kind == "matrix":
        return node
    if node.kind == "seq" and node.value == "[]" and all(row.kind == "seq" and row.value == "[]" for row in node.args):
        rows = tuple(Node("row", row.args) for row in node.args)
        return Node("matrix", rows) if len({len(row.args) for row in rows}) == 1 else None
    if node.kind == "neg":
        return _scaled(matrix_value(node.args[0]), integer(-1))
    if node.kind == "add":
        parts = [matrix_value(part) for part in node.args]
        if any(part is None or shape(part) != shape(parts[0] or part) for part in parts):
            return None
        columns = zip(*(cells(part) for part in parts if part is not None), strict=True)
        return _reshaped([Node("add", column) for column in columns], shape(parts[0] or node))
    if node.kind == "mul":
        matrices = [part for part in node.args if part.kind == "matrix"]
        if len(matrices) != 1:
            return None
        rest = tuple(part for part in node.args if part.kind != "matrix")
        return _scaled(matrices[0], rest[0] if len(rest) == 1 else Node("mul", rest))
    return None


def _scaled(matrix: Node | None, factor: Node) -> Node | None:
    if matrix is None:
        return None
    return _reshaped([Node("mul", (factor, cell)) for cell in cells(matrix)], shape(matrix))


def _reshaped(cells: list[Node], shape: tuple[int, ...]) -> Node:
    rows, start = [], 0
    for width in shape:
        rows.append(Node("row", tuple(cells[start : start + width])))
        start += width
    return Node("matrix", tuple(rows))
