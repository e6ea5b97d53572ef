#!/usr/bin/env python3
"""Runs our server and its references in turn on one machine and writes the ratios. Start it with scripts/bench.sh, which builds first.

Each row takes pairs of legs, reference then ours, after one leg of each that does not count; before the first the server is warmed up.
Servers stand on core 0, the load on core 1; the server that is not asked is idle meanwhile. The rows are those of docs/performance.md.
"""
import argparse
import datetime
import os
import signal
import sys
import tempfile
import time

import memory
import profiles
import report
import stores
from legs import Legs
from servers import BUCKET, Nginx, Rustfs, Sink, stop_all, supports_io

SMALL_KEYS = 1000
SMALL_BYTES = 4096
LARGE_BYTES = 256 << 20
PART_BYTES = 8 << 20
SMALL_GET, SMALL_PUT = 'signed GET, 4 KiB', 'signed durable PUT, 4 KiB'
STATIC_GET, MD5_CORE = 'nginx, unsigned static GET', 'openssl speed md5, one core'


class Bench:
    """The rows of one transport."""

    def __init__(self, options, folder, legs, nginx, io):
        self.options, self.folder, self.legs, self.nginx, self.io = options, folder, legs, nginx, io
        self.rows, self.allocations, self.resident = [], [], []

    def wants(self, number):
        return not self.options.rows or str(number) in self.options.rows

    def server(self, name, volume=None):
        return Rustfs(f'{name}-{self.io}', self.folder, self.options.server, volume or os.path.join(self.folder, f'{name}-{self.io}'))

    def warm_up(self, *takes):
        """Legs that do not count, until the runtime has compiled what they need for good: it does so beside the load, on the same core."""
        if self.options.warm_up_seconds:
            for take in takes * max(1, round(self.options.warm_up_seconds / self.options.seconds)):
                take()

    def row(self, number, work, reference, unit, aim, take_reference, take_ours):
        if not self.wants(number):
            return
        take_reference()
        take_ours()
        pairs = [(take_reference(), take_ours()) for _ in range(self.options.pairs)]
        self.rows.append({'row': number, 'work': work, 'reference': reference, 'unit': unit, 'aim': aim, 'io': self.io, 'pairs': pairs})
        print(report.line(report.ratio(self.rows[-1])), flush=True)

    def allocated(self, server, work, requests, body=None):
        """Managed bytes per request over some seconds of a load whose connections stand, from the server's own metrics, less what
        asking for these allocates."""
        def allocated_during(wait):
            before = server.metrics()
            wait()
            after = server.metrics()
            return [after[name] - before[name] for name in ('rustfs_dotnet_allocated_bytes_total', 'rustfs_requests_total')]

        asking = min(allocated_during(lambda: None)[0] for _ in range(5))
        (allocated, count), _ = profiles.under_load(server, requests, body, lambda: allocated_during(lambda: time.sleep(profiles.SECONDS)))
        per_request = max(0, allocated - asking) / count
        self.allocations.append({'work': work, 'io': self.io, 'requests': int(count), 'bytes_per_request': round(per_request, 3)})
        print(f'row 9, {work}, {self.io}: {per_request:.2f} B a request', flush=True)

    def run_small(self):
        """Rows 1 to 3 and 9, and where the time of both goes."""
        ours = self.server('small').start(self.io)
        stores.put_bucket(ours)
        stores.put_files(ours, os.path.join(self.folder, 'files', BUCKET), [f'small-{number}' for number in range(SMALL_KEYS)])
        signed = stores.SmallRequests(self.folder, ours, self.nginx, SMALL_KEYS, SMALL_BYTES)
        nginx_gets = lambda connections: lambda: self.legs.wrk(self.nginx, signed.nginx_gets, connections)
        gets = lambda connections: lambda: self.legs.wrk(ours, signed.gets, connections)
        puts = lambda connections: lambda: self.legs.wrk(ours, signed.puts, connections, signed.body)
        self.warm_up(gets(64), puts(64))
        signed.sign_again()
        self.row(1, f'{SMALL_GET}, 64 connections', STATIC_GET, 'requests/s', 1.2, nginx_gets(64), gets(64))
        self.row(2, f'{SMALL_GET}, 1 connection', STATIC_GET, 'requests/s', 1.0, nginx_gets(1), gets(1))
        for connections in (64, 256):
            signed.sign_again()
            self.row(3, f'{SMALL_PUT}, {connections} connections', 'nginx, unsigned 4 KiB GET, 64 connections', 'requests/s', 0.5,
                     nginx_gets(64), puts(connections))
        if self.wants(9):
            signed.sign_again()
            self.allocated(ours, f'{SMALL_GET}, 64 connections', signed.gets)
            self.allocated(ours, f'{SMALL_PUT}, 64 connections', signed.puts, signed.body)
        ours.remove()

    def run_large(self):
        """Rows 4 to 6."""
        ours = self.server('large').start(self.io)
        stores.put_bucket(ours)
        stores.put_files(ours, os.path.join(self.folder, 'files', BUCKET), ['large'])
        path = f'/{BUCKET}/large'
        if self.wants(4):
            self.warm_up(lambda: self.legs.transfer(ours, 'get', path, 2))
        self.row(4, 'GET of 256 MiB objects, 2 connections', 'nginx sendfile', 'MiB/s', 1.0,
                 lambda: self.legs.transfer(self.nginx, 'get', path, 2, signed=False), lambda: self.legs.transfer(ours, 'get', path, 2))
        put = lambda: self.legs.transfer(ours, 'put', f'/{BUCKET}/stream', 1, LARGE_BYTES)
        part = lambda: self.legs.transfer(ours, 'part', f'/{BUCKET}/parts', 16, PART_BYTES)
        for number, work, aim, take in ((5, 'PUT of 256 MiB, one stream, MD5 ETag', 0.95, put),
                                        (6, 'PUT of 8 MiB parts, 16 streams', 3.0, part)):
            if self.wants(number):
                self.warm_up(take)
            self.row(number, work, MD5_CORE, 'MiB/s', aim, self.legs.openssl_md5, take)
        ours.remove()

    def run_many(self, few_volume, many_volume):
        """Rows 7 and 8: a store of many objects beside one of few, filled before the first transport."""
        few, many = self.server('few', few_volume).start(self.io), self.server('many', many_volume).start(self.io)
        few_count, many_count = self.options.few_objects, self.options.objects
        few_starts, many_starts = stores.list_starts(few_count), stores.list_starts(many_count)
        list_many = lambda: self.legs.list(many, BUCKET, many_starts)
        aimed = lambda: 500_000.0
        # What was written to them before is compacted first: it would be done beside the load, on the same core.
        few.settle()
        many.settle()
        if self.wants(7):
            self.warm_up(list_many)
        self.row(7, f'ListObjectsV2, pages of 1,000, {many_count:,} keys', '500,000 keys/s', 'keys/s', 1.0, aimed, list_many)
        self.row(7, f'the same, {many_count:,} keys', f'{few_count:,} keys', 'keys/s', 1.0,
                 lambda: self.legs.list(few, BUCKET, few_starts), list_many)
        self.row(7, f'ListObjectsV2 by delimiter, {many_count // stores.GROUP:,} common prefixes of {stores.GROUP} keys',
                 '500,000 entries/s', 'prefixes/s', 1.0, aimed, lambda: self.legs.list(many, BUCKET, many_starts, '/'))
        if self.wants(8):
            for work, kind in ((SMALL_GET, 'GET'), (SMALL_PUT, 'PUT')):
                for most in (stores.FEW_KEYS, stores.MANY_KEYS[kind]):
                    self.row_8(few, many, work, kind, most)
        few.stop()
        many.stop()

    def row_8(self, few, many, work, kind, most):
        few_signed = stores.RandomRequests(self.folder, few, kind, self.options.few_objects, 1, SMALL_BYTES, most)
        many_signed = stores.RandomRequests(self.folder, many, kind, self.options.objects, self.options.body_every, SMALL_BYTES, most)
        ask_few = lambda: self.legs.wrk(few, few_signed.path, 64, few_signed.body)
        ask_many = lambda: self.legs.wrk(many, many_signed.path, 64, many_signed.body)
        self.warm_up(ask_few, ask_many)
        self.row(8, f'{work}, 64 connections, {many_signed.count:,} random keys of {self.options.objects:,}',
                 f'{few_signed.count:,} random keys of {self.options.few_objects:,}', 'requests/s', 0.9, ask_few, ask_many)

    def run_memory(self):
        """Row 10."""
        for limit in (None, '256MiB'):
            ours = self.server(f'memory-{limit or "default"}').start(self.io, flags=['--memory-limit', limit] if limit else [])
            stores.put_bucket(ours)
            measured = memory.measure(ours, self.options)
            ours.remove()
            self.resident.append({'io': self.io, 'limit': limit or 'default', **measured})
            print(f'row 10, {self.io}, limit {limit or "default"}: {measured}', flush=True)

    def run_boto3(self, sink):
        """Row 11."""
        ours = self.server('boto3').start(self.io)
        stores.put_bucket(ours)
        size = self.options.boto3_bytes
        transfer = lambda server, action, key: self.legs.boto3(server, action, BUCKET, key, size)
        transfer(ours, 'upload', 'boto3')
        self.row(11, f'boto3 download_file, {size >> 20} MiB', 'the same client, nginx', 'MiB/s', 0.95,
                 lambda: transfer(self.nginx, 'download', 'boto3'), lambda: transfer(ours, 'download', 'boto3'))
        self.row(11, f'boto3 upload_file, {size >> 20} MiB', 'the same client, a null sink', 'MiB/s', 0.95,
                 lambda: transfer(sink, 'upload', 'boto3'), lambda: transfer(ours, 'upload', 'boto3'))
        ours.remove()


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--server', required=True, help='the built server executable')
    parser.add_argument('--load', required=True, help='the built load generator')
    parser.add_argument('--results', required=True, help='the folder for result folders')
    parser.add_argument('--seconds', type=int, default=5, help='length of a leg')
    parser.add_argument('--warm-up-seconds', type=int, default=20, help='for each kind of load before the first leg that counts')
    parser.add_argument('--pairs', type=int, default=5, help='pairs of legs a row')
    parser.add_argument('--rows', type=lambda text: text.split(','), help='only these rows, such as 1,3,9,profile')
    parser.add_argument('--io', type=lambda text: text.split(','), default=['sockets', 'uring'],
                        help='transports; one that the server lacks is left out')
    parser.add_argument('--folder', help='where to put volumes and files (default: the temporary folder)')
    parser.add_argument('--objects', type=int, default=10_000_000, help='objects of the full store of rows 7 and 8')
    parser.add_argument('--few-objects', type=int, default=10_000, help='objects of the store it is compared with')
    parser.add_argument('--body-every', type=int, default=40,
                        help='each so manieth object of the full store has a body of 4 KiB, the others 16 bytes')
    parser.add_argument('--full-volume', help='a volume filled before, for the full store; it is written to')
    parser.add_argument('--idle-connections', type=int, default=10_000, help='row 10')
    parser.add_argument('--uploads', type=int, default=64, help='row 10: uploads of 1 GiB at once')
    parser.add_argument('--upload-seconds', type=int, default=20, help='row 10: how long they run before they are cut off')
    parser.add_argument('--boto3-bytes', type=int, default=1 << 30, help='row 11')
    return parser.parse_args()


