#!/usr/bin/env bash
# Runs the storage engine's simulations for a long time and prints what was done, with the seeds. docs/durability.md quotes such a run.
#
#   scripts/soak.sh [SECONDS]        default 600
#   RUSTFS_SEED=N                    begins with this seed; otherwise the time of day chooses
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export RUSTFS_SOAK_SECONDS="${1:-600}"
export RUSTFS_SEED="${RUSTFS_SEED:-$((10#$(date +%H%M%S) * 1000))}"
RUSTFS_SOAK_FIGURES="$(mktemp)"
export RUSTFS_SOAK_FIGURES
export DOTNET_CLI_TELEMETRY_OPTOUT=1
# Compiled once: the stepped rounds would else spend half of their time in compiling the engine again and again.
export DOTNET_TieredCompilation=0
trap 'rm -f "$RUSTFS_SOAK_FIGURES"' EXIT

echo "Simulations for about ${RUSTFS_SOAK_SECONDS} s from seed ${RUSTFS_SEED}, $(nproc) cores, $(git rev-parse --short HEAD), $(date -u +%F)."
status=0
dotnet test tests/Tests.csproj -c Release --filter "FullyQualifiedName~RustFs.Tests.Storage.Simulation" || status=$?
echo
cat "$RUSTFS_SOAK_FIGURES"
if [[ $status -ne 0 ]]; then echo "FAILED: the script and its seed are in the output above." >&2; fi
exit "$status"
