"""Multipart uploads through boto3: parts, checksums of both types, listings, errors, completion twice."""
import hashlib
import urllib.request

from boto3.s3.transfer import TransferConfig

import harness
from harness import MIB, case, client, expect_error, random_bytes

s3 = client()
BUCKET = 'multipart-bucket'
s3.create_bucket(Bucket=BUCKET)
PARTS = [random_bytes(5 * MIB, seed=11), random_bytes(5 * MIB + 12345, seed=12), random_bytes(777, seed=13)]
WHOLE = b''.join(PARTS)


def start(key, **options):
    return {'Bucket': BUCKET, 'Key': key, 'UploadId': s3.create_multipart_upload(Bucket=BUCKET, Key=key, **options)['UploadId']}


def upload(key, **options):
    target = start(key, **options)
    parts = [{'PartNumber': n, 'ETag': s3.upload_part(**target, PartNumber=n, Body=body)['ETag']} for n, body in enumerate(PARTS, 1)]
    return target, parts


@case
def parts_become_one_object():
    target, parts = upload('whole', Metadata={'a': 'b'}, ContentType='text/plain')
    done = s3.complete_multipart_upload(**target, MultipartUpload={'Parts': parts})
    digests = b''.join(hashlib.md5(body).digest() for body in PARTS)
    assert done['ETag'] == f'"{harness.md5_hex(digests)}-3"' and done['Bucket'] == BUCKET and done['Key'] == 'whole', done
    got = s3.get_object(Bucket=BUCKET, Key='whole')
    assert got['Body'].read() == WHOLE and got['Metadata'] == {'a': 'b'} and got['ContentType'] == 'text/plain'


@case
def ranges_cross_parts():
    edge = 5 * MIB
    for first, last in ((edge - 1, edge), (edge, edge), (edge - 70_000, edge + 70_000), (2 * edge + 12340, 2 * edge + 12350), (0, len(WHOLE) - 1)):
        got = s3.get_object(Bucket=BUCKET, Key='whole', Range=f'bytes={first}-{last}')
        assert got['Body'].read() == WHOLE[first:last + 1], (first, last)
    assert s3.get_object(Bucket=BUCKET, Key='whole', Range='bytes=-800')['Body'].read() == WHOLE[-800:]


@case
def a_part_can_be_read_by_its_number():
    for number, body in enumerate(PARTS, 1):
        got = s3.get_object(Bucket=BUCKET, Key='whole', PartNumber=number)
        assert got['Body'].read() == body and got['PartsCount'] == 3 and got['ResponseMetadata']['HTTPStatusCode'] == 206
        assert s3.head_object(Bucket=BUCKET, Key='whole', PartNumber=number)['ContentLength'] == len(body)


@case
def completing_twice_is_the_same_success():
    target, parts = upload('twice')
    first = s3.complete_multipart_upload(**target, MultipartUpload={'Parts': parts})
    second = s3.complete_multipart_upload(**target, MultipartUpload={'Parts': parts})
    assert first['ETag'] == second['ETag']


@case
def a_part_may_be_replaced_and_left_out():
    target = start('chosen')
    s3.upload_part(**target, PartNumber=1, Body=b'replaced')
    first = s3.upload_part(**target, PartNumber=1, Body=PARTS[0])['ETag']
    s3.upload_part(**target, PartNumber=2, Body=b'left out')
    third = s3.upload_part(**target, PartNumber=3, Body=b'end')['ETag']
    s3.complete_multipart_upload(**target, MultipartUpload={'Parts': [{'PartNumber': 1, 'ETag': first}, {'PartNumber': 3, 'ETag': third}]})
    assert s3.get_object(Bucket=BUCKET, Key='chosen')['Body'].read() == PARTS[0] + b'end'


