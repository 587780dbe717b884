"""The census: it counts the objects that are alive in the host, so that leaks show as growth.

It counts whatever Python's garbage collector tracks; which growth is a leak, the grader decides.
"""

import gc
from collections import Counter

from .frames import Frame
from .recorder import Recorder

_LONGEST_NAME = 200
_MOST_KINDS = 10_000


class Census:
    """Count living objects on the grader's request; what existed before the copy is left out."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def take(self, frame: Frame) -> None:
        """Tell how many objects there are of each type, by the type's dotted name."""
        del frame
        gc.collect()
        kinds = Counter(map(type, gc.get_objects()))
        counts: Counter[str] = Counter()
        for kind, count in kinds.most_common(_MOST_KINDS):
            counts[f"{kind.__module__}.{kind.__qualname__}"[:_LONGEST_NAME]] += count
        self._recorder.write({"kind": "census", "objects": dict(counts)})
