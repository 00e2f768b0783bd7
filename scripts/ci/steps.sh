# Sourced by .ci/run: runs named steps and remembers how long each took.

durations=()

# step NAME COMMAND... stops the script when the command fails.
step() {
  local name=$1 start=$SECONDS
  shift
  echo
  echo "=== $name"
  if "$@"; then
    durations+=("$(printf '%5d s  %s' $((SECONDS - start)) "$name")")
  else
    local status=$?
    durations+=("$(printf '%5d s  %s  FAILED (exit status %d)' $((SECONDS - start)) "$name" "$status")")
    exit "$status"
  fi
}

print_durations() {
  echo
  echo "=== durations"
  printf '%s\n' ${durations[@]+"${durations[@]}"}
  printf '%5d s  in all\n' "$SECONDS"
}