@case
def bad_part_lists_have_their_errors():
    target, parts = upload('errors')

    def complete(code, chosen):
        expect_error(code, 400, s3.complete_multipart_upload, **target, MultipartUpload={'Parts': chosen})

    complete('InvalidPartOrder', [parts[1], parts[0]])
    complete('InvalidPartOrder', [parts[0], parts[0]])
    complete('InvalidPart', [parts[0], {'PartNumber': 9, 'ETag': parts[1]['ETag']}])
    complete('InvalidPart', [{'PartNumber': 1, 'ETag': parts[1]['ETag']}])
    complete('MalformedXML', [])
    small = s3.upload_part(**target, PartNumber=2, Body=b'too small')['ETag']
    complete('EntityTooSmall', [parts[0], {'PartNumber': 2, 'ETag': small}, parts[2]])
    for number in (0, -1, 10_001):
        expect_error('InvalidArgument', 400, s3.upload_part, **target, PartNumber=number, Body=b'x')
    expect_error('BadDigest', 400, s3.upload_part, **target, PartNumber=5, Body=b'x', ContentMD5=harness.base64_text(hashlib.md5(b'y').digest()))
    assert [part['PartNumber'] for part in s3.list_parts(**target)['Parts']] == [1, 2, 3]
    s3.abort_multipart_upload(**target)
    expect_error('NoSuchUpload', 404, s3.upload_part, **target, PartNumber=1, Body=b'x')
    expect_error('NoSuchUpload', 404, s3.complete_multipart_upload, **target, MultipartUpload={'Parts': parts})
    expect_error('NoSuchUpload', 404, s3.abort_multipart_upload, **target)
    expect_error('404', 404, s3.head_object, Bucket=BUCKET, Key='errors')


@case
def parts_are_listed_in_pages():
    target = start('parts')
    empty = s3.list_parts(**target)
    assert empty['ResponseMetadata']['HTTPStatusCode'] == 200 and 'Parts' not in empty and not empty['IsTruncated']
    for number in (3, 1, 10_000, 7):
        s3.upload_part(**target, PartNumber=number, Body=str(number).encode())
    page = s3.list_parts(**target, MaxParts=2)
    assert [part['PartNumber'] for part in page['Parts']] == [1, 3] and page['IsTruncated'] and page['NextPartNumberMarker'] == 3
    assert page['Parts'][0]['Size'] == 1 and page['Parts'][0]['ETag'] == f'"{harness.md5_hex(b"1")}"' and page['Parts'][0]['LastModified']
    for field in ('Bucket', 'Key', 'UploadId', 'Initiator', 'Owner', 'StorageClass', 'MaxParts', 'PartNumberMarker'):
        assert field in page, field
    rest = s3.list_parts(**target, PartNumberMarker=3)
    assert [part['PartNumber'] for part in rest['Parts']] == [7, 10_000] and not rest['IsTruncated']
    s3.abort_multipart_upload(**target)


@case
def uploads_are_listed_in_pages():
    targets = [start(key) for key in ('list/a', 'list/a', 'list/b/1', 'list/b/2', 'list/c')]
    page = s3.list_multipart_uploads(Bucket=BUCKET, Prefix='list/')
    assert [entry['Key'] for entry in page['Uploads']] == ['list/a', 'list/a', 'list/b/1', 'list/b/2', 'list/c']
    assert {entry['UploadId'] for entry in page['Uploads']} == {target['UploadId'] for target in targets}
    for field in ('Initiated', 'Initiator', 'Owner', 'StorageClass'):
        assert field in page['Uploads'][0], field
    folded = s3.list_multipart_uploads(Bucket=BUCKET, Prefix='list/', Delimiter='/')
    assert [entry['Prefix'] for entry in folded['CommonPrefixes']] == ['list/b/'] and len(folded['Uploads']) == 3
    seen, markers = [], {}
    while True:
        page = s3.list_multipart_uploads(Bucket=BUCKET, Prefix='list/', MaxUploads=1, **markers)
        seen += [entry['UploadId'] for entry in page['Uploads']]
        if not page['IsTruncated']:
            break
        markers = {'KeyMarker': page['NextKeyMarker'], 'UploadIdMarker': page['NextUploadIdMarker']}
    assert sorted(seen) == sorted(target['UploadId'] for target in targets) and len(seen) == 5, seen
    for target in targets:
        s3.abort_multipart_upload(**target)


def checksummed(key, kind, kind_of_sum, bodies):
    target = start(key, ChecksumAlgorithm=kind, ChecksumType=kind_of_sum)
    parts = []
    for number, body in enumerate(bodies, 1):
        value = harness.base64_text(harness.CHECKSUMS[kind](body))
        part = s3.upload_part(**target, PartNumber=number, Body=body, **{f'Checksum{kind}': value})
        assert part[f'Checksum{kind}'] == value
        parts.append({'PartNumber': number, 'ETag': part['ETag'], f'Checksum{kind}': value})
    return target, parts


