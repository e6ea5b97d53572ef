"""What the boto3 scripts share: clients for the server under test, a case list with its runner, and slow but plain checksums."""
import base64
import hashlib
import os
import random
import socket
import sys
import traceback
import zlib

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ENDPOINT = os.environ['S3_ENDPOINT']
ACCESS_KEY = os.environ['AWS_ACCESS_KEY_ID']
SECRET_KEY = os.environ['AWS_SECRET_ACCESS_KEY']
MIB = 1 << 20

CASES = []


def case(function):
    """Registers a case; the runner calls them in the order of the file."""
    CASES.append(function)
    return function


def run_cases():
    """Runs every case and exits with 1 when one failed. Each failure is printed with its traceback."""
    failed = 0
    for function in CASES:
        try:
            function()
            print(f'passed {function.__name__}', flush=True)
        except Exception:
            failed += 1
            print(f'FAILED {function.__name__}', flush=True)
            traceback.print_exc()
            sys.stderr.flush()
    print(f'{len(CASES) - failed} of {len(CASES)} cases passed')
    sys.exit(1 if failed or not CASES else 0)


def client(endpoint=None, access_key=ACCESS_KEY, secret_key=SECRET_KEY, region='us-east-1', **config):
    """A client that does not retry, so that an error of the server shows as one."""
    config.setdefault('signature_version', 's3v4')
    config.setdefault('retries', {'max_attempts': 1, 'mode': 'standard'})
    return boto3.client('s3', endpoint_url=endpoint or ENDPOINT, aws_access_key_id=access_key, aws_secret_access_key=secret_key,
                        region_name=region, config=Config(**config))


def expect_error(code, status, call, *args, **kwargs):
    """Runs a call that must fail with an S3 code and an HTTP status; returns the error response."""
    try:
        call(*args, **kwargs)
    except ClientError as error:
        found = (error.response['Error']['Code'], error.response['ResponseMetadata']['HTTPStatusCode'])
        assert found == (code, status), f'expected {(code, status)}, got {found}: {error}'
        return error.response
    raise AssertionError(f'expected {code}, but the call succeeded')


def random_bytes(length, seed=1):
    return random.Random(seed).randbytes(length)


def md5_hex(data):
    return hashlib.md5(data).hexdigest()


def base64_text(digest):
    return base64.b64encode(digest).decode('ascii')


def resolve_localhost_names():
    """Lets every name under .localhost lead to the loopback address (RFC 6761), which not every resolver does."""
    resolve = socket.getaddrinfo

    def getaddrinfo(host, *args, **kwargs):
        name = host.decode() if isinstance(host, bytes) else host
        return resolve('127.0.0.1' if name and name.endswith('localhost') else host, *args, **kwargs)

    socket.getaddrinfo = getaddrinfo


def empty_and_delete(s3, bucket):
    for page in s3.get_paginator('list_objects_v2').paginate(Bucket=bucket):
        for entry in page.get('Contents', []):
            s3.delete_object(Bucket=bucket, Key=entry['Key'])
    s3.delete_bucket(Bucket=bucket)


def _reflected_table(polynomial):
    table = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ polynomial if value & 1 else value >> 1
        table.append(value)
    return table


CRC32C_TABLE = _reflected_table(0x82F63B78)
CRC64NVME_TABLE = _reflected_table(0x9A6C9329AC4BC9B5)


def _reflected_crc(table, mask, data):
    crc = mask
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ mask


CHECKSUMS = {
    'CRC32': lambda data: zlib.crc32(data).to_bytes(4, 'big'),
    'CRC32C': lambda data: _reflected_crc(CRC32C_TABLE, 0xFFFFFFFF, data).to_bytes(4, 'big'),
    'CRC64NVME': lambda data: _reflected_crc(CRC64NVME_TABLE, 0xFFFFFFFFFFFFFFFF, data).to_bytes(8, 'big'),
    'SHA1': lambda data: hashlib.sha1(data).digest(),
    'SHA256': lambda data: hashlib.sha256(data).digest(),
}
