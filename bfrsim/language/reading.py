"""Reading a joined system: what hangs on what, and how much of it rests on assumption."""

from __future__ import annotations

from dataclasses import dataclass

from bfrsim.language.bibliography import ASSUMED
from bfrsim.language.join import System
from bfrsim.language.tree import Declaration, Expression, names_in


@dataclass(frozen=True)
class Grounds:
    """The parameters behind a name; `assumed` are those without a published source."""

    parameters: tuple[Declaration, ...]
    assumed: tuple[Declaration, ...]

    @property
    def share_assumed(self) -> float:
        """Share of the parameters that are assumed, 0 to 1."""
        return len(self.assumed) / len(self.parameters) if self.parameters else 0.0


def expressions_of(system: System, name: str) -> tuple[Expression, ...]:
    """Return the expressions that set a name: its line, or a state's initial value and rate."""
    item = system.declared()[name]
    own = () if item.value is None or item.kind == "param" else (item.value,)
    return (*own, system.rates[name][0]) if name in system.rates else own


def direct_sources(system: System, name: str) -> tuple[str, ...]:
    """Return the names in the line or rate of `name`, in order of appearance."""
    found = [other for expression in expressions_of(system, name) for other in names_in(expression)]
    return tuple(dict.fromkeys(found))


def names_behind(system: System, name: str) -> tuple[str, ...]:
    """Return every name that `name` hangs on, itself included, through lines and rates."""
    seen: dict[str, None] = {name: None}
    todo = [name]
    while todo:
        for other in direct_sources(system, todo.pop()):
            if other not in seen:
                seen[other] = None
                todo.append(other)
    return tuple(seen)


def grounds(system: System, name: str) -> Grounds:
    """Return the parameters behind a name, and which of them are assumed."""
    behind = set(names_behind(system, name))
    parameters = tuple(item for item in system.parameters if item.name in behind)
    return Grounds(parameters, tuple(item for item in parameters if item.source == ASSUMED))
