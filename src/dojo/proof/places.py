"""Places: where a transformation fits, so that it is made everywhere or in one place alone."""

from dataclasses import dataclass, field


@dataclass
class Places:
    """The places of one transformation, by names such as `app/main.py create_order`.

    All of them are taken, unless `only` names one. Those that fit are kept in `fitting`.
    """

    only: str = ""
    fitting: list[str] = field(default_factory=list)
    file: str = ""
    """The file that is being changed."""

    def take(self, name: str) -> bool:
        """Note a place in the current file and tell whether it is to be changed."""
        place = f"{self.file} {name}"
        self.fitting.append(place)
        return self.only in ("", place)
