"""Every step of the project's boto3 guide, in its order, against a running server. A failed step ends the script with an error."""
import hashlib
import os
import socket
import subprocess
import tempfile
import urllib.error
import urllib.request
import xml.etree.ElementTree

import boto3
from botocore import UNSIGNED
from botocore.client import Config
from botocore.exceptions import ClientError, EndpointConnectionError

import harness

os.chdir(tempfile.mkdtemp(prefix='guide-', dir=os.environ.get('S3_WORK_FOLDER')))
with open('hello.txt', 'w') as hello:
    hello.write('Hello from the guide.\n')
with open('largefile.bin', 'wb') as large:
    large.write(harness.random_bytes(12 * harness.MIB + 4321))


def digest(path):
    with open(path, 'rb') as file:
        return hashlib.sha256(file.read()).hexdigest()


# 3. Connect
s3 = boto3.client(
    's3',
    endpoint_url=harness.ENDPOINT,
    aws_access_key_id='rustfsadmin',
    aws_secret_access_key='rustfssecret',
    config=Config(signature_version='s3v4'),
    region_name='us-east-1'
)

# 4.1 Create a bucket: the second create takes the except branch
bucket_name = 'my-bucket'
branches = []
for _ in range(2):
    try:
        s3.create_bucket(Bucket=bucket_name)
        branches.append('created')
        print(f'Bucket {bucket_name} created.')
    except s3.exceptions.BucketAlreadyOwnedByYou:
        branches.append('exists')
        print(f'Bucket {bucket_name} already exists.')
assert branches == ['created', 'exists'], branches

# 4.2 Upload a file
s3.upload_file('hello.txt', bucket_name, 'hello.txt')
print('File uploaded.')

# 4.3 Download a file
s3.download_file(bucket_name, 'hello.txt', 'hello-downloaded.txt')
print('File downloaded.')
assert digest('hello.txt') == digest('hello-downloaded.txt')

# 4.4 List objects
response = s3.list_objects_v2(Bucket=bucket_name)
for obj in response.get('Contents', []):
    print(f"- {obj['Key']} ({obj['Size']} bytes)")
assert [(obj['Key'], obj['Size']) for obj in response['Contents']] == [('hello.txt', os.path.getsize('hello.txt'))]

# 5.1.1 A presigned link for download, used by curl
url = s3.generate_presigned_url(
    ClientMethod='get_object',
    Params={'Bucket': bucket_name, 'Key': 'hello.txt'},
    ExpiresIn=600
)
print('Presigned GET URL:', url)
subprocess.run(['curl', '-sSf', '-o', 'by-url.txt', url], check=True)
assert digest('by-url.txt') == digest('hello.txt')

# 5.1.2 A presigned link for upload, used by curl
url = s3.generate_presigned_url(
    ClientMethod='put_object',
    Params={'Bucket': bucket_name, 'Key': 'upload-by-url.txt'},
    ExpiresIn=600
)
print('Presigned PUT URL:', url)
subprocess.run(['curl', '-sSf', '-X', 'PUT', '--upload-file', 'hello.txt', url], check=True)
assert s3.get_object(Bucket=bucket_name, Key='upload-by-url.txt')['Body'].read() == open('hello.txt', 'rb').read()


# 5.2 Multipart upload with 5 MiB parts; fail_at simulates an error at that part, which must abort the upload
def upload_in_parts(key, fail_at=None):
    file_path = 'largefile.bin'
    part_size = 5 * 1024 * 1024  # 5 MB

    # 1. Start the upload
    response = s3.create_multipart_upload(Bucket=bucket_name, Key=key)
    upload_id = response['UploadId']
    parts = []

    try:
        with open(file_path, 'rb') as f:
            part_number = 1
            while True:
                data = f.read(part_size)
                if not data:
                    break
                if part_number == fail_at:
                    raise OSError('simulated read error')

                part = s3.upload_part(
                    Bucket=bucket_name,
                    Key=key,
                    PartNumber=part_number,
                    UploadId=upload_id,
                    Body=data
                )

                parts.append({'ETag': part['ETag'], 'PartNumber': part_number})
                print(f'Uploaded part {part_number}')
                part_number += 1

            # 2. Complete the upload
            s3.complete_multipart_upload(
                Bucket=bucket_name,
                Key=key,
                UploadId=upload_id,
                MultipartUpload={'Parts': parts}
            )
            print('Multipart upload complete.')

    except Exception as e:
        # Abort the upload
        s3.abort_multipart_upload(Bucket=bucket_name, Key=key, UploadId=upload_id)
        print('Multipart upload aborted due to error:', e)
    return upload_id


upload_in_parts('largefile.bin')
s3.download_file(bucket_name, 'largefile.bin', 'largefile-downloaded.bin')
assert digest('largefile-downloaded.bin') == digest('largefile.bin')
assert s3.head_object(Bucket=bucket_name, Key='largefile.bin')['ETag'].endswith('-3"')

