"""What a submission logs, warns and prints reaches the grader in the order in which it happened."""

import pytest

from dojo.grader import (
    call_ended,
    exchange_of,
    expect_events,
    finish,
    logged,
    open_client,
    response_ended,
)
from dojo.harness.evidence import CutOff, Log, Output, Warned
from dojo.harness.hosts import Host

from ..conftest import OpenSubmission, fetch

APP = """
    import logging, sys, warnings
    from fastapi import BackgroundTasks, FastAPI

    app = FastAPI()
    logger = logging.getLogger("kata.work")

    @app.get("/")
    async def read(tasks: BackgroundTasks) -> None:
        tasks.add_task(logger.info, "tidied")
        logger.info("read")

    @app.get("/fields")
    async def log_fields() -> None:
        fields = {"number": 3, "share": 0.5, "item": "x", "on": True, "none": None}
        logger.debug("plain", extra=fields)
        logger.debug("odd", extra={"large": 2**70, "list": [1], "long": "x" * 5000, "small": 1})

    @app.get("/output")
    def write() -> None:
        print("printed", end="")
        logger.info("between")
        sys.stderr.write("erred")
        sys.stdout.buffer.write("bytes \\u00e9".encode())

    @app.get("/flood")
    async def flood() -> str:
        print("x" * 5_000_000)
        return "answered"

    @app.get("/warning")
    async def warn() -> None:
        warnings.warn("old way", DeprecationWarning)

    @app.get("/surrogates")
    async def write_surrogates() -> None:
        print("half \\ud800")
        logger.info("half \\ud800", extra={"text": "\\ud800"})

    @app.get("/misfit")
    async def log_misfit() -> None:
        logger.info("%d pieces", "three")
        logger.info(Sulky())

    class Sulky:
        def __str__(self) -> str:
            raise RuntimeError("no text")

    @app.get("/nested")
    async def log_nested() -> None:
        logger.info(Chatty())

    class Chatty:
        def __str__(self) -> str:
            logger.info("inner")
            return "outer"
"""


def written(host: Host, stream: str = "stdout") -> str:
    """Give all that a host wrote to a standard stream."""
    return "".join(each.text for each in host.evidence.of(Output) if each.stream == stream)


async def test_record_follows_last_byte(open_submission: OpenSubmission) -> None:
    """What happens after the last byte was sent stands after it, before the end of the call."""
    host = await open_submission(APP).open()
    async with open_client(host) as client:
        exchange = exchange_of(await finish(await client.get("/")))

    expect_events(host).order(
        logged("kata.work", "read"),
        response_ended(exchange),
        logged("kata.work", "tidied"),
        call_ended(exchange),
    )


async def test_records_know_their_call(open_submission: OpenSubmission) -> None:
    """Each record names the call on whose behalf it was made."""
    host = await open_submission(APP).open()
    first, second = await fetch(host), await fetch(host)

    calls = [log.call for log in host.evidence.logs("kata.work", "read")]
    assert calls == [exchange_of(first).number, exchange_of(second).number]


async def test_fields_keep_their_types(open_submission: OpenSubmission) -> None:
    """Plain extra fields of a record arrive with their types, all others as text."""
    host = await open_submission(APP).open()
    await fetch(host, "/fields")

    plain, odd = host.evidence.logs("kata.work")
    assert plain.fields == {"number": 3, "share": 0.5, "item": "x", "on": True, "none": None}
    long = "x" * 4000
    assert odd.fields == {"large": str(2**70), "list": "[1]", "long": long, "small": 1}


async def test_output_stands_between_events(open_submission: OpenSubmission) -> None:
    """Text on both standard streams is evidence, in order with the records."""
    host = await open_submission(APP).open()
    await fetch(host, "/output")

    texts = [
        each.text if isinstance(each, Output) else each.message
        for each in host.evidence
        if isinstance(each, Output | Log)
    ]
    assert texts == ["printed", "between", "erred", "bytes é"]


async def test_output_is_capped(open_submission: OpenSubmission) -> None:
    """Of megabytes of output the beginning is kept, with a note that there was more."""
    host = await open_submission(APP).open()
    response = await fetch(host, "/flood")

    assert response.json() == "answered"
    assert len(written(host)) == 64 * 1024
    assert host.evidence.of(Output)[-1].truncated


async def test_warning_is_evidence(open_submission: OpenSubmission) -> None:
    """A Python warning is told with its category, its text and its line."""
    host = await open_submission(APP).open()
    await fetch(host, "/warning")

    (warned,) = host.evidence.of(Warned)
    assert (warned.category, warned.message) == ("DeprecationWarning", "old way")
    assert warned.file.endswith("app/main.py")