def run(options, folder):
    """Returns what the report is made of."""
    legs, benches = Legs(options), []
    wants = lambda *rows: not options.rows or any(row in options.rows for row in rows)
    transports = [io for io in options.io if supports_io(folder, options.server, io)]
    files = os.path.join(folder, 'files', BUCKET)
    stores.write_files(files, SMALL_KEYS, SMALL_BYTES, LARGE_BYTES, options.boto3_bytes if wants('11') else 0)
    try:
        nginx = Nginx('nginx', folder).start()
        sink = Sink('sink', folder).start(options.load)
        volumes = stores.fill(options, folder) if wants('7', '8') else None
        for io in transports:
            bench = Bench(options, folder, legs, nginx, io)
            benches.append(bench)
            if wants('1', '2', '3', '9'):
                bench.run_small()
            if wants('4', '5', '6'):
                bench.run_large()
            if volumes:
                bench.run_many(*volumes)
            if wants('10'):
                bench.run_memory()
            if wants('11'):
                bench.run_boto3(sink)
            if wants('profile'):
                server = bench.server('profile')
                profiles.take(options, folder, legs, server, nginx, io)
    finally:
        stop_all()
    return legs, benches


def main():
    options = parse_arguments()
    # A run that is ended takes its servers with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit('ended by a signal'))
    repository = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    # Named now: the tree may move on while the legs run.
    commit = report.output_of('git', '-C', repository, 'rev-parse', '--short', 'HEAD')
    with tempfile.TemporaryDirectory(prefix='rustfs-bench-', dir=options.folder) as folder:
        os.chmod(folder, 0o755)
        environment = report.environment(repository, options.seconds, options.pairs, folder)
        options.results = os.path.join(options.results, f'{datetime.date.today().isoformat()}-{commit}')
        os.makedirs(options.results, exist_ok=True)
        legs, benches = run(options, folder)
    report.write(options.results, environment, benches, legs.taken)
    print(f'results in {options.results}')


if __name__ == '__main__':
    main()
