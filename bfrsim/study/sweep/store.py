"""The result of a sweep on disk: a Zarr group whose chunks are the blocks, so that a block is there or is not.

Each array of a block is one chunk. Its status is written last, so a block with a status that can be read is whole;
every chunk holds a checksum, and chunks that are all NaN are written too, so that a missing one is seen.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bfrsim.solve.run import STATUS_SENTENCES
from bfrsim.study.sweep.plan import Sweep

if TYPE_CHECKING:
    import zarr

RESULT = "result.zarr"
PERSON, STATUS, REASON = "person", "status", "reason"
NOT_COMPUTED, FINISHED, NO_MEANING = -1, 0, 100
SENTENCES = {NOT_COMPUTED: "not computed yet", **STATUS_SENTENCES, NO_MEANING: "the cell has no meaning"}
LEVEL = 3  # of compression


@dataclass(frozen=True)
class Block:
    """What became of a block's cells and people, (cells..., people) each."""

    values: Mapping[str, NDArray[np.float64]]
    status: NDArray[np.int16]
    reason: NDArray[np.object_]


def create_store(path: Path, sweep: Sweep, told: Mapping[str, Any]) -> None:
    """Write the store without any block: arrays, coordinates, meanings, and what the sweep is."""
    import zarr

    root = zarr.open_group(path, mode="w", zarr_format=3)
    root.attrs.update(
        {
            "title": f"Sweep of {sweep.title}",
            "disclaimer": told["disclaimer"],
            "model": told["model"],
            "model_hash": told["model_hash"],
            "sweep": json.dumps(told, sort_keys=True, ensure_ascii=False),
        }
    )
    for axis in sweep.axes:
        data = np.array(axis.numbers) if axis.numbers else np.array(axis.labels, dtype=object)
        attrs = {"units": axis.unit or "1"} if axis.numbers else {}
        written = {"written": list(axis.labels)} if axis.numbers else {}
        _coordinate(root, axis.key, data, attrs | written)
    people = {"long_name": "number of the person, the same one in every cell"}
    _coordinate(root, PERSON, np.arange(sweep.people), people)
    for output in sweep.outputs:
        _array(root, sweep, output.name, "float64", np.nan, {"units": output.unit, "long_name": output.meaning})
    meanings = {str(code): words for code, words in SENTENCES.items()}
    _array(root, sweep, REASON, str, "", {"long_name": "why a value is NaN; empty where it is not"})
    _array(root, sweep, STATUS, "int16", NOT_COMPUTED, {"long_name": "0 finished", "meanings": meanings})
    _quietly(lambda: zarr.consolidate_metadata(root.store))


class Store:
    """The store of a sweep, open for blocks."""

    def __init__(self, path: Path, sweep: Sweep) -> None:
        import zarr

        self._path, self._sweep = path, sweep
        with zarr.config.set({"array.write_empty_chunks": True}):  # a chunk of NaN must be told from a missing one
            root = _quietly(lambda: zarr.open_group(path, mode="r+", use_consolidated=False))
            self._arrays: dict[str, Any] = {name: root[name] for name in self._names()}

    def write(self, number: int, block: Block) -> None:
        """Write a block; its status comes last."""
        here = self._sweep.blocks.slices(number)
        self.remove(number)
        for output in self._sweep.outputs:
            self._arrays[output.name][here] = block.values[output.name]
        self._arrays[REASON][here] = block.reason
        self._arrays[STATUS][here] = block.status

    def is_whole(self, number: int) -> bool:
        """Return whether every chunk of a block is there and can be read."""
        here = self._sweep.blocks.slices(number)
        if not self._chunk(STATUS, number).is_file():
            return False
        for name, array in self._arrays.items():
            if not self._chunk(name, number).is_file():
                return False
            try:
                found = array[here]
            except Exception:  # a damaged chunk fails in as many ways as there are codecs
                return False
            if name == STATUS and np.any(found == NOT_COMPUTED):
                return False
        return True

    def remove(self, number: int) -> None:
        """Take away what there is of a block, its status first."""
        for name in reversed(list(self._arrays)):
            self._chunk(name, number).unlink(missing_ok=True)

    def _names(self) -> list[str]:
        return [*(output.name for output in self._sweep.outputs), REASON, STATUS]

    def _chunk(self, name: str, number: int) -> Path:
        return self._path.joinpath(name, "c", *map(str, self._sweep.blocks.place(number)))


def read_blocks(path: Path, sweep: Sweep, names: list[str]) -> Iterator[tuple[tuple[slice, ...], dict[str, Any]]]:
    """Yield where each block stands and what is in it, one at a time: never more than a block in memory."""
    import zarr

    root = _quietly(lambda: zarr.open_group(path, mode="r"))
    for number in range(len(sweep.blocks)):
        here = sweep.blocks.slices(number)
        yield here, {name: np.asarray(root[name][here]) for name in names}


def _array(root: zarr.Group, sweep: Sweep, name: str, dtype: Any, fill: Any, attrs: Mapping[str, Any]) -> None:
    from zarr.codecs import ZstdCodec

    dims = (*(axis.key for axis in sweep.axes), PERSON)
    _quietly(
        lambda: root.create_array(
            name,
            shape=sweep.blocks.shape,
            chunks=sweep.blocks.chunk,
            dtype=dtype,
            fill_value=fill,
            compressors=[ZstdCodec(level=LEVEL, checksum=True)],
            dimension_names=dims,
            attributes=dict(attrs),
        )
    )


def _coordinate(root: zarr.Group, name: str, data: NDArray, attrs: Mapping[str, Any]) -> None:
    dtype = str if data.dtype == object else data.dtype
    array = _quietly(
        lambda: root.create_array(
            name, shape=data.shape, chunks=data.shape, dtype=dtype, dimension_names=(name,), attributes=dict(attrs)
        )
    )
    array[:] = data


def _quietly(make: Any) -> Any:
    """Call something of Zarr's that warns of what its version 3 leaves open: text, and one index for all arrays."""
    import warnings

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*does not have a Zarr V3 specification")
        warnings.filterwarnings("ignore", message="Consolidated metadata is currently not part")
        return make()
