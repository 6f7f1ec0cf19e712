#!/usr/bin/env bash
# Run guard or audit for action.yml, and put the report into the job's summary.
#
# It never fails for what it finds: summary and comment come first, and the last step
# of the action ends with the exit code. All that comes from outside comes in variables.
set -eo pipefail

reports=$(mktemp -d "$RUNNER_TEMP/pulumi-cerevox-reports.XXXXXX")
if [ -n "$API_KEY" ]; then export CEREVOX_API_KEY=$API_KEY; fi

say_error() {
  echo "::error title=pulumi-cerevox::$1"
  return 2
}

# The stack stands in the hidden line by which the comment is found again.
check_stack() {
  if [[ -n "$STACK" && ! "$STACK" =~ ^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$ ]]; then
    STACK=""
    say_error "stack is no name: letters, digits and . _ / - only, 100 at most."
  fi
}

command_of_guard() {
  words=(guard --format console)
  words+=(--format "json=$reports/guard.json" --format "markdown=$reports/guard.md")
  if [ -n "$PREVIEW" ]; then
    words+=("$PREVIEW")
    [ -z "$STATE" ] || words+=(--state "$STATE")
    return
  fi
  words+=(--base-ref "$BASE_REF")
  local file
  while IFS= read -r file; do
    [ -z "$file" ] || words+=(--roster "$file")
  done <<< "$ROSTER"
}

command_of_audit() {
  words=(audit --format console)
  local kind
  for kind in json=json markdown=md sarif=sarif junit=xml html=html csv=csv github=annotations; do
    words+=(--format "${kind%=*}=$reports/audit.${kind#*=}")
  done
  local file
  while IFS= read -r file; do
    [ -z "$file" ] || words+=("$file")
  done <<< "$ROSTER"
}

judge() {
  check_stack || return
  case $COMMAND in
    guard) command_of_guard ;;
    audit) command_of_audit ;;
    *) say_error "command is guard or audit."; return ;;
  esac
  local word
  while IFS= read -r word; do
    [ -z "$word" ] || words+=("$word")
  done <<< "$ARGUMENTS"
  # What the command prints is no command to the runner.
  local stop code=0
  stop=stop-$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  echo "::stop-commands::$stop"
  "$ENVIRONMENT/bin/pulumi-cerevox" "${words[@]}" || code=$?
  echo "::$stop::"
  return "$code"
}

code=0
judge || code=$?
if [ -f "$reports/audit.annotations" ]; then cat "$reports/audit.annotations"; fi

[ "$COMMAND" = audit ] && name=audit || name=guard
# Words such as --help end well and judge nothing.
if [ "$code" = 0 ] && [ ! -s "$reports/$name.json" ]; then
  say_error "$name wrote no report, so nothing was judged: look at arguments." || code=4
fi
if [ ! -s "$reports/$name.md" ]; then
  printf '## Cerevox %s: no judgement, exit code %s\n\nThe log of the run says why.\n' \
    "$name" "$code" > "$reports/$name.md"
fi
if [ "$SUMMARY" = true ]; then cat "$reports/$name.md" >> "$GITHUB_STEP_SUMMARY"; fi

told=$(
  "$ENVIRONMENT/bin/python" -I - "$reports/$name.json" << 'END'
import json, pathlib, sys

path = pathlib.Path(sys.argv[1])
told = json.loads(path.read_bytes()) if path.exists() else {}
counts = told.get("counts", {})
print("verdict=" + told.get("verdict", "error"))
print("digest=" + (told.get("digest") or ""))
print("plan-digest=" + (told.get("plan_digest") or ""))
print(f"changes={counts.get('drift', sum(v for v in counts.values() if isinstance(v, int)))}")
END
)
# Where there is nothing to say, only what was said before is corrected.
only_update=false
if [ "$code" = 0 ] && [[ "$told" =~ changes=0$ ]]; then only_update=true; fi
printf '%s\n' "$told" "exit-code=$code" "reports=$reports" "report=$reports/$name.md" \
  "header=pulumi-cerevox: $name${STACK:+/$STACK}" "only-update=$only_update" >> "$GITHUB_OUTPUT"
