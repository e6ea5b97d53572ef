"""One upload_file or download_file with boto3's defaults; prints its time as JSON. Usage: ACTION URL BUCKET KEY BYTES FOLDER"""
import json
import os
import sys
import time

import boto3


def main():
    action, url, bucket, key, size, folder = sys.argv[1:7]
    size, path = int(size), os.path.join(folder, 'body')
    client = boto3.client('s3', endpoint_url=url, region_name='us-east-1')
    if action == 'upload':
        block = os.urandom(1 << 20)
        with open(path, 'wb') as file:
            for _ in range(size >> 20):
                file.write(block)
        begun = time.monotonic()
        client.upload_file(path, bucket, key)
    else:
        begun = time.monotonic()
        client.download_file(bucket, key, path)
        if os.path.getsize(path) != size:
            sys.exit(f'{os.path.getsize(path)} bytes arrived instead of {size}')
    seconds = time.monotonic() - begun
    print(json.dumps({'bytes': size, 'seconds': round(seconds, 3), 'mib_per_second': round(size / seconds / (1 << 20), 1)}))


if __name__ == '__main__':
    main()
