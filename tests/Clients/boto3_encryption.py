"""Server-side encryption through boto3: the server's keys, keys of a KMS, customers' keys, a bucket's default, copies between all of them.

Runs over TLS, without which no customer's key is taken, against a server that has the keys "first" and "finance".
"""
import base64
import io
import json
import os
import ssl
import tempfile
import urllib.error
import urllib.request

from boto3.s3.transfer import TransferConfig

import harness
from harness import MIB, case, client, expect_error, md5_hex, random_bytes

s3 = client()
s3.create_bucket(Bucket='encrypted')
BUCKET = 'encrypted'
KEY, OTHER_KEY = random_bytes(32, seed=11), random_bytes(32, seed=12)
CUSTOMER = {'SSECustomerAlgorithm': 'AES256', 'SSECustomerKey': KEY}
OTHER_CUSTOMER = {'SSECustomerAlgorithm': 'AES256', 'SSECustomerKey': OTHER_KEY}
SOURCE_CUSTOMER = {'CopySourceSSECustomerAlgorithm': 'AES256', 'CopySourceSSECustomerKey': KEY}
KEY_MD5 = base64.b64encode(bytes.fromhex(md5_hex(KEY))).decode()
FINANCE_ARN = 'arn:aws:kms:us-east-1:000000000000:key/finance'
BODY = random_bytes(200_001, seed=3)


def read(key, **options):
    return s3.get_object(Bucket=BUCKET, Key=key, **options)['Body'].read()


def send(url, method='GET', data=None, headers=None):
    request = urllib.request.Request(url, data=data, method=method, headers=headers or {})
    context = ssl.create_default_context(cafile=os.environ['AWS_CA_BUNDLE'])
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    try:
        with opener.open(request) as response:
            return response.status, dict(response.headers), response.read()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read()


@case
def the_servers_key():
    put = s3.put_object(Bucket=BUCKET, Key='s3', Body=BODY, ServerSideEncryption='AES256')
    assert put['ServerSideEncryption'] == 'AES256' and put['ETag'] == f'"{md5_hex(BODY)}"'
    head = s3.head_object(Bucket=BUCKET, Key='s3', ChecksumMode='ENABLED')
    assert (head['ServerSideEncryption'], head['ContentLength'], head['ChecksumCRC32']) == ('AES256', len(BODY), put['ChecksumCRC32'])
    assert read('s3') == BODY
    assert read('s3', Range='bytes=65530-65545') == BODY[65530:65546]
    assert read('s3', Range='bytes=-3') == BODY[-3:]
    assert read('s3', PartNumber=1) == BODY
    assert [entry['Size'] for entry in s3.list_objects_v2(Bucket=BUCKET, Prefix='s3')['Contents']] == [len(BODY)]
    expect_error('InvalidRange', 416, s3.get_object, Bucket=BUCKET, Key='s3', Range=f'bytes={len(BODY)}-')


@case
def keys_of_a_kms():
    context = base64.b64encode(json.dumps({'department': 'x'}).encode()).decode()
    put = s3.put_object(Bucket=BUCKET, Key='kms', Body=BODY, ServerSideEncryption='aws:kms', SSEKMSKeyId='alias/finance',
                        SSEKMSEncryptionContext=context, BucketKeyEnabled=True)
    assert (put['ServerSideEncryption'], put['SSEKMSKeyId'], put['SSEKMSEncryptionContext']) == ('aws:kms', FINANCE_ARN, context)
    assert put['BucketKeyEnabled'] is True and put['ETag'] != f'"{md5_hex(BODY)}"'
    got = s3.get_object(Bucket=BUCKET, Key='kms')
    assert (got['SSEKMSKeyId'], got['BucketKeyEnabled'], got['ETag']) == (FINANCE_ARN, True, put['ETag'])
    assert got['Body'].read() == BODY
    put = s3.put_object(Bucket=BUCKET, Key='kms-first', Body=b'x', ServerSideEncryption='aws:kms')
    assert put['SSEKMSKeyId'] == 'arn:aws:kms:us-east-1:000000000000:key/first'
    expect_error('KMS.NotFoundException', 400, s3.put_object, Bucket=BUCKET, Key='no', Body=b'x', ServerSideEncryption='aws:kms',
                 SSEKMSKeyId='arn:aws:kms:us-east-1:123456789012:key/nobody')
    expect_error('NotImplemented', 501, s3.put_object, Bucket=BUCKET, Key='no', Body=b'x', ServerSideEncryption='aws:kms:dsse')


