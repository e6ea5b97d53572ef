# Sourced by the other scripts: installs Debian packages that are missing, and nothing when none is.

# As root at once, else through sudo.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo "$@"
    else
        echo "$0: installing packages needs root or sudo: $*" >&2
        exit 1
    fi
}

package_lists_updated=
install_packages() {
    echo "$0: installing $*" >&2
    if [ -z "$package_lists_updated" ] && ! apt-get install --simulate -qq "$@" >/dev/null 2>&1; then
        as_root apt-get update -qq
        package_lists_updated=yes
    fi
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2
}

# The runtime library is enough; where its versioned name differs, the development package brings it in.
need_rocksdb() {
    if ldconfig -p 2>/dev/null | grep -q librocksdb || /sbin/ldconfig -p 2>/dev/null | grep -q librocksdb; then
        return
    fi
    install_packages librocksdb7.8 2>/dev/null || install_packages librocksdb-dev
}

# need_command COMMAND PACKAGE
need_command() {
    command -v "$1" >/dev/null 2>&1 || install_packages "$2"
}

need_dotnet() {
    if ! command -v dotnet >/dev/null 2>&1; then
        echo "$0: the .NET 10 SDK is missing; install it and put 'dotnet' in PATH." >&2
        exit 1
    fi
    export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
}

need_boto3() {
    need_command python3 python3
    if ! python3 -c 'import boto3' 2>/dev/null && ! /usr/bin/python3 -c 'import boto3' 2>/dev/null; then
        install_packages python3-boto3
    fi
}

# The clients from npm, as tests/Clients/Node pins them; again only when what is pinned has changed.
need_node_clients() {
    local pinned="$1/tests/Clients/Node" installed="$1/artifacts/node-clients"
    if cmp -s "$pinned/package-lock.json" "$installed/installed.json"; then
        return
    fi
    need_command node nodejs
    need_command npm npm
    mkdir -p "$installed"
    cp "$pinned/package.json" "$pinned/package-lock.json" "$installed/"
    npm ci --prefix "$installed" --ignore-scripts --no-audit --no-fund --loglevel=error >&2
    cp "$pinned/package-lock.json" "$installed/installed.json"
}

# publish_server REPOSITORY DIRECTORY: what users run. Compiled ahead of time, so that a start takes half the work; what becomes hot is
# compiled again.
publish_server() {
    dotnet publish "$1/src/Server/Server.csproj" -c Release --use-current-runtime --self-contained false \
        -p:PublishReadyToRun=true -o "$2" -v quiet --nologo
}
