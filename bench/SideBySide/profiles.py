"""Where the time of a small GET and of a small PUT goes: system calls per request by strace, and symbols by perf. Neither leg is timed:
both tools slow the server down."""
import os
import re
import subprocess
import time

import plots
import stores
from legs import LOAD_CORE, run
from servers import BUCKET, HERE

SECONDS = 4
CONNECTIONS = 64
SAMPLES_PER_SECOND = 1999
SYMBOLS_SHOWN = 40


def take(options, folder, legs, server, nginx, io):
    """Writes syscalls-OPERATION-IO.txt, symbols-OPERATION-IO.txt and .svg, and flames-OPERATION-IO.svg."""
    # The map of managed symbols is only found when code is run where it is written.
    server.start(io, environment={'DOTNET_PerfMapEnabled': '1', 'DOTNET_EnableWriteXorExecute': '0'})
    stores.put_bucket(server)
    stores.put_files(server, os.path.join(folder, 'files', BUCKET), [f'small-{number}' for number in range(1000)])
    signed = stores.SmallRequests(folder, server, nginx, 1000, 4096)
    for operation, requests, body in (('get', signed.gets, None), ('put', signed.puts, signed.body)):
        # Long enough for the runtime's second tier to have compiled what is hot.
        for _ in range(2):
            legs.wrk(server, requests, CONNECTIONS, body)
        name = f'{operation}-{io}'
        _write(options, f'syscalls-{name}.txt', _system_calls(server, folder, requests, body))
        _write(options, f'symbols-{name}.txt', _symbols(options, server, folder, requests, body, name))
        print(f'profile of a {operation} with --io {io} written', flush=True)
    server.remove()


def _write(options, name, text):
    with open(os.path.join(options.results, name), 'w', encoding='utf-8') as file:
        file.write(text)


def under_load(server, requests, body, watch):
    """Runs `watch` while wrk loads the server, over connections that stand; returns its result and the requests answered meanwhile."""
    environment = {**os.environ, 'REQUESTS_FILE': requests, 'BODY_FILE': body or ''}
    load = subprocess.Popen(LOAD_CORE + ['wrk', '-t1', f'-c{CONNECTIONS}', f'-d{SECONDS + 4}s', '--timeout', '30s',
                                         '-s', os.path.join(HERE, 'requests.lua'), server.url], env=environment, stdout=subprocess.DEVNULL)
    time.sleep(1)
    before = server.metrics()['rustfs_requests_total']
    result = watch()
    answered = server.metrics()['rustfs_requests_total'] - before
    load.wait()
    return result, int(answered)


def _system_calls(server, folder, requests, body):
    path = os.path.join(folder, 'strace.out')

    def watch():
        trace = subprocess.Popen(['strace', '-c', '-f', '-o', path, '-p', str(server.process.pid)], stderr=subprocess.DEVNULL)
        time.sleep(SECONDS)
        trace.terminate()
        trace.wait()

    _, answered = under_load(server, requests, body, watch)
    counts = {}
    with open(path, encoding='utf-8') as file:
        for line in file:
            # % time, seconds, usecs/call, calls, errors when there are any, name
            fields = line.split()
            if len(fields) >= 5 and fields[3].isdigit() and fields[-1] != 'total':
                counts[fields[-1]] = int(fields[3])
    lines = [f'{answered} requests answered under strace -c -f, {CONNECTIONS} connections', '', 'calls per request  call']
    for name, count in sorted(counts.items(), key=lambda entry: -entry[1]):
        lines.append(f'{count / max(1, answered):17.3f}  {name}')
    lines.append(f'{sum(counts.values()) / max(1, answered):17.3f}  all')
    return '\n'.join(lines) + '\n'


def _symbols(options, server, folder, requests, body, name):
    data = os.path.join(folder, 'perf.data')
    record = ['perf', 'record', '-q', '-g', '-F', str(SAMPLES_PER_SECOND), '-p', str(server.process.pid), '-o', data,
              '--', 'sleep', str(SECONDS)]
    _, answered = under_load(server, requests, body, lambda: run(record))
    samples = stacks(run(['perf', 'script', '-i', data, '-F', 'ip,sym,dso']))
    total = sum(samples.values())
    leaves, libraries = {}, {}
    for stack, count in samples.items():
        symbol, library = stack[-1]
        leaves[f'{symbol} [{library}]'] = leaves.get(f'{symbol} [{library}]', 0) + count
        libraries[library] = libraries.get(library, 0) + count
    shares = lambda counts: sorted(((100 * count / total, key) for key, count in counts.items()), reverse=True)
    title = f'{name}: {total} samples, {answered} requests answered meanwhile'
    plots.write_bars(os.path.join(options.results, f'symbols-{name}.svg'), title, shares(leaves)[:SYMBOLS_SHOWN])
    plots.write_flames(os.path.join(options.results, f'flames-{name}.svg'), title, samples)
    lines = [title, '', '% of samples by library']
    lines += [f'{share:6.2f}  {library}' for share, library in shares(libraries) if share >= 0.1]
    lines += ['', '% of samples by symbol']
    lines += [f'{share:6.2f}  {symbol}' for share, symbol in shares(leaves)[:SYMBOLS_SHOWN]]
    return '\n'.join(lines) + '\n'


def stacks(script):
    """Samples of `perf script` by their stack, the outermost frame first; a frame is (symbol, library)."""
    counts, frames = {}, []
    for line in script.splitlines() + ['']:
        if line.strip():
            found = re.match(r'\s*[0-9a-f]+ (.*) \((.*)\)$', line)
            if found:
                symbol, library = found.groups()
                frames.append((_short(symbol), os.path.basename(library) if library.startswith('/') else library))
        elif frames:
            stack = tuple(reversed(frames))
            counts[stack] = counts.get(stack, 0) + 1
            frames = []
    return counts


def _short(symbol):
    """Without offsets, and managed names without their assembly, parameters and tier."""
    symbol = re.sub(r'\+0x[0-9a-f]+$', '', symbol)
    managed = re.match(r'.*?\[[\w.]+\] ([^(]+)', symbol)
    return managed.group(1) if managed else re.sub(r'\(.*$', '', symbol)