aborted = upload_in_parts('aborted.bin', fail_at=2)
harness.expect_error('NoSuchUpload', 404, s3.list_parts, Bucket=bucket_name, Key='aborted.bin', UploadId=aborted)
harness.expect_error('404', 404, s3.head_object, Bucket=bucket_name, Key='aborted.bin')
assert 'Uploads' not in s3.list_multipart_uploads(Bucket=bucket_name)


# 6. Troubleshooting: each cause gives its code, a message that says what to do, and well-formed XML
def other_client(**changes):
    settings = {'endpoint_url': harness.ENDPOINT, 'aws_access_key_id': 'rustfsadmin', 'aws_secret_access_key': 'rustfssecret',
                'region_name': 'us-east-1', 'config': Config(signature_version='s3v4', retries={'max_attempts': 0})}
    settings.update(changes)
    return boto3.client('s3', **settings)


old_signature = other_client(config=Config(signature_version='s3'))
error = harness.expect_error('SignatureDoesNotMatch', 403, old_signature.list_objects_v2, Bucket=bucket_name)
assert 's3v4' in error['Error']['Message'], error

wrong_secret = other_client(aws_secret_access_key='not-the-secret')
error = harness.expect_error('SignatureDoesNotMatch', 403, wrong_secret.list_objects_v2, Bucket=bucket_name)
assert 'secret' in error['Error']['Message'].lower(), error

with socket.socket() as unused:
    unused.bind(('127.0.0.1', 0))
    closed_port = unused.getsockname()[1]
try:
    other_client(endpoint_url=f'http://127.0.0.1:{closed_port}').list_buckets()
    raise AssertionError('a closed port answered')
except EndpointConnectionError:
    pass

harness.expect_error('AccessDenied', 403, other_client(config=Config(signature_version=UNSIGNED)).list_objects_v2, Bucket=bucket_name)
harness.expect_error('InvalidAccessKeyId', 403, other_client(aws_access_key_id='nobody').list_objects_v2, Bucket=bucket_name)

harness.resolve_localhost_names()
port = harness.ENDPOINT.rsplit(':', 1)[1]
virtual_host = other_client(endpoint_url=f'http://s3.localhost:{port}',
                            config=Config(signature_version='s3v4', s3={'addressing_style': 'virtual'}))
for call in (lambda: virtual_host.list_objects_v2(Bucket=bucket_name),
             lambda: virtual_host.get_object(Bucket=bucket_name, Key='hello.txt')):
    error = harness.expect_error('PermanentRedirect', 301, call)
    assert 'path' in error['Error']['Message'] and 'RUSTFS_SERVER_DOMAINS' in error['Error']['Message'], error
other_client(endpoint_url=f'http://s3.localhost:{port}',
             config=Config(s3={'addressing_style': 'path'})).list_objects_v2(Bucket=bucket_name)

try:
    urllib.request.urlopen(f'{harness.ENDPOINT}/{bucket_name}/hello.txt')
    raise AssertionError('an unsigned GET was answered')
except urllib.error.HTTPError as refused:
    assert refused.code == 403 and refused.headers['Content-Type'] == 'application/xml', refused.headers
    root = xml.etree.ElementTree.fromstring(refused.read())
    assert root.tag == 'Error' and root.findtext('Code') == 'AccessDenied', root
    assert root.findtext('Message') and root.findtext('RequestId'), root
    assert root.findtext('Resource') == f'/{bucket_name}/hello.txt', root.findtext('Resource')

# 3. Any region is accepted
for region in ('eu-west-1', 'cn-north-1', 'somewhere-else-7'):
    assert other_client(region_name=region).head_bucket(Bucket=bucket_name)['ResponseMetadata']['HTTPStatusCode'] == 200


# 7. The two short functions of the appendix
def upload_file(local_path, bucket, object_key):
    s3.upload_file(local_path, bucket, object_key)
    print(f"Uploaded {local_path} to s3://{bucket}/{object_key}")


def download_file(bucket, object_key, local_path):
    s3.download_file(bucket, object_key, local_path)
    print(f"Downloaded s3://{bucket}/{object_key} to {local_path}")


upload_file('largefile.bin', bucket_name, 'folder/again.bin')
download_file(bucket_name, 'folder/again.bin', 'again.bin')
assert digest('again.bin') == digest('largefile.bin')

# 4.5 Delete objects and the bucket; a bucket that still holds something is refused
s3.delete_object(Bucket=bucket_name, Key='hello.txt')
print('Object deleted.')
harness.expect_error('NoSuchKey', 404, s3.get_object, Bucket=bucket_name, Key='hello.txt')
try:
    s3.delete_bucket(Bucket=bucket_name)
    raise AssertionError('a bucket with objects was deleted')
except ClientError as refused:
    assert refused.response['Error']['Code'] == 'BucketNotEmpty', refused
for key in ('upload-by-url.txt', 'largefile.bin', 'folder/again.bin'):
    s3.delete_object(Bucket=bucket_name, Key=key)

s3.delete_bucket(Bucket=bucket_name)
print('Bucket deleted.')
harness.expect_error('NoSuchBucket', 404, s3.list_objects_v2, Bucket=bucket_name)
print('The guide works.')
