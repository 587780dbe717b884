"""Seeded inputs: inputs that cannot be guessed, from a seed that can be repeated."""

import random
from decimal import Decimal

_SYLLABLES = ("ba", "di", "ko", "lu", "ma", "ne", "po", "ri", "sa", "tu", "ve", "zi")


class SeededInputs(random.Random):
    """A random source for one criterion: the same seed gives the same inputs."""

    def __init__(self, seed: int | str | None = None) -> None:
        super().__init__(seed)
        self._words: set[str] = set()

    def word(self, syllables: int = 3) -> str:
        """Draw a lower-case word that means nothing; one that was drawn before becomes longer."""
        word = "".join(self.choices(_SYLLABLES, k=syllables))
        while word in self._words:
            word += self.choice(_SYLLABLES)
        self._words.add(word)
        return word

    def name(self) -> str:
        """Draw a word that starts with a capital."""
        return self.word().capitalize()

    def number(self, low: int = 1000, high: int = 99_999) -> int:
        """Draw an integer, both ends included."""
        return self.randint(low, high)

    def numbers(self, count: int, low: int = 1000, high: int = 99_999) -> list[int]:
        """Draw different integers."""
        return self.sample(range(low, high + 1), count)

    def price(self) -> Decimal:
        """Draw a price with two decimals, the last of which is not 0."""
        return Decimal(self.randint(100, 9999) * 10 + self.randint(1, 9)) / 100
