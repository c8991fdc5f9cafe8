"""Which subsystem a session's discomfort and pressure hang on: the study of muscle_size.toml, small, from the library.

Run it:  python scenarios/sensitivity/muscle_size.py
"""

from bfrsim.study.sensitivity import read_study, run_study


def main() -> None:
    """Print the groups of inputs in the order of how much muscle size hangs on them."""
    study = read_study("muscle_size").model_copy(update={"samples": 2, "set": ("calendar.weeks=1",), "times": ()})
    result = run_study(study)
    size = result.indices.total[:, 0]
    for at in sorted(range(len(size)), key=lambda at: -size[at]):
        print(f"{result.indices.groups[at]:16s} {size[at]:8.3f} {result.columns[0].output.unit}")


if __name__ == "__main__":
    main()
