"""A call by address inside compiled code: a pointer as an argument would defeat Numba's cache."""

from __future__ import annotations

from typing import Any


def call_by_address() -> Any:
    """Return what Numba compiles to a call of ``void f(group, monitored, count)`` at an address."""
    from llvmlite import ir
    from numba import types
    from numba.extending import intrinsic

    def call(typing_context: Any, address: Any, group: Any, monitored: Any, count: Any) -> Any:
        """Call a function by its address."""

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            whole = ir.IntType(64)
            kind = ir.FunctionType(ir.VoidType(), [whole, whole, whole])
            builder.call(builder.inttoptr(arguments[0], kind.as_pointer()), list(arguments[1:]))
            return context.get_dummy_value()

        return types.void(types.int64, types.int64, types.int64, types.int64), generate

    return intrinsic(call)
