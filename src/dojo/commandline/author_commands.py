"""The author's commands: `verify`, `show`, `mutate`, `bench`, `new`, `refresh`."""

import argparse
import contextlib
import difflib
import io
import json
import os
import secrets
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from ..harness.temporary_folders import open_temporary_folder
from ..learning.exercises import KATA_NOXFILE
from ..model.catalogue import TRACKS, Catalogue, Kata, find_root
from ..model.errors import ExitCode, UsageError
from ..model.reports import Report, ReportList
from ..output.author_pages import (
    render_answer,
    render_answers,
    render_cache,
    render_equivalence_trial,
    render_figure,
    render_legend,
    render_part,
    render_proof,
    render_trial,
)
from ..output.standpoints import Standpoint
from ..output.terminal import open_console, render_report
from ..proof import benchmarks
from ..proof.cases import Case, list_cases
from ..proof.equivalents import try_equivalents
from ..proof.mutation_trials import Sample, select_parts, try_mutants, try_part
from ..proof.structure import make_kata
from ..proof.verdict_cache import VerdictCache
from ..proof.verification import Plan, list_paths, verify
from ..runner.grading import Job, Options
from ..runner.pool import Pool
from ..runner.postgresql_server import open_cluster
from ..runner.sandbox import Mode, choose_mode
from .check_command import DATABASES, wants_cluster
from .progress_recordings import record_progress
from .recordings import fill, record_pages
from .watch_recording import record_watch

SCHEMA = Path(__file__).parents[1] / "report.schema.json"
SHOWN = ("01_first_api", "returns_200")
"""The kata and the wrong submission whose report the README shows."""


def generate(root: Path) -> dict[Path, str]:
    """Give each generated file of the repository with the text that it should have."""
    readme = root / "README.md"
    text = readme.read_text("utf-8")
    katas = Catalogue(root).katas
    text = fill(text, "katas", make_table(katas))
    shown = grade_shown(root)
    lines = make_output(root, shown).splitlines()
    text = fill(text, "output", "\n".join(f"    {line}".rstrip() for line in lines))
    noxfile = KATA_NOXFILE.read_text("utf-8")
    noxfiles = {kata.exercise / "noxfile.py": noxfile for kata in katas}
    pages = record_pages(root) | record_progress(root) | record_watch(root, shown)
    return {readme: text, SCHEMA: make_schema(), **noxfiles, **pages}


def find_stale(root: Path) -> list[Path]:
    """Give the generated files that differ from what they should be."""
    return [
        path
        for path, text in generate(root).items()
        if not path.is_file() or path.read_text("utf-8") != text
    ]


def grade_shown(root: Path) -> Report:
    """Grade a wrong submission; name the isolation of most readers, whatever this machine gives."""
    name, submission = SHOWN
    kata = Catalogue(root).find(name)
    with open_temporary_folder() as scratch, Pool(1) as pool:
        cases = list_cases(kata, scratch)
        source = next(case.source for case in cases if case.name == submission)
        report = pool.submit(Job(kata, source, Options(seed="1"))).result()
    environment = report.environment.model_copy(update={"isolation": Mode.NO_BWRAP.value})
    return report.model_copy(update={"environment": environment})


def make_output(root: Path, report: Report) -> str:
    """Write a report as a terminal would show it."""
    written = io.StringIO()
    with contextlib.chdir(root):  # places are written from where a learner stands
        folders = [Catalogue(root).find(report.kata).exercise]
        standpoint = Standpoint(folders=folders, trace=())
        render_report(report, open_console(written), "first", standpoint)
    return written.getvalue().rstrip()


def make_schema() -> str:
    """Write the JSON schema of reports, as they are written."""
    schema = ReportList.model_json_schema(mode="serialization")
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def make_table(katas: Sequence[Kata]) -> str:
    """Write the table of the katas, by track and number."""
    rows = [
        f"| [{kata.id}](exercises/{kata.id}/README.md) | {kata.file.title} | {kata.file.track} "
        f"| {kata.file.level} | {kata.file.minutes} |"
        for kata in sorted(katas, key=lambda kata: (TRACKS.index(kata.file.track), kata.id))
    ]
    return "\n".join(
        ["| kata | title | track | level | minutes |", "| --- | --- | --- | --- | --- |", *rows]
    )


PATHS = ("one", "two", "all")


def add_verify_options(parser: argparse.ArgumentParser) -> None:
    """Add which katas, and how thoroughly."""
    parser.add_argument("katas", nargs="*", metavar="KATA")
    parser.add_argument("--jobs", type=int, metavar="N", help="submissions graded at a time")
    parser.add_argument("--repeat", type=int, default=1, metavar="N", help="N times, shuffled")
    parser.add_argument("--no-cache", action="store_true", help="grade cached answers too")
    parser.add_argument(
        "--stress",
        nargs="?",
        choices=tuple("123456789"),  # no number of a kata, which would be taken for a level
        const="1",
        default="0",
        metavar="LEVEL",
        help="with LEVEL busy processes for each processor, 1 to 9; name katas before it",
    )
    parser.add_argument("--isolation", choices=("full", "no-bwrap", "basic"), default="basic")
    parser.add_argument("--database", choices=DATABASES, default=DATABASES[0])
    parser.add_argument(
        "--paths",
        choices=PATHS,
        help="grade each once more, cold or in another mode (two), or on every path (all)",
    )
    parser.add_argument(
        "--equivalents",
        action="store_true",
        help="grade right answers written otherwise, and nothing else",
    )
    parser.add_argument("--seed", metavar="SEED", help="repeat a run with '--equivalents'")


