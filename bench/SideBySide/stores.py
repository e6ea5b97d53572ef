"""What the servers serve: static files, buckets, filled volumes, and tables of ready-made requests for them."""
import hashlib
import json
import os
import random

import sigv4
from legs import run
from servers import ACCESS_KEY, BUCKET, SECRET_KEY

# Objects that share a common prefix in filled volumes.
GROUP = 100

# Listings walk with so many connections: one alone would leave the server idle while it reads a page.
LIST_STREAMS = 4

# Keys asked for in a filled store: as many as the small store has, and as many as no cache of records holds. wrk keeps the whole
# table, with some 450 bytes for each.
FEW_KEYS = 10_000
MANY_KEYS = {'GET': 250_000, 'PUT': 50_000}


def write_files(folder, small_count, small_bytes, large_bytes, boto3_bytes):
    os.makedirs(folder)
    for number in range(small_count):
        with open(os.path.join(folder, f'small-{number}'), 'wb') as file:
            file.write(os.urandom(small_bytes))
    for name, size in (('large', large_bytes), ('boto3', boto3_bytes)):
        with open(os.path.join(folder, name), 'wb') as file:
            for _ in range(size >> 20):
                file.write(os.urandom(1 << 20))


def put_bucket(server):
    server.send(server.sign('PUT', f'/{BUCKET}'))


def put_files(server, folder, names):
    for name in names:
        with open(os.path.join(folder, name), 'rb') as file:
            server.send(server.sign('PUT', f'/{BUCKET}/{name}', file.read()))


def fill(options, folder):
    """The volumes of few and of many objects, filled through the engine by bench/Load."""
    few, many = os.path.join(folder, 'volume-few'), options.full_volume or os.path.join(folder, 'volume-many')
    volumes = [(few, options.few_objects, 1)]
    if not options.full_volume:
        volumes.append((many, options.objects, options.body_every))
    for volume, objects, body_every in volumes:
        os.makedirs(volume)
        text = run([options.load, 'fill', '--directory', volume, '--bucket', BUCKET, '--objects', str(objects), '--group', str(GROUP),
                    '--body-every', str(body_every)])
        print(f'{objects:,} objects filled in {json.loads(text)["seconds"]} s', flush=True)
    return few, many


def key(number):
    """As bench/Load names them."""
    return f'group-{number // GROUP:06d}/object-{number:08d}'


def list_starts(objects):
    """Where the streams of a listing begin, so that they do not walk side by side."""
    groups = objects // GROUP
    return [f'group-{groups * stream // LIST_STREAMS:06d}' if stream else '' for stream in range(LIST_STREAMS)]


class SmallRequests:
    """GETs and PUTs of small objects over some names, for us and for nginx. Signatures are good for 15 minutes."""

    def __init__(self, folder, server, nginx, count, size):
        self.folder, self.server, self.count = folder, server, count
        self.gets, self.puts = (os.path.join(folder, f'{server.name}-{kind}') for kind in ('gets', 'puts'))
        self.nginx_gets = os.path.join(folder, 'nginx-gets')
        self.body = os.path.join(folder, f'{server.name}-body')
        self.bytes = os.urandom(size)
        with open(self.body, 'wb') as file:
            file.write(self.bytes)
        sigv4.write_requests(self.nginx_gets, [sigv4.plain_request(nginx.host, f'/{BUCKET}/small-{number}') for number in range(count)])
        self.sign_again()

    def sign_again(self):
        names = [f'/{BUCKET}/small-{number}' for number in range(self.count)]
        sigv4.write_requests(self.gets, [self.server.sign('GET', name) for name in names])
        write_puts(self.puts, self.server, [f'/{BUCKET}/put-{number}' for number in range(self.count)], self.bytes)


class RandomRequests:
    """Requests for random objects of a filled volume that have bodies of 4 KiB, each at most once in the table."""

    def __init__(self, folder, server, kind, objects, body_every, size, most):
        self.path = os.path.join(folder, f'{server.name}-random-{kind}')
        numbers = range(0, objects, body_every) if kind == 'GET' else range(objects)
        chosen = random.Random(1).sample(numbers, min(len(numbers), most))
        names = [f'/{BUCKET}/{key(number)}' for number in chosen]
        self.count, self.body = len(names), None
        if kind == 'GET':
            sigv4.write_requests(self.path, (server.sign('GET', name) for name in names))
            return
        self.body = f'{self.path}-body'
        content = os.urandom(size)
        with open(self.body, 'wb') as file:
            file.write(content)
        write_puts(self.path, server, names, content)


def write_puts(path, server, names, body):
    """Heads only: requests.lua puts the body behind each."""
    digest = hashlib.sha256(body).hexdigest()
    sigv4.write_requests(path, (sigv4.signed_head('PUT', server.host, name, ACCESS_KEY, SECRET_KEY, len(body), digest) for name in names))