@case
def a_customers_key():
    put = s3.put_object(Bucket=BUCKET, Key='own', Body=BODY, **CUSTOMER)
    assert (put['SSECustomerAlgorithm'], put['SSECustomerKeyMD5']) == ('AES256', KEY_MD5) and 'ServerSideEncryption' not in put
    assert read('own', **CUSTOMER) == BODY
    assert read('own', Range='bytes=100000-140000', **CUSTOMER) == BODY[100000:140001]
    assert s3.head_object(Bucket=BUCKET, Key='own', **CUSTOMER)['SSECustomerKeyMD5'] == KEY_MD5
    expect_error('InvalidRequest', 400, s3.get_object, Bucket=BUCKET, Key='own')
    expect_error('AccessDenied', 403, s3.get_object, Bucket=BUCKET, Key='own', **OTHER_CUSTOMER)
    expect_error('400', 400, s3.head_object, Bucket=BUCKET, Key='own')
    expect_error('403', 403, s3.head_object, Bucket=BUCKET, Key='own', **OTHER_CUSTOMER)
    s3.put_object(Bucket=BUCKET, Key='plain', Body=b'plain')
    expect_error('InvalidRequest', 400, s3.get_object, Bucket=BUCKET, Key='plain', **CUSTOMER)
    expect_error('InvalidArgument', 400, s3.put_object, Bucket=BUCKET, Key='no', Body=b'x', SSECustomerAlgorithm='AES256',
                 SSECustomerKey=base64.b64encode(KEY).decode(), SSECustomerKeyMD5='DWygnHRtgiJ77HCm+1rvHw==')
    expect_error('InvalidArgument', 400, s3.put_object, Bucket=BUCKET, Key='no', Body=b'x', SSECustomerAlgorithm='AES256',
                 SSECustomerKey=b'short')
    expect_error('InvalidEncryptionAlgorithmError', 400, s3.put_object, Bucket=BUCKET, Key='no', Body=b'x', SSECustomerAlgorithm='DES',
                 SSECustomerKey=KEY)
    # For this call boto3 encodes no key by itself.
    as_text = {'SSECustomerAlgorithm': 'AES256', 'SSECustomerKey': base64.b64encode(KEY).decode(), 'SSECustomerKeyMD5': KEY_MD5}
    assert s3.get_object_attributes(Bucket=BUCKET, Key='own', ObjectAttributes=['ObjectSize'], **as_text)['ObjectSize'] == len(BODY)


@case
def copies_between_all_of_them():
    ways = {
        'plain': ({}, {}, {}),
        's3': ({'ServerSideEncryption': 'AES256'}, {}, {}),
        'kms': ({'ServerSideEncryption': 'aws:kms', 'SSEKMSKeyId': 'finance'}, {}, {}),
        'own': (CUSTOMER, CUSTOMER, SOURCE_CUSTOMER),
    }
    for source, (write, _, read_source) in ways.items():
        s3.put_object(Bucket=BUCKET, Key=f'from-{source}', Body=BODY, Metadata={'a': '1'}, **write)
        for target, (write_target, read_target, _) in ways.items():
            key = f'{source}-to-{target}'
            copy = s3.copy_object(Bucket=BUCKET, Key=key, CopySource={'Bucket': BUCKET, 'Key': f'from-{source}'},
                                  **write_target, **read_source)
            assert copy.get('ServerSideEncryption') == {'s3': 'AES256', 'kms': 'aws:kms'}.get(target), key
            assert copy.get('SSECustomerKeyMD5') == (KEY_MD5 if target == 'own' else None), key
            assert read(key, **read_target) == BODY, key
            is_md5 = copy['CopyObjectResult']['ETag'] == f'"{md5_hex(BODY)}"'
            assert is_md5 == (target in ('plain', 's3')), key
    expect_error('InvalidRequest', 400, s3.copy_object, Bucket=BUCKET, Key='no', CopySource={'Bucket': BUCKET, 'Key': 'from-own'})
    # A customer's key is changed by a copy onto itself.
    s3.copy_object(Bucket=BUCKET, Key='from-own', CopySource={'Bucket': BUCKET, 'Key': 'from-own'}, **OTHER_CUSTOMER, **SOURCE_CUSTOMER)
    assert read('from-own', **OTHER_CUSTOMER) == BODY
    expect_error('AccessDenied', 403, s3.get_object, Bucket=BUCKET, Key='from-own', **CUSTOMER)