def run_verify(arguments: argparse.Namespace) -> int:
    """Verify the named katas, or all; a single defect makes the exit code 1."""
    root = find_root(Path.cwd())
    katas = Catalogue(root).select(arguments.katas)
    if wants_cluster(arguments):
        return _verify_on_postgresql(katas, arguments)
    if arguments.equivalents:
        return _verify_equivalents(katas, arguments)
    if arguments.seed is not None:
        raise UsageError("Each submission draws its own seed. Leave out '--seed'.")
    console = open_console()
    render_legend(console)
    mode = choose_mode(Mode(arguments.isolation))
    stress = int(arguments.stress)
    paths = arguments.paths or ("one" if stress or arguments.repeat > 1 else "two")
    plan = Plan(repeat=arguments.repeat, stress=stress, mode=mode, everywhere=paths == "all")
    if paths != "one":
        plan = replace(plan, others=[each for each in list_paths() if each != plan.first])
    cache = None if stress else _open_cache(root, plan, arguments)
    plan = replace(plan, cache=cache)
    if arguments.jobs:
        plan = replace(plan, jobs=arguments.jobs)
    proofs = verify(katas, plan, lambda proof: render_proof(proof, console))
    if cache is not None:
        render_cache(cache, console)
    return ExitCode.NOT_PASSED if any(proof.defects for proof in proofs) else ExitCode.PASSED


def _verify_on_postgresql(katas: Sequence[Kata], arguments: argparse.Namespace) -> int:
    """Grade every case on a cluster of its own; no verdict is kept."""
    mode = choose_mode(Mode(arguments.isolation))
    if mode is Mode.FULL or arguments.equivalents or arguments.seed or arguments.paths == "all":
        raise UsageError(
            "With `--database postgresql` each case is graded on one path, and not in isolation "
            "'full', which has a network of its own. Leave out every option but `--jobs`, "
            "`--repeat`, `--stress` and `--isolation`."
        )
    console = open_console()
    render_legend(console)
    with open_cluster() as cluster:
        plan = Plan(
            jobs=arguments.jobs or Plan().jobs,
            repeat=arguments.repeat,
            stress=int(arguments.stress),
            mode=mode,
            environment=cluster.environment,
        )
        proofs = verify(katas, plan, lambda proof: render_proof(proof, console))
    return ExitCode.NOT_PASSED if any(proof.defects for proof in proofs) else ExitCode.PASSED


def _verify_equivalents(katas: Sequence[Kata], arguments: argparse.Namespace) -> int:
    """Grade the equivalents of katas, one kata after the other."""
    seed = arguments.seed or secrets.token_hex(4)
    console = open_console()
    good = True
    with Pool(arguments.jobs or 2, choose_mode(Mode(arguments.isolation))) as pool:
        for kata in katas:
            trial = try_equivalents(kata, pool, seed)
            render_equivalence_trial(trial, console)
            good = good and not trial.refusals
    return ExitCode.PASSED if good else ExitCode.NOT_PASSED


def _open_cache(root: Path, plan: Plan, arguments: argparse.Namespace) -> VerdictCache | None:
    """Open the cache, unless everything is to be graded; in CI it always is."""
    everything = arguments.no_cache or arguments.repeat > 1
    if everything or os.environ.get("CI"):
        return None
    how = "each" if plan.everywhere else "dealt"
    return VerdictCache(root, plan.mode, [how, *map(str, plan.others)] if plan.others else [])


def add_show_options(parser: argparse.ArgumentParser) -> None:
    """Add the kata, and which of its known answers."""
    parser.add_argument("kata", metavar="KATA", help="id, number or name")
    parser.add_argument("name", nargs="?", metavar="NAME", help="one of them")


def run_show(arguments: argparse.Namespace) -> int:
    """Show one known answer of a kata, or list them all."""
    kata = Catalogue(find_root(Path.cwd())).find(arguments.kata)
    with open_temporary_folder() as scratch:
        cases = list_cases(kata, scratch)
        answers = {case.name: case for case in cases if case.kind in ("wrong", "accepted")}
        if arguments.name is None:
            render_answers(kata, list(answers.values()), open_console())
        else:
            render_answer(_find(kata, answers, arguments.name), open_console())
    return ExitCode.PASSED


def _find(kata: Kata, answers: Mapping[str, Case], name: str) -> Case:
    if name not in answers:
        near = difflib.get_close_matches(name, answers, n=3)
        listed = " or ".join(f"'{each}'" for each in near)
        suggested = f"Did you mean {listed}? " if near else ""
        raise UsageError(
            f"Kata '{kata.id}' has no known answer '{name}'. {suggested}"
            f"Run `nox -s show -- {kata.number}` to see them all."
        )
    if answers[name].misfit:
        raise UsageError(f"Case '{name}' cannot be built: {answers[name].misfit}")
    return answers[name]


