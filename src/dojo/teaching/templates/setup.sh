#!/usr/bin/env bash
# Makes the environment in which submissions are graded; one that is there is left as it is.
set -euo pipefail
cd "${AUTOGRADER_ROOT:-/autograder}/source"

if [ ! -x .venv/bin/python ]; then
    apt-get update
    apt-get install -y --no-install-recommends python3 python3-venv ca-certificates
    apt-get install -y --no-install-recommends bubblewrap || true # isolation is weaker without
    python3 -m venv .tools
    .tools/bin/python -m pip install --quiet uv # brings a Python that the katas support
    make_environment='import pathlib; from dojo import environment
environment.ensure(pathlib.Path.cwd())'
    PATH="$PWD/.tools/bin:$PATH" PYTHONPATH="$(echo engine/*.whl)" \
        .tools/bin/python -c "$make_environment"
    # A sandbox shows the environment to submissions, so the engine is taken out of it.
    packages="$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
    mv "$packages/dojo" engine/
    echo "$PWD/engine" >"$packages/engine.pth"
fi
.venv/bin/python -m dojo --help >/dev/null
