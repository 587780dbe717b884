"""Bars: how often each outcome occurred, drawn; a table beside it holds the same numbers."""

from collections.abc import Iterable

from markupsafe import Markup

_GAP = 0.4
_LEAST = 0.8


def draw_bar(counts: Iterable[tuple[str, int]]) -> Markup:
    """Draw named counts as parts of one bar, in this order; a name is the class of its part.

    A part that is there can be seen however small, and parts differ by pattern, not by colour
    alone. Widths are in per cent.
    """
    present = [(name, count) for name, count in counts if count]
    total = sum(count for _, count in present)
    widths = [max(count / total * 100, _LEAST) for _, count in present]
    scale = (100 - _GAP * (len(widths) - 1)) / sum(widths) if widths else 0
    parts, start = [Markup()], 0.0
    for (name, _), width in zip(present, widths, strict=True):
        parts.append(_PART.format(start, width * scale, name))
        start += width * scale + _GAP
    return _BAR.format(Markup().join(parts))


_PART = Markup('<rect x="{:.2f}%" width="{:.2f}%" height="100%" class="{}"/>')
_BAR = Markup('<svg class="bar" aria-hidden="true">{}</svg>')