def add_mutate_options(parser: argparse.ArgumentParser) -> None:
    """Add which katas, or parts of the engine, and what to list."""
    parser.add_argument("katas", nargs="*", metavar="KATA")
    parser.add_argument(
        "--engine", action="store_true", help="change the engine: KATA names a part of it"
    )
    parser.add_argument("--jobs", type=int, metavar="N", help="mutants of a kata at a time")
    parser.add_argument(
        "--sample", type=int, metavar="N", help="with --engine: N mutants of each part, at random"
    )
    parser.add_argument("--seed", metavar="SEED", help="repeat a run with its inputs or sample")
    parser.add_argument("--all", action="store_true", help="list the killed mutants too")


def run_mutate(arguments: argparse.Namespace) -> int:
    """Try the mutants of the named katas or parts, or of all; a defect makes the exit code 1."""
    if arguments.engine:
        return _mutate_engine(arguments)
    if arguments.sample is not None:
        raise UsageError("Mutants of a kata are all tried. Leave out '--sample'.")
    katas = Catalogue(find_root(Path.cwd())).select(arguments.katas)
    seed = arguments.seed or secrets.token_hex(4)
    console = open_console()
    good = True
    with Pool(arguments.jobs or 2) as pool:
        for kata in katas:
            trial = try_mutants(kata, pool, seed)
            render_trial(trial, console, everything=arguments.all)
            good = good and not trial.defects
    return ExitCode.PASSED if good else ExitCode.NOT_PASSED


_STEP = 50


def _mutate_engine(arguments: argparse.Namespace) -> int:
    """Try the mutants of parts of the engine; every now and then standard error says how far."""
    if arguments.jobs is not None:
        raise UsageError("Mutants of the engine are tried one by one. Leave out '--jobs'.")
    root = find_root(Path.cwd())
    console = open_console()
    sample, seed = None, arguments.seed or secrets.token_hex(4)
    if arguments.sample is not None:
        if arguments.sample < 1:
            raise UsageError(
                f"'--sample {arguments.sample}' draws no mutant. Give a number of at least 1."
            )
        sample = Sample(arguments.sample, seed)
        console.print(f"Mutants are drawn with '--sample {sample.size} --seed {seed}'.")
    good = True
    for part in select_parts(root, arguments.katas):
        judgement = try_part(root, part, sample, partial(_tell_progress, part.name))
        render_part(part.name, judgement, console, everything=arguments.all)
        good = good and not judgement.defects
    return ExitCode.PASSED if good else ExitCode.NOT_PASSED


def _tell_progress(name: str, left: int) -> None:
    if left % _STEP == 0:
        open_console(sys.stderr).print(f"{name}: {left} mutants are left.")


def add_new_options(parser: argparse.ArgumentParser) -> None:
    """Add the id."""
    parser.add_argument("id", metavar="ID", help="number and name, such as 56_long_polling")


def run_new(arguments: argparse.Namespace) -> int:
    """Write a skeleton and say what comes next."""
    root = find_root(Path.cwd())
    written = make_kata(root, arguments.id)
    console = open_console()
    for path in written:
        console.print(f"Wrote '{path.relative_to(root)}'.")
    console.print(
        f"Run `nox -s verify -- {arguments.id}` to see what is missing. "
        "'docs/authoring.md' says how."
    )
    return ExitCode.PASSED


def add_refresh_options(parser: argparse.ArgumentParser) -> None:
    """Add nothing: all that is generated is looked at."""
    del parser


def run_refresh(arguments: argparse.Namespace) -> int:
    """Write every generated file that is not current, and name it."""
    del arguments
    root = find_root(Path.cwd())
    stale, wanted = find_stale(root), generate(root)
    console = open_console()
    for path in stale:
        path.write_text(wanted[path], "utf-8")
        console.print(f"Wrote '{path.relative_to(root)}'.")
    if not stale:
        console.print("Everything that is generated is current.")
    return ExitCode.PASSED


SETS = {
    "engine": benchmarks.measure_engine,
    "proof": benchmarks.measure_proof,
    "cohort": benchmarks.measure_cohort,
}


def add_bench_options(parser: argparse.ArgumentParser) -> None:
    """Add which figures, and how often each pair is run."""
    parser.add_argument("sets", nargs="*", choices=(*SETS, []), metavar="SET")
    parser.add_argument("--rounds", type=int, default=7, metavar="N")


def run_bench(arguments: argparse.Namespace) -> int:
    """Measure and write the figures; a bound that is missed makes the exit code 1."""
    console = open_console()
    missed = False
    for name in arguments.sets or SETS:
        for figure in SETS[name](find_root(Path.cwd()), arguments.rounds):
            render_figure(figure, console)
            missed = missed or not figure.reached
    return ExitCode.NOT_PASSED if missed else ExitCode.PASSED
