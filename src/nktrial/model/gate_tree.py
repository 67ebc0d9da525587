"""The order and the paths of gates that refer to one another.

Definition
    A gate depends on its parent and, where it is boolean, on its operands. A path is the ids from the root to the
    gate, joined by ``/``; a gate that has a name of its own stands there by its name.
"""

from collections.abc import Sequence

from nktrial.model.gates import BooleanGate, Gate

__all__ = ["dependencies", "dependency_order", "gate_paths"]


def dependencies(gate: Gate) -> tuple[str, ...]:
    """Return the ids of the gates that must be known before this one."""
    parent = () if gate.parent is None else (gate.parent,)
    operands = tuple(operand.gate for operand in gate.operands) if isinstance(gate, BooleanGate) else ()
    return parent + operands


def dependency_order(gates: Sequence[Gate]) -> tuple[tuple[Gate, ...], tuple[str, ...]]:
    """Order gates so that each comes after those it depends on.

    Parameters
    ----------
    gates : sequence of Gate
        With unique ids, in any order.

    Returns
    -------
    ordered : tuple of Gate
        File order wherever the dependencies allow it.
    stuck : tuple of str
        Ids of gates that depend on a gate that does not exist, or on themselves; empty for a sound strategy.
    """
    by_id = {gate.id: gate for gate in gates}
    waiting = {gate.id: len(dependencies(gate)) for gate in gates}
    followers: dict[str, list[str]] = {}
    for gate in gates:
        for needed in dependencies(gate):
            followers.setdefault(needed, []).append(gate.id)
    ready = [gate.id for gate in gates if not waiting[gate.id]]
    ordered: list[Gate] = []
    for gate_id in ready:
        ordered.append(by_id[gate_id])
        for follower in followers.get(gate_id, []):
            waiting[follower] -= 1
            if not waiting[follower]:
                ready.append(follower)
    done = {gate.id for gate in ordered}
    return tuple(ordered), tuple(gate.id for gate in gates if gate.id not in done)


def gate_paths(gates: Sequence[Gate]) -> dict[str, str]:
    """Return the path of every gate by its id.

    Parameters
    ----------
    gates : sequence of Gate
        Of a sound strategy: parents exist and form no cycle.
    """
    paths: dict[str, str] = {}
    for gate in dependency_order(gates)[0]:
        name = gate.name or gate.id
        paths[gate.id] = name if gate.parent is None else f"{paths[gate.parent]}/{name}"
    return {gate.id: paths[gate.id] for gate in gates if gate.id in paths}