@pytest.mark.parametrize(
    "hiding",
    [
        'warnings.filterwarnings("ignore")',
        'warnings.simplefilter("ignore", DeprecationWarning)',
        "exec(\"warnings.simplefilter('ignore')\")",
        'warnings.catch_warnings(action="ignore").__enter__()',
        "contextlib.ExitStack().enter_context(warnings.catch_warnings(record=True))",
        "warnings.showwarning = print",
        "logging.captureWarnings(True)",
    ],
)
async def test_warning_cannot_be_hidden(open_submission: OpenSubmission, hiding: str) -> None:
    """A warning that the submission hides is evidence all the same, once."""
    host = await open_submission(APP + f"\n    import contextlib\n    {hiding}\n").open()
    await fetch(host, "/warning")

    assert [warned.message for warned in host.evidence.of(Warned)] == ["old way"]


async def test_packages_may_ignore_warnings(open_submission: OpenSubmission) -> None:
    """A warning that a package ignores is no evidence, and those after it are."""
    host = await open_submission("""
        import warnings
        from fastapi import FastAPI

        app = FastAPI()
        package = '''
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.warn("tried")
        with warnings.catch_warnings(record=True):
            warnings.warn("collected")
        '''
        exec(compile(package, "package.py", "exec"))
        warnings.warn("own")
    """).open()

    assert [warned.message for warned in host.evidence.of(Warned)] == ["own"]


async def test_warning_may_be_error(open_submission: OpenSubmission) -> None:
    """A filter of the submission that makes warnings errors holds."""
    host = await open_submission(APP + '\n    warnings.simplefilter("error")\n').open()
    response = await fetch(host, "/warning")

    assert response.status_code == 500
    assert not host.evidence.of(Warned)


async def test_broken_text_is_escaped(open_submission: OpenSubmission) -> None:
    """Text that is no Unicode harms neither the submission nor the evidence."""
    host = await open_submission(APP).open()
    response = await fetch(host, "/surrogates")

    assert response.status_code == 200
    assert written(host) == "half \\ud800\n"
    (log,) = host.evidence.logs("kata.work")
    assert (log.message, log.fields) == ("half \\ud800", {"text": "\\ud800"})


async def test_misfit_record_harms_nobody(open_submission: OpenSubmission) -> None:
    """A record whose text cannot be made raises nothing in the submission."""
    host = await open_submission(APP).open()
    response = await fetch(host, "/misfit")

    assert response.status_code == 200
    messages = [log.message for log in host.evidence.logs("kata.work")]
    assert [message.partition(" (")[0] for message in messages] == ["%d pieces", "A record"]


async def test_logging_may_nest(open_submission: OpenSubmission) -> None:
    """A record that logs another while its text is made comes after it, and both arrive."""
    host = await open_submission(APP).open()
    await fetch(host, "/nested")

    assert [log.message for log in host.evidence.logs("kata.work")] == ["inner", "outer"]


async def test_handlers_may_log_themselves(open_submission: OpenSubmission) -> None:
    """A handler of the app's own that logs what it handles only adds records of its own."""
    host = await open_submission("""
        import logging
        from fastapi import FastAPI

        app = FastAPI()

        class Auditor(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                logging.getLogger("kata.audit").info("seen", extra={"line": record.getMessage()})

        logging.getLogger("kata.work").addHandler(Auditor())
        logging.getLogger("kata.work").setLevel("INFO")

        @app.get("/")
        async def read() -> None:
            logging.getLogger("kata.work").info("read")
    """).open()
    await fetch(host)

    assert [log.message for log in host.evidence.logs("kata")] == ["read", "seen"]


@pytest.mark.parametrize(
    "loggers",
    [
        "{}",
        "{'kata': {'level': 'ERROR', 'handlers': ['console']}}",
        "{'kata.work': {'handlers': ['console'], 'propagate': False}}",
    ],
    ids=["not named", "parent named", "child named"],
)
async def test_configuration_silences_nothing(
    open_submission: OpenSubmission, loggers: str
) -> None:
    """Whatever logging the submission configures, the evidence goes on, each record once."""
    host = await open_submission(f"""
        import logging, logging.config
        from fastapi import FastAPI

        logger = logging.getLogger("kata.work")
        logging.config.dictConfig({{
            "version": 1,
            "handlers": {{"console": {{"class": "logging.StreamHandler"}}}},
            "root": {{"level": "ERROR", "handlers": ["console"]}},
            "loggers": {loggers},
        }})
        app = FastAPI()

        @app.get("/")
        async def read() -> None:
            logger.debug("read")
    """).open()
    await fetch(host)

    assert [log.message for log in host.evidence.logs("kata.work")] == ["read"]


