#!/usr/bin/env python3
"""Runs our server and its references in turn on one machine and writes the ratios. Start it with scripts/bench.sh, which builds first.

Each row takes pairs of legs, reference then ours, after one leg of each that does not count. Server and reference stand on core 0, the load
on core 1; the one not asked is idle meanwhile.
"""
import argparse
import datetime
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

import report
import sigv4

HERE = os.path.dirname(os.path.abspath(__file__))
ACCESS_KEY, SECRET_KEY = 'benchmark', 'benchmarksecret'
BUCKET = 'bench'
SMALL_KEYS = 1000
SMALL_BYTES = 4096
LARGE_BYTES = 256 << 20
PART_BYTES = 8 << 20


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def run(command, **options):
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, **options)
    if result.returncode != 0:
        sys.exit(f'{" ".join(command)} ended with {result.returncode}:\n{result.stdout}{result.stderr}')
    return result.stdout


class Bench:
    """The two servers with what they serve, and the legs run against them."""

    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.legs, self.rows, self.allocations, self.processes = [], [], [], []
        self.our_port, self.nginx_port = free_port(), free_port()
        self.our_host, self.nginx_host = f'127.0.0.1:{self.our_port}', f'127.0.0.1:{self.nginx_port}'

    def start(self):
        files = os.path.join(self.folder, 'files', BUCKET)
        os.makedirs(files)
        for number in range(SMALL_KEYS):
            with open(os.path.join(files, f'small-{number}'), 'wb') as file:
                file.write(os.urandom(SMALL_BYTES))
        with open(os.path.join(files, 'large'), 'wb') as file:
            for _ in range(LARGE_BYTES >> 20):
                file.write(os.urandom(1 << 20))
        with open(os.path.join(HERE, 'nginx.conf'), encoding='utf-8') as file:
            configuration = file.read().replace('FOLDER', self.folder).replace('PORT', str(self.nginx_port))
        with open(os.path.join(self.folder, 'nginx.conf'), 'w', encoding='utf-8') as file:
            file.write(configuration)
        self.spawn('nginx', ['nginx', '-c', os.path.join(self.folder, 'nginx.conf')], {}, self.nginx_port)
        self.spawn('rustfs', [self.options.server, 'server', os.path.join(self.folder, 'volume')],
                   {'RUSTFS_ADDRESS': self.our_host, 'RUSTFS_ACCESS_KEY': ACCESS_KEY, 'RUSTFS_SECRET_KEY': SECRET_KEY, 'DOTNET_gcServer': '0'},
                   self.our_port)
        self.send(sigv4.signed_request('PUT', self.our_host, f'/{BUCKET}', ACCESS_KEY, SECRET_KEY))
        for name in [f'small-{number}' for number in range(SMALL_KEYS)] + ['large']:
            with open(os.path.join(files, name), 'rb') as file:
                self.send(sigv4.signed_request('PUT', self.our_host, f'/{BUCKET}/{name}', ACCESS_KEY, SECRET_KEY, file.read()))

    def spawn(self, name, command, environment, port):
        log = open(os.path.join(self.folder, f'{name}.out'), 'wb')
        process = subprocess.Popen(['taskset', '-c', '0'] + command, stdout=log, stderr=subprocess.STDOUT, env={**os.environ, **environment})
        self.processes.append(process)
        for _ in range(600):
            if process.poll() is not None:
                sys.exit(f'{name} ended at start; see {log.name}:\n{open(log.name, encoding="utf-8").read()}')
            try:
                socket.create_connection(('127.0.0.1', port), 1).close()
                return
            except OSError:
                time.sleep(0.1)
        sys.exit(f'{name} does not listen on port {port}')

    def send(self, request):
        """Sends one ready-made request; anything but 200 ends the run."""
        with socket.create_connection(('127.0.0.1', self.our_port)) as connection:
            connection.sendall(request)
            response = http.client.HTTPResponse(connection)
            response.begin()
            body = response.read()
            if response.status != 200:
                sys.exit(f'setting up: {response.status} {body.decode(errors="replace")}')

    def stop(self):
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            process.wait(60)

    def requests_file(self, name, requests):
        path = os.path.join(self.folder, name)
        sigv4.write_requests(path, requests)
        return path

    def small_requests(self):
        """Fresh signatures: they are good for 15 minutes."""
        body = os.urandom(SMALL_BYTES)
        names = [f'/{BUCKET}/small-{number}' for number in range(SMALL_KEYS)]
        puts = [f'/{BUCKET}/put-{number}' for number in range(SMALL_KEYS)]
        self.nginx_gets = self.requests_file('nginx-gets', [sigv4.plain_request(self.nginx_host, name) for name in names])
        self.our_gets = self.requests_file('our-gets', [sigv4.signed_request('GET', self.our_host, name, ACCESS_KEY, SECRET_KEY) for name in names])
        self.our_puts = self.requests_file(
            'our-puts', [sigv4.signed_request('PUT', self.our_host, name, ACCESS_KEY, SECRET_KEY, body) for name in puts])

    def wrk(self, host, requests, connections):
        """Requests per second."""
        text = run(['taskset', '-c', '1', 'wrk', '-t1', f'-c{connections}', f'-d{self.options.seconds}s', '--latency', '--timeout', '10s',
                    '-s', os.path.join(HERE, 'requests.lua'), f'http://{host}'], env={**os.environ, 'REQUESTS_FILE': requests})
        leg = json.loads(text.strip().splitlines()[-1])
        self.legs.append({'tool': 'wrk', 'load': os.path.basename(requests), 'connections': connections, **leg})
        if leg['failures']:
            sys.exit(f'wrk saw {leg["failures"]} failures:\n{text}')
        return leg['requests'] / leg['seconds']

    def load(self, kind, url, connections, size, signed):
        """MiB per second."""
        keys = ['--access-key', ACCESS_KEY, '--secret-key', SECRET_KEY] if signed else []
        text = run(['taskset', '-c', '1', self.options.load, 'load', kind, '--url', url, '--connections', str(connections),
                    '--seconds', str(self.options.seconds), '--bytes', str(size)] + keys)
        leg = json.loads(text)
        self.legs.append({'tool': 'load', 'load': kind, 'connections': connections, **leg})
        return leg['mib_per_second']

    def openssl_md5(self):
        """MiB per second of one core."""
        text = run(['taskset', '-c', '0', 'openssl', 'speed', '-seconds', str(max(1, int(self.options.seconds))), '-bytes', '1048576', '-evp', 'md5'])
        rate = float(re.findall(r'([0-9.]+)k\s*$', text.strip())[-1]) * 1000 / (1 << 20)
        self.legs.append({'tool': 'openssl speed', 'mib_per_second': round(rate, 1)})
        return rate

    def row(self, number, work, reference, unit, aim, take_reference, take_ours):
        if self.options.rows and str(number) not in self.options.rows:
            return
        self.small_requests()
        take_reference()
        take_ours()
        pairs = [(take_reference(), take_ours()) for _ in range(self.options.pairs)]
        self.rows.append({'row': number, 'work': work, 'reference': reference, 'unit': unit, 'aim': aim, 'pairs': pairs})
        print(report.table('', [report.ratio(self.rows[-1])], []).splitlines()[-1], flush=True)

    def allocated(self, work, take):
        """Managed bytes per request over one leg, from the server's own metrics, after the legs before have warmed it up."""
        if self.options.rows and '9' not in self.options.rows:
            return
        self.small_requests()
        take()
        before = self.metrics()
        take()
        after = self.metrics()
        requests = int(after['rustfs_requests_total'] - before['rustfs_requests_total'])
        allocated = after['rustfs_dotnet_allocated_bytes_total'] - before['rustfs_dotnet_allocated_bytes_total']
        self.allocations.append({'work': work, 'requests': requests, 'bytes_per_request': round(allocated / requests, 2)})
        print(f'row 9, {work}: {allocated / requests:.1f} B a request', flush=True)

    def metrics(self):
        connection = http.client.HTTPConnection('127.0.0.1', self.our_port)
        connection.request('GET', '/metrics')
        sums = {}
        for line in connection.getresponse().read().decode().splitlines():
            if not line.startswith('#'):
                name, value = line.rsplit(' ', 1)
                name = name.split('{')[0]
                sums[name] = sums.get(name, 0) + float(value)
        connection.close()
        return sums

    def run_rows(self):
        ours, nginx = f'http://{self.our_host}', f'http://{self.nginx_host}'
        nginx_gets = lambda connections: lambda: self.wrk(self.nginx_host, self.nginx_gets, connections)
        gets = lambda connections: lambda: self.wrk(self.our_host, self.our_gets, connections)
        puts = lambda connections: lambda: self.wrk(self.our_host, self.our_puts, connections)
        self.row(1, 'signed GET, 4 KiB, 64 connections', 'nginx, unsigned static GET', 'requests/s', '≥ 1.2', nginx_gets(64), gets(64))
        self.row(2, 'signed GET, 4 KiB, 1 connection', 'nginx, unsigned static GET', 'requests/s', '≥ 1.0', nginx_gets(1), gets(1))
        for connections in (64, 256):
            self.row(3, f'signed durable PUT, 4 KiB, {connections} connections', 'nginx, unsigned 4 KiB GET, 64 connections', 'requests/s',
                     '≥ 0.5', nginx_gets(64), puts(connections))
        self.row(4, 'GET of 256 MiB objects, 2 connections', 'nginx sendfile', 'MiB/s', '≥ 1.0',
                 lambda: self.load('get', f'{nginx}/{BUCKET}/large', 2, 0, signed=False),
                 lambda: self.load('get', f'{ours}/{BUCKET}/large', 2, 0, signed=True))
        self.row(5, 'PUT of 256 MiB, one stream, MD5 ETag', 'openssl speed md5, one core', 'MiB/s', '≥ 0.95',
                 self.openssl_md5, lambda: self.load('put', f'{ours}/{BUCKET}/stream', 1, LARGE_BYTES, signed=True))
        self.row(6, 'PUT of 8 MiB parts, 16 streams', 'openssl speed md5, one core', 'MiB/s', '≥ 3',
                 self.openssl_md5, lambda: self.load('part', f'{ours}/{BUCKET}/parts', 16, PART_BYTES, signed=True))
        self.allocated('signed GET, 4 KiB, 64 connections', gets(64))
        self.allocated('signed durable PUT, 4 KiB, 64 connections', puts(64))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--server', required=True, help='the built server executable')
    parser.add_argument('--load', required=True, help='the built load generator')
    parser.add_argument('--results', required=True, help='the folder for result folders')
    parser.add_argument('--seconds', type=int, default=5, help='length of a leg')
    parser.add_argument('--pairs', type=int, default=5, help='pairs of legs a row')
    parser.add_argument('--rows', type=lambda text: text.split(','), help='only these rows, such as 1,3,9')
    parser.add_argument('--folder', help='where to put the volume and the static files (default: the temporary folder)')
    options = parser.parse_args()
    repository = os.path.dirname(os.path.dirname(HERE))
    # Named now: the tree may move on while the legs run.
    commit = report.output_of('git', '-C', repository, 'rev-parse', '--short', 'HEAD')
    with tempfile.TemporaryDirectory(prefix='rustfs-bench-', dir=options.folder) as folder:
        os.chmod(folder, 0o755)
        environment = report.environment(repository, options.seconds, options.pairs, folder)
        bench = Bench(options, folder)
        try:
            bench.start()
            bench.run_rows()
        finally:
            bench.stop()
    results = os.path.join(options.results, f'{datetime.date.today().isoformat()}-{commit}')
    os.makedirs(results, exist_ok=True)
    report.write(results, environment, bench.rows, bench.allocations, bench.legs)
    print(f'results in {results}')


if __name__ == '__main__':
    main()