@case
def composite_checksums_cover_the_parts_checksums():
    bodies = [PARTS[0], b'the last part']
    for kind in ('CRC32', 'CRC32C', 'SHA1', 'SHA256'):
        compute = harness.CHECKSUMS[kind]
        target, parts = checksummed(f'composite/{kind}', kind, 'COMPOSITE', bodies)
        done = s3.complete_multipart_upload(**target, MultipartUpload={'Parts': parts})
        expected = harness.base64_text(compute(b''.join(compute(body) for body in bodies))) + '-2'
        assert done[f'Checksum{kind}'] == expected, (kind, done)
        head = s3.head_object(Bucket=BUCKET, Key=f'composite/{kind}', ChecksumMode='ENABLED')
        assert head[f'Checksum{kind}'] == expected and head['ChecksumType'] == 'COMPOSITE', head


@case
def full_object_checksums_equal_that_of_the_bytes():
    bodies = [PARTS[0], b'the last part']
    for kind in ('CRC32', 'CRC32C', 'CRC64NVME'):
        expected = harness.base64_text(harness.CHECKSUMS[kind](b''.join(bodies)))
        target, parts = checksummed(f'full/{kind}', kind, 'FULL_OBJECT', bodies)
        wrong = harness.base64_text(harness.CHECKSUMS[kind](b'other'))
        expect_error('BadDigest', 400, s3.complete_multipart_upload, **target, MultipartUpload={'Parts': parts},
                     ChecksumType='FULL_OBJECT', **{f'Checksum{kind}': wrong})
        done = s3.complete_multipart_upload(**target, MultipartUpload={'Parts': parts}, ChecksumType='FULL_OBJECT', **{f'Checksum{kind}': expected})
        assert done[f'Checksum{kind}'] == expected and done['ChecksumType'] == 'FULL_OBJECT', (kind, done)
        head = s3.head_object(Bucket=BUCKET, Key=f'full/{kind}', ChecksumMode='ENABLED')
        assert head[f'Checksum{kind}'] == expected and head['ChecksumType'] == 'FULL_OBJECT', head


@case
def sha_cannot_cover_a_whole_multipart_object():
    expect_error('InvalidRequest', 400, s3.create_multipart_upload, Bucket=BUCKET, Key='no', ChecksumAlgorithm='SHA256', ChecksumType='FULL_OBJECT')
    expect_error('InvalidRequest', 400, s3.create_multipart_upload, Bucket=BUCKET, Key='no', ChecksumAlgorithm='CRC64NVME', ChecksumType='COMPOSITE')


@case
def a_bucket_of_aborted_uploads_can_be_deleted():
    s3.create_bucket(Bucket='only-uploads')
    upload_id = s3.create_multipart_upload(Bucket='only-uploads', Key='x')['UploadId']
    s3.upload_part(Bucket='only-uploads', Key='x', UploadId=upload_id, PartNumber=1, Body=b'x')
    s3.abort_multipart_upload(Bucket='only-uploads', Key='x', UploadId=upload_id)
    s3.delete_bucket(Bucket='only-uploads')


@case
def completion_honours_if_none_match():
    s3.put_object(Bucket=BUCKET, Key='taken', Body=b'x')
    target, parts = upload('taken')
    expect_error('PreconditionFailed', 412, s3.complete_multipart_upload, **target, MultipartUpload={'Parts': parts}, IfNoneMatch='*')
    assert s3.get_object(Bucket=BUCKET, Key='taken')['Body'].read() == b'x'
    s3.abort_multipart_upload(**target)


@case
def a_managed_copy_in_parts_writes_nothing():
    def written():
        with urllib.request.urlopen(harness.ENDPOINT + '/metrics') as page:
            return next(float(line.split()[1]) for line in page.read().decode().split('\n')
                        if line.startswith('rustfs_store_written_bytes_total '))

    body = random_bytes(25 * MIB + 321, seed=21)
    s3.put_object(Bucket=BUCKET, Key='large', Body=body)
    before = written()
    config = TransferConfig(multipart_threshold=8 * MIB, multipart_chunksize=8 * MIB, max_concurrency=4)
    s3.copy({'Bucket': BUCKET, 'Key': 'large'}, BUCKET, 'copied', Config=config)
    assert written() - before < MIB, written() - before
    s3.delete_object(Bucket=BUCKET, Key='large')
    assert s3.get_object(Bucket=BUCKET, Key='copied')['Body'].read() == body
    assert s3.head_object(Bucket=BUCKET, Key='copied')['ETag'].endswith('-4"')


if __name__ == '__main__':
    harness.run_cases()
