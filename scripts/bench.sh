#!/usr/bin/env bash
# Builds Release and runs the server side by side with its references; the results go to perf-results/DATE-COMMIT/.
# Arguments: --seconds N (a leg, default 5), --pairs N (default 5), --warm-up-seconds N (20), --rows 1,3,9,profile,
# --io sockets,uring, --folder DIR (where volumes stand: 30 GiB for a whole run), and for short runs --objects N,
# --idle-connections N, --uploads N, --upload-seconds N, --boto3-bytes N.
set -euo pipefail
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$repository/scripts/packages.sh"

need_dotnet
need_rocksdb
need_boto3
need_command strace strace
need_command perf linux-perf
need_command wrk wrk
need_command nginx nginx-light
need_command openssl openssl
publish_server "$repository" "$repository/artifacts/rustfs"
dotnet publish "$repository/bench/Bench.csproj" -c Release -o "$repository/artifacts/bench" -v quiet --nologo
python=python3
"$python" -c 'import boto3' 2>/dev/null || python=/usr/bin/python3
exec "$python" "$repository/bench/SideBySide/side_by_side.py" --server "$repository/artifacts/rustfs/rustfs" \
    --load "$repository/artifacts/bench/RustFs.Bench" --results "$repository/perf-results" "$@"
