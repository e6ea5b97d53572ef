#!/usr/bin/env bash
# Linearizability over histories of 2,000,000 calls in the process and against the server with 20 kills (or as the arguments say).
set -euo pipefail
export RUSTFS_HISTORY_OPERATIONS=${1:-2000000} RUSTFS_HISTORY_KILLS=${2:-20} RUSTFS_HISTORY_SEED=${3:-$RANDOM}
exec "$(dirname "${BASH_SOURCE[0]}")/test.sh" --filter FullyQualifiedName~RustFs.Tests.History --logger "console;verbosity=detailed"
