#!/usr/bin/env bash
# The long form of the fuzz tests: SECONDS in all, spread over the targets, from SEED (default: the time). Prints executions, signatures
# and findings of each target. Inputs that break one are written to artifacts/fuzz-findings.
set -euo pipefail
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export RUSTFS_FUZZ_SECONDS=${1:?usage: fuzz.sh SECONDS [SEED]}
export RUSTFS_FUZZ_SEED=${2:-$(date +%s)}
export RUSTFS_FUZZ_FINDINGS=$repository/artifacts/fuzz-findings
echo "seed $RUSTFS_FUZZ_SEED"
exec "$repository/scripts/test.sh" --filter FullyQualifiedName~Hostile.FuzzTests --logger "console;verbosity=detailed"
