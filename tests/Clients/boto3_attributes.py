"""What boto3 tells of objects: attributes, storage classes, metadata beyond ASCII, expected owners."""
import hashlib

import harness
from harness import MIB, case, client, expect_error, random_bytes

s3 = client()
BUCKET = 'attributes-bucket'
s3.create_bucket(Bucket=BUCKET)
ALL = ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize']


@case
def a_default_put_has_the_checksum_that_boto3_sends():
    body = random_bytes(10_000)
    put = s3.put_object(Bucket=BUCKET, Key='simple', Body=body)
    got = s3.get_object_attributes(Bucket=BUCKET, Key='simple', ObjectAttributes=ALL)
    assert got['ETag'] == put['ETag'].strip('"') == harness.md5_hex(body)
    assert got['Checksum'] == {'ChecksumCRC32': put['ChecksumCRC32'], 'ChecksumType': 'FULL_OBJECT'}, got
    assert got['ObjectSize'] == 10_000 and got['StorageClass'] == 'STANDARD' and 'ObjectParts' not in got
    assert got['LastModified'] == s3.head_object(Bucket=BUCKET, Key='simple')['LastModified']
    expect_error('NoSuchKey', 404, s3.get_object_attributes, Bucket=BUCKET, Key='missing', ObjectAttributes=['ETag'])
    expect_error('InvalidArgument', 400, s3.get_object_attributes, Bucket=BUCKET, Key='simple', ObjectAttributes=['Colour'])


@case
def parts_are_listed_with_their_checksums():
    bodies = [random_bytes(5 * MIB, seed=21), random_bytes(5 * MIB, seed=22), b'end']
    target = {'Bucket': BUCKET, 'Key': 'parts'}
    target['UploadId'] = s3.create_multipart_upload(**target, ChecksumAlgorithm='SHA256')['UploadId']
    parts = []
    for number, body in enumerate(bodies, 1):
        part = s3.upload_part(**target, PartNumber=number, Body=body, ChecksumAlgorithm='SHA256')
        assert part['ChecksumSHA256'] == harness.base64_text(hashlib.sha256(body).digest())
        parts.append({'PartNumber': number, 'ETag': part['ETag'], 'ChecksumSHA256': part['ChecksumSHA256']})
    without = [{'PartNumber': part['PartNumber'], 'ETag': part['ETag']} for part in parts]
    error = expect_error('InvalidRequest', 400, s3.complete_multipart_upload, **target, MultipartUpload={'Parts': without})
    assert 'missing for part 1' in error['Error']['Message'], error
    done = s3.complete_multipart_upload(**target, MultipartUpload={'Parts': parts})
    whole = s3.get_object_attributes(Bucket=BUCKET, Key='parts', ObjectAttributes=ALL)
    assert whole['Checksum']['ChecksumSHA256'] + '-3' == done['ChecksumSHA256'] and whole['Checksum']['ChecksumType'] == 'COMPOSITE'
    found = whole['ObjectParts']
    assert found['TotalPartsCount'] == 3 and not found['IsTruncated'] and len(found['Parts']) == 3, found
    assert [(part['PartNumber'], part['Size']) for part in found['Parts']] == [(1, 5 * MIB), (2, 5 * MIB), (3, 3)]
    assert [part['ChecksumSHA256'] for part in found['Parts']] == [part['ChecksumSHA256'] for part in parts]
    page = s3.get_object_attributes(Bucket=BUCKET, Key='parts', ObjectAttributes=ALL, MaxParts=2)['ObjectParts']
    assert page['IsTruncated'] and page['NextPartNumberMarker'] == 2 and page['MaxParts'] == 2
    rest = s3.get_object_attributes(Bucket=BUCKET, Key='parts', ObjectAttributes=ALL, PartNumberMarker=2)['ObjectParts']
    assert [part['PartNumber'] for part in rest['Parts']] == [3] and rest['PartNumberMarker'] == 2


