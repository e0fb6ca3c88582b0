#!/usr/bin/env bash
# Instructions of one decision of each workload, counted by callgrind: the same number however busy
# the machine is. Needs valgrind. Workloads may be named: benches/instructions.sh W2 W3-100000
set -euo pipefail
cd "$(dirname "$0")/.."

workloads=("$@")
[ $# -gt 0 ] || workloads=(W1 W2 W3-10 W3-10000 W5 W2-xml W2-json)

bench=$(cargo bench --bench instructions --no-run --message-format=json 2>/dev/null |
    sed -n 's/.*"name":"instructions".*"executable":"\([^"]*\)".*/\1/p')
out=$(mktemp)
trap 'rm -f "$out"' EXIT
for workload in "${workloads[@]}"; do
    decisions=$(valgrind --tool=callgrind --callgrind-out-file=/dev/null --collect-atstart=no \
        --toggle-collect='*measured_*' "$bench" "$workload" 2>"$out" | awk '{print $NF}')
    instructions=$(awk '/Collected/ {print $NF}' "$out")
    printf '%-10s %8d\n' "$workload" $((instructions / decisions))
done