SILENCERS = {
    "disabled": "logging.disable(logging.CRITICAL)",
    "configured": "logging.config.dictConfig({'version': 1})",
    "unhandled": "[logging.getLogger(name).handlers.clear() for name in ('', 'kata', 'kata.work')]",
    "filtered": "logger.addFilter(lambda record: False)",
    "level": "logger.setLevel(logging.CRITICAL); logging.getLogger('kata').setLevel(60)",
}


@pytest.mark.parametrize("silencer", SILENCERS.values(), ids=SILENCERS)
@pytest.mark.parametrize("moment", ["import", "request"])
async def test_silence_leaves_the_evidence(
    open_submission: OpenSubmission, silencer: str, moment: str
) -> None:
    """A submission that turns its logging off, whenever it does, hides nothing of what it did."""
    host = await open_submission(f"""
        import logging, logging.config
        from fastapi import FastAPI

        logger = logging.getLogger("kata.work")
        {silencer if moment == "import" else ""}
        app = FastAPI()

        @app.get("/")
        async def read() -> None:
            {silencer if moment == "request" else ""}
            logger.debug("read")
            logging.getLogger("kata.late").info("read late")
    """).open()
    await fetch(host)

    assert [log.message for log in host.evidence.logs("kata")] == ["read", "read late"]


async def test_evidence_spares_own_handlers(open_submission: OpenSubmission) -> None:
    """A handler of the submission's own gets the records that it would get from any server."""
    host = await open_submission("""
        import logging, sys
        from fastapi import FastAPI

        logging.basicConfig(format="own: %(message)s", stream=sys.stdout, force=True)
        app = FastAPI()

        @app.get("/")
        async def read() -> None:
            logging.getLogger("kata.work").info("unasked")
            logging.getLogger("kata.work").warning("asked")
    """).open()
    await fetch(host)

    assert written(host) == "own: asked\n"
    assert [log.message for log in host.evidence.logs("kata")] == ["unasked", "asked"]


@pytest.mark.parametrize(
    "wrapper",
    ["io.TextIOWrapper(sys.stdout.buffer)", "codecs.getwriter('utf-8')(sys.stdout.buffer)"],
)
async def test_wrapped_output_goes_on(open_submission: OpenSubmission, wrapper: str) -> None:
    """Standard output that is put into another stream is written to as before."""
    host = await open_submission(f"""
        import codecs, gc, io, sys
        from fastapi import FastAPI

        sys.stdout = {wrapper}
        app = FastAPI()

        @app.get("/")
        async def read() -> str:
            gc.collect()
            print("printed", flush=True)
            return "read"
    """).open()

    assert (await fetch(host)).status_code == 200
    assert written(host) == "printed\n"


async def test_flood_of_records_is_cut_off(open_submission: OpenSubmission) -> None:
    """After very many records the evidence says once that the others are left out."""
    host = await open_submission("""
        import logging
        from fastapi import FastAPI

        app = FastAPI()

        @app.get("/")
        async def read() -> None:
            for number in range(20_002):
                logging.getLogger("kata.work").info("read")
    """).open()
    await fetch(host)

    assert len(host.evidence.logs("kata")) == 20_000
    assert [each.records for each in host.evidence.of(CutOff)] == [20_000]


async def test_streams_are_like_real_ones(open_submission: OpenSubmission) -> None:
    """What programs do with standard streams at import works."""
    host = await open_submission("""
        import logging, sys
        from fastapi import FastAPI

        sys.stdout.reconfigure(line_buffering=True)
        assert not sys.stdout.isatty()
        assert (sys.stdout.name, sys.stdout.fileno()) == ("<stdout>", 1)
        logging.getLogger().addHandler(logging.StreamHandler(sys.stdout))
        logging.getLogger("shop").warning("open")
        app = FastAPI()
    """).open()

    assert "open\n" in written(host)


async def test_output_of_children_is_left_out(open_submission: OpenSubmission) -> None:
    """What a child process writes past Python goes to the run's file, not into the evidence."""
    submission = open_submission("""
        import subprocess
        from fastapi import FastAPI

        app = FastAPI()

        @app.get("/")
        def read() -> int:
            return subprocess.run(["echo", "from a child"]).returncode
    """)
    host = await submission.open()
    await fetch(host)

    assert written(host) == ""
    assert "from a child" in submission.folder.output.read_text()
