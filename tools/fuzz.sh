#!/usr/bin/env bash
# Fuzzes what reads from the network, each target for a while, and fails when one of them does.
#
#   tools/fuzz.sh                          every target for 10 seconds
#   tools/fuzz.sh -s 600                   every target for 10 minutes
#   tools/fuzz.sh sip_message sdp_parse    these targets only
#
# It begins with the seeds of fuzz/seeds/ in a corpus that is thrown away. An input that fails is kept under
# fuzz/artifacts/; `RUSTC_BOOTSTRAP=1 cargo fuzz run TARGET FILE` runs it again.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly CARGO_FUZZ_VERSION=0.13.2
readonly MEMORY_MB_MAX=1024     # of one target
readonly INPUT_SECONDS_MAX=10   # for one input
readonly INPUT_BYTES_MAX=8192

seconds=10
while getopts s:h option; do
    case "$option" in
        s) seconds=$OPTARG ;;
        *) sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    esac
done
shift $((OPTIND - 1))

if ! cargo fuzz --version >/dev/null 2>&1; then
    echo "installing cargo-fuzz $CARGO_FUZZ_VERSION" >&2
    cargo install --locked --quiet --version "$CARGO_FUZZ_VERSION" cargo-fuzz
fi

# The fuzzer is a tool of the nightly compiler; the stable one has all of it, too, when it is told so.
export RUSTC_BOOTSTRAP=1
# What is fuzzed is safe Rust, of which a sanitizer would find nothing; without it more inputs are tried.
options=(--sanitizer none)

targets=("$@")
if ((${#targets[@]} == 0)); then
    mapfile -t targets < <(cargo fuzz list)
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

echo "building" >&2
cargo fuzz build "${options[@]}" 2>"$scratch/build.log" || { cat "$scratch/build.log" >&2; exit 1; }

failed=()
for target in "${targets[@]}"; do
    mkdir -p "$scratch/$target"
    [[ ! -d fuzz/seeds/$target ]] || cp -r "fuzz/seeds/$target/." "$scratch/$target"
    limits=(
        "-max_total_time=$seconds" "-timeout=$INPUT_SECONDS_MAX" "-rss_limit_mb=$MEMORY_MB_MAX"
        "-max_len=$INPUT_BYTES_MAX" -print_final_stats=1
    )
    dictionary=fuzz/dictionaries/${target%%_*}.dict
    [[ ! -f $dictionary ]] || limits+=("-dict=$dictionary")
    log=$scratch/$target.log
    if cargo fuzz run "${options[@]}" "$target" "$scratch/$target" -- "${limits[@]}" >"$log" 2>&1; then
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
        printf '%-16s %9d inputs, nothing found\n' "$target" "$runs"
    else
        tail -n 40 "$log" >&2
        printf '%-16s FAILED\n' "$target"
        failed+=("$target")
    fi
done

if ((${#failed[@]})); then
    echo "failed: ${failed[*]}; the inputs are in fuzz/artifacts/" >&2
    exit 1
fi
