"""Appends, renames and shared copies through boto3, which knows the first two from directory buckets."""
import base64
import concurrent.futures
import zlib

import harness
from harness import MIB, case, client, expect_error

s3 = client()
s3.create_bucket(Bucket='appends')


def append(key, offset, body, **options):
    return s3.put_object(Bucket='appends', Key=key, Body=body, WriteOffsetBytes=offset, **options)


def read(key, **options):
    return s3.get_object(Bucket='appends', Key=key, **options)['Body'].read()


def crc32(body):
    return base64.b64encode(zlib.crc32(body).to_bytes(4, 'big')).decode()


@case
def a_log_grows_and_keeps_its_checksum():
    log = b''
    for number in range(30):
        line = f'line {number}\n'.encode() * (number * 500 + 1)
        answer = append('log', len(log), line)
        log += line
        assert answer['Size'] == len(log)
        assert answer['ChecksumCRC32'] == crc32(log) and answer['ChecksumType'] == 'FULL_OBJECT'
        # boto3 verifies the checksum of the whole object as it reads.
        assert read('log') == log
    head = s3.head_object(Bucket='appends', Key='log', ChecksumMode='ENABLED')
    assert head['ContentLength'] == len(log) and head['ChecksumCRC32'] == crc32(log)
    assert s3.head_object(Bucket='appends', Key='log', PartNumber=30)['PartsCount'] == 30


@case
def wrong_offsets_and_lost_conditions_change_nothing():
    tag = append('once', 0, b'one', IfNoneMatch='*')['ETag']
    expect_error('InvalidWriteOffset', 400, append, 'once', 2, b'two')
    expect_error('NoSuchKey', 404, append, 'never', 5, b'two')
    expect_error('PreconditionFailed', 412, append, 'once', 3, b'two', IfMatch='"00000000000000000000000000000000"')
    expect_error('InvalidRequest', 400, append, 'once', 3, b'two', Metadata={'a': '1'})
    expect_error('InvalidRequest', 400, append, 'once', 3, b'two', ChecksumAlgorithm='SHA256')
    append('once', 3, b'two', IfMatch=tag)
    assert read('once') == b'onetwo'


@case
def racing_appenders_neither_interleave_nor_lose():
    append('race', 0, b'start\n')

    def writer(number):
        own = client()
        for line in range(10):
            while True:
                size = own.head_object(Bucket='appends', Key='race')['ContentLength']
                try:
                    own.put_object(Bucket='appends', Key='race', Body=f'{number}.{line}\n'.encode(), WriteOffsetBytes=size)
                    break
                except own.exceptions.InvalidWriteOffset:
                    pass

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(writer, range(4)))
    lines = read('race').decode().split()
    assert sorted(lines[1:]) == sorted(f'{number}.{line}' for number in range(4) for line in range(10))
    for number in range(4):
        assert [line for line in lines if line.startswith(f'{number}.')] == [f'{number}.{line}' for line in range(10)]


@case
def a_multipart_object_is_gone_on_with():
    upload = s3.create_multipart_upload(Bucket='appends', Key='big', ChecksumAlgorithm='CRC32', ChecksumType='FULL_OBJECT')['UploadId']
    body = b'p' * (5 * MIB)
    part = s3.upload_part(Bucket='appends', Key='big', UploadId=upload, PartNumber=1, Body=body, ChecksumAlgorithm='CRC32')
    s3.complete_multipart_upload(Bucket='appends', Key='big', UploadId=upload, MultipartUpload={
        'Parts': [{'PartNumber': 1, 'ETag': part['ETag'], 'ChecksumCRC32': part['ChecksumCRC32']}]})
    answer = append('big', len(body), b'tail')
    assert answer['ETag'].endswith('-2"') and answer['ChecksumCRC32'] == crc32(body + b'tail')
    assert read('big') == body + b'tail'
    s3.copy_object(Bucket='appends', Key='copy', CopySource='appends/big')
    append('copy', len(body) + 4, b'more')
    assert read('copy') == body + b'tailmore' and read('big') == body + b'tail'
    s3.delete_object(Bucket='appends', Key='big')
    assert read('copy') == body + b'tailmore'


@case
def objects_are_renamed():
    s3.put_object(Bucket='appends', Key='old name/é', Body=b'body', Metadata={'a': '1'})
    before = s3.head_object(Bucket='appends', Key='old name/é')
    s3.rename_object(Bucket='appends', Key='new', RenameSource='appends/old%20name/%C3%A9', SourceIfMatch=before['ETag'],
                     DestinationIfNoneMatch='*')
    after = s3.head_object(Bucket='appends', Key='new')
    assert (after['ETag'], after['LastModified'], after['Metadata']) == (before['ETag'], before['LastModified'], {'a': '1'})
    expect_error('404', 404, s3.head_object, Bucket='appends', Key='old name/é')
    expect_error('NoSuchKey', 404, s3.rename_object, Bucket='appends', Key='other', RenameSource='appends/old%20name/%C3%A9')
    s3.put_object(Bucket='appends', Key='taken', Body=b'taken')
    expect_error('PreconditionFailed', 412, s3.rename_object, Bucket='appends', Key='taken', RenameSource='appends/new',
                 DestinationIfNoneMatch='*')
    assert read('taken') == b'taken' and read('new') == b'body'


@case
def a_rename_sent_again_is_done_once():
    s3.put_object(Bucket='appends', Key='from', Body=b'one')
    rename = {'Bucket': 'appends', 'Key': 'to', 'RenameSource': 'appends/from', 'ClientToken': 'token-1'}
    s3.rename_object(**rename)
    s3.rename_object(**rename)
    assert read('to') == b'one'
    expect_error('IdempotencyParameterMismatch', 400, s3.rename_object, **{**rename, 'Key': 'elsewhere'})


@case
def in_a_versioned_bucket_nothing_is_lost():
    s3.create_bucket(Bucket='appends-versioned')
    s3.put_bucket_versioning(Bucket='appends-versioned', VersioningConfiguration={'Status': 'Enabled'})
    made = []
    for number in range(3):
        made.append(s3.put_object(Bucket='appends-versioned', Key='log', Body=b'x' * 100_000, WriteOffsetBytes=number * 100_000)['VersionId'])
    s3.rename_object(Bucket='appends-versioned', Key='moved', RenameSource='appends-versioned/log')
    for number, version in enumerate(made):
        got = s3.get_object(Bucket='appends-versioned', Key='log', VersionId=version)
        assert got['Body'].read() == b'x' * ((number + 1) * 100_000)
    for version in made:
        s3.delete_object(Bucket='appends-versioned', Key='log', VersionId=version)
    assert s3.get_object(Bucket='appends-versioned', Key='moved')['Body'].read() == b'x' * 300_000


harness.run_cases()