@case
def large_files_in_parts():
    data = random_bytes(18 * MIB + 5, seed=9)
    config = TransferConfig(multipart_threshold=6 * MIB, multipart_chunksize=6 * MIB)
    with tempfile.TemporaryDirectory() as folder:
        for key, extra, extra_read in (('big-s3', {'ServerSideEncryption': 'AES256'}, None), ('big-own', CUSTOMER, CUSTOMER),
                                       ('big-kms', {'ServerSideEncryption': 'aws:kms', 'SSEKMSKeyId': 'finance'}, None)):
            s3.upload_fileobj(io.BytesIO(data), BUCKET, key, ExtraArgs=extra, Config=config)
            path = os.path.join(folder, key)
            s3.download_file(BUCKET, key, path, ExtraArgs=extra_read, Config=config)
            with open(path, 'rb') as file:
                assert file.read() == data, key
            # The transfer manager copies large objects in parts, each from a range of the source.
            copy_extra = dict(extra) | (SOURCE_CUSTOMER if key == 'big-own' else {})
            s3.copy({'Bucket': BUCKET, 'Key': key}, BUCKET, key + '-copy', ExtraArgs=copy_extra, Config=config, SourceClient=s3)
            assert read(key + '-copy', **(extra_read or {})) == data, key
            part = read(key, PartNumber=2, **(extra_read or {}))
            assert part == data[6 * MIB:12 * MIB], key
    assert s3.head_object(Bucket=BUCKET, Key='big-s3')['ETag'].endswith('-4"')
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key='parts', **CUSTOMER)['UploadId']
    expect_error('InvalidRequest', 400, s3.upload_part, Bucket=BUCKET, Key='parts', UploadId=upload, PartNumber=1, Body=b'x')
    expect_error('AccessDenied', 403, s3.upload_part, Bucket=BUCKET, Key='parts', UploadId=upload, PartNumber=1, Body=b'x', **OTHER_CUSTOMER)
    s3.abort_multipart_upload(Bucket=BUCKET, Key='parts', UploadId=upload)


@case
def appends():
    s3.put_object(Bucket=BUCKET, Key='log', Body=b'one', ServerSideEncryption='AES256')
    appended = s3.put_object(Bucket=BUCKET, Key='log', Body=BODY, WriteOffsetBytes=3)
    assert (appended['ServerSideEncryption'], appended['Size']) == ('AES256', 3 + len(BODY))
    assert read('log') == b'one' + BODY


