"""Single legs: one load for some seconds against one server. Every leg is recorded as it came."""
import json
import os
import re
import subprocess
import sys
import tempfile

from servers import ACCESS_KEY, SECRET_KEY, HERE

LOAD_CORE = ['taskset', '-c', '1']


def run(command, **options):
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, **options)
    if result.returncode != 0:
        sys.exit(f'{" ".join(command)} ended with {result.returncode}:\n{result.stdout}{result.stderr}')
    return result.stdout


class Legs:
    """Takes legs of the run's length and keeps each in `taken`."""

    def __init__(self, options):
        self.options, self.taken = options, []

    def record(self, server, **leg):
        self.taken.append({'server': server.name if server else '-', **leg})

    def wrk(self, server, requests, connections, body=None):
        """Requests per second."""
        environment = {**os.environ, 'REQUESTS_FILE': requests, 'BODY_FILE': body or ''}
        text = run(LOAD_CORE + ['wrk', '-t1', f'-c{connections}', f'-d{self.options.seconds}s', '--latency', '--timeout', '10s',
                                '-s', os.path.join(HERE, 'requests.lua'), server.url], env=environment)
        leg = json.loads(text.strip().splitlines()[-1])
        self.record(server, tool='wrk', load=os.path.basename(requests), connections=connections, **leg)
        if leg['failures']:
            sys.exit(f'wrk saw {leg["failures"]} failures:\n{text}')
        return leg['requests'] / leg['seconds']

    def load(self, server, kind, path, connections, size=0, signed=True, more=()):
        """What bench/Load printed."""
        keys = ['--access-key', ACCESS_KEY, '--secret-key', SECRET_KEY] if signed else []
        text = run(LOAD_CORE + [self.options.load, 'load', kind, '--url', server.url + path, '--connections', str(connections),
                                '--seconds', str(self.options.seconds), '--bytes', str(size), *keys, *more])
        leg = json.loads(text)
        self.record(server, tool='load', load=kind, connections=connections, **leg)
        return leg

    def transfer(self, server, kind, path, connections, size=0, signed=True):
        """MiB per second."""
        return self.load(server, kind, path, connections, size, signed)['mib_per_second']

    def list(self, server, bucket, starts, delimiter=''):
        """Keys and common prefixes per second."""
        more = ['--start-after', ','.join(starts)] + (['--delimiter', delimiter] if delimiter else [])
        leg = self.load(server, 'list', f'/{bucket}', len(starts), more=more)
        return leg['keys'] / leg['seconds']

    def openssl_md5(self):
        """MiB per second of one core."""
        seconds = str(max(1, int(self.options.seconds)))
        text = run(['taskset', '-c', '0', 'openssl', 'speed', '-seconds', seconds, '-bytes', '1048576', '-evp', 'md5'])
        rate = float(re.findall(r'([0-9.]+)k\s*$', text.strip())[-1]) * 1000 / (1 << 20)
        self.record(None, tool='openssl speed', mib_per_second=round(rate, 1))
        return rate

    def boto3(self, server, action, bucket, key, size):
        """MiB per second of upload_file or download_file with boto3's defaults."""
        with tempfile.TemporaryDirectory(dir=self.options.folder) as folder:
            script = os.path.join(HERE, 'boto3_transfer.py')
            text = run(LOAD_CORE + [sys.executable, script, action, server.url, bucket, key, str(size), folder],
                       env={**os.environ, 'AWS_ACCESS_KEY_ID': ACCESS_KEY, 'AWS_SECRET_ACCESS_KEY': SECRET_KEY})
        leg = json.loads(text)
        self.record(server, tool='boto3', load=action, **leg)
        return leg['mib_per_second']
