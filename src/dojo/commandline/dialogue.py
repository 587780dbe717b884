"""The dialogue of a command that asks: questions and answers, line by line."""

from dataclasses import dataclass
from typing import TextIO

from fsrs import Rating
from rich.console import Console

from ..output.terminal import render_sentences


class Stopped(Exception):
    """The learner wants no further question, or there is no more input."""


@dataclass
class Dialogue:
    """Questions and answers, line by line, in a terminal or in a pipe."""

    answers: TextIO
    console: Console
    is_over: bool = False

    def ask(self, prompt: str) -> str:
        """Write a prompt and read a line; `Stopped` at the end of the input and for `q`."""
        self.console.print(f"{prompt} ", end="")
        try:
            line = self.answers.readline()
        except KeyboardInterrupt:
            line = ""
        if not (line and self.answers.isatty()):  # a terminal shows what is typed
            self.console.print(line.strip())
        if not line or line.strip().lower() == "q":
            self.is_over = True
            raise Stopped
        return line.strip()

    def choose(self, prompt: str, most: int) -> int:
        """Ask until the answer is a number from 1 to `most`."""
        while True:
            answer = self.ask(prompt)
            if answer.isdecimal() and 1 <= int(answer) <= most:
                return int(answer)
            advice = f"'{answer}' does not fit. Type a number from 1 to {most}."
            render_sentences([advice], self.console)

    def rate(self) -> Rating:
        """Ask how well an answer was known that was said aloud."""
        words = "How well did you know it? 1 not at all, 2 hardly, 3 well, 4 at once:"
        return Rating(self.choose(words, len(Rating)))
