"""The command `similarity`: which submissions of one or more runs are alike."""

import argparse
from pathlib import Path

from ..model.catalogue import Catalogue, find_root
from ..model.errors import ExitCode, UsageError
from ..output.similarity_pages import write_similarity
from ..output.terminal import open_console, render_sentences
from ..runner.cohort_records import Records
from ..teaching.similarity import collect_works, find_pairs


def add_similarity_options(parser: argparse.ArgumentParser) -> None:
    """Add the runs, how much is worth a look and where the pages go."""
    parser.description = (
        "Compare the submissions of one or more runs, such as all cohorts of a term. What is alike"
        " proves nothing: the pages are for you alone."
    )
    add = parser.add_argument
    add("runs", nargs="+", metavar="RUN", help="folders that `nox -s grade` has written")
    add("--to", metavar="FOLDER", default="similarity", help="absent or empty")
    add("--least", metavar="PERCENT", type=float, default=60, help="pairs below are left out")


def run_similarity(arguments: argparse.Namespace) -> int:
    """Write the pages; exit code 0 whatever was found, since it proves nothing."""
    target = Path(arguments.to)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UsageError(f"'{target}' exists and is not empty. Name another folder with `--to`.")
    if not 0 < arguments.least <= 100:
        raise UsageError("`--least` needs a number above 0, and at most 100.")
    catalogue = Catalogue(find_root(Path.cwd()))
    runs = [Records(Path(each)).read_run() for each in arguments.runs]
    names = dict.fromkeys(kata.id for run in runs for kata in run.katas)
    found = []
    compared = 0
    for kata in catalogue.select(list(names)):
        works = [
            work
            for run in runs
            if any(each.id == kata.id for each in run.katas)
            for work in collect_works(run, kata)
        ]
        compared += len(works)
        found.append((kata, find_pairs(kata, works, arguments.least / 100)))
    write_similarity(found, target)
    pairs = sum(len(each) for _, each in found)
    word = "pair shares" if pairs == 1 else "pairs share"
    told = f"Compared {compared} submissions: {pairs} {word} at least {arguments.least:g} % of one."
    sentences = [f"{told} This proves nothing.", f"For you alone: {target / 'index.html'}"]
    render_sentences(sentences, open_console())
    return ExitCode.PASSED
