"""IR text -> machine code in memory, kept between processes as an object file under its content hash."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from bfrsim.solve.cache import cache_folder, write_whole
from bfrsim.solve.lanes.vector import BYTES, LANES, VECTOR

DECLARED = (("fma", 3), ("sqrt", 1), ("fabs", 1))


@dataclass(frozen=True)
class Target:
    """A processor: its name and features as LLVM spells them."""

    name: str
    features: str


@dataclass(frozen=True)
class MachineCode:
    """Functions ready to be called by address, which `engine` keeps alive; `path` is the object file, if kept."""

    addresses: dict[str, int]
    engine: Any
    path: Path
    cached: bool


@cache
def host() -> Target:
    """Return the processor of this machine."""
    import llvmlite.binding as llvm

    return Target(llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten())


def has_fma(target: Target) -> bool:
    """Say whether the processor multiplies and adds in one instruction; without it lanes are slow (same bits)."""
    import llvmlite.binding as llvm

    return "+fma" in target.features.split(",") or llvm.get_default_triple().startswith(("aarch64", "arm64"))


def lanes_of(target: Target) -> int:
    """Return how many doubles the processor works on at once: 8 with AVX-512, 4 with AVX, else 2."""
    features = target.features.split(",")
    return 8 if "+avx512f" in features else 4 if "+avx" in features else 2


def module_text(functions: list[str]) -> str:
    """Join functions to a module of any width."""
    declared = [f"declare {VECTOR} @llvm.{name}.v{LANES}f64({', '.join([VECTOR] * count)})" for name, count in DECLARED]
    # Windows wants stack probes in functions with more than a page of locals; the JIT has none to link to.
    attributes = 'attributes #0 = { nounwind "no-stack-arg-probe" }'
    return "\n".join([*declared, *functions, attributes]) + "\n"


def load_code(text: str, names: tuple[str, ...], target: Target, lanes: int) -> MachineCode:
    """Compile the module for the processor and the width, or take the object file of an earlier process."""
    text = text.replace(LANES, str(lanes)).replace(BYTES, str(8 * lanes))
    return load_object("lanes", text, lambda: text, names, target)


def object_path(kind: str, key: str, target: Target) -> Path:
    """Return where the object file of a key lies, if it was kept."""
    import llvmlite.binding as llvm

    version = ".".join(str(part) for part in llvm.llvm_version_info)
    key = "\n".join([key, target.name, target.features, llvm.get_default_triple(), version])
    return cache_folder() / f"{kind}_{hashlib.sha256(key.encode()).hexdigest()[:32]}.o"


def load_object(kind: str, key: str, make: Callable[[], str], names: tuple[str, ...], target: Target) -> MachineCode:
    """Take the object file of a key, or make the IR text and compile it for the processor.

    Parameters
    ----------
    kind : begins the file's name.
    key : everything that the code hangs on, but the processor and LLVM.
    """
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    native = llvm.Target.from_default_triple()
    machine = native.create_target_machine(cpu=target.name, features=target.features, opt=3)
    path = object_path(kind, key, target)
    found = _read(path)
    code = found if found is not None else _compile(make(), native.triple, machine)
    if found is None:
        _keep(path, code)
    empty = llvm.parse_assembly("")
    empty.triple = native.triple
    engine = llvm.create_mcjit_compiler(empty, machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return MachineCode({name: engine.get_function_address(name) for name in names}, engine, path, found is not None)


def _compile(text: str, triple: str, machine: Any) -> bytes:
    import llvmlite.binding as llvm

    module = llvm.parse_assembly(text)
    module.verify()
    module.triple, module.data_layout = triple, str(machine.target_data)
    code: bytes = machine.emit_object(module)
    return code


def _read(path: Path) -> bytes | None:
    """Return an object file whose own checksum holds; anything else is as good as none."""
    try:
        whole = path.read_bytes()
    except OSError:
        return None
    checksum, code = whole[:32], whole[32:]
    return code if hashlib.sha256(code).digest() == checksum else None


def _keep(path: Path, code: bytes) -> None:
    """A folder that cannot be written is no error: the code serves this process."""
    with suppress(OSError):
        write_whole(path, hashlib.sha256(code).digest() + code)