@case
def a_part_of_a_composite_upload_brings_its_checksum():
    plain = client(request_checksum_calculation='when_required')
    upload = plain.create_multipart_upload(Bucket=BUCKET, Key='none', ChecksumAlgorithm='SHA1')['UploadId']
    target = {'Bucket': BUCKET, 'Key': 'none', 'UploadId': upload, 'PartNumber': 1}
    error = expect_error('InvalidRequest', 400, plain.upload_part, **target, Body=b'x')
    assert 'actual checksum Type: null' in error['Error']['Message'], error
    # Of the whole object the server computes what it needs.
    upload = plain.create_multipart_upload(Bucket=BUCKET, Key='none', ChecksumAlgorithm='CRC64NVME')['UploadId']
    part = plain.upload_part(Bucket=BUCKET, Key='none', UploadId=upload, PartNumber=1, Body=b'x')
    done = plain.complete_multipart_upload(Bucket=BUCKET, Key='none', UploadId=upload,
                                           MultipartUpload={'Parts': [{'PartNumber': 1, 'ETag': part['ETag']}]})
    assert done['ChecksumCRC64NVME'] == harness.base64_text(harness.CHECKSUMS['CRC64NVME'](b'x')), done


@case
def a_copy_may_get_another_checksum():
    body = random_bytes(70_000, seed=23)
    s3.put_object(Bucket=BUCKET, Key='source', Body=body)
    for kind in ('CRC64NVME', 'SHA256'):
        copied = s3.copy_object(Bucket=BUCKET, Key='copy', CopySource={'Bucket': BUCKET, 'Key': 'source'}, ChecksumAlgorithm=kind)
        expected = harness.base64_text(harness.CHECKSUMS[kind](body))
        assert copied['CopyObjectResult'][f'Checksum{kind}'] == expected, copied
        assert s3.head_object(Bucket=BUCKET, Key='copy', ChecksumMode='ENABLED')[f'Checksum{kind}'] == expected


@case
def the_storage_class_is_kept_and_listed():
    s3.put_object(Bucket=BUCKET, Key='class/ia', Body=b'x', StorageClass='STANDARD_IA')
    s3.put_object(Bucket=BUCKET, Key='class/plain', Body=b'x')
    assert s3.head_object(Bucket=BUCKET, Key='class/ia')['StorageClass'] == 'STANDARD_IA'
    assert 'StorageClass' not in s3.head_object(Bucket=BUCKET, Key='class/plain')
    listed = s3.list_objects_v2(Bucket=BUCKET, Prefix='class/')['Contents']
    assert [entry['StorageClass'] for entry in listed] == ['STANDARD_IA', 'STANDARD'], listed
    assert s3.get_object_attributes(Bucket=BUCKET, Key='class/ia', ObjectAttributes=['StorageClass'])['StorageClass'] == 'STANDARD_IA'
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key='class/parts', StorageClass='GLACIER_IR')['UploadId']
    assert s3.list_multipart_uploads(Bucket=BUCKET, Prefix='class/')['Uploads'][0]['StorageClass'] == 'GLACIER_IR'
    assert s3.list_parts(Bucket=BUCKET, Key='class/parts', UploadId=upload)['StorageClass'] == 'GLACIER_IR'
    s3.abort_multipart_upload(Bucket=BUCKET, Key='class/parts', UploadId=upload)


@case
def an_expected_owner_must_be_the_owner():
    mine, other = {'ExpectedBucketOwner': '000000000000'}, {'ExpectedBucketOwner': '123456789012'}
    s3.put_object(Bucket=BUCKET, Key='owned', Body=b'x', **mine)
    assert s3.get_object(Bucket=BUCKET, Key='owned', **mine)['Body'].read() == b'x'
    expect_error('AccessDenied', 403, s3.get_object, Bucket=BUCKET, Key='owned', **other)
    expect_error('AccessDenied', 403, s3.put_object, Bucket=BUCKET, Key='owned', Body=b'y', **other)
    expect_error('AccessDenied', 403, s3.delete_object, Bucket=BUCKET, Key='owned', **other)
    expect_error('AccessDenied', 403, s3.list_objects_v2, Bucket=BUCKET, **other)
    expect_error('403', 403, s3.head_bucket, Bucket=BUCKET, **other)
    expect_error('AccessDenied', 403, s3.copy_object, Bucket=BUCKET, Key='copied', CopySource={'Bucket': BUCKET, 'Key': 'owned'},
                 ExpectedSourceBucketOwner='123456789012')
    assert s3.get_object(Bucket=BUCKET, Key='owned')['Body'].read() == b'x'


if __name__ == '__main__':
    harness.run_cases()
