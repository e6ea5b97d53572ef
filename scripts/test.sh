#!/usr/bin/env bash
# Installs what is missing, builds everything in Release and runs all tests.
# The last line counts them; the exit code is not 0 when one failed or none ran. Arguments go to `dotnet test`, but for
#   --io uring|sockets   how the servers under test do input and output (default: as a server chooses)
set -euo pipefail
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$repository/scripts/packages.sh"
if [ "${1:-}" = --io ]; then
    export RUSTFS_TEST_IO=${2:?--io needs uring or sockets}
    shift 2
fi

need_dotnet
need_rocksdb
need_command curl curl
need_command openssl openssl
need_command s3cmd s3cmd
need_command rclone rclone
need_command restic restic
need_command s3fs s3fs
[ -x /usr/bin/aws ] || need_command aws awscli
need_boto3
need_node_clients "$repository"

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
dotnet build "$repository/RustFs.sln" -c Release -v quiet --nologo

status=0
dotnet test "$repository/tests/Tests.csproj" -c Release --no-build --nologo \
    --logger "trx;LogFileName=tests.trx" --logger "console;verbosity=minimal" --results-directory "$results" "$@" || status=$?

if [ ! -f "$results/tests.trx" ]; then
    echo "0 passed, 0 failed, 0 skipped"
    exit 1
fi
# <Counters total="9" executed="8" passed="8" failed="0" .../>: what was not executed was skipped.
counter() { grep -o '<Counters [^>]*' "$results/tests.trx" | grep -o " $1=\"[0-9]*\"" | tr -dc '0-9'; }
total=$(counter total) executed=$(counter executed) passed=$(counter passed)
echo "$passed passed, $((executed - passed)) failed, $((total - executed)) skipped"
[ "$status" -eq 0 ] && [ "$executed" -gt 0 ] && [ "$executed" -eq "$passed" ]