@case
def a_buckets_default():
    name = 'encrypted-by-default'
    s3.create_bucket(Bucket=name)
    expect_error('ServerSideEncryptionConfigurationNotFoundError', 404, s3.get_bucket_encryption, Bucket=name)
    rule = {'ApplyServerSideEncryptionByDefault': {'SSEAlgorithm': 'aws:kms', 'KMSMasterKeyID': FINANCE_ARN}, 'BucketKeyEnabled': True}
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={'Rules': [rule]})
    assert s3.get_bucket_encryption(Bucket=name)['ServerSideEncryptionConfiguration']['Rules'] == [rule]
    put = s3.put_object(Bucket=name, Key='key', Body=BODY)
    assert (put['ServerSideEncryption'], put['SSEKMSKeyId'], put['BucketKeyEnabled']) == ('aws:kms', FINANCE_ARN, True)
    assert s3.copy_object(Bucket=name, Key='copy', CopySource={'Bucket': BUCKET, 'Key': 's3'})['ServerSideEncryption'] == 'aws:kms'
    assert s3.get_object(Bucket=name, Key='copy')['Body'].read() == BODY
    assert s3.put_object(Bucket=name, Key='own', Body=b'x', **CUSTOMER)['SSECustomerKeyMD5'] == KEY_MD5
    form = s3.generate_presigned_post(name, 'form')
    status, headers, _ = send_form(form, b'from a form')
    assert (status, headers['x-amz-server-side-encryption']) == (204, 'aws:kms')
    assert s3.get_object(Bucket=name, Key='form')['Body'].read() == b'from a form'
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={
        'Rules': [{'ApplyServerSideEncryptionByDefault': {'SSEAlgorithm': 'AES256'}}]})
    assert s3.put_object(Bucket=name, Key='key', Body=b'x')['ServerSideEncryption'] == 'AES256'
    s3.delete_bucket_encryption(Bucket=name)
    assert 'ServerSideEncryption' not in s3.put_object(Bucket=name, Key='key', Body=b'x')
    expect_error('KMS.NotFoundException', 400, s3.put_bucket_encryption, Bucket=name, ServerSideEncryptionConfiguration={
        'Rules': [{'ApplyServerSideEncryptionByDefault': {'SSEAlgorithm': 'aws:kms', 'KMSMasterKeyID': 'nobody'}}]})


def send_form(form, data, **more):
    boundary = 'boundary'
    body = b''.join(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
                    for name, value in {**form['fields'], **more}.items())
    body += f'--{boundary}\r\nContent-Disposition: form-data; name="file"\r\n\r\n'.encode() + data + f'\r\n--{boundary}--\r\n'.encode()
    return send(form['url'], 'POST', body, {'Content-Type': f'multipart/form-data; boundary={boundary}'})


@case
def forms_ask_for_it():
    fields = {'x-amz-server-side-encryption': 'AES256'}
    form = s3.generate_presigned_post(BUCKET, 'form', Fields=fields, Conditions=[fields])
    status, headers, _ = send_form(form, BODY)
    assert (status, headers['x-amz-server-side-encryption']) == (204, 'AES256')
    assert read('form') == BODY
    fields = {'x-amz-server-side-encryption-customer-algorithm': 'AES256',
              'x-amz-server-side-encryption-customer-key': base64.b64encode(KEY).decode(),
              'x-amz-server-side-encryption-customer-key-MD5': KEY_MD5}
    form = s3.generate_presigned_post(BUCKET, 'form-own', Fields=fields, Conditions=[{name: value} for name, value in fields.items()])
    assert send_form(form, BODY)[0] == 204
    assert read('form-own', **CUSTOMER) == BODY


@case
def presigned_urls():
    url = s3.generate_presigned_url('put_object', Params={'Bucket': BUCKET, 'Key': 'url', 'ServerSideEncryption': 'AES256'})
    status, headers, _ = send(url, 'PUT', BODY, {'x-amz-server-side-encryption': 'AES256', 'Content-Type': ''})
    assert (status, headers['x-amz-server-side-encryption']) == (200, 'AES256')
    status, headers, body = send(s3.generate_presigned_url('get_object', Params={'Bucket': BUCKET, 'Key': 'url'}))
    assert (status, body) == (200, BODY)
    # The key itself is never in a URL: whoever uses it sends the header that was signed.
    own = {'x-amz-server-side-encryption-customer-algorithm': 'AES256',
           'x-amz-server-side-encryption-customer-key': base64.b64encode(KEY).decode(),
           'x-amz-server-side-encryption-customer-key-MD5': KEY_MD5}
    url = s3.generate_presigned_url('get_object', Params={'Bucket': BUCKET, 'Key': 'own', **CUSTOMER})
    status, headers, body = send(url, headers=own)
    assert (status, body) == (200, BODY), body
    plain_url = s3.generate_presigned_url('get_object', Params={'Bucket': BUCKET, 'Key': 'own'})
    assert send(plain_url)[0] == 400


harness.run_cases()
