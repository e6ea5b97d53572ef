#!/usr/bin/env bash
# kill -9 under a mixed write load, 20 rounds on one volume (or as many as the first argument says).
set -euo pipefail
RUSTFS_KILL_ROUNDS=${1:-20} exec "$(dirname "${BASH_SOURCE[0]}")/test.sh" --filter FullyQualifiedName~KillTests --logger "console;verbosity=detailed"
