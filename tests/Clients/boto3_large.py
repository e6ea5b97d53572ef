"""upload_file and download_file of a large file with boto3's defaults; argument: the size in MiB. The caller watches the server's memory."""
import hashlib
import os
import sys
import tempfile
import time

import boto3

import harness

SIZE_MIB = int(sys.argv[1])
BUCKET = f'large-{SIZE_MIB}'
s3 = boto3.client('s3', endpoint_url=harness.ENDPOINT, region_name='us-east-1')


def sha256(path):
    with open(path, 'rb') as file:
        return hashlib.file_digest(file, 'sha256').hexdigest() if hasattr(hashlib, 'file_digest') else hashlib.sha256(file.read()).hexdigest()


with tempfile.TemporaryDirectory(prefix='large-', dir=os.environ.get('S3_WORK_FOLDER')) as folder:
    source, target = os.path.join(folder, 'source'), os.path.join(folder, 'target')
    block = harness.random_bytes(harness.MIB)
    with open(source, 'wb') as file:
        for number in range(SIZE_MIB):
            # Each MiB begins with its number, so that blocks out of place show.
            file.write(number.to_bytes(8, 'big') + block[8:])
    s3.create_bucket(Bucket=BUCKET)
    started = time.monotonic()
    s3.upload_file(source, BUCKET, 'large.bin')
    uploaded = time.monotonic()
    s3.download_file(BUCKET, 'large.bin', target)
    print(f'{SIZE_MIB} MiB: up {uploaded - started:.1f} s, down {time.monotonic() - uploaded:.1f} s')
    assert os.path.getsize(target) == SIZE_MIB * harness.MIB
    assert sha256(source) == sha256(target)
    harness.empty_and_delete(s3, BUCKET)
