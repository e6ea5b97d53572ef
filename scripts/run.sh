#!/usr/bin/env bash
# Installs what is missing, builds the server and runs it on ./data, port 9000.
# RUSTFS_* variables are passed on; arguments are added to `rustfs server ./data`.
set -euo pipefail
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$repository/scripts/packages.sh"

need_dotnet
need_rocksdb
publish_server "$repository" "$repository/artifacts/rustfs"

# RUSTFS_VOLUMES names the directories where it is set.
if [ -n "${RUSTFS_VOLUMES:-}" ]; then
    exec "$repository/artifacts/rustfs/rustfs" server "$@"
fi
mkdir -p ./data
exec "$repository/artifacts/rustfs/rustfs" server ./data "$@"
