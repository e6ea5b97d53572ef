"""Many threads at once through boto3: no request fails for being one of many."""
import concurrent.futures
import urllib.error
import urllib.request

import harness
from harness import MIB, case, client, random_bytes

s3 = client(max_pool_connections=64)
BUCKET = 'parallel-bucket'
s3.create_bucket(Bucket=BUCKET)


def at_once(count, call):
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        return list(pool.map(call, range(count)))


@case
def ten_threads_save_and_read_large_objects():
    def save_and_read(number):
        body = random_bytes(12 * MIB, seed=number)
        for _ in range(2):
            s3.put_object(Bucket=BUCKET, Key=f'large-{number}', Body=body)
            assert s3.get_object(Bucket=BUCKET, Key=f'large-{number}')['Body'].read() == body, number

    at_once(10, save_and_read)


@case
def twenty_deletes_at_once_all_succeed():
    at_once(20, lambda number: s3.put_object(Bucket=BUCKET, Key=f'gone-{number}', Body=b'x'))
    at_once(20, lambda number: s3.delete_object(Bucket=BUCKET, Key=f'gone-{number}'))
    assert s3.list_objects_v2(Bucket=BUCKET, Prefix='gone-')['KeyCount'] == 0


@case
def one_of_twenty_creators_wins():
    def create(number):
        try:
            s3.put_object(Bucket=BUCKET, Key='race', Body=str(number).encode(), IfNoneMatch='*')
            return number
        except s3.exceptions.ClientError as error:
            assert error.response['Error']['Code'] in ('PreconditionFailed', 'ConditionalRequestConflict'), error
            return None

    winners = [number for number in at_once(20, create) if number is not None]
    assert len(winners) == 1, winners
    assert s3.get_object(Bucket=BUCKET, Key='race')['Body'].read() == str(winners[0]).encode()


@case
def four_parts_of_65_mib_arrive_at_once():
    target = {'Bucket': BUCKET, 'Key': 'wide'}
    target['UploadId'] = s3.create_multipart_upload(**target)['UploadId']
    body = random_bytes(65 * MIB, seed=99)
    etags = at_once(4, lambda number: s3.upload_part(**target, PartNumber=number + 1, Body=body)['ETag'])
    parts = [{'PartNumber': number, 'ETag': etag} for number, etag in enumerate(etags, 1)]
    s3.complete_multipart_upload(**target, MultipartUpload={'Parts': parts})
    edge = s3.get_object(Bucket=BUCKET, Key='wide', Range=f'bytes={130 * MIB - 9}-{130 * MIB + 8}')['Body'].read()
    assert edge == body[-9:] + body[:9]


@case
def thirty_layers_at_once_meet_no_503():
    # What a registry does when an image is pushed; the layers are smaller than real ones, their number is not.
    body = random_bytes(5 * MIB, seed=5)

    def push(number):
        target = {'Bucket': BUCKET, 'Key': f'layer-{number}'}
        target['UploadId'] = s3.create_multipart_upload(**target)['UploadId']
        assert 'Parts' not in s3.list_parts(**target)
        parts = [{'PartNumber': part, 'ETag': s3.upload_part(**target, PartNumber=part, Body=body)['ETag']} for part in (1, 2, 3)]
        s3.complete_multipart_upload(**target, MultipartUpload={'Parts': parts})
        assert s3.head_object(Bucket=BUCKET, Key=f'layer-{number}')['ContentLength'] == 15 * MIB

    at_once(30, push)


@case
def sixty_four_readers_at_once_get_every_byte():
    body = random_bytes(24 * MIB, seed=6)
    s3.put_object(Bucket=BUCKET, Key='read', Body=body)

    def read(number):
        assert s3.get_object(Bucket=BUCKET, Key='read')['Body'].read() == body, number

    at_once(64, read)


@case
def a_presigned_part_keeps_a_checksum_hoisted_into_its_query():
    target = {'Bucket': BUCKET, 'Key': 'hoisted'}
    target['UploadId'] = s3.create_multipart_upload(**target, ChecksumAlgorithm='CRC32')['UploadId']
    body = random_bytes(1000, seed=7)
    value = harness.base64_text(harness.CHECKSUMS['CRC32'](body))

    def hoist(request):
        # What the SDK for JavaScript does: the header becomes a query parameter before the URL is signed.
        request.params['x-amz-checksum-crc32'] = request.headers['x-amz-checksum-crc32']
        del request.headers['x-amz-checksum-crc32']

    signer = client()
    signer.meta.events.register('before-sign.s3.UploadPart', lambda request, **_: hoist(request))
    url = signer.generate_presigned_url('upload_part', Params={**target, 'PartNumber': 1, 'ChecksumCRC32': value}, ExpiresIn=60)
    assert 'x-amz-checksum-crc32=' in url and 'SignedHeaders=host&' in url, url

    assert urllib.request.urlopen(urllib.request.Request(url, data=body, method='PUT')).status == 200
    try:
        urllib.request.urlopen(urllib.request.Request(url, data=body[::-1], method='PUT'))
        raise AssertionError('a part with a wrong checksum was taken')
    except urllib.error.HTTPError as refused:
        assert refused.code == 400 and b'<Code>BadDigest</Code>' in refused.read()
    assert s3.list_parts(**target)['Parts'][0]['ChecksumCRC32'] == value
    s3.abort_multipart_upload(**target)


if __name__ == '__main__':
    harness.run_cases()
