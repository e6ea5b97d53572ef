#!/usr/bin/env bash
# The long form of the overload tests: 10,000 idle connections and 64 uploads of 1 GiB against ceilings of 256, 512 and 1,024 MiB with full
# caches, TLS, and ten minutes of misbehaving clients. Needs some 50 GB of disk and an hour on two cores.
set -euo pipefail
export RUSTFS_OVERLOAD_IDLE=${RUSTFS_OVERLOAD_IDLE:-10000} RUSTFS_OVERLOAD_UPLOADS=${RUSTFS_OVERLOAD_UPLOADS:-64}
export RUSTFS_OVERLOAD_UPLOAD_MIB=${RUSTFS_OVERLOAD_UPLOAD_MIB:-1024} RUSTFS_OVERLOAD_OBJECTS_PER_MIB=${RUSTFS_OVERLOAD_OBJECTS_PER_MIB:-150}
export RUSTFS_OVERLOAD_TLS=${RUSTFS_OVERLOAD_TLS:-1500} RUSTFS_OVERLOAD_SECONDS=${RUSTFS_OVERLOAD_SECONDS:-600}
exec "$(dirname "${BASH_SOURCE[0]}")/test.sh" --filter FullyQualifiedName~Clients.Overload --logger "console;verbosity=detailed"
