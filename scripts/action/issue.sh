#!/usr/bin/env bash
# Keep one issue for each audited stack: open while the audit is not in sync, updated in
# place, closed when it is, and opened again. A label finds it, so its title may change.
#
# An audit that could not read everything opens or updates the issue, and never closes it.
set -eo pipefail

label=cerevox-drift${STACK:+/$STACK}
label=${label:0:50} # GitHub takes no longer one
title="Cerevox audit${STACK:+ of $STACK}: ${VERDICT//_/ }"
body=$RUNNER_TEMP/pulumi-cerevox-issue.md
{
  cat "$REPORT"
  printf '\nAs of [this run](%s). The next audit updates this text.\n' "$RUN_URL"
} > "$body"

found=$(gh issue list --label "$label" --state all --limit 1 --json number,state \
  --jq '.[] | "\(.number) \(.state)"')
read -r number state <<< "$found" || true

if [ "$EXIT_CODE" = 0 ]; then
  [ "$state" = OPEN ] || exit 0
  gh issue edit "$number" --title "$title" --body-file "$body"
  gh issue close "$number" --comment "In sync: $RUN_URL"
elif [ -z "$number" ]; then
  gh label create "$label" --force --color D93F0B \
    --description "What differs between declared and actual users"
  gh issue create --label "$label" --title "$title" --body-file "$body"
else
  gh issue edit "$number" --title "$title" --body-file "$body"
  [ "$state" = OPEN ] || gh issue reopen "$number" --comment "Not in sync again: $RUN_URL"
fi
