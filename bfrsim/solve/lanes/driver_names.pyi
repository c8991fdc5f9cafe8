"""Names that the driver's text finds above itself (`load.py` writes them); for type checkers and readers only."""

SPENT: int
LENGTH: int
BEGAN: int
STEP: int
H: int
LAST_ERROR: int
ACTIVE: int
MAY_END: int
IN_SESSION: int
ACCEPTED: int
TAKEN: int
REFUSED: int
BUDGET: int
NEXT_SAVE: int
NEED: int
RTOL: int
SHIFT: int
THETA: int
NEED_END: float
NEED_EVENT: float
NEED_TOO_SMALL: float
NEED_BUDGET: float
NEED_SAVE: float

def call(address: int, group: int, monitored: int, count: int) -> None: ...
