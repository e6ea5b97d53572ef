#!/usr/bin/env bash
# The long form of the space tests: 20 x 256 MiB written over segments of 16 MiB, full disks, volumes of 1 M objects and 1,000 segments.
set -euo pipefail
export RUSTFS_SPACE_LIVE_MIB=${RUSTFS_SPACE_LIVE_MIB:-256} RUSTFS_SPACE_SEGMENT_MIB=${RUSTFS_SPACE_SEGMENT_MIB:-16}
export RUSTFS_SPACE_ROUNDS=${RUSTFS_SPACE_ROUNDS:-10}
export RUSTFS_OPEN_OBJECTS=${RUSTFS_OPEN_OBJECTS:-1000000} RUSTFS_OPEN_SEGMENTS=${RUSTFS_OPEN_SEGMENTS:-1000}
exec "$(dirname "${BASH_SOURCE[0]}")/test.sh" --filter FullyQualifiedName~RustFs.Tests.Storage.Space --logger "console;verbosity=detailed"
