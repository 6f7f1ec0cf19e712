#!/usr/bin/env bash
# Install pulumi-cerevox for action.yml into an environment of its own.
#
# PYTHON makes the environment. PACKAGE is what pip installs; by default it is the code
# that stands beside action.yml. No code of the checkout is run: Python is isolated from
# the folder it is in.
set -eo pipefail

cd "$RUNNER_TEMP"
if ! "$PYTHON" -I -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  echo "::error title=pulumi-cerevox::Python 3.11 or newer is needed: run actions/setup-python before."
  exit 1
fi
environment=$RUNNER_TEMP/pulumi-cerevox
[ -x "$environment/bin/python" ] || "$PYTHON" -I -m venv "$environment"
# The second word adds the extra that the HTML report needs, whatever PACKAGE is.
"$environment/bin/python" -I -m pip install --quiet --no-input \
  --disable-pip-version-check "${PACKAGE:-$GITHUB_ACTION_PATH}" 'pulumi-cerevox[report]'
echo "environment=$environment" >> "$GITHUB_OUTPUT"
